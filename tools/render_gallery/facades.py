"""Rows of houses with recessed windows, doors, shops, shutters, balconies and roofs. Metres."""

from __future__ import annotations

import math

from mathutils import Matrix

from . import materials as m
from .shape import Shape

PLASTER = [
    (0.86, 0.8, 0.66),
    (0.84, 0.62, 0.42),
    (0.8, 0.5, 0.4),
    (0.66, 0.74, 0.76),
    (0.86, 0.84, 0.8),
    (0.7, 0.74, 0.6),
    (0.85, 0.72, 0.45),
    (0.62, 0.6, 0.58),
    (0.82, 0.68, 0.64),
]
BRICK = [(0.48, 0.2, 0.13), (0.55, 0.27, 0.18), (0.62, 0.46, 0.3), (0.4, 0.2, 0.16), (0.5, 0.4, 0.33)]
TRIM = [(0.88, 0.87, 0.83), (0.7, 0.66, 0.58), (0.3, 0.28, 0.27), (0.55, 0.5, 0.44)]
PAINTED = [
    (0.12, 0.25, 0.2),
    (0.35, 0.12, 0.1),
    (0.15, 0.22, 0.36),
    (0.3, 0.2, 0.12),
    (0.1, 0.1, 0.1),
    (0.5, 0.42, 0.3),
    (0.25, 0.4, 0.45),
]


class Palette:
    """Materials shared by all the houses of one scene. ``evening`` from 0 to 1 lights windows."""

    def __init__(self, rng, evening: float, glow: float) -> None:
        self.evening = evening
        self.panes = [m.glass((0.05, 0.06, 0.07), 1.0, c) for c in (0.0, 0.5, 0.9)]
        self.lit = (
            [
                m.lit_window(c, glow * k, rng)
                for c, k in (((1.0, 0.68, 0.34), 1.0), ((1.0, 0.8, 0.55), 0.7), ((0.9, 0.55, 0.3), 0.4))
            ]
            if evening
            else []
        )
        self.shop = m.lit_window((1.0, 0.82, 0.58), glow * 1.5, rng) if evening else m.glass((0.1, 0.1, 0.1), 0.8, 0.25)
        self.iron = m.paint((0.06, 0.065, 0.07), 0.45, 0.6, 0.2)
        self.zinc = m.paint((0.45, 0.47, 0.48), 0.45, 0.7, 0.5)
        self.tiles = [
            m.concrete(c, (0.28, 0.2), 0.02) for c in ((0.5, 0.24, 0.16), (0.25, 0.25, 0.27), (0.36, 0.2, 0.15))
        ]

    def pane(self, rng):
        return rng.choice(self.lit) if rng.random() < self.evening else rng.choice(self.panes)


def _opening(s, wall, x0, x1, z0, z1, hx0, hx1, hz0, hz1, reveal, depth=0.16):
    """A wall cell with a hole, and the four sides of the recess."""
    v = [
        (x0, 0, z0),
        (x1, 0, z0),
        (x1, 0, z1),
        (x0, 0, z1),
        (hx0, 0, hz0),
        (hx1, 0, hz0),
        (hx1, 0, hz1),
        (hx0, 0, hz1),
    ]
    v += [(x, depth, z) for x, _, z in v[4:8]]
    s.add(v, [(0, 1, 5, 4), (1, 2, 6, 5), (2, 3, 7, 6), (3, 0, 4, 7)], wall)
    s.add(v, [(4, 5, 9, 8), (5, 6, 10, 9), (6, 7, 11, 10), (7, 4, 8, 11)], reveal)


def _window(s, pal, rng, x0, x1, z0, z1, frame, bars, depth=0.16):
    s.add([(x0, depth, z0), (x1, depth, z0), (x1, depth, z1), (x0, depth, z1)], [(0, 1, 2, 3)], pal.pane(rng))
    t, y = 0.055, depth - 0.025
    w, h, cx, cz = x1 - x0, z1 - z0, (x0 + x1) / 2, (z0 + z1) / 2
    for x in (x0 + t / 2, x1 - t / 2):
        s.box((x, y, cz), (t, 0.05, h), frame)
    for z in (z0 + t / 2, z1 - t / 2):
        s.box((cx, y, z), (w, 0.05, t), frame)
    if bars >= 1:
        s.box((cx, y, cz), (t * 0.8, 0.045, h), frame)
    if bars >= 2:
        s.box((cx, y, z0 + h * 0.68), (w, 0.045, t * 0.7), frame)


