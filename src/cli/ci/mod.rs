//! `straykey ci github`
//!
//! The event says what to scan; the report goes to the log as annotations, to the page of the run, to outputs, and, where the
//! token may, to code scanning and to one comment. What the token may not is said and fails nothing. Whatever is printed while
//! it scans is kept from being read as a command to the runner.

mod api;
mod comment;
mod event;
mod upload;

use std::fs::{self, OpenOptions};
use std::io::Write;
use std::path::{Component, Path};

use anyhow::{Context, Result, anyhow, bail};

use straykey::model::report::{Report, TargetKind};
use straykey::report::github::{self, Level};
use straykey::report::{self, Form, escape, summary};
use straykey::sources;
use straykey::sources::changes::Changes;

use super::args::{CiCommand, GithubArgs, ScanArgs};
use super::{CLEAN, INCOMPLETE, scan};
use api::{Api, Refusal};
use event::{Event, Scope};
use upload::{Log, Of};

/// Bytes of a page; GitHub takes 1 MiB for each step.
const MOST_SUMMARY: usize = 1_000_000;
/// What an annotation of ours is called.
const TITLE: &str = "straykey";
/// Random bytes of the word that lets the runner read commands again.
const WORD: usize = 32;

/// Scans as the CI's event says.
pub(super) fn run(command: CiCommand) -> Result<u8> {
    let CiCommand::Github(args) = command;
    let mut word = [0; WORD];
    getrandom::fill(&mut word).map_err(|error| anyhow!("the system gives no random bytes ({error})"))?;
    let word = data_encoding::HEXLOWER.encode(&word);
    // Names of files are in the log, and one may read like a command.
    print(&format!("::stop-commands::{word}\n"))?;
    let mut commands = String::new();
    let outcome = work(*args, &mut commands);
    print(&format!("::{word}::\n{commands}"))?;
    outcome.or_else(|error| {
        print(&format!("{}\n", github::command(Level::Error, TITLE, &format!("{error:#}"))))?;
        Ok(INCOMPLETE)
    })
}

fn print(text: &str) -> Result<()> {
    let mut out = std::io::stdout().lock();
    out.write_all(text.as_bytes()).and_then(|()| out.flush()).context("standard output cannot be written")
}

/// Scans, and puts into `commands` what the runner is to be told.
fn work(args: GithubArgs, commands: &mut String) -> Result<u8> {
    let GithubArgs { mut scan, everything, sarif, upload, comment } = args;
    if scan.verify_plan {
        bail!("`ci github` reports findings, and --verify-plan prints requests; use `straykey scan --verify-plan`");
    }
    if scan.output.show_secrets {
        bail!("--show-secrets would show them to everybody who may read the log; scan without it");
    }
    let event = Event::read()?;
    let scope = if everything { Scope::Everything } else { scope(&mut scan, &event)? };
    let is_whole = scope == Scope::Everything;
    match scope {
        Scope::Everything => {}
        Scope::Nothing(why) => {
            commands.push_str(&format!("{}\n", github::command(Level::Notice, TITLE, why)));
            append("GITHUB_STEP_SUMMARY", &format!("## straykey: nothing to scan\n\n{why}\n"))?;
            append("GITHUB_OUTPUT", "findings=0\nlive=0\nunowned=\nsarif=\n")?;
            return Ok(CLEAN);
        }
        Scope::Range(range) => scan.changes.range = Some(range),
        Scope::Reached(commit) => scan.branch = Some(commit),
    }
    let wishes = Wishes { sarif: sarif.as_deref(), upload, comment, is_whole };
    scan::run_with(scan, |report| {
        relative_to_workspace(report);
        publish(report, &event, &wishes, commands)
    })
}

/// What was asked for.
struct Wishes<'a> {
    sarif: Option<&'a Path>,
    upload: bool,
    comment: bool,
    /// All of the repository was scanned.
    is_whole: bool,
}

/// What the flags say, or else the event. Of the paths one for each repository is left where commits are scanned.
fn scope(scan: &mut ScanArgs, event: &Event) -> Result<Scope> {
    let changes = &scan.changes;
    if changes.staged || changes.since.is_some() || changes.since_commit.is_some() || scan.branch.is_some() {
        bail!("`ci github` takes --range or --everything; for others use `straykey scan`");
    }
    let range = changes.range.clone().map(Scope::Range);
    if range.is_none() && !event.has_commits()? {
        return Ok(Scope::Everything);
    }
    let options = sources::Options::default();
    let mut clones: Vec<Changes<'_>> = Vec::new();
    let mut paths = Vec::new();
    for path in &scan.paths {
        let clone = Changes::open(path, 0, &options).map_err(|why| {
            let path = escape::terminal(&path.display().to_string());
            anyhow!("commits cannot be looked up in {path}: {why}; check out the repository first")
        })?;
        if clones.iter().all(|other| other.top() != clone.top()) {
            clones.push(clone);
            paths.push(path.clone());
        }
    }
    let scope = match (range, clones.as_slice()) {
        (Some(range), _) => range,
        (None, [clone]) => event.scope(clone)?,
        _ => bail!(
            "the paths lie in several repositories, and the event is of one; name paths in that one, or scan everything"
        ),
    };
    scan.paths = paths;
    Ok(scope)
}

