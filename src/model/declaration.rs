//! How a provider is asked about a credential, as a pattern file declares it.
//!
//! Comes in: nothing but data. Goes out: [`Declaration`], which verification carries out. It must not know how it was
//! written down (`patterns/`) or how requests are made (`verify/`).

use serde::{Deserialize, Serialize};

use super::pattern::Written;
use super::verification::PrincipalKind;

/// The name under which the secret itself stands in templates.
pub const SECRET: &str = "secret";

/// All that a pattern file declares about one credential type.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(bound(deserialize = "'de: 'static"))]
pub struct Declaration {
    /// Id of the pattern.
    pub pattern: String,
    /// What is asked, in order; empty where only revoking is declared. The first step that decides, decides; those behind it
    /// only add what is known.
    pub steps: Vec<Step>,
    /// How it is revoked. Verification never does that.
    pub revoke: Option<Revoke>,
    /// Where it is written.
    pub written: Written,
}

/// One request and what its answer means.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Step {
    /// What is sent.
    pub request: Request,
    /// Values of the answer that later steps may name.
    pub take: Vec<(String, Where)>,
    /// Any of these says that the credential works.
    pub active: Vec<Condition>,
    /// Any of these is the provider's refusal of the credential.
    pub inactive: Vec<Condition>,
    /// Where the answer says whose it is.
    pub facts: Facts,
}

/// How a credential is revoked.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Revoke {
    /// What is sent.
    pub request: Request,
    /// Any of these says that it is done.
    pub done: Vec<Condition>,
}

/// A request with holes in it, for the secret and the values beside it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Request {
    /// What is done.
    pub method: Method,
    /// Without TLS: only to a loopback address.
    pub is_plain: bool,
    /// Host, and port where it is not the usual one.
    pub host: Template,
    /// Further hosts of the provider's, such as those of other regions. Only what all of them refuse is refused.
    pub other_hosts: Vec<String>,
    /// Path and query, from the `/` on. Values are percent-encoded.
    pub path: Template,
    /// Headers.
    pub headers: Vec<Header>,
    /// What follows the headers.
    pub body: Option<Body>,
}

/// A header of a request.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Header {
    /// Its name.
    pub name: String,
    /// Its value.
    pub value: Template,
    /// The value is a user and a password with a colon between: it is sent in base64, behind `Basic `.
    pub is_basic: bool,
}

/// What follows the headers of a request.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Body {
    /// How values are written into it.
    pub kind: BodyKind,
    /// The text.
    pub text: Template,
}

/// How a body is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum BodyKind {
    /// `a=b&c=d`: values are percent-encoded.
    Form,
    /// JSON: values stand within its strings.
    Json,
}

impl BodyKind {
    /// The word for `Content-Type`.
    pub fn content_type(self) -> &'static str {
        match self {
            Self::Form => "application/x-www-form-urlencoded",
            Self::Json => "application/json",
        }
    }
}

/// What is done.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum Method {
    /// Read.
    Get,
    /// Read without the body.
    Head,
    /// Ask.
    Post,
    /// Take away; to revoke only.
    Delete,
    /// Change; to revoke only.
    Put,
    /// Change in part; to revoke only.
    Patch,
}

impl Method {
    /// The word of the protocol.
    pub fn word(self) -> &'static str {
        match self {
            Self::Get => "GET",
            Self::Head => "HEAD",
            Self::Post => "POST",
            Self::Delete => "DELETE",
            Self::Put => "PUT",
            Self::Patch => "PATCH",
        }
    }

    /// Whether doing it twice is the same as doing it once, and changes nothing.
    pub fn is_safe(self) -> bool {
        matches!(self, Self::Get | Self::Head)
    }
}

/// A text with holes in it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Template(pub Vec<Piece>);

/// A piece of a template.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Piece {
    /// As it stands.
    Text(String),
    /// The secret, a part of the credential, or a value that an earlier step took.
    Value(String),
}

impl Template {
    /// Reads `a<name>b`.
    pub fn parse(text: &str) -> Self {
        let mut pieces = Vec::new();
        let mut rest = text;
        while let Some((before, after)) = rest.split_once('<') {
            let Some((name, behind)) = after.split_once('>').filter(|(name, _)| is_name(name)) else {
                pieces.push(Piece::Text(format!("{before}<")));
                rest = after;
                continue;
            };
            pieces.push(Piece::Text(before.to_owned()));
            pieces.push(Piece::Value(name.to_owned()));
            rest = behind;
        }
        pieces.push(Piece::Text(rest.to_owned()));
        pieces.retain(|piece| *piece != Piece::Text(String::new()));
        Self(pieces)
    }

    /// Names of its holes.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.0.iter().filter_map(|piece| match piece {
            Piece::Value(name) => Some(name.as_str()),
            Piece::Text(_) => None,
        })
    }

    /// The text, if it has no holes.
    pub fn literal(&self) -> Option<String> {
        let texts = self.0.iter().map(|piece| match piece {
            Piece::Text(text) => Some(text.as_str()),
            Piece::Value(_) => None,
        });
        texts.collect()
    }

    /// As it is written, `<name>` for each hole.
    pub fn written(&self) -> String {
        let word = |piece: &Piece| match piece {
            Piece::Text(text) => text.clone(),
            Piece::Value(name) => format!("<{name}>"),
        };
        self.0.iter().map(word).collect()
    }
}

fn is_name(name: &str) -> bool {
    !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_')
}

/// Where a value stands in an answer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Where {
    /// In the JSON body, behind these keys and indexes; `*` is every element or field.
    Json(Vec<String>),
    /// In a header.
    Header(String),
}

/// What must hold of an answer; all that it names.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Condition {
    /// One of these statuses; never empty.
    pub status: Vec<u16>,
    /// Something stands there.
    pub at: Option<Where>,
    /// And it is one of these, where there are any.
    pub equals: Vec<Value>,
    /// The body holds this text.
    pub contains: Option<String>,
    /// The body need not be JSON.
    pub any_body: bool,
}

/// A value that an answer is compared with.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Value {
    /// A text.
    Text(String),
    /// A whole number.
    Number(i64),
    /// Yes or no.
    Flag(bool),
}

/// Where an answer says whose a credential is and what it may do.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Facts {
    /// The account, tenant, project or workspace.
    pub account: Option<Where>,
    /// Who acts.
    pub principal: Option<Where>,
    /// On whose behalf.
    pub application: Option<Where>,
    /// The credential's own public id.
    pub public_id: Option<Where>,
    /// The organisation's name.
    pub organisation: Option<Where>,
    /// Who is meant to hold such credentials, whatever the answer says.
    pub kind: Option<PrincipalKind>,
    /// What it may do: a list, or a text with blanks or commas between.
    pub scopes: Option<Where>,
    /// When it was made.
    pub created_at: Option<Where>,
    /// When it ends.
    pub expires_at: Option<Where>,
    /// When it was last used.
    pub last_used_at: Option<Where>,
}
