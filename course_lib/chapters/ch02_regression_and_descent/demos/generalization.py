"""Live figures of chapter 02, first part: curves from a linear model, and how well they do on new data."""

from functools import cache, lru_cache
from typing import ClassVar

import numpy as np

from course_lib import datasets, dense, models, ops
from course_lib.viz import style
from course_lib.viz.live import Bars, Demo, Line, Menu, Points, Slider, Text
from course_lib.viz.numbers import fixed, short, signed

_T = np.linspace(-3, 3, 181)
_TARGETS = {
    "parabola": lambda x: 0.5 * x**2 + x + 2,
    "sine": lambda x: 3 + 2.5 * np.sin(1.5 * x),
    "jump": lambda x: 2 + 3.0 * (x >= 0),
}


def _powers(x, degree) -> np.ndarray:
    """Polynomial features of x in [-3, 3]; divided by 3 first, so that no power is far larger than another."""
    return ops.polynomial(np.asarray(x) / 3, degree)


def _sample(target, n, noise, rng):
    """n noisy points of the target: x (n,) uniform in [-3, 3] and y (n,)."""
    X, y = datasets.noisy_parabola(n, noise, rng)
    x = X[:, 0]
    return x, y - _TARGETS["parabola"](x) + _TARGETS[target](x)


def _rmse_marks(panel, x, train, validation) -> list:
    """Training and validation RMSE at one place, as a blue circle and an orange square."""
    return [Points(panel, x, train, color=style.BLUE, size=11, edge=style.DARK),
            Points(panel, x, validation, color=style.ORANGE, marker="s", size=11, edge=style.DARK)]


def _legend(ax, entries, loc="upper right", columns=1):
    for label, look in entries.items():
        ax.plot([], [], label=label, **look)
    ax.legend(loc=loc, ncols=columns, columnspacing=1.2, handlelength=1.8)


def _size(value) -> str:
    """An error in words: no noise of rounding, thousands in full."""
    return "0" if value < 1e-9 else f"{value:,.0f}" if 1000 <= value < 1e7 else short(value)


def _outside(panel, x, value, limits, below=0.0) -> list:
    """The number itself where a mark would lie outside the panel's limits; `below`: where to write a small one."""
    if limits[0] <= value <= limits[1]:
        return []
    place, arrow = (limits[1] * 0.75, "↑") if value > limits[1] else (below, "↓")
    return [Text(panel, x, place, f"{arrow} {_size(value)}", bold=True, box=True)]


_TRAIN = {"color": style.BLUE, "linestyle": "solid", "marker": "o"}
_VALIDATION = {"color": style.ORANGE, "linestyle": "dashed", "marker": "s"}
_NOISE = {"color": style.DARK, "linestyle": "dotted", "linewidth": 1.2}


