//! JSON that may stand inside a page: nothing in it ends a `<script>`, and each text is what a reader may see.
//!
//! Comes in: anything that can be serialised. Goes out: JSON in which control characters and those that reorder text are
//! written out, as in all reports, so that the page only has to show what it is given.

use std::io::{self, Write};

use serde::Serialize;
use serde_json::ser::{CharEscape, Formatter, Serializer};

use crate::report::escape;

/// `value` as JSON for a page.
pub(super) fn json(value: &impl Serialize) -> io::Result<String> {
    let mut bytes = Vec::new();
    value.serialize(&mut Serializer::with_formatter(&mut bytes, ForPage))?;
    String::from_utf8(bytes).map_err(io::Error::other)
}

struct ForPage;

impl Formatter for ForPage {
    fn write_string_fragment<W: ?Sized + Write>(&mut self, writer: &mut W, fragment: &str) -> io::Result<()> {
        for character in escape::terminal(fragment).chars() {
            match character {
                // Written by the escape just now; JSON wants it doubled.
                '\\' => writer.write_all(br"\\")?,
                '<' | '>' | '&' => write!(writer, "\\u{:04x}", u32::from(character))?,
                _ => write!(writer, "{character}")?,
            }
        }
        Ok(())
    }

    fn write_char_escape<W: ?Sized + Write>(&mut self, writer: &mut W, escaped: CharEscape) -> io::Result<()> {
        let control = match escaped {
            CharEscape::Quote => return writer.write_all(br#"\""#),
            CharEscape::ReverseSolidus => return writer.write_all(br"\\"),
            CharEscape::Solidus => return writer.write_all(b"/"),
            CharEscape::Backspace => '\u{8}',
            CharEscape::FormFeed => '\u{c}',
            CharEscape::LineFeed => '\n',
            CharEscape::CarriageReturn => '\r',
            CharEscape::Tab => '\t',
            CharEscape::AsciiControl(byte) => char::from(byte),
        };
        self.write_string_fragment(writer, control.encode_utf8(&mut [0; 4]))
    }
}
