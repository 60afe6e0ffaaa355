//! Bombs, lies and cut files: a limit or a broken place is told, what is sound beside it is still searched, and nothing ends
//! the program. That time and memory end is asserted by the limits that are told.

use straykey::sources::containers::Limits;

use super::make::{self, Claim, Zip, bzip2, gzip, tar, tar_header, tar_member, xz, zstd};
use super::{found, missed, scan, within};
use crate::harness::token;

const MIB: usize = 1 << 20;

fn secret() -> Vec<u8> {
    format!("{}\n", token(1)).into_bytes()
}

#[test]
fn a_bomb_is_told_by_its_ratio() {
    let zeros = vec![0; 40 * MIB];
    for bomb in [gzip(&zeros), bzip2(&zeros), xz(&zeros), zstd(&zeros)] {
        missed(&scan(&bomb), Some("content"), &["more than 250 times", "bombs"]);
    }
    let archive = Zip::default().file("good", &secret()).file("bomb", &zeros).file("after", &secret()).end();
    let scan = scan(&archive);
    missed(&scan, Some("bomb"), &["more than 250 times", "the rest was not searched"]);
    assert_eq!(found(&scan), [("good".to_owned(), 1, 1)], "what comes before is told");
}

#[test]
fn what_unpacks_to_more_than_the_limit_is_told() {
    let text = "0123456789abcdef".repeat(MIB / 16);
    let limits = Limits { size: MIB as u64 - 1, ..Limits::default() };
    missed(
        &within(&gzip(text.as_bytes()), limits),
        Some("content"),
        &["more than 1048575 bytes", "--max-archive-size"],
    );
    let archive = Zip::default().file("good", &secret()).file("large", text.as_bytes()).end();
    let scan = within(&archive, limits);
    missed(&scan, Some("large"), &["--max-archive-size"]);
    assert_eq!(found(&scan).len(), 1);
}

#[test]
fn deep_nesting_is_told() {
    let mut nested = secret();
    for _ in 0..12 {
        nested = Zip::default().file("x", &nested).end();
    }
    let path = ["x"; 8].join("!");
    missed(&scan(&nested), Some(&path), &["lies within 8 others", "--max-archive-depth"]);
    let deeper = within(&nested, Limits { depth: 12, ..Limits::default() });
    assert_eq!(found(&deeper), [(["x"; 12].join("!"), 1, 1)]);
    let scan = within(&nested, Limits { depth: 0, ..Limits::default() });
    assert!(scan.matches.is_empty() && scan.missed.is_empty(), "nothing is unpacked, and nothing promised");
}

/// An archive that holds two of itself, and so on: as many members as the depth admits would be 2^200.
#[test]
fn an_archive_that_holds_itself_many_times_ends() {
    let mut nested = Zip::default().file("x", &secret()).end();
    for _ in 0..8 {
        let mut archive = Zip::default();
        for copy in 0..10 {
            archive = archive.stored(&copy.to_string(), &nested);
        }
        nested = archive.end();
        if nested.len() > 4 * MIB {
            break;
        }
    }
    let limits = Limits { depth: 200, ..Limits::default() };
    let scanned = within(&gzip(&nested), limits);
    missed(&scanned, None.or(scanned.missed[0].inside.as_deref()), &["the rest was not searched"]);
}

#[test]
fn a_hundred_thousand_entries_are_told() {
    let mut archive = Zip::default().file("000000", &secret());
    for number in 1..60_000_u32 {
        archive = archive.stored(&format!("{number:06}"), b"");
    }
    let first = archive.end();
    assert_eq!(scan(&first).missed, [], "so many are still read");
    let both = Zip::default().file("1", &first).file("2", &first).end();
    let scanned = scan(&both);
    missed(&scanned, Some("2"), &["more than 100000 entries", "unpack it"]);
    assert_eq!(found(&scanned).len(), 2);
    let members: Vec<u8> = (0..100_001).flat_map(|number| tar_member(&number.to_string(), b'0', b"")).collect();
    missed(&scan(&members), None, &["more than 100000 entries"]);
}

#[test]
fn members_on_top_of_one_another_are_told() {
    let mut archive = Zip::default().file("000", &secret().repeat(100));
    for number in 1..1_000 {
        archive = archive.first_again(&format!("{number:03}"));
    }
    let scan = scan(&archive.end());
    missed(&scan, None, &["on top of one another", "bombs"]);
}

#[test]
fn too_many_credentials_are_told() {
    let bomb = gzip(&secret().repeat(100_001));
    let scan = scan(&bomb);
    assert_eq!(scan.matches.len(), Limits::MATCHES);
    missed(&scan, Some("content"), &["more than 100000 credentials"]);
}

#[test]
fn cut_files_are_told_and_read_so_far() {
    // What cannot be pressed together, so that the cut falls into it.
    let noise: Vec<u8> = {
        let mut random = straykey::patterns::generate::Random::new(1);
        (0..200_000).map(|_| random.below(256) as u8).collect()
    };
    let text = [secret(), noise].concat();
    for whole in [gzip(&text), zstd(&text), gzip(&tar(&[("x", &text)]))] {
        let scan = scan(&whole[..150_000]);
        assert_eq!(scan.matches.len(), 1);
        assert!(
            !scan.missed.is_empty()
                && scan.missed.iter().all(|missed| missed.why.contains("put a whole one in its place"))
        );
    }
    for whole in [bzip2(&text), xz(&text)] {
        assert!(!scan(&whole[..150_000]).missed.is_empty());
    }
    let archive = Zip::default().file("a", &secret()).file("b", &text).end();
    let scan = scan(&archive[..150_000]);
    assert_eq!(found(&scan), [("a".to_owned(), 1, 1), ("b".to_owned(), 1, 1)]);
    assert!(scan.missed.iter().any(|missed| missed.why.contains("the list of its members is cut off")));
}

