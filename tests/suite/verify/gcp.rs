//! Keys of Google's service accounts, against a server that answers as Google documents.

use std::collections::BTreeMap;
use std::process::Command;

use data_encoding::BASE64URL_NOPAD;
use ring::signature::{KeyPair, RSA_PKCS1_2048_8192_SHA256, RsaKeyPair, UnparsedPublicKey};
use serde_json::{Value, json as value};
use straykey::model::finding::Finding;
use straykey::model::validity::Validity;
use straykey::model::verification::{PrincipalKind, Source, Verification};
use straykey::verify::Options;
use tempfile::TempDir;

use super::super::harness::pattern;
use super::stub::{Reply, Stub, json, page};
use super::{finding, options, try_one};

const EMAIL: &str = "nightly@billing-42.iam.gserviceaccount.com";

/// A private key that nobody else has, as text.
fn private_key() -> String {
    let output = Command::new("openssl")
        .args(["genpkey", "-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:2048"])
        .output()
        .expect("openssl; tests/run installs it");
    String::from_utf8(output.stdout).unwrap()
}

fn file(key: &str, more: &[(&str, &str)]) -> String {
    let mut file = value!({
        "type": "service_account", "project_id": "billing-42", "private_key_id": "4d".repeat(20),
        "private_key": key, "client_email": EMAIL, "token_uri": "https://evil.example/token",
    });
    more.iter().for_each(|(name, text)| file[*name] = value!(text));
    file.to_string()
}

fn named(text: &str) -> Finding {
    finding(&pattern("gcp-service-account-key"), text.as_bytes(), &[])
}

struct Bench {
    stub: Stub,
    options: Options,
    _folder: TempDir,
}

fn bench() -> Bench {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("ca.pem");
    let stub = Stub::secure(&["oauth2.googleapis.com"], &file, |_| json(500, "{}"));
    let mut options = options(stub.address);
    options.egress.ca_file = Some(file);
    Bench { stub, options, _folder: folder }
}

impl Bench {
    fn ask(&self, text: &str, reply: Reply) -> Verification {
        self.stub.answer(move |_| reply.clone());
        try_one(named(text), &BTreeMap::new(), &self.options)
    }
}

fn granted() -> Reply {
    json(200, r#"{"access_token":"made-up","expires_in":3599,"token_type":"Bearer"}"#)
}

#[test]
fn a_key_signs_the_request_for_a_token_and_is_not_sent() {
    let bench = bench();
    let key = private_key();
    let plain = file(&key, &[]);
    let quoted = plain.replace('\\', "\\\\").replace('"', "\\\"");
    for text in [&plain, &quoted] {
        let told = bench.ask(text, granted());
        assert_eq!(told.validity, Validity::Active);
        let principal = told.identity.principal.unwrap();
        assert_eq!((principal.value.as_str(), principal.by), (EMAIL, Source::Provider));
        assert_eq!(told.identity.kind, Some(PrincipalKind::Service));
        assert_eq!(told.identity.account.unwrap().value, "billing-42");
        let asked = bench.stub.take().remove(0);
        assert_eq!((asked.line.trim_end(), asked.host.as_str()), ("POST /token HTTP/1.1", "oauth2.googleapis.com"));
        let (grant, assertion) = asked.body.split_once("&assertion=").unwrap();
        assert_eq!(grant, "grant_type=urn%3Aietf%3Aparams%3Aoauth%3Agrant-type%3Ajwt-bearer");
        let (signed, signature) = assertion.rsplit_once('.').unwrap();
        let (head, claims) = signed.split_once('.').unwrap();
        let read = |part: &str| -> Value {
            serde_json::from_slice(&BASE64URL_NOPAD.decode(part.as_bytes()).unwrap()).unwrap()
        };
        assert_eq!(read(head), value!({ "alg": "RS256", "typ": "JWT", "kid": "4d".repeat(20) }));
        let claims = read(claims);
        assert_eq!((&claims["iss"], &claims["aud"]), (&value!(EMAIL), &value!("https://oauth2.googleapis.com/token")));
        assert_eq!(claims["exp"].as_i64().unwrap() - claims["iat"].as_i64().unwrap(), 300);
        let body: String = key.lines().filter(|line| !line.starts_with("-----")).collect();
        let der = data_encoding::BASE64.decode(body.as_bytes()).unwrap();
        let pair = RsaKeyPair::from_pkcs8(&der).unwrap();
        let signature = BASE64URL_NOPAD.decode(signature.as_bytes()).unwrap();
        let public = UnparsedPublicKey::new(&RSA_PKCS1_2048_8192_SHA256, pair.public_key().as_ref());
        public.verify(signed.as_bytes(), &signature).expect("the signature is the key's");
        assert!(!format!("{asked:?}").contains(&body[100..140]));
    }
}

#[test]
fn only_the_refusal_of_a_key_is_a_refusal() {
    let bench = bench();
    let text = file(&private_key(), &[]);
    let no = |code: &str, why: &str| json(400, &value!({ "error": code, "error_description": why }).to_string());
    for why in ["Invalid JWT Signature.", "Invalid grant: account not found"] {
        assert_eq!(bench.ask(&text, no("invalid_grant", why)).validity, Validity::Inactive, "{why}");
    }
    let clock = "Invalid JWT: Token must be a short-lived token (60 minutes) and in a reasonable timeframe.";
    for (what, reply) in [
        ("a clock", no("invalid_grant", clock)),
        ("a scope", no("invalid_scope", "Invalid JWT Signature.")),
        ("a page", page(400, "<html>invalid_grant Invalid JWT Signature.</html>")),
        ("trouble", json(503, r#"{"error":"invalid_grant","error_description":"Invalid JWT Signature."}"#)),
        ("nothing", json(200, "{}")),
        (
            "a redirect",
            Reply::Answer { status: 302, headers: vec!["Location: https://evil.example/".into()], body: vec![] },
        ),
    ] {
        let told = bench.ask(&text, reply);
        assert!(matches!(told.validity, Validity::Unknown { .. }), "{what}: {:?}", told.validity);
    }
}

#[test]
fn what_is_no_key_of_googles_is_not_sent() {
    let bench = bench();
    let key = private_key();
    let cut: String = key.lines().take(4).chain(["-----END PRIVATE KEY-----"]).collect::<Vec<_>>().join("\n");
    for (text, what) in [
        (file(&cut, &[]), "private key"),
        (file("-----BEGIN PRIVATE KEY----- é -----END PRIVATE KEY-----", &[]), "private key"),
        (file(&key, &[("universe_domain", "cloud.acme.example")]), "another cloud"),
        (file(&key, &[]).replace("client_email", "client_post"), "client_email"),
    ] {
        let told = bench.ask(&text, granted());
        let Validity::NotChecked { why } = &told.validity else { panic!("{what}: {:?}", told.validity) };
        assert!(why.contains(what), "{why}");
        assert!(bench.stub.take().is_empty());
    }
}
