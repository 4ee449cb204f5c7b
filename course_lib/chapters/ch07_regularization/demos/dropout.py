"""Live figure of chapter 07: units that a step leaves out."""

from functools import lru_cache

import numpy as np

from course_lib import datasets, dense
from course_lib.viz import style
from course_lib.viz.figures import legend
from course_lib.viz.live import Bars, Demo, Handle, Line, Menu, Points, Slider, Text, term
from course_lib.viz.numbers import fixed, short

_UNITS, _POINTS, _STEPS = 8, 20, 200


class DropoutMasks(Demo):
    """The very masks that trained a network, step by step, and the mean of what its hidden layer gives on."""

    title = "Units are switched off, the mean stays"
    alt = ("First: a network of two inputs and eight hidden units, those that this step dropped are empty and without "
           "lines. Second: mean output of the hidden layer in training, one dot a step, and in a test with the same "
           "weights. Third: both means over all steps so far as bars of equal height.")
    controls = (
        Slider("rate", "Share dropped p", 0.1, 0.8, 0.05, 0.5),
        Slider("step", "Step", 1, _STEPS, 1, _STEPS, play=True),
        Menu("scaling", "Scaling", ("inverted", "original"), "inverted"),
        Slider("sample", "Sample", 0, _POINTS - 1, 1, 0, more=True),
        Slider("start", "Random start", 0, 9, 1, 0, more=True),
    )
    presets = {
        "Half": {},
        "The first step": {"step": 1},
        "Original scaling": {"scaling": "original"},
        "One in ten": {"rate": 0.1},
        "Four in five": {"rate": 0.8},
    }
    panels = (
        ("This step, this sample", "", "", (0, 1), (0, 1)),
        ("Layer's mean for the sample", "step", "mean output", (-3, 203), (0, 1.6)),
        ("All so far", "", "mean output", (-0.6, 1.6), (0, 0.6)),
    )
    widths = (1.3, 1.1, 0.6)
    size = (860, 370)
    handles = (Handle(1, "the step", x="step", at=lambda s: (s["step"], min(s["train_curve"][-1], 1.57))),)
    _IN, _HIDDEN, _OUT = (0.06, (0.7, 0.3)), 0.48, (0.94, 0.5)
    _HEIGHTS = np.linspace(0.95, 0.05, _UNITS)

    def background(self, axes, values):
        axes[0].axis("off")
        axes[2].set_xticks([0, 1], ["training", "test"])
        axes[2].grid(axis="x", visible=False)
        legend(axes[1], {"training": {"color": style.ORANGE, "marker": "o", "markersize": 4, "linestyle": "none"},
                         "test, same weights": {"color": style.DARK}})

    @classmethod
    @lru_cache(maxsize=4)
    def _train(cls, rate, start):
        """Parameters before each step, (steps, P); the masks of the steps, and the outputs of the hidden layer without
        any mask, both (steps, points, units)."""
        X, y = datasets.moons(_POINTS, 0.1, 0)
        run = dense.train((2, _UNITS, 1), X, y, hidden="relu", loss="bce", rule="adam", lr=0.05, epochs=_STEPS,
                          snapshots=_STEPS + 1, dropout=rate, init="he_normal", rng=start)
        params = run.snapshots[:-1]
        W, b = params[:, : 2 * _UNITS].reshape(-1, 2, _UNITS), params[:, 2 * _UNITS : 3 * _UNITS]
        masks = np.array([run.dropout_masks(step)[0] for step in range(1, _STEPS + 1)])
        return params, masks, np.maximum(X @ W + b[:, None], 0)

    def state(self, rate, step, scaling, sample, start):
        params, masks, x = self._train(rate, start)
        in_training, in_test = (1 / (1 - rate), 1.0) if scaling == "inverted" else (1.0, 1 - rate)
        train, test = in_training * (x * masks)[:step], in_test * x[:step]
        return {"rate": rate, "step": step, "scaling": scaling, "sample": sample,
                "net": dense.unpack(params[step - 1], (2, _UNITS, 1)), "on": masks[step - 1, sample],
                "outputs": train[-1, sample], "train_curve": train[:, sample].mean(axis=1),
                "test_curve": test[:, sample].mean(axis=1), "means": np.array([train.mean(), test.mean()]),
                "kept": float(masks[:step].mean())}

    def _lines(self, state):
        """The weights as lines: blue positive, orange negative, the thicker the larger; none at a unit that is off."""
        (W, _), (w, _) = state["net"]
        ends = [(self._IN[0], height, self._HIDDEN, unit, W[i, j]) for i, height in enumerate(self._IN[1])
                for j, unit in enumerate(self._HEIGHTS) if state["on"][j]]
        ends += [(self._HIDDEN, unit, *self._OUT, w[j, 0]) for j, unit in enumerate(self._HEIGHTS) if state["on"][j]]
        return [Line(0, [x0, x1], [y0, y1], color=style.BLUE if value >= 0 else style.ORANGE,
                     width=float(np.clip(1.6 * abs(value), 0.6, 6)), alpha=0.8, label=f"weight {fixed(value)}")
                for x0, y0, x1, y1, value in ends]

    def layers(self, state):
        on, step = state["on"], state["step"]
        steps, seen = np.arange(1, step + 1), np.minimum(state["train_curve"], 1.57)  # inside the panel
        words = [f"unit {j + 1}: {fixed(value)}" if kept else f"unit {j + 1}: off"
                 for j, (kept, value) in enumerate(zip(on, state["outputs"], strict=True))]
        middle = np.full(_UNITS, self._HIDDEN)
        layers = [
            *self._lines(state),
            Points(0, [self._IN[0]] * 2, self._IN[1], color=style.GREEN, size=22, label=["input x₁", "input x₂"]),
            Points(0, *self._OUT, color=style.PURPLE, size=22, label="output"),
            Text(0, [self._IN[0]] * 2 + [self._OUT[0]], [0.61, 0.21, 0.41], ["x₁", "x₂", "output"], size=12),
            # the plate begins at the circle: a piece of a line between the two would be read as a minus
            Text(0, middle + 0.056, self._HEIGHTS, [f"\u00a0\u00a0{fixed(value) if kept else 'off'}" for kept, value in
                                                     zip(on, state["outputs"], strict=True)], size=12, ha="left",
                 box=True),
            Points(0, middle[~on], self._HEIGHTS[~on], color=style.GREY, size=22, filled=False, key="off",
                   label=[word for word, kept in zip(words, on, strict=True) if not kept]),
            Points(0, middle[on], self._HEIGHTS[on], color=style.BLUE, size=22,
                   label=[word for word, kept in zip(words, on, strict=True) if kept]),
            Points(1, steps, seen, color=style.ORANGE, size=5, label="training", key="train"),
            Line(1, steps, state["test_curve"], color=style.DARK, width=2, label="test, same weights", key="test"),
            Points(1, step, seen[-1], color=style.ORANGE, size=11, edge=style.DARK, label="training", key="train"),
        ]
        return [*layers,
                Bars(2, [0, 1], state["means"], color=(style.ORANGE, style.GREY), width=0.7, key=["train", "test"],
                     label=["mean in training", "mean in a test"]),
                Text(2, [0, 1], state["means"] + 0.025, [fixed(value, 3) for value in state["means"]], size=12)]

    def caption(self, state):
        off = int(_UNITS - state["on"].sum())
        count = term(f"{off} of {_UNITS} units off", "off") if off else "no unit off"
        (in_training, in_test), factor = state["means"], short(1 - state["rate"], 2)
        train, test = term(f"training {fixed(in_training, 3)}", "train"), term(f"test {fixed(in_test, 3)}", "test")
        scaling = (f"Inverted, divided by {factor} in training" if state["scaling"] == "inverted" else
                   f"Original, times {factor} in a test")
        steps = "1 step" if state["step"] == 1 else f"{state['step']} steps"
        return (f"p = {short(state['rate'], 2)}, step {state['step']}, sample {state['sample']}: {count}. {scaling}; "
                f"mean over {_POINTS} samples and {steps}: {train}, {test}.")

    def code(self):
        v = self.values
        train, test = ((f"x * mask / (1 - {v['rate']!r})", "x") if v["scaling"] == "inverted" else
                       ("x * mask", f"(1 - {v['rate']!r}) * x"))
        return "\n".join([
            "import numpy as np", "from course_lib import datasets, dense", "",
            f"X, y = datasets.moons({_POINTS}, 0.1, 0)",
            f'run = dense.train((2, {_UNITS}, 1), X, y, hidden="relu", loss="bce", rule="adam", lr=0.05, '
            f'dropout={v["rate"]!r},',
            f'                  epochs={_STEPS}, snapshots={_STEPS + 1}, init="he_normal", rng={v["start"]})',
            "pairs = []",
            f"for number in range(1, {v['step'] + 1}):",
            "    (W, b), _ = dense.unpack(run.snapshots[number - 1], run.sizes)  # before the step",
            "    x, mask = np.maximum(X @ W + b, 0), run.dropout_masks(number)[0]",
            f"    pairs.append((np.mean({train}), np.mean({test})))",
            "means = np.mean(pairs, axis=0)",
            "print(means)",
        ])
