//! What lengths the secrets of a pattern have.
//!
//! Comes in: a pattern. Goes out: the lengths of values that are one of its secrets but for a few characters. It must not look at
//! texts.

use std::ops::RangeInclusive;

use regex_syntax::hir::{Hir, HirKind};

use crate::model::pattern::Pattern;

/// A value that is longer by this part of its length, or that was cut off and lacks that one, is nearly the same.
const LONGER: usize = 8;
const SHORTER: usize = 3;

/// The lengths about that of the pattern's secrets; none where these differ among themselves.
pub fn lengths(pattern: &Pattern) -> Option<RangeInclusive<usize>> {
    let parsed = regex_syntax::ParserBuilder::new().utf8(false).unicode(false).build().parse(&pattern.regex).ok()?;
    let secret = secret(&parsed)?;
    let (least, most) = (secret.properties().minimum_len()?, secret.properties().maximum_len()?);
    (most - least <= least / LONGER).then(|| least - least / SHORTER..=most + most / LONGER)
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