/// Paths as they are in the repository that is checked out: code scanning and annotations know no others.
fn relative_to_workspace(report: &mut Report) {
    for (number, target) in report.targets.iter().enumerate() {
        let name = Path::new(&target.name);
        if target.kind != TargetKind::Folder || name.is_absolute() {
            continue;
        }
        let names: Vec<_> = name.components().filter(|one| *one != Component::CurDir).collect();
        let folder = names.iter().map(|one| one.as_os_str().to_string_lossy()).collect::<Vec<_>>().join("/");
        let places = report.findings.iter_mut().flat_map(|finding| &mut finding.places);
        for path in places.filter(|place| place.target == number).filter_map(|place| place.path.as_mut()) {
            if !folder.is_empty() {
                *path = format!("{folder}/{path}");
            }
        }
    }
}

/// Tells everybody of the report.
fn publish(report: &Report, event: &Event, wishes: &Wishes<'_>, commands: &mut String) -> Result<()> {
    let mut undone = Vec::new();
    if wishes.sarif.is_some() || wishes.upload {
        let log = Log::new(report)?;
        if let Some(path) = wishes.sarif {
            fs::write(path, &log.text).with_context(|| format!("the SARIF cannot be written to {}", path.display()))?;
        }
        if wishes.upload
            && let Err(refusal) = hand_in(&log, event, wishes.is_whole)
        {
            let why = refusal.told("security-events: write");
            undone.push(format!("code scanning did not get the SARIF: {why}"));
        }
    }
    if wishes.comment
        && let Some((number, head)) = event.pull_request()?
        && let Err(refusal) = Api::from_environment().and_then(|api| comment::keep(&api, number, head, report))
    {
        let why = refusal.told("pull-requests: write");
        undone.push(format!("there is no comment on the pull request: {why}"));
    }
    for sentence in &undone {
        commands.push_str(&format!("{}\n", github::command(Level::Notice, TITLE, sentence)));
    }
    let mut annotations = Vec::new();
    report::write(Form::Github, None, report, &mut annotations)?;
    commands.push_str(&String::from_utf8_lossy(&annotations));
    let mut page = Vec::new();
    summary::write(report, MOST_SUMMARY, &mut page)?;
    let notes: String = undone.iter().map(|sentence| format!("\nNot done: {}\n", summary::text(sentence))).collect();
    append("GITHUB_STEP_SUMMARY", &format!("{}{notes}\n", String::from_utf8_lossy(&page)))?;
    append("GITHUB_OUTPUT", &outputs(report, wishes.sarif)?)
}

/// Uploads the log of a pull request or of a whole branch. GitHub closes the alerts of a branch that its newest log does not
/// have, so one of a few commits would close those of all others.
fn hand_in(log: &Log, event: &Event, is_whole: bool) -> Result<(), Refusal> {
    let variable = |name| variable(name).map_err(|error| error.to_string());
    let of = match event.pull_request().map_err(|error| error.to_string())? {
        Some((number, head)) => Of { commit: head.to_owned(), reference: format!("refs/pull/{number}/head") },
        None if is_whole => Of { commit: variable("GITHUB_SHA")?, reference: variable("GITHUB_REF")? },
        None => return Ok(()),
    };
    log.upload(&Api::from_environment()?, &of)
}

fn outputs(report: &Report, sarif: Option<&Path>) -> Result<String> {
    let summary::Counts { findings, live, unowned } = summary::count(report);
    let unowned = unowned.map(|count| count.to_string()).unwrap_or_default();
    let sarif = sarif.map(|path| path.display().to_string()).unwrap_or_default();
    if sarif.contains(['\n', '\r']) {
        bail!("the path of the SARIF has a line break in it; name another with --sarif");
    }
    Ok(format!("findings={findings}\nlive={live}\nunowned={unowned}\nsarif={sarif}\n"))
}

/// Appends to the file that a variable of the runner names; where it names none, nobody wants to know.
fn append(name: &str, text: &str) -> Result<()> {
    let Some(path) = std::env::var_os(name).filter(|path| !path.is_empty()) else { return Ok(()) };
    let file = OpenOptions::new().append(true).create(true).open(&path);
    file.and_then(|mut file| file.write_all(text.as_bytes()))
        .with_context(|| format!("the file that {name} names cannot be written"))
}

/// A variable that the runner sets.
fn variable(name: &str) -> Result<String> {
    super::variable(name).ok_or_else(|| anyhow!("{name} is not set, as GitHub Actions sets it"))
}

/// Where the log of this run is shown.
fn run_address() -> Option<String> {
    let [server, repository, run] =
        ["GITHUB_SERVER_URL", "GITHUB_REPOSITORY", "GITHUB_RUN_ID"].map(|name| variable(name).ok());
    let (server, repository, run) = (server?, repository?, run?);
    let is_plain =
        |text: &str| !text.contains(|character: char| character.is_whitespace() || "()<>".contains(character));
    let address = format!("{server}/{repository}/actions/runs/{run}");
    is_plain(&address).then_some(address)
}
