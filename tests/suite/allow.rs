//! Marks on lines and rules in the configuration: what they cover does not count, and stays in the report.

use serde_json::Value;

use crate::harness::{Sandbox, example, scan, straykey, token};

/// The marks and rules by which the findings of a report are suppressed.
fn suppressed_by(report: &Value) -> Vec<Option<String>> {
    let findings = report["findings"].as_array().unwrap();
    findings.iter().map(|finding| finding["suppressed"]["by"].as_str().map(str::to_owned)).collect()
}

/// The mark that suppresses the one secret in a text.
#[track_caller]
fn mark(text: &str) -> Option<String> {
    let report = straykey(&["scan", "--format", "json", "-"]).input(text.as_bytes()).end().json();
    let all = suppressed_by(&report);
    assert_eq!(all.len(), 1, "{report}");
    all.into_iter().next().flatten()
}

#[test]
fn a_mark_on_the_line_of_a_secret_suppresses_it() {
    let secret = token(1);
    for (mark_written, named) in [
        ("straykey:allow", "straykey:allow"),
        ("gitleaks:allow", "gitleaks:allow"),
        ("betterleaks:allow", "betterleaks:allow"),
        ("kingfisher:ignore", "kingfisher:ignore"),
        ("trufflehog:ignore", "trufflehog:ignore"),
        ("ggignore", "ggignore"),
        ("pragma: allowlist secret", "pragma: allowlist secret"),
        ("Pragma:Allowlist Secret", "pragma: allowlist secret"),
        ("pragma: whitelist secret", "pragma: allowlist secret"),
    ] {
        for text in [
            format!("key = \"{secret}\"  # {mark_written}\n"),
            format!("/* {mark_written} */ key = \"{secret}\"\r\n"),
            format!("a\nb\nkey = {secret} // {mark_written}"),
        ] {
            assert_eq!(mark(&text).as_deref(), Some(named), "{mark_written}");
        }
        for text in [
            format!("{secret}\n# {mark_written}\n"),
            format!("# {mark_written}\n{secret}\n"),
            format!("{secret} x{mark_written}"),
            format!("{secret} {mark_written}ed"),
            format!("{secret}{}{mark_written}", " ".repeat(4_000)),
        ] {
            assert_eq!(mark(&text), None, "{mark_written}");
        }
    }
}

#[test]
fn a_mark_for_the_next_line_speaks_for_that_line_alone() {
    let (secret, pragma) = (token(1), "# pragma: allowlist nextline secret");
    let named = Some("pragma: allowlist nextline secret".to_owned());
    assert_eq!(mark(&format!("{pragma}\n{secret}\n")), named);
    assert_eq!(mark(&format!("x\n  {pragma}\n{secret}")), named);
    assert_eq!(mark(&format!("{pragma}\n\n{secret}\n")), None);
    assert_eq!(mark(&format!("{secret} {pragma}\n")), None);
}

#[test]
fn a_secret_of_several_lines_is_marked_on_its_first_or_last() {
    let pem = example("private-key-rsa-pem", 1);
    assert_eq!(mark(&format!("{pem} # gitleaks:allow\nx\n")).as_deref(), Some("gitleaks:allow"));
    assert_eq!(mark(&format!("# gitleaks:allow {pem}\n")).as_deref(), Some("gitleaks:allow"));
    assert_eq!(mark(&format!("{pem}\n# gitleaks:allow\n")), None);
}

