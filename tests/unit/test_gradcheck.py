"""The gradient check: right gradients pass, wrong ones fail and are named, the arguments come back unchanged."""

import numpy as np
import pytest

from course_lib import dense, gradcheck
from course_lib.gradcheck import check_gradient, numerical_gradient
from course_lib.viz import figures


def title(axes):
    """Where the course's style is loaded, titles stand at the left."""
    return axes.get_title() or axes.get_title(loc="left")


def cubic(p):
    return float((p["W"] ** 3).sum() + np.sin(p["b"]).sum())


def cubic_gradient(p):
    return {"W": 3 * p["W"] ** 2, "b": np.cos(p["b"])}


@pytest.fixture
def params():
    rng = np.random.default_rng(0)
    return {"W": rng.standard_normal((3, 4)), "b": rng.standard_normal(4)}


def test_right_gradient_passes(params):
    before = {name: array.copy() for name, array in params.items()}
    report = check_gradient(cubic, cubic_gradient, params)
    assert report.passed and report.relative_error < 1e-9
    assert set(report.per_parameter) == {"W", "b"}
    assert all(np.array_equal(params[name], before[name]) for name in params), "restored bit for bit"
    assert "16 entries agree" in str(report)


def test_formula_4_53():
    x = np.array([[1.0, -2.0]])
    assert numerical_gradient(lambda v: (v**3).sum(), x, h=0.1) == pytest.approx(3 * x**2 + 0.01, abs=1e-12)


def test_formula_4_54():
    x = np.array([1.0, 2.0])
    a = np.array([1.0, 1.5])
    report = check_gradient(lambda v: v.sum(), a, x)
    assert report.relative_error == pytest.approx(0.5 / (np.sqrt(3.25) + np.sqrt(2)), rel=1e-9)


@pytest.mark.parametrize("name", ["W", "b"])
def test_one_wrong_entry_is_found_and_named(params, name):
    wrong = cubic_gradient(params)
    index = tuple(size - 1 for size in wrong[name].shape)
    wrong[name][index] += 1e-3
    report = check_gradient(cubic, wrong, params)
    assert not report.passed
    assert (report.worst.name, report.worst.index) == (name, index)
    assert report.worst.analytic - report.worst.numeric == pytest.approx(1e-3, rel=1e-4)
    other = "b" if name == "W" else "W"
    assert report.per_parameter[other] < 1e-9 < report.per_parameter[name] == report.relative_error
    assert f"worst entry {name}[" in str(report)


def test_small_parameter_is_not_hidden_by_a_large_one():
    """A bias whose gradient is a million times smaller must still fail on its own."""
    p = [np.array([1.0]), np.array([1.0])]
    report = check_gradient(lambda q: float(1e3 * q[0][0] ** 2 + 1e-3 * q[1][0]), [np.array([2e3]), np.zeros(1)], p)
    assert not report.passed and report.per_parameter["params[1]"] == pytest.approx(1.0)


def test_two_zero_gradients_agree():
    x = np.array([1.0, 2.0])
    assert check_gradient(lambda v: 3.0, np.zeros(2), x).relative_error == 0.0
    # A softmax does not see a shift of all scores: the difference is rounding only, and counts as zero.
    z = np.array([0.3])
    loss = lambda v: float(np.log(np.exp(1.0 + v).sum() + np.exp(2.0 + v).sum()) - v.sum())
    assert check_gradient(loss, np.zeros(1), z).passed
    assert not check_gradient(loss, np.full(1, 1e-3), z).passed


@pytest.mark.parametrize("call", [1, 2, 3, 4])
def test_x_is_restored_when_f_raises(call):
    x = np.array([0.1, 0.2])
    count = 0

    def f(v):
        nonlocal count
        count += 1
        if count == call:
            raise ZeroDivisionError
        return v.sum()

    with pytest.raises(ZeroDivisionError):
        numerical_gradient(f, x)
    assert np.array_equal(x, [0.1, 0.2])


def test_pairs_lists_and_single_arrays():
    rng = np.random.default_rng(1)
    layers = [(rng.standard_normal((D, M)), rng.standard_normal(M)) for D, M in ((2, 3), (3, 1))]
    f = lambda p: float(sum((W**2).sum() + b.sum() for W, b in p))
    grad = [(2 * W, np.ones_like(b)) for W, b in layers]
    report = check_gradient(f, grad, layers)
    assert report.passed and list(report.per_parameter) == ["W1", "b1", "W2", "b2"]
    assert check_gradient(lambda p: float(p[0].sum()), [np.ones(2)], [np.zeros(2)]).passed
    assert check_gradient(lambda v: float(v**2), np.array(6.0), np.array(3.0)).passed
    strided = np.zeros((4, 4))[::2, 1:]
    assert check_gradient(lambda v: float((v + v**2).sum()), np.ones((2, 3)), strided).passed


def test_not_finite_fails():
    report = check_gradient(lambda v: float(v.sum()), np.array([1.0, np.nan]), np.zeros(2))
    assert not report.passed and report.relative_error == np.inf and report.worst.index == (1,)


