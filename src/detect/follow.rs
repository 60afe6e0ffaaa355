//! Follows what stands behind an anchor, or before it, for as long as a match may go on.
//!
//! Comes in: what every match has there, as a [`Trail`], and bytes. Goes out: whether a match may stand there, and how many bytes
//! told. Most anchors that are words are turned away a few bytes from them, which does not take a compiled regex, nor would one
//! tell how many bytes it took.

use std::ops::Range;

use crate::model::class::Class;
use crate::model::trail::{Edge, Step, Times, Trail, Way};

/// After so many steps nothing is said: there are texts that lead into more ways than can be gone.
const MOST_STEPS: u32 = 2_048;

/// Whether a trail leads through a stretch of a text; if not, how many of its bytes told. One more than there are: that there are
/// no more did.
pub fn follow(trail: &Trail, way: Way, bytes: &[u8], stretch: Range<usize>) -> Result<(), usize> {
    match way {
        Way::Onward => Follower::<true>::follow(trail, bytes, stretch),
        Way::Backward => Follower::<false>::follow(trail, bytes, stretch),
    }
}

/// What is to come behind some steps.
#[derive(Clone, Copy)]
enum Next<'a> {
    Nothing,
    Steps(&'a [Step], &'a Next<'a>),
    /// The same again, if it led on from this place.
    Again(Repeated<'a>, usize, &'a Next<'a>),
}

/// Something that is to come several times.
#[derive(Clone, Copy)]
struct Repeated<'a> {
    trail: &'a Trail,
    times: &'a Times,
    /// How often it has come.
    done: u32,
}

/// Goes through a stretch of a text from its beginning, or from its end. Places are counted in bytes from there.
struct Follower<'a, const ONWARD: bool> {
    bytes: &'a [u8],
    stretch: Range<usize>,
    /// Bytes that were looked at.
    seen: usize,
    /// Steps that may still be gone.
    left: u32,
}

impl<const ONWARD: bool> Follower<'_, ONWARD> {
    fn follow(trail: &Trail, bytes: &[u8], stretch: Range<usize>) -> Result<(), usize> {
        let mut follower = Follower::<ONWARD> { bytes, stretch, seen: 0, left: MOST_STEPS };
        if follower.goes(&trail.0, 0, &Next::Nothing) { Ok(()) } else { Err(follower.seen) }
    }

    /// The byte that comes at a place; none where the stretch ends.
    #[inline(always)]
    fn byte(&mut self, place: usize) -> Option<u8> {
        self.seen = self.seen.max(place + 1);
        if place >= self.stretch.len() {
            return None;
        }
        self.bytes.get(if ONWARD { self.stretch.start + place } else { self.stretch.end - place - 1 }).copied()
    }

    #[inline(always)]
    fn is(&mut self, class: &Class, place: usize) -> bool {
        self.byte(place).is_some_and(|byte| class.contains(byte))
    }

    /// Whether what comes at a place is of a class, or anything may, and nothing too.
    #[inline(always)]
    fn may_be(&mut self, class: &Class, place: usize) -> bool {
        *class == Class::ALL || self.is(class, place)
    }

    /// Whether these steps can be gone from a place, and what comes next.
    fn goes(&mut self, mut steps: &[Step], mut place: usize, next: &Next<'_>) -> bool {
        while let Some((step, rest)) = steps.split_first() {
            if !self.has_left() {
                return true;
            }
            match step {
                Step::Text(text) => {
                    if !(place..).zip(text).all(|(place, byte)| self.byte(place) == Some(*byte)) {
                        return false;
                    }
                    place += text.len();
                }
                Step::Bytes(class, times) => {
                    for _ in 0..times.least {
                        if !self.is(class, place) {
                            return false;
                        }
                        place += 1;
                    }
                    for _ in times.least..times.most {
                        if !self.has_left() || self.may_be(&times.then, place) && self.goes(rest, place, next) {
                            return true;
                        }
                        if !self.is(class, place) {
                            return false;
                        }
                        place += 1;
                    }
                }
                Step::Ways(ways) => {
                    let next = Next::Steps(rest, next);
                    return ways.iter().any(|way| self.may_begin(way, place) && self.goes(&way.0, place, &next));
                }
                Step::Again(trail, times) => {
                    return self.repeats(Repeated { trail, times, done: 0 }, place, &Next::Steps(rest, next));
                }
                Step::Look(edge) => {
                    if !self.is_at(*edge, place) {
                        return false;
                    }
                }
            }
            steps = rest;
        }
        self.goes_on(place, next)
    }

    /// Whether a trail may begin with the byte at a place: of many ways most do not, which is seen soonest here.
    fn may_begin(&mut self, trail: &Trail, place: usize) -> bool {
        match trail.0.first() {
            Some(Step::Text(text)) => self.byte(place) == text.first().copied(),
            Some(Step::Bytes(class, times)) if times.least > 0 => self.is(class, place),
            _ => true,
        }
    }

    fn goes_on(&mut self, place: usize, next: &Next<'_>) -> bool {
        match *next {
            Next::Nothing => true,
            Next::Steps(steps, next) => self.goes(steps, place, next),
            // What leads nowhere could be repeated for ever.
            Next::Again(_, from, next) if from == place => self.goes_on(place, next),
            Next::Again(repeated, _, next) => self.repeats(repeated, place, next),
        }
    }

    fn repeats(&mut self, repeated: Repeated<'_>, place: usize, next: &Next<'_>) -> bool {
        let Repeated { trail, times, done } = repeated;
        let once_more = Next::Again(Repeated { done: done + 1, ..repeated }, place, next);
        done >= times.least && self.may_be(&times.then, place) && self.goes_on(place, next)
            || done < times.most && self.goes(&trail.0, place, &once_more)
    }

    fn has_left(&mut self) -> bool {
        let left = self.left.checked_sub(1);
        self.left = left.unwrap_or(0);
        left.is_some()
    }

    /// Whether an edge is at a place. Beyond the stretch the text still tells.
    fn is_at(&mut self, edge: Edge, place: usize) -> bool {
        self.seen = self.seen.max(place + 1);
        let at = if ONWARD { self.stretch.start + place } else { self.stretch.end - place };
        edge.is_between(at.checked_sub(1).map(|before| self.bytes[before]), self.bytes.get(at).copied())
    }
}
