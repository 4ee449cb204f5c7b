"""Live figures of chapter 01: matrices of real numbers, from shapes to principal directions."""

import itertools
from functools import cache
from typing import ClassVar

import numpy as np

from course_lib import datasets, ops
from course_lib.viz import style
from course_lib.viz.live import Bars, Demo, Handle, Image, Line, Menu, Points, Slider, Text, term
from course_lib.viz.numbers import fixed, short

_TURN = np.linspace(0, 2 * np.pi, 181)


@cache
def _photograph() -> np.ndarray:
    return datasets.photograph() / 255


def _factor(value) -> str:
    """A whole number inside a product: 3, (−2)."""
    return f"({fixed(value, 0)})" if value < 0 else fixed(value, 0)


class RankKImage(Demo):
    """A photograph from few singular values."""

    title = "A photograph from k singular values"
    alt = ("First: a gray photograph of a temple, rebuilt from its k largest singular values. Second: the singular "
           "values, largest first, and the relative error that remains when the first k are kept.")
    controls = (
        Slider("k", "Singular values kept, k", 0, 256, 1, 20, play=True),
        Menu("shown", "Shown", ("rank-k picture", "photograph", "what is missing", "k-th layer alone"),
             "rank-k picture"),
    )
    presets = {
        "k = 1": {"k": 1},
        "k = 5": {"k": 5},
        "k = 50": {"k": 50},
        "k = 153: storage breaks even": {"k": 153},
        "All 256": {"k": 256},
        "What k = 20 misses": {"k": 20, "shown": "what is missing"},
    }
    panels = (
        ("Picture, 256 × 384", "column", "row", (0, 384), (256, 0)),
        ("Few values carry most", "number of the value, k", "", (0, 257), (3e-4, 1.6)),
    )
    widths = (405, 271)
    size = (820, 348)
    handles = (Handle(1, "the number of values that are kept", x="k", at=lambda s: (s["k"], s["mark"]), click=True),)

    def background(self, axes, values):
        axes[0].grid(visible=False)
        axes[0].set_xticks([0, 128, 256, 384])
        axes[0].set_yticks([0, 128, 256])
        axes[1].set_yscale("log")
        axes[1].set_xticks([0, 64, 128, 192, 256])

    @staticmethod
    @cache
    def _parts():
        """U, s, V of the photograph, and |A - A_k|_F / |A|_F for k = 0 to 256."""
        U, s, V = ops.svd(_photograph())
        left = np.append(np.cumsum((s**2)[::-1])[::-1], 0)
        return U, s, V, np.sqrt(left / left[0])

    def state(self, k, shown):
        U, s, V, errors = self._parts()
        kept = slice(0, k)
        low, high = 0.0, 1.0
        if shown == "photograph":
            picture = _photograph()
        elif shown == "k-th layer alone":
            kept = slice(max(k, 1) - 1, max(k, 1))
            picture = (U[:, kept] * s[kept]) @ V[:, kept].T
            high = max(float(np.abs(picture).max()), 1e-9)
            low = -high
        else:
            picture = (U[:, kept] * s[kept]) @ V[:, kept].T
            if shown == "what is missing":
                picture, low, high = _photograph() - picture, -0.3, 0.3
        m, n = picture.shape
        return {"k": k, "shown": shown, "picture": picture, "low": low, "high": high, "s": s, "errors": errors,
                "error": float(errors[k]), "mark": max(float(errors[k]), 3.4e-4), "norm": float(ops.norm(s)),
                "share": k * (m + n + 1) / (m * n)}

    def layers(self, state):
        k, s, errors = state["k"], state["s"], state["errors"]
        at = np.arange(1, len(s) + 1)
        relative = np.maximum(s / s[0], 1e-9)
        colors = "gray" if state["low"] == 0 else "signed"
        value = {"rank-k picture": "gray value", "photograph": "gray value", "what is missing": "missing",
                 "k-th layer alone": "layer"}[state["shown"]]
        return [Image(0, state["picture"][::-1], state["low"], state["high"], colors, extent=(0, 384, 256, 0),
                      label=value),
                Line(1, at, relative, color=style.GREY, width=1.6, dash="dashed", label="sₖ / s₁", key="s"),
                Line(1, at[:k], relative[:k], width=3, label="sₖ / s₁, kept", key="s"),
                Line(1, np.arange(len(s)), errors[:-1], color=style.RED, width=2.2, label="relative error",
                     key="error"),
                Line(1, [k, k], [1e-5, 10], color=style.DARK, width=1, dash="dotted"),
                Points(1, k, state["mark"], color=style.RED, marker="D", size=10,
                       edge=style.DARK, label="relative error", key="error"),
                Text(1, 252, 1.05, "relative error (solid red)", color=style.RED, size=12, ha="right", box=True,
                     key="error"),
                Text(1, 252, 0.55, "sₖ / s₁ (kept: thick blue)", color=style.BLUE, size=12, ha="right", box=True,
                     key="s")]

    def caption(self, state):
        k, share = state["k"], 100 * state["share"]
        energy = 100 * (1 - state["error"] ** 2)
        error = term(f"{fixed(100 * state['error'], 1)} %", "error")
        text = (f"k = {k} of 256: ‖A − Aₖ‖ = {fixed(state['error'] * state['norm'])} of {fixed(state['norm'])}, "
                f"{error}; {fixed(energy, 2)} % of the sum of squares kept. Stored: "
                f"k(m + n + 1) = {k * 641:,} numbers, {share:.0f} % of the picture's 98,304.")
        if k == 256:
            return f"{text} All of it costs more than the picture."
        return text

    def code(self):
        k, shown = self.values["k"], self.values["shown"]
        layer = max(k, 1) - 1
        shown_as = {"rank-k picture": "nearest", "photograph": "A", "what is missing": "A - nearest",
                    "k-th layer alone": f"s[{layer}] * np.outer(U[:, {layer}], V[:, {layer}])"}[shown]
        return f"""import numpy as np

from course_lib import datasets, ops

A = datasets.photograph() / 255
U, s, V = ops.svd(A)
nearest, distance = ops.low_rank(A, {k})
norm = ops.frobenius_norm(A)
error = distance / norm
picture = {shown_as}"""


