"""The share link: the address bar says database, photo, rectangles, scales, delta, plan and recall target.

What a link asks for and is not here is said in one line. A link that names its database says everything: what it
leaves out has its usual value, so that Back returns to what was. Any other link changes only what it names.
"""

import time
from dataclasses import replace
from urllib.parse import urlencode

import streamlit as st
from streamlit.runtime.scriptrunner import get_script_run_ctx

from lsh_engine import EngineError

from .catalog import Database
from .kept_photos import kept_photo
from .link_text import box_of, crops_of, rectangles_of, settings_of, whole, words_of
from .photos import from_database, samples, take_sample
from .presentation import NAMES as OF_PRESENTATION
from .presentation import beyond_slide, in_address, presentation, put_on_slide
from .session import Choice, Session, session
from .text import count, plain

LONGEST_VALUE = 400
BROWSER_LAGS = 30.0  # seconds, at most, on a busy machine
PHOTOS = ("sample", "image", "photo")  # the ways in which a link names a photo


def apply_settings() -> bool:
    """Read a link that was just opened into the controls; False when the address bar holds nothing new."""
    me = session()
    incoming = {name: str(value)[:LONGEST_VALUE] for name, value in st.query_params.to_dict().items()}
    incoming = {name: value for name, value in incoming.items() if name not in OF_PRESENTATION}
    if not incoming or incoming == me.link or _just_replaced(me, incoming):
        return False
    me.link = incoming
    changes, wrong = settings_of(incoming)
    me.choice = replace(Choice() if "database" in incoming else me.choice, **changes)
    me.link_wrong = tuple(wrong)
    return True


def apply_slide(database: Database, opened_link: bool) -> None:
    """Put on the slide that waits. What a link that was just opened says besides wins over it."""
    me = session()
    if put_on_slide(database):
        presentation().prepared_link = link_of(me, database)
        if opened_link:
            me.choose(**settings_of(me.link)[0])


def apply_photo(database: Database) -> None:
    """Put the photo that the link names in the cropper, and search for what it boxed."""
    me, link = session(), session().link
    wanted = link.get("database", database.name)
    if wanted != database.name:
        not_here(f"there is no such database as {plain(wanted, 40)} here, this is {plain(database.name, 40)}")
    named = any(name in link for name in PHOTOS)
    if not named and "database" in link:
        me.drop()
    elif named:
        before, me.problem = me.choice, None
        try:
            _take(database, link, same_database=wanted == database.name)
        except EngineError as error:
            me.drop()
            me.choice = before
            not_here(str(error))
    me.link_seen = _shown(me, database)


def not_here(problem: str) -> None:
    """Add to what `say` tells of the opened link. problem: safe as Markdown, without a full stop."""
    session().link_wrong += (problem,)


def say(database: Database) -> None:
    """One line on what of the opened link is not here, until the page shows something else."""
    me = session()
    if me.link_seen != _shown(me, database):
        me.link_wrong = ()
    if me.link_wrong:
        st.warning(f"Part of this link could not be followed: {'; '.join(me.link_wrong)}.", icon=":material/link_off:")


def _shown(me: Session, database: Database) -> tuple:
    return database.name, me.choice, me.query and me.query.sha


def write(database: Database, more: dict[str, str] | None = None) -> None:
    """Make the address bar say what the page shows. more: what only this page has."""
    me = session()
    link = beyond_slide(link_of(me, database)) | (more or {})
    if link != me.link:
        me.former_links = [*me.former_links[-9:], (time.monotonic(), me.link)]
    whole_link = link | in_address()
    if whole_link != st.query_params.to_dict():
        st.query_params.from_dict(whole_link)
    me.link = link


def _just_replaced(me: Session, link: dict[str, str]) -> bool:
    """Whether a rerun says what the address bar said before the last run changed it: it was asked for before the
    browser heard of the change. A rerun that Back or Forward asked for is marked by the browser.
    """
    if getattr(get_script_run_ctx(), "is_history_navigation", False):
        return False
    now = time.monotonic()
    return any(link == former and now - replaced < BROWSER_LAGS for replaced, former in me.former_links)


def link_of(me: Session, database: Database) -> dict[str, str]:
    """Only what differs from the defaults. An upload is named by a token that only its visitor's browser can open."""
    link = {"database": database.name} | words_of(me.choice)
    if me.query is None:
        return link
    if me.query.sample:
        link["sample"] = me.query.sample
    elif me.query.upload:
        link["photo"] = me.query.upload
    elif me.query.database == database.path:
        link["image"] = str(me.query.image_id)
    else:
        return link
    return link | rectangles_of(me)


def address(me: Session, database: Database) -> str:
    """The whole link, to copy."""
    return f"{(st.context.url or '').split('?')[0]}?{urlencode(link_of(me, database) | in_address())}"


def _take(database: Database, link: dict[str, str], same_database: bool) -> None:
    """EngineError, safe as Markdown, when the photo is not here."""
    me = session()
    if "sample" in link:
        sample = next((sample for sample in samples() if sample.slug == link["sample"]), None)
        if sample is None:
            raise EngineError(f"there is no such sample as {plain(link['sample'], 40)}, choose another photo")
        take_sample(sample)
        if me.problem:
            raise EngineError(plain(me.problem, 120).rstrip("."))
        me.choose(**settings_of(link)[0])  # the link's own delta and scales win over the sample's
    elif "image" in link:
        if not same_database:
            raise EngineError("its photo is not here, it belongs to that database")
        image_id, n_images = whole(link["image"]), database.engine.n_images
        if image_id is None or image_id >= n_images:
            raise EngineError(
                f"its photo is not here: {plain(database.name, 40)} has {count(n_images, 'photo')}, "
                f"and none with the number {plain(link['image'], 20)}"
            )
        try:
            me.take(from_database(database, image_id))
        except EngineError as error:
            raise EngineError(f"its photo is not here: {plain(error, 120)}") from error
        me.search()
    else:
        me.take(kept_photo(link["photo"]))
    _take_rectangles(me, link)


def _take_rectangles(me: Session, link: dict[str, str]) -> None:
    """The rectangles of the link: `box` is searched, `crop` only drawn. Those that cannot be read stay as they were."""
    if me.query is None:
        return
    size, search = me.query.size, me.searched is not None or "box" in link
    box, more, crop = box_of(link.get("box"), size), crops_of(link.get("more"), size), box_of(link.get("crop"), size)
    if box:
        me.put_box(box)
    me.more, me.combine = more or (), "all" if link.get("combine") == "all" else "any"
    if search:
        me.search()
    if crop:
        me.put_box(crop)
    unread = [name for name, read in (("box", box), ("more", more), ("crop", crop)) if name in link and read is None]
    if unread:
        not_here(f"{' and '.join(unread)} should be whole pixels, left-top-right-bottom")
    if link.get("combine", "all") not in ("all", "any"):
        not_here("combine is any or all")
