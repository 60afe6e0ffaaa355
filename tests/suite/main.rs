//! The integration tests: one program, its files named after what they test.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on should end")]

mod action;
mod allow;
mod architecture;
mod attribution;
mod bad_input;
mod baseline;
mod changes;
mod checks;
mod checksum;
mod cli;
mod codeowners;
mod config;
mod containers;
mod encoded;
mod engines;
mod everywhere;
mod explain;
mod filter;
mod fingerprint;
mod forms;
mod gitleaks;
mod harness;
mod hook;
mod hostile_packs;
mod html;
mod inventory;
mod licences;
mod lifetime;
mod memory;
mod options;
mod ownership;
#[path = "../eval/ownership/mod.rs"]
mod ownership_eval;
mod packing;
mod parse;
mod patterns;
mod reach;
mod redaction;
mod sarif;
mod text;
mod token_hashes;
mod trust;
mod verify;
mod window;
