//! What a credential looks like: the pattern as the loader leaves it, checked and with its reach worked out.
//!
//! Comes in: nothing but data. Goes out: [`Pattern`], used by detection and by the reports. It must not know how it was
//! written down (`patterns/`) or how it is searched for (`detect/`).

use serde::{Deserialize, Serialize};

use super::cow_str::CowStr;
use super::packed::Packed;
use super::probe::Probe;
use super::trail::Trail;

/// Named groups that a checksum uses and that are no part of the credential.
pub const CHECKSUM_GROUPS: [&str; 2] = ["body", "check"];
/// Named groups by which an assignment is judged, and that are no part of the credential either: the name assigned to, a sign
/// between it and the value that stands in prose and lists too, a word behind the value, as in a sentence, and a colon behind it.
pub const ASSIGNMENT_GROUPS: [&str; 4] = ["assigned", "loose", "prose", "colon"];

/// One credential type: how to find it and how to name it.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(bound(deserialize = "'de: 'static"))]
pub struct Pattern {
    /// Unique, kebab-case, starts with the name of its file: `stripe-secret-key`.
    pub id: CowStr,
    /// The provider's own words: "Stripe secret key".
    pub name: CowStr,
    /// What sort of credential it is.
    pub kind: Kind,
    /// How bad a live one is in wrong hands.
    pub severity: Severity,
    /// How sure a match is, before anything around it is looked at.
    pub confidence: Confidence,
    /// A pattern of a shape that many providers share gives way to any other pattern on the same bytes.
    pub generic: bool,
    /// Literals of which every match contains at least one, as written. None: the value itself is searched for.
    pub anchors: Box<[CowStr]>,
    /// Of a pattern without anchors: words of which one must stand near the value: small letters, digits, dots.
    pub words: Box<[CowStr]>,
    /// And one of these too, if there are any.
    pub also: Box<[CowStr]>,
    /// Of a pattern without anchors and words: what the name that the value is assigned to must say.
    pub names: Box<[CowStr]>,
    /// What is searched for: of each anchor the stretch that is rarest in text, no longer than need be.
    pub probes: Box<[Probe]>,
    /// What every match has from one of the probes on: a quick look before the whole regex is tried. Of a pattern without
    /// anchors, all of a match.
    pub onward: Option<Packed<Trail>>,
    /// The same of what every match has before one of the probes, from it back.
    pub backward: Option<Packed<Trail>>,
    /// Byte-oriented regex (ASCII classes) whose group `secret` is the credential; other named groups are its parts.
    pub regex: CowStr,
    /// How far around a probe the regex may look.
    pub reach: Reach,
    /// Further values that stand near the match and belong to the same credential.
    pub parts: Box<[Part]>,
    /// Which named group stands in as the secret when no part brings one; none: then there is no match.
    pub alone: Option<String>,
    /// How a mistyped or invented value is told from a real one, offline.
    pub checksum: Option<Checksum>,
    /// A regex that the base64-decoded group `body` (or else the secret) must match.
    pub decodes: Option<CowStr>,
    /// Shannon entropy, in bits per byte, below which a value is not a secret.
    pub min_entropy: f64,
    /// Values from documentation, never findings.
    pub known_examples: Box<[CowStr]>,
    /// The provider's documentation.
    pub references: Box<[CowStr]>,
    /// The file and line (from 1) in which the pattern is written.
    pub written: Written,
}

impl Pattern {
    /// Whether it finds tokens and keys of any provider, for want of a better.
    pub fn is_any_providers(&self) -> bool {
        self.generic && !self.is_chosen_by_people()
    }

    /// Whether people choose such values, so that a hash of one could be guessed back to the value. A password whose
    /// pattern demands randomness is a machine's.
    pub fn is_chosen_by_people(&self) -> bool {
        matches!(self.kind, Kind::Password | Kind::ConnectionString) && self.min_entropy == 0.0
    }
}

/// How a value is searched for that has no literal of its own: the longest there is, and how far from it its words may stand.
pub mod value {
    /// Bytes of the longest value.
    pub const LONGEST: usize = 512;
    /// Bytes before a value in which its words are looked for.
    pub const BEFORE: usize = 256;
    /// Bytes behind it.
    pub const AFTER: usize = 96;

