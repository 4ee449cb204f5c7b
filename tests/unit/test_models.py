"""The models: parameters, costs, properties, bad input, descent with its record, resampling."""

import copy

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from course_lib import datasets, models, ops
from course_lib.gradcheck import numerical_gradient

QUICK = settings(max_examples=25, deadline=None, derandomize=True)
SEEDS = st.integers(0, 10_000)
REGRESSORS = [models.LinearRegression(), models.LinearRegression("pinv"), models.Ridge(0.3), models.Lasso(0.2),
              models.ElasticNet(0.3), models.GradientDescentRegressor(epochs=50)]
CLASSIFIERS = [models.LogisticRegression(0.1), models.SoftmaxRegression(0.1)]
ALL = [*REGRESSORS, *CLASSIFIERS, models.PCA(2)]


def problem(seed=0, n=30, d=3):
    rng = np.random.default_rng(seed)
    X = 1 + rng.standard_normal((n, d))
    return X, X @ rng.standard_normal(d) + 2 + 0.3 * rng.standard_normal(n)


def classes(seed=0, n=40, d=3, C=2):
    rng = np.random.default_rng(seed)
    y = np.arange(n) % C
    return rng.standard_normal((n, d)) + rng.standard_normal((C, d))[y], y


def data_for(model):
    return classes() if isinstance(model, (models.LogisticRegression, models.SoftmaxRegression)) else problem()


# ---- parameters --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("model", ALL, ids=repr)
def test_parameters(model):
    params = model.get_params()
    assert type(model)(**params).get_params() == params == model.clone().get_params()
    with pytest.raises(ValueError, match=r"has no parameter 'alpa'; it has"):
        model.clone().set_params(alpa=1)
    fitted = model.clone().fit(*data_for(model))
    assert fitted.get_params() == params, "fit changes no parameter"
    assert not [name for name in vars(fitted) if name not in params and not name.endswith("_")]
    name, value = next(iter(params.items()))
    assert fitted.set_params(**{name: value}) is fitted


def test_repr_shows_what_was_changed():
    assert repr(models.Ridge()) == "Ridge()" and repr(models.Ridge(2)) == "Ridge(alpha=2)"
    assert repr(models.LinearRegression("normal")) == "LinearRegression(method='normal')"


@pytest.mark.parametrize("model", ALL, ids=repr)
def test_fit_starts_anew_and_leaves_its_arguments_alone(model):
    X, y = data_for(model)
    before = X.copy(), y.copy()
    once, twice = model.clone().fit(X, y), model.clone().fit(X[::-1] * 3, y).fit(X, y)
    np.testing.assert_array_equal(X, before[0])
    np.testing.assert_array_equal(y, before[1])
    for name, value in vars(once).items():
        np.testing.assert_equal(vars(twice)[name], value)


@pytest.mark.parametrize("model", ALL, ids=repr)
def test_use_before_fit(model):
    ask = model.transform if isinstance(model, models.PCA) else model.predict
    with pytest.raises(models.NotFittedError, match=f"this {type(model).__name__} is not fitted: call fit first"):
        ask(np.ones((2, 3)))


# ---- every model stands at the minimum of its stated cost --------------------------------------------------


def mean_square(X, y, theta):
    return ops.mse(ops.add_bias_column(X) @ theta, y)[0]


@QUICK
@given(SEEDS, st.floats(0, 10))
def test_ridge_cost_is_flat_at_the_fit(seed, alpha):
    X, y = problem(seed)
    model = models.Ridge(alpha).fit(X, y)
    cost = lambda t: mean_square(X, y, t) + alpha / 2 * (t[1:] @ t[1:])
    np.testing.assert_allclose(numerical_gradient(cost, np.r_[model.intercept_, model.coef_]), 0, atol=1e-7)


