#!/usr/bin/env python3
"""Makes src/detect/pairs.rs: how often one character follows another in the words and names of source code.

    tests/eval/pairs.py FOLDER... > src/detect/pairs.rs

Each word of a file counts once; long hex and numbers, which are no words, do not.
"""
import collections
import math
import os
import re
import sys

LETTERS = "abcdefghijklmnopqrstuvwxyz0123456789"
ENDINGS = (".py", ".rs", ".md", ".txt", ".c", ".h", ".js", ".json", ".toml", ".yml", ".html")
NO_WORD = re.compile(r"[0-9a-f]{16,}|[0-9]{8,}")
HEAD = """\
//! How much more often one letter or digit follows another in words and names than by chance: eight times the binary
//! logarithm. Rows are the first, columns the second: `a` to `z`, then `0` to `9`. Made by `tests/eval/pairs.py`.

/// The table.
pub static PAIRS: [[i8; 36]; 36] = ["""


def words(folders):
    for folder in folders:
        for root, _, names in os.walk(folder):
            for name in sorted(names):
                if name.endswith(ENDINGS):
                    with open(os.path.join(root, name), errors="ignore") as file:
                        yield from set(re.findall(r"[A-Za-z0-9_-]{4,40}", file.read(400_000)))


def main():
    pairs = collections.Counter()
    for word in words(sys.argv[1:]):
        if not NO_WORD.fullmatch(word):
            pairs.update(first + second for first, second in zip(word.lower(), word.lower()[1:]))
    known = {first + second: pairs[first + second] for first in LETTERS for second in LETTERS}
    total = sum(known.values()) + len(known)
    print(HEAD)
    for first in LETTERS:
        row = [round(8 * math.log2((known[first + second] + 1) / total * len(known))) for second in LETTERS]
        print("    [" + ", ".join(str(max(-99, min(99, value))) for value in row) + "],")
    print("];")


if __name__ == "__main__":
    main()
