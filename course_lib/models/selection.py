"""How good will a model be on new data: resampling, learning curves, bias and variance, search for parameters."""

from itertools import product
from typing import NamedTuple

import numpy as np

from course_lib import ops
from course_lib.models.base import one_a_row, samples
from course_lib.validate import as_float, as_places, finite, function, generator, whole_number


def k_fold(n, k=5, rng=0):
    """Cut n shuffled samples into k parts; each is held out once.

    Parameters
    ----------
    n, k : ints, 2 <= k <= n; sizes differ by at most one
    rng : seed or numpy Generator

    Returns
    -------
    list of k pairs (kept, held) of sample numbers
    """
    n = whole_number(n, "n", 2)
    k = whole_number(k, "k", 2, n)
    parts = np.array_split(generator(rng).permutation(n), k)
    return [(np.concatenate(parts[:i] + parts[i + 1 :]), parts[i]) for i in range(k)]


def _is_model(model, *methods):
    """One object with all that will be asked of it."""
    missing = [method for method in ("clone", "fit", *methods) if not hasattr(model, method)]
    if isinstance(model, type) or missing:
        found, cause = (f"the class {model.__name__}", "the class without its parentheses") if isinstance(
            model, type) else (f"{type(model).__name__} without {', '.join(missing)}", "a model of another library")
        raise TypeError(f"model is {found}, expected an object such as models.Ridge(alpha=1). Usual cause: {cause}.")


def cross_validate(model, X, y, k=5, rng=0):
    """Scores on held-out parts, each from a model fitted to the others.

    Parameters
    ----------
    model : a model; it stays as it is
    X, y : (N, D) and (N,)
    k, rng : see `k_fold`

    Returns
    -------
    scores : (k,)
    """
    _is_model(model, "score")
    X = samples(X)
    y = one_a_row(y, len(X))
    return np.array([model.clone().fit(X[kept], y[kept]).score(X[held], y[held])
                     for kept, held in k_fold(len(X), k, rng)])


class LearningCurve(NamedTuple):
    """Errors against the number of training samples."""

    sizes: np.ndarray  #: (S,)
    train: np.ndarray  #: (S,) RMSE on the samples used
    validation: np.ndarray  #: (S,) RMSE on the validation samples


def learning_curve(model, X, y, X_val, y_val, sizes):
    """RMSE (2.1) of a regression fitted to the first so many samples.

    Parameters
    ----------
    model : a model; it stays as it is
    X, y : (N, D) and (N,) training samples, in random order
    X_val, y_val : validation samples
    sizes : (S,) whole numbers from 1 to N

    Returns
    -------
    LearningCurve
    """
    _is_model(model, "predict")
    X, X_val, sizes = samples(X), samples(X_val), as_places(sizes, "sizes", "(S,)")
    y, y_val = one_a_row(y, len(X)), one_a_row(y_val, len(X_val))
    if sizes.min() < 1 or sizes.max() > len(X):
        raise ValueError(f"sizes must be whole numbers from 1 to {len(X)}, the number of samples, got {sizes}.")
    errors = []
    for n in sizes:
        fitted = model.clone().fit(X[:n], y[:n])
        errors.append((ops.rmse(fitted.predict(X[:n]), y[:n]), ops.rmse(fitted.predict(X_val), y_val)))
    return LearningCurve(sizes, *np.transpose(errors))


class BiasVariance(NamedTuple):
    """The mean squared distance of predictions from the truth, and its two parts."""

    error: float  #: bias2 + variance; the error on noisy targets is larger by the variance of the noise
    bias2: float
    variance: float
    predictions: np.ndarray  #: (repeats, N) one row a training set

    @classmethod
    def of(cls, predictions, truth):
        """The parts for fits that are made already: (repeats, N) at places with truth (N,)."""
        center = predictions.mean(axis=0)
        return cls(float(np.mean((predictions - truth) ** 2)), float(np.mean((center - truth) ** 2)),
                   float(np.mean((predictions - center) ** 2)), predictions)


