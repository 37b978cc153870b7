"""Road, kerbs, pavements, lawns and markings. Metres; the street runs along x, the road centre is y = 0."""

from __future__ import annotations

import math

import numpy as np

from . import materials as m
from .plants import grass_patch, scatter
from .shape import Shape

KERB = 0.13
FAR = 75.0


def _plane(name, x0, x1, y0, y1, z, mat):
    s = Shape(name)
    s.add([(x0, y0, z), (x1, y0, z), (x1, y1, z), (x0, y1, z)], [(0, 1, 2, 3)], mat)
    return s.make(smooth=0)


def pavement_material(rng, wet):
    tone = rng.choice([(0.56, 0.55, 0.53), (0.62, 0.58, 0.52), (0.48, 0.48, 0.49), (0.55, 0.44, 0.38)])
    style = rng.choice(["slabs", "slabs", "small", "setts", "asphalt"])
    if style == "slabs":
        return m.concrete(
            tone, rng.choice([(0.6, 0.6), (0.8, 0.4), (0.5, 0.5)]), 0.009, rng.choice([0.0, 0.5]), wet=wet
        )
    if style == "small":
        return m.concrete(tone, (0.21, 0.105), 0.007, 0.5, wet=wet)
    if style == "setts":
        return m.cobbles(tone, rng.uniform(0.1, 0.15), wet)
    return m.asphalt((0.3, 0.3, 0.31), wet)


def lay(rng, road: float, depth: float, north: str, south: str, wet: float) -> None:
    """All ground surfaces; ``road`` is half the road's width, ``depth`` the pavements' depth."""
    tar = m.asphalt(rng.choice([(0.26, 0.26, 0.27), (0.32, 0.31, 0.31), (0.21, 0.21, 0.22)]), wet)
    if rng.random() < 0.18:
        tar = m.cobbles((0.4, 0.39, 0.38), 0.15, wet)
    _plane("road", -FAR, FAR, -road, road, 0.0, tar)
    pave = pavement_material(rng, wet)
    stone = m.concrete(rng.choice([(0.62, 0.61, 0.58), (0.5, 0.5, 0.5)]), (0.95, 9.0), 0.012, 0.0)
    grass = m.mottled((0.16, 0.22, 0.06), (0.3, 0.36, 0.13), 1.2, 0.95, 0.5, 0.3, 0.7)
    for side, beyond in ((1, north), (-1, south)):
        kerb = Shape("kerb")
        kerb.box((0, side * (road + 0.07), KERB / 2 - 0.05), (2 * FAR, 0.14, KERB + 0.1), stone)
        kerb.make(bevel=0.02)
        gutter = Shape("gutter")
        gutter.box((0, side * (road - 0.13), 0.002), (2 * FAR, 0.26, 0.012), stone)
        gutter.make()
        ys = sorted((side * (road + 0.14), side * (road + depth + 0.3)))
        _plane("pavement", -FAR, FAR, ys[0], ys[1], KERB, pave)
        ys = sorted((side * (road + depth + 0.3), side * 90.0))
        _plane("beyond", -FAR, FAR, ys[0], ys[1], KERB, grass if beyond == "park" else pave)
    _markings(rng, road)


def _markings(rng, road: float) -> None:
    white = m.road_paint()
    s = Shape("marking")

    def strip(x0, x1, y0, y1):
        s.add([(x0, y0, 0.004), (x1, y0, 0.004), (x1, y1, 0.004), (x0, y1, 0.004)], [(0, 1, 2, 3)], white)

    style = rng.choice(["dashes", "dashes", "solid", "none"])
    shift = rng.uniform(0, 4)
    if style == "dashes":
        for i in range(-16, 17):
            strip(i * 4.5 + shift, i * 4.5 + shift + 2.2, -0.06, 0.06)
    elif style == "solid":
        strip(-FAR, FAR, -0.06, 0.06)
    if rng.random() < 0.45:
        for i in range(-12, 13):
            x = i * 5.6 + shift
            for side in (-1, 1):
                y0, y1 = sorted((side * (road - 2.1), side * (road - 0.28)))
                strip(x - 0.05, x + 0.05, y0, y1)
    if rng.random() < 0.35:
        x0 = rng.choice([-1, 1]) * rng.uniform(4, 9)
        n = int((2 * road - 0.6) / 1.0)
        for i in range(n):
            y = -road + 0.6 + i * 1.0
            strip(x0 - 1.6, x0 + 1.6, y, y + 0.5)
    if s.faces:
        s.make(smooth=0)
    lid = Shape("cover")
    x, y = rng.uniform(-4, 4), rng.uniform(-road * 0.7, road * 0.7)
    iron = m.mottled((0.12, 0.11, 0.1), (0.24, 0.22, 0.2), 12, 0.55, 0.3)
    lid.disc((x, y, 0.004), 0.34, iron, 0.012, "z", 28)
    for i in range(9):
        for k in range(9):
            dx, dy = (i - 4) * 0.068, (k - 4) * 0.068
            if math.hypot(dx, dy) < 0.27:
                lid.box((x + dx, y + dy, 0.011), (0.04, 0.04, 0.006), iron)
    lid.make()


def grow_grass(rng, camera_xy, edge: float, seen) -> None:
    """Blades on the lawn north of y = ``edge``, thinning out to 14 m from the camera."""
    patches = [grass_patch(rng) for _ in range(2)]
    spots: list[list] = [[], []]
    for i in range(-9, 10):
        for k in range(0, 14):
            x, y = camera_xy[0] + i * 1.5, edge + 0.8 + k * 1.5
            near = math.hypot(x - camera_xy[0], y - camera_xy[1]) / 14
            if rng.random() > near**2 and seen(x, y, 1.2):
                spots[(i + k) % 2].append((x, y, KERB, rng.uniform(0, 6.28)))
    for patch, where in zip(patches, spots, strict=True):
        patch.hide_render = True
        scatter(patch, where)


def fallen_leaves(rng, around, colours) -> None:
    """Autumn leaves on the pavement and in the gutter."""
    gen = np.random.default_rng(rng.randrange(1 << 30))
    s = Shape("leaves")
    n = 420
    x = around[0] + gen.normal(0, 3.0, n)
    y = around[1] + gen.normal(0, 1.2, n)
    z = np.full(n, KERB + 0.012)
    keep = y > around[2] + 0.2
    leaf = m.mottled(colours[0], colours[1], 1.5, 0.8, 0)
    s.cards(np.stack([x, y, z], 1)[keep], 0.09, gen, leaf, 0.7, 0.93)
    s.make(smooth=0)