class BestDirection(Demo):
    """One direction to describe a cloud."""

    title = "The best direction through a cloud"
    alt = ("First: a cloud of points, a line whose angle can be chosen, and each point joined to its projection on the "
           "line. Second: against the angle, the captured variance and the error of the reconstruction, whose sum is "
           "constant; a dotted green line marks the optimum.")
    controls = (
        Slider("angle", "Angle of direction d", 0, 180, 1, 60, unit="°"),
        Menu("centering", "Mean subtracted first", ("yes", "no"), "yes"),
        Slider("spread", "Width against length", 0.0, 1.0, 0.05, 0.3, more=True),
        Slider("tilt", "Tilt of the cloud", 0, 180, 5, 145, unit="°", more=True),
        Slider("away", "Distance of the mean from 0", 0.0, 2.5, 0.1, 2.0, more=True),
    )
    presets = {
        "Optimum": {"angle": 145},
        "Worst": {"angle": 55},
        "Not centered: best is wrong": {"centering": "no", "angle": 38},
        "Round cloud": {"spread": 1.0},
        "On a line": {"spread": 0.0, "angle": 145},
    }
    _VIEW = (-5, 5)
    panels = (
        ("Points and their projections", "$x_1$", "$x_2$", _VIEW, _VIEW),
        ("Captured + error = constant", "angle of d (degrees)", "mean square", (0, 180), (0, 6)),
    )
    widths = (322, 334)
    size = (800, 400)
    background_depends = ("centering",)
    _TOP: ClassVar = {"yes": 5.0, "no": 13.0}
    _ANGLES = np.linspace(0, 180, 181)
    _MEAN = np.sqrt([0.5, 0.5])

    @staticmethod
    def _seen_from(center, x, y) -> dict:
        return {"angle": float(np.degrees(np.arctan2(y - center[1], x - center[0]))) % 180}

    handles = (
        Handle(0, "the direction d", at=lambda s: s["center"] + 2.6 * s["d"],
               move=lambda s, x, y: BestDirection._seen_from(s["center"], x, y)),
        Handle(0, "the mean of the cloud", at=lambda s: s["away"] * BestDirection._MEAN,
               move=lambda s, x, y: {"away": float(BestDirection._MEAN @ [x, y])}),
        Handle(1, "the angle of d", x="angle", at=lambda s: (s["angle"], s["here"]), click=True),
    )

    def background(self, axes, values):
        axes[0].axhline(0, color=style.GREY, linewidth=0.9)
        axes[0].axvline(0, color=style.GREY, linewidth=0.9)
        axes[1].set_xticks([0, 45, 90, 135, 180])
        axes[1].set_ylim(0, self._TOP[values["centering"]])

    @staticmethod
    @cache
    def _cloud() -> np.ndarray:
        """Forty points with mean 0 and exactly uncorrelated columns of variance 1."""
        X = np.random.default_rng(3).normal(size=(40, 2))
        U, _, _ = ops.svd(X - X.mean(axis=0))
        return U * np.sqrt(len(X) - 1)

    @classmethod
    @cache
    def _every_direction(cls) -> np.ndarray:
        """The directions of the right panel as columns."""
        return np.array([np.cos(np.radians(cls._ANGLES)), np.sin(np.radians(cls._ANGLES))])

    def state(self, angle, centering, spread, tilt, away):
        turn = np.radians(tilt)
        along, across = np.array([np.cos(turn), np.sin(turn)]), np.array([-np.sin(turn), np.cos(turn)])
        X = 1.4 * self._cloud() * [1, spread] @ np.array([along, across]) + away * self._MEAN
        mean, D, variances = ops.principal_directions(X)
        center = mean if centering == "yes" else np.zeros(2)
        Z, divisor = X - center, len(X) - 1
        second = Z.T @ Z / divisor
        values, Q = ops.eigen_symmetric((second + second.T) / 2)
        captured = ((Z @ self._every_direction()) ** 2).sum(axis=0) / divisor
        d = np.array([np.cos(np.radians(angle)), np.sin(np.radians(angle))])
        rebuilt = (Z @ d)[:, None] * d + center
        return {"X": X, "center": center, "d": d, "rebuilt": rebuilt, "angle": angle, "captured": captured,
                "total": float(np.trace(second)), "here": float(d @ second @ d), "centered": centering == "yes",
                "error": float(((X - rebuilt) ** 2).sum() / divisor), "best": float(values[0]),
                "least": float(values[1]), "best_angle": self._angle(Q[:, 0]), "pca_angle": self._angle(D[:, 0]),
                "pca_error": float(variances[1]), "round": bool(values[0] - values[1] < 1e-9 * values[0]),
                "away": away}

    @staticmethod
    def _angle(d) -> float:
        """Of a direction without sign, in degrees from 0 to 180."""
        return round(float(np.degrees(np.arctan2(d[1], d[0]))), 9) % 180

    def layers(self, state):
        X, rebuilt, center, d = state["X"], state["rebuilt"], state["center"], state["d"]
        gap = np.full(len(X), np.nan)
        total, best = state["total"], np.radians(state["best_angle"])
        top = self._TOP["yes" if state["centered"] else "no"]
        blue, orange = {"color": style.BLUE, "key": "captured"}, {"color": style.ORANGE, "key": "error"}
        green = {"color": style.GREEN, "key": "best"}
        layers = []
        if not state["round"]:
            optimum = 20 * np.array([np.cos(best), np.sin(best)])
            layers = [Line(0, *np.array([center - optimum, center + optimum]).T, width=1.6, dash="dotted",
                           label="best direction", **green),
                      Line(1, [state["best_angle"]] * 2, [0, 0.83 * top], width=1.6, dash="dotted", **green),
                      Text(1, np.clip(state["best_angle"], 25, 155), 0.86 * top,
                           f"best: {fixed(state['best_angle'], 1)}°", color=style.for_text(style.GREEN), size=12,
                           bold=True, box=True, key="best")]
        names = "● point   × projection   " + ("◆ mean" if state["centered"] else "◆ 0   ◇ mean")
        layers += [
            Line(0, *np.array([center - 20 * d, center + 20 * d]).T, color=style.DARK, width=2.2, label="d"),
            Line(0, np.column_stack([X[:, 0], rebuilt[:, 0], gap]).ravel(),
                 np.column_stack([X[:, 1], rebuilt[:, 1], gap]).ravel(), width=1.3, **orange),
            Points(0, *rebuilt.T, color=style.DARK, marker="x", size=6, label="projection", key="captured"),
            Points(0, *X.T, size=8, label="point"),
            Points(0, *center, color=style.GREEN, marker="D", size=12, edge=style.DARK,
                   label="mean" if state["centered"] else "0", key="mean" if state["centered"] else ""),
            Text(0, -4.8, 4.6, names, size=11, ha="left", box=True),
            Line(1, [0, 180], [total] * 2, color=style.GREY, width=1.4, dash="dashed", label="sum"),
            Text(1, 2, total + 0.03 * top, "sum", color="#666666", size=11, ha="left"),
            Line(1, self._ANGLES, state["captured"], width=2.6, label="captured", **blue),
            Line(1, self._ANGLES, total - state["captured"], width=2.6, dash="dashed", label="error", **orange),
            Points(1, state["angle"], state["here"], size=11, edge=style.DARK, label="captured", **blue),
            Points(1, state["angle"], state["error"], marker="s", size=11, edge=style.DARK, label="error", **orange),
            Text(1, 3, 0.95 * top, "● captured", color=style.BLUE, size=12, ha="left", box=True,
                 key="captured"),
            Text(1, 177, 0.95 * top, "■ error", color=style.for_text(style.ORANGE), size=12, ha="right",
                 box=True, key="error"),
        ]
        if not state["centered"] and state["away"] > 0:
            layers.append(Points(0, *state["away"] * self._MEAN, color=style.DARK, marker="D", size=13, filled=False,
                                 label="mean", key="mean"))
        return layers

    def caption(self, state):
        captured = term(f"captured {fixed(state['here'])} (blue)", "captured")
        error = term(f"error {fixed(state['error'])} (orange)", "error")
        text = f"{state['angle']}°: {captured} + {error} = {fixed(state['total'])}."
        best = term(f"{fixed(state['best_angle'], 1)}°", "best")
        if state["centered"]:
            if state["round"]:
                return f"{text} A round cloud has no best direction: every angle leaves as much."
            return (f"{text} Best is {best}, the first principal direction: error "
                    f"{fixed(state['least'])}, the least, where most is captured.")
        if state["away"] == 0:
            return f"{text} The mean is 0 here, so centering changes nothing."
        return (f"{text} Best through 0 is {best} with error {fixed(state['least'])}; a line through the mean leaves "
                f"{fixed(state['pca_error'])}. Uncentered, d turns towards the {term('mean', 'mean')} (45°).")

    def code(self):
        values = self.values
        center = "X.mean(axis=0)" if values["centering"] == "yes" else "np.zeros(2)"
        return f"""import numpy as np

from course_lib import ops

noise = np.random.default_rng(3).normal(size=(40, 2))
round_cloud = ops.svd(noise - noise.mean(axis=0))[0] * np.sqrt(39)
t, s = np.radians([{values["tilt"]}, {values["angle"]}])
axes = np.array([[np.cos(t), np.sin(t)], [-np.sin(t), np.cos(t)]])
X = 1.4 * round_cloud * [1, {values["spread"]}] @ axes + {values["away"]} * np.sqrt([0.5, 0.5])
center, d = {center}, np.array([np.cos(s), np.sin(s)])
rebuilt = np.outer((X - center) @ d, d) + center
here, error = (((Z - center) ** 2).sum() / 39 for Z in (rebuilt, X - rebuilt + center))"""


