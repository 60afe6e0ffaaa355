//! How long the secrets of a pattern are.
//!
//! Comes in: a pattern. Goes out: [`Lengths`]: which ones its secrets have, and which ones they have but for a few characters. It
//! must not look at texts.

use std::ops::RangeInclusive;

use regex_syntax::hir::{Hir, HirKind};

use crate::model::pattern::Pattern;

/// A value that is longer by this part of its length, or that was cut off and lacks that one, is nearly the same.
const LONGER: usize = 8;
const SHORTER: usize = 3;

/// Lengths that differ by more than this part of the least say nothing.
const APART: usize = 3;

/// How long the secrets of a pattern are.
#[derive(Debug)]
pub struct Lengths {
    own: RangeInclusive<usize>,
    nearly: Option<RangeInclusive<usize>>,
}

impl Lengths {
    /// Takes those of a pattern; none where they say nothing.
    pub fn of(pattern: &Pattern) -> Option<Self> {
        let (least, most) = bounds(pattern)?;
        let most = most?;
        let apart = most - least;
        let nearly = (apart <= least / LONGER).then(|| least - least / SHORTER..=most + most / LONGER);
        (apart <= least / APART).then_some(Self { own: least..=most, nearly })
    }

    /// Whether a secret may have this length but for a few characters, and none has it.
    pub fn are_missed_by(&self, length: usize) -> bool {
        self.nearly_allow(length) && !self.own.contains(&length)
    }

    /// Whether one may, but for a few characters. None may where they differ among themselves.
    pub fn nearly_allow(&self, length: usize) -> bool {
        self.nearly.as_ref().is_some_and(|nearly| nearly.contains(&length))
    }
}

/// Bytes of the shortest secret of a pattern.
pub fn least(pattern: &Pattern) -> Option<usize> {
    bounds(pattern).map(|(least, _)| least)
}

/// Bytes of the shortest secret and of the longest.
fn bounds(pattern: &Pattern) -> Option<(usize, Option<usize>)> {
    let mut parser = regex_syntax::ParserBuilder::new().utf8(false).unicode(false).build();
    let regex = parser.parse(&pattern.regex).ok()?;
    let secret = secret(&regex)?.properties();
    Some((secret.minimum_len()?, secret.maximum_len()))
}

/// The group of that name.
fn secret(hir: &Hir) -> Option<&Hir> {
    match hir.kind() {
        HirKind::Capture(capture) if capture.name.as_deref() == Some("secret") => Some(&capture.sub),
        HirKind::Capture(capture) => secret(&capture.sub),
        HirKind::Repetition(repetition) => secret(&repetition.sub),
        HirKind::Concat(parts) | HirKind::Alternation(parts) => parts.iter().find_map(secret),
        _ => None,
    }
}
