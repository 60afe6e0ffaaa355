//! Numbers and what is numbered: times, versions, advisories, colours, formats of numbers.

/// `0x9E3779B97F4A7C15`, `8u32`, of 64 bits at most; `-2147215605`, `6.hours`.
pub fn is_number(value: &[u8]) -> bool {
    const MOST: usize = 16;
    if let Some(digits) = value.strip_prefix(b"0x") {
        return (1..=MOST).contains(&digits.len()) && digits.iter().all(u8::is_ascii_hexdigit);
    }
    if value.strip_prefix(b"-").is_some_and(|digits| !digits.is_empty() && digits.iter().all(u8::is_ascii_digit)) {
        return true;
    }
    let digits = value.iter().take_while(|byte| byte.is_ascii_digit()).count();
    let types: [&[u8]; 16] = [
        b"i8", b"u8", b"i16", b"u16", b"i32", b"u32", b"i64", b"u64", b"usize", b"isize", b"L", b"U", b"UL", b"LL",
        b"ULL", b"n",
    ];
    digits > 0 && (types.contains(&&value[digits..]) || is_duration(&value[digits..]))
}

/// `2130772305`, as Android numbers what a program shows: a byte of `7f`, a kind and a place.
pub(super) fn is_resource(value: &[u8]) -> bool {
    let number = std::str::from_utf8(value).ok().and_then(|text| text.parse::<u32>().ok());
    number.is_some_and(|number| number >> 24 == 0x7f)
}

/// What stands behind the number in `6.hours` and `4.days.ago`.
fn is_duration(unit: &[u8]) -> bool {
    unit.len() > 1 && unit[0] == b'.' && unit.iter().all(|byte| byte.is_ascii_lowercase() || *byte == b'.')
}

/// `2026-06-03T10:00:00Z`, `10:30`
pub(super) fn is_time(value: &[u8]) -> bool {
    const FORM: &[u8] = b"0000-00-00";
    let is_like = |(byte, form): (&u8, &u8)| byte == form || *form == b'0' && byte.is_ascii_digit();
    value.contains(&b':') && value.iter().all(|byte| byte.is_ascii_digit() || *byte == b':')
        || value.len() >= FORM.len()
            && value.iter().zip(FORM).all(is_like)
            && value.get(FORM.len()).is_none_or(|byte| matches!(byte, b'T' | b' '))
}

/// `^1.2.3`, `npm:~4.0`, `<2.0.5|>=3,<3.0.3`, `v0.7.1-0.20190709010654-aae1d1b89c27`.
pub(super) fn is_version(value: &[u8]) -> bool {
    const TIME: usize = 14;
    const COMMIT: usize = 12;
    if value.starts_with(b"npm:") {
        return true;
    }
    // That of Go, of a commit without a version of its own.
    let module = value.strip_suffix(b"/go.mod").unwrap_or(value);
    let mut ends = module.rsplit(|byte| matches!(byte, b'-' | b'.'));
    let ends = (ends.next().unwrap_or_default(), ends.next().unwrap_or_default());
    if value.starts_with(b"v")
        && ends.0.len() == COMMIT
        && ends.1.len() == TIME
        && ends.1.iter().all(u8::is_ascii_digit)
    {
        return true;
    }
    let is_one = |version: &[u8]| {
        let digits = version.iter().position(u8::is_ascii_digit).unwrap_or(version.len());
        let (signs, digits) = version.split_at(digits);
        signs.iter().all(|byte| matches!(byte, b'^' | b'~' | b'=' | b'>' | b'<' | b'v'))
            && digits.iter().all(|byte| byte.is_ascii_digit() || *byte == b'.')
    };
    value.contains(&b'.') && value.split(|byte| matches!(byte, b'|' | b',')).all(is_one)
}

/// `GHSA-6g6m-m6h5-w9gf`, `CVE-2021-44228`.
pub(super) fn is_advisory(value: &[u8]) -> bool {
    let is_part = |part: &[u8]| part.iter().all(|byte| byte.is_ascii_digit() || byte.is_ascii_lowercase());
    let mut parts = value.split(|byte| *byte == b'-');
    matches!(parts.next(), Some(b"GHSA" | b"CVE")) && parts.clone().count() >= 2 && parts.all(is_part)
}

/// The end of what the catalogue of products has: `cpe:2.3:a:getpass:getpass:0.1.7:*:*:*:*:*:*:*`.
pub(super) fn is_product(value: &[u8]) -> bool {
    memchr::memmem::find(value, b":*:*").is_some()
}

/// `#db4437`
pub(super) fn is_colour(value: &[u8]) -> bool {
    matches!(value, [b'#', digits @ ..] if matches!(digits.len(), 3 | 4 | 6 | 8) && digits.iter().all(u8::is_ascii_hexdigit))
}

/// `%2.2ld:%2.2ld`: what C puts numbers and texts into, more than once.
pub(super) fn is_format(value: &[u8]) -> bool {
    const KINDS: &[u8] = b"diouxXsc";
    let is_conversion = |rest: &[u8]| {
        let is_flag = |byte: &&u8| byte.is_ascii_digit() || b".-+#lhz".contains(byte);
        let flags = rest.iter().take_while(is_flag).count();
        // `%2d` is a sign in an address.
        let is_marked = flags == 0 || rest[..flags].iter().any(|byte| !byte.is_ascii_digit());
        is_marked && rest.get(flags).is_some_and(|byte| KINDS.contains(byte))
    };
    let mut pieces = value.split(|byte| *byte == b'%').skip(1);
    pieces.clone().count() > 1 && pieces.all(is_conversion)
}

/// `123e4567-e89b-12d3-a456-426614174000`, which names things more often than it opens them.
pub fn is_uuid(value: &[u8]) -> bool {
    const PARTS: [usize; 5] = [8, 4, 4, 4, 12];
    let parts = value.split(|byte| *byte == b'-');
    parts.clone().map(<[u8]>::len).eq(PARTS) && parts.flatten().all(u8::is_ascii_hexdigit)
}
