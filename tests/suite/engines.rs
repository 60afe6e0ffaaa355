//! The delta engine gives the reference engine's answer, byte for byte, on random histories.

use data_encoding::{BASE64, HEXLOWER};
use git2::ObjectType;
use serde_json::Value;
use straykey::detect::Detector;
use straykey::model::scan::Scanner;
use straykey::patterns::generate::Random;
use straykey::sources::history::carry;
use straykey::sources::history::delta::Run;
use straykey::sources::history::objects;
use straykey::sources::history::seen::Seen;

use crate::forms::forms;
use crate::harness::{Sandbox, example, listed, places, straykey};

/// How many histories are tried; `STRAYKEY_HISTORIES` asks for another number.
const HISTORIES: u64 = 20;
/// Where the seeds begin, so that a failure can be tried again.
const FIRST_SEED: u64 = 1;

/// A report without what differs from run to run.
fn report(repo: &Sandbox, engine: &str) -> Value {
    let end =
        straykey(&["scan", "--format", "json", "--show-secrets", "--engine", engine, "."]).within(repo.path()).end();
    let mut report = end.json();
    report["summary"]["seconds"] = 0.into();
    for finding in report["findings"].as_array_mut().unwrap() {
        if finding["fingerprint_lasts"] == false {
            finding["fingerprint"] = "of one run".into();
        }
    }
    report
}

#[track_caller]
fn same(repo: &Sandbox, what: &str) -> Value {
    let (delta, reference) = (report(repo, "delta"), report(repo, "reference"));
    if delta != reference {
        let kept = repo.path().with_extension("differs");
        std::fs::rename(repo.path(), &kept).unwrap();
        panic!("{what}: the engines differ on {}", kept.display());
    }
    delta
}

/// A line of a file: often harmless, at times a secret of one of several kinds.
fn line(random: &mut Random) -> String {
    let number = random.below(40) as u64;
    match random.below(20) {
        0 => format!("token = {}", example("github-pat-classic", number)),
        1 => format!("url = {}", example("generic-url-basic-auth", number)),
        2 => format!("x{}", example("stripe-secret-key", number)),
        3 => format!("\\n{}\\n", example("stripe-secret-key", number)),
        4 => format!("AKIA{}", &"Q3EGRT5LXK6OZJ2M7YWB4NHD"[random.below(8)..][..16]),
        5 => format!("secret: {}{}", "fB7kQ2xw9Zt+LmR4vC/uYh1NsEoJ5aPdGi8TWq", 10 + random.below(80)),
        6 => "-----BEGIN RSA PRIVATE KEY-----".into(),
        7 => "MIIEowIBAAKCAQEAx2Y0dTkqN1Vw8bLmR4vCuYh1NsEoJ5aPdGi8TWqfB7kQ2xw9".into(),
        8 => "-----END RSA PRIVATE KEY-----".into(),
        9 => format!("data: {}", BASE64.encode(format!("a={}\n", example("stripe-secret-key", number)).as_bytes())),
        10 => HEXLOWER.encode(example("github-pat-classic", number).as_bytes()),
        11 => {
            example("github-pat-classic", number).replace('_', ["%5F", "\\u005f", "&#95;", "\" + \""][random.below(4)])
        }
        12 => {
            let (forms, secret) = match random.below(2) {
                0 => (forms("passwords.txt"), format!("vR8-{}_Lm", random.below(500))),
                _ => (forms("tokens.txt"), format!("q7ZtBv20{}RkC4nPd8YsK3J9x", 10 + random.below(80))),
            };
            forms[random.below(forms.len())].replace('·', &secret)
        }
        _ => format!("line {} of text", random.below(10_000)),
    }
}

/// Changes a text in one of the ways in which people, and hostile people, do.
fn edit(text: &mut String, random: &mut Random) {
    let lines = text.lines().count().max(1);
    let at = random.below(lines);
    let mut all: Vec<String> = text.lines().map(str::to_owned).collect();
    match random.below(7) {
        0 => all.insert(at.min(all.len()), line(random)),
        1 if all.len() > 1 => drop(all.remove(at)),
        2 if !all.is_empty() => all[at] = line(random),
        // Inside a line: secrets that lie across the seam of a copied stretch, or are cut by it.
        3 | 4 if !all.is_empty() => {
            let spot = random.below(all[at].len() + 1);
            let spot = (0..=spot).rev().find(|spot| all[at].is_char_boundary(*spot)).unwrap();
            match random.below(3) {
                0 => all[at].insert_str(spot, &"-_xA9"[random.below(4)..]),
                1 => all[at].truncate(spot),
                _ => {
                    let rest = all[at].split_off(spot);
                    all.insert(at + 1, rest);
                }
            }
        }
        5 if all.len() > 3 => all.rotate_left(at),
        _ => all.extend((0..random.below(20)).map(|_| line(random))),
    }
    *text = all.join("\n");
}

