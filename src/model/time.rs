//! A day or a moment as people write it.

use jiff::Timestamp;
use jiff::civil::Date;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

/// Seconds of a day.
pub const DAY: i64 = 24 * 60 * 60;

/// `2026-09-01` (the beginning of that day, in UTC) or RFC 3339. It is written again as it was read.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct When {
    seconds: i64,
    text: String,
}

impl When {
    /// Reads it. Fails with one clause: what is wrong, and the remedy.
    pub fn parse(text: &str) -> Result<Self, String> {
        let text = text.trim();
        let seconds = match text.parse::<Date>() {
            Ok(date) if text.len() == 10 => {
                date.to_zoned(jiff::tz::TimeZone::UTC).map(|start| start.timestamp().as_second())
            }
            _ => text.parse::<Timestamp>().map(|time| time.as_second()),
        };
        let refused = |_| format!("`{text}` is no date; write it as 2026-12-31 or 2026-12-31T12:00:00Z");
        Ok(Self { seconds: seconds.map_err(refused)?, text: text.to_owned() })
    }

    /// A moment in seconds since 1970.
    pub fn at(seconds: i64) -> Self {
        Self { seconds, text: Timestamp::from_second(seconds).unwrap_or(Timestamp::UNIX_EPOCH).to_string() }
    }

    /// In seconds since 1970.
    pub fn seconds(&self) -> i64 {
        self.seconds
    }

    /// The end of it: of a day the last second, for what holds up to and with that day.
    pub fn end(&self) -> i64 {
        if self.text.len() == 10 { self.seconds + DAY - 1 } else { self.seconds }
    }

    /// As it was written.
    pub fn text(&self) -> &str {
        &self.text
    }
}

impl<'de> Deserialize<'de> for When {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Self::parse(&String::deserialize(deserializer)?).map_err(de::Error::custom)
    }
}

impl Serialize for When {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.text)
    }
}
