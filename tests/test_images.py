"""load_image: the right picture from every good file."""

import io
import struct

import numpy as np
import pytest
from picture_builders import (
    COLOURS,
    RED,
    assert_is_the_scene,
    bmp,
    corners,
    plain_tiff,
    png,
    png_chunk,
    saved,
    scene,
)
from PIL import Image, TiffImagePlugin

from lsh_engine.core.errors import EngineError
from lsh_engine.images.loading import jpeg_bytes, load_image, load_reduced
from tests.stress.corpus.exif import turned

# The right picture


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "TIFF"])
@pytest.mark.parametrize("orientation", range(1, 9))
def test_orientation_is_applied(kind, orientation):
    stored = turned(orientation)
    exif = Image.Exif()
    exif[0x0112] = orientation
    options = {"quality": 95} if kind in ("JPEG", "WEBP") else {}
    data = saved(stored, kind, exif=exif, **options)
    assert_is_the_scene(load_image(data), tolerance=25)
    assert load_reduced(data, 5)[1] == (60, 40)


def test_orientation_of_either_byte_order_and_none_out_of_range():
    for order, mark in ((">", b"MM\0*"), ("<", b"II*\0")):
        for value, size in ((6, (40, 60)), (1, (60, 40)), (99, (60, 40))):
            block = mark + struct.pack(order + "IHHHIHHI", 8, 1, 0x0112, 3, 1, value, 0, 0)
            assert load_image(saved(scene(), "JPEG", exif=b"Exif\0\0" + block)).size == size


def test_cmyk_of_adobe_is_not_inverted():
    cyan = Image.new("CMYK", (16, 16), (255, 0, 0, 0))
    data = saved(cyan, "JPEG", quality=95)
    assert b"Adobe" in data
    np.testing.assert_allclose(load_image(data).getpixel((8, 8)), (0, 255, 255), atol=4)
    np.testing.assert_allclose(load_image(saved(cyan, "TIFF")).getpixel((8, 8)), (0, 255, 255), atol=4)


def test_a_jpeg_that_holds_rgb_is_not_taken_for_ycbcr():
    data = bytearray(saved(scene(), "JPEG", keep_rgb=True, quality=95))
    frame, scan = data.index(b"\xff\xc0"), data.index(b"\xff\xda")
    for channel in range(3):  # names that say nothing: only the Adobe segment tells
        data[frame + 10 + 3 * channel] = data[scan + 5 + 2 * channel] = channel + 1
    assert_is_the_scene(load_image(bytes(data)), tolerance=25)


def test_lab_and_ycbcr_become_rgb():
    lab = Image.new("LAB", (8, 8), (137, 209, 195))  # L 54, a 81, b 67: red
    np.testing.assert_allclose(load_image(saved(lab, "TIFF")).getpixel((4, 4)), (255, 0, 0), atol=14)
    ycbcr = Image.new("RGB", (8, 8), RED).convert("YCbCr")
    np.testing.assert_allclose(load_image(saved(ycbcr, "TIFF")).getpixel((4, 4)), RED, atol=6)


@pytest.mark.parametrize(
    "pixels",
    [
        np.linspace(0, 65535, 2400).astype(np.uint16),
        np.linspace(0, 65535, 2400).astype(np.int32),
        np.linspace(-32768, 32767, 2400).astype(np.int32),
        np.linspace(0, 255, 2400).astype(np.int32),
        np.linspace(0, 1, 2400).astype(np.float32),
        np.linspace(0, 255, 2400).astype(np.float32),
        np.linspace(-5, 1e9, 2400).astype(np.float32),
    ],
)
def test_deep_grey_keeps_its_mean(pixels):
    image = Image.fromarray(pixels.reshape(40, 60))
    for kind in ("PNG", "TIFF") if image.mode.startswith("I;16") else ("TIFF",):
        grey = np.asarray(load_image(saved(image, kind)))
        assert grey.mean() == pytest.approx(127, abs=28)
        assert (grey == 255).mean() < 0.02 and grey[0, 0, 0] < 4


def test_deep_grey_of_other_scales():
    twelve_bits = {258: ("H", (12,)), 262: ("H", (1,)), 277: ("H", (1,)), 279: ("I", (3600,))}
    assert np.asarray(load_image(plain_tiff(twelve_bits))).std() > 20
    swapped = {256: ("H", (20,)), 258: ("H", (16,)), 262: ("H", (0,)), 277: ("H", (1,)), 279: ("I", (1600,))}
    light = np.asarray(load_image(plain_tiff(swapped | {262: ("H", (1,))}))).astype(int)
    np.testing.assert_allclose(np.asarray(load_image(plain_tiff(swapped))), 255 - light, atol=1)
    numbers = Image.fromarray(np.array([[np.nan, np.inf, -np.inf, 1.0, 0.0]], np.float32))
    assert [load_image(saved(numbers, "TIFF")).getpixel((x, 0))[0] for x in range(5)] == [0, 255, 0, 255, 0]


