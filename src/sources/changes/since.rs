//! A point in time as people write it.
//!
//! Comes in: `2026-01-31`, RFC 3339, or `2 weeks`. Goes out: the time, in UTC where the text names no zone.

use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{Span, Timestamp};

/// Not a time.
#[derive(Debug, thiserror::Error)]
#[error(
    "`{0}` is not a date; write one such as 2026-01-31, 2026-01-31T12:00:00Z, `12 hours`, `3 days`, `2 weeks` or `6 months`"
)]
pub struct BadTime(String);

/// The time that `text` means if it is now `now`. A day begins at midnight UTC.
pub fn parse(text: &str, now: Timestamp) -> Result<Timestamp, BadTime> {
    let text = text.trim();
    let day = || text.parse::<Date>().ok()?.to_zoned(TimeZone::UTC).ok().map(|start| start.timestamp());
    // A bare date would be read as a time too, and one with a time but without a zone would not.
    let found = if text.contains(':') { text.parse().ok() } else { day() };
    found.or_else(|| ago(text, now)).ok_or_else(|| BadTime(text.to_owned()))
}

/// `3 days`, `1 week ago`.
fn ago(text: &str, now: Timestamp) -> Option<Timestamp> {
    let words: Vec<&str> = text.split_whitespace().collect();
    let (number, unit) = match words.as_slice() {
        [number, unit] | [number, unit, "ago"] => (number.parse::<u32>().ok()?, *unit),
        _ => return None,
    };
    let number = i64::from(number);
    let span = match unit.strip_suffix('s').unwrap_or(unit) {
        "hour" => Span::new().try_hours(number),
        "day" => Span::new().try_days(number),
        "week" => Span::new().try_weeks(number),
        "month" => Span::new().try_months(number),
        _ => return None,
    };
    let then = now.to_zoned(TimeZone::UTC).checked_sub(span.ok()?).ok()?;
    Timestamp::from_second(then.timestamp().as_second()).ok()
}
