//! What passes between a source, which has bytes, and detection, which knows secrets.

use std::ops::Range;
use std::sync::Arc;

use super::judgement::Judgement;
use super::pattern::{Pattern, Reach};
use super::place::{INSIDE, Place, Position};
use super::report::{Stats, Unscanned};
use super::secret::Credential;

/// Bytes at the beginning of a text that say whether it is an archive.
pub const HEAD: usize = 4096;
/// Bytes at its end that say so.
pub const TAIL: usize = 22;

/// Finds credentials in bytes. Sources are handed one, so that they need not know detection.
///
/// [`Scanner::scan`] is the whole of it. The other methods are its steps, for a source that has scanned a similar text
/// before: [`Scanner::hits`], then [`Scanner::confirm`] for each, then [`Scanner::settle`] give the same answer.
pub trait Scanner: Sync {
    /// Finds every credential in `bytes`, in order of their place. The answer depends on the bytes alone.
    fn scan(&self, bytes: &[u8]) -> Scan {
        self.scan_from(bytes, 0)
    }

    /// The same, but for credentials whose anchor begins before `start`.
    fn scan_from(&self, bytes: &[u8], start: usize) -> Scan;

    /// Hands every anchor in `bytes` that touches `stretch` to `sink`: that has bytes in it, or on both sides of it where it is
    /// empty. Some that lie near it may be among them; each is handed on once.
    fn hits(&self, bytes: &[u8], stretch: Range<usize>, sink: &mut dyn FnMut(Hit));

    /// Length of the longest anchor, in bytes, with what always follows it.
    fn longest_anchor(&self) -> usize;

    /// Bytes before and after an anchor on which the verdict on it may depend.
    fn influence(&self, anchor: usize) -> Reach;

    /// More hits than this in one text of so many bytes and [`Scanner::scan`] gives up on the rest. Those in what was decoded count.
    fn most_hits(&self, length: usize) -> usize;

    /// Whether a text is more than what it holds as it is, such as an archive, and so needed whole. Its first [`HEAD`] bytes and
    /// its last [`TAIL`] say so.
    fn looks_inside(&self, _bytes: &[u8]) -> bool {
        false
    }

    /// Finds the credentials that the anchor at `hit` belongs to: several patterns may share it, and what stands encoded there may
    /// hold several. Fails if a pattern cannot be searched for.
    fn confirm(&self, bytes: &[u8], hit: &Hit) -> Result<Verdict, String>;

    /// Leaves one match for each stretch of `bytes`, the whole text, and works out where it stands.
    fn settle(&self, bytes: &[u8], candidates: Vec<Candidate>) -> Scan;
}

/// An anchor in a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hit {
    /// Which anchor, by its place in the scanner's list.
    pub anchor: usize,
    /// The anchor's bytes, and those that always follow it.
    pub span: Range<usize>,
}

/// What became of an anchor.
#[derive(Debug, Clone, Default)]
pub struct Verdict {
    /// The credentials that it belongs to.
    pub candidates: Vec<Candidate>,
    /// Bytes before and after the anchor that decided on it. Where the text ends within them, that decided too.
    pub reach: Reach,
    /// Anchors in what was decoded for it, and how often something was.
    pub decoded: usize,
}

/// A match of one pattern, before it is weighed against those of others.
#[derive(Debug, Clone)]
pub struct Candidate {
    /// The pattern.
    pub pattern: Arc<Pattern>,
    /// The secret and its parts.
    pub credential: Credential,
    /// The secret's bytes.
    pub span: Range<usize>,
    /// The bytes of the whole match.
    pub extent: Range<usize>,
    /// False where only the part that stands in for a missing secret was found.
    pub whole: bool,
    /// How sure it is.
    pub judgement: Judgement,
    /// How it is encoded, the outermost encoding first. Span and extent are those of the encoded bytes.
    pub encodings: Vec<&'static str>,
}

/// What one piece of text holds.
#[derive(Debug, Default)]
pub struct Scan {
    /// Every credential found.
    pub matches: Vec<Match>,
    /// Why the search was ended early, if it was.
    pub cut_short: Option<String>,
    /// What the text holds that was not looked at.
    pub missed: Vec<Missed>,
}

impl Scan {
    /// Takes all that was not looked at, to be told of the text that a reader knows as `outer`.
    pub fn take_unscanned(&mut self, outer: &str) -> Vec<Unscanned> {
        let cut_short = self.cut_short.take().map(|why| Missed { inside: None, why });
        cut_short.into_iter().chain(std::mem::take(&mut self.missed)).map(|missed| missed.at(outer)).collect()
    }
}

/// A part of a text that was not looked at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Missed {
    /// The path within the text, where the text is an archive; none: the text itself.
    pub inside: Option<String>,
    /// One clause: what went wrong, and the remedy.
    pub why: String,
}

impl Missed {
    /// The same, told of the text that a reader knows as `outer`.
    pub fn at(self, outer: &str) -> Unscanned {
        let what = match &self.inside {
            Some(inside) => format!("{outer}{INSIDE}{inside}"),
            None => outer.to_owned(),
        };
        Unscanned { what, why: self.why }
    }
}

/// One credential in one piece of text.
#[derive(Debug, Clone)]
pub struct Match {
    /// The pattern that found it.
    pub pattern: Arc<Pattern>,
    /// The secret and its parts.
    pub credential: Credential,
    /// How sure it is.
    pub judgement: Judgement,
    /// How it is encoded, the outermost encoding first.
    pub encodings: Vec<&'static str>,
    /// The secret's bytes in the text.
    pub span: Range<usize>,
    /// The same in lines and columns.
    pub position: Position,
    /// The mark on its line that says it may stand there, such as `straykey:allow`.
    pub mark: Option<&'static str>,
    /// Where the text is an archive, the path within it of the text that span and position are of: `lib/a.jar!META-INF/x`.
    pub inside: Option<Arc<str>>,
}

/// A match and where the text that holds it stands.
#[derive(Debug, Clone)]
pub struct Sighting {
    /// The pattern that found it.
    pub pattern: Arc<Pattern>,
    /// The secret and its parts.
    pub credential: Credential,
    /// How sure it is.
    pub judgement: Judgement,
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
