"""Live figures of chapter 04: activations, softmax and losses of a single unit."""

from functools import cache
from typing import ClassVar

import numpy as np

from course_lib import ops
from course_lib.viz import style
from course_lib.viz.live import Bars, Demo, Image, Line, Menu, Points, Slider, Text
from course_lib.viz.numbers import fixed, short, signed


def _sign_colors(values) -> list[str]:
    return [style.BLUE if value >= 0 else style.ORANGE for value in np.ravel(values)]


class ActivationExplorer(Demo):
    """An activation function, its slope, and where the slope vanishes."""

    title = "Activation functions and their slopes"
    alt = ("Left: the chosen activation function with its tangent at the input. Right: its slope. Grey bands mark the "
           "inputs whose slope is below 0.05.")
    controls = (
        Menu("activation", "Activation g",
             ("sigmoid", "tanh", "relu", "leaky_relu", "elu", "selu", "gelu", "identity", "step"), "sigmoid"),
        Slider("a", "Leak or alpha (leaky ReLU, ELU)", 0.0, 1.0, 0.01, 0.1),
        Slider("z", "Input z", -6.0, 6.0, 0.1, 2.0),
    )
    presets = {
        "Sigmoid at its steepest": {"z": 0.0},
        "Sigmoid, saturated": {"z": 5.0},
        "tanh": {"activation": "tanh", "z": 0.0},
        "ReLU, dead side": {"activation": "relu", "z": -2.0},
        "Leaky ReLU 0.01": {"activation": "leaky_relu", "a": 0.01, "z": -2.0},
        "ELU, alpha 1": {"activation": "elu", "a": 1.0, "z": -2.0},
        "GELU": {"activation": "gelu", "z": -1.0},
    }
    panels = (
        ("Output", "z", "g(z)", (-6, 6), (-0.25, 1.25)),
        ("Slope: what passes backward", "z", "g'(z)", (-6, 6), (-0.25, 1.25)),
    )
    size = (780, 350)
    background_depends = ("activation",)
    #: limits of the output's panel
    _YLIM: ClassVar = {"sigmoid": (-0.25, 1.25), "tanh": (-1.25, 1.25), "step": (-0.25, 1.25)}
    _Z = np.linspace(-6, 6, 1201)
    _FLAT = 0.05

    def background(self, axes, values):
        name = values["activation"]
        axes[0].set_ylim(self._YLIM.get(name, (-2.2, 6.2)))
        axes[0].set_title(f"Output of {name}")
        axes[1].set_ylim(*self._slope_limits(name))
        for ax in axes:
            ax.axhline(0, color=style.DARK, linewidth=0.8)

    @staticmethod
    def _slope_limits(name):
        return (-0.35, 1.95) if name == "selu" else (-0.25, 1.25)

    @staticmethod
    def _curves(name, z, a):
        """g and g' at z; the leak or alpha where the function has one."""
        if name in ("leaky_relu", "elu"):
            forward, backward = getattr(ops, name), getattr(ops, f"{name}_backward")
            return forward(z, a=a), backward(np.ones_like(z), z, a=a)
        activation = ops.ACTIVATIONS[name]
        return activation.forward(z), activation.derivative(z)

    def state(self, activation, a, z):
        g, slope = self._curves(activation, self._Z, a)
        here, slope_here = self._curves(activation, np.array([z]), a)
        flat = np.abs(slope) < self._FLAT
        edges = np.flatnonzero(np.diff(np.concatenate([[False], flat, [False]]).astype(int)))
        zones = self._Z[np.minimum(edges, len(self._Z) - 1)].reshape(-1, 2)
        return {"activation": activation, "z": z, "g": g, "slope": slope, "here": float(here[0]), "a": a,
                "slope_here": float(slope_here[0]), "zones": zones, "largest": float(slope.max())}

    def layers(self, state):
        z, here, slope = state["z"], state["here"], state["slope_here"]
        low, high = self._YLIM.get(state["activation"], (-2.2, 6.2))
        left, right = state["zones"].T
        wide = np.maximum(right - left, 0)
        layers = []
        slope_low, slope_high = self._slope_limits(state["activation"])
        for panel, bottom, top in ((0, low, high), (1, slope_low, slope_high)):
            layers += [Bars(panel, [middle], [top], color=style.GREY, width=width, base=bottom, alpha=0.22)
                       for middle, width in zip((left + right) / 2, wide, strict=True)]
        name = state["activation"]
        curve, derivative = state["g"], state["slope"]
        if name == "step":  # the jump is not part of the curve
            curve = np.where(np.abs(self._Z) < 0.005, np.nan, curve)
        tangent = np.array([z - 1.5, z + 1.5])
        return [
            *layers,
            Line(0, self._Z, curve, width=2.6),
            Line(0, tangent, here + slope * (tangent - z), color=style.ORANGE, dash="dashed"),
            Points(0, z, here, color=style.GREEN, marker="D", size=12, edge=style.DARK),
            Line(1, self._Z, derivative, width=2.6),
            Line(1, [z, z], [slope_low, slope], color=style.GREEN, width=1.2, dash="dashed"),
            Points(1, z, slope, color=style.GREEN, marker="D", size=12, edge=style.DARK),
            Text(1, -5.7, slope_low + 0.93 * (slope_high - slope_low), "grey: slope below 0.05", ha="left", size=12,
                 box=True),
        ]

    def caption(self, state):
        text = self._say(state)
        if state["activation"] in ("leaky_relu", "elu"):
            return text
        return f"{text} (The leak {short(state['a'])} acts on leaky ReLU and ELU only.)"

    @staticmethod
    def _say(state):
        name, z = state["activation"], state["z"]
        text = (f"{name}({fixed(z, 1)}) = {fixed(state['here'], 3)}, slope {fixed(state['slope_here'], 3)}; "
                f"largest slope shown {fixed(state['largest'], 2)}.")
        if name == "step":
            return f"{text} The slope is 0 on both sides: no gradient passes."
        if name == "relu":
            return f"{text} The slope is 0 for every z ≤ 0: a unit that is there for all samples never learns again."
        if name == "leaky_relu" and state["a"] > 0:
            return f"{text} The slope {short(state['a'])} on the left lets a silent unit come back."
        if name == "sigmoid":
            return f"{text} The slope is s(1 − s), at most 1/4: each sigmoid shrinks a gradient to a quarter or less."
        if name == "tanh":
            return f"{text} The slope 1 − t² reaches 1 at z = 0, four times that of the sigmoid."
        return text


