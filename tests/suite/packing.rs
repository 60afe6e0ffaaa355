//! Packs written by hand, sound or not: git refuses to write most of these. The fuzz targets use it too.

use std::path::{Path, PathBuf};

use git2::{ObjectType, Oid};
use libdeflater::{CompressionLvl, Compressor, crc32};

/// Bytes of a pack before its first entry.
pub(crate) const HEADER: usize = 12;

/// What an entry says of itself.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Stored {
    /// It holds the object.
    Whole(ObjectType),
    /// It holds a delta on the entry of this number.
    On(usize),
    /// It holds a delta on whatever begins so many bytes before it.
    Behind(u64),
    /// It holds a delta on this object.
    Named(Oid),
}

/// An entry, true or false.
#[derive(Debug, Clone)]
pub(crate) struct Entry {
    /// The id under which the index has it.
    pub(crate) id: Oid,
    pub(crate) stored: Stored,
    /// Inflated size of its bytes, as it claims.
    pub(crate) size: u64,
    /// What follows its header.
    pub(crate) compressed: Vec<u8>,
}

/// A pack in the making.
#[derive(Debug, Clone, Default)]
pub(crate) struct Packing {
    pub(crate) entries: Vec<Entry>,
}

/// A pack as bytes, and where its entries begin.
pub(crate) struct Packed {
    pub(crate) bytes: Vec<u8>,
    pub(crate) offsets: Vec<u64>,
}

impl Packing {
    /// Adds an object as it is; its id.
    pub(crate) fn whole(&mut self, kind: ObjectType, bytes: &[u8]) -> Oid {
        let id = hash(kind, bytes);
        self.push(id, Stored::Whole(kind), bytes);
        id
    }

    /// Adds a commit of one tree with one file; its id.
    pub(crate) fn commit(&mut self, name: &str, blob: Oid) -> Oid {
        let tree = [format!("100644 {name}\0").as_bytes(), blob.as_bytes()].concat();
        let tree = self.whole(ObjectType::Tree, &tree);
        let who = "Ada Author <ada@acme.example> 1700000000 +0000";
        let text = format!("tree {tree}\nauthor {who}\ncommitter {who}\n\nBy hand\n");
        self.whole(ObjectType::Commit, text.as_bytes())
    }

    /// Adds bytes under any id; the entry's number.
    pub(crate) fn push(&mut self, id: Oid, stored: Stored, bytes: &[u8]) -> usize {
        self.entries.push(Entry { id, stored, size: bytes.len() as u64, compressed: deflate(bytes) });
        self.entries.len() - 1
    }

    /// The pack, its trailer a stand-in: only that the index has the same is ever asked.
    pub(crate) fn pack(&self) -> Packed {
        let mut bytes = b"PACK\0\0\0\x02".to_vec();
        bytes.extend_from_slice(&(self.entries.len() as u32).to_be_bytes());
        let mut offsets: Vec<u64> = Vec::new();
        for entry in &self.entries {
            let offset = bytes.len() as u64;
            let (number, base) = match entry.stored {
                Stored::Whole(kind) => (kind.raw() as u8, Vec::new()),
                Stored::On(base) => (6, distance(offset - offsets.get(base).copied().unwrap_or(offset))),
                Stored::Behind(behind) => (6, distance(behind)),
                Stored::Named(base) => (7, base.as_bytes().to_vec()),
            };
            offsets.push(offset);
            let mut byte = number << 4 | (entry.size & 0xf) as u8;
            let mut rest = entry.size >> 4;
            while rest > 0 {
                bytes.push(byte | 0x80);
                byte = (rest & 0x7f) as u8;
                rest >>= 7;
            }
            bytes.push(byte);
            bytes.extend_from_slice(&base);
            bytes.extend_from_slice(&entry.compressed);
        }
        bytes.extend_from_slice(&TRAILER);
        Packed { bytes, offsets }
    }

    /// The index of such a pack.
    pub(crate) fn index(&self, packed: &Packed) -> Vec<u8> {
        let entries = self.entries.iter().zip(&packed.offsets);
        let mut rows: Vec<Row> = entries
            .enumerate()
            .map(|(at, (entry, offset))| {
                let end = packed.offsets.get(at + 1).map_or(packed.bytes.len() - TRAILER.len(), |end| *end as usize);
                Row { id: entry.id, crc: crc32(&packed.bytes[*offset as usize..end]), offset: *offset as u32 }
            })
            .collect();
        rows.sort_by_key(|row| row.id);
        index(&rows)
    }

