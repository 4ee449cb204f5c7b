"""Live figures of chapter 04: back-propagation by hand, the computation graph, the gradient check."""

from functools import cache
from typing import ClassVar

import numpy as np

from course_lib import dense, gradcheck, ops
from course_lib.autodiff import Value, topological_order
from course_lib.viz import style
from course_lib.viz.graph import layout
from course_lib.viz.live import Bars, Demo, Line, Menu, Points, Slider, Text
from course_lib.viz.numbers import fixed, short, signed


def _sign_colors(values) -> list[str]:
    return [style.BLUE if value >= 0 else style.ORANGE for value in np.ravel(values)]


def _edge(panel, start, end, weight, width=None) -> Line:
    """A connection: blue and solid when positive, orange and dashed when negative, thicker when larger."""
    color, dash = (style.BLUE, "solid") if weight >= 0 else (style.ORANGE, "dashed")
    width = 1.2 + 1.6 * min(abs(weight), 1.5) if width is None else width
    return Line(panel, [start[0], end[0]], [start[1], end[1]], color=color, dash=dash, width=width)


class SmallNetwork(Demo):
    """The 2-2-1 ReLU network, forward and backward one step at a time."""

    title = "A 2-2-1 network, step by step"
    alt = ("Left: a network with two inputs, two hidden ReLU units and one output; values stand in the nodes, weights "
           "on the connections, and going backward their gradients. Right: bars of the six gradients and marks of "
           "their finite differences.")
    controls = (
        Slider("step", "Step", 0, 6, 1, 6, play=True),
        Menu("formula", "Formula for dW₁", ("complete", "x left out"), "complete"),
        Slider("x1", "Input x₁", -2.0, 2.0, 0.1, 0.5),
        Slider("x2", "Input x₂", -2.0, 2.0, 0.1, 2.0),
        Slider("y", "Target y", -2.0, 2.0, 0.1, -1.0),
        Slider("w11", "x₁ → h₁", -1.5, 1.5, 0.1, 0.6),
        Slider("w12", "x₁ → h₂", -1.5, 1.5, 0.1, -0.4),
        Slider("w21", "x₂ → h₁", -1.5, 1.5, 0.1, 0.3),
        Slider("w22", "x₂ → h₂", -1.5, 1.5, 0.1, 0.5),
        Slider("v1", "h₁ → output", -1.5, 1.5, 0.1, 0.8),
        Slider("v2", "h₂ → output", -1.5, 1.5, 0.1, -0.5),
    )
    presets = {
        "Forward only": {"step": 3},
        "x left out": {"formula": "x left out"},
        "One unit off": {"w22": -0.5},
        "No error": {"y": 0.32},
    }
    panels = (
        ("Forward: values. Backward: gradients", "", "", (0, 10), (0, 6.2)),
        ("Bars: formula. Diamonds: finite difference", "", "gradient of J", (-0.7, 5.7), (-5, 5)),
    )
    widths = (1.3, 1.0)
    size = (800, 380)
    _PLACES = ((1.0, 4.7), (1.0, 1.5), (5.0, 4.7), (5.0, 1.5), (9.0, 3.1))
    _EDGES = ((0, 2), (0, 3), (1, 2), (1, 3), (2, 4), (3, 4))  # in the order of the six weights
    _SAY = (
        "The inputs enter.",
        "Scores of the hidden units: z = x W₁.",
        "ReLU: h = max(0, z).",
        "Output ŷ = h w₂ and loss J = (ŷ − y)² / 2.",
        "Backward, output: δ = ŷ − y, dw₂ = h δ.",
        "Backward, hidden: δⱼ = δ w₂ⱼ where zⱼ > 0, else 0.",
        "Backward, first layer: dW₁ᵢⱼ = xᵢ δⱼ.",
    )

    def background(self, axes, values):
        axes[0].axis("off")
        axes[1].axhline(0, color=style.DARK, linewidth=0.8)
        axes[1].set_xticks(range(6), ["$w_{11}$", "$w_{12}$", "$w_{21}$", "$w_{22}$", "$v_1$", "$v_2$"], fontsize=10)
        axes[1].grid(axis="x", visible=False)

    def state(self, step, formula, x1, x2, y, w11, w12, w21, w22, v1, v2):
        X, target = np.array([[x1, x2]]), np.array([[y]])
        weights = [np.array([[w11, w12], [w21, w22]]), np.array([[v1], [v2]])]

        def forward():
            return ops.mlp_forward(X, [(weights[0], None), (weights[1], None)], hidden="relu")

        y_hat, cache = forward()
        loss, delta = ops.half_sse(y_hat, target)
        (dW1, _), (dv, _) = ops.mlp_backward(delta, cache)
        z = (X @ weights[0])[0]
        delta_hidden = delta[0, 0] * weights[1][:, 0] * (z > 0)
        numeric = [gradcheck.numerical_gradient(lambda _: ops.half_sse(forward()[0], target)[0], W) for W in weights]
        if formula != "complete":
            dW1 = np.tile(delta_hidden, (2, 1))
        return {
            "step": step, "formula": formula, "x": X[0], "y": y,
            "weights": np.concatenate([W.ravel() for W in weights]),
            "z": z, "h": ops.relu(z), "y_hat": float(y_hat[0, 0]), "loss": loss, "delta": float(delta[0, 0]),
            "delta_hidden": delta_hidden, "analytic": np.concatenate([dW1.ravel(), dv.ravel()]),
            "numeric": np.concatenate([g.ravel() for g in numeric]),
        }

    def layers(self, state):
        step, places = state["step"], self._PLACES
        known = np.array([step >= 6] * 4 + [step >= 4] * 2)
        layers = []
        for (a, b), weight in zip(self._EDGES, state["weights"], strict=True):
            layers.append(_edge(0, places[a], places[b], weight))
        for k, (a, b) in enumerate(self._EDGES):
            (x0, y0), (x1, y1) = places[a], places[b]
            at = lambda t: (x0 + t * (x1 - x0), y0 + t * (y1 - y0))  # noqa: B023 - used at once
            layers.append(Text(0, *at(0.27), fixed(state["weights"][k], 1), size=12, box=True))
            if known[k]:
                layers.append(Text(0, *at(0.72), fixed(state["analytic"][k]), size=12, color=style.GREEN, bold=True,
                                   box=True))
        words = [fixed(value, 1) for value in state["x"]]
        words += [fixed(value) if step >= 1 else "" for value in (state["h"] if step >= 2 else state["z"])]
        words.append(fixed(state["y_hat"]) if step >= 3 else "")
        layers += [Points(0, *np.transpose(places), color="white", edge=style.DARK, size=52),
                   Text(0, *np.transpose(places), words, size=13)]
        layers.append(Text(0, [1, 1, 5, 5, 9], [5.75, 0.45, 5.75, 0.45, 4.15],
                           ["x₁", "x₂", *[f"{'h' if step >= 2 else 'z'}{s}" for s in "₁₂"], "ŷ"], size=13))
        if step >= 4:
            layers.append(Text(0, 9, 2.05, f"δ = {fixed(state['delta'])}", size=13, color=style.GREEN, bold=True))
        if step >= 5:
            layers.append(Text(0, [6.9, 6.9], [5.65, 0.55], [f"δ{s} = {fixed(value)}" for s, value in
                               zip("₁₂", state["delta_hidden"], strict=True)], size=13, color=style.GREEN, bold=True))
        shown = np.where(known, state["analytic"], 0.0)
        numeric = state["numeric"]
        differ = known & ~self._agree(state)
        layers += [Bars(1, np.arange(6), shown, color=_sign_colors(shown), width=0.62),
                   Points(1, np.arange(6), np.clip(numeric, -5, 5), color=style.DARK, marker="D", size=9),
                   Text(1, np.flatnonzero(differ), np.full(differ.sum(), -4.6), ["≠"] * int(differ.sum()),
                        color=style.RED, size=20, bold=True)]
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
        silent = f" {off} hidden unit off: its gradients are 0." if off else ""
        gap = np.abs(state["analytic"] - state["numeric"]).max()
        return f"{text} All six agree with the finite difference to {short(gap, 1)}.{silent}"


