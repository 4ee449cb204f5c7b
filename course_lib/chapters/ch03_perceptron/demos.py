"""Live figures of chapter 03, the perceptron."""

from functools import cache
from typing import ClassVar

import numpy as np

from course_lib import datasets, dense, ops
from course_lib.viz import style
from course_lib.viz.live import Bars, Demo, Image, Line, Menu, Points, Slider, Text, contour
from course_lib.viz.numbers import fixed, short, signed

_SQUARE = (-0.6, 1.6)
_TICK = {False: "✗", True: "✓"}
_SIDE = 160  # samples of a half-plane along one side


@cache
def _grid(xlim, ylim) -> np.ndarray:
    return ops.grid(xlim, ylim, _SIDE)


def _term(value) -> str:
    """A later term of a sum: '+ 0.50' or '− 0.50'."""
    return f"{'−' if value < 0 else '+'} {fixed(abs(value))}"


def _boundary(panel: int, w, b: float, color=style.DARK, width=2.0, dash="solid", alpha=1.0) -> Line:
    """The line w.x + b = 0, long enough for every panel; nothing when w = 0."""
    length = float(np.hypot(*w))
    if length == 0:
        return Line(panel, np.nan, np.nan)
    foot = -b * np.asarray(w) / length**2
    along = np.array([-w[1], w[0]]) / length * 100
    x, y = np.stack([foot - along, foot + along], axis=1)
    return Line(panel, x, y, color=color, width=width, dash=dash, alpha=alpha)


def _half_plane(panel: int, w, b: float, xlim, ylim) -> list:
    """The side where w.x + b >= 0 in blue, the other in orange, the boundary as a line."""
    if not np.any(w):
        return [Image(panel, np.full((2, 2), 1.0 if b >= 0 else 0.0))]
    distance = ops.signed_distance(_grid(xlim, ylim), w, b).reshape(_SIDE, _SIDE)
    edge = (xlim[1] - xlim[0]) / _SIDE  # a border one sample wide looks smooth
    return [Image(panel, distance, low=-edge, high=edge), _boundary(panel, w, b)]


def _classes(panel: int, X, y, size=9.0) -> list:
    """Class 0 as orange squares, class 1 as blue circles."""
    return [Points(panel, *X[y == label].T, color=color, marker=marker, size=size, edge=style.DARK)
            for label, color, marker in ((0, style.ORANGE, "s"), (1, style.BLUE, "o"))]


