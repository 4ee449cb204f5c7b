"""Perceptron: published runs, order, bound, distance, messages."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from course_lib import ops

SQUARE = np.array([[0, 0], [0, 1], [1, 0], [1, 1]])
GATES = {"AND": [0, 0, 0, 1], "OR": [0, 1, 1, 1], "NAND": [1, 1, 1, 0], "XOR": [0, 1, 1, 0]}


@pytest.mark.result("R-030")
@pytest.mark.parametrize("epochs", [10, 100])
def test_published_and(epochs):
    run = ops.perceptron_fit(SQUARE, GATES["AND"], epochs=epochs)
    assert (run.b, *run.w) == (-3, 2, 1)
    assert run.converged_epoch == 6
    assert ops.perceptron_predict(SQUARE, run.w, run.b).tolist() == GATES["AND"]


@pytest.mark.result("R-031")
@pytest.mark.parametrize("gate, weights, epoch", [("OR", (-1, 1, 1), 4), ("NAND", (2, -2, -1), 6)])
def test_published_gates(gate, weights, epoch):
    run = ops.perceptron_fit(SQUARE, GATES[gate], epochs=100)
    assert (run.b, *run.w) == weights
    assert run.converged_epoch == epoch
    assert len(run.mistakes_per_epoch) == epoch and run.mistakes_per_epoch[-1] == 0


@pytest.mark.result("R-031")
def test_xor_ends_with_four_mistakes_in_every_epoch():
    run = ops.perceptron_fit(SQUARE, GATES["XOR"], epochs=100)
    assert run.converged_epoch is None
    assert run.mistakes_per_epoch.tolist() == [3, 3] + [4] * 98
    assert (run.b, *run.w) == (0, -1, 0)


@pytest.mark.result("R-031")
def test_rounding_decides_with_a_rate_of_a_tenth():
    run = ops.perceptron_fit(SQUARE, GATES["AND"], lr=0.1, epochs=100)
    np.testing.assert_allclose((run.b, *run.w), (-0.2, 0.2, 0.1), atol=1e-15)
    assert run.converged_epoch == 4


def test_records_of_a_run():
    run = ops.perceptron_fit(SQUARE, GATES["AND"], epochs=100)
    assert run.corrections == run.mistakes_per_epoch.sum() == len(run.history) - 1 == len(run.corrected)
    assert run.history[0].tolist() == [0, 0, 0]
    assert run.history[-1].tolist() == [run.b, *run.w]
    y = np.array(GATES["AND"])
    for before, after, (_, sample) in zip(run.history, run.history[1:], run.corrected, strict=False):
        error = y[sample] - (1 if before @ [1, *SQUARE[sample]] >= 0 else 0)
        assert error != 0
        assert (after - before).tolist() == (error * np.array([1, *SQUARE[sample]])).tolist()
    assert np.bincount(run.corrected[:, 0], minlength=7)[1:].tolist() == run.mistakes_per_epoch.tolist()


def test_a_run_is_one_update_after_another():
    run = ops.perceptron_fit(SQUARE, GATES["AND"], lr=0.5, epochs=100)
    w, b = np.zeros(2), 0.0
    for _ in range(len(run.mistakes_per_epoch)):
        for x, y in zip(SQUARE, GATES["AND"], strict=True):
            w, b = ops.perceptron_update(x, y, w, b, lr=0.5)
    assert (b, *w) == (run.b, *run.w)


def test_order_changes_the_result():
    turned = ops.perceptron_fit(SQUARE, GATES["AND"], order=np.tile([3, 2, 1, 0], (30, 1)))
    assert (turned.b, *turned.w) == (-3, 1, 2)
    assert turned.converged_epoch == 8


def test_start_changes_the_result():
    started = ops.perceptron_fit(SQUARE, GATES["AND"], w0=[0.5, 0.5], b0=0.25, epochs=50)
    assert started.history[0].tolist() == [0.25, 0.5, 0.5]
    assert started.converged_epoch is not None
    assert (started.b, *started.w) != (-3, 2, 1)


def test_already_right_at_the_start():
    run = ops.perceptron_fit(SQUARE, GATES["AND"], w0=[2, 1], b0=-3)
    assert run.corrections == 0 and run.converged_epoch == 1 and len(run.history) == 1


def test_zero_score_counts_as_one():
    assert ops.perceptron_predict(SQUARE, [1, -1], 0).tolist() == [1, 0, 1, 1]


def test_arguments_and_dtype_are_kept():
    X, y, w0 = SQUARE.astype(np.float32), np.array(GATES["OR"]), np.array([0.5, 0.5], np.float32)
    before = X.copy(), y.copy(), w0.copy()
    run = ops.perceptron_fit(X, y, w0=w0)
    assert run.w.dtype == run.history.dtype == np.float32
    for array, old in zip((X, y, w0), before, strict=True):
        np.testing.assert_array_equal(array, old)


@settings(max_examples=30, deadline=None, derandomize=True)
@given(st.integers(1, 4), st.integers(2, 40), st.floats(0.05, 2), st.integers(0, 10_000))
def test_corrections_stay_below_the_bound(features, samples, lr, seed):
    rng = np.random.default_rng(seed)
    X, w, b = rng.standard_normal((samples, features)), rng.standard_normal(features), rng.standard_normal()
    distance = ops.signed_distance(X, w, b)
    X = X[np.abs(distance) > 0.2]
    y = ops.perceptron_predict(X, w, b) if len(X) else []
    if len(X) < 2:
        return
    bound = ops.mistake_bound(X, y, w, b)
    run = ops.perceptron_fit(X, y, lr=lr, epochs=int(bound) + 2)
    assert run.converged_epoch is not None
    assert run.corrections <= bound


def test_bound_by_hand():
    # x~ = (1, 2) and (1, -2), w~ = (0, 1): R^2 = 5, gamma = 2.
    assert ops.mistake_bound([[2], [-2]], [1, 0], [1], 0) == pytest.approx(5 / 4)
    assert ops.mistake_bound([[2], [-2]], [1, 0], [7], 0) == pytest.approx(5 / 4)


def test_signed_distance():
    np.testing.assert_allclose(ops.signed_distance([[0, 0], [3, 4], [2, 1]], [3, 4], -5), [-1, 4, 1])


@pytest.mark.parametrize("call, message", [
    (lambda: ops.perceptron_fit(SQUARE, [-1, 1, 1, -1]), r"-1 and \+1"),
    (lambda: ops.perceptron_fit(SQUARE, [0, 1, 2, 0]), r"0\.\.1"),
    (lambda: ops.perceptron_fit(SQUARE, [0, 1]), r"\(4,\)"),
    (lambda: ops.perceptron_fit(SQUARE[0], [0]), "One sample alone"),
    (lambda: ops.perceptron_fit(SQUARE, GATES["OR"], lr=0), "lr=0"),
    (lambda: ops.perceptron_fit(SQUARE, GATES["OR"], epochs=0), "epochs=0"),
    (lambda: ops.perceptron_fit(SQUARE, GATES["OR"], order=[[0, 4]]), r"0\.\.3"),
    (lambda: ops.perceptron_fit(SQUARE, GATES["OR"], order=[[1, 2]]), "does not hold each of the 4 samples once"),
    (lambda: ops.perceptron_fit(SQUARE, GATES["OR"], order=[[0, 1, 2, 2]]), "does not hold each of the 4 samples once"),
    (lambda: ops.perceptron_fit(SQUARE, GATES["OR"], epochs=5, order=[[0, 1, 2, 3]]), "epochs=5 and 1 rows of order"),
    (lambda: ops.perceptron_fit(SQUARE * np.nan, GATES["OR"]), "NaN"),
    (lambda: ops.perceptron_fit(SQUARE, GATES["OR"], w0=[1, 2, 3]), r"\(2,\)"),
    (lambda: ops.mistake_bound(SQUARE, GATES["XOR"], [1, 1], -0.5), "1 of 4 points"),
    (lambda: ops.signed_distance(SQUARE, [0, 0], 1), "no boundary"),
])
def test_messages(call, message):
    with pytest.raises(ValueError, match=message):
        call()
