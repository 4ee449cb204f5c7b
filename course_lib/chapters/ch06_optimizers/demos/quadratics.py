"""Live figures of chapter 06: how far a step may go, in a bowl of two weights and in a network."""

from functools import lru_cache

import numpy as np

from course_lib import datasets, dense, ops
from course_lib.viz import style
from course_lib.viz.live import Demo, Handle, Line, Points, Slider, Text, legs, term
from course_lib.viz.numbers import fixed, short


class LocalQuadratic(Demo):
    """A bowl with two curvatures: the ellipse of a level, the path, and the edge of stability."""

    title = "Descent in a bowl with two curvatures"  # a prediction asks which direction runs away
    alt = ("First: a bowl of two weights from above, the ellipse where it is one half above its lowest point with half "
           "axes one over root lambda, and the path of descent. Second: the distance from the lowest point along each "
           "axis of the bowl against the step, logarithmic. Third: the factor of a step for both axes against the "
           "learning rate, with the edge of stability as a vertical line.")
    controls = (
        Slider("lr", "Learning rate", 0.01, 1.0, 0.01, 0.15),
        Slider("momentum", "Momentum β", 0.0, 0.98, 0.01, 0.0),
        Slider("step", "Step", 0, 100, 1, 20, play=True),
        Slider("lam1", "Curvature λ₁", 0.5, 20.0, 0.5, 1.0, more=True),
        Slider("lam2", "Curvature λ₂", 0.5, 20.0, 0.5, 10.0, more=True),
        Slider("rotation", "Rotation", -90.0, 90.0, 1.0, 30.0, unit="°", more=True),
        Slider("x0", "Start w₁", -3.0, 3.0, 0.05, -0.6, more=True),
        Slider("y0", "Start w₂", -3.0, 3.0, 0.05, -2.6, more=True),
    )
    presets = {
        "Both arrive": {},
        "Just beyond the edge": {"lr": 0.21},
        "The same with momentum": {"lr": 0.21, "momentum": 0.5},
        "Fastest for descent": {"lr": 0.18, "step": 60},
        "Too much momentum": {"momentum": 0.95, "step": 100},
        "A round bowl": {"lam1": 10.0, "lr": 0.1},
        "A ravine": {"lam1": 0.5, "lam2": 20.0, "lr": 0.09, "step": 100},
    }
    panels = (
        ("Level ellipse and path", "w₁", "w₂", (-3.2, 3.2), (-3.2, 3.2)),
        ("Distance along each axis", "step", "|a|", (-2, 102), (1e-6, 1e6)),
        ("Factor a step: stable below 1", "learning rate", "factor (formula)", (0, 1.02), (0, 2)),
    )
    widths = (1.25, 1.0, 1.0)  # the first is a square
    size = (880, 336)
    closed_form = "factor (formula)"
    _STEPS = 100
    _RATES = np.linspace(0.0, 1.02, 205)
    handles = (
        Handle(0, "start", x="x0", y="y0", click=True, replay=True),
        Handle(1, "step", x="step", at=lambda s: (s["step"], LocalQuadratic._inside(s["a"][-1]).max())),
        Handle(2, "learning rate", x="lr", at=lambda s: (s["lr"], min(max(s["factors"]), 1.97))),
    )
    _LOOKS = (("λ₁", style.BLUE, "solid", "o"), ("λ₂", style.ORANGE, "dashed", "s"))

    @staticmethod
    def _inside(a):
        """Distances inside their panel."""
        return np.clip(np.abs(a), 2e-6, 5e5)

    @staticmethod
    def _factor(lr, lam, beta):
        """How much the distance shrinks a step in the long run: the larger root of z² − (1 + β − lr λ) z + β."""
        middle = (1 + beta - lr * lam) / 2
        root = np.sqrt((middle**2 - beta).astype(complex) if np.ndim(lr) else complex(middle**2 - beta))
        return np.maximum(np.abs(middle + root), np.abs(middle - root))

    def background(self, axes, values):
        axes[0].grid(visible=False)
        axes[1].set_yscale("log")
        axes[1].set_yticks([1e-6, 1e-3, 1, 1e3, 1e6])
        axes[2].axhline(1, color=style.DARK, linewidth=1)

    def state(self, lr, momentum, step, lam1, lam2, rotation, x0, y0):
        angle = np.deg2rad(rotation)
        V = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
        lams = np.array([lam1, lam2])
        # along the axes of the bowl: with H one direction that runs away would leave its rounding in the other
        rule, a, distances = ops.RULES["momentum"], np.array([x0, y0]) @ V, np.empty((step + 1, 2))
        kept, numbers = rule.start(2, float), rule.check(lr, momentum=momentum)
        distances[0] = a
        for t in range(1, step + 1):
            rule.step(a, lams * a, kept, numbers, t)
            distances[t] = a
        return {"lr": lr, "momentum": momentum, "step": step, "lams": lams, "axes": V, "a": distances,
                "path": distances @ V.T,
                "half_axes": 1 / np.sqrt(lams), "edge": 2 * (1 + momentum) / max(lams),
                "factors": [float(self._factor(lr, lam, momentum)) for lam in lams]}

    def layers(self, state):
        V, half, edge, step = state["axes"], state["half_axes"], state["edge"], state["step"]
        t = np.linspace(0, 2 * np.pi, 121)
        circle = np.stack([np.cos(t), np.sin(t)]) * half[:, None]
        layers = [Line(0, *(level * V @ circle), color=style.GREY, width=0.8, alpha=0.7) for level in range(2, 13)]
        layers.append(Line(0, *(V @ circle), color=style.DARK, width=2, label="E = 1/2"))
        path = np.clip(state["path"], -60, 60)
        layers += [Line(0, *path.T, color=style.GREEN, width=1.2, label="path"),
                   Points(0, *path[1:-1].T, color=style.GREEN, size=5),
                   Points(0, *path[0], color="white", size=11, edge=style.DARK, label="start"),
                   Points(0, *path[-1], color=style.GREEN, marker="D", size=11, edge=style.DARK, label="now")]
        for k, (name, color, dash, _) in enumerate(self._LOOKS):
            tip = half[k] * V[:, k]
            away = tip * (1 + 0.38 / half[k])
            layers += [Line(0, [0, tip[0]], [0, tip[1]], color=color, width=3, dash=dash, label=f"half axis 1/√{name}",
                            key=name),
                       Text(0, *np.clip(away, -2.9, 2.9), f"1/√{name}", size=12, box=True, key=name)]
        layers.append(Line(2, [edge, edge], [0, 2], color=style.RED, width=2, dash="dashed", label="edge", key="edge"))
        for k, (name, color, dash, marker) in enumerate(self._LOOKS):
            seen = np.maximum(np.abs(state["a"][:, k]), 1e-30)  # the logarithm of 0 has no place
            layers += [Line(1, np.arange(step + 1), seen, color=color, dash=dash, width=2.2, label=f"along {name}",
                            key=name),
                       Points(1, step, self._inside(seen[-1]), color=color, marker=marker, size=10,
                              label=f"along {name}", key=name),
                       Line(1, [8 + 44 * k, 18 + 44 * k], [1.5e5] * 2, color=color, dash=dash, width=2.4, key=name),
                       Text(1, 20 + 44 * k, 1.5e5, name, ha="left", size=12, key=name),
                       Line(2, self._RATES, self._factor(self._RATES, state["lams"][k], state["momentum"]),
                            color=color, dash=dash, width=2.2, label=f"factor along {name}", key=name),
                       Points(2, state["lr"], min(state["factors"][k], 1.97), color=color, marker=marker, size=11,
                              edge=style.DARK, label=f"factor along {name}", key=name, ghost=True)]
        if edge < 0.8:
            layers.append(Text(2, edge + 0.02, 0.1, "edge", ha="left", size=12, box=True, key="edge"))
        return layers

    def caption(self, state):
        lams, beta = state["lams"], state["momentum"]
        formula = "2/λₘₐₓ" if beta == 0 else "2(1 + β)/λₘₐₓ"
        words = []
        for k, (name, *_) in enumerate(self._LOOKS):
            factor = state["factors"][k]
            does = "runs away" if factor > 1 + 1e-9 else "stays" if factor > 1 - 1e-9 else "arrives"
            words.append(term(f"{name} = {short(lams[k])} {does}: factor {fixed(factor, 3)}, distance "
                              f"{short(abs(state['a'][-1, k]))}", name))
        edge = term(f"{formula} = {short(state['edge'])}", "edge")
        return f"Rate {short(state['lr'])}, edge {edge}, κ = {short(max(lams) / min(lams))}. {'; '.join(words)}."

    def code(self):
        at = self.values
        return "\n".join([
            "import numpy as np", "from course_lib import ops", "",
            f"angle, lams = np.deg2rad({at['rotation']}), np.array([{at['lam1']}, {at['lam2']}])",
            "axes = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])",
            "H = axes @ np.diag(lams) @ axes.T",
            f"w, v = np.array([{at['x0']}, {at['y0']}]), np.zeros(2)",
            "path = [w]",
            f"for _ in range({at['step']}):",
            f"    w, v = ops.momentum(w, H @ w, v, lr={at['lr']}, momentum={at['momentum']})",
            "    path.append(w)",
            "a = np.array(path) @ axes",
            f"half_axes, edge = 1 / np.sqrt(lams), 2 * (1 + {at['momentum']}) / lams.max()",
            "print(half_axes, edge, a[-1])",
        ])


