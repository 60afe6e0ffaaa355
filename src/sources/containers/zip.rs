//! Zip archives: jar, whl, apk, docx and whatever else is one.
//!
//! Comes in: the bytes. Goes out: the members, in the order of the archive's list. Where that is cut off or lies, the members
//! themselves are followed from the first on.

use std::io::Read;
use std::ops::Range;

use flate2::bufread::DeflateDecoder;
use lzma_rust2::LzmaReader;

use super::compressed::{self, MEMORY};
use super::kind::Kind;
use super::unpack::{At, Unpacker, metered};

const LOCAL: &[u8] = b"PK\x03\x04";
const LISTED: &[u8] = b"PK\x01\x02";
const END: &[u8] = b"PK\x05\x06";
const END_64: &[u8] = b"PK\x06\x06";
/// Bytes of the end of the list, without the comment.
const END_LENGTH: usize = 22;
/// Bytes of a comment at most.
const LONGEST_COMMENT: usize = 0xffff;
/// Bytes of a member's own header, and of its entry in the list, without what they name.
const LOCAL_LENGTH: usize = 30;
const LISTED_LENGTH: usize = 46;
/// The newest version of the format.
const NEWEST: u8 = 63;

/// Whether a text that begins so is a zip archive: its first member's header makes sense, or it is an empty one.
pub(super) fn begins(head: &[u8]) -> bool {
    let has_member = || {
        let (version, method, name) = (number(head, 4, 2)?, number(head, 8, 2)?, number(head, 26, 2)?);
        Some(version & 0xff <= u64::from(NEWEST) && matches!(method, 0..=19 | 93..=99) && (1..4096).contains(&name))
    };
    head.starts_with(LOCAL) && has_member().unwrap_or(false) || head.starts_with(END) && head.len() <= END_LENGTH
}

/// Whether the last bytes of a text may be those of an archive.
pub(super) fn may_end(bytes: &[u8]) -> bool {
    bytes.get(bytes.len().wrapping_sub(END_LENGTH)..).is_some_and(|end| end.starts_with(END))
}

/// Whether a text whose end is at hand is a zip archive with something else before it, and no comment behind.
pub(super) fn ends(bytes: &[u8]) -> bool {
    let at = bytes.len().wrapping_sub(END_LENGTH);
    bytes.get(at..).is_some_and(|end| end.starts_with(END)) && List::at(bytes, at).is_some_and(|list| list.count > 0)
}

/// Reads the members.
pub(super) fn read(unpacker: &mut Unpacker<'_>, bytes: &[u8], at: &At) {
    match List::find(bytes) {
        Some(list) => read_listed(unpacker, bytes, &list, at),
        None => {
            let why = "the list of its members is cut off or broken, so that some may not have been searched; put a whole \
                       archive in its place, or leave it out with --exclude";
            unpacker.miss(at, why.into());
            read_unlisted(unpacker, bytes, at);
        }
    }
}

fn read_listed(unpacker: &mut Unpacker<'_>, bytes: &[u8], list: &List, at: &At) {
    let (mut next, mut seen, mut packed) = (list.start, 0, 0_u64);
    while let Some(entry) = Member::listed(bytes, next, list.shift) {
        seen += 1;
        next = entry.next;
        if unpacker.budget.enter().is_err() {
            return;
        }
        let at = at.member(entry.name);
        let Some(data) = entry.data.filter(|data| data.end <= bytes.len()) else {
            unpacker.miss(
                &at,
                "it lies outside of its zip archive, which is cut off or broken; put a whole one in its place".into(),
            );
            continue;
        };
        packed += data.len() as u64;
        if packed > bytes.len() as u64 {
            unpacker.budget.stop(
                "its members lie on top of one another, as in bombs; the rest was not searched: unpack it and scan the folder \
                 if you trust it"
                    .into(),
            );
            return;
        }
        entry.member.read(unpacker, &bytes[data], &at);
    }
    if seen < list.count {
        let why = format!(
            "its list tells of {} members and has {seen}, so that some were not searched; put a whole archive in its place",
            list.count
        );
        unpacker.miss(at, why);
    }
}

/// Follows the members without a list. One that does not tell its length goes on to the next mark.
fn read_unlisted(unpacker: &mut Unpacker<'_>, bytes: &[u8], at: &At) {
    let mut next = 0;
    while let Some(entry) = Member::local(bytes, next) {
        if unpacker.budget.enter().is_err() {
            return;
        }
        let start = entry.next;
        let told = if entry.member.is_told_later() { None } else { start.checked_add(entry.member.packed) };
        let end = told.unwrap_or_else(|| start + mark(&bytes[start..])).min(bytes.len());
        entry.member.read(unpacker, &bytes[start..end], &at.member(entry.name));
        next = end + mark_of_member(&bytes[end..]);
    }
}

