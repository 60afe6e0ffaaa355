//! Whether a report's findings are grave enough to fail.

use crate::model::check::{Checked, Outcome};
use crate::model::pattern::Severity;
use crate::model::report::Report;

/// How a run ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// All was scanned, and nothing is at or above the threshold.
    Clean,
    /// All was scanned, and something is.
    Found,
    /// Not all was scanned, whatever was found.
    Incomplete,
}

/// Weighs a report; without a threshold no finding counts, and one that is suppressed never does. A violated check counts as a
/// finding does, unless it is waived.
pub fn verdict(report: &Report, threshold: Option<Severity>) -> Verdict {
    let counts = |severity: Severity| threshold.is_some_and(|threshold| severity >= threshold);
    let is_violated = |checked: &Checked| {
        checked.outcome == Outcome::Violated && checked.waived.is_none() && counts(checked.severity)
    };
    if !report.errors.is_empty() {
        Verdict::Incomplete
    } else if report.ownership.iter().flat_map(|ownership| &ownership.checks).any(is_violated)
        || report.findings.iter().any(|finding| finding.suppressed.is_none() && counts(finding.pattern.severity))
    {
        Verdict::Found
    } else {
        Verdict::Clean
    }
}
