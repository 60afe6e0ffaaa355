//! What a regex says about itself: whether every match holds an anchor, and how far from it a match can extend.
//!
//! Comes in: a parsed regex and the anchors. Goes out: [`Bounds`], or that there are none. The answers are proofs over the
//! regex's structure (regex-syntax's HIR), not samples of it. It must not know how patterns are written down.

use std::collections::BTreeMap;

use regex_syntax::hir::{Capture, Class, Dot, Hir, HirKind, Look, Repetition};

/// More spellings than this of one stretch are not written out; a class of letters and digits is then "anything".
const MOST_SPELLINGS: usize = 1024;
/// More choices in a row than this are not gone through, since their ways multiply.
const MOST_CHOICES: usize = 4;

/// Reads a regex as detection will compile it: over bytes, classes ASCII. Fails with the reason, in a few words.
pub fn parse(regex: &str) -> Result<Hir, String> {
    use regex_syntax::Error;
    let parsed = regex_syntax::ParserBuilder::new().utf8(false).unicode(false).build().parse(regex);
    parsed.map_err(|error| match error {
        Error::Parse(error) => error.kind().to_string(),
        Error::Translate(error) => error.kind().to_string(),
        error => error.to_string(),
    })
}

/// How a match lies around the anchor that it is sure to contain.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Bounds {
    /// Most bytes before the anchor; none is "no most".
    pub before: Option<usize>,
    /// Most bytes after it.
    pub after: Option<usize>,
    /// What of a match stands before each anchor that it may be sure to contain, by the anchor's place in the list,
    pub heads: BTreeMap<usize, Hir>,
    /// and behind it.
    pub tails: BTreeMap<usize, Hir>,
}

/// What of a regex stands around a part of it.
#[derive(Clone, Copy)]
struct Around<'a> {
    before: &'a Hir,
    behind: &'a Hir,
}

/// Finds how far a match extends around the anchor that it contains; none where some match need not contain one.
pub fn bounds(hir: &Hir, anchors: &[String]) -> Option<Bounds> {
    bounds_within(hir, anchors, Around { before: &Hir::empty(), behind: &Hir::empty() })
}

/// The same of a part of a regex.
fn bounds_within(hir: &Hir, anchors: &[String], around: Around<'_>) -> Option<Bounds> {
    if let Some(spellings) = spellings(hir) {
        return spellings_bounds(&spellings, anchors, around);
    }
    match hir.kind() {
        HirKind::Capture(capture) => bounds_within(&capture.sub, anchors, around),
        HirKind::Repetition(repetition) if repetition.min > 0 => {
            // The first time is meant, behind which may come another.
            let anything =
                Hir::repetition(Repetition { min: 0, max: None, greedy: true, sub: Hir::dot(Dot::AnyByte).into() });
            let bounds = bounds_within(&repetition.sub, anchors, Around { behind: &anything, ..around })?;
            let more = repetition.max.and_then(|max| Some((max as usize - 1) * longest(&repetition.sub)?));
            Some(Bounds { after: add(bounds.after, more), ..bounds })
        }
        HirKind::Alternation(branches) => {
            let each: Option<Vec<Bounds>> =
                branches.iter().map(|branch| bounds_within(branch, anchors, around)).collect();
            each?.into_iter().reduce(widest)
        }
        HirKind::Concat(_) => concat_bounds(&flatten(hir), anchors, around, MOST_CHOICES),
        _ => None,
    }
}

/// Of the places in a sequence that are sure to hold an anchor, takes the one from which a match extends least. Where no
/// place is sure, looks at each way to go through the first choice in it.
fn concat_bounds(sequence: &[&Hir], anchors: &[String], around: Around<'_>, choices: usize) -> Option<Bounds> {
    sure_bounds(sequence, anchors, around).or_else(|| {
        let choices = choices.checked_sub(1)?;
        let at = sequence.iter().position(|element| spellings(element).is_none() && !ways(element).is_empty())?;
        let each = ways(sequence[at]).into_iter().map(|way| {
            let through = [&sequence[..at], &way, &sequence[at + 1..]].concat();
            concat_bounds(&through, anchors, around, choices)
        });
        each.collect::<Option<Vec<Bounds>>>()?.into_iter().reduce(widest)
    })
}

