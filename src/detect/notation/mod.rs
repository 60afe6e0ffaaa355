//! Knows how things are written that stand where a secret could: names, numbers, versions, calls, addresses, options.
//!
//! Comes in: a value. Goes out: whether it is written so. It must not know what the value is assigned to.

mod address;
mod code;
mod number;

use super::names;
use address::{is_address, is_host, is_route};
use code::{is_mangled, is_markup, is_option, is_regex, is_selector};
use number::{is_advisory, is_colour, is_format, is_product, is_resource, is_time, is_version};

pub use code::{is_code, is_fragment};
pub use number::{is_number, is_uuid};

/// Whether a value is written in some way, and what is written so.
type Written = (fn(&[u8]) -> bool, &'static str);

/// Each way of writing that its signs or a word tell. The first that fits does.
const KINDS: [Written; 19] = [
    (is_number, "a number"),
    (is_resource, "the number of a resource"),
    (is_time, "a time"),
    (is_version, "a version"),
    (is_advisory, "the number of an advisory"),
    (is_product, "the name of a product"),
    (is_host, "the name of a host"),
    (is_colour, "a colour"),
    (is_markup, "markup"),
    (is_rule, "the rule of a field"),
    (is_format, "a format"),
    (is_address, "a path or an address"),
    (is_route, "a route"),
    (is_regex, "a regular expression"),
    (is_selector, "a selector of a style sheet"),
    (is_option, "an option"),
    (is_index, "the name of an index"),
    (is_algorithm, "the name of an algorithm"),
    (is_mangled, "a symbol of a program"),
];
/// The others are made of words: what cannot be any is not written so.
const NAMES: [Written; 5] = [
    (is_dotted, "a dotted name"),
    (is_constant, "the name of a constant"),
    (is_snake, "the name of a constant"),
    (is_list, "words in a list"),
    (is_type, "the name of a type"),
];

/// What a value is by how it is written, whatever its letters are; or none.
pub fn kind(value: &[u8]) -> Option<&'static str> {
    first(&KINDS, value)
}

/// What a value is by how it is written, if it is made of words; or none.
pub fn name(value: &[u8]) -> Option<&'static str> {
    first(&NAMES, value)
}

fn first(ways: &[Written], value: &[u8]) -> Option<&'static str> {
    ways.iter().find(|(is_it, _)| is_it(value)).map(|(_, kind)| *kind)
}

/// What stands behind the mark of a variable: Ruby's `@` and `@@`.
fn of_object(value: &[u8]) -> &[u8] {
    value.strip_prefix(b"@@").or(value.strip_prefix(b"@")).unwrap_or(value)
}

/// `user.login.password`, `self.password`, `e4.ACCESS_TOKEN`, `SecureRandom.base58`: names joined by dots.
pub fn is_dotted(value: &[u8]) -> bool {
    const SHORTEST: usize = 4;
    let is_long_word = |word: &[u8]| word.len() >= SHORTEST && word.iter().all(u8::is_ascii_lowercase);
    // `asvs_level_1_score`, `field3`
    let is_numbered =
        |name: &[u8]| is_joined(name, b'_', 3) || matches!(name, [word @ .., b'0'..=b'9'] if is_long_word(word));
    let is_name = |name: &[u8]| {
        is_numbered(name)
            || name.first().is_some_and(|byte| byte.is_ascii_alphabetic() || *byte == b'_' || *byte == b'$')
                && name.iter().all(|byte| byte.is_ascii_alphabetic() || matches!(byte, b'_' | b'-'))
    };
    let is_member = |name: &[u8]| name.iter().all(|byte| byte.is_ascii_alphanumeric() || *byte == b'_');
    let is_secret_name = |name: &[u8]| {
        is_member(name) && [&b"Password"[..], b"Passwd", b"Secret", b"Token"].iter().any(|end| name.ends_with(end))
    };
    // `SecureRandom`
    let is_type_name = |name: &[u8]| {
        let capitals = name.iter().filter(|byte| byte.is_ascii_uppercase()).count();
        name.iter().all(u8::is_ascii_alphabetic)
            && name[0].is_ascii_uppercase()
            && (2..name.len() / 2).contains(&capitals)
    };
    let is_short_name = |name: &[u8]| name.len() == 2 && name[0].is_ascii_alphabetic() && name[1].is_ascii_digit();
    let mut names = of_object(value).split(|byte| *byte == b'.');
    let first = names.next().filter(|name| !name.is_empty());
    let is_of_type = first.is_some_and(is_type_name);
    names.clone().next().is_some()
        && first.is_some_and(|first| is_name(first) || is_short_name(first))
        && names.all(|name| is_name(name) || is_secret_name(name) || is_of_type && !name.is_empty() && is_member(name))
}

/// `RSA_PKCS1_SHA256`: words and short numbers in capitals.
fn is_constant(value: &[u8]) -> bool {
    const LONGEST: usize = 8;
    let is_capital = |part: &[u8]| part.iter().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit());
    let is_plain = |part: &[u8]| part.len() <= LONGEST || part.iter().all(u8::is_ascii_uppercase);
    value.contains(&b'_') && value.split(|byte| *byte == b'_').all(|part| is_capital(part) && is_plain(part))
}

/// `access_key_1_last_used`: many words and numbers; `private_key_b64`: words, and what has a digit in its name.
fn is_snake(value: &[u8]) -> bool {
    const MANY: usize = 4;
    const LONGEST: usize = 16;
    const WITH_DIGITS: [&[u8]; 15] = [
        b"b64", b"base64", b"md5", b"auth0", b"sha1", b"sha2", b"sha256", b"sha512", b"x509", b"oauth2", b"s3", b"p12",
        b"v1", b"v2", b"2fa",
    ];
    let mut parts = value.split(|byte| *byte == b'_');
    let is_known = |part: &[u8]| WITH_DIGITS.contains(&part);
    let is_named = parts.clone().any(is_known)
        && parts.clone().count() > 1
        && parts.clone().all(|part| is_known(part) || part.iter().all(u8::is_ascii_lowercase));
    is_named || is_joined(value, b'_', MANY) && parts.all(|part| part.len() <= LONGEST)
}

