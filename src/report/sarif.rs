//! SARIF 2.1.0 as GitHub code scanning accepts it: at least one location for each result, relative URIs, columns from 1,
//! fingerprints of the value rather than of the line, and no snippet.

use std::collections::{BTreeMap, HashMap};
use std::io::{self, Write};

use serde_json::{Value, json};
use serde_sarif::sarif::{
    ArtifactLocation, Invocation, Location, LogicalLocation, Message, MultiformatMessageString, Notification,
    PhysicalLocation, PropertyBag, Region, ReportingConfiguration, ReportingDescriptor, Result as SarifResult,
    ResultLevel, Run, Sarif, Suppression as SarifSuppression, Tool, ToolComponent,
};

use super::{escape, ownership, taxa, verified};
use crate::model::finding::Finding;
use crate::model::pattern::{Pattern, Severity};
use crate::model::place::{Place, PlaceKind, Position};
use crate::model::report::Report;
use crate::model::suppression::{SuppressedBy, Suppression};

const SCHEMA: &str = "https://json.schemastore.org/sarif-2.1.0.json";
const HOME: &str = "https://github.com/straykey/straykey";
/// Places of one finding beyond the first that are written out; the rest are counted. GitHub shows 100, and refuses 1,000.
const MOST_RELATED: usize = 100;
/// Results in a log: GitHub refuses one that has more, and shows the gravest 5,000.
pub const MOST_RESULTS: usize = 25_000;

/// Writes the log.
pub(super) fn write(report: &Report, sink: &mut dyn Write) -> io::Result<()> {
    write_most(report, MOST_RESULTS, sink)
}

/// Writes the log with no more than so many results, the gravest first. The rest are counted in a notification.
pub fn write_most(report: &Report, most: usize, sink: &mut dyn Write) -> io::Result<()> {
    let rules = rules(report);
    let checks = report.ownership.as_ref().map(taxa::checks).unwrap_or_default();
    let driver = ToolComponent::builder()
        .name("straykey")
        .version(env!("CARGO_PKG_VERSION"))
        .semantic_version(env!("CARGO_PKG_VERSION"))
        .information_uri(HOME)
        .rules(
            rules
                .iter()
                .map(|pattern| rule(pattern))
                .chain(checks.iter().map(|check| taxa::rule(check)))
                .collect::<Vec<_>>(),
        )
        .build();
    let index: HashMap<&str, i64> = (0..).zip(&rules).map(|(index, pattern)| (&*pattern.id, index)).collect();
    let mut ordinals = HashMap::new();
    let mut results: Vec<SarifResult> =
        report.findings.iter().map(|finding| result(finding, report, &index, &mut ordinals)).collect();
    results.extend(taxa::results(report, rules.len()));
    if results.iter().any(|result| result.suppressions.is_some()) {
        // An empty list says "not suppressed"; none at all would say that it is not known.
        results.iter_mut().for_each(|result| _ = result.suppressions.get_or_insert_default());
    }
    let left_out = results.len().saturating_sub(most);
    results.truncate(most);
    let bases: BTreeMap<String, ArtifactLocation> = report
        .targets
        .iter()
        .enumerate()
        .map(|(number, target)| {
            (base_id(number), ArtifactLocation::builder().description(message(&escape::terminal(&target.name))).build())
        })
        .collect();
    let mut run = Run::builder()
        .tool(Tool::builder().driver(driver).build())
        .column_kind("unicodeCodePoints")
        .original_uri_base_ids(bases)
        .invocations(vec![invocation(report, left_out)])
        .results(results)
        .build();
    run.taxonomies = Some(taxa::taxonomies(report)).filter(|taxonomies| !taxonomies.is_empty());
    let log = Sarif::builder().schema(SCHEMA).version("2.1.0").runs(vec![run]).build();
    serde_json::to_writer_pretty(&mut *sink, &log)?;
    writeln!(sink)
}

/// The patterns that have findings, in order of id.
fn rules(report: &Report) -> Vec<&Pattern> {
    let by_id: BTreeMap<&str, &Pattern> =
        report.findings.iter().map(|finding| (&*finding.pattern.id, &*finding.pattern)).collect();
    by_id.into_values().collect()
}

