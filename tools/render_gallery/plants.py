"""Planters, hedges and grass. Metres."""

from __future__ import annotations

import math

import bpy
import numpy as np
from mathutils import Matrix

from . import materials as m
from .item import Item
from .shape import Shape
from .trees import SUMMER


def planter(rng):
    """A tub with a clipped shrub or flowers."""
    s = Shape("planter")
    style = rng.choice(["tub", "trough", "bowl"])
    gen = np.random.default_rng(rng.randrange(1 << 30))
    pot = rng.choice(
        [
            m.concrete((0.62, 0.6, 0.56), (9, 9)),
            m.paint((0.55, 0.26, 0.15), 0.8),
            m.wood((0.42, 0.27, 0.15)),
            m.paint((0.2, 0.21, 0.22), 0.5),
        ]
    )
    soil = m.mottled((0.12, 0.08, 0.05), (0.2, 0.14, 0.1), 20)
    w, d, h = (1.3, 0.45, 0.5) if style == "trough" else (0.62, 0.62, 0.58)
    if style == "bowl":
        s.lathe(
            [(0.25, 0), (0.3, 0.05), (0.42, 0.36), (0.48, 0.5), (0.42, 0.5), (0.4, 0.44), (0.01, 0.44)],
            pot,
            24,
        )
        w = d = 0.9
        h = 0.48
    else:
        s.box((0, 0, h / 2), (w * 0.86, d * 0.86, h), pot, (1.15, 1.15))
        s.box((0, 0, h + 0.002), (w * 0.9, d * 0.9, 0.01), soil)
    leaf = m.mottled((0.1, 0.26, 0.06), (0.2, 0.4, 0.12), 9, 0.6, 0, translucent=0.25)
    tall = rng.uniform(0.25, 0.6)
    p = gen.normal(size=(1300, 3))
    p /= np.linalg.norm(p, axis=1, keepdims=True)
    p *= gen.uniform(0.75, 1.0, size=(1300, 1)) * np.array([w * 0.46, d * 0.48, tall])
    p = p[p[:, 2] > -0.1 * tall]
    s.cards(p + [0, 0, h + 0.02], 0.07, gen, leaf)
    if rng.random() < 0.7:
        petal = m.plain(rng.choice([(0.8, 0.08, 0.15), (0.9, 0.6, 0.1), (0.75, 0.3, 0.7), (0.95, 0.9, 0.88)]), 0.6)
        s.cards(p[:160] * 1.06 + [0, 0, h + 0.02], 0.075, gen, petal, 0.9)
    return Item("planter", [s.make(bevel=0.01, smooth=30)], (w / 2, d / 2), h + tall)


def hedge(rng, length, height=1.0, depth=0.7):
    """A clipped hedge along x."""
    s = Shape("hedge")
    gen = np.random.default_rng(rng.randrange(1 << 30))
    dark, light = rng.choice(SUMMER)
    core = m.mottled(tuple(c * 0.5 for c in dark), dark, 10)
    leaf = m.mottled(dark, light, 3.0, 0.6, 0, translucent=0.25)
    s.box((0, 0, height / 2), (length, depth * 0.85, height * 0.95), core)
    n = int(length * 420)
    p = gen.uniform(-0.5, 0.5, size=(n, 3)) * [length, depth, height]
    face = gen.integers(0, 3, n)
    p[face == 0, 1] = -depth / 2 + gen.normal(0, 0.03, (face == 0).sum())
    p[face == 1, 2] = height / 2 + gen.normal(0, 0.03, (face == 1).sum())
    s.cards(p + [0, 0, height / 2], 0.085, gen, leaf)
    return s.make(smooth=0)


def grass_patch(rng, size=1.6):
    """Blades on a square of ``size``; linked many times to cover a lawn."""
    s = Shape("grass")
    gen = np.random.default_rng(rng.randrange(1 << 30))
    leaf = m.mottled((0.24, 0.34, 0.09), (0.46, 0.52, 0.2), 2.0, 0.7, 0, translucent=0.3)
    n = 900
    p = gen.uniform(-size / 2, size / 2, (n, 2))
    a, h = gen.uniform(0, 2 * math.pi, n), gen.uniform(0.03, 0.11, n)
    w = 0.012
    verts = np.stack(
        [
            np.stack([p[:, 0] - w * np.cos(a), p[:, 1] - w * np.sin(a), np.zeros(n)], 1),
            np.stack([p[:, 0] + w * np.cos(a), p[:, 1] + w * np.sin(a), np.zeros(n)], 1),
            np.stack([p[:, 0] + h * 0.5 * np.sin(a * 3), p[:, 1] + h * 0.5 * np.cos(a * 5), h], 1),
        ],
        1,
    ).reshape(-1, 3)
    s.add(verts.tolist(), [(3 * i, 3 * i + 1, 3 * i + 2) for i in range(n)], leaf)
    return s.make(smooth=0)


def scatter(obj, spots):
    """Links copies of one object at (x, y, z, turn); the mesh is shared."""
    for x, y, z, turn in spots:
        twin = obj.copy()
        twin.hide_render = False
        twin.matrix_world = Matrix.Translation((x, y, z)) @ Matrix.Rotation(turn, 4, "Z")
        bpy.context.scene.collection.objects.link(twin)


BUILDERS = {"planter": planter}
