"""The commands `evaluate ...`: an experiment with a bar, its results as text, JSON, CSV and charts."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import typer

from ..core.bounds import check_whole
from ..core.errors import EngineError
from ..engine import RetrievalEngine
from ..evaluation.box_queries import BoxQuery, read_boxes, run_box_queries, summary, table
from ..evaluation.experiment_settings import FOLDERS, LEAST_SEEDS, SIZES, EvaluationSettings
from ..evaluation.experiment_text import as_text
from ..evaluation.experiments import evaluate_database
from ..evaluation.feedback_queries import N_JUDGED, feedback_summary, feedback_table, run_feedback
from ..evaluation.records import EvaluationRecord, kept_records
from ..evaluation.text_tables import as_csv
from ..evaluation.triplet_distances import N_TRIPLETS, compare_distances, known_distances
from ..evaluation.triplet_distances import as_text as triplets_as_text
from ..index.lsh.config import LSHConfig
from .chart_files import SUFFIXES, made_folder, write_chart, write_file
from .options import AsJson, DatabasePath, Hyperplanes, MovedPhotos, Tables
from .terminal import interruptible

app = typer.Typer(
    help="The sources' experiments on your own photos. Results are kept with the database.",
    no_args_is_help=True,
    rich_markup_mode=None,
)

Delta = Annotated[
    list[float] | None,
    typer.Option(help="Radians; may be given again. [default: source A's and the database's presets]"),
]
Seeds = Annotated[int, typer.Option(help=f"Draws of hyperplanes, {LEAST_SEEDS} or more.")]
Patches = Annotated[
    bool, typer.Option("--patches", help="Ask among all patches at the query scales, not among one vector a photo.")
]
Note = Annotated[str, typer.Option(help="Kept with the results, such as 'random weights'.")]
BoxesFile = Annotated[Path, typer.Argument(metavar="BOXES", help="JSON of photos with boxed, named things.")]
Kinds = Annotated[str | None, typer.Option(help="Only these kinds, with commas between.")]
Csv = Annotated[Path | None, typer.Option(help="Write every table as CSV into this folder.")]
Charts = Annotated[Path | None, typer.Option(help="Write every chart as PNG and SVG into this folder.")]
Dark = Annotated[bool, typer.Option("--dark", help="Charts for a dark page.")]

NOTHING_KEPT = "stopped; this experiment keeps nothing, the same command starts it again"


@app.command("near-duplicates")
def near_duplicates(
    db: DatabasePath,
    sources: Annotated[int | None, typer.Option(help="Photos to ask for. [default: 24]")] = None,
    targets: Annotated[str | None, typer.Option(help="Ask only for photos below a folder of this name.")] = None,
    delta: Delta = None,
    seeds: Seeds = LEAST_SEEDS,
    hyperplanes: Hyperplanes = LSHConfig.n_hyperplanes,
    tables: Tables = LSHConfig.n_tables,
    patches: Patches = False,
    photos: MovedPhotos = None,
    note: Note = "",
    as_json: AsJson = False,
    csv: Csv = None,
    charts: Charts = None,
    dark: Dark = False,
) -> None:
    """Ask photos for their edited copies among nine times as many others: recall by delta, edit and strength."""
    chosen = _common(delta, hyperplanes, tables, sources, note)
    settings = EvaluationSettings(experiment="near-duplicates", seeds=seeds, patches=patches, targets=targets, **chosen)
    _run(db, settings, photos, Output(as_json, csv, charts, dark))


@app.command()
def similar(
    db: DatabasePath,
    labels: Annotated[
        str, typer.Option(help="folders: the innermost one's name; or a CSV file of columns file or path, and label.")
    ] = FOLDERS,
    targets: Annotated[
        str | None, typer.Option(help="Ask only for this label, or for all photos below a folder of this name.")
    ] = None,
    leave_out: Annotated[str, typer.Option(help="Labels that no score counts, with commas between.")] = "",
    queries: Annotated[int | None, typer.Option(help="Photos to ask for. [default: 200]")] = None,
    delta: Delta = None,
    seeds: Seeds = LEAST_SEEDS,
    hyperplanes: Hyperplanes = LSHConfig.n_hyperplanes,
    tables: Tables = LSHConfig.n_tables,
    patches: Patches = False,
    photos: MovedPhotos = None,
    note: Note = "",
    as_json: AsJson = False,
    csv: Csv = None,
    charts: Charts = None,
    dark: Dark = False,
) -> None:
    """Ask labelled photos for their kind: source A's table of recall, precision and accuracy, and mAP@k."""
    chosen = _common(delta, hyperplanes, tables, queries, note)
    chosen["left_out"] = tuple(name for name in leave_out.split(",") if name)
    chosen["labels"] = labels if labels == FOLDERS else str(Path(labels).absolute())
    settings = EvaluationSettings(experiment="similar", seeds=seeds, patches=patches, targets=targets, **chosen)
    _run(db, settings, photos, Output(as_json, csv, charts, dark))


