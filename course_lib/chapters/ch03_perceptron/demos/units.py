"""Live figures of a single unit: the neuron, logic gates, step and sigmoid."""

from typing import ClassVar

import numpy as np

from course_lib import datasets, ops
from course_lib.chapters.ch03_perceptron.demos.plane import (
    SIDE,
    SQUARE,
    TICK,
    array,
    arrow,
    bias_through,
    boundary,
    grid,
    half_plane,
    on_line,
)
from course_lib.viz import style
from course_lib.viz.live import Bars, Demo, Handle, Image, Line, Menu, Points, Slider, Text, term
from course_lib.viz.numbers import fixed, short, signed

_PLANE = (-1.8, 1.8)


def _later(value) -> str:
    """A later term of a sum: '+ 0.50' or '− 0.50'."""
    return f"{'−' if value < 0 else '+'} {fixed(abs(value))}"


class Neuron(Demo):
    """One artificial neuron."""

    title = "One artificial neuron"
    alt = ("First: the plane of the two inputs, colored by the neuron's output, with the chosen input as a point and "
           "the weights as an arrow. Second: bars that add the two products and the bias up to z. Third: the "
           "activation function and the point (z, a).")
    controls = (
        Slider("w1", "Weight w₁", -1.5, 1.5, 0.05, 1.5),
        Slider("w2", "Weight w₂", -1.5, 1.5, 0.05, -1.0),
        Slider("b", "Bias b", -1.5, 1.5, 0.05, 0.5),
        Menu("activation", "Activation g", ("sigmoid", "step", "tanh", "relu", "identity"), "sigmoid", more=True),
        Slider("x1", "Input x₁", -1.5, 1.5, 0.05, 1.0, more=True),
        Slider("x2", "Input x₂", -1.5, 1.5, 0.05, 0.5, more=True),
    )
    presets = {
        "Bias only": {"w1": 0.0, "w2": 0.0, "b": 1.0},
        "Looks at x₁ only": {"w1": 1.5, "w2": 0.0, "b": 0.0},
        "Step unit": {"activation": "step"},
    }
    panels = (
        ("Output over the plane", "$x_1$", "$x_2$", _PLANE, _PLANE),
        ("Contributions add up to z", "", "", (-0.6, 3.6), (-6, 6)),
        ("Activation", "z", "a = g(z)", (-6, 6), (-0.1, 1.1)),
    )
    size = (780, 320)
    background_depends = ("activation",)
    closed_form = "a = g(z)"
    handles = (
        Handle(0, "the input x", x="x1", y="x2"),
        Handle(0, "tip of the weight vector w", x="w1", y="w2"),
        Handle(0, "the line z = 0", at=lambda s: on_line(s["w"], s["b"], (0, 0)),
               move=lambda s, x, y: {"b": bias_through(s["w"], x, y)}),
        Handle(1, "weight w₁", turn="w1", at=lambda s: (0, s["products"][0])),
        Handle(1, "weight w₂", turn="w2", at=lambda s: (1, s["products"].sum())),
        Handle(1, "bias b", turn="b", at=lambda s: (2, s["z"])),
    )
    #: activation -> (lowest and highest output of the color table, limits of the curve's panel)
    _RANGES: ClassVar = {"sigmoid": ((0, 1), (-0.15, 1.15)), "step": ((0, 1), (-0.15, 1.15)),
                         "tanh": ((-1, 1), (-1.2, 1.2)), "relu": ((-4, 4), (-0.8, 6)), "identity": ((-4, 4), (-6, 6))}

    def background(self, axes, values):
        name = values["activation"]
        axes[1].set_xticks([0, 1, 2, 3], ["$w_1x_1$", "$w_2x_2$", "$b$", "$z$"], fontsize=10)
        axes[1].set_yticks(range(-6, 7, 2))
        axes[1].grid(axis="x", visible=False)
        axes[1].axhline(0, color=style.DARK, linewidth=0.8)
        z = np.linspace(-6, 6, 801)
        axes[2].plot(z, ops.ACTIVATIONS[name].forward(z), color=style.GREY, linewidth=1.6)
        axes[2].set_xticks(range(-6, 7, 3))
        axes[2].set_ylim(self._RANGES[name][1])
        axes[2].set_title(f"Activation: {name}")

    def state(self, w1, w2, b, activation, x1, x2):
        x, w = np.array([x1, x2]), np.array([w1, w2])
        z = float(ops.neuron(x, w, b))
        surface = ops.neuron(grid(_PLANE, _PLANE), w, b, activation).reshape(SIDE, SIDE)
        return {"x": x, "w": w, "b": b, "z": z, "a": float(ops.neuron(x, w, b, activation)), "products": w * x,
                "surface": surface, "activation": activation}

    def layers(self, state):
        parts = np.array([*state["products"], state["b"]])
        tops = np.array([*np.cumsum(parts), state["z"]])
        bases = np.array([0.0, *np.cumsum(parts)[:2], 0.0])
        values = np.array([*parts, state["z"]])
        low, high = self._RANGES[state["activation"]][0]
        above = np.minimum(np.maximum(tops, bases) + 0.55, 5.5)
        keys = ["w1", "w2", "b", "z"]
        return [
            Image(0, state["surface"], low, high, label="output a"),
            boundary(0, state["w"], state["b"], label="line z = 0", key="b", ghost=True),
            arrow(0, (0, 0), state["w"], 0.15, style.DARK, label="weights w", key="w"),
            Points(0, *state["x"], color=style.GREEN, marker="D", size=13, edge=style.DARK, label="input x", key="z"),
            Bars(1, np.arange(4), tops, base=bases, width=0.62, key=keys, label=["w₁x₁", "w₂x₂", "b", "z"],
                 color=style.sign_colors(values)),
            Line(1, [2.5, 2.5], [-6, 6], color=style.GREY, width=1, dash="dotted"),
            Text(1, np.arange(4), above, [signed(value) for value in values], size=12, key=keys),
            Line(2, [state["z"], state["z"], -6], [-20, state["a"], state["a"]], color=style.GREEN, width=1.2,
                 dash="dashed"),
            Points(2, state["z"], state["a"], color=style.GREEN, marker="D", size=12, edge=style.DARK,
                   label="output of the input x", key="z"),
        ]

    def caption(self, state):
        (p1, p2), b = state["products"], state["b"]
        weights = term("The weights", "w") if np.any(state["w"]) else "The weights"  # without length there is no arrow
        return (f"{term('z', 'z')} = {term(fixed(p1), 'w1')} {term(_later(p2), 'w2')} {term(_later(b), 'b')} = "
                f"{fixed(state['z'])}; a = {state['activation']}(z) = {fixed(state['a'], 3)}. "
                f"{weights} tilt the line z = 0, the bias shifts it.")

    def code(self):
        v = self.values
        return ("import numpy as np\n\nfrom course_lib import ops\n\n"
                f"x, w, b = {array((v['x1'], v['x2']))}, {array((v['w1'], v['w2']))}, {v['b']!r}\n"
                "products = w * x\n"
                "z = ops.neuron(x, w, b)\n"
                f"a = ops.neuron(x, w, b, {v['activation']!r})")


