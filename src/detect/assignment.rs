//! Judges the value of an assignment to a name such as `db_password`.
//!
//! Comes in: a value, the name, and how the two are written. Goes out: an objection, or none. It looks for what stands for a
//! password rather than being one: an expression, a type, a label, a key into translations.

use std::collections::BTreeMap;

use super::{names, notation, random};

/// What a name says whose value may be of any form.
const PASSWORDS: [&str; 14] = [
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
    "psw",
    "passw",
];
/// What a name says whose value is another sort of secret.
const SECRETS: [&str; 8] = ["secret", "apikey", "token", "privatekey", "secretkey", "accesskey", "authkey", "key"];
/// What hashes of passwords begin with, as `crypt`, Django and Jupyter write them.
const HASHES: [&str; 15] = [
    "$1$",
    "$2$",
    "$2a$",
    "$2b$",
    "$2y$",
    "$5$",
    "$6$",
    "$y$",
    "$apr1$",
    "pbkdf2_sha",
    "pbkdf2:sha",
    "sha1:",
    "hmac-sha256:",
    "argon2:$",
    "$argon2",
];
/// Values that are types or constants of code, names of encodings, and words of forms and messages.
const WORDS_OF_CODE: &str = "string str text bool boolean int integer number any none null nil true false required optional \
    varchar char bytes object undefined void hidden input value encrypted disabled enabled unknown invalid missing empty \
    prompt ask random generate auto self this secret optionalstring securestring yes never always login http https ascii utf8 \
    utf-8 utf16 utf-16 ucs2 ucs-2 active inactive strong weak bearer oauth oauth2 digest edit repeat confirm submit cancel \
    save close update latin1 latin-1 base64 hex fail failed success passed skip skipped path hashed sha1 sha256 sha512 md5 \
    bcrypt argon2 argon2i argon2id error incorrect correct mismatched function symbol array bigint confirmed \
    deleted nullable sometimes";

/// Digits of the numbers that errors and states have.
const LONGEST_CODE: usize = 5;

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
    let is_loose = parts.contains_key("loose");
    let name = parts.get("assigned").copied().unwrap_or_default();
    let sign = parts.get("loose").copied().unwrap_or_default();
    if is_name_again(value, parts) {
        return Some("the name again");
    }
    // In prose something is passed on.
    let is_pass = name.eq_ignore_ascii_case(b"pass");
    if is_loose && !sign.contains(&b'=') && is_pass && !random::is_drawn(value) {
        return Some("what is passed");
    }
    // `$PWD` is where a shell is, and `join(pwd, "…")` leads on from there.
    let is_called = sign.contains(&b',');
    if matches!(name, b"PWD" | b"$PWD") || name == b"pwd" && is_called {
        return Some("a folder");
    }
    // `UsernamePasswordToken("…", `
    if sign.starts_with(b"(") && names::parts(name).iter().any(|part| part == "username") {
        return Some("a user's name");
    }
    // `("user", "pass", "user2": …)`: what a colon follows is a name itself.
    if is_loose && parts.contains_key("colon") || is_called && is_another_name(value, name) {
        return Some("a name");
    }
    if value.iter().all(u8::is_ascii_digit) && value.len() <= LONGEST_CODE && is_of_code(parts) {
        return Some("the number of an error");
    }
    if is_word_of_code(value) {
        return Some("a word of code");
    }
    if String::from_utf8_lossy(value).chars().filter(|character| character.is_alphanumeric()).count() < 3 {
        return Some("a sign");
    }
    if !parts.contains_key("user") && HASHES.iter().any(|mark| value.starts_with(mark.as_bytes())) {
        return Some("the hash of a password");
    }
    let is_no_name = random::is_no_name(value);
    if let Some(kind) = notation::kind(value).or_else(|| notation::name(without_end(value)).filter(|_| !is_no_name)) {
        return Some(kind);
    }
    if value.starts_with(b"_") && is_loose {
        return Some("the name of a constant");
    }
    // Ruby's names may end so.
    let bare = value.strip_suffix(b"!").or(value.strip_suffix(b"?")).filter(|_| is_loose).unwrap_or(value);
    let is_word = !is_no_name
        && bare
            .iter()
            .all(|byte| byte.is_ascii_alphabetic() || matches!(byte, b'_' | b'-' | b'.' | b':' | b',' | b'*'));
    let is_loose = is_loose && !is_variable(value, parts);
    if is_word && (notation::has_joints(value) || is_loose)
        || (is_word || notation::is_joined(value, b'-', 4)) && is_label(value)
        || is_loose && is_named_as_one(value)
    {
        return Some("a word or name");
    }
    if parts.contains_key("prose") && notation::is_capitalised(value) {
        return Some("the first word of a sentence");
    }
    notation::is_code(value).then_some("an expression")
}

/// A value without what ends an argument or a statement.
fn without_end(value: &[u8]) -> &[u8] {
    let last = value.iter().rposition(|byte| !b",;)}]".contains(byte));
    last.map_or(value, |last| &value[..=last])
}