class PolynomialFit(Demo):
    """Polynomials of degree 1 to 15."""

    title = "A curve from a linear model: polynomials"
    alt = ("Left: noisy points, the true curve dotted and the fitted polynomial. Right: training and validation error "
           "against the degree on a logarithmic axis; the training error only falls, the validation error falls and "
           "rises again.")
    DEGREES = np.arange(1, 16)
    controls = (
        Slider("degree", "Degree", 1, 15, 1, 2, play=True),
        Slider("n", "Training points", 3, 100, 1, 20),
        Slider("noise", "Noise σ", 0.0, 3.0, 0.1, 1.0),
        Slider("alpha", "Ridge penalty α (left: none)", -9.0, 1.0, 0.25, 1e-9, log=True),
        Menu("target", "True curve", tuple(_TARGETS), "parabola"),
        Slider("draw", "Draw of the points", 0, 30, 1, 2),
    )
    presets = {
        "Too simple": {"degree": 1},
        "Too flexible": {"degree": 14},
        "Interpolation": {"degree": 9, "n": 10},
        "More data": {"degree": 14, "n": 100},
        "Penalty": {"degree": 14, "alpha": 0.1},
        "Sine": {"target": "sine", "degree": 5, "n": 40},
    }
    panels = (
        ("Training points and fit", "x", "y", (-3.1, 3.1), (-3, 12)),
        ("Error against the degree", "degree", "RMSE", (0.5, 15.5), (0.01, 100)),
    )
    size = (800, 370)
    background_depends = ("target",)

    def background(self, axes, values):
        axes[0].plot(_T, _TARGETS[values["target"]](_T), **_NOISE)
        axes[1].set_yscale("log")
        axes[1].set_xticks(range(1, 16, 2))
        _legend(axes[1], {"training": _TRAIN, "validation": _VALIDATION, "noise σ": _NOISE}, "lower center", 3)

    def state(self, degree, n, noise, alpha, target, draw):
        x, y = _sample(target, n, noise, draw)
        x_new, y_new = _sample(target, 200, noise, 1000 + draw)
        alpha = 0.0 if alpha < 1.01e-9 else alpha
        errors, fits = [], {}
        for d in self.DEGREES:
            X, X_new, grid = datasets.standardize(*(_powers(v, d) for v in (x, x_new, _T)))
            model = models.Ridge(alpha).fit(X, y)
            errors.append((ops.rmse(model.predict(X), y), ops.rmse(model.predict(X_new), y_new)))
            fits[int(d)] = (model.predict(grid), float(np.abs(model.coef_).max()))
        fit, largest = fits[degree]
        train, validation = np.transpose(errors)
        return {"x": x, "y": y, "fit": fit, "largest": largest, "train": train, "validation": validation,
                "degree": degree, "n": n, "noise": noise, "alpha": alpha, "best": int(validation.argmin()) + 1}

    def layers(self, state):
        at = state["degree"] - 1
        low, high = self.panels[1][4]
        train, validation = np.maximum(state["train"], low / 10), state["validation"]
        return [
            Points(0, state["x"], state["y"], color=style.BLUE, size=7, edge=style.DARK),
            Line(0, _T, state["fit"], color=style.DARK, width=2.6),
            Line(1, [0.5, 15.5], [max(state["noise"], low)] * 2, color=style.DARK, width=1.2, dash="dotted"),
            Line(1, self.DEGREES, train, color=style.BLUE, width=2.2),
            Line(1, self.DEGREES, validation, color=style.ORANGE, width=2.2, dash="dashed"),
            Line(1, [state["degree"]] * 2, [low, high], color=style.GREY, width=1),
            *_rmse_marks(1, state["degree"], train[at], validation[at]),
            *_outside(1, min(max(state["degree"], 2), 14), validation[at], (low, high), 0.055),
            *_outside(1, min(max(state["degree"], 2), 14), state["train"][at], (low, high), 0.03),
        ]

    def caption(self, state):
        at, n = state["degree"] - 1, state["n"]
        train, validation = state["train"][at], state["validation"][at]
        penalty = f", α = {short(state['alpha'])}" if state["alpha"] else ""
        text = (f"Degree {state['degree']}, {n} points{penalty}: training RMSE "
                f"{_size(train)}, validation {_size(validation)}; lowest at degree "
                f"{state['best']} with {_size(state['validation'][state['best'] - 1])}. ")
        if state["alpha"] == 0 and state["degree"] >= n - 1:
            return (f"{text}{n} points and {state['degree'] + 1} coefficients: the curve meets every point, and fits "
                    "the noise with them.")
        if validation > 1.6 * train and state["degree"] > state["best"]:
            return f"{text}Over-fit: the gap is what the model learned from noise."
        if state["degree"] < state["best"] and validation > 1.2 * state["validation"].min():
            return f"{text}Under-fit: both errors are high, this curve is not bent enough."
        return f"{text}Largest coefficient {_size(state['largest'])}."


@lru_cache(maxsize=64)
def _bias_variance(target, n, noise, repeats) -> list[models.BiasVariance]:
    """Polynomials of every degree through the same training sets.

    With X1 = QR the columns of Q are polynomials of rising degree, each orthogonal to those before it. So the fit of
    degree d is the sum of the first d + 1 shares, and one factorization serves all degrees.
    """
    rng = np.random.default_rng(0)
    sets = [_sample(target, n, noise, rng) for _ in range(repeats)]
    at, top = BiasAndVariance.AT, int(BiasAndVariance.DEGREES[-1])
    Q, R = np.linalg.qr([ops.add_bias_column(_powers(x, top)) for x, _ in sets])
    shares = np.einsum("rnd,rn->rd", Q, [y for _, y in sets])
    columns = np.linalg.solve(R.swapaxes(1, 2), ops.add_bias_column(_powers(at, top)).T)  # those of Q at the places
    fits = np.cumsum(shares[:, :, None] * columns, axis=1)
    return [models.BiasVariance.of(fits[:, degree], _TARGETS[target](at)) for degree in BiasAndVariance.DEGREES]


