//! Judges a report. Pure functions from a report to a verdict.

pub mod fail_on;
