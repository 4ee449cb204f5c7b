"""Live figures of chapter 09: what training on windows can teach, and how far back a trained cell remembers."""

from functools import lru_cache
from typing import ClassVar

import numpy as np

from course_lib import datasets, nn, optim, recurrent
from course_lib.viz import style
from course_lib.viz.figures import legend
from course_lib.viz.live import Bars, Demo, Handle, Line, Menu, Points, Slider, Text, term
from course_lib.viz.numbers import fixed

_SYMBOLS = 4
_GUESS = 1 / _SYMBOLS
_STRIPS, _READ = 32, 1500


@lru_cache(maxsize=256)
def _truncated(window: int, delay: int, cell: str, carried: bool, start: int) -> np.ndarray:
    """Which answers were right, (chunks, strips, window), each chunk asked before the step that it makes."""
    X, y = datasets.delayed_copy(_STRIPS, _READ, delay, rng=start)
    X, rng = X.astype(np.float32), np.random.default_rng(start)
    layer = TruncatedWindow.CELLS[cell](_SYMBOLS, 32, rng=rng, dtype=np.float32)
    out = nn.Linear(32, _SYMBOLS, rng=rng, dtype=np.float32)
    loss, adam = nn.CrossEntropyLoss(), optim.Adam([*layer.parameters(), *out.parameters()], lr=0.01)
    state, right = None, []
    for a in range(0, _READ - window + 1, window):
        h, state = layer(X[:, a : a + window], state if carried else None)
        scores, answers = out(h.reshape(-1, 32)), y[:, a : a + window].ravel()
        loss(scores, answers)
        adam.zero_grad()
        layer.backward(out.backward(loss.backward()).reshape(h.shape))
        adam.step()
        right.append((scores.argmax(axis=1) == answers).reshape(_STRIPS, window))
    return np.array(right)


