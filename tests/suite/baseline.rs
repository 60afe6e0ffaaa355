//! Baselines: what is known does not count, wherever it goes, and branches that each know more merge.

use std::fs;
use std::process::Command;

use serde_json::Value;

use crate::harness::{Sandbox, example, scan, straykey, token};

#[track_caller]
fn baseline(repo: &Sandbox, words: &[&str], code: i32) -> String {
    let end = straykey(&["baseline"]).within(repo.path());
    let end = words.iter().fold(end, |run, word| run.arg(word)).end().expect(code);
    end.stdout() + &end.stderr()
}

/// Scans with the baseline: how many findings count.
#[track_caller]
fn counts(repo: &Sandbox) -> u64 {
    let end = straykey(&["scan", "-f", "json", "--baseline", "straykey.baseline"]).within(repo.path()).end();
    assert!(end.code() < 2, "{}{}", end.stdout(), end.stderr());
    let report = end.json();
    report["summary"]["findings"].as_u64().unwrap()
}

fn text(repo: &Sandbox) -> String {
    fs::read_to_string(repo.at("straykey.baseline")).unwrap()
}

fn entries(repo: &Sandbox) -> Vec<String> {
    text(repo).lines().filter(|line| !line.starts_with('#')).map(str::to_owned).collect()
}

/// A private key of several lines, made of pieces.
fn pem() -> String {
    example("private-key-rsa-pem", 7)
}

#[test]
fn what_is_known_is_suppressed_and_stays_in_the_report() {
    let repo = Sandbox::repository();
    repo.commit("a.txt", token(1));
    let said = baseline(&repo, &["create", "--reason", "opens nothing"], 0);
    assert!(said.contains("straykey.baseline: 1 added, 1 in all") && said.contains("merge=union"), "{said}");
    assert!(said.contains("set fingerprint_key_file"), "{said}");
    let report = scan(repo.path(), &["--baseline", repo.at("straykey.baseline").to_str().unwrap()], 0);
    let finding = &report["findings"][0];
    assert_eq!(finding["suppressed"]["by"], "baseline");
    assert_eq!(finding["suppressed"]["reason"], "opens nothing");
    assert!(finding["places"].as_array().unwrap().iter().all(|place| place["suppressed"]["by"] == "baseline"));
    let sarif =
        straykey(&["scan", "-f", "sarif", "--baseline", "straykey.baseline"]).within(repo.path()).end().expect(0);
    let suppression = &sarif.json()["runs"][0]["results"][0]["suppressions"][0];
    assert_eq!(suppression["kind"], "external");
    assert!(suppression["justification"].as_str().unwrap().contains("baseline"));
    assert!(!text(&repo).contains(&token(1)));
    // A new secret counts, and the settings can name the baseline.
    repo.commit("b.txt", token(2));
    repo.write("conf/straykey.toml", "baseline = [\"../straykey.baseline\"]\n");
    let end = straykey(&["scan", "-f", "json", "--config", "conf/straykey.toml"]).within(repo.path()).end().expect(1);
    assert_eq!(end.json()["summary"]["findings"], 1);
    let said = baseline(&repo, &["create"], 2);
    assert!(said.contains("is there already") && said.contains("baseline update"), "{said}");
}

