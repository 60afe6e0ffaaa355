//! Tells digests and ids of objects, which look as keys do, from what stands around them.

use std::ops::Range;

/// Whether what begins here is named a digest: `h1:…`, `sha512-…`, the mark behind the address of a package.
pub(super) fn is_digest(bytes: &[u8], start: usize) -> bool {
    const NAMES: [&[u8]; 10] =
        [b"h1:", b"sha1:", b"sha256:", b"sha384:", b"sha512:", b"md5:", b"sha1-", b"sha256-", b"sha512-", b"SHA256:"];
    let (before, value) = bytes.split_at(start);
    // Few values need to be compared.
    let begins = matches!(value, [b'h' | b's' | b'S' | b'm', ..]) && NAMES.iter().any(|name| value.starts_with(name));
    let follows = matches!(before, [.., b':' | b'-']) && NAMES.iter().any(|name| before.ends_with(name));
    begins || follows || before.ends_with(b"#")
}

/// Whether a SHA-256 is one of a list, and what stands before it on its `line` does not say that it is a key.
pub(super) fn is_listed(bytes: &[u8], value: &Range<usize>, line: &Range<usize>) -> bool {
    const SHA256: usize = 64;
    value.len() == SHA256
        && is_plain_hex(&bytes[value.clone()])
        && is_in_list(bytes, value.start)
        && !names_key(&bytes[line.clone()])
}

/// Whether a value is one of a list, as the digests of a package's files are: `ledger-auth = ["…", "…"]`.
fn is_in_list(bytes: &[u8], start: usize) -> bool {
    let before = bytes[..start].strip_suffix(b"\"").or(bytes[..start].strip_suffix(b"'")).unwrap_or_default();
    [&b"["[..], b", ", b","].iter().any(|sign| before.ends_with(sign))
}

/// Whether a line says of what stands on it that it is a key, and not only what it is for.
fn names_key(line: &[u8]) -> bool {
    let line = line.to_ascii_lowercase();
    [&b"key"[..], b"token", b"secret"].iter().any(|word| memchr::memmem::find(&line, word).is_some())
}

/// Whether what begins here is said to be an object of git's: `commit …`, `owner/action@…`, `/zipball/…`.
pub(super) fn names_object(bytes: &[u8], start: usize) -> bool {
    const KINDS: [&[u8]; 11] = [
        b"tree ",
        b"parent ",
        b"commit ",
        b"object ",
        b"@",
        b"/commit/",
        b"/tree/",
        b"/blob/",
        b"/archive/",
        b"/zipball/",
        b"/tarball/",
    ];
    KINDS.iter().any(|kind| bytes[..start].ends_with(kind))
}

/// The shape of a digest, which also stands where no secret is.
pub(super) fn is_plain_hex(secret: &[u8]) -> bool {
    matches!(secret.len(), 32 | 40 | 64) && secret.iter().all(u8::is_ascii_hexdigit)
}
