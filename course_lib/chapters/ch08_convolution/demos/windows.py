"""Live figures of chapter 08: the sliding window, how many places it has, and what stands beyond the border.

Pixel (i, j) lies at x = j, y = i, and y grows downward, as rows of a matrix do.
"""

from typing import ClassVar

import numpy as np

from course_lib import datasets, ops
from course_lib.viz import style
from course_lib.viz.live import Bars, Demo, Handle, Image, Line, Menu, Points, Slider, Text, term
from course_lib.viz.numbers import fixed, short


def _number(value, places: int = 2) -> str:
    """A whole number without decimals, any other with so many."""
    return fixed(value, 0 if np.isclose(value, np.round(value)) else places)


def _count(number: int, name: str) -> str:
    return f"{number} {name}{'' if number == 1 else 's'}"


def _boxes(panel: int, x, y, side: float = 1.0, **look) -> Line:
    """Outlines of squares round (x, y)."""
    corners = side / 2 * np.array([[-1, -1], [1, -1], [1, 1], [-1, 1], [-1, -1], [np.nan, np.nan]])
    places = np.column_stack([np.ravel(x), np.ravel(y)])[:, None] + corners
    return Line(panel, *places.reshape(-1, 2).T, **look)


def _rectangle(panel: int, left: float, right: float, top: float, bottom: float, **look) -> Line:
    return Line(panel, [left, right, right, left, left], [top, top, bottom, bottom, top], **look)


def _matrix(panel: int, values, low: float, high: float, colors: str, first: float = 0.0, side: float = 1.0,
            **look) -> Image:
    """A matrix whose entry (0, 0) lies at (first, first), its cells `side` wide."""
    rows, columns = np.shape(values)
    edge = first - side / 2
    return Image(panel, values[::-1], low, high, colors, smooth=False,
                 extent=(edge, edge + columns * side, edge + rows * side, edge), **look)


def _entries(panel: int, values, first: float = 0.0, side: float = 1.0, **look) -> Text:
    """The entries of that matrix as numbers."""
    rows, columns = np.indices(np.shape(values)) * side + first
    words = [_number(value, 1 if abs(value) < 10 else 0) for value in np.ravel(values)]
    return Text(panel, columns.ravel(), rows.ravel(), words, room=side, **look)


def _picture_axes(ax, ticks) -> None:
    """Numbers of rows and columns, and no lines."""
    ax.set_xticks(ticks)
    ax.set_yticks(ticks)
    ax.tick_params(length=0)
    ax.grid(visible=False)
    ax.spines[:].set_visible(False)


def _seen_by(outputs: int, pixels: int, stride: int = 1, dilation: int = 1) -> np.ndarray:
    """(outputs, pixels): which pixels, border included, the windows of three cover along one axis."""
    taps = stride * np.arange(outputs)[:, None] + dilation * np.arange(3)
    return (taps[:, :, None] == np.arange(pixels)).any(axis=1)


