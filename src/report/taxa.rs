//! Governance in SARIF: the checks as rules of their own, and the taxonomies that they and the patterns refer to.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::json;
use serde_sarif::sarif::{
    ArtifactLocation, Location, PhysicalLocation, PropertyBag, Region, ReportingConfiguration, ReportingDescriptor,
    ReportingDescriptorReference, ReportingDescriptorRelationship, Result as SarifResult, Suppression, ToolComponent,
    ToolComponentReference,
};

use super::{escape, sarif};
use crate::model::attribution::Ownership;
use crate::model::check::{Check, Checked, Outcome};
use crate::model::report::Report;

/// Name, version and address of each taxonomy.
const TAXONOMIES: [(&str, &str, &str); 4] = [
    ("OWASP NHI Top 10", "2025", "https://owasp.org/www-project-non-human-identities-top-10/"),
    ("CWE", "4.18", "https://cwe.mitre.org/"),
    ("NIST CSF", "2.0", "https://www.nist.gov/cyberframework"),
    ("PCI DSS", "4.0.1", "https://www.pcisecuritystandards.org/"),
];

/// What a check refers to: the taxonomy and the id in it.
fn taxa(check: &Check) -> Vec<(&'static str, String)> {
    let of = |name: &'static str, ids: &[String]| ids.iter().map(move |id| (name, id.clone())).collect::<Vec<_>>();
    let cwe: Vec<String> = check.cwe.iter().map(|id| format!("CWE-{id}")).collect();
    [
        of(TAXONOMIES[0].0, &check.owasp),
        of(TAXONOMIES[1].0, &cwe),
        of(TAXONOMIES[2].0, &check.csf),
        of(TAXONOMIES[3].0, &check.pci),
    ]
    .concat()
}

/// What every secret in clear text is evidence for.
fn secret_taxa() -> Vec<(&'static str, String)> {
    vec![(TAXONOMIES[0].0, "NHI2:2025".to_owned()), (TAXONOMIES[1].0, "CWE-798".to_owned())]
}

/// The checks of which there are results, in order.
pub(super) fn checks(ownership: &Ownership) -> Vec<&Check> {
    let named: BTreeSet<&str> = told(ownership).map(|checked| checked.check).collect();
    ownership.mapping.check.iter().filter(|check| named.contains(check.id.as_str())).collect()
}

/// Violations, waived or not. What is not known is in JSON.
fn told(ownership: &Ownership) -> impl Iterator<Item = &Checked> {
    ownership.checks.iter().filter(|checked| checked.outcome == Outcome::Violated)
}

/// A check as a rule.
pub(super) fn rule(check: &Check) -> ReportingDescriptor {
    let mut properties = BTreeMap::new();
    properties.insert("security-severity".to_owned(), json!(sarif::security_severity(check.severity)));
    properties.insert("precision".to_owned(), json!("high"));
    let tags = vec!["security".to_owned(), "governance".to_owned()];
    let mut rule = ReportingDescriptor::builder()
        .id(&check.id)
        .name(&check.title)
        .short_description(sarif::text(&check.title))
        .full_description(sarif::text(&check.title))
        .help(sarif::text(&check.remedy))
        .default_configuration(
            ReportingConfiguration::builder().level(sarif::level(check.severity).to_string()).build(),
        )
        .properties(PropertyBag::builder().tags(tags).additional_properties(properties).build())
        .build();
    rule.relationships = Some(taxa(check).into_iter().map(relationship).collect());
    rule
}

/// How the rule of a pattern refers to the taxonomies.
pub(super) fn secret_relationships() -> Vec<ReportingDescriptorRelationship> {
    secret_taxa().into_iter().map(relationship).collect()
}

