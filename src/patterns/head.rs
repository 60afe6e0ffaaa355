//! Which bytes the matches of a regex begin with.
//!
//! Comes in: a parsed regex. Goes out: for each of the first bytes of a match the [`Class`] that it is of. Used to know what
//! follows an anchor.

use regex_syntax::hir::{self, Hir, HirKind};

use crate::model::class::Class;

/// So many bytes are looked at.
const MOST: usize = 8;

/// The beginnings of all matches.
#[derive(Debug, Clone, Copy)]
struct Head {
    /// What stands at each place in those matches that are so long.
    classes: [Class; MOST],
    /// A bit for each number of bytes that a match may have; the last is for [`MOST`] and more.
    ends: u16,
}

/// The class of each of the first bytes, as far as every match has them.
pub fn classes(hir: &Hir) -> Vec<Class> {
    let Head { classes, ends } = head(hir);
    classes[..MOST.min(ends.trailing_zeros() as usize)].to_vec()
}

impl Head {
    /// No match at all.
    const NONE: Self = Self { classes: [Class::NONE; MOST], ends: 0 };
    /// A match of no bytes.
    const EMPTY: Self = Self { ends: 1, ..Self::NONE };
    /// Matches of any bytes.
    const ANY: Self = Self { classes: [Class::ALL; MOST], ends: u16::MAX };

    /// These bytes, one after the other.
    fn of(classes: impl ExactSizeIterator<Item = Class>) -> Self {
        let mut head = Self { ends: 1 << classes.len().min(MOST), ..Self::NONE };
        head.classes.iter_mut().zip(classes).for_each(|(place, class)| *place = class);
        head
    }

    fn or(self, other: Self) -> Self {
        let classes = std::array::from_fn(|at| self.classes[at].or(other.classes[at]));
        Self { classes, ends: self.ends | other.ends }
    }

    /// With another behind it.
    fn then(self, next: Self) -> Self {
        let mut all = Self { ends: self.ends & 1 << MOST, ..self };
        for end in (0..MOST).filter(|end| self.ends >> end & 1 != 0) {
            all.classes[end..].iter_mut().zip(next.classes).for_each(|(place, class)| *place = place.or(class));
            for length in (0..=MOST).filter(|length| next.ends >> length & 1 != 0) {
                all.ends |= 1 << MOST.min(end + length);
            }
        }
        all
    }

    /// So many times.
    fn repeated(self, repetition: &hir::Repetition) -> Self {
        let most = repetition.max.map_or(MOST, |max| MOST.min(max as usize));
        let least = most.min(repetition.min as usize);
        let times = std::iter::successors(Some(Self::EMPTY), |all| Some(all.then(self)));
        times.take(most + 1).skip(least).fold(Self::NONE, Self::or)
    }
}

fn head(hir: &Hir) -> Head {
    match hir.kind() {
        HirKind::Empty | HirKind::Look(_) => Head::EMPTY,
        HirKind::Literal(literal) => Head::of(literal.0.iter().map(|byte| Class::of([(*byte, *byte)]))),
        HirKind::Class(hir::Class::Bytes(class)) => {
            let ranges = class.iter().map(|range| (range.start(), range.end()));
            Head::of([Class::of(ranges)].into_iter())
        }
        HirKind::Class(hir::Class::Unicode(_)) => Head::ANY,
        HirKind::Capture(capture) => head(&capture.sub),
        HirKind::Repetition(repetition) => head(&repetition.sub).repeated(repetition),
        HirKind::Concat(elements) => elements.iter().map(head).fold(Head::EMPTY, Head::then),
        HirKind::Alternation(branches) => branches.iter().map(head).fold(Head::NONE, Head::or),
    }
}
