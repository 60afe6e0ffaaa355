//! What documents say in other bytes than those they are made of.
//!
//! Comes in: texts, from the formats of documents. Goes out: credentials in them, told at a part inside the document, unless the
//! document's bytes show the same ones as they are.

use std::collections::BTreeSet;
use std::rc::Rc;

use super::budget::{Budget, Stopped};
use super::unpack::{At, Unpacker};
use crate::model::secret::Secret;

/// A document with more secrets in its bytes is not searched for those that are told twice.
const MOST_COMPARED: usize = 1_000;

/// Adds what a document says in other bytes than those it is made of.
pub(super) struct Viewer<'v, 'a> {
    /// Takes the text apart that the document lies in.
    pub(super) unpacker: &'v mut Unpacker<'a>,
    /// Where the document lies.
    pub(super) at: &'v At,
    /// Secrets that stand in the document's bytes as they are.
    pub(super) known: &'v BTreeSet<Secret>,
}

impl Viewer<'_, '_> {
    /// The budget of the whole text.
    pub(super) fn budget(&self) -> Rc<Budget> {
        Rc::clone(&self.unpacker.budget)
    }

    /// Searches a text that the document says in the part of this name. Ends where a limit is reached.
    pub(super) fn text(&mut self, part: &str, text: &[u8]) -> Result<(), Stopped> {
        self.unpacker.budget.spend(text.len())?;
        let at = self.at.member(part.as_bytes());
        let mut scan = self.unpacker.scanner.scan(text);
        self.unpacker.cut_short(scan.cut_short.take(), &at);
        scan.matches.retain(|found| !self.known.contains(&found.credential.secret));
        if self.known.len() <= MOST_COMPARED {
            for secret in scan.matches.iter().map(|found| &found.credential.secret) {
                let same = self.known.iter().filter(|known| secret.has_its_longest_line_in(known));
                self.unpacker.garbled.extend(same.cloned());
            }
        }
        self.unpacker.keep(scan.matches, &at);
        Ok(())
    }

    /// Notes that a part of the document was not looked at.
    pub(super) fn miss(&mut self, part: &str, why: String) {
        let at = if part.is_empty() { self.at.clone() } else { self.at.member(part.as_bytes()) };
        self.unpacker.miss(&at, why);
    }
}
