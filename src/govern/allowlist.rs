//! Which places an allowlist covers.

use crate::model::allowlist::{Allowlist, Condition};
use crate::model::finding::Finding;
use crate::model::place::Place;

/// Whether `list` says that `finding` may stand at `place`.
pub(super) fn covers(list: &Allowlist, finding: &Finding, place: &Place) -> bool {
    let path = place.path.as_deref().unwrap_or_default().as_bytes();
    let holds = |condition: &Condition| match condition {
        Condition::Path(regex) => !path.is_empty() && regex.is_match(path),
        Condition::ElsewherePath(regex) => !regex.is_match(path),
        Condition::Secret(regex) => finding.credential.secret.matches(regex),
        Condition::Commit(ids) => place.commit.as_ref().is_some_and(|commit| ids.contains(&commit.id)),
    };
    list.patterns.contains(&*finding.pattern.id)
        && match list.needs_all {
            true => list.conditions.iter().all(holds),
            false => list.conditions.iter().any(holds),
        }
}
