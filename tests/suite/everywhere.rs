//! Every place in which git, or a folder, keeps text: a token of its own in each, and all are found where they are.

use std::collections::BTreeMap;
use std::fs;

use serde_json::Value;

use crate::harness::{Sandbox, places, scan, straykey, token};

/// What is expected of one token: kind, path, line, column.
struct Planted {
    what: &'static str,
    kind: &'static str,
    path: Option<String>,
    line: u64,
    column: u64,
    commit: Option<String>,
}

#[derive(Default)]
struct Planter {
    next: u64,
    planted: Vec<(String, Planted)>,
}

impl Planter {
    /// A new token, expected at such a place.
    fn plant(&mut self, what: &'static str, kind: &'static str, path: Option<&str>, line: u64, column: u64) -> String {
        self.next += 1;
        let token = token(self.next);
        let path = path.map(str::to_owned);
        self.planted.push((token.clone(), Planted { what, kind, path, line, column, commit: None }));
        token
    }

    /// Says which commit the last token is expected in.
    fn in_commit(&mut self, id: &str) {
        self.planted.last_mut().unwrap().1.commit = Some(id.to_owned());
    }
}

/// A file whose line 3 holds the token at column 9.
fn file_with(token: &str) -> String {
    format!("first\nsecond\ntoken = {token}\nlast\n")
}