#[test]
fn broken_streams_are_told() {
    for packed in [gzip(&secret().repeat(50)), bzip2(&secret()), xz(&secret()), zstd(&secret().repeat(50))] {
        let mut broken = packed.clone();
        let middle = broken.len() / 2;
        broken[middle..].fill(0xff);
        let scan = scan(&broken);
        assert_eq!(scan.missed.len(), 1, "{:?}", &packed[..4]);
        assert!(scan.missed[0].why.contains("so that the rest of it was not searched"));
    }
}

#[test]
fn lengths_that_lie_are_no_matter_or_are_told() {
    // Less than there is: all is read. More: the end is told to be missing.
    let data = make::deflate(&secret());
    let less = Claim { flags: 0, method: 8, packed: data.len() as u32, unpacked: 1 };
    assert_eq!(found(&scan(&Zip::default().claiming("x", less, &data).end())), [("x".to_owned(), 1, 1)]);
    let more = Claim { unpacked: u32::MAX - 1, ..less };
    let scanned = scan(&Zip::default().claiming("x", more, &data).end());
    assert_eq!(found(&scanned), [("x".to_owned(), 1, 1)]);
    missed(&scanned, Some("x"), &["ends too early"]);
    let outside = Claim { packed: 1 << 30, ..less };
    missed(&scan(&Zip::default().claiming("x", outside, &data).end()), Some("x"), &["lies outside"]);
    for size in ["77777777777\0", "00000100000\0"] {
        let cut = [tar_header("x", b'0', size), secret()].concat();
        let scan = scan(&cut);
        assert_eq!(found(&scan), [("x".to_owned(), 1, 1)]);
        missed(&scan, None, &["the tar archive ends too early"]);
    }
    let mut huge = tar_header("x", b'0', "\u{0}\u{0}\u{0}\u{0}\u{0}\u{0}\u{0}\u{0}\u{0}\u{0}\u{0}\u{0}");
    huge[124..136].copy_from_slice(&[0x80, 0, 0, 0, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff]);
    huge[148..156].fill(b' ');
    let sum: u32 = huge.iter().map(|byte| u32::from(*byte)).sum();
    huge[148..156].copy_from_slice(format!("{sum:06o}\0 ").as_bytes());
    missed(&scan(&[huge, secret()].concat()), None, &["ends too early"]);
}

#[test]
fn a_dictionary_of_four_gigabytes_is_told() {
    let mut packed = xz(&secret());
    // The block header: size, flags, filter, length of its properties, dictionary, padding, checksum.
    let length = (usize::from(packed[12]) + 1) * 4;
    assert_eq!(packed[14..16], [0x21, 1]);
    packed[16] = 40;
    let sum = crc32fast::hash(&packed[12..12 + length - 4]).to_le_bytes();
    packed[12 + length - 4..12 + length].copy_from_slice(&sum);
    missed(&scan(&packed), None, &["more memory"]);
}

#[test]
fn names_that_climb_out_are_shown_and_never_used() {
    let outside = std::env::temp_dir().join("straykey-slip");
    let slip = format!("../../../../../../../..{}", outside.display());
    for archive in [
        Zip::default().file(&slip, &secret()).end(),
        Zip::default().file(&outside.display().to_string(), &secret()).end(),
        tar(&[(&slip[..slip.len().min(99)], &secret())]),
    ] {
        assert_eq!(scan(&archive).matches.len(), 1);
        assert!(!outside.exists());
    }
}

/// Every archive with bytes changed, overwritten or cut off at random, and put into others; `STRAYKEY_DAMAGES` asks for another
/// number. No decoder gives up.
#[test]
fn archives_with_random_damage_end() {
    use straykey::patterns::generate::Random;
    let text = secret().repeat(30);
    let zipped = Zip::default().file("a", &text).stored("b", &text).packed("c", 93, &zstd(&text), text.len()).end();
    let all = [
        gzip(&text),
        bzip2(&text),
        xz(&text),
        zstd(&text),
        tar(&[("a", &text), ("b", &text)]),
        zipped,
        super::documents::pdf(&text),
    ];
    let count = std::env::var("STRAYKEY_DAMAGES").ok().and_then(|count| count.parse().ok()).unwrap_or(400);
    for seed in 0..count {
        let mut random = Random::new(seed);
        let mut bytes = all[random.below(all.len())].clone();
        for _ in 0..1 + random.below(4) {
            let at = random.below(bytes.len());
            match random.below(6) {
                0 => bytes.truncate(at.max(1)),
                1 => bytes[at..].iter_mut().take(4).for_each(|byte| *byte = 0xff),
                _ => bytes[at] = random.below(256) as u8,
            }
        }
        if random.below(2) == 0 {
            bytes = gzip(&tar(&[("x", &bytes)]));
        }
        let scan = scan(&bytes);
        assert!(scan.missed.iter().all(|missed| !missed.why.contains("as a defect")), "seed {seed}: {:?}", scan.missed);
    }
}