#[test]
fn survives_rebase_squash_moves_indentation_and_line_ends() {
    let repo = Sandbox::repository();
    repo.commit("base.txt", "one\n");
    repo.git(&["checkout", "--quiet", "-b", "topic"]);
    repo.commit("src/a.py", format!("key = \"{}\"\n", token(1)));
    repo.commit("src/key.pem", pem());
    baseline(&repo, &["create"], 0);
    assert_eq!(counts(&repo), 0);
    // Rebased and squashed: other commits.
    repo.git(&["checkout", "--quiet", "main"]);
    repo.commit("base.txt", "two\n");
    repo.git(&["checkout", "--quiet", "topic"]);
    repo.git(&["rebase", "--quiet", "main"]);
    assert_eq!(counts(&repo), 0);
    repo.git(&["checkout", "--quiet", "main"]);
    repo.git(&["merge", "--quiet", "--squash", "topic"]);
    repo.git(&["commit", "--quiet", "--message", "Squashed"]);
    repo.git(&["branch", "--quiet", "-D", "topic"]);
    assert_eq!(counts(&repo), 0);
    // Moved, indented, with other line ends, below other lines.
    repo.git(&["mv", "src", "lib"]);
    repo.commit("lib/a.py", format!("\r\n\r\nif True:\r\n        key = \"{}\"\r\n", token(1)));
    repo.commit("lib/key.pem", pem().replace('\n', "\r\n"));
    repo.write("straykey.baseline", text(&repo).replace('\n', "\r\n"));
    assert_eq!(counts(&repo), 0);
    // One file is for many repositories.
    let other = Sandbox::repository();
    other.commit("x.txt", token(1));
    scan(other.path(), &["--baseline", repo.at("straykey.baseline").to_str().unwrap()], 0);
}

#[test]
fn branches_that_each_add_an_entry_merge() {
    // So many pairs that some have neighbours below one heading and some do not.
    for pair in 0..6_u64 {
        let repo = Sandbox::repository();
        repo.commit("a.txt", token(1));
        baseline(&repo, &["create"], 0);
        repo.commit("b.txt", "one\n");
        for (branch, number) in [("left", 2 * pair + 10), ("right", 2 * pair + 11)] {
            repo.git(&["checkout", "--quiet", "-b", branch, "main"]);
            repo.commit(&format!("{branch}.txt"), token(number));
            baseline(&repo, &["update"], 0);
            repo.commit("straykey.baseline", text(&repo));
        }
        repo.git(&["merge", "--quiet", "--no-edit", "left"]);
        assert_eq!((counts(&repo), entries(&repo).len()), (0, 3));
    }
}

/// Entries that must stand between the same two lines: only `merge=union` can keep both.
#[test]
fn neighbours_merge_by_lines() {
    let merge = |with_attributes: bool| {
        let repo = Sandbox::repository();
        let line = |end: char| format!("fp1:pub:{}{end} 2026-01-31 github-pat-classic\n", "A".repeat(31));
        repo.commit("a.txt", "one\n");
        baseline(&repo, &["create"], 0);
        if !with_attributes {
            fs::remove_file(repo.at(".gitattributes")).unwrap();
        }
        repo.commit("b.txt", "one\n");
        for (branch, end) in [("left", 'A'), ("right", 'B')] {
            repo.git(&["checkout", "--quiet", "-b", branch, "main"]);
            let text = text(&repo).replace("# A\n", &format!("# A\n{}", line(end)));
            repo.commit("straykey.baseline", text);
        }
        let merged = Command::new("git")
            .args(["-c", "user.name=a", "-c", "user.email=a@b.example", "merge", "--quiet", "--no-edit", "left"])
            .current_dir(repo.path())
            .output()
            .unwrap();
        (merged.status.success(), entries(&repo).len())
    };
    assert_eq!(merge(true), (true, 2));
    assert!(!merge(false).0);
}

