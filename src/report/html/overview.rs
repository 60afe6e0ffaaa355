//! What a report comes to: the headline, and how many of what.

use crate::model::attribution::AttributionTier;
use crate::model::check::Outcome;
use crate::model::finding::Finding;
use crate::model::pattern::Severity;
use crate::model::report::Report;
use crate::model::validity::Validity;
use crate::report::{ownership, word};

/// The first thing that a reader sees.
pub(super) struct Overview {
    /// How many, and of what.
    pub(super) lead: (usize, String),
    /// What else is to be known of that number.
    pub(super) also: Vec<String>,
    /// `bad`, `open` or `good`.
    pub(super) tone: &'static str,
    /// Findings that count.
    pub(super) findings: usize,
    /// The places of those.
    pub(super) places: usize,
    pub(super) suppressed: usize,
    pub(super) violated: usize,
    pub(super) not_scanned: usize,
    pub(super) tallies: Vec<Tally>,
}

/// Findings by one of their traits.
pub(super) struct Tally {
    pub(super) title: &'static str,
    /// The name of the page's filter.
    pub(super) filter: &'static str,
    pub(super) rows: Vec<Row>,
}

/// How many have one value of it.
pub(super) struct Row {
    pub(super) value: &'static str,
    pub(super) label: &'static str,
    pub(super) count: usize,
    /// Of a hundred.
    pub(super) share: usize,
}

impl Overview {
    pub(super) fn of(report: &Report) -> Self {
        let counted: Vec<&Finding> = report.findings.iter().filter(|one| one.suppressed.is_none()).collect();
        let (lead, also, is_bad) = lead(report, &counted);
        let may_be_live = counted.iter().any(|one| one.verification.validity != Validity::Inactive);
        let is_open = may_be_live || !report.errors.is_empty();
        let checks = report.ownership.iter().flat_map(|ownership| &ownership.checks);
        Self {
            tone: if is_bad {
                "bad"
            } else if is_open {
                "open"
            } else {
                "good"
            },
            lead,
            also,
            findings: counted.len(),
            places: counted.iter().map(|one| one.places.len()).sum(),
            suppressed: report.findings.len() - counted.len(),
            violated: checks.filter(|one| one.outcome == Outcome::Violated && one.waived.is_none()).count(),
            not_scanned: report.errors.len(),
            tallies: tallies(report, &counted),
        }
    }
}

/// The number that matters most of those that are known, what is to be said of it, and whether it is bad.
fn lead(report: &Report, counted: &[&Finding]) -> ((usize, String), Vec<String>, bool) {
    let live = counted.iter().filter(|one| one.verification.validity == Validity::Active).count();
    let mut also = Vec::new();
    let lead = match (&report.ownership, report.verified) {
        (Some(_), true) => {
            let (unowned, unknown) = ownership::without_owner(report);
            if unknown > 0 {
                also.push(format!(
                    "{unknown} more without a sure owner of which it is not known whether they are live"
                ));
            }
            also.push(format!("{live} live in all"));
            (unowned, format!("live {} without a sure owner", findings(unowned)))
        }
        (Some(_), false) => {
            let (unowned, unknown) = ownership::without_owner(report);
            also.push("whether they are live was not checked; --verify asks their providers".to_owned());
            (unowned + unknown, format!("{} without a sure owner", findings(unowned + unknown)))
        }
        (None, true) => {
            also.push("whose they are was not asked; --inventory names an inventory".to_owned());
            (live, format!("live {}", findings(live)))
        }
        (None, false) => {
            also.push("whether they are live was not checked; --verify asks their providers".to_owned());
            also.push("whose they are was not asked; --inventory names an inventory".to_owned());
            (counted.len(), findings(counted.len()).to_owned())
        }
    };
    let is_bad = lead.0 > 0 && report.verified;
    (lead, also, is_bad)
}

fn findings(count: usize) -> &'static str {
    if count == 1 { "finding" } else { "findings" }
}

fn tallies(report: &Report, counted: &[&Finding]) -> Vec<Tally> {
    let tally =
        |title, filter, values: &[(&'static str, &'static str)], of: &dyn Fn(&Finding) -> Option<&'static str>| {
            let count = |value| counted.iter().filter(|one| of(one) == Some(value)).count();
            let row = |(value, label): &(&'static str, &'static str)| {
                let count = count(*value);
                Row { value, label, count, share: (count * 100).div_ceil(counted.len().max(1)) }
            };
            Tally { title, filter, rows: values.iter().map(row).collect() }
        };
    let severities =
        [Severity::Critical, Severity::High, Severity::Medium, Severity::Low].map(|one| (word(one), word(one)));
    let validities =
        [("active", "live"), ("inactive", "inactive"), ("unknown", "unknown"), ("not_checked", "not checked")];
    let mut tallies = vec![
        tally("Severity", "severity", &severities, &|one| Some(word(one.pattern.severity))),
        tally("Validity", "validity", &validities, &|one| Some(one.verification.validity.word())),
    ];
    if report.ownership.is_some() {
        use AttributionTier::{Confirmed, Contested, Probable, Strong, Unattributed, Weak};
        let tiers = [Confirmed, Strong, Probable, Weak, Contested, Unattributed].map(|tier| (tier.word(), tier.word()));
        tallies.push(tally("Whose they are", "tier", &tiers, &|one| {
            ownership::of(one, report).map(|owned| owned.attribution.tier.word())
        }));
    }
    tallies
}
