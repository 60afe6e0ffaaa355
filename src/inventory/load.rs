//! Reads the files of an inventory and joins them.

use std::fs;
use std::path::{Path, PathBuf};

use super::node::{self, Node};
use super::{Error, Problem, check, clear_text, merge, typed};
use crate::model::inventory::Inventory;
use crate::model::scan::Scanner;

/// Largest file, in bytes. A hundred thousand integrations take some 60 MB.
const LARGEST: u64 = 512 << 20;

/// Reads files, and folders of them, into one inventory. All that is wrong is told at once.
pub fn load(paths: &[PathBuf], scanner: &dyn Scanner) -> Result<Inventory, Error> {
    let mut parts = Vec::new();
    let mut problems = Vec::new();
    for path in files(paths)? {
        let text = read(&path)?;
        problems.extend(clear_text::refuse_secrets(&path, &text, scanner));
        match part(&path, &text) {
            Ok(part) => parts.push(part),
            Err(problem) => problems.push(problem),
        }
    }
    // What is written by hand stands first: it says what the rest may only complete.
    parts.sort_by_key(|part: &Part| part.inventory.source.is_some());
    let mut joined = merge::Joined::default();
    let mut roots = Vec::new();
    for Part { file, root, inventory } in parts {
        problems.extend(check::values(&file, &root));
        let from = merge::From { file: &file, root: &root, source: inventory.source.clone() };
        problems.extend(joined.add(inventory, &from));
        roots.push((file, root));
    }
    problems.extend(joined.finish());
    let mut inventory = joined.inventory;
    inventory.version = crate::model::inventory::VERSION;
    let known = check::Known::new(&inventory);
    for (file, root) in &roots {
        problems.extend(known.dangling(file, root));
    }
    if problems.is_empty() {
        return Ok(inventory);
    }
    problems.sort();
    problems.dedup();
    Err(Error::Problems(problems))
}

/// One file: what it says, and where.
struct Part {
    file: String,
    root: Node,
    inventory: Inventory,
}

fn part(path: &Path, text: &str) -> Result<Part, Problem> {
    let file = path.display().to_string();
    let mut documents = node::read(&file, text)?;
    let root = match documents.len() {
        1 => documents.remove(0),
        0 => return Err(Problem::new(&file, 1, "it is empty; write `version: 1` at least, or see `straykey init`")),
        _ => {
            return Err(Problem::new(
                &file,
                documents[1].line,
                "an inventory is one document; take out the `---` before this",
            ));
        }
    };
    let inventory: Inventory = typed::typed(&file, &root)?;
    if inventory.version != crate::model::inventory::VERSION {
        let line = root.get("version").map_or(1, |node| node.line);
        let problem = format!("version {} is not known; this straykey reads version 1", inventory.version);
        return Err(Problem::new(&file, line, problem));
    }
    Ok(Part { file, root, inventory })
}

pub(super) fn read(path: &Path) -> Result<String, Error> {
    let size = fs::metadata(path).map_err(|source| Error::file(path, source))?.len();
    if size > LARGEST {
        return Err(Error::Other(format!(
            "{} is larger than 512 MiB; split it into a folder of files",
            path.display()
        )));
    }
    fs::read_to_string(path).map_err(|source| Error::file(path, source))
}

/// The files at `paths`, in order; of a folder those that look like inventories.
pub(super) fn files(paths: &[PathBuf]) -> Result<Vec<PathBuf>, Error> {
    let mut files = Vec::new();
    for path in paths {
        if !path.is_dir() {
            files.push(path.clone());
            // What tools wrote for `inventory.yaml` lies beside it, in `inventory.d/`.
            let beside = beside(path);
            if beside.is_dir() {
                files.extend(self::files(&[beside])?);
            }
            continue;
        }
        let mut inside = Vec::new();
        for entry in fs::read_dir(path).map_err(|source| Error::file(path, source))? {
            let entry = entry.map_err(|source| Error::file(path, source))?.path();
            let end = entry.extension().and_then(|end| end.to_str()).unwrap_or_default();
            if entry.is_file() && matches!(end, "yaml" | "yml" | "toml" | "json") {
                inside.push(entry);
            }
        }
        if inside.is_empty() {
            return Err(Error::Other(format!(
                "{} has no inventory in it; name a folder of .yaml, .toml or .json files",
                path.display()
            )));
        }
        inside.sort();
        files.extend(inside);
    }
    Ok(files)
}

/// The folder for what tools write: the inventory itself, if it is one, or the one beside its file.
pub fn beside(path: &Path) -> PathBuf {
    if path.is_dir() { path.to_owned() } else { path.with_extension("d") }
}
