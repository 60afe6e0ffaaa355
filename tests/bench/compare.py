#!/usr/bin/env python3
"""Measures straykey and other scanners on the same repositories or folders, and prints a table for each.

Peers are installed from PyPI, in pinned versions, into target/bench/peers. Nothing is verified over the network.
"""

import argparse
import statistics
import tempfile
from dataclasses import dataclass, field
from pathlib import Path

import measure
from measure import MIB, SCANNERS, Failure


@dataclass
class Result:
    """All rounds of one scanner on one target. `failure` says why there are no more, and is empty if all went well."""

    name: str
    version: str
    runs: list = field(default_factory=list)
    report: measure.Report | None = None
    failure: str = ""


def main() -> int:
    options = arguments()
    measure.check_outputs(options.json)
    targets = [check_target(text, options.worktree) for text in options.targets]
    names = check_scanners(options.scanners)
    chosen = measure.programs(names, options.straykey)
    versions = {name: measure.version(name, program) for name, program in chosen.items()}
    measure.WORK.mkdir(parents=True, exist_ok=True)
    told = []
    print(f"{measure.machine()}; rounds: {options.rounds}")
    # Such a folder can be read by its owner only: reports may hold secrets.
    with tempfile.TemporaryDirectory(dir=measure.WORK) as scratch:
        measure.warm_up(chosen, Path(scratch))
        for text, path, history in targets:
            with tempfile.TemporaryDirectory(dir=measure.WORK) as copies:
                path, what = prepare(path, history, options.repack, Path(copies))
                results = measure_target(path, history, chosen, versions, options.rounds, Path(scratch))
            print(f"\n### {text} ({what})\n\n{report(results)}", flush=True)
            told.append({"target": text, "history": history, "scanners": [as_json(result) for result in results]})
    if options.json:
        measure.write_json(options.json, {"machine": measure.machine(), "rounds": options.rounds, "targets": told})
    return 0


def arguments() -> argparse.Namespace:
    """Gives the command line's options."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("targets", metavar="TARGET", nargs="+", help="git repository (its history) or folder of files")
    parser.add_argument("--rounds", type=measure.positive, default=3, metavar="N", help="runs of each (default: 3)")
    parser.add_argument("--straykey", metavar="PATH", help="program to measure (default: target/release/straykey)")
    parser.add_argument("--scanners", metavar="A,B", help=f"which to run (default: {','.join(SCANNERS)})")
    parser.add_argument("--worktree", action="store_true", help="of a repository, scan the files and not the history")
    parser.add_argument("--repack", action="store_true", help="of a repository, scan a copy that git has packed anew")
    parser.add_argument("--json", metavar="FILE", help="write all numbers to this file, too")
    return parser.parse_args()


def check_target(text: str, worktree: bool) -> tuple:
    """Takes a target as the user wrote it and gives (text, absolute path, whether its history is scanned)."""
    path = measure.folder(text)
    if not measure.is_repository(path):
        return text, path, False
    measure.git_directory(path)
    if worktree and not (path / ".git").exists():
        raise Failure(f"{text} is a bare repository and has no files; leave out --worktree.")
    return text, path, not worktree


def check_scanners(text: str | None) -> list:
    """Takes names with commas between them, and gives them as a list."""
    names = [name.strip() for name in text.split(",")] if text else list(SCANNERS)
    unknown = [name for name in names if name not in SCANNERS]
    if unknown:
        raise Failure(f"There is no scanner {unknown[0]!r}; choose from {', '.join(SCANNERS)}.")
    return list(dict.fromkeys(names))


def prepare(path: Path, history: bool, repack: bool, copies: Path) -> tuple:
    """Takes a target and a folder for copies of it, and gives (path of what is scanned, that in words)."""
    if history and repack:
        measure.say(f"{path.name}: packing a copy anew")
        measure.repack(path, copies / path.name)
        return copies / path.name, "history, packed anew"
    if history:
        return path, "history"
    if measure.is_repository(path):
        # Some would read the files below .git, and some would not.
        measure.copy_files(path, copies / "files")
        return copies / "files", "files"
    return path, "files"


def measure_target(path: Path, history: bool, chosen: dict, versions: dict, rounds: int, scratch: Path) -> list:
    """Takes a target and the scanners' programs, runs all in turn in each round, and gives a list of Result."""
    results = [Result(name, versions[name]) for name in chosen]
    for number in range(1, rounds + 1):
        for result in results:
            if not result.failure:
                measure_once(result, chosen[result.name], path, history, scratch)
                measure.say(f"{path.name}, round {number}, {result.name}: {progress(result)}")
    return results


