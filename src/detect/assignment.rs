//! Judges the value of an assignment to a name such as `db_password`.
//!
//! Comes in: a value, the name, and how the two are written. Goes out: an objection, or none. It looks for what stands for a
//! password rather than being one: an expression, a type, a label, a key into translations.

use std::collections::BTreeMap;

use super::names;

/// What a name says whose value may be of any form.
const PASSWORDS: [&str; 12] = [
    "password",
    "passwd",
    "passphrase",
    "passcode",
    "passwort",
    "passwrd",
    "pass",
    "pwd",
    "senha",
    "pw",
    "passkey",
    "pswd",
];
/// What a name says whose value is another sort of secret.
const SECRETS: [&str; 8] = ["secret", "apikey", "token", "privatekey", "secretkey", "accesskey", "authkey", "key"];
/// What hashes of passwords begin with, as `crypt` writes them.
const HASHES: [&str; 8] = ["$1$", "$2a$", "$2b$", "$2y$", "$5$", "$6$", "$y$", "$apr1$"];
/// Values in code without quotes that are types or constants, and words of forms and messages.
const WORDS_OF_CODE: &str = "string str text bool boolean int integer number any none null nil true false required optional \
    varchar char bytes object undefined void hidden input value encrypted disabled enabled unknown invalid missing empty prompt \
    ask random generate auto self this secret optionalstring securestring yes never always login";

/// Whether the name that a value is assigned to says that it is a secret. One without a name needs no promise.
pub fn is_promised(parts: &BTreeMap<&str, &[u8]>) -> bool {
    parts.get("assigned").is_none_or(|name| names::promises(name, &PASSWORDS) || names::promises(name, &SECRETS))
}

/// Whether that name says that its value is something about a secret. One that is misspelt says nothing.
pub fn is_denied(parts: &BTreeMap<&str, &[u8]>) -> bool {
    let says = |name: &&[u8]| [names::says(name, &PASSWORDS), names::says(name, &SECRETS)];
    parts.get("assigned").map(says).is_some_and(|says| says.contains(&Some(false)) && !says.contains(&Some(true)))
}

/// Why a value that is assigned to a name, or stands behind a word for one, is no secret; or none.
pub fn objection(value: &[u8], parts: &BTreeMap<&str, &[u8]>) -> Option<&'static str> {
    if parts.get("assigned").is_some_and(|name| is_end_of(value, name)) {
        return Some("the name again");
    }
    let bare = value.strip_suffix(b"?").or(value.strip_prefix(b"&")).unwrap_or(value);
    let lower = bare.to_ascii_lowercase();
    if WORDS_OF_CODE.split_ascii_whitespace().any(|word| lower == word.as_bytes()) {
        return Some("a word of code");
    }
    if value.iter().filter(|byte| byte.is_ascii_alphanumeric()).count() < 3 {
        return Some("a sign");
    }
    if is_dotted(value) {
        return Some("a dotted name");
    }
    if parts.contains_key("assigned") && HASHES.iter().any(|mark| value.starts_with(mark.as_bytes())) {
        return Some("the hash of a password");
    }
    if is_number(value) {
        return Some("a number");
    }
    if is_constant(value) || (value.starts_with(b"_") && parts.contains_key("loose")) {
        return Some("the name of a constant");
    }
    if is_version(value) {
        return Some("a version");
    }
    if is_address(value) {
        return Some("a path or an address");
    }
    if is_selector(value) {
        return Some("a selector of a style sheet");
    }
    let is_word =
        value.iter().all(|byte| byte.is_ascii_alphabetic() || matches!(byte, b'_' | b'-' | b'.' | b':' | b',' | b'*'));
    if is_word && (has_joints(value) || parts.contains_key("loose")) {
        return Some("a word or name");
    }
    if is_code(value) { Some("an expression") } else { None }
}

/// Whether a value is the name, or the end of it, but for capitals and signs.
fn is_end_of(value: &[u8], name: &[u8]) -> bool {
    const SHORTEST: usize = 8;
    let plain = |text: &[u8]| -> Vec<u8> {
        text.iter().filter(|byte| byte.is_ascii_alphanumeric()).map(u8::to_ascii_lowercase).collect()
    };
    let (value, name) = (plain(value), plain(name));
    value == name || value.len() >= SHORTEST && name.ends_with(&value)
}