class SlidingWindow(Demo):
    """One output pixel after the other: nine pixels times nine weights, added up."""

    title = "Each output pixel is one sum of products"
    alt = ("First: an image of six by six numbers with its border of zeros and the nine pixels under the window. "
           "Second: each of the nine pixels times its weight, and their sum. Third: the output, drawn where the "
           "window's center lies in the image.")
    controls = (
        Slider("stride", "Stride", 1, 3, 1, 1),
        Slider("pad", "Padding", 0, 2, 1, 0, unit="pixels"),
        Slider("dilation", "Dilation", 1, 2, 1, 1),
        Slider("row", "Row i of the output", 0, 7, 1, 0, more=True),
        Slider("column", "Column j of the output", 0, 7, 1, 1, more=True),
        Menu("kernel", "Kernel", ("vertical", "horizontal", "sobel x", "sobel y", "laplacian", "sharpen", "box blur",
                                  "emboss", "identity"), "vertical", more=True),
        Menu("flip", "Kernel laid on", ("as it is", "flipped"), "as it is", more=True),
        Menu("image", "Image", ("six rows", "step", "two blocks", "digit"), "six rows", more=True),
    )
    presets = {
        "By hand": {},
        "Same size: padding 1": {"pad": 1, "row": 2, "column": 2},
        "Stride 2": {"stride": 2, "row": 1, "column": 0},
        "Dilation 2": {"dilation": 2, "row": 0, "column": 0},
        "A step, 20 to 0": {"image": "step", "row": 1, "column": 1},
        "Two blocks, horizontal edges": {"image": "two blocks", "kernel": "horizontal", "row": 1, "column": 0},
        "The same kernel, flipped": {"flip": "flipped"},
        "A digit, Sobel": {"image": "digit", "kernel": "sobel x", "pad": 1, "row": 3, "column": 2},
    }
    _VIEW = ((-2.6, 7.6), (7.6, -2.6))
    panels = (
        ("Image, border and window", "column", "row", *_VIEW),
        ("Pixel × weight, added up", "", "", (-0.55, 2.55), (3.1, -0.55)),
        ("Output, at the window's centers", "column", "row", *_VIEW),
    )
    widths = (1.15, 0.95, 1.15)
    pictures = (0, 1, 2)
    size = (890, 310)
    handles = tuple(  # beside the number of the pixel
        Handle(panel, label, click=True, at=lambda s: (s["center"][1] + 0.42, s["center"][0] + 0.42),
               move=lambda s, x, y: dict(zip(("row", "column"), s["place"](y, x), strict=True)))
        for panel, label in ((0, "the window"), (2, "the output pixel"))
    )
    #: name -> (the pixels, the same as code)
    _IMAGES: ClassVar = {
        "six rows": (lambda: np.array([list(row) for row in "135261 702413 513627 243001 173921 362410".split()], "f8"),
                     'np.array([list(row) for row in "135261 702413 513627 243001 173921 362410".split()], "f8")'),
        "step": (lambda: np.tile([20.0, 20, 20, 0, 0, 0], (6, 1)), "np.tile([20.0, 20, 20, 0, 0, 0], (6, 1))"),
        "two blocks": (lambda: np.kron([[20.0, 0], [0, 20]], np.ones((3, 3))),
                       "np.kron([[20.0, 0], [0, 20]], np.ones((3, 3)))"),
        "digit": (lambda: 16 * datasets.digits8().X_train[3].reshape(8, 8)[:6, 1:7],
                  "16 * datasets.digits8().X_train[3].reshape(8, 8)[:6, 1:7]"),
    }

    def background(self, axes, values):
        for ax in (axes[0], axes[2]):
            _picture_axes(ax, range(6))
        axes[1].axis("off")

    def state(self, stride, pad, dilation, row, column, kernel, flip, image):
        pixels, weights = self._IMAGES[image][0](), ops.KERNELS2D[kernel.replace(" ", "_")]
        if flip == "flipped":
            weights = weights[::-1, ::-1]
        out, _ = ops.conv2d_forward(pixels[None, None], weights[None, None], None, stride, pad, dilation)
        out = out[0, 0]
        last = len(out) - 1
        row, column = min(row, last), min(column, last)
        padded = ops.pad_images(pixels[None, None], pad)[0, 0]
        taps = dilation * np.arange(3)
        rows, columns = row * stride + taps, column * stride + taps  # in the padded image
        seen = padded[np.ix_(rows, columns)]
        first = dilation - pad  # where the center of the first window lies
        return {"image": pixels, "kernel": weights, "out": out, "padded": padded, "seen": seen,
                "products": seen * weights, "value": out[row, column], "at": (row, column), "stride": stride,
                "pad": pad, "taps": (rows - pad, columns - pad), "first": first,
                "center": (first + row * stride, first + column * stride),
                "place": lambda *there: [min(max(round((c - first) / stride), 0), last) for c in there]}

    def layers(self, state):
        image, out, pad, stride, first = (state[name] for name in ("image", "out", "pad", "stride", "first"))
        rows, columns = np.meshgrid(*state["taps"], indexing="ij")
        products, strength = state["products"], max(1.0, np.abs(state["products"]).max())
        at_row, at_column = np.indices((3, 3))
        words = [f"{_number(x)} × {_number(w)}"
                 for x, w in zip(state["seen"].ravel(), state["kernel"].ravel(), strict=True)]
        bright = max(1.0, np.abs(out).max())
        orange = {"color": style.ORANGE, "width": 3.0, "key": "window"}
        seen = _seen_by(len(out), len(state["padded"]), stride, state["taps"][0][1] - state["taps"][0][0])
        return [
            _matrix(0, state["padded"], 0, 2.2 * image.max(), "heat", first=-pad, start=-pad, label="pixel",
                    cells="pixel"),
            _rectangle(0, -0.5, 5.5, -0.5, 5.5, color=style.DARK, width=1.6, label="edge of the image"),
            _entries(0, state["padded"], first=-pad, size=12),
            _boxes(0, columns, rows, 0.92, label="pixels under the window", **orange),
            _matrix(1, products, -2 * strength, 2 * strength, "signed", label="pixel × weight"),
            Text(1, at_column.ravel(), at_row.ravel() - 0.16, words, size=12),
            Text(1, at_column.ravel(), at_row.ravel() + 0.2, [f"= {_number(p)}" for p in products.ravel()], size=12,
                 bold=True),
            Text(1, 1.0, 2.82, f"sum = {_number(state['value'])}", size=15, bold=True, key="window"),
            _matrix(2, out, -2 * bright, 2 * bright, "signed", first, stride, label="output", cells="output",
                    sees={"pixel": (seen, seen)}),
            _entries(2, out, first, stride, size=11),
            _rectangle(2, -0.5, 5.5, -0.5, 5.5, color=style.GREY, width=1.2, dash="dashed", label="edge of the image"),
            _boxes(2, state["center"][1], state["center"][0], stride - 0.08, label="this output pixel", **orange),
        ]

    def caption(self, state):
        (row, column), pad, stride = state["at"], state["pad"], state["stride"]
        side, span = len(state["out"]), 1 + 2 * (state["taps"][0][1] - state["taps"][0][0])
        outside = sum(not (0 <= i < 6 and 0 <= j < 6) for i in state["taps"][0] for j in state["taps"][1])
        here = term(f"out[{row}, {column}] = {_number(state['value'])}", "window")
        text = f"{here}, the sum of nine products with one kernel that is the same everywhere. "
        text += f"{outside} of the nine pixels lie in the border of zeros. " if outside else ""
        return text + (f"A window {span} wide has ⌊(6 + 2·{pad} − {span})/{stride}⌋ + 1 = {side} places a side: "
                       f"{side} × {side} outputs.")

    def code(self):
        v, (row, column) = self.values, self.current["at"]
        flipped = "[::-1, ::-1]" if v["flip"] == "flipped" else ""
        return "\n".join([
            "import numpy as np", f"from course_lib import {'datasets, ' * (v['image'] == 'digit')}ops", "",
            f"image = {self._IMAGES[v['image']][1]}",
            f'kernel = ops.KERNELS2D["{v["kernel"].replace(" ", "_")}"]{flipped}',
            "out, cache = ops.conv2d_forward(image[None, None], kernel[None, None], None,",
            f"                                stride={v['stride']}, pad={v['pad']}, dilation={v['dilation']})",
            "out = out[0, 0]  # of the one image its one map",
            f"value = out[{row}, {column}]",
            "print(out, value)",
        ])


