"""Chapter 02, first half: its labelled equations in numbers, the results it reproduces, and what its text says."""

import re
from pathlib import Path

import numpy as np
import pytest

from course_lib import datasets, gradcheck, models, ops
from course_lib.chapters.ch02_regression_and_descent import experiments as ch02
from course_lib.chapters.ch02_regression_and_descent.exercises import descent, fitting, generalization
from course_lib.exercises.collect import collect
from course_lib.exercises.expect import expected
from course_lib.exercises.judge import judge
from course_lib.kernels.jit import JIT

SOURCE = Path(__file__).resolve().parents[3] / "solutions" / "02_regression_and_descent.py"
RNG = np.random.default_rng(2)
N, P = 7, 3
X = np.column_stack([np.ones(N), RNG.normal(size=(N, P - 1))])
y, theta = RNG.normal(size=N), RNG.normal(size=P)
u, v = RNG.normal(size=5), RNG.normal(size=5)
fits, truth = RNG.normal(size=(6, 4)) + 1, RNG.normal(size=4)


def cost(weights):
    return float(np.mean((X @ weights - y) ** 2))


def one_batch():
    """(2.12): one update with the samples 4, 0, 2, as a sum over samples."""
    batch, lr = np.array([4, 0, 2]), 0.3
    slope = 2 / 3 * sum((theta @ X[i] - y[i]) * X[i] for i in batch)
    return ops.stochastic_descent(X, y, theta, lr, batch[None], 3)[-1], theta - lr * slope


def shrinking(lr):
    """|1 - lr lambda| of the worst direction, from ten steps along it."""
    H = ops.mse_hessian(X)
    values, vectors = np.linalg.eigh(H)
    worst = vectors[:, np.argmax(np.abs(1 - lr * values))]
    path = ops.gradient_descent(lambda w: H @ w, worst, lr, 10)
    return np.linalg.norm(path[-1]) ** 0.1


def resampled():
    """The parts of (2.14) and (2.15) from `models.bias_variance` on given fits."""

    class Given:
        rows = iter(fits)

        def clone(self):
            return self

        def fit(self, X, y):
            return self

        def predict(self, X):
            return next(self.rows)

    return models.bias_variance(Given(), lambda rng: (None, None), np.zeros((4, 1)), truth, len(fits))


#: label -> two sides of the equation
EQUATIONS = {
    "2.1": lambda: (ops.rmse(u, v) ** 2, sum((a - b) ** 2 for a, b in zip(u, v, strict=True)) / 5),
    "2.2": lambda: (ops.mse_gradient(X, y, theta), gradcheck.numerical_gradient(cost, theta)),
    "2.3": lambda: (ops.normal_equation(X[:, 1:], y), np.linalg.inv(X.T @ X) @ X.T @ y),
    "2.4": lambda: (ops.r2_score(u, v), 1 - np.sum((u - v) ** 2) / np.sum((v - v.mean()) ** 2)),
    "2.5": lambda: (ops.gradient_descent(lambda w: ops.mse_gradient(X, y, w), theta, 0.1, 1)[1],
                    theta - 0.1 * gradcheck.numerical_gradient(cost, theta)),
    "2.6": lambda: (ops.mse_hessian(X), 2 / N * X.T @ X),
    "2.7": lambda: (shrinking(ops.step_limits(ops.mse_hessian(X)).limit), 1.0),
    "2.8": lambda: (ops.step_limits(np.diag([1.0, 5.0])).fastest, 2 / 6),
    "2.9": lambda: (ops.step_limits(ops.mse_hessian(X)).condition, np.linalg.cond(X) ** 2),
    "2.10": lambda: ([ops.updates_per_epoch(n, m) for n, m in ((10, 2), (60_000, 128), (600, 64))], [5, 469, 10]),
    "2.11": lambda: ([ops.inverse_time(5, 50)(t) for t in (0, 50, 4950)], [0.1, 0.05, 0.001]),
    "2.12": one_batch,
    "2.13": lambda: (ops.polynomial(u, 3), np.array([[value, value**2, value**3] for value in u])),
    "2.14": lambda: (resampled().bias2, np.mean([(np.mean(fits[:, i]) - truth[i]) ** 2 for i in range(4)])),
    "2.15": lambda: (resampled().variance, np.mean([np.var(fits[:, i]) for i in range(4)])),
}


@pytest.mark.parametrize("label", EQUATIONS)
def test_equation(label):
    left, right = EQUATIONS[label]()
    np.testing.assert_allclose(left, right, rtol=2e-6, atol=1e-9)


def test_every_label_of_this_half_is_tested():
    tags = re.findall(r"\\tag\{(2\.\d+)\}", SOURCE.read_text(encoding="utf-8"))
    assert tags[: tags.index("2.16")] == list(EQUATIONS)


# --- published and announced numbers ---


@pytest.mark.result("R-050")
def test_three_ways_to_the_line_agree():
    ways = ch02.line_by_formula()
    for found in ways.values():
        np.testing.assert_allclose(found, ways["pseudo-inverse"], rtol=0, atol=1e-8)
        assert abs(found[0] - 5) < 0.4 and abs(found[1] - 7) < 0.35


