#!/usr/bin/env python3
"""CPU time of the hook before a commit of 50 files in a repository of 20,000.

    tests/bench/hook.py [PROGRAM] [--rounds N] [--limit MS] [--files N] [--staged N] -- WORDS...

PROGRAM is a release build (default: target/release/straykey); WORDS default to `hook pre-commit`. The repository is made
anew, with a fixed seed, and packed, as after a clone. CPU is user and system time of the program and all that it starts, wall is
told beside. The exit code is 1 if the median CPU time is above the limit (default: 60 ms).
"""

import argparse
import pathlib
import random
import resource
import statistics
import subprocess
import sys
import tempfile
import time

NAMES = "alpha beta gamma delta config server client handler model view util parse render store index cache queue worker".split()


def lines(chance, count):
    """Code of no meaning, with a number on every second line so that no two files are the same."""
    for number in range(count):
        yield f"def {chance.choice(NAMES)}_{number}(self, x):\n    return self.{chance.choice(NAMES)}(x, {chance.random()})\n"


def git(repository, *words):
    # Housekeeping that git begins by itself would be in the way of the one that is asked for.
    settings = ["user.name=Ada", "user.email=ada@acme.example", "core.hooksPath=/dev/null", "gc.auto=0"]
    options = [word for setting in settings for word in ("-c", setting)]
    subprocess.run(["git", "-C", repository, *options, *words], check=True, stdout=subprocess.DEVNULL)


def make(repository, files, staged):
    chance = random.Random(1)
    git(repository, "init", "--quiet")
    paths = []
    for number in range(files):
        names = [NAMES[number // step % len(NAMES)] + str(number // step) for step in (1000, 50, 10)]
        path = repository.joinpath(*names, f"{NAMES[number % len(NAMES)]}{number}.py")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("".join(lines(chance, 60)))
        paths.append(path)
    git(repository, "add", "--all")
    git(repository, "commit", "--quiet", "--message", "All")
    git(repository, "gc", "--quiet")
    for path in chance.sample(paths, staged):
        with path.open("a") as file:
            file.write("".join(lines(chance, 20)))
    git(repository, "add", "--all")


def measure(command, repository):
    before, start = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    run = subprocess.run(command, cwd=repository, capture_output=True, text=True)
    after, wall = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter() - start
    if run.returncode != 0:
        sys.exit(f"{command} ended with {run.returncode}:\n{run.stdout}{run.stderr}")
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return cpu * 1000, wall * 1000


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    default = pathlib.Path(__file__).parents[2] / "target/release/straykey"
    parser.add_argument("program", nargs="?", default=default, type=pathlib.Path)
    parser.add_argument("words", nargs="*", default=["hook", "pre-commit"])
    parser.add_argument("--rounds", type=int, default=15)
    parser.add_argument("--limit", type=float, default=60)
    parser.add_argument("--files", type=int, default=20_000)
    parser.add_argument("--staged", type=int, default=50)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        repository = pathlib.Path(folder)
        make(repository, given.files, given.staged)
        command = [given.program.resolve(), *given.words]
        measure(command, repository)
        rounds = [measure(command, repository) for _ in range(given.rounds)]
    for name, values in zip(("CPU", "wall"), zip(*rounds)):
        print(f"{name}: median {statistics.median(values):.1f} ms, from {min(values):.1f} to {max(values):.1f} ms in {len(values)} rounds")
    return int(statistics.median(cpu for cpu, _ in rounds) > given.limit)


if __name__ == "__main__":
    sys.exit(main())
