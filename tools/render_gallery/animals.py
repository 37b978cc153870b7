"""Horses and dogs from limbs that are melted into one skin. Metres."""

from __future__ import annotations

from mathutils import Matrix, Vector

from . import materials as m
from .item import Item
from .shape import Shape


def _fuse(obj, voxel, rounds):
    """Melts overlapping parts into one skin."""
    mod = obj.modifiers.new("remesh", "REMESH")
    mod.mode, mod.voxel_size, mod.use_smooth_shade = "VOXEL", voxel, True
    mod = obj.modifiers.new("smooth", "SMOOTH")
    mod.iterations, mod.factor = rounds, 0.5


def _coat(rng, pairs):
    a, b = rng.choice(pairs)
    sharp = rng.random() < 0.35
    return m.mottled(a, b, rng.uniform(1.2, 2.5), 0.6, 0.0, 0.5 if sharp else 0.3, 0.52 if sharp else 0.7, name="coat")


def horse(rng):
    """A standing or grazing horse, head towards -x."""
    coat = _coat(
        rng,
        [
            ((0.3, 0.15, 0.07), (0.36, 0.19, 0.09)),
            ((0.09, 0.06, 0.05), (0.14, 0.09, 0.07)),
            ((0.5, 0.28, 0.12), (0.55, 0.33, 0.16)),
            ((0.75, 0.73, 0.7), (0.85, 0.84, 0.8)),
            ((0.36, 0.18, 0.09), (0.85, 0.82, 0.76)),
            ((0.12, 0.1, 0.09), (0.86, 0.84, 0.8)),
            ((0.45, 0.45, 0.45), (0.6, 0.6, 0.6)),
        ],
    )
    hair = m.plain(rng.choice([(0.04, 0.03, 0.03), (0.05, 0.04, 0.035), (0.75, 0.68, 0.55)]), 0.6)
    hoof = m.plain((0.1, 0.085, 0.07), 0.5)
    s, t = Shape("horse"), Shape("horse")
    s.ball((0.0, 0, 1.1), (0.62, 0.27, 0.3), coat, 20, 12)
    s.ball((-0.45, 0, 1.13), (0.32, 0.25, 0.33), coat, 16, 10)
    s.ball((0.48, 0, 1.17), (0.36, 0.27, 0.33), coat, 16, 10)
    s.ball((0.0, 0, 1.28), (0.5, 0.14, 0.13), coat, 16, 8)
    graze = rng.random() < 0.4
    if graze:
        neck = [(-0.5, 0, 1.25), (-0.8, 0, 1.05), (-1.02, 0, 0.75), (-1.12, 0, 0.5)]
        head, nose = Vector((-1.14, 0, 0.48)), Vector((-1.3, 0, 0.09))
    else:
        up = rng.uniform(-0.08, 0.12)
        neck = [(-0.5, 0, 1.25), (-0.75, 0, 1.48), (-0.92, 0, 1.7 + up), (-1.0, 0, 1.86 + up)]
        head, nose = Vector((-1.03, 0, 1.88 + up)), Vector((-1.42, 0, 1.56 + up))
    s.tube(neck, (0.27, 0.2, 0.16, 0.13), coat, 14)
    way = (nose - head).normalized()
    s.tube(
        [head - way * 0.06, head + way * 0.1, head + way * 0.28, nose - way * 0.08, nose + way * 0.02],
        (0.09, 0.13, 0.105, 0.08, 0.07),
        coat,
        14,
    )
    across = Vector((0, 1, 0)).cross(way)
    ear = -across if (-across).z > across.z or graze else across
    for side in (-1, 1):
        base = head - way * 0.03 + Vector((0, side * 0.07, 0))
        lift = Vector((0.05, 0, 0.14)) if not graze else Vector((0.1, 0, 0.12))
        t.tube(
            [base, base + lift * 0.5 + Vector((0, side * 0.015, 0)), base + lift * 1.4],
            (0.035, 0.038, 0.004),
            coat,
            8,
        )
        t.ball(
            tuple(head + way * 0.13 + Vector((0, side * 0.112, 0)) + ear * 0.03),
            0.024,
            m.plain((0.01, 0.01, 0.01), 0.1),
            8,
            5,
        )
    sway = [rng.uniform(-0.12, 0.12) for _ in range(4)]
    for i, (x, y) in enumerate(((-0.46, -0.15), (-0.46, 0.15), (0.55, -0.16), (0.55, 0.16))):
        foot = x + sway[i]
        if x < 0:
            leg = [
                (x, y, 1.05),
                (x + 0.01, y, 0.8),
                ((x + foot) / 2, y, 0.52),
                ((x + foot) / 2, y, 0.46),
                (foot, y, 0.2),
                (foot - 0.02, y, 0.1),
            ]
            s.tube(leg, (0.16, 0.11, 0.066, 0.064, 0.046, 0.055), coat, 12)
        else:
            leg = [
                (x - 0.06, y, 1.12),
                (x - 0.05, y, 0.85),
                (x + 0.1, y, 0.58),
                (x + 0.11, y, 0.5),
                (foot + 0.05, y, 0.2),
                (foot + 0.01, y, 0.1),
            ]
            s.tube(leg, (0.23, 0.17, 0.08, 0.068, 0.048, 0.055), coat, 12)
        end = leg[-1]
        t.tube([(end[0] - 0.035, y, 0.0), (end[0], y, 0.11)], (0.078, 0.058), hoof, 12)
    crest = [Vector(p) for p in neck]
    for i in range(26):
        f = i / 25 * 2.999
        p = crest[int(f)].lerp(crest[int(f) + 1], f % 1)
        back = Vector((0.75, 0, 0.66)) if not graze else Vector((0.3, 0, 0.95))
        root = p + back * (0.21 - 0.025 * f)
        side = rng.choice([-1, -1, 1])
        t.tube(
            [root, root + Vector((0.03, side * 0.12, -0.06)), root + Vector((0.03, side * 0.17, -0.3))],
            (0.035, 0.03, 0.006),
            hair,
            5,
        )
    for i in range(7):
        y = (i - 3) * 0.018
        t.tube(
            [(0.8, y * 0.5, 1.3), (0.93, y, 1.12), (0.95, y * 1.8, 0.8), (0.92, y * 2.2, 0.5)],
            (0.035, 0.04, 0.035, 0.006),
            hair,
            6,
        )
    t.tube(
        [
            head - way * 0.02 + Vector((0, 0, 0.08)),
            head + way * 0.1 + ear * 0.12,
            head + way * 0.2 + ear * 0.11,
        ],
        (0.04, 0.035, 0.005),
        hair,
        6,
    )
    body = s.make()
    _fuse(body, 0.03, 14)
    return Item("horse", [body, t.make()], (1.35, 0.4), 2.0)


