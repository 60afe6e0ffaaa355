//! What providers list of credentials: AWS IAM, AWS Secrets Manager, GitHub. None of these lists holds a secret.

use serde::Deserialize;

use super::{Fact, Found, Source};
use crate::inventory::{Error, Problem};
use crate::model::inventory::{Credential, Principal, State};
use crate::model::time::When;
use crate::model::verification::PrincipalKind;

/// A date as these lists have it; what says that there is none is none.
fn when(text: Option<&str>) -> Option<When> {
    let text = text?;
    match text.parse::<f64>() {
        Ok(seconds) => Some(When::at(seconds as i64)),
        // `…+00:00` and `…Z` are one time: it is written in one way.
        Err(_) => When::parse(text).ok().map(|when| When::at(when.seconds())),
    }
}

pub(super) fn json<T: serde::de::DeserializeOwned>(source: &Source) -> Result<T, Error> {
    serde_json::from_str(&source.text).map_err(|error| {
        let problem = format!("{error}; give the answer as the provider's program prints it");
        Error::Problems(vec![Problem::new(&source.name, error.line(), problem)])
    })
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct AccessKeys {
    access_key_metadata: Vec<AccessKey>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct AccessKey {
    user_name: String,
    access_key_id: String,
    status: String,
    create_date: Option<String>,
}

/// The credential report (CSV) has no key ids, `list-access-keys` (JSON) has: the two are joined by user and date.
pub(super) fn aws_keys(sources: &[Source]) -> Result<Found, Error> {
    let mut keys: Vec<AccessKey> = Vec::new();
    let mut users = Vec::new();
    for source in sources {
        if source.text.trim_start().starts_with(['{', '[']) {
            keys.extend(json::<AccessKeys>(source)?.access_key_metadata);
        } else {
            users.extend(report(source)?);
        }
    }
    if keys.is_empty() {
        let name = sources.first().map_or("", |source| &source.name);
        return Err(Error::Other(format!(
            "{name}: a credential report holds no key ids; name a file with the answer of `aws iam list-access-keys` too"
        )));
    }
    let mut found = Found::default();
    for key in keys {
        let created = when(key.create_date.as_deref());
        let user = users.iter().find(|user: &&User| user.name == key.user_name);
        let slot = user.and_then(|user| {
            let same = user.keys.iter().find(|slot| slot.rotated.is_some() && slot.rotated == created);
            same.or_else(|| {
                user.keys
                    .iter()
                    .rfind(|slot| slot.is_active)
                    .filter(|_| user.keys.iter().filter(|slot| slot.is_active).count() == 1)
            })
        });
        let arn = user.map(|user| user.arn.clone());
        let principal = Principal {
            account: arn.as_deref().and_then(|arn| arn.split(':').nth(4)).map(str::to_owned),
            id: arn,
            kind: None,
        };
        found.facts.push(Fact {
            credential: Credential {
                provider: "aws".into(),
                r#type: "aws-access-key-id".into(),
                public_id: Some(key.access_key_id),
                principal: Some(principal),
                created_at: created,
                last_used_at: slot.and_then(|slot| slot.used.clone()),
                state: Some(if key.status == "Active" { State::Active } else { State::Suspended }),
                ..Credential::default()
            },
            ..Fact::default()
        });
    }
    Ok(found)
}

struct User {
    name: String,
    arn: String,
    keys: Vec<Slot>,
}

struct Slot {
    is_active: bool,
    rotated: Option<When>,
    used: Option<When>,
}

fn report(source: &Source) -> Result<Vec<User>, Error> {
    let mut reader = csv::Reader::from_reader(source.text.as_bytes());
    let refused = |error: csv::Error| {
        let line = error.position().map_or(1, |position| usize::try_from(position.line()).unwrap_or(1));
        Error::Problems(vec![Problem::new(&source.name, line, format!("{error}; give the report as AWS wrote it"))])
    };
    let header = reader.headers().map_err(refused)?.clone();
    let column = |name: &str| header.iter().position(|column| column == name);
    let (Some(user), Some(arn)) = (column("user"), column("arn")) else {
        let problem = Problem::new(&source.name, 1, "this is no credential report: there is no column `user` or `arn`");
        return Err(Error::Problems(vec![problem]));
    };
    let mut users = Vec::new();
    for record in reader.records() {
        let record = record.map_err(refused)?;
        let get = |name: &str| column(name).and_then(|at| record.get(at));
        let slot = |number: u8| Slot {
            is_active: get(&format!("access_key_{number}_active")) == Some("true"),
            rotated: when(get(&format!("access_key_{number}_last_rotated"))),
            used: when(get(&format!("access_key_{number}_last_used_date"))),
        };
        let text = |at: usize| record.get(at).unwrap_or_default().to_owned();
        users.push(User { name: text(user), arn: text(arn), keys: vec![slot(1), slot(2)] });
    }
    Ok(users)
}

#[derive(Deserialize)]
struct Pat {
    owner: PatOwner,
    token_id: u64,
    token_name: Option<String>,
    token_expires_at: Option<String>,
    token_last_used_at: Option<String>,
    #[serde(default)]
    permissions: serde_json::Map<String, serde_json::Value>,
}

#[derive(Deserialize)]
struct PatOwner {
    login: String,
}

/// An organisation's fine-grained tokens.
pub(super) fn github_pats(sources: &[Source]) -> Result<Found, Error> {
    let mut found = Found::default();
    for source in sources {
        for pat in json::<Vec<Pat>>(source)? {
            let mut scopes = Vec::new();
            for (area, permissions) in &pat.permissions {
                for (name, level) in permissions.as_object().into_iter().flatten() {
                    scopes.push(format!("{area}:{name}:{}", level.as_str().unwrap_or_default()));
                }
            }
            scopes.sort();
            found.facts.push(Fact {
                credential: Credential {
                    id: pat.token_name.map(|name| format!("github-pat:{name}")).unwrap_or_default(),
                    provider: "github".into(),
                    r#type: "github-pat-fine-grained".into(),
                    public_id: Some(pat.token_id.to_string()),
                    principal: Some(Principal {
                        id: Some(pat.owner.login),
                        kind: Some(PrincipalKind::User),
                        account: None,
                    }),
                    expires_at: when(pat.token_expires_at.as_deref()),
                    last_used_at: when(pat.token_last_used_at.as_deref()),
                    scopes,
                    ..Credential::default()
                },
                ..Fact::default()
            });
        }
    }
    Ok(found)
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct SecretList {
    secret_list: Vec<StoredSecret>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct StoredSecret {
    name: String,
    created_date: Option<serde_json::Value>,
    last_rotated_date: Option<serde_json::Value>,
    last_accessed_date: Option<serde_json::Value>,
    #[serde(default)]
    tags: Vec<Tag>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Tag {
    key: String,
    value: String,
}

/// What lies in AWS Secrets Manager: a tag `integration` says of what it is.
pub(super) fn aws_secrets(sources: &[Source]) -> Result<Found, Error> {
    let mut found = Found::default();
    let date = |value: &Option<serde_json::Value>| {
        let text = value.as_ref().map(|value| value.as_str().map_or_else(|| value.to_string(), str::to_owned));
        when(text.as_deref())
    };
    for source in sources {
        for secret in json::<SecretList>(source)?.secret_list {
            let tag = secret.tags.iter().find(|tag| tag.key.eq_ignore_ascii_case("integration"));
            found.facts.push(Fact {
                integration: tag.map(|tag| ("id".to_owned(), tag.value.clone())).into_iter().collect(),
                credential: Credential {
                    provider: "unknown".into(),
                    r#type: "stored secret".into(),
                    store: Some(format!("aws-sm:{}", secret.name)),
                    created_at: date(&secret.created_date),
                    last_rotated: date(&secret.last_rotated_date),
                    last_used_at: date(&secret.last_accessed_date),
                    ..Credential::default()
                },
            });
        }
    }
    Ok(found)
}
