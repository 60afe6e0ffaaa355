//! Pieces of text with secrets in them, made here so that none is committed.
#![allow(dead_code, reason = "no target uses all of it")]

use std::sync::{Arc, LazyLock};

use data_encoding::{BASE64, BASE64URL_NOPAD, HEXLOWER};
use straykey::detect::Detector;
use straykey::patterns::generate::{self, Random};

use super::input::Input;

/// Texts for each pattern.
const EXAMPLES: u64 = 2;
/// Longer examples would crowd out the rest.
const LONGEST: usize = 600;

/// Searches for all built-in patterns.
pub(crate) static DETECTOR: LazyLock<Detector> = LazyLock::new(|| Detector::new(patterns()));

/// A text for each pattern and more of those with parts, then anchors alone.
pub(crate) static TOKENS: LazyLock<Vec<Vec<u8>>> = LazyLock::new(|| {
    let each = || patterns().iter().map(|listed| listed.pattern());
    let samples = straykey::patterns::builtin_samples().expect("the packed samples are whole");
    let written = samples.values().flat_map(|samples| &samples.examples).map(|text| text.as_bytes().to_vec());
    let made =
        each().flat_map(|pattern| (0..EXAMPLES).filter_map(|seed| generate::example(pattern, &mut Random::new(seed))));
    let anchors = each().flat_map(|pattern| &pattern.anchors).map(|text| text.as_bytes().to_vec());
    made.chain(written).chain(anchors).filter(|text| text.len() <= LONGEST).collect()
});

fn patterns() -> &'static [Arc<straykey::model::listed::Listed>] {
    straykey::patterns::builtin().expect("the packed patterns are whole")
}

/// Appends what the input asks for: a line, a secret, half of one, what stands between words, bytes as they are.
pub(crate) fn piece(input: &mut Input<'_>, text: &mut Vec<u8>) {
    let token = |input: &mut Input<'_>| &TOKENS[input.word() % TOKENS.len()];
    match input.byte() % 12 {
        0 | 1 => text.extend_from_slice(format!("line {} of text\n", input.byte()).as_bytes()),
        2..=4 => text.extend_from_slice(token(input)),
        5 => {
            let token = token(input);
            let start = input.up_to(token.len());
            text.extend_from_slice(&token[start..]);
        }
        6 => {
            let token = token(input);
            let end = input.up_to(token.len());
            text.extend_from_slice(&token[..end]);
        }
        7 => {
            const BETWEEN: [&str; 16] =
                ["\n", " ", "", "x", "-", "_", "=", " = ", "\": \"", "\\n", "\0", "/", ".", ":", "@", "\n\n"];
            text.extend_from_slice(BETWEEN[usize::from(input.byte()) % BETWEEN.len()].as_bytes());
        }
        10 | 11 => {
            let token = token(input);
            let escaped = |form: fn(u8) -> String| token.iter().copied().map(form).collect::<String>();
            let encoded = match input.byte() % 9 {
                0 => BASE64.encode(token),
                1 => BASE64URL_NOPAD.encode(&[b"text: ", token.as_slice()].concat()),
                2 => BASE64.encode(HEXLOWER.encode(token).as_bytes()),
                3 => HEXLOWER.encode(token),
                4 => escaped(|byte| format!("%{byte:02X}")),
                5 => escaped(|byte| format!("\\u{byte:04x}")),
                6 => escaped(|byte| format!("&#{byte};")),
                7 => escaped(|byte| if byte == b'_' { "=5F".into() } else { char::from(byte).into() }),
                _ => escaped(|byte| format!("{}\0", char::from(byte))),
            };
            text.extend_from_slice(encoded.as_bytes());
        }
        8 => {
            let count = input.up_to(0x3ff);
            text.resize(text.len() + count, b"a\n "[count % 3]);
        }
        _ => {
            let count = usize::from(input.byte() % 16);
            text.extend_from_slice(input.take(count));
        }
    }
}
