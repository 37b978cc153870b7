"""Bar 7: writers on a disk that is full, a file that may not grow, a folder that may not be written to."""

import json
import os
import resource
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path

from . import ROOT
from .bars import Figure
from .stand_in import Outcome, Writer, forked, prepare, writers

TITLE = "Full disk, read-only folder"
BAR = "20 file size limits, a small disk and a read-only one: a clear error and the old database intact, 20 of 20"
N_LIMITS = 5  # a writer, and there are four
N_DISKS = 5
ROOM = 64  # KiB a disk has left at most


def limited(size: int, work: Callable[[], None]) -> None:
    """`work` with no file allowed beyond `size` bytes."""
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, size))
    work()


def judge(writer: Writer, root: Path, outcome: Outcome, old: str | None) -> str | None:
    """What is wrong after a writer that could not write; None if nothing is."""
    clear = outcome.kind == "refused" and any(hint in outcome.value for hint in ("free some space", "choose another"))
    if not clear:
        return f"{writer.name} {outcome.kind}: {outcome.value}"
    found = forked(partial(writer.state, root))
    return None if found == Outcome("done", old) else f"{writer.name} left {found.kind}: {found.value}"


def files_of(root: Path) -> list[Path]:
    return [path for path in root.rglob("*") if path.is_file()]


def with_limits(writer: Writer, work: Path) -> list[str | None]:
    """What went wrong at each of N_LIMITS limits below the largest file that the writer makes."""
    whole = writer.copied(work / "whole")
    before = {path.name for path in files_of(whole)} if writer.before else set()
    old = forked(lambda: writer.before and writer.state(writer.before)).value
    forked(partial(writer.write, whole))
    new = forked(partial(writer.state, whole)).value
    largest = max(path.stat().st_size for path in files_of(whole) if path.name not in before)
    problems = []
    for i in range(N_LIMITS):
        root = writer.copied(work / "victim")
        outcome = forked(partial(limited, int(largest ** (i / N_LIMITS)), partial(writer.write, root)))
        problem = judge(writer, root, outcome, old)
        if not problem:
            forked(partial(writer.write, root))
            problem = None if forked(partial(writer.state, root)).value == new else f"{writer.name} did not go on"
        problems.append(problem)
        shutil.rmtree(root, ignore_errors=True)
    shutil.rmtree(whole)
    return problems


def mount(*arguments: str) -> None:
    subprocess.run(["mount", *arguments], check=True, capture_output=True)


def with_disks(writer: Writer, work: Path) -> list[str | None]:
    """What went wrong on disks with little room left, the last of them read-only."""
    disk, problems = work / "victim", []
    disk.mkdir(exist_ok=True)
    old = forked(lambda: writer.before and writer.state(writer.before)).value
    for i in range(N_DISKS + 1):
        mount("-t", "tmpfs", "-o", "size=64m", "none", str(disk))
        try:
            writer.copied(disk)
            if i < N_DISKS:
                used = shutil.disk_usage(disk).used // 1024
                mount("-o", f"remount,size={used + 4 + ROOM * i // N_DISKS}k", str(disk))
            else:
                mount("-o", "remount,ro", str(disk))
            outcome = forked(partial(writer.write, disk))
            problems.append(judge(writer, disk, outcome, old))
        finally:
            subprocess.run(["umount", "--lazy", str(disk)], check=True)
    return problems


def small_disks(work: Path) -> list[str | None] | None:
    """What went wrong on small and read-only disks; None where this user may not mount any."""
    (work / "own").mkdir()
    private = ["unshare", "--mount", *([] if os.getuid() == 0 else ["--map-root-user"])]
    trial = [*private, "mount", "-t", "tmpfs", "none", str(work / "own")]
    if not shutil.which("unshare") or subprocess.run(trial, capture_output=True).returncode:
        return None
    command = [*private, sys.executable, "-m", __spec__.name, str(work / "own")]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    return json.loads(done.stdout) if not done.returncode else [f"small disks: {done.stderr.strip()[-200:]}"]


def measure(work: Path) -> Figure:
    prepare()
    limits = [problem for writer in writers(work) for problem in with_limits(writer, work)]
    text = f"{limits.count(None)} of {len(limits)} file size limits"
    wrong = [problem for problem in limits if problem]
    if (disks := small_disks(work)) is None:
        text += "; small and read-only disks not tried: no mount namespaces here"
    else:
        wrong += [problem for problem in disks if problem]
        text += f", {disks.count(None)} of {len(disks)} disks that were full or read-only"
    return Figure(not wrong, f"{text}: clear error, old state intact" + (f"; first: {wrong[0]}" if wrong else ""))


if __name__ == "__main__":  # in a mount namespace of its own
    prepare()
    here = Path(sys.argv[1])
    print(json.dumps([problem for writer in writers(here) for problem in with_disks(writer, here)]))
