//! The built-in patterns keep their promises, and the subcommands show them.

use std::sync::Arc;

use straykey::detect::{Detector, confirm};
use straykey::model::pattern::ASSIGNMENT_GROUPS;
use straykey::model::scan::Scanner;
use straykey::patterns::{self, Catalogue, Options, lint};

use crate::harness::{Sandbox, example, straykey};

fn detector() -> Detector {
    Detector::new(&Catalogue::load(&Options::default()).unwrap().patterns)
}

#[test]
fn every_pattern_finds_its_examples_and_nothing_else() {
    let detector = detector();
    let samples = patterns::builtin_samples().unwrap();
    let problems: Vec<String> = patterns::builtin()
        .unwrap()
        .iter()
        .flat_map(|listed| lint::check(listed.pattern(), &samples[&*listed.id], &detector))
        .map(|problem| problem.to_string())
        .collect();
    assert!(problems.is_empty(), "{}", problems.join("\n"));
}

#[test]
fn every_regex_compiles() {
    for pattern in patterns::builtin().unwrap().iter().map(|listed| listed.pattern()) {
        let parts = pattern.parts.iter().map(|part| &part.regex);
        for regex in parts.chain([&pattern.regex]).chain(&pattern.decodes) {
            assert!(confirm::compile(regex, pattern.reach.before + pattern.reach.after).is_ok(), "{}", pattern.id);
        }
    }
}

/// Such a part would be left out of the credential. One that brings the secret may say what that is assigned to.
#[test]
fn no_part_has_the_name_of_what_an_assignment_is_judged_by() {
    for listed in patterns::builtin().unwrap() {
        for part in &listed.pattern().parts {
            let regex = confirm::compile(&part.regex, part.reach).unwrap();
            let names: Vec<&str> = regex.capture_names().flatten().collect();
            let taken = names.iter().find(|name| ASSIGNMENT_GROUPS.contains(name));
            assert_eq!(taken.filter(|_| !names.contains(&"secret")), None, "{}", listed.pattern().id);
        }
    }
}

#[test]
fn the_lint_notices_broken_promises() {
    let text = r#"
[[pattern]]
id = "acme-key"
name = "Acme key"
kind = "api-key"
severity = "high"
anchors = ["acme_"]
regex = '(?<secret>acme_[a-z0-9]{20})'
examples = ["acme_short"]
non_examples = ["acme_a8f3k2m9x7q4w1z6b5n0"]
"#;
    let parsed = patterns::parse::parse("acme.toml", text);
    assert_eq!(parsed.refused, []);
    let found = &parsed.patterns[0];
    let detector = Detector::new(&[Arc::new(found.clone().into())]);
    let problems: Vec<String> =
        lint::check(found, &parsed.samples["acme-key"], &detector).iter().map(ToString::to_string).collect();
    assert_eq!(problems.len(), 2, "{problems:?}");
    assert!(problems[0].contains("example 1 is not found") && problems[1].contains("non-example 1 is found"));
}

#[test]
fn covers_what_leaks_most() {
    let ids: Vec<String> = patterns::builtin().unwrap().iter().map(|pattern| pattern.id.to_string()).collect();
    assert!(ids.len() >= 80);
    for id in [
        "aws-access-key-id",
        "gcp-api-key",
        "gcp-service-account-key",
        "azure-storage-account-key",
        "github-pat-classic",
        "gitlab-pat",
        "npm-access-token",
        "pypi-upload-token",
        "slack-bot-token",
        "slack-incoming-webhook",
        "discord-webhook",
        "telegram-bot-token",
        "stripe-secret-key",
        "sendgrid-api-key",
        "openai-api-key",
        "anthropic-api-key",
        "huggingface-user-token",
        "private-key-rsa-pem",
        "private-key-openssh",
        "private-key-pgp",
        "private-key-putty-ppk",
        "age-identity",
        "jwt-token",
        "postgres-connection-uri",
        "mysql-connection-uri",
        "mongodb-connection-uri",
        "redis-connection-uri",
        "generic-url-basic-auth",
        "vault-service-token",
        "terraform-cloud-token",
        "grafana-service-account-token",
        "digitalocean-pat",
        "databricks-pat",
        "docker-swarm-join-token",
        "dockerhub-pat",
        "sentry-user-token",
        "newrelic-user-key",
    ] {
        assert!(ids.iter().any(|have| have == id), "{id}");
    }
}

#[test]
fn list_check_and_explain() {
    let list = straykey(&["patterns", "list"]).end().expect(0).stdout();
    assert!(list.lines().any(|line| line.starts_with("stripe-secret-key ")), "{list}");
    let check = straykey(&["patterns", "check"]).end().expect(0).stdout();
    assert!(check.ends_with(", 0 problems\n"), "{check}");
    let explained = straykey(&["patterns", "explain", "github-pat-classic"]).end().expect(0).stdout();
    for words in ["ghp_", "crc32-base62", "https://docs.github.com", "patterns/github.toml:"] {
        assert!(explained.contains(words), "{explained}");
    }
    let unknown = straykey(&["patterns", "explain", "nonsense"]).end().expect(2).stderr();
    assert!(unknown.contains("no pattern is called `nonsense`"), "{unknown}");
}

