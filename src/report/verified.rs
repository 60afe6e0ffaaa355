//! What is known of a credential beyond where it stands, in JSON and SARIF.

use jiff::Timestamp;
use serde::Serialize;

use crate::model::validity::Validity;
use crate::model::verification::{Expiry, Said, Source, Verification};

/// What was told of one credential. What nobody told is left out.
#[derive(Serialize)]
pub(super) struct VerifiedV1<'a> {
    validity: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    validity_why: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    verifier: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    checked_at: Option<String>,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    canary: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    identity: Option<IdentityV1<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    scopes: Option<&'a [String]>,
    #[serde(skip_serializing_if = "Option::is_none")]
    created_at: Option<String>,
    /// A time, or `never`.
    #[serde(skip_serializing_if = "Option::is_none")]
    expires_at: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    last_used_at: Option<String>,
}

#[derive(Serialize)]
struct IdentityV1<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    account: Option<SaidV1<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    principal: Option<SaidV1<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    application: Option<SaidV1<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    public_id: Option<SaidV1<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    organisation: Option<SaidV1<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    host: Option<SaidV1<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    kind: Option<&'static str>,
}

#[derive(Serialize)]
struct SaidV1<'a> {
    value: &'a str,
    by: &'static str,
}

/// The form of this version. `is_asked`: whether verification was asked for at all, so that a reader wants to know why not.
pub(super) fn verified(told: &Verification, is_asked: bool) -> VerifiedV1<'_> {
    let identity = &told.identity;
    let identity_told = IdentityV1 {
        account: identity.account.as_ref().map(said),
        principal: identity.principal.as_ref().map(said),
        application: identity.application.as_ref().map(said),
        public_id: identity.public_id.as_ref().map(said),
        organisation: identity.organisation.as_ref().map(said),
        host: identity.host.as_ref().map(said),
        kind: identity.kind.map(|kind| kind.word()),
    };
    VerifiedV1 {
        validity: told.validity.word(),
        validity_why: why(&told.validity).filter(|_| is_asked || told.canary),
        verifier: told.verifier.as_deref(),
        checked_at: told.checked_at.map(time),
        canary: told.canary,
        identity: (*identity != Default::default()).then_some(identity_told),
        scopes: told.scopes.as_deref(),
        created_at: told.created_at.map(time),
        expires_at: match told.expiry {
            Expiry::Untold => None,
            Expiry::Never => Some("never".into()),
            Expiry::At(at) => Some(time(at)),
        },
        last_used_at: told.last_used_at.map(time),
    }
}

/// Why it is not known.
pub(super) fn why(validity: &Validity) -> Option<&str> {
    match validity {
        Validity::Unknown { why } | Validity::NotChecked { why } => Some(why),
        Validity::Active | Validity::Inactive => None,
    }
}

fn said(said: &Said) -> SaidV1<'_> {
    let by = match said.by {
        Source::Credential => "credential",
        Source::Provider => "provider",
    };
    SaidV1 { value: &said.value, by }
}

fn time(seconds: i64) -> String {
    Timestamp::from_second(seconds).unwrap_or(Timestamp::UNIX_EPOCH).to_string()
}

/// The same in lines for people, not yet escaped. `is_asked` as for [`verified`].
pub(super) fn lines(told: &Verification, is_asked: bool) -> Vec<String> {
    let mut lines = Vec::new();
    let by = told.verifier.as_deref().map_or(String::new(), |verifier| format!(" (asked by {verifier})"));
    match &told.validity {
        Validity::Active => lines.push(format!("active: it still works{by}")),
        Validity::Inactive => lines.push(format!("inactive: its provider refused it{by}")),
        Validity::Unknown { why } => lines.push(format!("unknown: {why}")),
        Validity::NotChecked { why } if is_asked || told.canary => lines.push(format!("not checked: {why}")),
        Validity::NotChecked { .. } => {}
    }
    let identity = &told.identity;
    let facts = [
        ("account", &identity.account),
        ("principal", &identity.principal),
        ("application", &identity.application),
        ("public id", &identity.public_id),
        ("organisation", &identity.organisation),
        ("host", &identity.host),
    ];
    let mut parts: Vec<String> =
        facts.iter().filter_map(|(name, said)| Some(format!("{name} {}", said.as_ref()?.value))).collect();
    // By itself it only repeats what the name of the type says.
    let kind = identity.kind.filter(|_| is_asked || !parts.is_empty());
    parts.extend(kind.map(|kind| format!("for a {}", kind.word())));
    if !parts.is_empty() {
        lines.push(parts.join(", "));
    }
    let mut limits = Vec::new();
    if let Some(scopes) = &told.scopes {
        limits.push(if scopes.is_empty() { "no scopes".into() } else { format!("scopes {}", scopes.join(", ")) });
    }
    limits.extend(told.created_at.map(|at| format!("made {}", super::day(at))));
    limits.extend(told.last_used_at.map(|at| format!("last used {}", super::day(at))));
    match told.expiry {
        Expiry::Untold => {}
        Expiry::Never => limits.push("never expires".into()),
        Expiry::At(at) => limits.push(format!("expires {}", super::day(at))),
    }
    if !limits.is_empty() {
        lines.push(limits.join("; "));
    }
    lines
}

/// How many are active, inactive, unknown and not checked, in one line.
pub(super) fn count<'a>(all: impl Iterator<Item = &'a Verification>) -> String {
    let words: Vec<&str> = all.map(|told| told.validity.word()).collect();
    let kinds =
        [("active", "active"), ("inactive", "inactive"), ("unknown", "unknown"), ("not_checked", "not checked")];
    let counts = kinds.iter().map(|(word, label)| (words.iter().filter(|found| *found == word).count(), label));
    counts
        .filter(|(count, _)| *count > 0)
        .map(|(count, label)| format!("{count} {label}"))
        .collect::<Vec<_>>()
        .join(", ")
}
