//! CSV: one row for each finding. What a spreadsheet would take for a formula is made harmless.

use std::io::{self, Write};

use super::{escape, ownership};
use crate::model::finding::Finding;
use crate::model::report::Report;
use crate::model::sheet::harmless;

const COLUMNS: [&str; 16] = [
    "fingerprint",
    "pattern",
    "name",
    "secret",
    "severity",
    "confidence",
    "validity",
    "integration",
    "owner",
    "tier",
    "score",
    "priority",
    "exposure_owner",
    "exposed_since",
    "places",
    "first_place",
];

/// Writes the rows.
pub(super) fn write(report: &Report, sink: &mut dyn Write) -> io::Result<()> {
    let mut writer = csv::Writer::from_writer(sink);
    writer.write_record(COLUMNS).map_err(io::Error::other)?;
    for finding in report.findings.iter().filter(|finding| finding.suppressed.is_none()) {
        let row = row(finding, report);
        writer.write_record(row.iter().map(|field| harmless(&escape::terminal(field)))).map_err(io::Error::other)?;
    }
    writer.flush()
}

fn row(finding: &Finding, report: &Report) -> [String; COLUMNS.len()] {
    let owned = ownership::of(finding, report);
    let attribution = owned.map(|owned| &owned.attribution);
    let confidence = serde_json::to_value(finding.judgement.confidence).ok();
    let first = finding
        .places
        .first()
        .map(|place| format!("{}:{}", place.path.as_deref().unwrap_or(place.kind.words()), place.position.line));
    let exposure_owner = attribution.and_then(|one| one.exposure_owner.as_ref());
    [
        finding.fingerprint.clone(),
        finding.pattern.id.to_string(),
        finding.pattern.name.to_string(),
        finding.shown.clone(),
        super::word(finding.pattern.severity).to_owned(),
        confidence.and_then(|value| value.as_str().map(str::to_owned)).unwrap_or_default(),
        finding.verification.validity.word().to_owned(),
        attribution.and_then(|one| one.integration.clone()).unwrap_or_default(),
        owned.map(ownership::owners).unwrap_or_default(),
        attribution.map(|one| one.tier.word().to_owned()).unwrap_or_default(),
        attribution.map(|one| one.score.to_string()).unwrap_or_default(),
        owned.map(|owned| owned.priority.score.to_string()).unwrap_or_default(),
        exposure_owner.map(|one| one.who.join(" ")).unwrap_or_default(),
        finding.exposure.as_ref().map(|one| super::day(one.since)).unwrap_or_default(),
        finding.places.len().to_string(),
        first.unwrap_or_default(),
    ]
}
