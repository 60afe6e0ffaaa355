//! The bytes around an anchor that decide on it, and where in the text a match stands.

use std::ops::Range;
use std::sync::LazyLock;

use regex::bytes::Regex;

use crate::model::opening::{LONGEST_OPENING, OPENING};
use crate::model::pattern::{Reach, value};
use crate::model::place::Position;

/// The stretch of a text of `length` bytes in which a match around `hit` may lie.
pub fn around(hit: &Range<usize>, reach: Reach, length: usize) -> Range<usize> {
    hit.start.saturating_sub(reach.before)..hit.end.saturating_add(reach.after).min(length)
}

/// The stretch of a text in which the value lies that `run` is part of: no value holds blanks or quotes. One byte more on each
/// side tells where it ends.
pub fn value(bytes: &[u8], run: &Range<usize>) -> Range<usize> {
    let is_outside = |byte: &u8| byte.is_ascii_whitespace() || matches!(byte, b'"' | b'\'' | b'`' | b'<' | b'>');
    let least = run.start.saturating_sub(value::LONGEST);
    let most = bytes.len().min(run.end + value::LONGEST);
    let start = bytes[least..run.start].iter().rposition(is_outside).map_or(least, |at| least + at);
    let end = bytes[run.end..most].iter().position(is_outside).map_or(most, |at| run.end + at + 1);
    start..end
}

/// The last place of a stretch that follows an [`OPENING`].
pub fn last_after_opening(bytes: &[u8], stretch: Range<usize>) -> Option<usize> {
    // The regex is ours; a test compiles it.
    static REGEX: LazyLock<Option<Regex>> = LazyLock::new(|| Regex::new(OPENING).ok());
    let first = stretch.start.saturating_sub(LONGEST_OPENING);
    let ends = REGEX.as_ref()?.find_iter(&bytes[first..stretch.end - 1]).map(|opening| first + opening.end());
    ends.last().filter(|end| stretch.contains(end))
}

/// Counts lines and columns, forward only, so that a text with many matches is still read once, however long its lines.
#[derive(Debug)]
pub struct Lines<'a> {
    bytes: &'a [u8],
    reached: Mark,
}

/// A byte of a text, with its line and column, both from 1.
#[derive(Debug, Clone, Copy)]
struct Mark {
    at: usize,
    line: usize,
    column: usize,
}

impl<'a> Lines<'a> {
    /// Starts at the beginning of `bytes`.
    pub fn new(bytes: &'a [u8]) -> Self {
        Self { bytes, reached: Mark { at: 0, line: 1, column: 1 } }
    }

    /// Lines and columns of `span`. Spans must come in order of their starts.
    pub fn position(&mut self, span: &Range<usize>) -> Position {
        self.reached = self.advance(self.reached, span.start);
        let end = self.advance(self.reached, span.end);
        let Mark { line, column, .. } = self.reached;
        Position { line, column, end_line: end.line, end_column: end.column }
    }

    fn advance(&self, from: Mark, to: usize) -> Mark {
        let passed = &self.bytes[from.at..to];
        match memchr::memrchr(b'\n', passed) {
            None => Mark { at: to, line: from.line, column: from.column + characters(passed) },
            Some(last) => {
                let breaks = memchr::memchr_iter(b'\n', &passed[..=last]).count();
                Mark { at: to, line: from.line + breaks, column: 1 + characters(&passed[last + 1..]) }
            }
        }
    }
}

/// Column, from 1, in characters, of a byte of the line that begins at `line_start`.
pub fn column(bytes: &[u8], line_start: usize, at: usize) -> usize {
    1 + characters(&bytes[line_start..at])
}

/// Number of characters; a byte that is no UTF-8 counts as one.
fn characters(bytes: &[u8]) -> usize {
    bytes.utf8_chunks().map(|chunk| chunk.valid().chars().count() + chunk.invalid().len()).sum()
}
