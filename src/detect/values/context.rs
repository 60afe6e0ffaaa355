//! What stands around a value: the words near it, and its line.
//!
//! Comes in: a text and the place of a value in it. Goes out: [`Context`]. It must not know patterns.

use std::ops::Range;

use crate::model::pattern::value;

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

    /// Whether no letter or digit touches a stretch of the text: it is a word of its own.
    pub fn is_word(&self, place: &Range<usize>) -> bool {
        let small = |at: Option<usize>| at.and_then(|at| self.bytes.get(at)).is_some_and(u8::is_ascii_lowercase);
        // Beside a digit it is a piece of something random.
        let letter = |at: Option<usize>| at.and_then(|at| self.bytes.get(at)).is_some_and(u8::is_ascii_alphanumeric);
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
pub fn is_value_of_entry(name: &[u8]) -> bool {
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
        // `key: |` and `key: >-` are YAML's.
        None => matches!(
            above,
            [.., b'=' | b':']
                | [.., b'=' | b' ', b'(']
                | [.., b' ', b'|' | b'>']
                | [.., b' ', b'|' | b'>', b'-' | b'+']
        ),
        Some(word) => is_value_of_entry(bytes[line + word..value].split(signs).next().unwrap_or_default()),
    };
    let is_one = line > first && begins();
    (if is_one { start(first + above.len()) } else { line })..value
}

/// The first byte on which it depends where the line before a value begins: what ends the line above may draw that in.
pub fn decided_from(bytes: &[u8], line: &Range<usize>) -> usize {
    const MOST_SIGNS: usize = 3;
    let first = line.end.saturating_sub(value::BEFORE);
    (first + bytes[first..line.start].trim_ascii_end().len()).saturating_sub(MOST_SIGNS)
}
