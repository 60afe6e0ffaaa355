//! Asks Google for a token with the key of a service account, which signs the request: the key itself is not sent.
//!
//! Comes in: the key file that Google writes, also from within a string literal. Where it says that tokens are to be had is not
//! followed: whoever wrote it may have made that up.

use data_encoding::BASE64URL_NOPAD;
use jiff::Timestamp;
use ring::rand::SystemRandom;
use ring::signature::{RSA_PKCS1_SHA256, RsaKeyPair};
use serde_json::{Value, json};
use zeroize::Zeroizing;

use super::Verifier;
use super::egress::{Answer, Call};
use super::offline::{der, field};
use super::session::Session;
use crate::model::declaration::{BodyKind, Method};
use crate::model::plan::Planned;
use crate::model::secret::Credential;
use crate::model::validity::Validity;
use crate::model::verification::{PrincipalKind, Said, Source, Verification};

const HOST: &str = "oauth2.googleapis.com";
const PATH: &str = "/token";
/// What the token may do: nothing but tell whose it is.
const SCOPE: &str = "https://www.googleapis.com/auth/userinfo.email";
/// For how many seconds the request is good.
const SPAN: i64 = 300;
/// How Google refuses a key that is deleted or disabled, and an account that is. The same code also complains about clocks.
const REFUSALS: [&str; 2] = ["Invalid JWT Signature.", "Invalid grant: account not found"];

/// Verifies keys of service accounts.
pub(super) struct Gcp;

/// What a key file says.
struct Key {
    email: String,
    id: Option<String>,
    pair: RsaKeyPair,
}

impl Verifier for Gcp {
    fn name(&self) -> String {
        "gcp".into()
    }

    fn hosts(&self) -> Vec<String> {
        vec![HOST.into()]
    }

    fn plan(&self, credential: &Credential) -> Result<Vec<Planned>, String> {
        read(credential)?;
        Ok(vec![Planned { host: HOST.into(), is_from_content: false, method: Method::Post.word(), path: PATH.into() }])
    }

    fn verify(&self, credential: &Credential, session: &Session<'_>) -> Verification {
        let request = read(credential).and_then(|key| Ok((assertion(&key)?, key.email)));
        let (assertion, email) = match request {
            Ok(found) => found,
            Err(why) => return Verification::not_checked(why),
        };
        let grant = "urn%3Aietf%3Aparams%3Aoauth%3Agrant-type%3Ajwt-bearer";
        let body = Zeroizing::new(format!("grant_type={grant}&assertion={}", *assertion));
        let answer = session.send(&Call {
            method: Method::Post,
            is_plain: false,
            host: HOST.into(),
            is_from_content: false,
            path: Zeroizing::new(PATH.into()),
            headers: Vec::new(),
            body: Some((BodyKind::Form.content_type(), body)),
        });
        let mut told = Verification::of(answer.map_or_else(Validity::from, |answer| judge(&answer)));
        if told.validity == Validity::Active {
            told.identity.principal = Some(Said { value: email, by: Source::Provider });
            told.identity.kind = Some(PrincipalKind::Service);
        }
        told
    }
}

/// Reads a key file; if it is none that can be used, why.
fn read(credential: &Credential) -> Result<Key, String> {
    let text = std::str::from_utf8(credential.secret.expose()).unwrap_or_default();
    let bare = Zeroizing::new(text.replace('\\', ""));
    if field(&bare, "universe_domain").is_some_and(|domain| domain != "googleapis.com") {
        return Err("it is for another cloud than Google's public one".into());
    }
    let email = field(&bare, "client_email").ok_or("it needs `client_email`, which does not stand in it")?;
    let der = der(text, "PRIVATE KEY").ok_or("its private key cannot be read")?;
    let pair = RsaKeyPair::from_pkcs8(&der).map_err(|_| "its private key is none of RSA")?;
    Ok(Key { email: email.to_owned(), id: field(&bare, "private_key_id").map(str::to_owned), pair })
}

/// A request for a token, signed.
fn assertion(key: &Key) -> Result<Zeroizing<String>, String> {
    let now = Timestamp::now().as_second();
    let head = json!({ "alg": "RS256", "typ": "JWT", "kid": key.id });
    let claims = json!({
        "iss": key.email, "scope": SCOPE, "aud": format!("https://{HOST}{PATH}"), "iat": now, "exp": now + SPAN,
    });
    let part = |value: &Value| BASE64URL_NOPAD.encode(value.to_string().as_bytes());
    let text = format!("{}.{}", part(&head), part(&claims));
    let mut signature = vec![0; key.pair.public().modulus_len()];
    let signed = key.pair.sign(&RSA_PKCS1_SHA256, &SystemRandom::new(), text.as_bytes(), &mut signature);
    signed.map_err(|_| "its private key does not sign")?;
    Ok(Zeroizing::new(format!("{text}.{}", BASE64URL_NOPAD.encode(&signature))))
}

fn judge(answer: &Answer) -> Validity {
    let body: Value = serde_json::from_slice(&answer.body).unwrap_or_default();
    let text = |name: &str| body.get(name).and_then(Value::as_str).unwrap_or_default();
    let is_refusal = text("error") == "invalid_grant" && REFUSALS.contains(&text("error_description"));
    match answer.status {
        200 if !text("access_token").is_empty() => Validity::Active,
        400 if is_refusal => Validity::Inactive,
        status => Validity::Unknown {
            why: format!("{HOST} answered {status}, which does not say whether the credential works"),
        },
    }
}
