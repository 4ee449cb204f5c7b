"""Linear models: coordinate descent along a path of penalties, and mini-batch descent with a recorded path."""

import numpy as np

from course_lib.kernels.jit import kernel


def _coordinate_descent_twin(G, c, penalties, limit, W, sweeps):
    for a, (l1, l2) in enumerate(penalties):
        w = W[a]
        if a > 0:
            w[:] = W[a - 1]
        for sweep in range(sweeps[a]):
            largest = 0.0
            for j in range(c.size):
                curvature = 2 * G[j, j] + l2
                if curvature <= 0:
                    continue
                pull = 2 * (c[j] - G[j] @ w + G[j, j] * w[j])
                new = np.sign(pull) * max(abs(pull) - l1, 0) / curvature
                largest = max(largest, curvature * abs(new - w[j]))
                w[j] = new
            if largest <= limit:
                sweeps[a] = sweep + 1
                break


@kernel(twin=_coordinate_descent_twin)
def coordinate_descent(G, c, penalties, limit, W, sweeps):
    """(2.22): minimize w^T G w - 2 c^T w + l1 |w|_1 + (l2/2) |w|^2 for each row (l1, l2) of penalties, one coordinate
    after the other, each from the solution before it.

    G = X^T X / N (D, D) and c = X^T y / N (D,) of centered data. W[0] holds the start; W[a] becomes the solution. A
    sweep that moves no slope by more than `limit` is the last: sweeps[a] holds the most allowed, then those done.
    """
    zero = G.dtype.type(0)
    features = c.size
    for a in range(len(penalties)):
        l1, l2 = penalties[a, 0], penalties[a, 1]
        if a > 0:
            for j in range(features):
                W[a, j] = W[a - 1, j]
        for sweep in range(sweeps[a]):
            largest = zero
            for j in range(features):
                curvature = G[j, j] + G[j, j] + l2
                if curvature <= zero:  # a constant column without a ridge penalty: any weight fits, keep the start
                    continue
                pull = c[j] + G[j, j] * W[a, j]
                for k in range(features):
                    pull -= G[j, k] * W[a, k]
                pull += pull
                size = max(abs(pull) - l1, zero)
                new = (size if pull > zero else -size) / curvature
                largest = max(largest, curvature * abs(new - W[a, j]))
                W[a, j] = new
            if largest <= limit:
                sweeps[a] = sweep + 1
                break


def _least_squares_descent_twin(X, y, order, batch, rates, theta, gradient, path):
    update, pieces = 0, -(-order.shape[1] // batch)
    every = len(rates) // len(path)
    for rows in order:
        for piece in range(pieces):
            chosen = rows[piece * batch : (piece + 1) * batch]
            gradient[:] = (X[chosen] @ theta - y[chosen]) @ X[chosen]
            theta -= rates[update] * (2 / len(chosen)) * gradient
            update += 1
            if update % every == 0:
                path[update // every - 1] = theta


@kernel(twin=_least_squares_descent_twin)
def least_squares_descent(X, y, order, batch, rates, theta, gradient, path):
    """(2.12): the rule `updates.sgd` on the gradient (2.2) of consecutive pieces of m = batch samples,
    theta <- theta - rate (2/m) sum_i (theta.x_i - y_i) x_i.

    order (epochs, n) gives the samples of each epoch; its last piece may be smaller. rates holds one rate an update.
    theta holds the start, then the end; the rows of path become theta after equal numbers of updates.
    """
    real = X.dtype.type
    samples, features = order.shape[1], X.shape[1]
    every = len(rates) // len(path)
    update = 0
    for epoch in range(order.shape[0]):
        for start in range(0, samples, batch):
            stop = min(start + batch, samples)
            for d in range(features):
                gradient[d] = real(0)
            for k in range(start, stop):
                i = order[epoch, k]
                error = -y[i]
                for d in range(features):
                    error += X[i, d] * theta[d]
                for d in range(features):
                    gradient[d] += error * X[i, d]
            step = rates[update] * real(2) / real(stop - start)
            update += 1
            for d in range(features):
                theta[d] -= step * gradient[d]
            if update % every == 0:
                for d in range(features):
                    path[update // every - 1, d] = theta[d]
