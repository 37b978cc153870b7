"""Trash containers without wheels: igloos and inlets of underground containers. Metres; fronts face -y."""

from __future__ import annotations

import math

from . import materials as m
from .item import Item
from .shape import Shape

GREY, GREEN, BLUE = (0.2, 0.21, 0.22), (0.07, 0.3, 0.13), (0.08, 0.2, 0.5)
YELLOW, WHITE = (0.95, 0.74, 0.05), (0.86, 0.86, 0.83)


def igloo(rng):
    """A dome-shaped bottle bank with round or slotted holes."""
    r, h = rng.uniform(0.62, 0.8), rng.uniform(1.45, 1.75)
    col = rng.choice(
        [(0.1, 0.42, 0.18), (0.1, 0.42, 0.18), (0.95, 0.75, 0.08), (0.1, 0.28, 0.62), WHITE, (0.05, 0.3, 0.2)]
    )
    skin = m.paint(col, 0.42, dirt=rng.uniform(0.15, 0.7), grain=0.1)
    dark, rim = m.plain((0.012, 0.012, 0.012), 0.7), m.plain((0.05, 0.05, 0.055), 0.6)
    metal = m.plain((0.45, 0.46, 0.47), 0.35, 0.9)
    band = m.paint(rng.choice([WHITE, col, col, YELLOW, GREY]), 0.45)
    s = Shape("igloo")
    shoulder = rng.uniform(0.42, 0.55) * h
    profile = [(r * 0.9, 0.03), (r * 0.98, 0.06), (r, 0.14), (r, shoulder * 0.75), (r * 0.99, shoulder)]
    bands = [skin, skin, skin, band]
    for i in range(1, 11):
        a = math.pi / 2 * i / 10
        profile.append(
            (
                max(r * 0.99 * math.cos(a) ** 0.8 if i < 10 else 0.03, 0.03),
                shoulder + (h - shoulder) * math.sin(a),
            )
        )
        bands.append(skin)
    s.lathe(profile, bands, 36)
    for a in range(8):
        t = math.pi * (a + 0.5) / 4
        s.box(
            (r * math.cos(t), r * math.sin(t), shoulder * 0.42),
            (0.07, 0.07, shoulder * 0.5),
            skin,
            rot=(0, 0, t),
        )
    slot = rng.random() < 0.25
    a0 = math.radians(38)
    z = shoulder + (h - shoulder) * math.sin(a0)
    out = r * 0.99 * math.cos(a0) ** 0.8
    for t in [-math.pi / 2 + rng.uniform(-0.5, 0.5) + k * 2 * math.pi / 4 for k in range(4)]:
        dx, dy = math.cos(t), math.sin(t)
        nz = 0.45
        inner = [
            (dx * (out - 0.1), dy * (out - 0.1), z - 0.045),
            (dx * (out + 0.05), dy * (out + 0.05), z + 0.05 * nz),
        ]
        if slot:
            s.box((dx * out, dy * out, z), (0.12, 0.52, 0.17), rim, rot=(0, -0.4, t))
            s.box((dx * (out + 0.03), dy * (out + 0.03), z + 0.01), (0.085, 0.44, 0.1), dark, rot=(0, -0.4, t))
        else:
            s.tube(inner, 0.135, rim, 20)
            s.tube([inner[0], (dx * (out + 0.056), dy * (out + 0.056), z + 0.053 * nz)], 0.105, dark, 20)
    s.tube([(0, 0, h - 0.03), (0, 0, h + 0.09)], 0.035, metal, 10)
    s.torus((0, 0, h + 0.15), 0.075, 0.018, metal, "y", 18)
    if rng.random() < 0.6:
        t = -math.pi / 2 + rng.uniform(-0.3, 0.3)
        plate = m.plain(rng.choice([WHITE, YELLOW, (0.3, 0.6, 0.85)]), 0.4)
        s.box(
            (math.cos(t) * (r + 0.005), math.sin(t) * (r + 0.005), shoulder * 0.62),
            (0.03, 0.34, 0.26),
            plate,
            rot=(0, 0, t),
        )
    return Item("igloo", [s.make(bevel=0.008, smooth=40)], (r, r), h + 0.2)


