//! The shape of the code: which way imports point, where secrets may be exposed, where there is `unsafe`.

use std::fs;
use std::path::{Path, PathBuf};

/// Which modules a module may import. `cli` is the program's own and imports the library by name.
fn allowed(module: &str) -> &'static [&'static str] {
    match module {
        "model" => &["model"],
        "patterns" => &["patterns", "model"],
        "sources" => &["sources", "model"],
        "detect" => &["detect", "model"],
        "verify" => &["verify", "model"],
        "inventory" => &["inventory", "model"],
        "attribute" => &["attribute", "model"],
        "govern" => &["govern", "model"],
        "report" => &["report", "model"],
        "pipeline" => {
            &["pipeline", "model", "patterns", "sources", "detect", "verify", "inventory", "attribute", "govern"]
        }
        "config" => &["config", "model", "patterns", "sources", "detect", "verify", "govern", "pipeline"],
        "lib" | "main" | "build" => &[],
        other => panic!("src/{other} is new: say here what it may import"),
    }
}

fn source_files() -> Vec<(String, String)> {
    fn walk(folder: &Path, into: &mut Vec<PathBuf>) {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                walk(&path, into);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                into.push(path);
            }
        }
    }
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut files = Vec::new();
    walk(&root, &mut files);
    let named = |path: &PathBuf| path.strip_prefix(&root).unwrap().to_string_lossy().replace('\\', "/");
    files.iter().map(|path| (named(path), fs::read_to_string(path).unwrap())).collect()
}

/// The modules that a line names after `crate::`.
fn imports(line: &str) -> Vec<String> {
    let word =
        |text: &str| text.chars().take_while(|character| character.is_alphanumeric() || *character == '_').collect();
    let mut found: Vec<String> = Vec::new();
    for part in line.split("crate::").skip(1) {
        match part.strip_prefix('{') {
            Some(list) => {
                let mut depth = 0_i32;
                let mut start = true;
                for (index, character) in list.char_indices() {
                    if start && depth == 0 && character.is_alphabetic() {
                        found.push(word(&list[index..]));
                        start = false;
                    }
                    match character {
                        '{' => depth += 1,
                        '}' if depth == 0 => break,
                        '}' => depth -= 1,
                        ',' if depth == 0 => start = true,
                        _ => {}
                    }
                }
            }
            None => found.push(word(part)),
        }
    }
    found
}

#[test]
fn imports_point_one_way() {
    let mut problems = Vec::new();
    for (file, text) in source_files() {
        let module = file.split('/').next().unwrap().trim_end_matches(".rs");
        if module == "cli" {
            assert!(!text.contains("crate::"), "{file}: the command line uses the library as anybody does");
            continue;
        }
        // A `use` may go over several lines.
        let code: String =
            text.lines().filter(|line| !line.trim_start().starts_with("//")).collect::<Vec<_>>().join(" ");
        for import in imports(&code) {
            if !allowed(module).contains(&import.as_str()) {
                problems.push(format!("{file} imports crate::{import}"));
            }
        }
    }
    assert!(problems.is_empty(), "{}", problems.join("\n"));
}

#[test]
fn the_import_reader_reads_imports() {
    assert_eq!(imports("use crate::{config, detect::{a, b}, model};"), ["config", "detect", "model"]);
    assert_eq!(imports("use crate::report::json; x(crate::model::y)"), ["report", "model"]);
}

#[test]
fn secrets_are_exposed_in_detection_and_verification_only() {
    for (file, text) in source_files() {
        let may = file.starts_with("detect/")
            || file.starts_with("verify/")
            || file == "model/secret.rs"
            || file == "pipeline.rs";
        let does = text.contains(".expose()") || text.contains("Secret::expose");
        assert!(may || !does, "{file} exposes secrets");
    }
}

#[test]
fn unsafe_code_is_in_one_file() {
    for (file, text) in source_files() {
        assert!(file == "sources/mapped.rs" || !text.contains("unsafe {"), "{file} has unsafe code");
    }
}

#[test]
fn every_file_says_what_it_is_for_and_stays_small() {
    for (file, text) in source_files() {
        assert!(text.starts_with("//! "), "{file} does not begin with what it is for");
        let lines = text.lines().count();
        assert!(lines <= 400, "{file} has {lines} lines");
    }
}

#[test]
fn no_live_looking_token_is_committed() {
    let end = crate::harness::straykey(&["scan", "--no-history", env!("CARGO_MANIFEST_DIR")]).end();
    end.expect(0);
}
