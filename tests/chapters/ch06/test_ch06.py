"""Chapter 06: its labelled equations, computed a second way, and what its exercises judge by."""

import itertools
import re
from pathlib import Path

import numpy as np
import pytest
from needs import needs
from once import once

from course_lib import ops
from course_lib.chapters.ch06_optimizers import calls, experiments
from course_lib.chapters.ch06_optimizers.exercises import EXERCISES, judging, momentum
from course_lib.exercises.collect import collect
from course_lib.exercises.expect import expected
from course_lib.exercises.judge import judge
from course_lib.gradcheck import numerical_gradient

SOURCE = Path(__file__).resolve().parents[3] / "solutions" / "06_optimizers.py"
RIGHT = {exercise.id: exercise.reference for exercise in EXERCISES}
CALL = {exercise.id: exercise.call for exercise in EXERCISES}
BY_ID = {exercise.id: exercise for exercise in EXERCISES}
H = np.array([[3.0, 1.0], [1.0, 2.0]])
LAMBDA, V = np.linalg.eigh(H)


def verdict(exercise, answer):
    """As `check` gives it, without a record of the student's progress."""
    known = expected(BY_ID[exercise])
    return judge(BY_ID[exercise], collect(BY_ID[exercise], answer, known.instances), known)


@pytest.fixture
def rng():
    return np.random.default_rng(6)


def walk(step, gradients, kept, w):
    """w after each step along given gradients; `step` gives (w, kept...) from (w, *kept, g)."""
    path, kept = [], tuple(np.zeros_like(w) for _ in range(kept))
    for g in gradients:
        w, *kept = step(w, *kept, g)
        path.append(w)
    return np.array(path)


# --- the labelled equations ---


def test_6_1_descent_lowers_the_loss_by_lr_times_the_squared_slope():
    w, lr = np.array([1.0, -2.0]), 1e-6
    loss = lambda w: w @ H @ w / 2
    fall = loss(w) - loss(ops.sgd(w, H @ w, lr))
    assert fall / lr == pytest.approx(np.sum((H @ w) ** 2), rel=1e-4)


def test_6_2_four_times_the_batch_half_the_scatter():
    scatter = list(experiments.gradient_scatter().values())
    assert np.divide(scatter[:-1], scatter[1:]) == pytest.approx(2, rel=0.04)


def test_6_3_and_6_4_the_bowl_in_its_own_axes(rng):
    w = rng.normal(size=2)
    a = V.T @ w
    assert w @ H @ w / 2 == pytest.approx(np.sum(LAMBDA * a**2) / 2)
    half_axes, _ = RIGHT["6.1"](H)
    lengths, directions = ops.ellipse_axes(H)
    np.testing.assert_allclose(half_axes, lengths)
    for length, v in zip(lengths, directions.T, strict=True):  # the ends of the axes lie on the line E = 1/2
        assert (length * v) @ H @ (length * v) / 2 == pytest.approx(0.5)


def test_6_5_each_direction_has_its_own_factor(rng):
    w, lr = rng.normal(size=2), 0.2
    np.testing.assert_allclose(V.T @ ops.sgd(w, H @ w, lr), (1 - lr * LAMBDA) * (V.T @ w))


@pytest.mark.parametrize("factor, arrives", [(0.99, True), (1.01, False)])
def test_6_6_the_edge(factor, arrives):
    w = np.array([1.0, 1.0])
    for _ in range(2000):
        w = ops.sgd(w, H @ w, factor * RIGHT["6.1"](H)[1])
    assert (np.linalg.norm(w) < 1e-6) == arrives


@pytest.mark.parametrize("factor, arrives", [(0.99, True), (1.01, False)])
def test_the_edge_of_momentum(factor, arrives):
    beta = 0.5
    losses = momentum.ravine_losses(factor * 2 * (1 + beta) / 50, beta, 2000)
    assert (losses[-1] < 1e-3) == arrives


def test_6_7_terms_of_a_quadratic_model():
    for W in (1, 2, 7):
        assert W + len(np.triu_indices(W)[0]) == W * (W + 3) // 2