/// Whether a name goes on behind the word for a password, as `PASSWORD_TOO_SHORT` does, or begins with one for an error.
fn is_of_code(parts: &BTreeMap<&str, &[u8]>) -> bool {
    let Some(name) = parts.get("assigned") else { return false };
    let is_error = names::parts(name).first().is_some_and(|first| matches!(&**first, "error" | "err" | "status"));
    is_error || names::last_word(name).is_some_and(|last| !PASSWORDS.iter().any(|word| last.ends_with(word)))
}

/// `("user1", "password1", "host1")`, `("password1", "password2")`, `["paddedUserPassword", "processPasswordR2R3R4"]`: what
/// follows one name in a list is another.
fn is_another_name(value: &[u8], name: &[u8]) -> bool {
    const LONG: usize = 7;
    let (word, digits) = value.split_at(value.len() - digits_at_end(value));
    let is_word = word.iter().all(|byte| byte.is_ascii_lowercase() || *byte == b'_');
    let is_password = || digits.len() == 1 && PASSWORDS.iter().any(|known| word.ends_with(known.as_bytes()));
    if is_word && !digits.is_empty() && (is_password() || digits == &name[name.len() - digits_at_end(name)..]) {
        return true;
    }
    let is_camel = value[0].is_ascii_lowercase() && value.iter().all(u8::is_ascii_alphanumeric);
    let words = names::parts(value);
    is_camel && words.len() > 2 && words.iter().any(|word| word.len() >= LONG) && names::parts(name).len() > 1
}

fn digits_at_end(text: &[u8]) -> usize {
    text.iter().rev().take_while(|byte| byte.is_ascii_digit()).count()
}

/// Whether a word is given to a variable of the environment, as in a file for containers: `MYSQL_PASSWORD: ledger·secret`.
fn is_variable(value: &[u8], parts: &BTreeMap<&str, &[u8]>) -> bool {
    const SHORTEST: usize = 8;
    let is_capital = |byte: &u8| byte.is_ascii_uppercase() || byte.is_ascii_digit() || *byte == b'_';
    value.len() >= SHORTEST
        && !parts.contains_key("prose")
        && parts.get("loose").is_some_and(|loose| loose.starts_with(b":"))
        && parts.get("assigned").is_some_and(|name| name.contains(&b'_') && name.iter().all(is_capital))
}

/// Whether a value is what it is assigned to, or another of the kind: `text-pass`, beside which stands `text-fail`.
pub fn is_name_again(value: &[u8], parts: &BTreeMap<&str, &[u8]>) -> bool {
    let first = |text: &[u8]| text.iter().position(|byte| *byte == b'-').map(|dash| text[..dash].to_vec());
    let is_alike = |name: &[u8]| first(value).is_some_and(|first_of_value| first(name) == Some(first_of_value));
    parts
        .get("assigned")
        .is_some_and(|name| is_end_of(value, name) || notation::is_joined(value, b'-', 2) && is_alike(name))
}

/// Whether a value is a piece of a program: a type, a call.
pub fn is_code(value: &[u8]) -> bool {
    is_word_of_code(value) || notation::is_code(value)
}

/// Whether a value is a word of code but for signs around it: `?string`, `None},`.
fn is_word_of_code(value: &[u8]) -> bool {
    let is_sign = |byte: &u8| !byte.is_ascii_alphanumeric();
    let end = value.iter().rposition(|byte| !is_sign(byte)).map_or(0, |last| last + 1);
    let start = value[..end].iter().position(|byte| !is_sign(byte)).unwrap_or(end);
    let bare = value[start..end].to_ascii_lowercase();
    WORDS_OF_CODE.split_ascii_whitespace().any(|word| bare == word.as_bytes())
}

/// `newMD5Password`: a variable that holds one.
fn is_named_as_one(value: &[u8]) -> bool {
    const ENDS: [&[u8]; 4] = [b"Password", b"Passwd", b"Token", b"Secret"];
    value[0].is_ascii_lowercase()
        && value.iter().all(u8::is_ascii_alphanumeric)
        && ENDS.iter().any(|end| value.ends_with(end))
}

/// `manager-password`, `pm-2324-new-password-form`: what is written with dashes says what it is for.
fn is_label(value: &[u8]) -> bool {
    let says = |words: &[&str]| names::parts(value).iter().any(|part| words.contains(&part.as_str()));
    value.contains(&b'-') && (says(&PASSWORDS) || says(&SECRETS))
}

/// Whether a value is the name, or the end of it, but for capitals, signs and a digit: `newPassword2`.
fn is_end_of(value: &[u8], name: &[u8]) -> bool {
    const SHORTEST: usize = 8;
    let plain = |text: &[u8]| -> Vec<u8> {
        text.iter().filter(|byte| byte.is_ascii_alphanumeric()).map(u8::to_ascii_lowercase).collect()
    };
    let has_joints = notation::has_joints(value);
    let (value, name) = (plain(value), plain(name));
    let word = match &*value {
        [word @ .., b'0'..=b'9'] if has_joints => word,
        whole => whole,
    };
    value == name || word == name || word.len() >= SHORTEST && name.ends_with(word)
}