class Neuron(Demo):
    """One artificial neuron."""

    title = "One artificial neuron"
    alt = ("Left: the plane of the two inputs, colored by the neuron's output, with the chosen input as a point. "
           "Middle: bars that add the two products and the bias up to z. Right: the activation function and the "
           "point (z, a).")
    controls = (
        Slider("x1", "Input x₁", -2.0, 2.0, 0.1, 1.0),
        Slider("x2", "Input x₂", -2.0, 2.0, 0.1, 0.5),
        Slider("w1", "Weight w₁", -2.0, 2.0, 0.1, 1.5),
        Slider("w2", "Weight w₂", -2.0, 2.0, 0.1, -1.0),
        Slider("b", "Bias b", -2.0, 2.0, 0.1, 0.5),
        Menu("activation", "Activation g", ("sigmoid", "step", "tanh", "relu", "identity"), "sigmoid"),
    )
    presets = {
        "Bias only": {"w1": 0.0, "w2": 0.0, "b": 1.0},
        "Looks at x₁ only": {"w1": 2.0, "w2": 0.0, "b": 0.0},
        "Step unit": {"activation": "step"},
    }
    panels = (
        ("Output over the plane", "$x_1$", "$x_2$", (-2, 2), (-2, 2)),
        ("Contributions add up to z", "", "", (-0.6, 3.6), (-10, 10)),
        ("Activation", "z", "a = g(z)", (-10, 10), (-0.1, 1.1)),
    )
    size = (780, 320)
    background_depends = ("activation",)
    #: activation -> (lowest and highest output of the color table, limits of the curve's panel)
    _RANGES: ClassVar = {"sigmoid": ((0, 1), (-0.15, 1.15)), "step": ((0, 1), (-0.15, 1.15)),
                         "tanh": ((-1, 1), (-1.2, 1.2)), "relu": ((-4, 4), (-1, 10)), "identity": ((-4, 4), (-10, 10))}

    def background(self, axes, values):
        name = values["activation"]
        axes[1].set_xticks([0, 1, 2, 3], ["$w_1x_1$", "$w_2x_2$", "$b$", "$z$"], fontsize=10)
        axes[1].grid(axis="x", visible=False)
        axes[1].axhline(0, color=style.DARK, linewidth=0.8)
        z = np.linspace(-10, 10, 801)
        axes[2].plot(z, ops.ACTIVATIONS[name].forward(z), color=style.GREY, linewidth=1.6)
        axes[2].set_ylim(self._RANGES[name][1])
        axes[2].set_title(f"Activation: {name}")

    def state(self, x1, x2, w1, w2, b, activation):
        x, w = np.array([x1, x2]), np.array([w1, w2])
        z = float(ops.neuron(x, w, b))
        surface = ops.neuron(_grid((-2, 2), (-2, 2)), w, b, activation).reshape(_SIDE, _SIDE)
        return {"x": x, "w": w, "b": b, "z": z, "a": float(ops.neuron(x, w, b, activation)), "products": w * x,
                "surface": surface, "activation": activation}

    def layers(self, state):
        parts = np.array([*state["products"], state["b"]])
        tops = np.array([*np.cumsum(parts), state["z"]])
        bases = np.array([0.0, *np.cumsum(parts)[:2], 0.0])
        values = np.array([*parts, state["z"]])
        low, high = self._RANGES[state["activation"]][0]
        above = np.minimum(np.maximum(tops, bases) + 0.9, 9.2)
        return [
            Image(0, state["surface"], low, high),
            _boundary(0, state["w"], state["b"]),
            Points(0, *state["x"], color=style.GREEN, marker="D", size=13, edge=style.DARK),
            Bars(1, np.arange(4), tops, base=bases, width=0.62,
                 color=[style.BLUE if value >= 0 else style.ORANGE for value in values]),
            Line(1, [2.5, 2.5], [-10, 10], color=style.GREY, width=1, dash="dotted"),
            Text(1, np.arange(4), above, [signed(value) for value in values], size=12),
            Line(2, [state["z"], state["z"], -10], [-20, state["a"], state["a"]], color=style.GREEN, width=1.2,
                 dash="dashed"),
            Points(2, state["z"], state["a"], color=style.GREEN, marker="D", size=12, edge=style.DARK),
        ]

    def caption(self, state):
        (p1, p2), b = state["products"], state["b"]
        return (f"z = {fixed(p1)} {_term(p2)} {_term(b)} = {fixed(state['z'])}; "
                f"a = {state['activation']}(z) = {fixed(state['a'], 3)}. The weights tilt the line z = 0, the bias "
                "shifts it.")


class Gates(Demo):
    """One step unit as a logic gate."""

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
        layers = [*_half_plane(0, state["w"], state["b"], _SQUARE, _SQUARE), *_classes(0, X, y, size=15),
                  Points(0, *X[wrong].T, color=style.RED, filled=False, size=28),
                  Text(0, X[wrong, 0], X[wrong, 1] - 0.2, ["wrong"] * int(wrong.sum()), color=style.RED, box=True)]
        for k, row in enumerate(self._ROWS):
            words = [f"({X[k, 0]:.0f}, {X[k, 1]:.0f})", f"{y[k]}", fixed(state["z"][k], 1),
                     f"{int(answer[k])}  {_TICK[not wrong[k]]}"]
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


