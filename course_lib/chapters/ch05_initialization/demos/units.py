"""Live figures of chapter 05: two equal units, and scores under the sigmoid."""

from functools import cache, lru_cache
from itertools import pairwise

import numpy as np

from course_lib import datasets, dense, ops
from course_lib.viz import style
from course_lib.viz.live import Bars, Demo, Handle, Image, Line, Menu, Slider, Text, class_points, contour, term
from course_lib.viz.numbers import short


def _apart(values, gap) -> np.ndarray:
    """The values, moved upwards where two are nearer than the gap."""
    places, order = np.array(values, dtype=np.float64), np.argsort(values)
    for low, high in pairwise(order):
        places[high] = max(places[high], places[low] + gap)
    return places


class TwinUnits(Demo):
    """Two hidden units from equal, nearly equal and random starts, and changes that leave the function as it is."""

    title = "Units that begin equal stay equal"
    alt = ("First: the four weights of each of two hidden units against the step, unit 1 solid blue, unit 2 dashed "
           "orange; from equal starts the lines lie on each other. Second: the points of two half moons and the "
           "probability that the net gives.")
    _SWAP, _TURN = "swap the units", "turn the signs of unit 1"
    _STEPS, _EVERY, _X, _Y = 1000, 10, (-1.6, 2.6), (-1.1, 1.6)
    _LETTERS = ("w₁", "w₂", "b", "v")
    controls = (
        Menu("start", "Start", ("equal", "zero", "nearly equal", "random"), "equal"),
        Slider("step", "Step", 0, _STEPS, _EVERY, _STEPS, play=True),
        Menu("change", "Then", ("none", _SWAP, _TURN), "none"),
        Slider("lr", "Learning rate", -1.5, 0.5, 0.1, 1.0, log=True, more=True),
    )
    presets = {
        "Equal": {},
        "Zero": {"start": "zero"},
        "Nearly equal": {"start": "nearly equal"},
        "Random": {"start": "random"},
        "Random, swapped": {"start": "random", "change": _SWAP},
        "Random, signs turned": {"start": "random", "change": _TURN},
    }
    panels = (
        ("Weights of the two hidden units", "step", "weight", (-20, 1290), (-5.5, 5.5)),
        ("What the net computes", "$x_1$", "$x_2$", _X, _Y),
    )
    widths = (1.25, 1.0)
    size = (840, 370)
    background_depends = ("start",)
    handles = (Handle(0, "step", x="step", at=lambda s: (s["step"], -0.93 * TwinUnits._most(s["start"]))),)

    @staticmethod
    def _most(start) -> float:
        """The end of the axis of the weights."""
        return 14.0 if start == "random" else 5.5

    def background(self, axes, values):
        axes[0].set_ylim(-self._most(values["start"]), self._most(values["start"]))
        axes[0].axhline(0, color=style.GREY, linewidth=0.8)

    @staticmethod
    @cache
    def _points():
        """Half moons of 50 and of 30 points: without the end of one of them nothing is symmetric."""
        X, y = datasets.moons(100, 0.15, rng=0)
        return X[:80], y[:80]

    @staticmethod
    def _first(start) -> list:
        """[(W, b), (v, c)] of the 2-2-1 net."""
        if start == "random":
            return dense.unpack(dense.init_params((2, 2, 1), 23), (2, 2, 1))
        W, v = np.full((2, 2), 0.0 if start == "zero" else 0.5), np.full((2, 1), 0.0 if start == "zero" else 0.5)
        if start == "nearly equal":
            W[0, 1] += 0.01
        return [(W, np.zeros(2)), (v, np.zeros(1))]

    @staticmethod
    @lru_cache(maxsize=32)
    def _run(start, lr):
        return dense.train((2, 2, 1), *TwinUnits._points(), loss="bce", lr=lr, epochs=TwinUnits._STEPS,
                           params=TwinUnits._first(start), snapshots=TwinUnits._STEPS // TwinUnits._EVERY + 1)

    @classmethod
    def _changed(cls, units, change):
        """(steps, 4, 2) the weights of both units, after the change."""
        if change == cls._SWAP:
            return units[:, :, ::-1]
        return units * [-1, 1] if change == cls._TURN else units

    @staticmethod
    def _net(units, c) -> list:
        """The network of the weights (4, 2) of its units and the last bias."""
        return [(units[:2], units[2]), (units[3][:, None], c)]

    def state(self, start, step, change, lr):
        run = self._run(start, lr)
        kept = run.snapshots[: step // self._EVERY + 1]
        units = kept[:, :8].reshape(-1, 4, 2)  # w1, w2, b, v: rows; the units: columns
        shown = self._changed(units, change)
        before, after = (dense.mlp_surface(self._net(each[-1], kept[-1][8:]), self._X, self._Y, 70, "tanh", "sigmoid")
                         for each in (units, shown))
        return {"start": start, "step": step, "change": change, "lines": shown, "weights": shown[-1],
                "loss": run.loss[step], "first": run.loss[0], "apart": float(np.abs(units[-1] @ [1, -1]).max()),
                "moved": float(np.abs(units[-1] - units[0]).max()), "surface": after,
                "difference": float(np.abs(before - after).max())}

    def layers(self, state):
        steps = np.arange(0, state["step"] + 1, self._EVERY)
        layers = [Image(1, state["surface"], label="probability of class 1"),
                  Line(1, *contour(state["surface"], self._X, self._Y, 0.5), color=style.DARK, label="boundary")]
        layers += class_points(1, *self._points(), size=7, edge=style.DARK)
        most = self._most(state["start"])
        lines = np.clip(state["lines"], -0.97 * most, 0.97 * most)
        looks = ((style.BLUE, "solid", 4.5, 70), (style.ORANGE, "dashed", 2.2, 210))
        for unit, (color, dash, width, right) in enumerate(looks):
            for letter, line in zip(self._LETTERS, lines[:, :, unit].T, strict=True):
                layers.append(Line(0, steps, line, color=color, dash=dash, width=width, key=f"unit {unit + 1}",
                                   label=f"{letter} of unit {unit + 1}"))
            layers.append(Text(0, np.full(4, state["step"] + right), _apart(lines[-1, :, unit], 0.11 * most),
                               list(self._LETTERS), color=style.for_text(color), size=12, key=f"unit {unit + 1}"))
            y = (0.9, 0.76)[unit] * most
            layers += [Line(0, [0, 130], [y, y], color=color, dash=dash, width=width, key=f"unit {unit + 1}"),
                       Text(0, 160, y, f"unit {unit + 1}", ha="left", size=12, box=True, key=f"unit {unit + 1}")]
        return layers

    def caption(self, state):
        one, two = term("unit 1", "unit 1"), term("unit 2", "unit 2")
        if state["apart"] == 0 and state["moved"] == 0 and state["step"]:
            said = f"no weight of {one} or {two} has moved; only the last bias learns"
        elif state["apart"] == 0:
            said = f"the weights of {one} and {two} are equal to the last digit"
            said += f", and have moved by up to {short(state['moved'])}" if state["step"] else ""
        else:
            said = f"the weights of {one} and {two} differ by up to {short(state['apart'])}"
        text = (f"Start {state['start']}, step {state['step']}: loss {short(state['first'])} → "
                f"{short(state['loss'])}; {said}.")
        if state["change"] == "none":
            return text
        done = "units swapped" if state["change"] == self._SWAP else "signs of unit 1 turned"
        much = "0" if state["difference"] == 0 else short(state["difference"], 1)
        return f"{text} With {done} (shown) the output changes by at most {much}: the same function."

    def code(self):
        at = self.values
        first = {"equal": ["W, v = np.full((2, 2), 0.5), np.full((2, 1), 0.5)"],
                 "zero": ["W, v = np.zeros((2, 2)), np.zeros((2, 1))"],
                 "nearly equal": ["W, v = np.full((2, 2), 0.5), np.full((2, 1), 0.5)", "W[0, 1] += 0.01"],
                 "random": ["(W, _), (v, _) = dense.unpack(dense.init_params((2, 2, 1), 23), (2, 2, 1))"]}
        changes = {"none": [], self._SWAP: ["weights = weights[:, ::-1]"], self._TURN: ["weights = weights * [-1, 1]"]}
        return "\n".join([
            "import numpy as np", "from course_lib import datasets, dense", "",
            "X, y = (each[:80] for each in datasets.moons(100, 0.15, rng=0))", *first[at["start"]],
            "run = dense.train((2, 2, 1), X, y, loss=\"bce\", "
            f"lr={at['lr']}, epochs={at['step']},", "                  params=[(W, np.zeros(2)), (v, np.zeros(1))])",
            "(W, b), (v, c) = run.weights",
            "weights = np.vstack([W, b, v.T])  # a column for each unit", *changes[at["change"]],
            "loss = run.loss[-1]", "print(weights, loss)",
        ])


class SigmoidRange(Demo):
    """The scores of one layer under the sigmoid, for any spread and number of inputs."""

    title = "Small scores see a straight line, large ones a flat one"
    alt = ("First: the sigmoid and under it a histogram of the scores of 100 units on 500 images, those with a slope "
           "below 0.05 in orange. Second: a histogram of the slopes at these scores. With large weights most units "
           "are saturated.")
    closed_form = "sigmoid"
    _UNITS, _Z, _EDGE = 100, (-10, 10), float(np.log((1 + np.sqrt(0.8)) / (1 - np.sqrt(0.8))))  # s(1 - s) = 0.05
    controls = (
        Slider("sd", "Spread of the weights", -2.5, 0.5, 0.02, float(0.5 / np.sqrt(3)), log=True, ticks=(0.01, 0.1, 1)),
        Slider("fan_in", "Fan-in (pixels)", 16, 784, 16, 784),
        Slider("seed", "Random draw", 0, 30, 1, 0, more=True),
    )
    presets = {
        "U(−0.5, 0.5), 784 pixels": {},
        "U(−0.5, 0.5), 64 pixels": {"fan_in": 64},
        "LeCun, 784 pixels": {"sd": 1 / 28},
        "Linear regime": {"sd": 0.01},
        "Saturated": {"sd": 2.0},
    }
    panels = (
        ("Scores under the sigmoid", "score z", "σ(z); tallest bar = 1", _Z, (0, 1.04)),
        ("Slopes at these scores", "slope σ′(z)", "share of the scores", (0, 0.25), (0, 1.08)),
    )
    size = (800, 360)
    _BINS, _SLOPES = np.linspace(*_Z, 81), np.linspace(0, 0.25, 6)

    def background(self, axes, values):
        z = np.linspace(*self._Z, 201)
        axes[0].plot(z, ops.sigmoid(z), color=style.DARK, linewidth=1.8)
        for edge in (-self._EDGE, self._EDGE):
            axes[0].axvline(edge, color=style.GREY, linewidth=0.9, linestyle="--")
        axes[1].axvline(0.05, color=style.GREY, linewidth=0.9, linestyle="--")

    @staticmethod
    @cache
    def _pixels():
        return datasets.digits28().X_train.reshape(-1, 784)[:500] / 255

    def state(self, sd, fan_in, seed):
        chosen = np.sort(np.random.default_rng(seed).permutation(784)[:fan_in])
        X, r = self._pixels()[:, chosen], sd * np.sqrt(3)
        z = X @ np.random.default_rng(seed).uniform(-r, r, (fan_in, self._UNITS))
        slope = ops.sigmoid(z)
        slope = slope * (1 - slope)
        return {"sd": sd, "fan_in": fan_in, "spread": float(z.std()), "saturated": float(np.mean(slope < 0.05)),
                "predicted": float(sd * np.sqrt(fan_in * np.mean(X**2))), "outside": float(np.mean(np.abs(z) > 10)),
                "scores": np.histogram(z, self._BINS)[0] / z.size,
                "slopes": np.histogram(slope, self._SLOPES)[0] / z.size}

    def layers(self, state):
        middle = (self._BINS[1:] + self._BINS[:-1]) / 2
        heights = state["scores"] / max(state["scores"].max(), 1e-9)
        flat, flat_slopes = np.abs(middle) > self._EDGE, self._SLOPES[1:] < 0.0501
        places = (self._SLOPES[1:] + self._SLOPES[:-1]) / 2
        layers = []
        for name, label, color, where, low in (("bends", "slope at least 0.05", style.BLUE, ~flat, ~flat_slopes),
                                               ("flat", "saturated", style.ORANGE, flat, flat_slopes)):
            layers += [Bars(0, middle[where], heights[where], color=color, width=0.23, alpha=0.55, label=label,
                            key=name),
                       Bars(1, places[low], state["slopes"][low], color=color, width=0.046, alpha=0.7, label=label,
                            key=name)]
        words = [f"{100 * share:.0f} %" for share in state["slopes"]]
        return [*layers, Text(1, places, state["slopes"] + 0.04, words, size=13)]

    def caption(self, state):
        share = term(f"{100 * state['saturated']:.0f} % are saturated, with a slope below 0.05", "flat")
        text = (f"Fan-in {state['fan_in']}, weights of spread {short(state['sd'])}: scores of spread "
                f"{short(state['spread'])}, by (5.4) {short(state['predicted'])}. Of 50,000 scores under the sigmoid, "
                f"{share}.")
        out = state["outside"]
        return text + (f" {100 * out:.0f} % lie beyond ±10, outside the left picture." if out >= 0.005 else "")

    def code(self):
        at = self.values
        return "\n".join([
            "import numpy as np", "from course_lib import datasets, ops", "",
            "X = datasets.digits28().X_train.reshape(-1, 784)[:500] / 255",
            f"X = X[:, np.sort(np.random.default_rng({at['seed']}).permutation(784)[:{at['fan_in']}])]",
            f"r = {at['sd']} * np.sqrt(3)  # the spread of U(-r, r) is r / sqrt(3)",
            f"z = X @ np.random.default_rng({at['seed']}).uniform(-r, r, ({at['fan_in']}, 100))",
            "slope = ops.sigmoid(z) * (1 - ops.sigmoid(z))",
            "spread, saturated = z.std(), np.mean(slope < 0.05)",
            "print(spread, saturated)",
        ])
