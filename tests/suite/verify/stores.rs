//! Keys of AWS and of stores of objects, against moto and Azurite: servers that check signatures as AWS's and Azure's do.

use std::fs;
use std::path::Path;
use std::process::Command;

use data_encoding::BASE64;
use straykey::model::finding::Finding;
use straykey::model::validity::Validity;
use straykey::model::verification::Expiry;

use super::super::harness::pattern;
use super::servers::{Server, certificate_for, free_port, installed, unknown};
use super::stub::{Reply, Stub};
use super::{finding, options, try_one};

const WRONG: &str = "Zq8vT3nW5xK1rB7mY2pL9cD4hF6jG0sA8dE3uN5w";

/// Moto, and the key of the one user that it knows.
fn moto(authority: &Path) -> (Server, String, String) {
    let folder = tempfile::tempdir().unwrap();
    let hosts = [
        "sts.us-east-1.amazonaws.com",
        "sts.us-gov-west-1.amazonaws.com",
        "sts.cn-north-1.amazonaws.com.cn",
        "nyc3.digitaloceanspaces.com",
        "0123456789abcdef0123456789abcdef.r2.cloudflarestorage.com",
    ];
    certificate_for(&hosts, folder.path(), authority);
    let script = folder.path().join("moto_server.py");
    fs::write(&script, include_str!("moto_server.py")).unwrap();
    let port = free_port();
    let mut server = Command::new(installed("python/bin/python3"));
    server.arg(&script).arg(port.to_string()).arg(folder.path());
    let mut server = Server::start(server, port, folder);
    server.ca_file = Some(authority.to_owned());
    let key = fs::read_to_string(server.folder.path().join("key")).unwrap();
    let (id, secret) = key.trim().split_once('\n').unwrap();
    (server, id.to_owned(), secret.to_owned())
}

#[test]
fn keys_of_aws_and_of_stores_that_speak_s3() {
    let folder = tempfile::tempdir().unwrap();
    let (server, id, secret) = moto(&folder.path().join("ca.pem"));
    let none = format!("AKIA{}", "Y34FZKBOKMUTVV7A");
    let account = "0123456789abcdef0123456789abcdef";
    let ask = |kind: &str, parts: &[(&str, &str)], secret: &str| {
        try_one(finding(&pattern(kind), secret.as_bytes(), parts), &Default::default(), &server.options())
    };
    let kinds = [
        ("aws-access-key-id", "key_id", None),
        ("digitalocean-spaces-key", "key_id", Some(("region", "nyc3"))),
        ("cloudflare-r2-secret-key", "access_key_id", Some(("account_id", account))),
    ];
    for (kind, name, beside) in kinds {
        let parts = |id| [(name, id)].into_iter().chain(beside).collect::<Vec<(&str, &str)>>();
        let told = ask(kind, &parts(&id), &secret);
        assert_eq!(told.validity, Validity::Active, "{kind}");
        assert!(told.identity.account.is_some(), "{kind}");
        assert_eq!(ask(kind, &parts(&id), WRONG).validity, Validity::Inactive, "{kind}");
        assert_eq!(ask(kind, &parts(&none), &secret).validity, Validity::Inactive, "{kind}");
    }
    let told = ask("aws-access-key-id", &[("key_id", &id)], &secret);
    assert_eq!(told.identity.principal.unwrap().value, "arn:aws:iam::123456789012:user/nightly");
    unknown(ask("cloudflare-r2-secret-key", &[("access_key_id", &id)], &secret), "`account_id`");
    unknown(ask("digitalocean-spaces-key", &[("key_id", &id)], &id), "`secret`");
    let options = server.options();
    drop(server);
    let spaces = finding(&pattern("digitalocean-spaces-key"), secret.as_bytes(), &[("key_id", &id)]);
    unknown(try_one(spaces, &Default::default(), &options), "cannot be reached");
}

fn storage_key(key: &str) -> Finding {
    finding(&pattern("azure-storage-account-key"), key.as_bytes(), &[("account", "wrenstore")])
}

