"""Live figures of chapter 02, first part: curves from a linear model, and how well they do on new data."""

from functools import lru_cache

import numpy as np

from course_lib import datasets, models, ops
from course_lib.viz import style
from course_lib.viz.figures import legend
from course_lib.viz.live import Bars, Demo, Handle, Line, Menu, Points, Slider, Text, term
from course_lib.viz.numbers import fixed, short

_T = np.linspace(-3, 3, 181)
_TARGETS = {
    "parabola": lambda x: 0.5 * x**2 + x + 2,
    "sine": lambda x: 3 + 2.5 * np.sin(1.5 * x),
    "jump": lambda x: 2 + 3.0 * (x >= 0),
}
_WORDS = {"parabola": "½x² + x + 2", "sine": "3 + 2.5 sin 1.5x", "jump": "2, from x = 0 on 5"}
_FORMULAS = {"parabola": "x**2 / 2 + x + 2", "sine": "3 + 2.5 * np.sin(1.5 * x)", "jump": "2 + 3.0 * (x >= 0)"}


def _powers(x, degree) -> np.ndarray:
    """Polynomial features of x in [-3, 3]; divided by 3 first, so that no power is far larger than another."""
    return ops.polynomial(np.asarray(x) / 3, degree)


def _sample(target, n, noise, rng):
    """n noisy points of the target: x (n,) uniform in [-3, 3] and y (n,)."""
    X, y = datasets.noisy_parabola(n, noise, rng)
    x = X[:, 0]
    return x, y - _TARGETS["parabola"](x) + _TARGETS[target](x)


def _sample_code(target: str) -> str:
    """The cell's own `f`, the true curve, and `sample(n, rng)`, with `noise` set before; imports included."""
    lines = ["import numpy as np", "from course_lib import datasets, models, ops", "",
             f"f = lambda x: {_FORMULAS[target]}", "def sample(n, rng):",
             "    x, y = datasets.noisy_parabola(n, noise, rng)"]
    moved = "" if target == "parabola" else " + (f(x) - x**2 / 2 - x - 2)[:, 0]"
    return "\n".join([*lines, f"    return x[:, 0], y{moved}", ""])


def _rmse_marks(panel, x, train, validation) -> list:
    """Training and validation RMSE at one place, as a blue circle and an orange square."""
    return [Points(panel, x, train, color=style.BLUE, size=11, edge=style.DARK, label="training RMSE", key="train"),
            Points(panel, x, validation, color=style.ORANGE, marker="s", size=11, edge=style.DARK,
                   label="validation RMSE", key="validation")]


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
_FIT = {"color": style.DARK, "linewidth": 2}


