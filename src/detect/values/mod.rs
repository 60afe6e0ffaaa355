//! Finds values that have no literal of their own, by how they look and by the words near them.
//!
//! Comes in: bytes, and patterns with words or names in place of anchors. Goes out: where a run begins that may be a value, and
//! for such a run the [`Candidate`] of the pattern whose words stand nearest. Where no word does, the name that the value
//! is assigned to decides. However many such patterns there are, a text is gone through once.

mod block;
pub mod context;
mod digest;
pub mod name;
pub mod runs;
pub mod words;

use std::ops::Range;
use std::sync::{Arc, OnceLock};

use super::confirm::{Confirmer, Decision, Refusal};
use super::escaped::escaped_sign;
use super::{filter, names, notation, random};
use crate::model::account::Why;
use crate::model::listed::Listed;
use crate::model::pattern::{Confidence, Reach, value};
use crate::model::scan::Candidate;
use context::{Context, Nearness, decided_from, line_before};
use digest::{is_digest, is_plain_hex, names_object};
use name::{assigned_name, fallback_name, word_before};
use words::{Cues, Found, Near, Words};

/// Bytes of a hit: those of a run that are looked at, and the one before.
pub const LONGEST_HIT: usize = runs::LEAST + 1;
/// Address of what Firebase gives to the public: a token stands behind it.
const PUBLIC_TOKEN: &[u8] = b"alt=media&token=";
/// Bytes before a value that may say that it is a digest or an id.
const LONGEST_LABEL: usize = PUBLIC_TOKEN.len();
/// A value with more signs than that is a password, and no key with wrong characters.
const MOST_SIGNS: usize = 3;
/// So many random bytes with `+` and `/` between them are one: a line of a picture in base64, and no key of them.
const LONG: usize = 60;
const ID_IN_PATH: &str = "an id in a path";
const ID: &str = "an id by its name";
const IN_BLOCK: &str = "one of several lines of something encoded";
const NEARLY: &str = "a provider is named whose keys look nearly like it: it was mistyped or made up";
const BEGINS: &str = "it begins like the keys of a provider, but was cut off or has other characters";

/// The patterns that are searched for by value.
#[derive(Debug)]
pub struct Values {
    patterns: Vec<Arc<Listed>>,
    /// Whether there is anything to search for.
    is_empty: bool,
    words: OnceLock<Words>,
    cues: OnceLock<Cues>,
    /// Patterns with names, by their place in the list.
    named: OnceLock<Vec<usize>>,
    influence: OnceLock<Reach>,
}

impl Values {
    /// Takes the patterns without anchors; prepares nothing yet.
    pub fn new(patterns: &[Arc<Listed>]) -> Self {
        Self {
            patterns: patterns.to_vec(),
            is_empty: patterns.iter().all(|pattern| !pattern.probes.is_empty()),
            words: OnceLock::new(),
            cues: OnceLock::new(),
            named: OnceLock::new(),
            influence: OnceLock::new(),
        }
    }

    /// Whether a run that begins with these bytes is worth a look.
    pub fn are_wanted(&self, head: &[u8]) -> bool {
        !self.is_empty && runs::is_mixed(head)
    }

    /// Bytes around a hit on which the verdict depends: the value is part of what is found at most so far from it, and its words
    /// and parts stand further away.
    pub fn influence(&self) -> Reach {
        *self.influence.get_or_init(|| influence(&self.patterns))
    }

    /// The words of all patterns.
    fn words(&self) -> &Words {
        self.words.get_or_init(|| Words::new(&self.patterns))
    }

    /// Patterns with names, by their place in the list.
    fn named(&self) -> &[usize] {
        let is_named = |(_, listed): &(usize, &Arc<Listed>)| !listed.clues().names.is_empty();
        self.named.get_or_init(|| without_anchors(&self.patterns).filter(is_named).map(|(at, _)| at).collect())
    }

