"""Live figures of chapter 06: batches, learning rates that change, the range of useful ones, clipping."""

from functools import cache, lru_cache

import numpy as np

from course_lib import datasets, dense, ops
from course_lib.viz import style
from course_lib.viz.live import Demo, Handle, Line, Menu, Points, Slider, Text, term
from course_lib.viz.numbers import fixed, short


def _arrow(panel, start, end, **look) -> list[Line]:
    """An arrow between two points, with a head of three tenths of a unit, or shorter where the arrow is."""
    start, end = np.array(start, float), np.array(end, float)
    length = np.linalg.norm(end - start)
    if length == 0:
        return []
    along = (end - start) / length * min(0.35, 0.5 * length)
    aside = 0.5 * np.array([-along[1], along[0]])
    x, y = np.array([start, end, end - along + aside, end, end - along - aside]).T
    return [Line(panel, x, y, width=2.8, **look)]


@cache
def _moons(seed=0):
    """Training and validation points of two noisy half-moons, 150 each."""
    X, y = datasets.moons(300, 0.25, rng=seed)
    X = X.astype(np.float32)
    return X[:150], y[:150], X[150:], y[150:]


#: A rule's name in the chapter, and in the library.
_RULES = {
    "descent": "sgd",
    "momentum": "momentum",
    "Nesterov": "nesterov",
    "Adagrad": "adagrad",
    "RMSprop": "rmsprop",
    "Adam": "adam",
}


def _first(name: str) -> str:
    """A name at the beginning of a sentence."""
    return name[0].upper() + name[1:]