fn relationship(taxon: (&'static str, String)) -> ReportingDescriptorRelationship {
    ReportingDescriptorRelationship::builder().target(reference(taxon)).kinds(vec!["relevant".to_owned()]).build()
}

fn reference((taxonomy, id): (&'static str, String)) -> ReportingDescriptorReference {
    ReportingDescriptorReference::builder()
        .id(id)
        .tool_component(ToolComponentReference::builder().name(taxonomy).build())
        .build()
}

/// The taxonomies with all that is referred to.
pub(super) fn taxonomies(report: &Report) -> Vec<ToolComponent> {
    let mut used: BTreeSet<(&str, String)> = BTreeSet::new();
    if !report.findings.is_empty() {
        used.extend(secret_taxa());
    }
    if let Some(ownership) = &report.ownership {
        used.extend(checks(ownership).into_iter().flat_map(taxa));
    }
    let taxonomy = |(name, version, home): (&str, &str, &str)| {
        let taxa: Vec<ReportingDescriptor> = used
            .iter()
            .filter(|(of, _)| *of == name)
            .map(|(_, id)| ReportingDescriptor::builder().id(id).build())
            .collect();
        (!taxa.is_empty())
            .then(|| ToolComponent::builder().name(name).version(version).information_uri(home).taxa(taxa).build())
    };
    TAXONOMIES.into_iter().filter_map(taxonomy).collect()
}

/// Violations as results. One on a finding stands where the finding does, any other at the inventory.
pub(super) fn results(report: &Report, first_rule: usize) -> Vec<SarifResult> {
    let Some(ownership) = &report.ownership else { return Vec::new() };
    let rules = checks(ownership);
    told(ownership)
        .map(|checked| {
            let number = rules.iter().position(|check| check.id == checked.check);
            let finding = report.findings.iter().find(|one| Some(&one.fingerprint) == checked.subject.finding.as_ref());
            let place = finding.and_then(|finding| finding.places.first()).map(sarif::location);
            let subject = &checked.subject;
            let parts = [subject.integration.as_deref(), subject.credential.as_deref(), subject.finding.as_deref()];
            let of: Vec<&str> = parts.into_iter().flatten().collect();
            // Of what has no subject the sentence itself is what stays.
            let key = if of.is_empty() { escape::terminal(&checked.message) } else { of.join("/") };
            let fingerprint = BTreeMap::from([("straykeyCheck/v1".to_owned(), format!("{}:{key}", checked.check))]);
            let mut properties = BTreeMap::new();
            properties.insert("integration".to_owned(), json!(subject.integration));
            properties.insert("credential".to_owned(), json!(subject.credential));
            let mut result = SarifResult::builder()
                .rule_id(checked.check)
                .level(sarif::level(checked.severity))
                .message(sarif::message(&escape::terminal(&checked.message)))
                .locations(vec![place.unwrap_or_else(|| inventory(ownership))])
                .partial_fingerprints(fingerprint)
                .properties(PropertyBag::builder().additional_properties(properties).build())
                .build();
            result.rule_index = number.and_then(|number| i64::try_from(first_rule + number).ok());
            let taxa = ownership.mapping.get(checked.check).map(taxa).unwrap_or_default();
            result.taxa = Some(taxa.into_iter().map(reference).collect());
            result.suppressions = checked.waived.as_ref().map(|by| {
                vec![
                    Suppression::builder()
                        .kind("external")
                        .status("accepted")
                        .justification(escape::terminal(by))
                        .build(),
                ]
            });
            result
        })
        .collect()
}

fn inventory(ownership: &Ownership) -> Location {
    let file = ownership.files.first().map_or("inventory", String::as_str);
    let relative = file.trim_start_matches(['/', '.']);
    let artifact =
        ArtifactLocation::builder().uri(escape::uri(if relative.is_empty() { "inventory" } else { relative })).build();
    let region = Region::builder().start_line(1).start_column(1).end_line(1).end_column(1).build();
    Location::builder()
        .physical_location(PhysicalLocation::builder().artifact_location(artifact).region(region).build())
        .build()
}
