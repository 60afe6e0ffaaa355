//! Asks registries of npm packages, other than npm's own, whose a token or password is.

use data_encoding::BASE64;
use serde_json::Value;
use zeroize::Zeroizing;

use super::egress::{Answer, Call};
use super::session::Session;
use super::{Verifier, registry};
use crate::model::declaration::Method;
use crate::model::plan::Planned;
use crate::model::secret::Credential;
use crate::model::validity::Validity;
use crate::model::verification::{Said, Source, Verification};

/// What is asked.
const WHOAMI: &str = "/-/whoami";
const PROFILE: &str = "/-/npm/v1/user";

/// What a registry says.
enum Verdict {
    Known(String),
    No,
    Nobody,
    Other(u16),
}

/// How a credential is written in `.npmrc`.
pub(super) enum Npm {
    /// `_authToken`.
    Token,
    /// `_auth`: user and password in base64.
    Pair,
    /// `_password`: the password in base64, with the user beside it.
    Password,
}

impl Npm {
    /// What proves it; if something is missing, why.
    fn proof(&self, credential: &Credential) -> Result<Zeroizing<String>, String> {
        let unfit = || "it is not written as npm wants it".to_owned();
        let secret = std::str::from_utf8(credential.secret.expose()).map_err(|_| unfit())?;
        match self {
            Self::Token => Ok(Zeroizing::new(format!("Bearer {secret}"))),
            Self::Pair => Ok(Zeroizing::new(format!("Basic {secret}"))),
            Self::Password => {
                let part = |name| credential.parts.get(name).map(|part| part.expose());
                let user = part("user").filter(|_| part("registry") == part("user_registry"));
                let user = user.ok_or("it needs `user`, which did not stand near it for the same registry")?;
                let password = Zeroizing::new(BASE64.decode(secret.as_bytes()).map_err(|_| unfit())?);
                let pair = Zeroizing::new([user, b":", &password].concat());
                Ok(Zeroizing::new(format!("Basic {}", BASE64.encode(&pair))))
            }
        }
    }
}

impl Verifier for Npm {
    fn name(&self) -> String {
        "npm-registry".into()
    }

    fn hosts(&self) -> Vec<String> {
        vec!["<registry>".into()]
    }

    fn plan(&self, credential: &Credential) -> Result<Vec<Planned>, String> {
        let (host, folder) = registry::place(credential)?;
        self.proof(credential)?;
        let planned = |question: &&str| Planned {
            host: host.clone(),
            is_from_content: true,
            method: Method::Get.word(),
            path: format!("{folder}{question}"),
        };
        Ok([WHOAMI, PROFILE].iter().map(planned).collect())
    }

    fn verify(&self, credential: &Credential, session: &Session<'_>) -> Verification {
        let found = registry::place(credential).and_then(|place| Ok((place, self.proof(credential)?)));
        let ((host, folder), proof) = match found {
            Ok(found) => found,
            Err(why) => return Verification::not_checked(why),
        };
        let ask = |question: &str| {
            session.send(&Call {
                method: Method::Get,
                is_plain: false,
                host: host.clone(),
                is_from_content: true,
                path: Zeroizing::new(format!("{folder}{question}")),
                headers: vec![("authorization".into(), proof.clone())],
                body: None,
            })
        };
        let judged = match ask(WHOAMI).map(|answer| judge(&answer, "username")) {
            // Some know nobody rather than refuse him, and say so when he wants to see his profile.
            Ok(Verdict::Nobody) => ask(PROFILE).map(|answer| judge(&answer, "name")),
            judged => judged,
        };
        match judged {
            Ok(Verdict::Known(name)) => {
                let mut told = Verification::of(Validity::Active);
                told.identity.principal = Some(Said { value: name, by: Source::Provider });
                told
            }
            Ok(Verdict::No) => Verification::of(Validity::Inactive),
            Ok(Verdict::Nobody) => unknown(&host, 200),
            Ok(Verdict::Other(status)) => unknown(&host, status),
            Err(silence) => Verification::of(silence.into()),
        }
    }
}

fn unknown(host: &str, status: u16) -> Verification {
    let why = format!("{host} answered {status}, which does not say whether the credential works");
    Verification::of(Validity::Unknown { why })
}

/// A refusal is JSON: pages for people come from whatever stands before the registry.
fn judge(answer: &Answer, field: &str) -> Verdict {
    let body: Option<Value> = serde_json::from_slice(&answer.body).ok().filter(Value::is_object);
    let name = body.as_ref().and_then(|body| body.get(field)?.as_str()).filter(|name| !name.is_empty());
    match (answer.status, name) {
        (200, Some(name)) => Verdict::Known(name.to_owned()),
        (200, None) if body.as_ref().and_then(Value::as_object).is_some_and(|body| body.is_empty()) => Verdict::Nobody,
        (401, None) if body.is_some() => Verdict::No,
        (status, _) => Verdict::Other(status),
    }
}
