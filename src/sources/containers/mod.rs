//! What lies inside of texts: archives, compressed files, documents; and texts in UTF-16.
//!
//! Comes in: a scanner of texts. Goes out: a scanner that also looks inside of them. Whether a text is an archive, and all
//! that is told of it, depends on its bytes alone, never on its name: so it does not matter by which way a source came to
//! them. Members are read one at a time and never written anywhere; their paths are shown, never used.
//!
//! A text is unpacked beside being searched as it is, within [`Limits`]. What they, or the archive itself, keep from being
//! looked at is told in [`Scan::missed`]. It must not know files, git or patterns.

mod budget;
mod compressed;
mod kind;
mod office;
mod pdf;
mod sqlite;
mod tar;
mod unpack;
mod viewer;
mod wide;
mod zip;

use std::collections::BTreeSet;
use std::ops::Range;
use std::panic::{self, AssertUnwindSafe};

use self::kind::Kind;
use self::unpack::{Inside, Unpacker};
use crate::model::pattern::Reach;
use crate::model::scan::{Candidate, Hit, Missed, Scan, Scanner, Verdict};
use crate::model::secret::Secret;

/// How far one text is unpacked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Archives within archives; 0: none is unpacked.
    pub depth: usize,
    /// Bytes that come out of one text, at every depth together.
    pub size: u64,
}

impl Limits {
    /// So many bytes may come out of any text,
    pub const FREE: u64 = 16 << 20;
    /// and beyond that no more than so many times its own.
    pub const RATIO: u64 = 250;
    /// Members of one text, at every depth together.
    pub const ENTRIES: usize = 100_000;
    /// Bytes of members that have to be held in memory whole, at every depth together.
    pub const HELD: u64 = 256 << 20;
    /// Credentials inside one text that are told.
    pub const MATCHES: usize = 100_000;
}

impl Default for Limits {
    fn default() -> Self {
        Self { depth: 8, size: 1 << 30 }
    }
}

/// A scanner that also looks inside.
pub struct Unpacking<'a> {
    scanner: &'a dyn Scanner,
    limits: Limits,
}

impl<'a> Unpacking<'a> {
    /// Searches with `scanner`, and inside of archives too.
    pub fn new(scanner: &'a dyn Scanner, limits: Limits) -> Self {
        Self { scanner, limits }
    }

    /// Adds what lies inside of `bytes` to what a search of them as they are says.
    fn look_inside(&self, bytes: &[u8], mut scan: Scan) -> Scan {
        let Some(kind) = Kind::of_whole(bytes) else { return scan };
        if self.limits.depth == 0 && kind != Kind::Utf16 {
            return scan;
        }
        let unpack = || {
            let mut unpacker = Unpacker::new(self.scanner, self.limits, bytes.len());
            unpacker.outermost(kind, bytes, &scan.matches);
            unpacker.end()
        };
        // The decoders are other people's. Where one gives up on a hostile text, the scan of all others must not end.
        let Ok(Inside { matches: inside, missed, garbled }) = panic::catch_unwind(AssertUnwindSafe(unpack)) else {
            let why =
                format!("{kind} made its decoder fail; unpack it and scan the folder, and report this as a defect");
            scan.missed.push(Missed { inside: None, why });
            return scan;
        };
        // What is told inside of an archive is not told a second time by the place of its bytes in the archive.
        if !kind.is_document() {
            let told: BTreeSet<&Secret> = inside.iter().map(|found| &found.credential.secret).collect();
            scan.matches.retain(|found| !told.contains(&found.credential.secret));
        }
        scan.matches.retain(|found| !garbled.contains(&found.credential.secret));
        scan.matches.extend(inside);
        scan.missed.extend(missed);
        scan
    }
}

impl Scanner for Unpacking<'_> {
    fn scan_from(&self, bytes: &[u8], start: usize) -> Scan {
        self.look_inside(bytes, self.scanner.scan_from(bytes, start))
    }

    fn looks_inside(&self, bytes: &[u8]) -> bool {
        Kind::is_likely(bytes)
    }

    fn hits(&self, bytes: &[u8], stretch: Range<usize>, sink: &mut dyn FnMut(Hit)) {
        self.scanner.hits(bytes, stretch, sink);
    }

    fn longest_anchor(&self) -> usize {
        self.scanner.longest_anchor()
    }

    fn influence(&self, anchor: usize) -> Reach {
        self.scanner.influence(anchor)
    }

    fn most_hits(&self, length: usize) -> usize {
        self.scanner.most_hits(length)
    }

    fn confirm(&self, bytes: &[u8], hit: &Hit) -> Result<Verdict, String> {
        self.scanner.confirm(bytes, hit)
    }

    fn settle(&self, bytes: &[u8], candidates: Vec<Candidate>) -> Scan {
        self.look_inside(bytes, self.scanner.settle(bytes, candidates))
    }
}