class Schedules(Demo):
    """A learning rate that changes, and the run under it."""

    title = "What a falling learning rate does to a run"
    alt = (
        "First: the learning rate as a share of the first one over 100 epochs. Second: the training loss of a real "
        "run under this rate, of the same run at the fixed rate, and the validation loss."
    )
    controls = (
        Menu("kind", "Schedule", ("fixed", "step", "exponential", "inverse", "cosine", "plateau"), "cosine"),
        Slider("lr", "First rate", -2.0, 1.0, 0.05, 3.0, log=True),
        Slider("span", "Epochs k of the schedule", 1, 100, 1, 100),
        Slider("warm", "Warm-up epochs", 0, 30, 1, 0, more=True),
        Slider("patience", "Patience (plateau)", 1, 30, 1, 5, more=True),
        Slider("floor", "Smallest share (plateau)", -9.0, 0.0, 0.5, 1e-9, log=True, more=True),
        Menu("rule", "Rule", ("descent", "momentum", "Adam"), "descent", more=True),
        Slider("start", "Random start", 0, 30, 1, 0, more=True),
    )
    presets = {
        "Cosine over the run": {},
        "Halved every 20 epochs": {"kind": "step", "span": 20},
        "Exponential, too fast": {"kind": "exponential", "span": 3},
        "Inverse": {"kind": "inverse", "span": 10},
        "Plateau that freezes": {"kind": "plateau", "patience": 2},
        "Plateau with a floor": {"kind": "plateau", "patience": 10, "floor": 0.01},
        "Warm-up": {"warm": 20, "rule": "Adam", "lr": 0.1},
    }
    panels = (
        ("Learning rate", "epoch", "share of the first rate", (-2, 102), (0, 1.08)),
        ("Loss of the run", "epoch", "cross-entropy", (-2, 102), (1e-2, 6)),
    )
    size = (800, 350)
    background_depends = ("kind",)
    handles = (Handle(0, "epochs k of the schedule", x="span", at=lambda s: s["place"]),)
    _EPOCHS, _BATCH, _SIZES = 100, 10, (2, 8, 1)

    def background(self, axes, values):
        if values["kind"] == "plateau":
            axes[0].set_ylim(5e-10, 4)
            axes[0].set_yscale("log")
        axes[1].set_yscale("log")

    @staticmethod
    def _schedule(kind, lr, span, warm):
        """The function epoch -> rate, of every kind but "plateau"."""
        schedule = {
            "fixed": lambda: lr,
            "step": lambda: ops.step_decay(lr, 0.5, span),
            "exponential": lambda: ops.exponential_decay(lr, 1 / span),
            "inverse": lambda: ops.inverse_decay(lr, 1 / span),
            "cosine": lambda: ops.cosine_decay(lr, span),
        }[kind]()
        return ops.warm_up(schedule, warm) if warm else schedule

    @classmethod
    def _train(cls, rule, start, **run):
        X, y, *_ = _moons()
        return dense.train(cls._SIZES, X, y, loss="bce", rule=_RULES[rule], batch_size=cls._BATCH, rng=start, **run)

    @classmethod
    def _validation(cls, run, first):
        """Loss on the validation points after each epoch of a run, from snapshot number `first` on."""
        X, y = _moons()[2:]
        scores = [
            ops.mlp_forward(X, dense.unpack(params, cls._SIZES), "tanh", "identity")[0]
            for params in run.snapshots[first:]
        ]
        return [ops.bce_from_logits(z[:, 0], y.astype(z.dtype))[0] for z in scores]

    @classmethod
    @lru_cache(maxsize=16)
    def _scheduled(cls, kind, lr, span, warm, rule, start):
        """Training and validation losses (101,) of a run under a schedule."""
        schedule = cls._schedule(kind, lr, span, warm)
        rates = {"schedule": schedule} if callable(schedule) else {"lr": schedule}
        run = cls._train(rule, start, epochs=cls._EPOCHS, snapshots=cls._EPOCHS + 1, **rates)
        return run.loss, np.array(cls._validation(run, 0))

    @classmethod
    @lru_cache(maxsize=16)
    def _plateau(cls, lr, patience, floor, rule, start):
        """The same, and the rates (100,), of a run whose rate follows its validation loss.

        The next cut is `patience - waited` epochs away at least, so that these are trained in one call.
        """
        run, loss, validation, rates, changed = None, [], [], [], 0
        while len(rates) < cls._EPOCHS:
            rate = ops.reduce_on_plateau([*validation[1:], np.inf], lr, 0.1, patience, floor * lr)[-1]
            if rates and rate != rates[-1]:
                changed = len(rates)
            best = int(np.argmin(validation[1:])) + 1 if rates else 0
            waited = (len(rates) - max(best, changed)) % patience
            epochs = min(patience - waited, cls._EPOCHS - len(rates))
            run = cls._train(rule, start, epochs=epochs, snapshots=epochs + 1, lr=rate, after=run)
            known = 1 if loss else 0
            loss += list(run.loss[known:])
            validation += cls._validation(run, known)
            rates += [rate] * epochs
        return np.array(loss), np.array(validation), np.array(rates)

    def state(self, kind, lr, span, warm, patience, floor, rule, start):
        if kind == "plateau":
            loss, validation, rates = self._plateau(lr, patience, floor, rule, start)
            place = None
        else:
            loss, validation = self._scheduled(kind, lr, span, warm, rule, start)
            schedule = self._schedule(kind, lr, span, warm)
            rates = np.array([schedule(epoch) if callable(schedule) else lr for epoch in range(self._EPOCHS)])
            place = None if kind == "fixed" else (span, float(rates[min(span + warm, self._EPOCHS - 1)] / lr))
        fixed_loss, _ = self._scheduled("fixed", lr, 1, 0, rule, start)
        return {
            "kind": kind,
            "rates": rates,
            "loss": loss,
            "validation": validation,
            "fixed_loss": fixed_loss,
            "final": float(loss[-1]),
            "place": place,
            "rule": rule,
            "lr": lr,
        }

    def layers(self, state):
        epochs = np.arange(self._EPOCHS + 1)
        layers = [
            Line(
                0,
                epochs[:-1],
                state["rates"] / state["lr"],
                width=2.6,
                label="share of the first rate",
                key="rate",
                ghost=True,
            ),
            Line(
                1,
                epochs,
                state["fixed_loss"],
                color=style.GREY,
                width=1.6,
                label="training loss at the fixed rate",
                key="fixed",
            ),
            Line(1, epochs, state["validation"], color=style.ORANGE, width=1.6, dash="dashed", label="validation loss"),
            Line(1, epochs, state["loss"], width=2.8, label="training loss", key="loss", ghost=True),
            Text(1, 99, 4.2, "training, schedule", size=12, ha="right", color=style.BLUE, box=True),
            Text(1, 99, 2.3, "- - validation, schedule", size=12, ha="right", color=style.for_text(style.ORANGE),
                 box=True),
            Text(1, 99, 1.25, "training, fixed rate", size=12, ha="right", color=style.for_text(style.GREY), box=True),
        ]
        if state["place"] is not None:
            layers.append(Points(0, *state["place"], size=11, label="epochs k", key="rate"))
        return layers

    def caption(self, state):
        rates, lr = state["rates"], state["lr"]
        if not np.isfinite(state["loss"]).all():
            return (
                f"{_first(state['rule'])}, first rate {short(lr)}: the run diverged in epoch "
                f"{int(np.argmin(np.isfinite(state['loss'])))}. The rate is too large."
            )

        def end(losses):
            return f"{short(losses[-10:].min())} to {short(losses[-10:].max())}"

        cuts = int(np.sum(rates[1:] < 0.999 * rates[:-1]))  # more than the rounding of the floor
        fall = {"fixed": f"fixed rate {short(lr)}", "plateau": f"rate {short(lr)} cut {cuts} times"}.get(
            state["kind"], f"{state['kind']} schedule from {short(lr)}"
        )
        rate = term(f"to {short(rates[-1], 2)}", "rate")
        text = f"{_first(state['rule'])}, {fall}" + ("" if state["kind"] == "fixed" else f", {rate} at the end")
        text += f". {term('Loss ' + end(state['loss']), 'loss')} in the last 10 epochs"
        if state["kind"] != "fixed" and np.isfinite(state["fixed_loss"]).all():
            text += f", {term('at the fixed rate ' + end(state['fixed_loss']), 'fixed')}"
        frozen = np.flatnonzero(rates < 1e-3 * lr)
        if state["kind"] == "plateau" and len(frozen):
            return f"{text}. From epoch {frozen[0]} on it has less than a thousandth of its rate: frozen, not arrived."
        return f"{text}."

    def code(self):
        at = self.values
        lr, span = at["lr"], at["span"]
        schedule = {
            "fixed": f"{lr}",
            "step": f"ops.step_decay({lr}, 0.5, {span})",
            "exponential": f"ops.exponential_decay({lr}, 1 / {span})",
            "inverse": f"ops.inverse_decay({lr}, 1 / {span})",
            "cosine": f"ops.cosine_decay({lr}, {span})",
        }.get(at["kind"], "")
        schedule = f"ops.warm_up({schedule}, {at['warm']})" if at["warm"] else schedule
        data = [
            "import numpy as np",
            "from course_lib import datasets, dense, ops",
            "",
            "X, y = datasets.moons(300, 0.25, rng=0)",
            "X = X.astype(np.float32)",
            f'settings = dict(loss="bce", rule="{_RULES[at["rule"]]}", batch_size=10, rng={at["start"]})',
        ]
        if at["kind"] == "plateau":
            return "\n".join(
                [
                    *data,
                    "run, val, rates = None, [], []",
                    "for epoch in range(100):",
                    f"    rate = ops.reduce_on_plateau([*val, np.inf], {lr}, 0.1, {at['patience']}, "
                    f"{at['floor']} * {lr})[-1]",
                    "    run = dense.train((2, 8, 1), X[:150], y[:150], lr=rate, epochs=1, after=run, **settings)",
                    '    z = ops.mlp_forward(X[150:], run.weights, "tanh", "identity")[0]',
                    "    val.append(ops.bce_from_logits(z[:, 0], y[150:].astype(z.dtype))[0])",
                    "    rates.append(rate)",
                    "final = run.loss[-1]",
                    "print(final)",
                ]
            )
        how = f"schedule={schedule}" if "ops" in schedule else f"lr={schedule}"
        return "\n".join(
            [
                *data,
                f"loss = dense.train((2, 8, 1), X[:150], y[:150], {how},",
                "                   epochs=100, **settings).loss",
                "final = loss[-1]",
                "print(final)",
            ]
        )