def test_6_8_to_6_10_averages_by_their_weights(rng):
    x, beta = rng.normal(size=12), 0.7
    weights = np.array([[(1 - beta) * beta ** (t - k) if k <= t else 0 for k in range(12)] for t in range(12)])
    np.testing.assert_allclose(ops.moving_average(x, beta), weights @ x)
    np.testing.assert_allclose(weights.sum(axis=1), 1 - beta ** np.arange(1, 13))
    corrected = ops.moving_average(x, beta, correct=True)
    np.testing.assert_allclose(corrected, weights @ x / weights.sum(axis=1))
    for name in ("in a loop", "as one product"):
        np.testing.assert_allclose(momentum.AVERAGES[name](x, beta), corrected)


def test_6_11_is_the_path_of_the_library_form(rng):
    gradients, w = rng.normal(size=(8, 3)), rng.normal(size=3)
    ours = walk(lambda w, v, g: RIGHT["6.3"](w, v, g, 0.1, 0.8), gradients, 1, w)
    library = walk(lambda w, v, g: ops.momentum(w, g, v, 0.1, 0.8), gradients, 1, w)
    np.testing.assert_allclose(ours, library, rtol=0, atol=1e-12)


def test_6_12_long_run_step():
    path = walk(lambda w, v, g: RIGHT["6.3"](w, v, g, 0.1, 0.9), np.ones((400, 1)), 1, np.zeros(1))
    assert path[-2, 0] - path[-1, 0] == pytest.approx(0.1 / (1 - 0.9))


def test_6_13_averaged_form_with_ten_times_the_rate_is_the_classical_one(rng):
    gradients = rng.normal(size=(30, 2))
    rate, path = RIGHT["6.4"](gradients, 0.01, 0.9)
    averaged = walk(lambda w, v, g: ops.averaged_momentum(w, g, v, rate, 0.9), gradients, 1, np.zeros(2))
    classical = walk(lambda w, v, g: RIGHT["6.3"](w, v, g, 0.01, 0.9), gradients, 1, np.zeros(2))
    np.testing.assert_allclose(path, averaged, rtol=0, atol=1e-12)
    np.testing.assert_allclose(path, classical, rtol=0, atol=1e-12)


def test_6_14_and_6_15_are_one_path_and_the_library_s(rng):
    slope = lambda w: H @ w + w**2 / 10
    w, v, lr, beta = rng.normal(size=2), np.zeros(2), 0.05, 0.8
    u, a, x, b = w, v, w, v
    for _ in range(20):
        w, v = RIGHT["6.5"](w, v, slope, lr, beta)
        u, a = RIGHT["6.6"](u, a, slope(u), lr, beta)
        x, b = ops.nesterov(x, slope(x), b, lr, beta)
        np.testing.assert_allclose(u, w + beta * v, rtol=0, atol=1e-12)
        np.testing.assert_allclose(x, u, rtol=0, atol=1e-12)


def test_6_16_adagrad(rng):
    gradients, w = rng.normal(size=(6, 3)), rng.normal(size=3)
    ours = walk(lambda w, G, g: RIGHT["6.8"](w, G, g, 0.1, 1e-10), gradients, 1, w)
    np.testing.assert_allclose(ours, walk(lambda w, G, g: ops.adagrad(w, g, G, 0.1), gradients, 1, w))
    np.testing.assert_allclose(ours[-1] - ours[-2], -0.1 * gradients[-1] / np.sqrt(np.sum(gradients**2, axis=0)))


def test_6_17_rmsprop(rng):
    gradients, w = rng.normal(size=(6, 3)), rng.normal(size=3)
    ours = walk(lambda w, s, g: RIGHT["6.9"](w, s, g, 0.1, 0.9, 1e-8), gradients, 1, w)
    np.testing.assert_allclose(ours, walk(lambda w, s, g: ops.rmsprop(w, g, s, 0.1, 0.9), gradients, 1, w))


def test_6_18_adam(rng):
    gradients, w, x = rng.normal(size=(6, 3)), rng.normal(size=3), None
    m = v = a = b = np.zeros(3)
    x = w
    for t, g in enumerate(gradients, 1):
        w, m, v = RIGHT["6.10"](w, m, v, t, g, 0.1, 0.9, 0.999, 1e-8)
        x, a, b = ops.adam(x, g, a, b, t, 0.1)
        np.testing.assert_allclose(w, x)
    mean = [ops.moving_average(column, 0.9, correct=True)[-1] for column in gradients.T]
    np.testing.assert_allclose(m / (1 - 0.9**6), mean)


def test_6_19_adadelta():
    g, s, u = 2.0, 0.3, 0.1
    w, new_s, _ = ops.adadelta(1.0, g, s, u, rho=0.9, eps=1e-6)
    assert new_s == pytest.approx(0.9 * s + 0.1 * g**2)
    assert w - 1 == pytest.approx(-np.sqrt(u + 1e-6) / np.sqrt(new_s + 1e-6) * g)


