"""Live figures of a hidden layer: the folded plane, hidden units on overlapping dots, and a map of finished runs."""

from functools import lru_cache

import numpy as np

from course_lib import datasets, dense, ops
from course_lib.chapters.ch03_perceptron.demos.plane import (
    SQUARE,
    TICK,
    arrow,
    bias_through,
    boundary,
    classes,
    on_line,
)
from course_lib.chapters.shared import own_points, points_code, trained_in_legs, training_code
from course_lib.viz import style
from course_lib.viz.live import Demo, Handle, Image, Line, Menu, OwnPoints, Points, Slider, Text, contour, legs, term
from course_lib.viz.numbers import fixed, short

_CENTER, _ARM = np.array([0.5, 0.5]), 0.35  # weights of the hidden units are drawn from the center, so much shorter
_FOLDED = (-1.3, 2.2)
_UNITS = ((style.GREEN, "h₁", 0.4), (style.PURPLE, "h₂", -0.4))  # color, name, where the handle of its line stands


def _unit_handles(number: int):
    """The weights of hidden unit 1 or 2 as an arrow, and the line along which it folds."""
    k, w1, w2, b = number - 1, f"w1{number}", f"w2{number}", f"b{number}"

    def unit(s):
        W, bias = s["params"][0]
        return W[:, k], bias[k]

    return (Handle(0, f"weights of hidden unit {number}", at=lambda s: tuple(_CENTER + _ARM * unit(s)[0]),
                   move=lambda s, x, y: {w1: (x - 0.5) / _ARM, w2: (y - 0.5) / _ARM}),
            Handle(0, f"fold of hidden unit {number}", at=lambda s: on_line(*unit(s), _CENTER, _UNITS[k][2]),
                   move=lambda s, x, y: {b: bias_through(unit(s)[0], x, y)}))