class PolynomialFit(Demo):
    """Polynomials of degree 1 to 15."""

    title = "A curve from a linear model: polynomials"
    alt = ("First: noisy points, the true curve dotted and the fitted polynomial. Second: training and validation "
           "error against the degree on a logarithmic axis; the training error only falls, the validation error falls "
           "and rises again.")
    closed_form = "true curve"
    DEGREES = np.arange(1, 16)
    controls = (
        Slider("degree", "Degree", 1, 15, 1, 2, play=True, ticks=(1, 2, 5, 10, 15)),
        Slider("n", "Training points", 3, 100, 1, 20),
        Slider("alpha", "Ridge penalty α (left: none)", -9.0, 1.0, 0.25, 1e-9, log=True),
        Slider("noise", "Noise σ", 0.0, 3.0, 0.1, 1.0, more=True),
        Menu("target", "True curve", tuple(_TARGETS), "parabola", more=True),
        Slider("draw", "Draw of the points", 0, 30, 1, 2, more=True),
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
        ("Points, fit and true curve", "x", "y", (-3.1, 3.1), (-3, 14)),
        ("Error against the degree", "degree", "RMSE", (0.5, 15.5), (0.15, 40)),
    )
    size = (800, 370)
    background_depends = ("target",)
    handles = (Handle(1, "the degree", x="degree", click=True,
                      at=lambda s: (s["degree"], max(s["train"][s["degree"] - 1], 0.2))),)

    def background(self, axes, values):
        axes[0].plot(_T, _TARGETS[values["target"]](_T), **_NOISE)
        axes[1].set_yscale("log")
        axes[1].set_yticks([0.2, 0.5, 1, 2, 5, 10, 20], ["0.2", "0.5", "1", "2", "5", "10", "20"])
        axes[1].set_yticks([], minor=True)
        axes[1].set_xticks(range(1, 16, 2))
        legend(axes[0], {"fit": _FIT, f"true curve {_WORDS[values['target']]}": _NOISE}, "upper center", 2)
        legend(axes[1], {"training": _TRAIN, "validation": _VALIDATION, "noise σ": _NOISE}, "upper left")

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
                "degree": degree, "n": n, "noise": noise, "penalty": alpha, "best": int(validation.argmin()) + 1}

    def layers(self, state):
        at = state["degree"] - 1
        low, high = self.panels[1][4]
        train, validation = np.maximum(state["train"], low / 10), state["validation"]
        return [
            Points(0, state["x"], state["y"], color=style.BLUE, size=7, edge=style.DARK, label="training point"),
            Line(0, _T, state["fit"], color=style.DARK, width=2.6, label="fit", ghost=True),
            Line(1, [0.5, 15.5], [max(state["noise"], low)] * 2, color=style.DARK, width=1.2, dash="dotted",
                 label="noise σ"),
            Line(1, self.DEGREES, train, color=style.BLUE, width=2.2, label="training RMSE", key="train"),
            Line(1, self.DEGREES, validation, color=style.ORANGE, width=2.2, dash="dashed", label="validation RMSE",
                 key="validation"),
            Line(1, [state["degree"]] * 2, [low, max(12, validation[at])], color=style.GREY, width=1),
            *_rmse_marks(1, state["degree"], train[at], validation[at]),
            *_outside(1, min(max(state["degree"], 6), 14), validation[at], (low, high)),
            *_outside(1, min(max(state["degree"], 2), 14), state["train"][at], (low, high), low * 2),
        ]

    def caption(self, state):
        at, n = state["degree"] - 1, state["n"]
        train, validation = state["train"][at], state["validation"][at]
        penalty = f", α = {short(state['penalty'])}" if state["penalty"] else ""
        text = (f"Degree {state['degree']}, {n} points{penalty}: {term(f'training RMSE {_size(train)}', 'train')}, "
                f"{term(f'validation {_size(validation)}', 'validation')}; lowest at degree "
                f"{state['best']} with {_size(state['validation'][state['best'] - 1])}. ")
        if state["penalty"] == 0 and state["degree"] >= n - 1:
            return (f"{text}{n} points and {state['degree'] + 1} coefficients: the curve meets every point, and fits "
                    "the noise with them.")
        if validation > 1.6 * train and state["degree"] > state["best"]:
            return f"{text}Over-fit: the gap is what the model learned from noise."
        if state["degree"] < state["best"] and validation > 1.2 * state["validation"].min():
            return f"{text}Under-fit: both errors are high, this curve is not bent enough."
        return f"{text}Largest coefficient {_size(state['largest'])}."

    def code(self):
        v = self.values
        return (f"{_sample_code(v['target'])}noise = {v['noise']:g}\n"
                f"x, y = sample({v['n']}, {v['draw']})\n"
                f"x_new, y_new = sample(200, {1000 + v['draw']})\n"
                "train, validation = [], []\n"
                "for d in range(1, 16):\n"
                "    P, P_new = datasets.standardize(ops.polynomial(x / 3, d), ops.polynomial(x_new / 3, d))\n"
                f"    model = models.Ridge({0 if v['alpha'] < 1.01e-9 else v['alpha']:.6g}).fit(P, y)\n"
                "    train.append(ops.rmse(model.predict(P), y))\n"
                "    validation.append(ops.rmse(model.predict(P_new), y_new))\n")


def _bundle(target, n, noise, repeats) -> np.ndarray:
    """Polynomials of every degree through the same training sets: (repeats, degree + 1, places).

    With X1 = QR the columns of Q are polynomials of rising degree, each orthogonal to those before it. So the fit of
    degree d is the sum of the first d + 1 shares, and one factorization serves all degrees.
    """
    rng = np.random.default_rng(0)
    sets = [_sample(target, n, noise, rng) for _ in range(repeats)]
    top = int(BiasAndVariance.DEGREES[-1])
    Q, R = np.linalg.qr([ops.add_bias_column(_powers(x, top)) for x, _ in sets])
    shares = np.einsum("rnd,rn->rd", Q, [y for _, y in sets])
    places = ops.add_bias_column(_powers(BiasAndVariance.AT, top))
    columns = np.linalg.solve(R.swapaxes(1, 2), places.T)  # those of Q at the places
    return np.cumsum(shares[:, :, None] * columns, axis=1)


