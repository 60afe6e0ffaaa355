//! JSON lines: one finding a line, then one line with the summary. The objects are those of [`super::json`].

use std::io::{self, Write};

use super::json;
use crate::model::report::Report;

/// Writes the lines.
pub(super) fn write(report: &Report, sink: &mut dyn Write) -> io::Result<()> {
    for finding in &report.findings {
        serde_json::to_writer(&mut *sink, &json::finding(finding, report))?;
        writeln!(sink)?;
    }
    serde_json::to_writer(&mut *sink, &json::summary(report))?;
    writeln!(sink)
}