class OutputSize(Demo):
    """Every place of the window in a row of pixels, and the one that no longer fits."""

    title = "Output size: count the places of the window"
    alt = ("First: a row of pixels and, line by line beneath it, the places of the window; the next place, which would "
           "reach beyond the last pixel, is only an outline. Second: the output size against the number of pixels, a "
           "staircase under the straight line of the unrounded quotient.")
    controls = (
        Slider("n", "Pixels n", 4, 12, 1, 8),
        Slider("f", "Window f", 1, 5, 1, 3, unit="pixels"),
        Slider("stride", "Stride s", 1, 4, 1, 2, unit="pixels"),
        Slider("pad", "Padding p on each side", 0, 2, 1, 0, unit="pixels", more=True),
        Slider("dilation", "Dilation d", 1, 3, 1, 1, more=True),
    )
    presets = {
        "One pixel is left over": {},
        "9 pixels: it fits": {"n": 9},
        "Stride 1: why + 1": {"n": 9, "stride": 1},
        "Same size": {"n": 9, "stride": 1, "pad": 1},
        "Larger than before: p = 2": {"n": 6, "stride": 1, "pad": 2},
        "Even window: no same size": {"f": 4, "stride": 1, "pad": 1},
        "Dilation 2": {"n": 9, "stride": 1, "dilation": 2},
        "Too wide": {"n": 6, "f": 4, "dilation": 3, "stride": 1},
    }
    _SIZES = np.arange(1, 13)
    _DEEP = 10.0
    panels = (
        ("Pixels, and each place of the window", "pixel", "", (-2.7, 15.7), (_DEEP, -0.2)),
        ("Rounded down", "pixels n", "output size", (0.5, 12.5), (0, 17)),
    )
    widths = (1.7, 1.0)
    size = (860, 360)
    handles = (
        Handle(0, "last pixel: n", at=lambda s: (s["n"] - 0.2, 0.5), move=lambda s, x, y: {"n": round(x + 0.2)}),
        Handle(0, "padding p", at=lambda s: (-s["pad"] - 0.8, 0.5), move=lambda s, x, y: {"pad": round(-x - 0.8)}),
        Handle(0, "end of the first window: f", at=lambda s: (s["starts"][0] + s["span"] - 0.5, s["lines"][0]),
               move=lambda s, x, y: {"f": round((x + 0.5 - s["starts"][0] - 1) / s["dilation"]) + 1}),
        Handle(0, "start of the second window: stride s", at=lambda s: (s["starts"][1] - 0.5, s["lines"][1]),
               move=lambda s, x, y: {"stride": round(x + 0.5 - s["starts"][0])}),
        Handle(1, "number of pixels n", x="n", at=lambda s: (s["n"], s["size"])),
    )

    def background(self, axes, values):
        axes[0].set_xticks(range(0, 12, 2))
        axes[0].set_yticks([])
        axes[0].spines["left"].set_visible(False)
        axes[0].grid(axis="y", visible=False)
        axes[1].set_xticks(range(2, 13, 2))

    def state(self, n, f, stride, pad, dilation):
        span = dilation * (f - 1) + 1
        room = n + 2 * pad - span
        sizes = np.array([ops.conv_output_size(k, f, pad, stride, dilation) if k + 2 * pad >= span else 0
                          for k in self._SIZES])
        size = int(sizes[n - 1])
        starts = np.arange(size + 1) * stride - pad  # the last one reaches beyond the end
        pitch = min(1.4, (self._DEEP - 1.5) / (size + 1))
        return {"n": n, "f": f, "stride": stride, "pad": pad, "dilation": dilation, "span": span, "room": room,
                "sizes": sizes, "size": size, "starts": starts if size else np.array([-pad, -pad + stride]),
                "pitch": pitch, "lines": 1.6 + pitch * (np.arange(max(size + 1, 2)) + 0.5),
                "left": room % stride if size else n + 2 * pad}

    def _places(self, state) -> list:
        """A line of blue taps for each window; of the next one the outline."""
        size, pitch, f = state["size"], state["pitch"], state["f"]
        starts, lines, taps = state["starts"], state["lines"], state["dilation"] * np.arange(f)
        end, over = state["span"] - 1, size  # the line of the window that does not fit
        x, y = (starts[:size, None] + taps).ravel(), np.repeat(lines[:size], f)
        names = [f"output {k}: pixels {start} to {start + end}" for k, start in enumerate(starts[:size])]
        x0, y0 = starts[over], lines[over]
        return [
            *(Line(0, [start, start + end], [line, line], color=style.BLUE, width=2.0)
              for start, line in zip(starts[:size], lines, strict=False) if end),
            Bars(0, x, y + 0.38 * pitch, width=0.86, base=y - 0.38 * pitch, label=list(np.repeat(names, f)), key="fits")
            if size else Bars(0, [], []),
            *(_rectangle(0, x0 + tap - 0.43, x0 + tap + 0.43, y0 - 0.38 * pitch, y0 + 0.38 * pitch, color=style.RED,
                         width=1.4, dash="dashed", label="does not fit", key="over") for tap in taps),
        ]

    def layers(self, state):
        n, pad, size = state["n"], state["pad"], state["size"]
        border = np.concatenate([np.arange(-pad, 0), np.arange(n, n + pad)])
        unrounded = (self._SIZES + 2 * pad - state["span"]) / state["stride"] + 1
        fits = self._SIZES + 2 * pad >= state["span"]
        end = n + pad - 0.5
        return [
            Bars(0, np.arange(n), np.full(n, 0.95), color=style.GREY, width=0.9, base=0.05, alpha=0.55, label="pixel"),
            Text(0, np.arange(n), np.full(n, 0.5), [str(k) for k in range(n)], size=12),
            *([_boxes(0, border, np.full(len(border), 0.5), 0.86, color=style.GREY, width=1.6, label="border")] if pad
              else []),
            Line(0, [end, end], [0.0, self._DEEP], color=style.DARK, width=1.2, dash="dotted", label="end of the row"),
            *self._places(state),
            Line(1, self._SIZES[fits], unrounded[fits], color=style.GREY, width=1.6, dash="dashed",
                 label="quotient + 1, not rounded"),
            Line(1, np.repeat(self._SIZES, 2)[1:], np.repeat(state["sizes"], 2)[:-1], width=2.4, label="output size"),
            Points(1, n, size, color=style.GREEN, marker="D", size=12, edge=style.DARK, label="output size",
                   key="fits"),
        ]

    def caption(self, state):
        n, f, s, p, d = (state[name] for name in ("n", "f", "stride", "pad", "dilation"))
        room, size, span = state["room"], state["size"], state["span"]
        if not size:
            return (f"{f} pixels at dilation {d} span {span}, the row with its border has {n + 2 * p}: the window has "
                    f"no place, {term('not even the first fits', 'over')}.")
        wide = f" (window of {f} at dilation {d}: {span} wide)" if d > 1 else ""
        last = "the last window ends with the last pixel"
        if state["left"]:
            last = (f"{_count(state['left'], 'pixel')} at the end{', border included,' if p else ''} "
                    f"{'are' if state['left'] > 1 else 'is'} never seen")
        return (f"⌊({n} + 2·{p} − {d}·({f} − 1) − 1)/{s}⌋ + 1 = ⌊{short(room / s)}⌋ + 1 = "
                f"{term(_count(size, 'place'), 'fits')}{wide}: {_count(size - 1, 'move')} after the first; {last}. "
                f"{term('The next place', 'over')} would hang over the edge.")

    def code(self):
        n, f, s, p, d = (self.values[name] for name in ("n", "f", "stride", "pad", "dilation"))
        if not self.current["size"]:
            return f"span = {d} * ({f} - 1) + 1  # of the window; the row has {n + 2 * p} pixels\nprint(span)"
        return "\n".join(["from course_lib import ops", "",
                          f"size = ops.conv_output_size({n}, {f}, pad={p}, stride={s}, dilation={d})", "print(size)"])


