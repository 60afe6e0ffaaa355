//! The inventory's files: reading, joining and checking them, importing from elsewhere, and exporting.
//!
//! Comes in: paths, and a scanner that knows secrets when it sees them. Goes out: an [`Inventory`] to rely on, or every problem
//! with file, line and remedy. It must not know findings.

pub mod add;
mod check;
mod clear_text;
pub mod codeowners;
pub mod decisions;
pub mod export;
pub mod import;
mod load;
mod merge;
pub mod node;
pub mod observations;
pub mod repository;
pub mod starter;
pub mod token_hashes;
mod typed;

use std::fmt;
use std::path::Path;

pub use clear_text::refuse_secrets;
pub use load::{beside, load};
pub use typed::typed;

use crate::model::inventory::Inventory;

/// One thing that is wrong, in one sentence: place, problem and remedy.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Problem {
    /// The file.
    pub file: String,
    /// Line, from 1.
    pub line: usize,
    /// What is wrong and what to do about it.
    pub problem: String,
}

impl Problem {
    /// A problem in a line of a file.
    pub fn new(file: impl Into<String>, line: usize, problem: impl Into<String>) -> Self {
        Self { file: file.into(), line, problem: problem.into() }
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}:{}: {}", self.file, self.line, self.problem)
    }
}

/// Why an inventory, or a file that goes into one, was refused.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// It cannot be read or written.
    #[error("{path} cannot be read or written: {cause}; check the path")]
    File {
        /// What was named.
        path: String,
        /// What the system said.
        cause: std::io::Error,
    },
    /// Something in it is wrong.
    #[error("{}", .0.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n"))]
    Problems(Vec<Problem>),
    /// Something else is.
    #[error("{0}")]
    Other(String),
}

impl Error {
    fn file(path: &Path, cause: std::io::Error) -> Self {
        Self::File { path: path.display().to_string(), cause }
    }
}

/// JSON with all that is empty left out.
pub fn to_json(value: &impl serde::Serialize) -> Result<serde_json::Value, Error> {
    let mut json = serde_json::to_value(value).map_err(|error| Error::Other(error.to_string()))?;
    prune(&mut json);
    Ok(json)
}

fn prune(value: &mut serde_json::Value) {
    use serde_json::Value;
    let is_empty = |value: &Value| match value {
        Value::Null => true,
        Value::Array(list) => list.is_empty(),
        Value::Object(map) => map.is_empty(),
        _ => false,
    };
    match value {
        Value::Object(map) => {
            map.values_mut().for_each(prune);
            // A list that must be there stays, though it be empty.
            map.retain(|key, value| !is_empty(value) || key == "environments" && value.is_array());
        }
        Value::Array(list) => list.iter_mut().for_each(prune),
        _ => {}
    }
}

/// The JSON schema of an inventory's files.
pub fn schema() -> String {
    let mut schema = schemars::schema_for!(Inventory);
    schema.insert("title".into(), "straykey inventory, version 1".into());
    serde_json::to_string_pretty(&schema).unwrap_or_default() + "\n"
}
