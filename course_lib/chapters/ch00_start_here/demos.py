"""The live figure of the start page: a network trained from scratch at every movement of a slider."""

import numpy as np

from course_lib import datasets, dense
from course_lib.viz import style
from course_lib.viz.live import Demo, Image, Line, Menu, Points, Slider, Text, contour

_POINTS = 150
_LIMIT = 2.6
_SURFACE = 100


def _data(name: str, noise: float, seed: int):
    """Two classes, centered and scaled so that every data set fills the same square."""
    make = {"two moons": datasets.moons, "rings": datasets.circles, "four clouds (XOR)": datasets.xor_clouds}
    if name == "spirals":
        X, y = datasets.spiral(_POINTS, classes=2, noise=noise, rng=seed)
    else:
        X, y = make[name](_POINTS, noise=noise, rng=seed)
    return datasets.standardize(X), y


class TrainANetwork(Demo):
    """Data, a network with one hidden layer, its boundary and its loss; every tick trains anew."""

    title = "Train a network"
    alt = ("Left: points of two classes and the boundary of a network with one hidden layer, blue where it answers "
           "class 1, orange where it answers class 0. Right: the loss against the epoch.")
    controls = (
        Menu("data", "Data", ("two moons", "rings", "four clouds (XOR)", "spirals"), "two moons"),
        Slider("hidden", "Hidden units", 1, 12, 1, 6),
        Slider("lr", "Learning rate", -2.0, 0.5, 0.05, 0.3, log=True),
        Slider("epochs", "Epochs", 0, 1000, 10, 600, play=True),
        Slider("noise", "Noise", 0.0, 0.5, 0.01, 0.15),
        Slider("seed", "Random start", 0, 50, 1, 0),
    )
    presets = {
        "One unit: a straight line": {"hidden": 1},
        "Learning rate too large": {"lr": 1.0},
        "Too small": {"lr": 0.01},
        "Rings": {"data": "rings", "noise": 0.08},
    }
    panels = (
        ("Points and answer of the network", "$x_1$", "$x_2$", (-_LIMIT, _LIMIT), (-_LIMIT, _LIMIT)),
        ("Loss during training", "epoch", "loss (mean squared error)", (0, 1000), (3e-3, 30)),
    )
    size = (780, 380)

    def background(self, axes, values):
        axes[1].set_yscale("log")

    def state(self, data, hidden, lr, epochs, noise, seed):
        X, y = _data(data, noise, seed)
        run = self._train(X, y, hidden, lr, epochs, seed)
        state = {"X": X, "y": y, "hidden": hidden, "lr": lr, "epochs": epochs, "run": run, "loss": run.loss}
        if run.diverged_at is None:
            right = (run.predict(X).ravel() >= 0.5) == y
            limits = (-_LIMIT, _LIMIT)
            return state | {"surface": dense.mlp_surface(run.weights, limits, limits, _SURFACE, "tanh", "identity"),
                            "accuracy": float(right.mean())}
        return state | {"stable": self._largest_stable(X, y, hidden, lr, seed)}

    @staticmethod
    def _train(X, y, hidden, lr, epochs, seed):
        return dense.train((2, hidden, 1), X, y, hidden="tanh", loss="mse", lr=lr, epochs=epochs, rng=seed)

    @staticmethod
    def _largest_stable(X, y, hidden, lr, seed):
        """The largest of ten smaller rates with which the same start stays finite and ends below its first loss."""
        rates = lr * 0.8 ** np.arange(1, 11)
        sweep = dense.sweep((2, hidden, 1), X, y, lrs=rates, hidden="tanh", loss="mse", epochs=100, rng=seed)
        good = np.flatnonzero(sweep.loss[:, -1] < sweep.loss[:, 0])  # False for NaN
        return float(rates[good[0]]) if len(good) else None

    def layers(self, state):
        X, y, loss = state["X"], state["y"], state["loss"]
        limits = (-_LIMIT, _LIMIT)
        layers = []
        if "surface" in state:
            layers = [Image(0, state["surface"]),
                      Line(0, *contour(state["surface"], limits, limits, 0.5), color=style.DARK)]
        for label, color, marker in ((0, style.ORANGE, "s"), (1, style.BLUE, "o")):
            layers.append(Points(0, *X[y == label].T, color=color, marker=marker, size=8, edge="white"))
        shown = loss[np.isfinite(loss)]
        layers.append(Line(1, np.arange(len(shown)), shown, width=2.4))
        if "surface" in state:
            layers.append(Points(1, len(shown) - 1, shown[-1], size=9))
        else:
            layers.append(Text(0, 0, -2.3, "no boundary: the weights are no longer numbers", color=style.RED, box=True))
            layers.append(Text(1, 500, 10, f"diverged in epoch {state['run'].diverged_at}", color=style.RED, size=13))
        return layers

    def caption(self, state):
        units = "1 hidden unit" if state["hidden"] == 1 else f"{state['hidden']} hidden units"
        loss = state["loss"]
        if "surface" in state:
            return (f"{units}, {state['epochs']} epochs: {100 * state['accuracy']:.0f} % of {len(state['y'])} points "
                    f"right, loss {loss[0]:.3f} at the start, {loss[-1]:.4f} now.")
        end = state["run"].diverged_at
        text = (f"Diverged: with learning rate {state['lr']:.3g} each step overshoots, the loss grew from "
                f"{loss[0]:.2f} and left the range of numbers in epoch {end}.")
        stable = state["stable"]
        return text if stable is None else f"{text} With the same start {stable:.2g} still goes down."