@lru_cache(maxsize=64)
def _bias_variance(target, n, noise, repeats) -> list[models.BiasVariance]:
    """The parts of the error for each degree."""
    fits, truth = _bundle(target, n, noise, repeats), _TARGETS[target](BiasAndVariance.AT)
    return [models.BiasVariance.of(fits[:, degree], truth) for degree in BiasAndVariance.DEGREES]


class BiasAndVariance(Demo):
    """The two parts of the error."""

    title = "Bias and variance over many training sets"
    alt = ("First: a bundle of polynomials, each fitted to another training set, their mean and the true curve. "
           "Second: squared bias and variance against the degree on a logarithmic axis. Third: bars of squared bias, "
           "variance and noise for the chosen degree.")
    closed_form = "true curve"
    AT = np.linspace(-2.5, 2.5, 73)
    DEGREES = np.arange(1, 10)
    controls = (
        Slider("degree", "Degree", 1, 9, 1, 3, play=True, ticks=(1, 3, 5, 7, 9)),
        Slider("n", "Points in a training set", 15, 100, 1, 30),
        Menu("target", "True curve", ("sine", "parabola", "jump"), "sine"),
        Slider("noise", "Noise σ", 0.1, 3.0, 0.1, 1.0, more=True),
        Slider("repeats", "Training sets", 10, 100, 5, 50, more=True),
    )
    presets = {
        "Rigid": {"degree": 1},
        "About right": {"degree": 5},
        "Flexible": {"degree": 9},
        "Three times the data": {"degree": 9, "n": 90},
        "No bias left": {"target": "parabola", "degree": 2},
    }
    panels = (
        ("Fits, mean, true curve", "x", "y", (-2.5, 2.5), (-3, 11)),
        ("Parts against the degree", "degree", "mean squared error", (0.5, 9.5), (1e-3, 300)),
        ("This degree", "", "share of the sum", (-0.6, 3.6), (0, 1.15)),
    )
    size = (760, 350)
    background_depends = ("target",)
    handles = (Handle(1, "the degree", x="degree", click=True,
                      at=lambda s: (s["degree"], min(s["total"][s["degree"] - 1], 200))),)

    def background(self, axes, values):
        axes[1].set_yscale("log")
        axes[1].set_xticks(range(1, 10))
        axes[2].set_xticks(range(4), ["bias²", "var.", "σ²", "sum"])
        axes[2].set_yticks([])
        axes[2].grid(axis="x", visible=False)
        legend(axes[0], {"mean of the fits": {"color": style.BLUE, "linewidth": 2.4},
                         _WORDS[values["target"]]: {"color": style.DARK, "linestyle": "dashed"}}, "upper left")
        legend(axes[1], {"bias²": _TRAIN, "variance": _VALIDATION,
                         "sum with noise": {"color": style.DARK, "linestyle": "dashdot", "marker": "D"}}, "upper left")

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
        low, high = self.panels[1][4]
        tall = np.column_stack([fits, np.full(len(fits), np.nan)])
        layers = [Line(0, np.tile(np.append(self.AT, np.nan), len(fits)), tall.ravel(), color=style.ORANGE, width=0.9,
                       alpha=0.4, key="variance"),
                  Line(0, self.AT, state["truth"], color=style.DARK, width=2.4, dash="dashed", label="true curve"),
                  Line(0, self.AT, state["fits"].mean(axis=0), color=style.BLUE, width=3, label="mean of the fits",
                       key="bias2"),
                  Line(1, [state["degree"]] * 2, [low, max(15, state["total"][at])], color=style.GREY, width=1)]
        for name, words, color, dash, marker in (
                ("total", "sum with noise", style.DARK, "dashdot", "D"), ("bias2", "bias²", style.BLUE, "solid", "o"),
                ("variance", "variance", style.ORANGE, "dashed", "s")):
            y = np.maximum(state[name], low)
            layers += [Line(1, self.DEGREES, y, color=color, width=2.2, dash=dash, label=words, key=name),
                       Points(1, state["degree"], y[at], color=color, marker=marker, size=11, edge=style.DARK,
                              label=words, key=name)]
        layers += _outside(1, min(max(state["degree"], 2), 8), state["total"][at], (0, high))
        values = [state["bias2"][at], state["variance"][at], state["noise2"], state["total"][at]]
        bases = [0, values[0], values[0] + values[1], 0]
        tops = [values[0], values[0] + values[1], values[3], values[3]]
        scale = values[3]  # the sum always fills the panel; the numbers stand on the bars
        layers += [Bars(2, np.arange(4), np.array(tops) / scale, base=np.array(bases) / scale, width=0.7,
                        color=[style.BLUE, style.ORANGE, style.GREY, style.DARK],
                        label=["bias²", "variance", "variance of the noise", "sum"],
                        key=["bias2", "variance", "noise", "total"]),
                   Text(2, np.arange(4), np.array(tops) / scale + 0.05, [_size(float(f"{v:.2g}")) for v in values],
                        size=12, key=["bias2", "variance", "noise", "total"])]
        return layers

    def caption(self, state):
        at = state["degree"] - 1
        bias2, variance, noise2 = state["bias2"][at], state["variance"][at], state["noise2"]
        text = (f"Degree {state['degree']}, {state['repeats']} training sets of {state['n']} points: "
                f"{term(f'{short(bias2)} (bias²)', 'bias2')} + {term(f'{short(variance)} (variance)', 'variance')} + "
                f"{term(f'{short(noise2)} (noise)', 'noise')} = "
                f"{term(short(state['total'][at]), 'total')}. ")
        larger = "Bias" if bias2 > variance else "Variance"
        chance = variance / state["repeats"]  # the mean of so many fits is itself off by this much
        if bias2 < 3 * chance and state["degree"] > state["best"]:
            return (f"{text}Variance is the larger part. Of the bias², about {short(chance, 2)} is chance: the mean of "
                    f"{state['repeats']} fits still varies.")
        if state["degree"] == state["best"]:
            return f"{text}The sum is smallest at this degree; {larger.lower()} is the larger part."
        return f"{text}{larger} is the larger part; the sum is smallest at degree {state['best']}."

    def code(self):
        v = self.values
        return (f"{_sample_code(v['target'])}noise, at = {v['noise']:g}, np.linspace(-2.5, 2.5, 73)\n"
                "truth, parts = f(at), []\n"
                "for d in range(1, 10):\n"
                "    def draw(rng):\n"
                f"        x, y = sample({v['n']}, rng)\n"
                "        return ops.polynomial(x / 3, d), y\n"
                "    places = ops.polynomial(at / 3, d)\n"
                "    parts.append(models.bias_variance(models.LinearRegression(), draw, places, truth, "
                f"{v['repeats']}, 0))\n"
                "bias2, variance = [part.bias2 for part in parts], [part.variance for part in parts]\n")


