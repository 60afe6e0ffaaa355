//! What credentials say about themselves, without a call.

use std::collections::BTreeSet;
use std::process::Command;

use data_encoding::BASE64URL_NOPAD;
use straykey::model::validity::Validity;
use straykey::model::verification::{Expiry, PrincipalKind, Source, Verification};
use straykey::verify;

use super::super::harness::{example, pattern};
use super::finding;

fn read(id: &str, secret: &str, parts: &[(&str, &str)]) -> Verification {
    let findings = vec![finding(&pattern(id), secret.as_bytes(), parts)];
    verify::read_offline(findings, &BTreeSet::new()).remove(0).verification
}

#[track_caller]
fn is(said: Option<straykey::model::verification::Said>, value: &str) {
    let said = said.expect("something is said");
    assert_eq!((said.value.as_str(), said.by), (value, Source::Credential));
}

#[test]
fn the_account_of_an_aws_key_is_read_from_its_id() {
    let id = ["ASIA", "Y34FZKBOKMUTVV7A"].concat();
    let told = read("aws-secret-access-key", "x7c".repeat(14).as_str(), &[("key_id", &id)]);
    is(told.identity.account, "609629065308");
    is(told.identity.public_id, &id);
    assert_eq!(told.validity.word(), "not_checked");
    for old in ["AKIAI", "AKIAJ"] {
        let id = format!("{old}{}", "A2".repeat(15)).chars().take(20).collect::<String>();
        assert_eq!(read("aws-secret-access-key", "abc", &[("key_id", &id)]).identity.account, None, "{id}");
    }
    // An id of wrong letters is none.
    assert_eq!(read("aws-secret-access-key", "abc", &[("key_id", "AKIA0189é")]).identity.account, None);
}

