//! Commands to the runner of GitHub Actions that show findings at their lines.
//!
//! GitHub shows ten of each level for a step. What is beyond that is counted, as is what was not scanned.

use std::io::{self, Write};

use super::{escape, ownership};
use crate::model::check::Outcome;
use crate::model::finding::Finding;
use crate::model::pattern::Severity;
use crate::model::place::Place;
use crate::model::report::Report;

/// Annotations of one level that GitHub shows.
const SHOWN: usize = 10;

/// How much an annotation stands out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Level {
    /// Red.
    Error,
    /// Yellow.
    Warning,
    /// Grey.
    Notice,
}

/// Writes the annotations, those of each level together.
pub(super) fn write(report: &Report, sink: &mut dyn Write) -> io::Result<()> {
    let mut all: Vec<(Level, String)> = Vec::new();
    if let Some(first) = report.errors.first() {
        let count = report.errors.len();
        let words = if count == 1 { "1 item was".to_owned() } else { format!("{count} items were") };
        let sentence = format!("Incomplete: {words} not scanned. {}: {}", first.what, first.why);
        all.push((Level::Error, command(Level::Error, "straykey", &sentence)));
    }
    let counted = report.findings.iter().filter(|finding| finding.suppressed.is_none());
    all.extend(counted.map(|finding| (level(finding.pattern.severity), of_finding(finding, report))));
    let checks = report.ownership.iter().flat_map(|ownership| &ownership.checks);
    let violated = checks.filter(|one| one.outcome == Outcome::Violated && one.waived.is_none());
    all.extend(violated.map(|checked| {
        let level = level(checked.severity);
        (level, command(level, &format!("straykey {}", checked.check), &checked.message))
    }));
    for level in [Level::Error, Level::Warning, Level::Notice] {
        let lines: Vec<&str> = all.iter().filter(|(of, _)| *of == level).map(|(_, line)| line.as_str()).collect();
        let shown = if lines.len() > SHOWN { SHOWN - 1 } else { lines.len() };
        lines[..shown].iter().try_for_each(|line| writeln!(sink, "{line}"))?;
        if shown < lines.len() {
            let sentence = format!("{} more like these: see the summary of this run", lines.len() - shown);
            writeln!(sink, "{}", command(level, "straykey", &sentence))?;
        }
    }
    Ok(())
}

/// One annotation without a place: a line for the runner in which nothing but the command is one.
pub fn command(level: Level, title: &str, message: &str) -> String {
    format!("::{} title={}::{}", word(level), property(title), data(message))
}

fn of_finding(finding: &Finding, report: &Report) -> String {
    let level = level(finding.pattern.severity);
    let at = finding.places.first().map(place).unwrap_or_default();
    let mut message = format!("{} {}", finding.pattern.name, finding.shown);
    if report.verified {
        message.push_str(&format!(": {}", finding.verification.validity.word()));
    }
    if let Some(owned) = ownership::of(finding, report) {
        message.push_str(&format!("; owner {}", ownership::owners(owned)));
    }
    message.push_str(". Revoke it at its provider: taking it out of the file is not enough.");
    format!("::{} {at}title={}::{}", word(level), property(&format!("straykey {}", finding.pattern.id)), data(&message))
}

/// File and lines; none for what stands in no file.
fn place(place: &Place) -> String {
    let Some(path) = &place.path else { return String::new() };
    let file = property(path);
    // Lines of a text inside an archive are none of the archive's.
    if place.inside.is_some() {
        return format!("file={file},");
    }
    let at = place.position;
    let columns = if at.line == at.end_line {
        // Ours is the column after the last character.
        format!(",col={},endColumn={}", at.column, at.end_column.saturating_sub(1).max(at.column))
    } else {
        String::new()
    };
    format!("file={file},line={},endLine={}{columns},", at.line, at.end_line)
}

fn level(severity: Severity) -> Level {
    match severity {
        Severity::Critical | Severity::High => Level::Error,
        Severity::Medium => Level::Warning,
        Severity::Low => Level::Notice,
    }
}

fn word(level: Level) -> &'static str {
    match level {
        Level::Error => "error",
        Level::Warning => "warning",
        Level::Notice => "notice",
    }
}

/// Text after the second `::`.
fn data(text: &str) -> String {
    escape::terminal(text).replace('%', "%25")
}

/// Text between `=` and the next `,` or `::`.
fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}
