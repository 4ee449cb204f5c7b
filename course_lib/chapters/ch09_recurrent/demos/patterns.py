"""Live figures of chapter 09: which outputs a pattern has, and which inputs an output has seen."""

from functools import lru_cache
from typing import ClassVar

import numpy as np

from course_lib import ops
from course_lib.chapters.ch09_recurrent.demos.drawing import arrow
from course_lib.viz import style
from course_lib.viz.live import Bars, Demo, Handle, Menu, Points, Slider, Text, term
from course_lib.viz.numbers import short

_T, _UNITS = 5, 8
_SUB = "₀₁₂₃₄₅₆₇₈₉"


@lru_cache(maxsize=1)
def _weights():
    rng = np.random.default_rng(0)
    return rng.normal(size=(1, _UNITS)), ops.orthogonal(rng, _UNITS, _UNITS), np.zeros(_UNITS)


class Patterns(Demo):
    """The five ways from sequences to sequences, unrolled, and what each output depends on."""

    title = "Five patterns, one cell"
    alt = ("First: an unrolled network of the chosen pattern, inputs below, states in the middle, outputs above; what "
           "the chosen output depends on is blue. Second: bars of the length of its gradient in each input.")
    #: pattern -> (steps with an input, steps with an output, whether states are handed on, an example)
    PATTERNS: ClassVar = {
        "one to one": ((1, 2, 3, 4, 5), (1, 2, 3, 4, 5), False, "digits, each by itself"),
        "one to many": ((1,), (1, 2, 3, 4, 5), True, "a caption for a picture"),
        "many to one": ((1, 2, 3, 4, 5), (5,), True, "the mood of a review"),
        "many to many, in step": ((1, 2, 3, 4, 5), (1, 2, 3, 4, 5), True, "a tag for every word"),
        "many to many, one after the other": ((1, 2, 3), (4, 5), True, "a translation"),
    }
    controls = (
        Menu("pattern", "Pattern", tuple(PATTERNS), "one to one"),
        Slider("t", "Output looked at: that of step", 1, 5, 1, 4),
    )
    presets = {
        "A text, word after word": {},
        "Caption": {"pattern": "one to many"},
        "Mood of a review": {"pattern": "many to one", "t": 5},
        "Tags": {"pattern": "many to many, in step", "t": 3},
        "Translation": {"pattern": "many to many, one after the other"},
    }
    panels = (
        ("Blue: what that output depends on", "", "", (0.3, 5.7), (-0.2, 4.7)),
        ("Its gradient in each input", "input of step", "length", (0.4, 5.6), (0, 1.15)),
    )
    widths = (1.3, 1.0)
    pictures = (0,)
    size = (780, 370)
    handles = tuple(Handle(0, f"output of step {t}", press={"t": t}, at=lambda s, t=t: (t, 3.75) if t in s["outputs"]
                           else None) for t in range(1, _T + 1))
    _ROWS = 0.75, 2.25, 3.75  #: heights of inputs, states, outputs

    def background(self, axes, values):
        axes[0].axis("off")
        axes[1].set_xticks(range(1, _T + 1))
        axes[1].grid(axis="x", visible=False)

    def state(self, pattern, t):
        inputs, outputs, handed, example = self.PATTERNS[pattern]
        asked, t = t, min(outputs, key=lambda step: abs(step - t))
        steps = np.arange(1, _T + 1)
        Wx, Wh, b = _weights()
        x = np.where(np.isin(steps, inputs), 0.5, 0.0)[None, :, None]
        h, cache = ops.rnn_forward(x, Wx, Wh if handed else np.zeros_like(Wh), b)
        dh = np.zeros_like(h)
        dh[0, t - 1] = _UNITS**-0.5
        dx = np.abs(ops.rnn_backward(dh, cache)[0][0, :, 0]) * np.isin(steps, inputs)
        return {"pattern": pattern, "inputs": inputs, "outputs": outputs, "handed": handed, "example": example,
                "asked": asked, "at": t, "gradient": dx, "seen": [int(step) for step in steps[dx > 0]]}

    def layers(self, s):
        low, middle, high = self._ROWS
        seen, at, layers = s["seen"], s["at"], []
        blue = {True: {"color": style.BLUE, "width": 3.0}, False: {"color": style.GREY, "width": 1.4}}
        first = min(seen, default=at)
        for t in range(1, _T + 1):
            if t in s["inputs"]:
                layers.append(arrow(0, (t, low), (t, middle), 0.17, 0.4, **blue[t in seen]))
            if t in s["outputs"]:
                layers.append(arrow(0, (t, middle), (t, high), 0.17, 0.38, **blue[t == at]))
            if t < _T and s["handed"]:
                layers.append(arrow(0, (t, middle), (t + 1, middle), 0.1, 0.36, **blue[first <= t < at]))
        for t in range(1, _T + 1):
            on_way = (first <= t <= at) if s["handed"] else t == at
            edge = style.BLUE if on_way else style.GREY
            if s["handed"] or t in s["inputs"]:
                layers += [Points(0, t, middle, color="white", edge=edge, size=38, label=f"state of step {t}"),
                           Text(0, t, middle, f"h{_SUB[t]}", size=13, bold=on_way)]
            if t in s["inputs"]:
                layers += [Points(0, t, low, color="white", edge=style.BLUE if t in seen else style.GREY, marker="s",
                                  size=34, label=f"input of step {t}", key=f"x{t}"),
                           Text(0, t, low, f"x{_SUB[t]}", size=13, bold=t in seen, key=f"x{t}")]
            if t in s["outputs"]:
                layers += [Points(0, t, high, color="white", edge=style.BLUE if t == at else style.GREY, marker="D",
                                  size=38, label=f"output of step {t}", key="output" if t == at else ""),
                           Text(0, t, high, f"y{_SUB[t]}", size=13, bold=t == at),
                           Text(0, t, high + 0.62, "loss", size=11, color=style.RED)]
        steps = np.arange(1, _T + 1)
        there = np.isin(steps, s["inputs"])
        return [
            *layers,
            Bars(1, steps[there], s["gradient"][there], width=0.6, key=[f"x{t}" for t in s["inputs"]],
                 label=[f"input of step {t}" for t in s["inputs"]]),
            Text(1, steps, np.where(there, s["gradient"] + 0.05, 0.05),
                 [short(size, 2) if here else "none" for size, here in zip(s["gradient"], there, strict=True)],
                 size=11),
        ]

    def caption(self, s):
        seen, at = s["seen"], s["at"]
        if not s["handed"]:
            what = f"only on input {at}: nothing is handed on, so each input is answered as if it were the first"
        elif len(seen) == 1:
            what = f"on input {seen[0]}, through every state between"
        else:
            what = f"on the inputs {seen[0]} to {seen[-1]}"
        count = len(s["outputs"])
        none = "" if s["asked"] == at else f"Step {s['asked']} has no output. "
        return (f"{s['pattern'].capitalize()}, such as {s['example']}: {len(s['inputs'])} input"
                f"{'s' * (len(s['inputs']) > 1)}, {count} output{'s' * (count > 1)}, a loss at each. "
                f"{none}{term(f'Output {at}', 'output')} depends {what}.")

    def code(self):
        s = self.current
        wh = "ops.orthogonal(rng, 8, 8)" + ("" if s["handed"] else " * 0  # no state is handed on")
        return "\n".join([
            "import numpy as np", "from course_lib import ops", "",
            "rng = np.random.default_rng(0)",
            f"Wx, Wh = rng.normal(size=(1, 8)), {wh}",
            f"inputs, at = {s['inputs']}, {s['at']}  # steps with an input, step of the output looked at",
            "there = np.isin(np.arange(1, 6), inputs)",
            "h, cache = ops.rnn_forward(np.where(there, 0.5, 0)[None, :, None], Wx, Wh, np.zeros(8))",
            "dh = np.zeros_like(h)",
            "dh[0, at - 1] = 8**-0.5",
            "dx, *_ = ops.rnn_backward(dh, cache)",
            "gradient = np.abs(dx[0, :, 0]) * there",
            "print(gradient)",
        ])


