//! Blobs and names, searched once each, and gathered as the sides of a change.
//!
//! Comes in: ids and paths. Goes out: sides with what credentials are on them, and sightings of those that were added.

use std::collections::{BTreeSet, HashMap};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use git2::{Odb, Oid};

use super::added::{self, Lines, Occurrence};
use super::graph;
use super::trees::{self, Gain};
use crate::model::place::{Commit, PlaceKind};
use crate::model::report::{Stats, Unscanned};
use crate::model::scan::{Match, Missed, Scan, Scanned, Scanner};
use crate::model::secret::Secret;
use crate::sources::history::MAX_SIZE;
use crate::sources::{Holder, Options};

/// Texts with credentials on one side of one change that are told: no real change has so many, but a folder that is named
/// over and over makes many of one.
const MOST_TEXTS: usize = 100_000;

/// A text with credentials in it.
pub(super) struct Text {
    matches: Vec<Match>,
    lines: Vec<Lines>,
}

impl Text {
    /// What stands inside an archive has no lines here: its path within is what it is known by.
    fn new(bytes: &[u8], matches: Vec<Match>) -> Option<Arc<Self>> {
        let plain = |found: &&Match| found.inside.is_none();
        let positions: Vec<_> = matches.iter().filter(plain).map(|found| found.position).collect();
        let mut of_plain = added::lines(bytes, &positions).into_iter();
        let lines = matches.iter().map(|found| if plain(&found) { of_plain.next() } else { None });
        let lines = lines.map(Option::unwrap_or_default).collect();
        (!matches.is_empty()).then(|| Arc::new(Self { matches, lines }))
    }

    /// Every secret in it. The half of a credential that is told where it stands alone is no addition when its other half goes,
    /// so it counts beside the whole, too.
    fn occurrences<'a>(&'a self, path: &'a [u8]) -> impl Iterator<Item = Standing<'a>> {
        self.matches.iter().zip(&self.lines).enumerate().flat_map(move |(number, (found, lines))| {
            let inside = found.inside.as_deref();
            let standing = |secret: &'a Secret, number| Standing {
                occurrence: Occurrence { secret, path, inside, lines: *lines },
                number,
            };
            let half = found.pattern.alone.as_ref().and_then(|name| found.credential.parts.get(name));
            let half = half.filter(|half| **half != found.credential.secret);
            let whole = standing(&found.credential.secret, Some(number));
            std::iter::once(whole).chain(half.map(|half| standing(half, None)))
        })
    }
}

/// A secret where it stands.
struct Standing<'a> {
    occurrence: Occurrence<'a>,
    /// Which match of its text it is; none for the half of one.
    number: Option<usize>,
}

/// What a blob is known for.
#[derive(Default)]
struct Known {
    text: Option<Arc<Text>>,
    /// What of it was not searched.
    missed: Vec<Missed>,
}

/// All blobs that were searched, shared by the workers.
pub(super) struct Texts<'a> {
    pub(super) scanner: &'a dyn Scanner,
    pub(super) options: &'a Options,
    known: Mutex<HashMap<Oid, Arc<OnceLock<Known>>>>,
}

impl<'a> Texts<'a> {
    pub(super) fn new(scanner: &'a dyn Scanner, options: &'a Options) -> Self {
        Self { scanner, options, known: Mutex::default() }
    }

    /// The same blob is searched by one worker only; another that wants it waits.
    fn get(&self, odb: &Odb<'_>, id: Oid, stats: &mut Stats) -> Arc<OnceLock<Known>> {
        // A worker that panicked leaves the map as whole as it was.
        let known = Arc::clone(self.known.lock().unwrap_or_else(PoisonError::into_inner).entry(id).or_default());
        known.get_or_init(|| {
            let unread = |why| Known { text: None, missed: vec![Missed { inside: None, why }] };
            self.search(odb, id, stats).unwrap_or_else(unread)
        });
        known
    }

    fn search(&self, odb: &Odb<'_>, id: Oid, stats: &mut Stats) -> Result<Known, String> {
        let object = graph::read(odb, id, self.options.max_size.unwrap_or(MAX_SIZE))?;
        stats.objects += 1;
        stats.object_bytes += object.len() as u64;
        let Scan { matches, cut_short, mut missed } = self.scanner.scan(object.data());
        missed.extend(cut_short.map(|why| Missed { inside: None, why }));
        Ok(Known { text: Text::new(object.data(), matches), missed })
    }
}

/// A text at its path.
struct Item {
    path: Vec<u8>,
    /// The blob; none where the text is the name itself.
    blob: Option<Oid>,
    text: Arc<Text>,
}

