//! What every test needs: a runner that starts from a clean environment, and repositories built on the spot.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::sync::{Arc, LazyLock};

use serde_json::Value;
use straykey::detect::Detector;
use straykey::model::listed::Listed;
use straykey::model::pattern::{Pattern, Samples};
use straykey::patterns::generate::{self, Random};
use tempfile::TempDir;

/// Variables that would change what is tested.
const SCRUBBED: [&str; 20] = [
    "CI",
    "NO_COLOR",
    "CLICOLOR",
    "CLICOLOR_FORCE",
    "FORCE_COLOR",
    "FORCE_HYPERLINK",
    "TERM",
    "COLORTERM",
    "ALL_PROXY",
    "all_proxy",
    "HTTPS_PROXY",
    "https_proxy",
    "HTTP_PROXY",
    "http_proxy",
    "GIT_DIR",
    "GIT_WORK_TREE",
    "GIT_INDEX_FILE",
    "GIT_OBJECT_DIRECTORY",
    "GIT_ALTERNATE_OBJECT_DIRECTORIES",
    "PRE_COMMIT",
];

/// The program under test: this build's, or the one that `STRAYKEY_PROGRAM` names.
pub(crate) fn program() -> PathBuf {
    std::env::var_os("STRAYKEY_PROGRAM").map_or_else(|| env!("CARGO_BIN_EXE_straykey").into(), PathBuf::from)
}

/// A run of the program, being prepared.
pub(crate) struct Run {
    command: Command,
    input: Option<Vec<u8>>,
}

/// Prepares `straykey <words>`.
pub(crate) fn straykey(words: &[&str]) -> Run {
    prepare(Command::new(program()), words)
}

/// The same with a terminal, for all that it reads and writes. What it shows there is its standard output.
#[cfg(unix)]
pub(crate) fn on_terminal(words: &[&str]) -> Run {
    let mut command = Command::new("/usr/bin/python3");
    command.args(["-c", "import pty, sys; sys.exit(pty.spawn(sys.argv[1:]) >> 8)"]);
    command.args(["sh", "-c", r#"stty columns 100; exec "$@""#, "sh"]).arg(program());
    prepare(command, words).env("TERM", "xterm")
}

fn prepare(mut command: Command, words: &[&str]) -> Run {
    command.args(words).stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    for name in std::env::vars_os().map(|(name, _)| name) {
        let text = name.to_string_lossy();
        if SCRUBBED.contains(&&*text) || text.starts_with("GITHUB_") || text.starts_with("STRAYKEY_") {
            command.env_remove(&name);
        }
    }
    // Nobody's own settings.
    command.env("XDG_CONFIG_HOME", "/nonexistent");
    Run { command, input: None }
}

impl Run {
    pub(crate) fn arg(mut self, argument: impl AsRef<std::ffi::OsStr>) -> Self {
        self.command.arg(argument);
        self
    }

    pub(crate) fn args(mut self, arguments: &[&str]) -> Self {
        self.command.args(arguments);
        self
    }

    pub(crate) fn within(mut self, folder: &Path) -> Self {
        self.command.current_dir(folder);
        self
    }

    pub(crate) fn env(mut self, name: &str, value: &str) -> Self {
        self.command.env(name, value);
        self
    }

    pub(crate) fn input(mut self, bytes: &[u8]) -> Self {
        self.command.stdin(Stdio::piped());
        self.input = Some(bytes.to_vec());
        self
    }

    /// As a user without rights, if the tests run as root, whom no permission stops.
    #[cfg(unix)]
    pub(crate) fn by_nobody(mut self) -> Self {
        use std::os::unix::process::CommandExt;
        if is_root() {
            self.command.uid(65_534).gid(65_534);
        }
        self
    }

    /// Starts the program without waiting for its end. What it writes must fit into a pipe.
    pub(crate) fn start(mut self) -> Child {
        self.command.spawn().expect("the program starts")
    }

    pub(crate) fn end(mut self) -> End {
        use std::io::Write;
        let mut child = self.command.spawn().expect("the program starts");
        if let (Some(bytes), Some(mut pipe)) = (self.input, child.stdin.take()) {
            // Whoever refuses its settings ends before it reads.
            let written = pipe.write_all(&bytes);
            let is_refused = written.as_ref().is_err_and(|error| error.kind() == std::io::ErrorKind::BrokenPipe);
            assert!(is_refused || written.is_ok(), "{written:?}");
        }
        End(child.wait_with_output().expect("the program ends"))
    }
}

#[cfg(unix)]
pub(crate) fn is_root() -> bool {
    use std::os::unix::fs::MetadataExt;
    fs::metadata("/proc/self").is_ok_and(|metadata| metadata.uid() == 0)
}

/// How a run ended.
pub(crate) struct End(pub(crate) Output);

impl End {
    pub(crate) fn code(&self) -> i32 {
        self.0.status.code().expect("not ended by a signal")
    }

    pub(crate) fn stdout(&self) -> String {
        String::from_utf8_lossy(&self.0.stdout).into_owned()
    }

    pub(crate) fn stderr(&self) -> String {
        String::from_utf8_lossy(&self.0.stderr).into_owned()
    }

    /// Ends the test unless the run ended with `code`.
    #[track_caller]
    pub(crate) fn expect(self, code: i32) -> Self {
        assert_eq!(self.0.status.code(), Some(code), "stdout:\n{}\nstderr:\n{}", self.stdout(), self.stderr());
        self
    }

    #[track_caller]
    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.0.stdout).unwrap_or_else(|error| panic!("{error} in {}", self.stdout()))
    }
}

