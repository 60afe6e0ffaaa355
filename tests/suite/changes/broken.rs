//! Input that is missing, broken or hostile: an error each, never an empty success.

use std::fs;
use std::path::Path;

use super::{error, seen};
use crate::harness::{Sandbox, scan, token};

#[test]
fn no_repository() {
    let folder = Sandbox::new();
    let file = folder.write("a", token(1));
    for words in [&["--staged"][..], &["--range", "a..b"], &["--since", "1 day"], &["--since-commit", "a"]] {
        let why = error(folder.path(), words);
        assert!(why.contains("there is no git repository here") && why.contains(words[0]), "{why}");
        assert!(error(&file, words).contains("a file is no git repository"));
        assert!(error(Path::new("-"), words).contains("standard input is no git repository"));
        assert!(error(&folder.at("nowhere"), words).contains("there is no such file or folder"));
    }
    folder.git(&["init", "--quiet", "--bare", "bare"]);
    assert!(error(&folder.at("bare"), &["--staged"]).contains("a bare repository has no index"));
}

fn remove_object(repo: &Sandbox, id: &str) {
    fs::remove_file(repo.at(&format!(".git/objects/{}/{}", &id[..2], &id[2..]))).unwrap();
}

#[test]
fn objects_that_are_missing_or_broken() {
    let repo = Sandbox::repository();
    repo.commit("a", "x\n");
    repo.commit("dir/b", "one\n");
    repo.commit("c", token(1));
    let blob = repo.git(&["rev-parse", "HEAD:dir/b"]);
    remove_object(&repo, &blob);
    let words = ["--range", "HEAD~2.."];
    let report = scan(repo.path(), &words, 2);
    assert_eq!(seen(&report), ["history c:1:1"]);
    let errors = report["summary"]["errors"].to_string();
    assert!(errors.contains("dir/b") && errors.contains("git fsck"), "{errors}");
    let folder = repo.git(&["rev-parse", "HEAD:dir"]);
    remove_object(&repo, &folder);
    assert!(error(repo.path(), &words).contains("git fsck"));
    let object = repo.at(&format!(".git/objects/{}/{}", &folder[..2], &folder[2..]));
    fs::write(object, b"not zlib").unwrap();
    assert!(error(repo.path(), &words).contains("cannot be read"));
    let parent = repo.git(&["rev-parse", "HEAD~1"]);
    remove_object(&repo, &parent);
    let why = error(repo.path(), &["--since", "2001-01-01"]);
    assert!(why.contains("its parent cannot be read"), "{why}");
    // What is the same in the index is not looked into, and need not be whole.
    scan(repo.path(), &["--staged"], 0);
    repo.write("dir/b", "two\n");
    repo.git(&["add", "dir/b"]);
    let staged = scan(repo.path(), &["--staged"], 2);
    assert!(staged["summary"]["errors"].to_string().contains("cannot be read"));
}

#[test]
fn a_partial_clone() {
    let repo = Sandbox::repository();
    repo.commit("a", "x\n");
    repo.commit("b", token(1));
    repo.commit("b", token(2));
    repo.git(&["config", "uploadpack.allowFilter", "true"]);
    let url = format!("file://{}", repo.path().display());
    repo.git(&["clone", "--quiet", "--no-checkout", "--filter=blob:none", &url, "clone"]);
    let report = scan(&repo.at("clone"), &["--range", "HEAD~2.."], 2);
    let errors = report["summary"]["errors"].as_array().unwrap();
    assert_eq!(errors.len(), 1, "{errors:?}");
    assert!(errors[0]["why"].as_str().unwrap().contains("git fetch --refetch --no-filter"), "{errors:?}");
}

#[test]
fn a_broken_pack_is_not_read() {
    let repo = Sandbox::repository();
    repo.commit("a", "x\n");
    repo.commit("a", token(1));
    repo.git(&["gc", "--quiet"]);
    let packs = fs::read_dir(repo.at(".git/objects/pack")).unwrap().map(|entry| entry.unwrap().path());
    let index = packs.into_iter().find(|path| path.extension().is_some_and(|end| end == "idx")).unwrap();
    let mut bytes = fs::read(&index).unwrap();
    let offsets = bytes.len() - 40 - 4;
    bytes[offsets..offsets + 4].copy_from_slice(&[0x7f, 0xff, 0xff, 0xff]);
    fs::remove_file(&index).unwrap();
    fs::write(&index, bytes).unwrap();
    for words in [&["--staged"][..], &["--range", "HEAD~1.."]] {
        assert!(error(repo.path(), words).contains("git index-pack"));
    }
}

#[test]
fn hostile_trees() {
    let repo = Sandbox::repository();
    repo.commit("a", "x\n");
    let blob = repo.git_with_input(&["hash-object", "-w", "--stdin"], token(1).as_bytes());
    let mut tree = repo.git_with_input(&["mktree"], format!("100644 blob {blob}\ta\n").as_bytes());
    for _ in 0..600 {
        tree = repo.git_with_input(&["mktree"], format!("040000 tree {tree}\td\n").as_bytes());
    }
    let deep = repo.git_with_input(&["commit-tree", &tree, "-p", "HEAD"], b"deep");
    assert!(error(repo.path(), &["--range", &format!("HEAD..{deep}")]).contains("512 deep"));
    // A folder that names another ten times, which names another ten times, and so on: a million files.
    let mut tree = repo.git_with_input(&["mktree"], format!("100644 blob {blob}\ta\n").as_bytes());
    for _ in 0..6 {
        let names: Vec<String> = (0..10).map(|name| format!("040000 tree {tree}\t{name}\n")).collect();
        tree = repo.git_with_input(&["mktree"], names.concat().as_bytes());
    }
    let bomb = repo.git_with_input(&["commit-tree", &tree, "-p", "HEAD"], b"bomb");
    assert!(error(repo.path(), &["--range", &format!("HEAD..{bomb}")]).contains("more than 100000 files"));
    // A list of files that ends too soon, and one that has a name twice.
    let raw: Vec<u8> = [b"100644 a\0".as_slice(), &[7; 12]].concat();
    let cut = repo.git_with_input(&["hash-object", "-w", "-t", "tree", "--literally", "--stdin"], &raw);
    let cut = repo.git_with_input(&["commit-tree", &cut, "-p", "HEAD"], b"cut");
    assert!(error(repo.path(), &["--range", &format!("HEAD..{cut}")]).contains("is broken"));
    let id: Vec<u8> = (0..20).map(|at| u8::from_str_radix(&blob[at * 2..at * 2 + 2], 16).unwrap()).collect();
    let raw = [b"100644 a\0".as_slice(), &id, b"040000 a\0", &id, b"100644 a\0", &id].concat();
    let twice = repo.git_with_input(&["hash-object", "-w", "-t", "tree", "--literally", "--stdin"], &raw);
    let twice = repo.git_with_input(&["commit-tree", &twice, "-p", "HEAD"], b"twice");
    let report = scan(repo.path(), &["--range", &format!("HEAD..{twice}")], 2);
    assert!(seen(&report).contains(&"history a:1:1".to_owned()), "{report:#}");
}
