"""Live figures of chapter 09: a trained LSTM reads; its gates, and single units."""

import json
from functools import cache, lru_cache
from typing import ClassVar

import numpy as np

from course_lib import ops
from course_lib.chapters.ch09_recurrent import writers
from course_lib.chapters.ch09_recurrent.demos.letters import END, ground, letters, paper
from course_lib.viz import style
from course_lib.viz.figures import legend
from course_lib.viz.live import Demo, Handle, Image, Line, Menu, Points, Slider, Text, term
from course_lib.viz.numbers import fixed, signed

_READ = "Osr.\nIt is indifferent cold", 400  # beginning and length of the passage whose gates are shown
_WINDOW = 24
#: What the colors mean: of gates, and of what has a sign.
_COLORS = {True: "Color of the page: gate at 0", False: "Blue: positive, orange: negative"}
_HELD = {"as trained": None, "held at 0": 0.0, "held at 1": 1.0}


def _clamp(f, i, o) -> dict:
    return {name: _HELD[held] for name, held in (("f", f), ("i", i), ("o", o)) if _HELD[held] is not None}


@lru_cache(maxsize=32)
def _clamped(gates: tuple):
    """The network with gates held, and its loss on the held-out part."""
    run = writers.trained("lstm").last.clamped(**dict(gates))
    return run, run.nats(writers.play()[1])


@cache
def _order() -> np.ndarray:
    """Units by their mean forget gate over the passage, the longest memory last."""
    return writers.trained("lstm").last.read(writers.passage(*_READ))["f"].mean(axis=0).argsort(kind="stable")


def _surprise(run, text) -> np.ndarray:
    """Nats of each character but the first, given those before it."""
    tokens = ops.encode(text, ops.vocabulary(run.characters)[1])
    p = run.read(text)["probabilities"][:-1]
    return -np.log(np.maximum(p[np.arange(len(p)), tokens[1:]], 1e-30))


class GatesOverText(Demo):
    """The gates of a trained LSTM over a text; each kind can be held at 0 or 1, and the text is read again."""

    title = "A trained network needs its gates to open and close"
    alt = ("First: a gate, the cell or the state of every unit of a trained LSTM at each character of a passage, as "
           "colors. Second: how surprised the network is by each character, as trained and with the chosen gates held.")
    SHOWN: ClassVar = {"forget gate f": "f", "input gate i": "i", "output gate o": "o", "candidate g": "g",
                       "cell c": "c", "state h": "h"}
    controls = (
        Menu("f", "Forget gates", tuple(_HELD), "as trained"),
        Menu("shown", "Shown", tuple(SHOWN), "forget gate f"),
        Slider("first", "From character", 1, _READ[1] - _WINDOW, 1, 72, ticks=(1, 100, 200, 300)),
        Menu("i", "Input gates", tuple(_HELD), "as trained", more=True),
        Menu("o", "Output gates", tuple(_HELD), "as trained", more=True),
    )
    presets = {
        "As trained": {},
        "Forget gates at 0": {"f": "held at 0", "shown": "cell c"},
        "Forget gates at 1": {"f": "held at 1", "shown": "cell c"},
        "Input gates at 0": {"i": "held at 0"},
        "Output gates at 1": {"o": "held at 1", "shown": "state h"},
    }
    panels = (
        ("Units over the text", "", "unit, by mean forget gate", (0, _WINDOW), (0, writers.HIDDEN)),
        ("Surprise by each character", "", "nats", (0, _WINDOW), (0, 14)),
    )
    size = (860, 320)
    caption_lines = 3
    background_depends = ("shown",)

    def background(self, axes, values):
        for ax in axes:
            ax.set_xticks([])
        axes[0].set_title(_COLORS[self.SHOWN[values["shown"]] in "fio"])
        axes[0].set_yticks((0, 32, 64))
        axes[1].set_yticks(range(0, 13, 2))
        axes[0].grid(False)
        legend(axes[1], {"as trained": {"color": style.GREY, "linewidth": 2},
                         "now": {"color": style.ORANGE, "linewidth": 2, "marker": "o"}}, columns=2)

    def state(self, f, shown, first, i, o):
        passage, gates = writers.passage(*_READ), _clamp(f, i, o)
        run, nats = _clamped(tuple(gates.items()))
        trained, trained_nats = _clamped(())
        name = self.SHOWN[shown]
        surprises = [np.append(0.0, _surprise(each, passage)) for each in (trained, run)]  # the first is never shown
        return {"gates": gates, "name": name, "shown": shown, "first": first, "passage": passage,
                "values_shown": run.read(passage)[name][first:first + _WINDOW], "nats": nats,
                "trained_nats": trained_nats, "surprise": surprises[1][first:first + _WINDOW],
                "trained_surprise": surprises[0][first:first + _WINDOW], "tables": writers.tables()}

    def layers(self, s):
        table = s["values_shown"].T[_order()]
        text = s["passage"][s["first"]:s["first"] + _WINDOW]
        look = ({"low": 0, "high": 1, "colors": "heat"} if s["name"] in "fio" else
                {"low": -3 if s["name"] == "c" else -1, "high": 3 if s["name"] == "c" else 1, "colors": "signed"})
        at, shown = np.arange(_WINDOW) + 0.5, [END if c == "\n" else c for c in text]
        return [
            Image(0, table, extent=(0, _WINDOW, 0, writers.HIDDEN), smooth=False, label=s["shown"], **look),
            *(Text(panel, at, below, shown, size=12, mono=True, va="top") for panel, below in ((0, -1.5), (1, -0.3))),
            Line(1, at, np.minimum(s["trained_surprise"], 12), color=style.GREY, width=2, label="as trained",
                 key="trained"),
            Line(1, at, np.minimum(s["surprise"], 12), color=style.ORANGE, width=2, label="now", key="now"),
            Points(1, at, np.minimum(s["surprise"], 12), color=style.ORANGE, size=7, key="now",
                   label=[f"{c}: {nats:.2f} nats" for c, nats in zip(shown, s["surprise"], strict=True)]),
        ]

    def caption(self, s):
        words = {"f": "forget", "i": "input", "o": "output"}
        held = ", ".join(f"{words[name]} gates at {value:.0f}" for name, value in s["gates"].items())
        if not held:
            return (f"As trained: {term(fixed(s['nats'], 3), 'now')} nats a character over the held-out part. Below "
                    "are the units that forget fast, above those that keep. Hold a kind of gates at 0 or 1.")
        text = (f"With {held}: {term(fixed(s['nats'], 3), 'now')} nats a character over the held-out part, against "
                f"{term(fixed(s['trained_nats'], 3), 'trained')} as trained. ")
        n = 1 + int(np.abs(s["tables"][:3] - s["nats"]).argmin())
        if s["nats"] > s["tables"][0] + 0.3:
            return text + f"A table that counts single characters has {fixed(s['tables'][0], 3)}."
        return text + f"A table of {n} has {fixed(s['tables'][n - 1], 3)}."

    def code(self):
        s = self.current
        held = "".join(f".clamped({name}={value})" for name, value in s["gates"].items())
        end = s["first"] + _WINDOW
        return "\n".join([
            "from course_lib import datasets",
            "from course_lib.chapters.ch09_recurrent import writers", "",
            "play = datasets.shakespeare()",
            f'run = writers.trained("lstm").last{held}  # trained once a session',
            "nats = run.nats(play[len(play) * 9 // 10:])",
            f"passage = writers.passage({json.dumps(_READ[0])}, {_READ[1]})",
            f'values_shown = run.read(passage)["{s["name"]}"][{s["first"]}:{end}]',
            "print(nats, values_shown.mean(axis=1))",
        ])


