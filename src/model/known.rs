//! What another tool's list of known secrets says of one of them.

use super::pattern::Written;
use super::secret::Secret;

/// One known secret, by what that tool knows it by.
#[derive(Debug, Clone)]
pub struct Known {
    /// Where the list says so.
    pub written: Written,
    /// The repository that holds it, as `github.com/acme/pay`, where the list tells it.
    pub repository: Option<String>,
    /// The file that holds it, as that tool names it.
    pub path: String,
    /// The commit in which it stands there; none: on disk.
    pub commit: Option<String>,
    /// The first and last line, from 1.
    pub lines: Option<(usize, usize)>,
    /// The secret itself, where the list tells it.
    pub secret: Option<Secret>,
    /// The SHA-1 of the secret, in small hex.
    pub sha1: Option<String>,
}

/// What is known of it here.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Recognised {
    /// Its fingerprint.
    pub fingerprint: String,
    /// Whether another run gives the same.
    pub lasting: bool,
    /// Id of its pattern.
    pub pattern: String,
}