class PseudoInverseLimit(Demo):
    """The pseudo-inverse as a limit."""

    title = "The pseudo-inverse as a limit"
    alt = ("First: error of the limit formula against alpha on logarithmic axes; it falls with alpha, then rounding "
           "makes it grow again. Second: what the formula puts in place of 1/s for each singular value, beside what "
           "the pseudo-inverse has.")
    controls = (
        Slider("alpha", "α", -17.0, 1.0, 0.1, 1e-3, log=True),
        Menu("matrix", "Matrix A", ("independent columns", "dependent columns", "nearly dependent", "wide"),
             "dependent columns"),
    )
    presets = {
        "α = 0.1": {"alpha": 0.1},
        "Near the best: α = 10⁻⁸": {"alpha": 1e-8},
        "α = 10⁻¹⁵: rounding": {"alpha": 1e-15},
        "Independent, α tiny": {"matrix": "independent columns", "alpha": 1e-16},
        "Nearly dependent": {"matrix": "nearly dependent", "alpha": 1e-10},
    }
    panels = (
        ("How far from the pseudo-inverse", "α", "largest error", (1e-17, 10), (1e-17, 1e6)),
        ("In place of 1/s: s/(s² + α)", "singular value", "factor", (0.4, 3.6), (0, 1)),
    )
    closed_form = "s/(s² + α)"
    widths = (396, 260)
    size = (800, 370)
    background_depends = ("matrix",)
    handles = (Handle(0, "α", x="alpha", at=lambda s: (s["alpha"], s["mark"]), click=True),)
    _ALPHAS = 10.0 ** np.arange(-17, 1.01, 0.1)
    _ERRORS: ClassVar = {"independent columns": (1e-17, 10), "dependent columns": (1e-10, 10),
                         "nearly dependent": (1e-8, 1e4), "wide": (1e-10, 10)}
    _MATRICES: ClassVar = {
        "independent columns": np.array([[2.0, 1.0, 0.0], [1.0, 3.0, 1.0], [0.0, 1.0, 1.0], [1.0, 0.0, 2.0]]),
        "dependent columns": np.array([[1.0, 2.0, 3.0], [2.0, 1.0, 3.0], [0.0, 1.0, 1.0], [1.0, 1.0, 2.0]]),
        "nearly dependent": np.array([[1.0, 2.0, 3.0], [2.0, 1.0, 3.0], [0.0, 1.0, 1.001], [1.0, 1.0, 2.0]]),
        "wide": np.array([[1.0, 2.0, 0.0, 1.0], [0.0, 1.0, 1.0, -1.0]]),
    }

    def background(self, axes, values):
        axes[0].set_xscale("log")
        axes[0].set_yscale("log")
        axes[0].set_ylim(self._ERRORS[values["matrix"]])
        axes[0].set_xticks([1e-16, 1e-12, 1e-8, 1e-4, 1])
        axes[0].yaxis.labelpad = 0
        s, exact = self._factors(self._MATRICES[values["matrix"]])
        axes[1].set_ylim(0, 1.4 * exact.max())
        labels = [f"s{'₁₂₃'[k]} = {0 if v < 1e-9 else short(v)}" for k, v in enumerate(s)]
        axes[1].set_xticks(range(1, len(s) + 1), labels)
        axes[1].grid(axis="x", visible=False)

    @staticmethod
    def _factors(A):
        """Singular values of A and of its pseudo-inverse, what is 0 but for rounding as 0."""
        s = ops.svd(A)[1]
        zero = s <= 1e-12 * s[0]
        return np.where(zero, 0, s), np.where(zero, 0, 1 / np.where(zero, 1, s))

    @staticmethod
    def _error(A, exact, alpha) -> float | None:
        """Largest error of an entry; nothing where the rounded matrix has no inverse."""
        try:
            return float(np.abs(ops.pinv_limit(A, alpha) - exact).max())
        except np.linalg.LinAlgError:
            return None

    @classmethod
    @cache
    def _curve(cls, matrix):
        A = cls._MATRICES[matrix]
        exact = ops.pinv(A)
        found = [(alpha, cls._error(A, exact, alpha)) for alpha in cls._ALPHAS]
        return np.array([pair for pair in found if pair[1] is not None]).T

    def state(self, alpha, matrix):
        A = self._MATRICES[matrix]
        s, exact = self._factors(A)
        curve, error = self._curve(matrix), self._error(A, ops.pinv(A), alpha)
        return {"alpha": alpha, "s": s, "curve": curve, "error": error,
                "mark": None if error is None else max(error, 1e-17),
                "full": ops.rank(A) == A.shape[1], "factors": s / (s**2 + alpha), "exact": exact,
                "best": curve[:, curve[1].argmin()]}

    def layers(self, state):
        x, y = state["curve"]
        at, top = np.arange(1, len(state["s"]) + 1), 1.4 * state["exact"].max()
        layers = [Line(0, x, np.maximum(y, 1e-17), width=2.4, label="largest error", key="error"),
                  Line(0, [state["alpha"]] * 2, [1e-18, 1e7], color=style.DARK, width=1, dash="dotted")]
        if state["mark"] is not None:
            layers.append(Points(0, state["alpha"], state["mark"], size=11, edge=style.DARK,
                                 label="largest error", key="error"))
        for side, values, color, key in ((-1, state["factors"], style.BLUE, "limit"),
                                         (1, state["exact"], style.GREEN, "exact")):
            names = [short(value, 2) if value < 100 else f"{value:.0f}" for value in values]
            layers += [Bars(1, at + 0.18 * side, values, width=0.32, color=color, key=key,
                            label=["s/(s² + α)" if side < 0 else "in A⁺"] * len(at)),
                       Text(1, at + 0.2 * side, values + 0.03 * top, names, size=11, key=key)]
        return [*layers,
                Text(1, 0.5, 0.95 * top, "left: s/(s² + α)", color=style.BLUE, size=12, ha="left", box=True,
                     key="limit"),
                Text(1, 3.5, 0.95 * top, "right: in A⁺", color=style.for_text(style.GREEN), size=12, ha="right",
                     box=True, key="exact")]

    def caption(self, state):
        alpha, error, best = state["alpha"], state["error"], state["best"]
        if error is None:
            return (f"α = {short(alpha)} drowns in the rounding of AᵀA: the sum is singular and has no inverse. "
                    f"Smallest error {short(best[1], 2)} at α = {short(best[0], 1)}.")
        text = f"α = {short(alpha)}: {term(f'largest error {short(error, 2)}', 'error')}."
        if state["full"] and error < 1e-12:
            return f"{text} The columns are independent, so AᵀA has an inverse and α may vanish without harm."
        smallest = state["s"][state["s"] > 0].min() ** 2
        if alpha > smallest:
            return (f"{text} α is above the smallest s² that is not 0, {short(smallest)}: with s/(s² + α) that "
                    "direction gets less than half of its 1/s.")
        if alpha > 0.8 * best[0]:
            return f"{text} It shrinks with α: a singular value s > 0 counts with s/(s² + α), on its way to 1/s."
        return (f"{text} Too small: AᵀA is rounded at about 10⁻¹⁵, and errors are divided by α or by the smallest s². "
                f"Best: {short(best[1], 1)} at α = {short(best[0], 1)}.")

    def code(self):
        alpha, A = self.values["alpha"], self._MATRICES[self.values["matrix"]].tolist()
        error = "error = np.abs(ops.pinv_limit(A, alpha) - ops.pinv(A)).max()"
        if self.current["error"] is None:
            error = f"# without a result here, for the sum of matrices is singular: {error}"
        return f"""import numpy as np

from course_lib import ops

A, alpha = np.array({A}), {alpha}
{error}
s = ops.svd(A)[1]
s[s < 1e-12 * s[0]] = 0
factors = s / (s**2 + alpha)"""


