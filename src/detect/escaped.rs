//! Signs that are written in another way, and what colours a log, read onward and backward.
//!
//! Comes in: a text. Goes out: what stands at its beginning or its end. It must not know what is decoded, or why.

/// The byte that two hex digits mean.
pub fn hex_pair(pair: &[u8]) -> Option<u8> {
    let nibble = |byte: u8| char::from(byte).to_digit(16);
    u8::try_from(nibble(pair[0])? << 4 | nibble(pair[1])?).ok()
}

/// Bytes of what sets a colour, takes it back, or has the rest of the line blank.
pub fn colour(rest: &[u8]) -> Option<usize> {
    const BEGINNINGS: [&str; 5] = ["\x1b[", "\\u001b[", "\\x1b[", "\\033[", "\\e["];
    const MOST: usize = 24;
    let beginning = BEGINNINGS.into_iter().find(|beginning| rest.starts_with(beginning.as_bytes()))?;
    let numbers = &rest[beginning.len()..];
    let length = numbers.iter().take(MOST).take_while(|byte| byte.is_ascii_digit() || **byte == b';').count();
    matches!(numbers.get(length), Some(b'm' | b'K')).then_some(beginning.len() + length + 1)
}

/// Whether a text has colours in it.
pub fn holds_colour(text: &[u8]) -> bool {
    memchr::memchr2_iter(b'\x1b', b'\\', text).any(|at| colour(&text[at..]).is_some())
}

/// The sign that a text ends with as an escape of a string literal or a URL, or as an entity, and the bytes that it takes.
pub fn escaped_sign(text: &[u8]) -> Option<(u8, usize)> {
    const ENTITIES: [(&[u8], u8); 8] = [
        (b"&quot;", b'"'),
        (b"&#34;", b'"'),
        (b"&apos;", b'\''),
        (b"&#39;", b'\''),
        (b"&#x27;", b'\''),
        (b"&lt;", b'<'),
        (b"&gt;", b'>'),
        (b"&nbsp;", b' '),
    ];
    if text.ends_with(b";") {
        return ENTITIES.iter().find(|(entity, _)| text.ends_with(entity)).map(|(entity, sign)| (*sign, entity.len()));
    }
    let (before, digits) = text.split_last_chunk::<2>()?;
    let prefix = [&b"%"[..], b"\\u00", b"\\x"].into_iter().find(|prefix| before.ends_with(prefix))?;
    let sign = hex_pair(digits).filter(|sign| sign.is_ascii_punctuation() || *sign == b' ')?;
    Some((sign, prefix.len() + digits.len()))
}

/// What stands before a colour that a text ends with.
pub fn before_colour(text: &[u8]) -> Option<&[u8]> {
    let numbers = text.strip_suffix(b"m").or(text.strip_suffix(b"K"))?;
    let end = numbers.iter().rposition(|byte| !byte.is_ascii_digit() && *byte != b';')?;
    numbers[..=end].strip_suffix(b"\x1b[")
}
