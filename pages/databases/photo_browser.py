"""The photos of a database: pages, a filter by name, one photo large with its patches drawn, and on to a search."""

import streamlit as st

from lsh_engine import EngineError, RetrievalEngine

from ..common.catalog import Database, facts
from ..common.cropper import clamp
from ..common.drawing import photo_with_boxes
from ..common.messages import show_error
from ..common.photos import from_database
from ..common.session import session, whole_box
from ..common.text import count, one_line, plain

PER_PAGE = 24
SEARCH_PAGE = "pages/1_Search.py"


@st.fragment
def photo_browser(database: Database) -> None:
    names = _names(database.key, database.engine)
    wanted = st.text_input(
        "Filter by name", key="browse-filter", placeholder="part of a file name", icon=":material/filter_alt:"
    )
    shown = [i for i, name in enumerate(names) if wanted.lower() in name] if wanted else list(range(len(names)))
    st.caption(f"{count(len(shown), 'photo')}" + (f" of {len(names):,}" if wanted else ""))
    if not shown:
        st.info("No file name holds that text.", icon=":material/search_off:")
        return
    cards, pages, page = st.container(), -(-len(shown) // PER_PAGE), 1
    if pages > 1:
        page = st.pagination(pages, key=f"browse-page-{len(shown)}-{wanted}", max_visible_pages=7)
    with cards, st.grid(6, min_column_width=118, gap="small"):
        for image_id in shown[(page - 1) * PER_PAGE : page * PER_PAGE]:
            _photo_card(image_id, database)


def _photo_card(image_id: int, database: Database) -> None:
    name = database.engine.path(image_id)
    with st.container(key=f"card-browse-{image_id}"):
        st.image(database.engine.thumbnail(image_id), width="stretch", alt=one_line(name, 100))
        label = plain(name.rsplit("/", 1)[-1], 18)
        if st.button(label, key=f"open-browse-{image_id}", type="tertiary", help=plain(name, 120)):
            one_photo(image_id, database)


@st.dialog("Photo and its patches", width=720, icon=":material/grid_view:")
def one_photo(image_id: int, database: Database) -> None:
    """A fragment of its own: choosing a patch reruns it alone."""
    engine = database.engine
    boxes = engine.patch_boxes(image_id)
    groups = patch_groups(facts(database)["patches"])
    left, right = st.columns([3, 2], gap="medium")
    with right:
        st.text(one_line(engine.path(image_id), 90))
        size = st.pills(
            "Patches of size",
            list(groups),
            default=list(groups)[min(1, len(groups) - 1)],
            format_func=lambda share: "whole photo" if share == 1 else f"{100 * share:.0f} %",
            required=True,
            wrap=True,
            key="patch-size",
            help="Share of each side. Every window has a vector of its own, and a search compares each.",
        )
        inside = boxes[groups[size]]
        chosen = _one_of(inside, f"patch-{size}")
        width, height = engine.image_size(image_id)
        st.caption(
            f"{width} × {height} pixels · {count(len(inside), 'patch', 'patches')} of this size, {len(boxes)} in all"
        )
        if st.button(
            "Use as query" if chosen is None else "Use this patch as query",
            key="browse-use",
            type="primary",
            icon=":material/image_search:",
            disabled=not engine.photos_found,
        ):
            _use(image_id, chosen, database)
    shown, line = ((chosen,), 4) if chosen else (tuple(inside), 2)
    with left, st.container(key="patch-photo"):
        picture = photo_with_boxes(database.key, image_id, shown, line, database)
        st.image(picture, width="content", alt="The photo, boxed")


def _one_of(boxes: list, key: str) -> tuple | None:
    """The patch that is chosen with the slider; None for all of them."""
    if len(boxes) == 1:
        return boxes[0]
    number = st.select_slider(
        "Which one", range(len(boxes) + 1), format_func=lambda number: str(number or "all"), key=key
    )
    return boxes[number - 1] if number else None


def _use(image_id: int, box: tuple | None, database: Database) -> None:
    """Put the photo in the cropper of the Search page, its rectangle where the patch is, and search."""
    try:
        query = from_database(database, image_id)
    except EngineError as error:
        show_error(error)
        return
    rectangle = clamp(whole_box(box), query.size) if box else None
    session().take(query, rectangle, search=True)
    st.switch_page(SEARCH_PAGE)


def patch_groups(patches: dict) -> dict[float, slice]:
    """Patch size -> where its boxes stand among all boxes of a photo."""
    groups, start = {}, 0
    for share, places in zip(patches["sizes"], patches["positions"], strict=True):
        groups[share] = slice(start, start := start + places * places)
    return groups


@st.cache_data(max_entries=8, show_spinner=False)
def _names(key: str, _engine: RetrievalEngine) -> list[str]:
    """Every path in lower case, in the order of the database."""
    return [_engine.path(i).lower() for i in range(_engine.n_images)]
