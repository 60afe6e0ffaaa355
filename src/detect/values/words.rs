//! Looks for the words of all patterns around a value, in one pass.
//!
//! Comes in: patterns, then the surroundings of a value. Goes out: [`Found`]: whose words stand there and how near, and whether a
//! provider is named; or whether a line tells of a secret at all. It must not look at the value.

use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::Arc;

use aho_corasick::AhoCorasick;

use super::super::anchors::Anchors;
use super::context::{Context, Nearness};
use crate::model::pattern::{Kind, Pattern, Probe};
use crate::model::scan::Hit;

/// Shorter words must not be part of others.
const SHORT: usize = 5;
/// Only longer names of providers are told from parts of other words: `front` from `frontend`.
const LONG: usize = 8;
/// Bytes of what keys of a provider begin with.
const SHORTEST_PREFIX: usize = 4;
const LONGEST_PREFIX: usize = 16;
/// What a line says that tells of a secret.
const CUES: [&str; 17] = [
    "key",
    "token",
    "secret",
    "api",
    "auth",
    "pass",
    "cred",
    "bearer",
    "access",
    "private",
    "signature",
    "signing",
    "webhook",
    "pwd",
    "login",
    "licence",
    "license",
];

/// What tells of a secret: without one of these on its line no value is found by the name it is assigned to.
#[derive(Debug)]
pub struct Cues(Option<AhoCorasick>);

impl Cues {
    /// The words that tell of any secret, and the names of `patterns`.
    pub fn new(patterns: &[Arc<Pattern>]) -> Self {
        let names = patterns.iter().flat_map(|pattern| pattern.names.iter().map(String::as_str));
        Self(AhoCorasick::builder().ascii_case_insensitive(true).build(CUES.into_iter().chain(names)).ok())
    }

    /// Whether one of them stands in `line`.
    pub fn are_in(&self, line: &[u8]) -> bool {
        self.0.as_ref().is_some_and(|cues| cues.is_match(line))
    }
}

/// All words, and what each means.
#[derive(Debug)]
pub struct Words {
    texts: Anchors<Meaning>,
    /// What keys of known providers begin with, sorted.
    prefixes: Vec<String>,
}

/// What a word means.
#[derive(Debug, Default, PartialEq)]
struct Meaning {
    /// Patterns, by their place in the list, that it is a word of.
    names: Vec<usize>,
    /// Patterns that need it beside their words.
    completes: Vec<usize>,
    /// Whether it is the name of a provider whose keys have a shape of their own.
    is_provider: bool,
}

/// What stands around a value.
#[derive(Debug, Default)]
pub struct Found {
    /// Whose words do, the nearest first.
    pub near: Vec<Near>,
    /// How near a provider is named, if one is.
    pub provider: Option<Nearness>,
}

/// A pattern of which a word stands near.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Near {
    /// How near.
    pub nearness: Nearness,
    /// Bytes of the word.
    length: usize,
    /// The pattern, by its place in the list.
    pub pattern: usize,
}

impl Words {
    /// Takes the words of `patterns`.
    pub fn new(patterns: &[Arc<Pattern>]) -> Self {
        let mut meanings = BTreeMap::<String, Meaning>::new();
        let mut meaning = |word: &str, add: &dyn Fn(&mut Meaning)| add(meanings.entry(word.to_owned()).or_default());
        for (at, pattern) in patterns.iter().enumerate() {
            for word in &pattern.words {
                let is_name = names_the_provider(pattern, word);
                meaning(word, &|meaning| {
                    meaning.names.push(at);
                    meaning.is_provider |= is_name;
                });
            }
            pattern.also.iter().for_each(|word| meaning(word, &|meaning| meaning.completes.push(at)));
            if let Some(provider) = provider(pattern) {
                meaning(&provider, &|meaning| meaning.is_provider = true);
            }
        }
        let probe = |text: String| Probe { text, tail: 0, class: Default::default() };
        let texts = Anchors::new(meanings.into_iter().map(|(word, meaning)| (probe(word), meaning)));
        let mut prefixes: Vec<String> = patterns
            .iter()
            .filter(|pattern| !pattern.generic)
            .flat_map(|pattern| &pattern.anchors)
            .filter(|anchor| is_prefix(anchor))
            .cloned()
            .collect();
        prefixes.sort();
        Self { texts, prefixes }
    }

    /// Whether a value begins like the keys of some provider.
    pub fn begins_like_a_key(&self, value: &[u8]) -> bool {
        let longest = value.len().min(LONGEST_PREFIX);
        (SHORTEST_PREFIX..=longest)
            .any(|length| self.prefixes.binary_search_by(|known| known.as_bytes().cmp(&value[..length])).is_ok())
    }

    /// Looks around a value that is assigned to `name`.
    pub fn around(&self, context: &Context<'_>, name: Option<&Range<usize>>, patterns: &[Arc<Pattern>]) -> Found {
        let mut found = Found::default();
        let mut completed: Vec<usize> = Vec::new();
        self.texts.hits(&context.plain, 0..context.plain.len(), &mut |Hit { anchor, span: word }| {
            let [meaning] = self.texts.owners(anchor) else { return };
            let place = context.place(&word);
            let nearness = context.nearness(&place, name);
            completed.extend(&meaning.completes);
            let is_word = context.is_word(&place);
            if is_word || word.len() >= SHORT {
                let near = |&pattern: &usize| Near { nearness, length: word.len(), pattern };
                found.near.extend(meaning.names.iter().map(near));
            }
            if meaning.is_provider && (is_word || word.len() >= LONG) {
                found.provider = found.provider.max(Some(nearness));
            }
        });
        found.near.retain(|near| patterns[near.pattern].also.is_empty() || completed.contains(&near.pattern));
        found.near.sort_by(|left, right| right.cmp(left));
        found
    }
}

/// Whether a word of a pattern is, or begins like, the name of its provider; others, such as `plaintext`, stand anywhere.
fn names_the_provider(pattern: &Pattern, word: &str) -> bool {
    const SAME: usize = 5;
    let id = pattern.id.replace('-', "");
    word.len() >= SAME && id.get(..SAME) == word.get(..SAME)
}

/// Whether an anchor is no word: `ghp_`, `AIza`.
fn is_prefix(anchor: &str) -> bool {
    let has_sign = anchor.contains(['_', '-'])
        && anchor.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-'));
    let has_capitals =
        anchor.bytes().any(|byte| byte.is_ascii_uppercase()) && anchor.bytes().all(|byte| byte.is_ascii_alphanumeric());
    (SHORTEST_PREFIX..=LONGEST_PREFIX).contains(&anchor.len()) && (has_sign || has_capitals)
}

/// The provider of a pattern, as a word, if what it issues has a shape of its own.
fn provider(pattern: &Pattern) -> Option<String> {
    const SHORTEST: usize = 3;
    let is_shaped = !pattern.generic
        && !matches!(pattern.kind, Kind::Password | Kind::ConnectionString | Kind::PrivateKey | Kind::Jwt);
    let stem = std::path::Path::new(&pattern.written.file).file_stem()?.to_str()?.replace('-', "");
    (is_shaped && stem.len() >= SHORTEST).then_some(stem)
}
