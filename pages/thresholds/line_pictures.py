"""The pictures of the delta line as the browser draws them: an address, a region to box or to show alone, a text."""

from typing import Any

from lsh_engine import ChanceAngles, Match, Nearness

from ..common.catalog import Database
from ..common.media import media_url
from ..common.text import one_line, scale_name


def photo_card(database: Database, near: Nearness, rank: int) -> dict[str, Any]:
    """The photo at a rank, 0 the nearest, with the region that came near."""
    match = database.engine.thresholds.match(near, rank)
    caption = f"{match.angle:.3f} rad"
    return {
        "pictures": [_picture(database, match, f"{one_line(match.path, 80)} at {caption}")],
        "caption": f"{caption} · {scale_name(match.scale)}",
    }


def pair_card(database: Database, chance: ChanceAngles, rank: int) -> dict[str, Any]:
    """Two regions of two photos, the nearest pair first."""
    pair = database.engine.thresholds.pair(chance, rank)
    return {
        "pictures": [_picture(database, one, f"Region of {one_line(one.path, 60)}") for one in pair],
        "caption": f"{pair[0].angle:.3f} rad",
    }


def _picture(database: Database, match: Match, alt: str) -> dict[str, Any]:
    """aspect: width over height of the photo. box: left, top, width, height in shares of its sides."""
    width, height = database.engine.image_size(match.image_id)
    left, top, right, bottom = match.box
    box = (left / width, top / height, (right - left) / width, (bottom - top) / height)
    thumbnail = database.engine.thumbnail(match.image_id)
    return {
        "url": media_url(thumbnail, "image/jpeg", f"line-{database.key}-{match.image_id}"),
        "aspect": round(width / height, 4),
        "box": [round(share, 4) for share in box],
        "alt": alt,
    }
