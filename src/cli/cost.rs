//! `straykey patterns check --cost`

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};

use straykey::detect::Detector;
use straykey::patterns::{corpus, cost};

/// Bytes of the corpus that is made where none is named.
const MADE: usize = 4 << 20;
/// Bytes that are read of a corpus.
const MOST: usize = 256 << 20;
/// Rows that are shown.
const SHOWN: usize = 25;
const MEGABYTE: f64 = 1e6;

/// Writes what the anchors of `detector` cost on the files at `path`, or on a made text.
pub(super) fn write(detector: &Detector, path: Option<&Path>, out: &mut dyn Write) -> Result<()> {
    let (texts, what) = match path {
        Some(path) => (read(path)?, path.display().to_string()),
        None => (vec![corpus::make(MADE)], "made text".to_owned()),
    };
    let megabytes = texts.iter().map(Vec::len).sum::<usize>() as f64 / MEGABYTE;
    if megabytes == 0.0 {
        bail!("there is nothing to measure on in {what}; name a folder with files");
    }
    let costs = cost::measure(detector, &texts);
    let failed = "the cost cannot be written";
    writeln!(out, "cost on {megabytes:.1} MB of {what}, the costliest first").context(failed)?;
    writeln!(out, "  times per MB   ns per MB  anchor, and whose it is").context(failed)?;
    let per = |count: f64| count / megabytes;
    for cost in costs.iter().take(SHOWN) {
        let name = detector.describe(cost.anchor);
        let (hits, time) = (per(cost.hits as f64), per(cost.time.as_nanos() as f64));
        writeln!(out, "  {hits:14.1}  {time:10.0}  {name}").context(failed)?;
    }
    let rest = costs.iter().skip(SHOWN);
    let (hits, time) = rest.fold((0, 0), |(hits, time), cost| (hits + cost.hits, time + cost.time.as_nanos()));
    let count = costs.len().saturating_sub(SHOWN);
    writeln!(out, "  {:14.1}  {:10.0}  {count} others that were met", per(hits as f64), per(time as f64))
        .context(failed)
}

/// The files at a path, as far as they fit.
fn read(path: &Path) -> Result<Vec<Vec<u8>>> {
    let mut waiting: Vec<PathBuf> = vec![path.to_owned()];
    let (mut texts, mut total) = (Vec::new(), 0);
    while let Some(path) = waiting.pop() {
        let failed = || format!("{} cannot be read; name a folder of files", path.display());
        let kind = fs::symlink_metadata(&path).with_context(failed)?.file_type();
        if kind.is_dir() {
            let entries = fs::read_dir(&path).with_context(failed)?;
            let mut below =
                entries.map(|entry| Ok(entry?.path())).collect::<std::io::Result<Vec<_>>>().with_context(failed)?;
            below.sort();
            waiting.extend(below.into_iter().rev());
        } else if kind.is_file() && total < MOST {
            let text = fs::read(&path).with_context(failed)?;
            total += text.len();
            texts.push(text);
        }
    }
    Ok(texts)
}
