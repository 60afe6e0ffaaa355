//! Passwords of other services, against the real servers: OpenLDAP, RabbitMQ and an FTP server, each started for the test.

use std::fs;
use std::path::Path;

use straykey::model::validity::Validity;
use straykey::model::verification::Verification;

use super::super::harness::pattern;
use super::servers::{ENCODED, PASSWORD, Server, ask, certificate, folder, free_port, program, python, unknown};
use super::{finding, try_one};

const WRONG: &str = "Zq8vT3nW5x";
/// A name in the directory, as it stands in a URI.
const READER: &str = "cn=reader%2Cdc=acme%2Cdc=example";

/// Tries a password where TLS begins at once.
fn ask_secure(server: &Server, id: &str, scheme: &str, user: &str, password: &str) -> Verification {
    let port = server.port.to_string();
    let parts = [("scheme", scheme), ("user", user), ("host", "db.acme.example"), ("port", port.as_str())];
    try_one(finding(&pattern(id), password.as_bytes(), &parts), &Default::default(), &server.options())
}

/// OpenLDAP; with a certificate, if one is given, and with TLS from the start, if that is wanted.
fn slapd(authority: Option<&Path>, is_secure: bool) -> Server {
    let (folder, command) = folder();
    let place = folder.path().display();
    let mut settings = format!(
        "include /etc/ldap/schema/core.schema\nmodulepath /usr/lib/ldap\nmoduleload back_mdb\npidfile {place}/pid\n"
    );
    if let Some(authority) = authority {
        let (cert, key) = certificate(folder.path(), authority);
        settings += &format!("TLSCertificateFile {cert}\nTLSCertificateKeyFile {key}\n");
    }
    settings += &format!(
        "database mdb\nsuffix \"dc=acme,dc=example\"\nrootdn \"cn=reader,dc=acme,dc=example\"\nrootpw \"{PASSWORD}\"\n\
         directory {place}\n"
    );
    let file = folder.path().join("slapd.conf");
    fs::write(&file, settings).unwrap();
    let port = free_port();
    let mut server = command(&program(&["slapd"], "/opt/openldap"));
    let scheme = if is_secure { "ldaps" } else { "ldap" };
    server.arg("-f").arg(&file).args(["-d", "0", "-h", &format!("{scheme}://127.0.0.1:{port}")]);
    Server::start(server, port, folder)
}

#[test]
fn passwords_of_directories() {
    let id = "ldap-bind-uri";
    let server = slapd(None, false);
    let told = server.ask(id, READER, ENCODED);
    assert_eq!(told.validity, Validity::Active);
    assert_eq!(told.identity.principal.unwrap().value, "cn=reader,dc=acme,dc=example");
    assert_eq!(server.ask(id, READER, WRONG).validity, Validity::Inactive);
    assert_eq!(server.ask(id, "cn=nobody%2Cdc=acme%2Cdc=example", ENCODED).validity, Validity::Inactive);
    unknown(server.ask(id, "no%20name", ENCODED), "answered 34");
    unknown(server.ask(id, "", ENCODED), "`user`");
    let (options, port) = (server.options(), server.port);
    drop(server);
    unknown(ask(&options, id, READER, ENCODED, port), "cannot be reached");

    let folder = tempfile::tempdir().unwrap();
    let authority = folder.path().join("ca.pem");
    let mut server = slapd(Some(&authority), false);
    unknown(server.ask(id, READER, ENCODED), "certificate");
    server.ca_file = Some(authority.clone());
    assert_eq!(server.ask(id, READER, ENCODED).validity, Validity::Active);
    assert_eq!(server.ask(id, READER, WRONG).validity, Validity::Inactive);
    let mut server = slapd(Some(&authority), true);
    server.ca_file = Some(authority);
    assert_eq!(ask_secure(&server, id, "ldaps", READER, ENCODED).validity, Validity::Active);
    assert_eq!(ask_secure(&server, id, "ldaps", READER, WRONG).validity, Validity::Inactive);
}

#[test]
fn passwords_of_rabbitmq() {
    let (names, command) = folder();
    // The daemon in which the nodes of a machine find each other: one of our own, which ends with the test.
    let daemon = free_port();
    let mut epmd = command(&program(&["epmd"], "/usr/lib/erlang"));
    epmd.args(["-address", "127.0.0.1", "-port", &daemon.to_string()]);
    let _names = Server::start(epmd, daemon, names);

    let (folder, command) = folder();
    let place = folder.path().to_owned();
    let port = free_port();
    let settings = format!(
        "listeners.tcp.1 = 127.0.0.1:{port}\ndefault_user = app\ndefault_pass = {PASSWORD}\nlog.console = true\n\
         log.console.level = warning\nlog.file = false\n"
    );
    let file = place.join("rabbitmq.conf");
    fs::write(&file, settings).unwrap();
    let mut broker = command(&program(&["rabbitmq-server"], "/usr/lib"));
    broker.env("HOME", &place).env("RABBITMQ_CONFIG_FILE", &file);
    for name in ["MNESIA_BASE", "LOG_BASE", "ENABLED_PLUGINS_FILE", "PID_FILE", "GENERATED_CONFIG_DIR", "CONF_ENV_FILE"]
    {
        broker.env(format!("RABBITMQ_{name}"), place.join(name));
    }
    broker.env("RABBITMQ_NODENAME", format!("sk{port}@localhost"));
    broker.env("RABBITMQ_DIST_PORT", free_port().to_string());
    broker.env("ERL_EPMD_PORT", daemon.to_string()).env("ERL_EPMD_ADDRESS", "127.0.0.1");
    let server = Server::start(broker, port, folder);

    let id = "amqp-connection-uri";
    let told = server.ask(id, "app", ENCODED);
    assert_eq!(told.validity, Validity::Active);
    assert_eq!(told.identity.principal.unwrap().value, "app");
    assert_eq!(server.ask(id, "app", WRONG).validity, Validity::Inactive);
    assert_eq!(server.ask(id, "nobody", ENCODED).validity, Validity::Inactive);
    unknown(server.ask(id, "guest", ENCODED), "own machine");
    unknown(ask_secure(&server, id, "amqps", "app", ENCODED), "");
    let log = fs::read_to_string(server.folder.path().join("log")).unwrap();
    assert!(!log.contains(PASSWORD), "{log}");
    let (options, port) = (server.options(), server.port);
    drop(server);
    unknown(ask(&options, id, "app", ENCODED, port), "cannot be reached");
}

