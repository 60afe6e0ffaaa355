//! Commits and tags of any bytes are read without a crash.
#![no_main]

use git2::{ObjectType, Oid};
use libfuzzer_sys::fuzz_target;
use straykey::model::place::PlaceKind;
use straykey::model::scan::Scanner;
use straykey::sources::history::graph::{Graph, Node};
use straykey::sources::history::objects::Objects;
use straykey::sources::history::refs;

#[path = "shared/fragments.rs"]
mod fragments;
#[path = "shared/input.rs"]
mod input;

use input::Input;

fuzz_target!(|data: &[u8]| {
    let mut input = Input(data);
    let mut text = Vec::new();
    for _ in 0..input.byte() % 16 {
        line(&mut input, &mut text);
    }
    read(&text);
    read(data);
});

/// Appends a line of a commit or a tag, or something like one.
fn line(input: &mut Input<'_>, text: &mut Vec<u8>) {
    const NAMES: [&str; 8] = ["tree ", "parent ", "author ", "committer ", "tagger ", "object ", "\n", " "];
    text.extend_from_slice(NAMES[usize::from(input.byte()) % NAMES.len()].as_bytes());
    match input.byte() % 4 {
        0 => text.extend(std::iter::repeat_n(b"0123456789abcdef"[usize::from(input.byte() % 16)], 40)),
        1 => {
            text.extend_from_slice(b"A <a@b> ");
            let count = input.byte() % 32;
            text.extend_from_slice(input.take(usize::from(count)));
        }
        2 => fragments::piece(input, text),
        _ => text.extend_from_slice(format!("A <a@b> {} {}", input.long() as i32, input.long() as i32).as_bytes()),
    }
    if input.byte() % 8 > 0 {
        text.push(b'\n');
    }
}

fn read(text: &[u8]) {
    let header_end = text.windows(2).position(|pair| pair == b"\n\n").map_or(0, |end| end + 2);
    for kind in [PlaceKind::Message, PlaceKind::Tag] {
        refs::describe_raw(Oid::ZERO_SHA1, kind, text, header_end);
    }
    if let Some(node) = Node::parse(Oid::ZERO_SHA1, text) {
        // It may be its own parent.
        let graph = Graph::new(vec![node.clone(), Node { id: node.tree, ..node }], &[]);
        assert_eq!(graph.order.len(), graph.nodes.len());
    }
    let detector = &*fragments::DETECTOR;
    for kind in [ObjectType::Commit, ObjectType::Tag] {
        Objects::default().record(|| Oid::ZERO_SHA1, kind, text, detector.scan(text));
    }
}
