"""Live figures of chapter 06: averages that forget, and the rules that give each weight a rate of its own."""

from functools import lru_cache
from typing import ClassVar

import numpy as np

from course_lib import ops
from course_lib.viz import style
from course_lib.viz.live import Bars, Demo, Handle, Line, Menu, Points, Slider, Text, term
from course_lib.viz.numbers import fixed, short


class MovingAverages(Demo):
    """The exponentially weighted average, with and without correction."""

    title = "An average that forgets, and its start from zero"
    alt = (
        "First: a noisy series, its exponentially weighted average, which starts far too low, and the corrected "
        "average, which does not. Second: the weight of each value in the average of the day shown."
    )
    controls = (
        Slider("beta", "β, share kept", 0.0, 0.99, 0.01, 0.9),
        Menu("correction", "Correction", ("off", "on"), "off"),
        Slider("day", "Day shown", 1, 100, 1, 100, play=True),
        Slider("noise", "Noise of the series", 0.0, 5.0, 0.1, 1.0, more=True),
    )
    presets = {
        "Day 1": {"day": 1},
        "Day 1, corrected": {"day": 1, "correction": "on"},
        "β = 0.7, day 10": {"beta": 0.7, "day": 10},
        "Long memory": {"beta": 0.98},
        "Long memory, corrected": {"beta": 0.98, "correction": "on"},
    }
    panels = (
        ("Series and average", "day", "value", (0, 101), (-1, 18)),
        ("How much each value counts", "day", "weight, newest = 1", (0, 101), (0, 1.1)),
    )
    widths = (1.25, 1.0)
    size = (800, 340)
    handles = (Handle(0, "day shown", x="day", at=lambda s: (s["day"], s["value"])),)
    _DAYS = np.arange(1, 101)

    @staticmethod
    def _series(noise):
        """A random walk from 10, and noise; the first value has none, so that it is 10."""
        steps, draws = np.random.default_rng(32).standard_normal((2, 100))
        steps[0] = draws[0] = 0.0
        return 10 + 0.6 * np.cumsum(steps) + noise * draws

    def state(self, beta, correction, day, noise):
        series = self._series(noise)
        plain = ops.moving_average(series, beta)
        corrected = ops.moving_average(series, beta, correct=True)
        one_each = np.eye(day)  # the average is linear: what it makes of a 1 on one day is this day's weight
        weights = ops.moving_average(one_each, beta, correct=correction == "on")[-1]
        shown = corrected if correction == "on" else plain
        return {
            "series": series,
            "plain": plain,
            "corrected": corrected,
            "weights": weights,
            "day": day,
            "value": float(shown[day - 1]),
            "other": float((plain if correction == "on" else corrected)[day - 1]),
            "total": float(weights.sum()),
            "correction": correction,
            "beta": beta,
        }

    def layers(self, state):
        day, on = state["day"], state["correction"] == "on"
        seen = self._DAYS[:day]
        both = [("corrected", style.GREEN, on), ("plain", style.BLUE, not on)]
        lines = [
            Line(
                0,
                seen,
                state[name][:day],
                color=color,
                width=3 if chosen else 1.4,
                dash="solid" if chosen else "dashed",
                label="without correction" if name == "plain" else name,
                ghost=chosen,
                key="value" if chosen else "other",
            )
            for name, color, chosen in sorted(both, key=lambda each: each[2])
        ]
        return [
            Points(0, self._DAYS[day:], state["series"][day:], color=style.GREY, size=4, alpha=0.35),
            Points(0, seen, state["series"][:day], color=style.GREY, size=6, label="series"),
            *lines,
            Points(0, day, state["other"], color=style.BLUE if on else style.GREEN, size=8, filled=False, key="other"),
            Points(
                0, day, state["value"], color=style.GREEN if on else style.BLUE, size=11, label="average", key="value"
            ),
            Text(0, 98, 1.6, "without correction", size=12, ha="right", color=style.BLUE, bold=not on, box=True),
            Text(0, 98, 0.2, "corrected", size=12, ha="right", color=style.for_text(style.GREEN), bold=on, box=True),
            Bars(
                1,
                seen,
                state["weights"] / state["weights"][-1],
                color=style.GREEN if on else style.BLUE,
                width=1.0,
                label=[
                    f"day {d}: {short(weight)} of the average" for d, weight in zip(seen, state["weights"], strict=True)
                ],
                key="total",
            ),
        ]

    def caption(self, state):
        value = term(f"the average says {fixed(state['value'])}", "value")
        total = term(f"the weights sum to {fixed(state['total'], 3)}", "total")
        memory = 1 / (1 - state["beta"])
        days = "1 day" if memory < 1.05 else f"{short(memory)} days"
        text = f"β = {fixed(state['beta'])}, day {state['day']}: {value}; {total}. Memory about {days}."
        other = state["other"]
        word = "Without correction" if state["correction"] == "on" else "Corrected"
        return f"{text} {term(word, 'other')} it says {fixed(other)}."

    def code(self):
        at = self.values
        return "\n".join(
            [
                "import numpy as np",
                "from course_lib import ops",
                "",
                "steps, draws = np.random.default_rng(32).standard_normal((2, 100))",
                "steps[0] = draws[0] = 0",
                f"series = 10 + 0.6 * np.cumsum(steps) + {at['noise']} * draws",
                f"plain = ops.moving_average(series, {at['beta']})",
                f"corrected = ops.moving_average(series, {at['beta']}, correct=True)",
                f"value = {'corrected' if at['correction'] == 'on' else 'plain'}[{at['day']} - 1]",
                "print(value)",
            ]
        )


