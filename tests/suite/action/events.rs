//! For each event the right commits are scanned, and where they are not there it is said.

use super::{Done, Job, Origin};
use crate::harness::{Sandbox, straykey, token};

const ZERO: &str = "0000000000000000000000000000000000000000";

fn of_pull_request<'a>(clone: &'a Sandbox, origin: &Origin, event: &str) -> Job<'a> {
    Job::new(clone, event, "pull_request", &[("$BASE", &origin.base), ("$HEAD", &origin.head)])
}

fn push<'a>(clone: &'a Sandbox, payload: &str, before: &str, after: &str) -> Job<'a> {
    Job::new(clone, "push", payload, &[("$BEFORE", before), ("$AFTER", after)])
}

/// Only the pull request's secret is told, at its line.
#[track_caller]
fn tells_the_new_one(done: &Done) {
    let commands = done.commands();
    assert_eq!(commands.len(), 1, "{commands:?}");
    let start = "::error file=app.env,line=2,endLine=2,col=7,endColumn=46,title=straykey github-pat-classic::GitHub";
    assert!(commands[0].starts_with(start), "{commands:?}");
    assert_eq!((done.output("findings"), done.output("live"), done.output("unowned")), ("1", "0", ""));
    assert!(done.summary.starts_with("## straykey: 1 stray credential\n"), "{}", done.summary);
    assert!(done.summary.contains("`app.env:2`") && !done.summary.contains("old.env"), "{}", done.summary);
    assert_eq!(done.results(), 1);
}

#[test]
fn a_pull_request() {
    let origin = Origin::new();
    let clone = origin.checkout("refs/pull/7/merge", 0);
    let done = of_pull_request(&clone, &origin, "pull_request").ends(1);
    tells_the_new_one(&done);
    assert!(done.output("sarif").ends_with("/straykey.sarif"));
    let done = of_pull_request(&clone, &origin, "pull_request").with("INPUT_FAIL_ON", "none").ends(0);
    tells_the_new_one(&done);
}

#[test]
fn a_clone_that_is_too_shallow_is_an_error_with_its_remedy() {
    let origin = Origin::new();
    for (event, payload, reference) in [
        ("pull_request", "pull_request", "refs/pull/7/merge"),
        ("merge_group", "merge_group", "refs/pull/7/merge"),
        ("push", "push", "refs/heads/feature"),
        ("push", "push_branch", "refs/heads/feature"),
        ("push", "push_forced", "refs/heads/feature"),
        ("schedule", "schedule", "refs/heads/feature"),
    ] {
        let clone = origin.checkout(reference, 1);
        let ids = [
            ("$BASE", origin.base.as_str()),
            ("$HEAD", origin.head.as_str()),
            ("$BEFORE", origin.base.as_str()),
            ("$AFTER", origin.head.as_str()),
        ];
        let done = Job::new(&clone, event, payload, &ids).ends(2);
        let commands = done.commands().join("\n");
        assert!(commands.starts_with("::error title=straykey::Incomplete"), "{payload}: {commands}");
        assert!(commands.contains("fetch-depth: 0"), "{payload}: {commands}");
        assert!(done.summary.contains("**incomplete**"), "{payload}: {}", done.summary);
    }
}

#[test]
fn a_pull_request_from_a_fork_on_its_target() {
    let origin = Origin::new();
    let clone = origin.checkout("refs/heads/main", 0);
    clone.git(&["update-ref", "-d", "refs/remotes/origin/feature"]);
    clone.git(&["reflog", "expire", "--expire=now", "--all"]);
    clone.git(&["gc", "--quiet", "--prune=now"]);
    let done = of_pull_request(&clone, &origin, "pull_request_target").ends(2);
    let commands = done.commands();
    assert!(commands[0].contains("git fetch origin refs/pull/7/head"), "{commands:?}");
    clone.git(&["fetch", "--quiet", "origin", "+refs/pull/7/head:refs/remotes/pull/7"]);
    tells_the_new_one(&of_pull_request(&clone, &origin, "pull_request_target").ends(1));
    assert!(!clone.at("app.env").exists(), "what strangers wrote is not checked out");
}

