//! What may stand where it stands: marks on lines, and rules of the configuration.
//!
//! Comes in: a report and rules. Goes out: the same report, in which places and findings that a mark or a rule covers are
//! suppressed. Nothing is taken out of it.

use std::sync::Arc;

use globset::{Glob, GlobMatcher};
use ignore::gitignore::{Gitignore, GitignoreBuilder};
use regex::bytes::{Regex, RegexBuilder};

use super::allowlist;
use crate::model::allowlist::Allowlist;
use crate::model::finding::Finding;
use crate::model::pattern::Written;
use crate::model::place::Place;
use crate::model::report::{FingerprintKey, Report};
use crate::model::suppression::{SuppressedBy, Suppression};

/// A rule as it is written. All that it names must hold.
#[derive(Debug, Clone, Default)]
pub struct Conditions {
    /// A glob over paths relative to a target, as in `.gitignore`.
    pub path: Option<String>,
    /// A regex that matches somewhere in such a path.
    pub path_regex: Option<String>,
    /// A glob over ids of patterns.
    pub pattern: Option<String>,
    /// A finding's fingerprint.
    pub fingerprint: Option<String>,
    /// A regex that matches somewhere in the secret.
    pub regex: Option<String>,
}

/// A rule that was checked.
#[derive(Debug, Clone)]
pub struct Rule {
    path: Option<Gitignore>,
    path_regex: Option<Regex>,
    pattern: Option<GlobMatcher>,
    fingerprint: Option<String>,
    regex: Option<Regex>,
    written: Written,
    suppression: Arc<Suppression>,
}

impl Rule {
    /// Checks what is written at `written`. Fails with one clause: what is wrong, and the remedy.
    pub fn new(
        conditions: &Conditions,
        reason: &str,
        expires: Option<String>,
        written: Written,
    ) -> Result<Self, String> {
        let Conditions { path, path_regex, pattern, fingerprint, regex } = conditions;
        if [path, path_regex, pattern, fingerprint, regex].into_iter().all(Option::is_none) {
            return Err("a rule without a condition would allow everything; name `path`, `path_regex`, `pattern`, \
                        `fingerprint` or `regex`"
                .into());
        }
        if reason.trim().is_empty() {
            return Err("the reason is empty; say why this may stand there".into());
        }
        let by = SuppressedBy::Rule(written.clone());
        let suppression = Arc::new(Suppression { by, reason: reason.trim().to_owned(), expires });
        Ok(Self {
            path: path.as_deref().map(path_glob).transpose()?,
            path_regex: path_regex.as_deref().map(|text| regex_of("path_regex", text)).transpose()?,
            pattern: pattern.as_deref().map(pattern_glob).transpose()?,
            fingerprint: fingerprint.as_deref().map(lasting).transpose()?,
            regex: regex.as_deref().map(|text| regex_of("regex", text)).transpose()?,
            written,
            suppression,
        })
    }

    fn covers(&self, finding: &Finding, place: &Place) -> bool {
        let at = |globs: &Gitignore| {
            let path = place.path.as_deref().map(|path| path.trim_start_matches('/')).filter(|path| !path.is_empty());
            path.is_some_and(|path| globs.matched_path_or_any_parents(path, false).is_ignore())
        };
        self.fingerprint.as_ref().is_none_or(|fingerprint| *fingerprint == finding.fingerprint)
            && self.pattern.as_ref().is_none_or(|glob| glob.is_match(&*finding.pattern.id))
            && self.path.as_ref().is_none_or(at)
            && self.path_regex.as_ref().is_none_or(|regex| {
                place.path.as_deref().is_some_and(|path| regex.is_match(path.trim_start_matches('/').as_bytes()))
            })
            && self.regex.as_ref().is_none_or(|regex| finding.credential.secret.matches(regex))
    }

    /// The end of a rule whose last day has passed.
    fn expired(&self, today: &str) -> Option<&str> {
        self.suppression.expires.as_deref().filter(|last| *last < today)
    }
}

fn path_glob(glob: &str) -> Result<Gitignore, String> {
    let bad = |reason: &dyn std::fmt::Display| {
        format!("`path` is not a glob ({reason}); write it as in .gitignore, such as 'tests/**/*.pem'")
    };
    if glob.trim().is_empty() || glob.starts_with(['!', '#']) {
        return Err(bad(&"it names no path"));
    }
    let mut builder = GitignoreBuilder::new("");
    builder.add_line(None, glob).map_err(|error| bad(&error))?;
    builder.build().map_err(|error| bad(&error))
}