@app.command()
def growth(
    db: DatabasePath,
    size: Annotated[
        list[int] | None,
        typer.Option(help=f"Vectors; may be given again. [default: {', '.join(map(str, SIZES))}]"),
    ] = None,
    queries: Annotated[int | None, typer.Option(help="Vectors to ask for. [default: 100]")] = None,
    delta: Annotated[
        list[float] | None, typer.Option(help="Radians; may be given again. [default: 0.4 and same thing]")
    ] = None,
    hyperplanes: Hyperplanes = LSHConfig.n_hyperplanes,
    tables: Tables = LSHConfig.n_tables,
    note: Note = "",
    as_json: AsJson = False,
    csv: Csv = None,
    charts: Charts = None,
    dark: Dark = False,
) -> None:
    """Time queries against the number of vectors, drawn like the database's own, beside source A's times."""
    chosen = _common(delta, hyperplanes, tables, queries, note)
    settings = EvaluationSettings(experiment="growth", sizes=tuple(size or SIZES), **chosen)
    _run(db, settings, None, Output(as_json, csv, charts, dark), " steps")


@app.command()
def kept(
    db: DatabasePath,
    name: Annotated[str | None, typer.Option(help="Tell this one, as listed.")] = None,
    as_json: AsJson = False,
    csv: Csv = None,
    charts: Charts = None,
    dark: Dark = False,
) -> None:
    """List the results that are kept with a database, or tell one of them again."""
    records = kept_records(db)
    if name is None:
        shown = ("name", "experiment", "current", "ran_on")
        listed = [{field: getattr(one, field) for field in shown} for one in records]
        lines = [
            f"{one.name}  {one.ran_on['asked_among']}{_age(one)}  {one.ran_on['note']}".rstrip() for one in records
        ]
        typer.echo(json.dumps(listed) if as_json else "\n".join(lines) or "there are no results yet")
        return
    found = next((one for one in records if one.name == name), None)
    if found is None:
        raise EngineError(f"no results of the name {name!r:.60} are kept: the command without --name lists them")
    _print_record(found, Output(as_json, csv, charts, dark))


@app.command()
def boxes(
    db: DatabasePath,
    boxes: BoxesFile,
    delta: Annotated[float | None, typer.Option(help="Radians, for the LSH columns. [default: same kind]")] = None,
    kinds: Kinds = None,
    photos: MovedPhotos = None,
    as_json: AsJson = False,
) -> None:
    """Ask for every boxed thing, and tell how many of its kind come first and what LSH missed."""
    engine = RetrievalEngine.open(db, photos)
    asked = _box_queries(boxes, kinds)
    with interruptible(NOTHING_KEPT) as progress:
        figures = run_box_queries(
            engine, asked, engine.presets["same kind"] if delta is None else delta, progress=progress
        )
    typer.echo(json.dumps(summary(figures)) if as_json else table(figures))


