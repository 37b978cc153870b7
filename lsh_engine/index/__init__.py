"""Indexes of unit vectors under one contract: see `base`."""

from .contract import Hits, VectorIndex
from .exhaustive import ExhaustiveIndex
from .lsh.hyperplane_lsh import HyperplaneLSH, warm_up

__all__ = ["ExhaustiveIndex", "Hits", "HyperplaneLSH", "VectorIndex", "warm_up"]
