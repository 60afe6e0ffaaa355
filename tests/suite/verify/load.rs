//! Many credentials at many hosts: each asked once, rates kept, time not wasted.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use straykey::model::meter::Meter;
use straykey::model::validity::Validity;
use straykey::verify::{self, Options};

use super::stub::{Asked, Reply, Stub, json};
use super::{PLAINEST, acme, finding, options, try_one};

const SLOW: Duration = Duration::from_millis(100);

/// Tries `secrets` at `hosts`, `rate` a second each; what was asked, and the time it took.
fn load(secrets: usize, hosts: usize, rate: f64) -> (Vec<Asked>, Duration) {
    let stub = Stub::new(|_| {
        std::thread::sleep(SLOW);
        json(200, r#"{"id":"1"}"#)
    });
    let by_user = PLAINEST.replace("api.acme.example", "<user>.acme.example");
    let (pattern, declarations) = acme(&by_user);
    let options = Options { rate, ..options(stub.address) };
    let findings = (0..secrets)
        .map(|number| {
            let (secret, host) = (format!("acmetok_abc{number:020}"), format!("host{}", number % hosts));
            finding(&pattern, secret.as_bytes(), &[("user", &host)])
        })
        .collect();
    let meter = Meter::default();
    let start = Instant::now();
    let (findings, errors) = verify::run(findings, &declarations, &options, &meter).unwrap();
    let time = start.elapsed();
    assert_eq!(errors, []);
    assert!(findings.iter().all(|finding| finding.verification.validity == Validity::Active));
    assert_eq!(meter.read().1, secrets as u64, "progress is told of each");
    assert!(stub.most_at_once() <= 64, "{} at once", stub.most_at_once());
    (stub.take(), time)
}

fn check(asked: &[Asked], secrets: usize, rate: f64) {
    assert_eq!(asked.len(), secrets, "one request each");
    let mut by_host: BTreeMap<&str, Vec<Instant>> = BTreeMap::new();
    asked.iter().for_each(|asked| by_host.entry(&asked.host).or_default().extend(asked.at));
    for (host, mut times) in by_host {
        times.sort();
        let span = times[times.len() - 1] - times[0];
        // Half a gap of slack for the way through the machine.
        let least = Duration::from_secs_f64((times.len() as f64 - 1.5).max(0.0) / rate);
        assert!(span >= least, "{host}: {} requests in {span:?}", times.len());
    }
}

#[test]
fn each_secret_is_asked_about_once_and_rates_are_kept() {
    let (asked, _) = load(200, 20, 10.0);
    check(&asked, 200, 10.0);
}

#[test]
#[ignore = "measures time: run it on a machine that is idle"]
fn a_thousand_secrets_at_fifty_hosts_take_little_more_than_they_must() {
    let (asked, time) = load(1_000, 50, 10.0);
    check(&asked, 1_000, 10.0);
    // Twenty at each host, a tenth of a second apart, and the last answer.
    let ideal = Duration::from_millis(1_900) + SLOW;
    assert!(time < ideal.mul_f64(1.5), "{time:?} where {ideal:?} would do");
}

#[test]
fn who_asks_to_be_left_alone_is_asked_again_later() {
    let count = Arc::new(std::sync::atomic::AtomicUsize::new(0));
    let counter = count.clone();
    let stub = Stub::new(move |_| match counter.fetch_add(1, std::sync::atomic::Ordering::SeqCst) {
        0 => Reply::Answer { status: 429, headers: vec!["Retry-After: 1".into()], body: Vec::new() },
        _ => json(200, r#"{"id":"1"}"#),
    });
    let (pattern, declarations) = acme(PLAINEST);
    let told =
        try_one(finding(&pattern, b"acmetok_abc00000000000000000000", &[]), &declarations, &options(stub.address));
    assert_eq!(told.validity, Validity::Active);
    let asked = stub.take();
    assert_eq!(asked.len(), 2);
    assert!(asked[1].at.unwrap() - asked[0].at.unwrap() >= Duration::from_secs(1));
}

#[test]
fn what_may_have_been_done_is_not_done_twice() {
    let posting = PLAINEST.replace("GET", "POST");
    for (table, tries) in [(PLAINEST, 3), (posting.as_str(), 1)] {
        let stub = Stub::new(|_| Reply::Raw(Vec::new()));
        let (pattern, declarations) = acme(table);
        let told =
            try_one(finding(&pattern, b"acmetok_abc00000000000000000000", &[]), &declarations, &options(stub.address));
        assert!(matches!(told.validity, Validity::Unknown { .. }), "{:?}", told.validity);
        assert_eq!(stub.take().len(), tries, "{table}");
    }
}

#[test]
fn one_answer_feeds_the_next_question_and_later_ones_only_add() {
    let chain = r#"
request = "POST https://login.acme.example/token"
auth = "form key"
active = [{ status = 200, json = "/token" }]
inactive = [{ status = 400, json = "/error", equals = "bad_key" }]
take = { token = "/token" }

[[pattern.verify.then]]
request = "GET https://api.acme.example/me"
auth = "header Authorization: Bearer <token>"
active = [{ status = 200, json = "/mail" }]
inactive = [{ status = 401 }]
identity = { principal = "/mail", kind = "service" }
expires = "/until"
scopes = "/may"
"#;
    let (pattern, declarations) = acme(chain);
    let secret = finding(&pattern, b"acmetok_abc00000000000000000000", &[]);
    let stub = Stub::new(|asked| match asked.host.as_str() {
        "login.acme.example" => json(200, r#"{"token":"t0ken"}"#),
        _ => json(200, r#"{"mail":"bot@acme.example","until":null,"may":"write read"}"#),
    });
    let told = try_one(secret.clone(), &declarations, &options(stub.address));
    assert_eq!(told.validity, Validity::Active);
    assert_eq!(told.identity.principal.unwrap().value, "bot@acme.example");
    assert_eq!(told.scopes.unwrap(), ["read", "write"]);
    assert_eq!(told.expiry, straykey::model::verification::Expiry::Never);
    let asked = stub.take();
    assert_eq!(asked[0].body, "key=acmetok_abc00000000000000000000");
    assert!(asked[1].headers.iter().any(|header| header.eq_ignore_ascii_case("authorization: bearer t0ken")));

    stub.answer(|asked| match asked.host.as_str() {
        "login.acme.example" => json(200, r#"{"token":"t0ken"}"#),
        _ => json(401, "{}"),
    });
    assert_eq!(try_one(secret, &declarations, &options(stub.address)).validity, Validity::Active);
}

#[test]
fn only_what_all_hosts_refuse_is_refused() {
    let two = PLAINEST.replace("auth =", "other_hosts = [\"api.eu.acme.example\"]\nauth =");
    let (pattern, declarations) = acme(&two);
    let secret = || finding(&pattern, b"acmetok_abc00000000000000000000", &[]);
    let stub = Stub::new(|_| json(401, "{}"));
    assert_eq!(try_one(secret(), &declarations, &options(stub.address)).validity, Validity::Inactive);
    stub.answer(|asked| if asked.host.contains(".eu.") { json(200, r#"{"id":"1"}"#) } else { json(401, "{}") });
    assert_eq!(try_one(secret(), &declarations, &options(stub.address)).validity, Validity::Active);
    stub.answer(|asked| if asked.host.contains(".eu.") { json(500, "") } else { json(401, "{}") });
    let told = try_one(secret(), &declarations, &options(stub.address));
    assert!(matches!(told.validity, Validity::Unknown { .. }), "{:?}", told.validity);
}
