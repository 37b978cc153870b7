"""Trash containers on wheels. Metres; fronts face -y."""

from __future__ import annotations

import math

from . import materials as m
from .banks import BLUE, GREEN, GREY, WHITE, YELLOW, igloo, underground_column
from .item import Item
from .shape import Shape

BROWN, BLACK, RED = (0.32, 0.19, 0.1), (0.08, 0.08, 0.085), (0.62, 0.1, 0.08)


def _wheel(s, x, y, radius, width, rubber, hub):
    s.disc((x, y, radius), radius, rubber, width, "x", 20)
    s.disc((x, y, radius), radius * 0.6, hub, width * 1.15, "x", 14)


def wheelie_bin(rng):
    """A two-wheeled bin of 120 to 240 litres."""
    w, d, h = rng.choice([(0.48, 0.50, 0.86), (0.58, 0.66, 0.96), (0.56, 0.60, 0.99)])
    k = rng.uniform(0.96, 1.08)
    w, d, h = w * k, d * k, h * k
    body_col = rng.choice([GREY, GREY, GREEN, GREEN, BLUE, BROWN, BLACK])
    lid_col = rng.choice([body_col, body_col, YELLOW, BLUE, BROWN, GREEN, RED])
    body = m.paint(body_col, 0.5, dirt=rng.uniform(0.15, 0.7), grain=0.1)
    lid = m.paint(lid_col, 0.45, dirt=rng.uniform(0.1, 0.5), grain=0.1)
    rubber, hub = m.plain((0.04, 0.04, 0.04), 0.8), m.plain((0.12, 0.12, 0.12), 0.5)
    s = Shape("wheelie_bin")
    foot = 0.07
    s.box((0, 0.02, foot + (h - foot) / 2), (w * 0.76, d * 0.72, h - foot), body, (1.26, 1.3), shift=(0, -0.03))
    s.box((0, -0.012, h - 0.04), (w * 1.02, d * 1.02, 0.07), body)
    s.box((0, 0.03, 0.045), (w * 0.62, d * 0.5, 0.09), body)
    for x in (-w * 0.22, w * 0.22):
        s.box((x, -d * 0.395, h * 0.47), (0.05, 0.03, h * 0.72), body, rot=(0.1, 0, 0))
    wheel = 0.1 * k
    for x in (-w * 0.42, w * 0.42):
        _wheel(s, x, d * 0.36, wheel, 0.055, rubber, hub)
    s.tube([(-w * 0.45, d * 0.36, wheel), (w * 0.45, d * 0.36, wheel)], 0.013, hub, 8)
    open_by = rng.choice([0, 0, 0, 0, rng.uniform(0.1, 0.35), rng.uniform(1.7, 3.4)])
    back, top = d * 0.5, h + 0.005
    c, sn = math.cos(open_by), math.sin(open_by)

    def swing(y, z):
        return back - (back - y) * c - z * sn if open_by else y, (back - y) * sn + z * c if open_by else z

    outline = [
        (-d * 0.57, -0.02),
        (-d * 0.56, 0.02),
        (-d * 0.4, 0.055),
        (0.0, 0.075),
        (d * 0.4, 0.06),
        (d * 0.5, 0.0),
    ]
    s.prism([(y, top + z) for y, z in (swing(*p) for p in outline)], w * 1.06, lid, "x")
    if open_by > 0.05:
        s.box((0, -0.01, h - 0.012), (w * 0.92, d * 0.92, 0.03), m.plain((0.01, 0.01, 0.01), 1.0))
    s.tube([(-w * 0.36, d * 0.6, h - 0.02), (w * 0.36, d * 0.6, h - 0.02)], 0.017, body, 8)
    for x in (-w * 0.36, 0.0, w * 0.36):
        s.tube([(x, d * 0.46, h - 0.05), (x, d * 0.6, h - 0.02)], 0.016, body, 8)
    if rng.random() < 0.5:
        s.box(
            (0, -d * 0.462, h * 0.7),
            (w * 0.3, 0.012, w * 0.22),
            m.plain(rng.choice([WHITE, YELLOW]), 0.4),
            rot=(0.1, 0, 0),
        )
    if open_by and open_by < 0.4 and rng.random() < 0.6:
        s.ball(
            (w * 0.1, -0.05, h + 0.06),
            (w * 0.3, d * 0.3, 0.11),
            m.plain(rng.choice([WHITE, BLACK, BLUE]), 0.3),
        )
    return Item("wheelie_bin", [s.make(bevel=0.014)], (w / 2, d * 0.62), h + 0.08)