class ShapeExplorer(Demo):
    """Shapes of a layer, entry by entry."""

    title = "Shapes of a layer"
    alt = ("First: the product of a batch X with the weights W plus the bias b gives Z; one row of X, one column of W "
           "and the entry of Z they make are framed. Second: shapes and parameter counts of all layers.")
    controls = (
        Slider("batch", "Samples N", 1, 6, 1, 2),
        Slider("d0", "Inputs", 1, 6, 1, 4, more=True),
        Slider("d1", "Units of layer 1", 1, 6, 1, 3, more=True),
        Slider("d2", "Units of layer 2", 1, 6, 1, 3, more=True),
        Slider("d3", "Units of layer 3", 1, 6, 1, 1, more=True),
        Slider("layer", "Layer shown", 1, 3, 1, 1),
        Slider("entry", "Entry of Z", 1, 36, 1, 1, play=True),
    )
    presets = {
        "4-3-3-1, two samples": {},
        "Six samples": {"batch": 6},
        "Last layer": {"layer": 3, "entry": 2},
        "One sample": {"batch": 1},
        "2-6-6-2": {"d0": 2, "d1": 6, "d2": 6, "d3": 2},
    }
    panels = (
        ("Z = X W + b, one entry at a time", "", "", (-0.5, 13.5), (-1.2, 14.6)),
        ("Only X and Z know the batch", "", "", (0, 1), (0, 1)),
    )
    widths = (310, 350)
    size = (804, 428)
    _COLUMNS, _ROWS = (0.0, 0.16, 0.38, 0.6, 0.74, 1.0), (0.75, 0.63, 0.51)

    @staticmethod
    def _cell(s, x, y) -> dict:
        """The entry of Z in this row and column; beside Z a cell of X chooses the row alone, one of W the column."""
        rows, columns = s["Z"].shape
        row = min(max(int(6 - y), 0), rows - 1) if y < 6 else s["row"]
        column = min(max(int(x - 7), 0), columns - 1) if x > 7 else s["column"]
        return {"entry": row * columns + column + 1}

    handles = (
        Handle(0, "the entry of Z", at=lambda s: (7.5 + s["column"], 5.5 - s["row"]), move=_cell, click=True),
        *(Handle(1, f"layer {layer}", press={"layer": layer}, at=lambda s, y=y: (0.02, y))
          for layer, y in enumerate(_ROWS, 1)),
    )

    def background(self, axes, values):
        for ax in axes:
            ax.axis("off")
        heads = ("layer", "X", "W", "b", "Z", "count")
        for x, head in zip(self._COLUMNS, heads, strict=True):
            axes[1].text(x, 0.88, head, ha="right" if x == 1 else "left", color=style.DARK)
        axes[1].plot([0, 1], [0.83, 0.83], color=style.GREY, linewidth=0.8)
        axes[1].plot([0, 1], [0.46, 0.46], color=style.GREY, linewidth=0.8)

    @staticmethod
    @cache
    def _numbers():
        """A batch and three layers of whole numbers, large enough for every setting."""
        rng = np.random.default_rng(11)
        return (rng.integers(-1, 3, (6, 6)).astype(float),
                [(rng.integers(-1, 2, (6, 6)).astype(float), rng.integers(-1, 2, 6).astype(float)) for _ in range(3)])

    def state(self, batch, d0, d1, d2, d3, layer, entry):
        sizes = (d0, d1, d2, d3)
        X, layers = self._numbers()
        Z = X[:batch, :d0]
        for k in range(layer):
            X = ops.relu(Z) if k else Z
            W, b = layers[k][0][: sizes[k], : sizes[k + 1]], layers[k][1][: sizes[k + 1]]
            Z = ops.affine_forward(X, W, b)[0]
        entry = (entry - 1) % Z.size
        return {"sizes": sizes, "layer": layer, "X": X, "W": W, "b": b, "Z": Z, "row": entry // Z.shape[1],
                "column": entry % Z.shape[1], "batch": batch,
                "counts": [ops.count_parameters(sizes[k : k + 2]) for k in range(3)]}

    def layers(self, state):
        X, W, b, Z, i, j = (state[name] for name in ("X", "W", "b", "Z", "row", "column"))
        n, d = X.shape
        layers = []
        for name, matrix, left, top in (("X", X, 6 - d, 6), ("W", W, 7, 8.2 + d), ("b", b[None], 7, 7.6),
                                        ("Z", Z, 7, 6)):
            layers += self._matrix(name, matrix, left, top)
        layers += [self._frame(6 - d, 6, 6 - i - 1, 6 - i, "X"), self._frame(7 + j, 8 + j, 8.2, 8.2 + d, "W"),
                   self._frame(7 + j, 8 + j, 6.6, 7.6, "b"), self._frame(7 + j, 8 + j, 6 - i - 1, 6 - i, "Z"),
                   Text(0, 6, 5.4 - n, f"X {X.shape}", size=12, ha="right", bold=True, key="X"),
                   Text(0, 7, 5.4 - n, f"Z {Z.shape}", size=12, ha="left", bold=True, key="Z"),
                   Text(0, 6.6, 8.2 + d / 2, f"W {W.shape}", size=12, ha="right", bold=True, key="W"),
                   Text(0, 6.6, 7.1, f"+ b {b.shape}", size=12, ha="right", bold=True, key="b")]
        sizes = state["sizes"]
        for k, y in enumerate(self._ROWS):
            shapes = (sizes[k : k + 2], sizes[k + 1 : k + 2])
            words = [f"{k + 1}", f"({n}, {sizes[k]})", str(shapes[0]), str(shapes[1]), f"({n}, {sizes[k + 1]})"]
            look = {"size": 13, "bold": k + 1 == state["layer"]}
            layers += [Text(1, self._COLUMNS[:5], [y] * 5, words, ha="left", **look),
                       Text(1, 1, y, f"{state['counts'][k]}", ha="right", **look)]
        words = (f"The framed row of X ({d} {'entry' if d == 1 else 'entries'}) meets the\n"
                 "framed column of W; the entry of b is added.\n"
                 "The same b goes to every row.\nThe next X is Z, negatives replaced by 0.")
        return [*layers, Text(1, 1, 0.39, f"{sum(state['counts'])} parameters", size=13, ha="right"),
                Text(1, 0, 0.3, words, size=12, ha="left", va="top")]

    @staticmethod
    def _matrix(name, matrix, left, top) -> list:
        """Colored cells of size 1 with their numbers; row 0 on top."""
        rows, columns = matrix.shape
        y, x = np.mgrid[:rows, :columns]
        large = max(float(np.abs(matrix).max()), 1.0)
        return [Image(0, matrix[::-1], -2 * large, 2 * large, "signed", smooth=False, label=name,
                      extent=(left, left + columns, top - rows, top)),
                Text(0, (left + x + 0.5).ravel(), (top - y - 0.5).ravel(),
                     [fixed(value, 0) for value in matrix.ravel()], size=11)]

    @staticmethod
    def _frame(left, right, bottom, top, key) -> Line:
        return Line(0, [left, right, right, left, left], [bottom, bottom, top, top, bottom], color=style.DARK,
                    width=2.4, key=key)

    def caption(self, state):
        i, j, X, W, b, Z = (state[name] for name in ("row", "column", "X", "W", "b", "Z"))
        terms = " + ".join(f"{_factor(x)}·{_factor(w)}" for x, w in zip(X[i], W[:, j], strict=True))
        bias, entry = term(_factor(b[j]), "b"), term(f"Z[{i}, {j}]", "Z")
        return (f"{entry} = {terms} + {bias} = {fixed(Z[i, j], 0)}. With another number of samples only X and Z "
                f"change: the {sum(state['counts'])} parameters do not know N.")

    def code(self):
        X, W, b = (np.array2string(self.current[name].astype(int), separator=", ").replace("\n", "\n    ")
                   for name in ("X", "W", "b"))
        return f"""import numpy as np

from course_lib import ops

X = np.array(
    {X})
W = np.array(
    {W})
b = np.array({b})
Z = X @ W + b
counts = [ops.count_parameters(pair) for pair in {list(itertools.pairwise(self.current["sizes"]))}]"""


