"""A piece of work in a process of its own, with limits on time and memory, and what it cost."""

import json
import os
import resource
import select
import signal
import time
import traceback
import warnings
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

MEMORY = 4 * 2**30  # bytes of address space a child may gain: the machine's safety, no bar
PATIENCE = 30.0  # seconds before a child is killed


@dataclass(frozen=True)
class Outcome:
    """How a child ended. `cpu` is its processor time, which busy neighbours do not lengthen."""

    status: str  # done, crashed or timed out
    answer: object = None  # what the work returned, through JSON
    error: str | None = None  # type of the exception, where it raised one
    message: str = ""  # str() of it
    cpu: float = 0.0  # seconds
    growth: int = 0  # bytes the resident memory grew at its peak
    warned: int = 0  # warnings that reached the caller


def in_a_child(work: Callable, look: Callable = lambda result: result, patience: float = PATIENCE) -> Outcome:
    """Run `work` in a fork of this process. look: what its result becomes, fit for JSON, once the cost is known."""
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(reading)
        with suppress(BaseException):
            _limit()
            with os.fdopen(writing, "wb") as out:
                out.write(json.dumps(_worked(work, look)).encode())
        os._exit(0)
    os.close(writing)
    with os.fdopen(reading, "rb") as result:
        ready, _, _ = select.select([result], [], [], patience)
        if not ready:
            os.kill(child, signal.SIGKILL)
        told = result.read() if ready else b""
    os.waitpid(child, 0)
    if not ready:
        return Outcome("timed out")
    return Outcome("done", **json.loads(told)) if told else Outcome("crashed")


def in_this_process(work: Callable) -> Outcome:
    """The same without a fork: what `work` returns or raises, and what it costs on top of what is here."""
    return Outcome("done", **_worked(work, lambda result: result))


def _limit() -> None:
    """Also silences standard error: decoders in C write there."""
    pages = int(Path("/proc/self/statm").read_text().split()[0])
    resource.setrlimit(resource.RLIMIT_AS, (pages * resource.getpagesize() + MEMORY,) * 2)
    os.dup2(os.open(os.devnull, os.O_WRONLY), 2)


def _worked(work: Callable, look: Callable) -> dict:
    told: dict = {}
    result, before, start = None, _peak(afresh=True), time.process_time()
    with warnings.catch_warnings(record=True) as warned:
        warnings.simplefilter("always")
        try:
            result = work()
        except SystemExit as end:
            result = end.code
        except BaseException as error:
            told |= {"error": type(error).__name__, "message": str(error) or traceback.format_exc(limit=1)}
    told["cpu"], told["growth"] = time.process_time() - start, _peak() - before
    return told | {"warned": len(warned), "answer": look(result) if "error" not in told else None}


def _peak(afresh: bool = False) -> int:
    """Bytes: the most this process has held, since its start or since the last call that began afresh. Linux."""
    if afresh:
        Path("/proc/self/clear_refs").write_text("5")
    told = Path("/proc/self/status").read_text()
    return int(told.partition("VmHWM:")[2].split()[0]) * 1024
