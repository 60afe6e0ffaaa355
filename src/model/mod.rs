//! The types that flow from one stage to the next. This module imports nothing of ours.

pub mod account;
pub mod allowlist;
pub mod checksum;
pub mod class;
pub mod declaration;
pub mod finding;
pub mod interrupt;
pub mod judgement;
pub mod meter;
pub mod pattern;
pub mod place;
pub mod plan;
pub mod report;
pub mod scan;
pub mod secret;
pub mod suppression;
pub mod validity;
pub mod verification;
