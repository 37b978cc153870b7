"""Step through LSH: seven pictures of how this query found one photo, or missed it, with the index's own numbers."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import streamlit as st

from lsh_engine import EngineError, LSHTrace, Match

from ..common.drawing import match_views, query_views
from ..common.media import media_url
from ..common.messages import show_error
from ..common.question import Question
from ..common.text import one_line
from .steps_text import closest_table, steps_of, ways_of
from .traces import box_of, trace_of

FRONTEND = Path(__file__).parent / "frontend"
MOST_DRAWN = 256  # numbers of a descriptor that are drawn: more are thinner than a pixel

_show = st.components.v2.component(
    "lookalike_steps",
    html='<section class="steps" tabindex="0"></section>',
    css=(FRONTEND / "steps.css").read_text(encoding="utf-8"),
    js="\n".join((FRONTEND / name).read_text(encoding="utf-8") for name in ("step_pictures.js", "steps.js")),
)


def steps(question: Question, match: Match, side: str) -> None:
    """One picture at a time; arrow keys, dots and buttons turn them. side: the column whose search is explained."""
    try:
        trace = trace_of(question, match, side)
        pictures = _pictures(question, match, trace)
    except EngineError as error:
        show_error(error)
        return
    _show(data={"pictures": pictures} | drawn(trace), key=f"steps-{side}")


def drawn(trace: LSHTrace) -> dict[str, Any]:
    """What the pictures are drawn from: JSON, rounded to what can be seen."""
    return {
        "id": f"{trace.image_id}-{trace.patch}-{trace.scale}-{trace.delta}-{trace.plan.name}",
        "name": one_line(trace.path, 80),
        "steps": steps_of(trace),
        "query": [round(value, 4) for value in trace.query[:MOST_DRAWN]],
        "values": [round(value, 4) for value in trace.values[:MOST_DRAWN]],
        "n_values": len(trace.query),
        "angle": trace.angle,
        "delta": trace.delta,
        "within": trace.within,
        "found": trace.plan.found,
        "tables": [
            {
                "query": table.query_key,
                "patch": table.patch_key,
                "differ": table.n_differ,
                "shared": table.shared,
                "photos": table.n_photos,
                "turns": [round(turn, 4) for turn in table.turns],
            }
            for table in trace.tables
        ],
        "table": closest_table(trace),
        "funnels": _funnels(trace),
        "angles": [[round(angle, 4), found] for angle, found in zip(trace.angles, trace.found, strict=True)],
        "ways": ways_of(trace),
    }


def _funnels(trace: LSHTrace) -> list[dict[str, Any]]:
    """For hash tables, and for this search where it is another: how many are left after each stage."""
    names = dict.fromkeys(("tables", trace.plan.name))
    rows = []
    for plan in (trace.plan_of(name) for name in names):
        title = "Hash tables" if plan.name == "tables" else f"This search: {plan.chosen}"
        stages = [["comparisons possible", plan.n_vectors], ["measured exactly", plan.n_candidates]]
        rows.append({"title": title, "stages": stages, "photos": plan.n_photos, "found": plan.found})
    return rows


def _pictures(question: Question, match: Match, trace: LSHTrace) -> dict[str, str]:
    """Addresses of the crop and of the patch."""
    database = question.database
    crop = query_views(question.query.sha, box_of(question, match), question.query)[1]
    shown = replace(match, angle=trace.angle, box=trace.box, scale=trace.scale, patch=trace.patch)
    patch = match_views(database.key, shown, False, database)[1]
    return {
        "query": media_url(crop, "image/jpeg", "steps-query"),
        "patch": media_url(patch, "image/jpeg", "steps-patch"),
    }
