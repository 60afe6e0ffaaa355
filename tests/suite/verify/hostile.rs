//! Servers and credentials that mean harm: nothing leaks, nothing hangs, nothing is decided.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use straykey::model::validity::Validity;
use straykey::model::verification::Verification;

use super::stub::{Reply, Stub, json};
use super::{PLAINEST, acme, finding, options, try_one};

const SECRET: &str = "acmetok_abcq7w3e9r1t5y2u8i4o6p0";
const TIME: Duration = Duration::from_millis(700);

fn ask(reply: Reply) -> (Verification, Duration) {
    let stub = Stub::new(move |_| reply.clone());
    let (pattern, declarations) = acme(PLAINEST);
    let mut options = options(stub.address);
    options.egress.timeout = TIME;
    let start = Instant::now();
    let told = try_one(finding(&pattern, SECRET.as_bytes(), &[]), &declarations, &options);
    (told, start.elapsed())
}

#[track_caller]
fn is_unknown(told: &Verification) {
    assert!(matches!(told.validity, Validity::Unknown { .. }), "{:?}", told.validity);
    assert!(!format!("{told:?}").contains("q7w3e9r1"), "{told:?}");
}

#[test]
fn bodies_without_end_and_drop_by_drop_end() {
    for reply in [Reply::Endless, Reply::Drip, Reply::Silence(TIME * 4)] {
        let (told, time) = ask(reply.clone());
        is_unknown(&told);
        assert!(time < TIME * 3, "{reply:?} took {time:?}");
    }
}

#[test]
fn packed_answers_are_not_unpacked() {
    let mut packer = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
    std::io::Write::write_all(&mut packer, &vec![b' '; 50 << 20]).unwrap();
    let body = packer.finish().unwrap();
    let headers = vec!["Content-Type: application/json".into(), "Content-Encoding: gzip".into()];
    let (told, _) = ask(Reply::Answer { status: 200, headers, body });
    is_unknown(&told);
}

#[test]
fn heads_without_end_and_nonsense_are_unknown() {
    let long = format!("HTTP/1.1 200 OK\r\nX-Long: {}\r\n\r\n{{}}", "x".repeat(1 << 20));
    let many = format!("HTTP/1.1 200 OK\r\n{}\r\n{{}}", "X-A: b\r\n".repeat(20_000));
    for raw in [long, many, "HTTP/1.1 999999 OK\r\n\r\n".into(), "HTTP/1.1 100 Continue\r\n\r\n".repeat(500)] {
        is_unknown(&ask(Reply::Raw(raw.into_bytes())).0);
    }
    let deep = format!("{{\"id\":{}1", "[".repeat(200_000));
    is_unknown(&ask(json(200, &deep)).0);
}

