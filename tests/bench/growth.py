#!/usr/bin/env python3
"""Measures how straykey's CPU time grows with a repository: cuts it at 1/8, 1/4, 1/2 and all of its commits.

Each cut is a bare repository in a temporary folder with one branch and one pack. The repository itself is only read.
"""

import argparse
import statistics
import tempfile
import urllib.parse
from dataclasses import asdict, dataclass, field
from pathlib import Path

import chart
import measure
from measure import Failure

EIGHTHS = (1, 2, 4, 8)

# Which scanner a name given to --with stands for.
OTHERS = {"kingfisher": "kingfisher-turbo"}


@dataclass
class Cut:
    """One cut of the repository and what was measured on it. `cpu` has a list of seconds for each scanner."""

    commits: int
    objects: int = 0
    pack_bytes: int = 0
    inflated_bytes: int = 0
    cpu: dict = field(default_factory=dict)


def main() -> int:
    options = arguments()
    measure.check_outputs(options.json, options.svg)
    source = measure.repository(options.repository)
    names = ["straykey"] + ([OTHERS[options.other]] if options.other else [])
    chosen = measure.programs(names, options.straykey)
    measure.WORK.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=measure.WORK) as scratch:
        made = make_cuts(source, Path(scratch))
        measure.warm_up(chosen, Path(scratch))
        for number in range(1, options.rounds + 1):
            measure_round(number, made, chosen, Path(scratch))
    cuts = sorted((cut for _, cut in made), key=lambda cut: cut.commits)
    print(f"{measure.machine()}; rounds: {options.rounds}; {options.repository}\n\n{table(cuts, names)}\n\n{MEANING}")
    if options.json:
        measure.write_json(options.json, {"machine": measure.machine(), "cuts": [asdict(cut) for cut in cuts]})
    if options.svg:
        measure.write(options.svg, draw(cuts, names, options.title or source.name, options.rounds))
    return 0


def arguments() -> argparse.Namespace:
    """Gives the command line's options."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("repository", metavar="REPOSITORY", help="git repository, bare or not, with all its objects")
    parser.add_argument("--rounds", type=measure.positive, default=3, metavar="N", help="runs of each (default: 3)")
    parser.add_argument("--straykey", metavar="PATH", help="program to measure (default: target/release/straykey)")
    parser.add_argument("--with", dest="other", choices=sorted(OTHERS), help="measure this scanner, too")
    parser.add_argument("--svg", metavar="FILE", help="draw a chart into this file")
    parser.add_argument("--title", metavar="NAME", help="the repository's name in the chart (default: its folder's)")
    parser.add_argument("--json", metavar="FILE", help="write all numbers to this file, too")
    return parser.parse_args()


# ---- Cuts -------------------------------------------------------------------------------------------------------


def make_cuts(source: Path, scratch: Path) -> list:
    """Takes the repository and a folder for the cuts, and gives a list of (path, Cut), the smallest first."""
    commits = measure.git("rev-list", "--topo-order", "--reverse", "HEAD", at=source).splitlines()
    if len(commits) < EIGHTHS[-1]:
        raise Failure(f"{source} has {len(commits)} commits only; take a repository with {EIGHTHS[-1]} or more.")
    made = []
    for eighths in EIGHTHS:
        measure.say(f"cutting at {eighths}/8")
        path = scratch / f"cut-{eighths}"
        make_cut(source, commits[len(commits) * eighths // 8 - 1], path)
        # Commits of branches that were merged later are not in a cut, so it has fewer than its place in the order.
        count = int(measure.git("rev-list", "--count", "main", at=path))
        made.append((path, Cut(commits=count, pack_bytes=sum(pack.stat().st_size for pack in packs(path)))))
    return made


def make_cut(source: Path, commit: str, path: Path) -> None:
    """Takes the repository and a commit, and makes a bare repository at `path` with all that the commit reaches."""
    measure.git("init", "--quiet", "--bare", "--initial-branch=main", path)
    # A fetch takes over the deltas of the source's packs. The commit may be no branch's tip: the sending side must
    # allow that. It is told on its command line, as git keeps settings in the environment from the other side.
    send = "git -c uploadpack.allowAnySHA1InWant=true upload-pack"
    # Without the limit of 1 git would unpack a small fetch into single files.
    settings = ["fetch.unpackLimit=1", "gc.auto=0", "maintenance.auto=false"]
    options = ["--quiet", "--no-tags", f"--upload-pack={send}"]
    address = "file://" + urllib.parse.quote(str(source))
    try:
        measure.git("fetch", *options, address, f"{commit}:refs/heads/main", at=path, settings=settings)
    except Failure as failure:
        raise Failure(f"{failure} (if objects are missing, take a full clone: `git clone --mirror URL`)") from None
    loose = measure.git("count-objects", at=path).split()[0]
    if len(packs(path)) != 1 or loose != "0":
        made = f"{len(packs(path))} packs and {loose} loose objects"
        raise Failure(f"git made {made} of a cut instead of one pack; check git's settings for fetch.")


def packs(path: Path) -> list:
    """Takes a bare repository and gives the paths of its packs."""
    return list((path / "objects" / "pack").glob("*.pack"))


def measure_round(number: int, made: list, chosen: dict, scratch: Path) -> None:
    """Takes the cuts and the scanners' programs, and adds one run of each scanner on each cut."""
    for path, cut in made:
        for name, program in chosen.items():
            try:
                run, report = measure.scan(name, program, path, True, scratch)
            except Failure as failure:
                what = f"{name} failed on the cut of {cut.commits:,} commits ({failure})"
                raise Failure(f"{what}; run it alone to see more.") from None
            if report.incomplete:
                # A broken archive in some commit is no matter here; in a clone with holes the times mean nothing.
                measure.say(f"{name}: {report.incomplete}; a clone with holes measures nothing")
            cut.cpu.setdefault(name, []).append(run.cpu)
            measure.say(f"round {number}, {cut.commits:,} commits, {name}: {run.cpu:.2f} s CPU")
            if name == "straykey":
                cut.objects = report.scanned["objects"]
                cut.inflated_bytes = report.scanned["object_bytes"]


