"""Live figures of chapter 09: from the scores of a trained network to a text."""

import json
from functools import cache, lru_cache

import numpy as np

from course_lib import ops
from course_lib.chapters.ch09_recurrent import writers
from course_lib.chapters.ch09_recurrent.demos.letters import END, letters, paper
from course_lib.viz import style
from course_lib.viz.figures import legend
from course_lib.viz.live import Bars, Demo, Handle, Line, Menu, Points, Slider, Text, term
from course_lib.viz.numbers import fixed, short

_BARS = 14  # most probable characters that are shown
_STARTS = {"Ham.↵": "Ham.\n", "to ": "to ", "the King": "the King", "[Enter ": "[Enter ", "q": "q"}
_CELLS = 28, 7  # columns and rows of a text
_LETTERS = 120


def _named(character: str) -> str:
    return {" ": "␣", "\n": END}.get(character, character)


def _bits(p) -> np.ndarray:
    """Entropy of each row of probabilities."""
    return -np.sum(p * np.log2(np.maximum(p, 1e-300)), axis=-1)


@lru_cache(maxsize=64)
def _scores(start: str, look: int) -> np.ndarray:
    """ln p of the character after this text, from the LSTM after so many looks."""
    run, state = writers.trained("lstm").runs[look], None
    for token in ops.encode(start, ops.vocabulary(run.characters)[1]).tolist():
        scores, state = run.step(token, state)
    return scores.astype(np.float64)


def _last_look() -> int:
    return len(writers.trained("lstm").runs) - 1


def _character_axis(ax) -> None:
    ax.set_xticks([])
    ax.grid(axis="x", visible=False)


