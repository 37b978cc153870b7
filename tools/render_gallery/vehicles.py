"""Cars, vans and bicycles. Metres; cars are built along x with the front at -x, then turned by the scene."""

from __future__ import annotations

import math

import numpy as np

from . import materials as m
from .item import Item
from .shape import Shape

CAR_COLOURS = [
    (0.85, 0.85, 0.84), (0.62, 0.64, 0.66), (0.12, 0.13, 0.14), (0.55, 0.06, 0.05), (0.08, 0.16, 0.38),
    (0.28, 0.3, 0.32), (0.12, 0.28, 0.2), (0.75, 0.55, 0.12), (0.45, 0.62, 0.72), (0.6, 0.5, 0.4),
    (0.82, 0.3, 0.08), (0.78, 0.76, 0.66),
]  # fmt: skip

# Side views: length, width, then top line and belt line as (fraction of length, height in metres).
BODIES = {
    "hatchback": (3.95, 1.74, [(0, 0.62), (0.03, 0.74), (0.24, 0.93), (0.27, 0.96), (0.43, 1.42),
        (0.6, 1.47), (0.84, 1.41), (0.95, 0.98), (0.985, 0.9), (1, 0.62)], 0.9, (0.27, 0.43, 0.86, 0.96)),
    "saloon": (4.55, 1.8, [(0, 0.58), (0.03, 0.7), (0.26, 0.9), (0.29, 0.93), (0.42, 1.38),
        (0.55, 1.43), (0.7, 1.37), (0.84, 1.0), (0.97, 0.96), (1, 0.62)], 0.9, (0.29, 0.42, 0.71, 0.84)),
    "estate": (4.6, 1.8, [(0, 0.6), (0.03, 0.72), (0.25, 0.92), (0.28, 0.95), (0.41, 1.41), (0.6, 1.46),
        (0.88, 1.42), (0.96, 1.0), (0.99, 0.92), (1, 0.62)], 0.91, (0.28, 0.41, 0.89, 0.965)),
    "suv": (4.4, 1.86, [(0, 0.72), (0.025, 0.9), (0.24, 1.05), (0.27, 1.08), (0.39, 1.6), (0.6, 1.66),
        (0.88, 1.6), (0.965, 1.1), (0.99, 1.0), (1, 0.7)], 1.03, (0.27, 0.39, 0.89, 0.965)),
    "mini": (3.55, 1.62, [(0, 0.62), (0.04, 0.76), (0.2, 0.92), (0.23, 0.96), (0.4, 1.44), (0.6, 1.5),
        (0.85, 1.42), (0.97, 1.0), (0.99, 0.9), (1, 0.6)], 0.92, (0.23, 0.4, 0.86, 0.975)),
    "van": (5.0, 1.94, [(0, 0.75), (0.02, 0.98), (0.13, 1.16), (0.16, 1.2), (0.3, 1.86), (0.36, 1.95),
        (0.97, 1.95), (0.995, 1.85), (1, 0.6)], 1.12, (0.16, 0.3, 0.98, 0.999)),
    "high_van": (5.6, 2.0, [(0, 0.8), (0.02, 1.05), (0.12, 1.25), (0.14, 1.3), (0.26, 2.1), (0.33, 2.5),
        (0.975, 2.5), (0.995, 2.4), (1, 0.6)], 1.2, (0.14, 0.27, 0.98, 0.999)),
}  # fmt: skip


