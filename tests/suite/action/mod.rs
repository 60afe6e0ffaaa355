//! The GitHub Action: its scripts run as a runner runs them, on clones as `actions/checkout` makes them, for every kind of event.

#![cfg(unix)]

mod events;
mod github;
mod hostile;
mod lint;
mod scripts;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;

use super::harness::{End, Sandbox, program, token};

const ROOT: &str = env!("CARGO_MANIFEST_DIR");
/// The token of the runs; nothing that is printed or written holds it.
const TOKEN: &str = "the-token-of-this-job";

/// A repository on the server: `main` with a secret in `old.env`, and pull request 7 that adds another in `app.env`.
struct Origin {
    sandbox: Sandbox,
    base: String,
    head: String,
}

impl Origin {
    fn new() -> Self {
        Self::adding("app.env", &format!("USER=shop\nTOKEN={}\n", token(2)))
    }

    /// With a pull request that adds this file.
    fn adding(path: &str, text: &str) -> Self {
        let sandbox = Sandbox::repository();
        sandbox.commit("readme", "The shop.\n");
        let base = sandbox.commit("old.env", token(1));
        sandbox.git(&["checkout", "--quiet", "-b", "feature"]);
        let head = sandbox.commit(path, text);
        sandbox.git(&["checkout", "--quiet", "main"]);
        let origin = Self { sandbox, base, head };
        origin.pull_request(&origin.head);
        origin
    }

    /// Makes the references that GitHub keeps for pull request 7.
    fn pull_request(&self, head: &str) {
        let git = |words: &[&str]| self.sandbox.git(words);
        git(&["update-ref", "refs/pull/7/head", head]);
        git(&["checkout", "--quiet", "--detach", "main"]);
        git(&["merge", "--quiet", "--no-ff", "--message", "Merge", head]);
        git(&["update-ref", "refs/pull/7/merge", "HEAD"]);
        git(&["checkout", "--quiet", "main"]);
    }

    /// A clone as `actions/checkout` makes it: with `fetch-depth: 0`, or of this depth.
    fn checkout(&self, reference: &str, depth: u32) -> Sandbox {
        let clone = Sandbox::repository();
        let address = format!("file://{}", self.sandbox.path().display());
        clone.git(&["remote", "add", "origin", &address]);
        let wanted = format!("+{reference}:refs/remotes/wanted");
        let depth_option = format!("--depth={depth}");
        let words: Vec<&str> = match depth {
            0 => vec!["+refs/heads/*:refs/remotes/origin/*", "+refs/tags/*:refs/tags/*", &wanted],
            _ => vec![&depth_option, "--no-tags", &wanted],
        };
        clone.git(&[&["fetch", "--quiet", "origin"], words.as_slice()].concat());
        clone.git(&["checkout", "--quiet", "--detach", "refs/remotes/wanted"]);
        clone
    }
}

/// A run of the action's last step.
struct Job<'a> {
    clone: &'a Sandbox,
    folder: Sandbox,
    variables: BTreeMap<String, String>,
}

/// What it left behind.
struct Done {
    end: End,
    summary: String,
    outputs: BTreeMap<String, String>,
    sarif: Option<serde_json::Value>,
}

