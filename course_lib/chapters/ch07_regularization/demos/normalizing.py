"""Live figures of chapter 07: what batch norm does with a batch, and which numbers share a mean in its relatives."""

from functools import cache

import numpy as np

from course_lib import datasets, ops
from course_lib.viz import style
from course_lib.viz.figures import legend
from course_lib.viz.live import Bars, Demo, Handle, Image, Line, Menu, Points, Slider, Text, legs, term
from course_lib.viz.numbers import fixed, short


@cache
def _scores() -> np.ndarray:
    """What one hidden unit with random weights makes of the digits, with mean 0 and spread 1 over all of them."""
    scores = datasets.digits8().X_train @ np.random.default_rng(0).normal(size=64)
    return (scores - scores.mean()) / scores.std()


def _bars(panel, values, limits, **look) -> Bars:
    """A histogram of 32 bars, the tallest of height 1; what lies outside of the panel stands in its outermost bars."""
    counts, edges = np.histogram(np.clip(values, *limits), 32, limits)
    return Bars(panel, (edges[:-1] + edges[1:]) / 2, counts / counts.max(), width=0.9 * (edges[1] - edges[0]), **look)


def _steps(count: int) -> str:
    return f"{count} training step" if count == 1 else f"{count} training steps"


class BatchNormAtWork(Demo):
    """One unit's values before and after batch norm, and the running statistics."""

    title = "Whatever level and spread come in, β and γ come out"
    alt = ("First: histogram of the values that enter a batch norm in one batch. Second: histogram of what comes out, "
           "with one sample marked in both. Third: mean and spread of each batch as dots and the running mean and "
           "spread as lines, against the step.")
    controls = (
        Slider("mean", "Mean of what enters", -6.0, 6.0, 0.1, 5.0),
        Slider("sd", "Spread of what enters", 0.1, 5.0, 0.1, 3.0),
        Slider("step", "Training step", 1, 60, 1, 40, play=True),
        Slider("batch", "Batch size", 0.3, 2.4, 0.05, 32, log=True, more=True, ticks=(2, 8, 32, 128)),
        Slider("gamma", "γ, the scale learned", 0.0, 2.0, 0.1, 1.0, more=True),
        Slider("beta", "β, the shift learned", -3.0, 3.0, 0.1, 0.0, more=True),
        Slider("eps", "ε", -5.0, 1.0, 0.25, 1e-5, log=True, more=True),
        Menu("mode", "Mode", ("training", "test"), "training", more=True),
    )
    presets = {
        "Mean 5, spread 3": {},
        "Mean 0, spread 1": {"mean": 0.0, "sd": 1.0},
        "Batches of two": {"batch": 2},
        "Own scale: γ 2, β −1": {"gamma": 2.0, "beta": -1.0},
        "Test after 3 steps": {"mode": "test", "step": 3},
        "Test after 60 steps": {"mode": "test", "step": 60},
        "ε too large": {"sd": 0.2, "eps": 1.0},
    }
    panels = (
        ("What enters", "value of one unit", "share (tallest bar 1)", (-16, 16), (0, 1.12)),
        ("What comes out", "value of one unit", "share (tallest bar 1)", (-8, 8), (0, 1.12)),
        ("Batches and running values", "step", "mean, spread", (0, 61), (-16, 8)),
    )
    size = (820, 340)
    caption_lines = 3
    knobs = ("mean", "sd")
    handles = (
        Handle(0, "the mean of what enters", x="mean"),
        Handle(1, "β", x="beta"),
        Handle(2, "the step", x="step", at=lambda s: (s["step"], None)),
    )

    def background(self, axes, values):
        axes[2].set_xticks([0, 20, 40, 60])
        axes[2].set_yticks([-5, 0, 5])
        dots = {"linestyle": "none", "markersize": 4}
        legend(axes[2], {"batch mean": {"color": style.BLUE, "marker": "o", **dots},
                         "batch spread": {"color": style.ORANGE, "marker": "s", **dots},
                         "running mean": {"color": style.BLUE},
                         "running spread": {"color": style.ORANGE, "linestyle": "dashed"}}, "lower center", 2)

    def state(self, mean, sd, step, batch, gamma, beta, eps, mode, turns):
        scores, rng = _scores(), np.random.default_rng(1)
        scale, shift = np.array([gamma]), np.array([beta])
        running, batches, same = [(np.zeros(1), np.ones(1))], [], []
        pieces = [(end - begin, knobs["mean"], knobs["sd"])
                  for begin, end, knobs in legs(step, {"mean": mean, "sd": sd}, turns)]
        for steps, level, spread in pieces:
            for _ in range(steps):
                rows = np.append(0, rng.integers(1, len(scores), batch - 1))  # the first sample is in every batch
                x = level + spread * scores[rows, None]
                out, _, *after = ops.batchnorm_forward(x, scale, shift, *running[-1], eps=eps)
                running.append(after)
                batches.append((x.mean(), x.std()))
                same.append(out[0, 0])
        if mode == "test":
            out = ops.batchnorm_forward(x, scale, shift, *running[-1], train=False, eps=eps)[0]
        return {"pieces": pieces, "x": x[:, 0], "out": out[:, 0], "batches": np.array(batches),
                "running": np.array([(m[0], np.sqrt(v[0])) for m, v in running]), "same": np.array(same),
                "step": step, "batch": batch, "mode": mode, "beta": beta}

    def layers(self, state):
        steps = np.arange(1, state["step"] + 1)
        layers = [_bars(panel, state[name], self.panels[panel][3], label="share of the batch", key=name, alpha=0.75)
                  for panel, name in enumerate(("x", "out"))]
        for panel, name in enumerate(("x", "out")):
            values = state[name]
            layers += [Line(panel, [values.mean()] * 2, [0, 1.05], color=style.DARK, width=1.6, dash="dashed",
                            label="mean", key=name),
                       Points(panel, np.clip(values[0], *self.panels[panel][3]), 0.04, color=style.RED, marker="D",
                              size=11, label=f"the marked sample: {fixed(values[0])}", key="same")]
        begin = 0
        for steps_before, *_ in state["pieces"][:-1]:
            begin += steps_before
            layers.append(Line(2, [begin, begin], [-7, 8], color=style.GREY, width=1.2, dash="dashed",
                               label="what enters was changed here"))
        for column, (name, color, marker, dash) in enumerate((("mean", style.BLUE, "o", "solid"),
                                                              ("spread", style.ORANGE, "s", "dashed"))):
            layers += [Points(2, steps, state["batches"][:, column], color=color, marker=marker, size=5, alpha=0.6,
                              label=f"{name} of the batch"),
                       Line(2, [0, *steps], state["running"][:, column], color=color, dash=dash, width=2.4,
                            label=f"running {name}", key="running")]
        return layers

    def caption(self, state):
        entered = term(f"mean {fixed(state['x'].mean())} and spread {fixed(state['x'].std())}", "x")
        left = term(f"mean {fixed(state['out'].mean())} and spread {fixed(state['out'].std())}", "out")
        mean, spread = state["running"][-1]
        known = term(f"running mean {fixed(mean)}, running spread {fixed(spread)}", "running")
        marked = term(f"The marked sample comes out as {fixed(state['out'][0])}", "same")
        if state["mode"] == "test":
            return (f"Test: the {known} of {_steps(state['step'])} stand in for those of the {state['batch']} values, "
                    f"{entered}. Out come {left}. {marked}, whatever stands beside it.")
        noise = f", with spread {fixed(state['same'].std())} over {_steps(state['step'])}" if state["step"] > 1 else ""
        return f"A batch of {state['batch']} with {entered} leaves with {left}. {marked}{noise}; {known}."

    def code(self):
        at = self.values
        norm = "ops.batchnorm_forward(x, gamma, beta, mean, var"
        last = [] if at["mode"] == "training" else [f"out = {norm}, train=False, eps={at['eps']:.6g})[0]"]
        return "\n".join([
            "import numpy as np", "from course_lib import datasets, ops", "",
            "scores = datasets.digits8().X_train @ np.random.default_rng(0).normal(size=64)",
            "scores = (scores - scores.mean()) / scores.std()",
            f"gamma, beta, mean, var = np.array([{at['gamma']}]), np.array([{at['beta']}]), np.zeros(1), np.ones(1)",
            "rng = np.random.default_rng(1)",
            f"for steps, level, spread in {self.current['pieces']}:",
            "    for _ in range(steps):",
            f"        rows = np.append(0, rng.integers(1, len(scores), {at['batch'] - 1}))",
            "        x = level + spread * scores[rows, None]",
            f"        out, _, mean, var = {norm}, eps={at['eps']:.6g})",
            *last,
            "x, out = x[:, 0], out[:, 0]",
            "print(out.mean(), out.std(), mean, np.sqrt(var))",
        ])