class PerceptronSteps(Demo):
    """The learning rule, sample after sample."""

    title = "The perceptron learns, one sample at a time"
    alt = ("Left: the four inputs of a gate, the line after the chosen step and, dashed, the line before it; a ring "
           "marks the sample just shown. Right: bias and weights after every step.")
    controls = (
        Slider("step", "Samples shown", 0, 60, 1, 3, play=True),
        Menu("gate", "Gate", ("AND", "OR", "NAND", "XOR"), "AND"),
        Slider("lr", "Learning rate", 0.1, 1.0, 0.1, 1.0),
        Menu("order", "Order of samples", ("as listed", "reversed", "shuffled"), "as listed"),
        Slider("start", "Start (0: all zero)", 0, 20, 1, 0),
    )
    presets = {
        "AND learned": {"step": 24},
        "OR learned": {"gate": "OR", "step": 16},
        "NAND learned": {"gate": "NAND", "step": 24},
        "XOR never ends": {"gate": "XOR", "step": 60},
        "Rounding at 0.1": {"step": 60, "lr": 0.1},
    }
    panels = (
        ("Line after this step", "$x_1$", "$x_2$", _SQUARE, _SQUARE),
        ("Weights move only at mistakes", "samples shown", "weight", (0, 60), (-4.5, 4.5)),
    )
    widths = (1.0, 1.25)
    size = (780, 360)
    _EPOCHS = 15

    def background(self, axes, values):
        axes[0].set_xticks([0, 1])
        axes[0].set_yticks([0, 1])
        axes[1].set_xticks(range(0, 61, 12))

    def state(self, step, gate, lr, order, start):
        X, y = datasets.gate(gate)
        rng = np.random.default_rng(start)
        w0, b0 = (rng.uniform(-1, 1, 2), rng.uniform(-1, 1)) if start else (np.zeros(2), 0.0)
        rows = np.tile(np.arange(4)[:: -1 if order == "reversed" else 1], (self._EPOCHS, 1))
        if order == "shuffled":
            rows = np.random.default_rng(start).permuted(rows, axis=1)
        run = ops.perceptron_fit(X, y, lr=lr, epochs=self._EPOCHS, w0=w0, b0=b0, order=rows)
        shown = rows.ravel()
        # The run stops at its first error-free epoch; later samples would change nothing.
        number = np.zeros(len(shown) + 1, dtype=int)
        for epoch, sample in run.corrected:
            number[4 * (epoch - 1) + int(np.flatnonzero(rows[epoch - 1] == sample)[0]) + 1] = 1
        number = np.cumsum(number)
        path = run.history[number]  # (b, w1, w2) after each sample
        state = {"X": X, "y": y, "gate": gate, "step": step, "path": path, "run": run, "errors":
                 int(np.sum(ops.perceptron_predict(X, path[step, 1:], path[step, 0]) != y))}
        if step:
            i = shown[step - 1]
            before = path[step - 1]
            answer = int(ops.perceptron_predict(X[i : i + 1], before[1:], before[0])[0])
            state |= {"sample": i, "answer": answer, "e": int(y[i]) - answer}
        return state

    def layers(self, state):
        X, y, step, path = state["X"], state["y"], state["step"], state["path"]
        layers = _half_plane(0, path[step, 1:], path[step, 0], _SQUARE, _SQUARE)
        if step and state["e"]:
            before = path[step - 1]
            layers.append(_boundary(0, before[1:], before[0], color=style.GREY, dash="dashed"))
        layers += _classes(0, X, y, size=15)
        if step:
            ring = style.RED if state["e"] else style.DARK
            layers.append(Points(0, *X[state["sample"]], color=ring, filled=False, size=30))
        steps = np.arange(len(path))
        for column, color, dash, name in ((0, style.DARK, "dotted", "b"), (1, style.BLUE, "solid", "w₁"),
                                          (2, style.GREEN, "dashed", "w₂")):
            x, stairs = np.repeat(steps, 2)[1:], np.repeat(path[:, column], 2)[:-1]
            layers += [Line(1, x, stairs, color=color, width=1.2, dash=dash, alpha=0.35),
                       Line(1, x[: 2 * step + 1], stairs[: 2 * step + 1], color=color, width=2.4, dash=dash),
                       Points(1, step, path[step, column], color=color, size=8)]
            layers.append(Text(1, [4 + 9 * column], [4.05], name, color=color, size=13, bold=True, ha="right"))
            layers.append(Line(1, [4.8 + 9 * column, 8.8 + 9 * column], [4.0, 4.0], color=color, dash=dash, width=2.4))
        layers.append(Line(1, [step, step], [-4.5, 3.6], color=style.GREY, width=1))
        return layers

    def caption(self, state):
        step, path, run = state["step"], state["path"], state["run"]
        b, w1, w2 = (short(round(weight, 3), 6) for weight in path[step])  # without the rounding of 0.1 + 0.2
        now = f"b = {b}, w = ({w1}, {w2})"
        if step == 0:
            return f"Start: {now}; {state['errors']} of 4 answers wrong."
        x1, x2 = state["X"][state["sample"]]
        e = state["e"]
        text = (f"Sample {step}, epoch {(step - 1) // 4 + 1}: x = ({x1:.0f}, {x2:.0f}), target "
                f"{state['y'][state['sample']]}, answer {state['answer']}, e = {fixed(e, 0)}: "
                f"{'corrected' if e else 'nothing changes'}, {now}. {state['errors']} of 4 answers wrong.")
        if run.converged_epoch is not None and step >= 4 * run.converged_epoch:
            return f"{text} Epoch {run.converged_epoch} was the first without a mistake: learning has ended."
        if run.converged_epoch is None and step >= 4 * self._EPOCHS:
            return f"{text} Still {run.mistakes_per_epoch[-1]} mistakes in epoch {self._EPOCHS}."
        return text


