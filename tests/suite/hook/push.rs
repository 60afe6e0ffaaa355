//! What a push brings, seen from both sides.

use super::{commit, git, hook, must, repository, script};
use crate::harness::{Sandbox, token};

/// `repo` and a server that looks at what it receives.
fn with_server() -> Sandbox {
    let sandbox = repository();
    must(&sandbox, "", &["init", "--quiet", "--bare", "--initial-branch=main", "remote.git"]);
    must(&sandbox, "repo", &["remote", "add", "origin", "../remote.git"]);
    commit(&sandbox, "repo", "old.txt", &token(1));
    must(&sandbox, "repo", &["push", "--quiet", "--all", "origin"]);
    script(&sandbox.at("remote.git/hooks/pre-receive"), "#!/bin/sh\nexec straykey hook pre-receive\n");
    sandbox
}

/// Pushes past the hooks on this side.
fn push(sandbox: &Sandbox, words: &[&str]) -> (bool, String) {
    git(sandbox, "repo", &[&["push", "--no-verify", "origin"], words].concat())
}

#[test]
fn a_server_sees_what_a_push_adds_and_nothing_else() {
    let sandbox = with_server();
    commit(&sandbox, "repo", "b.txt", "two\n");
    let (passed, told) = push(&sandbox, &["main"]);
    assert!(passed && told.contains("1 commit in this push: no secrets"), "{told}");
    // A new branch at old commits adds nothing.
    let (passed, told) = push(&sandbox, &["main~1:refs/heads/older", "main:refs/heads/same"]);
    assert!(passed && told.contains("no commits in this push"), "{told}");
    let (passed, told) = push(&sandbox, &["--delete", "older"]);
    assert!(passed && told.contains("only deleted"), "{told}");
    commit(&sandbox, "repo", "c.txt", &token(2));
    commit(&sandbox, "repo", "c.txt", "taken out again\n");
    must(&sandbox, "repo", &["branch", "clean", "main~2"]);
    let (passed, told) = push(&sandbox, &["main", "clean"]);
    assert!(!passed && told.contains("c.txt:1:1") && !told.contains("old.txt") && !told.contains(&token(2)), "{told}");
    // Nothing of it was taken.
    assert!(!git(&sandbox, "remote.git", &["rev-parse", "--verify", "clean"]).0);
}

#[test]
fn a_large_push_arrives_as_a_pack() {
    let sandbox = with_server();
    for number in 0..150 {
        sandbox.write(&format!("repo/many/{number}.txt"), format!("file {number}\n"));
    }
    sandbox.write("repo/many/k.txt", token(3));
    must(&sandbox, "repo", &["add", "--all"]);
    must(&sandbox, "repo", &["commit", "--quiet", "--message", "Many"]);
    let (passed, told) = push(&sandbox, &["main"]);
    assert!(!passed && told.contains("many/k.txt:1:1"), "{told}");
}

#[test]
fn tags_and_what_is_no_commit_are_looked_at_too() {
    let sandbox = with_server();
    must(&sandbox, "repo", &["tag", "--annotate", "said", "--message", &token(4)]);
    let (passed, told) = push(&sandbox, &["said"]);
    assert!(!passed && told.contains("  tag  "), "{told}");
    sandbox.write("repo/blob", token(5));
    let blob = must(&sandbox, "repo", &["hash-object", "-w", "blob"]);
    let (passed, told) = push(&sandbox, &[&format!("{blob}:refs/tags/blob")]);
    assert!(!passed && told.contains(".git/refs/tags/blob:1:1"), "{told}");
    must(&sandbox, "repo", &["add", "blob"]);
    let tree = must(&sandbox, "repo", &["write-tree"]);
    let (passed, told) = push(&sandbox, &[&format!("{tree}:refs/tags/tree")]);
    assert!(!passed && told.contains("blob:1:1"), "{told}");
}

#[test]
fn a_server_does_not_heed_the_settings_of_what_it_receives() {
    let sandbox = with_server();
    commit(&sandbox, "repo", "straykey.toml", "exclude = [\"*\"]\n");
    commit(&sandbox, "repo", "c.txt", &token(6));
    let (passed, told) = push(&sandbox, &["main"]);
    assert!(!passed && told.contains("c.txt:1:1"), "{told}");
}

#[test]
fn before_a_push_only_what_the_other_side_lacks_counts() {
    let sandbox = repository();
    must(&sandbox, "", &["init", "--quiet", "--bare", "--initial-branch=main", "remote.git"]);
    must(&sandbox, "repo", &["remote", "add", "origin", "../remote.git"]);
    commit(&sandbox, "repo", "old.txt", &token(1));
    must(&sandbox, "repo", &["push", "--quiet", "origin", "main"]);
    hook(&sandbox, "repo", &["install"], true);
    // A new branch: what main had is there already.
    must(&sandbox, "repo", &["checkout", "--quiet", "-b", "topic"]);
    commit(&sandbox, "repo", "b.txt", "two\n");
    let (passed, told) = git(&sandbox, "repo", &["push", "origin", "topic"]);
    assert!(passed && told.contains("1 commit in this push: no secrets"), "{told}");
    commit(&sandbox, "repo", "c.txt", &token(2));
    let (passed, told) = git(&sandbox, "repo", &["push", "origin", "topic"]);
    assert!(!passed && told.contains("c.txt:1:1") && !told.contains("old.txt"), "{told}");
    let (passed, told) = git(&sandbox, "repo", &["push", "origin", "--delete", "topic"]);
    assert!(passed && told.contains("nothing is pushed"), "{told}");
    // To somebody who has nothing, everything is new.
    must(&sandbox, "", &["init", "--quiet", "--bare", "empty.git"]);
    let (passed, told) = git(&sandbox, "repo", &["push", "../empty.git", "main"]);
    assert!(!passed && told.contains("old.txt:1:1"), "{told}");
}
