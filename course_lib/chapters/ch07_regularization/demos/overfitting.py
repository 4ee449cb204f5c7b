"""Live figures of chapter 07: networks that learn their training points by heart, and how to see it."""

from functools import lru_cache
from typing import ClassVar

import numpy as np

from course_lib import datasets, dense, ops
from course_lib.chapters.ch07_regularization import experiments
from course_lib.viz import style
from course_lib.viz.figures import legend
from course_lib.viz.live import Bars, Demo, Handle, Image, Line, Menu, Points, Slider, class_points, contour, legs, term
from course_lib.viz.numbers import fixed, short


@lru_cache(maxsize=8)
def _points(draw, points, flipped):
    """The points of the chapter's experiments, in float32."""
    X, y, X_test, y_test = experiments.noisy_spiral(draw, points, flipped)
    return X.astype(np.float32), y, X_test.astype(np.float32), y_test


class OverlargeNet(Demo):
    """A hundred hidden units, a hundred points, ten wrong labels; remedies that are turned in the middle of the run."""

    title = "A network with room for wrong labels"
    alt = ("First: training points of a spiral, the wrongly labelled ones ringed, and the boundary of a network of 100 "
           "hidden units. Second: accuracy on the training labels and on new, rightly labelled points against the "
           "epoch.")
    controls = (
        Slider("lam", "Penalty λ (L2)", -5.0, -1.0, 0.1, 1e-5, log=True),
        Slider("dropout", "Dropout", 0.0, 0.8, 0.05, 0.0),
        Slider("epoch", "Epoch", 0, 700, 20, 700, play=True),
        Slider("noise", "Noise on the inputs", 0.0, 0.5, 0.05, 0.0, more=True),
        Slider("points", "Training points", 40, 200, 10, 100, more=True),
        Slider("flipped", "Wrong labels", 0, 30, 1, 10, more=True),
        Slider("draw", "Draw of the points", 0, 9, 1, 0, more=True),
    )
    presets = {
        "No remedy": {},
        "λ = 0.003": {"lam": 0.003},
        "λ too large": {"lam": 0.1},
        "Dropout 0.2": {"dropout": 0.2},
        "Input noise 0.2": {"noise": 0.2},
        "No wrong labels": {"flipped": 0},
    }
    panels = (
        ("Training points and boundary", "$x_1$", "$x_2$", (-2.8, 2.2), (-2.4, 1.9)),
        ("Right answers", "epoch", "accuracy (%)", (-15, 715), (40, 102)),
    )
    size = (800, 390)
    knobs = ("lam", "dropout", "noise")
    handles = (Handle(1, "the epoch", x="epoch", at=lambda s: (s["epoch"], 100 * s["test"])),)
    _EPOCHS, _EVERY, _SIZES = 700, 20, (2, 100, 1)

    def background(self, axes, values):
        axes[1].set_xticks([0, 200, 400, 600])
        axes[1].plot([], [], color=style.BLUE, label="training")
        axes[1].plot([], [], color=style.ORANGE, linestyle="dashed", label="new points")
        axes[1].legend(loc="lower right", fontsize=9)

    @staticmethod
    def _pieces(until, start, turns):
        """(first epoch, last epoch, (lam, dropout, noise)) of the run up to an epoch."""
        return tuple((begin, end, (knobs["lam"], knobs["dropout"], knobs["noise"]))
                     for begin, end, knobs in legs(until, start, turns))

    @classmethod
    @lru_cache(maxsize=4)
    def _train(cls, data, pieces):
        """Parameters, and shares of right answers in training and test, every twenty epochs."""
        X, y, X_test, y_test = _points(*data)
        run, params = None, []
        for begin, end, (lam, dropout, noise) in pieces:
            run = dense.train(cls._SIZES, X, y, hidden="relu", loss="bce", rule="adam", lr=0.03, batch_size=25,
                              epochs=end - begin, snapshots=(end - begin) // cls._EVERY + 1, weight_decay=lam,
                              dropout=dropout, noise=noise, init="he_normal", rng=0, after=run)
            params += list(run.snapshots[1 if params else 0 :])  # the first of a later piece is in the one before
        params = np.array(params)
        return params, cls._right(params, X, y), cls._right(params, X_test, y_test)

    @classmethod
    def _right(cls, params, X, y):
        """Share of right answers of each parameter vector."""
        hidden = cls._SIZES[1]
        W, b, w, c = np.split(params, [2 * hidden, 3 * hidden, 4 * hidden], axis=1)
        W = W.reshape(-1, 2, hidden)
        scores = [np.maximum(X @ W[k] + b[k], 0) @ w[k] + c[k] for k in range(len(params))]
        return np.mean((np.array(scores) > 0) == y, axis=1)

    def state(self, lam, dropout, epoch, noise, points, flipped, draw, turns):
        knobs, data = {"lam": lam, "dropout": dropout, "noise": noise}, (draw, points, flipped)
        params, train, test = self._train(data, self._pieces(self._EPOCHS, knobs, turns))
        X, y, _, _ = _points(*data)
        frame, (_, _, xlim, ylim) = epoch // self._EVERY, self.panels[0][1:]
        layers = dense.unpack(params[frame], self._SIZES)
        surface = dense.mlp_surface(layers, xlim, ylim, 64, "relu", "sigmoid")
        wrong = self._right(params[frame : frame + 1], X[:flipped], y[:flipped])[0] if flipped else 0.0
        return {"X": X, "y": y, "flipped": flipped, "epoch": epoch, "pieces": self._pieces(epoch, knobs, turns),
                "train_curve": train[: frame + 1], "test_curve": test[: frame + 1], "train": float(train[frame]),
                "test": float(test[frame]), "best": float(test[: frame + 1].max()),
                "best_epoch": self._EVERY * int(test[: frame + 1].argmax()), "learned": round(flipped * wrong),
                "surface": surface}

    def layers(self, state):
        (_, _, xlim, ylim), flipped = self.panels[0][1:], state["flipped"]
        X, y, epochs = state["X"], state["y"], np.arange(0, state["epoch"] + 1, self._EVERY)
        turned = [Line(1, [begin, begin], self.panels[1][4], color=style.GREY, width=1.2, dash="dashed",
                       label="a knob was turned here") for begin, _, _ in state["pieces"][1:]]
        return [
            Image(0, state["surface"], label="probability of class 1"),
            Line(0, *contour(state["surface"], xlim, ylim, 0.5), color=style.DARK, label="boundary"),
            Points(0, X[:flipped, 0], X[:flipped, 1], color=style.RED, size=17, filled=False, label="wrong label",
                   key="wrong"),
            *class_points(0, X, y, "labelled {}", size=8, edge=style.DARK),
            *turned,
            Line(1, epochs, 100 * state["train_curve"], width=2.4, label="training labels", key="train", ghost=True),
            Line(1, epochs, 100 * state["test_curve"], color=style.ORANGE, dash="dashed", width=2.4,
                 label="new points", key="test", ghost=True),
            Points(1, state["epoch"], 100 * state["train"], size=10, key="train", label="training labels"),
            Points(1, state["epoch"], 100 * state["test"], size=10, color=style.ORANGE, key="test",
                   label="new points"),
        ]

    def caption(self, state):
        flipped, count = state["flipped"], len(state["y"])
        begin, _, knobs = state["pieces"][-1]  # of many turns the last one: two lines
        settings = f"From epoch {begin} on {self._words(*knobs)}" if begin else self._words(*knobs)
        train = term(f"{100 * state['train']:.0f} % of {count} training labels", "train")
        test = term(f"{100 * state['test']:.1f} % of 200 new points", "test")
        text = f"{settings}; epoch {state['epoch']}: {train} and {test} right."
        if flipped:
            text += f" {term('Wrong labels learned', 'wrong')}: {state['learned']} of {flipped}."
        if state["train"] < 1 - flipped / count - 0.05 and state["epoch"] >= 200:
            return f"{text} Too stiff for the right labels as well."
        if state["best"] > state["test"] + 0.02:
            return f"{text} Best on new points: {100 * state['best']:.1f} % in epoch {state['best_epoch']}."
        return text

    @staticmethod
    def _words(lam, dropout, noise):
        return f"λ = {short(lam, 2)}, dropout {short(dropout, 2)}" + (f", noise {short(noise, 2)}" if noise else "")

    def code(self):
        v = self.values
        steps = ", ".join(f"({end - begin}, {', '.join(map(repr, knobs))})"
                          for begin, end, knobs in self.current["pieces"])
        return "\n".join([
            "import numpy as np", "from course_lib import dense",
            "from course_lib.chapters.ch07_regularization import experiments", "",
            f"X, y, X_test, y_test = experiments.noisy_spiral({v['draw']}, {v['points']}, {v['flipped']})",
            "X, run = X.astype(np.float32), None",
            f"for epochs, lam, p, sd in [{steps}]:",
            '    run = dense.train((2, 100, 1), X, y, hidden="relu", loss="bce", rule="adam", lr=0.03, batch_size=25,',
            '                      init="he_normal", epochs=epochs, weight_decay=lam, dropout=p, noise=sd, after=run)',
            "train = np.mean((run.predict(X)[:, 0] > 0.5) == y)",
            "test = np.mean((run.predict(X_test)[:, 0] > 0.5) == y_test)",
            "print(train, test)",
        ])