/// The branches of an alternation, or an optional element with and without it, each as a sequence.
fn ways(hir: &Hir) -> Vec<Vec<&Hir>> {
    match hir.kind() {
        HirKind::Capture(capture) => ways(&capture.sub),
        HirKind::Alternation(branches) => branches.iter().map(flatten).collect(),
        HirKind::Repetition(repetition) if (repetition.min, repetition.max) == (0, Some(1)) => {
            vec![flatten(&repetition.sub), Vec::new()]
        }
        _ => Vec::new(),
    }
}

fn sure_bounds(sequence: &[&Hir], anchors: &[String], around: Around<'_>) -> Option<Bounds> {
    let all = |parts: &mut dyn Iterator<Item = &Hir>| Hir::concat(parts.map(unnamed).collect());
    let before = |first: usize| all(&mut [around.before].into_iter().chain(sequence[..first].iter().copied()));
    let behind = |last: usize| all(&mut sequence[last..].iter().copied().chain([around.behind]));
    let mut best: Option<Bounds> = None;
    // Of one place the shortest stretch tells most: what only looks at what stands around it is lost in spellings.
    for first in (0..sequence.len()).rev() {
        let mut run = vec![Vec::new()];
        let mut last = first;
        while last < sequence.len() {
            let Some(longer) = spellings(sequence[last]).and_then(|next| cross(&run, &next)) else { break };
            run = longer;
            last += 1;
            let around = Around { before: &before(first), behind: &behind(last) };
            if let Some(inside) = spellings_bounds(&run, anchors, around) {
                best = Some(tighter(best, outside(sequence, first, last, inside)));
            }
        }
        let around = Around { before: &before(first), behind: &behind(first + 1) };
        if last == first
            && let Some(inside) = bounds_within(sequence[first], anchors, around)
        {
            best = Some(tighter(best, outside(sequence, first, first + 1, inside)));
        }
    }
    best
}

/// Adds to the bounds inside `sequence[first..last]` what stands before and after that stretch.
fn outside(sequence: &[&Hir], first: usize, last: usize, inside: Bounds) -> Bounds {
    let total = |part: &[&Hir]| part.iter().try_fold(0, |sum, hir| Some(sum + longest(hir)?));
    let (before, after) = (total(&sequence[..first]), total(&sequence[last..]));
    Bounds { before: add(inside.before, before), after: add(inside.after, after), ..inside }
}

fn add(left: Option<usize>, right: Option<usize>) -> Option<usize> {
    Some(left? + right?)
}

/// What is true of both.
fn widest(mut left: Bounds, right: Bounds) -> Bounds {
    let wider = |left: Option<usize>, right: Option<usize>| Some(left?.max(right?));
    add_sides(&mut left.heads, right.heads);
    add_sides(&mut left.tails, right.tails);
    Bounds { before: wider(left.before, right.before), after: wider(left.after, right.after), ..left }
}

fn add_sides(sides: &mut BTreeMap<usize, Hir>, others: BTreeMap<usize, Hir>) {
    for (anchor, side) in others {
        let either = match sides.remove(&anchor) {
            Some(known) if known != side => Hir::alternation(vec![known, side]),
            _ => side,
        };
        sides.insert(anchor, either);
    }
}

fn tighter(best: Option<Bounds>, other: Bounds) -> Bounds {
    let total = |bounds: &Bounds| add(bounds.before, bounds.after).unwrap_or(usize::MAX);
    match best {
        Some(best) if total(&best) <= total(&other) => best,
        _ => other,
    }
}

/// Bounds of the first anchor in every spelling, or none where one spelling holds no anchor.
fn spellings_bounds(spellings: &[Vec<u8>], anchors: &[String], around: Around<'_>) -> Option<Bounds> {
    let mut widest_seen = Bounds { before: Some(0), after: Some(0), ..Bounds::default() };
    for spelling in spellings {
        let (start, at) = anchors
            .iter()
            .enumerate()
            .filter_map(|(at, anchor)| Some((find(spelling, anchor.as_bytes())?, at)))
            .max_by_key(|(_, at)| anchors[*at].len())?;
        let end = start + anchors[at].len();
        let head = Hir::concat(vec![around.before.clone(), Hir::literal(&spelling[..start])]);
        let tail = Hir::concat(vec![Hir::literal(&spelling[end..]), around.behind.clone()]);
        let (heads, tails) = (BTreeMap::from([(at, head)]), BTreeMap::from([(at, tail)]));
        let bounds = Bounds { before: Some(start), after: Some(spelling.len() - end), heads, tails };
        widest_seen = widest(widest_seen, bounds);
    }
    Some(widest_seen)
}

