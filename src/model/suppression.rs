//! Why a secret may stand where it stands.

use super::pattern::Written;

/// What takes a place, or a finding with all its places, out of the count. It stays in the report.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Suppression {
    /// Who says so.
    pub by: SuppressedBy,
    /// Why, in the words of whoever wrote it.
    pub reason: String,
    /// The last day on which it holds, as `2026-12-31`.
    pub expires: Option<String>,
}

/// Who says that a secret may stand somewhere.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum SuppressedBy {
    /// A mark on the secret's line, such as `straykey:allow`.
    Mark(&'static str),
    /// A baseline has it.
    Baseline,
    /// An `[[allow]]` rule of the configuration.
    Rule(Written),
}

impl SuppressedBy {
    /// The mark, `baseline`, or file and line of the rule.
    pub fn words(&self) -> String {
        match self {
            Self::Mark(mark) => (*mark).to_owned(),
            Self::Baseline => "baseline".to_owned(),
            Self::Rule(Written { file, line }) => format!("{file}:{line}"),
        }
    }
}
