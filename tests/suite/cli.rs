//! The command line itself.

use std::process::{Command, Stdio};

use crate::harness::{Sandbox, straykey, token};

#[test]
fn help_and_version() {
    let help = straykey(&["--help"]).end().expect(0).stdout();
    assert!(help.contains("Exit codes: 0 nothing") && help.contains("scan"), "{help}");
    let version = straykey(&["--version"]).end().expect(0).stdout();
    assert_eq!(version.trim(), concat!("straykey ", env!("CARGO_PKG_VERSION")));
    for command in ["scan", "patterns", "completions"] {
        straykey(&[command, "--help"]).end().expect(0);
    }
}

#[test]
fn wrong_usage_ends_with_2() {
    straykey(&[]).end().expect(2);
    straykey(&["nonsense"]).end().expect(2);
    straykey(&["scan", "--format", "xml"]).end().expect(2);
    straykey(&["scan", "-q", "-v"]).end().expect(2);
}

#[test]
fn completions_for_every_shell() {
    for shell in ["bash", "zsh", "fish", "powershell", "elvish"] {
        let script = straykey(&["completions", shell]).end().expect(0).stdout();
        assert!(script.contains("straykey") && script.contains("show-secrets"), "{shell}");
    }
}

#[test]
fn scans_the_current_folder_by_default() {
    let folder = Sandbox::new();
    folder.write("a", token(1));
    straykey(&["scan"]).within(folder.path()).end().expect(1);
}

/// The reader is gone before the report is written: nobody has read that nothing was found.
#[test]
fn a_broken_pipe_is_no_success() {
    let folder = Sandbox::new();
    folder.write("a", "x");
    for format in ["text", "json", "sarif"] {
        let (reader, writer) = std::io::pipe().unwrap();
        drop(reader);
        let mut command = Command::new(env!("CARGO_BIN_EXE_straykey"));
        command.args(["scan", "--format", format, "."]).current_dir(folder.path());
        let status = command.stdout(writer).stderr(Stdio::null()).status().unwrap();
        assert_eq!(status.code(), Some(2), "{format}");
    }
}