class CurveReading(Demo):
    """Training and validation loss of a network on two moons, and where the pair of them lies."""

    title = "Two curves tell bias from variance"
    alt = ("First: training and validation loss of a network on two moons against the epoch. Second: the gap between "
           "them against the training loss; under-fitting lies to the right, over-fitting above.")
    controls = (
        Slider("lam", "Penalty λ (L2)", -5.0, -0.5, 0.1, 1e-5, log=True),
        Slider("width", "Hidden units", 1, 64, 1, 40),
        Slider("epoch", "Epoch", 0, 300, 5, 300, play=True),
        Slider("lr", "Learning rate (Adam)", -4.0, -1.0, 0.1, 0.05, log=True, more=True),
        Slider("points", "Training points", 20, 200, 20, 60, more=True),
        Slider("start", "Random start", 0, 20, 1, 0, more=True),
    )
    presets = {
        "A gap": {},
        "Too narrow": {"width": 1},
        "Gap closed by λ": {"lam": 0.003},
        "Too much λ": {"lam": 0.03},
        "More points": {"points": 200},
        "A rate that freezes": {"lr": 1e-4},
    }
    panels = (
        ("Data loss", "epoch", "cross-entropy", (-5, 305), (0, 0.95)),
        ("The same run: gap and bias", "training loss", "validation − training loss", (-0.02, 0.72), (-0.12, 0.85)),
    )
    size = (800, 370)
    knobs = ("lam", "lr")
    handles = (Handle(0, "the epoch", x="epoch", at=lambda s: (s["epoch"], s["validation"])),)
    #: where a training loss is called high, and a gap large
    _HIGH, _LARGE, _EPOCHS, _EVERY = 0.25, 0.2, 300, 5

    def background(self, axes, values):
        legend(axes[0], {"training": {"color": style.BLUE},
                         "validation": {"color": style.ORANGE, "linestyle": "dashed"}}, "upper center", 2)
        axes[1].axvline(self._HIGH, color=style.GREY, linewidth=1, linestyle="dotted")
        axes[1].axhline(self._LARGE, color=style.GREY, linewidth=1, linestyle="dotted")
        for x, y, words in ((0.125, 0.78, "over-fitting"), (0.49, -0.07, "under-fitting"), (0.125, -0.07, "good"),
                            (0.49, 0.78, "both")):
            axes[1].text(x, y, words, ha="center", va="center", fontsize=8, color=style.DARK)

    @classmethod
    @lru_cache(maxsize=4)
    def _train(cls, width, points, start, pieces):
        """Training loss after each epoch, validation loss every five."""
        sizes = (2, width, 1)
        (X, y), (X_val, y_val) = datasets.moons(points, 0.3, 1), datasets.moons(400, 0.3, 100)
        run, losses, params = None, [], []
        for begin, end, (lam, lr) in pieces:
            run = dense.train(sizes, X, y, hidden="relu", loss="bce", rule="adam", lr=lr, batch_size=20,
                              epochs=end - begin, snapshots=(end - begin) // cls._EVERY + 1, weight_decay=lam,
                              init="he_normal", rng=start, after=run)
            new = 1 if losses else 0  # the first of a later piece is the last of the one before
            losses += list(run.loss[new:])
            params += list(run.snapshots[new:])
        validation = dense.sweep(sizes, X_val, y_val, np.array(params), hidden="relu", loss="bce", epochs=0)
        return np.array(losses), validation.loss[:, 0]

    @staticmethod
    def _pieces(until, start, turns):
        """(first epoch, last epoch, (lam, lr)) of the run up to an epoch."""
        return tuple((begin, end, (knobs["lam"], knobs["lr"])) for begin, end, knobs in legs(until, start, turns))

    def state(self, lam, width, epoch, lr, points, start, turns):
        knobs = {"lam": lam, "lr": lr}
        train, validation = self._train(width, points, start, self._pieces(self._EPOCHS, knobs, turns))
        train, validation = train[: epoch + 1], validation[: epoch // self._EVERY + 1]
        best = int(validation.argmin())
        return {"width": width, "points": points, "epoch": epoch, "pieces": self._pieces(epoch, knobs, turns),
                "train_curve": train, "validation_curve": validation, "train": float(train[-1]),
                "validation": float(validation[-1]), "gap": float(validation[-1] - train[-1]),
                "best": best * self._EVERY, "lowest": float(validation[best])}

    def layers(self, state):
        train, validation, now, gap = state["train_curve"], state["validation_curve"], state["epoch"], state["gap"]
        seen = np.arange(0, now + 1, self._EVERY)
        turned = [Line(0, [begin, begin], self.panels[0][4], color=style.GREY, width=1.2, dash="dashed",
                       label="a knob was turned here") for begin, _, _ in state["pieces"][1:]]
        return [
            *turned,
            Line(0, [now, now], [state["train"], state["validation"]], color=style.GREEN, width=3, label="gap",
                 key="gap"),
            Line(0, np.arange(now + 1), train, width=2.6, label="training", key="train", ghost=True),
            Line(0, seen, validation, color=style.ORANGE, dash="dashed", width=2.6, label="validation",
                 key="validation", ghost=True),
            Points(0, [now], [state["train"]], size=9, label="training", key="train"),
            Points(0, [now], [state["validation"]], color=style.ORANGE, size=9, label="validation", key="validation"),
            Line(1, train[seen], validation - train[seen], color=style.GREY, width=1.6,
                 label="the epochs so far", ghost=True),
            Points(1, min(state["train"], 0.71), min(gap, 0.84), color=style.GREEN, size=13, label="now", key="gap"),
        ]

    def caption(self, state):
        lam, _ = state["pieces"][-1][2]
        units = "1 hidden unit" if state["width"] == 1 else f"{state['width']} hidden units"
        train, val, gap = state["train"], state["validation"], state["gap"]
        text = (f"{units}, λ = {short(lam, 2)}, {state['points']} points, epoch {state['epoch']}: "
                f"{term(f'training {fixed(train)}', 'train')}, "
                f"{term(f'validation {fixed(val)}', 'validation')}, {term(f'gap {fixed(gap)}', 'gap')}.")
        return f"{text} {self._reading(state)}"

    def _reading(self, state):
        if state["train"] > self._HIGH:
            if state["train"] < 0.97 * state["train_curve"][int(0.8 * state["epoch"])] or not state["epoch"]:
                return "Still falling: not trained yet."
            return "Bias and a gap as well." if state["gap"] > self._LARGE else "Under-fitting: both are high."
        if state["gap"] <= self._LARGE:
            return "Low, and close together: good."
        if state["lowest"] < state["validation"] - 0.02:
            return f"Over-fitting: validation was {fixed(state['lowest'])} in epoch {state['best']}."
        return "Over-fitting: the gap is large."

    def code(self):
        v = self.values
        steps = ", ".join(f"({end - begin}, {lam!r}, {lr!r})" for begin, end, (lam, lr) in self.current["pieces"])
        return "\n".join([
            "from course_lib import datasets, dense", "",
            f"X, y = datasets.moons({v['points']}, 0.3, 1)",
            "X_val, y_val = datasets.moons(400, 0.3, 100)",
            f"sizes, run = (2, {v['width']}, 1), None",
            f"for epochs, lam, lr in [{steps}]:",
            '    run = dense.train(sizes, X, y, hidden="relu", loss="bce", rule="adam", lr=lr, batch_size=20,',
            f'                      epochs=epochs, weight_decay=lam, init="he_normal", rng={v["start"]}, after=run)',
            'score = dense.sweep(sizes, X_val, y_val, run.params, hidden="relu", loss="bce", epochs=0)',
            "train, validation = run.loss[-1], score.loss[0, 0]",
            "gap = validation - train",
            "print(train, validation, gap)",
        ])


class FiftyStarts(Demo):
    """One curve, and the fifty it was drawn from."""

    title = "One curve is one start of fifty"
    alt = ("First: test loss against the epoch for fifty starts of one network: the middle 80 percent as a band, one "
           "start as a thick line. Second: for each start the loss with the regularizer against the loss without; "
           "points below the diagonal gain.")
    controls = (
        Menu("regularizer", "Regularizer", ("none", "L2", "L1", "max-norm 2", "dropout 0.2", "input noise 0.1"), "L2"),
        Slider("lam", "λ of L2 or L1", -4.0, -1.0, 0.1, 0.001, log=True),
        Slider("epoch", "Epoch", 0, 60, 5, 60, play=True),
        Slider("start", "Start shown", 0, 49, 1, 38, more=True),
        Slider("draw", "Draw of the points", 0, 9, 1, 3, more=True),
    )
    presets = {
        "No regularizer": {"regularizer": "none"},
        "L2": {},
        "λ too large": {"lam": 0.1},
        "L1": {"regularizer": "L1"},
        "Dropout": {"regularizer": "dropout 0.2"},
        "Input noise": {"regularizer": "input noise 0.1"},
    }
    panels = (
        ("Test loss: one start and 80 % of fifty", "epoch", "cross-entropy", (-2, 62), (0.15, 0.8)),
        ("Each start, paired", "without", "with the regularizer", (0.15, 0.8), (0.15, 0.8)),
    )
    widths = (1.25, 1.0)
    size = (800, 380)
    handles = (
        Handle(0, "chosen start, by its curve", at=lambda s: (s["epoch"], s["now"]), click=True,
               move=lambda s, x, y: {"start": FiftyStarts._nearest(s, x, y)}),
        Handle(1, "chosen start, by its point", at=lambda s: (s["without"][s["start"]], s["now"]), click=True,
               move=lambda s, x, y: {"start": int(np.argmin(np.hypot(s["without"] - x, s["loss"][:, -1] - y)))}),
    )
    _STARTS, _EPOCHS, _EVERY, _SIZES = 50, 60, 5, (2, 20, 1)
    _SETTINGS: ClassVar = {"none": {}, "L2": {"weight_decay": "lam"}, "L1": {"l1": "lam"},
                           "max-norm 2": {"max_norm": 2.0}, "dropout 0.2": {"dropout": 0.2},
                           "input noise 0.1": {"noise": 0.1}}

    @classmethod
    def _nearest(cls, s, x, y):
        """The start whose curve runs nearest to (x, y)."""
        column = int(np.clip(round(x / cls._EVERY), 0, s["loss"].shape[1] - 1))
        return int(np.argmin(np.abs(s["loss"][:, column] - y)))

    def background(self, axes, values):
        axes[0].set_xticks([0, 20, 40, 60])
        axes[0].plot([], [], color=style.ORANGE, linewidth=2.4, label="one start")
        axes[0].plot([], [], color=style.SKY, linewidth=7, label="80 % of 50")
        axes[0].plot([], [], color=style.GREY, linestyle="dashed", label="80 % without")
        axes[0].legend(loc="upper center", fontsize=9)
        axes[1].plot([0, 1], [0, 1], color=style.GREY, linewidth=1.2, linestyle="dotted")
        axes[1].text(0.77, 0.2, "gains", ha="right", fontsize=9, color=style.DARK)
        axes[1].text(0.2, 0.74, "loses", ha="left", fontsize=9, color=style.DARK)

    @classmethod
    @lru_cache(maxsize=8)
    def _sweep(cls, draw, settings):
        """Test loss (50, n) every few epochs."""
        X, y = datasets.moons(40, 0.3, draw)
        X_test, y_test = datasets.moons(200, 0.3, 100 + draw)
        params = dense.init_params(cls._SIZES, 0, "he_normal", cls._STARTS).astype(np.float32)
        runs = dense.sweep(cls._SIZES, X.astype(np.float32), y, params, 0.1, hidden="relu", loss="bce", rule="adam",
                           batch_size=20, epochs=cls._EPOCHS, snapshots=cls._EPOCHS // cls._EVERY + 1,
                           **dict(settings))
        tests = dense.sweep(cls._SIZES, X_test.astype(np.float32), y_test, runs.snapshots.reshape(-1, params.shape[1]),
                            hidden="relu", loss="bce", epochs=0)
        return tests.loss[:, 0].reshape(cls._STARTS, -1)

    @classmethod
    def _settings(cls, regularizer, lam):
        return tuple((name, lam if value == "lam" else value) for name, value in cls._SETTINGS[regularizer].items())

    def state(self, regularizer, lam, epoch, start, draw):
        frames = epoch // self._EVERY + 1
        loss = self._sweep(draw, self._settings(regularizer, lam))[:, :frames]
        plain = self._sweep(draw, ())[:, :frames]
        low, middle, high = np.quantile(loss, [0.1, 0.5, 0.9], axis=0)
        return {"regularizer": regularizer, "lam": lam, "epoch": epoch, "start": start, "loss": loss, "low": low,
                "middle": middle, "high": high, "plain": np.quantile(plain, [0.1, 0.9], axis=0),
                "without": plain[:, -1], "now": float(loss[start, -1]), "mean": float(loss[:, -1].mean()),
                "mean_without": float(plain[:, -1].mean()), "gains": int(np.sum(loss[:, -1] < plain[:, -1]))}

    def layers(self, state):
        epochs = np.arange(0, state["epoch"] + 1, self._EVERY)
        layers = [Line(0, epochs, edge, color=style.GREY, width=1.6, dash="dashed", label="80 % without regularizer",
                       key="without") for edge in state["plain"]]
        low, high, loss = state["low"], state["high"], state["loss"]
        return [
            *layers,
            Bars(0, epochs, high, base=low, width=self._EVERY, color=style.SKY, alpha=0.5, key="band",
                 label="middle 80 % of 50 starts"),
            Line(0, epochs, state["middle"], color=style.DARK, width=1.6, label="median", key="band"),
            Line(0, epochs, loss[state["start"]], color=style.ORANGE, width=3, label=f"start {state['start']}",
                 key="start"),
            Points(0, state["epoch"], state["now"], color=style.ORANGE, size=10, key="start",
                   label=f"start {state['start']}"),
            Points(1, np.clip(state["without"], 0.16, 0.79), np.clip(loss[:, -1], 0.16, 0.79), size=7,
                   label=[f"start {k}" for k in range(len(loss))], key="gains"),
            Points(1, np.clip(state["without"][state["start"]], 0.16, 0.79), np.clip(state["now"], 0.16, 0.79),
                   color=style.ORANGE, size=12, label=f"start {state['start']}", key="start"),
        ]

    def caption(self, state):
        name = state["regularizer"]
        name = "No regularizer" if name == "none" else name[0].upper() + name[1:]
        if state["regularizer"] in ("L1", "L2"):
            name += f" with λ = {short(state['lam'], 2)}"
        band = term(f"80 % of 50 starts from {fixed(state['low'][-1])} to {fixed(state['high'][-1])}", "band")
        one = term(f"start {state['start']} has {fixed(state['now'])}", "start")
        text = f"{name}, epoch {state['epoch']}: {one}, {band}, mean {fixed(state['mean'])}."
        if state["regularizer"] == "none":
            return f"{text} Another start tells another story."
        gains = term(f"{state['gains']} of 50 starts gain", "gains")
        without = term(f"Without: mean {fixed(state['mean_without'])}", "without")
        return f"{text} {without}; {gains}."

    def code(self):
        v = self.values
        settings = "".join(f", {name}={value!r}" for name, value in self._settings(v["regularizer"], v["lam"]))
        return "\n".join([
            "import numpy as np", "from course_lib import datasets, dense", "",
            f"X, y = datasets.moons(40, 0.3, {v['draw']})",
            f"X_test, y_test = datasets.moons(200, 0.3, {100 + v['draw']})",
            'params = dense.init_params((2, 20, 1), 0, "he_normal", 50).astype(np.float32)',
            'runs = dense.sweep((2, 20, 1), X.astype(np.float32), y, params, 0.1, hidden="relu", loss="bce",',
            f'                   rule="adam", batch_size=20, epochs={v["epoch"]}{settings})',
            'tests = dense.sweep((2, 20, 1), X_test.astype(np.float32), y_test, runs.params, hidden="relu",',
            '                    loss="bce", epochs=0)',
            f"now, mean = tests.loss[{v['start']}, 0], tests.loss[:, 0].mean()",
            "print(now, mean)",
        ])


class DoubleDescent(Demo):
    """Test error against the width of a random hidden layer, whose output weights are a least-squares fit."""

    title = "The worst width is the one that just fits"
    alt = ("First: training and test error against the number of hidden units, with a peak of the test error where "
           "there are as many units as training digits. Second: the length of the output weights, with a peak there "
           "too.")
    controls = (
        Slider("width", "Hidden units", 0.0, 3.0, 0.05, 40, log=True, play=True),
        Slider("lam", "Penalty λ", -8.0, 1.0, 0.25, 1e-8, log=True),
        Slider("points", "Training digits", 20, 80, 5, 40, more=True),
        Slider("wrong", "Wrong labels", 0, 50, 5, 20, unit="%", more=True),
        Slider("draw", "Draw of the hidden layer", 0, 9, 1, 0, more=True),
    )
    presets = {
        "At the peak": {},
        "Few units": {"width": 10},
        "Many units": {"width": 1000},
        "The peak under λ = 1": {"lam": 1.0},
        "Right labels": {"wrong": 0},
        "60 digits": {"points": 60, "width": 60},
    }
    panels = (
        ("Error of the outputs", "hidden units", "root mean squared error", (0.9, 1100), (0.03, 20)),
        ("Length of the output weights", "hidden units", "length", (0.9, 1100), (0.2, 1000)),
    )
    size = (800, 370)
    caption_lines = 3
    handles = (Handle(0, "the width", x="width", at=lambda s: (s["width"], float(np.clip(s["test"], 0.032, 19)))),)
    _MOST, _TESTS = 1000, 300
    _WIDTHS = tuple(sorted({round(10**power) for power in np.linspace(0, 3, 31)}))

    def background(self, axes, values):
        for ax in axes:
            ax.set_xscale("log")
            ax.set_yscale("log")
            ax.set_xticks([1, 10, 100, 1000], ["1", "10", "100", "1000"])
        axes[0].plot([], [], color=style.BLUE, label="training")
        axes[0].plot([], [], color=style.ORANGE, linestyle="dashed", label="test")
        axes[0].legend(loc="upper left", handlelength=1.2, handletextpad=0.5)  # narrow: it ends before the peak

    @classmethod
    @lru_cache(maxsize=4)
    def _hidden(cls, points, wrong, draw):
        """Outputs of the hidden layer and targets, of training and test; and room for what is known of each width."""
        data, rng = datasets.digits8(), np.random.default_rng(draw)
        mean = data.X_train.mean(axis=0)
        W = rng.normal(0, np.sqrt(2 / 64), (64, cls._MOST))
        F, G = (np.maximum((X - mean) @ W, 0) for X in (data.X_train[:points], data.X_test[: cls._TESTS]))
        y = data.y_train[:points].copy()
        y[: points * wrong // 100] = (y[: points * wrong // 100] + 1) % 10
        return F, G, np.eye(10)[y], np.eye(10)[data.y_test[: cls._TESTS]], {}

    @classmethod
    def _at(cls, width, lam, points, wrong, draw):
        """Training and test error, and length of the output weights V c, of the ridge fit with so many units."""
        F, G, Y, Y_test, kept = cls._hidden(points, wrong, draw)
        if width not in kept:
            U, s, Vt = np.linalg.svd(F[:, :width], full_matrices=False)
            kept[width] = U, s, U.T @ Y, G[:, :width] @ Vt.T
        U, s, UY, GV = kept[width]
        c = (s / (s**2 + lam))[:, None] * UY
        return ops.rmse(U @ (s[:, None] * c), Y), ops.rmse(GV @ c, Y_test), float(np.linalg.norm(c))

    def state(self, width, lam, points, wrong, draw):
        near = (round(share * points) for share in (0.9, 0.95, 1, 1.05, 1.1))
        widths = sorted({*self._WIDTHS, *near, width})
        train, test, length = np.array([self._at(each, lam, points, wrong, draw) for each in widths]).T
        now, worst = widths.index(width), int(test.argmax())
        return {"width": width, "lam": lam, "points": points, "widths": np.array(widths), "train_curve": train,
                "test_curve": test, "lengths": length, "train": float(train[now]), "test": float(test[now]),
                "length": float(length[now]), "worst": widths[worst], "peak": float(test[worst]),
                "first_low": float(test[: widths.index(points)].min()), "last": float(test[-1])}

    def layers(self, state):
        widths, now, points = state["widths"], state["width"], state["points"]
        low, high = 0.032, 19.0  # inside the panel
        return [
            *[Line(panel, [points, points], self.panels[panel][4], color=style.GREY, width=1.4, dash="dotted",
                   label="as many units as digits", key="points") for panel in (0, 1)],
            Line(0, widths, np.maximum(state["train_curve"], 1e-3), width=2.2, label="training", key="train"),
            Line(0, widths, state["test_curve"], color=style.ORANGE, dash="dashed", width=2.6,
                 label="test", key="test", ghost=True),
            Points(0, now, np.clip(state["train"], low, high), size=10, label="training", key="train"),
            Points(0, now, np.clip(state["test"], low, high), color=style.ORANGE, size=10, label="test", key="test"),
            Line(1, widths, state["lengths"], color=style.GREEN, width=2.6,
                 label="length of the output weights", key="length", ghost=True),
            Points(1, now, np.clip(state["length"], 0.21, 950), color=style.GREEN, size=10, key="length",
                   label="length of the output weights"),
        ]

    def caption(self, state):
        units = "1 random unit" if state["width"] == 1 else f"{state['width']} random units"
        digits = term(f"{state['points']} digits", "points")
        length = term(f"length {fixed(state['length'], 1)}", "length")
        train, test = term(f"training {fixed(state['train'])}", "train"), term(f"test {fixed(state['test'])}", "test")
        text = (f"{units}, output weights by least squares on {digits}, λ = {short(state['lam'], 2)}: errors {train}, "
                f"{test}; {length}. ")
        if state["peak"] < 1.25 * max(state["first_low"], state["last"]):
            return f"{text}No peak: the penalty keeps the weights short."
        return (f"{text}Test error at best {fixed(state['first_low'])} below {state['points']} units, worst "
                f"{fixed(state['peak'])} at {state['worst']}, {fixed(state['last'])} at {self._MOST}.")

    def code(self):
        v = self.values
        return "\n".join([
            "import numpy as np", "from course_lib import datasets, ops", "",
            f"data, rng = datasets.digits8(), np.random.default_rng({v['draw']})",
            "W = rng.normal(0, np.sqrt(2 / 64), (64, 1000))",
            f"hidden = lambda X: np.maximum((X - data.X_train.mean(axis=0)) @ W, 0)[:, :{v['width']}]",
            f"y, k = data.y_train[:{v['points']}].copy(), {v['points'] * v['wrong'] // 100}",
            "y[:k] = (y[:k] + 1) % 10",
            f"F, Y = hidden(data.X_train[:{v['points']}]), np.eye(10)[y]",
            "U, s, Vt = np.linalg.svd(F, full_matrices=False)",
            f"weights = Vt.T @ ((s / (s**2 + {v['lam']!r}))[:, None] * (U.T @ Y))  # the ridge fit",
            "train = ops.rmse(F @ weights, Y)",
            "test = ops.rmse(hidden(data.X_test[:300]) @ weights, np.eye(10)[data.y_test[:300]])",
            "length = np.linalg.norm(weights)",
            "print(train, test, length)",
        ])
