//! Knows the lines of a key, a signature or a picture that was encoded and cut into lines of one length.
//!
//! Comes in: a text and a run in it. Goes out: whether that is part of such a line. It must not know what values mean.

use std::ops::Range;

use super::runs;

/// How long such lines are, with blanks before them: tools cut at 60, 64, 70, 72 and 76.
const LENGTHS: std::ops::RangeInclusive<usize> = 60..=80;
/// Blanks before them.
const MOST_BLANKS: usize = 4;

/// If a run ends a line that is as long as the one above and, like that one, all encoded: where that one begins.
pub(super) fn line_above(bytes: &[u8], run: &Range<usize>) -> Option<usize> {
    let ends_line = bytes.get(run.end).is_none_or(|byte| matches!(byte, b'\r' | b'\n'));
    let first = run.end.saturating_sub(*LENGTHS.end() + 1);
    let start = memchr::memrchr(b'\n', bytes.get(first..run.start)?).map(|at| first + at + 1)?;
    let line = &bytes[start..run.end];
    // The breaks of lines are alike.
    let end = start - 1 - usize::from(bytes[..start - 1].ends_with(b"\r"));
    let above = end.checked_sub(line.len())?;
    let begins_line = above.checked_sub(1).is_none_or(|before| bytes[before] == b'\n');
    let are_encoded = || is_encoded(line) && is_encoded(&bytes[above..end]);
    (ends_line && LENGTHS.contains(&line.len()) && begins_line && are_encoded()).then_some(above)
}

fn is_encoded(line: &[u8]) -> bool {
    let blanks = line.iter().take_while(|byte| matches!(byte, b' ' | b'\t')).count();
    blanks <= MOST_BLANKS && line[blanks..].iter().all(|byte| runs::is_in_run(*byte))
}