_CENTER, _ARM = np.array([0.5, 0.5]), 0.25  # in the square of the gates w is drawn from its center, a quarter as long


class Gates(Demo):
    """One step unit as a logic gate."""

    title = "One unit as a logic gate"
    alt = ("The four inputs of a logic gate in the plane, a straight line that divides the plane into the side where "
           "the unit answers 1 and the side where it answers 0, the weights as an arrow, and a truth table.")
    controls = (
        Menu("gate", "Gate", ("AND", "OR", "NAND", "NOR", "XOR", "XNOR"), "AND"),
        Slider("w1", "Weight w₁", -4.0, 4.0, 0.1, 1.0, more=True),
        Slider("w2", "Weight w₂", -4.0, 4.0, 0.1, 1.0, more=True),
        Slider("b", "Bias b", -4.0, 4.0, 0.1, -0.5),
    )
    presets = {
        "AND solved": {"gate": "AND", "w1": 2.0, "w2": 1.0, "b": -3.0},
        "OR solved": {"gate": "OR", "w1": 1.0, "w2": 1.0, "b": -1.0},
        "NAND solved": {"gate": "NAND", "w1": -2.0, "w2": -1.0, "b": 2.0},
        "XOR, best possible": {"gate": "XOR", "w1": 1.0, "w2": 1.0, "b": -0.5},
    }
    panels = (
        ("Inputs and answer of the unit", "$x_1$", "$x_2$", SQUARE, SQUARE),
        ("Truth table", "", "", (0, 1), (0, 1)),
    )
    widths = (1.0, 0.95)
    size = (760, 380)
    handles = (
        Handle(0, "the line z = 0", at=lambda s: on_line(s["w"], s["b"], _CENTER, shift=0.35),
               move=lambda s, x, y: {"b": bias_through(s["w"], x, y)}),
        Handle(0, "tip of the weight vector w", at=lambda s: tuple(_CENTER + _ARM * s["w"]),
               move=lambda s, x, y: {"w1": (x - 0.5) / _ARM, "w2": (y - 0.5) / _ARM}),
    )

    _ROWS = (0.74, 0.57, 0.40, 0.23)
    _COLUMNS = (0.10, 0.32, 0.56, 0.86)

    def background(self, axes, values):
        axes[0].set_xticks([0, 1])
        axes[0].set_yticks([0, 1])
        axes[1].axis("off")
        for x, head in zip(self._COLUMNS, ("input", "target", "z", "answer"), strict=True):
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
        wrong, tip = answer != y, _CENTER + _ARM * state["w"]
        layers = [*half_plane(0, state["w"], state["b"], SQUARE, SQUARE),
                  arrow(0, _CENTER, tip, 0.1, style.DARK, label="weights w", key="w"),
                  Text(0, tip[0] + 0.08, tip[1] - 0.1, "w", bold=True, size=13)]
        for k, (x, target) in enumerate(zip(X, y, strict=True)):
            layers.append(Points(0, *x, color=(style.ORANGE, style.BLUE)[target], marker="so"[target], size=15,
                                 edge=style.DARK, label=f"z = {fixed(state['z'][k], 1)}, answer {answer[k]}",
                                 key=f"row{k}"))
        layers += [Points(0, *X[wrong].T, color=style.RED, filled=False, size=28),
                   Text(0, X[wrong, 0], X[wrong, 1] - 0.2, ["wrong"] * int(wrong.sum()), color=style.RED, box=True)]
        for k, row in enumerate(self._ROWS):
            words = [f"({X[k, 0]:.0f}, {X[k, 1]:.0f})", f"{y[k]}", fixed(state["z"][k], 1),
                     f"{int(answer[k])}  {TICK[not wrong[k]]}"]
            color = style.RED if wrong[k] else style.DARK
            layers.append(Text(1, self._COLUMNS, [row] * 4, words, color=color, size=14, bold=bool(wrong[k]),
                               key=f"row{k}"))
        return layers

    def caption(self, state):
        gate, errors, (w1, w2) = state["gate"], state["errors"], state["w"]
        now = f"{term('w', 'w')} = ({fixed(w1, 1)}, {fixed(w2, 1)}), b = {fixed(state['b'], 1)}. {gate}:"
        if errors == 0:
            return f"{now} all four answers are right. The line leaves the ones on its blue side."
        text = f"{now} {errors} of 4 answers wrong."
        if gate in ("XOR", "XNOR"):
            text += " No straight line has both ones on one side and both zeros on the other: 1 error is the best."
        return text

    def code(self):
        v = self.values
        return ("import numpy as np\n\nfrom course_lib import datasets, ops\n\n"
                f"X, y = datasets.gate({v['gate']!r})\n"
                f"w, b = {array((v['w1'], v['w2']))}, {v['b']!r}\n"
                "z = X @ w + b\n"
                "answer = ops.perceptron_predict(X, w, b)\n"
                "errors = np.sum(answer != y)")


