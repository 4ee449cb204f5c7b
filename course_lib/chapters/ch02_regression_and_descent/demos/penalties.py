"""Live figures of chapter 02: penalties on coefficients, early stopping, the search for good settings."""

from functools import cache, lru_cache

import numpy as np

from course_lib import datasets, models, ops
from course_lib.datasets import DIABETES_FEATURES
from course_lib.viz import style
from course_lib.viz.figures import legend
from course_lib.viz.live import Demo, Handle, Image, Line, Menu, Points, Slider, Text, term
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
    alt = ("First: ellipses of equal mean squared error of two coefficients and the disc, diamond or rounded diamond "
           "of equal penalty; they touch at the solution. Second: the same two coefficients along the penalty; with "
           "the lasso they reach zero one after the other.")
    controls = (
        Menu("penalty", "Penalty", _PENALTIES, "lasso"),
        Slider("alpha", "Penalty α", -3.0, 1.0, 0.02, 0.3, log=True),
        Menu("pair", "Features", ("bmi, age", "bmi, bp", "bmi, ltg", "tc, ldl"), "bmi, age"),
        Slider("r", "Share r of |w| (elastic net)", 0.0, 1.0, 0.05, 0.5, more=True),
    )
    presets = {
        "Lasso: age is dropped": {},
        "Ridge: nothing is dropped": {"penalty": "ridge"},
        "Elastic net": {"penalty": "elastic net", "alpha": 0.25},
        "Correlated pair, ridge": {"penalty": "ridge", "alpha": 0.1, "pair": "tc, ldl"},
        "Correlated pair, lasso": {"alpha": 0.05, "pair": "tc, ldl"},
        "Both are zero": {"alpha": 2.0},
    }
    panels = (
        ("The penalty's set touches an ellipse", "$w_1$", "$w_2$", (-0.5, 0.74), (-0.62, 0.62)),
        ("The same two; a cross is exactly 0", "penalty α", "coefficient w", (8e-4, 12), (-0.2, 0.74)),
    )
    widths = (1.0, 1.25)
    size = (820, 390)
    background_depends = ("pair",)
    _ALPHAS = 10.0 ** np.linspace(1, -3, 101)
    _ANGLES = np.linspace(0, 2 * np.pi, 241)
    _LEVELS = (0.005, 0.02, 0.06, 0.15, 0.3, 0.5, 0.8)  #: MSE above its minimum
    _LOOKS = ((style.GREEN, "solid", "o"), (style.ORANGE, "dashed", "s"))  #: of the two coefficients
    handles = (
        Handle(0, "the solution, along its path", at=lambda s: tuple(s["w"]),
               move=lambda s, x, y: {"alpha": PenaltyGeometry._nearest(s["path"], x, y)}),
        Handle(1, "the penalty", x="alpha", at=lambda s: (s["alpha"], s["w"][0]), click=True),
    )

    @classmethod
    def _nearest(cls, path, x, y) -> float:
        """The penalty whose solution lies nearest to (x, y)."""
        return float(cls._ALPHAS[np.sum((path - [x, y]) ** 2, axis=1).argmin()])

    @staticmethod
    @cache
    def _pair(pair):
        """X and y of two features, their Hessian, the weights without penalty."""
        X, y = _patients()
        X = X[:, [DIABETES_FEATURES.index(name) for name in pair.split(", ")]]
        return X, y, ops.mse_hessian(X), ops.normal_equation(X, y)[1:]

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
        _, _, H, best = self._pair(values["pair"])
        for rise in self._LEVELS:
            axes[0].plot(*self._ellipse(H, best, rise), color=style.GREY, linewidth=0.9, alpha=0.8)
        axes[0].axhline(0, color=style.DARK, linewidth=0.9)
        axes[0].axvline(0, color=style.DARK, linewidth=0.9)
        axes[0].plot(*best, marker="+", color=style.DARK, markersize=9, markeredgewidth=1.6)
        names = values["pair"].split(", ")
        axes[0].set(xlabel=f"coefficient of {names[0]}", ylabel=f"coefficient of {names[1]}")
        axes[1].set_xscale("log")
        axes[1].axhline(0, color=style.DARK, linewidth=0.9)
        legend(axes[1], {name: {"color": color, "linestyle": dash, "marker": marker}
                         for name, (color, dash, marker) in zip(names, self._LOOKS, strict=True)})

    @classmethod
    @lru_cache(maxsize=256)
    def _path(cls, pair, r):
        X, y, _, _ = cls._pair(pair)
        return _fits(X, y, cls._ALPHAS, r).coefs

    @classmethod
    def _held_out(cls, pair, alpha, r):
        """Mean R² on five parts, each predicted by a fit to the others."""
        X, y, _, _ = cls._pair(pair)
        scores = []
        for kept, held in models.k_fold(len(y), 5, rng=0):
            fit = _fits(X[kept], y[kept], [alpha], r)
            scores.append(ops.r2_score(X[held] @ fit.coefs[0] + fit.intercepts[0], y[held]))
        return float(np.mean(scores))

    def state(self, penalty, alpha, r, pair):
        r = _share(penalty, r)
        X, y, H, best = self._pair(pair)
        w = _fits(X, y, [alpha], r).coefs[0]
        price = r * np.abs(w).sum() + (1 - r) / 2 * w @ w
        rise = float((w - best) @ H @ (w - best)) / 2
        return {"penalty": penalty, "alpha": alpha, "share": r, "names": pair.split(", "), "w": w,
                "path": self._path(pair, r), "held_out": self._held_out(pair, alpha, r),
                "border": self._border(r, price), "touch": self._ellipse(H, best, rise)}

    def layers(self, state):
        alpha, w, path = state["alpha"], state["w"], state["path"]
        layers = [Line(0, *path.T, color=style.DARK, width=1.4, dash="dotted", label="solutions for all α"),
                  Line(0, *state["touch"], color=style.DARK, width=1.8, dash="dashed", label="equal error", ghost=True),
                  Line(0, *state["border"], color=style.BLUE, width=2.4, label="equal penalty", ghost=True),
                  Points(0, *w, color=style.RED, marker="D", size=11, edge=style.DARK, label="solution"),
                  Line(1, [alpha, alpha], self.panels[1][4], color=style.DARK, width=1.2, dash="dashed")]
        for j, (name, (color, dash, marker)) in enumerate(zip(state["names"], self._LOOKS, strict=True)):
            zero = w[j] == 0
            layers += [Line(1, self._ALPHAS, path[:, j], color=color, width=2.4, dash=dash, label=name, key=name),
                       Points(1, alpha, w[j], color=style.DARK if zero else color, marker="x" if zero else marker,
                              size=11, edge=style.DARK, label=name, key=name)]
        return layers

    def caption(self, state):
        name = state["penalty"].capitalize()
        if state["penalty"] == "elastic net":
            name += f" (r = {short(state['share'], 2)})"
        pairs = list(zip(state["names"], state["w"], strict=True))
        shown = ", ".join(term(f"{label} {fixed(w)}", label) for label, w in pairs)
        text = f"{name}, α = {short(state['alpha'], 2)}: {shown}; R² on held-out parts {fixed(state['held_out'])}. "
        dropped = [label for label, w in pairs if w == 0]
        if len(dropped) == 2:
            return f"{text}Both are exactly 0, the set is a point."
        if dropped:
            return f"{text}The ellipse touches a corner: {dropped[0]} is exactly 0, dropped."
        return f"{text}They touch off the axes: neither coefficient is exactly 0."

    def code(self):
        v, r = self.values, self.current["share"]
        model = f"models.Ridge({v['alpha']:.6g})" if r == 0 else f"models.ElasticNet({v['alpha']:.6g}, {r:g})"
        path = "ops.ridge_path(X, y, alphas)" if r == 0 else f"ops.elastic_net_path(X, y, alphas, {r:g})"
        return ("import numpy as np\n"
                "from course_lib import datasets, models, ops\n\n"
                "split = datasets.diabetes()\n"
                f"columns = [datasets.DIABETES_FEATURES.index(name) for name in {v['pair'].split(', ')}]\n"
                "X = datasets.standardize(split.X_train)[:, columns]\n"
                "y = datasets.standardize(split.y_train[:, None])[:, 0]\n"
                f"w = {model}.fit(X, y).coef_\n"
                f"held_out = models.cross_validate({model}, X, y).mean()\n"
                "alphas = 10.0 ** np.linspace(1, -3, 101)\n"
                f"path = {path}.coefs\n")