def _letters(text: str) -> np.ndarray:
    return np.array(list(text))


#: What a unit may follow, as functions of a text.
_FEATURES = {
    "spaces": lambda text: _letters(text) == " ",
    "inside square brackets": lambda text: np.cumsum((_letters(text) == "[") * 1 - (_letters(text) == "]") * 1) > 0,
    "place in the line": lambda text: np.array([at - text.rfind("\n", 0, at) for at in range(len(text))]),
    "capital letters": lambda text: np.array([c.isupper() for c in text]),
    "vowels": lambda text: np.isin(_letters(text.lower()), list("aeiou")),
    "ends of sentences": lambda text: np.isin(_letters(text), list(".?!")),
}

_BRACKETS = "[Sir, this is"


@lru_cache(maxsize=16)
def _correlations(what: str, feature: str) -> np.ndarray:
    """Correlation of each unit with a feature, over the held-out part; 0 for a unit that never changes."""
    text = writers.play()[1]
    values, wanted = writers.trained("lstm").last.read(text)[what], _FEATURES[feature](text)
    return np.nan_to_num(np.array([np.corrcoef(unit, wanted)[0, 1] for unit in values.T]))


class CellViewer(Demo):
    """A text colored by one unit of a trained LSTM, and how well each unit follows something that a reader can name."""

    title = "Some units follow what a reader can name, most do not"
    alt = ("First: a passage whose characters are colored by the value of one unit after reading them, blue positive, "
           "orange negative. Second: correlation of each unit with the chosen feature of the text, the chosen unit "
           "marked.")
    COLUMNS, ROWS = 28, 12
    SHOWN: ClassVar = {"cell c": "c", "state h": "h", "forget gate f": "f", "input gate i": "i"}
    controls = (
        Slider("unit", "Unit", 0, writers.HIDDEN - 1, 1, 60, ticks=(0, 20, 40, 63)),
        Menu("find", "Compared with", tuple(_FEATURES), "place in the line"),
        Menu("shown", "Color", tuple(SHOWN), "cell c", more=True),
        Slider("first", "From character", 0, 16_000, 50, 0, ticks=(0, 4000, 8000, 12000, 16000), more=True),
    )
    presets = {
        "Along the line": {},
        "Spaces": {"unit": 17, "find": "spaces"},
        "Vowels": {"unit": 61, "find": "vowels"},
        "Capital letters reset": {"find": "capital letters", "shown": "forget gate f"},
        "Brackets: none follows": {"unit": 16, "find": "inside square brackets", "first": 8600},
    }
    panels = (
        ("After each character", "", "", (-0.6, COLUMNS + 0.6), (-0.2, ROWS + 0.2)),
        ("All units", "unit", "correlation", (-1.5, writers.HIDDEN + 0.5), (-1, 1)),
    )
    widths = (350, 320)
    pictures = (0,)
    size = (840, 340)
    background_depends = ("shown",)
    handles = (
        Handle(1, "the unit", click=True, at=lambda s: (s["unit"], s["correlations"][s["unit"]]),
               move=lambda s, x, y: {"unit": CellViewer._nearest(s["correlations"], x, y)}),
    )

    @staticmethod
    def _nearest(correlations, x, y) -> int:
        return int(np.argmin((np.arange(len(correlations)) - x) ** 2 + (30 * (correlations - y)) ** 2))

    def background(self, axes, values):
        paper(axes[0])
        axes[0].set_title(_COLORS[self.SHOWN[values["shown"]] in "fio"])
        axes[1].axhline(0, color=style.DARK, linewidth=0.8)
        axes[1].set(xticks=(0, 20, 40, 60), yticks=(-1, -0.5, 0, 0.5, 1))

    def state(self, unit, find, shown, first):
        passage = writers.play()[1][first:first + self.COLUMNS * self.ROWS]
        colors = writers.trained("lstm").last.read(passage)[self.SHOWN[shown]][:, unit]
        correlations = _correlations(self.SHOWN[shown], find)
        return {"passage": passage, "colors": colors, "correlations": correlations, "unit": unit, "find": find,
                "shown": shown, "first": first, "best": int(np.abs(correlations).argmax())}

    def layers(self, s):
        most, gate = float(np.abs(s["colors"]).max()), self.SHOWN[s["shown"]] in "fio"
        look = {"low": 0, "high": 2.4, "colors": "heat"} if gate else {  # never so dark that letters are lost
            "low": -1.6 * most, "high": 1.6 * most, "colors": "signed"}
        unit, r = s["unit"], s["correlations"]
        return [
            ground(0, s["colors"], s["passage"], self.COLUMNS, self.ROWS, label=f"unit {unit}", **look),
            letters(0, s["passage"], self.COLUMNS, self.ROWS, ends=True),
            Points(1, np.arange(len(r)), r, color=style.GREY, size=7,
                   label=[f"unit {k}: {each:.2f}" for k, each in enumerate(r)]),
            Points(1, s["best"], r[s["best"]], color=style.GREEN, marker="D", size=11, key="best",
                   label=f"strongest: unit {s['best']}, {r[s['best']]:.2f}"),
            Points(1, unit, r[unit], color=style.for_text(style.BLUE), size=11, label=f"unit {unit}", key="unit"),
        ]

    def caption(self, s):
        r, best, unit = s["correlations"], s["best"], s["unit"]
        text = (f"{s['shown'].capitalize()} of {term(f'unit {unit}', 'unit')}: correlation "
                f"{signed(r[unit])} with “{s['find']}” over the held-out part. ")
        if best == unit:
            text += f"No {term('unit', 'best')} follows it more closely"
        else:
            text += f"{term(f'Unit {best}', 'best')} follows it most closely, {signed(r[best])}"
        return text + ("." if abs(r[best]) >= 0.3 else ": in this small network none really does.")

    def code(self):
        s = self.current
        features = {"spaces": 'letters == " "', "vowels": 'np.isin(np.char.lower(letters), list("aeiou"))',
                    "inside square brackets": 'np.cumsum((letters == "[") * 1 - (letters == "]") * 1) > 0',
                    "place in the line": '[at - held_out.rfind("\\n", 0, at) for at in range(len(held_out))]',
                    "capital letters": "np.char.isupper(letters)",
                    "ends of sentences": 'np.isin(letters, list(".?!"))'}
        name = self.SHOWN[s["shown"]]
        return "\n".join([
            "import numpy as np", "from course_lib import datasets",
            "from course_lib.chapters.ch09_recurrent import writers  # networks trained once a session", "",
            "play, run = datasets.shakespeare(), writers.trained(\"lstm\").last",
            "held_out = play[len(play) * 9 // 10:]",
            f"passage = held_out[{s['first']}:{s['first'] + self.COLUMNS * self.ROWS}]",
            f'colors = run.read(passage)["{name}"][:, {s["unit"]}]',
            "letters = np.array(list(held_out))",
            f"feature = {features[s['find']]}",
            f'values = run.read(held_out)["{name}"].T',
            "correlations = [np.corrcoef(one, feature)[0, 1] for one in values]",
            "print(np.argmax(np.abs(correlations)), np.round(correlations, 2))",
        ])
