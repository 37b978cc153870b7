"""What is found at many deltas at once is what is found at each."""

import numpy as np
import pytest
from planted_photos import PlantedPhotos

from lsh_engine import PLANS, AskedCrops, EngineError, LSHParams, QueryDescriptors, SearchSettings
from lsh_engine.index import ExhaustiveIndex, HyperplaneLSH
from lsh_engine.search.delta_sweep import found_at
from lsh_engine.search.searching import search

DELTAS = (0.9, 0.35, 0.6, 0.9, 1.2, 3.0)


@pytest.fixture(scope="module")
def photos(centred):
    return PlantedPhotos(centred.vectors, np.full(len(centred.vectors) // 20, 20))


@pytest.fixture(scope="module")
def crops(centred):
    return [QueryDescriptors(centred.queries[i : i + 2], (0.5, 1.0)) for i in (0, 2, 4)]


@pytest.fixture(params=["one", "any", "all", "not", "own"])
def asked(request, crops):
    one, two, three = crops
    return {
        "one": AskedCrops((one,)),
        "any": AskedCrops((one, two)),
        "all": AskedCrops((one, two), combine="all"),
        "not": AskedCrops((one,), avoid=(two, three)),
        "own": AskedCrops((one, two), own=3),
    }[request.param]


@pytest.mark.parametrize("plan", PLANS)
def test_each_delta_is_as_if_asked_alone(photos, asked, plan):
    params = LSHParams(plan)
    found = found_at(photos, asked, DELTAS, "lsh", params)
    alone = [
        search(photos, asked, SearchSettings(delta=delta, params={"lsh": params}), ("lsh",)).lsh.matches
        for delta in DELTAS
    ]
    assert found == [frozenset(match.image_id for match in matches) for matches in alone]
    assert found[1] <= found[2] <= found[0] == found[3] or plan not in ("tables", "exhaustive")


def test_the_exhaustive_answers_too(photos, asked):
    found = found_at(photos, asked, DELTAS, "exhaustive")
    for delta, ids in zip(DELTAS, found, strict=True):
        matches = search(photos, asked, SearchSettings(delta=delta), ("exhaustive",)).exhaustive.matches
        assert ids == {match.image_id for match in matches}


@pytest.mark.parametrize(("plan", "n"), [("tables", (1, 0)), ("exhaustive", (0, 1)), ("sketch", (5, 0))])
def test_what_looks_at_the_same_vectors_is_asked_once(photos, crops, monkeypatch, plan, n):
    calls = []
    for kind in (HyperplaneLSH, ExhaustiveIndex):
        batch = kind.range_search_batch
        monkeypatch.setattr(
            kind, "range_search_batch", lambda self, *args, batch=batch: calls.append(self.name) or batch(self, *args)
        )
    found_at(photos, AskedCrops((crops[0],)), DELTAS, "lsh", LSHParams(plan))
    assert (calls.count("lsh"), calls.count("exhaustive")) == n


def test_no_delta_and_a_wrong_one(photos, crops):
    assert found_at(photos, AskedCrops((crops[0],)), (), "lsh") == []
    with pytest.raises(EngineError):
        found_at(photos, AskedCrops((crops[0],)), (0.5, -1), "lsh")
