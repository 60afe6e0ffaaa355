//! The text files in git's own folder: configuration with its remote URLs, hooks, reference logs, messages in the making.

use std::path::Path;

use ignore::WalkBuilder;

use super::History;
use crate::model::meter::Meter;
use crate::model::place::PlaceKind;
use crate::model::report::Unscanned;
use crate::model::scan::{Scanned, Scanner};
use crate::sources::files::{self, FileScanner};
use crate::sources::{Holder, scan_name, worktree};

/// Folders and files that hold no text of their own: objects and index are read as such, submodules are repositories.
const NOT_TEXT: [&str; 3] = ["objects", "index", "modules"];

/// Scans every such file. Sample hooks, which git brings along, are left out.
pub(super) fn scan(history: &History<'_>, scanner: &dyn Scanner, meter: &Meter) -> Scanned {
    let root = &history.git_dir;
    let mut scanned = Scanned::default();
    let mut files = FileScanner::new(scanner, meter, history.options.max_size);
    let own = root.clone();
    let walk = WalkBuilder::new(root)
        .standard_filters(false)
        .follow_links(false)
        .sort_by_file_name(Ord::cmp)
        .filter_entry(move |entry| !is_left_out(entry.path(), &own))
        .build();
    for entry in walk {
        match entry {
            Ok(entry) if entry.file_type().is_some_and(|kind| kind.is_file()) => {
                let path = display(history, entry.path());
                if history.options.paths.admits(&path) {
                    // The name of a branch is a file's name here.
                    scan_name(&path, history.target, scanner, &mut scanned);
                    let holder = Holder::file(history.target, path, PlaceKind::Config);
                    files.scan(files::open(entry.path()), &holder, &mut scanned);
                }
            }
            Ok(_) => {}
            Err(error) => {
                let why = error.io_error().map_or_else(|| error.to_string(), files::in_words);
                scanned.unscanned.push(Unscanned { what: display(history, root), why });
            }
        }
    }
    scanned
}

fn is_left_out(path: &Path, root: &Path) -> bool {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let at_top = path.parent() == Some(root) && NOT_TEXT.contains(&&*name);
    let of_linked = name == "index" && path.components().any(|part| part.as_os_str() == "worktrees");
    at_top || of_linked || name.ends_with(".sample")
}

/// `.git/config`, or `config` in a bare repository, below the target.
fn display(history: &History<'_>, path: &Path) -> String {
    let below = worktree::relative(path, &history.git_dir);
    let folder = if history.git_dir.ends_with(".git") { ".git/" } else { "" };
    format!("{}{folder}{below}", history.prefix)
}
