//! What lies inside of archives and documents is found, and told by its path inside.

mod documents;
mod formats;
mod hostile;
mod make;
mod reported;

use straykey::model::scan::{Scan, Scanner};
use straykey::sources::containers::{Limits, Unpacking};

use crate::harness::DETECTOR;

fn scan(bytes: &[u8]) -> Scan {
    within(bytes, Limits::default())
}

fn within(bytes: &[u8], limits: Limits) -> Scan {
    Unpacking::new(&*DETECTOR, limits).scan(bytes)
}

/// Where a scan found something: path inside, line, column.
fn found(scan: &Scan) -> Vec<(String, usize, usize)> {
    let place = |found: &straykey::model::scan::Match| {
        let inside = found.inside.as_deref().unwrap_or("as it is").to_owned();
        (inside, found.position.line, found.position.column)
    };
    scan.matches.iter().map(place).collect()
}

/// Ends the test unless all is searched and one secret is found there.
#[track_caller]
fn one(bytes: &[u8], inside: &str, line: usize, column: usize) {
    let scan = scan(bytes);
    assert_eq!(found(&scan), [(inside.to_owned(), line, column)]);
    assert_eq!(scan.missed, []);
}

/// Ends the test unless just one thing is told that was not searched, with these words and at this path inside.
#[track_caller]
fn missed(scan: &Scan, inside: Option<&str>, words: &[&str]) {
    let [missed] = scan.missed.as_slice() else { panic!("{:#?}", scan.missed) };
    assert_eq!(missed.inside.as_deref(), inside);
    for word in words {
        assert!(missed.why.contains(word), "{}", missed.why);
    }
}
