//! What an answer means, as far as the declaration of its provider says.
//!
//! Comes in: an answer, which is hostile, and a step. Goes out: a verdict, and what it says about whose the credential is.
//! What the declaration does not name is undecided.

use jiff::Timestamp;
use jiff::civil::{Date, DateTime};
use jiff::tz::TimeZone;
use serde_json::Value as Json;

use super::egress::Answer;
use super::veil::Veil;
use crate::model::declaration::{Condition, Facts, Step, Value, Where};
use crate::model::verification::{Expiry, Identity, Said, Source, Verification};

/// Bytes of a fact that are kept.
const LONGEST_FACT: usize = 256;
/// Scopes that are kept.
const MOST_SCOPES: usize = 200;
/// Later times are in milliseconds,
const LAST_SECOND: i64 = 100_000_000_000;
/// and smaller numbers no times but spans.
const FIRST_SECOND: i64 = 500_000_000;

/// What an answer says about the credential.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Verdict {
    /// It works.
    Active,
    /// The provider refused it.
    Inactive,
    /// Neither; one clause says why.
    Undecided(String),
}

/// An answer, read.
pub(super) struct Reading<'a> {
    answer: &'a Answer,
    json: Option<Json>,
    is_page: bool,
}

impl<'a> Reading<'a> {
    pub(super) fn new(answer: &'a Answer) -> Self {
        let json = serde_json::from_slice(&answer.body).ok();
        let start = answer.body.trim_ascii_start();
        let start = &start[..start.len().min(15)];
        let begins = |mark: &[u8]| start.len() >= mark.len() && start[..mark.len()].eq_ignore_ascii_case(mark);
        let is_page = answer.headers.get("content-type").is_some_and(|kind| kind.contains("html"))
            || begins(b"<!doctype html")
            || begins(b"<html");
        Self { answer, json, is_page }
    }

    /// Weighs the answer. One that means both is undecided.
    pub(super) fn judge(&self, step: &Step) -> Verdict {
        let active = step.active.iter().any(|condition| self.holds(condition, true));
        let inactive = step.inactive.iter().any(|condition| self.holds(condition, false));
        match (active, inactive) {
            (true, false) => Verdict::Active,
            (false, true) => Verdict::Inactive,
            (true, true) => Verdict::Undecided("gave an answer that contradicts itself".into()),
            (false, false) => Verdict::Undecided(self.why()),
        }
    }

    pub(super) fn is_success(&self) -> bool {
        (200..300).contains(&self.answer.status) && !self.is_page
    }

    fn holds(&self, condition: &Condition, is_good: bool) -> bool {
        if !condition.status.contains(&self.answer.status) {
            return false;
        }
        let contains = condition.contains.as_deref().is_none_or(|text| self.contains(text));
        let stands = condition.at.as_ref().is_none_or(|at| self.stands(at, &condition.equals));
        // A firewall's page and a proxy's look like the provider's answer by their status, and may hold any word.
        let is_vague = condition.at.is_none() && condition.contains.is_none();
        let is_data = self.answer.status == 204 || self.json.as_ref().is_some_and(|json| !says_no(json));
        let is_own = condition.any_body || (!self.is_page && (!is_good || !is_vague || is_data));
        contains && stands && is_own
    }

    fn contains(&self, text: &str) -> bool {
        let (body, text) = (&self.answer.body, text.as_bytes());
        memchr::memmem::find(body, text).is_some()
    }

    fn stands(&self, at: &Where, equals: &[Value]) -> bool {
        match at {
            Where::Header(name) => self.answer.headers.get(name).is_some_and(|found| {
                equals.is_empty() || equals.iter().any(|value| matches!(value, Value::Text(text) if text == found))
            }),
            Where::Json(path) => {
                let found = self.find(path);
                let fits = |found: &&Json| equals.iter().any(|value| is_equal(value, found));
                if equals.is_empty() { found.iter().any(|found| !found.is_null()) } else { found.iter().any(fits) }
            }
        }
    }

    /// Everything in the body behind a path.
    fn find(&self, path: &[String]) -> Vec<&Json> {
        let mut found: Vec<&Json> = self.json.iter().collect();
        for key in path {
            found = found.into_iter().flat_map(|json| below(json, key)).take(MOST_SCOPES).collect();
        }
        found
    }

    /// Why nothing is decided.
    fn why(&self) -> String {
        let status = self.answer.status;
        match status {
            429 => "asks to be left alone for now (429)".into(),
            500.. => format!("has trouble of its own ({status})"),
            300..400 => format!("points elsewhere ({status}), which is not followed"),
            _ if self.is_page => format!("sent a page for people ({status}): maybe a proxy or a firewall did"),
            200..300 => format!("answered {status}, but not what its declaration expects"),
            _ => format!("answered {status}, which does not say whether the credential works"),
        }
    }

    /// A value for a later step.
    pub(super) fn take(&self, at: &Where) -> Option<String> {
        match at {
            Where::Header(name) => self.answer.headers.get(name).cloned(),
            Where::Json(path) => self.find(path).first().and_then(|json| plain(json)),
        }
    }

