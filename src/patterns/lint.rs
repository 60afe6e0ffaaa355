//! Proves patterns on their own examples.
//!
//! Comes in: patterns and a scanner made of all of them. Goes out: one sentence for each promise that is not kept. The
//! scanner is handed in: this module does not know how detection works.

use std::collections::BTreeSet;

use super::generate::{self, Random};
use super::parse::PatternError;
use crate::model::cow_str::CowStr;
use crate::model::pattern::{Confidence, Pattern, Samples};
use crate::model::scan::{Candidate, Match, Scanner};

/// How many texts are generated for a pattern.
const GENERATED: u64 = 8;

/// Checks one pattern: its examples and the texts generated from it are found by it, its non-examples are not.
pub fn check(pattern: &Pattern, samples: &Samples, scanner: &dyn Scanner) -> Vec<PatternError> {
    let mut problems = Vec::new();
    let mut complain = |problem: String| {
        problems.push(PatternError {
            file: pattern.written.file.to_string(),
            line: pattern.written.line,
            id: Some(pattern.id.to_string()),
            problem: format!("pattern `{}`: {problem}", pattern.id),
        });
    };
    let finds = |text: &[u8]| found_by(scanner, text);
    for (index, example) in samples.examples.iter().enumerate() {
        let found = finds(example.as_bytes());
        if !found.contains(&pattern.id) {
            complain(format!("its example {} is {}; mend the example or the regex", index + 1, claimed(&found)));
        }
    }
    for (index, example) in samples.non_examples.iter().enumerate() {
        // What is only doubtful, such as a token with a wrong checksum, is not called found.
        let least = pattern.confidence.min(Confidence::Medium);
        let is_sure = |found: &Match| found.pattern.id == pattern.id && found.judgement.confidence >= least;
        if scanner.scan(example.as_bytes()).matches.iter().any(is_sure) {
            complain(format!("its non-example {} is found; narrow the regex", index + 1));
        }
    }
    if !is_generatable(pattern, samples) {
        if samples.examples.is_empty() {
            complain("it cannot be tested on generated texts; write at least one example".into());
        }
        return problems;
    }
    for seed in 0..GENERATED {
        let Some(value) = generate::example(pattern, &mut Random::new(seed)) else { continue };
        let text = [assignment(pattern).as_bytes(), &value].concat();
        let found = finds(&text);
        if !found.contains(&pattern.id) {
            complain(format!(
                "a text generated from its regex is {} (seed {seed}); narrow one of the two",
                claimed(&found)
            ));
            break;
        }
    }
    problems
}

/// Says which other provider's patterns find the same bytes in its examples and generated texts, where nothing but their names
/// decides which of the two is told. No promise is broken by that, but one of the two could be narrower.
pub fn ties(pattern: &Pattern, samples: &Samples, scanner: &dyn Scanner) -> Vec<PatternError> {
    let generated = (0..GENERATED).filter(|_| is_generatable(pattern, samples)).filter_map(|seed| {
        let value = generate::example(pattern, &mut Random::new(seed))?;
        Some([assignment(pattern).as_bytes(), &value].concat())
    });
    let texts = samples.examples.iter().map(|example| example.clone().into_bytes()).chain(generated);
    let rivals: BTreeSet<CowStr> = texts.flat_map(|text| rivals(pattern, scanner, &text)).collect();
    let tie = |rival: CowStr| PatternError {
        file: pattern.written.file.to_string(),
        line: pattern.written.line,
        id: Some(pattern.id.to_string()),
        problem: format!("pattern `{}` and `{rival}` find the same texts, and only their names decide", pattern.id),
    };
    rivals.into_iter().map(tie).collect()
}

fn rivals(pattern: &Pattern, scanner: &dyn Scanner, text: &[u8]) -> Vec<CowStr> {
    let mut candidates = Vec::new();
    scanner.hits(text, 0..text.len(), &mut |hit| {
        candidates.extend(scanner.confirm(text, &hit).unwrap_or_default().candidates);
    });
    let Some(own) = candidates.iter().find(|candidate| candidate.pattern.id == pattern.id) else { return Vec::new() };
    let weight =
        |of: &Candidate| (of.pattern.generic, of.whole, of.span.clone(), of.extent.clone(), of.judgement.confidence);
    let is_rival =
        |other: &&Candidate| other.pattern.written.file != pattern.written.file && weight(other) == weight(own);
    candidates.iter().filter(is_rival).map(|other| other.pattern.id.clone()).collect()
}

/// What a value must stand behind to be found, if it has no anchor.
fn assignment(pattern: &Pattern) -> String {
    match (pattern.words.first(), pattern.also.first(), pattern.names.first()) {
        (Some(word), None, _) => format!("{word} key: "),
        (Some(word), Some(also), _) => format!("{word} key {also}: "),
        (_, _, Some(name)) => format!("{name} = "),
        _ => String::new(),
    }
}

/// Whether texts made from the regex alone are whole credentials.
fn is_generatable(pattern: &Pattern, samples: &Samples) -> bool {
    let whole = pattern.regex.contains("(?<secret>") || pattern.alone.is_some();
    // A general pattern judges what it finds by more than its form, and passwords may be words that stand for one.
    let is_judged = (pattern.generic || pattern.is_chosen_by_people()) && !samples.examples.is_empty();
    whole && !is_judged && pattern.decodes.is_none() && generate::example(pattern, &mut Random::new(0)).is_some()
}

fn found_by(scanner: &dyn Scanner, text: &[u8]) -> Vec<CowStr> {
    scanner.scan(text).matches.into_iter().map(|found| found.pattern.id.clone()).collect()
}

fn claimed(found: &[CowStr]) -> String {
    if found.is_empty() { "not found".into() } else { format!("claimed by `{}`", found.join("`, `")) }
}
