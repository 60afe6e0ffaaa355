//! What a target says of itself: which repository it is, and who owns its files. It is not trusted: it is evidence, no setting.

use std::fs;
use std::path::Path;

use git2::Repository;

use super::codeowners::{CodeOwners, Dialect};

/// Where a platform looks for the file, the first that is there.
const PLACES: [&str; 4] = [".github/CODEOWNERS", "CODEOWNERS", "docs/CODEOWNERS", ".gitlab/CODEOWNERS"];
/// GitHub reads no larger file, in bytes.
const LARGEST: usize = 3 << 20;

/// What is known of one target.
#[derive(Debug, Clone, Default)]
pub struct Site {
    /// `github.com/acme/pay`.
    pub repository: Option<String>,
    /// Where the target lies in it: empty, or `deploy/`.
    pub below: String,
    /// Its CODEOWNERS.
    pub code_owners: Option<CodeOwners>,
}

impl Site {
    /// What the repository at or around `target` says of itself.
    pub fn of(target: &Path) -> Self {
        let folder = if target.is_dir() { target } else { target.parent().unwrap_or(target) };
        let folder = if folder.as_os_str().is_empty() { Path::new(".") } else { folder };
        let Ok(repository) = Repository::discover(folder) else {
            let text = PLACES.iter().find_map(|place| Some((*place, fs::read_to_string(folder.join(place)).ok()?)));
            return Self {
                code_owners: text.and_then(|(place, text)| code_owners(place, &text, None)),
                ..Self::default()
            };
        };
        let name = remote(&repository);
        let below = below(&repository, folder);
        // The branch that others work from counts, not the one that happens to be checked out.
        let read = |branch: &str, place: &str| {
            let object = repository.revparse_single(&format!("{branch}:{place}")).ok()?;
            String::from_utf8(object.peel_to_blob().ok()?.content().to_vec()).ok()
        };
        let branches = ["refs/remotes/origin/HEAD", "HEAD"];
        let found =
            branches.iter().find_map(|branch| PLACES.iter().find_map(|place| Some((*place, read(branch, place)?))));
        let code_owners = found.and_then(|(place, text)| code_owners(place, &text, name.as_deref()));
        Self { repository: name, below, code_owners }
    }

    /// Who owns a path of the target.
    pub fn owners_of(&self, path: &str) -> Vec<String> {
        self.code_owners.as_ref().map(|owners| owners.of(&format!("{}{path}", self.below))).unwrap_or_default()
    }
}

fn code_owners(place: &str, text: &str, repository: Option<&str>) -> Option<CodeOwners> {
    if text.len() > LARGEST {
        return None;
    }
    let is_section = |line: &str| line.trim_start().starts_with(['[', '^']);
    let is_gitlab = place.starts_with(".gitlab")
        || repository.is_some_and(|name| name.contains("gitlab"))
        || (!place.starts_with(".github") && text.lines().any(is_section));
    Some(CodeOwners::parse(text, if is_gitlab { Dialect::GitLab } else { Dialect::GitHub }))
}

fn below(repository: &Repository, folder: &Path) -> String {
    let full = folder.canonicalize().ok();
    let top = repository.workdir().and_then(|top| top.canonicalize().ok());
    let relative = full.as_ref().zip(top.as_ref()).and_then(|(full, top)| full.strip_prefix(top).ok());
    match relative.map(|relative| relative.to_string_lossy().replace('\\', "/")) {
        Some(relative) if !relative.is_empty() => relative + "/",
        _ => String::new(),
    }
}

/// Host, owner and name of the remote, without user and password.
fn remote(repository: &Repository) -> Option<String> {
    let remote = repository.find_remote("origin").ok()?;
    name_of(&String::from_utf8_lossy(remote.url_bytes()))
}

/// `github.com/acme/pay` of `git@github.com:acme/pay.git`, `https://user:secret@github.com/acme/pay` and the like.
pub fn name_of(url: &str) -> Option<String> {
    let rest = match url.split_once("://") {
        Some((_, rest)) => rest.to_owned(),
        None => url.replacen(':', "/", 1),
    };
    let (host, path) = rest.split_once('/')?;
    let host = host.rsplit('@').next().unwrap_or(host);
    let host = host.split(':').next().unwrap_or(host);
    let path = path.trim_matches('/').trim_end_matches(".git");
    (!host.is_empty() && !path.is_empty()).then(|| format!("{host}/{path}").to_ascii_lowercase())
}
