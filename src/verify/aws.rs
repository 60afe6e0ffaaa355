//! Asks AWS whose key it is. `GetCallerIdentity` needs no permission, and nobody can be denied it.
//!
//! Each partition of AWS knows its own keys only, and an id does not tell which is its: an id that none of them knows is
//! refused. One that is known, with a wrong secret or an expired token, is refused at once.

use jiff::Timestamp;
use zeroize::Zeroizing;

use super::Verifier;
use super::egress::{Answer, Call};
use super::session::Session;
use super::signature::Signer;
use super::xml::element;
use crate::model::declaration::Method;
use crate::model::plan::Planned;
use crate::model::secret::Credential;
use crate::model::validity::Validity;
use crate::model::verification::{PrincipalKind, Said, Source, Verification};

/// An endpoint and its region, one for each partition.
const PLACES: [(&str, &str); 3] = [
    ("sts.us-east-1.amazonaws.com", "us-east-1"),
    ("sts.us-gov-west-1.amazonaws.com", "us-gov-west-1"),
    ("sts.cn-north-1.amazonaws.com.cn", "cn-north-1"),
];
const QUERY: &str = "Action=GetCallerIdentity&Version=2011-06-15";
/// Characters of a secret key.
const LENGTH: usize = 40;
/// How the refusal of a wrong secret begins; the same code also complains about clocks.
const WRONG: &str = "The request signature we calculated does not match";

/// The documents that it answers with.
const ERROR: &str = "ErrorResponse";
const CALLER: &str = "GetCallerIdentityResponse";

/// Verifies access keys.
pub(super) struct Aws;

/// What one partition says.
enum Verdict {
    Active,
    /// It does not know the id.
    Stranger,
    /// It knows the key, and refuses it.
    Refused,
    Undecided(String),
}

impl Verifier for Aws {
    fn name(&self) -> String {
        "aws".into()
    }

    fn hosts(&self) -> Vec<String> {
        PLACES.iter().map(|(host, _)| (*host).to_owned()).collect()
    }

    fn plan(&self, credential: &Credential) -> Result<Vec<Planned>, String> {
        signer(credential, PLACES[0].1)?;
        let planned = |(host, _): &(&str, &str)| Planned {
            host: (*host).to_owned(),
            is_from_content: false,
            method: Method::Get.word(),
            path: format!("/?{QUERY}"),
        };
        Ok(PLACES.iter().map(planned).collect())
    }

    fn verify(&self, credential: &Credential, session: &Session<'_>) -> Verification {
        let mut undecided = None;
        for (host, region) in PLACES {
            let signer = match signer(credential, region) {
                Ok(signer) => signer,
                Err(why) => return Verification::not_checked(why),
            };
            let answer = match session.send(&call(&signer, host)) {
                Ok(answer) => answer,
                Err(silence) => {
                    undecided = undecided.or(Some(Validity::from(silence)));
                    continue;
                }
            };
            match judge(&answer) {
                Verdict::Active => return tell(&answer),
                Verdict::Refused => return Verification::of(Validity::Inactive),
                Verdict::Stranger => {}
                Verdict::Undecided(why) => {
                    undecided = undecided.or(Some(Validity::Unknown { why: format!("{host} {why}") }));
                }
            }
        }
        Verification::of(undecided.unwrap_or(Validity::Inactive))
    }
}

/// Who would sign; if somebody is missing, why.
fn signer<'a>(credential: &'a Credential, region: &'a str) -> Result<Signer<'a>, String> {
    let part = |name| credential.parts.get(name).and_then(|part| std::str::from_utf8(part.expose()).ok());
    let missing = |what| format!("it needs `{what}`, which did not stand near it");
    let secret = credential.secret.expose();
    let key_id = part("key_id").ok_or_else(|| missing("key_id"))?;
    if secret.len() != LENGTH {
        return Err(missing("secret"));
    }
    let session_token = part("session_token");
    if session_token.is_none() && key_id.starts_with("ASIA") {
        return Err(missing("session_token"));
    }
    Ok(Signer { key_id, secret, session_token, region, service: "sts" })
}

fn call(signer: &Signer<'_>, host: &str) -> Call {
    let mut headers = signer.headers(host, QUERY, Timestamp::now());
    headers.push(("accept".into(), Zeroizing::new("text/xml".into())));
    Call {
        method: Method::Get,
        is_plain: false,
        host: host.to_owned(),
        is_from_content: false,
        path: Zeroizing::new(format!("/?{QUERY}")),
        headers,
        body: None,
    }
}

fn judge(answer: &Answer) -> Verdict {
    let code = element(answer, ERROR, "Code").filter(|code| code.bytes().all(|byte| byte.is_ascii_alphanumeric()));
    match (answer.status, code) {
        (200, None) if element(answer, CALLER, "Arn").is_some() => Verdict::Active,
        (400..500, Some("InvalidClientTokenId")) => Verdict::Stranger,
        (400..500, Some("ExpiredToken" | "ExpiredTokenException")) => Verdict::Refused,
        (400..500, Some("SignatureDoesNotMatch")) => {
            let is_wrong = element(answer, ERROR, "Message").is_some_and(|message| message.starts_with(WRONG));
            if is_wrong {
                Verdict::Refused
            } else {
                Verdict::Undecided("doubts the time of this machine's clock".into())
            }
        }
        (status, Some(code)) => {
            Verdict::Undecided(format!("answered {status} {code}, which does not say whether the credential works"))
        }
        (status, None) => {
            Verdict::Undecided(format!("answered {status}, which does not say whether the credential works"))
        }
    }
}

/// Whose the key is.
fn tell(answer: &Answer) -> Verification {
    let mut told = Verification::of(Validity::Active);
    let said = |name| Some(Said { value: element(answer, CALLER, name)?.to_owned(), by: Source::Provider });
    told.identity.account = said("Account");
    told.identity.principal = said("Arn");
    told.identity.kind = element(answer, CALLER, "Arn").and_then(kind);
    told
}

/// Who is meant to hold a key, as far as the ARN tells: users of IAM are people and machines alike.
fn kind(arn: &str) -> Option<PrincipalKind> {
    let resource = arn.splitn(6, ':').nth(5)?;
    let is_person = resource == "root" || resource.starts_with("assumed-role/AWSReservedSSO_");
    match () {
        () if is_person => Some(PrincipalKind::User),
        () if resource.starts_with("assumed-role/") => Some(PrincipalKind::Service),
        () => None,
    }
}
