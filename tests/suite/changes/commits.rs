//! What counts as added by commits: merges, messages, what is left out.

use std::fs;

use super::{changes, seen};
use crate::harness::{Sandbox, places, scan, token};

#[test]
fn a_merge_brings_nothing_of_its_own() {
    let repo = Sandbox::repository();
    repo.commit("base", "x\n");
    repo.git(&["checkout", "--quiet", "-b", "side"]);
    repo.commit("side.txt", format!("key = {}\n", token(1)));
    repo.git(&["checkout", "--quiet", "main"]);
    repo.commit("main.txt", format!("key = {}\n", token(2)));
    repo.git(&["merge", "--quiet", "--no-ff", "--message", "Merge", "side"]);
    // The merge alone: what either parent has is none of its doing.
    assert_eq!(changes(repo.path(), &["--range", "HEAD~1.."]), ["history side.txt:1:7"]);
    assert_eq!(changes(repo.path(), &["--range", "side.."]), ["history main.txt:1:7"]);
    let merge = repo.git(&["rev-parse", "HEAD"]);
    let report = scan(repo.path(), &["--range", "HEAD~2.."], 1);
    assert_eq!(seen(&report), ["history main.txt:1:7", "history side.txt:1:7"]);
    assert!(places(&report).iter().all(|(_, place)| place["commit"] != merge.as_str()));
}

#[test]
fn content_that_only_a_merge_has() {
    let repo = Sandbox::repository();
    let base = repo.commit("both.txt", format!("old {}\na\nb\n", token(9)));
    repo.git(&["checkout", "--quiet", "-b", "side"]);
    repo.commit("both.txt", format!("old {}\na\nb\nside {}\n", token(9), token(1)));
    repo.git(&["checkout", "--quiet", "main"]);
    repo.commit("both.txt", format!("main {}\nold {}\na\nb\n", token(2), token(9)));
    repo.git(&["merge", "--quiet", "--no-ff", "--no-commit", "side"]);
    let merged = fs::read_to_string(repo.at("both.txt")).unwrap();
    repo.write("evil.txt", token(3));
    let merge = repo.commit("both.txt", format!("{merged}evil {}\n", token(4)));
    let report = scan(repo.path(), &["--range", &format!("{base}..HEAD")], 1);
    let of_merge: Vec<_> = places(&report).into_iter().filter(|(_, place)| place["commit"] == merge.as_str()).collect();
    let mut paths: Vec<String> =
        of_merge.iter().map(|(_, place)| format!("{}:{}", place["path"], place["line"])).collect();
    paths.sort();
    assert_eq!(paths, ["\"both.txt\":6", "\"evil.txt\":1"]);
    assert_eq!(places(&report).len(), 4);
}

/// A secret that a merge takes out of a file of one parent's and puts elsewhere is new to neither.
#[test]
fn a_merge_that_moves_what_a_parent_has() {
    let repo = Sandbox::repository();
    repo.commit("a", "x\n");
    repo.git(&["checkout", "--quiet", "-b", "side"]);
    repo.commit("side.txt", format!("key = {}\n", token(1)));
    repo.git(&["checkout", "--quiet", "main"]);
    let old = repo.commit("main.txt", format!("key = {}\n", token(1)));
    repo.git(&["merge", "--quiet", "--no-ff", "--no-commit", "side"]);
    repo.git(&["rm", "--quiet", "--force", "side.txt", "main.txt"]);
    repo.commit("moved.txt", format!("key = {}\n", token(1)));
    assert_eq!(changes(repo.path(), &["--range", &format!("{old}..HEAD"), "--exclude", "side.txt"]), [""; 0]);
}

#[test]
fn added_and_removed_again_within_the_range() {
    let repo = Sandbox::repository();
    repo.commit("a", "x\n");
    let added = repo.commit("a", format!("x\n{}\n", token(1)));
    repo.commit("a", "x\n");
    let again = repo.commit("a", format!("{}\n", token(1)));
    let report = scan(repo.path(), &["--range", "HEAD~3..HEAD"], 1);
    let commits: Vec<_> =
        places(&report).iter().map(|(_, place)| place["commit"].as_str().unwrap().to_owned()).collect();
    assert_eq!(commits.len(), 2);
    assert!(commits.contains(&added) && commits.contains(&again), "{commits:?}");
    assert_eq!(report["findings"].as_array().unwrap().len(), 1);
    assert_eq!(changes(repo.path(), &["--range", "HEAD~3..HEAD~1"]), ["history a:2:1"]);
    assert_eq!(changes(repo.path(), &["--range", "HEAD~2..HEAD~1"]), [""; 0]);
}