@QUICK
@given(SEEDS, st.floats(0.01, 3), st.floats(0, 1))
def test_no_neighbor_of_the_elastic_net_costs_less(seed, alpha, r):
    X, y = problem(seed)
    model = models.ElasticNet(alpha, r).fit(X, y)
    assert model.converged_

    def cost(t):
        return mean_square(X, y, t) + r * alpha * np.abs(t[1:]).sum() + (1 - r) / 2 * alpha * (t[1:] @ t[1:])

    best = np.r_[model.intercept_, model.coef_]
    for step in 1e-3 * np.random.default_rng(seed).standard_normal((30, 4)):
        assert cost(best) <= cost(best + step) + 1e-12


@QUICK
@given(SEEDS, st.floats(0.001, 5))
def test_logistic_cost_is_flat_at_the_fit(seed, alpha):
    X, y = classes(seed)
    model = models.LogisticRegression(alpha).fit(X, y)
    X1 = ops.add_bias_column(X)
    cost = lambda t: ops.bce_from_logits(X1 @ t, y.astype(float))[0] + alpha / 2 * (t[1:] @ t[1:])
    assert model.converged_
    np.testing.assert_allclose(numerical_gradient(cost, np.r_[model.intercept_, model.coef_]), 0, atol=1e-6)


@QUICK
@given(SEEDS, st.floats(0.001, 5), st.integers(2, 4))
def test_softmax_cost_is_flat_at_the_fit(seed, alpha, C):
    X, y = classes(seed, C=C)
    model = models.SoftmaxRegression(alpha).fit(X, y)
    X1 = ops.add_bias_column(X)
    cost = lambda W: ops.cross_entropy(X1 @ W, y) + alpha / 2 * (W[1:] ** 2).sum()
    W = np.vstack([model.intercept_, model.coef_])
    np.testing.assert_allclose(numerical_gradient(cost, W), 0, atol=1e-6)
    np.testing.assert_allclose(W.sum(axis=1), 0, atol=1e-9)
    np.testing.assert_allclose(model.predict_proba(X).sum(axis=1), 1)


def test_two_classes_are_softmax_with_twice_the_penalty():
    # softmax of two scores is the sigmoid of their difference w = W1 - W0; sum W^2 = |w|^2 / 2
    X, y = classes(3)
    one, two = models.LogisticRegression(0.1).fit(X, y), models.SoftmaxRegression(0.2).fit(X, y)
    np.testing.assert_allclose(two.coef_[:, 1] - two.coef_[:, 0], one.coef_, atol=1e-7)
    np.testing.assert_allclose(two.predict_proba(X), one.predict_proba(X), atol=1e-7)
    np.testing.assert_allclose(two.decision_function(X), one.decision_function(X), atol=1e-6)


@QUICK
@given(SEEDS, st.integers(1, 12), st.integers(1, 12))
def test_three_methods_find_the_same_line(seed, n, d):
    X, y = problem(seed, n, d)
    svd = models.LinearRegression().fit(X, y)
    pinv = models.LinearRegression("pinv").fit(X, y)
    np.testing.assert_allclose(pinv.coef_, svd.coef_, atol=1e-7)
    if n > d + 2:
        np.testing.assert_allclose(models.LinearRegression("normal").fit(X, y).coef_, svd.coef_, atol=1e-6)
        np.testing.assert_allclose(np.r_[svd.intercept_, svd.coef_], ops.normal_equation(X, y), atol=1e-7)
    elif n <= d:
        np.testing.assert_allclose(svd.predict(X), y, atol=1e-7)


# ---- bad input ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("model", ALL, ids=repr)
@pytest.mark.parametrize("change, message", [
    (lambda X, y: (np.where(X == X[2, 1], np.nan, X), y), "X holds 1 NaN and 0 infinity"),
    (lambda X, y: (np.where(X == X[2, 1], np.inf, X), y), "X holds 0 NaN and 1 infinity"),
    (lambda X, y: (X[:0], y[:0]), "0 sample"),
    (lambda X, y: (X[:, :0], y), "0 feature"),
    (lambda X, y: (X[:, 0], y), "Reshape your data"),
    (lambda X, y: (X.astype(str), y), "dtype <U"),
])
def test_bad_samples(model, change, message):
    with pytest.raises((ValueError, TypeError), match=message):
        model.clone().fit(*change(*data_for(model)))


