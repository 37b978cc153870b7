"""Centre, weigh, join, rotate: against eigenvectors computed at once, and the promises of a rotation."""

import numpy as np
import pytest
from conftest import unit

from lsh_engine.describe.backbones import BackboneCard, Layer
from lsh_engine.describe.pooling import l2_normalise
from lsh_engine.describe.transform import Transform, finish, learn_transform


def card_of(dim: int) -> BackboneCard:
    return BackboneCard(
        name="test",
        title="Test",
        layers=(
            Layer(name="a", channels=3, stride=16, weight=0.5, signed=True),
            Layer(name="b", channels=10, stride=32),
        ),
        dim=dim,
        learned=True,
        mean=(0.0, 0.0, 0.0),
        std=(1.0, 1.0, 1.0),
        weights_source="",
        weights_bytes=0,
        weights_sha256="",
        licence="",
        presets={},
        max_delta=1.57,
    )


def pooled_rows(n: int, seed: int = 0) -> np.ndarray:
    """(n, 16): six and ten channels, each part of unit length, with strong directions."""
    random = np.random.default_rng(seed)
    spread = random.gamma(0.5, size=16)
    rows = np.abs(random.standard_normal((n, 16)) * spread + 0.3)
    return np.concatenate([unit(rows[:, :6]), unit(rows[:, 6:])], axis=1)


def joined(rows: np.ndarray) -> np.ndarray:
    """The centred and weighted parts, written out."""
    rows = rows.astype(np.float64)
    parts = rows[:, :6] - rows[:, :6].mean(axis=0), rows[:, 6:] - rows[:, 6:].mean(axis=0)
    a, b = (part / np.linalg.norm(part, axis=1, keepdims=True) for part in parts)
    return np.concatenate([0.5 * a, b], axis=1)


def test_the_card_knows_the_joined_width():
    assert card_of(4).joined_dim == 16 and card_of(4).stride == 16


@pytest.mark.parametrize("n", [40, 9000])  # 9,000 go through the moments in two chunks
def test_directions_are_the_leading_eigenvectors(n):
    rows, card = pooled_rows(n), card_of(5)
    transform = learn_transform(rows, card)
    assert transform.mean == pytest.approx(rows.mean(axis=0, dtype=np.float64), abs=1e-6)
    _, singular, directions = np.linalg.svd(joined(rows), full_matrices=False)
    assert (singular[:5] - singular[1:6] > 1e-3 * singular[0]).all(), "else the directions are not unique"
    assert np.abs(np.sum(directions[:5] * transform.rotation.T, axis=1)) == pytest.approx(1, abs=1e-4)
    assert transform.rotation.T @ transform.rotation == pytest.approx(np.eye(5), abs=1e-5)
    assert transform.rotation.shape == (16, 5) and transform.rotation.dtype == transform.mean.dtype == np.float32


def test_the_sign_of_a_direction_is_fixed():
    rotation = learn_transform(pooled_rows(60), card_of(16)).rotation
    assert (rotation[np.abs(rotation).argmax(axis=0), np.arange(16)] > 0).all()


def test_a_full_rotation_keeps_every_angle_and_does_not_whiten():
    rows, card = pooled_rows(50), card_of(16)
    described = finish(rows, card, learn_transform(rows, card)).astype(np.float64)
    expected = joined(rows)
    expected /= np.linalg.norm(expected, axis=1, keepdims=True)
    np.testing.assert_allclose(described @ described.T, expected @ expected.T, atol=1e-5)
    variance = (described**2).mean(axis=0)
    assert (np.diff(variance) <= 1e-6).all() and variance[0] > 3 * variance[8]


def test_descriptors_are_unit_float32_and_the_same_every_time():
    rows, card = pooled_rows(80), card_of(6)
    once, again = learn_transform(rows, card), learn_transform(rows.copy(), card)
    assert np.array_equal(once.rotation, again.rotation)
    described = once.apply(rows, card)
    assert described.dtype == np.float32 and described.shape == (80, 6)
    assert np.linalg.norm(described.astype(np.float64), axis=1) == pytest.approx(1, abs=1e-6)


def test_rows_stored_in_half_precision_teach_nearly_the_same():
    rows, card = pooled_rows(200), card_of(6)
    exact, half = learn_transform(rows, card), learn_transform(rows.astype(np.float16), card)
    cosines = np.sum(exact.apply(rows, card) * half.apply(rows, card), axis=1)
    assert cosines.min() > 0.999


def test_without_a_transform_the_descriptor_is_the_unit_row():
    rows = pooled_rows(7)
    np.testing.assert_array_equal(finish(rows, card_of(16), None), l2_normalise(rows))


def test_fewer_rows_than_dimensions_are_enough():
    rows, card = pooled_rows(3), card_of(8)
    described = finish(rows, card, learn_transform(rows, card))
    assert np.isfinite(described).all() and np.linalg.norm(described, axis=1) == pytest.approx(1, abs=1e-5)


def test_a_transform_applies_to_rows_it_never_saw():
    card = card_of(16)
    transform = learn_transform(pooled_rows(100), card)
    row = pooled_rows(1, seed=9)
    parts = row[:, :6] - transform.mean[:6], row[:, 6:] - transform.mean[6:]
    expected = np.concatenate([0.5 * unit(parts[0]), unit(parts[1])], axis=1) @ transform.rotation
    assert isinstance(transform, Transform) and transform.apply(row, card) == pytest.approx(unit(expected), abs=1e-5)