def _motor(rng, style, kind):
    length, width, top, belt, (hood, front, rear, tail) = BODIES[style]
    k = rng.uniform(0.97, 1.04)
    length *= k
    van = "van" in style
    colour = rng.choice([(0.88, 0.88, 0.87)] * 5 + CAR_COLOURS if van else CAR_COLOURS)
    skin = m.paint(colour, 0.28, 0.0 if van else 0.35, rng.uniform(0.05, 0.5), coat=0.8, name="car")
    pane, trim = m.glass((0.02, 0.025, 0.03)), m.plain((0.025, 0.025, 0.027), 0.6)
    chrome = m.plain((0.6, 0.61, 0.62), 0.25, 0.9)
    wheel_r = 0.31 if not van else 0.34
    if style == "suv":
        wheel_r = 0.35
    axles = (length * 0.185, length * (0.815 if not van else 0.78))
    arch = wheel_r * 1.17
    doors = [front - 0.1, (front + rear) / 2 + 0.02, rear - 0.06] if not van else [0.15, 0.36, 0.6]
    pillars = [front + 0.005, (front + rear) / 2 + 0.02, rear - 0.03] if not van else [0.16 + 0.02, 0.35]
    xs = set(np.round(np.linspace(0, length, 46), 4))
    for a in axles:
        xs |= {round(a + arch * math.cos(math.pi * i / 12) * 0.999, 4) for i in range(13)}
    for f in doors:
        xs |= {round(f * length - 0.006, 4), round(f * length + 0.006, 4)}
    for f in (hood, front, rear, tail, *pillars):
        xs |= {round(f * length - 0.02, 4), round(f * length + 0.02, 4)}
    xs = sorted(x for x in xs if 0 <= x <= length)
    tops = np.interp([x / length for x in xs], [p[0] for p in top], [p[1] for p in top])
    # One pass of smoothing rounds the corners of the top line.
    tops[1:-1] = (tops[:-2] + 2 * tops[1:-1] + tops[2:]) / 4
    rings = []
    for x, zt in zip(xs, tops, strict=True):
        f = x / length
        zb = 0.2 if not van else 0.24
        for a in axles:
            if abs(x - a) < arch:
                zb = max(zb, wheel_r * 0.97 + math.sqrt(arch**2 - (x - a) ** 2))
        # Plan shape: rounded corners at nose and tail.
        half = width / 2 * (1 - 0.2 * max(0, 1 - f / 0.09) ** 2.2 - 0.13 * max(0, 1 - (1 - f) / 0.07) ** 2.2)
        zbelt = min(belt + 0.05 * f, zt - 0.035)
        cabin = max(0.0, zt - zbelt - 0.04)
        roof = half * (0.955 - (0.2 if not van else 0.07) * min(1.0, cabin / 0.5))
        body = zbelt - zb
        ring = [
            (0, zb), (half * 0.86, zb), (half * 0.965, zb + body * 0.1), (half, zb + body * 0.5),
            (half * 0.985, zb + body * 0.86), (half * 0.955, zbelt), (half * 0.945, zbelt + cabin * 0.06),
            (roof + (half * 0.945 - roof) * 0.12, zbelt + cabin * 0.88 + 0.01),
            (roof * 0.95, zt - 0.014), (roof * 0.6, zt + 0.004), (0, zt + 0.012),
        ]  # fmt: skip
        rings.append([(x - length / 2, y, z) for y, z in ring] + [(x - length / 2, -y, z) for y, z in ring[-2:0:-1]])

    def face(i, j):
        f = (xs[i] + xs[i + 1]) / 2 / length
        j = j if j < 10 else 19 - j
        side_glass = j == 6 and hood + 0.03 < f < (tail - 0.02 if not van else (0.36 if style != "minibus" else 0.95))
        if side_glass and not any(abs(f - p) < 0.012 for p in pillars):
            return pane
        if j in (8, 9) and (hood + 0.012 < f < front - 0.004 or (not van and rear + 0.012 < f < tail - 0.006)):
            return pane
        if j == 7 and (hood + 0.02 < f < front - 0.03):
            return pane
        if 1 < j < 6 and any(abs(f * length - d * length) < 0.007 for d in doors):
            return trim
        return trim if j == 0 or (j == 1 and rng_trim) else skin

    rng_trim = rng.random() < 0.8
    s = Shape(kind)
    s.loft(rings, face)
    obj = s.make(smooth=38)
    t = Shape(kind)
    lamp = m.plain((0.9, 0.92, 0.95), 0.08, 0.3, Coat_Weight=1.0)
    red = m.plain((0.5, 0.02, 0.02), 0.15, Coat_Weight=1.0)
    plate = m.plain((0.85, 0.85, 0.8), 0.4)
    half_l = length / 2
    nose = top[1][1]
    for side in (-1, 1):
        t.ball((-half_l + 0.13, side * width * 0.345, nose - 0.05), (0.15, 0.17, 0.075), lamp, 14, 7)
        t.ball(
            (half_l - 0.06, side * width * 0.4, belt - 0.06 if not van else 1.0),
            (0.07, 0.1, 0.13 if not van else 0.25),
            red,
            12,
            7,
        )
        t.box(
            (-half_l + (front - 0.07) * length, side * (width / 2 + 0.07), belt + 0.1),
            (0.12, 0.2, 0.14),
            skin if rng_trim else trim,
        )
        for d in doors[1:]:
            t.box(
                (-half_l + d * length - 0.14, side * width * 0.497, belt - 0.1),
                (0.16, 0.02, 0.03),
                chrome if rng_trim else skin,
            )
    t.box((-half_l + 0.03, 0, nose - 0.13), (0.1, width * 0.5, 0.11), trim)
    t.box((-half_l + 0.05, 0, 0.36), (0.14, width * 0.72, 0.12), trim)
    t.box((-half_l - 0.015, 0, nose - 0.27), (0.03, 0.5, 0.11), plate)
    t.box((half_l - 0.01, 0, 0.6), (0.05, 0.5, 0.11), plate)
    t.box((half_l - 0.03, 0, 0.36), (0.1, width * 0.76, 0.14), trim)
    if van:
        t.box((half_l - 0.004, 0, 1.1), (0.02, 0.025, 1.5), trim)
        for y in (-0.45, 0.45):
            t.box((half_l - 0.003, y, belt + 0.35), (0.02, 0.62, 0.42), pane)
    rubber = m.plain((0.035, 0.035, 0.035), 0.85)
    rim = m.plain(rng.choice([(0.62, 0.63, 0.64), (0.2, 0.2, 0.21), (0.75, 0.75, 0.75)]), 0.3, 0.85)
    spokes = rng.choice([5, 6, 8])
    for a in axles:
        for side in (-1, 1):
            c = (-half_l + a, side * (width / 2 - 0.12), wheel_r)
            t.disc(c, wheel_r, rubber, 0.2, "y", 26)
            out = c[1] + side * 0.098
            t.disc((c[0], out, wheel_r), wheel_r * 0.68, trim, 0.02, "y", 22)
            t.torus((c[0], out, wheel_r), wheel_r * 0.66, 0.02, rim, "y", 24, 6)
            t.disc((c[0], out, wheel_r), wheel_r * 0.16, rim, 0.05, "y", 12)
            for i in range(spokes):
                b = 2 * math.pi * i / spokes + 0.3
                tip = (c[0] + wheel_r * 0.64 * math.cos(b), out, wheel_r + wheel_r * 0.64 * math.sin(b))
                t.tube([(c[0], out + side * 0.01, wheel_r), tip], (0.035, 0.026), rim, 6)
    details = t.make(bevel=0.01, segments=1)
    return Item(kind, [obj, details], (length / 2, width / 2 + 0.05), float(tops.max()))


