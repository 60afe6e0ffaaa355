//! Sets of bytes.

use serde::{Deserialize, Serialize};

/// A set of bytes.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Class([u64; 4]);

impl Class {
    /// No byte.
    pub const NONE: Self = Self([0; 4]);
    /// Every byte.
    pub const ALL: Self = Self([u64::MAX; 4]);

    /// Bytes in ranges, both ends included.
    pub fn of(ranges: impl IntoIterator<Item = (u8, u8)>) -> Self {
        let mut class = Self::default();
        for byte in ranges.into_iter().flat_map(|(first, last)| first..=last) {
            class.0[usize::from(byte / 64)] |= 1 << (byte % 64);
        }
        class
    }

    /// The bytes of both.
    pub fn or(self, other: Self) -> Self {
        Self(std::array::from_fn(|at| self.0[at] | other.0[at]))
    }

    /// Whether a byte is in it.
    pub fn contains(self, byte: u8) -> bool {
        self.0[usize::from(byte / 64)] >> (byte % 64) & 1 != 0
    }

    /// Every byte that is in it.
    pub fn bytes(self) -> impl Iterator<Item = u8> {
        (0..=u8::MAX).filter(move |byte| self.contains(*byte))
    }
}
