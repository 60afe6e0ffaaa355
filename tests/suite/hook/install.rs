//! Hooks are laid down beside those of other tools, and taken out again without a trace.

use std::fs;

use super::{command, commit, git, hook, must, repository, script, stage, told};
use crate::harness::token;

/// A hook that writes what it was given to a file.
const OTHER: &str = "#!/bin/sh\n{ echo \"$@\"; cat; } >> \"$(git rev-parse --git-common-dir)/ran\"\n";

#[test]
fn another_hook_is_kept_runs_and_comes_back() {
    let sandbox = repository();
    let path = script(&sandbox.at("repo/.git/hooks/pre-commit"), OTHER);
    let told = hook(&sandbox, "repo", &["install"], true);
    assert!(told.contains("pre-commit.before-straykey"), "{told}");
    stage(&sandbox, "repo", "k.txt", &token(1));
    assert!(!git(&sandbox, "repo", &["commit", "--message", "x"]).0);
    assert!(!sandbox.at("repo/.git/ran").exists());
    stage(&sandbox, "repo", "k.txt", "two\n");
    must(&sandbox, "repo", &["commit", "--message", "x"]);
    assert!(sandbox.at("repo/.git/ran").exists());
    // Again changes nothing.
    hook(&sandbox, "repo", &["install"], true);
    hook(&sandbox, "repo", &["uninstall"], true);
    assert_eq!(fs::read_to_string(&path).unwrap(), OTHER);
    assert!(fs::read_dir(sandbox.at("repo/.git/hooks")).unwrap().all(|entry| {
        let name = entry.unwrap().file_name().into_string().unwrap();
        name == "pre-commit" || name.ends_with(".sample")
    }));
    // What is not ours stays.
    let told = hook(&sandbox, "repo", &["uninstall"], true);
    assert!(told.contains("not straykey's, left as it is"), "{told}");
    assert_eq!(fs::read_to_string(&path).unwrap(), OTHER);
}

#[test]
fn a_pushs_lines_reach_both_hooks() {
    let sandbox = repository();
    script(&sandbox.at("repo/.git/hooks/pre-push"), OTHER);
    hook(&sandbox, "repo", &["install"], true);
    must(&sandbox, "", &["init", "--quiet", "--bare", "remote.git"]);
    must(&sandbox, "repo", &["remote", "add", "origin", "../remote.git"]);
    must(&sandbox, "repo", &["push", "origin", "main"]);
    let ran = fs::read_to_string(sandbox.at("repo/.git/ran")).unwrap();
    let head = must(&sandbox, "repo", &["rev-parse", "HEAD"]);
    let zeros = "0".repeat(40);
    assert_eq!(ran, format!("origin ../remote.git\nrefs/heads/main {head} refs/heads/main {zeros}\n"));
}

#[test]
fn in_worktrees_and_where_hooks_path_says() {
    let sandbox = repository();
    must(&sandbox, "repo", &["worktree", "add", "--quiet", "-b", "other", "../tree"]);
    hook(&sandbox, "tree", &["install"], true);
    for folder in ["tree", "repo"] {
        stage(&sandbox, folder, "k.txt", &token(1));
        let (passed, told) = git(&sandbox, folder, &["commit", "--message", "x"]);
        assert!(!passed && told.contains("k.txt:1:1"), "{folder}: {told}");
        must(&sandbox, folder, &["reset", "--quiet", "--hard"]);
    }
    hook(&sandbox, "repo", &["uninstall"], true);
    must(&sandbox, "repo", &["config", "core.hooksPath", "my-hooks"]);
    sandbox.write("repo/sub/x", "x");
    hook(&sandbox, "repo/sub", &["install"], true);
    assert!(sandbox.at("repo/my-hooks/pre-commit").exists());
    stage(&sandbox, "repo", "k.txt", &token(1));
    assert!(!git(&sandbox, "repo", &["commit", "--message", "x"]).0);
}

#[test]
fn for_all_repositories_and_beside_the_hooks_of_each() {
    let sandbox = repository();
    hook(&sandbox, "", &["install", "--global"], true);
    script(&sandbox.at("repo/.git/hooks/pre-commit"), OTHER);
    script(&sandbox.at("repo/.git/hooks/commit-msg"), OTHER);
    stage(&sandbox, "repo", "k.txt", &token(1));
    let (passed, told) = git(&sandbox, "repo", &["commit", "--message", "x"]);
    assert!(!passed && told.contains("k.txt:1:1"), "{told}");
    stage(&sandbox, "repo", "k.txt", "two\n");
    must(&sandbox, "repo", &["commit", "--message", "x"]);
    let ran = fs::read_to_string(sandbox.at("repo/.git/ran")).unwrap();
    assert_eq!(ran.lines().collect::<Vec<_>>(), ["", ".git/COMMIT_EDITMSG"]);
    let told = hook(&sandbox, "repo", &["install"], false);
    assert!(told.contains("add --global"), "{told}");
    hook(&sandbox, "", &["uninstall", "--global"], true);
    assert!(!git(&sandbox, "", &["config", "--global", "core.hooksPath"]).0);
    assert!(!sandbox.at("home/config/straykey/hooks").exists());
    commit(&sandbox, "repo", "b.txt", "three\n");
}

#[test]
fn a_program_that_is_gone_stops_git() {
    let sandbox = repository();
    hook(&sandbox, "repo", &["install"], true);
    let path = sandbox.at("repo/.git/hooks/pre-commit");
    let text = fs::read_to_string(&path).unwrap().replace(env!("CARGO_BIN_EXE_straykey"), "/no/such/straykey");
    script(&path, &text);
    stage(&sandbox, "repo", "k.txt", "two\n");
    let mut run = command(&sandbox, "git", "repo");
    let (passed, told) = told(run.args(["commit", "--message", "x"]).env("PATH", "/usr/bin:/bin").output().unwrap());
    assert!(!passed && told.contains("straykey is not on the path"), "{told}");
}
