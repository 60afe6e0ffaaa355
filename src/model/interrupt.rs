//! Somebody's wish that the work end early, with a report of what is known by then.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// Set from outside, such as by Ctrl-C; looked at by work that can end early.
#[derive(Debug, Clone)]
pub struct Interrupt {
    wish: Arc<AtomicBool>,
    is_final: Arc<AtomicBool>,
}

impl Default for Interrupt {
    fn default() -> Self {
        Self { wish: Arc::default(), is_final: Arc::new(AtomicBool::new(true)) }
    }
}

impl Interrupt {
    /// Becomes true when the wish is made.
    pub fn wish(&self) -> Arc<AtomicBool> {
        Arc::clone(&self.wish)
    }

    /// True where a wish ends the program at once: before work begins that can end early, and after a first wish.
    pub fn is_final(&self) -> Arc<AtomicBool> {
        Arc::clone(&self.is_final)
    }

    /// From now on a first wish ends the work, not the program.
    pub fn listen(&self) {
        self.is_final.store(false, Ordering::SeqCst);
    }

    /// Whether the wish was made.
    pub fn is_set(&self) -> bool {
        self.wish.load(Ordering::SeqCst)
    }
}
