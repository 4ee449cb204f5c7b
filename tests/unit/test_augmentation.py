"""Augmented images against a plain loop over pixels, and what each movement may and may not do."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from course_lib import datasets
from course_lib.datasets import augmentation

ALL = dict(shift=0.2, rotation=40.0, shear=0.3, zoom=0.3, flip=True)


def moved_by_loop(image, mirror, shear, angle, zoom, shift_x, shift_y):
    """One gray image: for every new pixel the old place, by the inverse of a product of 3 x 3 matrices."""
    H, W = image.shape
    cos, sin = math.cos(angle), math.sin(angle)
    to_middle = np.array([[1, 0, -(W - 1) / 2], [0, 1, -(H - 1) / 2], [0, 0, 1]])
    forward = np.linalg.inv(to_middle) @ np.array([[1, 0, W * shift_x], [0, 1, H * shift_y], [0, 0, 1]])
    forward = forward @ np.diag([zoom, zoom, 1]) @ np.array([[cos, -sin, 0], [sin, cos, 0], [0, 0, 1]])
    forward = forward @ np.array([[1, shear, 0], [0, 1, 0], [0, 0, 1]]) @ np.diag([mirror, 1, 1]) @ to_middle
    back = np.linalg.inv(forward)
    out = np.zeros_like(image)
    for row in range(H):
        for column in range(W):
            x, y, _ = back @ [column, row, 1]
            for r in (math.floor(y), math.floor(y) + 1):
                for c in (math.floor(x), math.floor(x) + 1):
                    if 0 <= r < H and 0 <= c < W:
                        out[row, column] += (1 - abs(y - r)) * (1 - abs(x - c)) * image[r, c]
    return out


@settings(max_examples=25, deadline=None, derandomize=True)
@given(H=st.integers(1, 7), W=st.integers(1, 7), seed=st.integers(0, 999))
def test_every_movement_is_that_of_a_loop(H, W, seed):
    rng = np.random.default_rng(seed)
    images = rng.random((3, H, W))
    numbers = np.stack([rng.choice([-1.0, 1.0], 3), rng.uniform(-0.5, 0.5, 3), rng.uniform(-3, 3, 3),
                        rng.uniform(0.5, 1.5, 3), rng.uniform(-0.4, 0.4, 3), rng.uniform(-0.4, 0.4, 3)])
    expected = [moved_by_loop(image, *own) for image, own in zip(images, numbers.T, strict=True)]
    np.testing.assert_allclose(augmentation._moved(images, numbers), expected, atol=1e-9)


def test_nothing_asked_nothing_changed():
    images = np.random.default_rng(0).random((3, 2, 5, 6))
    out = datasets.augment(images, 0)
    np.testing.assert_array_equal(out, images)
    assert not np.shares_memory(out, images)


@pytest.mark.parametrize("dtype", [np.float32, np.float64, np.uint8])
def test_same_seed_same_images(dtype):
    images = (255 * np.random.default_rng(0).random((4, 3, 8, 8))).astype(dtype)
    before = images.copy()
    one, again = (datasets.augment(images, rng, **ALL) for rng in (3, np.random.default_rng(3)))
    np.testing.assert_array_equal(one, again)
    np.testing.assert_array_equal(images, before)
    assert not np.array_equal(one, datasets.augment(images, 4, **ALL))
    assert one.dtype == (np.float64 if dtype == np.uint8 else dtype) and one.shape == images.shape
    assert one.min() >= 0 and one.max() <= images.max() * (1 + 1e-6)


def test_channels_move_together():
    gray = np.random.default_rng(0).random((5, 9, 9))
    colored = datasets.augment(np.stack([gray, 2 * gray], axis=1), 1, **ALL)
    np.testing.assert_allclose(colored[:, 1], 2 * colored[:, 0])
    np.testing.assert_array_equal(colored[:, 0], datasets.augment(gray, 1, **ALL))


def test_images_in_parts_are_those_of_all(monkeypatch):
    images = np.random.default_rng(0).random((7, 6, 6))
    whole = datasets.augment(images, 1, **ALL)
    monkeypatch.setattr(augmentation, "IMAGES_AT_ONCE", 3)
    np.testing.assert_array_equal(datasets.augment(images, 1, **ALL), whole)


def centers(images):
    """Center of mass (x, y) from the middle of each image."""
    side = np.arange(images.shape[-1]) - (images.shape[-1] - 1) / 2
    mass = images.sum(axis=(1, 2))
    return np.stack([(images.sum(axis=1) @ side) / mass, (images.sum(axis=2) @ side) / mass])


def dots(n, x, y, size=41):
    """n images of one small round dot at (x, y) from the middle."""
    side = np.arange(size) - (size - 1) / 2
    image = np.exp(-((side - x) ** 2 + (side[:, None] - y) ** 2) / 4)
    return np.repeat(image[None], n, axis=0)


def test_each_argument_reaches_as_far_as_it_says():
    n = 300
    x, y = centers(datasets.augment(dots(n, 0, 0), 0, shift=0.25))
    for moved in (x, y):
        assert 9.5 < np.abs(moved).max() <= 10.26 and abs(moved.mean()) < 1.2  # 0.25 of 41
    assert abs(np.corrcoef(x, y)[0, 1]) < 0.2
    x, y = centers(datasets.augment(dots(n, 10, 0), 0, rotation=30))
    angle = np.rad2deg(np.arctan2(y, x))
    assert 28 < np.abs(angle).max() <= 30.1 and abs(angle.mean()) < 3
    np.testing.assert_allclose(np.hypot(x, y), 10, rtol=1e-2)
    x, y = centers(datasets.augment(dots(n, 0, 10), 0, shear=0.5))
    assert 4.7 < np.abs(x).max() <= 5.05
    np.testing.assert_allclose(y, 10, rtol=1e-2)
    x, y = centers(datasets.augment(dots(n, 8, -4), 0, zoom=0.4))
    np.testing.assert_allclose(y, -x / 2, atol=0.05)
    assert 8 * 0.6 * 0.99 < x.min() < 8 * 0.63 and 8 * 1.37 < x.max() < 8 * 1.4 * 1.01


def test_flip_mirrors_about_half():
    images = np.random.default_rng(0).random((400, 4, 5))
    out = datasets.augment(images, 0, flip=True)
    same = (out == images).all(axis=(1, 2))
    np.testing.assert_allclose(out[~same], images[~same, :, ::-1], atol=1e-12)
    assert 160 < same.sum() < 240


@pytest.mark.parametrize(("change", "error", "message"), [
    (dict(images=np.ones((4, 4))), ValueError, r"image\[None\]"),
    (dict(images=np.ones((0, 4, 4))), ValueError, "empty"),
    (dict(images=np.full((1, 4, 4), np.nan)), ValueError, "NaN"), (dict(zoom=1.0), ValueError, "zoom=1 would shrink"),
    (dict(zoom=1.5), ValueError, "zoom=1.5"), (dict(rotation=-5), ValueError, "rotation=-5"),
    (dict(flip=0.5), TypeError, "flip=0.5"), (dict(rng=None), TypeError, "rng=None")])
def test_messages(change, error, message):
    with pytest.raises(error, match=message):
        datasets.augment(**(dict(images=np.ones((2, 4, 4)), rng=0) | change))
