//! Where the matches in git's objects stand: from objects to sightings.
//!
//! Comes in: what an engine found in the objects. Goes out: a sighting for each match at each of its places. A secret that
//! stays at a path through many versions of the file is seen there once, with its lifetime.

use std::collections::{BTreeMap, HashMap, HashSet};

use git2::{ObjectType, Oid, Repository};

use super::checkout::Checkout;
use super::graph::Graph;
use super::lifetime::{self, Span};
use super::locate::{self, Map, What};
use super::objects::{Message, Objects};
use super::pack::{Forest, Listing};
use super::refs::{self, Tip};
use super::trees::{self, Wanted};
use super::{Engine, History};
use crate::model::place::{Commit, Lifetime, PlaceKind};
use crate::model::scan::{Match, Sighting};
use crate::model::secret::Secret;
use crate::sources::Holder;

/// What the places of objects are worked out from.
pub(super) struct Placer<'a> {
    /// Where the objects are from.
    pub history: &'a History<'a>,
    /// The same, opened.
    pub repository: &'a Repository,
    /// Its packs.
    pub packs: &'a [(Listing, Forest)],
    /// Its working trees.
    pub checkouts: &'a [Checkout],
}

/// One secret at one path, and at one path within that file if it is an archive: the spots that are its versions.
type Groups<'a> = BTreeMap<(&'a [u8], bool, &'a Secret, &'a str, Option<&'a str>), Vec<u32>>;

/// All that the commits of a repository say.
struct Chart {
    graph: Graph,
    map: Map,
    tips: Vec<Tip>,
    heads: Vec<Oid>,
}

