//! Which commits are meant, and what is said where that cannot be told.

use super::{changes, error, remarks, seen};
use crate::harness::{Sandbox, places, scan, straykey, token};

#[test]
fn the_ends_of_a_range() {
    let repo = Sandbox::repository();
    let base = repo.commit("base", "x\n");
    repo.git(&["checkout", "--quiet", "-b", "feature"]);
    repo.commit("feature.txt", token(1));
    repo.git(&["checkout", "--quiet", "main"]);
    let main = repo.commit("main.txt", token(2));
    let of = |words: &[&str]| changes(repo.path(), words);
    assert_eq!(of(&["--range", "main..feature"]), ["history feature.txt:1:1"]);
    // Unlike `git log A...B`, and like `git diff A...B`: not what A added.
    assert_eq!(of(&["--range", "main...feature"]), ["history feature.txt:1:1"]);
    assert_eq!(of(&["--range", "feature.."]), ["history main.txt:1:1"]);
    assert_eq!(of(&["--range", "feature..."]), ["history main.txt:1:1"]);
    assert_eq!(of(&["--range", "..feature"]), ["history feature.txt:1:1"]);
    assert_eq!(of(&["--since-commit", &base[..8]]), ["history main.txt:1:1"]);
    assert_eq!(of(&["--since-commit", "main", "--branch", "feature"]), ["history feature.txt:1:1"]);
    assert_eq!(of(&["--since-commit", &main]), [""; 0]);
    assert_eq!(of(&["--range", "feature..main"]), ["history main.txt:1:1"]);
    assert!(remarks(repo.path(), &["--range", "main..feature"], 1).contains("1 commit in main..feature"));
    assert!(remarks(repo.path(), &["--range", "main.."], 0).contains("no commits in main.."));
    assert!(remarks(repo.path(), &["--since-commit", &base], 1).contains("1 commit since"));
    let text = straykey(&["scan", "--range", "..feature"]).within(repo.path()).end().expect(1).stdout();
    assert!(text.contains("    1 commit in ..feature\n"), "{text}");
}

/// Commits a file of this name, with a token in it, at a date.
fn dated(repo: &Sandbox, date: &str, path: &str, number: u64) -> String {
    repo.write(path, token(number));
    repo.git(&["add", "--all"]);
    repo.git_dated(date, &["commit", "--quiet", "--message", path]);
    repo.git(&["rev-parse", "HEAD"])
}

/// The walk from `side` is at the beginning before the one from `main` gets past 1971, and would take all for new.
#[test]
fn commits_with_wrong_dates() {
    let repo = Sandbox::repository();
    dated(&repo, "2024-01-01T00:00:00Z", "a", 1);
    let fork = dated(&repo, "2024-01-02T00:00:00Z", "b", 2);
    let wrong: Vec<String> = (10..25).map(|number| format!("wrong{number}")).collect();
    wrong.iter().zip(10..).for_each(|(path, number)| drop(dated(&repo, "1971-01-01T00:00:00Z", path, number)));
    dated(&repo, "2024-01-03T00:00:00Z", "c", 3);
    repo.git(&["checkout", "--quiet", "-b", "side", &fork]);
    dated(&repo, "2024-01-04T00:00:00Z", "d", 4);
    assert_eq!(changes(repo.path(), &["--range", "main..side"]), ["history d:1:1"]);
    assert_eq!(changes(repo.path(), &["--range", "side..main"]).len(), 1 + wrong.len());
    let since = changes(repo.path(), &["--since", "2024-01-02", "--branch", "main"]);
    assert_eq!(since, ["history b:1:1", "history c:1:1"]);
}

/// `main` has what `late` is made from, but only behind a wrong date, and the walk from `late` comes to what `main` has.
#[test]
fn a_wrong_date_between_right_ones() {
    let repo = Sandbox::repository();
    let base = dated(&repo, "2024-01-01T00:00:00Z", "a", 1);
    repo.git(&["checkout", "--quiet", "-b", "topic"]);
    let topic = dated(&repo, "2024-01-02T00:00:00Z", "b", 2);
    dated(&repo, "1971-01-01T00:00:00Z", "c", 3);
    repo.git(&["checkout", "--quiet", "main"]);
    dated(&repo, "2024-01-03T00:00:00Z", "d", 4);
    repo.git_dated("2024-01-04T00:00:00Z", &["merge", "--quiet", "--no-ff", "--message", "Merge", "topic"]);
    repo.git(&["checkout", "--quiet", "-b", "late", &topic]);
    dated(&repo, "2024-01-05T00:00:00Z", "e", 5);
    assert_eq!(changes(repo.path(), &["--range", "main..late"]), ["history e:1:1"]);
    let since = changes(repo.path(), &["--since-commit", &base, "--branch", "main"]);
    assert_eq!(since, ["history b:1:1", "history c:1:1", "history d:1:1"]);
}

