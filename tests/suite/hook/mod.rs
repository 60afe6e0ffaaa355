//! Hooks as git itself runs them: before a commit, before a push, and on a server while a push is received.

mod framework;
mod install;
mod push;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use crate::harness::{Sandbox, straykey, token};

/// git and all that it starts, with a configuration of its own and hooks that count.
pub(super) fn command(sandbox: &Sandbox, program: &str, folder: &str) -> Command {
    let mut command = Command::new(program);
    for (name, _) in std::env::vars_os() {
        let text = name.to_string_lossy();
        if text.starts_with("GIT_") || text.starts_with("PRE_COMMIT") || text.starts_with("STRAYKEY_") || text == "CI" {
            command.env_remove(&name);
        }
    }
    let home = sandbox.path().join("home");
    fs::create_dir_all(&home).unwrap();
    command
        .current_dir(sandbox.at(folder))
        .env("GIT_CONFIG_GLOBAL", home.join("gitconfig"))
        .env("GIT_CONFIG_SYSTEM", "/dev/null")
        .env("XDG_CONFIG_HOME", home.join("config"))
        .env("HOME", &home)
        .env("PATH", path());
    command
}

/// With the program under test in front.
fn path() -> std::ffi::OsString {
    let folder = Path::new(env!("CARGO_BIN_EXE_straykey")).parent().unwrap().to_owned();
    let rest = std::env::var_os("PATH").unwrap_or_default();
    std::env::join_paths(std::iter::once(folder).chain(std::env::split_paths(&rest))).unwrap()
}

/// Runs git; whether it succeeded, and all that was said.
pub(super) fn git(sandbox: &Sandbox, folder: &str, words: &[&str]) -> (bool, String) {
    told(command(sandbox, "git", folder).args(words).output().unwrap())
}

pub(super) fn told(output: Output) -> (bool, String) {
    let all = [output.stdout, output.stderr].concat();
    (output.status.success(), String::from_utf8_lossy(&all).into_owned())
}

/// Runs git, which must succeed.
#[track_caller]
pub(super) fn must(sandbox: &Sandbox, folder: &str, words: &[&str]) -> String {
    let (passed, told) = git(sandbox, folder, words);
    assert!(passed, "git {words:?}: {told}");
    told.trim_end().to_owned()
}

/// A sandbox with one repository, `repo`, with one commit.
pub(super) fn repository() -> Sandbox {
    let sandbox = Sandbox::new();
    must(&sandbox, "", &["config", "--global", "user.name", "Ada"]);
    must(&sandbox, "", &["config", "--global", "user.email", "ada@acme.example"]);
    must(&sandbox, "", &["init", "--quiet", "--initial-branch=main", "repo"]);
    commit(&sandbox, "repo", "a.txt", "one\n");
    sandbox
}

/// Writes a file and commits it, whatever hooks say.
pub(super) fn commit(sandbox: &Sandbox, folder: &str, path: &str, text: &str) {
    stage(sandbox, folder, path, text);
    must(sandbox, folder, &["commit", "--quiet", "--no-verify", "--message", path]);
}

pub(super) fn stage(sandbox: &Sandbox, folder: &str, path: &str, text: &str) {
    sandbox.write(&format!("{folder}/{path}"), text);
    must(sandbox, folder, &["add", "--all"]);
}

/// Runs `straykey hook …` as a user would.
#[track_caller]
pub(super) fn hook(sandbox: &Sandbox, folder: &str, words: &[&str], passes: bool) -> String {
    let mut run = command(sandbox, env!("CARGO_BIN_EXE_straykey"), folder);
    let (passed, told) = told(run.arg("hook").args(words).output().unwrap());
    assert_eq!(passed, passes, "hook {words:?}: {told}");
    told
}

#[cfg(unix)]
pub(super) fn script(path: &Path, text: &str) -> PathBuf {
    use std::os::unix::fs::PermissionsExt;
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, text).unwrap();
    fs::set_permissions(path, fs::Permissions::from_mode(0o755)).unwrap();
    path.to_owned()
}

#[test]
fn what_is_staged_is_told_redacted_with_a_remedy() {
    let sandbox = repository();
    hook(&sandbox, "repo", &["install"], true);
    stage(&sandbox, "repo", "k.txt", &token(1));
    let (passed, told) = git(&sandbox, "repo", &["commit", "--message", "x"]);
    assert!(!passed && told.contains("k.txt:1:1") && told.contains("git restore --staged"), "{told}");
    assert!(told.contains("[[allow]] rule with a reason") && !told.contains(&token(1)), "{told}");
    // With a reason in the repository's own settings it passes, and the line says so.
    let rule = "[[allow]]\npath = \"k.txt\"\nreason = \"opens nothing\"\n";
    stage(&sandbox, "repo", "straykey.toml", rule);
    let (passed, told) = git(&sandbox, "repo", &["commit", "--message", "x"]);
    assert!(passed && told.contains("2 staged files: no secrets, 1 allowed"), "{told}");
    // Nothing but a message is changed: nothing is staged, and old secrets do not count.
    let (passed, told) = git(&sandbox, "repo", &["commit", "--amend", "--message", "y"]);
    assert!(passed && told.contains("no staged files"), "{told}");
}

#[test]
fn what_cannot_be_looked_at_stops_git() {
    let sandbox = repository();
    hook(&sandbox, "repo", &["install"], true);
    stage(&sandbox, "repo", "straykey.toml", "no_such_key = 1\n");
    let (passed, told) = git(&sandbox, "repo", &["commit", "--message", "x"]);
    assert!(!passed && told.contains("straykey.toml:1: unknown field `no_such_key`"), "{told}");
    hook(&sandbox, "repo", &["pre-receive"], false);
    let outside = Sandbox::new();
    let told = hook(&outside, "", &["pre-commit"], false);
    assert!(told.contains("there is no git repository here"), "{told}");
    for line in ["nonsense", "0123 4567 refs/heads/main", "a b c d e"] {
        let end = straykey(&["hook", "pre-receive"]).within(&sandbox.at("repo")).input(line.as_bytes()).end().expect(2);
        assert!(end.stderr().contains("line 1 on standard input"), "{}", end.stderr());
    }
}

/// git names a store that lies apart from the files in its environment only.
#[test]
fn a_store_apart_from_its_files_is_found() {
    let sandbox = repository();
    must(&sandbox, "", &["init", "--quiet", "--bare", "--initial-branch=main", "store.git"]);
    must(&sandbox, "store.git", &["config", "core.bare", "false"]);
    script(&sandbox.at("store.git/hooks/pre-commit"), "#!/bin/sh\nexec straykey hook pre-commit\n");
    let (store, files) = (sandbox.at("store.git"), sandbox.at("files"));
    let apart = ["--git-dir", store.to_str().unwrap(), "--work-tree", files.to_str().unwrap()];
    sandbox.write("files/sub/k.txt", token(1));
    must(&sandbox, "files", &[&apart[..], &["add", "--all"]].concat());
    let (passed, told) = git(&sandbox, "files", &[&apart[..], &["commit", "--message", "x"]].concat());
    assert!(!passed && told.contains("sub/k.txt:1:1"), "{told}");
    sandbox.write("files/sub/k.txt", "two\n");
    must(&sandbox, "files", &[&apart[..], &["add", "--all"]].concat());
    let (passed, told) = git(&sandbox, "files", &[&apart[..], &["commit", "--message", "x"]].concat());
    assert!(passed && told.contains("1 staged file: no secrets"), "{told}");
}
