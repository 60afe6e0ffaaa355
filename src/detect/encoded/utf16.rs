//! Text in UTF-16 between other bytes, as in programs: each character of ASCII beside a zero, before or after it.

use std::ops::Range;

use super::Decoded;
use crate::model::probe::Probe;

/// Bytes before and after an anchor that are decoded with it.
pub(super) const REACH: usize = 1_024;

/// A probe with zeros between its bytes: what its UTF-16 has in either order of bytes.
pub fn interleaved(probe: &Probe) -> Probe {
    Probe::new(probe.text.chars().map(String::from).collect::<Vec<_>>().join("\0"))
}

/// Bytes of the text of such a probe.
pub fn interleaved_length(probe: &Probe) -> usize {
    (probe.text.len() + probe.text.chars().count()).saturating_sub(1)
}

/// Decodes the text around the anchor at `hit`; says where in it the anchor stands.
pub(super) fn decode(bytes: &[u8], hit: &Range<usize>) -> Option<(Decoded, Range<usize>)> {
    let is_unit = |at: usize| {
        matches!(bytes.get(at), Some(b' '..=b'~' | b'\n' | b'\r' | b'\t'))
            && bytes.get(at + 1).is_none_or(|next| *next == 0)
    };
    let mut start = hit.start;
    while start >= 2 && hit.start - start + 2 <= REACH && is_unit(start - 2) && bytes[start - 1] == 0 {
        start -= 2;
    }
    let most = bytes.len().min(hit.end + REACH);
    let mut decoded = Decoded { encoding: "UTF-16", ..Decoded::default() };
    let mut at = start;
    while at < most && is_unit(at) {
        decoded.push(bytes[at], at..(at + 2).min(bytes.len()));
        at += 2;
    }
    decoded.cut = (hit.start - start + 2 > REACH, at >= most && most < bytes.len());
    decoded.within = 0..decoded.bytes.len();
    let anchor = (hit.start - start) / 2..(hit.end + 1 - start) / 2;
    (anchor.end <= decoded.bytes.len()).then_some((decoded, anchor))
}