class BiasAndVariance(Demo):
    """The two parts of the error."""

    title = "Bias and variance over many training sets"
    alt = ("Left: a bundle of polynomials, each fitted to another training set, their mean and the true curve. Middle: "
           "squared bias and variance against the degree on a logarithmic axis. Right: bars of squared bias, variance "
           "and noise for the chosen degree.")
    AT = np.linspace(-2.5, 2.5, 73)
    DEGREES = np.arange(1, 10)
    controls = (
        Slider("degree", "Degree", 1, 9, 1, 3, play=True),
        Slider("n", "Points in a training set", 15, 100, 1, 30),
        Slider("noise", "Noise σ", 0.1, 3.0, 0.1, 1.0),
        Slider("repeats", "Training sets", 10, 100, 5, 50),
        Menu("target", "True curve", ("sine", "parabola", "jump"), "sine"),
    )
    presets = {
        "Rigid": {"degree": 1},
        "About right": {"degree": 5},
        "Flexible": {"degree": 9},
        "Four times the data": {"degree": 9, "n": 100},
        "No bias left": {"target": "parabola", "degree": 2},
    }
    panels = (
        ("One curve a training set", "x", "y", (-2.5, 2.5), (-3, 9)),
        ("One falls, the other rises", "degree", "mean squared error", (0.5, 9.5), (1e-4, 1e4)),
        ("This degree", "", "share of the sum", (-0.6, 3.6), (0, 1.15)),
    )
    widths = (1.1, 1.1, 0.9)
    size = (830, 350)
    background_depends = ("target",)

    def background(self, axes, values):
        axes[1].set_yscale("log")
        axes[1].set_xticks(range(1, 10))
        axes[2].set_xticks(range(4), ["bias²", "var.", "σ²", "sum"])
        axes[2].set_yticks([])
        axes[2].grid(axis="x", visible=False)
        _legend(axes[1], {"bias²": {**_TRAIN}, "variance": {**_VALIDATION}, "sum with noise": {
            "color": style.DARK, "linestyle": "dashdot"}}, "upper left")

    def state(self, degree, n, noise, repeats, target):
        parts = _bias_variance(target, n, noise, repeats)
        now = parts[degree - 1]
        bias2, variance = (np.array([getattr(part, name) for part in parts]) for name in ("bias2", "variance"))
        total = bias2 + variance + noise**2
        return {"degree": degree, "n": n, "noise2": noise**2, "repeats": repeats, "fits": now.predictions,
                "truth": _TARGETS[target](self.AT), "bias2": bias2, "variance": variance, "total": total,
                "best": int(total.argmin()) + 1}

    def layers(self, state):
        fits = state["fits"][:60]
        at = state["degree"] - 1
        tall = np.column_stack([fits, np.full(len(fits), np.nan)])
        layers = [Line(0, np.tile(np.append(self.AT, np.nan), len(fits)), tall.ravel(), color=style.ORANGE, width=0.9,
                       alpha=0.4),
                  Line(0, self.AT, state["truth"], color=style.DARK, width=2.4, dash="dashed"),
                  Line(0, self.AT, state["fits"].mean(axis=0), color=style.BLUE, width=3),
                  Text(0, -2.4, -2.5, "thick: mean of the fits, dashed: truth", size=11, ha="left", box=True)]
        for name, color, dash, marker in (("total", style.DARK, "dashdot", "D"), ("bias2", style.BLUE, "solid", "o"),
                                          ("variance", style.ORANGE, "dashed", "s")):
            y = np.maximum(state[name], 1e-4)
            layers += [Line(1, self.DEGREES, y, color=color, width=2.2, dash=dash),
                       Points(1, state["degree"], y[at], color=color, marker=marker, size=11, edge=style.DARK)]
        values = [state["bias2"][at], state["variance"][at], state["noise2"], state["total"][at]]
        bases = [0, values[0], values[0] + values[1], 0]
        tops = [values[0], values[0] + values[1], values[3], values[3]]
        scale = values[3]  # the sum always fills the panel; the numbers stand on the bars
        layers += [Bars(2, np.arange(4), np.array(tops) / scale, base=np.array(bases) / scale, width=0.7,
                        color=[style.BLUE, style.ORANGE, style.GREY, style.DARK]),
                   Text(2, np.arange(4), np.array(tops) / scale + 0.05, [short(v, 2) for v in values], size=12)]
        return layers

    def caption(self, state):
        at = state["degree"] - 1
        bias2, variance = state["bias2"][at], state["variance"][at]
        text = (f"Degree {state['degree']}, {state['repeats']} training sets of {state['n']} points: {short(bias2)} "
                f"(bias²) + {short(variance)} (variance) + {short(state['noise2'])} (noise) = "
                f"{short(state['total'][at])}. ")
        larger = "Bias" if bias2 > variance else "Variance"
        chance = variance / state["repeats"]  # the mean of so many fits is itself off by this much
        if bias2 < 3 * chance and state["degree"] > state["best"]:
            return (f"{text}Variance is the larger part. Of the bias², about {short(chance, 2)} is chance: the mean of "
                    f"{state['repeats']} fits still varies.")
        if state["degree"] == state["best"]:
            return f"{text}The sum is smallest at this degree; {larger.lower()} is the larger part."
        return f"{text}{larger} is the larger part; the sum is smallest at degree {state['best']}."


