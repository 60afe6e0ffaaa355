//! Text for people, and JSON for programs.

use crate::harness::{Sandbox, straykey, token};

#[test]
fn is_grouped_by_secret_and_states_what_was_scanned() {
    let folder = Sandbox::new();
    folder.write("a.txt", token(1));
    folder.write("b/c.txt", format!("x\n  {}\n", token(1)));
    let text = straykey(&["scan", "."]).within(folder.path()).end().expect(1).stdout();
    let lines: Vec<&str> = text.lines().collect();
    assert!(lines[0].starts_with("critical  GitHub personal access token (classic)  ghp_…"), "{text}");
    assert!(lines[1].contains("github-pat-classic  high confidence  fp1:pub:"), "{text}");
    assert_eq!(lines[2].trim(), "a.txt:1:1  working tree");
    assert_eq!(lines[3].trim(), "b/c.txt:2:3  working tree");
    assert!(text.contains("1 secret (1 critical) at 2 places."), "{text}");
    assert!(text.contains("2 files ("), "{text}");
    let quiet = straykey(&["scan", "-q", "."]).within(folder.path()).end().expect(1).stdout();
    assert!(!quiet.contains("2 files"), "{quiet}");
}

#[test]
fn shows_some_places_or_all() {
    let folder = Sandbox::new();
    folder.write("a", format!("{}\n", token(1)).repeat(10));
    let shown = |words: &[&str]| {
        let run = straykey(&["scan", "."]).within(folder.path());
        words.iter().fold(run, |run, word| run.arg(word)).end().expect(1).stdout().matches("working tree").count()
    };
    assert_eq!((shown(&[]), shown(&["-v"])), (4, 10));
}

#[cfg(unix)]
#[test]
fn control_characters_from_the_tree_do_not_reach_the_terminal() {
    let repo = Sandbox::repository();
    let author = "Eve \u{202e}\x1b]0;owned\x07 <e@v.example>";
    repo.write("evil\x1b[31m\nname", token(1));
    repo.git(&["add", "--all"]);
    repo.git(&["commit", "--quiet", "--author", author, "--message", "x"]);
    let text = straykey(&["scan", "."]).within(repo.path()).end().expect(1).stdout();
    assert!(!text.contains('\x1b') && !text.contains('\x07') && !text.contains('\u{202e}'), "{text:?}");
    assert!(text.contains("evil\\u{1b}[31m\\nname:1:1"), "{text}");
}

#[test]
fn colour_and_links_only_where_they_are_wanted() {
    let folder = Sandbox::new();
    folder.write("a", token(1));
    let run = |words: &[&str]| {
        let run = straykey(&["scan", "."]).within(folder.path());
        words.iter().fold(run, |run, word| run.arg(word)).end().expect(1).stdout()
    };
    assert!(!run(&[]).contains('\x1b'));
    assert!(run(&["--color", "always"]).contains('\x1b'));
    assert!(!run(&["--color", "never"]).contains('\x1b'));
    let linked = straykey(&["scan", "--color", "always", "."]).within(folder.path()).env("FORCE_HYPERLINK", "1");
    assert!(linked.end().expect(1).stdout().contains("\x1b]8;;file:///"));
}

#[test]
fn json_lines_are_findings_and_then_a_summary() {
    let folder = Sandbox::new();
    folder.write("a", format!("{}\n{}\n", token(1), token(2)));
    let text = straykey(&["scan", "-f", "jsonl", "."]).within(folder.path()).end().expect(1).stdout();
    let lines: Vec<serde_json::Value> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let types: Vec<&str> = lines.iter().map(|line| line["type"].as_str().unwrap()).collect();
    assert_eq!(types, ["finding", "finding", "summary"]);
    for field in ["pattern", "fingerprint", "secret", "confidence", "validity", "places"] {
        assert!(!lines[0][field].is_null(), "{field}");
    }
    assert_eq!(lines[0]["validity"], "not_checked");
    for field in ["path", "line", "column", "end_line", "kind"] {
        assert!(!lines[0]["places"][0][field].is_null(), "{field}");
    }
    assert_eq!(lines[2]["version"], 1);
    assert_eq!(lines[2]["findings"], 2);
}