def dog(rng):
    """A standing or sitting dog, head towards -x."""
    coat = _coat(
        rng,
        [
            ((0.36, 0.2, 0.09), (0.45, 0.27, 0.14)),
            ((0.05, 0.045, 0.04), (0.09, 0.08, 0.075)),
            ((0.7, 0.55, 0.34), (0.78, 0.64, 0.44)),
            ((0.07, 0.06, 0.06), (0.85, 0.83, 0.8)),
            ((0.4, 0.2, 0.1), (0.86, 0.83, 0.78)),
        ],
    )
    black = m.plain((0.015, 0.015, 0.015), 0.3)
    s, t = Shape("dog"), Shape("dog")
    sit = rng.random() < 0.35
    long_ear = rng.random() < 0.5
    if sit:
        s.tube(
            [(0.18, 0, 0.16), (0.05, 0, 0.3), (-0.1, 0, 0.46), (-0.16, 0, 0.6)],
            (0.14, 0.15, 0.13, 0.09),
            coat,
            14,
        )
        head = Vector((-0.2, 0, 0.7))
        legs = [[(-0.1, y, 0.42), (-0.14, y, 0.2), (-0.16, y, 0.04), (-0.2, y, 0.025)] for y in (-0.08, 0.08)]
        for y in (-0.12, 0.12):
            s.tube(
                [(0.16, y, 0.16), (0.02, y * 1.15, 0.14), (0.0, y * 1.1, 0.04), (-0.08, y * 1.1, 0.03)],
                (0.1, 0.07, 0.04, 0.035),
                coat,
                10,
            )
        tail = [(0.26, 0, 0.08), (0.4, 0.04, 0.05), (0.52, 0.1, 0.06)]
    else:
        s.tube(
            [(-0.3, 0, 0.5), (-0.12, 0, 0.48), (0.1, 0, 0.5), (0.3, 0, 0.51)],
            (0.12, 0.145, 0.12, 0.11),
            coat,
            14,
        )
        s.tube([(-0.28, 0, 0.53), (-0.38, 0, 0.66), (-0.43, 0, 0.73)], (0.11, 0.085, 0.075), coat, 12)
        head = Vector((-0.46, 0, 0.75))
        legs = [[(-0.27, y, 0.5), (-0.28, y, 0.3), (-0.27, y, 0.05), (-0.31, y, 0.025)] for y in (-0.08, 0.08)]
        legs += [
            [(0.28, y, 0.5), (0.24, y, 0.33), (0.34, y, 0.2), (0.31, y, 0.05), (0.27, y, 0.025)] for y in (-0.08, 0.08)
        ]
        tail = [(0.38, 0, 0.55), (0.5, 0, 0.66), (0.55, 0.02, 0.8)]
    for leg in legs:
        s.tube(leg, (0.075, 0.05, 0.033, 0.036) if len(leg) == 4 else (0.1, 0.07, 0.042, 0.033, 0.036), coat, 10)
    s.tube(tail, (0.035, 0.03, 0.012), coat, 8)
    s.ball(tuple(head), (0.1, 0.09, 0.09), coat, 14, 9)
    s.tube([head + Vector((-0.04, 0, -0.02)), head + Vector((-0.2, 0, -0.045))], (0.065, 0.042), coat, 12)
    t.ball(tuple(head + Vector((-0.205, 0, -0.025))), 0.025, black, 8, 5)
    for side in (-1, 1):
        t.ball(tuple(head + Vector((-0.085, side * 0.045, 0.03))), 0.014, black, 8, 5)
        root = head + Vector((0.02, side * 0.07, 0.05))
        tip = Vector((0.0, side * 0.05, -0.14)) if long_ear else Vector((0.02, side * 0.02, 0.12))
        t.tube([root, root + tip * 0.5, root + tip], (0.03, 0.04, 0.008), coat, 8)
    body = s.make()
    _fuse(body, 0.018, 4)
    objects = [body, t.make()]
    if rng.random() < 0.5:
        c = Shape("collar")
        c.torus((0, 0, 0), 0.085, 0.014, m.plain(rng.choice([(0.7, 0.05, 0.05), (0.1, 0.2, 0.6)]), 0.5), "z", 18)
        collar = c.make()
        at = Vector((-0.17, 0, 0.61)) if sit else Vector((-0.41, 0, 0.68))
        collar.matrix_world = Matrix.Translation(at) @ Matrix.Rotation(-0.6 if not sit else -0.35, 4, "Y")
        objects.append(collar)
    size = rng.uniform(0.75, 1.2)
    for obj in objects:
        obj.matrix_world = Matrix.Scale(size, 4) @ obj.matrix_world
    return Item("dog", objects, (0.55 * size, 0.2), 0.85 * size)


BUILDERS = {"horse": horse, "dog": dog}