    /// Adds what the answer says to `told`. What holds a piece of the credential is left out.
    pub(super) fn tell(&self, facts: &Facts, veil: &Veil, told: &mut Verification) {
        let fact = |at: &Option<Where>| {
            let value = self.take(at.as_ref()?)?;
            let is_fit = !value.is_empty() && value.len() <= LONGEST_FACT && !veil.touches(&value);
            is_fit.then_some(Said { value, by: Source::Provider })
        };
        let Identity { account, principal, application, public_id, organisation, kind, .. } = &mut told.identity;
        let places = [&facts.account, &facts.principal, &facts.application, &facts.public_id, &facts.organisation];
        for (known, at) in [account, principal, application, public_id, organisation].into_iter().zip(places) {
            *known = fact(at).or_else(|| known.take());
        }
        *kind = facts.kind.or(*kind);
        if let Some(at) = &facts.scopes {
            told.scopes = self.scopes(at, veil).or_else(|| told.scopes.take());
        }
        let time = |at: &Option<Where>| at.as_ref().and_then(|at| self.take(at)).and_then(|text| seconds(&text));
        told.created_at = time(&facts.created_at).or(told.created_at);
        told.last_used_at = time(&facts.last_used_at).or(told.last_used_at);
        told.expiry = match &facts.expires_at {
            Some(Where::Json(path)) if self.find(path).first().is_some_and(|json| json.is_null()) => Expiry::Never,
            at => time(at).map_or(told.expiry, Expiry::At),
        };
    }

    fn scopes(&self, at: &Where, veil: &Veil) -> Option<Vec<String>> {
        let mut scopes: Vec<String> = match at {
            Where::Header(name) => split(self.answer.headers.get(name)?),
            Where::Json(path) => {
                let found = self.find(path);
                let lists = found.first()?;
                match lists {
                    Json::Array(list) => list.iter().filter_map(plain).collect(),
                    Json::String(text) if found.len() == 1 => split(text),
                    _ => found.iter().copied().filter_map(plain).collect(),
                }
            }
        };
        scopes.retain(|scope| !scope.is_empty() && scope.len() <= LONGEST_FACT && !veil.touches(scope));
        scopes.truncate(MOST_SCOPES);
        scopes.sort();
        scopes.dedup();
        Some(scopes)
    }
}

/// Whether a body that came with a good status says that something went wrong all the same.
fn says_no(json: &Json) -> bool {
    let is_something = |value: &Json| match value {
        Json::Null | Json::Bool(false) => false,
        Json::String(text) => !text.is_empty(),
        Json::Array(list) => !list.is_empty(),
        _ => true,
    };
    let names_error = ["error", "errors", "Error"].iter().any(|key| json.get(key).is_some_and(is_something));
    let denies = ["ok", "success"].iter().any(|key| json.get(key).and_then(Json::as_bool) == Some(false));
    names_error || denies || json.is_null()
}

/// A list in one text: with commas, and else with blanks.
fn split(text: &str) -> Vec<String> {
    let mark = |character: char| if text.contains(',') { character == ',' } else { character.is_whitespace() };
    text.split(mark).map(|scope| scope.trim().to_owned()).filter(|scope| !scope.is_empty()).collect()
}

fn below<'j>(json: &'j Json, key: &str) -> Vec<&'j Json> {
    match (json, key) {
        (Json::Array(list), "*") => list.iter().collect(),
        (Json::Object(fields), "*") => fields.values().collect(),
        (Json::Array(list), _) => key.parse::<usize>().ok().and_then(|index| list.get(index)).into_iter().collect(),
        (Json::Object(fields), _) => fields.get(key).into_iter().collect(),
        _ => Vec::new(),
    }
}

fn is_equal(value: &Value, found: &Json) -> bool {
    match value {
        Value::Text(text) => found.as_str() == Some(text),
        Value::Number(number) => found.as_i64() == Some(*number),
        Value::Flag(flag) => found.as_bool() == Some(*flag),
    }
}

fn plain(json: &Json) -> Option<String> {
    match json {
        Json::String(text) => Some(text.clone()),
        Json::Number(number) => Some(number.to_string()),
        Json::Bool(flag) => Some(flag.to_string()),
        _ => None,
    }
}

/// Reads a time: seconds or milliseconds since 1970, RFC 3339, `2026-01-31 12:00:00 UTC`, `2026-01-31`.
pub(super) fn seconds(text: &str) -> Option<i64> {
    let text = text.trim();
    if let Ok(number) = text.split('.').next().unwrap_or_default().parse::<i64>() {
        let seconds = if number > LAST_SECOND { number / 1000 } else { number };
        return (seconds >= FIRST_SECOND).then_some(seconds);
    }
    let utc = |time: DateTime| time.to_zoned(TimeZone::UTC).ok().map(|zoned| zoned.timestamp().as_second());
    let bare = text.trim_end_matches("UTC").trim_end();
    text.parse::<Timestamp>()
        .map(Timestamp::as_second)
        .ok()
        .or_else(|| DateTime::strptime("%Y-%m-%d %H:%M:%S", bare).ok().and_then(utc))
        .or_else(|| bare.parse::<DateTime>().ok().and_then(utc))
        .or_else(|| bare.parse::<Date>().ok().and_then(|date| utc(date.to_datetime(jiff::civil::Time::midnight()))))
}
