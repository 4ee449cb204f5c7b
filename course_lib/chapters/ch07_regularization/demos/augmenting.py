"""A live figure of chapter 07: variants of a digit, and what a network that was trained on digits says of them."""

from functools import cache, lru_cache

import numpy as np

from course_lib import datasets, dense
from course_lib.viz import style
from course_lib.viz.figures import legend
from course_lib.viz.live import Bars, Demo, Handle, Image, Line, Menu, Slider, Text, term

_COLUMNS, _ROWS, _TRAINED, _VARIANTS = 4, 3, 300, 10


@cache
def _digits() -> datasets.Split:
    return datasets.digits8()


@lru_cache(maxsize=4)
def _network(changes, augmented):
    """A network trained on 300 digits, 40 times each as they are, or four times each of ten variants."""
    X, y, epochs = _digits().X_train[:_TRAINED], _digits().y_train[:_TRAINED], 40
    if augmented:
        X, y, epochs = np.tile(X, (_VARIANTS, 1)), np.tile(y, _VARIANTS), epochs // _VARIANTS
        X = datasets.augment(X.reshape(-1, 8, 8), 1, **dict(changes)).reshape(-1, 64)
    return dense.train((64, 32, 10), X.astype(np.float32), y, hidden="relu", loss="cross_entropy", rule="adam",
                       lr=0.003, batch_size=32, epochs=epochs)


