//! Lines and columns.

use straykey::detect::window::{Lines, last_after_opening};
use straykey::model::opening::LONGEST_OPENING;

#[test]
fn counts_lines_from_1_and_columns_in_characters() {
    let text = "ab\näö cd\r\n\nxyz".as_bytes();
    let mut lines = Lines::new(text);
    let mut at = |range: std::ops::Range<usize>| {
        let position = lines.position(&range);
        (position.line, position.column, position.end_line, position.end_column)
    };
    assert_eq!(at(0..2), (1, 1, 1, 3));
    assert_eq!(at(8..10), (2, 4, 2, 6));
    assert_eq!(at(8..14), (2, 4, 4, 2));
    assert_eq!(at(13..16), (4, 1, 4, 4));
}

#[test]
fn a_byte_that_is_no_utf_8_is_one_column() {
    let position = Lines::new(b"\xff\xfe\x80token").position(&(3..8));
    assert_eq!((position.column, position.end_column), (4, 9));
}

#[test]
fn knows_what_a_match_may_begin_behind() {
    let last = |text: &str| last_after_opening(text.as_bytes(), 0..text.len() + 1);
    for opening in
        [r"\n", r"x\t", "%3D", "%2525ab", "=3D", r"\u003d", r"\x22", "[0;1;32m", "[38;2;255;255;255m", ":-", "\n+"]
    {
        assert_eq!(last(&format!("{opening}key")), Some(opening.len()), "{opening}");
        assert!(opening.len() <= LONGEST_OPENING);
    }
    assert_eq!(last(r"\n\nkey%3Dvalue"), Some(10), "the last");
    for text in ["", "n", "%3", r"\", "=3", "[32", "nkey"] {
        assert_eq!(last(text), None, "{text}");
    }
    let within = |stretch| last_after_opening(br"a\nkey", stretch);
    assert_eq!([within(0..4), within(3..4), within(4..6), within(0..3)], [Some(3), Some(3), None, None]);
}
