//! Whose findings are, in the forms of the reports: text and version 1 of the JSON.

use std::io::{self, Write};

use serde::Serialize;

use super::escape;
use crate::model::attribution::{
    Alternative, Attribution, AttributionTier, Evidence, ExposureOwner, Owned, Ownership, Priority, Resolved,
};
use crate::model::check::{Check, Checked, Mapping, Outcome};
use crate::model::finding::Finding;
use crate::model::reach::{Reach, Step};
use crate::model::report::Report;
use crate::model::validity::Validity;

/// What reports say of a finding that nobody owns.
pub(super) const UNOWNED: &str = "UNOWNED";

/// Whose a finding is, if that was asked.
pub(super) fn of<'a>(finding: &Finding, report: &'a Report) -> Option<&'a Owned> {
    report.ownership.as_ref()?.by_finding.get(&finding.fingerprint)
}

/// Those who answer for a finding, or [`UNOWNED`].
pub(super) fn owners(owned: &Owned) -> String {
    let mut names: Vec<&str> = owned.attribution.owners.iter().filter_map(|owner| owner.id.as_deref()).collect();
    names.dedup();
    if names.is_empty() { UNOWNED.into() } else { names.join(", ") }
}

/// Whether somebody surely answers for it.
fn is_sure(owned: &Owned) -> bool {
    let tier = owned.attribution.tier;
    owners(owned) != UNOWNED
        && !matches!(tier, AttributionTier::Weak | AttributionTier::Contested | AttributionTier::Unattributed)
}

/// Whether it was asked whose it is, and nobody surely answers for it.
pub(super) fn is_unowned(finding: &Finding, report: &Report) -> bool {
    of(finding, report).is_some_and(|owned| !is_sure(owned))
}

/// Findings that count and that their provider accepts, or of which nobody knows, and that have no owner.
pub(super) fn without_owner(report: &Report) -> (usize, usize) {
    let counted = report.findings.iter().filter(|finding| finding.suppressed.is_none());
    let unowned = counted.filter(|finding| is_unowned(finding, report));
    let (mut live, mut unknown) = (0, 0);
    for finding in unowned {
        match finding.verification.validity {
            Validity::Active => live += 1,
            Validity::Inactive => {}
            _ => unknown += 1,
        }
    }
    (live, unknown)
}

/// The first line of a report with an inventory.
pub(super) fn headline(report: &Report) -> Option<String> {
    report.ownership.as_ref()?;
    let (live, unknown) = without_owner(report);
    let word = if live == 1 { "finding" } else { "findings" };
    let also = if unknown > 0 { format!("; {unknown} more that nobody checked") } else { String::new() };
    Some(format!("{live} live {word} without a sure owner{also}"))
}

/// The lines of text below a finding.
pub(super) fn text(owned: &Owned, verbose: bool, sink: &mut dyn Write) -> io::Result<()> {
    let Attribution { tier, score, integration, evidence, against, alternatives, exposure_owner, shared_by, .. } =
        &owned.attribution;
    let whose = integration.as_ref().map_or(String::new(), |id| format!(" of {id}"));
    let line = format!("owner {}{whose}  {} {score}", owners(owned), tier.word());
    writeln!(sink, "          {}", escape::terminal(&line))?;
    let reasons: Vec<String> =
        evidence.iter().chain(against).filter(|one| one.points != 0 || verbose).map(reason).collect();
    if !reasons.is_empty() {
        writeln!(sink, "            {}", escape::terminal(&reasons.join("; ")))?;
    }
    if !shared_by.is_empty() {
        writeln!(sink, "            shared by {}", escape::terminal(&shared_by.join(", ")))?;
    }
    let shown = if verbose || *tier == AttributionTier::Contested { alternatives.len() } else { 0 };
    for other in alternatives.iter().take(shown) {
        writeln!(sink, "            or {} {}", escape::terminal(&other.integration), other.score)?;
    }
    if let Some(ExposureOwner { who, by }) = exposure_owner {
        writeln!(sink, "          to be cleaned up by {} ({by})", escape::terminal(&who.join(", ")))?;
    }
    let parts: Vec<String> = owned.priority.parts.iter().map(|(name, points)| format!("{name} {points}")).collect();
    writeln!(sink, "          priority {}: {}", owned.priority.score, parts.join(", "))
}