class MarginAndMistakes(Demo):
    """A small margin costs many corrections."""

    title = "Margin and number of corrections"
    alt = ("Left: two clouds of points with a gap between them, the gap as a band, and the line the perceptron found. "
           "Right, on logarithmic axes: corrections made and the bound (R/gamma) squared against the gap.")
    controls = (
        Slider("gap", "Gap between clouds", -1.5, 0.3, 0.05, 0.5, log=True),
        Slider("seed", "Clouds", 0, 30, 1, 1),
        Slider("start", "Start (0: all zero)", 0, 20, 1, 0),
    )
    presets = {"Wide gap": {"gap": 1.5}, "Middle gap": {"gap": 0.3}, "Narrow gap": {"gap": 0.05}}
    panels = (
        ("Clouds and the line found", "$x_1$", "$x_2$", (-1.5, 5.5), (-2.5, 4.5)),
        ("Small margin, many corrections", "gap", "corrections", (10**-1.5, 10**0.3), (0.8, 1e6)),
    )
    widths = (1.0, 1.15)
    size = (780, 370)
    _EPOCHS = 400
    _GAPS = np.logspace(-1.5, 0.3, 13)
    #: The clouds lie off the origin, so that the bias must be learned too; the middle of the gap is _W.x + _B = 0.
    _SHIFT = np.array([2.0, 1.0])
    _W = np.array([1.0, 1.0]) / np.sqrt(2)
    _B = float(-_W @ _SHIFT)
    _X, _Y = (-1.5, 5.5), (-2.5, 4.5)

    def background(self, axes, values):
        axes[1].set_xscale("log")
        axes[1].set_yscale("log")

    def _run(self, gap, seed, start):
        X, y = datasets.separable_clouds(60, gap, seed)
        X = X + self._SHIFT
        rng = np.random.default_rng(start)
        w0, b0 = (3 * rng.standard_normal(2), 3 * rng.standard_normal()) if start else (np.zeros(2), 0.0)
        return X, y, ops.perceptron_fit(X, y, epochs=self._EPOCHS, w0=w0, b0=b0)

    def state(self, gap, seed, start):
        X, y, run = self._run(gap, seed, start)
        counts, bounds = [], []
        for other in self._GAPS:
            Xo, yo, other_run = self._run(other, seed, start)
            counts.append(other_run.corrections)
            bounds.append(ops.mistake_bound(Xo, yo, self._W, self._B))
        return {"X": X, "y": y, "run": run, "gap": gap, "start": start, "corrections": run.corrections,
                "bound": ops.mistake_bound(X, y, self._W, self._B), "counts": np.array(counts),
                "bounds": np.array(bounds)}

    def layers(self, state):
        half = state["gap"] / 2
        run = state["run"]
        layers = [*_half_plane(0, run.w, run.b, self._X, self._Y),
                  _boundary(0, self._W, self._B + half, color=style.GREY, dash="dashed", width=1.4),
                  _boundary(0, self._W, self._B - half, color=style.GREY, dash="dashed", width=1.4),
                  *_classes(0, state["X"], state["y"], size=8)]
        x = self._GAPS
        layers += [Line(1, x, state["bounds"], color=style.GREY, dash="dashed"),
                   Line(1, x, np.maximum(state["counts"], 0.9), color=style.BLUE),
                   Points(1, x, np.maximum(state["counts"], 0.9), color=style.BLUE, size=6),
                   Points(1, state["gap"], max(state["corrections"], 0.9), color=style.RED, marker="D", size=12),
                   Points(1, state["gap"], state["bound"], color=style.GREY, marker="s", size=10),
                   Text(1, 0.5, 3e4, "bound (R/γ)²", color="#666666", ha="left", size=12),
                   Text(1, 0.036, 4, "corrections made", color=style.BLUE, ha="left", size=12)]
        return layers

    def caption(self, state):
        run = state["run"]
        text = f"Gap {short(state['gap'])}, margin γ = {short(state['gap'] / 2)}: {state['corrections']} corrections"
        text += (f" until the error-free epoch {run.converged_epoch}." if run.converged_epoch is not None else
                 f" in {self._EPOCHS} epochs, and mistakes remain.")
        if state["start"]:
            return f"{text} The bound {state['bound']:.0f} holds for a start at zero, which this is not."
        return f"{text} The theorem allows at most (R/γ)² = {state['bound']:.0f}."


