"""Is a gradient right? Compare it with central differences, entry by entry, in float64. Chapter 04."""

from dataclasses import dataclass, field
from numbers import Real
from typing import NamedTuple

import numpy as np

from course_lib.validate import as_float, function, rate

#: A relative error below this counts as agreement (float64, h = 1e-5).
TOLERANCE = 1e-7


def numerical_gradient(f, x, h=1e-5):
    """The gradient of f at x from central differences.

    dJ/dx_i = (f(x + h e_i) - f(x - h e_i)) / (2 h)        (4.59)

    Parameters
    ----------
    f : function of x that returns one number. It may also read the array x from outside: x is changed in place.
    x : array of float64, any shape. It is restored afterwards, also when f raises.
    h : float, the step.

    Returns
    -------
    array of x's shape

    Raises
    ------
    TypeError
        When x or the result of f is not float64.
    ValueError
        When f returns more than one number, or h is not positive.
    """
    x = _float64(x, "x")
    function(f, "f", "x that returns one number")
    _step(h)
    return _differences(lambda: f(x), x, h)


def numerical_jacobian(f, x, h=1e-5):
    """All slopes of a function with several outputs, from central differences. Chapter 01.

    J_ij = dy_i/dx_j, one row an output, one column an input        (1.12)

    Parameters
    ----------
    f : function of x (n,) that returns an array (m,).
    x : (n,) array of float64.
    h : float, the step.

    Returns
    -------
    (m, n)
    """
    x = _vector64(x)
    function(f, "f", "x that returns an array")
    _step(h)
    _moves(x, h)

    def outputs(x):
        return as_float(f(x), "the result of f").astype(np.float64)

    columns = [outputs(x + step) - outputs(x - step) for step in h * np.eye(x.size)]
    if columns[0].ndim != 1:
        raise ValueError(f"f returned shape {columns[0].shape}, expected one row of outputs. For one number use "
                         "numerical_gradient.")
    return np.stack(columns, axis=1) / (2 * h)


def numerical_hessian(f, x, h=1e-4):
    """All second slopes of a function with one output, from central differences. Chapter 01.

    H_ij = d^2 f / dx_i dx_j, symmetric        (1.13)

    Parameters
    ----------
    f : function of x (n,) that returns one number.
    x : (n,) array of float64.
    h : float, the step; second differences divide by h^2, so it is larger than for a gradient.

    Returns
    -------
    (n, n)
    """
    x = _vector64(x)
    function(f, "f", "x that returns one number")
    _step(h)
    _moves(x, h)
    steps = h * np.eye(x.size)
    H = np.empty((x.size, x.size))
    for i in range(x.size):
        for j in range(i + 1):
            corners = (_number(f(x + a * steps[i] + b * steps[j])) * a * b for a in (1, -1) for b in (1, -1))
            H[i, j] = H[j, i] = sum(corners) / (4 * h * h)
    return H


def _vector64(x):
    x = _float64(x, "x")
    if x.ndim != 1 or x.size == 0:
        raise ValueError(f"x must have shape (n,) and not be empty, got {x.shape}.")
    return x


def check_gradient(f, grad, params, h=1e-5):
    """Compare an analytic gradient with central differences.

    error = ||a - n|| / (||a|| + ||n||)  for each parameter array, a analytic, n numeric        (4.60)

    Two zero gradients agree (error 0); zero means smaller than the rounding of f, eps |f| / h, lets one see.

    Parameters
    ----------
    f : function, `f(params)` returns the loss.
    grad : the analytic gradient, in the form of `params`; or a function, `grad(params)` returns it.
    params : array, dict of arrays, list of arrays, or list of (W, b) pairs; float64. Changed in place while f is
        evaluated, and restored also when f raises.
    h : float, the step.

    Returns
    -------
    GradientReport

    Raises
    ------
    TypeError
        When a parameter or the result of f is not float64.
    ValueError
        When names or shapes of gradient and parameters differ.
    """
    named = {name: _float64(array, name) for name, array in _named(params).items()}
    function(f, "f", "params that returns the loss")
    _step(h)
    analytic = _analytic(grad(params) if callable(grad) else grad, named)
    noise = np.finfo(np.float64).eps * abs(_number(f(params))) / h
    numeric = {name: _differences(lambda: f(params), array, h) for name, array in named.items()}
    errors = {name: _relative_error(analytic[name], numeric[name], noise) for name in named}
    return GradientReport(
        relative_error=max(errors.values(), default=0.0),
        passed=all(error < TOLERANCE for error in errors.values()),
        worst=_worst(analytic, numeric),
        per_parameter=errors,
        h=h,
        analytic=analytic,
        numeric=numeric,
    )


class Worst(NamedTuple):
    """The entry with the largest difference."""

    name: str
    index: tuple
    analytic: float
    numeric: float


@dataclass(frozen=True)
class GradientReport:
    """What `check_gradient` found; `print(report)` says it in a few lines."""

    relative_error: float  #: the largest of `per_parameter`, equation (4.60)
    passed: bool  #: every parameter below 1e-7
    worst: Worst
    per_parameter: dict[str, float]
    h: float
    analytic: dict[str, np.ndarray] = field(repr=False)
    numeric: dict[str, np.ndarray] = field(repr=False)

    def __str__(self):
        verdict = "agree" if self.passed else "differ"
        entries = sum(array.size for array in self.analytic.values())
        lines = [f"{entries} entries {verdict}: relative error {self.relative_error:.3g} (limit {TOLERANCE:g})"]
        lines += [f"  {name}: {error:.3g}" for name, error in self.per_parameter.items()]
        if not self.passed:
            at = ", ".join(map(str, self.worst.index))
            lines.append(
                f"  worst entry {self.worst.name}[{at}]: analytic {self.worst.analytic:.8g}, "
                f"numeric {self.worst.numeric:.8g}"
            )
        return "\n".join(lines)


