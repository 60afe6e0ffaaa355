//! Private keys, tried only where the user says whom they log in as, and where: a key does not tell, and nobody shows it around.

use std::sync::Arc;

use data_encoding::BASE64;
use russh::keys::{PrivateKey, decode_secret_key};
use schemars::JsonSchema;
use serde::Deserialize;
use zeroize::Zeroizing;

use super::talk::{self, Proof};
use crate::model::plan::Planned;
use crate::model::secret::Credential;
use crate::model::validity::Validity;
use crate::model::verification::{Said, Source, Verification};
use crate::verify::login::Login;
use crate::verify::session::Session;
use crate::verify::{Verifier, offline};

/// Sorts of keys, as their first lines name them.
const SORTS: [&str; 4] = ["OPENSSH PRIVATE KEY", "RSA PRIVATE KEY", "EC PRIVATE KEY", "PRIVATE KEY"];
/// What is said of a key of which nobody says where it is let in.
pub(in crate::verify) const NOT_NAMED: &str =
    "nobody says where it is let in; if it is a key of SSH, name user and host under [[verify.ssh_key]]";
/// How a key's public half is named.
const PRINT: &str = "SHA256:";

/// Where a private key is let in.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SshKey {
    /// The fingerprint of its public half, as reports tell it: `SHA256:` and 43 characters.
    pub key: String,
    /// Who logs in with it.
    pub user: String,
    /// Where: a host, with its port behind a colon if that is not 22.
    pub host: String,
}

impl SshKey {
    /// Whether it can be meant; if not, one sentence.
    pub fn check(&self) -> Result<(), String> {
        let is_fit = |byte: u8| byte.is_ascii_alphanumeric() || b".-_:[]".contains(&byte);
        if !self.key.starts_with(PRINT) || self.key.len() != PRINT.len() + 43 {
            return Err(format!(
                "`{}` in [[verify.ssh_key]] is no fingerprint of a key; write it as `ssh-keygen -l` does: SHA256:…",
                self.key
            ));
        }
        match !self.user.is_empty() && !self.host.is_empty() && self.host.bytes().all(is_fit) {
            true => Ok(()),
            false => Err(format!(
                "the key {} in [[verify.ssh_key]] has no user, or no host; write user = \"deploy\" and host = \"files.acme.example:22\"",
                self.key
            )),
        }
    }

    /// The host with its port.
    pub(in crate::verify) fn place(&self) -> String {
        let name = self.host.to_ascii_lowercase();
        let has_port = name.rsplit_once(':').is_some_and(|(_, port)| port.bytes().all(|byte| byte.is_ascii_digit()));
        if has_port { name } else { format!("{name}:{}", super::PORT) }
    }
}

/// Verifies a private key at the places that are named for it.
pub(in crate::verify) struct Key<'a> {
    places: Vec<&'a SshKey>,
}

impl<'a> Key<'a> {
    /// The verifier of a key of which this is known, if it is named.
    pub(in crate::verify) fn find(known: &Verification, named: &'a [SshKey]) -> Option<Self> {
        let print = &known.identity.public_id.as_ref()?.value;
        let places: Vec<&SshKey> = named.iter().filter(|named| named.key == *print).collect();
        (!places.is_empty()).then_some(Self { places })
    }

    /// Whether a finding may be a key of SSH.
    pub(in crate::verify) fn is_one(pattern: &str, known: &Verification) -> bool {
        let id = &known.identity.public_id;
        pattern.starts_with("private-key-") && id.as_ref().is_some_and(|id| id.value.starts_with(PRINT))
    }
}

/// Reads a key.
fn read(credential: &Credential) -> Result<PrivateKey, String> {
    let text = std::str::from_utf8(credential.secret.expose()).unwrap_or_default();
    let found = SORTS.iter().find_map(|sort| Some((sort, offline::der(text, sort)?)));
    let (sort, der) = found.ok_or("it is no key of a kind that can be tried")?;
    let pem = Zeroizing::new(format!("-----BEGIN {sort}-----\n{}\n-----END {sort}-----\n", BASE64.encode(&der)));
    decode_secret_key(&pem, None).map_err(|error| match error {
        russh::keys::Error::KeyIsEncrypted => "it is encrypted, and its passphrase is not known".into(),
        _ => "it is no key of a kind that can be tried, or not whole".into(),
    })
}

impl Verifier for Key<'_> {
    fn name(&self) -> String {
        "ssh".into()
    }

    fn plan(&self, credential: &Credential) -> Result<Vec<Planned>, String> {
        read(credential)?;
        let planned = |named: &&SshKey| Planned {
            host: named.place(),
            is_from_content: false,
            method: "LOGIN",
            path: format!("ssh as {}", named.user),
        };
        Ok(self.places.iter().map(planned).collect())
    }

    fn verify(&self, credential: &Credential, session: &Session<'_>) -> Verification {
        let key = match read(credential) {
            Ok(key) => Arc::new(key),
            Err(why) => return Verification::not_checked(why),
        };
        let mut open = None;
        for named in &self.places {
            let host = named.place();
            let told = session.log_in(&host, false, |door| talk::log_in(door, &named.user, Proof::Key(key.clone())));
            let why = match told {
                Ok(Login::Accepted) => {
                    let mut told = Verification::of(Validity::Active);
                    let by_provider = |value: String| Some(Said { value, by: Source::Provider });
                    told.identity.principal = by_provider(named.user.clone());
                    told.identity.host = by_provider(host);
                    return told;
                }
                Ok(Login::Refused(_)) => continue,
                Ok(Login::Undecided(why)) => Validity::Unknown { why: format!("{host} {why}") },
                Ok(Login::Withheld(why)) => Validity::NotChecked { why: format!("{host}: {why}") },
                Err(silence) => silence.into(),
            };
            open.get_or_insert(why);
        }
        // Only where all refuse it is it refused.
        Verification::of(open.unwrap_or(Validity::Inactive))
    }
}