class StepVersusSigmoid(Demo):
    """A steep sigmoid approaches the step."""

    title = "A steep sigmoid approaches the step"
    alt = ("First: the step at a threshold and a sigmoid of adjustable steepness, which is one half at the threshold. "
           "Second: the slope of the sigmoid, highest at the threshold.")
    controls = (
        Slider("steepness", "Steepness k", -0.5, 1.0, 0.02, 1.0, log=True),
        Slider("threshold", "Threshold t", -3.0, 3.0, 0.05, 0.0),
    )
    presets = {"Plain sigmoid": {"steepness": 1.0}, "Steep": {"steepness": 5.0}, "Almost a step": {"steepness": 10.0}}
    panels = (
        ("σ(k (x − t)) solid, step(x − t) dashed", "x", "output", (-5, 5), (-0.1, 1.1)),
        ("Slope of both", "x", "slope", (-5, 5), (-0.1, 2.7)),
    )
    size = (760, 330)
    closed_form = "σ(k (x − t))"
    handles = (
        Handle(0, "threshold t", x="threshold", at=lambda s: (s["threshold"], 0.5)),
        Handle(1, "top of the slope", at=lambda s: (s["threshold"], s["steepness"] / 4),
               move=lambda s, x, y: {"threshold": x, "steepness": 4 * y}),
    )
    _X = np.linspace(-5, 5, 1001)

    def state(self, threshold, steepness):
        z = steepness * (self._X - threshold)
        slope = steepness * ops.ACTIVATIONS["sigmoid"].derivative(z)
        return {"step": ops.step(self._X - threshold), "sigmoid": ops.sigmoid(z), "slope": slope,
                "threshold": threshold, "steepness": steepness,
                "gap": float(ops.sigmoid(np.array([-0.5 * steepness]))[0])}

    def layers(self, state):
        t = state["threshold"]
        return [Line(0, [t, t], [-0.1, 1.1], color=style.GREY, width=1, dash="dotted"),
                Line(0, [-5, t, np.nan, t, 5], [0, 0, np.nan, 1, 1], color=style.ORANGE, width=2.4, dash="dashed",
                     label="step", key="step"),
                Line(0, self._X, state["sigmoid"], width=2.6, label="sigmoid", key="sigmoid", ghost=True),
                Points(0, t, 1, color=style.ORANGE, marker="s", size=9, label="step at its threshold", key="step"),
                Points(0, t, 0.5, size=9, label="sigmoid at the threshold", key="sigmoid"),
                Line(1, [-5, 5], [0, 0], color=style.ORANGE, width=2.4, dash="dashed", label="slope of the step",
                     key="step"),
                Line(1, self._X, state["slope"], width=2.6, label="slope of the sigmoid", key="slope", ghost=True),
                Points(1, t, state["steepness"] / 4, size=9, label="largest slope k/4", key="slope")]

    def caption(self, state):
        k = state["steepness"]
        return (f"k = {short(k)}: at the threshold the {term('sigmoid is ½', 'sigmoid')}, the {term('step 1', 'step')};"
                f" half a unit away they differ by {short(state['gap'], 2)}. {term('Largest slope', 'slope')} k/4 = "
                f"{short(k / 4)}; the step has slope 0 on both sides, so no gradient says how to move it.")

    def code(self):
        v = self.values
        return ("import numpy as np\n\nfrom course_lib import ops\n\n"
                f"x, threshold, steepness = np.linspace(-5, 5, 1001), {v['threshold']!r}, {v['steepness']!r}\n"
                "step = ops.step(x - threshold)\n"
                "sigmoid = ops.sigmoid(steepness * (x - threshold))\n"
                "slope = steepness * sigmoid * (1 - sigmoid)")