fn find(haystack: &[u8], needle: &[u8]) -> Option<usize> {
    haystack.windows(needle.len()).position(|window| window == needle)
}

/// Longest match in bytes; none where there is no longest.
fn longest(hir: &Hir) -> Option<usize> {
    hir.properties().maximum_len()
}

/// The same without named groups, whose names may stand only once in a regex.
fn unnamed(hir: &Hir) -> Hir {
    remade(hir, &Hir::look)
}

/// The same without named groups, and with what only looks at what stands around it as `look` has it.
pub(super) fn remade(hir: &Hir, look: &dyn Fn(Look) -> Hir) -> Hir {
    let inner = |hir: &Hir| remade(hir, look);
    match hir.kind() {
        HirKind::Look(kind) => look(*kind),
        HirKind::Capture(Capture { sub, .. }) => inner(sub),
        HirKind::Repetition(repetition) => {
            Hir::repetition(Repetition { sub: Box::new(inner(&repetition.sub)), ..*repetition })
        }
        HirKind::Concat(elements) => Hir::concat(elements.iter().map(inner).collect()),
        HirKind::Alternation(branches) => Hir::alternation(branches.iter().map(inner).collect()),
        _ => hir.clone(),
    }
}

/// The elements of a sequence, with the sequences inside it and inside its groups laid open.
pub(super) fn flatten(hir: &Hir) -> Vec<&Hir> {
    match hir.kind() {
        HirKind::Concat(elements) => elements.iter().flat_map(flatten).collect(),
        HirKind::Capture(capture) => flatten(&capture.sub),
        _ => vec![hir],
    }
}

/// Every text that `hir` can match, where they are few.
pub(super) fn spellings(hir: &Hir) -> Option<Vec<Vec<u8>>> {
    let all = match hir.kind() {
        HirKind::Empty | HirKind::Look(_) => vec![Vec::new()],
        HirKind::Literal(literal) => vec![literal.0.to_vec()],
        HirKind::Class(class) => class_spellings(class)?,
        HirKind::Capture(capture) => spellings(&capture.sub)?,
        HirKind::Repetition(repetition) => {
            let max = repetition.max.filter(|max| *max <= 16)?;
            let once = spellings(&repetition.sub)?;
            let mut power = vec![Vec::new()];
            let mut all = Vec::new();
            for count in 0..=max {
                if count >= repetition.min {
                    all.extend(power.iter().cloned());
                }
                if count < max {
                    power = cross(&power, &once)?;
                }
            }
            all
        }
        HirKind::Concat(elements) => {
            elements.iter().try_fold(vec![Vec::new()], |run, element| cross(&run, &spellings(element)?))?
        }
        HirKind::Alternation(branches) => {
            branches.iter().map(spellings).collect::<Option<Vec<_>>>()?.into_iter().flatten().collect()
        }
    };
    (all.len() <= MOST_SPELLINGS).then_some(all)
}

fn class_spellings(class: &Class) -> Option<Vec<Vec<u8>>> {
    const MOST_MEMBERS: usize = 16;
    let Class::Bytes(class) = class else { return None };
    let members: Vec<Vec<u8>> = class
        .iter()
        .flat_map(|range| range.start()..=range.end())
        .take(MOST_MEMBERS + 1)
        .map(|byte| vec![byte])
        .collect();
    (members.len() <= MOST_MEMBERS).then_some(members)
}

pub(super) fn cross(left: &[Vec<u8>], right: &[Vec<u8>]) -> Option<Vec<Vec<u8>>> {
    if left.len().saturating_mul(right.len()) > MOST_SPELLINGS {
        return None;
    }
    Some(left.iter().flat_map(|head| right.iter().map(move |tail| [head.as_slice(), tail].concat())).collect())
}