class FoldXOR(Demo):
    """Two hidden units fold the plane so that XOR becomes separable."""

    title = "Two hidden ReLU units fold the plane"
    alt = ("Left: output of the network over the input plane with the four inputs. Middle: the plane of the two hidden "
           "units, with the folded grid of the input plane and the four points. Right: a table of targets and outputs.")
    controls = (
        Menu("target", "Target", ("XOR", "x₁ − x₂"), "XOR"),
        Slider("w11", "x₁ → h₁", -2.0, 2.0, 0.1, 1.0),
        Slider("w12", "x₁ → h₂", -2.0, 2.0, 0.1, -1.0),
        Slider("w21", "x₂ → h₁", -2.0, 2.0, 0.1, -0.4),
        Slider("w22", "x₂ → h₂", -2.0, 2.0, 0.1, 0.4),
        Slider("b1", "bias of h₁", -2.0, 2.0, 0.1, 0.0),
        Slider("b2", "bias of h₂", -2.0, 2.0, 0.1, 0.0),
        Slider("v1", "h₁ → output", -2.0, 2.0, 0.1, 1.0),
        Slider("v2", "h₂ → output", -2.0, 2.0, 0.1, 1.0),
        Slider("c", "bias of output", -2.0, 2.0, 0.1, 0.0),
    )
    presets = {
        "XOR solved": {"w21": -1.0, "w22": 1.0},
        "x₁ − x₂ solved": {"target": "x₁ − x₂", "w21": -1.0, "w22": 1.0, "v2": -1.0},
        "XOR, another way": {"w11": 1.0, "w12": 1.0, "w21": 1.0, "w22": 1.0, "b2": -1.0, "v1": 1.0, "v2": -2.0},
        "One dead unit": {"w11": -1.0, "w21": -1.0, "w12": -1.0, "w22": 1.0},
    }
    panels = (
        ("Output over the input plane", "$x_1$", "$x_2$", _SQUARE, _SQUARE),
        ("The folded plane", "$h_1$", "$h_2$", (-0.3, 2.3), (-0.3, 2.3)),
        ("Outputs", "", "", (0, 1), (0, 1)),
    )
    widths = (1.0, 1.0, 0.85)
    size = (800, 320)
    _COLUMNS = (0.12, 0.45, 0.8)
    _ROWS = (0.7, 0.54, 0.38, 0.22)

    def background(self, axes, values):
        axes[0].set_xticks([0, 1])
        axes[0].set_yticks([0, 1])
        axes[1].set_xticks([0, 1, 2])
        axes[1].set_yticks([0, 1, 2])
        axes[2].axis("off")
        for x, head in zip(self._COLUMNS, ("input", "target", "output"), strict=True):
            axes[2].text(x, 0.87, head, ha="center", color=style.DARK)
        axes[2].plot([-0.02, 1.02], [0.81, 0.81], color=style.GREY, linewidth=0.8, clip_on=False)

    def state(self, target, w11, w12, w21, w22, b1, b2, v1, v2, c):
        X, y = datasets.gate("XOR")
        if target != "XOR":
            y = (X[:, 0] - X[:, 1]).astype(int)
        first = (np.array([[w11, w12], [w21, w22]]), np.array([b1, b2]))
        params = [first, (np.array([[v1], [v2]]), np.array([c]))]
        output = ops.mlp_forward(X, params, hidden="relu")[0].ravel()
        ticks, fine = np.linspace(*_SQUARE, 12), np.linspace(*_SQUARE, 40)
        a, t = np.meshgrid(ticks, fine, indexing="ij")
        grid = np.concatenate([np.stack([a, t], axis=2), np.stack([t, a], axis=2)])  # (lines, points, 2)
        return {"X": X, "y": y, "target": target, "params": params, "output": output,
                "surface": dense.mlp_surface(params, _SQUARE, _SQUARE, 120, "relu", "identity"),
                "hidden": ops.relu(X @ first[0] + first[1]), "folded": ops.relu(grid @ first[0] + first[1]),
                "error": float(np.abs(output - y).max())}

    def layers(self, state):
        y, output, xor = state["y"], state["output"], state["target"] == "XOR"
        low, high = (0, 1) if xor else (-1, 1)
        middle = (low + high) / 2
        (v1, v2), c = state["params"][1][0].ravel(), state["params"][1][1][0]
        layers = [Image(0, state["surface"], low, high)]
        layers.append(Line(0, *contour(state["surface"], _SQUARE, _SQUARE, middle), color=style.DARK))
        lines = np.pad(state["folded"], ((0, 0), (0, 1), (0, 0)), constant_values=np.nan).reshape(-1, 2)
        layers.append(Line(1, *lines.T, color=style.SKY, width=1, alpha=0.8))
        layers.append(_boundary(1, (v1, v2), c - middle))
        for panel, points in ((0, state["X"]), (1, state["hidden"])):
            for value, color, marker in ((-1, style.PURPLE, "v"), (0, style.ORANGE, "s"), (1, style.BLUE, "o")):
                layers.append(Points(panel, *points[y == value].T, color=color, marker=marker, size=13,
                                     edge=style.DARK))
        for k, row in enumerate(self._ROWS):
            x = state["X"][k]
            fits = abs(output[k] - y[k]) < 0.5
            words = [f"({x[0]:.0f}, {x[1]:.0f})", fixed(y[k], 0), f"{fixed(output[k])}  {_TICK[bool(fits)]}"]
            layers.append(Text(2, self._COLUMNS, [row] * 3, words, size=13, color=style.DARK if fits else style.RED,
                               bold=not fits))
        return layers

    def caption(self, state):
        right = int(np.sum(np.abs(state["output"] - state["y"]) < 0.5))
        text = (f"{state['target']}: {right} of 4 outputs within 0.5 of their target, largest error "
                f"{fixed(state['error'])}.")
        dead = [f"h{'₁₂'[k]}" for k in range(2) if not state["hidden"][:, k].any()]
        if dead:
            verb = "is" if len(dead) == 1 else "are"
            return f"{text} {' and '.join(dead)} {verb} 0 for all four inputs: dead."
        if state["error"] < 1e-9:
            text += " In the folded plane one straight line is enough."
        return text


