//! `straykey hook`: what git and pre-commit run, and its installation.
//!
//! A hook that cannot look at everything stops git, as one that found something does. It never passes over in silence what it
//! looked at: where nothing is wrong it says in one line how much that was.

mod install;
mod script;

use std::io::{IsTerminal, Read, Write};
use std::path::PathBuf;

use anyhow::{Context, Result, bail};

use straykey::config::layers::OwnFile;
use straykey::config::{Changes, Settings};
use straykey::detect::redact::Reveal;
use straykey::govern::fail_on::{self, Verdict};
use straykey::model::meter::Meter;
use straykey::model::report::Report;
use straykey::pipeline;
use straykey::report::{self, Form, escape, text};
use straykey::sources::changes::push::{Push, There, Update};

use super::args::hook::{HookArgs, HookCommand, HookScanArgs};
use super::{CLEAN, FOUND, INCOMPLETE, scan, settings};

/// Updates of one push, in bytes; git itself has no limit.
const MOST_INPUT: u64 = 64 << 20;

/// Runs one of the hooks, or installs them.
pub(super) fn run(args: HookArgs) -> Result<u8> {
    match args.command {
        HookCommand::Install { global } => install::install(global),
        HookCommand::Uninstall { global } => install::uninstall(global),
        HookCommand::PreCommit(args) => {
            let changes = before_commit(&super::variable);
            judge(args, changes, &BEFORE_COMMIT)
        }
        HookCommand::PrePush { remote, scan, .. } => {
            let push = Push::sent(&input()?, &remote)?;
            if push.updates.is_empty() {
                return pass("nothing is pushed that could hold a secret");
            }
            judge(scan, Changes::Push(push), &BEFORE_PUSH)
        }
        HookCommand::PreReceive(args) => {
            let text = input()?;
            if text.trim().is_empty() {
                bail!(
                    "nothing came on standard input; git names the references of a push there, so let git run this hook"
                );
            }
            let push = Push::received(&text)?;
            if push.updates.is_empty() {
                return pass("references are only deleted, so nothing is added");
            }
            let own = super::args::settings::ConfigArgs { no_repo_config: true, ..args.settings };
            judge(HookScanArgs { settings: own, ..args }, Changes::Push(push), &ON_RECEIPT)
        }
    }
}

/// What pre-commit, which runs this hook for other stages and for whole trees too, asks for; git asks for what is staged.
fn before_commit(variable: &dyn Fn(&str) -> Option<String>) -> Changes {
    let Some(_) = variable("PRE_COMMIT") else { return Changes::Staged };
    if let (Some(from), Some(to)) = (variable("PRE_COMMIT_FROM_REF"), variable("PRE_COMMIT_TO_REF")) {
        return Changes::Range(format!("{from}..{to}"));
    }
    // A branch is pushed of which the other side has nothing.
    if let Some(remote) = variable("PRE_COMMIT_REMOTE_NAME") {
        let new = variable("PRE_COMMIT_LOCAL_BRANCH").unwrap_or_else(|| "HEAD".into());
        let reference = variable("PRE_COMMIT_REMOTE_BRANCH").unwrap_or_else(|| new.clone());
        return Changes::Push(Push {
            updates: vec![Update { reference, old: None, new }],
            there: There::Remote(remote),
        });
    }
    // git names the index to the hooks that it runs. Whoever runs pre-commit by hand with nothing staged wants all files.
    match variable("GIT_INDEX_FILE") {
        Some(_) => Changes::Staged,
        None => Changes::StagedElseTracked,
    }
}

