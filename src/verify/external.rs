//! Verifiers that are programs of the user's.
//!
//! Comes in: a program and a credential. Goes out: what the program says, which is trusted no more than a provider's answer.
//! The program gets one JSON object on one line of its standard input and writes one on its standard output; it may live for
//! so long, with nothing of our environment but the path, and whatever it started ends with it. All else is unknown.

use std::io::{BufRead, BufReader, Read, Write};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use globset::GlobMatcher;
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use super::Verifier;
use super::answer::seconds;
use super::session::Session;
use super::veil::Veil;
use crate::model::plan::Planned;
use crate::model::secret::Credential;
use crate::model::validity::Validity;
use crate::model::verification::{Expiry, Identity, PrincipalKind, Said, Source, Verification};

/// The version of what is said.
const VERSION: u32 = 1;
/// The longest line that is read, in bytes.
const LONGEST: u64 = 64 << 10;
/// Bytes of a fact that are kept.
const LONGEST_FACT: usize = 256;
/// Scopes that are kept.
const MOST_SCOPES: usize = 200;

/// A program that verifies credentials.
#[derive(Debug, Clone)]
pub struct Program {
    /// Its name in reports.
    pub name: String,
    /// The program and its arguments; run without a shell.
    pub command: Vec<String>,
    /// Of which patterns.
    pub patterns: Vec<GlobMatcher>,
    /// For how long it may run.
    pub timeout: Duration,
    /// Where it runs.
    pub folder: PathBuf,
}

impl Program {
    /// Whether it verifies what the pattern of this id finds.
    pub fn is_for(&self, pattern: &str) -> bool {
        self.patterns.iter().any(|glob| glob.is_match(pattern))
    }
}

/// A program and the pattern that it is asked about.
pub(super) struct External<'a> {
    pub(super) program: &'a Program,
    pub(super) pattern: &'a str,
}

/// What the program is told.
#[derive(Serialize)]
struct Question<'a> {
    version: u32,
    pattern: &'a str,
    secret: &'a str,
    parts: std::collections::BTreeMap<&'a str, &'a str>,
}

/// What it says.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Reply {
    version: u32,
    validity: Word,
    #[serde(default)]
    why: Option<String>,
    #[serde(default)]
    identity: ReplyIdentity,
    #[serde(default)]
    scopes: Option<Vec<String>>,
    #[serde(default)]
    created_at: Option<String>,
    #[serde(default)]
    expires_at: Option<String>,
    #[serde(default)]
    last_used_at: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "lowercase")]
enum Word {
    Active,
    Inactive,
    Unknown,
}

#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields, default)]
struct ReplyIdentity {
    account: Option<String>,
    principal: Option<String>,
    application: Option<String>,
    public_id: Option<String>,
    organisation: Option<String>,
    host: Option<String>,
    kind: Option<PrincipalKind>,
}

impl Verifier for External<'_> {
    fn name(&self) -> String {
        self.program.name.clone()
    }

    fn plan(&self, _credential: &Credential) -> Result<Vec<Planned>, String> {
        Ok(vec![Planned {
            host: String::new(),
            is_from_content: false,
            method: "program",
            path: self.program.command.first().cloned().unwrap_or_default(),
        }])
    }

    fn verify(&self, credential: &Credential, session: &Session<'_>) -> Verification {
        let unknown = |why: &str| {
            let mut told = Verification::not_checked("");
            told.validity = Validity::Unknown { why: format!("the program {} {why}", self.program.name) };
            told
        };
        let Some(question) = question(self.pattern, credential) else {
            return Verification::not_checked("it is no text, which is all that programs are told");
        };
        match run(self.program, &question) {
            Err(why) => unknown(why),
            Ok(line) => match serde_json::from_slice::<Reply>(&line) {
                Ok(reply) if reply.version == VERSION => told(reply, session.veil),
                Ok(_) => unknown("speaks another version of the protocol"),
                Err(_) => unknown("said nothing that can be understood"),
            },
        }
    }
}