class LearningCurves(Demo):
    """Error against the number of training points."""

    title = "Learning curves: more data, or a better model?"
    alt = ("First: the training points used, the fitted polynomial and the true parabola. Second: training and "
           "validation error against the number of training points, on a logarithmic axis; the noise is a dotted line.")
    closed_form = "true curve"
    _POINTS = 2000
    controls = (
        Slider("degree", "Degree", 1, 15, 1, 1, ticks=(1, 2, 5, 10, 15)),
        Slider("m", "Training points", 0.3, 3.3, 0.05, 20, log=True, play=True, ticks=(2, 10, 100, 1000)),
        Menu("shown", "Curve", ("this draw", "median of 10 draws"), "this draw"),
        Slider("noise", "Noise σ", 0.0, 3.0, 0.1, 1.0, more=True),
        Slider("draw", "Draw of the points", 0, 30, 1, 27, more=True),
    )
    presets = {
        "Degree 1: a plateau": {"degree": 1, "m": 100, "shown": "median of 10 draws"},
        "Degree 2: the truth": {"degree": 2, "m": 100, "shown": "median of 10 draws"},
        "Degree 10: a gap": {"degree": 10, "m": 32, "shown": "median of 10 draws"},
        "Degree 10, all data": {"degree": 10, "m": 1995, "shown": "median of 10 draws"},
    }
    panels = (
        ("Points, fit and true curve", "x", "y", (-3.1, 3.1), (-3, 14)),
        ("Error against training points", "training points", "RMSE", (1.8, 2500), (0, 4.5)),
    )
    size = (800, 370)
    SIZES = tuple(np.unique(np.round(10.0 ** np.arange(0.3, 3.31, 0.05)).astype(int)).tolist())
    handles = (Handle(1, "the number of training points", x="m", click=True,
                      at=lambda s: (s["points"], min(s["here"][0], 4.4))),)

    def background(self, axes, values):
        axes[0].plot(_T, _TARGETS["parabola"](_T), **_NOISE)
        axes[1].set_xscale("log")
        axes[1].set_xticks([2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000],
                           ["2", "5", "10", "20", "50", "100", "200", "500", "1000", ""])
        axes[1].set_xticks([], minor=True)
        legend(axes[0], {"fit": _FIT, "true curve": _NOISE}, "upper center", 2)
        legend(axes[1], {"training": _TRAIN, "validation": _VALIDATION, "noise σ": _NOISE}, "upper right")

    @classmethod
    @lru_cache(maxsize=4096)
    def _curve(cls, degree, noise, draw, sizes):
        x, y = _sample("parabola", cls._POINTS, noise, draw)
        x_new, y_new = _sample("parabola", 1000, noise, 1000 + draw)
        return models.learning_curve(models.LinearRegression(), _powers(x, degree), y, _powers(x_new, degree), y_new,
                                     sizes)

    def state(self, degree, m, noise, shown, draw):
        x, y = _sample("parabola", self._POINTS, noise, draw)
        fit = models.LinearRegression().fit(_powers(x[:m], degree), y[:m])
        draws = [draw] if shown == "this draw" else range(10)

        def errors(sizes):
            curves = [self._curve(degree, noise, d, sizes) for d in draws]
            return [np.median([getattr(c, name) for c in curves], axis=0) for name in ("train", "validation")]

        train, validation = errors(self.SIZES)
        at, here = (self.SIZES.index(m), (train, validation)) if m in self.SIZES else (0, errors((m,)))
        return {"x": x[:m], "y": y[:m], "fit": fit.predict(_powers(_T, degree)), "train": train,
                "validation": validation, "here": [float(error[at]) for error in here], "points": m,
                "degree": degree, "noise": noise, "median": len(draws) > 1}

    def layers(self, state):
        train, validation = state["here"]
        m, crowd = state["points"], state["points"] > 200
        return [
            Points(0, state["x"], state["y"], color=style.BLUE, size=3 if crowd else 7,
                   edge=style.BLUE if crowd else style.DARK, alpha=0.4 if crowd else 1.0, label="training point"),
            Line(0, _T, state["fit"], color=style.DARK, width=2.6, label="fit", ghost=True),
            Line(1, [1.8, 2500], [state["noise"]] * 2, color=style.DARK, width=1.2, dash="dotted", label="noise σ"),
            Line(1, self.SIZES, state["train"], color=style.BLUE, width=2.2, label="training RMSE", key="train"),
            Line(1, self.SIZES, state["validation"], color=style.ORANGE, width=2.2, dash="dashed",
                 label="validation RMSE", key="validation"),
            Line(1, [m, m], [0, max(3.2, validation)], color=style.GREY, width=1),
            *_rmse_marks(1, m, train, validation),
            *_outside(1, max(m, 4), validation, (0, 4.5)),
        ]

    def caption(self, state):
        train, validation = state["here"]
        many = " (median of 10 draws)" if state["median"] else ""
        text = (f"Degree {state['degree']}, {state['points']} points{many}: "
                f"{term(f'training RMSE {_size(train)}', 'train')}, "
                f"{term(f'validation {_size(validation)}', 'validation')}, noise {fixed(state['noise'], 1)}. ")
        if state["points"] <= state["degree"] + 1:
            return f"{text}No more points than coefficients: the curve meets them all and knows nothing else."
        if validation > 1.25 * train + 0.02:
            if state["validation"][-1] > 1.25 * state["noise"] + 0.1:
                return f"{text}A gap that more data will close, high above the noise."
            return f"{text}A wide gap: over-fit, more data will help."
        if train > 1.25 * state["noise"] + 0.1:
            return f"{text}Both curves meet high above the noise: under-fit, more data will not help."
        return f"{text}Both are near the noise: little is left to gain."

    def code(self):
        v, draws = self.values, "range(10)" if self.current["median"] else f"[{self.values['draw']}]"
        return ("import numpy as np\n"
                "from course_lib import datasets, models, ops\n\n"
                f"sizes = np.unique([*np.round(10.0 ** np.arange(0.3, 3.31, 0.05)).astype(int), {v['m']}])\n"
                "curves = []\n"
                f"for draw in {draws}:\n"
                f"    X, Y = datasets.noisy_parabola({self._POINTS}, {v['noise']:g}, draw)\n"
                f"    X_new, Y_new = datasets.noisy_parabola(1000, {v['noise']:g}, 1000 + draw)\n"
                f"    P, P_new = ops.polynomial(X / 3, {v['degree']}), ops.polynomial(X_new / 3, {v['degree']})\n"
                "    curves.append(models.learning_curve(models.LinearRegression(), P, Y, P_new, Y_new, sizes))\n"
                "train = np.median([curve.train for curve in curves], axis=0)\n"
                "validation = np.median([curve.validation for curve in curves], axis=0)\n"
                f"here = [values[sizes == {self.current['points']}][0] for values in (train, validation)]\n"
                + (f"draw = {v['draw']}\n" if self.current["median"] else ""))


