//! Evidence of class E: names near the secret that an integration declares.

use std::collections::HashSet;

use super::Which;
use super::evidence::{Case, evidence};
use super::index::Known;
use crate::model::surroundings::Around;

/// Names to which values are assigned in lists of names and values: the name that counts stands on the line before.
const NO_NAMES: [&str; 6] = ["", "value", "stringvalue", "default", "content", "data"];
/// Lines above and below in which hosts, databases and stores are looked for.
const NEAR: usize = 5;
/// Shorter words say nothing.
const SHORTEST_WORD: usize = 4;

/// Looks around every place for declared names.
pub(super) fn look(case: &mut Case<'_, '_>) {
    let (index, weights) = (&case.inventory.index, &case.inventory.weights.points);
    let mut seen = HashSet::new();
    for around in case.around {
        for line in assigned(around) {
            found(case, &index.env_names, tokens(line), "env_name", weights.env_name, &mut seen);
        }
        nearest(case, around, &index.hosts, "host", weights.host, &mut seen);
        nearest(case, around, &index.stores, "store", weights.store_name, &mut seen);
    }
    if let Some(said) = &case.finding.verification.identity.host {
        let parts = std::iter::once(said.value.as_str()).chain(said.value.split('/'));
        found(case, &index.hosts, parts, "host", weights.host, &mut seen);
    }
    comments(case);
}

/// The lines whose names say what the secret is: its own, or the one before where its own has none.
fn assigned(around: &Around) -> impl Iterator<Item = &str> {
    let name: String = around.before.chars().filter(char::is_ascii_alphabetic).collect();
    let before = NO_NAMES.contains(&name.to_ascii_lowercase().as_str()).then(|| around.above.first()).flatten();
    std::iter::once(around.before.as_str()).chain(before.map(String::as_str))
}

/// The line nearest to the secret on which something declared stands.
fn nearest<'f>(
    case: &mut Case<'_, 'f>,
    around: &'f Around,
    known: &'f Known<'_>,
    id: &'static str,
    points: i64,
    seen: &mut HashSet<(&'static str, String)>,
) {
    if known.is_empty() {
        return;
    }
    let own = format!("{} {}", around.before, around.after);
    if found(case, known, tokens(&own), id, points, seen) {
        return;
    }
    for distance in 0..NEAR {
        let both = [around.above.get(distance), around.below.get(distance)];
        let mut any = false;
        for line in both.into_iter().flatten() {
            any |= found(case, known, tokens(line), id, points, seen);
        }
        if any {
            return;
        }
    }
}

/// Adds evidence for each of `names` that is declared; whether any is.
fn found<'f, 't>(
    case: &mut Case<'_, 'f>,
    known: &'f Known<'_>,
    names: impl Iterator<Item = &'t str>,
    id: &'static str,
    points: i64,
    seen: &mut HashSet<(&'static str, String)>,
) -> bool {
    let mut any = false;
    for name in names {
        let Some(which) = known.get(name) else { continue };
        any = true;
        if seen.insert((id, name.to_owned())) {
            case.add_all(which, &evidence('E', id, points, name));
        }
    }
    any
}

/// The words of a line as names are written; one with colons or slashes also in its parts.
fn tokens(line: &str) -> impl Iterator<Item = &str> {
    let is_part = |character: char| character.is_ascii_alphanumeric() || "_-./:@".contains(character);
    let words = line.split(move |character| !is_part(character)).filter(|word| !word.is_empty());
    words.flat_map(|word| {
        let trimmed = word.trim_matches(['.', ':', '/', '-', '@']);
        let parts = word.split(['/', ':', '@']).filter(move |part| *part != trimmed && !part.is_empty());
        std::iter::once(trimmed).chain(parts)
    })
}

/// Words of a comment on the line or above it support integrations that something else brought up.
fn comments(case: &mut Case<'_, '_>) {
    let points = case.inventory.weights.points.word;
    let mut words = HashSet::new();
    for around in case.around {
        let lines = [Some(&around.before), Some(&around.after), around.above.first()];
        for line in lines.into_iter().flatten() {
            let Some(at) = ["#", "//", "--", "/*"].iter().filter_map(|mark| line.find(mark)).min() else { continue };
            let said = line[at..].split(|character: char| !character.is_alphanumeric());
            words.extend(said.filter(|word| word.len() >= SHORTEST_WORD).map(str::to_ascii_lowercase));
        }
    }
    if words.is_empty() {
        return;
    }
    let brought_up: Vec<Which> = case.evidence.keys().copied().collect();
    for which in brought_up {
        let integration = case.inventory.integration(which);
        let names = [&integration.id, &integration.source_system, &integration.target_system];
        let own = names.iter().flat_map(|name| name.split(|character: char| !character.is_alphanumeric()));
        let word =
            own.filter(|word| word.len() >= SHORTEST_WORD).find(|word| words.contains(&word.to_ascii_lowercase()));
        if let Some(word) = word {
            case.add(which, evidence('E', "word", points, word));
        }
    }
}
