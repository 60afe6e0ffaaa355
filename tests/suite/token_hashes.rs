//! Tokens that GitHub's audit log tells by their hash: they are known by it, and the hash comes out nowhere.

use data_encoding::{BASE64, HEXLOWER};
use sha2::{Digest, Sha256};

use crate::harness::{Sandbox, straykey, token};

const INVENTORY: &str = "version: 1
owners:
  - {id: ops, kind: team}
integrations:
  - id: release
    purpose: Cuts releases
    owner: {business: ops}
    source_system: ci
    target_system: github
    environments: []
    lifecycle: active
    credentials:
      - {id: release-pat, provider: github, type: pat, public_id: '42'}
      - {id: other-pat, provider: gitlab, type: pat, public_id: '43'}
";

/// A folder with a token in a file, an inventory, and an audit log.
fn folder(log: &str) -> Sandbox {
    let folder = Sandbox::new();
    folder.write("code/a.txt", token(1));
    folder.write("i.yaml", INVENTORY);
    folder.write("log.json", log);
    folder
}

fn scan(folder: &Sandbox, format: &str) -> crate::harness::Run {
    let words =
        ["scan", "code", "--inventory", "i.yaml", "--token-hashes", "log.json", "--observations", "o.json", "--format"];
    straykey(&words).arg(format).within(folder.path())
}

fn hash(token: &str) -> String {
    BASE64.encode(&Sha256::digest(token.as_bytes()))
}

#[test]
fn a_token_is_known_by_the_hash_and_the_id_of_the_log() {
    let event = |token: &str, id: u32| {
        format!(r#"{{"action": "git.clone", "hashed_token": "{}", "token_id": {id}, "actor": "bot"}}"#, hash(token))
    };
    let own = event(&token(1), 42);
    let logs = [
        format!("[{own}, {own}, {{\"action\": \"team.create\"}}]"),
        format!("{{\"action\": \"team.create\"}}\n{own}\n"),
    ];
    for log in logs {
        let report = scan(&folder(&log), "json").end().expect(1).json();
        let attribution = &report["findings"][0]["attribution"];
        assert_eq!((&attribution["tier"], &attribution["score"]), (&"confirmed".into(), &95.into()), "{attribution}");
        assert_eq!(attribution["credential"], "release-pat");
        assert_eq!(attribution["evidence"][0]["id"], "A3");
        assert_eq!(report["summary"]["remarks"], serde_json::json!([]), "all hashes are of known credentials");
        // Where the log itself is scanned, its hashes are no secrets.
        let folder = folder(&log);
        std::fs::copy(folder.at("log.json"), folder.at("code/log.json")).unwrap();
        assert_eq!(scan(&folder, "json").end().expect(1).json()["findings"].as_array().unwrap().len(), 1);
    }
    // Another token's hash, another provider's id, an id that nobody knows, no hash at all.
    let other = ["42", "43", "44"].map(|id| event(&token(if id == "42" { 2 } else { 1 }), id.parse().unwrap()));
    for (log, remark) in [
        (&other[0], ""),
        (&other[1], "1 tokens of log.json are of no credential"),
        (&other[2], "1 tokens of log.json are of no credential"),
        (&"{}".to_owned(), "no event of log.json has a `hashed_token`"),
    ] {
        let report = scan(&folder(log), "json").end().expect(1).json();
        assert_eq!(report["findings"][0]["attribution"]["tier"], "unattributed", "{log}");
        let remarks = report["summary"]["remarks"].to_string();
        assert!(if remark.is_empty() { remarks == "[]" } else { remarks.contains(remark) }, "{remarks}");
    }
}

#[test]
fn no_hash_of_a_token_comes_out_anywhere() {
    let log = |id| format!(r#"[{{"hashed_token": "{}", "token_id": {id}}}]"#, hash(&token(1)));
    let mut outputs = String::new();
    // One that is known, and one that is told not to be.
    for folder in [folder(&log(42)), folder(&log(1))] {
        for format in ["text", "json", "jsonl", "sarif", "markdown", "csv", "html"] {
            let end = scan(&folder, format).arg("-v").end().expect(1);
            outputs += &(end.stdout() + &end.stderr());
        }
        for format in ["json", "cyclonedx", "csv"] {
            let words = ["inventory", "export", "--inventory", "i.yaml", "--format", format];
            outputs += &straykey(&words).within(folder.path()).end().expect(0).stdout();
        }
        outputs += &std::fs::read_to_string(folder.at("o.json")).unwrap();
    }
    assert!(outputs.contains("A3") && outputs.contains("release-pat"));
    let hex = HEXLOWER.encode(&Sha256::digest(token(1).as_bytes()));
    for leak in [hash(&token(1)), hex, token(1)] {
        assert!(!outputs.to_lowercase().contains(&leak.to_lowercase()), "{leak}");
    }
}

#[test]
fn what_is_no_hash_is_refused_and_not_repeated() {
    let secret = token(1);
    let cases = [
        (format!("{{}}\n{{\"hashed_token\": \"{secret}\"}}"), 2),
        (format!("[\n\"{secret}\"]"), 2),
        (format!("\"{secret}\""), 1),
        ("[".to_owned(), 1),
    ];
    for (log, line) in cases {
        let said = scan(&folder(&log), "text").end().expect(2).stderr();
        assert!(said.contains(&format!("log.json:{line}: this is no event with a SHA-256")), "{said}");
        assert!(!said.contains(&secret), "{said}");
    }
    let folder = folder("{}");
    std::fs::remove_file(folder.at("log.json")).unwrap();
    let said = scan(&folder, "text").end().expect(2).stderr();
    assert!(said.contains("log.json cannot be read"), "{said}");
}
