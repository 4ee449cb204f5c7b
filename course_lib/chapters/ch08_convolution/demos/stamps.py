"""A live figure of chapter 08: a transposed convolution as stamps that add up."""

import numpy as np

from course_lib import ops
from course_lib.viz import style
from course_lib.viz.live import Demo, Handle, Image, Line, Menu, Slider, Text, term
from course_lib.viz.numbers import short

_COLORS = (style.BLUE, style.ORANGE, style.GREEN, style.RED, style.PURPLE, style.BROWN, style.SKY, style.DARK,
           style.GREY)


def _frame(left, top, side, inset):
    """Corners of a square frame whose upper left corner is (left, top), drawn a little inside."""
    low, high = inset, side - inset
    return left + np.array([low, high, high, low, low]), top - np.array([low, low, high, high, low])


class TransposedStamps(Demo):
    """Each input pixel stamps the kernel, times its value, into the output."""

    title = "Stamps that overlap add up"
    alt = ("First: the pixels of the input with their values, a color each. Second: the output with the frames of the "
           "stamps and the sums. Third: how many stamps meet in each pixel of the output.")
    controls = (
        Slider("stride", "Stride", 1, 4, 1, 1, unit="pixels"),
        Slider("pad", "Padding, cut off on each side", 0, 2, 1, 0, unit="pixels"),
        Slider("f", "Side of the kernel", 1, 4, 1, 2, unit="pixels"),
        Slider("n", "Side of the input", 2, 3, 1, 2, unit="pixels", more=True),
        Menu("kernel", "Kernel", ("ones", "1, 2, 3, ...", "tent"), "1, 2, 3, ...", more=True),
        Slider("stamp", "Stamp shown (0: all)", 0, 9, 1, 0, more=True),
    )
    presets = {
        "2 × 2 becomes 3 × 3": {},
        "One stamp": {"stamp": 2},
        "Stride 2: side by side": {"stride": 2},
        "Stride 2, kernel 3: uneven": {"stride": 2, "f": 3, "n": 3, "kernel": "ones"},
        "Stride 2, kernel 4: even": {"stride": 2, "f": 4, "n": 3, "kernel": "tent", "pad": 1},
        "Gaps": {"stride": 3, "f": 2},
    }
    panels = (
        ("Input", "", "", (0, 1), (-0.75, 1)),
        ("Output: sums of the stamps", "", "", (0, 1), (0, 1)),
        ("Stamps in each pixel", "", "", (0, 1), (-0.2, 1)),
    )
    widths = (1 / 1.75, 1.0, 1 / 1.2)  # pixels are squares
    pictures = (0, 1, 2)
    size = (840, 340)
    handles = tuple(
        Handle(0, f"the stamp of input pixel {k + 1}", press={"stamp": k + 1},
               at=lambda s, k=k: ((k % s["n"] + 0.5) / s["n"], 1 - (k // s["n"] + 0.5) / s["n"]) if k < s["n"] ** 2
               else None) for k in range(9))

    def background(self, axes, values):
        for ax in axes:
            ax.axis("off")

    @staticmethod
    def _kernel(kernel, f):
        if kernel == "tent":
            side = np.minimum(np.arange(1.0, f + 1), np.arange(f, 0, -1))
            return np.outer(side, side)
        return np.ones((f, f)) if kernel == "ones" else np.arange(1.0, f * f + 1).reshape(f, f)

    def state(self, stride, pad, f, n, kernel, stamp):
        x, w = np.arange(1.0, n * n + 1).reshape(n, n), self._kernel(kernel, f)
        pad = min(pad, ((n - 1) * stride + f - 1) // 2)  # at least one pixel is left
        chosen = min(stamp, n * n)
        sent = x if chosen == 0 else np.where(np.arange(n * n).reshape(n, n) == chosen - 1, x, 0)
        out, counts = (ops.transposed_conv2d_forward(a[None, None], b[None, None], None, stride, pad)[0][0, 0]
                       for a, b in ((sent, w), (np.ones((n, n)), np.ones((f, f)))))
        return {"stride": stride, "pad": pad, "f": f, "n": n, "chosen": chosen, "x": x, "w": w, "out": out,
                "counts": counts}

    def layers(self, state):
        n, out, counts, chosen = state["n"], state["out"], state["counts"], state["chosen"]
        rows, columns = out.shape
        layers = [Image(0, state["x"][::-1], 0, 2.6 * n * n, "heat", extent=(0, 1, 0, 1), smooth=False, label="value"),
                  Image(1, out[::-1], 0, 2.6 * max(out.max(), 1e-9), "heat", extent=(0, 1, 0, 1), smooth=False,
                        label="sum"),
                  Image(2, counts[::-1], 0, 2.6 * counts.max(), "heat", extent=(0, 1, 0, 1), smooth=False,
                        label="stamps")]
        for k in range(n * n):
            row, column = divmod(k, n)
            look = {"color": _COLORS[k], "key": f"stamp{k}", "dash": style.DASHES[k // 4 % 4],
                    "alpha": 1.0 if chosen in (0, k + 1) else 0.15}
            x, y = _frame(column, n - row, 1, 0.05)
            layers.append(Line(0, x / n, y / n, width=3, label=f"input pixel {k + 1}", **look))
            left, top = column * state["stride"] - state["pad"], rows - (row * state["stride"] - state["pad"])
            x, y = _frame(left, top, state["f"], 0.05 + 0.03 * (k % 4))
            layers.append(Line(1, np.clip(x / columns, -0.02, 1.02), np.clip(y / rows, -0.02, 1.02), width=2.4,
                               label=f"stamp of input pixel {k + 1}", **look))
        for panel, values in ((0, state["x"]), (1, out), (2, counts)):
            side = len(values)
            at = (np.arange(side) + 0.5) / side
            x, y = np.meshgrid(at, at[::-1])
            size = float(np.clip(110 / side, 8.0, 16.0)) if panel else 16.0
            layers.append(Text(panel, x.ravel(), y.ravel(), [short(v, 3) for v in values.ravel()], size=size))
        return layers

    def caption(self, state):
        n, f, stride, pad, rows = state["n"], state["f"], state["stride"], state["pad"], len(state["out"])
        size = f"({n} − 1) · {stride} − 2 · {pad} + {f} = {rows}"
        low, high = int(state["counts"].min()), int(state["counts"].max())
        text = f"{n} × {n} becomes {rows} × {rows}: {size}. "
        if state["chosen"]:
            text += term(f"Input pixel {state['chosen']} alone: its value times the kernel",
                         f"stamp{state['chosen'] - 1}") + ". "
        if low == 0:
            return f"{text}The stride is longer than the kernel: {int((state['counts'] == 0).sum())} pixels stay empty."
        if low == high:
            return f"{text}Every pixel gets {low} stamp{'s' * (low > 1)}."
        steady = slice(max(f - stride, 0) - pad, n * stride - pad)
        inner = state["counts"][max(steady.start, 0) : steady.stop, max(steady.start, 0) : steady.stop]
        if inner.size and inner.min() == inner.max():
            return f"{text}Inside, every pixel gets {int(inner.max())} stamps, at the border fewer."
        return f"{text}Between {low} and {high} stamps meet in a pixel, in a pattern that the sums show."

    def code(self):
        v, chosen = self.values, self.current["chosen"]
        n, f, kernel = v["n"], v["f"], v["kernel"]
        weights = {"ones": f"np.ones(({f}, {f}))", "1, 2, 3, ...": f"np.arange(1.0, {f * f + 1}).reshape({f}, {f})",
                   "tent": "np.outer(side, side)"}
        only = [f"sent = np.where(x == {chosen}, x, 0)"] if chosen else ["sent = x"]
        call = f"None, {v['stride']}, {self.current['pad']})[0][0, 0]"
        return "\n".join([
            "import numpy as np", "from course_lib import ops", "",
            *[f"side = np.minimum(np.arange(1.0, {f + 1}), np.arange({f}, 0, -1))"] * (kernel == "tent"),
            f"x, w = np.arange(1.0, {n * n + 1}).reshape({n}, {n}), {weights[kernel]}", *only,
            f"out = ops.transposed_conv2d_forward(sent[None, None], w[None, None], {call}",
            f"ones, stamp = np.ones((1, 1, {n}, {n})), np.ones((1, 1, {f}, {f}))",
            f"counts = ops.transposed_conv2d_forward(ones, stamp, {call}",
            "print(out, counts)",
        ])