    /// Decides what the run is that a hit stands for. Tells of each pattern that was tried in vain.
    pub fn confirm(
        &self,
        bytes: &[u8],
        hit: &Range<usize>,
        confirmers: &[Confirmer],
        tell: &mut dyn FnMut(usize, Why),
    ) -> Result<Decision, String> {
        let head = hit.end - runs::LEAST..hit.end;
        let glued = head.start.checked_sub(1).is_some_and(|before| runs::is_glue(bytes[before]));
        let most = bytes.len().min(head.start + value::LONGEST);
        let end = runs::end(bytes, head.end, most);
        let run = head.start..end;
        let value = &bytes[run.clone()];
        let near = Reach { before: LONGEST_LABEL, after: end - head.end + 1 };
        let refuse = |why| Ok(Err(Refusal::near(why, near)));
        if is_digest(bytes, run.start) {
            return refuse(Why::MarkedDigest);
        }
        if glued || begins_with_escape(bytes, head.start) {
            return refuse(Why::Glued);
        }
        if run.len() >= value::LONGEST {
            return refuse(Why::TooLong);
        }
        // Something long that was encoded may end here.
        if head.start.checked_sub(1).is_some_and(|before| runs::is_joint(bytes[before])) {
            let first = runs::start(bytes, head.start, head.start.saturating_sub(value::LONGEST));
            let with_before = Reach { before: value::LONGEST + runs::LEAST + LONGEST_LABEL, after: near.after };
            let whole = &bytes[first..end];
            let is_piece = bytes[first..head.start].iter().any(|byte| runs::is_glue(*byte));
            if is_piece && whole.len() >= LONG && random::is_random(whole) {
                return Ok(Err(Refusal::near(Why::TooLong, with_before)));
            }
            if is_digest(bytes, first) {
                return Ok(Err(Refusal::near(Why::MarkedDigest, with_before)));
            }
        }
        if is_id_in_path(bytes, &run) {
            return refuse(Why::Objection(ID_IN_PATH));
        }
        // Most runs are names.
        if !random::is_random(value) && !filter::is_typed(value) {
            return refuse(Why::NotRandom);
        }
        let has_digest_shape = is_plain_hex(value);
        // Digests below one another may be keys, one a line.
        if !has_digest_shape && let Some(above) = block::line_above(bytes, &run) {
            let with_line_above = Reach { before: head.start - above + 1, after: 0 };
            return Ok(Err(Refusal::near(Why::Objection(IN_BLOCK), near.or(with_line_above))));
        }
        if has_digest_shape && names_object(bytes, run.start) {
            return refuse(Why::Digest);
        }
        let line = line_before(bytes, run.start);
        let has_cue = || self.cues.get_or_init(|| Cues::new(&self.patterns)).are_in(&bytes[line.clone()]);
        // Most random values there are: ids of commits and the like.
        let is_id = || has_digest_shape && stands_alone(bytes, run.start) && !has_cue();
        if digest::is_listed(bytes, &run, &line) || is_id() {
            let on_line = Reach { before: run.start - decided_from(bytes, &line), after: 0 };
            return Ok(Err(Refusal::near(Why::Digest, near.or(on_line))));
        }
        let has_cue = has_cue();
        let context = Context::new(bytes, &run);
        let name = assigned_name(bytes, value_start(bytes, run.start));
        if value.iter().all(u8::is_ascii_hexdigit)
            && name.as_ref().is_some_and(|name| names::is_of_digest(&bytes[name.clone()]))
        {
            return Ok(Err(Why::Digest.into()));
        }
        let found = self.words().around(&context, name.as_ref(), &self.patterns);
        for near in &found.near {
            match confirmers[near.pattern].confirm_value(bytes, &run)? {
                Err(why) => tell(near.pattern, why),
                Ok(candidate) if is_plain_hex(candidate.credential.secret.expose()) && !has_cue => {
                    tell(near.pattern, Why::Digest);
                }
                Ok(candidate) if is_id_in_path(bytes, &candidate.span) => {
                    tell(near.pattern, Why::Objection(ID_IN_PATH));
                }
                Ok(candidate) if near.nearness != Nearness::Name && is_named_id(&candidate, name.as_ref(), bytes) => {
                    tell(near.pattern, Why::Objection(ID));
                }
                Ok(mut candidate) => {
                    weigh(near.nearness, has_cue, &mut candidate);
                    // Assigned to its provider's name it may begin like another's.
                    if !(near.names_provider && near.nearness == Nearness::Name) {
                        self.compare_beginning(&mut candidate, confirmers);
                    }
                    return Ok(Ok(candidate));
                }
            }
        }
        if !has_cue {
            self.named().iter().for_each(|pattern| tell(*pattern, Why::Name));
            return Ok(Err(Why::Nothing.into()));
        }
        self.confirm_named(bytes, &run, &found, confirmers, tell)
    }

