"""Seeded small data: the same numbers for the same seed, on every machine.

Every generator of classes returns `X` float64 of shape (N, 2) and `y` int64 of shape (N,), those for regression `X`
(N, 1) and `y` float64 (N,), `shapes` pictures, in random order, so that the first rows are a fair sample. `rng` is a
seed or a `numpy.random.Generator`; there is no global state.
"""

import numpy as np

from course_lib.validate import as_float, finite, generator, rate, whole_number

_GATES = {
    "AND": (0, 0, 0, 1),
    "OR": (0, 1, 1, 1),
    "NAND": (1, 1, 1, 0),
    "NOR": (1, 0, 0, 0),
    "XOR": (0, 1, 1, 0),
    "XNOR": (1, 0, 0, 1),
}


def gates():
    """The six two-input gates.

    Returns
    -------
    dict
        Name ("AND", "OR", "NAND", "NOR", "XOR", "XNOR") to `(X, y)`: X (4, 2) in the order 00, 01, 10, 11 and the
        outputs y (4,). Chapter 03.
    """
    return {name: gate(name) for name in _GATES}


def gate(name):
    """One gate, `(X, y)` as in `gates()`; the name in any case. Chapter 03."""
    key = str(name).upper()
    if key not in _GATES:
        raise ValueError(f"there is no gate {name!r}; the gates are {', '.join(_GATES)}")
    X = np.array([[0, 0], [0, 1], [1, 0], [1, 1]], dtype=np.float64)
    return X, np.array(_GATES[key], dtype=np.int64)


def moons(n=200, noise=0.1, rng=0):
    """Two half circles of radius 1 that hook into each other.

    Class 0 lies on (cos t, sin t), class 1 on (1 - cos t, 1/2 - sin t), t even in [0, pi]; then normal noise is added.

    Parameters
    ----------
    n : int, at least 2; class 0 has the first half (rounded up).
    noise : float, standard deviation of the added noise.
    rng : int seed or Generator

    Returns
    -------
    X (n, 2), y (n,)
    """
    n, noise, rng = whole_number(n, "n", 2), rate(noise, "noise"), generator(rng)
    n0 = (n + 1) // 2
    t0, t1 = np.linspace(0, np.pi, n0), np.linspace(0, np.pi, n - n0)
    upper = np.column_stack([np.cos(t0), np.sin(t0)])
    lower = np.column_stack([1 - np.cos(t1), 0.5 - np.sin(t1)])
    return _finish([upper, lower], noise, rng)


def circles(n=200, noise=0.05, rng=0, factor=0.5):
    """A circle of radius 1 (class 0) round one of radius `factor` (class 1), with normal noise.

    Parameters
    ----------
    n : int, at least 2
    noise : float, standard deviation of the added noise.
    rng : int seed or Generator
    factor : float between 0 and 1

    Returns
    -------
    X (n, 2), y (n,)
    """
    n, noise, rng = whole_number(n, "n", 2), rate(noise, "noise"), generator(rng)
    if not 0 < rate(factor, "factor") < 1:
        raise ValueError(f"factor is the radius of the inner circle, between 0 and 1; got {factor!r}")
    n0 = (n + 1) // 2
    rings = []
    for count, radius in ((n0, 1.0), (n - n0, factor)):
        t = 2 * np.pi * np.arange(count) / count
        rings.append(radius * np.column_stack([np.cos(t), np.sin(t)]))
    return _finish(rings, noise, rng)


def blobs(n=200, centers=3, spread=0.6, rng=0):
    """Normal clouds of equal size, one a class.

    Parameters
    ----------
    n : int, at least the number of clouds; the sizes differ by at most one.
    centers : int or array (C, 2). A number C puts the centers evenly on a circle of radius 3.
    spread : float, standard deviation in each direction.
    rng : int seed or Generator

    Returns
    -------
    X (n, 2), y (n,) with labels 0 .. C-1 in the order of the centers
    """
    if isinstance(centers, int | float | np.number):
        angle = 2 * np.pi * np.arange(whole_number(centers, "centers", 1)) / centers
        centers = 3 * np.column_stack([np.cos(angle), np.sin(angle)])
    centers = as_float(centers, "centers").astype(np.float64)
    finite(centers, "centers")
    if centers.ndim != 2 or centers.shape[1] != 2 or len(centers) == 0:
        raise ValueError(f"centers must be a number or an array (C, 2), one row a cloud; got shape {centers.shape}")
    n, spread, rng = whole_number(n, "n", len(centers)), rate(spread, "spread"), generator(rng)
    clouds = [np.tile(c, (count, 1)) for c, count in zip(centers, _shares(n, len(centers)), strict=True)]
    return _finish(clouds, spread, rng)