/// `user.login.password`, `self.password`: names joined by dots.
fn is_dotted(value: &[u8]) -> bool {
    let names: Vec<&[u8]> = value.split(|byte| *byte == b'.').collect();
    names.len() > 1
        && names.iter().all(|name| {
            name.first().is_some_and(|byte| byte.is_ascii_alphabetic() || *byte == b'_' || *byte == b'$')
                && name.iter().all(|byte| byte.is_ascii_alphabetic() || matches!(byte, b'_' | b'-'))
        })
}

/// `0x9E3779B97F4A7C15`, `8u32`: of 64 bits at most.
fn is_number(value: &[u8]) -> bool {
    const MOST: usize = 16;
    if let Some(digits) = value.strip_prefix(b"0x") {
        return (1..=MOST).contains(&digits.len()) && digits.iter().all(u8::is_ascii_hexdigit);
    }
    let digits = value.iter().take_while(|byte| byte.is_ascii_digit()).count();
    let types: [&[u8]; 10] = [b"i8", b"u8", b"i16", b"u16", b"i32", b"u32", b"i64", b"u64", b"usize", b"isize"];
    digits > 0 && types.contains(&&value[digits..])
}

/// `RSA_PKCS1_SHA256`: words and short numbers in capitals.
fn is_constant(value: &[u8]) -> bool {
    const LONGEST: usize = 8;
    let is_capital = |part: &[u8]| part.iter().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit());
    let is_plain = |part: &[u8]| part.len() <= LONGEST || part.iter().all(u8::is_ascii_uppercase);
    value.contains(&b'_') && value.split(|byte| *byte == b'_').all(|part| is_capital(part) && is_plain(part))
}

/// `^1.2.3`, `npm:~4.0`.
fn is_version(value: &[u8]) -> bool {
    let bare = value.strip_prefix(b"npm:").unwrap_or(value).trim_ascii_start();
    let digits = bare.iter().position(u8::is_ascii_digit).unwrap_or(bare.len());
    let signs = bare[..digits].iter().all(|byte| matches!(byte, b'^' | b'~' | b'=' | b'>' | b'<' | b'v'));
    signs
        && digits < bare.len()
        && bare[digits..].iter().all(|byte| byte.is_ascii_digit() || *byte == b'.')
        && bare.contains(&b'.')
}

/// A piece of a program: a call of a method, the end of a block, an arrow.
fn is_code(value: &[u8]) -> bool {
    const SIGNS: [[u8; 2]; 14] = [
        *b"::", *b"->", *b"=>", *b")}", *b"()", *b"&&", *b"||", *b"){", *b"[]", *b"};", *b"],", *b").", *b"![", *b"](",
    ];
    let has_sign = || value.windows(2).any(|pair| SIGNS.iter().any(|sign| pair == sign));
    value.ends_with(b"={") || is_call(value) || has_sign()
}

/// `canonicalize(doc)`, `quote!(#x)`.
fn is_call(value: &[u8]) -> bool {
    let name = value.iter().take_while(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'.')).count();
    let is_word = name > 0 && value[..name].iter().all(|byte| !byte.is_ascii_digit());
    is_word && value.ends_with(b")") && matches!(value[name..], [b'(', ..] | [b'!', b'(', ..])
}

/// `#add-password`, `.password`.
fn is_selector(value: &[u8]) -> bool {
    let is_name = |name: &[u8]| name.iter().all(|byte| byte.is_ascii_alphabetic() || matches!(byte, b'-' | b'_'));
    matches!(value, [b'#' | b'.', name @ ..] if is_name(name))
}

/// `/run/secrets/db`, `./key.pem`, `https://…`, `sites/passwords#update`.
fn is_address(value: &[u8]) -> bool {
    // A name in a path is shorter than this; a longer stretch without a slash is base64.
    const NAME: usize = 20;
    let slashes = value.iter().filter(|byte| **byte == b'/').count();
    let is_worded = || value.iter().all(|byte| byte.is_ascii_alphabetic() || b"/#._:-".contains(byte));
    (slashes > 0 && is_worded())
        || value.starts_with(b"arn:")
        || value.windows(3).any(|three| three == b"://")
        || (slashes > 0 && (value.starts_with(b"/") || value.starts_with(b".")))
        || slashes > 2 && (slashes * NAME >= value.len() || value.ends_with(b"/"))
}

/// `userPassword`, `user_password`: more than one word. `MyVerySecretWord` is no name of a variable.
fn has_joints(value: &[u8]) -> bool {
    const LONG: usize = 3;
    if value[0].is_ascii_uppercase() && !value.contains(&b'_') && names::parts(value).len() >= LONG {
        return false;
    }
    value.contains(&b'_') || value.windows(2).any(|pair| pair[0].is_ascii_lowercase() && pair[1].is_ascii_uppercase())
}