#[test]
fn keys_of_azure_storage() {
    let place = tempfile::tempdir().unwrap();
    let authority = place.path().join("ca.pem");
    let folder = tempfile::tempdir().unwrap();
    let (cert, key) = certificate_for(&["wrenstore.blob.core.windows.net"], folder.path(), &authority);
    let secret = BASE64.encode(&[0x5a; 64]);
    let port = free_port();
    let mut server = Command::new("node");
    server.current_dir(folder.path()).arg(installed("npm/node_modules/azurite/dist/src/blob/main.js"));
    server.args(["--disableTelemetry", "--silent", "--blobHost", "127.0.0.1", "--blobPort", &port.to_string()]);
    server.args(["-l", ".", "--cert", &cert, "--key", &key]).env("AZURITE_ACCOUNTS", format!("wrenstore:{secret}"));
    let mut server = Server::start(server, port, folder);
    server.ca_file = Some(authority);
    let told = try_one(storage_key(&secret), &Default::default(), &server.options());
    assert_eq!(told.validity, Validity::Active);
    assert_eq!(told.identity.account.unwrap().value, "wrenstore");
    // It words its refusal as the real one words the ban of a network.
    let other = BASE64.encode(&[0x5b; 64]);
    unknown(try_one(storage_key(&other), &Default::default(), &server.options()), "403 AuthorizationFailure");
    let mut strict = server.options();
    strict.egress.allow_hosts.clear();
    unknown(try_one(storage_key(&secret), &Default::default(), &strict), "--verify-host");
    let options = server.options();
    drop(server);
    unknown(try_one(storage_key(&secret), &Default::default(), &options), "cannot be reached");
}

#[test]
fn only_a_wrong_signature_refuses_a_key_of_azure_storage() {
    let place = tempfile::tempdir().unwrap();
    let authority = place.path().join("ca.pem");
    let stub = Stub::secure(&["wrenstore.blob.core.windows.net"], &authority, |_| Reply::Raw(Vec::new()));
    let mut options = options(stub.address);
    options.egress.ca_file = Some(authority);
    let secret = BASE64.encode(&[0x5a; 64]);
    let ask = |code: &str, detail: &str| {
        let body = format!(
            "\u{feff}<?xml version=\"1.0\" encoding=\"utf-8\"?><Error><Code>{code}</Code><Message>Server failed to \
             authenticate the request.</Message><AuthenticationErrorDetail>{detail}</AuthenticationErrorDetail></Error>"
        );
        let headers = vec!["Content-Type: application/xml".into()];
        stub.answer(move |_| Reply::Answer { status: 403, headers: headers.clone(), body: body.clone().into_bytes() });
        try_one(storage_key(&secret), &Default::default(), &options).validity
    };
    let wrong = "The MAC signature found in the HTTP request 'x' is not the same as any computed signature. Server used \
                 following string to sign: 'GET'.";
    assert_eq!(ask("AuthenticationFailed", wrong), Validity::Inactive);
    for (code, detail) in [
        ("AuthenticationFailed", "Request date header too old: 'Thu, 26 Nov 2026 10:00:00 GMT'"),
        ("AuthorizationFailure", wrong),
        ("KeyBasedAuthenticationNotPermitted", ""),
    ] {
        assert!(matches!(ask(code, detail), Validity::Unknown { .. }), "{code} {detail}");
    }
    let asked = format!("{:?}", stub.take());
    assert!(asked.contains("SharedKey wrenstore:") && !asked.contains(&secret), "the key itself is not sent");
}

/// Shared access signatures are read, and nobody is asked.
#[test]
fn shared_access_signatures_are_over_by_their_own_words() {
    let ask = |query: &str| {
        let signature = ["sig=", &"b9Qp5LPokOe07TwxPA1b".repeat(2), "abc%3D"].concat();
        let secret = format!("https://wrenstore.blob.core.windows.net/a.zip?sv=2022-11-02{query}&{signature}");
        let options = options("127.0.0.1:1".parse().unwrap());
        try_one(finding(&pattern("azure-sas-url"), secret.as_bytes(), &[]), &Default::default(), &options)
    };
    for query in ["&se=2020-01-01T00%3A00%3A00Z&sp=r", "&amp;sp=r&amp;se=2020-01-01"] {
        let told = ask(query);
        assert_eq!(told.validity, Validity::Inactive, "{query}");
        assert_eq!(told.expiry, Expiry::At(1_577_836_800), "{query}");
    }
    unknown(ask("&se=2999-01-01T00:00:00Z&sp=r"), "not over");
    unknown(ask("&si=policy"), "does not say when");
}