#[test]
fn since_a_date() {
    let repo = Sandbox::repository();
    let hours_ago = |hours: i64| (jiff::Timestamp::now() - jiff::SignedDuration::from_hours(hours)).to_string();
    let ages = [(24 * 400, "old"), (24 * 45, "months"), (24 * 10, "weeks"), (50, "days"), (5, "hours"), (0, "now")];
    for ((hours, path), number) in ages.into_iter().zip(1..) {
        repo.write(path, token(number));
        repo.git(&["add", path]);
        repo.git_dated(&hours_ago(hours), &["commit", "--quiet", "--message", path]);
    }
    let count = |since: &str| changes(repo.path(), &["--since", since]).len();
    assert_eq!(count("2001-01-31"), 6);
    assert_eq!((count("2 hours"), count("6 hours ago"), count("1 day"), count("3 days")), (1, 2, 2, 3));
    assert_eq!((count("1 week"), count("2 weeks"), count("1 month"), count("2 months")), (3, 4, 4, 5));
    assert_eq!(count("24 months ago"), 6);
    let exact = hours_ago(49);
    assert_eq!(count(&exact), 2);
    assert_eq!(count(&hours_ago(51)), 3);
    assert_eq!(count("2100-01-01"), 0);
    assert!(remarks(repo.path(), &["--since", "2001-01-31"], 1).contains("6 commits since 2001-01-31T00:00:00Z"));
    for bad in ["yesterday", "2026-13-01", "3", "3 fortnights", "-3 days", "2026-01-31T12:00:00", ""] {
        let end = straykey(&["scan", &format!("--since={bad}")]).within(repo.path()).end().expect(2);
        assert!(end.stderr().contains("is not a date; write one such as 2026-01-31"), "{bad}: {}", end.stderr());
    }
}

#[test]
fn a_date_begins_at_midnight_utc_and_zones_are_kept() {
    let repo = Sandbox::repository();
    repo.write("a", token(1));
    repo.git(&["add", "a"]);
    repo.git_dated("2024-06-01T00:30:00+0200", &["commit", "--quiet", "--message", "a"]);
    let count = |since: &str| changes(repo.path(), &["--since", since]).len();
    assert_eq!((count("2024-05-31"), count("2024-06-01")), (1, 0));
    assert_eq!((count("2024-06-01T00:30:00+02:00"), count("2024-06-01T00:31:00+02:00")), (1, 0));
    assert_eq!((count("2024-05-31T22:30:00Z"), count("2024-05-31T22:30:01Z")), (1, 0));
}

#[test]
fn a_bare_repository_has_ranges() {
    let repo = Sandbox::repository();
    repo.commit("a", "x\n");
    repo.commit("a", token(1));
    repo.git(&["clone", "--quiet", "--bare", ".", "bare.git"]);
    assert_eq!(changes(&repo.at("bare.git"), &["--range", "HEAD~1..HEAD"]), ["history a:1:1"]);
    assert_eq!(changes(&repo.at("bare.git/refs"), &["--range", "HEAD~1..HEAD"]), ["history a:1:1"]);
}

fn shallow(repo: &Sandbox, depth: &str) -> std::path::PathBuf {
    let url = format!("file://{}", repo.path().display());
    let name = format!("clone{depth}");
    repo.git(&["clone", "--quiet", "--depth", depth, "--no-single-branch", &url, &name]);
    repo.at(&name)
}

#[test]
fn a_shallow_clone() {
    let repo = Sandbox::repository();
    let first = repo.commit("a", token(1));
    repo.commit("b", token(2));
    repo.commit("c", token(3));
    repo.commit("d", token(4));
    let clone = shallow(&repo, "3");
    let remedies = |why: String| {
        assert!(why.contains("git fetch --unshallow") && why.contains("fetch-depth: 0"), "{why}");
        why
    };
    // The base is missing.
    assert!(remedies(error(&clone, &["--since-commit", &first])).contains(&first));
    assert!(remedies(error(&clone, &["--range", "v1..HEAD"])).contains("`v1`"));
    // The base is the edge itself: nothing beyond it is needed.
    assert_eq!(changes(&clone, &["--range", "HEAD~2..HEAD"]), ["history c:1:1", "history d:1:1"]);
    assert_eq!(changes(&clone, &["--range", "HEAD~1..HEAD"]), ["history d:1:1"]);
    // The edge is in the range: what it adds cannot be told, what others add can.
    let report = scan(&clone, &["--since", "2001-01-01"], 2);
    let errors = report["summary"]["errors"].as_array().unwrap();
    assert_eq!(errors.len(), 1, "{errors:?}");
    remedies(errors[0]["why"].to_string());
    assert_eq!(seen(&report), ["history c:1:1", "history d:1:1"]);
    // A whole history in a shallow clone is whole.
    let whole = shallow(&repo, "9");
    assert_eq!(changes(&whole, &["--since", "2001-01-01"]).len(), 4);
    // Staged changes need no history.
    assert_eq!(changes(&clone, &["--staged"]), [""; 0]);
}