class FoldXOR(Demo):
    """Two hidden units fold the plane so that XOR becomes separable."""

    title = "Two hidden ReLU units fold the plane"
    alt = ("First: output of the network over the input plane with the four inputs and the lines along which the two "
           "hidden units fold. Second: the grid of the input plane and the four points on their way to the plane of "
           "the two hidden units. Third: a table of targets and outputs.")
    controls = (
        Slider("way", "From x (0) by z (1) to h (2)", 0.0, 2.0, 0.02, 2.0, play=True, ticks=(0, 1, 2)),
        Slider("w21", "x₂ → h₁", -2.0, 2.0, 0.1, -0.4),
        Slider("w22", "x₂ → h₂", -2.0, 2.0, 0.1, 0.4),
        Menu("target", "Target", ("XOR", "x₁ − x₂"), "XOR", more=True),
        Slider("w11", "x₁ → h₁", -2.0, 2.0, 0.1, 1.0, more=True),
        Slider("w12", "x₁ → h₂", -2.0, 2.0, 0.1, -1.0, more=True),
        Slider("b1", "bias of h₁", -2.0, 2.0, 0.1, 0.0, more=True),
        Slider("b2", "bias of h₂", -2.0, 2.0, 0.1, 0.0, more=True),
        Slider("v1", "h₁ → output", -2.0, 2.0, 0.1, 1.0, more=True),
        Slider("v2", "h₂ → output", -2.0, 2.0, 0.1, 1.0, more=True),
        Slider("c", "bias of output", -2.0, 2.0, 0.1, 0.0, more=True),
    )
    presets = {
        "XOR solved": {"w21": -1.0, "w22": 1.0},
        "x₁ − x₂ solved": {"target": "x₁ − x₂", "w21": -1.0, "w22": 1.0, "v2": -1.0},
        "XOR, another way": {"w11": 1.0, "w12": 1.0, "w21": 1.0, "w22": 1.0, "b2": -1.0, "v1": 1.0, "v2": -2.0},
        "One dead unit": {"w11": -1.0, "w21": -1.0, "w12": -1.0, "w22": 1.0},
    }
    panels = (
        ("Output over the input plane", "$x_1$", "$x_2$", SQUARE, SQUARE),
        ("The plane is folded", "$x_1 \\to z_1 \\to h_1$", "$x_2 \\to z_2 \\to h_2$", _FOLDED, _FOLDED),
        ("Outputs", "", "", (0, 1), (0, 1)),
    )
    widths = (1.0, 1.0, 0.85)
    size = (780, 320)
    handles = (
        *_unit_handles(1), *_unit_handles(2),
        Handle(1, "line of the output", at=lambda s: on_line(*s["output line"], (0.5, 0.5), 0.5)
               if s["way"] == 2 else None,
               move=lambda s, x, y: {"c": bias_through(s["output line"][0], x, y) + s["middle"]}),
    )
    _COLUMNS = (0.12, 0.45, 0.8)
    _ROWS = (0.7, 0.54, 0.38, 0.22)

    def background(self, axes, values):
        axes[0].set_xticks([0, 1])
        axes[0].set_yticks([0, 1])
        axes[1].set_xticks([-1, 0, 1, 2])
        axes[1].set_yticks([-1, 0, 1, 2])
        axes[2].axis("off")
        for x, head in zip(self._COLUMNS, ("input", "target", "output"), strict=True):
            axes[2].text(x, 0.87, head, ha="center", color=style.DARK)
        axes[2].plot([-0.02, 1.02], [0.81, 0.81], color=style.GREY, linewidth=0.8, clip_on=False)

    def state(self, way, w21, w22, target, w11, w12, b1, b2, v1, v2, c):
        X, y = datasets.gate("XOR")
        if target != "XOR":
            y = (X[:, 0] - X[:, 1]).astype(int)
        W1, hidden_bias = np.array([[w11, w12], [w21, w22]]), np.array([b1, b2])
        params = [(W1, hidden_bias), (np.array([[v1], [v2]]), np.array([c]))]
        output = ops.mlp_forward(X, params, hidden="relu")[0].ravel()
        middle = 0.5 if target == "XOR" else 0.0

        def moved(points):
            z = points @ W1 + hidden_bias
            return (1 - way) * points + way * z if way <= 1 else (2 - way) * z + (way - 1) * ops.relu(z)

        ticks, fine = np.linspace(*SQUARE, 12), np.linspace(*SQUARE, 40)
        a, t = np.meshgrid(ticks, fine, indexing="ij")
        grid = np.concatenate([np.stack([a, t], axis=2), np.stack([t, a], axis=2)])  # (lines, points, 2)
        return {"X": X, "y": y, "target": target, "params": params, "output": output, "way": way, "middle": middle,
                "surface": dense.mlp_surface(params, SQUARE, SQUARE, 120, "relu", "identity"),
                "h": ops.relu(X @ W1 + hidden_bias), "places": moved(X), "folded": moved(grid),
                "output line": (np.array([v1, v2]), c - middle), "error": float(np.abs(output - y).max())}

    def layers(self, state):
        y, output, middle = state["y"], state["output"], state["middle"]
        W, b = state["params"][0]
        layers = [Image(0, state["surface"], 2 * middle - 1, 1, label="output"),
                  Line(0, *contour(state["surface"], SQUARE, SQUARE, middle), color=style.DARK,
                       label=f"output {middle:g}", ghost=True)]
        for k, (color, name, _) in enumerate(_UNITS):
            tip = _CENTER + _ARM * W[:, k]
            layers += [boundary(0, W[:, k], b[k], color=color, width=1.4, dash="dashed", label=f"fold of {name}",
                                key=name),
                       arrow(0, _CENTER, tip, 0.1, color, label=f"weights of {name}", key=name)]
        lines = np.pad(state["folded"], ((0, 0), (0, 1), (0, 0)), constant_values=np.nan).reshape(-1, 2)
        layers.append(Line(1, *lines.T, color=style.SKY, width=1, alpha=0.8))
        if state["way"] == 2:
            layers.append(boundary(1, *state["output line"], label=f"output {middle:g}"))
        for panel, points in ((0, state["X"]), (1, state["places"])):
            for value, color, marker in ((-1, style.PURPLE, "v"), (0, style.ORANGE, "s"), (1, style.BLUE, "o")):
                rows = np.flatnonzero(y == value)
                layers.append(Points(panel, *points[rows].T, color=color, marker=marker, size=13, edge=style.DARK,
                                     label=[f"target {value}, output {fixed(output[row])}" for row in rows],
                                     key=[f"row{row}" for row in rows]))
            layers.append(self._names(panel, points))
        for k, row in enumerate(self._ROWS):
            x = state["X"][k]
            fits = abs(output[k] - y[k]) < 0.5
            words = [f"({x[0]:.0f}, {x[1]:.0f})", fixed(y[k], 0), f"{fixed(output[k])}  {TICK[bool(fits)]}"]
            layers.append(Text(2, self._COLUMNS, [row] * 3, words, size=13, color=style.DARK if fits else style.RED,
                               bold=not fits, key=f"row{k}"))
        return layers

    @staticmethod
    def _names(panel, points) -> Text:
        """The inputs' names beside their points; points on one spot share a label."""
        spots: dict[tuple, list[str]] = {}
        for point, name in zip(points, ("00", "01", "10", "11"), strict=True):
            spots.setdefault(tuple(np.round(point, 2)), []).append(name)
        at = np.array(list(spots))
        if panel == 0:  # at the outer side, where no handle of a weight comes
            shift = [(0.3 if x > 0.5 else -0.3, 0.0) for x, _ in at]
        else:
            over = [any(abs(x - u) < 0.3 and 0 < y - v < 1.2 for u, v in at) for x, y in at]
            joined = [any(0 < u - x < 0.6 and abs(y - v) < 0.2 for u, v in at) for x, y in at]  # with the next name
            shift = [(-0.3, 0.0) if crowded else (0.0, 0.3 if long else -0.3)
                     for crowded, long in zip(over, joined, strict=True)]
        return Text(panel, *(at + shift).T, [", ".join(names) for names in spots.values()], size=12, bold=True)

    def caption(self, state):
        right = int(np.sum(np.abs(state["output"] - state["y"]) < 0.5))
        text = (f"{state['target']}: {right} of 4 outputs within 0.5 of their target, largest error "
                f"{fixed(state['error'])}.")
        if state["way"] < 2:
            stage = "the weights turn and squeeze it" if state["way"] <= 1 else "ReLU folds it along z = 0"
            return f"{text} In the middle the plane is on its way: {stage}."
        dead = [term(_UNITS[k][1], _UNITS[k][1]) for k in range(2) if not state["h"][:, k].any()]
        if dead:
            verb = "is" if len(dead) == 1 else "are"
            return f"{text} {' and '.join(dead)} {verb} 0 for all four inputs: dead."
        if state["error"] < 1e-9:
            text += " In the folded plane one straight line is enough."
        outside = [name for name, h in zip(("00", "01", "10", "11"), state["h"], strict=True) if h.max() > _FOLDED[1]]
        return f"{text} Outside the frame of the folded plane: {', '.join(outside)}." if outside else text

    def code(self):
        v = self.values
        labels = "" if v["target"] == "XOR" else "y = X[:, 0] - X[:, 1]\n"
        return ("import numpy as np\n\nfrom course_lib import datasets, ops\n\n"
                f'X, y = datasets.gate("XOR")\n{labels}'
                f"W1, b1 = np.array([[{v['w11']!r}, {v['w12']!r}], [{v['w21']!r}, {v['w22']!r}]]), "
                f"np.array([{v['b1']!r}, {v['b2']!r}])\n"
                f"W2, b2 = np.array([[{v['v1']!r}], [{v['v2']!r}]]), np.array([{v['c']!r}])\n"
                "h = ops.relu(X @ W1 + b1)\n"
                "output = (h @ W2 + b2).ravel()\n"
                "error = np.max(np.abs(output - y))")


