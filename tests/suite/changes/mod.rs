//! Scans of changes: what a change added is found at its line, and what was there before is not.

mod added;
mod broken;
mod commits;
mod content;
mod index;
mod select;
mod staged;

use std::fs;
use std::path::Path;

use serde_json::Value;

use crate::harness::{Sandbox, places, scan, straykey};

/// A complete report's places as `kind path:line:column`, sorted.
fn seen(report: &Value) -> Vec<String> {
    let mut seen: Vec<String> = places(report)
        .iter()
        .map(|(_, place)| {
            let word = |key: &str| place[key].as_str().unwrap_or("-").to_owned();
            format!("{} {}:{}:{}", word("kind"), word("path"), place["line"], place["column"])
        })
        .collect();
    seen.sort();
    seen
}

/// Scans `path` with these words; the report must be complete.
#[track_caller]
fn changes(path: &Path, words: &[&str]) -> Vec<String> {
    let mut run = straykey(&["scan", "--format", "json", "--show-secrets"]);
    for word in words {
        run = run.arg(word);
    }
    let end = run.arg(path).end();
    assert!(end.code() < 2, "{words:?}: {}{}", end.stdout(), end.stderr());
    let seen = seen(&end.json());
    assert_eq!(end.code() == 1, !seen.is_empty());
    seen
}

/// The one error of a report that is not complete.
#[track_caller]
fn error(path: &Path, words: &[&str]) -> String {
    let report = scan(path, words, 2);
    let errors = report["summary"]["errors"].as_array().unwrap();
    assert_eq!(errors.len(), 1, "{errors:#?}");
    errors[0]["why"].as_str().unwrap().to_owned()
}

fn remarks(path: &Path, words: &[&str], code: i32) -> String {
    scan(path, words, code)["summary"]["targets"][0]["remarks"].to_string()
}

type Files<'a> = &'a [(&'a str, &'a [u8])];

/// Commits `before`, makes it `after`, and holds the change to `expected` (`path:line:column`, `name path:line:column`) when it
/// is staged and when it is committed.
#[track_caller]
fn check(before: Files<'_>, after: Files<'_>, expected: &[&str]) {
    let repo = Sandbox::repository();
    repo.commit("other", "the same before and after\n");
    let write = |files: Files<'_>| {
        for entry in fs::read_dir(repo.path()).unwrap().map(|entry| entry.unwrap()) {
            match entry.file_type().unwrap().is_dir() {
                true if entry.file_name() == ".git" => {}
                true => fs::remove_dir_all(entry.path()).unwrap(),
                false if entry.file_name() == "other" => {}
                false => fs::remove_file(entry.path()).unwrap(),
            }
        }
        for (path, text) in files {
            repo.write(path, text);
        }
        repo.git(&["add", "--all", "--force"]);
    };
    write(before);
    repo.git(&["commit", "--quiet", "--allow-empty", "--message", "Before"]);
    write(after);
    let told = |kind: &str| -> Vec<String> {
        let one = |place: &&str| match place.strip_prefix("name ") {
            Some(name) => format!("file_name {name}"),
            None => format!("{kind} {place}"),
        };
        let mut told: Vec<String> = expected.iter().map(one).collect();
        told.sort();
        told
    };
    assert_eq!(changes(repo.path(), &["--staged"]), told("staged"));
    repo.git(&["commit", "--quiet", "--allow-empty", "--message", "After"]);
    assert_eq!(changes(repo.path(), &["--staged"]), [""; 0]);
    assert_eq!(changes(repo.path(), &["--range", "HEAD~1.."]), told("history"));
    for (_, place) in places(&scan(repo.path(), &["--range", "HEAD~1.."], i32::from(!expected.is_empty()))) {
        assert_eq!(place["commit"], repo.git(&["rev-parse", "HEAD"]).as_str());
    }
}
