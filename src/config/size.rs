//! Sizes as people write them.

use super::Error;

/// Reads `50MB`, `2GiB`, `4096`: decimal units count in thousands, binary ones in 1,024.
pub(super) fn size(written: &str) -> Result<u64, Error> {
    const UNITS: [(&str, u64); 11] = [
        ("KIB", 1 << 10),
        ("MIB", 1 << 20),
        ("GIB", 1 << 30),
        ("KB", 1_000),
        ("MB", 1_000_000),
        ("GB", 1_000_000_000),
        ("K", 1 << 10),
        ("M", 1 << 20),
        ("G", 1 << 30),
        ("B", 1),
        ("", 1),
    ];
    let upper = written.trim().to_ascii_uppercase();
    let refused = || Error::Size(written.to_owned());
    let (number, factor) =
        UNITS.iter().find_map(|(unit, factor)| Some((upper.strip_suffix(unit)?, *factor))).ok_or_else(refused)?;
    number.trim().parse::<u64>().ok().and_then(|number| number.checked_mul(factor)).ok_or_else(refused)
}
