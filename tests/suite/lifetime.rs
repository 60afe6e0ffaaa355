//! Where a secret came from and what became of it: first and last commit, HEAD, versions, references, age.

use serde_json::Value;

use crate::harness::{Sandbox, places, scan, straykey, token};

/// The one place of this kind and path, by both engines.
#[track_caller]
fn place(repo: &Sandbox, kind: &str, path: &str) -> Value {
    let of = |engine: &str| {
        let report = scan(repo.path(), &["--no-worktree", "--engine", engine], 1);
        let all = places(&report);
        let mut matching =
            all.into_iter().map(|(_, place)| place).filter(|place| place["kind"] == kind && place["path"] == path);
        let place = matching.next().unwrap_or_else(|| panic!("no {kind} place at {path}: {report:#}"));
        assert_eq!(matching.next(), None, "{report:#}");
        place
    };
    let place = of("delta");
    assert_eq!(place, of("reference"));
    place
}

#[test]
fn from_the_first_commit_to_the_one_before_its_removal() {
    let repo = Sandbox::repository();
    repo.commit("other", "x");
    let first = repo.commit("deploy/env", format!("a\n{}\n", token(1)));
    repo.commit("deploy/env", format!("a\nb\nkey = {}\n", token(1)));
    let last = repo.commit("other", "y");
    repo.commit("deploy/env", "a\nb\n");
    repo.git(&["tag", "v1", &last]);
    repo.git(&["branch", "before", &format!("{first}~1")]);
    let place = place(&repo, "history", "deploy/env");
    assert_eq!(place["commit"], first.as_str());
    assert_eq!(place["author"], "Ada Author <ada@acme.example>");
    assert_eq!(place["date"], "2024-03-01T12:00:00+01:00");
    assert_eq!(place["subject"], "Change deploy/env");
    assert_eq!(place["last"]["commit"], last.as_str());
    assert_eq!(place["last"]["subject"], "Change other");
    assert_eq!(place["at_head"], false);
    assert_eq!(place["versions"], 2);
    assert_eq!(place["refs"], serde_json::json!(["refs/heads/main", "refs/tags/v1"]));
    // Of the last version, in which it stands on the third line.
    assert_eq!((place["line"].as_u64(), place["column"].as_u64()), (Some(3), Some(7)));
}

#[test]
fn still_at_head_though_it_was_away_for_a_while() {
    let repo = Sandbox::repository();
    let first = repo.commit("env", token(1));
    repo.commit("env", "gone");
    let last = repo.commit("env", token(1));
    let place = place(&repo, "history", "env");
    assert_eq!((place["commit"].as_str(), place["last"]["commit"].as_str()), (Some(&*first), Some(&*last)));
    assert_eq!((&place["at_head"], &place["versions"]), (&true.into(), &1.into()));
}

#[test]
fn a_branch_keeps_what_the_main_line_dropped() {
    let repo = Sandbox::repository();
    repo.commit("env", token(1));
    repo.git(&["checkout", "--quiet", "-b", "ada@topic"]);
    let topic = repo.commit("env", format!("{}\nmore\n", token(1)));
    repo.git(&["checkout", "--quiet", "main"]);
    repo.commit("env", "gone");
    let place = place(&repo, "history", "env");
    assert_eq!(place["last"]["commit"], topic.as_str());
    assert_eq!(place["at_head"], false);
    assert_eq!(place["refs"], serde_json::json!(["refs/heads/ada@topic", "refs/heads/main"]));
}

#[test]
fn what_only_a_merge_brought_in_is_first_in_the_merge() {
    let repo = Sandbox::repository();
    repo.commit("a", "1");
    repo.git(&["checkout", "--quiet", "-b", "topic"]);
    repo.commit("b", "1");
    repo.git(&["checkout", "--quiet", "main"]);
    repo.commit("c", "1");
    repo.git(&["merge", "--quiet", "--no-commit", "topic"]);
    let merge = repo.commit("evil", token(1));
    let place = place(&repo, "history", "evil");
    assert_eq!(place["commit"], merge.as_str());
    assert_eq!(repo.git(&["rev-list", "--parents", "-1", &merge]).split(' ').count(), 3);
}

