//! Text for people: grouped by secret, gravest first, then what was scanned and what was not.

use std::io::{self, Write};

use anstyle::{AnsiColor, Style};
use indicatif::{HumanBytes, HumanCount};

use super::group::{self, GroupBy};
use super::{escape, ownership, verified};
use crate::model::finding::Finding;
use crate::model::pattern::{Confidence, Severity};
use crate::model::place::{Commit, INSIDE, Lifetime, Place, PlaceKind};
use crate::model::report::{FingerprintKey, Report, TargetKind};
use crate::model::suppression::{SuppressedBy, Suppression};

/// Places of one finding that are shown unless all are asked for.
const SHOWN_PLACES: usize = 4;
/// References of one place that are shown unless all are asked for.
const SHOWN_REFS: usize = 3;
/// Characters of a commit id that are shown.
const SHORT_ID: usize = 10;

/// How the text looks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Options {
    /// With colours.
    pub color: bool,
    /// With hyperlinks to files (OSC 8).
    pub links: bool,
    /// Every place, and what each finding is.
    pub verbose: bool,
    /// Without the summary.
    pub quiet: bool,
}

/// Writes the text.
pub(super) fn write(
    report: &Report,
    options: Options,
    group_by: Option<GroupBy>,
    sink: &mut dyn Write,
) -> io::Result<()> {
    if let Some(headline) = ownership::headline(report) {
        writeln!(sink, "{headline}\n")?;
    }
    let mut writer = Writer { report, options, sink };
    match group_by {
        None => {
            for finding in report.findings.iter().filter(|finding| finding.suppressed.is_none() || options.verbose) {
                writer.finding(finding)?;
            }
        }
        Some(by) => {
            for group in group::groups(report, by) {
                writer.heading(&group.key, group.findings.len())?;
                group.findings.into_iter().try_for_each(|finding| writer.finding(finding))?;
            }
        }
    }
    if let Some(ownership) = &report.ownership {
        ownership::checks(ownership, options.verbose, writer.sink)?;
    }
    writer.errors()?;
    if !options.quiet {
        writer.summary()?;
    }
    Ok(())
}

/// Writes all that is known of one finding.
pub(super) fn one(report: &Report, finding: &Finding, sink: &mut dyn Write) -> io::Result<()> {
    Writer { report, options: Options { verbose: true, ..Options::default() }, sink }.finding(finding)
}

struct Writer<'a> {
    report: &'a Report,
    options: Options,
    sink: &'a mut dyn Write,
}