_LIMITS = (-2.4, 2.4)
_OWN = "your own points"
_SETTINGS = {"hidden": "tanh", "loss": "bce", "init": 1.5}


def _surface(net):
    return dense.mlp_surface(net.weights, _LIMITS, _LIMITS, 100, "tanh", "sigmoid")


def _answers(panel, state) -> list:
    """The network's answers, its boundary, the dots, and rings round those it gets wrong."""
    X, wrong = state["X"], state["wrong"]
    return [Image(panel, state["surface"], label="probability of class 1"),
            Line(panel, *contour(state["surface"], _LIMITS, _LIMITS, 0.5), color=style.DARK, label="boundary",
                 ghost=True),
            *classes(panel, X, state["y"]),
            Points(panel, *X[wrong].T, color=style.RED, filled=False, size=20, key="wrong")]


def _judged(net, X, y) -> dict:
    """What a figure shows of a trained network."""
    wrong = (net.predict(X).ravel() >= 0.5) != y
    return {"X": X, "y": y, "surface": _surface(net), "wrong": wrong, "errors": int(wrong.sum())}


class HiddenUnits(Demo):
    """How many hidden units the overlapping dots need."""

    title = "How many hidden units do the dots need?"
    alt = ("First: forty dots of two classes that no straight line separates, the boundary of a trained network, and "
           "the line of each of its hidden units, dashed. Second: its loss against the epoch.")
    controls = (
        Slider("hidden", "Hidden units", 1, 8, 1, 1),
        Slider("epochs", "Epochs", 0, 2000, 20, 1500, play=True),
        Slider("lr", "Learning rate", -1.0, 1.0, 0.02, 3.0, log=True),
        Slider("start", "Random start", 0, 30, 1, 0, more=True),
        Menu("data", "Data", ("overlapping dots", _OWN), "overlapping dots", more=True),
        OwnPoints("points", "Your own points", 0, more=True, needs={"data": _OWN}),
    )
    presets = {"One unit": {"hidden": 1}, "Two units": {"hidden": 2}, "Eight units": {"hidden": 8}}
    panels = (
        ("Dots and boundary", "$x_1$", "$x_2$", _LIMITS, _LIMITS),
        ("Loss during training", "epoch", "loss (cross-entropy)", (0, 2000), (1e-4, 3)),
    )
    size = (760, 370)
    handles = (
        Handle(1, "the epoch", x="epochs", at=lambda s: (s["epochs"], s["loss"][-1]) if "loss" in s else None),
    )
    knobs = ("lr",)

    def background(self, axes, values):
        axes[1].set_yscale("log")
        axes[1].set_xticks(range(0, 2001, 500))

    def state(self, hidden, epochs, lr, start, data, points, turns=()):
        X, y = own_points(points) if data == _OWN else datasets.overlapping_dots(0)
        if not len(X):
            return {"X": X, "y": y}
        pieces = legs(epochs, {"lr": lr}, turns)
        net, loss = trained_in_legs(pieces, (2, hidden, 1), X, y, rng=start, **_SETTINGS)
        return _judged(net, X, y) | {"net": net, "loss": loss, "pieces": pieces, "hidden": hidden, "epochs": epochs,
                                     "own": data == _OWN}

    def layers(self, state):
        if not len(state["X"]):
            return [Text(0, 0, 0, "Under More choose a class, then click here.", size=13, box=True)]
        (W1, b1), _ = state["net"].weights
        lines = [boundary(0, w, b, color=style.GREY, width=1.3, dash="dashed", label=f"line of hidden unit {k}",
                          key="unit") for k, (w, b) in enumerate(zip(W1.T, b1, strict=True), 1)]
        image, edge, *rest = _answers(0, state)
        epochs, loss = np.arange(len(state["loss"])), state["loss"]
        return [image, *lines, edge, *rest, Line(1, epochs, loss, label="loss", key="loss", ghost=True),
                Points(1, epochs[-1], loss[-1], size=9, label="loss now", key="loss")]

    def caption(self, state):
        if not len(state["X"]):
            return ("No points yet. Under More choose a class, then click into the plane: the first point trains a "
                    "network.")
        units = "1 hidden unit" if state["hidden"] == 1 else f"{state['hidden']} hidden units"
        wrong = term(f"{state['errors']} of {len(state['y'])} dots wrong", "wrong")
        loss = term(f"loss {short(state['loss'][-1])}", "loss")
        text = f"{term(units, 'unit')}, {state['epochs']} epochs: {wrong}, {loss}."
        if state["hidden"] == 1 and not state["own"]:
            return f"{text} One unit draws one straight line, and no line makes fewer than 2 errors here."
        return text

    def code(self):
        v = self.values
        data = points_code(v["points"]) if v["data"] == _OWN else "X, y = datasets.overlapping_dots(0)"
        lines = ["import numpy as np", "", "from course_lib import datasets, dense", "", data]
        if self.current["y"].size:
            lines.append(training_code(self.current["pieces"], f"(2, {v['hidden']}, 1), X, y, loss='bce', init=1.5, "
                                       f"rng={v['start']}"))
            lines.append("errors = np.sum((run.predict(X).ravel() >= 0.5) != y)")
        return "\n".join(lines)


