//! One text taken apart, member by member, to whatever depth.
//!
//! Comes in: members, in memory or as streams, from the formats. Goes out: credentials with their paths inside, and what was
//! not looked at. A member is read once and let go; only what cannot be read from front to back is held whole.

use std::collections::BTreeSet;
use std::io::{self, Read};
use std::rc::Rc;
use std::sync::Arc;

use super::budget::{Budget, Metered};
use super::kind::Kind;
use super::viewer::Viewer;
use super::{Limits, compressed, office, pdf, sqlite, tar, wide, zip};
use crate::model::place::{INSIDE, Position};
use crate::model::scan::HEAD;
use crate::model::scan::{Match, Missed, Scanner};
use crate::model::secret::Secret;

/// Bytes of a streamed member that are searched at a time.
const WINDOW: usize = 32 << 20;
/// Two windows share so many: twice of what a verdict may depend on, and more than any pattern reaches.
const OVERLAP: usize = 256 << 10;
/// Problems of one text that are told one by one.
const MOST_MISSED: usize = 20;
/// Bytes of a member's name that are shown.
const LONGEST_NAME: usize = 512;
/// What a compressed stream that keeps no name is called inside.
const UNNAMED: &str = "content";

/// Where a member lies.
#[derive(Debug, Clone, Default)]
pub(super) struct At {
    /// Its path inside the outermost text.
    path: String,
    /// What it is called if it turns out to be no archive: what a stream holds is a level of its own only then.
    name: Option<String>,
    /// Archives around it.
    depth: usize,
}

impl At {
    /// A member of the archive here.
    pub(super) fn member(&self, name: &[u8]) -> Self {
        let name = String::from_utf8_lossy(&name[..name.len().min(LONGEST_NAME)]);
        Self { path: joined(&self.path, &name), name: None, depth: self.depth + 1 }
    }

    /// What the compressed stream here holds.
    pub(super) fn content(&self, name: Option<&[u8]>) -> Self {
        let shown = |name: &[u8]| String::from_utf8_lossy(&name[..name.len().min(LONGEST_NAME)]).into_owned();
        let name = name.filter(|name| !name.is_empty()).map_or_else(|| UNNAMED.to_owned(), shown);
        Self { path: self.path.clone(), name: Some(name), depth: self.depth + 1 }
    }

    /// The path as it is told.
    fn told(&self) -> String {
        self.name.as_deref().map_or_else(|| self.path.clone(), |name| joined(&self.path, name))
    }
}

fn joined(path: &str, name: &str) -> String {
    if path.is_empty() { name.to_owned() } else { format!("{path}{INSIDE}{name}") }
}

/// What lies inside of one text.
pub(super) struct Inside {
    /// Credentials.
    pub(super) matches: Vec<Match>,
    /// What was not looked at.
    pub(super) missed: Vec<Missed>,
    /// Secrets in the text's own bytes that are told inside, without what stands between their lines there.
    pub(super) garbled: BTreeSet<Secret>,
}

/// Takes one text apart.
pub(super) struct Unpacker<'a> {
    pub(super) scanner: &'a dyn Scanner,
    pub(super) budget: Rc<Budget>,
    found: Vec<Match>,
    missed: Vec<Missed>,
    /// Secrets as they stand in a document's bytes, with its marks in between, of which the document says more clearly what
    /// they are.
    pub(super) garbled: BTreeSet<Secret>,
    /// Problems that are only counted.
    uncounted: usize,
    /// Where a limit was reached.
    stopped_at: Option<String>,
}

impl<'a> Unpacker<'a> {
    /// For a text of so many bytes.
    pub(super) fn new(scanner: &'a dyn Scanner, limits: Limits, packed: usize) -> Self {
        let budget = Rc::new(Budget::new(limits, packed));
        Self {
            scanner,
            budget,
            found: Vec::new(),
            missed: Vec::new(),
            garbled: BTreeSet::new(),
            uncounted: 0,
            stopped_at: None,
        }
    }

    /// The text itself, which was searched as it is and has `known` in it.
    pub(super) fn outermost(&mut self, kind: Kind, bytes: &[u8], known: &[Match]) {
        let known = known.iter().map(|found| found.credential.secret.clone()).collect();
        self.open(kind, bytes, &At::default(), Some(known));
    }

    /// What was found, and what was not looked at.
    pub(super) fn end(mut self) -> Inside {
        if self.uncounted > 0 {
            let why =
                format!("{} more of its members were not searched; unpack it and scan the folder", self.uncounted);
            self.missed.push(Missed { inside: None, why });
        }
        if let Some(why) = self.budget.reason() {
            self.missed.push(Missed { inside: self.stopped_at.filter(|path| !path.is_empty()), why });
        }
        let garbled = self.garbled;
        self.found.retain(|found| !garbled.contains(&found.credential.secret));
        Inside { matches: self.found, missed: self.missed, garbled }
    }

