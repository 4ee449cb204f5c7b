"""Live figures of chapter 08: what pooling keeps, what moves along with an image, what fewer pixels lose."""

from functools import cache, lru_cache

import numpy as np

from course_lib import datasets, dense, ops
from course_lib.viz import style
from course_lib.viz.live import Bars, Demo, Handle, Image, Line, Menu, Points, Slider, Text, term
from course_lib.viz.numbers import fixed


@cache
def _canvas(image):
    """An image in [0, 1] on a larger ground, so that it can be moved by 8 pixels to each side."""
    if image == "photograph":
        return datasets.photograph()[60:124, 130:194] / 255
    if image == "edge":
        return np.repeat((np.arange(44) >= 22).astype(float)[None], 44, axis=0)
    digits = datasets.digits28()
    return np.pad(digits.X_test[np.flatnonzero(digits.y_test == 3)[0]] / 255, 8)


def _moved(image, shift):
    """The inner part of a canvas, its contents `shift` pixels to the right."""
    canvas = _canvas(image)
    return canvas[8:-8, 8 - shift : canvas.shape[1] - 8 - shift]


_POOLS = {"maximum": ops.maxpool2d_forward, "average": ops.avgpool2d_forward, "L2 norm": ops.l2pool2d_forward}
_CANVAS_CODE = {
    "digit": ["digits = datasets.digits28()",
              "canvas = np.pad(digits.X_test[np.flatnonzero(digits.y_test == 3)[0]] / 255, 8)"],
    "photograph": ["canvas = datasets.photograph()[60:124, 130:194] / 255"],
    "edge": ["canvas = np.repeat((np.arange(44) >= 22.0)[None], 44, axis=0)"],
}


def _framed(ax):
    """A panel for an image, whose border may have the color of the page."""
    ax.set(xticks=[], yticks=[])
    ax.grid(visible=False)
    ax.spines[:].set_visible(True)


