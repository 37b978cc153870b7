"""Bar 8: readers and a writer at one database at the same time."""

import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import filelock
import numpy as np
import small_photos

from lsh_engine import DatabaseError, RetrievalEngine, SearchSettings
from lsh_engine.describe.describer import QueryDescriptors

from .bars import Figure
from .stand_in import DIM, forked, prepare, started, unit_rows

TITLE = "Readers beside a writer"
BAR = "8 readers, 50 adds: every answer is the exact one of a generation, 0 exceptions; a second writer is told at once"
N_READERS, N_ADDS, N_FIRST = 8, 50, 4
PACE = 0.2  # seconds between two adds at least
BREATH = 0.02  # seconds between two questions of a reader
SETTINGS = SearchSettings(delta=1.3)
QUERIES = unit_rows(8, 5)
AT_ONCE = 2.0  # seconds


class Reader:
    """Opens the database again and again and asks it, while `writing`. Answers: images -> answers seen then."""

    def __init__(self, root: Path, writing: threading.Event):
        self.root, self.writing, self.answers, self.problems = root, writing, [], []

    def read(self) -> None:
        try:
            engine = RetrievalEngine.open(self.root)
            for n in range(10**6):
                if not self.writing.is_set() and n > 5:
                    return
                if n % 7 == 6:  # in between it keeps what it opened, however old
                    engine = RetrievalEngine.open(self.root)
                self._ask(engine, n % len(QUERIES))
        except Exception as error:  # whatever it is, it is what this bar looks for
            self.problems.append(repr(error))

    def _ask(self, engine: RetrievalEngine, query: int) -> None:
        described = QueryDescriptors(QUERIES[query][None], (1.0,))
        report = engine.search(described, SETTINGS)
        exact, found = report.exhaustive, report.lsh
        engine.thumbnail(engine.n_images - 1)
        time.sleep(BREATH)
        self.answers.append((engine.n_images, query, angles_of(exact), angles_of(found)))


def angles_of(answer) -> dict[int, float]:
    return {match.image_id: match.angle for match in answer.matches}


def exact_answer(vectors: np.ndarray, n_patches: int, n_images: int, query: int) -> np.ndarray:
    """Least angle of each of the first images: (n_images,) float64, in plain NumPy."""
    cosines = vectors[: n_images * n_patches].astype(np.float64) @ QUERIES[query].astype(np.float64)
    return np.arccos(np.clip(cosines, -1, 1)).reshape(n_images, n_patches).min(axis=1)


def is_exact(answer: dict[int, float], truth: np.ndarray, subset: bool = False) -> bool:
    """Whether the answer is all within delta (a subset: some of it), and each angle the true one."""
    sure = set(np.flatnonzero(truth < SETTINGS.delta - 1e-5).tolist())
    allowed = set(np.flatnonzero(truth < SETTINGS.delta + 1e-5).tolist())
    complete = subset or sure <= answer.keys()
    return complete and answer.keys() <= allowed and all(abs(truth[i] - angle) < 1e-5 for i, angle in answer.items())


def write(root: Path, folders: list[Path]) -> None:
    engine = RetrievalEngine.open(root)
    for folder in folders:
        began = time.monotonic()
        engine.add(folder)
        time.sleep(max(0.0, PACE - (time.monotonic() - began)))


def second_writer(root: Path, folder: Path) -> tuple[str, float]:
    """(what a second writer is told while another holds the database, seconds it had to wait for it)."""
    (root / ".writer").write_text("4711")
    with filelock.FileLock(root / ".lock"):
        began = time.monotonic()
        try:
            RetrievalEngine.build(folder, root, "tiny")
        except DatabaseError as error:
            return str(error), time.monotonic() - began
    return "nothing", 0.0


def measure(work: Path) -> Figure:
    prepare()
    root, first = work / "a.db", small_photos.write_photos(work / "first", range(N_FIRST))
    folders = [small_photos.write_photos(work / f"more{i}", [100 + i]) for i in range(N_ADDS)]
    forked(lambda: RetrievalEngine.build(first, root, "tiny") and None)
    writing = threading.Event()
    writing.set()
    readers = [Reader(root, writing) for _ in range(N_READERS)]
    began = time.monotonic()
    writer = started(lambda: write(root, folders))  # before there are threads: a fork takes none along
    with ThreadPoolExecutor(N_READERS) as pool:
        done = [pool.submit(reader.read) for reader in readers]
        outcome = writer()
        writing.clear()
        for reading in done:
            reading.result()
    seconds = time.monotonic() - began
    engine = RetrievalEngine.open(root)
    vectors = np.concatenate(engine.collection.store.blocks)
    n_patches = engine.collection.n_patches
    answers = [answer for reader in readers for answer in reader.answers]
    wrong = sum(not right(vectors, n_patches, *answer) for answer in answers)
    problems = [problem for reader in readers for problem in reader.problems]
    generations = len({answer[0] for answer in answers})
    told, waited = second_writer(root, folders[0])
    passed = (
        outcome.kind == "done"
        and engine.n_images == N_FIRST + N_ADDS
        and vectors.shape[1] == DIM
        and not wrong
        and not problems
        and generations > N_ADDS / 2
        and "is busy, held by process 4711" in told
        and waited < AT_ONCE
    )
    text = (
        f"{len(answers) - wrong:,} of {len(answers):,} answers exact, of {generations} generations in {seconds:.0f} s; "
        f"{len(problems)} exceptions; writer {outcome.kind}; a second one waited {waited:.2f} s to hear: {told[:70]}"
    )
    return Figure(passed, text + (f"; first: {problems[0][:200]}" if problems else ""))


def right(vectors: np.ndarray, n_patches: int, n_images: int, query: int, exact: dict, found: dict) -> bool:
    truth = exact_answer(vectors, n_patches, n_images, query)
    return is_exact(exact, truth) and is_exact(found, truth, subset=True)
