"""A live figure of chapter 08: many layers with and without a way past each of them."""

from functools import cache, lru_cache
from itertools import pairwise

import numpy as np

from course_lib import datasets, dense, nn
from course_lib.dense.flat import layout
from course_lib.kernels.activations import ACTIVATIONS
from course_lib.kernels.residual import residual_run
from course_lib.viz import style
from course_lib.viz.figures import legend
from course_lib.viz.live import Demo, Handle, Line, Menu, Points, Slider, term
from course_lib.viz.numbers import fixed, short

_WIDTH, _BATCH, _STEPS, _CLASSES = 16, 32, 80, 10


@cache
def _batches():
    """The training digits, all pixels together at mean 0 and spread 1, in batches of 32: (batches, pixels, 32), one-hot
    labels (batches, classes, 32)."""
    split = datasets.digits8()
    X, count = split.X_train, len(split.X_train) // _BATCH
    X, y = ((X - X.mean()) / X.std())[: count * _BATCH], np.eye(_CLASSES)[split.y_train[: count * _BATCH]]
    return tuple(np.ascontiguousarray(part.reshape(count, _BATCH, -1).transpose(0, 2, 1)) for part in (X, y))


@lru_cache(maxsize=64)
def _run(depth, skip, activation, gain, lr, start):
    """Loss (81,) before each step, and the length of the gradient after 0, 1, ... layers (81, depth + 1)."""
    X, Y = _batches()
    sizes, rng = (X.shape[1], *[_WIDTH] * (depth + 1), _CLASSES), np.random.default_rng(start)
    inits = ["lecun_normal", *[gain / _WIDTH**0.5] * depth, "lecun_normal"]
    params = dense.pack([(nn.draw_weights(rng, n, m, init), np.zeros(m))
                         for (n, m), init in zip(pairwise(sizes), inits, strict=True)])
    losses, norms = np.empty(_STEPS + 1), np.empty((_STEPS + 1, depth + 1))
    residual_run(params, layout(sizes, [True] * (depth + 2)), np.array(sizes), ACTIVATIONS.index(activation),
                 float(skip), X, Y, lr, losses, norms)
    return losses, norms


