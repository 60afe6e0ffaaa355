//! Shared access signatures of Azure: when they are over stands in them.

use percent_encoding::percent_decode_str;

use super::Reader;
use crate::model::verification::Expiry;
use crate::verify::answer::seconds;

pub(super) fn read(secret: &str, reader: &mut Reader<'_>) {
    if secret.contains("sig=")
        && let Some(end) = end(secret)
    {
        reader.told.expiry = Expiry::At(end);
    }
}

/// The end that it names, in seconds since 1970.
pub(in crate::verify) fn end(secret: &str) -> Option<i64> {
    let (_, query) = secret.split_once('?').unwrap_or(("", secret));
    let pairs = query.split('&').map(|pair| pair.trim_start_matches("amp;"));
    let end = pairs.filter_map(|pair| pair.strip_prefix("se=")).next()?;
    seconds(&percent_decode_str(end).decode_utf8_lossy())
}
