//! What every match of a regex has on one side of an anchor, or all of it, as steps from byte to byte.

use serde::{Deserialize, Serialize};

use super::class::Class;

/// Steps, one after the other. Packed with its pattern, so that a scan need not prepare anything to follow it.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Trail(pub Box<[Step]>);

/// Which way a text is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Way {
    /// From its beginning.
    Onward,
    /// From its end.
    Backward,
}

/// One step.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub enum Step {
    /// These bytes, in the order in which they are met.
    Text(Box<[u8]>),
    /// Bytes of a class.
    Bytes(Class, Times),
    /// One of these.
    Ways(Box<[Trail]>),
    /// The same again.
    Again(Trail, Times),
    /// No byte, but a look at both sides of the place.
    Look(Edge),
}

/// How often something stands.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
pub struct Times {
    /// At least.
    pub least: u32,
    /// At most; [`u32::MAX`] for any number.
    pub most: u32,
    /// What may come then: every byte, if nothing may.
    pub then: Class,
}

/// What may stand on the two sides of a place: a bit for each pair of [`Side`]s.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
pub struct Edge(u16);

/// What stands on one side of a place, as far as regexes ask.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Side {
    /// The text has an end here.
    Nothing,
    /// A line feed.
    LineFeed,
    /// A letter, a digit or `_`.
    Word,
    /// Any other byte.
    Other,
}

impl Side {
    const ALL: [Self; 4] = [Self::Nothing, Self::LineFeed, Self::Word, Self::Other];

    fn of(byte: Option<u8>) -> Self {
        match byte {
            None => Self::Nothing,
            Some(b'\n') => Self::LineFeed,
            Some(byte) if byte == b'_' || byte.is_ascii_alphanumeric() => Self::Word,
            Some(_) => Self::Other,
        }
    }
}

impl Edge {
    /// One that is where `holds` says so of what stands before and behind.
    pub fn new(holds: impl Fn(Side, Side) -> bool) -> Self {
        let pairs = Side::ALL.into_iter().flat_map(|before| Side::ALL.map(|behind| (before, behind)));
        Self(pairs.filter(|(before, behind)| holds(*before, *behind)).fold(0, |all, pair| all | bit(pair)))
    }

    /// Whether it is between these bytes, of which one is absent where the text has an end.
    pub fn is_between(self, before: Option<u8>, behind: Option<u8>) -> bool {
        self.0 & bit((Side::of(before), Side::of(behind))) != 0
    }
}

fn bit((before, behind): (Side, Side)) -> u16 {
    1 << (before as usize * Side::ALL.len() + behind as usize)
}