class AdagradRates(Demo):
    """What Adagrad makes of the learning rate of three weights."""

    title = "What Adagrad makes of a learning rate"  # a prediction asks how much is left
    alt = (
        "First: the gradients of the chosen weight over the steps. Second: the effective rates of three weights on a "
        "logarithmic axis; those with gradients in every step fall, that of the sparse one falls far less."
    )
    controls = (
        Menu("history", "Gradients", ("low", "large", "sparse"), "low"),
        Slider("lr", "Learning rate", -3.0, -1.0, 0.05, 0.01, log=True),
        Slider("step", "Step shown", 1, 200, 1, 100, play=True),
        Menu("memory", "Squares are", ("summed (Adagrad)", "averaged (RMSprop)"), "summed (Adagrad)", more=True),
    )
    presets = {
        "100 gradients of 1": {},
        "Gradients of 10": {"history": "large"},
        "Every tenth step": {"history": "sparse"},
        "RMSprop forgets": {"memory": "averaged (RMSprop)", "step": 200},
    }
    panels = (
        ("Gradients of the chosen weight", "step", "gradient g", (0, 201), (0, 1.3)),
        ("Effective rate of each weight", "step", "lr / root of squares", (0, 201), (5e-6, 3)),
    )
    size = (800, 340)
    background_depends = ("history",)
    handles = (Handle(1, "step shown", x="step", at=lambda s: (s["step"], s["rate"])),)
    _STEPS = np.arange(1, 201)
    #: Gradients of 1, of 10, and of 1 in every tenth step.
    _GRADIENTS = np.column_stack([np.ones(200), np.full(200, 10.0), _STEPS % 10 == 1])
    _HISTORIES = ("low", "large", "sparse")
    _COLORS: ClassVar = dict(zip(_HISTORIES, (style.BLUE, style.ORANGE, style.GREEN), strict=True))
    _DASHES: ClassVar = dict(zip(_HISTORIES, style.DASHES, strict=False))

    def background(self, axes, values):
        if values["history"] == "large":
            axes[0].set_ylim(0, 13)
        axes[1].set_yscale("log")

    @classmethod
    @lru_cache(maxsize=16)
    def _run(cls, lr, memory):
        """Roots of the squares and weights (200, 3) after each step."""
        w, squares, roots, path = np.zeros(3), np.zeros(3), [], []
        rule = ops.adagrad if memory == "summed (Adagrad)" else ops.rmsprop
        for g in cls._GRADIENTS:
            w, squares = rule(w, g, squares, lr)
            roots.append(np.sqrt(squares))
            path.append(w)
        return np.array(roots), np.array(path)

    def state(self, history, lr, step, memory):
        roots, path = self._run(lr, memory)
        rates, chosen = lr / roots, self._HISTORIES.index(history)
        return {
            "history": history,
            "lr": lr,
            "memory": memory,
            "chosen": chosen,
            "step": step,
            "gradients": self._GRADIENTS[:, chosen],
            "rates": rates,
            "rate": float(rates[step - 1, chosen]),
            "weights": path[step - 1],
        }

    def layers(self, state):
        step, color = state["step"], self._COLORS[state["history"]]
        seen = self._STEPS[:step]
        curves = [
            Line(
                1,
                seen,
                state["rates"][:step, k],
                color=self._COLORS[name],
                dash=self._DASHES[name],
                width=3.2 if name == state["history"] else 1.8,
                label=f"rate of the weight with {name} gradients",
                key=name,
            )
            for k, name in enumerate(self._HISTORIES)
        ]
        top = self.panels[1][4][1]
        return [
            Points(
                0,
                seen,
                state["gradients"][:step],
                color=color,
                size=5,
                edge=color,
                label="gradient",
                key=state["history"],
            ),
            *curves,
            Line(1, [0, 201], [state["lr"]] * 2, color=style.GREY, width=1.2, dash="dashed", label="lr"),
            Points(1, step, state["rate"], color=color, size=11, label="effective rate", key=state["history"]),
            Text(
                1,
                [190] * 3,
                top / np.array([1.9, 6.0, 19.0]),
                ["— low: g = 1", "- - large: g = 10", "··· sparse: every tenth 1"],
                size=12,
                ha="right",
                box=True,
            ),
        ]

    def caption(self, state):
        share = state["rate"] / state["lr"]
        history = {
            "low": "every gradient 1",
            "large": "every gradient 10",
            "sparse": "a gradient of 1 every tenth step",
        }
        name = "Adagrad" if state["memory"] == "summed (Adagrad)" else "RMSprop"
        rate = term(f"effective rate {short(state['rate'])}", state["history"])
        text = (
            f"{name}, {history[state['history']]}, step {state['step']}: {rate}, which is {short(share)} of "
            f"lr = {short(state['lr'])}. The weights have gone "
            + ", ".join(
                f"{term(short(-w), each)} ({each})" for each, w in zip(self._HISTORIES, state["weights"], strict=True)
            )
        )
        return f"{text}: a factor 10 in the gradient cancels."

    def code(self):
        at = self.values
        rule = "adagrad" if at["memory"] == "summed (Adagrad)" else "rmsprop"
        return "\n".join(
            [
                "import numpy as np",
                "from course_lib import ops",
                "",
                "histories = np.column_stack([np.ones(200), np.full(200, 10.0), np.arange(200) % 10 == 0])",
                "weights, squares = np.zeros(3), np.zeros(3)",
                f"for g in histories[:{at['step']}]:",
                f"    weights, squares = ops.{rule}(weights, g, squares, {at['lr']})",
                f"rate = {at['lr']} / np.sqrt(squares[{self._HISTORIES.index(at['history'])}])",
                "print(rate, weights)",
            ]
        )


