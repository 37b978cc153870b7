"""What the board is told: plain numbers and words, fit for JSON."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from lsh_engine import Match, QueryReport

from ..common.boxes import COLOURS
from ..common.catalog import Database, facts
from ..common.controls import PLAN_NAMES
from ..common.drawing import query_views
from ..common.media import media_url
from ..common.question import Question, slider_end
from ..common.session import Session, session
from ..common.text import count, one_line, percent, scale_name
from . import report_text
from .answers import LIVE, Side
from .favourites import favourite_ids

PRESET_HELP = "A threshold measured for this database."


def board_data(
    question: Question,
    sides: tuple[Side, Side],
    reports: tuple[QueryReport, QueryReport],
    near: tuple[Match, ...],
    ahead: tuple[list, list],
) -> dict[str, Any]:
    """near: the nearest photos. ahead: of each side, what it finds at thresholds asked ahead."""
    me, database, report = session(), question.database, reports[0]
    end, starred, usable = slider_end(database), favourite_ids(database), database.engine.photos_found
    return {
        "asked": f"{database.key} {question.crop!r}",
        "delta": sides[0].delta,
        "rightDelta": me.choice.right_delta,
        "heard": me.heard,
        "end": end,
        "presets": presets(database),
        "presetHelp": PRESET_HELP,
        "presetNote": one_line((facts(database)["calibration"] or {}).get("note", ""), 200),
        "within": counts_within(near, end),
        "totals": [len(one.answers["exhaustive"].matches) for one in reports],
        "photos": [_photo(match, database, me, starred) | {"usable": usable} for match in near],
        "chances": _chances(reports[0]),
        "nearest": f"{near[0].angle:.2f}" if near else "",
        "reach": report_text.delta_to_reach(near[0].angle, end) if near and near[0].angle <= end else None,
        "plans": PLAN_NAMES,
        "sides": [_side(*both, near) for both in zip(sides, reports, ahead, strict=True)],
        "query": {"url": _crop_url(question), "name": one_line(question.query.name, 60), "crops": crops_line(question)},
        "says": report_text.SAYS,
        "facts": report_text.facts_line(report, sides[0].plan),
        "factsHelp": report_text.RECALL_HELP,
        "notes": " ".join(filter(None, [report_text.notes_line(report), _cut_note(reports)])),
        "actions": _actions(report),
    }


def presets(database: Database) -> list[dict[str, Any]]:
    """The database's thresholds by their meaning, the nearest first."""
    known = sorted((float(angle), meaning) for meaning, angle in facts(database)["presets"].items())
    names = [(one_line(meaning, 40).removeprefix("same "), angle) for angle, meaning in known]
    return [{"name": name, "delta": round(angle, 2)} for name, angle in names if angle <= slider_end(database)]


def counts_within(near: Sequence[Match], end: float) -> list[int]:
    """How many of the photos lie within each step of 0.01 rad, from 0 to the slider's end."""
    angles = np.array([match.angle for match in near], np.float32)
    steps = np.array([round(i * 0.01, 2) for i in range(round(end * 100) + 1)], np.float32)
    return np.searchsorted(angles, steps, side="right").tolist()


def _photo(match: Match, database: Database, me: Session, starred: frozenset[int]) -> dict[str, Any]:
    width, height = database.engine.image_size(match.image_id)
    left, top, right, bottom = match.box
    thumbnail = database.engine.thumbnail(match.image_id)
    place = match.image_id, match.patch
    return {
        "id": match.image_id,
        "patch": match.patch,
        "name": one_line(match.path, 120),
        "url": media_url(thumbnail, "image/jpeg", f"thumb-{match.image_id}"),
        "size": [width, height],
        "box": [round(left / width, 4), round(top / height, 4), round(right / width, 4), round(bottom / height, 4)],
        "angle": round(match.angle, 6),
        "scale": scale_name(match.scale),
        "colour": COLOURS[match.crop % len(COLOURS)],
        "liked": place in me.liked,
        "disliked": place in me.disliked,
        "starred": match.image_id in starred,
    }


def _cut_note(reports: Sequence[QueryReport]) -> str:
    """Said where an answer holds more photos than the browser got."""
    most = max(len(report.answers["exhaustive"].matches) for report in reports)
    return f"The {LIVE} nearest are shown; files of the answer hold all." if most > LIVE else ""


def _chances(report: QueryReport) -> dict[str, str]:
    """Image id -> the chance that the left side had to find it, in words."""
    chances = report.chances.get("lsh", {})
    return {str(image_id): percent(chance) for image_id, chance in chances.items()}


def _side(side: Side, report: QueryReport, ahead: list, near: Sequence[Match]) -> dict[str, Any]:
    full = side.plan == "exhaustive"
    answer = report.answers["exhaustive" if full else "lsh"]
    compared = f"{answer.n_candidates:,} of {answer.n_vectors:,} vectors compared"
    return {
        "plan": side.plan,
        "delta": side.delta,
        "title": report_text.title_of(side.plan),
        "how": f"{PLAN_NAMES[side.plan]} {report_text.PLANS_HELP[side.plan]}. Here: {answer.plan}",
        "figures": f"{report_text.time_line(answer)} · looked at {report_text.looked_at(answer)}",
        "stages": f"{compared}: {report_text.stage_line(answer)}",
        "asked": [
            {
                "delta": delta,
                "n": len(found),
                "missed": [match.image_id for match in near if match.angle <= delta and match.image_id not in found],
            }
            for delta, found in ahead
        ],
    }


def crops_line(question: Question) -> str:
    """'any of 2 crops, not 1' where there are several; else nothing."""
    crop = question.crop
    n_look = 1 + sum(one.role == "look" for one in crop.more)
    n_avoid = len(crop.more) + 1 - n_look
    parts = [f"{crop.combine} of {n_look} crops"] if n_look > 1 else []
    return ", ".join([*parts, *([f"not {n_avoid} marked so"] if n_avoid else [])])


def _crop_url(question: Question) -> str:
    crop = query_views(question.query.sha, question.crop.box, question.query)[1]
    return media_url(crop, "image/jpeg", "crop")


def _actions(report: QueryReport) -> list[dict[str, Any]]:
    me = session()
    classic = me.choice.plan == "tables"
    text = "Back to automatic" if classic else "What classic hashing misses"
    actions: list[dict[str, Any]] = [{"type": "classic", "text": text, "main": not classic}]
    marked = len(me.liked) + len(me.disliked)
    if marked and (me.searched is None or (me.liked, me.disliked) != (me.searched.liked, me.searched.disliked)):
        actions.append({"type": "refine", "text": f"Refine with {count(marked, 'mark')}", "main": True})
    if marked:
        actions.append({"type": "forget", "text": "Forget marks"})
    if report.own is not None or me.choice.count_own:
        other = "Leave your photo out" if me.choice.count_own else "Count it"
        actions.append({"type": "count-own", "text": other})
    return actions
