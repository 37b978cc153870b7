"""Numbers a user may choose: what is refused, how it is said, and the worked value of source A."""

import dataclasses
import math

import numpy as np
import pytest

from lsh_engine.core.bounds import check_delta
from lsh_engine.core.errors import EngineError
from lsh_engine.describe.patch_config import PatchConfig
from lsh_engine.index.lsh.config import PLANS, LSHConfig, LSHParams
from lsh_engine.search.settings import MAX_SCALES, SCALES, SearchSettings

NOT_NUMBERS = ["0.4", None, [0.4], (), {}, b"1", np.array([0.4, 0.5]), 1j]
NOT_FINITE = [math.nan, math.inf, -math.inf, np.float32("nan")]


@pytest.mark.parametrize("delta", [*NOT_NUMBERS, *NOT_FINITE, -0.001, 3.15, 10**400, 1e308])
def test_delta_must_be_an_angle(delta):
    for make in (check_delta, lambda value: SearchSettings(delta=value)):
        with pytest.raises(EngineError, match="delta.* 3.1416 ") as refusal:
            make(delta)
        assert len(str(refusal.value)) < 160


@pytest.mark.parametrize("make", [check_delta, lambda k: LSHConfig(n_tables=k), lambda r: LSHConfig(recall_target=r)])
def test_a_number_too_long_to_be_written_out_is_refused_like_any_other(make):
    with pytest.raises(EngineError, match="digits"):
        make(10**5000)


@pytest.mark.parametrize("delta", [0, 0.0, 1, math.pi, np.float32(0.4), np.float32(math.pi), np.float64(1.5)])
def test_every_angle_is_a_delta(delta):
    assert check_delta(delta) == pytest.approx(float(delta)) and type(check_delta(delta)) is float


@pytest.mark.parametrize("scale", [*NOT_NUMBERS, *NOT_FINITE, 0, -1, 0.0999, 4.001, 1e9])
def test_scales_that_cannot_work_are_refused(scale):
    with pytest.raises(EngineError, match="scale.* 0.1 and 4"):
        SearchSettings(scales=(1.0, scale))


@pytest.mark.parametrize("scales", [(), [], [1.0] * (MAX_SCALES + 1), [0.5] * 10**6])
def test_the_number_of_scales_is_bounded(scales):
    with pytest.raises(EngineError, match=rf"choose 1 to {MAX_SCALES} query scales, got {len(scales)}"):
        SearchSettings(scales=scales)


@pytest.mark.parametrize("scales", ["0.5,1", b"1", 1.0, None, iter([1.0])])
def test_scales_must_be_a_list(scales):
    with pytest.raises(EngineError, match="scales.*list"):
        SearchSettings(scales=scales)


def test_scales_become_a_tuple_without_repetition_in_the_order_asked():
    assert SearchSettings(scales=[1, 0.5, np.float32(0.5), 1.0]).scales == (1.0, 0.5)
    assert hash(SearchSettings(scales=[1.0, 0.5])) == hash(SearchSettings(scales=(1.0, 0.5)))


def test_plan_and_recall_target():
    for plan in PLANS:
        assert LSHParams(plan=plan).plan == plan
    for plan in ("fast", "", None, "AUTO", "x" * 10**6):
        with pytest.raises(EngineError, match="plan must be one of auto, tables") as refusal:
            LSHParams(plan=plan)
        assert len(str(refusal.value)) < 160
    assert LSHParams(recall_target=0.9).recall_target == 0.9
    for target in (0.49, 1.0, math.nan, "0.9"):
        with pytest.raises(EngineError, match="recall target must be between 0.5 and 0.9999"):
            LSHParams(recall_target=target)


@pytest.mark.parametrize("name", ["n_hyperplanes", "n_tables", "seed"])
@pytest.mark.parametrize("value", [-1, 10**9 * 10, 0.5, 2.0, math.nan, True, "20", None, [1] * 10**5])
def test_whole_numbers_of_the_index(name, value):
    with pytest.raises(EngineError, match=f"{name}.*whole number") as refusal:
        LSHConfig(**{name: value})
    assert len(str(refusal.value)) < 160


def test_limits_of_the_index_are_inclusive():
    assert LSHConfig(n_hyperplanes=1, n_tables=1).n_tables == LSHConfig(n_hyperplanes=32, n_tables=500).n_tables - 499
    for k, tables in ((0, 50), (33, 50), (20, 0), (20, 501)):
        with pytest.raises(EngineError):
            LSHConfig(n_hyperplanes=k, n_tables=tables)
    with pytest.raises(EngineError, match="recall_target"):
        LSHConfig(recall_target=1.0)


def test_recall_of_source_a():
    assert LSHConfig().recall_at(0.4) == pytest.approx(0.96642, abs=1e-4)
    assert LSHConfig().recall_at(1.2) == pytest.approx(0.00330, abs=1e-4)
    assert LSHConfig().recall_at(0.0) == 1.0 and LSHConfig().recall_at(math.pi) == 0.0


def test_a_misspelt_name_and_a_change_are_refused():
    for config in (LSHConfig, PatchConfig, SearchSettings):
        with pytest.raises(TypeError):
            config(hyperplanes=20)
        with pytest.raises(dataclasses.FrozenInstanceError):
            setattr(config(), dataclasses.fields(config)[0].name, 1)


@pytest.mark.parametrize(
    "wrong",
    [
        {"sizes": (1.0, 0.5)},
        {"sizes": (), "positions": ()},
        {"sizes": (0.5,) * 13, "positions": (1,) * 13},
        {"sizes": (1.01,), "positions": (1,)},
        {"sizes": (0.04,), "positions": (1,)},
        {"sizes": (math.nan,), "positions": (1,)},
        {"sizes": (1.0,), "positions": (0,)},
        {"sizes": (1.0,), "positions": (33,)},
        {"sizes": (1.0,), "positions": (1.5,)},
        {"context": -1},
        {"min_crop_side": 31},
        {"max_crop_side": 95},
    ],
)
def test_patches_that_cannot_work_are_refused(wrong):
    with pytest.raises(EngineError):
        PatchConfig(**wrong)


def test_patches_read_from_json_equal_those_written():
    assert PatchConfig(sizes=[1.0, 0.5], positions=[1, 3]) == PatchConfig(sizes=(1.0, 0.5), positions=(1, 3))


def test_patches_of_earlier_databases_open():
    former = {**dataclasses.asdict(PatchConfig(context=32)), "whole_query_side": 320}
    assert PatchConfig.stored(former) == PatchConfig(context=32)
    with pytest.raises(TypeError):
        PatchConfig.stored({**former, "of_a_later_version": 1})


def test_presets_are_valid_settings():
    for scales in SCALES.values():
        assert SearchSettings(scales=scales).scales == scales
    assert SearchSettings().scales == SCALES["default"]
