//! PyPI's upload tokens are macaroons: their id and what they are limited to stand in them in clear.

use data_encoding::{BASE64URL_NOPAD, HEXLOWER};
use serde_json::Value;

use super::Reader;
use crate::model::verification::Expiry;

/// The mark of the second version of the binary form.
const VERSION: u8 = 2;
/// Kinds of fields.
const END: u8 = 0;
const LOCATION: u8 = 1;
const IDENTIFIER: u8 = 2;
/// Caveats that are read.
const MOST: usize = 16;

pub(super) fn read(secret: &str, reader: &mut Reader<'_>) {
    let Some(encoded) = secret.strip_prefix("pypi-") else { return };
    let bytes = BASE64URL_NOPAD.decode(encoded.trim_end_matches('=').as_bytes());
    let Some([VERSION, body @ ..]) = bytes.as_deref().ok() else { return };
    let mut rest = body;
    let Some((LOCATION, location)) = field(&mut rest) else { return };
    let Some((IDENTIFIER, identifier)) = field(&mut rest) else { return };
    if let Ok(location) = std::str::from_utf8(location) {
        reader.keep(|told| &mut told.host, location);
    }
    // The identifier is a UUID, written out; older ones hold it as bytes.
    let id = std::str::from_utf8(identifier).map_or_else(|_| HEXLOWER.encode(identifier), str::to_owned);
    reader.told.identity.public_id.get_or_insert(super::Said { value: id, by: super::Source::Credential });
    let mut scopes = Vec::new();
    for _ in 0..MOST {
        match field(&mut rest) {
            Some((IDENTIFIER, caveat)) => tell(caveat, &mut scopes, reader),
            Some((END, _)) => {}
            _ => break,
        }
    }
    if !scopes.is_empty() {
        scopes.sort();
        reader.told.scopes = Some(scopes);
    }
}

/// The next field: its kind and its bytes.
fn field<'b>(rest: &mut &'b [u8]) -> Option<(u8, &'b [u8])> {
    let (kind, behind) = rest.split_first()?;
    if *kind == END {
        *rest = behind;
        return Some((END, &[]));
    }
    let (length, behind) = length(behind)?;
    let (value, behind) = behind.split_at_checked(length)?;
    *rest = behind;
    Some((*kind, value))
}

/// A length in groups of seven bits, the lowest first.
fn length(bytes: &[u8]) -> Option<(usize, &[u8])> {
    let mut length = 0;
    for (index, byte) in bytes.iter().take(3).enumerate() {
        length |= usize::from(byte & 0x7f) << (7 * index);
        if byte & 0x80 == 0 {
            return Some((length, &bytes[index + 1..]));
        }
    }
    None
}

/// One limit: `[0, until, from]`, `[1, [projects]]`, `[3, user]`, or the older `{"permissions": {"projects": [...]}}`.
fn tell(caveat: &[u8], scopes: &mut Vec<String>, reader: &mut Reader<'_>) {
    let Ok(caveat) = serde_json::from_slice::<Value>(caveat) else { return };
    let mut projects = |list: &Value| {
        let names = list.as_array().into_iter().flatten().filter_map(Value::as_str);
        scopes.extend(names.filter(|name| name.len() <= super::LONGEST).map(|name| format!("project:{name}")));
    };
    match (caveat.get(0).and_then(Value::as_u64), caveat.get(1)) {
        (Some(0), Some(until)) => reader.told.expiry = until.as_i64().map_or(Expiry::Untold, Expiry::At),
        (Some(1), Some(list)) => projects(list),
        (Some(3), Some(Value::String(user))) => reader.keep(|told| &mut told.principal, user),
        _ => match caveat.get("permissions") {
            Some(Value::String(user)) => scopes.push(user.clone()),
            Some(permissions) => projects(&permissions["projects"]),
            None => {}
        },
    }
}