impl<'a> Job<'a> {
    /// For an event whose payload is a file of `testdata/action/events`, with commit ids put in.
    fn new(clone: &'a Sandbox, event: &str, payload: &str, ids: &[(&str, &str)]) -> Self {
        let text = std::fs::read_to_string(format!("{ROOT}/testdata/action/events/{payload}.json")).unwrap();
        let text = ids.iter().fold(text, |text, (name, id)| text.replace(name, id));
        let folder = Sandbox::new();
        let path = |name: &str| folder.at(name).display().to_string();
        let variables = [
            ("GITHUB_ACTIONS", "true".to_owned()),
            ("GITHUB_EVENT_NAME", event.to_owned()),
            ("GITHUB_EVENT_PATH", folder.write("event.json", text).display().to_string()),
            ("GITHUB_OUTPUT", path("output")),
            ("GITHUB_STEP_SUMMARY", path("summary")),
            ("GITHUB_REPOSITORY", "acme/webshop".to_owned()),
            ("GITHUB_SERVER_URL", "https://github.com".to_owned()),
            ("GITHUB_RUN_ID", "4711".to_owned()),
            ("GITHUB_WORKFLOW", "CI".to_owned()),
            ("GITHUB_JOB", "secrets".to_owned()),
            ("GITHUB_REF", "refs/heads/main".to_owned()),
            ("GITHUB_SHA", clone.git(&["rev-parse", "HEAD"])),
            ("GITHUB_TOKEN", TOKEN.to_owned()),
            ("INPUT_PATHS", ".".to_owned()),
            ("INPUT_VERIFY", "false".to_owned()),
            ("PROGRAM_FOLDER", folder.path().display().to_string()),
            ("SARIF_FILE", path("straykey.sarif")),
        ];
        std::os::unix::fs::symlink(program(), folder.at("straykey")).unwrap();
        let variables = variables.map(|(name, value)| (name.to_owned(), value)).into_iter().collect();
        Self { clone, folder, variables }
    }

    fn with(mut self, name: &str, value: &str) -> Self {
        self.variables.insert(name.to_owned(), value.to_owned());
        self
    }

    /// Runs `scan.sh`; it must end with this code.
    #[track_caller]
    fn ends(self, code: i32) -> Done {
        let end = bash("scan.sh", &[], &self.variables, self.clone.path()).expect(code);
        let read = |name: &str| std::fs::read_to_string(self.folder.at(name)).unwrap_or_default();
        let outputs = read("output");
        let outputs = outputs.lines().map(|line| line.split_once('=').expect("name=value"));
        let done = Done {
            summary: read("summary"),
            outputs: outputs.map(|(name, value)| (name.to_owned(), value.to_owned())).collect(),
            sarif: serde_json::from_str(&read("straykey.sarif")).ok(),
            end,
        };
        let all = format!("{}{}{}{:?}", done.end.stdout(), done.end.stderr(), done.summary, done.sarif);
        assert!(!all.contains(TOKEN), "the token is shown");
        assert!((1..30).all(|number| !all.contains(&token(number))), "a secret is shown");
        done
    }
}

impl Done {
    fn output(&self, name: &str) -> &str {
        self.outputs.get(name).map_or("(none)", String::as_str)
    }

    /// What the runner takes as commands, in order.
    fn commands(&self) -> Vec<String> {
        let mut stopped: Option<String> = None;
        let mut commands = Vec::new();
        for line in self.end.stdout().lines().chain(self.end.stderr().lines()) {
            let line = line.trim();
            if let Some(word) = &stopped {
                if line == format!("::{word}::") {
                    stopped = None;
                }
            } else if let Some(word) = line.strip_prefix("::stop-commands::") {
                stopped = Some(word.to_owned());
            } else if line.starts_with("::") || line.contains("##[") {
                commands.push(line.to_owned());
            }
        }
        assert_eq!(stopped, None, "the runner is left deaf");
        commands
    }

    fn results(&self) -> usize {
        self.sarif.as_ref().expect("a SARIF file")["runs"][0]["results"].as_array().unwrap().len()
    }
}

/// Runs a script of the action with these variables and no others.
fn bash(script: &str, words: &[&str], variables: &BTreeMap<String, String>, within: &Path) -> End {
    let script: PathBuf = [ROOT, ".github/action", script].iter().collect();
    let mut command = Command::new("bash");
    command.arg(script).args(words).current_dir(within).env_clear().envs(variables);
    if !variables.contains_key("PATH") {
        command.env("PATH", std::env::var_os("PATH").unwrap());
    }
    End(command.output().expect("bash runs"))
}
