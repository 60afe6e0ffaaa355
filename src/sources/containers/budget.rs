//! How much may still be taken out of one text.
//!
//! Comes in: limits, and each byte, entry and credential as it comes out. Goes out: whether to go on. What ends the work is
//! kept here rather than in the errors of readers, since decoders wrap those as they please.

use std::cell::{Cell, RefCell};
use std::io::{self, Read};
use std::rc::Rc;

use super::Limits;

/// What was taken out of one text so far, at every depth.
#[derive(Debug)]
pub(super) struct Budget {
    limits: Limits,
    /// Bytes of the text itself.
    packed: u64,
    unpacked: Cell<u64>,
    entries: Cell<usize>,
    held: Cell<u64>,
    stop: RefCell<Option<String>>,
}

/// A limit was reached.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Stopped;

impl From<Stopped> for io::Error {
    fn from(_: Stopped) -> Self {
        Self::other("a limit was reached")
    }
}

impl Budget {
    /// For a text of `packed` bytes.
    pub(super) fn new(limits: Limits, packed: usize) -> Self {
        Self {
            limits,
            packed: packed as u64,
            unpacked: Cell::new(0),
            entries: Cell::new(0),
            held: Cell::new(0),
            stop: RefCell::new(None),
        }
    }

    /// How far archives may lie within one another.
    pub(super) fn depth(&self) -> usize {
        self.limits.depth
    }

    /// Ends the work for this reason, unless it has ended.
    pub(super) fn stop(&self, why: String) -> Stopped {
        self.stop.borrow_mut().get_or_insert(why);
        Stopped
    }

    /// Whether the work has ended.
    pub(super) fn is_stopped(&self) -> bool {
        self.stop.borrow().is_some()
    }

    /// Why it has ended.
    pub(super) fn reason(&self) -> Option<String> {
        self.stop.borrow().clone()
    }

    /// So many more bytes have come out.
    pub(super) fn spend(&self, bytes: usize) -> Result<(), Stopped> {
        if self.is_stopped() {
            return Err(Stopped);
        }
        let unpacked = self.unpacked.get().saturating_add(bytes as u64);
        self.unpacked.set(unpacked);
        if unpacked > self.limits.size {
            let size = self.limits.size;
            return Err(self.stop(format!(
                "more than {size} bytes come out of it; the rest was not searched: raise --max-archive-size, or unpack it and \
                 scan the folder"
            )));
        }
        if unpacked > Limits::FREE && unpacked > self.packed.saturating_mul(Limits::RATIO) {
            let ratio = Limits::RATIO;
            return Err(self.stop(format!(
                "it unpacks to more than {ratio} times its size, as bombs do; the rest was not searched: unpack it and scan \
                 the folder if you trust it"
            )));
        }
        Ok(())
    }

    /// One more member.
    pub(super) fn enter(&self) -> Result<(), Stopped> {
        let entries = self.entries.get() + 1;
        self.entries.set(entries);
        if entries > Limits::ENTRIES {
            let most = Limits::ENTRIES;
            return Err(self.stop(format!(
                "it has more than {most} entries; the rest was not searched: unpack it and scan the folder"
            )));
        }
        if self.is_stopped() { Err(Stopped) } else { Ok(()) }
    }

    /// How many more bytes may be held in memory.
    pub(super) fn room(&self) -> u64 {
        Limits::HELD.saturating_sub(self.held.get())
    }

    /// So many bytes are held.
    pub(super) fn hold(&self, bytes: usize) {
        self.held.set(self.held.get() + bytes as u64);
    }

    /// So many are no longer.
    pub(super) fn release(&self, bytes: usize) {
        self.held.set(self.held.get().saturating_sub(bytes as u64));
    }
}

/// A reader whose bytes count.
pub(super) struct Metered<R> {
    reader: R,
    budget: Rc<Budget>,
}

impl<R> Metered<R> {
    pub(super) fn new(reader: R, budget: Rc<Budget>) -> Self {
        Self { reader, budget }
    }
}

impl<R: Read> Read for Metered<R> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let count = self.reader.read(into)?;
        self.budget.spend(count)?;
        Ok(count)
    }
}
