"""Live figures of chapter 07: networks that masks have thinned out, and masks that were drawn wrongly."""

from functools import lru_cache
from typing import ClassVar

import numpy as np

from course_lib import dense, ops
from course_lib.viz import style
from course_lib.viz.figures import legend
from course_lib.viz.live import Bars, Demo, Handle, Image, Line, Menu, Points, Slider, term
from course_lib.viz.numbers import fixed


class MonteCarloDropout(Demo):
    """Mean and spread of many predictions with the masks on."""

    title = "Masks left on: the answers part where no points were"
    alt = ("First: training points, the predictions of some thinned networks, their mean and a band of two spreads "
           "round it. Second: the spread against x, with the training points below. Third: histogram of the "
           "predictions at one x.")
    controls = (
        Slider("rate", "Share dropped", 0.05, 0.5, 0.05, 0.2),
        Slider("T", "Passes T", 0.3, 2.3, 0.05, 50, log=True, ticks=(2, 10, 50, 200)),
        Menu("data", "Training points", ("one interval", "two clusters"), "one interval"),
        Slider("x", "x of the histogram", -4.0, 4.0, 0.1, 3.0, more=True),
        Slider("noise", "Noise of the points", 0.0, 0.5, 0.05, 0.1, more=True),
        Slider("start", "Random start", 0, 20, 1, 0, more=True),
    )
    presets = {
        "One interval": {},
        "Two clusters": {"data": "two clusters", "x": 0.2},
        "Three passes": {"T": 3},
        "Half dropped": {"rate": 0.5},
        "In the middle": {"x": 0.0},
    }
    panels = (
        ("sin 2x (dotted), mean, band", "x", "y", (-4, 4), (-5, 5)),
        ("Spread of the predictions", "x", "standard deviation", (-4, 4), (0, 1.5)),
        ("Predictions at one x", "y", "passes (tallest bar 1)", (-5, 5), (0, 1.12)),
    )
    widths = (1.2, 1.0, 0.8)
    size = (860, 350)
    handles = (Handle(0, "x of the histogram", x="x"), Handle(1, "x of the histogram", x="x"))
    closed_form = "sin 2x (dotted)"
    _GRID = np.linspace(-4, 4, 81)
    _CLUSTERS: ClassVar = {"one interval": ((-2.0, 2.0),), "two clusters": ((-2.0, -0.6), (0.9, 2.0))}

    def background(self, axes, values):
        axes[0].plot(self._GRID, np.sin(2 * self._GRID), color=style.DARK, linestyle="dotted", linewidth=1.3)
        legend(axes[0], {"mean": {"color": style.BLUE, "linewidth": 2.4},
                         "some passes": {"color": style.GREEN, "linewidth": 0.9}}, "upper center", 2)

    @classmethod
    def _points(cls, data, noise):
        rng, parts = np.random.default_rng(0), cls._CLUSTERS[data]
        x = np.concatenate([rng.uniform(low, high, 30 // len(parts)) for low, high in parts])[:, None]
        return x, np.sin(2 * x) + noise * rng.normal(size=x.shape)

    @classmethod
    @lru_cache(maxsize=8)
    def _train(cls, rate, data, noise, start):
        return dense.train((1, 32, 32, 1), *cls._points(data, noise), hidden="relu", rule="adam", lr=0.01, epochs=560,
                           dropout=rate, init="he_normal", rng=start)

    def state(self, rate, T, x, data, noise, start):
        (W1, b1), (W2, b2), (W3, b3) = self._train(rate, data, noise, start).weights
        grid = self._GRID
        on = np.maximum(grid[:, None] @ W1 + b1, 0)
        # One mask for all x of a pass: what is drawn is one thinned network after another.
        masks, _ = ops.dropout_forward(np.ones((T, 2, 32)), rate, np.random.default_rng(1).random((T, 2, 32)))
        out = np.maximum((on * masks[:, :1]) @ W2 + b2, 0) * masks[:, 1:] @ W3 + b3
        mean, spread = out.mean(axis=0)[:, 0], out.std(axis=0)[:, 0]
        at, points = int(np.abs(grid - x).argmin()), self._points(data, noise)
        return {"rate": rate, "T": T, "place": x, "points": points, "out": out[:, :, 0], "mean": mean, "spread": spread,
                "at": at, "inside": float(np.interp(points[0][:, 0], grid, spread).mean()), "data": data}

    def layers(self, state):
        grid, mean, spread, at, x = self._GRID, state["mean"], state["spread"], state["at"], state["place"]
        (px, py), shown = state["points"], state["out"][:12]
        tall = np.column_stack([shown, np.full(len(shown), np.nan)])
        counts, edges = np.histogram(np.clip(state["out"][:, at], -5, 5), 40, (-5, 5))
        middle, half = (grid[1:] + grid[:-1]) / 2, np.interp((grid[1:] + grid[:-1]) / 2, grid, 2 * spread)
        center = np.interp(middle, grid, mean)
        return [
            Bars(0, middle, center + half, base=center - half, width=grid[1] - grid[0], color=style.BLUE, alpha=0.22,
                 label="mean ± 2 spreads", key="spread"),
            Line(0, np.tile(np.append(grid, np.nan), len(shown)), tall.ravel(), color=style.GREEN, width=0.9,
                 alpha=0.7, label="a thinned network"),
            Line(0, grid, mean, width=2.8, label="mean of all passes", key="mean"),
            Points(0, px[:, 0], py[:, 0], color=style.ORANGE, size=7, edge=style.DARK, label="training point"),
            Line(0, [x, x], [-5, 5], color=style.DARK, width=1.2, dash="dashed"),
            Line(1, grid, spread, width=2.6, label="spread", key="spread", ghost=True),
            Points(1, px[:, 0], np.full(len(px), 0.03), color=style.ORANGE, size=7, edge=style.DARK,
                   label="training point"),
            Line(1, [x, x], [0, 1.5], color=style.DARK, width=1.2, dash="dashed"),
            Points(1, x, min(spread[at], 1.48), color=style.BLUE, size=11, label="spread at x", key="spread"),
            Bars(2, (edges[1:] + edges[:-1]) / 2, counts / counts.max(), width=0.22, label="share of the passes"),
            Line(2, [mean[at]] * 2, [0, 1.06], color=style.DARK, width=2, dash="dashed", label="mean at x", key="mean"),
        ]

    def caption(self, state):
        at = state["at"]
        mean = term(f"mean {fixed(state['mean'][at])}", "mean")
        spread = term(f"spread {fixed(state['spread'][at])}", "spread")
        ratio = state["spread"][at] / state["inside"]
        text = f"{state['T']} passes, {100 * state['rate']:.0f} % dropped. At x = {fixed(state['place'], 1)}: "
        return (f"{text}{mean} and {spread}, {ratio:.1f} times the {fixed(state['inside'])} that it is on average at "
                "the training points. The size of the spread follows the rate: no error bar before it is checked.")

    def code(self):
        v = self.values
        parts = self._CLUSTERS[v["data"]]
        return "\n".join([
            "import numpy as np", "from course_lib import dense, ops", "",
            "rng = np.random.default_rng(0)",
            f"x = np.concatenate([rng.uniform(low, high, {30 // len(parts)}) for low, high in {parts}])[:, None]",
            f"y = np.sin(2 * x) + {v['noise']} * rng.normal(size=x.shape)",
            'run = dense.train((1, 32, 32, 1), x, y, hidden="relu", rule="adam", lr=0.01, epochs=560,',
            f'                  dropout={v["rate"]}, init="he_normal", rng={v["start"]})',
            "(W1, b1), (W2, b2), (W3, b3) = run.weights",
            "on = np.maximum(np.linspace(-4, 4, 81)[:, None] @ W1 + b1, 0)",
            f"u = np.random.default_rng(1).random(({v['T']}, 2, 32))  # one mask a layer and pass",
            f"masks, _ = ops.dropout_forward(np.ones(u.shape), {v['rate']}, u)",
            "out = np.maximum((on * masks[:, :1]) @ W2 + b2, 0) * masks[:, 1:] @ W3 + b3",
            "mean, spread, out = out.mean(axis=0)[:, 0], out.std(axis=0)[:, 0], out[:, :, 0]",
            "print(mean[-1], spread[-1])",
        ])


@lru_cache(maxsize=4)
def _numbers(generator, batch):
    """The numbers of 40 steps for 100 units, by which masks are made: (40, batch, 100)."""
    rng, steps = np.random.default_rng(1), []
    for _ in range(FixedMaskSlip.STEPS):
        if "same seed" in generator:
            rng = np.random.default_rng(1)
        u = rng.normal(size=(batch, 100)) if "normals" in generator else rng.random((batch, 100))
        steps.append((u - u.min()) / np.ptp(u) if "normals" in generator else u)
    return np.array(steps)


class FixedMaskSlip(Demo):
    """What share of units a mask keeps when its numbers were drawn wrongly, and which ones."""

    title = "Two slips that leave no dropout"
    alt = ("First: histogram of the numbers drawn in one step, with the line below which a unit stays on. Second: the "
           "mask of this step, one row a sample, one column a unit. Third: how often each entry of the mask has been "
           "on in the steps so far.")
    STEPS = 40
    controls = (
        Slider("rate", "Share to drop", 0.05, 0.8, 0.05, 0.2),
        Menu("generator", "Numbers", ("fresh uniforms", "uniforms, same seed", "scaled normals",
                                      "scaled normals, same seed"), "scaled normals"),
        Slider("step", "Training step", 1, STEPS, 1, 40, play=True),
        Slider("batch", "Batch size", 4, 128, 4, 64, more=True),
    )
    presets = {
        "Right: fresh uniforms": {"generator": "fresh uniforms"},
        "Same seed in each step": {"generator": "uniforms, same seed"},
        "Scaled normals": {},
        "Both slips": {"generator": "scaled normals, same seed"},
        "Both, half to drop": {"generator": "scaled normals, same seed", "rate": 0.5},
    }
    panels = (
        ("Numbers of this step", "number", "share per bar", (0, 1), (0, 0.12)),
        ("Mask of this step: blue on", "unit", "sample", (0, 100), (0, 1)),
        ("How often entries were on", "share of the steps so far", "share of the entries", (-0.03, 1.03), (0, 1.05)),
    )
    size = (820, 340)
    handles = (Handle(0, "the line that is meant to keep a share", at=lambda s: (1 - s["rate"], None),
                      move=lambda s, x, y: {"rate": 1 - x}),)

    def background(self, axes, values):
        axes[1].set_yticks([])
        axes[1].grid(visible=False)

    def state(self, rate, generator, step, batch):
        numbers = _numbers(generator, batch)
        masks = numbers[:step] < 1 - rate
        kept = masks.mean(axis=(1, 2))
        often = masks.mean(axis=0)
        return {"rate": rate, "generator": generator, "step": step, "numbers": numbers[step - 1], "mask": masks[-1],
                "kept": kept, "often": often, "always": float((often == 1).mean()),
                "never": float((often == 0).mean())}

    def layers(self, state):
        keep = 1 - state["rate"]
        shares, edges = np.histogram(state["numbers"], 40, (0, 1))
        middle = (edges[1:] + edges[:-1]) / 2
        often, marks = np.histogram(state["often"], 21, (-0.025, 1.025))
        return [
            Bars(0, middle, shares / shares.sum(), width=0.022, label="share of the numbers",
                 color=[style.BLUE if at < keep else style.ORANGE for at in middle],
                 key=["kept" if at < keep else "" for at in middle]),
            Line(0, [keep, keep], [0, 0.12], color=style.DARK, width=2.2, label="on to the left of it"),
            Image(1, state["mask"][::-1].astype(float), 0, 1, "boundary", extent=(0, 100, 0, 1), smooth=False,
                  label="1: on, 0: off", key="kept"),
            Line(2, [keep, keep], [0, 1.05], color=style.DARK, width=1.4, dash="dashed", label="share meant"),
            Bars(2, (marks[1:] + marks[:-1]) / 2, often / often.sum(), width=0.042, label="share of the entries",
                 key="often"),
        ]

    def caption(self, state):
        keep, step = 1 - state["rate"], state["step"]
        kept = term(f"{100 * state['kept'][-1]:.1f} % stay on", "kept")
        text = f"{state['generator'].capitalize()}: {100 * keep:.0f} % are meant to stay on, {kept} in step {step}. "
        if step == 1:
            return f"{text}Whether the next step has another mask, the next step tells."
        always = f"{100 * state['always']:.1f} % of the entries were always on, {100 * state['never']:.1f} % never"
        always = term(always, "often")
        text += f"Over {step} steps {always}"
        if "same seed" in state["generator"]:
            return f"{text}: one and the same mask, no noise, only a smaller network."
        if "normals" in state["generator"]:
            return f"{text}: normal numbers scaled by their extremes gather in the middle."
        return f"{text}: each step thins the network anew."

    def code(self):
        v = self.values
        normal, again = "normals" in v["generator"], "same seed" in v["generator"]
        size = f"({v['batch']}, 100)"
        lines = ["import numpy as np", "", "rng, masks = np.random.default_rng(1), []",
                 f"for _ in range({v['step']}):"]
        lines += ["    rng = np.random.default_rng(1)  # the same numbers in every step"] * again
        lines += [f"    u = rng.normal(size={size})" if normal else f"    u = rng.random({size})"]
        lines += ["    u = (u - u.min()) / np.ptp(u)"] * normal
        return "\n".join([*lines, f"    masks.append(u < {1 - v['rate']})", "kept = np.mean(masks, axis=(1, 2))",
                          "often = np.mean(masks, axis=0)",
                          "print(kept[-1], np.mean(often == 1), np.mean(often == 0))"])
