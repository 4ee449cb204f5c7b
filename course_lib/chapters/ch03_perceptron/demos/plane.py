"""What figures of chapter 03 draw in the plane of two inputs: half-planes, lines, classes, arrows."""

from functools import cache

import numpy as np

from course_lib import ops
from course_lib.viz import style
from course_lib.viz.live import Image, Line, class_points

#: Limits of the pictures of logic gates.
SQUARE = (-0.6, 1.6)
TICK = {False: "✗", True: "✓"}
SIDE = 160  #: samples of a half-plane along one side


@cache
def grid(xlim, ylim) -> np.ndarray:
    return ops.grid(xlim, ylim, SIDE)


def boundary(panel: int, w, b: float, color=style.DARK, width=2.0, dash="solid", alpha=1.0, **marks) -> Line:
    """The line w.x + b = 0, long enough for every panel; nothing when w = 0."""
    length = float(np.hypot(*w))
    if length == 0:
        return Line(panel, np.nan, np.nan)
    foot = -b * np.asarray(w) / length**2
    along = np.array([-w[1], w[0]]) / length * 100
    x, y = np.stack([foot - along, foot + along], axis=1)
    return Line(panel, x, y, color=color, width=width, dash=dash, alpha=alpha, **marks)


def half_plane(panel: int, w, b: float, xlim, ylim) -> list:
    """The side where w.x + b >= 0 in blue, the other in orange, the boundary as a line."""
    if not np.any(w):
        return [Image(panel, np.full((2, 2), 1.0 if b >= 0 else 0.0))]
    distance = ops.signed_distance(grid(xlim, ylim), w, b).reshape(SIDE, SIDE)
    edge = (xlim[1] - xlim[0]) / SIDE  # a border one sample wide looks smooth
    return [Image(panel, distance, low=-edge, high=edge), boundary(panel, w, b, label="line z = 0", ghost=True)]


def classes(panel: int, X, y, size=9.0) -> list:
    """Class 0 as orange squares, class 1 as blue circles."""
    return class_points(panel, X, y, "class {}", size=size, edge=style.DARK)


def arrow(panel: int, tail, tip, head: float, color: str, **marks) -> Line:
    """An arrow whose head is `head` long."""
    tail, tip = np.asarray(tail, float), np.asarray(tip, float)
    length = float(np.hypot(*(tip - tail)))
    if length == 0:
        return Line(panel, *tip, color=color)
    along = (tip - tail) / length
    across = np.array([-along[1], along[0]])
    wings = [tip - head * (along + side * across) for side in (0.5, -0.5)]
    x, y = np.stack([tail, tip, [np.nan, np.nan], wings[0], tip, wings[1]], axis=1)
    return Line(panel, x, y, color=color, width=2.6, **marks)


def on_line(w, b: float, middle, shift: float = 0.0):
    """A place on the line w.x + b = 0 for its handle: nearest to `middle`, or `shift` farther up along the line; None
    when there is no line.
    """
    length = float(np.hypot(*w))
    if length == 0:
        return None
    w, middle = np.asarray(w), np.asarray(middle, float)
    along = np.array([-w[1], w[0]]) / length
    along *= 1 if tuple(along[::-1]) > (0, 0) else -1
    place = middle - (w @ middle + b) / length**2 * w + shift * along
    return tuple(map(float, place))


def bias_through(w, x: float, y: float) -> float:
    """The bias with which the line passes through (x, y)."""
    return -(w[0] * x + w[1] * y)


def array(values) -> str:
    """Numbers as a line of code: np.array([1.0, -0.5])."""
    return f"np.array({[float(value) for value in values]})"
