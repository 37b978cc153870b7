"""Indexes of unit vectors under one contract: see `base`."""

from .base import Hits, VectorIndex
from .exhaustive import ExhaustiveIndex
from .hyperplane_lsh import HyperplaneLSH

__all__ = ["ExhaustiveIndex", "Hits", "HyperplaneLSH", "VectorIndex"]
