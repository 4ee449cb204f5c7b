"""Live figures of chapter 04: back-propagation by hand, the computation graph, the gradient check."""

from functools import cache
from typing import ClassVar

import numpy as np

from course_lib import dense, gradcheck, ops
from course_lib.autodiff import Value, topological_order
from course_lib.viz import style
from course_lib.viz.graph import layout
from course_lib.viz.live import Bars, Demo, Handle, Line, Menu, Points, Slider, Text, term
from course_lib.viz.numbers import fixed, short, signed

_GRADIENT = "#00664a"  # a green dark enough for numbers
_FLOOR = 1.5e-14  # relative errors below it, and 0, are drawn there


def _edge(panel, start, end, weight, key) -> Line:
    """A connection: blue and solid when positive, orange and dashed when negative, thicker when larger."""
    color, dash = (style.BLUE, "solid") if weight >= 0 else (style.ORANGE, "dashed")
    return Line(panel, [start[0], end[0]], [start[1], end[1]], color=color, dash=dash, key=key,
                width=1.2 + 1.6 * min(abs(weight), 1.5))


#: Nodes x₁, x₂, h₁, h₂, ŷ of the 2-2-1 network, its connections in the order of the six weights, and their names.
_PLACES = ((0.9, 4.7), (0.9, 1.5), (5.0, 4.7), (5.0, 1.5), (9.1, 3.1))
_EDGES = ((0, 2), (0, 3), (1, 2), (1, 3), (2, 4), (3, 4))
_WEIGHTS = {"w11": "W₁₁", "w12": "W₁₂", "w21": "W₂₁", "w22": "W₂₂", "v1": "w₁", "v2": "w₂"}
#: Where the numbers of a connection stand, as a share of its length: off the middle where two of them cross.
_SHARES = (0.5, 0.3, 0.3, 0.5, 0.5, 0.5)


def _beside(number) -> tuple[float, float]:
    """The middle of the two numbers of connection `number`."""
    (x0, y0), (x1, y1) = (_PLACES[node] for node in _EDGES[number])
    return x0 + _SHARES[number] * (x1 - x0), y0 + _SHARES[number] * (y1 - y0)


