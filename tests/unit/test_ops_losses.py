"""Losses: values by hand, gradients against central differences, extreme scores, identities, messages."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from course_lib import ops
from course_lib.gradcheck import numerical_gradient

DTYPES = [np.float64, np.float32]
SCORE_LOSSES = [ops.mse, ops.half_sse, ops.mae, ops.bce_from_logits]
SHARE_LOSSES = [ops.bce, ops.kl_loss, ops.hellinger_loss]


def shares(rng, shape):
    return ops.softmax(rng.standard_normal(shape))


# ---- values ------------------------------------------------------------------------------------------------


def test_values_by_hand():
    y_hat, y = np.array([[1.0, 2.0], [3.0, 5.0]]), np.array([[0.0, 2.0], [1.0, 6.0]])
    assert ops.mse(y_hat, y)[0] == 6 / 4
    assert ops.half_sse(y_hat, y)[0] == 6 / 4  # 1/(2N) with N = 2 rows
    assert ops.mae(y_hat, y)[0] == 4 / 4
    assert ops.half_sse(y_hat[:, 0], y[:, 0])[0] == 5 / 4
    assert ops.bce(np.array([0.5, 0.8]), np.array([1, 0]))[0] == pytest.approx((np.log(2) + np.log(5)) / 2)
    assert ops.kl_loss(np.array([[0.5, 0.5]]), np.array([[1.0, 0.0]]))[0] == pytest.approx(np.log(2))
    assert ops.hellinger_loss(np.array([0.25, 0.75]), np.array([1.0, 0.0]))[0] == pytest.approx(0.5 * (0.25 + 0.75))


@pytest.mark.result("R-023")
def test_published_cross_entropy_is_in_bits():
    nats = ops.cross_entropy(np.log([[0.128, 0.719, 0.153]]), [1])
    assert nats == pytest.approx(0.3298939, abs=5e-8)
    assert nats / np.log(2) == pytest.approx(0.4759363, abs=5e-8)
    assert ops.kl_loss(np.array([0.128, 0.719, 0.153]), np.array([0, 1, 0]))[0] == pytest.approx(nats)


@pytest.mark.result("R-037")
def test_published_entropies():
    p, q = np.array([0.7, 0.2, 0.1]), np.array([0.5, 0.3, 0.2])
    assert ops.entropy(p) == pytest.approx(0.8018, abs=5e-5)
    assert ops.kl_divergence(p, q) == pytest.approx(0.0851, abs=5e-5)
    assert ops.entropy(p) + ops.kl_divergence(p, q) == pytest.approx(-np.sum(p * np.log(q)), abs=1e-12)


def test_start_loss_of_equal_scores_is_the_logarithm_of_the_number_of_classes():
    assert ops.cross_entropy(np.zeros((4, 10)), [0, 3, 9, 1]) == pytest.approx(2.3026, abs=5e-5)


# ---- gradients ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("shape", [(5,), (4, 3), (1, 1)])
@pytest.mark.parametrize("loss", SCORE_LOSSES + SHARE_LOSSES, ids=lambda loss: loss.__name__)
def test_gradient_against_central_differences(loss, shape):
    rng = np.random.default_rng(6)
    prediction = rng.uniform(0.1, 0.9, shape) if loss in SHARE_LOSSES else 3 * rng.standard_normal(shape)
    target = rng.uniform(0, 1, shape)
    before = prediction.copy(), target.copy()
    _, gradient = loss(prediction, target)
    numeric = numerical_gradient(lambda p: loss(p, target)[0], prediction)
    np.testing.assert_allclose(gradient, numeric, rtol=1e-6, atol=1e-9)
    assert gradient.shape == shape
    np.testing.assert_array_equal(prediction, before[0])
    np.testing.assert_array_equal(target, before[1])


@settings(max_examples=25, deadline=None, derandomize=True)
@given(st.integers(1, 6), st.integers(2, 7), st.integers(0, 1000))
def test_cross_entropy_gradient(samples, classes, seed):
    rng = np.random.default_rng(seed)
    logits, y = 3 * rng.standard_normal((samples, classes)), rng.integers(0, classes, samples)
    gradient = ops.softmax_ce_backward(logits, y)
    np.testing.assert_allclose(gradient, numerical_gradient(lambda z: ops.cross_entropy(z, y), logits), atol=1e-9)
    np.testing.assert_allclose(gradient.sum(axis=1), 0, atol=1e-15)
    np.testing.assert_allclose(gradient, (ops.softmax(logits) - ops.one_hot(y, classes)) / samples, atol=1e-15)


def test_chain_of_softmax_and_loss_gives_the_short_form():
    rng = np.random.default_rng(7)
    z, y = rng.standard_normal((5, 4)), rng.integers(0, 4, 5)
    s = ops.softmax(z)
    _, ds = ops.kl_loss(s, ops.one_hot(y, 4))
    np.testing.assert_allclose(ops.softmax_backward(ds, s), ops.softmax_ce_backward(z, y), atol=1e-15)


def test_chain_of_sigmoid_and_bce_gives_the_short_form():
    rng = np.random.default_rng(8)
    z, y = rng.standard_normal((5, 2)), rng.integers(0, 2, (5, 2))
    a = ops.sigmoid(z)
    loss, da = ops.bce(a, y)
    expected_loss, expected = ops.bce_from_logits(z, y)
    assert loss == pytest.approx(expected_loss)
    np.testing.assert_allclose(ops.sigmoid_backward(da, a), expected, atol=1e-15)


# ---- means, extremes, dtypes -------------------------------------------------------------------------------


@pytest.mark.parametrize("loss", SCORE_LOSSES + SHARE_LOSSES, ids=lambda loss: loss.__name__)
def test_repeating_every_row_changes_no_loss(loss):
    rng = np.random.default_rng(9)
    prediction, target = shares(rng, (3, 4)), shares(rng, (3, 4))
    once, twice = loss(prediction, target), loss(np.tile(prediction, (2, 1)), np.tile(target, (2, 1)))
    assert twice[0] == pytest.approx(once[0])
    np.testing.assert_allclose(twice[1][:3], once[1] / 2)


@pytest.mark.parametrize("dtype", DTYPES)
def test_losses_from_extreme_scores(dtype):
    z = np.array([[1e4, -1e4, 0]], dtype)
    assert ops.cross_entropy(z, [0]) == 0
    assert ops.cross_entropy(z, [1]) == 2e4
    assert ops.softmax_ce_backward(z, [1]).tolist() == [[1, -1, 0]]
    loss, gradient = ops.bce_from_logits(np.array([1e4, -1e4], dtype), [0, 1])
    assert loss == 1e4 and gradient.tolist() == [0.5, -0.5]
    assert ops.bce_from_logits(np.array([1e4, -1e4], dtype), [1, 0])[0] == 0
    assert gradient.dtype == dtype or dtype == np.float32  # the integer targets are float64


def test_small_loss_from_scores_is_not_rounded_away():
    assert ops.bce_from_logits(np.array([40.0]), np.array([1.0]))[0] == pytest.approx(np.exp(-40), rel=1e-12)


def test_certain_answers():
    loss, gradient = ops.bce(np.array([0.0, 1.0]), np.array([0, 1]))
    assert loss == 0 and gradient.tolist() == [0.5, -0.5]
    loss, gradient = ops.bce(np.array([0.0, 1.0]), np.array([1, 0]))
    assert loss == np.inf and gradient.tolist() == [-np.inf, np.inf]
    assert ops.kl_loss(np.array([0.0, 1.0]), np.array([0.0, 1.0]))[0] == 0
    assert ops.kl_loss(np.array([1.0, 0.0]), np.array([0.0, 1.0]))[0] == np.inf
    assert ops.hellinger_loss(np.array([0.0, 1.0]), np.array([0.0, 1.0]))[0] == 0
    assert ops.hellinger_loss(np.array([1.0, 0.0]), np.array([0.0, 1.0]))[0] == 1
    assert ops.entropy([1.0, 0.0]) == 0
    assert ops.kl_divergence([0.5, 0.5], [1.0, 0.0]) == np.inf


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("loss", SCORE_LOSSES + SHARE_LOSSES, ids=lambda loss: loss.__name__)
def test_dtype_is_kept(loss, dtype):
    prediction = shares(np.random.default_rng(0), (3, 4)).astype(dtype)
    value, gradient = loss(prediction, prediction[::-1])
    assert isinstance(value, float) and gradient.dtype == dtype
    assert ops.softmax_ce_backward(prediction, [0, 1, 2]).dtype == dtype


def test_a_diverged_prediction_gives_nan_without_an_error():
    y = np.array([1.0, 0.0])
    for loss in SCORE_LOSSES + SHARE_LOSSES:
        assert np.isnan(loss(np.array([np.nan, 0.5]), y)[0])
    assert np.isnan(ops.cross_entropy(np.array([[np.nan, 1.0]]), [1]))


# ---- distributions and labels ------------------------------------------------------------------------------


@settings(max_examples=30, deadline=None, derandomize=True)
@given(st.integers(2, 8), st.integers(0, 1000))
def test_divergence_is_not_negative_and_zero_only_for_equal(classes, seed):
    p, q = shares(np.random.default_rng(seed), (2, classes))
    assert ops.kl_divergence(p, q) > 0
    assert ops.kl_divergence(p, p) == 0
    assert 0 <= ops.entropy(p) <= np.log(classes) + 1e-12


def test_labels():
    assert ops.one_hot([2, 0], 3).tolist() == [[0, 0, 1], [1, 0, 0]]
    assert ops.one_hot([1, 0]).shape == (2, 2)
    scores = np.array([[0.1, 0.7, 0.7], [3.0, 2.0, 1.0]])
    assert ops.predict_class(scores).tolist() == [1, 0]
    assert ops.predict_class(scores[0]) == 1
    assert ops.accuracy(scores, [1, 1]) == 0.5
    assert ops.accuracy([0, 1, 1], np.array([0, 1, 0])) == pytest.approx(2 / 3)


@pytest.mark.parametrize("call, error, message", [
    (lambda: ops.mse(np.ones((3, 1)), np.ones(3)), ValueError, "reshape"),
    (lambda: ops.mse(np.ones(3), np.array([1, np.nan, 1])), ValueError, "target holds 1 NaN"),
    (lambda: ops.mse(np.ones((0, 2)), np.ones((0, 2))), ValueError, "empty"),
    (lambda: ops.bce(np.array([1.5]), np.array([1])), ValueError, "bce_from_logits"),
    (lambda: ops.bce_from_logits(np.array([1.5]), np.array([-1])), ValueError, r"\[0, 1\]"),
    (lambda: ops.kl_loss(np.array([-1.0, 2.0]), np.array([0, 1])), ValueError, "softmax"),
    (lambda: ops.cross_entropy(np.ones((2, 3)), [1, 3]), ValueError, "counted from 1"),
    (lambda: ops.cross_entropy(np.ones((2, 3)), [0, 3]), ValueError, r"0\.\.2"),
    (lambda: ops.cross_entropy(np.ones((2, 3)), np.eye(3)[:2]), ValueError, "argmax"),
    (lambda: ops.cross_entropy(np.ones((2, 3)), [0.0, 1.0]), TypeError, r"astype\(int\)"),
    (lambda: ops.cross_entropy(np.ones((2, 3)), [0, 1, 2]), ValueError, r"\(2,\)"),
    (lambda: ops.cross_entropy(np.ones(3), [0]), ValueError, "One sample alone"),
    (lambda: ops.entropy([0.5, 0.4]), ValueError, "sum to 1"),
    (lambda: ops.one_hot([0, -1], 2), ValueError, "-1 and"),
    (lambda: ops.predict_class(np.ones((3, 1))), ValueError, "threshold"),
    (lambda: ops.accuracy([0.2, 0.9], [0, 1]), ValueError, "threshold"),
    (lambda: ops.accuracy([0, 1], [[0], [1]]), ValueError, "reshape"),
])
def test_messages(call, error, message):
    with pytest.raises(error, match=message):
        call()


def test_what_was_silently_wrong():
    """Cases that once gave a number and now say what is the matter."""
    scores, labels = np.array([[0.1, np.nan], [2.0, 1.0]]), np.array([1, 0])
    assert np.isnan(ops.accuracy(scores, labels)), "a diverged network has no accuracy"
    with pytest.raises(ValueError, match="scores holds 1 NaN"):
        ops.predict_class(scores)
    for call in (ops.accuracy, ops.cross_entropy):
        with pytest.raises(ValueError, match="Usual cause: the two are exchanged"):
            call(labels, np.nan_to_num(scores))
    with pytest.raises(ValueError, match="the prediction comes first"):
        ops.bce_from_logits(np.array([0.0, 1.0]), np.array([-3.0, 3.0]))
    assert ops.bce(np.array([1 + 2e-16]), np.array([1.0]))[0] == 0, "rounding is no error"
    with pytest.raises(ValueError, match="all 3 entries of val_loss are NaN"):
        ops.early_stopping(np.full(3, np.nan), 1)
    with pytest.raises(ValueError, match="no epoch is the best"):
        ops.early_stopping([np.inf, np.nan, np.inf], 1)
    assert np.isnan(ops.r2_score([1.0, np.nan], [2.0, 2.0])) and np.isnan(ops.r2_score([1.0, np.nan], [2.0, 3.0]))
    with pytest.raises(TypeError, match=r"epochs=2.7, expected a whole number"):
        ops.perceptron_fit(np.eye(2), [0, 1], epochs=2.7)
    for order in ([[0.5, 1.0]], np.empty((0, 2), int)):
        with pytest.raises(ValueError, match="order must have shape"):
            ops.perceptron_fit(np.eye(2), [0, 1], order=order)
    for fit in (lambda X: ops.perceptron_fit(X, [0, 1]), lambda X: ops.ridge(X, [0, 1], 0.1)):
        with pytest.raises(ValueError, match="X holds 0 NaN and 1 infinity"):
            fit(np.array([[0.0, 1.0], [np.inf, 0.0]]))
