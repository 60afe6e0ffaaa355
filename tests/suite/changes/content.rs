//! What counts as added to a file or a name, staged and committed alike.

use std::collections::BTreeMap;
use std::fs;

use straykey::patterns::generate::Random;

use super::{changes, check};
use crate::harness::{Sandbox, example, scan, token};

#[test]
fn a_new_file_and_a_new_line() {
    let line = format!("key = {}\n", token(1));
    check(&[], &[("a", line.as_bytes())], &["a:1:7"]);
    check(&[("a", b"one\ntwo\n")], &[("a", format!("one\n{line}two\n").as_bytes())], &["a:2:7"]);
}

#[test]
fn a_line_that_the_change_did_not_touch() {
    let (old, new) = (token(1), token(2));
    let before = format!("{old}\nx\n");
    check(&[("a", before.as_bytes())], &[("a", format!("{before}y\n").as_bytes())], &[]);
    check(&[("a", before.as_bytes())], &[("a", format!("new {new}\n{before}").as_bytes())], &["a:1:5"]);
    check(&[("a", before.as_bytes())], &[], &[]);
    check(&[("a", before.as_bytes())], &[("a", b"x\n")], &[]);
}

#[test]
fn a_line_that_was_indented_or_edited_elsewhere() {
    let token = token(1);
    let before = format!("if x:\nkey = '{token}'\n");
    for after in [
        format!("if x:\n    key = '{token}'\n"),
        format!("if x:\n\tkey = '{token}'  # of the build\n"),
        format!("if x:\r\nkey = '{token}'\r\n"),
        format!("secret = \"{token}\""),
    ] {
        check(&[("a", before.as_bytes())], &[("a", after.as_bytes())], &[]);
    }
}

#[test]
fn another_secret_in_the_same_line_is_new() {
    let (before, after) = (format!("key = {}\n", token(1)), format!("key = {}\n", token(2)));
    check(&[("a", before.as_bytes())], &[("a", after.as_bytes())], &["a:1:7"]);
    let both = format!("key = {}, {}\n", token(1), token(2));
    check(&[("a", before.as_bytes())], &[("a", both.as_bytes())], &[&format!("a:1:{}", 9 + token(1).len())]);
}

#[test]
fn renamed_and_moved_files() {
    let (text, edited) = (format!("key = {}\n", token(1)), format!("key: {}\nmore\n", token(1)));
    check(&[("a", text.as_bytes())], &[("b", text.as_bytes())], &[]);
    check(&[("a", text.as_bytes())], &[("deep/er/a", edited.as_bytes())], &[]);
    check(&[("d/a", text.as_bytes()), ("d/b", b"x")], &[("e/a", text.as_bytes()), ("e/b", b"x")], &[]);
}

#[test]
fn lines_that_were_moved() {
    let line = format!("key = {}\n", token(1));
    let (top, bottom) = (format!("{line}a\nb\nc\n"), format!("a\nb\nc\n{line}"));
    check(&[("a", top.as_bytes())], &[("a", bottom.as_bytes())], &[]);
    check(&[("a", top.as_bytes()), ("b", b"x\n")], &[("a", b"a\nb\nc\n"), ("b", format!("x\n{line}").as_bytes())], &[]);
}

#[test]
fn copies() {
    let line = format!("key = {}\n", token(1));
    check(&[("a", line.as_bytes())], &[("a", line.as_bytes()), ("b", line.as_bytes())], &["b:1:7"]);
    // The old file is edited too, and still its own line is the old one.
    let edited = format!("head\n{line}tail\n");
    check(&[("b", line.as_bytes())], &[("a", line.as_bytes()), ("b", edited.as_bytes())], &["a:1:7"]);
    // One of two copies of a file that goes is the file that was moved.
    check(&[("a", line.as_bytes())], &[("b", line.as_bytes()), ("c", line.as_bytes())], &["c:1:7"]);
}

#[test]
fn a_second_copy_in_the_same_file() {
    let line = format!("key = {}\n", token(1));
    let before = format!("a\nb\n{line}c\nd\n");
    let at =
        |after: String, expected: &str| check(&[("a", before.as_bytes())], &[("a", after.as_bytes())], &[expected]);
    at(format!("{line}a\nb\n{line}c\nd\n"), "a:1:7");
    at(format!("a\nb\n{line}c\nd\n{line}"), "a:6:7");
    at(format!("x\n{line}y\na\nb\n{line}c\nd\n"), "a:2:7");
    // Only one neighbour is left.
    at(format!("x\n{line}b\n{line}z\nd\n"), "a:2:7");
    at(format!("a\nx\n{line}c\n{line}d\n"), "a:5:7");
    at(format!("a\nb\n{line}{line}c\nd\n"), "a:4:7");
    // On the same line, and on a line that is written another way.
    let (once, width) = (format!("a\nb\nkey = {}", token(1)), token(1).len());
    at(format!("{once} {}\nc\nd\n", token(1)), &format!("a:3:{}", 8 + width));
    at(format!("a\nother = {}\n{line}c\nd\n", token(1)), "a:2:9");
}

