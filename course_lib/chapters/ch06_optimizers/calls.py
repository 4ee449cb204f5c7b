"""How the answers of chapter 06 are put to work; see `exercises/adapters.py`."""

import numpy as np


def tried_on_averages(passes, versions):
    """What a test says of each version; True lets it pass."""
    return tuple(passes(version) for version in versions)


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