@cache
def _parabola(draw, train, validation, noise=1.0, test=400):
    """x and y of three parts of the noisy parabola."""
    rng = np.random.default_rng(draw)
    return [(X[:, 0], y) for X, y in (datasets.noisy_parabola(n, noise, rng) for n in (train, validation, test))]


class EarlyStopping(Demo):
    """The epoch with the lowest validation error, and the weights of that epoch."""

    title = "Stop in time, and go back to the best weights"
    alt = ("First: 20 training and 20 validation points, the curve of the kept weights and that of the last weights. "
           "Second: root mean squared error of training, validation and test against the epoch, with the best epoch "
           "and the one at which patience ends.")
    controls = (
        Slider("degree", "Degree", 1, 15, 1, 15),
        Slider("lr", "Learning rate", -3.0, 0.0, 0.02, 0.1, log=True),
        Slider("patience", "Patience", 1, 300, 1, 100, unit="epochs"),
        Slider("draw", "Draw of the points", 0, 12, 1, 1, more=True),
    )
    presets = {
        "Over-fits after epoch 14": {},
        "Too impatient": {"draw": 10, "degree": 5, "patience": 5},
        "Small steps": {"lr": 0.001},
        "Degree 2 needs no stop": {"degree": 2},
        "Rate too large": {"lr": 10**-0.8},
    }
    panels = (
        ("Kept and last weights", "x", "y", (-3, 3), (-2.5, 15)),
        ("Errors during training", "epoch", "RMSE", (0.9, 3600), (0, 4)),
    )
    size = (820, 380)
    handles = (Handle(1, "the end of patience", at=lambda s: (max(s["stop"], 1), None),
                      move=lambda s, x, y: {"patience": x - s["best"]}),)
    _EPOCHS, _POINTS = 3000, 20
    _T = np.linspace(-3, 3, 161)
    _SHOWN = np.unique(np.round(np.geomspace(1, _EPOCHS, 260)).astype(int))
    _CURVES = ((style.BLUE, "solid", "training", "train"), (style.ORANGE, "dashed", "validation", "validation"),
               (style.GREEN, "dotted", "test", "test"))

    def background(self, axes, values):
        axes[1].set_xscale("log")
        axes[1].set_xticks([1, 10, 100, 1000], ["1", "10", "100", "1000"])
        axes[0].plot(self._T, 0.5 * self._T**2 + self._T + 2, color=style.GREY, linestyle="dotted", linewidth=1.4)
        legend(axes[0], {
            "training": {"color": style.BLUE, "marker": "o", "linestyle": "none"},
            "validation": {"color": style.ORANGE, "marker": "s", "linestyle": "none", "markerfacecolor": "none"},
            "kept": {"color": style.DARK, "linewidth": 2.2}, "last": {"color": style.RED, "linestyle": "dashed"},
        }, "upper center", 2)
        legend(axes[1], {name: {"color": color, "linestyle": dash} for color, dash, name, _ in self._CURVES},
               "lower center", 3)

    def state(self, degree, lr, patience, draw):
        parts = _parabola(draw, self._POINTS, self._POINTS)
        columns = [ops.polynomial(x, degree) for x in (*(x for x, _ in parts), self._T)]
        X, *others = (ops.add_bias_column(part) for part in datasets.standardize(*columns))
        targets = [y for _, y in parts]
        limit = ops.step_limits(ops.mse_hessian(X)).limit
        with np.errstate(over="ignore", invalid="ignore"):  # a diverging run is explained in the caption
            order = np.tile(np.arange(self._POINTS), (self._EPOCHS, 1))
            path = ops.stochastic_descent(X, targets[0], np.zeros(degree + 1), lr, order, self._POINTS, "epoch")
            rmse = [np.sqrt(np.mean((path @ part.T - y) ** 2, axis=1))
                    for part, y in zip((X, *others[:2]), targets, strict=True)]
            small = np.abs(path).max(axis=1) < 1e6
        finite = np.isfinite(rmse).all(axis=0)
        path, rmse = path[finite], [values[finite] for values in rmse]
        last = len(path) - 1 if small.all() else int(np.argmin(small)) - 1
        best, stop = ops.early_stopping(rmse[1], patience)
        return {"degree": degree, "lr": lr, "patience": patience, "parts": parts, "limit": limit,
                "rmse": rmse, "best": best, "stop": stop, "last": last,
                "kept": others[2] @ path[best], "final": others[2] @ path[last]}

    def layers(self, state):
        (x, y), (x_val, y_val), _ = state["parts"]
        best, stop, last = state["best"], state["stop"], state["last"]
        layers = [
            Points(0, x, y, color=style.BLUE, size=8, label="training", key="train"),
            Points(0, x_val, y_val, color=style.ORANGE, marker="s", size=7, filled=False, label="validation",
                   key="validation"),
            Line(0, self._T, state["kept"], color=style.DARK, width=2.8, label="kept weights", key="kept"),
        ]
        if last == self._EPOCHS:
            layers.append(Line(0, self._T, state["final"], color=style.RED, width=2, dash="dashed",
                               label="last weights", key="last"))
        shown = self._SHOWN[self._SHOWN <= last]
        for (color, dash, name, key), values in zip(self._CURVES, state["rmse"], strict=True):
            layers.append(Line(1, shown, values[shown], color=color, dash=dash, width=2.2, label=f"{name} RMSE",
                               key=key))
        at, end = max(best, 1), max(stop, 1)
        early, late = at > 2, end < 1000
        layers += [Line(1, [at, at], [0.45, 4], color=style.DARK, width=1.2, key="kept"),
                   Points(1, at, min(state["rmse"][1][best], 3.9), color=style.DARK, marker="D", size=11, key="kept",
                          label="lowest validation RMSE"),
                   Line(1, [end, end], [0.45, 3.6], color=style.GREY, width=1.6, dash="dashed", key="stop"),
                   Text(1, at * (0.94 if early else 1.06), 3.85, "kept", size=11, ha="right" if early else "left",
                        key="kept", box=True),
                   Text(1, end * (1.06 if late else 0.94), 3.5, "stop", size=11, ha="left" if late else "right",
                        key="stop", box=True)]
        return layers

    def caption(self, state):
        best, stop, last = state["best"], state["stop"], state["last"]
        test, named = state["rmse"][2], term("Test RMSE", "test")
        head = f"Lowest validation RMSE {fixed(state['rmse'][1][best])} in epoch {best}; "
        if last < self._EPOCHS:
            return (f"{head}but the run diverges: lr {short(state['lr'], 2)} is above 2/λₘₐₓ = "
                    f"{short(state['limit'], 3)}, the largest stable value; after epoch {last} the weights pass 10⁶.")
        ends = (f"patience {state['patience']} stops in epoch {stop}." if best + state["patience"] == stop
                else f"patience {state['patience']} never runs out.")
        if best == last:
            return f"{head}{ends} {named} {fixed(test[best])}. Still learning: there was nothing to stop."
        text = (f"{head}{ends} {named}: {term(f'kept weights {fixed(test[best])}', 'kept')}, those of epoch "
                f"{term(f'{stop} {fixed(test[stop])}', 'stop')}, of epoch "
                f"{term(f'{last} {fixed(test[last])}', 'last')}.")
        later = int(state["rmse"][1].argmin())
        if state["rmse"][1][later] < state["rmse"][1][best] - 0.005:
            return f"{text} Too impatient: epoch {later} has {fixed(state['rmse'][1][later])}."
        return text

    def code(self):
        v = self.values
        return ("import numpy as np\n"
                "from course_lib import datasets, models, ops\n\n"
                f"rng = np.random.default_rng({v['draw']})\n"
                "(x, y), (x_val, y_val) = (datasets.noisy_parabola(20, 1.0, rng) for part in range(2))\n"
                f"X, X_val = datasets.standardize(ops.polynomial(x, {v['degree']}), "
                f"ops.polynomial(x_val, {v['degree']}))\n"
                f"model = models.GradientDescentRegressor({v['lr']:.6g}, {self._EPOCHS}, patience={v['patience']})\n"
                "model.fit(X, y, X_val, y_val)\n"
                "best, stop = model.best_epoch_, model.n_iter_\n"
                "print(np.sqrt(model.validation_loss_[best]))\n")


