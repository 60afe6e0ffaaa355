//! Passwords of MongoDB, against a stand-in in Python: there is no package of the server. MongoDB's own client logs in to it.
#![cfg(unix)]

use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};

use straykey::model::validity::Validity;
use straykey::model::verification::Verification;

use super::super::harness::pattern;
use super::servers::{ENCODED, PASSWORD, Server, ask, certificate, folder, free_port, unknown};
use super::{finding, try_one};

const ID: &str = "mongodb-connection-uri";
/// Debian's own, which has the package.
const PYTHON: &str = "/usr/bin/python3";

fn mongodb(authority: Option<&Path>) -> Server {
    let (folder, command) = folder();
    let file = folder.path().join("mongodb.py");
    fs::write(&file, include_str!("mongodb.py")).unwrap();
    if let Some(authority) = authority {
        certificate(folder.path(), authority);
    }
    let port = free_port();
    let mut server = command(Path::new(PYTHON));
    server.arg(&file).arg(port.to_string()).arg(folder.path()).arg(PASSWORD);
    Server::start(server, port, folder)
}

fn ask_with(server: &Server, parts: &[(&str, &str)], password: &str) -> Verification {
    let port = server.port.to_string();
    let parts: Vec<(&str, &str)> =
        [("host", "db.acme.example"), ("port", port.as_str())].into_iter().chain(parts.iter().copied()).collect();
    try_one(finding(&pattern(ID), password.as_bytes(), &parts), &Default::default(), &server.options())
}

#[test]
fn passwords_of_mongodb() {
    let server = mongodb(None);
    let client = "import sys, pymongo\n\
                  pymongo.MongoClient(sys.argv[1], serverSelectionTimeoutMS=5000).admin.command('ping')\n";
    for (password, is_right) in [(ENCODED, true), ("wrong", false)] {
        let uri = ["mongodb", "://app:", password, &format!("@127.0.0.1:{}/", server.port)].concat();
        let mut own = Command::new(PYTHON);
        let ended = own.args(["-c", client, &uri]).stderr(Stdio::null()).status().unwrap();
        assert_eq!(ended.success(), is_right, "the stand-in is not what MongoDB's own client expects");
    }
    for user in ["app", "old"] {
        let told = server.ask(ID, user, ENCODED);
        assert_eq!(told.validity, Validity::Active, "{user}");
        assert_eq!(told.identity.principal.unwrap().value, user);
        assert_eq!(server.ask(ID, user, "Zq8vT3nW5x").validity, Validity::Inactive, "{user}");
    }
    assert_eq!(server.ask(ID, "nobody", ENCODED).validity, Validity::Inactive);
    let orders = ("database", "orders");
    let admin = ("settings", "retryWrites=true&authSource=admin");
    assert_eq!(ask_with(&server, &[("user", "app"), orders, admin], ENCODED).validity, Validity::Active);
    assert_eq!(
        ask_with(&server, &[("user", "app"), orders], ENCODED).validity,
        Validity::Inactive,
        "as its clients do"
    );
    let older = ("settings", "authMechanism=SCRAM-SHA-1");
    assert_eq!(ask_with(&server, &[("user", "app"), older], ENCODED).validity, Validity::Active);
    let other = ("settings", "authMechanism=PLAIN&authSource=$external");
    unknown(ask_with(&server, &[("user", "app"), other], ENCODED), "another way");
    unknown(ask_with(&server, &[("user", "app"), ("scheme", "mongodb+srv")], ENCODED), "SRV");
    let (options, port) = (server.options(), server.port);
    drop(server);
    unknown(ask(&options, ID, "app", ENCODED, port), "cannot be reached");
}

#[test]
fn mongodb_with_tls_must_prove_who_it_is() {
    let folder = tempfile::tempdir().unwrap();
    let authority = folder.path().join("ca.pem");
    let mut server = mongodb(Some(&authority));
    let parts = [("user", "app"), ("settings", "tls=true")];
    unknown(ask_with(&server, &parts, ENCODED), "certificate");
    server.ca_file = Some(authority);
    assert_eq!(ask_with(&server, &parts, ENCODED).validity, Validity::Active);
    assert_eq!(ask_with(&server, &parts, "Zq8vT3nW5x").validity, Validity::Inactive);
}