class HiddenUnits(Demo):
    """How many hidden units the overlapping dots need."""

    title = "Hidden units bend the boundary"
    alt = ("Left: forty dots of two classes that no straight line separates, and the boundary of a trained network. "
           "Right: its loss against the epoch.")
    controls = (
        Slider("hidden", "Hidden units", 1, 8, 1, 1),
        Slider("start", "Random start", 0, 30, 1, 0),
        Slider("epochs", "Epochs", 0, 2000, 20, 1500, play=True),
        Slider("lr", "Learning rate", -1.0, 1.0, 0.05, 3.0, log=True),
    )
    presets = {"One unit": {"hidden": 1}, "Two units": {"hidden": 2}, "Eight units": {"hidden": 8}}
    panels = (
        ("Dots and boundary", "$x_1$", "$x_2$", (-2.4, 2.4), (-2.4, 2.4)),
        ("Loss during training", "epoch", "loss (cross-entropy)", (0, 2000), (1e-4, 10)),
    )
    size = (760, 370)

    def background(self, axes, values):
        axes[1].set_yscale("log")

    def state(self, hidden, start, epochs, lr):
        X, y = datasets.overlapping_dots(0)
        run = dense.train((2, hidden, 1), X, y, hidden="tanh", loss="bce", lr=lr, epochs=epochs, rng=start, init=1.5)
        surface = dense.mlp_surface(run.weights, (-2.4, 2.4), (-2.4, 2.4), 100, "tanh", "sigmoid")
        wrong = (run.predict(X).ravel() >= 0.5) != y
        return {"X": X, "y": y, "run": run, "surface": surface, "wrong": wrong, "errors": int(wrong.sum()),
                "hidden": hidden, "epochs": epochs, "loss": float(run.loss[-1])}

    def layers(self, state):
        X, loss = state["X"], state["run"].loss
        epochs = np.arange(len(loss))
        return [Image(0, state["surface"]),
                Line(0, *contour(state["surface"], (-2.4, 2.4), (-2.4, 2.4), 0.5), color=style.DARK),
                *_classes(0, X, state["y"]),
                Points(0, *X[state["wrong"]].T, color=style.RED, filled=False, size=20),
                Line(1, epochs, loss), Points(1, epochs[-1], loss[-1], size=9)]

    def caption(self, state):
        units = "1 hidden unit" if state["hidden"] == 1 else f"{state['hidden']} hidden units"
        text = f"{units}, {state['epochs']} epochs: {state['errors']} of 40 dots wrong, loss {state['loss']:.4f}."
        if state["hidden"] == 1:
            return f"{text} One unit draws one straight line, and no line makes fewer than 2 errors here."
        return text


