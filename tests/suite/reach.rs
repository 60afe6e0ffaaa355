//! The proof that every match holds an anchor, and how far around it a match extends.

use straykey::detect::confirm;
use straykey::detect::follow::follow;
use straykey::model::class::Class;
use straykey::model::trail::{Trail, Way};
use straykey::patterns::probes::Search;
use straykey::patterns::{head, probes, reach};

#[track_caller]
fn bounds(regex: &str, anchors: &[&str]) -> Option<(Option<usize>, Option<usize>)> {
    let anchors: Vec<String> = anchors.iter().map(ToString::to_string).collect();
    let bounds = reach::bounds(&reach::parse(regex).unwrap(), &anchors)?;
    Some((bounds.before, bounds.after))
}

#[test]
fn measures_what_stands_around_an_anchor() {
    assert_eq!(bounds("abc[0-9]{4}", &["abc"]), Some((Some(0), Some(4))));
    assert_eq!(bounds("[0-9]{2,5}abc[0-9]", &["abc"]), Some((Some(5), Some(1))));
    assert_eq!(bounds("(?:x|yy)?abc", &["abc"]), Some((Some(2), Some(0))));
    assert_eq!(bounds("abc.*", &["abc"]), Some((Some(0), None)));
    assert_eq!(bounds("[a-z]+ key=[0-9]{4}", &["key="]), Some((None, Some(4))));
}

#[test]
fn multiplies_out_small_choices() {
    assert_eq!(bounds("[rs]k_live_[0-9]{4}", &["rk_live_", "sk_live_"]), Some((Some(0), Some(4))));
    assert_eq!(bounds("[rst]k_live_[0-9]{4}", &["rk_live_", "sk_live_"]), None);
    assert_eq!(bounds("gh[pousr]_x", &["ghp_", "gho_", "ghu_", "ghs_", "ghr_"]), Some((Some(0), Some(1))));
    assert_eq!(bounds("(?i)abc", &["abc"]), None);
}

#[test]
fn goes_through_choices_that_have_a_common_beginning() {
    assert_eq!(bounds("(?:db://|db[+][a-z]{2,4}://)x", &["db://", "db+"]), Some((Some(0), Some(8))));
    assert_eq!(bounds("(?:db://|db[+][a-z]{2,4}://)x", &["db://"]), None);
    assert_eq!(bounds("db(?:[+][a-z]{2,9})?://x", &["db://", "db+"]), Some((Some(0), Some(13))));
}

#[test]
fn an_anchor_in_what_may_be_absent_is_no_anchor() {
    assert_eq!(bounds("(?:abc)*x", &["abc"]), None);
    assert_eq!(bounds("(?:abc){2,3}x", &["abc"]).map(|(before, _)| before), Some(Some(0)));
    assert_eq!(bounds("", &["abc"]), None);
}

/// What follows the anchor, each byte's class as the letters among these that are of it.
fn tail(regex: &str, anchors: &[&str]) -> Vec<String> {
    let anchors: Vec<String> = anchors.iter().map(ToString::to_string).collect();
    let bounds = reach::bounds(&reach::parse(regex).unwrap(), &anchors).unwrap();
    let letters = |class: &Class| "abcdxyz019._-".chars().filter(|letter| class.contains(*letter as u8)).collect();
    head::classes(&bounds.tails[&0]).iter().map(letters).collect()
}

#[test]
fn tells_what_always_follows_an_anchor() {
    assert_eq!(tail("abc[01]{2}x[yz]?", &["abc"]), ["01", "01", "x"]);
    assert_eq!(tail("abcd[01]{2,3}x", &["abc"]), ["d", "01", "01", "x01"]);
    assert_eq!(tail("abc(?:x0|y)[.]", &["abc"]), ["xy", "0."]);
    assert_eq!(tail("abc(?:x0|y1)[.]", &["abc"]), ["xy", "01", "."]);
    assert_eq!(tail("(?:abcx|abcy[.])0", &["abc"]), ["xy", "0."]);
    assert_eq!(tail("(?:abc[a-z]){2}0", &["abc"]), ["abcdxyz"]);
    assert_eq!(tail("abc.{20}", &["abc"]).len(), 8);
    assert!(tail("[xyz]{4}abc", &["abc"]).is_empty());
}

fn search(regex: &str, anchors: &[&str]) -> Search {
    let anchors: Vec<String> = anchors.iter().map(ToString::to_string).collect();
    probes::search(&reach::parse(regex).unwrap(), &anchors, Some(99)).unwrap()
}

/// Whether a trail leads on from the beginning of a text.
fn leads_from_start(trail: &Trail, text: &str) -> bool {
    follow(trail, Way::Onward, text.as_bytes(), 0..text.len()).is_ok()
}

#[test]
fn says_what_a_match_has_from_its_anchor_on() {
    let onward = |regex: &str| search(regex, &["key"]).onward.unwrap();
    let twice = onward("(?<secret>[a-z]{0,9}key(?:[a-z]{2})?-x(?<part>y{1,9})?)");
    for text in ["key-x", "keyab-x", "keyab-xyy"] {
        assert!(leads_from_start(&twice, text), "{text}");
    }
    for text in ["keya-x", "keyab", "a keyab-x"] {
        assert!(!leads_from_start(&twice, text), "{text}");
    }
    let repeated = onward("(?:key[a-z]?){2,3}=");
    let is_any = ["keykey=", "keyx="].map(|text| leads_from_start(&repeated, text));
    assert_eq!(is_any, [true, true], "each time may be the last");
}

