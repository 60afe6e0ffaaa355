//! What is searched for of an anchor, and how far around it a match may reach.
//!
//! Comes in: a parsed regex and the anchors that every match is to contain. Goes out: a [`Search`], or why the regex cannot be
//! searched for so. It must not know how patterns are written down.

use std::collections::BTreeMap;

use regex_syntax::hir::{Hir, Look};

use super::head;
use super::reach::{self, Bounds};
use crate::model::class::Class;
use crate::model::commonness::commonness;
use crate::model::pattern::{Probe, Reach};

/// Of longer anchors only a stretch is searched for: the longest probe is what has to be searched on both sides of every
/// change in a history.
pub const LONGEST_PROBE: usize = 8;
/// The same with what always follows the probe.
const LONGEST_EXTENT: usize = 11;
/// That a byte is one of more than these tells too little.
const MOST_TELLING: u32 = 128;
/// A pattern may look no further than this around an anchor, in bytes.
pub const LONGEST_REACH: usize = 64 * 1024;

/// Why a regex cannot be searched for by its anchors.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unsearchable {
    /// Some match need not contain any of them.
    Unanchored,
    /// A match can be longer than [`LONGEST_REACH`] allows.
    TooLong,
    /// A match can be of any length.
    Endless,
}

/// How a regex is searched for.
#[derive(Debug, Default)]
pub struct Search {
    /// What is looked for in texts.
    pub probes: Vec<Probe>,
    /// How far around it a match may reach.
    pub reach: Reach,
    /// What every match has from one of the probes on, as a regex; none where a probe's own tail tells enough.
    pub onward: Option<String>,
}

/// What to search for. A `declared` reach bounds what the regex leaves open, and what it allows beyond it.
pub fn search(regex: &Hir, anchors: &[String], declared: Option<usize>) -> Result<Search, Unsearchable> {
    let mut texts: Vec<String> = anchors.iter().map(|anchor| rarest(anchor).to_owned()).collect();
    texts.sort();
    texts.dedup();
    let Bounds { before, after, tails } = reach::bounds(regex, &texts).ok_or(Unsearchable::Unanchored)?;
    let most = declared.unwrap_or(usize::MAX);
    match (before.or(declared), after.or(declared)) {
        (Some(before), Some(after)) if before.min(most) + after.min(most) <= 2 * LONGEST_REACH => {
            let probe = |(at, text): (usize, &String)| probe(text.clone(), tails.get(&at));
            let probes: Vec<Probe> = texts.iter().enumerate().map(probe).collect();
            let onward = probes.iter().any(|probe| probe.tail == 0).then(|| onward(&texts, &tails));
            Ok(Search { probes, reach: Reach { before: before.min(most), after: after.min(most) }, onward })
        }
        (Some(_), Some(_)) => Err(Unsearchable::TooLong),
        _ => Err(Unsearchable::Endless),
    }
}

/// What matches have from a probe on.
fn onward(texts: &[String], tails: &BTreeMap<usize, Hir>) -> String {
    let way = |(at, tail): (&usize, &Hir)| Hir::concat(vec![Hir::literal(texts[*at].as_bytes()), tail.clone()]);
    let start = Hir::look(Look::Start);
    Hir::concat(vec![start, Hir::alternation(tails.iter().map(way).collect())]).to_string()
}

/// The stretch of an anchor that is rarest in text; an anchor that is no ASCII is searched for whole.
fn rarest(anchor: &str) -> &str {
    if anchor.len() <= LONGEST_PROBE || !anchor.is_ascii() {
        return anchor;
    }
    let stretch = |start: &usize| commonness(&anchor.as_bytes()[*start..start + LONGEST_PROBE]);
    let start = (0..=anchor.len() - LONGEST_PROBE).min_by_key(stretch).unwrap_or(0);
    &anchor[start..start + LONGEST_PROBE]
}

/// A text to search for, and of what always follows it as much as may be looked at.
fn probe(text: String, tail: Option<&Hir>) -> Probe {
    let room = LONGEST_EXTENT.saturating_sub(text.len());
    let tail = tail
        .map(head::classes)
        .unwrap_or_default()
        .into_iter()
        .take(room)
        .take_while(|class| class.count() <= MOST_TELLING);
    let (tail, class) = tail.fold((0, Class::default()), |(length, all), class| (length + 1, all.or(class)));
    Probe { text, tail, class }
}
