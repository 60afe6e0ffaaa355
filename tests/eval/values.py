#!/usr/bin/env python3
"""Tells which share of random values straykey does not find, by their kind and by how they are written.

    tests/eval/values.py [--count N] [--seed N] [--min-confidence LEVEL] [--program PATH]

Of each kind COUNT values are drawn, and each is written in every way of `WAYS`, a file each. A value counts as found if a
finding in its file has it as its secret, percent-encoded or not. Prints hundredths of values that are missed.
"""
import argparse
import base64
import collections
import json
import os
import random
import string
import subprocess
import tempfile
import urllib.parse
import uuid

LETTERS = string.ascii_letters + string.digits
SMALL = string.ascii_lowercase + string.digits
CAPITAL = string.ascii_uppercase + string.digits

WAYS = {
    "key=": "API_TOKEN={}",
    "json": '"api_key": "{}",',
    "yaml": "client_secret: {}",
    "quote": "secret = '{}'",
    "pw=": "DB_PASSWORD={}",
    "pw '": 'password = "{}"',
    "pw:": "password: {}",
    "url": "postgres://app:{}@db.internal:5432/x",
    "https": "https://app:{}@ci.internal/x.git",
    "dsn": "host=db.internal user=app password={} dbname=x",
    "curl": "curl -u app:{} https://ci.internal/",
    "netrc": "machine ci.internal login app password {}",
}


def kinds(draw):
    """Makers of values, by name: `b62-20` has twenty letters and digits."""
    def some(alphabet, length):
        return lambda: "".join(draw.choice(alphabet) for _ in range(length))

    def encoded(encode, length):
        return lambda: encode(draw.randbytes(length)).decode().rstrip("=" if encode is base64.urlsafe_b64encode else "")

    made = {"uuid": lambda: str(uuid.UUID(int=draw.getrandbits(128), version=4))}
    made |= {f"hex-{length}": some("0123456789abcdef", length) for length in (24, 32, 40, 64)}
    made |= {f"b62-{length}": some(LETTERS, length) for length in (16, 20, 24, 32, 40, 64)}
    made |= {f"b64-{length}": encoded(base64.b64encode, length * 3 // 4) for length in (24, 40, 64, 88)}
    made |= {f"b64url-{length}": encoded(base64.urlsafe_b64encode, length * 3 // 4) for length in (22, 43, 86)}
    made |= {"b32-32": encoded(base64.b32encode, 20), "small-20": some(SMALL, 20), "small-32": some(SMALL, 32)}
    made |= {"capital-20": some(CAPITAL, 20), "parts": lambda: ".".join(some(LETTERS + "-_", 16)() for _ in range(3))}
    made |= {f"pw-{length}": some(LETTERS + "!@#$%^*-_", length) for length in (10, 12, 16)}
    made |= {f"pwb62-{length}": some(LETTERS, length) for length in (8, 10, 12)}
    made |= {"pwsmall-8": some(SMALL, 8), "pwencoded": lambda: urllib.parse.quote(some(LETTERS + "!@#$%^&*/?:", 12)(), safe="")}
    return made


def found_in(program, folder, level):
    """The secrets that are found, by path."""
    with tempfile.NamedTemporaryFile("r", suffix=".json") as out:
        command = [program, "scan", "--format", "json", "--show-secrets", "--no-history", "--quiet", "--output", out.name]
        command += ["--min-confidence", level] if level else []
        subprocess.run(command + [folder], check=False)
        report = json.load(open(out.name, errors="surrogateescape"))
    secrets = collections.defaultdict(set)
    for finding in report["findings"]:
        for place in finding["places"]:
            secrets[place["path"]].add(finding["secret"])
    return secrets


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--count", type=int, default=200)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--min-confidence")
    parser.add_argument("--program", default="target/release/straykey")
    options = parser.parse_args()
    drawn = {kind: [make() for _ in range(options.count)] for kind, make in kinds(random.Random(options.seed)).items()}
    with tempfile.TemporaryDirectory() as folder:
        for kind, values in drawn.items():
            for number, way in enumerate(WAYS.values()):
                os.makedirs(os.path.join(folder, kind, str(number)))
                for at, value in enumerate(values):
                    with open(os.path.join(folder, kind, str(number), f"{at}.cfg"), "w") as file:
                        file.write(way.format(value) + "\n")
        secrets = found_in(options.program, folder, options.min_confidence)
    print(f"{'missed, %':12}" + "".join(f"{way:>7}" for way in WAYS))
    for kind, values in drawn.items():
        cells = []
        for number in range(len(WAYS)):
            paths = [f"{kind}/{number}/{at}.cfg" for at in range(len(values))]
            missed = [value for path, value in zip(paths, values) if not {value, urllib.parse.unquote(value)} & secrets[path]]
            cells.append(100 * len(missed) / len(values))
        print(f"{kind:12}" + "".join(f"{cell:7.1f}" for cell in cells))


if __name__ == "__main__":
    main()