#[test]
fn a_merge_group() {
    let origin = Origin::new();
    let clone = origin.checkout("refs/pull/7/merge", 0);
    let ids = [("$BASE", origin.base.as_str()), ("$HEAD", origin.head.as_str())];
    tells_the_new_one(&Job::new(&clone, "merge_group", "merge_group", &ids).ends(1));
}

#[test]
fn a_push() {
    let origin = Origin::new();
    let clone = origin.checkout("refs/heads/feature", 0);
    tells_the_new_one(&push(&clone, "push", &origin.base, &origin.head).ends(1));
    let clean = push(&clone, "push", &origin.head, &origin.head).ends(0);
    assert!(clean.summary.starts_with("## straykey: no stray credentials found\n"), "{}", clean.summary);
    assert_eq!((clean.commands().len(), clean.output("findings"), clean.results()), (0, "0", 0));
}

#[test]
fn a_new_branch_brings_what_the_default_branch_has_not() {
    let origin = Origin::new();
    let clone = origin.checkout("refs/heads/feature", 0);
    tells_the_new_one(&push(&clone, "push_branch", ZERO, &origin.head).ends(1));
    let first = push(&clone, "push_first", ZERO, &origin.head).ends(1);
    assert_eq!(first.output("findings"), "2", "the default branch is new as a whole");
}

#[test]
fn a_new_tag() {
    let origin = Origin::new();
    origin.sandbox.git(&["tag", "--annotate", "--message", "one", "v1.0", &origin.head]);
    let tag = origin.sandbox.git(&["rev-parse", "v1.0"]);
    assert_ne!(tag, origin.head);
    let clone = origin.checkout("refs/tags/v1.0", 0);
    tells_the_new_one(&push(&clone, "push_tag", ZERO, &tag).ends(1));
}

#[test]
fn a_forced_push_of_which_the_clone_does_not_have_the_old_end() {
    let origin = Origin::new();
    let gone = "5ca1ab1e5ca1ab1e5ca1ab1e5ca1ab1e5ca1ab1e";
    let clone = origin.checkout("refs/heads/feature", 0);
    tells_the_new_one(&push(&clone, "push_forced", gone, &origin.head).ends(1));
    let on_main = push(&clone, "push_forced_main", gone, &origin.head).ends(1);
    assert_eq!(on_main.output("findings"), "2", "all that the default branch reaches");
}

#[test]
fn a_branch_that_is_deleted_brings_nothing() {
    let origin = Origin::new();
    let clone = origin.checkout("refs/heads/main", 0);
    let done = push(&clone, "push_deleted", &origin.head, "").ends(0);
    assert!(done.commands()[0].contains("deleted"), "{:?}", done.commands());
    assert!(done.summary.contains("nothing to scan") && done.sarif.is_none());
    assert_eq!((done.output("findings"), done.output("sarif")), ("0", ""));
}

#[test]
fn other_events_scan_everything() {
    let origin = Origin::new();
    let clone = origin.checkout("refs/heads/main", 0);
    for event in ["schedule", "workflow_dispatch"] {
        let done = Job::new(&clone, event, event, &[]).ends(1);
        assert_eq!(done.output("findings"), "2", "{event}: files, and all branches");
    }
}

#[test]
fn inputs_overrule_the_event() {
    let origin = Origin::new();
    let clone = origin.checkout("refs/pull/7/merge", 0);
    let all = of_pull_request(&clone, &origin, "pull_request").with("INPUT_RANGE", "all").ends(1);
    assert_eq!(all.output("findings"), "2");
    let range = format!("{}..{}", origin.head, origin.head);
    let none = of_pull_request(&clone, &origin, "pull_request").with("INPUT_RANGE", &range).ends(0);
    assert_eq!(none.output("findings"), "0");
}

#[test]
fn settings_are_those_of_the_inputs() {
    let origin = Origin::adding("tests/app.env", &format!("TOKEN={}\n", token(2)));
    let clone = origin.checkout("refs/pull/7/merge", 0);
    let settings = Sandbox::new();
    let key = settings.write("key", "0123456789abcdef0123456789abcdef").display().to_string();
    let config = settings.write("straykey.toml", "exclude = ['tests/']\n").display().to_string();
    let run = |code| of_pull_request(&clone, &origin, "pull_request").with("INPUT_KEY", &key).ends(code);
    let print = run(1).sarif.unwrap()["runs"][0]["results"][0]["properties"]["fingerprint"].to_string();
    assert!(!print.contains("fp1:pub:"), "{print}");
    let job = of_pull_request(&clone, &origin, "pull_request").with("INPUT_CONFIG", &config);
    assert_eq!(job.ends(0).output("findings"), "0");
    let job = of_pull_request(&clone, &origin, "pull_request").with("INPUT_MIN_CONFIDENCE", "high");
    assert_eq!(job.with("INPUT_FAIL_ON", "critical").ends(1).output("findings"), "1");
}

