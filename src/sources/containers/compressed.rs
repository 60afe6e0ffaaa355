//! Streams of one compressed text: gzip, bzip2, xz, zstd.
//!
//! Comes in: a stream. Goes out: what it holds, as a stream again. Several streams one after the other are one text; what
//! follows the last and is none is left, as the programs that make them do.

use std::io::{self, BufRead, BufReader, Read};

use bzip2::bufread::BzDecoder;
use flate2::bufread::GzDecoder;
use lzma_rust2::XzReader;
use ruzstd::decoding::errors::FrameDecoderError;
use ruzstd::decoding::{FrameDecoder, StreamingDecoder};

use super::kind::Kind;
use super::unpack::{At, Unpacker, metered};

/// Memory that a decoder may take, in KiB.
pub(super) const MEMORY: u32 = 128 << 10;

/// Reads what the stream holds. Fails where it does.
pub(super) fn read(unpacker: &mut Unpacker<'_>, kind: Kind, reader: &mut dyn Read, at: &At) -> io::Result<()> {
    let reader = BufReader::new(reader);
    let mut name = None;
    let decoder: Box<dyn Read + '_> = match kind {
        Kind::Gzip => {
            let first = GzDecoder::new(reader);
            name = first.header().and_then(|header| header.filename()).map(<[u8]>::to_vec);
            Box::new(Gzip(Some(first)))
        }
        Kind::Bzip2 => Box::new(Bzip2(Some(BzDecoder::new(reader)))),
        Kind::Xz => Box::new(XzReader::new_mem_limit(reader, true, MEMORY)),
        _ => Box::new(Zstd::Between(reader)),
    };
    unpacker.stream(&mut metered(unpacker, decoder), &at.content(name.as_deref()))
}

/// The members of a gzip file.
struct Gzip<R: BufRead>(Option<GzDecoder<R>>);

impl<R: BufRead> Read for Gzip<R> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        while let Some(decoder) = &mut self.0 {
            let count = decoder.read(into)?;
            if count > 0 || into.is_empty() {
                return Ok(count);
            }
            let Some(mut rest) = self.0.take().map(GzDecoder::into_inner) else { break };
            if rest.fill_buf()?.first() == Some(&0x1f) {
                self.0 = Some(GzDecoder::new(rest));
            }
        }
        Ok(0)
    }
}

/// The streams of a bzip2 file.
struct Bzip2<R: BufRead>(Option<BzDecoder<R>>);

impl<R: BufRead> Read for Bzip2<R> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        while let Some(decoder) = &mut self.0 {
            let count = decoder.read(into)?;
            if count > 0 || into.is_empty() {
                return Ok(count);
            }
            let Some(mut rest) = self.0.take().map(BzDecoder::into_inner) else { break };
            if rest.fill_buf()?.first() == Some(&b'B') {
                self.0 = Some(BzDecoder::new(rest));
            }
        }
        Ok(0)
    }
}

/// The four bytes that were looked at, and what follows.
type Peeked<R> = io::Chain<io::Cursor<[u8; 4]>, R>;

/// The frames of a zstd file.
enum Zstd<R: Read> {
    Between(R),
    Within(Box<StreamingDecoder<Peeked<R>, FrameDecoder>>),
    Ended,
}

impl<R: Read> Read for Zstd<R> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        loop {
            *self = match std::mem::replace(self, Self::Ended) {
                Self::Ended => return Ok(0),
                Self::Between(reader) => Self::next_frame(reader)?,
                Self::Within(mut decoder) => {
                    let count = decoder.read(into)?;
                    if count > 0 || into.is_empty() {
                        *self = Self::Within(decoder);
                        return Ok(count);
                    }
                    Self::Between(decoder.into_inner().into_inner().1)
                }
            };
        }
    }
}

impl<R: Read> Zstd<R> {
    fn next_frame(mut reader: R) -> io::Result<Self> {
        const MAGIC: u32 = 0xfd2f_b528;
        const SKIPPABLE: u32 = 0x184d_2a50;
        let mut magic = [0; 4];
        if read_some(&mut reader, &mut magic)? < magic.len() {
            return Ok(Self::Ended);
        }
        match u32::from_le_bytes(magic) {
            MAGIC => {
                let frame = io::Cursor::new(magic).chain(reader);
                let decoder = StreamingDecoder::new(frame).map_err(|error| match error {
                    FrameDecoderError::WindowSizeTooBig { .. } => io::ErrorKind::OutOfMemory.into(),
                    other => io::Error::other(other),
                })?;
                Ok(Self::Within(Box::new(decoder)))
            }
            number if number & !0xf == SKIPPABLE => {
                let mut length = [0; 4];
                reader.read_exact(&mut length)?;
                let length = u64::from(u32::from_le_bytes(length));
                let skipped = io::copy(&mut (&mut reader).take(length), &mut io::sink())?;
                if skipped < length { Err(io::ErrorKind::UnexpectedEof.into()) } else { Ok(Self::Between(reader)) }
            }
            _ => Ok(Self::Ended),
        }
    }
}

/// Fills `into` as far as there are bytes; says how far.
pub(super) fn read_some(reader: &mut dyn Read, into: &mut [u8]) -> io::Result<usize> {
    let mut count = 0;
    while count < into.len() {
        match reader.read(&mut into[count..]) {
            Ok(0) => break,
            Ok(read) => count += read,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(count)
}

/// What is compressed in a member of a zip archive by bzip2, zstd or xz, as a stream.
pub(super) fn bare<'d>(kind: Kind, data: &'d [u8]) -> Box<dyn Read + 'd> {
    match kind {
        Kind::Bzip2 => Box::new(Bzip2(Some(BzDecoder::new(data)))),
        Kind::Xz => Box::new(XzReader::new_mem_limit(data, true, MEMORY)),
        _ => Box::new(Zstd::Between(data)),
    }
}
