//! Judges a report. Pure functions from a report to a report or a verdict.

pub mod allow;
mod allowlist;
pub mod baseline;
pub mod checks;
pub mod fail_on;
pub mod mapping;