class StepVersusSigmoid(Demo):
    """A steep sigmoid approaches the step."""

    title = "A steep sigmoid approaches the step"
    alt = ("Left: the step at a threshold and a sigmoid of adjustable steepness. Right: the slope of the sigmoid, "
           "highest at the threshold.")
    controls = (
        Slider("threshold", "Threshold t", -3.0, 3.0, 0.1, 0.0),
        Slider("steepness", "Steepness k", -0.5, 1.5, 0.05, 1.0, log=True),
    )
    presets = {"Plain sigmoid": {"steepness": 1.0}, "Steep": {"steepness": 5.0}, "Almost a step": {"steepness": 30.0}}
    panels = (
        ("Output", "x", "output", (-5, 5), (-0.1, 1.1)),
        ("Slope of the output", "x", "slope", (-5, 5), (-0.1, 8.5)),
    )
    size = (760, 330)
    _X = np.linspace(-5, 5, 1001)

    def state(self, threshold, steepness):
        z = steepness * (self._X - threshold)
        smooth = ops.sigmoid(z)
        slope = steepness * ops.ACTIVATIONS["sigmoid"].derivative(z)
        return {"step": ops.step(self._X - threshold), "sigmoid": smooth, "slope": slope, "threshold": threshold,
                "steepness": steepness, "gap": float(ops.sigmoid(np.array([-0.5 * steepness]))[0])}

    def layers(self, state):
        t = state["threshold"]
        return [Line(0, [-5, t, np.nan, t, 5], [0, 0, np.nan, 1, 1], color=style.ORANGE, width=2.4, dash="dashed"),
                Line(0, self._X, state["sigmoid"], width=2.6),
                Points(0, t, 1, color=style.ORANGE, marker="s", size=9),
                Text(0, -4.8, 1.03, "sigmoid(k (x − t)), solid", size=12, ha="left", box=True, color=style.BLUE),
                Text(0, -4.8, 0.92, "step(x − t), dashed", size=12, ha="left", box=True, color="#a36803"),
                Line(1, [-5, 5], [0, 0], color=style.ORANGE, width=2.4, dash="dashed"),
                Line(1, self._X, state["slope"], width=2.6),
                Points(1, t, state["steepness"] / 4, size=9)]

    def caption(self, state):
        k = state["steepness"]
        return (f"k = {short(k)}: half a unit from the threshold sigmoid and step differ by "
                f"{short(state['gap'], 2)}. Largest slope k/4 = {short(k / 4)}; the step has slope 0 on both sides, so "
                "no gradient says how to move it.")