#[test]
fn what_is_suppressed_does_not_count_and_is_told_as_a_number() {
    let folder = Sandbox::new();
    folder.write("a", format!("{} # straykey:allow\n", token(1)));
    let run = |words: &[&str], code| {
        let run = straykey(&["scan", "."]).within(folder.path());
        words.iter().fold(run, |run, word| run.arg(word)).end().expect(code).stdout()
    };
    let text = run(&[], 0);
    assert!(text.contains("No secrets found.") && text.contains("1 suppressed; -v shows them"), "{text}");
    assert!(!text.contains("ghp_"), "{text}");
    let text = run(&["-v"], 0);
    assert!(text.contains("ghp_…") && text.contains("suppressed by straykey:allow"), "{text}");
    assert!(run(&["--no-inline-ignore"], 1).contains("1 secret (1 critical)"));
    let report: Value = serde_json::from_str(&run(&["-f", "json"], 0)).unwrap();
    assert_eq!((&report["summary"]["findings"], &report["summary"]["suppressed"]), (&0.into(), &1.into()));
    assert_eq!(report["findings"][0]["suppressed"]["reason"], "marked on its line");
}

#[test]
fn a_finding_counts_as_long_as_one_place_does() {
    let folder = Sandbox::new();
    folder.write("a", format!("{} # straykey:allow\n{}\n", token(1), token(1)));
    let report = scan(folder.path(), &[], 1);
    assert_eq!(suppressed_by(&report), [None]);
    let places = report["findings"][0]["places"].as_array().unwrap();
    assert_eq!(places[0]["suppressed"]["by"], "straykey:allow");
    assert!(places[1]["suppressed"].is_null());
}

#[test]
fn in_history_the_last_version_of_a_file_decides() {
    let repo = Sandbox::repository();
    let padding = "some text that stays\n".repeat(50);
    repo.commit("a", format!("{padding}{}\n{padding}", token(1)));
    scan(repo.path(), &["--no-worktree"], 1);
    repo.commit("a", format!("{padding}{} # gitleaks:allow\n{padding}", token(1)));
    for engine in ["delta", "reference"] {
        repo.git(&["gc", "--quiet"]);
        scan(repo.path(), &["--engine", engine], 0);
    }
    repo.commit("a", format!("{padding}{}\n{padding}", token(1)));
    scan(repo.path(), &[], 1);
}

/// A folder with four secrets and a configuration beside it.
struct Ruled {
    folder: Sandbox,
}

impl Ruled {
    fn new() -> Self {
        let folder = Sandbox::new();
        folder.write("code/tests/a", token(1));
        folder.write("code/src/b", token(2));
        folder.write("code/src/tests.rs", example("stripe-secret-key", 1));
        Self { folder }
    }

    /// The short forms of what counts under these rules.
    fn run(&self, rules: &str) -> (Vec<String>, Value) {
        self.folder.write("straykey.toml", rules);
        let end = straykey(&["scan", "-f", "json", "--config", "straykey.toml", "code"]).within(self.folder.path());
        let report = end.end().json();
        let counted = report["findings"].as_array().unwrap().iter().filter(|finding| finding["suppressed"].is_null());
        let paths = counted.map(|finding| finding["places"][0]["path"].as_str().unwrap().to_owned()).collect();
        (paths, report)
    }

    fn refused(&self, rules: &str) -> String {
        self.folder.write("straykey.toml", rules);
        let run = straykey(&["scan", "--config", "straykey.toml", "code"]).within(self.folder.path());
        run.end().expect(2).stderr()
    }
}

#[test]
fn a_rule_covers_what_meets_all_its_conditions() {
    let ruled = Ruled::new();
    let left = |conditions: &str| ruled.run(&format!("[[allow]]\n{conditions}\nreason = \"a test\"\n")).0;
    assert_eq!(left("path = 'tests/'"), ["src/b", "src/tests.rs"]);
    assert_eq!(left("path = 'src/*.rs'"), ["src/b", "tests/a"]);
    assert_eq!(left("pattern = 'github-*'"), ["src/tests.rs"]);
    assert_eq!(left("pattern = 'github-*'\npath = 'src/'"), ["tests/a", "src/tests.rs"]);
    assert_eq!(left("regex = '^[rs]k_live_'"), ["src/b", "tests/a"]);
    assert_eq!(left("regex = 'nowhere'"), ["src/b", "tests/a", "src/tests.rs"]);
    let (_, report) = ruled.run("");
    let fingerprint = report["findings"][0]["fingerprint"].as_str().unwrap().to_owned();
    assert_eq!(left(&format!("fingerprint = '{fingerprint}'")), ["tests/a", "src/tests.rs"]);
}

