//! JSON web tokens, against issuers that publish their keys.

use data_encoding::BASE64URL_NOPAD;
use jiff::Timestamp;
use ring::rand::SystemRandom;
use ring::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, Ed25519KeyPair, KeyPair};
use serde_json::{Value, json as value};
use straykey::model::validity::Validity;
use straykey::model::verification::Verification;

use super::super::harness::pattern;
use super::stub::{Stub, json};
use super::{finding, options, try_one};

/// Signs a token's first two parts.
type Sign = Box<dyn Fn(&[u8]) -> Vec<u8>>;

/// A key of an issuer: the name of its algorithm, what it publishes, and how it signs.
fn keys() -> Vec<(&'static str, Value, Sign)> {
    let encode = |bytes: &[u8]| BASE64URL_NOPAD.encode(bytes);
    let ed = Ed25519KeyPair::from_seed_unchecked(&[7; 32]).unwrap();
    let ed_key = value!({ "kty": "OKP", "crv": "Ed25519", "kid": "k1", "x": encode(ed.public_key().as_ref()) });
    let random = SystemRandom::new();
    let file = EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &random).unwrap();
    let ec = EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, file.as_ref(), &random).unwrap();
    let point = ec.public_key().as_ref().to_vec();
    let ec_key =
        value!({ "kty": "EC", "crv": "P-256", "kid": "k1", "x": encode(&point[1..33]), "y": encode(&point[33..]) });
    vec![
        ("EdDSA", ed_key, Box::new(move |text| ed.sign(text).as_ref().to_vec())),
        ("ES256", ec_key, Box::new(move |text| ec.sign(&SystemRandom::new(), text).unwrap().as_ref().to_vec())),
    ]
}

fn token(algorithm: &str, id: &str, claims: &Value, sign: impl Fn(&[u8]) -> Vec<u8>) -> String {
    let part = |value: &Value| BASE64URL_NOPAD.encode(value.to_string().as_bytes());
    let head = value!({ "alg": algorithm, "kid": id });
    let signed = format!("{}.{}", part(&head), part(claims));
    format!("{signed}.{}", BASE64URL_NOPAD.encode(&sign(signed.as_bytes())))
}

fn claims(seconds: i64) -> Value {
    value!({ "iss": "https://id.acme.example/main/", "sub": "svc-42", "exp": Timestamp::now().as_second() + seconds })
}

struct Issuer {
    stub: Stub,
    options: straykey::verify::Options,
    _folder: tempfile::TempDir,
}

impl Issuer {
    fn new(key: Value, keys_at: &'static str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let authority = folder.path().join("ca.pem");
        let stub = Stub::secure(&["id.acme.example", "keys.acme.example"], &authority, move |asked| {
            match asked.line.split(' ').nth(1).unwrap() {
                "/main/.well-known/openid-configuration" => json(200, &format!("{{\"jwks_uri\":\"{keys_at}\"}}")),
                "/main/keys" => json(200, &value!({ "keys": [key] }).to_string()),
                _ => json(404, "{}"),
            }
        });
        let mut options = options(stub.address);
        options.egress.ca_file = Some(authority);
        Self { stub, options, _folder: folder }
    }

    fn ask(&self, token: &str) -> Verification {
        let told = try_one(finding(&pattern("jwt-token"), token.as_bytes(), &[]), &Default::default(), &self.options);
        let asked = format!("{:?}", self.stub.take());
        assert!(!asked.contains(token.rsplit('.').next().unwrap()), "the token is not sent");
        told
    }
}

const KEYS: &str = "https://id.acme.example/main/keys";

#[track_caller]
fn unsure(told: Verification, reason: &str) {
    let (Validity::Unknown { why } | Validity::NotChecked { why }) = &told.validity else { panic!("{told:?}") };
    assert!(why.contains(reason), "{why}");
}

#[test]
fn a_token_works_if_its_issuer_signed_it_and_it_is_not_over() {
    for (algorithm, key, sign) in keys() {
        let issuer = Issuer::new(key, KEYS);
        assert_eq!(issuer.ask(&token(algorithm, "k1", &claims(3600), &sign)).validity, Validity::Active, "{algorithm}");
        let forged = token(algorithm, "k1", &claims(3600), |_| vec![9; 64]);
        assert_eq!(issuer.ask(&forged).validity, Validity::Inactive, "{algorithm}");
        unsure(issuer.ask(&token(algorithm, "k0", &claims(3600), &sign)), "no key any more");
        let nameless = token(algorithm, "", &claims(3600), |_| vec![9; 64]);
        unsure(issuer.ask(&nameless), "no key any more");
    }
}

/// Made with OpenSSL, which also signs: ring makes no such keys.
#[test]
fn a_token_signed_with_rsa() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("key.pem");
    let openssl = |words: &[&str]| {
        let output = std::process::Command::new("openssl").args(words).output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        output.stdout
    };
    let path = file.to_str().unwrap();
    openssl(&["genrsa", "-out", path, "2048"]);
    let modulus = String::from_utf8(openssl(&["rsa", "-in", path, "-noout", "-modulus"])).unwrap();
    let modulus = data_encoding::HEXUPPER.decode(modulus.trim().trim_start_matches("Modulus=").as_bytes()).unwrap();
    let key = value!({ "kty": "RSA", "kid": "k1", "n": BASE64URL_NOPAD.encode(&modulus), "e": "AQAB" });
    let sign = |text: &[u8]| {
        let signed = folder.path().join("text");
        std::fs::write(&signed, text).unwrap();
        openssl(&["dgst", "-sha256", "-sign", path, signed.to_str().unwrap()])
    };
    let issuer = Issuer::new(key, KEYS);
    assert_eq!(issuer.ask(&token("RS256", "k1", &claims(3600), sign)).validity, Validity::Active);
    assert_eq!(issuer.ask(&token("RS256", "k1", &claims(3600), |_| vec![9; 256])).validity, Validity::Inactive);
}

#[test]
fn what_is_over_needs_no_issuer_and_what_has_none_is_not_asked_about() {
    let (algorithm, key, sign) = keys().remove(0);
    let mut issuer = Issuer::new(key, "https://keys.acme.example/main/keys");
    issuer.options.egress.allow_hosts = vec!["id.acme.example".into()];
    unsure(issuer.ask(&token(algorithm, "k1", &claims(3600), &sign)), "--verify-host keys.acme.example");
    issuer.options.egress.allow_hosts.clear();
    unsure(issuer.ask(&token(algorithm, "k1", &claims(3600), &sign)), "--verify-host id.acme.example");
    assert_eq!(issuer.ask(&token(algorithm, "k1", &claims(-3600), &sign)).validity, Validity::Inactive);
    unsure(issuer.ask(&token("HS256", "k1", &claims(3600), &sign)), "a secret that only its issuer has");
    for issuer_name in ["http://id.acme.example", "https://u:p@id.acme.example/", "acme"] {
        let claims = value!({ "iss": issuer_name, "sub": "svc-42" });
        unsure(issuer.ask(&token(algorithm, "k1", &claims, &sign)), "no issuer that can be asked");
    }
}
