//! What evidence is worth, and where the lines between tiers and checks are drawn: data, not code.

use std::collections::BTreeMap;

use serde::Deserialize;

const BUILTIN: &str = include_str!("../attribute/weights.toml");

/// All weights. Every result names their version.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Weights {
    /// Names them in results.
    pub version: String,
    /// Points of each kind of evidence.
    pub points: Points,
    /// The most that each class may bring.
    pub caps: BTreeMap<char, i64>,
    /// What is taken off.
    pub penalties: Penalties,
    /// Where tiers begin.
    pub tiers: Tiers,
    /// Where checks draw the line.
    pub checks: Thresholds,
    /// What makes a finding urgent.
    pub priority: PriorityPoints,
}

macro_rules! numbers {
    ($(#[$meta:meta])* $name:ident { $($field:ident),* $(,)? }) => {
        $(#[$meta])*
        #[derive(Debug, Clone, Copy, Deserialize)]
        #[serde(deny_unknown_fields)]
        #[allow(missing_docs, reason = "each number is explained in attribute/weights.toml")]
        pub struct $name { $(pub $field: i64),* }
    };
}

numbers! {
    /// Points of each kind of evidence.
    Points {
        fingerprint, public_id, provider_hash, store, principal_said, application_said, account_said, account_said_least,
        principal_read, account_read, account_read_least, account_read_stripe, partial, partial_short, store_name, env_name, host, word,
        location, component, workflow, code_owners, author,
    }
}
numbers! {
    /// What is taken off.
    Penalties { account, created, environment }
}
numbers! {
    /// Least score of each tier, and the least lead of a winner.
    Tiers { confirmed, strong, probable, weak, contested }
}
numbers! {
    /// Where checks draw the line.
    Thresholds {
        max_check_age_hours, grace_hours, max_ttl_days, max_ttl_privileged_days, max_ttl_interactive_days, inactive_days,
        drill_days, tenants,
    }
}
numbers! {
    /// What makes a finding urgent.
    PriorityPoints {
        active, unknown, severity_critical, severity_high, severity_medium, severity_low, at_head, unowned, production,
        privileged, reach, most_reach, data, most_data, tenants, compensated,
    }
}

impl Weights {
    /// The built-in weights, or those in `text`. Fails with one clause and the line.
    pub fn read(text: Option<&str>) -> Result<Self, String> {
        let text = text.unwrap_or(BUILTIN);
        let weights: Self = toml::from_str(text).map_err(|error| {
            let line = text[..error.span().map_or(0, |span| span.start)].matches('\n').count() + 1;
            format!("{line}: {}; start from the built-in weights", error.message().replace('\n', ", "))
        })?;
        match ('A'..='F').find(|class| !weights.caps.contains_key(class)) {
            Some(class) => Err(format!("1: there is no cap for class {class}; start from the built-in weights")),
            None => Ok(weights),
        }
    }

    /// The most that evidence of a class may bring.
    pub fn cap(&self, class: char) -> i64 {
        self.caps.get(&class).copied().unwrap_or(0)
    }
}
