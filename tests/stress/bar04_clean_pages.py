"""Bar 4: a bad upload costs one short line, and the next good one works."""

from pathlib import Path

from lsh_engine import RetrievalEngine
from pages.common.session import KEY
from tests import small_photos
from tests.page_data import drawn_photo, found, jpeg

from . import pages
from .bar01_entry_point import is_leaky
from .bars import Figure
from .corpus import REFUSED, corpus

TITLE = "Clean pages"
BAR = "200 bad uploads on the Search page: 0 exceptions, one short error each, the next good upload works"
N_BAD, EVERY, LONGEST = 200, 20, 400  # uploads, bad ones before a good one, letters of a message


def measure(work: Path) -> Figure:
    photos = small_photos.write_photos(work / "photos")
    small_photos.plug_in()
    RetrievalEngine.build(photos, work / "small.db", "tiny")
    bad = [file for file in corpus() if file.expected == REFUSED and len(file.data) < 2**20]
    bad = bad[:: max(1, len(bad) // N_BAD)][:N_BAD]
    faults, n_good = [], 0
    with pages.only(work / "small.db"):
        at = pages.opened(pages.SEARCH)
        for number, file in enumerate(bad, 1):
            at = pages.upload(at, file.name, file.data)
            faults += [f"{file.name}: {fault}" for fault in _faults(at)]
            if number % EVERY == 0:
                n_good += 1
                at = pages.search(pages.upload(at, f"{number}.jpg", jpeg(drawn_photo(number))))
                faults += [f"good upload after {file.name}: {fault}" for fault in _good_faults(at)]
    measured = f"{len(bad)} bad uploads, {n_good} good ones between them: {len(faults)} faults"
    return Figure(not faults and len(bad) >= N_BAD and n_good >= 5, "; ".join([measured, *faults[:3]]))


def _faults(at) -> list[str]:
    """What is wrong with the page after a bad upload."""
    if at.exception:
        return [f"exception {at.exception[0].message}"]
    if len(at.error) != 1:
        return [f"{len(at.error)} errors"]
    message = at.error[0].value
    short = "\n" not in message and 0 < len(message) <= LONGEST
    said = message.partition("expected")
    return [] if short and not is_leaky((said[1] + said[2]).replace("\\", "").replace("\u2060", "")) else [message]


def _good_faults(at) -> list[str]:
    if at.exception or at.error:
        return [str(at.exception or at.error)]
    shown = found(at)
    return [] if at.session_state[KEY].query and shown[1] >= 1 else [f"found {shown}"]
