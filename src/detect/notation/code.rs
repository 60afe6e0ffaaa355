//! Pieces of programs: calls, ends of blocks, selectors, regexes, options.

use super::of_object;

/// A piece of a program: a call of a method, the end of a block, an arrow.
pub fn is_code(value: &[u8]) -> bool {
    const SIGNS: [[u8; 2]; 22] = [
        *b"::", *b"->", *b"=>", *b")}", *b"()", *b"&&", *b"||", *b"){", *b"[]", *b"};", *b"],", *b").", *b"![", *b"?.",
        *b"]:", *b"['", *b"](", *b"})", *b"?{", *b":{", *b"({", *b"]?",
    ];
    const WORDS: [&[u8]; 5] = [b"return(", b"function(", b"}else", b"==null", b"{color:"];
    let has_word = || WORDS.iter().any(|word| memchr::memmem::find(value, word).is_some());
    let has_sign = || {
        let is_of_three = |three: &[u8]| matches!(three, b"===" | b"!==" | b"}}}");
        value.windows(2).any(|pair| SIGNS.iter().any(|sign| pair == sign)) || value.windows(3).any(is_of_three)
    };
    // What begins so has stood in quotes before, or is compared.
    let is_rest = matches!(value, [b')' | b']' | b'}' | b';', ..] | [b'=', b'=', ..] | [b',', b'a'..=b'z', ..]);
    let is_joined = value.starts_with(b"+") && value.iter().any(|byte| matches!(byte, b'(' | b'.' | b','));
    is_rest
        || is_joined
        || value.ends_with(b"={")
        || is_own(value)
        || is_call(value)
        || is_fragment(value)
        || has_sign()
        || has_word()
}

/// `canonicalize(doc)`, `quote!(#x)`, and one that was cut off: `strtr(encode($x`.
fn is_call(value: &[u8]) -> bool {
    const SHORTEST: usize = 4;
    let value = of_object(value);
    let name = value.iter().take_while(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'.')).count();
    // `bin2hex(random_bytes(…))`
    let digits = value[..name].iter().filter(|byte| byte.is_ascii_digit()).count();
    let holds_call = value[name..].iter().filter(|byte| **byte == b'(').count() > 1;
    let is_word = name > 0 && digits <= usize::from(holds_call);
    let behind = &value[name..];
    let arguments = behind.strip_prefix(b"!").or(behind.strip_prefix(b"?")).unwrap_or(behind).strip_prefix(b"(");
    let is_method = value[..name].contains(&b'.');
    let begins = |argument: &u8| name >= SHORTEST && (argument.is_ascii_alphabetic() || b"$_\"'".contains(argument));
    let is_open = |rest: &[u8]| rest.ends_with(b")") || is_method || rest.first().is_some_and(begins);
    is_word && arguments.is_some_and(is_open)
}

/// `Configuration[`, `&Option`, `values[0]`: what no password is, whosever it would be.
pub fn is_fragment(value: &[u8]) -> bool {
    let is_reference = value.strip_prefix(b"&").is_some_and(|name| name.iter().all(u8::is_ascii_alphabetic));
    matches!(value, [.., b'(' | b'[']) || is_reference || is_element(value)
}

/// `values[0]`, `data[ROOT_PASSWORD]`, `Optional[str]`, `_Object$entries2$_i[0]`
fn is_element(value: &[u8]) -> bool {
    let is_of_name = |byte: &u8| byte.is_ascii_alphabetic() || matches!(byte, b'_' | b'.');
    let is_name = |name: &[u8]| !name.is_empty() && name.iter().all(is_of_name);
    let is_made_up =
        |name: &[u8]| name.iter().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'.' | b'$'));
    let parts = value.strip_suffix(b"]").unwrap_or_default();
    let Some(bracket) = parts.iter().position(|byte| *byte == b'[') else { return false };
    let (name, index) = (&parts[..bracket], &parts[bracket + 1..]);
    match index.iter().all(u8::is_ascii_digit) {
        true => !name.is_empty() && !index.is_empty() && is_made_up(name),
        false => is_name(name) && is_name(index),
    }
}

/// `this.tokens[row]`, `self.name`, `$scope.password.new`: something of an object's own.
fn is_own(value: &[u8]) -> bool {
    let is_member = |name: &[u8]| {
        name.first().is_some_and(u8::is_ascii_lowercase)
            && name.contains(&b'.')
            && name.iter().all(|byte| byte.is_ascii_alphabetic() || matches!(byte, b'.' | b'_'))
    };
    [&b"this."[..], b"self.", b"cls."].iter().any(|owner| value.starts_with(owner))
        || value.strip_prefix(b"$").is_some_and(is_member)
        || memchr::memmem::find(value, b".default.").is_some()
}

/// `#add-password`, `.password`, `.password{}`, `hover>.pass-label,.nav-bar>li`.
pub(super) fn is_selector(value: &[u8]) -> bool {
    const LONG: usize = 20;
    let has_more = || value.windows(2).any(|pair| matches!(pair, b">." | b",."));
    if value.len() > LONG && has_more() {
        return true;
    }
    let is_name = |name: &[u8]| name.iter().all(|byte| byte.is_ascii_alphabetic() || matches!(byte, b'-' | b'_'));
    let value = value.strip_suffix(b"{}").unwrap_or(value);
    matches!(value, [b'#' | b'.', name @ ..] if is_name(name))
}

/// `--enable-feature=recorder`, `-a|--append`, `-join`.
pub(super) fn is_option(value: &[u8]) -> bool {
    matches!(value, [b'-', b'-', b'a'..=b'z', ..] | [b'-', b'a'..=b'z', b'|' | b',' | b'=', ..])
        || matches!(value, [b'-', name @ ..] if !name.is_empty() && name.iter().all(u8::is_ascii_lowercase))
}

/// `^.{8,32}$`, `[^<]*`, `(?:a|b)`, `default\.password`.
pub(super) fn is_regex(value: &[u8]) -> bool {
    const SIGNS: [&[u8]; 6] = [b"[^", b"(?:", b"(?=", b"(?!", b".*", b"\\."];
    value.starts_with(b"^") && value.ends_with(b"$")
        || SIGNS.iter().any(|sign| memchr::memmem::find(value, sign).is_some())
}

/// `_ZN4core3str$LT$…`: as compilers of C++ and Rust name functions.
pub(super) fn is_mangled(value: &[u8]) -> bool {
    let begins = |at: usize| value.get(at + 3).is_some_and(u8::is_ascii_digit);
    memchr::memmem::find(value, b"_ZN").is_some_and(begins)
}

/// `<i>disk-admin_password</i>`
pub(super) fn is_markup(value: &[u8]) -> bool {
    value.contains(&b'>') && memchr::memmem::find(value, b"</").is_some()
}
