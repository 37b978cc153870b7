"""Which scenes there are: heroes, moods and layouts, decided once from a fixed seed."""

from __future__ import annotations

import random
from dataclasses import dataclass, replace

from . import containers

CONTAINERS = tuple(containers.BUILDERS)
OTHERS = {
    "car": 9,
    "van": 8,
    "bicycle": 8,
    "bench": 6,
    "post_box": 8,
    "horse": 13,
    "dog": 6,
    "tree": 4,
    "planter": 1,
}
PER_CONTAINER = 25
TWINS = 22
MOOD_WEIGHTS = {"sunny": 28, "low_sun": 26, "overcast": 20, "dusk": 17, "evening": 9}


@dataclass(frozen=True)
class Spec:
    """One photo. ``twin`` is how its camera differs from the photo that it nearly repeats."""

    seed: int
    hero: str
    count: int
    mixed: tuple[str, ...]
    mood: str
    layout: str
    pixels: float
    portrait: bool
    twin: str = ""
    number: int = 0
    twin_of: int = 0


def _layout(rng, hero: str) -> str:
    if hero == "horse":
        return "park"
    if hero in ("car", "van"):
        return rng.choice(["street", "street", "street", "park"])
    return rng.choice(["street"] * 5 + ["square"] * 3 + ["park"] * 3)


def _pixels(rng, hero: str) -> float:
    """Wanted size of the hero in pixels of a 480-pixel-wide photo."""
    if hero in CONTAINERS:
        low, high = rng.choice([(150, 215)] * 4 + [(105, 150)] * 5 + [(66, 100)] * 2)
    else:
        low, high = {
            "dog": (80, 150),
            "tree": (240, 330),
            "car": (150, 260),
            "van": (170, 280),
            "horse": (130, 240),
        }.get(hero, (110, 210))
    return rng.uniform(low, high)


def plan() -> list[Spec]:
    """All photos in their order; the same list on every run."""
    rng = random.Random(20240607)
    heroes = [kind for kind in CONTAINERS for _ in range(PER_CONTAINER)]
    heroes += [kind for kind, n in OTHERS.items() for _ in range(n)]
    rng.shuffle(heroes)
    base = []
    for i, hero in enumerate(heroes):
        count, mixed = 1, ()
        if hero in CONTAINERS:
            count = rng.choice({"wheelie_bin": [1, 1, 2, 3, 4], "igloo": [1, 1, 2, 3]}.get(hero, [1, 1, 2, 3]))
            if rng.random() < 0.35 and count < 4:
                mixed = (rng.choice([k for k in CONTAINERS if k != hero]),)
        elif hero in ("horse", "bicycle"):
            count = rng.choice([1, 1, 2])
        mood = rng.choices(list(MOOD_WEIGHTS), list(MOOD_WEIGHTS.values()))[0]
        if hero == "horse" and mood == "evening":
            mood = "dusk"
        base.append(
            Spec(
                5000 + 37 * i,
                hero,
                count,
                mixed,
                mood,
                _layout(rng, hero),
                _pixels(rng, hero),
                rng.random() < 0.13,
            )
        )
    picks = rng.sample(range(len(base)), TWINS)
    photos: list = [(i, "") for i in range(len(base))]
    for k, i in enumerate(picks):
        at = next(p for p, (j, twin) in enumerate(photos) if j == i and not twin)
        photos.insert(rng.randrange(at + 1, len(photos) + 1), (i, ("left", "right", "zoom", "step")[k % 4]))
    first = {j: n for n, (j, twin) in enumerate(photos, 1) if not twin}
    shots = [
        replace(base[j], twin=twin, number=n, twin_of=first[j] if twin else 0) for n, (j, twin) in enumerate(photos, 1)
    ]
    return shots + _traffic(len(shots))


def _traffic(start: int) -> list[Spec]:
    """More cars and vans, which seldom find room in the other scenes; numbered after ``start``."""
    rng = random.Random(20240608)
    shots = []
    for i, (hero, mixed) in enumerate([("van", ("car",)), ("car", ("car",)), ("van", ()), ("car", ())] * 3):
        mood = rng.choice(["sunny", "low_sun", "overcast", "dusk"])
        layout = rng.choice(["street", "street", "park"])
        shots.append(
            Spec(
                90000 + 41 * i,
                hero,
                1,
                mixed,
                mood,
                layout,
                rng.uniform(170, 270),
                False,
                number=start + i + 1,
            )
        )
    return shots
