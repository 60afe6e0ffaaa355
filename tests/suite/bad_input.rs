//! Bad input: one clear sentence each, exit code 2 where something was not scanned, and the rest of the scan goes on.

use std::fs;
use std::path::Path;

use serde_json::Value;

use crate::harness::{Sandbox, places, scan, straykey, token};

/// The errors of a report, which also must hold the token beside the bad input.
#[track_caller]
fn errors_beside_a_finding(report: &Value) -> Vec<String> {
    assert_eq!(report["findings"].as_array().unwrap().len(), 1, "the rest is scanned: {report:#}");
    assert_eq!(report["summary"]["complete"], false);
    let errors = report["summary"]["errors"].as_array().unwrap();
    errors
        .iter()
        .map(|error| format!("{}: {}", error["what"].as_str().unwrap(), error["why"].as_str().unwrap()))
        .collect()
}

#[track_caller]
fn one_sentence(errors: &[String], words: &[&str]) {
    assert_eq!(errors.len(), 1, "{errors:#?}");
    for word in words {
        assert!(errors[0].contains(word), "{} lacks {word}", errors[0]);
    }
    assert!(!errors[0].contains('\n') && !errors[0].contains("panicked"), "{}", errors[0]);
}

fn folder_with_token() -> Sandbox {
    let folder = Sandbox::new();
    folder.write("good", token(1));
    folder
}

#[test]
fn a_path_that_does_not_exist() {
    let folder = folder_with_token();
    let report = straykey(&["scan", "-f", "json", "nowhere", "good"]).within(folder.path()).end().expect(2).json();
    one_sentence(&errors_beside_a_finding(&report), &["nowhere: there is no such file"]);
}

#[cfg(unix)]
#[test]
fn a_folder_and_a_file_without_permission() {
    use std::os::unix::fs::PermissionsExt;
    let folder = folder_with_token();
    folder.write("locked/inside", "x");
    folder.write("secret-file", "x");
    fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o755)).unwrap();
    fs::set_permissions(folder.at("locked"), fs::Permissions::from_mode(0o000)).unwrap();
    fs::set_permissions(folder.at("secret-file"), fs::Permissions::from_mode(0o000)).unwrap();
    let report = straykey(&["scan", "-f", "json"]).arg(folder.path()).by_nobody().end().expect(2).json();
    fs::set_permissions(folder.at("locked"), fs::Permissions::from_mode(0o755)).unwrap();
    let errors = errors_beside_a_finding(&report);
    assert_eq!(errors.len(), 2, "{errors:#?}");
    assert!(
        errors[0].contains("locked: permission denied") && errors[1].contains("secret-file: permission denied"),
        "{errors:#?}"
    );
}

#[test]
fn an_empty_repository() {
    let repo = Sandbox::repository();
    let report = scan(repo.path(), &[], 0);
    let remarks = report["summary"]["targets"][0]["remarks"].to_string();
    assert!(remarks.contains("no commits yet"), "{remarks}");
}

#[test]
fn a_shallow_clone() {
    let repo = Sandbox::repository();
    repo.commit("a", token(1));
    repo.commit("b", "x\n");
    let url = format!("file://{}", repo.path().display());
    repo.git(&["clone", "--quiet", "--depth", "1", &url, "clone"]);
    let report = scan(&repo.at("clone"), &[], 2);
    one_sentence(&errors_beside_a_finding(&report), &["shallow", "git fetch --unshallow", "fetch-depth: 0"]);
    let without_history = scan(&repo.at("clone"), &["--no-history"], 1);
    assert_eq!(without_history["summary"]["complete"], true);
}

#[test]
fn a_partial_clone() {
    let repo = Sandbox::repository();
    repo.commit("a", token(1));
    repo.git(&["config", "uploadpack.allowFilter", "true"]);
    let url = format!("file://{}", repo.path().display());
    repo.git(&["clone", "--quiet", "--filter=blob:none", &url, "clone"]);
    let report = scan(&repo.at("clone"), &[], 2);
    one_sentence(&errors_beside_a_finding(&report), &["partial clone"]);
}

