"""Live figures of chapter 04: activations, softmax and losses of a single unit."""

from functools import cache
from typing import ClassVar

import numpy as np

from course_lib import ops
from course_lib.viz import style
from course_lib.viz.live import Bars, Demo, Handle, Image, Line, Menu, Points, Slider, Text, term
from course_lib.viz.numbers import fixed, short, signed


class ActivationExplorer(Demo):
    """An activation function, its slope, and where the slope vanishes."""

    title = "Activation functions and their slopes"
    alt = ("First: the chosen activation function with its tangent at the input. Second: its slope. Grey bands mark "
           "the inputs whose slope is below 0.05.")
    controls = (
        Menu("activation", "Activation g",
             ("sigmoid", "tanh", "relu", "leaky_relu", "elu", "selu", "gelu", "identity", "step"), "sigmoid"),
        Slider("z", "Input z", -6.0, 6.0, 0.1, 2.0),
        Slider("a", "Leak a of leaky ReLU and ELU", 0.0, 1.0, 0.01, 0.1, more=True),
    )
    presets = {
        "Sigmoid at its steepest": {"z": 0.0},
        "Sigmoid, saturated": {"z": 5.0},
        "tanh": {"activation": "tanh", "z": 0.0},
        "ReLU, dead side": {"activation": "relu", "z": -2.0},
        "Leaky ReLU 0.01": {"activation": "leaky_relu", "a": 0.01, "z": -2.0},
        "ELU, a = 1": {"activation": "elu", "a": 1.0, "z": -2.0},
        "GELU": {"activation": "gelu", "z": -1.0},
    }
    panels = (
        ("Output", "z", "g(z)", (-6, 6), (-0.25, 1.25)),
        ("Slope: what passes backward", "z", "g′(z)", (-6, 6), (-0.25, 1.25)),
    )
    size = (780, 350)
    handles = (
        Handle(0, "input z, on the curve", x="z", at=lambda s: (s["z"], s["value"])),
        Handle(1, "input z, on the slope", x="z", at=lambda s: (s["z"], s["slope"])),
    )
    closed_form = "Activation functions and their slopes"
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

    def state(self, activation, z, a):
        curve, slopes = self._curves(activation, self._Z, a)
        value, slope = (float(each[0]) for each in self._curves(activation, np.array([z]), a))
        flat = np.abs(slopes) < self._FLAT
        edges = np.flatnonzero(np.diff(np.concatenate([[False], flat, [False]]).astype(int)))
        zones = self._Z[np.minimum(edges, len(self._Z) - 1)].reshape(-1, 2)
        return {"activation": activation, "input": z, "leak": a, "curve": curve, "slopes": slopes, "value": value,
                "slope": slope, "zones": zones, "largest": float(slopes.max())}

    def layers(self, state):
        name, z, value, slope = state["activation"], state["input"], state["value"], state["slope"]
        left, right = state["zones"].T
        low, high = self._slope_limits(name)
        layers = [Bars(panel, (left + right) / 2, np.full(len(left), top), color=style.GREY, width=right - left,
                       base=bottom, alpha=0.22)
                  for panel, (bottom, top) in enumerate((self._YLIM.get(name, (-2.2, 6.2)), (low, high)))]
        curve = state["curve"]
        if name == "step":  # the jump is not part of the curve
            curve = np.where(np.abs(self._Z) < 0.005, np.nan, curve)
        tangent = np.array([z - 1.5, z + 1.5])
        return [
            *layers,
            Line(0, self._Z, curve, width=2.6, label=f"{name}(z)"),
            Line(0, tangent, value + slope * (tangent - z), color=style.ORANGE, dash="dashed", label="tangent",
                 key="slope"),
            Points(0, z, value, color=style.GREEN, marker="D", size=12, edge=style.DARK, label="output", key="value"),
            Line(1, self._Z, state["slopes"], width=2.6, label="slope"),
            Line(1, [z, z], [low, slope], color=style.GREEN, width=1.2, dash="dashed"),
            Points(1, z, slope, color=style.GREEN, marker="D", size=12, edge=style.DARK, label="slope", key="slope"),
            Text(1, -5.7, low + 0.93 * (high - low), "grey: slope below 0.05", ha="left", size=12, box=True),
        ]

    def caption(self, state):
        name, leak = state["activation"], short(state["leak"])
        value = term(f"{name}({fixed(state['input'], 1)}) = {fixed(state['value'], 3)}", "value")
        slope = term(f"slope {fixed(state['slope'], 3)}", "slope")
        text = f"{value}, {slope}; largest slope shown {fixed(state['largest'], 2)}."
        if name == "step":
            return f"{text} The slope is 0 on both sides: no gradient passes."
        if name == "relu":
            return f"{text} The slope is 0 for every z ≤ 0: a unit that is there for all samples never learns again."
        if name == "leaky_relu" and state["leak"] > 0:
            return f"{text} The slope {leak} for z < 0 lets a silent unit come back."
        if name == "sigmoid":
            return f"{text} The slope is s(1 − s), at most 1/4: each sigmoid shrinks a gradient to a quarter or less."
        if name == "tanh":
            return f"{text} The slope 1 − t² reaches 1 at z = 0, four times that of the sigmoid."
        return text

    def code(self):
        name, z, a = self.values["activation"], self.values["z"], self.values["a"]
        lines = ["import numpy as np", "from course_lib import ops", "", f"point, z = {z}, np.linspace(-6, 6, 1201)"]
        if name in ("leaky_relu", "elu"):
            g, slope = f"ops.{name}({{}}, a={a})", f"ops.{name}_backward(np.ones_like({{0}}), {{0}}, a={a})"
        else:
            lines.append(f'g = ops.ACTIVATIONS["{name}"]')
            g, slope = "g.forward({})", "g.derivative({})"
        lines += [f"value, slope = {g.format('point')}, {slope.format('point')}",
                  f"curve, slopes = {g.format('z')}, {slope.format('z')}", "print(value, slope, slopes.max())"]
        return "\n".join(lines)


