//! What a text is, by its bytes.
//!
//! Comes in: the beginning of a text, or all of it. Goes out: how it is to be unpacked, if at all. The marks are strict, so
//! that a text which merely begins like an archive is none, and is not told to be broken.

use std::fmt;

use super::{office, tar, wide, zip};
use crate::model::scan::HEAD;

/// How a text is unpacked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// RFC 1952.
    Gzip,
    /// Of the `bzip2` program.
    Bzip2,
    /// The `.xz` format.
    Xz,
    /// RFC 8878.
    Zstd,
    /// POSIX `ustar` and GNU's.
    Tar,
    /// Zip, and what is built on it: jar, apk, docx.
    Zip,
    /// Portable Document Format.
    Pdf,
    /// A database of version 3.
    Sqlite,
    /// A part of an office document, in XML.
    Office,
    /// Text in UTF-16.
    Utf16,
}

impl fmt::Display for Kind {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Gzip => "the gzip stream",
            Self::Bzip2 => "the bzip2 stream",
            Self::Xz => "the xz stream",
            Self::Zstd => "the zstd stream",
            Self::Tar => "the tar archive",
            Self::Zip => "the zip archive",
            Self::Pdf => "the PDF file",
            Self::Sqlite => "the sqlite database",
            Self::Office => "the office document",
            Self::Utf16 => "the text",
        })
    }
}

impl Kind {
    /// What a text is that begins with `head`, of which [`HEAD`] bytes are enough.
    pub(super) fn of(head: &[u8]) -> Option<Self> {
        let found = match head.first()? {
            0x1f => is_gzip(head).then_some(Self::Gzip),
            b'B' => is_bzip2(head).then_some(Self::Bzip2),
            0xfd => is_xz(head).then_some(Self::Xz),
            0x28 => is_zstd(head).then_some(Self::Zstd),
            b'P' => zip::begins(head).then_some(Self::Zip),
            b'%' => head.starts_with(b"%PDF-").then_some(Self::Pdf),
            b'S' => head.starts_with(b"SQLite format 3\0").then_some(Self::Sqlite),
            b'<' | 0xef if office::begins(head) => Some(Self::Office),
            _ => wide::begins(head).then_some(Self::Utf16),
        };
        found.or_else(|| tar::begins(head).then_some(Self::Tar))
    }

    /// The same with all of the text at hand: a program may stand before a zip archive, whose end is its mark.
    pub(super) fn of_whole(bytes: &[u8]) -> Option<Self> {
        Self::of(&bytes[..bytes.len().min(HEAD)]).or_else(|| zip::ends(bytes).then_some(Self::Zip))
    }

    /// Whether a text may be something, by its first and last bytes alone.
    pub(super) fn is_likely(bytes: &[u8]) -> bool {
        Self::of(&bytes[..bytes.len().min(HEAD)]).is_some() || zip::may_end(bytes)
    }

    /// Whether it is a stream of bytes that are read one after the other.
    pub(super) fn is_stream(self) -> bool {
        matches!(self, Self::Gzip | Self::Bzip2 | Self::Xz | Self::Zstd | Self::Tar)
    }

    /// Whether what people read in it stands there in its bytes too, for the most part.
    pub(super) fn is_document(self) -> bool {
        matches!(self, Self::Pdf | Self::Sqlite | Self::Office)
    }
}

/// Magic, the only method there is, no reserved flag, and the two bytes that say who made it.
fn is_gzip(head: &[u8]) -> bool {
    matches!(head, [0x1f, 0x8b, 8, flags, _, _, _, _, 0 | 2 | 4, 0..=13 | 255, ..] if flags & 0xe0 == 0)
}

/// `BZh`, the size of blocks, and the mark of the first block or of the end.
fn is_bzip2(head: &[u8]) -> bool {
    matches!(
        head,
        [b'B', b'Z', b'h', b'1'..=b'9', 0x31, 0x41, 0x59, 0x26, 0x53, 0x59, ..]
            | [b'B', b'Z', b'h', b'1'..=b'9', 0x17, 0x72, 0x45, 0x38, 0x50, 0x90, ..]
    )
}

/// Magic, flags, and the flags' checksum.
fn is_xz(head: &[u8]) -> bool {
    let Some(([0xfd, b'7', b'z', b'X', b'Z', 0, flags @ ..], _)) = head.split_first_chunk::<12>() else { return false };
    let (flags, sum) = flags.split_at(2);
    sum == crc32fast::hash(flags).to_le_bytes()
}

/// Magic, and the reserved bit of what follows.
fn is_zstd(head: &[u8]) -> bool {
    matches!(head, [0x28, 0xb5, 0x2f, 0xfd, descriptor, ..] if descriptor & 0x08 == 0)
}
