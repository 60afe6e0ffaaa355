//! A secret that cannot be printed by accident.
//!
//! Comes in: the bytes that a pattern matched. Goes out: nothing, unless somebody names [`Secret::expose`], which only
//! detection, verification and `--show-secrets` may do.

use std::cmp::Ordering;
use std::collections::{BTreeMap, HashMap};
use std::fmt;
use std::sync::Arc;

use data_encoding::{BASE32_NOPAD, BASE64};
use hmac::{Hmac, KeyInit, Mac};
use regex::bytes::Regex;
use serde::Deserialize;
use sha2::{Digest, Sha256};
use zeroize::Zeroizing;

/// A shorter line may be the same in two keys.
const SHORTEST_LINE: usize = 40;

/// Bytes of a credential: no `Display`, no `Serialize`, `Debug` prints `***`, overwritten when the last copy goes.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(Arc<Zeroizing<Vec<u8>>>);

impl Secret {
    /// Takes a copy of `bytes` into keeping.
    pub fn new(bytes: &[u8]) -> Self {
        Self(Arc::new(Zeroizing::new(bytes.to_vec())))
    }

    /// Whether `regex` matches somewhere in it: for rules about secrets, which need not see them.
    pub fn matches(&self, regex: &Regex) -> bool {
        regex.is_match(&self.0)
    }

    /// The bytes themselves. For detection, verification and `--show-secrets` only.
    pub fn expose(&self) -> &[u8] {
        &self.0
    }

    /// What is known in `fragments` under this secret's beginning or end of each length.
    pub fn look_up<'a, T>(&self, fragments: &'a Fragments<T>) -> Vec<&'a T> {
        let value: &[u8] = &self.0;
        let known = fragments.by_length.iter().filter(|((prefix, suffix), _)| prefix + suffix <= value.len());
        known
            .filter_map(|((prefix, suffix), known)| {
                known.get(&(value[..*prefix].to_vec(), value[value.len() - suffix..].to_vec()))
            })
            .flatten()
            .collect()
    }

    /// What is known in `hashes` under this secret's hash.
    pub fn look_up_hash<'a, T>(&self, hashes: &'a Hashes<T>) -> &'a [T] {
        if hashes.known.is_empty() {
            return &[];
        }
        hashes.known.get(&Sha256::digest(&*self.0)[..]).map_or(&[], Vec::as_slice)
    }

    /// A keyed seal on `text`, with this secret as the key: whoever has the key can tell that nothing was changed. `label` keeps
    /// the uses of one key apart.
    pub fn seal(&self, label: &str, text: &str) -> String {
        // HMAC takes keys of every length.
        let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(&self.0) else { return String::new() };
        mac.update(label.as_bytes());
        mac.update(&[0]);
        mac.update(text.as_bytes());
        BASE32_NOPAD.encode(&mac.finalize().into_bytes())
    }

    /// Whether this secret goes over several lines, and the longest of them stands in `other` too: then both are the same key,
    /// with different things between its lines.
    pub fn has_its_longest_line_in(&self, other: &Self) -> bool {
        let lines = || self.0.split(u8::is_ascii_whitespace);
        let longest = lines().max_by_key(|line| line.len()).unwrap_or_default();
        let is_within = || other.0.windows(longest.len()).any(|window| window == longest);
        self.0.contains(&b'\n') && longest.len() >= SHORTEST_LINE && is_within()
    }
}

/// By beginning and end.
type ByEnds<T> = HashMap<(Vec<u8>, Vec<u8>), Vec<T>>;

/// Beginnings and ends of secrets, by their lengths, of which there are few.
#[derive(Debug)]
pub struct Fragments<T> {
    by_length: BTreeMap<(usize, usize), ByEnds<T>>,
}

impl<T> Default for Fragments<T> {
    fn default() -> Self {
        Self { by_length: BTreeMap::new() }
    }
}

impl<T> Fragments<T> {
    /// Remembers that a secret which begins and ends so is `meaning`.
    pub fn add(&mut self, prefix: &str, suffix: &str, meaning: T) {
        let key = (prefix.as_bytes().to_vec(), suffix.as_bytes().to_vec());
        self.by_length.entry((prefix.len(), suffix.len())).or_default().entry(key).or_default().push(meaning);
    }
}

/// SHA-256 hashes by which a provider tells of secrets. Without a key some secrets could be guessed from them: what goes in is
/// compared with and never comes out.
pub struct Hashes<T> {
    known: HashMap<Vec<u8>, Vec<T>>,
}

impl<T> Default for Hashes<T> {
    fn default() -> Self {
        Self { known: HashMap::new() }
    }
}

impl<T: PartialEq> Hashes<T> {
    /// Remembers that the secret with this hash is `meaning`.
    pub fn add(&mut self, hash: &Hash, meaning: T) {
        let known = self.known.entry(hash.0.clone()).or_default();
        if !known.contains(&meaning) {
            known.push(meaning);
        }
    }
}

impl<T> fmt::Debug for Hashes<T> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{} hashes", self.known.len())
    }
}

/// One of them, in base64 as GitHub writes it.
#[derive(PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(try_from = "String")]
pub struct Hash(Vec<u8>);

impl TryFrom<String> for Hash {
    type Error = &'static str;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        let hash = BASE64.decode(text.as_bytes()).ok().filter(|hash| hash.len() == Sha256::output_size());
        hash.map(Self).ok_or("this is no SHA-256 in base64")
    }
}

impl PartialOrd for Secret {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Secret {
    fn cmp(&self, other: &Self) -> Ordering {
        self.expose().cmp(other.expose())
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("***")
    }
}

/// A secret with the values that belong to it: key id, host, user, account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Credential {
    /// What opens the door.
    pub secret: Secret,
    /// Named values beside it. A key id or a user name is no secret, but a part may be one: none is ever printed.
    pub parts: BTreeMap<String, Secret>,
}
