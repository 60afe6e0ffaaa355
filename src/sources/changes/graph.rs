//! Commits as a graph: read raw, so that a shallow clone's edge is known for what it is.
//!
//! libgit2's own walk knows no edge: it fails at a commit whose parents were never fetched, even where nothing beyond that
//! commit is asked for.

use std::cmp::Reverse;
use std::collections::{BinaryHeap, HashMap, HashSet};
use std::path::Path;

use git2::{ObjectType, Odb, OdbObject, Oid};

use crate::sources::files;
use crate::sources::history::MAX_SIZE;
use crate::sources::history::graph::Node;

/// How far apart, in seconds, clocks are expected to be.
const CLOCKS_APART: i64 = 30 * 24 * 60 * 60;
/// How many commits in a row are expected to have been made by a clock further off.
const MOST_ASTRAY: usize = 10;

/// Reads one object. libgit2 inflates a packed one before it tells the size; a loose one tells it beforehand.
pub(super) fn read<'o>(odb: &'o Odb<'_>, id: Oid, limit: u64) -> Result<OdbObject<'o>, String> {
    let size = odb.reader(id).map_or(0, |(_, size, _)| size as u64);
    if size > limit {
        return Err(files::too_large(size, limit));
    }
    let object = odb.read(id).map_err(|error| match error.code() {
        git2::ErrorCode::NotFound => {
            "git has the name of this object but not the object; in a partial clone fetch it with \
                                      `git fetch --refetch --no-filter`, otherwise check with `git fsck`"
                .to_owned()
        }
        _ => format!("the object cannot be read ({}); repair it with `git fsck`", error.message()),
    })?;
    let size = object.len() as u64;
    if size > limit { Err(files::too_large(size, limit)) } else { Ok(object) }
}

/// A repository's commits.
pub(super) struct Graph<'a> {
    pub(super) odb: &'a Odb<'a>,
    pub(super) edge: &'a Edge,
}

/// The commits at which a shallow clone ends.
#[derive(Debug)]
pub(super) struct Edge(HashSet<Oid>);

impl Edge {
    /// Reads `shallow` in a repository's common folder. A full clone has none.
    pub(super) fn read(common_dir: &Path) -> Self {
        let list = std::fs::read_to_string(common_dir.join("shallow")).unwrap_or_default();
        Self(list.lines().filter_map(|line| Oid::from_str(line.trim()).ok()).collect())
    }

    /// Whether the parents of this commit were left out of the clone.
    pub(super) fn cuts(&self, id: Oid, commit: &Node) -> bool {
        !commit.parents.is_empty() && self.0.contains(&id)
    }

    /// Whether the clone is shallow.
    pub(super) fn exists(&self) -> bool {
        !self.0.is_empty()
    }
}

/// A commit that a walk has met.
struct Met {
    parents: Box<[Oid]>,
    time: i64,
    hidden: bool,
    waiting: bool,
}

/// A walk from the newest commits to the oldest.
///
/// It ends when only hidden commits are left to go on from and these are old, for then they lead to none that was selected.
/// Unless a clock was wrong: so before it ends the walk looks a little further from each of them, and if that hides anything,
/// or if the selected commits go down to the beginning, it goes on to the end. That costs time, and never leaves out a
/// commit: at worst, after more wrong dates in a row, one is selected that need not be.
struct Walk<'a> {
    graph: &'a Graph<'a>,
    met: HashMap<Oid, Met>,
    queue: BinaryHeap<(i64, Reverse<Oid>)>,
    /// Commits in the queue that are not hidden.
    open: usize,
    /// Commits that were selected and then hidden.
    taken_back: usize,
    /// Whether a commit without parents was met that was not hidden.
    at_beginning: bool,
}

impl Graph<'_> {
    /// Commits, with their times, that one of `tips` reaches and none of `hidden` does, newest first: neighbours share objects.
    /// A commit that cannot be read ends its line of the walk: whoever reads its child will find that out.
    pub(super) fn between(&self, tips: &[Oid], hidden: &[Oid]) -> Vec<(Oid, i64)> {
        let (met, queue) = (HashMap::new(), BinaryHeap::new());
        let mut walk = Walk { graph: self, met, queue, open: 0, taken_back: 0, at_beginning: false };
        hidden.iter().for_each(|id| walk.meet(*id, true));
        tips.iter().for_each(|id| walk.meet(*id, false));
        walk.run();
        let selected = walk.met.into_iter().filter(|(_, met)| !met.hidden);
        let mut selected: Vec<(Oid, i64)> = selected.map(|(id, met)| (id, met.time)).collect();
        selected.sort_unstable_by_key(|(id, time)| (Reverse(*time), *id));
        selected
    }
}

impl Walk<'_> {
    fn run(&mut self) {
        let mut oldest = i64::MAX;
        let mut clocks_are_right = true;
        while let Some((newest, _)) = self.queue.peek() {
            if clocks_are_right && self.open == 0 && *newest < oldest.saturating_sub(CLOCKS_APART) {
                let before = self.taken_back;
                (0..MOST_ASTRAY).for_each(|_| self.step_from_all());
                if self.taken_back == before && !self.at_beginning {
                    break;
                }
                clocks_are_right = false;
            }
            if let Some((time, Reverse(id))) = self.queue.pop()
                && self.step_from(id)
            {
                oldest = oldest.min(time);
            }
        }
    }

    /// One step from every commit in the queue.
    fn step_from_all(&mut self) {
        for (_, Reverse(id)) in std::mem::take(&mut self.queue) {
            self.step_from(id);
        }
    }

    /// Meets the parents of a commit from the queue. Says whether the commit is selected so far.
    fn step_from(&mut self, id: Oid) -> bool {
        let Some(met) = self.met.get_mut(&id) else { return false };
        met.waiting = false;
        let (hidden, parents) = (met.hidden, met.parents.clone());
        if !hidden {
            self.open -= 1;
            self.at_beginning |= parents.is_empty();
        }
        parents.into_iter().for_each(|parent| self.meet(parent, hidden));
        !hidden
    }

    fn meet(&mut self, id: Oid, hidden: bool) {
        if self.met.contains_key(&id) {
            if hidden {
                self.hide(id);
            }
            return;
        }
        let read = read(self.graph.odb, id, MAX_SIZE).ok().filter(|object| object.kind() == ObjectType::Commit);
        let Some(commit) = read.and_then(|object| Node::parse(id, object.data())) else { return };
        let time = commit.time;
        let parents = if self.graph.edge.cuts(id, &commit) { Box::default() } else { commit.parents };
        self.met.insert(id, Met { parents, time, hidden, waiting: true });
        self.queue.push((time, Reverse(id)));
        self.open += usize::from(!hidden);
    }

    /// Hides a commit and all that was met beyond it.
    fn hide(&mut self, id: Oid) {
        let mut beyond = vec![id];
        while let Some(id) = beyond.pop() {
            let Some(met) = self.met.get_mut(&id).filter(|met| !met.hidden) else { continue };
            met.hidden = true;
            if met.waiting {
                self.open -= 1;
            } else {
                self.taken_back += 1;
                beyond.extend(met.parents.iter());
            }
        }
    }
}
