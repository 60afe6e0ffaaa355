//! Proves patterns on their own examples.
//!
//! Comes in: patterns and a scanner made of all of them. Goes out: one sentence for each promise that is not kept. The
//! scanner is handed in: this module does not know how detection works.

use super::generate::{self, Random};
use super::parse::PatternError;
use crate::model::pattern::Pattern;
use crate::model::scan::Scanner;

/// How many texts are generated for a pattern.
const GENERATED: u64 = 8;

/// Checks one pattern: its examples and the texts generated from it are found by it, its non-examples are not.
pub fn check(pattern: &Pattern, scanner: &dyn Scanner) -> Vec<PatternError> {
    let mut problems = Vec::new();
    let mut complain = |problem: String| {
        problems.push(PatternError {
            file: pattern.written.file.clone(),
            line: pattern.written.line,
            problem: format!("pattern `{}`: {problem}", pattern.id),
        });
    };
    let finds = |text: &[u8]| found_by(scanner, text);
    for (index, example) in pattern.examples.iter().enumerate() {
        let found = finds(example.as_bytes());
        if !found.contains(&pattern.id) {
            complain(format!("its example {} is {}; mend the example or the regex", index + 1, claimed(&found)));
        }
    }
    for (index, example) in pattern.non_examples.iter().enumerate() {
        if finds(example.as_bytes()).contains(&pattern.id) {
            complain(format!("its non-example {} is found; narrow the regex", index + 1));
        }
    }
    if !is_generatable(pattern) {
        if pattern.examples.is_empty() {
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
fn is_generatable(pattern: &Pattern) -> bool {
    let whole = pattern.regex.contains("(?<secret>") || pattern.alone.is_some();
    // A general pattern judges what it finds by more than its form.
    whole && !pattern.generic && pattern.decodes.is_none() && generate::example(pattern, &mut Random::new(0)).is_some()
}

fn found_by(scanner: &dyn Scanner, text: &[u8]) -> Vec<String> {
    scanner.scan(text).matches.into_iter().map(|found| found.pattern.id.clone()).collect()
}

fn claimed(found: &[String]) -> String {
    if found.is_empty() { "not found".into() } else { format!("claimed by `{}`", found.join("`, `")) }
}
