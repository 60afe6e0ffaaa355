//! Which of the secrets on the new side of a change were not on its old side.
//!
//! Comes in: the occurrences of secrets on both sides. Goes out: those of the new side that no old one accounts for. Pure: it
//! must not know git, files or patterns.
//!
//! Every old occurrence accounts for one new occurrence of the same secret, the likest first: on the same line before on an
//! edited one, at the same path before at another, between the same neighbours before among others. So a line that was
//! edited elsewhere, indented or moved adds nothing, a second copy adds one, and it is the copy that is told, not the line
//! that was there.

use std::collections::{BTreeMap, BTreeSet, HashMap, VecDeque};
use std::hash::{DefaultHasher, Hash, Hasher};

use crate::model::place::Position;
use crate::model::secret::Secret;

/// One secret at one place.
#[derive(Debug, Clone, Copy)]
pub struct Occurrence<'a> {
    /// The secret alone, without the values that belong to it.
    pub secret: &'a Secret,
    /// The path of the text that holds it.
    pub path: &'a [u8],
    /// The path within that text, if it is an archive.
    pub inside: Option<&'a str>,
    /// The text around it.
    pub lines: Lines,
}

/// The lines around a secret, as hashes. Two texts with one hash only change which of several copies is told, so that it
/// does not matter who can make some.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub struct Lines {
    /// The line or lines that hold the secret.
    pub own: u64,
    /// The line before; 0 at the beginning of the text.
    pub before: u64,
    /// The line after; 0 at the end of the text.
    pub after: u64,
}

/// What must be the same for an old occurrence to account for a new one, beside the secret.
struct Likeness {
    own: bool,
    path: bool,
    before: bool,
    after: bool,
}

/// From the likest to the least alike.
const LIKENESSES: [Likeness; 8] = [
    Likeness { own: true, path: true, before: true, after: true },
    Likeness { own: true, path: true, before: true, after: false },
    Likeness { own: true, path: true, before: false, after: true },
    Likeness { own: true, path: true, before: false, after: false },
    Likeness { own: true, path: false, before: true, after: true },
    Likeness { own: true, path: false, before: false, after: false },
    Likeness { own: false, path: true, before: false, after: false },
    Likeness { own: false, path: false, before: false, after: false },
];

impl Likeness {
    fn key<'a>(&self, occurrence: &Occurrence<'a>) -> impl Ord + use<'a> {
        let Lines { own, before, after } = occurrence.lines;
        (
            occurrence.secret,
            self.own.then_some(own),
            self.path.then_some((occurrence.path, occurrence.inside)),
            self.before.then_some(before),
            self.after.then_some(after),
        )
    }
}

/// Places in `new`, in order, of the occurrences for which no old one accounts. Where several are equally alike, the first
/// of the one side accounts for the first of the other.
pub fn added(old: &[Occurrence<'_>], new: &[Occurrence<'_>]) -> Vec<usize> {
    let mut left: Vec<usize> = (0..new.len()).collect();
    let mut unused: Vec<usize> = (0..old.len()).collect();
    for likeness in LIKENESSES {
        if left.is_empty() || unused.is_empty() {
            break;
        }
        let mut waiting = BTreeMap::<_, VecDeque<usize>>::new();
        for &index in &unused {
            waiting.entry(likeness.key(&old[index])).or_default().push_back(index);
        }
        left.retain(|index| waiting.get_mut(&likeness.key(&new[*index])).and_then(VecDeque::pop_front).is_none());
        unused = waiting.into_values().flatten().collect();
        unused.sort_unstable();
    }
    left
}

/// The lines around each of `positions` in `text`.
pub fn lines(text: &[u8], positions: &[Position]) -> Vec<Lines> {
    let wanted: BTreeSet<usize> =
        positions.iter().flat_map(|at| at.line.saturating_sub(1)..=at.end_line.saturating_add(1)).collect();
    let last = wanted.last().copied().unwrap_or(0);
    let numbered = (1..=last).zip(text.split(|byte| *byte == b'\n'));
    let hashes: HashMap<usize, u64> =
        numbered.filter(|(number, _)| wanted.contains(number)).map(|(number, line)| (number, hash(line))).collect();
    let of = |number: usize| hashes.get(&number).copied().unwrap_or(0);
    let around = |at: &Position| {
        let own: Vec<u64> = (at.line..=at.end_line).map(of).collect();
        Lines { own: hash(&own), before: of(at.line.saturating_sub(1)), after: of(at.end_line.saturating_add(1)) }
    };
    positions.iter().map(around).collect()
}

fn hash(value: impl Hash) -> u64 {
    let mut hasher = DefaultHasher::new();
    value.hash(&mut hasher);
    hasher.finish()
}