#[test]
fn update_keeps_reasons_and_prune_drops_what_is_gone() {
    let repo = Sandbox::new();
    repo.write("code/a.txt", token(1));
    repo.write("code/b.txt", token(2));
    baseline(&repo, &["create", "straykey.baseline", "code", "--reason", "first  of\nall"], 0);
    let before = entries(&repo);
    assert!(before.iter().all(|entry| entry.ends_with(" first of all")), "{before:?}");
    repo.write("code/c.txt", token(3));
    let said = baseline(&repo, &["update", "straykey.baseline", "code", "--reason", "later"], 0);
    assert!(said.contains("1 added, 3 in all"), "{said}");
    assert!(before.iter().all(|entry| entries(&repo).contains(entry)));
    // The same again changes nothing, and order in the file does not matter.
    let sorted = text(&repo);
    let turned: Vec<&str> = sorted.lines().rev().collect();
    repo.write("straykey.baseline", turned.join("\n"));
    baseline(&repo, &["update", "straykey.baseline", "code"], 0);
    assert_eq!(text(&repo), sorted);
    fs::remove_file(repo.at("code/b.txt")).unwrap();
    let said = baseline(&repo, &["prune", "straykey.baseline", "code", "--dry-run"], 0);
    assert!(
        said.contains("gone: fp1:pub:") && said.contains("1 would be taken out") && text(&repo) == sorted,
        "{said}"
    );
    baseline(&repo, &["prune", "straykey.baseline", "code"], 0);
    assert_eq!(entries(&repo).len(), 2);
    // What was not scanned may hold it.
    let said = baseline(&repo, &["prune", "straykey.baseline", "no-such-folder"], 2);
    assert!(said.contains("nothing was taken out"), "{said}");
    assert_eq!(entries(&repo).len(), 2);
}

#[test]
fn passwords_need_a_key_and_keys_are_told_apart() {
    let repo = Sandbox::new();
    let password = ["postgres://orders:", "Wq8vN2xTz", "@db.acme.example/orders\n"].concat();
    repo.write("code/a.txt", password);
    let said = baseline(&repo, &["create", "straykey.baseline", "code"], 2);
    assert!(said.contains("not in it: 1 passwords") && said.contains("straykey init"), "{said}");
    assert_eq!(entries(&repo).len(), 0);
    fs::remove_file(repo.at("straykey.baseline")).unwrap();
    repo.write("key", "0123456789abcdef-this-is-a-key");
    repo.write("other", "another-key-0123456789abcdef");
    baseline(&repo, &["create", "straykey.baseline", "code", "--key", "key"], 0);
    let run = |key: &str, code: i32| -> Value {
        let run = straykey(&["scan", "-f", "json", "--key", key, "--baseline", "straykey.baseline", "code"]);
        run.within(repo.path()).end().expect(code).json()
    };
    run("key", 0);
    let remarks = run("other", 1)["summary"]["remarks"].to_string();
    assert!(remarks.contains("1 of 1 entries were made with another key"), "{remarks}");
    let said = baseline(&repo, &["prune", "straykey.baseline", "code", "--key", "other"], 0);
    assert!(said.contains("1 entries were made with another key and stay"), "{said}");
}

#[test]
fn what_is_no_baseline_is_refused_with_its_line() {
    let repo = Sandbox::new();
    repo.write("code/a.txt", "one\n");
    for (text, problem) in [
        ("fp1:pub:ABC 2026-01-31\n", "b:1: this is no entry of a baseline"),
        ("# x\nnonsense 2026-01-31 p\n", "b:2: this is no fingerprint"),
        ("fp1:run:ABC 2026-01-31 p\n", "b:1: a fingerprint `fp1:run:…` is of one run only"),
        ("<<<<<<< ours\n", "b:1: a merge left its marks here"),
        ("[{\"RuleID\": \"x\"}]\n", "straykey baseline create FILE --from b"),
    ] {
        repo.write("b", text);
        let end = straykey(&["scan", "--baseline", "b", "code"]).within(repo.path()).end().expect(2);
        assert!(end.stderr().contains(problem), "{}", end.stderr());
    }
    let end = straykey(&["scan", "--baseline", "none", "code"]).within(repo.path()).end().expect(2);
    assert!(end.stderr().contains("straykey baseline create"), "{}", end.stderr());
}