/// Bytes before the next mark of any kind.
fn mark(bytes: &[u8]) -> usize {
    let is_mark = |four: &[u8]| matches!(four, b"PK\x03\x04" | b"PK\x01\x02" | b"PK\x07\x08");
    bytes.windows(4).position(is_mark).unwrap_or(bytes.len())
}

/// Bytes before the next member.
fn mark_of_member(bytes: &[u8]) -> usize {
    bytes.windows(LOCAL.len()).position(|four| four == LOCAL).unwrap_or(bytes.len())
}

/// Where the list of members is.
struct List {
    start: usize,
    count: u64,
    /// Bytes before the archive, from where its offsets count.
    shift: usize,
}

impl List {
    fn find(bytes: &[u8]) -> Option<Self> {
        let last = bytes.len().checked_sub(END_LENGTH)?;
        let mut ends = (last.saturating_sub(LONGEST_COMMENT)..=last).rev().filter(|at| bytes[*at..].starts_with(END));
        ends.find_map(|at| Self::at(bytes, at))
    }

    /// The list whose end is told at `at`.
    fn at(bytes: &[u8], at: usize) -> Option<Self> {
        let small = (number(bytes, at + 10, 2)?, number(bytes, at + 12, 4)?, number(bytes, at + 16, 4)?, at);
        let (count, length, offset, end) = Self::at_64(bytes, at).unwrap_or(small);
        let start = end.checked_sub(usize::try_from(length).ok()?)?;
        let shift = start.checked_sub(usize::try_from(offset).ok()?)?;
        let is_list = if count == 0 { length == 0 } else { bytes[start..].starts_with(LISTED) };
        is_list.then_some(Self { start, count, shift })
    }

    /// What archives of many or large members tell besides: count, length, offset, and where the list ends.
    fn at_64(bytes: &[u8], end: usize) -> Option<(u64, u64, u64, usize)> {
        let locator = end.checked_sub(20)?;
        if !bytes[locator..].starts_with(b"PK\x06\x07") {
            return None;
        }
        let told = usize::try_from(number(bytes, locator + 8, 8)?).ok()?;
        // The offset does not count what stands before the archive.
        let found = [Some(told), locator.checked_sub(56)].into_iter().flatten();
        let at = found.into_iter().find(|at| bytes.get(*at..).is_some_and(|rest| rest.starts_with(END_64)))?;
        Some((number(bytes, at + 32, 8)?, number(bytes, at + 40, 8)?, number(bytes, at + 48, 8)?, at))
    }
}

/// What is told of a member.
#[derive(Clone, Copy)]
struct Member {
    flags: u64,
    method: u64,
    packed: usize,
    unpacked: u64,
}

/// A member with its name.
struct Entry<'b> {
    member: Member,
    name: &'b [u8],
    /// Its bytes, packed, if its place makes sense.
    data: Option<Range<usize>>,
    /// What follows the header.
    next: usize,
}