impl Placer<'_> {
    /// Every match in an object, at each of its places. Errors about what could not be worked out are added to `objects`.
    pub(super) fn sightings(&self, objects: &mut Objects) -> Result<Vec<Sighting>, String> {
        match &self.history.options.branch {
            Some(branch) => self.on_branch(branch, objects),
            None => {
                self.everywhere(objects).map_err(|error| format!("its commits cannot be walked ({})", error.message()))
            }
        }
    }

    /// Only what one revision reaches.
    fn on_branch(&self, branch: &str, objects: &mut Objects) -> Result<Vec<Sighting>, String> {
        let commit = refs::commit(self.repository, branch, self.repository.is_shallow())?;
        let tips = vec![Tip { name: branch.to_owned(), kind: PlaceKind::History, commit }];
        let graph = Graph::new(std::mem::take(&mut objects.commits), &tips);
        objects.messages.retain(|message| message.kind == PlaceKind::Message && graph.is_history(message.id));
        let mut sightings = self.of_messages(objects);
        let wanted = Wanted::of(objects);
        let chart = self
            .chart(graph, tips, &[], objects, &wanted)
            .map_err(|error| format!("its commits cannot be walked ({})", error.message()))?;
        self.of_spots(&chart, objects, &mut sightings);
        self.tell_missed(Some(&chart.map), objects);
        Ok(sightings)
    }

    fn everywhere(&self, objects: &mut Objects) -> Result<Vec<Sighting>, git2::Error> {
        let mut sightings = self.of_messages(objects);
        let wanted = Wanted::of(objects);
        if wanted.blobs.is_empty() && wanted.names.is_empty() {
            return Ok(sightings);
        }
        let tips = refs::tips(self.repository)?;
        let graph = Graph::new(std::mem::take(&mut objects.commits), &tips);
        let odd = refs::odd_tips(self.repository);
        let odd_trees: Vec<Oid> = odd.iter().filter(|(kind, _)| *kind == ObjectType::Tree).map(|(_, id)| *id).collect();
        let chart = self.chart(graph, tips, &odd_trees, objects, &wanted)?;
        let mut placed = self.of_spots(&chart, objects, &mut sightings);
        self.of_staged(objects, &mut placed, &mut sightings);
        for (_, id) in odd.iter().filter(|(kind, _)| *kind == ObjectType::Blob) {
            placed.insert(*id);
            self.lone(objects, *id, PlaceKind::History, &mut sightings);
        }
        for id in objects.blobs.keys().filter(|id| !placed.contains(id)) {
            self.lone(objects, *id, PlaceKind::Unreachable, &mut sightings);
        }
        self.tell_missed(Some(&chart.map), objects);
        let known: HashSet<&[u8]> = chart.map.spots.iter().filter_map(|spot| name(&spot.what)).collect();
        for (name, matches) in objects.names.iter().filter(|(name, _)| !known.contains(name.as_slice())) {
            self.of_lost_name(name, matches, &mut sightings);
        }
        Ok(sightings)
    }

    /// Where nothing can be asked of commits a finding is still a finding.
    pub(super) fn without_places(&self, objects: &Objects) -> Vec<Sighting> {
        let mut sightings = self.of_messages(objects);
        objects.blobs.keys().for_each(|id| self.lone(objects, *id, PlaceKind::Unreachable, &mut sightings));
        objects.names.iter().for_each(|(name, matches)| self.of_lost_name(name, matches, &mut sightings));
        sightings
    }

    fn chart(
        &self,
        graph: Graph,
        tips: Vec<Tip>,
        odd: &[Oid],
        objects: &mut Objects,
        wanted: &Wanted,
    ) -> Result<Chart, git2::Error> {
        let (trees, is_cut) = match self.history.options.engine {
            Engine::Delta => {
                let outlines = std::mem::take(&mut objects.outlines);
                let is_cut = outlines.iter().any(|outlines| outlines.is_cut);
                (trees::trace(self.repository, self.packs, &outlines, &objects.trees, wanted)?, is_cut)
            }
            Engine::Reference => {
                let tops = graph.nodes.iter().map(|node| node.tree).chain(odd.iter().copied());
                trees::read(self.repository, tops, wanted)?
            }
        };
        let map = locate::draw(&graph, odd, &trees, wanted);
        if is_cut || map.is_cut {
            let why = "its folders lie too deep, are too many, or hold one another too many times, to follow them all; some \
                       places of findings are not told";
            objects.fail(".git/objects".into(), why.into());
        }
        Ok(Chart { graph, map, tips, heads: refs::heads(self.repository) })
    }

    /// What stands at paths. Says which blobs do.
    fn of_spots(&self, chart: &Chart, objects: &Objects, sightings: &mut Vec<Sighting>) -> HashSet<Oid> {
        let mut placed = HashSet::new();
        let mut groups = Groups::new();
        for (number, spot) in (0..).zip(&chart.map.spots) {
            if let What::Blob(id) = &spot.what {
                placed.insert(*id);
            }
            for found in matches(&spot.what, objects) {
                let (id, inside) = (&*found.pattern.id, found.inside.as_deref());
                let secret = (&*spot.path, name(&spot.what).is_some(), &found.credential.secret, id, inside);
                let versions = groups.entry(secret).or_default();
                if versions.last() != Some(&number) {
                    versions.push(number);
                }
            }
        }
        groups.retain(|(path, ..), _| self.history.options.paths.admits(&self.history.path(path)));
        let versions: Vec<Vec<u32>> = groups.values().cloned().collect();
        let spans = lifetime::spans(&chart.graph, &chart.map, &versions, &chart.tips, &chart.heads);
        let mut commits = HashMap::new();
        let is_asked_for = |span: &Option<Span>| {
            self.history.options.branch.is_none() || span.as_ref().is_some_and(|span| span.kind == PlaceKind::History)
        };
        for (((path, _, secret, pattern, inside), versions), span) in
            groups.iter().zip(spans).filter(|(_, span)| is_asked_for(span))
        {
            let shown = span.as_ref().map_or(versions[0], |span| span.last_spot);
            let what = &chart.map.spots[shown as usize].what;
            let holder = self.holder(chart, path, what, span.as_ref(), versions.len(), &mut commits);
            let same = |found: &&Match| {
                found.credential.secret == **secret
                    && found.pattern.id == *pattern
                    && found.inside.as_deref() == *inside
            };
            let before = name(what).map_or(0, |name| {
                let characters = |text: &str| text.chars().count();
                let whole = holder.path.as_deref().map_or(0, characters);
                whole.saturating_sub(characters(&String::from_utf8_lossy(name)))
            });
            for found in matches(what, objects).iter().filter(same) {
                sightings.push(shifted(holder.sighting(found), before));
            }
        }
        placed
    }

    fn holder(
        &self,
        chart: &Chart,
        path: &[u8],
        what: &What,
        span: Option<&Span>,
        versions: usize,
        commits: &mut HashMap<Oid, Option<Commit>>,
    ) -> Holder {
        let mut commit = |place: u32| {
            let id = chart.graph.nodes[place as usize].id;
            let describe = || Some(refs::describe(&self.repository.find_commit(id).ok()?));
            commits.entry(id).or_insert_with(describe).clone()
        };
        let (kind, object) = match what {
            What::Name(_) => (PlaceKind::FileName, None),
            // What no commit has is in a tree that a reference points at.
            What::Blob(id) => (span.map_or(PlaceKind::History, |span| span.kind), Some(id.to_string())),
        };
        let lifetime = span.and_then(|span| {
            let mut refs: Vec<String> = span
                .tips
                .iter()
                .map(|tip| &chart.tips[*tip as usize])
                .filter(|tip| tip.is_reference())
                .map(|tip| tip.name.clone())
                .collect();
            let more_refs = refs.len().saturating_sub(Lifetime::MOST_REFS);
            refs.truncate(Lifetime::MOST_REFS);
            Some(Lifetime { last: commit(span.last)?, at_head: span.at_head, versions, refs, more_refs })
        });
        Holder {
            target: self.history.target,
            path: Some(self.history.path(path)),
            kind,
            object,
            commit: span.and_then(|span| commit(span.first)),
            lifetime,
        }
    }

    /// What an index holds and its HEAD does not.
    fn of_staged(&self, objects: &Objects, placed: &mut HashSet<Oid>, sightings: &mut Vec<Sighting>) {
        for checkout in self.checkouts {
            for entry in checkout.index.iter() {
                let Some(matches) = objects.blobs.get(&entry.id) else { continue };
                if checkout.head_holds(self.repository, &entry.path, entry.id) {
                    continue;
                }
                placed.insert(entry.id);
                let path = self.history.path(&entry.path);
                if self.history.options.paths.admits(&path) {
                    let object = Some(entry.id.to_string());
                    let holder = Holder { object, ..Holder::file(self.history.target, path, PlaceKind::Staged) };
                    sightings.extend(matches.iter().map(|found| holder.sighting(found)));
                }
            }
        }
    }

    /// Names of staged files, which no tree may hold yet.
    pub(super) fn of_index_names(&self, scan: impl Fn(&[u8]) -> Vec<Match>) -> Vec<Sighting> {
        let before = self.history.prefix.chars().count();
        let mut sightings = Vec::new();
        for entry in self.checkouts.iter().flat_map(|checkout| checkout.index.iter()) {
            let matches = scan(&entry.path);
            let holder = Holder::file(self.history.target, self.history.path(&entry.path), PlaceKind::FileName);
            if !matches.is_empty() && self.history.admits(&holder) {
                sightings.extend(matches.iter().map(|found| shifted(holder.sighting(found), before)));
            }
        }
        sightings
    }

    /// A blob that stands at no path.
    fn lone(&self, objects: &Objects, id: Oid, kind: PlaceKind, sightings: &mut Vec<Sighting>) {
        let target = self.history.target;
        let holder = Holder { target, path: None, kind, object: Some(id.to_string()), commit: None, lifetime: None };
        if self.history.admits(&holder) {
            let matches = objects.blobs.get(&id).into_iter().flatten();
            sightings.extend(matches.map(|found| holder.sighting(found)));
        }
    }

    /// A name in a tree that no commit leads to.
    fn of_lost_name(&self, name: &[u8], matches: &[Match], sightings: &mut Vec<Sighting>) {
        let holder = Holder::file(self.history.target, self.history.path(name), PlaceKind::FileName);
        if self.history.admits(&holder) {
            let before = self.history.prefix.chars().count();
            sightings.extend(matches.iter().map(|found| shifted(holder.sighting(found), before)));
        }
    }

    fn of_messages(&self, objects: &Objects) -> Vec<Sighting> {
        if !self.history.options.paths.admits_pathless() {
            return Vec::new();
        }
        let of = |message: &Message| {
            let holder = Holder {
                target: self.history.target,
                path: None,
                kind: message.kind,
                object: Some(message.id.to_string()),
                commit: Some(message.commit.clone()),
                lifetime: None,
            };
            message.matches.iter().map(|found| holder.sighting(found)).collect::<Vec<_>>()
        };
        objects.messages.iter().flat_map(of).collect()
    }
}

fn name(what: &What) -> Option<&[u8]> {
    match what {
        What::Name(name) => Some(name),
        What::Blob(_) => None,
    }
}

fn matches<'a>(what: &What, objects: &'a Objects) -> &'a [Match] {
    let matches = match what {
        What::Blob(id) => objects.blobs.get(id),
        What::Name(name) => objects.names.get(&**name),
    };
    matches.map_or(&[], Vec::as_slice)
}

/// A match in a name, told in columns of the path, of which `before` characters stand before the name.
fn shifted(mut sighting: Sighting, before: usize) -> Sighting {
    sighting.place.position.column += before;
    sighting.place.position.end_column += before;
    sighting
}