#[test]
fn what_no_reference_reaches_has_no_references() {
    let repo = Sandbox::repository();
    repo.commit("a", "1");
    let lost = repo.commit("env", token(1));
    repo.git(&["reset", "--quiet", "--hard", "HEAD~1"]);
    let place = place(&repo, "unreachable", "env");
    assert_eq!((place["commit"].as_str(), place["last"]["commit"].as_str()), (Some(&*lost), Some(&*lost)));
    assert_eq!((&place["at_head"], &place["refs"]), (&false.into(), &serde_json::json!([])));
}

#[test]
fn of_many_references_some_are_counted_only() {
    let repo = Sandbox::repository();
    repo.commit("env", token(1));
    (0..30).for_each(|number| drop(repo.git(&["branch", &format!("b{number:02}")])));
    let place = place(&repo, "history", "env");
    assert_eq!(place["refs"].as_array().unwrap().len(), 20);
    assert_eq!(place["refs_not_listed"], 11);
}

#[test]
fn more_secrets_than_are_followed_at_once() {
    let repo = Sandbox::repository();
    let ids: Vec<String> = (0..150).map(|number| repo.commit(&format!("f{number}"), token(number))).collect();
    let report = scan(repo.path(), &["--no-worktree"], 1);
    for (_, place) in places(&report) {
        let number: usize = place["path"].as_str().unwrap()[1..].parse().unwrap();
        assert_eq!(place["commit"], ids[number].as_str());
        assert_eq!(place["last"]["commit"], ids[149].as_str());
    }
    assert_eq!(places(&report).len(), 150);
}

#[test]
fn the_age_counts_from_the_earliest_commit_and_is_worded_with_care() {
    let repo = Sandbox::repository();
    repo.commit("env", token(1));
    let report = scan(repo.path(), &["--no-worktree"], 1);
    // Committed, not written: the second date in the harness.
    assert_eq!(report["findings"][0]["exposed_since"], "2024-03-02");
    assert!(report["findings"][0]["exposed_days_at_least"].as_i64().unwrap() > 900);
    let text = straykey(&["scan", "--no-worktree"]).arg(repo.path()).end().expect(1).stdout();
    assert!(text.contains("in history since 2024-03-02 or earlier: exposed for at least "), "{text}");
    assert!(text.contains("Ada Author <ada@acme.example>  Change env\n"), "{text}");
    assert!(text.contains("still at HEAD; on main\n"), "{text}");
    let on_disk = scan(&repo.at("env"), &[], 1);
    assert!(on_disk["findings"][0].get("exposed_since").is_none(), "{on_disk:#}");
}

#[test]
fn a_scan_leaves_the_repository_as_it_is() {
    let repo = Sandbox::repository();
    repo.commit("env", token(1));
    let listing = || {
        let mut all = Vec::new();
        let mut open = vec![repo.path().to_owned()];
        while let Some(folder) = open.pop() {
            for entry in std::fs::read_dir(folder).unwrap().map(Result::unwrap) {
                all.push((entry.path(), entry.metadata().unwrap().modified().unwrap()));
                open.extend(entry.path().is_dir().then(|| entry.path()));
            }
        }
        all.sort();
        all
    };
    let before = listing();
    scan(repo.path(), &[], 1);
    assert_eq!(before, listing());
}

#[test]
fn a_folder_whose_mode_has_a_leading_zero() {
    let repo = Sandbox::repository();
    repo.commit("env", token(1));
    let raw = |mode: &str, name: &str, id: &str| {
        let bytes = (0..20).map(|at| u8::from_str_radix(&id[2 * at..2 * at + 2], 16).unwrap());
        format!("{mode} {name}\0").into_bytes().into_iter().chain(bytes).collect::<Vec<u8>>()
    };
    let write =
        |tree: Vec<u8>| repo.git_with_input(&["hash-object", "-t", "tree", "-w", "--stdin", "--literally"], &tree);
    let blob = repo.git(&["rev-parse", "HEAD:env"]);
    let inner = write(raw("100644", "inner", &blob));
    let outer = write(raw("040000", "outer", &inner));
    let commit = repo.git_with_input(&["commit-tree", &outer], b"as old tools did");
    repo.git(&["update-ref", "refs/heads/old", &commit]);
    assert_eq!(place(&repo, "history", "outer/inner")["commit"], commit.as_str());
}