class RateRangeTest(Demo):
    """The loss while the rate grows, and runs at a chosen rate."""

    title = "A test for the range of useful rates"
    alt = (
        "First: the loss of all points during one run whose learning rate grows by a constant factor at every step; "
        "it stays, falls, and shoots up. Second: the loss of three new runs, at the chosen rate, a tenth and ten "
        "times of it."
    )
    controls = (
        Menu("rule", "Rule", tuple(_RULES), "descent"),
        Slider("lr", "Rate to try", -4.0, 2.0, 0.1, 0.3, log=True),
        Slider("lr_max", "Largest rate of the test", -1.0, 2.0, 0.1, 100.0, log=True),
        Slider("steps", "Steps of the test", 50, 800, 50, 400, more=True),
        Slider("batch", "Batch size", 4, 64, 4, 32, more=True),
        Slider("start", "Random start", 0, 30, 1, 0, more=True),
    )
    presets = {
        "Descent": {},
        "Momentum": {"rule": "momentum", "lr": 0.05},
        "Adam": {"rule": "Adam", "lr": 0.01},
        "Too small": {"lr": 0.001},
        "Too large": {"lr": 10.0},
    }
    panels = (
        ("Test: the rate grows at every step", "learning rate", "loss of all points", (5e-5, 200), (0, 1.8)),
        ("Runs at one rate, cut at 1.8", "epoch", "loss of all points", (-0.5, 30.5), (0, 2.6)),
    )
    size = (800, 350)
    handles = (Handle(0, "rate to try", x="lr", at=lambda s: (s["lr"], s["height"]), click=True),)
    _LOW, _EPOCHS, _SIZES = 1e-4, 30, (2, 16, 16, 3)

    def background(self, axes, values):
        axes[0].set_xscale("log")
        axes[1].set_yticks([0, 0.5, 1.0, 1.5])

    @staticmethod
    @lru_cache(maxsize=2)
    def _points():
        X, y = datasets.spiral(300, 3, 0.2, 0)
        return X.astype(np.float32), y

    @classmethod
    @lru_cache(maxsize=16)
    def _test(cls, rule, lr_max, steps, batch, start):
        """Rates and losses after each step (steps,) of the test; NaN once diverged."""
        X, y = cls._points()
        rates = np.geomspace(cls._LOW, lr_max, steps)
        order = np.random.default_rng(start).integers(0, len(X), (steps, batch))  # an "epoch" of one batch
        run = dense.train(
            cls._SIZES,
            X,
            y,
            loss="cross_entropy",
            hidden="relu",
            rule=_RULES[rule],
            schedule=lambda epoch: rates[int(epoch)],
            epochs=steps,
            batch_size=batch,
            order=order,
            rng=start,
        )
        return rates, run.loss[1:], float(run.loss[0])

    @classmethod
    @lru_cache(maxsize=16)
    def _runs(cls, rule, lr, batch, start):
        X, y = cls._points()
        params = dense.init_params(cls._SIZES, start)
        return dense.sweep(
            cls._SIZES,
            X,
            y,
            params,
            [lr / 10, lr, lr * 10],
            loss="cross_entropy",
            hidden="relu",
            rule=_RULES[rule],
            rng=start,
            epochs=cls._EPOCHS,
            batch_size=batch,
        ).loss

    def state(self, rule, lr, lr_max, steps, batch, start):
        rates, losses, first = self._test(rule, lr_max, steps, batch, start)
        known = int(np.argmin(np.isfinite(losses))) if not np.isfinite(losses).all() else steps
        rates, losses = rates[:known], losses[:known]
        smooth = np.convolve(np.pad(losses, 5, mode="edge"), np.full(11, 1 / 11), mode="valid")
        best = np.minimum.accumulate(smooth)
        risen = np.flatnonzero(smooth > best + 0.1 * (first - best) + 0.01)  # more than the noise of a step
        turn = int(np.argmin(smooth[: risen[0] if len(risen) else None]))
        wide = min(steps // 10, turn)  # the fall over a tenth of the test, by its middle
        fastest = int(np.argmin(smooth[wide : turn + 1] - smooth[: turn + 1 - wide])) + wide // 2
        runs = self._runs(rule, lr, batch, start)
        return {
            "rule": rule,
            "lr": lr,
            "rates": rates,
            "losses": losses,
            "first": first,
            "steps": steps,
            "fastest": float(rates[fastest]),
            "turn": float(rates[turn]),
            "low": float(smooth[turn]),
            "last": float(losses[-1]),
            "known": known,
            "runs": runs,
            "final": runs[:, -1],
            "height": float(np.clip(np.interp(np.log(lr), np.log(rates), losses), 0.03, 1.77)),
        }

    def layers(self, state):
        span = np.array([state["turn"] / 10, state["turn"] / 3])
        looks = (
            (style.SKY, "dashed", "a tenth of it", "tenth"),
            (style.ORANGE, "dotted", "ten times it", "ten"),
            (style.BLUE, "solid", "the rate to try", "try"),
        )
        epochs = np.arange(self._EPOCHS + 1)
        return [
            Line(
                0,
                np.repeat(span, 2)[[0, 2]],
                [0.02, 0.02],
                color=style.GREEN,
                width=7,
                label="range to try",
                key="range",
            ),
            Line(
                0,
                [5e-5, 200],
                [state["first"]] * 2,
                color=style.GREY,
                width=1.2,
                dash="dotted",
                label="loss at the start",
            ),
            Line(0, state["rates"], state["losses"], width=2.4, label="loss after the step with this rate", ghost=True),
            Points(
                0, state["lr"], state["height"], color=style.BLUE, marker="D", size=12, label="rate to try", key="try"
            ),
            *(
                Line(
                    1,
                    epochs,
                    np.minimum(state["runs"][row], 1.8),
                    color=color,
                    dash=dash,
                    width=2.4,
                    label=words,
                    key=key,
                )
                for row, (color, dash, words, key) in zip((0, 2, 1), looks, strict=True)
            ),
            Text(
                1,
                [30] * 3,
                [2.48, 2.24, 2.0],
                ["— the rate to try", "- - a tenth of it", "··· ten times it"],
                size=12,
                ha="right",
                box=True,
            ),
        ]

    def caption(self, state):
        name = _first(state["rule"])
        turn = state["turn"]
        span = term(f"range to try {short(turn / 10, 1)} to {short(turn / 3, 1)}", "range")
        text = (
            f"{name}: the loss falls fastest near {short(state['fastest'], 1)} and turns at {short(turn, 2)}; {span}."
        )
        if state["low"] > 0.8 * state["first"]:
            text = f"{name}: in this test the loss hardly fell, from {short(state['first'])} to {short(state['low'])}."
        if state["known"] < state["steps"]:
            text += f" It diverged at step {state['known']}."

        def result(row, key, words):
            loss = state["final"][row]
            return term(f"{words} {short(loss) if np.isfinite(loss) else 'diverged'}", key)

        return (
            f"{text} After 30 epochs at {short(state['lr'])}: {result(1, 'try', 'loss')}, "
            f"{result(0, 'tenth', 'at a tenth')}, {result(2, 'ten', 'at ten times')}."
        )

    def code(self):
        at = self.values
        return "\n".join(
            [
                "import numpy as np",
                "from course_lib import datasets, dense",
                "",
                "X, y = datasets.spiral(300, 3, 0.2, 0)",
                "X = X.astype(np.float32)",
                f"rates = np.geomspace(1e-4, {at['lr_max']}, {at['steps']})",
                f"order = np.random.default_rng({at['start']}).integers(0, len(X), ({at['steps']}, {at['batch']}))",
                f'settings = dict(loss="cross_entropy", hidden="relu", rule="{_RULES[at["rule"]]}", '
                f"batch_size={at['batch']}, rng={at['start']})",
                "test = dense.train((2, 16, 16, 3), X, y, schedule=lambda epoch: rates[int(epoch)],",
                f"                   epochs={at['steps']}, order=order, **settings)",
                "losses = test.loss[1:][np.isfinite(test.loss[1:])]",
                "rates = rates[:len(losses)]",
                f"run = dense.train((2, 16, 16, 3), X, y, lr={at['lr']}, epochs=30, **settings)",
                "print(rates[losses.argmin()], run.loss[-1])",
            ]
        )


class BatchNoise(Demo):
    """The scatter of the gradient of a batch."""

    title = "How far the gradient of a batch is off"  # a prediction asks what a larger batch changes
    alt = (
        "First: gradients of 300 batches as a cloud round the gradient of all points, which is an arrow. Second, both "
        "axes logarithmic: the measured scatter against the batch size, a line that falls by one half of a decade a "
        "decade."
    )
    controls = (
        Slider("m", "Batch size m", 0.0, 2.4, 0.05, 16, log=True),
        Menu("draw", "Points are drawn", ("with replacement", "without"), "with replacement"),
        Slider("N", "Points N", 256, 1024, 64, 512, more=True),
        Slider("trained", "Epochs trained before", 0, 60, 5, 0, more=True),
    )
    presets = {
        "One point": {"m": 1},
        "m = 16": {},
        "m = 64": {"m": 64},
        "One point, later": {"m": 1, "trained": 30},
        "Nearly all, without": {"m": 251, "N": 256, "draw": "without"},
    }
    panels = (
        ("Gradients of 300 batches", "along the full gradient", "across it", (-1.6, 2.6), (-2.1, 2.1)),
        ("Scatter, measured", "batch size m", "root mean square distance", (0.8, 400), (3e-3, 3)),
    )
    size = (800, 370)
    handles = (Handle(1, "batch size m", x="m", at=lambda s: (s["size"], s["scatter"])),)
    _SIZES, _DRAWS = (2, 8, 1), 300
    _BATCHES = (1, 2, 4, 8, 16, 32, 64, 128)

    def background(self, axes, values):
        axes[0].axhline(0, color=style.DARK, linewidth=0.8)
        axes[0].axvline(0, color=style.DARK, linewidth=0.8)
        axes[1].set_xscale("log")
        axes[1].set_yscale("log")

    @classmethod
    @lru_cache(maxsize=8)
    def _each(cls, N, trained):
        """(N, P), the gradient of every single point, of a network after so many epochs."""
        X, y = datasets.moons(N, 0.25, rng=0)
        run = dense.train(cls._SIZES, X, y, loss="bce", lr=0.5, batch_size=16, epochs=trained, rng=0)
        (W1, b1), (W2, b2) = run.weights
        H = ops.tanh(X @ W1 + b1)
        error = ops.sigmoid(H @ W2 + b2) - y[:, None]  # the slopes of the scores; nothing is averaged
        hidden = error * W2[:, 0] * (1 - H**2)
        return np.hstack([(X[:, :, None] * hidden[:, None]).reshape(N, -1), hidden, H * error, error])

    @classmethod
    def _batches(cls, each, m, draw):
        """(300, P), the gradients of batches of m points."""
        N, rng = len(each), np.random.default_rng(m)
        if draw == "without":
            rows = rng.permuted(np.tile(np.arange(N), (cls._DRAWS, 1)), axis=1)[:, :m]
        else:
            rows = rng.integers(0, N, (cls._DRAWS, m))
        return np.mean(each[rows], axis=1)

    @classmethod
    def _scatter(cls, batches, full):
        """Root mean square of the distances from the full gradient."""
        return float(np.sqrt(np.mean(np.sum((batches - full) ** 2, axis=1))))

    @classmethod
    @lru_cache(maxsize=16)
    def _curve(cls, N, trained, draw):
        each = cls._each(N, trained)
        full = each.mean(axis=0)
        return np.array([cls._scatter(cls._batches(each, m, draw), full) for m in cls._BATCHES])

    @classmethod
    @lru_cache(maxsize=8)
    def _axes_of(cls, N, trained):
        """(P, 2): the direction of the full gradient, and that of the largest scatter across it."""
        each = cls._each(N, trained)
        full = each.mean(axis=0)
        along = full / np.linalg.norm(full)
        rest = each - full
        across = np.linalg.svd(rest - np.outer(rest @ along, along), full_matrices=False)[2][0]
        return np.column_stack([along, across])

    def state(self, m, draw, N, trained):
        each = self._each(N, trained)
        full, plane = each.mean(axis=0), self._axes_of(N, trained)
        batches = self._batches(each, m, draw)
        scatters = self._curve(N, trained, draw)
        slope = np.polyfit(np.log(self._BATCHES), np.log(scatters), 1)[0]
        return {
            "size": m,
            "draw": draw,
            "points": N,
            "cloud": batches @ plane,
            "length": float(np.linalg.norm(full)),
            "scatters": scatters,
            "scatter": self._scatter(batches, full),
            "slope": float(slope),
            "uphill": float(np.mean(batches @ full < 0)),
        }

    def layers(self, state):
        x, y = state["cloud"].T
        return [
            *_arrow(0, (0, 0), (state["length"], 0), color=style.DARK, label="full gradient", key="full"),
            Points(0, x, y, color=style.SKY, size=6, alpha=0.7, label="gradient of a batch", key="cloud"),
            Line(1, self._BATCHES, state["scatters"], color=style.BLUE, width=2, key="slope", label="measured scatter"),
            Points(
                1,
                self._BATCHES,
                state["scatters"],
                color=style.BLUE,
                size=8,
                key="slope",
                label=[f"m = {m}" for m in self._BATCHES],
            ),
            Line(
                1,
                [0.8, 400],
                [state["length"]] * 2,
                color=style.GREY,
                width=1.4,
                dash="dashed",
                key="full",
                label="length of the full gradient",
            ),
            Text(1, 380, 2.1, "- - length of the full gradient", size=11, ha="right"),
            Points(
                1,
                state["size"],
                state["scatter"],
                color=style.ORANGE,
                marker="D",
                size=12,
                edge=style.DARK,
                key="cloud",
                label="this batch size",
            ),
        ]

    def caption(self, state):
        scatter = term(f"the gradient is off by {short(state['scatter'])}", "cloud")
        full = term(f"the full one has length {short(state['length'])}", "full")
        slope = term(f"slope {fixed(state['slope'])}", "slope")
        trained = self.values["trained"]
        after = f" after {trained} epochs" if trained else ""
        batches = "Single points" if state["size"] == 1 else f"Batches of {state['size']} of {state['points']}"
        draw = "without replacement" if state["draw"] == "without" else state["draw"]
        return (
            f"{batches}{after}, {draw}: {scatter}; {full}. {100 * state['uphill']:.0f} % of 300 batches point uphill. "
            f"From m = 1 to 128 the scatter falls with {slope} on the logarithmic axes."
        )

    def code(self):
        at = self.values
        rows = (
            f"rng.integers(0, {at['N']}, (300, {at['m']}))"
            if at["draw"] == "with replacement"
            else f"rng.permuted(np.tile(np.arange({at['N']}), (300, 1)), axis=1)[:, :{at['m']}]"
        )
        return "\n".join(
            [
                "import numpy as np",
                "from course_lib import datasets, dense",
                "",
                f"X, y = datasets.moons({at['N']}, 0.25, rng=0)",
                f'run = dense.train((2, 8, 1), X, y, loss="bce", lr=0.5, batch_size=16, epochs={at["trained"]}, rng=0)',
                f'each = np.array([dense.gradient(run.weights, X[[i]], y[[i]], loss="bce") for i in range({at["N"]})])',
                "full = each.mean(axis=0)",
                f"rng = np.random.default_rng({at['m']})",
                f"batches = each[{rows}].mean(axis=1)",
                "length = np.linalg.norm(full)",
                "scatter = np.sqrt(np.mean(np.sum((batches - full) ** 2, axis=1)))",
                "uphill = np.mean(batches @ full < 0)",
                "print(scatter, length, uphill)",
            ]
        )


class Clipping(Demo):
    """A gradient before and after clipping, and descent with it."""

    title = "One gradient, clipped by norm or by value"  # a prediction asks which keeps the direction
    alt = (
        "First: the gradient as an arrow, the limit as a square or a circle, and the clipped arrow inside it. Second: "
        "the path of descent into a steep valley with clipped gradients, over lines of equal loss; without clipping "
        "the first step leaves the picture."
    )
    controls = (
        Slider("threshold", "Limit c", -1.0, 1.3, 0.05, 1.0, log=True),
        Menu("kind", "Clip by", ("norm", "value"), "norm"),
        Slider("gx", "g₁", -6.0, 6.0, 0.1, 3.0, more=True),
        Slider("gy", "g₂", -6.0, 6.0, 0.1, -4.0, more=True),
        Slider("lr", "Learning rate (valley)", -2.5, -0.5, 0.05, 0.02, log=True, more=True),
    )
    presets = {
        "By norm": {},
        "By value": {"kind": "value"},
        "Nothing to clip": {"threshold": 10.0},
        "Limit too small": {"threshold": 0.1},
    }
    panels = (
        ("Gradient (drag its tip)", "g₁", "g₂", (-6.5, 6.5), (-6.5, 6.5)),
        ("Descent on (1 − x)² + 10(y − x²)²", "x", "y", (-2.5, 2.5), (-1.5, 3.5)),
    )
    size = (760, 390)
    handles = (
        Handle(0, "tip of the gradient", x="gx", y="gy"),
        Handle(0, "limit c", x="threshold", at=lambda s: (s["threshold"], 0.0) if s["threshold"] < 6.4 else None),
    )
    _START, _STEPS = (-2.0, -1.0), 300

    def background(self, axes, values):
        for ax in axes:
            ax.axhline(0, color=style.GREY, linewidth=0.8)
            ax.axvline(0, color=style.GREY, linewidth=0.8)
        x, y = np.meshgrid(np.linspace(-2.5, 2.5, 120), np.linspace(-1.5, 3.5, 120))
        axes[1].contour(
            x,
            y,
            np.log10(self._loss(x, y) + 0.01),
            levels=12,
            colors=style.SKY,
            linewidths=0.6,
            alpha=0.6,
            linestyles="solid",
        )

    @staticmethod
    def _loss(x, y):
        return (1 - x) ** 2 + 10 * (y - x**2) ** 2

    @staticmethod
    def _slopes(w):
        x, y = w
        return np.array([-2 * (1 - x) - 40 * x * (y - x**2), 20 * (y - x**2)])

    @classmethod
    @lru_cache(maxsize=32)
    def _path(cls, kind, threshold, lr):
        """(steps + 1, 2), until it leaves all bounds."""
        clip = {"norm": ops.clip_by_norm, "value": ops.clip_by_value, "off": lambda g, _: g}[kind]
        w, path = np.array(cls._START), [np.array(cls._START)]
        for _ in range(cls._STEPS):
            w = ops.sgd(w, clip(cls._slopes(w), threshold), lr)
            path.append(w)
            if np.abs(w).max() > 100:
                break
        return np.array(path)

    def state(self, threshold, kind, gx, gy, lr):
        g = np.array([gx, gy])
        clipped = (ops.clip_by_norm if kind == "norm" else ops.clip_by_value)(g, threshold)
        path, free = self._path(kind, threshold, lr), self._path("off", 0.0, lr)
        lengths = np.linalg.norm(g), np.linalg.norm(clipped)
        cosine = g @ clipped / (lengths[0] * lengths[1]) if lengths[0] and lengths[1] else 1.0
        return {
            "threshold": threshold,
            "kind": kind,
            "g": g,
            "clipped": clipped,
            "before": float(lengths[0]),
            "after": float(lengths[1]),
            "angle": float(np.degrees(np.arccos(np.clip(cosine, -1, 1)))),
            "path": path,
            "free": free,
            "lr": lr,
            "end": float(self._loss(*path[-1])),
        }

    def layers(self, state):
        c, g, clipped = state["threshold"], state["g"], state["clipped"]
        angles = np.linspace(0, 2 * np.pi, 121)
        round_ = (c * np.cos(angles), c * np.sin(angles))
        square = (c * np.array([1, 1, -1, -1, 1]), c * np.array([-1, 1, 1, -1, -1]))
        return [
            Line(
                0,
                *(round_ if state["kind"] == "norm" else square),
                color=style.GREEN,
                width=1.8,
                dash="dashed",
                label="limit",
                key="limit",
            ),
            Points(0, c, 0, color=style.GREEN, marker="s", size=9, label="limit c", key="limit"),
            *_arrow(0, (0, 0), g, color=style.GREY, label="gradient", key="before"),
            *_arrow(0, (0, 0), clipped, color=style.BLUE, label="clipped gradient", key="after"),
            Points(0, *g, color=style.GREY, size=10, label="gradient", key="before"),
            Line(1, *state["free"].T, color=style.GREY, width=1.4, dash="dashed", label="without clipping", key="free"),
            Line(1, *state["path"].T, color=style.BLUE, width=2.2, label="with clipping", key="path", ghost=True),
            Points(1, *self._START, color=style.DARK, size=9, label="start"),
            Points(1, *state["path"][-1], color=style.BLUE, size=11, label="end", key="path"),
            Points(1, 1, 1, color=style.GREEN, marker="+", size=13, label="minimum"),
        ]

    def caption(self, state):
        pair = ", ".join(fixed(each) for each in state["clipped"])
        given = ", ".join(fixed(each, 1) for each in state["g"])
        before = term(f"({given}) of length {short(state['before'])}", "before")
        after = term(f"({pair}) of length {short(state['after'])}", "after")
        turned = "its direction stays" if state["angle"] < 0.05 else f"turned by {state['angle']:.0f}°"
        path, free = state["path"], state["free"]
        where = (
            f"left the picture at step {len(path) - 1}"
            if len(path) <= self._STEPS
            else f"has loss {short(state['end'])} after {self._STEPS} steps"
        )
        without = (
            f"without clipping it diverged at step {len(free) - 1}"
            if len(free) <= self._STEPS
            else f"without clipping loss {short(self._loss(*free[-1]))}"
        )
        return (
            f"By {state['kind']}, c = {short(state['threshold'])}: {before} becomes {after}, {turned}. "
            f"{term('The valley: clipped, it ' + where, 'path')}; {term(without, 'free')}."
        )

    def code(self):
        at = self.values
        return "\n".join(
            [
                "import numpy as np",
                "from course_lib import ops",
                "",
                f"g = np.array([{at['gx']}, {at['gy']}])",
                f"clipped = ops.clip_by_{at['kind']}(g, {at['threshold']})",
                f"w, path = np.array({list(self._START)}), [{list(self._START)}]",
                f"while len(path) <= {self._STEPS} and abs(w).max() <= 100:",
                "    slopes = np.array([-2 * (1 - w[0]) - 40 * w[0] * (w[1] - w[0]**2), 20 * (w[1] - w[0]**2)])",
                f"    w = ops.sgd(w, ops.clip_by_{at['kind']}(slopes, {at['threshold']}), {at['lr']})",
                "    path.append(list(w))",
                "print(clipped, path[-1])",
            ]
        )