@pytest.mark.result("R-051")
def test_descent_arrives_where_the_formula_does():
    np.testing.assert_allclose(ch02.line_by_descent()[-1], ch02.line_by_formula()["normal equation"], atol=1e-8)
    limits = ch02.line_limits()
    best = ch02.line_by_formula()["normal equation"]
    away = lambda lr: np.linalg.norm(ch02.line_by_descent(lr)[-1] - best)
    assert away(0.99 * limits.limit) < 1e-6 < 1e6 < away(1.01 * limits.limit) < away(0.5)
    steps = {lr: ch02.worst_case_steps(lr, limits.eigenvalues) for lr in (0.1, 0.3, limits.fastest, 0.4, 0.41)}
    assert min(steps, key=steps.get) == limits.fastest and steps[0.1] == 299
    assert ch02.worst_case_steps(0.5, limits.eigenvalues) == np.inf


def test_worst_case_steps_are_those_of_the_worst_start():
    H = np.diag([4.0, 0.5])
    for lr in (0.1, 0.4, 0.48):
        n = ch02.worst_case_steps(lr, [4.0, 0.5])
        left = [max(np.linalg.norm(ops.gradient_descent(lambda w: H @ w, start, lr, k)[-1]) for start in np.eye(2))
                for k in (n - 1, n)]
        assert left[1] <= 1e-4 < left[0]


@pytest.mark.result("R-052")
def test_stochastic_descent_from_200_starts():
    best = ch02.line_by_formula()["normal equation"]
    starts = 200 if JIT else 40
    drawn, shuffled = (np.abs(ch02.stochastic_line(replacement, starts) - best) for replacement in (True, False))
    assert (np.median(drawn, axis=0) < 0.05).all() and (np.median(drawn, axis=0) > 0.01).all()
    assert drawn.max() < 0.15
    assert (np.median(shuffled, axis=0) < 0.2 * np.median(drawn, axis=0)).all()


@pytest.mark.result("R-053")
def test_parabola_within_three_standard_errors():
    found, error = ch02.parabola_fit()
    assert (np.abs(found - [2, 1, 0.5]) < 3 * error).all()
    draws = np.array([ch02.parabola_fit(rng=seed)[0] for seed in range(200)])
    np.testing.assert_allclose(draws.std(axis=0), error, rtol=0.25)


@pytest.mark.result("R-054")
def test_learning_curves_level_off_or_leave_a_gap():
    (plain,), (plain_val,) = ch02.parabola_curves(1, [80])
    (bent,), (bent_val,) = ch02.parabola_curves(10, [80])
    assert plain == pytest.approx(1.73, abs=0.15) and plain_val == pytest.approx(1.81, abs=0.15)
    assert bent == pytest.approx(0.86, abs=0.1) and bent_val == pytest.approx(0.96, abs=0.12)
    assert bent < 1 and bent_val - bent > 0.05


def test_variance_grows_where_bias_is_gone():
    bias2, variance, _ = ch02.parts_by_degree((1, 2, 4, 8))
    assert bias2[0] > 1 and (bias2[1:] < 0.01).all()
    assert variance[1] < variance[2] < variance[3] < 0.25


@pytest.mark.parametrize("noise", [0.5, 1.0, 2.0])
def test_error_on_new_points_is_the_sum_of_three_parts(noise):
    bias2, variance, error = ch02.parts_by_degree((1, 2, 6), noise=noise)
    np.testing.assert_allclose(error, bias2 + variance + noise**2, rtol=0.05)  # 18,300 noisy targets each


def test_more_data_lower_the_variance_and_not_the_bias():
    (bias2, variance, _), (more_bias2, more_variance, _) = (ch02.parts_by_degree((1,), n) for n in (50, 200))
    assert more_bias2 == pytest.approx(bias2, rel=0.1) and more_variance == pytest.approx(variance / 4, rel=0.3)


def test_standardizing_the_patients_saves_most_of_the_steps():
    raw, scaled = ch02.diabetes_conditions().values()
    assert raw.condition > 1e4 * scaled.condition and raw.limit < 1e-4 * scaled.limit


def test_timings_have_one_number_a_size():
    taken = ch02.solve_times((3, 5), repeats=1)
    assert len(taken) == 4 and all(seconds.shape == (2,) and (seconds > 0).all() for seconds in taken.values())


# --- what the exercises take from measurements, and how they judge ---


def verdict(exercise, answer):
    known = expected(exercise)
    return judge(exercise, collect(exercise, answer, known.instances), known)


def test_the_choice_of_a_rate_knows_the_curvatures_of_the_line():
    np.testing.assert_allclose(ch02.line_limits().eigenvalues, [descent.LARGEST, descent.SMALLEST], rtol=3e-4)
    for lr in np.linspace(0.01, 0.5, 99):
        enough = ch02.worst_case_steps(lr, ch02.line_limits().eigenvalues) <= 85
        assert (verdict(descent.LINE_RATE, float(lr)).status == "right") == enough, lr