class TruncatedWindow(Demo):
    """Training on chunks: the state crosses the cut, the gradient does not."""

    title = "What lies further back than a chunk is not taught"
    alt = ("First: the share of symbols repeated rightly against the number of steps read in training, and the line of "
           "guessing. Second: the same share near the end, by place in the chunk: blue where the symbol asked for lies "
           "in the same chunk, orange where it lies before the cut.")
    CELLS: ClassVar = {"tanh": nn.RNN, "GRU": nn.GRU}
    controls = (
        Slider("window", "Length of the chunks", 2, 20, 1, 5, unit="steps", ticks=(2, 5, 10, 15, 20)),
        Slider("delay", "Delay of the answer", 1, 10, 1, 8, unit="steps"),
        Slider("read", "Steps read", 100, _READ, 100, _READ, play=True, ticks=(100, 500, 1000, 1500)),
        Menu("cell", "Cell", tuple(CELLS), "tanh", more=True),
        Menu("carried", "State at the start of a chunk", ("handed on", "zero"), "handed on", more=True),
        Slider("start", "Random start", 0, 10, 1, 0, more=True),
    )
    presets = {
        "Chunks of 5, delay 8": {},
        "Chunks of 8: just too short": {"window": 8},
        "Chunks of 9: just long enough": {"window": 9},
        "Chunks of 16": {"window": 16},
        "Chunks of 16, state not handed on": {"window": 16, "carried": "zero"},
        "Chunks of 5, delay 3": {"delay": 3},
    }
    panels = (
        ("While it trains", "steps read", "share right", (0, _READ), (0, 1.45)),
        ("By place in the chunk", "place in the chunk", "share right", (0.2, 20.8), (0, 1.45)),
    )
    size = (800, 340)
    handles = (
        Handle(1, "length of the chunks", at=lambda s: (s["window"] + 0.5, None),
               move=lambda s, x, y: {"window": x - 0.5}),
        Handle(0, "steps read", x="read", at=lambda s: (s["at"][-1], s["now"])),
    )
    _AVERAGED = 100  # steps that a point of the curve is a mean over, at least

    def background(self, axes, values):
        for ax in axes:
            ax.axhline(_GUESS, color=style.GREY, linewidth=1.2, linestyle="dotted")
            ax.set_yticks(np.linspace(0, 1, 6))
        axes[0].text(_READ * 0.99, _GUESS - 0.02, "guessing", fontsize=8, ha="right", va="top", color=style.DARK)
        axes[1].set_xticks([1, 5, 10, 15, 20])
        legend(axes[1], {label: {"color": color, "linewidth": 5} for label, color in
                         (("in the chunk", style.BLUE), ("before the cut", style.ORANGE))}, columns=2)

    def state(self, window, delay, read, cell, carried, start):
        right = _truncated(window, delay, cell, carried == "handed on", start)
        group = -(-self._AVERAGED // window)  # chunks of one point
        points = len(right) // group
        curve = right[: points * group].reshape(points, -1).mean(axis=1)
        at = window * group * np.arange(1, points + 1)
        shown = at <= read
        if not shown.any():
            shown[0] = True
        last = max(1, min(len(right), read // window))
        places = right[max(0, last - 300 // window) : last].mean(axis=(0, 1))
        return {"window": window, "delay": delay, "read": read, "cell": cell, "carried": carried, "right": right,
                "curve": curve[shown], "at": at[shown], "now": float(curve[shown][-1]), "places": places,
                "reach": max(0, window - delay)}

    def layers(self, s):
        steps = np.arange(1, s["window"] + 1)
        inside = steps > s["delay"]
        return [
            Line(0, s["at"], s["curve"], width=2.6, ghost=True, label="share right", key="now"),
            Points(0, s["at"][-1], s["now"], size=10, label="now", key="now"),
            Bars(1, steps, s["places"], color=[style.BLUE if each else style.ORANGE for each in inside], width=0.7,
                 key=["inside" if each else "outside" for each in inside],
                 label=[f"place {k}" for k in steps]),
            Line(1, [s["window"] + 0.5] * 2, [0, 1], color=style.DARK, width=1.4, dash="dashed"),
        ]

    def caption(self, s):
        window, delay, reach = s["window"], s["delay"], s["reach"]
        now = term(f"{100 * s['now']:.0f} percent", "now")
        text = f"Delay {delay}, chunks of {window}: {now} right in the last steps, a guess has 25. "
        if not reach:
            text += (f"At {term('every place', 'outside')} the symbol lies before the cut; no gradient ever runs from "
                     "an answer back to its symbol")
            return text + (", but at the last place the state handed on is still full of it." if
                           window == delay and s["carried"] == "handed on" else ".")
        inside, outside = (100 * part.mean() for part in (s["places"][delay:], s["places"][:delay]))
        text += (f"At {reach} of {window} places the gradient reaches the symbol: "
                 f"{term(f'{inside:.0f} percent', 'inside')} there, ")
        return f"{text}{term(f'{outside:.0f} percent', 'outside')} at the others."

    def code(self):
        v = self.values
        kind = self.CELLS[v["cell"]].__name__
        state = "state" if v["carried"] == "handed on" else "None"
        return "\n".join([
            "import numpy as np", "from course_lib import datasets, nn, optim",
            f"window, rng, state, right = {v['window']}, np.random.default_rng({v['start']}), None, []",
            f"X, y = datasets.delayed_copy({_STRIPS}, {_READ}, {v['delay']}, rng={v['start']})",
            f"layer = nn.{kind}({_SYMBOLS}, 32, rng=rng, dtype=np.float32)",
            f"out = nn.Linear(32, {_SYMBOLS}, rng=rng, dtype=np.float32)",
            "loss, adam = nn.CrossEntropyLoss(), optim.Adam([*layer.parameters(), *out.parameters()], lr=0.01)",
            f"for a in range(0, {_READ} - window + 1, window):",
            f"    h, state = layer(X[:, a : a + window].astype(np.float32), {state})",
            "    scores, answers = out(h.reshape(-1, 32)), y[:, a : a + window].ravel()",
            "    loss(scores, answers)",
            "    adam.zero_grad()",
            f"    right.append((scores.argmax(axis=1) == answers).reshape({_STRIPS}, window))",
            "    layer.backward(out.backward(loss.backward()).reshape(h.shape))",
            "    adam.step()",
            "print(np.mean(right))",
        ])


_LEARNED, _HELD_OUT, _EPOCHS, _HIDDEN = 1024, 256, 15, 32


@lru_cache(maxsize=16)
def _task(task: str, delay: int):
    """Sequences, answers, and which steps count, for training and held out."""
    steps = 2 * delay + 5 if task == "tags" else delay + 1
    X, y = datasets.delayed_copy(_LEARNED + _HELD_OUT, steps, delay, rng=0)
    return X, y if task == "tags" else y[:, -1], np.arange(steps) >= delay


@lru_cache(maxsize=16)
def _history(task: str, cell: str, delay: int, radius: float, keep: float) -> list:
    """(run, share right) after 0, 1, ... passes, as far as trained; `_trained` adds to it."""
    X, y, _ = _task(task, delay)
    begin = recurrent.train(X[:_LEARNED], y[:_LEARNED], cell, _HIDDEN, task=task, epochs=0, lr=0.01, clip=1.0)
    params = begin.params
    params["U"] *= radius
    if cell == "lstm":
        params["b"][_HIDDEN : 2 * _HIDDEN] = keep
    elif cell == "gru":
        params["b"][:_HIDDEN] = -keep
    begin = begin.edited(params)
    return [(begin, _share(begin, task, delay))]


def _trained(epoch: int, task: str, cell: str, delay: int, radius: float, keep: float) -> list:
    """(run, share right) after 0, 1, ..., epoch passes."""
    history, (X, y, _) = _history(task, cell, delay, radius, keep), _task(task, delay)
    while len(history) <= epoch:
        run = recurrent.train(X[:_LEARNED], y[:_LEARNED], cell, _HIDDEN, task=task, epochs=1, lr=0.01, clip=1.0,
                              after=history[-1][0])
        if run.epochs < len(history):
            raise KeyboardInterrupt  # `train` ends early then, and half a pass is none for a figure
        history.append((run, _share(run, task, delay)))
    return history[: epoch + 1]


def _share(run, task: str, delay: int) -> float:
    """Of held-out symbols repeated rightly."""
    X, y, counted = _task(task, delay)
    right = run.predict(X[_LEARNED:]).argmax(axis=-1) == y[_LEARNED:]
    return float((right[:, counted] if task == "tags" else right).mean())


class CopyTask(Demo):
    """Repeat a symbol some steps later: trained in the notebook, cell by cell."""

    title = "How far a memory can be learned depends on cell and start"
    alt = ("First: the share of held-out symbols repeated rightly after each pass of the training, and the line of "
           "guessing. Second: one held-out sequence: the symbols shown, what is asked for, and what the net says, with "
           "wrong answers marked.")
    TASKS: ClassVar = {"every symbol": "tags", "only the first": "class"}
    CELLS: ClassVar = {"plain (tanh)": "rnn", "LSTM": "lstm", "GRU": "gru"}
    controls = (
        Slider("delay", "Delay", 1, 20, 1, 6, unit="steps", ticks=(1, 5, 10, 15, 20)),
        Menu("cell", "Cell", tuple(CELLS), "plain (tanh)"),
        Slider("epoch", f"Passes over {_LEARNED:,} sequences", 0, _EPOCHS, 1, _EPOCHS, play=True, ticks=(0, 5, 10, 15)),
        Menu("repeat", "Repeat", tuple(TASKS), "every symbol", more=True),
        Slider("radius", "Spectral radius of U at the start", 0.3, 1.5, 0.1, 0.7, more=True, ticks=(0.3, 0.7, 1, 1.5)),
        Slider("keep", "Bias that keeps (LSTM: forget, GRU: minus update)", 0.0, 4.0, 0.5, 1.0, more=True),
        Slider("number", "Held-out sequence number", 0, _HELD_OUT - 1, 1, 0, more=True),
    )
    presets = {
        "Delay 6": {},
        "Delay 10: nothing is learned": {"delay": 10},
        "Delay 10, starting at radius 1": {"delay": 10, "radius": 1.0},
        "Delay 10, LSTM": {"delay": 10, "cell": "LSTM"},
        "Delay 10, GRU": {"delay": 10, "cell": "GRU"},
        "Only the first of 20": {"delay": 20, "repeat": "only the first"},
        "Only the first, LSTM that keeps": {"delay": 20, "repeat": "only the first", "cell": "LSTM", "keep": 3.0},
    }
    panels = (
        ("Held-out symbols", "passes", "share right", (-0.4, _EPOCHS + 0.4), (0, 1.04)),
        ("A held-out sequence, and the answers", "", "", (0, 1), (0, 4)),
    )
    widths = (1.0, 1.5)
    pictures = (1,)
    size = (840, 320)
    handles = (Handle(0, "passes", x="epoch", at=lambda s: (s["epoch"], s["now"])),)
    _SHOWN = 25  # steps that fit into the picture

    def background(self, axes, values):
        axes[0].axhline(_GUESS, color=style.GREY, linewidth=1.2, linestyle="dotted")
        axes[0].text(_EPOCHS, _GUESS - 0.09, "guessing", fontsize=8, ha="right", color=style.DARK)
        axes[1].axis("off")

    def state(self, delay, cell, epoch, repeat, radius, keep, number):
        task, cell = self.TASKS[repeat], self.CELLS[cell]
        runs, shares = zip(*_trained(epoch, task, cell, delay, radius, keep if cell != "rnn" else 0.0), strict=True)
        X, y, counted = _task(task, delay)
        x = X[_LEARNED + number]
        p = runs[-1].predict(X[None, _LEARNED + number])[0]
        return {"delay": delay, "cell": cell, "epoch": epoch, "task": task, "shares": np.array(shares),
                "now": shares[-1],
                "symbols": x.argmax(axis=1), "asked": np.atleast_1d(y[_LEARNED + number]),
                "said": np.atleast_1d(p.argmax(axis=-1)), "counted": counted, "radius": radius, "keep": keep}

    def layers(self, s):
        steps, delay = len(s["symbols"]), s["delay"]
        first = max(0, steps - self._SHOWN)
        shown = np.arange(first, steps)
        place = dict(zip(shown, (np.arange(len(shown)) + 0.5) / max(len(shown), 9), strict=True))
        size, room = 13 if len(shown) <= 17 else 11, 1.15 / max(len(shown), 9)
        letter = "ABCD"
        layers = [
            Line(0, np.arange(len(s["shares"])), s["shares"], width=2.6, ghost=True, label="share right", key="now"),
            Points(0, s["epoch"], s["now"], size=10, label="now", key="now"),
            Text(1, [0.0] * 3, [3.7, 2.5, 1.3], ["shown", "asked", "said"], size=12, ha="left"),
        ]
        if s["task"] == "class":
            answers = {steps - 1: (int(s["asked"][0]), int(s["said"][0]))}
        else:
            answers = {k: (int(s["asked"][k]), int(s["said"][k])) for k in shown if k >= delay}
        asked_of = {k - delay for k in answers}
        for k in shown:
            layers.append(Text(1, place[k], 3.2, letter[s["symbols"][k]], size=size, room=room,
                               bold=bool(s["task"] == "class" and k in asked_of)))
        right = [k for k, (asked, said) in answers.items() if asked == said and k in place]
        wrong = [k for k, (asked, said) in answers.items() if asked != said and k in place]
        for which, color, words, key in ((right, style.BLUE, "", "right"), (wrong, style.ORANGE, "×", "wrong")):
            x = [place[k] for k in which]
            layers += [Text(1, x, [2.0] * len(x), [letter[answers[k][0]] for k in which], size=size, room=room),
                       Text(1, x, [0.8] * len(x), [letter[answers[k][1]] for k in which], size=size, room=room,
                            color=color, bold=True, key=key),
                       Text(1, x, [0.25] * len(x), [words] * len(x), size=12, color=color, bold=True, key=key)]
        last = steps - 1
        if last - delay in place:
            layers.append(Line(1, [place[last - delay], place[last]], [2.95, 2.25], color=style.GREY, width=1.4,
                               dash="dashed", label=f"{delay} steps"))
        return layers

    def caption(self, s):
        now, names = 100 * s["now"], {"rnn": "Plain network with tanh", "lstm": "LSTM", "gru": "GRU"}
        what = "repeat every symbol" if s["task"] == "tags" else "repeat the first symbol"
        right = s["asked"] == s["said"]
        right = right[s["counted"]] if s["task"] == "tags" else right
        text = (f"{names[s['cell']]}, {_HIDDEN} units, {what} {s['delay']} step{'s' * (s['delay'] > 1)} later: "
                f"{term(f'{now:.0f} percent', 'now')} right after {s['epoch']} passes, a guess has 25. "
                f"In this sequence {right.sum()} of {right.size}. ")
        start = f"radius {fixed(s['radius'], 1)}"
        if s["cell"] != "rnn":
            start += f", gate bias {fixed(s['keep'] if s['cell'] == 'lstm' else -s['keep'], 1)}"
        return f"{text}Start: {start}."

    def code(self):
        v, task, cell = self.values, self.TASKS[self.values["repeat"]], self.CELLS[self.values["cell"]]
        steps = 2 * v["delay"] + 5 if task == "tags" else v["delay"] + 1
        bias = {"lstm": f'params["b"][{_HIDDEN}:{2 * _HIDDEN}] = {v["keep"]}  # forget gate',
                "gru": f'params["b"][:{_HIDDEN}] = -{v["keep"]}  # update gate'}.get(cell, "")
        return "\n".join(line for line in [
            "import numpy as np", "from course_lib import datasets, recurrent",
            f"X, y = datasets.delayed_copy({_LEARNED + _HELD_OUT}, {steps}, {v['delay']}, rng=0)",
            "" if task == "tags" else "y = y[:, -1]  # the last answer alone, which is the first symbol",
            f'setting = {{"cell": "{cell}", "hidden": {_HIDDEN}, "task": "{task}", "lr": 0.01, "clip": 1.0}}',
            f"begin = recurrent.train(X[:{_LEARNED}], y[:{_LEARNED}], epochs=0, **setting)",
            "params = begin.params",
            f'params["U"] *= {v["radius"]}',
            bias,
            f"run = recurrent.train(X[:{_LEARNED}], y[:{_LEARNED}], epochs={v['epoch']}, after=begin.edited(params), "
            "**setting)",
            f"right = run.predict(X[{_LEARNED}:]).argmax(axis=-1) == y[{_LEARNED}:]",
            f"now = right[:, {v['delay']}:].mean()" if task == "tags" else "now = right.mean()",
            "print(now)",
        ] if line)
