"""Indexes of unit vectors under one contract: see `base`."""

from .base import Hits, VectorIndex
from .exhaustive import ExhaustiveIndex
from .hyperplane_lsh import HyperplaneLSH, warm_up

__all__ = ["ExhaustiveIndex", "Hits", "HyperplaneLSH", "VectorIndex", "warm_up"]