class LearningCurves(Demo):
    """Error against the number of training points."""

    title = "Learning curves: more data, or a better model?"
    alt = ("Left: the training points used, the fitted polynomial and the true parabola. Right: training and "
           "validation error against the number of training points; the noise is a dotted line.")
    controls = (
        Slider("degree", "Degree", 1, 15, 1, 1),
        Slider("m", "Training points", 2, 100, 1, 30, play=True),
        Slider("noise", "Noise σ", 0.0, 3.0, 0.1, 1.0),
        Menu("shown", "Curve", ("this draw", "median of 10 draws"), "this draw"),
        Slider("draw", "Draw of the points", 0, 30, 1, 0),
    )
    presets = {
        "Degree 1: a plateau": {"degree": 1, "m": 80, "shown": "median of 10 draws"},
        "Degree 2: the truth": {"degree": 2, "m": 80, "shown": "median of 10 draws"},
        "Degree 10: a gap": {"degree": 10, "m": 30, "shown": "median of 10 draws"},
        "Degree 10, all data": {"degree": 10, "m": 100, "shown": "median of 10 draws"},
    }
    panels = (
        ("Fit to these points", "x", "y", (-3.1, 3.1), (-3, 12)),
        ("Error against training points", "training points", "RMSE", (-2, 103), (0, 4.5)),
    )
    size = (800, 370)
    SIZES = np.unique(np.r_[2:16, 16:40:3, 40:101:5, 100])

    def background(self, axes, values):
        axes[0].plot(_T, _TARGETS["parabola"](_T), **_NOISE)
        _legend(axes[1], {"training": _TRAIN, "validation": _VALIDATION, "noise σ": _NOISE}, "upper center", 3)

    @classmethod
    @lru_cache(maxsize=4096)
    def _curve(cls, degree, noise, draw):
        x, y = _sample("parabola", 100, noise, draw)
        x_new, y_new = _sample("parabola", 200, noise, 1000 + draw)
        return models.learning_curve(models.LinearRegression(), _powers(x, degree), y, _powers(x_new, degree), y_new,
                                     cls.SIZES)

    def state(self, degree, m, noise, shown, draw):
        x, y = _sample("parabola", 100, noise, draw)
        fit = models.LinearRegression().fit(_powers(x[:m], degree), y[:m])
        draws = [draw] if shown == "this draw" else range(10)
        curves = [self._curve(degree, noise, d) for d in draws]
        train, validation = (np.median([getattr(c, name) for c in curves], axis=0) for name in ("train", "validation"))
        here = [float(np.interp(m, self.SIZES, values)) for values in (train, validation)]
        return {"x": x[:m], "y": y[:m], "rest": (x[m:], y[m:]), "fit": fit.predict(_powers(_T, degree)),
                "train": train, "validation": validation, "here": here, "m": m, "degree": degree, "noise": noise,
                "median": len(draws) > 1}

    def layers(self, state):
        train, validation = state["here"]
        return [
            Points(0, *state["rest"], color=style.GREY, size=4, alpha=0.5),
            Points(0, state["x"], state["y"], color=style.BLUE, size=7, edge=style.DARK),
            Line(0, _T, state["fit"], color=style.DARK, width=2.6),
            Line(1, [0, 103], [state["noise"]] * 2, color=style.DARK, width=1.2, dash="dotted"),
            Line(1, self.SIZES, state["train"], color=style.BLUE, width=2.2),
            Line(1, self.SIZES, state["validation"], color=style.ORANGE, width=2.2, dash="dashed"),
            Line(1, [state["m"]] * 2, [0, 4.5], color=style.GREY, width=1),
            *_rmse_marks(1, state["m"], train, validation),
            *_outside(1, min(max(state["m"], 9), 94), validation, (0, 4.5)),
        ]

    def caption(self, state):
        train, validation = state["here"]
        many = " (median of 10 draws)" if state["median"] else ""
        text = (f"Degree {state['degree']}, {state['m']} points{many}: training RMSE {_size(train)}, "
                f"validation {_size(validation)}, noise {fixed(state['noise'], 1)}. ")
        if state["m"] <= state["degree"] + 1:
            return f"{text}No more points than coefficients: the curve meets them all and knows nothing else."
        if validation > 1.25 * train + 0.02:
            return f"{text}A wide gap: over-fit, more data will help."
        if train > 1.25 * state["noise"] + 0.1:
            return f"{text}Both curves meet high above the noise: under-fit, more data will not help."
        return f"{text}Both are near the noise: little is left to gain."


