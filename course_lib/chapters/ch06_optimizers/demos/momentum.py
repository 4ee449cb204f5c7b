"""Live figures of chapter 06: what momentum does, in a valley with two basins and in a single step."""

from functools import lru_cache

import numpy as np

from course_lib import ops
from course_lib.viz import style
from course_lib.viz.live import Demo, Handle, Image, Line, Points, Slider, Text, term
from course_lib.viz.numbers import fixed, short


def _height(x):
    return x**4 - 3 * x**2 + x


def _slope(x):
    return x * (4 * x * x - 6) + 1  # products: a power of an array takes several times as long


#: Where the slope is zero: the deep basin, the ridge, the small basin.
_DEEP, _RIDGE, _SMALL = np.sort(np.roots([4, 0, -6, 1]).real)


class BallInValley(Demo):
    """A ball on a curve with two basins."""

    title = "A ball on a curve with two basins"  # a prediction asks what momentum changes
    alt = ("First: a curve with a small basin on the right and a deep one on the left, and the places of the ball "
           "after each step. Second: its place against the step, with both bottoms as dashed lines. Third: in which "
           "basin the ball is after 200 steps, for every rate and momentum.")
    controls = (
        Slider("momentum", "Momentum β", 0.0, 0.98, 0.01, 0.0),
        Slider("lr", "Learning rate", -3.0, -0.5, 0.02, 0.01, log=True),
        Slider("step", "Step", 0, 100, 1, 100, play=True),
        Slider("x0", "Start x", -2.2, 2.2, 0.02, 2.0, more=True),
    )
    presets = {
        "Descent": {},
        "Momentum 0.9": {"momentum": 0.9},
        "Swings out of the deep one": {"momentum": 0.97},
        "From the left": {"momentum": 0.9, "x0": -2.0},
        "A rate too large": {"lr": 0.2},
    }
    panels = (
        ("The curve and the ball", "x", "x⁴ − 3x² + x", (-2.3, 2.3), (-4.9, 9)),
        ("Place of the ball", "step", "x", (-2, 135), (-2.3, 2.3)),
        ("Where it ends, by rate and β", "log₁₀ of the learning rate", "momentum β", (-3.03125, -0.46875),
         (-0.01, 0.99)),
    )
    widths = (1.05, 1.0, 1.05)
    size = (880, 350)
    closed_form = "x⁴ − 3x² + x"
    _STEPS, _LAST = 100, 200
    _T = np.linspace(-2.3, 2.3, 231)
    _LRS, _BETAS = 10 ** (np.arange(41) / 16 - 3), np.arange(50) / 50  # the middles of the map's cells
    handles = (
        Handle(0, "start", x="x0", at=lambda s: (s["x0"], _height(s["x0"])), click=True, replay=True),
        Handle(2, "rate and momentum", at=lambda s: (np.log10(s["lr"]), s["momentum"]), click=True, replay=True,
               move=lambda s, x, y: {"lr": 10**x, "momentum": y}),
        Handle(1, "step", x="step", at=lambda s: (s["step"], float(np.clip(s["path"][-1], -2.2, 2.2)))),
    )

    def background(self, axes, values):
        axes[0].plot(self._T, _height(self._T), color=style.DARK, linewidth=1.8)
        axes[0].set_xticks([-2, -1, 0, 1, 2])
        axes[1].set_xticks([0, 25, 50, 75, 100])
        for bottom in (_DEEP, _SMALL):
            axes[1].axhline(bottom, color=style.DARK, linewidth=1, linestyle="dashed")
        axes[1].axhline(_RIDGE, color=style.DARK, linewidth=1, linestyle="dotted")
        axes[2].grid(visible=False)

    @classmethod
    @lru_cache(maxsize=8)
    def _ends(cls, x0) -> np.ndarray:
        """(50, 41) the place after 200 steps for every momentum and rate; NaN where it has left."""
        lr, beta = cls._LRS, cls._BETAS[:, None]
        x, v = np.full((len(beta), len(lr)), x0), np.zeros((len(beta), len(lr)))
        for _ in range(cls._LAST):
            v = beta * v - lr * _slope(x)
            x = np.clip(x + v, -10, 10)
        return np.where(np.abs(x) > 5, -1.0, np.where(x < _RIDGE, 1.0, 0.0))

    @classmethod
    @lru_cache(maxsize=64)
    def _path(cls, x0, lr, momentum) -> np.ndarray:
        """(101,) the places of the ball; from 10 on it stays."""
        rule, x, path = ops.RULES["momentum"], np.array([x0]), np.full(cls._STEPS + 1, x0)
        kept, numbers = rule.start(1, float), rule.check(lr, momentum=momentum)
        for t in range(1, cls._STEPS + 1):
            if abs(x[0]) < 10:
                rule.step(x, _slope(x), kept, numbers, t)
            path[t] = x[0]
        return path

    def state(self, momentum, lr, step, x0):
        path = self._path(x0, lr, momentum)[: step + 1]
        return {"momentum": momentum, "lr": lr, "step": step, "path": path, "x": float(path[-1]),
                "ends": self._ends(x0),
                "crossings": int(np.sum(np.diff(path > _RIDGE))), "left": int(np.argmax(np.abs(path) >= 10))}

    def layers(self, state):
        path = np.clip(state["path"], -6, 6)
        layers = [Points(0, path[:-1], _height(path[:-1]), color=style.SKY, size=6, alpha=0.7),
                  Points(0, path[0], _height(path[0]), color="white", size=11, edge=style.DARK, label="start"),
                  Points(0, path[-1], _height(path[-1]), color=style.ORANGE, size=15, edge=style.DARK, label="ball",
                         key="ball"),
                  Text(0, [_DEEP, _SMALL], [-4.35, -1.8], ["deep", "small"], size=12),
                  Line(1, np.arange(len(path)), path, width=2, label="place", key="ball", ghost=True),
                  Points(1, state["step"], np.clip(path[-1], -2.25, 2.25), color=style.ORANGE, size=10,
                         edge=style.DARK, label="ball", key="ball"),
                  Text(1, [107, 107, 107], [_DEEP, _RIDGE, _SMALL], ["deep", "ridge", "small"], ha="left", size=12,
                       box=True),
                  Image(2, np.where(state["ends"] < 0, np.nan, state["ends"]), -0.25, 1.25, "boundary", smooth=False,
                        extent=(*self.panels[2][3], *self.panels[2][4]), label="1: deep, 0: small"),
                  Points(2, np.log10(state["lr"]), state["momentum"], color=style.ORANGE, marker="D", size=12,
                         edge=style.DARK, label="this ball")]
        return layers

    def caption(self, state):
        text = f"Momentum {fixed(state['momentum'])}, rate {short(state['lr'])}, from {fixed(state['path'][0])}, "
        if state["left"]:
            gone = term(f"beyond 10 from step {state['left']} on", "ball")
            return f"{text}diverged: {gone}. Each step overshoots by more than the one before."
        basin = "deep" if state["x"] < _RIDGE else "small"
        now = term(f"x = {fixed(state['x'])}, height {fixed(_height(state['x']))}", "ball")
        crossed = {0: "never", 1: "once", 2: "twice"}.get(state["crossings"], f"{state['crossings']} times")
        return (f"{text}step {state['step']}: {now}, in the {basin} basin, {crossed} over the ridge. Map: after 200 "
                "steps blue is in the deep one, orange in the small one, grey far away.")

    def code(self):
        at = self.values
        return "\n".join([
            "import numpy as np", "from course_lib import ops", "",
            "slope = lambda x: x * (4 * x * x - 6) + 1",
            f"x, v = {at['x0']}, 0.0",
            "path = [x]",
            f"for _ in range({at['step']}):",
            "    if abs(x) < 10:",
            f"        x, v = ops.momentum(x, slope(x), v, lr={at['lr']}, momentum={at['momentum']})",
            "    path.append(x)",
            "print(x, x**4 - 3 * x**2 + x)",
        ])


