//! Trees of any bytes are taken apart without a crash, and what is noted of a tree from its base is what a whole parse tells.
#![no_main]

use libfuzzer_sys::fuzz_target;
use straykey::sources::history::delta::{self, Run};
use straykey::sources::history::objects::{self, EntryKind, Objects, TreeEntry};
use straykey::sources::history::outline::{Outline, Outlines, Tree};

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

/// Trees that are built on one another.
const DEEPEST: u8 = 6;

fuzz_target!(|data: &[u8]| {
    let mut input = Input(data);
    let mut tree = Vec::new();
    for _ in 0..input.byte() % 16 {
        entry(&mut input, &mut tree);
    }
    let wanted = Wanted { files: input.byte(), names: input.byte() };
    let mut noted = Noted::default();
    let mut base = noted.note(0, &tree, None, &wanted);
    let mut items = noted.same(0, &tree, &[], &wanted);
    taken_apart(&tree);
    for at in 1..=u32::from(input.byte() % DEEPEST) {
        let (bytes, _) = edits::delta(&mut input, &tree, 1 << 16, entry);
        let (mut text, mut runs) = (Vec::new(), Vec::new());
        delta::apply(&tree, &bytes, 1 << 16, &mut text, &mut runs).expect("a well-formed delta");
        // A tree whose base was not read is told from nothing.
        let is_alone = input.byte() % 8 == 0;
        if !is_alone {
            // Where it is the last, most of what is copied is not there.
            let (edge, mut edges) = (usize::from(input.byte() % 64), vec![b'4'; 1 << 16]);
            delta::apply_edges(&tree, &bytes, 1 << 16, edge, &mut edges, &mut runs).expect("it was built");
            let told = Tree { at, bytes: &edges, base: Some((at - 1, &base, &runs)), edge: Some(edge) };
            if noted.outlines.note(u32::MAX, told, |entry, is_known| wanted.matters(entry, is_known)).is_some() {
                noted.same(at, &text, &items, &wanted);
            }
        }
        let built_on = (!is_alone).then_some((at - 1, &base, &runs[..]));
        base = noted.note(at, &text, built_on, &wanted);
        items = noted.same(at, &text, if is_alone { &[] } else { &items }, &wanted);
        taken_apart(&text);
        tree = text;
    }
});

/// Which entries matter.
struct Wanted {
    /// Of files, those whose id's first byte has none of these bits. Folders all do.
    files: u8,
    /// Names that begin with a byte below this.
    names: u8,
}

impl Wanted {
    /// Whether its name is wanted, of an entry that matters. If it is known not to be, that must be so.
    fn matters(&self, entry: &TreeEntry<'_>, is_known: bool) -> Option<bool> {
        let is_named = entry.name.first().is_some_and(|first| *first < self.names);
        assert!(!(is_named && is_known), "{:?}", entry.name);
        (is_named || entry.kind == EntryKind::Folder || entry.id[0] & self.files == 0).then_some(is_named)
    }
}

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
        Objects::default().record_name(entry.name, &*fragments::DETECTOR);
    }
    assert!(end <= tree.len());
}

/// The outlines of a chain of trees.
#[derive(Default)]
struct Noted {
    outlines: Outlines,
}

impl Noted {
    /// Notes a tree, and ends the run if its outline is not that of the same bytes told from nothing.
    fn note(&mut self, at: u32, tree: &[u8], base: Option<(u32, &Outline, &[Run])>, wanted: &Wanted) -> Outline {
        let matters = |entry: &TreeEntry<'_>, is_known| wanted.matters(entry, is_known);
        let told = Tree { at, bytes: tree, base, edge: None };
        let outline = self.outlines.note(u32::MAX, told, matters).expect("it is whole");
        let alone = Tree { base: None, ..told };
        assert_eq!(Some(&outline), Outlines::default().note(u32::MAX, alone, matters).as_ref(), "in {tree:?}");
        outline
    }

    /// Ends the run unless the edits of the last tree make of its base's items what a whole parse gives. Those items.
    fn same(&self, at: u32, tree: &[u8], base: &[u32], wanted: &Wanted) -> Vec<u32> {
        let (last, edits) = self.outlines.trees().last().expect("it was just noted");
        assert_eq!(last.at, at);
        let items = self.outlines.edited(base, edits);
        let told: Vec<_> = items
            .iter()
            .filter_map(|item| self.outlines.item(*item as usize))
            .map(|item| (self.outlines.name(item), item.id, item.is_folder, item.is_named))
            .collect();
        let parsed: Vec<_> = objects::tree_entries(tree)
            .filter_map(|entry| {
                let id = entry.id.try_into().expect("20 bytes");
                Some((entry.name, id, entry.kind == EntryKind::Folder, wanted.matters(&entry, false)?))
            })
            .collect();
        assert_eq!(told, parsed, "in {tree:?}");
        items
    }
}