#[test]
fn what_the_baseline_knows_does_not_count() {
    let origin = Origin::new();
    let clone = origin.checkout("refs/pull/7/merge", 0);
    let folder = Sandbox::new();
    let baseline = folder.at("known").display().to_string();
    straykey(&["baseline", "create", &baseline, "."]).within(clone.path()).end().expect(0);
    let done = of_pull_request(&clone, &origin, "pull_request").with("INPUT_BASELINE", &baseline).ends(0);
    assert_eq!(done.output("findings"), "0");
}

#[test]
fn paths_are_those_of_the_repository() {
    let folder = Sandbox::repository();
    folder.write("services/pay/app.env", format!("\nTOKEN={}\n", token(2)));
    folder.commit("other.env", token(3));
    let job = Job::new(&folder, "schedule", "schedule", &[]);
    let done = job.with("INPUT_PATHS", "./services/pay/\n").ends(1);
    assert!(done.commands()[0].starts_with("::error file=services/pay/app.env,line=2,"), "{:?}", done.commands());
    let location = &done.sarif.as_ref().unwrap()["runs"][0]["results"][0]["locations"][0]["physicalLocation"];
    assert_eq!(location["artifactLocation"]["uri"], "services/pay/app.env");
    assert_eq!(done.output("findings"), "1");
}

#[test]
fn several_paths_in_one_repository_are_one() {
    let origin = Origin::adding("sub/app.env", &format!("TOKEN={}\n", token(2)));
    let clone = origin.checkout("refs/pull/7/merge", 0);
    for range in ["", "HEAD~1..HEAD"] {
        let job = of_pull_request(&clone, &origin, "pull_request").with("INPUT_RANGE", range);
        let done = job.with("INPUT_PATHS", "sub\n.\nsub/").ends(1);
        assert_eq!(done.output("findings"), "1");
        assert!(done.summary.contains("`sub/app.env:1`") && !done.summary.contains("other place"), "{}", done.summary);
    }
    let other = Sandbox::repository();
    let paths = format!(".\n{}", other.path().display());
    let commands = of_pull_request(&clone, &origin, "pull_request").with("INPUT_PATHS", &paths).ends(2).commands();
    assert!(commands[0].contains("several repositories"), "{commands:?}");
}

#[test]
fn an_event_that_is_not_as_github_writes_it_is_refused() {
    let origin = Origin::new();
    let clone = origin.checkout("refs/pull/7/merge", 0);
    for (payload, says) in [
        ("{", "cannot be read"),
        (r#"{"pull_request": 7}"#, "cannot be read"),
        (
            r#"{"pull_request": {"number": 7, "base": {"sha": "HEAD", "ref": "main"}, "head": {"sha": "HEAD", "ref": "x"}}}"#,
            "no commit id in `pull_request.head.sha`",
        ),
    ] {
        let job = of_pull_request(&clone, &origin, "pull_request");
        job.folder.write("event.json", payload);
        let commands = job.ends(2).commands();
        assert!(commands[0].starts_with("::error title=straykey::") && commands[0].contains(says), "{commands:?}");
    }
    let commands = of_pull_request(&clone, &origin, "").ends(2).commands();
    assert!(commands[0].contains("GITHUB_EVENT_NAME is not set"), "{commands:?}");
}

#[test]
fn a_folder_without_a_repository_is_an_error() {
    let origin = Origin::new();
    let clone = origin.checkout("refs/pull/7/merge", 0);
    let elsewhere = Sandbox::new();
    let job = of_pull_request(&clone, &origin, "pull_request");
    let job = job.with("INPUT_PATHS", &elsewhere.path().display().to_string());
    let commands = job.ends(2).commands();
    assert!(commands[0].contains("no git repository here"), "{commands:?}");
}
