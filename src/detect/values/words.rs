//! Looks for the words of all patterns around a value, in one pass.
//!
//! Comes in: patterns, then the surroundings of a value. Goes out: [`Found`]: whose words stand there and how near, and whether a
//! provider is named; or whether a line tells of a secret at all. It must not look at the value.

use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::{Arc, OnceLock};

use aho_corasick::AhoCorasick;

use super::super::anchors::Anchors;
use super::context::{Context, Nearness};
use super::without_anchors;
use crate::model::cow_str::CowStr;
use crate::model::listed::Listed;
use crate::model::probe::Probe;
use crate::model::scan::Hit;

/// Shorter words must not be part of others.
const SHORT: usize = 5;
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
    pub fn new(patterns: &[Arc<Listed>]) -> Self {
        let names = without_anchors(patterns).flat_map(|(_, pattern)| pattern.names.iter().map(|name| &**name));
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
    /// What keys of known providers begin with and the place of the pattern in the list, sorted; made when first asked for.
    prefixes: OnceLock<Vec<(CowStr, usize)>>,
}

/// What a word means.
#[derive(Debug, Default, PartialEq)]
struct Meaning {
    /// Patterns, by their place in the list, that it is a word of.
    names: Vec<usize>,
    /// Patterns that need it beside their words.
    completes: Vec<usize>,
}

/// What stands around a value.
#[derive(Debug, Default)]
pub struct Found {
    /// Whose words do, the nearest first.
    pub near: Vec<Near>,
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
    /// Whether the word is the provider's name, or begins like it; others, such as `plaintext`, stand anywhere.
    pub names_provider: bool,
    /// Whether the name is this word and nothing else.
    is_all: bool,
}

impl Words {
    /// Takes the words of `patterns`.
    pub fn new(patterns: &[Arc<Listed>]) -> Self {
        let mut meanings = BTreeMap::<String, Meaning>::new();
        let mut meaning = |word: &str, add: &dyn Fn(&mut Meaning)| add(meanings.entry(word.to_owned()).or_default());
        for (at, pattern) in without_anchors(patterns) {
            pattern.words.iter().for_each(|word| meaning(word, &|meaning| meaning.names.push(at)));
            pattern.also.iter().for_each(|word| meaning(word, &|meaning| meaning.completes.push(at)));
        }
        let (words, meanings): (Vec<Probe>, Vec<Meaning>) =
            meanings.into_iter().map(|(word, meaning)| (Probe::new(word), meaning)).unzip();
        let texts = Anchors::new(words.iter().zip(meanings));
        Self { texts, prefixes: OnceLock::new() }
    }

    /// Those of `patterns`, by their place in the list, whose keys begin like a value.
    pub fn begins_like_keys_of<'a>(
        &'a self,
        value: &'a [u8],
        patterns: &[Arc<Listed>],
    ) -> impl Iterator<Item = usize> + 'a {
        let prefixes = self.prefixes.get_or_init(|| prefixes(patterns));
        (SHORTEST_PREFIX..=value.len().min(LONGEST_PREFIX)).flat_map(|length| {
            let prefix = &value[..length];
            let first = prefixes.partition_point(|(known, _)| known.as_bytes() < prefix);
            prefixes[first..].iter().take_while(move |(known, _)| known.as_bytes() == prefix).map(|(_, at)| *at)
        })
    }

    /// Looks around a value that is assigned to `name`.
    pub fn around(&self, context: &Context<'_>, name: Option<&Range<usize>>, patterns: &[Arc<Listed>]) -> Found {
        let mut found = Found::default();
        let mut completed: Vec<usize> = Vec::new();
        self.texts.hits(&context.plain, 0..context.plain.len(), &mut |Hit { anchor, span: word }| {
            let [meaning] = self.texts.owners(anchor) else { return };
            let place = context.place(&word);
            let nearness = context.nearness(&place, name);
            completed.extend(&meaning.completes);
            let is_word = context.is_word(&place);
            if is_word || word.len() >= SHORT {
                let word_text = &context.plain[word.clone()];
                let is_all = name == Some(&place);
                let near = |&pattern: &usize| Near {
                    nearness,
                    names_provider: names_provider(&patterns[pattern].id, word_text),
                    is_all,
                    length: word.len(),
                    pattern,
                };
                found.near.extend(meaning.names.iter().map(near));
            }
        });
        found.near.retain(|near| {
            near.is_all || patterns[near.pattern].pattern().also.is_empty() || completed.contains(&near.pattern)
        });
        found.near.sort_by(|left, right| right.cmp(left));
        found
    }
}

/// What keys begin with, each with the place of its pattern in the list.
fn prefixes(patterns: &[Arc<Listed>]) -> Vec<(CowStr, usize)> {
    let mut prefixes: Vec<(CowStr, usize)> = patterns
        .iter()
        .enumerate()
        .filter(|(_, listed)| !listed.pattern().generic)
        .flat_map(|(at, listed)| listed.pattern().anchors.iter().map(move |anchor| (anchor, at)))
        .filter(|(anchor, _)| is_prefix(anchor))
        .map(|(anchor, at)| (anchor.clone(), at))
        .collect();
    prefixes.sort();
    prefixes
}

/// Whether a word of a pattern is, or begins like, the name of its provider.
fn names_provider(pattern: &str, word: &[u8]) -> bool {
    const SAME: usize = 5;
    let id = pattern.bytes().filter(|byte| *byte != b'-');
    word.len() >= SAME && id.take(SAME).eq(word[..SAME].iter().copied())
}

/// Whether an anchor is no word: `ghp_`, `AIza`.
fn is_prefix(anchor: &str) -> bool {
    let has_sign = anchor.contains(['_', '-', '.'])
        && anchor.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.'));
    let has_capitals =
        anchor.bytes().any(|byte| byte.is_ascii_uppercase()) && anchor.bytes().all(|byte| byte.is_ascii_alphanumeric());
    (SHORTEST_PREFIX..=LONGEST_PREFIX).contains(&anchor.len()) && (has_sign || has_capitals)
}
