"""Live figures of chapter 06: six update rules from one start, on surfaces of two weights and in a network."""

from collections.abc import Callable
from functools import cache, lru_cache
from typing import ClassVar, NamedTuple

import numpy as np

from course_lib import datasets, dense, ops
from course_lib.chapters.shared import own_points, points_code
from course_lib.viz import style
from course_lib.viz.live import (
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
    term,
)
from course_lib.viz.numbers import short


class _Racer(NamedTuple):
    """A rule in the race: its name in the chapter and in the library, and its look."""

    name: str
    rule: str
    color: str
    dash: str
    marker: str


_RACERS = (
    _Racer("descent", "sgd", style.BLUE, "solid", "o"),
    _Racer("momentum", "momentum", style.ORANGE, "solid", "s"),
    _Racer("Nesterov", "nesterov", style.GREEN, "dashed", "^"),
    _Racer("Adagrad", "adagrad", style.BROWN, "solid", "v"),
    _Racer("RMSprop", "rmsprop", style.RED, "dashdot", "D"),
    _Racer("Adam", "adam", style.PURPLE, "dashed", "o"),
)


def _settings(momentum: float, beta2: float) -> dict[str, dict]:
    """What each rule takes beside the rate."""
    return {"sgd": {}, "momentum": {"momentum": momentum}, "nesterov": {"momentum": momentum}, "adagrad": {},
            "rmsprop": {"alpha": beta2}, "adam": {"beta1": momentum, "beta2": beta2}}


def _standing(loss: dict) -> str:
    """These rules with their loss, the lowest first, each lighting up its marks."""
    ranks = sorted((racer for racer in _RACERS if racer.rule in loss), key=lambda racer: loss[racer.rule])
    return ", ".join(term(f"{racer.name} {_small(loss[racer.rule])}", racer.rule) for racer in ranks)


def _small(loss) -> str:
    return "<10⁻⁹" if loss < 1e-9 else short(loss, 2)