#[test]
fn a_rule_about_paths_needs_all_places() {
    let ruled = Ruled::new();
    ruled.folder.write("code/tests/c", token(2));
    let (left, report) = ruled.run("[[allow]]\npath = 'tests/'\nreason = 'a test'\n");
    assert_eq!(left, ["src/b", "src/tests.rs"]);
    let places = report["findings"][0]["places"].as_array().unwrap();
    assert_eq!(places.iter().filter(|place| place["suppressed"].is_null()).count(), 1);
}

#[test]
fn a_rule_holds_until_its_last_day_and_then_says_so() {
    let ruled = Ruled::new();
    let rule = |day: &str| format!("\n[[allow]]\npath = '*'\nreason = 'fixtures'\nexpires = {day}\n");
    let (left, report) = ruled.run(&rule("2999-12-31"));
    assert_eq!((left.len(), report["summary"]["suppressed"].as_u64()), (0, Some(3)));
    let suppressed = &report["findings"][0]["suppressed"];
    assert_eq!((&suppressed["by"], &suppressed["reason"]), (&"straykey.toml:2".into(), &"fixtures".into()));
    assert_eq!(suppressed["expires"], "2999-12-31");
    let (left, report) = ruled.run(&rule("2020-01-31"));
    assert_eq!(left.len(), 3);
    let remark = report["summary"]["remarks"][0].as_str().unwrap();
    assert!(remark.starts_with("straykey.toml:2: this allow rule (fixtures) expired after 2020-01-31"), "{remark}");
    for words in [&["-q"][..], &[]] {
        let run = straykey(&["scan", "--config", "straykey.toml", "code"]).within(ruled.folder.path());
        let text = words.iter().fold(run, |run, word| run.arg(word)).end().expect(1).stdout();
        assert!(text.contains("note  straykey.toml:2: this allow rule"), "{text}");
    }
}

#[test]
fn rules_that_cannot_be_meant_are_refused() {
    let ruled = Ruled::new();
    for (rule, words) in [
        ("reason = 'x'", "without a condition"),
        ("path = 'a'", "missing field `reason`"),
        ("path = 'a'\nreason = ' '", "the reason is empty"),
        ("path = 'a'\nreason = 'x'\nuntil = 2030-01-01", "unknown field `until`"),
        ("path = 'a'\nreason = 'x'\nexpires = 2030-01-01T00:00:00Z", "`expires` is a day"),
        ("path = 'a'\nreason = 'x'\nexpires = 'soon'", "expected a TOML datetime"),
        ("path = '!a'\nreason = 'x'", "`path` is not a glob"),
        ("pattern = '[a'\nreason = 'x'", "`pattern` is neither"),
        ("regex = '('\nreason = 'x'", "`regex` cannot be read"),
        ("fingerprint = 'fp1:run:ABC'\nreason = 'x'", "of one run only"),
        ("fingerprint = 'a:b:1'\nreason = 'x'", "take one from a report"),
    ] {
        let said = ruled.refused(&format!("fail_on = 'low'\n\n[[allow]]\n{rule}\n"));
        assert!(said.starts_with("straykey: straykey.toml:") && said.contains(words), "{rule}: {said}");
        assert_eq!(said.trim_end().lines().count(), 1, "{said}");
    }
    assert!(ruled.refused("\n\n[[allow]]\nreason = 'x'\n").contains("straykey.toml:3: "));
}

#[test]
fn a_rule_for_another_key_says_that_it_covers_nothing() {
    let ruled = Ruled::new();
    let (left, report) = ruled.run("[[allow]]\nfingerprint = 'fp1:abcdefgh:XYZ'\nreason = 'x'\n");
    assert_eq!(left.len(), 3);
    assert!(report["summary"]["remarks"][0].as_str().unwrap().contains("another key"));
}
