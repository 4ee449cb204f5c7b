"""How the answers of chapter 06 are put to work; see `exercises/adapters.py`."""

import numpy as np

# --- a test for moving averages ---


def _series(share, start=0.0, correct=None):
    """A moving average over a series: `share(beta, t)` is the weight of the past at step t = 1, 2, ..."""

    def average(x, beta):
        s, out = start, []
        for t, value in enumerate(np.asarray(x, dtype=float), 1):
            past, new = share(beta, t)
            s = past * s + new * value
            out.append(s if correct is None else correct(s, beta, t))
        return np.array(out)

    return average


def _as_one_product(x, beta):
    x = np.asarray(x, dtype=float)
    lag = np.arange(len(x))[:, None] - np.arange(len(x))
    weights = np.where(lag >= 0, beta ** np.maximum(lag, 0), 0.0)
    return weights @ x / weights.sum(axis=1)


def _usual(beta, t):
    return beta, 1 - beta


#: What a test is tried on; the first two do the same in two ways.
AVERAGES = {
    "in a loop": _series(_usual, correct=lambda s, beta, t: s / (1 - beta**t)),
    "as one product": _as_one_product,
    "not corrected": _series(_usual),
    "always divided by 1 - beta": _series(_usual, correct=lambda s, beta, t: s / (1 - beta)),
    "multiplied by 1 - beta^t": _series(_usual, correct=lambda s, beta, t: s * (1 - beta**t)),
    "beta and 1 - beta exchanged": _series(lambda beta, t: (1 - beta, beta), correct=lambda s, beta, t: s / (
        1 - (1 - beta) ** t)),
    "plain mean": _series(lambda beta, t: ((t - 1) / t, 1 / t)),
    "no memory": _series(lambda beta, t: (0.0, 1.0)),
}


def tried_on_averages(passes, order):
    """What a test says of each version; True lets it pass.

    order : names of versions, so that a test which counts how often it is called, instead of looking, is refused.
    """
    said = {}
    for name in order:
        verdict = passes(AVERAGES[name])
        if not isinstance(verdict, bool | np.bool_):
            raise TypeError(f"of the version {name!r} your test said {verdict!r:.40}, expected True or False")
        if said.setdefault(name, bool(verdict)) != verdict:
            raise ValueError(f"of the version {name!r} your test said True once and False once; what it says must "
                             "follow from the version alone")
    return tuple(said[name] for name in AVERAGES)


# --- rules that measure the slope themselves ---


def nesterov(step, w, v, lr, beta, A, steps):
    """Several steps on the surface w A w / 2 + sum w^3 / 30, whose slope is A w + w^2 / 10."""
    for _ in range(steps):
        made = step(w, v, lambda at: A @ at + at**2 / 10, lr, beta)
        if not isinstance(made, tuple | list) or len(made) != 2:
            return made  # no pair: the check says so
        w, v = made
    return w, v


def newton(find, coefficients, x0, tol):
    """The minimum of a polynomial, highest power first."""
    slope = np.polyder(coefficients)
    curvature = np.polyder(slope)
    return find(lambda x: float(np.polyval(slope, x)), lambda x: float(np.polyval(curvature, x)), x0, tol)


# --- the library's functions in the form of the answers ---


def classical(momentum):
    """The velocity of the library holds gradients, that of the course lr times as much, downhill."""

    def step(w, v, dw, lr, beta):
        w, summed = momentum(w, dw, -v / lr, lr, beta)
        return w, -lr * summed

    return step


def from_behind(nesterov):
    """The weights of the library are the point ahead."""

    def step(w, v, grad, lr, beta):
        ahead = w + beta * v
        ahead, summed = nesterov(ahead, grad(ahead), -v / lr, lr, beta)
        return ahead + beta * lr * summed, -lr * summed

    return step


def kept_before_gradient(rule):
    """Adagrad, whose sum comes before the gradient in the exercise."""
    return lambda w, G, dw, lr, eps: rule(w, dw, G, lr, eps)


def moments_before_gradient(adam):
    """Adam, whose averages and count come before the gradient in the exercise."""
    return lambda w, m, v, t, dw, *settings: adam(w, dw, m, v, t, *settings)


def over_a_stream(rprop):
    """Rprop's step, taken for every gradient from 0 with the first step size 1."""

    def walk(gradients, up=1.2, down=0.5):
        x, before, delta, used = 0.0, 0.0, 0.0, []
        for g in gradients:
            x, before, delta = rprop(x, float(g), before, delta, 1.0, down, up)
            used.append(delta)
        return np.array(used), float(x)

    return walk


def end_and_length(newton):
    """The last place of Newton's path, and how many steps lead there."""

    def find(grad, hess, x0, tol):
        path = newton(grad, hess, x0, tol)
        return float(path[-1]), len(path) - 1

    return find
