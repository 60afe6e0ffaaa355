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
#[cfg(unix)]
#[test]
fn a_broken_pipe_is_no_success() {
    let folder = Sandbox::new();
    folder.write("a", "x".repeat(1 << 20));
    for format in ["text", "json", "sarif"] {
        let script = format!("({} scan --format {format} .; echo $? > code) | true", env!("CARGO_BIN_EXE_straykey"));
        Command::new("sh").args(["-c", &script]).current_dir(folder.path()).stderr(Stdio::null()).status().unwrap();
        // The writer may end after the reader's shell does.
        let code = (0..100).find_map(|_| {
            std::thread::sleep(std::time::Duration::from_millis(50));
            std::fs::read_to_string(folder.at("code")).ok().filter(|code| !code.is_empty())
        });
        std::fs::remove_file(folder.at("code")).unwrap();
        assert_eq!(code.as_deref().map(str::trim), Some("2"), "{format}");
    }
}
