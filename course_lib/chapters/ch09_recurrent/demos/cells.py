"""Live figures of chapter 09: one step of an LSTM and of a GRU, number by number, and how long a cell keeps."""

import numpy as np

from course_lib import ops
from course_lib.chapters.ch09_recurrent.demos.drawing import arrow
from course_lib.viz import style
from course_lib.viz.live import Bars, Demo, Handle, Line, Menu, Points, Slider, Text, term
from course_lib.viz.numbers import fixed, short

_GRADIENT = "#00664a"  # a green dark enough for numbers
_PIXELS = 36, 53  # of a unit of x and of y in the diagrams
_NODE = 44  # pixels across: a number with its sign has room, in a narrow window too


def _score(gate: float) -> float:
    """The score whose sigmoid is `gate`: minus and plus infinity for 0 and 1."""
    with np.errstate(divide="ignore"):
        return float(np.log(gate) - np.log1p(-gate))


def _way(places, begin: str, end: str, size: float) -> Line:
    """An arrow between two places of a diagram, its point at the edge of a node of so many pixels."""
    along = np.subtract(places[end], places[begin])
    pixels = np.linalg.norm(along * _PIXELS)
    return arrow(0, places[begin], places[end], gap=(size / 2 + 1) / pixels * np.linalg.norm(along), color=style.GREY,
                 width=1.8)


def _node(panel: int, place, word: str, size: int = _NODE, key: str = "", color: str = style.DARK) -> list:
    """A circle with a number in it."""
    return [Points(panel, *place, color="white", edge=color, size=size, key=key),
            Text(panel, *place, word, size=12, room=1.5, key=key)]


#: Places in the diagram of the LSTM: states, operations, gates.
_LSTM = {"c": (0.75, 4.9), "keep": (2.3, 4.9), "add": (5.0, 4.9), "c_new": (9.3, 4.9), "write": (5.0, 2.9),
         "turn": (7.6, 4.9), "squash": (7.6, 3.9), "show": (7.6, 2.5), "h_new": (9.3, 2.5), "f": (2.3, 0.9),
         "i": (4.1, 0.9), "g": (5.9, 0.9), "o": (7.6, 0.9)}