def underground_column(rng):
    """The inlet of an underground container: a steel column with a drum or hatch on a floor plate."""
    h = rng.uniform(1.15, 1.4)
    w, d = rng.uniform(0.5, 0.68), rng.uniform(0.5, 0.66)
    steel = rng.random() < 0.6
    col = (0.66, 0.67, 0.68) if steel else rng.choice([(0.3, 0.32, 0.34), (0.18, 0.34, 0.26), (0.5, 0.5, 0.48)])
    body = m.paint(col, rng.uniform(0.25, 0.4), 0.85 if steel else 0.2, rng.uniform(0.1, 0.5))
    accent = m.paint(rng.choice([GREEN, BLUE, YELLOW, (0.85, 0.35, 0.08), GREY, (0.4, 0.4, 0.4)]), 0.4, dirt=0.2)
    dark, plate = m.plain((0.03, 0.03, 0.03), 0.6), m.paint((0.4, 0.41, 0.42), 0.45, 0.85, 0.7, name="plate")
    s = Shape("underground_column")
    size = rng.uniform(0.95, 1.25)
    s.box((0, 0.03, 0.016), (size, size, 0.03), plate)
    for i in range(-5, 6):
        s.box((i * size / 11.5, 0.03, 0.034), (0.03, size * 0.92, 0.008), plate)
    if rng.random() < 0.4:
        r = w * 0.5
        s.lathe([(r * 1.1, 0.03), (r * 1.1, 0.07), (r, 0.08), (r, h * 0.62)], body, 28)
        s.lathe([(r, h * 0.62), (r, h * 0.66)], accent, 28)
        s.lathe([(r, h * 0.66), (r, h * 0.9), (r * 0.92, h * 0.96), (r * 0.7, h), (0.02, h + 0.01)], body, 28)
        front = -r
    else:
        lean = rng.uniform(0.75, 1.0)
        s.box((0, 0, 0.05 + h * 0.27), (w, d, h * 0.54), body)
        s.box((0, 0, h * 0.6), (w * 1.015, d * 1.015, 0.05), accent)
        s.box((0, 0, h * 0.62 + h * 0.18), (w, d, h * 0.36), body, (0.98, lean), shift=(0, d * (1 - lean) / 2))
        s.box((0, d * (1 - lean) / 2, h * 0.985), (w * 1.02, d * lean * 1.03, 0.035), accent)
        front = -d / 2
    z = h * 0.78
    if rng.random() < 0.55:
        s.tube(
            [(-w * 0.34, front + 0.06, z), (w * 0.34, front + 0.06, z)],
            0.15,
            accent if rng.random() < 0.5 else body,
            22,
        )
        s.tube([(-w * 0.2, front - 0.1, z), (w * 0.2, front - 0.1, z)], 0.014, dark, 8)
        s.tube([(-w * 0.345, front + 0.06, z), (w * 0.345, front + 0.06, z)], 0.06, dark, 14)
    else:
        s.box((0, front, z), (w * 0.72, 0.07, h * 0.22), dark)
        s.box((0, front - 0.025, z - 0.01), (w * 0.64, 0.06, h * 0.19), accent, rot=(-0.12, 0, 0))
        s.tube([(-w * 0.15, front - 0.09, z), (w * 0.15, front - 0.09, z)], 0.013, dark, 8)
    s.box(
        (0, front - 0.002, h * 0.36),
        (w * 0.5, 0.012, h * 0.2),
        m.plain(rng.choice([WHITE, (0.2, 0.45, 0.75), YELLOW]), 0.35),
    )
    return Item("underground_column", [s.make(bevel=0.012)], (size / 2, size / 2), h, extra={"core": max(w, d) / 2})
