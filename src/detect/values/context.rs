//! What stands around a value: the words near it, and the name that it is assigned to.
//!
//! Comes in: a text and the place of a value in it. Goes out: [`Context`]. It must not know patterns.

use std::ops::Range;

use crate::model::pattern::value;

/// Names are no longer than this.
const LONGEST_NAME: usize = 64;
/// Blanks between a name and its value.
const MOST_BLANKS: usize = 24;
/// What stands between a name and its value where a type is declared: `apiKey: String = "…"`.
const TYPES: [&[u8]; 8] = [b"string", b"str", b"text", b"char", b"varchar", b"cstring", b"&str", b"object"];
/// What stands before a value in a header: `Authorization: Bearer …`.
const SCHEMES: [&[u8]; 6] = [b"bearer", b"basic", b"token", b"apikey", b"key", b"digest"];

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

/// The surroundings of a value.
pub struct Context<'a> {
    bytes: &'a [u8],
    /// The text before and behind the value, in plain form: capitals small, without `_`, `-` and blanks.
    pub plain: Vec<u8>,
    /// The line of the value up to it.
    pub line: Range<usize>,
    value: Range<usize>,
    /// How many bytes of the plain text stand before the value.
    before: usize,
}

/// Where a word stands, the nearest last.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Nearness {
    /// On another line, or behind the value.
    Around,
    /// Before it on its line.
    Line,
    /// In the name that it is assigned to.
    Name,
}

impl<'a> Context<'a> {
    /// Looks around `value`.
    pub fn new(bytes: &'a [u8], value: &Range<usize>) -> Self {
        // No word stands on both sides of the value.
        let mut plain = [&bytes[before(value)], b"\n", &bytes[behind(bytes, value)]].concat();
        plain.make_ascii_lowercase();
        leave_out(&mut plain);
        let before = bytes[before(value)].iter().filter(|byte| !is_left_out(**byte)).count();
        Self { bytes, plain, line: line_before(bytes, value.start), value: value.clone(), before }
    }

    /// Where a word of the plain text stands in the text itself.
    pub fn place(&self, word: &Range<usize>) -> Range<usize> {
        let (own, side) = match word.start.checked_sub(self.before + 1) {
            Some(start) => (start..word.end - self.before - 1, behind(self.bytes, &self.value)),
            None => (word.clone(), before(&self.value)),
        };
        let start = side.start + kept_before(&self.bytes[side.clone()], own.start);
        start..start + kept_before(&self.bytes[start..side.end], own.len() - 1) + 1
    }

    /// How near a stretch of the text stands to the value, which is assigned to `name`.
    pub fn nearness(&self, place: &Range<usize>, name: Option<&Range<usize>>) -> Nearness {
        if name.is_some_and(|name| place.start >= name.start && place.end <= name.end) {
            Nearness::Name
        } else if place.start >= self.line.start && place.end <= self.value.start {
            Nearness::Line
        } else {
            Nearness::Around
        }
    }

    /// Whether no letter touches a stretch of the text: it is a word of its own.
    pub fn is_word(&self, place: &Range<usize>) -> bool {
        let small = |at: Option<usize>| at.and_then(|at| self.bytes.get(at)).is_some_and(u8::is_ascii_lowercase);
        let letter = |at: Option<usize>| at.and_then(|at| self.bytes.get(at)).is_some_and(u8::is_ascii_alphabetic);
        let begins_capital = self.bytes[place.start].is_ascii_uppercase();
        let ends_small = self.bytes[place.end - 1].is_ascii_lowercase();
        let before = place.start.checked_sub(1);
        let is_cut_before = if begins_capital { !letter(before) || small(before) } else { !letter(before) };
        let is_cut_behind = if ends_small { !small(Some(place.end)) } else { !letter(Some(place.end)) };
        is_cut_before && is_cut_behind
    }
}

/// What is looked at before a value,
fn before(value: &Range<usize>) -> Range<usize> {
    value.start.saturating_sub(value::BEFORE)..value.start
}

/// and behind it.
fn behind(bytes: &[u8], value: &Range<usize>) -> Range<usize> {
    value.end..bytes.len().min(value.end + value::AFTER)
}

/// Whether words are the same with such a byte in them and without.
#[inline(always)]
fn is_left_out(byte: u8) -> bool {
    // Without a branch, so that many bytes are asked about at once.
    (byte == b'_') | (byte == b'-') | (byte == b' ') | (byte == b'\t')
}

/// Where in a text the byte stands that is the `count`th, from 0, of those that are kept.
fn kept_before(text: &[u8], mut count: usize) -> usize {
    const BLOCK: usize = 32;
    let mut at = 0;
    for block in text.chunks(BLOCK) {
        // Written so that the compiler asks about all of a block at once.
        let kept = block.iter().map(|byte| u8::from(!is_left_out(*byte))).sum::<u8>().into();
        if count < kept {
            break;
        }
        count -= kept;
        at += block.len();
    }
    let kept = text[at..].iter().enumerate().filter(|(_, byte)| !is_left_out(**byte));
    kept.map(|(place, _)| at + place).nth(count).unwrap_or(text.len())
}