class NormalizationCube(Demo):
    """Which cells of a batch of images share one mean and one spread."""

    title = "Four normalizations: which cells share one mean"
    alt = ("First: a batch of images, one row a sample and one column a channel; the maps that share a mean with the "
           "chosen one stand out. Second: the same after normalization. Third: mean and spread of every set of cells "
           "that are normalized together, the chosen set in orange.")
    controls = (
        Menu("kind", "Normalization", ("batch", "layer", "instance", "group"), "batch"),
        Slider("groups", "Groups (group norm only)", 1, 6, 1, 3, ticks=(1, 2, 3, 6)),
        Slider("brighter", "Last sample brighter by", 0.0, 6.0, 0.25, 3.0),
        Slider("sample", "Sample chosen", 1, 6, 1, 2, more=True),
        Slider("channel", "Channel chosen", 1, 6, 1, 3, more=True),
        Slider("N", "Samples N", 1, 6, 1, 4, more=True),
        Slider("C", "Channels C", 1, 6, 1, 6, more=True),
        Slider("pixels", "Height and width of a map", 2, 6, 1, 4, more=True),
    )
    presets = {
        "Batch norm": {},
        "Layer norm": {"kind": "layer"},
        "Instance norm": {"kind": "instance"},
        "Three groups": {"kind": "group"},
        "One group: layer norm": {"kind": "group", "groups": 1},
        "Six groups: instance norm": {"kind": "group", "groups": 6},
        "A batch of one": {"N": 1, "sample": 1},
    }
    panels = (
        ("What enters", "", "", (-0.09, 1.01), (-0.09, 1.01)),
        ("What comes out", "", "", (-0.09, 1.01), (-0.09, 1.01)),
        ("Each set: mean and spread", "set of cells", "value", (0, 1), (-5, 10)),
    )
    widths = (1.0, 1.0, 0.9)
    size = (860, 350)
    handles = (Handle(0, "the map chosen", click=True, at=lambda s: NormalizationCube._middle(s),
                      move=lambda s, x, y: {"sample": int(np.floor((1 - y) * s["N"])) + 1,
                                            "channel": int(np.floor(x * s["C"])) + 1}),)

    def background(self, axes, values):
        for ax in axes[:2]:
            ax.axis("off")
        axes[2].set_xticks([])

    @staticmethod
    def _middle(s):
        """Middle of the chosen map."""
        return (s["channel"] - 0.5) / s["C"], 1 - (s["sample"] - 0.5) / s["N"]

    @staticmethod
    def _normalize(x, kind, groups):
        ones, zeros = np.ones(x.shape[1]), np.zeros(x.shape[1])
        if kind == "batch":
            return ops.batchnorm_forward(x, ones, zeros, zeros, ones)[0]
        if kind == "layer":
            return ops.layernorm_forward(x, np.ones(x.shape[1:]), np.zeros(x.shape[1:]))[0]
        if kind == "instance":
            return ops.instancenorm_forward(x, ones, zeros)[0]
        return ops.groupnorm_forward(x, ones, zeros, groups)[0]

    @staticmethod
    def _sets(shape, kind, groups):
        """The number of the set that each map belongs to: (N, C)."""
        C = shape[1]
        row, column = np.indices(shape)
        return {"batch": column, "layer": row, "instance": row * C + column,
                "group": row * groups + column // (C // groups)}[kind]

    def state(self, kind, groups, brighter, sample, channel, N, C, pixels):
        groups = max(g for g in range(1, groups + 1) if C % g == 0)
        rng = np.random.default_rng(0)
        x = rng.normal(0, 2, (C, 1, 1)) + rng.normal(size=(N, C, pixels, pixels))
        before = self._normalize(x, kind, groups)
        x[-1] += brighter
        out = self._normalize(x, kind, groups)
        sets, sample, channel = self._sets((N, C), kind, groups), min(sample, N), min(channel, C)
        members = [x[sets == k] for k in range(sets.max() + 1)]
        moved = np.abs(out - before).max(axis=(1, 2, 3))
        return {"kind": kind, "groups": groups, "brighter": brighter, "sample": sample, "channel": channel, "N": N,
                "C": C, "x": x, "out": out, "sets": sets, "chosen": int(sets[sample - 1, channel - 1]),
                "means": np.array([each.mean() for each in members]), "sds": np.array([each.std() for each in members]),
                "cells": members[0].size, "others": float(moved[:-1].max(initial=0.0)), "last": float(moved[-1])}

    def layers(self, state):
        N, C, sets, chosen = state["N"], state["C"], state["sets"], state["chosen"]
        row, column = np.indices((N, C))
        out = sets != chosen
        layers = []
        for panel, (name, end) in enumerate((("x", 6), ("out", 3))):
            picture = state[name].transpose(0, 2, 1, 3).reshape(N * state["x"].shape[2], -1)[::-1]
            layers += [
                Image(panel, picture, -end, end, "signed", extent=(0, 1, 0, 1), smooth=False, label="value"),
                # What does not share the mean is veiled.
                Bars(panel, (column[out] + 0.5) / C, 1 - row[out] / N, base=1 - (row[out] + 1) / N, width=1 / C,
                     color=style.WHITE, alpha=0.65),
                *(Line(panel, [0, 1, np.nan] * (N - 1), np.repeat(np.arange(1, N) / N, 3), color=style.WHITE, width=4)
                  for _ in range(N > 1)),
                *(Line(panel, np.repeat(np.arange(1, C) / C, 3), [0, 1, np.nan] * (C - 1), color=style.WHITE, width=4)
                  for _ in range(C > 1)),
                Text(panel, (np.arange(C) + 0.5) / C, np.full(C, -0.045), [f"c{c + 1}" for c in range(C)], size=12),
                Text(panel, np.full(N, -0.045), 1 - (np.arange(N) + 0.5) / N, [f"n{n + 1}" for n in range(N)],
                     size=12),
            ]
        left, top = (state["channel"] - 1) / C, 1 - (state["sample"] - 1) / N
        layers.append(Line(0, [left, left + 1 / C, left + 1 / C, left, left],
                           [top, top, top - 1 / N, top - 1 / N, top], color=style.DARK, width=3, label="chosen map"))
        at = (np.arange(len(state["means"])) + 0.5) / len(state["means"])
        low, high = state["means"] - state["sds"], state["means"] + state["sds"]
        gap = np.full(len(at), np.nan)
        layers += [
            Line(2, [0, 1], [0, 0], color=style.DARK, width=1),
            Line(2, np.stack([at, at, gap], 1).ravel(), np.stack([low, high, gap], 1).ravel(), color=style.GREY,
                 width=2, label="mean ± spread"),
            Points(2, at, state["means"], color=style.BLUE, size=6, label="mean of a set"),
            Line(2, at[[chosen, chosen]], [low[chosen], high[chosen]], color=style.ORANGE, width=4,
                 label="chosen set: mean ± spread", key="set"),
            Points(2, at[chosen], state["means"][chosen], color=style.ORANGE, marker="D", size=10,
                   label="mean of the chosen set", key="set"),
        ]
        return layers

    def caption(self, state):
        count, mean = len(state["means"]), state["means"][state["chosen"]]
        kind = f"{state['kind'].capitalize()} norm"
        if state["kind"] == "group":
            kind += f" with {state['groups']} {'group' if state['groups'] == 1 else 'groups'}"
        chosen = term(f"mean {fixed(mean)} and spread {fixed(state['sds'][state['chosen']])}", "set")
        text = (f"{kind}: {count} {'set' if count == 1 else 'sets'} of {state['cells']} cells with one mean each; the "
                f"chosen set has {chosen}.")
        if not state["brighter"]:
            return text
        if state["N"] == 1:
            return f"{text} The only sample, made brighter by {short(state['brighter'])}, comes out as before."
        text += f" The last sample was made brighter by {short(state['brighter'])}: "
        if max(state["others"], state["last"]) < 0.005:
            return f"{text}no output moves, since no sample shares a mean with another."
        return (f"{text}the other samples' outputs move by up to {fixed(state['others'])}, its own by up to "
                f"{fixed(state['last'])}.")

    def code(self):
        at, now = self.values, self.current
        call = {"batch": "ops.batchnorm_forward(x, ones, zeros, zeros, ones)",
                "layer": "ops.layernorm_forward(x, np.ones(x.shape[1:]), np.zeros(x.shape[1:]))",
                "instance": "ops.instancenorm_forward(x, ones, zeros)",
                "group": f"ops.groupnorm_forward(x, ones, zeros, {now['groups']})"}[at["kind"]]
        means = {"batch": "x.mean(axis=(0, 2, 3))", "layer": "x.mean(axis=(1, 2, 3))",
                 "instance": "x.mean(axis=(2, 3)).ravel()",
                 "group": f"x.reshape({at['N'] * now['groups']}, -1).mean(axis=1)"}[at["kind"]]
        shape = (at["N"], at["C"], at["pixels"], at["pixels"])
        return "\n".join([
            "import numpy as np", "from course_lib import ops", "",
            "rng = np.random.default_rng(0)",
            f"x = rng.normal(0, 2, ({at['C']}, 1, 1)) + rng.normal(size={shape})",
            f"x[-1] += {at['brighter']}",
            f"ones, zeros = np.ones({at['C']}), np.zeros({at['C']})",
            f"out = {call}[0]",
            f"means = {means}",
            "print(means)",
        ])