def xor_clouds(n=200, noise=0.2, rng=0):
    """Four clouds round the corners of the unit square, labelled by XOR: 00 and 11 are class 0, 01 and 10 class 1.

    Parameters
    ----------
    n : int, at least 4
    noise : float, standard deviation of a cloud.
    rng : int seed or Generator

    Returns
    -------
    X (n, 2), y (n,)
    """
    n = whole_number(n, "n", 4)
    X, cloud = blobs(n, gate("XOR")[0], rate(noise, "noise"), rng)
    return X, gate("XOR")[1][cloud]


def spiral(n=300, classes=3, noise=0.2, rng=0):
    """Interleaved spiral arms, one a class.

    Arm c: radius r from 0 to 1 in even steps, angle t = 2 pi c / classes + 4 r + noise * normal; the point is
    (r sin t, r cos t).

    Parameters
    ----------
    n : int, at least 2 a class
    classes : int, at least 2
    noise : float, standard deviation of the angle in radians.
    rng : int seed or Generator

    Returns
    -------
    X (n, 2), y (n,) with labels 0 .. classes-1
    """
    classes = whole_number(classes, "classes", 2)
    n, noise, rng = whole_number(n, "n", 2 * classes), rate(noise, "noise"), generator(rng)
    arms = []
    for c, count in enumerate(_shares(n, classes)):
        r = np.linspace(0, 1, count)
        t = 2 * np.pi * c / classes + 4 * r + noise * rng.standard_normal(count)
        arms.append(np.column_stack([r * np.sin(t), r * np.cos(t)]))
    return _finish(arms, 0.0, rng)


def overlapping_dots(rng=0):
    """Forty dots that no straight line separates: a single step unit makes at least 2 errors, two hidden units none.

    With u along the diagonal x1 + x2 and t across it, 18 dots of class 0 lie at u < -0.7, the 20 of class 1 between
    -0.45 and 0.85, and 2 stray dots of class 0 at u > 1.2. The segment from each stray dot to a dot of the main group
    crosses a segment between two dots of class 1. A line that is right on all four ends of such a crossing does not
    exist, and the two crossings share no dot: 2 errors at least. The lines u = -0.6 and u = 1, one hidden unit each,
    separate without an error.

    Parameters
    ----------
    rng : int seed or Generator

    Returns
    -------
    X (40, 2), y (40,)
    """
    rng = generator(rng)

    def group(count, u_low, u_high, t_reach):
        t = np.linspace(-t_reach, t_reach, count) + rng.uniform(-0.04, 0.04, count)
        u = rng.uniform(u_low, u_high, count)
        return np.column_stack([u - t, u + t]) / np.sqrt(2)

    main, strays = group(18, -2.1, -0.75, 1.2), group(2, 1.25, 1.6, 0.4)
    return _finish([np.vstack([main, strays]), group(20, -0.45, 0.85, 1.2)], 0.0, rng)


