//! The log of calls: whole, chained, without a secret.

use std::fs;

use straykey::verify::audit::{self, Checked};

use super::stub::{Reply, Stub};
use super::{PLAINEST, acme, finding, options};

const SECRET: &str = "acmetok_abcq7w3e9r1t5y2u8i4o6p0";

#[test]
fn every_call_is_a_line_and_any_change_is_seen() {
    let folder = tempfile::tempdir().unwrap();
    let log = folder.path().join("calls.jsonl");
    // The name that it gives the request is the secret once, and once a name.
    let stub = Stub::new(|asked| {
        let is_second = asked.headers.iter().any(|header| header.ends_with('1'));
        let id = if is_second { "X-Request-Id: req-7".into() } else { format!("X-Request-Id: {SECRET}") };
        Reply::Answer {
            status: 200,
            headers: vec!["Content-Type: application/json".into(), id],
            body: b"{\"id\":1}".to_vec(),
        }
    });
    let (pattern, declarations) = acme(PLAINEST);
    let mut options = options(stub.address);
    options.audit_log = Some(log.clone());
    options.actor = "ada".into();
    let findings = |secret: &str| vec![finding(&pattern, secret.as_bytes(), &[])];
    for secret in [SECRET, "acmetok_abc00000000000000000001"] {
        straykey::verify::run(findings(secret), &declarations, &options, &Default::default()).unwrap();
    }
    let text = fs::read_to_string(&log).unwrap();
    assert!(!text.contains("q7w3e9r1") && !text.contains("acmetok_"), "{text}");
    let lines: Vec<serde_json::Value> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(lines.len(), 2);
    assert_eq!((&lines[0]["actor"], &lines[0]["host"]), (&"ada".into(), &"api.acme.example".into()));
    assert_eq!((&lines[0]["outcome"], &lines[0]["verifier"]), (&"200".into(), &"acme-token".into()));
    assert_eq!((&lines[0]["request_id"], &lines[1]["request_id"]), (&serde_json::Value::Null, &"req-7".into()));
    let Checked { lines: count, hash } = audit::check(&log).unwrap();
    assert_eq!((count, hash.as_str()), (2, lines[1]["hash"].as_str().unwrap()));

    let whole: Vec<&str> = text.lines().collect();
    let last = whole[1].to_owned() + "\n";
    let broken = [
        text.replacen("\"200\"", "\"201\"", 1),
        text.replace("ada", "eve"),
        last.clone(),
        format!("{}\n{}\n", whole[1], whole[0]),
        format!("{text}{last}"),
        format!("{text}{{}}\n"),
        text.trim_end().to_owned(),
        format!("{text}\n"),
    ];
    for changed in broken {
        fs::write(&log, &changed).unwrap();
        let error = audit::check(&log).expect_err(&changed).to_string();
        assert!(error.contains("calls.jsonl:"), "{error}");
        // And nothing is added to what cannot be trusted.
        assert!(straykey::verify::run(findings(SECRET), &declarations, &options, &Default::default()).is_err());
    }
}