@lru_cache(maxsize=64)
def _fits(target, n, repeats) -> tuple[np.ndarray, np.ndarray]:
    """Fits to the true curve's own values at n points, and what noise of σ = 1 adds to them: (repeats, degree + 1,
    places) each. A least-squares fit is linear in y, so all strengths of the same noise follow from the two."""
    plain, noisy = (_bundle(target, n, noise, repeats) for noise in (0, 1))
    return plain, noisy - plain


@lru_cache(maxsize=8)
def _growing(target, repeats) -> tuple[np.ndarray, np.ndarray]:
    """The same at all sizes of the curves: (sizes, repeats, degree + 1, places) each."""
    plain, added = zip(*(_fits(target, n, repeats) for n in GrowthWithData.SIZES.tolist()), strict=True)
    return np.array(plain), np.array(added)


class GrowthWithData(Demo):
    """A small and a large model on growing data."""

    title = "A larger model needs more data before it pays"
    alt = ("First: noisy points, the true curve dotted, and the fits of a small and a large polynomial to them. "
           "Second: their distance from the true curve against the number of training points, both axes logarithmic; "
           "the large model starts higher and falls, the small one stays level.")
    closed_form = "true curve"
    _REPEATS = 20
    SIZES = np.round(10.0 ** np.arange(1.1, 3.01, 0.1)).astype(int)
    controls = (
        Slider("n", "Training points", 1.1, 3.0, 0.1, 16, log=True, play=True,
               ticks=(20, 50, 100, 200, 500, 1000)),
        Slider("large", "Degree of the large model", 5, 9, 1, 9, ticks=(5, 7, 9)),
        Slider("noise", "Noise σ", 0.2, 3.0, 0.1, 1.0),
        Slider("small", "Degree of the small model", 1, 4, 1, 3, more=True),
        Menu("target", "True curve", ("sine", "parabola", "jump"), "sine", more=True),
        Slider("draw", "Training set shown", 1, 20, 1, 1, more=True),
    )
    presets = {
        "Little data": {},
        "Much data": {"n": 1000},
        "Twice the noise": {"noise": 2.0},
        "Much data, twice the noise": {"noise": 2.0, "n": 1000},
        "The truth is small": {"target": "parabola", "small": 2, "n": 100},
    }
    panels = (
        ("One training set, two fits, true curve", "x", "y", (-2.5, 2.5), (-3, 11)),
        ("Distance from the true curve", "training points", "root mean square", (11.5, 1100), (0.01, 20)),
    )
    size = (800, 370)
    background_depends = ("target",)
    handles = (Handle(1, "the number of training points", x="n", click=True,
                      at=lambda s: (s["points"], s["distances"][1])),)

    def background(self, axes, values):
        truth = _TARGETS[values["target"]](BiasAndVariance.AT)
        axes[0].plot(BiasAndVariance.AT, truth, **_NOISE)
        axes[1].set_xscale("log")
        axes[1].set_yscale("log")
        axes[1].set_xticks([20, 50, 100, 200, 500, 1000], ["20", "50", "100", "200", "500", "1000"])
        axes[1].set_xticks([], minor=True)
        axes[1].set_yticks([0.01, 0.1, 1, 10], ["0.01", "0.1", "1", "10"])
        legend(axes[0], {_WORDS[values["target"]]: _NOISE}, "upper left")
        legend(axes[1], {"small model": {**_VALIDATION}, "large model": {**_TRAIN}}, "upper right")

    def state(self, n, small, large, noise, target, draw):
        rng = np.random.default_rng(0)
        x, y = [_sample(target, n, noise, rng) for _ in range(draw)][-1]
        truth = _TARGETS[target](BiasAndVariance.AT)

        def fits(plain, added):
            return np.array([plain[..., degree, :] + noise * added[..., degree, :] for degree in (small, large)])

        def distances(fitted):
            return np.median(np.sqrt(np.mean((fitted - truth) ** 2, axis=-1)), axis=-1)

        here = fits(*_fits(target, n, self._REPEATS))
        curves = distances(fits(*_growing(target, self._REPEATS)))
        behind = np.flatnonzero(curves[1] >= curves[0])
        return {"points": n, "degrees": (small, large), "x": x, "y": y, "fits": here[:, draw - 1],
                "curves": curves, "distances": distances(here), "ahead": int(behind[-1]) + 1 if len(behind) else 0}

    def layers(self, state):
        n, low = state["points"], self.panels[1][4][0]
        layers = [Points(0, state["x"], state["y"], color=style.GREY, size=3 if n > 200 else 6, edge=style.GREY,
                         label="training point"),
                  Line(1, [n, n], [low, max(3, *state["distances"])], color=style.GREY, width=1)]
        looks = (("small", style.ORANGE, "dashed", "s"), ("large", style.BLUE, "solid", "o"))
        for (key, color, dash, marker), degree, fit, curve, now in zip(
                looks, state["degrees"], state["fits"], state["curves"], state["distances"], strict=True):
            words = f"degree {degree}"
            look = {"color": color, "label": words, "key": key}
            layers += [Line(0, BiasAndVariance.AT, fit, dash=dash, width=2.4, ghost=True, **look),
                       Line(1, self.SIZES, curve, dash=dash, width=2.4, ghost=True, **look),
                       Points(1, n, now, marker=marker, size=12, edge=style.DARK, **look)]
        return layers

    def caption(self, state):
        (small, large), (near, far), last = state["degrees"], state["distances"], state["curves"][:, -1]
        text = (f"{state['points']} points: {term(f'degree {small} lies {fixed(near)}', 'small')}, "
                f"{term(f'degree {large} lies {fixed(far)}', 'large')} from the true curve (median of "
                f"{self._REPEATS} training sets). ")
        if state["ahead"] == len(self.SIZES):
            return f"{text}The large model is not ahead even with {self.SIZES[-1]} points."
        since = f"from {self.SIZES[state['ahead']]} points on" if state["ahead"] else "at all sizes"
        return (f"{text}The large model is ahead {since}; with {self.SIZES[-1]} it is {short(last[0] / last[1], 2)} "
                "times as near.")

    def code(self):
        v = self.values
        return (f"{_sample_code(v['target'])}noise, at = {v['noise']:g}, np.linspace(-2.5, 2.5, 73)\n"
                "distances = []\n"
                f"for d in ({v['small']}, {v['large']}):\n"
                "    def draw(rng):\n"
                f"        x, y = sample({self.current['points']}, rng)\n"
                "        return ops.polynomial(x / 3, d), y\n"
                "    places = ops.polynomial(at / 3, d)\n"
                "    parts = models.bias_variance(models.LinearRegression(), draw, places, f(at), "
                f"{self._REPEATS}, 0)\n"
                "    distances.append(np.median(np.sqrt(np.mean((parts.predictions - f(at)) ** 2, axis=1))))\n")