# ---- Results ----------------------------------------------------------------------------------------------------


MEANING = (
    "CPU: user and system, median (least-most). Pack: the bytes of the one pack file. Inflated: the bytes of all "
    "objects as git shows them. 1 MB is 1,000,000 bytes, 1 GB is 1,000 MB."
)


def median(cut: Cut, name: str = "straykey") -> float:
    """Takes a cut and gives the median of a scanner's CPU seconds on it."""
    return statistics.median(cut.cpu[name])


def per_pack(cut: Cut) -> float:
    """Takes a cut and gives straykey's CPU seconds for each MB of the pack."""
    return median(cut) / (cut.pack_bytes / 1e6)


def per_inflated(cut: Cut) -> float:
    """Takes a cut and gives straykey's CPU seconds for each GB inflated."""
    return median(cut) / (cut.inflated_bytes / 1e9)


def table(cuts: list, names: list) -> str:
    """Takes the measured cuts and gives a Markdown table."""
    headings = ["commits", "objects", "pack MB", "inflated MB"]
    headings += ["straykey CPU s", "s per pack MB", "s per inflated GB"]
    others = [name for name in names if name != "straykey"]
    rows = []
    for cut in cuts:
        row = [f"{cut.commits:,}", f"{cut.objects:,}"]
        row += [f"{cut.pack_bytes / 1e6:.1f}", f"{cut.inflated_bytes / 1e6:,.0f}"]
        row += [measure.spread(cut.cpu["straykey"]), f"{per_pack(cut):.4f}", f"{per_inflated(cut):.2f}"]
        for name in others:
            row += [measure.spread(cut.cpu[name]), f"{median(cut, name) / median(cut):.2f}"]
        rows.append(row)
    for name in others:
        headings += [f"{name} CPU s", "to straykey"]
    return measure.table(headings, rows)


def draw(cuts: list, names: list, title: str, rounds: int) -> str:
    """Takes the measured cuts and gives the chart as SVG text."""
    commits = [cut.commits for cut in cuts]
    above = chart.Panel(
        heading="CPU seconds (user and system) to scan the history",
        series=[chart.Series(name, [median(cut, name) for cut in cuts], unit=" s") for name in names],
    )
    by_pack = ends(cuts, per_pack, 3, "s/MB")
    by_inflated = ends(cuts, per_inflated, 2, "s/GB")
    below = chart.Panel(
        heading="straykey's CPU seconds per byte, smallest cut = 1",
        series=[
            chart.Series("per pack MB", relative(cuts, per_pack), "pack", by_pack),
            chart.Series("per inflated GB", relative(cuts, per_inflated), "inflated", by_inflated),
        ],
    )
    spans = "; ".join(f"{name} {median(cuts[0], name):.2f} s to {median(cuts[-1], name):.2f} s" for name in names)
    described = (
        f"Line chart over {commits[0]:,} to {commits[-1]:,} commits. CPU seconds: {spans}. From the smallest cut to "
        f"all commits, straykey's CPU seconds per pack MB go from {by_pack}, per inflated GB from {by_inflated}."
    )
    heading = f"Cost against size: {title}"
    below_title = f"Cut at 1/8, 1/4, 1/2 and all commits; {'one run' if rounds == 1 else f'median of {rounds} runs'}"
    return chart.svg(heading, below_title, described, commits, "commits", [above, below])


def relative(cuts: list, cost) -> list:
    """Takes the cuts and a function of one, and gives its values in relation to that of the smallest cut."""
    return [cost(cut) / cost(cuts[0]) for cut in cuts]


def ends(cuts: list, cost, digits: int, unit: str) -> str:
    """Takes the cuts and a function of one, and gives its first and last value in words."""
    return f"{cost(cuts[0]):.{digits}f} to {cost(cuts[-1]):.{digits}f} {unit}"


if __name__ == "__main__":
    measure.run_main(main)