def four_wheel_container(rng):
    """A 660 to 1100-litre container on castors with a domed or flat lid."""
    w, d, h = rng.choice([(1.36, 1.0, 1.08), (1.3, 0.78, 1.0), (1.38, 1.06, 1.12)])
    steel = rng.random() < 0.35
    col = (0.6, 0.62, 0.63) if steel else rng.choice([GREEN, GREEN, GREY, BLUE, (0.12, 0.36, 0.2), BROWN])
    lid_col = (
        rng.choice([col, GREEN, YELLOW, BLUE, GREY, RED]) if steel else rng.choice([col, col, YELLOW, BLUE, BROWN])
    )
    dirt = rng.uniform(0.2, 0.8)
    body = m.paint(col, 0.35 if steel else 0.5, 0.75 if steel else 0.0, dirt, grain=0.1)
    lid = m.paint(lid_col, 0.45, dirt=dirt * 0.7, grain=0.1)
    rubber, dark = m.plain((0.05, 0.05, 0.05), 0.8), m.plain((0.22, 0.22, 0.23), 0.45, 0.7)
    s = Shape("four_wheel_container")
    low = 0.2
    s.box((0, 0, low + (h - low) / 2), (w * 0.86, d * 0.74, h - low), body, (1.12, 1.3))
    s.box((0, 0, h - 0.03), (w * 1.03, d * 1.0, 0.07), body)
    ribs = rng.choice([3, 4, 5])
    lean = math.atan2(d * 0.11, h - low)
    for i in range(ribs):
        x = w * 0.72 * (i / (ribs - 1) - 0.5)
        for side in (-1, 1):
            s.box(
                (x, side * d * 0.428, low + (h - low) * 0.48),
                (0.055, 0.045, (h - low) * 0.84),
                body,
                rot=(-side * lean, 0, 0),
            )
    s.box((0, 0, low + 0.02), (w * 0.88, d * 0.77, 0.06), body)
    for side in (-1, 1):
        s.tube([(side * w * 0.46, 0, h - 0.22), (side * (w * 0.5 + 0.09), 0, h - 0.22)], 0.028, dark, 10)
        s.tube([(side * w * 0.47, 0, h - 0.22), (side * w * 0.5, 0, h - 0.22)], 0.07, body, 12)
    for x in (-w * 0.36, w * 0.36):
        for y in (-d * 0.3, d * 0.3):
            s.box((x, y, 0.19), (0.1, 0.1, 0.04), dark)
            s.box((x - 0.035, y + 0.02, 0.13), (0.012, 0.05, 0.12), dark)
            s.box((x + 0.035, y + 0.02, 0.13), (0.012, 0.05, 0.12), dark)
            _wheel(s, x, y + 0.03, 0.09, 0.045, rubber, dark)
    for x in (-w * 0.25, w * 0.25):
        s.tube(
            [
                (x - 0.09, -d * 0.5, h - 0.04),
                (x - 0.07, -d * 0.56, h - 0.04),
                (x + 0.07, -d * 0.56, h - 0.04),
                (x + 0.09, -d * 0.5, h - 0.04),
            ],
            0.012,
            dark,
            8,
        )
    rise = h + 0.005
    if rng.random() < 0.65:
        up = rng.uniform(0.22, 0.33)
        arc = [(-d * 0.53, rise), (-d * 0.52, rise + 0.05)]
        arc += [
            (-d * 0.5 * math.cos(a), rise + 0.05 + up * math.sin(a)) for a in (math.pi * i / 12 for i in range(1, 12))
        ]
        arc += [(d * 0.52, rise + 0.05), (d * 0.53, rise)]
        s.prism(arc, w * 1.02, lid, "x")
        for x in (-w * 0.515, w * 0.515):
            s.prism([(y * 1.02, rise + (z - rise) * 1.05) for y, z in arc], 0.045, lid, "x", x)
        height = rise + 0.05 + up
    else:
        for x, half in ((-w * 0.258, w * 0.505), (w * 0.258, w * 0.505)) if rng.random() < 0.5 else ((0, w * 1.03),):
            s.box((x, -0.01, rise + 0.045), (half, d * 1.05, 0.09), lid, (0.95, 0.9))
            s.box((x, -d * 0.54, rise + 0.02), (half * 0.5, 0.05, 0.03), lid)
        height = rise + 0.1
    s.tube([(-w * 0.45, d * 0.52, rise + 0.03), (w * 0.45, d * 0.52, rise + 0.03)], 0.022, dark, 8)
    if rng.random() < 0.6:
        plate = m.plain(rng.choice([WHITE, YELLOW, (0.2, 0.5, 0.8)]), 0.4)
        s.box((rng.uniform(-0.15, 0.15) * w, -d * 0.447, h * 0.66), (0.3, 0.012, 0.2), plate, rot=(lean, 0, 0))
    return Item("four_wheel_container", [s.make(bevel=0.018)], (w / 2 + 0.1, d * 0.55), height)


BUILDERS = {
    "wheelie_bin": wheelie_bin,
    "four_wheel_container": four_wheel_container,
    "igloo": igloo,
    "underground_column": underground_column,
}