class ResidualDepth(Demo):
    """The same layers trained twice on digits, with and without skips."""

    title = "Skips carry the gradient through many layers"
    alt = ("First: loss against the training step of a network with skips (blue) and of the same layers without them "
           "(orange). Second: the length of the gradient of the loss with respect to the output of each layer at this "
           "step, for both, on a logarithmic axis.")
    controls = (
        Slider("depth", "Layers", 1, 30, 1, 20, ticks=(1, 10, 20, 30)),
        Menu("skip", "Skips", ("on", "off"), "on"),
        Slider("step", "Training step", 0, _STEPS, 1, _STEPS, play=True, ticks=(0, 40, 80)),
        Menu("activation", "Activation", ("tanh", "relu"), "tanh", more=True),
        Slider("gain", "Spread of the starting weights, times 1/√16", 0.2, 1.4, 0.1, 0.6, more=True),
        Slider("lr", "Learning rate", -2.5, -0.5, 0.1, 0.05, log=True, more=True),
        Slider("start", "Random start", 0, 20, 1, 0, more=True),
    )
    presets = {
        "20 layers": {},
        "20 layers, before the first step": {"step": 0},
        "3 layers": {"depth": 3},
        "A start that keeps the scale": {"gain": 1.0, "skip": "off"},
        "ReLU: the sum swells": {"activation": "relu", "gain": 1.0, "step": 0},
        "ReLU, small start": {"activation": "relu", "gain": 0.2, "lr": 0.1},
    }
    panels = (
        ("Loss of a batch of 32 digits", "step", "cross-entropy", (-2, 82), (0, 5.5)),
        ("Gradient at the layers' outputs", "layers below", "length", (-1, 31), (1e-10, 1e4)),
    )
    size = (780, 350)
    handles = (
        Handle(0, "step", x="step", at=lambda s: (s["step"], np.nan_to_num(s["height"], nan=5.4))),
        Handle(1, "last layer", x="depth", at=lambda s: (s["depth"], s["top"]) if np.isfinite(s["top"]) else None),
    )
    _LOOKS = (("on", "with skips", style.BLUE, "solid", "o"), ("off", "without", style.ORANGE, "dashed", "s"))

    def background(self, axes, values):
        axes[0].axhline(np.log(_CLASSES), color=style.GREY, linewidth=1.2, linestyle="dotted")
        axes[1].set(yscale="log", xticks=[0, 10, 20, 30])
        axes[1].minorticks_off()
        legend(axes[0], {words: {"color": color, "linestyle": dash} for _, words, color, dash, _ in self._LOOKS}
               | {"guessing, ln 10": {"color": style.GREY, "linewidth": 1.2, "linestyle": "dotted"}}, "upper center", 3)

    def state(self, depth, skip, step, activation, gain, lr, start):
        runs = {each: _run(depth, each == "on", activation, gain, lr, start) for each in ("on", "off")}
        losses, norms = runs[skip]
        return {"depth": depth, "skip": skip, "step": step, "activation": activation, "gain": gain, "runs": runs,
                "losses": losses[: step + 1], "norms": norms[step], "height": self._inside(0, losses[step]),
                "top": self._inside(1, norms[step, -1]),
                "left": {each: self._first_not_finite(run[0]) for each, run in runs.items()}}

    @staticmethod
    def _first_not_finite(losses):
        bad = np.flatnonzero(~np.isfinite(losses))
        return int(bad[0]) if bad.size else None

    @classmethod
    def _inside(cls, panel, values):
        """Values beyond an axis at its end."""
        low, high = cls.panels[panel][4]
        return np.clip(values, low * 1.5 if panel else low, high / 1.5 if panel else 0.99 * high)

    def layers(self, state):
        layers, step, at = [], state["step"], np.arange(state["depth"] + 1)
        for which, words, color, dash, marker in self._LOOKS:
            losses, norms = state["runs"][which]
            chosen = which == state["skip"]
            loss = self._inside(0, losses)
            layers += [
                Line(0, np.arange(_STEPS + 1)[step:], loss[step:], color=color, width=1.0, alpha=0.35, dash=dash),
                Line(0, np.arange(step + 1), loss[: step + 1], color=color, width=2.6 if chosen else 1.5, dash=dash,
                     label=f"loss {words}", key=which),
                Line(1, at, self._inside(1, norms[step]), color=color, width=1.3, dash=dash, key=which, ghost=chosen),
                Points(1, at, self._inside(1, norms[step]), color=color, marker=marker, size=8 if chosen else 6,
                       filled=chosen, label=[f"after {k} layers, {words}: {short(norm, 2)}" for k, norm in
                                             zip(at, norms[step], strict=True)], key=which),
            ]
        layers.append(Points(0, step, state["height"], color=self._LOOKS[state["skip"] == "off"][2], size=10,
                             key=state["skip"]))
        return layers

    def caption(self, state):
        step, parts = state["step"], []
        for which, words, *_ in self._LOOKS:
            losses, norms = state["runs"][which]
            left = state["left"][which]
            if left is not None and left <= step:
                parts.append(term(f"{words} the loss diverged, out of range in step {left}", which))
                continue
            first, last = norms[step, 0], norms[step, -1]
            seen = (f"{words}: loss {fixed(losses[step])}, gradient {short(last, 2)} at the end, "
                    f"{short(first, 2)} at the start")
            if first > 0:
                seen += f", {short(np.exp(np.log(first / last) / state['depth']), 2)} times a layer"
            later = f" and the loss soon diverges: out of range in step {left}" if left else ""
            parts.append(term(seen, which) + later)
        kind = {"tanh": "tanh", "relu": "ReLU"}[state["activation"]]
        head = f"{state['depth']} {kind} layer{'s' * (state['depth'] > 1)} of 16 units, step {step}: "
        return f"{head}{'; '.join(parts)}."

    def code(self):
        v = self.values
        kind = {"tanh": "nn.Tanh()", "relu": "nn.ReLU()"}[v["activation"]]
        body = f"nn.Sequential(nn.Linear(16, 16, rng=rng, init={v['gain']} / 4), {kind})"
        if v["skip"] == "on":
            body = f"nn.Residual({body})"
        return "\n".join([
            "import numpy as np",
            "from course_lib import datasets, nn, optim",
            f"X, y, rng = *datasets.digits8()[::2], np.random.default_rng({v['start']})",
            "X, losses = (X - X.mean()) / X.std(), []",
            "layers = [nn.Linear(64, 16, rng=rng)]",
            f"layers += [{body} for _ in range({v['depth']})]",
            "net = nn.Sequential(*layers, nn.Linear(16, 10, rng=rng))",
            f"loss, sgd = nn.CrossEntropyLoss(), optim.SGD(net.parameters(), lr={v['lr']})",
            f"for step in range({v['step'] + 1}):",
            f"    batch = slice({_BATCH} * (step % 44), {_BATCH} * (step % 44) + {_BATCH})",
            "    losses.append(loss(net(X[batch]), y[batch]))",
            "    sgd.zero_grad(), (errors := [loss.backward()])",
            "    for layer in list(net)[::-1]:",
            "        errors.insert(0, layer.backward(errors[0]))",
            "    norms = [np.linalg.norm(error) for error in errors[1:-1]]",
            "    sgd.step()",
        ])
