//! How long things stood where they stand: the first commit that has them, the last, and which references reach one.
//!
//! Comes in: a map of all commits, and groups of spots (the versions of a file with one secret in them). Goes out: one
//! [`Span`] for each group. Up to 64 groups are followed through history at once, each as one bit.

use git2::Oid;

use super::graph::Graph;
use super::locate::{Map, NOTHING};
use super::refs::Tip;
use crate::model::place::PlaceKind;

/// Groups that are followed at once.
const BITS: usize = u64::BITS as usize;

/// The time for which some spot of a group stood.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Span {
    /// What reaches it: the nearest at hand of all commits that have it.
    pub kind: PlaceKind,
    /// The first commit of that kind that has it, by its place in the graph.
    pub first: u32,
    /// The last.
    pub last: u32,
    /// The spot that the last commit has.
    pub last_spot: u32,
    /// Whether some HEAD has it.
    pub at_head: bool,
    /// Which tips have it in their history, by their place in the list.
    pub tips: Vec<u32>,
}

/// Follows `groups` of spots. A group that no commit has is none.
pub fn spans(graph: &Graph, map: &Map, groups: &[Vec<u32>], tips: &[Tip], heads: &[Oid]) -> Vec<Option<Span>> {
    groups.chunks(BITS).flat_map(|batch| Batch::new(graph, map, batch).spans(tips, heads)).collect()
}

/// Up to 64 groups.
struct Batch<'a> {
    graph: &'a Graph,
    map: &'a Map,
    groups: &'a [Vec<u32>],
    /// For each node the groups that it leads to.
    below: Vec<u64>,
}

impl<'a> Batch<'a> {
    fn new(graph: &'a Graph, map: &'a Map, groups: &'a [Vec<u32>]) -> Self {
        let mut of_spot = vec![0_u64; map.spots.len()];
        for (bit, group) in groups.iter().enumerate() {
            group.iter().for_each(|spot| of_spot[*spot as usize] |= 1 << bit);
        }
        let mut below = vec![0; map.nodes.len()];
        for (at, node) in map.nodes.iter().enumerate() {
            let own = node.spots.iter().fold(0, |bits, spot| bits | of_spot[*spot as usize]);
            below[at] = node.below.iter().fold(own, |bits, node| bits | below[*node as usize]);
        }
        Self { graph, map, groups, below }
    }

    /// The groups that a commit has.
    fn held(&self, commit: usize) -> u64 {
        self.below[self.map.tops[commit] as usize]
    }

    fn spans(&self, tips: &[Tip], heads: &[Oid]) -> Vec<Option<Span>> {
        let mut spans: Vec<Option<Span>> = vec![None; self.groups.len()];
        let mut seen = 0;
        // What each commit or one of its ancestors has.
        let mut reached = vec![0_u64; self.graph.nodes.len()];
        for commit in self.graph.order.iter().map(|commit| *commit as usize) {
            let held = self.held(commit);
            for group in bits(held & !seen) {
                let (kind, first) = (self.graph.kinds[commit], commit as u32);
                let (last, last_spot) = (first, NOTHING);
                spans[group] = Some(Span { kind, first, last, last_spot, at_head: false, tips: Vec::new() });
            }
            seen |= held;
            let parents = self.graph.parents.of(commit as u32).iter();
            reached[commit] = parents.fold(held, |bits, parent| bits | reached[*parent as usize]);
        }
        self.find_last(&mut spans);
        let place = |id: Oid| Some(self.graph.place_of(id)? as usize);
        let at_head = heads.iter().filter_map(|id| place(*id)).fold(0, |bits, head| bits | self.held(head));
        bits(at_head).for_each(|group| spans[group].iter_mut().for_each(|span| span.at_head = true));
        for (number, tip) in (0..).zip(tips) {
            for group in bits(place(tip.commit).map_or(0, |commit| reached[commit])) {
                spans[group].iter_mut().for_each(|span| span.tips.push(number));
            }
        }
        spans
    }

    /// Looks for the last commits, from the end of history, each among those of its group's kind.
    fn find_last(&self, spans: &mut [Option<Span>]) {
        let mut open = u64::MAX;
        for commit in self.graph.order.iter().rev().map(|commit| *commit as usize) {
            for group in bits(self.held(commit) & open) {
                if let Some(span) = spans[group].as_mut().filter(|span| span.kind == self.graph.kinds[commit]) {
                    open &= !(1 << group);
                    span.last = commit as u32;
                    span.last_spot = self.spot(group, self.map.tops[commit]);
                }
            }
        }
    }

    /// The first spot of a group that a node leads to.
    fn spot(&self, group: usize, mut node: u32) -> u32 {
        loop {
            let Some(at) = self.map.nodes.get(node as usize) else { return 0 };
            if let Some(spot) = at.spots.iter().find(|spot| self.groups[group].contains(spot)) {
                return *spot;
            }
            let next = at.below.iter().find(|node| self.below[**node as usize] & 1 << group != 0);
            match next {
                Some(next) => node = *next,
                None => return 0,
            }
        }
    }
}

/// The places of the bits that are set.
fn bits(mut set: u64) -> impl Iterator<Item = usize> {
    std::iter::from_fn(move || {
        let bit = (set != 0).then(|| set.trailing_zeros())?;
        set &= set - 1;
        Some(bit as usize)
    })
}
