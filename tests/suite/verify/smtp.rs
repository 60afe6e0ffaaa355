//! Passwords of mail servers, against a server that answers as RFC 4954 and the great ones document.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Read, Write};
use std::sync::{Arc, Mutex};

use data_encoding::BASE64;
use rustls::{ServerConfig, ServerConnection, StreamOwned};
use straykey::model::validity::Validity;
use straykey::model::verification::Verification;

use super::super::harness::pattern;
use super::logins::serve;
use super::stub::identity;
use super::{authority, finding, options, try_one};

const PASSWORD: &str = "vR8kq2LmZt";

/// What the server offers, and what it says to the right and to the wrong password.
#[derive(Clone)]
struct Manner {
    ways: &'static str,
    tls: Option<Arc<ServerConfig>>,
    wrong: &'static str,
}

/// Talks until the other side has enough; true if it wants TLS now.
fn talk(
    stream: impl Read + Write,
    manner: &Manner,
    is_secure: bool,
    heard: &Mutex<Vec<String>>,
) -> std::io::Result<bool> {
    let mut stream = BufReader::new(stream);
    let right = BASE64.encode(format!("\0mailer@acme.example\0{PASSWORD}").as_bytes());
    let say = |stream: &mut BufReader<_>, line: &str| write_line(stream.get_mut(), line);
    loop {
        let mut line = String::new();
        if stream.read_line(&mut line)? == 0 {
            return Ok(false);
        }
        let line = line.trim_end().to_owned();
        heard.lock().unwrap().push(line.clone());
        let offer = if manner.tls.is_some() && !is_secure { "STARTTLS" } else { manner.ways };
        match line.as_str() {
            "EHLO localhost" => say(&mut stream, &format!("250-mail.acme.example\r\n250-SIZE 1000\r\n250 {offer}"))?,
            "STARTTLS" => {
                say(&mut stream, "220 go on")?;
                return Ok(true);
            }
            "AUTH LOGIN" => say(&mut stream, "334 VXNlcm5hbWU6")?,
            line if line == BASE64.encode(b"mailer@acme.example") => say(&mut stream, "334 UGFzc3dvcmQ6")?,
            line if line == format!("AUTH PLAIN {right}") || line == BASE64.encode(PASSWORD.as_bytes()) => {
                say(&mut stream, "235 2.7.0 Authentication successful")?;
            }
            _ => say(&mut stream, manner.wrong)?,
        }
    }
}

fn write_line(stream: &mut impl Write, line: &str) -> std::io::Result<()> {
    stream.write_all(format!("{line}\r\n").as_bytes())?;
    stream.flush()
}

/// Tries a password at such a server; what came of it, and all that the server heard.
fn ask(manner: Manner, password: &str, ca_file: std::path::PathBuf) -> (Verification, Vec<String>) {
    let heard: Arc<Mutex<Vec<String>>> = Arc::default();
    let list = heard.clone();
    let address = serve(move |mut stream| {
        write_line(&mut stream, "220 mail.acme.example ESMTP")?;
        let wants_tls = talk(&mut stream, &manner, false, &list)?;
        if let Some(tls) = manner.tls.clone().filter(|_| wants_tls) {
            talk(StreamOwned::new(ServerConnection::new(tls).unwrap(), stream), &manner, true, &list)?;
        }
        Ok(())
    });
    let mut options = options(address);
    options.egress.ca_file = Some(ca_file);
    let parts = [("user", "mailer%40acme.example"), ("host", "mail.acme.example")];
    let secret = finding(&pattern("smtp-connection-uri"), password.as_bytes(), &parts);
    let told = try_one(secret, &BTreeMap::new(), &options);
    let heard = heard.lock().unwrap().clone();
    (told, heard)
}

const REFUSAL: &str = "535 5.7.8 Error: authentication failed";

#[test]
fn passwords_of_mail_servers() {
    for ways in ["AUTH PLAIN LOGIN", "AUTH LOGIN", "AUTH CRAM-MD5 PLAIN"] {
        let manner = Manner { ways, tls: None, wrong: REFUSAL };
        let (told, _) = ask(manner.clone(), PASSWORD, authority());
        assert_eq!(told.validity, Validity::Active, "{ways}");
        assert_eq!(told.identity.principal.unwrap().value, "mailer@acme.example");
        assert_eq!(ask(manner, "another", authority()).0.validity, Validity::Inactive, "{ways}");
    }
    let several = "535-5.7.8 Username and Password not accepted.\r\n535 5.7.8  see the help";
    for wrong in [several, "535 Authentication Credentials Invalid"] {
        let manner = Manner { ways: "AUTH PLAIN", tls: None, wrong };
        assert_eq!(ask(manner, "another", authority()).0.validity, Validity::Inactive, "{wrong}");
    }
}

#[test]
fn what_is_no_refusal_of_a_password_is_unknown() {
    for wrong in [
        "535 5.7.139 Authentication unsuccessful, SmtpClientAuthentication is disabled for the Tenant.",
        "534 5.7.9 Application-specific password required.",
        "454 4.7.0 Temporary authentication failure",
        "421 4.7.0 Too many login attempts",
        "nonsense",
    ] {
        let (told, _) = ask(Manner { ways: "AUTH PLAIN", tls: None, wrong }, "another", authority());
        assert!(matches!(told.validity, Validity::Unknown { .. }), "{wrong}: {:?}", told.validity);
    }
    let (told, heard) = ask(Manner { ways: "AUTH XOAUTH2", tls: None, wrong: REFUSAL }, PASSWORD, authority());
    assert!(matches!(told.validity, Validity::Unknown { .. }), "{:?}", told.validity);
    assert_eq!(heard, ["EHLO localhost"]);
}

#[test]
fn a_mail_server_with_tls_hears_no_password_before_it_has_proved_who_it_is() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("ca.pem");
    let tls = Some(identity(&["mail.acme.example"], &file));
    let manner = Manner { ways: "AUTH PLAIN", tls, wrong: REFUSAL };
    let (told, heard) = ask(manner.clone(), PASSWORD, file.clone());
    assert_eq!(told.validity, Validity::Active);
    assert_eq!(&heard[..3], ["EHLO localhost", "STARTTLS", "EHLO localhost"]);
    assert_eq!(ask(manner.clone(), "another", file).0.validity, Validity::Inactive);
    let (told, heard) = ask(manner, PASSWORD, authority());
    assert!(matches!(told.validity, Validity::Unknown { .. }), "{:?}", told.validity);
    assert_eq!(heard, ["EHLO localhost", "STARTTLS"]);
}