@pytest.mark.parametrize(("lr", "mistake"), [(0.2, "RTE-a"), (0.01, "RTE-a"), (0.4, "RTE-b"), (0.6, "RTE-c")])
def test_a_poor_rate_is_told_why(lr, mistake):
    assert verdict(descent.LINE_RATE, lr).mistake == mistake


@pytest.mark.parametrize("solve", [
    lambda X1, y: np.linalg.lstsq(X1, y, rcond=None)[0],
    lambda X1, y: np.linalg.pinv(X1.T @ X1) @ X1.T @ y,
], ids=["lstsq", "pinv of the square"])
def test_other_right_solutions_pass(solve):
    assert verdict(fitting.NORMAL_EQUATION, lambda X, y: solve(ops.add_bias_column(X), y)).status == "right"


def test_solving_the_normal_equations_fails_on_dependent_columns_only():
    solve = lambda X, y: np.linalg.solve(ops.add_bias_column(X).T @ ops.add_bias_column(X),
                                         ops.add_bias_column(X).T @ y)
    assert verdict(fitting.NORMAL_EQUATION, solve).mistake == "NEQ-6"


def test_rounded_numbers_by_hand_are_taken():
    right = fitting.MEASURES.reference
    assert verdict(fitting.MEASURES, {name: round(value, 3) for name, value in right.items()}).status == "right"
    assert verdict(fitting.MEASURES, {**right, "mae": 2.6}).status == "wrong"


def test_a_statement_gone_wrong_is_named():
    right = generalization.STATEMENTS.reference
    assert sum(right.values()) == 7 and len(right) == 17  # as the first hint says
    assert verdict(generalization.STATEMENTS, {**right, "e": True}).mistake == "SFD-e"
    assert verdict(generalization.STATEMENTS, {**right, "e": True, "a": True}).status == "wrong"


@pytest.mark.parametrize("by_hand, mistake", [
    (dict(mean_error=-0.5, mse=36, half_sse=18, rmse=6, mae=2.5), "MEA-g"),
    (dict(mean_error=-2, mse=36, half_sse=18, rmse=6, mae=10), "MEA-h"),
    (dict(mean_error=-0.5, mse=3, half_sse=4.5, rmse=9, mae=2.5), "MEA-j"),
])
def test_a_slip_that_goes_on_is_named_where_it_began(by_hand, mistake):
    assert verdict(fitting.MEASURES, by_hand).mistake == mistake


def test_arithmetic_of_the_statements_on_fitting():
    """Statement m, and the longest time of an update if 47,000 took 15 seconds."""
    assert 3 * ops.updates_per_epoch(1000, 64) == 48 != 45
    assert 15 / 47_000 < 0.33e-3


@pytest.mark.parametrize("size", [1, 2, 3, 7, 9])
def test_every_sample_is_in_one_batch(size):
    order = np.random.default_rng(size).permutation(7)
    pieces = descent.MINI_BATCHES.reference(order, size)
    np.testing.assert_array_equal(np.concatenate(pieces), order)
    assert len(pieces) == ops.updates_per_epoch(7, size)


def test_parts_add_up():
    error, bias2, variance = generalization.BIAS_VARIANCE.reference(fits, truth)
    assert error == pytest.approx(bias2 + variance)


# --- numbers in the text ---


def test_remarks_of_the_text_hold():
    """The angle of the long bowl, the error of the best line through the parabola, the shrinking by fastest."""
    away = np.array([10.0, 20.0]) @ [5.0, 1.0] / np.hypot(10, 20) / np.hypot(5, 1)
    assert np.degrees(np.arccos(away)) == pytest.approx(52, abs=0.5)
    x, z = datasets.noisy_parabola(20_000, rng=0)
    assert ops.rmse(models.LinearRegression().fit(x, z).predict(x), z) == pytest.approx(np.sqrt(2.8), abs=0.03)
    limits = ch02.line_limits()
    kappa = limits.condition
    np.testing.assert_allclose(np.abs(1 - limits.fastest * limits.eigenvalues[[0, -1]]), (kappa - 1) / (kappa + 1))


def test_faulty_stopping_rules_do_what_is_said_of_them():
    """What the texts of `_STOPPING_FAULTS` say: steps taken, and the length of the gradient there."""
    patients = datasets.diabetes()
    line, table = ch02.line_data(), ops.add_bias_column(datasets.standardize(patients.X_train))
    answers = {m.id: m.answer for m in descent.DESCEND_UNTIL.mistakes}
    for fault, data, lr, tol, steps, length in (
        ("STO-a", line, 0.3, 1e-6, 0, 41.3),
        ("STO-d", line, 0.3, 1e-6, 47, 1e-3),
        ("STO-f", (table, patients.y_train), 0.2, 0.01, 15, 0.9),
    ):
        weights, taken, arrived = answers[fault](*data, lr, tol, 1000)
        assert (taken, arrived) == (steps, True), fault
        assert np.linalg.norm(ops.mse_gradient(*data, weights)) == pytest.approx(length, rel=0.01)
    weights, taken, arrived = descent.DESCEND_UNTIL.reference(*line, 0.3, 1e-6, 1000)
    assert arrived and taken > 47
    np.testing.assert_allclose(weights, ch02.line_by_formula()["normal equation"], atol=1e-5)