/// Takes such bytes out. Every byte is written, kept or not: there are too many of both to guess which comes next.
fn leave_out(text: &mut Vec<u8>) {
    let mut kept = 0;
    for at in 0..text.len() {
        let byte = text[at];
        text[kept] = byte;
        kept += usize::from(!is_left_out(byte));
    }
    text.truncate(kept);
}

/// Whether a name says no more than that a value follows, whose own name stands before: `name: API_TOKEN`, `value: …`.
fn is_value_of_entry(name: &[u8]) -> bool {
    const NAMES: [&[u8]; 4] = [b"value", b"android:value", b"parametervalue", b"default"];
    NAMES.iter().any(|known| name.eq_ignore_ascii_case(known))
}

/// The line up to a value, as far as its words are looked for. A value that begins a line belongs to the one before if that
/// ends with a separator or holds the value's name.
pub fn line_before(bytes: &[u8], value: usize) -> Range<usize> {
    let first = value.saturating_sub(value::BEFORE);
    let start = |end: usize| memchr::memrchr(b'\n', &bytes[first..end]).map_or(first, |at| first + at + 1);
    let line = start(value);
    let above = bytes[first..line].trim_ascii_end();
    let signs = |byte: &u8| matches!(byte, b' ' | b'\t' | b'"' | b'\'' | b'`' | b':');
    let begins = || match bytes[line..value].iter().position(|byte| !signs(byte)) {
        None => matches!(above, [.., b'=' | b':'] | [.., b'=' | b' ', b'(']),
        Some(word) => is_value_of_entry(bytes[line + word..value].split(signs).next().unwrap_or_default()),
    };
    let is_one = line > first && begins();
    (if is_one { start(first + above.len()) } else { line })..value
}

/// The first byte on which it depends where the line before a value begins: what ends the line above may draw that in.
pub fn decided_from(bytes: &[u8], line: &Range<usize>) -> usize {
    const MOST_SIGNS: usize = 2;
    let first = line.end.saturating_sub(value::BEFORE);
    (first + bytes[first..line.start].trim_ascii_end().len()).saturating_sub(MOST_SIGNS)
}

/// The name that the value at `at` is assigned to, or whose argument, entry or text it is.
pub fn assigned_name(bytes: &[u8], at: usize) -> Option<Range<usize>> {
    let mut cursor = Cursor { bytes, at, end: at.saturating_sub(value::BEFORE) };
    cursor.skip_quotes();
    cursor.skip_conversion();
    cursor.skip_scheme();
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
        (self.at > self.end).then(|| self.bytes[self.at - 1])
    }

    fn skip(&mut self, wanted: impl Fn(u8) -> bool) -> bool {
        let is_next = self.next().is_some_and(wanted);
        self.at -= usize::from(is_next);
        is_next
    }

    fn skip_while(&mut self, most: usize, wanted: impl Fn(u8) -> bool) -> usize {
        (0..most).take_while(|_| self.skip(&wanted)).count()
    }

    fn skip_blanks(&mut self) {
        self.skip_while(MOST_BLANKS, |byte| matches!(byte, b' ' | b'\t'));
    }

    /// The break of a line behind a separator.
    fn skip_break(&mut self) {
        let before = self.at;
        self.skip_blanks();
        if self.skip(|byte| byte == b'\n') {
            self.skip(|byte| byte == b'\r');
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

    /// From a value to the end of its name. Says whether a sign stands between them.
    fn skip_assignment(&mut self) -> bool {
        self.skip_blanks();
        let was_separated = self.skip_separator();
        self.skip_blanks();
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
    /// where nothing else is set.
    fn skip_separator(&mut self) -> bool {
        if self.skip(|byte| matches!(byte, b',' | b'(')) {
            return true;
        }
        // A dash between blanks: `token - …`.
        if self.bytes[self.end..self.at].ends_with(b" -") {
            self.at -= 1;
            return true;
        }
        if self.bytes[self.end..self.at].ends_with(b" or") {
            self.at -= 2;
            return true;
        }
        // Scala's `"key" -> …`.
        let before_arrow = self.bytes[self.end..self.at].strip_suffix(b"->");
        if before_arrow.is_some_and(|before| before.trim_ascii_end().ends_with(b"\"")) {
            self.at -= 2;
            return true;
        }
        // `${API_KEY:-…}`, and R's `key <- …`.
        if matches!(self.bytes[self.end..self.at], [.., b':' | b'<', b'-']) {
            self.at -= 2;
            return true;
        }
        let signs = self.skip_while(4, |byte| matches!(byte, b'=' | b':' | b'>' | b'?' | b'+' | b'<' | b'!' | b'|'));
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