class PaddingModes(Demo):
    """What is written into the border, and what a blur makes of it."""

    title = "Three ways to continue an image beyond its edge"
    alt = ("First: an image inside a frame, continued beyond it by zeros, by a mirror, or by its edge pixels. Second: "
           "the same after a blur over three by three pixels; with zeros its rim is darker.")
    controls = (
        Menu("mode", "Padding", ("zeros", "reflect", "replicate"), "zeros"),
        Slider("width", "Width of the border", 0, 3, 1, 2, unit="pixels"),
        Menu("image", "Image", ("numbers 1 to 25", "photograph", "digit"), "numbers 1 to 25", more=True),
    )
    presets = {
        "Zeros": {},
        "Mirrored": {"mode": "reflect"},
        "Edge repeated": {"mode": "replicate"},
        "Photograph, zeros": {"image": "photograph", "width": 1},
        "Photograph, mirrored": {"image": "photograph", "width": 1, "mode": "reflect"},
        "Digit: the edge is 0 anyway": {"image": "digit", "width": 1},
    }
    panels = (
        ("The image in its border", "column", "row", (-3.6, 7.6), (7.6, -3.6)),
        ("After a 3 × 3 blur", "column", "row", (-3.6, 7.6), (7.6, -3.6)),
    )
    pictures = (0, 1)
    size = (760, 400)
    background_depends = ("image",)
    handles = (Handle(0, "edge of the border", at=lambda s: (len(s["image"]) - 0.5 + s["width"], 0.5 * len(s["image"])),
                      move=lambda s, x, y: {"width": round(x + 0.5 - len(s["image"]))}),)
    #: name -> (the pixels, the same as code)
    _IMAGES: ClassVar = {
        "numbers 1 to 25": (lambda: np.arange(1.0, 26).reshape(5, 5), "np.arange(1.0, 26).reshape(5, 5)"),
        "photograph": (lambda: datasets.photograph()[72:92, 52:72] / 255, "datasets.photograph()[72:92, 52:72] / 255"),
        "digit": (lambda: datasets.digits28().X_train[0, 4:24, 4:24] / 255,
                  "datasets.digits28().X_train[0, 4:24, 4:24] / 255"),
    }

    def background(self, axes, values):
        side = len(self._IMAGES[values["image"]][0]())
        for ax in axes:
            ax.set_xlim(-3.6, side + 2.6)
            ax.set_ylim(side + 2.6, -3.6)
            _picture_axes(ax, range(0, side, 1 if side < 10 else 5))

    def state(self, mode, width, image):
        pixels = self._IMAGES[image][0]()
        padded = ops.pad_images(pixels[None, None], width, mode)[0, 0]
        blurred = ops.correlate2d(padded, ops.KERNELS2D["box_blur"])
        rim = np.ones(blurred.shape, bool)
        rim[1:-1, 1:-1] = False
        return {"mode": mode, "width": width, "image": pixels, "padded": padded, "blurred": blurred,
                "rim": blurred[rim].mean(), "inside": blurred[~rim].mean(), "drawn": image}

    def layers(self, state):
        padded, blurred, width, side = state["padded"], state["blurred"], state["width"], len(state["image"])
        numbers = state["drawn"] == "numbers 1 to 25"
        low, high, colors = (0, 55, "heat") if numbers else (0, 1, "gray")
        frame = {"color": style.ORANGE, "width": 3.0}
        first = 1 - width
        at = first - 0.5, first + len(blurred) - 0.5
        seen = _seen_by(len(blurred), len(padded))
        layers = [
            _matrix(0, padded, low, high, colors, -width, start=-width, label="pixel", cells="pixel"),
            _matrix(1, blurred, low, high, colors, first, label="mean of 3 × 3", cells="blurred pixel",
                    sees={"pixel": (seen, seen)}),
        ]
        if numbers:
            layers += [_entries(0, padded, -width, size=12), _entries(1, blurred, first, size=11)]
        return [
            *layers,
            _rectangle(0, -0.5, side - 0.5, -0.5, side - 0.5, label="edge of the image", **frame),
            _rectangle(1, -0.5, side - 0.5, -0.5, side - 0.5, dash="dashed", label="edge of the image", **frame),
            _rectangle(1, *at, *at, color=style.DARK, width=1.4, label="rim of the blurred image", key="rim"),
            _rectangle(1, at[0] + 1, at[1] - 1, at[0] + 1, at[1] - 1, color=style.DARK, width=1.4, dash="dotted",
                       label="inside the rim", key="rim"),
        ]

    def caption(self, state):
        width, mode, side = state["width"], state["mode"], len(state["image"])
        out = len(state["blurred"])
        how = {"zeros": "the border holds zeros", "replicate": "the border repeats the edge pixels",
               "reflect": "the border mirrors the pixels behind the edge, not the edge itself"}[mode]
        text = f"Width {width}: {how}. " if width else "Width 0: no border (valid). "
        size = ("keeps" if out == side else "gets") + f" {out} × {out} pixels"
        rim = term(f"rim of mean {fixed(state['rim'])}", "rim")
        return f"{text}The blurred image {size}, a {rim}, inside {fixed(state['inside'])}."

    def code(self):
        v = self.values
        needs = ("import numpy as np\nfrom course_lib import ops" if v["image"] == "numbers 1 to 25" else
                 "from course_lib import datasets, ops")
        return "\n".join([
            needs, "", f"image = {self._IMAGES[v['image']][1]}",
            f'padded = ops.pad_images(image[None, None], {v["width"]}, mode="{v["mode"]}")[0, 0]',
            'blurred = ops.correlate2d(padded, ops.KERNELS2D["box_blur"])',
            "print(padded, blurred)",
        ])
