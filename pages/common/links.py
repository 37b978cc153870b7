"""The share link: the address bar says database, photo, crop, scales, delta, plan and recall target.

Whatever cannot be read falls back silently, part by part.
"""

import math
from typing import Any
from urllib.parse import urlencode

import streamlit as st

from lsh_engine import PLANS, EngineError

from .catalog import Database
from .controls import ALL_SCALES, near
from .cropper import clamp
from .photos import from_database, samples, take_sample
from .session import Box, Choice, Session, session, whole_box

LONGEST_VALUE = 120
FORMER_PLANS = {"prefix": "multiprobe"}  # as links of the first version name it


def apply_settings() -> bool:
    """Read a link that was just opened into the controls; False when the address bar holds nothing new."""
    me = session()
    incoming = {name: str(value)[:LONGEST_VALUE] for name, value in st.query_params.to_dict().items()}
    if not incoming or incoming == me.link:
        return False
    me.link = incoming
    me.choose(**_settings(incoming))
    return True


def apply_photo(database: Database) -> None:
    """Put the photo that the link names in the cropper, and search."""
    me, link = session(), session().link
    before = me.choice
    sample = next((sample for sample in samples() if sample.slug == link.get("sample")), None)
    if sample:
        take_sample(sample)
        me.choose(**_settings(link))  # the link's own delta and scales win over the sample's
    elif (image_id := _whole(link.get("image"))) is not None and image_id < database.engine.n_images:
        try:
            me.take(from_database(database, image_id))
        except EngineError:
            me.choice = before
            return
    else:
        return
    box = _box(link.get("box"), me.query.size) if me.query else None
    if box:
        me.put_box(box)
    me.search()


def write(database: Database, more: dict[str, str] | None = None) -> None:
    """Make the address bar say what the page shows. more: what only this page has."""
    me = session()
    link = link_of(me, database) | (more or {})
    if link != st.query_params.to_dict():
        st.query_params.from_dict(link)
    me.link = link


def link_of(me: Session, database: Database) -> dict[str, str]:
    """Only what differs from the defaults. An uploaded photo stays on its owner's machine: no link names it."""
    choice, default = me.choice, Choice()
    link = {"database": database.name}
    if choice.delta is not None:
        link["delta"] = f"{choice.delta:.2f}"
    if choice.scales != default.scales:
        link["scales"] = "-".join(f"{scale:g}" for scale in choice.scales)
    if choice.plan != default.plan:
        link["plan"] = choice.plan
    if choice.recall_target is not None:
        link["recall"] = f"{choice.recall_target:g}"
    if me.query and me.query.sample:
        link["sample"] = me.query.sample
    elif me.query and me.query.database == database.path:
        link["image"] = str(me.query.image_id)
    if me.searched and ("sample" in link or "image" in link):
        link["box"] = "-".join(str(value) for value in me.searched.box)
    return link


def address(me: Session, database: Database) -> str:
    """The whole link, to copy."""
    return f"{(st.context.url or '').split('?')[0]}?{urlencode(link_of(me, database))}"


def _settings(link: dict[str, str]) -> dict[str, Any]:
    """The parts of a link that can be understood, as changes to the choice."""
    changes: dict[str, Any] = {}
    delta = _number(link.get("delta"))
    if delta is not None and 0 <= delta <= math.pi:
        changes["delta"] = round(delta, 2)
    wanted = tuple(number for part in _parts(link.get("scales")) if (number := _number(part)) is not None)
    scales = tuple(scale for scale in ALL_SCALES if near(scale, wanted))
    if scales:
        changes["scales"] = scales
    plan = FORMER_PLANS.get(link.get("plan", ""), link.get("plan"))
    if plan in PLANS:
        changes["plan"] = plan
    recall = _number(link.get("recall"))
    if recall is not None and 0.5 <= recall <= 0.9999:
        changes["recall_target"] = recall
    if link.get("database"):
        changes["database"] = link["database"]  # an unknown name means the first database
    return changes


def _box(text: str | None, size: tuple[int, int]) -> Box | None:
    edges = [edge for part in _parts(text) if (edge := _number(part)) is not None and abs(edge) <= 1e6]
    return clamp(whole_box(edges), size) if len(edges) == 4 == len(_parts(text)) else None


def _parts(text: str | None) -> list[str]:
    """'0.5-1' or '0.5,1' -> ['0.5', '1']. Links are written with hyphens, which need no escape in an address."""
    return (text or "").replace(",", "-").split("-")


def _number(text: str | None) -> float | None:
    try:
        value = float(text or "")
    except ValueError:
        return None
    return value if math.isfinite(value) else None


def _whole(text: str | None) -> int | None:
    return int(text) if text and text.isascii() and text.isdigit() and len(text) < 12 else None
