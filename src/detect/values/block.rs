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
    broken_line_above(bytes, run).or_else(|| written_line_above(bytes, run))
}

/// The same where lines are broken.
fn broken_line_above(bytes: &[u8], run: &Range<usize>) -> Option<usize> {
    let ends_line = bytes.get(run.end).is_none_or(|byte| matches!(byte, b'\r' | b'\n'));
    let first = run.end.saturating_sub(*LENGTHS.end() + 1);
    let start = memchr::memrchr(b'\n', bytes.get(first..run.start)?).map(|at| first + at + 1)?;
    // The breaks of lines are alike.
    let end = start - 1 - usize::from(bytes[..start - 1].ends_with(b"\r"));
    let above = above(bytes, start..run.end, end)?;
    let begins_line = above.checked_sub(1).is_none_or(|before| bytes[before] == b'\n');
    (ends_line && begins_line).then_some(above)
}

/// The same where breaks are written `\n`, as in the strings of a notebook: the run begins with the letter.
fn written_line_above(bytes: &[u8], run: &Range<usize>) -> Option<usize> {
    let end = run.start.checked_sub(1)?;
    let is_break = bytes[end] == b'\\' && bytes[run.start] == b'n';
    let ends_line = matches!(bytes.get(run.end), Some(b'\\' | b'"'));
    (is_break && ends_line).then(|| above(bytes, run.start + 1..run.end, end)).flatten()
}

/// Where the line begins that is as long as another and ends at `end`, if both are encoded.
fn above(bytes: &[u8], line: Range<usize>, end: usize) -> Option<usize> {
    let above = end.checked_sub(line.len())?;
    (LENGTHS.contains(&line.len()) && is_encoded(&bytes[line]) && is_encoded(&bytes[above..end])).then_some(above)
}

fn is_encoded(line: &[u8]) -> bool {
    let blanks = line.iter().take_while(|byte| matches!(byte, b' ' | b'\t')).count();
    blanks <= MOST_BLANKS && line[blanks..].iter().all(|byte| runs::is_in_run(*byte))
}
