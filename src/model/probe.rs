//! What texts are searched for.

use serde::{Deserialize, Serialize};

use super::class::Class;
use super::commonness::commonness;
use super::text::Text;

/// Bytes of a gram: a stretch by which a probe is known.
pub const GRAM: usize = 4;
/// Places from one that is looked at in a text to the next.
pub const STRIDE: usize = 2;

/// A text that every match holds, and what always follows it there.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(bound(deserialize = "'de: 'static"))]
pub struct Probe {
    /// The text.
    pub text: Text,
    /// So many bytes follow it,
    pub tail: usize,
    /// each of this class.
    pub class: Class,
    /// Where in the text its grams begin that are least common in source code: one at an odd place, which may be -1, so that the
    /// gram begins before the text, and one at an even. Their middle is in the text, but an end may stick out.
    pub grams: [isize; STRIDE],
}

impl Probe {
    /// A text that anything may follow.
    pub fn new(text: String) -> Self {
        let grams = [-1, 0].map(|first| rarest(text.as_bytes(), first));
        Self { text: text.into(), tail: 0, class: Class::NONE, grams }
    }
}

/// Of the grams of a text at every [`STRIDE`]th place from `first` on the least common.
fn rarest(text: &[u8], first: isize) -> isize {
    let inside = |at: isize| at.clamp(0, text.len() as isize) as usize;
    let gram = |at: &isize| commonness(&text[inside(*at)..inside(at + GRAM as isize)]);
    // Behind the last place that has its middle in the text.
    let end = text.len() as isize - 2;
    (first..end).step_by(STRIDE).min_by_key(gram).unwrap_or(first)
}
