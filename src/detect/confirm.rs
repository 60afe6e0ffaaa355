//! Decides whether an anchor belongs to a credential.
//!
//! Comes in: a text and an anchor's place in it. Goes out: a [`Candidate`], if the pattern's regex matches around the
//! anchor, its parts are there, and no filter objects. It looks no further than the pattern's reach.

use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::{Arc, OnceLock};

use data_encoding::{BASE64_NOPAD, BASE64URL_NOPAD};
use regex::bytes::{Captures, Regex, RegexBuilder};

use super::follow::follow;
use super::shape::{self, Lengths};
use super::values::runs::LEAST;
use super::{filter, window};
use crate::model::account::Why;
use crate::model::judgement::Judgement;
use crate::model::listed::Listed;
use crate::model::opening::LONGEST_OPENING;
use crate::model::packed::Packed;
use crate::model::pattern::{ASSIGNMENT_GROUPS, CHECKSUM_GROUPS, Checksum, Confidence, Part, Pattern, Reach, value};
use crate::model::scan::Candidate;
use crate::model::secret::{Credential, Secret};
use crate::model::trail::Way;

/// Bytes around a match that may decide on it: for openings, and for what stands next to its edge.
const EDGE: usize = LONGEST_OPENING + 1;
/// A match that does not cover its anchor is passed over at most this many times.
const MOST_TRIES: usize = 16;
/// In a window of no more bytes a match is found before an automaton would be built.
const SHORT: usize = 1_536;

/// What is decided on an anchor or a value.
pub type Decision = Result<Candidate, Refusal>;

/// Why there is no credential.
#[derive(Debug, Clone, Copy)]
pub struct Refusal {
    /// The reason.
    pub why: Why,
    /// How far around the hit that was seen; none: as far as anything may depend on.
    pub reach: Option<Reach>,
}

impl From<Why> for Refusal {
    fn from(why: Why) -> Self {
        Self { why, reach: None }
    }
}

impl Refusal {
    /// For a reason that is seen so near.
    pub fn near(why: Why, reach: Reach) -> Self {
        Self { why, reach: Some(reach) }
    }
}

/// A pattern with its regexes, which are compiled when they are first needed.
#[derive(Debug)]
pub struct Confirmer {
    listed: Arc<Listed>,
    // Elsewhere, since most patterns are never asked for, and room for all would have to be cleared before every scan.
    later: OnceLock<Box<Later>>,
}

/// What is made of a pattern when it is first needed.
#[derive(Debug, Default)]
struct Later {
    regex: OnceLock<Result<Regex, String>>,
    beside: OnceLock<Result<Beside, String>>,
    lengths: OnceLock<Option<Lengths>>,
    least: OnceLock<Option<usize>>,
}

/// Regexes that are asked where the pattern's own matches.
#[derive(Debug)]
struct Beside {
    parts: Vec<Regex>,
    decodes: Option<Regex>,
}

/// Compiles a regex as patterns mean it, over bytes, classes ASCII, for windows of at most so many bytes.
pub fn compile(regex: &str, window: usize) -> Result<Regex, regex::Error> {
    let mut builder = RegexBuilder::new(regex);
    if window <= SHORT {
        builder.dfa_size_limit(0);
    }
    builder.unicode(false).build()
}

impl Confirmer {
    /// Takes a pattern; unpacks and compiles nothing yet.
    pub fn new(listed: Arc<Listed>) -> Self {
        Self { listed, later: OnceLock::new() }
    }

    fn later(&self) -> &Later {
        self.later.get_or_init(Box::default)
    }

    /// The pattern that is looked for, as it was listed.
    pub fn listed(&self) -> &Arc<Listed> {
        &self.listed
    }

    /// The pattern that is looked for.
    pub fn pattern(&self) -> &Arc<Pattern> {
        self.listed.pattern()
    }