@pytest.mark.parametrize(
    ("call", "error", "words"),
    [
        (lambda: numerical_gradient(np.sum, np.zeros(2, np.float32)), TypeError, "x is float32.*astype"),
        (lambda: numerical_gradient(np.sum, np.zeros(2, int)), TypeError, "x is int64"),
        (lambda: numerical_gradient(np.sum, [1.0, 2.0]), TypeError, "list"),
        (lambda: numerical_gradient(lambda v: v.astype(np.float32).sum(), np.zeros(2)), TypeError, "f returns float32"),
        (lambda: numerical_gradient(lambda v: v, np.zeros(2)), ValueError, r"shape \(2,\)"),
        (lambda: numerical_gradient(lambda v: None, np.zeros(2)), TypeError, "return"),
        (lambda: numerical_gradient(np.sum, np.zeros(2), h=0.0), ValueError, "step h"),
        (lambda: numerical_gradient(np.sum, np.ones(2), h=1e-20), ValueError, "h=1e-20 does not change the entry 1"),
        (lambda: gradcheck.numerical_jacobian(lambda x: x, np.ones(2), h=1e-20), ValueError, "does not change"),
        (lambda: gradcheck.numerical_hessian(np.sum, np.full(2, 1e9), h=1e-8), ValueError, "does not change"),
        (lambda: gradcheck.step_errors(np.sum, np.ones(2), np.ones(2), [1e-20]), ValueError, "does not change"),
        (lambda: numerical_gradient(np.sum, np.broadcast_to(1.0, 3)), ValueError, "read-only"),
        (lambda: check_gradient(np.sum, np.zeros(3), np.zeros(2)), ValueError, r"\(3,\), x has \(2,\)"),
        (lambda: check_gradient(cubic, {"W": 1}, {"W": np.ones(1), "b": np.ones(1)}), ValueError, "parameters are"),
        (lambda: check_gradient(cubic, {}, {"b": np.ones(1, np.float32)}), TypeError, "b is float32"),
        (lambda: check_gradient(np.sum, [], [(np.ones(1),) * 3]), ValueError, "3 parts"),
    ],
)
def test_messages(call, error, words):
    with pytest.raises(error, match=words):
        call()


def test_error_against_step_is_a_v_with_its_tip_near_1e_5():
    x = np.array([0.3, 1.0, -0.8])
    hs = 10.0 ** np.arange(-12, 0, 0.25)
    errors = gradcheck.step_errors(
        lambda v: np.exp(np.sin(v)).sum(), lambda v: np.exp(np.sin(v)) * np.cos(v), x, hs
    )
    best = hs[np.argmin(errors)]
    assert 1e-7 < best < 1e-4
    right = (hs > 1e-3) & (hs < 0.1)
    slope = np.polyfit(np.log(hs[right]), np.log(errors[right]), 1)[0]
    assert slope == pytest.approx(2, abs=0.05), "curvature: the error goes with h squared"
    left = hs < 1e-8
    slope = np.polyfit(np.log(hs[left]), np.log(errors[left] + 1e-17), 1)[0]
    assert slope == pytest.approx(-1, abs=0.35), "rounding: the error goes with 1 / h"
    assert gradcheck.step_errors(np.sum, np.ones(3), x, [1e-5])[0] < 1e-9
    with pytest.raises(ValueError, match="shape"):
        gradcheck.step_errors(np.sum, np.ones(2), x, [1e-5])


def test_plot_of_a_report(params):
    wrong = cubic_gradient(params)
    wrong["b"][0] *= 2
    figure = figures.gradient_report(check_gradient(cubic, wrong, params))
    assert "Off the line" in title(figure.axes[0]) and figure.axes[0].get_xlabel() == "numeric gradient"


@pytest.mark.result("R-021")
@pytest.mark.parametrize("seed", range(3))
def test_network_2_100_2_all_502_entries(seed):
    """Every weight and every bias of a 2-100-2 sigmoid network on one spiral point."""
    from course_lib import datasets, ops

    rng = np.random.default_rng(seed)
    X, y = datasets.spiral(40, 2, 0.2, rng)
    X, y = X[:1], ops.one_hot(y[:1], 2)
    layers = dense.unpack(dense.init_params((2, 100, 2), rng), (2, 100, 2))
    for _, b in layers:
        b[:] = 0.1 * rng.standard_normal(b.shape)

    def loss(p):
        return ops.half_sse(ops.mlp_forward(X, p, hidden="sigmoid", output="sigmoid")[0], y)[0]

    def gradient(p):
        out, cache = ops.mlp_forward(X, p, hidden="sigmoid", output="sigmoid")
        return ops.mlp_backward(ops.half_sse(out, y)[1], cache)

    report = check_gradient(loss, gradient, layers)
    assert sum(array.size for array in report.analytic.values()) == 502
    assert report.relative_error < 1.07e-8, str(report)
    without_biases = [(dW, np.zeros_like(db)) for dW, db in gradient(layers)]
    assert not check_gradient(loss, without_biases, layers).passed
