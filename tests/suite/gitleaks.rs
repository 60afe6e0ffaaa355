//! Rules that were written for gitleaks: which are taken over, what they find, and what is said of the others.

use serde_json::Value;
use straykey::patterns::generate::{self, Random};
use straykey::patterns::gitleaks::{self, dialect};

use crate::harness::{Sandbox, straykey};

/// Rules of every sort that can be taken over; made up for this test.
const RULES: &str = r#"
title = "acme's rules"

[[allowlists]]
description = "made up for all rules"
paths = ['''(^|/)made/''']

[[rules]]
id = "plain"
description = "Acme token"
regex = '''\bacme_[0-9a-f]{32}\b'''
entropy = 2.5
keywords = ["acme_"]
tags = ["acme"]

[[rules]]
id = "assigned"
regex = '''(?i)[\w.-]{0,20}?(?:zorbl|frobz)[\w.-]{0,20}[ \t]*(?:=|:|=>)[ \t]{0,3}["']([a-z0-9]{24})["']'''
keywords = ["zorbl", "frobz"]
path = '''\.env$'''

[[rules]]
id = "second-group"
regex = '''(quux|quuz)://([a-z0-9]{20})@'''
secretGroup = 2

[[rules]]
id = "braces"
regex = '''plugh{[A-Z0-9]{20}}'''

[[rules]]
id = "endless"
regex = '''(?P<whole>xyzzy-[A-Za-z0-9]{20,})'''
[[rules.allowlists]]
description = "known test values"
stopwords = ["thud"]
[[rules.allowlists]]
condition = "AND"
paths = ['''^old/''']
regexes = ['''grault''']
"#;

fn token(pattern: &str, number: u64) -> String {
    let loaded = gitleaks::parse("acme.toml", RULES);
    let pattern = loaded.patterns.iter().find(|found| found.id == format!("acme-{pattern}")).unwrap();
    String::from_utf8(generate::example(pattern, &mut Random::new(number)).unwrap()).unwrap()
}

/// A folder for rules, and one in it for what is scanned.
fn folder() -> (Sandbox, std::path::PathBuf) {
    let outer = Sandbox::new();
    let code = outer.at("code");
    std::fs::create_dir(&code).unwrap();
    (outer, code)
}

#[test]
fn rules_find_what_they_were_written_for() {
    let loaded = gitleaks::parse("acme.toml", RULES);
    assert_eq!(loaded.refused, []);
    let (outer, code) = folder();
    outer.write("acme.toml", RULES);
    outer.write("code/plain.py", format!("key = \"{}\"\n", token("plain", 1)));
    outer.write("code/app.env", format!("{}\n", token("assigned", 1)));
    outer.write("code/app.yaml", format!("{}\n", token("assigned", 2)));
    outer.write("code/group", format!("{}\n", token("second-group", 1)));
    outer.write("code/braces", format!("{}\n", token("braces", 1)));
    outer.write("code/endless", format!("{}\n", token("endless", 1)));
    outer.write("code/made/plain.py", format!("key = \"{}\"\n", token("plain", 2)));
    let run = straykey(&["scan", "-f", "json", "--show-secrets", "--patterns"]).arg(outer.at("acme.toml"));
    let report = run.arg(&code).end().expect(1).json();
    let mut found: Vec<(&str, &str, Option<&str>)> = report["findings"]
        .as_array()
        .unwrap()
        .iter()
        .map(|finding| {
            let path = finding["places"][0]["path"].as_str().unwrap();
            (path, finding["pattern"].as_str().unwrap(), finding["suppressed"]["reason"].as_str())
        })
        .collect();
    found.sort_unstable();
    assert_eq!(
        found,
        [
            ("app.env", "acme-assigned", None),
            ("app.yaml", "acme-assigned", Some("the rule is for other paths")),
            ("braces", "acme-braces", None),
            ("endless", "acme-endless", None),
            ("group", "acme-second-group", None),
            ("made/plain.py", "acme-plain", Some("made up for all rules")),
            ("plain.py", "acme-plain", None),
        ]
    );
    let secret = |path: &str| {
        let of = |finding: &&Value| finding["places"][0]["path"] == path;
        report["findings"].as_array().unwrap().iter().find(of).unwrap()["secret"].as_str().unwrap().to_owned()
    };
    assert_eq!(secret("group").len(), 20, "the second group is the secret");
    assert_eq!(secret("app.env").len(), 24, "the only group is the secret");
    assert_eq!(secret("plain.py").len(), 37, "without groups the match is the secret");
}

#[test]
fn allowlists_leave_findings_out_of_the_count() {
    let (outer, code) = folder();
    outer.write("acme.toml", RULES);
    let random = "Q3eGrT5lXk6oZj2mW8";
    outer.write("code/new/a", format!("xyzzy-{random}Thud1\n"));
    outer.write("code/new/b", format!("xyzzy-{random}grault\n"));
    outer.write("code/old/c", format!("xyzzy-{random}2grault\n"));
    outer.write("code/old/d", format!("xyzzy-{random}3x\n"));
    let run = straykey(&["scan", "-f", "json", "--patterns"]).arg(outer.at("acme.toml")).arg(&code);
    let report = run.end().expect(1).json();
    let mut reasons: Vec<(&str, Option<&str>)> = report["findings"]
        .as_array()
        .unwrap()
        .iter()
        .map(|finding| (finding["places"][0]["path"].as_str().unwrap(), finding["suppressed"]["reason"].as_str()))
        .collect();
    reasons.sort_unstable();
    let known = Some("known test values");
    assert_eq!(reasons, [("new/a", known), ("new/b", None), ("old/c", Some("an allowlist")), ("old/d", None)]);
}

