"""A live figure of chapter 08: a digit that is moved, turned and resized, read by LeNet-5 and by a dense network."""

from functools import cache, lru_cache
from typing import ClassVar

import numpy as np

from course_lib import datasets
from course_lib.chapters.ch08_convolution import experiments, readers
from course_lib.viz import style
from course_lib.viz.figures import legend
from course_lib.viz.live import Bars, Demo, Handle, Image, Line, Menu, Points, Slider, term

_MEASURED = 1000  # held-out digits behind each point of a curve
_LOOK = {"LeNet-5": {"color": style.BLUE, "dash": "solid"}, "dense": {"color": style.ORANGE, "dash": "dashed"}}


@cache
def _digits() -> datasets.Split:
    return datasets.digits28()


def _moved(images, dx: int = 0, dy: int = 0, rotation: float = 0.0, scale: float = 1.0):
    """Images (N, 28, 28) in shares of ink: turned and resized round the middle, then shifted."""
    images = np.asarray(images, np.float32) / 255
    if rotation or scale != 1:
        images = experiments.turned(images, rotation, scale)
    return experiments.shifted(images, dx, dy)


@lru_cache(maxsize=8)
def _curve(network: str, shift: int, kind: str) -> np.ndarray:
    """Accuracy on held-out digits for each amount of one change."""
    run = readers.trained(network, shift).last
    X, y = _digits().X_test[:_MEASURED], _digits().y_test[:_MEASURED]
    return np.array([run.evaluate(_moved(X, **{kind: amount}), y)[1] for amount in ShiftTest.AMOUNTS[kind]])