class Temperature(Demo):
    """Probabilities of the next character and a text, at a temperature."""

    title = "Low temperatures repeat, high ones invent"
    alt = ("First: probabilities of the most probable next characters at the chosen temperature. Second: entropy of "
           "this distribution against the temperature. Third: what the trained network writes at this temperature.")
    controls = (
        Slider("T", "Temperature", 0.1, 3.0, 0.05, 1.0, ticks=(0.1, 1, 2, 3)),
        Menu("start", "The text so far", tuple(_STARTS), "the King"),
        Slider("draw", "Draw", 0, 20, 1, 0),
        Slider("top_k", "Only among the so many most probable", 1, 65, 1, 65, more=True, ticks=(1, 20, 40, 65)),
    )
    presets = {
        "As trained": {},
        "Cold": {"T": 0.2},
        "Hot": {"T": 1.5},
        "Very hot": {"T": 3.0},
        "Hot, among the best five": {"T": 1.5, "top_k": 5},
        "Always the most probable": {"top_k": 1},
    }
    panels = (
        ("The next character", "", "probability", (-0.7, _BARS - 0.3), (0, 1)),
        ("What is left open", "temperature", "entropy (bits)", (0, 3.05), (0, 6.3)),
        ("What it writes", "", "", (-0.6, _CELLS[0] + 0.6), (-0.2, _CELLS[1] + 0.2)),
    )
    widths = (200, 165, 281)
    pictures = (2,)
    size = (860, 290)
    handles = (Handle(1, "temperature", x="T", at=lambda s: (s["T"], s["entropy"]), click=True),)
    _T = np.round(np.arange(0.1, 3.01, 0.1), 1)

    def background(self, axes, values):
        _character_axis(axes[0])
        paper(axes[2])
        axes[1].axhline(np.log2(65), color=style.GREY, linestyle="dotted", linewidth=1.2)

    @staticmethod
    @lru_cache(maxsize=64)
    def _written(start, T, top_k, draw) -> str:
        return writers.trained("lstm").last.sample(_LETTERS, _STARTS[start], T, draw, top_k)

    @staticmethod
    def _probabilities(scores, T, top_k) -> np.ndarray:
        """What is drawn from: the temperature's probabilities of the k most probable characters, together 1."""
        p = ops.temperature_softmax(scores, T)
        p[np.argsort(-scores, kind="stable")[top_k:]] = 0
        return p / p.sum()

    @classmethod
    @lru_cache(maxsize=64)
    def _curve(cls, start, top_k) -> np.ndarray:
        scores = _scores(_STARTS[start], _last_look())
        return np.array([_bits(cls._probabilities(scores, T, top_k)) for T in cls._T])

    def state(self, T, start, draw, top_k):
        scores = _scores(_STARTS[start], _last_look())
        probabilities = self._probabilities(scores, T, top_k)
        return {"T": T, "scores": scores, "probabilities": probabilities, "entropy": float(_bits(probabilities)),
                "order": np.argsort(-scores, kind="stable")[:_BARS], "curve": self._curve(start, top_k),
                "written": self._written(start, T, top_k, draw), "start": start, "top_k": top_k}

    def layers(self, s):
        characters = [_named(writers.trained("lstm").last.characters[k]) for k in s["order"]]
        shares = s["probabilities"][s["order"]]
        return [
            Bars(0, np.arange(_BARS), shares, key="bars", label=[
                f"{c}: {short(share)}" for c, share in zip(characters, shares, strict=True)]),
            Text(0, np.arange(_BARS), -0.015, characters, size=12, va="top", mono=True),
            Text(1, 0.05, 5.95, "uniform: 6.02", size=11, ha="left", va="top", color=style.for_text(style.GREY)),
            Line(1, self._T, s["curve"], width=2.2, color=style.GREY, label="entropy"),
            Points(1, s["T"], s["entropy"], size=11, key="entropy", label=f"{s['entropy']:.2f} bits"),
            letters(2, s["written"], *_CELLS),
        ]

    def caption(self, s):
        best = s["order"][0]
        name = _named(writers.trained("lstm").last.characters[best])
        text = (f"After “{s['start'].replace(' ', '␣')}” at temperature {fixed(s['T'])}: the most probable character "
                f"is {name} with {term(fixed(s['probabilities'][best], 3), 'bars')}, the entropy "
                f"{term(fixed(s['entropy']), 'entropy')} bits. ")
        if s["top_k"] == 1:
            return text + "Only one is left to draw: the text is always the same (greedy)."
        if s["T"] <= 0.35:
            return text + "What is likely has become nearly certain: the text repeats itself."
        if s["T"] >= 1.4:
            return text + "Unlikely characters get their chance, and one of them spoils the word."
        return text + ("As trained." if s["T"] == 1 else "")

    def code(self):
        v = self.values
        return "\n".join([
            "import numpy as np", "from course_lib import ops",
            "from course_lib.chapters.ch09_recurrent import writers", "",
            'run, state = writers.trained("lstm").last, None  # trained once a session',
            f"for character in {json.dumps(_STARTS[v['start']])}:",
            "    scores, state = run.step(run.characters.index(character), state)",
            "scores = scores.astype(np.float64)",
            f"probabilities = ops.temperature_softmax(scores, {v['T']})",
            f'probabilities[np.argsort(-scores, kind="stable")[{v["top_k"]}:]] = 0',
            "probabilities /= probabilities.sum()",
            f"written = run.sample({_LETTERS}, {json.dumps(_STARTS[v['start']])}, {v['T']}, {v['draw']}, {v['top_k']})",
            "print(probabilities.max(), written)",
        ])


