//! The section `[verify]` of `straykey.toml`.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::time::Duration;

use globset::Glob;
use schemars::JsonSchema;
use serde::Deserialize;

use crate::verify::external::Program;
use crate::verify::{self, egress, ssh};

/// Digits of an AWS account.
const ACCOUNT: usize = 12;
/// Seconds for one request at most, and for a program.
const MOST_SECONDS: u64 = 300;
/// Requests a second to one host, from and to.
const RATES: std::ops::RangeInclusive<f64> = 0.01..=1_000.0;

/// The section as it is written.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Section {
    /// Globs over hosts that only scanned content names and that may be asked all the same.
    pub allow_hosts: Vec<String>,
    /// Private, loopback and link-local addresses may be reached.
    pub allow_private: Option<bool>,
    /// Certificates that are trusted in place of the system's; in the file, relative to it.
    pub ca_file: Option<PathBuf>,
    /// Requests a second to one host.
    pub rate: Option<f64>,
    /// Seconds for one request.
    pub timeout: Option<u64>,
    /// Further AWS accounts whose keys are bait.
    pub canary_accounts: Vec<String>,
    /// Log of every call; in the file, relative to it.
    pub audit_log: Option<PathBuf>,
    /// Who is named in that log.
    pub actor: Option<String>,
    /// Files of OpenSSH's with the keys of servers, in place of the user's and the system's; in the file, relative to it.
    pub known_hosts: Option<Vec<PathBuf>>,
    /// Where private keys are let in.
    pub ssh_key: Vec<ssh::SshKey>,
    /// Programs that verify.
    pub program: Vec<ProgramEntry>,
    /// The user's own folder; from the environment only.
    #[serde(skip)]
    pub home: Option<PathBuf>,
    /// Where the programs run: the folder of the file.
    #[serde(skip)]
    pub folder: PathBuf,
}

/// A program that verifies, as it is written.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ProgramEntry {
    /// Its name in reports.
    pub name: String,
    /// The program and its arguments.
    pub command: Vec<String>,
    /// Globs over pattern ids.
    pub patterns: Vec<String>,
    /// Seconds for one answer.
    #[serde(default = "ten")]
    pub timeout: u64,
}

fn ten() -> u64 {
    10
}

impl Section {
    /// Paths in it are relative to the file in `folder`.
    pub fn relative_to(&mut self, folder: &Path) {
        let named = if folder.as_os_str().is_empty() { Path::new(".") } else { folder };
        // Programs run there, and would look for themselves from there.
        let folder = &std::path::absolute(named).unwrap_or_else(|_| named.to_owned());
        self.ca_file = self.ca_file.take().map(|named| folder.join(named));
        self.audit_log = self.audit_log.take().map(|named| folder.join(named));
        self.known_hosts.iter_mut().flatten().for_each(|named| *named = folder.join(&*named));
        for program in &mut self.program {
            if let Some(command) = program.command.first_mut().filter(|command| command.contains('/')) {
                *command = folder.join(&*command).to_string_lossy().into_owned();
            }
        }
        self.folder.clone_from(folder);
    }

    /// These settings where they say something, `below` where they do not.
    pub fn over(self, below: Self) -> Self {
        Self {
            allow_hosts: [below.allow_hosts, self.allow_hosts].concat(),
            allow_private: self.allow_private.or(below.allow_private),
            ca_file: self.ca_file.or(below.ca_file),
            rate: self.rate.or(below.rate),
            timeout: self.timeout.or(below.timeout),
            canary_accounts: [below.canary_accounts, self.canary_accounts].concat(),
            audit_log: self.audit_log.or(below.audit_log),
            actor: self.actor.or(below.actor),
            known_hosts: self.known_hosts.or(below.known_hosts),
            ssh_key: [below.ssh_key, self.ssh_key].concat(),
            program: [below.program, self.program].concat(),
            home: self.home.or(below.home),
            folder: below.folder,
        }
    }

    /// Checks every setting. Fails with one sentence.
    pub fn check(self) -> Result<verify::Options, String> {
        let defaults = verify::Options::default();
        let is_account = |text: &&String| text.len() == ACCOUNT && text.bytes().all(|byte| byte.is_ascii_digit());
        if let Some(wrong) = self.canary_accounts.iter().find(|text| !is_account(text)) {
            return Err(format!("`{wrong}` in verify.canary_accounts is no AWS account; write its {ACCOUNT} digits"));
        }
        let rate = self.rate.unwrap_or(defaults.rate);
        if !RATES.contains(&rate) {
            return Err(format!(
                "verify.rate is {rate}; write requests a second, from {} to {}",
                RATES.start(),
                RATES.end()
            ));
        }
        let timeout = self.timeout.map(|seconds| time(seconds, "verify.timeout")).transpose()?;
        self.ssh_key.iter().try_for_each(ssh::SshKey::check)?;
        let known_hosts = self.known_hosts.unwrap_or_else(|| known_hosts(self.home.as_deref()));
        let egress = egress::Options {
            allow_hosts: self.allow_hosts,
            allow_private: self.allow_private.unwrap_or(false),
            ca_file: self.ca_file,
            known_hosts,
            timeout: timeout.unwrap_or(defaults.egress.timeout),
            ..defaults.egress
        };
        let folder = if self.folder.as_os_str().is_empty() { PathBuf::from(".") } else { self.folder };
        let programs = self.program.into_iter().map(|program| program.check(&folder)).collect::<Result<Vec<_>, _>>()?;
        Ok(verify::Options {
            egress,
            rate,
            canary_accounts: self.canary_accounts.into_iter().collect(),
            programs,
            ssh_keys: self.ssh_key,
            audit_log: self.audit_log,
            actor: self.actor.unwrap_or(defaults.actor),
            only: None,
            tries_suppressed: defaults.tries_suppressed,
            interrupt: defaults.interrupt,
        })
    }
}

impl ProgramEntry {
    fn check(self, folder: &Path) -> Result<Program, String> {
        if self.command.is_empty() {
            return Err(format!("the program {} in [verify] has no command; write `command = [\"…\"]`", self.name));
        }
        let glob = |text: &String| {
            let refused = |_| format!("`{text}` of the program {} in [verify] is no glob over pattern ids", self.name);
            Ok(Glob::new(text).map_err(refused)?.compile_matcher())
        };
        let patterns = self.patterns.iter().map(glob).collect::<Result<Vec<_>, String>>()?;
        let timeout = time(self.timeout, "the timeout of a program in [verify]")?;
        Ok(Program { name: self.name, command: self.command, patterns, timeout, folder: folder.to_owned() })
    }
}

/// The files that OpenSSH reads, as far as they are there.
fn known_hosts(home: Option<&Path>) -> Vec<PathBuf> {
    let own = home.map(|home| home.join(".ssh/known_hosts"));
    let files = own.into_iter().chain([PathBuf::from("/etc/ssh/ssh_known_hosts")]);
    files.filter(|file| File::open(file).is_ok()).collect()
}

fn time(seconds: u64, what: &str) -> Result<Duration, String> {
    match (1..=MOST_SECONDS).contains(&seconds) {
        true => Ok(Duration::from_secs(seconds)),
        false => Err(format!("{what} is {seconds}; write seconds, from 1 to {MOST_SECONDS}")),
    }
}
