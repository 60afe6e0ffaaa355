//! The name that a value is assigned to, read backwards from the value, however the two are written.
//!
//! Comes in: a text and where a value in it begins. Goes out: the place of a name. It must not know which names say something.

use std::ops::Range;

use super::super::escaped::{before_colour, escaped_sign};
use super::context::is_value_of_entry;
use crate::model::pattern::value;

/// Names are no longer than this.
const LONGEST_NAME: usize = 64;
/// Blanks between a name and its value.
const MOST_BLANKS: usize = 24;
/// What stands between a name and its value where a type is declared: `apiKey: String = "…"`.
const TYPES: [&[u8]; 8] = [b"string", b"str", b"text", b"char", b"varchar", b"cstring", b"&str", b"object"];
/// What stands before a value in a header: `Authorization: Bearer …`.
const SCHEMES: [&[u8]; 6] = [b"bearer", b"basic", b"token", b"apikey", b"key", b"digest"];

/// Elements of documents, which say nothing of what stands in them.
const MARKUP: [&[u8]; 19] = [
    b"b", b"strong", b"em", b"i", b"u", b"code", b"tt", b"kbd", b"samp", b"pre", b"span", b"p", b"font", b"td", b"th",
    b"dt", b"dd", b"li", b"br",
];
/// Those of which one has the name and the next the value.
const CELLS: [&[u8]; 3] = [b"/td", b"/th", b"/dt"];
/// Dashes and arrows of documents.
const DASHES: [&str; 5] = ["–", "—", "→", "➜", "⇒"];
/// What functions are called that take what holds where a name is not set: `getenv("…", "…")`.
const LOOKUPS: [&str; 7] = ["env", "default", "config", "conf", "setting", "fetch", "get"];

/// What makes a value of a string: `[]byte("…")`, `aws.String("…")`, `String::from("…")`, `SecretStr("…")`.
const CONVERSIONS: [&[u8]; 12] = [
    b"string",
    b"str",
    b"byte",
    b"bytes",
    b"from",
    b"of",
    b"ptr",
    b"secret",
    b"secretstr",
    b"securestring",
    b"b64encode",
    b"uint8array",
];

/// The name that the value at `at` is assigned to, or whose argument, entry or text it is.
pub fn assigned_name(bytes: &[u8], at: usize) -> Option<Range<usize>> {
    let mut cursor = Cursor { bytes, at, end: at.saturating_sub(value::BEFORE) };
    cursor.skip_quotes();
    cursor.skip_conversion();
    cursor.skip_scheme();
    cursor.skip_annotation();
    cursor.skip_break();
    let was_separated = cursor.skip_assignment();
    let mut name = cursor.name()?;
    if was_separated && is_value_of_entry(&bytes[name.clone()]) {
        cursor.skip_while(MOST_BLANKS, |byte| byte.is_ascii_whitespace() || b"\"',;{:".contains(&byte));
        // `token = Field(default="…")`
        if cursor.skip(|byte| byte == b'(') {
            cursor.name();
            cursor.skip_assignment();
        }
        name = cursor.name().unwrap_or(name);
    }
    // Between words of prose there is no assignment, but for options: `--token …`.
    (was_separated || bytes[name.start] == b'-' || bytes[name.start] == b'$').then_some(name)
}

/// The name that gets the value at `at` where nothing else is set: `token = os.getenv("X") or "…"`, `token = x ? "…" : ""`.
pub fn fallback_name(bytes: &[u8], at: usize) -> Option<Range<usize>> {
    let mut cursor = Cursor { bytes, at, end: at.saturating_sub(value::BEFORE) };
    let line = memchr::memrchr(b'\n', &bytes[cursor.end..at]).map_or(cursor.end, |line| cursor.end + line + 1);
    cursor.skip_quotes();
    cursor.skip_conversion();
    cursor.skip_blanks();
    if !(cursor.skip_alternative(line) || cursor.skip_lookup()) {
        return None;
    }
    let sign = bytes.get(line..cursor.at)?.iter().position(|byte| matches!(byte, b'=' | b':'))?;
    let mut cursor = Cursor { bytes, at: line + sign, end: line };
    cursor.skip_while(4, |byte| matches!(byte, b' ' | b'"' | b'\'' | b']' | b'?' | b'|'));
    cursor.name()
}