class StabilityEdge(Demo):
    """Full-batch descent carries the largest curvature of a network to 2/lr."""

    title = "Descent with all points climbs to the edge of stability"
    alt = ("First: the measured largest curvature of the loss along a training run, and the line at two over the "
           "learning rate, on a logarithmic axis. Second: the loss of the run, on a logarithmic axis, which no longer "
           "falls at every epoch once the edge is reached.")
    _EPOCHS, _EVERY, _SIZES = 1000, 40, (2, 8, 8, 1)
    controls = (
        Slider("lr", "Learning rate", -1.8, 0.0, 0.02, 0.1, log=True),
        Slider("epoch", "Epoch", 0, _EPOCHS, _EVERY, _EPOCHS, play=True),
        Slider("start", "Random start", 0, 20, 1, 2, more=True),
    )
    presets = {
        "Rate 0.1": {},
        "Rate 0.2": {"lr": 0.2},
        "Rate 0.4": {"lr": 0.4},
        "Small rate: never there": {"lr": 0.02},
        "Beyond rescue": {"lr": 0.7},
    }
    panels = (
        ("Curvature (drag the line)", "epoch", "λₘₐₓ", (-15, 1015), (2, 150)),
        ("Loss of all points", "epoch", "mean squared error", (-15, 1015), (1e-3, 10)),
    )
    size = (820, 370)
    knobs = ("lr",)
    handles = (Handle(0, "2/lr, by its line", at=lambda s: (None, s["edge"]), move=lambda s, x, y: {"lr": 2 / y}),
               Handle(1, "epoch", x="epoch", at=lambda s: (s["epoch"], s["height"])))

    def background(self, axes, values):
        for ax in axes:
            ax.set_yscale("log")
        axes[0].set_yticks([2, 5, 10, 20, 50, 100], ["2", "5", "10", "20", "50", "100"])
        axes[0].minorticks_off()

    @classmethod
    @lru_cache(maxsize=1)
    def _data(cls):
        X, y = datasets.moons(40, 0.1, rng=0)
        return X, 2.0 * y - 1

    @classmethod
    @lru_cache(maxsize=16)
    def _run(cls, pieces, start):
        """Of a run in pieces (first epoch, last epoch, rate): loss (1001,), NaN once it has diverged, and the
        sharpness every 40 epochs until then."""
        X, y = cls._data()
        run, losses, sharp = None, [], []
        for begin, end, lr in pieces:
            run = dense.train(cls._SIZES, X, y, lr=lr, epochs=end - begin, rng=start, after=run,
                              snapshots=(end - begin) // cls._EVERY + 1)
            nets = [dense.unpack(params, cls._SIZES) for params in run.snapshots]
            losses = [*losses[:-1], *run.loss]  # the first of a later piece is the last of the one before
            sharp = [*sharp[:-1], *dense.sharpness(nets, X, y, tol=0.01, n=100)]
            if run.diverged_at is not None:
                break
        loss = np.full(cls._EPOCHS + 1, np.nan)
        loss[: len(losses)] = losses
        return loss, np.array(sharp)

    def state(self, lr, epoch, start, turns):
        full, pieces = (tuple((begin, end, knobs["lr"]) for begin, end, knobs in legs(until, {"lr": lr}, turns))
                        for until in (self._EPOCHS, epoch))
        loss, sharpness = self._run(full, start)
        seen = loss[: epoch + 1]
        known = seen[np.isfinite(seen)]
        return {"epoch": epoch, "pieces": pieces, "full": full, "start": start, "loss": seen,
                "sharpness": sharpness[: epoch // self._EVERY + 1], "edge": 2 / pieces[-1][2],
                "known": float(known[-1]), "height": float(np.clip(known[-1], 1e-3, 9)),
                "rises": int(np.sum(np.diff(known) > 0)), "diverged": len(known) if len(known) <= epoch else None}

    def layers(self, state):
        epochs = np.arange(len(state["sharpness"])) * self._EVERY
        measured = np.where(state["sharpness"] > 0, state["sharpness"], np.nan)  # 0: every unit saturated, run lost
        steps = np.array([[begin, 2 / lr, end, 2 / lr] for begin, end, lr in state["full"]]).reshape(-1, 2)
        layers = [Line(0, epochs, measured, width=2.4, label="λₘₐₓ", key="sharpness", ghost=True),
                  Line(0, *steps.T, color=style.RED, width=2, dash="dashed", label="2/lr", key="edge"),
                  Text(0, 990, state["edge"] * 1.35, "2/lr", ha="right", size=12, box=True, key="edge"),
                  Points(0, epochs, measured, size=7, label="λₘₐₓ, measured", key="sharpness"),
                  Line(1, np.arange(len(state["loss"])), state["loss"], width=1.8, label="loss", key="loss",
                       ghost=True),
                  Points(1, state["epoch"], state["height"], size=10, label="loss", key="loss")]
        layers += [Line(panel, [begin, begin], self.panels[panel][4], color=style.GREY, width=1.2, dash="dashed",
                        label="the rate was turned here") for begin, *_ in state["pieces"][1:] for panel in (0, 1)]
        if state["diverged"] is not None:
            layers.append(Text(1, 500, 5, "diverged", color=style.RED, size=15, bold=True, box=True))
        return layers

    def caption(self, state):
        lr = state["pieces"][-1][2]
        text = f"Rate {short(lr)}, epoch {state['epoch']}: "
        edge = term(f"2/lr = {short(state['edge'])}", "edge")
        if state["diverged"] is not None:
            first = term(f"λₘₐₓ was {short(state['sharpness'][0])}", "sharpness")
            return (f"{text}diverged in epoch {state['diverged']}. {first} at the start, the edge is {edge}, and no "
                    "flatter place was found in time.")
        measured = term(f"λₘₐₓ = {short(state['sharpness'][-1])}", "sharpness")
        loss = term(f"loss {short(state['known'])}", "loss")
        text += f"{measured} (start {short(state['sharpness'][0])}), {edge}; {loss}"
        if state["rises"]:
            return f"{text}, which rose in {state['rises']} of {state['epoch']} epochs."
        return f"{text}, which fell in every epoch."

    def code(self):
        steps = ", ".join(f"({end - begin}, {lr})" for begin, end, lr in self.current["full"])
        epoch, sizes = self.current["epoch"], self._SIZES
        return "\n".join([
            "from course_lib import datasets, dense", "",
            "X, y = datasets.moons(40, 0.1, rng=0)",
            "y, run, loss, sharpness = 2.0 * y - 1, None, [], []",
            f"for epochs, lr in [{steps}]:",
            f"    run = dense.train({sizes}, X, y, lr=lr, epochs=epochs, rng={self.current['start']}, after=run,",
            f"                      snapshots=epochs // {self._EVERY} + 1)",
            f"    nets = [dense.unpack(params, {sizes}) for params in run.snapshots]",
            "    loss = [*loss[:-1], *run.loss]",
            "    sharpness = [*sharpness[:-1], *dense.sharpness(nets, X, y, tol=0.01, n=100)]",
            f"loss, sharpness = loss[: {epoch} + 1], sharpness[: {epoch} // {self._EVERY} + 1]",
            "print(sharpness[-1], 2 / lr, loss[-1])",
        ])
