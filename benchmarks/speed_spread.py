"""How steady is the told speed-up? One crop of the demo gallery is asked often, and then as many different ones.

    python -m benchmarks.speed_spread [--n 50]

"quicker of two" is what a report told before methods took turns.
"""

import argparse
from collections.abc import Iterable

import numpy as np

from benchmarks.boxed_photos import Gallery
from lsh_engine import SCALES, QueryDescriptors, RetrievalEngine, SearchSettings, warm_up


def quicker_of_two(engine: RetrievalEngine, described: QueryDescriptors, delta: float) -> float:
    """Exhaustive time over LSH's by the clock, each the quicker of two runs in a row."""
    seconds = {}
    for name in ("lsh", "exhaustive"):
        index = engine.collection.index(name)
        runs = [index.range_search_batch(described.vectors, delta) for _ in range(2)]
        seconds[name] = min(sum(sum(hit.seconds.values()) for hit in run) for run in runs)
    return seconds["exhaustive"] / seconds["lsh"]


def spread(engine: RetrievalEngine, crops: Iterable[QueryDescriptors], name: str) -> None:
    """Print how far the ratios of these questions lie apart, told in either way."""
    settings = SearchSettings(delta=engine.presets["same kind"])
    told: dict[str, list[float]] = {"quicker of two": [], "paired runs": []}
    for described in crops:
        told["quicker of two"].append(quicker_of_two(engine, described, settings.delta))
        told["paired runs"].append(engine.search(described, settings, warm=True).speed_up)
    for way, ratios in told.items():
        least, low, middle, high, most = np.quantile(ratios, (0, 0.25, 0.5, 0.75, 1))
        print(f"{name}, {way}: {least:.1f}x to {most:.1f}x, half {low:.1f}x to {high:.1f}x, median {middle:.1f}x")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--n", type=int, default=50, help="questions")
    n = parser.parse_args().n
    gallery = Gallery()
    engine = gallery.engine(None)
    warm_up(engine)
    ids = {engine.path(i): i for i in range(engine.n_images)}
    queries = gallery.queries()
    queries = queries[:: max(1, len(queries) // n)][:n]
    crops = (engine.describe(engine.photo(ids[query.path]), query.box, SCALES["default"]) for query in queries)
    first = next(crops)
    spread(engine, [first] * n, f"one crop {n} times")
    spread(engine, [first, *crops], f"{len(queries)} crops")


if __name__ == "__main__":
    main()
