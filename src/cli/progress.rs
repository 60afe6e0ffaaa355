//! A progress bar on standard error, when that is a terminal and the work is long.

use std::io::IsTerminal;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use indicatif::{HumanBytes, ProgressBar, ProgressStyle};

use straykey::model::meter::Meter;

/// Shorter work shows no bar.
const PATIENCE: Duration = Duration::from_secs(1);
/// Time between two looks at the meter.
const TICK: Duration = Duration::from_millis(100);

/// Does `work` while another thread draws what `meter` says.
pub(super) fn during<T>(meter: &Meter, wanted: bool, work: impl FnOnce() -> T) -> T {
    if !wanted || !std::io::stderr().is_terminal() {
        return work();
    }
    let done = AtomicBool::new(false);
    thread::scope(|scope| {
        let drawer = scope.spawn(|| draw(meter, &done));
        let result = work();
        done.store(true, Ordering::Relaxed);
        drawer.thread().unpark();
        result
    })
}

fn draw(meter: &Meter, done: &AtomicBool) {
    let start = Instant::now();
    let mut bar: Option<ProgressBar> = None;
    while !done.load(Ordering::Relaxed) {
        thread::park_timeout(TICK);
        if start.elapsed() < PATIENCE {
            continue;
        }
        let (total, units, bytes) = meter.read();
        let bar = bar.get_or_insert_with(|| ProgressBar::new(0).with_style(style()));
        bar.set_length(total.max(units));
        bar.set_position(units);
        bar.set_message(HumanBytes(bytes).to_string());
    }
    if let Some(bar) = bar {
        bar.finish_and_clear();
    }
}

fn style() -> ProgressStyle {
    ProgressStyle::with_template("{wide_bar} {human_pos} of {human_len}  {msg}  {eta} left")
        .unwrap_or_else(|_| ProgressStyle::default_bar())
}
