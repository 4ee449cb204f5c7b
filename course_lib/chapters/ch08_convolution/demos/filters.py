"""Live figures of chapter 08: nine numbers of a kernel, its flip, and kernels for several channels."""

from functools import cache
from typing import ClassVar

import numpy as np

from course_lib import datasets, ops
from course_lib.viz import style
from course_lib.viz.live import Bars, Demo, Handle, Image, Line, Menu, Points, Slider, Text, term
from course_lib.viz.numbers import fixed, short


def _weight(value) -> str:
    """A weight in as few digits as its cell has room for."""
    return short(value, 3 if abs(value) >= 0.1 else 2)


def _frame(panel: int, left: float, right: float, bottom: float, top: float, **look) -> Line:
    return Line(panel, [left, right, right, left, left], [bottom, bottom, top, top, bottom], **look)


#: Where the first number of a kernel under the hand stands, and how far apart they stand; the image's side is 1.
_FIRST, _CELL = (1.16, 0.3), 0.2
_PLACES = [(row, column) for row in range(3) for column in range(3)]


class KernelEditor(Demo):
    """Nine numbers under the hand, and what they make of an image."""

    title = "Nine numbers decide what a filter sees"
    alt = ("First: a gray image and the nine numbers of the kernel, blue positive, orange negative. Second: the "
           "filtered image, in gray where the numbers add up to more than zero, else blue for positive and orange for "
           "negative sums.")
    _NAMES: ClassVar = {name.replace("_", " "): name for name in ops.KERNELS2D}
    _DIM = "blur of sum 0.85"
    controls = (
        Menu("kernel", "Kernel", (*_NAMES, _DIM), "vertical"),
        Menu("image", "Image", ("photograph", "digit", "step"), "photograph"),
        *(Slider(f"k{row}{column}", f"Added in row {row}, column {column}", -5.0, 5.0, 0.25, 0.0, more=True)
          for row, column in _PLACES),
    )
    presets = {
        "Vertical edges": {},
        "Horizontal edges": {"kernel": "horizontal"},
        "Sobel on a step": {"kernel": "sobel x", "image": "step"},
        "Sharpen": {"kernel": "sharpen"},
        "Gaussian blur": {"kernel": "gaussian blur"},
        "A blur that darkens": {"kernel": _DIM},
        "A digit, embossed": {"kernel": "emboss", "image": "digit"},
        "Sobel with 4 in the middle": {"kernel": "sobel x", "k11": 4.0},
    }
    panels = (
        ("Image and kernel: drag a number", "", "", (0, 1.66), (1, 0)),
        ("Filtered image", "", "", (0, 1), (1, 0)),
    )
    widths = (1.66, 1.0)
    pictures = (0, 1)
    size = (800, 324)
    handles = tuple(
        Handle(0, f"row {row}, column {column} of the kernel", turn=f"k{row}{column}",
               at=lambda s, place=(_FIRST[0] + _CELL * column, _FIRST[1] + _CELL * row): place)
        for row, column in _PLACES)
    _PRINTED = np.array([[0.05, 0.1, 0.05], [0.1, 0.25, 0.1], [0.05, 0.1, 0.05]])
    #: name -> (the pixels, the same as code)
    _IMAGES: ClassVar = {
        "photograph": (lambda: datasets.photograph()[60:188, 60:188] / 255,
                       "datasets.photograph()[60:188, 60:188] / 255"),
        "digit": (lambda: datasets.digits28().X_train[0] / 255, "datasets.digits28().X_train[0] / 255"),
        "step": (lambda: np.repeat([[0.9, 0.2]], 8, axis=1) * np.ones((16, 1)),
                 "np.repeat([[0.9, 0.2]], 8, axis=1) * np.ones((16, 1))"),
    }

    def background(self, axes, values):
        for ax in axes:
            ax.axis("off")

    def state(self, kernel, image, **added):
        pixels = self._IMAGES[image][0]()
        named = self._PRINTED if kernel == self._DIM else ops.KERNELS2D[self._NAMES[kernel]]
        weights = named + np.reshape(list(added.values()), (3, 3))
        response = ops.correlate2d(pixels, weights)
        total = float(weights.sum())
        return {"image": pixels, "kernel": weights, "response": response, "sum": total, "signed": total < 0.125,
                "full": max(0.05, float(np.quantile(np.abs(response), 0.99))),
                "before": float(pixels[1:-1, 1:-1].mean()), "after": float(response.mean())}

    def layers(self, state):
        image, kernel, response = state["image"], state["kernel"], state["response"]
        pixel = 1 / len(image)
        strength = max(1.0, np.abs(kernel).max())
        low, high, colors = 0.0, 1.0, "gray"
        if state["signed"]:
            low, high, colors = -state["full"], state["full"], "signed"
        down, across = np.indices((3, 3)).reshape(2, 9) * _CELL + np.reshape(_FIRST[::-1], (2, 1))
        left, top = (place - _CELL / 2 for place in _FIRST)
        smooth = len(image) > 30
        return [
            Image(0, image[::-1], 0, 1, "gray", extent=(0, 1, 1, 0), smooth=smooth, label="brightness"),
            Image(0, kernel[::-1], -1.6 * strength, 1.6 * strength, "signed", smooth=False, label="weight",
                  extent=(left, left + 3 * _CELL, top + 3 * _CELL, top)),
            _frame(0, left, left + 3 * _CELL, top, top + 3 * _CELL, color=style.GREY, width=1.2),
            Text(0, across, down, [_weight(value) for value in kernel.ravel()], size=12, room=_CELL, key="sum"),
            Image(1, response[::-1], low, high, colors, extent=(pixel, 1 - pixel, 1 - pixel, pixel), smooth=smooth,
                  label="response"),
            _frame(1, 0.004, 0.996, 0.004, 0.996, color=style.GREY, width=1.0, label="edge of the image"),
        ]

    def caption(self, state):
        total, before, after = state["sum"], state["before"], state["after"]
        mean = f"mean {fixed(before)} before, {fixed(after)} after"
        text = f"{term(f'Sum of the nine numbers {short(total)}', 'sum')}; {mean}. "
        if state["signed"]:
            flat = "gives 0, an edge does not" if abs(total) < 0.125 else "comes out negative"
            return (f"{text}An even area {flat}: blue positive, orange negative, full color from "
                    f"{short(state['full'], 2)} on.")
        if abs(total - 1) < 0.005:
            return f"{text}A sum of 1 keeps even areas as bright as they are."
        return f"{text}An even area comes out {short(total)} times as bright: only a sum of 1 keeps it."

    def code(self):
        rows = ",\n".join(f"                   {row.tolist()}" for row in self.current["kernel"]).strip()
        return "\n".join([
            "import numpy as np", f"from course_lib import {'datasets, ' * (self.values['image'] != 'step')}ops", "",
            f"image = {self._IMAGES[self.values['image']][1]}",
            f"kernel = np.array([{rows}])",
            "response = ops.correlate2d(image, kernel)",
            "before, after = image[1:-1, 1:-1].mean(), response.mean()",
            "print(kernel.sum(), before, after)",
        ])


