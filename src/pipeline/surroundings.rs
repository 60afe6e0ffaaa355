//! Reads what stands around findings, for attribution. The secrets themselves are left out.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::detect::redact::Scrubber;
use crate::inventory::repository::Site;
use crate::model::finding::Finding;
use crate::model::place::Place;
use crate::model::surroundings::Around;
use crate::sources::again;

/// Places of one finding that are read again.
const MOST_PLACES: usize = 8;
/// Lines above and below.
const LINES: usize = 5;
/// Of longer lines the nearer end is kept, in characters.
const LONGEST_LINE: usize = 400;

/// Reads around places; the text that was read last is at hand, as findings of one file come together.
pub(super) struct Reader<'a> {
    targets: &'a [PathBuf],
    sites: Vec<Site>,
    scrubber: Scrubber,
    last: Option<Text>,
}

/// A text: target, path, object, and its lines.
type Text = (usize, Option<String>, Option<String>, Arc<[String]>);

impl<'a> Reader<'a> {
    /// Looks at what every target says of itself.
    pub(super) fn new(targets: &'a [PathBuf], scrubber: Scrubber) -> Self {
        let site = |target: &PathBuf| if target == Path::new("-") { Site::default() } else { Site::of(target) };
        Self { targets, sites: targets.iter().map(site).collect(), scrubber, last: None }
    }

    /// What stands around the first places of `finding`.
    pub(super) fn around(&mut self, finding: &Finding) -> Vec<Around> {
        finding.places.iter().take(MOST_PLACES).map(|place| self.around_one(place)).collect()
    }

    fn around_one(&mut self, place: &Place) -> Around {
        let mut around = Around::default();
        if let Some(site) = self.sites.get(place.target) {
            // A remote's address and the names in CODEOWNERS are shown, and may hold a secret.
            let clean = |text: &String| self.scrubber.scrub(text);
            around.repository = site.repository.as_ref().map(clean);
            let owners = place.path.as_deref().map(|path| site.owners_of(path)).unwrap_or_default();
            around.code_owners = owners.iter().map(clean).collect();
        }
        // Lines of a text inside an archive are none of the archive's.
        if place.inside.is_none()
            && let Some(lines) = self.lines(place)
        {
            let (first, last) = (place.position.line.saturating_sub(1), place.position.end_line.saturating_sub(1));
            let line = |number: usize| lines.get(number).cloned();
            around.before = line(first)
                .map(|text| text.chars().take(place.position.column.saturating_sub(1)).collect())
                .unwrap_or_default();
            around.after = line(last)
                .map(|text| text.chars().skip(place.position.end_column.saturating_sub(1)).take(LONGEST_LINE).collect())
                .unwrap_or_default();
            around.before = end_of(&around.before);
            around.above = (1..=LINES)
                .map_while(|distance| line(first.checked_sub(distance)?))
                .map(|text| end_of(&text))
                .collect();
            around.below = (1..=LINES).map_while(|distance| line(last + distance)).map(|text| end_of(&text)).collect();
        }
        around
    }

    fn lines(&mut self, place: &Place) -> Option<Arc<[String]>> {
        if let Some((target, path, object, lines)) = &self.last
            && (*target, path, object) == (place.target, &place.path, &place.object)
        {
            return Some(Arc::clone(lines));
        }
        let bytes = again::text(self.targets.get(place.target)?, place).ok()?;
        let lines: Arc<[String]> = String::from_utf8_lossy(&bytes).lines().map(str::to_owned).collect();
        self.last = Some((place.target, place.path.clone(), place.object.clone(), Arc::clone(&lines)));
        Some(lines)
    }
}

fn end_of(text: &str) -> String {
    let surplus = text.chars().count().saturating_sub(LONGEST_LINE);
    text.chars().skip(surplus).collect()
}
