"""How an answer that takes or gives more than plain data is put to work.

These run beside the student's code, in a sandbox too: they hold no reference, no mistake and no expected value.
"""

import numpy as np


def gradient_descent(descent, A, b, w0, lr, n):
    """The path on the cost w.A w / 2 - b.w, whose gradient is made here."""
    return descent(lambda w: A @ w - b, w0, lr, n)


def affine_forward(forward, x, W, b):
    """Output and the two parts of the cache."""
    result = forward(x, W, b)
    try:
        out, (cached_x, cached_W) = result
    except (TypeError, ValueError):
        raise TypeError("affine_forward should return the pair (out, cache) with cache = (x, W)") from None
    return out, cached_x, cached_W


LOSS_NAMES = ("mse", "mae", "cross_entropy", "kl", "hellinger")


def loss_table(answer, a, y):
    """The losses in the order of their names."""
    table = answer(a, y)
    if not isinstance(table, dict) or set(table) != set(LOSS_NAMES):
        raise TypeError(f"a dict with the keys {', '.join(LOSS_NAMES)} is expected")
    return tuple(table[name] for name in LOSS_NAMES)


def deep_backward(answer, X, Y, weights, biases):
    """The gradients of all layers in one row."""
    dWs, dbs = answer(X, Y, list(weights), list(biases))
    if len(dWs) != len(weights) or len(dbs) != len(biases):
        raise ValueError(f"{len(weights)} layers, but {len(dWs)} weight gradients and {len(dbs)} bias "
        "gradients")
    return tuple(gradient for pair in zip(dWs, dbs, strict=True) for gradient in pair)


def gradient_check(answer, A, x, h, planted):
    """Build a smooth function and its gradient from the data; `planted` is added to the gradient's last entry."""

    def f(x):
        return float(np.sum(np.sin(A * x)) + 0.1 * np.sum(x) ** 2)

    def grad(x):
        gradient = A * np.cos(A * x) + 0.2 * np.sum(x)
        gradient.flat[-1] += planted
        return gradient

    x = x.copy()
    numeric, relative = answer(f, grad, x, h)
    return numeric, relative, x


def digit_classifier(answer, X, y, X_val, y_val, X_test):
    """Number of hidden layers, and the scores of images that the answer has not seen."""
    net, _ = answer(X, y, X_val, y_val)
    matrices = [parameter.data for parameter in net.parameters() if parameter.data.ndim == 2]
    return len(matrices) - 1, net(X_test)


#: exercise -> its `call`
CALLS = {
    "2.5": gradient_descent,
    "4.2": affine_forward,
    "4.15": loss_table,
    "4.22": deep_backward,
    "4.24": gradient_check,
    "4.33": digit_classifier,
}


# --- the library's own functions in the form of an answer, for `use` ---


def _one_update(fit):
    def update(x, y, w, b, lr):
        run = fit(np.asarray(x)[None], np.array([y]), lr=lr, epochs=1, w0=w, b0=b)
        return run.w, run.b

    return update


def _weights_and_bias(fit):
    def trained(X, y, lr, epochs):
        run = fit(X, y, lr=lr, epochs=epochs)
        return run.w, run.b

    return trained


def _value_and_vector(power_iteration):
    def first_eigenvector(A, v0, steps):
        run = power_iteration(A, v0, steps=steps, tol=0)
        return run.value, run.vector

    return first_eigenvector


def _last_of_the_path(descent):
    return lambda X, y, theta0, t0, t1, order, size: descent(X, y, theta0, lambda t: t0 / (t + t1), order, size)[-1]


def _report_with_summary(report):
    def answer(y, y_hat, C):
        result = report(y_hat, y, C)  # the exercise asks for the true labels first
        return result.confusion, result.precision, result.recall, result.macro_f1

    return answer


#: exercise -> what makes an answer out of the library's function where it is not one by itself
FROM_LIBRARY = {
    "1.14": _value_and_vector,
    "2.7": lambda limits: lambda H: limits(H)[:3],
    "2.11": _last_of_the_path,
    "2.28": _report_with_summary,
    "3.7": _one_update,
    "3.8": _weights_and_bias,
    "3.9": lambda fit: lambda X, y, lr, max_epochs: fit(X, y, lr=lr, epochs=max_epochs).converged_epoch or 0,
}
