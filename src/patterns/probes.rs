//! What is searched for of an anchor, and how far around it a match may reach.
//!
//! Comes in: a parsed regex and the anchors that every match is to contain. Goes out: a [`Search`], or why the regex cannot be
//! searched for so. It must not know how patterns are written down.

use std::collections::BTreeMap;
use std::slice;

use regex_syntax::hir::{Hir, HirKind};

use super::head;
use super::reach::{self, Bounds};
use super::trail::trail;
use crate::model::class::Class;
use crate::model::commonness::{commonness, share};
use crate::model::opening::OPENING;
use crate::model::pattern::{Reach, value};
use crate::model::probe::Probe;
use crate::model::trail::{Trail, Way};

/// Of longer anchors only a stretch is searched for: the longest probe is what has to be searched on both sides of every
/// change in a history.
pub const LONGEST_PROBE: usize = 8;
/// The same with what always follows the probe.
const LONGEST_EXTENT: usize = 11;
/// A tail that stands behind other texts as often as this is not looked for.
const TELLS_LITTLE: f64 = 0.5;
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
    /// What every match has from one of the probes on; none where that may be nothing more.
    pub onward: Option<Trail>,
    /// What every match has before one of the probes; none where that may be nothing.
    pub backward: Option<Trail>,
}

/// What to search for. A `declared` reach bounds what the regex leaves open, and what it allows beyond it.
pub fn search(regex: &Hir, anchors: &[String], declared: Option<usize>) -> Result<Search, Unsearchable> {
    let mut texts: Vec<String> = anchors.iter().map(|anchor| rarest(anchor).to_owned()).collect();
    texts.sort();
    texts.dedup();
    let Bounds { before, after, heads, tails } = reach::bounds(regex, &texts).ok_or(Unsearchable::Unanchored)?;
    let most = declared.unwrap_or(usize::MAX);
    match (before.or(declared), after.or(declared)) {
        (Some(before), Some(after)) if before.min(most) + after.min(most) <= 2 * LONGEST_REACH => {
            let probe = |(at, text): (usize, &String)| probe(text.clone(), tails.get(&at));
            let probes = texts.iter().enumerate().map(probe).collect();
            let reach = Reach { before: before.min(most), after: after.min(most) };
            Ok(Search { probes, reach, onward: onward(&texts, &tails), backward: backward(&heads) })
        }
        (Some(_), Some(_)) => Err(Unsearchable::TooLong),
        _ => Err(Unsearchable::Endless),
    }
}

/// How a value of at most `longest` bytes is searched for: by its looks, so there is nothing to look for in texts.
pub fn of_value(regex: &str, by_name: bool, longest: usize) -> Result<Search, String> {
    let whole = reach::parse(&value::with_edges(regex, by_name))?;
    let reach = Reach { before: longest, after: longest };
    Ok(Search { reach, onward: Some(trail(&whole, Way::Onward)), ..Search::default() })
}

/// What matches have from a probe on, or more.
fn onward(texts: &[String], tails: &BTreeMap<usize, Hir>) -> Option<Trail> {
    if tails.values().all(|tail| tail.properties().maximum_len() == Some(0)) {
        return None;
    }
    // What follows several texts stands there once, and is followed once.
    let mut ways = Vec::<(Vec<Hir>, Hir)>::new();
    for (at, tail) in tails {
        let branches = if let HirKind::Alternation(branches) = tail.kind() { branches } else { slice::from_ref(tail) };
        for (word, rest) in branches.iter().map(word_and_rest) {
            let text = Hir::concat(vec![Hir::literal(texts[*at].as_bytes()), word]);
            match ways.iter_mut().find(|(_, known)| *known == rest) {
                Some((texts, _)) => texts.push(text),
                None => ways.push((vec![text], rest)),
            }
        }
    }
    let way = |(texts, rest)| Hir::concat(vec![Hir::alternation(texts), rest]);
    Some(trail(&Hir::alternation(ways.into_iter().map(way).collect()), Way::Onward))
}

/// What matches have before a probe, or more.
fn backward(heads: &BTreeMap<usize, Hir>) -> Option<Trail> {
    let opening = reach::parse(OPENING).ok()?;
    // Behind an opening a match may begin, whatever it must not stand behind elsewhere.
    let look_or_opening = |look| Hir::alternation(vec![Hir::look(look), opening.clone()]);
    let mut ways: Vec<Hir> = heads.values().map(|head| reach::remade(head, &look_or_opening)).collect();
    ways.dedup();
    let tells = |way: &Hir| way.properties().minimum_len() != Some(0) || !way.properties().look_set().is_empty();
    ways.iter().all(tells).then(|| trail(&Hir::alternation(ways), Way::Backward))
}

/// The letters that a regex begins with, and what follows them.
fn word_and_rest(hir: &Hir) -> (Hir, Hir) {
    let parts = if let HirKind::Concat(parts) = hir.kind() { parts } else { slice::from_ref(hir) };
    match parts {
        [word, rest @ ..] if matches!(word.kind(), HirKind::Literal(_)) => (word.clone(), Hir::concat(rest.to_vec())),
        _ => (Hir::empty(), hir.clone()),
    }
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

/// A text to search for, with what always follows it, as many bytes as tell most.
fn probe(text: String, tail: Option<&Hir>) -> Probe {
    // With how often what follows the text in other places is of the same classes.
    let mut best: (Probe, f64) = (Probe::new(text), 1.0);
    let mut all = Class::NONE;
    let mut telling = 0;
    let room = LONGEST_EXTENT.saturating_sub(best.0.text.len());
    for (class, count) in tail.map(head::classes).unwrap_or_default().into_iter().take(room).zip(1..) {
        all = all.or(class);
        // The rest of a word is there wherever its beginning is.
        telling += i32::from(class.bytes().nth(1).is_some());
        let often = share_of(all).powi(telling);
        if often < best.1.min(TELLS_LITTLE) {
            (best.0.tail, best.0.class, best.1) = (count, all, often);
        }
    }
    best.0
}

/// How many of all bytes are of a class, about: a share of one.
fn share_of(class: Class) -> f64 {
    // Nothing is known of blanks but the space.
    let known = |byte: u8| if byte.is_ascii_whitespace() { b' ' } else { byte };
    class.bytes().map(|byte| share(&[known(byte)])).sum::<f64>().min(1.0)
}
