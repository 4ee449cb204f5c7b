"""Live figures of chapter 02, first part: a line through points, and descent on curves, bowls and lines."""

from bisect import bisect_right
from functools import cache, lru_cache
from itertools import pairwise
from typing import ClassVar, NamedTuple

import numpy as np

from course_lib import datasets, dense, ops
from course_lib.viz import style
from course_lib.viz.live import Demo, Handle, Image, Line, Menu, Points, Slider, Text, contour, term
from course_lib.viz.live.layers import Scale
from course_lib.viz.numbers import fixed, short, signed


def _stable(limit: float, step: float = 0.01) -> float:
    """The largest multiple of `step` below the limit: what a slider can be set to."""
    return round((np.ceil(limit / step - 1e-9) - 1) * step, 10)


def _below(limit: float) -> float:
    """A rate of two digits just below the limit, for sliders that reach every number."""
    digit = 10.0 ** (np.floor(np.log10(limit)) - 1)
    return float(f"{_stable(limit, digit):.2g}")


def _rates(lr, turns) -> tuple:
    """Pairs (step, rate from there on) of a run whose rate was turned on its way."""
    return ((0, lr), *((step, turned["lr"]) for step, turned in turns))


def _rate(rates, updates=1):
    """The rate as a function of the update's number, where a step of the figure is so many updates."""
    steps, values = zip(*rates, strict=True)
    return lambda t: values[bisect_right(steps, t // updates) - 1]


def _rate_code(rates, updates="1") -> str:
    """The same in a cell: a number, or a function of the update where it was turned; `updates` as code."""
    if len(rates) == 1:
        return repr(rates[0][1])
    times = "" if updates == "1" else f" * {updates}"
    parts = [f"{value!r} if t < {end}{times} else " for (_, value), (end, _) in pairwise(rates)]
    return f"lambda t: {''.join(parts)}{rates[-1][1]!r}"


def _steepest(s) -> float:
    """The factor of a step along the steepest direction, inside its panel."""
    return min(abs(1 - s["lr"] * s["limits"].eigenvalues[0]), 1.96)


def _factors(panel: int, lr: float, eigenvalues, end: float, limit: float, fastest: float) -> list:
    """|1 - lr lambda| for lr from 0 to `end`, steepest and flattest direction, with the marks of the two rates."""
    layers = [Line(panel, [limit, limit], [0, 2], color=style.RED, width=1.6, dash="dashed", key="limit"),
              Line(panel, [fastest, fastest], [0, 2], color=style.GREEN, width=1.4, dash="dotted", key="fastest")]
    for row, (name, value, color, dash, marker) in enumerate((
            ("steepest", eigenvalues[0], style.BLUE, "solid", "o"),
            ("flattest", eigenvalues[-1], style.PURPLE, "dashdot", "s"))):
        rates = np.array([0, min(1 / value, end), end])
        layers += [Line(panel, rates, np.abs(1 - rates * value), color=color, width=2.2, dash=dash, key=name),
                   Points(panel, min(lr, end), min(abs(1 - lr * value), 1.96), color=color, marker=marker, size=11,
                          edge=style.DARK, label=f"factor, {name} direction", key=name, ghost=True),
                   Points(panel, 0.72 * end, 0.25 - 0.17 * row, color=color, marker=marker, size=9, edge=style.DARK,
                          key=name),
                   Text(panel, 0.76 * end, 0.25 - 0.17 * row, name, ha="left", key=name, box=True)]
    return layers


# ------------------------------------------------------------------------------------------- a line through points


@lru_cache(maxsize=32)
def _points(m, noise, slope, outlier):
    """Points about 5 + slope x; `outlier` lifts the one with the largest x."""
    X, y = datasets.noisy_line(m, noise, 3)
    y = y + (slope - 7) * X[:, 0]
    y[np.argmax(X[:, 0])] += outlier
    return X, y


def _least_absolute(X1, y) -> np.ndarray:
    """The line with the smallest mean absolute error: some best line passes through two of the points."""
    first, second = np.triu_indices(len(y), 1)
    run = X1[second, 1] - X1[first, 1]
    w = (y[second] - y[first]) / np.where(run == 0, np.nan, run)
    lines = np.column_stack([y[first] - w * X1[first, 1], w])
    return lines[np.nanargmin(np.abs(lines @ X1.T - y).mean(axis=1))]


@lru_cache(maxsize=32)
def _all_lines(m, noise, slope, outlier, squared):
    """The best line, the cost of every line of the second panel, and the contours drawn in it."""
    X, y = _points(m, noise, slope, outlier)
    X1 = ops.add_bias_column(X)
    best = ops.normal_equation(X, y) if squared else _least_absolute(X1, y)
    limits = LineByHand.panels[1][3:]
    along_b, along_w = (np.linspace(*ends, 81) for ends in limits)
    errors = along_w[:, None, None] * X1[:, 1] + along_b[:, None] - y  # (w, b, point)
    surface = np.mean(errors**2 if squared else np.abs(errors), axis=2)
    lowest = float((ops.mse if squared else ops.mae)(X1 @ best, y)[0])
    low = max(lowest, 0.5)
    contours = [Line(1, *contour(surface, *limits, low * level), color=style.GREY, width=0.9)
                for level in (1.15, 2, 4, 8, 16, 32, 64, 128)]
    return best, surface, lowest, low, contours


def _through(x, y, other_x, other_y) -> dict:
    """The line through two points, as values of controls."""
    w = (y - other_y) / (x - other_x)
    return {"b": y - w * x, "w": w}


class LineByHand(Demo):
    """A line through noisy points."""

    title = "A line through points, set by hand"
    alt = ("First: points, a line chosen by hand with its errors as vertical segments, and the best line dashed. "
           "Second: the cost of every line as colors over intercept and slope, with the chosen line as a diamond and "
           "the best one as a cross.")
    controls = (
        Slider("b", "Intercept b", -5.0, 15.0, 0.1, 2.0),
        Slider("w", "Slope w", -5.0, 20.0, 0.1, 5.0),
        Menu("line", "Line drawn", ("by hand", "best"), "by hand"),
        Menu("cost", "Cost", ("squared errors (MSE)", "absolute errors (MAE)"), "squared errors (MSE)", more=True),
        Slider("outlier", "Rightmost point lifted by", 0.0, 40.0, 1.0, 0.0, more=True),
        Slider("m", "Points", 5, 100, 1, 40, more=True),
        Slider("noise", "Noise σ", 0.0, 5.0, 0.1, 1.5, more=True),
        Slider("slope", "True slope", -3.0, 12.0, 0.5, 7.0, more=True),
    )
    presets = {
        "Solve": {"line": "best"},
        "No noise": {"noise": 0.0, "line": "best"},
        "Horizontal line": {"b": 12.0, "w": 0.0},
        "One wild point, MSE": {"outlier": 40.0, "m": 20, "line": "best"},
        "One wild point, MAE": {"outlier": 40.0, "m": 20, "line": "best", "cost": "absolute errors (MAE)"},
    }
    panels = (
        ("Points, line and errors", "x", "y", (-0.05, 2.05), (-8, 36)),
        ("Cost of every line, lowest at the cross", "intercept b", "slope w", (-6, 16), (-6.5, 21.5)),
    )
    size = (800, 380)
    _LEFT, _RIGHT = 0.0, 2.0  # where the line is taken hold of
    handles = (
        Handle(0, "left end of the line", at=lambda s: (LineByHand._LEFT, LineByHand._height(s, LineByHand._LEFT)),
               move=lambda s, x, y: LineByHand._drawn(s, LineByHand._LEFT, y, LineByHand._RIGHT)),
        Handle(0, "right end of the line", at=lambda s: (LineByHand._RIGHT, LineByHand._height(s, LineByHand._RIGHT)),
               move=lambda s, x, y: LineByHand._drawn(s, LineByHand._RIGHT, y, LineByHand._LEFT)),
        Handle(0, "rightmost point", at=lambda s: (s["x"].max(), s["y"][s["x"].argmax()]),
               move=lambda s, x, y: {"outlier": y - s["y"][s["x"].argmax()] + s["outlier"]}),
        Handle(1, "the line as intercept and slope", at=lambda s: tuple(s["theta"]), click=True,
               move=lambda s, x, y: {"b": x, "w": y, "line": "by hand"}),
    )

    @staticmethod
    def _height(s, x) -> float:
        return s["theta"][0] + s["theta"][1] * x

    @classmethod
    def _drawn(cls, s, x, y, other) -> dict:
        """The line through (x, y) whose other end stays."""
        return {**_through(x, y, other, cls._height(s, other)), "line": "by hand"}

    def background(self, axes, values):
        axes[1].grid(visible=False)

    def state(self, b, w, line, cost, m, noise, slope, outlier):
        X, y = _points(m, noise, slope, outlier)
        X1 = ops.add_bias_column(X)
        squared = cost.startswith("squared")
        best, surface, lowest, low, contours = _all_lines(m, noise, slope, outlier, squared)
        theta = np.array([b, w]) if line == "by hand" else best
        return {"x": X[:, 0], "y": y, "theta": theta, "best": best, "surface": surface, "squared": squared,
                "by_hand": line == "by hand", "prediction": X1 @ theta, "mse": float(ops.mse(X1 @ theta, y)[0]),
                "rmse": ops.rmse(X1 @ theta, y),
                "mae": float(ops.mae(X1 @ theta, y)[0]), "lowest": lowest, "low": low, "contours": contours,
                "mean_error": float(np.mean(X1 @ theta - y))}

    def layers(self, state):
        x, y, prediction, theta, best = (state[name] for name in ("x", "y", "prediction", "theta", "best"))
        ends = np.array([-0.05, 2.05])
        layers = []
        for sign, color in ((prediction >= y, style.BLUE), (prediction < y, style.ORANGE)):
            gap = np.full(sign.sum(), np.nan)
            layers.append(Line(0, np.column_stack([x[sign], x[sign], gap]).ravel(),
                               np.column_stack([y[sign], prediction[sign], gap]).ravel(), color=color, width=1.6,
                               dash="solid" if color == style.BLUE else "dashed", alpha=0.8))
        layers.append(Points(0, x, y, color=style.GREY, size=7, edge=style.DARK,
                             label=[f"error {signed(error)}" for error in prediction - y]))
        out = y > 35.5
        layers.append(Text(0, np.minimum(x[out], 1.98), np.full(out.sum(), 34.2), [f"{v:.0f} ↑" for v in y[out]],
                           ha="right", box=True))
        if state["by_hand"]:
            layers.append(Line(0, ends, best[0] + best[1] * ends, color=style.GREEN, width=1.6, dash="dashed",
                               label="best line", key="best"))
        layers.append(Line(0, ends, theta[0] + theta[1] * ends, color=style.DARK, width=3, label="the line",
                           key="line", ghost=True))
        low = state["low"]
        logs = np.log10(np.maximum(state["surface"], low))
        layers.append(Image(1, logs, np.log10(low), np.log10(low * (400 if state["squared"] else 20)), "heat",
                            log=True, label="MSE" if state["squared"] else "MAE"))
        layers += state["contours"]
        layers += [Points(1, *best, color=style.GREEN, marker="x", size=15, label="best line", key="best"),
                   Points(1, *theta, color=style.ORANGE, marker="D", size=12, edge=style.DARK, label="the line",
                          key="line", ghost=True)]
        return layers

    def caption(self, state):
        (b, w), best = state["theta"], state["best"]
        mse, rmse, mae, lowest = (short(state[name] if state[name] > 1e-9 else 0)  # without the noise of rounding
                                  for name in ("mse", "rmse", "mae", "lowest"))
        line = term(f"y = {fixed(b)} {'−' if w < 0 else '+'} {fixed(abs(w))} x", "line")
        text = f"{line}: MSE {mse}, RMSE {rmse}, MAE {mae}, mean error {signed(state['mean_error'])}. "
        name = "MSE" if state["squared"] else "MAE"
        if state["by_hand"]:
            where = term(f"b = {fixed(best[0])}, w = {fixed(best[1])} (cross)", "best")
            return f"{text}Smallest {name}: {lowest} at {where}."
        return f"{text}No line has a smaller {name}."

    def code(self):
        v = self.values
        lines = ["import numpy as np", "from course_lib import datasets, ops", "",
                 f"X, y = datasets.noisy_line({v['m']}, {v['noise']!r}, rng=3)"]
        if v["slope"] != 7:
            lines.append(f"y = y + ({v['slope']!r} - 7) * X[:, 0]")
        if v["outlier"]:
            lines.append(f"y[np.argmax(X[:, 0])] += {v['outlier']!r}")
        lines.append("X1 = ops.add_bias_column(X)")
        if v["cost"].startswith("squared"):
            lines.append("best = ops.normal_equation(X, y)")
        else:
            lines += ["# a best line goes through two of the points",
                      "pairs = [[i, j] for i in range(len(y)) for j in range(i)]",
                      "lines = [np.linalg.solve(X1[two], y[two]) for two in pairs]",
                      "best = min(lines, key=lambda line: ops.mae(X1 @ line, y)[0])"]
        lines += [f"theta = np.array([{v['b']!r}, {v['w']!r}])" if v["line"] == "by hand" else "theta = best",
                  "mse, mae, rmse = ops.mse(X1 @ theta, y)[0], ops.mae(X1 @ theta, y)[0], ops.rmse(X1 @ theta, y)",
                  "print(theta, mse, rmse, mae)"]
        return "\n".join(lines)


# ------------------------------------------------------------------------------------------------ descent on the line


class _LineData(NamedTuple):
    X1: np.ndarray
    y: np.ndarray
    limits: ops.StepLimits
    best: np.ndarray
    floor: float  # smallest mean squared error


@cache
def _line_data(standardized: bool) -> _LineData:
    X, y = datasets.noisy_line()
    X = datasets.standardize(X) if standardized else X
    X1 = ops.add_bias_column(X)
    best = ops.normal_equation(X, y)
    return _LineData(X1, y, ops.step_limits(ops.mse_hessian(X1)), best, float(ops.mse(X1 @ best, y)[0]))


def _costs(path, X1, y) -> np.ndarray:
    """Mean squared error of each row of a path; infinite where a weight is."""
    with np.errstate(over="ignore", invalid="ignore"):
        cost = np.mean((path @ X1.T - y) ** 2, axis=1)
    return np.where(np.isfinite(cost), cost, np.inf)


class DescentOnALine(Demo):
    """Descent on the line data, and the largest rate."""

    title = "Gradient descent finds the line"
    alt = ("First: points, the lines after each step from pale to dark, the line at the start dotted and the "
           "least-squares line dashed. Second: how far the mean squared error lies above the smallest one, against the "
           "step, on a logarithmic axis. Third: the factor by which one step multiplies the distance from the minimum, "
           "against the learning rate; dashed the limit, dotted the rate that is fastest from the worst start.")
    controls = (
        Slider("lr", "Learning rate", 0.01, 1.2, 0.01, 0.1),
        Slider("step", "Steps", 0, 100, 1, 12, play=True),
        Menu("inputs", "Input x", ("as it is", "standardized"), "as it is"),
        Slider("b0", "Start: intercept", -15.0, 30.0, 0.5, 0.0, more=True),
        Slider("w0", "Start: slope", -15.0, 15.0, 0.5, 0.0, more=True),
    )
    presets = {
        "Too small": {"lr": 0.01, "step": 100},
        "Good": {"lr": 0.39, "step": 70},
        "Just below the limit": {"lr": 0.41, "step": 100},
        "Diverges": {"lr": 0.43, "step": 24},
        "Standardized": {"lr": 0.39, "inputs": "standardized"},
    }
    panels = (
        ("Lines after the steps", "x", "y", (-0.05, 2.05), (-8, 32)),
        ("Cost above the smallest", "step", "MSE − smallest MSE", (-3, 103), (1e-6, 1e4)),
        ("Factor a step: stable below 1", "learning rate", "|1 − lr λ|", (-0.04, 1.2), (-0.06, 2)),
    )
    widths = (1.0, 1.0, 1.05)
    size = (760, 350)
    background_depends = ("inputs",)
    closed_form = "|1 − lr λ|"
    knobs = ("lr",)
    _STEPS = 100
    handles = (
        Handle(0, "left end of the starting line", at=lambda s: DescentOnALine._end(s, 0),
               move=lambda s, x, y: DescentOnALine._starting(s, 0, y)),
        Handle(0, "right end of the starting line", at=lambda s: DescentOnALine._end(s, 1),
               move=lambda s, x, y: DescentOnALine._starting(s, 1, y)),
        Handle(1, "step", x="step", at=lambda s: (s["step"], DescentOnALine._above(s)[s["step"]])),
        Handle(2, "learning rate", x="lr", at=lambda s: (s["lr"], _steepest(s))),
    )

    @staticmethod
    def _above(s):
        """How far the cost of each step lies above the smallest, inside the panel."""
        return np.clip(s["cost"] - s["data"].floor, 1.5e-6, 7e3)

    @staticmethod
    def _end(s, side):
        """Where the starting line is taken hold of, at its left (0) or right (1) end."""
        x = (-1.9, 1.9)[side] if s["standardized"] else (0.0, 2.0)[side]
        return x, s["b0"] + s["w0"] * x

    @classmethod
    def _starting(cls, s, side, y) -> dict:
        line = _through(cls._end(s, side)[0], y, *cls._end(s, 1 - side))
        return {"b0": line["b"], "w0": line["w"]}

    def background(self, axes, values):
        data = _line_data(values["inputs"] == "standardized")
        if values["inputs"] == "standardized":
            axes[0].set(xlim=(-2, 2), xlabel="standardized x")
        axes[0].plot(data.X1[:, 1], data.y, "o", color=style.GREY, markersize=3.5)
        axes[1].set_yscale("log")
        axes[2].axhspan(1, 2, color=style.RED, alpha=0.08)
        axes[2].axhline(1, color=style.DARK, linewidth=0.9)

    def state(self, lr, step, inputs, b0, w0, turns=()):
        data, rates = _line_data(inputs == "standardized"), _rates(lr, turns)
        path = ops.gradient_descent(lambda t: ops.mse_gradient(data.X1, data.y, t), np.array([b0, w0]), _rate(rates),
                                    self._STEPS)
        return {"lr": rates[-1][1], "rates": rates, "step": step, "data": data, "path": path,
                "cost": _costs(path, data.X1, data.y), "limits": data.limits, "limit": data.limits.limit,
                "stable": _stable(data.limits.limit), "standardized": inputs == "standardized"}

    def layers(self, state):
        data, path, step, limits = state["data"], state["path"], state["step"], state["limits"]
        ends = np.array([-2.0, 2.0]) if state["standardized"] else np.array([-0.05, 2.05])
        layers = [Line(0, ends, path[0, 0] + path[0, 1] * ends, color=style.ORANGE, width=1.6, dash="dotted",
                       label="line at the start")]
        for k in range(max(0, step - 12), step):
            layers.append(Line(0, ends, path[k, 0] + path[k, 1] * ends, color=style.SKY, width=1.3,
                               alpha=0.3 + 0.6 * (k + 13 - step) / 13))
        layers += [Line(0, ends, data.best[0] + data.best[1] * ends, color=style.GREEN, width=2, dash="dashed",
                        label="least-squares line"),
                   Line(0, ends, path[step, 0] + path[step, 1] * ends, color=style.BLUE, width=3,
                        label="line after the steps", key="line")]
        steps, above, marks = np.arange(self._STEPS + 1), state["cost"] - data.floor, self._above(state)
        layers += [Line(1, steps, above, color=style.SKY, width=1.3, alpha=0.7),
                   Line(1, steps[: step + 1], above[: step + 1], width=2.6, label="MSE above the smallest"),
                   Points(1, step, marks[step], size=10, key="line",
                          label=f"MSE {short(state['cost'][step])}")]
        turned = np.array([at for at, _ in state["rates"][1:] if at <= self._STEPS], dtype=int)
        layers.append(Points(1, turned, marks[turned], color=style.RED, marker="s", size=8, label="rate turned here"))
        layers += _factors(2, state["lr"], limits.eigenvalues, 1.2, limits.limit, limits.fastest)
        side = {"ha": "left", "box": True} if limits.limit < 0.6 else {"ha": "right", "box": True}
        at = limits.limit + (0.025 if limits.limit < 0.6 else -0.025)
        layers += [Text(2, at, 1.86, f"2/λₘₐₓ = {fixed(limits.limit, 3)}", color=style.RED, bold=True, key="limit",
                        **side),
                   Text(2, at, 1.66, f"fastest {fixed(limits.fastest, 3)}", color=style.GREEN, key="fastest", **side)]
        return layers

    def caption(self, state):
        lr, step, limits, data = state["lr"], state["step"], state["limits"], state["data"]
        factor = 1 - lr * limits.eigenvalues[0]
        bound = term(f"2/λₘₐₓ = {fixed(limits.limit, 3)}", "limit")
        cost = state["cost"][step]
        turned = f" (turned at step {state['rates'][-1][0]})" if len(state["rates"]) > 1 else ""
        if lr >= limits.limit:
            return (f"lr {fixed(lr)}{turned} > {bound}: diverges. Each step multiplies the error along the "
                    f"{term('steepest direction', 'steepest')} by {fixed(factor)}; MSE {short(cost)} after {step} "
                    f"steps. Largest stable value here: {fixed(state['stable'])}.")
        b, w = state["path"][step]
        line = term(f"y = {fixed(b)} {'−' if w < 0 else '+'} {fixed(abs(w))} x", "line")
        text = (f"lr {fixed(lr)}{turned} < {bound}. After {step} steps {line}, MSE {short(cost)} (smallest "
                f"{fixed(data.floor, 3)}). ")
        slow = max(abs(1 - lr * value) for value in limits.eigenvalues)
        if factor < 0 and -factor >= slow - 1e-12:
            return f"{text}It jumps across the valley: factor {fixed(factor, 3)} a step."
        return f"{text}Slowest factor {fixed(slow, 3)} a step."

    def code(self):
        v, standardize = self.values, "X = datasets.standardize(X)\n" if self.current["standardized"] else ""
        return (f"""import numpy as np
from course_lib import datasets, ops

X, y = datasets.noisy_line()
{standardize}X1 = ops.add_bias_column(X)
rate = {_rate_code(self.current["rates"])}
start = np.array([{v["b0"]!r}, {v["w0"]!r}])
path = ops.gradient_descent(lambda theta: ops.mse_gradient(X1, y, theta), start, rate, 100)
cost = np.array([ops.mse(X1 @ theta, y)[0] for theta in path])
limit = ops.step_limits(ops.mse_hessian(X1)).limit
print(path[{v["step"]}], cost[{v["step"]}], limit)""")


# ---------------------------------------------------------------------------------------------------- one dimension


class _Curve(NamedTuple):
    formula: str
    f: object
    slope: object
    curvature: object
    minima: tuple
    convex: bool
    ylim: tuple


def _basins():
    roots = np.roots([1.0, 0.0, -2.0, 0.4])  # of x^3 - 2 x + 0.4
    return tuple(float(x) for x in np.sort(roots.real) if 3 * x * x - 2 > 0)


_CURVES = {
    "bowl": _Curve("x²", lambda x: x**2, lambda x: 2 * x, lambda x: 2 + 0 * x, (0.0,), True, (-0.8, 8)),
    "flat bowl": _Curve("x⁴/5", lambda x: x**4 / 5, lambda x: 4 * x**3 / 5, lambda x: 12 * x**2 / 5, (0.0,), True,
                        (-0.8, 8)),
    "two basins": _Curve("x⁴/4 − x² + 0.4 x", lambda x: x**4 / 4 - x**2 + 0.4 * x, lambda x: x**3 - 2 * x + 0.4,
                         lambda x: 3 * x**2 - 2, _basins(), False, (-2.2, 4.5)),
    "shoulder": _Curve("x⁴/8 + x³/3", lambda x: x**4 / 8 + x**3 / 3, lambda x: x**3 / 2 + x**2,
                       lambda x: 1.5 * x**2 + 2 * x, (-2.0,), False, (-1.2, 7)),
}


class DescentInOneDimension(Demo):
    """Steps on a curve."""

    title = "Downhill on a curve"
    alt = ("First: a curve with the points that gradient descent visits, joined by lines, and the tangent or a chord. "
           "Second: the position after each step, with the minima as dotted lines.")
    controls = (
        Menu("function", "Function", tuple(_CURVES), "bowl"),
        Slider("lr", "Learning rate", -2.5, 0.3, 0.02, 0.1, log=True),
        Slider("step", "Steps", 0, 50, 1, 8, play=True),
        Slider("start", "Start x", -2.5, 2.5, 0.05, 2.0, more=True),
        Menu("drawn", "Straight line", ("tangent", "chord"), "tangent", more=True),
    )
    presets = {
        "Slow": {"lr": 0.01},
        "Jumps across": {"lr": 0.9},
        "Diverges": {"lr": 1.1},
        "Left basin": {"function": "two basins", "start": -0.3, "step": 20},
        "Right basin": {"function": "two basins", "start": 0.5, "step": 20},
        "Stuck on the shoulder": {"function": "shoulder", "start": 1.0, "step": 50},
        "Not convex": {"function": "two basins", "start": -1.8, "step": 0, "drawn": "chord"},
    }
    panels = (
        ("Curve and steps", "x", "f(x)", (-2.7, 2.7), (-0.8, 8)),
        ("Position after each step", "step", "x", (-1.5, 51.5), (-2.7, 2.7)),
    )
    size = (800, 360)
    background_depends = ("function",)
    closed_form = "f(x)"
    handles = (Handle(0, "start", at=lambda s: (s["start"], s["curve"].f(s["start"])), click=True, replay=True,
                      move=lambda s, x, y: {"start": x}),
               Handle(1, "step", x="step", at=lambda s: (s["step"], s["x"] if abs(s["x"]) <= 2.7 else None)))
    _STEPS = 50
    _T = np.linspace(-2.7, 2.7, 241)

    def background(self, axes, values):
        curve = _CURVES[values["function"]]
        axes[0].set(ylim=curve.ylim, title=f"f(x) = {curve.formula}")
        axes[0].plot(self._T, curve.f(self._T), color=style.DARK, linewidth=1.8)
        for x in curve.minima:
            axes[1].axhline(x, color=style.GREEN, linewidth=1.2, linestyle="dotted")
        if values["function"] == "shoulder":
            axes[1].axhline(0, color=style.RED, linewidth=1.2, linestyle="dashed")

    @staticmethod
    def _settles(curve, start, lr) -> bool:
        """Whether steps become smaller, and stay in the panel."""
        path = ops.descend(curve.slope, [start], lr, 200).path[:, 0]
        return bool(abs(path[-1]) <= 2.7 and abs(path[-1] - path[-2]) < 0.9 * abs(path[1] - path[0]))

    @classmethod
    def _largest_rate(cls, curve, start, lr) -> float:
        """The largest rate below lr, to two digits, with which the run settles."""
        high, low = lr, lr
        while not cls._settles(curve, start, low):
            high, low = low, low * 0.8
        for _ in range(8):
            middle = (low + high) / 2
            low, high = (middle, high) if cls._settles(curve, start, middle) else (low, middle)
        return _below(low)

    def state(self, function, start, lr, step, drawn):
        curve = _CURVES[function]
        path = ops.gradient_descent(curve.slope, [start], lr, self._STEPS)[:, 0]
        x = path[step]
        state = {"function": function, "curve": curve, "lr": lr, "step": step, "path": path, "x": float(x),
                 "chord": drawn == "chord", "start": start, "end": float(path[-1])}
        if not abs(path[-1]) <= 2.7:  # also true for a position that is not finite
            state["stable"] = self._largest_rate(curve, start, lr)
        if drawn == "chord":
            other = self._other(start, float(x), step)
            t = np.linspace(0, 1, 101)
            between = (1 - t) * start + t * other
            state["ends"] = (start, other)
            state["above"] = float(np.max(curve.f(between) - ((1 - t) * curve.f(start) + t * curve.f(other))))
        return state

    @staticmethod
    def _other(start, x, step) -> float:
        """The chord's other end: the present point, before the first step (or far out) the start mirrored at 0."""
        return x if step and abs(x) <= 2.7 else -start

    def layers(self, state):
        curve, path, step, x = state["curve"], state["path"], state["step"], state["x"]
        outside = np.flatnonzero(~(np.abs(path) <= 2.7))
        last = min(outside[0] if outside.size else self._STEPS, self._STEPS)  # what comes after is out of sight
        path, x = np.clip(path[: last + 1], -30, 30), min(max(x, -30.0), 30.0)  # far outside is far enough
        walked = path[: step + 1]
        layers = [Line(0, walked, curve.f(walked), color=style.SKY, width=1.2),
                  Points(0, walked, curve.f(walked), color=style.SKY, size=7, edge=style.DARK,
                         label=[f"step {k}" for k in range(len(walked))])]
        if state["chord"]:
            ends = np.array(state["ends"])
            layers += [Line(0, ends, curve.f(ends), color=style.PURPLE, width=2.2, dash="dashed"),
                       Points(0, ends, curve.f(ends), color=style.PURPLE, marker="s", size=9, edge=style.DARK)]
        elif abs(x) <= 2.7:
            slope = curve.slope(x)
            layers.append(Line(0, [x - 6, x + 6], [curve.f(x) - 6 * slope, curve.f(x) + 6 * slope],
                               color=style.BLUE if slope >= 0 else style.ORANGE, width=2,
                               dash="solid" if slope >= 0 else "dashed", label="tangent", key="slope"))
        layers += [Points(0, state["start"], curve.f(state["start"]), color=style.ORANGE, marker="s", size=10,
                          edge=style.DARK, label="start"),
                   Points(0, x, curve.f(x), color=style.GREEN, marker="D", size=12, edge=style.DARK,
                          label=f"after step {step}", key="x"),
                   Line(1, np.arange(len(path)), path, color=style.SKY, width=1.2, alpha=0.6),
                   Line(1, np.arange(len(walked)), walked, width=2, label="x"),
                   Points(1, np.arange(len(walked)), walked, size=5),
                   Points(1, step, x, color=style.GREEN, marker="D", size=11, edge=style.DARK,
                          label=f"after step {step}", key="x")]
        minima = np.array(curve.minima)
        layers.append(Text(1, np.full(len(minima), 49.0), minima + 0.17, ["minimum"] * len(minima), ha="right"))
        if state["function"] == "shoulder":
            layers.append(Text(1, 49, -0.2, "shoulder: slope 0", ha="right"))
        return layers

    def caption(self, state):
        curve, lr, x, step = state["curve"], state["lr"], state["x"], state["step"]
        if state["chord"]:
            a, b = state["ends"]
            if state["above"] > 1e-9:
                verdict = f"the curve rises up to {fixed(state['above'])} above it, so the function is not convex."
            else:
                verdict = "the curve stays below it." + (" This holds for any two points: convex, one minimum."
                                                         if curve.convex else " For a convex function it must do so "
                                                         "for any two points: move the start.")
            return f"Chord from x = {fixed(a)} to {fixed(b)}: {verdict}"
        if "stable" in state:
            steep = float(curve.curvature(np.float64(state["start"])))
            text = f"lr {short(lr)} > 2/f″ = {short(2 / steep)} at the start: diverges" if lr * steep > 2 else (
                f"lr {short(lr)} diverges")
            text += ", each step overshoots by more than it came. "
            if np.isfinite(x):
                text += f"x = {short(x)} after {step} steps. "
            else:
                text += f"x has left the range of numbers after {np.isfinite(state['path']).sum()} steps. "
            return f"{text}Largest stable value from here: {state['stable']}."
        slope = float(curve.slope(x))
        way = "left" if slope > 0 else "right"
        text = f"Step {step}: {term(f'x = {fixed(x, 3)}', 'x')}, {term(f'slope {signed(slope, 3)}', 'slope')}"
        if abs(slope) < 5e-4:
            if state["function"] == "shoulder" and abs(x) < 0.1:
                return f"{text}: as good as 0, but no minimum: the curve goes on falling to the left."
            return f"{text}: at a minimum. The slope vanishes, and so do the steps."
        text += f", so the next step goes {way} by {short(lr * abs(slope))}."
        nearest = min(curve.minima, key=lambda m: abs(m - state["end"]))
        bend = float(curve.curvature(nearest))
        if state["function"] == "shoulder" and state["end"] > -0.05:
            return f"{text} Near x = 0 the curve is flat: this shoulder holds the run up."
        if bend > 0 and lr * bend > 2:
            return f"{text} lr {short(lr)} > 2/f″ = {short(2 / bend)} at the minimum: it never settles."
        if bend > 0 and lr * bend > 1:
            return f"{text} Above 1/f″ = {short(1 / bend)} each step jumps across the minimum."
        if len(curve.minima) > 1:
            return f"{text} This start ends at x = {fixed(nearest)}; the other basin is not seen."
        return text

    def code(self):
        v, cubes = self.values, {"bowl": "2 * x", "flat bowl": "4 * x**3 / 5", "two basins": "x**3 - 2 * x + 0.4",
                                 "shoulder": "x**3 / 2 + x**2"}
        return f"""from course_lib import ops

path = ops.gradient_descent(lambda x: {cubes[v["function"]]}, [{v["start"]!r}], {v["lr"]!r}, 50)[:, 0]
x, end = path[{v["step"]}], path[-1]
print(x, end)"""


# ------------------------------------------------------------------------------------------------------------ paths


_PLANE = ((0.0, 10.0), (0.0, 14.0))


@cache
def _plane_costs() -> np.ndarray:
    """Mean squared error of the line data over the plane of intercept and slope."""
    data = _line_data(False)
    return _costs(ops.grid(*_PLANE, 81), data.X1, data.y).reshape(81, 81)


@cache
def _order(seed) -> np.ndarray:
    """The samples of fifty epochs, each shuffled anew."""
    rng = np.random.default_rng(seed)
    return np.stack([rng.permutation(len(_line_data(False).y)) for _ in range(DescentPaths.EPOCHS)])


@lru_cache(maxsize=256)
def _path(batch, rates, t0, t1, b0, w0, order) -> np.ndarray:
    """Fifty epochs on the line data, a row an update; rates None takes the schedule."""
    data = _line_data(False)
    if rates is None:
        rate = ops.inverse_time(t0, t1)
    else:
        rate = rates[0][1] if len(rates) == 1 else _rate(rates, ops.updates_per_epoch(len(data.y), batch))
    return ops.stochastic_descent(data.X1, data.y, np.array([b0, w0]), rate, _order(order), batch)


def _updates(run) -> str:
    return f"{run['updates']} update{'s' * (run['updates'] != 1)}"


class DescentPaths(Demo):
    """Batch, mini-batch and stochastic descent on one surface."""

    title = "All samples, a few, or one at a time"
    alt = ("First: contours of the mean squared error over intercept and slope with the paths of batch, mini-batch and "
           "stochastic descent to the minimum. Second: distance from the minimum after each epoch on a logarithmic "
           "axis.")
    EPOCHS = 50
    controls = (
        Slider("lr", "Constant rate", -3.0, 0.0, 0.02, 0.1, log=True),
        Slider("epochs", "Epochs", 0, 50, 1, 50, play=True),
        Menu("shown", "Paths", ("all three", "batch (100)", "mini-batch", "stochastic (1)"), "all three"),
        Menu("schedule", "Learning rate", ("constant", "t₀/(t + t₁)"), "constant", more=True),
        Slider("t0", "t₀", 0.5, 20.0, 0.5, 5.0, more=True),
        Slider("t1", "t₁", 5, 200, 5, 50, more=True),
        Slider("batch", "Mini-batch size", 2, 99, 1, 10, more=True),
        Slider("b0", "Start: intercept", 0.0, 10.0, 0.1, 1.0, more=True),
        Slider("w0", "Start: slope", 0.0, 14.0, 0.1, 12.5, more=True),
        Slider("order", "Order of the samples", 0, 30, 1, 0, more=True),
    )
    presets = {
        "First epoch": {"epochs": 1},
        "Schedule 5/(t + 50)": {"schedule": "t₀/(t + t₁)"},
        "One sample at a time": {"shown": "stochastic (1)", "lr": 0.1},
        "Rate falls too fast": {"schedule": "t₀/(t + t₁)", "t0": 0.5, "t1": 5},
        "Too large for one sample": {"lr": 0.3},
        "Too large for all": {"lr": 0.5, "epochs": 10},
    }
    panels = (
        ("Paths over the cost", "intercept b", "slope w", *_PLANE),
        ("Distance from the minimum", "epoch", "distance", (-1.5, 51.5), (1e-3, 200)),
    )
    widths = (1.15, 1.0)
    size = (820, 390)
    knobs = ("lr",)
    handles = (Handle(0, "start", x="b0", y="w0", click=True, replay=True),
               Handle(1, "epoch", x="epochs", at=lambda s: (s["epochs"], np.clip(s["distances"][0], 1e-3, 200))))
    _RUNS: ClassVar = {"batch (100)": (style.BLUE, "solid", "o"), "mini-batch": (style.GREEN, "dashed", "^"),
                       "stochastic (1)": (style.ORANGE, "solid", "s")}

    def background(self, axes, values):
        costs = _plane_costs()
        levels = _line_data(False).floor * 2.0 ** np.arange(0.15, 8)
        axes[0].contour(np.linspace(*_PLANE[0], 81), np.linspace(*_PLANE[1], 81), costs, levels=levels,
                        colors=["#9a9a9a"], linewidths=0.8)
        axes[0].grid(visible=False)
        axes[1].set_yscale("log")

    def state(self, schedule, lr, t0, t1, batch, epochs, b0, w0, order, shown, turns=()):
        data = _line_data(False)
        constant = schedule == "constant"
        rates = _rates(lr, turns) if constant else None
        sizes = {"batch (100)": len(data.y), "mini-batch": batch, "stochastic (1)": 1}
        runs = {}
        for name, m in sizes.items():
            if shown not in ("all three", name):
                continue
            updates = ops.updates_per_epoch(len(data.y), m)
            path = _path(m, rates, t0, t1, b0, w0, order)
            with np.errstate(over="ignore", invalid="ignore"):
                away = np.linalg.norm(path[::updates] - data.best, axis=1)
            runs[name] = {"m": m, "updates": epochs * updates, "path": path[: epochs * updates + 1],
                          "distance": np.where(np.isfinite(away), away, np.inf)}
        # One sample's curvature is (2/1) |x|^2 with x_0 = 1: its own limit is 1 / |x|^2.
        single = float(1 / np.max(np.sum(data.X1**2, axis=1)))
        return {"runs": runs, "epochs": epochs, "constant": constant, "lr": rates[-1][1] if constant else None,
                "rates": rates, "t0": t0, "t1": t1, "limit": data.limits.limit, "single": single,
                "best": data.best, "distances": np.array([run["distance"][epochs] for run in runs.values()]),
                "diverged": [name for name, run in runs.items() if run["distance"][-1] > 1e3]}

    def layers(self, state):
        data, epochs = _line_data(False), state["epochs"]
        floor = np.log10(data.floor)
        layers = [Image(0, np.log10(_plane_costs()), floor, floor + 3, "heat", log=True, label="MSE"),
                  Line(1, [epochs, epochs], [1e-3, 200], color=style.GREY, width=1)]
        for name, run in reversed(state["runs"].items()):
            color, dash, marker = self._RUNS[name]
            path = run["path"]
            many = len(path) > 1000  # thin, so that the contours stay in sight
            layers.append(Line(0, *path.T, color=color, width=0.9 if run["m"] == 1 else 2.0, dash=dash,
                               alpha=0.5 if many else 0.9, key=name))
            if len(path) <= 60:
                layers.append(Points(0, *path.T, color=color, marker=marker, size=5, edge=color))
            layers += [Points(0, *path[-1], color=color, marker=marker, size=12, edge=style.DARK,
                              label=f"{name} after {_updates(run)}", key=name),
                       Line(1, np.arange(self.EPOCHS + 1), run["distance"], color=color, width=1.2, dash=dash,
                            alpha=0.4),
                       Line(1, np.arange(epochs + 1), run["distance"][: epochs + 1], color=color, width=2.2,
                            dash=dash, label=f"distance, {name}", key=name),
                       Points(1, epochs, run["distance"][epochs], color=color, marker=marker, size=10,
                              edge=style.DARK, key=name)]
        for k, name in enumerate(state["runs"]):
            color, dash, marker = self._RUNS[name]
            row = 110 / 2.1**k
            layers += [Line(1, [12, 17], [row, row], color=color, width=2.2, dash=dash, key=name),
                       Points(1, 14.5, row, color=color, marker=marker, size=9, edge=style.DARK, key=name),
                       Text(1, 18.5, row, f"{name}, {_updates(state['runs'][name])}", ha="left", box=True,
                            key=name)]
        layers += [Points(0, *data.best, color=style.DARK, marker="x", size=14, label="minimum")]
        return layers

    def caption(self, state):
        words = []
        for name, run in state["runs"].items():
            away = run["distance"][state["epochs"]]
            words.append(term(f"{name.split()[0]} {short(away, 2) if away < 1e3 else 'diverged'}", name))
        text = f"Distance after {state['epochs']} epoch{'s' * (state['epochs'] != 1)}: {', '.join(words)}. "
        lr = state["lr"]
        if state["constant"] and len(state["rates"]) > 1:
            text += f"Rate turned to {short(lr)} after epoch {state['rates'][-1][0]}. "
        if not state["constant"]:
            first = state["t0"] / state["t1"]
            text += f"The rate starts at {short(first)} and falls like 1/t"
            if state["diverged"]:
                return (f"{text}: too large at first for one sample (limit {fixed(state['single'])}). Raise t₁ to "
                        f"{short(np.ceil(state['t0'] / state['single'] / 5) * 5)}.")
            if max(run["distance"][-1] for run in state["runs"].values() if run["m"] < 100 or len(
                    state["runs"]) == 1) > 1:
                return f"{text}: too fast, the runs come to rest before they arrive."
            return f"{text}: the noise of small batches shrinks with it."
        if lr >= state["limit"]:
            return (f"{text}lr {short(lr)} > 2/λₘₐₓ = {fixed(state['limit'], 3)}: even the batch diverges. Largest "
                    f"stable value {_below(state['limit'])}; safe for every single sample: {_below(state['single'])}.")
        if lr >= state["single"]:
            return (f"{text}lr {short(lr)} is below 2/λₘₐₓ = {fixed(state['limit'], 3)} of all samples, but above "
                    f"{fixed(state['single'], 3)}, the limit of the sample with the largest x. "
                    f"{_below(state['single'])} is safe for all.")
        away = max(run["distance"][state["epochs"]] for run in state["runs"].values())
        if list(state["runs"]) == ["batch (100)"]:
            return f"{text}All samples at once: no noise, but only one update an epoch."
        if away > 1 and min(run["distance"][state["epochs"]] for run in state["runs"].values()) > 1:
            return f"{text}All are still on the way."
        return f"{text}At a constant rate small batches keep wandering about the minimum."

    def code(self):
        v, sizes = self.values, {"batch (100)": 100, "mini-batch": self.values["batch"], "stochastic (1)": 1}
        shown = [m for name, m in sizes.items() if v["shown"] in ("all three", name)]
        rate = f"ops.inverse_time({v['t0']!r}, {v['t1']!r})"
        if v["schedule"] == "constant":
            rate = _rate_code(self.current["rates"], "-(-100 // m)")
        return f"""import numpy as np
from course_lib import datasets, ops

X, y = datasets.noisy_line()
X1, best = ops.add_bias_column(X), ops.normal_equation(X, y)
rng = np.random.default_rng({v["order"]})
order = np.array([rng.permutation(100) for _ in range(50)])
distances = []
for m in {shown}:
    path = ops.stochastic_descent(X1, y, np.array([{v["b0"]!r}, {v["w0"]!r}]), {rate}, order, m, record="epoch")
    distances.append(np.linalg.norm(path[{v["epochs"]}] - best))
print(distances)"""


# ----------------------------------------------------------------------------------------------------- conditioning


@lru_cache(maxsize=32)
def _bowl(l1, l2, angle):
    """Hessian of a bowl, its cost over the plane, and contours of it."""
    R = Conditioning._axes(angle)
    H = R @ np.diag([l1, l2]) @ R.T
    plane = ops.grid((-2.6, 2.6), (-2.6, 2.6), 81)
    cost = np.einsum("ni,ij,nj->n", plane, H, plane).reshape(81, 81) / 2
    levels = max(l1, l2) * np.array([0.03, 0.15, 0.5, 1.2, 2.5])
    return H, cost, [Line(0, *contour(cost, (-2.6, 2.6), (-2.6, 2.6), level), color=style.GREY, width=1)
                     for level in levels]


class Conditioning(Demo):
    """A long valley costs many steps."""

    title = "Long valleys cost many steps"
    alt = ("First: elliptic contours of a quadratic cost with the path of gradient descent. Second: the factor of a "
           "step along the steepest and the flattest direction against the learning rate. Third: steps to one percent "
           "of the starting distance against the condition number on logarithmic axes.")
    controls = (
        Slider("l2", "Curvature along, λ₂", -1.0, 1.0, 0.05, 1.0, log=True),
        Slider("lr", "Learning rate", -2.0, 1.5, 0.01, 0.15, log=True),
        Slider("step", "Steps shown", 0, 100, 1, 30, play=True),
        Slider("l1", "Curvature across, λ₁", -1.0, 1.0, 0.05, 10.0, log=True, more=True),
        Slider("angle", "Rotation", 0, 180, 5, 30, unit="°", more=True),
        Slider("w1", "Start w₁", -2.5, 2.5, 0.1, 0.6, more=True),
        Slider("w2", "Start w₂", -2.5, 2.5, 0.1, 2.2, more=True),
    )
    presets = {
        "Round bowl": {"l1": 1.0, "l2": 1.0, "lr": 1.0},
        "Zig-zag": {"lr": 0.19},
        "Fastest rate": {"lr": 2 / 11},
        "Long valley": {"l1": 10.0, "l2": 0.1, "lr": 0.19, "step": 100},
        "Diverges": {"lr": 0.22, "step": 8},
    }
    panels = (
        ("Path to the minimum", "$w_1$", "$w_2$", (-2.6, 2.6), (-2.6, 2.6)),
        ("Factor a step: stable below 1", "learning rate / limit", "|1 − lr λ|", (-0.05, 1.5), (-0.06, 2)),
        ("Steps until 1 % is left", "condition number", "steps", (0.8, 150), (0.6, 3000)),
    )
    widths = (1.1, 1.0, 1.0)
    size = (760, 340)
    closed_form = "|1 − lr λ|"
    knobs = ("lr",)
    _MOST, _TIP = 600, 2.3
    handles = (
        Handle(0, "start", x="w1", y="w2", click=True, replay=True),
        Handle(0, "direction of the valley",
               at=lambda s: tuple(Conditioning._TIP * Conditioning._axes(s["angle"])[:, 1]),
               move=lambda s, x, y: {"angle": np.rad2deg(np.arctan2(-x, y)) % 180}),
        Handle(1, "learning rate", at=lambda s: (s["lr"] / s["limits"].limit, _steepest(s)),
               move=lambda s, x, y: {"lr": x * s["limits"].limit}),
    )

    def background(self, axes, values):
        axes[1].axhspan(1, 2, color=style.RED, alpha=0.08)
        axes[1].axhline(1, color=style.DARK, linewidth=0.9)
        axes[2].set(xscale="log", yscale="log")
        axes[2].plot(*self._fastest(), color=style.GREEN, linestyle="dotted")
        axes[2].text(100, 1.0, "dotted: runs with\nthe fastest rate", fontsize=9, color=style.DARK, ha="right")
        axes[0].grid(visible=False)

    @staticmethod
    @cache
    def _fastest():
        """Condition numbers, and the steps to a hundredth of the distance with the fastest rate."""
        conditions, steps = np.geomspace(1.02, 100, 40), []
        for condition in conditions:
            H = np.diag([condition, 1.0])
            path = ops.gradient_descent(lambda w, H=H: H @ w, np.ones(2), ops.step_limits(H).fastest, 300)
            steps.append(np.argmax(np.linalg.norm(path, axis=1) < 0.01 * np.sqrt(2)))
        return conditions, np.array(steps)

    @staticmethod
    def _axes(angle):
        """The axes of the ellipses as columns."""
        turn = np.deg2rad(angle)
        return np.array([[np.cos(turn), -np.sin(turn)], [np.sin(turn), np.cos(turn)]])

    def state(self, l1, l2, angle, lr, step, w1, w2, turns=()):
        H, cost, contours = _bowl(l1, l2, angle)
        limits, rates = ops.step_limits(H), _rates(lr, turns)
        lr = rates[-1][1]
        path = ops.gradient_descent(lambda w: H @ w, np.array([w1, w2]), _rate(rates), self._MOST)
        with np.errstate(over="ignore", invalid="ignore"):
            share = np.linalg.norm(path, axis=1) / max(np.hypot(w1, w2), 1e-12)
        near = np.flatnonzero(share < 0.01)
        return {"lr": lr, "rates": rates, "step": step, "limits": limits, "condition": limits.condition,
                "path": path[: step + 1], "cost": cost, "contours": contours, "angle": angle,
                "needed": int(near[0]) if near.size else None, "share": float(share[step])}

    def layers(self, state):
        limits, path, lr = state["limits"], state["path"], state["lr"]
        level = limits.eigenvalues[0]
        layers = [Image(0, np.sqrt(state["cost"] / level), 0, 2.6, "heat"),
                  Line(0, *(self._TIP * np.array([-1, 1]) * self._axes(state["angle"])[:, [1]]), color=style.GREEN,
                       width=1, dash="dotted")]
        layers += state["contours"]
        layers += [Line(0, *path.T, color=style.ORANGE, width=2),
                   Points(0, *path.T, color=style.ORANGE, size=6, label=[f"step {k}" for k in range(len(path))]),
                   Points(0, 0, 0, color=style.DARK, marker="x", size=12, label="minimum"),
                   Points(0, *path[-1], color=style.GREEN, marker="D", size=12, edge=style.DARK,
                          label=f"after step {state['step']}")]
        # One axis for all curvatures: the learning rate as a share of its limit.
        share = limits.eigenvalues * limits.limit
        layers += _factors(1, lr / limits.limit, share, 1.5, 1.0, limits.fastest / limits.limit)
        layers += [Text(1, 0.04, 1.86, f"limit 2/λₘₐₓ = {short(limits.limit)}", color=style.RED, ha="left",
                        bold=True, box=True, key="limit"),
                   Text(1, 0.04, 1.66, f"fastest {short(limits.fastest)}", color=style.GREEN, ha="left", box=True,
                        key="fastest")]
        if state["needed"] is None:
            side = "right" if limits.condition > 30 else "left" if limits.condition < 3 else "center"
            layers.append(Text(2, limits.condition, 1500, "never" if lr >= limits.limit else f"> {self._MOST}",
                               color=style.RED, size=13, bold=True, box=True, ha=side))
        else:
            layers.append(Points(2, limits.condition, max(state["needed"], 1), color=style.ORANGE, marker="D", size=12,
                                 edge=style.DARK, label="this run", key="steps", ghost=True))
        return layers

    def caption(self, state):
        limits, lr = state["limits"], state["lr"]
        top, bottom = 1 - lr * limits.eigenvalues[0], 1 - lr * limits.eigenvalues[-1]
        text = f"Condition number {short(limits.condition)}. "
        if len(state["rates"]) > 1:
            text += f"Rate turned after step {state['rates'][-1][0]}. "
        if abs(lr / limits.limit - 1) < 1e-9:
            return (f"{text}lr {short(lr)} = 2/λₘₐₓ: factor −1, the steps jump across the valley for ever. Largest "
                    f"stable value {_below(limits.limit)}, fastest {short(limits.fastest)}.")
        if lr > limits.limit:
            return (f"{text}lr {short(lr, 4)} > 2/λₘₐₓ = {short(limits.limit)}: diverges, the error along the "
                    f"steepest direction is multiplied by {fixed(top)} a step. Largest stable value "
                    f"{_below(limits.limit)}, fastest {short(limits.fastest)}.")
        steps = "1 step" if state["needed"] == 1 else f"{state['needed'] or f'more than {self._MOST}'} steps"
        flattest = term(f"{fixed(bottom, 3)} (flattest)", "flattest")
        return (f"{text}lr {short(lr, 4)} < {term(f'2/λₘₐₓ = {short(limits.limit)}', 'limit')}; factors a step "
                f"{term(f'{fixed(top)} (steepest)', 'steepest')} and {flattest}: "
                f"{term(steps, 'steps')} to 1 % of the distance. Fastest: {short(limits.fastest)}.")

    def code(self):
        v = self.values
        return f"""import numpy as np
from course_lib import ops

turn = np.deg2rad({v["angle"]})
R = np.array([[np.cos(turn), -np.sin(turn)], [np.sin(turn), np.cos(turn)]])
H = R @ np.diag([{v["l1"]!r}, {v["l2"]!r}]) @ R.T
bowl = ops.step_limits(H)
rate = {_rate_code(self.current["rates"])}
path = ops.gradient_descent(lambda w: H @ w, np.array([{v["w1"]!r}, {v["w2"]!r}]), rate, {v["step"]})
condition = bowl.condition
print(path[-1], condition, bowl.fastest, bowl.limit)"""


# ------------------------------------------------------------------------------------------------- logistic regression


@cache
def _two_classes(name):
    """Standardized or [0, 1] training inputs and 0/1 labels, and new ones."""
    if name == "digits 3 and 8":
        split = datasets.digits8()
        parts = []
        for X, y in ((split.X_train, split.y_train), (split.X_test, split.y_test)):
            chosen = np.flatnonzero((y == 3) | (y == 8))[:100]
            parts += [X[chosen], (y[chosen] == 8).astype(np.int64)]
        return tuple(parts)
    X, y = datasets.blobs(200, centers=[(-1.0, -0.6), (1.0, 0.6)], spread=0.8, rng=1)
    return X[:100], y[:100], X[100:], y[100:]


_STEPS_OF_LOGISTIC = 5012  # the end of a slider in twentieths of a power of ten


@lru_cache(maxsize=512)
def _logistic(name, lr):
    """Cost at every step from w = 0, and accuracies at the end."""
    X, y, X_new, y_new = _two_classes(name)
    run = dense.train((X.shape[1], 1), X, y, loss="bce", lr=lr, epochs=_STEPS_OF_LOGISTIC,
                       params=np.zeros(X.shape[1] + 1))
    if run.diverged_at is not None:
        return run.loss, np.nan, np.nan
    right = [float(np.mean((run.predict(A).ravel() >= 0.5) == t)) for A, t in ((X, y), (X_new, y_new))]
    return run.loss, *right


class LearningRatesCompared(Demo):
    """Cost curves of logistic regression for several rates."""

    title = "Cost curves of logistic regression for several learning rates"
    alt = ("First: cost against the steps for three fixed learning rates and one chosen by slider, on logarithmic "
           "axes. Second: the cost after that many steps against the learning rate, with the limit of stable rates "
           "dashed.")
    _SETS: ClassVar = {"0.002, 0.005, 0.01": (0.002, 0.005, 0.01), "0.01, 0.05, 0.2": (0.01, 0.05, 0.2),
                       "0.1, 1, 10": (0.1, 1.0, 10.0)}
    controls = (
        Slider("lr", "Your own rate", -3.0, 2.0, 0.1, 0.1, log=True),
        Slider("steps", "Steps", 0.0, 3.7, 0.05, 5000, log=True, play=True),
        Menu("data", "Data", ("digits 3 and 8", "two clouds"), "digits 3 and 8"),
        Menu("rates", "Other rates", tuple(_SETS), "0.002, 0.005, 0.01", more=True),
        Menu("axis", "Horizontal axis", ("steps, log axis", "steps", "steps × rate"), "steps, log axis", more=True),
    )
    presets = {
        "Against steps × rate": {"axis": "steps × rate"},
        "Ten times apart": {"rates": "0.1, 1, 10", "lr": 0.01},
        "After three steps": {"rates": "0.1, 1, 10", "lr": 0.5, "steps": 3},
        "Climbs at first": {"lr": 10.0, "rates": "0.01, 0.05, 0.2"},
        "Too large": {"data": "two clouds", "lr": 100.0, "rates": "0.1, 1, 10"},
    }
    panels = (
        ("Cost", "step", "mean log loss", (0, 5150), (1e-5, 60)),
        ("Cost after these steps", "learning rate", "mean log loss", (7e-4, 140), (1e-5, 60)),
    )
    widths = (1.3, 1.0)
    size = (820, 370)
    background_depends = ("data", "axis")
    handles = (Handle(0, "number of steps", x="steps", at=lambda s: None if s["axis"] == "steps × rate" else (
                   s["steps"], LearningRatesCompared._mark(s))),
               Handle(1, "your own rate", x="lr", at=lambda s: (s["lr"], LearningRatesCompared._mark(s))))
    _AXES: ClassVar = {"steps, log axis": ("log", (0.9, 7000)), "steps": ("linear", (0, 5150)),
                       "steps × rate": ("linear", (0, 51.5))}  #: scale and limits of the horizontal axis
    _COSTS: ClassVar = {"digits 3 and 8": (1e-5, 60), "two clouds": (0.05, 2)}  #: limits of the cost axes
    _GRID = tuple(float(rate) for rate in np.round(10.0 ** np.arange(-3, 2.01, 0.25), 6))
    _LOOK = ((style.BLUE, "dotted", "o"), (style.GREEN, "dashed", "^"), (style.PURPLE, "dashdot", "s"))
    _SHOWN = np.unique(np.r_[0:100, 100:_STEPS_OF_LOGISTIC + 1:20])

    def background(self, axes, values):
        for ax in axes:
            ax.set(yscale="log", ylim=self._COSTS[values["data"]])
        scale, limits = self._AXES[values["axis"]]
        axes[0].set(xscale=scale, xlim=limits)
        if values["axis"] == "steps × rate":
            axes[0].set(xlabel="steps × rate", title="Cost: small rates share one curve")
        axes[1].set_xscale("log")
        limit = self._limit(values["data"])
        axes[1].axvline(limit, color=style.RED, linestyle="dashed", linewidth=1.4)
        axes[1].text(limit / 1.2, 0.95, f"2/λₘₐₓ\n= {limit:.2f}", color=style.RED, fontsize=9, va="top", ha="right",
                     transform=axes[1].get_xaxis_transform())

    @staticmethod
    @cache
    def _limit(data) -> float:
        """2 / lambda_max at w = 0, where p (1 - p) = 1/4 and the curvature is largest."""
        X1 = ops.add_bias_column(_two_classes(data)[0])
        return ops.step_limits(X1.T @ X1 / (4 * len(X1))).limit

    def state(self, rates, lr, steps, data, axis):
        rates = (*self._SETS[rates], lr)
        runs = [dict(zip(("loss", "train", "new"), _logistic(data, rate), strict=True)) for rate in rates]
        return {"rates": rates, "runs": runs, "costs": np.array([run["loss"][steps] for run in runs]), "steps": steps,
                "axis": axis, "data": data, "limit": self._limit(data), "lr": lr,
                "reached": np.array([_logistic(data, rate)[0][steps] for rate in self._GRID])}

    @classmethod
    def _mark(cls, s, k=3):
        """The cost of rate number `k` after the steps, inside the panel; the fourth is the reader's own."""
        low, high = cls._COSTS[s["data"]]
        return np.clip(s["costs"][k], 1.2 * low, high)

    def layers(self, state):
        steps = state["steps"]
        shown = np.append(self._SHOWN[self._SHOWN < steps], steps)
        layers = [Line(1, self._GRID, state["reached"], color=style.GREY, width=1.6,
                       label=f"cost after {steps} steps")]
        parts = zip(state["rates"], state["runs"], (*self._LOOK, (style.ORANGE, "solid", "D")), strict=True)
        for k, (rate, run, (color, dash, marker)) in enumerate(parts):
            x = shown * rate if state["axis"] == "steps × rate" else shown
            name, key = f"rate {short(rate)}", f"rate{k}"
            layers += [Line(0, x, run["loss"][shown], color=color, width=2.4, dash=dash, alpha=0.9, label=name,
                            key=key),
                       Points(0, x[-1], self._mark(state, k), color=color, marker=marker, size=9, edge=style.DARK,
                              key=key),
                       Points(1, rate, self._mark(state, k), color=color, marker=marker, size=11, edge=style.DARK,
                              label=name, key=key),
                       Line(0, *self._legend(state, k, (0.70, 0.76)), color=color, width=2.4, dash=dash, key=key),
                       Points(0, *self._legend(state, k, 0.73), color=color, marker=marker, size=8, edge=style.DARK,
                              key=key),
                       Text(0, *self._legend(state, k, 0.78), f"{'yours: ' if k == 3 else ''}{short(rate)}", ha="left",
                            box=True, key=key)]
        return layers

    def _legend(self, state, row, at):
        """Data coordinates of a place in the legend, whatever the scale of the panel."""
        along, up = Scale(*self._AXES[state["axis"]]), Scale("log", self._COSTS[state["data"]])
        x = [along.back(share) for share in np.atleast_1d(at)]
        return x, np.full(len(x), up.back(0.97 - 0.076 * row))

    def caption(self, state):
        lr, limit, steps = state["lr"], state["limit"], state["steps"]
        loss = state["runs"][3]["loss"][: steps + 1]
        costs = ", ".join(term(f"{short(cost, 2)} at {short(rate)}", f"rate{k}")
                          for k, (rate, cost) in enumerate(zip(state["rates"], state["costs"], strict=True)))
        text = f"Cost after {steps} step{'s' * (steps != 1)}: {costs}. "
        rises = int((np.diff(loss) > 1e-9).sum())
        if rises:
            first = f", at first to {short(loss.max())}" if loss.max() > loss[0] else ""
            return (f"{text}lr {short(lr)} > 2/λₘₐₓ = {fixed(limit)} at w = 0: the cost rises in {rises} of the steps"
                    f"{first}. {_below(limit)} is the largest rate sure never to climb.")
        if state["axis"] == "steps × rate":
            return f"{text}Against steps × rate small rates give one curve: they differ in speed only."
        right = f"{100 * state['runs'][3]['new']:.0f} % of new points are right"
        text += f"At the end of the run with your rate {right}."
        return f"{text} Twice the rate, half the steps." if lr < limit / 2 else text

    def code(self):
        if self.values["data"] == "two clouds":
            data = """X, y = datasets.blobs(200, [(-1.0, -0.6), (1.0, 0.6)], 0.8, rng=1)
X, y = X[:100], y[:100]"""
        else:
            data = """split = datasets.digits8()
chosen = np.flatnonzero((split.y_train == 3) | (split.y_train == 8))[:100]
X, y = split.X_train[chosen], (split.y_train[chosen] == 8).astype(int)"""
        return f"""import numpy as np
from course_lib import datasets, dense

{data}
start, costs = np.zeros(X.shape[1] + 1), []
for lr in {self.current["rates"]}:
    run = dense.train((X.shape[1], 1), X, y, loss="bce", lr=lr, epochs={self.current["steps"]}, params=start)
    costs.append(run.loss[-1])
print(costs)"""