impl Writer<'_> {
    fn heading(&mut self, key: &str, count: usize) -> io::Result<()> {
        let line = format!("== {}: {count} {} ==", escape::terminal(key), plural(count, "secret"));
        writeln!(self.sink, "{}\n", self.paint(Style::new().bold(), &line))
    }

    fn finding(&mut self, finding: &Finding) -> io::Result<()> {
        let severity = super::word(finding.pattern.severity);
        let name = self.paint(Style::new().bold(), &finding.pattern.name);
        let tag = self.paint(color(finding.pattern.severity), &format!("{severity:8}"));
        writeln!(self.sink, "{tag}  {name}  {}", escape::terminal(&finding.shown))?;
        let confidence = match finding.judgement.confidence {
            Confidence::High => "high",
            Confidence::Medium => "medium",
            Confidence::Low => "low",
        };
        let about = format!("{}  {confidence} confidence  {}", finding.pattern.id, finding.fingerprint);
        writeln!(self.sink, "          {}", self.paint(Style::new().dimmed(), &about))?;
        if let Some(suppressed) = &finding.suppressed {
            writeln!(self.sink, "          suppressed by {}", words(suppressed))?;
        }
        for line in verified::lines(&finding.verification, self.report.verified) {
            writeln!(self.sink, "          {}", escape::terminal(&line))?;
        }
        if self.options.verbose {
            for reference in &finding.pattern.references {
                writeln!(self.sink, "          see {reference}")?;
            }
        }
        let shown = if self.options.verbose { finding.places.len() } else { SHOWN_PLACES };
        if let Some(exposure) = &finding.exposure {
            let days = plural(usize::try_from(exposure.days).unwrap_or(0), "day");
            let (since, count) = (super::day(exposure.since), HumanCount(exposure.days.unsigned_abs()));
            writeln!(self.sink, "          in history since {since} or earlier: exposed for at least {count} {days}")?;
        }
        if let Some(owned) = ownership::of(finding, self.report) {
            ownership::text(owned, self.options.verbose, self.sink)?;
        }
        for place in finding.places.iter().take(shown) {
            let suppressed = place.suppressed.as_ref().filter(|_| finding.suppressed.is_none());
            let suppressed = suppressed.map_or(String::new(), |by| format!("  (suppressed by {})", words(by)));
            writeln!(self.sink, "          {}{suppressed}", self.place(place))?;
            if let Some(lifetime) = &place.lifetime {
                writeln!(self.sink, "            {}", self.paint(Style::new().dimmed(), &self.lifetime(lifetime)))?;
            }
        }
        if let Some(more) = finding.places.len().checked_sub(shown).filter(|more| *more > 0) {
            writeln!(
                self.sink,
                "          and {} more {} (-v shows all)",
                HumanCount(more as u64),
                plural(more, "place")
            )?;
        }
        writeln!(self.sink)
    }

    fn place(&self, place: &Place) -> String {
        let target = self.report.targets.get(place.target);
        let name = target.map_or("", |target| target.name.as_str());
        let inside = place.inside.as_ref().map(|inside| format!("{INSIDE}{}", escape::terminal(inside)));
        let inside = inside.unwrap_or_default();
        let at = format!("{inside}:{}:{}", place.position.line, place.position.column);
        let is_file = target.is_some_and(|target| target.kind == TargetKind::File);
        let path = place.path.as_ref().map(|path| match name {
            "." | "" => path.clone(),
            _ if is_file => path.clone(),
            _ => format!("{}/{path}", name.trim_end_matches('/')),
        });
        let mut text = match &path {
            Some(path) if place.kind == PlaceKind::WorkingTree => {
                self.link(path, &format!("{}{at}", escape::terminal(path)))
            }
            Some(path) => format!("{}{at}", escape::terminal(path)),
            None if place.kind == PlaceKind::Stdin => format!("<stdin>{at}"),
            None => format!("object {}{at}", place.object.as_deref().map_or("", short)),
        };
        text.push_str(&format!("  {}", place.kind.words()));
        if !place.encodings.is_empty() {
            text.push_str(&format!(", in {}", place.encodings.join(" in ")));
        }
        if let Some(commit) = &place.commit {
            let (author, subject) = (escape::terminal(&commit.author), escape::terminal(&commit.subject));
            text.push_str(&format!("  {}  {}  {author}  {subject}", short(&commit.id), day(commit)));
        }
        text
    }

    /// What became of a secret after its first commit.
    fn lifetime(&self, lifetime: &Lifetime) -> String {
        let mut text = match lifetime.at_head {
            true => "still at HEAD".to_owned(),
            false => format!("last in {} of {}, not at HEAD", short(&lifetime.last.id), day(&lifetime.last)),
        };
        if lifetime.versions > 1 {
            text.push_str(&format!("; {} versions of the file", HumanCount(lifetime.versions as u64)));
        }
        let named = if self.options.verbose { lifetime.refs.len() } else { SHOWN_REFS.min(lifetime.refs.len()) };
        if named > 0 {
            let names: Vec<&str> = lifetime.refs[..named].iter().map(|name| reference(name)).collect();
            text.push_str(&format!("; on {}", escape::terminal(&names.join(", "))));
        }
        match lifetime.refs.len() - named + lifetime.more_refs {
            0 => {}
            more => text.push_str(&format!(" and {} more", HumanCount(more as u64))),
        }
        text
    }

    fn errors(&mut self) -> io::Result<()> {
        for error in &self.report.errors {
            let label = self.paint(Style::new().bold().fg_color(Some(AnsiColor::Yellow.into())), "not scanned");
            writeln!(self.sink, "{label}  {}: {}", escape::terminal(&error.what), escape::terminal(&error.why))?;
        }
        for remark in &self.report.remarks {
            writeln!(self.sink, "note  {}", escape::terminal(remark))?;
        }
        if self.report.errors.is_empty() && self.report.remarks.is_empty() { Ok(()) } else { writeln!(self.sink) }
    }

    fn summary(&mut self) -> io::Result<()> {
        let report = self.report;
        writeln!(self.sink, "{}", self.paint(Style::new().bold(), &headline(report)))?;
        let suppressed = report.findings.iter().filter(|finding| finding.suppressed.is_some()).count();
        if suppressed > 0 {
            let hint = if self.options.verbose { "" } else { "; -v shows them" };
            writeln!(self.sink, "  {} suppressed{hint}", HumanCount(suppressed as u64))?;
        }
        for target in &report.targets {
            if target.kind == TargetKind::Unreadable {
                continue;
            }
            writeln!(self.sink, "  {} {}", target.kind.word(), escape::terminal(&target.name))?;
            for remark in &target.remarks {
                writeln!(self.sink, "    {}", escape::terminal(remark))?;
            }
        }
        writeln!(self.sink, "  {}", volume(report))?;
        if report.fingerprint_key == FingerprintKey::Public && report.findings.iter().any(|finding| !finding.lasting) {
            writeln!(
                self.sink,
                "  Fingerprints of passwords are of this run only: set fingerprint_key_file to compare runs."
            )?;
        }
        if report.verified && !report.findings.is_empty() {
            let counts = verified::count(report.findings.iter().map(|finding| &finding.verification));
            writeln!(self.sink, "  Tried whether they still work: {counts}")?;
        } else if !report.findings.is_empty() {
            writeln!(self.sink, "  Whether they still work was not checked; --verify asks their providers.")?;
        }
        Ok(())
    }

    fn paint(&self, style: Style, text: &str) -> String {
        if self.options.color { format!("{style}{text}{style:#}") } else { text.to_owned() }
    }

    /// `text` as a link to the file at `path`, where the terminal has links.
    fn link(&self, path: &str, text: &str) -> String {
        match std::path::absolute(path) {
            Ok(full) if self.options.links => {
                let uri = escape::uri(&full.to_string_lossy());
                format!("\x1b]8;;file://{uri}\x1b\\{text}\x1b]8;;\x1b\\")
            }
            _ => text.to_owned(),
        }
    }
}

