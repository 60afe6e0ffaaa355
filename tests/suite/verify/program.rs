//! Programs that verify: trusted no more than a provider.
#![cfg(unix)]

use std::time::{Duration, Instant};

use globset::Glob;
use straykey::model::validity::Validity;
use straykey::model::verification::{Expiry, Verification};
use straykey::verify::Options;
use straykey::verify::external::Program;

use super::{PLAINEST, acme, finding, options, try_one};

const SECRET: &str = "acmetok_abcq7w3e9r1t5y2u8i4o6p0";

fn ask(script: &str) -> Verification {
    let (pattern, declarations) = acme(PLAINEST);
    let program = Program {
        name: "acme-check".into(),
        command: ["sh", "-c", script].map(str::to_owned).to_vec(),
        patterns: vec![Glob::new("acme-*").unwrap().compile_matcher()],
        timeout: Duration::from_secs(2),
        folder: ".".into(),
    };
    let options = Options { programs: vec![program], ..options("127.0.0.1:1".parse().unwrap()) };
    try_one(finding(&pattern, SECRET.as_bytes(), &[("user", "abc")]), &declarations, &options)
}

#[test]
fn a_program_is_told_and_tells_one_line() {
    let told = ask(
        r#"read line; case "$line" in *'"version":1'*'"pattern":"acme-token"'*'"secret":"acmetok_'*'"user":"abc"'*) echo '{"version":1,"validity":"active","identity":{"account":"a-1","kind":"service"},"scopes":["b","a"],"expires_at":"2030-01-01"}';; esac"#,
    );
    assert_eq!(told.validity, Validity::Active);
    assert_eq!(told.identity.account.unwrap().value, "a-1");
    assert_eq!(told.scopes.unwrap(), ["a", "b"]);
    assert_eq!(told.expiry, Expiry::At(1_893_456_000));
    assert_eq!(told.verifier.as_deref(), Some("acme-check"));
    assert_eq!(ask(r#"echo '{"version":1,"validity":"inactive"}'"#).validity, Validity::Inactive);
}

#[test]
fn nonsense_crashes_and_silence_are_unknown() {
    for script in [
        "exit 3",
        "kill -9 $$",
        "echo hello",
        "echo '{}'",
        r#"echo '{"version":2,"validity":"active"}'"#,
        r#"echo '{"version":1,"validity":"splendid"}'"#,
        r#"echo '{"version":1,"validity":"inactive","secret":1}'"#,
        "head -c 1000000 /dev/zero",
        "yes '' | tr -d '\\n'",
    ] {
        let told = ask(script);
        assert!(matches!(told.validity, Validity::Unknown { .. }), "{script}: {:?}", told.validity);
    }
}

#[test]
fn what_repeats_the_secret_is_not_told() {
    let told = ask(&format!(
        r#"echo '{{"version":1,"validity":"unknown","why":"no {SECRET}","identity":{{"account":"{SECRET}"}},"scopes":["{SECRET}"]}}'"#
    ));
    assert!(!format!("{told:?}").contains("q7w3e9r1"), "{told:?}");
}

#[test]
fn a_program_ends_with_its_children_and_sees_no_environment() {
    let folder = tempfile::tempdir().unwrap();
    let mark = folder.path().join("mark");
    let start = Instant::now();
    let told = ask(&format!("(sleep 4; touch '{}') & sleep 60", mark.display()));
    assert!(matches!(told.validity, Validity::Unknown { .. }));
    assert!(start.elapsed() < Duration::from_secs(4), "{:?}", start.elapsed());
    std::thread::sleep(Duration::from_secs(3));
    assert!(!mark.exists(), "its child was ended too");
    // The tests run under cargo, which sets a great many variables.
    let told = ask(r#"[ -z "$CARGO_MANIFEST_DIR$HOME$USER" ] && echo '{"version":1,"validity":"inactive"}'"#);
    assert_eq!(told.validity, Validity::Inactive);
}