impl Member {
    /// The entry of the list at `at`.
    fn listed(bytes: &[u8], at: usize, shift: usize) -> Option<Entry<'_>> {
        bytes.get(at..).filter(|rest| rest.starts_with(LISTED))?;
        let lengths = [number(bytes, at + 28, 2)?, number(bytes, at + 30, 2)?, number(bytes, at + 32, 2)?];
        let [name, extra, comment] = lengths.map(|length| usize::try_from(length).unwrap_or(usize::MAX));
        let name_start = at + LISTED_LENGTH;
        let extra_start = name_start + name;
        let next = extra_start + extra + comment;
        let (flags, method) = (number(bytes, at + 8, 2)?, number(bytes, at + 10, 2)?);
        let mut large = Large { extra: bytes.get(extra_start..extra_start + extra)?, taken: 0 };
        let unpacked = large.or(number(bytes, at + 24, 4)?);
        let packed = usize::try_from(large.or(number(bytes, at + 20, 4)?)).ok()?;
        let offset = usize::try_from(large.or(number(bytes, at + 42, 4)?)).ok().and_then(|at| at.checked_add(shift));
        let own = offset.and_then(|offset| Self::local(bytes, offset));
        let data = own.and_then(|own| Some(own.next..own.next.checked_add(packed)?));
        let member = Self { flags, method, packed, unpacked };
        Some(Entry { member, name: &bytes[name_start..extra_start], data, next })
    }

    /// The member whose own header is at `at`.
    fn local(bytes: &[u8], at: usize) -> Option<Entry<'_>> {
        bytes.get(at..).filter(|rest| rest.starts_with(LOCAL))?;
        let (flags, method) = (number(bytes, at + 6, 2)?, number(bytes, at + 8, 2)?);
        let lengths = [number(bytes, at + 26, 2)?, number(bytes, at + 28, 2)?];
        let [name, extra] = lengths.map(|length| usize::try_from(length).unwrap_or(usize::MAX));
        let name_start = at + LOCAL_LENGTH;
        let extra_start = name_start + name;
        let next = extra_start + extra;
        let mut large = Large { extra: bytes.get(extra_start..next)?, taken: 0 };
        let unpacked = large.or(number(bytes, at + 22, 4)?);
        let packed = usize::try_from(large.or(number(bytes, at + 18, 4)?)).ok()?;
        let member = Self { flags, method, packed, unpacked };
        Some(Entry { member, name: &bytes[name_start..extra_start], data: None, next })
    }

    /// Whether its own header leaves the lengths to what follows it.
    fn is_told_later(self) -> bool {
        self.flags & 8 != 0
    }

    fn read(self, unpacker: &mut Unpacker<'_>, data: &[u8], at: &At) {
        if self.flags & 1 != 0 {
            unpacker.miss(at, "it is encrypted and was not searched; decrypt it and scan what comes out".into());
            return;
        }
        let bare: Box<dyn Read + '_> = match self.method {
            0 => return unpacker.slice(data, at),
            8 => Box::new(Deflated { decoder: DeflateDecoder::new(data), least: self.unpacked, flags: self.flags }),
            12 => compressed::bare(Kind::Bzip2, data),
            14 => match self.lzma(data) {
                Some(reader) => reader,
                None => {
                    unpacker.fail("it", at, &std::io::ErrorKind::InvalidData.into());
                    return;
                }
            },
            93 => compressed::bare(Kind::Zstd, data),
            95 => compressed::bare(Kind::Xz, data),
            other => {
                unpacker.miss(
                    at,
                    format!(
                        "it is packed in a way (method {other}) that is not supported; unpack it and scan the folder"
                    ),
                );
                return;
            }
        };
        if let Err(error) = unpacker.stream(&mut metered(unpacker, bare), at) {
            unpacker.fail("it", at, &error);
        }
    }

    /// LZMA has a header of its own here: version, length of the properties, properties.
    fn lzma<'d>(self, data: &'d [u8]) -> Option<Box<dyn Read + 'd>> {
        let [_, _, 5, 0, properties, size @ ..] = data.first_chunk::<9>()? else { return None };
        let size = u32::from_le_bytes(*size);
        if size >> 10 > MEMORY {
            return None;
        }
        let has_end = self.flags & 2 != 0;
        let length = if has_end { u64::MAX } else { self.unpacked };
        Some(Box::new(LzmaReader::new_with_props(&data[9..], length, *properties, size, None).ok()?))
    }
}

/// Numbers that do not fit into an entry, in the order in which they are missing there.
struct Large<'b> {
    extra: &'b [u8],
    taken: usize,
}

impl Large<'_> {
    /// `small`, unless it says that the number stands here.
    fn or(&mut self, small: u64) -> u64 {
        if small != 0xffff_ffff {
            return small;
        }
        let mut at = 0;
        while let (Some(id), Some(length)) = (number(self.extra, at, 2), number(self.extra, at + 2, 2)) {
            if id == 1 {
                let found = number(self.extra, at + 4 + self.taken, 8);
                self.taken += 8;
                return found.unwrap_or(small);
            }
            at += 4 + usize::try_from(length).unwrap_or(usize::MAX >> 1);
        }
        small
    }
}

/// A deflated member. Its end is not told from that of its bytes, so that it is held to the length it tells.
struct Deflated<'d> {
    decoder: DeflateDecoder<&'d [u8]>,
    least: u64,
    flags: u64,
}

impl Read for Deflated<'_> {
    fn read(&mut self, into: &mut [u8]) -> std::io::Result<usize> {
        let count = self.decoder.read(into)?;
        let is_told = self.least > 0 || self.flags & 8 == 0;
        if count == 0 && !into.is_empty() && is_told && self.decoder.total_out() < self.least {
            return Err(std::io::ErrorKind::UnexpectedEof.into());
        }
        Ok(count)
    }
}

/// A number of so many bytes, the lowest first.
fn number(bytes: &[u8], at: usize, length: usize) -> Option<u64> {
    let bytes = bytes.get(at..at.checked_add(length)?)?;
    Some(bytes.iter().rev().fold(0, |number, byte| number << 8 | u64::from(*byte)))
}