def step_errors(f, grad, x, hs):
    """Relative error (4.60) of the central difference for each step in `hs`.

    For one function value of rounding error eps |f| the error of the difference is about

    h^2 |f'''| / 6 + eps |f| / h        (4.61)

    so it falls with h until rounding takes over, and is smallest near h = (3 eps |f| / |f'''|)^(1/3), about 9e-6.

    Parameters
    ----------
    f : function of x that returns one number
    grad : the analytic gradient at x, or a function of x that returns it
    x : array of float64
    hs : array of steps

    Returns
    -------
    array of len(hs)
    """
    x = _float64(x, "x")
    analytic = as_float(grad(x) if callable(grad) else grad, "the gradient")
    if analytic.shape != x.shape:
        raise ValueError(f"the gradient has shape {analytic.shape}, x has {x.shape}; they must be equal")
    hs = as_float(hs, "hs")
    if hs.ndim != 1 or hs.size == 0:
        raise ValueError(f"hs must be steps in one row, not empty, got shape {hs.shape}")
    return np.array([_relative_error(analytic, numerical_gradient(f, x, h), 0.0) for h in hs])


def _differences(f, x, h):
    """Central differences of the argument-free f with respect to the array x, which f reads."""
    _moves(x, h)
    gradient = np.empty_like(x)
    for index in np.ndindex(x.shape):
        old = x[index]
        try:
            x[index] = old + h
            above = _number(f())
            x[index] = old - h
            below = _number(f())
        finally:
            x[index] = old
        gradient[index] = (above - below) / (2 * h)
    return gradient


def _relative_error(a, n, noise):
    difference, size = np.linalg.norm(a - n), np.linalg.norm(a) + np.linalg.norm(n)
    if not np.isfinite(size):
        return np.inf
    if size <= 2 * noise * np.sqrt(a.size):
        return 0.0
    return float(difference / size)


def _worst(analytic, numeric):
    found = Worst("", (), 0.0, 0.0)
    largest = -1.0
    for name, a in analytic.items():
        if a.size == 0:
            continue
        difference = np.abs(a - numeric[name])
        difference = np.where(np.isfinite(difference), difference, np.inf)
        index = tuple(int(i) for i in np.unravel_index(np.argmax(difference), a.shape))
        if difference[index] > largest:
            largest = difference[index]
            found = Worst(name, index, float(a[index]), float(numeric[name][index]))
    return found


def _named(params):
    """One dict of arrays from the accepted forms; (W, b) pairs become W1, b1, W2, b2, ..."""
    if isinstance(params, dict):
        return dict(params)
    if not isinstance(params, (list, tuple)):
        return {"x": params}
    named = {}
    for number, item in enumerate(params, start=1):
        if isinstance(item, (list, tuple)):
            if len(item) != 2:
                raise ValueError(f"item {number} of params has {len(item)} parts, expected a pair (W, b)")
            named[f"W{number}"], named[f"b{number}"] = item
        else:
            named[f"params[{number - 1}]"] = item
    return named


def _analytic(grad, named):
    analytic = {name: as_float(array, f"the gradient of {name}") for name, array in _named(grad).items()}
    if list(analytic) != list(named) and set(analytic) != set(named):
        raise ValueError(f"the gradient has {list(analytic)}, the parameters are {list(named)}")
    for name, array in named.items():
        if analytic[name].shape != array.shape:
            raise ValueError(
                f"the gradient of {name} has shape {analytic[name].shape}, {name} has {array.shape}: "
                "a gradient has one entry for each parameter"
            )
    return {name: analytic[name] for name in named}


def _float64(array, name):
    if not isinstance(array, np.ndarray):
        kind = type(array).__name__
        raise TypeError(f"{name} must be a NumPy array of float64, which the check changes in place; got {kind}")
    if array.dtype != np.float64:
        raise TypeError(
            f"{name} is {array.dtype}: a gradient check needs float64, since the rounding of {array.dtype} is larger "
            f"than a step of 1e-5 lets one see. Use {name}.astype(np.float64)"
        )
    if not array.flags.writeable:
        raise ValueError(f"{name} is read-only, but the check changes one entry at a time: pass {name}.copy()")
    return array


def _number(result):
    if isinstance(result, (np.ndarray, np.generic)):
        if result.size != 1:
            raise ValueError(f"f must return one number, the loss; got an array of shape {result.shape}")
        if result.dtype.kind == "f" and result.dtype.itemsize < 8:
            raise TypeError(
                f"f returns {result.dtype}: its rounding swamps the difference of two values. "
                "Compute the loss in float64; a float32 input or constant inside f is the usual cause"
            )
        result = result.item()
    if not isinstance(result, Real):
        hint = " Is its `return` missing?" if result is None else ""
        raise TypeError(f"f must return one number, the loss; got {type(result).__name__}.{hint}")
    return float(result)


def _moves(x, h):
    """A step that rounding swallows would make every difference 0."""
    still = np.isfinite(x) & ((x + h == x) | (x - h == x))
    if still.any():
        raise ValueError(f"the step h={h:g} does not change the entry {x[still][0]:g}: rounding swallows it, and the "
                         "difference would be 0. Usual cause: h too small; 1e-5 is a good choice for entries around 1.")


def _step(h):
    if rate(h, "h", -np.inf) <= 0:
        raise ValueError(f"the step h must be positive, got {h!r}; 1e-5 is a good choice")
