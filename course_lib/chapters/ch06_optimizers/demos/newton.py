"""Live figure of chapter 06: Newton's step in one dimension."""

from functools import lru_cache
from typing import ClassVar

import numpy as np

from course_lib import ops
from course_lib.viz import style
from course_lib.viz.live import Demo, Handle, Line, Menu, Points, Slider, Text, term
from course_lib.viz.numbers import fixed, short


class NewtonStep(Demo):
    """Newton's step: to the vertex of the local parabola."""

    title = "Newton's step goes to the vertex of a parabola"
    alt = (
        "First: a curve, the parabola with its slope and curvature at the present point, and the next point below or "
        "above its vertex. Second, logarithmic: the distance to where the path ends, by step; near a minimum it falls "
        "faster and faster."
    )
    controls = (
        Menu("function", "Function f", ("x⁴ − 3x² + x", "√(1 + x²)", "eˣ − 2x", "x²"), "x⁴ − 3x² + x"),
        Slider("start", "Start", -2.5, 2.5, 0.05, 2.0),
        Slider("step", "Step shown", 0, 8, 1, 0, play=True),
    )
    presets = {
        "Into the minimum": {},
        "Up to the maximum": {"start": 0.2},
        "Thrown far": {"start": 0.75},
        "Back and forth": {"function": "√(1 + x²)", "start": 1.0},
        "Away for good": {"function": "√(1 + x²)", "start": 1.1},
        "One step": {"function": "x²"},
    }
    panels = (
        ("f(x) and the parabola (dashed)", "x", "f(x)", (-3.4, 3.4), (-5, 9)),
        ("Distance to the end of the path", "step", "distance", (-0.3, 8.3), (1e-16, 100)),
    )
    size = (800, 370)
    background_depends = ("function",)
    handles = (Handle(0, "start", x="start", at=lambda s: (s["first"], s["first_height"]), click=True),)
    closed_form = "f(x)"
    _STEPS, _FLOOR, _FAR = 8, 1e-16, 1e9
    #: f, its slope, its curvature
    _FUNCTIONS: ClassVar = {
        "x⁴ − 3x² + x": (lambda x: x**4 - 3 * x**2 + x, lambda x: 4 * x**3 - 6 * x + 1, lambda x: 12 * x**2 - 6),
        "√(1 + x²)": (lambda x: np.sqrt(1 + x**2), lambda x: x / np.sqrt(1 + x**2), lambda x: (1 + x**2) ** -1.5),
        "eˣ − 2x": (lambda x: np.exp(x) - 2 * x, lambda x: np.exp(x) - 2, np.exp),
        "x²": (lambda x: x**2, lambda x: 2 * x, lambda x: 2.0),
    }
    #: slope and curvature in the notebook
    _CODE: ClassVar = {
        "x⁴ − 3x² + x": ("4 * x**3 - 6 * x + 1", "12 * x**2 - 6"),
        "√(1 + x²)": ("x / np.sqrt(1 + x**2)", "(1 + x**2) ** -1.5"),
        "eˣ − 2x": ("np.exp(x) - 2", "np.exp(x)"),
        "x²": ("2 * x", "2.0"),
    }

    def background(self, axes, values):
        x = np.linspace(-3.4, 3.4, 340)
        axes[0].plot(x, self._FUNCTIONS[values["function"]][0](x), color=style.DARK, linewidth=2)
        axes[1].set_yscale("log")
        axes[1].set_xticks(range(self._STEPS + 1))

    @classmethod
    @lru_cache(maxsize=32)
    def _path(cls, function, start):
        """Points of Newton's method, at most eight steps, and the place where a longer path comes to rest, or None."""
        _, slope, bend = cls._FUNCTIONS[function]
        path = ops.newton(slope, bend, start, tol=1e-15, n=20)
        settled = abs(path[-1]) < 1e3 and abs(slope(path[-1])) < 1e-9
        end, path = float(path[-1]), path[: cls._STEPS + 1]
        return path[np.abs(path) < cls._FAR], end if settled else None

    def state(self, function, start, step):
        f, slope, bend = self._FUNCTIONS[function]
        path, end = self._path(function, start)
        now = min(step, len(path) - 1)
        x = float(path[now])
        here, g, h = float(f(x)), float(slope(x)), float(bend(x))
        return {
            "first": start,
            "first_height": float(f(start)),
            "path": path,
            "end": end,
            "now": now,
            "x": x,
            "here": here,
            "g": g,
            "h": h,
            "arrived": end is not None and abs(x - end) < 1e-8,
            "following": float(path[now + 1]) if now + 1 < len(path) else None,
        }

    def layers(self, state):
        x, here, g, h, path, now = (state[name] for name in ("x", "here", "g", "h", "path", "now"))
        f = self._FUNCTIONS[self.values["function"]][0]
        t = np.linspace(-3.4, 3.4, 200)
        following, seen = state["following"], np.arange(now + 1)
        layers = [
            Line(
                0,
                t,
                here + g * (t - x) + h / 2 * (t - x) ** 2,
                color=style.ORANGE,
                dash="dashed",
                width=2.2,
                label="parabola",
                key="parabola",
                ghost=True,
            ),
            Points(0, path[:now], f(path[:now]), color=style.GREY, size=7, label="earlier points"),
        ]
        if following is not None:
            vertex = here + g * (following - x) + h / 2 * (following - x) ** 2
            layers += [
                Line(0, [following] * 2, [vertex, float(f(following))], color=style.GREEN, width=1.4, dash="dotted"),
                Points(0, following, vertex, color=style.ORANGE, marker="D", size=9, label="vertex", key="parabola"),
                Points(
                    0,
                    following,
                    float(f(following)),
                    color=style.GREEN,
                    marker="s",
                    size=11,
                    label="next point",
                    key="next",
                ),
            ]
        layers.append(Points(0, x, here, color=style.BLUE, size=12, label="present point", key="x"))
        if state["end"] is None:
            return [*layers, Text(1, 4, 1e-7, "the path does not settle", size=13)]
        distance = np.maximum(np.abs(path - state["end"]), self._FLOOR)
        return [
            *layers,
            Line(1, np.arange(len(path)), distance, color=style.GREY, width=1.2),
            Points(1, seen, distance[: now + 1], color=style.BLUE, size=9, label=[f"step {k}" for k in seen], key="x"),
        ]

    def caption(self, state):
        x, h, following = state["x"], state["h"], state["following"]
        text = (
            f"Step {state['now']}: {term(f'x = {short(x, 7)}', 'x')}, slope {short(state['g'], 2)}, "
            f"{term(f'curvature {short(h, 2)}', 'parabola')}."
        )
        if state["end"] is None and abs(x) > 100:
            return f"{text} Each step throws it farther out: the path leaves all bounds."
        if state["end"] is None and following is None:
            return f"{text} It does not settle: each parabola throws it too far."
        if state["arrived"]:
            return f"{text} {'A minimum' if h > 0 else 'A maximum: the slope is 0 there, too'}."
        if following is None:
            return text
        text += f" {term(f'Next x = {short(following, 7)}', 'next')}"
        if state["end"] is not None:
            away = abs(following - state["end"])
            text += (
                f", {short(away, 2)} from the end at {fixed(state['end'], 4)}"
                if away > 1e-12
                else ", the end of the path"
            )
        if h < 0:
            return f"{text}. The curve bends down here: the vertex is a maximum of the parabola."
        return f"{text}."

    def code(self):
        at = self.values
        slope, bend = self._CODE[at["function"]]
        return "\n".join(
            [
                "import numpy as np",
                "from course_lib import ops",
                "",
                f"slope = lambda x: {slope}",
                f"bend = lambda x: {bend}",
                f"path = ops.newton(slope, bend, {at['start']}, tol=1e-15, n=8)",
                "path = path[np.abs(path) < 1e9]",
                f"x = path[min({at['step']}, len(path) - 1)]",
                "print(path)",
            ]
        )