class ComputationGraph(Demo):
    """Local slopes on the edges, sums over paths at the nodes."""

    title = "Slopes travel back along every path"
    alt = ("Left: a computation graph with value and gradient in each node, and on each edge the local slope and the "
           "part of the gradient that comes back through it. Right: one bar for each path from the chosen node to the "
           "result, and their sum.")
    controls = (
        Menu("expression", "Expression", ("x·σ(wx)", "tanh(wx + x)", "σ(w·σ(wx))"), "x·σ(wx)"),
        Slider("x", "x", -1.5, 1.5, 0.1, 1.0),
        Slider("w", "w", -1.5, 1.5, 0.1, 1.2),
        Slider("node", "Node looked at", 0, 5, 1, 0),
    )
    presets = {
        "One path": {"node": 1},
        "Two paths add up": {"node": 0, "w": 0.8},
        "Two paths cancel": {"expression": "tanh(wx + x)", "w": -1.0},
        "Shared weight": {"expression": "σ(w·σ(wx))", "node": 1},
    }
    panels = (
        ("On an edge: local slope, below it what comes back", "", "", (0, 1), (0, 1)),
        ("The gradient is the sum over paths", "df / d(node)", "", (-3, 3), (0, 6)),
    )
    widths = (1.75, 1.0)
    size = (800, 380)
    caption_lines = 2

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
            inner = (w * x).named("a").sigmoid().named("s")
            result = (w * inner).named("z").sigmoid()
        return result.named("f"), [x, w]

    def state(self, expression, x, w, node):
        f, inputs = self._build(expression, x, w)
        f.backward()
        nodes = inputs + [n for n in topological_order(f) if n.parents]
        chosen = nodes[min(node, len(nodes) - 1)]
        paths = self._paths(f, chosen)
        return {"f": f, "nodes": nodes, "chosen": chosen, "paths": paths, "expression": expression}

    @staticmethod
    def _paths(f, chosen):
        """All ways from `chosen` to `f`: (names, product of the local slopes)."""
        if chosen is f:
            return [("f", 1.0)]
        found = []

        def back(node, names, product):
            for parent, slope in zip(node.parents, node.slopes, strict=True):
                if parent is chosen:
                    found.append((" → ".join([chosen.name, *names]), product * slope))
                else:
                    back(parent, [parent.name, *names], product * slope)

        back(f, ["f"], 1.0)
        return found

    @staticmethod
    def _positions(f):
        places, routes = layout(f)
        spots = list(places.values()) + [spot for route in routes for spot in route[3]]
        columns, rows = zip(*spots, strict=True)
        low, high = min(rows), max(rows)

        def at(spot):
            return (0.08 + 0.84 * spot[0] / max(columns), 0.85 - 0.68 * (spot[1] - low) / max(high - low, 1e-9))

        return {key: at(spot) for key, spot in places.items()}, [(a, b, s, [at(p) for p in points])
                                                                 for a, b, s, points in routes]

    @staticmethod
    def _label(node):
        sign = {"": "", "*": " (×)", "+": " (+)", "sigmoid": " (σ)", "tanh": " (tanh)"}[node.op]
        return node.name + sign

    def layers(self, state):
        places, routes = self._positions(state["f"])
        chosen, layers = state["chosen"], []
        for parent, _, slope, points in routes:
            color, dash = (style.BLUE, "solid") if slope >= 0 else (style.ORANGE, "dashed")
            xs, ys = zip(*points, strict=True)
            layers.append(Line(0, xs, ys, color=color, dash=dash, width=4 if parent is chosen else 1.8))
        for parent, node, slope, points in routes:
            (x0, y0), (x1, y1) = points[-2:]
            x, y, bold = 0.5 * (x0 + x1), 0.5 * (y0 + y1), parent is chosen
            layers += [Text(0, x, y + 0.035, fixed(slope), size=11, box=True, bold=bold),
                       Text(0, x, y - 0.035, fixed(node.grad * slope), color="#00664a", size=11, box=True, bold=bold)]
        for node in state["nodes"]:
            x, y = places[id(node)]
            layers += [
                Points(0, x, y, color="white", edge=style.RED if node is chosen else style.DARK, marker="s", size=58),
                Text(0, [x] * 3, [y + 0.05, y, y - 0.05],
                     [self._label(node), fixed(node.data), f"∇ {fixed(node.grad)}"], size=11, bold=node is chosen),
            ]
        names = [name for name, _ in state["paths"]] + ["sum = gradient"]
        values = np.array([value for _, value in state["paths"]] + [chosen.grad])
        at = 4.9 - 1.6 * np.arange(len(values))
        layers += [Bars(1, at, np.clip(values, -3, 3), color=_sign_colors(values), width=0.5, horizontal=True),
                   Text(1, np.full(len(at), -2.85), at + 0.55, [f"{name}: {signed(value, 3)}" for name, value in
                        zip(names, values, strict=True)], size=12, ha="left", box=True)]
        return layers

    def caption(self, state):
        paths, chosen = state["paths"], state["chosen"]
        total = signed(chosen.grad, 3)
        head = f"f = {state['expression']} = {fixed(state['f'].data, 3)}."
        if len(paths) == 1:
            return f"{head} From {chosen.name} one path leads to f: the gradient is its product of slopes, {total}."
        parts = " and ".join(signed(value, 3) for _, value in paths)
        return f"{head} {chosen.name} reaches f on {len(paths)} paths; their products {parts} add up to {total}."