#[test]
fn what_repeats_the_secret_is_not_told() {
    let mirror = format!(r#"{{"id":"{SECRET}","mail":"x {SECRET} y"}}"#);
    let (told, _) = ask(json(200, &mirror));
    assert_eq!(told.validity, Validity::Active);
    assert_eq!((told.identity.account, told.identity.principal), (None, None));
    let piece = format!(r#"{{"id":"id {}","mail":"ada@acme.example"}}"#, &SECRET[12..]);
    let told = ask(json(200, &piece)).0;
    assert_eq!(told.identity.account, None, "nor a piece of it");
    assert_eq!(told.identity.principal.unwrap().value, "ada@acme.example");
}

#[test]
fn redirects_are_not_followed() {
    let inner = Stub::new(|_| json(200, r#"{"id":"1"}"#));
    let location = format!("Location: http://{}/", inner.address);
    for status in [301, 302, 303, 307, 308] {
        let reply = Reply::Answer { status, headers: vec![location.clone()], body: Vec::new() };
        is_unknown(&ask(reply).0);
    }
    assert!(inner.take().is_empty());
}

#[test]
fn private_addresses_are_refused_whatever_a_name_says() {
    let stub = Stub::new(|_| json(200, r#"{"id":"1"}"#));
    let (pattern, declarations) = acme(PLAINEST);
    let mapped = SocketAddr::new("::ffff:127.0.0.1".parse().unwrap(), stub.address.port());
    let addresses = ["10.1.2.3:80", "169.254.169.254:80", "100.64.0.1:80", "[fe80::1]:80", "[fd00::1]:80", "[::1]:80"];
    let parsed = addresses.iter().map(|address| address.parse().unwrap());
    for address in parsed.chain([stub.address, mapped]) {
        let mut options = options(stub.address);
        options.egress.allow_private = false;
        // One public address beside it makes it no better.
        let public = SocketAddr::new("93.184.215.14".parse().unwrap(), 80);
        options.egress.lookup = Some(Arc::new(move |_| vec![public, address]));
        let told = try_one(finding(&pattern, SECRET.as_bytes(), &[]), &declarations, &options);
        let Validity::NotChecked { why } = &told.validity else { panic!("{address}: {:?}", told.validity) };
        assert!(why.contains("private address"), "{why}");
        assert_eq!(told.verifier, None, "nobody was asked");
    }
    assert!(stub.take().is_empty());
}

#[test]
fn a_name_that_changes_its_address_is_looked_up_once() {
    let stub = Stub::new(|_| json(200, r#"{"id":"1"}"#));
    let elsewhere = Stub::new(|_| json(401, "{}"));
    let (pattern, declarations) = acme(PLAINEST);
    let lookups = Arc::new(AtomicUsize::new(0));
    let (first, second, counter) = (stub.address, elsewhere.address, lookups.clone());
    let mut options = options(stub.address);
    options.egress.lookup = Some(Arc::new(move |_| match counter.fetch_add(1, Ordering::SeqCst) {
        0 => vec![first],
        _ => vec![second],
    }));
    let secrets = (0..20).map(|number| format!("acmetok_abc{number:020}"));
    let findings = secrets.map(|secret| finding(&pattern, secret.as_bytes(), &[])).collect();
    let (findings, _) = straykey::verify::run(findings, &declarations, &options, &Default::default()).unwrap();
    assert!(findings.iter().all(|finding| finding.verification.validity == Validity::Active));
    assert!(elsewhere.take().is_empty());
}

#[test]
fn line_breaks_in_a_secret_make_no_headers() {
    let stub = Stub::new(|_| json(200, r#"{"id":"1"}"#));
    let (pattern, declarations) = acme(PLAINEST);
    for secret in [&b"acme\r\nX-Evil: 1"[..], b"acme\nX-Evil: 1", b"acme\0tok", b"acme\xff\xfe", b"acme\x7f"] {
        let told = try_one(finding(&pattern, secret, &[]), &declarations, &options(stub.address));
        assert!(matches!(told.validity, Validity::NotChecked { .. }), "{:?}", told.validity);
    }
    assert!(stub.take().is_empty(), "nothing was sent");
}

#[test]
fn values_change_no_request() {
    let verify_table = r#"
request = "POST https://api.acme.example/u/<user>?q=<user>"
auth = "basic <user>:<secret>"
body = '{"user":"<user>","token":"<secret>"}'
active = [{ status = 200, json = "/id" }]
"#;
    let stub = Stub::new(|_| json(200, r#"{"id":"1"}"#));
    let (pattern, declarations) = acme(verify_table);
    let user = r#"a/../b?x=1&y#z","admin":"1 é%"#;
    let evil = finding(&pattern, br#"s"ecret\acme"#, &[("user", user)]);
    let told = try_one(evil, &declarations, &options(stub.address));
    assert!(matches!(told.validity, Validity::NotChecked { .. }), "a header carries no é: {:?}", told.validity);
    let evil = finding(&pattern, br#"s"ecret\acme"#, &[("user", &user.replace('é', ""))]);
    assert_eq!(try_one(evil, &declarations, &options(stub.address)).validity, Validity::Active);
    let asked = stub.take().remove(0);
    let encoded = "a%2F..%2Fb%3Fx%3D1%26y%23z%22%2C%22admin%22:%221%20%25";
    assert_eq!(asked.line.trim(), format!("POST /u/{encoded}?q={encoded} HTTP/1.1"));
    let body: serde_json::Value = serde_json::from_str(&asked.body).unwrap();
    assert_eq!(body.as_object().unwrap().len(), 2);
    assert_eq!(body["token"], r#"s"ecret\acme"#);
    let dots = finding(&pattern, SECRET.as_bytes(), &[("user", "..")]);
    assert!(matches!(try_one(dots, &declarations, &options(stub.address)).validity, Validity::NotChecked { .. }));
}

#[test]
fn hosts_that_only_content_names_need_leave() {
    let verify_table = r#"
request = "GET https://<user>/me"
auth = "bearer"
active = [{ status = 200, json = "/id" }]
"#;
    let stub = Stub::new(|_| json(200, r#"{"id":"1"}"#));
    let (pattern, declarations) = acme(verify_table);
    let of = |host: &str, allowed: &[&str]| {
        let mut options = options(stub.address);
        options.egress.allow_hosts = allowed.iter().map(|host| (*host).to_owned()).collect();
        try_one(finding(&pattern, SECRET.as_bytes(), &[("user", host)]), &declarations, &options).validity
    };
    assert_eq!(of("git.acme.example", &["git.acme.example"]), Validity::Active);
    assert_eq!(of("GIT.acme.example", &["*.acme.example"]), Validity::Active);
    for (host, allowed) in [
        ("git.acme.example", &[][..]),
        ("git.acme.example.evil.example", &["*.acme.example"]),
        ("evil.example", &["git.acme.example"]),
        ("evil.example/git.acme.example", &["*git.acme.example"]),
        ("user@evil.example", &["*"]),
        ("evil.example:99999", &["*"]),
        ("evil..example", &["*"]),
    ] {
        let validity = of(host, allowed);
        assert!(matches!(&validity, Validity::NotChecked { .. }), "{host}: {validity:?}");
    }
}