/// The word that stands before the value at `at`, with nothing but blanks between them: `SECRET …`.
pub fn word_before(bytes: &[u8], at: usize) -> Option<Range<usize>> {
    let mut cursor = Cursor { bytes, at, end: at.saturating_sub(value::BEFORE) };
    cursor.skip_quotes();
    let has_blanks = cursor.skip(|byte| matches!(byte, b' ' | b'\t'));
    cursor.skip_blanks();
    cursor.name().filter(|_| has_blanks)
}

/// Reads backwards.
struct Cursor<'a> {
    bytes: &'a [u8],
    /// The byte before this one comes next.
    at: usize,
    /// No further than this.
    end: usize,
}

impl Cursor<'_> {
    fn next(&self) -> Option<u8> {
        self.character().map(|(byte, _)| byte)
    }

    /// What comes next, and how many bytes it takes: a sign may be escaped, and a colour stand behind it.
    fn character(&self) -> Option<(u8, usize)> {
        let mut rest = &self.bytes[self.end..self.at];
        while let Some(before) = before_colour(rest) {
            rest = before;
        }
        let (byte, length) = escaped_sign(rest).or_else(|| rest.last().map(|last| (*last, 1)))?;
        Some((byte, self.at - self.end - rest.len() + length))
    }

    fn skip(&mut self, wanted: impl Fn(u8) -> bool) -> bool {
        let next = self.character().filter(|(byte, _)| wanted(*byte));
        self.at -= next.map_or(0, |(_, length)| length);
        next.is_some()
    }

    fn skip_while(&mut self, most: usize, wanted: impl Fn(u8) -> bool) -> usize {
        (0..most).take_while(|_| self.skip(&wanted)).count()
    }

    fn skip_blanks(&mut self) {
        self.skip_while(MOST_BLANKS, |byte| matches!(byte, b' ' | b'\t'));
    }

    /// The break of a line behind a separator, and what says in YAML that the value begins there.
    fn skip_break(&mut self) {
        let before = self.at;
        self.skip_blanks();
        if self.skip(|byte| byte == b'\n') {
            self.skip(|byte| byte == b'\r');
            self.skip_while(2, |byte| matches!(byte, b'|' | b'>' | b'-' | b'+'));
            self.skip_blanks();
            let opens = self.skip(|byte| byte == b'(');
            self.skip_while(usize::from(opens), |byte| byte == b' ');
            if matches!(self.next(), Some(b'=' | b':')) {
                return;
            }
        }
        self.at = before;
    }

    /// Quotes, and a mark before them that tells the kind of string: `b"`, `r'`, `@"`.
    fn skip_quotes(&mut self) {
        let quotes = self.skip_while(8, |byte| matches!(byte, b'"' | b'\'' | b'`' | b'\\' | b'[' | b'{'));
        let before = self.at;
        let is_mark = quotes > 0
            && self.skip(|byte| matches!(byte, b'b' | b'r' | b'f' | b'u' | b'@' | b'L' | b'N' | b'B' | b'R'))
            && self.next().is_none_or(|byte| !byte.is_ascii_alphanumeric() && byte != b'_');
        if !is_mark {
            self.at = before;
        }
    }

    /// A call that makes a value of a string, with what it is a method of and `new` before it.
    fn skip_conversion(&mut self) {
        let before = self.at;
        if self.skip(|byte| byte == b'(') && CONVERSIONS.iter().any(|name| self.word().eq_ignore_ascii_case(name)) {
            self.skip_while(LONGEST_NAME, |byte| {
                byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b':' | b'[' | b']')
            });
            if self.bytes[self.end..self.at].ends_with(b"new ") {
                self.at -= b"new ".len();
            }
            self.skip_blanks();
            if matches!(self.next(), Some(b'=' | b':' | b',')) {
                return;
            }
        }
        self.at = before;
    }

    /// The brackets behind the name of an array: `char key[32] = …`.
    fn skip_length(&mut self) {
        let before = self.at;
        let is_length = self.skip(|byte| byte == b']');
        self.skip_while(usize::from(is_length) * MOST_BLANKS, |byte| byte.is_ascii_alphanumeric() || byte == b'_');
        if !(is_length && self.skip(|byte| byte == b'[')) {
            self.at = before;
        }
    }

    /// What YAML says of a value: `!!str`, `&anchor`.
    fn skip_annotation(&mut self) {
        let before = self.at;
        self.skip_blanks();
        let word = self.word();
        let is_anchor = word.starts_with(b"&");
        self.at -= word.len();
        let is_tag = self.skip_while(2, |byte| byte == b'!') > 0;
        self.skip_blanks();
        if !((is_anchor || is_tag) && self.next() == Some(b':')) {
            self.at = before;
        }
    }

    /// What holds instead: behind `||`, `??`, `?:` or `or`, or one of two of which a condition takes one.
    fn skip_alternative(&mut self, line: usize) -> bool {
        let before = &self.bytes[line.max(self.end)..self.at];
        let is_choice = |sign: u8| sign == b'?' || sign == b':' && memchr::memmem::find(before, b" ? ").is_some();
        match before {
            [.., b'|', b'|'] | [.., b'?', b'?' | b':'] | [.., b' ', b'o', b'r'] => self.at -= 2,
            [.., b' ', sign] if is_choice(*sign) => self.at -= 1,
            _ => return false,
        }
        true
    }

    /// `getenv("…", ` and its like, to the name of the function.
    fn skip_lookup(&mut self) -> bool {
        let is_argument = self.skip(|byte| byte == b',');
        let quoted = self.skip_while(1, |byte| matches!(byte, b'"' | b'\'')) == 1;
        let is_named = is_argument && quoted && self.name().is_some();
        let is_called = is_named && self.skip_while(1, |byte| matches!(byte, b'"' | b'\'')) == 1;
        if !(is_called && self.skip(|byte| byte == b'(')) {
            return false;
        }
        let function = String::from_utf8_lossy(self.word()).to_ascii_lowercase();
        LOOKUPS.iter().any(|lookup| function.contains(lookup))
    }

    /// Emphasis and elements of a document. Says whether a cell ends there, so that the one before it may have the name.
    fn skip_markup(&mut self) -> bool {
        const MOST: usize = 6;
        let mut ends_cell = false;
        for _ in 0..MOST {
            self.skip_blanks();
            if self.skip(|byte| matches!(byte, b'*' | b'`')) {
                continue;
            }
            let Some(element) = self.skip_element() else { break };
            ends_cell |= CELLS.contains(&element);
        }
        ends_cell
    }

    /// An element of a document; says its name, with a `/` before it if it ends there.
    fn skip_element(&mut self) -> Option<&[u8]> {
        const LONGEST: usize = 64;
        let before = self.bytes[self.end..self.at].trim_ascii_end().strip_suffix(b">")?;
        let nearest = &before[before.len().saturating_sub(LONGEST)..];
        let start = nearest.iter().rposition(|byte| matches!(byte, b'<' | b'>')).filter(|at| nearest[*at] == b'<')?;
        let name = nearest[start + 1..].split(u8::is_ascii_whitespace).next()?;
        let is_known = MARKUP.iter().any(|known| name.strip_prefix(b"/").unwrap_or(name).eq_ignore_ascii_case(known));
        if is_known {
            self.at = self.end + before.len() - (nearest.len() - start);
        }
        is_known.then_some(name)
    }

    /// From a value to the end of its name. Says whether a sign stands between them.
    fn skip_assignment(&mut self) -> bool {
        let ends_cell = self.skip_markup();
        let was_separated = self.skip_separator() || ends_cell;
        self.skip_markup();
        self.skip_length();
        if self.skip_type() {
            self.skip_tag();
            self.skip_blanks();
            self.skip(|byte| byte == b':');
            self.skip_blanks();
        }
        self.skip_while(8, |byte| matches!(byte, b'"' | b'\'' | b'`' | b']' | b')' | b'\\' | b'}'));
        was_separated
    }

    fn word(&self) -> &[u8] {
        let start =
            self.bytes[self.end..self.at].iter().rposition(|byte| !byte.is_ascii_alphanumeric() && *byte != b'&');
        &self.bytes[start.map_or(self.end, |start| self.end + start + 1)..self.at]
    }

    /// `Bearer` and its like, with the quotes before it.
    fn skip_scheme(&mut self) {
        let before = self.at;
        self.skip_while(2, |byte| byte == b' ');
        let word = self.word();
        let behind = self.bytes[self.end..self.at - word.len()].last();
        let stands_alone =
            behind.is_none_or(|byte| byte.is_ascii_whitespace() || matches!(byte, b'"' | b'\'' | b'`' | b':'));
        if self.at < before && stands_alone && SCHEMES.iter().any(|scheme| word.eq_ignore_ascii_case(scheme)) {
            self.at -= word.len();
            self.skip_blanks();
            self.skip_quotes();
        } else {
            self.at = before;
        }
    }

    /// `=`, `:`, `=>`, `:=`, `==`, `.=`, `,` or `(` between arguments, the `>` of a tag, `||`, `??` or `or` before what holds
    /// where nothing else is set, `is`, a dash or an arrow.
    fn skip_separator(&mut self) -> bool {
        if self.skip(|byte| matches!(byte, b',' | b'(')) {
            return true;
        }
        let before = &self.bytes[self.end..self.at];
        let length = match before {
            // A dash between blanks: `token - …`.
            [.., b' ', b'-'] => 1,
            [.., b' ', b'o', b'r'] | [.., b' ', b'i', b's'] => 2,
            // Scala's `"key" -> …`.
            [name @ .., b'-', b'>'] if name.trim_ascii_end().ends_with(b"\"") => 2,
            // `${API_KEY:-…}`, and R's `key <- …`.
            [.., b':' | b'<', b'-'] => 2,
            _ => DASHES.into_iter().find(|dash| before.ends_with(dash.as_bytes())).map_or(0, str::len),
        };
        if length > 0 {
            self.at -= length;
            return true;
        }
        // Before another sign a `>` ends an element.
        let ends_in_angle = self.skip(|byte| byte == b'>');
        let others = self.skip_while(3, |byte| matches!(byte, b'=' | b':' | b'?' | b'+' | b'<' | b'!' | b'|'));
        let signs = usize::from(ends_in_angle) + others;
        if signs > 0 && self.bytes[self.at] == b'=' {
            self.skip(|byte| byte == b'.');
        }
        signs > 0
    }

    fn skip_type(&mut self) -> bool {
        let word = self.word();
        let is_type = TYPES.iter().any(|name| word.eq_ignore_ascii_case(name));
        self.at -= if is_type { word.len() } else { 0 };
        // `Dim key As String`
        if is_type && self.bytes[self.end..self.at].ends_with(b" As ") {
            self.at -= b" As ".len();
        }
        is_type
    }

    /// What stands before a type in a property list: `<key>ApiKey</key><string>…`.
    fn skip_tag(&mut self) {
        const END_OF_KEY: &[u8] = b"</key>";
        let before = self.at;
        let is_tag = self.skip(|byte| byte == b'<');
        self.skip_while(MOST_BLANKS, |byte| byte.is_ascii_whitespace());
        let is_value = is_tag && self.bytes[self.end..self.at].ends_with(END_OF_KEY);
        self.at = if is_value { self.at - END_OF_KEY.len() } else { before };
    }

    fn name(&mut self) -> Option<Range<usize>> {
        let end = self.at;
        self.skip_while(LONGEST_NAME, |byte| {
            byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.' | b'$' | b':')
        });
        (self.at < end).then_some(self.at..end)
    }
}
