//! Judges a report. Pure functions from a report to a report or a verdict.

pub mod allow;
pub mod fail_on;