#[test]
fn many_copies_are_counted() {
    let line = format!("{}\n", token(1));
    let (before, after) = (line.repeat(3), line.repeat(5));
    check(&[("a", before.as_bytes())], &[("a", after.as_bytes())], &["a:3:1", "a:4:1"]);
    check(&[("a", after.as_bytes())], &[("a", before.as_bytes())], &[]);
}

#[test]
fn bytes_are_compared_whatever_the_file_is() {
    let token = token(1);
    let binary = [b"\0\x01PNG\xff\n\0".as_slice(), token.as_bytes(), b"\0\0\n"].concat();
    let touched = [binary.as_slice(), b"more\n"].concat();
    check(&[("a.png", b"\0\0")], &[("a.png", &binary)], &["a.png:2:2"]);
    check(&[("a.png", &binary)], &[("a.png", &touched)], &[]);
    let hidden = format!("key = {token}\n");
    let attributes = ("sub/.gitattributes", b"*.x -diff -text binary\n".as_slice());
    let before = [attributes, ("sub/a.x", b"one\n".as_slice())];
    check(&before, &[attributes, ("sub/a.x", hidden.as_bytes())], &["sub/a.x:1:7"]);
    // UTF-16: the mark and the NULs around an ASCII token are bytes like others.
    let wide: Vec<u8> = "first\r\n".encode_utf16().flat_map(u16::to_le_bytes).collect();
    let wide = [b"\xff\xfe".as_slice(), &wide, b"\0", token.as_bytes(), b"\0\n\0"].concat();
    check(&[], &[("wide", &wide)], &["wide:2:3"]);
    check(&[("wide", &wide)], &[("wide", &[&wide, b"\0".as_slice()].concat())], &[]);
}

#[test]
fn names_of_files_and_folders() {
    let (key, column) = (token(1), 5);
    let name = |path: &str| path.replace("TOKEN", &key);
    let at = |path: &str, column: usize| format!("name {}:1:{column}", name(path));
    check(&[], &[(&name("dir/TOKEN.pem"), b"x")], &[&at("dir/TOKEN.pem", column)]);
    check(&[], &[(&name("TOKEN/a/b"), b"x"), (&name("TOKEN/c"), b"x")], &[&at("TOKEN", 1)]);
    // A file with such a name that is moved, renamed, or whose folder is renamed.
    check(&[(&name("dir/TOKEN.pem"), b"x")], &[(&name("TOKEN.pem"), b"x")], &[]);
    check(&[(&name("TOKEN.pem"), b"x")], &[(&name("old-TOKEN.pem"), b"y")], &[]);
    check(&[(&name("dir/TOKEN/a"), b"x")], &[(&name("ren/TOKEN/a"), b"x")], &[]);
    check(&[(&name("TOKEN/a"), b"x")], &[(&name("TOKEN/a"), b"y"), (&name("TOKEN/b"), b"x")], &[]);
    // Copied.
    let (one, two) = (name("a/TOKEN"), name("b/TOKEN"));
    check(&[(&one, b"x")], &[(&one, b"x"), (&two, b"x")], &[&at("b/TOKEN", 3)]);
    // A name is no content: that the file had the secret in it does not make its name old.
    check(&[("a", key.as_bytes())], &[(&name("TOKEN"), b"x")], &[&at("TOKEN", 1)]);
}

/// The half of a credential that stays, when the other half goes, was there before.
#[test]
fn half_of_a_credential() {
    let id = example("aws-access-key-id", 1);
    let id = &id[id.find("AKIA").unwrap()..];
    let secret = ["fB7kQ2xw9Zt", "+LmR4vC/uYh1NsEoJ5aPdGi8TWq0X"].concat();
    let alone = format!("aws_access_key_id = {id}\n");
    let whole = format!("{alone}aws_secret_access_key = {secret}\n");
    check(&[], &[("a", alone.as_bytes())], &["a:1:21"]);
    check(&[], &[("a", whole.as_bytes())], &["a:2:25"]);
    check(&[("a", whole.as_bytes())], &[("a", alone.as_bytes())], &[]);
    check(&[("a", alone.as_bytes())], &[("a", whole.as_bytes())], &["a:2:25"]);
    check(&[("a", whole.as_bytes())], &[("a", whole.as_bytes()), ("b", alone.as_bytes())], &["b:1:21"]);
}

