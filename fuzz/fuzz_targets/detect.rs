//! Any text, searched with the whole catalogue, as it is and within encodings: nothing crashes, what is found stands where it is
//! said to stand, and `explain` tells of the same.
#![no_main]

use data_encoding::{BASE64, HEXLOWER};
use libfuzzer_sys::fuzz_target;
use straykey::model::account::{End, Fate};
use straykey::model::scan::Scanner;

#[path = "shared/fragments.rs"]
mod fragments;
#[path = "shared/input.rs"]
mod input;

use input::Input;

/// Texts stay small, so that many are tried.
const MOST: usize = 16 << 10;

fuzz_target!(|data: &[u8]| {
    let mut input = Input(data);
    let mut text = Vec::new();
    for _ in 0..input.byte() % 32 {
        fragments::piece(&mut input, &mut text);
    }
    for _ in 0..input.byte() % 4 {
        text.truncate(MOST / 4);
        text = encoded(input.byte(), &text);
    }
    let rest = input.up_to(0xfff);
    text.extend_from_slice(input.take(rest));
    text.truncate(MOST);

    let detector = &*fragments::DETECTOR;
    let scan = detector.scan(&text);
    let mut end = 0;
    for found in &scan.matches {
        assert!(found.span.start >= end && found.span.end <= text.len(), "{:?}", found.span);
        end = found.span.end;
        if found.encodings.is_empty() {
            assert_eq!(&text[found.span.clone()], found.credential.secret.expose());
        }
    }
    let is_kept = |end: &End| matches!(end, End::Found(found) if matches!(found.fate, Fate::Kept));
    let told = detector.explain(&text).iter().filter(|account| is_kept(&account.end)).count();
    assert_eq!(told, scan.matches.len(), "in {:?}", String::from_utf8_lossy(&text));
});

fn encoded(choice: u8, text: &[u8]) -> Vec<u8> {
    let each = |form: &dyn Fn(&u8) -> String| text.iter().map(form).collect::<String>().into_bytes();
    match choice % 7 {
        0 => BASE64.encode(text).into_bytes(),
        1 => HEXLOWER.encode(text).into_bytes(),
        2 => each(&|byte| format!("%{byte:02X}")),
        3 => each(&|byte| format!("\\u00{byte:02x}")),
        4 => each(&|byte| format!("&#{byte};")),
        5 => each(&|byte| format!("={byte:02X}")),
        _ => text.iter().flat_map(|byte| [*byte, 0]).collect(),
    }
}
