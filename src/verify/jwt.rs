//! Looks whether a token is over by its own words, and else whether its issuer signed it: the issuer is asked for its public keys.
//! The token itself is not sent.

use data_encoding::BASE64URL_NOPAD;
use jiff::Timestamp;
use ring::signature::{
    self, ECDSA_P256_SHA256_FIXED, ECDSA_P384_SHA384_FIXED, ED25519, RSA_PKCS1_2048_8192_SHA256,
    RSA_PKCS1_2048_8192_SHA384, RSA_PKCS1_2048_8192_SHA512, RSA_PSS_2048_8192_SHA256, RsaParameters,
    RsaPublicKeyComponents, UnparsedPublicKey,
};
use serde_json::Value;
use zeroize::Zeroizing;

use super::Verifier;
use super::egress::Call;
use super::session::Session;
use crate::model::declaration::Method;
use crate::model::plan::Planned;
use crate::model::secret::Credential;
use crate::model::validity::Validity;
use crate::model::verification::{Said, Source, Verification};

/// Where issuers say where their keys are.
const SETTINGS: &str = "/.well-known/openid-configuration";
/// Seconds that clocks may differ by.
const LEEWAY: i64 = 300;
/// The longest token, in bytes.
const LONGEST: usize = 64 << 10;

/// Verifies JSON web tokens.
pub(super) struct Jwt;

/// A token, taken apart.
struct Token<'c> {
    head: Value,
    claims: Value,
    signed: &'c str,
    signature: Vec<u8>,
}

/// A place on the network that the token or its issuer names.
struct Address {
    host: String,
    path: String,
}

impl Address {
    /// None where it is not one without user, query and odd characters.
    fn read(url: &str) -> Option<Self> {
        let rest = url.strip_prefix("https://")?;
        let (host, path) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
        let is_host = |byte: u8| byte.is_ascii_alphanumeric() || b".-:".contains(&byte);
        let is_path = |byte: u8| byte.is_ascii_alphanumeric() || b"._~/-".contains(&byte);
        let is_fit = !host.is_empty() && host.bytes().all(is_host) && path.bytes().all(is_path);
        is_fit.then(|| Self { host: host.to_ascii_lowercase(), path: path.to_owned() })
    }
}

impl<'c> Token<'c> {
    fn read(credential: &'c Credential) -> Result<Self, String> {
        let broken = || "it is no signed token that can be read".to_owned();
        let text = std::str::from_utf8(credential.secret.expose()).ok().filter(|text| text.len() <= LONGEST);
        let (signed, signature) = text.and_then(|text| text.rsplit_once('.')).ok_or_else(broken)?;
        let (head, claims) = signed.split_once('.').ok_or_else(broken)?;
        let bytes = |part: &str| BASE64URL_NOPAD.decode(part.trim_end_matches('=').as_bytes()).ok();
        let json = |part: &str| serde_json::from_slice(&bytes(part)?).ok().filter(Value::is_object);
        let signature = bytes(signature).ok_or_else(broken)?;
        Ok(Self { head: json(head).ok_or_else(broken)?, claims: json(claims).ok_or_else(broken)?, signed, signature })
    }

    fn is_over(&self) -> bool {
        let end = self.claims.get("exp").and_then(Value::as_f64);
        end.is_some_and(|end| end as i64 + LEEWAY < Timestamp::now().as_second())
    }

    /// Where the issuer says where its keys are; if it cannot be asked, why.
    fn issuer(&self) -> Result<Address, String> {
        let way = text(&self.head, "alg");
        if way.starts_with("HS") {
            return Err("it is signed with a secret that only its issuer has".into());
        }
        let issuer = Address::read(text(&self.claims, "iss")).ok_or("it names no issuer that can be asked")?;
        Ok(Address { path: format!("{}{SETTINGS}", issuer.path.trim_end_matches('/')), ..issuer })
    }

    /// Whether one of these keys signed it; none where none can tell.
    fn is_signed_by(&self, keys: &Value) -> Option<bool> {
        let keys = keys.get("keys")?.as_array()?;
        let id = text(&self.head, "kid");
        // Without a name any key may be the one, and a refusal by all of them says nothing.
        let fits = |key: &&Value| id.is_empty() || text(key, "kid") == id;
        let told: Vec<bool> = keys.iter().filter(fits).filter_map(|key| self.is_signed(key)).collect();
        match told.contains(&true) {
            true => Some(true),
            false if id.is_empty() || told.is_empty() => None,
            false => Some(false),
        }
    }

