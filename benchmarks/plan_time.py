"""How long a first plan takes at each delta, and automatic against the scan: python -m benchmarks.plan_time [DB]

Both answer the same queries in turns, at four vectors each as a search asks; a plan is made anew for every question.
"""

from pathlib import Path
from statistics import median
from time import perf_counter
from typing import Annotated

import numpy as np
import typer

from lsh_engine import RetrievalEngine
from lsh_engine.index.lsh import plan, planner
from lsh_engine.index.lsh.hyperplane_lsh import warm_up

DEMO = Path(__file__).resolve().parent.parent / "assets" / "demo.db"
DELTAS = (0.05, 0.2, 0.4, 0.6, 0.8, 0.9, 1.0, 1.1, 1.2, 1.29, 1.4, 1.5, 1.57)
N_QUERIES = 40


def forget(index) -> None:
    """What was worked out before for any delta."""
    index.snapshot().planner._plans.clear()
    for known in (plan.thresholds, plan._sketch_curve, planner._passes):
        known.cache_clear()


def main(database: Annotated[Path, typer.Argument()] = DEMO) -> None:
    warm_up()
    collection = RetrievalEngine.open(database).collection
    lsh, scan = collection.index("lsh"), collection.index("exhaustive")
    random = np.random.default_rng(0)
    asked = [random.choice(len(collection.store), 4, replace=False) for _ in range(N_QUERIES)]
    print(f"{len(collection.store):,} vectors; medians of {N_QUERIES} queries of 4 vectors, ms")
    print("delta  plan  auto (plan and search)  scan  difference, middle half   taken")
    for delta in DELTAS:
        plans, autos, scans = [], [], []
        for ids in asked:
            vectors = np.array(collection.store.take(ids), np.float32)
            forget(lsh)
            started = perf_counter()
            hits = lsh.range_search_batch(vectors, delta)
            between = perf_counter()
            scan.range_search_batch(vectors, delta)
            autos.append(between - started)
            scans.append(perf_counter() - between)
            plans.append(sum(hit.seconds["plan"] for hit in hits))
        more = np.quantile(np.subtract(autos, scans) * 1e3, (0.25, 0.75))
        taken = lsh.plan(delta, n_queries=4).name
        times = "  ".join(f"{1e3 * median(each):6.2f}" for each in (plans, autos, scans))
        print(f"{delta:.2f} {times}   {more[0]:+.2f} .. {more[1]:+.2f}   {taken}")


if __name__ == "__main__":
    typer.run(main)
