"""Live figures of chapter 08: how far a stack of layers sees, with and without gaps between its taps."""

from functools import lru_cache
from itertools import pairwise

import numpy as np

from course_lib import datasets, ops
from course_lib.viz import style
from course_lib.viz.live import Demo, Handle, Image, Line, Menu, Points, Slider, Text, term


def _square(panel: int, x: float, y: float, side: float, **look) -> Line:
    half = side / 2
    return Line(panel, x + half * np.array([-1, 1, 1, -1, -1]), y + half * np.array([-1, -1, 1, 1, -1]), **look)


class Dilation(Demo):
    """Taps with gaps between them: a wide window for few weights."""

    title = "Dilation widens the window, not its number of weights"
    alt = ("First: the taps of one filter on the pixel grid, with gaps between them, and the square that they span. "
           "Second: a stack of such layers seen from the side, one output above and the inputs that it sees below; "
           "inputs that no path reaches are hollow.")
    controls = (
        Slider("l", "Dilation rate l", 1, 4, 1, 2),
        Slider("f", "Filter size f", 2, 5, 1, 3, unit="taps"),
        Slider("depth", "Layers", 1, 3, 1, 2),
        Menu("rates", "Rates of the layers", ("all the same", "doubled each time"), "all the same", more=True),
    )
    presets = {
        "Rate 2": {},
        "Rate 1: plain": {"l": 1},
        "Rate 4, one layer": {"l": 4, "depth": 1},
        "Rate 2 three times: holes": {"depth": 3},
        "Rates 1, 2, 4: no holes": {"l": 1, "depth": 3, "rates": "doubled each time"},
        "f = 5, rate 4": {"f": 5, "l": 4, "depth": 1},
    }
    panels = (
        ("One filter on the pixel grid", "column", "row", (-8.7, 8.7), (8.7, -8.7)),
        ("The stack from the side: one output", "", "", (-1.3, 1.06), (-0.75, 3.35)),
    )
    widths = (1.0, 1.25)
    pictures = (0,)
    size = (800, 370)
    handles = (
        Handle(0, "the last tap: rate l", at=lambda s: ((s["window"] - 1) / 2,) * 2,
               move=lambda s, x, y: {"l": round(2 * x / (s["taps"] - 1))}),
    )

    def background(self, axes, values):
        axes[0].set_xticks(range(-8, 9, 4))
        axes[0].set_yticks(range(-8, 9, 4))
        edges = np.arange(-8.5, 9)
        axes[0].grid(visible=False)
        axes[0].vlines(edges, -8.5, 8.5, color=style.GREY, linewidth=0.5, alpha=0.5)
        axes[0].hlines(edges, -8.5, 8.5, color=style.GREY, linewidth=0.5, alpha=0.5)
        axes[1].axis("off")

    def state(self, l, f, depth, rates):
        steps = [l * 2**k if rates == "doubled each time" else l for k in range(depth)]
        window, size = (ops.receptive_field([(f, 1, rate) for rate in some])[0] for some in (steps[:1], steps))
        out, caches = np.zeros((1, 1, size)), []
        for rate in steps:
            out, cache = ops.conv1d_forward(out, np.ones((1, 1, f)), None, dilation=rate)
            caches.append(cache)
        levels = [np.ones((1, 1, 1))]
        for cache in reversed(caches):
            levels.append(ops.conv1d_backward(levels[-1], cache)[0])
        levels = [level[0, 0] for level in levels]  # paths to each unit, from the output down
        return {"taps": f, "steps": steps, "window": window, "size": size, "levels": levels, "paths": levels[-1],
                "seen": int(np.sum(levels[-1] > 0))}

    def layers(self, state):
        f, steps, window, size, levels = (state[name] for name in ("taps", "steps", "window", "size", "levels"))
        at = steps[0] * (np.arange(f) - (f - 1) / 2)
        columns, rows = np.meshgrid(at, at)
        half = max(8.0, (size + 1) / 2)
        places = [(np.arange(len(paths)) - (len(paths) - 1) / 2) / half for paths in levels]
        depth = len(steps)
        heights = np.linspace(3.0, 0.0, depth + 1)
        dot = float(np.clip(150 / half, 4, 11))
        layers = [
            _square(0, 0, 0, window, color=style.ORANGE, width=2.6, label=f"window: {window} × {window}", key="window"),
            Points(0, columns.ravel(), rows.ravel(), marker="s", size=11, edge=style.WHITE, label="tap", key="taps"),
        ]
        for k, (upper, lower) in enumerate(pairwise(places)):
            ends = upper[levels[k] > 0][:, None] + (steps[depth - 1 - k] * (np.arange(f) - (f - 1) / 2)) / half
            tree = np.stack([np.repeat(upper[levels[k] > 0], f), ends.ravel(), np.full(ends.size, np.nan)], axis=1)
            tall = np.tile([heights[k], heights[k + 1], np.nan], ends.size)
            layers.append(Line(1, tree.ravel(), tall, color=style.SKY, width=1.2, alpha=0.8))
            reached = levels[k + 1] > 0
            layers += [
                Points(1, lower[~reached], np.full((~reached).sum(), heights[k + 1]), color=style.GREY, filled=False,
                       size=dot, label="not seen", key="holes" if k == depth - 1 else ""),
                Points(1, lower[reached], np.full(reached.sum(), heights[k + 1]), size=dot,
                       label=[f"{paths:.0f} path{'s' if paths > 1 else ''}" for paths in levels[k + 1][reached]],
                       key="seen" if k == depth - 1 else ""),
                Text(1, -1.29, (heights[k] + heights[k + 1]) / 2, f"rate {steps[depth - 1 - k]}", size=12, ha="left",
                     box=True),
            ]
        ends = places[-1][[0, -1]]
        return [
            *layers,
            Points(1, 0, heights[0], color=style.GREEN, marker="D", size=12, edge=style.DARK, label="one output"),
            Line(1, [ends[0], ends[0], ends[1], ends[1]], [-0.2, -0.3, -0.3, -0.2], color=style.ORANGE, width=2.2,
                 label="receptive field"),
            Text(1, 0, -0.52, f"{size} pixels wide", size=12, bold=True),
        ]

    def caption(self, state):
        f, steps, window, size, seen = (state[name] for name in ("taps", "steps", "window", "size", "seen"))
        holes = size - seen
        text = (f"One filter: {term(f'{f}·{f} = {f * f} weights', 'taps')} span f + (f − 1)(l − 1) = {f} + {f - 1}·"
                f"{steps[0] - 1} = {term(f'{window} pixels', 'window')} a side. ")
        if len(steps) > 1:
            text += f"{len(steps)} layers at rates {', '.join(map(str, steps))} span {size} along a row"
        else:
            text += f"Along a row it spans {size}"
        if not holes:
            return f"{text} and {'see' if len(steps) > 1 else 'sees'} {term('each of them', 'seen')}."
        return f"{text}, of which {term(f'{seen} are seen', 'seen')} and {term(f'{holes} lie in holes', 'holes')}."

    def code(self):
        return "\n".join([
            "import numpy as np", "from course_lib import ops", "",
            f"f, steps = {self.values['f']}, {self.current['steps']}  # taps, and the rate of each layer",
            "size, _ = ops.receptive_field([(f, 1, rate) for rate in steps])",
            "out, caches = np.zeros((1, 1, size)), []",
            "for rate in steps:",
            "    out, cache = ops.conv1d_forward(out, np.ones((1, 1, f)), None, dilation=rate)",
            "    caches.append(cache)",
            "d = np.ones((1, 1, 1))",
            "for cache in reversed(caches):",
            "    d, _, _ = ops.conv1d_backward(d, cache)",
            "paths = d[0, 0]  # with weights 1 the gradient counts paths",
            "seen = (paths > 0).sum()",
            "print(size, seen, paths)",
        ])


