"""The one door of pictures: what turns bytes or a file into an upright RGB picture, or refuses it."""

from .loading import jpeg_bytes, load_image

__all__ = ["jpeg_bytes", "load_image"]
