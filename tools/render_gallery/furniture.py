"""Street furniture: benches, post boxes, lamps, signs, bollards, hydrants. Metres."""

from __future__ import annotations

import math

import bpy

from . import materials as m
from .item import Item
from .shape import Shape

DARK = (0.07, 0.08, 0.085)
POST_COLOURS = [
    (0.62, 0.05, 0.05),
    (0.62, 0.05, 0.05),
    (0.95, 0.74, 0.05),
    (0.08, 0.17, 0.45),
    (0.85, 0.32, 0.05),
]


def bench(rng):
    """A slatted park bench, a backless one or one of concrete and wood."""
    s = Shape("bench")
    w = rng.uniform(1.5, 2.1)
    plank = m.wood(
        rng.choice([(0.5, 0.31, 0.16), (0.38, 0.22, 0.12), (0.62, 0.52, 0.4), (0.18, 0.32, 0.2), (0.45, 0.12, 0.08)])
    )
    style = rng.choice(["iron", "iron", "plain", "block"])
    if style == "block":
        base = m.concrete((0.6, 0.59, 0.56), (9, 9))
        for x in (-w * 0.36, w * 0.36):
            s.box((x, 0, 0.2), (0.28, 0.42, 0.4), base)
    else:
        iron = m.paint(rng.choice([DARK, (0.1, 0.2, 0.14), (0.4, 0.41, 0.42)]), 0.4, 0.7, 0.2)
        for x in (-w * 0.42, 0, w * 0.42):
            s.tube([(x, -0.22, 0.0), (x, -0.2, 0.41), (x, 0.2, 0.41), (x, 0.24, 0.0)], 0.022, iron, 8)
            if style == "iron":
                s.tube([(x, 0.18, 0.4), (x, 0.24, 0.6), (x, 0.3, 0.86)], 0.02, iron, 8)
                if x:
                    s.tube([(x, 0.23, 0.63), (x, 0.0, 0.66), (x, -0.2, 0.63), (x, -0.21, 0.41)], 0.016, iron, 8)
    for i in range(5):
        s.box((0, -0.2 + i * 0.098, 0.445), (w, 0.08, 0.035), plank)
    if style == "iron":
        for i in range(4):
            s.box((0, 0.215 + i * 0.024, 0.55 + i * 0.1), (w, 0.03, 0.08), plank, rot=(-0.22, 0, 0))
    return Item("bench", [s.make(bevel=0.007)], (w / 2, 0.35), 0.9 if style == "iron" else 0.47)


def post_box(rng):
    """A round pillar box, or a box with a curved top on a post."""
    s = Shape("post_box")
    col = rng.choice(POST_COLOURS)
    skin = m.paint(col, 0.3, 0.1, rng.uniform(0.05, 0.4), coat=0.4)
    dark, base = m.plain((0.01, 0.01, 0.01), 0.8), m.paint(DARK, 0.5)
    label = m.plain((0.88, 0.87, 0.82), 0.5)
    style = rng.choice(["pillar", "pillar", "box", "box", "cabinet"])
    if style == "pillar":
        r, h = rng.uniform(0.22, 0.28), rng.uniform(1.4, 1.6)
        s.lathe([(r * 1.1, 0), (r * 1.1, 0.2), (r * 1.02, 0.22)], base, 28)
        s.lathe(
            [(r, 0.22), (r, h * 0.86), (r * 1.13, h * 0.87), (r * 1.15, h * 0.91), (r * 1.02, h * 0.93)],
            skin,
            28,
        )
        s.lathe([(r * 1.02, h * 0.93), (r * 0.85, h * 0.965), (r * 0.5, h * 0.99), (0.01, h)], skin, 28)
        s.box((0, -r, h * 0.78), (r * 1.0, 0.09, 0.09), skin)
        s.box((0, -r - 0.036, h * 0.78), (r * 0.8, 0.03, 0.035), dark)
        s.box((0, -r - 0.002, h * 0.62), (r * 0.7, 0.02, 0.16), label)
        s.box((0, -r * 0.99, h * 0.38), (r * 1.1, 0.03, h * 0.34), skin)
        return Item("post_box", [s.make(bevel=0.008)], (r, r), h)
    if style == "box":
        w, d, low, top = rng.uniform(0.36, 0.5), 0.28, rng.uniform(0.75, 0.9), rng.uniform(1.35, 1.5)
        s.tube([(0, 0.05, 0), (0, 0.05, low + 0.1)], 0.04, base, 12)
        s.disc((0, 0.05, 0.01), 0.12, base, 0.02)
    else:
        w, d, low, top = 0.62, 0.5, 0.22, 1.25
        for x in (-0.24, 0.24):
            for y in (-0.18, 0.18):
                s.box((x, y, 0.12), (0.06, 0.06, 0.24), base)
    arch = top - w * 0.22
    outline = [(-w / 2, low), (w / 2, low), (w / 2, arch)]
    outline += [(w / 2 * math.cos(a), arch + w * 0.3 * math.sin(a)) for a in (math.pi * i / 10 for i in range(1, 10))]
    outline.append((-w / 2, arch))
    s.prism(outline, d, skin)
    s.box((0, -d / 2 - 0.012, arch - 0.03), (w * 0.72, 0.06, 0.08), skin)
    s.box((0, -d / 2 - 0.036, arch - 0.045), (w * 0.62, 0.02, 0.03), dark)
    s.box((0, -d / 2 - 0.002, (low + arch) / 2), (w * 0.5, 0.012, (arch - low) * 0.3), label)
    return Item("post_box", [s.make(bevel=0.014)], (w / 2, d / 2), top)