#[test]
fn a_base_beyond_the_edge_of_a_shallow_clone() {
    let repo = Sandbox::repository();
    repo.commit("base", token(1));
    repo.git(&["branch", "feature"]);
    repo.commit("main.txt", "x\n");
    repo.commit("main.txt", "y\n");
    repo.git(&["checkout", "--quiet", "feature"]);
    repo.commit("feature.txt", token(2));
    let clone = shallow(&repo, "1");
    assert!(error(&clone, &["--range", "origin/main...HEAD"]).contains("fetch-depth: 0"));
}

#[test]
fn revisions_that_name_nothing() {
    let repo = Sandbox::repository();
    repo.commit("a", token(1));
    let blob = repo.git(&["rev-parse", "HEAD:a"]);
    for (words, revision) in [
        (["--range", "mian..HEAD"], "mian"),
        (["--range", "HEAD..mian"], "mian"),
        (["--since-commit", "0123456789012345678901234567890123456789"], "0123456789012345678901234567890123456789"),
        (["--since-commit", &blob], &blob),
    ] {
        let why = error(repo.path(), &words);
        assert!(why.contains(&format!("`{revision}` names no commit here; check the spelling")), "{why}");
        assert!(why.contains("git fetch"), "{why}");
    }
    let why = error(repo.path(), &["--since", "1 day", "--branch", "mian"]);
    assert!(why.contains("`mian` names no commit"), "{why}");
    let why = error(repo.path(), &["--range", "0000000000000000000000000000000000000000..HEAD"]);
    assert!(why.contains("stands for no commit") && why.contains("--branch"), "{why}");
    for bad in ["main", "a....b", "a..b..c", ""] {
        let end = straykey(&["scan", "--range", bad]).within(repo.path()).end().expect(2);
        assert!(end.stderr().contains("is not a range of commits; write"), "{bad}: {}", end.stderr());
    }
}

#[test]
fn modes_exclude_each_other() {
    let repo = Sandbox::repository();
    for words in [
        &["--staged", "--range", "a..b"][..],
        &["--staged", "--since", "1 day"],
        &["--staged", "--since-commit", "a"],
        &["--range", "a..b", "--since", "1 day"],
        &["--since", "1 day", "--since-commit", "a"],
        &["--staged", "--branch", "main"],
        &["--range", "a..b", "--branch", "main"],
        &["--staged", "--no-history"],
        &["--branch", "main", "--no-history"],
    ] {
        let mut run = straykey(&["scan"]).within(repo.path());
        for word in words {
            run = run.arg(word);
        }
        let end = run.end().expect(2);
        assert!(end.stderr().contains("cannot be used with"), "{words:?}: {}", end.stderr());
    }
    let folder = Sandbox::new();
    for line in ["staged = true", "range = \"a..b\"", "since = \"1 day\"", "branch = \"main\"", "changes = \"staged\""]
    {
        let file = folder.write("straykey.toml", line);
        let end = straykey(&["scan", "--config"]).arg(file).within(repo.path()).end().expect(2);
        assert!(end.stderr().contains("unknown field"), "{}", end.stderr());
    }
}

#[test]
fn a_branch_alone_is_all_that_it_reaches_and_nothing_else() {
    let repo = Sandbox::repository();
    repo.commit("old", token(1));
    repo.commit("old", "gone");
    repo.git(&["branch", "topic"]);
    repo.commit("main", token(2));
    repo.git(&["commit", "--quiet", "--allow-empty", "--message", &token(3)]);
    repo.git(&["checkout", "--quiet", "topic"]);
    repo.git(&["commit", "--quiet", "--allow-empty", "--message", &token(4)]);
    repo.commit(&format!("{}.pem", token(5)), "x");
    repo.write("untracked", token(6));
    repo.write("staged", token(7));
    repo.git(&["add", "staged"]);
    repo.git(&["tag", "-a", "v1", "-m", &token(8)]);
    for engine in ["delta", "reference"] {
        let report = scan(repo.path(), &["--branch", "topic", "--engine", engine], 1);
        let mut kinds: Vec<String> =
            places(&report).iter().map(|(_, place)| format!("{} {}", place["kind"], place["path"])).collect();
        kinds.sort();
        // The message about the file holds its name, and so the token too.
        assert_eq!(kinds[1..], ["\"history\" \"old\"", "\"message\" null", "\"message\" null"], "{report:#}");
        assert!(kinds[0].starts_with("\"file_name\""), "{report:#}");
    }
    let unknown = scan(repo.path(), &["--branch", "nowhere"], 2);
    assert!(unknown["summary"]["errors"][0]["why"].as_str().unwrap().contains("names no commit here"));
    let no_repository = Sandbox::new();
    let report = scan(no_repository.path(), &["--branch", "main"], 2);
    assert!(report["summary"]["errors"][0]["why"].as_str().unwrap().contains("leave out --branch"), "{report:#}");
}