class ErrorSplit(Demo):
    """Sharing an error out by weights against the gradient."""

    title = "Sharing out an error is not a gradient"
    alt = ("Left: bars of the error shared out to two hidden units in proportion to the weights. Right: bars of the "
           "true gradient, error times slope times weight.")
    controls = (
        Slider("w1", "Weight w₁", -1.5, 1.5, 0.05, 0.3),
        Slider("w2", "Weight w₂", -1.5, 1.5, 0.05, 0.6),
        Slider("error", "Error ŷ − y", -1.0, 1.0, 0.05, 1.0),
        Slider("slope", "Slope g'(z) of the output", 0.0, 1.0, 0.01, 0.25),
    )
    presets = {
        "0.3 and 0.6": {},
        "0.8 and −0.3": {"w1": 0.8, "w2": -0.3, "slope": 1.0},
        "Wrong signs": {"w1": 0.5, "w2": -0.8},
        "Saturated output": {"slope": 0.01},
        "Weights cancel": {"w1": 0.5, "w2": -0.5},
    }
    panels = (
        ("Shared out: w / Σw × error", "", "share of the error", (0.4, 2.6), (-3, 3)),
        ("Gradient: error × slope × w", "", "dL/dh", (0.4, 2.6), (-3, 3)),
    )
    size = (760, 340)

    def background(self, axes, values):
        for ax in axes:
            ax.axhline(0, color=style.DARK, linewidth=0.8)
            ax.set_xticks([1, 2], ["$h_1$", "$h_2$"], fontsize=10)
            ax.grid(axis="x", visible=False)

    def state(self, w1, w2, error, slope):
        w = np.array([w1, w2])
        cancels = abs(w.sum()) < 1e-9
        # One output unit with score z, slope g'(z) = `slope`: dL/dh = (error * slope) W^T.
        gradient = ops.affine_backward(np.array([[error * slope]]), (np.zeros((1, 2)), w[:, None]))[0][0]
        return {"w": w, "error": error, "slope": slope, "gradient": gradient,
                "share": None if cancels else ops.error_split(w, error)}

    def layers(self, state):
        layers = []
        for panel, values in ((0, state["share"]), (1, state["gradient"])):
            if values is None:
                layers.append(Text(panel, 1.5, 1.0, "Σw = 0: no shares exist", color=style.RED, size=14, bold=True))
                continue
            shown = np.clip(values, -2.6, 2.6)
            layers += [Bars(panel, [1, 2], shown, color=_sign_colors(values), width=0.55),
                       Text(panel, [1, 2], shown + np.where(values >= 0, 0.22, -0.22),
                            [signed(value, 3) for value in values], size=13)]
        return layers

    def caption(self, state):
        share, gradient = state["share"], state["gradient"]
        text = f"Gradient {signed(gradient[0], 3)} and {signed(gradient[1], 3)}."
        if share is None:
            return f"The weights cancel, Σw = 0, and dividing by their sum is not possible. {text}"
        text = f"Shares {signed(share[0], 3)} and {signed(share[1], 3)}. {text}"
        if (share * gradient < 0).any():
            return f"{text} The signs differ: following the shares would move a unit the wrong way."
        if np.abs(share).max() > abs(state["error"]) + 1e-9:
            return f"{text} One share is larger than the whole error."
        if state["slope"] < 0.05:
            return f"{text} The output is saturated: the gradient nearly vanishes, the shares do not notice."
        return f"{text} Same signs here, another scale: the shares know nothing of the slope {short(state['slope'])}."