/// What stands on one side of a change and has credentials in it.
#[derive(Default)]
pub(super) struct Side {
    items: Vec<Item>,
    /// Whether there are more than are kept.
    is_full: bool,
}

/// An added credential: the path, whether it is in the name, and the number of the match in the text.
pub(super) type Addition = (Vec<u8>, bool, usize);

impl Side {
    pub(super) fn is_empty(&self) -> bool {
        self.items.is_empty()
    }

    /// What of this side `old` does not account for. Names are held against names, contents against contents.
    pub(super) fn added_to(&self, old: &Self) -> BTreeSet<Addition> {
        [true, false].into_iter().flat_map(|in_names| self.added_among(old, in_names)).collect()
    }

    fn added_among<'a>(&'a self, old: &'a Self, in_names: bool) -> Vec<Addition> {
        let (old, new) = (old.occurrences(in_names), self.occurrences(in_names));
        let bare = |all: &[Standing<'a>]| -> Vec<Occurrence<'a>> { all.iter().map(|one| one.occurrence).collect() };
        let left = added::added(&bare(&old), &bare(&new)).into_iter().map(|place| &new[place]);
        left.filter_map(|standing| Some((standing.occurrence.path.to_owned(), in_names, standing.number?))).collect()
    }

    fn occurrences(&self, in_names: bool) -> Vec<Standing<'_>> {
        let items = self.items.iter().filter(|item| item.blob.is_none() == in_names);
        items.flat_map(|item| item.text.occurrences(&item.path)).collect()
    }
}

/// Reads sides, and gathers all that is to be said of them. One for each worker.
pub(super) struct Reader<'a> {
    pub(super) odb: &'a Odb<'a>,
    pub(super) texts: &'a Texts<'a>,
    /// Which target, counted from 0.
    pub(super) target: usize,
    pub(super) scanned: Scanned,
}

impl Reader<'_> {
    /// What `tree` has that none of `others` has at the same path.
    pub(super) fn side(&mut self, tree: Oid, others: &[Oid]) -> Side {
        let mut side = Side::default();
        let mut problems = Vec::new();
        let odb = self.odb;
        trees::gains(odb, tree, others, &mut |path, gain| self.take(path, gain, &mut side), &mut problems);
        self.scanned.unscanned.extend(problems);
        side
    }

    /// Searches a name or a blob and puts it on `side` if there are credentials in it.
    pub(super) fn take(&mut self, path: &[u8], gain: Gain, side: &mut Side) {
        let shown = String::from_utf8_lossy(path);
        if side.is_full || !self.texts.options.paths.admits(&shown) {
            return;
        }
        let (blob, text) = match gain {
            Gain::Content(id) => {
                let known = self.texts.get(self.odb, id, &mut self.scanned.stats);
                let Some(known) = known.get() else { return };
                self.scanned.unscanned.extend(known.missed.iter().map(|missed| missed.clone().at(&shown)));
                (Some(id), known.text.clone())
            }
            Gain::Name => {
                let name = last_name(path);
                (None, Text::new(name, self.texts.scanner.scan(name).matches))
            }
        };
        match text {
            None => {}
            Some(_) if side.items.len() >= MOST_TEXTS => {
                let why =
                    format!("one change has credentials in more than {MOST_TEXTS} files; the others are not told");
                self.scanned.unscanned.push(Unscanned { what: ".git".into(), why });
                side.is_full = true;
            }
            Some(text) => side.items.push(Item { path: path.to_owned(), blob, text }),
        }
    }

    /// Tells of each of `additions` to `side`.
    pub(super) fn tell(
        &mut self,
        side: &Side,
        additions: &BTreeSet<Addition>,
        kind: PlaceKind,
        commit: Option<&Commit>,
    ) {
        for item in &side.items {
            let path = String::from_utf8_lossy(&item.path).into_owned();
            let name = String::from_utf8_lossy(last_name(&item.path)).chars().count();
            let before = if item.blob.is_none() { path.chars().count().saturating_sub(name) } else { 0 };
            let holder = Holder {
                target: self.target,
                path: Some(path),
                kind: if item.blob.is_none() { PlaceKind::FileName } else { kind },
                object: item.blob.map(|id| id.to_string()),
                commit: commit.cloned(),
                lifetime: None,
            };
            for (number, found) in item.text.matches.iter().enumerate() {
                if additions.contains(&(item.path.clone(), item.blob.is_none(), number)) {
                    let mut sighting = holder.sighting(found);
                    sighting.place.position.column += before;
                    sighting.place.position.end_column += before;
                    self.scanned.sightings.push(sighting);
                }
            }
        }
    }
}

fn last_name(path: &[u8]) -> &[u8] {
    path.rsplit(|byte| *byte == b'/').next().unwrap_or(path)
}