/// Whether a value is so many words in small letters, and numbers, with such a byte between them.
pub fn is_joined(value: &[u8], joint: u8, least: usize) -> bool {
    // `v2`
    let is_short =
        |part: &[u8]| matches!(part, [letter, digit] if letter.is_ascii_lowercase() && digit.is_ascii_digit());
    let is_plain =
        |part: &[u8]| part.iter().all(u8::is_ascii_lowercase) || part.iter().all(u8::is_ascii_digit) || is_short(part);
    let mut parts = value.split(|byte| *byte == joint);
    parts.clone().count() >= least && parts.all(is_plain)
}

/// `Credenziali`: a capital, and small letters of any language.
pub fn is_capitalised(value: &[u8]) -> bool {
    let is_small = |byte: &u8| byte.is_ascii_lowercase() || !byte.is_ascii();
    matches!(value, [first, rest @ ..] if (first.is_ascii_uppercase() || !first.is_ascii()) && rest.iter().all(is_small))
}

/// `userPassword`, `user_password`: more than one word. `MyVerySecretWord` is no name of a variable.
pub fn has_joints(value: &[u8]) -> bool {
    const LONG: usize = 3;
    if value[0].is_ascii_uppercase() && !value.contains(&b'_') && names::parts(value).len() >= LONG {
        return false;
    }
    value.contains(&b'_') || value.windows(2).any(|pair| pair[0].is_ascii_lowercase() && pair[1].is_ascii_uppercase())
}

/// `save=True`, `bytes,1,opt,name=key,proto3`, `required|min:6`, `if|then|;|else|!|fi|{`: words with signs between them.
fn is_list(value: &[u8]) -> bool {
    const MANY: usize = 6;
    const LONGEST_NUMBER: usize = 3;
    let digits = |part: &[u8]| part.iter().filter(|byte| byte.is_ascii_digit()).count();
    let is_letter = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.');
    // `zigzag32`
    let is_numbered =
        |part: &[u8]| matches!(part, [word @ .., b'0'..=b'9', b'0'..=b'9'] if word.iter().all(u8::is_ascii_lowercase));
    let is_word = |part: &[u8]| part.iter().all(is_letter) && (digits(part) <= 1 || is_numbered(part));
    let is_number = |part: &[u8]| part.len() <= LONGEST_NUMBER && digits(part) == part.len();
    let parts: Vec<&[u8]> = value.split(|byte| matches!(byte, b',' | b'=' | b':' | b'&' | b'|' | b';')).collect();
    // What is joined to more ends in a sign.
    let parts = if value.ends_with(b"|") { &parts[..parts.len() - 1] } else { &parts[..] };
    let is_split = [b'|', b','].iter().any(|joint| value.iter().filter(|byte| *byte == joint).count() >= MANY);
    // `host=`, whose value stands elsewhere.
    if value.strip_suffix(b"=").is_some_and(|name| name.iter().all(|byte| byte.is_ascii_lowercase() || *byte == b'_')) {
        return true;
    }
    let is_joined = parts.len() > 1 || value.ends_with(b"|");
    is_split || is_joined && parts.iter().all(|part| !part.is_empty() && (is_word(part) || is_number(part)))
}

/// `required|string|max:50`, as Laravel says what a field must be.
fn is_rule(value: &[u8]) -> bool {
    let is_said = |part: &[u8]| matches!(part, b"required" | b"nullable" | b"confirmed" | b"sometimes");
    value.contains(&b'|') && value.split(|byte| *byte == b'|').any(is_said)
}

/// `FK_368A4209A76ED395`, `idx_368a4209`: a key or an index of a table.
fn is_index(value: &[u8]) -> bool {
    const KINDS: [&[u8]; 3] = [b"fk", b"idx", b"uniq"];
    let mut parts = value.splitn(2, |byte| *byte == b'_');
    let is_kind = parts.next().is_some_and(|kind| KINDS.iter().any(|known| kind.eq_ignore_ascii_case(known)));
    is_kind && parts.next().is_some_and(|rest| rest.iter().all(|byte| byte.is_ascii_alphanumeric() || *byte == b'_'))
}

/// `S3SigV4QueryAuth`: the name of a type ends in what it is.
fn is_type(value: &[u8]) -> bool {
    const ENDS: &str =
        "Auth Token Secret Base64 Provider Handler Factory Exception Error Builder Client Config Manager";
    const LONGEST: usize = 40;
    let is_end = |end: &str| value.ends_with(end.as_bytes());
    // One without a digit is told by its words.
    let is_mixed = value.iter().any(u8::is_ascii_digit) && value.iter().all(u8::is_ascii_alphanumeric);
    value.len() <= LONGEST && is_mixed && ENDS.split_ascii_whitespace().any(is_end)
}

/// `PBKDF2WithHmacSHA256`, `AES/GCM/NoPadding`.
fn is_algorithm(value: &[u8]) -> bool {
    const LONGEST: usize = 48;
    const NAMES: &str = "PBKDF2 Hmac HMAC SHA1 SHA224 SHA256 SHA384 SHA512 SHA- scram-sha AES- AES/ AES_ ECDSA RSA_";
    let holds = |name: &str| memchr::memmem::find(value, name.as_bytes()).is_some();
    value.len() <= LONGEST && NAMES.split_ascii_whitespace().any(holds)
}
