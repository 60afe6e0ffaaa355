//! The proof that every match holds an anchor, and how far around it a match extends.

use straykey::patterns::reach;

#[track_caller]
fn bounds(regex: &str, anchors: &[&str]) -> Option<reach::Bounds> {
    let anchors: Vec<String> = anchors.iter().map(ToString::to_string).collect();
    reach::bounds(&reach::parse(regex).unwrap(), &anchors)
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