/// What the whole comes to, in one line.
fn headline(report: &Report) -> String {
    let counted = || report.findings.iter().filter(|finding| finding.suppressed.is_none());
    let count = counted().count();
    let places: usize = counted().map(|finding| finding.places.len()).sum();
    let found = if count == 0 {
        "No secrets found".to_owned()
    } else {
        let by_severity: Vec<String> = [Severity::Critical, Severity::High, Severity::Medium, Severity::Low]
            .into_iter()
            .filter_map(|severity| {
                let count = counted().filter(|finding| finding.pattern.severity == severity).count();
                (count > 0).then(|| format!("{count} {}", super::word(severity)))
            })
            .collect();
        let (secrets, at) = (plural(count, "secret"), plural(places, "place"));
        format!(
            "{} {secrets} ({}) at {} {at}",
            HumanCount(count as u64),
            by_severity.join(", "),
            HumanCount(places as u64)
        )
    };
    match report.errors.len() {
        0 => format!("{found}."),
        errors => format!("{found}; incomplete: {errors} {} not scanned.", plural(errors, "item")),
    }
}

/// Who allows something, until when, and why.
fn words(suppression: &Suppression) -> String {
    let until = suppression.expires.as_ref().map_or(String::new(), |day| format!(" until {day}"));
    let by = suppression.by.words();
    escape::terminal(&match suppression.by {
        SuppressedBy::Mark(_) => format!("{by}{until}"),
        SuppressedBy::Rule(_) | SuppressedBy::Baseline => format!("{by}{until}: {}", suppression.reason),
    })
}

/// What was scanned, and in what time.
pub(super) fn volume(report: &Report) -> String {
    let stats = report.stats;
    let mut parts = Vec::new();
    if stats.files > 0 || stats.objects == 0 {
        let files = plural(usize::try_from(stats.files).unwrap_or(usize::MAX), "file");
        parts.push(format!("{} {files} ({})", HumanCount(stats.files), HumanBytes(stats.file_bytes)));
    }
    if stats.objects > 0 {
        parts.push(format!(
            "{} git objects, {} of them commits ({} inflated)",
            HumanCount(stats.objects),
            HumanCount(stats.commits),
            HumanBytes(stats.object_bytes)
        ));
    }
    let links = match stats.links {
        0 => String::new(),
        1 => "; 1 symbolic link not followed".to_owned(),
        links => format!("; {} symbolic links not followed", HumanCount(links)),
    };
    format!("{} in {:.2} s{links}", parts.join(", "), report.elapsed.as_secs_f64())
}

fn day(commit: &Commit) -> &str {
    commit.date.get(..10).unwrap_or(&commit.date)
}

/// A reference as people call it.
fn reference(name: &str) -> &str {
    ["refs/heads/", "refs/remotes/", "refs/"].iter().find_map(|start| name.strip_prefix(start)).unwrap_or(name)
}

fn short(id: &str) -> &str {
    id.get(..SHORT_ID).unwrap_or(id)
}

fn plural(count: usize, word: &str) -> String {
    if count == 1 { word.to_owned() } else { format!("{word}s") }
}

fn color(severity: Severity) -> Style {
    let color = match severity {
        Severity::Critical => AnsiColor::Magenta,
        Severity::High => AnsiColor::Red,
        Severity::Medium => AnsiColor::Yellow,
        Severity::Low => AnsiColor::Blue,
    };
    Style::new().bold().fg_color(Some(color.into()))
}
