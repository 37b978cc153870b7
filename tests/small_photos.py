"""Drawn photos with a known thing at a known place, and a folder of them."""

from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw

from lsh_engine.describe import backbones

EXTRA_BACKBONES = str(Path(__file__).parent / "extra_backbones")
SIZE = WIDTH, HEIGHT = 200, 150
BOXES = (
    (20, 30, 95, 120),
    (105, 25, 180, 115),
    (60, 45, 140, 125),
    (15, 50, 100, 130),
    (95, 40, 175, 130),
    (70, 20, 150, 100),
)  # left, top, right, bottom of the thing in photo(i)


def photo(number: int) -> Image.Image:
    """A thing of its own shape and colours before a wall of its own pattern; the same for the same number."""
    random = np.random.default_rng(number)
    wall = random.integers(90, 200, (HEIGHT // 10, WIDTH // 10, 3), dtype=np.uint8)
    picture = Image.fromarray(wall).resize(SIZE, Image.Resampling.BICUBIC)
    draw = ImageDraw.Draw(picture)
    box = left, top, right, bottom = BOXES[number % len(BOXES)]
    middle, height = (left + right) // 2, (top + bottom) // 2
    body, detail = (tuple(int(value) for value in random.integers(0, 256, 3)) for _ in range(2))
    match number % len(BOXES):
        case 0:  # a bin: body, lid, wheels
            draw.polygon([(left, top + 20), (right, top + 20), (right - 10, bottom - 8), (left + 10, bottom - 8)], body)
            draw.rectangle((left, top, right, top + 16), detail)
            for x in (left + 18, right - 18):
                draw.ellipse((x - 8, bottom - 16, x + 8, bottom), "black")
        case 1:  # a ball with rings
            for shrink, colour in ((0, body), (10, detail), (20, body), (30, detail)):
                draw.ellipse((left + shrink, top + shrink, right - shrink, bottom - shrink), colour)
        case 2:  # a house
            draw.rectangle((left, height, right, bottom), body)
            draw.polygon([(left, height), (middle, top), (right, height)], detail)
            draw.rectangle((middle - 8, height + 12, middle + 8, bottom), "white")
        case 3:  # a chequered flag
            for i, x in enumerate(range(left, right, 17)):
                for j, y in enumerate(range(top, bottom, 16)):
                    draw.rectangle((x, y, min(x + 16, right), min(y + 15, bottom)), body if (i + j) % 2 else detail)
        case 4:  # bars
            for x in range(left, right, 20):
                draw.rectangle((x, top, x + 9, bottom), body)
            draw.rectangle((left, height - 6, right, height + 6), detail)
        case _:  # a star
            turns = np.arange(10) * np.pi / 5
            reach = np.where(np.arange(10) % 2, 0.4, 1.0) * (right - left) / 2
            points = zip(middle + reach * np.sin(turns), height - reach * np.cos(turns), strict=True)
            draw.polygon([tuple(point) for point in points], body, outline=detail, width=4)
    assert box[2] <= WIDTH and box[3] <= HEIGHT
    return picture


def write_photos(folder: Path, numbers=range(6), suffix: str = ".png") -> Path:
    """photo(n) as thing_n.png for every n; makes the folder."""
    folder.mkdir(parents=True, exist_ok=True)
    for number in numbers:
        photo(number).save(folder / f"thing_{number}{suffix}")
    return folder


def overlap(a, b) -> float:
    """Intersection over union of two boxes."""
    sides = [max(0.0, min(a[i + 2], b[i + 2]) - max(a[i], b[i])) for i in (0, 1)]
    areas = [(box[2] - box[0]) * (box[3] - box[1]) for box in (a, b)]
    return sides[0] * sides[1] / (sum(areas) - sides[0] * sides[1])


def plug_in() -> None:
    """Put the file extra_backbones/tiny.py beside the families of the package."""
    if EXTRA_BACKBONES not in backbones.__path__:
        backbones.__path__.append(EXTRA_BACKBONES)
    forget()


def pull_out() -> None:
    backbones.__path__.remove(EXTRA_BACKBONES)
    forget()


def forget() -> None:
    """Let the registry look again; networks already read are kept."""
    backbones.cards.cache_clear()
    backbones._families.cache_clear()