/// Scans `path` with further words and gives the JSON report; the exit code must be `code`.
#[track_caller]
pub(crate) fn scan(path: &Path, words: &[&str], code: i32) -> Value {
    let mut run = straykey(&["scan", "--format", "json"]);
    for word in words {
        run = run.arg(word);
    }
    run.arg(path).end().expect(code).json()
}

/// Every place in a JSON report as (pattern, place).
pub(crate) fn places(report: &Value) -> Vec<(String, Value)> {
    let mut all = Vec::new();
    for finding in report["findings"].as_array().expect("findings") {
        for place in finding["places"].as_array().expect("places") {
            all.push((finding["pattern"].as_str().expect("pattern").to_owned(), place.clone()));
        }
    }
    all
}

/// Searches for all built-in patterns.
pub(crate) static DETECTOR: LazyLock<Detector> =
    LazyLock::new(|| Detector::new(straykey::patterns::builtin().expect("the packed patterns are whole")));

/// A built-in pattern.
pub(crate) fn pattern(id: &str) -> Arc<Pattern> {
    Arc::clone(listed(id).pattern())
}

/// A built-in pattern, as a detector takes it.
pub(crate) fn listed(id: &str) -> Arc<Listed> {
    let all = straykey::patterns::builtin().expect("the packed patterns are whole");
    Arc::clone(all.iter().find(|listed| listed.id == id).unwrap_or_else(|| panic!("no pattern {id}")))
}

/// A text in which a built-in pattern finds its secret.
pub(crate) fn sample(id: &str) -> Option<String> {
    static ALL: LazyLock<BTreeMap<String, Samples>> =
        LazyLock::new(|| straykey::patterns::builtin_samples().expect("the packed samples are whole"));
    ALL.get(id)?.examples.first().cloned()
}

/// A GitHub token of its own for each number, its checksum right: made here, so that none is committed.
pub(crate) fn token(number: u64) -> String {
    example("github-pat-classic", number)
}

/// A text that a pattern must find, of its own for each number.
pub(crate) fn example(id: &str, number: u64) -> String {
    let text = generate::example(&pattern(id), &mut Random::new(number + 1_000)).expect("it can be generated");
    String::from_utf8(text).expect("ASCII")
}

