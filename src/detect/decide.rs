//! Decides on a hit: asks the pattern that it is of, or looks for values, or undoes an encoding and searches what comes out.
//!
//! Comes in: a text and a hit in it. Goes out: a [`Verdict`], with how far around the hit it was looked.

use std::ops::Range;

use super::confirm::Decision;
use super::encoded::{self, Decoded};
use super::{Detector, Meaning, settle};
use crate::model::account::Why;
use crate::model::pattern::Reach;
use crate::model::scan::{Candidate, Scanner, Verdict};

impl Detector {
    pub(super) fn influence_of(&self, meaning: Meaning) -> Reach {
        match meaning {
            Meaning::Pattern(pattern) => self.confirmers[pattern].influence(),
            Meaning::Value => self.values.influence(),
            Meaning::Mark(mark) => mark.influence(),
            Meaning::Utf16(_) => encoded::utf16_influence(),
        }
    }

    /// Decides on an anchor or a value that stands in `bytes` as it is. Tells of each pattern that was tried in vain for a value.
    pub(super) fn judge(
        &self,
        bytes: &[u8],
        span: &Range<usize>,
        pattern: Option<usize>,
        tell: &mut dyn FnMut(usize, Why),
    ) -> Result<Decision, String> {
        let Some(pattern) = pattern else { return self.values.confirm(bytes, span, &self.confirmers, tell) };
        let mut decision = self.confirmers[pattern].confirm(bytes, span)?;
        if let Some(candidate) = decision.as_mut().ok().filter(|found| found.pattern.is_any_providers()) {
            self.values.doubt(bytes, candidate, &self.confirmers);
        }
        Ok(decision)
    }

    /// Decides on what a hit may stand for.
    pub(super) fn confirm_meaning(
        &self,
        bytes: &[u8],
        span: &Range<usize>,
        meaning: Meaning,
        depth: usize,
    ) -> Result<Verdict, String> {
        let judge = |bytes: &[u8], span: &Range<usize>, pattern| self.judge(bytes, span, pattern, &mut |_, _| {});
        let far = |candidates| Verdict { candidates, reach: self.influence_of(meaning), ..Verdict::default() };
        let refused = |reach| Verdict { reach, ..Verdict::default() };
        let decided = |decision: Decision| match decision {
            Ok(candidate) => far(vec![candidate]),
            Err(refusal) => refused(refusal.reach.unwrap_or_else(|| self.influence_of(meaning))),
        };
        Ok(match meaning {
            Meaning::Pattern(pattern) => decided(judge(bytes, span, Some(pattern))?),
            Meaning::Value => decided(judge(bytes, span, None)?),
            Meaning::Mark(_) if depth == 0 => Verdict::default(),
            Meaning::Mark(mark) => match mark.decode(bytes, span) {
                Ok(inner) => {
                    let (candidates, decoded) = self.confirm_decoded(bytes, &inner, depth)?;
                    Verdict { decoded, ..far(candidates) }
                }
                Err(reach) => refused(reach),
            },
            Meaning::Utf16(pattern) => match encoded::decode_utf16(bytes, span) {
                Some((inner, span)) => {
                    let decision = judge(&inner.bytes, &span, Some(pattern))?;
                    far(decision.ok().and_then(|candidate| inner.placed(candidate, bytes)).into_iter().collect())
                }
                None => far(Vec::new()),
            },
        })
    }

    /// Searches what was decoded, and that decoded again. Says how many anchors there were, and how often it was decoded.
    fn confirm_decoded(&self, bytes: &[u8], inner: &Decoded, depth: usize) -> Result<(Vec<Candidate>, usize), String> {
        let mut hits = Vec::new();
        self.hits(&inner.bytes, inner.own.clone(), &mut |hit| hits.push(hit));
        hits.retain(|hit| inner.own.contains(&hit.span.start));
        let mut count = 1 + hits.len();
        let mut found = Vec::new();
        for hit in hits {
            for meaning in self.meanings(hit.anchor).iter().filter(|meaning| !meaning.is_escape()) {
                let verdict = self.confirm_meaning(&inner.bytes, &hit.span, *meaning, depth - 1)?;
                found.extend(verdict.candidates);
                count += verdict.decoded;
            }
        }
        for deeper in (depth > 1).then(|| encoded::decode_again(inner)).into_iter().flatten() {
            let (candidates, decoded) = self.confirm_decoded(&inner.bytes, &deeper, depth - 1)?;
            found.extend(candidates);
            count += decoded;
        }
        Ok((settle(found.into_iter().filter_map(|candidate| inner.placed(candidate, bytes)).collect()), count))
    }
}
