//! Finds texts of which every match of a regex contains one.
//!
//! Comes in: a parsed regex. Goes out: the texts that are rarest, or none. What it finds is a proposal: the proof is
//! `reach::bounds`.

use std::collections::BTreeSet;

use regex_syntax::hir::{Hir, HirKind};

use crate::model::commonness::share;
use crate::patterns::parse::SHORTEST_ANCHOR;
use crate::patterns::reach::{cross, flatten, spellings};

/// Spellings of one stretch: four letters in either case.
const MOST_SPELLINGS: usize = 16;
/// Texts of one regex, whose branches each have some.
const MOST_TEXTS: usize = 256;
/// More of a text tells nothing more.
const LONG: usize = 12;

/// Texts, and how often one of them stands in a text by chance, against others.
struct Choice {
    texts: BTreeSet<Vec<u8>>,
    cost: f64,
}

/// Texts of which every match contains one.
pub fn derive(regex: &Hir) -> Option<Vec<String>> {
    let texts = best(regex)?.texts;
    texts.into_iter().map(|text| String::from_utf8(text).ok().filter(|text| text.is_ascii())).collect()
}

fn best(regex: &Hir) -> Option<Choice> {
    let sequence = flatten(regex);
    let inside = sequence.iter().filter_map(|element| within(element));
    let stretches = (0..sequence.len()).flat_map(|first| runs(&sequence[first..]));
    inside.chain(stretches).min_by(|left, right| left.cost.total_cmp(&right.cost))
}

/// The stretches with few spellings that a sequence begins with.
fn runs(sequence: &[&Hir]) -> Vec<Choice> {
    let mut choices = Vec::new();
    let mut run = vec![Vec::new()];
    for element in sequence {
        let longer = spellings(element).and_then(|next| cross(&run, &next));
        match longer.filter(|longer| longer.len() <= MOST_SPELLINGS) {
            Some(longer) => run = longer,
            None => break,
        }
        if run.iter().all(|text| text.len() >= SHORTEST_ANCHOR) {
            choices.push(choice(run.iter().cloned().collect()));
        }
        if run.iter().any(|text| text.len() >= LONG) {
            break;
        }
    }
    choices
}

/// What stands in one element of a sequence: in each branch of an alternation, in what is repeated at least once.
fn within(element: &Hir) -> Option<Choice> {
    match element.kind() {
        HirKind::Alternation(branches) => {
            let texts: BTreeSet<Vec<u8>> = branches
                .iter()
                .map(|branch| best(branch).map(|choice| choice.texts))
                .collect::<Option<Vec<_>>>()?
                .into_iter()
                .flatten()
                .collect();
            (texts.len() <= MOST_TEXTS).then(|| choice(texts))
        }
        HirKind::Repetition(repetition) if repetition.min > 0 => best(&repetition.sub),
        _ => None,
    }
}

fn choice(texts: BTreeSet<Vec<u8>>) -> Choice {
    let cost = texts.iter().map(|text| share(&text[..text.len().min(LONG)])).sum();
    Choice { texts, cost }
}
