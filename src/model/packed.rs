//! What stays packed in the program until somebody asks for it.

use std::sync::OnceLock;

use serde::de::Deserializer;
use serde::ser::{Error, Serializer};
use serde::{Deserialize, Serialize};

/// Something in postcard's format, or as it is if it was not packed. To unpack all of thousands would take longer than a small scan.
#[derive(Debug, Clone)]
pub struct Packed<T> {
    bytes: &'static [u8],
    unpacked: OnceLock<T>,
}

impl<T> From<T> for Packed<T> {
    fn from(unpacked: T) -> Self {
        Self { bytes: &[], unpacked: OnceLock::from(unpacked) }
    }
}

impl<T: Deserialize<'static>> Packed<T> {
    /// What was packed. The build has unpacked all that is in the program once.
    pub fn get(&self) -> &T {
        self.unpacked.get_or_init(|| match postcard::from_bytes(self.bytes) {
            Ok(unpacked) => unpacked,
            Err(error) => unreachable!("the build unpacked it: {error}"),
        })
    }
}

impl<T: Serialize + Deserialize<'static>> Serialize for Packed<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_bytes(&postcard::to_stdvec(self.get()).map_err(S::Error::custom)?)
    }
}

impl<'de: 'static, T> Deserialize<'de> for Packed<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        <&[u8]>::deserialize(deserializer).map(|bytes| Self { bytes, unpacked: OnceLock::new() })
    }
}