    /// The regex of a value with what stands beside it: nothing that values hold, nor the mark that cuts examples (the bytes C2
    /// B7). A value that is known `by_name` alone is all that is assigned.
    pub fn with_edges(regex: &str, by_name: bool) -> String {
        match by_name {
            false => format!(r"(?:^|[^A-Za-z0-9_\xb7-])(?:{regex})(?:$|[^A-Za-z0-9_\xc2-])"),
            true => format!(r"(?:^|[^A-Za-z0-9_\xb7+/?-])(?:{regex})(?:$|[^A-Za-z0-9_\xc2+/~%@$^*=:\[(?-])"),
        }
    }
}

/// A value that completes a credential: the secret to a key id, the tenant to a client secret.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(bound(deserialize = "'de: 'static"))]
pub struct Part {
    /// Byte-oriented regex; each of its named groups becomes a part, `secret` becomes the secret.
    pub regex: CowStr,
    /// Bytes before and after the match in which it is looked for.
    pub reach: usize,
}

/// What a pattern is proved on. Kept apart from it, since no scan needs that.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct Samples {
    /// Texts in which the pattern must find its secret.
    pub examples: Vec<String>,
    /// Texts in which it must find nothing.
    pub non_examples: Vec<String>,
}

/// Bytes before a probe's first byte and after its text's last that can decide on a match.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reach {
    /// Before the probe's first byte.
    pub before: usize,
    /// After the last byte of its text.
    pub after: usize,
}

impl Reach {
    /// As far as either.
    pub fn or(self, other: Self) -> Self {
        Self { before: self.before.max(other.before), after: self.after.max(other.after) }
    }
}

/// Where a pattern is written.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(bound(deserialize = "'de: 'static"))]
pub struct Written {
    /// Path of the pattern file.
    pub file: CowStr,
    /// Line of its `id`, from 1.
    pub line: usize,
}

/// How the group `check` of a match follows from its group `body`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Checksum {
    /// CRC-32 in base 62 (digits, upper case, lower case), padded with `0` on the left: GitHub, npm.
    Crc32Base62,
    /// CRC-32 in base 36 (digits, lower case), padded with `0` on the left: GitLab's routable tokens.
    Crc32Base36,
    /// CRC-32 in upper-case hex: Atlassian.
    Crc32Hex,
    /// CRC-32, little-endian, in lower-case hex: Grafana.
    Crc32HexLe,
    /// CRC-32, little-endian, in base64 without padding: Confluent.
    Crc32Base64Le,
    /// SHA-256 in base 32, its first characters: GitHub's fine-grained tokens, where it stands inside the token.
    Sha256Base32,
    /// The six last characters of a Bech32 string; `body` is the rest, separator included: age, Nostr.
    Bech32,
    /// Base58Check, which cannot be taken apart: `body` is the whole string and there is no `check`.
    Base58Check,
    /// CRC-16/XMODEM in the last two bytes of a base32 string: `body` is the whole and there is no `check`. NATS.
    NkeyCrc16,
}

/// What sort of credential a pattern finds (the words of the fact sheet).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    /// A key for a provider's API.
    ApiKey,
    /// The secret half of an application's identity.
    ClientSecret,
    /// A URL or list of settings that holds a password.
    ConnectionString,
    /// A signed JSON token.
    Jwt,
    /// An access token that an authorisation server issued.
    OauthToken,
    /// A password that a person chose.
    Password,
    /// A personal access token.
    Pat,
    /// The private half of a key pair.
    PrivateKey,
    /// A key made to be public, worth knowing of.
    PublishableKey,
    /// A token that mints other tokens.
    RefreshToken,
    /// A file that is a service's whole identity.
    ServiceAccountFile,
    /// A token of a service rather than of a person.
    ServiceAccountToken,
    /// A key that proves where a message comes from.
    SigningSecret,
    /// An address that whoever knows it may post to.
    Webhook,
}

/// How bad a live credential is in wrong hands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// Made to be public, or of little use.
    Low,
    /// Limited reach.
    Medium,
    /// Reads or changes data.
    High,
    /// Administers, pays, or opens other systems.
    Critical,
}

/// How sure it is that a match is a real credential.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Confidence {
    /// Worth a look when nothing may be missed.
    Low,
    /// Probably real.
    #[default]
    Medium,
    /// The shape leaves hardly any doubt.
    High,
}
