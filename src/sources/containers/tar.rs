//! Tar archives: POSIX `ustar` and pax, GNU's long names and sparse files, and those from before both.
//!
//! Comes in: a stream. Goes out: its members, one after the other, each as a stream.

use std::io::{self, Read};

use super::compressed::read_some;
use super::unpack::{At, Unpacker};

/// Bytes that an archive is made of.
const BLOCK: usize = 512;
/// Longer names and lists of attributes are not read.
const LONGEST: u64 = 64 << 10;

/// Whether a text that begins so is a tar archive: the checksum of its first header holds.
pub(super) fn begins(head: &[u8]) -> bool {
    let Some(block) = head.first_chunk::<BLOCK>() else { return false };
    let is_marked = &block[257..262] == b"ustar" || (block[154] == 0 && block[155] == b' ');
    is_marked && block[0] != 0 && Header(block).is_sound()
}

/// Reads the members. Fails where the archive does.
pub(super) fn read(unpacker: &mut Unpacker<'_>, reader: &mut dyn Read, at: &At) -> io::Result<()> {
    let mut names = Names::default();
    let mut block = [0; BLOCK];
    loop {
        match read_some(reader, &mut block)? {
            0 => return Ok(()),
            BLOCK => {}
            _ => return Err(io::ErrorKind::UnexpectedEof.into()),
        }
        // Archives are padded with zeros, and others may follow them.
        if block == [0; BLOCK] {
            continue;
        }
        let header = Header(&block);
        if !header.is_sound() {
            return Err(io::ErrorKind::InvalidData.into());
        }
        unpacker.budget.enter()?;
        let kind = block[156];
        let size = names.size.take().or_else(|| header.size()).ok_or(io::ErrorKind::InvalidData)?;
        match kind {
            b'L' => names.name = Some(text(reader, size)?),
            b'x' => names.read_pax(&text(reader, size)?),
            b'K' | b'g' => drop(text(reader, size)?),
            b'1'..=b'6' => names = Names::default(),
            _ => {
                let name = names.name.take().unwrap_or_else(|| header.name());
                names = Names::default();
                if kind == b'S' {
                    skip_sparse_maps(reader, &block)?;
                }
                let mut member = reader.take(size);
                unpacker.stream(&mut member, &at.member(&name))?;
                let left = member.limit();
                skip(reader, left)?;
                skip(reader, padding(size))?;
            }
        }
    }
}

/// What comes before a header and is meant for it.
#[derive(Default)]
struct Names {
    name: Option<Vec<u8>>,
    size: Option<u64>,
}

impl Names {
    /// Reads attributes of the form `LENGTH KEY=VALUE\n`.
    fn read_pax(&mut self, mut list: &[u8]) {
        while let Some(space) = list.iter().position(|byte| *byte == b' ') {
            let length = std::str::from_utf8(&list[..space]).ok().and_then(|number| number.parse::<usize>().ok());
            let Some(record) = length.and_then(|length| list.get(space + 1..length)) else { return };
            if let Some(path) = record.strip_prefix(b"path=") {
                self.name = Some(path.trim_ascii_end().to_vec());
            } else if let Some(size) = record.strip_prefix(b"size=") {
                self.size = std::str::from_utf8(size.trim_ascii()).ok().and_then(|size| size.parse().ok());
            }
            list = &list[space + 1 + record.len()..];
        }
    }
}

/// A member's header.
struct Header<'b>(&'b [u8; BLOCK]);

impl Header<'_> {
    /// Whether the sum of its bytes is what it says; old programs took bytes as signed.
    fn is_sound(&self) -> bool {
        let sum = |value: fn(u8) -> i64| {
            let of = |(at, byte): (usize, &u8)| value(if (148..156).contains(&at) { b' ' } else { *byte });
            self.0.iter().enumerate().map(of).sum::<i64>()
        };
        let told = octal(&self.0[148..156]).and_then(|told| i64::try_from(told).ok());
        told.is_some_and(|told| told == sum(i64::from) || told == sum(|byte| i64::from(byte.cast_signed())))
    }

    /// Bytes of the member.
    fn size(&self) -> Option<u64> {
        let field = &self.0[124..136];
        if field[0] & 0x80 == 0 {
            return octal(field);
        }
        // GNU writes large numbers in base 256.
        if field[..4] != [0x80, 0, 0, 0] {
            return None;
        }
        field[4..].try_into().ok().map(u64::from_be_bytes)
    }

    fn name(&self) -> Vec<u8> {
        let name = until_nul(&self.0[..100]);
        let prefix = until_nul(&self.0[345..500]);
        // GNU keeps other things where POSIX has the prefix.
        let has_prefix = &self.0[257..263] == b"ustar\0" && !prefix.is_empty();
        if has_prefix { [prefix, name].join(&b'/') } else { name.to_vec() }
    }
}

fn until_nul(field: &[u8]) -> &[u8] {
    field.split(|byte| *byte == 0).next().unwrap_or_default()
}

/// A number in octal digits, between spaces and zeros; nothing at all is 0.
fn octal(field: &[u8]) -> Option<u64> {
    let digits = until_nul(field).trim_ascii();
    digits.iter().try_fold(0_u64, |number, digit| {
        let digit = digit.checked_sub(b'0').filter(|digit| *digit < 8)?;
        number.checked_mul(8)?.checked_add(u64::from(digit))
    })
}

/// Reads a name or list that stands where a member would.
fn text(reader: &mut dyn Read, size: u64) -> io::Result<Vec<u8>> {
    let mut text = Vec::new();
    reader.take(size.min(LONGEST)).read_to_end(&mut text)?;
    skip(reader, size.saturating_sub(LONGEST).min(size))?;
    skip(reader, padding(size))?;
    let end = text.iter().position(|byte| *byte == 0).unwrap_or(text.len());
    text.truncate(end);
    Ok(text)
}

/// Where the map of a sparse file goes on behind its header.
fn skip_sparse_maps(reader: &mut dyn Read, header: &[u8; BLOCK]) -> io::Result<()> {
    let mut goes_on = header[482] != 0;
    while goes_on {
        let mut map = [0; BLOCK];
        reader.read_exact(&mut map)?;
        goes_on = map[504] != 0;
    }
    Ok(())
}

fn padding(size: u64) -> u64 {
    let block = BLOCK as u64;
    (block - size % block) % block
}

fn skip(reader: &mut dyn Read, count: u64) -> io::Result<()> {
    let skipped = io::copy(&mut reader.take(count), &mut io::sink())?;
    if skipped < count { Err(io::ErrorKind::UnexpectedEof.into()) } else { Ok(()) }
}