/// A repository whose objects are all in one pack, that pack's path, and a token on disk.
fn packed() -> (Sandbox, std::path::PathBuf) {
    let repo = Sandbox::repository();
    for number in 0..20 {
        repo.commit("file", format!("{}\n", "line of text\n".repeat(number + 200)));
    }
    repo.git(&["gc", "--quiet", "--aggressive", "--prune=now"]);
    let folder = repo.at(".git/objects/pack");
    let pack = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let pack = pack.into_iter().find(|path| path.extension().is_some_and(|end| end == "pack")).unwrap();
    repo.write("good", token(1));
    (repo, pack)
}

/// Packs are read-only files.
fn overwrite(path: &Path, bytes: &[u8]) {
    fs::remove_file(path).unwrap();
    fs::write(path, bytes).unwrap();
}

#[test]
fn a_corrupt_pack() {
    let (repo, pack) = packed();
    let mut bytes = fs::read(&pack).unwrap();
    let middle = bytes.len() / 3;
    bytes[middle..middle + 200].iter_mut().for_each(|byte| *byte ^= 0x55);
    overwrite(&pack, &bytes);
    let errors = errors_beside_a_finding(&scan(repo.path(), &[], 2));
    assert!(errors.iter().any(|error| error.contains("cannot be read") && error.contains("git fsck")), "{errors:#?}");
}

#[test]
fn a_truncated_pack_and_a_broken_index() {
    let (repo, pack) = packed();
    let bytes = fs::read(&pack).unwrap();
    overwrite(&pack, &bytes[..bytes.len() / 2]);
    assert!(!errors_beside_a_finding(&scan(repo.path(), &[], 2)).is_empty());
    overwrite(&pack, &bytes);
    let index = pack.with_extension("idx");
    overwrite(&index, b"not an index");
    let errors = errors_beside_a_finding(&scan(repo.path(), &[], 2));
    assert!(errors.iter().any(|error| error.contains("list of objects in this pack is broken")), "{errors:#?}");
}

#[test]
fn a_pack_without_its_index_is_noticed() {
    let (repo, pack) = packed();
    fs::remove_file(pack.with_extension("idx")).unwrap();
    let errors = errors_beside_a_finding(&scan(repo.path(), &[], 2));
    assert!(errors.iter().any(|error| error.contains("lacks its pack or its index")), "{errors:#?}");
}

#[test]
fn a_repository_that_is_none() {
    let folder = folder_with_token();
    folder.write(".git", "gitdir: /nowhere/at/all\n");
    let errors = errors_beside_a_finding(&scan(folder.path(), &[], 2));
    one_sentence(&errors, &[".git: what git stores here cannot be opened", "--no-history"]);
}

#[test]
fn a_repository_with_sha_256_ids() {
    let folder = folder_with_token();
    folder.git(&["init", "--quiet", "--object-format=sha256"]);
    let errors = errors_beside_a_finding(&scan(folder.path(), &[], 2));
    one_sentence(&errors, &["SHA-256"]);
}

#[test]
fn files_that_are_not_utf_8() {
    let folder = Sandbox::new();
    folder.write("latin1", [b"caf\xe9 \xff\xfe\n", token(1).as_bytes(), b"\x00\xff"].concat());
    let report = scan(folder.path(), &[], 1);
    assert_eq!((places(&report)[0].1["line"].as_u64(), places(&report)[0].1["column"].as_u64()), (Some(2), Some(1)));
}

#[test]
fn a_file_over_the_limit() {
    let folder = folder_with_token();
    folder.write("large", vec![b'x'; 5_000]);
    let errors = errors_beside_a_finding(&scan(folder.path(), &["--max-file-size", "4KB"], 2));
    one_sentence(&errors, &["large: it has 5000 bytes, over the limit of 4000; raise --max-file-size"]);
}

