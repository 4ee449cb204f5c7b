"""Live figures of chapter 09: the unrolled network, forward and back, and what is left of a gradient in time."""

from functools import lru_cache
from typing import ClassVar

import numpy as np

from course_lib import ops
from course_lib.chapters.ch09_recurrent.demos.drawing import arrow
from course_lib.viz import style
from course_lib.viz.live import Demo, Handle, Line, Menu, Points, Slider, Text, term
from course_lib.viz.numbers import fixed, short, signed

_GRADIENT = "#00664a"  # a green dark enough for numbers
_T = 5
_SUB = "₀₁₂₃₄₅"
_LOW, _HIGH = 0.9, 3.1  # heights of inputs and states


class UnrolledNetwork(Demo):
    """One unit at five steps, forward in time and back, and what a change of one input changes."""

    title = "A change travels right, a gradient left"
    alt = ("First: one recurrent unit at five steps, inputs below and states above, joined by arrows; on the way back "
           "gradients stand beside them in green. Second: the states at the five steps with and without a change of "
           "one input.")
    controls = (
        Slider("step", "Step: 1 to 5 forward, 6 to 10 back", 0, 10, 1, 5, play=True),
        Slider("changed", "Input that is changed: that of step", 1, 5, 1, 3),
        Slider("by", "Changed by", -2.0, 2.0, 0.1, 1.0),
        Menu("loss", "Loss", ("the last state", "the sum of all states"), "the last state", more=True),
        Slider("wx", "Input weight", -2.0, 2.0, 0.1, 1.0, more=True),
        Slider("wh", "Recurrent weight", -2.0, 2.0, 0.1, 0.8, more=True),
        Slider("b", "Bias", -1.0, 1.0, 0.1, 0.0, more=True),
        *(Slider(f"x{t}", f"Input x{_SUB[t]}", -2.0, 2.0, 0.1, value, more=True)
          for t, value in enumerate((0.8, -0.5, 0.3, 0.6, -0.2), 1)),
    )
    presets = {
        "Input 3 changed": {},
        "Forward, step 2": {"step": 2},
        "Back to step 3": {"step": 8},
        "All the way back": {"step": 10},
        "A loss at every step": {"step": 10, "loss": "the sum of all states"},
        "A pulse and its echo": {"changed": 1, "x1": 0.0, "x2": 0.0, "x3": 0.0, "x4": 0.0, "x5": 0.0},
        "No recurrent weight": {"wh": 0.0},
    }
    panels = (
        ("Above: states. Below: inputs", "", "", (-0.05, 5.5), (-0.2, 4.4)),
        ("Hollow: without the change", "step", "state", (0.7, 5.3), (-1.1, 1.1)),
    )
    widths = (1.3, 1.0)
    pictures = (0,)
    size = (840, 400)
    handles = (
        *(Handle(0, f"input of step {t}", turn=f"x{t}", at=lambda s, t=t: (t, _LOW)) for t in range(1, _T + 1)),
        Handle(0, "input weight, the same at every step", turn="wx", at=lambda s: (0.42, 1.9)),
        Handle(0, "recurrent weight, the same at every step", turn="wh", at=lambda s: (1.5, 3.7)),
        Handle(1, "input that is changed", x="changed", at=lambda s: (s["changed"], None)),
    )

    def background(self, axes, values):
        axes[0].axis("off")
        axes[1].axhline(0, color=style.DARK, linewidth=0.8)
        axes[1].set_xticks(range(1, 6))
        axes[1].set_yticks(np.linspace(-1, 1, 5))

    def state(self, step, changed, by, loss, wx, wh, b, x1, x2, x3, x4, x5):
        given = np.array([x1, x2, x3, x4, x5])
        x = given + by * (np.arange(1, _T + 1) == changed)
        weights = np.array([[wx]]), np.array([[wh]]), np.array([b])
        own = np.ones(_T) if loss == "the sum of all states" else np.eye(_T)[-1]
        without, _ = ops.rnn_forward(given[None, :, None], *weights)
        h, cache = ops.rnn_forward(x[None, :, None], *weights)
        _, _, dWx, dWh, db = ops.rnn_backward(own[None, :, None], cache)
        before, steps = np.append(0.0, h[0, :, 0]), []
        carries, carry = np.zeros(_T + 1), np.zeros((1, 1))
        dh, da, dx = np.zeros(_T), np.zeros(_T), np.zeros(_T)
        for t in range(_T):
            steps.append(ops.rnn_step_forward(x[None, t : t + 1], before[None, t : t + 1], *weights)[1])
        for t in reversed(range(_T)):
            total = own[t] + carry
            dxt, carry, *_, da_t = ops.rnn_step_backward(total, steps[t])
            dh[t], da[t], dx[t], carries[t] = total[0, 0], da_t[0], dxt[0, 0], carry[0, 0]
        return {"step": step, "changed": changed, "by": by, "given": given, "x": x, "h": h[0, :, 0],
                "without": without[0, :, 0], "own": own, "dh": dh, "da": da, "dx": dx, "carries": carries,
                "dWx": float(dWx[0, 0]), "dWh": float(dWh[0, 0]), "db": float(db[0]), "weights": (wx, wh, b)}

    def layers(self, s):
        step, (wx, wh, _), steps = s["step"], s["weights"], np.arange(1, _T + 1)
        known, back = np.minimum(step, _T), 2 * _T + 1 - step  # the last state known, the first step with a gradient
        moved = np.abs(s["h"] - s["without"]) > 1e-9
        layers = [arrow(0, (0.22, _HIGH), (1, _HIGH), 0.09, 0.42, color=style.GREY, width=1.6),
                  Text(0, 0.12, _HIGH, "0", size=12),
                  Text(0, [0.42, 1.5], [1.9, 3.7], [f"wₓ {fixed(wx, 1)}", f"wₕ {fixed(wh, 1)}"], size=12,
                       box=True)]
        for t in range(1, _T + 1):
            x, h = s["x"][t - 1], s["h"][t - 1]
            is_changed = t == s["changed"] and s["by"] != 0
            layers.append(arrow(0, (t, _LOW), (t, _HIGH), 0.14, 0.42, color=style.GREY, width=1.6))
            if t < _T:
                layers.append(arrow(0, (t, _HIGH), (t + 1, _HIGH), 0.09, 0.42, color=style.GREY, width=1.6))
            layers += [
                Points(0, t, _LOW, color="white", edge=style.PURPLE if is_changed else style.GREY, marker="s", size=38,
                       label=f"input of step {t}"),
                Text(0, t, _LOW, fixed(x, 1), size=12, bold=is_changed),
                Points(0, t, _HIGH, color="white", size=42, label=f"state of step {t}",
                       edge=style.PURPLE if t <= known and moved[t - 1] else style.DARK),
                Text(0, t, _HIGH, fixed(h) if t <= known else "?", size=12, bold=bool(t <= known and moved[t - 1])),
            ]
            if t >= back:
                words = [signed(s["dh"][t - 1]), signed(s["dx"][t - 1])]
                layers.append(Text(0, [t, t], [4.15, 0.15], words, size=12, room=0.92, color=_GRADIENT, bold=True,
                                   key="back"))
                if t > 1:
                    layers.append(Text(0, t - 0.5, 2.5, f"←{fixed(s['carries'][t - 1])}", size=11, room=0.92,
                                       color=_GRADIENT, bold=True, box=True, key="carry"))
        if back <= _T:
            layers.append(Text(0, [0.3, 0.3], [4.15, 0.15], ["dh", "dx"], size=12, color=_GRADIENT, bold=True,
                               key="back"))
        shown = slice(0, known)
        return [
            *layers,
            Line(1, [s["changed"]] * 2, [-1.1, 1.1], color=style.PURPLE, width=1.4, dash="dotted"),
            Line(1, steps[shown], s["without"][shown], color=style.GREY, width=1.4, dash="dashed"),
            Line(1, steps[shown], s["h"][shown], width=2.0, ghost=True, key="h"),
            Points(1, steps[shown], s["without"][shown], color=style.DARK, filled=False, marker="s", size=10,
                   label="without the change"),
            Points(1, steps[shown], s["h"][shown], size=10, label="state", key="h"),
        ]

    def caption(self, s):
        step, (wx, wh, b) = s["step"], s["weights"]
        if step == 0:
            return "Before the first step the state is 0."
        if step <= _T:
            before = s["h"][step - 2] if step > 1 else 0.0
            t, h = _SUB[step], fixed(s["h"][step - 1])
            score = f"{fixed(wx, 1)} · {fixed(s['x'][step - 1], 1)} + {fixed(wh, 1)} · {fixed(before)} + {fixed(b, 1)}"
            text = f"Forward, step {step}: {term(f'h{t}', 'h')} = tanh({score}) = {h}. "
            if s["by"] == 0:
                return f"{text}No input is changed."
            moved = np.flatnonzero(np.abs(s["h"] - s["without"])[:step] > 1e-9) + 1
            if not moved.size:
                return f"{text}No state has changed so far: input {s['changed']} " + ("has not come yet." if
                                                                                      step < s["changed"] else
                                                                                      "does not count.")
            amounts = ", ".join(signed(s["h"][k - 1] - s["without"][k - 1], 3) for k in moved)
            which = f"the states of steps {moved[0]} to {moved[-1]}"
            if len(moved) == 1:
                which = f"the state of step {moved[0]}"
            return f"{text}Input {s['changed']} changed by {signed(s['by'], 1)} moves {which}, by {amounts}."
        t = 2 * _T + 1 - step
        own, dh, da, dx, carry = (fixed(s[name][t - 1], 3) for name in ("own", "dh", "da", "dx", "carries"))
        later = "" if t == _T else f" + {fixed(s['carries'][t], 3)} from step {t + 1}"
        text = (f"Back, step {t}: {term('dh', 'back')} = {own}{later} = {dh}; times the slope 1 − h² it is da = {da}. "
                f"To the input wₓ da = {dx}, to the state before {term(f'wₕ da = {carry}', 'carry')}. ")
        if t == 1:
            text += (f"Shared weights add up: dwₓ = {fixed(s['dWx'], 3)}, dwₕ = {fixed(s['dWh'], 3)}, "
                     f"db = {fixed(s['db'], 3)}.")
        return text

    def code(self):
        s = self.current
        wx, wh, b = s["weights"]
        return "\n".join([
            "import numpy as np", "from course_lib import ops", "",
            f"x = np.array({[round(float(x), 10) for x in s['x']]})",
            f"params = np.array([[{wx}]]), np.array([[{wh}]]), np.array([{b}])",
            f"own = np.array({s['own'].tolist()})  # slopes of the loss in the states themselves",
            "h, cache = ops.rnn_forward(x[None, :, None], *params)",
            "dx, _, dWx, dWh, db = ops.rnn_backward(own[None, :, None], cache)",
            "h, dx, dWx, dWh, db = h[0, :, 0], dx[0, :, 0], dWx[0, 0], dWh[0, 0], db[0]",
            "print(h, dx, dWx, dWh, db)",
        ])


