//! Finds the secrets that another tool's list means: each where the list says that it stands.

use std::collections::HashMap;
use std::path::PathBuf;

use super::{Error, Options, Stages};
use crate::detect::fingerprint;
use crate::inventory::repository::Site;
use crate::model::known::{Known, Recognised};
use crate::model::meter::Meter;
use crate::model::scan::{Match, Scanner};
use crate::sources::again;

/// For each of `known` the secrets that it means, or why there is none. Looks into the first of the options' targets that has
/// the file.
pub fn recognise(
    options: &Options,
    known: &[Known],
    meter: &Meter,
) -> Result<Vec<Result<Vec<Recognised>, String>>, Error> {
    let stages = Stages::new(options, meter)?;
    let mut texts = HashMap::new();
    let mut recognise_one = |one: &Known| {
        let place = (one.repository.clone(), one.commit.clone(), one.path.clone());
        let found = texts.entry(place).or_insert_with(|| {
            let text = read(&options.targets, one)?;
            Ok::<_, String>(stages.detector.scan(&text).matches)
        });
        let found = found.as_ref().map_err(Clone::clone)?;
        let meant = meant(one, found);
        if meant.is_empty() {
            return Err(match one.sha1 {
                Some(_) => "no secret that is found in that file has this hash".into(),
                None => "no secret is found on that line any more, or the patterns do not know it".to_owned(),
            });
        }
        Ok(meant.into_iter().map(|found| stages.recognised(found)).collect())
    };
    Ok(known.iter().map(&mut recognise_one).collect())
}

/// The text that a list speaks of. Some tools name files with the name of the scanned folder before them.
fn read(targets: &[PathBuf], one: &Known) -> Result<Vec<u8>, String> {
    let within = one.path.split_once('/').map(|(_, within)| within);
    let paths = std::iter::once(one.path.as_str()).chain(within.filter(|_| one.commit.is_none()));
    let is_meant = |target: &&PathBuf| match &one.repository {
        Some(name) => Site::of(target).repository.as_ref() == Some(name),
        None => true,
    };
    let targets: Vec<&PathBuf> = targets.iter().filter(is_meant).collect();
    let mut why = "it is of another repository than those that were named".to_owned();
    for path in paths {
        for target in &targets {
            match again::at(target, path, one.commit.as_deref()) {
                Ok(text) => return Ok(text),
                Err(error) => why = error,
            }
        }
    }
    Err(why)
}

/// By the secret or its hash, which lines do not change; else by the line.
fn meant<'m>(one: &Known, found: &'m [Match]) -> Vec<&'m Match> {
    let plain = found.iter().filter(|found| found.inside.is_none());
    if let Some(sha1) = &one.sha1 {
        return found.iter().filter(|found| fingerprint::sha1(&found.credential.secret) == *sha1).collect();
    }
    let same: Vec<&Match> = match &one.secret {
        Some(secret) => found.iter().filter(|found| found.credential.secret == *secret).collect(),
        None => Vec::new(),
    };
    let Some((first, last)) = one.lines.filter(|_| same.is_empty()) else { return same };
    // On disk lines may have moved since: with a secret that is told but not found there, a line says nothing.
    if one.commit.is_none() && one.secret.is_some() {
        return same;
    }
    plain.filter(|found| found.position.line <= last && found.position.end_line >= first).collect()
}

impl Stages<'_> {
    fn recognised(&self, found: &Match) -> Recognised {
        let (fingerprint, lasting) = self.fingerprints.of(&found.pattern, &found.credential.secret);
        Recognised { fingerprint, lasting, pattern: found.pattern.id.to_string() }
    }
}
