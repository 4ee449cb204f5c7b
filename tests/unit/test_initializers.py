"""Starting weights: their moments within the error of the sample, their bounds, and what they refuse."""

import numpy as np
import pytest

from course_lib import dense, nn, ops

FAN_IN, FAN_OUT = 120, 80
#: name -> standard deviation that the equation promises
SPREADS = {"small_normal": 0.01, "uniform": 1 / 12**0.5, "lecun_normal": 120**-0.5, "lecun_uniform": 120**-0.5,
           "xavier_normal": 0.1, "xavier_uniform": 0.1, "he_normal": (2 / 120) ** 0.5, "he_uniform": (2 / 120) ** 0.5,
           "orthogonal": 120**-0.5}
BOUNDS = {"uniform": 0.5, "lecun_uniform": (3 / 120) ** 0.5, "xavier_uniform": 0.03**0.5, "he_uniform": 0.05**0.5}


@pytest.mark.parametrize("name", SPREADS)
def test_mean_and_spread(name):
    W = ops.INITIALIZERS[name](np.random.default_rng(1), FAN_IN, FAN_OUT)
    assert W.shape == (FAN_IN, FAN_OUT) and W.dtype == np.float64
    error = SPREADS[name] / W.size**0.5  # of the mean; that of the spread is smaller by sqrt 2
    assert abs(W.mean()) < 4 * error
    assert abs(W.std() - SPREADS[name]) < 4 * error


@pytest.mark.parametrize("name", BOUNDS)
def test_uniform_weights_fill_their_interval(name):
    W = ops.INITIALIZERS[name](np.random.default_rng(1), FAN_IN, FAN_OUT)
    for end in (-W.min(), W.max()):
        assert 0.998 * BOUNDS[name] < end <= BOUNDS[name]


def test_normal_weights_have_no_bound():
    for name in ("small_normal", "lecun_normal", "xavier_normal", "he_normal"):
        W = ops.INITIALIZERS[name](np.random.default_rng(1), FAN_IN, FAN_OUT)
        assert np.mean(np.abs(W) > 2 * SPREADS[name]) == pytest.approx(0.0455, abs=0.009)


def test_equal_weights_draw_nothing():
    rng, untouched = np.random.default_rng(3), np.random.default_rng(3)
    np.testing.assert_array_equal(ops.zeros(rng, 2, 3), np.zeros((2, 3)))
    np.testing.assert_array_equal(ops.constant(rng, 2, 3), np.full((2, 3), 0.5))
    np.testing.assert_array_equal(ops.constant(rng, 2, 3, -1), np.full((2, 3), -1.0))
    assert rng.random() == untouched.random()


def test_settings_of_the_plain_ones():
    rng = np.random.default_rng(0)
    assert ops.small_normal(rng, 100, 100, 3.0).std() == pytest.approx(3.0, rel=0.03)
    W = ops.uniform(rng, 100, 100, 0.0, 0.3)
    assert W.min() >= 0 and 0.299 < W.max() <= 0.3


@pytest.mark.parametrize("shape", [(7, 4), (5, 5), (3, 8), (1, 4), (4, 1)])
def test_orthogonal_columns_or_rows(shape):
    W = ops.orthogonal(np.random.default_rng(0), *shape)
    assert W.shape == shape
    if shape[0] >= shape[1]:
        np.testing.assert_allclose(W.T @ W, np.eye(shape[1]), atol=1e-14)
    if shape[0] <= shape[1]:
        np.testing.assert_allclose(W @ W.T, np.eye(shape[0]), atol=1e-14)


def test_orthogonal_matrices_of_all_signs_are_equally_likely():
    """Without the fix of the signs LAPACK's R has a negative diagonal and the trace of Q is far from 0 on average."""
    rng = np.random.default_rng(0)
    drawn = np.array([ops.orthogonal(rng, 3, 3) for _ in range(2000)])
    assert np.abs(drawn.mean(axis=0)).max() < 4 / 6000**0.5  # entries of variance 1/3
    assert abs(np.linalg.det(drawn).mean()) < 4 / 2000**0.5


@pytest.mark.parametrize("name", ops.INITIALIZERS)
def test_every_name_starts_a_layer_and_a_network(name):
    drawn = ops.INITIALIZERS[name](np.random.default_rng(2), 3, 4)
    np.testing.assert_array_equal(nn.draw_weights(np.random.default_rng(2), 3, 4, name), drawn)
    np.testing.assert_array_equal(nn.draw_weights(np.random.default_rng(2), 3, 4, ops.INITIALIZERS[name]), drawn)
    layer = nn.Linear(3, 4, init=name, rng=np.random.default_rng(2), dtype=np.float32)
    assert layer.weight.data.dtype == np.float32
    np.testing.assert_array_equal(layer.weight.data, drawn.astype(np.float32))
    (W, b), _ = dense.unpack(dense.init_params((3, 4, 2), 2, name), (3, 4, 2))
    np.testing.assert_array_equal(W, drawn)
    assert not b.any()


@pytest.mark.parametrize(("short", "name"), [("normal", "lecun_normal"), ("xavier", "xavier_uniform"),
                                             ("he", "he_normal")])
def test_short_names(short, name):
    np.testing.assert_array_equal(*(nn.draw_weights(np.random.default_rng(2), 3, 4, init) for init in (short, name)))


def test_what_does_not_fit_is_named():
    rng = np.random.default_rng(0)
    with pytest.raises(TypeError, match="rng=0, expected a numpy Generator"):
        ops.he_normal(0, 3, 4)
    with pytest.raises(ValueError, match="fan_in=0, expected a whole number of at least 1"):
        ops.orthogonal(rng, 0, 4)
    with pytest.raises(ValueError, match=r"low=0\.5 is above high=-0\.5"):
        ops.uniform(rng, 3, 4, 0.5, -0.5)
    with pytest.raises(ValueError, match=r"init='kaiming', expected one of 'normal', .*'zeros', .*'he_normal'"):
        nn.draw_weights(rng, 3, 4, "kaiming")