class DifferenceStep(Demo):
    """How small should the step of a finite difference be?"""

    title = "The best step of a finite difference"
    alt = ("Left: a function, its tangent and the line through the two points at distance h. Right, both axes "
           "logarithmic: the error of the central and of the one-sided difference against the step h; the central one "
           "is a V with its tip near 1e-5.")
    controls = (
        Slider("h", "Step h", -14.0, 0.0, 0.1, 1.0, log=True),
        Menu("function", "Function", ("exp(sin x)", "sigmoid(3x)", "x³ − x"), "exp(sin x)"),
        Slider("x", "Point x", -2.0, 2.0, 0.05, 0.6),
    )
    presets = {
        "Far too large": {"h": 1.0},
        "Good: 1e-5": {"h": 1e-5},
        "Too small: 1e-12": {"h": 1e-12},
    }
    panels = (
        ("The secant approaches the tangent", "x", "f(x)", (-3, 3), (-3, 3.5)),
        ("Curvature on the right, rounding on the left", "step h", "relative error", (1e-14, 4), (1e-14, 10)),
    )
    size = (800, 360)
    background_depends = ("function",)
    _HS = 10.0 ** np.arange(-14, 0.01, 0.25)
    _FUNCTIONS: ClassVar = {
        "exp(sin x)": (lambda x: np.exp(np.sin(x)), lambda x: np.exp(np.sin(x)) * np.cos(x)),
        "sigmoid(3x)": (lambda x: ops.sigmoid(3 * x), lambda x: 3 * ops.ACTIVATIONS["sigmoid"].derivative(3 * x)),
        "x³ − x": (lambda x: x**3 - x, lambda x: 3 * x**2 - 1),
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
        return {"x": x, "h": h, "f": f(point)[0], "true": true, "above": above, "below": below,
                "central": central[:-1], "forward": one_sided[:-1], "error": float(central[-1]),
                "one_sided": float(one_sided[-1]), "numeric": float((above - below) / (2 * h))}

    def layers(self, state):
        x, h, f, t = state["x"], state["h"], state["f"], np.array([-3.0, 3.0])
        floor = 1.5e-14
        middle = (state["above"] + state["below"]) / 2
        return [
            Line(0, t, f + state["true"] * (t - x), color=style.BLUE),
            Line(0, t, middle + state["numeric"] * (t - x), color=style.ORANGE, dash="dashed"),
            Points(0, [x - h, x + h], [state["below"], state["above"]], color=style.ORANGE, marker="s", size=9),
            Points(0, x, f, color=style.BLUE, size=9),
            Text(0, [-2.8, -2.8], [3.1, 2.6], ["— tangent", "- - secant through x ± h"], size=12, ha="left", box=True),
            Line(1, self._HS, np.maximum(state["forward"], floor), color=style.GREY, dash="dotted"),
            Line(1, self._HS, np.maximum(state["central"], floor), color=style.BLUE, width=2.4),
            Points(1, h, max(state["error"], floor), color=style.ORANGE, marker="D", size=12, edge=style.DARK),
            Text(1, [3e-14, 3e-14], [2.0, 0.25],
                 ["— central (f(x+h) − f(x−h)) / 2h", "··· one-sided (f(x+h) − f(x)) / h"], size=12, ha="left",
                 box=True),
        ]

    def caption(self, state):
        best = self._HS[int(np.argmin(state["central"]))]
        text = (f"h = {short(state['h'], 2)}: central difference {fixed(state['numeric'], 8)}, slope "
                f"{fixed(state['true'], 8)}, relative error {short(state['error'], 2)} (one-sided "
                f"{short(state['one_sided'], 2)}).")
        if abs(state["true"]) < 1e-6:
            return f"{text} The slope is nearly 0 here: compare the difference itself, not its relative error."
        if state["h"] > 20 * best:
            return f"{text} Too large: curvature counts, the error goes with h². Best near {short(best, 1)}."
        if state["h"] < best / 20:
            return f"{text} Too small: f(x+h) and f(x−h) agree in nearly all digits. Best near {short(best, 1)}."
        return f"{text} Near the tip of the V."


@cache
def _batch() -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(7)
    return rng.standard_normal((32, 32)), rng.standard_normal((32, 1))


class GradientByLayer(Demo):
    """Gradients of a deep network, layer by layer."""

    title = "Gradients in a deep network"
    alt = ("Left: how far the activations of different samples differ, layer by layer. Right: length of the weight "
           "gradient in each layer, on a logarithmic axis. With sigmoids it falls steeply toward the input.")
    controls = (
        Slider("depth", "Weight layers", 1, 20, 1, 20),
        Menu("activation", "Activation", ("sigmoid", "tanh", "relu", "identity"), "sigmoid"),
        Slider("scale", "Weights N(0, 1) · scale / √n", -1.0, 1.0, 0.05, 1.0, log=True),
        Slider("start", "Random start", 0, 30, 1, 0),
    )
    presets = {
        "Sigmoid vanishes": {},
        "tanh keeps": {"activation": "tanh"},
        "ReLU, scale √2": {"activation": "relu", "scale": float(np.sqrt(2))},
        "ReLU explodes": {"activation": "relu", "scale": 4.0},
        "Large sigmoid weights": {"scale": 4.0},
    }
    panels = (
        ("Forward: how far samples differ", "layer", "sd over the samples", (0.5, 20.5), (1e-18, 1e18)),
        ("Backward: the gradient by layer", "layer (1 = next to the input)", "length of dW", (0.5, 20.5),
         (1e-26, 1e26)),
    )
    size = (800, 350)
    _WIDTH = 32

    def background(self, axes, values):
        for ax in axes:
            ax.set_yscale("log")
            ax.set_xticks([1, 5, 10, 15, 20])
            ax.yaxis.labelpad = -1
        axes[0].axhline(1, color=style.GREY, linewidth=0.8)

    def state(self, depth, activation, scale, start):
        X, y = _batch()
        sizes = [self._WIDTH] * depth + [1]
        init = lambda rng, fan_in, fan_out: scale / np.sqrt(fan_in) * rng.standard_normal((fan_in, fan_out))
        params = dense.unpack(dense.init_params(sizes, start, init), sizes)
        with np.errstate(over="ignore", invalid="ignore"):
            out, cache = ops.mlp_forward(X, params, activation)
            loss, dout = ops.mse(out, y)
            gradients = ops.mlp_backward(dout, cache)
            norms = np.array([np.linalg.norm(dW) for dW, _ in gradients])
            spread = np.array([np.sqrt(np.mean(a.var(axis=0))) for _, _, a, _ in cache])
        return {"depth": depth, "norms": norms, "spread": spread, "loss": loss, "activation": activation,
                "scale": scale}

    def layers(self, state):
        at = np.arange(1, state["depth"] + 1)
        norms, spread = np.clip(state["norms"], 2e-26, 5e25), np.clip(state["spread"], 2e-18, 5e17)
        return [
            Line(0, at, spread, color=style.GREY, width=1.4),
            Points(0, at, spread, size=8),
            Line(1, at, norms, color=style.GREY, width=1.4),
            Points(1, at, norms, size=9),
            Text(1, at[0], norms[0] * 2e3, short(state["norms"][0], 2), size=12, ha="left"),
            Text(1, at[-1] + 0.4, norms[-1] / 2e3, short(state["norms"][-1], 2) if len(at) > 3 else "", size=12,
                 ha="right"),
        ]

    def caption(self, state):
        norms, depth = state["norms"], state["depth"]
        if depth == 1:
            return f"One weight layer: its gradient has length {short(norms[0])}. Add layers and compare."
        ratio = norms[0] / norms[-1] if norms[-1] > 0 else np.nan
        if not np.isfinite(ratio) or ratio == 0:
            return (f"{depth} layers of {state['activation']}: the gradient of layer 1 is {short(norms[0])}. No step "
                    "can change that layer.")
        factor = ratio ** (1 / (depth - 1))
        text = (f"Layer 1 has {short(ratio, 2)} times the gradient of layer {depth}: on average a factor "
                f"{short(factor, 2)} for each layer on the way back.")
        if ratio < 1e-3:
            return f"{text} The first layers hardly learn (vanishing gradient)."
        if ratio > 1e3 or state["loss"] > 1e6:
            return f"{text} Loss {short(state['loss'], 1)}: one step would throw the weights far off (exploding)."
        return f"{text} All layers can learn."