@pytest.mark.parametrize("model", [*REGRESSORS, *CLASSIFIERS], ids=repr)
@pytest.mark.parametrize("change, message", [
    (lambda y: np.where(np.arange(len(y)) == 1, np.nan, y), "y holds 1 NaN"),
    (lambda y: y[:-1], r"y must have shape \(\d+,\), one value a row"),
    (lambda y: y[:, None], r"y.ravel\(\)"),
    (lambda y: None, "requires y"),
])
def test_bad_targets(model, change, message):
    X, y = data_for(model)
    with pytest.raises(ValueError, match=message):
        model.clone().fit(X, change(y))


@pytest.mark.parametrize("model", [*REGRESSORS, *CLASSIFIERS], ids=repr)
def test_other_features_than_in_fit(model):
    fitted = model.clone().fit(*data_for(model))
    with pytest.raises(ValueError, match=r"X has 2 features, but .* is expecting 3 features"):
        fitted.predict(np.ones((4, 2)))


@pytest.mark.parametrize("model", [*REGRESSORS, *CLASSIFIERS], ids=repr)
def test_constant_column_gets_no_weight(model):
    """Documented result: the intercept does its work. Descent shares it out, so only its predictions are compared."""
    X, y = data_for(model)
    with_constant = np.insert(X, 1, 123.456, axis=1)
    assert (with_constant[:, 1] != with_constant[:, 1].mean()).all(), "its mean is rounded"
    fitted, without = model.clone().fit(with_constant, y), model.clone().fit(X, y)
    if not isinstance(model, models.GradientDescentRegressor):
        assert np.abs(np.asarray(fitted.coef_)[1]).max() < 1e-9
        np.testing.assert_allclose(fitted.predict(with_constant), without.predict(X), atol=1e-8)
    assert np.isfinite(fitted.coef_).all()


@pytest.mark.parametrize("model", [*REGRESSORS, *CLASSIFIERS], ids=repr)
def test_more_features_than_rows(model):
    X, y = data_for(model)
    X = np.random.default_rng(1).standard_normal((6, 20))
    fitted = model.clone().fit(X, y[:6])
    assert np.isfinite(fitted.coef_).all() and np.isfinite(fitted.predict(X)).all()


def test_normal_equation_needs_independent_columns():
    X, y = problem()
    for wrong in (X[:2], np.hstack([X, X[:, :1]]), np.insert(X, 0, 3.0, axis=1)):
        with pytest.raises(ValueError, match="method='svd' and method='pinv' give the shortest"):
            models.LinearRegression("normal").fit(wrong, y[: len(wrong)])
    twice = models.LinearRegression().fit(np.hstack([X, X]), y)
    np.testing.assert_allclose(twice.coef_[:3], twice.coef_[3:], atol=1e-10)


@pytest.mark.parametrize("model", [m for m in [*REGRESSORS, *CLASSIFIERS] if "alpha" in m.get_params()], ids=repr)
@pytest.mark.parametrize("alpha", [-1.0, np.nan, np.inf])
def test_penalty_must_not_be_negative(model, alpha):
    with pytest.raises(ValueError, match=f"alpha={alpha}, expected a number of at least 0"):
        model.clone().set_params(alpha=alpha).fit(*data_for(model))


@pytest.mark.parametrize("model", CLASSIFIERS, ids=repr)
def test_one_class_only(model):
    X, y = classes()
    with pytest.raises(ValueError, match="one class only"):
        model.clone().fit(X, np.ones_like(y))
    with pytest.raises(ValueError, match="Unknown label type: y holds decimals"):
        model.clone().fit(X, y + 0.5)


