#!/usr/bin/env python3
"""Measures how precise straykey is on the working trees of well-known public repositories.

    tests/eval/real.py FOLDER [--labels FILE] [--program PATH] [--strict-low]

FOLDER holds the trees by the repositories' names (`flask`, `minio`, ...), without what git stores, at the commits that the
labels name (`real/labels.jsonl`; `real/fresh.jsonl` has others). Each finding is joined with its label by repository and fingerprint: real, test or false
(what these mean is in `real/README.md`). Precision is the share of real and test. Confidences are those of this run.

Findings without a label are listed, never with their secret, and make the exit code 1; those of low confidence only
with --strict-low, since nobody sees them by default.
"""
import argparse
import collections
import json
import os
import subprocess
import sys
import tempfile

HERE = os.path.join(os.path.dirname(os.path.abspath(__file__)), "real")
LEVELS = ("low", "medium", "high")
VERDICTS = ("real", "test", "false", "unlabelled")


def scan(program, tree):
    """Findings that are not suppressed: all that has at least low confidence, with fingerprints of the public key."""
    with tempfile.TemporaryDirectory() as scratch:
        config, report = os.path.join(scratch, "config.toml"), os.path.join(scratch, "report.json")
        with open(config, "w") as out:
            print(f"fingerprint_key_file = {json.dumps(os.path.join(HERE, 'key'))}", file=out)
        command = [program, "scan", tree, "--no-history", "--no-ignore", "--min-confidence", "low", "--config", config,
                   "--format", "json", "--quiet", "--output", report]
        # 2: something was not searched, such as an encrypted archive; findings are whole all the same.
        ended = subprocess.run(command, check=False, stderr=subprocess.DEVNULL).returncode
        if ended not in (0, 1, 2) or not os.path.exists(report):
            sys.exit(f"real: the scan of {tree} ended with {ended}")
        with open(report, errors="surrogateescape") as text:
            findings = json.load(text)["findings"]
    return [finding for finding in findings if not finding.get("suppressed")]


def place(finding):
    first = finding["places"][0]
    inside = f"!{first['inside']}" if first.get("inside") else ""
    return f"{first['path']}{inside}:{first['line']}"


def precision(counts, levels):
    true = sum(counts[level, verdict] for level in levels for verdict in ("real", "test"))
    judged = true + sum(counts[level, "false"] for level in levels)
    return f"{100 * true / judged:5.1f}" if judged else "    -"


def row(name, counts, levels):
    numbers = [sum(counts[level, verdict] for level in levels) for verdict in VERDICTS]
    cells = "".join(f"{number:>11}" for number in [sum(numbers), *numbers])
    print(f"{name:32}{cells}" + "".join(f"{precision(counts, which):>9}" for which in (levels, levels[1:]) if which))


def main():
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("folder")
    options.add_argument("--labels", default=os.path.join(HERE, "labels.jsonl"))
    options.add_argument("--program", default="target/release/straykey")
    options.add_argument("--strict-low", action="store_true", help="ask for a label of findings of low confidence, too")
    options = options.parse_args()
    with open(options.labels) as lines:
        labels = [json.loads(line) for line in lines]
    repositories = sorted({label["repository"] for label in labels}, key=str.lower)
    # A repository without any finding has a label without a fingerprint.
    verdicts = {(label["repository"], label.get("fingerprint")): label["verdict"] for label in labels}

    total = collections.Counter()
    tables, unlabelled = [], []
    for repository in repositories:
        tree = os.path.join(options.folder, repository.split("/")[1])
        if not os.path.isdir(tree):
            sys.exit(f"real: {tree} is missing; check {repository} out there")
        counts = collections.Counter()
        for finding in scan(os.path.abspath(options.program), tree):
            verdict = verdicts.get((repository, finding["fingerprint"]), "unlabelled")
            counts[finding["confidence"], verdict] += 1
            if verdict == "unlabelled" and (options.strict_low or finding["confidence"] != "low"):
                unlabelled.append(f"{finding['fingerprint']} {finding['pattern']} {finding['confidence']} "
                                  f"{repository} {place(finding)}")
        tables.append((repository, counts))
        total += counts

    # Default is medium and above. What only a run with --min-confidence low reports stands apart.
    parts = (("default confidence", LEVELS[1:], ("default", "high")), ("low alone", LEVELS[:1], ("low",)))
    for title, levels, shares in parts:
        heads = "".join(f"{head:>11}" for head in ("findings", *VERDICTS))
        print(f"{title:32}{heads}" + "".join(f"{share:>9}" for share in shares))
        for repository, counts in tables:
            row(repository, counts, levels)
        row("all", total, levels)
        print()
    print(f"precision: default {precision(total, LEVELS[1:]).strip()}, high {precision(total, LEVELS[2:]).strip()}, "
          f"low alone {precision(total, LEVELS[:1]).strip()}")
    for line in unlabelled:
        print("unlabelled:", line)
    return 1 if unlabelled else 0


if __name__ == "__main__":
    sys.exit(main())
