//! Judges names that values are assigned to: `apiKey` says that its value is a secret, `apiKeyUrl` does not.
//!
//! Comes in: a name. Goes out: whether it promises one of some words. It must not look at values.

/// What follows the word in a name whose value is not the secret but something about it, or before it makes it harmless.
const OTHER_THINGS: [&str; 118] = [
    "url",
    "uri",
    "endpoint",
    "host",
    "path",
    "file",
    "filename",
    "dir",
    "folder",
    "name",
    "names",
    "label",
    "title",
    "field",
    "column",
    "header",
    "param",
    "parameter",
    "prefix",
    "suffix",
    "pattern",
    "regex",
    "regexp",
    "format",
    "template",
    "type",
    "kind",
    "class",
    "length",
    "len",
    "size",
    "count",
    "limit",
    "min",
    "max",
    "index",
    "idx",
    "hash",
    "hashed",
    "digest",
    "checksum",
    "sha",
    "sha1",
    "sha256",
    "sha512",
    "md5",
    "fingerprint",
    "thumbprint",
    "expiry",
    "expires",
    "expiration",
    "ttl",
    "age",
    "timeout",
    "date",
    "time",
    "version",
    "policy",
    "rule",
    "rules",
    "hint",
    "help",
    "prompt",
    "message",
    "msg",
    "error",
    "errors",
    "placeholder",
    "description",
    "desc",
    "example",
    "doc",
    "docs",
    "required",
    "enabled",
    "disabled",
    "optional",
    "valid",
    "validator",
    "validity",
    "manager",
    "provider",
    "store",
    "storage",
    "service",
    "factory",
    "builder",
    "handler",
    "callback",
    "listener",
    "event",
    "arn",
    "ref",
    "usage",
    "scope",
    "scopes",
    "algorithm",
    "alg",
    "encoding",
    "encoder",
    "encrypted",
    "enc",
    "cipher",
    "icon",
    "color",
    "css",
    "selector",
    "element",
    "form",
    "page",
    "route",
    "link",
    "locale",
    "mode",
    "state",
    "status",
    "cache",
    "vault",
];
/// Words before it that make it something else.
const HARMLESS: [&str; 34] = [
    "public",
    "pub",
    "primary",
    "foreign",
    "sort",
    "partition",
    "group",
    "row",
    "column",
    "col",
    "cache",
    "translation",
    "i18n",
    "unique",
    "uniq",
    "map",
    "dict",
    "hash",
    "keyboard",
    "hot",
    "short",
    "commit",
    "etag",
    "integrity",
    "checksum",
    "sha",
    "sha256",
    "md5",
    "digest",
    "next",
    "continuation",
    "page",
    "resume",
    "sync",
];

/// Whether a name says that its value is one of `words` (in plain form), and not something about it.
pub fn promises(name: &[u8], words: &[String]) -> bool {
    let parts = parts(name);
    let plain = parts.concat();
    let Some((start, word)) = words
        .iter()
        .filter_map(|word| Some((plain.rfind(word.as_str())?, word)))
        .max_by_key(|(at, word)| (at + word.len(), word.len()))
    else {
        return false;
    };
    let end = start + word.len();
    let mut at = 0;
    let mut starts_part = false;
    for part in &parts {
        let span = at..at + part.len();
        at = span.end;
        starts_part |= span.start == start;
        if span.start >= end && OTHER_THINGS.contains(&part.as_str()) {
            return false;
        }
        if span.end <= start && HARMLESS.contains(&part.as_str()) {
            return false;
        }
    }
    // `monkey` is no key, but `dbpassword` is a password.
    starts_part || word.len() > 4
}

/// The words of a name, small: `dbPassword2` has `db`, `password` and `2`.
fn parts(name: &[u8]) -> Vec<String> {
    let mut parts: Vec<String> = Vec::new();
    let mut before = b'_';
    for (at, &byte) in name.iter().enumerate() {
        let after_is_small = name.get(at + 1).is_some_and(u8::is_ascii_lowercase);
        let begins = match byte {
            b'A'..=b'Z' => !before.is_ascii_uppercase() || after_is_small,
            b'0'..=b'9' => !before.is_ascii_digit(),
            b'a'..=b'z' => !before.is_ascii_alphabetic(),
            _ => false,
        };
        if begins {
            parts.push(String::new());
        }
        if byte.is_ascii_alphanumeric()
            && let Some(last) = parts.last_mut()
        {
            last.push(char::from(byte.to_ascii_lowercase()));
        }
        before = byte;
    }
    parts
}
