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
        let mut parser = regex_syntax::ParserBuilder::new().utf8(false).unicode(false).build();
        let regex = parser.parse(&pattern.regex).ok()?;
        let secret = secret(&regex)?.properties();
        let (least, most) = (secret.minimum_len()?, secret.maximum_len()?);
        let apart = most - least;
        let nearly = (apart <= least / LONGER).then(|| least - least / SHORTER..=most + most / LONGER);
        (apart <= least / APART).then_some(Self { own: least..=most, nearly })
    }

    /// Whether a secret may have this length.
    pub fn allow(&self, length: usize) -> bool {
        self.own.contains(&length)
    }

    /// Whether one may, but for a few characters. None may where they differ among themselves.
    pub fn nearly_allow(&self, length: usize) -> bool {
        self.nearly.as_ref().is_some_and(|nearly| nearly.contains(&length))
    }
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
