//! What the pattern loader refuses, with file, line and remedy.

use straykey::model::pattern::Reach;
use straykey::patterns::parse::{self, Parsed, PatternError};

/// A pattern file `acme.toml` with one pattern in it, whose lines these are after its id and name.
fn file(lines: &str) -> String {
    format!("[[pattern]]\nid = \"acme-key\"\nname = \"Acme key\"\nkind = \"api-key\"\nseverity = \"high\"\n{lines}\n")
}

fn refusals(text: &str) -> Vec<PatternError> {
    parse::parse("some/acme.toml", text).refused
}

#[track_caller]
fn refused(text: &str, line: usize, words: &str) {
    let errors = refusals(text);
    assert_eq!(errors.len(), 1, "{errors:?}");
    assert_eq!(errors[0].line, line, "{}", errors[0]);
    let sentence = errors[0].to_string();
    assert!(sentence.starts_with(&format!("some/acme.toml:{line}: ")) && sentence.contains(words), "{sentence}");
    assert!(!sentence.contains('\n'), "one sentence: {sentence}");
}

#[test]
fn takes_a_good_pattern_and_works_out_its_reach() {
    let Parsed { patterns, refused, .. } =
        parse::parse("acme.toml", &file("anchors = [\"acme_\"]\nregex = '\\b(?<secret>acme_[a-z0-9]{10,20})\\b'"));
    assert_eq!(refused, []);
    assert_eq!(patterns[0].reach, Reach { before: 0, after: 20 });
    assert_eq!(patterns[0].written.line, 2);
}

#[test]
fn joins_examples_at_the_cut_mark() {
    let text = file("anchors = [\"acme_\"]\nregex = '(?<secret>acme_[a-z]{4})'\nexamples = [\"acme_·abcd\"]");
    assert_eq!(parse::parse("acme.toml", &text).samples["acme-key"].examples, ["acme_abcd"]);
}

#[test]
fn refuses_a_regex_without_a_secret() {
    refused(&file("anchors = [\"acme_\"]\nregex = 'acme_[a-z]{4}'"), 7, "no group `secret`");
}

#[test]
fn refuses_a_regex_that_cannot_be_read() {
    refused(&file("anchors = [\"acme_\"]\nregex = '(?<secret>acme_[a-z{4})'"), 7, "cannot be read");
}

#[test]
fn refuses_an_anchor_that_a_match_may_lack() {
    refused(&file("anchors = [\"acme_\"]\nregex = '(?<secret>(?:acme|acne)_[a-z]{4})'"), 6, "need not contain");
    refused(&file("anchors = [\"acme_\"]\nregex = '(?<secret>(?:acme_)?[a-z]{4})'"), 6, "need not contain");
}

#[test]
fn refuses_unbounded_reach_unless_it_is_declared() {
    let unbounded = "anchors = [\"acme_\"]\nregex = '(?<secret>acme_[a-z]+)'";
    refused(&file(unbounded), 7, "of any length");
    let declared = file(&format!("{unbounded}\nreach = 200"));
    assert_eq!(parse::parse("acme.toml", &declared).patterns[0].reach, Reach { before: 0, after: 200 });
    refused(&file(&format!("{unbounded}\nreach = 100000")), 8, "at most");
}

#[test]
fn refuses_anchors_that_are_missing_short_or_long() {
    let regex = "regex = '(?<secret>ab[a-z]{4})'";
    refused(&file(&format!("anchors = []\n{regex}")), 6, "needs `anchors`");
    refused(&file(&format!("anchors = [\"ab\"]\n{regex}")), 6, "has 2 bytes");
    refused(&file(&format!("anchors = [\"{}\"]\n{regex}", "a".repeat(40))), 6, "has 40 bytes");
}

#[test]
fn refuses_ids_that_are_malformed_or_of_another_file() {
    let rest = "anchors = [\"acme_\"]\nregex = '(?<secret>acme_[a-z]{4})'";
    refused(&file(rest).replace("acme-key", "acme-Key"), 2, "kebab-case");
    refused(&file(rest).replace("acme-key", "other-key"), 2, "start with its file's name");
}

#[test]
fn refuses_unknown_keys_and_broken_toml() {
    refused(&file("anchor = [\"acme_\"]\nregex = 'x'"), 6, "unknown field");
    refused("[[pattern]]\nid = \n", 2, "correct this line");
}

#[test]
fn refuses_a_checksum_without_its_groups() {
    refused(
        &file("anchors = [\"acme_\"]\nregex = '(?<secret>acme_[a-z]{4})'\nchecksum = \"crc32-hex\""),
        8,
        "groups `body` and `check`",
    );
}

#[test]
fn refuses_the_second_of_two_patterns_with_one_id() {
    let text = file("anchors = [\"acme_\"]\nregex = '(?<secret>acme_[a-z]{4})'");
    let mut patterns = parse::parse("one/acme.toml", &text).patterns;
    patterns.extend(parse::parse("two/acme.toml", &text).patterns);
    let errors = parse::refuse_duplicates(&mut patterns, |pattern| pattern);
    assert_eq!(patterns.len(), 1);
    assert_eq!(
        errors[0].to_string(),
        "two/acme.toml:2: pattern id `acme-key` is taken by one/acme.toml:2; give one of them another id"
    );
}