@pytest.mark.parametrize("stream", [[-0.4, -0.3, -0.25, -0.2, -0.14, -0.1, 0.7, 0.9], [1.0, -2.0, 0.5]])
def test_6_20_rprop(stream):
    sizes, x = RIGHT["6.12"](np.array(stream))
    w, before, delta = 0.0, 0.0, 0.0
    for g, size in zip(stream, sizes, strict=True):
        w, before, delta = ops.rprop(w, g, before, delta, lr=1.0)
        assert delta == pytest.approx(size)
    assert w == pytest.approx(x)


def test_6_21_schedules():
    t, rate = np.arange(20), RIGHT["6.13"]
    np.testing.assert_allclose(rate("step", t, 0.1, 5), ops.step_decay(0.1, 0.5, 5)(t))
    np.testing.assert_allclose(rate("exponential", t, 0.1, 0.2), ops.exponential_decay(0.1, 0.2)(t))
    np.testing.assert_allclose(rate("inverse", t, 0.1, 0.2), ops.inverse_decay(0.1, 0.2)(t))
    np.testing.assert_allclose(0.05 * (1 + np.cos(np.pi * t / 30)), ops.cosine_decay(0.1, 30)(t))
    np.testing.assert_allclose(rate("inverse", t, 5 / 50, 1 / 50), ops.inverse_time(5, 50)(t))


def test_the_plateau_rule_is_the_library_s(rng):
    losses = 1 / (1 + np.arange(40)) + 0.1 * rng.normal(size=40)
    arguments = losses, 0.1, 0.5, 3, 1e-3
    np.testing.assert_allclose(RIGHT["6.14"](*arguments), ops.reduce_on_plateau(*arguments))


def test_6_22_clipping_keeps_the_direction(rng):
    grads = [rng.normal(size=(3, 2)), rng.normal(size=4)]
    clipped = RIGHT["6.15"](grads, 0.7)
    flat, long = (np.concatenate([g.ravel() for g in arrays]) for arrays in (clipped, grads))
    assert np.linalg.norm(flat) == pytest.approx(0.7)
    assert flat @ long / np.linalg.norm(flat) / np.linalg.norm(long) == pytest.approx(1)
    assert np.abs(np.concatenate([g.ravel() for g in ops.clip_by_value(grads, 0.7)])).max() <= 0.7


def test_6_23_newton_solves_for_a_slope_of_zero():
    f = lambda x: float(np.sum(x**4 - 3 * x**2 + x))
    slope, bend = lambda x: 4 * x**3 - 6 * x + 1, lambda x: 12 * x**2 - 6
    x, n = RIGHT["6.17"](slope, bend, 2.0, 1e-10)
    assert numerical_gradient(f, np.array([x]))[0] == pytest.approx(0, abs=1e-8)
    path = ops.newton(slope, bend, 2.0, tol=1e-10)
    assert (path[-1], len(path) - 1) == (pytest.approx(x), n)
    digits = -np.log10(np.abs(path[2:6] - path[-1]))
    assert (digits[1:] > 1.5 * digits[:-1]).all()


def test_every_label_has_a_test():
    labels = [int(label) for label in re.findall(r"\\tag\{6\.(\d+)\}", SOURCE.read_text(encoding="utf-8"))]
    assert labels == list(range(1, 24))
    tested = set()
    for name in (name for name in globals() if name.startswith("test_6")):
        first, *others = map(int, re.findall(r"6_(\d+)", name))
        tested |= set(range(first, others[0] + 1)) if "_to_" in name else {first, *others}
    assert tested == set(labels)


# --- what exercises judge by ---


@needs("Numba")
def test_rates_that_exercise_6_16_judges_by():
    measured = experiments.rate_curves(("descent", "momentum", "Adam"), judging.RATES)
    for losses, table in zip(measured.values(), map(np.array, judging.RATE_CURVES.values()), strict=True):
        found = np.median(losses, axis=0)
        beyond = np.arange(len(table)) > table.argmin()  # there every rounding takes another way
        assert found[~beyond] == pytest.approx(table[~beyond], rel=0.02)
        assert ((found[beyond] > judging.LOW) == (table[beyond] > judging.LOW)).all()