class SmallNetwork(Demo):
    """The 2-2-1 ReLU network, forward and backward one step at a time."""

    title = "A 2-2-1 network, step by step"
    alt = ("First: a network with two inputs, two hidden ReLU units and one output; values stand in the nodes, weights "
           "above the connections, and going backward their gradients below. Second: bars of the six gradients and "
           "marks of their finite differences.")
    controls = (
        Slider("step", "Step", 0, 6, 1, 6, play=True),
        Menu("formula", "Formula for dW", ("complete", "x left out"), "complete"),
        Slider("x1", "Input x₁", -2.0, 2.0, 0.1, 0.5, more=True),
        Slider("x2", "Input x₂", -2.0, 2.0, 0.1, 2.0, more=True),
        Slider("y", "Target y", -2.0, 2.0, 0.1, -1.0, more=True),
        Slider("w11", "W₁₁, x₁ → h₁", -1.5, 1.5, 0.1, 0.6, more=True),
        Slider("w12", "W₁₂, x₁ → h₂", -1.5, 1.5, 0.1, -0.4, more=True),
        Slider("w21", "W₂₁, x₂ → h₁", -1.5, 1.5, 0.1, 0.3, more=True),
        Slider("w22", "W₂₂, x₂ → h₂", -1.5, 1.5, 0.1, 0.5, more=True),
        Slider("v1", "w₁, h₁ → output", -1.5, 1.5, 0.1, 0.8, more=True),
        Slider("v2", "w₂, h₂ → output", -1.5, 1.5, 0.1, -0.5, more=True),
    )
    presets = {
        "Forward only": {"step": 3},
        "x left out": {"formula": "x left out"},
        "One unit off": {"w22": -0.5},
        "No error": {"y": 0.32},
    }
    panels = (
        ("Forward: values. Backward: gradients", "", "", (0, 10), (0, 6.2)),
        ("Bars: formula. Diamonds: difference", "", "gradient of J", (-0.7, 5.7), (-3.3, 3.3)),
    )
    widths = (1.45, 1.0)
    size = (800, 380)
    handles = (
        Handle(0, "input x₁", turn="x1", at=lambda s: _PLACES[0]),
        Handle(0, "input x₂", turn="x2", at=lambda s: _PLACES[1]),
        Handle(0, "target y", turn="y", at=lambda s: (9.1, 1.15)),
        *(Handle(0, f"weight {word}", turn=name, at=lambda s, k=k: (_beside(k)[0], _beside(k)[1] + 0.2))
          for k, (name, word) in enumerate(_WEIGHTS.items())),
    )
    _MOST = 3.0  # a gradient beyond it is cut, and its number stands beside the bar
    _SAY = (
        "The inputs enter.",
        "Scores of the hidden units: z = x W.",
        "ReLU: h = max(0, z).",
        "Output ŷ = h w and loss J = (ŷ − y)² / 2.",
        "Backward, output: δ = ŷ − y, dw = h δ.",
        "Backward, hidden: δⱼ = δ wⱼ where zⱼ > 0, else 0.",
        "Backward, first layer: dWᵢⱼ = xᵢ δⱼ.",
    )

    def background(self, axes, values):
        axes[0].axis("off")
        axes[1].axhline(0, color=style.DARK, linewidth=0.8)
        axes[1].set_xticks(range(6), ["$W_{11}$", "$W_{12}$", "$W_{21}$", "$W_{22}$", "$w_1$", "$w_2$"], fontsize=10)
        axes[1].grid(axis="x", visible=False)

    def state(self, step, formula, x1, x2, y, w11, w12, w21, w22, v1, v2):
        x, W, w = np.array([x1, x2]), np.array([[w11, w12], [w21, w22]]), np.array([v1, v2])
        layers, target = [(W, None), (w[:, None], None)], np.array([[y]])

        def forward():
            return ops.mlp_forward(x[None], layers, hidden="relu")

        y_hat, cache = forward()
        loss, delta = ops.half_sse(y_hat, target)
        (dW, _), (dw, _) = ops.mlp_backward(delta, cache)
        z = x @ W
        delta_hidden = delta[0, 0] * w * (z > 0)
        numeric = [gradcheck.numerical_gradient(lambda _: ops.half_sse(forward()[0], target)[0], W) for W, _ in layers]
        if formula != "complete":
            dW = np.tile(delta_hidden, (2, 1))
        return {
            "step": step, "formula": formula, "x": x, "target": y, "weights": np.concatenate([W.ravel(), w]), "z": z,
            "h": ops.relu(z), "y_hat": float(y_hat[0, 0]), "loss": loss, "delta": float(delta[0, 0]),
            "delta_hidden": delta_hidden, "dW": dW, "dw": dw[:, 0],
            "analytic": np.concatenate([dW.ravel(), dw[:, 0]]), "numeric": np.concatenate([g.ravel() for g in numeric]),
        }

    def layers(self, state):
        step, names = state["step"], list(_WEIGHTS)
        known = np.array([step >= 6] * 4 + [step >= 4] * 2)
        layers = [_edge(0, _PLACES[a], _PLACES[b], weight, key)
                  for (a, b), weight, key in zip(_EDGES, state["weights"], names, strict=True)]
        words = [fixed(value, 1) for value in state["x"]]
        words += [fixed(value) if step >= 1 else "" for value in (state["h"] if step >= 2 else state["z"])]
        words.append(fixed(state["y_hat"]) if step >= 3 else "")
        layers += [Points(0, *np.transpose(_PLACES), color="white", edge=style.DARK, size=50),
                   Text(0, *np.transpose(_PLACES), words, size=13)]
        for k, key in enumerate(names):
            x, y = _beside(k)
            layers.append(Text(0, x, y + 0.2, fixed(state["weights"][k], 1), size=12, box=True, key=key))
            if known[k]:
                layers.append(Text(0, x, y - 0.2, fixed(state["analytic"][k]), size=12, color=_GRADIENT, bold=True,
                                   box=True, key=key))
        layers.append(Text(0, [0.9, 0.9, 5, 5, 9.1, 9.1], [5.65, 0.55, 5.65, 0.55, 4.05, 1.15],
                           ["x₁", "x₂", *[f"{'h' if step >= 2 else 'z'}{s}" for s in "₁₂"], "ŷ",
                            f"y = {fixed(state['target'], 1)}"], size=13))
        if step >= 4:
            layers.append(Text(0, 9.1, 2.1, f"δ = {fixed(state['delta'])}", size=13, color=_GRADIENT, bold=True))
        if step >= 5:
            layers.append(Text(0, [6.9, 6.9], [5.65, 0.55], [f"δ{s} = {fixed(value)}" for s, value in
                               zip("₁₂", state["delta_hidden"], strict=True)], size=13, color=_GRADIENT, bold=True))
        shown, numeric = np.where(known, state["analytic"], 0.0), state["numeric"]
        differ, far = np.flatnonzero(known & ~self._agree(state)), np.flatnonzero(np.abs(shown) > self._MOST)
        words = [f"dJ/d{word}" for word in _WEIGHTS.values()]
        layers += [Bars(1, np.arange(6), np.clip(shown, -self._MOST, self._MOST), color=style.sign_colors(shown),
                        width=0.62, label=words, key=names),
                   Points(1, np.arange(6), np.clip(numeric, -self._MOST, self._MOST), color=style.DARK, marker="D",
                          size=9, label=words, key=names),
                   Text(1, far, np.sign(shown[far]) * 2.5, [fixed(shown[k], 1) for k in far], size=12, box=True),
                   Text(1, differ, np.full(len(differ), -3.0), ["≠"] * len(differ), color=style.RED, size=20,
                        bold=True)]
        return layers

    @staticmethod
    def _agree(state):
        return np.abs(state["analytic"] - state["numeric"]) < 1e-6 * (1 + np.abs(state["numeric"]))

    def caption(self, state):
        step = state["step"]
        text = f"Step {step}: {self._SAY[step]}"
        if step >= 3:
            text += f" ŷ − y = {fixed(state['delta'])}, J = {fixed(state['loss'], 3)}."
        if step < 6:
            return text
        wrong = int((~self._agree(state)).sum())
        if wrong and (np.abs(state["z"]) < 1e-5).any():
            return f"{text} A score is exactly 0, on the kink of ReLU, where the difference sees half a slope."
        if wrong:
            return f"{text} {wrong} of 6 gradients differ from the finite difference: without xᵢ both rows are equal."
        off = int((state["z"] <= 0).sum())
        whose = "its" if off == 1 else "their"
        silent = f" {off} hidden unit{'s' * (off > 1)} off: {whose} gradients are 0." if off else ""
        gap = np.abs(state["analytic"] - state["numeric"]).max()
        return f"{text} All six agree with the finite difference to {short(gap, 1)}.{silent}"

    def code(self):
        at = self.values
        dW = ("np.outer(x, delta * w * (z > 0))" if at["formula"] == "complete" else
              "np.tile(delta * w * (z > 0), (2, 1))  # wrong: x is left out")
        return "\n".join([
            "import numpy as np", "from course_lib import gradcheck, ops", "",
            f"x, y = np.array([{at['x1']}, {at['x2']}]), {at['y']}",
            f"W, w = np.array([[{at['w11']}, {at['w12']}], [{at['w21']}, {at['w22']}]]), "
            f"np.array([{at['v1']}, {at['v2']}])",
            "z = x @ W", "h = ops.relu(z)", "y_hat = h @ w", "delta = y_hat - y", "dw = delta * h", f"dW = {dW}",
            "print(dW, gradcheck.numerical_gradient(lambda W: (ops.relu(x @ W) @ w - y) ** 2 / 2, W))",
        ])


