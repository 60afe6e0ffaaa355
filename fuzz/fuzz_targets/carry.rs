//! A text scanned by what changed gives the matches of the same text read whole, over a chain of changes.
#![no_main]

use std::sync::LazyLock;

use libfuzzer_sys::fuzz_target;
use straykey::model::scan::{Scan, Scanner};
use straykey::sources::history::seen::Seen;
use straykey::sources::history::{carry, delta};

#[path = "shared/edits.rs"]
mod edits;
#[path = "shared/fragments.rs"]
mod fragments;
#[path = "shared/input.rs"]
mod input;
#[path = "../../tests/suite/packing.rs"]
#[allow(dead_code, reason = "the tests use what this does not")]
mod packing;

use input::Input;

/// Kept from one input to the next: what is remembered of one text must not hide anything in another.
static SEEN: LazyLock<Seen> = LazyLock::new(Seen::default);

/// Texts stay small, so that many are tried.
const MOST: usize = 16 << 10;

fuzz_target!(|data: &[u8]| {
    let mut input = Input(data);
    let mut base = Vec::new();
    for _ in 0..input.byte() % 32 {
        fragments::piece(&mut input, &mut base);
    }
    base.truncate(MOST);
    let detector = &*fragments::DETECTOR;
    let (mut text, scan) = carry::scan(base, detector, &SEEN);
    same(text.as_ref(), scan);
    for _ in 0..1 + input.byte() % 4 {
        let (bytes, expected) = edits::delta(&mut input, text.as_ref(), MOST, fragments::piece);
        let (mut made, mut runs) = (Vec::new(), Vec::new());
        delta::apply(text.as_ref(), &bytes, MOST as u64, &mut made, &mut runs).expect("a well-formed delta");
        assert_eq!(made, expected);
        // Where it is the last, most of what is copied is not there.
        let (mut edges, edge) = (vec![b'A'; MOST], carry::edge(detector));
        delta::apply_edges(text.as_ref(), &bytes, MOST as u64, edge, &mut edges, &mut runs).expect("it was built");
        let (_, scan) = carry::scan_changed(&text, edges, &runs, true, detector, &SEEN);
        same(&expected, scan);
        let (next, scan) = carry::scan_changed(&text, made, &runs, false, detector, &SEEN);
        same(next.as_ref(), scan);
        text = next;
    }
});

/// Ends the run if a scan of the text read whole says anything else.
fn same(text: &[u8], carried: Scan) {
    let whole = fragments::DETECTOR.scan(text);
    let told = |scan: &Scan| -> Vec<_> {
        let found = scan.matches.iter();
        found.map(|found| (found.pattern.id.clone(), found.span.clone(), found.position)).collect()
    };
    assert_eq!(told(&carried), told(&whole), "in {:?}", String::from_utf8_lossy(text));
    assert!(carried.matches.iter().zip(&whole.matches).all(|(one, other)| one.credential == other.credential));
    assert_eq!(carried.cut_short, whole.cut_short);
}
