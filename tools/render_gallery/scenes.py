"""Composes one street from a seed: a hero, a camera that frames it, and a street around both."""

from __future__ import annotations

import math
import random

import bpy
from mathutils import Matrix, Vector

from . import animals, containers, furniture, ground, light, plants, trees, vehicles
from .dressing import Dressing
from .item import Item

# Half-extents in x and y to look for room with, before a thing is built.
FOOTPRINTS = {
    "car": (2.3, 0.95),
    "van": (2.9, 1.05),
    "bicycle": (0.95, 0.3),
    "tree": (0.3, 0.3),
    "bench": (1.05, 0.35),
    "planter": (0.65, 0.45),
    "horse": (1.35, 0.4),
    "dog": (0.6, 0.2),
    "four_wheel_container": (0.8, 0.6),
    "igloo": (0.8, 0.8),
    "underground_column": (0.9, 0.9),
}
MODULES = (containers, vehicles, furniture, plants, trees, animals)
BUILDERS = {kind: build for module in MODULES for kind, build in module.BUILDERS.items()}
LONG = {"car", "van", "bicycle", "horse", "dog"}  # built along x, not facing -y


class Street(Dressing):
    """Builds the scene when created. Afterwards ``items`` are the things that get boxes."""

    def __init__(self, spec, width: int, height: int) -> None:
        self.spec, self.width, self.height = spec, width, height
        self.rng = rng = random.Random(spec.seed)
        self.items: list[Item] = []
        self.taken: list[tuple[float, float, float]] = []
        self.heroes: list[Item] = []
        self.road = rng.uniform(2.9, 4.0)
        self.depth = rng.uniform(6.5, 10.0) if spec.layout == "square" else rng.uniform(2.7, 4.4)
        self.north = "park" if spec.layout == "park" else "houses"
        self.south = "houses" if rng.random() < 0.4 else "park"
        self.edge = self.road + self.depth
        self.wet = rng.uniform(0.3, 0.9) if spec.mood in ("overcast", "dusk", "evening") and rng.random() < 0.5 else 0.0
        self.season = rng.choice(["summer", "summer", "autumn"])
        self.light = light.EVENING.get(spec.mood, (0.0, 0.0, 0.0))
        low = spec.mood in ("low_sun", "dusk", "evening")
        if self.south == "houses" and low:
            self.azimuth = rng.choice([-0.12, math.pi + 0.12]) + rng.uniform(-0.2, 0.2)
        else:
            self.azimuth = -math.radians(rng.uniform(18, 162))
        light.set_sky(spec.mood, self.azimuth, rng)
        ground.lay(rng, self.road, self.depth, self.north, self.south, self.wet)
        self._hero()
        self._camera()
        self._houses()
        self._greenery()
        self._parking()
        self._furniture()
        self._lamps()
        self._twin()

    # Placing

    def _footprint(self, item: Item, x: float, y: float, turn: float):
        hx, hy = item.half
        n = max(1, math.ceil(hx / max(hy, 0.1)))
        r = max(hy, 0.1) * 1.08
        return [
            (x + math.cos(turn) * o, y + math.sin(turn) * o, r)
            for o in ((hx - hy) * (2 * i / (n - 1) - 1) if n > 1 else 0.0 for i in range(n))
        ]

    def _free(self, circles, gap=0.12) -> bool:
        return all(math.hypot(x - a, y - b) > r + c + gap for x, y, r in circles for a, b, c in self.taken)

    def _hides(self, circles, tall: bool) -> bool:
        """Whether something would stand between the camera and a hero."""
        cx, cy = self.eye.x, self.eye.y
        for hero in self.heroes:
            hx, hy = hero.place[0] - cx, hero.place[1] - cy
            far = math.hypot(hx, hy)
            for x, y, r in circles:
                t = ((x - cx) * hx + (y - cy) * hy) / (far * far)
                if -0.1 < t < 1.0:
                    off = abs((x - cx) * hy - (y - cy) * hx) / far
                    if off < r + min(hero.half[0], 1.6) * (0.35 + 0.65 * t):
                        return True
        return any(math.hypot(x - cx, y - cy) < r + (2.2 if tall else 1.3) for x, y, r in circles)

    def _seen(self, x: float, y: float, margin=0.5) -> bool:
        dx, dy = x - self.eye.x, y - self.eye.y
        ahead = dx * self.look.x + dy * self.look.y
        aside = abs(dx * self.look.y - dy * self.look.x)
        return ahead > 0.5 and aside < ahead * math.tan(self.fov / 2) + margin

    def _try(self, kind: str, spots, turn=0.0, z=ground.KERB, chance=1.0, item=None, need_seen=True, **more):
        """Builds a thing and puts it on the first free spot; gives up silently."""
        if self.rng.random() > chance:
            return None
        for x, y in spots:
            if need_seen and not self._seen(x, y):
                continue
            probe = Item(kind, [], FOOTPRINTS.get(kind, (0.3, 0.3)), 1.0)
            circles = self._footprint(probe, x, y, turn)
            shade = [(x, y, 1.4)] if kind == "tree" else circles
            if self._free(circles) and not self._hides(shade, kind in ("car", "van", "tree")):
                item = item or BUILDERS[kind](self.rng, **more)
                item.put(x, y, z, turn)
                self.items.append(item)
                self.taken += circles
                return item
        return None

    # The parts of a scene

    def _hero(self) -> None:
        rng, spec = self.rng, self.spec
        kinds = [spec.hero] * spec.count
        for extra in spec.mixed:
            kinds.insert(rng.choice([0, len(kinds)]), extra)
        things = [BUILDERS[k](rng) if k != "tree" else trees.tree(rng, self.season) for k in kinds]
        on_road = spec.hero in ("car", "van")
        if on_road:
            y = self.road - 1.12
        elif self.north == "park" and spec.hero in ("horse", "tree", "dog"):
            y = self.edge + rng.uniform(1.5, 5.0)
        elif self.north == "park" and spec.hero not in containers.BUILDERS and rng.random() < 0.4:
            y = self.edge + rng.uniform(0.6, 2.0)
        elif spec.layout == "square":
            y = rng.uniform(self.road + 1.5, self.edge - 1.2)
        else:
            y = rng.choice([self.road + 1.1, self.edge - 0.95])
        if spec.hero == "bicycle" and self.north == "houses" and spec.layout != "square":
            y = self.edge - 0.45
        z = 0.0 if on_road else ground.KERB
        base = rng.choice([0, 0, 0, rng.uniform(-0.5, 0.5)])
        widths = [2 * t.half[0] for t in things]
        gaps = [rng.uniform(0.1, 0.45) + (0.8 if t.kind in LONG else 0.0) for t in things]
        x = -(sum(widths) + sum(gaps[1:])) / 2
        for i, thing in enumerate(things):
            x += gaps[i] if i else 0.0
            turn = base * 0.3 + rng.uniform(-0.12, 0.12)
            if thing.kind == "wheelie_bin":
                turn += rng.choice([0, 0, 0, rng.uniform(-0.9, 0.9)])
            if thing.kind in LONG:
                turn = rng.choice([0, math.pi]) + rng.uniform(-0.04, 0.04)
            if thing.kind in ("horse", "dog") or (thing.kind == "bicycle" and y < self.edge - 0.6):
                turn += rng.uniform(-0.6, 0.6)
            if thing.kind == "igloo":
                turn = rng.uniform(-0.4, 0.4)
            back = y
            if self.north == "houses" and not on_road:
                reach = thing.half[1] if thing.kind not in LONG else 0.32
                back = min(y, self.edge - reach - 0.18)
            if not on_road:
                back = max(back, self.road + 0.25 + thing.half[1])
            jitter = rng.uniform(-0.06, 0.06)
            thing.put(x + widths[i] / 2, back + jitter, z, turn, 0.0)
            self.taken += self._footprint(thing, x + widths[i] / 2, back + jitter, turn)
            self.items.append(thing)
            self.heroes.append(thing)
            x += widths[i]
        self.span = sum(widths) + sum(gaps[1:])
        self.target = Vector(
            (
                0.0,
                sum(h.place[1] for h in self.heroes) / len(self.heroes),
                z + max(t.height for t in things) * 0.5,
            )
        )

    def _camera(self) -> None:
        rng, spec = self.rng, self.spec
        lead = max(self.heroes, key=lambda h: h.kind == spec.hero)
        lens = rng.uniform(27, 58)
        focal = lens / 36.0 * max(self.width, self.height)
        scale = self.width / 480 if not spec.portrait else self.width / 360
        size = max(lead.height, 0.62 * 2 * lead.half[0]) if lead.kind not in ("car", "van") else 2 * lead.half[0]
        if lead.kind == "underground_column":
            size = lead.height
        distance = max(size * focal / (spec.pixels * scale), 2.0)
        distance = max(distance, self.span * focal / (0.84 * self.width))
        angle = rng.choice([-1, 1]) * rng.choice([rng.uniform(0, 0.35), rng.uniform(0.3, 0.8), rng.uniform(0.6, 1.02)])
        room = self.target.y + self.edge - 0.9
        if self.south == "houses" and distance * math.cos(angle) > room:
            if room / distance > math.cos(1.15):
                angle = math.copysign(math.acos(room / distance), angle)
            else:
                self.south = "park"
        if lead.kind in ("car", "van"):
            angle = max(-0.95, min(0.95, angle))
        x, y = self.target.x + distance * math.sin(angle), self.target.y - distance * math.cos(angle)
        floor = ground.KERB if abs(y) > self.road else 0.0
        high = floor + rng.choice(
            [rng.uniform(1.2, 1.6), rng.uniform(1.45, 1.8), rng.uniform(1.6, 1.9), rng.uniform(2.0, 3.0)]
        )
        self.eye = Vector((x, y, high))
        self.fov = (
            2 * math.atan(18.0 / lens) if not spec.portrait else 2 * math.atan(18.0 * self.width / self.height / lens)
        )
        room_x = max(0.0, (self.width / focal * distance - self.span * 1.15) / 2)
        side = Vector((math.cos(angle), math.sin(angle), 0))
        aim = self.target + side * rng.uniform(-0.75, 0.75) * room_x * 0.8
        aim.z += rng.uniform(-0.1, 0.35) * min(self.height / focal * distance * 0.5, 2.0)
        if lead.kind == "tree":
            aim.z = min(lead.height * 0.5, 2.6)
        self.roll = math.radians(rng.gauss(0, 0.9))
        self.lens = lens
        self._set_camera(self.eye, aim, lens)

    def _set_camera(self, eye: Vector, aim: Vector, lens: float) -> None:
        scene = bpy.context.scene
        if scene.camera is None:
            scene.camera = bpy.data.objects.new("camera", bpy.data.cameras.new("camera"))
            scene.collection.objects.link(scene.camera)
        data = scene.camera.data
        data.sensor_fit, data.sensor_width, data.lens, data.clip_start = "AUTO", 36.0, lens, 0.05
        way = aim - eye
        turn = way.to_track_quat("-Z", "Y").to_matrix().to_4x4() @ Matrix.Rotation(self.roll, 4, "Z")
        scene.camera.matrix_world = Matrix.Translation(eye) @ turn
        self.eye, self.aim = eye, aim
        self.look = Vector((way.x, way.y, 0)).normalized()

    def _twin(self) -> None:
        """Moves the camera of a near duplicate after all else is settled."""
        how = self.spec.twin
        if not how:
            return
        rng = random.Random(self.spec.seed + 1)
        if how == "zoom":
            nearer = self.aim.lerp(self.target, 0.6)
            self._set_camera(self.eye.copy(), nearer, self.lens * rng.uniform(1.2, 1.4))
        elif how == "step":
            eye = self.eye + self.look * min(0.8, 0.16 * (self.aim - self.eye).length)
            eye.z += rng.uniform(-0.2, 0.3)
            self._set_camera(eye, self.aim + Vector((rng.uniform(-0.2, 0.2), 0, 0.05)), self.lens)
        else:
            turn = math.radians(rng.uniform(5, 10)) * (1 if how == "left" else -1)
            around = Matrix.Rotation(turn, 3, "Z")
            eye = self.target + around @ (self.eye - self.target)
            self._set_camera(eye, self.aim, self.lens)

    def _sweep(self, line: float, reach=52.0):
        """The stretch of y = ``line`` that the camera can see, with room for near duplicates."""
        yaw = math.atan2(self.look.y, self.look.x)
        ends = []
        for side in (-1, 1):
            a = yaw + side * (self.fov / 2 + 0.22)
            if math.sin(a) * (line - self.eye.y) > 0.05:
                ends.append(self.eye.x + (line - self.eye.y) / math.tan(a))
            else:
                ends.append(math.copysign(reach, math.cos(a)))
        low, high = sorted(max(-reach, min(reach, e)) for e in ends)
        return low, high