@pytest.mark.parametrize("make, message", [
    (lambda: models.LinearRegression("qr").fit(*problem()), "method='qr', expected one of 'normal', 'pinv', 'svd'"),
    (lambda: models.ElasticNet(r=2).fit(*problem()), "r=2"),
    (lambda: models.Lasso(max_sweeps=0).fit(*problem()), "max_sweeps=0"),
    (lambda: models.LogisticRegression().fit(*classes(C=3)), "Only binary classification .* 3 classes"),
    (lambda: models.LogisticRegression(max_iter=0).fit(*classes()), "max_iter=0"),
    (lambda: models.SoftmaxRegression().fit(*classes(d=1600)), "Hessian of 3202 rows"),
    (lambda: models.LogisticRegression().fit(*classes(d=3000)), "Hessian of 3001 rows"),
    (lambda: models.GradientDescentRegressor(theta0=[1.0]).fit(*problem()), r"theta0 must have shape \(4,\)"),
    (lambda: models.PCA(4).fit(problem()[0]), "k=4, expected a whole number from 1 to 3"),
    (lambda: models.GradientDescentRegressor(epochs=0).fit(*problem()), "epochs=0"),
    (lambda: models.GradientDescentRegressor(lr=-1).fit(*problem()), "learning rate is -1"),
    (lambda: models.GradientDescentRegressor(patience=3).fit(*problem()), "needs validation data"),
    (lambda: models.GradientDescentRegressor(theta0=[np.inf] * 4).fit(*problem()), "not finite at the start"),
    (lambda: models.k_fold(5, 6), "k=6, expected a whole number from 2 to 5"),
    (lambda: models.learning_curve(models.Ridge(), *problem(), *problem(), [0, 5]), "from 1 to 30"),
    (lambda: models.bias_variance(models.Ridge(), lambda rng: problem(), problem()[0], np.ones(30), 1), "repeats=1"),
    (lambda: models.bias_variance(models.Ridge(), lambda rng: problem(), problem()[0], [1.0], 2), r"shape \(30,\)"),
    (lambda: models.random_search(models.Ridge(), lambda rng: {}, 0, *problem()), "tries=0, expected a whole number"),
])
def test_messages(make, message):
    with pytest.raises(ValueError, match=message):
        make()


# ---- classes and thresholds --------------------------------------------------------------------------------


@pytest.mark.parametrize("model", CLASSIFIERS, ids=repr)
def test_labels_may_be_words(model):
    X, y = classes()
    words = np.array(["no", "yes"])[y]
    fitted = model.clone().fit(X, words)
    assert fitted.classes_.tolist() == ["no", "yes"] and set(fitted.predict(X)) <= {"no", "yes"}
    assert fitted.score(X, words) == model.clone().fit(X, y).score(X, y) > 0.6


def test_threshold_trades_precision_against_recall():
    X, y = classes(7, 200)
    model = models.LogisticRegression(0.01).fit(X, y)
    reports = [ops.classification_report(model.predict(X, threshold), y) for threshold in (0.2, 0.5, 0.8)]
    recall = [report.recall[1] for report in reports]
    assert recall[0] > recall[1] > recall[2] and reports[2].precision[1] > reports[0].precision[1]
    np.testing.assert_array_equal(model.predict(X), (model.decision_function(X) >= 0).astype(int))


def test_separable_classes_without_penalty_stop_with_every_sample_right():
    X, y = np.array([[-2.0], [-1], [1], [2]]), np.array([0, 0, 1, 1])
    free = models.LogisticRegression().fit(X, y)
    assert free.score(X, y) == 1 and free.converged_ and free.n_iter_ < 60 and free.coef_[0] > 10
    assert models.LogisticRegression(0.1).fit(X, y).coef_[0] < 2
    assert models.SoftmaxRegression().fit(X, y).score(X, y) == 1


def test_softmax_regression_reads_real_digits():
    X_train, X_test, y_train, y_test = datasets.digits8()
    model = models.SoftmaxRegression(1e-3).fit(X_train, y_train)
    assert model.converged_ and model.score(X_test, y_test) > 0.94


# ---- principal components ----------------------------------------------------------------------------------


