"""Numbers behind chapter 02: each function reproduces one published or announced result and returns it.

The chapter prints them and the tests compare them with the targets.
"""

import time
from functools import cache

import numpy as np

from course_lib import datasets, models, ops

# --- a line through noisy points ---


def line_data(n=100, noise=1.0, rng=0):
    """Points about y = 5 + 7 x, and the table with its column of ones: (X1, y)."""
    X, y = datasets.noisy_line(n, noise, rng)
    return ops.add_bias_column(X), y


def line_by_formula(rng=0):
    """R-050: the line of least squares in three ways: normal equation, pseudo-inverse, singular values."""
    X1, y = line_data(rng=rng)
    U, s, V = ops.svd(X1)
    return {
        "normal equation": np.linalg.solve(X1.T @ X1, X1.T @ y),
        "pseudo-inverse": ops.pinv(X1) @ y,
        "singular values": V @ ((U.T @ y) / s),
    }


def line_limits(rng=0):
    """R-051: what the curvature of the line data says about the learning rate."""
    return ops.step_limits(ops.mse_hessian(line_data(rng=rng)[0]))


def line_by_descent(lr=0.1, steps=1000, rng=0):
    """R-051: the same line by batch descent from a start of two standard normal numbers; the path."""
    X1, y = line_data(rng=rng)
    start = np.random.default_rng(rng).standard_normal(2)
    return ops.gradient_descent(lambda theta: ops.mse_gradient(X1, y, theta), start, lr, steps)


def worst_case_steps(lr, eigenvalues, factor=1e-4):
    """Steps after which descent has shrunk the distance to the minimum by `factor`, from any start."""
    shrink = np.max(np.abs(1 - lr * np.asarray(eigenvalues)))
    return np.inf if shrink >= 1 else int(np.ceil(np.log(factor) / np.log(shrink)))


def stochastic_line(replacement=True, starts=200, epochs=50, t0=5, t1=50, rng=0):
    """R-052: 50 epochs of 100 single samples with the rate t0/(t + t1), from many starts.

    Returns the end points (starts, 2). With `replacement` an epoch is 100 draws, else a permutation.
    """
    X1, y = line_data(rng=rng)
    ends = []
    for seed in range(starts):
        rng = np.random.default_rng(seed)
        start, n = rng.standard_normal(2), len(X1)
        order = rng.integers(0, n, (epochs, n)) if replacement else [rng.permutation(n) for _ in range(epochs)]
        path = ops.stochastic_descent(X1, y, start, ops.inverse_time(t0, t1), np.array(order), 1, record="epoch")
        ends.append(path[-1])
    return np.array(ends)


@cache  # the chapter prints and plots the same timings
def solve_times(features=(25, 50, 100, 200, 400), repeats=3):
    """Seconds of a least-squares fit for growing numbers of features, 2 D samples: name -> (len(features),).

    The best of a few repeats. 100 steps of descent come nowhere near the minimum here; they show what steps cost.
    """
    rng = np.random.default_rng(0)
    taken = {"normal equation": [], "singular values": [], "pseudo-inverse": [], "100 steps of descent": []}
    for D in features:
        X, y = rng.standard_normal((2 * D, D)), rng.standard_normal(2 * D)
        for name, seconds in taken.items():
            seconds.append(min(_seconds(name, X, y) for _ in range(repeats)))
    return {name: np.array(seconds) for name, seconds in taken.items()}


def _seconds(name, X, y):
    start = time.perf_counter()
    if name == "normal equation":
        np.linalg.solve(X.T @ X, X.T @ y)
    elif name == "singular values":
        np.linalg.lstsq(X, y, rcond=None)
    elif name == "pseudo-inverse":
        ops.pinv(X) @ y
    else:
        theta, lr = np.zeros(X.shape[1]), 0.1 / len(X)
        for _ in range(100):
            theta = theta - lr * (X.T @ (X @ theta - y))
    return time.perf_counter() - start


# --- diabetes ---


def diabetes_conditions():
    """Condition number and largest rate of the diabetes table, raw and standardized: name -> StepLimits."""
    X = datasets.diabetes().X_train
    tables = {"raw": X, "standardized": datasets.standardize(X)}
    return {name: ops.step_limits(ops.mse_hessian(ops.add_bias_column(table))) for name, table in tables.items()}


# --- curves from a linear model ---


def parabola_fit(n=100, rng=0):
    """R-053: the polynomial of degree 2 through the points about y = 2 + x + x^2 / 2, and its standard errors."""
    X, y = datasets.noisy_parabola(n, rng=rng)
    P = ops.polynomial(X, 2)
    P1 = ops.add_bias_column(P)
    theta = ops.normal_equation(P, y)
    variance = np.sum((y - P1 @ theta) ** 2) / (n - 3)
    return theta, np.sqrt(variance * np.diag(np.linalg.inv(P1.T @ P1)))


def parabola_curves(degree, sizes, splits=20, rng=0):
    """R-054: training and validation RMSE against the number of training points, medians over 80/20 splits."""
    X, y = datasets.noisy_parabola(rng=rng)
    curves = []
    for split in range(splits):
        kept, y_kept, held, y_held = datasets.train_test_split(ops.polynomial(X, degree), y, 0.2, split)
        curve = models.learning_curve(models.LinearRegression(), kept, y_kept, held, y_held, np.asarray(sizes))
        curves.append((curve.train, curve.validation))
    return np.median(curves, axis=0)


def parts_by_degree(degrees, n=50, noise=1.0, repeats=300, rng=0):
    """Squared bias and variance of polynomial fits to n points of the parabola, and their error on new noisy points.

    Three arrays (degrees,). Measured on [-2.5, 2.5]: at the very ends, where few points lie, high powers run away.
    """
    x = np.linspace(-2.5, 2.5, 61)
    truth = 2 + x + x * x / 2
    parts = []
    for degree in degrees:

        def draw(rng, degree=degree):
            X, y = datasets.noisy_parabola(n, noise, rng)
            return ops.polynomial(X, degree), y

        found = models.bias_variance(models.LinearRegression(), draw, ops.polynomial(x, degree), truth, repeats, rng)
        new = truth + noise * np.random.default_rng([rng, degree]).standard_normal(found.predictions.shape)
        parts.append((found.bias2, found.variance, np.mean((found.predictions - new) ** 2)))
    return tuple(np.array(parts).T)