class SoftmaxExplorer(Demo):
    """Scores, probabilities and the Jacobian of softmax."""

    title = "Softmax: scores become probabilities"
    alt = ("First: bars of three scores. Second: bars of their softmax probabilities. Third: the Jacobian as a three "
           "by three table, blue positive on the diagonal, orange negative beside it.")
    controls = (
        Slider("temperature", "Temperature T", -1.0, 1.0, 0.02, 1.0, log=True),
        Menu("added", "Added to every score", ("0", "1", "10", "100"), "0"),
        Slider("z1", "Score z₁", -3.0, 3.0, 0.01, -0.71, more=True),
        Slider("z2", "Score z₂", -3.0, 3.0, 0.01, 0.7, more=True),
        Slider("z3", "Score z₃", -3.0, 3.0, 0.01, 0.44, more=True),
    )
    presets = {
        "(−0.71, 0.7, 0.44)": {},
        "The same, plus 100": {"added": "100"},
        "One far ahead": {"z1": -1.0, "z2": -3.0, "z3": 3.0},
        "All equal": {"z1": 1.0, "z2": 1.0, "z3": 1.0},
        "Hot: T = 10": {"temperature": 10.0},
        "Cold: T = 0.1": {"temperature": 0.1},
    }
    panels = (
        ("Scores: any numbers", "class", "z", (0.4, 3.6), (-3.9, 3.9)),
        ("Probabilities add up to 1", "class", "softmax(z / T)", (0.4, 3.6), (0, 1.12)),
        ("Jacobian: rows add up to 0", "score", "probability", (0.5, 3.5), (0.5, 3.5)),
    )
    widths = (1.0, 1.0, 1.1)
    size = (760, 340)
    background_depends = ("added",)
    handles = tuple(Handle(0, f"score z{sub}", at=lambda s, k=k: (k + 1, s["z"][k]),
                           move=lambda s, x, y, k=k: {f"z{k + 1}": y - s["shift"]}) for k, sub in enumerate("₁₂₃"))
    closed_form = "softmax(z / T)"
    _CLASSES = np.array([1, 2, 3])
    _KEYS = ("class 1", "class 2", "class 3")

    def background(self, axes, values):
        shift = int(values["added"])
        low, high = self.panels[0][4]
        axes[0].set_ylim(low + shift, high + shift)
        axes[0].axhline(shift, color=style.DARK, linewidth=0.8)
        for ax in axes:
            ax.set_xticks([1, 2, 3])
        axes[2].set_yticks([1, 2, 3], ["$s_3$", "$s_2$", "$s_1$"])
        axes[2].set_xticks([1, 2, 3], ["$z_1$", "$z_2$", "$z_3$"])
        axes[2].grid(visible=False)

    def state(self, temperature, added, z1, z2, z3):
        shift = int(added)
        z = np.array([z1, z2, z3]) + shift
        p = ops.softmax(z / temperature)
        exists = abs(z.sum()) > 1e-9
        return {"z": z, "p": p, "shift": shift, "jacobian": ops.softmax_jacobian(p) / temperature,
                "share": ops.linear_share(z) if exists else None}

    def layers(self, state):
        z, p, J, shift = state["z"], state["p"], state["jacobian"], state["shift"]
        columns, rows = np.meshgrid(self._CLASSES, self._CLASSES[::-1])
        strength = max(0.25, float(np.abs(J).max()))
        keys = list(self._KEYS)
        return [
            Bars(0, self._CLASSES, z, color=style.sign_colors(z - shift), width=0.6, base=shift, key=keys,
                 label=["z₁", "z₂", "z₃"]),
            Text(0, self._CLASSES, z + np.where(z >= shift, 0.5, -0.5), [fixed(value) for value in z], size=12,
                 key=keys),
            Bars(1, self._CLASSES, p, width=0.6, key=keys, label=["s₁", "s₂", "s₃"]),
            Text(1, self._CLASSES, p + 0.05, [fixed(value, 4) for value in p], size=12, key=keys),
            Image(2, J[::-1], -strength, strength, "signed", extent=(0.5, 3.5, 0.5, 3.5), smooth=False,
                  label="slope of probability by score"),
            Text(2, columns.ravel(), rows.ravel(), [signed(value, 3) for value in J.ravel()], size=13, box=True),
        ]

    def caption(self, state):
        p, J, share = state["p"], state["jacobian"], state["share"]
        winner = int(p.argmax())
        text = (f"{term(f'Class {winner + 1} has probability {fixed(p[winner], 3)}', self._KEYS[winner])}. Largest sum "
                f"of a Jacobian row: {short(np.abs(J.sum(axis=1)).max(), 1)}, since the probabilities always share 1.")
        if share is None:
            return f"{text} The plain shares z / Σz do not exist here: Σz = 0."
        shares = ", ".join(fixed(value, 3) for value in share)
        verdict = "no probabilities: some are negative" if (share < 0).any() else "what plain division would give"
        return f"{text} Plain shares z / Σz: {shares}, {verdict}."

    def code(self):
        z1, z2, z3 = (self.values[name] for name in ("z1", "z2", "z3"))
        added = "" if self.values["added"] == "0" else f" + {self.values['added']}"
        return "\n".join([
            "import numpy as np", "from course_lib import ops", "",
            f"z, T = np.array([{z1}, {z2}, {z3}]){added}, {self.values['temperature']}",
            "p = ops.softmax(z / T)",
            "jacobian = ops.softmax_jacobian(p) / T",
            "print(p, jacobian)",
        ])


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
    alt = ("First: four losses against the probability of the true class. Second: the slope of each loss towards the "
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
        ("Four losses: being wrong is expensive", "probability p of the true class", "loss", (-0.03, 1.03),
         (-0.25, 7.3)),
        ("Only cross-entropy keeps its slope", "probability p of the true class", "dL/dz",
         (-0.03, 1.03), (-1.08, 0.08)),
    )
    size = (780, 350)
    _P = np.linspace(0.001, 0.999, 400)
    _LOOK: ClassVar = {"cross-entropy": (style.BLUE, "solid"), "squared error": (style.ORANGE, "dashed"),
                       "absolute error": (style.GREEN, "dashdot"), "Hellinger": (style.PURPLE, "dotted")}
    _LEGEND: ClassVar = {name: 6.6 - 0.62 * k for k, name in enumerate(_LOOK)}
    handles = (
        Handle(0, "probability p, on the loss", x="p", at=lambda s: (s["p"], s["value"])),
        Handle(1, "probability p, on the slope", x="p", at=lambda s: (s["p"], s["slope"])),
        *(Handle(0, f"choose {name}", press={"loss": name}, at=lambda s, y=y: (0.4, y)) for name, y in _LEGEND.items()),
    )
    closed_form = "Four losses"

    def state(self, p, loss):
        here = _loss_curves(np.array([p]).tobytes())
        here = {name: (float(value[0]), float(slope[0])) for name, (value, slope) in here.items()}
        value, slope = here[loss]
        return {"p": p, "chosen": loss, "curves": _loss_curves(self._P.tobytes()), "here": here, "value": value,
                "slope": slope}

    def layers(self, state):
        layers = []
        for name, (values, slopes) in state["curves"].items():
            color, dash = self._LOOK[name]
            chosen = name == state["chosen"]
            look = {"color": color, "dash": dash, "label": name, "key": name,
                    "width": 3.2 if chosen else 1.6, "alpha": 1.0 if chosen else 0.75}
            y = self._LEGEND[name]
            layers += [Line(0, self._P, values, **look), Line(1, self._P, slopes, **look),
                       Line(0, [0.33, 0.43], [y, y], color, 2.4, dash, key=name),
                       Text(0, 0.46, y, name, size=12, ha="left", bold=chosen, key=name)]
        mark = {"color": self._LOOK[state["chosen"]][0], "marker": "D", "size": 12, "edge": style.DARK}
        return [*layers, Points(0, state["p"], state["value"], label=state["chosen"], **mark),
                Points(1, state["p"], state["slope"], label=f"slope of {state['chosen']}", **mark)]

    def caption(self, state):
        here, p, chosen, value = state["here"], state["p"], state["chosen"], state["value"]
        text = (f"p = {short(p)}: {term(f'{chosen} = {short(value)}', chosen)}, slope towards the score "
                f"{short(state['slope'])}.")
        ce, mse = here["cross-entropy"][1], here["squared error"][1]
        return (f"{text} {term('Cross-entropy', 'cross-entropy')} pushes with p − 1 = {short(ce)}, "
                f"{term('squared error', 'squared error')} with 2(p − 1)p(1 − p) = {short(mse)}, {short(ce / mse)} "
                "times less.")

    def code(self):
        losses = {
            "cross-entropy": ["value, slope = ops.bce_from_logits(np.log(p / (1 - p)), y)  # of the score"],
            "squared error": ["value, dp = ops.mse(p, y)", "slope = dp * p * (1 - p)"],
            "absolute error": ["value, dp = ops.mae(p, y)", "slope = dp * p * (1 - p)"],
            "Hellinger": ["value, dp = ops.hellinger_loss(np.column_stack([p, 1 - p]), np.column_stack([y, 1 - y]))",
                          "slope = (dp[:, 0] - dp[:, 1]) * p * (1 - p)"],
        }
        return "\n".join(["import numpy as np", "from course_lib import ops", "",
                          f"p, y = np.array([{self.values['p']}]), np.array([1.0])  # one sample of class 1",
                          *losses[self.values["loss"]], "print(value, slope)"])