_RATES = 10.0 ** np.arange(-1.5, 1.51, 0.25)
_WIDTHS = range(1, 9)
_EPOCHS = 200


@lru_cache(maxsize=64)
def finished(start: int) -> np.ndarray:
    """The loss at the end of training for each number of hidden units (rows) and learning rate: (8, 13)."""
    X, y = datasets.overlapping_dots(0)
    return np.array([dense.sweep((2, hidden, 1), X, y, lrs=_RATES, epochs=_EPOCHS, rng=start, **_SETTINGS).loss[:, -1]
                     for hidden in _WIDTHS])


class LearningRateMap(Demo):
    """Each cell of a map is a finished training; a click replays it."""

    title = "A map of 104 finished trainings"
    alt = ("First: a map whose cells are trained networks, learning rate from left to right, hidden units upward, the "
           "stronger the color the larger the loss after 200 epochs; one cell is marked. Second: the dots and the "
           "boundary of the marked network.")
    controls = (
        Slider("epochs", "Epochs", 0, _EPOCHS, 2, _EPOCHS, play=True),
        Slider("start", "Random start", 0, 30, 1, 0),
        Slider("hidden", "Hidden units", 1, 8, 1, 4, more=True),
        Slider("lr", "Learning rate", -1.5, 1.5, 0.25, 10**0.5, log=True, more=True),
    )
    presets = {"Too slow": {"lr": 0.1}, "Good": {"lr": 10**0.5}, "Too fast": {"lr": 10.0}}
    panels = (
        ("Loss after 200 epochs, a cell a training", "log₁₀ of the learning rate", "hidden units", (-1.625, 1.625),
         (0.5, 8.5)),
        ("The training of the marked cell", "$x_1$", "$x_2$", _LIMITS, _LIMITS),
    )
    size = (760, 370)
    handles = (
        Handle(0, "the marked training", at=lambda s: (np.log10(s["lr"]), s["hidden"]),
               move=lambda s, x, y: {"lr": 10.0**x, "hidden": y}, click=True, replay=True),
    )

    def background(self, axes, values):
        axes[0].set_xticks([-1, 0, 1])
        axes[0].set_yticks(_WIDTHS)
        axes[0].grid(False)

    def state(self, epochs, start, hidden, lr):
        X, y = datasets.overlapping_dots(0)
        net = dense.train((2, hidden, 1), X, y, lr=lr, epochs=epochs, rng=start, **_SETTINGS)
        return _judged(net, X, y) | {"losses": finished(start), "loss": net.loss, "epochs": epochs, "hidden": hidden,
                                     "lr": lr}

    def layers(self, state):
        x, y = np.log10(state["lr"]), state["hidden"]
        return [Image(0, np.log10(state["losses"]), -3.5, 0.5, colors="heat", extent=(-1.625, 1.625, 0.5, 8.5),
                      smooth=False, log=True, label="loss"),
                Line(0, x + 0.125 * np.array([-1, 1, 1, -1, -1]), y + 0.5 * np.array([-1, -1, 1, 1, -1]),
                     color=style.RED, width=3, label="the marked training", key="cell"),
                *_answers(1, state)]

    def caption(self, state):
        units = "1 hidden unit" if state["hidden"] == 1 else f"{state['hidden']} hidden units"
        cell = term(f"{units}, learning rate {short(state['lr'])}", "cell")
        wrong = term(f"{state['errors']} of 40 dots wrong", "wrong")
        return (f"{cell}, {state['epochs']} epochs: {wrong}, loss {short(state['loss'][-1])}. Click a cell to see its "
                "training; the stronger its blue, the larger its loss.")

    def code(self):
        v = self.values
        return ("import numpy as np\n\nfrom course_lib import datasets, dense\n\n"
                "X, y = datasets.overlapping_dots(0)\n"
                f"settings = {{'loss': 'bce', 'init': 1.5, 'rng': {v['start']}}}\n"
                "rates = 10.0 ** np.arange(-1.5, 1.51, 0.25)\n"
                f"sweeps = [dense.sweep((2, units, 1), X, y, lrs=rates, epochs={_EPOCHS}, **settings) "
                "for units in range(1, 9)]\n"
                "losses = np.array([sweep.loss[:, -1] for sweep in sweeps])\n"
                f"run = dense.train((2, {v['hidden']}, 1), X, y, lr={v['lr']!r}, epochs={v['epochs']}, **settings)\n"
                "loss = run.loss\n"
                "errors = np.sum((run.predict(X).ravel() >= 0.5) != y)")
