//! Archives and documents of any bytes: the first byte chooses the format, whose marks are put before what follows, or which is
//! made well and then damaged. Nothing crashes, and what comes out stays within the limits.
#![no_main]

use libfuzzer_sys::fuzz_target;
use straykey::model::scan::{Scan, Scanner};
use straykey::sources::containers::{Limits, Unpacking};

#[path = "shared/fragments.rs"]
mod fragments;
#[path = "shared/input.rs"]
mod input;
#[path = "../../tests/suite/containers/make.rs"]
#[allow(dead_code, reason = "the tests use what this does not")]
mod make;

use input::Input;

/// Small, so that many are tried and limits are met.
const LIMITS: Limits = Limits { depth: 4, size: 1 << 20 };
/// Texts inside stay small.
const MOST: usize = 16 << 10;

fuzz_target!(|data: &[u8]| {
    let mut input = Input(data);
    let choice = input.byte();
    let mut bytes = if choice & 0x80 == 0 { made(&mut input, choice) } else { marked(&mut input, choice) };
    for _ in 0..input.byte() % 4 {
        let at = input.up_to(bytes.len().saturating_sub(1));
        match input.byte() % 4 {
            0 => bytes.truncate(at),
            1 => bytes.splice(at..at, input.take(8).iter().copied()).for_each(drop),
            _ => {
                let value = input.byte();
                bytes.get_mut(at).into_iter().for_each(|byte| *byte = value);
            }
        }
    }
    let scan = Unpacking::new(&*fragments::DETECTOR, LIMITS).scan(&bytes);
    check(&scan);
});

/// A sound archive of texts with secrets in them, in several layers.
fn made(input: &mut Input<'_>, choice: u8) -> Vec<u8> {
    let mut text = Vec::new();
    for _ in 0..input.byte() % 16 {
        fragments::piece(input, &mut text);
    }
    text.truncate(MOST);
    let mut kind = choice;
    for _ in 0..1 + input.byte() % 6 {
        text = match kind % 7 {
            0 => make::gzip(&text),
            1 => make::bzip2(&text),
            2 => make::xz(&text),
            3 => make::zstd(&text),
            4 => make::tar(&[("a", &text), ("b", b"")]),
            5 => make::Zip::default().file("a", &text).stored("b", &text).end(),
            _ => make::Zip::default().packed("a", 95, &make::xz(&text), text.len()).end(),
        };
        kind = input.byte();
    }
    text
}

/// The marks of a format before bytes as they are.
fn marked(input: &mut Input<'_>, choice: u8) -> Vec<u8> {
    const MARKS: [&[u8]; 9] = [
        b"\x1f\x8b\x08\0\0\0\0\0\0\x03",
        b"BZh91AY&SY",
        b"\xfd7zXZ\0\0\x04\xe6\xd6\xb4\x46",
        b"\x28\xb5\x2f\xfd",
        b"PK\x03\x04\x14\0\0\0\x08\0",
        b"%PDF-1.4\n",
        b"SQLite format 3\0",
        b"<?xml version=\"1.0\"?><a xmlns=\"http://schemas.openxmlformats.org/\">",
        b"",
    ];
    let mark = MARKS[usize::from(choice & 0x7f) % MARKS.len()];
    let count = input.up_to(0x7ff);
    [mark, input.take(count)].concat()
}

fn check(scan: &Scan) {
    assert!(scan.matches.len() <= 2 * Limits::MATCHES);
    assert!(scan.missed.len() <= 30, "{:?}", scan.missed);
    for missed in &scan.missed {
        assert!(!missed.why.contains("report this as a defect"), "{}", missed.why);
    }
}
