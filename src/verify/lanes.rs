//! Who may ask which host when: so many requests a second, and none while the host wants to be left alone.
//!
//! Comes in: names of hosts. Goes out: leave to ask, given in time. It must not know what is asked.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use crate::model::interrupt::Interrupt;

/// The longest stretch of sleep before an interrupt is looked for.
const NAP: Duration = Duration::from_millis(50);

/// The lanes of all hosts.
#[derive(Debug)]
pub(super) struct Lanes {
    /// Time between two requests to one host.
    gap: Duration,
    /// When each host may be asked next.
    next: Mutex<HashMap<String, Instant>>,
}

/// Why leave was not given.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Denied {
    /// It would be too late.
    Late,
    /// Somebody wants it to end.
    Interrupted,
}

impl Lanes {
    /// At most `rate` requests a second to each host.
    pub(super) fn new(rate: f64) -> Self {
        Self { gap: Duration::from_secs_f64(1.0 / rate), next: Mutex::default() }
    }

    /// Waits until `host` may be asked, but not beyond `deadline`.
    pub(super) fn enter(&self, host: &str, deadline: Instant, interrupt: &Interrupt) -> Result<(), Denied> {
        loop {
            let now = Instant::now();
            let wait = {
                let mut next = self.next.lock().unwrap_or_else(PoisonError::into_inner);
                let free = next.entry(host.to_owned()).or_insert(now);
                if *free <= now {
                    *free = now + self.gap;
                    return Ok(());
                }
                *free - now
            };
            if interrupt.is_set() {
                return Err(Denied::Interrupted);
            }
            if now + wait > deadline {
                return Err(Denied::Late);
            }
            thread::sleep(wait.min(NAP));
        }
    }

    /// Leaves `host` alone for so long.
    pub(super) fn pause(&self, host: &str, time: Duration) {
        let mut next = self.next.lock().unwrap_or_else(PoisonError::into_inner);
        let until = Instant::now() + time;
        let free = next.entry(host.to_owned()).or_insert(until);
        *free = (*free).max(until);
    }
}
