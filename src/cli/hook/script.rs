//! The texts of hooks that are laid down.

use std::path::Path;

/// Is in every script of ours, on its second line.
pub(super) const MARK: &str = "# Made by `straykey hook install`";
/// What a hook that was there before is called from then on.
pub(super) const BEFORE: &str = "before-straykey";
/// The hooks in which straykey has something to do.
pub(super) const OURS: [&str; 2] = ["pre-commit", "pre-push"];
/// Hooks that git runs for a user. Where hooks for all repositories lie in one folder, git passes over each repository's own, so
/// each of these hands on to it.
pub(super) const ALL: [&str; 22] = [
    "applypatch-msg",
    "pre-applypatch",
    "post-applypatch",
    "pre-commit",
    "pre-merge-commit",
    "prepare-commit-msg",
    "commit-msg",
    "post-commit",
    "pre-rebase",
    "post-checkout",
    "post-merge",
    "pre-push",
    "post-rewrite",
    "post-index-change",
    "reference-transaction",
    "sendemail-validate",
    "pre-auto-gc",
    "push-to-checkout",
    "pre-receive",
    "update",
    "post-receive",
    "post-update",
];

/// The hook `name`: straykey, if it has something to do in it, then the hook that was there before, then, from a folder for all
/// repositories, the repository's own.
pub(super) fn text(name: &str, program: &Path, for_all: bool) -> String {
    let mut text = format!("#!/bin/sh\n{MARK}; `straykey hook uninstall` brings back what was here before.\n");
    let reads = matches!(name, "pre-push" | "post-rewrite" | "reference-transaction" | "pre-receive" | "post-receive");
    let (keep, from) = match reads {
        // Each of them wants to read it.
        true => ("input=$(cat; echo .)\ninput=${input%.}\n", "printf %s \"$input\" | "),
        false => ("", ""),
    };
    text.push_str(keep);
    if OURS.contains(&name) {
        text.push_str(&format!(
            "straykey={}\n[ -x \"$straykey\" ] || straykey=straykey\n\
             command -v \"$straykey\" >/dev/null || {{\n  \
             echo 'straykey is not on the path; install it, or run git with --no-verify' >&2\n  exit 2\n}}\n\
             {from}\"$straykey\" hook {name} \"$@\" || exit $?\n",
            quoted(&program.to_string_lossy())
        ));
    }
    text.push_str(&format!("hook=\"$0.{BEFORE}\"\n[ ! -x \"$hook\" ] || {from}\"$hook\" \"$@\" || exit $?\n"));
    if for_all {
        text.push_str(&format!(
            "hook=$(git rev-parse --git-common-dir)/hooks/{name}\n[ ! -x \"$hook\" ] || {from}\"$hook\" \"$@\" || exit $?\n"
        ));
    }
    text
}

/// A word for the shell.
fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', r"'\''"))
}
