//! `[[allow]]` rules as they are written in `straykey.toml`.

use serde::Deserialize;
use toml::value::Datetime;

use crate::govern::allow::{Conditions, Rule};
use crate::model::pattern::Written;

/// One `[[allow]]` table.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Entry {
    path: Option<String>,
    pattern: Option<String>,
    fingerprint: Option<String>,
    regex: Option<String>,
    reason: String,
    expires: Option<Datetime>,
}

impl Entry {
    /// The rule that is written at `written`. Fails with one clause: what is wrong, and the remedy.
    pub fn check(self, written: Written) -> Result<Rule, String> {
        let Self { path, pattern, fingerprint, regex, reason, expires } = self;
        let expires = expires.map(day).transpose()?;
        Rule::new(&Conditions { path, pattern, fingerprint, regex }, &reason, expires, written)
    }
}

fn day(written: Datetime) -> Result<String, String> {
    match written {
        Datetime { date: Some(date), time: None, offset: None } => Ok(date.to_string()),
        _ => Err("`expires` is a day, the last on which the rule holds; write it as 2026-12-31".into()),
    }
}
