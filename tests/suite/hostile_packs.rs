//! Packs that lie, each beside a sound commit: one clear sentence, and what is sound is scanned all the same.
//!
//! Most of these libgit2 would follow for ever, or past the end of its memory. So it is the whole program that is run.

use std::time::{Duration, Instant};

use git2::{ObjectType, Oid};
use serde_json::Value;

use crate::harness::{End, Sandbox, straykey, token};
use crate::packing::{self, Delta, HEADER, Packing, Row, Stored};

/// A run that takes longer hangs: each is over in a moment.
const PATIENCE: Duration = Duration::from_secs(300);
/// Objects of more bytes are not read.
const LIMIT: usize = 1_000_000;
/// The number of the sound file's entry.
const BLOB: usize = 0;
/// Where in an index the fan-out table begins.
const FAN_OUT: usize = 8;
/// Bytes of a hash at the end of a file.
const TRAILER: usize = 20;

/// A pack with a commit of a file with a token, and the commit.
fn sound() -> (Packing, Oid) {
    let mut pack = Packing::default();
    let blob = pack.whole(ObjectType::Blob, text().as_bytes());
    let commit = pack.commit("good", blob);
    (pack, commit)
}

/// What the sound file holds.
fn text() -> String {
    format!("{}{}\n", "line of text\n".repeat(20), token(1))
}

/// What a scan says.
struct Said {
    report: Value,
    errors: Vec<String>,
}

/// Scans a repository with this pack in it.
#[track_caller]
fn scan(head: Oid, pack: &[u8], index: &[u8]) -> Said {
    let repo = Sandbox::repository();
    packing::write(&repo.at(".git"), pack, index);
    repo.write(".git/refs/heads/main", format!("{head}\n"));
    let words = ["scan", "--format", "json", "--no-worktree", "--max-file-size", &LIMIT.to_string(), "."];
    let mut child = straykey(&words).within(repo.path()).start();
    let start = Instant::now();
    while child.try_wait().expect("a process").is_none() {
        if start.elapsed() > PATIENCE {
            child.kill().expect("it can be ended");
            panic!("the scan hangs");
        }
        std::thread::sleep(Duration::from_millis(2));
    }
    let end = End(child.wait_with_output().expect("the program ends")).expect(2);
    let (stdout, stderr) = (end.stdout(), end.stderr());
    assert!(!stdout.contains(&token(1)), "a secret is shown: {stdout}");
    assert!(!stderr.contains("panicked") && !stderr.contains(&token(1)), "{stderr}");
    let report = end.json();
    assert_eq!(report["summary"]["complete"], false, "never clean: {report:#}");
    let errors = report["summary"]["errors"].as_array().unwrap();
    let errors = errors
        .iter()
        .map(|error| format!("{}: {}", error["what"].as_str().unwrap(), error["why"].as_str().unwrap()))
        .collect();
    Said { report, errors }
}

impl Said {
    /// Ends the test unless this is all that was said, and the token beside it was found.
    #[track_caller]
    fn beside_a_finding(&self, sentences: &[&[&str]]) {
        assert_eq!(self.report["findings"].as_array().unwrap().len(), 1, "{:#}", self.report);
        self.only(sentences);
    }

    /// Ends the test unless this is all that was said, and nothing was found: the pack as a whole is refused.
    #[track_caller]
    fn of_a_pack_refused(&self, words: &[&str]) {
        assert_eq!(self.report["findings"].as_array().unwrap().len(), 0, "{:#}", self.report);
        self.only(&[words]);
    }

    #[track_caller]
    fn only(&self, sentences: &[&[&str]]) {
        assert_eq!(self.errors.len(), sentences.len(), "{:#?}", self.errors);
        for (error, words) in self.errors.iter().zip(sentences) {
            assert!(words.iter().all(|word| error.contains(word)), "{error} lacks one of {words:?}");
            assert!(!error.contains('\n'), "{error}");
        }
    }
}