#[test]
fn an_object_over_the_limit() {
    let repo = Sandbox::repository();
    repo.commit("large", vec![b'x'; 5_000]);
    repo.commit("large", token(1));
    let errors = errors_beside_a_finding(&scan(repo.path(), &["--max-file-size", "4KB"], 2));
    one_sentence(&errors, &["it has 5000 bytes"]);
}

/// Sparse, so that it costs no disk: a token behind three gigabytes of nothing.
#[cfg(target_os = "linux")]
#[test]
fn a_file_of_three_gigabytes() {
    use std::io::{Seek, SeekFrom, Write};
    let folder = Sandbox::new();
    let mut file = fs::File::create(folder.at("huge")).unwrap();
    file.seek(SeekFrom::Start(3 << 30)).unwrap();
    file.write_all(format!("\n{}\n", token(1)).as_bytes()).unwrap();
    drop(file);
    let report = scan(folder.path(), &[], 1);
    assert_eq!(places(&report)[0].1["line"], 2);
}

#[cfg(unix)]
#[test]
fn a_named_pipe_and_a_socket() {
    let folder = folder_with_token();
    let pipe = folder.at("pipe");
    assert!(std::process::Command::new("mkfifo").arg(&pipe).status().unwrap().success());
    let errors = errors_beside_a_finding(&scan(folder.path(), &[], 2));
    one_sentence(&errors, &["pipe: a named pipe is not read", "straykey scan -"]);
    let end = straykey(&["scan"]).arg(&pipe).end().expect(2);
    assert!(end.stdout().contains("a named pipe is not read"), "{}", end.stdout());
    fs::remove_file(pipe).unwrap();
    let _socket = std::os::unix::net::UnixListener::bind(folder.at("socket")).unwrap();
    one_sentence(&errors_beside_a_finding(&scan(folder.path(), &[], 2)), &["socket"]);
}

#[test]
fn symbolic_links_are_counted_and_not_followed() {
    let folder = Sandbox::new();
    folder.write("target/a", token(1));
    #[cfg(unix)]
    {
        folder.write("scanned/x", "x");
        std::os::unix::fs::symlink("../target/a", folder.at("scanned/link")).unwrap();
        std::os::unix::fs::symlink(".", folder.at("scanned/loop")).unwrap();
        let report = scan(&folder.at("scanned"), &[], 0);
        assert_eq!(report["summary"]["scanned"]["links_not_followed"], 2);
    }
}

#[test]
fn a_broken_configuration() {
    let folder = folder_with_token();
    for (text, line, words) in [
        ("threads = 2\nno_such_key = 1\n", 2, "unknown field `no_such_key`"),
        ("threads = \"many\"\n", 1, "invalid type"),
        ("exclude = [\n", 1, "array"),
    ] {
        let config = folder.write("straykey.toml", text);
        let end = straykey(&["scan", "--config"]).arg(&config).arg(folder.path()).end().expect(2);
        let sentence = end.stderr();
        assert!(sentence.contains(&format!("straykey.toml:{line}: ")) && sentence.contains(words), "{sentence}");
        assert_eq!(sentence.lines().count(), 1, "{sentence}");
    }
    let end = straykey(&["scan", "--config", "nowhere.toml"]).within(folder.path()).end().expect(2);
    assert!(end.stderr().contains("nowhere.toml cannot be read"), "{}", end.stderr());
}

#[test]
fn a_user_pattern_with_a_bad_regex() {
    let folder = folder_with_token();
    folder.write(
        "own/acme.toml",
        "[[pattern]]\nid = \"acme-key\"\nname = \"x\"\nkind = \"pat\"\nseverity = \"low\"\nanchors = [\"acme_\"]\nregex = '(?<secret>acme_[)'\n",
    );
    let own = folder.at("own");
    let report = scan(&folder.at("good"), &["--patterns", own.to_str().unwrap()], 2);
    one_sentence(&errors_beside_a_finding(&report), &["acme.toml:7", "cannot be read", "correct it"]);
}