fn rule(pattern: &Pattern) -> ReportingDescriptor {
    let help = format!(
        "A credential ({}) stands in clear text where it should not. Revoke it at its provider and issue another: taking it out \
         of the file does not take it out of git's history or of anybody's clone. Then find out who owns the integration that \
         used it.",
        pattern.name
    );
    let mut properties = BTreeMap::new();
    properties.insert("security-severity".to_owned(), Value::from(security_severity(pattern.severity)));
    properties.insert("precision".to_owned(), Value::from("high"));
    let mut descriptor = ReportingDescriptor::builder()
        .id(pattern.id.to_string())
        .name(pattern.name.to_string())
        .short_description(text(&pattern.name))
        .full_description(text(&format!("{} in clear text", pattern.name)))
        .help(text(&help))
        .default_configuration(ReportingConfiguration::builder().level(level(pattern.severity).to_string()).build())
        .properties(
            PropertyBag::builder()
                .tags(vec!["security".to_owned(), "secret".to_owned(), "external/cwe/cwe-798".to_owned()])
                .additional_properties(properties)
                .build(),
        )
        .build();
    descriptor.relationships = Some(taxa::secret_relationships());
    descriptor.help_uri = pattern.references.first().map(ToString::to_string);
    descriptor
}

fn result(
    finding: &Finding,
    report: &Report,
    rules: &HashMap<&str, i64>,
    ordinals: &mut HashMap<String, usize>,
) -> SarifResult {
    let mut fingerprints = BTreeMap::new();
    if finding.lasting {
        fingerprints.insert("straykeySecret/v1".to_owned(), finding.fingerprint.clone());
    } else {
        // The fingerprint is of this run only; the pattern and the file it is in are what stays.
        let place = format!("{}:{}", finding.pattern.id, finding.places.first().map(uri).unwrap_or_default());
        let ordinal = ordinals.entry(place.clone()).or_default();
        *ordinal += 1;
        fingerprints.insert("straykeyPlace/v1".to_owned(), format!("{place}:{ordinal}"));
    }
    let related: Vec<Location> = finding
        .places
        .iter()
        .skip(1)
        .take(MOST_RELATED)
        .zip(1..)
        .map(|(place, id)| {
            let mut location = location(place);
            location.id = Some(id);
            location.message = Some(message(&described(place)));
            location
        })
        .collect();
    let mut properties = BTreeMap::new();
    properties.insert("confidence".to_owned(), json!(finding.judgement.confidence));
    if let Value::Object(told) = json!(verified::verified(&finding.verification, report.verified)) {
        properties.extend(told.into_iter().map(|(key, value)| (camel(&key), value)));
    }
    properties.insert("fingerprint".to_owned(), json!(finding.fingerprint));
    properties.insert("places".to_owned(), json!(finding.places.len()));
    if let Some(exposure) = &finding.exposure {
        properties.insert("exposedDaysAtLeast".to_owned(), json!(exposure.days));
    }
    let owned = ownership::of(finding, report);
    if let Some(owned) = owned {
        let attribution = &owned.attribution;
        properties.insert("owner".to_owned(), json!(ownership::owners(owned)));
        properties.insert("integration".to_owned(), json!(attribution.integration));
        properties.insert("tier".to_owned(), json!(attribution.tier.word()));
        properties.insert("exposureOwner".to_owned(), json!(attribution.exposure_owner));
    }
    let mut result = SarifResult::builder()
        .rule_id(finding.pattern.id.to_string())
        .level(level(finding.pattern.severity))
        .message(message(&summary(finding)))
        .locations(finding.places.iter().take(1).map(location).collect::<Vec<_>>())
        .partial_fingerprints(fingerprints)
        .properties(PropertyBag::builder().additional_properties(properties).build())
        .build();
    result.rule_index = rules.get(&*finding.pattern.id).copied();
    result.suppressions = finding.suppressed.as_deref().map(|suppressed| vec![suppression(suppressed)]);
    // SARIF's rank is from 0 to 100, as our priority.
    result.rank = owned.map(|owned| owned.priority.score as f64);
    result.related_locations = (!related.is_empty()).then_some(related);
    result
}

/// `validity_why` as SARIF writes such names: `validityWhy`.
fn camel(key: &str) -> String {
    let mut words = key.split('_');
    let first = words.next().unwrap_or_default().to_owned();
    words.fold(first, |name, word| name + &word[..1].to_ascii_uppercase() + &word[1..])
}

fn suppression(suppression: &Suppression) -> SarifSuppression {
    let kind = match suppression.by {
        SuppressedBy::Mark(_) => "inSource",
        SuppressedBy::Rule(_) | SuppressedBy::Baseline => "external",
    };
    let until = suppression.expires.as_ref().map_or(String::new(), |day| format!(", until {day}"));
    let by = suppression.by.words();
    let justification = format!("{} ({by}{until})", suppression.reason);
    SarifSuppression::builder().kind(kind).status("accepted").justification(escape::terminal(&justification)).build()
}