/// Scans a sound commit and what `add` puts beside it.
#[track_caller]
fn beside(add: impl FnOnce(&mut Packing)) -> Said {
    let (mut pack, head) = sound();
    add(&mut pack);
    let packed = pack.pack();
    scan(head, &packed.bytes, &pack.index(&packed))
}

/// Scans a sound commit and an object, the first of the invented, whose entry is true in nothing but its size.
#[track_caller]
fn with(stored: Stored, bytes: &[u8]) -> Said {
    beside(|pack| {
        pack.push(packing::invented(1), stored, bytes);
    })
}

/// Scans a sound commit of which `damage` changes pack or index.
#[track_caller]
fn damaged(damage: impl FnOnce(&mut Vec<u8>, &mut Vec<u8>)) -> Said {
    let (pack, head) = sound();
    let mut packed = pack.pack();
    let mut index = pack.index(&packed);
    damage(&mut packed.bytes, &mut index);
    scan(head, &packed.bytes, &index)
}

/// A delta that changes nothing.
fn copy() -> Vec<u8> {
    let length = text().len();
    Delta::new(length, length).copy(0, length).end()
}

/// What is said of an object that cannot be read.
#[track_caller]
fn broken(said: &Said, why: &str) {
    said.beside_a_finding(&[&[&packing::invented(1).to_string(), why, "repair it with `git fsck`"]]);
}

/// What is said of a pack whose list cannot be relied on.
fn list(why: &str) -> [&str; 4] {
    ["pack-1111", "the list of objects in this pack is broken", why, "repair it with `git index-pack`"]
}

/// What is said of objects of which `first` is the first and that lead in a circle: why the pack is not handed to libgit2,
/// and that these objects were not read.
#[track_caller]
fn circular(said: &Said, first: &str) {
    said.beside_a_finding(&[
        &["pack-1111", "built on one another in a circle", "fetch them again from a sound clone"],
        &[first, "not read, since a pack beside it is broken", "repair that first"],
    ]);
}

#[test]
fn two_objects_are_each_other_s_base() {
    let said = beside(|pack| {
        pack.push(packing::invented(1), Stored::Named(packing::invented(2)), &copy());
        pack.push(packing::invented(2), Stored::Named(packing::invented(1)), &copy());
    });
    circular(&said, "2 objects");
}

#[test]
fn an_object_is_its_own_base() {
    for stored in [Stored::Named(packing::invented(1)), Stored::Behind(0)] {
        let said = with(stored, &copy());
        circular(&said, &packing::invented(1).to_string());
    }
}

#[test]
fn a_base_lies_before_the_pack() {
    for behind in [1 << 40, u64::MAX >> 8] {
        let said = with(Stored::Behind(behind), &copy());
        broken(&said, "out of bounds");
    }
}

#[test]
fn a_base_begins_where_no_entry_does() {
    let (pack, _) = sound();
    let end = pack.pack().bytes.len() - TRAILER;
    for (base, why) in [(0, "out of bounds"), (HEADER + 3, "invalid packfile type")] {
        let stored = Stored::Behind((end - base) as u64);
        broken(&with(stored, &copy()), why);
    }
}

/// Bytes of one entry that are themselves an entry, whose base is the first.
#[test]
fn a_base_within_an_entry_leads_back() {
    let said = beside(|pack| {
        let mut inner = Packing::default();
        inner.push(packing::invented(3), Stored::Behind(5), &copy());
        let inner = inner.pack().bytes;
        let inner = &inner[HEADER..inner.len() - TRAILER];
        let at = pack.push(packing::invented(1), Stored::Whole(ObjectType::Blob), b"");
        pack.entries[at].compressed = inner.to_vec();
        let behind = inner.len() as u64;
        pack.push(packing::invented(2), Stored::Behind(behind), &copy());
    });
    circular(&said, "2 objects");
}

#[test]
fn a_base_is_nowhere() {
    let stored = Stored::Named(packing::invented(2));
    broken(&with(stored, &copy()), "not in the same pack");
}