    /// Looks for a match that covers the anchor at `hit`. Fails only if the pattern's regex cannot be compiled.
    pub fn confirm(&self, bytes: &[u8], hit: &Range<usize>) -> Result<Decision, String> {
        if let Err(told) = self.may_match(bytes, hit) {
            return Ok(Err(Refusal::near(Why::NoMatch, told)));
        }
        if !self.may_have_secret(bytes, hit)? {
            return Ok(Err(Why::NoSecret.into()));
        }
        let regex = self.regex()?;
        let Some((captures, offset)) = self.covering(regex, bytes, hit) else {
            let Reach { before, after } = self.pattern().reach;
            return Ok(Err(Refusal::near(Why::NoMatch, Reach { before: before + EDGE, after: after + EDGE })));
        };
        Ok(self.judge(regex, self.beside()?, bytes, &captures, offset).map_err(Refusal::from))
    }

    /// Looks for a match that covers the run of a value. Fails only if the pattern's regex cannot be compiled.
    pub fn confirm_value(&self, bytes: &[u8], run: &Range<usize>) -> Result<Result<Candidate, Why>, String> {
        let around = window::value(bytes, run);
        let inside = &bytes[..around.end];
        if let Some(trail) = self.pattern().onward.as_ref().map(Packed::get) {
            let leads = |from: usize| follow(trail, Way::Onward, inside, from..inside.len()).is_ok();
            if !(around.start..=run.start).any(leads) {
                return Ok(Err(Why::NoMatch));
            }
        }
        let regex = self.regex()?;
        let mut from = around.start;
        while let Some(captures) = regex.captures_at(inside, from) {
            let found = captures.get_match();
            if found.start() > run.start {
                break;
            }
            if found.end() >= run.start + LEAST {
                return Ok(self.judge(regex, self.beside()?, bytes, &captures, 0));
            }
            from = found.start() + 1;
        }
        Ok(Err(Why::NoMatch))
    }

    /// How long its secrets are, if they are all about as long.
    pub fn lengths(&self) -> Option<&Lengths> {
        self.later().lengths.get_or_init(|| Lengths::of(self.pattern())).as_ref()
    }

    /// Bytes of its shortest secret.
    pub fn least(&self) -> Option<usize> {
        *self.later().least.get_or_init(|| shape::least(self.pattern()))
    }

    /// Bytes around an anchor on which the verdict depends: the match's reach, its parts' reach beyond that, the words by which
    /// a match of any provider's is judged, and a few for openings and for what stands next to the edge.
    pub fn influence(&self) -> Reach {
        let parts = self.pattern().parts.iter().map(|part| part.reach).max().unwrap_or(0);
        let words = if self.pattern().is_any_providers() { (value::BEFORE, value::AFTER) } else { (0, 0) };
        let Reach { before, after } = self.pattern().reach;
        Reach { before: before + parts.max(words.0) + EDGE, after: after + parts.max(words.1) + EDGE }
    }

    /// Whether what stands around the anchor is what a match has there; if not, how many bytes before or behind it told.
    fn may_match(&self, bytes: &[u8], hit: &Range<usize>) -> Result<(), Reach> {
        let Pattern { onward, backward, reach: Reach { before, after }, .. } = &**self.pattern();
        if let Some(onward) = onward {
            let end = bytes.len().min(hit.end + after + 1);
            follow(onward.get(), Way::Onward, bytes, hit.start..end)
                .map_err(|told| Reach { before: 0, after: told.saturating_sub(hit.len()) })?;
        }
        if let Some(backward) = backward {
            let start = hit.start.saturating_sub(before + LONGEST_OPENING);
            follow(backward.get(), Way::Backward, bytes, start..hit.start)
                .map_err(|told| Reach { before: told, after: 0 })?;
        }
        Ok(())
    }

    /// Whether a part that brings the secret stands anywhere near a hit, if one must. Most words have no key beside them.
    fn may_have_secret(&self, bytes: &[u8], hit: &Range<usize>) -> Result<bool, String> {
        let pattern = self.pattern();
        if pattern.alone.is_some() || brings_secret(&pattern.regex) {
            return Ok(true);
        }
        let Reach { before, after } = pattern.reach;
        Ok(self.beside()?.parts.iter().zip(&pattern.parts).filter(|(_, part)| brings_secret(&part.regex)).any(
            |(regex, part)| {
                let reach = Reach { before: before + part.reach, after: after + part.reach };
                let window = window::around(hit, reach, bytes.len());
                regex.is_match_at(&bytes[..window.end], window.start)
            },
        ))
    }