class ComputationGraph(Demo):
    """Local slopes on the edges, sums over paths at the nodes."""

    title = "Slopes travel back along every path"
    alt = ("First: a computation graph with value and gradient in each node, and on each edge the local slope and the "
           "part of the gradient that comes back through it. Second: one bar for each path from the chosen node to the "
           "result, and their sum.")
    controls = (
        Menu("expression", "Expression", ("x·σ(wx)", "tanh(wx + x)", "w·tanh(wx)"), "x·σ(wx)"),
        Slider("x", "x", -1.5, 1.5, 0.02, 1.0),
        Slider("w", "w", -1.5, 1.5, 0.02, 1.2),
        Slider("node", "Node looked at", 0, 4, 1, 0, more=True),
    )
    presets = {
        "One path": {"node": 1},
        "Two paths add up": {"node": 0, "w": 0.8},
        "Two paths cancel": {"expression": "tanh(wx + x)", "w": -1.0},
        "Shared weight": {"expression": "w·tanh(wx)", "node": 1},
    }
    panels = (
        ("On an edge: slope, and what comes back", "", "", (0, 1), (0, 1)),
        ("Gradient: sum over paths", "df / d(node)", "", (-1.7, 2.7), (0, 6)),
    )
    widths = (2.3, 1.0)
    size = (760, 380)
    handles = tuple(Handle(0, f"node {k + 1}", press={"node": k},
                           at=lambda s, k=k: s["places"][k]) for k in range(5))
    #: the expression in the notebook, and its nodes in the order of `node`
    _CODE: ClassVar = {
        "x·σ(wx)": (["a = w * x", "s = a.sigmoid()", "f = x * s"], "xwasf"),
        "tanh(wx + x)": (["a = w * x", "z = a + x", "f = z.tanh()"], "xwazf"),
        "w·tanh(wx)": (["a = w * x", "t = a.tanh()", "f = w * t"], "xwatf"),
    }

    def background(self, axes, values):
        axes[0].axis("off")
        axes[1].axvline(0, color=style.DARK, linewidth=0.8)
        axes[1].set_yticks([])

    @staticmethod
    def _build(expression, x, w):
        x, w = Value(x, "x"), Value(w, "w")
        if expression == "x·σ(wx)":
            result = x * (w * x).named("a").sigmoid().named("s")
        elif expression == "tanh(wx + x)":
            result = ((w * x).named("a") + x).named("z").tanh()
        else:
            result = w * (w * x).named("a").tanh().named("t")
        return result.named("f"), [x, w]

    def state(self, expression, x, w, node):
        result, inputs = self._build(expression, x, w)
        result.backward()
        nodes = inputs + [n for n in topological_order(result) if n.parents]
        chosen = nodes[node]
        places, routes = self._positions(result)
        return {"result": result, "nodes": nodes, "chosen": chosen, "paths": self._paths(result, chosen),
                "expression": expression, "places": [places[id(n)] for n in nodes], "routes": routes,
                "value": result.data, "gradient": chosen.grad}

    @staticmethod
    def _paths(result, chosen):
        """All ways from `chosen` to the result: (names of the nodes, product of the local slopes)."""
        if chosen is result:
            return [(["f"], 1.0)]
        found = []

        def back(node, names, product):
            for parent, slope in zip(node.parents, node.slopes, strict=True):
                if parent is chosen:
                    found.append(([chosen.name, *names], product * slope))
                else:
                    back(parent, [parent.name, *names], product * slope)

        back(result, ["f"], 1.0)
        return found

    @staticmethod
    def _positions(result):
        places, routes = layout(result)
        spots = list(places.values()) + [spot for route in routes for spot in route[3]]
        columns, rows = zip(*spots, strict=True)
        low, high = min(rows), max(rows)

        def at(spot):
            return (0.05 + 0.9 * spot[0] / max(columns), 0.85 - 0.68 * (spot[1] - low) / max(high - low, 1e-9))

        return {key: at(spot) for key, spot in places.items()}, [(a, b, s, [at(p) for p in points])
                                                                 for a, b, s, points in routes]

    @staticmethod
    def _label(node):
        sign = {"": "", "*": " (×)", "+": " (+)", "sigmoid": " (σ)", "tanh": " (tanh)"}[node.op]
        return node.name + sign

    @staticmethod
    def _key(names):
        """Of a path: that of its first edge."""
        return "→".join(names[:2])

    def layers(self, state):
        chosen, lines, numbers = state["chosen"], [], []
        for parent, node, slope, points in state["routes"]:
            color, dash = (style.BLUE, "solid") if slope >= 0 else (style.ORANGE, "dashed")
            bold, key = parent is chosen, self._key([parent.name, node.name])
            lines.append(Line(0, *np.transpose(points), color=color, dash=dash, width=4 if bold else 1.8, key=key))
            x, y = np.mean(points[-2:], axis=0)
            numbers += [Text(0, x, y + 0.035, fixed(slope), size=11, box=True, bold=bold, key=key),
                        Text(0, x, y - 0.035, fixed(node.grad * slope), color=_GRADIENT, size=11, box=True, bold=bold,
                             key=key)]
        boxes = []
        for node, (x, y) in zip(state["nodes"], state["places"], strict=True):
            boxes += [
                Points(0, x, y, color="white", edge=style.RED if node is chosen else style.DARK, marker="s", size=50),
                Text(0, [x] * 3, [y + 0.05, y, y - 0.05],
                     [self._label(node), fixed(node.data), f"∇ {fixed(node.grad)}"], size=11, bold=node is chosen),
            ]
        names = [" → ".join(names) for names, _ in state["paths"]] + ["sum = gradient"]
        keys = [self._key(names) for names, _ in state["paths"]] + ["sum"]
        values = np.array([value for _, value in state["paths"]] + [chosen.grad])
        at = 4.9 - 1.6 * np.arange(len(values))
        return [*lines, *boxes, *numbers,
                Bars(1, at, values, color=style.sign_colors(values), width=0.5, horizontal=True, label=names, key=keys),
                Text(1, np.full(len(at), -1.6), at + 0.55, [f"{name}: {signed(value, 3)}" for name, value in
                     zip(names, values, strict=True)], size=12, ha="left", box=True, key=keys)]

    def caption(self, state):
        paths, chosen = state["paths"], state["chosen"]
        total = term(signed(chosen.grad, 3), "sum")
        head = f"f = {state['expression']} = {fixed(state['value'], 3)}."
        if chosen is state["result"]:
            return f"{head} This is f itself: its slope is 1, and from here the slopes travel back."
        if len(paths) == 1:
            return f"{head} From {chosen.name} one path leads to f: the gradient is its product of slopes, {total}."
        parts = " and ".join(term(signed(value, 3), self._key(names)) for names, value in paths)
        return f"{head} {chosen.name} reaches f on {len(paths)} paths; their products {parts} add up to {total}."

    def code(self):
        lines, names = self._CODE[self.values["expression"]]
        return "\n".join([
            "from course_lib.autodiff import Value", "",
            f'x, w = Value({self.values["x"]}, "x"), Value({self.values["w"]}, "w")', *lines, "f.backward()",
            f"value, gradient = f.data, {names[self.values['node']]}.grad", "print(value, gradient)",
        ])


