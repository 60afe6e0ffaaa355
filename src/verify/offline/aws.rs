//! AWS: the account stands in a key's id.

use data_encoding::BASE32_NOPAD;

use super::Reader;

/// Kinds of keys whose ids hold the account.
const STARTS: [&str; 4] = ["AKIA", "ASIA", "ABIA", "ACCA"];
const LENGTH: usize = 20;
/// The bits of the first six bytes that are the account.
const MASK: u64 = 0x7fff_ffff_ff80;

pub(super) fn read(secret: &str, reader: &mut Reader<'_>) {
    let id = reader.part(&["key_id", "access_key_id"]).unwrap_or_else(|| secret.to_owned());
    if let Some(account) = account(&id) {
        reader.keep(|told| &mut told.account, &account);
        reader.told.identity.public_id.get_or_insert(super::Said { value: id, by: super::Source::Credential });
    }
}

/// The account of an access key id; none where it is not one, or of the old sort that does not tell.
pub(super) fn account(id: &str) -> Option<String> {
    let is_id = id.len() == LENGTH && STARTS.iter().any(|start| id.starts_with(start));
    if !is_id || matches!(id.as_bytes()[4], b'I' | b'J') {
        return None;
    }
    let bytes = BASE32_NOPAD.decode(&id.as_bytes()[4..]).ok()?;
    let number = bytes.iter().take(6).fold(0_u64, |number, byte| number << 8 | u64::from(*byte));
    Some(format!("{:012}", (number & MASK) >> 7))
}
