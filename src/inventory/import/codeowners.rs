//! CODEOWNERS: the people and teams in it become owners. Which paths are whose is read from the repository at every scan.

use std::collections::BTreeSet;

use super::{Found, Source};
use crate::model::inventory::{Owner, OwnerKind};

pub(super) fn read(sources: &[Source]) -> Found {
    let mut names = BTreeSet::new();
    for line in sources.iter().flat_map(|source| source.text.lines()) {
        let line = line.split('#').next().unwrap_or_default();
        // The first word is a path, or a section; a role of GitLab's (`@@maintainer`) is nobody.
        let words = line.split_whitespace().skip(1).filter(|word| word.contains('@') && !word.starts_with("@@"));
        names.extend(words.map(str::to_owned));
    }
    let mut found = Found::default();
    found.part.owners.extend(names.into_iter().map(|name| {
        let is_team = name.starts_with('@') && name.contains('/');
        let contacts =
            if name.starts_with('@') { Vec::new() } else { vec![[("email".to_owned(), name.clone())].into()] };
        Owner {
            kind: if is_team { OwnerKind::Team } else { OwnerKind::Person },
            refs: vec![name.clone()],
            id: name,
            contacts,
            source: Some("codeowners".into()),
            ..Owner::default()
        }
    }));
    found
}
