"""Live figures of chapter 03, the perceptron."""

from functools import cache

import numpy as np

from course_lib import datasets, ops
from course_lib.viz import style
from course_lib.viz.live import Demo, Image, Line, Menu, Points, Slider, Text

_SQUARE = (-0.6, 1.6)
_SIDE = 160  # samples of a half-plane along one side


@cache
def _grid(low: float, high: float) -> np.ndarray:
    return ops.grid((low, high), (low, high), _SIDE)


def _half_plane(panel: int, w, b: float, limits) -> list:
    """The side where w.x + b >= 0 in blue, the other in orange, the boundary as a line."""
    length = float(np.hypot(*w))
    if length == 0:
        return [Image(panel, np.full((2, 2), 1.0 if b >= 0 else 0.0))]
    distance = ops.signed_distance(_grid(*limits), w, b).reshape(_SIDE, _SIDE)
    edge = (limits[1] - limits[0]) / _SIDE  # a border one sample wide looks smooth
    foot = -b * np.asarray(w) / length**2
    along = np.array([-w[1], w[0]]) / length * 100
    x, y = np.stack([foot - along, foot + along], axis=1)
    return [Image(panel, distance, low=-edge, high=edge), Line(panel, x, y, color=style.DARK, width=2)]


def _classes(panel: int, X, y, size=9.0) -> list:
    """Class 0 as orange squares, class 1 as blue circles."""
    return [Points(panel, *X[y == label].T, color=color, marker=marker, size=size, edge=style.DARK)
            for label, color, marker in ((0, style.ORANGE, "s"), (1, style.BLUE, "o"))]


class Gates(Demo):
    """W03.2: one step unit as a logic gate."""

    title = "One unit as a logic gate"
    alt = ("The four inputs of a logic gate in the plane, a straight line that divides the plane into the side where "
           "the unit answers 1 and the side where it answers 0, and a truth table.")
    controls = (
        Menu("gate", "Gate", ("AND", "OR", "NAND", "NOR", "XOR", "XNOR"), "AND"),
        Slider("w1", "Weight w₁", -4.0, 4.0, 0.1, 1.0),
        Slider("w2", "Weight w₂", -4.0, 4.0, 0.1, 1.0),
        Slider("b", "Bias b", -4.0, 4.0, 0.1, -0.5),
    )
    presets = {
        "AND solved": {"gate": "AND", "w1": 2.0, "w2": 1.0, "b": -3.0},
        "OR solved": {"gate": "OR", "w1": 1.0, "w2": 1.0, "b": -1.0},
        "NAND solved": {"gate": "NAND", "w1": -2.0, "w2": -1.0, "b": 2.0},
        "XOR, best possible": {"gate": "XOR", "w1": 1.0, "w2": 1.0, "b": -0.5},
    }
    panels = (
        ("Inputs and answer of the unit", "$x_1$", "$x_2$", _SQUARE, _SQUARE),
        ("Truth table", "", "", (0, 1), (0, 1)),
    )
    widths = (1.0, 0.95)
    size = (760, 380)

    _ROWS = (0.74, 0.57, 0.40, 0.23)
    _COLUMNS = (0.10, 0.32, 0.56, 0.86)

    def background(self, axes, values):
        axes[0].set_xticks([0, 1])
        axes[0].set_yticks([0, 1])
        axes[1].axis("off")
        for x, head in zip(self._COLUMNS, ("input", "target", "z = w·x + b", "answer"), strict=True):
            axes[1].text(x, 0.9, head, ha="center", fontsize=9, color=style.DARK)
        axes[1].plot([0, 1], [0.84, 0.84], color=style.GREY, linewidth=0.8)

    def state(self, gate, w1, w2, b):
        X, y = datasets.gate(gate)
        w = np.array([w1, w2])
        answer = ops.perceptron_predict(X, w, b)
        return {"gate": gate, "X": X, "y": y, "w": w, "b": b, "z": X @ w + b, "answer": answer,
                "errors": int(np.sum(answer != y))}

    def layers(self, state):
        X, y, answer = state["X"], state["y"], state["answer"]
        wrong = answer != y
        layers = [*_half_plane(0, state["w"], state["b"], _SQUARE), *_classes(0, X, y, size=15),
                  Points(0, *X[wrong].T, color=style.RED, filled=False, size=28),
                  Text(0, X[wrong, 0], X[wrong, 1] - 0.2, ["wrong"] * int(wrong.sum()), color=style.RED, box=True)]
        for k, row in enumerate(self._ROWS):
            words = [f"({X[k, 0]:.0f}, {X[k, 1]:.0f})", f"{y[k]}", f"{state['z'][k]:.1f}",
                     f"{int(answer[k])}  ✗" if wrong[k] else f"{int(answer[k])}  ✓"]
            color = style.RED if wrong[k] else style.DARK
            layers.append(Text(1, self._COLUMNS, [row] * 4, words, color=color, size=14, bold=bool(wrong[k])))
        return layers

    def caption(self, state):
        gate, errors = state["gate"], state["errors"]
        if errors == 0:
            return f"{gate}: all four answers are right. The line leaves the ones on its blue side."
        text = f"{gate}: {errors} of 4 answers wrong."
        if gate in ("XOR", "XNOR"):
            text += " No straight line has both ones on one side and both zeros on the other: 1 error is the best."
        return text
