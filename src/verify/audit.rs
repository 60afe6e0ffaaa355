//! A log of every network call, in which each line vouches for all before it.
//!
//! Comes in: what was asked of whom and what came of it. Goes out: one JSON object a line, with the SHA-256 of the line
//! before. Whoever changes, removes or adds a line breaks the chain behind it; only lines at the end can be cut off
//! unseen, which the last hash, kept elsewhere, shows. No byte of a secret is in it.

use std::fs::{File, OpenOptions};
use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use data_encoding::HEXLOWER;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

/// What the first line vouches for.
const BEGINNING: &str = "0000000000000000000000000000000000000000000000000000000000000000";
/// Counts up when a reader of the last version could be misled.
const VERSION: u32 = 1;
/// The longest line, in bytes.
const LONGEST: usize = 64 << 10;

/// Why there is no log, or none that can be trusted.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// It cannot be read or written.
    #[error("the audit log {path} cannot be used: {cause}; check --audit-log", path = .path.display())]
    File {
        /// What was named.
        path: PathBuf,
        /// What the system said.
        cause: std::io::Error,
    },
    /// The chain is broken.
    #[error("{path}:{line}: {problem}; the log was changed here or before, or is not one of straykey's", path = .path.display())]
    Broken {
        /// What was named.
        path: PathBuf,
        /// Line, from 1.
        line: usize,
        /// What is wrong.
        problem: &'static str,
    },
}

/// One call.
pub(super) struct Entry<'a> {
    pub(super) verifier: &'a str,
    pub(super) fingerprint: &'a str,
    pub(super) method: &'a str,
    pub(super) host: &'a str,
    pub(super) outcome: &'a str,
    pub(super) request_id: Option<&'a str>,
}

/// A line, without its hash.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Line {
    version: u32,
    number: u64,
    time: String,
    actor: String,
    verifier: String,
    fingerprint: String,
    method: String,
    host: String,
    outcome: String,
    request_id: Option<String>,
    previous: String,
}

/// A log that is being written.
#[derive(Debug)]
pub struct Audit {
    path: PathBuf,
    actor: String,
    end: Mutex<End>,
}

#[derive(Debug)]
struct End {
    file: File,
    number: u64,
    hash: String,
    failed: Option<String>,
}

/// What a log that holds together says of itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Checked {
    /// How many lines it has.
    pub lines: u64,
    /// The hash of the last; kept elsewhere, it shows whether lines were cut off.
    pub hash: String,
}

impl Audit {
    /// Goes on with the log at `path`, or begins it. A log whose chain is broken is not gone on with.
    pub fn open(path: &Path, actor: &str) -> Result<Self, Error> {
        let failed = |cause| Error::File { path: path.to_owned(), cause };
        let mut file = OpenOptions::new();
        file.create(true).append(true).read(true);
        // Who calls whom is nobody else's business.
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut file, 0o600);
        let file = file.open(path).map_err(failed)?;
        let Checked { lines, hash } = check(path)?;
        let end = Mutex::new(End { file, number: lines, hash, failed: None });
        Ok(Self { path: path.to_owned(), actor: actor.to_owned(), end })
    }

    /// Writes a line. If that fails, [`Audit::failure`] tells.
    pub(super) fn note(&self, entry: &Entry<'_>) {
        let mut end = self.end.lock().unwrap_or_else(PoisonError::into_inner);
        let line = Line {
            version: VERSION,
            number: end.number + 1,
            time: Timestamp::now().to_string(),
            actor: self.actor.clone(),
            verifier: entry.verifier.to_owned(),
            fingerprint: entry.fingerprint.to_owned(),
            method: entry.method.to_owned(),
            host: entry.host.to_owned(),
            outcome: entry.outcome.to_owned(),
            request_id: entry.request_id.map(str::to_owned),
            previous: end.hash.clone(),
        };
        let written = serde_json::to_string(&line).map_err(std::io::Error::from).and_then(|text| {
            let hash = hash(&text);
            let whole = format!("{},\"hash\":\"{hash}\"}}\n", text.trim_end_matches('}'));
            end.file.write_all(whole.as_bytes())?;
            Ok(hash)
        });
        match written {
            Ok(hash) => {
                end.hash = hash;
                end.number += 1;
            }
            Err(error) => end.failed = Some(error.to_string()),
        }
    }

    /// Why not every call is in the log, if so.
    pub(super) fn failure(&self) -> Option<(String, String)> {
        let end = self.end.lock().unwrap_or_else(PoisonError::into_inner);
        end.failed.as_ref().map(|why| (self.path.display().to_string(), format!("not every call was logged: {why}")))
    }
}

/// Checks the chain of the log at `path`.
pub fn check(path: &Path) -> Result<Checked, Error> {
    let failed = |cause| Error::File { path: path.to_owned(), cause };
    let mut reader = BufReader::new(File::open(path).map_err(failed)?);
    let mut checked = Checked { lines: 0, hash: BEGINNING.to_owned() };
    let mut text = Vec::new();
    loop {
        text.clear();
        std::io::Read::take(&mut reader, LONGEST as u64 + 1).read_until(b'\n', &mut text).map_err(failed)?;
        if text.is_empty() {
            return Ok(checked);
        }
        let line = usize::try_from(checked.lines).unwrap_or(usize::MAX).saturating_add(1);
        let broken = |problem| Error::Broken { path: path.to_owned(), line, problem };
        let whole = std::str::from_utf8(&text).ok().and_then(|text| text.strip_suffix("\"}\n"));
        let (text, told) =
            whole.and_then(|whole| whole.rsplit_once(",\"hash\":\"")).ok_or_else(|| broken("this is no whole line"))?;
        let text = format!("{text}}}");
        let read: Line = serde_json::from_str(&text).map_err(|_| broken("this is no line of a log"))?;
        if hash(&text) != told {
            return Err(broken("the line is not what its hash says"));
        }
        if read.previous != checked.hash || read.number != checked.lines + 1 {
            return Err(broken("the line does not follow the one before"));
        }
        checked = Checked { lines: read.number, hash: told.to_owned() };
    }
}

fn hash(text: &str) -> String {
    HEXLOWER.encode(&Sha256::digest(text.as_bytes()))
}