fn reason(one: &Evidence) -> String {
    match one.class {
        '-' => format!("against: {} {} ({})", one.id, one.points, one.note),
        class if one.id.starts_with(class) => format!("{} {} ({})", one.id, one.points, one.note),
        class => format!("{class} {} {} ({})", one.id, one.points, one.note),
    }
}

/// What the checks say, as text: what is violated, and how much is not known.
pub(super) fn checks(ownership: &Ownership, verbose: bool, sink: &mut dyn Write) -> io::Result<()> {
    let (mut waived, mut unknown) = (0, 0);
    for checked in &ownership.checks {
        let Checked { check, outcome, message, waived: by, .. } = checked;
        let word = match outcome {
            _ if by.is_some() => "waived",
            Outcome::Violated => super::word(checked.severity),
            Outcome::NotEvidenced => "unknown",
        };
        unknown += usize::from(*outcome == Outcome::NotEvidenced && by.is_none());
        waived += usize::from(by.is_some());
        if (*outcome == Outcome::Violated && by.is_none()) || verbose {
            let by = by.as_ref().map_or(String::new(), |by| format!(" ({by})"));
            writeln!(sink, "{word:8}  {check}  {}", escape::terminal(&format!("{message}{by}")))?;
        }
    }
    if !ownership.checks.is_empty() {
        let hint = if verbose || waived + unknown == 0 { "" } else { " (-v shows them)" };
        let violated = ownership.checks.len() - waived - unknown;
        writeln!(sink, "Checks: {violated} violated, {waived} waived, {unknown} not evidenced{hint}\n")?;
    }
    Ok(())
}

/// Whose a finding is, in JSON.
#[derive(Serialize)]
pub(super) struct OwnedV1<'a> {
    attribution: AttributionV1<'a>,
    environments: &'a [String],
    priority: &'a Priority,
}

#[derive(Serialize)]
struct AttributionV1<'a> {
    tier: AttributionTier,
    score: i64,
    integration: Option<&'a str>,
    credential: Option<&'a str>,
    owner: String,
    owner_is_sure: bool,
    owners: &'a [Resolved],
    exposure_owner: Option<&'a ExposureOwner>,
    weights: &'a str,
    evidence: Vec<EvidenceV1<'a>>,
    against: Vec<EvidenceV1<'a>>,
    conflict: bool,
    alternatives: &'a [Alternative],
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    shared_by: &'a [String],
}

#[derive(Serialize)]
struct EvidenceV1<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    class: Option<char>,
    id: &'a str,
    pts: i64,
    note: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    as_of: Option<String>,
}

/// One finding's owner in the form of this version.
pub(super) fn owned<'a>(finding: &Finding, report: &'a Report) -> Option<OwnedV1<'a>> {
    let owned = of(finding, report)?;
    let weights = report.ownership.as_ref().map_or("", |ownership| &ownership.weights);
    let Attribution {
        tier,
        score,
        integration,
        credential,
        owners,
        exposure_owner,
        evidence,
        against,
        conflict,
        alternatives,
        shared_by,
    } = &owned.attribution;
    Some(OwnedV1 {
        attribution: AttributionV1 {
            tier: *tier,
            score: *score,
            integration: integration.as_deref(),
            credential: credential.as_deref(),
            owner: self::owners(owned),
            owner_is_sure: is_sure(owned),
            owners,
            exposure_owner: exposure_owner.as_ref(),
            weights,
            evidence: evidence.iter().map(evidence_v1).collect(),
            against: against.iter().map(evidence_v1).collect(),
            conflict: *conflict,
            alternatives,
            shared_by,
        },
        environments: &owned.environments,
        priority: &owned.priority,
    })
}

fn evidence_v1(one: &Evidence) -> EvidenceV1<'_> {
    EvidenceV1 {
        class: Some(one.class).filter(|class| *class != '-'),
        id: one.id,
        pts: one.points,
        note: &one.note,
        as_of: one.as_of.map(super::time),
    }
}