#[test]
fn what_follows_several_anchors_stands_once() {
    let regex = "(?:(?:[kK]ey(?: a| b| [0-9])?|word) ?= ?[a-z]{4,9};|word#[0-9])";
    let onward = search(regex, &["key", "Key", "word"]).onward.unwrap();
    assert_eq!(format!("{onward:?}").matches("[59]").count(), 1, "the semicolon of {onward:?}");
    for text in ["key=abcd;", "Key b = abcd;", "key 7 =abcd;", "word = abcd;", "word#1"] {
        assert!(leads_from_start(&onward, text), "{text}: {onward:?}");
    }
    for text in ["key c=abcd;", "word a=abcd;", "key#1", "key=abc;", "Word=abcd;"] {
        assert!(!leads_from_start(&onward, text), "{text}: {onward:?}");
    }
}

/// Whether what stands in a text before its first `key` is what a match has there; none where anything may.
fn may_precede(regex: &str, text: &str) -> Option<bool> {
    let trail = search(regex, &["key"]).backward?;
    let end = text.find("key").unwrap();
    Some(follow(&trail, Way::Backward, text.as_bytes(), 0..end).is_ok())
}

#[test]
fn says_what_a_match_has_before_its_anchor() {
    let either = "(?:my[ _]{0,90}|your-)(?<secret>key=[a-z]{4})";
    for text in ["mykey", "oh my key", "your-key", "my__key"] {
        assert_eq!(may_precede(either, text), Some(true), "{text}");
    }
    for text in ["key", "mkey", "yourkey", "my-key"] {
        assert_eq!(may_precede(either, text), Some(false), "{text}");
    }
    assert_eq!(may_precede("(?:[ab]key){2,3}=", "akey"), Some(true));
    assert_eq!(may_precede("(?:[ab]key){2,3}=", "xkey"), Some(false));
    assert_eq!(may_precede("[ab]?key=", "key"), None, "what may be absent tells nothing");
}

#[test]
fn a_match_may_begin_behind_an_opening() {
    for text in ["key", "a key", "a_key", r"a\nkey", "%3Dkey", "%3dkey", "=3Dkey", "\x1b[0;32mkey"] {
        assert_eq!(may_precede(r"(?:\b|_)key[0-9]{4}", text), Some(true), "{text}");
    }
    assert_eq!(may_precede(r"(?:\b|_)key[0-9]{4}", "monkey"), Some(false));
}

#[test]
fn says_how_many_bytes_told() {
    let told = |regex: &str, text: &str| {
        let trail = search(regex, &["key"]).onward.unwrap();
        follow(&trail, Way::Onward, text.as_bytes(), 0..text.len())
    };
    assert_eq!(told("key=[a-z]{4}", "key: "), Err(4));
    assert_eq!(told("key[ab]{2,9}(?:c|dd)", "keyababd"), Err(9), "that there are no more bytes told");
    assert_eq!(told(r"key[a-z]{2}\b", "keyabc"), Err(6), "the edge depends on what comes");
    assert_eq!(told(r"key[a-z]{2}\z", "keyab"), Ok(()));
}

#[test]
fn what_leads_into_too_many_ways_is_left_to_the_regex() {
    let trail = search("key(?:[a-z]{0,9}){0,9}(?:[a-z]{0,9}){0,9}=", &["key"]).onward.unwrap();
    assert!(leads_from_start(&trail, &format!("key{}", "a".repeat(150))));
    assert!(!leads_from_start(&trail, "key-"));
    // Each time is one call deeper.
    let deep = search("key(?:[a-z]|%[0-9]{2}){0,9000}=", &["key"]).onward.unwrap();
    assert!(leads_from_start(&deep, &format!("key{}", "a".repeat(9_000))));
    assert!(!leads_from_start(&deep, &format!("key{}", "a".repeat(100))));
}

#[test]
fn a_trail_ends_only_where_the_regex_does_not_match() {
    let regexes = [
        r"(?i:my|your)?[ _-]{0,3}key(?:[a-z]{1,3}|[0-9]+)* ?[:=]{1,2} ?(?:\b|')[a-f0-9]{3,5}(?:$|[^a-f0-9])",
        r"(?m:^)(?:a|b{2}){0,2}key(?:-a){0,2}(?:x?){2}\B[01ab]{2,3}(?m:$)",
        r"\b(?:[ab]key){1,2}(?:\n|;|\z)",
    ];
    let pieces = ["a", "b", "my", " ", "_", "=", ": ", "-a", ";", "x", "01", "ab1", "'", "\n", "key"];
    let mut random = 1_u64;
    let mut draw = |most: usize| {
        random = random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (random >> 33) as usize % most
    };
    for regex in regexes {
        let compiled = confirm::compile(regex, 0).unwrap();
        let Search { onward, backward, .. } = search(regex, &["key"]);
        let (mut matches, mut ends) = (0, 0);
        for _ in 0..100_000 {
            let mut side = || (0..draw(6)).map(|_| pieces[draw(pieces.len())]).collect::<String>();
            let before = side();
            let text = format!("{before}key{}", side());
            let anchor = before.len()..before.len() + 3;
            let leads = |trail: &Option<Trail>, way, stretch| {
                trail.as_ref().is_none_or(|trail| follow(trail, way, text.as_bytes(), stretch).is_ok())
            };
            let leads_on = leads(&onward, Way::Onward, anchor.start..text.len())
                && leads(&backward, Way::Backward, 0..anchor.start);
            let covers = |found: regex::bytes::Match<'_>| found.start() <= anchor.start && anchor.end <= found.end();
            let is_match = (0..=anchor.start).any(|from| compiled.find_at(text.as_bytes(), from).is_some_and(covers));
            assert!(leads_on || !is_match, "{regex} {text:?}");
            matches += u32::from(is_match);
            ends += u32::from(!leads_on);
        }
        assert!(matches > 20 && ends > 50_000, "{regex}: {matches} matches, {ends} ends");
    }
}
