//! Which bytes the matches of a regex begin with.
//!
//! Comes in: a parsed regex. Goes out: for each of the first bytes of a match the [`Class`] that it is of. Used to know what
//! follows an anchor.

use regex_syntax::hir::{self, Hir, HirKind};

use crate::model::class::Class;

/// So many bytes are looked at.
const MOST: usize = 8;

/// What the first bytes of a match are.
#[derive(Debug, Clone)]
struct Head {
    classes: Vec<Class>,
    /// Whether every match has these bytes and no more.
    is_whole: bool,
}

/// The class of each of the first bytes.
pub fn classes(hir: &Hir) -> Vec<Class> {
    head(hir).classes
}

fn head(hir: &Hir) -> Head {
    match hir.kind() {
        HirKind::Empty | HirKind::Look(_) => Head { classes: Vec::new(), is_whole: true },
        HirKind::Literal(literal) => Head {
            classes: literal.0.iter().take(MOST).map(|byte| Class::of([(*byte, *byte)])).collect(),
            is_whole: literal.0.len() <= MOST,
        },
        HirKind::Class(hir::Class::Bytes(class)) => {
            let ranges = class.iter().map(|range| (range.start(), range.end()));
            Head { classes: vec![Class::of(ranges)], is_whole: true }
        }
        HirKind::Class(hir::Class::Unicode(_)) => Head { classes: Vec::new(), is_whole: false },
        HirKind::Capture(capture) => head(&capture.sub),
        HirKind::Repetition(repetition) => {
            let once = head(&repetition.sub);
            let Head { classes, is_whole } = chain(std::iter::repeat_n(once, repetition.min as usize));
            Head { classes, is_whole: is_whole && repetition.max == Some(repetition.min) }
        }
        HirKind::Concat(elements) => chain(elements.iter().map(head)),
        HirKind::Alternation(branches) => {
            let either = |left: Head, right: Head| Head {
                classes: left.classes.iter().zip(&right.classes).map(|(left, right)| left.or(*right)).collect(),
                is_whole: left.is_whole && right.is_whole && left.classes.len() == right.classes.len(),
            };
            branches.iter().map(head).reduce(either).unwrap_or(Head { classes: Vec::new(), is_whole: false })
        }
    }
}

/// One after the other, as far as it is known where each ends.
fn chain(heads: impl Iterator<Item = Head>) -> Head {
    let mut chained = Head { classes: Vec::new(), is_whole: true };
    for head in heads {
        let room = MOST - chained.classes.len();
        chained.classes.extend(head.classes.iter().take(room));
        chained.is_whole = head.is_whole && head.classes.len() <= room;
        if !chained.is_whole {
            break;
        }
    }
    chained
}
