//! Settings: what wins, what a repository may say for itself, and what is taken over from other tools.

use std::fs;

use serde_json::Value;

use crate::harness::{Run, Sandbox, places, straykey, token};

/// Scans the current folder.
fn here(repo: &Sandbox, words: &[&str]) -> Run {
    straykey(&["scan", "-f", "json"]).within(repo.path()).arg("--no-history").args(words)
}

fn paths(report: &Value) -> Vec<String> {
    places(report).iter().map(|(_, place)| place["path"].as_str().unwrap().to_owned()).collect()
}

fn remarks(report: &Value) -> String {
    report["summary"]["remarks"].to_string()
}

/// A repository with a token in each of four files.
fn repository() -> Sandbox {
    let repo = Sandbox::repository();
    for (number, name) in ["a.txt", "b.txt", "c.txt", "d.txt"].into_iter().enumerate() {
        repo.write(name, token(number as u64));
    }
    repo
}

#[test]
fn flags_win_over_the_environment_over_a_named_file_over_the_repositorys_over_the_users() {
    let repo = repository();
    repo.write(
        "user/straykey/config.toml",
        "exclude = [\"a.txt\", \"user/\"]\nfail_on = \"none\"\nmin_confidence = \"high\"\n",
    );
    let users = repo.at("user");
    let users = users.to_str().unwrap();
    let with_user = |words: &[&str]| here(&repo, words).env("XDG_CONFIG_HOME", users);
    let report = with_user(&[]).end().expect(0).json();
    assert_eq!(paths(&report), ["b.txt", "c.txt", "d.txt"]);
    repo.write("straykey.toml", "exclude = [\"b.txt\"]\nfail_on = \"low\"\n");
    let report = with_user(&[]).end().expect(1).json();
    assert_eq!(paths(&report), ["c.txt", "d.txt"]);
    assert!(remarks(&report).contains("read from straykey.toml: exclude, fail_on"), "{report}");
    // A named file stands in for the repository's.
    repo.write("named.toml", "exclude = [\"c.txt\"]\nfail_on = \"none\"\n");
    let report = with_user(&["--config", "named.toml"]).end().expect(0).json();
    assert_eq!((paths(&report), remarks(&report).as_str()), (vec!["b.txt".into(), "d.txt".into()], "[]"));
    let report = with_user(&[]).env("STRAYKEY_CONFIG", "named.toml").end().expect(0).json();
    assert_eq!(paths(&report), ["b.txt", "d.txt"]);
    with_user(&["--config", "named.toml"]).env("STRAYKEY_FAIL_ON", "critical").end().expect(1);
    with_user(&["--config", "named.toml", "--fail-on", "none"]).env("STRAYKEY_FAIL_ON", "critical").end().expect(0);
    for (name, value, problem) in [
        ("STRAYKEY_FAIL_ON", "worst", "STRAYKEY_FAIL_ON: unknown variant `worst`"),
        ("STRAYKEY_THREADS", "many", "STRAYKEY_THREADS is no number"),
        ("STRAYKEY_REPO_CONFIG", "yes", "STRAYKEY_REPO_CONFIG is neither"),
        ("STRAYKEY_FINGERPRINT_KEY", "short", "a fingerprint key needs at least 16 bytes"),
    ] {
        let said = with_user(&[]).env(name, value).end().expect(2).stderr();
        assert!(said.contains(problem) && !said.contains("short"), "{said}");
    }
    let keyed = with_user(&[]).env("STRAYKEY_FINGERPRINT_KEY", "0123456789abcdef0123").end().expect(1).json();
    assert!(!keyed["findings"][0]["fingerprint"].as_str().unwrap().starts_with("fp1:pub:"));
}

#[test]
fn a_repositorys_own_file_counts_only_where_that_is_the_users_choice() {
    let repo = repository();
    repo.write("straykey.toml", "exclude = [\"*.txt\"]\n");
    repo.write("sub/x", "x");
    let count = |run: Run, code: i32| {
        let report = run.end().expect(code).json();
        (paths(&report).len(), remarks(&report))
    };
    // From a folder below it counts too.
    let below = straykey(&["scan", "-f", "json", "--no-history", ".."]).within(&repo.at("sub"));
    let (found, said) = count(below, 0);
    assert!(found == 0 && said.contains("../straykey.toml: exclude"), "{said}");
    let (found, said) = count(here(&repo, &[]).env("CI", "true"), 1);
    assert!(found == 4 && said.contains("this is a CI run; --trust-repo-config reads it"), "{said}");
    assert_eq!(count(here(&repo, &["--trust-repo-config"]).env("CI", "true"), 0).0, 0);
    assert_eq!(count(here(&repo, &["--no-repo-config"]), 1), (4, "[]".into()));
    assert_eq!(count(here(&repo, &[]).env("STRAYKEY_REPO_CONFIG", "never"), 1).0, 4);
    let elsewhere = Sandbox::repository();
    let from_there = |words: &[&str]| {
        straykey(&["scan", "-f", "json", "--no-history"]).within(elsewhere.path()).args(words).arg(repo.path())
    };
    let (found, said) = count(from_there(&[]), 1);
    assert!(found == 4 && said.contains("it is not the current repository"), "{said}");
    assert_eq!(count(from_there(&["--trust-repo-config"]), 0).0, 0);
    // The text report says it too.
    let said = straykey(&["scan", "--quiet"]).within(repo.path()).end().expect(0).stdout();
    assert!(said.contains("note  settings of this repository were read from straykey.toml: exclude"), "{said}");
}