class LSTMCell(Demo):
    """One unit of an LSTM, one step: its gates turned by hand."""

    title = "f keeps, i writes, o shows"
    alt = ("First: the way from the old cell c to the new one and to the new state h, with the gates f, i, o and the "
           "candidate g as numbers to turn. Second: bars of the old cell, what is kept of it, what is added, the new "
           "cell and the new state.")
    controls = (
        Slider("f", "Forget gate f", 0.0, 1.0, 0.01, 1.0),
        Slider("i", "Input gate i", 0.0, 1.0, 0.01, 0.0),
        Slider("o", "Output gate o", 0.0, 1.0, 0.01, 0.0),
        Slider("g", "Candidate g", -1.0, 1.0, 0.01, 0.6, more=True),
        Slider("c", "Old cell c", -2.0, 2.0, 0.01, 1.5, more=True),
        Menu("source", "Gradient of 1 comes back at", ("none", "the state h′", "the cell c′"), "none", more=True),
    )
    presets = {
        "Keep and hide": {},
        "Keep and show": {"o": 1.0},
        "Forget": {"f": 0.0, "o": 1.0},
        "Overwrite": {"f": 0.0, "i": 1.0, "o": 1.0},
        "Add": {"i": 0.5, "o": 1.0},
        "Back through the cell": {"f": 0.95, "i": 0.3, "o": 0.5, "source": "the cell c′"},
        "Back from the state": {"f": 0.95, "i": 0.3, "o": 0.5, "source": "the state h′"},
    }
    panels = (
        ("Turn the gates", "", "", (0, 10), (0, 6)),
        ("From the old cell to the new state", "", "value", (-0.6, 4.6), (-3.2, 3.2)),
    )
    widths = (1.25, 1.0)
    pictures = (0,)
    size = (800, 400)
    handles = tuple(
        Handle(0, words, turn=name, at=lambda s, name=name: _LSTM[name]) for name, words in
        (("c", "old cell c"), ("f", "forget gate f"), ("i", "input gate i"), ("g", "candidate g"),
         ("o", "output gate o"))
    )
    #: name of a number -> what stands beside it in the diagram
    _NAMES = (("c", "c", 0.75), ("c_new", "c′", 0.75), ("h_new", "h′", 0.75), ("f", "f", -0.7), ("i", "i", -0.7),
              ("g", "g", -0.7), ("o", "o", -0.7))

    def background(self, axes, values):
        axes[0].axis("off")
        axes[1].axhline(0, color=style.DARK, linewidth=0.8)
        axes[1].set_xticks(range(5), ["c", "f c", "i g", "c′", "h′"], fontsize=10)
        axes[1].grid(axis="x", visible=False)

    def state(self, f, i, o, g, c, source):
        x, W, U = np.zeros((1, 1)), np.zeros((1, 4)), np.zeros((1, 4))
        with np.errstate(divide="ignore"):
            b = np.array([_score(i), _score(f), np.arctanh(g), _score(o)])
        h_new, c_new, cache = ops.lstm_step_forward(x, np.zeros((1, 1)), np.array([[c]]), W, U, b)
        dh, dc = float(source == "the state h′"), float(source == "the cell c′")
        _, _, dc_prev, _, _, db = ops.lstm_step_backward(np.array([[dh]]), np.array([[dc]]), cache)
        return {"f": f, "i": i, "o": o, "g": g, "c": c, "source": source, "c_new": float(c_new[0, 0]),
                "h_new": float(h_new[0, 0]), "squashed": float(cache.tanh_c[0, 0, 0]),
                "slopes": dict(zip("ifgo", db, strict=True)) | {"c": float(dc_prev[0, 0]), "c_new": dc, "h_new": dh}}

    def layers(self, s):
        at, back = _LSTM, s["source"] != "none"
        ways = (("c", "keep"), ("keep", "add"), ("add", "c_new"), ("f", "keep"), ("i", "write"), ("g", "write"),
                ("write", "add"), ("turn", "squash"), ("squash", "show"), ("o", "show"), ("show", "h_new"))
        sizes = {"c_new": _NODE, "h_new": _NODE, "squash": 34}
        layers = [_way(at, a, b, sizes.get(b, 22)) for a, b in ways]
        operations = {"keep": "×", "add": "+", "write": "×", "show": "×", "squash": "tanh"}
        for name, word in operations.items():
            layers += [Points(0, *at[name], color="white", edge=style.GREY, size=34 if name == "squash" else 22),
                       Text(0, *at[name], word, size=11 if name == "squash" else 15)]
        for name, label, beside in self._NAMES:
            x, y = at[name]
            color = style.BLUE if s[name] >= 0 else style.ORANGE
            layers += _node(0, at[name], fixed(s[name]), key=name, color=color)
            layers.append(Text(0, x, y + beside, label, size=13, bold=True, key=name))
            if back:
                layers.append(Text(0, x + (0 if name in ("c", "c_new", "h_new") else 0.05),
                                   y - beside * (1.05 if beside > 0 else 1.0),
                                   fixed(s["slopes"][name], 3), size=12, room=1.45, color=_GRADIENT, bold=True,
                                   box=True))
        parts = np.array([s["c"], s["f"] * s["c"], s["i"] * s["g"], s["c_new"], s["h_new"]])
        names = ["c", "kept", "added", "c_new", "h_new"]
        layers += [
            Text(0, [2.75, 6.3], [5.5, 5.5], [f"f c = {fixed(parts[1])}", f"+ i g = {fixed(parts[2])}"], size=11),
            Bars(1, np.arange(5), parts, color=style.sign_colors(parts), width=0.6, key=names,
                 label=["old cell", "kept", "added", "new cell", "new state"]),
            Text(1, np.arange(5), parts + np.where(parts >= 0, 0.28, -0.28), [fixed(part) for part in parts], size=11,
                 key=names),
        ]
        return layers

    def caption(self, s):
        kept, added, c_new, h_new, o, squashed = map(fixed, (s["f"] * s["c"], s["i"] * s["g"], s["c_new"], s["h_new"],
                                                             s["o"], s["squashed"]))
        text = (f"{term(f'f c = {kept}', 'kept')} and {term(f'i g = {added}', 'added')} make "
                f"{term(f'c′ = {c_new}', 'c_new')}; {term(f'h′ = o tanh c′ = {o} · {squashed} = {h_new}', 'h_new')}. ")
        slope = fixed(s["slopes"]["c"], 3)
        if s["source"] == "the cell c′":
            return (f"{text}Back (green): a gradient of 1 at c′ reaches c as f = {slope}, and the scores of the "
                    "gates through their slopes.")
        if s["source"] == "the state h′":
            return (f"{text}Back (green): a gradient of 1 at h′ reaches c as o (1 − tanh² c′) f = {slope}; at "
                    "the gates stand those of their scores.")
        if s["f"] == 1 and s["i"] == 0:
            return f"{text}All is kept and nothing added: the cell stays" + (", and nobody sees it." if s["o"] == 0
                                                                             else ".")
        if s["f"] == 0 and s["i"] == 0:
            return f"{text}Nothing kept, nothing added: the cell is empty."
        if s["f"] == 0:
            return f"{text}The past is gone; the cell holds what has just been written."
        return f"{text}Only f multiplies what the cell has."

    def code(self):
        v, s = self.values, self.current
        dh, dc = s["slopes"]["h_new"], s["slopes"]["c_new"]
        return "\n".join([
            "import numpy as np", "",
            f"f, i, o, g, c = {v['f']}, {v['i']}, {v['o']}, {v['g']}, {v['c']}",
            "c_new = f * c + i * g",
            "squashed = np.tanh(c_new)",
            "h_new = o * squashed",
            f"dh, dc = {dh}, {dc}  # gradients that come back",
            "total = dc + dh * o * (1 - squashed**2)",
            'slopes = {"i": total * g * i * (1 - i), "f": total * c * f * (1 - f), "g": total * i * (1 - g**2),',
            '          "o": dh * squashed * o * (1 - o), "c": total * f, "c_new": dc, "h_new": dh}',
            "print(c_new, h_new, slopes)",
        ])