#[test]
fn each_rule_that_cannot_be_taken_over_is_told_with_its_reason() {
    let rules = r#"
[extend]
useDefault = true
[[rules]]
id = "good"
regex = '''wibble-[a-z0-9]{20}'''
[[rules]]
id = "no-anchor"
regex = '''\b[a-f0-9]{40}\b'''
keywords = ["wobble"]
[[rules]]
id = "only-a-path"
path = '''\.p12$'''
[[rules]]
id = "letters"
regex = '''wubble\p{Greek}{20}'''
[[rules]]
id = "look"
regex = '''wubble(?=x)'''
[[rules]]
id = "either"
regex = '''flob-(?:([a-z]{20})|([0-9]{20}))'''
[[rules]]
id = "many"
regex = '''flob-([a-z]{20})'''
secretGroup = 3
[[rules]]
id = "parts"
regex = '''flub-([a-z]{20})'''
[[rules.required]]
id = "good"
[[rules]]
id = "lines"
regex = '''flab-([a-z]{20})'''
[[rules.allowlists]]
regexTarget = "line"
regexes = ["x"]
"#;
    let loaded = gitleaks::parse("conf/.gitleaks.toml", rules);
    let ids: Vec<&str> = loaded.patterns.iter().map(|pattern| &*pattern.id).collect();
    assert_eq!(ids, ["gitleaks-good"]);
    let said: Vec<String> = loaded.refused.iter().map(ToString::to_string).collect();
    for (line, words) in [
        (2, "other files are not read by `extend`"),
        (7, "rule `gitleaks-no-anchor` cannot be taken over: its regex holds no text"),
        (11, "it has no regex"),
        (14, "its regex cannot be read"),
        (17, "look-around"),
        (20, "may leave its first group empty"),
        (23, "`secretGroup` is 3, but its regex has 1 groups"),
        (27, "unknown field `required`"),
        (32, "`regexTarget = \"line\"`"),
    ] {
        let place = format!("conf/.gitleaks.toml:{line}: ");
        assert!(said.iter().any(|said| said.starts_with(&place) && said.contains(words)), "{place}{words}: {said:#?}");
    }
    assert_eq!(said.len(), 9, "{said:#?}");
}

#[test]
fn what_is_refused_makes_a_scan_incomplete_unless_it_is_left_out() {
    let folder = Sandbox::new();
    let rule = |id: &str, regex: &str| format!("[[rules]]\nid = \"{id}\"\nregex = '''{regex}'''\n");
    folder.write("acme.toml", rule("good", "wibble-[a-z0-9]{20}") + &rule("bad", "[a-f0-9]{40}"));
    folder.write("code/a", "x");
    let run = |words: &[&str]| {
        let run = straykey(&["scan", "--patterns", "acme.toml", "code"]).within(folder.path());
        words.iter().fold(run, |run, word| run.arg(word)).end()
    };
    assert!(run(&[]).expect(2).stdout().contains("acme.toml:4: rule `acme-bad` cannot be taken over"));
    run(&["--exclude-pattern", "acme-bad"]).expect(0);
    let list = straykey(&["patterns", "list", "--patterns", "acme.toml"]).within(folder.path()).end().expect(2);
    assert!(list.stdout().contains("acme-good") && list.stderr().contains("acme-bad"), "{}", list.stderr());
}

#[test]
fn a_file_that_is_no_toml_is_told_by_line() {
    let loaded = gitleaks::parse("a.toml", "[[rules]]\nid = \"x\nregex = 3\n");
    assert_eq!((loaded.patterns.len(), loaded.refused.len(), loaded.refused[0].line), (0, 1, 2));
}

#[test]
fn regexes_mean_the_same_in_both_dialects() {
    for (go, rust) in [
        ("a{", "a\\{"),
        ("a{2}b{3,}c{4,5}", "a{2}b{3,}c{4,5}"),
        ("^\\${[A-Z]+}$", "^\\$\\{[A-Z]+\\}$"),
        ("[[:alnum:]_[]", "[[:alnum:]_\\[]"),
        ("[]a]", "[\\]a]"),
        ("[^]&&a~-]", "[^\\]\\&\\&a\\~-]"),
        ("\\Qa.b\\E+", "a\\.b+"),
        ("\\<a\\>", "<a>"),
        ("(?i)(a)(?:b)(?P<c>d)", "(?i)(?:a)(?:b)(?:d)"),
        ("\\(a\\)", "\\(a\\)"),
    ] {
        assert_eq!(dialect::translate(go, usize::MAX).as_deref(), Ok(rust));
    }
    assert_eq!(dialect::translate("(a)((?i)b)", 2).as_deref(), Ok("(?:a)(?<secret>(?i)b)"));
    assert_eq!(dialect::translate("a", 0).as_deref(), Ok("(?<secret>a)"));
    for refused in ["\\C", "[a--b]", "[a", "a\\", "(?P<a"] {
        assert!(dialect::translate(refused, 1).is_err(), "{refused}");
    }
}
