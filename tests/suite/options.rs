//! What each option does.

use crate::harness::{Sandbox, example, places, scan, straykey, token};

fn paths(report: &serde_json::Value) -> Vec<String> {
    let mut paths: Vec<String> =
        places(report).iter().map(|(_, place)| place["path"].as_str().unwrap_or("-").to_owned()).collect();
    // git keeps what it was last told in files of its own.
    paths.retain(|path| !path.starts_with(".git/"));
    paths.sort();
    paths.dedup();
    paths
}

fn repository() -> Sandbox {
    let repo = Sandbox::repository();
    repo.commit("old/history.txt", token(1));
    repo.git(&["rm", "--quiet", "-r", "old"]);
    repo.commit(".gitignore", "ignored.txt\n");
    repo.write("ignored.txt", token(2));
    repo.write("src/disk.txt", token(3));
    repo.git(&["commit", "--quiet", "--allow-empty", "--message", &token(4)]);
    repo
}

#[test]
fn history_worktree_and_ignored_files() {
    let repo = repository();
    assert_eq!(paths(&scan(repo.path(), &[], 1)), ["-", "old/history.txt", "src/disk.txt"]);
    assert_eq!(paths(&scan(repo.path(), &["--no-history"], 1)), ["src/disk.txt"]);
    assert_eq!(paths(&scan(repo.path(), &["--no-worktree"], 1)), ["-", "old/history.txt"]);
    assert_eq!(paths(&scan(repo.path(), &["--no-ignore", "--no-history"], 1)), ["ignored.txt", "src/disk.txt"]);
    let report = scan(repo.path(), &["--no-history"], 1);
    let remarks = report["summary"]["targets"][0]["remarks"].to_string();
    assert!(remarks.contains(".gitignore") && remarks.contains("--no-history"), "{remarks}");
}

#[test]
fn include_and_exclude_hold_for_files_and_history() {
    let repo = repository();
    assert_eq!(paths(&scan(repo.path(), &["--include", "old/"], 1)), ["old/history.txt"]);
    assert_eq!(paths(&scan(repo.path(), &["--include", "*.txt", "--exclude", "/old"], 1)), ["src/disk.txt"]);
    assert_eq!(paths(&scan(repo.path(), &["--exclude", "*.txt"], 1)), ["-"]);
    let end = straykey(&["scan", "--exclude", "{a", "."]).within(repo.path()).end().expect(2);
    assert!(end.stderr().contains("`{a` is not a glob"), "{}", end.stderr());
}

#[test]
fn patterns_are_chosen_by_id() {
    let folder = Sandbox::new();
    folder.write("a", format!("{}\n{}\n", token(1), example("stripe-secret-key", 1)));
    let ids = |words: &[&str]| -> Vec<String> {
        places(&scan(folder.path(), words, 1)).into_iter().map(|(id, _)| id).collect()
    };
    assert_eq!(ids(&["--pattern", "github-*"]), ["github-pat-classic"]);
    assert_eq!(ids(&["--exclude-pattern", "github-*"]), ["stripe-secret-key"]);
    assert_eq!(ids(&["--pattern", "github-*", "--pattern", "stripe-*"]).len(), 2);
    let end = straykey(&["scan", "--pattern", "nonsense-*", "."]).within(folder.path()).end().expect(2);
    assert!(end.stderr().contains("no pattern is called `nonsense-*`"), "{}", end.stderr());
}

#[test]
fn fail_on_weighs_severities() {
    let folder = Sandbox::new();
    folder.write("a", example("stripe-publishable-key", 1));
    scan(folder.path(), &[], 1);
    scan(folder.path(), &["--fail-on", "low"], 1);
    scan(folder.path(), &["--fail-on", "medium"], 0);
    folder.write("b", token(1));
    scan(folder.path(), &["--fail-on", "critical"], 1);
    scan(folder.path(), &["--fail-on", "none"], 0);
}

#[test]
fn the_exit_code_does_not_depend_on_the_format() {
    let folder = Sandbox::new();
    folder.write("clean/a", "x");
    folder.write("leaky/a", token(1));
    for format in ["text", "json", "jsonl", "sarif"] {
        let run = |path: &str| straykey(&["scan", "--format", format, path]).within(folder.path()).end().code();
        assert_eq!((run("clean"), run("leaky"), run("missing")), (0, 1, 2), "{format}");
    }
}

