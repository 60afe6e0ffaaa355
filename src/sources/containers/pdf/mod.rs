//! PDF: what its pages say, and whatever else its deflated streams hold.
//!
//! Comes in: the file. Goes out: each stream as it is, and the text of all pages. The list of objects at the end of a file is
//! not relied on: objects are looked for from front to back, so that a cut or mended file is read too.

mod cmap;
mod show;

use std::collections::{BTreeMap, BTreeSet};
use std::io::Read;

use flate2::bufread::ZlibDecoder;
use memchr::memmem::find;

use self::cmap::CMap;
use super::budget::{Metered, Stopped};
use super::viewer::Viewer;

/// A stream of more bytes is searched so far.
const LONGEST: u64 = 64 << 20;
/// Bytes before a stream in which what describes it is looked for.
const DESCRIPTION: usize = 4096;
/// References by name that are noted.
const MOST_NAMES: usize = 100_000;
/// Fonts of one name, on different pages, that are told apart.
const VARIANTS: usize = 4;

/// Searches the file's streams and pages.
pub(super) fn read(viewer: &mut Viewer<'_, '_>, bytes: &[u8]) {
    if is_encrypted(bytes) {
        viewer.miss(
            "",
            "the PDF file is encrypted, so that its pages were not searched; decrypt it and scan what comes out".into(),
        );
        return;
    }
    // Where a limit is reached the budget tells.
    let _ = File::default().read(viewer, bytes);
}

fn is_encrypted(bytes: &[u8]) -> bool {
    const KEY: &[u8] = b"/Encrypt";
    let mut rest = bytes;
    while let Some(at) = find(rest, KEY) {
        rest = &rest[at + KEY.len()..];
        if rest.first().is_some_and(|next| next.is_ascii_whitespace() || *next == b'<') {
            return true;
        }
    }
    false
}

/// What is gathered from the objects.
#[derive(Default)]
struct File {
    /// Numbers of objects with a table of characters, and the tables.
    cmaps: BTreeMap<u32, CMap>,
    /// Numbers of fonts, and of the tables that they use.
    fonts: BTreeMap<u32, u32>,
    /// Names that pages use, and what they may stand for.
    names: BTreeSet<(Vec<u8>, u32)>,
    /// What draws pages.
    pages: Vec<Vec<u8>>,
    held: usize,
}

impl File {
    fn read(mut self, viewer: &mut Viewer<'_, '_>, bytes: &[u8]) -> Result<(), Stopped> {
        self.note_fonts(bytes, None);
        let mut at = 0;
        while let Some(found) = find(&bytes[at..], b"stream") {
            let keyword = at + found;
            at = keyword + b"stream".len();
            let Some(start) = after_line_break(bytes, at) else { continue };
            let described = &bytes[keyword.saturating_sub(DESCRIPTION)..keyword];
            let begin = described.windows(4).rposition(|four| four == b" obj").unwrap_or(0);
            let number = number_before(&described[..begin]);
            let dictionary = &described[begin..];
            let has = |name: &[u8]| find(dictionary, name).is_some();
            if !dictionary.trim_ascii_end().ends_with(b">>") || !(has(b"/FlateDecode") || has(b"/Fl ")) {
                continue;
            }
            if has(b"/Image") || has(b"/XRef") || has(b"/Length1") || has(b"/DCTDecode") {
                continue;
            }
            let (content, length) = inflate(viewer, &bytes[start..])?;
            at = start + length;
            self.take(viewer, number, content)?;
        }
        self.tell(viewer)
    }

    /// Looks at what a stream holds.
    fn take(&mut self, viewer: &mut Viewer<'_, '_>, number: Option<u32>, content: Vec<u8>) -> Result<(), Stopped> {
        let part = number.map_or_else(|| "stream".to_owned(), |number| format!("object {number}"));
        viewer.text(&part, &content)?;
        if find(&content, b"begincmap").is_some() {
            self.cmaps.extend(number.map(|number| (number, CMap::parse(&content))));
        } else if show::draws_text(&content) {
            let budget = viewer.budget();
            if content.len() as u64 > budget.room() {
                viewer.miss(&part, "its pages do not fit into memory; unpack it and scan what comes out".into());
                return Ok(());
            }
            budget.hold(content.len());
            self.held += content.len();
            self.pages.push(content);
        } else {
            self.note_packed(&content);
        }
        Ok(())
    }

