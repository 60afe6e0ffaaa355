//! Files in which GitHub tells tokens by their hash: its audit log.
//!
//! Comes in: such files, and the inventory. Goes out: which credential each hash is of. The hashes have no key, so they stand in no
//! inventory: they are compared with what a scan finds, and written nowhere.

use std::collections::{BTreeSet, HashMap};
use std::path::{Path, PathBuf};

use serde::Deserialize;

use super::{Error, Problem, load};
use crate::model::inventory::{Inventory, Position};
use crate::model::secret::{Hash, Hashes};

/// What an event says of the token with which it was done. The rest of it is not read.
#[derive(Deserialize)]
struct Event {
    hashed_token: Option<Hash>,
    /// The token's id, a number, as the list of fine-grained tokens has it.
    #[serde(default)]
    token_id: serde_json::Value,
}

/// Which credential each hash is of; and a sentence for every file with hashes of which nobody knows that.
pub fn read(paths: &[PathBuf], inventory: &Inventory) -> Result<(Hashes<Position>, Vec<String>), Error> {
    let (mut hashes, mut remarks) = (Hashes::default(), Vec::new());
    if paths.is_empty() {
        return Ok((hashes, remarks));
    }
    let by_token = by_token(inventory);
    for path in paths {
        let mut unknown = BTreeSet::new();
        let mut is_any = false;
        for event in events(path)? {
            let Some(hash) = event.hashed_token else { continue };
            is_any = true;
            let id = event.token_id.as_str().map_or_else(|| event.token_id.to_string(), str::to_owned);
            match by_token.get(id.as_str()) {
                Some(all) => all.iter().for_each(|position| hashes.add(&hash, *position)),
                None => _ = unknown.insert(hash),
            }
        }
        let name = path.display();
        if !is_any {
            remarks.push(format!("no event of {name} has a `hashed_token`; export the audit log of an organisation whose log shows token data"));
        } else if !unknown.is_empty() {
            remarks.push(format!(
                "{} tokens of {name} are of no credential of the inventory by their `token_id`; give it as `public_id`, or take over \
                 the list with `straykey inventory import github-pats`",
                unknown.len()
            ));
        }
    }
    Ok((hashes, remarks))
}

/// GitHub's credentials by the id of the token.
fn by_token(inventory: &Inventory) -> HashMap<&str, Vec<Position>> {
    let mut by_token: HashMap<&str, Vec<Position>> = HashMap::new();
    for (integration, one) in (0..).zip(&inventory.integrations) {
        for (credential, one) in (0..).zip(&one.credentials) {
            if let Some(id) = one.public_id.as_deref().filter(|_| one.provider.eq_ignore_ascii_case("github")) {
                by_token.entry(id).or_default().push((integration, credential));
            }
        }
    }
    by_token
}

/// One list of events, or one event a line.
fn events(path: &Path) -> Result<Vec<Event>, Error> {
    let text = load::read(path)?;
    let text = text.trim_start_matches('\u{feff}');
    let events = match text.trim_start().starts_with('[') {
        true => serde_json::from_str(text),
        false => serde_json::Deserializer::from_str(text).into_iter().collect(),
    };
    // What stands there is not repeated: somebody may have written the token itself.
    events.map_err(|error| {
        let problem =
            "this is no event with a SHA-256 in base64 as `hashed_token`; give GitHub's audit log, exported as JSON";
        Error::Problems(vec![Problem::new(path.display().to_string(), error.line(), problem)])
    })
}