def bias_variance(model, draw, X, truth, repeats=100, rng=0):
    """Bias and variance of a regression over many training sets.

    bias^2 = mean_x (E f_hat(x) - f(x))^2    (2.14)
    variance = mean_x E (f_hat(x) - E f_hat(x))^2    (2.15)

    with E the mean over the training sets drawn; error = bias^2 + variance holds to rounding.

    Parameters
    ----------
    model : a model; it stays as it is
    draw : function of a numpy Generator that returns a training set (X, y)
    X : (N, D) where to predict
    truth : (N,) f(x) without noise
    repeats : int, at least 2
    rng : seed or numpy Generator

    Returns
    -------
    BiasVariance
    """
    _is_model(model, "predict")
    function(draw, "draw", "a Generator that returns (X, y)")
    repeats, rng = whole_number(repeats, "repeats", 2), generator(rng)  # one fit shows no variance
    predictions = np.array([model.clone().fit(*_pair(draw(rng))).predict(X) for _ in range(repeats)])
    truth = as_float(truth, "truth").astype(np.float64)
    finite(truth, "truth")
    if truth.shape != predictions.shape[1:]:
        raise ValueError(f"truth must have shape {predictions.shape[1:]}, one value a row of X, got {truth.shape}.")
    return BiasVariance.of(predictions, truth)


def _pair(drawn):
    if not isinstance(drawn, tuple | list) or len(drawn) != 2:
        raise TypeError(f"draw returned {type(drawn).__name__}, expected a training set (X, y).")
    return drawn


class Search(NamedTuple):
    """What was tried, and the best of it."""

    best_params: dict
    best_score: float
    tried: list  #: (parameters, mean score over the held-out parts), in the order tried


def grid_search(model, grid, X, y, k=5, rng=0):
    """Cross-validate every combination of parameters.

    Parameters
    ----------
    model : a model; it stays as it is
    grid : dict of parameter name to a list of values
    X, y : training samples; the test samples stay out of the search
    k, rng : the parts, see `k_fold`; the same for every combination

    Returns
    -------
    Search
    """
    _is_grid(grid)
    combinations = [dict(zip(grid, values, strict=True)) for values in product(*grid.values())]
    return _search(model, combinations, X, y, k, generator(rng).integers(2**32))


def _is_grid(grid):
    if not isinstance(grid, dict):
        raise TypeError(f"grid is {type(grid).__name__}, expected a dict of lists, such as {{'alpha': [0.1, 1.0]}}.")
    for name, values in grid.items():
        if not isinstance(values, list | tuple | range | np.ndarray):
            raise TypeError(f"grid[{name!r}] is {type(values).__name__}, expected a list of values to try. One alone "
                            f"stands in brackets: [{values!r}].")


def random_search(model, draw, tries, X, y, k=5, rng=0):
    """Cross-validate parameters drawn at random; good where only some of many parameters matter.

    Parameters
    ----------
    model : a model; it stays as it is
    draw : function of a numpy Generator that returns a dict of parameters
    tries : int, at least 1
    X, y, k, rng : as in `grid_search`

    Returns
    -------
    Search
    """
    function(draw, "draw", "a Generator that returns a dict of parameters")
    tries, rng = whole_number(tries, "tries"), generator(rng)
    folds = rng.integers(2**32)
    return _search(model, [draw(rng) for _ in range(tries)], X, y, k, folds)


def _search(model, candidates, X, y, k, seed):
    _is_model(model, "set_params", "score")
    if not candidates:
        raise ValueError("there is nothing to try: the grid is empty.")
    for params in candidates:
        if not isinstance(params, dict):
            raise TypeError(f"draw returned {type(params).__name__}, expected a dict of parameters, such as "
                            "{'alpha': 0.1}.")
    tried = [(params, float(cross_validate(model.clone().set_params(**params), X, y, k, seed).mean()))
             for params in candidates]
    best = max(range(len(tried)), key=lambda i: tried[i][1])
    return Search(*tried[best], tried)
