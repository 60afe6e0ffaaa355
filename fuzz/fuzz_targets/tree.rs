//! Trees of any bytes are taken apart without a crash, and what a delta brings into one is noted.
#![no_main]

use std::collections::HashSet;

use git2::{ObjectType, Oid};
use libfuzzer_sys::fuzz_target;
use straykey::model::scan::Scanner;
use straykey::sources::history::delta;
use straykey::sources::history::links::{self, Links};
use straykey::sources::history::objects::{self, Objects};

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

/// Bytes of an object id.
const ID: usize = 20;

fuzz_target!(|data: &[u8]| {
    let mut input = Input(data);
    let mut base = Vec::new();
    for _ in 0..input.byte() % 16 {
        entry(&mut input, &mut base);
    }
    let (bytes, _) = edits::delta(&mut input, &base, 1 << 16, entry);
    let mut text = Vec::new();
    let runs = delta::apply(&base, &bytes, 1 << 16, &mut text).expect("a well-formed delta");
    let changed = delta::changed(&runs, text.len());
    noted(&base, &text, &changed);
    for tree in [&base, &text] {
        taken_apart(tree);
        let detector = &*fragments::DETECTOR;
        Objects::default().record(|| Oid::ZERO_SHA1, ObjectType::Tree, tree, detector.scan(tree), detector);
    }
});

/// Appends an entry, or something like one.
fn entry(input: &mut Input<'_>, tree: &mut Vec<u8>) {
    match input.byte() % 6 {
        0 => fragments::piece(input, tree),
        1 => {
            let count = input.byte() % 32;
            tree.extend_from_slice(input.take(usize::from(count)));
        }
        kind => {
            tree.extend_from_slice(if kind == 2 { b"40000 " } else { b"100644 " });
            let count = input.byte() % 4;
            tree.extend_from_slice(input.take(usize::from(count)));
            tree.push(0);
            // Few different ids, some with NULs in them.
            let byte = input.byte();
            tree.extend((0..ID as u8).map(|at| if byte & 0x80 == 0 { byte } else { byte.wrapping_mul(at) & 0x3 }));
        }
    }
}

fn taken_apart(tree: &[u8]) {
    let mut end = 0;
    for entry in objects::tree_entries(tree) {
        assert_eq!(entry.span.start, end);
        end = entry.span.end;
        assert_eq!(entry.id, &tree[end - ID..end]);
        assert_eq!(tree[end - ID - 1], 0);
        assert!(!entry.name.contains(&0));
    }
    assert!(end <= tree.len());
}

/// Every 20 bytes behind a NUL are noted, or are so in the base.
fn noted(base: &[u8], text: &[u8], changed: &[(usize, usize)]) {
    let noted: Vec<usize> = links::ids(text, changed).collect();
    assert!(noted.is_sorted_by(|one, next| one < next));
    let noted: HashSet<usize> = noted.into_iter().collect();
    let window = |bytes: &[u8], at: usize| -> Option<[u8; ID]> {
        (bytes[at - 1] == 0).then(|| bytes.get(at..at + ID)?.try_into().ok()).flatten()
    };
    let of_base: HashSet<[u8; ID]> = (1..=base.len()).filter_map(|at| window(base, at)).collect();
    for at in 1..=text.len() {
        if let Some(id) = window(text, at) {
            assert!(noted.contains(&at) || of_base.contains(&id), "the id at {at} is lost");
        }
    }
    assert!(noted.iter().all(|at| window(text, *at).is_some()));
    let id = |number: u8| Oid::from_bytes(&[number; ID]).expect("20 bytes");
    Links::default().note(id(1), Some(id(2)), text, changed);
    // Stretches from elsewhere must not lead out of the text either.
    Links::default().note(id(1), None, text, &[(0, text.len()), (text.len(), text.len())]);
}