class ShiftTest(Demo):
    """One digit moved by hand, and how many of the held-out digits are still read when all are moved so."""

    title = "LeNet-5 tolerates small shifts, and no more"
    alt = ("First: a digit that can be moved. Second: the probabilities that LeNet-5 and a dense network give to each "
           "digit. Third: the accuracy of both on held-out digits against the size of a shift, a turn or a change of "
           "scale.")
    AMOUNTS: ClassVar = {"dx": range(-8, 9), "rotation": range(-90, 91, 10),
                         "scale": [round(0.4 + 0.1 * k, 1) for k in range(13)]}
    _KINDS: ClassVar = {"shift": "dx", "rotation": "rotation", "scale": "scale"}
    controls = (
        Slider("dx", "To the right", -8, 8, 1, 0, unit="pixels", ticks=(-8, -4, 0, 4, 8)),
        Menu("curve", "Accuracy against", ("shift", "rotation", "scale"), "shift"),
        Menu("training", "Both trained on", tuple(readers.TRAINED), "digits as they are"),
        Slider("dy", "Down", -8, 8, 1, 0, unit="pixels", more=True, ticks=(-8, -4, 0, 4, 8)),
        Slider("rotation", "Turned clockwise", -90, 90, 10, 0, unit="degrees", more=True, ticks=(-90, -45, 0, 45, 90)),
        Slider("scale", "Scale", 0.4, 1.6, 0.1, 1.0, more=True, ticks=(0.4, 1, 1.6)),
        Slider("digit", "Test digit number", 0, 1999, 1, 2, more=True, ticks=(0, 500, 1000, 1500, 1999)),
    )
    presets = {
        "As it is": {},
        "Three pixels": {"dx": 3},
        "Three, trained on moved digits": {"dx": 3, "training": f"digits moved by up to {readers.MOVED} pixels"},
        "Turned": {"rotation": 40, "curve": "rotation"},
        "Small": {"scale": 0.6, "curve": "scale"},
    }
    panels = (
        ("Drag the digit", "", "", (0, 28), (0, 28)),
        ("Two answers", "probability", "digit", (0, 1.02), (-0.6, 9.6)),
        ("Accuracy on 1,000 held-out digits", "", "accuracy", (-8, 8), (0, 1.03)),
    )
    widths = (225, 150, 271)
    pictures = (0,)
    size = (860, 303)
    background_depends = ("curve",)
    handles = (
        Handle(0, "the digit", click=True, at=lambda s: (14 + s["dx"], 14 - s["dy"]),
               move=lambda s, x, y: {"dx": x - 14, "dy": 14 - y}),
        Handle(2, "the amount", at=lambda s: (s["amount"], None), move=lambda s, x, y: {s["kind"]: x}),
    )

    def background(self, axes, values):
        axes[0].axis("off")
        axes[1].set_yticks(9 - np.arange(10), [str(k) for k in range(10)])
        axes[1].grid(axis="y", visible=False)
        limits, ticks, name = {
            "shift": ((-8.2, 8.2), range(-8, 9, 4), "shift to the right (pixels)"),
            "rotation": ((-92, 92), range(-90, 91, 45), "turn (degrees)"),
            "scale": ((0.38, 1.62), (0.4, 0.7, 1.0, 1.3, 1.6), "scale"),
        }[values["curve"]]
        axes[2].set(xlim=limits, xticks=ticks, xlabel=name)
        legend(axes[2], {label: {"color": look["color"], "linestyle": look["dash"], "linewidth": 2.4}
                         for label, look in _LOOK.items()}, "lower center", 2)

    def state(self, dx, curve, training, dy, rotation, scale, digit):
        kind, shift = self._KINDS[curve], readers.TRAINED[training]
        amount = {"dx": dx, "rotation": rotation, "scale": scale}[kind]
        x = _moved(_digits().X_test[digit:digit + 1], dx, dy, rotation, scale)
        amounts = np.array(self.AMOUNTS[kind], dtype=float)
        return {"x": x[0], "kind": kind, "amount": amount, "dx": dx, "dy": dy, "amounts": amounts,
                "answers": {name: readers.trained(name, shift).last.predict(x)[0] for name in _LOOK},
                "accuracy": {name: _curve(name, shift, kind) for name in _LOOK}, "label": int(_digits().y_test[digit]),
                "at": int(np.abs(amounts - amount).argmin()), "training": training}

    def layers(self, s):
        layers = [Image(0, s["x"][::-1], extent=(0, 28, 0, 28), label="ink", colors="gray", smooth=False),
                  Line(2, [s["amount"]] * 2, [0.17, 1.03], color=style.DARK, width=1.4, dash="dotted")]
        for name, offset in (("LeNet-5", 0.2), ("dense", -0.2)):
            color, shares, curve = _LOOK[name]["color"], s["answers"][name], s["accuracy"][name]
            layers += [
                Bars(1, 9 - np.arange(10) + offset, shares, color=color, horizontal=True, width=0.36, key=name,
                     label=[f"{name}, {k}: {100 * share:.1f} %" for k, share in enumerate(shares)]),
                Line(2, s["amounts"], curve, width=2.4, label=name, key=name, **_LOOK[name], ghost=True),
                Points(2, s["amount"], curve[s["at"]], color=color, size=10, label=name, key=name)]
        return layers

    def caption(self, s):
        words = []
        for name, shares in s["answers"].items():
            answer = int(shares.argmax())
            words.append(f"{term('LeNet' if name == 'LeNet-5' else 'the dense network', name)} reads {answer} with "
                         f"{100 * shares[answer]:.1f} %")
        pixels = "pixel" if abs(s["amount"]) == 1 else "pixels"
        how = {"dx": f"shifted by {s['amount']} {pixels}", "rotation": f"turned by {s['amount']} degrees",
               "scale": f"at scale {s['amount']:.1f}"}[s["kind"]].replace("-", "−")
        lenet, flat = (f"{100 * s['accuracy'][name][s['at']]:.1f} %" for name in _LOOK)
        return (f"This {s['label']}: {words[0]}, {words[1]}. Of {_MEASURED:,} held-out digits, all {how}, "
                f"LeNet reads {lenet}, the dense network {flat}. Both trained on {readers.LEARNED:,} {s['training']}.")

    def code(self):
        v, s = self.values, self.current
        shift = readers.TRAINED[v["training"]]
        kind, amount = s["kind"], s["amount"]
        move = {"dx": f"experiments.shifted(X, {amount})", "rotation": f"experiments.turned(X, {amount})",
                "scale": f"experiments.turned(X, 0, {amount})"}[kind]
        return "\n".join([
            "import numpy as np", "from course_lib import datasets",
            "from course_lib.chapters.ch08_convolution import experiments, readers", "",
            "digits = datasets.digits28()",
            f"X, y = digits.X_test[:{_MEASURED}] / np.float32(255), digits.y_test[:{_MEASURED}]",
            f"one = digits.X_test[{v['digit']}][None] / np.float32(255)",
            f"one = experiments.shifted(experiments.turned(one, {v['rotation']}, {v['scale']}), {v['dx']}, {v['dy']})",
            f"moved, answers = {move}, {{}}",
            'for name in ("LeNet-5", "dense"):',
            f"    run = readers.trained(name, {shift}).last  # trained once a session",
            "    answers[name] = run.predict(one)[0]",
            "    print(name, answers[name].argmax(), run.evaluate(moved, y)[1])",
        ])
