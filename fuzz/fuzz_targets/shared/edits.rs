//! Deltas as fuzz bytes tell them.
#![allow(dead_code, reason = "no target uses all of it")]

use super::input::Input;
use super::packing::Delta;

/// A well-formed delta on `base` and the text that it makes, of at most `most` bytes, with `insert` for its own bytes.
pub(crate) fn delta(
    input: &mut Input<'_>,
    base: &[u8],
    most: usize,
    mut insert: impl FnMut(&mut Input<'_>, &mut Vec<u8>),
) -> (Vec<u8>, Vec<u8>) {
    let mut parts: Vec<(Option<usize>, Vec<u8>)> = Vec::new();
    let mut length = 0;
    // Most edits go on from where the last copy ended.
    let mut next = 0;
    for _ in 0..1 + input.byte() % 16 {
        let kind = input.byte();
        let part = if kind % 3 == 0 || base.is_empty() {
            let mut own = Vec::new();
            insert(input, &mut own);
            (None, own)
        } else {
            let from = if kind & 0x40 == 0 {
                (next + usize::from(input.byte() % 64)) % base.len()
            } else {
                input.up_to(base.len() - 1)
            };
            let count = if kind & 0x80 == 0 { base.len() - from } else { input.up_to(base.len() - from) };
            next = from + count;
            (Some(from), base[from..from + count].to_vec())
        };
        if part.1.is_empty() || length + part.1.len() > most {
            continue;
        }
        length += part.1.len();
        parts.push(part);
    }
    let mut delta = Delta::new(base.len(), length);
    let mut text = Vec::new();
    for (from, part) in parts {
        delta = match from {
            Some(from) => delta.copy(from, part.len()),
            None => delta.insert(&part),
        };
        text.extend_from_slice(&part);
    }
    (delta.end(), text)
}