@app.command()
def feedback(
    db: DatabasePath,
    boxes: BoxesFile,
    judged: Annotated[int, typer.Option(help="Photos of the first answer that are judged by their labels.")] = N_JUDGED,
    kinds: Kinds = None,
    photos: MovedPhotos = None,
    as_json: AsJson = False,
) -> None:
    """Ask for every boxed thing, judge the first photos, and ask again: P@10 of the others before and after."""
    engine = RetrievalEngine.open(db, photos)
    asked = _box_queries(boxes, kinds)
    with interruptible(NOTHING_KEPT) as progress:
        figures = run_feedback(engine, asked, judged, progress=progress)
    typer.echo(json.dumps(feedback_summary(figures)) if as_json else feedback_table(figures))


@app.command()
def triplets(
    db: DatabasePath,
    labels: Annotated[
        str, typer.Option(help="folders: the innermost one's name; or a CSV file with columns file and label.")
    ] = FOLDERS,
    distance: Annotated[
        str | None, typer.Option(help=f"With commas between, of {', '.join(known_distances())}. [default: all]")
    ] = None,
    n: Annotated[int, typer.Option("--n", help="Triplets to draw.")] = N_TRIPLETS,
    photos: MovedPhotos = None,
    as_json: AsJson = False,
) -> None:
    """Tell photos of one label from others by every distance of source B, on this database's own descriptors.

    The source's are the 4,096 numbers of VGG's fully connected layers: of the networks here, vgg16_fc7 comes nearest.
    """
    settings = EvaluationSettings(experiment="similar", labels=labels)
    check_whole("number of triplets", n, 2, 100_000)
    engine = RetrievalEngine.open(db, photos)
    names = distance.split(",") if distance else []
    with interruptible(NOTHING_KEPT, "") as progress:
        found = compare_distances(engine, settings, names, n, progress)
    typer.echo(json.dumps(found) if as_json else triplets_as_text(found))


@dataclass(frozen=True)
class Output:
    """How a record is printed, and the folders that its tables and charts are written to."""

    as_json: bool
    csv: Path | None
    charts: Path | None
    dark: bool


def _box_queries(file: Path, kinds: str | None) -> list[BoxQuery]:
    """The boxes of a file that are asked for, of these kinds. EngineError where none is left."""
    asked = read_boxes(file)
    wanted = set(kinds.split(",")) if kinds else {query.kind for query in asked}
    asked = [query for query in asked if query.kind in wanted]
    if not asked:
        raise EngineError(f"{file.name} has no box to ask for: expected boxes of at least 40 pixels a side")
    return asked


def _common(delta: list[float] | None, k: int, tables: int, n_queries: int | None, note: str) -> dict[str, Any]:
    """What all experiments are told."""
    found = {"deltas": tuple(delta or ()), "n_hyperplanes": k, "n_tables": tables}
    return found | {"n_queries": n_queries, "note": note}


def _run(db: Path, settings: EvaluationSettings, photos: Path | None, out: Output, unit: str = " queries") -> None:
    for folder in filter(None, (out.csv, out.charts)):  # said before the work, not after
        made_folder(folder)
    with interruptible(unit=unit) as progress:
        record = evaluate_database(db, settings, progress, photos)
    _print_record(record, out)


def _age(record: EvaluationRecord) -> str:
    return "" if record.current else ", before the photos changed"


def _print_record(record: EvaluationRecord, out: Output) -> None:
    if out.csv:
        for name, rows in record.tables.items():
            write_file(made_folder(out.csv) / f"{name}.csv", as_csv(rows).encode())
    if out.charts:
        from lookalike_charts import experiment_drawings

        for name, drawing in experiment_drawings(record).items():
            for suffix in SUFFIXES:
                write_chart(drawing, made_folder(out.charts) / f"{name}{suffix}", out.dark)
    typer.echo(json.dumps(record.to_dict()) if out.as_json else as_text(record))
