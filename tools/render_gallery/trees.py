"""Trees of several species and seasons. Metres."""

from __future__ import annotations

import math

import numpy as np
from mathutils import Vector

from . import materials as m
from .item import Item
from .shape import Shape

SUMMER = [
    ((0.09, 0.22, 0.04), (0.24, 0.4, 0.1)),
    ((0.14, 0.28, 0.07), (0.36, 0.46, 0.14)),
    ((0.06, 0.17, 0.06), (0.15, 0.3, 0.1)),
]
AUTUMN = [
    ((0.62, 0.3, 0.05), (0.82, 0.55, 0.1)),
    ((0.5, 0.13, 0.05), (0.75, 0.35, 0.08)),
    ((0.65, 0.5, 0.08), (0.85, 0.7, 0.2)),
]


def _branch(s, rng, start, way, length, radius, depth, bark, tips):
    """One bent branch and its forks; end points go to ``tips``."""
    points, here = [start], Vector(start)
    step = length / 3
    for _ in range(3):
        way = (way + Vector((rng.gauss(0, 0.14), rng.gauss(0, 0.14), rng.uniform(0.0, 0.16)))).normalized()
        here = here + way * step
        points.append(here.copy())
    end = radius * 0.6
    s.tube(points, [radius + (end - radius) * i / 3 for i in range(4)], bark, 8 if depth > 1 else 5, False)
    tips.append((points[2], depth))
    tips.append((points[3], depth))
    if depth == 0:
        return
    for i in range(rng.choice([2, 3, 3])):
        turn = rng.uniform(0, 2 * math.pi)
        side = Vector((math.cos(turn), math.sin(turn), 0.15))
        fork = (way * rng.uniform(0.6, 1.0) + side * rng.uniform(0.5, 0.9)).normalized()
        _branch(
            s,
            rng,
            points[3] if i else points[2],
            fork,
            length * rng.uniform(0.62, 0.8),
            end * 0.8,
            depth - 1,
            bark,
            tips,
        )


def tree(rng, season=None):
    """A broad-leaved, birch-like, columnar, conifer or bare tree."""
    s = Shape("tree")
    gen = np.random.default_rng(rng.randrange(1 << 30))
    style = rng.choice(["broad", "broad", "birch", "column", "conifer", "bare"])
    season = season or rng.choice(["summer", "summer", "autumn"])
    dark, light = rng.choice(AUTUMN if season == "autumn" and style != "conifer" else SUMMER)
    leaf = m.mottled(dark, light, 3.0, 0.55, 0, 0.3, 0.7, translucent=0.35, name="leaf")
    if style == "birch":
        bark = m.mottled((0.12, 0.11, 0.1), (0.82, 0.81, 0.77), 5, 0.8, 0.2, 0.3, 0.45)
    else:
        bark = m.mottled((0.13, 0.1, 0.075), (0.34, 0.28, 0.22), 14, 0.95, 0.7)
    size = rng.uniform(0.75, 1.35)
    if style == "conifer":
        h = 5.5 * size
        s.tube([(0, 0, 0), (0, 0, h * 0.9)], (0.14 * size, 0.03), bark, 9)
        n = 5200
        t = gen.uniform(0, 1, n) ** 0.75
        tier = np.abs((t * 9) % 1.0)
        r = (1 - t) * 1.55 * size * (1.05 - 0.5 * tier) * gen.uniform(0.55, 1.0, n)
        a = gen.uniform(0, 2 * math.pi, n)
        s.cards(
            np.stack([r * np.cos(a), r * np.sin(a), h * 0.12 + t * h * 0.9 - 0.12 * r], 1),
            0.2,
            gen,
            leaf,
            0.28,
            0.4,
        )
        return Item("tree", [s.make(smooth=0)], (0.25, 0.25), h, extra={"crown": 1.4 * size})
    tips: list = []
    trunk = (1.5 if style != "column" else 1.2) * size + 0.6
    r0 = rng.uniform(0.1, 0.17) * size
    s.tube(
        [(0, 0, 0), (0, 0, 0.12), (0, 0, trunk * 0.5), (0.03, 0.02, trunk)],
        (r0 * 1.5, r0 * 1.1, r0, r0 * 0.85),
        bark,
        12,
        False,
    )
    depth = 4 if style == "bare" else 3
    for i in range(4):
        turn = 2 * math.pi * i / 4 + rng.uniform(-0.5, 0.5)
        out = {"column": 0.3, "birch": 0.5}.get(style, 0.95)
        way = Vector((out * math.cos(turn), out * math.sin(turn), 1.0)).normalized()
        _branch(s, rng, Vector((0.03, 0.02, trunk - 0.03)), way, 1.15 * size, r0 * 0.62, depth - 1, bark, tips)
    if style != "bare":
        ends = np.array([tuple(p) for p, d in tips if d <= 1])
        n = {"broad": 8500, "birch": 4500, "column": 6500}[style]
        pick = ends[gen.integers(0, len(ends), n)]
        spread = gen.normal(size=(n, 3)) * np.array([0.3, 0.3, 0.24]) * size
        s.cards(pick + spread, gen.uniform(0.1, 0.17, n), gen, leaf, 0.6, 0.2)
    top = max(p.z for p, _ in tips) + 0.4
    return Item("tree", [s.make(smooth=0 if style != "bare" else 60)], (0.3, 0.3), top, extra={"crown": 1.7 * size})


BUILDERS = {"tree": tree}
