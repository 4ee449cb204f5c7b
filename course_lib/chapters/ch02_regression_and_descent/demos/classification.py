"""Live figures of chapter 02: likelihood, surprise, logistic and softmax regression, tables of right and wrong."""

from functools import cache, lru_cache
from typing import ClassVar

import numpy as np

from course_lib import datasets, dense, models, ops
from course_lib.datasets import DIABETES_FEATURES, HAND_SIGN_TABLES, HAND_SIGNS
from course_lib.viz import style
from course_lib.viz.live import (
    Bars,
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
from course_lib.viz.numbers import fixed, short


def _classes(panel, X, y, size, wrong, keyed=False):
    """The points of each class in its color and marker, with its key where it has partners; rings round wrong ones."""
    layers = class_points(panel, X, y, "class {}", "class {}" if keyed else "", size=size)
    if wrong.any():
        layers.append(Points(panel, *X[wrong].T, color=style.RED, marker="o", size=size + 8, filled=False))
    return layers


class GaussianLikelihood(Demo):
    """How likely a normal distribution makes the points."""

    title = "Which bell curve makes these points likely?"
    alt = ("First: the normal density over the points; the height above each point is its density. Second: the "
           "log-likelihood over mean and standard deviation, with its maximum and the present choice.")
    controls = (
        Slider("mu", "Mean μ", -4.0, 4.0, 0.005, -1.0),
        Slider("sigma", "Standard deviation σ", 0.3, 5.0, 0.005, 1.5),
        Menu("data", "Points", ("four points", "with an outlier", "40 draws of N(1, 2²)"), "four points"),
    )
    presets = {
        "A poor guess": {},
        "Largest likelihood": {"mu": 0.325, "sigma": 2.35},
        "Divisor n − 1": {"mu": 0.325, "sigma": 2.71},
        "Too narrow": {"mu": 0.325, "sigma": 0.5},
        "Outlier": {"data": "with an outlier", "mu": 0.325, "sigma": 2.35},
        "Outlier, most likely curve": {"data": "with an outlier", "mu": 1.76, "sigma": 3.555},
        "40 draws, true values": {"data": "40 draws of N(1, 2²)", "mu": 1.0, "sigma": 2.0},
    }
    panels = (
        ("Normal density over the points", "x", "p(x)", (-7, 8), (0, 0.42)),
        ("Likelihood, highest at +", "mean μ", "standard deviation σ", (-4.3, 4.3), (0.2, 5.2)),
    )
    size = (800, 370)
    background_depends = ("data",)
    closed_form = "Normal density"
    handles = (
        Handle(0, "mean", x="mu", at=lambda s: (s["mu"], 0.0)),
        Handle(0, "one standard deviation above the mean",
               at=lambda s: GaussianLikelihood._shoulder(s["mu"], s["sigma"]),
               move=lambda s, x, y: {"sigma": x - s["mu"]}),
        Handle(1, "mean and standard deviation", x="mu", y="sigma", click=True),
    )
    _T = np.linspace(-7, 8, 301)
    _MU, _SIGMA = np.linspace(-4.3, 4.3, 51), np.linspace(0.2, 5.2, 51)
    _POINTS: ClassVar = {
        "four points": np.array([-3.0, -0.7, 2.0, 3.0]),
        "with an outlier": np.array([-3.0, -0.7, 2.0, 3.0, 7.5]),
        "40 draws of N(1, 2²)": np.random.default_rng(4).normal(1, 2, 40),
    }

    @classmethod
    @cache
    def _surface(cls, data):
        """Log-likelihood per point over mean (columns) and standard deviation (rows)."""
        x = cls._POINTS[data]
        return np.array([[ops.gaussian_log_likelihood(x, mu, sigma) / len(x) for mu in cls._MU]
                         for sigma in cls._SIGMA])

    @staticmethod
    def _shoulder(mu, sigma):
        """The point of the curve one standard deviation to the right, or the top of the panel below it."""
        return mu + sigma, min(float(ops.gaussian_density(mu + sigma, mu, sigma)), 0.4)

    def background(self, axes, values):
        surface = self._surface(values["data"])
        axes[1].grid(visible=False)
        axes[1].contour(self._MU, self._SIGMA, surface, colors="#777777", linewidths=0.7, linestyles="solid",
                        levels=surface.max() - np.array([3, 1.5, 0.7, 0.3, 0.1, 0.02]))

    def state(self, mu, sigma, data):
        x = self._POINTS[data]
        fit = ops.gaussian_mle(x)
        best = np.sqrt(fit.variance)
        return {"mu": mu, "sigma": sigma, "data": data, "x": x, "fit": fit, "surface": self._surface(data),
                "curve": ops.gaussian_density(self._T, mu, sigma), "heights": ops.gaussian_density(x, mu, sigma),
                "best_curve": ops.gaussian_density(self._T, fit.mu, best),
                "here": ops.gaussian_log_likelihood(x, mu, sigma), "most": ops.gaussian_log_likelihood(x, fit.mu, best)}

    def layers(self, state):
        x, heights = state["x"], state["heights"]
        gaps = np.full(len(x), np.nan)
        top = float(state["surface"].max())
        mu, (shoulder, height) = state["mu"], self._shoulder(state["mu"], state["sigma"])
        return [
            Line(0, self._T, state["best_curve"], color=style.GREY, width=1.6, dash="dotted",
                 label="density of largest likelihood", key="best"),
            Line(0, [mu, mu, shoulder], [0, height, height], color=style.GREEN, width=1.4, dash="dashed", key="here"),
            Text(0, [mu, (mu + shoulder) / 2], [0.03, height + 0.012], ["μ ", "σ"], color=style.GREEN, ha="right",
                 key="here"),
            Line(0, np.stack([x, x, gaps], axis=1).ravel(), np.stack([0 * x, heights, gaps], axis=1).ravel(),
                 color=style.ORANGE, width=1.6),
            Line(0, self._T, state["curve"], width=2.6, label="density", key="here", ghost=True),
            Points(0, x, np.minimum(heights, 0.41), color=style.ORANGE, marker="s", size=7,
                   label=[f"surprise {fixed(-np.log(height))}" for height in np.maximum(heights, 1e-300)]),
            Points(0, x, 0.004, color=style.DARK, size=8),
            Text(0, 7.8, 0.4, "dotted: most likely", ha="right", box=True, key="best"),
            Image(1, np.exp(state["surface"] - top), 0, 1.6, "heat", label="likelihood a point, share of the highest"),
            Points(1, state["fit"].mu, np.sqrt(state["fit"].variance), color=style.DARK, marker="+", size=15,
                   label="largest likelihood", key="best"),
            Points(1, state["mu"], state["sigma"], color=style.ORANGE, marker="D", size=12, label="this density",
                   key="here", ghost=True),
        ]

    def caption(self, state):
        fit, n = state["fit"], len(state["x"])
        here = term(f"ln L({fixed(state['mu'], 3)}, {fixed(state['sigma'], 3)}) = {short(state['here'], 4)}", "here")
        most = term(f"{short(state['most'], 4)} at μ = {fixed(fit.mu, 3)}, σ² = {fixed(fit.variance, 4)}", "best")
        text = (f"{here}, at most {most} (σ = {fixed(np.sqrt(fit.variance), 3)}), divisor n = {n}; divisor n − 1 gives "
                f"{fixed(fit.variance * n / (n - 1), 4)}.")
        smallest = state["heights"].min()
        if smallest < 1e-3:
            return f"{text} One point has density {short(smallest, 1)} and costs {fixed(-np.log(smallest), 1)}."
        return text

    def code(self):
        v = self.values
        points = {"four points": "[-3, -0.7, 2, 3]", "with an outlier": "[-3, -0.7, 2, 3, 7.5]",
                  "40 draws of N(1, 2²)": "np.random.default_rng(4).normal(1, 2, 40)"}[v["data"]]
        return f"""import numpy as np
from course_lib import ops

x, mu, sigma = np.array({points}), {v["mu"]!r}, {v["sigma"]!r}
heights = ops.gaussian_density(x, mu, sigma)
here = ops.gaussian_log_likelihood(x, mu, sigma)
best = ops.gaussian_mle(x)
most = ops.gaussian_log_likelihood(x, best.mu, np.sqrt(best.variance))
print(here, most, best)"""


class EntropyAndDivergence(Demo):
    """Cross-entropy is entropy plus divergence."""

    title = "Cross-entropy = entropy + divergence"
    alt = ("First: bars of the true probabilities p and the claimed ones q. Second: the cross-entropy against the "
           "claim for class 1; the level line is the entropy of p, the gap above it the divergence. Third: bars of "
           "entropy, divergence and cross-entropy.")
    controls = (
        Slider("p1", "True p₁", 0.0, 1.0, 0.01, 0.7),
        Slider("q1", "Claimed q₁", 0.001, 0.998, 0.001, 0.5),
        Slider("p2", "True p₂ (at most 1 − p₁)", 0.0, 1.0, 0.01, 0.2, more=True),
        Slider("q2", "Claimed q₂ (at most 0.999 − q₁)", 0.001, 0.998, 0.001, 0.3, more=True),
        Menu("classes", "Classes", ("two", "three"), "three", more=True),
        Menu("unit", "Logarithm", ("nats (base e)", "bits (base 2)"), "nats (base e)", more=True),
    )
    presets = {
        "(0.7, 0.2, 0.1), (0.5, 0.3, 0.2)": {},
        "One-hot truth": {"p1": 0.0, "p2": 1.0, "q1": 0.128, "q2": 0.719},
        "One-hot truth in bits": {"p1": 0.0, "p2": 1.0, "q1": 0.128, "q2": 0.719, "unit": "bits (base 2)"},
        "q = p": {"q1": 0.7, "q2": 0.2},
        "Fair coin in bits": {"classes": "two", "p1": 0.5, "q1": 0.5, "unit": "bits (base 2)"},
        "Sure and wrong": {"classes": "two", "p1": 0.9, "q1": 0.06},
    }
    panels = (
        ("Blue: truth p, orange: claim q", "class", "probability", (0.4, 3.6), (0, 1.15)),
        ("Never below H(p), equal at q = p", "claimed q₁", "cross-entropy", (0, 1), (0, 3)),
        ("The two parts add up", "", "", (0.4, 3.6), (0, 3)),
    )
    widths = (1.15, 1.1, 1.0)
    size = (760, 350)
    closed_form = "Cross-entropy = entropy + divergence"
    handles = (
        Handle(0, "p₁", at=lambda s: (0.81, s["p"][0]), move=lambda s, x, y: {"p1": y}),
        Handle(0, "q₁", at=lambda s: (1.19, s["q"][0]), move=lambda s, x, y: {"q1": y}),
        Handle(0, "p₂", at=lambda s: (1.81, s["p"][1]) if len(s["p"]) == 3 else None, move=lambda s, x, y: {"p2": y}),
        Handle(0, "q₂", at=lambda s: (2.19, s["q"][1]) if len(s["q"]) == 3 else None, move=lambda s, x, y: {"q2": y}),
        Handle(1, "claimed q₁", at=lambda s: (s["q"][0], min(s["CE"], 2.95)), move=lambda s, x, y: {"q1": x}),
    )
    _Q = np.linspace(0.002, 0.998, 250)

    def background(self, axes, values):
        axes[0].set_xticks([1, 2, 3])
        axes[2].set_xticks([1, 2, 3], ["H(p)", "KL(p, q)", "H(p, q)"])
        for ax in (axes[0], axes[2]):
            ax.grid(axis="x", visible=False)

    @staticmethod
    def _shares(first, second, classes, largest):
        if classes == "two":
            return np.array([first, 1 - first])
        second = min(second, max(largest - first, 0.0))
        return np.array([first, second, max(1 - first - second, 0.0)])

    def state(self, classes, p1, p2, q1, q2, unit):
        p, q = self._shares(p1, p2, classes, 1.0), self._shares(q1, q2, classes, 0.999)
        rest = (1 - self._Q)[:, None] * (q[1:] / q[1:].sum())
        others = np.column_stack([self._Q, rest])
        base = np.log(2) if unit.startswith("bits") else 1.0
        return {"p": p, "q": q, "unit": unit.split()[0], "H": float(ops.entropy(p)) / base,
                "KL": float(ops.kl_divergence(p, q)) / base, "back": self._back(p, q, base),
                "CE": float(ops.distribution_cross_entropy(p, q)) / base,
                "curve": ops.distribution_cross_entropy(np.tile(p, (len(others), 1)), others) / base,
                "BC": float(ops.bhattacharyya_coefficient(p, q)), "D_B": float(ops.bhattacharyya_distance(p, q)),
                "hellinger": float(ops.hellinger_distance(p, q)), "most": np.log(len(p)) / base}

    @staticmethod
    def _back(p, q, base):
        """KL(q, p), or None where it is infinite."""
        return None if ((p == 0) & (q > 0)).any() else float(ops.kl_divergence(q, p)) / base

    def layers(self, state):
        p, q, H, KL, CE = (state[name] for name in ("p", "q", "H", "KL", "CE"))
        at = np.arange(1, len(p) + 1)
        top = 2.75
        names = [f"truth p{'₁₂₃'[k]}" for k in range(len(p))], [f"claim q{'₁₂₃'[k]}" for k in range(len(q))]
        return [
            Bars(0, at - 0.19, p, width=0.36, label=names[0]),
            Bars(0, at + 0.19, q, color=style.ORANGE, width=0.36, label=names[1]),
            Text(0, at - 0.25, p + 0.085, [fixed(v) if v >= 0.005 else "0" for v in p], size=11),
            Text(0, at + 0.25, q + 0.085, [fixed(v) if v >= 0.005 else "0" for v in q], size=11),
            Line(1, self._Q, state["curve"], width=2.6, label="cross-entropy"),
            Line(1, [0, 1], [H, H], color=style.GREEN, width=1.8, dash="dashed", label="entropy H(p)", key="H"),
            Line(1, [q[0], q[0]], [H, min(CE, 3)], color=style.RED, width=3, label="divergence", key="KL"),
            Points(1, q[0], min(CE, 2.95), color=style.ORANGE, marker="D", size=11, edge=style.DARK,
                   label="cross-entropy", key="CE", ghost=True),
            Text(1, 0.97, H - 0.12 if H > 0.25 else H + 0.12, "H(p)", ha="right", key="H"),
            Bars(2, at[:1], [min(H, top)], color=style.GREEN, width=0.62, label="entropy H(p)", key="H"),
            Bars(2, [2], [min(H + KL, top)], base=min(H, top), color=style.RED, width=0.62, label="divergence KL(p, q)",
                 key="KL"),
            Bars(2, [3], [min(CE, top)], width=0.62, label="cross-entropy H(p, q)", key="CE"),
            Line(2, [1.31, 3.31], [H, H], color=style.DARK, width=1, dash="dotted"),
            Text(2, [1, 2, 3], [min(v, top) + 0.12 for v in (H, H + KL, CE)],
                 [fixed(H, 4), fixed(KL, 4), fixed(CE, 4) + (" ↑" if CE > top else "")], key=["H", "KL", "CE"]),
        ]

    def caption(self, state):
        unit = state["unit"]
        back = "infinite" if state["back"] is None else fixed(state["back"], 4)
        CE, H, KL = (term(fixed(state[name], 4), name) for name in ("CE", "H", "KL"))
        text = (f"H(p, q) = {CE} = H(p) + KL(p, q) = {H} + {KL} {unit}. The other way round, KL(q, p) is {back}. "
                f"Overlap {fixed(state['BC'], 3)}, Bhattacharyya {fixed(state['D_B'], 3)}, Hellinger "
                f"{fixed(state['hellinger'], 3)}. H(p) is at most {fixed(state['most'], 3)}.")
        return f"{text} q = p: no divergence." if np.abs(state["p"] - state["q"]).max() < 1e-9 else text

    def code(self):
        p, q = (np.round(self.current[name], 6).tolist() for name in "pq")
        base = "" if self.current["unit"] == "nats" else " / np.log(2)"
        return f"""import numpy as np
from course_lib import ops

p, q = np.array({p}), np.array({q})
H = ops.entropy(p){base}
KL = ops.kl_divergence(p, q){base}
CE = ops.distribution_cross_entropy(p, q){base}
BC, D_B = ops.bhattacharyya_coefficient(p, q), ops.bhattacharyya_distance(p, q)
hellinger = ops.hellinger_distance(p, q)
print(H, KL, CE, BC, D_B, hellinger)"""


@cache
def _bmi():
    """Body mass index of a sixth of the training patients, and whether the disease progressed beyond 200.

    They were held out of the fit that set the first values of the sliders, so they can serve to choose a threshold.
    """
    split = datasets.diabetes()
    _, held = models.k_fold(len(split.y_train), 6, rng=0)[0]
    return split.X_train[held, DIABETES_FEATURES.index("bmi")], (split.y_train[held] > 200).astype(int)


class LogisticThreshold(Demo):
    """The logistic curve, the threshold, and what the threshold costs."""

    title = "Where to say yes"
    alt = ("First: the logistic curve over the body mass index of 59 patients held out of training, those with fast "
           "progression above, the others below; the threshold cuts them in two. Second: the confusion matrix. Third: "
           "precision and recall against the threshold.")
    controls = (
        Slider("tau", "Threshold τ", 0.02, 0.98, 0.01, 0.5),
        Slider("k", "Steepness k", -0.5, 2.0, 0.01, 0.30, unit="per kg/m²"),
        Slider("x0", "Middle x₀", 18.0, 42.0, 0.1, 30.6, unit="kg/m²"),
        Slider("L", "Ceiling L", 0.1, 1.0, 0.01, 1.0, more=True),
    )
    presets = {
        "Fitted, τ = 0.5": {},
        "Find more of them: τ = 0.25": {"tau": 0.25},
        "Be surer: τ = 0.7": {"tau": 0.7},
        "Steep: nearly a step": {"k": 2.0, "x0": 27.0},
        "Low ceiling": {"L": 0.4},
        "Wrong sign": {"k": -0.3},
    }
    panels = (
        ("Logistic curve: p of fast progression", "body mass index (kg/m²)", "p", (18, 43), (-0.2, 1.2)),
        ("59 held-out patients", "answer", "truth", (-0.5, 1.5), (-0.5, 1.5)),
        ("τ trades one for the other", "threshold τ", "share", (0, 1.02), (0, 1.23)),
    )
    widths = (1.1, 0.95, 1.15)
    size = (760, 350)
    closed_form = "Logistic curve"
    handles = (
        Handle(0, "threshold", y="tau", at=lambda s: (42, s["tau"])),
        Handle(0, "middle of the curve", at=lambda s: (s["x0"], s["L"] / 2), move=lambda s, x, y: {"x0": x}),
        Handle(2, "threshold", x="tau", at=lambda s: (s["tau"], s["table"].recall[1])),
    )
    _T = np.linspace(18, 43, 200)
    _TAUS = np.linspace(0.0, 1.0, 101)

    def background(self, axes, values):
        axes[1].set_xticks([0, 1], ["no", "yes"])
        axes[1].set_yticks([1, 0], ["slow", "fast"])
        axes[2].set_yticks(np.linspace(0, 1, 6))
        axes[1].grid(visible=False)

    @staticmethod
    @cache
    def _jitter():
        x = _bmi()[0]
        return np.random.default_rng(0).uniform(-0.07, 0.07, len(x))

    def state(self, tau, k, x0, L):
        x, y = _bmi()
        p = ops.logistic_curve(x, L, k, x0)
        table = ops.classification_report((p >= tau).astype(int), y, 2)
        yes = p[None, :] >= self._TAUS[:, None]
        hits, called = (yes & (y == 1)).sum(axis=1), yes.sum(axis=1)
        return {"tau": tau, "k": k, "x0": x0, "L": L, "x": x, "y": y, "p": p, "table": table,
                "confusion": table.confusion, "curve": ops.logistic_curve(self._T, L, k, x0), "recall": hits / y.sum(),
                "accuracy": (yes == (y == 1)).mean(axis=1),
                "precision": hits / np.maximum(called, 1), "yes": called > 0,
                "called": int((p >= tau).sum()), "interval": ops.accuracy_interval(table.accuracy, len(y)),
                "baseline": ops.majority_share(y), "cut": self._cut(tau, k, x0, L)}

    @staticmethod
    def _cut(tau, k, x0, L):
        """Where the curve crosses the threshold, or None."""
        return None if tau >= L or k == 0 else x0 - np.log(L / tau - 1) / k

    def layers(self, state):
        x, y, tau, M = state["x"], state["y"], state["tau"], state["table"].confusion
        right, yes = (state["p"] >= tau) == (y == 1), state["yes"]
        heights = np.where(y == 1, 1.09, -0.09) + self._jitter()
        layers = [Line(0, [18, 43], [tau, tau], color=style.DARK, width=1.4, dash="dashed", label="threshold"),
                  Line(0, self._T, state["curve"], width=2.8, label="p"),
                  Points(0, state["x0"], state["L"] / 2, color="white", size=9, edge=style.BLUE, label="middle")]
        for label in (0, 1):
            for good in (True, False):
                chosen = (y == label) & (right == good)
                layers.append(Points(0, x[chosen], heights[chosen], color=style.CLASS_COLORS[label], size=8,
                                     marker=style.CLASS_MARKERS[label] if good else "x",
                                     label=("slow", "fast")[label] + (", right" if good else ", wrong"),
                                     key=("no", "yes")[label if good else 1 - label] + str(label)))
        if state["cut"] is not None and 18 < state["cut"] < 43:
            layers.append(Line(0, [state["cut"]] * 2, [-0.2, 1.2], color=style.DARK, width=1.4, dash="dotted"))
        layers += [
            Text(0, 18.4, min(tau + 0.055, 0.93), f"τ = {fixed(tau)}", ha="left", box=True),
            Image(1, M[::-1] / M.sum(axis=1)[::-1, None], 0, 2.4, "heat", extent=(-0.5, 1.5, -0.5, 1.5), smooth=False),
            Text(1, [0, 1, 0, 1], [1.08, 1.08, 0.08, 0.08], [f"{value}" for value in M.ravel()], size=19, bold=True,
                 key=["no0", "yes0", "no1", "yes1"]),
            Text(1, [0, 1, 0, 1], [0.78, 0.78, -0.22, -0.22],
                 ["true no", "false alarm", "missed", "found"]),
            Line(2, self._TAUS[yes], state["precision"][yes], color=style.ORANGE, width=2.4, dash="dashed",
                 label="precision", key="precision"),
            Line(2, self._TAUS, state["recall"], width=2.4, label="recall", key="recall"),
            Line(2, self._TAUS, state["accuracy"], color=style.GREEN, width=2.4, dash="dotted", label="accuracy",
                 key="accuracy"),
            Bars(2, [tau], [state["interval"][1]], base=state["interval"][0], width=0.03, color=style.GREEN, alpha=0.4,
                 label="95 % interval of the accuracy"),
            Points(2, tau, state["table"].accuracy, color=style.GREEN, marker="^", size=10, key="accuracy", ghost=True),
        ]
        if state["called"]:
            layers.append(Points(2, tau, state["table"].precision[1], color=style.ORANGE, marker="s", size=10,
                                 key="precision", ghost=True))
        layers += [Points(2, tau, state["table"].recall[1], size=10, key="recall", ghost=True),
                   Line(2, [0.0, 0.06], [1.17, 1.17], color=style.ORANGE, dash="dashed", width=2.4, key="precision"),
                   Line(2, [0.38, 0.44], [1.17, 1.17], width=2.4, key="recall"),
                   Line(2, [0.66, 0.72], [1.17, 1.17], color=style.GREEN, dash="dotted", width=2.4, key="accuracy"),
                   Text(2, [0.07, 0.45, 0.73], [1.17] * 3, ["precision", "recall", "accuracy"], size=11, ha="left",
                        key=["precision", "recall", "accuracy"])]
        return layers

    def caption(self, state):
        table, (low, high) = state["table"], state["interval"]
        P = f"{fixed(table.precision[1])}" if state["called"] else "not defined (never yes)"
        return (f"{term(f'Precision {P}', 'precision')}, {term(f'recall {fixed(table.recall[1])}', 'recall')}, F₁ "
                f"{fixed(table.f1[1])}. {term(f'Accuracy {fixed(table.accuracy)}', 'accuracy')}, 95 % interval "
                f"{fixed(low)} to {fixed(high)}; always saying no gives {fixed(state['baseline'])}."
                + self._remark(state))

    def code(self):
        v = self.values
        return f"""import numpy as np
from course_lib import datasets, models, ops

patients = datasets.diabetes()
_, held = models.k_fold(len(patients.y_train), 6, rng=0)[0]
x = patients.X_train[held, datasets.DIABETES_FEATURES.index("bmi")]
y = (patients.y_train[held] > 200).astype(int)
p = ops.logistic_curve(x, L={v["L"]!r}, k={v["k"]!r}, x0={v["x0"]!r})
report = ops.classification_report((p >= {v["tau"]!r}).astype(int), y, 2)
confusion, baseline = report.confusion, ops.majority_share(y)
print(report, ops.accuracy_interval(report.accuracy, len(y)))"""

    @staticmethod
    def _remark(state):
        if state["k"] < 0:
            return " k < 0: the curve falls."
        if state["L"] <= state["tau"]:
            return f" The ceiling {short(state['L'], 2)} is not above τ."
        low, high = state["interval"]
        return " The interval holds that baseline." if low <= state["baseline"] <= high else ""


@lru_cache(maxsize=64)
def _boundary_run(data, points, pieces, w1, w2, b):
    """Parameters (steps + 1, 3) and loss (steps + 1,) of a descent in pieces, each with its rate."""
    X, y = _clouds(data, points)[:2]
    params, loss = dense.pack([(np.array([[w1], [w2]]), np.array([b]))])[None], np.zeros(1)
    for begin, end, lr in pieces:
        if len(y) == 0:
            return np.repeat(params, pieces[-1][1] + 1, axis=0), np.zeros(pieces[-1][1] + 1)
        run = dense.train((2, 1), X, y, output="sigmoid", loss="bce", lr=lr, epochs=end - begin, params=params[-1],
                          snapshots=end - begin + 1)
        params, loss = np.vstack([params[:-1], run.snapshots]), np.append(loss[:-1], run.loss)
    return params, loss


@lru_cache(maxsize=16)
def _clouds(data, points):
    """Points, labels, a rate that is never too large, and the smallest loss of all lines (None: not known, or 0)."""
    floor = None
    if data == "separable":
        X, y = datasets.separable_clouds(60, 0.5, 0)
    elif data == "overlapping":
        X, y = datasets.blobs(60, np.array([[-0.8, -0.6], [0.8, 0.6]]), 0.9, 1)
        best = models.LogisticRegression().fit(X, y)
        floor = ops.bce_from_logits(best.decision_function(X), y.astype(float))[0]
    else:
        own = np.array(points, dtype=float).reshape(-1, 3)
        X, y = own[:, :2], own[:, 2].astype(int)
    # p (1 - p) <= 1/4, so the curvature is at most X^T X / (4 N), an eighth of that of the squared error.
    limit = ops.step_limits(ops.mse_hessian(ops.add_bias_column(X)) / 8).limit if len(y) else np.inf
    return X, y, limit, floor


class LogisticBoundary(Demo):
    """A linear boundary by hand, then by descent from there."""

    title = "Logistic regression by descent, from a line set by hand"
    alt = ("First: points of two classes, shading by the probability of class 1, the boundary, and the line at the "
           "start, dashed, with its weight vector. Second: the mean log loss along the descent on logarithmic axes, "
           "with the step from which on all points are right.")
    controls = (
        Slider("steps", "Steps of descent", 0, 1000, 1, 100, play=True),
        Slider("lr", "Learning rate", -2.0, 1.5, 0.05, 1.0, log=True),
        Menu("data", "Points", ("separable", "overlapping", "your own"), "separable"),
        OwnPoints("points", "Your points", 0, ((-1.2, -0.4, 0), (-0.4, 0.9, 0), (0.3, -0.9, 1), (1.1, 0.6, 1)),
                  more=True, needs={"data": "your own"}),
        Slider("w1", "Start w₁", -4.0, 4.0, 0.1, -1.0, more=True),
        Slider("w2", "Start w₂", -4.0, 4.0, 0.1, 1.0, more=True),
        Slider("b", "Start b", -4.0, 4.0, 0.1, 1.0, more=True),
    )
    presets = {
        "By hand": {"steps": 0},
        "100 steps": {},
        "1000 steps": {"steps": 1000},
        "Long weights, same line": {"steps": 0, "w1": 4.0, "w2": 4.0, "b": 0.0},
        "Short weights, same line": {"steps": 0, "w1": 1.5, "w2": 1.5, "b": 0.0},
        "Overlapping clouds": {"data": "overlapping", "steps": 1000},
        "Huge steps": {"data": "overlapping", "lr": 31.622776601683793, "steps": 12},
        "Your own points": {"data": "your own"},
    }
    panels = (
        ("Boundary p = 0.5, shaded by p", "$x_1$", "$x_2$", (-3.5, 3.5), (-3.5, 3.5)),
        ("Mean log loss", "step", "loss", (0.8, 1250), (2e-4, 10)),
    )
    size = (800, 380)
    background_depends = ("data",)
    knobs = ("lr",)
    _STEPS = 1000
    handles = (
        Handle(0, "starting line", at=lambda s: tuple(LogisticBoundary._foot(s)),
               move=lambda s, x, y: {"b": -(s["w1"] * x + s["w2"] * y)}),
        Handle(0, "weight vector of the starting line", at=lambda s: tuple(LogisticBoundary._tip(s)),
               move=lambda s, x, y: LogisticBoundary._turned(s, np.array([x, y]))),
        Handle(1, "step", at=lambda s: LogisticBoundary._mark(s), move=lambda s, x, y: {"steps": x}),
    )

    @staticmethod
    def _foot(s):
        """The point of the starting line that is nearest to the origin."""
        w = np.array([s["w1"], s["w2"]])
        return -s["b"] * w / max(w @ w, 1e-12)

    @classmethod
    def _tip(cls, s):
        """The end of the starting weights, drawn from the line at half their length."""
        return cls._foot(s) + np.array([s["w1"], s["w2"]]) / 2

    @classmethod
    def _turned(cls, s, tip) -> dict:
        foot = cls._foot(s)
        w = 2 * (tip - foot)
        return {"w1": w[0], "w2": w[1], "b": -w @ foot}

    @staticmethod
    def _mark(s):
        """Step and loss, inside the panel."""
        return max(s["steps"], 0.9), float(np.clip(s["loss"][s["steps"]], 2.4e-4, 9))

    def background(self, axes, values):
        after = {"separable": ": falls on when all are right", "overlapping": ": settles above 0 (dotted)"}
        axes[1].set_title("Mean log loss" + after.get(values["data"], ""))
        axes[1].set_xscale("log")
        axes[1].set_yscale("log")
        axes[1].axhline(np.log(2), color=style.GREY, linestyle="dashed", linewidth=1)
        axes[1].text(1100, 0.92, "ln 2: undecided", fontsize=9, color="#555555", ha="right")

    def state(self, steps, lr, data, points, w1, w2, b, turns=()):
        X, y, limit, floor = _clouds(data, points if data == "your own" else ())
        pieces = tuple((begin, end, knobs["lr"]) for begin, end, knobs in legs(self._STEPS, {"lr": lr}, turns))
        params, loss = _boundary_run(data, points if data == "your own" else (), pieces, w1, w2, b)
        W, c = dense.unpack(params[steps], (2, 1))[0]
        scores = X @ params[:, :2].T + params[:, 2]
        errors = ((scores >= 0) != (y == 1)[:, None]).sum(axis=0)
        ever = np.flatnonzero(errors > 0)
        return {"X": X, "y": y, "steps": steps, "pieces": pieces, "data": data, "loss": loss, "errors": errors,
                "solved": int(ever[-1]) + 1 if len(ever) else 0, "w": W[:, 0], "bias": float(c[0]), "floor": floor,
                "limit": limit, "rises": int((np.diff(loss) > 1e-9).sum()), "start": params[0],
                "surface": dense.mlp_surface([(W, c)], (-3.5, 3.5), (-3.5, 3.5), 60, "identity", "sigmoid"),
                "wrong": (scores[:, steps] >= 0) != (y == 1)}

    def layers(self, state):
        loss, steps = state["loss"], state["steps"]
        limits = (-3.5, 3.5)
        layers = [Image(0, state["surface"], label="p")]
        for level, dash in ((0.1, "dotted"), (0.5, "solid"), (0.9, "dotted")):
            layers.append(Line(0, *contour(state["surface"], limits, limits, level), color=style.DARK, dash=dash,
                               width=2.4 if level == 0.5 else 1.2, label=f"p = {level}",
                               key="boundary" if level == 0.5 else "", ghost=level == 0.5))
        layers += [*_classes(0, state["X"], state["y"], 8, state["wrong"]), *self._start_line(state["start"])]
        if len(state["y"]) == 0:
            return layers
        layers.append(Line(1, np.arange(1, self._STEPS + 1), loss[1:], width=2.6, label="mean log loss"))
        if state["floor"] is not None:
            layers.append(Line(1, [1, 1000], [state["floor"]] * 2, color=style.GREEN, width=1.6, dash="dotted",
                               label="smallest loss of all lines", key="floor"))
        solved = state["solved"]
        if 0 < solved <= self._STEPS:
            layers += [Line(1, [solved, solved], [2e-4, loss[solved]], color=style.GREEN, width=1.6, dash="dashed",
                            key="solved"),
                       Text(1, min(max(solved, 7), 120), 3.2e-4, f"all right from step {solved}", box=True,
                            key="solved")]
        turned = np.array([begin for begin, _, _ in state["pieces"][1:]], dtype=int)
        layers += [Points(1, np.maximum(turned, 0.9), np.clip(loss[turned], 2.4e-4, 9), color=style.RED, marker="s",
                          size=8, label="rate turned here"),
                   Points(1, *self._mark(state), color=style.ORANGE, marker="D", size=12, edge=style.DARK,
                          label=f"loss {short(loss[steps])}", key="loss")]
        return layers

    def _start_line(self, start):
        """The line at the start, and its weights as an arrow at half their length."""
        s = {"w1": start[0], "w2": start[1], "b": start[2]}
        foot, tip = self._foot(s), self._tip(s)
        along = np.array([-s["w2"], s["w1"]])
        along = 6 * along / max(np.linalg.norm(along), 1e-12)
        return [Line(0, *np.column_stack([foot - along, foot + along]), color=style.PURPLE, width=1.6, dash="dashed",
                     label="line at the start", key="start"),
                Line(0, *np.column_stack([foot, tip]), color=style.PURPLE, width=2, key="start"),
                Points(0, *foot, color=style.PURPLE, size=9, edge=style.DARK, key="start"),
                Points(0, *tip, color=style.PURPLE, marker="^", size=10, edge=style.DARK,
                       label="w at the start, half its length", key="start")]

    def caption(self, state):
        if len(state["y"]) == 0:
            return "No points yet: click points of both classes into the plane."
        steps, loss, solved = state["steps"], state["loss"], state["solved"]
        wrong, lr = int(state["errors"][steps]), state["pieces"][-1][2]
        w = state["w"]
        line = term(f"w = ({fixed(w[0])}, {fixed(w[1])}), b = {fixed(state['bias'])}", "boundary")
        here = term(f"loss {short(loss[steps])}", "loss")
        text = (f"Step {steps}: {line}, |w| = {fixed(np.linalg.norm(w))}; {here}, "
                f"{wrong} of {len(state['y'])} wrong.")
        if state["floor"] is not None:
            text += f" No line gets below {term(short(state['floor']), 'floor')}."
        if state["rises"]:
            return (f"{text} lr {short(lr)} is too large: the loss rises in {state['rises']} of 1000 steps; "
                    f"up to 2/λₘₐₓ = {short(state['limit'])} it never does.")
        if state["floor"] is not None:
            return text
        if steps == 0:
            return f"{text} " + ("A longer w with the same line makes p steeper." if w.any() else
                                 "Without weights p is the same everywhere.")
        if wrong == 0 and solved < steps:
            since = term(f"All right since step {solved}", "solved")
            return (f"{text} {since} (loss {short(loss[solved])}); since then only |w| grows, and the loss falls on.")
        return text

    def code(self):
        v = self.values
        data = {"separable": "X, y = datasets.separable_clouds(60, 0.5, rng=0)",
                "overlapping": "X, y = datasets.blobs(60, [(-0.8, -0.6), (0.8, 0.6)], 0.9, rng=1)",
                "your own": f"points = np.array({list(v['points'])}).reshape(-1, 3)\n"
                            "X, y = points[:, :2], points[:, 2].astype(int)"}[v["data"]]
        pieces = [(min(end, v["steps"]) - begin, lr) for begin, end, lr in self.current["pieces"] if begin < v["steps"]]
        return f"""import numpy as np
from course_lib import datasets, dense

{data}
params = np.array([{v["w1"]!r}, {v["w2"]!r}, {v["b"]!r}])
for epochs, lr in {pieces}:
    run = dense.train((2, 1), X, y, output="sigmoid", loss="bce", lr=lr, epochs=epochs, params=params)
    params = run.params
w, bias = params[:2], params[2]
wrong = (X @ w + bias >= 0) != (y == 1)
print(w, bias, wrong.sum())"""


class ConfusionMatrix(Demo):
    """Five published tables, precision, recall, F1, and their two means."""

    title = "What a table of mistakes tells"
    alt = ("First: a confusion matrix of five gestures, true classes in rows, answers in columns; frames mark frequent "
           "mistakes. Second: bars of precision, recall and F1 of each class, with macro and micro F1 as lines.")
    controls = (
        Menu("model", "Model", tuple(HAND_SIGN_TABLES), "1"),
        Slider("cool", "Test pictures of “cool”", 1, 500, 1, 50),
        Menu("normalize", "Shown", ("counts", "share of the row (recall)", "share of the column (precision)",
                                    "share of all"), "counts"),
        Slider("threshold", "Frame mistakes from", 1, 50, 1, 10, unit="% of the row", more=True),
    )
    presets = {
        "Model 1": {},
        "Model 3": {"model": "3"},
        "Model 4, fine-tuned": {"model": "4 fine-tuned", "threshold": 2},
        "Model 1, recall": {"normalize": "share of the row (recall)"},
        "“cool” is rare": {"cool": 5},
        "“cool” is frequent": {"cool": 500},
    }
    panels = (
        ("Rows: truth. Columns: answer", "answer", "truth", (-0.5, 4.5), (-0.5, 4.5)),
        ("F₁ is low where either of the two is low", "", "share", (-0.5, 4.5), (0, 1.28)),
    )
    widths = (1.0, 1.25)
    size = (820, 390)
    handles = (Handle(0, "test pictures of “cool”", turn="cool", at=lambda s: (0, 4)),)

    def background(self, axes, values):
        axes[0].set_xticks(range(5), HAND_SIGNS)
        axes[0].set_yticks(range(4, -1, -1), HAND_SIGNS)
        axes[1].set_xticks(range(5), HAND_SIGNS)
        axes[1].set_yticks(np.linspace(0, 1, 6))
        axes[0].grid(visible=False)
        axes[1].grid(axis="x", visible=False)

    def state(self, model, normalize, cool, threshold):
        M = np.array(HAND_SIGN_TABLES[model], dtype=float)
        M[0] *= cool / 50
        report = ops.report_from_confusion(M)
        rows = M / M.sum(axis=1, keepdims=True)
        shown = {"counts": M, "share of the row (recall)": rows, "share of all": M / M.sum(),
                 "share of the column (precision)": M / np.maximum(M.sum(axis=0), 1)}[normalize]
        return {"model": model, "normalize": normalize, "cool": cool, "threshold": threshold, "M": M, "shown": shown,
                "rows": rows, "report": report, "micro": report.accuracy, "macro": report.macro_f1,
                "interval": ops.accuracy_interval(report.accuracy, int(M.sum()))}

    def layers(self, state):
        shown, report = state["shown"], state["report"]
        columns, rows = np.meshgrid(np.arange(5), np.arange(4, -1, -1))
        if state["normalize"] == "counts":
            words = [f"{value:.0f}" if value == round(value) else fixed(value, 1) for value in shown.ravel()]
        else:
            words = [fixed(value, 2) for value in shown.ravel()]
        share = shown / shown.max()
        dark = share.ravel() > 0.6
        layers = [Image(0, shown[::-1], 0, 1.15 * shown.max(), "heat", extent=(-0.5, 4.5, -0.5, 4.5), smooth=False,
                        label="pictures" if state["normalize"] == "counts" else state["normalize"])]
        nothing = shown.ravel() == 0
        for color, chosen in ((style.GREY, nothing), (style.DARK, ~dark & ~nothing), ("white", dark)):
            layers.append(Text(0, columns.ravel()[chosen], rows.ravel()[chosen],
                               [word for word, use in zip(words, chosen, strict=True) if use], color=color, size=14,
                               bold=color != style.GREY))
        often = (100 * state["rows"] >= state["threshold"]) & ~np.eye(5, dtype=bool)
        frame = 0.46 * np.array([-1, 1, 1, -1, -1]), 0.46 * np.array([-1, -1, 1, 1, -1])
        for i, j in np.argwhere(often):
            layers.append(Line(0, j + frame[0], 4 - i + frame[1], color=style.ORANGE, width=3))
        at = np.arange(5)
        for k, (values, color, name) in enumerate((
                (report.precision, style.ORANGE, "precision"), (report.recall, style.BLUE, "recall"),
                (report.f1, style.GREEN, "F₁"))):
            layers += [Bars(1, at + 0.25 * (k - 1), values, color=color, width=0.22, key=name,
                            label=[f"{name} of “{sign}”" for sign in HAND_SIGNS]),
                       Bars(1, [-0.35 + 1.65 * k], [1.245], base=1.195, color=color, width=0.12, key=name),
                       Text(1, -0.25 + 1.65 * k, 1.22, name, size=11, ha="left", key=name)]
        layers += [Line(1, [-0.5, 4.5], [report.macro_f1] * 2, color=style.DARK, width=1.8, dash="dashed",
                        label="macro F₁", key="macro", ghost=True),
                   Line(1, [-0.5, 4.5], [state["micro"]] * 2, color=style.RED, width=1.8, dash="dotted",
                        label="micro F₁", key="micro", ghost=True),
                   Line(1, [-0.42, -0.17], [1.12, 1.12], color=style.DARK, width=1.8, dash="dashed", key="macro"),
                   Line(1, [1.75, 2.0], [1.12, 1.12], color=style.RED, width=1.8, dash="dotted", key="micro"),
                   Text(1, [-0.1, 2.07], [1.12, 1.12], ["macro mean", "micro mean"], size=11, ha="left",
                        key=["macro", "micro"])]
        return layers

    def caption(self, state):
        report, (low, high) = state["report"], state["interval"]
        worst = int(report.f1.argmin())
        macro = term(f"macro F₁ {fixed(report.macro_f1, 4)}", "macro")
        micro = term(f"micro F₁ = accuracy {fixed(state['micro'], 4)}", "micro")
        text = (f"Model {state['model']}: {macro}, {micro} (95 % interval {fixed(low, 3)} to {fixed(high, 3)}). "
                f"Weakest: “{HAND_SIGNS[worst]}”, F₁ {fixed(report.f1[worst], 3)}.")
        if state["cool"] < 50:
            return f"{text} A rare class hardly moves the micro mean, but fully counts in the macro mean."
        if state["cool"] > 50:
            return f"{text} A frequent class rules the micro mean."
        return text

    def code(self):
        v = self.values
        return f"""import numpy as np
from course_lib import datasets, ops

M = np.array(datasets.HAND_SIGN_TABLES[{v["model"]!r}], dtype=float)
M[0] *= {v["cool"]} / 50
measures = ops.report_from_confusion(M)
macro, micro = measures.macro_f1, measures.accuracy
print(measures, ops.accuracy_interval(micro, int(M.sum())))"""


@lru_cache(maxsize=64)
def _softmax_fit(classes, spread, alpha):
    """Points, labels, the fitted model, its probabilities over the plane, and its accuracy on fresh points."""
    X, y = datasets.blobs(150, classes, spread, 2)
    model, n = models.SoftmaxRegression(alpha).fit(X, y), SoftmaxRegions._N
    grid = model.predict_proba(ops.grid(SoftmaxRegions._LIMITS, SoftmaxRegions._LIMITS, n)).reshape(n, n, classes)
    return X, y, model, grid, model.score(*datasets.blobs(1000, classes, spread, 3))


class SoftmaxRegions(Demo):
    """Softmax regression on three to five clouds, and the probabilities at a point."""

    title = "Softmax regression: one score a class"
    alt = ("First: clouds of three to five classes and the regions of the largest probability, paler where the model "
           "is less sure. Second: bars of the probabilities of all classes at the movable point.")
    controls = (
        Slider("classes", "Classes", 3, 5, 1, 4),
        Slider("spread", "Spread of the clouds", 0.3, 1.5, 0.05, 1.0),
        Slider("alpha", "Penalty α", -4.0, 1.0, 0.1, 0.01, log=True),
        Slider("x1", "Point x₁", -7.0, 7.0, 0.1, 1.0, more=True),
        Slider("x2", "Point x₂", -7.0, 7.0, 0.1, 1.5, more=True),
    )
    presets = {
        "Four clouds": {},
        "Three, well apart": {"classes": 3, "spread": 0.4},
        "Five, overlapping": {"classes": 5, "spread": 1.5},
        "Strong penalty: unsure": {"alpha": 3.1622776601683795},
        "Weak penalty: sure": {"alpha": 0.0001, "spread": 0.4},
        "On a border": {"x1": 2.0, "x2": 1.7},
    }
    panels = (
        ("Straight borders between the classes", "$x_1$", "$x_2$", (-7.5, 7.5), (-7.5, 7.5)),
        ("Probabilities at the point", "class", "p", (-0.6, 4.6), (0, 1.26)),
    )
    widths = (1.15, 1.0)
    size = (800, 400)
    handles = (Handle(0, "point", x="x1", y="x2", click=True),)
    _LIMITS = (-7.5, 7.5)
    _N = 91

    def background(self, axes, values):
        axes[1].set_xticks(range(5))
        axes[1].set_yticks(np.linspace(0, 1, 6))
        axes[1].grid(axis="x", visible=False)

    def state(self, classes, spread, alpha, x1, x2):
        X, y, model, grid, test = _softmax_fit(classes, spread, alpha)
        return {"X": X, "y": y, "x": np.array([x1, x2]), "alpha": alpha, "spread": spread, "grid": grid,
                "p": model.predict_proba([[x1, x2]])[0], "wrong": model.predict(X) != y, "test": test,
                "length": float(np.linalg.norm(model.coef_, axis=0).mean())}

    def layers(self, state):
        p, grid = state["p"], state["grid"]
        classes = len(p)
        sure = np.clip((grid.max(axis=2) - 1 / classes) / (1 - 1 / classes), 0, 1)
        layers = [Image(0, 51 * grid.argmax(axis=2) + 50 * sure, 0, 254, "classes")]
        for c in range(classes):  # each border once is enough, and twice does no harm
            lead = grid[:, :, c] - np.delete(grid, c, axis=2).max(axis=2)
            layers.append(Line(0, *contour(lead, self._LIMITS, self._LIMITS), color=style.DARK, width=1.6))
        layers += [*_classes(0, state["X"], state["y"], 7, state["wrong"], keyed=True),
                   Points(0, *state["x"], color="white", marker="D", size=14, edge=style.DARK, label="the point",
                          key="point"),
                   Bars(1, np.arange(classes), p, color=style.CLASS_COLORS[:classes], width=0.62,
                        label=[f"p of class {c}" for c in range(classes)], key=[f"class {c}" for c in range(classes)]),
                   Text(1, np.arange(classes), p + 0.045, [fixed(value, 3) for value in p]),
                   *(Points(1, c, 1.17, color=style.CLASS_COLORS[c], marker=style.CLASS_MARKERS[c], size=11,
                            key=f"class {c}") for c in range(classes))]
        return layers

    def caption(self, state):
        p = state["p"]
        order = np.argsort(p)[::-1]
        first, second = (term(f"class {c}", f"class {c}") + f" with {fixed(p[c], 3)}" for c in order[:2])
        where = term(f"At ({fixed(state['x'][0], 1)}, {fixed(state['x'][1], 1)})", "point")
        text = (f"{len(p)} classes, spread {short(state['spread'], 2)}, α = {short(state['alpha'], 2)}: "
                f"{int(state['wrong'].sum())} of 150 training points wrong, accuracy on 1,000 fresh points "
                f"{fixed(state['test'], 3)}. {where}: {first}, then {second}.")
        return f"{text} Nearly a tie: a border is close." if p[order[0]] - p[order[1]] < 0.1 else text

    def code(self):
        v = self.values
        return f"""from course_lib import datasets, models

X, y = datasets.blobs(150, {v["classes"]}, {v["spread"]!r}, rng=2)
model = models.SoftmaxRegression({v["alpha"]!r}).fit(X, y)
p = model.predict_proba([[{v["x1"]!r}, {v["x2"]!r}]])[0]
wrong = model.predict(X) != y
test = model.score(*datasets.blobs(1000, {v["classes"]}, {v["spread"]!r}, rng=3))
print(p, wrong.sum(), test)"""