class FeatureScaling(Demo):
    """The unit of a feature shapes the cost."""

    title = "The unit of a feature shapes the cost"
    alt = ("First: two measurements of 353 patients against each other. Second: contours of the mean squared error of "
           "a linear model over its two weights: long ellipses for unequal scales; after standardization only the "
           "correlation keeps them from being circles.")
    controls = (
        Slider("scale", "Second feature times", -2.0, 0.3, 0.05, 1.0, log=True),
        Menu("standardize", "Standardized", ("no", "yes"), "no"),
        Menu("pair", "Features", ("bmi, bp", "age, bmi", "tc, ldl"), "bmi, bp"),
    )
    presets = {
        "Equal spread": {"scale": 10**-0.5},
        "A hundredth": {"scale": 0.01},
        "A hundredth, standardized": {"scale": 0.01, "standardize": "yes"},
        "Nearly circles": {"pair": "age, bmi", "standardize": "yes"},
        "Strongly correlated": {"pair": "tc, ldl", "standardize": "yes"},
    }
    panels = (
        ("353 patients", "first feature", "second feature", (-100, 100), (-100, 100)),
        ("Equal mean squared error", "$w_1$ − best, long axis = 1", "$w_2$ − best", (-1.2, 1.2), (-1.2, 1.2)),
    )
    closed_form = "Equal mean squared error"
    size = (800, 406)
    background_depends = ("standardize", "pair")
    handles = (
        Handle(0, "the spread of the second feature",
               at=lambda s: None if s["standardized"] else (0, s["sd"][1]),
               move=lambda s, x, y: {"scale": s["scale"] * max(y, 0) / s["sd"][1]}),
    )
    _NAMES: ClassVar = {"bmi": "body mass index", "bp": "blood pressure", "age": "age", "tc": "cholesterol",
                        "ldl": "LDL"}
    #: limit and tick of both axes
    _VIEWS: ClassVar = {"bmi, bp": (80, 60), "age, bmi": (50, 40), "tc, ldl": (130, 100)}

    def background(self, axes, values):
        first, second = (self._NAMES[name] for name in values["pair"].split(", "))
        unit = " (in standard deviations)" if values["standardize"] == "yes" else " − mean"
        axes[0].set(xlabel=first + unit, ylabel=second + unit)
        far, tick = (4, 3) if values["standardize"] == "yes" else self._VIEWS[values["pair"]]
        axes[0].set(xlim=(-far, far), ylim=(-far, far), xticks=(-tick, 0, tick), yticks=(-tick, 0, tick))
        axes[0].yaxis.labelpad = 0

    def state(self, scale, standardize, pair):
        data = datasets.diabetes()
        columns = [datasets.DIABETES_FEATURES.index(name) for name in pair.split(", ")]
        X = data.X_train[:, columns] * [1, scale]
        X = datasets.standardize(X) if standardize == "yes" else X - X.mean(axis=0)
        H = ops.mse_hessian(X)
        values, Q = ops.eigen_symmetric(H)
        return {"X": X, "scale": scale, "standardized": standardize == "yes", "H": H, "values": values, "Q": Q,
                "condition": ops.step_limits(H).condition, "sd": X.std(axis=0),
                "correlation": float(np.corrcoef(X.T)[0, 1])}

    def layers(self, state):
        ring = np.array([np.cos(_TURN), np.sin(_TURN)])
        half = np.sqrt(state["values"][-1] / state["values"])
        (first, second), dark = state["sd"], {"color": style.DARK, "width": 2.2, "key": "sd"}
        layers = [Points(0, *state["X"].T, size=5, edge=style.BLUE, alpha=0.5, label="a patient"),
                  Line(0, [-first, first], [0, 0], label="standard deviation", **dark),
                  Line(0, [0, 0], [-second, second], label="standard deviation", **dark),
                  Points(0, 0, second, color=style.DARK, size=9, label="standard deviation", key="sd")]
        for r, width in ((0.25, 1.2), (0.5, 1.6), (0.75, 2.0), (1.0, 2.4)):
            layers.append(Line(1, *(state["Q"] @ (r * half[:, None] * ring)), width=width, ghost=r == 1))
        for k, (color, dash, name) in enumerate(((style.ORANGE, "solid", "steepest"),
                                                 (style.GREEN, "dashed", "flattest"))):
            axis = half[k] * state["Q"][:, k]
            layers.append(Line(1, [-axis[0], axis[0]], [-axis[1], axis[1]], color=color, width=2, dash=dash,
                               label=f"{name} direction", key=name))
        return [*layers, Points(1, 0, 0, color=style.DARK, size=8),
                Text(1, -1.15, 1.1, "orange: steepest, green dashed: flattest direction", size=11, ha="left", box=True)]

    def caption(self, state):
        (first, second), condition = state["sd"], state["condition"]
        ratio = short(condition) if condition < 1000 else f"{condition:,.0f}"
        spreads = term(f"Standard deviations {short(first)} and {short(second)}", "sd")
        across, along = term("across the ellipses", "steepest"), term("along them", "flattest")
        text = (f"{spreads}, correlation {fixed(state['correlation'])}: {across} the cost curves {ratio} times as much "
                f"as {along}, so they are {short(np.sqrt(condition), 2)} times as long as wide.")
        if state["standardized"]:
            return f"{text} The unit has no say any more; what is left is the correlation."
        return text

    def code(self):
        columns = [datasets.DIABETES_FEATURES.index(name) for name in self.values["pair"].split(", ")]
        scaled = "datasets.standardize(X)" if self.current["standardized"] else "X - X.mean(axis=0)"
        return f"""from course_lib import datasets, ops

X = datasets.diabetes().X_train[:, {columns}] * [1, {self.values["scale"]}]
X = {scaled}
sd = X.std(axis=0)
H = ops.mse_hessian(X)
values, Q = ops.eigen_symmetric(H)
condition = ops.step_limits(H).condition"""