def car(rng):
    return _motor(rng, rng.choice(["hatchback", "hatchback", "saloon", "estate", "suv", "mini"]), "car")


def van(rng):
    return _motor(rng, rng.choice(["van", "van", "high_van"]), "van")


def bicycle(rng):
    """A city, racing or child's bicycle along x, front at -x."""
    k = rng.choice([1.0, 1.0, 1.0, 0.92, 0.78])
    r = 0.335
    frame = m.paint(rng.choice([*CAR_COLOURS, (0.1, 0.5, 0.5), (0.8, 0.2, 0.35)]), 0.3, 0.2, 0.15)
    black, steel = m.plain((0.03, 0.03, 0.03), 0.7), m.plain((0.6, 0.6, 0.62), 0.3, 0.95)
    seat = m.plain(rng.choice([(0.03, 0.03, 0.03), (0.3, 0.16, 0.08)]), 0.6)
    s = Shape("bicycle")
    back, ahead = (0.5, 0, r), (-0.56, 0, r)
    for c in (back, ahead):
        s.torus(c, r - 0.02, 0.021, black, "y", 36, 8)
        s.torus(c, r - 0.045, 0.011, steel, "y", 32, 5)
        s.disc(c, 0.03, steel, 0.09, "y", 10)
        for i in range(14):
            a = 2 * math.pi * i / 14
            s.tube(
                [c, (c[0] + (r - 0.05) * math.cos(a), 0, c[2] + (r - 0.05) * math.sin(a))],
                0.0028,
                steel,
                4,
                False,
            )
    crank, seat_low, head, head_low = (0.06, 0, 0.29), (0.2, 0, 0.76), (-0.36, 0, 0.82), (-0.39, 0, 0.68)
    low_step = rng.random() < 0.5
    tubes = [(crank, (0.23, 0, 0.86)), (crank, head_low), (head, (head_low[0] - 0.01, 0, head_low[2] - 0.04))]
    tubes.append(((0.13, 0, 0.5), (-0.375, 0, 0.74)) if low_step else (seat_low, (-0.365, 0, 0.79)))
    for a, b in tubes:
        s.tube([a, b], 0.019, frame, 8)
    for y in (-0.05, 0.05):
        s.tube([(crank[0], y * 0.4, crank[2]), (back[0], y, back[2])], 0.011, frame, 6)
        s.tube([(seat_low[0], y * 0.3, seat_low[2]), (back[0], y, back[2])], 0.01, frame, 6)
        s.tube([(head_low[0], y * 0.8, head_low[2]), (-0.45, y, 0.5), (ahead[0], y, ahead[2])], 0.012, frame, 6)
    s.ball((0.25, 0, 0.9), (0.14, 0.075, 0.035), seat, 12, 6)
    s.tube([head, (-0.345, 0, 0.98)], 0.015, steel, 8)
    s.tube(
        [
            (-0.16, -0.29, 1.02),
            (-0.28, -0.24, 1.04),
            (-0.36, -0.08, 0.99),
            (-0.36, 0.08, 0.99),
            (-0.28, 0.24, 1.04),
            (-0.16, 0.29, 1.02),
        ],
        0.012,
        steel,
        8,
    )
    for y in (-0.27, 0.27):
        s.tube([(-0.15, y * 1.05, 1.02), (-0.25, y, 1.035)], 0.017, black, 8)
    s.disc(crank, 0.09, steel, 0.012, "y", 18)
    s.tube([(crank[0], -0.06, crank[2]), (crank[0] + 0.12, -0.06, crank[2] - 0.12)], 0.01, steel, 6)
    s.tube([(crank[0], 0.06, crank[2]), (crank[0] - 0.12, 0.06, crank[2] + 0.12)], 0.01, steel, 6)
    for x, y, z in ((0.18, -0.1, 0.17), (-0.06, 0.1, 0.41)):
        s.box((x, y, z), (0.09, 0.07, 0.022), black)
    if rng.random() < 0.65:
        for c in (back, ahead):
            span = (-0.3, 2.6) if c is back else (0.6, 2.9)
            arcs = [span[0] + (span[1] - span[0]) * i / 9 for i in range(10)]
            s.tube(
                [(c[0] + (r + 0.03) * math.cos(a), 0, c[2] + (r + 0.03) * math.sin(a)) for a in arcs],
                0.016,
                frame,
                6,
            )
        for y in (-0.06, 0.06):
            s.tube([(0.3, y, 0.74), (0.68, y, 0.74)], 0.008, black, 6)
            s.tube([(0.62, y, 0.74), back], 0.007, black, 6)
    if rng.random() < 0.4:
        s.box((-0.55, 0, 0.92), (0.26, 0.36, 0.22), m.wood((0.5, 0.33, 0.16)), (1.2, 1.15))
    s.ball((-0.43, 0, 0.9), 0.04, steel, 10, 6)
    s.tube([(0.3, -0.05, 0.3), (0.36, -0.2, 0.01)], 0.01, black, 6)
    obj = s.make()
    obj.scale = (k,) * 3
    obj.matrix_world = obj.matrix_basis.copy()
    return Item("bicycle", [obj], (0.95 * k, 0.32 * k), 1.08 * k)


BUILDERS = {"car": car, "van": van, "bicycle": bicycle}
