//! SARIF, held to its official schema and to what GitHub code scanning asks.

use serde_json::Value;
use straykey::model::meter::Meter;
use straykey::pipeline;
use straykey::report::sarif;

use crate::harness::{Sandbox, example, straykey, token};

fn schema() -> jsonschema::Validator {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/testdata/sarif-schema-2.1.0.json");
    let schema: Value = serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap();
    jsonschema::validator_for(&schema).unwrap()
}

/// The log of a scan, valid by the schema and by GitHub's further rules.
#[track_caller]
fn log(folder: &Sandbox, words: &[&str], code: i32) -> Value {
    let run = straykey(&["scan", "--format", "sarif"]).within(folder.path());
    let log = words.iter().fold(run, |run, word| run.arg(word)).end().expect(code).json();
    let problems: Vec<String> =
        schema().iter_errors(&log).map(|error| format!("{}: {error}", error.instance_path())).collect();
    assert!(problems.is_empty(), "{problems:#?}");
    for result in results(&log) {
        let related = result["relatedLocations"].as_array().into_iter().flatten();
        let locations: Vec<&Value> = result["locations"].as_array().unwrap().iter().chain(related).collect();
        assert!(!result["locations"].as_array().unwrap().is_empty());
        assert!(!result["partialFingerprints"].as_object().unwrap().is_empty());
        for location in locations {
            let region = &location["physicalLocation"]["region"];
            for field in ["startLine", "startColumn", "endLine", "endColumn"] {
                assert!(region[field].as_u64().unwrap() >= 1, "{region}");
            }
            let uri = location["physicalLocation"]["artifactLocation"]["uri"].as_str().unwrap();
            assert!(!uri.is_empty() && !uri.starts_with('/') && !uri.contains("://"), "{uri}");
            assert!(uri.bytes().all(|byte| byte.is_ascii_graphic()), "{uri}");
        }
    }
    log
}

fn results(log: &Value) -> &Vec<Value> {
    log["runs"][0]["results"].as_array().unwrap()
}

#[test]
fn with_findings_in_history_only() {
    let repo = Sandbox::repository();
    repo.commit("a", token(1));
    repo.commit("a", "gone\n");
    repo.git(&["commit", "--quiet", "--allow-empty", "--message", &token(2)]);
    repo.git(&["tag", "-a", "v1", "-m", &token(3)]);
    repo.git_with_input(&["hash-object", "-w", "--stdin"], token(4).as_bytes());
    let log = log(&repo, &["."], 1);
    assert_eq!(results(&log).len(), 4);
    let rule = &log["runs"][0]["tool"]["driver"]["rules"][0];
    assert_eq!(rule["id"], "github-pat-classic");
    assert_eq!(rule["properties"]["security-severity"], "9.5");
    assert!(rule["help"]["text"].as_str().unwrap().contains("Revoke it"));
    assert_eq!(results(&log)[0]["ruleIndex"], 0);
    assert_eq!(results(&log)[0]["level"], "error");
    assert_eq!(log["runs"][0]["invocations"][0]["executionSuccessful"], true);
}

#[test]
fn with_nothing_found() {
    let folder = Sandbox::new();
    folder.write("a", "x");
    let log = log(&folder, &["."], 0);
    assert!(results(&log).is_empty());
}

#[test]
fn with_errors() {
    let folder = Sandbox::new();
    folder.write("a", token(1));
    let log = log(&folder, &[".", "missing"], 2);
    let invocation = &log["runs"][0]["invocations"][0];
    assert_eq!(invocation["executionSuccessful"], false);
    let notification = &invocation["toolExecutionNotifications"][0];
    assert_eq!(notification["level"], "error");
    assert!(notification["message"]["text"].as_str().unwrap().contains("missing was not scanned"));
}

#[cfg(unix)]
#[test]
fn with_hostile_path_names() {
    use std::os::unix::ffi::OsStrExt;
    let folder = Sandbox::new();
    for (number, name) in
        ["with space", "50%", "ünï\u{202e}code", "<script>alert(1)</script>", "line\nbreak", "a:b", "..%2f", "quote\"'"]
            .iter()
            .enumerate()
    {
        folder.write(&name.replace('/', "_"), token(number as u64 + 1));
    }
    std::fs::write(folder.path().join(std::ffi::OsStr::from_bytes(b"\xff\xfe")), token(20)).unwrap();
    let log = log(&folder, &["."], 1);
    assert_eq!(results(&log).len(), 9);
}