#[test]
fn output_goes_to_a_file() {
    let folder = Sandbox::new();
    folder.write("code/a", token(1));
    let end = straykey(&["scan", "-f", "json", "-o", "report.json", "code"]).within(folder.path()).end().expect(1);
    assert_eq!(end.stdout(), "");
    let report = std::fs::read_to_string(folder.at("report.json")).unwrap();
    assert!(report.contains("github-pat-classic"));
    let end = straykey(&["scan", "-o", "no/such/folder/x", "code"]).within(folder.path()).end().expect(2);
    assert!(end.stderr().contains("check --output"), "{}", end.stderr());
}

#[test]
fn a_configuration_file_gives_way_to_flags() {
    let folder = Sandbox::new();
    folder.write("code/a.txt", token(1));
    folder.write("code/b.log", token(2));
    folder.write(
        "conf/straykey.toml",
        "exclude = [\"*.log\"]\nfail_on = \"none\"\nthreads = 1\nmax_file_size = \"1MB\"\n",
    );
    let run = |words: &[&str], code| {
        let run = straykey(&["scan", "-f", "json", "--config", "conf/straykey.toml", "code"]).within(folder.path());
        paths(&words.iter().fold(run, |run, word| run.arg(word)).end().expect(code).json())
    };
    assert_eq!(run(&[], 0), ["a.txt"]);
    assert_eq!(run(&["--fail-on", "low"], 1), ["a.txt"]);
}

#[test]
fn a_configuration_in_the_scanned_tree_is_not_read() {
    let folder = Sandbox::new();
    folder.write("a", token(1));
    folder.write("straykey.toml", "exclude = [\"*\"]\n");
    straykey(&["scan"]).within(folder.path()).end().expect(1);
}

#[test]
fn threads_do_not_change_the_answer() {
    let repo = repository();
    let without_time = |threads: &str| {
        let mut report = scan(repo.path(), &["--threads", threads], 1);
        report["summary"]["seconds"] = 0.into();
        report
    };
    assert_eq!(without_time("1"), without_time("4"));
}

#[test]
fn sizes_are_read_with_their_units() {
    let folder = Sandbox::new();
    folder.write("a", vec![b'x'; 1_500]);
    for (size, code) in [("1500", 0), ("1499", 2), ("2KB", 0), ("1kb", 2), ("1KiB", 2), ("1MB", 0)] {
        scan(folder.path(), &["--max-file-size", size], code);
    }
    let end = straykey(&["scan", "--max-file-size", "huge"]).within(folder.path()).end().expect(2);
    assert!(end.stderr().contains("`huge` is not a size"), "{}", end.stderr());
}

#[test]
fn one_scan_writes_several_reports() {
    let folder = Sandbox::new();
    folder.write("scanned/a", token(1));
    let words = ["scan", "--report", "json=a.json", "--report", "sarif=a.sarif", "--report", "text=a.txt", "scanned"];
    let end = straykey(&words).within(folder.path()).end().expect(1);
    assert!(end.stdout().contains("github-pat-classic"), "the main report stays");
    let read = |name: &str| std::fs::read_to_string(folder.at(name)).unwrap();
    let json: serde_json::Value = serde_json::from_str(&read("a.json")).unwrap();
    assert_eq!(json["findings"][0]["pattern"], "github-pat-classic");
    assert!(read("a.sarif").contains("github-pat-classic"));
    assert!(read("a.txt").contains("1 secret (1 critical)") && !read("a.txt").contains('\x1b'), "{}", read("a.txt"));
}

#[test]
fn a_report_that_is_not_understood_or_cannot_be_written_is_refused_before_the_scan() {
    let folder = Sandbox::new();
    folder.write("a", token(1));
    for (report, says) in [
        ("sarif", "write a format and a file"),
        ("json=", "write a format and a file"),
        ("xml=a.xml", "`xml` is no format"),
        ("json=missing/a.json", "check --report"),
    ] {
        let end = straykey(&["scan", "--report", report, "a"]).within(folder.path()).end().expect(2);
        assert!(end.stderr().contains(says) && end.stdout().is_empty(), "{report}: {}", end.stderr());
    }
}
