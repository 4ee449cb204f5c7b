"""Live figures of the perceptron's learning rule: its steps, and margin against corrections."""

from functools import lru_cache

import numpy as np

from course_lib import datasets, ops
from course_lib.chapters.ch03_perceptron.demos.plane import SQUARE, boundary, classes, half_plane
from course_lib.viz import style
from course_lib.viz.live import Demo, Handle, Line, Menu, Points, Slider, Text, legs, term
from course_lib.viz.numbers import fixed, short


class PerceptronSteps(Demo):
    """The learning rule, sample after sample."""

    title = "The perceptron learns, one sample at a time"
    alt = ("First: the four inputs of a gate, the line after the chosen step and, dashed, the line before it; a ring "
           "marks the sample just shown. Second: bias and weights after every step.")
    controls = (
        Slider("step", "Samples shown", 0, 60, 1, 10, play=True),
        Menu("gate", "Gate", ("AND", "OR", "NAND", "XOR"), "AND"),
        Slider("lr", "Learning rate", 0.1, 1.0, 0.1, 1.0),
        Menu("order", "Order of samples", ("as listed", "reversed", "shuffled"), "as listed", more=True),
        Slider("start", "Start (0: all zero)", 0, 20, 1, 0, more=True),
    )
    presets = {
        "AND learned": {"step": 24},
        "OR learned": {"gate": "OR", "step": 16},
        "NAND learned": {"gate": "NAND", "step": 24},
        "XOR never ends": {"gate": "XOR", "step": 60},
        "Rounding at 0.1": {"step": 60, "lr": 0.1},
    }
    panels = (
        ("Line after this step", "$x_1$", "$x_2$", SQUARE, SQUARE),
        ("Weights move only at mistakes", "samples shown", "weight", (0, 60), (-3.8, 4.4)),
    )
    widths = (1.0, 1.25)
    size = (780, 360)
    handles = (Handle(1, "samples shown", x="step", at=lambda s: (s["step"], s["b"])),)
    knobs = ("lr",)
    _EPOCHS = 15

    def background(self, axes, values):
        axes[0].set_xticks([0, 1])
        axes[0].set_yticks([0, 1])
        axes[1].set_xticks(range(0, 61, 12))

    def _rows(self, order, start):
        rows = np.tile(np.arange(4)[:: -1 if order == "reversed" else 1], (self._EPOCHS, 1))
        return np.random.default_rng(start).permuted(rows, axis=1) if order == "shuffled" else rows

    def state(self, step, gate, lr, order, start, turns=()):
        X, y = datasets.gate(gate)
        rng = np.random.default_rng(start)
        w, b = (rng.uniform(-1, 1, 2), float(rng.uniform(-1, 1))) if start else (np.zeros(2), 0.0)
        shown = self._rows(order, start).ravel()
        pieces = legs(len(shown), {"lr": lr}, turns)
        rates = np.concatenate([np.full(last - first, knobs["lr"]) for first, last, knobs in pieces])
        path, errors = np.zeros((len(shown) + 1, 3)), np.zeros(len(shown), int)
        path[0] = b, *w
        for k, i in enumerate(shown):
            errors[k] = y[i] - (w @ X[i] + b >= 0)
            w, b = w + rates[k] * errors[k] * X[i], b + rates[k] * errors[k]
            path[k + 1] = b, *w
        mistakes = np.abs(errors).reshape(-1, 4).sum(axis=1)
        state = {"X": X, "y": y, "gate": gate, "step": step, "path": path, "w": path[step, 1:], "b": path[step, 0],
                 "mistakes": mistakes, "epoch": int(np.argmin(mistakes)) + 1 if not mistakes.all() else None,
                 "rates": rates, "wrong": int(np.sum(ops.perceptron_predict(X, path[step, 1:], path[step, 0]) != y))}
        return state | {"sample": shown[step - 1], "e": int(errors[step - 1])} if step else state

    def layers(self, state):
        X, y, step, path = state["X"], state["y"], state["step"], state["path"]
        layers = half_plane(0, state["w"], state["b"], SQUARE, SQUARE)
        if step and state["e"]:
            before = path[step - 1]
            layers.append(boundary(0, before[1:], before[0], color=style.GREY, dash="dashed", label="line before"))
        layers += classes(0, X, y, size=15)
        if step:
            ring = style.RED if state["e"] else style.DARK
            layers.append(Points(0, *X[state["sample"]], color=ring, filled=False, size=30, key="sample"))
        steps = np.arange(len(path))
        for column, color, dash, name in ((0, style.DARK, "dotted", "b"), (1, style.BLUE, "solid", "w₁"),
                                          (2, style.GREEN, "dashed", "w₂")):
            x, stairs = np.repeat(steps, 2)[1:], np.repeat(path[:, column], 2)[:-1]
            layers += [Line(1, x, stairs, color=color, width=1.2, dash=dash, alpha=0.35),
                       Line(1, x[: 2 * step + 1], stairs[: 2 * step + 1], color=color, width=2.4, dash=dash, label=name,
                            key=name),
                       Points(1, step, path[step, column], color=color, size=8, label=name, key=name),
                       Text(1, [4 + 10 * column], [4.0], name, color=style.for_text(color), size=13, bold=True,
                            ha="right", key=name),
                       Line(1, [4.8 + 10 * column, 9 + 10 * column], [3.95, 3.95], color=color, dash=dash, width=2.4,
                            key=name)]
        layers.append(Line(1, [step, step], [-3.8, 3.5], color=style.GREY, width=1))
        return layers

    def caption(self, state):
        step, e, ended = state["step"], state.get("e", 0), state["epoch"]
        b, w1, w2 = (term(short(round(weight, 3), 6), name)  # without the rounding of 0.1 + 0.2
                     for weight, name in zip((state["b"], *state["w"]), ("b", "w₁", "w₂"), strict=True))
        now = f"b = {b}, w = ({w1}, {w2})"
        if step == 0:
            return f"Start: {now}; {state['wrong']} of 4 answers wrong."
        x1, x2 = state["X"][state["sample"]]
        target = state["y"][state["sample"]]
        text = (f"{term(f'Sample {step}', 'sample')}, epoch {(step - 1) // 4 + 1}: x = ({x1:.0f}, {x2:.0f}), target "
                f"{target}, answer {target - e}, e = {fixed(e, 0)}: "
                f"{'corrected' if e else 'nothing changes'}, {now}. {state['wrong']} of 4 answers wrong.")
        if ended is not None and step >= 4 * ended:
            return f"{text} Epoch {ended} was the first without a mistake: learning has ended."
        if ended is None and step >= 4 * self._EPOCHS:
            return f"{text} Still {state['mistakes'][-1]} mistakes in epoch {self._EPOCHS}."
        return text

    def code(self):
        v, rates = self.values, self.current["rates"]
        start = "w, b = np.zeros(2), 0.0" if not v["start"] else (
            f"rng = np.random.default_rng({v['start']})\nw, b = rng.uniform(-1, 1, 2), rng.uniform(-1, 1)")
        rows = {"as listed": "np.tile([0, 1, 2, 3], 15)", "reversed": "np.tile([3, 2, 1, 0], 15)"}.get(v["order"]) or (
            f"np.random.default_rng({v['start']}).permuted(np.tile(np.arange(4), (15, 1)), axis=1).ravel()")
        turns = np.flatnonzero(np.diff(rates)) + 1
        counts = np.diff([0, *turns, len(rates)])
        rate = (f"lr = np.full(60, {float(rates[0])!r})" if not len(turns) else
                f"lr = np.repeat({rates[[0, *turns]].tolist()}, {counts.tolist()})")
        return ("import numpy as np\n\nfrom course_lib import datasets\n\n"
                f"X, y = datasets.gate({v['gate']!r})\n{start}\norder = {rows}\n{rate}\n"
                f"for k, i in enumerate(order[:{v['step']}]):\n"
                "    e = y[i] - (w @ X[i] + b >= 0)\n"
                "    w, b = w + lr[k] * e * X[i], b + lr[k] * e")


