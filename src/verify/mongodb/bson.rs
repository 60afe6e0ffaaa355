//! As much of BSON as a login takes. Comes in: bytes from a server, which are hostile. It must not know what they mean.

use zeroize::Zeroizing;

/// Fields of a document that are read at most.
const MOST: usize = 200;
/// Kinds of values.
const DOUBLE: u8 = 0x01;
const TEXT: u8 = 0x02;
const DOCUMENT: u8 = 0x03;
const ARRAY: u8 = 0x04;
const BINARY: u8 = 0x05;
const INT32: u8 = 0x10;
const INT64: u8 = 0x12;

/// Fields in their order: their kinds, names and values as bytes.
#[derive(Default)]
pub(super) struct Document {
    fields: Vec<(u8, String, Zeroizing<Vec<u8>>)>,
}

impl Document {
    pub(super) fn number(self, name: &str, value: i32) -> Self {
        self.with(INT32, name, value.to_le_bytes().to_vec())
    }

    pub(super) fn text(self, name: &str, value: &str) -> Self {
        let length = (value.len() as u32 + 1).to_le_bytes();
        self.with(TEXT, name, [&length, value.as_bytes(), &[0]].concat())
    }

    pub(super) fn bytes(self, name: &str, value: &[u8]) -> Self {
        let length = (value.len() as u32).to_le_bytes();
        self.with(BINARY, name, [length.as_slice(), &[0], value].concat())
    }

    fn with(mut self, kind: u8, name: &str, value: Vec<u8>) -> Self {
        self.fields.push((kind, name.to_owned(), Zeroizing::new(value)));
        self
    }

    /// The whole number of this name, whatever it is written as.
    pub(super) fn number_of(&self, name: &str) -> Option<i64> {
        match self.value(name)? {
            (INT32, value) => Some(i32::from_le_bytes(value.try_into().ok()?).into()),
            (INT64, value) => Some(i64::from_le_bytes(value.try_into().ok()?)),
            (DOUBLE, value) => Some(f64::from_le_bytes(value.try_into().ok()?) as i64),
            _ => None,
        }
    }

    pub(super) fn bytes_of(&self, name: &str) -> Option<&[u8]> {
        self.value(name).filter(|(kind, _)| *kind == BINARY)?.1.get(5..)
    }

    /// The texts in a list.
    pub(super) fn texts(&self, name: &str) -> Vec<String> {
        let list = self.value(name).filter(|(kind, _)| *kind == ARRAY).and_then(|(_, value)| Self::read(value));
        let fields = list.iter().flat_map(|list| &list.fields).filter(|(kind, ..)| *kind == TEXT);
        fields.filter_map(|(_, _, value)| String::from_utf8(value.get(4..value.len() - 1)?.to_vec()).ok()).collect()
    }

    fn value(&self, name: &str) -> Option<(u8, &[u8])> {
        self.fields.iter().find(|(_, own, _)| own == name).map(|(kind, _, value)| (*kind, value.as_slice()))
    }

    pub(super) fn write(&self) -> Zeroizing<Vec<u8>> {
        let mut body = Zeroizing::new(Vec::new());
        for (kind, name, value) in &self.fields {
            body.push(*kind);
            body.extend(name.as_bytes());
            body.push(0);
            body.extend(value.as_slice());
        }
        let length = (body.len() as u32 + 5).to_le_bytes();
        Zeroizing::new([&length, body.as_slice(), &[0]].concat())
    }

    /// Reads a document; none where it is broken, or holds what no answer to a login does.
    pub(super) fn read(bytes: &[u8]) -> Option<Self> {
        let (length, rest) = bytes.split_first_chunk::<4>()?;
        let mut rest = rest.get(..(u32::from_le_bytes(*length) as usize).checked_sub(4)?)?;
        let mut document = Self::default();
        while document.fields.len() < MOST {
            let (kind, behind) = rest.split_first()?;
            if *kind == 0 {
                return Some(document);
            }
            let end = behind.iter().position(|byte| *byte == 0)?;
            let name = std::str::from_utf8(&behind[..end]).ok()?;
            let behind = &behind[end + 1..];
            let (value, after) = behind.split_at_checked(size(*kind, behind)?)?;
            document = document.with(*kind, name, value.to_vec());
            rest = after;
        }
        None
    }
}

/// How many bytes a value of this kind takes.
fn size(kind: u8, bytes: &[u8]) -> Option<usize> {
    let length = || Some(u32::from_le_bytes(*bytes.first_chunk::<4>()?) as usize);
    Some(match kind {
        DOUBLE | INT64 | 0x09 | 0x11 => 8,
        TEXT => length()?.checked_add(4).filter(|size| *size > 4)?,
        DOCUMENT | ARRAY => length()?,
        BINARY => length()?.checked_add(5)?,
        INT32 => 4,
        // An id, a flag, nothing.
        0x07 => 12,
        0x08 => 1,
        0x0a => 0,
        _ => return None,
    })
}
