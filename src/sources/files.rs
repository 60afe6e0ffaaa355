//! Reads one file of the file system and scans it.

use std::fs::{File, FileType, OpenOptions};
use std::io::{self, Read};
use std::path::Path;

use super::{Holder, mapped};
use crate::model::meter::Meter;
use crate::model::place::PlaceKind;
use crate::model::report::Unscanned;
use crate::model::scan::{Scanned, Scanner};

/// Larger files are mapped rather than read.
const LARGEST_READ: u64 = 4 << 20;

/// Scans files one after the other into one buffer.
pub struct FileScanner<'a> {
    scanner: &'a dyn Scanner,
    meter: &'a Meter,
    max_size: Option<u64>,
    buffer: Vec<u8>,
}

impl<'a> FileScanner<'a> {
    /// Files of more than `max_size` bytes are reported as not scanned.
    pub fn new(scanner: &'a dyn Scanner, meter: &'a Meter, max_size: Option<u64>) -> Self {
        Self { scanner, meter, max_size, buffer: Vec::new() }
    }

    /// Scans a file, to be reported as `holder` has it. Whatever prevents that is recorded.
    pub fn scan(&mut self, file: Result<OpenFile, String>, holder: &Holder, scanned: &mut Scanned) {
        match file.and_then(|file| self.read(file, holder, scanned)) {
            Ok(size) => {
                if holder.kind == PlaceKind::WorkingTree {
                    scanned.stats.files += 1;
                    scanned.stats.file_bytes += size;
                }
                self.meter.advance(size);
            }
            Err(why) => scanned.unscanned.push(Unscanned { what: holder.path.clone().unwrap_or_default(), why }),
        }
    }

    fn read(
        &mut self,
        OpenFile { mut file, size }: OpenFile,
        holder: &Holder,
        scanned: &mut Scanned,
    ) -> Result<u64, String> {
        if let Some(limit) = self.max_size.filter(|limit| size > *limit) {
            return Err(too_large(size, limit));
        }
        if size > LARGEST_READ {
            let map = mapped::map(&file).map_err(|error| in_words(&error))?;
            holder.record(self.scanner.scan(&map), scanned);
            return Ok(map.len() as u64);
        }
        let read = read_whole(&mut file, size, &mut self.buffer).map_err(|error| in_words(&error))?;
        holder.record(self.scanner.scan(&self.buffer[..read]), scanned);
        Ok(read as u64)
    }
}

/// Reads all of a file of `size` bytes to the start of `buffer`, and says how many bytes these are.
///
/// A read that brings as many bytes as the file is said to have, and has room for one more, was the last. To ask whether
/// that is so, as `read_to_end` does, would be half of all calls of the system in a tree of small files. A file that has
/// changed since, or does not tell its size (as in `/proc`), is read to its end.
fn read_whole(file: &mut File, size: u64, buffer: &mut Vec<u8>) -> io::Result<usize> {
    let size = usize::try_from(size).map_err(io::Error::other)?;
    if buffer.len() <= size {
        buffer.resize(size + 1, 0);
    }
    let read = match file.read(&mut buffer[..=size]) {
        Ok(read) if read == size => return Ok(read),
        Ok(read) => read,
        Err(error) if error.kind() == io::ErrorKind::Interrupted => 0,
        Err(error) => return Err(error),
    };
    buffer.truncate(read);
    file.read_to_end(buffer)?;
    Ok(buffer.len())
}

/// A file that is read, and how many bytes it has: asked of the file itself, as its path may name another by then.
pub struct OpenFile {
    file: File,
    /// Its bytes.
    pub size: u64,
}

/// Opens the file at `path`; says why if it is none, or cannot be read.
pub fn open(path: &Path) -> Result<OpenFile, String> {
    let mut options = OpenOptions::new();
    // Else opening a pipe would wait for whoever writes to it.
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::custom_flags(&mut options, rustix::fs::OFlags::NONBLOCK.bits().cast_signed());
    let why_not = |error: io::Error| {
        // A socket cannot be opened.
        let kind = path.metadata().map(|metadata| metadata.file_type());
        kind.ok().and_then(not_a_file).unwrap_or_else(|| in_words(&error))
    };
    let file = options.read(true).open(path).map_err(why_not)?;
    let metadata = file.metadata().map_err(|error| in_words(&error))?;
    not_a_file(metadata.file_type()).map_or(Ok(OpenFile { file, size: metadata.len() }), Err)
}

/// Why something that is neither file nor folder is not read.
pub fn not_a_file(kind: FileType) -> Option<String> {
    if kind.is_file() {
        return None;
    }
    #[cfg(unix)]
    {
        use std::os::unix::fs::FileTypeExt;
        if kind.is_fifo() {
            return Some(
                "a named pipe is not read, as it may never end; pipe its content into `straykey scan -`".into(),
            );
        }
        if kind.is_socket() {
            return Some("a socket has no content to scan; leave it out with --exclude".into());
        }
    }
    Some("it is neither a file nor a folder; leave it out with --exclude".into())
}

/// The clause for a file or object over the limit.
pub fn too_large(size: u64, limit: u64) -> String {
    format!("it has {size} bytes, over the limit of {limit}; raise --max-file-size")
}

/// The system's error as a clause with a remedy.
pub fn in_words(error: &io::Error) -> String {
    match error.kind() {
        io::ErrorKind::NotFound => "there is no such file or folder; check the path".into(),
        io::ErrorKind::PermissionDenied => {
            "permission denied; run as a user who may read it, or leave it out with --exclude".into()
        }
        _ => format!("it cannot be read ({error}); repair it, or leave it out with --exclude"),
    }
}