#[test]
fn fingerprints_do_not_depend_on_the_line() {
    let folder = Sandbox::new();
    let prints = |text: &str| {
        folder.write("a", text);
        let log = log(&folder, &["."], 1);
        results(&log)[0]["partialFingerprints"].to_string()
    };
    let secret = token(1);
    assert_eq!(prints(&secret), prints(&format!("\n\n\n  x = {secret}\n")));
    let password = "vR8-kq2_Lm";
    let chosen = format!("postgres://app:{password}@db/x");
    assert_eq!(prints(&chosen), prints(&format!("\n\n{chosen}")), "even where the fingerprint is of one run only");
}

#[test]
fn many_places_are_cut_and_counted() {
    let folder = Sandbox::new();
    let secret = example("stripe-secret-key", 1);
    folder.write("a", format!("{secret}\n").repeat(300));
    let log = log(&folder, &["."], 1);
    let result = &results(&log)[0];
    assert_eq!(result["relatedLocations"].as_array().unwrap().len(), 100);
    assert_eq!(result["properties"]["places"], 300);
}

#[test]
fn more_results_than_are_taken_are_counted() {
    let folder = Sandbox::new();
    (0..7).for_each(|number| _ = folder.write(&number.to_string(), token(number)));
    let options = pipeline::Options { targets: vec![folder.path().into()], ..pipeline::Options::default() };
    let report = pipeline::run(&options, &Meter::default()).unwrap();
    let log = |most| {
        let mut text = Vec::new();
        sarif::write_most(&report, most, &mut text).unwrap();
        serde_json::from_slice::<Value>(&text).unwrap()
    };
    let cut = log(5);
    assert_eq!(results(&cut).len(), 5);
    let invocation = &cut["runs"][0]["invocations"][0];
    assert_eq!(invocation["executionSuccessful"], true, "all was scanned");
    let told = &invocation["toolExecutionNotifications"][0];
    assert_eq!(told["level"], "warning");
    assert!(told["message"]["text"].as_str().unwrap().starts_with("2 more results were left out"), "{told}");
    assert_eq!(results(&log(7)).len(), 7);
    assert_eq!(log(7)["runs"][0]["invocations"][0]["toolExecutionNotifications"], Value::Array(Vec::new()));
}

#[test]
fn without_a_byte_of_the_secret() {
    let folder = Sandbox::new();
    folder.write("a", token(1));
    let log = log(&folder, &["."], 1).to_string();
    assert!(!log.contains(&token(1)) && !log.contains("snippet"));
}

#[test]
fn what_is_suppressed_is_told_as_such() {
    let folder = Sandbox::new();
    folder.write("a", format!("{} # gitleaks:allow\n", token(1)));
    folder.write("fixtures/b", token(2));
    folder.write("c", token(3));
    let rule = "[[allow]]\npath = 'fixtures/'\nreason = 'made up'\nexpires = 2999-01-31\n\n";
    let old = "[[allow]]\npath = 'c'\nreason = 'old'\nexpires = 2001-01-31\n";
    folder.write("straykey.toml", format!("{rule}{old}"));
    let log = log(&folder, &["--config", "straykey.toml", "."], 1);
    let kind = |index: usize| results(&log)[index]["suppressions"][0]["kind"].as_str();
    assert_eq!((kind(0), kind(1), kind(2)), (Some("inSource"), None, Some("external")));
    assert_eq!(results(&log)[1]["suppressions"], Value::Array(Vec::new()));
    assert_eq!(results(&log)[2]["suppressions"][0]["justification"], "made up (straykey.toml:1, until 2999-01-31)");
    let notification = &log["runs"][0]["invocations"][0]["toolConfigurationNotifications"][0];
    assert!(notification["message"]["text"].as_str().unwrap().contains("expired after 2001-01-31"));
}