#[test]
#[allow(clippy::too_many_lines, reason = "a list of places, one after the other")]
fn finds_a_token_in_every_place() {
    let repo = Sandbox::repository();
    let mut plant = Planter::default();
    repo.commit("README", "nothing here\n");

    let text = file_with(&plant.plant("file at HEAD, in history", "history", Some("src/a.txt"), 3, 9));
    let id = repo.commit("src/a.txt", &text);
    plant.in_commit(&id);

    let text = file_with(&plant.plant("file deleted long ago", "history", Some("gone.txt"), 3, 9));
    let id = repo.commit("gone.txt", &text);
    plant.in_commit(&id);
    repo.git(&["rm", "--quiet", "gone.txt"]);
    repo.git(&["commit", "--quiet", "--message", "Remove"]);

    let text = format!("eins\r\nzwei: äöü {}\r\n", plant.plant("CRLF and umlauts", "history", Some("crlf.txt"), 2, 11));
    repo.commit("crlf.txt", &text);

    let text = [
        b"\x00\xff\xfe\n\x00".as_slice(),
        plant.plant("binary file", "history", Some("image.png"), 2, 2).as_bytes(),
        b"\x00",
    ]
    .concat();
    repo.commit("image.png", &text);

    let text = file_with(&plant.plant("file with the attribute -diff", "history", Some("x.nodiff"), 3, 9));
    repo.write(".gitattributes", "*.nodiff -diff\n");
    repo.commit("x.nodiff", &text);

    let text = file_with(&plant.plant("tracked though ignored", "history", Some("build/log"), 3, 9));
    repo.commit("build/log", &text);

    let target = plant.plant("target of a symbolic link", "history", Some("link"), 1, 1);
    #[cfg(unix)]
    std::os::unix::fs::symlink(&target, repo.at("link")).unwrap();
    repo.git(&["add", "link"]);
    repo.git(&["commit", "--quiet", "--message", "Link"]);

    let name = plant.plant("name of a file in history", "file_name", Some("old/TOKEN.key"), 1, 5);
    repo.commit(&format!("old/{name}.key"), "x\n");
    repo.git(&["rm", "--quiet", "-r", "old"]);
    repo.git(&["commit", "--quiet", "--message", "Remove"]);

    let name = plant.plant("name of a folder in history", "file_name", Some("TOKEN"), 1, 1);
    repo.commit(&format!("{name}/file"), "x\n");
    repo.git(&["rm", "--quiet", "-r", &name]);
    repo.git(&["commit", "--quiet", "--message", "Remove"]);

    let message = format!("Subject\n\nBody with {}\n", plant.plant("commit message", "message", None, 3, 11));
    repo.git(&["commit", "--quiet", "--allow-empty", "--message", &message]);
    plant.in_commit(&repo.git(&["rev-parse", "HEAD"]));

    let author = format!("{} <a@b.example>", plant.plant("author of a commit", "message", None, 1, 1));
    repo.git(&["commit", "--quiet", "--allow-empty", "--message", "By", "--author", &author]);

    let message = format!("v1\n\n{}\n", plant.plant("message of a tag", "tag", None, 3, 1));
    repo.git(&["tag", "--annotate", "v1", "--message", &message]);

    let blob = repo.git_with_input(
        &["hash-object", "-w", "--stdin"],
        file_with(&plant.plant("blob that a tag points at", "history", None, 3, 9)).as_bytes(),
    );
    repo.git(&["tag", "key", &blob]);

    repo.git(&[
        "notes",
        "add",
        "--message",
        &format!("note\n{}", plant.plant("note", "note", Some("*"), 2, 1)),
        "HEAD",
    ]);

    repo.git(&["checkout", "--quiet", "-b", "feature"]);
    let text = file_with(&plant.plant("file on another branch", "history", Some("feature.txt"), 3, 9));
    repo.commit("feature.txt", &text);

    repo.git(&["checkout", "--quiet", "main"]);
    repo.commit("README", "on main\n");
    repo.git(&["merge", "--quiet", "--no-ff", "--no-commit", "feature"]);
    let text = file_with(&plant.plant("content that only a merge brings", "history", Some("evil.txt"), 3, 9));
    plant.in_commit(&repo.commit("evil.txt", &text));

    repo.git(&["checkout", "--quiet", "-b", "doomed"]);
    let text = file_with(&plant.plant(
        "branch that was deleted, in the reference log",
        "unreachable",
        Some("doomed.txt"),
        3,
        9,
    ));
    plant.in_commit(&repo.commit("doomed.txt", &text));
    repo.git(&["checkout", "--quiet", "main"]);
    repo.git(&["branch", "--quiet", "-D", "doomed"]);

    let tree = repo.git(&["write-tree"]);
    let message = format!("Lost {}", plant.plant("message of a lost commit", "message", None, 1, 6));
    repo.git_with_input(&["commit-tree", &tree], message.as_bytes());

    let text = file_with(&plant.plant("lost blob", "unreachable", None, 3, 9));
    repo.git_with_input(&["hash-object", "-w", "--stdin"], text.as_bytes());

    let text = file_with(&plant.plant("stash", "stash", Some("README"), 3, 9));
    repo.write("README", &text);
    repo.git(&["stash", "--quiet"]);
    let text = file_with(&plant.plant("older stash of an untracked file", "stash", Some("untracked"), 3, 9));
    repo.write("untracked", &text);
    repo.git(&["stash", "--quiet", "--include-untracked"]);
    repo.write("README", "newest stash\n");
    repo.git(&["stash", "--quiet"]);

    let id = repo.git(&["rev-parse", "main"]);
    repo.git(&["worktree", "add", "--quiet", "--detach", "linked", &id]);
    let linked = repo.at("linked");
    let text = file_with(&plant.plant("commit on the HEAD of a linked worktree", "history", Some("linked.txt"), 3, 9));
    fs::write(linked.join("linked.txt"), text).unwrap();
    repo.git_in("linked", &["add", "linked.txt"]);
    repo.git_in("linked", &["commit", "--quiet", "--message", "Linked"]);
    let text = file_with(&plant.plant("staged in a linked worktree", "staged", Some("staged-there.txt"), 3, 9));
    fs::write(linked.join("staged-there.txt"), text).unwrap();
    repo.git_in("linked", &["add", "staged-there.txt"]);
    fs::remove_dir_all(&linked).unwrap();

    repo.git(&["gc", "--quiet", "--prune=never"]);

    let text = file_with(&plant.plant("staged, then changed on disk", "staged", Some("staged.txt"), 3, 9));
    repo.write("staged.txt", &text);
    repo.git(&["add", "staged.txt"]);
    repo.write("staged.txt", "harmless\n");

    let name = plant.plant("name of a staged file that is gone from disk", "file_name", Some("TOKEN/staged"), 1, 1);
    repo.write(&format!("{name}/staged"), "x\n");
    repo.git(&["add", &name]);
    fs::remove_dir_all(repo.at(&name)).unwrap();

    repo.write("new.txt", file_with(&plant.plant("untracked file", "working_tree", Some("new.txt"), 3, 9)));
    repo.write(".hidden/deep", file_with(&plant.plant("hidden file", "working_tree", Some(".hidden/deep"), 3, 9)));
    repo.write(".gitignore", "build/\n");
    repo.write(
        "build/log",
        file_with(&plant.plant("tracked though ignored, changed", "working_tree", Some("build/log"), 3, 9)),
    );
    let name = plant.plant("name of a file on disk", "file_name", Some("docs/TOKEN.txt"), 1, 6);
    repo.write(&format!("docs/{name}.txt"), "x\n");

    let url = format!(
        "https://ada:{}@git.acme.example/x.git",
        plant.plant("remote URL", "config", Some(".git/config"), 0, 0)
    );
    repo.git(&["remote", "add", "origin", &url]);
    repo.write(".git/hooks/pre-commit", file_with(&plant.plant("hook", "config", Some(".git/hooks/pre-commit"), 3, 9)));

    repo.git(&["init", "--quiet", "nested"]);
    repo.write(
        "nested/x",
        file_with(&plant.plant("history of a repository inside", "history", Some("nested/x"), 3, 9)),
    );
    repo.git_in("nested", &["add", "x"]);
    repo.git_in("nested", &["commit", "--quiet", "--message", "x"]);
    fs::remove_file(repo.at("nested/x")).unwrap();

    let report = scan(repo.path(), &["--show-secrets"], 1);
    assert_eq!(report["summary"]["errors"], Value::Array(Vec::new()));
    assert!(plant.planted.len() >= 20, "{}", plant.planted.len());
    check(&report, &plant.planted);
}

