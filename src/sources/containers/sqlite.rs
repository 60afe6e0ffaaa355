//! Databases of sqlite, version 3.
//!
//! Comes in: the file. Goes out: rows that are too large for a page. All others stand in the file as they are; the bytes of
//! these lie on a chain of pages, with the number of the next page before each piece.

use super::viewer::Viewer;

/// Bytes before the first page's own.
const HEADER: usize = 100;
/// Kinds of pages with rows or keys on them.
const INDEX_INNER: u8 = 2;
const INDEX_LEAF: u8 = 10;
const TABLE_LEAF: u8 = 13;

/// Searches the rows that lie on more than one page.
pub(super) fn read(viewer: &mut Viewer<'_, '_>, bytes: &[u8]) {
    let Some(database) = Database::open(bytes) else {
        viewer.miss(
            "",
            "the sqlite database is broken, so that its largest rows were not searched; put a whole one in its place"
                .into(),
        );
        return;
    };
    for number in 1..=bytes.len().div_ceil(database.page) {
        for row in database.rows(number) {
            if viewer.text(&format!("page {number}"), &row).is_err() {
                return;
            }
        }
    }
}

struct Database<'b> {
    bytes: &'b [u8],
    /// Bytes of a page,
    page: usize,
    /// and those of them that are used.
    usable: usize,
}

impl<'b> Database<'b> {
    fn open(bytes: &'b [u8]) -> Option<Self> {
        let page = match number(bytes, 16, 2)? {
            1 => 65_536,
            size => size,
        };
        let usable = page.checked_sub(usize::from(*bytes.get(20)?))?;
        (page.is_power_of_two() && page >= 512 && usable >= 480).then_some(Self { bytes, page, usable })
    }

    /// The bytes of a page, from 1.
    fn page(&self, number: usize) -> Option<&'b [u8]> {
        let start = number.checked_sub(1)?.checked_mul(self.page)?;
        self.bytes.get(start..start.checked_add(self.usable)?)
    }

    /// The rows of a page that go on elsewhere, each whole.
    fn rows(&self, number: usize) -> impl Iterator<Item = Vec<u8>> {
        let page = self.page(number).unwrap_or_default();
        let header = if number == 1 { HEADER } else { 0 };
        let kind = page.get(header).copied().unwrap_or_default();
        let cells = if matches!(kind, INDEX_INNER | INDEX_LEAF | TABLE_LEAF) {
            self::number(page, header + 3, 2).unwrap_or(0).min(page.len() / 4)
        } else {
            0
        };
        let first = header + if kind == INDEX_INNER { 12 } else { 8 };
        (0..cells).filter_map(move |cell| self.row(page, kind, self::number(page, first + 2 * cell, 2)?))
    }

    /// The row at `at` on a page, if it goes on elsewhere.
    fn row(&self, page: &[u8], kind: u8, at: usize) -> Option<Vec<u8>> {
        let at = if kind == INDEX_INNER { at + 4 } else { at };
        let (length, mut start) = varint(page, at)?;
        if kind == TABLE_LEAF {
            start = varint(page, start)?.1;
        }
        let length = usize::try_from(length).ok().filter(|length| *length <= self.bytes.len())?;
        let (most, least) = (
            if kind == TABLE_LEAF { self.usable - 35 } else { (self.usable - 12) * 64 / 255 - 23 },
            (self.usable - 12) * 32 / 255 - 23,
        );
        if length <= most {
            return None;
        }
        let kept = least + (length - least) % (self.usable - 4);
        let kept = if kept <= most { kept } else { least };
        let mut row = page.get(start..start + kept)?.to_vec();
        let mut next = number(page, start + kept, 4)?;
        while row.len() < length {
            // What there is of a row whose chain is broken counts like any other.
            let Some(piece) = self.page(next) else { break };
            let count = (length - row.len()).min(piece.len() - 4);
            row.extend_from_slice(&piece[4..4 + count]);
            next = number(piece, 0, 4)?;
        }
        Some(row)
    }
}

/// A number of so many bytes, the highest first.
fn number(bytes: &[u8], at: usize, length: usize) -> Option<usize> {
    let bytes = bytes.get(at..at.checked_add(length)?)?;
    Some(bytes.iter().fold(0, |number, byte| number << 8 | usize::from(*byte)))
}

/// A number of one to nine bytes, and what follows it.
fn varint(bytes: &[u8], at: usize) -> Option<(u64, usize)> {
    let mut number = 0;
    for (count, byte) in bytes.get(at..)?.iter().take(9).enumerate() {
        if count == 8 {
            return Some((number << 8 | u64::from(*byte), at + 9));
        }
        number = number << 7 | u64::from(byte & 0x7f);
        if byte & 0x80 == 0 {
            return Some((number, at + count + 1));
        }
    }
    None
}