    /// Whether this key signed it; none where it is not for that.
    fn is_signed(&self, key: &Value) -> Option<bool> {
        let number = |name: &str| BASE64URL_NOPAD.decode(text(key, name).as_bytes()).ok().filter(|all| !all.is_empty());
        let (signed, signature) = (self.signed.as_bytes(), self.signature.as_slice());
        let rsa = |way: &RsaParameters| {
            let key = RsaPublicKeyComponents { n: number("n")?, e: number("e")? };
            Some(key.verify(way, signed, signature).is_ok())
        };
        let point = |way: &'static dyn signature::VerificationAlgorithm| {
            let key = [vec![4], number("x")?, number("y")?].concat();
            Some(UnparsedPublicKey::new(way, key).verify(signed, signature).is_ok())
        };
        match (text(&self.head, "alg"), text(key, "kty")) {
            ("RS256", "RSA") => rsa(&RSA_PKCS1_2048_8192_SHA256),
            ("RS384", "RSA") => rsa(&RSA_PKCS1_2048_8192_SHA384),
            ("RS512", "RSA") => rsa(&RSA_PKCS1_2048_8192_SHA512),
            ("PS256", "RSA") => rsa(&RSA_PSS_2048_8192_SHA256),
            ("ES256", "EC") => point(&ECDSA_P256_SHA256_FIXED),
            ("ES384", "EC") => point(&ECDSA_P384_SHA384_FIXED),
            ("EdDSA", "OKP") => Some(UnparsedPublicKey::new(&ED25519, number("x")?).verify(signed, signature).is_ok()),
            _ => None,
        }
    }
}

fn text<'v>(value: &'v Value, name: &str) -> &'v str {
    value.get(name).and_then(Value::as_str).unwrap_or_default()
}

impl Verifier for Jwt {
    fn name(&self) -> String {
        "jwt".into()
    }

    fn hosts(&self) -> Vec<String> {
        vec!["<iss>".into()]
    }

    fn plan(&self, credential: &Credential) -> Result<Vec<Planned>, String> {
        let token = Token::read(credential)?;
        if token.is_over() {
            return Ok(Vec::new());
        }
        let Address { host, path } = token.issuer()?;
        Ok(vec![Planned { host, is_from_content: true, method: Method::Get.word(), path }])
    }

    fn verify(&self, credential: &Credential, session: &Session<'_>) -> Verification {
        let token = match Token::read(credential) {
            Ok(token) if token.is_over() => return Verification::of(Validity::Inactive),
            Ok(token) => token,
            Err(why) => return Verification::not_checked(why),
        };
        let issuer = match token.issuer() {
            Ok(issuer) => issuer,
            Err(why) => return Verification::not_checked(why),
        };
        let unknown = |why: String| Verification::of(Validity::Unknown { why });
        let keys = match get(&issuer, session) {
            Ok(settings) => Address::read(text(&settings, "jwks_uri")),
            Err(undecided) => return Verification::of(undecided),
        };
        let Some(keys) = keys else { return unknown(format!("{} does not say where its keys are", issuer.host)) };
        match get(&keys, session).map(|found| token.is_signed_by(&found)) {
            Ok(Some(true)) => {
                let mut told = Verification::of(Validity::Active);
                told.identity.host = Some(Said { value: issuer.host, by: Source::Provider });
                told
            }
            Ok(Some(false)) => Verification::of(Validity::Inactive),
            Ok(None) => unknown(format!("{} has no key any more that tells whether it signed this", keys.host)),
            Err(undecided) => Verification::of(undecided),
        }
    }
}

fn get(address: &Address, session: &Session<'_>) -> Result<Value, Validity> {
    let answer = session.send(&Call {
        method: Method::Get,
        is_plain: false,
        host: address.host.clone(),
        is_from_content: true,
        path: Zeroizing::new(address.path.clone()),
        headers: Vec::new(),
        body: None,
    })?;
    let found = serde_json::from_slice(&answer.body).ok().filter(|_| answer.status == 200);
    found.ok_or_else(|| Validity::Unknown {
        why: format!("{} answered {}, but not with what issuers publish", address.host, answer.status),
    })
}
