//! Makes texts that a pattern must find, so that no live-looking token has to be written down.
//!
//! Comes in: a pattern and a seed. Goes out: a text that its regex matches, its checksum right. The same seed gives the
//! same text on every machine.

use regex::bytes::RegexBuilder;
use regex_syntax::hir::{Class, Hir, HirKind};

use super::reach;
use crate::model::pattern::Pattern;

/// Repetitions without an upper bound are made this much longer than their lower bound, at most.
const EXTRA_REPEATS: u32 = 12;

/// A small deterministic generator (SplitMix64): test data must not change with a library's version.
#[derive(Debug, Clone)]
pub struct Random(u64);

impl Random {
    /// Starts from `seed`.
    pub fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// A number below `bound`, which must not be 0.
    pub fn below(&mut self, bound: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((mixed ^ (mixed >> 31)) % bound as u64) as usize
    }
}

/// A text that the pattern's regex matches as a whole, or none where its checksum cannot be made.
pub fn example(pattern: &Pattern, random: &mut Random) -> Option<Vec<u8>> {
    let hir = reach::parse(&pattern.regex).ok()?;
    let mut text = Vec::new();
    write(&hir, random, &mut text);
    let Some(checksum) = pattern.checksum else { return Some(text) };
    let regex = RegexBuilder::new(&pattern.regex).unicode(false).build().ok()?;
    let (body, check) = {
        let captures = regex.captures(&text)?;
        (captures.name("body")?.range(), captures.name("check")?.range())
    };
    let right = checksum.of(&text[body], check.len())?;
    text.splice(check, right.into_bytes());
    Some(text)
}

/// Appends one random match of `hir`. Look-around is taken to hold: a text of its own has an edge on both sides.
fn write(hir: &Hir, random: &mut Random, text: &mut Vec<u8>) {
    match hir.kind() {
        HirKind::Empty | HirKind::Look(_) => {}
        HirKind::Literal(literal) => text.extend_from_slice(&literal.0),
        HirKind::Class(class) => text.push(pick(class, random)),
        HirKind::Capture(capture) => write(&capture.sub, random, text),
        HirKind::Repetition(repetition) => {
            let most = repetition.max.unwrap_or(repetition.min + EXTRA_REPEATS).min(repetition.min + EXTRA_REPEATS);
            let count = repetition.min as usize + random.below((most - repetition.min) as usize + 1);
            (0..count).for_each(|_| write(&repetition.sub, random, text));
        }
        HirKind::Concat(elements) => elements.iter().for_each(|element| write(element, random, text)),
        HirKind::Alternation(branches) => write(&branches[random.below(branches.len())], random, text),
    }
}

/// A member of the class, a printable one where it has any.
fn pick(class: &Class, random: &mut Random) -> u8 {
    let Class::Bytes(class) = class else { return b'?' };
    let members: Vec<u8> = class.iter().flat_map(|range| range.start()..=range.end()).collect();
    let printable: Vec<u8> = members.iter().copied().filter(u8::is_ascii_graphic).collect();
    let from = if printable.is_empty() { &members } else { &printable };
    if from.is_empty() { b'?' } else { from[random.below(from.len())] }
}
