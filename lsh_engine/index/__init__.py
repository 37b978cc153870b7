"""Indexes of unit vectors under one contract: see `contract`, and `registry` for the kinds there are."""

from .contract import Details, Hits, Index
from .exhaustive import ExhaustiveIndex
from .lsh.hyperplane_lsh import HyperplaneLSH, warm_up
from .registry import Card, kind, kinds
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
