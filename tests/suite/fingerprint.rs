//! The keyed hash of a secret.

use straykey::detect::fingerprint::Fingerprinter;
use straykey::model::secret::Secret;

use crate::harness::{Sandbox, pattern, scan, straykey, token};

const KEY: &[u8] = b"0123456789abcdef0123456789abcdef";

fn of(key: Option<&[u8]>, id: &str, secret: &str) -> (String, bool) {
    Fingerprinter::new(key).unwrap().of(&pattern(id), &Secret::new(secret.as_bytes()))
}

#[test]
fn is_of_the_secret_alone() {
    let (one, lasting) = of(None, "stripe-secret-key", "same");
    assert!(lasting && one.starts_with("fp1:pub:") && one.len() == "fp1:pub:".len() + 32, "{one}");
    assert_eq!(one, of(None, "gitlab-pat", "same").0, "no pattern goes in");
    assert_eq!(one, of(None, "gitlab-pat", " \"same\"\n").0, "nor what wraps it");
    assert_ne!(one, of(None, "gitlab-pat", "other").0);
    assert_ne!(one, of(Some(KEY), "gitlab-pat", "same").0, "but the key does");
}

#[test]
fn a_chosen_password_gets_no_hash_that_could_be_guessed() {
    let (one, lasting) = of(None, "postgres-connection-uri", "hunter22");
    assert!(!lasting && one.starts_with("fp1:run:"), "{one}");
    assert_ne!(one, of(None, "postgres-connection-uri", "hunter22").0, "each run has a key of its own");
    assert!(of(Some(KEY), "postgres-connection-uri", "hunter22").1);
}

#[test]
fn a_key_is_the_same_however_it_is_written() {
    let body = "MIIEowIBAAKCAQEAx2Y0dTkqN1Vw8b".repeat(4);
    let pem =
        format!("-----BEGIN RSA PRIVATE KEY-----\n{}\n{}\n-----END RSA PRIVATE KEY-----", &body[..64], &body[64..]);
    let escaped = pem.replace('\n', "\\n");
    let one = of(Some(KEY), "private-key-rsa-pem", &pem).0;
    assert_eq!(one, of(Some(KEY), "private-key-rsa-pem", &escaped).0);
    assert_eq!(one, of(Some(KEY), "private-key-rsa-pem", &pem.replace('\n', "\r\n")).0);
    assert_ne!(one, of(Some(KEY), "private-key-rsa-pem", &pem.replace("MIIE", "MIIF")).0);
}

#[test]
fn weak_keys_are_refused() {
    assert!(Fingerprinter::new(Some(b"short")).is_err());
}

#[test]
fn the_key_comes_from_a_file() {
    let folder = Sandbox::new();
    folder.write("code/a", token(1));
    folder.write("key", KEY);
    folder.write("straykey.toml", "fingerprint_key_file = \"key\"\n");
    let config = folder.at("straykey.toml");
    let report = scan(&folder.at("code"), &["--config", config.to_str().unwrap()], 1);
    let fingerprint = report["findings"][0]["fingerprint"].as_str().unwrap();
    assert_eq!(fingerprint, of(Some(KEY), "github-pat-classic", &token(1)).0);
    folder.write("key", "short");
    let end = straykey(&["scan", "--config"]).arg(&config).arg(folder.at("code")).end().expect(2);
    assert!(end.stderr().contains("at least 16 bytes") && !end.stderr().contains("short"), "{}", end.stderr());
}