/// The fingerprints are those that OpenSSH tells.
#[test]
fn a_private_key_tells_the_fingerprint_of_its_public_half() {
    let folder = tempfile::tempdir().unwrap();
    let run = |program: &str, words: &[&str]| {
        let output = Command::new(program).args(words).current_dir(folder.path()).output().unwrap();
        assert!(output.status.success(), "{program} {words:?}: {}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap()
    };
    run("ssh-keygen", &["-q", "-t", "ed25519", "-N", "", "-f", "ed"]);
    run("ssh-keygen", &["-q", "-t", "rsa", "-b", "2048", "-N", "open sesame", "-f", "encrypted"]);
    run("ssh-keygen", &["-q", "-t", "rsa", "-b", "2048", "-m", "PEM", "-N", "", "-f", "rsa"]);
    run("ssh-keygen", &["-q", "-t", "ecdsa", "-b", "256", "-m", "PKCS8", "-N", "", "-f", "ec"]);
    for (name, kind) in [
        ("ed", "private-key-openssh"),
        ("encrypted", "private-key-openssh"),
        ("rsa", "private-key-rsa-pem"),
        ("ec", "private-key-pkcs8-pem"),
    ] {
        let listed = run("ssh-keygen", &["-l", "-f", &format!("{name}.pub")]);
        let text = std::fs::read_to_string(folder.path().join(name)).unwrap();
        let fingerprint = listed.split(' ').nth(1).unwrap();
        is(read(kind, &text, &[]).identity.public_id, fingerprint);
        // Within a string literal too.
        is(read(kind, &text.replace('\n', "\\n"), &[]).identity.public_id, fingerprint);
        let cut = &text[..text.len() / 2];
        assert_eq!(read(kind, cut, &[]).identity.public_id, None, "{name}, cut");
    }
}

#[test]
fn bait_is_known_and_never_tried() {
    let id = ["AKIA", "AYLPMN5HAAAAAAAA"].concat();
    let bait = finding(&pattern("aws-secret-access-key"), b"abc", &[("key_id", &id)]);
    let told = verify::read_offline(vec![bait.clone()], &BTreeSet::new()).remove(0).verification;
    assert!(told.canary);
    is(told.identity.account, "052310077262");
    let options = super::options("127.0.0.1:1".parse().unwrap());
    let plan = verify::plan(&[bait], &Default::default(), &options).unwrap().remove(0);
    assert!(plan.requests.unwrap_err().contains("bait"));
    let own = ["ASIA", "Y34FZKBOKMUTVV7A"].concat();
    let own = finding(&pattern("aws-secret-access-key"), b"abc", &[("key_id", &own)]);
    let further = BTreeSet::from(["609629065308".to_owned()]);
    assert!(verify::read_offline(vec![own.clone()], &further)[0].verification.canary);
    assert!(!verify::read_offline(vec![own], &BTreeSet::new())[0].verification.canary);
    let hook = "https://canarytokens.com/about/x/y";
    assert!(read("generic-url-basic-auth", "abc", &[("host", hook)]).canary);
}

#[test]
fn claims_of_a_json_web_token_are_read() {
    let claims = r#"{"iss":"https://login.acme.example/t","sub":"u-1","azp":"app-1","tid":"t-1","scp":"b a","iat":1700000000,"exp":1800000000,"jti":"j-1"}"#;
    let token = format!("eyJhbGciOiJSUzI1NiJ9.{}.{}", BASE64URL_NOPAD.encode(claims.as_bytes()), "s".repeat(43));
    let told = read("jwt-token", &token, &[]);
    is(told.identity.principal, "u-1");
    is(told.identity.application, "app-1");
    is(told.identity.account, "t-1");
    is(told.identity.public_id, "j-1");
    is(told.identity.host, "login.acme.example");
    assert_eq!(told.scopes.unwrap(), ["a", "b"]);
    assert_eq!((told.created_at, told.expiry), (Some(1_700_000_000), Expiry::At(1_800_000_000)));
    for broken in ["eyJ.e30.", "eyJhbGciOiJSUzI1NiJ9.W10.c", "eyJ.!!.c", "eyJhbGciOiJSUzI1NiJ9.eyJleHAiOiJ4In0.c"] {
        assert_eq!(read("jwt-token", broken, &[]).expiry, Expiry::Untold, "{broken}");
    }
}

#[test]
fn a_service_account_file_says_whose_it_is() {
    let file = r#"{"type":"service_account","project_id":"acme-prod","private_key_id":"abc123","client_email":"bot@acme-prod.iam.gserviceaccount.com","client_id":"1234"}"#;
    for text in [file.to_owned(), file.replace('"', "\\\"")] {
        let told = read("gcp-service-account-key", &text, &[]);
        // The whole file is the secret: what it tells is told all the same.
        assert_eq!(told.identity.kind, Some(PrincipalKind::Service));
        is(told.identity.principal, "bot@acme-prod.iam.gserviceaccount.com");
        is(told.identity.account, "acme-prod");
        is(told.identity.public_id, "abc123");
        is(told.identity.application, "1234");
    }
}

#[test]
fn parts_tell_whose_a_credential_is() {
    let told = read(
        "postgres-connection-uri",
        "hunter2",
        &[("user", "app"), ("host", "db.acme.example"), ("database", "orders")],
    );
    is(told.identity.principal, "app");
    is(told.identity.host, "db.acme.example/orders");
    let told = read("azure-entra-client-secret", "abc", &[("tenant_id", "t-1"), ("client_id", "c-1")]);
    is(told.identity.account, "t-1");
    is(told.identity.application, "c-1");
    is(read("stripe-secret-key", "abc", &[("account", "1AbcDef")]).identity.account, "acct_1AbcDef");
    is(read("slack-incoming-webhook", "abc", &[("team", "T1"), ("bot", "B1")]).identity.account, "T1");
    assert_eq!(
        read("github-pat-classic", &example("github-pat-classic", 1), &[]).identity.kind,
        Some(PrincipalKind::User)
    );
}

#[test]
fn a_pypi_token_says_its_id_projects_and_end() {
    let field = |kind: u8, text: &str| [&[kind, u8::try_from(text.len()).unwrap()], text.as_bytes()].concat();
    let id = "12345678-9abc-def0-1234-56789abcdef0";
    let caveat = |text: &str| [field(2, text), vec![0]].concat();
    let macaroon = [
        vec![2],
        field(1, "pypi.org"),
        field(2, id),
        vec![0],
        caveat("[0,1900000000,1]"),
        caveat(r#"[1,["straykey"]]"#),
        vec![0],
        field(6, &"s".repeat(32)),
    ]
    .concat();
    let token = format!("pypi-{}", BASE64URL_NOPAD.encode(&macaroon));
    let told = read("pypi-upload-token", &token, &[]);
    is(told.identity.public_id, id);
    is(told.identity.host, "pypi.org");
    assert_eq!(told.scopes.unwrap(), ["project:straykey"]);
    assert_eq!(told.expiry, Expiry::At(1_900_000_000));
    for cut in 0..macaroon.len() {
        let token = format!("pypi-{}", BASE64URL_NOPAD.encode(&macaroon[..cut]));
        assert!(matches!(read("pypi-upload-token", &token, &[]).validity, Validity::NotChecked { .. }));
    }
}

#[test]
fn what_is_told_holds_no_piece_of_the_secret() {
    let secret = "hunter2hunter2hunter2";
    let told = read("postgres-connection-uri", secret, &[("user", &format!("app-{secret}")), ("host", "db\n.example")]);
    assert_eq!((told.identity.principal, told.identity.host), (None, None));
}