def test_pca_is_an_encoder_and_a_decoder():
    X = datasets.digits8().X_train
    model = models.PCA(10).fit(X)
    codes = model.fit_transform(X)
    np.testing.assert_allclose(codes.mean(axis=0), 0, atol=1e-10)
    np.testing.assert_allclose(np.cov(codes, rowvar=False), np.diag(model.explained_variance_), atol=1e-9)
    np.testing.assert_allclose(model.inverse_transform(codes), ops.pca(X, 10)[1], atol=1e-10)
    assert model.score(X) > models.PCA(9).fit(X).score(X)
    assert models.PCA().fit(X).explained_variance_ratio_.sum() == pytest.approx(1)
    assert (models.PCA().fit(np.ones((4, 2))).explained_variance_ratio_ == 0).all()


# ---- descent -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("batch_size", [None, 8, 1])
def test_descent_comes_near_the_exact_solution(batch_size):
    X, y = problem()
    exact = models.LinearRegression().fit(X, y)
    model = models.GradientDescentRegressor(epochs=3000, batch_size=batch_size).fit(X, y)
    assert np.abs(model.coef_ - exact.coef_).max() < (1e-6 if batch_size is None else 0.15)
    assert model.path_.shape == (3001, 4) and model.loss_.shape == (3001,) and model.n_iter_ == 3000
    assert model.loss_[0] == pytest.approx(np.mean(y**2)) and model.validation_loss_ is None
    assert model.loss_[-1] == pytest.approx(ops.mse(model.predict(X), y)[0])


def test_divergence_is_reported_with_the_limit():
    X, y = problem()
    limit = ops.step_limits(ops.mse_hessian(ops.add_bias_column(X))).limit
    below = models.GradientDescentRegressor(lr=0.99 * limit, epochs=20_000).fit(X, y)
    above = models.GradientDescentRegressor(lr=1.2 * limit, epochs=20_000).fit(X, y)
    assert below.diverged_at_ is None and below.score(X, y) > 0.5
    assert above.diverged_at_ == above.n_iter_ + 1 < 3000
    assert np.isfinite(above.coef_).all() and np.isfinite(above.loss_).all()


def over_fitting(seed=0):
    X, y = datasets.noisy_parabola(60, rng=seed)
    P, V = datasets.standardize(ops.polynomial(X[:20], 15), ops.polynomial(X[20:], 15))
    return P, y[:20], V, y[20:]


@pytest.mark.result("R-055")
def test_early_stopping_keeps_the_best_weights():
    X, y, X_val, y_val = over_fitting()
    lr = ops.step_limits(ops.mse_hessian(ops.add_bias_column(X))).limit / 2
    stopped = models.GradientDescentRegressor(lr, 20_000, patience=200).fit(X, y, X_val, y_val)
    assert stopped.n_iter_ == stopped.best_epoch_ + 200 < 20_000
    kept = np.r_[stopped.intercept_, stopped.coef_]
    np.testing.assert_array_equal(kept, stopped.path_[stopped.best_epoch_])
    assert not np.array_equal(kept, stopped.path_[-1])
    assert ops.mse(stopped.predict(X_val), y_val)[0] == pytest.approx(stopped.validation_loss_.min())
    assert (stopped.best_epoch_, stopped.n_iter_) == ops.early_stopping(stopped.validation_loss_, 200)
    on = models.GradientDescentRegressor(lr, 20_000).fit(X, y, X_val, y_val)
    assert on.n_iter_ == 20_000 and on.best_epoch_ == np.argmin(on.validation_loss_)
    np.testing.assert_array_equal(on.path_[: stopped.n_iter_ + 1], stopped.path_)


def test_schedule_and_seed():
    X, y = problem()
    settings = dict(lr=ops.inverse_time(1, 50), epochs=5, batch_size=4)
    one, same = (models.GradientDescentRegressor(**settings, rng=3).fit(X, y) for _ in range(2))
    other = models.GradientDescentRegressor(**settings, rng=4).fit(X, y)
    np.testing.assert_array_equal(one.path_, same.path_)
    assert not np.array_equal(one.path_, other.path_)


