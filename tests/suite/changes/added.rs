//! The rule that says what was added, by itself.

use straykey::model::place::Position;
use straykey::model::secret::Secret;
use straykey::sources::changes::added::{Lines, Occurrence, added, lines};

fn at(line: usize) -> Position {
    Position { line, column: 1, end_line: line, end_column: 2 }
}

#[test]
fn likest_first() {
    let (one, two) = (Secret::new(b"one"), Secret::new(b"two"));
    let of = |secret, path: &'static str, own, before, after| Occurrence {
        inside: None,
        secret,
        path: path.as_bytes(),
        lines: Lines { own, before, after },
    };
    let old = [of(&one, "a", 1, 2, 3), of(&two, "a", 4, 5, 6)];
    assert_eq!(added(&[], &old), [0, 1]);
    assert_eq!(added(&old, &old), [0; 0]);
    assert_eq!(added(&old, &[]), [0; 0]);
    // The same line elsewhere is likelier than another line at the same path.
    assert_eq!(added(&old, &[of(&one, "a", 9, 2, 3), of(&one, "b", 1, 0, 0)]), [0]);
    // At the same path is likelier than elsewhere.
    assert_eq!(added(&old, &[of(&one, "b", 1, 2, 3), of(&one, "a", 1, 8, 9)]), [0]);
    assert_eq!(added(&old, &[of(&one, "b", 9, 0, 0), of(&one, "a", 8, 0, 0)]), [0]);
    // Between the same neighbours is likelier than among others.
    assert_eq!(added(&old, &[of(&one, "a", 1, 7, 7), of(&one, "a", 1, 2, 7), of(&one, "a", 1, 7, 3)]), [0, 2]);
    assert_eq!(added(&old, &[of(&one, "c", 1, 7, 7), of(&one, "b", 1, 2, 3)]), [0]);
    // One secret never accounts for another.
    assert_eq!(added(&old[..1], &[of(&two, "a", 1, 2, 3)]), [0]);
}

#[test]
fn lines_around() {
    let text = b"a\nb\na\nb\nc";
    let found = lines(text, &[at(1), at(2), at(3), at(4), at(5)]);
    assert_eq!(found[0].own, found[2].own);
    assert_eq!((found[0].before, found[0].after), (0, found[2].after));
    assert_ne!(found[2].before, 0);
    assert_eq!(found[1].before, found[3].before);
    assert_ne!(found[1].after, found[3].after);
    assert_eq!(found[4].after, 0);
    let whole = lines(text, &[Position { line: 1, column: 1, end_line: 2, end_column: 2 }]);
    let again = lines(b"x\na\nb", &[Position { line: 2, column: 1, end_line: 3, end_column: 2 }]);
    assert_eq!(whole[0].own, again[0].own);
    assert_ne!(whole[0].own, found[0].own);
}