def measure_once(result: Result, program: Path, path: Path, history: bool, scratch: Path) -> None:
    """Takes a Result and adds one round to it, or why that failed."""
    try:
        run, result.report = measure.scan(result.name, program, path, history, scratch)
        result.runs.append(run)
    except Failure as failure:
        result.failure = str(failure)


def progress(result: Result) -> str:
    """Takes a Result and gives its last round in a few words."""
    return f"failed: {result.failure}" if result.failure else f"{result.runs[-1].cpu:.2f} s CPU"


HEADINGS = [
    "scanner",
    "CPU s",
    "to straykey",
    "wall s",
    "resident MiB",
    "anonymous MiB",
    "findings",
    "distinct",
]


def report(results: list) -> str:
    """Takes all results for a target and gives the table and the words below it."""
    own = [median_cpu(result) for result in results if result.name == "straykey" and not result.failure]
    rows = [row(result, own[0] if own else None) for result in results]
    notes = [note(result) for result in results]
    return f"{measure.table(HEADINGS, rows)}\n\n{explanation()}\n\n" + "\n".join(["What each covered:", "", *notes])


def row(result: Result, own: float | None) -> list:
    """Takes a Result and straykey's CPU seconds, and gives the cells of its row."""
    name = f"{result.name} {result.version}"
    if result.failure:
        return [name, "failed"] + [""] * (len(HEADINGS) - 2)
    # What stopped early says nothing of what a scan costs.
    comparable = own and (result.name == "straykey" or not result.report.incomplete)
    return [
        f"{name} (incomplete)" if result.report.incomplete else name,
        measure.spread([run.cpu for run in result.runs]),
        f"{median_cpu(result) / own:.2f}" if comparable else "",
        f"{statistics.median(run.wall for run in result.runs):.2f}",
        mebibytes([run.resident for run in result.runs]),
        mebibytes([run.anonymous for run in result.runs]),
        f"{result.report.findings:,}",
        f"{result.report.distinct:,}",
    ]


def median_cpu(result: Result) -> float:
    """Takes a Result and gives the median of its CPU seconds."""
    return statistics.median(run.cpu for run in result.runs)


def mebibytes(values: list) -> str:
    """Takes peaks in bytes and gives the highest; nothing where the system does not tell."""
    return f"{max(values) / MIB:.0f}" if max(values) else ""


def explanation() -> str:
    """Gives what the columns mean."""
    return (
        "CPU: user and system, with the programs it starts (git): median (least-most). Wall: median. Resident: highest "
        "peak of one process, files mapped into memory included. Anonymous: highest sampled peak of the scanner's own "
        "process without such files. Findings: records in the report. Distinct: different secrets among them."
    )


def note(result: Result) -> str:
    """Takes a Result and gives a line on what the scanner covered, or why it failed."""
    if result.failure:
        return f"- {result.name}: FAILED, {result.failure}"
    incomplete = f" INCOMPLETE: {result.report.incomplete}." if result.report.incomplete else ""
    return f"- {result.name}: {result.report.covered}{incomplete}"


def as_json(result: Result) -> dict:
    """Takes a Result and gives it for the JSON file. No secret is in it."""
    return {
        "scanner": result.name,
        "version": result.version,
        "failure": result.failure or None,
        "cpu_seconds": [run.cpu for run in result.runs],
        "wall_seconds": [run.wall for run in result.runs],
        "resident_bytes": [run.resident for run in result.runs],
        "anonymous_bytes": [run.anonymous for run in result.runs],
        "findings": result.report.findings if result.report else None,
        "distinct": result.report.distinct if result.report else None,
        "covered": result.report.covered if result.report else None,
        "incomplete": result.report.incomplete if result.report else None,
    }


if __name__ == "__main__":
    measure.run_main(main)
