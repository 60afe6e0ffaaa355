//! What texts are searched for.

use serde::{Deserialize, Serialize};

use super::class::Class;
use super::commonness::commonness;
use super::cow_str::CowStr;

/// Bytes of a gram: a stretch by which a probe is known.
pub const GRAM: usize = 4;
/// Places from one that is looked at in a text to the next.
pub const STRIDE: usize = 2;
/// Bytes of a text, from its beginning, in which grams are chosen.
const LONGEST: usize = 64;

/// A text that every match holds, and what always follows it there.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(bound(deserialize = "'de: 'static"))]
pub struct Probe {
    /// The text.
    pub text: CowStr,
    /// So many bytes follow it,
    pub tail: u8,
    /// each of this class.
    pub class: Class,
    /// Where in the text its grams begin that are least common in source code: one at an odd place, which may be -1, so that the
    /// gram begins before the text, and one at an even. Their middle is in the text, but an end may stick out.
    pub grams: [i8; STRIDE],
}

impl Probe {
    /// A text that anything may follow.
    pub fn new(text: String) -> Self {
        let grams = [-1, 0].map(|first| rarest(text.as_bytes(), first));
        Self { text: text.into(), tail: 0, class: Class::NONE, grams }
    }

    /// Bytes of the text and of what always follows it.
    pub fn length(&self) -> usize {
        self.text.len() + usize::from(self.tail)
    }
}

/// Of the grams of a text at every [`STRIDE`]th place from `first` on the least common.
fn rarest(text: &[u8], first: i8) -> i8 {
    let inside = |at: isize| at.clamp(0, text.len() as isize) as usize;
    let gram = |at: &i8| commonness(&text[inside((*at).into())..inside(isize::from(*at) + GRAM as isize)]);
    // Behind the last place that has its middle in the text; no further into a long one, which would have to be read as far.
    let end = text.len().min(LONGEST) as i8 - 2;
    (first..end).step_by(STRIDE).min_by_key(gram).unwrap_or(first)
}
