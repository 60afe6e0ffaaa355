//! Finds what stands encoded in a text: base64, hex, percent-encoding, escapes, entities, quoted-printable, UTF-16 between other
//! bytes, and literals that code joins.
//!
//! Comes in: a mark of an encoding in a text. Goes out: the stretch around it decoded, with the place of each byte in the text. A
//! plain text has no marks, and so pays for none of it: the marks are anchors like those of patterns, and beginnings of runs
//! whose first bytes decode to text. What is decoded is bounded, so that a verdict still depends on a window alone.

mod escapes;
mod run;
mod utf16;

use std::ops::Range;

use crate::model::pattern::{Probe, Reach};
use crate::model::scan::Candidate;
use crate::model::secret::Secret;

pub use run::looks_encoded;
pub use utf16::interleaved;

/// Encodings within one another that are undone.
pub const DEPTH: usize = 3;
/// Bytes that are decoded for one mark, at every depth together: twice what the longest run holds, encoded three times over. Marks
/// that stand in each other's surroundings time and again would take seconds for a few thousand bytes.
pub const MOST_DECODED: usize = 32 << 10;
/// The name under which a credential keeps the bytes that it stands as, so that they too are kept out of reports.
pub const AS_IT_STANDS: &str = "as_it_stands";

/// What a mark stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mark {
    /// The beginning of a run of base64 or hex digits.
    Run,
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
}

impl Mark {
    /// All, in the order of their numbers.
    pub const ALL: [Self; 6] = [Self::Run, Self::Percent, Self::Backslash, Self::Entity, Self::Quoted, Self::Joined];

    /// The texts that stand wherever the encoding is.
    pub fn texts(self) -> &'static [&'static str] {
        match self {
            Self::Run => &[],
            Self::Percent => &[
                "%2F", "%2f", "%3A", "%3a", "%40", "%3D", "%3d", "%2B", "%2b", "%5F", "%5f", "%2D", "%2d", "%2E", "%2e",
            ],
            Self::Backslash => &["\\u00", "\\x2", "\\x3", "\\x4", "\\x5", "\\x6", "\\x7"],
            Self::Entity => &["&#x", "&#X", "&#4", "&#5", "&#6", "&#7", "&#8", "&#9", "&#1"],
            Self::Quoted => &["=3D", "=5F", "=2D", "=2E", "=\r\n"],
            Self::Joined => &[
                "\" + \"", "' + '", "\"+\"", "'+'", "\" . \"", "' . '", "\" & \"", "\" +\n", "' +\n", "\" +\r\n",
                "' +\r\n",
            ],
        }
    }

    /// The texts as probes.
    pub fn probes(self) -> impl Iterator<Item = Probe> {
        // Nobody encodes a letter or digit unless it is all that is done.
        let plain = (b'0'..=b'z').filter(move |byte| self == Self::Percent && byte.is_ascii_alphanumeric());
        let plain = plain.flat_map(|byte| [format!("%{byte:02X}"), format!("%{byte:02x}")]);
        let own = self.texts().iter().map(|text| (*text).to_owned());
        own.chain(plain).map(|text| Probe { text, tail: 0, class: Default::default() })
    }

    /// Whether what stands encoded so may begin with this byte.
    fn may_begin_with(self, byte: u8) -> bool {
        match self {
            Self::Run => false,
            Self::Percent => byte == b'%',
            Self::Backslash => byte == b'\\',
            Self::Entity => byte == b'&',
            Self::Quoted => byte == b'=',
            Self::Joined => matches!(byte, b'"' | b'\''),
        }
    }

    /// Whether one of these texts begins here, with what an escape means behind it.
    fn is_at(self, rest: &[u8], meaning: Option<char>) -> bool {
        let is_own = || self.texts().iter().any(|text| rest.starts_with(text.as_bytes()));
        self == Self::Percent && meaning.is_some_and(|character| character.is_ascii_alphanumeric()) || is_own()
    }

    /// Bytes around a mark on which the verdict depends.
    pub fn influence(self) -> Reach {
        const EDGE: usize = 8;
        let (before, after) = match self {
            Self::Run => (run::BEFORE, run::LONGEST + run::AFTER),
            _ => (escapes::BEFORE, escapes::AFTER),
        };
        Reach { before: before + EDGE, after: after + EDGE }
    }

    /// The stretch that a mark stands in, decoded; if nothing is encoded there, the bytes around the mark that told.
    pub fn decode(self, bytes: &[u8], hit: &Range<usize>) -> Result<Decoded, Reach> {
        match self {
            Self::Run => run::decode(bytes, hit.end - super::values::runs::LEAST).ok_or(self.influence()),
            _ => escapes::decode(self, bytes, hit).ok_or(escapes::NEAR),
        }
    }
}

/// Decodes text in UTF-16 around an anchor that stands in it; says where in what comes out the anchor is.
pub fn decode_utf16(bytes: &[u8], hit: &Range<usize>) -> Option<(Decoded, Range<usize>)> {
    utf16::decode(bytes, hit)
}

/// Bytes around an anchor in UTF-16 on which the verdict depends.
pub fn utf16_influence() -> Reach {
    Reach { before: utf16::REACH + 8, after: utf16::REACH + 8 }
}

/// A stretch of a text, decoded.
#[derive(Debug, Default)]
pub struct Decoded {
    /// What comes out.
    pub bytes: Vec<u8>,
    /// Of each byte, where in the text what it is made of begins and ends.
    places: Vec<(usize, usize)>,
    /// How it was encoded.
    pub encoding: &'static str,
    /// Whether the text goes on before and after what was decoded, so that a match there may be a part of something.
    cut: (bool, bool),
    /// Bytes, of those that came out, outside of which nothing is encoded.
    within: Range<usize>,
}

impl Decoded {
    fn push(&mut self, byte: u8, place: Range<usize>) {
        self.bytes.push(byte);
        self.places.push((place.start, place.end));
    }

    /// Takes over a stretch that stands in the text as it is.
    fn copy(&mut self, bytes: &[u8], stretch: Range<usize>) {
        self.bytes.extend_from_slice(&bytes[stretch.clone()]);
        self.places.extend(stretch.map(|at| (at, at + 1)));
    }

    fn place(&self, span: &Range<usize>) -> Option<Range<usize>> {
        let (first, last) = (self.places.get(span.start)?, self.places.get(span.end.checked_sub(1)?)?);
        Some(first.0..last.1)
    }

    /// A candidate in what came out as one in `text`; none if it has nothing to do with the encoding, or may be cut off.
    pub fn placed(&self, mut candidate: Candidate, text: &[u8]) -> Option<Candidate> {
        let Candidate { span, extent, .. } = &candidate;
        let touches_end = extent.start == 0 && self.cut.0 || extent.end == self.bytes.len() && self.cut.1;
        let (span, extent) = (self.place(span)?, self.place(extent)?);
        let is_encoded = extent.len() != candidate.extent.len();
        let is_within = candidate.span.start < self.within.end && candidate.span.end > self.within.start;
        if touches_end || !is_encoded || !is_within {
            return None;
        }
        if span.len() != candidate.span.len() || candidate.credential.parts.contains_key(AS_IT_STANDS) {
            let raw = Secret::new(text.get(span.clone())?);
            candidate.credential.parts.insert(AS_IT_STANDS.to_owned(), raw);
        }
        candidate.encodings.insert(0, self.encoding);
        Some(Candidate { span, extent, ..candidate })
    }
}