/// Holds a report (with secrets) to what was planted, and to nothing else.
fn check(report: &Value, planted: &[(String, Planted)]) {
    let found: BTreeMap<&str, &Value> = report["findings"]
        .as_array()
        .unwrap()
        .iter()
        .map(|finding| (finding["secret"].as_str().unwrap(), finding))
        .collect();
    let mut problems = Vec::new();
    for (token, expected) in planted {
        let Some(finding) = found.get(token.as_str()) else {
            problems.push(format!("{}: not found", expected.what));
            continue;
        };
        let places = finding["places"].as_array().unwrap();
        let fits = |place: &Value| {
            let path = place["path"].as_str();
            let right_path = match expected.path.as_deref() {
                Some("*") => path.is_some(),
                expected => path == expected.map(|path| path.replace("TOKEN", token)).as_deref(),
            };
            let right_position =
                expected.line == 0 || (place["line"] == expected.line && place["column"] == expected.column);
            let right_commit = expected.commit.as_ref().is_none_or(|id| place["commit"] == id.as_str());
            place["kind"] == expected.kind && right_path && right_position && right_commit
        };
        if !places.iter().any(fits) {
            problems.push(format!("{}: found elsewhere: {places:#?}", expected.what));
        }
        for place in places.iter().filter(|place| place["kind"] == "history" && place["path"].is_string()) {
            assert!(place["commit"].is_string() && place["author"].is_string() && place["date"].is_string(), "{place}");
        }
    }
    for (secret, finding) in &found {
        if !planted.iter().any(|(token, _)| token == secret) {
            problems.push(format!("not planted: {finding:#?}"));
        }
    }
    assert!(problems.is_empty(), "{}", problems.join("\n"));
}

#[test]
fn says_who_and_when() {
    let repo = Sandbox::repository();
    let id = repo.commit("a", token(1));
    fs::remove_file(repo.at("a")).unwrap();
    let report = scan(repo.path(), &[], 1);
    let (_, place) = &places(&report)[0];
    assert_eq!(place["commit"], id.as_str());
    assert_eq!(place["author"], "Ada Author <ada@acme.example>");
    assert_eq!(place["date"], "2024-03-01T12:00:00+01:00");
}

#[test]
fn tells_the_first_commit_that_has_it() {
    let repo = Sandbox::repository();
    let first = repo.commit("a", token(1));
    repo.commit("b", "later\n");
    repo.commit("a", "gone\n");
    repo.commit("a", token(1));
    let report = scan(repo.path(), &["--no-worktree"], 1);
    let found = places(&report);
    assert_eq!(found.len(), 1, "{found:?}");
    assert_eq!(found[0].1["commit"], first.as_str());
}

