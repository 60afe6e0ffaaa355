//! The commits of a repository in the order of history, and what each is reached by.
//!
//! Comes in: every commit that was read, and where references point. Goes out: commits with parents before children, those
//! that references reach before those that only notes, the stash or nothing reaches.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use git2::Oid;

use super::keys::{self, Starts};
use super::refs::Tip;
use crate::model::place::PlaceKind;

/// A commit as far as its place in history goes.
#[derive(Debug, Clone)]
pub struct Node {
    /// The commit.
    pub id: Oid,
    /// Its tree.
    pub tree: Oid,
    /// Its parents, which need not be there.
    pub parents: Box<[Oid]>,
    /// When it was committed, in seconds since 1970; dates in commits can lie.
    pub time: i64,
}

impl Node {
    /// Reads the header of a commit; none if it names no tree.
    pub fn parse(id: Oid, text: &[u8]) -> Option<Self> {
        let mut lines = text.split(|byte| *byte == b'\n');
        let hex = |line: &[u8], name: &[u8]| Oid::from_str(std::str::from_utf8(line.strip_prefix(name)?).ok()?).ok();
        let tree = hex(lines.next()?, b"tree ")?;
        // Most commits have one: that much room need not be given back.
        let mut parents = Vec::with_capacity(1);
        let mut time = 0;
        for line in lines.take_while(|line| !line.is_empty()) {
            if let Some(parent) = hex(line, b"parent ") {
                parents.push(parent);
            } else if let Some(committer) = line.strip_prefix(b"committer ") {
                time = seconds(committer).unwrap_or(0);
            }
        }
        Some(Self { id, tree, parents: parents.into(), time })
    }
}

/// The number before the time zone at the end of a line.
fn seconds(line: &[u8]) -> Option<i64> {
    let after = line.rsplit(|byte| *byte == b'>').next()?;
    let number = after.split(u8::is_ascii_whitespace).find(|word| !word.is_empty())?;
    std::str::from_utf8(number).ok()?.parse().ok()
}

/// For each node those that it leads to, one node's after the other's.
#[derive(Debug, Default)]
pub struct Edges {
    /// Where each node's end.
    ends: Vec<u32>,
    all: Vec<u32>,
}

impl Edges {
    /// Adds the next node.
    fn push(&mut self, to: impl Iterator<Item = u32>) {
        self.all.extend(to);
        self.ends.push(self.all.len() as u32);
    }

    /// Those that a node leads to.
    pub fn of(&self, node: u32) -> &[u32] {
        let start = node.checked_sub(1).map_or(0, |last| self.ends[last as usize]);
        &self.all[start as usize..self.ends[node as usize] as usize]
    }

    /// For each node those that lead to it, in order.
    fn reversed(&self) -> Self {
        let mut next = vec![0; self.ends.len()];
        self.all.iter().for_each(|to| next[*to as usize] += 1);
        let mut sum = 0;
        for next in &mut next {
            sum += std::mem::replace(next, sum);
        }
        let mut all = vec![0; self.all.len()];
        for from in 0..self.ends.len() as u32 {
            for to in self.of(from) {
                all[next[*to as usize] as usize] = from;
                next[*to as usize] += 1;
            }
        }
        // Each was moved on from where its own begin to where they end.
        Self { ends: next, all }
    }
}

/// All commits.
pub struct Graph {
    /// The commits, by id.
    pub nodes: Vec<Node>,
    /// What reaches each.
    pub kinds: Vec<PlaceKind>,
    /// Parents of each that are there, by their place in `nodes`.
    pub parents: Edges,
    /// Places in `nodes` in the order of history.
    pub order: Vec<u32>,
    starts: Starts,
}

/// Where an id is in the list of nodes.
fn place_of(nodes: &[Node], starts: &Starts, id: Oid) -> Option<u32> {
    let near = starts.of(keys::start(id.as_bytes()));
    let at = nodes[near.clone()].binary_search_by(|node| keys::compare(node.id.as_bytes(), id.as_bytes())).ok()?;
    Some((near.start + at) as u32)
}

