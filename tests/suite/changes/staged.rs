//! What is staged.

use std::fs;
use std::path::Path;

use super::{changes, error, remarks, seen};
use crate::harness::{End, Sandbox, straykey, token};

#[test]
fn before_the_first_commit() {
    let repo = Sandbox::repository();
    assert!(remarks(repo.path(), &["--staged"], 0).contains("no staged files"));
    assert!(remarks(repo.path(), &["--since", "1 day"], 0).contains("no commits since"));
    repo.write("a", format!("x\n{}\n", token(1)));
    repo.git(&["add", "a"]);
    assert_eq!(changes(repo.path(), &["--staged"]), ["staged a:2:1"]);
    assert!(remarks(repo.path(), &["--staged"], 1).contains("1 staged file"));
    assert!(error(repo.path(), &["--range", "main.."]).contains("`main` names no commit here"));
}

#[test]
fn the_index_is_read_and_not_the_working_tree() {
    let repo = Sandbox::repository();
    repo.commit("a", "x\n");
    repo.write("a", token(1));
    repo.write("gone", format!("\n{}\n", token(2)));
    repo.git(&["add", "a", "gone"]);
    repo.write("a", "harmless\n");
    fs::remove_file(repo.at("gone")).unwrap();
    repo.write("unstaged", token(3));
    assert_eq!(changes(repo.path(), &["--staged"]), ["staged a:1:1", "staged gone:2:1"]);
    repo.git(&["commit", "--quiet", "--message", "x"]);
    repo.write("a", token(4));
    assert_eq!(changes(repo.path(), &["--staged"]), [""; 0]);
}

#[test]
fn odd_entries_of_the_index() {
    let repo = Sandbox::repository();
    repo.commit("hidden", "x\n");
    let inner = Sandbox::repository();
    inner.commit("key", token(1));
    repo.git(&["submodule", "--quiet", "add", inner.path().to_str().unwrap(), "lib"]);
    repo.write("only-the-name", token(2));
    repo.git(&["add", "--intent-to-add", "only-the-name"]);
    assert_eq!(changes(repo.path(), &["--staged"]), [""; 0]);
    assert!(remarks(repo.path(), &["--staged"], 0).contains("1 staged file"), "it is .gitmodules");
    repo.git(&["commit", "--quiet", "--message", "Submodule"]);
    assert_eq!(changes(repo.path(), &["--range", "HEAD~1.."]), [""; 0]);
    assert_eq!(changes(repo.path(), &["--staged"]), [""; 0]);
    repo.write("hidden", token(3));
    repo.write("sparse", token(4));
    repo.git(&["add", "hidden", "sparse"]);
    repo.git(&["update-index", "--assume-unchanged", "hidden"]);
    repo.git(&["update-index", "--skip-worktree", "sparse"]);
    assert_eq!(changes(repo.path(), &["--staged"]), ["staged hidden:1:1", "staged sparse:1:1"]);
    repo.git(&["update-index", "--index-version", "4"]);
    assert_eq!(changes(repo.path(), &["--staged"]), ["staged hidden:1:1", "staged sparse:1:1"]);
    repo.git(&["update-index", "--split-index"]);
    assert!(error(repo.path(), &["--staged"]).contains("git update-index --no-split-index"));
}

#[test]
fn every_version_of_a_conflict() {
    let repo = Sandbox::repository();
    repo.commit("a", "base\n");
    repo.git(&["checkout", "--quiet", "-b", "theirs"]);
    repo.commit("a", format!("theirs\n{}\n", token(1)));
    repo.git(&["checkout", "--quiet", "main"]);
    repo.commit("a", format!("{}\nours\n", token(2)));
    assert!(
        !std::process::Command::new("git")
            .args(["merge", "--quiet", "theirs"])
            .current_dir(repo.path())
            .stderr(std::process::Stdio::null())
            .stdout(std::process::Stdio::null())
            .status()
            .unwrap()
            .success()
    );
    assert_eq!(repo.git(&["ls-files", "--unmerged"]).lines().count(), 3);
    // Ours is HEAD's, so its token is old.
    assert_eq!(changes(repo.path(), &["--staged"]), ["staged a:2:1"]);
}

