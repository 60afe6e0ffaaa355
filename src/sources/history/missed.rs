//! What lies inside of blobs and was not looked at: told by path, so that it can be left out by it.
//!
//! Comes in: blobs with such parts, and a map of the places of blobs. Goes out: errors, one for each part of each blob.

use std::collections::{BTreeMap, BTreeSet};

use git2::Oid;

use super::locate::{Map, What};
use super::objects::Objects;
use super::places::Placer;

impl Placer<'_> {
    /// Adds an error for each part of a blob that was not looked at, at the first of its paths that is read. A blob that stands
    /// at no path is told by its id, where those are asked for too.
    pub(super) fn tell_missed(&self, map: Option<&Map>, objects: &mut Objects) {
        let missed = std::mem::take(&mut objects.missed);
        if missed.is_empty() {
            return;
        }
        let mut paths = BTreeMap::<Oid, BTreeSet<&[u8]>>::new();
        for spot in map.iter().flat_map(|map| &map.spots) {
            if let What::Blob(id) = &spot.what {
                paths.entry(*id).or_default().insert(&spot.path);
            }
        }
        let entries: Vec<_> = self.checkouts.iter().flat_map(|checkout| checkout.index.iter()).collect();
        for entry in entries.iter().filter(|entry| missed.contains_key(&entry.id)) {
            paths.entry(entry.id).or_default().insert(&entry.path);
        }
        let options = &self.history.options;
        for (id, missed) in missed {
            let what = match paths.get(&id) {
                Some(paths) => paths
                    .iter()
                    .find(|path| options.paths.admits(&self.history.path(path)))
                    .map(|path| String::from_utf8_lossy(path).into_owned()),
                None => (options.branch.is_none() && options.paths.admits_pathless()).then(|| id.to_string()),
            };
            let told = what.iter().flat_map(|what| missed.iter().map(|missed| missed.clone().at(what)));
            objects.scanned.unscanned.extend(told);
        }
    }
}
