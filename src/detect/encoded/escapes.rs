//! Single characters written in another way: percent-encoding, escapes of string literals, entities, quoted-printable; string
//! literals that are joined; and what colours a log.

use std::ops::Range;

use super::super::escaped::{colour, hex_pair};
use super::Decoded;
use crate::model::pattern::Reach;
use crate::model::probe::Probe;

/// Bytes before and after a mark that are decoded with it.
pub(super) const BEFORE: usize = 1_024;
pub(super) const AFTER: usize = 2_048;
/// What begins at most so far before a mark is searched with it, unless a mark stands nearer.
pub(super) const OWN: usize = 512;
/// Marks so near behind another are left to it.
const CLUSTER: usize = 12;
/// Of marks that follow each other closely one in so many is not, so that a long text of them is covered.
const ONE_IN: u32 = 16;
/// The longest escape.
const LONGEST: usize = 48;
/// Bytes around a mark that tell whether a character is encoded there.
pub(super) const NEAR: Reach = Reach { before: CLUSTER + 1, after: LONGEST };

/// How single characters are encoded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Escape {
    /// `%2F`
    Percent,
    /// `\u0041` and `\x41`
    Backslash,
    /// `&#65;`
    Entity,
    /// `=3D`
    Quoted,
    /// `" + "`
    Joined,
    /// `[32m` behind an escape character, which may itself be escaped
    Colour,
}

impl Escape {
    /// All.
    pub const ALL: [Self; 6] = [Self::Percent, Self::Backslash, Self::Entity, Self::Quoted, Self::Joined, Self::Colour];

    /// The texts that stand wherever something is encoded so.
    pub fn probes(self) -> impl Iterator<Item = Probe> {
        let percent = (0..=0x7f).filter(move |byte| self == Self::Percent && is_worth_a_look(*byte));
        let percent = percent.flat_map(|byte| [format!("%{byte:02X}"), format!("%{byte:02x}")]);
        let own = self.texts().iter().map(|text| (*text).to_owned());
        own.chain(percent).map(Probe::new)
    }

    fn texts(self) -> &'static [&'static str] {
        match self {
            Self::Percent => &[],
            Self::Backslash => &["\\u00", "\\x2", "\\x3", "\\x4", "\\x5", "\\x6", "\\x7"],
            Self::Entity => &["&#x", "&#X", "&#4", "&#5", "&#6", "&#7", "&#8", "&#9", "&#1"],
            Self::Quoted => &["=3D", "=5F", "=2D", "=2E", "=\r\n"],
            Self::Joined => &[
                "\" + \"", "' + '", "\"+\"", "'+'", "\" . \"", "' . '", "\" & \"", "\" +\n", "' +\n", "\" +\r\n",
                "' +\r\n",
            ],
            // A text of two bytes is not found at every place.
            Self::Colour => &[
                "\x1b[m", "\x1b[K", "\x1b[0", "\x1b[1", "\x1b[2", "\x1b[3", "\x1b[4", "\x1b[7", "\x1b[9", "\\u001b[",
                "\\x1b[", "\\033[", "\\e[",
            ],
        }
    }

    fn name(self) -> &'static str {
        match self {
            Self::Percent => "percent-encoding",
            Self::Backslash => "escapes",
            Self::Entity => "entities",
            Self::Quoted => "quoted-printable",
            Self::Joined => "joined literals",
            Self::Colour => "colours",
        }
    }

    /// Where in a stretch one may begin: at one of two bytes.
    fn beginnings(self, bytes: &[u8], stretch: Range<usize>) -> impl Iterator<Item = usize> + '_ {
        let (one, other) = match self {
            Self::Percent => (b'%', b'%'),
            Self::Backslash => (b'\\', b'\\'),
            Self::Entity => (b'&', b'&'),
            Self::Quoted => (b'=', b'='),
            Self::Joined => (b'"', b'\''),
            Self::Colour => (b'\x1b', b'\\'),
        };
        memchr::memchr2_iter(one, other, &bytes[stretch.clone()]).map(move |at| stretch.start + at)
    }

    /// At most so many bytes before and behind a mark. A log has colours in all its lines, and each line stands for itself.
    fn around(self, bytes: &[u8], at: usize, before: usize, after: usize) -> Range<usize> {
        let (mut start, mut end) = (at.saturating_sub(before), bytes.len().min(at + after));
        if self == Self::Colour {
            start = memchr::memrchr(b'\n', &bytes[start..at]).map_or(start, |line| start + line + 1);
            end = memchr::memchr(b'\n', &bytes[at..end]).map_or(end, |line| at + line);
        }
        start..end
    }

    /// What one at the beginning of `rest` means (a character of ASCII, or nothing), and its length.
    fn undo(self, rest: &[u8]) -> Option<(Option<u8>, usize)> {
        match self {
            Self::Percent => ascii(rest, b"%"),
            Self::Quoted if rest.starts_with(b"=\r\n") => Some((None, 3)),
            Self::Quoted if rest.starts_with(b"=\n") => Some((None, 2)),
            Self::Quoted => ascii(rest, b"="),
            Self::Backslash => ascii(rest, b"\\u00").or_else(|| ascii(rest, b"\\x")),
            Self::Entity => entity(rest),
            Self::Joined => joint(rest).map(|length| (None, length)),
            Self::Colour => colour(rest).map(|length| (None, length)),
        }
    }

    /// The length of one that stands here and begins like a mark: what does may mean no character.
    fn length_at(self, bytes: &[u8], at: usize) -> Option<usize> {
        let (meaning, length) = self.undo(&bytes[at..])?;
        let is_mark = match meaning {
            Some(byte) if self == Self::Percent => is_worth_a_look(byte),
            _ => self.texts().iter().any(|text| bytes[at..].starts_with(text.as_bytes())),
        };
        is_mark.then_some(length)
    }

    /// Whether a mark stands here, and may stand in a value: joined literals and soft line breaks stand in prose too.
    fn is_at(self, bytes: &[u8], at: usize) -> bool {
        let is_of_value =
            |byte: Option<&u8>| byte.is_some_and(|byte| byte.is_ascii_alphanumeric() || b"_-./+=".contains(byte));
        self.length_at(bytes, at).is_some_and(|length| match self {
            Self::Joined | Self::Quoted => {
                is_of_value(at.checked_sub(1).and_then(|at| bytes.get(at))) && is_of_value(bytes.get(at + length))
            }
            _ => true,
        })
    }

    /// Whether what stands around here is decoded for the mark that is here.
    fn is_chosen(self, bytes: &[u8], at: usize) -> bool {
        let follows = || {
            let mut near = self.beginnings(bytes, self.around(bytes, at, CLUSTER, 0));
            near.any(|earlier| self.length_at(bytes, earlier).is_some())
        };
        let cluster = &bytes[at..bytes.len().min(at + CLUSTER)];
        self.is_at(bytes, at) && (crc32fast::hash(cluster).is_multiple_of(ONE_IN) || !follows())
    }
}

