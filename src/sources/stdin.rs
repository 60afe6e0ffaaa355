//! Standard input as one text.

use std::io::Read;

use super::{Holder, Source, files};
use crate::model::meter::Meter;
use crate::model::place::PlaceKind;
use crate::model::report::Unscanned;
use crate::model::scan::{Scanned, Scanner};

/// What is held in memory at most, unless the user sets a limit.
const MAX_SIZE: u64 = 1 << 30;

/// Reads standard input to its end.
#[derive(Debug)]
pub struct Stdin {
    /// Which target, counted from 0.
    pub target: usize,
    /// More bytes are not scanned, and reported.
    pub max_size: Option<u64>,
}

impl Source for Stdin {
    fn scan(&self, scanner: &dyn Scanner, meter: &Meter) -> Scanned {
        let mut scanned = Scanned::default();
        let limit = self.max_size.unwrap_or(MAX_SIZE);
        let mut bytes = Vec::new();
        let mut unscanned = |why| scanned.unscanned.push(Unscanned { what: "standard input".into(), why });
        match std::io::stdin().lock().take(limit + 1).read_to_end(&mut bytes) {
            Err(error) => unscanned(files::in_words(&error)),
            Ok(read) if read as u64 > limit => {
                bytes.truncate(usize::try_from(limit).unwrap_or(usize::MAX));
                unscanned(format!("only the first {limit} bytes were scanned; raise --max-file-size"));
            }
            Ok(_) => {}
        }
        let holder = Holder {
            target: self.target,
            path: None,
            kind: PlaceKind::Stdin,
            object: None,
            commit: None,
            lifetime: None,
        };
        holder.record(scanner.scan(&bytes), &mut scanned);
        scanned.stats.files += 1;
        scanned.stats.file_bytes += bytes.len() as u64;
        meter.advance(bytes.len() as u64);
        scanned
    }
}
