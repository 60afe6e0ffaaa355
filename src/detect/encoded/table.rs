//! Tables, whose names stand apart from their values: rows that SQL inserts or PostgreSQL copies, and lists with a header.
//!
//! Each cell comes out as an assignment, as `password="…"`, behind the name of its table.

use std::iter::successors;
use std::ops::Range;

use memchr::memmem;

use super::Decoded;
use crate::model::pattern::Reach;
use crate::model::probe::Probe;

/// Bytes before and behind a mark in which the names of the columns stand,
pub(super) const HEADER: usize = 1_024;
/// and behind those in which rows are read.
pub(super) const ROWS: usize = 8_192;
/// The longest name of a column.
const LONGEST_NAME: usize = 48;

/// How a table is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Table {
    /// `INSERT INTO users (name, password) VALUES ('…', '…'), …`
    Inserted,
    /// `COPY users (name, password) FROM stdin;`, and lines with tabs.
    Copied,
    /// `name,password`, and lines with commas, semicolons or tabs.
    Listed,
}

impl Table {
    /// All.
    pub const ALL: [Self; 3] = [Self::Inserted, Self::Copied, Self::Listed];

    /// The texts that stand wherever there is one in which a secret may be.
    pub fn probes(self) -> impl Iterator<Item = Probe> {
        self.texts().iter().map(|text| Probe::new((*text).to_owned()))
    }

    fn texts(self) -> &'static [&'static str] {
        match self {
            Self::Inserted => &["INSERT INTO ", "insert into ", "Insert Into ", "INSERT IGNORE INTO ", "REPLACE INTO "],
            Self::Copied => &["FROM stdin", "from stdin", "FROM STDIN"],
            Self::Listed => &[
                ",password",
                ",Password",
                ",\"password",
                ",\"Password",
                ";password",
                ";Password",
                "\tpassword",
                "\tPassword",
                ",token",
                ",secret",
                ",Secret",
                ",api_key",
                ",login_password",
            ],
        }
    }

    fn is_in(self, text: &[u8]) -> bool {
        self.texts().iter().any(|mark| memmem::find(text, mark.as_bytes()).is_some())
    }

    fn parse<'a>(self, bytes: &'a [u8], hit: &Range<usize>) -> Option<Parsed<'a>> {
        match self {
            Self::Inserted => inserted(bytes, hit),
            Self::Copied => copied(bytes, hit),
            Self::Listed => listed(bytes, hit),
        }
    }
}

/// Bytes around a mark that tell whether it is one of a table.
pub(super) const NEAR: Reach = Reach { before: HEADER + 1, after: HEADER + 1 };

/// A table that was found around a mark.
struct Parsed<'a> {
    name: Range<usize>,
    columns: Vec<Range<usize>>,
    rows: Box<dyn Iterator<Item = Row> + 'a>,
}

/// A row, and its cells without what they are quoted in.
struct Row {
    whole: Range<usize>,
    cells: Vec<Range<usize>>,
}

/// Decodes the table of a mark.
pub(super) fn decode(table: Table, bytes: &[u8], hit: &Range<usize>) -> Option<Decoded> {
    let Parsed { name, columns, rows } = table.parse(bytes, hit)?;
    let mut decoded = Decoded { encoding: "a table", ..Decoded::default() };
    let end = name.end..name.end;
    decoded.copy(bytes, name);
    decoded.push(b'\n', end);
    // From another mark on the rows are left to that.
    let is_own = |row: &Row| row.cells.len() == columns.len() && !table.is_in(&bytes[row.whole.clone()]);
    for row in rows.take_while(is_own) {
        for (name, cell) in columns.iter().zip(row.cells).filter(|(_, cell)| !cell.is_empty()) {
            for at in name.clone() {
                decoded.push(if bytes[at] == b' ' { b'_' } else { bytes[at] }, at..at + 1);
            }
            let quote = if bytes[cell.clone()].contains(&b'"') { b'\'' } else { b'"' };
            let (start, end) = (cell.start..cell.start, cell.end..cell.end);
            decoded.push(b'=', start.clone());
            decoded.push(quote, start);
            decoded.copy(bytes, cell);
            decoded.push(quote, end.clone());
            decoded.push(b'\n', end);
        }
    }
    (decoded.within, decoded.own) = (0..decoded.bytes.len(), 0..decoded.bytes.len());
    Some(decoded)
}

