"""Live figures of chapter 05: signals and gradients through many layers, and what becomes of the nets."""

from functools import cache, lru_cache
from itertools import pairwise
from typing import ClassVar

import numpy as np

from course_lib import datasets, dense, nn, ops
from course_lib.viz import style
from course_lib.viz.live import Demo, Handle, Image, Line, Menu, Points, Slider, Text, class_points, contour, term
from course_lib.viz.numbers import fixed, short

_POSITIVE = "U(0, 0.3)"
_STARTS = ("he_normal", "xavier_uniform", "lecun_normal", "small_normal")
_CLASSES = 10


def _positive(rng, fan_in, fan_out):
    return rng.uniform(0, 0.3, (fan_in, fan_out))


@lru_cache(maxsize=64)
def _layer(number, fan_in, fan_out, init, dtype):
    """(W, b) of one layer; each layer has its own random numbers, so a deeper net begins like a shallower one."""
    W = nn.draw_weights(np.random.default_rng(number), fan_in, fan_out, _positive if init == _POSITIVE else init)
    return W.astype(dtype), np.zeros(fan_out, dtype)


def _network(init, depth, width, dtype) -> list:
    sizes = (64, *[width] * depth, _CLASSES)
    return [_layer(number, n, m, init, dtype) for number, (n, m) in enumerate(pairwise(sizes))]


@cache
def _images(dtype):
    """128 images, all pixels together at mean 0 and spread 1, and their labels."""
    split = datasets.digits8()
    X = split.X_train[:128]
    return ((X - X.mean()) / X.std()).astype(dtype), split.y_train[:128]


def _errors(cache, params, dscores, activation) -> list:
    """The errors at the scores z of all layers, from the first to the last."""
    backward, errors = ops.ACTIVATIONS[activation].backward, [dscores]
    for (W, _), (_, z, a, _) in zip(params[:0:-1], cache[-2::-1], strict=True):
        errors.append(backward(errors[-1] @ W.T, z if activation == "relu" else a))
    return errors[::-1]


def _spread(values) -> float:
    return float(np.std(values, dtype=np.float64))


def _code_of_the_pass(init, depth, width, activation, dtype) -> list[str]:
    """The lines of "Copy as code" that send the images forwards."""
    start = "lambda rng, n, m: rng.uniform(0, 0.3, (n, m))" if init == _POSITIVE else repr(init)
    return ["import numpy as np", "from itertools import pairwise", "from course_lib import datasets, nn, ops", "",
            "X, y = datasets.digits8().X_train[:128], datasets.digits8().y_train[:128]",
            f"X, init = ((X - X.mean()) / X.std()).astype(np.{dtype}), {start}",
            f"params = [(nn.draw_weights(np.random.default_rng(k), n, m, init).astype(np.{dtype}), np.zeros(m, "
            f"np.{dtype}))", f"          for k, (n, m) in enumerate(pairwise((64, *[{width}] * {depth}, 10)))]",
            f"scores, cache = ops.mlp_forward(X, params, {activation!r})"]


