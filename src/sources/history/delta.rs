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

/// Whether a delta makes as much of a base of `base` bytes as it claims. Builds nothing.
pub fn keeps_its_word(base: usize, delta: &[u8]) -> bool {
    let made = || {
        let mut reader = Reader { bytes: delta };
        reader.size()?;
        let claimed = reader.size()?;
        let mut made = 0_u64;
        while let Some(operation) = reader.byte() {
            let length = if operation & 0x80 != 0 {
                let (from, length) = reader.copy(operation)?;
                from.checked_add(length).filter(|end| *end <= base)?;
                length
            } else {
                reader.take(usize::from(operation))?.len()
            };
            made += length as u64;
        }
        Some(made == claimed)
    };
    made().unwrap_or(false)
}

/// Builds the text, of at most `limit` bytes, in `text`, and its runs in `runs`; none if the delta is broken. Runs come in
/// order and do not overlap; those that continue each other in both texts are one.
pub fn apply(base: &[u8], delta: &[u8], limit: u64, text: &mut Vec<u8>, runs: &mut Vec<Run>) -> Option<()> {
    apply_edges(base, delta, limit, usize::MAX, text, runs)
}

/// The same, but of what is copied only `edge` bytes at both ends need be in the text: between them may be anything, until
/// [`complete`] puts it right.
pub fn apply_edges(
    base: &[u8],
    delta: &[u8],
    limit: u64,
    edge: usize,
    text: &mut Vec<u8>,
    runs: &mut Vec<Run>,
) -> Option<()> {
    let mut reader = Reader { bytes: delta };
    if reader.size()? != base.len() as u64 {
        return None;
    }
    let size = reader.size().filter(|size| *size <= limit)?;
    let size = usize::try_from(size).ok()?;
    make_room(text, size)?;
    // What is there is written over, so it need not be cleared.
    text.resize(size, 0);
    runs.clear();
    let mut at = 0_usize;
    while let Some(operation) = reader.byte() {
        let length = if operation & 0x80 != 0 {
            let (from, length) = reader.copy(operation)?;
            let copied = base.get(from..from.checked_add(length)?)?;
            let room = text.get_mut(at..at.checked_add(length)?)?;
            copy_edges(copied, room, edge);
            match runs.last_mut() {
                Some(last) if last.end() == at && last.from + last.length == from => last.length += length,
                _ => runs.push(Run { at, from, length }),
            }
            length
        } else {
            // An instruction of 0 is reserved.
            let own = reader.take(usize::from(operation)).filter(|own| !own.is_empty())?;
            text.get_mut(at..at + own.len())?.copy_from_slice(own);
            own.len()
        };
        at += length;
    }
    (at == size).then_some(())
}

/// Copies at least `edge` bytes at both ends of a stretch.
fn copy_edges(from: &[u8], to: &mut [u8], edge: usize) {
    /// Of a length that is known a copy is a few instructions, and there are millions.
    const FEW: usize = 32;
    let middle = from.len() / 2;
    if middle <= edge.max(FEW) {
        to.copy_from_slice(from);
    } else if edge > FEW {
        to[..edge].copy_from_slice(&from[..edge]);
        to[from.len() - edge..].copy_from_slice(&from[from.len() - edge..]);
    } else if let (Some(first), Some(last)) = (from.first_chunk::<FEW>(), from.last_chunk::<FEW>())
        && let Some(room) = to.first_chunk_mut()
    {
        *room = *first;
        if let Some(room) = to.last_chunk_mut() {
            *room = *last;
        }
    }
}

/// Puts into a text all that its runs have of the base.
pub fn complete(base: &[u8], runs: &[Run], text: &mut [u8]) {
    for run in runs {
        text[run.at..run.end()].copy_from_slice(&base[run.from..run.from + run.length]);
    }
}

/// The same of one stretch of the text.
pub fn complete_within(base: &[u8], runs: &[Run], text: &mut [u8], stretch: Range<usize>) {
    let first = runs.partition_point(|run| run.end() <= stretch.start);
    for run in runs[first..].iter().take_while(|run| run.at < stretch.end) {
        let (start, end) = (run.at.max(stretch.start), run.end().min(stretch.end));
        let from = run.from + start - run.at;
        text[start..end].copy_from_slice(&base[from..from + end - start]);
    }
}

/// How many of a sorted list come `before` something, looked for from `near` on: runs mostly follow each other in the base too.
pub fn seek<T>(list: &[T], near: usize, before: impl Fn(&T) -> bool) -> usize {
    const STEPS: usize = 8;
    if near > 0 && !before(&list[near - 1]) {
        return list[..near].partition_point(before);
    }
    let close = list[near..].iter().take(STEPS).take_while(|item| before(item)).count();
    near + close + if close == STEPS { list[near + close..].partition_point(before) } else { 0 }
}

/// Room for `size` bytes, not kept if there is less; none if there is not so much memory. Versions of a text grow little by
/// little, so there is a little more than is asked for.
pub fn make_room(text: &mut Vec<u8>, size: usize) -> Option<()> {
    if text.capacity() < size {
        *text = Vec::new();
        text.try_reserve_exact(size.checked_add(size / 8)?).ok()?;
    }
    Some(())
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