_SIDE = 48


@lru_cache(maxsize=32)
def _stack(depth, f, s, d):
    """Output and cache of each of `depth` layers with random weights, on a piece of the photograph."""
    out = datasets.photograph()[60 : 60 + _SIDE, 90 : 90 + _SIDE][None, None] / 255
    rng, passes = np.random.default_rng(0), []
    for _ in range(depth):
        w = rng.standard_normal((1, 1, f, f)) / f
        passes.append(ops.conv2d_forward(out, w, None, stride=s, pad=d * (f - 1) // 2, dilation=d))
        out = passes[-1][0]
    return passes


def _gradient(passes, row, column):
    """dx (H, W) of the last map's pixel (row, column)."""
    grad = np.zeros_like(passes[-1][0])
    grad[0, 0, row, column] = 1.0
    for _, cache in reversed(passes):
        grad = ops.conv2d_backward(grad, cache)[0]
    return grad[0, 0]


def _seen_by(passes) -> np.ndarray:
    """(outputs, pixels): which pixels each output of the last map sees along one axis."""
    seen = np.eye(_SIDE, dtype=bool)
    for out, cache in passes:
        (stride, _), (dilation, _) = cache.stride, cache.dilation
        f = len(cache.w[0, 0])
        taps = stride * np.arange(len(out[0, 0]))[:, None] + dilation * (np.arange(f) - f // 2)
        seen = (taps[:, :, None] == np.arange(len(seen))).any(axis=1) @ seen
    return seen


class ReceptiveField(Demo):
    """The pixels that one output sees: where the gradient of a real stack of layers is not zero."""

    title = "What one output pixel sees"
    alt = ("First: the input pixels, dark where the gradient of the chosen output pixel is large, and the square that "
           "the formula gives. Second: the map that the layers make of a photograph, with the chosen output pixel. "
           "Third: the width of the receptive field after each layer, measured from gradients and by the formula.")
    controls = (
        Slider("depth", "Layers", 1, 5, 1, 3),
        Slider("f", "Filter size f", 1, 7, 2, 3, unit="pixels"),
        Slider("s", "Stride s of each layer", 1, 3, 1, 1),
        Slider("d", "Dilation d of each layer", 1, 3, 1, 1, more=True),
        Slider("row", "Output pixel lies at row", 0, _SIDE - 1, 1, 24, more=True),
        Slider("column", "Output pixel lies at column", 0, _SIDE - 1, 1, 24, more=True),
    )
    presets = {
        "Three layers of 3 × 3": {},
        "One of 7 × 7: the same field": {"depth": 1, "f": 7},
        "Five layers: 2 more each": {"depth": 5},
        "Stride 2": {"depth": 4, "s": 2},
        "Dilation 3: holes": {"d": 3},
        "1 × 1: one pixel": {"f": 1},
        "At the corner": {"depth": 5, "row": 2, "column": 3},
    }
    _VIEW = ((-0.5, _SIDE - 0.5), (_SIDE - 0.5, -0.5))
    panels = (
        ("Input: gradient of that output", "column", "row", *_VIEW),
        ("Output map: choose a pixel", "column of the input", "", *_VIEW),
        ("Width of the field", "layer", "pixels", (0.6, 5.4), (0, 66)),
    )
    widths = (1.1, 1.1, 1.0)
    pictures = (0, 1)
    size = (890, 320)
    handles = tuple(
        Handle(panel, label, click=True, at=lambda s: (s["center"][1], s["center"][0]),
               move=lambda s, x, y: {"row": y, "column": x})
        for panel, label in ((1, "the output pixel"), (0, "the place of the output pixel in the input"))
    )

    def background(self, axes, values):
        for ax in axes[:2]:
            ax.set_xticks(range(0, _SIDE, 8))
            ax.set_yticks(range(0, _SIDE, 8))
            ax.grid(visible=False)
        axes[2].set_xticks(range(1, 6))
        axes[2].axhline(_SIDE, color=style.DARK, linewidth=1.0, linestyle="dotted")
        axes[2].text(0.7, _SIDE + 0.8, "the whole image", fontsize=8, color=style.DARK)
        axes[2].plot([], [], color=style.ORANGE, linestyle="dashed", label="formula")
        axes[2].plot([], [], color=style.BLUE, linestyle="none", marker="o", label="from gradients")
        axes[2].legend(loc="upper left", borderpad=0.3)

    def state(self, depth, f, s, d, row, column):
        passes = _stack(depth, f, s, d)
        fields, measured = [], []  # pixels a side, after each layer
        for layer in range(1, depth + 1):
            field, jump = ops.receptive_field([(f, s, d)] * layer)
            last = len(passes[layer - 1][0][0, 0]) - 1
            i, j = (min(round(place / jump), last) for place in (row, column))
            dx = _gradient(passes[:layer], i, j)
            extents = [int(np.ptp(places)) + 1 for places in np.nonzero(dx)]
            fields.append(field)
            measured.append(max(extents))
        return {"out": passes[-1][0], "dx": dx, "field": field, "jump": jump, "fields": np.array(fields),
                "measured": np.array(measured), "at": (i, j), "center": (i * jump, j * jump),
                "seen": int(np.sum(dx != 0)), "extents": tuple(extents), "sight": _seen_by(passes),
                "kind": (depth, f, s, d)}

    def layers(self, state):
        dx, field, jump, (row, column) = state["dx"], state["field"], state["jump"], state["center"]
        out = state["out"][0, 0]
        low, high = float(out.min()), float(out.max())
        size = len(out)
        edge = -jump / 2
        end = edge + size * jump
        steps = np.arange(1, len(state["fields"]) + 1)
        strength = np.where(dx != 0, 0.25 + 0.75 * np.abs(dx) / np.abs(dx).max(), 0.0)
        orange = {"color": style.ORANGE, "width": 2.6}
        return [
            Image(0, strength[::-1], 0, 1, "heat", extent=(-0.5, _SIDE - 0.5, _SIDE - 0.5, -0.5), smooth=False,
                  label="size of the gradient, 0 is not seen", key="seen", cells="input pixel"),
            _square(0, column, row, field, dash="dashed", label="by the formula", key="field", **orange),
            Image(1, out[::-1], low, high if high > low else low + 1, "gray", extent=(edge, end, end, edge),
                  smooth=False, label="output", cells="output pixel",
                  sees={"input pixel": (state["sight"], state["sight"])}),
            _square(1, column, row, jump, label="the output pixel", key="pixel", **orange),
            Points(0, column, row, color=style.ORANGE, marker="x", size=9, label="place of the output pixel",
                   key="pixel"),
            Line(2, steps, state["fields"], dash="dashed", label="formula", **orange),
            Points(2, steps, state["measured"], size=10, label="from gradients", key="seen"),
            Points(2, steps[-1], field, color=style.ORANGE, marker="D", size=8, filled=False, label="formula",
                   key="field"),
        ]

    def caption(self, state):
        (_, f, s, d), field, jump, seen = state["kind"], state["field"], state["jump"], state["seen"]
        i, j = state["at"]
        pixels = term(f"{seen} pixel{'' if seen == 1 else 's'}", "seen")
        text = (f"Formula: a field {term(f'{field} pixels wide', 'field')}, neighbors {jump} apart. The gradient of "
                f"{term(f'output ({i}, {j})', 'pixel')} is not zero at {pixels}")
        if min(state["extents"]) < field:
            rows, columns = state["extents"]
            return f"{text}; the edge of the image cuts the field down to {rows} × {columns} pixels."
        if seen < field * field:
            return f"{text}, of {field * field} in the square: the others lie in the gaps between taps."
        if f == 1:
            return f"{text}: filters of 1 × 1 look at one pixel, however many layers."
        more = f"each layer adds {(f - 1) * d}" if s == 1 else "strides multiply, so each layer adds more than the last"
        return f"{text}, the whole square; {more}."

    def code(self):
        (depth, f, s, d), (i, j) = self.current["kind"], self.current["at"]
        return "\n".join([
            "import numpy as np", "from course_lib import datasets, ops", "",
            f"out = datasets.photograph()[60:{60 + _SIDE}, 90:{90 + _SIDE}][None, None] / 255",
            "rng, caches = np.random.default_rng(0), []",
            f"for _ in range({depth}):",
            f"    w = rng.standard_normal((1, 1, {f}, {f})) / {f}",
            f"    out, cache = ops.conv2d_forward(out, w, None, stride={s}, pad={d * (f - 1) // 2}, dilation={d})",
            "    caches.append(cache)",
            "grad = np.zeros_like(out)",
            f"grad[0, 0, {i}, {j}] = 1",
            "for cache in reversed(caches):",
            "    grad, _, _ = ops.conv2d_backward(grad, cache)",
            "dx, seen = grad[0, 0], (grad != 0).sum()",
            f"field, jump = ops.receptive_field([({f}, {s}, {d})] * {depth})",
            "print(field, jump, seen)",
        ])
