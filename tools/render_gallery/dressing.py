"""Dresses the street around the heroes: houses, greenery, parked cars, furniture, lamps. Metres."""

from __future__ import annotations

import math
import random

import bpy
from mathutils import Matrix

from . import containers, facades, furniture, ground, plants, trees
from . import materials as m
from .shape import Shape


class Dressing:
    """The half of a street that only surrounds; the other half chooses heroes and camera."""

    def _houses(self) -> None:
        rng = self.rng
        evening, glow, _ = self.light
        pal = facades.Palette(rng, evening, glow)
        if self.north == "houses":
            low, high = self._sweep(self.edge)
            facades.row(rng, pal, low - rng.uniform(2, 7), high + 2, self.edge, -1)
        else:
            line = self.edge + rng.uniform(26, 42)
            low, high = self._sweep(line)
            facades.row(rng, pal, low - 4, high + 4, line, -1, plain=True, floors=[1, 2, 3, 4])
        if self.south == "houses":
            reach = 45 if abs(self.look.x) > 0.75 else 14
            facades.row(rng, pal, -reach, reach, -self.edge, 1, plain=True)
        for sign in (-1, 1):
            ahead = math.cos(self.fov / 2 + 0.3)
            if self.look.x * sign > 0 and (abs(self.look.x) > ahead or self.look.x * sign > 0.5):
                turn = -math.pi / 2 if sign > 0 else math.pi / 2
                wide = 30 if self.north == "houses" else 55
                self._end(rng, pal, sign, wide, turn)

    @staticmethod
    def _end(rng, pal, sign: int, wide: float, turn: float) -> None:
        """Houses that close the view at the end of the street."""
        y = sign * wide
        while y * sign > -wide:
            width = rng.uniform(7, 13)
            obj = facades.house(rng, pal, width, rng.choice([2, 3, 3]), plain=True)
            obj.matrix_world = Matrix.Translation((sign * 56, y, ground.KERB)) @ Matrix.Rotation(turn, 4, "Z")
            y -= sign * width

    def _greenery(self) -> None:
        rng = self.rng
        colours = rng.choice(trees.AUTUMN)
        if self.north == "park":
            ground.grow_grass(rng, (self.eye.x, self.eye.y), self.edge, self._seen)
            for _ in range(rng.randint(4, 7)):
                y = self.edge + rng.uniform(3, 22)
                low, high = self._sweep(y, 30)
                self._try(
                    "tree",
                    [(rng.uniform(low, high), y) for _ in range(3)],
                    rng.uniform(0, 6),
                    season=self.season,
                )
            if rng.random() < 0.55 or self.spec.hero == "horse":
                self._fence(self.edge + rng.uniform(7.5, 11))
            else:
                hedge = plants.hedge(rng, 40, rng.uniform(0.9, 1.6))
                hedge.matrix_world = Matrix.Translation((0, self.edge + rng.uniform(9, 14), ground.KERB))
            if self.spec.hero != "horse" and rng.random() < 0.3:
                y = self.edge + rng.uniform(4, 7)
                low, high = self._sweep(y, 20)
                self._try(
                    "horse",
                    [(rng.uniform(low, high), y) for _ in range(5)],
                    rng.uniform(-0.8, 0.8) + rng.choice([0, math.pi]),
                )
        elif self.depth > 3.2:
            step, start = rng.uniform(7, 10), rng.uniform(-4, 4)
            for i in range(-3, 4):
                self._try(
                    "tree",
                    [(start + i * step, self.road + 0.85)],
                    rng.uniform(0, 6),
                    chance=0.6,
                    season=self.season,
                )
        if self.south == "park":
            for i in range(3):
                spot = (rng.uniform(-20, 20), -self.edge - rng.uniform(1, 8))
                if math.hypot(spot[0] - self.eye.x, spot[1] - self.eye.y) > 4:
                    self._try("tree", [spot], chance=0.8, season=self.season, need_seen=i > 0)
        if self.season == "autumn" and rng.random() < 0.7:
            ground.fallen_leaves(rng, (rng.uniform(-2, 2), self.road + 1.4, self.road), colours)

    def _fence(self, y: float) -> None:
        s = Shape("fence")
        rail = m.wood(self.rng.choice([(0.5, 0.42, 0.33), (0.42, 0.3, 0.2), (0.8, 0.79, 0.76)]))
        for i in range(-14, 15):
            s.box((i * 2.4, y, ground.KERB + 0.6), (0.11, 0.11, 1.2), rail)
        for z in (0.45, 0.8, 1.1):
            s.box((0, y - 0.07, ground.KERB + z), (68, 0.035, 0.1), rail)
        s.make(bevel=0.01)

    def _parking(self) -> None:
        rng = self.rng
        if self.road < 3.0 and self.spec.hero not in ("car", "van"):
            return
        busy = rng.uniform(0.3, 0.95)
        for side, lane in ((1, self.road - 1.12), (-1, 1.12 - self.road)):
            x = rng.uniform(-32, -28)
            while x < 32:
                kind = "van" if rng.random() < 0.24 else "car"
                if rng.random() < busy:
                    turn = (0.0 if side > 0 else math.pi) + rng.uniform(-0.03, 0.03)
                    turn += math.pi if rng.random() < 0.2 else 0.0
                    self._try(kind, [(x, lane + rng.uniform(-0.08, 0.08))], turn, z=0.0)
                x += rng.uniform(5.7, 7.0)

    def _furniture(self) -> None:
        rng = self.rng
        kerb, wall = self.road + 0.45, self.edge - 0.55

        def spots(y, n=4, reach=13.0):
            low, high = self._sweep(y, reach)
            return [(rng.uniform(low, high), y) for _ in range(n)]

        if rng.random() < 0.3:
            x0, step = rng.uniform(-2, 2), rng.uniform(1.4, 2.0)
            model_seed = rng.randrange(1 << 30)
            for i in range(-5, 6):
                item = furniture.bollard(random.Random(model_seed))
                if not self._try("bollard", [(x0 + i * step, kerb)], item=item):
                    for obj in item.objects:
                        bpy.data.objects.remove(obj)
        self._try("traffic_sign", spots(kerb), rng.uniform(-0.6, 0.6), chance=0.4)
        self._try("post_box", spots(rng.choice([kerb + 0.1, wall])), rng.uniform(-0.1, 0.1), chance=0.24)
        self._try("hydrant", spots(kerb + 0.1), rng.uniform(-0.5, 0.5), chance=0.3)
        self._try("planter", spots(wall), chance=0.4)
        self._try("planter", spots(wall), chance=0.3)
        lawn = self.edge + 0.9
        self._try("bench", spots(wall if self.north == "houses" else lawn), chance=0.42)
        for _ in range(2):
            y = self.edge - 0.42 if self.north == "houses" and rng.random() < 0.6 else kerb + 0.35
            self._try("bicycle", spots(y), rng.choice([0, math.pi]), chance=0.3)
        self._try("dog", spots(rng.uniform(kerb + 0.3, wall), 5, 8), rng.uniform(0, 6.28), chance=0.25)
        if self.spec.hero in containers.BUILDERS and rng.random() < 0.3:
            self._rubbish()

    def _rubbish(self) -> None:
        """Bags and a box left beside the container; they are not a kind of their own."""
        rng = self.rng
        lead = rng.choice(self.heroes)
        s = Shape("rubbish")
        for _ in range(rng.choice([1, 2, 3])):
            x = lead.place[0] + rng.choice([-1, 1]) * (self.span / 2 + rng.uniform(0.35, 0.8))
            y = lead.place[1] + rng.uniform(-0.35, 0.15)
            if not self._free([(x, y, 0.3)], 0.0):
                continue
            self.taken.append((x, y, 0.3))
            if rng.random() < 0.6:
                r = rng.uniform(0.2, 0.3)
                bag = m.plain(rng.choice([(0.03, 0.03, 0.035), (0.75, 0.75, 0.72), (0.1, 0.2, 0.4)]), 0.25)
                s.ball((x, y, ground.KERB + r * 0.75), (r, r * 0.9, r * 0.8), bag, 12, 8)
                s.tube(
                    [
                        (x, y, ground.KERB + r * 1.45),
                        (x + 0.03, y, ground.KERB + r * 1.75),
                        (x + 0.06, y, ground.KERB + r * 1.95),
                    ],
                    (0.08, 0.025, 0.07),
                    bag,
                    8,
                )
            else:
                card = m.mottled((0.55, 0.4, 0.24), (0.62, 0.47, 0.3), 5, 0.9, 0.2)
                s.box((x, y, ground.KERB + 0.16), (0.42, 0.32, 0.32), card, rot=(0, 0, rng.uniform(0, 1.5)))
        if s.faces:
            s.make(bevel=0.008)

    def _lamps(self) -> None:
        rng, power = self.rng, self.light[2]
        chance = 0.95 if power else 0.4
        style = rng.randrange(1 << 30)
        first = rng.uniform(-7, 7)
        for x in (first, first + 14, first - 14):
            for dx in (0, 1.5, -1.5):
                spot = (x + dx, self.road + 0.5)
                circles = [(*spot, 0.2)]
                if rng.random() < chance and self._free(circles) and not self._hides(circles, False):
                    if not power and not self._seen(*spot):
                        continue
                    lamp = furniture.street_lamp(random.Random(style), power)
                    lamp.put(*spot, ground.KERB)
                    self.items.append(lamp)
                    self.taken += circles
                    break
