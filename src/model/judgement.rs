//! How sure it is that something is a credential, and why.

use super::pattern::Confidence;

/// A confidence with the reasons that made it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Judgement {
    /// How sure it is.
    pub confidence: Confidence,
    /// What speaks for it and against it, in a few words each, without the secret.
    pub reasons: Vec<&'static str>,
}

impl Judgement {
    /// Lowers it to at most `most`, for a reason.
    pub fn lower(&mut self, most: Confidence, reason: &'static str) {
        self.confidence = self.confidence.min(most);
        self.reasons.push(reason);
    }
}