class Pooling(Demo):
    """An image before and after pooling, and how much of either changes when the image moves."""

    title = "Pooling tolerates small shifts, up to a point"
    alt = ("First: an image, moved to the right by some pixels. Second: the same image after pooling. Third: for each "
           "shift how far the image, and the pooled image, is from that in its first place, in percent of its length.")
    controls = (
        Menu("kind", "Pooling", tuple(_POOLS), "maximum"),
        Slider("window", "Side of the window", 1, 7, 1, 2, unit="pixels"),
        Slider("shift", "Image moved to the right by", 0, 8, 1, 1, unit="pixels"),
        Slider("stride", "Stride", 1, 7, 1, 2, unit="pixels", more=True),
        Menu("image", "Image", ("digit", "photograph", "edge"), "digit", more=True),
    )
    presets = {
        "Maximum of 2 × 2": {},
        "Average of 2 × 2": {"kind": "average"},
        "Windows of 4 × 4": {"window": 4, "stride": 4},
        "Overlapping, 3 × 3": {"window": 3},
        "Photograph": {"image": "photograph", "window": 4, "stride": 4},
        "An edge stays in its window": {"image": "edge", "window": 4, "stride": 4},
        "An edge crosses over": {"image": "edge", "window": 4, "stride": 4, "shift": 2},
        "The same, average": {"image": "edge", "kind": "average", "window": 4, "stride": 4, "shift": 2},
    }
    panels = (
        ("Image", "", "", (0, 1), (0, 1)),
        ("After pooling", "", "", (0, 1), (0, 1)),
        ("Changed by the shift", "shift in pixels", "length of the change (%)", (-0.4, 8.4), (0, 150)),
    )
    widths = (215, 215, 216)
    pictures = (0, 1)
    size = (860, 293)
    background_depends = ("image",)
    handles = (Handle(2, "the shift", click=True, at=lambda s: (s["shift"], s["outputs"][s["shift"]]),
                      move=lambda s, x, y: {"shift": round(x)}),)
    _NOTICED, _TOPS = 0.1, {"digit": 150, "photograph": 40, "edge": 100}

    def background(self, axes, values):
        for ax in axes[:2]:
            _framed(ax)
        axes[2].set_ylim(0, self._TOPS[values["image"]])
        axes[2].plot([], [], color=style.GREY, linestyle="dashed", marker="s", markersize=4, label="pixels")
        axes[2].plot([], [], color=style.BLUE, marker="o", markersize=4, label="outputs")
        axes[2].legend(loc="upper left", ncols=2, columnspacing=0.9, handlelength=1.8)

    def state(self, kind, window, shift, stride, image):
        before = np.array([_moved(image, each) for each in range(9)])
        after, _ = _POOLS[kind](before[:, None], window, stride)
        scale = window if kind == "L2 norm" else 1  # the norm of a window of ones
        pixels, outputs = (100 * np.linalg.norm(maps - maps[0], axis=(1, 2)) / np.linalg.norm(maps[0])
                           for maps in (before, after[:, 0]))
        changed = 100 * np.mean(np.abs(after - after[0]) > self._NOTICED * scale, axis=(1, 2, 3))
        return {"kind": kind, "window": window, "shift": shift, "stride": stride, "image": image,
                "before": before[shift], "after": after[shift, 0], "scale": scale, "pixels": pixels,
                "outputs": outputs, "changed": changed,
                "brightness": (before[shift].mean(), after[shift].mean() / scale)}

    def layers(self, state):
        at, box, shift = np.arange(9), (0, 1, 0, 1), state["shift"]
        return [
            Image(0, state["before"][::-1], 0, 1, "gray", extent=box, smooth=False, label="brightness"),
            Image(1, state["after"][::-1], 0, state["scale"], "gray", extent=box, smooth=False, label="output"),
            Line(2, at, state["pixels"], color=style.GREY, width=1.6, dash="dashed", key="pixels"),
            Points(2, at, state["pixels"], color=style.GREY, marker="s", size=7, key="pixels",
                   label=[f"the image: {share:.0f} %" for share in state["pixels"]]),
            Line(2, at, state["outputs"], width=2.2, key="outputs", ghost=True),
            Points(2, at, state["outputs"], size=8, key="outputs",
                   label=[f"the pooled image: {share:.0f} %" for share in state["outputs"]]),
            Line(2, [shift, shift], [0, 0.85 * self._TOPS[state["image"]]], color=style.DARK, width=1.2),
        ]

    def caption(self, state):
        rows, columns = state["after"].shape
        shift, before = state["shift"], state["before"].shape
        head = (f"{state['kind'].capitalize()} of {state['window']} × {state['window']}, stride {state['stride']}: "
                f"{before[0]} × {before[1]} pixels become {rows} × {columns} outputs; mean "
                f"{fixed(state['brightness'][0])} becomes {fixed(state['brightness'][1])}.")
        if shift == 0:
            return f"{head} Move the image to see what changes."
        words = f"{shift} pixel{'s' * (shift > 1)}"
        pixels, outputs = (term(f"{state[name][shift]:.0f} %", name) for name in ("pixels", "outputs"))
        return (f"{head} Moved by {words}: {state['changed'][shift]:.0f} % of the outputs change by more than a tenth; "
                f"by length the image changes by {pixels}, the pooled one by {outputs}.")

    def code(self):
        v, scale = self.values, self.current["scale"]
        return "\n".join([
            "import numpy as np", "from course_lib import datasets, ops", "", *_CANVAS_CODE[v["image"]],
            "side = len(canvas) - 16",
            "x = np.array([[canvas[8:-8, 8 - shift:8 - shift + side]] for shift in range(9)], float)",
            f"pooled, _ = ops.{_POOLS[v['kind']].__name__}(x, {v['window']}, {v['stride']})",
            f"before, after = x[{v['shift']}, 0], pooled[{v['shift']}, 0]",
            "pixels, outputs = [100 * np.linalg.norm(maps - maps[0], axis=(2, 3))[:, 0] / np.linalg.norm(maps[0])",
            "                   for maps in (x, pooled)]",
            f"changed = 100 * np.mean(np.abs(pooled - pooled[0]) > {self._NOTICED * scale}, axis=(1, 2, 3))",
            "print(pixels, outputs, changed)",
        ])


