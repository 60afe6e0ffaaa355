//! Reads back from a JSON report where its findings stood. Secrets are not in it.
//!
//! Comes in: a JSON report of ours, which anybody may have written. Goes out: fingerprints and places.

use serde::Deserialize;

use super::json;
use crate::model::place::{Place, PlaceKind, Position};
use crate::model::report::Earlier;

#[derive(Deserialize)]
struct Document {
    version: u32,
    findings: Vec<Finding>,
}

#[derive(Deserialize)]
struct Finding {
    fingerprint: String,
    fingerprint_lasts: bool,
    pattern: String,
    places: Vec<At>,
}

#[derive(Deserialize)]
struct At {
    target: String,
    kind: PlaceKind,
    path: Option<String>,
    inside: Option<String>,
    line: usize,
    column: usize,
    end_line: usize,
    end_column: usize,
    object: Option<String>,
}

/// Reads a report. Fails with one sentence.
pub fn read(text: &[u8]) -> Result<Vec<Earlier>, String> {
    let document: Document = serde_json::from_slice(text)
        .map_err(|error| format!("it is no JSON report ({error}); write one with `straykey scan --format json`"))?;
    if document.version != json::VERSION {
        return Err(format!(
            "it is of version {}, and this straykey reads version {}",
            document.version,
            json::VERSION
        ));
    }
    let earlier = |finding: Finding| Earlier {
        fingerprint: finding.fingerprint,
        lasting: finding.fingerprint_lasts,
        pattern: finding.pattern,
        places: finding.places.into_iter().map(place).collect(),
    };
    Ok(document.findings.into_iter().map(earlier).collect())
}

fn place(at: At) -> (String, Place) {
    let place = Place {
        target: 0,
        kind: at.kind,
        path: at.path,
        inside: at.inside.map(Into::into),
        encodings: Vec::new(),
        position: Position { line: at.line, column: at.column, end_line: at.end_line, end_column: at.end_column },
        object: at.object,
        commit: None,
        lifetime: None,
        mark: None,
        suppressed: None,
    };
    (at.target, place)
}