    /// Writes pack and index into the object folder of a repository; the pack's path.
    pub(crate) fn write(&self, git_dir: &Path) -> PathBuf {
        let packed = self.pack();
        write(git_dir, &packed.bytes, &self.index(&packed))
    }
}

/// A line of an index.
pub(crate) struct Row {
    pub(crate) id: Oid,
    pub(crate) crc: u32,
    pub(crate) offset: u32,
}

/// An index with these lines in this order, the fan-out table made for them.
pub(crate) fn index(rows: &[Row]) -> Vec<u8> {
    let mut bytes = b"\xfftOc\0\0\0\x02".to_vec();
    for first in 0..=255_u8 {
        let count = rows.iter().filter(|row| row.id.as_bytes()[0] <= first).count();
        bytes.extend_from_slice(&(count as u32).to_be_bytes());
    }
    rows.iter().for_each(|row| bytes.extend_from_slice(row.id.as_bytes()));
    rows.iter().for_each(|row| bytes.extend_from_slice(&row.crc.to_be_bytes()));
    rows.iter().for_each(|row| bytes.extend_from_slice(&row.offset.to_be_bytes()));
    bytes.extend_from_slice(&TRAILER);
    bytes.extend_from_slice(&TRAILER);
    bytes
}

/// Writes a pack and an index into the object folder of a repository; the pack's path.
pub(crate) fn write(git_dir: &Path, pack: &[u8], index: &[u8]) -> PathBuf {
    let folder = git_dir.join("objects/pack");
    std::fs::create_dir_all(&folder).expect("a folder");
    let path = folder.join("pack-1111111111111111111111111111111111111111.pack");
    std::fs::write(&path, pack).expect("a pack");
    std::fs::write(path.with_extension("idx"), index).expect("an index");
    path
}

/// Stands where the hash of all that comes before it should.
const TRAILER: [u8; 20] = [0x11; 20];

/// The id of an object.
pub(crate) fn hash(kind: ObjectType, bytes: &[u8]) -> Oid {
    Oid::hash_object(kind, bytes).expect("libgit2 hashes")
}

/// An id of no object's, of its own for each number.
pub(crate) fn invented(number: usize) -> Oid {
    hash(ObjectType::Blob, format!("nothing {number}").as_bytes())
}

/// The bytes as zlib has them.
pub(crate) fn deflate(bytes: &[u8]) -> Vec<u8> {
    let mut compressor = Compressor::new(CompressionLvl::fastest());
    let mut compressed = vec![0; compressor.zlib_compress_bound(bytes.len())];
    let length = compressor.zlib_compress(bytes, &mut compressed).expect("there is room");
    compressed.truncate(length);
    compressed
}

/// How far back the base of a delta is, as an entry has it.
fn distance(mut behind: u64) -> Vec<u8> {
    let mut bytes = vec![(behind & 0x7f) as u8];
    while behind > 0x7f {
        behind = (behind >> 7) - 1;
        bytes.insert(0, (behind & 0x7f) as u8 | 0x80);
    }
    bytes
}

/// A delta in the making.
#[derive(Debug, Clone)]
pub(crate) struct Delta {
    bytes: Vec<u8>,
}

impl Delta {
    /// From a base of so many bytes to a text of so many.
    pub(crate) fn new(base: usize, text: usize) -> Self {
        let mut bytes = Vec::new();
        for mut size in [base, text] {
            while size > 0x7f {
                bytes.push(size as u8 | 0x80);
                size >>= 7;
            }
            bytes.push(size as u8);
        }
        Self { bytes }
    }

    /// Copies from the base.
    pub(crate) fn copy(mut self, mut from: usize, mut length: usize) -> Self {
        /// One instruction copies less than 16 MiB.
        const MOST: usize = 0xff_ffff;
        while length > 0 {
            let part = length.min(MOST);
            self.bytes.push(0xff);
            self.bytes.extend_from_slice(&(from as u32).to_le_bytes());
            self.bytes.extend_from_slice(&(part as u32).to_le_bytes()[..3]);
            from += part;
            length -= part;
        }
        self
    }

    /// Puts bytes of its own.
    pub(crate) fn insert(mut self, text: &[u8]) -> Self {
        for part in text.chunks(0x7f) {
            self.bytes.push(part.len() as u8);
            self.bytes.extend_from_slice(part);
        }
        self
    }

    /// The delta's bytes.
    pub(crate) fn end(self) -> Vec<u8> {
        self.bytes
    }
}
