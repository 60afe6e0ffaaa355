//! Makes a [`Trail`] of a part of a regex.
//!
//! Comes in: a parsed regex and the way in which it is to be followed. Goes out: its steps. It must not know what they are for.

use regex_syntax::hir::{Class as HirClass, ClassBytes, Hir, HirKind, Look, Repetition};

use super::reach::flatten;
use crate::model::class::Class;
use crate::model::trail::{Edge, Side, Step, Times, Trail, Way};

/// The steps of whatever a regex matches.
pub fn trail(hir: &Hir, way: Way) -> Trail {
    let mut then = Class::ALL;
    up_to(hir, way, &mut then)
}

/// The steps of a part. What may come behind it, `then`, becomes what may come where it begins: every byte, if nothing may.
fn up_to(hir: &Hir, way: Way, then: &mut Class) -> Trail {
    let mut parts = flatten(hir);
    if way == Way::Onward {
        parts.reverse();
    }
    let mut steps: Vec<Step> = parts.into_iter().filter_map(|part| step(part, way, then)).collect();
    steps.reverse();
    Trail(steps.into())
}

/// None of what is no step.
fn step(hir: &Hir, way: Way, then: &mut Class) -> Option<Step> {
    Some(match hir.kind() {
        HirKind::Empty => return None,
        HirKind::Capture(_) | HirKind::Concat(_) => {
            let times = Times { least: 1, most: 1, then: *then };
            Step::Again(up_to(hir, way, then), times)
        }
        HirKind::Literal(literal) => {
            let mut text = literal.0.to_vec();
            if way == Way::Backward {
                text.reverse();
            }
            *then = Class::of([(text[0], text[0])]);
            Step::Text(text.into())
        }
        HirKind::Class(_) => match class(hir) {
            Some(class) => bytes(class, (1, 1), then),
            // Some characters, of which each may have so many bytes.
            None => bytes(Class::ALL, (1, 4), then),
        },
        HirKind::Look(look) => Step::Look(Edge::new(|before, behind| holds(*look, before, behind))),
        HirKind::Repetition(repetition) => repeated(repetition, way, then),
        HirKind::Alternation(branches) => {
            let behind = std::mem::take(then);
            let branch = |hir| {
                let mut first = behind;
                let trail = up_to(hir, way, &mut first);
                *then = then.or(first);
                trail
            };
            Step::Ways(branches.iter().map(branch).collect())
        }
    })
}

fn repeated(repetition: &Repetition, way: Way, then: &mut Class) -> Step {
    let (least, most) = (repetition.min, repetition.max.unwrap_or(u32::MAX));
    if let Some(class) = class(&repetition.sub) {
        return bytes(class, (least, most), then);
    }
    // `(?:[a-z]|%[0-9A-F]{2})*` is followed as `[a-z%0-9A-F]*`: a few more texts are let through, each in far fewer steps.
    if let Some((class, shortest, longest)) = escaped(&repetition.sub) {
        return bytes(class, (least.saturating_mul(shortest), most.saturating_mul(longest)), then);
    }
    let times = Times { least, most, then: *then };
    // Behind it comes another, or what comes behind the last.
    let mut first = Class::ALL;
    let trail = up_to(&repetition.sub, way, &mut first);
    *then = if least == 0 { first.or(*then) } else { first };
    Step::Again(trail, times)
}

/// Bytes of a class, at least and at most so many.
fn bytes(class: Class, (least, most): (u32, u32), then: &mut Class) -> Step {
    let times = Times { least, most, then: *then };
    *then = if least == 0 { class.or(*then) } else { class };
    Step::Bytes(class, times)
}

/// The class of a single byte.
fn class(hir: &Hir) -> Option<Class> {
    match hir.kind() {
        HirKind::Class(HirClass::Bytes(class)) => Some(of_bytes(class)),
        HirKind::Class(HirClass::Unicode(class)) => class.to_byte_class().as_ref().map(of_bytes),
        HirKind::Literal(literal) if literal.0.len() == 1 => Some(Class::of([(literal.0[0], literal.0[0])])),
        HirKind::Capture(capture) => class(&capture.sub),
        _ => None,
    }
}

/// The class of bytes of which each may be written as an escape, and how many bytes it then takes at least and at most.
fn escaped(hir: &Hir) -> Option<(Class, u32, u32)> {
    const LONGEST: usize = 3;
    let HirKind::Alternation(branches) = hir.kind() else { return None };
    let lengths = branches.iter().map(|branch| {
        let properties = branch.properties();
        Some((properties.minimum_len()?, properties.maximum_len()?))
    });
    let lengths: Vec<(usize, usize)> = lengths.collect::<Option<_>>()?;
    let shortest = lengths.iter().map(|(least, _)| *least).min()?;
    let longest = lengths.iter().map(|(_, most)| *most).max()?;
    let union = branches.iter().map(all_bytes).collect::<Option<Vec<Class>>>()?;
    (shortest == 1 && longest <= LONGEST)
        .then(|| (union.into_iter().fold(Class::default(), Class::or), shortest as u32, longest as u32))
}

/// Every byte that may stand in a match of what has no looks in it.
fn all_bytes(hir: &Hir) -> Option<Class> {
    match hir.kind() {
        HirKind::Concat(parts) => parts.iter().try_fold(Class::default(), |all, part| Some(all.or(all_bytes(part)?))),
        HirKind::Literal(literal) => Some(Class::of(literal.0.iter().map(|byte| (*byte, *byte)))),
        HirKind::Repetition(repetition) => all_bytes(&repetition.sub),
        _ => class(hir),
    }
}

fn of_bytes(class: &ClassBytes) -> Class {
    Class::of(class.iter().map(|range| (range.start(), range.end())))
}

/// Whether a look holds between what stands before and behind; of one that asks for more than a [`Side`] tells it may.
fn holds(look: Look, before: Side, behind: Side) -> bool {
    let is_word = |side| side == Side::Word;
    match look {
        Look::Start => before == Side::Nothing,
        Look::End => behind == Side::Nothing,
        Look::StartLF => matches!(before, Side::Nothing | Side::LineFeed),
        Look::EndLF => matches!(behind, Side::Nothing | Side::LineFeed),
        Look::WordAscii => is_word(before) != is_word(behind),
        Look::WordAsciiNegate => is_word(before) == is_word(behind),
        Look::WordStartAscii => !is_word(before) && is_word(behind),
        Look::WordEndAscii => is_word(before) && !is_word(behind),
        Look::WordStartHalfAscii => !is_word(before),
        Look::WordEndHalfAscii => !is_word(behind),
        _ => true,
    }
}