class ImageAsVector(Demo):
    """An image as one long vector."""

    title = "An image as one long vector"
    alt = ("First: a small gray picture with one row framed and one pixel marked. Second: the same picture as a "
           "vector, its rows one after the other, with the same row and pixel marked, and the pixel below it one row "
           "further on.")
    controls = (
        Menu("side", "Pixels a side", ("64", "32", "16", "8"), "16"),
        Slider("row", "Row (in 64ths of the height)", 0, 63, 1, 20),
        Slider("column", "Column (in 64ths of the width)", 0, 63, 1, 30),
    )
    presets = {
        "64 × 64": {"side": "64"},
        "32 × 32": {"side": "32"},
        "8 × 8": {"side": "8"},
        "First pixel": {"row": 0, "column": 0},
    }
    panels = (
        ("Picture", "column", "row", (0, 1), (1, 0)),
        ("The rows, one after the other", "place in the vector", "gray value", (0, 1), (-0.03, 1.03)),
    )
    widths = (292, 384)
    size = (820, 370)
    background_depends = ("side",)

    @staticmethod
    def _pixel(s, row, column) -> dict:
        """The sliders for a pixel of the picture, or the nearest one; they rest while they point at it already."""
        step = 64 // s["width"]
        places = {"row": row, "column": column}
        pixel = {name: min(max(round(place), 0), s["width"] - 1) for name, place in places.items()}
        return {name: s[name] if s[name] // step == place else place * step for name, place in pixel.items()}

    @staticmethod
    def _entry(s, place) -> dict:
        """The sliders for a place in the vector."""
        return ImageAsVector._pixel(s, *divmod(min(max(round(place), 0), s["width"] ** 2 - 1), s["width"]))

    handles = (
        Handle(0, "the pixel", at=lambda s: s["pixel"], move=lambda s, x, y: ImageAsVector._pixel(s, y, x), click=True),
        Handle(1, "the place in the vector", at=lambda s: (s["index"], s["vector"][s["index"]]),
               move=lambda s, x, y: ImageAsVector._entry(s, x), click=True),
    )
    #: rows down, columns to the right, color, marker, name
    _NEIGHBORS = ((0, 0, style.RED, "o", "the pixel"), (0, 1, style.ORANGE, "s", "the pixel to the right"),
                  (1, 0, style.GREEN, "v", "the pixel below"))

    def background(self, axes, values):
        side = int(values["side"])
        axes[0].set(xlim=(-0.5, side - 0.5), ylim=(side - 0.5, -0.5))
        axes[0].grid(visible=False)
        axes[1].set_xlim(-0.01 * side**2, 1.01 * side**2)

    @staticmethod
    @cache
    def _shrunk(side) -> np.ndarray:
        """The middle of the photograph, averaged over blocks."""
        step = 256 // side
        return _photograph()[:, 64:320].reshape(side, step, side, step).mean(axis=(1, 3))

    def state(self, side, row, column):
        side = int(side)
        picture = self._shrunk(side)
        row, column = row * side // 64, column * side // 64
        return {"width": side, "pixel": (column, row), "picture": picture, "vector": picture.reshape(-1),
                "index": row * side + column}

    def layers(self, state):
        side, vector, index = state["width"], state["vector"], state["index"]
        (column, row), size = state["pixel"], len(state["vector"])
        segment = np.arange(row * side, (row + 1) * side)
        layers = [Image(0, state["picture"][::-1], colors="gray", smooth=False, label="gray value",
                        extent=(-0.5, side - 0.5, side - 0.5, -0.5)),
                  Line(0, [-0.5, side - 0.5, side - 0.5, -0.5, -0.5], row + np.array([-0.5, -0.5, 0.5, 0.5, -0.5]),
                       color=style.SKY, width=2.6, key="row"),
                  Line(1, np.arange(size), vector, color=style.GREY, width=1, label="gray value"),
                  Line(1, segment, vector[segment], color=style.SKY, width=2.6, label="the framed row", key="row")]
        for down, right, color, marker, name in self._NEIGHBORS:
            if row + down < side and column + right < side:
                at = index + down * side + right
                look = {"color": color, "marker": marker, "size": 10 if side < 32 else 7, "edge": style.DARK,
                        "label": name, "key": name}
                layers += [Points(0, column + right, row + down, **look), Points(1, at, vector[at], **look)]
        return layers

    def caption(self, state):
        side, (column, row), index = state["width"], state["pixel"], state["index"]
        here, right, below = (term(words, name) for words, (*_, name) in zip(
            (f"entry {row}·{side} + {column} = {index}", "pixel to the right (orange ■)", "pixel below (green ▼)"),
            self._NEIGHBORS, strict=True))
        text = f"{term(f'Row {row}', 'row')}, column {column} of {side} × {side}: {here} of {side * side:,}."
        if column + 1 < side:
            text += f" The {right} is the next entry, {index + 1}"
        else:
            text += " It ends its row: the next entry begins the row below"
        if row + 1 < side:
            return f"{text}; the {below} is {side} entries on, {index + side}."
        return f"{text}; no pixel is below the last row."

    def code(self):
        side, (column, row) = self.current["width"], self.current["pixel"]
        block = 256 // side
        return f"""from course_lib import datasets

middle = datasets.photograph()[:, 64:320] / 255
picture = middle.reshape({side}, {block}, {side}, {block}).mean(axis=(1, 3))
vector = picture.reshape(-1)
row, column = {row}, {column}
index = row * {side} + column
print(picture[row, column] == vector[index])"""
