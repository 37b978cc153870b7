"""Bad and odd picture files, made on the spot, the same on every run."""

from collections.abc import Iterator

from .animations import animations
from .bombs import bombs
from .colours import whole_pictures
from .damage import damaged_files
from .exif import rotations, strange_blocks
from .file import EITHER, PICTURE, REFUSED, OddFile
from .lies import lies
from .names import HOSTILE_NAMES
from .phones import phones
from .polyglots import no_pictures, polyglots
from .shapes import megapixels, shapes

__all__ = ["EITHER", "HOSTILE_NAMES", "PICTURE", "REFUSED", "THEMES", "OddFile", "corpus"]

THEMES = (
    whole_pictures,
    rotations,
    strange_blocks,
    shapes,
    megapixels,
    animations,
    phones,
    polyglots,
    no_pictures,
    lies,
    bombs,
    damaged_files,
)


def corpus() -> Iterator[OddFile]:
    for theme in THEMES:
        yield from theme()