def street_lamp(rng, power=0.0):
    """A lantern on a post or a curved arm; ``power`` in watts lights it."""
    s = Shape("street_lamp")
    pole = m.paint(rng.choice([DARK, (0.1, 0.18, 0.14), (0.45, 0.46, 0.47)]), 0.4, 0.7, 0.2)
    warm = (1.0, 0.72, 0.38)
    bulb = m.plain(warm, 0.3, glow=power * 0.08 if power else 0.0) if power else m.plain((0.85, 0.85, 0.8), 0.2)
    if rng.random() < 0.5:
        h = rng.uniform(3.4, 4.2)
        s.lathe([(0.13, 0), (0.13, 0.5), (0.07, 0.6), (0.045, 1.0), (0.04, h)], pole, 14)
        s.lathe([(0.08, h), (0.13, h + 0.08), (0.2, h + 0.42)], bulb, 8)
        s.lathe([(0.25, h + 0.42), (0.2, h + 0.5), (0.06, h + 0.62), (0.01, h + 0.72)], pole, 8)
        spot, top = (0.0, 0.0, h - 0.15), h + 0.7
    else:
        h = rng.uniform(5.0, 6.2)
        arm = rng.uniform(0.9, 1.5)
        s.lathe([(0.1, 0), (0.1, 1.0), (0.06, 1.1), (0.045, h - 0.5)], pole, 14)
        curve = [
            (0, -arm * (1 - math.cos(a)), h - 0.5 + 0.5 * math.sin(a)) for a in (math.pi / 2 * i / 6 for i in range(7))
        ]
        s.tube(curve, 0.04, pole, 10)
        s.box((0, -arm - 0.2, h), (0.22, 0.6, 0.1), pole, (0.7, 0.9))
        s.box((0, -arm - 0.2, h - 0.06), (0.16, 0.46, 0.03), bulb)
        spot, top = (0.0, -arm - 0.2, h - 0.2), h
    objects = [s.make(bevel=0.006)]
    if power:
        light = bpy.data.lights.new("lamp", "POINT")
        light.energy, light.color, light.shadow_soft_size = power, warm, 0.12
        lamp = bpy.data.objects.new("lamp", light)
        bpy.context.scene.collection.objects.link(lamp)
        lamp.matrix_world.translation = spot
        objects.append(lamp)
    return Item("street_lamp", objects, (0.2, 0.2), top)


