//! A short account in Markdown for a page of a CI run or a comment: a table of owners, then one line for each finding.
//!
//! Such pages take so many bytes and no more: what does not fit is counted.

use std::io::{self, Write};

use super::group::{self, Group, GroupBy};
use super::markdown::{self, code};
use super::ownership;
use crate::model::check::Outcome;
use crate::model::finding::Finding;
use crate::model::pattern::Severity;
use crate::model::report::Report;
use crate::model::validity::Validity;

/// Bytes that are kept for the words on what was left out.
const LAST_WORDS: usize = 400;
/// Items that were not scanned and are named.
const SHOWN_ERRORS: usize = 10;
/// Characters of a commit id that are shown.
const SHORT_ID: usize = 10;

/// What a report comes to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Counts {
    /// Findings that count.
    pub findings: usize,
    /// Those of them that their provider accepted.
    pub live: usize,
    /// Those of them that nobody surely owns; none where nobody asked.
    pub unowned: Option<usize>,
}

/// Counts what counts.
pub fn count(report: &Report) -> Counts {
    let counted = || report.findings.iter().filter(|finding| finding.suppressed.is_none());
    Counts {
        findings: counted().count(),
        live: counted().filter(|finding| finding.verification.validity == Validity::Active).count(),
        unowned: report.ownership.as_ref().map(|_| counted().filter(|one| ownership::is_unowned(one, report)).count()),
    }
}

/// Text that Markdown shows as it is: no markup, no mention of people, no HTML, on one line.
pub fn text(text: &str) -> String {
    markdown::text(text)
}

/// Writes the account, in no more than `most` bytes.
pub fn write(report: &Report, most: usize, sink: &mut dyn Write) -> io::Result<()> {
    let mut page = Page { text: String::new(), most: most.saturating_sub(LAST_WORDS), left_out: 0 };
    page.add(&format!("## straykey: {}\n\n", headline(report)));
    let groups = group::groups(report, GroupBy::Owner);
    if report.ownership.is_some() && !groups.is_empty() {
        page.add("| owner | findings | live | severities |\n|---|---:|---:|---|\n");
        groups.iter().for_each(|group| page.add(&row(group)));
        page.add("\n");
    }
    not_scanned(report, &mut page);
    for group in &groups {
        if report.ownership.is_some() {
            page.add(&format!("**{}**\n\n", text(&group.key)));
        }
        group.findings.iter().for_each(|finding| page.add(&line(finding, report)));
        page.add("\n");
    }
    checks(report, &mut page);
    if page.left_out > 0 {
        page.text.push_str(&format!("\n{} more lines do not fit here; the log has them.\n", page.left_out));
    }
    sink.write_all(page.text.as_bytes())
}

/// Text that stays within its bytes.
struct Page {
    text: String,
    most: usize,
    left_out: usize,
}

impl Page {
    /// Adds a whole line, or none of it and nothing after it: lines in between would lie about their order.
    fn add(&mut self, line: &str) {
        if self.left_out > 0 || self.text.len().saturating_add(line.len()) > self.most {
            self.left_out += usize::from(!line.trim().is_empty());
        } else {
            self.text.push_str(line);
        }
    }
}

fn headline(report: &Report) -> String {
    let Counts { findings, live, unowned } = count(report);
    let mut words = match findings {
        0 => "no stray credentials found".to_owned(),
        1 => "1 stray credential".to_owned(),
        more => format!("{more} stray credentials"),
    };
    if live > 0 {
        words.push_str(&format!(", {live} of them live"));
    }
    if let Some(unowned) = unowned.filter(|unowned| *unowned > 0) {
        words.push_str(&format!(", {unowned} without a sure owner"));
    }
    match report.errors.len() {
        0 => words,
        1 => words + "; **incomplete**: 1 item was not scanned",
        more => format!("{words}; **incomplete**: {more} items were not scanned"),
    }
}

fn row(group: &Group<'_>) -> String {
    let live = group.findings.iter().filter(|one| one.verification.validity == Validity::Active).count();
    let severities: Vec<String> = [Severity::Critical, Severity::High, Severity::Medium, Severity::Low]
        .into_iter()
        .map(|severity| (group.findings.iter().filter(|one| one.pattern.severity == severity).count(), severity))
        .filter(|(count, _)| *count > 0)
        .map(|(count, severity)| format!("{count} {}", super::word(severity)))
        .collect();
    format!("| {} | {} | {live} | {} |\n", text(&group.key), group.findings.len(), severities.join(", "))
}

fn line(finding: &Finding, report: &Report) -> String {
    let mut words = format!(
        "- **{}** {} `{}`",
        super::word(finding.pattern.severity),
        text(&finding.pattern.name),
        code(&finding.shown)
    );
    if let Some(place) = finding.places.first() {
        match &place.path {
            Some(path) => words.push_str(&format!(" at `{}:{}`", code(path), place.position.line)),
            None => words.push_str(&format!(" in a {}", place.kind.words())),
        }
        if let Some(commit) = &place.commit {
            words.push_str(&format!(" (commit `{}`)", code(commit.id.get(..SHORT_ID).unwrap_or(&commit.id))));
        }
    }
    match finding.places.len() {
        0 | 1 => {}
        2 => words.push_str(" and at one other place"),
        more => words.push_str(&format!(" and at {} other places", more - 1)),
    }
    if report.verified {
        words.push_str(&format!(": {}", text(finding.verification.validity.word())));
    }
    if let Some(owned) = ownership::of(finding, report) {
        if let Some(integration) = &owned.attribution.integration {
            words.push_str(&format!("; of {} ({})", text(integration), owned.attribution.tier.word()));
        }
        if let Some(exposure) = &owned.attribution.exposure_owner {
            words.push_str(&format!("; to be cleaned up by {}", text(&exposure.who.join(", "))));
        }
    }
    words + "\n"
}

fn not_scanned(report: &Report, page: &mut Page) {
    for error in report.errors.iter().take(SHOWN_ERRORS) {
        page.add(&format!("- not scanned: {}: {}\n", text(&error.what), text(&error.why)));
    }
    if let Some(more) = report.errors.len().checked_sub(SHOWN_ERRORS).filter(|more| *more > 0) {
        page.add(&format!("- and {more} more that were not scanned\n"));
    }
    if !report.errors.is_empty() {
        page.add("\n");
    }
}

fn checks(report: &Report, page: &mut Page) {
    let Some(ownership) = &report.ownership else { return };
    for checked in ownership.checks.iter().filter(|one| one.outcome == Outcome::Violated && one.waived.is_none()) {
        page.add(&format!("- {} ({}): {}\n", checked.check, super::word(checked.severity), text(&checked.message)));
    }
}
