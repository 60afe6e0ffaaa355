//! Finds values that have no literal of their own, by how they look and by the words near them.
//!
//! Comes in: bytes, and patterns with words or names in place of anchors. Goes out: where a run begins that may be a value, and
//! for such a run the [`Candidate`] of the pattern whose words stand nearest. Where no word does, the name that the value
//! is assigned to decides. However many such patterns there are, a text is gone through once.

pub mod context;
pub mod names;
pub mod runs;

use std::ops::Range;
use std::sync::{Arc, OnceLock};

use aho_corasick::{AhoCorasick, AhoCorasickKind};

use super::confirm::Confirmer;
use super::random;
use crate::model::judgement::Judgement;
use crate::model::pattern::{Confidence, Pattern, Reach, value};
use crate::model::scan::Candidate;
use context::{Context, Nearness, assigned_name};

/// Bytes of a hit: those of a run that are looked at, and the one before.
pub const LONGEST_HIT: usize = runs::LEAST + 1;
/// Shorter words must not be part of others.
const SHORT: usize = 5;
/// What a line says that tells of a secret.
const CUES: [&str; 20] = [
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
    "pat",
    "login",
    "apikey",
    "clientid",
    "licence",
    "license",
];

/// The patterns that are searched for by value.
#[derive(Debug)]
pub struct Values {
    patterns: Vec<Arc<Pattern>>,
    /// Patterns with words, by their place in the list.
    worded: Vec<usize>,
    /// Patterns with names.
    named: Vec<usize>,
    words: OnceLock<Words>,
}

/// All words, and whose they are.
#[derive(Debug)]
struct Words {
    automaton: Option<AhoCorasick>,
    /// For each word its text, the patterns that it names, and those that it completes.
    owners: Vec<(String, Vec<usize>, Vec<usize>)>,
    /// So many of the last words are cues.
    cues_from: usize,
}

impl Values {
    /// Takes the patterns without anchors; prepares nothing yet.
    pub fn new(patterns: &[Arc<Pattern>]) -> Self {
        let all = |has: &dyn Fn(&Pattern) -> bool| (0..patterns.len()).filter(|at| has(&patterns[*at])).collect();
        Self {
            patterns: patterns.to_vec(),
            worded: all(&|pattern| !pattern.words.is_empty()),
            named: all(&|pattern| !pattern.names.is_empty()),
            words: OnceLock::new(),
        }
    }

    /// Whether there is nothing to search for.
    pub fn is_empty(&self) -> bool {
        self.worded.is_empty() && self.named.is_empty()
    }

    /// Hands every run to `sink` that begins in `stretch` and is worth a look: its first bytes and the one before, if any.
    pub fn hits(&self, bytes: &[u8], stretch: Range<usize>, sink: &mut dyn FnMut(Range<usize>)) {
        if !self.is_empty() {
            runs::starts(bytes, stretch, &mut |head| sink(head.start.saturating_sub(1)..head.end));
        }
    }

    /// Bytes around a hit on which the verdict depends: the value is part of what is found at most so far from it, and its words
    /// and parts stand further away.
    pub fn influence(&self) -> Reach {
        const EDGE: usize = 4;
        let own = self.worded.iter().chain(&self.named).flat_map(|at| &self.patterns[*at].parts);
        let parts = own.map(|part| part.reach).max().unwrap_or(0);
        Reach {
            before: value::LONGEST + parts.max(value::BEFORE) + EDGE,
            after: 2 * value::LONGEST + parts.max(value::AFTER) + EDGE,
        }
    }

    /// Decides what the run is that a hit stands for.
    pub fn confirm(
        &self,
        bytes: &[u8],
        hit: &Range<usize>,
        confirmers: &[Confirmer],
    ) -> Result<Option<Candidate>, String> {
        let head = hit.end - runs::LEAST..hit.end;
        let glued = head.start.checked_sub(1).is_some_and(|before| runs::is_glue(bytes[before]));
        let most = bytes.len().min(head.start + value::LONGEST);
        let end = (head.end..most).find(|at| !runs::is_in_run(bytes[*at])).unwrap_or(most);
        let run = head.start..end;
        if glued || run.len() >= value::LONGEST || !random::is_random(&bytes[run.clone()]) {
            return Ok(None);
        }
        let context = Context::new(bytes, &run);
        let name = assigned_name(bytes, value_start(bytes, run.start));
        for found in self.near(&context, name.as_ref()) {
            if let Some(mut candidate) = confirmers[found.pattern].confirm_value(bytes, &run)? {
                if is_plain_hex(candidate.credential.secret.expose()) && !found.has_cue {
                    continue;
                }
                found.weigh(&mut candidate.judgement);
                return Ok(Some(candidate));
            }
        }
        for &pattern in &self.named {
            let Some(candidate) = confirmers[pattern].confirm_value(bytes, &run)? else { continue };
            let name = assigned_name(bytes, candidate.span.start);
            if name.is_some_and(|name| names::promises(&bytes[name], &self.patterns[pattern].names)) {
                return Ok(Some(candidate));
            }
        }
        Ok(None)
    }

