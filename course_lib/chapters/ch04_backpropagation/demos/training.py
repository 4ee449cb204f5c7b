"""Live figures of chapter 04: networks trained from scratch at every movement of a slider."""

from functools import cache, lru_cache
from itertools import pairwise
from typing import ClassVar

import numpy as np

from course_lib import datasets, dense, ops
from course_lib.viz import style
from course_lib.viz.live import (
    Bars,
    Demo,
    Handle,
    Image,
    Line,
    Menu,
    Points,
    Slider,
    Text,
    class_points,
    contour,
    legs,
    term,
)
from course_lib.viz.numbers import fixed, short

_SQUARE = (-0.6, 1.6)


def _rates(pieces) -> str:
    """The learning rates of a run in pieces (first epoch, last epoch, rate): "0.1", or "0.1, from epoch 200 on 0.5"."""
    first, *later = pieces
    return ", ".join([short(first[2]), *(f"from epoch {begin} on {short(rate)}" for begin, _, rate in later)])


def _pieces(until, lr, turns) -> tuple[tuple[int, int, float], ...]:
    return tuple((begin, end, knobs["lr"]) for begin, end, knobs in legs(until, {"lr": lr}, turns))


def _units(count, kind="hidden unit") -> str:
    return f"{count} {kind}" if count == 1 else f"{count} {kind}s"


