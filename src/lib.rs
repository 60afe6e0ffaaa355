//! straykey finds stray credentials in files and in all that git stores.
//!
//! A scan is a pipeline whose arrow never turns back. Each stage takes the last stage's type and wraps it:
//!
//! ```text
//! sources ──► bytes ──► detect ──► Match ──► Sighting ──► group ──► Finding ──► verify ──► attribute ──► govern ──► Report ──► report
//! worktree    + where   anchors    one       a match      by        all its     validity   integration   checks     errors     text json
//! history               windows    secret    at a         secret    places      identity   owner         verdict    targets    jsonl sarif
//! changes               filters    in one    place                                         evidence                 stats      md csv
//! stdin                            text                                                        ▲
//!                                                                                          inventory
//! ```
//!
//! - [`model`] holds the types that flow, and imports nothing of ours.
//! - [`patterns`] is the catalogue: what credentials look like.
//! - [`sources`] have bytes, and know where they come from; they are handed a [`model::scan::Scanner`].
//! - [`detect`] finds credentials in bytes, groups them by secret, and takes secrets out of all that is shown.
//! - [`verify`] reads whose a credential is, and, where that is asked for, tries with its provider whether it still works.
//! - [`inventory`] reads who owns what, and takes over what others know.
//! - [`attribute`] takes a finding back to its integration and owner, with all evidence.
//! - [`govern`] judges a report.
//! - [`report`] writes it.
//! - [`pipeline`] alone knows the order of the stages, [`config`] alone joins settings into their options. The command line
//!   is in the program, not in this library.
//!
//! ```no_run
//! use straykey::{model::meter::Meter, pipeline};
//!
//! let options = pipeline::Options { targets: vec![".".into()], ..pipeline::Options::default() };
//! let report = pipeline::run(&options, &Meter::default())?;
//! # Ok::<(), pipeline::Error>(())
//! ```

pub mod attribute;
pub mod config;
pub mod detect;
pub mod govern;
pub mod inventory;
pub mod model;
pub mod patterns;
pub mod pipeline;
pub mod report;
pub mod sources;
pub mod verify;
