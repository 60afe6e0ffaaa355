//! What a credential says about itself, without a call.
//!
//! Comes in: a credential. Goes out: account, principal, scopes, expiry, as far as they stand in it or beside it. Nothing
//! here is proof: whoever wrote the text may have made it up.

mod aws;
mod json;
mod jwt;
mod key;
mod macaroon;
mod sas;

use std::collections::BTreeMap;

pub(super) use self::json::field;
pub(super) use self::key::der;
pub(super) use self::sas::end as sas_end;
use super::veil::Veil;
use crate::model::secret::{Credential, Secret};
use crate::model::verification::{Identity, PrincipalKind, Said, Source, Verification};

/// Bytes of a fact that are kept.
const LONGEST: usize = 256;

/// Names of parts and what they tell, the more telling first.
const ACCOUNTS: [&str; 16] = [
    "account",
    "account_sid",
    "account_id",
    "tenant",
    "tenant_id",
    "project",
    "project_id",
    "workspace",
    "team",
    "org",
    "organization",
    "organisation",
    "cloud",
    "cloud_name",
    "space",
    "store",
];
const APPLICATIONS: [&str; 5] = ["client_id", "app_id", "appid", "application_id", "app"];
const PRINCIPALS: [&str; 6] = ["client_email", "email", "user", "username", "login", "bot"];
const PUBLIC_IDS: [&str; 6] = ["key_id", "access_key_id", "access_id", "sid", "api_key_id", "token_id"];
const HOSTS: [&str; 5] = ["host", "domain", "endpoint", "site", "shop"];
const DATABASES: [&str; 3] = ["database", "db", "dbname"];

/// How tokens begin that tell by it who is meant to hold them.
const KINDS: [(&str, PrincipalKind); 15] = [
    ("ghp_", PrincipalKind::User),
    ("github_pat_", PrincipalKind::User),
    ("gho_", PrincipalKind::User),
    ("ghu_", PrincipalKind::User),
    ("ghr_", PrincipalKind::User),
    ("ghs_", PrincipalKind::App),
    ("xoxb-", PrincipalKind::Service),
    ("xoxp-", PrincipalKind::User),
    ("xoxc-", PrincipalKind::User),
    ("xapp-", PrincipalKind::App),
    ("glpat-", PrincipalKind::User),
    ("gldt-", PrincipalKind::Service),
    ("glrt-", PrincipalKind::Service),
    ("dop_v1_", PrincipalKind::User),
    ("ya29.c.", PrincipalKind::Service),
];

/// What is read out of a credential.
pub(super) struct Reader<'a> {
    credential: &'a Credential,
    veil: &'a Veil,
    told: Verification,
}

/// Reads what `credential`, found by the pattern of this id, says about itself.
pub(super) fn read(pattern: &str, credential: &Credential, veil: &Veil) -> Verification {
    let mut reader = Reader { credential, veil, told: Verification::not_checked("verification was not asked for") };
    let text = std::str::from_utf8(credential.secret.expose()).unwrap_or_default();
    aws::read(text, &mut reader);
    jwt::read(text, &mut reader);
    json::read(text, &mut reader);
    macaroon::read(text, &mut reader);
    key::read(text, &mut reader);
    sas::read(text, &mut reader);
    reader.parts(pattern);
    if let Some((_, kind)) = KINDS.iter().find(|(start, _)| text.starts_with(start)) {
        reader.told.identity.kind.get_or_insert(*kind);
    }
    reader.told
}

impl Reader<'_> {
    /// Keeps a fact, unless there is one already or it holds a piece of the secret.
    fn keep(&mut self, field: impl Fn(&mut Identity) -> &mut Option<Said>, value: &str) {
        if !self.veil.touches(value) {
            self.put(field, value);
        }
    }

    /// Keeps a fact that stands beside the secret or within it, and so may well be a piece of it.
    fn put(&mut self, field: impl Fn(&mut Identity) -> &mut Option<Said>, value: &str) {
        let is_fit = !value.is_empty() && value.len() <= LONGEST && !value.contains(char::is_control);
        let field = field(&mut self.told.identity);
        if field.is_none() && is_fit && !self.veil.shows_through(value) {
            *field = Some(Said { value: value.to_owned(), by: Source::Credential });
        }
    }

    fn part(&self, names: &[&str]) -> Option<String> {
        let parts: &BTreeMap<String, Secret> = &self.credential.parts;
        let found = names.iter().find_map(|name| parts.get(*name))?;
        std::str::from_utf8(found.expose()).ok().map(str::to_owned)
    }

    /// What stands beside the secret under a telling name.
    fn parts(&mut self, pattern: &str) {
        if let Some(account) = self.part(&ACCOUNTS) {
            // Stripe's keys hold the account's id without its prefix.
            let is_stripe = pattern.starts_with("stripe-") && !account.starts_with("acct_");
            self.put(|told| &mut told.account, &if is_stripe { format!("acct_{account}") } else { account });
        }
        if let Some(application) = self.part(&APPLICATIONS) {
            self.put(|told| &mut told.application, &application);
        }
        if let Some(principal) = self.part(&PRINCIPALS) {
            self.put(|told| &mut told.principal, &principal);
        }
        if let Some(id) = self.part(&PUBLIC_IDS) {
            self.put(|told| &mut told.public_id, &id);
        }
        if let Some(host) = self.part(&HOSTS) {
            let database = self.part(&DATABASES).filter(|name| !name.is_empty());
            let whole = database.map_or_else(|| host.clone(), |database| format!("{host}/{database}"));
            self.put(|told| &mut told.host, &whole);
        }
    }
}
