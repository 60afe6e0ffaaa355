//! What may be shown of a secret, and keeping the rest out of everything else that is shown.
//!
//! Comes in: secrets. Goes out: a short form of each, and texts (paths, names, messages of errors) with every secret in
//! them replaced by its short form. After this stage nobody needs to see a secret.

use std::collections::BTreeMap;

use aho_corasick::{AhoCorasick, AhoCorasickKind, MatchKind};

use super::encoded::AS_IT_STANDS;
use super::filter;
use crate::model::pattern::Pattern;
use crate::model::secret::{Credential, Secret};

/// Stands for what is left out.
const GAP: &str = "…";
/// Secrets shorter than this are shown without their last characters.
const SHORTEST_WITH_TAIL: usize = 24;
/// How many of the last characters are shown.
const TAIL: usize = 4;
/// Shorter secrets are not looked for in other texts: they stand there by chance.
const SHORTEST_SCRUBBED: usize = 6;
/// A part is taken for a secret from this length and entropy on; user and host names are to stay readable.
const SHORTEST_SECRET_PART: usize = 16;
const LEAST_PART_ENTROPY: f64 = 3.5;

/// The short form: the prefix that every such token has, and, of a long random one, the last four characters.
pub fn short(pattern: &Pattern, secret: &Secret) -> String {
    let value = secret.expose();
    if pattern.is_chosen_by_people() {
        return "***".into();
    }
    let prefix = pattern
        .anchors
        .iter()
        .filter(|anchor| value.starts_with(anchor.as_bytes()) && anchor.len() * 3 <= value.len())
        .max_by_key(|anchor| anchor.len())
        .map_or("", |anchor| anchor);
    let tail = match std::str::from_utf8(value) {
        Ok(text) if text.len() >= SHORTEST_WITH_TAIL + prefix.len() && text.is_ascii() && !text.contains('\n') => {
            &text[text.len() - TAIL..]
        }
        _ => "",
    };
    format!("{prefix}{GAP}{tail}")
}

fn is_secret(part: &Secret) -> bool {
    part.expose().len() >= SHORTEST_SECRET_PART && filter::entropy(part.expose()) >= LEAST_PART_ENTROPY
}

/// Whether reports show secrets.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Reveal {
    /// A few characters of each.
    #[default]
    Short,
    /// All of each (`--show-secrets`).
    Whole,
}

/// Takes secrets out of texts; the default one takes out nothing.
#[derive(Debug, Default)]
pub struct Scrubber {
    automaton: Option<AhoCorasick>,
    replacements: Vec<String>,
}

impl Scrubber {
    /// Prepares to replace each of these secrets, and each part that may itself be one, by its short form.
    pub fn new<'a>(credentials: impl Iterator<Item = (&'a Pattern, &'a Credential)>) -> Self {
        let mut known = BTreeMap::new();
        for (pattern, credential) in credentials {
            let secret = Some(&credential.secret).filter(|secret| secret.expose().len() >= SHORTEST_SCRUBBED);
            let parts = credential.parts.iter().filter(|(name, part)| *name == AS_IT_STANDS || is_secret(part));
            for value in secret.into_iter().chain(parts.map(|(_, part)| part)) {
                known.entry(value.expose()).or_insert_with(|| short(pattern, value));
            }
        }
        let (values, replacements): (Vec<&[u8]>, Vec<String>) = known.into_iter().unzip();
        let automaton = match values.is_empty() {
            true => None,
            // Few texts are asked about, so the automaton is the one that is built soonest. That fails only past 2^31 bytes.
            false => AhoCorasick::builder()
                .kind(Some(AhoCorasickKind::NoncontiguousNFA))
                .match_kind(MatchKind::LeftmostLongest)
                .build(values)
                .ok(),
        };
        Self { automaton, replacements }
    }

    /// `text` with every known secret in it replaced.
    pub fn scrub(&self, text: &str) -> String {
        match &self.automaton {
            Some(automaton) if automaton.is_match(text) => automaton.replace_all(text, &self.replacements),
            _ => text.to_owned(),
        }
    }
}