    /// Notes fonts in a stream of objects: pairs of number and place, then the objects.
    fn note_packed(&mut self, content: &[u8]) {
        let mut numbers = content.split(u8::is_ascii_whitespace).filter(|word| !word.is_empty());
        let mut objects = Vec::new();
        while let (Some(number), Some(place)) = (numbers.next().and_then(decimal), numbers.next().and_then(decimal)) {
            objects.push((number, place as usize));
        }
        let Some(first) = find(content, b"<<") else { return };
        for (at, (number, place)) in objects.iter().enumerate() {
            let end = objects.get(at + 1).map_or(content.len(), |next| first.saturating_add(next.1));
            if let Some(object) = content.get(first.saturating_add(*place)..end) {
                self.note_fonts(object, Some(*number));
            }
        }
    }

    /// Notes which fonts have a table, and what they are called: references of the form `/Name 12 0 R`.
    fn note_fonts(&mut self, bytes: &[u8], number: Option<u32>) {
        let mut object = number;
        let mut last: [&[u8]; 3] = [b"", b"", b""];
        for word in words(bytes) {
            match word {
                b"obj" if number.is_none() => object = decimal(last[1]),
                b"R" if last[0].first() == Some(&b'/') => {
                    if let Some(to) = decimal(last[1]) {
                        if last[0] == b"/ToUnicode" {
                            self.fonts.extend(object.map(|font| (font, to)));
                        } else if self.names.len() < MOST_NAMES {
                            self.names.insert((last[0][1..].to_vec(), to));
                        }
                    }
                }
                _ => {}
            }
            last = [last[1], last[2], word];
        }
    }

    /// Searches the text of all pages, once for each meaning of the names of fonts.
    fn tell(self, viewer: &mut Viewer<'_, '_>) -> Result<(), Stopped> {
        viewer.budget().release(self.held);
        let mut by_name: BTreeMap<&[u8], Vec<&CMap>> = BTreeMap::new();
        for (name, object) in &self.names {
            if let Some(cmap) = self.fonts.get(object).and_then(|table| self.cmaps.get(table)) {
                by_name.entry(name).or_default().push(cmap);
            }
        }
        let variants = by_name.values().map(Vec::len).max().unwrap_or(1).min(VARIANTS);
        for variant in 0..variants {
            let of = |name: &[u8]| by_name.get(name).and_then(|all| all.get(variant.min(all.len() - 1))).copied();
            let mut text = Vec::new();
            self.pages.iter().for_each(|page| show::text(page, &of, &mut text));
            viewer.text("text", &text)?;
        }
        Ok(())
    }
}

/// What a stream that begins here holds, and how many bytes it takes.
fn inflate(viewer: &Viewer<'_, '_>, bytes: &[u8]) -> Result<(Vec<u8>, usize), Stopped> {
    let budget = viewer.budget();
    let mut decoder = ZlibDecoder::new(bytes);
    let mut content = Vec::new();
    // What comes before a broken place is searched; a stream that is none at all was no stream.
    let _ = Metered::new(&mut decoder, budget.clone()).take(LONGEST).read_to_end(&mut content);
    if budget.is_stopped() {
        return Err(Stopped);
    }
    let length = usize::try_from(decoder.total_in()).unwrap_or(0).min(bytes.len());
    Ok((content, length))
}

/// Where the data begins behind the keyword, which a line break follows.
fn after_line_break(bytes: &[u8], at: usize) -> Option<usize> {
    match bytes.get(at..)? {
        [b'\r', b'\n', ..] => Some(at + 2),
        [b'\n' | b'\r', ..] => Some(at + 1),
        _ => None,
    }
}

/// The object number in `12 0` at the end.
fn number_before(bytes: &[u8]) -> Option<u32> {
    let mut words = bytes.rsplit(u8::is_ascii_whitespace).filter(|word| !word.is_empty());
    words.next()?;
    decimal(words.next()?)
}

fn decimal(word: &[u8]) -> Option<u32> {
    std::str::from_utf8(word).ok()?.parse().ok()
}

/// Words of PDF's syntax, as far as it is needed to see references.
fn words(bytes: &[u8]) -> impl Iterator<Item = &[u8]> {
    let mut rest = bytes;
    std::iter::from_fn(move || {
        let is_gap = |byte: &u8| {
            matches!(byte, b'\0' | b'\t' | b'\n' | b'\x0c' | b'\r' | b' ' | b'<' | b'>' | b'[' | b']' | b'(' | b')')
        };
        let start = rest.iter().position(|byte| !is_gap(byte))?;
        rest = &rest[start..];
        // A name ends where another begins.
        let end = rest.iter().skip(1).position(|byte| is_gap(byte) || *byte == b'/').map_or(rest.len(), |end| end + 1);
        let (word, after) = rest.split_at(end);
        rest = after;
        Some(word)
    })
}
