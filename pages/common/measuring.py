"""A measurement that goes on in the background: its page may be left, and finds the result when it is opened again."""

import threading
from collections.abc import Callable
from typing import Any

import streamlit as st

from lsh_engine import EngineError

EVERY = 0.5  # seconds between two looks
AT_ONCE = 0.2  # seconds: what is done by then shows no progress


class Measuring:
    """work(progress) -> result, in a thread of its own. progress(done, total) is called as it goes on."""

    def __init__(self, work: Callable[[Callable[[int, int], None]], Any]) -> None:
        self.done, self.total = 0, 1
        self.result: Any = None
        self.problem: EngineError | None = None
        self._thread = threading.Thread(target=self._run, args=(work,), name="lookalike-measuring", daemon=True)
        self._thread.start()

    def _run(self, work: Callable[[Callable[[int, int], None]], Any]) -> None:
        try:
            self.result = work(self._progress)
        except EngineError as error:
            self.problem = error
        except Exception:  # the page has to say something
            self.problem = EngineError("the measurement failed: try it again, or try another crop")
            raise

    def _progress(self, done: int, total: int) -> None:
        self.done, self.total = done, total

    def over(self, wait: float = 0.0) -> bool:
        self._thread.join(wait)
        return not self._thread.is_alive()


def watch(measuring: Measuring, text: str) -> bool:
    """Whether it is over; until then its progress is drawn, and the page runs again at the end. text: what is counted,
    such as "Describing picture".
    """
    if measuring.over(AT_ONCE):
        return True

    @st.fragment(run_every=EVERY)
    def progress() -> None:
        if measuring.over():
            st.rerun()
        done, total = measuring.done, measuring.total
        part = f"{text} {min(done + 1, total)} of {total}"
        st.progress(done / max(1, total), f"{part}. You may leave the page meanwhile.")

    progress()
    return False