fn inserted<'a>(bytes: &'a [u8], hit: &Range<usize>) -> Option<Parsed<'a>> {
    let most = bytes.len().min(hit.end + HEADER);
    let open = position(bytes, hit.end..most, |byte| byte == b'(')?;
    let close = position(bytes, open..most, |byte| byte == b')')?;
    // The literal that holds the statement may be of several that are joined.
    let values = behind_blanks(bytes, close + 1..most, b"\"'+\\.&")?;
    let first = values + b"VALUES".len();
    bytes.get(values..first.min(most))?.eq_ignore_ascii_case(b"VALUES").then_some(())?;
    let most = bytes.len().min(first + ROWS);
    let row = move |from: usize| {
        let open = behind_blanks(bytes, from..most, b",")?;
        (bytes[open] == b'(').then(|| tuple(bytes, open + 1, most)).flatten()
    };
    let rows = successors(row(first), move |last| row(last.whole.end));
    Some(Parsed {
        name: bare(bytes, hit.end..open),
        columns: names(bytes, open + 1..close, b',')?,
        rows: Box::new(rows),
    })
}

/// What stands in brackets: literals, and empty cells for all else.
fn tuple(bytes: &[u8], start: usize, most: usize) -> Option<Row> {
    let mut cells = Vec::new();
    let mut at = start;
    loop {
        at = behind_blanks(bytes, at..most, b"")?;
        // `N'…'` and `E'…'`, in a literal also `\'…\'`.
        let prefix = usize::from(matches!(bytes[at], b'N' | b'E' | b'n' | b'e') && bytes.get(at + 1) == Some(&b'\''));
        let quote = position(bytes, at + prefix..most, |byte| byte != b'\\')?;
        let cell = match bytes[quote] {
            b'"' | b'\'' => {
                let end = closing(bytes, at + prefix..quote + 1, most)?;
                let cell = quote + 1..end;
                at = end + quote + 1 - at - prefix;
                cell
            }
            _ => at..at,
        };
        let mut depth = 0_u32;
        let end = position(bytes, at..most, |byte| {
            let is_end = depth == 0 && matches!(byte, b',' | b')');
            depth = match byte {
                b'(' => depth + 1,
                b')' => depth.saturating_sub(1),
                _ => depth,
            };
            is_end
        })?;
        cells.push(cell);
        at = end + 1;
        if bytes[end] == b')' {
            return Some(Row { whole: start..at, cells });
        }
    }
}

/// Where what a quote opens is closed by the same; where it stands twice it closes nothing.
fn closing(bytes: &[u8], opening: Range<usize>, most: usize) -> Option<usize> {
    let quote = &bytes[opening.clone()];
    let mut at = opening.end;
    loop {
        at = position(bytes, at..most, |byte| byte == quote[0] || byte == b'\\')?;
        let rest = &bytes[at..most];
        let is_twice = rest.starts_with(quote) && rest[quote.len()..].starts_with(quote);
        if rest.starts_with(quote) && !is_twice {
            return Some(at);
        }
        at += if is_twice { 2 * quote.len() } else { 2 };
    }
}

fn copied<'a>(bytes: &'a [u8], hit: &Range<usize>) -> Option<Parsed<'a>> {
    let first = hit.start.saturating_sub(HEADER);
    let close = first + bytes[first..hit.start].trim_ascii_end().len();
    let open = first + bytes[first..close].strip_suffix(b")")?.iter().rposition(|byte| *byte == b'(')?;
    let line = bytes[first..open].iter().rposition(|byte| byte.is_ascii_whitespace() && *byte != b' ');
    let name = bare(bytes, line.map_or(first, |at| first + at + 1)..open);
    let rows = position(bytes, hit.end..bytes.len().min(hit.end + HEADER), |byte| byte == b'\n')? + 1;
    Some(Parsed { name, columns: names(bytes, open + 1..close - 1, b',')?, rows: Box::new(lines(bytes, rows, b'\t')) })
}