class FlipOrNot(Demo):
    """A kernel laid on a signal, as it is or flipped: correlation and convolution."""

    title = "Flipped or not: the same only for a symmetric kernel"
    alt = ("First: a signal, beneath it the kernel laid at place t, beneath both their products. Second: the sum of "
           "the products at every place, for the kernel as it is and for the flipped one.")
    controls = (
        Slider("t", "Place t of the kernel's right end", 0, 11, 1, 5, play=True),
        Menu("flip", "Kernel laid on", ("as it is", "flipped"), "as it is"),
        Menu("kernel", "Kernel", ("ramp 1 2 3", "symmetric 1 2 1", "difference 1 0 −1", "echo 2 0 1"), "ramp 1 2 3"),
        Menu("signal", "Signal", ("one pulse", "two pulses", "step", "hill"), "one pulse", more=True),
    )
    presets = {
        "Correlation of a pulse": {},
        "Convolution of a pulse": {"flip": "flipped"},
        "Symmetric: no difference": {"kernel": "symmetric 1 2 1", "signal": "hill"},
        "Difference: the sign turns": {"kernel": "difference 1 0 −1", "signal": "step", "t": 6},
        "Echo after each pulse": {"kernel": "echo 2 0 1", "signal": "two pulses", "flip": "flipped"},
    }
    _KERNELS: ClassVar = {"ramp 1 2 3": [1.0, 2.0, 3.0], "symmetric 1 2 1": [1.0, 2.0, 1.0],
                          "difference 1 0 −1": [1.0, 0.0, -1.0], "echo 2 0 1": [2.0, 0.0, 1.0]}
    _SIGNALS: ClassVar = {"one pulse": [0.0, 0, 0, 0, 1, 0, 0, 0, 0, 0], "two pulses": [0.0, 0, 1, 0, 0, 0, 0, 1, 0, 0],
                          "step": [0.0, 0, 0, 0, 0, 1, 1, 1, 1, 1], "hill": [0.0, 0, 0.3, 0.7, 1, 0.8, 0.5, 0.2, 0, 0]}
    #: where signal, kernel and products stand, and how high a 1 is there
    _STRIPS = ((7.0, 2.2), (2.6, 1.0), (-2.6, 1.0))
    panels = (
        ("Signal g, kernel f, products", "place", "", (-2.8, 11.6), (-4.2, 10.4)),
        ("Sum of the products at every place", "place t of the kernel's right end", "sum", (-0.7, 11.7), (-1.6, 6.6)),
    )
    widths = (1.15, 1.0)
    size = (860, 390)
    handles = (
        Handle(0, "the kernel's right end, t", at=lambda s: (s["t"], 2.6), click=True,
               move=lambda s, x, y: {"t": round(x)}),
        Handle(1, "place t", at=lambda s: (s["t"], s["value"]), click=True, move=lambda s, x, y: {"t": round(x)}),
    )

    def background(self, axes, values):
        axes[0].set_xticks(range(-2, 12, 2))
        axes[0].set_yticks([base + 0.9 for base, _ in self._STRIPS], ["signal g", "kernel f", "products"])
        axes[0].tick_params(axis="y", length=0)
        axes[0].grid(axis="y", visible=False)
        axes[0].spines["left"].set_visible(False)
        for base, _ in self._STRIPS:
            axes[0].axhline(base, color=style.DARK, linewidth=0.8)
        axes[1].axhline(0, color=style.DARK, linewidth=0.8)
        axes[1].set_xticks(range(0, 12, 2))
        axes[1].plot([], [], color=style.ORANGE, linestyle="dashed", marker="s", label="as it is: correlation")
        axes[1].plot([], [], color=style.BLUE, marker="o", label="flipped: convolution")
        axes[1].legend(loc="upper left", borderpad=0.4)

    def state(self, t, flip, kernel, signal):
        f, g = np.array(self._KERNELS[kernel]), np.array(self._SIGNALS[signal])
        convolved, correlated = ops.convolve(f, g), ops.correlate(f, g)
        laid = f[::-1] if flip == "flipped" else f
        under = np.pad(g, 2)[t : t + 3]  # the signal is 0 elsewhere
        sums = convolved if flip == "flipped" else correlated
        return {"t": t, "flipped": flip == "flipped", "f": f, "g": g, "convolved": convolved, "correlated": correlated,
                "laid": laid, "under": under, "products": laid * under, "value": float(sums[t])}

    def layers(self, state):
        t, laid, products, flipped = state["t"], state["laid"], state["products"], state["flipped"]
        at = np.arange(t - 2, t + 3 - 2)
        (top, tall), (middle, unit), (low, small) = self._STRIPS
        name = "flipped kernel" if flipped else "kernel"
        places = np.arange(len(state["convolved"]))
        strong, faint = {"width": 2.6, "alpha": 1.0}, {"width": 1.6, "alpha": 0.7}
        one, other = (faint, strong) if flipped else (strong, faint)
        return [
            Bars(0, np.mean([at[0], at[-1]]), 10.3, color=style.GREY, width=3.0, base=-4.1, alpha=0.18),
            Bars(0, np.arange(len(state["g"])), top + tall * state["g"], color=style.SKY, width=0.7, base=top,
                 label=[f"g[{k}] = {short(value)}" for k, value in enumerate(state["g"])]),
            Bars(0, at, middle + unit * laid, color=style.sign_colors(laid), width=0.7, base=middle,
                 label=[f"{name}: {short(value)}" for value in laid]),
            Bars(0, at, low + small * products, color=style.sign_colors(products), width=0.7, base=low,
                 label=[f"product: {short(value)}" for value in products], key="sum"),
            Text(0, at, middle + unit * np.maximum(laid, 0) + 0.45, [short(value) for value in laid], size=12),
            Text(0, at, low + small * np.maximum(products, 0) + 0.45, [short(value) for value in products], size=12),
            Text(0, t - 1, 9.85, "flipped" if flipped else "as it is", size=12, bold=True),
            Line(1, places, state["correlated"], color=style.ORANGE, dash="dashed", label="as it is: correlation",
                 **one),
            Points(1, places, state["correlated"], color=style.ORANGE, marker="s", size=9 if not flipped else 6,
                   label="as it is: correlation"),
            Line(1, places, state["convolved"], label="flipped: convolution", **other),
            Points(1, places, state["convolved"], size=9 if flipped else 6, label="flipped: convolution"),
            Points(1, t, state["value"], color=style.GREEN, marker="D", size=13, edge=style.DARK, label="here",
                   key="sum"),
        ]

    def caption(self, state):
        def factor(value):
            return f"({short(value)})" if value < 0 else short(value)

        sums = " + ".join(f"{factor(w)}·{short(x)}" for w, x in zip(state["laid"], state["under"], strict=True))
        kind = "Convolution" if state["flipped"] else "Correlation"
        text = f"{kind}, t = {state['t']}: {sums} = {term(short(state['value']), 'sum')}. "
        differ = int(np.sum(~np.isclose(state["convolved"], state["correlated"])))
        if not differ:
            return f"{text}This kernel is its own mirror image: both agree at all {len(state['convolved'])} places."
        if np.allclose(state["convolved"], -state["correlated"]):
            return f"{text}Mirrored, this kernel is its own negative: the two differ in sign only."
        pulse = state["g"].sum() == 1 and state["g"].max() == 1
        shape = " From a single pulse, convolution gives the kernel, correlation its mirror image." if pulse else ""
        return f"{text}The two differ at {differ} of {len(state['convolved'])} places.{shape}"

    def code(self):
        t, name = self.values["t"], "convolved" if self.current["flipped"] else "correlated"
        return "\n".join([
            "import numpy as np", "from course_lib import ops", "",
            f"f, g = np.array({self.current['f'].tolist()}), np.array({self.current['g'].tolist()})",
            "convolved, correlated = ops.convolve(f, g), ops.correlate(f, g)",
            f"value = {name}[{t}]  # entry 0: the kernel's right end lies on g[0]",
            "print(convolved, correlated, value)",
        ])