def test_transparency_becomes_white():
    clear = Image.new("RGBA", (20, 10), (200, 0, 0, 0))
    clear.paste((0, 0, 200, 255), (10, 0, 20, 10))
    half = Image.new("RGBA", (20, 10), (0, 0, 0, 128))
    for kind in ("PNG", "WEBP", "TIFF", "GIF"):
        image = load_image(saved(clear, kind, **({"lossless": True} if kind == "WEBP" else {})))
        assert image.getpixel((2, 5)) == (255, 255, 255)
        np.testing.assert_allclose(image.getpixel((15, 5)), (0, 0, 200), atol=8)
    for mode in ("RGBA", "LA"):
        np.testing.assert_allclose(load_image(saved(half.convert(mode), "PNG")).getpixel((5, 5)), 127, atol=1)
    masks = struct.pack("<4I", 0xFF0000, 0xFF00, 0xFF, 0xFF000000)
    unused = bmp(1, 1, 32, 3, masks + bytes([9, 99, 9, 0]), header_bytes=56)  # a fourth byte nobody filled
    assert load_image(unused).getpixel((0, 0)) == (9, 99, 9)


@pytest.mark.parametrize(
    ("bits", "colour", "row", "transparent"),
    [
        (8, 0, bytes([16, 80]), (16,)),
        (4, 0, bytes([0x48]), (4,)),
        (2, 0, bytes([0b01100000]), (1,)),
        (16, 0, struct.pack(">2H", 4096, 9000), (4096,)),
        (8, 2, bytes([1, 2, 3, 9, 9, 9]), (1, 2, 3)),
        (16, 2, struct.pack(">6H", *[4096] * 3, 0, 0, 0), (4096,) * 3),
    ],
)
def test_one_transparent_colour_of_a_png(bits, colour, row, transparent):
    chunk = png_chunk(b"tRNS", struct.pack(f">{len(transparent)}H", *transparent))
    image = load_image(png(2, 1, b"\0" + row, bits, colour, chunk))
    assert image.getpixel((0, 0)) == (255, 255, 255) != image.getpixel((1, 0))


def test_nothing_of_the_metadata_stays():
    exif = Image.Exif()
    exif[0x010F] = "SECRET CAMERA"
    exif.get_ifd(0x8825)[2] = (48.0, 12.0, 30.0)  # GPS latitude
    profile = b"SECRET PROFILE" * 20
    for kind in ("JPEG", "PNG", "WEBP", "TIFF"):
        data = saved(scene(), kind, exif=exif, icc_profile=profile)
        assert b"SECRET CAMERA" in data
        image = load_image(data)
        assert type(image) is Image.Image and image.info == {} and len(image.getexif()) == 0
        image.info["comment"] = b"SECRET"
        assert not {b"SECRET", b"Exif"} & {part for part in (b"SECRET", b"Exif") if part in jpeg_bytes(image, 50)}
    text = TiffImagePlugin.ImageFileDirectory_v2()
    text[270] = "SECRET"
    assert load_image(saved(scene(), "TIFF", tiffinfo=text)).info == {}


def test_run_length_coded_bmp():
    palette = bytes([0, 0, 0, 0, 0, 0, 255, 0, 0, 255, 0, 0])  # black, red, green
    rows = b"\x04\x01\0\0\x02\x02\x02\x01\0\1"  # below 1 1 1 1, above 2 2 1 1
    image = load_image(bmp(4, 2, 8, 1, palette + rows))
    assert [image.getpixel((x, y)) for x, y in ((0, 0), (3, 0), (0, 1))] == [
        (0, 255, 0),
        (255, 0, 0),
        (255, 0, 0),
    ]


# Sizes


def test_reduced_pictures_keep_the_wanted_side():
    big = scene(1600, 900)
    for kind in ("JPEG", "PNG"):
        data = saved(big, kind)
        for min_side, side in ((1600, 1600), (801, 1600), (800, 800), (300, 400), (200, 200), (10, 200)):
            image, original = load_reduced(data, min_side)
            assert (max(image.size), original) == (side, (1600, 900))
            np.testing.assert_allclose(corners(image), COLOURS, atol=12)
    assert load_image(data, max_side=400).size == (400, 225) and load_image(data).size == (1600, 900)
    assert load_image(saved(scene(50, 1), "JPEG"), max_side=5).size[0] >= 5
    for wrong in (0, -1, 1.5, "9", True):
        with pytest.raises(EngineError):
            load_image(data, max_side=wrong)


def test_jpeg_bytes_fit_the_side():
    for size, side, expected in (
        ((600, 400), 60, (60, 40)),
        ((20, 10), 60, (20, 10)),
        ((500, 10), 10, (10, 1)),
    ):
        assert Image.open(io.BytesIO(jpeg_bytes(scene(*size), side))).size == expected
    assert jpeg_bytes(Image.new("LA", (9, 9)), 5)
    for wrong in ({"side": 0}, {"side": 10, "quality": 0}, {"side": "x"}):
        with pytest.raises(EngineError):
            jpeg_bytes(scene(), **wrong)
    with pytest.raises(EngineError):
        jpeg_bytes(None, 10)
