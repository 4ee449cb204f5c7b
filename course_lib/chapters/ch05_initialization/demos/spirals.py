"""Live figures of chapter 05: a spiral as it was published, its starts, and the slip in its making."""

from functools import lru_cache
from typing import ClassVar

import numpy as np

from course_lib import datasets, dense, ops
from course_lib.viz import style
from course_lib.viz.live import Demo, Handle, Image, Line, Menu, Points, Slider, Text, class_points, contour, term
from course_lib.viz.numbers import fixed, short

_PRINTED, _REPAIRED = "as printed", "repaired"


class SpiralStarts(Demo):
    """One network, four starts: which of them learn the spiral."""

    title = "One network, one rate: the start decides whether it learns"
    alt = ("First: training points (filled) and test points (hollow) on two spiral arms, and the boundary of the "
           "network. Second: training loss against the step for the four starts on a logarithmic axis, the chosen one "
           "thick; from zeros it never moves.")
    _STARTS: ClassVar = {"zeros": 0.0, "small_normal": 0.01, "lecun_normal": "lecun_normal", "he_normal": "he_normal"}
    _SCALES: ClassVar = {"× 0.1": 0.1, "× 0.3": 0.3, "× 1": 1.0, "× 3": 3.0}
    _LIMITS: ClassVar = {_REPAIRED: ((-1.1, 1.15), (-1.1, 1.2)), _PRINTED: ((-2.6, 2.3), (-3.1, 1.9))}
    _LOOKS: ClassVar = {"zeros": (style.GREY, "dotted"), "small_normal": (style.ORANGE, "dashdot"),
                        "lecun_normal": (style.GREEN, "dashed"), "he_normal": (style.BLUE, "solid")}
    _SIZES, _STEPS = (2, 100, 1), 5000
    controls = (
        Menu("init", "Start", tuple(_STARTS), "he_normal"),
        Menu("data", "Data", (_REPAIRED, _PRINTED), _REPAIRED),
        Slider("epoch", "Step", 0, _STEPS, 50, _STEPS, play=True),
        Menu("scale", "All weights of the start", tuple(_SCALES), "× 1", more=True),
    )
    presets = {
        "He": {},
        "Zeros": {"init": "zeros"},
        "Spread 0.01": {"init": "small_normal"},
        "Spread 0.01, as printed": {"init": "small_normal", "data": _PRINTED},
        "He, a tenth": {"scale": "× 0.1"},
    }
    panels = (
        ("Points and boundary", "$x_1$", "$x_2$", *_LIMITS[_REPAIRED]),
        ("Training loss", "step", "cross-entropy", (-100, 5100), (0.06, 13)),
    )
    widths = (1.0, 1.15)
    size = (820, 380)
    background_depends = ("data",)
    handles = (Handle(1, "step", x="epoch", at=lambda s: (s["epoch"], s["height"])),)

    def background(self, axes, values):
        xlim, ylim = self._LIMITS[values["data"]]
        ticks = [-1, -0.5, 0, 0.5, 1] if values["data"] == _REPAIRED else [-2, -1, 0, 1, 2]
        axes[0].set(xlim=xlim, ylim=ylim, xticks=ticks, yticks=ticks)
        axes[1].set_yscale("log")
        axes[1].set_yticks([0.1, 0.2, 0.5, 1, 2], ["0.1", "0.2", "0.5", "1", "2"])
        axes[1].minorticks_off()

    @staticmethod
    @lru_cache(maxsize=2)
    def _points(data):
        split = datasets.published_spiral(repaired=data == _REPAIRED)
        return split._replace(X_train=split.X_train.astype(np.float32), X_test=split.X_test.astype(np.float32))

    # Static, since each widget has a class of its own: a cache of class methods would be empty for every new figure.
    @staticmethod
    @lru_cache(maxsize=8)
    def _runs(data, scale):
        """The runs from all four starts, with the parameters of every 50th step."""
        points, steps = SpiralStarts._points(data), SpiralStarts._STEPS
        starts = [[(scale * W, b) for W, b in datasets.published_start(start)]
                  for start in SpiralStarts._STARTS.values()]
        return dense.sweep(SpiralStarts._SIZES, points.X_train, points.y_train, starts, 0.03, hidden="relu", loss="bce",
                           epochs=steps, snapshots=steps // 50 + 1)

    def state(self, init, data, epoch, scale):
        points, runs = self._points(data), self._runs(data, self._SCALES[scale])
        run = runs[list(self._STARTS).index(init)]
        layers = dense.unpack(run.snapshots[epoch // 50], self._SIZES)
        right = [float(np.mean((ops.mlp_forward(X, layers, "relu")[0][:, 0] > 0) == y))
                 for X, y in ((points.X_train, points.y_train), (points.X_test, points.y_test))]
        return {"epoch": epoch, "loss": run.loss[: epoch + 1], "train": right[0], "test": right[1], "data": data,
                "init": init, "all": runs.loss[:, : epoch + 1], "height": float(np.clip(run.loss[epoch], 0.065, 3.8)),
                "surface": dense.mlp_surface(layers, *self._LIMITS[data], 90, "relu", "sigmoid")}

    def layers(self, state):
        points, limits = self._points(state["data"]), self._LIMITS[state["data"]]
        layers = [Image(0, state["surface"], label="probability of class 1"),
                  Line(0, *contour(state["surface"], *limits, 0.5), color=style.DARK, label="boundary")]
        layers += class_points(0, points.X_test, points.y_test, size=6, filled=False, label="test point of class {}")
        layers += class_points(0, points.X_train, points.y_train, size=6)
        chosen = list(self._STARTS).index(state["init"])
        shown = np.unique(np.append(np.arange(0, state["epoch"] + 1, 10), state["epoch"]))
        for k, (name, losses) in enumerate(zip(self._STARTS, state["all"], strict=True)):
            color, dash = self._LOOKS[name]
            if k != chosen:
                layers.append(Line(1, shown, losses[shown], color=color, dash=dash, width=1.4, label=name))
        color, dash = self._LOOKS[state["init"]]
        layers += [Line(1, shown, state["loss"][shown], color=color, dash=dash, width=3.5, label=state["init"],
                        key="loss"),
                   Points(1, state["epoch"], state["height"], color=color, size=10, key="loss")]
        for k, name in enumerate(self._STARTS):
            color, dash = self._LOOKS[name]
            x, y = 1800, 10 ** (0.98 - 0.2 * k)
            layers += [Line(1, [x, x + 450], [y, y], color=color, dash=dash, width=3.5 if k == chosen else 1.4),
                       Text(1, x + 550, y, name, ha="left", size=11, bold=k == chosen)]
        return layers

    def caption(self, state):
        first, now = state["loss"][0], state["loss"][-1]
        loss = term(f"loss {fixed(now, 5)}", "loss")
        moved = f", {fixed(first, 5)} before the first step" if state["epoch"] else ""
        return (f"{state['init']}, data {state['data']}, step {state['epoch']}: {loss}{moved}. Right: "
                f"{100 * state['train']:.1f} % of 600 training points, {100 * state['test']:.1f} % of 200 test points.")

    def code(self):
        at = self.values
        scale = self._SCALES[at["scale"]]
        return "\n".join([
            "import numpy as np", "from course_lib import datasets, dense", "",
            f"split = datasets.published_spiral(repaired={at['data'] == _REPAIRED})",
            "X, X_test = split.X_train.astype(np.float32), split.X_test.astype(np.float32)",
            f"params = [({scale} * W, b) for W, b in datasets.published_start({self._STARTS[at['init']]!r})]",
            'run = dense.train((2, 100, 1), X, split.y_train, hidden="relu", loss="bce", lr=0.03,',
            f"                  epochs={at['epoch']}, params=params)",
            "loss = run.loss",
            "train = np.mean((run.predict(X)[:, 0] > 0.5) == split.y_train)",
            "test = np.mean((run.predict(X_test)[:, 0] > 0.5) == split.y_test)",
            "print(loss[-1], train, test)",
        ])


class SpiralMaker(Demo):
    """The published spiral as it is made, with its slip, and the best circle."""

    title = "Scale one class alone, and a circle tells the classes apart"
    alt = ("First: the points of two spiral arms and the circle round the origin that separates the classes best. "
           "Second: the share of points that a circle has right against its radius. With the slip the best circle "
           "is far better than guessing, without it hardly.")
    _LIMIT = 3.2
    controls = (
        Menu("slip", "Scaling", (_PRINTED, _REPAIRED), _PRINTED),
        Slider("noise", "Noise of the angle (radians)", 0.0, 1.0, 0.05, 0.3),
        Slider("angle", "Angle of an arm (radians)", 1.0, 9.4, 0.1, 4.7),
        Slider("N", "Points of a class", 50, 800, 50, 400, more=True),
        Slider("seed", "Seed of R's random numbers", 300, 330, 1, 308, more=True),
    )
    presets = {
        "As printed": {},
        "Repaired": {"slip": _REPAIRED},
        "No noise": {"noise": 0.0},
        "Repaired, no noise": {"slip": _REPAIRED, "noise": 0.0},
        "Long arms": {"angle": 9.4, "noise": 0.1},
    }
    panels = (
        ("Both arms and the best circle", "$x_1$", "$x_2$", (-_LIMIT, _LIMIT), (-_LIMIT, _LIMIT)),
        ("What a circle has right", "radius", "share of all points", (0, 3.2), (0, 1.02)),
    )
    widths = (1.0, 1.1)
    size = (800, 390)

    def background(self, axes, values):
        axes[1].axhline(0.5, color=style.GREY, linewidth=0.9, linestyle="--")
        axes[1].text(3.15, 0.48, "guessing", ha="right", va="top", color=style.GREY, fontsize=8)

    def state(self, slip, noise, angle, N, seed):
        stream, arms, distance = datasets.RStream(seed), [], np.linspace(0.05, 1, N)
        for first in (0, 4.7):
            t = np.linspace(first, first + angle, N) + noise * stream.normal(N)
            arms.append(np.column_stack([distance * np.sin(t), distance * np.cos(t)]))
        if slip == _PRINTED:
            arms[0] = (arms[0] - arms[0].mean(axis=0)) / arms[0].std(axis=0, ddof=1)
        X, y = np.vstack(arms), np.repeat([0, 1], N)
        r = np.hypot(*X.T).round(12)  # without scaling both arms have the same distances, up to rounding
        edges = np.sort(r)
        inside = [np.searchsorted(np.sort(r[y == c]), edges, side="right") for c in (0, 1)]
        shares = (N - inside[0] + inside[1]) / (2 * N)
        best = shares.argmax()
        return {"slip": slip, "N": N, "X": X, "y": y, "r": edges, "shares": shares, "radius": edges[best],
                "accuracy": shares[best], "sd": [arm.std(axis=0, ddof=1).mean() for arm in arms]}

    def layers(self, state):
        turn = np.linspace(0, 2 * np.pi, 121)
        radius = state["radius"]
        points = []
        for c, color in enumerate(style.CLASS_COLORS[:2]):  # so dense that edges of another color would hide them
            points.append(Points(0, *state["X"][state["y"] == c].T, color=color, edge=color, size=4,
                                 marker=style.CLASS_MARKERS[c], label=f"class {c}", key=f"class {c}"))
        return [
            *points,
            Line(0, radius * np.cos(turn), radius * np.sin(turn), color=style.DARK, width=3, label="best circle",
                 key="circle", ghost=True),
            Line(1, state["r"], state["shares"], width=2.2, label="share of points right", ghost=True),
            Line(1, [radius, radius], [0, state["accuracy"]], color=style.DARK, width=1.4, dash="dashed", key="circle"),
            Points(1, radius, state["accuracy"], color=style.DARK, size=11, label="best circle", key="circle"),
        ]

    def caption(self, state):
        circle = term(f"best circle, radius {short(state['radius'])}", "circle")
        spreads = " and ".join(term(f"{fixed(sd)} (class {c})", f"class {c}") for c, sd in enumerate(state["sd"]))
        made = ("class 0 was scaled, then class 1 added as it was" if state["slip"] == _PRINTED else
                "both classes as they were drawn")
        return (f"Scaling {state['slip']}: {made}. Standard deviations {spreads}. The {circle}, has "
                f"{100 * state['accuracy']:.1f} % of {2 * state['N']} points right.")

    def code(self):
        at = self.values
        scaled = ["arms[0] = (arms[0] - arms[0].mean(axis=0)) / arms[0].std(axis=0, ddof=1)"]
        return "\n".join([
            "import numpy as np", "from course_lib import datasets", "",
            f"stream, arms, r = datasets.RStream({at['seed']}), [], np.linspace(0.05, 1, {at['N']})",
            "for first in (0, 4.7):",
            f"    t = np.linspace(first, first + {at['angle']}, {at['N']}) + {at['noise']} * stream.normal({at['N']})",
            "    arms.append(np.column_stack([r * np.sin(t), r * np.cos(t)]))",
            *(scaled if at["slip"] == _PRINTED else []),
            f"X, y = np.vstack(arms), np.repeat([0, 1], {at['N']})",
            "distance = np.hypot(*X.T).round(12)",
            "r = np.sort(distance)",
            "shares = np.array([np.mean((distance <= radius) == y) for radius in r])",
            "radius, accuracy = r[shares.argmax()], shares.max()",
            "print(radius, accuracy)",
        ])
