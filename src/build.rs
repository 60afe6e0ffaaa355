//! Checks `patterns/*.toml` and packs them into the binary, so that the program starts without reading TOML.

#[allow(dead_code, unreachable_pub, reason = "shared with the library, of which the build needs a part")]
mod model {
    pub mod class;
    pub mod commonness;
    pub mod cow_str;
    pub mod declaration;
    pub mod listed;
    pub mod opening;
    pub mod packed;
    pub mod pattern;
    pub mod probe;
    pub mod trail;
    pub mod validity;
    pub mod verification;
}

#[allow(dead_code, unreachable_pub, reason = "shared with the library, of which the build needs a part")]
mod patterns {
    pub mod declare;
    pub mod head;
    pub mod parse;
    pub mod probes;
    pub mod reach;
    pub mod trail;
}

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::{env, fs, process::ExitCode};

use model::listed::Listed;
use serde::Serialize;

fn main() -> ExitCode {
    match pack() {
        Ok(()) => ExitCode::SUCCESS,
        Err(problems) => {
            problems.iter().for_each(|problem| eprint(problem));
            ExitCode::FAILURE
        }
    }
}

/// Packs every pattern file below `patterns/` into `$OUT_DIR/patterns.bin`; fails with all problems of all files.
fn pack() -> Result<(), Vec<String>> {
    let fail = |error: &dyn std::fmt::Display| vec![error.to_string()];
    let root = PathBuf::from(env::var_os("CARGO_MANIFEST_DIR").ok_or_else(|| fail(&"cargo sets CARGO_MANIFEST_DIR"))?);
    let out = PathBuf::from(env::var_os("OUT_DIR").ok_or_else(|| fail(&"cargo sets OUT_DIR"))?);
    let folder = root.join("patterns");
    for watched in ["patterns", "src/patterns", "src/model", "src/build.rs"] {
        rerun_if_changed(Path::new(watched));
    }
    let mut files: Vec<PathBuf> = fs::read_dir(&folder)
        .map_err(|error| fail(&error))?
        .filter_map(|entry| Some(entry.ok()?.path()))
        .filter(|path| path.extension().is_some_and(|extension| extension == "toml"))
        .collect();
    files.sort();
    let mut all = Vec::new();
    let mut samples = BTreeMap::new();
    let mut declared = Vec::new();
    let mut problems = Vec::new();
    for file in files {
        let text = fs::read_to_string(&file).map_err(|error| fail(&error))?;
        let name = format!("patterns/{}", file.file_name().unwrap_or_default().to_string_lossy());
        let parsed = patterns::parse::parse(&name, &text);
        all.extend(parsed.patterns);
        samples.extend(parsed.samples);
        problems.extend(parsed.refused);
        let (declarations, errors) = patterns::declare::parse(&name, &text);
        declared.extend(declarations);
        problems.extend(errors);
    }
    problems.extend(patterns::parse::refuse_duplicates(&mut all, |pattern| pattern));
    if !problems.is_empty() {
        return Err(problems.iter().map(ToString::to_string).collect());
    }
    all.sort_by(|left, right| left.id.cmp(&right.id));
    let listed: Vec<Listed> = all.into_iter().map(Listed::from).collect();
    let packed = write(&listed, &out.join("patterns.bin"))?;
    let unpacked: Vec<Listed> = postcard::from_bytes(Vec::leak(packed)).map_err(|error| fail(&error))?;
    // Not even a part of one may be found broken in a scan.
    for listed in &unpacked {
        let (pattern, _) = (listed.pattern(), listed.clues());
        [&pattern.onward, &pattern.backward].into_iter().flatten().for_each(|trail| _ = trail.get());
    }
    write(&samples, &out.join("samples.bin"))?;
    write(&declared, &out.join("declarations.bin"))?;
    Ok(())
}

fn write(all: &impl Serialize, file: &Path) -> Result<Vec<u8>, Vec<String>> {
    let packed = postcard::to_stdvec(all).map_err(|error| vec![error.to_string()])?;
    fs::write(file, &packed).map_err(|error| vec![error.to_string()])?;
    Ok(packed)
}

#[allow(clippy::print_stdout, reason = "cargo reads a build script's standard output")]
fn rerun_if_changed(path: &Path) {
    println!("cargo::rerun-if-changed={}", path.display());
}

#[allow(clippy::print_stderr, reason = "cargo shows a build script's standard error when it fails")]
fn eprint(problem: &str) {
    eprintln!("{problem}");
}
