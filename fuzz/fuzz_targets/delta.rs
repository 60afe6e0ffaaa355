//! Deltas of any bytes on bases of any bytes: what is accepted is what the format says, and runs and changes tell all of it.
#![no_main]

use libfuzzer_sys::fuzz_target;
use straykey::sources::history::delta::{self, Run};

#[path = "shared/edits.rs"]
mod edits;
#[path = "shared/input.rs"]
mod input;
#[path = "../../tests/suite/packing.rs"]
#[allow(dead_code, reason = "the tests use what this does not")]
mod packing;

use input::Input;

const LIMIT: u64 = 1 << 20;

fuzz_target!(|data: &[u8]| {
    let mut input = Input(data);
    let is_well_formed = input.byte() % 2 == 0;
    let base_length = input.word();
    let base = input.take(base_length);
    if is_well_formed {
        let own = |input: &mut Input<'_>, text: &mut Vec<u8>| text.extend_from_slice(input.take(5));
        let (bytes, expected) = edits::delta(&mut input, base, LIMIT as usize, own);
        let mut text = Vec::new();
        let mut runs = Vec::new();
        delta::apply(base, &bytes, LIMIT, &mut text, &mut runs).expect("a well-formed delta");
        assert_eq!(text, expected);
        check(base, &text, &runs);
    } else {
        let mut text = Vec::new();
        // The size of the base is made right: a wrong one ends it all.
        let mut sized = packing::Delta::new(base.len(), 0).end();
        sized.pop();
        sized.extend_from_slice(input.0);
        for bytes in [input.0, sized.as_slice()] {
            // What was there before must not matter.
            let mut runs = vec![Run { at: 1, from: 1, length: 1 }];
            let made = delta::apply(base, bytes, LIMIT, &mut text, &mut runs);
            assert!(text.capacity() as u64 <= 2 * LIMIT);
            if made.is_some() {
                assert!(delta::keeps_its_word(base.len(), bytes));
                let (mut edges, mut same) = (vec![0xa5; text.len()], Vec::new());
                delta::apply_edges(base, bytes, LIMIT, input.0.len() % 7, &mut edges, &mut same).expect("it was built");
                assert_eq!(same, runs);
                delta::complete(base, &runs, &mut edges);
                assert_eq!(edges, text);
                assert_eq!(Some(text.len() as u64), delta::target_size(bytes));
                check(base, &text, &runs);
            }
        }
    }
});

/// Runs come in order, lie inside of both texts, are the same in both, and leave to `changed` just the rest.
fn check(base: &[u8], text: &[u8], runs: &[Run]) {
    let mut covered = vec![false; text.len()];
    let mut at = 0;
    for run in runs {
        assert!(run.at >= at && run.length > 0);
        assert_eq!(text[run.at..run.end()], base[run.from..run.from + run.length]);
        covered[run.at..run.end()].fill(true);
        at = run.end();
    }
    assert!(runs.windows(2).all(|two| two[0].end() < two[1].at || two[0].from + two[0].length != two[1].from));
    let changed: Vec<_> = delta::changed(runs, text.len()).collect();
    assert!(changed.windows(2).all(|two| two[0].end <= two[1].start));
    for stretch in &changed {
        assert!(stretch.start <= stretch.end && stretch.end <= text.len());
        assert!(covered[stretch.clone()].iter().all(|covered| !covered));
        covered[stretch.clone()].fill(true);
    }
    assert!(covered.iter().all(|covered| *covered));
    // Where one run follows another there is a point.
    for two in runs.windows(2) {
        assert!(changed.contains(&(two[0].end()..two[1].at)));
    }
}