/// One sentence for the list of alerts.
fn summary(finding: &Finding) -> String {
    let place = finding.places.first().map(|place| place.kind.words()).unwrap_or_default();
    let others = match finding.places.len().saturating_sub(1) {
        0 => String::new(),
        1 => ", and at one other place".to_owned(),
        count => format!(", and at {count} other places"),
    };
    let inside = finding.places.first().map(within).unwrap_or_default();
    format!("{} ({}) in the {place}{inside}{others}.", finding.pattern.name, finding.shown)
}

/// Where in an archive it is, since the location is that of the archive.
fn within(place: &Place) -> String {
    let told = |inside| format!(", inside {}:{}", escape::terminal(inside), place.position.line);
    let encoded =
        if place.encodings.is_empty() { String::new() } else { format!(", in {}", place.encodings.join(" in ")) };
    encoded + &place.inside.as_deref().map(told).unwrap_or_default()
}

fn described(place: &Place) -> String {
    let words = format!("{}{}", place.kind.words(), within(place));
    match (&place.commit, &place.lifetime) {
        (Some(first), Some(lifetime)) => {
            let head = if lifetime.at_head { "still at HEAD" } else { "not at HEAD" };
            format!("{words}, from commit {} to commit {}, {head}", first.id, lifetime.last.id)
        }
        (Some(commit), None) => format!("{words}, commit {}", commit.id),
        (None, _) => words,
    }
}

pub(super) fn location(place: &Place) -> Location {
    // Lines of a text inside an archive are none of the archive's.
    let first = Position { line: 1, column: 1, end_line: 1, end_column: 1 };
    let position = if place.inside.is_some() { first } else { place.position };
    let number = |value: usize| i64::try_from(value).unwrap_or(i64::MAX);
    let region = Region::builder()
        .start_line(number(position.line))
        .start_column(number(position.column))
        .end_line(number(position.end_line))
        .end_column(number(position.end_column))
        .build();
    let artifact = ArtifactLocation::builder().uri(uri(place)).uri_base_id(base_id(place.target)).build();
    let mut location = Location::builder()
        .physical_location(PhysicalLocation::builder().artifact_location(artifact).region(region).build())
        .build();
    location.logical_locations = place.inside.as_deref().map(|inside| {
        let name = format!("{}:{}:{}", escape::terminal(inside), place.position.line, place.position.column);
        vec![LogicalLocation::builder().fully_qualified_name(name).kind("member").build()]
    });
    location
}

/// A relative URI for every place: GitHub refuses a result without one, so what is no file gets a name below `.git/`.
fn uri(place: &Place) -> String {
    if let Some(path) = &place.path {
        return escape::uri(path.trim_start_matches('/'));
    }
    let folder = match place.kind {
        PlaceKind::Message => "commit",
        PlaceKind::Tag => "tag",
        PlaceKind::Stdin => return "stdin".to_owned(),
        _ => "object",
    };
    format!(".git/{folder}/{}", place.object.as_deref().unwrap_or("unknown"))
}

fn base_id(target: usize) -> String {
    format!("TARGET{target}")
}

fn invocation(report: &Report, left_out: usize) -> Invocation {
    let mut notifications: Vec<Notification> = report
        .errors
        .iter()
        .map(|error| {
            let sentence =
                format!("{} was not scanned: {}", escape::terminal(&error.what), escape::terminal(&error.why));
            Notification::builder().level("error").message(message(&sentence)).build()
        })
        .collect();
    if left_out > 0 {
        let sentence = format!("{left_out} more results were left out, as code scanning takes only so many");
        notifications.push(Notification::builder().level("warning").message(message(&sentence)).build());
    }
    let remarks: Vec<Notification> = report
        .remarks
        .iter()
        .map(|remark| Notification::builder().level("warning").message(message(&escape::terminal(remark))).build())
        .collect();
    Invocation::builder()
        .tool_configuration_notifications(remarks)
        .execution_successful(report.errors.is_empty())
        .tool_execution_notifications(notifications)
        .build()
}

pub(super) fn message(text: &str) -> Message {
    Message::builder().text(text).build()
}

pub(super) fn text(text: &str) -> MultiformatMessageString {
    MultiformatMessageString::builder().text(text).build()
}

pub(super) fn level(severity: Severity) -> ResultLevel {
    match severity {
        Severity::Critical | Severity::High => ResultLevel::Error,
        Severity::Medium => ResultLevel::Warning,
        Severity::Low => ResultLevel::Note,
    }
}

/// GitHub reads this number as a CVSS score: over 9 critical, over 7 high, 4 medium.
pub(super) fn security_severity(severity: Severity) -> &'static str {
    match severity {
        Severity::Critical => "9.5",
        Severity::High => "8.0",
        Severity::Medium => "5.5",
        Severity::Low => "2.5",
    }
}
