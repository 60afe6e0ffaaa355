//! Follows what stands behind an anchor, or before it, for as long as a match may go on.
//!
//! Comes in: what a pattern's regex has from its anchors on, or up to them, and bytes. Goes out: whether a match may stand there,
//! and how many bytes told. Most anchors that are words are turned away a few bytes from them: an automaton that is asked byte by
//! byte knows where, which a regex does not tell.

use std::ops::Range;

use regex_automata::hybrid::LazyStateID;
use regex_automata::hybrid::dfa::{Cache, DFA};
use regex_automata::util::pool::Pool;
use regex_automata::util::syntax;
use regex_automata::{Anchored, Input, nfa::thompson};

/// Which way is followed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Way {
    /// From the anchor's first byte on.
    Onward,
    /// From the byte before the anchor back.
    Backward,
}

/// An automaton, which grows as it is used, and room for it to grow for each thread.
#[derive(Debug)]
pub(super) struct Follower {
    way: Way,
    automaton: DFA,
    rooms: Pool<Cache, Box<dyn Fn() -> Cache + Send + Sync>>,
}

impl Follower {
    /// Bytes that the automaton may take before it grows, as much as a regex may.
    const LARGEST: usize = 10 << 20;

    /// None if the regex is too large.
    pub(super) fn new(regex: &str, way: Way) -> Option<Self> {
        let nfa = thompson::Config::new().utf8(false).nfa_size_limit(Some(Self::LARGEST));
        let automaton = DFA::builder()
            .syntax(syntax::Config::new().unicode(false).utf8(false))
            .thompson(nfa.reverse(way == Way::Backward))
            .configure(DFA::config().skip_cache_capacity_check(true))
            .build(regex)
            .ok()?;
        let growing = automaton.clone();
        Some(Self { way, automaton, rooms: Pool::new(Box::new(move || growing.create_cache())) })
    }

    /// Whether a match may begin with a stretch of a text, or end with it; if not, how many of its bytes told. One more than there
    /// are: that there are no more did.
    pub(super) fn follow(&self, bytes: &[u8], stretch: Range<usize>) -> Result<(), usize> {
        let mut room = self.rooms.get();
        let input = Input::new(bytes).range(stretch.clone()).anchored(Anchored::Yes);
        let bytes = bytes[stretch].iter();
        match self.way {
            Way::Onward => self.follow_each(bytes, self.automaton.start_state_forward(&mut room, &input), &mut room),
            Way::Backward => {
                self.follow_each(bytes.rev(), self.automaton.start_state_reverse(&mut room, &input), &mut room)
            }
        }
    }

    fn follow_each<'a, E>(
        &self,
        bytes: impl ExactSizeIterator<Item = &'a u8>,
        start: Result<LazyStateID, E>,
        room: &mut Cache,
    ) -> Result<(), usize> {
        let length = bytes.len();
        // Where the automaton gives up, the regex decides.
        let Ok(mut state) = start else { return Ok(()) };
        for (at, byte) in bytes.enumerate() {
            match self.automaton.next_state(room, state, *byte) {
                Ok(next) if next.is_dead() => return Err(at + 1),
                Ok(next) if next.is_match() => return Ok(()),
                Ok(next) => state = next,
                Err(_) => return Ok(()),
            }
        }
        match self.automaton.next_eoi_state(room, state) {
            Ok(end) if !end.is_match() => Err(length + 1),
            _ => Ok(()),
        }
    }
}
