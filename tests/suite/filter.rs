//! Values that have the right shape and are no secrets.

use std::collections::BTreeMap;

use straykey::detect::filter::{entropy, objection};

use crate::forms::forms;
use crate::harness::{example, pattern, straykey};

fn objects(id: &str, value: &str) -> bool {
    objection(&pattern(id), value.as_bytes(), &BTreeMap::new()).is_some()
}

#[test]
fn placeholders_are_no_secrets() {
    for value in [
        "sk_live_xxxxxxxxxxxxxxxxxxxxxxxx",
        "sk_live_000000000000000000000000",
        "sk_live_yourkeygoeshereyourkeygo",
        "sk_live_EXAMPLE8fj3kd92hf7sk20fh",
        "sk_live_abababababababababababab",
        "sk_live_51HG3kLFakeStripeSecretKey",
    ] {
        assert!(objects("stripe-secret-key", value), "{value}");
    }
    for number in 0..200 {
        let value = example("stripe-secret-key", number);
        assert!(!objects("stripe-secret-key", &value), "{value}");
    }
}

#[test]
fn stock_passwords_and_templates_are_no_secrets() {
    for value in
        ["password", "postgres", "${DB_PASSWORD}", "{{ pw }}", "<password>", "%PASSWORD%", "****", "xxx", "DB_PASSWORD"]
    {
        assert!(objects("postgres-connection-uri", value), "{value}");
    }
    for value in ["super$ecret", "p@ssw0rd", "pa$$word", "r00t", "S3cr3t!"] {
        assert!(objects("postgres-connection-uri", value), "{value}");
    }
    for value in ["vR8-kq2_Lm", "correct-horse-battery", "Tr0ub4dor&3"] {
        assert!(!objects("postgres-connection-uri", value), "{value}");
    }
}

#[test]
fn documented_examples_are_no_secrets() {
    for pattern in straykey::patterns::builtin().unwrap().iter().map(|listed| listed.pattern()) {
        for known in &pattern.known_examples {
            assert!(objection(pattern, known.as_bytes(), &BTreeMap::new()).is_some(), "{}", pattern.id);
        }
    }
}

#[test]
fn a_key_without_a_key_in_it_is_no_secret() {
    let header = "-----BEGIN RSA PRIVATE KEY-----";
    assert!(objects("private-key-rsa-pem", &format!("{header}\n{}\n-----END RSA PRIVATE KEY-----", "x".repeat(200))));
}

#[test]
fn entropy_is_in_bits_per_byte() {
    assert!(entropy(b"aaaa").abs() < 1e-9);
    assert!((entropy(b"abcd") - 2.0).abs() < 1e-9);
}

/// The confidence with which the only finding in a text is told.
fn confidence(text: &str) -> String {
    let ended = straykey(&["scan", "-", "--format", "json", "--min-confidence", "low"]).input(text.as_bytes()).end();
    let report = ended.json();
    let findings = report["findings"].as_array().expect("a list");
    assert_eq!(findings.len(), 1, "{text}");
    findings[0]["confidence"].as_str().expect("a word").to_owned()
}

#[test]
fn what_is_nearly_a_key_is_less_sure_than_a_key() {
    let key = ["q7Zt4Bv20LmX", "w9RkC4nPd8Ys", "3Vb6Jh1TgFe5"].concat();
    let hex = ["9f2c61d07ab3", "485e0c97d1f6", "2b840e73"].concat();
    for (text, wanted) in [
        (format!("ledger_token = {key}"), "medium"),
        // As long as the keys of a provider that is named beside it, two characters too short, and not near at all.
        (format!("algolia_token = {hex}"), "medium"),
        (format!("algolia_token = {}", &hex[..30]), "low"),
        (format!("algolia_token = {key}{key}"), "medium"),
        (format!("ledger_token = {}", hex.replacen('c', "k", 1)), "low"),
        (format!("ledger_token = q{}", key[1..].to_ascii_lowercase().replacen('k', "K", 1)), "low"),
        // Begins like a key of GitHub, and is too short.
        (format!("ledger_token = {}_{}", "ghp", &key[..20]), "low"),
        (format!("ledger_token = {}", "1234567890abcdef".repeat(2)), "medium"),
    ] {
        assert_eq!(confidence(&text), wanted, "{text}");
    }
}

/// Whether a text has findings at the confidence that is the default.
fn is_found(text: &[u8]) -> bool {
    straykey(&["scan", "-", "--format", "json"]).input(text).end().json()["findings"] != serde_json::json!([])
}