#[test]
fn an_entry_claims_another_size_than_it_has() {
    let text = "another line of text\n".repeat(30).into_bytes();
    for (stored, bytes) in [(Stored::Whole(ObjectType::Blob), text), (Stored::On(BLOB), copy())] {
        for size in [0, bytes.len() - 1, bytes.len() + 1, 20_000, 1 << 19, 1 << 60] {
            let said = beside(|pack| {
                let at = pack.push(packing::invented(1), stored, &bytes);
                pack.entries[at].size = size as u64;
            });
            if size < LIMIT {
                broken(&said, "error inflating zlib stream");
            } else {
                broken(&said, &format!("it claims {size} bytes and has less"));
            }
        }
    }
}

/// libgit2 would go down to the broken one from each of them.
#[test]
fn thousands_are_built_on_a_broken_object() {
    const CHAIN: usize = 5_000;
    let said = beside(|pack| {
        let mut base = pack.push(packing::invented(1), Stored::Whole(ObjectType::Blob), text().as_bytes());
        pack.entries[base].size += 1;
        for number in 2..=CHAIN {
            base = pack.push(packing::invented(number), Stored::On(base), &copy());
        }
    });
    let others = format!("{} objects", CHAIN - 1);
    said.beside_a_finding(&[
        &[&others, "what it is built on is broken", "repair it with `git fsck`"],
        &[&packing::invented(1).to_string(), "error inflating zlib stream", "repair it with `git fsck`"],
    ]);
}

#[track_caller]
fn too_large(said: &Said, size: usize) {
    let size = format!("it has {size} bytes, over the limit");
    said.beside_a_finding(&[&[&packing::invented(1).to_string(), &size, "raise --max-file-size"]]);
}

#[test]
fn a_delta_lies_about_sizes() {
    let length = text().len();
    for (base, size) in [(length, length - 1), (length, length + 1), (length + 1, length), (length, LIMIT)] {
        let delta = Delta::new(base, size).copy(0, length).end();
        let said = with(Stored::On(BLOB), &delta);
        broken(&said, "failed to apply delta");
    }
    let delta = Delta::new(length, 1 << 60).copy(0, length).end();
    broken(&with(Stored::On(BLOB), &delta), "it claims 1152921504606846976 bytes and has less");
}

#[test]
fn a_delta_copies_from_behind_the_end_of_its_base() {
    let length = text().len();
    let delta = Delta::new(length, length).copy(1, length).end();
    let said = with(Stored::On(BLOB), &delta);
    broken(&said, "failed to apply delta");
}

#[test]
fn a_small_delta_makes_a_large_text() {
    let length = text().len();
    let times = 2 * LIMIT / length;
    let delta = (0..times).fold(Delta::new(length, length * times), |delta, _| delta.copy(0, length));
    let delta = delta.end();
    let said = with(Stored::On(BLOB), &delta);
    too_large(&said, length * times);
}

/// Each text is 32 of the one before, the last one 2 TiB. Bases over the limit are built, up to a limit of their own.
#[test]
fn texts_grow_from_delta_to_delta() {
    const TIMES: usize = 32;
    const FIRST: usize = 64 << 10;
    let said = beside(|pack| {
        pack.whole(ObjectType::Blob, &[b'x'; FIRST]);
        let mut length = FIRST;
        for number in 1..=5 {
            let delta = Delta::new(length, length * TIMES);
            // Of a base that is never built not all need be copied.
            let delta = (0..TIMES).fold(delta, |delta, _| delta.copy(0, length.min(1 << 30)));
            length *= TIMES;
            pack.push(packing::invented(number), Stored::On(pack.entries.len() - 1), &delta.end());
        }
    });
    let size = |number| format!("it has {} bytes, over the limit", FIRST * TIMES.pow(number));
    let mut sentences: Vec<[String; 3]> = (1..=3)
        .map(|number| [packing::invented(number as usize).to_string(), size(number), "raise --max-file-size".into()])
        .collect();
    sentences.push(["2 objects", "stored as a difference from", "raise --max-file-size"].map(str::to_owned));
    sentences.sort();
    let sentences: Vec<Vec<&str>> = sentences.iter().map(|words| words.iter().map(String::as_str).collect()).collect();
    said.beside_a_finding(&sentences.iter().map(Vec::as_slice).collect::<Vec<_>>());
}

