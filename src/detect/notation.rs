//! Knows how things are written that stand where a secret could: names, numbers, versions, calls, addresses, options.
//!
//! Comes in: a value. Goes out: whether it is written so. It must not know what the value is assigned to.

use super::{names, random};

/// Whether a value is written in some way, and what is written so.
type Written = (fn(&[u8]) -> bool, &'static str);

/// Each way of writing that its signs or a word tell. The first that fits does.
const KINDS: [Written; 11] = [
    (is_number, "a number"),
    (is_time, "a time"),
    (is_version, "a version"),
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
    let is_name = |name: &[u8]| {
        name.first().is_some_and(|byte| byte.is_ascii_alphabetic() || *byte == b'_' || *byte == b'$')
            && name.iter().all(|byte| byte.is_ascii_alphabetic() || matches!(byte, b'_' | b'-'))
    };
    let is_member = |name: &[u8]| name.iter().all(u8::is_ascii_alphanumeric);
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

/// `0x9E3779B97F4A7C15`, `8u32`, of 64 bits at most; `6.hours`.
pub fn is_number(value: &[u8]) -> bool {
    const MOST: usize = 16;
    if let Some(digits) = value.strip_prefix(b"0x") {
        return (1..=MOST).contains(&digits.len()) && digits.iter().all(u8::is_ascii_hexdigit);
    }
    let digits = value.iter().take_while(|byte| byte.is_ascii_digit()).count();
    let types: [&[u8]; 16] = [
        b"i8", b"u8", b"i16", b"u16", b"i32", b"u32", b"i64", b"u64", b"usize", b"isize", b"L", b"U", b"UL", b"LL",
        b"ULL", b"n",
    ];
    digits > 0 && (types.contains(&&value[digits..]) || is_duration(&value[digits..]))
}

/// What stands behind the number in `6.hours` and `4.days.ago`.
fn is_duration(unit: &[u8]) -> bool {
    unit.len() > 1 && unit[0] == b'.' && unit.iter().all(|byte| byte.is_ascii_lowercase() || *byte == b'.')
}

/// `RSA_PKCS1_SHA256`: words and short numbers in capitals.
fn is_constant(value: &[u8]) -> bool {
    const LONGEST: usize = 8;
    let is_capital = |part: &[u8]| part.iter().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit());
    let is_plain = |part: &[u8]| part.len() <= LONGEST || part.iter().all(u8::is_ascii_uppercase);
    value.contains(&b'_') && value.split(|byte| *byte == b'_').all(|part| is_capital(part) && is_plain(part))
}

/// `access_key_1_last_used`: many words and numbers.
fn is_snake(value: &[u8]) -> bool {
    const MANY: usize = 4;
    const LONGEST: usize = 16;
    is_joined(value, b'_', MANY) && value.split(|byte| *byte == b'_').all(|part| part.len() <= LONGEST)
}

/// Whether a value is so many words in small letters, and numbers, with such a byte between them.
pub fn is_joined(value: &[u8], joint: u8, least: usize) -> bool {
    let is_plain = |part: &[u8]| part.iter().all(u8::is_ascii_lowercase) || part.iter().all(u8::is_ascii_digit);
    let mut parts = value.split(|byte| *byte == joint);
    parts.clone().count() >= least && parts.all(is_plain)
}

/// `Credenziali`: a capital, and small letters of any language.
pub fn is_capitalised(value: &[u8]) -> bool {
    let is_small = |byte: &u8| byte.is_ascii_lowercase() || !byte.is_ascii();
    matches!(value, [first, rest @ ..] if (first.is_ascii_uppercase() || !first.is_ascii()) && rest.iter().all(is_small))
}

/// `2026-06-03T10:00:00Z`, `10:30`
fn is_time(value: &[u8]) -> bool {
    const FORM: &[u8] = b"0000-00-00";
    let is_like = |(byte, form): (&u8, &u8)| byte == form || *form == b'0' && byte.is_ascii_digit();
    value.contains(&b':') && value.iter().all(|byte| byte.is_ascii_digit() || *byte == b':')
        || value.len() >= FORM.len()
            && value.iter().zip(FORM).all(is_like)
            && value.get(FORM.len()).is_none_or(|byte| matches!(byte, b'T' | b' '))
}

/// `^1.2.3`, `npm:~4.0`, `<2.0.5|>=3,<3.0.3`.
fn is_version(value: &[u8]) -> bool {
    let is_one = |version: &[u8]| {
        let digits = version.iter().position(u8::is_ascii_digit).unwrap_or(version.len());
        let (signs, digits) = version.split_at(digits);
        signs.iter().all(|byte| matches!(byte, b'^' | b'~' | b'=' | b'>' | b'<' | b'v'))
            && digits.iter().all(|byte| byte.is_ascii_digit() || *byte == b'.')
    };
    let bare = value.strip_prefix(b"npm:").unwrap_or(value).trim_ascii_start();
    bare.contains(&b'.') && bare.split(|byte| matches!(byte, b'|' | b',')).all(is_one)
}

/// A piece of a program: a call of a method, the end of a block, an arrow.
pub fn is_code(value: &[u8]) -> bool {
    const SIGNS: [[u8; 2]; 17] = [
        *b"::", *b"->", *b"=>", *b")}", *b"()", *b"&&", *b"||", *b"){", *b"[]", *b"};", *b"],", *b").", *b"![", *b"?.",
        *b"]:", *b"['", *b"](",
    ];
    let has_sign = || value.windows(2).any(|pair| SIGNS.iter().any(|sign| pair == sign));
    // What begins so has stood in quotes before, or is compared.
    let is_rest = matches!(value, [b')' | b']' | b'}' | b';', ..] | [b'=', b'=', ..] | [b',', b'a'..=b'z', ..]);
    is_rest
        || value.ends_with(b"={")
        || matches!(value, [.., b'(' | b'['])
        || is_own(value)
        || is_call(value)
        || has_sign()
}

/// `canonicalize(doc)`, `quote!(#x)`, and one that was cut off: `strtr(encode($x`.
fn is_call(value: &[u8]) -> bool {
    const SHORTEST: usize = 4;
    let value = of_object(value);
    let name = value.iter().take_while(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'.')).count();
    let is_word = name > 0 && value[..name].iter().all(|byte| !byte.is_ascii_digit());
    let behind = &value[name..];
    let arguments = behind.strip_prefix(b"!").or(behind.strip_prefix(b"?")).unwrap_or(behind).strip_prefix(b"(");
    let is_method = value[..name].contains(&b'.');
    let begins = |argument: &u8| name >= SHORTEST && (argument.is_ascii_alphabetic() || b"$_\"'".contains(argument));
    let is_open = |rest: &[u8]| rest.ends_with(b")") || is_method || rest.first().is_some_and(begins);
    is_word && arguments.is_some_and(is_open)
}

