//! Says of a value that has the right shape why it is no secret after all.
//!
//! Comes in: a value and its parts. Goes out: an objection, in words for `explain`, or none. Judges the value alone.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use data_encoding::{BASE64, BASE64_NOPAD};

use regex::bytes::Regex;

use super::{assignment, escaped, notation, public, random};
use crate::model::cow_str::CowStr;
use crate::model::pattern::{Kind, Pattern};

/// Words that people put where a token belongs. Long enough that a random token hardly ever holds one.
const PLACEHOLDER_WORDS: [&str; 28] = [
    "·",
    "example",
    "placeholder",
    "redacted",
    "masked",
    "changeme",
    "change_me",
    "change-me",
    "replaceme",
    "replace-",
    "replace_",
    "your_",
    "your-",
    "yourtoken",
    "yourapikey",
    "yoursecret",
    "yourkey",
    "yourpwd",
    "goeshere",
    "xxxxx",
    "dummy",
    "_here",
    "-here",
    "...",
    "…",
    "****",
    "insert_",
    "fake",
];

/// In longer random values such words stand by chance.
const LONGEST_WITH_WORDS: usize = 200;

/// In capitals it stands by chance in no value, however long.
const EXAMPLE: &[u8] = b"EXAMPLE";

/// Passwords that documentation and local set-ups use, which open nothing worth reporting.
const STOCK_PASSWORDS: &str = "password passwd pass pwd pw secret mysecret supersecret topsecret verysecret mypassword mypass \
    yourpassword root admin user username guest test testing postgres mysql mongo redis rabbitmq passphrase passcode passwords \
    passkey passkeys replace changethis x-oauth-basic x-token-auth default foo bar foobar foobared baz qux none null undefined token \
    api_key apikey key hunter2 letmein somepassword some_password";

/// A value that is put in later, or where it is: a variable, a format, a tag.
static TEMPLATE: LazyLock<Option<Regex>> = LazyLock::new(|| {
    let regex = r"(?x-u) ^(?: (?:[|:/,@-]?\$+[A-Za-z_]\w*)+ | \$+\w+ | %[\w():.-]+% | %[sdv] | @+\w+@+ | <[^>]*>? | &lt;.* | \{[^}]*\}? | \$\(.* | \$\{.* | \$\w+\[.* | \[[A-Za-z_\x20-]+\] | \([A-Za-z\x20]+\):? | op://.* | pass:\$.* | \$[A-Z][A-Z0-9_]{2,}/.* | \{\{.* | ![A-Za-z_]+(?:[\x20.(\[].*)? )$
        | \$\{ [\w.:/@-]+ [:?}+-] | \{\{ [^}]* \}\} | \{ \$? [A-Za-z_] [\w.()\[\]>$-]+ \} | <%[=\s]? | \#\{ [\w.@\[]+ | %\( \w+ \)s | %[sndv] | \{\d\} | \$\( \w+ | \$ENV\b | process\.env | getenv";
    // The regex is ours; a test compiles it.
    Regex::new(regex).ok()
});

/// Why `value` is no secret, or none.
pub fn objection(pattern: &Pattern, value: &[u8], parts: &BTreeMap<&str, &[u8]>) -> Option<&'static str> {
    let is_example = |example: &CowStr| match pattern.checksum {
        // A variation has a wrong one.
        Some(_) => value == example.as_bytes(),
        None => is_variation(value, example.as_bytes()),
    };
    if pattern.known_examples.iter().any(is_example) {
        return Some("a documented example");
    }
    if matches!(pattern.kind, Kind::PrivateKey | Kind::ServiceAccountFile) {
        return (distinct(longest_line(value)) <= 5).then_some("too few different characters");
    }
    if pattern.anchors.is_empty() && notation::is_number(value) {
        return Some("a number");
    }
    if (pattern.generic || pattern.is_chosen_by_people()) && !is_text(value) || escaped::holds_colour(value) {
        return Some("bytes that are no text");
    }
    let lower = value.to_ascii_lowercase();
    let text = String::from_utf8_lossy(&lower);
    if pattern.is_chosen_by_people() {
        return password_objection(pattern, value, &text, parts);
    }
    let holds_word = || PLACEHOLDER_WORDS.iter().any(|word| text.contains(word));
    if value.len() <= LONGEST_WITH_WORDS && holds_word() || memchr::memmem::find(value, EXAMPLE).is_some() {
        return Some("a placeholder word");
    }
    let body = without_anchor(pattern, value);
    if distinct(body) <= most_distinct_in_filler(body.len()) {
        return Some("too few different characters");
    }
    let is_marked = !pattern.anchors.is_empty() && !pattern.generic;
    let is_no_word = body.iter().all(|byte| byte.is_ascii_hexdigit() || matches!(byte, b'.' | b'-'));
    let is_well_marked = is_marked && value.len() - body.len() >= LONG_MARK;
    if !is_marked && longest_repeat(body) >= FILLER {
        return Some("one character over and over");
    }
    let least = if is_well_marked && is_no_word { pattern.min_entropy * MARKED } else { pattern.min_entropy };
    if entropy(body) < least {
        return Some("not random enough");
    }
    if assignment::is_denied(parts) {
        return Some(ABOUT_ELSE);
    }
    if !pattern.generic || pattern.kind == Kind::Jwt {
        return None;
    }
    value_objection(value).or_else(|| assignment::objection(value, parts))
}