class AugmentedDigit(Demo):
    """Variants of one digit, and the accuracy on all test digits that are varied likewise."""

    title = "Change only what leaves the label right"
    alt = ("First: a digit and eleven random variants of it, each with the answer of a trained network. Second: for "
           "each of the ten digits the share of varied test digits that the network has right, and of the unchanged "
           "ones as marks.")
    controls = (
        Slider("rotation", "Turned by up to", 0, 180, 5, 15, unit="degrees", ticks=(0, 45, 90, 135, 180)),
        Slider("shift", "Shifted by up to", 0.0, 0.5, 0.025, 0.1, unit="of the side", ticks=(0, 0.125, 0.25, 0.5)),
        Slider("digit", "Digit", 0, 9, 1, 2),
        Slider("shear", "Sheared by up to", 0.0, 1.0, 0.05, 0.0, unit="pixels a row", more=True),
        Slider("zoom", "Zoomed by up to", 0.0, 0.6, 0.05, 0.0, more=True),
        Slider("flip", "Half of them mirrored (1: yes)", 0, 1, 1, 0, more=True),
        Menu("training", "Network trained on", ("300 digits as they are", "3000 variants of them"),
             "300 digits as they are", more=True),
        Slider("draw", "Draw of the variants", 0, 30, 1, 0, more=True),
    )
    presets = {
        "Turned and shifted": {},
        "As they are": {"rotation": 0, "shift": 0.0},
        "Half of them mirrored": {"rotation": 0, "shift": 0.0, "flip": 1},
        "A pixel to each side": {"rotation": 0, "shift": 0.125},
        "The same, trained on it": {"rotation": 0, "shift": 0.125, "training": "3000 variants of them"},
        "A 6 or a 9?": {"rotation": 180, "shift": 0.0, "digit": 6},
    }
    panels = (
        ("A digit and what a network says", "", "", (0, _COLUMNS), (0, _ROWS)),
        ("Right among varied test digits", "digit", "share right", (-0.6, 9.6), (0, 1.3)),
    )
    widths = (1.0, 1.1)
    size = (800, 370)
    handles = (Handle(1, "the digit shown", click=True, at=lambda s: (s["digit"], s["right"][s["digit"]]),
                      move=lambda s, x, y: {"digit": round(x)}),)

    def background(self, axes, values):
        axes[0].axis("off")
        axes[1].set_xticks(range(10))
        axes[1].set_yticks(np.linspace(0, 1, 6))  # above 1 is only the legend
        axes[1].grid(axis="x", visible=False)
        legend(axes[1], {"unchanged digits": {"color": style.DARK, "linewidth": 2.4}})

    def state(self, rotation, shift, digit, shear, zoom, flip, training, draw):
        changes = {"shift": shift, "rotation": rotation, "shear": shear, "zoom": zoom, "flip": bool(flip)}
        augmented = training == "3000 variants of them"
        run = _network(tuple(changes.items()) if augmented else (), augmented)
        X, y = _digits().X_test, _digits().y_test
        one = X[np.flatnonzero(y == digit)[2]].reshape(1, 8, 8)  # of each digit the third is written plainly
        variants = datasets.augment(np.repeat(one, _COLUMNS * _ROWS, axis=0), draw, **changes)
        variants[0] = one
        varied = datasets.augment(X.reshape(-1, 8, 8), 100 + draw, **changes).reshape(-1, 64)
        hits, plain = run.predict(varied).argmax(axis=1) == y, run.predict(X).argmax(axis=1) == y
        return {"digit": digit, "changes": changes, "augmented": augmented, "variants": variants,
                "answers": run.predict(variants.reshape(-1, 64)).argmax(axis=1),
                "right": np.array([hits[y == c].mean() for c in range(10)]),
                "unchanged": np.array([plain[y == c].mean() for c in range(10)]),
                "accuracy": float(hits.mean()), "before": float(plain.mean())}

    def layers(self, state):
        row, column = np.divmod(np.arange(_COLUMNS * _ROWS), _COLUMNS)
        gap, top = 0.06, _ROWS - row
        layers = [Image(0, each[::-1], 0, 1, "gray", smooth=False, label="brightness",
                        extent=(c + gap, c + 1 - gap, t - 0.8, t - 0.02))
                  for each, c, t in zip(state["variants"], column, top, strict=True)]
        right = state["answers"] == state["digit"]
        for good, mark, color in ((True, "✓", style.BLUE), (False, "✗", style.RED)):
            if (right == good).any():
                layers.append(Text(0, column[right == good] + 0.5, top[right == good] - 0.9,
                                   [f"{answer} {mark}" for answer in state["answers"][right == good]], color=color,
                                   size=13, bold=True, key="answers"))
        at, chosen = np.arange(10), state["digit"]
        return [
            *layers,
            Bars(1, at, state["right"], width=0.7, color=[style.ORANGE if c == chosen else style.SKY for c in at],
                 label=[f"{c}: {100 * share:.0f} %" for c, share in enumerate(state["right"])], key="right"),
            *(Line(1, [c - 0.38, c + 0.38], [share] * 2, color=style.DARK, width=2.4, label="unchanged digits",
                   key="unchanged") for c, share in enumerate(state["unchanged"])),
        ]

    def caption(self, state):
        digit, seen = state["digit"], int(np.sum(state["answers"][1:] == state["digit"]))
        names = {"shift": "shifted", "rotation": "turned", "shear": "sheared", "zoom": "zoomed", "flip": "mirrored"}
        how = ", ".join(names[name] for name, size in state["changes"].items() if size)
        trained = "3000 variants of 300 digits" if state["augmented"] else "300 digits as they are"
        answers = term(f"{seen} of 11 variants of this {digit} right", "answers")
        after, before = (term(f"{100 * state[name]:.1f} %", key) for name, key in (("accuracy", "right"),
                                                                                  ("before", "unchanged")))
        text = f"Trained on {trained}, the network has {answers}; "
        if not how:
            return f"{text}of 360 unchanged test digits {after}."
        text += f"of 360 test digits, {how}, {after}, unchanged {before}."
        if state["changes"]["flip"]:
            worst = np.argsort(state["right"] - state["unchanged"], kind="stable")[:3]
            return f"{text} Most is lost with {worst[0]}, {worst[1]} and {worst[2]}."
        return text

    def code(self):
        v, augmented = self.values, self.current["augmented"]
        epochs = 4 if augmented else 40
        changes = ", ".join(f"{name}={size}" for name, size in self.current["changes"].items())
        more = ["X, y = np.tile(X, (10, 1, 1)), np.tile(y, 10)",
                "X = datasets.augment(X, 1, **changes).astype(np.float32)"] if augmented else []
        return "\n".join([
            "import numpy as np", "from course_lib import datasets, dense, ops", "",
            "digits = datasets.digits8()",
            "X, y = digits.X_train[:300].reshape(-1, 8, 8), digits.y_train[:300]",
            f"changes = dict({changes})",
            *more,
            'run = dense.train((64, 32, 10), X.reshape(-1, 64).astype(np.float32), y, hidden="relu",',
            f'                  loss="cross_entropy", rule="adam", lr=0.003, batch_size=32, epochs={epochs})',
            f"varied = datasets.augment(digits.X_test.reshape(-1, 8, 8), {100 + v['draw']}, **changes)",
            "accuracy = ops.accuracy(run.predict(varied.reshape(-1, 64)), digits.y_test)",
            "before = ops.accuracy(run.predict(digits.X_test), digits.y_test)",
            "print(accuracy, before)",
        ])