#[cfg(unix)]
#[test]
fn the_mode_is_no_content_and_a_link_is_its_target() {
    use std::os::unix::fs::{PermissionsExt, symlink};
    let repo = Sandbox::repository();
    let file = repo.write("a", format!("{}\n", token(1)));
    repo.git(&["add", "a"]);
    repo.git(&["commit", "--quiet", "--message", "One"]);
    fs::set_permissions(&file, fs::Permissions::from_mode(0o755)).unwrap();
    repo.git(&["add", "a"]);
    assert!(repo.git(&["diff", "--cached", "--raw"]).contains("100755"));
    assert_eq!(changes(repo.path(), &["--staged"]), [""; 0]);
    symlink(token(2), repo.at("link")).unwrap();
    repo.git(&["add", "link"]);
    assert_eq!(changes(repo.path(), &["--staged"]), ["staged link:1:1"]);
    repo.git(&["commit", "--quiet", "--message", "Two"]);
    assert_eq!(changes(repo.path(), &["--range", "HEAD~1.."]), ["history link:1:1"]);
}

/// Over random edits: of each secret a commit adds as many occurrences as there are more of it after than before, wherever
/// they are, and each is told where one stands.
#[test]
fn random_edits() {
    let repo = Sandbox::repository();
    let root = repo.commit("root", "x\n");
    let mut random = Random::new(7);
    let mut files = BTreeMap::<String, Vec<String>>::new();
    let mut expected = BTreeMap::<(String, String), usize>::new();
    let mut contents = BTreeMap::new();
    let tokens: Vec<String> = (0..3).map(token).collect();
    for _ in 0..60 {
        let before = files.clone();
        for _ in 0..1 + random.below(3) {
            edit(&mut files, &tokens, &mut random);
        }
        before.keys().for_each(|path| fs::remove_file(repo.at(path)).unwrap());
        for (path, lines) in &files {
            repo.write(path, lines.concat());
        }
        repo.git(&["add", "--all"]);
        let count = |files: &BTreeMap<String, Vec<String>>, token: &String| -> usize {
            files.values().flatten().map(|line| line.matches(token.as_str()).count()).sum()
        };
        let more = |token: &String| count(&files, token).saturating_sub(count(&before, token));
        let staged = changes(repo.path(), &["--staged"]).len();
        assert_eq!(staged, tokens.iter().map(more).sum::<usize>(), "from {before:#?}\nto {files:#?}");
        repo.git(&["commit", "--quiet", "--allow-empty", "--message", "x"]);
        let commit = repo.git(&["rev-parse", "HEAD"]);
        for token in tokens.iter().filter(|token| more(token) > 0) {
            expected.insert((commit.clone(), token.clone()), more(token));
        }
        contents.insert(commit, files.clone());
    }
    assert!(expected.len() > 20, "{}", expected.len());
    let report = scan(repo.path(), &["--show-secrets", "--since-commit", &root], 1);
    let mut told = BTreeMap::new();
    for finding in report["findings"].as_array().unwrap() {
        for place in finding["places"].as_array().unwrap() {
            let (commit, secret) = (place["commit"].as_str().unwrap(), finding["secret"].as_str().unwrap());
            *told.entry((commit.to_owned(), secret.to_owned())).or_insert(0) += 1;
            let line = &contents[commit][place["path"].as_str().unwrap()][place["line"].as_u64().unwrap() as usize - 1];
            assert!(line[place["column"].as_u64().unwrap() as usize - 1..].starts_with(secret), "{place}");
        }
    }
    assert_eq!(told, expected);
}

/// One edit of the kind that people make.
fn edit(files: &mut BTreeMap<String, Vec<String>>, tokens: &[String], random: &mut Random) {
    let any_path =
        |random: &mut Random| format!("{}{}", ["", "dir/"][random.below(2)], ["a", "b", "c"][random.below(3)]);
    let from = any_path(random);
    let mut lines = files.remove(&from).unwrap_or_default();
    let at = random.below(lines.len() + 1);
    let line = lines.get(at).cloned();
    match (random.below(8), line) {
        (0 | 1, _) => lines.insert(at, format!("key = {}\n", tokens[random.below(tokens.len())])),
        (2, _) => lines.insert(at, "text\n".to_owned()),
        (3, Some(line)) => lines.insert(at, line),
        (4, Some(_)) => drop(lines.remove(at)),
        (5, Some(line)) => lines[at] = format!("  {line}"),
        (6, Some(line)) => {
            lines.remove(at);
            files.entry(any_path(random)).or_default().push(line);
        }
        (7, _) => {
            files.insert(any_path(random), lines);
            return;
        }
        _ => {}
    }
    if !lines.is_empty() {
        files.entry(from).or_default().splice(0..0, lines);
    }
}