class GrowthWithData(Demo):
    """A small and a large model on growing data."""

    title = "A larger model wins with enough data"
    alt = ("Left: test accuracy of a small and a large network against the number of training digits on a logarithmic "
           "axis. Right: bars of the training and test accuracy of both at the chosen number.")
    SIZES = (20, 40, 80, 160, 320, 640, 1400)
    _SMALL: ClassVar = {"no hidden unit": 0, "2 hidden units": 2, "4 hidden units": 4, "8 hidden units": 8}
    _LARGE: ClassVar = {"16 hidden units": 16, "32 hidden units": 32, "64 hidden units": 64}
    _WRONG: ClassVar = {"all right": 0.0, "5 % wrong": 0.05, "20 % wrong": 0.2}
    controls = (
        Slider("n", "Training digits", 1.3, 3.15, 0.05, 320, log=True),
        Menu("small", "Small model", tuple(_SMALL), "no hidden unit"),
        Menu("large", "Large model", tuple(_LARGE), "64 hidden units"),
        Menu("labels", "Training labels", tuple(_WRONG), "5 % wrong"),
        Slider("start", "Random start", 0, 20, 1, 0),
    )
    presets = {
        "Little data": {"n": 80},
        "All data": {"n": 1400},
        "20 % wrong labels": {"labels": "20 % wrong"},
        "All labels right": {"n": 1400, "labels": "all right"},
        "Too small to use more data": {"n": 1400, "small": "4 hidden units", "labels": "all right"},
    }
    panels = (
        ("Test accuracy (five starts)", "training digits", "right (%)", (17, 1700), (20, 101)),
        ("At this number of digits", "", "right (%)", (-0.6, 4.6), (0, 109)),
    )
    widths = (1.3, 1.0)
    size = (800, 360)
    _EPOCHS, _STARTS = 40, 5

    def background(self, axes, values):
        axes[0].set_xscale("log")
        axes[0].set_xticks(self.SIZES, [str(size) for size in self.SIZES], minor=False)
        axes[0].set_xticks([], minor=True)
        axes[1].set_xticks([0, 1, 3, 4], ["small\ntrain", "small\ntest", "large\ntrain", "large\ntest"])
        axes[1].grid(axis="x", visible=False)

    @staticmethod
    @cache
    def _digits(wrong):
        """The digits in float32; a share of the training labels exchanged for another."""
        split, rng = datasets.digits8(), np.random.default_rng(0)
        y = split.y_train.copy()
        chosen = rng.random(len(y)) < wrong
        y[chosen] = (y[chosen] + rng.integers(1, 10, len(y))[chosen]) % 10
        return split.X_train.astype(np.float32), y, chosen, split.X_test.astype(np.float32), split.y_test

    @classmethod
    @lru_cache(maxsize=2048)
    def _accuracy(cls, n, units, wrong, start):
        """Accuracy on the training labels used and on the 360 test digits, and the share of wrong labels learned."""
        X, y, chosen, X_test, y_test = cls._digits(wrong)
        run = dense.train((64, units, 10) if units else (64, 10), X[:n], y[:n], hidden="tanh", loss="cross_entropy",
                           lr=0.03, epochs=cls._EPOCHS, batch_size=20, momentum=0.9, rng=start)
        right, bad = ops.predict_class(run.predict(X[:n])) == y[:n], chosen[:n]
        learned = float(right[bad].mean()) if bad.any() else 0.0
        return float(right.mean()), float(ops.accuracy(run.predict(X_test), y_test)), learned

    def state(self, n, small, large, labels, start):
        n = round(n)
        wrong, sides = self._WRONG[labels], {"small": self._SMALL[small], "large": self._LARGE[large]}
        state = {"n": n, "wrong": wrong, "start": start}
        for side, units in sides.items():
            tests = np.array([[self._accuracy(size, units, wrong, s)[1] for s in range(self._STARTS)]
                              for size in self.SIZES])
            state[side] = {"now": self._accuracy(n, units, wrong, start),
                           "parameters": ops.count_parameters((64, units, 10) if units else (64, 10)),
                           "mean": tests.mean(axis=1), "low": tests.min(axis=1), "high": tests.max(axis=1)}
        return state

    def layers(self, state):
        n = state["n"]
        layers = [Line(0, [n, n], [20, 101], color=style.GREY, width=1)]
        for k, (side, color, dash, marker) in enumerate((("small", style.ORANGE, "dashed", "s"),
                                                         ("large", style.BLUE, "solid", "o"))):
            curve = state[side]
            train_and_test = 100 * np.array(curve["now"][:2])
            x = np.array(self.SIZES, float)
            gap = np.full(len(x), np.nan)
            layers += [Line(0, np.column_stack([x, x, gap]).ravel(),
                            100 * np.column_stack([curve["low"], curve["high"], gap]).ravel(), color=color, width=1.4),
                       Line(0, x, 100 * curve["mean"], color=color, width=2.4, dash=dash),
                       Points(0, x, 100 * curve["mean"], color=color, marker=marker, size=7),
                       Points(0, n, 100 * curve["now"][1], color=color, marker=marker, size=13, edge=style.DARK),
                       Line(0, [130, 200], [32 - 6.5 * k] * 2, color=color, width=2.4, dash=dash),
                       Text(0, 220, 32 - 6.5 * k, f"{side}: {curve['parameters']:,} parameters", ha="left", box=True),
                       Bars(1, [3 * k, 3 * k + 1], train_and_test, color=[style.GREY, color], width=0.8),
                       Text(1, [3 * k, 3 * k + 1], train_and_test + 3.5, [f"{v:.0f}" for v in train_and_test],
                            size=13, bold=True)]
        return layers

    def caption(self, state):
        small, large = state["small"]["now"], state["large"]["now"]
        gap = 100 * (large[1] - small[1])
        words = f"the large model is {abs(gap):.1f} points {'ahead' if gap > 0 else 'behind'}"
        text = (f"{state['n']} digits, start {state['start']}: test accuracy {100 * small[1]:.1f} % and "
                f"{100 * large[1]:.1f} %, {words}. ")
        if state["wrong"]:
            text += f"Of the wrong labels it has learned {100 * large[2]:.0f} %, the small one {100 * small[2]:.0f} %. "
        middle, last = (100 * (state["large"]["mean"][k] - state["small"]["mean"][k]) for k in (4, -1))
        return text + f"Mean lead: {signed(middle, 1)} points at 320 digits, {signed(last, 1)} at 1400."
