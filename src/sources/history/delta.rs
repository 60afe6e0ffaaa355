//! Git's delta format: a text told as stretches copied from another and stretches of its own.
//!
//! Comes in: the base and the delta, hostile until parsed. Goes out: the text, and which of its bytes were copied from where.

use std::ops::Range;

/// A stretch of the text that is the same in the base.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Run {
    /// Where it begins in the text.
    pub at: usize,
    /// Where it begins in the base.
    pub from: usize,
    /// Its bytes.
    pub length: usize,
}

impl Run {
    /// The byte after its last in the text.
    pub fn end(&self) -> usize {
        self.at + self.length
    }
}

/// Size of the text that a delta makes.
pub fn target_size(delta: &[u8]) -> Option<u64> {
    let mut reader = Reader { bytes: delta };
    reader.size()?;
    reader.size()
}

/// Builds the text, of at most `limit` bytes, in `text`, and its runs in `runs`; none if the delta is broken. Runs come in
/// order and do not overlap; those that continue each other in both texts are one.
pub fn apply(base: &[u8], delta: &[u8], limit: u64, text: &mut Vec<u8>, runs: &mut Vec<Run>) -> Option<()> {
    let mut reader = Reader { bytes: delta };
    if reader.size()? != base.len() as u64 {
        return None;
    }
    let size = reader.size().filter(|size| *size <= limit)?;
    let size = usize::try_from(size).ok()?;
    text.clear();
    text.try_reserve_exact(size).ok()?;
    runs.clear();
    while let Some(operation) = reader.byte() {
        if operation & 0x80 != 0 {
            let (from, length) = reader.copy(operation)?;
            let copied = base.get(from..from.checked_add(length)?)?;
            let at = text.len();
            match runs.last_mut() {
                Some(last) if last.end() == at && last.from + last.length == from => last.length += length,
                _ => runs.push(Run { at, from, length }),
            }
            text.extend_from_slice(copied);
        } else {
            // An instruction of 0 is reserved.
            let length = usize::from(operation);
            text.extend_from_slice(reader.take((length > 0).then_some(length)?)?);
        }
        if text.len() > size {
            return None;
        }
    }
    (text.len() == size).then_some(())
}

/// Stretches of a text that no run covers, and, of no length, the points where one run ends and another begins.
pub fn changed(runs: &[Run], length: usize) -> impl Iterator<Item = Range<usize>> {
    let ends = std::iter::once(0).chain(runs.iter().map(Run::end));
    let starts = runs.iter().map(|run| run.at).chain(std::iter::once(length));
    ends.zip(starts)
        .map(|(end, start)| end..start)
        .filter(move |stretch| !stretch.is_empty() || (stretch.start > 0 && stretch.start < length))
}

struct Reader<'a> {
    bytes: &'a [u8],
}

impl<'a> Reader<'a> {
    fn byte(&mut self) -> Option<u8> {
        let (first, rest) = self.bytes.split_first()?;
        self.bytes = rest;
        Some(*first)
    }

    fn take(&mut self, length: usize) -> Option<&'a [u8]> {
        let (taken, rest) = self.bytes.split_at_checked(length)?;
        self.bytes = rest;
        Some(taken)
    }

    /// A number in groups of seven bits, lowest first.
    fn size(&mut self) -> Option<u64> {
        let mut size = 0_u64;
        for shift in (0..63).step_by(7) {
            let byte = self.byte()?;
            size |= u64::from(byte & 0x7f) << shift;
            if byte & 0x80 == 0 {
                return Some(size);
            }
        }
        None
    }

    /// Where to copy from and how much: four bytes of offset and three of length, of which only those are there whose bit is
    /// set. A length of 0 means 64 KiB.
    fn copy(&mut self, operation: u8) -> Option<(usize, usize)> {
        let mut number = |bits: std::ops::Range<u32>| -> Option<usize> {
            let mut value = 0;
            for (place, bit) in bits.enumerate() {
                if operation & (1 << bit) != 0 {
                    value |= usize::from(self.byte()?) << (8 * place);
                }
            }
            Some(value)
        };
        let from = number(0..4)?;
        let length = number(4..7)?;
        Some((from, if length == 0 { 0x10000 } else { length }))
    }
}
