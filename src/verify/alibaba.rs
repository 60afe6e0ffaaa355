//! Asks Alibaba Cloud whose key it is. `GetCallerIdentity` needs no permission. The request is signed: the key itself is not sent.

use data_encoding::{BASE64, HEXLOWER};
use jiff::Timestamp;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use ring::hmac;
use serde_json::Value;
use zeroize::Zeroizing;

use super::Verifier;
use super::egress::{Answer, Call};
use super::session::Session;
use crate::model::declaration::Method;
use crate::model::plan::Planned;
use crate::model::secret::Credential;
use crate::model::validity::Validity;
use crate::model::verification::{PrincipalKind, Said, Source, Verification};

const HOST: &str = "sts.aliyuncs.com";
/// What stays as it is in a query.
const KEPT: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'_').remove(b'.').remove(b'~');
/// How it refuses an id that it does not know or that is switched off, a secret that is wrong, a token that has ended.
const REFUSALS: [&str; 4] = [
    "InvalidAccessKeyId.NotFound",
    "InvalidAccessKeyId.Inactive",
    "SignatureDoesNotMatch",
    "InvalidSecurityToken.Expired",
];

/// Verifies access keys.
pub(super) struct Alibaba;

impl Verifier for Alibaba {
    fn name(&self) -> String {
        "alibaba".into()
    }

    fn hosts(&self) -> Vec<String> {
        vec![HOST.into()]
    }

    fn plan(&self, credential: &Credential) -> Result<Vec<Planned>, String> {
        query(credential, Timestamp::now(), "")?;
        let path = "/?Action=GetCallerIdentity".into();
        Ok(vec![Planned { host: HOST.into(), is_from_content: false, method: Method::Get.word(), path }])
    }

    fn verify(&self, credential: &Credential, session: &Session<'_>) -> Verification {
        let mut nonce = [0; 16];
        let query = getrandom::fill(&mut nonce)
            .map_err(|_| "this machine has no random numbers".to_owned())
            .and_then(|()| query(credential, Timestamp::now(), &HEXLOWER.encode(&nonce)));
        let query = match query {
            Ok(query) => query,
            Err(why) => return Verification::not_checked(why),
        };
        let answer = session.send(&Call {
            method: Method::Get,
            is_plain: false,
            host: HOST.into(),
            is_from_content: false,
            path: Zeroizing::new(format!("/?{}", *query)),
            headers: Vec::new(),
            body: None,
        });
        match answer {
            Ok(answer) => judge(&answer),
            Err(silence) => Verification::of(silence.into()),
        }
    }
}

/// The whole query, signed; if something is missing, why.
fn query(credential: &Credential, time: Timestamp, nonce: &str) -> Result<Zeroizing<String>, String> {
    let part = |name| credential.parts.get(name).and_then(|part| std::str::from_utf8(part.expose()).ok());
    let missing = |what| format!("it needs `{what}`, which did not stand near it");
    let secret = std::str::from_utf8(credential.secret.expose()).unwrap_or_default();
    let key_id = part("key_id").ok_or_else(|| missing("key_id"))?;
    if secret.is_empty() || secret == key_id {
        return Err(missing("secret"));
    }
    let token = part("security_token");
    if token.is_none() && key_id.starts_with("STS.") {
        return Err(missing("security_token"));
    }
    let time = time.strftime("%Y-%m-%dT%H:%M:%SZ").to_string();
    let mut settings = vec![
        ("AccessKeyId", key_id),
        ("Action", "GetCallerIdentity"),
        ("Format", "JSON"),
        ("SignatureMethod", "HMAC-SHA1"),
        ("SignatureNonce", nonce),
        ("SignatureVersion", "1.0"),
        ("Timestamp", &time),
        ("Version", "2015-04-01"),
    ];
    settings.extend(token.map(|token| ("SecurityToken", token)));
    Ok(signed(settings, secret))
}

/// Settings as a query, with the signature that the secret makes over them, sorted by their names.
fn signed(mut settings: Vec<(&str, &str)>, secret: &str) -> Zeroizing<String> {
    settings.sort_unstable();
    let encode = |text: &str| utf8_percent_encode(text, KEPT).to_string();
    let pairs: Vec<String> = settings.iter().map(|(name, value)| format!("{name}={}", encode(value))).collect();
    let query = Zeroizing::new(pairs.join("&"));
    let text = format!("GET&%2F&{}", encode(&query));
    let key = Zeroizing::new(format!("{secret}&"));
    let key = hmac::Key::new(hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY, key.as_bytes());
    let signature = BASE64.encode(hmac::sign(&key, text.as_bytes()).as_ref());
    Zeroizing::new(format!("{}&Signature={}", *query, encode(&signature)))
}

fn judge(answer: &Answer) -> Verification {
    let body: Value = serde_json::from_slice(&answer.body).unwrap_or_default();
    let text = |name: &str| body.get(name).and_then(Value::as_str).filter(|text| !text.is_empty());
    let said = |name: &str| text(name).map(|text| Said { value: text.to_owned(), by: Source::Provider });
    match (answer.status, text("Code")) {
        (200, None) if text("Arn").is_some() => {
            let mut told = Verification::of(Validity::Active);
            told.identity.account = said("AccountId");
            told.identity.principal = said("Arn");
            let is_role = text("IdentityType") == Some("AssumedRoleUser");
            told.identity.kind = is_role.then_some(PrincipalKind::Service);
            told
        }
        (400..500, Some(code)) if REFUSALS.contains(&code) => Verification::of(Validity::Inactive),
        (status, code) => {
            let is_code = |code: &&str| code.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'.');
            let code = code.filter(is_code).map_or(String::new(), |code| format!(" {code}"));
            let why = format!("{HOST} answered {status}{code}, which does not say whether the credential works");
            Verification::of(Validity::Unknown { why })
        }
    }
}
