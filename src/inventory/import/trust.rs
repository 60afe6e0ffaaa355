//! Which roles AWS lets whoever has a token of another issuer take on: answers of `get-role`, `list-roles` and
//! `get-account-authorization-details`.

use serde::Deserialize;
use serde_json::Value;

use super::providers::json;
use super::{Found, Source};
use crate::inventory::{Error, Problem};
use crate::model::inventory::Trust;

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Answer {
    role: Option<Role>,
    #[serde(default)]
    roles: Vec<Role>,
    #[serde(default)]
    role_detail_list: Vec<Role>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Role {
    arn: String,
    assume_role_policy_document: Value,
}

/// What lets tokens in; roles for services, accounts and SAML are passed over.
pub(super) fn aws_roles(sources: &[Source]) -> Result<Found, Error> {
    let mut found = Found::default();
    for source in sources {
        let Answer { role, roles, role_detail_list } = json(source)?;
        for role in role.into_iter().chain(roles).chain(role_detail_list) {
            let Value::Object(_) = role.assume_role_policy_document else {
                let problem = format!(
                    "the trust policy of {} is no JSON object; give the answer as `aws iam` prints it",
                    role.arn
                );
                return Err(Error::Problems(vec![Problem::new(&source.name, 1, problem)]));
            };
            let statements = several(&role.assume_role_policy_document["Statement"]);
            found.part.trusts.extend(statements.flat_map(|statement| trusts(&role.arn, statement)));
        }
    }
    found.part.trusts.sort();
    found.part.trusts.dedup();
    Ok(found)
}

/// What one statement of a role's trust policy lets in.
fn trusts(role: &str, statement: &Value) -> Vec<Trust> {
    let is_by_token = |action: &str| {
        ["sts:AssumeRoleWithWebIdentity", "sts:*", "*"].iter().any(|known| known.eq_ignore_ascii_case(action))
    };
    if statement["Effect"] != "Allow" || !texts(&statement["Action"]).any(is_by_token) {
        return Vec::new();
    }
    let issuers = texts(&statement["Principal"]["Federated"]).filter_map(issuer);
    issuers.filter_map(|issuer| trust(role, issuer, &statement["Condition"])).collect()
}

/// The issuer of `arn:aws:iam::111122223333:oidc-provider/token.actions.githubusercontent.com`; AWS's own are named as they are.
fn issuer(principal: &str) -> Option<&str> {
    match principal.split_once(":oidc-provider/") {
        Some((_, issuer)) => Some(issuer),
        None => (!principal.starts_with("arn:")).then_some(principal),
    }
}

/// Whom the conditions on an issuer's tokens let in; none: nobody.
fn trust(role: &str, issuer: &str, conditions: &Value) -> Option<Trust> {
    let (mut lists, mut claims) = (Vec::new(), Vec::new());
    for (operator, keys) in conditions.as_object().into_iter().flatten() {
        let operator = operator.rsplit(':').next().unwrap_or(operator).trim_end_matches("IfExists");
        for (key, values) in keys.as_object().into_iter().flatten() {
            let Some((_, claim)) = key.rsplit_once(':').filter(|(of, _)| of.eq_ignore_ascii_case(issuer)) else {
                continue;
            };
            let names = || texts(values).map(str::to_owned);
            match (claim, operator) {
                // Whom the token is for is the same for all that an issuer makes for AWS.
                ("aud", _) => {}
                ("sub", "StringLike") => lists.push(names().collect::<Vec<_>>()),
                // Here `*` is a character as any other, which no subject has.
                ("sub", "StringEquals" | "StringEqualsIgnoreCase") => {
                    lists.push(names().filter(|name| !Trust::is_wide(name)).collect());
                }
                (claim, _) => claims.push(claim.to_owned()),
            }
        }
    }
    claims.sort();
    claims.dedup();
    // A token must be in all of them, so the narrowest one counts.
    let narrowest = lists.into_iter().min_by_key(|list| list.iter().filter(|name| Trust::is_wide(name)).count());
    let subjects = match narrowest {
        Some(list) if list.is_empty() => return None,
        list => list.unwrap_or_default(),
    };
    Some(Trust { role: role.to_owned(), issuer: issuer.to_owned(), subjects, claims })
}

/// What stands alone or in a list.
fn several(value: &Value) -> impl Iterator<Item = &Value> {
    let list = match value {
        Value::Array(list) => list.as_slice(),
        Value::Null => &[],
        one => std::slice::from_ref(one),
    };
    list.iter()
}

fn texts(value: &Value) -> impl Iterator<Item = &str> {
    several(value).filter_map(Value::as_str)
}