class DoubleSoftmax(Demo):
    """The same scores through one softmax and, as in a published sampler, through two."""

    title = "A second softmax makes noise of any network"
    alt = ("First: probabilities of the most probable next characters after one softmax (blue) and after two (orange). "
           "Second: mean entropy of both over a passage against the training step. Third: what is written by the "
           "chosen sampler.")
    controls = (
        Menu("sampler", "Sampler", ("softmax once", "softmax twice"), "softmax twice"),
        Slider("step", "Training step of the network", 0, writers.STEPS, writers.EVERY, writers.STEPS, play=True,
               ticks=(0, 400, 800, 1200)),
        Menu("start", "The text so far", tuple(_STARTS), "q", more=True),
        Slider("draw", "Draw", 0, 20, 1, 0, more=True),
    )
    presets = {
        "Twice": {},
        "Once": {"sampler": "softmax once"},
        "Twice, untrained": {"step": 0},
        "After [Enter, twice": {"start": "[Enter "},
    }
    panels = (
        ("Next: once, twice", "", "probability", (-0.7, _BARS - 0.3), (0, 1)),
        ("Mean over a passage", "step", "entropy (bits)", (0, writers.STEPS), (0, 6.5)),
        ("What is written", "", "", (-0.6, _CELLS[0] + 0.6), (-0.2, _CELLS[1] + 0.2)),
    )
    widths = (200, 165, 281)
    pictures = (2,)
    size = (860, 290)
    caption_lines = 3
    handles = (Handle(1, "training step", x="step", click=True,
                      at=lambda s: (s["step"], s["bits"][int(s["sampler"] == "softmax twice")])),)

    def background(self, axes, values):
        _character_axis(axes[0])
        paper(axes[2])
        axes[1].axhline(np.log2(65), color=style.GREY, linestyle="dotted", linewidth=1.2)
        axes[1].set_xticks((0, 600, 1200))
        for label, color, dash in (("once", style.BLUE, "solid"), ("twice", style.ORANGE, "dashed")):
            axes[1].plot([], [], color=color, linestyle=dash, linewidth=2.4, label=label)
        axes[1].legend(loc="lower right")

    @staticmethod
    @cache
    def _curves() -> np.ndarray:
        """Mean bits over a passage, (2, looks): one softmax, two."""
        passage = writers.passage("Osr.\nIt is", 400)
        once = [run.read(passage)["probabilities"].astype(np.float64) for run in writers.trained("lstm").runs]
        return np.array([[_bits(p).mean() for p in once], [_bits(ops.softmax(p)).mean() for p in once]])

    @staticmethod
    @lru_cache(maxsize=64)
    def _written(sampler, look, start, draw) -> str:
        run = writers.trained("lstm").runs[look]
        if sampler == "softmax once":
            return run.sample(_LETTERS, _STARTS[start], rng=draw)
        return writers.written_twice(run, _LETTERS, _STARTS[start], draw)

    def state(self, sampler, step, start, draw):
        look = step // writers.EVERY
        once = ops.temperature_softmax(_scores(_STARTS[start], look), 1)
        twice = ops.softmax(once[None])[0]
        return {"once": once, "twice": twice, "bits": self._curves()[:, look], "curves": self._curves(), "step": step,
                "order": np.argsort(-once, kind="stable")[:_BARS], "sampler": sampler, "start": start,
                "written": self._written(sampler, look, start, draw)}

    def layers(self, s):
        characters = [_named(writers.trained("lstm").last.characters[k]) for k in s["order"]]
        at, looks = np.arange(_BARS), writers.EVERY * np.arange(s["curves"].shape[1])
        layers = [Text(0, at, -0.015, characters, size=12, va="top", mono=True),
                  Text(1, writers.STEPS / 2, 5.95, "uniform: 6.02", size=11, va="top",
                       color=style.for_text(style.GREY)), letters(2, s["written"], *_CELLS)]
        for k, (name, color, dash) in enumerate((("once", style.BLUE, "solid"), ("twice", style.ORANGE, "dashed"))):
            shares = s[name][s["order"]]
            layers += [
                Bars(0, at + 0.4 * k - 0.2, shares, width=0.4, color=color, key=name, label=[
                    f"{c}, {name}: {short(share)}" for c, share in zip(characters, shares, strict=True)]),
                Line(1, looks, s["curves"][k], color=color, dash=dash, width=2.4, label=name, key=name),
                Points(1, s["step"], s["bits"][k], color=color, size=9, label=name, key=name),
            ]
        return layers

    def caption(self, s):
        best = s["order"][0]
        name = _named(writers.trained("lstm").last.characters[best])
        once, twice = (fixed(s[each][best], 3) for each in ("once", "twice"))
        return (f"Step {s['step']:,}, after “{s['start'].replace(' ', '␣')}”: {name} has {term(once, 'once')}; a "
                f"second softmax makes {term(twice, 'twice')} of it, where a uniform choice has {fixed(1 / 65, 3)}. "
                f"Over a passage one softmax leaves {fixed(s['bits'][0])} bits open, two leave {fixed(s['bits'][1])} "
                f"of at most {fixed(np.log2(65))}. Written by: {s['sampler']}.")

    def code(self):
        v = self.values
        start = json.dumps(_STARTS[v["start"]])
        write = (f"run.sample({_LETTERS}, {start}, rng={v['draw']})" if v["sampler"] == "softmax once" else
                 f"writers.written_twice(run, {_LETTERS}, {start}, {v['draw']})")
        return "\n".join([
            "import numpy as np", "from course_lib import ops",
            "from course_lib.chapters.ch09_recurrent import writers", "",
            f'run, state = writers.trained("lstm").runs[{v["step"] // writers.EVERY}], None  # trained once a session',
            f"for character in {start}:",
            "    logs, state = run.step(run.characters.index(character), state)",
            "once = ops.temperature_softmax(logs.astype(np.float64), 1)",
            "twice = ops.softmax(once[None])[0]",
            f"written = {write}",
            "print(once.max(), twice.max(), written)",
        ])


