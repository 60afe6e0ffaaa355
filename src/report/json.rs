//! JSON, version 1: one document. The structs are the format: what is added stays, what is there keeps its meaning.

use std::io::{self, Write};

use serde::Serialize;

use super::group::{self, GroupBy};
use super::ownership;
use super::verified::{self, VerifiedV1};
use crate::model::finding::Finding;
use crate::model::pattern::{Confidence, Kind, Severity};
use crate::model::place::{Commit, Place, PlaceKind};
use crate::model::report::{FingerprintKey, Report, Stats, Target};
use crate::model::suppression::Suppression;

/// Counts up when a reader of the last version could be misled.
pub const VERSION: u32 = 1;

#[derive(Serialize)]
struct Document<'a> {
    version: u32,
    findings: Vec<FindingV1<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    groups: Option<Vec<group::GroupV1<'a>>>,
    summary: SummaryV1<'a>,
}

/// One finding, in JSON and JSONL.
#[derive(Serialize)]
pub(super) struct FindingV1<'a> {
    #[serde(rename = "type")]
    record: &'static str,
    pattern: &'a str,
    name: &'a str,
    secret_kind: Kind,
    fingerprint: &'a str,
    fingerprint_lasts: bool,
    secret: &'a str,
    severity: Severity,
    confidence: Confidence,
    reasons: &'a [&'static str],
    #[serde(flatten)]
    verified: VerifiedV1<'a>,
    #[serde(skip_serializing_if = "Option::is_none")]
    exposed_since: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    exposed_days_at_least: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    suppressed: Option<SuppressedV1<'a>>,
    places: Vec<PlaceV1<'a>>,
    #[serde(flatten)]
    owned: Option<ownership::OwnedV1<'a>>,
}

#[derive(Serialize)]
struct SuppressedV1<'a> {
    by: String,
    reason: &'a str,
    expires: Option<&'a str>,
}

#[derive(Serialize)]
struct PlaceV1<'a> {
    target: &'a str,
    kind: PlaceKind,
    path: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    inside: Option<&'a str>,
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    encodings: &'a [&'static str],
    line: usize,
    column: usize,
    end_line: usize,
    end_column: usize,
    #[serde(skip_serializing_if = "Option::is_none")]
    object: Option<&'a str>,
    #[serde(flatten)]
    first: Option<CommitV1<'a>>,
    #[serde(flatten)]
    lifetime: Option<LifetimeV1<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    suppressed: Option<SuppressedV1<'a>>,
}

#[derive(Serialize)]
struct CommitV1<'a> {
    commit: &'a str,
    author: &'a str,
    date: &'a str,
    subject: &'a str,
}

/// What became of a secret at a path in history.
#[derive(Serialize)]
struct LifetimeV1<'a> {
    last: CommitV1<'a>,
    at_head: bool,
    versions: usize,
    refs: &'a [String],
    refs_not_listed: usize,
}

/// The summary, in JSON and as the last line of JSONL.
#[derive(Serialize)]
pub(super) struct SummaryV1<'a> {
    #[serde(rename = "type")]
    record: &'static str,
    version: u32,
    tool: ToolV1,
    /// Those that count.
    findings: usize,
    suppressed: usize,
    complete: bool,
    errors: Vec<ErrorV1<'a>>,
    remarks: &'a [String],
    targets: Vec<TargetV1<'a>>,
    scanned: ScannedV1,
    fingerprint_key: String,
    seconds: f64,
    #[serde(skip_serializing_if = "Option::is_none")]
    ownership: Option<ownership::OwnershipV1<'a>>,
}

#[derive(Serialize)]
struct ToolV1 {
    name: &'static str,
    version: &'static str,
}

#[derive(Serialize)]
struct ErrorV1<'a> {
    what: &'a str,
    why: &'a str,
}

#[derive(Serialize)]
struct TargetV1<'a> {
    name: &'a str,
    kind: &'static str,
    remarks: &'a [String],
}

#[derive(Serialize)]
struct ScannedV1 {
    files: u64,
    file_bytes: u64,
    objects: u64,
    object_bytes: u64,
    commits: u64,
    links_not_followed: u64,
}

