"""Live figures of chapter 08 that count: weights, channels and multiply-adds of convolutional networks."""

from functools import lru_cache

import numpy as np

from course_lib.nn.architectures import (
    ARCHITECTURES,
    Branches,
    Conv,
    Dense,
    DenseStack,
    Flatten,
    MaxPool,
    count,
    scaled,
    summary,
)
from course_lib.viz import style
from course_lib.viz.live import Bars, Demo, Handle, Line, Menu, Points, Slider, Text, term


def large(number: int) -> str:
    """A count in words: 26, 61,706, 62.4 million, 15.5 thousand million."""
    if number < 1e6:
        return f"{number:,}"
    return f"{number / 1e6:.3g} million" if number < 999.5e6 else f"{number / 1e9:.3g} thousand million"


class LocalOrDense(Demo):
    """The connections of one unit, and how many weights a layer has: dense, local, shared."""

    title = "Locality saves much, sharing saves most"
    alt = ("First: a row of pixels below, a row of units above, and the lines that connect them; those of one unit are "
           "thick. Second: the number of weights of a dense layer, of one that looks at windows, and of a convolution, "
           "on a logarithmic axis.")
    controls = (
        Slider("f", "Side of the window", 1, 9, 1, 5, unit="pixels"),
        Slider("n", "Side of the image", 9, 28, 1, 14, unit="pixels"),
        Menu("kind", "Connections drawn", ("dense", "local", "shared"), "shared"),
        Slider("unit", "Unit", 1, 28, 1, 4, more=True),
    )
    presets = {
        "10 × 10 units, windows of 5 × 5": {},
        "Every unit sees everything": {"kind": "dense"},
        "Windows, each its own weights": {"kind": "local"},
        "A digit of 28 × 28": {"n": 28, "f": 5},
        "Windows of one pixel": {"f": 1},
    }
    panels = (
        ("One row of the image (below), its units", "", "", (-1.0, 1.0), (-0.25, 1.25)),
        ("Weights for one map of units", "", "number of weights", (-0.6, 2.6), (1, 3e6)),
    )
    widths = (1.3, 1.0)
    size = (800, 340)
    handles = (Handle(0, "the unit", click=True, at=lambda s: (s["places"][s["unit"] - 1], 1.0),
                      move=lambda s, x, y: {"unit": 1 + int(np.abs(s["places"] - x).argmin())}),)
    _KINDS = ("dense", "local", "shared")

    def background(self, axes, values):
        axes[0].axis("off")
        axes[1].set(yscale="log", xticks=range(3), xticklabels=self._KINDS)
        axes[1].minorticks_off()
        axes[1].grid(axis="x", visible=False)

    def state(self, f, n, kind, unit):
        conv = (Conv(1, f),)
        shared, connections = count(conv, (1, n, n))
        _, m, _ = conv[0].shape((1, n, n))
        dense = count((Flatten(), Dense(m * m)), (1, n, n))[0]
        step = 1.9 / (n - 1)
        return {"f": f, "n": n, "m": m, "kind": kind, "unit": min(unit, m), "weights": [dense, connections + m * m,
                                                                                       shared],
                "pixels": step * np.arange(n) - 0.95, "places": step * (np.arange(m) + (f - 1) / 2) - 0.95}

    def layers(self, state):
        pixels, places, f, kind = state["pixels"], state["places"], state["f"], state["kind"]
        chosen, layers = state["unit"] - 1, []
        for tap in range(state["n"] if kind == "dense" else f):
            ends = np.full(state["m"], tap) if kind == "dense" else np.arange(state["m"]) + tap
            x = np.column_stack([places, pixels[ends], np.full(state["m"], np.nan)]).ravel()
            y = np.tile([1.0, 0.0, np.nan], state["m"])
            color = style.PALETTE[tap % 7] if kind == "shared" else style.GREY
            dash = style.DASHES[tap // 7] if kind == "shared" else "solid"
            look = {"color": color, "dash": dash}
            layers += [Line(0, x, y, width=0.7, alpha=0.4, **look),
                       Line(0, [places[chosen], pixels[ends[chosen]]], [1, 0], width=2.4, label=f"weight {tap + 1}",
                            **(look if kind == "shared" else {"color": style.BLUE}))]
        size = float(np.clip(200 / state["n"], 7, 14))
        seen = np.arange(state["n"]) if kind == "dense" else np.arange(chosen, chosen + f)
        rest = np.setdiff1d(np.arange(state["n"]), seen)
        layers += [Points(0, pixels[rest], np.zeros(len(rest)), color=style.GREY, marker="s", size=size, filled=False),
                   Points(0, pixels[seen], np.zeros(len(seen)), color=style.DARK, marker="s", size=size,
                          label="a pixel that the unit sees"),
                   Points(0, places, np.ones(len(places)), color=style.GREY, size=size, filled=False),
                   Points(0, places[chosen], 1, color=style.BLUE, size=size + 2, label="the unit")]
        weights = state["weights"]
        for at, (name, number) in enumerate(zip(self._KINDS, weights, strict=True)):
            layers += [Bars(1, at, number, base=1, width=0.6, color=style.BLUE if name == kind else style.SKY,
                            label=f"{name}: {number:,} weights", key=name),
                       Text(1, at, 1.7 * number, f"{number:,}", size=12, key=name)]
        return layers

    def caption(self, state):
        n, m, f = state["n"], state["m"], state["f"]
        dense, local, shared = state["weights"]
        return (f"{n} × {n} pixels, {m} × {m} units. {term(f'Dense: {dense:,} weights', 'dense')}, biases included. "
                f"{term(f'Windows of {f} × {f}: {local:,}', 'local')}, {dense / local:.1f} times fewer. "
                f"{term(f'One window for all units: {shared:,}', 'shared')}, {local / shared:.0f} times fewer again.")

    def code(self):
        v = self.values
        return "\n".join([
            "from course_lib.nn.architectures import Conv, Dense, Flatten, count", "",
            f"n, f = {v['n']}, {v['f']}",
            "m = n - f + 1  # units in a row",
            "dense, _ = count([Flatten(), Dense(m * m)], (1, n, n))",
            "shared, connections = count([Conv(1, f)], (1, n, n))",
            "weights = [dense, connections + m * m, shared]",
            "print(weights)",
        ])


@lru_cache(maxsize=128)
def _rows(network, width):
    """The rows of a network's summary that multiply, and its totals (parameters, multiply-adds)."""
    layers, shape = ARCHITECTURES[network]
    rows = summary(scaled(layers, width), shape)
    totals = [sum(getattr(row, name) for row in rows) for name in ParameterCounter.COUNTS]
    return [row for row in rows if row.multiply_adds], totals


class ParameterCounter(Demo):
    """Parameters and multiply-adds of the known networks, layer by layer."""

    title = "Convolutions work, dense layers hold the parameters"
    alt = ("First: the share of the parameters in each layer of a network, convolutions blue and dense layers orange. "
           "Second: the same of the multiply-adds for one image. Third: parameters and multiply-adds of all networks, "
           "the chosen one marked.")
    COUNTS = ("parameters", "multiply_adds")
    controls = (
        Menu("network", "Network", tuple(ARCHITECTURES), "AlexNet"),
        Slider("width", "Channels and units, times", 0.25, 2.0, 0.125, 1.0, ticks=(0.25, 1, 2)),
        Slider("layer", "Layer named", 1, 60, 1, 6, more=True),
    )
    presets = {
        "AlexNet": {},
        "LeNet-5": {"network": "LeNet-5", "layer": 3},
        "VGG-16": {"network": "VGG-16", "layer": 14},
        "GoogLeNet": {"network": "GoogLeNet", "layer": 13},
        "ResNet-50": {"network": "ResNet-50", "layer": 18},
        "MobileNet": {"network": "MobileNet", "layer": 28},
        "MobileNet, a quarter as wide": {"network": "MobileNet", "width": 0.25, "layer": 28},
    }
    panels = (
        ("Share of the parameters", "layer with weights", "%", (0, 10), (0, 100)),
        ("Share of the multiply-adds", "layer with weights", "%", (0, 10), (0, 100)),
        ("All networks", "parameters", "multiply-adds", (3e3, 1e9), (1e4, 1e11)),
    )
    size = (880, 340)
    background_depends = ("network",)
    handles = (
        *(Handle(panel, "the layer named", click=True,
                 at=lambda s, name=name: (s["layer"], s["shares"][name][s["layer"] - 1]),
                 move=lambda s, x, y: {"layer": round(x)}) for panel, name in enumerate(COUNTS)),
        Handle(2, "width of the network", at=lambda s: (s["parameters"], s["multiply_adds"]),
               move=lambda s, x, y: {"width": s["width"] * (x / s["parameters"]) ** 0.5}),
        *(Handle(2, network, press={"network": network}, at=lambda s, network=network: _rows(network, 1.0)[1])
          for network in ARCHITECTURES),
    )

    def background(self, axes, values):
        network = values["network"]
        for name, ax in zip(self.COUNTS, axes, strict=False):
            shares = [100 * getattr(row, name) / total[self.COUNTS.index(name)] for width in (0.25, 1.0, 2.0)
                      for rows, total in [_rows(network, width)] for row in rows]
            ax.set(xlim=(0.3, len(_rows(network, 1.0)[0]) + 0.7), ylim=(0, 1.3 * max(shares)))
            ax.xaxis.get_major_locator().set_params(integer=True)
            ax.grid(axis="x", visible=False)
            for words, color in (("convolution", style.BLUE), ("dense", style.ORANGE)):
                ax.bar(-5, 1, color=color, label=words)
        axes[0].legend(loc="upper left", ncols=2, handlelength=1, columnspacing=0.9)
        axes[2].set(xscale="log", yscale="log", xticks=[1e4, 1e6, 1e8])
        axes[2].minorticks_off()

    def state(self, network, width, layer):
        rows, (parameters, multiply_adds) = _rows(network, width)
        shares = {name: np.array([100 * getattr(row, name) / total for row in rows])
                  for name, total in zip(self.COUNTS, (parameters, multiply_adds), strict=True)}
        dense = np.array([isinstance(row.layer, Dense) for row in rows])
        return {"network": network, "width": width, "layer": min(layer, len(rows)), "rows": rows, "dense": dense,
                "parameters": parameters, "multiply_adds": multiply_adds, "shares": shares,
                "input": ARCHITECTURES[network][1]}

    def layers(self, state):
        chosen, layers = state["layer"] - 1, []
        at, rows = np.arange(1, len(state["rows"]) + 1), state["rows"]
        for panel, name in enumerate(self.COUNTS):
            shares = state["shares"][name]
            labels = [f"{row.name}: {large(getattr(row, name))}, {share:.1f} %"
                      for row, share in zip(rows, shares, strict=True)]
            for dense, color in ((False, style.BLUE), (True, style.ORANGE)):
                some = np.flatnonzero(state["dense"] == dense)
                layers.append(Bars(panel, at[some], shares[some], width=0.8, color=color,
                                   label=[labels[k] for k in some], key=["dense" if dense else "convolution"
                                                                         for _ in some]))
            layers.append(Points(panel, at[chosen], shares[chosen], color=style.DARK, marker="v", size=9, key="layer"))
        totals = [_rows(each, 1.0)[1] for each in ARCHITECTURES]
        here = state["parameters"], state["multiply_adds"]
        return [
            *layers,
            Points(2, *np.transpose(totals), color=style.GREY, size=7, label=[
                f"{each}: {large(p)}, {large(m)}" for each, (p, m) in zip(ARCHITECTURES, totals, strict=True)]),
            Points(2, *here, color=style.GREEN, marker="D", size=10, label=state["network"], key="network"),
            Text(2, 5e3, 4e10, state["network"], color=style.GREEN, size=12, bold=True, ha="left", key="network"),
        ]

    def caption(self, state):
        row, dense = state["rows"][state["layer"] - 1], state["dense"]
        of, at = (f"{state['shares'][name][dense].sum():.0f} %" for name in self.COUNTS)
        wide = "" if state["width"] == 1 else f", {state['width']:g} times as wide"
        shape = " × ".join(map(str, row.shape))
        head = term(f"{state['network']}{wide}", "network")
        held = term(f"dense layers hold {of} of the parameters and do {at} of the multiply-adds", "dense")
        named = term(f"Layer {state['layer']}, {row.name}", "layer")
        return (f"{head}: {large(state['parameters'])} parameters, {large(state['multiply_adds'])} multiply-adds an "
                f"image; {held}. {named}, gives {shape}: {row.parameters:,} parameters, {large(row.multiply_adds)} "
                "multiply-adds.")

    def code(self):
        v = self.values
        return "\n".join([
            "from course_lib.nn.architectures import ARCHITECTURES, count, scaled, summary", "",
            f"layers, shape = ARCHITECTURES[{v['network']!r}]",
            f"layers = scaled(layers, {v['width']})",
            "parameters, multiply_adds = count(layers, shape)",
            "print(summary(layers, shape))",
        ])


class InceptionCost(Demo):
    """The multiply-adds of an Inception module, branch by branch, with and without its 1 x 1 convolutions."""

    title = "1 × 1 convolutions make wide windows cheap"
    alt = ("First: the four branches of an Inception module from the input to the joined output, with the channels "
           "that leave each layer. Second: the multiply-adds of each branch, the share of the 1 x 1 convolutions in "
           "front in green, and as outlines what the branches would take without them.")
    controls = (
        Slider("three", "Channels of the 3 × 3 branch", 16, 384, 16, 128),
        Slider("five", "Channels of the 5 × 5 branch", 8, 128, 8, 32),
        Menu("reduce", "1 × 1 convolutions", ("on", "off"), "on"),
        Slider("before_three", "1 × 1 before 3 × 3", 8, 192, 8, 96, more=True),
        Slider("before_five", "1 × 1 before 5 × 5", 8, 64, 8, 16, more=True),
        Slider("one", "Channels of the 1 × 1 branch", 16, 384, 16, 64, more=True),
        Slider("after_pool", "1 × 1 after the pool", 8, 128, 8, 32, more=True),
        Slider("channels", "Channels of the input", 64, 832, 16, 192, more=True),
        Slider("side", "Side of the maps", 7, 28, 7, 28, unit="pixels", more=True),
    )
    presets = {
        "GoogLeNet's first module": {},
        "The same without 1 × 1": {"reduce": "off"},
        "GoogLeNet's last module": {"one": 384, "before_three": 192, "three": 384, "before_five": 48, "five": 128,
                                   "after_pool": 128, "channels": 832,
                                   "side": 7},
        "A wide 5 × 5 branch": {"five": 128, "reduce": "off"},
    }
    panels = (
        ("Channels, from the input up", "", "", (-0.5, 3.5), (-0.25, 3.35)),
        ("Multiply-adds of the branches", "", "million", (-0.6, 3.6), (0, 545)),
    )
    widths = (1.15, 1.0)
    size = (820, 350)
    handles = (
        Handle(0, "channels of the 3 × 3 branch", turn="three", at=lambda s: (1, 2)),
        Handle(0, "channels of the 5 × 5 branch", turn="five", at=lambda s: (2, 2)),
    )
    _BRANCHES = ("1 × 1", "3 × 3", "5 × 5", "pool")
    _COLORS = (style.BLUE, style.ORANGE, style.PURPLE, style.BROWN)

    def background(self, axes, values):
        axes[0].axis("off")
        axes[1].set(xticks=range(4), xticklabels=self._BRANCHES)
        axes[1].grid(axis="x", visible=False)
        axes[1].bar(-5, 1, color=style.GREEN, label="1 × 1 in front")
        axes[1].plot([], [], color=style.GREY, linestyle="dashed", label="without 1 × 1")
        axes[1].legend(loc="upper left")

    def state(self, three, five, reduce, before_three, before_five, one, after_pool, channels, side):
        shape = (channels, side, side)
        plain = ((Conv(one, 1),), (Conv(three, 3, pad=1),), (Conv(five, 5, pad=2),), (MaxPool(3, 1, 1),))
        reduced = (plain[0], (Conv(before_three, 1), *plain[1]), (Conv(before_five, 1), *plain[2]),
                   (*plain[3], Conv(after_pool, 1)))
        without, with_ones = ([count(branch, shape)[1] for branch in branches] for branches in (plain, reduced))
        branches = reduced if reduce == "on" else plain
        outs = [[row.shape[0] for row in summary(branch, shape)] for branch in branches]
        in_front = [count(branch[:1], shape)[1] if reduce == "on" and 0 < k < 3 else 0
                    for k, branch in enumerate(branches)]
        return {"reduce": reduce, "channels": channels, "side": side, "branches": branches, "outs": outs,
                "in_front": in_front, "work": with_ones if reduce == "on" else without, "without": without,
                "sums": (sum(with_ones), sum(without)),
                "joined": Branches(*branches).shape(shape)[0], "parameters": count((Branches(*branches),), shape)[0]}

    def layers(self, state):
        layers, box = [], {"size": 11.0, "box": True}
        for k, (branch, outs, color) in enumerate(zip(state["branches"], state["outs"], self._COLORS, strict=True)):
            places = [1, 2] if len(outs) == 2 else [2 if k < 3 else 1.5]
            layers.append(Line(0, [1.5, k, k, 1.5], [0, 1, 2, 3], color=color, width=2, key=str(k)))
            for layer, channels, y in zip(branch, outs, places, strict=True):
                words = "pool" if isinstance(layer, MaxPool) else f"{layer.size}\u00a0×\u00a0{layer.size}"
                layers.append(Text(0, k, y, f"{words}: {channels}", key=str(k), room=0.95, **box))
        layers += [Text(0, 1.5, 0, f"input: {state['channels']} maps of {state['side']} × {state['side']}", **box),
                   Text(0, 1.5, 3, f"joined: {state['joined']} channels", bold=True, **box)]
        work, front = np.array(state["work"]) / 1e6, np.array(state["in_front"]) / 1e6
        top = 500  # million; higher bars end there
        layers += [Bars(1, np.arange(4), np.minimum(front, top), width=0.6, color=style.GREEN,
                        label=[f"1 × 1 in front: {large(n)}" for n in state["in_front"]]),
                   Bars(1, np.arange(4), np.minimum(work, top), base=np.minimum(front, top), width=0.6,
                        color=self._COLORS, key=[str(k) for k in range(4)],
                        label=[f"{name}: {large(n)} multiply-adds" for name, n in
                               zip(self._BRANCHES, state["work"], strict=True)])]
        for k, n in enumerate(state["without"]):
            height = min(n / 1e6, top)
            layers.append(Line(1, k + np.array([-0.36, -0.36, 0.36, 0.36]), [0, height, height, 0], color=style.GREY,
                               width=1.4, dash="dashed", label=f"without 1 × 1: {large(n)}"))
        return [*layers, Text(1, np.arange(4), np.minimum(work, top) + 20, [f"{n:.0f}" for n in work],
                              size=12, key=[str(k) for k in range(4)])]

    def caption(self, state):
        with_ones, without = state["sums"]
        five = term(f"{state['work'][2] / sum(state['work']):.0%} of them in the 5 × 5 branch".replace("%", " %"), "2")
        head = f"{large(sum(state['work']))} multiply-adds, {five}; {state['parameters']:,} parameters, "
        head += f"{state['joined']} channels come out. "
        if state["reduce"] == "on":
            return f"{head}Without the 1 × 1 convolutions {large(without)}, {without / with_ones:.1f} times as many."
        return f"{head}With 1 × 1 convolutions {large(with_ones)}, {without / with_ones:.1f} times fewer."

    def code(self):
        v = self.values
        three, five, pool = f"Conv({v['three']}, 3, pad=1)", f"Conv({v['five']}, 5, pad=2)", "MaxPool(3, 1, 1)"
        if v["reduce"] == "on":
            three, five = f"Conv({v['before_three']}, 1), {three}", f"Conv({v['before_five']}, 1), {five}"
            pool = f"{pool}, Conv({v['after_pool']}, 1)"
        return "\n".join([
            "from course_lib.nn.architectures import Branches, Conv, MaxPool, count", "",
            f"shape = ({v['channels']}, {v['side']}, {v['side']})",
            f"branches = [[Conv({v['one']}, 1)], [{three}],",
            f"            [{five}], [{pool}]]",
            "work = [count(branch, shape)[1] for branch in branches]",
            "parameters, _ = count([Branches(*branches)], shape)",
            "joined = Branches(*branches).shape(shape)[0]",
            "print(work, parameters, joined)",
        ])


class DenseChannels(Demo):
    """The channels that each layer of a dense block gets, and the parameters that this takes."""

    title = "Every layer adds the same number of channels"
    alt = ("First: for each layer of a dense block the channels that it reads, colored by the layer they come from, "
           "and the channels that leave the block. Second: the parameters of each layer.")
    controls = (
        Slider("growth", "Growth rate: new channels a layer", 4, 48, 4, 32),
        Slider("count", "Layers", 1, 12, 1, 6),
        Slider("channels", "Channels of the input", 16, 128, 16, 64, more=True),
        Slider("layer", "Layer named", 1, 12, 1, 4, more=True),
    )
    presets = {
        "DenseNet-121, first block": {},
        "Second block": {"count": 12, "channels": 128, "layer": 12},
        "Growth 12": {"growth": 12, "count": 12, "layer": 12},
        "Growth 48": {"growth": 48, "count": 12, "channels": 16, "layer": 12},
    }
    panels = (
        ("Channels read, by where they come from", "layer", "channels", (0.3, 14.2), (0, 800)),
        ("Parameters of each layer", "layer", "thousand", (0.3, 14.2), (0, 230)),
    )
    size = (800, 340)
    handles = (
        Handle(0, "the last layer", x="count", at=lambda s: (s["count"], s["reads"][-1])),
        Handle(1, "the layer named", click=True, at=lambda s: (s["layer"], s["each"][s["layer"] - 1] / 1e3),
               move=lambda s, x, y: {"layer": round(x)}),
    )

    def background(self, axes, values):
        for ax in axes:
            ax.set_xticks([1, 4, 8, 12])
            ax.grid(axis="x", visible=False)

    def state(self, growth, count, channels, layer):
        block, shape = DenseStack(count, growth), (channels, 56, 56)
        each = [sum(row.parameters for row in summary(*path)) for path in block.paths(shape)]
        reads = [path[1][0] for path in block.paths(shape)]
        return {"growth": growth, "count": count, "channels": channels, "layer": min(layer, count), "reads": reads,
                "each": np.array(each), "parameters": block.parameters(shape), "out": block.shape(shape)[0]}

    def layers(self, state):
        reads, growth, out, chosen = state["reads"], state["growth"], state["out"], state["layer"]
        columns = np.arange(1, state["count"] + 2)  # the last one is what leaves the block
        heights = np.array([*reads, out])
        layers = [Bars(0, columns, np.full(len(columns), state["channels"]), width=0.8, color=style.GREY,
                       label="from the input")]
        for source in range(1, state["count"] + 1):
            after = columns[source:]
            base = state["channels"] + (source - 1) * growth
            layers.append(Bars(0, after, np.full(len(after), base + growth), base=base, width=0.8,
                               color=style.ORANGE if source == chosen else (style.BLUE, style.SKY)[source % 2],
                               label=f"from layer {source}", key="new" if source == chosen else "others"))
        return [
            *layers,
            Text(0, columns[-1], heights[-1] + 45, f"out: {out}", size=12, key="out"),
            Bars(1, columns[:-1], state["each"] / 1e3, width=0.8,
                 color=[style.ORANGE if k == chosen else style.BLUE for k in columns[:-1]],
                 label=[f"layer {k}: {n:,} parameters" for k, n in enumerate(state["each"], 1)],
                 key=["new" if k == chosen else "others" for k in columns[:-1]]),
        ]

    def caption(self, state):
        layer, reads, each = state["layer"], state["reads"], state["each"]
        chosen = term(f"Layer {layer} reads {reads[layer - 1]} channels, adds {state['growth']}", "new")
        leave = term(f"{state['out']} channels leave the block", "out")
        return (f"{chosen} and has {each[layer - 1]:,} parameters. After {state['count']} "
                f"layer{'s' * (state['count'] > 1)} {leave}: {state['channels']} + {state['count']} · "
                f"{state['growth']}. The block has {state['parameters']:,} parameters.")

    def code(self):
        v = self.values
        return "\n".join([
            "from course_lib.nn.architectures import DenseStack, summary", "",
            f"block, shape = DenseStack({v['count']}, {v['growth']}), ({v['channels']}, 56, 56)",
            "reads = [channels for _, (channels, *_) in block.paths(shape)]",
            "each = [sum(row.parameters for row in summary(*path)) for path in block.paths(shape)]",
            "parameters, out = block.parameters(shape), block.shape(shape)[0]",
            "print(reads, each, parameters, out)",
        ])
