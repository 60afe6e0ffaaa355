//! A file's bytes, mapped into memory. The only file of the crate with `unsafe` in it.

use std::fs::File;
use std::io;

/// Maps the whole of `file`.
#[allow(unsafe_code, reason = "there is no safe way to map a file")]
pub(super) fn map(file: &File) -> io::Result<memmap2::Mmap> {
    // SAFETY: the map is read-only and only ever read as plain bytes. A program that shortens the file meanwhile can end
    // this one with SIGBUS; like other search tools we take that rather than copy a huge file into memory.
    unsafe { memmap2::Mmap::map(file) }
}