@lru_cache(maxsize=64)
def _layers(depth: int, both: bool):
    """Weights of each direction of each layer."""
    rng, size, found = np.random.default_rng(0), 1, []
    for _ in range(depth):
        found.append([(rng.normal(size=(size, 4)) / size**0.5, ops.orthogonal(rng, 4, 4), np.zeros(4))
                      for _ in range(1 + both)])
        size = 4 * (1 + both)
    return found


class WhatAnOutputHasSeen(Demo):
    """Layers and directions: which inputs an output depends on, by its gradient."""

    title = "Depth does not look ahead, a second direction does"
    alt = ("First: layers of states over the steps of a sequence; states and inputs that the chosen output depends on "
           "are filled blue, the others hollow. Second: bars of the length of its gradient in each input.")
    controls = (
        Slider("depth", "Recurrent layers", 1, 4, 1, 3),
        Menu("direction", "Direction", ("left to right", "both ways"), "left to right"),
        Slider("position", "Output of step", 1, 9, 1, 3),
        Slider("T", "Steps", 2, 9, 1, 5, more=True),
    )
    presets = {
        "Three layers, left to right": {},
        "One layer, left to right": {"depth": 1},
        "One layer, both ways": {"depth": 1, "direction": "both ways"},
        "Three layers, both ways": {"direction": "both ways"},
        "The last step": {"position": 5},
    }
    panels = (
        ("Filled: what the output has seen", "", "", (0.3, 5.7), (-0.3, 5.9)),
        ("Its gradient in each input", "", "share of the longest", (0.1, 5.9), (-0.13, 1.15)),
    )
    widths = (1.2, 1.0)
    pictures = (0,)
    size = (780, 380)
    handles = (
        Handle(0, "output of step", click=True, at=lambda s: (s["columns"][s["at"] - 1], s["heights"][-1] + 0.8),
               move=lambda s, x, y: {"position": 1 + np.argmin(np.abs(s["columns"] - x))}),
    )

    def background(self, axes, values):
        axes[0].axis("off")
        axes[1].set_xticks([])
        axes[1].set_yticks(np.linspace(0, 1, 6))
        axes[1].spines["bottom"].set_visible(False)
        axes[1].axhline(0, color=style.DARK, linewidth=0.8)
        axes[1].grid(axis="x", visible=False)

    def state(self, depth, direction, position, T):
        both, at = direction == "both ways", min(position, T)
        x, caches = np.ones((1, T, 1)), []
        for weights in _layers(depth, both):
            passes = [ops.rnn_forward(x[:, ::way], *each) for way, each in zip((1, -1), weights, strict=False)]
            x = np.concatenate([h[:, ::way] for way, (h, _) in zip((1, -1), passes, strict=False)], axis=2)
            caches.append([cache for _, cache in passes])
        d = np.zeros_like(x)
        d[0, at - 1] = 1.0
        used = []  # (directions, T) bool of each layer, from the top down: states on a way to the output
        for some in reversed(caches):
            parts = np.split(d, len(some), axis=2)
            back = [ops.rnn_backward(part[:, ::way], cache)[0][:, ::way]
                    for way, part, cache in zip((1, -1), parts, some, strict=False)]
            used.append([np.abs(part).max(axis=(0, 2)) > 0 for part in back])
            d = np.sum(back, axis=0)
        gradient = np.abs(d[0, :, 0])
        columns = np.linspace(0.7, 5.3, T) if T > 1 else np.array([3.0])
        return {"T": T, "at": at, "asked": position, "both": both, "depth": depth, "used": used[::-1],
                "gradient": gradient, "seen": [int(step) for step in np.flatnonzero(gradient > 0) + 1],
                "columns": columns, "heights": np.linspace(0.5, 4.9, depth + 2)}

    def layers(self, s):
        columns, heights, seen, layers = s["columns"], s["heights"], s["seen"], []
        ways = ((1, 1), (-1, 2))[: 1 + s["both"]]
        apart = 0.2 * (heights[1] - heights[0]) if s["both"] else 0.0  # the two directions of a layer
        aside = 0.15 * (columns[1] - columns[0]) if s["both"] else 0.0
        size = 17 if s["T"] <= 6 else 13
        grey, blue = {"color": style.GREY, "width": 1.0, "alpha": 0.6}, {"color": style.BLUE, "width": 2.2}
        spot = {1: (columns - aside, apart), 2: (columns + aside, -apart)}  # direction -> columns, and above the layer

        for layer in range(1, s["depth"] + 1):
            for way, number in ways:
                used, (xs, above) = s["used"][layer - 1][number - 1], spot[number]
                y = heights[layer] + above
                for k in range(s["T"]):
                    below = k + 1 in seen if layer == 1 else any(each[k] for each in s["used"][layer - 2])
                    start = (columns[k], heights[layer - 1] + (apart if layer > 1 else 0.0))
                    layers.append(arrow(0, start, (xs[k], y), 0.12, 0.18, **(blue if used[k] and below else grey)))
                    if 0 <= k + way < s["T"]:
                        look = blue if used[k] and used[k + way] else grey
                        layers.append(arrow(0, (xs[k], y), (xs[k + way], y), 0.12, 0.16, **look))
        for k, place in enumerate(columns):
            layers.append(arrow(0, (place, heights[-2] + apart), (place, heights[-1]), 0.15, 0.25,
                                **(blue if k + 1 == s["at"] else grey)))
        for layer in range(1, s["depth"] + 1):
            for _, number in ways:
                used, (xs, above) = s["used"][layer - 1][number - 1], spot[number]
                for chosen, filled in ((used, True), (~used, False)):
                    layers.append(Points(0, xs[chosen], np.full(chosen.sum(), heights[layer] + above), size=size,
                                         color=style.BLUE if filled else "white",
                                         edge=style.WHITE if filled else style.GREY,
                                         label=f"layer {layer}, {'left to right' if number == 1 else 'right to left'}"))
        for k, place in enumerate(columns):
            lit, top = k + 1 in seen, k + 1 == s["at"]
            key = "seen" if lit else "unseen"
            layers += [
                Points(0, place, heights[0], marker="s", size=27, color="white",
                       edge=style.BLUE if lit else style.GREY, label=f"input of step {k + 1}", key=key),
                Text(0, place, heights[0], f"x{_SUB[k + 1]}", size=12, bold=lit, key=key),
                Points(0, place, heights[-1], marker="D", size=31, color="white",
                       edge=style.BLUE if top else style.GREY, label=f"output of step {k + 1}"),
                Text(0, place, heights[-1], f"y{_SUB[k + 1]}", size=12, bold=top),
            ]
        share = s["gradient"] / s["gradient"].max()
        return [
            *layers,
            Bars(1, columns, share, width=0.6 * (columns[1] - columns[0]),
                 key=["seen" if k + 1 in seen else "unseen" for k in range(s["T"])],
                 label=[f"input of step {k + 1}" for k in range(s["T"])]),
            Text(1, columns, np.full(s["T"], -0.07), [f"x{_SUB[k + 1]}" for k in range(s["T"])], size=12),
            Text(1, columns, share + 0.05, [short(each, 2) if each else "0" for each in share],
                 size=11 if s["T"] <= 6 else 9),
        ]

    def caption(self, s):
        seen, T, at = s["seen"], s["T"], s["at"]
        layers = f"{s['depth']} layer{'s' * (s['depth'] > 1)}"
        which = "all inputs" if len(seen) == T else f"input{'s' * (at > 1)} 1{f' to {at}' * (at > 1)}"
        ways = "both ways" if s["both"] else "left to right"
        ends = "" if s["asked"] == at else f"There is no step {s['asked']}. "
        text = f"{ends}{layers}, {ways}: output {at} has {term(f'seen {which}', 'seen')}"
        if s["both"]:
            return f"{text}, those after it too. So it cannot be given before the sequence has ended."
        if at == T:
            return f"{text}, since none comes after it."
        later = f"input {T}" if at == T - 1 else f"inputs {at + 1} to {T}"
        return f"{text}, and {term(f'nothing of {later}', 'unseen')}, however many layers."

    def code(self):
        s = self.current
        two = "2" if s["both"] else "1"
        return "\n".join([
            "import numpy as np", "from course_lib import nn", "",
            f"rng, T, at = np.random.default_rng(0), {s['T']}, {s['at']}",
            f"layer = nn.RNN(1, 4, num_layers={s['depth']}, bidirectional={s['both']}, rng=rng, dtype=np.float64)",
            "h, _ = layer(np.ones((1, T, 1)))",
            "dh = np.zeros_like(h)",
            f"dh[0, at - 1] = 1  # {two} direction{'s' * s['both']} of 4 units",
            "dx = layer.backward(dh)[0, :, 0]",
            "seen = [t + 1 for t in range(T) if dx[t] != 0]",
            "print(seen)",
        ])