_UNITS, _FAR = 32, 100


@lru_cache(maxsize=64)
def _draws(gates: int, T: int, start: int):
    """Input weights, inputs and one rotation for each block of recurrent weights, in the order of `length_left`."""
    rng = np.random.default_rng(start)
    W, x = rng.normal(size=(4, gates * _UNITS)) / 4, rng.normal(size=(T, 1, 4))
    return W, x, np.hstack([np.linalg.qr(rng.normal(size=(_UNITS, _UNITS)))[0] for _ in range(gates)])


@lru_cache(maxsize=256)
def _way_back(cell: str, radius: float, T: int, spread: float, bias: float, start: int):
    """Lengths of a gradient 0 to T steps back, of each step's part in the gradient of W and U, and of their sum."""
    gates, forward, back, options = GradientInTime.CELLS[cell]
    W, x, rotations = _draws(gates, T, start)
    U, b = radius * rotations, np.zeros(gates * _UNITS)
    if cell == "LSTM":
        b[_UNITS : 2 * _UNITS] = bias
    states, caches = [np.zeros((1, _UNITS))] * (2 if cell == "LSTM" else 1), []
    for t in range(T):
        *states, cache = forward(spread * x[t], *states, W, U, b, **options)
        caches.append(cache)
    grads = [np.full((1, _UNITS), 1 / np.sqrt(_UNITS)), np.zeros((1, _UNITS))][: len(states)]
    lengths, parts = [1.0], []
    for cache in reversed(caches):
        _, *grads, dW, dU, _ = back(*grads, cache)
        lengths.append(float(np.linalg.norm(grads)))
        parts.append(np.concatenate([dW, dU]))
    return np.array(lengths), np.linalg.norm(parts, axis=(1, 2)), float(np.linalg.norm(np.sum(parts, axis=0)))


