"""Live figure of chapter 06: the spiral of the published comparison, learned by any rule."""

from functools import cache, lru_cache
from typing import ClassVar

import numpy as np

from course_lib import datasets, dense, ops
from course_lib.chapters import spiral_runs
from course_lib.viz import style
from course_lib.viz.live import Demo, Handle, Image, Line, Menu, Points, Slider, Text, class_points, contour, legs, term
from course_lib.viz.numbers import short


class SpiralOptimizers(Demo):
    """Two spiral arms, learned by any rule; rule, rate and momentum can be turned on the way."""

    title = "A spiral, learned by any rule; the loss of the last batch jumps about"
    alt = ("First: 600 training points on two spiral arms and the boundary of the network. Second: the loss of all "
           "points and, paler, of each epoch's last batch against the epoch, on a logarithmic axis; for other rules "
           "than descent, dashed, what descent does at the same rate.")
    _RULES: ClassVar = {"descent": "sgd", "averaged momentum": "averaged_momentum", "classical momentum": "momentum",
                        "Nesterov": "nesterov", "Adagrad": "adagrad", "Adadelta": "adadelta", "Rprop": "rprop",
                        "RMSprop": "rmsprop", "Adam": "adam", "AdamW": "adamw", "Adamax": "adamax", "NAdam": "nadam",
                        "AMSGrad": "amsgrad"}
    #: what β is in each rule; the others have none
    _BETA: ClassVar = {"averaged_momentum": "momentum", "momentum": "momentum", "nesterov": "momentum",
                       **dict.fromkeys(("adam", "adamw", "adamax", "nadam", "amsgrad"), "beta1")}
    _EPOCHS, _ALL, _X, _Y = 100, "600 (all)", (-3.6, 2.2), (-2.7, 2.3)
    controls = (
        Menu("rule", "Rule", tuple(_RULES), "descent"),
        Slider("lr", "Learning rate", -3.0, 1.0, 0.05, 0.0316, log=True),
        Slider("epoch", "Epoch", 0, _EPOCHS, 1, _EPOCHS, play=True),
        Slider("momentum", "β (momentum, Nesterov, Adam's β₁)", 0.0, 0.99, 0.01, 0.9, more=True),
        Menu("batch", "Points in a batch", ("16", "64", "256", _ALL), "64", more=True),
    )
    presets = {
        "Descent": {},
        "Momentum, averaged": {"rule": "averaged momentum"},
        "Momentum, classical": {"rule": "classical momentum"},
        "Averaged, ten times the rate": {"rule": "averaged momentum", "lr": 0.316},
        "Adam": {"rule": "Adam"},
        "Adam, 0.001": {"rule": "Adam", "lr": 0.001},
        "Adadelta, 1": {"rule": "Adadelta", "lr": 1.0},
        "All 600 points a step": {"batch": _ALL},
    }
    panels = (
        ("Training points and boundary", "$x_1$", "$x_2$", _X, _Y),
        ("Loss", "epoch", "cross-entropy", (-2, 102), (3e-3, 45)),
    )
    widths = (1.0, 1.15)
    size = (820, 380)
    knobs = ("lr", "momentum", "rule")
    handles = (Handle(1, "epoch", x="epoch", at=lambda s: (s["epoch"], s["height"])),)

    def background(self, axes, values):
        axes[1].set_yscale("log")

    @staticmethod
    @cache
    def _data():
        """The points, in single precision, and their order in every epoch."""
        data = spiral_runs.spiral(repaired=True)
        points = np.tile(np.arange(spiral_runs.POINTS), (SpiralOptimizers._EPOCHS, 1))
        return (data._replace(X_train=data.X_train.astype(np.float32), X_test=data.X_test.astype(np.float32)),
                np.random.default_rng(0).permuted(points, axis=1))

    @classmethod
    def _pieces(cls, until, lr, momentum, rule, turns) -> tuple:
        """(first epoch, last epoch, rule, its settings) between the moments at which a knob was turned."""
        pieces = []
        for begin, end, knobs in legs(until, {"lr": lr, "momentum": momentum, "rule": rule}, turns):
            name = cls._RULES[knobs["rule"]]
            beta = ((cls._BETA[name], knobs["momentum"]),) if name in cls._BETA else ()
            pieces.append((begin, end, name, (("lr", knobs["lr"]), *beta)))
        return tuple(pieces)

    @classmethod
    @lru_cache(maxsize=24)
    def _runs(cls, pieces, batch) -> tuple:
        """A run for each piece until one diverges. The next goes on from its weights and, if its rule is the same,
        from what the rule kept; another rule begins with nothing kept."""
        *before, (begin, end, rule, settings) = pieces
        runs = cls._runs(tuple(before), batch) if before else ()
        if runs and runs[-1].diverged_at is not None:
            return runs
        if not runs:
            start = {"params": datasets.published_start("he_normal")}
        else:
            start = {"after": runs[-1]} if before[-1][2] == rule else {"params": runs[-1].params}
        data, order = cls._data()
        run = dense.train(spiral_runs.SIZES, data.X_train, data.y_train, hidden="relu", loss="bce", rule=rule,
                          batch_size=batch, order=order[begin:end], record_batches=True, snapshots=end - begin + 1,
                          **start, **dict(settings))
        return (*runs, run)

    @classmethod
    def _joined(cls, pieces, batch):
        """Loss of all points (101,), of the last batch (100,), and parameters (101, P): NaN once diverged."""
        runs = cls._runs(pieces, batch)
        loss = np.concatenate([*(run.loss[:-1] for run in runs), runs[-1].loss[-1:]])
        params = np.concatenate([*(run.snapshots[:-1] for run in runs), runs[-1].snapshots[-1:]])
        return loss, np.concatenate([run.batch_loss for run in runs]), params

    def state(self, rule, lr, epoch, momentum, batch, turns):
        batch = spiral_runs.POINTS if batch == self._ALL else int(batch)
        full = self._pieces(self._EPOCHS, lr, momentum, rule, turns)
        loss, last, params = self._joined(full, batch)
        plain = ((0, self._EPOCHS, "sgd", (("lr", lr),)),)
        descent = self._joined(plain, batch)[0][: epoch + 1] if any(piece[2] != "sgd" for piece in full) else None
        seen, data = loss[: epoch + 1], self._data()[0]
        known = seen[np.isfinite(seen)]
        state = {"epoch": epoch, "batch": batch, "pieces": self._pieces(epoch, lr, momentum, rule, turns),
                 "loss": seen, "last": last[:epoch], "descent": descent,
                 "height": float(np.clip(known[-1], 4e-3, 40)),
                 "diverged": len(known) if len(known) <= epoch else None}
        if state["diverged"] is not None:
            return state
        layers = dense.unpack(params[epoch], spiral_runs.SIZES)
        right = [float(np.mean((ops.mlp_forward(X, layers, "relu", "sigmoid")[0][:, 0] > 0.5) == y))
                 for X, y in ((data.X_train, data.y_train), (data.X_test, data.y_test))]
        return state | {"train": right[0], "test": right[1],
                        "surface": dense.mlp_surface(layers, self._X, self._Y, 90, "relu", "sigmoid")}

    def layers(self, state):
        data, epochs = self._data()[0], np.arange(len(state["loss"]))
        layers = [] if state["diverged"] is not None else [
            Image(0, state["surface"], label="probability of class 1"),
            Line(0, *contour(state["surface"], self._X, self._Y, 0.5), color=style.DARK, label="boundary")]
        layers += class_points(0, data.X_train, data.y_train, size=5, edge=style.DARK)
        if state["diverged"] is not None:
            layers.append(Text(0, -0.7, 2.0, "diverged", color=style.RED, size=15, bold=True, box=True))
        layers += [Line(1, [begin, begin], self.panels[1][4], color=style.GREY, width=1.2, dash="dashed",
                        label="a knob was turned here") for begin, *_ in state["pieces"][1:]]
        layers += [Line(1, epochs[1:], state["last"], color=style.SKY, width=1.6, label="last batch", key="last")]
        shown = [("all points", style.BLUE, "solid", 3.0, "loss"), ("last batch", style.SKY, "solid", 1.6, "last")]
        layers.append(Line(1, epochs, state["loss"], width=3, label="all points", key="loss", ghost=True))
        if state["descent"] is not None:  # above the others, since it may be the same curve
            layers.append(Line(1, epochs, state["descent"], color=style.ORANGE, width=2, dash="dashed",
                               label="descent at the same rate", key="descent"))
            shown.append(("descent", style.ORANGE, "dashed", 2.0, "descent"))
        layers.append(Points(1, state["epoch"], state["height"], size=10, label="all points", key="loss"))
        for k, (name, color, dash, width, key) in enumerate(shown):
            y = 29 / 2.15**k
            layers += [Line(1, [50, 58], [y, y], color=color, width=width, dash=dash, key=key),
                       Text(1, 60, y, name, ha="left", size=12, key=key)]
        return layers

    def _words(self, pieces) -> str:
        names = {rule: name for name, rule in self._RULES.items()}
        words = []
        for begin, _, rule, settings in pieces:
            rate, *beta = (short(value) for _, value in settings)
            said = f"{names[rule]}, rate {rate}" + (f", β {beta[0]}" if beta else "")
            words.append(f"from epoch {begin} on {said}" if begin else said)
        if len(words) > 2:
            words = [words[0], f"turned {len(words) - 1} times", words[-1]]
        text = "; ".join(words)
        return text[0].upper() + text[1:]

    def caption(self, state):
        text = f"{self._words(state['pieces'])}, epoch {state['epoch']}: "
        if state["diverged"] is not None:
            rate = state["pieces"][-1][3][0][1]
            return (f"{text}diverged in epoch {state['diverged']}. Each step overshot by more than the one before; "
                    f"the rate {short(rate)} is too large.")
        said = [term(f"loss {short(state['loss'][-1])}", "loss")]
        if state["epoch"]:
            said.append(term(f"last batch {short(state['last'][-1])}", "last"))
        if state["descent"] is not None:
            rate = short(state["pieces"][0][3][0][1])
            said.append(term(f"descent at rate {rate}: {short(state['descent'][-1])}", "descent"))
        return (f"{text}{', '.join(said)}. Right: {100 * state['train']:.1f} % of 600 points, "
                f"{100 * state['test']:.1f} % of 200 new ones.")

    def code(self):
        state, lines, before = self.current, [], ""
        for begin, end, rule, settings in state["pieces"]:
            start = f"after=run, rule={rule!r}" if before == rule else f"params=params, rule={rule!r}"
            given = ", ".join(f"{name}={value!r}" for name, value in settings)
            lines += [f"run = dense.train((2, 100, 1), X, y, {start}, {given},",
                      f"                  order=order[{begin}:{end}], **always)",
                      "params, loss = run.params, np.append(loss[:-1], run.loss)"]
            before = rule
        return "\n".join([
            "import numpy as np", "from course_lib import datasets, dense",
            "from course_lib.chapters import spiral_runs", "",
            "data = spiral_runs.spiral(repaired=True)",
            "X, y = data.X_train.astype(np.float32), data.y_train",
            f"order = np.random.default_rng(0).permuted(np.tile(np.arange(600), ({self._EPOCHS}, 1)), axis=1)",
            f'always = dict(hidden="relu", loss="bce", batch_size={state["batch"]}, record_batches=True)',
            'params, loss = datasets.published_start("he_normal"), np.empty(0)', *lines,
            "test = np.mean((run.predict(data.X_test)[:, 0] > 0.5) == data.y_test)", "print(loss[-1], test)",
        ])
