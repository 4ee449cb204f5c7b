"""Live figure of chapter 07: a price on weights."""

from functools import lru_cache
from typing import ClassVar

import numpy as np

from course_lib import datasets, dense, ops
from course_lib.viz import style
from course_lib.viz.figures import legend
from course_lib.viz.live import Bars, Demo, Handle, Line, Menu, Points, Slider, Text, term
from course_lib.viz.numbers import fixed, short


class PenaltyStrength(Demo):
    """What L1, L2 and both do to the weights of a network on digits; data loss and penalty apart."""

    title = "L2 shrinks weights, L1 sets them to zero"
    alt = ("First: histogram of all weights of a network, with a bar of its own for those that are exactly zero. "
           "Second: data loss of training and test digits, the penalty and the total against the epoch.")
    controls = (
        Menu("kind", "Penalty", ("L2", "L1", "elastic"), "L2"),
        Slider("lam", "λ", -5.0, -1.0, 0.1, 0.003, log=True),
        Slider("epoch", "Epoch", 0, 180, 5, 180, play=True),
        Slider("scale", "Start: times He's weights", 1.0, 2.5, 0.5, 1.0, more=True),
        Slider("start", "Random start", 0, 9, 1, 0, more=True),
    )
    presets = {
        "L2": {},
        "L1": {"kind": "L1"},
        "Both, half and half": {"kind": "elastic"},
        "Hardly any": {"lam": 1e-5},
        "A total that misleads": {"lam": 0.01, "scale": 2.5},
        "L1, far too strong": {"kind": "L1", "lam": 0.1},
    }
    panels = (
        ("All 1184 weights", "weight", "how many", (-3.1, 3.1), (0.7, 1500)),
        ("Losses apart", "epoch", "loss", (-4, 184), (5e-3, 40)),
    )
    size = (800, 380)
    handles = (Handle(1, "the epoch", x="epoch", at=lambda s: (s["epoch"], s["train"])),)
    _EPOCHS, _EVERY, _LR, _SIZES = 180, 5, 0.5, (64, 16, 10)
    _EDGES = np.linspace(-3.05, 3.05, 62)
    #: share of the penalty that is charged by absolute values
    _SHARE: ClassVar = {"L2": 0.0, "L1": 1.0, "elastic": 0.5}
    _CURVES = (("train", "training", style.BLUE, "solid"), ("test", "test", style.ORANGE, "dashed"),
               ("penalty", "penalty", style.GREEN, "dashdot"), ("total", "total", style.DARK, "dotted"))

    def background(self, axes, values):
        axes[0].set_yscale("log")
        axes[1].set_yscale("log")
        legend(axes[1], {name: {"color": color, "linestyle": dash} for _, name, color, dash in self._CURVES},
               "upper right", 2)

    @classmethod
    @lru_cache(maxsize=4)
    def _train(cls, kind, lam, scale, start):
        """Parameters every few epochs of descent on 100 digits: the step of the data and of L2, then the threshold of
        L1; and the data loss of training and test digits there."""
        data, share = datasets.digits8(), cls._SHARE[kind]
        X, y = data.X_train[:100], data.y_train[:100]
        truth, l1, l2 = np.eye(10)[y], lam * share, lam * (1 - share)
        (W, b), (V, c) = dense.unpack(scale * dense.init_params(cls._SIZES, start, "he_normal"), cls._SIZES)
        params = [dense.pack([(W, b), (V, c)])]
        for epoch in range(1, cls._EPOCHS + 1):
            hidden = np.maximum(X @ W + b, 0)
            dz = (ops.softmax(hidden @ V + c) - truth) / len(X)
            dh = (dz @ V.T) * (hidden > 0)
            W -= cls._LR * (X.T @ dh + l2 * W)
            V -= cls._LR * (hidden.T @ dz + l2 * V)
            b -= cls._LR * dh.sum(axis=0)
            c -= cls._LR * dz.sum(axis=0)
            if l1:
                for each in (W, V):
                    each -= np.clip(each, -cls._LR * l1, cls._LR * l1)  # the soft threshold
            if epoch % cls._EVERY == 0:
                params.append(dense.pack([(W, b), (V, c)]))
        params = np.array(params)
        losses = [dense.sweep(cls._SIZES, *part, params, hidden="relu", loss="cross_entropy", epochs=0).loss[:, 0]
                  for part in ((X, y), (data.X_test[:200], data.y_test[:200]))]
        return params, *losses

    def state(self, kind, lam, epoch, scale, start):
        params, train, test = self._train(kind, lam, scale, start)
        frame, share = epoch // self._EVERY, self._SHARE[kind]
        inputs, hidden, outputs = self._SIZES
        places = np.r_[: inputs * hidden, (inputs + 1) * hidden : (inputs + 1) * hidden + hidden * outputs]
        weights = params[: frame + 1, places]
        penalty = lam * (share * np.abs(weights).sum(axis=1) + (1 - share) / 2 * np.sum(weights**2, axis=1))
        now = weights[-1]
        curves = {"train": train[: frame + 1], "test": test[: frame + 1], "penalty": penalty,
                  "total": train[: frame + 1] + penalty}
        return {"kind": kind, "lam": lam, "epoch": epoch, "curves": curves, "zeros": int(np.sum(now == 0)),
                "counts": np.histogram(np.clip(now[now != 0], -3, 3), self._EDGES)[0],
                "largest": float(np.abs(now).max()), "typical": float(np.sqrt(np.mean(now**2))),
                **{name: float(curve[-1]) for name, curve in curves.items()}}

    def layers(self, state):
        epochs = np.arange(0, state["epoch"] + 1, self._EVERY)
        middles = (self._EDGES[1:] + self._EDGES[:-1]) / 2
        seen = state["counts"] > 0
        layers = [Bars(0, middles[seen], state["counts"][seen], base=0.7, width=0.092,
                       label=[f"{count} weights" for count in state["counts"][seen]], key="weights")]
        if state["zeros"]:
            layers += [Bars(0, [0.0], [state["zeros"]], base=0.7, width=0.06, color=style.ORANGE, key="zeros",
                            label="exactly 0"),
                       Text(0, 0.12, 1000, f"{state['zeros']} exactly 0", size=12, ha="left", key="zeros", box=True)]
        for key, name, color, dash in self._CURVES:
            curve = np.maximum(state["curves"][key], 1e-3)
            layers += [Line(1, epochs, curve, color=color, dash=dash, width=2.4, label=name, key=key,
                            ghost=key == "test"),
                       Points(1, state["epoch"], curve[-1], color=color, size=9, label=name, key=key)]
        return layers

    def caption(self, state):
        name = {"L1": "L1", "L2": "L2", "elastic": "L1 and L2 by halves"}[state["kind"]]
        train, test = term(f"training {fixed(state['train'])}", "train"), term(f"test {fixed(state['test'])}", "test")
        penalty, total = term(f"penalty {fixed(state['penalty'])}", "penalty"), term("total", "total")
        text = (f"{name}, λ = {short(state['lam'], 2)}, epoch {state['epoch']}: {train}, {test}; {penalty}, {total} "
                f"{fixed(state['total'])}. ")
        zeros = term(f"{state['zeros']} weights are exactly 0", "zeros") if state["zeros"] else "No weight is exactly 0"
        weights = term(f"root mean square {fixed(state['typical'], 3)}", "weights")
        text = f"{text}{zeros}, {weights}."
        share = self._share_of_fall(state["curves"])
        if share > 0.75:
            half = state["epoch"] // (2 * self._EVERY) * self._EVERY
            return f"{text} Of the total's fall since epoch {half}, {100 * share:.0f} % is penalty."
        return text

    @staticmethod
    def _share_of_fall(curves):
        """By how much of the fall of the total, in the second half of the run, the penalty alone has fallen."""
        half = (len(curves["total"]) - 1) // 2
        penalty, total = (curves[name][half] - curves[name][-1] for name in ("penalty", "total"))
        return float(penalty / total) if total > 0.01 else 0.0

    def code(self):
        v = self.values
        share = self._SHARE[v["kind"]]
        return "\n".join([
            "import numpy as np", "from course_lib import datasets, dense, ops", "",
            "data, sizes = datasets.digits8(), (64, 16, 10)",
            "X, y = data.X_train[:100], data.y_train[:100]",
            f'net = dense.unpack({v["scale"]!r} * dense.init_params(sizes, {v["start"]}, "he_normal"), sizes)',
            f"for step in range({v['epoch']}):",
            '    grads = dense.unpack(dense.gradient(net, X, y, "relu", loss="cross_entropy"), sizes)',
            f"    net = [(ops.soft_threshold(W - {self._LR} * (dW + {v['lam'] * (1 - share)!r} * W), "
            f"{self._LR * v['lam'] * share!r}),",
            f"            b - {self._LR} * db) for (W, b), (dW, db) in zip(net, grads)]",
            "weights = np.concatenate([W.ravel() for W, _ in net])",
            "zeros = np.sum(weights == 0)",
            'score = dense.sweep(sizes, X, y, net, hidden="relu", loss="cross_entropy", epochs=0)',
            "train = score.loss[0, 0]",
            "print(zeros, train)",
        ])
