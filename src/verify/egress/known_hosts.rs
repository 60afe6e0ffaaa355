//! Which servers of SSH are trusted: those whose keys stand in the user's own `known_hosts` files.
//!
//! Comes in: the files, in OpenSSH's form, names hashed or not. Goes out: the keys of one server. Authorities that sign keys
//! (`@cert-authority`) are passed over: no signed key is asked for.

use std::fs;
use std::path::{Path, PathBuf};

use data_encoding::BASE64;
use ring::hmac;

use super::Error;

/// The port that is not written.
const USUAL_PORT: &str = "22";

/// Lines of the files.
#[derive(Default)]
pub(super) struct KnownHosts(Vec<Line>);

struct Line {
    /// Patterns, with commas between them.
    names: String,
    is_revoked: bool,
    key: HostKey,
}

/// A server's key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HostKey {
    /// What it is used with, such as `ssh-ed25519`.
    pub kind: String,
    /// The key in the form of SSH.
    pub bytes: Vec<u8>,
}

/// What is known of one server.
#[derive(Debug, Clone, Default)]
pub struct HostKeys {
    /// Its keys.
    pub trusted: Vec<HostKey>,
    /// Keys that it must not show.
    pub revoked: Vec<HostKey>,
}

impl KnownHosts {
    pub(super) fn read(files: &[PathBuf]) -> Result<Self, Error> {
        let read = |path: &PathBuf| fs::read(path).map_err(|error| refused(path, &error.to_string()));
        let texts = files.iter().map(read).collect::<Result<Vec<_>, _>>()?;
        let texts = texts.iter().map(|text| String::from_utf8_lossy(text));
        Ok(Self(texts.flat_map(|text| text.lines().filter_map(line).collect::<Vec<_>>()).collect()))
    }

    /// The keys of a host that has its port behind a colon.
    pub(super) fn of(&self, host: &str) -> HostKeys {
        let (name, port) = host.rsplit_once(':').unwrap_or((host, USUAL_PORT));
        let bare = name.trim_matches(['[', ']']);
        let name = if port == USUAL_PORT { bare.to_owned() } else { format!("[{bare}]:{port}") };
        let mut keys = HostKeys::default();
        for line in self.0.iter().filter(|line| line.is_about(&name)) {
            let list = if line.is_revoked { &mut keys.revoked } else { &mut keys.trusted };
            list.push(line.key.clone());
        }
        keys
    }
}

fn refused(path: &Path, reason: &str) -> Error {
    Error::KnownHosts { path: path.to_owned(), reason: reason.to_owned() }
}

/// None for what is no key of a host: a remark, an authority.
fn line(text: &str) -> Option<Line> {
    let mut words = text.split_ascii_whitespace();
    let mut first = words.next().filter(|word| !word.starts_with('#'))?;
    let is_revoked = first == "@revoked";
    if is_revoked {
        first = words.next()?;
    }
    let (kind, bytes) = (words.next()?.to_owned(), BASE64.decode(words.next()?.as_bytes()).ok()?);
    (!first.starts_with('@')).then(|| Line { names: first.to_owned(), is_revoked, key: HostKey { kind, bytes } })
}

impl Line {
    fn is_about(&self, host: &str) -> bool {
        if let Some(hashed) = self.names.strip_prefix("|1|") {
            return is_hash(hashed, host).unwrap_or(false);
        }
        let (denied, named): (Vec<&str>, Vec<&str>) = self.names.split(',').partition(|name| name.starts_with('!'));
        let fits = |name: &str| is_like(name.to_ascii_lowercase().as_bytes(), host.as_bytes());
        named.iter().any(|name| fits(name)) && !denied.iter().any(|name| fits(&name[1..]))
    }
}

/// Whether `salt|hash` is made of the host.
fn is_hash(hashed: &str, host: &str) -> Option<bool> {
    let (salt, hash) = hashed.split_once('|')?;
    let salt = hmac::Key::new(hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY, &BASE64.decode(salt.as_bytes()).ok()?);
    Some(hmac::verify(&salt, host.as_bytes(), &BASE64.decode(hash.as_bytes()).ok()?).is_ok())
}

/// Whether a name is like a pattern, in which `*` stands for any text and `?` for one character.
fn is_like(pattern: &[u8], name: &[u8]) -> bool {
    match (pattern.split_first(), name.split_first()) {
        (None, None) => true,
        (Some((b'*', rest)), _) => (0..=name.len()).any(|start| is_like(rest, &name[start..])),
        (Some((b'?', pattern)), Some((_, name))) => is_like(pattern, name),
        (Some((own, pattern)), Some((other, name))) => own == other && is_like(pattern, name),
        _ => false,
    }
}