fn listed<'a>(bytes: &'a [u8], hit: &Range<usize>) -> Option<Parsed<'a>> {
    let first = hit.start.saturating_sub(HEADER);
    let start = match memchr::memrchr(b'\n', &bytes[first..hit.start]) {
        Some(line) => first + line + 1,
        None if first == 0 => 0,
        None => return None,
    };
    let separator = bytes[hit.start];
    let end = position(bytes, hit.end..bytes.len().min(hit.end + HEADER), |byte| byte == b'\n')?;
    let columns = names(bytes, start..end, separator)?;
    Some(Parsed { name: start..start, columns, rows: Box::new(lines(bytes, end + 1, separator)) })
}

/// The lines from `start` on.
fn lines(bytes: &[u8], start: usize, separator: u8) -> impl Iterator<Item = Row> + '_ {
    let most = bytes.len().min(start + ROWS);
    let line = move |from: usize| {
        let end = memchr::memchr(b'\n', bytes.get(from..most)?).map(|at| from + at);
        // A line that is cut off is none.
        end.or((most == bytes.len()).then_some(most)).filter(|end| *end > from).map(|end| from..end)
    };
    let lines = successors(line(start), move |last| line(last.end + 1));
    lines.map(move |whole| {
        let cells = cells(bytes, whole.clone(), separator);
        Row { cells: cells.into_iter().map(|cell| unquoted(bytes, cell)).collect(), whole }
    })
}

/// What stands between separators that no quotes hold.
fn cells(bytes: &[u8], line: Range<usize>, separator: u8) -> Vec<Range<usize>> {
    let mut cells = Vec::new();
    let mut start = line.start;
    let mut is_quoted = false;
    for at in line.clone() {
        is_quoted ^= bytes[at] == b'"';
        if bytes[at] == separator && !is_quoted {
            cells.push(start..at);
            start = at + 1;
        }
    }
    cells.push(start..line.end);
    cells
}

/// The names in a list; none if anything else is in it.
fn names(bytes: &[u8], list: Range<usize>, separator: u8) -> Option<Vec<Range<usize>>> {
    let name = |cell: Range<usize>| {
        let name = bare(bytes, cell);
        let is_of_name = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.' | b' ');
        let text = &bytes[name.clone()];
        (!text.is_empty() && text.len() <= LONGEST_NAME && text.iter().all(is_of_name)).then_some(name)
    };
    cells(bytes, list, separator).into_iter().map(name).collect()
}

/// A name without the blanks, quotes and brackets around it.
fn bare(bytes: &[u8], cell: Range<usize>) -> Range<usize> {
    trimmed(bytes, cell, |byte| !byte.is_ascii_whitespace() && !b"\"'`[]\\".contains(&byte))
}

/// A cell without the blanks around it, and then without its quotes.
fn unquoted(bytes: &[u8], cell: Range<usize>) -> Range<usize> {
    let cell = trimmed(bytes, cell, |byte| !byte.is_ascii_whitespace());
    match &bytes[cell.clone()] {
        [b'"', .., b'"'] => cell.start + 1..cell.end - 1,
        _ => cell,
    }
}

/// The first byte behind blanks and such signs. In a literal a blank may be written as an escape.
fn behind_blanks(bytes: &[u8], stretch: Range<usize>, signs: &[u8]) -> Option<usize> {
    let mut at = stretch.start;
    loop {
        at = position(bytes, at..stretch.end, |byte| {
            !byte.is_ascii_whitespace() && (byte == b'\\' || !signs.contains(&byte))
        })?;
        match bytes[at..stretch.end] {
            [b'\\', b'n' | b'r' | b't', ..] => at += 2,
            [b'\\', ..] if signs.contains(&b'\\') => at += 1,
            _ => return Some(at),
        }
    }
}

fn trimmed(bytes: &[u8], stretch: Range<usize>, is_kept: impl Fn(u8) -> bool) -> Range<usize> {
    let inside = &bytes[stretch.clone()];
    let (first, last) = (inside.iter().position(|byte| is_kept(*byte)), inside.iter().rposition(|byte| is_kept(*byte)));
    first
        .zip(last)
        .map_or(stretch.start..stretch.start, |(first, last)| stretch.start + first..stretch.start + last + 1)
}

fn position(bytes: &[u8], stretch: Range<usize>, is_such: impl FnMut(u8) -> bool) -> Option<usize> {
    let at = bytes.get(stretch.clone())?.iter().copied().position(is_such)?;
    Some(stretch.start + at)
}
