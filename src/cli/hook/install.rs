//! `straykey hook install` and `uninstall`: hooks of plain git. Where they lie is git's own answer.

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail};

use straykey::report::escape;

use super::super::CLEAN;
use super::script::{self, ALL, BEFORE, MARK, OURS};

const HOOKS_PATH: &str = "core.hooksPath";

/// Where hooks are put.
struct Place {
    folder: PathBuf,
    /// The folder is ours, for all repositories of the user.
    is_for_all: bool,
}

/// Lays down the hooks.
pub(super) fn install(global: bool) -> Result<u8> {
    let place = place(global)?;
    let program = std::env::current_exe().context("the place of this program is not known")?;
    fs::create_dir_all(&place.folder).with_context(|| unwritable(&place.folder))?;
    let names: &[&str] = if place.is_for_all { &ALL } else { &OURS };
    let mut told = Vec::new();
    for name in names {
        let path = place.folder.join(name);
        let kept = keep(&path)?;
        write(&path, &script::text(name, &program, place.is_for_all))?;
        match kept {
            true => told.push(format!(
                "{}: installed; the hook that was there is {name}.{BEFORE} now and runs after it",
                path.display()
            )),
            false if OURS.contains(name) => told.push(format!("{}: installed", path.display())),
            false => {}
        }
    }
    if place.is_for_all && git(&["config", "--global", "--get", HOOKS_PATH])?.is_none() {
        let folder = place.folder.to_string_lossy();
        git(&["config", "--global", HOOKS_PATH, &folder])?.context("git cannot set core.hooksPath for this user")?;
        told.push(format!(
            "git looks for hooks of all repositories in {folder} now; each repository's own run after them"
        ));
    }
    tell(&told)
}

/// Takes the hooks out again.
pub(super) fn uninstall(global: bool) -> Result<u8> {
    let place = place(global)?;
    let names: &[&str] = if place.is_for_all { &ALL } else { &OURS };
    let mut told = Vec::new();
    for name in names {
        let path = place.folder.join(name);
        let before = with_ending(&path);
        match state(&path)? {
            State::Ours => fs::remove_file(&path).with_context(|| unwritable(&path))?,
            State::None => {}
            State::Others => {
                if OURS.contains(name) {
                    told.push(format!("{}: not straykey's, left as it is", path.display()));
                }
                continue;
            }
        }
        if before.symlink_metadata().is_ok() {
            fs::rename(&before, &path).with_context(|| unwritable(&path))?;
            told.push(format!("{}: as it was before", path.display()));
        } else if OURS.contains(name) {
            told.push(format!("{}: gone", path.display()));
        }
    }
    if place.is_for_all {
        let set = git(&["config", "--global", "--get", HOOKS_PATH])?;
        if set.is_some_and(|set| Path::new(&set) == place.folder) {
            git(&["config", "--global", "--unset", HOOKS_PATH])?.context("git cannot take core.hooksPath out again")?;
        }
        // What somebody else put there stays, and so does the folder.
        let _ = fs::remove_dir(&place.folder);
    }
    tell(&told)
}

/// The folder in which git looks.
fn place(global: bool) -> Result<Place> {
    if global {
        let ours = for_all()?;
        return Ok(match git(&["config", "--global", "--type=path", "--get", HOOKS_PATH])? {
            Some(folder) if Path::new(&folder) != ours => Place { folder: folder.into(), is_for_all: false },
            _ => Place { folder: ours, is_for_all: true },
        });
    }
    let Some(folder) = git(&["rev-parse", "--git-path", "hooks"])? else {
        bail!("there is no git repository here; run this in one, or with --global for all of yours");
    };
    let local = git(&["config", "--local", "--get", HOOKS_PATH])?;
    let worktree = git(&["config", "--worktree", "--get", HOOKS_PATH])?;
    if local.or(worktree).is_none()
        && let Some(folder) = git(&["config", "--type=path", "--get", HOOKS_PATH])?
    {
        bail!(
            "hooks of all your repositories are in {folder} (core.hooksPath), so one here would not run; add --global"
        );
    }
    // Relative to the top of the working tree, or to where we are, as git says.
    Ok(Place { folder: folder.into(), is_for_all: false })
}

/// Our folder for all repositories.
fn for_all() -> Result<PathBuf> {
    let variable = |name: &str| std::env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from);
    let folder = variable("XDG_CONFIG_HOME")
        .or_else(|| Some(variable("HOME").or_else(|| variable("USERPROFILE"))?.join(".config")));
    Ok(folder.context("it is not known where your configuration lies; set HOME")?.join("straykey").join("hooks"))
}

/// What git answers; none where it says that there is nothing.
fn git(words: &[&str]) -> Result<Option<String>> {
    let output =
        Command::new("git").args(words).output().context("git cannot be run; hooks are of no use without it")?;
    let answer = String::from_utf8_lossy(&output.stdout).trim_end_matches(['\n', '\r']).to_owned();
    Ok(output.status.success().then_some(answer))
}

/// Whose a hook is.
enum State {
    None,
    Ours,
    Others,
}

fn state(path: &Path) -> Result<State> {
    if path.symlink_metadata().is_err() {
        return Ok(State::None);
    }
    // A link that leads nowhere, or a folder, is not ours either.
    let text = fs::read(path).unwrap_or_default();
    let second = text.split(|byte| *byte == b'\n').nth(1).unwrap_or_default();
    let is_link = path.symlink_metadata().is_ok_and(|metadata| metadata.is_symlink());
    Ok(if second.starts_with(MARK.as_bytes()) && !is_link { State::Ours } else { State::Others })
}

/// Puts another tool's hook beside; says whether there was one.
fn keep(path: &Path) -> Result<bool> {
    let State::Others = state(path)? else { return Ok(false) };
    let before = with_ending(path);
    if before.symlink_metadata().is_ok() {
        bail!(
            "both {} and {} are hooks of other tools; remove one of them, or run the one from the other",
            path.display(),
            before.display()
        );
    }
    fs::rename(path, &before).with_context(|| unwritable(path))?;
    Ok(true)
}

fn with_ending(path: &Path) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(format!(".{BEFORE}"));
    name.into()
}

fn write(path: &Path, text: &str) -> Result<()> {
    fs::write(path, text).with_context(|| unwritable(path))?;
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        fs::set_permissions(path, fs::Permissions::from_mode(0o755)).with_context(|| unwritable(path))?;
    }
    Ok(())
}

fn unwritable(path: &Path) -> String {
    format!("{} cannot be written; check its permissions", path.display())
}

fn tell(lines: &[String]) -> Result<u8> {
    let mut out = std::io::stdout().lock();
    for line in lines {
        writeln!(out, "{}", escape::terminal(line)).context("the answer cannot be written")?;
    }
    Ok(CLEAN)
}