fn question(pattern: &str, credential: &Credential) -> Option<Zeroizing<String>> {
    let parts = credential.parts.iter();
    let parts = parts.filter_map(|(name, part)| Some((name.as_str(), std::str::from_utf8(part.expose()).ok()?)));
    let secret = std::str::from_utf8(credential.secret.expose()).ok()?;
    let question = Question { version: VERSION, pattern, secret, parts: parts.collect() };
    let mut line = Zeroizing::new(serde_json::to_string(&question).ok()?);
    line.push('\n');
    Some(line)
}

/// Asks the program and gives its line; ends it and whatever it started in any case.
fn run(program: &Program, question: &str) -> Result<Vec<u8>, &'static str> {
    let (name, arguments) = program.command.split_first().ok_or("has no command")?;
    let mut command = Command::new(name);
    command.args(arguments).current_dir(&program.folder).env_clear();
    if let Some(path) = std::env::var_os("PATH") {
        command.env("PATH", path);
    }
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null());
    #[cfg(unix)]
    std::os::unix::process::CommandExt::process_group(&mut command, 0);
    let mut child = command.spawn().map_err(|_| "cannot be started; check its command")?;
    let (sender, receiver) = mpsc::channel();
    let (input, output) = (child.stdin.take(), child.stdout.take());
    let question = Zeroizing::new(question.to_owned());
    // Whoever does not read is not waited for.
    thread::spawn(move || {
        // A program that does not want to know may say something all the same.
        let _ = input.map(|mut input| input.write_all(question.as_bytes()));
    });
    thread::spawn(move || {
        let mut line = Vec::new();
        let read = output.map(|output| BufReader::new(output.take(LONGEST)).read_until(b'\n', &mut line));
        // Nobody listens any more if it took too long.
        let _ = sender.send(read.and_then(Result::ok).map(|_| line));
    });
    let line = receiver.recv_timeout(program.timeout);
    end(&mut child);
    match line {
        Ok(Some(line)) if !line.is_empty() => Ok(line),
        Ok(_) => Err("ended without a word"),
        Err(_) => Err("did not answer in time"),
    }
}

/// Ends a program and its children.
fn end(child: &mut Child) {
    #[cfg(unix)]
    if let Some(group) = rustix::process::Pid::from_raw(child.id().cast_signed()) {
        // There may be nothing left to end.
        let _ = rustix::process::kill_process_group(group, rustix::process::Signal::KILL);
    }
    let _ = child.kill();
    let _ = child.wait();
}

fn told(reply: Reply, veil: &Veil) -> Verification {
    let is_fit = |text: &String| !text.is_empty() && text.len() <= LONGEST_FACT && !veil.touches(text);
    let said = |value: Option<String>| value.filter(is_fit).map(|value| Said { value, by: Source::Provider });
    let time = |text: &Option<String>| text.as_deref().and_then(seconds);
    let identity = reply.identity;
    let why = reply.why.filter(is_fit).unwrap_or_else(|| "the program gave no reason".into());
    let mut told = Verification::not_checked("");
    told.validity = match reply.validity {
        Word::Active => Validity::Active,
        Word::Inactive => Validity::Inactive,
        Word::Unknown => Validity::Unknown { why },
    };
    told.identity = Identity {
        account: said(identity.account),
        principal: said(identity.principal),
        application: said(identity.application),
        public_id: said(identity.public_id),
        organisation: said(identity.organisation),
        host: said(identity.host),
        kind: identity.kind,
    };
    told.scopes = reply.scopes.map(|mut scopes| {
        scopes.retain(is_fit);
        scopes.truncate(MOST_SCOPES);
        scopes.sort();
        scopes
    });
    told.created_at = time(&reply.created_at);
    told.expiry = match reply.expires_at.as_deref() {
        Some("never") => Expiry::Never,
        _ => time(&reply.expires_at).map_or(Expiry::Untold, Expiry::At),
    };
    told.last_used_at = time(&reply.last_used_at);
    told
}
