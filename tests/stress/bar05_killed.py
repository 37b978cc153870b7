"""Bar 5: writers killed at every step and at random moments."""

import io
import os
import random
import shutil
import signal
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

from lsh_engine.core import files, growing_array, journal

from .bars import Figure
from .stand_in import Outcome, Writer, forked, note, orphans, prepare, writers

TITLE = "Atomic database"
BAR = "kill -9 at least 200 times over build, add, remove and save: every one opens as exactly the old or the new"
RANDOM_KILLS = 12  # a writer, besides one at each step
MOST_STEPS = 60  # of a writer; of longer ones every second, third ... step


class Counted(io.RawIOBase):
    """A file whose writes are two steps each: half of the bytes, all of them."""

    def __init__(self, path: Path, mode: str, step: Callable[[], None]):
        self.file, self.step = io.FileIO(path, mode), step

    def writable(self) -> bool:
        return True

    def fileno(self) -> int:
        return self.file.fileno()

    def seek(self, place: int, whence: int = 0) -> int:
        return self.file.seek(place, whence)

    def truncate(self, size: int | None = None) -> int:
        return self.file.truncate(size)

    def write(self, data) -> int:
        data = memoryview(data).cast("B")
        for part in (data[: len(data) // 2], data[len(data) // 2 :]):
            self.file.write(part)
            self.step()
        return len(data)

    def close(self) -> None:
        self.file.close()
        super().close()


def with_steps(step: Callable[[], None]) -> None:
    """Call `step` after every write of half a block, flush, rename and removal from now on, in this process."""

    def stepping(true: Callable, *arguments, **options):
        done = true(*arguments, **options)
        step()
        return done

    for name in ("fsync", "replace", "unlink", "rmdir"):
        setattr(os, name, partial(stepping, getattr(os, name)))

    def counting(path: Path, mode: str) -> io.RawIOBase:
        return io.FileIO(path, mode) if mode == "rb" else Counted(path, mode, step)

    files.open = journal.open = growing_array.open = counting


def counted(work: Callable[[], None]) -> int:
    """Steps that `work` takes."""
    steps = []
    with_steps(lambda: steps.append(1))
    work()
    return len(steps)


def dying_at(number: int, work: Callable[[], None]) -> None:
    """`work`, killed after its step with this number."""
    left = [number]

    def step() -> None:
        left[0] -= 1
        if not left[0]:
            os.kill(os.getpid(), signal.SIGKILL)

    with_steps(step)
    work()


def dying_after(seconds: float, work: Callable[[], None]) -> None:
    """`work`, killed by the clock."""
    signal.signal(signal.SIGALRM, lambda *_: os.kill(os.getpid(), signal.SIGKILL))
    signal.setitimer(signal.ITIMER_REAL, seconds)
    work()


def afterwards(writer: Writer, root: Path) -> dict:
    """What the next reader finds; what there is when the writer has run again; what is left after one more save."""
    found = writer.state(root)
    writer.write(root)
    finished = writer.state(root)
    writer.again(root)
    return {"found": found, "finished": finished, "orphans": orphans(root)}


def judge(killed: Outcome, after: Outcome, states: tuple) -> str | None:
    """What is wrong after a kill; None if nothing is."""
    if killed.kind not in ("killed", "done"):  # done: the clock came too late
        return f"the writer {killed.kind}: {killed.value}"
    if after.kind != "done":
        return f"afterwards {after.kind}: {after.value}"
    if after.value["found"] not in states:
        return "neither the old nor the new generation"
    if after.value["finished"] != states[1]:
        return "the next run did not finish the work"
    return f"left behind: {after.value['orphans'][:3]}" if after.value["orphans"] else None


def deaths(name: str, n_steps: int, seconds: float) -> list[Callable]:
    """Ways for a writer to die: at its steps, and at random moments of the time it takes."""
    chance = random.Random(name)
    steps = range(1, n_steps + 1, -(-n_steps // MOST_STEPS))
    moments = [chance.uniform(0.001, seconds) for _ in range(RANDOM_KILLS)]
    return [partial(dying_at, n) for n in steps] + [partial(dying_after, moment) for moment in moments]


def attacked(writer: Writer, work: Path) -> tuple[int, list[str]]:
    """(kills, what was wrong after them)."""
    whole, write = writer.copied(work / "whole"), writer.write
    old = forked(lambda: writer.before and writer.state(writer.before)).value
    started = time.monotonic()
    n_steps = forked(lambda: counted(partial(write, whole))).value
    seconds = time.monotonic() - started
    new = forked(lambda: writer.state(whole)).value
    shutil.rmtree(whole)
    if not isinstance(n_steps, int) or new in (None, old):
        return 0, [f"{writer.name} did not run: {n_steps}"]
    kills, wrong = 0, []
    for death in deaths(writer.name, n_steps, seconds):
        root = writer.copied(work / "victim")
        killed = forked(partial(death, partial(write, root)))
        after = forked(partial(afterwards, writer, root))
        kills += killed.kind == "killed"
        if problem := judge(killed, after, (old, new)):
            wrong.append(f"{writer.name}: {problem}")
        shutil.rmtree(root, ignore_errors=True)
    note(f"{writer.name}: {n_steps} steps, {kills} kills, {wrong}")
    return kills, wrong


def measure(work: Path) -> Figure:
    prepare()
    outcomes = {writer.name: attacked(writer, work) for writer in writers(work)}
    kills, wrong = (sum(parts, type(parts[0])()) for parts in zip(*outcomes.values(), strict=True))
    each = ", ".join(f"{name} {n}" for name, (n, _) in outcomes.items())
    text = f"{kills - len(wrong)} of {kills} kills ({each}) left the old or the new, no orphan, and work that went on"
    return Figure(kills >= 200 and not wrong, text + (f"; first: {wrong[0]}" if wrong else ""))