    /// A member that is at hand in memory.
    pub(super) fn slice(&mut self, bytes: &[u8], at: &At) {
        match Kind::of_whole(bytes) {
            Some(kind) => self.open(kind, bytes, at, None),
            None => drop(self.search(bytes, at)),
        }
    }

    /// A member that comes as a stream. Fails where the stream does.
    pub(super) fn stream(&mut self, reader: &mut dyn Read, at: &At) -> io::Result<()> {
        let result = self.read_stream(reader, at);
        if self.budget.is_stopped() && self.stopped_at.is_none() {
            self.stopped_at = Some(at.told());
        }
        result
    }

    fn read_stream(&mut self, reader: &mut dyn Read, at: &At) -> io::Result<()> {
        let mut head = Vec::new();
        // What came before the failure is looked at all the same.
        let failure = fill(reader, &mut head, HEAD).err();
        let mut rest = io::Cursor::new(&head).chain(Rest { reader, failure });
        match Kind::of(&head) {
            None => self.search_stream(&mut rest, at),
            Some(kind) if kind.is_stream() => {
                self.open_stream(kind, &mut rest, at);
                Ok(())
            }
            Some(kind) => {
                let mut bytes = Vec::new();
                let room = self.budget.room();
                let failure = (&mut rest).take(room + 1).read_to_end(&mut bytes).err();
                if bytes.len() as u64 > room {
                    let most = Limits::HELD;
                    let why = format!(
                        "{kind} would have to be held in memory, with those around it more than {most} bytes; unpack it and \
                         scan the folder"
                    );
                    self.miss(at, why);
                    return Ok(());
                }
                self.budget.hold(bytes.len());
                self.open(kind, &bytes, at, None);
                self.budget.release(bytes.len());
                failure.map_or(Ok(()), Err)
            }
        }
    }

    /// Opens what is at hand in memory. Secrets that were found in its bytes as they are may be `known`.
    fn open(&mut self, kind: Kind, bytes: &[u8], at: &At, known: Option<BTreeSet<Secret>>) {
        if kind.is_stream() {
            return self.open_stream(kind, &mut &*bytes, at);
        }
        let known = match known {
            Some(known) => known,
            None if kind.is_document() => self.search(bytes, at),
            None => BTreeSet::new(),
        };
        if self.is_too_deep(kind, at) {
            return;
        }
        match kind {
            Kind::Pdf => pdf::read(&mut Viewer { unpacker: self, at, known: &known }, bytes),
            Kind::Sqlite => sqlite::read(&mut Viewer { unpacker: self, at, known: &known }, bytes),
            Kind::Office => office::read(&mut Viewer { unpacker: self, at, known: &known }, bytes),
            Kind::Utf16 => self.search_wide(bytes, at),
            _ => zip::read(self, bytes, at),
        }
        if self.budget.is_stopped() && self.stopped_at.is_none() {
            self.stopped_at = Some(at.told());
        }
    }

    fn open_stream(&mut self, kind: Kind, reader: &mut dyn Read, at: &At) {
        if self.is_too_deep(kind, at) {
            return;
        }
        let result = match kind {
            Kind::Tar => tar::read(self, reader, at),
            _ => compressed::read(self, kind, reader, at),
        };
        if let Err(error) = result {
            self.fail(&kind.to_string(), at, &error);
        }
    }

    fn is_too_deep(&mut self, kind: Kind, at: &At) -> bool {
        let depth = self.budget.depth();
        let is_too_deep = at.depth >= depth && !kind.is_document() && kind != Kind::Utf16;
        if is_too_deep {
            let why = format!(
                "{kind} lies within {depth} others and was not unpacked; raise --max-archive-depth, or unpack it and scan the \
                 folder"
            );
            self.miss(at, why);
        }
        is_too_deep
    }

    /// Notes that something was not looked at.
    pub(super) fn miss(&mut self, at: &At, why: String) {
        if self.missed.len() < MOST_MISSED {
            self.missed.push(Missed { inside: Some(at.path.clone()).filter(|path| !path.is_empty()), why });
        } else {
            self.uncounted += 1;
        }
    }

    /// Notes why a reader ended early, unless it was for a limit, which is told once.
    pub(super) fn fail(&mut self, what: &str, at: &At, error: &io::Error) {
        if self.budget.is_stopped() {
            return;
        }
        let how = match error.kind() {
            io::ErrorKind::UnexpectedEof => "ends too early",
            io::ErrorKind::OutOfMemory => "needs more memory than 128 MiB",
            io::ErrorKind::Unsupported => "is made in a way that is not supported",
            _ => "is broken",
        };
        let why = format!(
            "{what} {how}, so that the rest of it was not searched; put a whole one in its place, or leave it out with \
             --exclude"
        );
        self.miss(at, why);
    }

