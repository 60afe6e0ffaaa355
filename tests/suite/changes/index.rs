//! The index is read as git reads it: in every version, with what git knows of whole folders, and hostile ones not at all.

use std::collections::BTreeSet;
use std::fs;

use straykey::patterns::generate::Random;

use super::{changes, error};
use crate::harness::{Sandbox, token};

/// Files in folders within one another, some with names that sort around a `/`.
fn paths() -> Vec<String> {
    let folders = ["", "a/", "a/b/", "a/b.c/", "a-b/", "a/b/c/", "d/"];
    folders.iter().flat_map(|folder| (0..3).map(move |number| format!("{folder}f{number}"))).collect()
}

/// What git would commit, held to what is told of it.
#[track_caller]
fn hold(repo: &Sandbox) {
    let staged = repo.git(&["diff", "--cached", "--name-only", "--no-renames", "--diff-filter=d"]);
    let (staged, mut tokens) = (staged.lines().collect::<BTreeSet<_>>(), BTreeSet::new());
    for path in &staged {
        // What stood somewhere before is no addition.
        let text = repo.git(&["show", &format!(":{path}")]);
        if text.starts_with("ghp_") {
            tokens.insert((format!("staged {path}:1:1"), text));
        }
    }
    let before = repo.git(&["ls-tree", "-r", "HEAD"]);
    let is_new = |text: &String| {
        let id = repo.git_with_input(&["hash-object", "--stdin"], text.as_bytes());
        !before.contains(&id)
    };
    let expected: BTreeSet<String> =
        tokens.iter().filter(|(_, text)| is_new(text)).map(|(place, _)| place.clone()).collect();
    assert_eq!(changes(repo.path(), &["--staged"]).into_iter().collect::<BTreeSet<_>>(), expected);
    let words = match staged.len() {
        0 => "no staged files".to_owned(),
        1 => "1 staged file".to_owned(),
        more => format!("{more} staged files"),
    };
    let said = super::remarks(repo.path(), &["--staged"], i32::from(!expected.is_empty()));
    assert!(said.contains(&words), "{said}, not {words}");
}

#[test]
fn whatever_is_staged_is_what_git_commits() {
    for version in ["2", "3", "4"] {
        let repo = Sandbox::repository();
        repo.git(&["config", "index.version", version]);
        for path in paths() {
            repo.write(&path, format!("{path}\n"));
        }
        repo.git(&["add", "--all"]);
        repo.git(&["commit", "--quiet", "--message", "All"]);
        let mut random = Random::new(7);
        for round in 0..12_u64 {
            for number in 0..=random.below(3) {
                let paths = paths();
                let path = &paths[random.below(paths.len())];
                match random.below(4) {
                    0 => drop(fs::remove_file(repo.at(path))),
                    // A file in place of a folder, and back.
                    1 if round % 2 == 0 => {
                        let _ = fs::remove_dir_all(repo.at("a/b/c"));
                        repo.write("a/b/c", token(round * 100 + number as u64));
                    }
                    2 if !repo.at("a/b/c").is_file() => {
                        drop(repo.write(&format!("{path}.new"), token(round * 100 + number as u64)))
                    }
                    _ if !path.starts_with("a/b/c") => drop(repo.write(path, token(round * 100 + number as u64))),
                    _ => {}
                }
            }
            if repo.at("a/b/c").is_file() && round % 2 == 1 {
                fs::remove_file(repo.at("a/b/c")).unwrap();
            }
            repo.git(&["add", "--all"]);
            hold(&repo);
            if round % 3 == 2 {
                repo.git(&["commit", "--quiet", "--allow-empty", "--message", "More"]);
                hold(&repo);
            }
        }
        // As after a checkout, of another commit's tree, and with everything gone.
        repo.git(&["reset", "--quiet", "--hard"]);
        hold(&repo);
        repo.git(&["read-tree", "HEAD~1"]);
        hold(&repo);
        repo.git(&["rm", "--quiet", "-r", "--cached", "--force", "."]);
        hold(&repo);
    }
}

/// A name of a folder that did not change does not account for a new name.
#[test]
fn unchanged_folders_account_for_nothing() {
    let repo = Sandbox::repository();
    repo.commit(&format!("x/{}/a", token(1)), "a\n");
    repo.commit("y/a", "a\n");
    repo.git(&["reset", "--quiet", "--hard"]);
    repo.write(&format!("y/{}", token(1)), "b\n");
    repo.git(&["add", "--all"]);
    assert_eq!(changes(repo.path(), &["--staged"]), [format!("file_name y/{}:1:3", token(1))]);
}

#[test]
fn broken_and_hostile_indexes_are_errors() {
    let repo = Sandbox::repository();
    for path in paths() {
        repo.write(&path, "x\n");
    }
    repo.git(&["add", "--all"]);
    repo.git(&["commit", "--quiet", "--message", "All"]);
    let index = repo.at(".git/index");
    let good = fs::read(&index).unwrap();
    for (bytes, problem) in [
        (Vec::new(), "it does not begin like one"),
        ([b"DIRC".as_slice(), &[0; 40]].concat(), "its version 0 is not known"),
        ([&good[..7], &[9], &good[8..]].concat(), "its version 9 is not known"),
        (good[..200].to_vec(), "it ends in the middle of an entry"),
        ([&good[..8], &[255; 4], &good[12..]].concat(), "it ends in the middle of an entry"),
    ] {
        fs::write(&index, bytes).unwrap();
        let said = error(repo.path(), &["--staged"]);
        assert!(said.contains("the index cannot be read") && said.contains(problem), "{said}");
    }
    // Bytes changed at random: an answer or an error, never a crash.
    let mut random = Random::new(3);
    for _ in 0..60 {
        let mut bytes = good.clone();
        for _ in 0..=random.below(4) {
            let at = random.below(bytes.len());
            bytes[at] = random.below(256) as u8;
        }
        bytes.truncate(bytes.len() - random.below(2) * random.below(bytes.len()));
        fs::write(&index, bytes).unwrap();
        let end = crate::harness::straykey(&["scan", "--staged"]).arg(repo.path()).end();
        assert!((0..=2).contains(&end.code()) && !end.stderr().contains("panicked"), "{}", end.stderr());
    }
}
