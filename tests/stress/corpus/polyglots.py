"""Files that are two things at once, and things under a picture's name that are none."""

import io
import zipfile
from collections.abc import Iterator

from tests.picture_builders import jpeg_segment, png_chunk, saved, scene

from .colours import whole_pictures
from .file import LOSSY, OddFile, refused, shows

SCRIPT = b"<?php system($_GET['c']); ?><script>alert(1)</script>"


def archive() -> bytes:
    """A ZIP whose entries want out of their folder."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as stream:
        stream.writestr("../../outside.txt", "out")
        stream.writestr("photo.jpg", saved(scene(), "JPEG"))
    return out.getvalue()


def polyglots() -> Iterator[OddFile]:
    jpeg, png = saved(scene(), "JPEG"), saved(scene(), "PNG")
    for name, tail in {"a ZIP": archive(), "a script": SCRIPT, "a second JPEG": jpeg, "a PDF": b"%PDF-1.7\n"}.items():
        yield shows(f"JPEG and {name}.jpg", jpeg + tail, tolerance=LOSSY)
        yield shows(f"PNG and {name}.png", png + tail)
    commented = jpeg[:2] + jpeg_segment(0xFE, SCRIPT) + jpeg[2:]
    yield shows("a script in the comment.php.jpg", commented, tolerance=LOSSY)
    yield shows("a script in the text.png", png[:33] + png_chunk(b"tEXt", b"Comment\0" + SCRIPT) + png[33:])
    for other in ("png", "gif", "tif", "webp", "bmp", "txt", "exe", "svg"):
        yield shows(f"a JPEG named.{other}", jpeg, tolerance=LOSSY)
        yield shows(f"a PNG named.{other}", png)
    for file in whole_pictures():
        tail = b"\xff\xd8 more" * 50
        yield OddFile(f"trailing bytes after {file.name}", file.data + tail, file.expected, file.truth, file.tolerance)


def no_pictures() -> Iterator[OddFile]:
    starts = {
        "empty.jpg": b"",
        "one byte.jpg": b"\xff",
        "text.jpg": b"no picture at all\n" * 20,
        "page.png": b"<!DOCTYPE html><p>404",
        "drawing.svg": b'<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg"/>',
        "entities.jpg": b'<!DOCTYPE x [<!ENTITY a "aaaa">]><svg>&a;</svg>',
        "paper.pdf": b"%PDF-1.7\n" + bytes(99),
        "pages.eps": b"%!PS-Adobe-3.0 EPSF-3.0\n" + bytes(99),
        "phone.heic": b"\0\0\0\x18ftypheic" + bytes(99),
        "new.avif": b"\0\0\0\x18ftypavif" + bytes(99),
        "film.mp4": b"\0\0\0\x18ftypisom" + bytes(99),
        "film.avi": b"RIFF\x99\0\0\0AVI LIST" + bytes(99),
        "sound.wav": b"RIFF\x99\0\0\0WAVEfmt " + bytes(99),
        "sound.mp3": b"ID3\4\0\0" + bytes(99),
        "layers.psd": b"8BPS" + bytes(99),
        "wavelets.jp2": b"\0\0\0\x0cjP  " + bytes(99),
        "newer.jxl": b"\0\0\0\x0cJXL " + bytes(99),
        "wide.jxr": b"II\xbc\1" + bytes(99),
        "archive.zip": archive(),
        "archive.jpg": archive(),
        "archive.gz": b"\x1f\x8b\x08" + bytes(99),
        "archive.7z.png": b"7z\xbc\xaf\x27\x1c" + bytes(99),
        "program.png": b"\x7fELF" + bytes(999),
        "program.jpg": b"MZ" + bytes(999),
        "numbers.npy": b"\x93NUMPY\1\0" + bytes(99),
        "pickle.jpg": b"\x80\4cos\nsystem\n.",
        "table.parquet": b"PAR1" + bytes(99),
        "portable.ppm": b"P6 60 40 255\n" + bytes(7200),
        "BMW.txt": b"BMW is a car" * 9,
        "GIF.gif": b"GIF88a" + bytes(99),
        "zeros.png": bytes(10_000),
        "ones.jpg": b"\xff" * 10_000,
        "icon.ico": saved(scene(), "ICO"),
        "only a start.jpg": b"\xff\xd8\xff",
        "only a start.png": b"\x89PNG\r\n\x1a\n",
        "only a start.tif": b"II*\0",
        "only a start.gif": b"GIF89a",
        "only a start.webp": b"RIFF\0\0\0\0WEBP",
        "only a start.bmp": b"BM" + bytes(12) + b"\x28\0\0\0",
        "no scan.jpg": b"\xff\xd8" + jpeg_segment(0xFE, b"hello") + b"\xff\xd9",
    }
    for name, data in starts.items():
        yield refused(name, data)
