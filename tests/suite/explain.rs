//! `explain` tells what was looked at, what objected, and what went first; never a secret.

use crate::harness::{Sandbox, example, scan, straykey, token};

#[track_caller]
fn explain(text: &str, words: &[&str]) -> String {
    let run = straykey(&["explain", "-"]).input(text.as_bytes());
    words.iter().fold(run, |run, word| run.arg(word)).end().expect(0).stdout()
}

#[test]
fn a_match_is_told_with_window_checksum_and_confidence() {
    let secret = token(1);
    let said = explain(&format!("x\nkey = {secret}\n"), &[]);
    for words in [
        "2:7  an anchor of github-pat-classic",
        "match       2:7 to 2:46",
        "secret      2:7 to 2:46  ghp_…",
        "checksum    right",
        "confidence  high: its checksum is right",
        "reported    as github-pat-classic",
        "1 match is reported.",
    ] {
        assert!(said.contains(words), "{words}: {said}");
    }
    assert!(!said.contains(&secret), "{said}");
    let end = straykey(&["explain", &secret]).end().expect(0);
    assert!(end.stdout().contains("reported    as github-pat-classic") && !end.stdout().contains(&secret));
}

#[test]
fn a_refusal_is_told_with_what_objected() {
    let good = token(1);
    let wrong = format!("{}{}", &good[..38], if good.ends_with("00") { "11" } else { "00" });
    assert!(explain(&wrong, &[]).contains("its checksum is wrong"));
    assert!(explain("ghp_short and no more", &[]).contains("0 matches are reported"));
    let said = explain(&format!("sk_live_{}", "abab".repeat(8)), &["--min-confidence", "low"]);
    assert!(said.contains("refused     a filter objects: "), "{said}");
    assert!(!said.contains("abababab"), "{said}");
    let said = explain("nothing here\n", &[]);
    assert_eq!(said, "0 places were looked at; 0 matches are reported.\n");
}

#[test]
fn losers_of_an_overlap_are_named_with_the_winner() {
    let said = explain(&format!("https://x:{}@github.com/a/b\n", token(1)), &[]);
    assert!(said.contains("an anchor of generic-url-basic-auth"), "{said}");
    assert!(said.contains("gives way   to github-pat-classic"), "{said}");
    assert!(said.contains("1 match is reported."), "{said}");
}

#[test]
fn what_is_not_sure_enough_and_what_is_marked_is_told_as_such() {
    let url = "gopher://app:vR8-kq2_Lm@db/x\n";
    let said = explain(url, &["--min-confidence", "high"]);
    assert!(said.contains("left out    less sure than --min-confidence high"), "{said}");
    let said = explain(&format!("{} # gitleaks:allow", token(1)), &[]);
    assert!(said.contains("marked      gitleaks:allow on its line"), "{said}");
}

#[test]
fn values_without_an_anchor_tell_which_patterns_were_tried() {
    let said = explain("session_secret = q7ZtBv20LmXw9RkC4nPd8Ys\n", &["--min-confidence", "low"]);
    assert!(said.contains("a value by its looks"), "{said}");
    assert!(said.contains("pattern     generic-api-key"), "{said}");
    let said = explain("colour_of_it = q7ZtBv20LmXw9RkC4nPd8Ys\n", &[]);
    assert!(said.contains("not         generic-api-key: the name that it is assigned to"), "{said}");
    assert!(said.contains("refused     no word near it and no name says what it is"), "{said}");
}

#[test]
fn lines_of_something_encoded_are_no_values() {
    const WHY: &str = "one of several lines of something encoded";
    let line = |number: usize, length: usize| -> String {
        (0..length).map(|at| char::from(b"q7ZtBv20LmXw9RkC4nPd8Ys3JhGf6T"[(at * at + 7 * number) % 30])).collect()
    };
    let count = |lines: &[String]| explain(&lines.join("\n"), &[]).matches(WHY).count();
    let indented = |number: usize| format!(" {}", line(number, 64));
    assert_eq!(count(&[line(1, 64), line(2, 64), line(3, 64), line(4, 20)]), 2);
    assert_eq!(count(&["gpgsig".into(), indented(1), indented(2), String::new()]), 1);
    assert_eq!(count(&[format!("{}\r", line(1, 64)), format!("{}\r", line(2, 64))]), 1);
    for others in [
        [line(1, 64), line(2, 63)],
        [line(1, 40), line(2, 40)],
        [format!("key: {}", line(1, 60)), line(2, 65)],
        [line(1, 64), format!("{} x", line(2, 62))],
        [line(1, 64), format!("{:64}", line(2, 62))],
        ["0123456789abcdef".repeat(4), "fedcba9876543210".repeat(4)],
    ] {
        assert_eq!(count(&others), 0, "{others:?}");
    }
}

#[test]
fn a_finding_is_explained_at_its_places() {
    let repo = Sandbox::repository();
    let secret = token(1);
    repo.commit("dir/gone", format!("a\n b {secret}\n"));
    repo.commit("dir/gone", "x\n");
    repo.write("here", format!("{secret}  {}\n", token(2)));
    repo.git(&["commit", "--quiet", "--allow-empty", "--message", &format!("add {secret}")]);
    let report = scan(repo.path(), &[], 1);
    let finding = report["findings"]
        .as_array()
        .unwrap()
        .iter()
        .find(|finding| finding["places"].as_array().unwrap().len() > 2)
        .unwrap();
    let run = straykey(&["explain", finding["fingerprint"].as_str().unwrap()]).within(repo.path());
    let said = run.end().expect(0).stdout();
    for words in ["here:1:1  working tree", "dir/gone:2:4  history", "commit message"] {
        assert!(said.contains(words), "{words}: {said}");
    }
    assert!(said.matches("reported    as github-pat-classic").count() >= 3, "{said}");
    assert!(!said.contains(&secret) && !said.contains(&token(2)));
}

#[test]
fn a_fingerprint_that_is_nowhere_is_an_error() {
    let folder = Sandbox::new();
    folder.write("a", token(1));
    let said = |print: &str| straykey(&["explain", print, "."]).within(folder.path()).end().expect(2).stderr();
    assert!(said("fp1:pub:ABC").contains("no finding has the fingerprint fp1:pub:ABC: name the paths"));
    assert!(said("fp1:run:ABC").contains("of one run only"));
}

#[test]
fn a_scan_and_an_explanation_agree() {
    let text = [example("stripe-secret-key", 1), token(3), "postgres://app:vR8-kq2_Lm@db/x".into()].join("\n");
    let report = straykey(&["scan", "-f", "json", "-"]).input(text.as_bytes()).end().expect(1).json();
    let said = explain(&text, &[]);
    assert_eq!(said.matches("reported    as ").count(), report["findings"].as_array().unwrap().len(), "{said}");
}

/// Of an encoding all that was found in it is told, and nothing where nothing was.
#[test]
fn what_stands_encoded_is_told_too() {
    let encoded = data_encoding::BASE64.encode(format!("a={}\nb={}\n", token(1), token(2)).as_bytes());
    let said = explain(&format!("data: {encoded}\n"), &[]);
    assert_eq!(said.matches("reported    as ").count(), 2, "{said}");
    explain("a%2Fb \\x41 &#65; =3D \"a\" + \"b\" %41", &[]);
}