fn random_history(seed: u64) -> Sandbox {
    let mut random = Random::new(seed);
    let repo = Sandbox::repository();
    let mut texts: Vec<String> =
        (0..3).map(|_| (0..10 + random.below(200)).map(|_| line(&mut random)).collect::<Vec<_>>().join("\n")).collect();
    for step in 0..12 + random.below(12) {
        let which = random.below(texts.len());
        (0..=random.below(4)).for_each(|_| edit(&mut texts[which], &mut random));
        repo.commit(&format!("dir{}/file{which}", random.below(2)), &texts[which]);
        match random.below(8) + usize::from(step == 0) {
            0 => {
                repo.git(&["checkout", "--quiet", "-b", &format!("branch{step}"), "HEAD~1"]);
            }
            1 => {
                let _ = std::fs::rename(repo.at(&format!("dir0/file{which}")), repo.at("moved"));
            }
            2 => {
                let depth = format!("--depth={}", 1 + random.below(40));
                let window = format!("--window={}", 1 + random.below(20));
                repo.git(&["repack", "--quiet", "-d", &depth, &window]);
            }
            3 => {
                repo.git(&["repack", "--quiet", "-a", "-d", "-f", "--depth=50"]);
            }
            _ => {}
        }
    }
    if random.below(2) == 0 {
        repo.git(&["merge", "--quiet", "--strategy=ours", "--no-edit", "main"]);
    }
    if random.below(3) > 0 {
        repo.git(&["repack", "--quiet", "-a", "-d", "-f", "--depth=100", "--window=50"]);
    }
    repo
}

#[test]
fn agree_on_random_histories() {
    let count = std::env::var("STRAYKEY_HISTORIES").ok().and_then(|count| count.parse().ok()).unwrap_or(HISTORIES);
    let mut found = 0;
    for seed in FIRST_SEED..FIRST_SEED + count {
        let repo = random_history(seed);
        found += places(&same(&repo, &format!("seed {seed}"))).len();
    }
    assert!(found > 100 * count as usize, "the histories hold secrets: {found}");
}

#[test]
fn agree_where_the_fast_path_does_not_serve() {
    let repo = Sandbox::repository();
    let text: String = (0..300).map(|number| format!("line {number}\n")).collect();
    repo.commit("a", format!("{text}{}\n", example("github-pat-classic", 1)));
    repo.git(&["repack", "--quiet", "-a", "-d"]);
    repo.commit("a", format!("{text}more\n{}\n", example("github-pat-classic", 1)));
    // The file on disk, and its two versions as one place.
    assert_eq!(places(&same(&repo, "one pack and loose objects")).len(), 2);
    repo.git(&["repack", "--quiet", "-d"]);
    same(&repo, "two packs");
    repo.git(&["multi-pack-index", "write"]);
    same(&repo, "a multi-pack index");
    let all = repo.git(&["rev-list", "--objects", "--all"]);
    repo.git_with_input(&["pack-objects", "--quiet", "--no-reuse-delta", ".git/objects/pack/pack"], all.as_bytes());
    same(&repo, "objects in two packs");
    repo.git(&["-c", "repack.useDeltaBaseOffset=false", "repack", "--quiet", "-a", "-d", "-f"]);
    same(&repo, "deltas by reference");
    repo.git(&["clone", "--quiet", "--shared", ".", "borrowing"]);
    let borrowing =
        straykey(&["scan", "-f", "json", "--no-worktree", "borrowing"]).within(repo.path()).end().expect(1).json();
    assert_eq!(places(&borrowing).len(), 1, "{borrowing:#}");
}

/// What begins a text is the beginning of a run; where something is put before it, it may be the middle of one.
#[test]
fn what_began_the_base_is_looked_at_anew_where_it_does_not_begin_the_text() {
    let detector = Detector::new(&[listed("stripe-secret-key")]);
    let secret = example("stripe-secret-key", 1);
    let seen = Seen::default();
    for base in [BASE64.encode(format!("text: {secret}").as_bytes()), secret] {
        let (text, scan) = carry::scan(base.clone().into_bytes(), &detector, &seen);
        assert_eq!(scan.matches.len(), 1);
        for before in ["x", "xyz", "a b", "\n", "key: "] {
            let made = format!("{before}{base}").into_bytes();
            let runs = [Run { at: before.len(), from: 0, length: base.len() }];
            let (_, carried) = carry::scan_changed(&text, made.clone(), &runs, false, &detector, &seen);
            let whole = detector.scan(&made);
            let spans = |scan: &straykey::model::scan::Scan| {
                scan.matches.iter().map(|found| found.span.clone()).collect::<Vec<_>>()
            };
            assert_eq!(spans(&carried), spans(&whole), "{before:?}");
        }
    }
}