class XORTraining(Demo):
    """XOR learned from fifty starts."""

    title = "Learning XOR from fifty random starts"
    alt = ("First: output of the chosen network over the input plane with the four XOR inputs. Second: loss of all "
           "fifty starts on a logarithmic axis, the chosen one thick. Third: share of starts below a loss of 0.001 "
           "against the epoch.")
    controls = (
        Slider("hidden", "Hidden units", 1, 8, 1, 3),
        Slider("lr", "Learning rate", -2.0, 0.5, 0.05, 0.1, log=True),
        Slider("epoch", "Epoch shown", 0, 1000, 10, 1000, play=True),
        Slider("start", "Random start", 0, 49, 1, 1, more=True),
        Menu("init", "Weights drawn from", ("U(−0.5, 0.5)", "N(0, 1)/√n"), "U(−0.5, 0.5)", more=True),
    )
    presets = {
        "2-3-1, lr 0.1": {},
        "A start that stays": {"start": 3},
        "One unit": {"hidden": 1},
        "Better start": {"init": "N(0, 1)/√n", "hidden": 4},
        "Rate too large": {"lr": 2.0},
    }
    panels = (
        ("Output of the chosen net", "$x_1$", "$x_2$", _SQUARE, _SQUARE),
        ("Loss of 50 starts", "epoch", "mean squared error", (-20, 1020), (1e-4, 4)),
        ("Share that has learned", "epoch", "starts below 0.001 (%)", (-20, 1020), (-3, 105)),
    )
    widths = (1.0, 1.1, 0.9)
    size = (760, 330)
    knobs = ("lr",)
    handles = (
        Handle(1, "chosen start, by its curve", at=lambda s: (s["epoch"], s["now"]),
               move=lambda s, x, y: {"start": XORTraining._nearest(s, x, y)}, click=True),
        Handle(2, "epoch shown", x="epoch", at=lambda s: (s["epoch"], s["rate"])),
    )
    _STARTS, _EPOCHS, _EVERY = 50, 1000, 10
    _LEARNED = 0.001

    @classmethod
    def _nearest(cls, s, x, y):
        """The start whose curve runs nearest to (x, y)."""
        column = s["loss"][:, int(np.clip(round(x / cls._EVERY), 0, s["loss"].shape[1] - 1))]
        return int(np.argmin(np.abs(np.log(column / y))))

    def background(self, axes, values):
        axes[0].set_xticks([0, 1])
        axes[0].set_yticks([0, 1])
        axes[1].set_yscale("log")
        axes[1].axhline(self._LEARNED, color=style.DARK, linewidth=1, linestyle="dotted")
        for ax in axes[1:]:
            ax.set_xticks([0, 500, 1000])

    @classmethod
    def _starts(cls, hidden, init):
        if init == "N(0, 1)/√n":
            return dense.init_params((2, hidden, 1), 0, "normal", cls._STARTS)
        return np.random.default_rng(0).uniform(-0.5, 0.5, (cls._STARTS, ops.count_parameters((2, hidden, 1))))

    @classmethod
    @lru_cache(maxsize=4)
    def _sweep(cls, hidden, init, pieces):
        """Loss (50, n) and parameters (50, n, P) of all starts every ten epochs, for a run in pieces (first epoch, last
        epoch, rate), one sample at a time; kept for the sliders that only look at it."""
        (X, y), runs, losses, params = datasets.gate("XOR"), None, [], []
        for begin, end, lr in pieces:
            start = {"after": runs} if runs else {"params": cls._starts(hidden, init)}
            runs = dense.sweep((2, hidden, 1), X, y, lrs=lr, hidden="tanh", output="tanh", loss="mse", batch_size=1,
                               shuffle=False, epochs=end - begin, snapshots=(end - begin) // cls._EVERY + 1, **start)
            new = 1 if losses else 0  # the first of a later piece is the last of the one before
            losses.append(runs.loss[:, :: cls._EVERY][:, new:])
            params.append(runs.snapshots[:, new:])
        return np.concatenate(losses, axis=1), np.concatenate(params, axis=1)

    def state(self, hidden, lr, epoch, start, init, turns):
        loss, params = self._sweep(hidden, init, _pieces(self._EPOCHS, lr, turns))
        frame = epoch // self._EVERY
        loss, layers = loss[:, : frame + 1], dense.unpack(params[start, frame], (2, hidden, 1))
        learned = 100 * np.mean(loss < self._LEARNED, axis=0)
        return {"hidden": hidden, "start": start, "pieces": _pieces(epoch, lr, turns), "epoch": epoch, "loss": loss,
                "learned": learned, "rate": float(learned[-1]), "now": float(loss[start, -1]),
                "surface": dense.mlp_surface(layers, _SQUARE, _SQUARE, 90, "tanh", "tanh"),
                "outputs": ops.mlp_forward(datasets.gate("XOR")[0], layers, "tanh", "tanh")[0].ravel()}

    def layers(self, state):
        X, y = datasets.gate("XOR")
        loss, start, epoch = state["loss"], state["start"], state["epoch"]
        epochs = np.arange(0, epoch + 1, self._EVERY)
        tall = np.column_stack([loss, np.full(len(loss), np.nan)])
        turned = [Line(panel, [begin, begin], self.panels[panel][4], color=style.GREY, width=1.2, dash="dashed",
                       label="the rate was turned here") for begin, _, _ in state["pieces"][1:] for panel in (1, 2)]
        return [
            Image(0, state["surface"], label="output"),
            Line(0, *contour(state["surface"], _SQUARE, _SQUARE, 0.5), color=style.DARK, label="output 0.5"),
            *class_points(0, X, y, size=15, edge=style.DARK),
            Text(0, X[:, 0], X[:, 1] - 0.2, [fixed(v) for v in state["outputs"]], size=12, box=True),
            *turned,
            Line(1, np.tile(np.append(epochs, np.nan), len(loss)), tall.ravel(), color=style.GREY, width=0.9,
                 alpha=0.55),
            Line(1, epochs, loss[start], width=3, label=f"start {start}", key="start"),
            Points(1, epoch, loss[start, -1], size=10, label=f"start {start}", key="start"),
            Text(1, 985, 0.00072, "0.001", size=11, ha="right", box=True),
            Line(2, epochs, state["learned"], width=2.6, label="starts below 0.001", key="rate"),
            Points(2, epoch, state["rate"], size=10, label="starts below 0.001", key="rate"),
        ]

    def caption(self, state):
        rate = state["pieces"][-1][2]
        now = term(f"start {state['start']} has loss {short(state['now'])}", "start")
        share = term(f"{state['rate']:.0f} % of 50 starts", "rate")
        text = (f"{_units(state['hidden'])}, learning rate {_rates(state['pieces'])}, epoch {state['epoch']}: {now}; "
                f"{share} are below 0.001.")
        if state["hidden"] == 1:
            return f"{text} One hidden unit bends the plane only along one direction: XOR is out of reach."
        if rate > 0.6 and state["rate"] < 50:
            return f"{text} Steps this large saturate the tanh units: slope near 0, no way back."
        if state["now"] > 0.05:
            return f"{text} This start is still on a plateau, where the gradient is small."
        return text

    def code(self):
        at, pieces = self.values, self.current["pieces"]
        sizes = (2, at["hidden"], 1)
        draw = (f'dense.init_params({sizes}, 0, "normal", 50)' if at["init"] == "N(0, 1)/√n" else
                f"np.random.default_rng(0).uniform(-0.5, 0.5, (50, {ops.count_parameters(sizes)}))")
        steps = ", ".join(f"({end - begin}, {lr})" for begin, end, lr in pieces)
        return "\n".join([
            "import numpy as np", "from course_lib import datasets, dense", "",
            'X, y = datasets.gate("XOR")',
            f"params = {draw}",
            f"for epochs, lr in [{steps}]:",
            f'    runs = dense.sweep({sizes}, X, y, params, lr, hidden="tanh", output="tanh", loss="mse",',
            "                       epochs=epochs, batch_size=1, shuffle=False)",
            "    params = runs.params",
            "rate = 100 * np.mean(runs.loss[:, -1] < 0.001)",
            f"now = runs.loss[{at['start']}, -1]",
            "print(rate, now)",
        ])


class FunctionFit(Demo):
    """A curve as a sum of hidden units."""

    title = "A sum of hidden units fits a curve"
    alt = ("First: the target curve, the training points and the output of a network with one hidden layer. Second: "
           "the share of each hidden unit; the output is their sum plus the bias. Third: the loss against the epoch.")
    controls = (
        Slider("width", "Hidden units", 1, 20, 1, 5),
        Slider("lr", "Learning rate", -3.0, 0.0, 0.05, 0.05, log=True),
        Slider("epoch", "Epoch shown", 0, 1000, 10, 1000, play=True),
        Menu("activation", "Activation", ("tanh", "sigmoid", "relu", "gelu", "identity"), "tanh", more=True),
        Menu("target", "Target", ("sine", "absolute value", "parabola", "bump", "jump"), "sine", more=True),
        Slider("start", "Random start", 0, 30, 1, 0, more=True),
    )
    presets = {
        "One unit": {"width": 1},
        "Three units": {"width": 3},
        "Twenty units": {"width": 20},
        "ReLU: straight pieces": {"activation": "relu", "width": 12, "start": 5},
        "Jump": {"target": "jump", "width": 20},
        "Identity: a line": {"activation": "identity"},
        "Rate too large": {"lr": 1.0},
    }
    panels = (
        ("Target (dashed) and fit", "x", "y", (-3, 3), (-1.7, 2.3)),
        ("Shares: their sum is the fit", "x", "wⱼ g(vⱼ x + cⱼ)", (-3, 3), (-2.2, 2.2)),
        ("Loss", "epoch", "mean squared error", (-20, 1020), (1e-4, 4)),
    )
    size = (760, 340)
    background_depends = ("activation",)
    knobs = ("lr",)
    handles = (Handle(2, "epoch shown", x="epoch", at=lambda s: (s["epoch"], s["height"])),)
    closed_form = "Target (dashed)"
    _EPOCHS, _EVERY = 1000, 10
    _X = np.linspace(-3, 3, 61)
    _T = np.linspace(-3, 3, 241)
    _TARGETS: ClassVar = {
        "sine": lambda x: np.sin(2 * x),
        "absolute value": lambda x: np.abs(x) - 1,
        "parabola": lambda x: x**2 / 3 - 1,
        "bump": lambda x: 1.5 * np.exp(-2 * x**2),
        "jump": lambda x: (x >= 0).astype(float),
    }
    #: the same in the notebook
    _CODE: ClassVar = {"sine": "np.sin(2 * X)", "absolute value": "np.abs(X) - 1", "parabola": "X**2 / 3 - 1",
                       "bump": "1.5 * np.exp(-2 * X**2)", "jump": "(X >= 0).astype(float)"}

    def background(self, axes, values):
        if values["activation"] in ("relu", "gelu"):
            axes[1].set_ylim(-6, 6)
        axes[1].axhline(0, color=style.DARK, linewidth=0.8)
        axes[2].set_yscale("log")
        axes[2].set_xticks([0, 500, 1000])

    @staticmethod
    def _init(rng, fan_in, fan_out):
        """N(0, 1) / √inputs; biases of the hidden units twice as wide, which spreads their bends over the interval."""
        draw = rng.standard_normal((fan_in + 1, fan_out)) / np.sqrt(fan_in)
        return draw * [[1.0], [2.0]] if fan_in == 1 else draw

    @classmethod
    @lru_cache(maxsize=8)
    def _train(cls, width, activation, target, start, pieces):
        """Loss (1001,) and parameters every ten epochs of a run in pieces (first epoch, last epoch, rate): NaN, and
        none, from where it diverges."""
        X, run, params, loss = cls._X[:, None], None, [], np.full(cls._EPOCHS + 1, np.nan)
        for begin, end, lr in pieces:
            run = dense.train((1, width, 1), X, cls._TARGETS[target](cls._X), hidden=activation, lr=lr, momentum=0.9,
                              epochs=end - begin, snapshots=(end - begin) // cls._EVERY + 1, rng=start, init=cls._init,
                              after=run)
            loss[begin : end + 1] = run.loss
            params += list(run.snapshots[1 if params else 0 :])  # the first of a later piece is in the one before
            if run.diverged_at is not None:
                break
        return loss, params

    @classmethod
    @lru_cache(maxsize=8)
    def _stable(cls, width, activation, target, start, lr):
        """The largest of twelve smaller rates with which the loss goes down, or None."""
        rates = lr * 0.8 ** np.arange(1, 13)
        params = dense.init_params((1, width, 1), start, cls._init)
        tries = dense.sweep((1, width, 1), cls._X[:, None], cls._TARGETS[target](cls._X), params, rates,
                            hidden=activation, epochs=200, momentum=0.9)
        good = np.flatnonzero(tries.loss[:, -1] < tries.loss[:, 0])  # False for NaN
        return float(rates[good[0]]) if len(good) else None

    def state(self, width, lr, epoch, activation, target, start, turns):
        network = (width, activation, target, start)
        loss, params = self._train(*network, _pieces(self._EPOCHS, lr, turns))
        y = self._TARGETS[target](self._X)
        seen = loss[: epoch + 1]
        known = seen[np.isfinite(seen)]
        pieces = tuple(piece for piece in _pieces(epoch, lr, turns) if piece[0] < len(known))
        state = {"width": width, "activation": activation, "pieces": pieces, "epoch": epoch, "target": target,
                 "points": y, "loss": seen, "error": float(known[-1]), "height": float(np.clip(known[-1], 1e-4, 4)),
                 "line_loss": float(np.mean((np.polyval(np.polyfit(self._X, y, 1), self._X) - y) ** 2))}
        if len(known) < len(seen):
            return state | {"diverged": len(known), "stable": self._stable(*network, pieces[-1][2])}
        (V, c), (w, b) = dense.unpack(params[epoch // self._EVERY], (1, width, 1))
        units = ops.ACTIVATIONS[activation].forward(self._T[:, None] @ V + c) * w[:, 0]
        return state | {"units": units, "bias": float(b[0]), "fit": units.sum(axis=1) + b[0]}

    def layers(self, state):
        T, epochs = self._T, np.arange(len(state["loss"]))
        layers = [Line(0, T, self._TARGETS[state["target"]](T), color=style.DARK, width=1.6, dash="dashed",
                       label="target"),
                  Points(0, self._X[::2], state["points"][::2], color=style.GREY, size=6)]
        layers += [Line(2, [begin, begin], self.panels[2][4], color=style.GREY, width=1.2, dash="dashed",
                        label="the rate was turned here") for begin, _, _ in state["pieces"][1:]]
        layers += [Line(2, epochs, state["loss"], width=2.4, label="loss", key="error", ghost=True),
                   Points(2, state["epoch"], state["height"], size=10, label="loss", key="error")]
        if "fit" not in state:
            return [*layers, Text(0, 0, 2.0, "diverged", color=style.RED, size=15, bold=True, box=True)]
        layers.append(Line(0, T, state["fit"], width=3, label="fit", ghost=True))
        for j, unit in enumerate(state["units"].T):
            layers.append(Line(1, T, unit, color=style.PALETTE[j % len(style.PALETTE)], width=1.8,
                               dash=style.DASHES[j // len(style.PALETTE) % len(style.DASHES)], label=f"unit {j + 1}"))
        layers.append(Line(1, [-3, 3], [state["bias"]] * 2, color=style.DARK, width=1.2, dash="dotted", label="bias b",
                           key="bias"))
        return layers

    def caption(self, state):
        units = _units(state["width"], f"{state['activation']} unit")
        text = f"{units}, learning rate {_rates(state['pieces'])}, epoch {state['epoch']}: "
        if "fit" not in state:
            text += (f"diverged in epoch {state['diverged']}: each step overshot, and the loss grew from "
                     f"{short(state['loss'][0])} beyond all numbers.")
            return text if state["stable"] is None else f"{text} {short(state['stable'], 2)} still goes down."
        error = term(f"mean squared error {short(state['error'])}", "error")
        text += f"{error} (best straight line {short(state['line_loss'])})."
        if not state["error"] < 3 * state["loss"][0]:
            return f"{text} Worse than at the start ({short(state['loss'][0])}): the learning rate is too large."
        if state["activation"] == "identity":
            return f"{text} Sums of lines are lines: without a bend no number of units helps."
        bias = term(f"the bias {fixed(state['bias'])}", "bias")
        return f"{text} Dotted: {bias}."

    def code(self):
        at, pieces = self.values, self.current["pieces"]
        steps = ", ".join(f"({end - begin}, {lr})" for begin, end, lr in pieces)
        return "\n".join([
            "import numpy as np", "from course_lib import dense", "",
            "X = np.linspace(-3, 3, 61)[:, None]",
            "def init(rng, fan_in, fan_out):  # biases of the hidden units twice as wide",
            "    draw = rng.standard_normal((fan_in + 1, fan_out)) / np.sqrt(fan_in)",
            "    return draw * [[1.0], [2.0]] if fan_in == 1 else draw",
            "run, loss = None, []",
            f"for epochs, lr in [{steps}]:",
            f'    run = dense.train((1, {at["width"]}, 1), X, {self._CODE[at["target"]]}, hidden="{at["activation"]}", '
            f'lr=lr,',
            f"                      epochs=epochs, momentum=0.9, rng={at['start']}, init=init, after=run)",
            "    loss = [*loss[:-1], *run.loss]",
        ])


def _high(size):
    """Height of a column of so many units, as a share of the panel: it follows the logarithm."""
    return 0.06 + 0.5 * np.log10(np.asarray(size) + 1) / np.log10(12289)


class NetworkLayers(Demo):
    """Shapes and parameter counts of a fully connected network."""

    title = "Layers, shapes and parameters"
    alt = ("First: the layers of a network as columns whose height follows the logarithm of their size, with the shape "
           "of each weight matrix between them. Second: bars of each layer's share of the parameters.")
    controls = (
        Menu("inputs", "Inputs", ("2", "64 (8×8)", "784 (28×28)", "3072 (32×32×3)", "12288 (64×64×3)"), "784 (28×28)"),
        Slider("h1", "Hidden layer 1 (0: none)", 0, 1024, 1, 784),
        Slider("h2", "Hidden layer 2 (0: none)", 0, 1024, 1, 512),
        Slider("h3", "Hidden layer 3 (0: none)", 0, 1024, 1, 0, more=True),
        Slider("outputs", "Outputs", 1, 10, 1, 10, more=True),
    )
    presets = {
        "784-784-512-10": {},
        "12288-100-50-15-1": {"inputs": "12288 (64×64×3)", "h1": 100, "h2": 50, "h3": 15, "outputs": 1},
        "784-100-50-10": {"h1": 100, "h2": 50},
        "2-3-1": {"inputs": "2", "h1": 3, "h2": 0, "outputs": 1},
    }
    panels = (
        ("Layers and weight matrices", "", "", (0, 1), (0, 1)),
        ("Where the parameters sit", "share of all parameters (%)", "", (0, 105), (0.4, 4.7)),
    )
    widths = (1.35, 1.0)
    size = (800, 350)
    handles = tuple(Handle(0, f"size of {word}, by its column", at=lambda s, name=name: s["tops"].get(name),
                           move=lambda s, x, y, name=name: {name: NetworkLayers._size(y)})
                    for name, word in (("h1", "hidden layer 1"), ("h2", "hidden layer 2"), ("h3", "hidden layer 3"),
                                       ("outputs", "the output")))

    @staticmethod
    def _size(top):
        """Units of a column whose upper end is there; at least one, since a column that is gone cannot be dragged."""
        return max(round(10 ** ((2 * (top - 0.5) - 0.06) / 0.5 * np.log10(12289)) - 1), 1)

    def background(self, axes, values):
        axes[0].axis("off")
        axes[1].set_xticks([0, 25, 50, 75, 100])
        axes[1].set_yticks([4, 3, 2, 1], ["$W_1, b_1$", "$W_2, b_2$", "$W_3, b_3$", "$W_4, b_4$"])
        axes[1].grid(axis="y", visible=False)

    def state(self, inputs, h1, h2, h3, outputs):
        layers = {"inputs": int(inputs.split()[0]), "h1": h1, "h2": h2, "h3": h3, "outputs": outputs}
        layers = {name: size for name, size in layers.items() if size}
        sizes = tuple(layers.values())
        x, high = np.linspace(0.08, 0.92, len(sizes)), _high(sizes)
        return {"sizes": sizes, "x": x, "high": high, "total": ops.count_parameters(sizes),
                "counts": np.array([ops.count_parameters(pair) for pair in pairwise(sizes)]),
                "tops": {name: (float(x[k]), float(0.5 + high[k] / 2)) for k, name in enumerate(layers)}}

    @staticmethod
    def _key(k):
        return f"layer {k + 1}"

    def layers(self, state):
        sizes, counts, x, high = state["sizes"], state["counts"], state["x"], state["high"]
        keys = [self._key(k) for k in range(len(counts))]
        layers = [Line(0, [x[k], x[k + 1], np.nan, x[k], x[k + 1]],
                       [0.5 + high[k] / 2, 0.5 + high[k + 1] / 2, np.nan, 0.5 - high[k] / 2, 0.5 - high[k + 1] / 2],
                       color=style.GREY, width=1, key=keys[k]) for k in range(len(counts))]
        layers += [
            Bars(0, x, 0.5 + high / 2, base=0.5 - high / 2, width=0.045,
                 color=[style.GREEN, *[style.BLUE] * (len(sizes) - 2), style.PURPLE]),
            Text(0, x, 0.5 + high / 2 + 0.085, [f"{size}" for size in sizes], size=14, bold=True),
            Text(0, x, np.full(len(x), 0.97), ["input", *["hidden"] * (len(sizes) - 2), "output"], size=12),
            # Two heights, so that neighbors have room.
            Text(0, (x[:-1] + x[1:]) / 2, np.where(np.arange(len(counts)) % 2, 0.05, 0.13),
                 [f"{a}×{b}" for a, b in pairwise(sizes)], size=12, key=keys),
        ]
        at, shares, largest = 4 - np.arange(len(counts)), 100 * counts / state["total"], counts == counts.max()
        words = [f"{count:,} ({share:.1f} %)" for count, share in zip(counts, shares, strict=True)]
        layers += [Bars(1, at - 0.12, shares, width=0.4, horizontal=True, label=keys, key=keys,
                        color=[style.BLUE if big else style.SKY for big in largest]),
                   Text(1, np.full(len(at), 1.5), at + 0.28, words, size=12, ha="left", key=keys)]
        return layers

    def caption(self, state):
        sizes, counts, total = state["sizes"], state["counts"], state["total"]
        largest = int(counts.argmax())
        terms = " + ".join(term(f"{a}·{b} + {b}", self._key(k)) for k, (a, b) in enumerate(pairwise(sizes)))
        share = 100 * counts[largest] / total
        name = "-".join(map(str, sizes))
        return f"{name}: {terms} = {total:,} parameters, {share:.1f} % of them in layer {largest + 1}."

    def code(self):
        return "\n".join([
            "from course_lib import ops", "", f"sizes = {self.current['sizes']}",
            "counts = [ops.count_parameters(pair) for pair in zip(sizes, sizes[1:])]",
            "total = ops.count_parameters(sizes)", "print(counts, total)",
        ])


_DEPTHS, _WIDTHS, _TABLE_STARTS = (1, 2, 3, 4), (2, 4, 8, 16), 5


@cache
def _spirals() -> datasets.Split:
    """Four spiral arms whose labels alternate."""
    X, arm = datasets.spiral(240, 4, 0.15, 3)
    return datasets.train_test_split(X, arm % 2, 120, 3)


@lru_cache(maxsize=64)
def _table_cell(depth, width) -> np.ndarray:
    """Test accuracy of five starts."""
    return np.array([DepthAndWidth.train(depth, width, start)[1] for start in range(_TABLE_STARTS)])


class DepthAndWidth(Demo):
    """Accuracy against depth and width."""

    title = "Deeper or wider?"
    alt = ("First: points on four spiral arms and the boundary of the chosen network. Second: a table of the test "
           "accuracy for depths one to four and widths two to sixteen, mean and spread of five starts, with the chosen "
           "cell framed.")
    controls = (
        Slider("depth", "Hidden layers", 1, 4, 1, 2),
        Slider("width", "Units in each", 1, 16, 1, 16),
        Slider("epoch", "Epoch shown", 0, 100, 1, 100, play=True),
        Slider("start", "Random start", 0, 30, 1, 0, more=True),
    )
    presets = {
        "Small": {"depth": 1, "width": 2},
        "Wide": {"depth": 1, "width": 16},
        "Deep and narrow": {"depth": 4, "width": 2},
        "Deep and wide": {"depth": 4, "width": 16},
    }
    panels = (
        ("Training points and boundary", "$x_1$", "$x_2$", (-1.3, 1.3), (-1.3, 1.3)),
        ("Test accuracy (%), mean of 5 starts", "units in each hidden layer", "hidden layers", (-0.5, 3.5), (0.5, 4.5)),
    )
    widths = (1.0, 1.2)
    size = (800, 370)
    handles = (Handle(1, "cell of the table", at=lambda s: (s["column"], s["depth"] - 0.22), click=True, replay=True,
                      move=lambda s, x, y: {"width": _WIDTHS[int(np.clip(round(x), 0, 3))], "depth": round(y)}),)
    _EPOCHS = 100

    def background(self, axes, values):
        axes[1].set_xticks(range(4), [str(width) for width in _WIDTHS])
        axes[1].set_yticks(_DEPTHS)
        axes[1].grid(visible=False)

    @classmethod
    @lru_cache(maxsize=4)
    def train(cls, depth, width, start):
        """One run with its parameters after every epoch, and its test accuracy."""
        split = _spirals()
        X = (3 * split.X_train).astype(np.float32)
        run = dense.train((2, *[width] * depth, 1), X, split.y_train, hidden="tanh", loss="bce", lr=0.1,
                          epochs=cls._EPOCHS, batch_size=20, momentum=0.9, rng=start, snapshots=cls._EPOCHS + 1)
        return run, cls._right(run, split.X_test, split.y_test, cls._EPOCHS)

    @staticmethod
    def _right(run, X, y, epoch) -> float:
        """Share of points that the net has right after an epoch."""
        return float(np.mean((run.predict((3 * X).astype(np.float32), epoch).ravel() >= 0.5) == y))

    def state(self, depth, width, epoch, start):
        run, _ = self.train(depth, width, start)
        split, sizes = _spirals(), (2, *[width] * depth, 1)
        (W, b), *rest = dense.unpack(run.snapshots[epoch], sizes)
        cells = np.array([[_table_cell(d, w) for w in _WIDTHS] for d in _DEPTHS])
        return {"depth": depth, "width": width, "start": start, "epoch": epoch,
                "train": self._right(run, split.X_train, split.y_train, epoch),
                "test": self._right(run, split.X_test, split.y_test, epoch),
                "surface": dense.mlp_surface([(3 * W, b), *rest], (-1.3, 1.3), (-1.3, 1.3), 90, "tanh", "sigmoid"),
                "mean": cells.mean(axis=2), "sd": cells.std(axis=2), "parameters": ops.count_parameters(sizes),
                "column": float(np.interp(np.log2(max(width, 1.45)), np.log2(_WIDTHS), range(4)))}

    def layers(self, state):
        split, limits = _spirals(), (-1.3, 1.3)
        columns, rows = np.meshgrid(np.arange(4), _DEPTHS)
        words = [f"{100 * m:.0f} ± {100 * s:.0f}" for m, s in zip(state["mean"].ravel(), state["sd"].ravel(),
                                                                  strict=True)]
        return [
            Image(0, state["surface"], label="probability of class 1"),
            Line(0, *contour(state["surface"], limits, limits, 0.5), color=style.DARK),
            *class_points(0, split.X_train, split.y_train, size=7, edge=style.DARK),
            Image(1, state["mean"], 0.5, 1.0, "heat", extent=(-0.5, 3.5, 0.5, 4.5), smooth=False,
                  label="test accuracy"),
            Text(1, columns.ravel(), rows.ravel() + 0.2, words, size=13, box=True),
            Points(1, state["column"], state["depth"] - 0.22, color=style.ORANGE, marker="D", size=11, edge="white"),
            Line(1, state["column"] + np.array([-0.47, 0.47, 0.47, -0.47, -0.47]),
                 state["depth"] + np.array([-0.47, -0.47, 0.47, 0.47, -0.47]), color=style.ORANGE, width=3),
        ]

    def caption(self, state):
        mean, sd = state["mean"], state["sd"]
        best = np.unravel_index(mean.argmax(), mean.shape)
        depth = _units(state["depth"], "hidden layer")
        top = f"{100 * mean[best]:.0f} ± {100 * sd[best]:.0f} %"
        return (f"{depth} of {state['width']}, {state['parameters']} parameters, start {state['start']}, epoch "
                f"{state['epoch']}: {100 * state['train']:.0f} % of the training points right, "
                f"{100 * state['test']:.0f} % of 120 new ones. Best of the table: {_DEPTHS[best[0]]} of "
                f"{_WIDTHS[best[1]]} with {top}.")

    def code(self):
        at = self.values
        sizes = (2, *[at["width"]] * at["depth"], 1)
        return "\n".join([
            "import numpy as np", "from course_lib import datasets, dense", "",
            "X, arm = datasets.spiral(240, 4, 0.15, 3)",
            "split = datasets.train_test_split(X, arm % 2, 120, 3)",
            "X, X_test = (3 * split.X_train).astype(np.float32), (3 * split.X_test).astype(np.float32)",
            f'run = dense.train({sizes}, X, split.y_train, loss="bce", lr=0.1, epochs={at["epoch"]}, batch_size=20,',
            f"                  momentum=0.9, rng={at['start']})",
            "train = np.mean((run.predict(X)[:, 0] >= 0.5) == split.y_train)",
            "test = np.mean((run.predict(X_test)[:, 0] >= 0.5) == split.y_test)",
            "print(train, test)",
        ])
