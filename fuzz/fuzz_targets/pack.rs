//! Packs that lie, behind checksums that are right: the delta engine reads what is sound, and neither it nor a whole scan
//! crashes, hangs, or takes memory without bound.
#![no_main]

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::LazyLock;

use git2::{ObjectType, Oid};
use libfuzzer_sys::fuzz_target;
use straykey::model::meter::Meter;
use straykey::sources::history::pack::Pack;
use straykey::sources::history::rebuild::{Built, Rebuilder, Refusal, Visitor};
use straykey::sources::history::reference::Reader;
use straykey::sources::history::{History, walk};
use straykey::sources::{Options, Source};

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
use packing::{Delta, Packing, Row, Stored};

/// Objects of more bytes are not built.
const LIMIT: u64 = 1 << 20;
/// Entries of one pack.
const ENTRIES: usize = 24;

/// A repository with nothing in it, in memory where there is such a place.
static REPOSITORY: LazyLock<PathBuf> = LazyLock::new(|| {
    // Each object is as good as another: a pool of one keeps the run on this thread.
    rayon::ThreadPoolBuilder::new().num_threads(1).use_current_thread().build_global().expect("a pool");
    let memory = Path::new("/dev/shm");
    let parent = if memory.is_dir() { memory.to_owned() } else { std::env::temp_dir() };
    let folder = parent.join(format!("straykey-fuzz-{}", std::process::id()));
    std::fs::create_dir_all(folder.join("refs/heads")).expect("folders");
    std::fs::create_dir_all(folder.join("objects/pack")).expect("folders");
    std::fs::write(folder.join("config"), "[core]\n\trepositoryformatversion = 0\n\tbare = true\n").expect("a file");
    folder
});

fuzz_target!(|data: &[u8]| {
    let mut input = Input(data);
    let repository = REPOSITORY.as_path();
    let how = input.byte();
    let (made, texts) = packing(&mut input);
    let packed = made.pack();
    let (mut pack, mut index) = (packed.bytes.clone(), made.index(&packed));
    let is_damaged = how & 1 == 1;
    if is_damaged {
        index = with_lies(&mut input, &made, &packed.offsets);
        for _ in 0..input.byte() % 4 {
            let bytes = if input.byte() % 2 == 0 { &mut pack } else { &mut index };
            damage(&mut input, bytes);
        }
    }
    let path = repository.join("objects/pack/pack-1111111111111111111111111111111111111111.pack");
    // What is written over while it is mapped would end the process.
    let _ = std::fs::remove_file(&path);
    let _ = std::fs::remove_file(path.with_extension("idx"));
    packing::write(repository, &pack, &index);
    let head = made.entries.get(usize::from(how >> 2)).map_or(packing::invented(0), |entry| entry.id);
    std::fs::write(repository.join("HEAD"), format!("{head}\n")).expect("a file");

    rebuilt(&path.with_extension("idx"), (!is_damaged).then_some(&texts));
    let meter = Meter::default();
    let objects = repository.join("objects");
    let (packs, _) = walk::packs(std::slice::from_ref(&objects));
    let reader = Reader { scanner: &*fragments::DETECTOR, meter: &meter, limit: LIMIT };
    walk::read(None, &[objects], &packs, reader);
    drop(packs);
    if how & 2 == 2 {
        let options = Options { max_size: Some(LIMIT), threads: 1, ..Options::default() };
        History { git_dir: repository.to_owned(), prefix: String::new(), target: 0, options: &options }
            .scan(&*fragments::DETECTOR, &meter);
    }
});

/// Texts that must be built, by id.
type Texts = HashMap<Oid, Vec<u8>>;

/// A pack as the input tells it, and what its sound entries hold.
fn packing(input: &mut Input<'_>) -> (Packing, Texts) {
    let mut made = Packing::default();
    let mut texts: Vec<Option<Vec<u8>>> = Vec::new();
    for number in 0..usize::from(input.byte()) % ENTRIES + 1 {
        let base = input.up_to(ENTRIES - 1);
        let known = texts.get(base).cloned().flatten();
        let id = packing::invented(number);
        let kind = input.byte();
        let text = match (kind % 8, known) {
            (0, _) => {
                // Anything on anything, itself included.
                let stored = match kind >> 3 & 3 {
                    0 => Stored::Behind(input.word() as u64),
                    1 => Stored::On(base),
                    _ => Stored::Named(packing::invented(base)),
                };
                let length = input.up_to(64);
                let bytes = Delta::new(length, input.long() % (2 << 20)).copy(0, length).insert(input.take(8)).end();
                made.push(id, stored, &bytes);
                None
            }
            (1..=4, Some(known)) => {
                let (bytes, text) = edits::delta(input, &known, LIMIT as usize, fragments::piece);
                let stored = if kind & 8 == 0 { Stored::On(base) } else { Stored::Named(packing::invented(base)) };
                made.push(id, stored, &bytes);
                Some(text)
            }
            _ => {
                const KINDS: [ObjectType; 4] =
                    [ObjectType::Blob, ObjectType::Tree, ObjectType::Commit, ObjectType::Tag];
                let kind = KINDS[usize::from(kind >> 6)];
                let text = whole(input, kind);
                made.push(id, Stored::Whole(kind), &text);
                Some(text)
            }
        };
        let lie = input.byte();
        let entry = made.entries.last_mut().expect("it was just pushed");
        let is_sound = text.is_some();
        match lie {
            0..=8 => entry.size = entry.size.wrapping_add(input.word() as u64).wrapping_sub(0x7fff),
            9..=12 => entry.size = (input.long() as u64) << (lie - 9),
            13..=16 => entry.compressed.truncate(input.up_to(entry.compressed.len())),
            17 | 18 => entry.compressed = input.take(32).to_vec(),
            _ => {
                texts.push(text.filter(|_| is_sound));
                continue;
            }
        }
        texts.push(None);
    }
    let texts = texts.into_iter().enumerate();
    (made, texts.filter_map(|(number, text)| Some((packing::invented(number), text?))).collect())
}