#: Places in the diagram of the GRU.
_GRU = {"h": (0.75, 4.9), "keep": (4.6, 4.9), "add": (7.0, 4.9), "h_new": (9.25, 4.9), "reset": (2.2, 2.9),
        "k": (4.6, 2.9), "write": (7.0, 2.9), "r": (2.2, 0.9), "z": (7.0, 0.9)}


class GRUCell(Demo):
    """One unit of a GRU, one step, in both conventions."""

    title = "z mixes old and new, in one convention or the other"
    alt = ("First: the way from the old state h and the candidate k to the new state, with the gates z and r as "
           "numbers to turn. Second: the new state against z, a line from h to k in the convention of the course and "
           "from k to h in that of PyTorch.")
    controls = (
        Slider("z", "Update gate z", 0.01, 0.99, 0.01, 0.95),
        Slider("r", "Reset gate r", 0.0, 1.0, 0.01, 0.5),
        Menu("convention", "Convention", ("course", "pytorch"), "course"),
        Slider("h", "Old state h", -1.0, 1.0, 0.01, 0.8, more=True),
        Slider("a", "Score of the candidate from the input", -2.0, 2.0, 0.05, -1.0, more=True),
        Slider("u", "Recurrent weight of the candidate", -2.0, 2.0, 0.05, 1.0, more=True),
        Slider("b_hidden", "Bias inside the reset (PyTorch only)", -1.0, 1.0, 0.05, 0.0, more=True),
    )
    presets = {
        "z near 1: replace": {},
        "z near 0: keep": {"z": 0.05},
        "The same z in PyTorch": {"convention": "pytorch"},
        "Half and half": {"z": 0.5},
        "Reset: the past unseen": {"r": 0.0},
        "A bias inside the reset": {"convention": "pytorch", "z": 0.3, "b_hidden": 0.8},
    }
    panels = (
        ("Turn the gates", "", "", (0, 10), (0, 6)),
        ("New state for every z", "update gate z", "new state h′", (0, 1), (-1.1, 1.5)),
    )
    widths = (1.25, 1.0)
    pictures = (0,)
    size = (800, 400)
    handles = (
        *(Handle(0, words, turn=name, at=lambda s, name=name: _GRU[name]) for name, words in
          (("h", "old state h"), ("r", "reset gate r"), ("z", "update gate z"))),
        Handle(1, "update gate z", x="z", at=lambda s: (s["z"], s["h_new"])),
    )
    _GRID = np.linspace(0.01, 0.99, 50)

    def background(self, axes, values):
        axes[0].axis("off")
        axes[1].axhline(0, color=style.DARK, linewidth=0.8)
        axes[1].set_yticks(np.linspace(-1, 1, 5))
        axes[1].plot([], [], color=style.BLUE, linewidth=2.2, label="course")
        axes[1].plot([], [], color=style.ORANGE, linewidth=2.2, linestyle="dashed", label="PyTorch")
        axes[1].legend(loc="upper center", ncols=2, columnspacing=1.0, handlelength=1.6)

    def state(self, z, r, convention, h, a, u, b_hidden):
        x = np.log(np.append(self._GRID, z) / (1 - np.append(self._GRID, z)))[:, None]  # scores of z
        W, U, b = np.array([[1.0, 0.0, 0.0]]), np.array([[0.0, 0.0, u]]), np.array([0.0, _score(r), a])
        before, curves, ends = np.full((len(x), 1), h), {}, {}
        for each in ("course", "pytorch"):
            bias = np.array([b_hidden]) if each == "pytorch" else None
            found, cache = ops.gru_step_forward(x, before, W, U, b, each, bias)
            curves[each], ends[each] = found[:-1, 0], (float(found[-1, 0]), float(cache.gates[0, -1, 2]))
        h_new, k = ends[convention]
        return {"z": z, "r": r, "h": h, "a": a, "u": u, "convention": convention, "h_new": h_new, "k": k,
                "curves": curves, "inner": b_hidden if convention == "pytorch" else 0.0,
                "kept": 1 - z if convention == "course" else z}

    def layers(self, s):
        at, kept = _GRU, s["kept"]
        ways = (("h", "keep"), ("keep", "add"), ("add", "h_new"), ("h", "reset"), ("r", "reset"), ("reset", "k"),
                ("k", "write"), ("z", "write"), ("write", "add"))
        layers = [_way(at, a, b, _NODE if b in ("h_new", "k") else 22) for a, b in ways]
        for name, word in (("keep", "×"), ("add", "+"), ("reset", "×"), ("write", "×")):
            layers += [Points(0, *at[name], color="white", edge=style.GREY, size=22), Text(0, *at[name], word, size=15)]
        for name, label, (x, y) in (("h", "h", (0, 0.75)), ("k", "k", (0, -0.75)), ("h_new", "h′", (0, 0.75)),
                                    ("r", "r", (0, -0.7)), ("z", "z", (0, -0.7))):
            color = style.BLUE if s[name] >= 0 else style.ORANGE
            layers += [*_node(0, at[name], fixed(s[name]), key=name, color=color),
                       Text(0, at[name][0] + x, at[name][1] + y, label, size=13, bold=True, key=name)]
        old, new = ("1 − z", "z") if s["convention"] == "course" else ("z", "1 − z")
        layers += [Text(0, 4.6, 5.55, f"{old} = {fixed(kept)}", size=12),
                   Text(0, 7.2, 3.9, f"{new} = {fixed(1 - kept)}", size=12, ha="left")]
        for name, color, dash in (("course", style.BLUE, "solid"), ("pytorch", style.ORANGE, "dashed")):
            chosen = name == s["convention"]
            layers.append(Line(1, self._GRID, s["curves"][name], color=color, dash=dash, width=3 if chosen else 1.4,
                               label=name, ghost=chosen))
        return [
            *layers,
            Points(1, s["z"], s["h_new"], size=11, edge=style.DARK, label="new state", key="h_new",
                   color=style.BLUE if s["convention"] == "course" else style.ORANGE),
            Line(1, [0, 1], [s["h"]] * 2, color=style.GREY, width=1.2, dash="dotted", label="old state h", key="h"),
            Line(1, [0, 1], [s["k"]] * 2, color=style.GREY, width=1.2, dash="dotted", label="candidate k", key="k"),
            Text(1, [0.5, 0.5], [s["h"], s["k"]], ["h", "k"], size=12, box=True, key=["h", "k"]),
        ]

    def caption(self, s):
        old, new = ("(1 − z)", "z") if s["convention"] == "course" else ("z", "(1 − z)")
        inner = "r (h u + b)" if s["inner"] else "r h u"
        k, h, h_new, kept, replaced = map(fixed, (s["k"], s["h"], s["h_new"], s["kept"], 1 - s["kept"]))
        mixture = f"h′ = {old} h + {new} k = {kept} · {h} + {replaced} · {k} = {h_new}"
        text = f"{term(f'k = tanh(a + {inner}) = {k}', 'k')}; {term(mixture, 'h_new')}. "
        if s["r"] == 0:
            return f"{text}With r = 0 the candidate sees nothing of the past."
        if s["kept"] < 0.2:
            return f"{text}Nearly the candidate: the past is replaced."
        if s["kept"] > 0.8:
            return f"{text}Nearly the old state: it is kept."
        return f"{text}A mixture: it always lies between h and k."

    def code(self):
        v = self.values
        bias = f", np.array([{v['b_hidden']}])" if v["convention"] == "pytorch" else ""
        r = v["r"] if 0 < v["r"] < 1 else f"{v['r']:.0f}"
        score = {0.0: "-np.inf", 1.0: "np.inf"}.get(v["r"], f"np.log({r} / (1 - {r}))")
        return "\n".join([
            "import numpy as np", "from course_lib import ops", "",
            f"z, r, h = {v['z']}, {v['r']}, np.array([[{v['h']}]])",
            f"b = np.array([np.log(z / (1 - z)), {score}, {v['a']}])  # scores of z, r, k from the input",
            f"x, W, U = np.zeros((1, 1)), np.zeros((1, 3)), np.array([[0.0, 0.0, {v['u']}]])",
            f'new, cache = ops.gru_step_forward(x, h, W, U, b, "{v["convention"]}"{bias})',
            "h_new, k, h = new[0, 0], cache.gates[0, 0, 2], h[0, 0]",
            "print(h_new, k)",
        ])