class AdamAnatomy(Demo):
    """A step of Adam taken apart."""

    title = "Adam's step, taken apart"
    alt = (
        "First: the gradients of one weight and Adam's two averages, in units of the scale. Second: the length of "
        "Adam's step in units of the learning rate; corrected and with a constant gradient it is 1 from the first "
        "step on. Third: the numbers of the step shown."
    )
    controls = (
        Slider("scale", "Scale of gradients", -9.0, 3.0, 0.25, 1.0, log=True),
        Menu("correction", "Correction", ("on", "off", "1 − β at every step"), "on"),
        Slider("step", "Step shown", 1, 300, 1, 12, play=True),
        Slider("beta1", "β₁, of gradients", 0.0, 0.99, 0.01, 0.9, more=True),
        Slider("beta2", "β₂, of squares", 0.9, 0.999, 0.001, 0.999, more=True),
        Slider("eps", "ε", -10.0, 0.0, 0.5, 1e-8, log=True, more=True),
        Menu("gradients", "Gradients", ("constant", "noisy", "alternating", "one outlier"), "constant", more=True),
    )
    presets = {
        "Loss times 1000": {"scale": 1000.0},
        "No correction": {"correction": "off"},
        "1 − β at every step": {"correction": "1 − β at every step", "step": 300},
        "Noisy gradients": {"gradients": "noisy", "step": 300},
        "One outlier": {"gradients": "one outlier", "step": 60},
        "As small as ε": {"scale": 1e-8},
    }
    panels = (
        ("Averages, per scale", "step t", "divided by the scale", (0.9, 330), (-2.5, 4.5)),
        ("Length of the step", "step t", "step / lr", (0.9, 330), (-2, 8)),
        ("The step shown", "", "", (0, 1), (0, 1)),
    )
    widths = (1.0, 1.0, 0.85)
    size = (860, 340)
    handles = (Handle(1, "step shown", x="step", at=lambda s: (s["step"], s["length"])),)
    _STEPS = np.arange(1, 301)
    _DRAWS = np.random.default_rng(0).standard_normal(300)
    _GRADIENTS: ClassVar = {
        "constant": np.ones(300),
        "noisy": 0.3 + _DRAWS,
        "alternating": np.where(_STEPS % 2, 1.0, -1.0),
        "one outlier": np.where(_STEPS == 40, 20.0, 1.0),
    }
    #: the same in the notebook
    _CODE: ClassVar = {
        "constant": "np.ones(300)",
        "noisy": "(0.3 + np.random.default_rng(0).standard_normal(300))",
        "alternating": "np.where(np.arange(300) % 2, -1.0, 1.0)",
        "one outlier": "np.where(np.arange(300) == 39, 20.0, 1.0)",
    }

    def background(self, axes, values):
        for ax in axes[:2]:
            ax.axhline(0, color=style.DARK, linewidth=0.8)
            ax.set_xscale("log")  # the first steps are the question
        axes[1].axhline(1, color=style.DARK, linewidth=1, linestyle="dotted")
        axes[2].axis("off")

    def state(self, scale, correction, step, beta1, beta2, eps, gradients):
        g = scale * self._GRADIENTS[gradients]
        m, v = ops.moving_average(g, beta1), ops.moving_average(g**2, beta2)
        if correction == "on":
            m_hat, v_hat = ops.moving_average(g, beta1, correct=True), ops.moving_average(g**2, beta2, correct=True)
        else:
            m_hat, v_hat = (m, v) if correction == "off" else (m / (1 - beta1), v / (1 - beta2))
        lengths = m_hat / (np.sqrt(v_hat) + eps)
        return {
            "step": step,
            "g": g,
            "m": m,
            "v": v,
            "m_hat": m_hat,
            "v_hat": v_hat,
            "lengths": lengths,
            "length": float(lengths[step - 1]),
            "scale": scale,
            "correction": correction,
            "gradients": gradients,
        }

    def layers(self, state):
        step, scale = state["step"], state["scale"]
        seen, now = self._STEPS[:step], step - 1
        averages = [("m", style.BLUE, "solid", state["m_hat"]), ("v", style.ORANGE, "dashed", np.sqrt(state["v_hat"]))]
        numbers = [
            ("g", state["g"][now], style.DARK, "g"),
            ("m", state["m"][now], style.BLUE, "m"),
            ("v", state["v"][now], style.ORANGE, "v"),
            ("m̂", state["m_hat"][now], style.BLUE, "m"),
            ("√v̂", np.sqrt(state["v_hat"][now]), style.ORANGE, "v"),
        ]
        at = 0.97 - 0.125 * np.arange(8)
        g = state["g"][:step] / scale
        return [
            Points(0, seen, g, color=style.GREY, size=5, edge=style.GREY, label="gradient", key="g"),
            *(
                Line(0, self._STEPS, values / scale, color=color, width=1.2, alpha=0.4)
                for _, color, _, values in averages
            ),
            *(
                Line(
                    0,
                    seen,
                    values[:step] / scale,
                    color=color,
                    dash=dash,
                    width=2.6,
                    key=name,
                    label="average of gradients" if name == "m" else "root of the average square",
                )
                for name, color, dash, values in averages
            ),
            Line(1, self._STEPS, state["lengths"], color=style.PURPLE, width=1.2, alpha=0.4),
            *([Text(0, 36, 4.1, "g = 20 ↑", size=12, ha="right")] if np.max(g) > 4.5 else []),
            Text(0, [300, 300], [-1.5, -2.1], ["— m̂: direction", "- - √v̂: length"], size=12, ha="right", box=True),
            Line(
                1,
                seen,
                state["lengths"][:step],
                color=style.PURPLE,
                width=2.6,
                label="step of Adam / lr",
                key="length",
                ghost=True,
            ),
            Points(1, step, state["length"], color=style.PURPLE, size=11, label="step / lr", key="length"),
            Text(
                2,
                np.zeros(5),
                at[1:6],
                [name for name, *_ in numbers],
                color=style.DARK,
                size=13,
                ha="left",
                key=[key for *_, key in numbers],
            ),
            Text(
                2,
                np.full(5, 0.2),
                at[1:6],
                [f"= {short(number)}" for _, number, *_ in numbers],
                size=13,
                ha="left",
                key=[key for *_, key in numbers],
            ),
            Text(2, 0, at[0], f"t = {step}", size=14, ha="left", bold=True),
            Text(2, 0, at[6], f"Adam: step {short(state['length'])} · lr", size=13, ha="left", bold=True, key="length"),
            Text(2, 0, at[7], f"descent: {short(state['g'][now])} · lr", size=13, ha="left", key="g"),
        ]

    def caption(self, state):
        lengths, step = state["lengths"], state["step"]
        size = np.abs(lengths)
        long = int(np.argmax(np.round(size, 6)))  # of equal ones the first
        now = term(f"Adam's step is {short(lengths[step - 1])} lr", "length")
        how = {"on": "corrected", "off": "not corrected"}.get(state["correction"], state["correction"])
        series = (
            "One outlier among gradients"
            if state["gradients"] == "one outlier"
            else (f"{state['gradients'].capitalize()} gradients")
        )
        text = (
            f"{series} of scale {short(state['scale'])}, {how}, step {step}: {now}, "
            f"{term('that of descent ' + short(state['g'][step - 1]) + ' lr', 'g')}."
        )
        return f"{text} Adam's first is {short(lengths[0])} lr, its longest {short(size[long])} lr at step {long + 1}."

    def code(self):
        at = self.values
        start = [
            "import numpy as np",
            "from course_lib import ops",
            "",
            f"g = {at['scale']} * {self._CODE[at['gradients']]}",
        ]
        if at["correction"] == "on":
            return "\n".join(
                [
                    *start,
                    "w, m_now, v_now, lengths = np.zeros(1), np.zeros(1), np.zeros(1), []",
                    "for t in range(1, 301):",
                    "    before = w",
                    f"    w, m_now, v_now = ops.adam(np.zeros(1), g[t - 1 : t], m_now, v_now, t, 1.0, {at['beta1']}, "
                    f"{at['beta2']}, {at['eps']})",
                    "    lengths.append(-w[0])",
                    f"length = lengths[{at['step']} - 1]",
                    "print(length)",
                ]
            )
        divide = "" if at["correction"] == "off" else " / (1 - {})"
        return "\n".join(
            [
                *start,
                f"m_hat = ops.moving_average(g, {at['beta1']}){divide.format(at['beta1'])}",
                f"v_hat = ops.moving_average(g**2, {at['beta2']}){divide.format(at['beta2'])}",
                f"lengths = m_hat / (np.sqrt(v_hat) + {at['eps']})",
                f"length = lengths[{at['step']} - 1]",
                "print(length)",
            ]
        )


