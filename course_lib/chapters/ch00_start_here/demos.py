"""The live figure of the start page: a network trained from scratch at every movement of a slider."""

import numpy as np

from course_lib import datasets, dense
from course_lib.chapters.shared import own_points, points_code, trained_in_legs, training_code
from course_lib.viz import style
from course_lib.viz.live import (
    Demo,
    Handle,
    Image,
    Line,
    Menu,
    OwnPoints,
    Points,
    Slider,
    Text,
    class_points,
    contour,
    legs,
    term,
)
from course_lib.viz.numbers import short

_POINTS = 150
_LIMITS = (-2.6, 2.6)
_SURFACE = 100
_OWN = "your own points"
_MAKE = {"two moons": "moons({n}, ", "rings": "circles({n}, ", "four clouds (XOR)": "xor_clouds({n}, ",
         "spirals": "spiral({n}, classes=2, "}


def _data(name: str, noise: float, seed: int, points=()):
    """Two classes, centered and scaled so that every data set fills the same square; or the reader's own."""
    if name == _OWN:
        return own_points(points)
    make = {"two moons": datasets.moons, "rings": datasets.circles, "four clouds (XOR)": datasets.xor_clouds}
    if name == "spirals":
        X, y = datasets.spiral(_POINTS, classes=2, noise=noise, rng=seed)
    else:
        X, y = make[name](_POINTS, noise=noise, rng=seed)
    return datasets.standardize(X), y


class TrainANetwork(Demo):
    """Data, a network with one hidden layer, its boundary and its loss; every tick trains anew."""

    title = "Train a network"
    alt = ("First: points of two classes and the boundary of a network with one hidden layer, blue where it answers "
           "class 1, orange where it answers class 0. Second: the loss against the epoch.")
    controls = (
        Slider("hidden", "Hidden units", 1, 12, 1, 6),
        Slider("lr", "Learning rate", -2.0, 0.5, 0.05, 0.3, log=True),
        Slider("epochs", "Epochs", 0, 1000, 10, 600, play=True),
        Menu("data", "Data", (*_MAKE, _OWN), "two moons", more=True),
        OwnPoints("points", "Your own points", 0, more=True, needs={"data": _OWN}),
        Slider("noise", "Noise", 0.0, 0.5, 0.01, 0.15, more=True),
        Slider("seed", "Random start", 0, 50, 1, 0, more=True),
    )
    presets = {
        "One unit: a straight line": {"hidden": 1},
        "Learning rate too large": {"lr": 1.0},
        "Too small": {"lr": 0.01},
        "Rings": {"data": "rings", "noise": 0.08},
        "Your own points": {"data": _OWN},
    }
    panels = (
        ("Points and answer of the network", "$x_1$", "$x_2$", _LIMITS, _LIMITS),
        ("Loss during training", "epoch", "loss (mean squared error)", (0, 1000), (2e-3, 5)),
    )
    size = (780, 380)
    handles = (
        Handle(1, "the epoch", x="epochs", at=lambda s: (s["epochs"], s["loss"][-1]) if "loss" in s else None),
    )
    knobs = ("lr",)

    def background(self, axes, values):
        axes[1].set_yscale("log")

    def state(self, data, hidden, lr, epochs, points, noise, seed, turns=()):
        X, y = _data(data, noise, seed, points)
        if not len(X):
            return {"X": X, "y": y}
        pieces = legs(epochs, {"lr": lr}, turns)
        net, loss = trained_in_legs(pieces, (2, hidden, 1), X, y, hidden="tanh", loss="mse", rng=seed)
        state = {"X": X, "y": y, "hidden": hidden, "epochs": epochs, "net": net, "loss": loss, "pieces": pieces}
        if net.diverged_at is None:
            right = (net.predict(X).ravel() >= 0.5) == y
            return state | {"surface": dense.mlp_surface(net.weights, _LIMITS, _LIMITS, _SURFACE, "tanh", "identity"),
                            "accuracy": float(right.mean())}
        return state | {"end": int(np.argmin(np.isfinite(loss))), "rate": pieces[-1][2]["lr"],
                        "stable": None if turns else self._largest_stable(X, y, hidden, lr, seed)}

    @staticmethod
    def _largest_stable(X, y, hidden, lr, seed):
        """The largest of ten smaller rates with which the same start stays finite and ends below its first loss."""
        rates = lr * np.cumprod(np.full(10, 0.8))
        sweep = dense.sweep((2, hidden, 1), X, y, lrs=rates, hidden="tanh", loss="mse", epochs=100, rng=seed)
        good = np.flatnonzero(sweep.loss[:, -1] < sweep.loss[:, 0])  # False for NaN
        return float(rates[good[0]]) if len(good) else None

    def layers(self, state):
        X, y = state["X"], state["y"]
        if not len(X):
            return [Text(0, 0, 0, "Under More choose a class, then click here.", size=13, box=True)]
        layers = []
        if "surface" in state:
            layers = [Image(0, state["surface"], label="answer of the network"),
                      Line(0, *contour(state["surface"], _LIMITS, _LIMITS, 0.5), color=style.DARK, ghost=True,
                           label="boundary: answer 0.5")]
        layers += class_points(0, X, y, "class {}", size=8)
        shown = state["loss"][np.isfinite(state["loss"])]
        layers.append(Line(1, np.arange(len(shown)), shown, width=2.4, ghost=True, label="loss", key="loss"))
        if "surface" in state:
            layers.append(Points(1, len(shown) - 1, shown[-1], size=9, label="loss now", key="loss"))
        else:
            layers.append(Text(0, 0, -2.3, "no boundary: the weights are no longer numbers", color=style.RED, box=True))
            layers.append(Text(1, 500, 2.5, f"diverged in epoch {state['end']}", color=style.RED, size=13))
        return layers

    def caption(self, state):
        if not len(state["X"]):
            return ("No points yet. Under More choose a class, then click into the plane: the first point trains a "
                    "network.")
        units = "1 hidden unit" if state["hidden"] == 1 else f"{state['hidden']} hidden units"
        loss, count = state["loss"], len(state["y"])
        if "surface" in state:
            points = "1 point" if count == 1 else f"{count} points"
            return (f"{units}, {state['epochs']} epochs: {100 * state['accuracy']:.0f} % of {points} right, "
                    f"loss {loss[0]:.3f} at the start, {term(f'{short(loss[-1])} now', 'loss')}.")
        text = (f"Diverged: with learning rate {state['rate']:.3g} each step overshoots, the loss grew from "
                f"{loss[0]:.2f} and left the range of numbers in epoch {state['end']}.")
        stable = state["stable"]
        return text if stable is None else f"{text} With the same start {stable:.2g} still goes down."

    def code(self):
        values = self.values
        if values["data"] == _OWN:
            data = points_code(values["points"])
        else:
            call = _MAKE[values["data"]].format(n=_POINTS)
            data = (f"X, y = datasets.{call}noise={values['noise']!r}, rng={values['seed']})\n"
                    "X = datasets.standardize(X)")
        lines = ["import numpy as np", "", "from course_lib import datasets, dense", "", data]
        if self.current["y"].size:
            lines.append(training_code(self.current["pieces"],
                                       f"(2, {values['hidden']}, 1), X, y, rng={values['seed']}"))
            lines.append("accuracy = np.mean((run.predict(X).ravel() >= 0.5) == y)")
        return "\n".join(lines)