#[test]
fn a_clean_repository_yields_nothing() {
    let repo = Sandbox::repository();
    repo.commit("a", "nothing to see\n");
    let report = scan(repo.path(), &[], 0);
    assert_eq!(report["findings"], Value::Array(Vec::new()));
    assert_eq!(report["summary"]["complete"], true);
}

#[test]
fn scans_bare_repositories_linked_worktrees_and_objects_elsewhere() {
    let repo = Sandbox::repository();
    repo.commit("deep/a", file_with(&token(1)));
    repo.git(&["rm", "--quiet", "deep/a"]);
    repo.git(&["commit", "--quiet", "--message", "Remove"]);
    repo.git(&["clone", "--quiet", "--bare", ".", "bare.git"]);
    repo.git(&["clone", "--quiet", "--shared", ".", "borrowing"]);
    repo.git(&["worktree", "add", "--quiet", "--detach", "tree"]);
    for folder in ["bare.git", "borrowing", "tree", ".git"] {
        let report = scan(&repo.at(folder), &[], 1);
        let found = places(&report);
        let kinds: Vec<&str> = found.iter().map(|(_, place)| place["kind"].as_str().unwrap()).collect();
        assert_eq!(kinds, ["history"], "{folder}: {found:?}");
        assert_eq!(found[0].1["path"], "deep/a", "{folder}");
    }
}

#[test]
fn a_folder_is_not_a_repository() {
    let repo = Sandbox::repository();
    repo.commit("sub/a", token(1));
    repo.commit("sub/a", token(2));
    let report = scan(&repo.at("sub"), &[], 1);
    let found = places(&report);
    assert_eq!(found.len(), 1);
    assert_eq!(found[0].1["path"], "a");
    let remarks = report["summary"]["targets"][0]["remarks"].to_string();
    assert!(remarks.contains("part of the repository"), "{remarks}");
}

#[test]
fn submodules_are_scanned_with_their_history() {
    let inner = Sandbox::repository();
    inner.commit("key", token(1));
    inner.commit("key", "gone\n");
    let outer = Sandbox::repository();
    outer.commit("a", "x\n");
    outer.git(&["submodule", "--quiet", "add", inner.path().to_str().unwrap(), "lib"]);
    let report = scan(outer.path(), &[], 1);
    let found = places(&report);
    assert_eq!(found.len(), 1, "{found:?}");
    assert_eq!((found[0].1["path"].as_str(), found[0].1["kind"].as_str()), (Some("lib/key"), Some("history")));
}

#[test]
fn reads_standard_input_and_single_files() {
    let folder = Sandbox::new();
    let text = file_with(&token(1));
    let report = straykey(&["scan", "-f", "json", "-"]).input(text.as_bytes()).end().expect(1).json();
    let (_, place) = &places(&report)[0];
    assert_eq!(
        (place["kind"].as_str(), place["line"].as_u64(), place["column"].as_u64()),
        (Some("stdin"), Some(3), Some(9))
    );
    let file = folder.write("some/file.txt", &text);
    let report = scan(&file, &[], 1);
    let (_, place) = &places(&report)[0];
    assert!(place["path"].as_str().unwrap().ends_with("some/file.txt"));
}

#[test]
fn one_secret_at_many_places_is_one_finding() {
    let folder = Sandbox::new();
    let token = token(1);
    folder.write("a", file_with(&token));
    folder.write("b/c", format!("{token}\n{token}\n"));
    let report = scan(folder.path(), &[], 1);
    assert_eq!(report["findings"].as_array().unwrap().len(), 1);
    assert_eq!(places(&report).len(), 3);
}

#[test]
fn several_targets_are_told_apart() {
    let folder = Sandbox::new();
    folder.write("one/a", token(1));
    folder.write("two/a", token(2));
    let report =
        straykey(&["scan", "-f", "json", "one", "missing", "two"]).within(folder.path()).end().expect(2).json();
    let targets: Vec<String> = places(&report).iter().map(|(_, place)| place["target"].to_string()).collect();
    assert!(targets.contains(&"\"one\"".into()) && targets.contains(&"\"two\"".into()), "{targets:?}");
    assert_eq!(report["summary"]["errors"].as_array().unwrap().len(), 1);
}