#[test]
fn hostile_trees_do_not_crash() {
    let repo = Sandbox::repository();
    repo.commit("a", token(1));
    let blob = repo.git(&["hash-object", "-w", "a"]);
    let mut tree = repo.git_with_input(&["mktree"], format!("100644 blob {blob}\tdeep\n").as_bytes());
    for _ in 0..700 {
        tree = repo.git_with_input(&["mktree"], format!("040000 tree {tree}\td\n").as_bytes());
    }
    let commit = repo.git_with_input(&["commit-tree", &tree], b"deep");
    repo.git(&["update-ref", "refs/heads/deep", &commit]);
    for engine in ["reference", "delta"] {
        let report = scan(repo.path(), &["--no-worktree", "--engine", engine], 2);
        assert_eq!(places(&report)[0].1["path"], "a");
        one_sentence(&errors_beside_a_finding(&report), &["too deep", "places of findings"]);
    }
}

#[test]
fn a_tree_with_more_paths_than_can_be_told() {
    let repo = Sandbox::repository();
    repo.commit("a", token(1));
    let blob = repo.git(&["hash-object", "-w", "a"]);
    let mut tree = repo.git_with_input(&["mktree"], format!("100644 blob {blob}\tx\n").as_bytes());
    for _ in 0..24 {
        let both = format!("040000 tree {tree}\t0\n040000 tree {tree}\t1\n");
        tree = repo.git_with_input(&["mktree"], both.as_bytes());
    }
    let commit = repo.git_with_input(&["commit-tree", &tree], b"bomb");
    repo.git(&["update-ref", "refs/heads/bomb", &commit]);
    let report = scan(repo.path(), &["--no-worktree"], 2);
    one_sentence(&errors_beside_a_finding(&report), &["too many times", "places of findings"]);
}

#[test]
fn an_index_that_libgit2_cannot_read_is_named() {
    let repo = Sandbox::repository();
    repo.commit("good", token(1));
    repo.git(&["update-index", "--split-index"]);
    fs::remove_file(repo.at("good")).unwrap();
    one_sentence(
        &errors_beside_a_finding(&scan(repo.path(), &[], 2)),
        &["the index cannot be read", "--no-split-index"],
    );
}

#[test]
fn a_broken_object_on_its_own_is_named() {
    let repo = Sandbox::repository();
    repo.commit("good", token(1));
    let lost = repo.git_with_input(&["hash-object", "-w", "--stdin"], b"something else");
    let object = repo.at(&format!(".git/objects/{}/{}", &lost[..2], &lost[2..]));
    overwrite(&object, b"not zlib");
    fs::remove_file(repo.at("good")).unwrap();
    one_sentence(&errors_beside_a_finding(&scan(repo.path(), &[], 2)), &[&lost, "git fsck"]);
}

/// Packs and indexes with bytes changed, overwritten or cut off at random: errors in the report, never a crash.
#[test]
fn hostile_packs_do_not_crash() {
    use straykey::patterns::generate::Random;
    let (repo, pack) = packed();
    let index = pack.with_extension("idx");
    let (good_pack, good_index) = (fs::read(&pack).unwrap(), fs::read(&index).unwrap());
    let mut refused = 0;
    for seed in 0..150 {
        let mut random = Random::new(seed);
        let (mut pack_bytes, mut index_bytes) = (good_pack.clone(), good_index.clone());
        for _ in 0..1 + random.below(8) {
            let bytes = if random.below(3) == 0 { &mut index_bytes } else { &mut pack_bytes };
            let at = random.below(bytes.len());
            match random.below(6) {
                0 => bytes.truncate(at.max(1)),
                1 => bytes[at..].iter_mut().take(4).for_each(|byte| *byte = 0xff),
                _ => bytes[at] = random.below(256) as u8,
            }
        }
        overwrite(&pack, &pack_bytes);
        overwrite(&index, &index_bytes);
        // A crash would end by a signal, or with 101.
        let code = straykey(&["scan", "-q", "--no-worktree", "."]).within(repo.path()).end().code();
        assert!(code == 0 || code == 2, "seed {seed} ended with {code}");
        refused += usize::from(code == 2);
    }
    assert!(refused > 100, "{refused}");
}
