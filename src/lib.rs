//! straykey finds stray credentials.
pub mod detect;
pub mod model;
pub mod patterns;
