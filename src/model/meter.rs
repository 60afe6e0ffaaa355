//! How far the work is, for whoever wants to draw it.

use std::sync::atomic::{AtomicU64, Ordering};

/// Counts of work known and work done. Sources add to it, the command line reads it from another thread.
#[derive(Debug, Default)]
pub struct Meter {
    total: AtomicU64,
    done: AtomicU64,
    bytes: AtomicU64,
}

impl Meter {
    /// So many more files or objects are to be scanned.
    pub fn expect(&self, units: u64) {
        self.total.fetch_add(units, Ordering::Relaxed);
    }

    /// One more is scanned, of so many bytes.
    pub fn advance(&self, bytes: u64) {
        self.done.fetch_add(1, Ordering::Relaxed);
        self.bytes.fetch_add(bytes, Ordering::Relaxed);
    }

    /// Units known, units done, bytes done.
    pub fn read(&self) -> (u64, u64, u64) {
        (self.total.load(Ordering::Relaxed), self.done.load(Ordering::Relaxed), self.bytes.load(Ordering::Relaxed))
    }
}