def separable_clouds(n=100, gap=0.5, rng=0):
    """Two clouds on either side of the line x1 + x2 = 0, with a known gap between them.

    The nearest dots of the two classes face each other at a distance of exactly `gap`: the largest possible margin is
    gap / 2, and the line x1 + x2 = 0 (w = (1, 1) / sqrt 2, b = 0) has it. Class 1 is the side x1 + x2 > 0.

    Parameters
    ----------
    n : int, at least 2; class 0 has the first half (rounded up).
    gap : float > 0
    rng : int seed or Generator

    Returns
    -------
    X (n, 2), y (n,)
    """
    n, rng = whole_number(n, "n", 2), generator(rng)
    if rate(gap, "gap") == 0:
        raise ValueError(f"gap={gap}, expected a positive number: without a gap the classes are not separable")
    sides = []
    for count, side in (((n + 1) // 2, -1), (n // 2, 1)):
        u = gap / 2 + np.abs(rng.standard_normal(count))
        t = rng.standard_normal(count)
        u[0], t[0] = gap / 2, 0.0
        sides.append(np.column_stack([side * u - t, side * u + t]) / np.sqrt(2))
    return _finish(sides, 0.0, rng)


def noisy_line(n=100, noise=1.0, rng=0):
    """Points about the line y = 5 + 7 x, for x uniform in [0, 2]. Chapter 02.

    Parameters
    ----------
    n : int, at least 2
    noise : float, standard deviation of the normal noise in y.
    rng : int seed or Generator

    Returns
    -------
    X (n, 1), y (n,)
    """
    n, noise, rng = whole_number(n, "n", 2), rate(noise, "noise"), generator(rng)
    x = 2 * rng.random(n)
    return x[:, None], 5 + 7 * x + noise * rng.standard_normal(n)


def noisy_parabola(n=100, noise=1.0, rng=0):
    """Points about the parabola y = x^2 / 2 + x + 2, for x uniform in [-3, 3]. Chapter 02.

    Parameters
    ----------
    n : int, at least 2
    noise : float, standard deviation of the normal noise in y.
    rng : int seed or Generator

    Returns
    -------
    X (n, 1), y (n,)
    """
    n, noise, rng = whole_number(n, "n", 2), rate(noise, "noise"), generator(rng)
    x = 6 * rng.random(n) - 3
    return x[:, None], 0.5 * x * x + x + 2 + noise * rng.standard_normal(n)


def shapes(n=200, rng=0, classes=2, size=32):
    """Small color pictures of one shape each: 0 a disk, 1 a triangle, 2 a square, all of the same area.

    Place, size and colors of shape and background vary, small dots clutter the background, and every value carries
    noise. So no pixel decides alone: a linear classifier learns 200 training pictures by heart and reaches 60 to 70 %
    on others, while shape itself is plain to the eye. Chapters 02 and 08.

    Parameters
    ----------
    n : int, at least 2; the classes have equal shares (differing by at most one)
    rng : int seed or Generator
    classes : 2 or 3
    size : int, at least 8: height and width in pixels

    Returns
    -------
    X (n, 3, size, size) uint8, channels red, green, blue; y (n,) int64
    """
    n, size, rng = whole_number(n, "n", 2), whole_number(size, "size", 8), generator(rng)
    classes = whole_number(classes, "classes", 2, 3)  # disk, triangle, and square
    y = rng.permutation(np.arange(n) % classes)
    X = np.broadcast_to(rng.uniform(0, 160, (n, 3, 1, 1)), (n, 3, size, size))
    for _ in range(6):
        dx, dy, radius = _about(rng.uniform(0, 1, (2, n)), rng.uniform(0.03, 0.1, n), size)
        X = np.where((dx**2 + dy**2 < radius**2)[:, None], rng.uniform(0, 255, (n, 3, 1, 1)), X)
    dx, dy, radius = _about(rng.uniform(0.34, 0.66, (2, n)), rng.uniform(0.18, 0.32, n), size)
    inside = np.choose(y[:, None, None], [
        dx**2 + dy**2 < radius**2,
        (dy < 0.778 * radius) & (np.abs(dx) < (dy + 1.555 * radius) / np.sqrt(3)),
        np.maximum(np.abs(dx), np.abs(dy)) < 0.886 * radius,
    ])
    X = np.where(inside[:, None], rng.uniform(60, 255, (n, 3, 1, 1)), X) + 12 * rng.standard_normal(X.shape)
    return np.clip(X, 0, 255).astype(np.uint8), y


def _about(center, radius, size):
    """Distance of every pixel from the center (2, n) of its picture, to the right and down, and radii to compare."""
    pixel = (np.arange(size) + 0.5) / size
    x, y = center[:, :, None, None]
    return pixel[None, None, :] - x, pixel[None, :, None] - y, radius[:, None, None]


def _finish(groups, noise, rng):
    """Stack one array a class, add noise, label and shuffle."""
    X = np.vstack(groups)
    y = np.repeat(np.arange(len(groups)), [len(group) for group in groups])
    if noise:
        X = X + noise * rng.standard_normal(X.shape)
    order = rng.permutation(len(X))
    return X[order], y[order].astype(np.int64)


def _shares(n, parts):
    """n split into `parts` counts that differ by at most one."""
    return [n // parts + (i < n % parts) for i in range(parts)]
