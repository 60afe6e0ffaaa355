//! Credentials of registries, against the real ones: verdaccio for npm's packages, Docker's for images.

use std::fs;
use std::path::Path;
use std::process::Command;

use data_encoding::BASE64;
use straykey::model::validity::Validity;
use straykey::model::verification::Verification;

use super::super::harness::pattern;
use super::servers::{PASSWORD, Server, certificate, folder, free_port, installed, program, unknown};
use super::stub::{Asked, Reply, Stub, json};
use super::{finding, options, try_one};

const WRONG: &str = "Zq8vT3nW5x";

/// One user in Apache's way of keeping passwords.
fn users(folder: &Path) {
    let made = Command::new(program(&["htpasswd"], "/opt/apache")).args(["-nbB", "app", PASSWORD]).output().unwrap();
    assert!(made.status.success());
    fs::write(folder.join("users"), made.stdout).unwrap();
}

fn ask(server: &Server, kind: &str, secret: &str, parts: &[(&str, &str)]) -> Verification {
    try_one(finding(&pattern(kind), secret.as_bytes(), parts), &Default::default(), &server.options())
}

fn base64(user: &str, password: &str) -> String {
    BASE64.encode(format!("{user}:{password}").as_bytes())
}

#[test]
fn credentials_of_npm_registries() {
    let place = tempfile::tempdir().unwrap();
    let authority = place.path().join("ca.pem");
    let folder = tempfile::tempdir().unwrap();
    let (cert, key) = certificate(folder.path(), &authority);
    users(folder.path());
    let config = format!(
        "storage: ./packages\nauth: {{htpasswd: {{file: ./users, max_users: 10}}}}\npackages: {{}}\n\
         log: {{type: stdout, level: warn}}\nhttps: {{key: {key}, cert: {cert}}}\n"
    );
    fs::write(folder.path().join("config.yaml"), config).unwrap();
    let port = free_port();
    let mut server = Command::new("node");
    server
        .current_dir(folder.path())
        .arg(installed("npm/node_modules/verdaccio/bin/verdaccio"))
        .env("HOME", folder.path());
    server.args(["-c", "config.yaml", "-l", &format!("https://127.0.0.1:{port}")]);
    let mut server = Server::start(server, port, folder);
    server.ca_file = Some(authority);

    let registry = format!("db.acme.example:{port}");
    let here = ("registry", registry.as_str());
    let pair = base64("app", PASSWORD);
    let told = ask(&server, "npm-registry-auth", &pair, &[here]);
    assert_eq!(told.validity, Validity::Active);
    assert_eq!(told.identity.principal.unwrap().value, "app");
    assert_eq!(ask(&server, "npm-registry-auth", &base64("app", WRONG), &[here]).validity, Validity::Inactive);
    let token = "Zq8vT3nW5xK1rB7mY2pL9cD4";
    assert_eq!(ask(&server, "npm-registry-auth-token", token, &[here]).validity, Validity::Inactive);
    let kind = "npm-registry-password";
    let beside = [here, ("user", "app"), ("user_registry", registry.as_str())];
    assert_eq!(ask(&server, kind, &BASE64.encode(PASSWORD.as_bytes()), &beside).validity, Validity::Active);
    assert_eq!(ask(&server, kind, &BASE64.encode(WRONG.as_bytes()), &beside).validity, Validity::Inactive);
    let elsewhere = [here, ("user", "app"), ("user_registry", "npm.other.example")];
    unknown(ask(&server, kind, &BASE64.encode(PASSWORD.as_bytes()), &elsewhere), "`user`");
    unknown(ask(&server, "npm-registry-auth", &pair, &[("registry", "db.acme.example/../x")]), "no address");
    unknown(ask(&server, "npm-registry-auth", &pair, &[]), "`registry`");
    let options = server.options();
    drop(server);
    let gone = finding(&pattern("npm-registry-auth"), pair.as_bytes(), &[here]);
    unknown(try_one(gone, &Default::default(), &options), "cannot be reached");
}

