//! Works through the credentials that are to be tried: hosts side by side, and never too many at one of them.

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Condvar, Mutex, PoisonError};
use std::thread;

use crate::model::interrupt::Interrupt;

/// Threads at most.
const MOST_THREADS: usize = 64;
/// Of these, at most so many at one host.
const MOST_AT_ONCE: usize = 4;

/// What waits for one host.
#[derive(Default)]
struct Lane {
    waiting: VecDeque<usize>,
    running: usize,
}

/// Does `work` for every job, named by its index. `hosts` says which host each is for. Ends early when it is interrupted.
pub(super) fn each(hosts: &[String], interrupt: &Interrupt, work: impl Fn(usize) + Sync) {
    let mut lanes: BTreeMap<&str, Lane> = BTreeMap::new();
    for (job, host) in hosts.iter().enumerate() {
        lanes.entry(host).or_default().waiting.push_back(job);
    }
    let lanes = Mutex::new(lanes);
    let freed = Condvar::new();
    thread::scope(|scope| {
        for _ in 0..MOST_THREADS.min(hosts.len()) {
            scope.spawn(|| {
                while let Some((host, job)) = next(&lanes, &freed, interrupt) {
                    work(job);
                    let mut lanes = lanes.lock().unwrap_or_else(PoisonError::into_inner);
                    if let Some(lane) = lanes.get_mut(host) {
                        lane.running -= 1;
                    }
                    freed.notify_all();
                }
            });
        }
    });
}

/// The next job, of the host at which least is going on; none when nothing waits any more.
fn next<'h>(
    lanes: &Mutex<BTreeMap<&'h str, Lane>>,
    freed: &Condvar,
    interrupt: &Interrupt,
) -> Option<(&'h str, usize)> {
    let mut lanes = lanes.lock().unwrap_or_else(PoisonError::into_inner);
    loop {
        if interrupt.is_set() || lanes.values().all(|lane| lane.waiting.is_empty()) {
            return None;
        }
        let open = lanes.iter_mut().filter(|(_, lane)| !lane.waiting.is_empty() && lane.running < MOST_AT_ONCE);
        let idlest = open.min_by_key(|(_, lane)| lane.running);
        if let Some((host, lane)) = idlest
            && let Some(job) = lane.waiting.pop_front()
        {
            lane.running += 1;
            return Some((host, job));
        }
        lanes = freed.wait(lanes).unwrap_or_else(PoisonError::into_inner);
    }
}