@needs("Numba")
def test_the_best_rates_are_the_best():
    curves = once(experiments.rate_curves)()
    others = experiments.rate_curves([rule for rule in experiments.RULES if rule not in curves])
    for rule, losses in (curves | others).items():
        assert experiments.RATES[np.median(losses, axis=0).argmin()] == experiments.BEST[rule], rule


@pytest.mark.parametrize("answer, outcome", [
    ({"descent": 0.7, "momentum": 0.1, "adam": 0.01}, (0, 0, 0)),
    ({"descent": 0.001, "momentum": 0.001, "adam": 0.001}, (1, 1, 1)),
    ({"descent": 3, "momentum": 1, "adam": 1}, (2, 2, 2)),
    ({"descent": 1e-9, "momentum": 1e9, "adam": 0.05}, (1, 2, 0)),
])
def test_rates_are_judged_one_by_one(answer, outcome):
    assert CALL["6.16"](answer) == outcome


@pytest.mark.parametrize("lr, beta, outcome", [
    (0.05, 0.65, momentum.REACHED), (0.06, 0.6, momentum.REACHED), (0.04, 0.7, momentum.REACHED),
    (0.065, 0.6, momentum.LEAVES), (0.04, 0.0, momentum.LEAVES), (0.03, 0.2, momentum.TOO_LIGHT),
    (0.01, 0.9, momentum.TOO_HEAVY), (0.001, 0.6, momentum.TOO_SMALL),
    (0.001, 0.9, momentum.TOO_SMALL), (0.06, 0.78, momentum.TOO_HEAVY), (0.0644, 0.62, momentum.TOO_HEAVY),
])
def test_choices_in_the_ravine(lr, beta, outcome):
    assert CALL["6.7"]({"lr": lr, "beta": beta}) == outcome


@pytest.mark.parametrize("exercise, answer", [
    ("6.7", {"lr": 0.1}), ("6.7", {"lr": 0.1, "beta": 1.0}), ("6.7", {"lr": 0, "beta": 0.5}), ("6.7", 0.1),
    ("6.16", {"descent": 1.0}), ("6.16", {"descent": -1, "momentum": 1, "adam": 1}), ("6.16", [1, 2, 3]),
])
def test_other_answers_are_told_what_is_expected(exercise, answer):
    with pytest.raises(ValueError, match=r"expected|positive"):
        CALL[exercise](answer)


def test_a_test_that_answers_neither_yes_nor_no_is_told_so():
    said = verdict("6.2", lambda average: average(np.ones(2), 0.9)).message
    assert "your test said array([" in said and "expected True or False" in said
    turns = itertools.cycle([True, False, False])
    said = verdict("6.2", lambda average: next(turns)).message
    assert "your test said True once and False once" in said


@pytest.mark.parametrize("shape", [2, 3])
def test_a_step_that_returns_one_array_is_told_so(shape):
    step = lambda w, v, grad, lr, beta: w + v
    made = calls.nesterov(step, np.zeros(shape), np.zeros(shape), 0.1, 0.9, np.eye(shape), 1)
    assert isinstance(made, np.ndarray), "the two entries of an array are no pair"
    said = verdict("6.5", step).message
    assert "expected 2 results (w, v)" in said and "return the pair (w, v)" in said


@pytest.mark.parametrize("exercise, answer, said", [
    ("6.7", {"lr": "0.055", "beta": 0.57}, "lr is '0.055', expected a number, without quotes"),
    ("6.7", {"lr": (0, 55), "beta": 0.57}, "lr is (0, 55), expected a number"),
    ("6.11", {"past": 0.147, "often": 0.00538, "rare": 0.025, "adam": 1, "uncorrected": ...},
     "uncorrected is still to be filled in"),
    ("6.11", [0.147, 0.00538, 0.025, 1, 3.16], "a dict with the keys past, often, rare, adam, uncorrected"),
    ("6.16", {"descent": 1, "momentum": 0.3, "adam": "0.03"}, "adam is '0.03', expected a number"),
])
def test_what_is_no_number_is_named(exercise, answer, said):
    found = verdict(exercise, answer)
    assert found.status == "kind" and said in found.message


def test_the_place_before_the_last_step_of_newton_is_refused():
    def newton(grad, hess, x0, tol):
        x = x0
        for n in range(1, 101):
            new = x - grad(x) / hess(x)
            if abs(new - x) < tol:
                return x, n
            x = new
        return x, n

    assert verdict("6.17", newton).mistake == "NWT-g"