class SoftmaxExplorer(Demo):
    """Scores, probabilities and the Jacobian of softmax."""

    title = "Softmax: scores become probabilities"
    alt = ("Left: bars of three scores. Middle: bars of their softmax probabilities. Right: the Jacobian as a three by "
           "three table, blue positive on the diagonal, orange negative beside it.")
    controls = (
        Slider("z1", "Score z₁", -10.0, 10.0, 0.01, -0.71),
        Slider("z2", "Score z₂", -10.0, 10.0, 0.01, 0.7),
        Slider("z3", "Score z₃", -10.0, 10.0, 0.01, 0.44),
        Slider("temperature", "Temperature T", -1.0, 1.0, 0.05, 1.0, log=True),
    )
    presets = {
        "(−0.71, 0.7, 0.44)": {},
        "(5, 3, 9)": {"z1": 5.0, "z2": 3.0, "z3": 9.0},
        "All equal": {"z1": 1.0, "z2": 1.0, "z3": 1.0},
        "Hot: T = 10": {"temperature": 10.0},
        "Cold: T = 0.1": {"temperature": 0.1},
    }
    panels = (
        ("Scores: any numbers", "class", "z", (0.4, 3.6), (-11.5, 11.5)),
        ("Probabilities add up to 1", "class", "softmax(z / T)", (0.4, 3.6), (0, 1.12)),
        ("Jacobian: rows add up to 0", "score", "probability", (0.5, 3.5), (0.5, 3.5)),
    )
    widths = (1.0, 1.0, 1.1)
    size = (800, 340)
    _CLASSES = np.array([1, 2, 3])

    def background(self, axes, values):
        axes[0].axhline(0, color=style.DARK, linewidth=0.8)
        for ax in axes:
            ax.set_xticks([1, 2, 3])
        axes[2].set_yticks([1, 2, 3], ["$s_3$", "$s_2$", "$s_1$"])
        axes[2].set_xticks([1, 2, 3], ["$z_1$", "$z_2$", "$z_3$"])
        axes[2].grid(visible=False)

    def state(self, z1, z2, z3, temperature):
        z = np.array([z1, z2, z3])
        p = ops.softmax(z / temperature)
        total = float(z.sum())
        share = ops.linear_share(z) if abs(total) > 1e-9 else None
        return {"z": z, "p": p, "temperature": temperature, "jacobian": ops.softmax_jacobian(p) / temperature,
                "share": share}

    def layers(self, state):
        z, p, J = state["z"], state["p"], state["jacobian"]
        columns, rows = np.meshgrid(self._CLASSES, self._CLASSES[::-1])
        strength = max(0.25, float(np.abs(J).max()))
        return [
            Bars(0, self._CLASSES, z, color=_sign_colors(z), width=0.6),
            Text(0, self._CLASSES, z + np.where(z >= 0, 0.9, -0.9), [fixed(value) for value in z], size=12),
            Bars(1, self._CLASSES, p, width=0.6),
            Text(1, self._CLASSES, p + 0.05, [fixed(value, 4) for value in p], size=12),
            Image(2, J[::-1], -strength, strength, "signed", extent=(0.5, 3.5, 0.5, 3.5), smooth=False),
            Text(2, columns.ravel(), rows.ravel(), [signed(value, 3) for value in J.ravel()], size=13, box=True),
        ]

    def caption(self, state):
        p, J, share = state["p"], state["jacobian"], state["share"]
        winner = int(p.argmax())
        text = (f"Class {winner + 1} has probability {fixed(p[winner], 3)}. Largest sum of a Jacobian row: "
                f"{short(np.abs(J.sum(axis=1)).max(), 1)}, since the probabilities always share 1.")
        if share is None:
            return f"{text} The plain shares z / Σz do not exist here: Σz = 0."
        shares = ", ".join(fixed(value, 3) for value in share)
        verdict = "no probabilities: some are negative" if (share < 0).any() else "what plain division would give"
        return f"{text} Plain shares z / Σz: {shares}, {verdict}."