/// What other tools know, on one repository: a line of a commit, a hash, a line on disk.
#[test]
fn lists_of_other_tools_are_taken_over_as_far_as_they_can_be() {
    let repo = Sandbox::repository();
    let first = repo.commit("src/a.py", format!("x = 1\nkey = \"{}\"\n", token(1)));
    repo.commit("src/a.py", "x = 1\n");
    repo.commit("src/b.py", format!("one\ntwo\nkey = \"{}\"\n", token(2)));
    let take = |name: &str, text: &str| {
        repo.write(&format!("lists/{name}"), text);
        let file = repo.at("straykey.baseline");
        let _ = fs::remove_file(&file);
        let end = straykey(&["baseline", "create", "--from"]).arg(format!("lists/{name}")).within(repo.path()).end();
        let mut ids: Vec<String> =
            entries(&repo).iter().map(|entry| entry.split(' ').next().unwrap().to_owned()).collect();
        ids.sort();
        (end.code(), end.stdout(), ids)
    };
    let report = scan(repo.path(), &["--exclude", "lists/"], 1);
    let fingerprint = |path: &str| {
        let findings = report["findings"].as_array().unwrap();
        let is_there = |finding: &&Value| finding["places"].to_string().contains(path);
        findings.iter().find(is_there).unwrap()["fingerprint"].as_str().unwrap().to_owned()
    };
    let (one, two) = (fingerprint("src/a.py"), fingerprint("src/b.py"));
    let mut both = [one.clone(), two.clone()];
    both.sort();

    let list = format!("# old\n{first}:src/a.py:github-pat:2\nsrc/b.py:github-pat:3\nsrc/gone.py:github-pat:1\n");
    let (code, said, ids) = take(".gitleaksignore", &list);
    assert_eq!((code, &ids[..]), (2, &both[..]), "{said}");
    assert!(said.contains("lists/.gitleaksignore: 2 of 3 entries were taken over"), "{said}");
    assert!(said.contains("lists/.gitleaksignore:4: src/gone.py was not taken over"), "{said}");

    let entry = |file: &str, commit: &str, line: u32, secret: &str| {
        serde_json::json!({"RuleID": "github-pat", "File": file, "Commit": commit, "StartLine": line, "EndLine": line,
                           "Secret": secret, "Match": "x", "Tags": []})
    };
    let list = serde_json::json!([
        entry("src/a.py", &first, 2, "REDACTED"),
        entry("src/b.py", "", 99, &token(2)),
        entry("src/a.py", &"0".repeat(40), 2, "REDACTED"),
    ]);
    let (code, said, ids) = take("report.json", &list.to_string());
    assert_eq!((code, &ids[..]), (2, &both[..]), "{said}");
    assert!(said.contains("rebased or squashed away") && said.contains("2 of 3"), "{said}");

    let hash = straykey::detect::fingerprint::sha1(&straykey::model::secret::Secret::new(token(2).as_bytes()));
    let list = serde_json::json!({"version": "1.5.0", "plugins_used": [], "results": {"src/b.py": [
        {"type": "GitHub Token", "filename": "src/b.py", "hashed_secret": hash, "is_verified": false, "line_number": 1},
        {"type": "Keyword", "filename": "src/b.py", "hashed_secret": "0".repeat(40), "is_verified": false, "line_number": 3},
    ]}});
    let (code, said, ids) = take(".secrets.baseline", &list.to_string());
    assert_eq!((code, ids), (2, vec![two.clone()]), "{said}");
    assert!(said.contains("has this hash") && said.contains("1 of 2"), "{said}");

    let list = "ExactFindings:\n  matches:\n  - filepath: repo/src/b.py\n    fingerprint: '1234'\n    linenum: 3\n    lastupdated: x\n";
    let (code, said, ids) = take("kingfisher.yaml", list);
    assert_eq!((code, ids), (0, vec![two]), "{said}");
    // Lists are hostile.
    let (code, said, ids) = take(".gitleaksignore", "../../etc/passwd:x:1\n");
    assert_eq!((code, ids.len()), (2, 0));
    assert!(said.contains("leads out of what was named"), "{said}");
}
