//! Writes a report in one of several forms. Nothing else prints.
//!
//! Comes in: a report, free of secrets unless they were asked for. Goes out: bytes. Each form has a file of its own, in
//! which severities become that form's words.

mod csv;
pub mod earlier;
pub mod escape;
pub mod explain;
pub mod github;
pub mod group;
mod html;
pub mod json;
pub mod jsonl;
mod markdown;
mod ownership;
pub mod plan;
pub mod sarif;
pub mod summary;
mod taxa;
pub mod text;
mod verified;

use std::io::{self, Write};

use jiff::Timestamp;

use crate::model::finding::Finding;
use crate::model::pattern::Severity;
use crate::model::report::Report;
use group::GroupBy;

/// Form of a report.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// For people.
    Text(text::Options),
    /// One JSON document.
    Json,
    /// One JSON object a line.
    Jsonl,
    /// SARIF 2.1.0.
    Sarif,
    /// Markdown for tickets.
    Markdown,
    /// A row for each finding.
    Csv,
    /// Annotations for the runner of GitHub Actions.
    Github,
    /// A short account in Markdown, for a page or a comment of a CI.
    Summary,
    /// One page for people.
    Html,
}

/// Writes all of `report` to `sink`; those forms that have groups, grouped.
pub fn write(form: Form, group_by: Option<GroupBy>, report: &Report, sink: &mut dyn Write) -> io::Result<()> {
    match form {
        Form::Text(options) => text::write(report, options, group_by, sink),
        Form::Json => json::write(report, group_by, sink),
        Form::Jsonl => jsonl::write(report, sink),
        Form::Sarif => sarif::write(report, sink),
        Form::Markdown => markdown::write(report, group_by.unwrap_or(GroupBy::Owner), sink),
        Form::Csv => csv::write(report, sink),
        Form::Github => github::write(report, sink),
        Form::Summary => summary::write(report, usize::MAX, sink),
        Form::Html => html::write(report, group_by, sink),
    }?;
    sink.flush()
}

/// Writes all that is known of one finding, as text.
pub fn whole(report: &Report, finding: &Finding, sink: &mut dyn Write) -> io::Result<()> {
    text::one(report, finding, sink)
}

/// A time in seconds since 1970, in RFC 3339.
fn time(seconds: i64) -> String {
    Timestamp::from_second(seconds).unwrap_or(Timestamp::UNIX_EPOCH).to_string()
}

/// The word for a severity.
fn word(severity: Severity) -> &'static str {
    match severity {
        Severity::Critical => "critical",
        Severity::High => "high",
        Severity::Medium => "medium",
        Severity::Low => "low",
    }
}

/// The day, in UTC, of a time in seconds since 1970.
fn day(seconds: i64) -> String {
    Timestamp::from_second(seconds).unwrap_or(Timestamp::UNIX_EPOCH).strftime("%F").to_string()
}
