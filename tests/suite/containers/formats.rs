//! Each format, alone and within others.

use super::make::{self, Zip, bzip2, gzip, gzip_named, tar, tar_header, tar_member, xz, zstd};
use super::{found, missed, one, scan};
use crate::harness::token;

fn text() -> Vec<u8> {
    format!("first line\n  token = {}\n", token(1)).into_bytes()
}

#[test]
fn compressed_texts_are_read() {
    for packed in [gzip(&text()), bzip2(&text()), xz(&text()), zstd(&text())] {
        one(&packed, "content", 2, 11);
    }
    one(&gzip_named("app.log", &text()), "app.log", 2, 11);
}

#[test]
fn several_streams_are_one_text() {
    let (first, rest) = (&text()[..20].to_vec(), &text()[20..].to_vec());
    for packed in
        [[gzip(first), gzip(rest)], [bzip2(first), bzip2(rest)], [xz(first), xz(rest)], [zstd(first), zstd(rest)]]
    {
        one(&packed.concat(), "content", 2, 11);
    }
    let skippable = [&b"\x50\x2a\x4d\x18\x03\0\0\0abc"[..], &zstd(&text())].concat();
    one(&[zstd(b"x"), skippable].concat(), "content", 2, 11);
}

#[test]
fn what_follows_the_last_stream_is_left() {
    for packed in [gzip(&text()), bzip2(&text()), xz(&text()), zstd(&text())] {
        one(&[packed, vec![0; 512]].concat(), "content", 2, 11);
    }
}

#[test]
fn tar_members_are_read() {
    let archive = tar(&[("a.txt", b"nothing"), ("etc/app.conf", &text()), ("z", b"")]);
    one(&archive, "etc/app.conf", 2, 11);
    for packed in [gzip(&archive), bzip2(&archive), xz(&archive), zstd(&archive)] {
        one(&packed, "etc/app.conf", 2, 11);
    }
}

#[test]
fn tar_headers_of_every_kind_are_understood() {
    let long = "a/".repeat(100) + "conf";
    let end = vec![0; 1024];
    let gnu = [
        tar_member("././@LongLink", b'L', format!("{long}\0").as_bytes()),
        tar_member("short", b'0', &text()),
        end.clone(),
    ];
    one(&gnu.concat(), &long, 2, 11);
    let record = format!("{} path={long}\n", long.len() + 10);
    let pax = [tar_member("pax", b'x', record.as_bytes()), tar_member("short", b'0', &text()), end.clone()];
    one(&pax.concat(), &long, 2, 11);
    // Links and folders have no bytes; the member after them has.
    let links = [
        tar_header("folder/", b'5', "00000000000\0"),
        tar_header("link", b'2', "00000000000\0"),
        tar_member("x", b'0', &text()),
        end.clone(),
    ];
    one(&links.concat(), "x", 2, 11);
    // From before POSIX: no mark but the sum.
    let mut old = tar_member("old", 0, &text());
    old[257..265].fill(0);
    old[148..156].fill(b' ');
    let sum: u32 = old[..512].iter().map(|byte| u32::from(*byte)).sum();
    old[148..156].copy_from_slice(format!("{sum:06o}\0 ").as_bytes());
    one(&[old, end].concat(), "old", 2, 11);
}

#[test]
fn zip_members_are_read() {
    one(&Zip::default().file("META-INF/x.properties", &text()).end(), "META-INF/x.properties", 2, 11);
    one(&Zip::default().stored("stored", &text()).end(), "stored", 2, 11);
    for (method, data) in [(12, bzip2(&text())), (93, zstd(&text())), (95, xz(&text()))] {
        let archive = Zip::default().file("other", b"nothing").packed("packed", method, &data, text().len()).end();
        one(&archive, "packed", 2, 11);
    }
}

#[test]
fn a_zip_behind_a_program_is_read() {
    let program = b"#!/usr/bin/env python3\n";
    let shifted = [&program[..], &Zip::default().file("app.py", &text()).end()].concat();
    one(&shifted, "app.py", 2, 11);
}

