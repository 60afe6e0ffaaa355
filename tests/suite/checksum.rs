//! Checksums, held to published values and to themselves.

use straykey::model::pattern::Checksum;

#[test]
fn bech32_follows_bip_173() {
    for valid in ["A1", "abcdef1qpzry9x8gf2tvdw0s3jn54khce6mua7l"] {
        let (body, right) = match valid {
            "A1" => ("A1", "2UEL5L"),
            other => (other, "mqqqxw"),
        };
        assert!(Checksum::Bech32.holds(body.as_bytes(), right.as_bytes()), "{valid}");
        assert!(!Checksum::Bech32.holds(body.as_bytes(), b"qqqqqq"), "{valid}");
    }
}

#[test]
fn base58check_follows_a_published_key() {
    // From the Bitcoin wiki's page on the wallet import format, whose key is public.
    let wif = ["5HueCGU8rMjxEXxiPuD5BDku4", "MkFqeZyd4dZ1jvhTVqvbTLvyTJ"].concat();
    assert!(Checksum::Base58Check.holds(wif.as_bytes(), b""));
    assert!(!Checksum::Base58Check.holds(wif.replace('J', "K").as_bytes(), b""));
}

#[test]
fn crc_32_is_written_as_each_issuer_writes_it() {
    // CRC-32 of "123456789" is 0xCBF43926, the check value of the algorithm.
    let body = b"123456789";
    assert!(Checksum::Crc32Hex.holds(body, b"CBF43926"));
    assert!(Checksum::Crc32HexLe.holds(body, b"2639f4cb"));
    assert_eq!(Checksum::Crc32Base62.of(body, 6).unwrap(), base(3_421_780_262, 62));
    assert_eq!(Checksum::Crc32Base36.of(body, 7).unwrap(), format!("{:0>7}", base(3_421_780_262, 36)));
    assert_eq!(Checksum::Crc32Base64Le.of(body, 6).unwrap(), "Jjn0yw");
    let sha = Checksum::Sha256Base32.of(b"abc", 8).unwrap();
    assert_eq!(sha, "XJ4BNP4P", "SHA-256 of abc begins ba7816bf8f");
    assert!(!Checksum::Crc32Base62.holds(body, b"000000"));
}

/// Another way to write a number in a base, so that one implementation checks the other.
fn base(number: u64, base: u64) -> String {
    let digits: Vec<char> = ('0'..='9').chain('A'..='Z').chain('a'..='z').collect();
    let digits: Vec<char> = if base == 36 { ('0'..='9').chain('a'..='z').collect() } else { digits };
    if number < base {
        return digits[number as usize].to_string();
    }
    self::base(number / base, base) + &digits[(number % base) as usize].to_string()
}

#[test]
fn a_wrong_checksum_lowers_the_confidence() {
    use crate::harness::{straykey, token};
    let right = token(1);
    let last = if right.ends_with('0') { "1" } else { "0" };
    let wrong = format!("{}{last}", &right[..right.len() - 1]);
    straykey(&["scan", "-"]).input(right.as_bytes()).end().expect(1);
    let found = straykey(&["scan", "-", "--format", "json"]).input(wrong.as_bytes()).end().expect(1).stdout();
    assert!(found.contains("\"medium\"") && found.contains("its checksum is wrong"), "{found}");
    straykey(&["scan", "-", "--min-confidence", "high"]).input(wrong.as_bytes()).end().expect(0);
}
