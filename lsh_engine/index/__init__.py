"""Indexes of unit vectors under one contract: see `contract`, and `registry` for the kinds there are."""

from .contract import Card, Index
from .exhaustive import ExhaustiveIndex
from .hits import Details, Hits
from .lsh.hyperplane_lsh import HyperplaneLSH, warm_up
from .registry import kind, kinds
from .store import VectorStore

__all__ = [
    "Card",
    "Details",
    "ExhaustiveIndex",
    "Hits",
    "HyperplaneLSH",
    "Index",
    "VectorStore",
    "kind",
    "kinds",
    "warm_up",
]