#[test]
fn a_stream_is_cut_off() {
    let said = beside(|pack| {
        let at = pack.push(packing::invented(1), Stored::Whole(ObjectType::Blob), text().as_bytes());
        let compressed = &mut pack.entries[at].compressed;
        compressed.truncate(compressed.len() / 2);
        pack.whole(ObjectType::Blob, b"another");
    });
    broken(&said, "its bytes end too early");
}

#[test]
fn a_pack_is_cut_off() {
    let (sound, head) = sound();
    let whole = sound.pack().bytes.len();
    // Part of the trailer, and of the last entry, which is the commit.
    for kept in [whole - 1, whole - 30] {
        let said = damaged(|pack, _| pack.truncate(kept));
        said.beside_a_finding(&[&[&head.to_string(), "cannot be read", "repair it with `git fsck`"]]);
    }
    damaged(|pack, _| pack.truncate(40)).of_a_pack_refused(&list("an entry lies outside of the pack"));
    for kept in [HEADER, 0] {
        damaged(|pack, _| pack.truncate(kept)).of_a_pack_refused(&list("too small"));
    }
}

#[test]
fn an_entry_lies_outside_of_the_pack() {
    let offsets = [
        (0x7fff_0000_u32, "an entry lies outside of the pack"),
        (0, "an entry lies outside of the pack"),
        // In a table of large offsets, which is not there.
        (0x8000_0000, "size is incorrect"),
        (0xffff_ffff, "large offset"),
    ];
    for (offset, why) in offsets {
        let said = damaged(|_, index| {
            let end = index.len() - 2 * TRAILER;
            index[end - 4..end].copy_from_slice(&offset.to_be_bytes());
        });
        said.of_a_pack_refused(&list(why));
    }
}

#[test]
fn ids_are_out_of_order() {
    let (pack, head) = sound();
    let packed = pack.pack();
    let entries = pack.entries.iter().zip(&packed.offsets);
    let mut rows: Vec<Row> = entries.map(|(entry, at)| Row { id: entry.id, crc: 0, offset: *at as u32 }).collect();
    rows.sort_by_key(|row| std::cmp::Reverse(row.id));
    let said = scan(head, &packed.bytes, &packing::index(&rows));
    said.beside_a_finding(&[&list("ids are out of order")]);
}

#[test]
fn a_fan_out_table_lies() {
    let set = |index: &mut [u8], at: usize, count: u32| {
        index[FAN_OUT + 4 * at..][..4].copy_from_slice(&count.to_be_bytes());
    };
    for (at, count, why) in [
        (0, u32::MAX, "monoton"),
        (255, 0, "monoton"),
        (255, 4, "size is incorrect"),
        (255, 1 << 20, "too small for 1048576 objects"),
        (255, u32::MAX, "too small for 4294967295 objects"),
    ] {
        damaged(|_, index| set(index, at, count)).of_a_pack_refused(&list(why));
    }
    // In order, and yet no id is found by it.
    let said = damaged(|_, index| (0..=255).for_each(|at| set(index, at, 3)));
    said.beside_a_finding(&[&list("its table does not lead to all ids")]);
}

/// What the pack has more may be a secret.
#[test]
fn the_pack_has_another_number_of_objects_than_its_index() {
    for count in [0, 2, 4, u32::MAX] {
        let said = damaged(|pack, _| pack[8..HEADER].copy_from_slice(&count.to_be_bytes()));
        said.beside_a_finding(&[&list("differ in the number of objects")]);
    }
}

#[test]
fn an_index_is_cut_off() {
    let (pack, _) = sound();
    let length = pack.index(&pack.pack()).len();
    for kept in [length - 1, length - 60, FAN_OUT + 1_024, FAN_OUT, 0] {
        damaged(|_, index| index.truncate(kept)).of_a_pack_refused(&list("size"));
    }
}
