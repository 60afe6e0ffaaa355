//! People's decisions on whose a credential is: one sealed line each, so that none can be changed or added without the key.

use std::collections::HashMap;
use std::fs::{self, OpenOptions};
use std::io::{self, Write};
use std::path::Path;

use serde::{Deserialize, Serialize};

use super::Error;
use crate::model::secret::Secret;

const LABEL: &str = "straykey-decision/v1";

/// One decision.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Decision {
    /// Of which secret. Another secret has another fingerprint, so a decision ends when the secret is replaced.
    pub fingerprint: String,
    /// Whose it is.
    pub integration: String,
    /// Why.
    pub reason: String,
    /// Who says so.
    pub by: String,
    /// When, in RFC 3339.
    pub at: String,
    /// A keyed hash over all of the above.
    #[serde(default)]
    pub seal: String,
}

impl Decision {
    fn sealed_with(&self, key: &Secret) -> String {
        let all = [&self.fingerprint, &self.integration, &self.reason, &self.by, &self.at];
        // Lengths keep the fields apart.
        let text: String = all.iter().map(|field| format!("{}:{field}", field.len())).collect();
        key.seal(LABEL, &text)
    }
}

/// Adds a decision to the file.
pub fn append(path: &Path, mut decision: Decision, key: &Secret) -> Result<(), Error> {
    decision.seal = decision.sealed_with(key);
    let line = serde_json::to_string(&decision).map_err(|error| Error::Other(error.to_string()))? + "\n";
    let file = OpenOptions::new().append(true).create(true).open(path);
    file.and_then(|mut file| file.write_all(line.as_bytes())).map_err(|source| Error::file(path, source))
}

/// Integration and reason by fingerprint.
pub type Decided = HashMap<String, (String, String)>;

/// The last word on each; and a sentence for every line that does not count.
pub fn read(path: &Path, key: Option<&Secret>) -> Result<(Decided, Vec<String>), Error> {
    let text = match fs::read_to_string(path) {
        Ok(text) => text,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Default::default()),
        Err(source) => return Err(Error::file(path, source)),
    };
    let (mut decided, mut remarks) = (HashMap::new(), Vec::new());
    for (number, line) in text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty()) {
        let at = format!("{}:{}", path.display(), number + 1);
        let decision: Decision = match serde_json::from_str(line) {
            Ok(decision) => decision,
            Err(error) => {
                return Err(Error::Other(format!(
                    "{at}: {error}; take out this line and decide again with `straykey attribute`"
                )));
            }
        };
        if key.is_some_and(|key| decision.sealed_with(key) == decision.seal) {
            decided.insert(
                decision.fingerprint,
                (decision.integration, format!("{} (by {})", decision.reason, decision.by)),
            );
        } else {
            remarks.push(format!("{at}: the seal of this decision is not of this key and it does not count; decide again with `straykey attribute`"));
        }
    }
    Ok((decided, remarks))
}