/// What ownership comes to as a whole, in JSON.
#[derive(Serialize)]
pub(super) struct OwnershipV1<'a> {
    weights: &'a str,
    integrations: usize,
    live_without_owner: usize,
    unchecked_without_owner: usize,
    tiers: std::collections::BTreeMap<&'static str, usize>,
    checks: Vec<CheckedV1<'a>>,
    blast: Vec<BlastV1<'a>>,
}

/// How far the credentials of an integration open doors.
#[derive(Serialize)]
struct BlastV1<'a> {
    integration: &'a str,
    systems: usize,
    unknown_systems: usize,
    credentials: &'a [String],
    kinds: Vec<&'a str>,
    data_classes: Vec<&'a str>,
    tenants: u64,
    /// In the order of the way; what a step leads to follows it, one deeper.
    steps: Vec<StepV1<'a>>,
}

#[derive(Serialize)]
struct StepV1<'a> {
    depth: usize,
    kind: &'a str,
    id: &'a str,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    again: bool,
}

#[derive(Serialize)]
struct CheckedV1<'a> {
    check: &'a str,
    outcome: Outcome,
    severity: crate::model::pattern::Severity,
    integration: Option<&'a str>,
    credential: Option<&'a str>,
    finding: Option<&'a str>,
    message: &'a str,
    waived: Option<&'a str>,
    supports: Vec<String>,
}

/// What a result supports evidence for.
fn supports(checked: &Checked, mapping: &Mapping) -> Vec<String> {
    let Some(check) = mapping.get(checked.check) else { return Vec::new() };
    let agent = if checked.is_on_agent { mapping.agent_tags.clone() } else { Vec::new() };
    [references(check), agent].concat()
}

/// What every result of a check supports evidence for.
pub(super) fn references(check: &Check) -> Vec<String> {
    let of = |name: &str, ids: &[String]| ids.iter().map(|id| format!("{name} {id}")).collect::<Vec<_>>();
    let cwe = check.cwe.iter().map(|id| format!("CWE-{id}")).collect();
    let tenets = check.tenets.iter().map(|number| format!("SP 800-207 tenet {number}")).collect();
    [of("OWASP", &check.owasp), of("CSF", &check.csf), of("PCI DSS", &check.pci), cwe, tenets].concat()
}

/// The whole in the form of this version.
pub(super) fn ownership(report: &Report) -> Option<OwnershipV1<'_>> {
    let ownership = report.ownership.as_ref()?;
    let (live_without_owner, unchecked_without_owner) = without_owner(report);
    let mut tiers = std::collections::BTreeMap::new();
    for owned in report.findings.iter().filter_map(|finding| of(finding, report)) {
        *tiers.entry(owned.attribution.tier.word()).or_default() += 1;
    }
    let checks = ownership.checks.iter().map(|checked| CheckedV1 {
        check: checked.check,
        outcome: checked.outcome,
        severity: checked.severity,
        integration: checked.subject.integration.as_deref(),
        credential: checked.subject.credential.as_deref(),
        finding: checked.subject.finding.as_deref(),
        message: &checked.message,
        waived: checked.waived.as_deref(),
        supports: supports(checked, &ownership.mapping),
    });
    Some(OwnershipV1 {
        weights: &ownership.weights,
        integrations: ownership.integrations,
        live_without_owner,
        unchecked_without_owner,
        tiers,
        checks: checks.collect(),
        blast: ownership.reach.iter().map(|(integration, reach)| blast(integration, reach)).collect(),
    })
}

fn blast<'a>(integration: &'a str, reach: &'a Reach) -> BlastV1<'a> {
    let step = |step: &'a Step| StepV1 { depth: step.depth, kind: step.kind, id: &step.id, again: step.again };
    BlastV1 {
        integration,
        systems: reach.systems,
        unknown_systems: reach.unknown_systems,
        credentials: &reach.credentials,
        kinds: reach.kinds.iter().map(String::as_str).collect(),
        data_classes: reach.data_classes.iter().map(String::as_str).collect(),
        tenants: reach.tenants,
        steps: reach.steps.iter().map(step).collect(),
    }
}
