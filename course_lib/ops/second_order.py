"""Steps that know the curvature: Newton's method, L-BFGS, and the ellipses of the local quadratic."""

import numpy as np

from course_lib.ops.linalg import eigen_symmetric
from course_lib.validate import as_float, as_number, function, rate, whole_number

__all__ = ["ellipse_axes", "lbfgs", "newton"]

#: Halvings of a step in the line search of `lbfgs` before it gives up.
HALVINGS = 40


def ellipse_axes(H):
    """The half-axes of the ellipse x^T H x = 1, a line of equal cost of the quadratic (1/2) x^T H x.

    length_i = 1 / sqrt(lambda_i), along the eigenvector v_i of H

    Parameters
    ----------
    H : (P, P) symmetric, all eigenvalues positive

    Returns
    -------
    lengths : (P,) decreasing
    V : (P, P) their directions, of length 1, as columns

    Raises
    ------
    ValueError
        When an eigenvalue is not positive: the cost does not rise that way, and the line of equal cost does not close.
    """
    values, V = eigen_symmetric(H)
    if values[-1] <= 0:
        raise ValueError(f"H has the eigenvalue {values[-1]:.4g}, expected positive ones: around a saddle or along a "
                         "flat valley the lines of equal cost are no ellipses.")
    return 1 / np.sqrt(values[::-1]), V[:, ::-1].copy()


def newton(grad, hess, x0, tol=1e-10, n=100):
    """Newton's method: each step goes to where the gradient of the local quadratic is zero.

    x <- x - H^-1 g, until |step| < tol

    A zero of the gradient is what it finds: a minimum, a maximum or a saddle.

    Parameters
    ----------
    grad, hess : functions of x that return the gradient g and the Hessian H: two numbers where x is a number, (P,) and
        (P, P) where it is (P,)
    x0 : a number or (P,), the start
    tol : float >= 0
    n : int, steps at most

    Returns
    -------
    (steps + 1,) or (steps + 1, P), the path, start first. It ends where x is not finite any more, and in NaN where H
    has no inverse: along a direction without curvature the local quadratic does not say how far to go
    """
    function(grad, "grad", "x that returns the gradient")
    function(hess, "hess", "x that returns the Hessian")
    x, tol = _start(x0, "x0"), rate(tol, "tol")
    path = [x]
    with np.errstate(all="ignore"):  # an escaping path is shown, not warned about
        for _ in range(whole_number(n, "n", low=0)):
            g, H = _slope(grad, x, x.shape), _slope(hess, x, 2 * x.shape, "hess")
            try:
                step = np.linalg.solve(np.reshape(H, (x.size, x.size)), np.reshape(g, x.size)).reshape(x.shape)
            except np.linalg.LinAlgError:  # no inverse
                step = np.full_like(x, np.nan)
            x = x - step
            path.append(x)
            if not np.isfinite(x).all() or np.linalg.norm(step) < tol:
                break
    return np.array(path)


def lbfgs(f, grad, w0, n=100, memory=10, tol=1e-10):
    """L-BFGS: a Newton step whose H^-1 is made of the last few steps s and changes of the gradient y = H s.

    w <- w - a H^-1 g, with a = 1, 1/2, 1/4, ... until f has fallen by at least 1e-4 a g^T H^-1 g

    Parameters
    ----------
    f, grad : functions of w (P,) that return the value and the gradient (P,)
    w0 : (P,) the start, not changed
    n : int, steps at most
    memory : int, how many pairs (s, y) are remembered
    tol : float >= 0; a gradient that is no longer ends the path

    Returns
    -------
    (steps + 1, P) the path, start first; it ends early where no step along the direction lowers f
    """
    function(f, "f", "w that returns one number")
    function(grad, "grad", "w that returns the gradient")
    w, n, tol = _start(w0, "w0"), whole_number(n, "n", low=0), rate(tol, "tol")
    memory = whole_number(memory, "memory")
    if w.ndim == 0:
        raise ValueError(f"w0={w:g} is a number, expected shape (P,): [{w:g}].")
    path, pairs = [w], []
    value, g = as_number(f(w.copy()), "the result of f"), _slope(grad, w, w.shape)
    with np.errstate(all="ignore"):
        while len(path) <= n and np.linalg.norm(g) > tol:
            step = -_newton_direction(g, pairs)
            if not pairs:
                step /= max(1, np.linalg.norm(g))  # nothing is known about the curvature yet
            for _ in range(HALVINGS):
                new = as_number(f(w + step), "the result of f")
                if new <= value + 1e-4 * step @ g:
                    break
                step = step / 2
            else:
                break
            before, w, value = g, w + step, new
            path.append(w)
            g = _slope(grad, w, w.shape)
            if step @ (g - before) > 0:  # else the cost bends down here, and H would not be positive
                pairs = [*pairs, (step, g - before)][-memory:]
    return np.array(path)


def _newton_direction(g, pairs):
    """H^-1 g from the remembered pairs (s, y), without a matrix: back through them, then forth (the two loops)."""
    d, shares = g.copy(), []
    for s, y in reversed(pairs):
        shares.append((s @ d) / (s @ y))
        d -= shares[-1] * y
    if pairs:
        s, y = pairs[-1]
        d *= (s @ y) / (y @ y)
    for (s, y), share in zip(pairs, reversed(shares), strict=True):
        d += (share - (y @ d) / (s @ y)) * s
    return d


def _start(x0, name):
    x = np.array(as_float(x0, name), np.float64)
    if x.ndim > 1 or x.size == 0:
        raise ValueError(f"{name} has shape {x.shape}, expected a number or shape (P,).")
    return x


def _slope(of, x, shape, name="grad"):
    """What `grad` or `hess` says at x: an array of the expected shape."""
    slope = as_float(of(x.copy() if x.ndim else x[()]), f"the result of {name}").astype(np.float64)
    if slope.shape != shape:
        raise ValueError(f"{name} returned shape {slope.shape}, expected {shape} for x of shape {x.shape}.")
    return slope
