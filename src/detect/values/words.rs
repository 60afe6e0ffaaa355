//! Looks for the words of all patterns around a value, in one pass.
//!
//! Comes in: patterns, then the surroundings of a value. Goes out: [`Found`]: whose words stand there and how near, whether the
//! line tells of a secret, whether a provider is named. It must not look at the value.

use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::Arc;

use aho_corasick::{AhoCorasick, AhoCorasickKind};

use super::context::{Context, Nearness};
use crate::model::pattern::Pattern;

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

/// All words, and what each means.
#[derive(Debug)]
pub struct Words {
    automaton: Option<AhoCorasick>,
    meanings: Vec<Meaning>,
    /// What keys of known providers begin with and the place of the pattern in the list, sorted.
    prefixes: Vec<(String, usize)>,
}

/// What a word means.
#[derive(Debug, Default)]
struct Meaning {
    /// Patterns, by their place in the list, that it is a word of.
    names: Vec<usize>,
    /// Patterns that need it beside their words.
    completes: Vec<usize>,
    is_cue: bool,
}

/// What stands around a value.
#[derive(Debug, Default)]
pub struct Found {
    /// Whose words do, the nearest first.
    pub near: Vec<Near>,
    /// Whether the line tells of a secret.
    pub has_cue: bool,
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
    pub fn new(patterns: &[Arc<Pattern>]) -> Self {
        let mut meanings = BTreeMap::<String, Meaning>::new();
        let mut meaning = |word: &str, add: &dyn Fn(&mut Meaning)| add(meanings.entry(word.to_owned()).or_default());
        for (at, pattern) in patterns.iter().enumerate() {
            pattern.words.iter().for_each(|word| meaning(word, &|meaning| meaning.names.push(at)));
            pattern.also.iter().for_each(|word| meaning(word, &|meaning| meaning.completes.push(at)));
        }
        CUES.iter().for_each(|cue| meaning(cue, &|meaning| meaning.is_cue = true));
        let (words, meanings): (Vec<String>, Vec<Meaning>) = meanings.into_iter().unzip();
        // Of the kinds of automaton this one is made soonest: it serves a few values.
        let automaton = AhoCorasick::builder().kind(Some(AhoCorasickKind::ContiguousNFA)).build(words).ok();
        let mut prefixes: Vec<(String, usize)> = patterns
            .iter()
            .enumerate()
            .filter(|(_, pattern)| !pattern.generic)
            .flat_map(|(at, pattern)| pattern.anchors.iter().map(move |anchor| (anchor, at)))
            .filter(|(anchor, _)| is_prefix(anchor))
            .map(|(anchor, at)| (anchor.clone(), at))
            .collect();
        prefixes.sort();
        Self { automaton, meanings, prefixes }
    }

    /// The patterns, by their place in the list, whose keys begin like a value.
    pub fn begins_like_keys_of<'a>(&'a self, value: &'a [u8]) -> impl Iterator<Item = usize> + 'a {
        (SHORTEST_PREFIX..=value.len().min(LONGEST_PREFIX)).flat_map(|length| {
            let prefix = &value[..length];
            let first = self.prefixes.partition_point(|(known, _)| known.as_bytes() < prefix);
            self.prefixes[first..].iter().take_while(move |(known, _)| known.as_bytes() == prefix).map(|(_, at)| *at)
        })
    }

    /// Looks around a value that is assigned to `name`.
    pub fn around(&self, context: &Context<'_>, name: Option<&Range<usize>>, patterns: &[Arc<Pattern>]) -> Found {
        let mut found = Found::default();
        let mut completed: Vec<usize> = Vec::new();
        let Some(automaton) = &self.automaton else { return found };
        for word in automaton.find_overlapping_iter(&context.plain) {
            let meaning = &self.meanings[word.pattern().as_usize()];
            let place = context.place(&word.range());
            let nearness = context.nearness(&place, name);
            found.has_cue |= meaning.is_cue && nearness > Nearness::Around;
            completed.extend(&meaning.completes);
            let is_word = context.is_word(&place);
            if is_word || word.len() >= SHORT {
                let word_text = &context.plain[word.range()];
                let is_all = name == Some(&place);
                let near = |&pattern: &usize| Near {
                    nearness,
                    names_provider: names_provider(&patterns[pattern], word_text),
                    is_all,
                    length: word.len(),
                    pattern,
                };
                found.near.extend(meaning.names.iter().map(near));
            }
        }
        found
            .near
            .retain(|near| near.is_all || patterns[near.pattern].also.is_empty() || completed.contains(&near.pattern));
        found.near.sort_by(|left, right| right.cmp(left));
        found
    }
}

/// Whether a word of a pattern is, or begins like, the name of its provider.
fn names_provider(pattern: &Pattern, word: &[u8]) -> bool {
    const SAME: usize = 5;
    let id = pattern.id.bytes().filter(|byte| *byte != b'-');
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