impl Graph {
    /// Puts commits in order. Those of one kind come oldest first, as far as parents come before children; where commits
    /// are each other's ancestors, which only a broken repository has, they come last.
    pub fn new(mut nodes: Vec<Node>, tips: &[Tip]) -> Self {
        nodes.sort_unstable_by(|one, other| keys::compare(one.id.as_bytes(), other.id.as_bytes()));
        nodes.dedup_by(|one, other| one.id.as_bytes() == other.id.as_bytes());
        let starts = Starts::new(nodes.iter().map(|node| keys::start(node.id.as_bytes())));
        let mut parents = Edges::default();
        for node in &nodes {
            parents.push(node.parents.iter().filter_map(|parent| place_of(&nodes, &starts, *parent)));
        }
        let kinds = kinds(tips, |id| place_of(&nodes, &starts, id), &parents);
        let order = order(&nodes, &kinds, &parents);
        Self { nodes, kinds, parents, order, starts }
    }

    /// Whether a reference reaches this commit.
    pub fn is_history(&self, id: Oid) -> bool {
        self.place_of(id).is_some_and(|place| self.kinds[place as usize] == PlaceKind::History)
    }

    /// The place of a commit in `nodes`.
    pub fn place_of(&self, id: Oid) -> Option<u32> {
        place_of(&self.nodes, &self.starts, id)
    }
}

/// What reaches each commit: the first of references, notes, stash, nothing.
fn kinds(tips: &[Tip], place_of: impl Fn(Oid) -> Option<u32>, parents: &Edges) -> Vec<PlaceKind> {
    let mut kinds = vec![PlaceKind::Unreachable; parents.ends.len()];
    for kind in [PlaceKind::History, PlaceKind::Note, PlaceKind::Stash] {
        let mut open: Vec<u32> =
            tips.iter().filter(|tip| tip.kind == kind).filter_map(|tip| place_of(tip.commit)).collect();
        while let Some(commit) = open.pop() {
            let known = &mut kinds[commit as usize];
            if *known == PlaceKind::Unreachable {
                *known = kind;
                open.extend(parents.of(commit));
            }
        }
    }
    kinds
}

/// How near at hand a kind of commit is.
fn rank(kind: PlaceKind) -> u8 {
    match kind {
        PlaceKind::History => 0,
        PlaceKind::Note => 1,
        PlaceKind::Stash => 2,
        _ => 3,
    }
}

fn order(nodes: &[Node], kinds: &[PlaceKind], parents: &Edges) -> Vec<u32> {
    let mut missing: Vec<u32> = (0..).zip(nodes).map(|(commit, _)| parents.of(commit).len() as u32).collect();
    let children = parents.reversed();
    let key = |commit: u32| {
        let at = commit as usize;
        // Ids decide where times do not; nodes are sorted by id.
        Reverse((rank(kinds[at]), nodes[at].time, commit))
    };
    let mut ready: BinaryHeap<_> =
        (0..).zip(&missing).filter(|(_, missing)| **missing == 0).map(|(commit, _)| key(commit)).collect();
    let mut order = Vec::with_capacity(nodes.len());
    while let Some(Reverse((_, _, commit))) = ready.pop() {
        order.push(commit);
        for child in children.of(commit) {
            missing[*child as usize] -= 1;
            if missing[*child as usize] == 0 {
                ready.push(key(*child));
            }
        }
    }
    let mut rest: Vec<_> =
        (0..).zip(&missing).filter(|(_, missing)| **missing > 0).map(|(commit, _)| key(commit)).collect();
    rest.sort_unstable_by(|left, right| right.cmp(left));
    order.extend(rest.into_iter().map(|Reverse((_, _, commit))| commit));
    order
}