class RpropStream(Demo):
    """Eight gradients of one weight, by sign and by size."""

    title = "Rprop: only the signs count"
    alt = (
        "First: eight gradients as bars, six small negative ones and two large positive ones. Second: Rprop's step "
        "size, which grows while the sign stays and halves when it changes. Third: the weight, which Rprop carries "
        "far up and plain descent slightly down."
    )
    controls = (
        Slider("eta_plus", "η₊, same sign", 1.0, 1.3, 0.05, 1.2),
        Slider("eta_minus", "η₋, sign changed", 0.1, 0.9, 0.05, 0.5),
        *(
            Slider(f"g{k}", f"Gradient {k}", -1.0, 1.0, 0.01, value, more=True)
            for k, value in enumerate((-0.4, -0.3, -0.25, -0.2, -0.14, -0.1, 0.7, 0.9), 1)
        ),
    )
    presets = {
        "Six against two": {},
        "All as small": {**{f"g{k}": -0.01 for k in range(1, 7)}, "g7": 0.01, "g8": 0.01},
        "Zigzag": {f"g{k}": 0.5 if k % 2 else -0.5 for k in range(1, 9)},
        "Seven of 0.1, one of −0.7": {**{f"g{k}": 0.1 for k in range(1, 8)}, "g8": -0.7},
    }
    panels = (
        ("Gradients (drag them)", "step", "gradient g", (0.3, 8.7), (-1.4, 1.4)),
        ("Step size of Rprop", "step", "Δ", (0.3, 8.7), (5e-3, 20)),
        ("The weight", "step", "x", (-0.3, 8.7), (-25, 25)),
    )
    widths = (2.2, 1.0, 1.1)  # eight numbers stand side by side in the first
    size = (860, 330)
    handles = tuple(
        Handle(0, f"gradient {k}", y=f"g{k}", at=lambda s, k=k: (k, s["gradients"][k - 1])) for k in range(1, 9)
    )
    _STEPS = np.arange(1, 9)

    def background(self, axes, values):
        for ax in (axes[0], axes[2]):
            ax.axhline(0, color=style.DARK, linewidth=0.8)
        axes[1].set_yscale("log")
        for ax in axes:
            ax.set_xticks(self._STEPS)
        axes[0].set_yticks([-1, -0.5, 0, 0.5, 1])

    def state(self, eta_plus, eta_minus, **bars):
        g = np.array([bars[f"g{k}"] for k in range(1, 9)])
        x, g_old, delta, sizes, path = np.zeros(1), np.zeros(1), np.zeros(1), [], [0.0]
        descent = [np.zeros(1)]
        for k in range(8):
            x, g_old, delta = ops.rprop(x, g[k : k + 1], g_old, delta, 1.0, eta_minus, eta_plus)
            sizes.append(delta[0])
            path.append(x[0])
            descent.append(ops.sgd(descent[-1], g[k : k + 1], 1.0))
        return {
            "gradients": g,
            "sizes": np.array(sizes),
            "path": np.array(path),
            "descent": np.concatenate(descent),
            "end": float(path[-1]),
            "descent_end": float(descent[-1][0]),
        }

    def layers(self, state):
        g, steps = state["gradients"], self._STEPS
        from_zero = np.arange(9)
        away = np.where(steps % 2, 0.29, 0.13)  # neighbors at two heights: on a narrow page they would touch
        return [
            Bars(0, steps, g, color=[style.BLUE if each >= 0 else style.ORANGE for each in g], width=0.7),
            Text(0, steps, g + np.where(g >= 0, 1, -1) * away, [fixed(each) for each in g], size=10),
            Line(1, steps, state["sizes"], color=style.GREEN, width=1.4, key="sizes"),
            Points(
                1,
                steps,
                state["sizes"],
                color=style.GREEN,
                size=9,
                key="sizes",
                label=[f"Δ of step {k}" for k in steps],
            ),
            Line(
                2,
                from_zero,
                state["descent"],
                color=style.GREY,
                dash="dashed",
                label="descent, rate 1",
                key="descent",
                ghost=True,
            ),
            Line(2, from_zero, state["path"], color=style.GREEN, width=2.6, label="Rprop", key="path", ghost=True),
            Points(2, 8, state["end"], color=style.GREEN, size=10, label="Rprop", key="path"),
            Points(2, 8, state["descent_end"], color=style.GREY, marker="s", size=9, label="descent", key="descent"),
            Text(2, [0, 0], [22.5, 18.5], ["— Rprop", "- - descent, rate 1"], size=12, ha="left", box=True),
        ]

    def caption(self, state):
        g, sizes = state["gradients"], state["sizes"]
        turned = int(np.sum(g[1:] * g[:-1] < 0))
        changes = "no change of sign" if not turned else f"{turned} change{'s' * (turned > 1)} of sign"
        end = term(f"Rprop carries the weight to {fixed(state['end'])}", "path")
        descent = term(f"descent with rate 1 to {fixed(state['descent_end'])}", "descent")
        text = (
            f"Gradients with the sum {fixed(g.sum())} and {changes}: {end}, {descent}. "
            f"{term(f'The last step size is {short(sizes[-1])}', 'sizes')}."
        )
        if abs(state["descent_end"]) < 0.005 < abs(state["end"]):
            return f"{text} The gradients cancel; their signs do not."
        return text

    def code(self):
        at, g = self.values, ", ".join(f"{each:g}" for each in self.current["gradients"])
        return "\n".join(
            [
                "import numpy as np",
                "from course_lib import ops",
                "",
                f"gradients = np.array([{g}])",
                "x, g_old, delta, sizes = np.zeros(1), np.zeros(1), np.zeros(1), []",
                "for g in gradients[:, None]:",
                f"    x, g_old, delta = ops.rprop(x, g, g_old, delta, 1.0, {at['eta_minus']}, {at['eta_plus']})",
                "    sizes.append(delta[0])",
                "end, descent_end = x[0], -gradients.sum()",
                "print(sizes, end, descent_end)",
            ]
        )