/// Whether a value is text, in whatever encoding: files of programs hold what looks like an assignment.
fn is_text(value: &[u8]) -> bool {
    // Of another encoding few letters are beyond ASCII.
    !value.iter().any(u8::is_ascii_control)
        && (std::str::from_utf8(value).is_ok() || value.iter().filter(|byte| !byte.is_ascii()).count() < 2)
}

/// Whether a value looks typed along the keyboard or counted up, as in documentation.
pub fn is_typed(value: &[u8]) -> bool {
    is_sequence(value) || longest_climb(value) >= 8
}

const ABOUT_ELSE: &str = "the name is about something else";
/// Of digits in hex behind so long a literal this part of the entropy is enough: no word is among them.
const LONG_MARK: usize = 8;
const MARKED: f64 = 0.7;
/// So many of one character in a row stand in for others; `A` is a zero in base64.
const FILLER: usize = 8;
/// So many characters, each the one after the last, are a table of them.
const ALPHABET: usize = 16;

/// Why a value of no known shape is no secret.
fn value_objection(value: &[u8]) -> Option<&'static str> {
    if !random::is_drawn(value) && !is_typed(value) && !has_many_signs(value) {
        return Some("words, not random characters");
    }
    if is_template(value) {
        return Some("a template");
    }
    if is_class(value) {
        return Some("a class of characters");
    }
    if let Some(objection) = public::objection(value) {
        return Some(objection);
    }
    holds_placeholder_in_base64(value).then_some("a placeholder word in base64")
}

/// Whether a value decodes to such a word, or to a user with a stock password.
fn holds_placeholder_in_base64(value: &[u8]) -> bool {
    let decoded = BASE64.decode(value).or_else(|_| BASE64_NOPAD.decode(value)).unwrap_or_default();
    let Ok(decoded) = String::from_utf8(decoded).map(|text| text.to_ascii_lowercase()) else { return false };
    PLACEHOLDER_WORDS.iter().any(|word| decoded.contains(word))
        || decoded.split_once(':').is_some_and(|(_, password)| is_stock(password))
}

fn is_stock(password: &str) -> bool {
    STOCK_PASSWORDS.split_ascii_whitespace().any(|stock| stock == password)
}

/// Whether part of a value is an alphabet.
pub fn holds_alphabet(value: &[u8]) -> bool {
    longest_climb(value) >= ALPHABET
}

/// Whether a value would be hex but for one character or two: whoever typed it missed a key.
pub fn is_nearly_hex(value: &[u8]) -> bool {
    const SHORTEST: usize = 24;
    const PART: usize = 16;
    let others = value.iter().filter(|byte| !byte.is_ascii_hexdigit() && **byte != b'-').count();
    let is_alphanumeric = value.iter().all(|byte| byte.is_ascii_alphanumeric() || *byte == b'-');
    is_alphanumeric && value.len() >= SHORTEST && (1..=value.len() / PART).contains(&others)
}

/// Whether a value would have letters of one case but for a single one.
pub fn is_nearly_of_one_case(value: &[u8]) -> bool {
    const MANY: usize = 12;
    let capitals = value.iter().filter(|byte| byte.is_ascii_uppercase()).count();
    let small = value.iter().filter(|byte| byte.is_ascii_lowercase()).count();
    capitals.min(small) == 1 && capitals.max(small) >= MANY && value.iter().all(u8::is_ascii_alphanumeric)
}