class ErrorSplit(Demo):
    """Sharing an error out by weights against the gradient."""

    title = "Sharing out an error is not a gradient"
    alt = ("First: bars of the error shared out to two hidden units in proportion to the weights. Second: bars of the "
           "gradient at the hidden outputs, error times weight. Third: bars of the gradient at the hidden scores, "
           "where the slope of the unit counts too.")
    controls = (
        Slider("w1", "Weight w₁", -1.0, 1.0, 0.02, 0.3),
        Slider("w2", "Weight w₂", -1.0, 1.0, 0.02, 0.6),
        Slider("error", "Error ŷ − y", -1.0, 1.0, 0.02, 1.0, more=True),
        Slider("h1", "Hidden output h₁", 0.01, 0.99, 0.01, 0.5, more=True),
        Slider("h2", "Hidden output h₂", 0.01, 0.99, 0.01, 0.9, more=True),
    )
    presets = {
        "0.3 and 0.6": {},
        "0.8 and −0.3": {"w1": 0.8, "w2": -0.3},
        "Wrong signs": {"w1": 0.3, "w2": -0.8},
        "Second unit saturated": {"h2": 0.99},
        "Weights cancel": {"w1": 0.5, "w2": -0.5},
    }
    panels = (
        ("Shared out: error × w / Σw", "hidden unit", "share of the error", (0.4, 2.6), (-2.1, 2.1)),
        ("Gradient at h: error × w", "hidden unit", "dL/dh", (0.4, 2.6), (-2.1, 2.1)),
        ("At z: error × w × h (1 − h)", "hidden unit", "dL/dz", (0.4, 2.6), (-0.32, 0.32)),
    )
    size = (760, 340)
    handles = tuple(Handle(1, f"weight w{sub}, by its bar", move=lambda s, x, y, k=k: {f"w{k + 1}": y / s["error"]},
                           at=lambda s, k=k: (k + 1, s["dh"][k]) if s["error"] else None)
                    for k, sub in enumerate("₁₂"))

    def background(self, axes, values):
        for ax in axes:
            ax.axhline(0, color=style.DARK, linewidth=0.8)
            ax.set_xticks([1, 2])
            ax.grid(axis="x", visible=False)

    def state(self, w1, w2, error, h1, h2):
        # A linear output with half the squared error: the error is the gradient at the output.
        w, h = np.array([w1, w2]), np.array([h1, h2])
        dh = ops.affine_backward(np.array([[error]]), (h[None], w[:, None]))[0][0]
        return {"w": w, "error": error, "h": h, "dh": dh, "dz": ops.sigmoid_backward(dh, h),
                "split": None if abs(w.sum()) < 1e-9 else ops.error_split(w, error)}

    def layers(self, state):
        layers, keys = [], ["h1", "h2"]
        for panel, (name, values) in enumerate((("share", state["split"]), ("dL/dh", state["dh"]),
                                                ("dL/dz", state["dz"]))):
            if values is None:
                layers.append(Text(panel, 1.5, 1.0, "Σw = 0: no shares exist", color=style.RED, size=13, bold=True,
                                   box=True))
                continue
            most = self.panels[panel][4][1]
            shown = np.clip(values, -0.78 * most, 0.78 * most)
            words = [signed(value, 3) + ("" if value == bar else " ↑" if value > 0 else " ↓")
                     for value, bar in zip(values, shown, strict=True)]
            layers += [Bars(panel, [1, 2], shown, color=style.sign_colors(values), width=0.55, key=keys,
                            label=[f"{name}{sub}" for sub in "₁₂"]),
                       Text(panel, [1, 2], shown + most * np.where(values >= 0, 0.19, -0.19), words, size=12, key=keys)]
        return layers

    def caption(self, state):
        split, dh, dz, h = state["split"], state["dh"], state["dz"], state["h"]
        text = f"Gradient at h {signed(dh[0], 3)} and {signed(dh[1], 3)}."
        if split is None:
            return f"The weights cancel, Σw = 0, and dividing by their sum is not possible. {text}"
        text = f"Shares {signed(split[0], 3)} and {signed(split[1], 3)}. {text}"
        if (split * dh < 0).any():
            return f"{text} The signs differ: following the shares would move a unit the wrong way."
        if np.abs(split).max() > abs(state["error"]) + 1e-9:
            return f"{text} One share is larger than the whole error."
        larger, smaller = int(dh[1] ** 2 > dh[0] ** 2), int(dh[1] ** 2 <= dh[0] ** 2)
        if abs(dz[larger]) < abs(dz[smaller]) and h[larger] * (1 - h[larger]) < 0.1:
            return (f"{text} Unit {larger + 1} has the larger weight and share, yet the smaller gradient at z: at "
                    f"h = {short(h[larger])} it is nearly saturated.")
        return f"{text} Same signs here, another scale: the shares know nothing of the slopes."

    def code(self):
        at, split = self.values, "split = ops.error_split(w, error)"
        if self.current["split"] is None:
            split = f"# {split}: the weights cancel, no shares exist"
        return "\n".join([
            "import numpy as np", "from course_lib import ops", "",
            f"w, error, h = np.array([{at['w1']}, {at['w2']}]), {at['error']}, np.array([{at['h1']}, {at['h2']}])",
            split, "dh = error * w", "dz = dh * h * (1 - h)", "print(dh, dz)",
        ])