#[test]
fn a_root_commit_adds_all_that_it_has() {
    let repo = Sandbox::repository();
    repo.commit("a", token(1));
    repo.git(&["checkout", "--quiet", "--orphan", "other"]);
    repo.commit("b", token(2));
    assert_eq!(changes(repo.path(), &["--range", "main..other"]), ["history a:1:1", "history b:1:1"]);
}

#[test]
fn messages_of_commits_in_the_range() {
    let repo = Sandbox::repository();
    repo.git(&["commit", "--quiet", "--allow-empty", "--message", &format!("Old {}", token(1))]);
    let message = format!("New\n\nwith {}", token(2));
    repo.git(&["commit", "--quiet", "--allow-empty", "--message", &message]);
    repo.git(&["tag", "--annotate", "v1", "--message", &token(3)]);
    assert_eq!(changes(repo.path(), &["--range", "HEAD~1..v1"]), ["message -:3:6"]);
    assert_eq!(changes(repo.path(), &["--range", "HEAD~1..", "--include", "src"]), [""; 0]);
}

#[test]
fn nothing_else_is_read() {
    let repo = Sandbox::repository();
    repo.commit("a", token(1));
    repo.write("untracked", token(2));
    repo.git(&["remote", "add", "origin", &format!("https://ada:{}@git.acme.example/x.git", token(3))]);
    repo.git_with_input(&["hash-object", "-w", "--stdin"], token(4).as_bytes());
    repo.git(&["commit", "--quiet", "--allow-empty", "--message", "Two"]);
    assert_eq!(changes(repo.path(), &["--range", "HEAD~1.."]), [""; 0]);
    assert_eq!(changes(repo.path(), &["--staged"]), [""; 0]);
}

#[test]
fn many_commits_are_shared_by_workers() {
    let repo = Sandbox::repository();
    repo.commit("base", "x\n");
    for number in 0..40 {
        repo.commit("a", format!("{number}\n{}\n", token(number / 2)));
    }
    let of = |threads: &str| changes(repo.path(), &["--since-commit", "HEAD~40", "--threads", threads]);
    assert_eq!(of("1"), of("4"));
    // Of two commits with the same token the second only edits the line before it.
    assert_eq!(of("4").len(), 20);
}

#[test]
fn include_exclude_and_sizes() {
    let repo = Sandbox::repository();
    repo.commit("base", "x\n");
    repo.write("src/a", token(1));
    repo.write("vendor/b", token(2));
    repo.write(&format!("vendor/{}", token(3)), "x\n");
    repo.write("large", "x".repeat(5_000));
    repo.git(&["add", "--all"]);
    for (words, kind) in [(&["--staged"][..], "staged"), (&["--range", "HEAD~1.."], "history")] {
        let of = |more: &[&str]| changes(repo.path(), &[words, more].concat());
        assert_eq!(of(&[]).len(), 3);
        assert_eq!(of(&["--exclude", "vendor/"]), [format!("{kind} src/a:1:1")]);
        assert_eq!(of(&["--include", "vendor/b"]), [format!("{kind} vendor/b:1:1")]);
        let report = scan(repo.path(), &[words, &["--max-file-size", "4KB"]].concat(), 2);
        let errors = report["summary"]["errors"].as_array().unwrap();
        assert_eq!(errors.len(), 1, "{errors:?}");
        assert!(errors[0]["what"].as_str().unwrap().ends_with("large"), "{errors:?}");
        assert!(errors[0]["why"].as_str().unwrap().contains("over the limit of 4000"), "{errors:?}");
        assert_eq!(report["findings"].as_array().unwrap().len(), 3);
        repo.git(&["commit", "--quiet", "--allow-empty", "--message", "All"]);
    }
}

/// What was left out of the scan was not seen there before, so from there it can come anew.
#[test]
fn an_excluded_old_place_accounts_for_nothing() {
    let repo = Sandbox::repository();
    repo.commit("vendor/a", token(1));
    repo.git(&["mv", "vendor/a", "a"]);
    assert_eq!(changes(repo.path(), &["--staged"]), [""; 0]);
    assert_eq!(changes(repo.path(), &["--staged", "--exclude", "vendor"]), ["staged a:1:1"]);
}
