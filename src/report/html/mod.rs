//! HTML: one file that needs nothing else, for people to read, sort, filter and print.
//!
//! The overview and what was not scanned are written here; the findings are embedded as data, which the page's own script
//! shows as text only. The page's policy lets run what this file was built with and nothing else, and load nothing at all.

mod embed;
mod overview;

use std::io::{self, Write};

use askama::Template;
use data_encoding::BASE64;
use serde::Serialize;
use sha2::{Digest, Sha256};

use super::group::GroupBy;
use super::json::{self, FindingV1, SummaryV1};
use super::{escape, ownership, text};
use crate::model::check::{Check, Checked, Outcome};
use crate::model::report::{FingerprintKey, Report};
use overview::Overview;

const STYLE: &str = concat!(include_str!("page.css"), include_str!("parts.css"), include_str!("media.css"));
const SCRIPT: &str = concat!(
    "\"use strict\";(() => {\n",
    include_str!("script/dom.js"),
    include_str!("script/data.js"),
    include_str!("script/state.js"),
    include_str!("script/detail.js"),
    include_str!("script/findings.js"),
    include_str!("script/sections.js"),
    include_str!("script/blast.js"),
    include_str!("script/exposure.js"),
    include_str!("script/main.js"),
    "})();\n"
);

/// What the script reads: the findings and the summary of the JSON report, and what only a page needs.
#[derive(Serialize)]
struct Data<'a> {
    version: u32,
    findings: Vec<FindingV1<'a>>,
    summary: SummaryV1<'a>,
    scanned_at: String,
    group_by: Option<&'static str>,
}

#[derive(Template)]
#[template(path = "page.html", config = "src/report/html/askama.toml")]
struct Page<'a> {
    policy: String,
    style: &'a str,
    script: &'a str,
    data: String,
    version: &'a str,
    day: String,
    overview: Overview,
    checks: Vec<CheckCard<'a>>,
    errors: Vec<(String, String)>,
    remarks: Vec<String>,
    targets: Vec<TargetRow>,
    volume: String,
    fingerprints: String,
    has_ownership: bool,
}

/// One check of which there are results.
struct CheckCard<'a> {
    id: &'a str,
    title: &'a str,
    remedy: &'a str,
    severity: &'static str,
    violated: usize,
    waived: usize,
    unknown: usize,
    references: Vec<String>,
}

struct TargetRow {
    kind: &'static str,
    name: String,
    remarks: Vec<String>,
}

/// Writes the page. Its findings come in groups that the reader chooses; `group_by` is what they begin with.
pub(super) fn write(report: &Report, group_by: Option<GroupBy>, sink: &mut dyn Write) -> io::Result<()> {
    let data = Data {
        version: json::VERSION,
        findings: report.findings.iter().map(|found| json::finding(found, report)).collect(),
        summary: json::summary(report),
        scanned_at: super::time(report.at),
        group_by: group_by.map(GroupBy::word),
    };
    let shown = |texts: &[String]| texts.iter().map(|text| escape::terminal(text)).collect::<Vec<_>>();
    let page = Page {
        policy: policy(),
        style: STYLE,
        script: SCRIPT,
        data: embed::json(&data)?,
        version: env!("CARGO_PKG_VERSION"),
        day: super::day(report.at),
        overview: Overview::of(report),
        checks: checks(report),
        errors: report.errors.iter().map(|one| (escape::terminal(&one.what), escape::terminal(&one.why))).collect(),
        remarks: shown(&report.remarks),
        targets: report
            .targets
            .iter()
            .map(|target| TargetRow {
                kind: target.kind.word(),
                name: escape::terminal(&target.name),
                remarks: shown(&target.remarks),
            })
            .collect(),
        volume: text::volume(report),
        fingerprints: match &report.fingerprint_key {
            FingerprintKey::Own { id } => format!("made with the key {}", escape::terminal(id)),
            FingerprintKey::Public => {
                "made without a key of your own; those of passwords are of this run only".to_owned()
            }
        },
        has_ownership: report.ownership.is_some(),
    };
    sink.write_all(page.render().map_err(io::Error::other)?.as_bytes())
}

/// Runs and styles only what is built in; nothing is loaded, sent, framed or made into code.
fn policy() -> String {
    let hash = |text: &str| BASE64.encode(&Sha256::digest(text));
    format!(
        "default-src 'none'; script-src 'sha256-{}'; style-src 'sha256-{}'; base-uri 'none'; form-action 'none'; \
         require-trusted-types-for 'script'; trusted-types 'none'",
        hash(SCRIPT),
        hash(STYLE)
    )
}

/// The checks with their counts, those that are violated first.
fn checks(report: &Report) -> Vec<CheckCard<'_>> {
    let Some(owned) = &report.ownership else { return Vec::new() };
    let cards = owned.mapping.check.iter().map(|check| card(check, &owned.checks));
    let mut cards: Vec<CheckCard<'_>> = cards.filter(|one| one.violated + one.waived + one.unknown > 0).collect();
    cards.sort_by_key(|card| card.violated == 0);
    cards
}

fn card<'a>(check: &'a Check, all: &[Checked]) -> CheckCard<'a> {
    let results = || all.iter().filter(|one| one.check == check.id);
    let count = |outcome| results().filter(|one| one.outcome == outcome && one.waived.is_none()).count();
    CheckCard {
        id: &check.id,
        title: &check.title,
        remedy: &check.remedy,
        severity: super::word(check.severity),
        violated: count(Outcome::Violated),
        waived: results().filter(|one| one.waived.is_some()).count(),
        unknown: count(Outcome::NotEvidenced),
        references: ownership::references(check),
    }
}
