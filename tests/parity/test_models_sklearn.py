"""The models against scikit-learn on its own data sets, costs translated, and scikit-learn's own checks of a model."""

import numpy as np
import pytest
from sklearn import datasets as data
from sklearn import decomposition, exceptions, linear_model, metrics, preprocessing
from sklearn.base import BaseEstimator, ClassifierMixin, RegressorMixin, TransformerMixin
from sklearn.utils.estimator_checks import check_estimator

from course_lib import models, ops


def close(given, expected, tolerance=1e-6):
    np.testing.assert_allclose(given, expected, rtol=tolerance, atol=tolerance)


def same_line(ours, theirs):
    """The weights relative to the largest of them: those of the diabetes data reach 800."""
    scale = max(1.0, np.abs(theirs.coef_).max())
    close(ours.coef_ / scale, theirs.coef_ / scale)
    close(ours.intercept_, theirs.intercept_)


def standardized(loader):
    X, y = loader(return_X_y=True)
    return preprocessing.scale(X), y


DIABETES = data.load_diabetes(return_X_y=True)
RAW = data.load_diabetes(return_X_y=True, scaled=False)
WIDE = RAW[0][:6], RAW[1][:6]  # more features (10) than rows
LINNERUD = data.load_linnerud(return_X_y=True)[0], data.load_linnerud(return_X_y=True)[1][:, 0]
REGRESSIONS = {"diabetes": DIABETES, "raw diabetes": RAW, "linnerud": LINNERUD, "wide": WIDE}


# ---- regression --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("method", ["svd", "pinv", "normal"])
@pytest.mark.parametrize("name", REGRESSIONS)
def test_linear_regression(name, method):
    X, y = REGRESSIONS[name]
    if (name, method) == ("wide", "normal"):
        with pytest.raises(ValueError, match="no inverse"):
            models.LinearRegression(method).fit(X, y)
        return
    ours, theirs = models.LinearRegression(method).fit(X, y), linear_model.LinearRegression().fit(X, y)
    same_line(ours, theirs)
    close(ours.predict(X), theirs.predict(X))
    assert ours.score(X, y) == pytest.approx(theirs.score(X, y), abs=1e-9)


@pytest.mark.parametrize("alpha", [1e-4, 0.01, 1.0, 100.0])
@pytest.mark.parametrize("name", REGRESSIONS)
def test_ridge(name, alpha):
    """Ours: mean of squares + alpha/2 w^2. Theirs: sum of squares + a w^2, so a = N alpha / 2."""
    X, y = REGRESSIONS[name]
    theirs = linear_model.Ridge(alpha=len(X) * alpha / 2).fit(X, y)
    same_line(models.Ridge(alpha).fit(X, y), theirs)
    theta = ops.ridge(X, y, alpha)
    close(theta[0], theirs.intercept_)
    close(theta[1:], theirs.coef_)


@pytest.mark.parametrize("alpha", [0.02, 0.5, 3.0, 20.0])
@pytest.mark.parametrize("name", ["diabetes", "raw diabetes", "linnerud"])
def test_lasso(name, alpha):
    """Ours is twice theirs: mean of squares + alpha |w| against (1/2) mean of squares + a |w|, so a = alpha / 2."""
    X, y = REGRESSIONS[name]
    theirs = linear_model.Lasso(alpha=alpha / 2, tol=1e-14, max_iter=200_000).fit(X, y)
    ours = models.Lasso(alpha).fit(X, y)
    assert ours.converged_
    same_line(ours, theirs)
    np.testing.assert_array_equal(ours.coef_ == 0, theirs.coef_ == 0)


