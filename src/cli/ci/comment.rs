//! The one comment on a pull request: made once, then kept up to date.

use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use straykey::model::declaration::Method;
use straykey::model::report::Report;
use straykey::report::summary;

use super::api::{Api, Refusal};

/// Bytes of a comment; GitHub takes 65,536 characters.
const MOST: usize = 60_000;
/// Comments that GitHub gives at a time, and how often it is asked.
const PAGE: usize = 100;
const MOST_PAGES: usize = 50;

/// Writes the comment of this pull request. Where nothing is found, only an earlier comment is changed to say so.
pub(super) fn keep(api: &Api, number: u64, commit: &str, report: &Report) -> Result<(), Refusal> {
    let marker = marker();
    let body = body(&marker, commit, report)?;
    let earlier = find(api, number, &marker)?;
    let text = json!({ "body": body });
    match earlier {
        Some((_, same)) if same == body => Ok(()),
        Some((id, _)) => api.ask(Method::Patch, &format!("/issues/comments/{id}"), Some(&text)).map(drop),
        None if summary::count(report).findings == 0 => Ok(()),
        None => api.ask(Method::Post, &format!("/issues/{number}/comments"), Some(&text)).map(drop),
    }
}

/// The hidden line by which the comment is found again, of its own for each job.
fn marker() -> String {
    let variable = |name| std::env::var(name).unwrap_or_default();
    let job = format!("{}\n{}", variable("GITHUB_WORKFLOW"), variable("GITHUB_JOB"));
    let hash = data_encoding::HEXLOWER.encode(&Sha256::digest(job)[..8]);
    format!("<!-- straykey {hash} -->")
}

fn body(marker: &str, commit: &str, report: &Report) -> Result<String, String> {
    let mut text = format!("{marker}\n").into_bytes();
    summary::write(report, MOST, &mut text).map_err(|error| error.to_string())?;
    let text = String::from_utf8_lossy(&text);
    let run = super::run_address().map(|address| format!(" in [this run]({address})")).unwrap_or_default();
    Ok(format!("{}\n\nScanned up to commit {commit}{run}.\n", text.trim_end()))
}

/// Our comment and its text. Only one that a program wrote is ours: anybody can write the marker.
fn find(api: &Api, number: u64, marker: &str) -> Result<Option<(u64, String)>, Refusal> {
    for page in 1..=MOST_PAGES {
        let path = format!("/issues/{number}/comments?per_page={PAGE}&page={page}");
        let answer = api.ask(Method::Get, &path, None)?;
        let comments = answer.as_array().ok_or_else(|| "GitHub sent no list of comments".to_owned())?;
        let ours = |comment: &&Value| {
            comment["user"]["type"] == "Bot"
                && comment["body"].as_str().is_some_and(|body| body.lines().next() == Some(marker))
        };
        if let Some(comment) = comments.iter().find(ours) {
            let id = comment["id"].as_u64().ok_or_else(|| "GitHub sent a comment without an id".to_owned())?;
            return Ok(Some((id, comment["body"].as_str().unwrap_or_default().to_owned())));
        }
        if comments.len() < PAGE {
            return Ok(None);
        }
    }
    Err(format!("there are more than {} comments, among which ours was not found", PAGE * MOST_PAGES).into())
}