class Equivariance(Demo):
    """Move or turn the image first and convolve then, or the other way round."""

    title = "A convolution follows a shift, not a turn"
    alt = ("First: the response to the moved and turned image. Second: the response to the image, moved and turned "
           "likewise. Third: the difference of the two.")
    controls = (
        Slider("dx", "Moved to the right by", -6, 6, 1, 3, unit="pixels", ticks=(-6, 0, 6)),
        Slider("dy", "Moved up by", -6, 6, 1, 2, unit="pixels", ticks=(-6, 0, 6)),
        Slider("angle", "Turned by", 0, 270, 90, 0, unit="degrees", ticks=(0, 90, 180, 270)),
        Menu("kernel", "Filter", ("vertical", "sobel_x", "laplacian", "gaussian_blur", "emboss"), "sobel_x",
             more=True),
        Slider("pool", "Maximum of so many pixels after it", 1, 4, 1, 1, more=True),
        Slider("digit", "Digit", 0, 9, 1, 4, more=True),
    )
    presets = {
        "A shift": {},
        "A quarter turn": {"dx": 0, "dy": 0, "angle": 90},
        "A quarter turn, symmetric filter": {"dx": 0, "dy": 0, "angle": 90, "kernel": "laplacian"},
        "Pooled, shift of 2": {"dx": 2, "dy": 0, "pool": 2},
        "Pooled, shift of 1": {"dx": 1, "dy": 0, "pool": 2},
    }
    panels = (
        ("Move and turn, then filter", "", "", (0, 1), (0, 1)),
        ("Filter, then move and turn", "", "", (0, 1), (0, 1)),
        ("Difference", "", "", (0, 1), (0, 1)),
    )
    pictures = (0, 1, 2)
    size = (840, 287)
    handles = (Handle(0, "the image", at=lambda s: (0.5 + s["dx"] / _SIDE, 0.5 + s["dy"] / _SIDE),
                      move=lambda s, x, y: {"dx": _SIDE * (x - 0.5), "dy": _SIDE * (y - 0.5)}),)

    def background(self, axes, values):
        for ax in axes:
            _framed(ax)

    @staticmethod
    def _changed(image, dx, dy, angle):
        return np.roll(np.rot90(image, angle // 90), (-dy, dx), (0, 1))

    @staticmethod
    def _response(image, kernel, pool):
        out, _ = ops.conv2d_forward(image[None, None], ops.KERNELS2D[kernel][None, None], None, pad="same")
        return ops.maxpool2d_forward(out, pool)[0][0, 0]

    def state(self, dx, dy, angle, kernel, pool, digit):
        image = _on_black(digit)
        first = self._response(self._changed(image, dx, dy, angle), kernel, pool)
        steps = [int(np.trunc(d / pool)) for d in (dx, dy)]
        then = self._changed(self._response(image, kernel, pool), *steps, angle)
        difference = first - then
        return {"dx": dx, "dy": dy, "angle": angle, "kernel": kernel, "pool": pool, "first": first, "then": then,
                "difference": difference, "steps": steps,
                "share": float(100 * np.linalg.norm(difference) / np.linalg.norm(then))}

    def layers(self, state):
        top, box = max(float(np.abs(state[name]).max()) for name in ("first", "then")), (0, 1, 0, 1)
        layers = [Text(2, 0.5, 0.5, "zero everywhere", size=13)] if state["share"] < 1e-9 else []
        return [Image(panel, state[name][::-1], -top, top, "signed", extent=box, smooth=False, label=words)
                for panel, (name, words) in enumerate((("first", "response"), ("then", "response"),
                                                       ("difference", "difference")))] + layers

    def caption(self, state):
        how = [f"moved by ({state['dx']}, {state['dy']})".replace("-", "−")] * bool(state["dx"] or state["dy"])
        how += [f"turned by {state['angle']} degrees"] * bool(state["angle"])
        head = f"{state['kernel']}, {' and '.join(how) or 'neither moved nor turned'}: the responses differ by "
        head += f"{state['share']:.0f} % of their length."
        pool = state["pool"]
        if pool > 1:
            exact = state["dx"] % pool == 0 and state["dy"] % pool == 0
            moved = "({}, {})".format(*state["steps"]).replace("-", "−")
            head += f" The pooled response is moved by {moved} of its pixels, of {pool} image pixels each"
            return head + (": exact." if exact else "; the remainder falls between them.")
        if not state["angle"]:
            return head + " Each pixel sees the same window as before, elsewhere."
        return head + (" The filter is not turned with the image." if state["share"] > 1e-9 else
                       " The turned filter is the filter itself.")

    def code(self):
        v, (right, up) = self.values, self.current["steps"]
        turns = v["angle"] // 90
        return "\n".join([
            "import numpy as np", "from course_lib import datasets, ops", "",
            "digits = datasets.digits28()",
            f"image = np.pad(digits.X_test[np.flatnonzero(digits.y_test == {v['digit']})[0]] / 255, 10)",
            f"w = ops.KERNELS2D[{v['kernel']!r}][None, None]",
            "def response(x):",
            '    out, _ = ops.conv2d_forward(x[None, None], w, None, pad="same")',
            f"    return ops.maxpool2d_forward(out, {v['pool']})[0][0, 0]",
            f"first = response(np.roll(np.rot90(image, {turns}), ({-v['dy']}, {v['dx']}), (0, 1)))",
            f"then = np.roll(np.rot90(response(image), {turns}), ({-up}, {right}), (0, 1))",
            "difference = first - then",
            "print(np.abs(difference).max())",
        ])


_SIDE = 48


@cache
def _on_black(digit):
    """A test digit in the middle of 48 x 48 pixels."""
    digits = datasets.digits28()
    return np.pad(digits.X_test[np.flatnonzero(digits.y_test == digit)[0]] / 255, (_SIDE - 28) // 2)


@lru_cache(maxsize=32)
def _shrunk(side):
    """1,000 training and 2,000 test digits as averages over regions, side x side: rows in float32."""
    images = (np.float32(X[:, None]) / np.float32(255) for X in datasets.digits28(1000)[:2])
    return [ops.adaptive_avgpool2d_forward(x, (side, side))[0].reshape(len(x), -1) for x in images]


@lru_cache(maxsize=64)
def _trained(side, hidden):
    """A dense network trained on digits of this size: the probabilities of all test digits."""
    X, X_test = _shrunk(side)
    sizes = (side * side, hidden, 10) if hidden else (side * side, 10)
    run = dense.train(sizes, X, datasets.digits28(1000).y_train, hidden="relu", loss="cross_entropy", rule="adam",
                      lr=0.01, batch_size=50, epochs=10)
    return run.predict(X_test)


class PixelResolution(Demo):
    """Digits with fewer and fewer pixels, and a dense network trained anew on each size."""

    title = "A quarter of the pixels is enough, a fiftieth is not"
    alt = ("First: a digit at the chosen number of pixels. Second: the share of 2,000 test digits that a dense network "
           "has right which was trained on 1,000 digits of that size, for all sizes. Third: the probabilities that it "
           "gives for the digit shown.")
    controls = (
        Slider("side", "Side of the image", 2, 28, 1, 14, unit="pixels", ticks=(2, 7, 14, 28)),
        Slider("digit", "Digit", 0, 9, 1, 3),
        Menu("net", "Network", ("16 hidden units", "no hidden layer"), "16 hidden units", more=True),
    )
    presets = {"28 × 28": {"side": 28}, "14 × 14": {}, "7 × 7": {"side": 7}, "4 × 4": {"side": 4},
               "2 × 2": {"side": 2}}
    panels = (
        ("Digit", "", "", (0, 1), (0, 1)),
        ("Accuracy of nets trained on each size", "side in pixels", "share right of 2,000", (0, 30), (0, 1.05)),
        ("Answer for this digit", "digit", "probability", (-0.6, 9.6), (0, 1.05)),
    )
    widths = (242, 228, 176)
    pictures = (0,)
    size = (860, 320)
    handles = (Handle(1, "the side", click=True, at=lambda s: (s["side"], s["accuracy"]),
                      move=lambda s, x, y: {"side": round(x)}),)
    _CURVE = (2, 3, 4, 5, 6, 7, 8, 10, 12, 14, 17, 20, 24, 28)
    _HIDDEN = {"16 hidden units": 16, "no hidden layer": 0}

    def background(self, axes, values):
        axes[0].axis("off")
        axes[1].set_xticks([2, 7, 14, 21, 28])
        axes[1].axhline(0.1, color=style.GREY, linewidth=1.2, linestyle="dotted")
        axes[2].set_xticks(range(10))
        axes[2].grid(axis="x", visible=False)

    @classmethod
    @cache
    def _accuracies(cls, hidden):
        y = datasets.digits28(1000).y_test
        return np.array([ops.accuracy(_trained(each, hidden), y) for each in cls._CURVE])

    def state(self, side, digit, net):
        hidden, y = self._HIDDEN[net], datasets.digits28(1000).y_test
        probabilities, shown = _trained(side, hidden), int(np.flatnonzero(y == digit)[0])
        return {"side": side, "digit": digit, "hidden": hidden, "image": _shrunk(side)[1][shown].reshape(side, side),
                "accuracy": float(ops.accuracy(probabilities, y)), "answer": probabilities[shown],
                "curve": self._accuracies(hidden)}

    def layers(self, state):
        digit, at = state["digit"], np.arange(10)
        return [
            Image(0, state["image"][::-1], 0, 1, "gray", extent=(0, 1, 0, 1), smooth=False, label="brightness"),
            Line(1, self._CURVE, state["curve"], width=2.2, label="share right"),
            Points(1, state["side"], state["accuracy"], color=style.ORANGE, marker="D", size=10, key="accuracy",
                   label="share right"),
            Text(1, 29, 0.14, "guessing", size=11, ha="right"),
            Bars(2, at, state["answer"], width=0.7, color=[style.ORANGE if c == digit else style.SKY for c in at],
                 label=[f"{c}: {share:.3f}" for c, share in enumerate(state["answer"])],
                 key=["answer" if c == digit else "" for c in at]),
        ]

    def caption(self, state):
        side, answer = state["side"], state["answer"]
        right = term(f"{100 * state['accuracy']:.1f} % of 2,000 test digits", "accuracy")
        says = term(f"probability {fixed(answer[state['digit']])}", "answer")
        best = int(answer.argmax())
        text = (f"{side} × {side} = {side * side} numbers a digit. Trained on 1,000 of them, the net has {right} "
                f"right. It gives this {state['digit']} {says}")
        return f"{text}." if best == state["digit"] else f"{text} and takes it for a {best}."

    def code(self):
        side, hidden = self.values["side"], self.current["hidden"]
        return "\n".join([
            "import numpy as np", "from course_lib import datasets, dense, ops", "",
            "digits = datasets.digits28(1000)",
            "X, X_test = [ops.adaptive_avgpool2d_forward(np.float32(each[:, None]) / np.float32(255), "
            f"({side}, {side}))[0]",
            "             for each in (digits.X_train, digits.X_test)]",
            f"run = dense.train(({side * side}, {f'{hidden}, ' if hidden else ''}10), X.reshape(1000, -1), "
            'digits.y_train, hidden="relu",',
            '                  loss="cross_entropy", rule="adam", lr=0.01, batch_size=50, epochs=10)',
            "probabilities = run.predict(X_test.reshape(2000, -1))",
            "accuracy = ops.accuracy(probabilities, digits.y_test)",
            f"shown = np.flatnonzero(digits.y_test == {self.values['digit']})[0]",
            "image, answer = X_test[shown, 0], probabilities[shown]",
            "print(accuracy, answer)",
        ])