class DifferenceStep(Demo):
    """How small should the step of a finite difference be?"""

    title = "The best step of a finite difference"
    alt = ("First: a function, its tangent and the line through the two points at distance h. Second, both axes "
           "logarithmic: the error of the central and of the one-sided difference against the step h; the central one "
           "is a V with its tip near 1e-5.")
    controls = (
        Slider("h", "Step h", -14.0, 0.0, 0.1, 1.0, log=True),
        Menu("function", "Function f", ("exp(sin x)", "sigmoid(3x)", "x³/4 − x"), "exp(sin x)"),
        Slider("x", "Point x", -2.0, 2.0, 0.05, 0.6, more=True),
    )
    presets = {
        "Far too large": {"h": 1.0},
        "Good: 10⁻⁵": {"h": 1e-5},
        "Too small: 10⁻¹²": {"h": 1e-12},
    }
    panels = (
        ("The secant approaches the tangent", "x", "f(x)", (-3, 3), (-3, 3.5)),
        ("Curvature right, rounding left", "step h", "relative error", (5e-15, 2), (1e-14, 10)),
    )
    size = (800, 360)
    background_depends = ("function",)
    handles = (
        Handle(1, "step h, on the curve of errors", x="h", at=lambda s: (s["h"], max(s["error"], _FLOOR))),
        Handle(0, "point x + h", move=lambda s, x, y: {"h": max(x - s["x"], 1e-14)},
               at=lambda s: (s["x"] + s["h"], s["above"]) if s["h"] > 0.1 else None),
        Handle(0, "point x", x="x", at=lambda s: (s["x"], s["here"])),
    )
    closed_form = "f(x)"
    _HS = 10.0 ** np.arange(-14, 0.01, 0.25)
    _FUNCTIONS: ClassVar = {
        "exp(sin x)": (lambda x: np.exp(np.sin(x)), lambda x: np.exp(np.sin(x)) * np.cos(x)),
        "sigmoid(3x)": (lambda x: ops.sigmoid(3 * x), lambda x: 3 * ops.ACTIVATIONS["sigmoid"].derivative(3 * x)),
        "x³/4 − x": (lambda x: x**3 / 4 - x, lambda x: 3 * x**2 / 4 - 1),
    }
    #: the same in the notebook
    _CODE: ClassVar = {
        "exp(sin x)": ("np.exp(np.sin(x))", "np.exp(np.sin(x)) * np.cos(x)"),
        "sigmoid(3x)": ("ops.sigmoid(3 * x)", '3 * ops.ACTIVATIONS["sigmoid"].derivative(3 * x)'),
        "x³/4 − x": ("x**3 / 4 - x", "3 * x**2 / 4 - 1"),
    }

    def background(self, axes, values):
        t = np.linspace(-3, 3, 400)
        axes[0].plot(t, self._FUNCTIONS[values["function"]][0](t), color=style.GREY)
        axes[1].set_xscale("log")
        axes[1].set_yscale("log")

    def state(self, h, function, x):
        f, slope = self._FUNCTIONS[function]
        point = np.array([x])
        true = float(slope(point)[0])
        hs = np.append(self._HS, h)
        central = gradcheck.step_errors(f, slope, point, hs)
        forward = (f(x + hs) - f(point)) / hs
        one_sided = np.abs(forward - true) / (np.abs(forward) + abs(true) + 1e-300)
        above, below = f(point + h)[0], f(point - h)[0]
        return {"point": x, "h": h, "here": f(point)[0], "true": true, "above": above, "below": below,
                "central": central[:-1], "forward": one_sided[:-1], "error": float(central[-1]),
                "one_sided": float(one_sided[-1]), "numeric": float((above - below) / (2 * h))}

    def layers(self, state):
        x, h, here, t = state["point"], state["h"], state["here"], np.array([-3.0, 3.0])
        middle = (state["above"] + state["below"]) / 2
        return [
            Line(0, t, here + state["true"] * (t - x), color=style.BLUE, label="tangent", key="true"),
            Line(0, t, middle + state["numeric"] * (t - x), color=style.ORANGE, dash="dashed", label="secant",
                 key="numeric"),
            Points(0, [x - h, x + h], [state["below"], state["above"]], color=style.ORANGE, marker="s", size=9,
                   label=["x − h", "x + h"], key="numeric"),
            Points(0, x, here, color=style.BLUE, size=9, label="x"),
            Text(0, [-2.8, -2.8], [3.1, 2.6], ["— tangent", "- - secant through x ± h"], size=12, ha="left", box=True),
            Line(1, self._HS, np.maximum(state["forward"], _FLOOR), color=style.GREY, dash="dotted",
                 label="one-sided (f(x + h) − f(x)) / h", key="one-sided"),
            Line(1, self._HS, np.maximum(state["central"], _FLOOR), color=style.BLUE, width=2.4,
                 label="central (f(x + h) − f(x − h)) / 2h", key="error"),
            Points(1, h, max(state["error"], _FLOOR), color=style.ORANGE, marker="D", size=12, edge=style.DARK,
                   label="this step", key="error"),
            Text(1, [1e-10, 1e-10], [2.0, 0.2], ["— central", "··· one-sided"], size=12, ha="left", box=True),
        ]

    def caption(self, state):
        best = self._HS[int(np.argmin(state["central"]))]
        numeric, true = (term(f"{word} {fixed(state[key], 8)}", key) for word, key in
                         (("central difference", "numeric"), ("slope", "true")))
        error = term(f"relative error {short(state['error'], 2)}", "error")
        one_sided = term(f"one-sided {short(state['one_sided'], 2)}", "one-sided")
        text = f"h = {short(state['h'], 2)}: {numeric}, {true}, {error} ({one_sided})."
        if abs(state["true"]) < 1e-6:
            return f"{text} The slope is nearly 0 here: compare the difference itself, not its relative error."
        if state["h"] > 20 * best:
            return f"{text} Too large: curvature counts, the error goes with h². Best near {short(best, 1)}."
        if state["h"] < best / 20:
            return f"{text} Too small: f(x + h) and f(x − h) agree in nearly all digits. Best near {short(best, 1)}."
        return f"{text} Near the tip of the V."

    def code(self):
        f, slope = self._CODE[self.values["function"]]
        return "\n".join([
            "import numpy as np", "from course_lib import gradcheck, ops", "",
            f"f, slope = lambda x: {f}, lambda x: {slope}",
            f"x, h = np.array([{self.values['x']}]), {self.values['h']}",
            "true, numeric = slope(x), (f(x + h) - f(x - h)) / (2 * h)  # the second by (4.59)",
            "error = gradcheck.step_errors(f, slope, x, np.array([h]))",
            "central = gradcheck.step_errors(f, slope, x, 10.0 ** np.arange(-14, 0.01, 0.25))",
            "print(true, numeric, error)",
        ])