/// An FTP server in Python; with a certificate, if one is given, and then without it for nobody.
fn ftp(authority: Option<&Path>) -> Server {
    let (folder, command) = folder();
    let port = free_port();
    let (handler, settings) = match authority {
        None => ("FTPHandler", String::new()),
        Some(authority) => {
            let (cert, key) = certificate(folder.path(), authority);
            let settings = format!("h.certfile, h.keyfile = {cert:?}, {key:?}\nh.tls_control_required = True\n");
            ("TLS_FTPHandler", settings)
        }
    };
    let program_text = format!(
        "from pyftpdlib.authorizers import DummyAuthorizer\nfrom pyftpdlib.handlers import {handler} as h\n\
         from pyftpdlib.servers import FTPServer\nusers = DummyAuthorizer()\n\
         users.add_user('app', {PASSWORD:?}, '.')\nusers.add_anonymous('.')\nh.authorizer = users\nh.auth_failed_timeout = 0\n\
         {settings}FTPServer(('127.0.0.1', {port}), h).serve_forever()\n"
    );
    Server::start(python(&folder, &command, &program_text), port, folder)
}

#[test]
fn passwords_of_file_servers() {
    let id = "ftp-connection-uri";
    let server = ftp(None);
    let told = server.ask(id, "app", ENCODED);
    assert_eq!(told.validity, Validity::Active);
    assert_eq!(told.identity.principal.unwrap().value, "app");
    assert_eq!(server.ask(id, "app", WRONG).validity, Validity::Inactive);
    assert_eq!(server.ask(id, "nobody", ENCODED).validity, Validity::Inactive);
    let (options, port) = (server.options(), server.port);
    drop(server);
    unknown(ask(&options, id, "app", ENCODED, port), "cannot be reached");

    let folder = tempfile::tempdir().unwrap();
    let authority = folder.path().join("ca.pem");
    let mut server = ftp(Some(&authority));
    unknown(server.ask(id, "app", ENCODED), "certificate");
    server.ca_file = Some(authority);
    assert_eq!(server.ask(id, "app", ENCODED).validity, Validity::Active);
    assert_eq!(server.ask(id, "app", WRONG).validity, Validity::Inactive);
}

/// A mail server in Python, which takes passwords over TLS only.
fn smtp(authority: &Path) -> Server {
    let (folder, command) = folder();
    let port = free_port();
    let (cert, key) = certificate(folder.path(), authority);
    let program_text = format!(
        "import asyncio, ssl\nfrom aiosmtpd.handlers import Sink\nfrom aiosmtpd.smtp import SMTP, AuthResult\n\
         tls = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)\ntls.load_cert_chain({cert:?}, {key:?})\n\
         def check(server, session, envelope, mechanism, data):\n\
        \x20   is_right = (data.login, data.password) == (b'app', {PASSWORD:?}.encode())\n\
        \x20   return AuthResult(success=is_right, handled=False)\n\
         loop = asyncio.new_event_loop()\nasyncio.set_event_loop(loop)\n\
         make = lambda: SMTP(Sink(), authenticator=check, tls_context=tls, loop=loop)\n\
         loop.run_until_complete(loop.create_server(make, '127.0.0.1', {port}))\nloop.run_forever()\n"
    );
    Server::start(python(&folder, &command, &program_text), port, folder)
}

#[test]
fn passwords_of_a_mail_server_that_others_wrote() {
    let id = "smtp-connection-uri";
    let folder = tempfile::tempdir().unwrap();
    let authority = folder.path().join("ca.pem");
    let mut server = smtp(&authority);
    unknown(server.ask(id, "app", ENCODED), "certificate");
    server.ca_file = Some(authority);
    let told = server.ask(id, "app", ENCODED);
    assert_eq!(told.validity, Validity::Active);
    assert_eq!(told.identity.principal.unwrap().value, "app");
    assert_eq!(server.ask(id, "app", WRONG).validity, Validity::Inactive);
    assert_eq!(server.ask(id, "nobody", ENCODED).validity, Validity::Inactive);
    let (options, port) = (server.options(), server.port);
    drop(server);
    unknown(ask(&options, id, "app", ENCODED, port), "cannot be reached");
}
