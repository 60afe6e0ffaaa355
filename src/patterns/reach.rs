//! What a regex says about itself: whether every match holds an anchor, and how far from it a match can extend.
//!
//! Comes in: a parsed regex and the anchors. Goes out: [`Bounds`], or that there are none. The answers are proofs over the
//! regex's structure (regex-syntax's HIR), not samples of it. It must not know how patterns are written down.

use regex_syntax::hir::{Class, Hir, HirKind};

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

/// Longest distance (before, after) of an anchor from the ends of a match; an inner none is "no longest".
pub type Bounds = (Option<usize>, Option<usize>);

/// Finds how far a match extends around the anchor that it contains; none where some match need not contain one.
pub fn bounds(hir: &Hir, anchors: &[String]) -> Option<Bounds> {
    if let Some(spellings) = spellings(hir) {
        return spellings_bounds(&spellings, anchors);
    }
    match hir.kind() {
        HirKind::Capture(capture) => bounds(&capture.sub, anchors),
        HirKind::Repetition(repetition) if repetition.min > 0 => {
            let (before, after) = bounds(&repetition.sub, anchors)?;
            let more = repetition.max.and_then(|max| Some((max as usize - 1) * longest(&repetition.sub)?));
            Some((before, add(after, more)))
        }
        HirKind::Alternation(branches) => {
            let each: Option<Vec<Bounds>> = branches.iter().map(|branch| bounds(branch, anchors)).collect();
            each?.into_iter().reduce(widest)
        }
        HirKind::Concat(_) => concat_bounds(&flatten(hir), anchors, MOST_CHOICES),
        _ => None,
    }
}

/// Of the places in a sequence that are sure to hold an anchor, takes the one from which a match extends least. Where no
/// place is sure, looks at each way to go through the first choice in it.
fn concat_bounds(sequence: &[&Hir], anchors: &[String], choices: usize) -> Option<Bounds> {
    sure_bounds(sequence, anchors).or_else(|| {
        let choices = choices.checked_sub(1)?;
        let at = sequence.iter().position(|element| spellings(element).is_none() && !ways(element).is_empty())?;
        let each = ways(sequence[at]).into_iter().map(|way| {
            let through = [&sequence[..at], &way, &sequence[at + 1..]].concat();
            concat_bounds(&through, anchors, choices)
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

fn sure_bounds(sequence: &[&Hir], anchors: &[String]) -> Option<Bounds> {
    let mut best: Option<Bounds> = None;
    for first in 0..sequence.len() {
        let mut run = vec![Vec::new()];
        let mut last = first;
        while last < sequence.len() {
            let Some(longer) = spellings(sequence[last]).and_then(|next| cross(&run, &next)) else { break };
            run = longer;
            last += 1;
            if let Some(inside) = spellings_bounds(&run, anchors) {
                best = Some(tighter(best, outside(sequence, first, last, inside)));
            }
        }
        if last == first
            && let Some(inside) = bounds(sequence[first], anchors)
        {
            best = Some(tighter(best, outside(sequence, first, first + 1, inside)));
        }
    }
    best
}

/// Adds to the bounds inside `sequence[first..last]` what stands before and after that stretch.
fn outside(sequence: &[&Hir], first: usize, last: usize, (before, after): Bounds) -> Bounds {
    let total = |part: &[&Hir]| part.iter().try_fold(0, |sum, hir| Some(sum + longest(hir)?));
    (add(before, total(&sequence[..first])), add(after, total(&sequence[last..])))
}

fn add(left: Option<usize>, right: Option<usize>) -> Option<usize> {
    Some(left? + right?)
}

fn widest(left: Bounds, right: Bounds) -> Bounds {
    let wider = |left: Option<usize>, right: Option<usize>| Some(left?.max(right?));
    (wider(left.0, right.0), wider(left.1, right.1))
}

fn tighter(best: Option<Bounds>, other: Bounds) -> Bounds {
    let total = |bounds: Bounds| add(bounds.0, bounds.1).unwrap_or(usize::MAX);
    match best {
        Some(best) if total(best) <= total(other) => best,
        _ => other,
    }
}

/// Bounds of the first anchor in every spelling, or none where one spelling holds no anchor.
fn spellings_bounds(spellings: &[Vec<u8>], anchors: &[String]) -> Option<Bounds> {
    let mut widest_seen = (0, 0);
    for spelling in spellings {
        let (start, length) = anchors
            .iter()
            .filter_map(|anchor| Some((find(spelling, anchor.as_bytes())?, anchor.len())))
            .max_by_key(|(_, length)| *length)?;
        widest_seen = (widest_seen.0.max(start), widest_seen.1.max(spelling.len() - start - length));
    }
    Some((Some(widest_seen.0), Some(widest_seen.1)))
}

fn find(haystack: &[u8], needle: &[u8]) -> Option<usize> {
    haystack.windows(needle.len()).position(|window| window == needle)
}

/// Longest match in bytes; none where there is no longest.
fn longest(hir: &Hir) -> Option<usize> {
    hir.properties().maximum_len()
}

/// The elements of a sequence, with the sequences inside it and inside its groups laid open.
fn flatten(hir: &Hir) -> Vec<&Hir> {
    match hir.kind() {
        HirKind::Concat(elements) => elements.iter().flat_map(flatten).collect(),
        HirKind::Capture(capture) => flatten(&capture.sub),
        _ => vec![hir],
    }
}

/// Every text that `hir` can match, where they are few.
fn spellings(hir: &Hir) -> Option<Vec<Vec<u8>>> {
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

fn cross(left: &[Vec<u8>], right: &[Vec<u8>]) -> Option<Vec<Vec<u8>>> {
    if left.len().saturating_mul(right.len()) > MOST_SPELLINGS {
        return None;
    }
    Some(left.iter().flat_map(|head| right.iter().map(move |tail| [head.as_slice(), tail].concat())).collect())
}
