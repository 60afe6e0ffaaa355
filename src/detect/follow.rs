//! Follows what stands behind an anchor for as long as a match may go on.
//!
//! Comes in: what a pattern's regex has from its anchors on, and bytes. Goes out: whether a match may stand there, and how many bytes
//! told. Most anchors that are words are turned away a few bytes behind them: an automaton that is asked byte by byte knows where,
//! which a regex does not tell.

use regex_automata::hybrid::dfa::{Cache, DFA};
use regex_automata::util::pool::Pool;
use regex_automata::util::syntax;
use regex_automata::{Anchored, Input, nfa::thompson};

/// An automaton, which grows as it is used, and room for it to grow for each thread.
#[derive(Debug)]
pub(super) struct Onward {
    automaton: DFA,
    rooms: Pool<Cache, Box<dyn Fn() -> Cache + Send + Sync>>,
}

impl Onward {
    /// Bytes that the automaton may take before it grows, as much as a regex may.
    const LARGEST: usize = 10 << 20;

    /// None if the regex is too large.
    pub(super) fn new(regex: &str) -> Option<Self> {
        let automaton = DFA::builder()
            .syntax(syntax::Config::new().unicode(false).utf8(false))
            .thompson(thompson::Config::new().utf8(false).nfa_size_limit(Some(Self::LARGEST)))
            .configure(DFA::config().skip_cache_capacity_check(true))
            .build(regex)
            .ok()?;
        let growing = automaton.clone();
        Some(Self { automaton, rooms: Pool::new(Box::new(move || growing.create_cache())) })
    }

    /// Whether a match may begin with these bytes; if not, how many of them told. One more than there are: their end did.
    pub(super) fn follow(&self, bytes: &[u8]) -> Result<(), usize> {
        let mut room = self.rooms.get();
        let start = Input::new(bytes).anchored(Anchored::Yes);
        // Where the automaton gives up, the regex decides.
        let Ok(mut state) = self.automaton.start_state_forward(&mut room, &start) else { return Ok(()) };
        for (at, byte) in bytes.iter().enumerate() {
            match self.automaton.next_state(&mut room, state, *byte) {
                Ok(next) if next.is_dead() => return Err(at + 1),
                Ok(next) if next.is_match() => return Ok(()),
                Ok(next) => state = next,
                Err(_) => return Ok(()),
            }
        }
        match self.automaton.next_eoi_state(&mut room, state) {
            Ok(end) if !end.is_match() => Err(bytes.len() + 1),
            _ => Ok(()),
        }
    }
}
