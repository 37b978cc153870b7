"""Spatial verification: do matched regions agree on one change of place, size and turn? (source C; SPEC 2.5)

In the spirit of OS2OS: every match says where the middle of all matched regions of the database image would lie in the
query. Predictions of one thing fall together and those of chance do not, so a vote on an overlapping grid finds the
things in one pass over the matches.
"""

from collections import defaultdict
from dataclasses import dataclass

import numpy as np

CELL = 1 / 16  # side of a bin, share of the query image's diagonal; bins overlap by half
LEAST_VOTES = 3  # of a bin that is part of a thing


@dataclass(frozen=True)
class Matches:
    """n pairs of a region in the query and one in the database image.

    query_points, points: (n, 2) pixels, their middles. scale_ratios: (n,) side in the query over side in the image.
    turns: (n,) radians, turn in the query less turn in the image. weights: (n,) above 0. query_regions, regions: (n,)
    ids, equal where one region takes part in several pairs.
    """

    query_points: np.ndarray
    points: np.ndarray
    scale_ratios: np.ndarray
    turns: np.ndarray
    weights: np.ndarray
    query_regions: np.ndarray
    regions: np.ndarray


@dataclass(frozen=True)
class Thing:
    """Matches (ascending places) that agree, one for each region, and the sum of their weights."""

    members: np.ndarray
    score: float


def predicted_middles(matches: Matches) -> np.ndarray:
    """(n, 2) pixels of the query: x_q - rho Rot(phi) (x_d - c_d), c_d the mean of the database image's points."""
    away = (matches.points - matches.points.mean(axis=0)) * matches.scale_ratios[:, None]
    cos, sin = np.cos(matches.turns), np.sin(matches.turns)
    turned = np.stack([cos * away[:, 0] - sin * away[:, 1], sin * away[:, 0] + cos * away[:, 1]], axis=1)
    return matches.query_points - turned


def things(matches: Matches, query_diagonal: float) -> list[Thing]:
    """Groups of matches that agree, the best score first. query_diagonal: pixels."""
    if not len(matches.weights):
        return []
    step = CELL * query_diagonal / 2
    corners = np.floor(predicted_middles(matches) / step).astype(int)
    bins: dict[tuple[int, int], list[int]] = defaultdict(list)
    for match, (x, y) in enumerate(corners.tolist()):
        for cell in ((x, y), (x - 1, y), (x, y - 1), (x - 1, y - 1)):  # a bin spans two steps: four hold each point
            bins[cell].append(match)
    full = {cell for cell, voters in bins.items() if len(voters) >= LEAST_VOTES}
    found = []
    while full:
        members = np.unique([match for cell in _connected(full) for match in bins[cell]])
        members = _one_to_one(matches, members)
        found.append(Thing(members, float(matches.weights[members].sum())))
    return sorted(found, key=lambda thing: -thing.score)


def image_score(found: list[Thing]) -> float:
    """Sum of ln(1 + score) over the things: several agreeing things count for more than one large one."""
    return float(sum(np.log1p(thing.score) for thing in found))


def _connected(full: set[tuple[int, int]]) -> list[tuple[int, int]]:
    """Takes one bin and all that touch it, directly or over others, out of `full`."""
    group, waiting = [], [min(full)]
    full.remove(waiting[0])
    while waiting:
        x, y = waiting.pop()
        group.append((x, y))
        near = {(x + dx, y + dy) for dx in (-1, 0, 1) for dy in (-1, 0, 1)} & full
        full -= near
        waiting += near
    return group


def _one_to_one(matches: Matches, members: np.ndarray) -> np.ndarray:
    """Each region of either image at most once, the heaviest matches first."""
    kept, of_query, of_image = [], set(), set()
    for match in members[np.argsort(-matches.weights[members], kind="stable")].tolist():
        query_region, region = int(matches.query_regions[match]), int(matches.regions[match])
        if query_region not in of_query and region not in of_image:
            kept.append(match)
            of_query.add(query_region)
            of_image.add(region)
    return np.sort(np.array(kept, int))