def test_many_epochs_run_in_pieces():
    X, y = datasets.noisy_line(400_000)  # two epochs a piece
    lr = ops.inverse_time(1, 10)
    model = models.GradientDescentRegressor(lr, epochs=5, batch_size=100_000).fit(X, y)
    rng = np.random.default_rng(0)
    order = np.array([rng.permutation(len(X)) for _ in range(5)])
    whole = ops.stochastic_descent(ops.add_bias_column(X), y, [0, 0], lr, order, 100_000, record="epoch")
    np.testing.assert_array_equal(model.path_, whole)


# ---- resampling --------------------------------------------------------------------------------------------


@QUICK
@given(st.integers(2, 40), st.integers(2, 8), SEEDS)
def test_folds_hold_every_sample_out_once(n, k, seed):
    k = min(k, n)
    folds = models.k_fold(n, k, seed)
    assert sorted(np.concatenate([held for _, held in folds])) == list(range(n))
    for kept, held in folds:
        assert sorted(np.r_[kept, held]) == list(range(n)) and abs(len(held) - n / k) < 1


def test_cross_validation_by_hand():
    X, y = problem()
    expected = [models.Ridge(0.1).fit(X[kept], y[kept]).score(X[held], y[held])
                for kept, held in models.k_fold(30, 4, 2)]
    np.testing.assert_array_equal(models.cross_validate(models.Ridge(0.1), X, y, 4, 2), expected)


@pytest.mark.result("R-054")
def test_learning_curves_of_degree_1_and_10():
    last = {1: [], 10: []}
    for seed in range(20):
        X, y = datasets.noisy_parabola(rng=seed)
        for degree in last:
            P = ops.polynomial(X, degree)
            curve = models.learning_curve(models.LinearRegression(), P[:80], y[:80], P[80:], y[80:], [20, 80])
            last[degree].append((curve.train[-1], curve.validation[-1]))
    (plain, plain_val), (bent, bent_val) = (np.median(last[degree], axis=0) for degree in (1, 10))
    assert 1.5 < plain < 1.95 and 1.5 < plain_val < 2.1, "a high plateau: the line cannot bend"
    assert 0.75 < bent < 1.0 and 0.85 < bent_val < 1.3 and bent_val > bent, "a gap: ten powers fit the noise"


def test_bias_falls_and_variance_rises_with_the_degree():
    x = np.linspace(-3, 3, 25)
    parts = {}
    for degree in (1, 2, 9):

        def draw(rng, degree=degree):
            X, y = datasets.noisy_parabola(30, rng=rng)
            return ops.polynomial(X, degree), y

        parts[degree] = models.bias_variance(models.LinearRegression(), draw, ops.polynomial(x, degree),
                                             0.5 * x**2 + x + 2, 200)
        assert parts[degree].error == pytest.approx(parts[degree].bias2 + parts[degree].variance)
        assert parts[degree].predictions.shape == (200, 25)
    assert parts[1].bias2 > 10 * parts[2].bias2
    assert parts[1].variance < parts[2].variance * 2 < parts[9].variance
    assert min(parts, key=lambda degree: parts[degree].error) == 2


def test_search():
    X, _, y, _ = datasets.diabetes()
    X = datasets.standardize(X)
    model = models.ElasticNet()
    found = models.grid_search(model, {"alpha": [0.1, 3, 1e5], "r": [0.5, 1.0]}, X, y)
    assert len(found.tried) == 6 and found.best_score == max(score for _, score in found.tried)
    assert found.best_params["alpha"] != 1e5 and model.get_params() == models.ElasticNet().get_params()
    again = models.random_search(model, lambda rng: {"alpha": 10 ** rng.uniform(-2, 2)}, 5, X, y, rng=1)
    assert len(again.tried) == 5 and again == models.random_search(
        model, lambda rng: {"alpha": 10 ** rng.uniform(-2, 2)}, 5, X, y, rng=1)


def test_models_can_be_copied():
    X, y = problem()
    model = models.Ridge().fit(X, y)
    np.testing.assert_array_equal(copy.deepcopy(model).predict(X), model.predict(X))
