"""HEIC and AVIF: walk the boxes, check every size that is claimed, leave one still picture in the file.

libheif (through pillow-heif) and libavif (through Pillow) decode. Both turn the picture as its boxes say, and that
is the truth: an orientation in its EXIF does not count.
"""

import io
import struct
from collections.abc import Iterator
from dataclasses import dataclass, field

from PIL import AvifImagePlugin, ImageFile

from .av1 import frame_sizes
from .base import MAX_PARTS, MAX_PIXELS, CleanFile, check_limits, damaged, ends_early, too_many_parts, unsupported
from .exif import orientation

AVIF_BRANDS = {b"avif", b"avis"}
HEIC_BRANDS = {b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1"}
_OF_FILMS = {b"avis", b"hevc", b"hevx", b"msf1"}
_CODED = {"HEIC": b"hvc1", "AVIF": b"av01"}
_MAX_ITEMS = 1_000  # libheif takes no more either
_BYTES_PER_PIXEL = 10  # planes of 16 bits, their picture and ours
_KEPT = {b"ftyp", b"meta", b"mdat", b"idat"}  # of the boxes at the top; films, among others, are in `moov`


def kind_of(data: bytes) -> str | None:
    """HEIC or AVIF by the brands at the start of the file; None where it claims neither."""
    if data[4:8] != b"ftyp":
        return None
    end = min(int.from_bytes(data[:4]), len(data), 256)
    brands = {data[8:12]} | {data[place : place + 4] for place in range(16, end, 4)}
    if brands & AVIF_BRANDS:
        return "AVIF"
    return "HEIC" if brands & HEIC_BRANDS else None


def clean(kind: str, data: bytes) -> CleanFile:
    """The main picture, with films and strange boxes blanked. ImageError where it breaks a limit."""
    still = bytearray(data)
    meta = None
    for name, start, head, end in _boxes(data, 0, len(data), kind, lenient=True):
        if name not in _KEPT:
            still[start + 4 : start + 8] = b"free"
        if name == b"meta" and meta is None:
            meta = _Meta(kind, data, start + head + 4, end)
        last = end
    if meta is None:
        raise damaged(kind)
    meta.check()
    main = b"avif" if kind == "AVIF" else b"heic"
    for place in (8, *range(16, int.from_bytes(data[:4]), 4)):
        if place == 8 or data[place : place + 4] in _OF_FILMS:  # else a decoder would look for the film
            still[place : place + 4] = main
    return _opened(kind, bytes(still[:last]))


def _opened(kind: str, data: bytes) -> CleanFile:
    """What the decoder's own reader says of its size and, for AVIF, of which way is up; HEIC comes out upright."""
    with _reader(kind)(io.BytesIO(data)) as image:
        size, block = image.size, image.info.get("exif") or b""
    check_limits(kind, *size, bytes_per_pixel=_BYTES_PER_PIXEL)
    return CleanFile(format=kind, data=data, size=size, orientation=orientation(block) if kind == "AVIF" else 1)


def _reader(kind: str) -> type[ImageFile.ImageFile]:
    if kind == "AVIF":
        if not AvifImagePlugin.SUPPORTED:
            raise unsupported(kind, "AVIF, which this build of Pillow cannot read")
        return AvifImagePlugin.AvifImageFile
    try:
        from pillow_heif import register_heif_opener
        from pillow_heif.as_plugin import HeifImageFile
    except ImportError:
        raise unsupported(kind, "HEIC, which takes the package pillow-heif") from None
    register_heif_opener(thumbnails=False, depth_images=False, aux_images=False, decode_threads=2)
    return HeifImageFile


@dataclass
class _Item:
    type: bytes = b""
    properties: list[int] = field(default_factory=list)  # indexes into the property boxes, from 1
    extents: list[tuple[int, int]] = field(default_factory=list)  # (start, end) in the file
    tiles: list[int] = field(default_factory=list)  # of a grid


class _Meta:
    """The box that says which pictures there are, how large, and where."""

    def __init__(self, kind: str, data: bytes, start: int, end: int) -> None:
        self.kind, self.data = kind, data
        self.items: dict[int, _Item] = {}
        self.primary = 0
        self.properties: list[tuple[bytes, int, int]] = []  # name, start and end of the body
        boxes: dict[bytes, tuple[int, int]] = {}
        for name, place, head, box_end in _boxes(data, start, end, kind):
            boxes.setdefault(name, (place + head, box_end))
        for name, read in (
            (b"pitm", self._read_primary),
            (b"iinf", self._read_types),
            (b"iprp", self._read_properties),
            (b"iloc", lambda at, end: self._read_places(at, end, boxes.get(b"idat"))),
        ):
            if name not in boxes:
                raise damaged(kind)
            read(*boxes[name])
        if b"iref" in boxes:
            self._read_tiles(*boxes[b"iref"])

    def check(self) -> None:
        """ImageError unless the main picture, and what it is put together from, is within the limits."""
        main = self._item(self.primary)
        for name, at, _ in self.properties:
            if name == b"ispe":
                check_limits(self.kind, *self._size_at(at), bytes_per_pixel=_BYTES_PER_PIXEL)
        if main.type == b"grid":
            pieces = [self._item(tile) for tile in main.tiles]
            if sum(width * height for width, height in map(self._size, pieces)) > 2 * MAX_PIXELS:
                raise unsupported(self.kind, "one of more tiles than its size needs")
        else:
            pieces = [main]
        if not pieces or any(piece.type != _CODED[self.kind] for piece in pieces):
            raise unsupported(self.kind, "one that is put together or packed in a rare way")
        self._size(main)
        for item in self.items.values():
            if any(end > len(self.data) for _, end in item.extents):
                raise ends_early(self.kind)
            if item.type == b"av01":
                self._check_av1(item)

    def _check_av1(self, item: _Item) -> None:
        """libavif would decode a frame of any size, and stretch it to the one that is claimed."""
        coded = b"".join(self.data[start:end] for start, end in item.extents)
        if set(frame_sizes(coded)) != {self._size(item)}:
            raise damaged(self.kind)

    def _item(self, number: int) -> _Item:
        if number not in self.items:
            raise damaged(self.kind)
        return self.items[number]

    def _size(self, item: _Item) -> tuple[int, int]:
        for index in item.properties:
            if 0 < index <= len(self.properties) and self.properties[index - 1][0] == b"ispe":
                return self._size_at(self.properties[index - 1][1])
        raise damaged(self.kind)

    def _size_at(self, at: int) -> tuple[int, int]:
        width, height = struct.unpack_from(">II", self.data, at + 4)
        return width, height

    def _read_primary(self, at: int, end: int) -> None:
        self.primary = self._number(at + 4, 2 if self.data[at] == 0 else 4)

    def _read_types(self, at: int, end: int) -> None:
        wide = 2 if self.data[at] == 0 else 4
        for name, start, head, _ in _boxes(self.data, at + 4 + wide, end, self.kind):
            if name != b"infe":
                continue
            body = start + head
            number = 2 if self.data[body] == 2 else 4
            item = self.items.setdefault(self._number(body + 4, number), _Item())
            item.type = self.data[body + 6 + number : body + 10 + number]
            if len(self.items) > _MAX_ITEMS:
                raise too_many_parts(self.kind)

    def _read_properties(self, at: int, end: int) -> None:
        for name, start, head, box_end in _boxes(self.data, at, end, self.kind):
            if name == b"ipco":
                found = _boxes(self.data, start + head, box_end, self.kind)
                self.properties += [(name, place + size, close) for name, place, size, close in found]
            elif name == b"ipma":
                self._read_owners(start + head)

    def _read_owners(self, at: int) -> None:
        """Which item has which properties."""
        number, wide = (2 if self.data[at] == 0 else 4), self.data[at + 3] & 1
        count, at = self._number(at + 4, 4), at + 8
        for _ in range(min(count, _MAX_ITEMS)):
            item, n_owned = self.items.get(self._number(at, number)), self.data[at + number]
            at += number + 1
            for _ in range(n_owned):
                index = self._number(at, 1 + wide) & (0x7FFF if wide else 0x7F)
                at += 1 + wide
                if item is not None:
                    item.properties.append(index)

    def _read_places(self, at: int, end: int, idat: tuple[int, int] | None) -> None:
        version, sizes = self.data[at], self._number(at + 4, 2)
        offset, length, base, index = sizes >> 12, sizes >> 8 & 15, sizes >> 4 & 15, sizes & 15 if version else 0
        number, at = (2 if version < 2 else 4), at + 6
        count, at = self._number(at, number), at + number
        for _ in range(min(count, _MAX_ITEMS)):
            item, at = self.items.get(self._number(at, number)), at + number
            inside = version and self._number(at, 2) & 15
            at += (2 if version else 0) + 2
            start, at = self._number(at, base), at + base
            n_extents, at = self._number(at, 2), at + 2
            if inside == 1 and idat is not None:
                start += idat[0]
            for _ in range(n_extents):
                first = start + self._number(at + index, offset)
                size = self._number(at + index + offset, length) or len(self.data) - first
                at += index + offset + length
                if item is not None and inside < 2:
                    item.extents.append((first, first + size))

    def _read_tiles(self, at: int, end: int) -> None:
        number = 2 if self.data[at] == 0 else 4
        for name, start, head, _ in _boxes(self.data, at + 4, end, self.kind):
            if name == b"dimg" and (item := self.items.get(self._number(start + head, number))) is not None:
                place = start + head + number
                count = self._number(place, 2)
                if count > _MAX_ITEMS:
                    raise too_many_parts(self.kind)
                item.tiles += [self._number(place + 2 + number * tile, number) for tile in range(count)]

    def _number(self, at: int, n_bytes: int) -> int:
        if at + n_bytes > len(self.data):
            raise ends_early(self.kind)
        return int.from_bytes(self.data[at : at + n_bytes])


def _boxes(data: bytes, at: int, end: int, kind: str, lenient: bool = False) -> Iterator[tuple[bytes, int, int, int]]:
    """(name, start, length of the head, end) of each box. lenient: what follows the picture's data may be anything."""
    seen: set[bytes] = set()
    for _ in range(MAX_PARTS):
        if at + 8 > end:
            return
        size, head = int.from_bytes(data[at : at + 4]), 8
        name = data[at + 4 : at + 8]
        if size == 1:
            size, head = int.from_bytes(data[at + 8 : at + 16]), 16
        elif size == 0:
            size = end - at
        if lenient and {b"meta", b"mdat"} <= seen and name not in _KEPT | {b"moov", b"free", b"skip", b"uuid"}:
            return
        if at + size > end:
            raise ends_early(kind)
        if size < head:
            raise damaged(kind)
        yield name, at, head, at + size
        seen.add(name)
        at += size
    raise too_many_parts(kind)