class Channels(Demo):
    """One kernel a channel, their maps added: one filter, one map."""

    title = "A filter sums over all channels and gives one map"
    alt = ("First: the red, green and blue channel of a picture, beside each its kernel, and the map that the two "
           "give. Second: the sum of the three maps, which is the filter's one map, and below it in small the map of "
           "each filter.")
    controls = (
        Slider("filters", "Filters", 1, 6, 1, 3),
        Slider("shown", "Filter shown", 1, 6, 1, 1),
        Menu("red", "Red channel", ("on", "off"), "on", more=True),
        Menu("green", "Green channel", ("on", "off"), "on", more=True),
        Menu("blue", "Blue channel", ("on", "off"), "on", more=True),
        Slider("picture", "Picture", 0, 11, 1, 7, more=True),
    )
    presets = {
        "Vertical edges": {},
        "Red against green": {"filters": 3, "shown": 3},
        "Mean of the channels": {"filters": 4, "shown": 4},
        "Blue only": {"filters": 5, "shown": 5},
        "Blue only, blue off": {"filters": 5, "shown": 5, "blue": "off"},
        "Six filters, six maps": {"filters": 6, "shown": 2},
    }
    panels = (
        ("Each channel with its kernel", "", "", (-0.35, 3.05), (-0.05, 3.3)),
        ("Their sum, the map of this filter", "", "", (0, 6), (-1.45, 6)),
    )
    widths = (1.0, 0.8)
    pictures = (0, 1)
    size = (780, 430)
    _NAMES = ("red", "green", "blue")
    _KINDS = ("vertical edges", "horizontal edges", "red minus green", "the mean of all three", "blue alone",
              "spots of red")
    handles = (
        *(Handle(0, f"switch {name} {way}", press={name: way}, at=lambda s, k=k, name=name, way=way:
                 (0.45, 2.5 - k) if (name in s["off"]) == (way == "on") else None)
          for k, name in enumerate(_NAMES) for way in ("off", "on")),
        *(Handle(1, f"show filter {k}", press={"shown": k}, at=lambda s, k=k: (k - 0.5, -0.6) if k <= len(s["w"]) else
                 None) for k in range(1, 7)),
    )
    _BANK = ('K, none = ops.KERNELS2D, np.zeros((3, 3))\n'
             'bank = [[K["vertical"]] * 3, [K["horizontal"]] * 3, [K["identity"], -K["identity"], none],\n'
             '        [K["identity"] / 3] * 3, [none, none, K["identity"]], [K["laplacian"], none, none]]')

    @staticmethod
    def _bank():
        K, none = ops.KERNELS2D, np.zeros((3, 3))
        return [[K["vertical"]] * 3, [K["horizontal"]] * 3, [K["identity"], -K["identity"], none],
                [K["identity"] / 3] * 3, [none, none, K["identity"]], [K["laplacian"], none, none]]

    def background(self, axes, values):
        for ax in axes:
            ax.axis("off")

    def state(self, filters, shown, red, green, blue, picture):
        off = [name for name, way in zip(self._NAMES, (red, green, blue), strict=True) if way == "off"]
        x = _pictures()[picture] / 255
        x[[self._NAMES.index(name) for name in off]] = 0
        w = np.array(self._bank()[:filters])
        k = min(shown, filters) - 1
        maps = ops.conv2d_forward(x[None], w, None)[0][0]
        parts = np.concatenate([ops.conv2d_forward(x[None, [c]], w[[k]][:, [c]], None)[0][0] for c in range(3)])
        return {"x": x, "w": w, "maps": maps, "parts": parts, "k": k, "off": off}

    def layers(self, state):
        x, w, maps, parts, k = (state[name] for name in ("x", "w", "maps", "parts", "k"))
        strength = max(0.05, np.abs(parts).max(), np.abs(maps[k]).max())
        weights = max(1e-9, np.abs(w[k]).max())
        layers = []
        for c, name in enumerate(self._NAMES):
            low, high = 2 - c + 0.04, 3 - c - 0.04
            layers += [
                Image(0, x[c, ::-1], 0, 1, "gray", extent=(0.0, 0.92, low, high), smooth=False, label=name),
                Image(0, w[k, c, ::-1], -1.8 * weights, 1.8 * weights, "signed", smooth=False,
                      extent=(1.15, 1.85, low + 0.11, high - 0.11), label=f"weight for {name}"),
                Image(0, parts[c, ::-1], -strength, strength, "signed", extent=(2.1, 3.02, low, high), smooth=False,
                      label=f"{name} × kernel", key="parts"),
                Text(0, 1.5 + 0.233 * (np.arange(9) % 3 - 1), (low + high) / 2 - 0.233 * (np.arange(9) // 3 - 1),
                     [short(value, 2) for value in w[k, c].ravel()], size=11, room=0.233),
                Text(0, -0.3, (low + high) / 2, "off" if name in state["off"] else name[0].upper(), size=13, bold=True,
                     ha="left"),
            ]
        layers += [
            Text(0, [0.46, 1.5, 2.56], [3.14] * 3, ["channel", "kernel", "map"], size=12),
            Text(0, [1.03, 1.98] * 3, np.repeat([2.5, 1.5, 0.5], 2), ["∗", "="] * 3, size=15, bold=True),
            Image(1, maps[k, ::-1], -strength, strength, "signed", extent=(0.3, 5.7, 0.2, 5.95), smooth=False,
                  label=f"map of filter {k + 1}", key="parts"),
        ]
        for number, each in enumerate(maps):
            reach = max(0.05, np.abs(each).max())
            layers += [
                Image(1, each[::-1], -reach, reach, "signed", extent=(number + 0.06, number + 0.94, -1.05, -0.15),
                      smooth=False, label=f"map of filter {number + 1}"),
                Text(1, number + 0.5, -1.27, str(number + 1), size=12, bold=number == k),
            ]
        chosen = {"color": style.ORANGE, "width": 3.0, "label": "filter shown", "key": "chosen"}
        return [*layers, _frame(1, k + 0.02, k + 0.98, -1.09, -0.11, **chosen)]

    def caption(self, state):
        K, k, off = len(state["w"]), state["k"], state["off"]
        silent = f" Without {' and '.join(off)}, " + ("nothing is left to see." if not state["maps"][k].any() else
                                                      "the other terms stay as they were.") if off else ""
        return (f"{term(f'Filter {k + 1}: {self._KINDS[k]}', 'chosen')}. It has a kernel for each channel, and "
                f"{term('the three maps add up to one', 'parts')}.{silent} {K} filter{'s' * (K > 1)}, {K} map"
                f"{'s' * (K > 1)}: (3·3·3 + 1)·{K} = {28 * K} numbers with the biases.")

    def code(self):
        v, off = self.values, [self._NAMES.index(name) for name in self.current["off"]]
        return "\n".join([
            "import numpy as np", "from course_lib import datasets, ops", "",
            f"x = datasets.shapes(12, rng=3, classes=3)[0][{v['picture']}] / 255",
            *([f"x[{off}] = 0  # channels switched off"] if off else []),
            self._BANK,
            f"w = np.array(bank[:{v['filters']}])  # (K, C, 3, 3)",
            "maps = ops.conv2d_forward(x[None], w, None)[0][0]",
            f"k = {self.current['k']}",
            "parts = np.concatenate([ops.conv2d_forward(x[None, [c]], w[[k]][:, [c]], None)[0][0] for c in range(3)])",
            "print(maps.shape, abs(maps[k] - parts.sum(axis=0)).max())",
        ])


@cache
def _pictures():
    return datasets.shapes(12, rng=3, classes=3)[0]
