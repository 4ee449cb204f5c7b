"""Numbers behind chapter 01: each function measures one claim of the text and returns it.

The chapter prints them and the tests compare what does not depend on the machine; times are for the page alone.
"""

from time import perf_counter
from typing import NamedTuple

import numpy as np

from course_lib import datasets, ops


def shortest_time(run, repeats: int = 5) -> float:
    """The shortest of several runs in seconds: whatever else the machine did only ever made a run longer."""
    times = []
    for _ in range(repeats):
        start = perf_counter()
        run()
        times.append(perf_counter() - start)
    return min(times)


# --- one product against a loop over samples ---


class LoopAgainstProduct(NamedTuple):
    """The same layer twice."""

    seconds_loop: float
    seconds_product: float
    difference: float  #: largest difference between the two results


def layer_by_loop(X, W, b):
    """Z = XW + b, one sample and one unit at a time."""
    Z = np.empty((len(X), W.shape[1]))
    for n, x in enumerate(X):
        for unit in range(W.shape[1]):
            Z[n, unit] = x @ W[:, unit] + b[unit]
    return Z


def loop_against_product(n: int = 500, units: int = 20, repeats: int = 3) -> LoopAgainstProduct:
    """A layer of `units` units on n real digits: a loop over samples and units against one matrix product."""
    X = datasets.digits8().X_train[:n]
    rng = np.random.default_rng(0)
    W, b = rng.normal(size=(X.shape[1], units)), rng.normal(size=units)
    by_loop, by_product = layer_by_loop(X, W, b), X @ W + b
    return LoopAgainstProduct(
        shortest_time(lambda: layer_by_loop(X, W, b), repeats),
        shortest_time(lambda: X @ W + b, repeats),
        float(np.abs(by_loop - by_product).max()),
    )


# --- what an inverse and a singular value decomposition cost ---


class Costs(NamedTuple):
    """Times relative to the smallest size."""

    sizes: np.ndarray
    ratios: np.ndarray  #: time by size, the first is 1
    residual: float  #: how far the results are from what defines them, largest entry over all sizes


def _costs(sizes, problem, repeats):
    times, residual = [], 0.0
    for size in sizes:
        run, error = problem(size)
        residual = max(residual, error(run()))
        times.append(shortest_time(run, repeats))
    return Costs(np.array(sizes), np.array(times) / times[0], residual)


def cost_of_inverse(sizes=(100, 200, 400), repeats: int = 5) -> Costs:
    """The inverse of an (n, n) matrix for growing n; the count of operations grows like n^3."""

    def problem(n):
        A = np.random.default_rng(n).normal(size=(n, n)) + n * np.eye(n)
        return lambda: np.linalg.inv(A), lambda inverse: float(np.abs(A @ inverse - np.eye(n)).max())

    return _costs(sizes, problem, repeats)


def cost_of_svd(rows=(200, 400, 800), columns: int = 60, repeats: int = 5) -> Costs:
    """The singular values of an (m, n) table for growing m, n fixed; the count grows like m n^2, linear in m."""

    def problem(m):
        A = np.random.default_rng(m).normal(size=(m, columns))
        return (lambda: np.linalg.svd(A, full_matrices=False),
                lambda parts: float(np.abs((parts[0] * parts[1]) @ parts[2] - A).max()))

    return _costs(rows, problem, repeats)


# --- pseudo-inverse, triangle inequality, singular values of a photograph ---


def limit_errors(exponents, dependent: bool = True) -> np.ndarray:
    """Frobenius distance of (A^T A + alpha I)^-1 A^T from A+, for alpha = 10^exponent.

    A is (6, 3); with `dependent` its third column is the sum of the other two, so that A^T A has no inverse.
    """
    A = np.random.default_rng(1).normal(size=(6, 3))
    if dependent:
        A[:, 2] = A[:, 0] + A[:, 1]
    right = ops.pinv(A)
    errors = []
    for exponent in exponents:
        try:
            errors.append(ops.frobenius_norm(ops.pinv_limit(A, 10.0**exponent) - right))
        except np.linalg.LinAlgError:  # rounding has made the matrix singular
            errors.append(np.inf)
    return np.array(errors)


def triangle_slack(norm, p, pairs: int = 1000) -> float:
    """The smallest of |x| + |y| - |x + y| over random pairs in five dimensions: not below 0 for a norm."""
    rng = np.random.default_rng(0)
    x, y = rng.normal(size=(2, pairs, 5))
    return min(float(norm(a, p) + norm(b, p) - norm(a + b, p)) for a, b in zip(x, y, strict=True))


def photograph_errors() -> np.ndarray:
    """Relative Frobenius error of the photograph with k = 0, 1, ..., 256 parts."""
    s = ops.svd(datasets.photograph() / 255)[1]
    left = np.append(np.cumsum(s[::-1] ** 2)[::-1], 0.0)
    return np.sqrt(left / left[0])


# --- principal directions ---


def sign_slip(k: int = 2) -> dict[str, float]:
    """The k best and the k worst principal directions of the digits: mean squared length of what they leave."""
    X = datasets.digits8().X_train
    B = X - X.mean(axis=0)
    V = ops.eigen_symmetric(B.T @ B)[1]
    parts = {"nothing kept": V[:, :0], "largest eigenvalues": V[:, :k], "smallest eigenvalues": V[:, -k:]}
    return {name: float(np.sum((B - B @ D @ D.T) ** 2)) / len(X) for name, D in parts.items()}


def without_centering() -> dict[str, float]:
    """Cosine of the digits' mean with the first direction, found with and without subtracting the mean."""
    X = datasets.digits8().X_train
    mean, D, _ = ops.principal_directions(X, 1)
    found = {"centered": D[:, 0], "not centered": ops.svd(X)[2][:, 0]}
    return {name: abs(ops.cosine_similarity(direction, mean)) for name, direction in found.items()}


def nearest_digits(n: int = 200) -> dict[str, float]:
    """Share of digits whose most similar other one, by dot product, cosine and distance, has the same label."""
    split = datasets.digits8()
    X, y = split.X_train[:n], split.y_train[:n]
    G = ops.gram_matrix(X)
    squares = np.diag(G)
    likeness = {
        "largest dot product": G,
        "largest cosine": G / np.sqrt(np.outer(squares, squares)),
        "smallest distance": 2 * G - squares[:, None] - squares,
    }
    shares = {}
    for name, table in likeness.items():
        others = np.where(np.eye(n, dtype=bool), -np.inf, table)
        shares[name] = float(np.mean(y[others.argmax(axis=1)] == y))
    return shares