#[test]
fn check_tells_which_other_provider_finds_the_same() {
    let folder = Sandbox::new();
    let pattern = |id: &str, regex: &str| {
        format!(
            "[[pattern]]\nid = \"{id}\"\nname = \"x\"\nkind = \"api-key\"\nseverity = \"high\"\nanchors = [\"zq_\"]\n\
             regex = '(?<secret>zq_{regex})'\n"
        )
    };
    folder.write("all/aaa.toml", pattern("aaa-key", "[a-z0-9]{20}"));
    folder.write("all/bbb.toml", pattern("bbb-key", "[a-f0-9]{20}"));
    folder.write("all/ccc.toml", pattern("ccc-key", "[a-f0-9]{12}"));
    let said = straykey(&["patterns", "check"]).arg(folder.at("all")).end().expect(1).stdout();
    assert!(
        said.contains("bbb.toml:2: pattern `bbb-key`: a text generated from its regex is claimed by `aaa-key`"),
        "{said}"
    );
    assert!(said.contains("note  ") && said.contains("pattern `bbb-key` and `aaa-key` find the same texts"), "{said}");
    assert!(!said.contains("`ccc-key` and"), "{said}");
}

#[test]
fn check_tells_what_patterns_cost() {
    let folder = Sandbox::new();
    folder.write("code/a/b", format!("{}\n{}\n", "ghp_abcdefgh ".repeat(1_000), "x".repeat(500_000)));
    let said = straykey(&["patterns", "check", "--cost", "--corpus"]).arg(folder.at("code")).end().stdout();
    let row = said.lines().find(|line| line.ends_with(" github-pat-classic")).unwrap_or_else(|| panic!("{said}"));
    let numbers: Vec<f64> = row.split_whitespace().take(2).map(|number| number.parse().unwrap()).collect();
    assert!((1_900.0..2_100.0).contains(&numbers[0]) && numbers[1] > 0.0, "{row}");
    let made = straykey(&["patterns", "check", "--cost"]).end().stdout();
    assert!(made.contains("MB of made text, the costliest first"), "{made}");
    straykey(&["patterns", "check", "--cost", "--corpus", "nowhere"]).end().expect(2);
}

#[test]
fn check_tells_what_is_wrong_in_a_users_file() {
    let folder = Sandbox::new();
    let file = folder.write("acme.toml", "[[pattern]]\nid = \"acme-x\"\n");
    let end = straykey(&["patterns", "check"]).arg(&file).end().expect(1);
    assert!(end.stdout().contains("acme.toml:1: missing field"), "{}", end.stdout());
}

#[test]
fn generated_examples_are_the_same_on_every_run() {
    assert_eq!(example("stripe-secret-key", 1), example("stripe-secret-key", 1));
    assert_ne!(example("stripe-secret-key", 1), example("stripe-secret-key", 2));
}

#[test]
fn behind_an_opening_a_token_may_begin() {
    let openings = [
        " ",
        "\"",
        "=",
        "'",
        r"\n",
        r"\0",
        "%3D",
        "%253d",
        "=3D",
        r"\u003d",
        r"\u201C",
        r"\x22",
        "\x1b[0;32m",
        "\x1b[m",
        r"\033[1m",
        "[38;2;255;255;255m",
        "${TOKEN:-",
    ];
    for pattern in ["stripe-secret-key", "zep-api-key"] {
        let token = example(pattern, 1);
        let found = |before: &str| detector().scan(format!("x{before}{token} ").as_bytes()).matches.len();
        assert_eq!(found(""), 0, "{pattern}");
        for before in openings {
            assert_eq!(found(before), 1, "{pattern} after x{before}");
        }
    }
}

#[test]
fn a_providers_own_pattern_wins_over_a_general_one() {
    let detector = detector();
    let ids = |text: &str| -> Vec<String> {
        detector.scan(text.as_bytes()).matches.into_iter().map(|found| found.pattern.id.to_string()).collect()
    };
    let password = "vR8-kq2_Lm";
    assert_eq!(ids(&format!("postgres://app:{password}@db/x")), ["postgres-connection-uri"]);
    assert_eq!(ids(&format!("gopher://app:{password}@db/x")), ["generic-url-basic-auth"]);
    let token = example("github-pat-classic", 1);
    assert_eq!(ids(&format!("https://x:{token}@github.com/a/b")), ["github-pat-classic"]);
}

#[test]
fn half_a_credential_joins_the_whole_one() {
    let folder = Sandbox::new();
    let key = format!("AKIA{}", "Q3EGRT5LXK6OZJ2M");
    let secret = "fB7kQ2xw9Zt+LmR4vC/uYh1NsEoJ5aPdGi8TWq0X";
    folder.write("half", format!("key = {key}\n"));
    folder.write("whole", format!("aws_access_key_id = {key}\naws_secret_access_key = {secret}\n"));
    let report = crate::harness::scan(folder.path(), &["--show-secrets"], 1);
    let findings = report["findings"].as_array().unwrap();
    assert_eq!(findings.len(), 1, "{findings:#?}");
    assert_eq!(findings[0]["secret"], secret);
    assert_eq!(findings[0]["places"].as_array().unwrap().len(), 2);
}

#[test]
fn users_bring_their_own() {
    let folder = Sandbox::new();
    let pattern = "[[pattern]]\nid = \"acme-key\"\nname = \"Acme key\"\nkind = \"api-key\"\nseverity = \"low\"\n\
                   anchors = [\"acme_\"]\nregex = '(?<secret>acme_[a-z0-9]{20})'\n";
    folder.write("own/acme.toml", pattern);
    folder.write("code/a", "acme_a8f3k2m9x7q4w1z6b5n0\n");
    let report =
        straykey(&["scan", "-f", "json", "--patterns", "own", "code"]).within(folder.path()).end().expect(1).json();
    assert_eq!(report["findings"][0]["pattern"], "acme-key");
    let refused = pattern.replace("(?<secret>", "(");
    folder.write("own/acme.toml", refused);
    let end = straykey(&["scan", "--patterns", "own", "code"]).within(folder.path()).end().expect(2);
    assert!(end.stdout().contains("own/acme.toml:7: the regex has no group `secret`"), "{}", end.stdout());
    assert!(end.stdout().contains("1 file"), "the rest of the scan goes on: {}", end.stdout());
}