fn pattern_glob(glob: &str) -> Result<GlobMatcher, String> {
    let bad = |error: globset::Error| {
        format!(
            "`pattern` is neither a pattern id nor a glob over ids ({}); see `straykey patterns list`",
            error.kind()
        )
    };
    Ok(Glob::new(glob).map_err(bad)?.compile_matcher())
}

/// A fingerprint that is the same in every run. Fails with one clause.
pub(super) fn lasting(fingerprint: &str) -> Result<String, String> {
    let mut parts = fingerprint.split(':');
    match (parts.next(), parts.next(), parts.next(), parts.next()) {
        (Some("fp1"), Some("run"), Some(_), None) => Err("a fingerprint `fp1:run:…` is of one run only; set \
                                                          fingerprint_key_file and take the one that is reported then"
            .into()),
        (Some("fp1"), Some(_), Some(hash), None) if !hash.is_empty() => Ok(fingerprint.to_owned()),
        _ => Err("`fingerprint` is none; take one from a report, such as `fp1:pub:…`".into()),
    }
}

/// The error does not repeat the regex: it may spell out a secret.
fn regex_of(key: &str, regex: &str) -> Result<Regex, String> {
    RegexBuilder::new(regex).unicode(false).build().map_err(|error| match error {
        regex::Error::CompiledTooBig(_) => format!("`{key}` is too large; shorten it"),
        _ => format!("`{key}` cannot be read; correct it (the syntax is that of Rust's regex crate, over bytes)"),
    })
}

/// Suppresses what a mark (if they count), a rule or an allowlist covers. `today` is as `2026-12-31`.
pub fn apply(mut report: Report, rules: &[Rule], lists: &[Allowlist], marks_count: bool, today: &str) -> Report {
    let (expired, live): (Vec<&Rule>, Vec<&Rule>) = rules.iter().partition(|rule| rule.expired(today).is_some());
    for finding in &mut report.findings {
        let suppressed: Vec<_> =
            finding.places.iter().map(|place| suppression(finding, place, &live, lists, marks_count)).collect();
        // That which ends first ends it for the whole; what has no end comes last.
        let ends_first = |left: &&Arc<Suppression>, right: &&Arc<Suppression>| match (&left.expires, &right.expires) {
            (Some(left), Some(right)) => left.cmp(right),
            (left, right) => right.is_some().cmp(&left.is_some()),
        };
        finding.suppressed = match suppressed.iter().all(Option::is_some) {
            true => suppressed.iter().flatten().min_by(ends_first).cloned(),
            false => None,
        };
        for (place, suppressed) in finding.places.iter_mut().zip(suppressed) {
            place.suppressed = suppressed;
        }
    }
    report.remarks.extend(expired.into_iter().map(|rule| {
        let Written { file, line } = &rule.written;
        let (last, reason) = (rule.expired(today).unwrap_or_default(), &rule.suppression.reason);
        format!("{file}:{line}: this allow rule ({reason}) expired after {last} and no longer holds; renew it or take it out")
    }));
    report.remarks.extend(live.into_iter().filter_map(|rule| foreign(rule, &report.fingerprint_key)));
    report
}

fn suppression(
    finding: &Finding,
    place: &Place,
    rules: &[&Rule],
    lists: &[Allowlist],
    marks_count: bool,
) -> Option<Arc<Suppression>> {
    let mark = place.mark.filter(|_| marks_count).map(|mark| {
        let reason = "marked on its line".to_owned();
        Arc::new(Suppression { by: SuppressedBy::Mark(mark), reason, expires: None })
    });
    let by_rule = || rules.iter().find(|rule| rule.covers(finding, place)).map(|rule| Arc::clone(&rule.suppression));
    let by_list = || {
        let list = lists.iter().find(|list| allowlist::covers(list, finding, place))?;
        Some(Arc::clone(&list.suppression))
    };
    mark.or_else(by_rule).or_else(by_list)
}

/// Says of a rule whose fingerprint was made with another key that it can cover nothing.
fn foreign(rule: &Rule, key: &FingerprintKey) -> Option<String> {
    let key = match key {
        FingerprintKey::Own { id } => id,
        FingerprintKey::Public => "pub",
    };
    let id = rule.fingerprint.as_deref()?.split(':').nth(1)?;
    let Written { file, line } = &rule.written;
    (id != key).then(|| {
        format!("{file}:{line}: the fingerprint of this allow rule was made with another key (`{id}`) than this run's (`{key}`) \
                 and covers nothing")
    })
}
