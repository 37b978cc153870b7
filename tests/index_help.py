"""What several tests of the index need: an index in one line, codes bit by bit, and answers compared."""

import numpy as np

from lsh_engine.index import ExhaustiveIndex, Hits, HyperplaneLSH, Index
from lsh_engine.index.lsh.config import LSHConfig


def lsh(*parts: np.ndarray, **config) -> HyperplaneLSH:
    """An index with `parts` added one after the other, each hashed before the next comes."""
    index = HyperplaneLSH(LSHConfig(**config))
    for part in parts:
        index.add(part)
        index.snapshot()
    return index


def exhaustive(vectors: np.ndarray) -> ExhaustiveIndex:
    index = ExhaustiveIndex()
    index.add(vectors)
    return index


def bits_of(codes: np.ndarray, n_bits: int | None = None) -> np.ndarray:
    """(n, c) uint32 -> (n, n_bits) bool, read one bit at a time, the highest first."""
    shifts = np.arange(31, -1, -1, dtype=np.uint32)
    return ((codes[:, :, None] >> shifts) & np.uint32(1)).reshape(len(codes), -1)[:, :n_bits].astype(bool)


def ids_of(hits: Hits) -> set[int]:
    return set(hits.ids.tolist())


def assert_same(a: Hits, b: Hits):
    """Equal to the last bit, and found in the same way."""
    assert np.array_equal(a.ids, b.ids) and np.array_equal(a.angles, b.angles)
    assert (a.plan, a.n_candidates, a.n_vectors, a.details.n_proposed) == (
        b.plan,
        b.n_candidates,
        b.n_vectors,
        b.details.n_proposed,
    )
    assert a.predicted_recall == b.predicted_recall


def chosen(index: Index, plan: str, recall_target: float | None = None) -> dict:
    """Parameters of a search: the exhaustive scan has none."""
    if isinstance(index, ExhaustiveIndex):
        return {}
    return {"plan": plan} | ({} if recall_target is None else {"recall_target": recall_target})
