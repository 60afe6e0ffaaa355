//! The SARIF log for code scanning, no larger than GitHub takes it.

use std::io::Write;
use std::thread;
use std::time::Duration;

use anyhow::{Context, Result, bail};
use flate2::Compression;
use flate2::write::GzEncoder;
use serde_json::json;
use straykey::model::declaration::Method;
use straykey::model::report::Report;
use straykey::report::sarif;

use super::api::{self, Api, Refusal};

/// The largest log that GitHub takes, packed, in bytes.
const MOST: usize = 10_000_000;
/// How often, and after what time, GitHub is asked what it made of a log.
const ASKED: usize = 5;
const PAUSE: Duration = Duration::from_secs(2);

/// A log, as it is and packed.
pub(super) struct Log {
    pub(super) text: Vec<u8>,
    packed: Vec<u8>,
}

/// What the log is of.
pub(super) struct Of {
    pub(super) commit: String,
    /// A full name: `refs/heads/main`, `refs/pull/7/head`.
    pub(super) reference: String,
}

impl Log {
    /// As many results as fit.
    pub(super) fn new(report: &Report) -> Result<Self> {
        let mut results = sarif::MOST_RESULTS;
        loop {
            let mut text = Vec::new();
            sarif::write_most(report, results, &mut text)?;
            let mut packer = GzEncoder::new(Vec::new(), Compression::default());
            packer.write_all(&text)?;
            let packed = packer.finish().context("the SARIF log cannot be packed")?;
            if packed.len() <= MOST {
                return Ok(Self { text, packed });
            }
            if results == 0 {
                bail!("the SARIF log is too large for code scanning even without results; see its notifications");
            }
            results /= 2;
        }
    }

    /// Hands it to code scanning, and waits a little for GitHub to say that it cannot read it.
    pub(super) fn upload(&self, api: &Api, of: &Of) -> Result<(), Refusal> {
        let body = json!({
            "commit_sha": of.commit,
            "ref": of.reference,
            "sarif": data_encoding::BASE64.encode(&self.packed),
            "tool_name": "straykey",
        });
        let taken = api.ask(Method::Post, "/code-scanning/sarifs", Some(&body))?;
        let is_plain = |id: &&str| id.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
        let Some(id) = taken["id"].as_str().filter(is_plain) else { return Ok(()) };
        for _ in 0..ASKED {
            // Whoever may write alerts may not be able to read them; that says nothing of the log.
            let Ok(state) = api.ask(Method::Get, &format!("/code-scanning/sarifs/{id}"), None) else { return Ok(()) };
            match state["processing_status"].as_str() {
                Some("pending") => thread::sleep(PAUSE),
                Some("failed") => {
                    return Err(format!("GitHub cannot read it ({})", api::reason(&state["errors"].to_string())).into());
                }
                _ => return Ok(()),
            }
        }
        Ok(())
    }
}