def _arrow(panel: int, start, end, color: str, width: float = 3.0, dash: str = "solid", **marks) -> list:
    """A straight arrow with its head."""
    start, end = np.asarray(start, float), np.asarray(end, float)
    way = end - start
    length = float(np.hypot(*way))
    if length < 1e-9:
        return []
    along, across = way / length, np.array([-way[1], way[0]]) / length
    size = min(0.14, 0.5 * length)
    head = np.array([end - size * along + 0.5 * size * across, end, end - size * along - 0.5 * size * across])
    return [Line(panel, *np.array([start, end]).T, color=color, width=width, dash=dash, **marks),
            Line(panel, *head.T, color=color, width=width, **{k: v for k, v in marks.items() if k == "key"})]


class LookAhead(Demo):
    """One step of momentum and of Nesterov, as sums of arrows."""

    title = "Nesterov takes the slope where the velocity will carry it"
    alt = ("First: a step of classical momentum from the point w: the kept velocity, then the push by the slope at w. "
           "Second: a step of Nesterov: the kept velocity leads to the point ahead, and the push is that of the slope "
           "there. Both next points stand in both pictures.")
    controls = (
        Slider("momentum", "Momentum β", 0.0, 0.99, 0.01, 0.9),
        Slider("lr", "Learning rate", 0.02, 1.0, 0.02, 0.8),
        Slider("ahead", "Downhill at the point ahead", -180.0, 180.0, 5.0, 160.0, unit="°"),
        Slider("here", "Downhill at w", -180.0, 180.0, 5.0, -30.0, unit="°", more=True),
        Slider("steep_ahead", "Steepness ahead", 0.0, 1.5, 0.1, 1.2, more=True),
        Slider("steep_here", "Steepness at w", 0.0, 1.5, 0.1, 1.0, more=True),
        Slider("speed", "Velocity", 0.0, 2.0, 0.1, 1.8, more=True),
    )
    presets = {
        "The ground rises ahead": {},
        "The same slope": {"ahead": -30.0, "steep_ahead": 1.0},
        "A wall above": {"ahead": -90.0},
        "No momentum": {"momentum": 0.0, "ahead": -30.0, "steep_ahead": 1.0},
        "At rest": {"speed": 0.0, "ahead": -30.0, "steep_ahead": 1.0},
    }
    _X, _Y = (-0.6, 3.6), (-1.5, 2.3)
    panels = (
        ("Classical: slope at w", "w₁", "w₂", _X, _Y),
        ("Nesterov: slope ahead", "w₁", "w₂", _X, _Y),
    )
    size = (820, 390)
    handles = (
        Handle(0, "push at w, by its tip", at=lambda s: LookAhead._tip(s, "here"),
               move=lambda s, x, y: LookAhead._turned(s, "here", x, y)),
        Handle(1, "push at the point ahead, by its tip", at=lambda s: LookAhead._tip(s, "ahead"),
               move=lambda s, x, y: LookAhead._turned(s, "ahead", x, y)),
    )

    @staticmethod
    def _tip(s, which):
        """The end of the push; where the push is zero there is nothing to turn."""
        pushed = s["classical"] if which == "here" else s["nesterov"]
        return tuple(pushed) if np.hypot(*(pushed - s["carried"])) > 1e-9 else None

    @staticmethod
    def _turned(s, which, x, y):
        return {which: float(np.rad2deg(np.arctan2(y - s["carried"][1], x - s["carried"][0])))}

    @staticmethod
    def _gradient(angle, steep):
        """The gradient points uphill."""
        return -steep * np.array([np.cos(np.deg2rad(angle)), np.sin(np.deg2rad(angle))])

    def state(self, momentum, lr, ahead, here, steep_ahead, steep_here, speed):
        w, v = np.zeros(2), speed * np.array([np.cos(np.deg2rad(15)), np.sin(np.deg2rad(15))])
        steps = {name: ops.momentum(w, self._gradient(angle, steep), -v / lr, lr, momentum)[0]  # it keeps -v/lr
                 for name, angle, steep in (("classical", here, steep_here), ("nesterov", ahead, steep_ahead))}
        return {"v": v, "carried": w + momentum * v, **steps, "lr": lr,
                "gap": float(np.hypot(*(steps["classical"] - steps["nesterov"]))),
                "speeds": (float(speed), *(float(np.hypot(*step)) for step in steps.values()))}

    def layers(self, state):
        carried, layers = state["carried"], []
        looks = ((0, "classical", style.BLUE, "o"), (1, "nesterov", style.GREEN, "D"))
        for panel, name, color, marker in looks:
            other = looks[1 - panel]
            layers += [*_arrow(panel, (0, 0), state["v"], style.GREY, 2, label="velocity v", key="velocity"),
                       *_arrow(panel, (0, 0), carried, style.PURPLE, label="β v", key="carried"),
                       *_arrow(panel, carried, state[name], style.ORANGE, label="−lr g", key=f"push {name}"),
                       *_arrow(panel, (0, 0), state[name], color, 2, "dashed", label="the step", key=name),
                       Points(panel, 0, 0, color=style.DARK, size=11, label="w"),
                       Text(panel, -0.1, -0.22, "w", size=14, bold=True),
                       Points(panel, *state[other[1]], color=other[2], marker=other[3], size=10, filled=False,
                              label=f"next point, {other[1]}", key=other[1]),
                       Points(panel, *state[name], color=color, marker=marker, size=13, edge=style.DARK,
                              label="next point", key=name, ghost=True)]
        layers.append(Points(1, *carried, color=style.PURPLE, marker="s", size=10, edge=style.DARK,
                             label="point ahead", key="carried"))
        rows = (("velocity", style.GREY, "velocity"), ("kept: β v", style.PURPLE, "carried"),
                ("push", style.ORANGE, "push"))
        for panel, name, color, _ in looks:
            for k, (word, look, key) in enumerate((*rows, ("the step", color, name))):
                x, y = -0.45 + 2.1 * (k % 2), 2.1 - 0.32 * (k // 2)
                key = f"push {name}" if key == "push" else key
                layers += [Line(panel, [x, x + 0.3], [y, y], color=look, width=3, key=key,
                                dash="dashed" if k == 3 else "solid"),
                           Text(panel, x + 0.4, y, word, ha="left", size=12, key=key)]
        return layers

    def caption(self, state):
        speed, classical, nesterov = map(fixed, state["speeds"])
        first = term(f"classical momentum goes on with {classical}", "classical")
        second = term(f"Nesterov with {nesterov}", "nesterov")
        text = f"Velocity {speed} before: {first}, {second}; the next points lie {fixed(state['gap'])} apart."
        if state["gap"] < 1e-9:
            return f"{text} Where both slopes are the same, so are both steps."
        if state["speeds"][2] < state["speeds"][1] - 0.005:
            return f"{text} The slope ahead brakes, one step before classical momentum meets it."
        return f"{text} Here the slope ahead brakes no more than that at w."

    def code(self):
        at = self.values
        return "\n".join([
            "import numpy as np", "from course_lib import ops", "",
            f"lr, beta = {at['lr']}, {at['momentum']}",
            f"v = {at['speed']} * np.array([np.cos(np.deg2rad(15)), np.sin(np.deg2rad(15))])",
            "downhill = lambda angle: np.array([np.cos(np.deg2rad(angle)), np.sin(np.deg2rad(angle))])",
            f"here = -{at['steep_here']} * downhill({at['here']})",
            f"there = -{at['steep_ahead']} * downhill({at['ahead']})",
            "w, kept = np.zeros(2), -v / lr  # what PyTorch's form keeps",
            "classical, _ = ops.momentum(w, here, kept, lr, beta)",
            "nesterov, _ = ops.momentum(w, there, kept, lr, beta)",
            "gap = np.hypot(*(classical - nesterov))",
            "print(classical, nesterov, gap)",
        ])
