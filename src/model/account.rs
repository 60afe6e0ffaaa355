//! How detection came to its verdict on one stretch of a text, for `explain`.

use std::sync::Arc;

use super::judgement::Judgement;
use super::pattern::{Confidence, Pattern};
use super::place::Position;

/// What became of one anchor, or of one value that looks random.
#[derive(Debug, Clone)]
pub struct Account {
    /// The pattern whose anchor it is; none where a value was looked at for its own sake.
    pub pattern: Option<Arc<Pattern>>,
    /// The anchor, or where the value begins.
    pub hit: Position,
    /// The stretch in which a match may lie and its parts may stand.
    pub window: Position,
    /// Patterns that a value might have been of, and why it is not.
    pub tried: Vec<(Arc<Pattern>, Why)>,
    /// What came of it.
    pub end: End,
}

/// The verdict.
#[derive(Debug, Clone)]
pub enum End {
    /// No credential.
    Refused(Why),
    /// It could not be decided.
    Failed(String),
    /// A credential.
    Found(Box<Found>),
}

/// A credential, and how it fared against others.
#[derive(Debug, Clone)]
pub struct Found {
    /// The pattern.
    pub pattern: Arc<Pattern>,
    /// What may be shown of the secret.
    pub shown: String,
    /// Where the secret stands.
    pub secret: Position,
    /// Where the whole match stands.
    pub extent: Position,
    /// Names of the parts that were found with it.
    pub parts: Vec<String>,
    /// How sure it is, and why.
    pub judgement: Judgement,
    /// Whether it is reported.
    pub fate: Fate,
    /// The mark on its line that says it may stand there.
    pub mark: Option<&'static str>,
}

/// Whether a credential is reported.
#[derive(Debug, Clone)]
pub enum Fate {
    /// It is.
    Kept,
    /// It is less sure than was asked for.
    Unsure(Confidence),
    /// The same match was reached from another anchor.
    Same,
    /// Another pattern, which goes first, wants the same bytes.
    Lost(Arc<Pattern>),
}

/// Why something is no credential.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Why {
    /// The regex matches nowhere around the anchor.
    NoMatch,
    /// The checksum is wrong.
    Checksum,
    /// What is encoded in it is not what the pattern says.
    Decodes,
    /// No secret stands near, and the rest is none by itself.
    NoSecret,
    /// A filter objects.
    Objection(&'static str),
    /// A value that goes on before.
    Glued,
    /// A value longer than any.
    TooLong,
    /// A value that was not drawn at random.
    NotRandom,
    /// The shape of a digest, and nothing on the line speaks of a secret.
    Digest,
    /// A value before which stands that it is a digest.
    MarkedDigest,
    /// The name that a value is assigned to does not say that it is a secret.
    Name,
    /// No pattern is for such a value in such a place.
    Nothing,
}

impl Why {
    /// The reason as a clause.
    pub fn words(self) -> String {
        match self {
            Self::NoMatch => "the regex does not match around it".into(),
            Self::Checksum => "the checksum is wrong: it was mistyped or made up".into(),
            Self::Decodes => "what it decodes to is not what the pattern asks for".into(),
            Self::NoSecret => "its secret does not stand near it, and the rest is no secret by itself".into(),
            Self::Objection(objection) => format!("a filter objects: {objection}"),
            Self::Glued => "it goes on before its first letter or digit".into(),
            Self::TooLong => "it is longer than any value that is looked for".into(),
            Self::NotRandom => "it does not look drawn at random".into(),
            Self::Digest => "it has the shape of a digest, and nothing on its line speaks of a secret".into(),
            Self::MarkedDigest => "its beginning, or what stands before it, says that it is a digest".into(),
            Self::Name => "the name that it is assigned to does not say that it is a secret".into(),
            Self::Nothing => "no word near it and no name says what it is".into(),
        }
    }
}
