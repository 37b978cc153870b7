"""The command `benchmark`: what to measure on, against whom, and how to tell it."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer

from ..core.bounds import check_delta, check_whole
from ..core.errors import EngineError
from ..core.progress import Progress
from ..evaluation.benchmark_text import Benchmark
from ..evaluation.harness import RECALL_TARGET, measure, missing_peers, peer_names, peers_named
from ..evaluation.machine import machine
from ..evaluation.rows import BenchmarkRow, growth_of, growth_sizes
from ..evaluation.sources import DatabaseSource, FileSource, Source, SyntheticSource
from ..evaluation.synthetic import KINDS
from ..index.lsh.config import PLANS
from .chart_files import check_chart_file, write_chart
from .terminal import interruptible

DEFAULT_VECTORS, DEFAULT_DIM, DEFAULT_KIND = 200_000, 512, "gem"
STOPPED = "stopped; a benchmark keeps nothing, the same command starts it again"
DEFAULT_PLANS = ("auto", "tables")


def benchmark(
    db: Annotated[Path | None, typer.Argument(metavar="DB", help="Database directory. [default: made-up]")] = None,
    vectors: Annotated[int | None, typer.Option(help=f"How many to make up. [default: {DEFAULT_VECTORS}]")] = None,
    dim: Annotated[int | None, typer.Option(help=f"Their dimension. [default: {DEFAULT_DIM}]")] = None,
    kind: Annotated[str | None, typer.Option(help=f"{' or '.join(KINDS)}. [default: {DEFAULT_KIND}]")] = None,
    data: Annotated[Path | None, typer.Option(help="A .npy file of vectors instead, (n, d) floats.")] = None,
    delta: Annotated[list[float] | None, typer.Option(help="Radians; may be given again. [default: by data]")] = None,
    queries: Annotated[int, typer.Option(help="How many queries to measure with.")] = 100,
    plan: Annotated[
        list[str] | None, typer.Option(help=f"{', '.join(PLANS)}; may be given again. [default: auto and tables]")
    ] = None,
    peers: Annotated[str, typer.Option(help=f"Others to compare with, of {','.join(peer_names())}.")] = "",
    growth: Annotated[bool, typer.Option("--growth", help="Smaller sets, too: how time grows.")] = False,
    warm: Annotated[bool, typer.Option("--warm", help="Leave the CPU caches as they are between calls.")] = False,
    plot: Annotated[Path | None, typer.Option(help="Write a chart, .png or .svg.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """Time LSH against the exhaustive scan and other libraries, query by query, on one thread."""
    others = tuple(dict.fromkeys(name.strip() for name in peers.split(",") if name.strip()))
    plans = tuple(dict.fromkeys(plan or DEFAULT_PLANS))
    check_choices(plans, others, delta or (), queries, plot)
    with interruptible(STOPPED, " steps") as progress:
        source = open_source(db, data, vectors, dim, kind, queries)
        done = run(source, tuple(dict.fromkeys(delta or source.deltas)), plans, others, growth, warm, progress)
    if plot:
        from lookalike_charts import benchmark_drawing

        write_chart(benchmark_drawing(done.to_dict(), RECALL_TARGET), plot)
    typer.echo(json.dumps(done.to_dict()) if as_json else done.to_text())


def check_choices(
    plans: Sequence[str], peers: Sequence[str], deltas: Sequence[float], queries: int, plot: Path | None
) -> None:
    """EngineError for what can be refused before minutes of work."""
    for name in plans:
        if name not in PLANS:
            raise EngineError(f"plan must be one of {', '.join(PLANS)}, got {name!r:.40}")
    for value in deltas:
        check_delta(value)
    peers_named(peers)
    check_whole("number of queries", queries, 1, 100_000)
    if plot:
        check_chart_file(plot)


def open_source(
    db: Path | None, data: Path | None, vectors: int | None, dim: int | None, kind: str | None, queries: int
) -> Source:
    """The one source the arguments name."""
    made_up = [f"--{name}" for name, value in (("vectors", vectors), ("dim", dim), ("kind", kind)) if value is not None]
    given = [*(["a database"] if db is not None else []), *(["--data"] if data is not None else []), *made_up[:1]]
    if len(given) > 1:
        raise EngineError(f"choose one kind of vectors: {' and '.join(given)} exclude each other")
    if db is not None:
        return DatabaseSource(db, queries)
    if data is not None:
        return FileSource(data, queries)
    return SyntheticSource(
        kind or DEFAULT_KIND,
        DEFAULT_VECTORS if vectors is None else vectors,
        DEFAULT_DIM if dim is None else dim,
        queries,
    )


def run(
    source: Source,
    deltas: Sequence[float],
    plans: Sequence[str],
    peers: Sequence[str],
    growth: bool,
    warm: bool,
    progress: Progress,
) -> Benchmark:
    """Measure at the full size, and at the smaller ones where growth is asked for: the smallest first."""
    sizes = growth_sizes(source.n) if growth else [source.n]
    rows: list[BenchmarkRow] = []
    for n in sizes:
        progress(0, 1, f"{n:,} vectors")
        dataset = source.dataset(n)
        rows += measure(dataset, deltas, plans, peers, warm=warm, extras=n == source.n, progress=progress)
    full = [row for row in rows if row.n_vectors == source.n]
    return Benchmark(machine(), dataset.facts(deltas), warm, full, growth_of(rows), missing_peers(peers))
