//! Marks by which a line says that its secret may stand there: straykey's own and those of other scanners.
//!
//! Comes in: a text and a secret's place in it. Goes out: the mark on its line, if there is one. It looks no further than
//! 2 KiB, so that a line without end costs no more than another.

use std::ops::Range;
use std::sync::OnceLock;

use aho_corasick::AhoCorasick;

/// How far from the secret the ends of its line are looked for, in bytes.
const FURTHEST: usize = 2048;

/// What each spelling means: the name of the mark, and whether it speaks for the next line. Case does not matter.
const SPELLINGS: [(&str, &str, bool); 14] = [
    ("straykey:allow", "straykey:allow", false),
    ("gitleaks:allow", "gitleaks:allow", false),
    ("betterleaks:allow", "betterleaks:allow", false),
    ("kingfisher:ignore", "kingfisher:ignore", false),
    ("trufflehog:ignore", "trufflehog:ignore", false),
    ("ggignore", "ggignore", false),
    ("pragma: allowlist secret", "pragma: allowlist secret", false),
    ("pragma:allowlist secret", "pragma: allowlist secret", false),
    ("pragma: whitelist secret", "pragma: allowlist secret", false),
    ("pragma:whitelist secret", "pragma: allowlist secret", false),
    ("pragma: allowlist nextline secret", "pragma: allowlist nextline secret", true),
    ("pragma:allowlist nextline secret", "pragma: allowlist nextline secret", true),
    ("pragma: whitelist nextline secret", "pragma: allowlist nextline secret", true),
    ("pragma:whitelist nextline secret", "pragma: allowlist nextline secret", true),
];

/// Looks for marks. Prepares itself when it is first asked: most runs find no secret.
#[derive(Debug, Default)]
pub struct Marks {
    automaton: OnceLock<Option<AhoCorasick>>,
}

impl Marks {
    /// The mark that speaks for the secret at `span`: on its first or last line, or for the next one on the line before.
    pub fn on_line_of(&self, bytes: &[u8], span: &Range<usize>) -> Option<&'static str> {
        let first_start = line_start(bytes, span.start);
        let first = first_start..line_end(bytes, span.start, span.start + FURTHEST);
        let last = line_start(bytes, span.end)..line_end(bytes, span.end, span.end + FURTHEST);
        let own = match last.start <= first.end {
            true => self.find(&bytes[first.start..last.end], false),
            false => [first, last].into_iter().find_map(|line| self.find(&bytes[line], false)),
        };
        own.or_else(|| {
            let is_break = first_start.checked_sub(1).filter(|at| bytes[*at] == b'\n')?;
            self.find(&bytes[line_start(bytes, is_break)..is_break], true)
        })
    }

    fn find(&self, line: &[u8], for_next: bool) -> Option<&'static str> {
        let spellings = || SPELLINGS.iter().map(|(spelling, ..)| spelling);
        // The builder fails only past 2^31 bytes.
        let build = || AhoCorasick::builder().ascii_case_insensitive(true).build(spellings()).ok();
        let automaton = self.automaton.get_or_init(build).as_ref()?;
        let mut found = automaton.find_overlapping_iter(line).filter(|found| stands_alone(line, found.range()));
        found.find_map(|found| {
            let (_, name, speaks_for_next) = SPELLINGS[found.pattern().as_usize()];
            (speaks_for_next == for_next).then_some(name)
        })
    }
}

/// Whether no letter or digit continues a mark on either side.
fn stands_alone(line: &[u8], range: Range<usize>) -> bool {
    let continues = |byte: Option<&u8>| byte.is_some_and(|byte| byte.is_ascii_alphanumeric() || *byte == b'_');
    let before = range.start.checked_sub(1).and_then(|at| line.get(at));
    !continues(before) && !continues(line.get(range.end))
}

/// First byte of the line that holds `at`, or the furthest that is looked at.
fn line_start(bytes: &[u8], at: usize) -> usize {
    let from = at.saturating_sub(FURTHEST);
    memchr::memrchr(b'\n', &bytes[from..at]).map_or(from, |found| from + found + 1)
}

/// The break that ends the line which holds `at`, or the furthest byte that is looked at.
fn line_end(bytes: &[u8], at: usize, furthest: usize) -> usize {
    let to = furthest.min(bytes.len());
    memchr::memchr(b'\n', &bytes[at..to]).map_or(to, |found| at + found)
}