#[test]
fn credentials_of_image_registries() {
    let place = tempfile::tempdir().unwrap();
    let authority = place.path().join("ca.pem");
    let (folder, command) = folder();
    let (cert, key) = certificate(folder.path(), &authority);
    users(folder.path());
    let port = free_port();
    let config = format!(
        "version: 0.1\nstorage: {{inmemory: {{}}}}\nhttp: {{addr: '127.0.0.1:{port}', tls: {{certificate: {cert}, key: {key}}}}}\n\
         auth: {{htpasswd: {{realm: acme, path: {}}}}}\n",
        folder.path().join("users").display()
    );
    fs::write(folder.path().join("config.yml"), config).unwrap();
    let mut server = command(&program(&["docker-registry"], "/opt/docker-registry"));
    server.args(["serve", "config.yml"]);
    let mut server = Server::start(server, port, folder);
    server.ca_file = Some(authority);
    let registry = format!("db.acme.example:{port}/v1/");
    let here = ("registry", registry.as_str());
    let kind = "docker-registry-auth";
    let told = ask(&server, kind, &base64("app", PASSWORD), &[here]);
    assert_eq!(told.validity, Validity::Active);
    assert_eq!(told.identity.principal.unwrap().value, "app");
    assert_eq!(ask(&server, kind, &base64("app", WRONG), &[here]).validity, Validity::Inactive);
    assert_eq!(ask(&server, kind, &base64("nobody", PASSWORD), &[here]).validity, Validity::Inactive);
    let options = server.options();
    drop(server);
    let gone = finding(&pattern(kind), base64("app", PASSWORD).as_bytes(), &[here]);
    unknown(try_one(gone, &Default::default(), &options), "cannot be reached");
}

/// Answers as a registry that has its tokens made elsewhere, and as that.
fn with_tokens(asked: &Asked) -> Reply {
    let is_proof = |header: &&String| header.to_lowercase().starts_with("authorization");
    let proof = asked.headers.iter().find(is_proof);
    let is_right = proof.is_some_and(|proof| proof.ends_with(&base64("app", PASSWORD)));
    let path = asked.line.split(' ').nth(1).unwrap();
    match (asked.host.as_str(), path) {
        ("images.acme.example", "/v2/") => {
            let wanted =
                "WWW-Authenticate: Bearer realm=\"https://tokens.acme.example/make?a=b\",service=\"acme images\"";
            let body = b"{\"errors\":[{\"code\":\"UNAUTHORIZED\"}]}".to_vec();
            Reply::Answer { status: 401, headers: vec!["Content-Type: application/json".into(), wanted.into()], body }
        }
        ("tokens.acme.example", "/make?a=b&service=acme%20images") if is_right => json(200, "{\"token\":\"t\"}"),
        ("auth.docker.io", "/token?service=registry.docker.io") if is_right => json(200, "{\"token\":\"t\"}"),
        ("tokens.acme.example" | "auth.docker.io", _) => json(401, "{\"details\":\"incorrect username or password\"}"),
        ("open.acme.example", _) => json(200, "{}"),
        ("sly.acme.example", _) => {
            let wanted = "WWW-Authenticate: Bearer realm=\"https://tokens.other.example#.acme.example/make\"".into();
            Reply::Answer { status: 401, headers: vec![wanted], body: Vec::new() }
        }
        _ => json(500, "{}"),
    }
}

#[test]
fn a_registry_sends_to_whoever_makes_its_tokens_and_that_needs_leave_too() {
    let place = tempfile::tempdir().unwrap();
    let authority = place.path().join("ca.pem");
    let hosts =
        ["images.acme.example", "tokens.acme.example", "auth.docker.io", "open.acme.example", "sly.acme.example"];
    let stub = Stub::secure(&hosts, &authority, with_tokens);
    let mut options = options(stub.address);
    options.egress.ca_file = Some(authority);
    let ask = |options: &straykey::verify::Options, registry: &str, password: &str| {
        let secret = base64("app", password);
        let found = finding(&pattern("docker-registry-auth"), secret.as_bytes(), &[("registry", registry)]);
        try_one(found, &Default::default(), options)
    };
    for registry in ["images.acme.example", "index.docker.io/v1/"] {
        assert_eq!(ask(&options, registry, PASSWORD).validity, Validity::Active, "{registry}");
        assert_eq!(ask(&options, registry, WRONG).validity, Validity::Inactive, "{registry}");
    }
    unknown(ask(&options, "open.acme.example", PASSWORD), "lets everybody in");
    unknown(ask(&options, "sly.acme.example", PASSWORD), "is none");
    stub.take();
    options.egress.allow_hosts = vec!["images.acme.example".into()];
    unknown(ask(&options, "images.acme.example", PASSWORD), "--verify-host tokens.acme.example");
    let asked = stub.take();
    assert_eq!(asked.len(), 1, "{asked:?}");
    assert!(!format!("{asked:?}").contains(&base64("app", PASSWORD)), "it was not shown before that");
    assert_eq!(
        ask(&options, "index.docker.io/v1/", PASSWORD).validity,
        Validity::Active,
        "its host stands in the pattern"
    );
}