/// Whether a value mixes in signs as no word or path does.
fn has_many_signs(value: &[u8]) -> bool {
    const MANY: usize = 4;
    value.iter().filter(|byte| byte.is_ascii_punctuation() && !b"-_./:".contains(byte)).count() >= MANY
}

/// `[A-Za-z0-9]`, `0123456789abcdefABCDEF`.
fn is_class(value: &[u8]) -> bool {
    const PARTS: [&[u8]; 6] = [b"a-z", b"A-Z", b"0-9", b"1-9A-H", b"9abcdefABCDEF", b"9ABCDEFabcdef"];
    !notation::is_uuid(value) && PARTS.iter().any(|part| memchr::memmem::find(value, part).is_some())
}

fn is_template(value: &[u8]) -> bool {
    TEMPLATE.as_ref().is_some_and(|regex| regex.is_match(value))
}

/// Whether a value is a documented example, or one that somebody changed towards its end.
fn is_variation(value: &[u8], example: &[u8]) -> bool {
    let same = value.iter().zip(example).take_while(|(left, right)| left == right).count();
    value == example || (example.len() >= 32 && value.len() == example.len() && same * 2 >= example.len())
}

/// A word without the signs and digits that stand in it for letters: `pa$$w0rd`.
fn undisguised(word: &str) -> String {
    let letter = |character| match character {
        '@' | '4' => 'a',
        '3' => 'e',
        '1' | '!' => 'i',
        '0' => 'o',
        '$' | '5' => 's',
        '7' => 't',
        other => other,
    };
    word.chars().map(letter).collect()
}

fn password_objection(
    pattern: &Pattern,
    value: &[u8],
    text: &str,
    parts: &BTreeMap<&str, &[u8]>,
) -> Option<&'static str> {
    if pattern.generic && !assignment::is_promised(parts) {
        return Some(ABOUT_ELSE);
    }
    let bare = text.trim_end_matches(['!', ']', ')']);
    if is_stock(bare) || is_stock(&undisguised(bare)) {
        return Some("a stock password");
    }
    if PLACEHOLDER_WORDS.iter().any(|word| text.contains(word)) || holds_placeholder_in_base64(value) {
        return Some("a placeholder word");
    }
    if is_template(value) {
        return Some("a template");
    }
    if is_word_for_password(text) {
        return Some("the word for a password");
    }
    if is_constant_name(value) && !random::is_no_name(value) {
        return Some("the name of a variable");
    }
    let is_letter_again = value.iter().all(|byte| byte.is_ascii_uppercase() && *byte == value[0]);
    if is_letter_again || text.len() >= 2 && text.chars().all(|it| matches!(it, 'x' | '*' | '.' | '-' | '_')) {
        return Some("a filler");
    }
    if is_class(value) {
        return Some("a class of characters");
    }
    let is_assigned = parts.contains_key("assigned");
    let objection = match pattern.generic {
        true => assignment::objection(value, parts),
        false => notation::kind(value).or_else(|| notation::is_fragment(value).then_some("an expression")),
    };
    if objection.is_some() {
        return objection;
    }
    if is_assigned && (assignment::is_denied(parts) || assignment::is_name_again(value, parts)) {
        return Some(ABOUT_ELSE);
    }
    if is_assigned && assignment::is_code(value) {
        return Some("an expression");
    }
    let is_long = value.iter().filter(|byte| **byte == b'.').count() > 1 || text.ends_with("password");
    if (is_long || is_assigned) && notation::is_dotted(value) && !random::is_no_name(value) {
        return Some("a dotted name");
    }
    let user = parts.get("user").copied().unwrap_or_default();
    if user == b"mailto" {
        return Some("an address of mail");
    }
    (!user.is_empty() && is_named_after(text, &String::from_utf8_lossy(user).to_ascii_lowercase()))
        .then_some("the user's name again")
}