def _door(s, pal, rng, x0, x1, z1, leaf, frame):
    d, w = 0.2, x1 - x0
    s.box(((x0 + x1) / 2, d, z1 * 0.42), (w, 0.06, z1 * 0.84), leaf)
    for side in (-1, 1):
        for z in (z1 * 0.2, z1 * 0.58):
            s.box(((x0 + x1) / 2 + side * w * 0.22, d - 0.03, z), (w * 0.3, 0.025, z1 * 0.26), leaf)
    s.add([(x0, d, z1 * 0.85), (x1, d, z1 * 0.85), (x1, d, z1), (x0, d, z1)], [(0, 1, 2, 3)], pal.pane(rng))
    s.box(((x0 + x1) / 2, d - 0.03, z1 * 0.85), (w, 0.06, 0.06), frame)
    s.ball((x1 - w * 0.12, d - 0.06, 1.0), 0.035, pal.zinc, 8, 5)
    s.box(((x0 + x1) / 2, -0.1, 0.06), (w + 0.3, 0.4, 0.12), m.concrete((0.6, 0.58, 0.55), (9, 9)))


def house(rng, pal, width, floors, plain=False):
    """One front at y = 0, from x = 0 to ``width``. ``plain`` leaves out doors and shops (a backdrop)."""
    s = Shape("house")
    kind = rng.choice(["brick", "brick", "plaster", "plaster", "plaster", "concrete"])
    trim_col = rng.choice(TRIM)
    if kind == "brick":
        wall = m.brick(rng.choice(BRICK), rng.choice([(0.6, 0.57, 0.52), (0.4, 0.38, 0.36)]), rng)
    elif kind == "plaster":
        wall = m.plaster(rng.choice(PLASTER), rng)
    else:
        wall = m.concrete(
            rng.choice([(0.6, 0.59, 0.57), (0.68, 0.64, 0.58), (0.52, 0.54, 0.56)]),
            (2.4, 1.4),
            0.02,
            0.0,
            True,
        )
    trim = m.plaster(trim_col, rng)
    frame = m.paint(
        rng.choice([(0.88, 0.88, 0.86), (0.88, 0.88, 0.86), (0.2, 0.2, 0.2), (0.35, 0.22, 0.13)]),
        0.45,
        dirt=0.2,
    )
    leaf = m.paint(rng.choice(PAINTED), 0.4, dirt=0.3)
    base = m.concrete((0.5, 0.48, 0.46), (0.9, 0.45), 0.01, 0.5, True) if rng.random() < 0.6 else trim
    ground_h, floor_h = rng.uniform(3.2, 3.8), rng.uniform(2.7, 3.1)
    cols = max(2, round(width / rng.uniform(2.1, 2.9)))
    cell, bars = width / cols, rng.choice([0, 1, 1, 2, 2])
    ww, wh = cell * rng.uniform(0.4, 0.55), rng.uniform(1.35, 1.75)
    shutters = kind != "concrete" and rng.random() < 0.35
    shutter = m.paint(rng.choice(PAINTED), 0.5, dirt=0.3)
    balconies = rng.random() < 0.3
    ground = rng.choice(["homes", "homes", "shop", "garage", "blank"]) if not plain else "blank"
    door_at = rng.randrange(cols)
    top = ground_h + floors * floor_h
    for c in range(cols):
        x0 = c * cell
        mid = x0 + cell / 2
        if c == door_at and not plain:
            dw, dh = min(1.3, cell * 0.6), 2.5
            _opening(s, wall, x0, x0 + cell, 0, ground_h, mid - dw / 2, mid + dw / 2, 0.0, dh, trim, 0.22)
            _door(s, pal, rng, mid - dw / 2, mid + dw / 2, dh, leaf, frame)
        elif ground == "shop":
            a, b = x0 + 0.15, x0 + cell - 0.15
            _opening(s, leaf, x0, x0 + cell, 0, ground_h, a, b, 0.5, 2.75, leaf, 0.2)
            s.add([(a, 0.2, 0.5), (b, 0.2, 0.5), (b, 0.2, 2.75), (a, 0.2, 2.75)], [(0, 1, 2, 3)], pal.shop)
            s.box((mid, 0.16, 2.2), (b - a, 0.05, 0.06), frame)
            s.box((mid, -0.03, 3.02), (cell, 0.06, 0.36), leaf)
        elif ground == "garage" and cell > 2.2:
            a, b = mid - min(cell * 0.42, 1.3), mid + min(cell * 0.42, 1.3)
            _opening(s, wall, x0, x0 + cell, 0, ground_h, a, b, 0.0, 2.4, trim, 0.22)
            for i in range(8):
                s.box((mid, 0.22, 0.15 + i * 0.3), (b - a, 0.05, 0.28), shutter)
        elif ground == "blank" and rng.random() < 0.4:
            s.add(
                [(x0, 0, 0), (x0 + cell, 0, 0), (x0 + cell, 0, ground_h), (x0, 0, ground_h)],
                [(0, 1, 2, 3)],
                wall,
            )
        else:
            z = 1.0
            _opening(s, wall, x0, x0 + cell, 0, ground_h, mid - ww / 2, mid + ww / 2, z, z + wh, trim)
            _window(s, pal, rng, mid - ww / 2, mid + ww / 2, z, z + wh, frame, bars)
            s.box((mid, -0.04, z - 0.04), (ww + 0.2, 0.16, 0.07), trim)
        for f in range(floors):
            z0 = ground_h + f * floor_h
            low = z0 + (0.75 if not balconies else 0.35)
            high = min(low + wh + (0.35 if balconies else 0), z0 + floor_h - 0.25)
            _opening(s, wall, x0, x0 + cell, z0, z0 + floor_h, mid - ww / 2, mid + ww / 2, low, high, trim)
            _window(s, pal, rng, mid - ww / 2, mid + ww / 2, low, high, frame, bars)
            s.box((mid, -0.04, low - 0.04), (ww + 0.2, 0.15, 0.07), trim)
            if kind == "brick":
                s.box((mid, -0.01, high + 0.1), (ww + 0.25, 0.05, 0.2), trim)
            if shutters:
                for side in (-1, 1):
                    s.box(
                        (mid + side * ww * 0.76, -0.03, (low + high) / 2),
                        (ww * 0.48, 0.05, high - low),
                        shutter,
                    )
            elif balconies and f and c % 2 == 0:
                s.box((mid, -0.42, low - 0.1), (ww + 0.7, 0.85, 0.12), trim)
                for i in range(int((ww + 0.7) / 0.12)):
                    s.box((mid - ww / 2 - 0.33 + i * 0.12, -0.82, low + 0.42), (0.018, 0.018, 0.9), pal.iron)
                for side in (-1, 1):
                    s.box((mid + side * (ww / 2 + 0.34), -0.42, low + 0.86), (0.04, 0.84, 0.04), pal.iron)
                s.box((mid, -0.82, low + 0.87), (ww + 0.7, 0.04, 0.04), pal.iron)
    s.box((width / 2, -0.02, 0.22), (width, 0.06, 0.44), base) if ground == "blank" else None
    s.box((width / 2, -0.04, ground_h), (width, 0.12, 0.16), trim)
    s.box((width / 2, -0.16, top + 0.1), (width, 0.42, 0.22), trim)
    s.tube([(0, -0.38, top + 0.24), (width, -0.38, top + 0.24)], 0.07, pal.zinc, 8)
    s.tube([(0.12, -0.09, top), (0.12, -0.09, 0.05)], 0.05, pal.zinc, 8)
    deep = 9.0
    s.add([(0, 0, 0), (0, deep, 0), (0, deep, top), (0, 0, top)], [(3, 2, 1, 0)], wall)
    s.add([(width, 0, 0), (width, deep, 0), (width, deep, top), (width, 0, top)], [(0, 1, 2, 3)], wall)
    rise = rng.choice([0.3, 2.6, 3.4])
    tile = rng.choice(pal.tiles)
    roof = [
        (0, -0.3, top + 0.2),
        (width, -0.3, top + 0.2),
        (width, deep / 2, top + rise),
        (0, deep / 2, top + rise),
        (width, deep, top),
        (0, deep, top),
    ]
    s.add(roof, [(0, 1, 2, 3), (3, 2, 4, 5)], tile)
    s.add([(0, 0, top), (0, deep, top), (0, deep / 2, top + rise)], [(0, 2, 1)], wall)
    s.add([(width, 0, top), (width, deep, top), (width, deep / 2, top + rise)], [(0, 1, 2)], wall)
    if rng.random() < 0.7:
        s.box((width * rng.uniform(0.2, 0.8), deep * 0.4, top + rise + 0.3), (0.7, 0.5, 1.5), wall)
    return s.make(smooth=0)


def row(rng, pal, start, end, line, faces=-1, plain=False, turn=None, floors=None):
    """A terrace along x from ``start`` to ``end`` at y = ``line``; ``faces`` -1 looks to -y, +1 to +y.

    With ``turn`` (radians) the row is built at the origin and turned about the vertical at (start, line).
    """
    x = start
    while x < end:
        width = min(rng.uniform(6.5, 13.0), max(end - x, 5.0))
        obj = house(rng, pal, width, rng.choice(floors or [1, 2, 2, 3, 3]), plain)
        if turn is not None:
            move = (
                Matrix.Translation((start, line, 0))
                @ Matrix.Rotation(turn, 4, "Z")
                @ Matrix.Translation((x - start, 0, 0))
            )
        elif faces < 0:
            move = Matrix.Translation((x, line, 0))
        else:
            move = Matrix.Translation((x + width, line, 0)) @ Matrix.Rotation(math.pi, 4, "Z")
        obj.matrix_world = move
        x += width