    /// Doubts a candidate that was found by the name it is assigned to.
    pub fn doubt(&self, bytes: &[u8], candidate: &mut Candidate, confirmers: &[Confirmer]) {
        let context = Context::new(bytes, &candidate.span);
        let name = assigned_name(bytes, candidate.span.start);
        let found = self.words().around(&context, name.as_ref(), &self.patterns);
        let says_no_more = name.is_some_and(|name| self.says_no_more(&bytes[name]));
        self.compare(candidate, &found, says_no_more, confirmers);
    }

    /// Doubts a candidate that is nearly a key of the providers named near it, whose own patterns do not know it.
    fn compare(&self, candidate: &mut Candidate, found: &Found, says_no_more: bool, confirmers: &[Confirmer]) {
        let nearest = if says_no_more { Nearness::Around } else { Nearness::Line };
        let value = candidate.credential.secret.expose();
        let signs = value.iter().filter(|byte| !is_token(**byte)).count();
        let misses = |near: &Near| {
            confirmers[near.pattern].lengths().is_some_and(|lengths| match signs {
                0 => lengths.are_missed_by(value.len()),
                _ => lengths.nearly_allow(value.len()),
            })
        };
        if signs <= MOST_SIGNS
            && found.near.iter().any(|near| near.names_provider && near.nearness >= nearest && misses(near))
        {
            candidate.judgement.lower(Confidence::Low, NEARLY);
        }
        self.compare_beginning(candidate, confirmers);
    }

    /// Doubts a candidate that begins like the keys of a provider, but is shorter, has other characters, or is longer by a few.
    /// Keys that are much longer there may be one day.
    fn compare_beginning(&self, candidate: &mut Candidate, confirmers: &[Confirmer]) {
        let value = candidate.credential.secret.expose();
        let words = self.words();
        let is_long_enough = |pattern: usize| {
            let misses = confirmers[pattern].lengths().is_some_and(|lengths| lengths.are_missed_by(value.len()));
            !misses && confirmers[pattern].least().is_some_and(|least| value.len() >= least)
        };
        let is_whole = || {
            value.iter().all(|byte| is_token(*byte))
                && words.begins_like_keys_of(value, &self.patterns).any(is_long_enough)
        };
        if words.begins_like_keys_of(value, &self.patterns).next().is_some() && !is_whole() {
            candidate.judgement.lower(Confidence::Low, BEGINS);
        }
    }

    /// Whether a name says that its value is a secret, and not whose.
    fn says_no_more(&self, name: &[u8]) -> bool {
        let is_made = |&pattern: &usize| {
            let words: Vec<&str> = self.patterns[pattern].pattern().names.iter().map(|name| &**name).collect();
            names::is_made_of(name, &words)
        };
        self.named().iter().any(is_made)
    }

    /// Decides by the name that the value is assigned to.
    fn confirm_named(
        &self,
        bytes: &[u8],
        run: &Range<usize>,
        found: &Found,
        confirmers: &[Confirmer],
        tell: &mut dyn FnMut(usize, Why),
    ) -> Result<Decision, String> {
        for &pattern in self.named() {
            let mut candidate = match confirmers[pattern].confirm_value(bytes, run)? {
                Ok(candidate) => candidate,
                Err(why) => {
                    tell(pattern, why);
                    continue;
                }
            };
            let words: Vec<&str> = self.patterns[pattern].pattern().names.iter().map(|name| &**name).collect();
            let promises = |name: &Range<usize>| names::promises(&bytes[name.clone()], &words);
            let start = candidate.span.start;
            let alone = |name: &Range<usize>| {
                names::is_made_of(&bytes[name.clone()], &words) && !is_hex(candidate.credential.secret.expose())
            };
            let assigned = assigned_name(bytes, start).or_else(|| word_before(bytes, start).filter(alone));
            let fallback = || fallback_name(bytes, start).filter(promises);
            let Some(name) = assigned.filter(promises).or_else(fallback) else {
                tell(pattern, Why::Name);
                continue;
            };
            self.compare(&mut candidate, found, names::is_made_of(&bytes[name], &words), confirmers);
            return Ok(Ok(candidate));
        }
        Ok(Err(Why::Nothing.into()))
    }
}