/// `this.tokens[row]`, `self.name`: something of an object's own.
fn is_own(value: &[u8]) -> bool {
    [&b"this."[..], b"self.", b"cls."].iter().any(|owner| value.starts_with(owner))
}

/// `#add-password`, `.password`, `.password{}`.
fn is_selector(value: &[u8]) -> bool {
    let is_name = |name: &[u8]| name.iter().all(|byte| byte.is_ascii_alphabetic() || matches!(byte, b'-' | b'_'));
    let value = value.strip_suffix(b"{}").unwrap_or(value);
    matches!(value, [b'#' | b'.', name @ ..] if is_name(name))
}

/// `/run/secrets/db`, `Vault/vaults@2022-07-01`, `./key.pem`, `https://…`, `sites/passwords#update`.
fn is_address(value: &[u8]) -> bool {
    // A name in a path is shorter than this; a longer stretch without a slash is base64.
    const NAME: usize = 20;
    let slashes = value.iter().filter(|byte| **byte == b'/').count();
    let is_worded = || value.iter().all(|byte| byte.is_ascii_alphabetic() || b"/#._:-".contains(byte));
    let is_path = || {
        slashes > 0 && (value.starts_with(b"/") || value.starts_with(b"."))
            || slashes > 2 && (slashes * NAME >= value.len() || value.ends_with(b"/"))
    };
    (slashes > 0 && is_worded())
        || has_parameter(value)
        || slashes > 0 && value.rsplit(|byte| *byte == b'@').next().is_some_and(is_time)
        || value.starts_with(b"arn:")
        || value.windows(3).any(|three| three == b"://")
        || is_path() && !is_base64(value)
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

/// `userPassword`, `user_password`: more than one word. `MyVerySecretWord` is no name of a variable.
pub fn has_joints(value: &[u8]) -> bool {
    const LONG: usize = 3;
    if value[0].is_ascii_uppercase() && !value.contains(&b'_') && names::parts(value).len() >= LONG {
        return false;
    }
    value.contains(&b'_') || value.windows(2).any(|pair| pair[0].is_ascii_lowercase() && pair[1].is_ascii_uppercase())
}

/// `--enable-feature=recorder`, `-a|--append`.
fn is_option(value: &[u8]) -> bool {
    matches!(value, [b'-', b'-', b'a'..=b'z', ..] | [b'-', b'a'..=b'z', b'|' | b',' | b'=', ..])
}

/// `save=True`, `bytes,1,opt,name=key,proto3`, `required|min:6`, `if|then|;|else|!|fi|{`: words with signs between them.
fn is_list(value: &[u8]) -> bool {
    const MANY: usize = 6;
    const LONGEST_NUMBER: usize = 3;
    let digits = |part: &[u8]| part.iter().filter(|byte| byte.is_ascii_digit()).count();
    let is_letter = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.');
    let is_word = |part: &[u8]| part.iter().all(is_letter) && digits(part) <= 1;
    let is_number = |part: &[u8]| part.len() <= LONGEST_NUMBER && digits(part) == part.len();
    let parts: Vec<&[u8]> = value.split(|byte| matches!(byte, b',' | b'=' | b':' | b'&' | b'|' | b';')).collect();
    // What is joined to more ends in a sign.
    let parts = if value.ends_with(b"|") { &parts[..parts.len() - 1] } else { &parts[..] };
    let is_split = value.iter().filter(|byte| **byte == b'|').count() >= MANY;
    let is_joined = parts.len() > 1 || value.ends_with(b"|");
    is_split || is_joined && parts.iter().all(|part| !part.is_empty() && (is_word(part) || is_number(part)))
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
    const ENDS: &str = "Auth Token Secret Provider Handler Factory Exception Error Builder Client Config Manager";
    const LONGEST: usize = 40;
    let is_end = |end: &str| value.ends_with(end.as_bytes());
    // One without a digit is told by its words.
    let is_mixed = value.iter().any(u8::is_ascii_digit) && value.iter().all(u8::is_ascii_alphanumeric);
    value.len() <= LONGEST && is_mixed && ENDS.split_ascii_whitespace().any(is_end)
}

/// `^.{8,32}$`, `[^<]*`, `(?:a|b)`, `default\.password`.
fn is_regex(value: &[u8]) -> bool {
    const SIGNS: [&[u8]; 6] = [b"[^", b"(?:", b"(?=", b"(?!", b".*", b"\\."];
    value.starts_with(b"^") && value.ends_with(b"$")
        || SIGNS.iter().any(|sign| memchr::memmem::find(value, sign).is_some())
}

/// `password_resets#edit`: what answers a request.
fn is_route(value: &[u8]) -> bool {
    let is_name = |name: &[u8]| !name.is_empty() && name.iter().all(|byte| byte.is_ascii_lowercase() || *byte == b'_');
    let mut names = value.split(|byte| *byte == b'#');
    value.contains(&b'_') && names.clone().count() == 2 && names.all(is_name)
}

/// `PBKDF2WithHmacSHA256`, `AES/GCM/NoPadding`.
fn is_algorithm(value: &[u8]) -> bool {
    const LONGEST: usize = 48;
    const NAMES: &str = "PBKDF2 Hmac HMAC SHA1 SHA224 SHA256 SHA384 SHA512 SHA- scram-sha AES- AES/ AES_ ECDSA RSA_";
    let holds = |name: &str| memchr::memmem::find(value, name.as_bytes()).is_some();
    value.len() <= LONGEST && NAMES.split_ascii_whitespace().any(holds)
}

/// `_ZN4core3str$LT$…`: as compilers of C++ and Rust name functions.
fn is_mangled(value: &[u8]) -> bool {
    let begins = |at: usize| value.get(at + 3).is_some_and(u8::is_ascii_digit);
    memchr::memmem::find(value, b"_ZN").is_some_and(begins)
}

/// `123e4567-e89b-12d3-a456-426614174000`, which names things more often than it opens them.
pub fn is_uuid(value: &[u8]) -> bool {
    const PARTS: [usize; 5] = [8, 4, 4, 4, 12];
    let parts = value.split(|byte| *byte == b'-');
    parts.clone().map(<[u8]>::len).eq(PARTS) && parts.flatten().all(u8::is_ascii_hexdigit)
}
