//! Looks for the words of all patterns around a value, in one pass.
//!
//! Comes in: patterns, then the surroundings of a value. Goes out: [`Found`]: whose words stand there and how near, and whether a
//! provider is named; or whether a line tells of a secret at all. It must not look at the value.

use std::iter::repeat;
use std::ops::Range;
use std::sync::{Arc, OnceLock};

use aho_corasick::AhoCorasick;

use super::super::anchors::Anchors;
use super::context::{Context, Nearness};
use super::without_anchors;
use crate::model::cow_str::CowStr;
use crate::model::listed::{Clues, Listed, PREFIX};
use crate::model::scan::Hit;

/// Shorter words must not be part of others.
const SHORT: usize = 5;
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
        let names = without_anchors(patterns).flat_map(|(_, listed)| listed.clues().names.iter().map(|name| &**name));
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

/// What a word means to a pattern, by its place in the list.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Meaning {
    /// It is one of its words.
    Names(usize),
    /// One of those that it needs beside its words.
    Completes(usize),
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
    pub fn new<'a>(patterns: &'a [Arc<Listed>]) -> Self {
        let of_one = |(at, listed): (usize, &'a Arc<Listed>)| {
            let Clues { words, also, .. } = listed.clues();
            let names = words.iter().map(move |word| (word, Meaning::Names(at)));
            names.chain(also.iter().map(move |word| (word, Meaning::Completes(at))))
        };
        Self { texts: Anchors::new(without_anchors(patterns).flat_map(of_one)), prefixes: OnceLock::new() }
    }

    /// Those of `patterns`, by their place in the list, whose keys begin like a value.
    pub fn begins_like_keys_of<'a>(
        &'a self,
        value: &'a [u8],
        patterns: &[Arc<Listed>],
    ) -> impl Iterator<Item = usize> + 'a {
        let prefixes = self.prefixes.get_or_init(|| prefixes(patterns));
        (*PREFIX.start()..=value.len().min(*PREFIX.end())).flat_map(|length| {
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
            let place = context.place(&word);
            let nearness = context.nearness(&place, name);
            let may_name = word.len() >= SHORT || context.is_word(&place);
            let is_all = name == Some(&place);
            for meaning in self.texts.owners(anchor) {
                match *meaning {
                    Meaning::Completes(pattern) => completed.push(pattern),
                    Meaning::Names(pattern) if may_name => {
                        let names_provider = names_provider(&patterns[pattern].id, &context.plain[word.clone()]);
                        found.near.push(Near { nearness, length: word.len(), pattern, names_provider, is_all });
                    }
                    Meaning::Names(_) => {}
                }
            }
        });
        found.near.retain(|near| {
            near.is_all || patterns[near.pattern].clues().also.is_empty() || completed.contains(&near.pattern)
        });
        found.near.sort_by(|left, right| right.cmp(left));
        found
    }
}

/// What keys begin with, each with the place of its pattern in the list.
fn prefixes<'a>(patterns: &'a [Arc<Listed>]) -> Vec<(CowStr, usize)> {
    let of_one = |(at, listed): (usize, &'a Arc<Listed>)| listed.clues().prefixes.iter().cloned().zip(repeat(at));
    let mut prefixes: Vec<(CowStr, usize)> = patterns.iter().enumerate().flat_map(of_one).collect();
    prefixes.sort();
    prefixes
}

/// Whether a word of a pattern is, or begins like, the name of its provider.
fn names_provider(pattern: &str, word: &[u8]) -> bool {
    const SAME: usize = 5;
    let id = pattern.bytes().filter(|byte| *byte != b'-');
    word.len() >= SAME && id.take(SAME).eq(word[..SAME].iter().copied())
}
