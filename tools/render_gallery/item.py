"""What a model builder returns: a named thing that can be put somewhere in the street."""

from __future__ import annotations

import math
from dataclasses import dataclass, field

from mathutils import Matrix


@dataclass
class Item:
    """Blender objects of one thing. ``half`` is its half-extent in x and y, metres, before turning."""

    kind: str
    objects: list
    half: tuple[float, float]
    height: float
    place: tuple[float, float, float] = (0.0, 0.0, 0.0)
    extra: dict = field(default_factory=dict)

    @property
    def radius(self) -> float:
        return math.hypot(*self.half)

    def put(self, x: float, y: float, z: float = 0.0, turn: float = 0.0, tilt: float = 0.0) -> Item:
        """Moves all objects: ``turn`` about the vertical, ``tilt`` about x first, both radians."""
        self.place = (x, y, z)
        self.extra["turn"] = turn
        move = Matrix.Translation((x, y, z)) @ Matrix.Rotation(turn, 4, "Z") @ Matrix.Rotation(tilt, 4, "X")
        for obj in self.objects:
            obj.matrix_world = move @ obj.matrix_world
        return self
