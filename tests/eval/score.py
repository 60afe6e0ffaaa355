#!/usr/bin/env python3
"""Scores straykey on a folder of labelled cases.

    tests/eval/score.py FOLDER [--min-confidence LEVEL] [--program PATH] [--misses FILE]

FOLDER holds `cases.jsonl`, one case a line: `file` (below FOLDER), `label` (positive, negative; others are not scored),
`origin`, `also_in`, `kind` (only `secret` is asked for), `secrets` (where known), `line` and `end_line` (where known), `weak`,
`neg` (benign, lookalike), `rule`. A positive is hit by a finding whose secret overlaps a labelled one, or, where none is
labelled, by one on the labelled lines (without lines: in the file). A negative is a false alarm if anything is found there.

Origins that other scanners' makers wrote are theirs; the rest is neutral ground.
"""
import argparse
import collections
import json
import os
import subprocess
import sys
import tempfile

FAMILIES = {"gitleaks", "betterleaks", "kingfisher1", "kingfisher3", "2ms", "semgrep-gl", "veles", "credsweeper", "creddata",
            "detect-secrets", "secretlint"}


def scan(program, folder, level):
    """Findings by file: (line, end line, secret, pattern, confidence)."""
    with tempfile.NamedTemporaryFile("r", suffix=".json") as out:
        command = [program, "scan", "--format", "json", "--show-secrets", "--no-ignore", "--quiet", "--output", out.name]
        command += ["--min-confidence", level] if level else []
        ended = subprocess.run(command + [os.path.join(folder, "corpus")], check=False).returncode
        if ended == 2:
            print("score: the scan was incomplete", file=sys.stderr)
        report = json.load(open(out.name, errors="surrogateescape"))
    by_file = collections.defaultdict(list)
    for finding in report["findings"]:
        for place in finding["places"]:
            if place.get("kind") == "file_name" or finding.get("suppressed"):
                continue
            row = (place["line"], place["end_line"], finding["secret"], finding["pattern"], finding["confidence"])
            by_file[os.path.normpath(os.path.join("corpus", place["path"]))].append(row)
    return by_file


def bare(text):
    return "".join(text.split()).strip("\"'`;,")


def overlaps(found, labelled):
    """Whether two secrets share most of the shorter one."""
    found, labelled = bare(found), bare(labelled)
    if not found or not labelled:
        return False
    if labelled in found or (found in labelled and len(found) >= max(4, 0.3 * len(labelled))):
        return True
    length = max(6, min(16, min(len(found), len(labelled)) // 2))
    return any(found[at:at + length] in labelled for at in range(len(found) - length + 1))


def is_hit(case, findings):
    if case["label"] == "positive" and case["secrets"]:
        return any(overlaps(row[2], secret) for row in findings for secret in case["secrets"])
    if case["line"] is None:
        return bool(findings)
    return any(row[0] <= (case["end_line"] or case["line"]) and row[1] >= case["line"] for row in findings)


def rate(hits, count):
    return f"{100 * hits / count:5.1f}" if count else "    -"


def main():
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("folder")
    options.add_argument("--program", default="target/release/straykey")
    options.add_argument("--min-confidence")
    options.add_argument("--misses", help="write what was missed and what was a false alarm to this file, without secrets")
    options = options.parse_args()
    cases = [json.loads(line) for line in open(os.path.join(options.folder, "cases.jsonl"))]
    cases = [case for case in cases
             if case["label"] == "negative" or (case["label"] == "positive" and case["kind"] == "secret")]
    findings = scan(os.path.abspath(options.program), options.folder, options.min_confidence)

    table = collections.defaultdict(lambda: [0] * 6)
    wrong = []
    for case in cases:
        there = findings.get(case["file"], ())
        hit = is_hit(case, there)
        neutral = not {case["origin"], *case["also_in"]} & FAMILIES
        rows = ["all origins", case["origin"]] + ["neutral origins"] * neutral
        if case["label"] == "negative":
            rows.append(f"all {case['neg']}")
            rows += [f"neutral {case['neg']}"] * neutral
        for row in rows:
            if case["label"] == "positive":
                for at, counts in ((0, True), (2, not case["weak"])):
                    table[row][at] += hit and counts
                    table[row][at + 1] += counts
            else:
                table[row][4] += hit
                table[row][5] += 1
        if hit != (case["label"] == "positive"):
            wrong.append((case, there))

    print(f"{'':18}{'positives':>10}{'recall':>8}{'strong':>8}{'negatives':>11}{'false':>7}")
    for row in sorted(table, key=lambda row: (" " in row, row)):
        found, positives, strong, strong_positives, false, negatives = table[row]
        print(f"{row:18}{positives:>10}{rate(found, positives):>8}{rate(strong, strong_positives):>8}"
              f"{negatives:>11}{rate(false, negatives):>7}")
    if options.misses:
        with open(options.misses, "w") as out:
            for case, there in wrong:
                patterns = ",".join(sorted({f"{row[3]}({row[4]})" for row in there}))
                print("missed" if case["label"] == "positive" else f"false-{case['neg']}", "weak" if case.get("weak") else "-",
                      case["origin"], case["rule"], f"{case['file']}:{case['line'] or ''}", patterns, file=out)


if __name__ == "__main__":
    main()
