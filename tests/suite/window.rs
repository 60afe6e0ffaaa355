//! Lines and columns.

use straykey::detect::window::{Lines, follows_escape};

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
fn knows_escapes() {
    assert!(follows_escape(b"\\n", 2) && follows_escape(b"%3D", 3) && follows_escape(b"x\\t", 3));
    assert!(
        !follows_escape(b"n", 1) && !follows_escape(b"%3", 2) && !follows_escape(b"\\n", 1) && !follows_escape(b"", 0)
    );
}