class GradientInTime(Demo):
    """How long a gradient is after so many steps back, in four cells."""

    title = "A gradient in time vanishes or explodes"
    alt = ("First, logarithmic: the length of a gradient against the number of steps it has gone back, for plain "
           "networks with tanh and ReLU, an LSTM and a GRU. Second, logarithmic: how much each distance puts into the "
           "gradient of the weights, with or without clipping.")
    #: cell -> (blocks, a step, a step back, options)
    CELLS: ClassVar = {
        "tanh": (1, ops.rnn_step_forward, ops.rnn_step_backward, {"activation": "tanh"}),
        "ReLU": (1, ops.rnn_step_forward, ops.rnn_step_backward, {"activation": "relu"}),
        "LSTM": (4, ops.lstm_step_forward, ops.lstm_step_backward, {}),
        "GRU": (3, ops.gru_step_forward, ops.gru_step_backward, {}),
    }
    controls = (
        Slider("radius", "Spectral radius of the recurrent weights", 0.3, 2.5, 0.01, 1.0, ticks=(0.5, 1, 1.5, 2, 2.5)),
        Slider("T", "Steps back", 5, _FAR, 1, 50, unit="steps"),
        Menu("cell", "Cell", tuple(CELLS), "tanh"),
        Menu("clip", "Clip the gradient of the weights", ("off", "to length 1"), "off", more=True),
        Slider("spread", "Spread of the inputs", 0.0, 3.0, 0.1, 1.0, more=True),
        Slider("bias", "Forget bias of the LSTM", -2.0, 6.0, 0.1, 1.0, more=True),
        Slider("start", "Random start", 0, 20, 1, 0, more=True),
    )
    presets = {
        "tanh at radius 1": {},
        "tanh at 1.5": {"radius": 1.5},
        "ReLU at 0.9": {"cell": "ReLU", "radius": 0.9},
        "ReLU explodes": {"cell": "ReLU", "radius": 2.0},
        "Exploding, clipped": {"cell": "ReLU", "radius": 2.0, "clip": "to length 1"},
        "LSTM": {"cell": "LSTM"},
        "LSTM, forget bias 4": {"cell": "LSTM", "bias": 4.0},
        "GRU": {"cell": "GRU"},
    }
    panels = (
        ("Length of the gradient", "steps back", "length", (-2, _FAR + 2), (1e-12, 3e12)),
        ("Parts in the gradient of W and U", "steps back", "length", (-2, _FAR + 2), (1e-12, 3e12)),
    )
    size = (820, 350)
    handles = (
        Handle(0, "end of the curve: steps back, and radius", at=lambda s: (len(s["parts"]), s["end"]),
               move=lambda s, x, y: {"T": x, "radius": s["radius"] * (y / s["end"]) ** (1 / len(s["parts"]))}),
    )
    _LOOKS: ClassVar = {"tanh": (style.BLUE, "solid", "o"), "ReLU": (style.ORANGE, "dashed", "s"),
                        "LSTM": (style.GREEN, "dashdot", "^"), "GRU": (style.PURPLE, "dotted", "D")}

    def background(self, axes, values):
        for ax in axes:
            ax.set_yscale("log")
            ax.set_yticks(10.0 ** np.arange(-12, 9, 4))
            ax.minorticks_off()
            ax.yaxis.labelpad = 0
            ax.axhline(1, color=style.DARK, linewidth=0.8)
        for name, (color, dash, _) in self._LOOKS.items():
            axes[0].plot([], [], color=color, linestyle=dash, label=name)
        axes[0].legend(loc="upper left", ncols=2, handlelength=2.2, columnspacing=1.0)

    def state(self, radius, T, cell, clip, spread, bias, start):
        runs = {each: _way_back(each, radius, T, spread, bias, start) for each in self.CELLS}
        lengths, parts, total = runs[cell]
        factor = min(1.0, 1 / total) if clip != "off" and total > 0 else 1.0
        return {"cell": cell, "radius": radius, "clip": clip, "lengths": lengths, "parts": parts, "total": total,
                "factor": factor, "others": {each: run[0] for each, run in runs.items()},
                "end": float(self._inside(lengths[-1]))}

    @staticmethod
    def _inside(values):
        """Values beyond the axis at its end."""
        return np.clip(values, 1.3e-12, 8e7)

    def layers(self, s):
        layers, at = [], np.arange(len(s["parts"]) + 1)
        for name, (color, dash, _) in self._LOOKS.items():
            chosen = name == s["cell"]
            layers.append(Line(0, at, self._inside(s["others"][name]), color=color, dash=dash, key=name,
                               width=3.2 if chosen else 1.4, label=name, ghost=chosen))
        color, dash, marker = self._LOOKS[s["cell"]]
        layers.append(Points(0, at[-1], s["end"], color=color, marker=marker, size=11, edge=style.DARK, label=s["cell"],
                             key=s["cell"]))
        if s["factor"] < 1:
            layers.append(Line(1, at[1:], self._inside(s["parts"]), color=style.GREY, width=1.4, dash="dotted",
                               label="before clipping"))
        layers.append(Line(1, at[1:], self._inside(s["factor"] * s["parts"]), color=color, dash=dash, width=2.6,
                           label="part of this distance", key="parts", ghost=s["factor"] == 1))
        return layers

    def caption(self, s):
        T, left = len(s["parts"]), s["lengths"][-1]
        text = f"{term(s['cell'], s['cell'])}, radius {fixed(s['radius'])}: "
        if left == 0 or not np.isfinite(left):
            text += f"after {T} steps the length is {short(left, 2)}. "
        else:
            factor = short(left ** (1 / T))
            text += f"a gradient of length 1 is {short(left, 2)} after {T} steps, a factor {factor} a step. "
        others = [f"{term(each, each)} {short(s['others'][each][-1], 2)}" for each in self._LOOKS if each != s["cell"]]
        text += f"{', '.join(others)}. Gradient of the weights: {short(s['total'], 2)} long"
        if s["clip"] == "off":
            return f"{text}."
        if s["factor"] == 1:
            return f"{text}, less than 1: nothing is clipped."
        near, far = s["factor"] * s["parts"][0], s["factor"] * s["parts"][-1]
        return (f"{text}, clipped to 1: every {term('part', 'parts')} shrinks alike. The nearest is now "
                f"{short(near, 2)}, the farthest {short(far, 2)}.")

    def code(self):
        v, name = self.values, {"LSTM": "lstm", "GRU": "gru"}.get(self.values["cell"], "rnn")
        gates, _, _, options = self.CELLS[v["cell"]]
        extra = "".join(f', {key}="{value}"' for key, value in options.items())
        states, grads = ("h, c", "dh, dc") if name == "lstm" else ("h", "dh")
        bias = f"b[32:64] = {v['bias']}" if name == "lstm" else ""
        return "\n".join(line for line in [
            "import numpy as np", "from course_lib import ops",
            f"rng, T, gates = np.random.default_rng({v['start']}), {v['T']}, {gates}",
            f"W, x = rng.normal(size=(4, gates * 32)) / 4, {v['spread']} * rng.normal(size=(T, 1, 4))",
            f"U = {v['radius']} * np.hstack([np.linalg.qr(rng.normal(size=(32, 32)))[0] for _ in range(gates)])",
            "b, h, c, caches = np.zeros(gates * 32), np.zeros((1, 32)), np.zeros((1, 32)), []",
            bias,
            "for t in range(T):",
            f"    {states}, cache = ops.{name}_step_forward(x[t], {states}, W, U, b{extra})",
            "    caches.append(cache)",
            "dh, dc, lengths = np.full((1, 32), 32**-0.5), np.zeros((1, 32)), [1.0]",
            "for cache in caches[::-1]:",
            f"    _, {grads}, _, _, _ = ops.{name}_step_backward({grads}, cache)",
            "    lengths.append(np.linalg.norm([dh, dc]))",
            "print(lengths)",
        ] if line)
