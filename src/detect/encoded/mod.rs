//! Finds what stands encoded in a text: base64, hex, percent-encoding, escapes, entities, quoted-printable, UTF-16 between other
//! bytes, literals that code joins, and tables, whose values stand apart from their names.
//!
//! Comes in: a mark of an encoding in a text. Goes out: the stretch around it decoded, with the place of each byte in the text. A
//! plain text has no marks, and so pays for none of it: the marks are anchors like those of patterns, and beginnings of runs
//! whose first bytes decode to text. What is decoded is bounded, so that a verdict still depends on a window alone.

mod escapes;
mod run;
mod table;
mod utf16;

use std::ops::Range;

use crate::model::pattern::Reach;
use crate::model::probe::Probe;
use crate::model::scan::Candidate;
use crate::model::secret::Secret;

pub use escapes::Escape;
pub use run::looks_encoded;
pub use table::Table;
pub use utf16::{interleaved, interleaved_length};

/// Encodings within one another that are undone.
pub const DEPTH: usize = 3;
/// The name under which a credential keeps the bytes that it stands as, so that they too are kept out of reports.
pub const AS_IT_STANDS: &str = "as_it_stands";

/// What a mark stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mark {
    /// The beginning of a run of base64 or hex digits.
    Run,
    /// Single characters.
    Escape(Escape),
    /// A table, whose cells stand apart from their names.
    Table(Table),
}

impl Mark {
    /// The texts that are marks, each with what it is one of. A run is known by its looks.
    pub fn probes() -> impl Iterator<Item = (Probe, Self)> {
        let escapes =
            Escape::ALL.into_iter().flat_map(|escape| escape.probes().map(move |probe| (probe, Self::Escape(escape))));
        let tables =
            Table::ALL.into_iter().flat_map(|table| table.probes().map(move |probe| (probe, Self::Table(table))));
        escapes.chain(tables)
    }

    /// Bytes around a mark on which the verdict depends.
    pub fn influence(self) -> Reach {
        const EDGE: usize = 8;
        let (before, after) = match self {
            Self::Run => (run::BEFORE, run::LONGEST + run::AFTER),
            Self::Escape(_) => (escapes::BEFORE, escapes::AFTER + escapes::OWN + escapes::NEAR.after),
            Self::Table(_) => (table::HEADER, table::HEADER + table::ROWS),
        };
        Reach { before: before + EDGE, after: after + EDGE }
    }

    /// The stretch that a mark stands in, decoded; if nothing is encoded there, the bytes around the mark that told.
    pub fn decode(self, bytes: &[u8], hit: &Range<usize>) -> Result<Decoded, Reach> {
        match self {
            Self::Run => run::decode(bytes, hit.end - super::values::runs::LEAST).ok_or(self.influence()),
            Self::Escape(escape) => escapes::decode(escape, bytes, hit).ok_or(escapes::NEAR),
            Self::Table(table) => table::decode(table, bytes, hit).ok_or(table::NEAR),
        }
    }
}

/// What was decoded, decoded again in each way that its marks call for. There nothing need be local, so that it is done once and
/// not for each mark. Runs are not among it, each of which stands for itself.
pub fn decode_again(outer: &Decoded) -> impl Iterator<Item = Decoded> {
    Escape::ALL.into_iter().filter_map(|escape| escapes::decode_again(escape, &outer.bytes, &outer.own))
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
    /// Where in the text it ends.
    end: usize,
    /// How it was encoded.
    pub encoding: &'static str,
    /// Whether the text goes on before and after what was decoded, so that a match there may be a part of something.
    cut: (bool, bool),
    /// Bytes, of those that came out, outside of which nothing is encoded.
    within: Range<usize>,
    /// Where in what came out begins what is to be searched for: the rest is searched for other marks.
    pub own: Range<usize>,
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

    /// What is made of a stretch of the text.
    fn made_of(&self, stretch: &Range<usize>) -> Range<usize> {
        let first = |least: usize| self.places.partition_point(|(start, _)| *start < least);
        first(stretch.start)..first(stretch.end)
    }

    fn place(&self, span: &Range<usize>) -> Option<Range<usize>> {
        let (first, last) = (self.places.get(span.start)?, self.places.get(span.end.checked_sub(1)?)?);
        Some(first.0..last.1)
    }

    /// A candidate in what came out as one in `text`; none if it has nothing to do with the encoding, or may be cut off.
    pub fn placed(&self, mut candidate: Candidate, text: &[u8]) -> Option<Candidate> {
        let Candidate { span, extent, .. } = &candidate;
        let touches_end = extent.start == 0 && self.cut.0 || extent.end == self.bytes.len() && self.cut.1;
        let beside =
            (extent.start.checked_sub(1).map(|at| self.places[at].1), self.places.get(extent.end).map(|place| place.0));
        let (span, extent) = (self.place(span)?, self.place(extent)?);
        // Or something encoded stands right beside it, so that where it begins or ends is not to be seen in the text.
        let is_encoded = extent.len() != candidate.extent.len()
            || beside.0.is_some_and(|end| end != extent.start)
            || beside.1.unwrap_or(self.end) > extent.end;
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