/// Patterns without anchors, each with its place in the list.
fn without_anchors(patterns: &[Arc<Listed>]) -> impl Iterator<Item = (usize, &Arc<Listed>)> {
    patterns.iter().enumerate().filter(|(_, listed)| listed.probes.is_empty())
}

/// Bytes around a hit on which the verdict depends, of all patterns without anchors.
fn influence(patterns: &[Arc<Listed>]) -> Reach {
    const EDGE: usize = 4;
    let parts = without_anchors(patterns).map(|(_, listed)| listed.clues().reach).max().unwrap_or(0);
    Reach {
        before: value::LONGEST + parts.max(value::BEFORE) + EDGE,
        after: 2 * value::LONGEST + parts.max(value::AFTER) + EDGE,
    }
}

/// Whether keys of providers have such a character.
fn is_token(byte: u8) -> bool {
    runs::is_in_run(byte) || matches!(byte, b'=' | b'.')
}

/// Says what the place of its word makes of a candidate.
fn weigh(nearness: Nearness, has_cue: bool, candidate: &mut Candidate) {
    let has_cue = has_cue && !filter::is_typed(candidate.credential.secret.expose());
    let judgement = &mut candidate.judgement;
    match nearness {
        Nearness::Name => judgement.reasons.push("the name that it is assigned to says what it is"),
        Nearness::Line => judgement.reasons.push("its line says what it is"),
        Nearness::Around if has_cue => judgement.reasons.push("the lines around it say what it is"),
        Nearness::Around => judgement.lower(Confidence::Low, "only the lines around it say what it may be"),
    }
}

/// Whether a run begins with the rest of an escape, as in `\u0027…`: what follows is found where that is decoded.
fn begins_with_escape(bytes: &[u8], start: usize) -> bool {
    let ends_at = |length: usize| {
        let upto = bytes.get(..start + length).and_then(escaped_sign);
        upto.is_some_and(|(_, whole)| whole == length + 1)
    };
    bytes[..start].ends_with(b"\\") && (ends_at(5) || ends_at(3))
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

/// Whether no other part of the same value may stand before a run.
fn stands_alone(bytes: &[u8], run: usize) -> bool {
    run.checked_sub(1).is_none_or(|before| {
        bytes[before].is_ascii_whitespace()
            || matches!(bytes[before], b'"' | b'\'' | b'`' | b'=' | b'(' | b'[' | b'<' | b'>')
    })
}

/// A digest or an identifier, which stand behind such words in prose too.
fn is_hex(secret: &[u8]) -> bool {
    secret.iter().all(|byte| byte.is_ascii_hexdigit() || *byte == b'-')
}

/// Whether a candidate is a UUID with the name of an id, which is another's: `request_id`.
fn is_named_id(candidate: &Candidate, name: Option<&Range<usize>>, bytes: &[u8]) -> bool {
    notation::is_uuid(candidate.credential.secret.expose())
        && name.and_then(|name| names::last_word(&bytes[name.clone()])).is_some_and(|last| last == "id")
}

/// Whether a UUID is a part of a path, of an address that Firebase gives to the public, or names something as Windows does:
/// `{…}`.
fn is_id_in_path(bytes: &[u8], value: &Range<usize>) -> bool {
    let (before, behind) = (&bytes[..value.start], &bytes[value.end..]);
    let is_public = before.ends_with(PUBLIC_TOKEN);
    let is_part = before.ends_with(b"/") || before.ends_with(b"{") && behind.starts_with(b"}") || is_public;
    is_part && notation::is_uuid(&bytes[value.clone()])
}