class SignalThroughDepth(Demo):
    """The spread of outputs and errors, layer by layer, of a net before its first step."""

    title = "A factor in every layer: the signal stays, fades or explodes"
    alt = ("First: the spread of the outputs of each layer for 128 images (circles) and of the errors on their way "
           "back (squares), on a logarithmic axis. Second: how the sizes of the outputs of the first, a middle and "
           "the last layer are distributed.")
    controls = (
        Menu("init", "Start", (*_STARTS, _POSITIVE), "he_normal"),
        Menu("activation", "Activation", ("relu", "tanh", "sigmoid"), "relu"),
        Slider("depth", "Hidden layers", 2, 20, 1, 10),
        Menu("width", "Units in each", ("64", "256", "512"), "256", more=True),
    )
    presets = {
        "He with ReLU": {},
        "Xavier with tanh": {"init": "xavier_uniform", "activation": "tanh"},
        "LeCun with ReLU": {"init": "lecun_normal"},
        "Too small": {"init": "small_normal"},
        "All positive": {"init": _POSITIVE},
        "Sigmoid": {"init": "xavier_uniform", "activation": "sigmoid"},
    }
    panels = (
        ("Spread (standard deviation) by layer", "hidden layer", "", (0.5, 20.5), (1e-3, 10)),
        ("Outputs that are not zero", "size of the output", "", (1e-3, 10), (0, 3.15)),
    )
    size = (820, 370)
    background_depends = ("init", "activation")
    handles = (Handle(0, "last layer", x="depth", at=lambda s: (s["depth"], s["outputs"][-1])),)
    #: the powers of ten between which outputs and errors lie at every depth and width, with room for the legend above
    _POWERS: ClassVar = {
        ("he_normal", "relu"): (-2, 1), ("he_normal", "tanh"): (-2, 1), ("he_normal", "sigmoid"): (-12, 2),
        ("xavier_uniform", "relu"): (-5, 1), ("xavier_uniform", "tanh"): (-2, 1),
        ("xavier_uniform", "sigmoid"): (-14, 3), ("lecun_normal", "relu"): (-5, 1), ("lecun_normal", "tanh"): (-3, 1),
        ("lecun_normal", "sigmoid"): (-15, 3), ("small_normal", "relu"): (-27, 5), ("small_normal", "tanh"): (-24, 4),
        ("small_normal", "sigmoid"): (-36, 7), (_POSITIVE, "relu"): (-2, 44), (_POSITIVE, "tanh"): (-12, 3),
        (_POSITIVE, "sigmoid"): (-12, 2),
    }

    @classmethod
    def _sizes(cls, init, activation) -> tuple[int, int]:
        """The powers of ten between which the sizes of the outputs lie."""
        return (-3, 1) if activation == "sigmoid" else cls._POWERS[init, activation]

    def background(self, axes, values):
        chosen = values["init"], values["activation"]
        (low, high), (least, most) = self._POWERS[chosen], self._sizes(*chosen)
        axes[0].set(yscale="log", ylim=(10.0**low, 10.0**high), xticks=[1, 5, 10, 15, 20])
        axes[1].set(xscale="log", xlim=(10.0**least, 10.0**most), yticks=[])
        for ax in axes:
            ax.minorticks_off()

    def state(self, init, activation, depth, width):
        X, y = _images("float32")
        params = _network(init, depth, int(width), "float32")
        scores, cache = ops.mlp_forward(X, params, activation)
        dscores = ops.softmax(scores) - ops.one_hot(y, _CLASSES).astype(np.float32)
        errors = _errors(cache, params, dscores, activation)[:-1]
        hidden = [a for _, _, a, _ in cache[:-1]]
        shown = sorted({1, (depth + 1) // 2, depth})
        bins = np.linspace(*self._sizes(init, activation), 121)
        sizes = [np.abs(hidden[k - 1][hidden[k - 1] != 0]) for k in shown]
        return {"init": init, "activation": activation, "depth": depth, "width": int(width),
                "outputs": np.array([_spread(a) for a in hidden]), "errors": np.array([_spread(e) for e in errors]),
                "dead": int(sum((a <= 0).all(axis=0).sum() for a in hidden)) if activation == "relu" else 0,
                "shown": shown, "bins": bins,
                "ridges": [np.histogram(np.log10(size), bins)[0] / max(size.size, 1) for size in sizes]}

    def layers(self, state):
        at, (low, high) = np.arange(1, state["depth"] + 1), self._POWERS[state["init"], state["activation"]]
        layers, (least, most) = [], state["bins"][[0, -1]]
        for name, words, percent, look in (
                ("outputs", "outputs, forwards", 0.955, {"color": style.BLUE}),
                ("errors", "errors, backwards", 0.865, {"color": style.ORANGE, "marker": "s", "filled": False})):
            values = np.clip(state[name], 10.0**low * 1.2, 10.0**high / 1.2)
            y = 10 ** (low + percent * (high - low))
            layers += [Line(0, at, values, color=style.GREY, width=1.3, ghost=True, key=name),
                       Points(0, at, values, size=8, label=words, key=name, **look),
                       Text(0, 8.9, y, words, ha="left", size=12, box=True, key=name),  # its plate below the mark
                       Points(0, 7.9, y, size=8, key=name, **look)]
        middle = 10 ** ((state["bins"][1:] + state["bins"][:-1]) / 2)
        free = len(middle) // 6  # as wide as a name
        heights = sum(ridge / max(ridge.max(), 1e-12) for ridge in state["ridges"])
        left = heights[:free].max() <= heights[-free:].max()  # the names stand where the curves are lowest
        for place, (number, ridge) in enumerate(zip(state["shown"], state["ridges"], strict=True)):
            base = 2.05 - place
            some = np.flatnonzero(ridge)
            seen = slice(max(some[0] - 1, 0), some[-1] + 2) if some.size else slice(0, 0)
            height = base + 0.85 * ridge / max(ridge.max(), 1e-12)
            layers += [Line(1, [10**least, 10**most], [base, base], color=style.GREY, width=0.8),
                       Line(1, middle[seen], height[seen], width=2.2, label=f"outputs of layer {number}"),
                       Text(1, 10 ** (least + (0.02 if left else 0.98) * (most - least)), base + 0.3,
                            f"layer {number}", ha="left" if left else "right", size=12)]
        return layers

    def caption(self, state):
        outputs, errors = state["outputs"], state["errors"]
        text = (f"{state['init']} with {state['activation']}, {state['depth']} layers of {state['width']}: spread of "
                f"the {term('outputs', 'outputs')} {short(outputs[0], 2)} → {short(outputs[-1], 2)}, of the "
                f"{term('errors', 'errors')} on the way back {short(errors[-1], 2)} → {short(errors[0], 2)}.")
        if state["activation"] != "relu":
            return text
        return f"{text} {state['dead']} of {state['depth'] * state['width']} units are dead: off for all 128 images."

    def code(self):
        at = self.values
        inner = "z" if at["activation"] == "relu" else "a"
        return "\n".join([
            *_code_of_the_pass(at["init"], at["depth"], at["width"], at["activation"], "float32"),
            "outputs = [np.std(a, dtype=float) for _, _, a, _ in cache[:-1]]",
            "error, errors = ops.softmax(scores) - ops.one_hot(y, 10).astype(np.float32), []",
            "for (W, b), (_, z, a, _) in zip(params[:0:-1], cache[-2::-1]):",
            f"    error = ops.ACTIVATIONS[{at['activation']!r}].backward(error @ W.T, {inner})",
            "    errors = [np.std(error, dtype=float), *errors]",
            "print(outputs, errors)",
        ])


class GradientsAtStart(Demo):
    """Gradients and errors of every layer before the first step, and their factor a layer."""

    title = "The slope of the line is the gain of a layer, on the way back"
    alt = ("The length of the gradient of the weights (circles) and the spread of the errors (squares) in every "
           "hidden layer, on a logarithmic axis, each with a fitted straight line.")
    controls = (
        Menu("init", "Start", _STARTS, "lecun_normal"),
        Menu("activation", "Activation", ("relu", "tanh", "sigmoid"), "relu"),
        Slider("depth", "Hidden layers", 2, 20, 1, 10),
        Menu("width", "Units in each", ("64", "256"), "64", more=True),
    )
    presets = {
        "LeCun with ReLU": {},
        "He with ReLU": {"init": "he_normal"},
        "Xavier with tanh": {"init": "xavier_uniform", "activation": "tanh"},
        "Sigmoid": {"activation": "sigmoid"},
        "Too small": {"init": "small_normal"},
    }
    panels = (
        ("Gradients (length), errors (spread)", "hidden layer", "",
         (0.5, 20.5), (1e-4, 10)),
    )
    size = (700, 380)
    background_depends = ("init", "activation")
    handles = (Handle(0, "last layer", x="depth", at=lambda s: (s["depth"], s["weights"][-1])),)
    _POWERS: ClassVar = {
        ("he_normal", "relu"): (-2, 2), ("he_normal", "tanh"): (-2, 2), ("he_normal", "sigmoid"): (-12, 3),
        ("xavier_uniform", "relu"): (-5, 2), ("xavier_uniform", "tanh"): (-2, 1),
        ("xavier_uniform", "sigmoid"): (-14, 4), ("lecun_normal", "relu"): (-5, 2), ("lecun_normal", "tanh"): (-3, 1),
        ("lecun_normal", "sigmoid"): (-14, 3), ("small_normal", "relu"): (-27, 4), ("small_normal", "tanh"): (-24, 4),
        ("small_normal", "sigmoid"): (-36, 7),
    }

    def background(self, axes, values):
        low, high = self._POWERS[values["init"], values["activation"]]
        axes[0].set(yscale="log", ylim=(10.0**low, 10.0**high), xticks=[1, 5, 10, 15, 20])
        axes[0].minorticks_off()

    def state(self, init, activation, depth, width):
        X, y = _images("float64")
        params = _network(init, depth, int(width), "float64")
        scores, cache = ops.mlp_forward(X, params, activation)
        dscores = ops.softmax(scores) - ops.one_hot(y, _CLASSES)
        errors = _errors(cache, params, dscores, activation)
        inputs = [X, *(a for _, _, a, _ in cache[:-2])]
        weights = np.array([np.linalg.norm(a.T @ error) / len(X) for a, error in zip(inputs, errors, strict=False)])
        spreads, at = np.array([error.std() for error in errors[:-1]]), np.arange(1, depth + 1)
        fits = {name: np.polyfit(at, np.log10(values), 1)
                for name, values in (("weights", weights), ("errors", spreads))}
        return {"init": init, "activation": activation, "depth": depth, "width": int(width), "weights": weights,
                "errors": spreads, "fits": fits, "factors": {name: 10.0 ** -fit[0] for name, fit in fits.items()}}

    def layers(self, state):
        low, high = self._POWERS[state["init"], state["activation"]]
        at, layers = np.arange(1, state["depth"] + 1), []
        for name, words, percent, look in (
                ("weights", "gradient of the weights", 0.955, {"color": style.BLUE}),
                ("errors", "errors at the scores", 0.865,
                 {"color": style.ORANGE, "marker": "s", "filled": False})):
            y = 10 ** (low + percent * (high - low))
            values = np.clip(state[name], 10.0**low * 1.2, 10.0**high / 1.2)
            layers += [Line(0, at, 10.0 ** np.polyval(state["fits"][name], at), color=look["color"], width=1.8,
                            dash="dashed" if name == "errors" else "solid", key=name, ghost=True),
                       Points(0, at, values, size=9, label=words, key=name, **look),
                       Text(0, 2.1, y, words, ha="left", size=12, box=True, key=name),  # its plate below the mark
                       Points(0, 1.1, y, size=9, key=name, **look)]
        return layers

    def caption(self, state):
        weights, factors = state["weights"], state["factors"]
        return (f"{state['init']} with {state['activation']}, {state['depth']} layers of {state['width']}. A layer "
                f"further back, the {term('errors', 'errors')} are multiplied by {short(factors['errors'], 2)}, the "
                f"{term('gradient of the weights', 'weights')} by {short(factors['weights'], 2)}: from "
                f"{short(weights[-1], 2)} in the last layer to {short(weights[0], 2)} in the first.")

    def code(self):
        at = self.values
        return "\n".join([
            *_code_of_the_pass(at["init"], at["depth"], at["width"], at["activation"], "float64"),
            "dscores = (ops.softmax(scores) - ops.one_hot(y, 10)) / len(X)",
            "gradients = ops.mlp_backward(dscores, cache)",
            "weights = np.array([np.linalg.norm(dW) for dW, db in gradients[:-1]])",
            "fit = np.polyfit(np.arange(1, len(weights) + 1), np.log10(weights), 1)",
            "print(weights, 10 ** -fit[0])  # the factor a layer further back",
        ])


class GainDepthMap(Demo):
    """A finished training for each gain and depth; a click plays it."""

    title = "The deeper the net, the narrower the band of gains that train"
    alt = ("First: a map of the final loss over gain and number of weight layers; the band of small losses narrows "
           "with depth. Second: training loss of the chosen cell against the epoch. Third: points of two half moons "
           "and the boundary of that net.")
    _DEPTHS, _GAINS = tuple(range(2, 21, 3)), tuple(float(f"{10 ** (k / 10):.3g}") for k in range(-6, 7))
    _EPOCHS, _EVERY, _WIDTH, _SMALL = 250, 5, 12, 0.2
    _X, _Y = (-2.1, 2.1), (-2.1, 2.3)
    controls = (
        Menu("activation", "Activation", ("relu", "tanh"), "relu"),
        Slider("epoch", "Epoch", 0, _EPOCHS, _EVERY, _EPOCHS, play=True),
        Slider("gain", "Gain", -0.6, 0.6, 0.1, 1.58, log=True, more=True, ticks=(0.25, 0.5, 1, 2, 4)),
        Slider("depth", "Weight layers", 2, 20, 3, 11, more=True),
    )
    presets = {
        "In the band": {},
        "Below it": {"gain": 0.631},
        "Above it": {"gain": 2.51},
        "Two layers": {"gain": 0.631, "depth": 2},
        "Twenty layers": {"depth": 20},
        "tanh": {"activation": "tanh"},
        "tanh, too large": {"activation": "tanh", "gain": 3.98},
    }
    panels = (
        ("Final loss", "gain", "weight layers", (0.224, 4.47), (0.5, 25.5)),
        ("Loss of this cell", "epoch", "cross-entropy", (-5, 255), (1e-4, 10)),
        ("Its boundary", "$x_1$", "$x_2$", _X, _Y),
    )
    widths = (1.25, 1.0, 1.0)
    size = (900, 350)
    background_depends = ("activation",)
    handles = (
        Handle(0, "cell of the map", at=lambda s: (s["gain"], s["depth"]), click=True, replay=True,
               move=lambda s, x, y: {"gain": x, "depth": y}),
        Handle(1, "epoch", x="epoch", at=lambda s: (s["epoch"], s["height"])),
    )

    def background(self, axes, values):
        axes[0].set_xscale("log")
        axes[0].set_xticks([0.25, 0.5, 1, 2, 4], ["0.25", "0.5", "1", "2", "4"])
        axes[0].minorticks_off()
        axes[0].set_xlim(0.224, 4.47)
        axes[0].set_yticks(self._DEPTHS)
        axes[0].grid(visible=False)
        if values["activation"] == "relu":
            axes[0].plot([np.sqrt(2)] * 2, [0.5, 21.5], color=style.RED, linewidth=1.3, linestyle="--")
            axes[0].text(np.sqrt(2), 22, "√2", color=style.RED, ha="center", fontsize=9)
        axes[1].set_yscale("log")
        axes[1].text(self._EPOCHS, 1.05, "guessing, ln 2", ha="right", va="bottom", color=style.GREY, fontsize=8)

    @staticmethod
    @cache
    def _points():
        X, y = datasets.moons(60, 0.1, rng=0)
        return ((X - X.mean(axis=0)) / X.std(axis=0)).astype(np.float32), y

    @classmethod
    def _always(cls, activation) -> dict:
        return {"hidden": activation, "loss": "bce", "epochs": cls._EPOCHS, "batch_size": 10, "rng": 0}

    @classmethod
    def _sizes(cls, depth) -> tuple:
        return (2, *[cls._WIDTH] * (depth - 1), 1)

    @classmethod
    def _level(cls, depth):
        """The start of gain 1."""
        return dense.init_params(cls._sizes(depth), 2, "lecun_normal")

    # Static, since each widget has a class of its own: a cache of class methods would be empty for every new figure.
    @staticmethod
    @cache
    def _map(activation):
        """(depths, gains) the losses at the end; NaN where they left the range."""
        losses = []
        for depth in GainDepthMap._DEPTHS:
            starts = np.outer(GainDepthMap._GAINS, GainDepthMap._level(depth))
            runs = dense.sweep(GainDepthMap._sizes(depth), *GainDepthMap._points(), starts, 0.05,
                               **GainDepthMap._always(activation))
            losses.append(np.where(np.isfinite(runs.loss[:, -1]), runs.loss[:, -1], np.nan))
        return np.array(losses)

    @staticmethod
    @lru_cache(maxsize=32)
    def _run(activation, gain, depth):
        start = gain * GainDepthMap._level(depth)
        return dense.train(GainDepthMap._sizes(depth), *GainDepthMap._points(), params=start, lr=0.05,
                           snapshots=GainDepthMap._EPOCHS // GainDepthMap._EVERY + 1,
                           **GainDepthMap._always(activation))

    def state(self, activation, epoch, gain, depth):
        gain = min(self._GAINS, key=lambda each: abs(np.log(each / gain)))
        depth = min(self._DEPTHS, key=lambda each: abs(each - depth))
        run, final = self._run(activation, gain, depth), self._map(activation)
        loss = run.loss[: epoch + 1]
        known = loss[np.isfinite(loss)]
        state = {"activation": activation, "epoch": epoch, "gain": gain, "depth": depth, "loss": loss, "final": final,
                 "good": np.sum(final < self._SMALL, axis=1), "lost": int(np.isnan(final).sum()),
                 "height": float(np.clip(known[-1], 1.2e-4, 8)), "surface": None,
                 "diverged": len(known) if len(known) <= epoch else None}
        if state["diverged"] is None:
            layers = dense.unpack(run.snapshots[epoch // self._EVERY], self._sizes(depth))
            state["surface"] = dense.mlp_surface(layers, self._X, self._Y, 80, activation, "sigmoid")
        return state

    def layers(self, state):
        x, y = state["gain"], state["depth"]
        rows, columns = np.nonzero(state["final"] < self._SMALL)
        layers = [Image(0, state["final"], 0.0, float(np.log(2)), "heat", smooth=False,
                        extent=(10**-0.65, 10**0.65, 0.5, 21.5), label="final loss"),
                  Image(0, np.linspace(0, 1, 64)[None], 0, 1, "heat", extent=(0.36, 1.1, 23.6, 24.9)),
                  Text(0, 0.33, 24.25, "0", ha="right", size=11),
                  Text(0, 1.2, 24.25, "ln 2 or more", ha="left", size=11),
                  Points(0, np.array(self._GAINS)[columns], np.array(self._DEPTHS)[rows], color=style.GREEN, size=5,
                         label=f"final loss below {self._SMALL}", key="good"),
                  Line(0, x * 10 ** (0.05 * np.array([-1, 1, 1, -1, -1])), y + 1.5 * np.array([-1, -1, 1, 1, -1]),
                       color=style.ORANGE, width=3, key="cell"),
                  Points(0, x, y, color=style.ORANGE, marker="D", size=8, key="cell"),
                  Line(1, [0, self._EPOCHS], [np.log(2)] * 2, color=style.GREY, width=1.2, dash="dashed",
                       label="guessing, ln 2"),
                  Line(1, np.arange(len(state["loss"])), np.clip(state["loss"], 1.1e-4, 9), width=2.4, label="loss",
                       key="loss", ghost=True),
                  Points(1, state["epoch"], state["height"], size=9, key="loss")]
        if state["surface"] is None:
            layers.append(Text(2, 0, 2.05, "left the range", color=style.RED, size=14, bold=True, box=True))
        else:
            layers += [Image(2, state["surface"], label="probability of class 1"),
                       Line(2, *contour(state["surface"], self._X, self._Y, 0.5), color=style.DARK, label="boundary")]
        return layers + class_points(2, *self._points(), size=6, edge=style.DARK)

    def caption(self, state):
        cell = term(f"gain {fixed(state['gain'])}, {state['depth']} weight layers", "cell")
        if state["diverged"] is None:
            seen = term(f"loss {short(state['loss'][-1])}", "loss")
        else:
            seen = f"the {term('loss', 'loss')} left the range in epoch {state['diverged']}"
        good = dict(zip(self._DEPTHS, state["good"], strict=True))
        counts = ", ".join(f"{good[depth]} with {depth}" for depth in (5, 11, 20))
        ends = term(f"end below {self._SMALL}", "good")
        text = (f"{state['activation']}, {cell}, epoch {state['epoch']}: {seen}. Of {len(self._GAINS)} gains, those "
                f"that {ends} (dots): {good[2]} with 2 layers, {counts}.")
        if state["activation"] == "relu":
            text += " Dashed: √2, where (5.7) is level."
        return text + (f" Grey: {state['lost']} runs left the range." if state["lost"] else "")

    def code(self):
        at, state = self.values, self.current
        return "\n".join([
            "import numpy as np", "from course_lib import datasets, dense", "",
            "X, y = datasets.moons(60, 0.1, rng=0)",
            "X = ((X - X.mean(axis=0)) / X.std(axis=0)).astype(np.float32)",
            f"sizes = (2, *[{self._WIDTH}] * {state['depth'] - 1}, 1)",
            f'params = {state["gain"]} * dense.init_params(sizes, 2, "lecun_normal")',
            f'run = dense.train(sizes, X, y, params=params, hidden={at["activation"]!r}, loss="bce", lr=0.05,',
            f"                  epochs={self._EPOCHS}, batch_size=10, rng=0)",
            f"loss = run.loss[:{at['epoch'] + 1}]",
            "print(loss[-1])",
        ])