/// A line of `testdata/forms/no_secrets.txt` each.
#[test]
fn what_stands_in_code_and_prose_is_no_password() {
    for text in forms("no_secrets.txt") {
        assert!(!is_found(text.as_bytes()), "{text}");
    }
    let password = ["vR8-", "kq2_Lm"].concat();
    for text in [
        format!("ledger_password = \"{password}\""),
        format!("password={password} and more"),
        format!("smtpPassword: {password}"),
        format!("password = \"natasha-{password}\""),
        "password = \"SuperLedgerPassword\"".into(),
        "password = \"TheLedgerToken\"".into(),
        format!("LEDGER_PASSWORD: {}\n", ["ledger", "secret"].concat()),
        format!("log in as ledger (password: {password})"),
        format!("password: '{}'", ["!QAZ", "2wsx"].concat()),
        "password = 'пароль1'".into(),
        format!("{{\"grant_type\": \"password\", \"password\": \"{password}\"}}"),
        // `pk_` begins keys, too.
        format!("courier_key = \"pk_prod_{}\"", ["4Z8K2M9Q7T", "W3X5Y6R1N0", "P8V2B4C7D9"].concat()),
        format!("curl -X POST \\\n  -u 'build:{password}' \\\n  https://ci.internal"),
    ] {
        assert!(is_found(text.as_bytes()), "{text}");
    }
}

/// A picture in the string of a notebook has its breaks of lines written as `\n`.
#[test]
fn a_line_of_a_picture_in_a_string_is_no_key() {
    let key = ["q7ztbv20lmxw9rkc4npd8ysk3j9x", "h5gf2v8dm1cz6qw0tn4yb7kp", "3rj9xl5sv2h"].concat();
    let picture = |first: &str| format!("\"image/png\": \"{first}alienvault\\n{key}/q7ZtBv20LmXw\\n\"");
    let line = "3Tly+fl0kJCSIM2fOCCGEePbZZ8XLL78shBDi5ZdfFs8995wkdbm635s3b4rg4GBx/";
    assert!(!is_found(picture(line).as_bytes()));
    assert!(is_found(picture(&line[..40]).as_bytes()));
}

#[test]
fn what_is_named_a_digest_is_no_token() {
    let digest = ["9fceb02d0ae598e95dc9", "70b74767f19372d61af8"].concat();
    for text in [
        format!("github token for {{\"repo\":\"actions/cache\",\"sha\":\"{digest}\"}}"),
        format!("uses: docker/login-action@{digest}  # needs the github token"),
        format!("\"github\": \"https://api.github.com/repos/ledger/ledger/zipball/{digest}\""),
        format!("token for github, \"signature\": \"{digest}\""),
    ] {
        assert!(!is_found(text.as_bytes()), "{text}");
    }
    assert!(is_found(format!("github_token = \"{digest}\"").as_bytes()));
}

#[test]
fn bytes_of_a_program_are_no_setting() {
    let value = ["x9kv3Lh#cG4ra", "7L2isX!ee8wqr18wr"].concat();
    assert!(is_found(format!("SECRET_KEY={value}\n").as_bytes()));
    assert!(!is_found(format!("SECRET_KEY={}\x07h\x05\n", &value).as_bytes()));
}

/// What RFC 7292 has for a key in a store: its kind, then the key, encrypted.
#[test]
fn a_key_store_holds_a_key_where_it_has_a_bag_of_one() {
    let bag = |kind: u8| {
        let head = [6, 11, 0x2a, 0x86, 0x48, 0x86, 0xf7, 13, 1, 12, 10, 1, kind, 0xa0, 0x82];
        head.into_iter().chain((0..200).map(|at: u8| at.wrapping_mul(167) ^ 0x5a)).collect::<Vec<u8>>()
    };
    assert!(is_found(&bag(1)) && is_found(&bag(2)));
    assert!(!is_found(&bag(3)), "a certificate");
}

/// Public keys look drawn at random too.
#[test]
fn what_everybody_may_know_is_no_key() {
    let random = "q7ZtBv20LmXw9RkC4nPd8YsK3J9xQp7Vb2Lw8Rz5TfGhJkLm3N6";
    for key in [
        format!("MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAE{random}=="),
        format!("MEUCIQ{random}"),
        format!("UB{}", "AAQWTW6CG2G6ANGNKB5U2B7HRWHSGMZEZX3AQSAJOQDAUGJD46LD2E"),
    ] {
        assert!(!is_found(format!("ledger_key = \"{key}\"").as_bytes()), "{key}");
    }
    assert!(is_found(format!("ledger_key = \"{random}\"").as_bytes()));
    // The rest of a digest behind a `/` is none either.
    assert!(!is_found(format!("@ledger/types\": \"sha512-thWfawrDIP7wSI9ioT13I5soaaqB5vAP/{random}==").as_bytes()));
}
