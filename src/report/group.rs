//! Findings by owner, integration, pattern or place.

use std::collections::BTreeMap;

use serde::Serialize;

use super::ownership;
use crate::model::finding::Finding;
use crate::model::report::Report;
use crate::model::validity::Validity;

/// By what findings are grouped.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum GroupBy {
    /// Who answers for them.
    Owner,
    /// What they are of.
    Integration,
    /// What they look like.
    Pattern,
    /// The file or other place in which they stand first.
    Place,
}

impl GroupBy {
    /// The word for it.
    pub(super) fn word(self) -> &'static str {
        match self {
            Self::Owner => "owner",
            Self::Integration => "integration",
            Self::Pattern => "pattern",
            Self::Place => "place",
        }
    }
}

/// Findings of one key, in the report's order.
pub(super) struct Group<'a> {
    pub(super) key: String,
    pub(super) findings: Vec<&'a Finding>,
}

/// One group in JSON.
#[derive(Serialize)]
pub(super) struct GroupV1<'a> {
    key: String,
    live: usize,
    findings: Vec<&'a str>,
}

/// The findings that count, grouped; the group with the first finding stands first.
pub(super) fn groups(report: &Report, by: GroupBy) -> Vec<Group<'_>> {
    let mut places: BTreeMap<String, usize> = BTreeMap::new();
    let mut groups: Vec<Group<'_>> = Vec::new();
    for finding in report.findings.iter().filter(|finding| finding.suppressed.is_none()) {
        let key = key(finding, report, by);
        let at = *places.entry(key.clone()).or_insert_with(|| {
            groups.push(Group { key, findings: Vec::new() });
            groups.len() - 1
        });
        groups[at].findings.push(finding);
    }
    groups
}

/// The same in the form of version 1.
pub(super) fn v1(report: &Report, by: GroupBy) -> Vec<GroupV1<'_>> {
    groups(report, by)
        .into_iter()
        .map(|group| GroupV1 {
            live: group.findings.iter().filter(|one| one.verification.validity == Validity::Active).count(),
            findings: group.findings.iter().map(|one| one.fingerprint.as_str()).collect(),
            key: group.key,
        })
        .collect()
}

fn key(finding: &Finding, report: &Report, by: GroupBy) -> String {
    let owned = ownership::of(finding, report);
    match by {
        GroupBy::Owner => owned.map_or_else(|| ownership::UNOWNED.to_owned(), ownership::owners),
        GroupBy::Integration => {
            let integration = owned.and_then(|owned| owned.attribution.integration.clone());
            integration.unwrap_or_else(|| "of no known integration".into())
        }
        GroupBy::Pattern => finding.pattern.id.to_string(),
        GroupBy::Place => {
            let place = finding.places.first();
            place
                .and_then(|place| place.path.clone())
                .or(place.map(|place| place.kind.words().to_owned()))
                .unwrap_or_default()
        }
    }
}
