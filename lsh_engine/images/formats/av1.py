"""AV1: how large the frames of a picture may be, read from its sequence headers."""

from collections.abc import Iterator

from .base import damaged, unsupported

_SEQUENCE_HEADER = 1


def frame_sizes(coded: bytes) -> Iterator[tuple[int, int]]:
    """(width, height) of every sequence header among the parts (OBUs) of `coded`. ImageError where it is damaged."""
    at = 0
    while at < len(coded):
        head = coded[at]
        at += 2 if head & 4 else 1
        size, at = _leb128(coded, at) if head & 2 else (len(coded) - at, at)
        if head & 0x80 or at + size > len(coded):
            raise damaged("AVIF")
        if head >> 3 & 15 == _SEQUENCE_HEADER:
            yield _size(_Bits(coded[at : at + size]))
        at += size


def _leb128(coded: bytes, at: int) -> tuple[int, int]:
    """(number, place after it)."""
    number = 0
    for place in range(8):
        if at + place >= len(coded):
            raise damaged("AVIF")
        number |= (coded[at + place] & 0x7F) << 7 * place
        if not coded[at + place] & 0x80:
            return number, at + place + 1
    raise damaged("AVIF")


class _Bits:
    """Numbers of any count of bits, one after the other."""

    def __init__(self, data: bytes) -> None:
        self.left, self.value = 8 * len(data), int.from_bytes(data[:256])
        self.left = min(self.left, 8 * 256)

    def read(self, count: int) -> int:
        self.left -= count
        if self.left < 0:
            raise damaged("AVIF")
        return self.value >> self.left & (1 << count) - 1


def _size(bits: _Bits) -> tuple[int, int]:
    """The largest frame of a sequence header (section 5.5.1 of the specification of AV1)."""
    bits.read(4)  # profile, still picture
    if bits.read(1):  # reduced header
        bits.read(5)
    else:
        if bits.read(1):
            raise unsupported("AVIF", "one with the timing of a film")
        delayed = bits.read(1)
        for _ in range(bits.read(5) + 1):
            bits.read(12)
            if bits.read(5) > 7:
                bits.read(1)
            if delayed and bits.read(1):
                bits.read(4)
    wide, high = bits.read(4) + 1, bits.read(4) + 1
    return bits.read(wide) + 1, bits.read(high) + 1
