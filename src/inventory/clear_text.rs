//! No credential in clear text may stand in an inventory or in what is imported into one.

use std::path::Path;

use super::Problem;
use crate::model::scan::{Match, Scanner};

/// A problem for each secret that `scanner` sees in the text of `file`. The secret is not told.
pub fn refuse_secrets(file: &Path, text: &str, scanner: &dyn Scanner) -> Vec<Problem> {
    let scan = scanner.scan(text.as_bytes());
    let file = file.display().to_string();
    let found = scan.matches.iter().filter(|found| !is_meant_to_be_here(text, found)).map(|found| {
        let problem = format!(
            "a credential in clear text ({}); take it out, revoke it, and write its fingerprint instead (`straykey inventory add`)",
            found.pattern.name
        );
        Problem::new(&file, found.position.line, problem)
    });
    let cut_short =
        scan.cut_short.iter().map(|why| Problem::new(&file, 1, format!("it cannot be searched for secrets: {why}")));
    let mut problems: Vec<Problem> = found.chain(cut_short).collect();
    problems.sort();
    problems.dedup();
    problems
}

/// Fingerprints look random, and the public half of a credential is what an inventory is for.
fn is_meant_to_be_here(text: &str, found: &Match) -> bool {
    let value = text.get(found.span.clone()).unwrap_or_default();
    let before = text.get(..found.span.start).unwrap_or_default();
    let word_start = before.rfind(|character: char| !character.is_ascii_alphanumeric() && character != ':');
    let word = &before[word_start.map_or(0, |at| at + 1)..];
    let is_fingerprint = value.contains("fp1:") || word.starts_with("fp1:");
    let is_public_half = found.pattern.alone.as_ref().is_some_and(|alone| !found.credential.parts.contains_key(alone));
    is_fingerprint || is_public_half
}
