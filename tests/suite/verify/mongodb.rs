//! Passwords of MongoDB, against a stand-in in Python: there is no package of the server. MongoDB's own client logs in to it.
#![cfg(unix)]

use std::path::Path;
use std::process::{Command, Stdio};

use straykey::model::validity::Validity;
use straykey::model::verification::Verification;
use straykey::verify::Options;

use super::super::harness::pattern;
use super::servers::{
    ENCODED, PASSWORD, PYTHON, Server, ask, certificate, folder, free_port, program, python, unknown,
};
use super::{finding, try_one};

const ID: &str = "mongodb-connection-uri";

fn mongodb(authority: Option<&Path>) -> Server {
    let (folder, command) = folder();
    if let Some(authority) = authority {
        certificate(folder.path(), authority);
    }
    let port = free_port();
    let mut server = python(&folder, &command, include_str!("mongodb.py"));
    server.arg(port.to_string()).arg(folder.path()).arg(PASSWORD);
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

/// A server of the DNS that knows these services and texts.
fn dns(entries: &[String]) -> Server {
    let (folder, command) = folder();
    let port = free_port();
    let mut server = command(&program(&["dnsmasq"], "/usr/sbin"));
    server.args([
        "--keep-in-foreground",
        "--conf-file=/dev/null",
        "--no-resolv",
        "--no-hosts",
        "--local=/acme.example/",
        "--pid-file",
        "--user=",
    ]);
    server.args(["--listen-address=127.0.0.1", "--bind-interfaces", &format!("--port={port}")]).args(entries);
    Server::start(server, port, folder)
}

#[test]
fn servers_of_mongodb_that_the_dns_names() {
    let folder = tempfile::tempdir().unwrap();
    let authority = folder.path().join("ca.pem");
    let mut server = mongodb(Some(&authority));
    server.ca_file = Some(authority);
    let port = server.port;
    let service = |name: &str, host: &str| format!("--srv-host=_mongodb._tcp.{name}.acme.example,{host},{port},1");
    let text = |name: &str, text: &str| format!("--txt-record={name}.acme.example,{text}");
    let long = format!("authSource=admin&replicaSet={}", "r".repeat(200));
    let dns = dns(&[
        service("c0", "DB.acme.example"),
        service("c1", "db.acme.example"),
        text("c1", "authSource=orders"),
        service("c2", "db.acme.example"),
        text("c2", "authSource=orders"),
        text("c2", "authSource=admin"),
        service("c3", "db.acme.example"),
        text("c3", "authSource=admin;tls=false"),
        service("c4", "db.other.example"),
        service("c5", "evilacme.example"),
        service("c6", "db.acme.example"),
        format!(
            "--txt-record=c6.acme.example,{},{},{}",
            long,
            "&replicaSet=".to_owned() + &"s".repeat(200),
            "t".repeat(250)
        ),
    ]);
    let mut options = server.options();
    options.egress.nameservers = vec![([127, 0, 0, 1], dns.port).into()];
    let ask = |options: &Options, name: &str, more: &[(&str, &str)], password: &str| {
        let host = format!("{name}.acme.example");
        let parts = [&[("user", "app"), ("scheme", "mongodb+srv"), ("host", host.as_str())], more].concat();
        try_one(finding(&pattern(ID), password.as_bytes(), &parts), &Default::default(), options)
    };
    assert_eq!(ask(&options, "c0", &[], ENCODED).validity, Validity::Active);
    assert_eq!(ask(&options, "c0", &[], "Zq8vT3nW5x").validity, Validity::Inactive);
    // The users are in another database than the DNS says; the URI knows better.
    assert_eq!(ask(&options, "c1", &[], ENCODED).validity, Validity::Inactive);
    assert_eq!(ask(&options, "c1", &[("settings", "authSource=admin")], ENCODED).validity, Validity::Active);
    // An answer that is too long for one packet.
    assert_eq!(ask(&options, "c6", &[], ENCODED).validity, Validity::Active);
    for (name, why) in [
        ("c2", "at odds"),
        ("c3", "does not take from there"),
        ("c4", "under another domain"),
        ("c5", "under another domain"),
        ("c9", "no servers in the DNS"),
    ] {
        unknown(ask(&options, name, &[], ENCODED), why);
    }
    let mut strict = options.clone();
    strict.egress.allow_hosts = vec!["c0.acme.example".into()];
    unknown(ask(&strict, "c0", &[], ENCODED), "--verify-host db.acme.example");
    unknown(ask(&strict, "c1", &[], ENCODED), "--verify-host c1.acme.example");
    strict.egress.allow_hosts = vec!["*".into()];
    strict.egress.allow_private = false;
    unknown(ask(&strict, "c0", &[], ENCODED), "private address");
    let mut open = server.options();
    open.egress.nameservers.clone_from(&options.egress.nameservers);
    open.egress.ca_file = Some(super::authority());
    unknown(ask(&open, "c0", &[], ENCODED), "certificate");
    drop(dns);
    unknown(ask(&options, "c0", &[], ENCODED), "no server of the DNS answered");
}