def _legend(panel: int, first: float, column: float, heights: tuple) -> list:
    """The six names in rows of a panel at these heights; the columns begin at `first`, each so wide."""
    layers, columns = [], len(_RACERS) // len(heights)
    for k, racer in enumerate(_RACERS):
        left, y = first + k % columns * column, heights[k // columns]
        layers += [Line(panel, [left, left + 17], [y, y], color=racer.color, dash=racer.dash, width=2.4,
                        key=racer.rule),
                   Text(panel, left + 20, y, racer.name, ha="left", size=12, key=racer.rule)]
    return layers


def _curves(panel: int, loss: dict, low: float, high: float) -> list:
    """The loss of each rule against the step, inside the panel."""
    layers = []
    for racer in _RACERS:
        seen = np.clip(loss[racer.rule], 1e-30, high)  # below its panel a line is cut off, above is the legend
        layers += [Line(panel, np.arange(len(seen)), seen, color=racer.color, dash=racer.dash, width=2.2,
                        label=racer.name, key=racer.rule),
                   Points(panel, len(seen) - 1, max(seen[-1], low), color=racer.color, marker=racer.marker, size=9,
                          label=racer.name, key=racer.rule)]
    return layers


class _Surface(NamedTuple):
    """A loss of two weights whose lowest value is 0."""

    loss: Callable
    slope: Callable  # (x, y) -> (dE/dx, dE/dy)
    lowest: tuple  # where
    code: str  # the slope in a cell


def _beale(x, y):
    return (1.5 - x + x * y) ** 2 + (2.25 - x + x * y**2) ** 2 + (2.625 - x + x * y**3) ** 2


def _beale_slope(x, y):
    first, second, third = 1.5 - x + x * y, 2.25 - x + x * y**2, 2.625 - x + x * y**3
    return (2 * (first * (y - 1) + second * (y**2 - 1) + third * (y**3 - 1)),
            2 * x * (first + 2 * second * y + 3 * third * y**2))


class OptimizerRace(Demo):
    """Six rules from one start, on surfaces of two weights."""

    title = "Six rules down one slope: change the rate and the winner changes"
    alt = ("First: a surface of two weights from above, light where it is low, with the paths of six update rules from "
           "one start. Second: how far each rule stands above the lowest value, against the step, on a logarithmic "
           "axis.")
    controls = (
        Menu("surface", "Surface", ("ravine", "saddle", "two basins", "Beale's valley"), "ravine"),
        Slider("lr", "Learning rate", -3.0, 0.0, 0.05, 0.0631, log=True),
        Slider("step", "Step", 0, 200, 1, 60, play=True),
        Slider("momentum", "β (momentum, Nesterov, Adam's β₁)", 0.0, 0.99, 0.01, 0.9, more=True),
        Slider("beta2", "β₂ (RMSprop, Adam)", 0.5, 0.999, 0.001, 0.99, more=True),
        Slider("x0", "Start w₁", -4.5, 4.5, 0.05, -4.0, more=True),
        Slider("y0", "Start w₂", -4.5, 4.5, 0.05, 2.0, more=True),
    )
    presets = {
        "Ravine": {},
        "Ravine, rate too large": {"lr": 0.112},
        "Saddle": {"surface": "saddle", "y0": 0.05, "step": 100},
        "Two basins": {"surface": "two basins", "x0": 4.2},
        "Two basins, small rate": {"surface": "two basins", "x0": 4.2, "lr": 0.01, "step": 200},
        "Beale's valley": {"surface": "Beale's valley", "x0": 1.0, "y0": 1.5, "lr": 0.00501, "step": 200},
        "Beale's valley, larger rate": {"surface": "Beale's valley", "x0": 1.0, "y0": 1.5, "lr": 0.1, "step": 200},
    }
    _BOX = (-4.5, 4.5)
    panels = (
        ("Paths from one start (click to choose it)", "w₁", "w₂", _BOX, _BOX),
        ("Loss above the lowest value", "step", "loss (formula)", (-4, 204), (1e-9, 5e6)),
    )
    size = (820, 390)
    closed_form = "loss (formula)"
    handles = (
        Handle(0, "start", x="x0", y="y0", click=True, replay=True),
        Handle(1, "step", x="step", at=lambda s: (s["step"], min(max(s["losses"]["sgd"][-1], 2e-9), 1e3))),
    )
    _STEPS, _FAR = 200, 1000.0
    _SURFACES: ClassVar = {
        "ravine": _Surface(lambda x, y: (x**2 + 20 * y**2) / 2, lambda x, y: (x, 20 * y), ((0.0, 0.0),), "(x, 20 * y)"),
        "saddle": _Surface(lambda x, y: x**2 / 2 - y**2 / 4 + y**4 / 72 + 9 / 8,
                           lambda x, y: (x, y**3 / 18 - y / 2), ((0.0, -3.0), (0.0, 3.0)), "(x, y**3 / 18 - y / 2)"),
        "two basins": _Surface(lambda x, y: (x**4 / 4 - x**3 / 6 - 4 * x**2 + 7.5 * x + 33.75) / 8 + 1.5 * y**2,
                               lambda x, y: ((x + 3) * (x - 1) * (x - 2.5) / 8, 3 * y), ((-3.0, 0.0),),
                               "((x + 3) * (x - 1) * (x - 2.5) / 8, 3 * y)"),
        "Beale's valley": _Surface(_beale, _beale_slope, ((3.0, 0.5),),
                                   "2 * sum((c - x + x * y**k) * np.array([y**k - 1, k * x * y ** (k - 1)])\n"
                                   "                          for k, c in ((1, 1.5), (2, 2.25), (3, 2.625)))"),
    }

    def background(self, axes, values):
        axes[0].grid(visible=False)
        axes[1].set_yscale("log")
        axes[1].set_yticks([1e-9, 1e-6, 1e-3, 1, 1e3])

    @classmethod
    @cache
    def _ground(cls, surface):
        """The surface as colors of its logarithm, with the limits of these, and its level lines."""
        t = np.linspace(*cls._BOX, 121)
        values = cls._SURFACES[surface].loss(t, t[:, None])
        logs = np.log10(values + 0.02 * np.median(values))
        levels = np.quantile(logs, np.linspace(0.03, 0.97, 9))
        lines = [np.append(np.stack(contour(logs, cls._BOX, cls._BOX, level)), [[np.nan], [np.nan]], axis=1)
                 for level in levels]
        return logs, np.concatenate(lines, axis=1)

    @classmethod
    def _walk(cls, rule, slope, start, lr, settings, steps) -> np.ndarray:
        """(steps + 1, 2) the weights of a rule after every step; one beyond 1000 stays where it is."""
        rule, w = ops.RULES[rule], np.array(start)
        kept, numbers, path = rule.start(2, float), rule.check(lr, **settings), np.empty((steps + 1, 2))
        path[0] = w
        for t in range(1, steps + 1):
            x, y = w.tolist()
            if max(abs(x), abs(y)) < cls._FAR:
                rule.step(w, np.array(slope(x, y)), kept, numbers, t)
            path[t] = w
        return path

    @classmethod
    @lru_cache(maxsize=16)
    def _paths(cls, surface, lr, momentum, beta2, start):
        slope = cls._SURFACES[surface].slope
        return {rule: cls._walk(rule, slope, start, lr, settings, cls._STEPS)
                for rule, settings in _settings(momentum, beta2).items()}

    def state(self, surface, lr, step, momentum, beta2, x0, y0):
        full = self._paths(surface, lr, momentum, beta2, (x0, y0))
        paths = {rule: path[: step + 1] for rule, path in full.items()}
        loss = self._SURFACES[surface].loss
        left = {rule: int(np.argmax(np.abs(path).max(axis=1) >= self._FAR)) for rule, path in paths.items()}
        return {"surface": surface, "lr": lr, "step": step, "paths": paths,
                "ends": {rule: path[-1] for rule, path in paths.items()},
                "losses": {rule: np.maximum(loss(*path.T), 0) for rule, path in paths.items()},
                "left": {rule: at for rule, at in left.items() if at}}

    def layers(self, state):
        logs, lines = self._ground(state["surface"])
        x, y = np.transpose(self._SURFACES[state["surface"]].lowest)
        layers = [Image(0, logs, float(logs.min()), float(logs.max()) + 1.2 * float(np.ptp(logs)), "heat", log=True,
                        label="loss"),
                  Line(0, *lines, color=style.GREY, width=0.8, alpha=0.7),
                  Points(0, x, y, color=style.DARK, marker="x", size=12, label="lowest point")]
        for racer in _RACERS:
            path = np.clip(state["paths"][racer.rule], -50, 50)
            layers += [Line(0, *path.T, color=racer.color, dash=racer.dash, width=2.2, label=racer.name,
                            key=racer.rule),
                       Points(0, *path[-1], color=racer.color, marker=racer.marker, size=10, label=racer.name,
                              key=racer.rule)]
        start = state["paths"]["sgd"][0]
        return [*layers, Points(0, *start, color="white", size=11, edge=style.DARK, label="start"),
                *_curves(1, state["losses"], 2e-9, 1e3), *_legend(1, 6, 104, (8e5, 9e4, 1e4))]

    def caption(self, state):
        now = {rule: losses[-1] for rule, losses in state["losses"].items() if rule not in state["left"]}
        name = state["surface"][0].upper() + state["surface"][1:]
        text = f"{name}, rate {short(state['lr'])}, step {state['step']}: {_standing(now)}."
        gone = ", ".join(term(f"{racer.name} (step {state['left'][racer.rule]})", racer.rule) for racer in _RACERS
                         if racer.rule in state["left"])
        return f"{text} Diverged beyond 1000: {gone}." if gone else text

    def code(self):
        at = self.values
        return "\n".join([
            "import numpy as np", "from course_lib import ops", "",
            f"slope = lambda x, y: {self._SURFACES[at['surface']].code}",
            f"ends, beta, beta2 = {{}}, {at['momentum']}, {at['beta2']}",
            "for name, settings in [('sgd', {}), ('momentum', {'momentum': beta}), ('nesterov', {'momentum': beta}),",
            "                       ('adagrad', {}), ('rmsprop', {'alpha': beta2}),",
            "                       ('adam', {'beta1': beta, 'beta2': beta2})]:",
            f"    rule, w = ops.RULES[name], np.array([{at['x0']}, {at['y0']}])",
            f"    kept, numbers = rule.start(2, float), rule.check({at['lr']}, **settings)",
            f"    for t in range(1, {at['step']} + 1):",
            "        if np.abs(w).max() < 1000:",
            "            rule.step(w, np.array(slope(*w)), kept, numbers, t)",
            "    ends[name] = w",
        ])


_OWN = "your own"


@lru_cache(maxsize=8)
def _points(data, points):
    """X (N, 2) and y (N,) of the data menu.

    Raises
    ------
    ValueError : fewer than two points.
    """
    X, y = own_points(points) if data == _OWN else datasets.moons(60, 0.15, rng=0)
    if len(y) < 2:
        raise ValueError("Click at least two points into the first panel: one alone is no task for a network.")
    return X, y


class RaceOnTrueLoss(Demo):
    """The same six rules train one network, drawn over a slice of its true loss."""

    title = "The same race in a network: six rules over its true loss"
    alt = ("First: the training points and the boundary of the rule with the lowest loss. Second: a slice through the "
           "loss of the network, light where it is low, with the paths of six update rules projected onto it. Third: "
           "the loss of each rule against the step, on a logarithmic axis.")
    _PAIRS: ClassVar = {"descent and Adam": ("sgd", "adam"), "descent and momentum": ("sgd", "momentum"),
                        "momentum and Adam": ("momentum", "adam"), "Adagrad and RMSprop": ("adagrad", "rmsprop")}
    controls = (
        Slider("lr", "Learning rate", -3.0, 1.0, 0.05, 0.1, log=True),
        Slider("step", "Step", 0, 200, 1, 200, play=True),
        Menu("plane", "Slice through the start and the ends of", tuple(_PAIRS), "descent and Adam"),
        Slider("hidden", "Hidden units", 1, 10, 1, 5, more=True),
        Slider("start", "Random start", 0, 30, 1, 0, more=True),
        Slider("momentum", "β (momentum, Nesterov, Adam's β₁)", 0.0, 0.99, 0.01, 0.9, more=True),
        Slider("beta2", "β₂ (RMSprop, Adam)", 0.5, 0.999, 0.001, 0.999, more=True),
        Menu("data", "Points", ("moons", _OWN), "moons", more=True),
        OwnPoints("points", "Your points", 0, ((-0.6, 0.9, 0), (0.9, 0.7, 0), (0.1, -0.4, 1), (1.6, -0.3, 1)),
                  more=True, needs={"data": _OWN}),
    )
    presets = {
        "Rate 0.1": {},
        "Rate 1": {"lr": 1.0},
        "Rate 3.2": {"lr": 3.16},
        "Rate 0.01": {"lr": 0.01},
        "Another slice": {"plane": "descent and momentum", "lr": 1.0},
        "Another start": {"start": 4},
    }
    _X, _Y = (-1.7, 2.7), (-1.2, 1.7)
    panels = (
        ("Boundary of the best", "$x_1$", "$x_2$", _X, _Y),
        ("True loss, sliced", "towards the first rule's end", "across", (-0.35, 1.1), (-0.65, 1.1)),
        ("Loss", "step", "cross-entropy", (-4, 204), (1e-4, 1e3)),
    )
    widths = (0.9, 1.1, 1.2)
    size = (880, 360)
    handles = (Handle(2, "step", x="step", at=lambda s: (s["step"], min(max(s["losses"]["sgd"][-1], 1e-4), 5))),)
    _STEPS, _N = 200, 41

    def background(self, axes, values):
        axes[1].grid(visible=False)
        axes[2].set_yscale("log")
        axes[2].set_xticks([0, 100, 200])
        axes[2].set_yticks([1e-4, 1e-3, 1e-2, 0.1, 1])

    @classmethod
    @lru_cache(maxsize=4)
    def _runs(cls, lr, hidden, start, momentum, beta2, data, points):
        """A run of each rule with its parameters after every step, all from one start."""
        X, y = _points(data, points)
        sizes = (2, hidden, 1)
        params = dense.init_params(sizes, start)
        return {rule: dense.train(sizes, X, y, params=params, loss="bce", rule=rule, lr=lr, epochs=cls._STEPS,
                                  snapshots=cls._STEPS + 1, **settings)
                for rule, settings in _settings(momentum, beta2).items()}

    @classmethod
    @lru_cache(maxsize=4)
    def _slice(cls, plane, *task):
        """The paths in the plane through the start and two ends, its unit of length, and the loss over it."""
        runs, (hidden, data, points) = cls._runs(*task), (task[1], task[5], task[6])
        start = runs["sgd"].snapshots[0]
        first, second = (runs[rule].snapshots[-1] - start for rule in cls._PAIRS[plane])
        across = np.linalg.qr(np.column_stack([first, second]))[0]
        across = across * np.sign(np.sum(across * np.column_stack([first, second]), axis=0))  # ends lie right and up
        paths = {rule: (run.snapshots - start) @ across for rule, run in runs.items()}
        both = np.concatenate([paths[rule] for rule in cls._PAIRS[plane]])  # these two stay inside the panel
        unit = float(max(both.max(), (-both[:, 0]).max() / 0.3, (-both[:, 1]).max() / 0.6, 1e-6))
        X, y = _points(data, points)
        xlim, ylim = cls.panels[1][3:]
        surface = dense.loss_surface(dense.unpack(start, (2, hidden, 1)), X, y, *(unit * across.T), xlim, ylim, cls._N,
                                     loss="bce")
        return {rule: path / unit for rule, path in paths.items()}, unit, surface

    def state(self, lr, step, plane, hidden, start, momentum, beta2, data, points):
        task = (lr, hidden, start, momentum, beta2, data, points)
        runs, (paths, unit, surface) = self._runs(*task), self._slice(plane, *task)
        losses = {rule: run.loss[: step + 1] for rule, run in runs.items()}
        best = min(losses, key=lambda rule: losses[rule][-1])
        X, y = _points(data, points)
        layers = dense.unpack(runs[best].snapshots[step], (2, hidden, 1))
        return {"lr": lr, "step": step, "plane": plane, "X": X, "y": y, "unit": unit, "surface": surface, "best": best,
                "paths": {rule: path[: step + 1] for rule, path in paths.items()}, "losses": losses,
                "final": {rule: float(loss[-1]) for rule, loss in losses.items()},
                "boundary": dense.mlp_surface(layers, self._X, self._Y, 60, "tanh", "sigmoid")}

    def layers(self, state):
        logs = np.log10(np.maximum(state["surface"], 1e-6))
        low, high = float(logs.min()), float(logs.max())
        xlim, ylim = self.panels[1][3:]
        lines = [Line(1, *contour(logs, xlim, ylim, level), color=style.GREY, width=0.8, alpha=0.7)
                 for level in np.linspace(low, high, 10)[1:-1]]
        layers = [Image(0, state["boundary"], label="probability of class 1"),
                  Line(0, *contour(state["boundary"], self._X, self._Y, 0.5), color=style.DARK),
                  *class_points(0, state["X"], state["y"], size=8, edge=style.DARK),
                  Image(1, logs, low, low + 2.2 * max(high - low, 1e-3), "heat", log=True, label="loss"), *lines]
        for racer in _RACERS:
            path = state["paths"][racer.rule]
            layers += [Line(1, *path.T, color=racer.color, dash=racer.dash, width=2.2, label=racer.name,
                            key=racer.rule),
                       Points(1, *path[-1], color=racer.color, marker=racer.marker, size=10, label=racer.name,
                              key=racer.rule)]
        return [*layers, Points(1, 0.0, 0.0, color="white", size=11, edge=style.DARK, label="start"),
                *_curves(2, state["losses"], 1.2e-4, 12), *_legend(2, 4, 106, (340, 95, 27))]

    def caption(self, state):
        return (f"Rate {short(state['lr'])}, step {state['step']}, loss: {_standing(state['final'])}. Slice through "
                f"the start and the ends of {state['plane']}; one unit there is a distance of "
                f"{short(state['unit'], 2)} between weights.")

    def code(self):
        at = self.values
        sizes, pair = (2, at["hidden"], 1), self._PAIRS[at["plane"]]
        data = (points_code(at["points"]) if at["data"] == _OWN else "X, y = datasets.moons(60, 0.15, rng=0)")
        return "\n".join([
            "import numpy as np", "from course_lib import datasets, dense", "", data,
            f"start, beta, beta2 = dense.init_params({sizes}, {at['start']}), {at['momentum']}, {at['beta2']}",
            "runs = {}",
            "for rule, settings in [('sgd', {}), ('momentum', {'momentum': beta}), ('nesterov', {'momentum': beta}),",
            "                       ('adagrad', {}), ('rmsprop', {'alpha': beta2}),",
            "                       ('adam', {'beta1': beta, 'beta2': beta2})]:",
            f"    runs[rule] = dense.train({sizes}, X, y, params=start, loss='bce', rule=rule, lr={at['lr']},",
            f"                             epochs={at['step']}, **settings)",
            "final = {rule: run.loss[-1] for rule, run in runs.items()}",
            f"first, second = runs['{pair[0]}'].params - start, runs['{pair[1]}'].params - start",
            f"layers = dense.unpack(start, {sizes})",
            "slice = dense.loss_surface(layers, X, y, first, second, (-0.5, 1.5), (-0.5, 1.5), 41, loss='bce')",
        ])
