//! Markdown for tickets: a section for each owner or other group, with what to do.

use std::io::{self, Write};

use super::group::{self, GroupBy};
use super::{escape, ownership};
use crate::model::check::Outcome;
use crate::model::finding::Finding;
use crate::model::report::Report;

/// Places of one finding that are told.
const SHOWN_PLACES: usize = 10;

/// Writes the sections.
pub(super) fn write(report: &Report, by: GroupBy, sink: &mut dyn Write) -> io::Result<()> {
    writeln!(sink, "# Stray credentials\n")?;
    if let Some(headline) = ownership::headline(report) {
        writeln!(sink, "{headline}.\n")?;
    }
    for group in group::groups(report, by) {
        let count = group.findings.len();
        let word = if count == 1 { "credential" } else { "credentials" };
        writeln!(sink, "## {}: {count} {word}\n", text(&group.key))?;
        for finding in group.findings {
            self::finding(finding, report, sink)?;
        }
    }
    checks(report, sink)?;
    if !report.errors.is_empty() {
        writeln!(sink, "## Not scanned\n")?;
        for error in &report.errors {
            writeln!(sink, "- {}: {}", text(&error.what), text(&error.why))?;
        }
        writeln!(sink)?;
    }
    Ok(())
}

fn finding(finding: &Finding, report: &Report, sink: &mut dyn Write) -> io::Result<()> {
    writeln!(sink, "### {} `{}`\n", text(&finding.pattern.name), code(&finding.shown))?;
    writeln!(
        sink,
        "- {} severity, validity: {}",
        super::word(finding.pattern.severity),
        finding.verification.validity.word()
    )?;
    if let Some(owned) = ownership::of(finding, report) {
        let attribution = &owned.attribution;
        let whose = attribution.integration.as_deref().unwrap_or("of no known integration");
        writeln!(
            sink,
            "- owner: {} ({}, {} {})",
            text(&ownership::owners(owned)),
            text(whose),
            attribution.tier.word(),
            attribution.score
        )?;
        if let Some(exposure) = &attribution.exposure_owner {
            writeln!(sink, "- to be cleaned up by: {}", text(&exposure.who.join(", ")))?;
        }
        writeln!(sink, "- priority: {}", owned.priority.score)?;
    }
    if let Some(exposure) = &finding.exposure {
        writeln!(sink, "- in history since {} or earlier", super::day(exposure.since))?;
    }
    for place in finding.places.iter().take(SHOWN_PLACES) {
        let path = place.path.as_deref().unwrap_or(place.kind.words());
        writeln!(sink, "- `{}:{}` ({})", code(path), place.position.line, place.kind.words())?;
    }
    if let Some(more) = finding.places.len().checked_sub(SHOWN_PLACES).filter(|more| *more > 0) {
        writeln!(sink, "- and {more} more")?;
    }
    writeln!(sink, "- fingerprint: `{}`", code(&finding.fingerprint))?;
    writeln!(sink, "\n[ ] revoked at its provider  [ ] replaced  [ ] taken out of the files\n")
}

fn checks(report: &Report, sink: &mut dyn Write) -> io::Result<()> {
    let Some(ownership) = &report.ownership else { return Ok(()) };
    let violated: Vec<_> =
        ownership.checks.iter().filter(|one| one.outcome == Outcome::Violated && one.waived.is_none()).collect();
    if violated.is_empty() {
        return Ok(());
    }
    writeln!(sink, "## Checks\n")?;
    for checked in violated {
        let remedy = ownership.mapping.get(checked.check).map_or("", |check| &check.remedy);
        writeln!(
            sink,
            "- [ ] {} ({}): {}. {remedy}",
            checked.check,
            super::word(checked.severity),
            text(&checked.message)
        )?;
    }
    writeln!(sink)
}

/// Text that Markdown shows as it is: no markup, no mention of people, no HTML, on one line.
pub(super) fn text(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    for character in escape::terminal(text).chars() {
        match character {
            '<' => shown.push_str("&lt;"),
            '>' => shown.push_str("&gt;"),
            '&' => shown.push_str("&amp;"),
            // A name after this would be told of the ticket.
            '@' => shown.push_str("&#64;"),
            '\\' | '`' | '*' | '_' | '[' | ']' | '(' | ')' | '#' | '!' | '|' | '~' | ':' => {
                shown.extend(['\\', character])
            }
            _ => shown.push(character),
        }
    }
    shown
}

/// Text between backticks, of which it may have none.
pub(super) fn code(text: &str) -> String {
    escape::terminal(text).replace('`', "'")
}
