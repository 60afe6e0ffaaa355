#!/usr/bin/env python3
"""Makes src/model/commonness.rs: how common each pair of neighbouring characters is in source code.

    tests/eval/commonness.py FOLDER... > src/model/commonness.rs

Each file counts once, up to 400,000 bytes of it; files with a zero byte, which are no text, do not.
"""
import collections
import math
import os
import sys

PRINTED = range(0x20, 0x7F)
# From rare to common: neighbours in ASCII, neither of which need be escaped.
LEVELS = "".join(map(chr, range(ord("#"), ord("[") + 1)))
# Levels to a binary order: so many that all but the rarest pairs fit.
STEPS = 3
HEAD = '''\
//! How common texts are in source code, judged by their pairs of neighbouring characters. Made by `tests/eval/commonness.py`.
//!
//! Used to choose which stretch of an anchor is searched for: the rarer, the fewer places have to be looked at.

/// Steps of the tables to a binary order of magnitude.
const STEPS: i32 = 3;
/// What they say of the rarest and the commonest.
const RAREST: u8 = b'#';
const COMMONEST: u8 = b'[';
const FIRST: u8 = b' ';
const LAST: u8 = b'~';

/// About the binary logarithm, times `STEPS`, of how often a text stands at a place: the lower, the rarer.
pub fn commonness(text: &[u8]) -> i32 {
    let all: i32 = text.iter().map(|byte| single(*byte)).sum();
    // A pair tells how much more often its bytes stand together than by chance.
    let by_chance = |pair: &[u8]| single(pair[0]) + single(pair[1]);
    let together = |pair: &[u8]| of_pair(pair[0], pair[1]).map_or(0, |of_pair| of_pair - by_chance(pair));
    all + text.windows(2).map(together).sum::<i32>()
}

/// At how many of all places a text stands, about: a share of one.
pub fn share(text: &[u8]) -> f64 {
    (f64::from(commonness(text)) / f64::from(STEPS)).exp2()
}

/// [`commonness`] of one byte. What is not in the table is as rare as the rarest.
fn single(byte: u8) -> i32 {
    level(place(byte).map_or(RAREST, |at| SINGLE[at]))
}

fn of_pair(first: u8, second: u8) -> Option<i32> {
    place(first).zip(place(second)).map(|(first, second)| level(PAIRS[first][second]))
}

fn level(written: u8) -> i32 {
    i32::from(written) - i32::from(COMMONEST)
}

fn place(byte: u8) -> Option<usize> {
    (FIRST..=LAST).contains(&byte).then(|| usize::from(byte - FIRST))
}
'''


def texts(folders):
    for folder in folders:
        for root, folders_inside, names in os.walk(folder):
            folders_inside[:] = sorted(name for name in folders_inside if name != ".git")
            for name in sorted(names):
                path = os.path.join(root, name)
                if os.path.isfile(path) and not os.path.islink(path):
                    with open(path, "rb") as file:
                        text = file.read(400_000)
                    if b"\0" not in text:
                        yield text


def level(count, total):
    steps = round(STEPS * math.log2(max(count, 0.1) / total))
    return LEVELS[max(0, len(LEVELS) - 1 + steps)]


def main():
    singles, pairs = collections.Counter(), collections.Counter()
    for text in texts(sys.argv[1:]):
        singles.update(text)
        pairs.update(zip(text, text[1:]))
    total = sum(singles.values())
    print(HEAD)
    row = "".join(level(singles[byte], total) for byte in PRINTED)
    print(f'/// Characters from space to `~`.\nstatic SINGLE: [u8; 95] = *b"{row}";\n')
    print("/// Rows are the first of a pair, columns the second, from space to `~`.\nstatic PAIRS: [[u8; 95]; 95] = [")
    for first in PRINTED:
        row = "".join(level(pairs[first, second], total) for second in PRINTED)
        print(f'    *b"{row}",')
    print("];")


if __name__ == "__main__":
    main()