@pytest.mark.parametrize("r", [0.1, 0.5, 0.9])
@pytest.mark.parametrize("alpha", [0.01, 0.2, 3.0])
@pytest.mark.parametrize("name", ["diabetes", "raw diabetes", "linnerud"])
def test_elastic_net(name, alpha, r):
    """Ours is twice theirs: a = alpha / 2 and l1_ratio = r."""
    X, y = REGRESSIONS[name]
    theirs = linear_model.ElasticNet(alpha=alpha / 2, l1_ratio=r, tol=1e-14, max_iter=200_000).fit(X, y)
    ours = models.ElasticNet(alpha, r).fit(X, y)
    assert ours.converged_
    same_line(ours, theirs)


def test_path_of_the_lasso():
    X, y = DIABETES
    alphas = np.geomspace(ops.largest_penalty(X, y), 0.01, 30)
    ours = ops.elastic_net_path(X, y, alphas)
    _, theirs, _ = linear_model.lasso_path(X, y - y.mean(), alphas=alphas / 2, tol=1e-14, max_iter=200_000)
    close(ours.coefs / 800, theirs.T / 800)
    assert not ours.coefs[0].any() and ours.coefs[1].any()


def test_descent_reaches_the_exact_solution():
    X, y = standardized(data.load_diabetes)
    same_line(models.GradientDescentRegressor(epochs=60_000).fit(X, y), linear_model.LinearRegression().fit(X, y))


# ---- classification ----------------------------------------------------------------------------------------


def logistic(C):
    return linear_model.LogisticRegression(C=C, tol=1e-10, max_iter=10_000, solver="newton-cholesky")


@pytest.mark.parametrize("alpha", [1e-3, 0.1, 10.0])
def test_logistic_regression(alpha):
    """Ours: mean loss + alpha/2 w^2. Theirs: C times the sum of losses + 1/2 w^2, so C = 1 / (N alpha)."""
    X, y = standardized(data.load_breast_cancer)
    theirs = logistic(1 / (len(X) * alpha)).fit(X, y)
    ours = models.LogisticRegression(alpha).fit(X, y)
    assert ours.converged_
    close(ours.coef_, theirs.coef_[0])
    close(ours.intercept_, theirs.intercept_[0])
    close(ours.predict_proba(X), theirs.predict_proba(X))
    assert ours.score(X, y) == theirs.score(X, y)


def test_logistic_regression_without_penalty():
    X, y = data.load_iris(return_X_y=True)
    X, y = X[y > 0], y[y > 0]  # the two classes that overlap
    theirs = logistic(np.inf).fit(X, y)
    ours = models.LogisticRegression().fit(X, y)
    close(ours.coef_, theirs.coef_[0], 1e-5)
    close(ours.predict_proba(X), theirs.predict_proba(X))
    assert ours.classes_.tolist() == [1, 2]


@pytest.mark.parametrize("alpha", [1e-3, 0.1])
@pytest.mark.parametrize("loader", [data.load_iris, data.load_wine, data.load_digits], ids=lambda f: f.__name__)
def test_softmax_regression(loader, alpha):
    """C = 1 / (N alpha) as above; our weights are (D, C), theirs (C, D)."""
    X, y = standardized(loader)
    theirs = logistic(1 / (len(X) * alpha)).fit(X, y)
    ours = models.SoftmaxRegression(alpha).fit(X, y)
    assert ours.converged_
    close(ours.coef_, theirs.coef_.T)
    close(ours.intercept_, theirs.intercept_ - theirs.intercept_.mean())
    close(ours.predict_proba(X), theirs.predict_proba(X))


# ---- principal components, polynomials, measures -----------------------------------------------------------


@pytest.mark.parametrize("loader, k", [(data.load_iris, 4), (data.load_wine, 3), (data.load_digits, 20)],
                         ids=lambda value: getattr(value, "__name__", value))
def test_pca(loader, k):
    X = loader().data
    ours, theirs = models.PCA(k).fit(X), decomposition.PCA(k, svd_solver="full").fit(X)
    close(ours.components_, theirs.components_)  # the same rule for the signs, too
    close(ours.explained_variance_, theirs.explained_variance_)
    close(ours.explained_variance_ratio_, theirs.explained_variance_ratio_)
    close(ours.mean_, theirs.mean_)
    close(ours.transform(X), theirs.transform(X))
    close(ours.inverse_transform(ours.transform(X)), theirs.inverse_transform(theirs.transform(X)))