_LETTERS_OF_TABLE = "abc"


def _table(lead: float) -> np.ndarray:
    """ln p of the next of three letters after each; the text begins after an a. b is followed by anything, c nearly
    always by b; `lead` is how probable b is at first."""
    return np.log([[0.1, lead, 0.9 - lead], [0.36, 0.32, 0.32], [0.05, 0.9, 0.05]])


class BeamTree(Demo):
    """Beam search drawn out: which beginnings are kept at each step, and whether the best sequence is found."""

    title = "Greedy search can miss the most probable sequence"
    alt = ("First: a tree of beginnings, one column a step, the most probable on top; kept ones in blue, dropped ones "
           "in grey, the best sequence of all in green. Second: logarithm of the probability of what each width finds.")
    _MODELS = ("a table of three letters", "the trained LSTM after “Ham.↵”")
    controls = (
        Slider("width", "Width", 1, 6, 1, 1),
        Slider("length", "Length of the sequence", 2, 7, 1, 5),
        Menu("model", "Model", _MODELS, _MODELS[0]),
        Slider("lead", "Probability of a first b (table)", 0.1, 0.8, 0.05, 0.5, more=True),
    )
    presets = {
        "Greedy": {},
        "Width 2": {"width": 2},
        "A clear lead": {"lead": 0.8},
        "The network, greedy": {"model": _MODELS[1], "length": 3},
        "The network, width 3": {"model": _MODELS[1], "length": 3, "width": 3},
        "Longer: width 5 is too small": {"model": _MODELS[1], "length": 7, "width": 5},
    }
    panels = (
        ("Beginnings, best on top", "step", "", (-0.4, 7.6), (-10.2, 0.8)),
        ("What each width finds", "width", "ln p", (0.5, 6.5), (-8, 0)),
    )
    widths = (440, 200)
    size = (800, 340)
    caption_lines = 3
    handles = (Handle(1, "the width", at=lambda s: (s["width"], s["found"][s["width"] - 1]), click=True,
                      move=lambda s, x, y: {"width": x}),)
    _WIDE, _DROPPED = 100, 2  # width of the search that stands for the best of all; dropped ones that are shown

    def background(self, axes, values):
        axes[0].set(yticks=[], xticks=range(8))
        axes[0].grid(False)
        axes[1].set_xticks(range(1, 7))
        legend(axes[0], {label: {"color": color, "linestyle": dash, "linewidth": 2.4} for label, color, dash in
                         (("kept", style.BLUE, "solid"), ("dropped", style.GREY, "solid"),
                          ("best", style.GREEN, "dashed"))}, "lower center", 3)

    @classmethod
    @lru_cache(maxsize=16)
    def _model(cls, model, lead):
        """Its characters, and (step, state before the start, start) for ops.beam_search."""
        if model == cls._MODELS[0]:
            table = _table(lead)
            return _LETTERS_OF_TABLE, (lambda token, state: (table[token], state)), None, 0
        run = writers.trained("lstm").last
        *before, last = (run.characters.index(c) for c in "Ham.\n")
        state, known = None, {}
        for token in before:
            _, state = run.step(token, state)

        def step(token, state):
            """A state is asked again and again, by each width."""
            key = token, state[0].tobytes()
            if key not in known:
                known[key] = run.step(token, state)
            return known[key]

        return run.characters, step, state, last

    @classmethod
    @lru_cache(maxsize=32)
    def _found(cls, model, lead, length):
        """What widths 1 to 6 find, and the best of all: sequences and ln p."""
        _, step, state, start = cls._model(model, lead)
        return [ops.beam_search(step, state, start, length, width) for width in (*range(1, 7), cls._WIDE)]

    @classmethod
    def _tree(cls, model, lead, length, width):
        """For each step its candidates, best first: (ln p, tokens, rank of the beginning that is continued)."""
        _, step, state, start = cls._model(model, lead)
        beams, columns = [(0.0, (), state)], []
        for _ in range(length):
            grown = []
            for rank, (total, tokens, state) in enumerate(beams):
                logs, after = step(tokens[-1] if tokens else start, state)
                for token in np.argsort(-logs, kind="stable")[:width + cls._DROPPED].tolist():
                    grown.append((total + float(logs[token]), (*tokens, token), after, rank))
            grown.sort(key=lambda each: -each[0])
            beams = [each[:3] for each in grown[:width]]
            columns.append([(total, tokens, rank) for total, tokens, _, rank in grown[:width + cls._DROPPED]])
        return columns

    def state(self, width, length, model, lead):
        found = self._found(model, lead, length)
        characters = self._model(model, lead)[0]
        return {"columns": self._tree(model, lead, length, width), "width": width, "characters": characters,
                "found": np.array([total for _, total in found[:-1]]), "sequence": found[width - 1][0],
                "log_probability": found[width - 1][1], "best": found[-1][1], "best_sequence": found[-1][0],
                "model": model, "length": length}

    def layers(self, s):
        best, width = tuple(s["best_sequence"]), s["width"]
        apart = min(2.0, 6.8 / (width + self._DROPPED - 1))
        first, layers = Points(0, 0, 0, color=style.DARK, size=9, label="nothing written yet"), []
        marks = {"kept": ([], [], []), "dropped": ([], [], [])}
        for depth, column in enumerate(s["columns"], 1):
            for rank, (total, tokens, parent) in enumerate(column):
                kept, on_best = rank < width, tokens == best[:depth]
                color = style.GREEN if on_best else style.BLUE if kept else style.GREY
                layers.append(Line(0, [depth - 1 + 0.14, depth - 0.14], [-apart * parent, -apart * rank], color=color,
                                   width=2.6 if on_best else 1.8 if kept else 1.0, key="best" if on_best else "",
                                   dash="dashed" if on_best else "solid"))
                for values, value in zip(marks["kept" if kept else "dropped"], (depth, -apart * rank, (tokens, total)),
                                         strict=True):
                    values.append(value)
        for name, color in (("kept", style.BLUE), ("dropped", style.GREY)):
            x, y, shown = marks[name]
            if x:
                words = ["".join(_named(s["characters"][k]) for k in tokens) for tokens, _ in shown]
                layers += [Points(0, x, y, color=color if name == "kept" else "white", size=19, edge=color,
                                  label=[f"{word}: ln p {fixed(total)}" for word, (_, total) in zip(words, shown,
                                                                                                  strict=True)]),
                           Text(0, x, y, [word[-1] for word in words], mono=True, size=13, bold=name == "kept",
                                color=style.WHITE if name == "kept" else style.for_text(style.GREY))]
        return [
            *layers, first,
            Line(1, [0.5, 6.5], [s["best"]] * 2, color=style.GREEN, dash="dashed", width=2, label="best of all",
                 key="best"),
            Line(1, np.arange(1, 7), s["found"], width=1.8),
            Points(1, np.arange(1, 7), s["found"], size=8, label=[f"width {k}: {fixed(total)}" for k, total in
                                                                enumerate(s["found"], 1)]),
            Points(1, width, s["log_probability"], size=13, color=style.DARK, label="this width", key="found"),
        ]

    def caption(self, s):
        text = lambda tokens: "".join(_named(s["characters"][k]) for k in tokens)
        found, best = text(s["sequence"]), text(s["best_sequence"])
        search = "Greedy search" if s["width"] == 1 else f"Width {s['width']}"
        answer = f"{search} finds {found} with ln p = {term(fixed(s['log_probability']), 'found')}"
        exact = s["model"] == self._MODELS[0]
        known = "the most probable of all" if exact else f"the best that width {self._WIDE} finds"
        if found == best:
            return f"{answer}: it is {known}."
        ratio = short(float(np.exp(s["best"] - s["log_probability"])), 2)
        return (f"{answer}. {known.capitalize()} is {term(best, 'best')} with {fixed(s['best'])}, {ratio} times as "
                "probable: its beginning did not look best.")

    def code(self):
        v = self.values
        if v["model"] == self._MODELS[0]:
            model = [f"lead = {v['lead']}",
                     "table = np.log([[0.1, lead, 0.9 - lead], [0.36, 0.32, 0.32], [0.05, 0.9, 0.05]])",
                     "step, state, start = lambda token, state: (table[token], state), None, 0"]
        else:
            model = ['run, state = writers.trained("lstm").last, None  # trained once a session',
                     'for character in "Ham.":', "    _, state = run.step(run.characters.index(character), state)",
                     'step, start = run.step, run.characters.index("\\n")']
        return "\n".join([
            "import numpy as np", "from course_lib import ops",
            "from course_lib.chapters.ch09_recurrent import writers", "", *model,
            f"sequence, log_probability = ops.beam_search(step, state, start, {v['length']}, {v['width']})",
            "print(sequence, log_probability)",
        ])
