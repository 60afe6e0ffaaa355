//! The proof that every match holds an anchor, and how far around it a match extends.

use regex::bytes::Regex;
use straykey::detect::confirm;
use straykey::model::class::Class;
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

fn from_start(regex: &str) -> Regex {
    confirm::compile(&format!("^(?:{regex})")).unwrap()
}

#[test]
fn says_what_a_match_has_from_its_anchor_on() {
    let onward = |regex: &str| {
        let found = probes::search(&reach::parse(regex).unwrap(), &["key".to_owned()], None).unwrap();
        from_start(&found.onward.unwrap())
    };
    // A repetition of a repetition is no lazy one.
    let twice = onward("(?<secret>[a-z]{0,9}key(?:[a-z]{2})?-x(?<part>y{1,9})?)");
    for text in ["key-x", "keyab-x", "keyab-xyy"] {
        assert!(twice.is_match(text.as_bytes()), "{text}");
    }
    for text in ["keya-x", "keyab", "a keyab-x"] {
        assert!(!twice.is_match(text.as_bytes()), "{text}");
    }
    let repeated = onward("(?:key[a-z]?){2,3}=");
    assert!(repeated.is_match(b"keykey=") && repeated.is_match(b"keyx="), "each time may be the last");
}

#[test]
fn what_follows_several_anchors_stands_once() {
    let anchors = ["key", "Key", "word"].map(str::to_owned);
    let regex = reach::parse("(?:(?:[kK]ey(?: a| b| [0-9])?|word) ?= ?[a-z]{4,9};|word#[0-9])").unwrap();
    let onward = probes::search(&regex, &anchors, None).unwrap().onward.unwrap();
    assert_eq!(onward.matches(';').count(), 1, "{onward}");
    let compiled = from_start(&onward);
    for text in ["key=abcd;", "Key b = abcd;", "key 7 =abcd;", "word = abcd;", "word#1"] {
        assert!(compiled.is_match(text.as_bytes()), "{text}: {onward}");
    }
    for text in ["key c=abcd;", "word a=abcd;", "key#1", "key=abc;", "Word=abcd;"] {
        assert!(!compiled.is_match(text.as_bytes()), "{text}: {onward}");
    }
}

/// What stands before `key`, as a regex that a text must end with.
fn up_to_key(regex: &str) -> Option<Regex> {
    let found = probes::search(&reach::parse(regex).unwrap(), &["key".to_owned()], None).unwrap();
    Some(confirm::compile(&format!("(?:{})$", found.backward?)).unwrap())
}

#[test]
fn says_what_a_match_has_before_its_anchor() {
    let either = up_to_key("(?:my[ _]{0,90}|your-)(?<secret>key=[a-z]{4})").unwrap();
    for text in ["my", "oh my ", "your-", "my__"] {
        assert!(either.is_match(text.as_bytes()), "{text}");
    }
    for text in ["", "m", "your", "my-"] {
        assert!(!either.is_match(text.as_bytes()), "{text}");
    }
    let first = up_to_key("(?:[ab]key){2,3}=").unwrap();
    assert!(first.is_match(b"a") && !first.is_match(b"akey"), "the first time is meant");
    assert!(up_to_key("[ab]?key=").is_none(), "what may be absent tells nothing");
}

#[test]
fn a_match_may_begin_behind_an_escape() {
    for text in ["", "a ", "a_", r"a\n", "%3D", "%3d"] {
        // What follows decides on the edge of a word.
        let text = format!("{text}key");
        assert!(behind(r"(?:\b|_)key[0-9]{4}", &text), "{text}");
    }
    assert!(!behind(r"(?:\b|_)key[0-9]{4}", "monkey"));
}

/// Whether what stands in a text before its first `key` is what a match has there.
fn behind(regex: &str, text: &str) -> bool {
    let found = probes::search(&reach::parse(regex).unwrap(), &["key".to_owned()], None).unwrap();
    confirm::compile(&format!("(?:{})key", found.backward.unwrap())).unwrap().is_match(text.as_bytes())
}