fn input() -> Result<String> {
    let stdin = std::io::stdin();
    if stdin.is_terminal() {
        bail!(
            "git names the references of a push on standard input; let git run this hook, see `straykey hook install`"
        );
    }
    let mut bytes = Vec::new();
    stdin.lock().take(MOST_INPUT + 1).read_to_end(&mut bytes).context("standard input cannot be read")?;
    if bytes.len() as u64 > MOST_INPUT {
        bail!("more than {MOST_INPUT} bytes of references came on standard input; push in several parts");
    }
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

/// What a hook tells whoever it stops.
struct Words {
    /// What brings the secret.
    what: &'static str,
    /// How to take it out.
    remove: &'static str,
    /// How to let it through.
    allow: &'static str,
}

const BEFORE_COMMIT: Words = Words {
    what: "this commit",
    remove: "`git restore --staged FILE`, take the secret out of the file, and `git add` it again",
    allow: "an [[allow]] rule with a reason in straykey.toml, or `straykey:allow` on its line",
};
const BEFORE_PUSH: Words = Words {
    what: "this push",
    remove: "take the secret out of the commits named above (`git rebase -i`), and replace it if it ever left this machine",
    allow: "an [[allow]] rule with a reason in straykey.toml, or `straykey:allow` on its line",
};
const ON_RECEIPT: Words = Words {
    what: "this push",
    remove: "take the secret out of the commits named above (`git rebase -i`), push again, and replace the secret: it left your machine",
    allow: "`straykey:allow` on its line, or a rule of those who run this server",
};

/// Scans, and tells on standard error why git is stopped, if it is.
fn judge(args: HookScanArgs, changes: Changes, words: &Words) -> Result<u8> {
    let targets = vec![PathBuf::from(".")];
    let own = args.settings.own();
    let mut layers = settings::layers(args.settings.config.as_deref(), own, &targets)?;
    let remarks = std::mem::take(&mut layers.remarks);
    let flags = Settings {
        changes: Some(changes),
        min_confidence: args.min_confidence.map(scan::confidence),
        fail_on: args.fail_on.map(scan::threshold),
        no_inline_ignore: args.no_inline_ignore.then_some(true),
        ..Settings::default()
    };
    let mut resolved = flags.over(layers.join()).resolve(targets, Reveal::Short)?;
    // A look at a change is no run of its own.
    if let Some(ownership) = &mut resolved.pipeline.ownership {
        ownership.observations = None;
    }
    let mut report = pipeline::run(&resolved.pipeline, &Meter::default())?;
    let verdict = fail_on::verdict(&report, resolved.fail_on);
    if verdict == Verdict::Clean {
        return pass(&looked_at(&report));
    }
    if own != OwnFile::Never {
        report.remarks.splice(0..0, remarks);
    }
    tell(&report, verdict, words).context("the report cannot be written to its end")?;
    Ok(if verdict == Verdict::Found { FOUND } else { INCOMPLETE })
}

fn pass(what: &str) -> Result<u8> {
    // Nothing more can be done if standard error is gone.
    let _ = writeln!(std::io::stderr(), "straykey: {}", escape::terminal(what));
    Ok(CLEAN)
}

/// How much was looked at, in a line.
fn looked_at(report: &Report) -> String {
    let parts = report.targets.iter().flat_map(|target| target.remarks.iter().map(String::as_str));
    let counted = report.findings.iter().filter(|finding| finding.suppressed.is_none()).count();
    let suppressed = report.findings.len() - counted;
    let found = match counted {
        0 => "no secrets".to_owned(),
        more => format!("{more} below --fail-on"),
    };
    let allowed = if suppressed == 0 { String::new() } else { format!(", {suppressed} allowed") };
    format!("{}: {found}{allowed}", parts.collect::<Vec<_>>().join(", "))
}

fn tell(report: &Report, verdict: Verdict, words: &Words) -> std::io::Result<()> {
    let mut sink = std::io::stderr().lock();
    let color = anstream::AutoStream::choice(&std::io::stderr()) != anstream::ColorChoice::Never;
    let options = text::Options { color, quiet: true, ..text::Options::default() };
    report::write(Form::Text(options), None, report, &mut sink)?;
    let Words { what, remove, allow } = words;
    if verdict == Verdict::Incomplete {
        return writeln!(sink, "straykey stops {what}: not all of it could be looked at, see above.");
    }
    writeln!(sink, "straykey stops {what}, which adds what looks like a secret.")?;
    writeln!(sink, "  To take it out: {remove}.")?;
    writeln!(sink, "  To keep it:     {allow}.")
}