/// Decodes the stretch around a mark. What comes out is searched up to where the next mark has it searched.
pub(super) fn decode(escape: Escape, bytes: &[u8], hit: &Range<usize>) -> Option<Decoded> {
    let at = hit.start;
    if !escape.is_chosen(bytes, at) {
        return None;
    }
    let furthest = escape.around(bytes, at, 0, AFTER + OWN).end;
    let next = escape.beginnings(bytes, at + 1..furthest).find(|next| escape.is_chosen(bytes, *next));
    let stretch = escape.around(bytes, at, BEFORE, AFTER);
    let own = at.saturating_sub(OWN)..next.map_or(at + AFTER, |next| next.saturating_sub(OWN));
    if own.end <= stretch.start {
        return Some(Decoded::default());
    }
    let cut_before = stretch.start > 0 && stretch.start + BEFORE == at;
    let cut_after = stretch.end < bytes.len() && stretch.end == at + AFTER;
    Some(Decoded { cut: (cut_before, cut_after), ..undo(escape, bytes, stretch, &own) })
}

/// Decodes a text that was itself decoded, if such a mark stands near what of it is to be searched.
pub(super) fn decode_again(escape: Escape, bytes: &[u8], own: &Range<usize>) -> Option<Decoded> {
    let near = own.start.saturating_sub(OWN)..bytes.len().min(own.end + OWN);
    let has_mark = escape.beginnings(bytes, near).any(|at| escape.is_at(bytes, at));
    has_mark.then(|| undo(escape, bytes, 0..bytes.len(), own))
}

/// Takes back every escape in a stretch; what is made of `own` is to be searched.
fn undo(escape: Escape, bytes: &[u8], stretch: Range<usize>, own: &Range<usize>) -> Decoded {
    let mut decoded = Decoded { encoding: escape.name(), end: stretch.end, ..Decoded::default() };
    let mut at = stretch.start;
    for begin in escape.beginnings(bytes, stretch.clone()) {
        // It may lie within the last.
        let Some((meaning, length)) = (begin >= at).then(|| escape.undo(&bytes[begin..stretch.end])).flatten() else {
            continue;
        };
        decoded.copy(bytes, at..begin);
        at = begin + length;
        if let Some(byte) = meaning {
            decoded.push(byte, begin..at);
        }
    }
    decoded.copy(bytes, at..stretch.end);
    decoded.within = 0..decoded.bytes.len();
    decoded.own = decoded.made_of(own);
    decoded
}

/// Letters and digits, which nobody encodes unless it is all that is done, and signs that keys and names before them have.
fn is_worth_a_look(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"/:@=+_-.!$".contains(&byte)
}

/// An escape of two hex digits behind a prefix, if it means a character of ASCII.
fn ascii(rest: &[u8], prefix: &[u8]) -> Option<(Option<u8>, usize)> {
    let byte = hex_pair(rest.strip_prefix(prefix)?.get(..2)?)?;
    byte.is_ascii().then_some((Some(byte), prefix.len() + 2))
}

fn entity(rest: &[u8]) -> Option<(Option<u8>, usize)> {
    let body = rest.strip_prefix(b"&#")?;
    let end = body.iter().take(8).position(|byte| *byte == b';')?;
    let number = |digits, radix| u8::from_str_radix(std::str::from_utf8(digits).ok()?, radix).ok();
    let byte = match &body[..end] {
        [b'x' | b'X', digits @ ..] => number(digits, 16)?,
        digits => number(digits, 10)?,
    };
    byte.is_ascii().then_some((Some(byte), 2 + end + 1))
}

/// Bytes of what joins two literals: the end of the one, an operator, the beginning of the other.
fn joint(rest: &[u8]) -> Option<usize> {
    let quote = *rest.first().filter(|byte| matches!(byte, b'"' | b'\''))?;
    let rest = &rest[..rest.len().min(LONGEST)];
    let gap = |from: usize| rest[from..].iter().take_while(|byte| byte.is_ascii_whitespace()).count();
    let operator = 1 + gap(1);
    if !matches!(rest.get(operator)?, b'+' | b'.' | b'&') {
        return None;
    }
    let next = operator + 1 + gap(operator + 1);
    (*rest.get(next)? == quote).then_some(next + 1)
}
