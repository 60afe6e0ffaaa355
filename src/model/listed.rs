//! A pattern as a catalogue lists it.

use std::ops::RangeInclusive;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::cow_str::CowStr;
use super::packed::Packed;
use super::pattern::Pattern;
use super::probe::Probe;

/// Bytes of what keys of a provider begin with.
pub const PREFIX: RangeInclusive<usize> = 4..=16;

/// A pattern with what every scan asks of it; the rest stays packed until somebody asks.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(bound(deserialize = "'de: 'static"))]
pub struct Listed {
    /// The pattern's id.
    pub id: CowStr,
    /// Its probes; none if its values are searched for.
    pub probes: Box<[Probe]>,
    clues: Packed<Clues>,
    whole: Packed<Arc<Pattern>>,
}

/// What tells that a value may be a pattern's, before its regex is asked. Of all patterns this is needed where one value is found.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(bound(deserialize = "'de: 'static"))]
pub struct Clues {
    /// Words that stand near it,
    pub words: Box<[Probe]>,
    /// and those of which one must, too.
    pub also: Box<[Probe]>,
    /// Names that it is assigned to.
    pub names: Box<[CowStr]>,
    /// What it begins with; no words.
    pub prefixes: Box<[CowStr]>,
    /// Bytes beyond it in which parts of the credential may stand.
    pub reach: usize,
}

impl From<Pattern> for Listed {
    fn from(pattern: Pattern) -> Self {
        let (id, probes, clues) = (pattern.id.clone(), pattern.probes.clone(), Clues::from(&pattern).into());
        Self { id, probes, clues, whole: Arc::new(pattern).into() }
    }
}

impl From<&Pattern> for Clues {
    fn from(pattern: &Pattern) -> Self {
        let probes = |words: &[CowStr]| words.iter().map(|word| Probe::new(word.to_string())).collect();
        let anchors = pattern.anchors.iter().filter(|anchor| !pattern.generic && is_prefix(anchor));
        Self {
            words: probes(&pattern.words),
            also: probes(&pattern.also),
            names: pattern.names.clone(),
            prefixes: anchors.cloned().collect(),
            reach: pattern.parts.iter().map(|part| part.reach).max().unwrap_or(0),
        }
    }
}

impl Listed {
    /// All of the pattern.
    pub fn pattern(&self) -> &Arc<Pattern> {
        self.whole.get()
    }

    /// What tells of its values.
    pub fn clues(&self) -> &Clues {
        self.clues.get()
    }
}

/// Whether an anchor is no word: `ghp_`, `AIza`.
fn is_prefix(anchor: &str) -> bool {
    let has_sign = anchor.contains(['_', '-', '.'])
        && anchor.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.'));
    let has_capitals =
        anchor.bytes().any(|byte| byte.is_ascii_uppercase()) && anchor.bytes().all(|byte| byte.is_ascii_alphanumeric());
    PREFIX.contains(&anchor.len()) && (has_sign || has_capitals)
}