@cache
def _batch() -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(7)
    return rng.standard_normal((32, 32)), rng.standard_normal((32, 1))


class GradientByLayer(Demo):
    """Gradients of a deep network, layer by layer."""

    title = "Gradients in a deep network"
    alt = ("First: how far the activations of different samples differ, layer by layer. Second: lengths of the bias "
           "gradient and of the weight gradient in each layer, on a logarithmic axis. With sigmoids both fall steeply "
           "toward the input.")
    controls = (
        Slider("depth", "Weight layers", 1, 20, 1, 20),
        Menu("activation", "Activation", ("sigmoid", "tanh", "relu", "identity"), "sigmoid"),
        Slider("scale", "Weights N(0, 1) · scale / √n", -0.3, 0.5, 0.01, 1.0, log=True, ticks=(0.5, 1, 3)),
        Slider("start", "Random start", 0, 30, 1, 0, more=True),
    )
    presets = {
        "Sigmoid vanishes": {},
        "tanh keeps": {"activation": "tanh"},
        "ReLU, scale √2": {"activation": "relu", "scale": float(np.sqrt(2))},
        "ReLU explodes": {"activation": "relu", "scale": 3.0},
        "Large sigmoid weights": {"scale": 3.0},
    }
    panels = (
        ("Forward: how far samples differ", "layer", "sd over the samples", (0.5, 20.5), (1e-14, 100)),
        ("Backward: the gradient by layer", "layer (1 = next to the input)", "length", (0.5, 20.5), (1e-19, 1e5)),
    )
    size = (800, 350)
    background_depends = ("activation",)
    handles = (Handle(1, "last layer", x="depth", at=lambda s: (s["depth"], s["norms"][-1])),)
    _WIDTH = 32
    #: where the values of an activation lie for all scales: limits of the left and of the right panel
    _LIMITS: ClassVar = {
        "sigmoid": ((1e-14, 100), (1e-19, 1e5)),
        "tanh": ((1e-8, 100), (1e-9, 1e6)),
        "relu": ((1e-12, 1e9), (1e-11, 1e19)),
        "identity": ((1e-8, 1e12), (1e-9, 1e25)),
    }

    def background(self, axes, values):
        for ax, limits in zip(axes, self._LIMITS[values["activation"]], strict=True):
            ax.set_yscale("log")
            ax.set_ylim(limits)
            ax.set_xticks([1, 5, 10, 15, 20])
            ax.yaxis.labelpad = -1
        axes[0].axhline(1, color=style.GREY, linewidth=0.8)

    def state(self, depth, activation, scale, start):
        X, y = _batch()
        sizes = [self._WIDTH] * depth + [1]
        init = lambda rng, fan_in, fan_out: scale / np.sqrt(fan_in) * rng.standard_normal((fan_in, fan_out))
        params = dense.unpack(dense.init_params(sizes, start, init), sizes)
        out, cache = ops.mlp_forward(X, params, activation)
        loss, dout = ops.mse(out, y)
        gradients = ops.mlp_backward(dout, cache)
        return {"depth": depth, "activation": activation, "loss": loss,
                "norms": np.array([np.linalg.norm(db) for _, db in gradients]),
                "weight_norms": np.array([np.linalg.norm(dW) for dW, _ in gradients]),
                "spread": np.array([np.sqrt(np.mean(a.var(axis=0))) for _, _, a, _ in cache])}

    def layers(self, state):
        at = np.arange(1, state["depth"] + 1)
        (low, high), (bottom, top) = self._LIMITS[state["activation"]]
        spread = np.clip(state["spread"], 2 * low, high / 2)
        layers = [Line(0, at, spread, color=style.GREY, width=1.4, ghost=True),
                  Points(0, at, spread, size=8, label="sd over the samples")]
        weights = {"color": style.ORANGE, "marker": "s", "filled": False}
        for name, words, percent, look in (("weight_norms", "of the weights, dW", 88, weights),
                                           ("norms", "of the biases, db", 95, {"color": style.BLUE})):
            length, y = np.clip(state[name], 2 * bottom, top / 2), np.geomspace(bottom, top, 101)[percent]
            layers += [Line(1, at, length, color=style.GREY, width=1.2, ghost=name == "norms", key=name),
                       Points(1, at, length, size=8, label=words, key=name, **look),
                       Points(1, 1.2, y, size=8, key=name, **look),
                       Text(1, 1.8, y, words, size=12, ha="left", box=True, key=name)]
        return layers

    def caption(self, state):
        norms, depth = state["norms"], state["depth"]
        if depth == 1:
            return f"One weight layer: its bias gradient has length {short(norms[0])}. Add layers and compare."
        ratio = norms[0] / norms[-1] if norms[-1] > 0 else np.nan
        if not np.isfinite(ratio) or ratio == 0:
            return (f"{depth} layers of {state['activation']}: the gradient of layer 1 is {short(norms[0])}. No step "
                    "can change that layer.")
        factor = ratio ** (1 / (depth - 1))
        first = term("bias gradient", "norms")
        text = (f"Layer 1 has {short(ratio, 2)} times the {first} of layer {depth}: on average a factor "
                f"{short(factor, 2)} for each layer on the way back.")
        if ratio < 1e-3:
            return f"{text} The first layers hardly learn (vanishing gradient)."
        if ratio > 1e3 or state["loss"] > 1e6:
            return (f"{text} The {term('weight gradients', 'weight_norms')} grow with the activations as well: one "
                    f"step would throw the weights far off (exploding). Loss {short(state['loss'], 1)}.")
        return f"{text} All layers can learn."

    def code(self):
        at = self.values
        return "\n".join([
            "import numpy as np", "from course_lib import dense, ops", "",
            "rng = np.random.default_rng(7)",
            "X, y = rng.standard_normal((32, 32)), rng.standard_normal((32, 1))",
            f"sizes = [32] * {at['depth']} + [1]",
            f"init = lambda rng, fan_in, fan_out: {at['scale']} / np.sqrt(fan_in) * "
            "rng.standard_normal((fan_in, fan_out))",
            f"params = dense.unpack(dense.init_params(sizes, {at['start']}, init), sizes)",
            f'out, cache = ops.mlp_forward(X, params, "{at["activation"]}")',
            "loss, dout = ops.mse(out, y)",
            "norms = [np.linalg.norm(db) for dW, db in ops.mlp_backward(dout, cache)]",
            "print(loss, norms)",
        ])
