"""The answer as CSV and JSON."""

import json
import math

from lsh_engine import QueryReport, csv_text

from ..common.question import Question
from ..common.text import one_line

COLUMNS = ("rank", "path", "angle_rad", "cosine", "left", "top", "right", "bottom", "scale", "lsh", "expected")


def as_csv(report: QueryReport) -> str:
    """The exhaustive answer, one match a row; `lsh` says found or missed, `expected` the chance LSH had."""
    missed = {match.image_id for match in report.missed}
    rows = []
    for rank, match in enumerate(report.answers["exhaustive"].matches, 1):
        box = [round(value, 1) for value in match.box]
        hit = "missed" if match.image_id in missed else "found"
        chance = "" if match.found_probability is None else round(match.found_probability, 4)
        angle = [round(match.angle, 6), round(math.cos(match.angle), 6)]
        cells = (rank, match.path, *angle, *box, round(match.scale, 4), hit, chance)
        rows.append(dict(zip(COLUMNS, cells, strict=True)))
    return csv_text(rows, COLUMNS)


def as_json(report: QueryReport, question: Question) -> str:
    """The report as `query --json` prints it, and what was asked."""
    query = {
        "photo": one_line(question.query.name),
        "size": question.query.size,
        "box": question.crop.box,
        "more": [{"box": extra.box, "role": extra.role} for extra in question.crop.more],
        "combine": question.crop.combine,
        "scales": question.crop.scales,
        "database": question.database.name,
    }
    return json.dumps({"query": query, **report.to_dict()}, indent=1)