_GAPS = np.logspace(-1.5, 0.3, 25)
#: The clouds lie off the origin, so that the bias must be learned too; the middle of the gap is _W.x + _B = 0.
_SHIFT, _W, _B = np.array([2.0, 1.0]), np.array([1.0, 1.0]), -3.0
_MOST_EPOCHS = 400


def _clouds(gap, seed):
    X, y = datasets.separable_clouds(60, gap, seed)
    return X + _SHIFT, y


@lru_cache(maxsize=2048)
def _run(gap: float, seed: int, start: int) -> tuple:
    """A trained perceptron, and the bound on its corrections."""
    X, y = _clouds(gap, seed)
    rng = np.random.default_rng(start)
    w0, b0 = (3 * rng.standard_normal(2), 3 * rng.standard_normal()) if start else (np.zeros(2), 0.0)
    return ops.perceptron_fit(X, y, epochs=_MOST_EPOCHS, w0=w0, b0=b0), ops.mistake_bound(X, y, _W, _B)


class MarginAndMistakes(Demo):
    """A small margin costs many corrections."""

    title = "Margin and number of corrections"
    alt = ("First: two clouds of points with a gap between them, the gap as a band, and the line the perceptron found. "
           "Second, on logarithmic axes: corrections made and the bound (R/γ)² against the gap.")
    controls = (
        Slider("gap", "Gap between clouds", -1.5, 0.3, 0.02, 0.5, log=True),
        Slider("seed", "Clouds", 0, 30, 1, 1),
        Slider("start", "Start (0: all zero)", 0, 20, 1, 0, more=True),
    )
    presets = {"Wide gap": {"gap": 1.5}, "Middle gap": {"gap": 0.3}, "Narrow gap": {"gap": 0.05}}
    panels = (
        ("Clouds and the line found", "$x_1$", "$x_2$", (-1.5, 5.5), (-2.5, 4.5)),
        ("Small margin, many corrections", "gap", "corrections", (10**-1.5, 10**0.3), (3, 1e6)),
    )
    widths = (1.0, 1.15)
    size = (780, 370)
    handles = (
        Handle(0, "edge of the gap", at=lambda s: tuple(_SHIFT + s["gap"] / 2 / np.sqrt(2)),
               move=lambda s, x, y: {"gap": 2 * abs(x + y + _B) / np.sqrt(2)}),
        Handle(1, "gap", x="gap", at=lambda s: (s["gap"], s["corrections"]), click=True),
    )
    _X, _Y = (-1.5, 5.5), (-2.5, 4.5)

    def background(self, axes, values):
        axes[1].set_xscale("log")
        axes[1].set_yscale("log")

    def state(self, gap, seed, start):
        X, y = _clouds(gap, seed)
        run, bound = _run(gap, seed, start)
        gaps = _GAPS.copy()
        gaps[np.argmin(np.abs(np.log(gaps / gap)))] = gap  # the curve passes through the run that is shown
        runs = [_run(float(other), seed, start) for other in gaps]
        margin = np.min((2 * y - 1) * (X @ _W + _B)) / np.hypot(np.hypot(*_W), _B)  # (3.8), with its leading 1
        return {"X": X, "y": y, "w": run.w, "b": run.b, "epoch": run.converged_epoch, "gap": gap, "start": start,
                "margin": float(margin),
                "corrections": run.corrections, "bound": bound, "gaps": gaps,
                "counts": np.array([other.corrections for other, _ in runs]),
                "bounds": np.array([allowed for _, allowed in runs])}

    def layers(self, state):
        edge = state["gap"] / np.sqrt(2)  # half of the gap, in the score of the middle line
        layers = half_plane(0, state["w"], state["b"], self._X, self._Y)
        layers += [boundary(0, _W, _B + side, color=style.DARK, dash="dashed", width=1.4, key="gap",
                            label="edge of the gap") for side in (edge, -edge)]
        x, gap = state["gaps"], state["gap"]
        return [*layers, *classes(0, state["X"], state["y"], size=8),
                Line(1, [gap, gap], [1, 1e7], color=style.GREY, width=1, key="gap"),
                Line(1, x, state["bounds"], color=style.GREY, dash="dashed", label="bound (R/γ)²", key="bound"),
                Line(1, x, state["counts"], color=style.BLUE, label="corrections made", key="made", ghost=True),
                Points(1, gap, state["corrections"], color=style.RED, marker="D", size=12, label="corrections made",
                       key="made"),
                Points(1, gap, state["bound"], color=style.GREY, marker="s", size=10, label="bound (R/γ)²",
                       key="bound"),
                Text(1, 0.5, 3e4, "bound (R/γ)²", color=style.for_text(style.GREY), ha="left", size=12, box=True,
                     key="bound"),
                Text(1, 0.036, 8, "corrections made", color=style.for_text(style.BLUE), ha="left", size=12, box=True,
                     key="made")]

    def caption(self, state):
        made = term(f"{state['corrections']} corrections", "made")
        text = f"{term('Gap', 'gap')} {short(state['gap'])}, margin γ = {short(state['margin'])}: {made}"
        text += (f" until the error-free epoch {state['epoch']}." if state["epoch"] is not None else
                 f" in {_MOST_EPOCHS} epochs, and mistakes remain.")
        if state["start"]:
            return f"{text} The bound {state['bound']:,.0f} holds for a start at zero, which this is not."
        return f"{text} The theorem allows at most {term('(R/γ)²', 'bound')} = {state['bound']:,.0f}."

    def code(self):
        v, start, given = self.values, "", ""
        if v["start"]:
            start = (f"rng = np.random.default_rng({v['start']})\n"
                     "w0, b0 = 3 * rng.standard_normal(2), 3 * rng.standard_normal()\n")
            given = ", w0=w0, b0=b0"
        return ("import numpy as np\n\nfrom course_lib import datasets, ops\n\n"
                f"X, y = datasets.separable_clouds(60, {v['gap']!r}, {v['seed']})\n"
                f"X = X + np.array([2.0, 1.0])\n{start}"
                f"run = ops.perceptron_fit(X, y, epochs={_MOST_EPOCHS}{given})\n"
                "w, b, corrections = run.w, run.b, run.corrections\n"
                "bound = ops.mistake_bound(X, y, np.array([1.0, 1.0]), -3.0)")