class GridAndRandomSearch(Demo):
    """The same number of trials on a grid and at random, where only one of two settings matters."""

    title = "Grid or random search?"
    alt = ("First: the validation error over the ridge penalty and the degree of a polynomial, with the trials of a "
           "grid as squares and random trials as dots. Second: the error of each trial against the penalty alone; the "
           "grid has tried only a few penalties. Third: the fit of the chosen place of the map.")
    controls = (
        Slider("side", "Grid: values a side", 2, 6, 1, 4),
        Slider("draw", "Random draw", 0, 30, 1, 0),
        Slider("points", "Training points", 16, 60, 1, 20),
        Slider("high", "Largest α: 10 to the", 0.0, 4.0, 0.25, 3.0, more=True),
        Slider("alpha", "Shown fit: α", -6.3, 4.3, 0.1, 10**-3.0, log=True, more=True, ticks=(1e-6, 1e-3, 1, 1e3)),
        Slider("degree", "Shown fit: degree", 6, 15, 1, 12, more=True),
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
        ("Validation RMSE", "penalty α", "degree of the polynomial", (-6.3, 4.3), (5.5, 15.5)),
        ("Seen from α", "penalty α", "validation RMSE", (-6.3, 4.3), (0.7, 2.8)),
        ("The chosen fit", "x", "y", (-3.1, 3.1), (-3, 12)),
    )
    size = (760, 370)
    _LOW, _DEGREES = -6.0, (6, 15)
    _LOGS = np.linspace(-6.3, 4.3, 107)
    _T = np.linspace(-3, 3, 161)
    _LOOKS = (("grid", style.ORANGE, "s"), ("random", style.BLUE, "o"))
    handles = (Handle(0, "the cell whose fit is shown", at=lambda s: (s["place"], s["degree"]), click=True,
                      move=lambda s, x, y: {"alpha": 10.0**x, "degree": y}),)

    def background(self, axes, values):
        for ax in axes[:2]:
            ax.set_xticks(range(-6, 5, 2), [f"$10^{{{k}}}$" for k in range(-6, 5, 2)])
        axes[0].grid(visible=False)
        looks = {name: {"color": color, "marker": marker, "linestyle": "none"} for name, color, marker in self._LOOKS}
        ring = {"color": style.DARK, "marker": "o", "linestyle": "none", "markerfacecolor": "none", "markersize": 9}
        legend(axes[1], {**looks, "best": ring}, "upper center", 3)

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

    @classmethod
    @lru_cache(maxsize=256)
    def _searches(cls, side, draw, high, points) -> dict:
        """The trials of the grid and of one random search, and how many of 100 other draws beat the grid."""
        trials = side * side
        degrees, logs = np.meshgrid(np.round(np.linspace(*cls._DEGREES, side)).astype(int),
                                    np.linspace(cls._LOW, high, side))
        grid = degrees.ravel(), logs.ravel()
        draws = [cls._random(trials, k, high) for k in (draw, *range(100, 200))]
        scores = cls._scores(points, np.concatenate([grid[0], *(d for d, _ in draws)]),
                             np.concatenate([grid[1], *(a for _, a in draws)])).reshape(-1, trials)
        best = scores.min(axis=1)
        return {"grid": grid, "random": draws[0], "grid_scores": scores[0], "random_scores": scores[1],
                "wins": int((best[2:] < best[0]).sum())}

    def state(self, side, draw, high, points, alpha, degree):
        (x, y), (x_val, y_val), _ = _parabola(1, points, 100)
        P, P_val, grid = datasets.standardize(*(ops.polynomial(v, degree) for v in (x, x_val, self._T)))
        model = models.Ridge(alpha).fit(P, y)
        return {**self._searches(side, draw, high, points), "side": side, "points": points, "degree": degree,
                "surface": self._surface(points), "place": float(np.log10(alpha)), "alpha": alpha, "x": x, "y": y,
                "fit": model.predict(grid), "rmse": ops.rmse(model.predict(P_val), y_val)}

    def layers(self, state):
        surface = state["surface"]
        layers = [Image(0, surface, 0.8, 3.2, "heat", extent=(-6.35, 4.35, 5.5, 15.5), smooth=False,
                        label="validation RMSE"),
                  Line(1, self._LOGS, surface.min(axis=0), color=style.GREY, width=1.4, label="best degree for this α")]
        for row, (name, color, marker) in enumerate(self._LOOKS):
            (degrees, logs), scores = state[name], state[f"{name}_scores"]
            k = int(scores.argmin())
            shown = np.minimum(scores, 2.4)
            words = [f"{name}: α = {short(10**log, 2)}, degree {degree}, RMSE {fixed(score)}"
                     for degree, log, score in zip(degrees, logs, scores, strict=True)]
            layers += [Points(0, logs, degrees, color=color, marker=marker, size=9, label=words, key=name),
                       Points(1, logs, shown, color=color, marker=marker, size=9, label=words, key=name),
                       Points(0, logs[k], degrees[k], color=style.DARK, marker=marker, size=18, filled=False, key=name),
                       Points(1, logs[k], shown[k], color=style.DARK, marker=marker, size=18, filled=False, key=name),
                       Points(1, np.unique(logs), 0.81 - 0.05 * row, color=color, marker=marker, size=6, key=name,
                              label=f"α tried by {name}")]
        layers += [Points(0, state["place"], state["degree"], color=style.RED, marker="D", size=13, edge="white",
                          label="fit shown", key="cell"),
                   Points(1, state["place"], min(state["rmse"], 2.4), color=style.RED, marker="D", size=13,
                          label="fit shown", key="cell"),
                   Points(2, state["x"], state["y"], color=style.BLUE, size=7, edge=style.DARK, label="training point"),
                   Line(2, self._T, state["fit"], color=style.RED, width=2.6, label="fit", key="cell", ghost=True)]
        return layers

    def caption(self, state):
        text = []
        for name in ("grid", "random"):
            scores, (degrees, logs) = state[f"{name}_scores"], state[name]
            k = int(scores.argmin())
            best = term(f"best RMSE {fixed(scores[k], 3)}", name)
            text.append(f"{name.capitalize()}: {len(np.unique(logs))} values of α, {best} "
                        f"(α = {short(10 ** logs[k], 2)}, degree {degrees[k]}).")
        cell = term(f"α = {short(state['alpha'], 2)}, degree {state['degree']}: {fixed(state['rmse'], 2)}", "cell")
        return (f"{state['side'] ** 2} trials each. {text[0]} {text[1]} "
                f"Of 100 other draws {state['wins']} beat this grid. Shown: {cell}.")

    def code(self):
        v = self.values
        return ("import numpy as np\n"
                "from course_lib import datasets, models, ops\n\n"
                "rng = np.random.default_rng(1)\n"
                f"(X, y), (X_val, y_val) = (datasets.noisy_parabola(n, 1.0, rng) for n in ({v['points']}, 100))\n"
                "def score(degree, alpha):\n"
                "    P, P_val = datasets.standardize(ops.polynomial(X, degree), ops.polynomial(X_val, degree))\n"
                "    return ops.rmse(models.Ridge(alpha).fit(P, y).predict(P_val), y_val)\n\n"
                f"degrees = np.round(np.linspace(6, 15, {v['side']})).astype(int)\n"
                f"logs = np.linspace(-6, {v['high']:g}, {v['side']})\n"
                "grid_scores = [score(d, 10.0**log) for log in logs for d in degrees]\n"
                f"rmse = score({v['degree']}, {v['alpha']:.10g})\n")
