"""Regression, descent, measures and likelihood as functions: published numbers, properties, messages."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from course_lib import datasets, ops
from course_lib.gradcheck import numerical_gradient, numerical_hessian

QUICK = settings(max_examples=25, deadline=None, derandomize=True)
SEEDS = st.integers(0, 10_000)
LN2 = np.log(2)


def problem(seed, n=20, d=3):
    rng = np.random.default_rng(seed)
    X = rng.standard_normal((n, d))
    return X, X @ rng.standard_normal(d) + 2 + 0.3 * rng.standard_normal(n)


def line(seed=0):
    X, y = datasets.noisy_line(rng=seed)
    return ops.add_bias_column(X), y


# ---- least squares -----------------------------------------------------------------------------------------


@pytest.mark.result("R-050")
def test_line_is_found():
    theta = np.array([ops.normal_equation(*datasets.noisy_line(rng=seed)) for seed in range(40)])
    assert (np.abs(theta - [5, 7]).mean(axis=0) < [0.25, 0.2]).all()
    first = ops.normal_equation(*datasets.noisy_line(rng=0))
    assert abs(first[0] - 5) < 0.4 and abs(first[1] - 7) < 0.35


@QUICK
@given(SEEDS, st.integers(1, 30), st.integers(1, 6))
def test_residual_is_orthogonal_to_the_columns(seed, n, d):
    X, y = problem(seed, n, d)
    theta = ops.normal_equation(X, y)
    X1 = ops.add_bias_column(X)
    np.testing.assert_allclose(X1.T @ (X1 @ theta - y), 0, atol=1e-8)
    np.testing.assert_allclose(ops.mse_gradient(X1, y, theta), 0, atol=1e-8)


def test_dependent_columns_share_the_weight():
    X, y = problem(0, 20, 1)
    np.testing.assert_allclose(*ops.normal_equation(np.hstack([X, X]), y)[1:], atol=1e-12)


def test_gradient_and_curvature_against_differences():
    X, y = problem(1)
    theta = np.array([0.3, -1.0, 2.0])
    loss = lambda t: ops.mse(X @ t, y)[0]
    np.testing.assert_allclose(ops.mse_gradient(X, y, theta), numerical_gradient(loss, theta), atol=1e-8)
    np.testing.assert_allclose(ops.mse_hessian(X), numerical_hessian(loss, theta), atol=1e-6)


def test_step_limits_of_the_line():
    # x uniform in [0, 2]: H = 2 [[1, 1], [1, 4/3]] up to the draw
    limits = ops.step_limits([[2, 2], [2, 8 / 3]])
    np.testing.assert_allclose(limits.eigenvalues, (4.3609, 0.3058), atol=1e-4)
    assert limits.limit == pytest.approx(0.4586, abs=1e-4) and limits.fastest == pytest.approx(0.4286, abs=1e-4)
    assert limits.condition == pytest.approx(14.26, abs=0.01)
    assert ops.step_limits([[1, 1], [1, 1]]).condition == np.inf


@pytest.mark.result("R-051")
def test_the_limit_separates_converging_from_diverging():
    X1, y = line()
    limits = ops.step_limits(ops.mse_hessian(X1))
    grad = lambda theta: ops.mse_gradient(X1, y, theta)
    exact = ops.normal_equation(X1[:, 1:], y)
    start = np.random.default_rng(0).standard_normal(2)
    np.testing.assert_allclose(ops.gradient_descent(grad, start, 0.1, 1000)[-1], exact, atol=1e-8)
    away = lambda lr: np.linalg.norm(ops.gradient_descent(grad, start, lr, 2000)[-1] - exact)
    assert away(0.99 * limits.limit) < 1e-6 < 1e3 < away(1.01 * limits.limit)
    # the worst start lies along an eigenvector; what is left of it after 60 steps is least for the fastest rate
    worst = {factor: max(np.linalg.norm(ops.gradient_descent(grad, exact + v, factor * limits.fastest, 60)[-1] - exact)
                         for v in ops.eigen_symmetric(ops.mse_hessian(X1))[1].T)
             for factor in (0.5, 0.9, 0.98, 1.0, 1.02, 1.05)}
    assert min(worst, key=worst.get) == 1.0


def test_polynomial():
    np.testing.assert_array_equal(ops.polynomial([1, 2, 3], 3), [[1, 1, 1], [2, 4, 8], [3, 9, 27]])
    np.testing.assert_array_equal(ops.polynomial([[2.0]], 1), [[2]])
    assert ops.polynomial(np.ones(2, np.float32), 2).dtype == np.float32


@pytest.mark.result("R-053")
def test_parabola_is_found():
    theta = np.array([ops.normal_equation(ops.polynomial(X, 2), y)
                      for X, y in (datasets.noisy_parabola(rng=seed) for seed in range(40))])
    np.testing.assert_allclose(theta.mean(axis=0), [2, 1, 0.5], atol=0.1)
    assert (np.abs(theta[0] - [2, 1, 0.5]) < 3 * theta.std(axis=0)).all()


@QUICK
@given(SEEDS, st.integers(2, 8))
def test_degree_n_minus_one_goes_through_all_points(seed, n):
    rng = np.random.default_rng(seed)
    x, y = np.linspace(-1, 1, n), rng.standard_normal(n)
    theta = ops.normal_equation(ops.polynomial(x, n - 1), y)
    np.testing.assert_allclose(ops.add_bias_column(ops.polynomial(x, n - 1)) @ theta, y, atol=1e-6)


# ---- penalties ---------------------------------------------------------------------------------------------


@QUICK
@given(SEEDS, st.floats(0.001, 50))
def test_ridge_stands_where_its_cost_is_flat(seed, alpha):
    X, y = problem(seed)
    X1 = ops.add_bias_column(X)
    cost = lambda t: ops.mse(X1 @ t, y)[0] + alpha / 2 * (t[1:] @ t[1:])
    np.testing.assert_allclose(numerical_gradient(cost, ops.ridge(X, y, alpha)), 0, atol=1e-7)
    path = ops.ridge_path(X, y, [alpha])
    np.testing.assert_allclose(np.r_[path.intercepts, path.coefs[0]], ops.ridge(X, y, alpha), atol=1e-9)


def test_ridge_path_shrinks():
    X, y = problem(3)
    path = ops.ridge_path(X, y, [0, 0.1, 1, 10, 1e6])
    np.testing.assert_allclose(np.r_[path.intercepts[0], path.coefs[0]], ops.normal_equation(X, y), atol=1e-10)
    assert (np.diff(np.linalg.norm(path.coefs, axis=1)) < 0).all()
    assert path.intercepts[-1] == pytest.approx(y.mean(), abs=1e-4), "the intercept is free"
    np.testing.assert_array_equal(ops.ridge(X, y, 0), ops.normal_equation(X, y))


def test_soft_threshold():
    np.testing.assert_array_equal(ops.soft_threshold([-3, -1, 0, 0.5, 2], 1), [-2, 0, 0, 0, 1])
    assert ops.soft_threshold(5, 2) == 3


@QUICK
@given(SEEDS, st.floats(0.001, 5), st.floats(0, 1))
def test_elastic_net_meets_the_conditions_of_a_minimum(seed, alpha, r):
    X, y = problem(seed, 25, 5)
    path = ops.elastic_net_path(X, y, [alpha], r)
    w, error = path.coefs[0], X @ path.coefs[0] + path.intercepts[0] - y
    slope = 2 * X.T @ error / len(X) + (1 - r) * alpha * w
    assert path.converged[0] and abs(error.mean()) < 1e-12
    np.testing.assert_allclose(slope[w != 0], -r * alpha * np.sign(w[w != 0]), atol=1e-7)
    assert (np.abs(slope[w == 0]) <= r * alpha + 1e-7).all()


def test_lasso_by_proximal_steps_is_the_same():
    X, _, y, _ = datasets.diabetes()
    X = datasets.standardize(X)
    alpha, rest, w = 8.0, y - y.mean(), np.zeros(10)
    lr = ops.step_limits(ops.mse_hessian(X)).limit / 2
    for _ in range(6000):
        w = ops.soft_threshold(w - lr * ops.mse_gradient(X, rest, w), lr * alpha)
    path = ops.elastic_net_path(X, y, [alpha])
    np.testing.assert_allclose(path.coefs[0], w, atol=1e-6)
    np.testing.assert_array_equal(path.coefs[0] == 0, w == 0)
    assert 0 < np.count_nonzero(w) < 10


def test_path_of_elastic_net():
    X, y = problem(5, 30, 6)
    top = ops.largest_penalty(X, y)
    alphas = np.array([1.001, 0.999, 0.5, 0.1, 0]) * top
    path = ops.elastic_net_path(X, y, alphas)
    zeros = (path.coefs == 0).sum(axis=1)
    assert zeros[0] == 6 and zeros[1] == 5 and zeros[-1] == 0
    assert not np.signbit(path.coefs[0]).any(), "no -0.0"
    np.testing.assert_allclose(path.coefs[-1], ops.normal_equation(X, y)[1:], atol=1e-7)
    short = ops.elastic_net_path(X, y, [0.01], max_sweeps=1)
    assert not short.converged[0] and short.sweeps[0] == 1
    np.testing.assert_allclose(ops.elastic_net_path(X, y, [0.3], 0).coefs, ops.ridge_path(X, y, [0.3]).coefs, atol=1e-7)


# ---- descent -----------------------------------------------------------------------------------------------


def test_descent_by_hand():
    path = ops.gradient_descent(lambda w: 2 * w, [1.0, -2.0], 0.25, 3)
    in_place = ops.gradient_descent(lambda w: np.multiply(w, 2, out=w), [1.0, -2.0], 0.25, 3)
    np.testing.assert_array_equal(in_place, path, "grad gets a copy, and may write into it")
    np.testing.assert_allclose(path, [[1, -2], [0.5, -1], [0.25, -0.5], [0.125, -0.25]])
    assert ops.gradient_descent(lambda w: w, np.ones(1, np.float32), 0.1, 2).dtype == np.float32
    falling = ops.gradient_descent(lambda w: np.ones(1), [0.0], ops.inverse_time(2, 4), 3)
    np.testing.assert_allclose(falling[:, 0], -np.cumsum([0, 2 / 4, 2 / 5, 2 / 6]))


def test_descent_says_why_it_stopped():
    bowl = lambda w: 2 * w
    assert ops.descend(bowl, [1.0], 0.1, 5).reason == "steps"
    small = ops.descend(bowl, [1.0], 0.1, 500, tol=1e-3)
    assert small.reason == "gradient" and abs(2 * small.path[-1, 0]) < 1e-3 < abs(2 * small.path[-2, 0])
    lost = ops.descend(bowl, [1.0], 1e200, 50)
    assert lost.reason == "diverged" and not np.isfinite(lost.path[-1]).all()
    filled = ops.gradient_descent(bowl, [1.0], 1e200, 50)
    assert len(filled) == 51 and np.isnan(filled[-1]).all()


@QUICK
@given(st.integers(1, 40), st.integers(1, 45), SEEDS)
def test_batches_hold_every_sample_once(n, size, seed):
    order = np.random.default_rng(seed).permutation(n)
    batches = ops.mini_batches(order, size)
    np.testing.assert_array_equal(np.concatenate(batches), order)
    assert len(batches) == ops.updates_per_epoch(n, size)
    assert all(len(batch) == size for batch in batches[:-1]) and 1 <= len(batches[-1]) <= size


def test_updates_per_epoch():
    assert ops.updates_per_epoch(10, 2) == 5 and ops.updates_per_epoch(60000, 128) == 469


@QUICK
@given(SEEDS, st.integers(1, 12), st.integers(1, 13))
def test_stochastic_descent_is_the_loop_over_batches(seed, n, batch):
    X, y = problem(seed, n, 2)
    rng = np.random.default_rng(seed)
    order = np.array([rng.permutation(n) for _ in range(4)])
    lr = ops.inverse_time(1, 20)
    theta, expected = np.array([1.0, -1.0]), [[1.0, -1.0]]
    for chosen in (piece for row in order for piece in ops.mini_batches(row, batch)):
        theta = ops.sgd(theta, ops.mse_gradient(X[chosen], y[chosen], theta), lr(len(expected) - 1))
        expected.append(theta)
    path = ops.stochastic_descent(X, y, [1.0, -1.0], lr, order, batch)
    np.testing.assert_allclose(path, expected, atol=1e-10)
    by_epoch = ops.stochastic_descent(X, y, [1.0, -1.0], lr, order, batch, record="epoch")
    np.testing.assert_array_equal(by_epoch, path[:: ops.updates_per_epoch(n, batch)])


@pytest.mark.result("R-052")
def test_stochastic_descent_with_a_schedule_comes_near():
    X1, y = line()
    exact, ends = ops.normal_equation(X1[:, 1:], y), []
    for seed in range(60):
        rng = np.random.default_rng(seed)
        order = rng.integers(0, 100, (50, 100))
        path = ops.stochastic_descent(X1, y, rng.standard_normal(2), ops.inverse_time(5, 50), order, 1, "epoch")
        ends.append(path[-1])
    assert (np.median(np.abs(ends - exact), axis=0) < 0.05).all()


def test_early_stopping():
    curve = [5, 4, 4.5, 3, 3.5, 3.2, 3.1, 2]
    assert ops.early_stopping(curve, 3) == (3, 6)
    assert ops.early_stopping(curve, 4) == (7, 7)
    assert ops.early_stopping(curve, 1) == (1, 2)
    assert ops.early_stopping([1, 1, 1], 2) == (0, 2), "equal is no improvement"
    assert ops.early_stopping([3, np.nan, 2, 9], 5) == (2, 3)


# ---- logistic ----------------------------------------------------------------------------------------------


def test_logistic_curve():
    assert ops.logistic_curve(2.0) == pytest.approx(1 / (1 + np.exp(-2)))
    assert ops.logistic_curve(3, L=10, k=5, x0=3) == 5
    x = np.linspace(-4, 6, 50)
    curve = ops.logistic_curve(x, 3, 0.7, 1)
    assert (np.diff(curve) > 0).all() and curve.max() < 3 and (np.diff(ops.logistic_curve(x, k=-1)) < 0).all()


def test_logistic_gradient_against_differences():
    rng = np.random.default_rng(0)
    X, y = rng.standard_normal((12, 3)), rng.integers(0, 2, 12)
    w, b = rng.standard_normal(3), np.array([0.4])
    loss = lambda _: ops.bce_from_logits(X @ w + b[0], y.astype(float))[0]
    dw, db = ops.logistic_gradient(X, y, w, b[0])
    np.testing.assert_allclose(dw, numerical_gradient(loss, w), atol=1e-9)
    np.testing.assert_allclose(db, numerical_gradient(loss, b)[0], atol=1e-9)


# ---- measures ----------------------------------------------------------------------------------------------

GESTURES = {  # macro F1; rows true: cool, fist, ok, stop, yo
    0.8865: [[26, 0, 4, 3, 17], [0, 48, 0, 2, 0], [0, 0, 50, 0, 0], [0, 0, 0, 50, 0], [0, 0, 0, 0, 50]],
    0.9210: [[35, 0, 4, 4, 7], [0, 48, 0, 2, 0], [0, 0, 50, 0, 0], [0, 0, 0, 50, 0], [0, 0, 0, 2, 48]],
    0.9429: [[40, 0, 3, 2, 5], [0, 49, 0, 1, 0], [0, 0, 50, 0, 0], [0, 0, 0, 50, 0], [0, 0, 0, 3, 47]],
    0.9345: [[38, 0, 2, 4, 6], [0, 47, 0, 3, 0], [0, 0, 50, 0, 0], [0, 0, 0, 50, 0], [0, 0, 0, 1, 49]],
    0.9960: [[50, 0, 0, 0, 0], [0, 50, 0, 0, 0], [0, 0, 50, 0, 0], [0, 1, 0, 49, 0], [0, 0, 0, 0, 50]],
}


@pytest.mark.result("R-039")
@pytest.mark.parametrize("published", GESTURES)
def test_macro_f1_of_published_tables(published):
    report = ops.report_from_confusion(GESTURES[published])
    assert round(report.macro_f1, 4) == published


def test_report_by_hand():
    report = ops.classification_report(y_hat=[0, 1, 1, 1, 0, 1], y=[0, 0, 1, 1, 1, 2], C=4)
    assert np.array_equal(ops.confusion_matrix([0, 1, 1, 1, 0, 1], [0, 0, 1, 1, 1, 2], 4), report.confusion)
    assert report.confusion.tolist() == [[1, 1, 0, 0], [1, 2, 0, 0], [0, 1, 0, 0], [0, 0, 0, 0]]
    np.testing.assert_allclose(report.precision, [1 / 2, 2 / 4, 0, 0])
    np.testing.assert_allclose(report.recall, [1 / 2, 2 / 3, 0, 0])
    assert report.accuracy == pytest.approx(0.5) and report.f1[1] == pytest.approx(4 / 7)
    assert report.macro_f1 == pytest.approx((0.5 + 4 / 7) / 4)


def test_a_report_of_weighted_counts_knows_no_size():
    table = np.array([[3.0, 1.0], [2.0, 4.0]])
    whole, shares = ops.report_from_confusion(table), ops.report_from_confusion(table / 10)
    for one, other in zip(whole[1:], shares[1:], strict=True):
        np.testing.assert_allclose(one, other)


def test_errors_in_the_unit_of_y():
    assert ops.rmse([1, 2, 3], [1, 2, 6]) == pytest.approx(np.sqrt(3))
    assert ops.r2_score([1, 2, 3], [1, 2, 3]) == 1 and ops.r2_score([2, 2, 2], [1, 2, 3]) == 0
    assert ops.r2_score([4, 4], [4, 4]) == 1 and ops.r2_score([4, 5], [4, 4]) == 0


def test_interval_of_an_accuracy():
    low, high = ops.accuracy_interval(0.7, 50)
    assert (high - low) / 2 == pytest.approx(0.127, abs=1e-3)
    assert ops.accuracy_interval(1.0, 10) == (1.0, 1.0) and ops.accuracy_interval(0.95, 10)[1] == 1.0
    assert ops.majority_share([0] * 26 + [1] * 24) == 0.52


# ---- likelihood and distributions --------------------------------------------------------------------------


@pytest.mark.result("R-022")
def test_published_maximum_likelihood():
    points = [-3, -0.7, 2, 3]
    fit = ops.gaussian_mle(points)
    assert fit == pytest.approx((0.325, 5.516875))
    best = ops.gaussian_log_likelihood(points, fit.mu, np.sqrt(fit.variance))
    for mu, sigma in ((0.3, 2.3488), (0.325, 2.2), (0.35, 2.4)):
        assert ops.gaussian_log_likelihood(points, mu, sigma) < best
    assert best == pytest.approx(-2 * (np.log(2 * np.pi * fit.variance) + 1))


def test_density():
    x = np.linspace(-12, 14, 4001)
    density = ops.gaussian_density(x, 1, 1.5)
    assert np.trapezoid(density, x) == pytest.approx(1) and density.max() == pytest.approx(0.2659615, abs=1e-6)
    assert ops.gaussian_log_likelihood([1000.0], 0, 1) == pytest.approx(-500000.9189385)


@pytest.mark.result("R-023")
def test_published_cross_entropy():
    nats = ops.distribution_cross_entropy([0, 1, 0], [0.128, 0.719, 0.153])
    assert nats == pytest.approx(0.3298939, abs=1e-7) and nats / LN2 == pytest.approx(0.4759363, abs=1e-7)


@pytest.mark.result("R-037")
def test_published_entropies():
    p, q = [0.7, 0.2, 0.1], [0.5, 0.3, 0.2]
    values = ops.entropy(p), ops.distribution_cross_entropy(p, q), ops.kl_divergence(p, q)
    np.testing.assert_allclose(values, (0.8018, 0.8869, 0.0851), atol=5e-5)


@QUICK
@given(SEEDS, st.integers(2, 8))
def test_identities_of_distributions(seed, classes):
    p, q = np.random.default_rng(seed).dirichlet(np.ones(classes), (2, 6))
    extra = ops.kl_divergence(p, q)
    np.testing.assert_allclose(ops.distribution_cross_entropy(p, q), ops.entropy(p) + extra, atol=1e-12)
    assert (extra >= 0).all() and (ops.entropy(p) <= np.log(classes) + 1e-12).all()
    hellinger, overlap = ops.hellinger_distance(p, q), ops.bhattacharyya_coefficient(p, q)
    np.testing.assert_allclose(hellinger**2, 1 - overlap, atol=1e-12)
    np.testing.assert_allclose(hellinger[0] ** 2, ops.hellinger_loss(p[0], q[0])[0])
    np.testing.assert_allclose(np.exp(-ops.bhattacharyya_distance(p, q)), overlap)
    np.testing.assert_allclose(ops.binary_entropy(p[:, 0]), ops.entropy(np.stack([p[:, 0], 1 - p[:, 0]], axis=1)))


def test_edges_of_distributions():
    assert ops.binary_entropy([0, 0.5, 1]) == pytest.approx([0, LN2, 0])
    assert ops.distribution_cross_entropy([0.5, 0.5], [1, 0]) == np.inf
    assert ops.distribution_cross_entropy([1, 0], [1, 0]) == 0
    assert ops.hellinger_distance([1, 0], [0, 1]) == 1 and ops.bhattacharyya_distance([1, 0], [0, 1]) == np.inf


def test_clipping_caps_the_cost():
    assert ops.clipped_log_loss([0.0], [1]) == pytest.approx(34.5388, abs=1e-4)
    p, y = np.array([0.2, 0.9]), np.array([0, 1])
    assert ops.clipped_log_loss(p, y) == pytest.approx(ops.bce(p, y)[0])
    assert np.isfinite(ops.clipped_log_loss(np.ones(1, np.float32), [0])), "1 - 1e-15 is 1 in float32"


# ---- messages ----------------------------------------------------------------------------------------------

X, Y = problem(0)
NONE = np.zeros(0, int)


@pytest.mark.parametrize("call, message", [
    (lambda: ops.normal_equation(X, Y[:, None]), r"y.ravel\(\)"),
    (lambda: ops.normal_equation(X, Y[:5]), r"shape \(20,\)"),
    (lambda: ops.normal_equation(X * np.nan, Y), "60 NaN"),
    (lambda: ops.mse_gradient(X, Y, np.ones(4)), "add_bias_column"),
    (lambda: ops.step_limits([[1, 0], [0, -1]]), "from -1 to 1"),
    (lambda: ops.step_limits(np.zeros((2, 2))), "at least one above"),
    (lambda: ops.polynomial(X, 2), r"\(20, 3\)"),
    (lambda: ops.polynomial([1.0], 0), "degree=0"),
    (lambda: ops.ridge(X, Y, -1), "alpha=-1.*at least 0"),
    (lambda: ops.ridge_path(X, Y, [1, -2]), "alpha=-2"),
    (lambda: ops.elastic_net_path(X, Y, [[1]]), "one row"),
    (lambda: ops.elastic_net_path(X, Y, [1], 1.5), "r=1.5"),
    (lambda: ops.elastic_net_path(X, Y, [1], max_sweeps=0), "max_sweeps=0"),
    (lambda: ops.largest_penalty(X, Y, 0), "r=0"),
    (lambda: ops.soft_threshold([1], -1), "t=-1"),
    (lambda: ops.logistic_gradient(X, Y > 2, np.ones(2), 0), r"\(2,\)"),
    (lambda: ops.logistic_gradient(X, np.full(20, -1), np.ones(3), 0), "from -1 to -1"),
    (lambda: ops.gradient_descent(lambda w: w, [1.0], -0.1, 3), "learning rate is -0.1"),
    (lambda: ops.gradient_descent(lambda w: 1.0, [1.0], 0.1, 3), r"grad returned shape \(\), expected \(1,\)"),
    (lambda: ops.gradient_descent(lambda w: w, [1.0], 0.1, 2.5), "n=2.5"),
    (lambda: ops.inverse_time(0, 1), "t0=0"),
    (lambda: ops.mini_batches(np.eye(2), 1), r"\(2, 2\)"),
    (lambda: ops.updates_per_epoch(10, 0), "batch_size=0"),
    (lambda: ops.stochastic_descent(X, Y, np.ones(3), 0.1, [[0, 20]], 1), r"0\.\.19"),
    (lambda: ops.stochastic_descent(X, Y, np.ones(2), 0.1, [[0, 1]], 1), r"theta0 must have shape \(3,\)"),
    (lambda: ops.stochastic_descent(X, Y, np.ones(3), 0.1, [[0, 1]], 1, "step"), "record='step'"),
    (lambda: ops.early_stopping([1, 2], 0), "patience=0"),
    (lambda: ops.early_stopping([], 1), r"shape \(0,\)"),
    (lambda: ops.confusion_matrix([0, 1], [0, 2], 2), r"^y holds labels from 0 to 2; they must be in 0\.\.1"),
    (lambda: ops.confusion_matrix([0, 2], [0, 1], 2), r"^y_hat holds labels from 0 to 2"),
    (lambda: ops.confusion_matrix(NONE, NONE), "empty"),
    (lambda: ops.report_from_confusion([[1, 2]]), r"\(1, 2\)"),
    (lambda: ops.report_from_confusion(np.zeros((2, 2))), "all 0"),
    (lambda: ops.majority_share(NONE), "empty"),
    (lambda: ops.accuracy_interval(1.2, 10), "share=1.2"),
    (lambda: ops.gaussian_density([0.0], 0, 0), "sigma=0"),
    (lambda: ops.gaussian_mle([]), "not empty"),
    (lambda: ops.binary_entropy([1.2]), r"\[0, 1\]"),
    (lambda: ops.hellinger_distance([0.5, 0.5], [1.0]), "must"),
    (lambda: ops.clipped_log_loss([0.5], [1], eps=0.6), "eps=0.6"),
])
def test_messages(call, message):
    with pytest.raises((ValueError, TypeError), match=message):
        call()
