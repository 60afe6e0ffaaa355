//! Text in UTF-16, in either order of bytes, with its mark or without.
//!
//! Comes in: the bytes. Goes out: the same text in UTF-8, line for line and character for character.

/// Units that are looked at where there is no mark.
const UNITS: usize = 16;

/// Reads a unit.
type Order = fn([u8; 2]) -> u16;

/// How the bytes of a unit are ordered, and how many bytes the mark has.
fn order(head: &[u8]) -> Option<(Order, usize)> {
    match head {
        // UTF-32 begins so, too.
        [0xff, 0xfe, 0, 0, ..] => None,
        [0xff, 0xfe, _, _, ..] => Some((u16::from_le_bytes, 2)),
        [0xfe, 0xff, _, _, ..] => Some((u16::from_be_bytes, 2)),
        [0, _, ..] | [_, 0, ..] => {
            let orders: [Order; 2] = [u16::from_le_bytes, u16::from_be_bytes];
            orders.into_iter().find(|order| is_text(head, *order)).map(|order| (order, 0))
        }
        _ => None,
    }
}

/// Whether the first units are plain characters.
fn is_text(head: &[u8], order: Order) -> bool {
    let units = head.chunks_exact(2).take(UNITS).map(|pair| order([pair[0], pair[1]]));
    head.len() >= 2 * UNITS && units.into_iter().all(|unit| matches!(unit, 9 | 10 | 13 | 0x20..=0x7e))
}

/// Whether a text that begins so is in UTF-16.
pub(super) fn begins(head: &[u8]) -> bool {
    order(head).is_some()
}

/// The text in UTF-8. What is no character is replaced.
pub(super) fn decode(bytes: &[u8]) -> String {
    let Some((order, mark)) = order(bytes) else { return String::new() };
    let units = bytes[mark..].chunks_exact(2).map(|pair| order([pair[0], pair[1]]));
    char::decode_utf16(units).map(|character| character.unwrap_or(char::REPLACEMENT_CHARACTER)).collect()
}
