//! The action and the workflows, held to their schemas and linters, and to rules of our own.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use super::ROOT;

/// Runs a linter that `tests/run` installs.
#[track_caller]
fn lint(name: &str, words: &[&str], files: &[PathBuf]) {
    let bin = format!("{ROOT}/target/linters/bin");
    let path = format!("{bin}:{}", std::env::var("PATH").unwrap());
    let mut command = Command::new(format!("{bin}/{name}"));
    command.args(words).args(files).current_dir(ROOT).env("PATH", path);
    let output = command.output().unwrap_or_else(|error| panic!("{name}: {error}; `tests/run` installs it"));
    let said = [output.stdout, output.stderr].concat();
    assert!(output.status.success(), "{name}: {}", String::from_utf8_lossy(&said));
}

fn workflows() -> Vec<PathBuf> {
    let folder = fs::read_dir(format!("{ROOT}/.github/workflows")).unwrap();
    let files: Vec<PathBuf> = folder.map(|entry| entry.unwrap().path()).collect();
    assert!(files.len() >= 2);
    files
}

fn action() -> PathBuf {
    Path::new(ROOT).join("action.yml")
}

#[test]
fn the_workflows_pass_actionlint_and_their_schema() {
    lint("actionlint", &["-no-color"], &workflows());
    lint("check-jsonschema", &["--builtin-schema", "vendor.github-workflows"], &workflows());
}

#[test]
fn the_action_passes_its_schema() {
    lint("check-jsonschema", &["--builtin-schema", "vendor.github-actions"], &[action()]);
}

#[test]
fn both_pass_zizmor() {
    lint("zizmor", &["--offline", "--no-progress", "--quiet", "--no-config"], &[workflows(), vec![action()]].concat());
}

#[test]
fn the_scripts_pass_shellcheck() {
    let files = [".github/action/get.sh", ".github/action/scan.sh", ".ci/run", ".ci/package", "tests/run"];
    lint("shellcheck", &[], &files.map(|file| Path::new(ROOT).join(file)));
}

/// What stands after `run:` of each step, lines of a block joined.
fn scripts(text: &str) -> Vec<String> {
    let mut found: Vec<String> = Vec::new();
    let mut inside: Option<usize> = None;
    for line in text.lines() {
        let words = line.trim_start().trim_start_matches("- ");
        let indent = line.len() - words.len();
        if inside.is_some_and(|outer| line.trim().is_empty() || indent > outer) {
            found.last_mut().unwrap().push_str(&format!("{line}\n"));
        } else {
            inside = words.strip_prefix("run:").map(|script| {
                found.push(format!("{script}\n"));
                indent
            });
        }
    }
    found
}

#[test]
fn no_script_has_an_expression_in_it() {
    assert_eq!(scripts("- run: |\n    a ${{ b }}\n  shell: x\n- run: c\n"), [" |\n    a ${{ b }}\n", " c\n"]);
    for file in workflows().into_iter().chain([action()]) {
        let scripts = scripts(&fs::read_to_string(&file).unwrap());
        assert!(!scripts.is_empty());
        for script in scripts {
            assert!(!script.contains("${{"), "{}: {script}", file.display());
        }
    }
}

/// Words that begin with `start` and go on with characters of `rest`.
fn words(text: &str, start: &str, rest: fn(char) -> bool) -> BTreeSet<String> {
    let ends = |tail: &str| tail.find(|character| !rest(character)).unwrap_or(tail.len());
    text.split(start).skip(1).map(|tail| tail[..ends(tail)].to_owned()).collect()
}

#[test]
fn the_scripts_get_every_input_and_no_other() {
    let action = fs::read_to_string(action()).unwrap();
    let scripts =
        ["get.sh", "scan.sh"].map(|name| fs::read_to_string(format!("{ROOT}/.github/action/{name}")).unwrap());
    let is_variable = |character: char| character.is_ascii_uppercase() || character == '_';
    assert_eq!(words(&action, "INPUT_", is_variable), words(&scripts.concat(), "INPUT_", is_variable));
    for name in ["ACTION_PATH", "ACTION_REPOSITORY", "PROGRAM_FOLDER", "RELEASE_TAG", "SARIF_FILE"] {
        assert!(action.contains(&format!("{name}: ")) && scripts.concat().contains(name), "{name}");
    }
    let is_input = |character: char| character.is_ascii_lowercase() || character == '-';
    let declared: BTreeSet<String> = section(&action, "inputs:").into_iter().collect();
    assert_eq!(words(&action, "${{ inputs.", is_input), declared);
    let told: BTreeSet<String> = section(&action, "outputs:").into_iter().collect();
    assert_eq!(words(&action, "steps.scan.outputs.", is_input), told);
}

/// The keys of a section at the top.
fn section(text: &str, name: &str) -> Vec<String> {
    let lines = text.lines().skip_while(|line| *line != name).skip(1);
    let lines = lines.take_while(|line| line.is_empty() || line.starts_with(' '));
    let keys = lines.filter_map(|line| line.strip_prefix("  ").filter(|line| !line.starts_with(' ')));
    keys.map(|key| key.trim_end_matches(':').to_owned()).collect()
}

#[test]
fn every_action_is_pinned_by_hash_with_its_version() {
    for file in workflows().into_iter().chain([action()]) {
        let text = fs::read_to_string(&file).unwrap();
        let used = text.lines().filter_map(|line| line.trim_start().trim_start_matches("- ").strip_prefix("uses: "));
        for used in used.filter(|used| !used.starts_with("./")) {
            let (_, pin) = used.split_once('@').expect(used);
            let (hash, version) = pin.split_once(" # v").expect(used);
            assert!(hash.len() == 40 && hash.bytes().all(|byte| byte.is_ascii_hexdigit()), "{used}");
            assert!(version.starts_with(|digit: char| digit.is_ascii_digit()), "{used}");
        }
    }
}

#[test]
fn workflows_have_the_least_permissions() {
    for file in workflows() {
        let text = fs::read_to_string(&file).unwrap();
        assert!(text.contains("\npermissions:\n  contents: read\n\n"), "{}", file.display());
        assert!(text.contains("\nconcurrency:\n"), "{}", file.display());
        assert_eq!(text.matches("actions/checkout@").count(), text.matches("persist-credentials: false").count());
    }
}