#[test]
fn members_of_one_name_are_all_read() {
    let archive = Zip::default().file("x", &text()).file("x", format!("\n\n{}", token(2)).as_bytes()).end();
    assert_eq!(found(&scan(&archive)), [("x".to_owned(), 2, 11), ("x".to_owned(), 3, 1)]);
}

#[test]
fn archives_within_archives_are_read() {
    let jar = Zip::default().file("META-INF/x.properties", &text()).end();
    let war = Zip::default().file("README", b"nothing").stored("WEB-INF/lib/a.jar", &jar).end();
    one(&gzip(&tar(&[("app.war", &war)])), "app.war!WEB-INF/lib/a.jar!META-INF/x.properties", 2, 11);
    let logs = tar(&[("logs/1.gz", &gzip(&text()))]);
    one(&xz(&logs), "logs/1.gz!content", 2, 11);
    one(&gzip(&bzip2(&xz(&zstd(&text())))), "content", 2, 11);
}

/// The same secret stands in the bytes of the archive: it is told once, inside.
#[test]
fn what_is_stored_as_it_is_is_told_inside_only() {
    one(&tar(&[("x", &text())]), "x", 2, 11);
    let beside = [format!("# {}\n", token(2)).into_bytes(), Zip::default().stored("x", &text()).end()].concat();
    assert_eq!(found(&scan(&beside)), [("as it is".to_owned(), 1, 3), ("x".to_owned(), 2, 11)]);
}

/// Longer than what is searched at a time: lines go on, and a secret on the seam is found once.
#[test]
fn a_long_text_is_searched_window_by_window() {
    const WINDOW: usize = 32 << 20;
    const OVERLAP: usize = 256 << 10;
    let line = "0123456789 abcdef\n";
    let mut text = line.repeat(2 * WINDOW / line.len() + 1).into_bytes();
    let seams = [WINDOW - 10, WINDOW - OVERLAP / 2 - 10, WINDOW - OVERLAP - 10, 2 * WINDOW - OVERLAP - 20];
    for (number, seam) in (1..).zip(seams) {
        let token = format!(" {} ", token(number));
        text[seam..seam + token.len()].copy_from_slice(token.as_bytes());
    }
    let plain = straykey::model::scan::Scanner::scan(&*crate::harness::DETECTOR, &text);
    let inside = scan(&gzip(&text));
    let places =
        |scan: &straykey::model::scan::Scan| scan.matches.iter().map(|found| found.position).collect::<Vec<_>>();
    assert_eq!(places(&inside), places(&plain));
    assert_eq!(inside.matches.len(), seams.len());
    assert_eq!(inside.missed, []);
}

#[test]
fn what_merely_begins_like_an_archive_is_none() {
    let token = token(1);
    for begin in [
        "\u{1f}\u{8b}",
        "BZh9",
        "BZhello",
        "PK\u{3}\u{4}",
        "PK",
        "PK\u{5}\u{6}",
        "%PDF",
        "SQLite format 2",
        "<?xml version=\"1.0\"?>",
        "{\"cellar\": 1}",
    ] {
        let scan = scan(format!("{begin} {token}\n").as_bytes());
        assert_eq!(scan.matches.len(), 1, "{begin}");
        assert_eq!(scan.missed, [], "{begin}");
    }
    for begin in [
        &b"\x1f\x8b\x08\xff"[..],
        b"\x1f\x8b\x08",
        b"\xfd7zXZ\0\0\0\0\0\0\0",
        b"\x28\xb5\x2f\xfd",
        b"\x28\xb5\x2f\xfd\xff",
    ] {
        assert_eq!(scan(begin).missed, [], "{begin:?}");
    }
}

#[test]
fn what_cannot_be_read_is_told() {
    let encrypted = make::Claim { flags: 1, method: 8, packed: 20, unpacked: 30 };
    let archive = Zip::default().claiming("safe.txt", encrypted, &[7; 20]).file("x", &text()).end();
    let scanned = scan(&archive);
    missed(&scanned, Some("safe.txt"), &["encrypted", "decrypt it"]);
    assert_eq!(found(&scanned), [("x".to_owned(), 2, 11)]);
    let odd = Zip::default().packed("odd", 9, &[7; 20], 30).file("x", &text()).end();
    missed(&scan(&odd), Some("odd"), &["method 9", "unpack it"]);
}