/// Whether a text is what a password is called in some language, as in forms.
fn is_word_for_password(text: &str) -> bool {
    const WORDS: &str = "senha heslo geslo parola parolă parole parol şifre sifre sandi jelszó salasana hasło haslo slaptažodis \
        contraseña contrasena contrasenya constrasenya contrasinal palavra-chave parool pasahitza lozinka zaporka lykilorð salasõna \
        סיסמה סיסמא پسورد گذرواژه पासवर्ड รหัสผ่าน პაროლი գաղտնաբառ пароль парола лозинка";
    // Where words are written without blanks between them.
    const PARTS: [&str; 4] = ["密码", "密碼", "パスワード", "비밀번호"];
    const ENDS: &str = "kennwort passwort passwörter wachtwoord wachtwoorden lösenord passord kodeord adgangskode contraseña \
        contraseñas";
    let word = text.to_lowercase();
    let word = word.trim_end_matches([':', '*', ' ']);
    WORDS.split_ascii_whitespace().any(|known| known == word)
        || ENDS.split_ascii_whitespace().any(|end| word.ends_with(end))
        || PARTS.iter().any(|part| word.contains(part))
}

/// Whether a password is the user's name, as `dbuser` and `dbpass` are the same but for the word.
fn is_named_after(password: &str, user: &str) -> bool {
    const WORDS: [&str; 4] = ["password", "passwd", "pass", "pwd"];
    let bare = |user: &str| user.replace("username", "").replace("user", "");
    password == user
        || user.contains("user")
            && WORDS.iter().any(|word| password.contains(word) && password.replace(word, "") == bare(user))
}

/// `ACCESS_TOKEN`, `PGPASSWORD`: what stands for a value in documentation, or for a variable.
fn is_constant_name(value: &[u8]) -> bool {
    let is_named =
        value.contains(&b'_') || [&b"PASSWORD"[..], b"PASSWD", b"SECRET"].iter().any(|end| value.ends_with(end));
    is_named && value.iter().all(|byte| byte.is_ascii_uppercase() || *byte == b'_')
}

/// The value without the anchor that it starts with: a prefix says nothing about randomness.
pub fn without_anchor<'a>(pattern: &Pattern, value: &'a [u8]) -> &'a [u8] {
    let prefix = pattern
        .anchors
        .iter()
        .filter(|anchor| value.starts_with(anchor.as_bytes()))
        .map(|anchor| anchor.len())
        .max()
        .unwrap_or(0);
    if prefix < value.len() { &value[prefix..] } else { value }
}

/// The longest stretch without line breaks or quotes: of a key in PEM, a line of its body.
fn longest_line(value: &[u8]) -> &[u8] {
    let stretches = value.split(|byte| matches!(byte, b'\n' | b'\r' | b'\\' | b'"'));
    stretches.max_by_key(|stretch| stretch.len()).unwrap_or_default()
}

fn distinct(value: &[u8]) -> usize {
    let mut seen = [false; 256];
    value.iter().for_each(|byte| seen[usize::from(*byte)] = true);
    seen.iter().filter(|seen| **seen).count()
}

/// So few different characters in a value of this length are typed, not drawn.
fn most_distinct_in_filler(length: usize) -> usize {
    match length {
        0..=7 => 1,
        8..=15 => 3,
        _ => 5,
    }
}

/// Whether most characters follow from the one before: `1234567890abcdef`, `aaaabbbbcccc`.
fn is_sequence(value: &[u8]) -> bool {
    let steps = value.windows(2).filter(|pair| pair[0].abs_diff(pair[1]) <= 1).count();
    value.len() >= 8 && steps * 10 >= (value.len() - 1) * 6
}

/// Length of the longest run in which each character is the one after the last: 8 in `x12345678y` and in `aBcDeFgH`.
fn longest_climb(value: &[u8]) -> usize {
    let mut longest = 0;
    let mut run = 1;
    for pair in value.windows(2) {
        let small = [pair[0].to_ascii_lowercase(), pair[1].to_ascii_lowercase()];
        run = if small[1].checked_sub(small[0]) == Some(1) { run + 1 } else { 1 };
        longest = longest.max(run);
    }
    longest
}

/// Length of the longest run of one character but `A`.
fn longest_repeat(value: &[u8]) -> usize {
    value.chunk_by(|left, right| left == right && *left != b'A').map(<[u8]>::len).max().unwrap_or(0)
}

/// Shannon entropy in bits per byte.
pub fn entropy(value: &[u8]) -> f64 {
    let mut counts = [0_u32; 256];
    value.iter().for_each(|byte| counts[usize::from(*byte)] += 1);
    let length = value.len() as f64;
    counts
        .iter()
        .filter(|count| **count > 0)
        .map(|count| f64::from(*count) / length)
        .map(|share| -share * share.log2())
        .sum()
}
