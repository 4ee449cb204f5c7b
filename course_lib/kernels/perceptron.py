"""A whole perceptron run in one call, fast enough to be repeated for every tick of a slider."""

from course_lib.kernels.jit import exact, kernel


@exact
def score(X, i, w):
    """(3.1): w.x + b with w = (b, w1, ..., wD), bias last as in `x @ w + b`: the sign of a rounding error decides."""
    total = w.dtype.type(0)
    for d in range(X.shape[1]):
        total += w[d + 1] * X[i, d]
    return total + w[0]


def _perceptron_run_twin(X, y, order, lr, w, mistakes, history, corrected):
    updates = 0
    epochs = order.shape[0]
    history[0] = w
    for epoch in range(epochs):
        for i in order[epoch]:
            y_hat = 1 if X[i] @ w[1:] + w[0] >= 0 else 0
            error = int(y[i]) - y_hat
            if error != 0:
                w[0] += lr * error
                w[1:] += lr * error * X[i]
                mistakes[epoch] += 1
                corrected[updates] = epoch, i
                updates += 1
                history[updates] = w
        if mistakes[epoch] == 0:
            return updates, epoch + 1
    return updates, epochs


@kernel(twin=_perceptron_run_twin)
def perceptron_run(X, y, order, lr, w, mistakes, history, corrected):
    """Rule (3.6) sample after sample, until an epoch without a mistake or the last row of `order`.

    w = (b, w1, ..., wD) holds the start and then the result. Records: mistakes (epochs,), history[u] = w after u
    corrections, corrected[u] = (epoch, sample) of each. Returns the number of corrections and of epochs run.
    """
    updates = 0
    epochs, samples = order.shape
    for d in range(w.size):
        history[0, d] = w[d]
    for epoch in range(epochs):
        for k in range(samples):
            i = order[epoch, k]
            error = y[i] - (1 if score(X, i, w) >= 0 else 0)
            if error != 0:
                step = w.dtype.type(lr * error)
                w[0] += step
                for d in range(X.shape[1]):
                    w[d + 1] += step * X[i, d]
                mistakes[epoch] += 1
                corrected[updates, 0], corrected[updates, 1] = epoch, i
                updates += 1
                for d in range(w.size):
                    history[updates, d] = w[d]
        if mistakes[epoch] == 0:
            return updates, epoch + 1
    return updates, epochs
