//! The hook as the real pre-commit runs it.

use std::fs;
use std::path::PathBuf;
use std::process::Command;

use super::{command, commit, git, must, repository, stage, told};
use crate::harness::{Sandbox, token};

/// pre-commit, which `tests/run` installs below `target`.
fn program() -> PathBuf {
    let installed = PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/target/pre-commit/bin/pre-commit"));
    match std::env::var_os("STRAYKEY_PRE_COMMIT") {
        Some(named) => named.into(),
        None if installed.exists() => installed,
        None => {
            let is_there = Command::new("pre-commit").arg("--version").output().is_ok();
            assert!(is_there, "pre-commit is not installed; run tests/run, or set STRAYKEY_PRE_COMMIT");
            "pre-commit".into()
        }
    }
}

/// A repository whose commits and pushes pre-commit looks at, with our hook as users name it.
fn with_framework() -> Sandbox {
    let sandbox = repository();
    must(&sandbox, "", &["init", "--quiet", "--initial-branch=main", "hooks"]);
    let hooks = fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/.pre-commit-hooks.yaml")).unwrap();
    commit(&sandbox, "hooks", ".pre-commit-hooks.yaml", &hooks);
    let head = must(&sandbox, "hooks", &["rev-parse", "HEAD"]);
    let url = sandbox.at("hooks").display().to_string();
    let config = format!("repos:\n- repo: {url}\n  rev: {head}\n  hooks:\n  - id: straykey-system\n");
    commit(&sandbox, "repo", ".pre-commit-config.yaml", &config);
    let (passed, said) = run(&sandbox, &["install", "--hook-type", "pre-commit", "--hook-type", "pre-push"]);
    assert!(passed, "{said}");
    sandbox
}

fn run(sandbox: &Sandbox, words: &[&str]) -> (bool, String) {
    let mut run = command(sandbox, program().to_str().unwrap(), "repo");
    told(run.args(words).env("PRE_COMMIT_HOME", sandbox.at("home/pre-commit")).output().unwrap())
}

#[test]
fn commits_renames_conflicts_and_whole_trees() {
    let sandbox = with_framework();
    let tries = |words: &[&str]| {
        let mut run = command(&sandbox, "git", "repo");
        told(run.args(words).env("PRE_COMMIT_HOME", sandbox.at("home/pre-commit")).output().unwrap())
    };
    commit(&sandbox, "repo", "old.txt", &format!("{}\n", token(1)));
    // What is staged counts, also beside an old secret in the same file.
    stage(&sandbox, "repo", "old.txt", &format!("{}\nand more\n", token(1)));
    let (passed, said) = tries(&["commit", "--message", "x"]);
    assert!(passed && said.contains("Passed"), "{said}");
    stage(&sandbox, "repo", "new.txt", &token(2));
    let (passed, said) = tries(&["commit", "--message", "x"]);
    assert!(
        !passed && said.contains("new.txt:1:1") && !said.contains("old.txt") && !said.contains(&token(2)),
        "{said}"
    );
    // With what is not staged put aside it is the same.
    sandbox.write("repo/a.txt", token(3));
    must(&sandbox, "repo", &["reset", "--quiet", "--", "a.txt"]);
    let (passed, said) = tries(&["commit", "--message", "x"]);
    assert!(!passed && said.contains("new.txt:1:1") && !said.contains("a.txt:1"), "{said}");
    must(&sandbox, "repo", &["checkout", "--quiet", "--", "a.txt"]);
    stage(&sandbox, "repo", "new.txt", &format!("{} # straykey:allow\n", token(2)));
    let (passed, said) = tries(&["commit", "--message", "x"]);
    assert!(passed, "{said}");
    must(&sandbox, "repo", &["mv", "old.txt", "moved.txt"]);
    let (passed, said) = tries(&["commit", "--message", "x"]);
    assert!(passed, "{said}");
    // Nothing is staged: git has nothing to commit but a message, a person wants all files.
    let (passed, said) = tries(&["commit", "--amend", "--message", "y"]);
    assert!(passed, "{said}");
    let (passed, said) = run(&sandbox, &["run", "--all-files"]);
    assert!(!passed && said.contains("moved.txt:1:1"), "{said}");
    sandbox.write("repo/untracked.txt", token(4));
    assert!(!run(&sandbox, &["run", "--all-files"]).1.contains("untracked"));
    fs::remove_file(sandbox.at("repo/untracked.txt")).unwrap();
    let (passed, said) = run(&sandbox, &["run", "--from-ref", "HEAD~1", "--to-ref", "HEAD"]);
    assert!(passed, "{said}");
    let (passed, said) = run(&sandbox, &["run", "--from-ref", "HEAD~4", "--to-ref", "HEAD"]);
    assert!(!passed && said.contains("old.txt:1:1"), "{said}");
    conflict(&sandbox, &tries);
}

/// A secret that only the resolution of a conflict brings.
fn conflict(sandbox: &Sandbox, tries: &dyn Fn(&[&str]) -> (bool, String)) {
    must(sandbox, "repo", &["checkout", "--quiet", "-b", "theirs"]);
    commit(sandbox, "repo", "a.txt", "theirs\n");
    must(sandbox, "repo", &["checkout", "--quiet", "main"]);
    commit(sandbox, "repo", "a.txt", "ours\n");
    assert!(!git(sandbox, "repo", &["merge", "theirs"]).0);
    stage(sandbox, "repo", "a.txt", &format!("both\n{}\n", token(5)));
    let (passed, said) = tries(&["commit", "--no-edit"]);
    assert!(!passed && said.contains("a.txt:2:1"), "{said}");
    stage(sandbox, "repo", "a.txt", "both\n");
    let (passed, said) = tries(&["commit", "--no-edit"]);
    assert!(passed, "{said}");
}

#[test]
fn pushes() {
    let sandbox = with_framework();
    let tries = |words: &[&str]| {
        let mut run = command(&sandbox, "git", "repo");
        told(run.args(words).env("PRE_COMMIT_HOME", sandbox.at("home/pre-commit")).output().unwrap())
    };
    must(&sandbox, "", &["init", "--quiet", "--bare", "remote.git"]);
    must(&sandbox, "repo", &["remote", "add", "origin", "../remote.git"]);
    let (passed, said) = tries(&["push", "origin", "main"]);
    assert!(passed && said.contains("Passed"), "{said}");
    commit(&sandbox, "repo", "k.txt", &token(1));
    commit(&sandbox, "repo", "k.txt", "taken out\n");
    let (passed, said) = tries(&["push", "origin", "main"]);
    assert!(!passed && said.contains("k.txt:1:1"), "{said}");
    // All of an orphan branch is new; pre-commit then names no range.
    must(&sandbox, "repo", &["checkout", "--quiet", "--orphan", "apart"]);
    commit(&sandbox, "repo", "o.txt", &token(2));
    commit(&sandbox, "repo", "o.txt", "taken out\n");
    let (passed, said) = tries(&["push", "origin", "apart"]);
    assert!(!passed && said.contains("o.txt:1:1"), "{said}");
}