    /// Compiles a regex that is asked as far around a match as its pattern reaches, and so much further.
    fn one(&self, regex: &str, further: usize) -> Result<Regex, String> {
        let Reach { before, after } = self.pattern().reach;
        compile(regex, before + after + 2 * further).map_err(|_| self.too_large())
    }

    fn too_large(&self) -> String {
        format!("pattern `{}` has a regex that is too large; shorten it", self.pattern().id)
    }

    fn regex(&self) -> Result<&Regex, String> {
        let pattern = self.pattern();
        let compile = || match pattern.anchors.is_empty() {
            true => self.one(&value::with_edges(&pattern.regex, !pattern.names.is_empty()), 0),
            false => self.one(&pattern.regex, 0),
        };
        self.later().regex.get_or_init(compile).as_ref().map_err(Clone::clone)
    }

    fn beside(&self) -> Result<&Beside, String> {
        let pattern = self.pattern();
        let compile = || {
            let parts = pattern.parts.iter().map(|part| self.one(&part.regex, part.reach)).collect::<Result<_, _>>()?;
            Ok(Beside { parts, decodes: pattern.decodes.as_deref().map(|regex| self.one(regex, 0)).transpose()? })
        };
        self.later().beside.get_or_init(compile).as_ref().map_err(Clone::clone)
    }

    /// The first match in the anchor's window that covers the anchor, and the offset of its haystack in the text. In
    /// `"type": "password", "password": "…"` the second anchor is no value of the first.
    fn covering<'a>(&self, regex: &Regex, bytes: &'a [u8], hit: &Range<usize>) -> Option<(Captures<'a>, usize)> {
        let window = window::around(hit, self.pattern().reach, bytes.len());
        // One byte more than the window, so that `\b` and `$` at its end see what follows.
        let end = bytes.len().min(window.end + 1);
        let mut from = window.start;
        for _ in 0..MOST_TRIES {
            let Some(captures) = regex.captures_at(&bytes[..end], from) else { break };
            let found = captures.get_match();
            if found.start() > hit.start {
                break;
            }
            if found.end() < hit.end {
                from = found.start() + 1;
                continue;
            }
            match (captures.name("assigned"), captures.name("secret")) {
                (Some(name), Some(secret)) if secret.range().contains(&hit.start) => from = name.end(),
                _ => return Some((captures, 0)),
            }
        }
        // In `"\nghp_…"` and `%3Dghp_…` the escape is an edge, although a letter or digit stands before the token.
        let start = window::last_after_opening(bytes, window.start..hit.start + 1)?;
        let captures = regex.captures(&bytes[start..end])?;
        let found = shifted(captures.get_match().range(), start);
        (found.start <= hit.start && found.end >= hit.end).then_some((captures, start))
    }

    /// Collects the named groups of the match and of its parts, and asks every filter.
    fn judge(
        &self,
        regex: &Regex,
        beside: &Beside,
        bytes: &[u8],
        captures: &Captures<'_>,
        offset: usize,
    ) -> Result<Candidate, Why> {
        let pattern = self.pattern();
        let extent = shifted(captures.get_match().range(), offset);
        let has_right_sum = self.checksum_holds(captures);
        if !has_right_sum && pattern.checksum.is_some_and(Checksum::is_needed) {
            return Err(Why::Checksum);
        }
        if !decodes(beside, captures) {
            return Err(Why::Decodes);
        }
        let mut groups = BTreeMap::new();
        collect(regex, captures, offset, &mut groups);
        for (regex, part) in beside.parts.iter().zip(&pattern.parts) {
            if let Some(found) = nearest(regex, part, bytes, &extent) {
                collect(regex, &found, 0, &mut groups);
            }
        }
        let whole = groups.contains_key("secret");
        let name = if whole { "secret" } else { pattern.alone.as_deref().ok_or(Why::NoSecret)? };
        let span = groups.remove(name).ok_or(Why::NoSecret)?;
        let part = |range: &Range<usize>| &bytes[range.clone()];
        let parts: BTreeMap<&str, &[u8]> = groups.iter().map(|(name, range)| (*name, part(range))).collect();
        let value = &bytes[span.clone()];
        if let Some(objection) = filter::objection(pattern, value, &parts) {
            return Err(Why::Objection(objection));
        }
        let parts = parts
            .iter()
            .filter(|(name, _)| !ASSIGNMENT_GROUPS.contains(name))
            .map(|(name, value)| ((*name).to_owned(), Secret::new(value)))
            .collect();
        let credential = Credential { secret: Secret::new(value), parts };
        let mut judgement = Judgement { confidence: pattern.confidence, reasons: Vec::new() };
        match (pattern.checksum, has_right_sum) {
            (Some(_), true) => judgement.reasons.push("its checksum is right"),
            (Some(_), false) => {
                judgement.lower(Confidence::Medium, "its checksum is wrong: it was mistyped or made up")
            }
            (None, _) => {}
        }
        if !pattern.is_chosen_by_people() && filter::is_typed(filter::without_anchor(pattern, value)) {
            judgement.lower(Confidence::Medium, "it looks typed rather than drawn");
        }
        if pattern.is_any_providers() && filter::holds_alphabet(value) {
            judgement.lower(Confidence::Low, "it holds an alphabet");
        }
        if pattern.anchors.is_empty() && filter::is_nearly_hex(value) {
            judgement.lower(Confidence::Low, "it is hex but for a character or two: it was mistyped or made up");
        }
        if pattern.anchors.is_empty() && filter::is_nearly_of_one_case(value) {
            judgement.lower(Confidence::Low, "all its letters but one are of one case: it was mistyped or made up");
        }
        if !whole {
            judgement.lower(Confidence::Medium, "its other half was not found near it");
        }
        let encodings = Vec::new();
        Ok(Candidate { pattern: Arc::clone(pattern), credential, span, extent, whole, judgement, encodings })
    }

    fn checksum_holds(&self, captures: &Captures<'_>) -> bool {
        let group = |name| captures.name(name).map_or(&b""[..], |found| found.as_bytes());
        self.pattern().checksum.is_none_or(|checksum| checksum.holds(group("body"), group("check")))
    }
}