/// What names a commit's tree and parents is not searched; all behind it is.
#[test]
fn a_commits_header_is_searched_behind_its_ids() {
    let id = "0123456789abcdef0123456789abcdef01234567";
    let ids = format!("tree {id}\nparent {id}\nparent {id}\n");
    let end = |text: &str| objects::end_of_ids(ObjectType::Commit, text.as_bytes());
    assert_eq!(end(&format!("{ids}author A <a@b> 1 +0000\n\ntree {id}\n")), ids.len());
    assert_eq!(end(&ids), ids.len());
    for other in
        [format!("tree {id}"), format!("tree {id}0\n"), "tree \n".into(), format!("object {id}\n"), String::new()]
    {
        assert_eq!(end(&other), 0, "{other:?}");
    }
    assert_eq!(objects::end_of_ids(ObjectType::Tag, ids.as_bytes()), 0);
}

/// The same bytes are brought into one text where they mean nothing, then into another where they complete a secret.
#[test]
fn what_is_remembered_of_one_text_hides_nothing_in_another() {
    let detector = Detector::new(&[listed("stripe-secret-key"), listed("generic-api-key")]);
    let secret = example("stripe-secret-key", 1);
    let seen = Seen::default();
    let carried = |before: &str, piece: &str, after: &str| {
        let base = format!("{before}{after}").into_bytes();
        let made = format!("{before}{piece}{after}").into_bytes();
        let (text, _) = carry::scan(base, &detector, &seen);
        let runs = [
            Run { at: 0, from: 0, length: before.len() },
            Run { at: before.len() + piece.len(), from: before.len(), length: after.len() },
        ];
        let runs: Vec<Run> = runs.into_iter().filter(|run| run.length > 0).collect();
        let (_, scan) = carry::scan_changed(&text, made.clone(), &runs, false, &detector, &seen);
        assert_eq!(scan.matches.len(), detector.scan(&made).matches.len(), "{before:?} {after:?}");
        scan.matches.len()
    };
    let mut found = 0;
    for start in 0..secret.len() {
        for length in 1..=secret.len() - start {
            let (before, rest) = secret.split_at(start);
            let (piece, after) = rest.split_at(length);
            for around in ["", " ", "some words that say nothing; "] {
                carried(around, piece, around);
                found += carried(&format!("{around}{before}"), piece, &format!("{after}{around}"));
                carried(around, piece, "");
                carried("", piece, around);
            }
        }
    }
    assert_eq!(found, 3 * secret.len() * (secret.len() + 1) / 2);
}

/// What is turned away by its line is judged anew where the line above becomes a part of it.
#[test]
fn a_value_alone_on_its_line_depends_on_what_ends_the_line_above() {
    let detector = Detector::new(&[listed("generic-api-key")]);
    let mut random = Random::new(1);
    let value = HEXLOWER.encode(&(0..20).map(|_| random.below(256) as u8).collect::<Vec<_>>());
    let blank = " ".repeat(24);
    let ends = format!("{blank}\n{value}\n");
    let base = format!("acme_api_token{ends}");
    let seen = Seen::default();
    let (text, scan) = carry::scan(base.into_bytes(), &detector, &seen);
    assert_eq!(scan.matches.len(), 0);
    let start = "acme_api_token".len();
    let made = format!("acme_api_token ={ends}").into_bytes();
    let runs = [Run { at: 0, from: 0, length: start }, Run { at: start + 2, from: start, length: ends.len() }];
    let (_, carried) = carry::scan_changed(&text, made, &runs, false, &detector, &seen);
    assert_eq!(carried.matches.len(), 1);
}

/// What makes a token one that anybody may have stands further before it than the names of digests do.
#[test]
fn a_token_depends_on_the_address_that_it_stands_in() {
    let detector = Detector::new(&[listed("generic-api-key")]);
    let rest = "=media&token=506faab0-617a-4668-9e63-4a2fb996603f\n";
    let seen = Seen::default();
    let (text, scan) = carry::scan(format!("alt{rest}").into_bytes(), &detector, &seen);
    assert_eq!(scan.matches.len(), 0);
    let runs = [Run { at: 4, from: 3, length: rest.len() }];
    let (_, carried) = carry::scan_changed(&text, format!("kind{rest}").into_bytes(), &runs, false, &detector, &seen);
    assert_eq!(carried.matches.len(), 1);
}
