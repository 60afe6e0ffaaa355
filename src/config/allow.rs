//! `[[allow]]` rules as they are written in `straykey.toml`.

use schemars::JsonSchema;
use serde::Deserialize;
use toml::value::Datetime;

use crate::govern::allow::{Conditions, Rule};
use crate::model::pattern::Written;

/// One `[[allow]]` table.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Entry {
    /// A glob over paths relative to a target, as in `.gitignore`.
    path: Option<String>,
    /// A regex that matches somewhere in such a path.
    path_regex: Option<String>,
    /// A glob over ids of patterns.
    pattern: Option<String>,
    /// A finding's fingerprint.
    fingerprint: Option<String>,
    /// A regex that matches somewhere in the secret.
    regex: Option<String>,
    /// Why it may stand there.
    reason: String,
    /// The last day on which the rule holds.
    #[schemars(with = "Option<String>")]
    expires: Option<Datetime>,
}

impl Entry {
    /// The rule that is written at `written`. Fails with one clause: what is wrong, and the remedy.
    pub fn check(self, written: Written) -> Result<Rule, String> {
        let Self { path, path_regex, pattern, fingerprint, regex, reason, expires } = self;
        let expires = expires.map(day).transpose()?;
        Rule::new(&Conditions { path, path_regex, pattern, fingerprint, regex }, &reason, expires, written)
    }
}

fn day(written: Datetime) -> Result<String, String> {
    match written {
        Datetime { date: Some(date), time: None, offset: None } => Ok(date.to_string()),
        _ => Err("`expires` is a day, the last on which the rule holds; write it as 2026-12-31".into()),
    }
}
