"""Paired timings of range search: this index, the exhaustive scan and other libraries, in one process on one thread.

Reading order: sources (what is searched), truth (the exact answers), methods and peers (who is asked), run (asking
and timing), rows (what one asking gives), growth, report and chart (how it is told), command.
"""

from .growth import Growth, growth_of, growth_sizes
from .rows import BenchmarkRow
from .run import benchmark_index, measure
from .sources import Dataset, sample_queries
from .truth import ExactAnswers

__all__ = [
    "BenchmarkRow",
    "Dataset",
    "ExactAnswers",
    "Growth",
    "benchmark_index",
    "growth_of",
    "growth_sizes",
    "measure",
    "sample_queries",
]
