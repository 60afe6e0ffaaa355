//! G20 on roles: whom an issuer of tokens, such as a CI, may let in.

use std::collections::{HashMap, HashSet};

use super::{Linked, Tell, subject};
use crate::model::check::Subject;
use crate::model::inventory::{Credential, Integration, Trust};

/// Every trust, and every credential that comes of one which nobody wrote down.
pub(super) fn check_all(linked: &Linked<'_>, tell: &mut Tell<'_>) {
    let inventory = linked.facts.inventory;
    let mut by_role: HashMap<&str, (&Integration, &Credential)> = HashMap::new();
    let known: HashSet<&str> = inventory.trusts.iter().map(|trust| trust.role.as_str()).collect();
    for integration in &inventory.integrations {
        for credential in integration.credentials.iter().filter(|one| !one.is_gone()) {
            let role = credential.principal.as_ref().and_then(|principal| principal.id.as_deref());
            if let Some(role) = role {
                by_role.insert(role, (integration, credential));
            }
            let is_federated = credential.provider == "aws" && credential.binding.as_deref() == Some("oidc-federated");
            if is_federated && !role.is_some_and(|role| known.contains(role)) {
                let message =
                    format!("{}: whose tokens open the role of {} is not known", integration.id, credential.id);
                tell.unknown("G20", subject(integration, Some(credential)), message);
            }
        }
    }
    for trust in &inventory.trusts {
        let of = by_role.get(trust.role.as_str());
        let of = of.map_or_else(Subject::default, |(integration, credential)| subject(integration, Some(credential)));
        one(trust, of, tell);
    }
}

fn one(trust: &Trust, of: Subject, tell: &mut Tell<'_>) {
    let Trust { role, issuer, subjects, claims } = trust;
    let wide: Vec<&str> = subjects.iter().map(String::as_str).filter(|name| Trust::is_wide(name)).collect();
    let whom = match subjects.is_empty() {
        true => format!("every token of {issuer} opens it, as its trust names no subject"),
        false if wide.is_empty() => return,
        false => format!("every token of {issuer} whose subject is like {} opens it", wide.join(" or ")),
    };
    match claims.is_empty() {
        true => tell.violated("G20", of, format!("{role}: {whom}")),
        false => {
            let message =
                format!("{role}: {whom}, if {} allow it: how narrow these are is not known", claims.join(", "));
            tell.unknown("G20", of, message);
        }
    }
}