/// Whether a regex has the group that is the secret.
fn brings_secret(regex: &str) -> bool {
    regex.contains("<secret>")
}

fn shifted(range: Range<usize>, offset: usize) -> Range<usize> {
    range.start + offset..range.end + offset
}

/// Adds the places of a match's named groups to `groups`.
fn collect<'r>(regex: &'r Regex, captures: &Captures<'_>, offset: usize, groups: &mut BTreeMap<&'r str, Range<usize>>) {
    for name in regex.capture_names().flatten().filter(|name| !CHECKSUM_GROUPS.contains(name)) {
        if let Some(found) = captures.name(name) {
            groups.insert(name, shifted(found.range(), offset));
        }
    }
}

/// The match of a part that stands closest to `extent` without touching it, behind it rather than before.
fn nearest<'a>(regex: &Regex, part: &Part, bytes: &'a [u8], extent: &Range<usize>) -> Option<Captures<'a>> {
    let from = extent.start.saturating_sub(part.reach);
    let to = extent.end.saturating_add(part.reach).min(bytes.len());
    let after = regex.captures_at(&bytes[..to], extent.end);
    let mut before = None;
    let mut at = from;
    while let Some(found) = regex.captures_at(&bytes[..extent.start], at) {
        at = found.get_match().end().max(at + 1);
        before = Some(found);
        if at > extent.start {
            break;
        }
    }
    match (before, after) {
        (Some(before), Some(after)) => {
            let gap_before = extent.start - before.get_match().end();
            let gap_after = after.get_match().start() - extent.end;
            Some(if gap_before < gap_after { before } else { after })
        }
        (before, after) => after.or(before),
    }
}

/// Whether the base64-decoded `body` (or else the secret) is what the pattern says.
fn decodes(beside: &Beside, captures: &Captures<'_>) -> bool {
    let Some(regex) = &beside.decodes else { return true };
    let Some(encoded) = captures.name("body").or_else(|| captures.name("secret")) else { return false };
    let mut text = encoded.as_bytes();
    while let Some(shorter) = text.strip_suffix(b"=") {
        text = shorter;
    }
    // What follows the last whole group of four is left out: tokens are often cut inside a group.
    let whole = &text[..text.len() / 4 * 4];
    [text, whole].iter().any(|text| {
        let decoded = BASE64URL_NOPAD.decode(text).or_else(|_| BASE64_NOPAD.decode(text));
        decoded.is_ok_and(|decoded| regex.is_match(&decoded))
    })
}
