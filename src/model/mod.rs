//! The types that flow from one stage to the next. This module imports nothing of ours.

pub mod account;
pub mod allowlist;
pub mod attribution;
pub mod check;
pub mod checksum;
pub mod class;
pub mod finding;
pub mod inventory;
pub mod judgement;
pub mod meter;
pub mod observation;
pub mod pattern;
pub mod place;
pub mod reach;
pub mod report;
pub mod scan;
pub mod secret;
pub mod sheet;
pub mod suppression;
pub mod surroundings;
pub mod time;
pub mod validity;
pub mod verification;
pub mod weights;
