#!/usr/bin/env python3
"""Holds straykey's two engines to one answer: scans each repository's history with both and compares the reports.

Prints one line for each repository. Exit code 1 if reports differ, with the first difference; 2 if a scan failed.
No secret is printed, and reports are read through a pipe and never written to disk.
"""

import argparse
import json
from pathlib import Path

import measure
from measure import Failure

ENGINES = ("delta", "reference")

# Texts of a report that may be printed: none of them can hold a part of a secret.
HARMLESS = {"type", "pattern", "secret_kind", "severity", "confidence", "validity", "kind", "object", "commit", "date"}


def main() -> int:
    options = arguments()
    program = measure.find_straykey(options.straykey)
    targets = [(text, measure.repository(text)) for text in options.repositories]
    differing = 0
    for text, path in targets:
        scans = [scan(program, engine, path) for engine in ENGINES]
        difference = compare(scans)
        print(f"{text}: {describe(scans)}; {f'DIFFERENT: {difference}' if difference else 'same report'}", flush=True)
        differing += bool(difference)
    return 1 if differing else 0


def arguments() -> argparse.Namespace:
    """Gives the command line's options."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("repositories", metavar="REPOSITORY", nargs="+", help="git repository, bare or not")
    parser.add_argument("--straykey", metavar="PATH", help="program to test (default: target/release/straykey)")
    return parser.parse_args()


def scan(program: Path, engine: str, path: Path) -> tuple:
    """Takes the program, an engine's name and a repository, and gives (Run, report)."""
    options = ["--no-worktree", "--format", "json", "--show-secrets", "--engine", engine]
    done = measure.run([program, "scan", *options, path], keep_output=True)
    if done.status not in (0, 1, 2):
        what = f"{measure.ending(done.status)}: {measure.last_line(done.errors)}"
        raise Failure(f"The {engine} engine failed on {path} ({what}); run it alone to see more.")
    try:
        return done, json.loads(done.output)
    except ValueError:
        what = measure.last_line(done.errors)
        raise Failure(f"The {engine} engine gave no report on {path} ({what}); run it alone to see more.") from None


def describe(scans: list) -> str:
    """Takes both scans and gives what there was, by the first report, and what each engine took."""
    report = scans[0][1]
    scanned = report["summary"]["scanned"]
    places = sum(len(finding["places"]) for finding in report["findings"])
    parts = [
        f"{scanned['objects']:,} objects",
        f"{scanned['commits']:,} commits",
        f"{len(report['findings']):,} findings",
        f"{places:,} places",
        *(f"{engine} {run.cpu:.2f} s CPU" for engine, (run, _) in zip(ENGINES, scans)),
    ]
    if not report["summary"]["complete"]:
        parts.append(f"incomplete: {len(report['summary']['errors'])} not scanned")
    return ", ".join(parts)


def compare(scans: list) -> str:
    """Takes both scans and describes the first difference; empty if there is none."""
    (first, one), (second, other) = scans
    if first.status != second.status:
        return f"exit code is {first.status} and {second.status}"
    return difference(steady(one), steady(other), "$") or ""


def steady(report: dict) -> dict:
    """Takes a report and gives it without what differs from run to run: the time, and fingerprints of this run only."""
    findings = [
        {key: value for key, value in finding.items() if key != "fingerprint" or finding["fingerprint_lasts"]}
        for finding in report["findings"]
    ]
    summary = {key: value for key, value in report["summary"].items() if key != "seconds"}
    return report | {"findings": findings, "summary": summary}


def difference(one, other, path: str, key: str = "") -> str | None:
    """Takes two values and the JSON path they stand at, and describes the first difference; None if there is none."""
    if isinstance(one, dict) and isinstance(other, dict):
        return difference_of_objects(one, other, path)
    if isinstance(one, list) and isinstance(other, list):
        return difference_of_lists(one, other, path, key)
    # 1, 1.0 and true are equal to Python, and not to a reader of JSON.
    if one == other and type(one) is type(other):
        return None
    return f"{path} is {shown(one, key)} and {shown(other, key)}"


def difference_of_objects(one: dict, other: dict, path: str) -> str | None:
    """Takes two objects and describes their first difference."""
    for key in one:
        if key not in other:
            return f"{path}.{key} is in the {ENGINES[0]} report only"
        found = difference(one[key], other[key], f"{path}.{key}", key)
        if found:
            return found
    further = [key for key in other if key not in one]
    return f"{path}.{further[0]} is in the {ENGINES[1]} report only" if further else None


def difference_of_lists(one: list, other: list, path: str, key: str) -> str | None:
    """Takes two lists and describes their first difference."""
    for index, (left, right) in enumerate(zip(one, other)):
        found = difference(left, right, f"{path}[{index}]", key)
        if found:
            return found
    return None if len(one) == len(other) else f"{path} has {len(one)} and {len(other)} items"


def shown(value, key: str) -> str:
    """Takes a value and the key it stands under, and gives it as it may be printed: no text that may hold a secret."""
    if isinstance(value, str) and key not in HARMLESS:
        return f"a text of {len(value)} characters"
    if isinstance(value, (dict, list)):
        return f"{'an object' if isinstance(value, dict) else 'a list'} of {len(value)}"
    return json.dumps(value)


if __name__ == "__main__":
    measure.run_main(main)
