//! Where wanted blobs and names stand: at which paths, in which commits.
//!
//! Comes in: the commits in order, and what of interest is in each tree. Goes out: a [`Map`]: every spot (a path, and what
//! stands there), and for each commit a node that leads to its spots. Equal nodes are one, so a file that stays as it is
//! through a thousand commits is told of once.

use std::collections::{HashMap, HashSet};

use git2::Oid;

use super::graph::Graph;
use super::trees::{DEEPEST, Trees, Wanted};

/// More spots than this and the rest are not told: few real repositories have so many, one made of folders that hold each
/// other many times over may.
const MOST_SPOTS: usize = 1 << 16;

/// No node: nothing wanted below.
pub const NOTHING: u32 = 0;

/// What stands at a path.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum What {
    /// A file's content.
    Blob(Oid),
    /// A file or folder of this name.
    Name(Box<[u8]>),
}

/// A path and what stands there.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Spot {
    /// The path from the top of the repository.
    pub path: Box<[u8]>,
    /// What stands there.
    pub what: What,
}

/// A folder at a path, as far as it leads to spots.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash)]
pub struct Node {
    /// Spots in the folder itself.
    pub spots: Box<[u32]>,
    /// Folders in it: nodes that come before this one.
    pub below: Box<[u32]>,
}

/// All spots, and which commit has which.
pub struct Map {
    /// Every spot once.
    pub spots: Vec<Spot>,
    /// Nodes, each behind those below it; the first is [`NOTHING`].
    pub nodes: Vec<Node>,
    /// For each commit of the graph the node of its top folder.
    pub tops: Vec<u32>,
    /// Whether there were too many spots, or too deep ones, to tell of all.
    pub is_cut: bool,
}

/// Draws the map of all commits of `graph` and of `odd`, trees that references point at without a commit between.
pub fn draw(graph: &Graph, odd: &[Oid], trees: &Trees, wanted: &Wanted) -> Map {
    let map = Map { spots: Vec::new(), nodes: vec![Node::default()], tops: Vec::new(), is_cut: false };
    let mut drawer = Drawer {
        trees,
        wanted: &wanted.blobs,
        map,
        paths: HashMap::new(),
        spots: HashMap::new(),
        known: HashMap::new(),
        nodes: HashMap::new(),
    };
    let mut tops = vec![NOTHING; graph.nodes.len()];
    graph.order.iter().map(|commit| *commit as usize).for_each(|at| tops[at] = drawer.top(graph.nodes[at].tree));
    odd.iter().for_each(|tree| {
        drawer.top(*tree);
    });
    Map { tops, ..drawer.map }
}

/// A folder's path as a number: its parent's, and its name.
type Paths = HashMap<(u32, Box<[u8]>), u32>;

struct Drawer<'a> {
    trees: &'a Trees,
    wanted: &'a HashSet<Oid>,
    map: Map,
    paths: Paths,
    spots: HashMap<Spot, u32>,
    /// The node of each tree at each path; the tree is told by where its entries lie.
    known: HashMap<(usize, u32), u32>,
    nodes: HashMap<Node, u32>,
}

impl Drawer<'_> {
    fn top(&mut self, tree: Oid) -> u32 {
        self.node(tree, 0, &mut Vec::new(), 0)
    }

    fn node(&mut self, tree: Oid, place: u32, path: &mut Vec<u8>, depth: usize) -> u32 {
        let trees = self.trees;
        let entries = trees.of(tree.as_bytes());
        if entries.is_empty() {
            return NOTHING;
        }
        // Many trees share their entries of interest.
        let same = entries.as_ptr() as usize;
        if let Some(node) = self.known.get(&(same, place)) {
            return *node;
        }
        if depth > DEEPEST || self.map.spots.len() >= MOST_SPOTS {
            self.map.is_cut = true;
            return NOTHING;
        }
        self.known.insert((same, place), NOTHING);
        let (mut spots, mut below) = (Vec::new(), Vec::new());
        for entry in entries.iter() {
            let start = path.len();
            path.extend_from_slice(&entry.name);
            if entry.is_named {
                spots.push(self.spot(path, What::Name(entry.name.clone())));
            }
            if entry.is_folder {
                let next = self.paths.len() as u32 + 1;
                let folder = *self.paths.entry((place, entry.name.clone())).or_insert(next);
                path.push(b'/');
                below.push(self.node(entry.id, folder, path, depth + 1));
            } else if self.wanted.contains(&entry.id) {
                spots.push(self.spot(path, What::Blob(entry.id)));
            }
            path.truncate(start);
        }
        below.retain(|node| *node != NOTHING);
        let node = self.only(Node { spots: spots.into(), below: below.into() });
        self.known.insert((same, place), node);
        node
    }

    fn spot(&mut self, path: &[u8], what: What) -> u32 {
        let spot = Spot { path: path.into(), what };
        let next = self.map.spots.len() as u32;
        let all = &mut self.map.spots;
        *self.spots.entry(spot).or_insert_with_key(|spot| {
            all.push(spot.clone());
            next
        })
    }

    /// The number of a node; equal nodes have one.
    fn only(&mut self, node: Node) -> u32 {
        if node == Node::default() {
            return NOTHING;
        }
        let next = self.map.nodes.len() as u32;
        let all = &mut self.map.nodes;
        *self.nodes.entry(node).or_insert_with_key(|node| {
            all.push(node.clone());
            next
        })
    }
}
