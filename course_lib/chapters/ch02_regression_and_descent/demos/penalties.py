"""Live figures of chapter 02: penalties on coefficients, early stopping, the search for good settings."""

from functools import cache, lru_cache

import numpy as np

from course_lib import datasets, models, ops
from course_lib.datasets import DIABETES_FEATURES
from course_lib.viz import style
from course_lib.viz.live import Demo, Image, Line, Menu, Points, Slider, Text
from course_lib.viz.numbers import fixed, short

_PENALTIES = ("ridge", "lasso", "elastic net")


@cache
def _patients():
    """X and y of the diabetes patients to train on, in standard deviations."""
    split = datasets.diabetes()
    return datasets.standardize(split.X_train), datasets.standardize(split.y_train[:, None])[:, 0]


def _share(penalty: str, r: float) -> float:
    """The share of the absolute values in the penalty."""
    return {"ridge": 0.0, "lasso": 1.0, "elastic net": r}[penalty]


def _fits(X, y, alphas, r) -> ops.Path:
    """Solutions for penalties given from large to small; ridge has a formula."""
    return ops.ridge_path(X, y, alphas) if r == 0 else ops.elastic_net_path(X, y, alphas, r)


class PenaltyGeometry(Demo):
    """The set that a penalty allows, and the coefficients along alpha."""

    title = "Ridge shrinks, lasso drops"
    alt = ("Left: ellipses of equal mean squared error of two coefficients and the disc, diamond or rounded diamond of "
           "equal penalty; they touch at the solution. Right: ten coefficients of the diabetes data along the penalty; "
           "with the lasso they reach zero one after the other.")
    controls = (
        Menu("penalty", "Penalty", _PENALTIES, "lasso"),
        Slider("alpha", "Penalty α", -3.0, 1.0, 0.02, 0.3, log=True),
        Slider("r", "Share r of |w| (elastic net)", 0.0, 1.0, 0.05, 0.5),
        Menu("pair", "On the left", ("bmi, age", "bmi, bp", "bmi, ltg", "tc, ldl"), "bmi, age"),
    )
    presets = {
        "Lasso: age is dropped": {},
        "Ridge: nothing is dropped": {"penalty": "ridge"},
        "Elastic net": {"penalty": "elastic net", "alpha": 0.25},
        "Correlated pair, ridge": {"penalty": "ridge", "alpha": 0.1, "pair": "tc, ldl"},
        "Correlated pair, lasso": {"alpha": 0.05, "pair": "tc, ldl"},
        "All are zero": {"alpha": 2.0},
    }
    panels = (
        ("The penalty's set touches an ellipse", "$w_1$", "$w_2$", (-0.5, 0.74), (-0.62, 0.62)),
        ("Ten coefficients; a cross is exactly 0", "penalty α", "coefficient w", (2.5e-4, 12), (-0.47, 0.67)),
    )
    widths = (1.0, 1.25)
    size = (820, 390)
    background_depends = ("pair",)
    _ALPHAS = 10.0 ** np.linspace(1, -3, 101)
    _ANGLES = np.linspace(0, 2 * np.pi, 241)
    _LEVELS = (0.005, 0.02, 0.06, 0.15, 0.3, 0.5, 0.8)  #: MSE above its minimum

    @staticmethod
    @cache
    def _pair(pair):
        """Two columns, their Hessian, the weights without penalty."""
        first, second = pair.split(", ")
        X, y = _patients()
        X = X[:, [DIABETES_FEATURES.index(first), DIABETES_FEATURES.index(second)]]
        return X, ops.mse_hessian(X), ops.normal_equation(X, y)[1:]

    @classmethod
    def _ellipse(cls, H, center, rise):
        """Where the MSE lies `rise` above its minimum: (1/2) (w - center)^T H (w - center) = rise."""
        values, vectors = ops.eigen_symmetric(H)
        circle = np.stack([np.cos(cls._ANGLES), np.sin(cls._ANGLES)])
        return center[:, None] + vectors @ (np.sqrt(2 * rise / values)[:, None] * circle)

    @classmethod
    def _border(cls, r, price):
        """Where r (|w1| + |w2|) + (1 - r)/2 (w1^2 + w2^2) equals the price."""
        x, y = np.cos(cls._ANGLES), np.sin(cls._ANGLES)
        a, b = (1 - r) / 2, r * (np.abs(x) + np.abs(y))
        radius = price / b if a == 0 else (np.sqrt(b * b + 4 * a * price) - b) / (2 * a)
        return radius * np.stack([x, y])

    def background(self, axes, values):
        _, H, best = self._pair(values["pair"])
        for rise in self._LEVELS:
            axes[0].plot(*self._ellipse(H, best, rise), color=style.GREY, linewidth=0.9, alpha=0.8)
        axes[0].axhline(0, color=style.DARK, linewidth=0.9)
        axes[0].axvline(0, color=style.DARK, linewidth=0.9)
        axes[0].plot(*best, marker="+", color=style.DARK, markersize=9, markeredgewidth=1.6)
        first, second = values["pair"].split(", ")
        axes[0].set(xlabel=f"coefficient of {first}", ylabel=f"coefficient of {second}")
        axes[1].set_xscale("log")
        axes[1].axhline(0, color=style.DARK, linewidth=0.9)

    @classmethod
    @lru_cache(maxsize=32)
    def _path(cls, r):
        return _fits(*_patients(), cls._ALPHAS, r).coefs

    @staticmethod
    def _held_out(alpha, r):
        """Mean R² on five parts, each predicted by a fit to the others."""
        X, y = _patients()
        scores = []
        for kept, held in models.k_fold(len(y), 5, rng=0):
            fit = _fits(X[kept], y[kept], [alpha], r)
            scores.append(ops.r2_score(X[held] @ fit.coefs[0] + fit.intercepts[0], y[held]))
        return float(np.mean(scores))

    def state(self, penalty, alpha, r, pair):
        y, r = _patients()[1], _share(penalty, r)
        X, H, best = self._pair(pair)
        fit = _fits(*_patients(), [alpha], r)
        small = _fits(X, y, [alpha], r).coefs[0]
        price = r * np.abs(small).sum() + (1 - r) / 2 * small @ small
        rise = float((small - best) @ H @ (small - best)) / 2
        return {"penalty": penalty, "alpha": alpha, "r": r, "pair": pair, "w": fit.coefs[0], "path": self._path(r),
                "held_out": self._held_out(alpha, r),
                "small": small, "border": self._border(r, price), "touch": self._ellipse(H, best, rise),
                "small_path": _fits(X, y, self._ALPHAS[::4], r).coefs}

    def layers(self, state):
        alpha, path = state["alpha"], state["path"]
        layers = [Line(0, *state["small_path"].T, color=style.GREEN, width=1.6, dash="dotted"),
                  Line(0, *state["touch"], color=style.ORANGE, width=1.8, dash="dashed"),
                  Line(0, *state["border"], color=style.BLUE, width=2.4),
                  Points(0, *state["small"], color=style.GREEN, marker="D", size=11, edge=style.DARK),
                  Line(1, [alpha, alpha], [-0.47, 0.67], color=style.DARK, width=1.2, dash="dashed")]
        ends = path[-1]
        places = self._apart(ends, 0.062)
        for j, name in enumerate(DIABETES_FEATURES):
            color, dash = style.PALETTE[j % 8], style.DASHES[j // 4]
            zero = state["w"][j] == 0
            layers += [Line(1, self._ALPHAS, path[:, j], color=color, width=2, dash=dash),
                       Points(1, alpha, state["w"][j], color=style.DARK if zero else color,
                              marker="x" if zero else "o", size=9 if zero else 8),
                       Line(1, [7e-4, 9.6e-4], [places[j], ends[j]], color=style.GREY, width=0.8),
                       Text(1, 6.5e-4, places[j], name, size=11, ha="right", bold=not zero,
                            color=style.GREY if zero else style.DARK)]
        return layers

    @staticmethod
    def _apart(values, gap):
        """The values moved so that neighbors are at least `gap` apart."""
        order = np.argsort(values)
        places = values[order].copy()
        for _ in range(60):
            short_of = np.maximum(gap - np.diff(places), 0) / 2
            places[:-1] -= short_of
            places[1:] += short_of
        result = np.empty_like(places)
        result[order] = places
        return result

    def caption(self, state):
        zeros = [name for name, w in zip(DIABETES_FEATURES, state["w"], strict=True) if w == 0]
        name = state["penalty"].capitalize()
        if state["penalty"] == "elastic net":
            name += f" (r = {short(state['r'], 2)})"
        which = f" ({', '.join(zeros)})" if 0 < len(zeros) < 10 else ""
        first, second = state["pair"].split(", ")
        w1, w2 = state["small"]
        text = f"{name}, α = {short(state['alpha'], 2)}: {len(zeros)} of 10 coefficients are exactly 0{which}; "
        text += f"R² on held-out parts {fixed(state['held_out'])}. Left: w = ({fixed(w1)}, {fixed(w2)})"
        on_axis = [label for label, w in ((first, w1), (second, w2)) if w == 0]
        if len(on_axis) == 2:
            return f"{text}, the set is a point."
        if on_axis:
            return f"{text}, a corner: {on_axis[0]} is dropped."
        return f"{text}, off the axes."


@cache
def _parabola(draw, train, validation, noise=1.0, test=400):
    """x and y of three parts of the noisy parabola."""
    rng = np.random.default_rng(draw)
    return [(X[:, 0], y) for X, y in (datasets.noisy_parabola(n, noise, rng) for n in (train, validation, test))]


class EarlyStopping(Demo):
    """The epoch with the lowest validation error, and the weights of that epoch."""

    title = "Stop in time, and go back to the best weights"
    alt = ("Left: 20 training and 20 validation points, the curve of the kept weights and that of the last weights. "
           "Right: root mean squared error of training, validation and test against the epoch, with the best epoch "
           "and the one at which patience ends.")
    controls = (
        Slider("degree", "Degree", 1, 15, 1, 15),
        Slider("lr", "Learning rate", -3.0, 0.0, 0.02, 0.1, log=True),
        Slider("patience", "Patience", 1, 300, 1, 100, unit="epochs"),
        Slider("draw", "Draw of the points", 0, 12, 1, 1),
    )
    presets = {
        "Over-fits after epoch 14": {},
        "Too impatient": {"draw": 10, "degree": 5, "patience": 5},
        "Small steps": {"lr": 0.001},
        "Degree 2 needs no stop": {"degree": 2},
        "Rate too large": {"lr": 10**-0.8},
    }
    panels = (
        ("Kept weights (solid) and last weights (dashed)", "x", "y", (-3, 3), (-2.5, 12.5)),
        ("Validation error turns, training error does not", "epoch", "RMSE", (0.9, 3600), (0, 4)),
    )
    size = (820, 380)
    _EPOCHS, _POINTS = 3000, 20
    _T = np.linspace(-3, 3, 161)
    _SHOWN = np.unique(np.round(np.geomspace(1, _EPOCHS, 260)).astype(int))

    def background(self, axes, values):
        axes[1].set_xscale("log")
        axes[0].plot(self._T, 0.5 * self._T**2 + self._T + 2, color=style.GREY, linestyle="dotted", linewidth=1.4)

    def state(self, degree, lr, patience, draw):
        parts = _parabola(draw, self._POINTS, self._POINTS)
        columns = [ops.polynomial(x, degree) for x in (*(x for x, _ in parts), self._T)]
        X, *others = (ops.add_bias_column(part) for part in datasets.standardize(*columns))
        targets = [y for _, y in parts]
        limit = ops.step_limits(ops.mse_hessian(X)).limit
        with np.errstate(over="ignore", invalid="ignore"):  # a diverging run is explained in the caption
            order = np.tile(np.arange(self._POINTS), (self._EPOCHS, 1))
            path = ops.stochastic_descent(X, targets[0], np.zeros(degree + 1), lr, order, self._POINTS, "epoch")
            finite = np.isfinite(path).all(axis=1) & (np.abs(path).max(axis=1) < 1e6)
            path = path if finite.all() else path[: int(np.argmin(finite))]
            rmse = [np.sqrt(np.mean((path @ part.T - y) ** 2, axis=1))
                    for part, y in zip((X, *others[:2]), targets, strict=True)]
        best, stop = ops.early_stopping(rmse[1], patience)
        return {"degree": degree, "lr": lr, "patience": patience, "parts": parts, "limit": limit,
                "rmse": rmse, "best": best, "stop": stop, "last": len(path) - 1,
                "kept": others[2] @ path[best], "final": others[2] @ path[-1]}

    def layers(self, state):
        (x, y), (x_val, y_val), _ = state["parts"]
        best, stop, last = state["best"], state["stop"], state["last"]
        layers = [
            Points(0, x, y, color=style.BLUE, size=8),
            Points(0, x_val, y_val, color=style.ORANGE, marker="s", size=7, filled=False),
            Line(0, self._T, state["kept"], color=style.DARK, width=2.8),
            Points(0, -2.75, 11.8, color=style.BLUE, size=8),
            Points(0, -2.75, 10.9, color=style.ORANGE, marker="s", size=7, filled=False),
            Text(0, [-2.55, -2.55], [11.8, 10.9], ["training", "validation"], size=12, ha="left"),
        ]
        if last == self._EPOCHS:
            layers.append(Line(0, self._T, state["final"], color=style.RED, width=2, dash="dashed"))
        shown = self._SHOWN[self._SHOWN <= last]
        looks = ((style.BLUE, "solid", "training"), (style.ORANGE, "dashed", "validation"),
                 (style.GREEN, "dotted", "test (400 fresh points)"))
        for k, ((color, dash, name), values) in enumerate(zip(looks, state["rmse"], strict=True)):
            y_text = 3.72 - 0.27 * k
            layers += [Line(1, shown, values[shown], color=color, dash=dash, width=2.2),
                       Line(1, [25, 55], [y_text, y_text], color=color, dash=dash, width=2.2),
                       Text(1, 65, y_text, name, size=12, ha="left", box=True)]
        at, end = max(best, 1), max(stop, 1)
        layers += [Line(1, [at, at], [0, 4], color=style.DARK, width=1.2),
                   Points(1, at, min(state["rmse"][1][best], 3.9), color=style.DARK, marker="D", size=11),
                   Line(1, [end, end], [0, 2.95], color=style.GREY, width=1.4, dash="dashed"),
                   Text(1, at * 0.94 if at > 2 else at * 1.06, 0.12, "kept", size=11, ha="right" if at > 2 else "left"),
                   Text(1, end * 1.06 if end < 1200 else end * 0.94, 0.36, "stop", size=11,
                        ha="left" if end < 1200 else "right")]
        return layers

    def caption(self, state):
        best, stop, last = state["best"], state["stop"], state["last"]
        test = state["rmse"][2]
        head = f"Lowest validation RMSE {fixed(state['rmse'][1][best])} in epoch {best}; "
        if last < self._EPOCHS:
            return (f"{head}but the run diverges: lr {short(state['lr'], 2)} is above 2/λmax = "
                    f"{short(state['limit'], 3)}, the largest stable value; after epoch {last} the weights pass 10⁶.")
        ends = (f"patience {state['patience']} stops in epoch {stop}." if best + state["patience"] == stop
                else f"patience {state['patience']} never runs out.")
        if best == last:
            return f"{head}{ends} Test RMSE {fixed(test[best])}. Still learning: there was nothing to stop."
        text = (f"{head}{ends} Test RMSE: kept weights {fixed(test[best])}, those of epoch {stop} {fixed(test[stop])}, "
                f"of epoch {last} {fixed(test[last])}.")
        later = int(state["rmse"][1].argmin())
        if state["rmse"][1][later] < state["rmse"][1][best] - 0.005:
            return f"{text} Too impatient: epoch {later} has {fixed(state['rmse'][1][later])}."
        return text


class GridAndRandomSearch(Demo):
    """The same number of trials on a grid and at random, where only one of two settings matters."""

    title = "Grid or random search?"
    alt = ("Left: the validation error over the ridge penalty and the degree of a polynomial, with the trials of a "
           "grid as squares and random trials as dots. Right: the error of each trial against the penalty alone; the "
           "grid has tried only a few penalties.")
    controls = (
        Slider("side", "Grid: values a side", 2, 6, 1, 4),
        Slider("draw", "Random draw", 0, 30, 1, 0),
        Slider("high", "Largest α: 10 to the", 0.0, 4.0, 0.25, 3.0),
        Slider("points", "Training points", 16, 60, 1, 20),
    )
    presets = {
        "9 trials": {"side": 3},
        "16 trials": {},
        "36 trials": {"side": 6},
        "A lucky grid": {"high": 2.0},
        "A bad draw": {"draw": 10},
        "60 points": {"points": 60},
    }
    panels = (
        ("With a good α the degree hardly matters", "penalty α", "degree of the polynomial", (-6.3, 4.3), (5.5, 15.5)),
        ("Seen from α: the grid has few values", "penalty α", "validation RMSE", (-6.3, 4.3), (0.7, 2.6)),
    )
    size = (820, 380)
    _LOW, _DEGREES = -6.0, (6, 15)
    _LOGS = np.linspace(-6.3, 4.3, 107)

    def background(self, axes, values):
        for ax in axes:
            ax.set_xticks(range(-6, 5, 2), [f"$10^{{{k}}}$" for k in range(-6, 5, 2)])
        axes[0].grid(visible=False)

    @staticmethod
    def _scores(points, degrees, logs):
        """Validation RMSE of ridge regression on polynomials, for pairs of degree and log10 of alpha."""
        (x, y), (x_val, y_val), _ = _parabola(1, points, 100)
        scores = np.empty(len(logs))
        for degree in np.unique(degrees):
            here = degrees == degree
            P, P_val = datasets.standardize(ops.polynomial(x, degree), ops.polynomial(x_val, degree))
            path = ops.ridge_path(P, y, 10.0 ** logs[here])
            errors = P_val @ path.coefs.T + path.intercepts - y_val[:, None]
            scores[here] = np.sqrt(np.mean(errors**2, axis=0))
        return scores

    @classmethod
    @lru_cache(maxsize=64)
    def _surface(cls, points):
        degrees, logs = np.meshgrid(np.arange(cls._DEGREES[0], cls._DEGREES[1] + 1), cls._LOGS, indexing="ij")
        return cls._scores(points, degrees.ravel(), logs.ravel()).reshape(degrees.shape)

    @classmethod
    def _random(cls, trials, draw, high):
        rng = np.random.default_rng([draw, 3])
        return rng.integers(cls._DEGREES[0], cls._DEGREES[1] + 1, trials), rng.uniform(cls._LOW, high, trials)

    def state(self, side, draw, high, points):
        trials = side * side
        degrees, logs = np.meshgrid(np.round(np.linspace(*self._DEGREES, side)).astype(int),
                                    np.linspace(self._LOW, high, side))
        grid = degrees.ravel(), logs.ravel()
        draws = [self._random(trials, k, high) for k in (draw, *range(100, 200))]
        scores = self._scores(points, np.concatenate([grid[0], *(d for d, _ in draws)]),
                              np.concatenate([grid[1], *(a for _, a in draws)])).reshape(-1, trials)
        best = scores.min(axis=1)
        return {"side": side, "points": points, "surface": self._surface(points), "grid": grid,
                "random": draws[0], "grid_scores": scores[0], "random_scores": scores[1],
                "wins": int((best[2:] < best[0]).sum())}

    def layers(self, state):
        surface = state["surface"]
        layers = [Image(0, surface, 0.8, 3.2, "heat", extent=(-6.35, 4.35, 5.5, 15.5), smooth=False),
                  Line(1, self._LOGS, surface.min(axis=0), color=style.GREY, width=1.4)]
        looks = (("grid", style.ORANGE, "s", 9), ("random", style.BLUE, "o", 9))
        for name, color, marker, size in looks:
            (degrees, logs), scores = state[name], state[f"{name}_scores"]
            k = int(scores.argmin())
            shown = np.minimum(scores, 2.4)
            layers += [Points(0, logs, degrees, color=color, marker=marker, size=size),
                       Points(1, logs, shown, color=color, marker=marker, size=size),
                       Points(0, logs[k], degrees[k], color=style.DARK, marker=marker, size=size + 9, filled=False),
                       Points(1, logs[k], shown[k], color=style.DARK, marker=marker, size=size + 9, filled=False)]
        levels = np.unique(state["grid"][1]), np.unique(state["random"][1])
        layers += [Points(1, levels[0], 0.81, color=style.ORANGE, marker="s", size=6),
                   Points(1, levels[1], 0.76, color=style.BLUE, marker="o", size=6),
                   Points(1, -5.9, 2.52, color=style.ORANGE, marker="s", size=9),
                   Points(1, -4.1, 2.52, color=style.BLUE, size=9),
                   Text(1, [-5.6, -3.8, -1.5], [2.52] * 3, ["grid", "random", "ring: the best"], size=12, ha="left"),
                   Text(1, 4.2, 0.87, "α tried", size=11, ha="right")]
        return layers

    def caption(self, state):
        text = []
        for name in ("grid", "random"):
            scores, (degrees, logs) = state[f"{name}_scores"], state[name]
            k = int(scores.argmin())
            text.append(f"{name.capitalize()}: {len(np.unique(logs))} values of α, best RMSE {fixed(scores[k], 3)} "
                        f"(α = {short(10 ** logs[k], 2)}, degree {degrees[k]}).")
        return (f"{state['side'] ** 2} trials each. {text[0]} {text[1]} "
                f"Of 100 other draws {state['wins']} beat this grid.")