@cache
def _loss_curves(p_bytes: bytes) -> dict:
    """name -> (loss, slope towards the score) for one sample of class 1 whose sigmoid output is p."""
    p = np.frombuffer(p_bytes)
    z, slope = np.log(p / (1 - p)), p * (1 - p)
    ones, rows = np.ones_like(p), len(p)
    both, truth = np.column_stack([p, 1 - p]), np.column_stack([ones, 0 * ones])
    cross_entropy = [ops.bce_from_logits(z[k : k + 1], ones[:1]) for k in range(rows)]
    _, d_hellinger = ops.hellinger_loss(both, truth)
    hellinger = [ops.hellinger_loss(both[k : k + 1], truth[:1])[0] for k in range(rows)]
    return {
        "cross-entropy": (np.array([loss for loss, _ in cross_entropy]),
                          np.array([float(g[0]) for _, g in cross_entropy])),
        "squared error": ((p - 1) ** 2, rows * ops.mse(p, ones)[1] * slope),
        "absolute error": (1 - p, rows * ops.mae(p, ones)[1] * slope),
        "Hellinger": (np.array(hellinger), rows * (d_hellinger[:, 0] - d_hellinger[:, 1]) * slope),
    }


class LossesCompared(Demo):
    """Four losses behind a sigmoid, and the slope that reaches the score."""

    title = "Which loss still pushes when the net is wrong?"
    alt = ("Left: four losses against the probability of the true class. Right: the slope of each loss towards the "
           "score before the sigmoid. Near probability 0 only cross-entropy keeps a slope of minus 1.")
    controls = (
        Slider("p", "Probability of the true class", 0.001, 0.999, 0.001, 0.05),
        Menu("loss", "Loss", ("cross-entropy", "squared error", "absolute error", "Hellinger"), "cross-entropy"),
    )
    presets = {
        "Very wrong, squared error": {"p": 0.001, "loss": "squared error"},
        "Very wrong, cross-entropy": {"p": 0.001},
        "Undecided": {"p": 0.5},
        "Nearly right": {"p": 0.95},
    }
    panels = (
        ("Being wrong is expensive", "probability p of the true class", "loss", (0, 1), (0, 5)),
        ("Only cross-entropy keeps its slope at p = 0", "probability p of the true class", "dL/dz",
         (0, 1), (-1.1, 0.1)),
    )
    size = (780, 350)
    _P = np.linspace(0.001, 0.999, 400)
    _LOOK: ClassVar = {"cross-entropy": (style.BLUE, "solid"), "squared error": (style.ORANGE, "dashed"),
                       "absolute error": (style.GREEN, "dashdot"), "Hellinger": (style.PURPLE, "dotted")}

    def state(self, p, loss):
        here = _loss_curves(np.array([p]).tobytes())
        return {"p": p, "loss": loss, "curves": _loss_curves(self._P.tobytes()),
                "here": {name: (float(value[0]), float(slope[0])) for name, (value, slope) in here.items()}}

    def layers(self, state):
        layers = []
        for name, (values, slopes) in state["curves"].items():
            color, dash = self._LOOK[name]
            chosen = name == state["loss"]
            width, alpha = (3.2, 1.0) if chosen else (1.6, 0.75)
            layers += [Line(0, self._P, values, color, width, dash, alpha), Line(1, self._P, slopes, color, width, dash,
                                                                                alpha)]
        loss, slope = state["here"][state["loss"]]
        color = self._LOOK[state["loss"]][0]
        layers += [Points(0, state["p"], min(loss, 5), color=color, marker="D", size=12, edge=style.DARK),
                   Points(1, state["p"], slope, color=color, marker="D", size=12, edge=style.DARK)]
        for k, (name, (color, _)) in enumerate(self._LOOK.items()):
            y = 4.6 - 0.42 * k
            layers += [Line(0, [0.42, 0.52], [y, y], color, 2.4, self._LOOK[name][1]),
                       Text(0, 0.55, y, name, size=12, ha="left", bold=name == state["loss"])]
        return layers

    def caption(self, state):
        here, p = state["here"], state["p"]
        loss, slope = here[state["loss"]]
        text = f"p = {short(p)}: {state['loss']} = {short(loss)}, slope towards the score {short(slope)}."
        ce, mse = here["cross-entropy"][1], here["squared error"][1]
        return (f"{text} Cross-entropy pushes with p − 1 = {short(ce)}, squared error with 2(p − 1)p(1 − p) = "
                f"{short(mse)}, {short(ce / mse)} times less.")