#[cfg(unix)]
#[test]
fn a_repositorys_own_file_runs_writes_and_reads_nothing_outside() {
    let repo = repository();
    let program = "[[verify.program]]\nname = \"p\"\ncommand = [\"./run\"]\npatterns = [\"*\"]\n";
    repo.write("straykey.toml", format!("observations = \"seen.json\"\n{program}"));
    let report = here(&repo, &[]).end().expect(1).json();
    assert!(remarks(&report).contains("verify, observations was left out"), "{report}");
    let said = here(&repo, &["--trust-repo-config"]).end().expect(2).stderr();
    assert!(said.contains("weights, observations, decisions and token hashes go with an inventory"), "{said}");
    let outside = Sandbox::new();
    let key = outside.write("key", "0123456789abcdef0123");
    repo.write("straykey.toml", format!("fingerprint_key_file = \"{}\"\n", key.display()));
    let said = here(&repo, &[]).end().expect(2).stderr();
    assert!(said.contains("leads out of the repository"), "{said}");
    std::os::unix::fs::symlink(&key, repo.at("link")).unwrap();
    repo.write("straykey.toml", "fingerprint_key_file = \"link\"\n");
    assert!(here(&repo, &[]).end().expect(2).stderr().contains("leads out of the repository"));
    fs::remove_file(repo.at("straykey.toml")).unwrap();
    std::os::unix::fs::symlink("/dev/zero", repo.at("straykey.toml")).unwrap();
    assert!(here(&repo, &[]).end().expect(2).stderr().contains("is no plain file"));
}

#[test]
fn check_names_what_is_wrong_and_show_where_settings_come_from() {
    let repo = repository();
    repo.write(
        "straykey.toml",
        "exclude = [\"*.log\"]\nfail_on = \"high\"\n[[allow]]\nregex = \"hush\"\nreason = \"r\"\n",
    );
    straykey(&["config", "check"]).within(repo.path()).end().expect(0);
    let run = straykey(&["config", "show"]).within(repo.path()).env("STRAYKEY_FAIL_ON", "low");
    let said = run.end().expect(0).stdout();
    assert!(said.contains("fail_on = \"low\"  # environment\n"), "{said}");
    assert!(said.contains("exclude = [\"*.log\"]  # straykey.toml, this repository's own\n"), "{said}");
    assert!(said.contains("regex = \"***\"") && !said.contains("hush"), "{said}");
    for (text, problem) in [
        ("exlude = []\n", "straykey.toml:1: unknown field `exlude`"),
        ("patterns = [\"none.toml\"]\n", "none.toml"),
        ("baseline = [\"none\"]\n", "the baseline none cannot be read"),
        ("inventory = [\"none.yaml\"]\n", "none.yaml"),
        ("max_file_size = \"huge\"\n", "`huge` is not a size"),
    ] {
        repo.write("straykey.toml", text);
        let said = straykey(&["config", "check"]).within(repo.path()).end().expect(2).stderr();
        assert!(said.contains(problem), "{said}");
    }
}

#[test]
fn the_published_schema_is_that_of_the_types_and_admits_settings() {
    let printed = straykey(&["config", "schema"]).end().expect(0).stdout();
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/src/config/schema-v1.json");
    if std::env::var_os("STRAYKEY_UPDATE").is_some() {
        fs::write(path, &printed).unwrap();
    }
    assert_eq!(printed, fs::read_to_string(path).unwrap(), "run the test with STRAYKEY_UPDATE=1");
    let schema: Value = serde_json::from_str(&printed).unwrap();
    let validator = jsonschema::validator_for(&schema).unwrap();
    let good = r#"{"exclude": ["a"], "fail_on": "high", "min_confidence": "low", "baseline": ["b"], "verify": {"rate": 2.5},
                   "allow": [{"path_regex": "x", "reason": "r", "expires": "2027-01-01"}]}"#;
    assert!(validator.is_valid(&serde_json::from_str(good).unwrap()));
    for bad in
        [r#"{"exlude": []}"#, r#"{"min_confidence": "huge"}"#, r#"{"allow": [{"path": "x"}]}"#, r#"{"fail_on": 1}"#]
    {
        assert!(!validator.is_valid(&serde_json::from_str(bad).unwrap()), "{bad}");
    }
}

/// What `migrate` makes of a file, and what it says.
fn migrate(name: &str, text: &str, code: i32) -> (String, String) {
    let folder = Sandbox::new();
    folder.write(name, text);
    let end = straykey(&["config", "migrate", name]).within(folder.path()).end().expect(code);
    straykey(&["config", "check"]).within(folder.path()).end().expect(0);
    (fs::read_to_string(folder.at("straykey.toml")).unwrap(), end.stderr())
}