def traffic_sign(rng):
    """A blank sign on a pole: disc, triangle, square or octagon, without any lettering."""
    s = Shape("traffic_sign")
    grey = m.plain((0.5, 0.51, 0.52), 0.4, 0.8)
    white, red = m.plain((0.9, 0.9, 0.88), 0.35), m.plain((0.7, 0.04, 0.05), 0.35)
    blue, yellow = m.plain((0.03, 0.16, 0.55), 0.35), m.plain((0.95, 0.72, 0.05), 0.35)
    h, r = rng.uniform(2.1, 2.5), rng.uniform(0.28, 0.34)
    s.tube([(0, 0.03, 0), (0, 0.03, h + r)], 0.03, grey, 10)

    def plate(n, radius, mat, y, turn=0.0):
        pts = [
            (radius * math.cos(turn + 2 * math.pi * i / n), h + radius * math.sin(turn + 2 * math.pi * i / n))
            for i in range(n)
        ]
        s.prism(pts, 0.008, mat, "y", y)

    style = rng.choice(["ban", "warn", "stop", "blue", "park", "priority"])
    if style in ("ban", "blue"):
        plate(28, r, red if style == "ban" else blue, -0.01)
        if style == "ban":
            plate(28, r * 0.78, white, -0.018)
            if rng.random() < 0.5:
                s.box((0, -0.024, h), (r * 1.1, 0.006, r * 0.26), red)
        else:
            s.box((0, -0.018, h - r * 0.1), (r * 0.2, 0.006, r * 0.9), white)
            s.prism(
                [(-r * 0.45, h + r * 0.2), (r * 0.45, h + r * 0.2), (0, h + r * 0.72)],
                0.006,
                white,
                "y",
                -0.018,
            )
    elif style == "warn":
        plate(3, r * 1.25, red, -0.01, math.pi / 2)
        plate(3, r * 0.85, white, -0.018, math.pi / 2)
        s.box((0, -0.024, h + r * 0.05), (0.05, 0.006, r * 0.5), m.plain((0.02, 0.02, 0.02), 0.4))
    elif style == "stop":
        plate(8, r * 1.08, white, -0.01, math.pi / 8)
        plate(8, r, red, -0.018, math.pi / 8)
        s.box((0, -0.024, h), (r * 1.1, 0.006, r * 0.3), white)
    elif style == "park":
        s.box((0, -0.01, h), (r * 1.7, 0.008, r * 1.7), blue)
        s.box((0, -0.017, h - r * 0.2), (r * 0.9, 0.006, r * 0.35), white)
    else:
        plate(4, r * 1.15, white, -0.01)
        plate(4, r * 0.85, yellow, -0.018)
    return Item("traffic_sign", [s.make()], (0.3, 0.1), h + r)


def bollard(rng):
    s = Shape("bollard")
    r, h = rng.uniform(0.05, 0.1), rng.uniform(0.75, 1.0)
    skin = m.paint(rng.choice([DARK, (0.12, 0.2, 0.16), (0.5, 0.5, 0.5), (0.55, 0.1, 0.08)]), 0.4, 0.4, 0.3)
    band = m.plain(rng.choice([(0.88, 0.88, 0.86), (0.8, 0.1, 0.08), (0.9, 0.75, 0.1)]), 0.4)
    s.lathe([(r * 1.3, 0), (r * 1.3, 0.1), (r, 0.13), (r, h * 0.72)], skin, 16)
    s.lathe([(r * 1.02, h * 0.72), (r * 1.02, h * 0.84)], band, 16)
    s.lathe([(r, h * 0.84), (r, h * 0.92), (r * 0.7, h * 0.98), (0.005, h)], skin, 16)
    return Item("bollard", [s.make()], (r, r), h)


def hydrant(rng):
    s = Shape("hydrant")
    skin = m.paint(rng.choice([(0.68, 0.06, 0.05), (0.9, 0.62, 0.05), (0.1, 0.25, 0.55)]), 0.35, 0.1, 0.3)
    cap = m.paint(rng.choice([(0.75, 0.75, 0.73), (0.68, 0.06, 0.05), (0.15, 0.15, 0.15)]), 0.4, 0.3, 0.3)
    s.lathe(
        [(0.16, 0), (0.16, 0.06), (0.105, 0.08), (0.1, 0.5), (0.13, 0.52), (0.13, 0.57), (0.115, 0.6)],
        skin,
        20,
    )
    s.lathe([(0.115, 0.6), (0.1, 0.68), (0.06, 0.73), (0.03, 0.75), (0.03, 0.8), (0.005, 0.8)], cap, 20)
    for dx, dy, r in ((-1, 0, 0.055), (1, 0, 0.055), (0, -1, 0.07)):
        s.tube([(dx * 0.08, dy * 0.08, 0.42), (dx * 0.15, dy * 0.15, 0.42)], r, skin, 14)
        s.tube([(dx * 0.15, dy * 0.15, 0.42), (dx * 0.19, dy * 0.19, 0.42)], r * 1.15, cap, 8)
    return Item("hydrant", [s.make(bevel=0.005)], (0.18, 0.18), 0.8)


BUILDERS = {
    "bench": bench,
    "post_box": post_box,
    "street_lamp": street_lamp,
    "traffic_sign": traffic_sign,
    "bollard": bollard,
    "hydrant": hydrant,
}