#[test]
fn works_below_the_top_and_in_linked_worktrees() {
    let repo = Sandbox::repository();
    repo.commit("src/deep/a", "x\n");
    repo.write("top.txt", token(1));
    repo.git(&["add", "top.txt"]);
    let run = |folder: &str| -> End {
        straykey(&["scan", "--format", "json", "--staged"]).within(&repo.at(folder)).end().expect(1)
    };
    assert_eq!(seen(&run("src/deep").json()), ["staged top.txt:1:1"]);
    assert_eq!(seen(&run(".git").json()), ["staged top.txt:1:1"]);
    let top = repo.path().canonicalize().unwrap();
    let name = |end: &End| end.json()["summary"]["targets"][0]["name"].as_str().unwrap().to_owned();
    assert_eq!(Path::new(&name(&run("src"))).canonicalize().unwrap(), top);
    assert_eq!(name(&run("")), ".");
    repo.git(&["worktree", "add", "--quiet", "-b", "linked", "tree"]);
    repo.write("tree/there.txt", token(2));
    repo.git_in("tree", &["add", "there.txt"]);
    assert_eq!(changes(&repo.at("tree"), &["--staged"]), ["staged there.txt:1:1"]);
    assert_eq!(changes(&repo.at("tree/src"), &["--staged"]), ["staged there.txt:1:1"]);
    repo.git_in("tree", &["commit", "--quiet", "--message", "There"]);
    assert_eq!(changes(&repo.at("tree"), &["--range", "main.."]), ["history there.txt:1:1"]);
    assert_eq!(changes(repo.path(), &["--staged"]), ["staged top.txt:1:1"]);
}

/// `git commit --all` shows hooks an index of its own.
#[cfg(unix)]
#[test]
fn a_hook_sees_what_will_be_committed() {
    use std::os::unix::fs::PermissionsExt;
    let repo = Sandbox::repository();
    repo.commit("sub/a", "x\n");
    repo.commit("sub/b", "x\n");
    let script = format!("#!/bin/sh\n{} scan --staged --quiet --no-such\n", env!("CARGO_BIN_EXE_straykey"));
    let hook = repo.write("hooks/pre-commit", script.replace(" --no-such", ""));
    fs::set_permissions(hook, fs::Permissions::from_mode(0o755)).unwrap();
    let hooks = format!("core.hooksPath={}", repo.at("hooks").display());
    let commit = |folder: &str, words: &[&str]| {
        let mut command = std::process::Command::new("git");
        command.args([
            "-c",
            &hooks,
            "-c",
            "user.name=a",
            "-c",
            "user.email=a@b.example",
            "commit",
            "--quiet",
            "-m",
            "x",
        ]);
        command.env_remove("GIT_INDEX_FILE").env_remove("GIT_DIR");
        let output = command.args(words).current_dir(repo.at(folder)).output().unwrap();
        (
            output.status.success(),
            String::from_utf8_lossy(&output.stderr).into_owned() + &String::from_utf8_lossy(&output.stdout),
        )
    };
    repo.write("sub/a", token(1));
    for (folder, words) in [("", &["--all"][..]), ("sub", &["--all"]), ("", &["sub/a"]), ("sub", &["a"])] {
        let (passed, told) = commit(folder, words);
        assert!(!passed && told.contains("sub/a:1:1"), "{folder} {words:?}: {told}");
    }
    // Only what is committed counts.
    repo.write("sub/b", "y\n");
    let (passed, told) = commit("sub", &["b"]);
    assert!(passed, "{told}");
    // The hook of one repository may look into another.
    let other = Sandbox::repository();
    other.write("c", token(2));
    other.git(&["add", "c"]);
    let index = repo.at(".git/index");
    let run = straykey(&["scan", "--staged", "--format", "json"])
        .within(repo.path())
        .env("GIT_INDEX_FILE", index.to_str().unwrap());
    assert_eq!(seen(&run.arg(other.path()).end().expect(1).json()), ["staged c:1:1"]);
}
