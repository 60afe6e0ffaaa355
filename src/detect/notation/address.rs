//! Paths, addresses, names of hosts.

use super::super::random;
use super::number::is_time;
use super::of_object;

/// `ledger.appsync-api.eu-central-1.amazonaws.com`, with or without a path.
pub(super) fn is_host(value: &[u8]) -> bool {
    const ENDS: &str = "com net org io dev app cloud local internal";
    let host = value.split(|byte| *byte == b'/').next().unwrap_or_default();
    let is_label = |label: &[u8]| {
        !label.is_empty()
            && label.iter().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || *byte == b'-')
    };
    let labels: Vec<&[u8]> = host.split(|byte| *byte == b'.').collect();
    let has_path = host.len() < value.len();
    labels.len() > 2 - usize::from(has_path)
        && labels.iter().all(|label| is_label(label))
        && labels.last().is_some_and(|last| ENDS.split_ascii_whitespace().any(|end| *last == end.as_bytes()))
}

/// `/run/secrets/db`, `Vault/vaults@2022-07-01`, `./key.pem`, `https://…`, `sites/passwords#update`.
pub(super) fn is_address(value: &[u8]) -> bool {
    // A name in a path is shorter than this; a longer stretch without a slash is base64.
    const NAME: usize = 20;
    let slashes = value.iter().filter(|byte| **byte == b'/').count();
    let is_worded = || of_object(value).iter().all(|byte| byte.is_ascii_alphabetic() || b"/#._:-".contains(byte));
    let is_path = || {
        slashes > 0 && (value.starts_with(b"/") || value.starts_with(b"."))
            || slashes > 2 && (slashes * NAME >= value.len() || value.ends_with(b"/"))
    };
    (slashes > 0 && is_worded())
        || has_parameter(value)
        || slashes > 0 && value.rsplit(|byte| *byte == b'@').next().is_some_and(is_time)
        || value.starts_with(b"arn:")
        || value.starts_with(b"urn:")
        || slashes > 1 && is_file(value)
        || value.windows(3).any(|three| three == b"://")
        || is_path() && !is_base64(value)
}

/// `data/static/codefixes/resetPassword_3.ts`: what ends in a kind of file.
fn is_file(value: &[u8]) -> bool {
    const LONGEST: usize = 5;
    let last = value.rsplit(|byte| *byte == b'/').next().unwrap_or_default();
    let kind = last.iter().rposition(|byte| *byte == b'.').map(|dot| &last[dot + 1..]);
    kind.is_some_and(|kind| (1..=LONGEST).contains(&kind.len()) && kind.iter().all(u8::is_ascii_lowercase))
}

/// What is drawn at random and written in base64, in which there are slashes too.
fn is_base64(value: &[u8]) -> bool {
    const SHORTEST: usize = 24;
    let end = value.iter().rposition(|byte| *byte != b'=').map_or(0, |last| last + 1);
    value.len() >= SHORTEST
        && value.len().is_multiple_of(4)
        && value[..end].iter().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/'))
        && random::is_no_name(value)
}

/// `…&user=ledger`: what stands behind a question mark in an address.
fn has_parameter(value: &[u8]) -> bool {
    value.split(|byte| *byte == b'&').skip(1).any(|parameter| {
        let name = parameter.iter().take_while(|byte| byte.is_ascii_alphabetic() || **byte == b'_').count();
        name > 2 && parameter.get(name) == Some(&b'=')
    })
}

/// `password_resets#edit`: what answers a request.
pub(super) fn is_route(value: &[u8]) -> bool {
    let is_name = |name: &[u8]| !name.is_empty() && name.iter().all(|byte| byte.is_ascii_lowercase() || *byte == b'_');
    let mut names = value.split(|byte| *byte == b'#');
    value.contains(&b'_') && names.clone().count() == 2 && names.all(is_name)
}
