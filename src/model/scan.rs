//! What passes between a source, which has bytes, and detection, which knows secrets.

use std::ops::Range;
use std::sync::Arc;

use super::pattern::Pattern;
use super::place::{Place, Position};
use super::report::{Stats, Unscanned};
use super::secret::Credential;

/// Finds credentials in bytes. Sources are handed one, so that they need not know detection.
pub trait Scanner: Sync {
    /// Finds every credential in `bytes`, in order of their place. The answer depends on the bytes alone.
    fn scan(&self, bytes: &[u8]) -> Scan;
}

/// What one piece of text holds.
#[derive(Debug, Default)]
pub struct Scan {
    /// Every credential found.
    pub matches: Vec<Match>,
    /// Why the search was ended early, if it was.
    pub cut_short: Option<String>,
}

/// One credential in one piece of text.
#[derive(Debug, Clone)]
pub struct Match {
    /// The pattern that found it.
    pub pattern: Arc<Pattern>,
    /// The secret and its parts.
    pub credential: Credential,
    /// The secret's bytes in the text.
    pub span: Range<usize>,
    /// The same in lines and columns.
    pub position: Position,
}

/// A match and where the text that holds it stands.
#[derive(Debug, Clone)]
pub struct Sighting {
    /// The pattern that found it.
    pub pattern: Arc<Pattern>,
    /// The secret and its parts.
    pub credential: Credential,
    /// Where it was seen.
    pub place: Place,
}

/// All that one source has to say.
#[derive(Debug, Default)]
pub struct Scanned {
    /// Every match at every place.
    pub sightings: Vec<Sighting>,
    /// What could not be scanned.
    pub unscanned: Vec<Unscanned>,
    /// What a reader should know although nothing went wrong: "files that .gitignore names were left out".
    pub remarks: Vec<String>,
    /// How much was scanned.
    pub stats: Stats,
}

impl Scanned {
    /// Joins what another source, or another worker of the same one, has to say.
    pub fn absorb(&mut self, other: Self) {
        self.sightings.extend(other.sightings);
        self.unscanned.extend(other.unscanned);
        self.remarks.extend(other.remarks);
        self.stats.add(other.stats);
    }
}