    /// The patterns whose words stand around a value, the nearest first.
    fn near(&self, context: &Context<'_>, name: Option<&Range<usize>>) -> Vec<Near> {
        let words = self.words.get_or_init(|| Words::of(&self.patterns, &self.worded));
        let Some(automaton) = &words.automaton else { return Vec::new() };
        let mut near: Vec<Near> = Vec::new();
        let mut completed: Vec<usize> = Vec::new();
        let mut has_cue = false;
        for found in automaton.find_overlapping_iter(&context.plain) {
            let (word, owners, completes) = &words.owners[found.pattern().as_usize()];
            let place = context.place(&found.range());
            let nearness = context.nearness(&place, name);
            if found.pattern().as_usize() >= words.cues_from {
                has_cue |= nearness > Nearness::Around;
            }
            if (owners.is_empty() && completes.is_empty()) || (word.len() < SHORT && !context.is_word(&place)) {
                continue;
            }
            completed.extend(completes);
            near.extend(owners.iter().map(|&pattern| Near { nearness, length: word.len(), pattern, has_cue: false }));
        }
        near.retain(|near| self.patterns[near.pattern].also.is_empty() || completed.contains(&near.pattern));
        near.iter_mut().for_each(|near| near.has_cue = has_cue);
        near.sort_by(|left, right| right.cmp(left));
        let mut seen = Vec::new();
        near.retain(|near| {
            !seen.contains(&near.pattern) && {
                seen.push(near.pattern);
                true
            }
        });
        near
    }
}

/// A pattern of which a word stands near.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Near {
    nearness: Nearness,
    /// Of the word.
    length: usize,
    pattern: usize,
    /// Whether the line tells of a secret.
    has_cue: bool,
}

impl Near {
    /// Says what its word's place makes of a candidate.
    fn weigh(self, judgement: &mut Judgement) {
        match self.nearness {
            Nearness::Name => judgement.reasons.push("the name that it is assigned to says what it is"),
            Nearness::Line => judgement.reasons.push("its line says what it is"),
            Nearness::Around if self.has_cue => judgement.reasons.push("the lines around it say what it is"),
            Nearness::Around => judgement.lower(Confidence::Low, "only the lines around it say what it may be"),
        }
    }
}

impl Words {
    fn of(patterns: &[Arc<Pattern>], worded: &[usize]) -> Self {
        let mut owners = std::collections::BTreeMap::<&str, (Vec<usize>, Vec<usize>)>::new();
        for &at in worded {
            let pattern = &patterns[at];
            pattern.words.iter().for_each(|word| owners.entry(word).or_default().0.push(at));
            pattern.also.iter().for_each(|word| owners.entry(word).or_default().1.push(at));
        }
        let mut owners: Vec<_> =
            owners.into_iter().map(|(word, (names, completes))| (word.to_owned(), names, completes)).collect();
        let cues_from = owners.len();
        owners.extend(CUES.iter().map(|cue| ((*cue).to_owned(), Vec::new(), Vec::new())));
        // A large automaton is not worth its making for a few values.
        let automaton = AhoCorasick::builder()
            .kind(Some(AhoCorasickKind::ContiguousNFA))
            .build(owners.iter().map(|(word, ..)| word))
            .ok();
        Self { automaton, owners, cues_from }
    }
}

/// Where the value begins that a run is part of.
fn value_start(bytes: &[u8], run: usize) -> usize {
    let least = run.saturating_sub(value::LONGEST);
    let is_outside = |byte: &u8| {
        byte.is_ascii_whitespace()
            || matches!(byte, b'"' | b'\'' | b'`' | b'=' | b':' | b'<' | b'>' | b'(' | b',' | b';' | b'&' | b'?')
    };
    bytes[least..run].iter().rposition(is_outside).map_or(least, |at| least + at + 1)
}

/// The shape of a digest, which also stands where no secret is.
fn is_plain_hex(secret: &[u8]) -> bool {
    matches!(secret.len(), 32 | 40 | 64) && secret.iter().all(u8::is_ascii_hexdigit)
}