class MemoryHalfLife(Demo):
    """How long a cell keeps what it has, by the bias of its forget gate."""

    title = "The forget bias sets how long a cell keeps"
    alt = ("First: the content of a cell that nothing is written to, over a hundred steps, with the step at which half "
           "is left. Second, logarithmic: the half-life against the bias of the forget gate; it rises from one step at "
           "a bias of 0 to more than a thousand at 8.")
    controls = (
        Slider("bias", "Forget bias", -2.0, 8.0, 0.1, 1.0, ticks=(-2, 0, 2, 4, 6, 8)),
        Slider("n", "Steps looked at", 1, 100, 1, 25, unit="steps"),
    )
    presets = {
        "Bias 0: half at every step": {"bias": 0.0},
        "Bias 1: the usual start": {},
        "Bias 2": {"bias": 2.0},
        "f near 0.95, a hundred steps": {"bias": 2.9, "n": 100},
        "Bias 5": {"bias": 5.0, "n": 100},
    }
    panels = (
        ("What is left of the cell", "step", "share", (0, 102), (0, 1.06)),
        ("Half-life", "forget bias", "steps", (-2.2, 8.2), (0.2, 4000)),
    )
    size = (780, 330)
    handles = (
        Handle(1, "forget bias", x="bias", at=lambda s: (s["bias"], s["half"])),
        Handle(0, "steps looked at", x="n", at=lambda s: (s["n"], s["left"])),
        Handle(0, "step at which half is left", move=lambda s, x, y: {"bias": _score(0.5 ** (1 / max(x, 0.1)))},
               at=lambda s: (s["half"], 0.5) if s["half"] <= 100 else None),
    )
    _BIASES = np.linspace(-2, 8, 101)
    _STEPS = 100

    def background(self, axes, values):
        axes[0].axhline(0.5, color=style.GREY, linewidth=1.0, linestyle="dotted")
        axes[1].set_yscale("log")
        axes[1].set_xticks(range(-2, 9, 2))

    @staticmethod
    def _half(f):
        return np.log(0.5) / np.log(f)

    def state(self, bias, n):
        x, zeros, b = np.zeros((1, self._STEPS, 1)), np.zeros((1, 4)), np.array([0.0, bias, 0.0, 0.0])
        _, _, cache = ops.lstm_forward(x, zeros, zeros, b, c0=np.ones((1, 1)))
        c, f = cache.c[:, 0, 0], float(ops.sigmoid(bias))
        return {"bias": bias, "n": n, "c": c, "f": f, "half": float(self._half(f)), "left": float(c[n]),
                "halves": self._half(ops.sigmoid(self._BIASES))}

    def layers(self, s):
        layers = [
            Line(0, np.arange(self._STEPS + 1), s["c"], width=2.4, label="content of the cell", key="c", ghost=True),
            Line(0, [s["n"]] * 2, [0, s["left"]], color=style.GREY, width=1.2, dash="dotted"),
            Points(0, s["n"], s["left"], color=style.GREEN, marker="D", size=10, edge=style.DARK,
                   label=f"after {s['n']} steps", key="left"),
            Line(1, self._BIASES, s["halves"], width=2.4, label="ln 0.5 / ln f"),
            Points(1, s["bias"], s["half"], color=style.ORANGE, marker="s", size=11, edge=style.DARK, label="half-life",
                   key="half"),
        ]
        if s["half"] <= self._STEPS:
            layers.append(Points(0, s["half"], 0.5, color=style.ORANGE, marker="s", size=11, edge=style.DARK,
                                 label="half is left", key="half"))
        return layers

    def caption(self, s):
        steps = f"{s['n']} step{'s' * (s['n'] > 1)}"
        half, left = short(s["half"], 3), short(100 * s["left"], 2)
        half = f"Half-life {half} step{'s' * (half != '1')}"
        return (f"Bias {fixed(s['bias'], 1)}: f = {fixed(s['f'], 4)}. {term(half, 'half')}, "
                f"ln 0.5 / ln f. After {steps} {term(f'{left} percent', 'left')} of the "
                f"{term('cell', 'c')} is left, though nobody decided to forget it.")

    def code(self):
        v = self.values
        return "\n".join([
            "import numpy as np", "from course_lib import ops", "",
            f"b = np.array([0, {v['bias']}, 0, 0])  # blocks i, f, g, o; a candidate of 0 writes nothing",
            "nothing = np.zeros((1, 4))",
            "h, c_last, cache = ops.lstm_forward(np.zeros((1, 100, 1)), nothing, nothing, b, c0=np.ones((1, 1)))",
            "c = cache.c[:, 0, 0]",
            f"left = c[{v['n']}]",
            "f = ops.sigmoid(b[1])",
            "half = np.log(0.5) / np.log(f)",
            "print(f, half, left)",
        ])
