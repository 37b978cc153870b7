"""Bar 2: every limit is checked on the header, before a decoder is asked; what is just within it opens."""

from collections.abc import Iterator
from pathlib import Path
from unittest import mock

from PIL import Image

from lsh_engine.images.formats.base import FORMATS, MAX_ASPECT, MAX_FILE_BYTES, MAX_JPEG_SCANS, MAX_PIXELS, MAX_SIDE
from lsh_engine.images.loading import load_image
from tests.picture_builders import jpeg_claiming, saved, scan_bomb, scene

from .bars import Figure
from .child import in_a_child
from .corpus.animations import animations
from .corpus.file import OddFile, refused, shows
from .corpus.lies import OVER, claims
from .corpus.polyglots import no_pictures
from .corpus.shapes import megapixels, shapes

TITLE = "Limits before decoding"
BAR = (
    "JPEG PNG WebP BMP GIF TIFF HEIC AVIF by content; 20 MB; 50 MP; side 16,384; aspect 50; 100 JPEG scans; first "
    "frame only; Pillow's warning of a bomb is an error; refused in < 0.5 s"
)
PROMISED = (("JPEG", "PNG", "WebP", "BMP", "GIF", "TIFF", "HEIC", "AVIF"), 20 * 2**20, 50_000_000, 16_384, 50, 100)
MOST_SECONDS = 0.5


def measure(work: Path) -> Figure:
    kept = (FORMATS, MAX_FILE_BYTES, MAX_PIXELS, MAX_SIDE, MAX_ASPECT, MAX_JPEG_SCANS)
    faults = [f"{kept} are not the limits promised"] if kept != PROMISED else []
    Image.init()  # every decoder's import before the first fork
    slowest, n_beyond, n_within = 0.0, 0, 0
    for file in beyond():
        outcome = _refusal(file)
        n_beyond, slowest = n_beyond + 1, max(slowest, outcome.cpu)
        if (outcome.status, outcome.error, outcome.warned) != ("done", "ImageError", 0):
            faults.append(f"{file.name}: {outcome.status} {outcome.error} {outcome.message}")
    for file in within():
        n_within += 1
        if not _opens(file):
            faults.append(f"{file.name} is within the limits and did not open rightly")
    measured = (
        f"{n_beyond} files beyond a limit refused without asking a decoder, the slowest in {slowest:.3f} s "
        f"(processor time); {n_within} at the limits and of several pictures open"
    )
    return Figure(not faults and slowest < MOST_SECONDS, "; ".join([measured, *faults[:3]]))


def beyond() -> Iterator[OddFile]:
    """One file and more for every limit of every format that can break it."""
    for title, size in OVER.items():
        for suffix, data in claims(*size):
            yield refused(f"claims {title}.{suffix}", data)
    plain = saved(scene(), "JPEG")
    yield refused("a byte over 20 MB.jpg", plain + bytes(MAX_FILE_BYTES + 1 - len(plain)))
    yield refused("14000 x 12000 in 800 bytes.jpg", jpeg_claiming(14_000, 12_000))
    yield refused("101 scans.jpg", scan_bomb(MAX_JPEG_SCANS + 1 - plain_scans()))
    yield refused("2000 scans.jpg", scan_bomb(2_000))
    yield from no_pictures()


def within() -> Iterator[OddFile]:
    plain = saved(scene(), "JPEG")
    yield shows("20 MB.jpg", plain + bytes(MAX_FILE_BYTES - len(plain)), tolerance=14)
    yield shows("100 scans.jpg", scan_bomb(MAX_JPEG_SCANS - plain_scans()), lambda: scene(800, 600), 14)
    yield from (file for theme in (shapes, megapixels, animations) for file in theme() if file.truth)


def plain_scans() -> int:
    """Scans of the progressive JPEG that `scan_bomb` starts from."""
    return saved(scene(800, 600), "JPEG", progressive=True).count(b"\xff\xda")


def _refusal(file: OddFile):
    def opened() -> None:
        with mock.patch.object(Image, "open", side_effect=AssertionError("a decoder was asked")) as decoder:
            try:
                load_image(file.data)
            finally:
                if decoder.called:
                    raise AssertionError("a decoder was asked")

    return in_a_child(opened)


def _opens(file: OddFile) -> bool:
    outcome = in_a_child(lambda: load_image(file.data), file.is_shown_by)
    return outcome.answer is True and not outcome.warned