def test_polynomial():
    x = np.linspace(-2, 2, 9)
    theirs = preprocessing.PolynomialFeatures(5, include_bias=False).fit_transform(x[:, None])
    close(ops.polynomial(x, 5), theirs, 1e-12)


def test_report():
    rng = np.random.default_rng(0)
    y, y_hat = rng.integers(0, 4, 200), rng.integers(0, 4, 200)
    report = ops.classification_report(y_hat, y)
    np.testing.assert_array_equal(report.confusion, metrics.confusion_matrix(y, y_hat))
    precision, recall, f1, _ = metrics.precision_recall_fscore_support(y, y_hat)
    for ours, theirs in ((report.precision, precision), (report.recall, recall), (report.f1, f1)):
        close(ours, theirs, 1e-12)
    assert report.macro_f1 == pytest.approx(metrics.f1_score(y, y_hat, average="macro"))


# ---- scikit-learn's own checks -----------------------------------------------------------------------------


class Adapter:
    """Nothing but scikit-learn's name for the error of a model that is not fitted."""

    def _samples(self, X, fitting=False):
        try:
            return super()._samples(X, fitting)
        except models.NotFittedError as error:
            raise exceptions.NotFittedError(str(error)) from None


class LinearRegression(RegressorMixin, Adapter, models.LinearRegression, BaseEstimator):
    pass


class Ridge(RegressorMixin, Adapter, models.Ridge, BaseEstimator):
    pass


class Lasso(RegressorMixin, Adapter, models.Lasso, BaseEstimator):
    pass


class ElasticNet(RegressorMixin, Adapter, models.ElasticNet, BaseEstimator):
    pass


class GradientDescentRegressor(RegressorMixin, Adapter, models.GradientDescentRegressor, BaseEstimator):
    pass


class LogisticRegression(ClassifierMixin, Adapter, models.LogisticRegression, BaseEstimator):
    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.classifier_tags.multi_class = False
        return tags


class SoftmaxRegression(ClassifierMixin, Adapter, models.SoftmaxRegression, BaseEstimator):
    pass


class PCA(TransformerMixin, Adapter, models.PCA, BaseEstimator):
    pass


COLUMN = {
    "check_supervised_y_2d": "a target of shape (N, 1) is an error with the remedy in its message, not a warning: "
    "subtracted from (N,) predictions it silently gives an (N, N) array, a frequent mistake of beginners",
}
#: Checks that fail on purpose, with the reason. The list may only shrink.
EXPECTED = {
    LinearRegression: COLUMN,
    Ridge: COLUMN,
    Lasso: COLUMN,
    ElasticNet: COLUMN,
    GradientDescentRegressor: COLUMN,
    LogisticRegression: COLUMN,
    SoftmaxRegression: COLUMN,
    PCA: {},
}


@pytest.mark.parametrize("adapted", EXPECTED, ids=lambda cls: cls.__name__)
def test_check_estimator(adapted):
    results = check_estimator(adapted(), on_fail=None, on_skip=None)
    failed = {result["check_name"]: result["exception"] for result in results if result["status"] == "failed"}
    assert set(failed) == set(EXPECTED[adapted]), failed
    assert sum(result["status"] == "passed" for result in results) > 40
    skipped = {result["check_name"] for result in results if result["status"] == "skipped"}
    # array_api needs a setting of SciPy; the two about column names need pandas, which the course does not use
    assert skipped <= {"check_array_api_input", "check_dataframe_column_names_consistency",
                       "check_transformer_get_feature_names_out_pandas"}


def test_every_model_is_checked():
    adapted = {cls.__name__ for cls in EXPECTED}
    public = {name for name in models.__all__ if isinstance(getattr(models, name), type)
              and issubclass(getattr(models, name), models.Model)}
    assert adapted == public - {"Model"}