/// A folder of its own, with git at hand.
pub(crate) struct Sandbox {
    folder: TempDir,
}

impl Sandbox {
    pub(crate) fn new() -> Self {
        Self { folder: tempfile::tempdir().expect("a temporary folder") }
    }

    /// With an empty repository in it.
    pub(crate) fn repository() -> Self {
        let sandbox = Self::new();
        sandbox.git(&["init", "--quiet", "--initial-branch=main"]);
        sandbox
    }

    pub(crate) fn path(&self) -> &Path {
        self.folder.path()
    }

    pub(crate) fn at(&self, path: &str) -> PathBuf {
        self.path().join(path)
    }

    pub(crate) fn write(&self, path: &str, text: impl AsRef<[u8]>) -> PathBuf {
        let full = self.at(path);
        fs::create_dir_all(full.parent().expect("below the sandbox")).expect("folders");
        fs::write(&full, text).expect("a file");
        full
    }

    /// Runs git in the sandbox; its output without the last line break.
    #[track_caller]
    pub(crate) fn git(&self, words: &[&str]) -> String {
        self.git_in("", words)
    }

    /// Runs git in a folder of the sandbox.
    #[track_caller]
    pub(crate) fn git_in(&self, folder: &str, words: &[&str]) -> String {
        let output = git(&self.at(folder)).args(words).output().expect("git runs");
        assert!(output.status.success(), "git {words:?}: {}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8_lossy(&output.stdout).trim_end().to_owned()
    }

    /// Runs git with `input` on its standard input.
    #[track_caller]
    pub(crate) fn git_with_input(&self, words: &[&str], input: &[u8]) -> String {
        use std::io::Write;
        let mut child =
            git(self.path()).args(words).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().expect("git runs");
        child.stdin.take().expect("a pipe").write_all(input).expect("git reads");
        let output = child.wait_with_output().expect("git ends");
        assert!(output.status.success(), "git {words:?}");
        String::from_utf8_lossy(&output.stdout).trim_end().to_owned()
    }

    /// Runs git as if the commit were made at `date`.
    #[track_caller]
    pub(crate) fn git_dated(&self, date: &str, words: &[&str]) -> String {
        let output = git(self.path()).env("GIT_COMMITTER_DATE", date).args(words).output().expect("git runs");
        assert!(output.status.success(), "git {words:?}: {}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8_lossy(&output.stdout).trim_end().to_owned()
    }

    /// Writes a file and commits it; the commit's id.
    #[track_caller]
    pub(crate) fn commit(&self, path: &str, text: impl AsRef<[u8]>) -> String {
        self.write(path, text);
        self.git(&["add", "--all", "--force"]);
        self.git(&["commit", "--quiet", "--allow-empty", "--message", &format!("Change {path}")]);
        self.git(&["rev-parse", "HEAD"])
    }
}

/// git with fixed names and dates and without anybody's configuration.
fn git(folder: &Path) -> Command {
    let mut command = Command::new("git");
    command.current_dir(folder).stdin(Stdio::null());
    for name in ["GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_OBJECT_DIRECTORY"] {
        command.env_remove(name);
    }
    command
        .env("GIT_CONFIG_GLOBAL", "/dev/null")
        .env("GIT_CONFIG_SYSTEM", "/dev/null")
        .env("GIT_AUTHOR_NAME", "Ada Author")
        .env("GIT_AUTHOR_EMAIL", "ada@acme.example")
        .env("GIT_AUTHOR_DATE", "2024-03-01T12:00:00+0100")
        .env("GIT_COMMITTER_NAME", "Carl Committer")
        .env("GIT_COMMITTER_EMAIL", "carl@acme.example")
        .env("GIT_COMMITTER_DATE", "2024-03-02T12:00:00+0100")
        .args(["-c", "protocol.file.allow=always", "-c", "core.hooksPath=/dev/null", "-c", "gc.auto=0"]);
    command
}
