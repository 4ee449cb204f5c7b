"""Live figures of chapter 09: networks that learn to write, while they learn."""

import json
from functools import lru_cache

import numpy as np

from course_lib.chapters.ch09_recurrent import experiments, writers
from course_lib.chapters.ch09_recurrent.demos.letters import ground, letters, number_at, paper, places
from course_lib.viz import style
from course_lib.viz.live import Demo, Handle, Line, Menu, Points, Slider, Text, legs, term
from course_lib.viz.numbers import fixed, short

CELLS = {"LSTM": "lstm", "GRU": "gru", "plain (tanh)": "rnn"}
_COLUMNS, _ROWS, _LETTERS = 28, 10, 170
_NOTHING = float(np.log(65))  # nats of who knows nothing


@lru_cache(maxsize=64)
def _sample(cell, hidden, rule, pieces, look, draw) -> str:
    return writers.trained(cell, hidden, rule, pieces).runs[look].sample(_LETTERS, rng=draw)


class CharacterTraining(Demo):
    """A network reads the play, and writes after every fifty steps of its training."""

    title = "A network learns to write"
    alt = ("First: loss in nats a character against the training step, for each step and on the held-out part, with "
           "horizontal lines for tables of one, two, three and five characters. Second: what the network writes after "
           "the chosen step.")
    controls = (
        Menu("cell", "Cell", tuple(CELLS), "LSTM"),
        Slider("step", "Training step", 0, writers.STEPS, writers.EVERY, writers.STEPS, play=True,
               ticks=(0, 400, 800, 1200)),
        Slider("lr", "Learning rate", -3.5, 0.0, 0.25, writers.RATE, log=True, more=True),
        Slider("hidden", "Units", 16, 96, 16, writers.HIDDEN, more=True),
        Menu("rule", "Rule", ("adam", "rmsprop", "adagrad", "sgd"), "adam", more=True),
        Slider("draw", "Draw", 0, 20, 1, 0, more=True),
    )
    presets = {
        "Trained": {},
        "Before the first step": {"step": 0},
        "After 50 steps": {"step": 50},
        "A GRU": {"cell": "GRU"},
        "Rate too large": {"lr": 1.0},
    }
    panels = (
        ("Loss (held out: thick)", "step", "nats a character", (0, writers.STEPS), (1.5, 4.5)),
        ("What it writes now", "", "", (-0.6, _COLUMNS + 0.6), (-0.2, _ROWS + 0.2)),
    )
    widths = (330, 330)
    pictures = (1,)
    size = (820, 320)
    knobs = ("lr",)
    handles = (Handle(0, "training step", x="step", at=lambda s: (s["at"], s["height"]), click=True),)

    def background(self, axes, values):
        paper(axes[1])
        axes[0].axhline(_NOTHING, color=style.GREY, linestyle="dotted", linewidth=1.2)
        axes[0].set_xticks(range(0, writers.STEPS + 1, 400))

    def state(self, cell, step, lr, hidden, rule, draw, turns):
        pieces = tuple((begin, end, knobs["lr"]) for begin, end, knobs in legs(writers.STEPS, {"lr": lr}, turns))
        writer = writers.trained(CELLS[cell], hidden, rule, pieces)
        looks = min(step // writers.EVERY, len(writer.runs) - 1)
        at = looks * writers.EVERY
        val_loss, tables = writer.val_loss[:looks + 1], writers.tables()
        passed = np.flatnonzero(val_loss < tables[2])
        return {"cell": cell, "at": at, "step": step, "pieces": pieces, "loss": writer.loss[:at], "val_loss": val_loss,
                "nats": float(val_loss[-1]), "height": float(np.clip(val_loss[-1], 1.5, 4.5)), "tables": tables,
                "written": _sample(CELLS[cell], hidden, rule, pieces, looks, draw),
                "passed": int(passed[0]) * writers.EVERY if passed.size else None,
                "diverged": len(writer.loss) if len(writer.loss) < writers.STEPS else None}

    def layers(self, s):
        looks = writers.EVERY * np.arange(len(s["val_loss"]))
        layers, words = [letters(1, s["written"], _COLUMNS, _ROWS)], []
        for n, x, ha, va in ((1, 1190, "right", "bottom"), (2, 1190, "right", "bottom"), (3, 12, "left", "top"),
                             (5, 1190, "right", "top")):
            nats = s["tables"][n - 1]
            name = "table of 1 character" if n == 1 else f"table of {n}"
            layers.append(Line(0, [0, writers.STEPS], [nats, nats], color=style.GREEN, width=1.3, dash="dashed",
                               label=f"{name}: {nats:.3f} nats", key=f"table {n}"))
            words.append(Text(0, x, nats, name, color=style.for_text(style.GREEN), size=11, ha=ha, va=va, box=True,
                              key=f"table {n}"))
        layers += [Line(0, [begin, begin], [1.5, 4.5], color=style.GREY, width=1.2, dash="dashed",
                        label="the rate was turned here") for begin, _, _ in s["pieces"][1:] if begin <= s["at"]]
        return [
            *layers,
            Line(0, np.arange(1, len(s["loss"]) + 1), np.minimum(s["loss"], 6), width=0.9, alpha=0.45,
                 label="loss of one step"),
            Line(0, looks, np.minimum(s["val_loss"], 6), width=2.8, label="held out", key="held out"),
            Text(0, 1190, _NOTHING, "knows nothing: ln 65", color=style.for_text(style.GREY), size=11, ha="right",
                 va="bottom", box=True),
            *words,
            Points(0, s["at"], s["height"], size=11, label="held out", key="held out"),
        ]

    def caption(self, s):
        nats, tables = s["nats"], s["tables"]
        text = f"{s['cell']}, step {s['at']:,}: " + term(f"{fixed(nats, 3)} nats", "held out")
        text += f" a character on the held-out part, {fixed(nats / np.log(2))} bits, perplexity {short(np.exp(nats))}. "
        if s["diverged"] is not None and s["step"] > s["at"]:
            return text + f"In step {s['diverged']:,} the loss left the range of numbers: the run has diverged."
        if s["at"] == 0:
            return text + "All characters are about equally likely: ln 65 = 4.174."
        if nats > _NOTHING:
            return text + "Worse than knowing nothing: at this rate the steps overshoot."
        better = [n for n in (1, 2, 3, 4, 5) if nats < tables[n - 1]]
        if not better:
            return text + "Counting single characters is still better."
        text += f"Better than the {term(f'table of {better[-1]}', f'table {better[-1]}')}" if better[-1] in (
            1, 2, 3, 5) else "Better than the table of 4"
        text += f" ({fixed(tables[better[-1] - 1], 3)})"
        return text + (f"; it passed the table of 3 by step {s['passed']:,}." if s["passed"] is not None else
                       f", not yet than that of {better[-1] + 1} ({fixed(tables[better[-1]], 3)}).")

    def code(self):
        v, s = self.values, self.current
        pieces = ", ".join(f"({begin}, {end}, {lr})" for begin, end, lr in s["pieces"])
        return "\n".join([
            "import numpy as np", "from course_lib import datasets, recurrent", "",
            "play, run, loss = datasets.shakespeare(), None, np.zeros(0)",
            f"for begin, end, lr in [{pieces}]:",
            f"    end = min(end, {s['at']})",
            f'    run = recurrent.train_text(play, "{CELLS[v["cell"]]}", {v["hidden"]}, steps=max(end - begin, 0), '
            f'rule="{v["rule"]}",',
            "                               lr=lr, after=run)",
            "    loss = np.append(loss, run.loss)",
            "nats = run.nats(play[len(play) * 9 // 10:])",
            f"written = run.sample({_LETTERS}, rng={v['draw']})",
            "print(nats, written)",
        ])


_PASSAGE = "Osr.\nIt is indifferent cold"
_REACHED = 0.01  # of the nearest character's gradient


class Reach(Demo):
    """Which earlier characters a guess depends on, every hundred steps of the training."""

    title = "A guess looks at the nearest characters first"
    alt = ("First: length of the gradient of a guess with respect to the characters before it, against their distance, "
           "after the chosen step and, faintly, after the others. Second: a passage whose characters are colored by "
           "what each of them counts for the guess of one.")
    COLUMNS, ROWS = 28, 12
    controls = (
        Slider("step", "Training step", 0, writers.STEPS, writers.REACH, writers.STEPS, play=True,
               ticks=(0, 400, 800, 1200)),
        Slider("at", "Character guessed", 20, 159, 1, 131, ticks=(20, 60, 100, 159)),
        Menu("cell", "Cell", tuple(CELLS), "LSTM"),
    )
    presets = {
        "Trained": {},
        "Before the first step": {"step": 0},
        "After 100 steps": {"step": 100},
        "Trained plain network": {"cell": "plain (tanh)"},
        "Trained GRU": {"cell": "GRU"},
    }
    panels = (
        ("Mean of 64 (grey: other steps)", "characters back", "length of the gradient", (0.5, 25.5), (1e-4, 30)),
        ("More color counts more; click one", "", "", (-0.6, COLUMNS + 0.6), (-0.2, ROWS + 0.2)),
    )
    widths = (320, 340)
    pictures = (1,)
    size = (830, 330)
    caption_lines = 3
    handles = (
        Handle(1, "the character guessed", click=True, at=lambda s: s["place"],
               move=lambda s, x, y: {"at": number_at(x, y, s["passage"], Reach.COLUMNS, Reach.ROWS)}),
    )

    def background(self, axes, values):
        axes[0].set(yscale="log", xticks=(1, 5, 10, 15, 20, 25), yticks=(1e-4, 1e-2, 1))
        axes[0].minorticks_off()
        paper(axes[1])

    def state(self, step, at, cell):
        writer, passage = writers.trained(CELLS[cell]), writers.passage(_PASSAGE, 160)
        norms, looks = writer.reach[step // writers.REACH][1], step // writers.EVERY
        pull = writers.pull(writer.runs[looks], passage[:at + 1])
        row, column = places(passage, self.COLUMNS, self.ROWS)
        far = norms < _REACHED * norms[0]
        return {"cell": cell, "step": step, "norms": norms, "all": [each for _, each in writer.reach], "pull": pull,
                "passage": passage, "at": at, "place": (column[at] + 0.5, self.ROWS - row[at] - 0.5),
                "reached": int(far.argmax()) if far.any() else len(norms),
                "here": at - int(np.flatnonzero(pull >= _REACHED * pull[-1])[0])}

    def layers(self, s):
        back = np.arange(1, len(s["norms"]) + 1)
        x, y = s["place"]
        logs = np.log10(np.maximum(s["pull"], 1e-9))
        return [
            *(Line(0, back, np.maximum(each, 1e-9), color=style.GREY, width=1, alpha=0.5) for each in s["all"]),
            Line(0, [0.5, 25.5], [_REACHED * s["norms"][0]] * 2, color=style.ORANGE, dash="dashed", width=1.4,
                 label="a hundredth of the nearest", key="reached"),
            Text(0, 25.3, _REACHED * s["norms"][0] / 1.3, "1/100 of the nearest", size=11, ha="right", va="top",
                 box=True, color=style.for_text(style.ORANGE), key="reached"),
            Line(0, back, np.maximum(s["norms"], 1e-9), width=2.6, ghost=True, label=f"step {s['step']}"),
            Points(0, back[:s["reached"]], s["norms"][:s["reached"]], size=7, key="reached", label=[
                f"{d} back: {short(norm)}" for d, norm in zip(back, s["norms"][:s["reached"]], strict=False)]),
            ground(1, logs, s["passage"], self.COLUMNS, self.ROWS, -3.0, low=-2.8, high=5, colors="heat", log=True,
                   label="length of the gradient"),
            letters(1, s["passage"], self.COLUMNS, self.ROWS, ends=True),
            Line(1, x + 0.5 * np.array([-1, 1, 1, -1, -1]), y + 0.5 * np.array([-1, -1, 1, 1, -1]),
                 color=style.ORANGE, width=2.4, label="the character guessed", key="here"),
        ]

    def caption(self, s):
        letter = {"\n": "end of a line", " ": "space"}.get(s["passage"][s["at"]], s["passage"][s["at"]])
        whole = " (all that a chunk of 25 lets it learn)" if s["step"] and s["reached"] == 25 else ""
        start = "Nothing is learned yet: " if s["step"] == 0 else ""
        return (f"{s['cell']}, step {s['step']:,}. {start}{'on' if start else 'On'} average the gradient stays above a "
                f"hundredth of that of the nearest character for {term(s['reached'], 'reached')} characters{whole}. "
                "Framed is the guess of "
                f"“{letter}”; the farthest character that counts so much for it lies {term(s['here'], 'here')} back.")

    def code(self):
        v, cell = self.values, CELLS[self.values["cell"]]
        return "\n".join([
            "from course_lib.chapters.ch09_recurrent import writers", "",
            f'writer = writers.trained("{cell}")  # by recurrent.train_text, reach_every={writers.REACH}',
            f"norms = writer.reach[{v['step'] // writers.REACH}][1]",
            f"run = writer.runs[{v['step'] // writers.EVERY}]",
            f'passage = writers.passage({json.dumps(_PASSAGE)}, 160)',
            f"pull = writers.pull(run, passage[:{self.current['at']} + 1])  # gradient of the last guess",
            "print(norms, pull[-25:])",
        ])


class CellsCompared(Demo):
    """Three cells trained on the same text: equal in parameters, in units or in time."""

    title = "The order of the cells depends on what is equal"
    alt = ("First: held-out loss of a plain network, a GRU and an LSTM against the training step, or against the "
           "processor time. Second: their losses at the chosen moment beside tables of two and three "
           "characters.")
    controls = (
        Menu("equal", "Equal are", ("parameters", "units"), "parameters"),
        Menu("across", "Compared after equal", ("steps", "time"), "steps"),
        Slider("step", "Training step of the plain network", 0, writers.STEPS, writers.EVERY, writers.STEPS, play=True,
               ticks=(0, 400, 800, 1200)),
        Menu("parameters", "Parameters of a cell", ("4000", "8000", "12000", "16000"), "8000", more=True),
    )
    presets = {
        "Equal parameters": {},
        "Equal units": {"equal": "units"},
        "Equal units, equal time": {"equal": "units", "across": "time"},
        "Early": {"step": 200},
    }
    panels = (
        ("Held-out loss", "step", "nats a character", (0, writers.STEPS), (1.7, 3.0)),
        ("At this moment", "", "nats a character", (-0.65, 4.0), (1.7, 3.0)),
    )
    widths = (420, 240)
    size = (800, 320)
    caption_lines = 3
    background_depends = ("across", "equal", "parameters")
    handles = (Handle(0, "the moment", at=lambda s: (s["x"][0], s["heights"][0]), click=True,
                      move=lambda s, x, y: {"step": x / s["unit"][0]}),)
    _LOOKS = (("plain", "rnn", style.ORANGE, "dashed", "s"), ("GRU", "gru", style.BLUE, "solid", "o"),
              ("LSTM", "lstm", style.GREEN, "dashdot", "^"))

    @staticmethod
    def _hidden(equal, parameters, cell):
        return writers.HIDDEN if equal == "units" else experiments.hidden_for(cell, int(parameters), 65)

    @classmethod
    def _writers(cls, equal, parameters):
        return [writers.trained(cell, cls._hidden(equal, parameters, cell)) for _, cell, *_ in cls._LOOKS]

    def background(self, axes, values):
        for name, _, color, dash, _ in self._LOOKS:
            axes[0].plot([], [], color=color, linestyle=dash, linewidth=2.4, label=name)
        axes[0].legend(loc="upper right", handlelength=2.8)  # a dash and a dot fit
        axes[1].set_xticks(range(3), [name for name, *_ in self._LOOKS])
        axes[1].grid(axis="x", visible=False)
        if values["across"] == "time":
            found = self._writers(values["equal"], values["parameters"])
            axes[0].set(xlim=(0, 1000 * writers.STEPS * max(w.pace for w in found) / 1000),
                        xlabel="seconds of processor time")

    def state(self, equal, across, step, parameters):
        found, hidden = self._writers(equal, parameters), [
            self._hidden(equal, parameters, cell) for _, cell, *_ in self._LOOKS]
        paces = [w.pace for w in found]
        unit = paces if across == "time" else [1.0] * 3
        steps = [min(int(step * unit[0] / each) // writers.EVERY * writers.EVERY, writers.STEPS) for each in unit]
        nats = np.array([w.val_loss[at // writers.EVERY] for w, at in zip(found, steps, strict=True)])
        return {"curves": [w.val_loss for w in found], "hidden": hidden, "steps": steps, "nats": nats, "unit": unit,
                "x": [at * each for at, each in zip(steps, unit, strict=True)], "paces": paces,
                "heights": np.clip(nats, 1.7, 3.0), "across": across, "tables": writers.tables(),
                "parameters": [int(sum(w.last.params[name].size for name in ("W", "U", "b"))) for w in found]}

    def layers(self, s):
        looks, layers = writers.EVERY * np.arange(len(s["curves"][0])), []
        for panel, right in ((0, max(writers.STEPS * max(s["unit"]), 1e-9)), (1, 4.0)):
            layers += [Line(panel, [0 if panel == 0 else -0.65, right], [s["tables"][n - 1]] * 2, color=style.GREY,
                            dash="dashed", width=1.3, label=f"table of {n}", key=f"table {n}") for n in (2, 3)]
        layers += [Text(1, 3.95, s["tables"][n - 1], f"table of {n}", color=style.for_text(style.GREY), size=11,
                        ha="right", va="bottom") for n in (2, 3)]
        for k, (name, _, color, dash, marker) in enumerate(self._LOOKS):
            high = s["heights"][k] > 2.86  # its number stands below it, out of the title
            layers += [
                Line(0, looks * s["unit"][k], s["curves"][k], color=color, dash=dash, width=2.4, label=name, key=name),
                Points(0, s["x"][k], s["heights"][k], color=color, marker=marker, size=11, label=name, key=name),
                Points(1, k, s["heights"][k], color=color, marker=marker, size=15, key=name,
                       label=f"{name}: {s['nats'][k]:.3f} nats"),
                Text(1, k, s["heights"][k] + (-0.06 if high else 0.05), fixed(s["nats"][k], 3), size=11,
                     va="top" if high else "bottom", bold=True, box=True, room=0.85),
            ]
        return layers

    def caption(self, s):
        order = np.argsort(s["nats"], kind="stable")
        words = []
        for k, (name, *_) in enumerate(self._LOOKS):
            words.append(f"{term(name, name)}: {s['hidden'][k]} units, {s['parameters'][k]:,} parameters, "
                         f"step {s['steps'][k]:,}")
        best, second = (self._LOOKS[k][0] for k in order[:2])
        lead = s["nats"][order[1]] - s["nats"][order[0]]
        text = "; ".join(words) + f". Lowest is {best}, {fixed(lead, 3)} nats before {second}. "
        if s["across"] == "time":
            return text + f"A step took {', '.join(fixed(1000 * pace, 1) for pace in s['paces'])} ms here."
        return text + "One start each: small leads mean nothing."

    def code(self):
        s, cells = self.current, [cell for _, cell, *_ in self._LOOKS]
        return "\n".join([
            "from course_lib.chapters.ch09_recurrent import writers", "",
            f"hidden, steps, nats = {s['hidden']}, {s['steps']}, []",
            f"for cell, units, made in zip({cells}, hidden, steps, strict=True):",
            "    writer = writers.trained(cell, units)  # recurrent.train_text, once a session",
            f"    nats.append(writer.val_loss[made // {writers.EVERY}])",
            "print(nats)",
        ])