#[test]
fn gitleaks_allowlists_become_rules() {
    let text = r#"title = "ours"
[extend]
useDefault = true
disabledRules = ["generic-api-key"]
[[allowlists]]
description = "made up"
paths = ['''(^|/)fixtures/''', '''\.(png|jpg)$''']
stopwords = ["example.com"]
[[allowlists]]
condition = "AND"
paths = ["docs/"]
regexes = ["^demo"]
[[allowlists]]
condition = "AND"
paths = ["lib/"]
regexTarget = "line"
regexes = ["hush-hush"]
commits = ["0123456789"]
"#;
    let (made, said) = migrate(".gitleaks.toml", text, 2);
    let settings: toml::Table = toml::from_str(&made).unwrap();
    let rules = settings["allow"].as_array().unwrap();
    assert_eq!(rules.len(), 4, "{made}");
    assert_eq!(rules[0]["path_regex"].as_str(), Some("(?:^|/)fixtures/"));
    assert_eq!(rules[2]["regex"].as_str(), Some(r"(?i)example\.com"));
    assert_eq!((rules[3]["path_regex"].as_str(), rules[3]["regex"].as_str()), (Some("docs/"), Some("^demo")));
    for missing in ["disabled rule `generic-api-key`", "it is about the line", "commit `0123456789`", "must all hold"] {
        assert!(said.contains(missing), "{missing} in {said}");
    }
    assert!(!said.contains("hush"), "{said}");
    // The rules hold.
    let repo = Sandbox::repository();
    repo.write("fixtures/a.txt", token(1));
    repo.write("straykey.toml", made);
    straykey(&["scan"]).within(repo.path()).end().expect(0);
}

#[test]
fn rules_of_gitleaks_stay_where_they_are() {
    let text =
        "[[rules]]\nid = \"acme\"\ndescription = \"Acme\"\nregex = '''acme_[0-9a-f]{32}'''\nkeywords = [\"acme_\"]\n";
    let (made, said) = migrate(".gitleaks.toml", text, 0);
    assert!(made.contains("patterns = [\".gitleaks.toml\"]") && said.contains("keep that file"), "{made}{said}");
}

#[test]
fn settings_of_other_tools() {
    let text = r#"{"version": "1.5.0", "plugins_used": [{"name": "Mine", "path": "file://x.py"}, {"name": "AWSKeyDetector"}],
        "filters_used": [{"path": "detect_secrets.filters.allowlist.is_line_allowlisted"},
          {"path": "detect_secrets.filters.regex.should_exclude_file", "pattern": ["^vendor/"]},
          {"path": "detect_secrets.filters.regex.should_exclude_line", "pattern": ["x"]},
          {"path": "detect_secrets.filters.regex.should_exclude_secret", "pattern": ["demo"]}],
        "results": {"a": []}}"#;
    let (made, said) = migrate(".secrets.baseline", text, 2);
    assert!(made.contains("path_regex = \"^vendor/\"") && made.contains("regex = \"demo\""), "{made}");
    assert!(
        said.contains("plugin `Mine`") && said.contains("about lines") && said.contains("baseline create --from"),
        "{said}"
    );
    let (made, _) = migrate("exclude.txt", "# paths\n^vendor/\n\\.lock$\n", 0);
    assert_eq!(made.matches("path_regex").count(), 2, "{made}");
    let (_, said) = migrate("trufflehog.yaml", "detectors:\n- name: mine\n  keywords: [x]\nsources:\n- type: git\n", 2);
    assert!(said.contains("detector `mine`") && said.contains("source `git`"), "{said}");
    let text = "scan:\n  confidence: high\n  jobs: 4\n  turbo: true\nfilters:\n  exclude: [vendor/]\n  skip_words: [EXAMPLE]\n  \
                max_file_size_mb: 2.5\n  skip_aws_accounts: ['111122223333']\nvalidation:\n  rps: 5.0\nalerts:\n  webhooks: []\n\
                rules:\n  disabled: [kingfisher.x]\n";
    let (made, said) = migrate("kingfisher.yaml", text, 2);
    let settings: toml::Table = toml::from_str(&made).unwrap();
    assert_eq!(settings["min_confidence"].as_str(), Some("high"));
    assert_eq!(settings["max_file_size"].as_str(), Some("2500000"));
    assert_eq!(settings["verify"]["rate"].as_float(), Some(5.0));
    assert!(
        said.contains("`scan.turbo`") && said.contains("`rules.disabled`") && said.contains("`alerts.webhooks`"),
        "{said}"
    );
    let folder = Sandbox::new();
    folder.write("x.yaml", "a: 1\n");
    let end = straykey(&["config", "migrate", "x.yaml"]).within(folder.path()).end().expect(2);
    assert!(end.stderr().contains("none of the files that are known"), "{}", end.stderr());
    folder.write("straykey.toml", "");
    folder.write("y.txt", "^a/\n");
    let end = straykey(&["config", "migrate", "y.txt"]).within(folder.path()).end().expect(2);
    assert!(end.stderr().contains("not there yet"), "{}", end.stderr());
}