fn whole(input: &mut Input<'_>, kind: ObjectType) -> Vec<u8> {
    let mut text = Vec::new();
    let any = |input: &mut Input<'_>| packing::invented(input.up_to(ENTRIES - 1));
    match kind {
        ObjectType::Tree => {
            for _ in 0..input.byte() % 4 {
                text.extend_from_slice(if input.byte() % 2 == 0 { b"40000 d\0" } else { b"100644 f\0" });
                text.extend_from_slice(any(input).as_bytes());
            }
        }
        ObjectType::Commit => text.extend_from_slice(
            format!(
                "tree {}\nparent {}\nauthor A <a@b> 1 +0000\ncommitter A <a@b> 1 +0000\n\n",
                any(input),
                any(input)
            )
            .as_bytes(),
        ),
        ObjectType::Tag => text.extend_from_slice(format!("object {}\ntype commit\ntag t\n\n", any(input)).as_bytes()),
        _ => {}
    }
    for _ in 0..input.byte() % 8 {
        fragments::piece(input, &mut text);
    }
    text
}

/// An index with wrong offsets, wrong order and ids that are there twice.
fn with_lies(input: &mut Input<'_>, made: &Packing, offsets: &[u64]) -> Vec<u8> {
    let rows = made.entries.iter().zip(offsets);
    let mut rows: Vec<Row> = rows.map(|(entry, offset)| Row { id: entry.id, crc: 0, offset: *offset as u32 }).collect();
    rows.sort_by_key(|row| row.id);
    for _ in 0..input.byte() % 4 {
        let (one, other) = (input.up_to(rows.len() - 1), input.up_to(rows.len() - 1));
        match input.byte() % 4 {
            0 => rows.swap(one, other),
            1 => rows[one].id = rows[other].id,
            2 => rows[one].offset = rows[other].offset,
            _ => rows[one].offset = rows[other].offset.wrapping_add(input.word() as u32).wrapping_sub(0x7fff),
        }
    }
    packing::index(&rows)
}

fn damage(input: &mut Input<'_>, bytes: &mut Vec<u8>) {
    if bytes.is_empty() {
        return;
    }
    let at = input.up_to(bytes.len() - 1);
    match input.byte() % 8 {
        0 => bytes.truncate(at),
        1 => bytes[at..].iter_mut().take(4).for_each(|byte| *byte = 0xff),
        2 => bytes.extend_from_slice(input.take(16)),
        _ => bytes[at] = input.byte(),
    }
}

/// Builds every object with a visitor of its own, which sees each once.
fn rebuilt(index: &Path, texts: Option<&Texts>) {
    let Ok(pack) = Pack::open(index) else { return };
    let Some(forest) = pack.forest() else { return };
    let visitor = Seen { pack: &pack, forest: &forest, texts };
    let mut seen = Rebuilder { pack: &pack, forest: &forest, limit: LIMIT, visitor: &visitor }.run();
    assert_eq!(seen.all.len() + forest.orphans.len(), forest.count() as usize, "each is built, refused or an orphan");
    seen.all.sort_unstable();
    seen.all.dedup();
    assert_eq!(seen.all.len() + forest.orphans.len(), forest.count() as usize, "each is met once");
    if let Some(texts) = texts {
        assert_eq!(seen.known, texts.len(), "what is sound is built");
    }
}

struct Seen<'a> {
    pack: &'a Pack,
    forest: &'a straykey::sources::history::pack::Forest,
    texts: Option<&'a Texts>,
}

#[derive(Default)]
struct Found {
    /// Places in the forest.
    all: Vec<u32>,
    /// Objects that hold what they should.
    known: usize,
}

impl Visitor for Seen<'_> {
    type Text = Vec<u8>;
    type Found = Found;

    fn wants(&self, _: u32) -> bool {
        true
    }

    fn edge(&self, _: u32) -> usize {
        usize::MAX
    }

    fn visit(&self, built: Built<'_, Vec<u8>>, found: &mut Found) -> Vec<u8> {
        assert!(built.bytes.len() as u64 <= LIMIT);
        found.all.push(built.at);
        if let Some(text) = self.texts.and_then(|texts| texts.get(&self.pack.id(self.forest.entry(built.at)))) {
            assert_eq!(&built.bytes, text);
            found.known += 1;
        }
        built.bytes
    }

    fn refuse(&self, at: u32, _: Refusal, found: &mut Found) {
        let mut open = vec![at];
        while let Some(at) = open.pop() {
            found.all.push(at);
            open.extend(self.forest.children(at));
        }
    }

    fn join(&self, mut left: Found, right: Found) -> Found {
        left.all.extend(right.all);
        left.known += right.known;
        left
    }
}