/// Writes the document.
pub(super) fn write(report: &Report, group_by: Option<GroupBy>, sink: &mut dyn Write) -> io::Result<()> {
    let document = Document {
        version: VERSION,
        findings: report.findings.iter().map(|found| finding(found, report)).collect(),
        groups: group_by.map(|by| group::v1(report, by)),
        summary: summary(report),
    };
    serde_json::to_writer_pretty(&mut *sink, &document)?;
    writeln!(sink)
}

/// One finding in the form of this version.
pub(super) fn finding<'a>(finding: &'a Finding, report: &'a Report) -> FindingV1<'a> {
    FindingV1 {
        record: "finding",
        pattern: &finding.pattern.id,
        name: &finding.pattern.name,
        secret_kind: finding.pattern.kind,
        fingerprint: &finding.fingerprint,
        fingerprint_lasts: finding.lasting,
        secret: &finding.shown,
        severity: finding.pattern.severity,
        confidence: finding.judgement.confidence,
        reasons: &finding.judgement.reasons,
        verified: verified::verified(&finding.verification, report.verified),
        exposed_since: finding.exposure.as_ref().map(|exposure| super::day(exposure.since)),
        exposed_days_at_least: finding.exposure.as_ref().map(|exposure| exposure.days),
        suppressed: finding.suppressed.as_deref().map(suppressed),
        places: finding.places.iter().map(|found| place(found, &report.targets)).collect(),
        owned: ownership::owned(finding, report),
    }
}

fn place<'a>(place: &'a Place, targets: &'a [Target]) -> PlaceV1<'a> {
    PlaceV1 {
        target: targets.get(place.target).map_or("", |target| &target.name),
        kind: place.kind,
        path: place.path.as_deref(),
        inside: place.inside.as_deref(),
        encodings: &place.encodings,
        line: place.position.line,
        column: place.position.column,
        end_line: place.position.end_line,
        end_column: place.position.end_column,
        object: place.object.as_deref(),
        first: place.commit.as_ref().map(commit),
        lifetime: place.lifetime.as_ref().map(|lifetime| LifetimeV1 {
            last: commit(&lifetime.last),
            at_head: lifetime.at_head,
            versions: lifetime.versions,
            refs: &lifetime.refs,
            refs_not_listed: lifetime.more_refs,
        }),
        suppressed: place.suppressed.as_deref().map(suppressed),
    }
}

fn suppressed(suppression: &Suppression) -> SuppressedV1<'_> {
    SuppressedV1 { by: suppression.by.words(), reason: &suppression.reason, expires: suppression.expires.as_deref() }
}

fn commit(commit: &Commit) -> CommitV1<'_> {
    CommitV1 { commit: &commit.id, author: &commit.author, date: &commit.date, subject: &commit.subject }
}

/// The summary in the form of this version.
pub(super) fn summary(report: &Report) -> SummaryV1<'_> {
    let suppressed = report.findings.iter().filter(|finding| finding.suppressed.is_some()).count();
    let Stats { files, file_bytes, objects, object_bytes, commits, links } = report.stats;
    SummaryV1 {
        record: "summary",
        version: VERSION,
        tool: ToolV1 { name: "straykey", version: env!("CARGO_PKG_VERSION") },
        findings: report.findings.len() - suppressed,
        suppressed,
        complete: report.errors.is_empty(),
        errors: report.errors.iter().map(|error| ErrorV1 { what: &error.what, why: &error.why }).collect(),
        remarks: &report.remarks,
        targets: report
            .targets
            .iter()
            .map(|target| TargetV1 { name: &target.name, kind: target.kind.word(), remarks: &target.remarks })
            .collect(),
        scanned: ScannedV1 { files, file_bytes, objects, object_bytes, commits, links_not_followed: links },
        fingerprint_key: match &report.fingerprint_key {
            FingerprintKey::Own { id } => id.clone(),
            FingerprintKey::Public => "public".into(),
        },
        seconds: report.elapsed.as_secs_f64(),
        ownership: ownership::ownership(report),
    }
}