    /// Searches a text that is at hand. Says which secrets are in it.
    fn search(&mut self, bytes: &[u8], at: &At) -> BTreeSet<Secret> {
        let mut scan = self.scanner.scan(bytes);
        let secrets = scan.matches.iter().map(|found| found.credential.secret.clone()).collect();
        self.cut_short(scan.cut_short.take(), at);
        self.keep(scan.matches, at);
        secrets
    }

    /// Searches a text in UTF-16. Lines and columns are those that a reader sees.
    fn search_wide(&mut self, bytes: &[u8], at: &At) {
        let mut scan = self.scanner.scan(wide::decode(bytes).as_bytes());
        self.cut_short(scan.cut_short.take(), at);
        scan.matches.iter_mut().for_each(|found| found.encodings.insert(0, "UTF-16"));
        self.keep(scan.matches, at);
    }

    /// Notes why the search of a text inside was ended early, if it was.
    pub(super) fn cut_short(&mut self, why: Option<String>, at: &At) {
        if let Some(why) = why {
            self.missed.push(Missed { inside: Some(at.told()), why });
        }
    }

    /// Keeps what was found in a text inside.
    pub(super) fn keep(&mut self, matches: Vec<Match>, at: &At) {
        if matches.is_empty() {
            return;
        }
        let inside: Option<Arc<str>> = Some(at.told()).filter(|path| !path.is_empty()).map(Arc::from);
        let room = Limits::MATCHES.saturating_sub(self.found.len());
        if matches.len() > room {
            let most = Limits::MATCHES;
            self.budget.stop(format!(
                "it holds more than {most} credentials; the rest was not searched: unpack it and scan the folder"
            ));
        }
        let told = matches.into_iter().take(room).map(|found| Match { inside: inside.clone(), ..found });
        self.found.extend(told);
    }

    /// Searches a text window by window.
    fn search_stream(&mut self, reader: &mut dyn Read, at: &At) -> io::Result<()> {
        let mut window = Vec::new();
        let mut passed = Passed { lines: 0, columns: 0 };
        let mut is_first = true;
        loop {
            let failure = fill(reader, &mut window, WINDOW).err();
            let is_last = window.len() < WINDOW;
            // In the middle of what two windows share the one's verdicts end and the other's begin.
            let from = if is_first { 0 } else { OVERLAP / 2 };
            let to = if is_last { window.len() } else { WINDOW - OVERLAP / 2 };
            let mut scan = self.scanner.scan(&window);
            self.cut_short(scan.cut_short.take(), at);
            scan.matches.retain(|found| (from..to).contains(&found.span.start));
            scan.matches.iter_mut().for_each(|found| found.position = passed.before(found.position));
            self.keep(scan.matches, at);
            if is_last || failure.is_some() {
                return failure.map_or(Ok(()), Err);
            }
            let next = WINDOW - OVERLAP;
            passed.pass(&window[..next]);
            window.drain(..next);
            is_first = false;
        }
    }
}

/// Lines and columns before a window.
struct Passed {
    lines: usize,
    /// Characters between the last line break and the window.
    columns: usize,
}

impl Passed {
    /// A position in the window as one in the whole text.
    fn before(&self, position: Position) -> Position {
        let column = |line, column| if line == 1 { column + self.columns } else { column };
        Position {
            line: position.line + self.lines,
            column: column(position.line, position.column),
            end_line: position.end_line + self.lines,
            end_column: column(position.end_line, position.end_column),
        }
    }

    fn pass(&mut self, bytes: &[u8]) {
        let rest = match bytes.iter().rposition(|byte| *byte == b'\n') {
            None => bytes,
            Some(last) => {
                self.lines += bytes[..=last].iter().filter(|byte| **byte == b'\n').count();
                self.columns = 0;
                &bytes[last + 1..]
            }
        };
        let characters = |chunk: std::str::Utf8Chunk<'_>| chunk.valid().chars().count() + chunk.invalid().len();
        self.columns += rest.utf8_chunks().map(characters).sum::<usize>();
    }
}

/// What follows a head that was read beforehand, with the failure that ended it.
struct Rest<'r> {
    reader: &'r mut dyn Read,
    failure: Option<io::Error>,
}

impl Read for Rest<'_> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        match self.failure.take() {
            Some(failure) => Err(failure),
            None => self.reader.read(into),
        }
    }
}

/// Reads until there are `length` bytes, or no more.
fn fill(reader: &mut dyn Read, into: &mut Vec<u8>, length: usize) -> io::Result<()> {
    let missing = length.saturating_sub(into.len()) as u64;
    reader.take(missing).read_to_end(into).map(drop)
}

/// A reader of what comes out of a decoder, whose bytes count.
pub(super) fn metered<R: Read>(unpacker: &Unpacker<'_>, decoder: R) -> Metered<R> {
    Metered::new(decoder, Rc::clone(&unpacker.budget))
}
