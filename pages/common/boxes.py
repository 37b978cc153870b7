"""Rectangles on a photo: (left, top, right, bottom) in whole pixels of the upright original."""

from .session import Box

MIN_SIDE = 8  # px of the photo; a smaller box is a slip of the hand
MOST = 6  # rectangles on one photo
COLOURS = ("#12A594", "#9F86E8", "#3B9BE8", "#E07FB0", "#D3B01C", "#93A5A2")  # of the first, the second, ...


def clamp(box: Box, size: tuple[int, int]) -> Box | None:
    """The part of the box that lies on the photo; None when it is too small to mean anything."""
    left, right = (min(max(0, value), size[0]) for value in (box[0], box[2]))
    top, bottom = (min(max(0, value), size[1]) for value in (box[1], box[3]))
    if right - left < min(MIN_SIDE, size[0]) or bottom - top < min(MIN_SIDE, size[1]):
        return None
    return left, top, right, bottom
