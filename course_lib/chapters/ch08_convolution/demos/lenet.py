"""Live figures of chapter 08: a LeNet-5 that was trained on digits; what it makes of one, and what it gets wrong."""

import base64
import textwrap
import zlib
from functools import cache, lru_cache

import numpy as np

from course_lib import datasets
from course_lib.chapters.ch08_convolution import readers
from course_lib.nn.architectures import LENET5, summary
from course_lib.viz import style
from course_lib.viz.live import Bars, Demo, Handle, Image, Line, Menu, Pad, Points, Slider, Text, term
from course_lib.viz.numbers import fixed

#: Layer of the menus -> its place in LENET5; convolutions and dense layers are shown behind their ReLU.
_LAYERS = {"conv 1": 1, "pool 1": 2, "conv 2": 4, "pool 2": 5, "dense 1": 8, "dense 2": 10, "scores": 11}
_MAPS = ("conv 1", "pool 1", "conv 2", "pool 2")
_TALL = 4.0  # height of the panel of a layer's outputs, in its own unit
_GRAY = {"colors": "gray", "smooth": False}


@cache
def _digits() -> datasets.Split:
    return datasets.digits28()


def _pool(n):
    """Which of 2n cells each of n cells of a pooling by 2 sees."""
    return np.arange(n)[:, None] == np.arange(2 * n) // 2


def _window(n, size, pad):
    """Which cells of the map before each of its cells sees, along one axis."""
    outputs = n + 2 * pad - size + 1
    return np.abs(np.arange(n) - np.arange(outputs)[:, None] + pad - (size - 1) / 2) <= size / 2


@cache
def _sees() -> dict:
    """For each layer of maps, which rows of the picture each of its rows sees; of columns it is the same."""
    steps = {"conv 1": _window(28, 5, 2), "pool 1": _pool(14), "conv 2": _window(14, 5, 0), "pool 2": _pool(5)}
    seen, found = np.eye(28, dtype=bool), {}
    for name, step in steps.items():
        found[name] = seen = step @ seen
    return found


def _grid(count: int, left: float, right: float, bottom: float, top: float) -> list[tuple[float, float, float, float]]:
    """Edges (left, right, bottom, top) of so many square tiles, row by row, as large as there is room."""
    width, height = right - left, top - bottom
    side, columns = max((min(width / columns, height / -(-count // columns)), columns) for columns in (2, 3, 4))
    top -= (height - side * -(-count // columns)) / 2
    left += (width - side * columns) / 2
    return [(left + side * (k % columns) + 0.03, left + side * (k % columns + 1) - 0.03,
             top - side * (k // columns + 1) + 0.03, top - side * (k // columns) - 0.03) for k in range(count)]


def _frame(panel: int, edges, **look) -> Line:
    left, right, bottom, top = edges
    return Line(panel, [left, right, right, left, left], [bottom, bottom, top, top, bottom], **look)


def _tile_at(x: float, y: float, tiles) -> int:
    return int(np.argmin([np.hypot(x - (left + right) / 2, y - (bottom + top) / 2)
                          for left, right, bottom, top in tiles]))


def _map_images(panel: int, maps, tiles, sees, cells: str, key: str = "") -> list:
    """Maps side by side on one scale, each cell with the pixels of "picture" that it sees."""
    high = max(float(maps.max()), 1e-6)
    images = [Image(panel, values[::-1], 0, high, "heat", extent=tile, smooth=False, label=f"map {k}", cells=cells,
                    sees={"picture": (sees, sees)}, key=key)
              for k, (values, tile) in enumerate(zip(maps, tiles, strict=True))]
    return [*images, *(_frame(panel, tile, color=style.GREY, width=1) for tile in tiles)]


def _answer(panel: int, shares, key: str) -> list:
    """A bar for each digit, the likeliest in full color."""
    colors = [style.BLUE if k == shares.argmax() else style.SKY for k in range(10)]
    return [Bars(panel, 9 - np.arange(10), shares, color=colors, horizontal=True, width=0.76, key=key,
                 label=[f"{k}: {100 * share:.1f} %" for k, share in enumerate(shares)])]


def _digit_axis(ax) -> None:
    ax.set_yticks(9 - np.arange(10), [str(k) for k in range(10)])
    ax.grid(axis="y", visible=False)


def _percent(share: float) -> str:
    return f"{100 * share:.1f} %"


def _changed(weight, bias, kernel: int, change: str, channel: int, added: tuple):
    """Copies of the weights and biases of a convolution, one kernel changed, then numbers added to one slice of it."""
    weight, bias = weight.copy(), bias.copy()
    others = np.arange(len(weight)) != kernel
    if change == "off":
        weight[kernel], bias[kernel] = 0, 0
    elif change == "all others off":
        weight[others], bias[others] = 0, 0
    elif change == "turned by 180°":
        weight[kernel] = weight[kernel, :, ::-1, ::-1]
    elif change == "noise":
        weight[kernel] = weight[kernel].std() * np.random.default_rng(0).normal(size=weight[kernel].shape)
    weight[kernel, channel] += np.reshape(added, weight.shape[2:])
    return weight, bias


_CHANGE_CODE = {
    "off": "weight[{k}], bias[{k}] = 0, 0",
    "all others off": "weight[np.arange(len(weight)) != {k}], bias[np.arange(len(bias)) != {k}] = 0, 0",
    "turned by 180°": "weight[{k}] = weight[{k}, :, ::-1, ::-1]",
    "noise": "weight[{k}] = weight[{k}].std() * np.random.default_rng(0).normal(size=weight[{k}].shape)",
}


def _own():
    """The network of the drawing pad: it has seen digits in many places, as hands draw them."""
    return readers.trained("LeNet-5", readers.MOVED)


@lru_cache(maxsize=64)
def _edited(stage: int, kernel: int, change: str, channel: int, added: tuple):
    """The network with one kernel changed, and its accuracy on the held-out digits."""
    run = _own().last
    if change != "as trained" or any(added):
        params, names = run.params, (f"{stage}.weight", f"{stage}.bias")
        run = run.edited(dict(zip(names, _changed(*(params[name] for name in names), kernel, change, channel, added),
                                  strict=True)))
    return run, run.evaluate(_digits().X_test, _digits().y_test)[1]


@cache
def _as_trained() -> float:
    """Accuracy of the network as it is."""
    return _own().last.evaluate(_digits().X_test, _digits().y_test)[1]


def _small_seven() -> tuple:
    """A 7 that somebody drew small and into a corner."""
    ink = np.zeros((28, 28))
    ink[16:18, 16:25] = 1
    for k in range(9):
        ink[17 + k, 23 - k // 2 : 25 - k // 2] = 1
    return tuple(map(tuple, ink.tolist()))


#: Slider of each cell of a kernel.
_CELLS = {f"w{row}{column}": (row, column) for row in range(5) for column in range(5)}
#: In cells, each as wide as a finger: edges of the kernel, of the place for the maps beside it, and where the first of
#: conv 2's six slices begins.
_KERNEL, _MAPS_PLACE, _STRIP = (0.05, 5.05, 1.12, 6.12), (5.25, 7.3, 1.12, 6.12), (0.05, 0.04)


def _cell_center(row: int, column: int) -> tuple[float, float]:
    left, _, _, top = _KERNEL
    return left + column + 0.5, top - row - 0.5


def _slice_edges(channel: int) -> tuple[float, float, float, float]:
    left, bottom = _STRIP
    return left + channel + 0.04, left + channel + 0.96, bottom, bottom + 0.92


class OwnLeNet(Demo):
    """Draw a digit, see every map of a trained LeNet-5, and damage one of its kernels."""

    title = "Your own LeNet-5: draw a digit, change a kernel"
    alt = ("First: a drawing pad, and below it the picture as the network gets it. Second: the chosen kernel, whose "
           "numbers can be turned, and all maps of the chosen layer. Third: the probability of each digit as bars.")
    controls = (
        Pad("drawing", "Draw in the black square", needs={"source": "my drawing"}),
        Menu("layer", "Maps of", _MAPS, "conv 1"),
        Menu("change", "The chosen kernel", ("as trained", "off", "turned by 180°", "noise", "all others off"),
             "as trained"),
        Slider("kernel", "Kernel (or click on its map)", 0, 15, 1, 2, more=True, ticks=(0, 5, 15)),
        Menu("source", "Picture", ("my drawing", "test digit"), "test digit", more=True),
        Slider("digit", "Test digit number", 0, 1999, 1, 7, more=True, ticks=(0, 500, 1000, 1500, 1999)),
        Menu("form", "The network gets my drawing", ("in the form of its digits", "as it stands"),
             "in the form of its digits", more=True),
        Slider("channel", "Slice of the kernel, in conv 2", 0, 5, 1, 0, more=True, ticks=(0, 5)),
        *(Slider(name, f"Added in row {row}, column {column}", -3.0, 3.0, 0.1, 0.0, more=True)
          for name, (row, column) in _CELLS.items()),
    )
    presets = {
        "A test digit": {},
        "One kernel off": {"change": "off"},
        "One weight turned": {"w22": -1.5},
        "Nothing but one kernel": {"change": "all others off"},
        "Second layer, noise": {"layer": "conv 2", "change": "noise", "kernel": 5, "channel": 3},
        "Small, in a corner": {"drawing": _small_seven(), "source": "my drawing", "form": "as it stands"},
    }
    panels = (
        ("Draw here", "", "", (0, 28), (-18.4, 28)),
        ("A kernel, and the maps of its layer", "", "", (0, 7.35), (0, 6.5)),
        ("Its answer", "probability", "digit", (0, 1.02), (-0.6, 9.6)),
    )
    widths = (204, 382, 100)
    pictures = (0, 1)
    size = (900, 416)
    caption_lines = 3
    handles = (
        Handle(1, "the kernel chosen", click=True,
               at=lambda s: (sum(s["tiles"][s["chosen"]][:2]) / 2, sum(s["tiles"][s["chosen"]][2:]) / 2),
               move=lambda s, x, y: {"kernel": _tile_at(x, y, s["tiles"])} if x > _KERNEL[1] else {}),
        *(Handle(1, f"row {row}, column {column} of the kernel", turn=name,
                 at=lambda s, cell=(row, column): _cell_center(*cell)) for name, (row, column) in _CELLS.items()),
        *(Handle(1, f"the slice for map {k}", press={"channel": k}, at=lambda s, k=k:
                 (sum(_slice_edges(k)[:2]) / 2, sum(_slice_edges(k)[2:]) / 2) if s["stage"] else None)
          for k in range(6)),
    )

    def background(self, axes, values):
        axes[0].axis("off")
        axes[1].axis("off")
        _digit_axis(axes[2])

    def state(self, drawing, layer, change, kernel, source, digit, form, channel, **added):
        own = source == "my drawing"
        ink = np.array(drawing, np.float32) if own else _digits().X_test[digit] / np.float32(255)
        image = readers.as_digit(ink) if own and form.startswith("in the form") else ink
        stage = 0 if layer in ("conv 1", "pool 1") else 3
        weights = _own().last.params[f"{stage}.weight"]
        chosen, channel, added = min(kernel, len(weights) - 1), channel if stage else 0, tuple(added.values())
        run, accuracy = _edited(stage, chosen, change, channel, added)
        maps = run.maps(image[None])
        shares = run.predict(image[None])[0]
        return {"ink": ink, "image": image, "own": own, "layer": layer, "chosen": chosen, "change": change,
                "stage": stage, "maps": maps[_LAYERS[layer]][0], "filter": run.params[f"{stage}.weight"][chosen],
                "channel": channel, "added": np.reshape(added, (5, 5)), "turned": sum(map(bool, added)),
                "shares": shares, "trained": _own().last.predict(image[None])[0], "accuracy": accuracy,
                "before": _as_trained(), "label": None if own else int(_digits().y_test[digit]),
                "tiles": _grid(len(weights), *_MAPS_PLACE), "sees": _sees()[layer]}

    def _kernel(self, s) -> list:
        """The kernel under the hand; of conv 2 one slice, beneath it all six."""
        weight, chosen, channel = s["filter"], s["chosen"], s["channel"]
        largest = max(float(np.abs(weight).max()), 1e-6)
        signed = {"low": -largest, "high": largest, "colors": "signed", "smooth": False, "label": "weight"}
        words = f"kernel {chosen}" + (f", from map {channel}" if s["stage"] else "")
        layers = [Image(1, weight[channel, ::-1], extent=_KERNEL, key="kernel", **signed),
                  _frame(1, _KERNEL, color=style.GREY, width=1.2),
                  Text(1, _KERNEL[0], _KERNEL[3] + 0.06, words, ha="left", va="bottom", size=11, key="kernel")]
        if s["stage"]:
            layers += [Image(1, part[::-1], extent=_slice_edges(k), **signed) for k, part in enumerate(weight)]
            layers.append(_frame(1, _slice_edges(channel), color=style.GREEN, width=2.4, key="kernel"))
        return layers

    def layers(self, s):
        chosen = s["chosen"]
        return [
            Image(0, s["ink"][::-1], extent=(0, 28, 0, 28), pad="drawing", label="ink", **_GRAY),
            Image(0, s["image"][::-1], extent=(0, 16, -17.4, -1.4), label="ink", cells="picture", **_GRAY),
            Text(0, 17, -9.4, "as the\nnetwork\ngets it", ha="left", size=11),
            *_map_images(1, s["maps"], s["tiles"], s["sees"], s["layer"]),
            *self._kernel(s),
            _frame(1, s["tiles"][chosen], color=style.GREEN, width=3, key="kernel"),
            *_answer(2, s["shares"], "answer"),
            *([] if s["change"] == "as trained" and not s["turned"] else
              [Line(2, [share] * 2, [8.55 - k, 9.45 - k], color=style.DARK, width=2.6, key="before",
                    label=f"{k}, network as trained: {_percent(share)}")
               for k, share in enumerate(s["trained"]) if share > 0.01]),
        ]

    def caption(self, s):
        order = np.argsort(-s["shares"], kind="stable")[:2]
        if not s["image"].any():
            text = "The paper is blank. Draw a digit in the black square, by mouse, finger or keyboard. "
        else:
            first, second = (f"{k} with {_percent(s['shares'][k])}" for k in order)
            text = f"The network reads {term(first, 'answer')}"
            text += f", then {second}" if s["shares"][order[1]] > 0.0005 else ""
            text += ". " if s["own"] else f"; it is a {s['label']}. "
        count, *sides = s["maps"].shape
        text += f"{s['layer'].capitalize()} gives {count} maps of {sides[0]} × {sides[1]}.\n"
        before = f"{_percent(s['before'])} of the 2,000 held-out digits are read rightly as trained"
        kernel = term(f"kernel {s['chosen']} of conv {1 if s['stage'] == 0 else 2}", "kernel")
        if s["change"] == "as trained" and not s["turned"]:
            return f"{text}{before}. Chosen is {kernel}: turn its numbers or change it, and read what it was worth."
        change = {"as trained": kernel, "all others off": f"{kernel} alone left",
                  "noise": f"noise in place of {kernel}"}.get(s["change"], f"{kernel} {s['change']}")
        if s["turned"] == 1:
            row, column = np.argwhere(s["added"])[0]
            change += f", its weight [{row}, {column}] turned to {fixed(s['filter'][s['channel'], row, column])},"
        elif s["turned"]:
            change += f", {s['turned']} of its weights turned,"
        lost = round(2000 * (s["before"] - s["accuracy"]))
        much = f"{abs(lost):,} digit{'' if abs(lost) == 1 else 's'} {'fewer' if lost > 0 else 'more'}"
        much = much if lost else "as many"
        marks = term("dark marks", "before") if (s["trained"] > 0.01).any() else ""
        return f"{text}{before}; with {change} {_percent(s['accuracy'])}, {much}. Its answer as trained: {marks}."

    def code(self):
        v, s = self.values, self.current
        name, change = f"{s['stage']}", _CHANGE_CODE.get(s["change"], "").format(k=s["chosen"])
        if s["own"]:
            packed = base64.b64encode(zlib.compress(np.round(100 * s["ink"]).astype(np.uint8).tobytes(), 9)).decode()
            text = "\n".join(f'    "{line}"' for line in textwrap.wrap(packed, 96))
            picture = ["import base64, zlib", f"text = (\n{text})",
                       'ink = np.frombuffer(zlib.decompress(base64.b64decode(text)), np.uint8).reshape(28, 28) / 100',
                       "image = readers.as_digit(ink)" if v["form"].startswith("in the form")
                       else "image = ink.astype(np.float32)"]
        else:
            picture = [f"image = digits.X_test[{v['digit']}] / np.float32(255)"]
        return "\n".join([
            "import numpy as np", "from course_lib import datasets",
            "from course_lib.chapters.ch08_convolution import readers  # LeNet-5, trained once a session", "",
            f'digits, run = datasets.digits28(), readers.trained("LeNet-5", {readers.MOVED}).last',
            *picture,
            f'weight, bias = run.params["{name}.weight"].copy(), run.params["{name}.bias"].copy()',
            *([change] if change else []),
            *([f"weight[{s['chosen']}, {s['channel']}] += np.array({s['added'].tolist()})"] if s["turned"] else []),
            f'run = run.edited({{"{name}.weight": weight, "{name}.bias": bias}})',
            f"maps = run.maps(image[None])[{_LAYERS[v['layer']]}][0]",
            "shares = run.predict(image[None])[0]",
            "accuracy = run.evaluate(digits.X_test, digits.y_test)[1]",
            "print(shares.argmax(), accuracy)",
        ])


@cache
def _rows():
    """Shape and parameters of each layer of the menu, those of the convolution or dense layer before its ReLU."""
    rows = summary(LENET5, (1, 28, 28))
    return {name: (rows[place].shape, rows[place].parameters or (
        rows[place - 1].parameters if "pool" not in name else 0)) for name, place in _LAYERS.items()}


class LeNetWalk(Demo):
    """One digit on its way through LeNet-5, after each epoch of its training."""

    title = "A digit on its way through LeNet-5, while it learns"
    alt = ("First: a digit. Second: what the chosen layer makes of it after the chosen epoch, maps, units or scores. "
           "Third: training and validation loss after each epoch, with the chosen one marked.")
    controls = (
        Menu("layer", "Layer", tuple(_LAYERS), "conv 1"),
        Slider("image", "Test digit number", 0, 1999, 1, 7, ticks=(0, 500, 1000, 1500, 1999)),
        Slider("epoch", "Epoch", 0, readers.EPOCHS, 1, readers.EPOCHS, play=True),
        Menu("training", "Trained on", tuple(readers.TRAINED), "digits as they are", more=True),
    )
    presets = {
        "Trained": {},
        "At the start": {"epoch": 0},
        "After one epoch": {"epoch": 1, "layer": "scores"},
        "Second convolution": {"layer": "conv 2"},
        "Moved digits": {"training": "digits moved by up to 2 pixels"},
        "No picture any more": {"layer": "dense 1"},
    }
    panels = (
        ("The digit", "", "", (0, 28), (0, 28)),
        ("What the layer gives", "", "", (0, 4), (-0.3, _TALL)),
        ("Loss: training, validation", "epoch", "loss", (0, readers.EPOCHS + 0.2), (3e-4, 4)),
    )
    widths = (212, 198, 236)
    pictures = (0, 1)
    size = (860, 290)
    caption_lines = 3
    handles = (Handle(2, "the epoch", x="epoch", click=True),)

    def background(self, axes, values):
        axes[0].axis("off")
        axes[1].axis("off")
        axes[2].set(yscale="log", ylim=(3e-4, 4), xticks=range(0, readers.EPOCHS + 1, 2))
        axes[2].plot([], [], color=style.BLUE, linewidth=2.4, label="training")
        axes[2].plot([], [], color=style.ORANGE, linewidth=2.4, linestyle="dashed", label="validation")
        axes[2].legend(loc="lower left")

    def state(self, layer, image, epoch, training):
        reader = readers.trained("LeNet-5", readers.TRAINED[training])
        run, x = reader.runs[epoch], _digits().X_test[image] / np.float32(255)
        loss, val_loss = reader.last.loss, reader.last.val_loss
        return {"x": x, "layer": layer, "epoch": epoch, "out": run.maps(x[None])[_LAYERS[layer]][0],
                "shares": run.predict(x[None])[0], "loss": loss, "val_loss": val_loss,
                "accuracy": reader.last.accuracy, "val_accuracy": reader.last.val_accuracy,
                "best": int(np.argmin(val_loss)) + 1, "label": int(_digits().y_test[image])}

    def _outputs(self, s) -> list:
        """The layer's numbers: maps as pictures, dense units as cells of one, scores as bars."""
        out = s["out"]
        if out.ndim == 3:
            sees = _sees()[s["layer"]]
            return _map_images(1, out, _grid(len(out), 0, 4, 0, _TALL), sees, s["layer"], key="layer")
        if s["layer"] == "scores":
            low, high = min(float(out.min()), 0.0), max(float(out.max()), 1e-6)
            place = lambda value: 0.4 + 3.4 * (value - low) / (high - low)
            at = 0.2 + 0.4 * np.arange(10)
            return [Bars(1, at, place(out), base=place(0.0), width=0.3, key="layer",
                         color=[style.BLUE if value > 0 else style.ORANGE for value in out],
                         label=[f"score of {k}: {value:.2f}" for k, value in enumerate(out)]),
                    Line(1, [0, 4], [place(0.0)] * 2, color=style.GREY, width=1),
                    Text(1, at, 0.05, list("0123456789"), size=12)]
        rows = out.reshape(-1, 12)
        edges = (0.02, 3.98, (_TALL - len(rows) / 3) / 2, (_TALL + len(rows) / 3) / 2)
        return [Image(1, rows[::-1], 0, max(float(out.max()), 1e-6), "heat", smooth=False, label="unit",
                      extent=edges, key="layer"), _frame(1, edges, color=style.GREY, width=1)]

    def layers(self, s):
        epochs, now, best = np.arange(1, len(s["loss"]) + 1), s["epoch"], s["best"]
        return [
            Image(0, s["x"][::-1], extent=(0, 28, 0, 28), label="ink", cells="picture", **_GRAY),
            *self._outputs(s),
            Line(2, [now, now], [3e-4, 4], color=style.DARK, width=1.4, dash="dotted"),
            Line(2, epochs, s["loss"], width=2.4, label="training loss"),
            Line(2, epochs, s["val_loss"], color=style.ORANGE, width=2.4, dash="dashed", label="validation loss"),
            Points(2, best, s["val_loss"][best - 1], color=style.ORANGE, size=11, label="lowest validation loss",
                   key="best"),
        ]

    def caption(self, s):
        shape, parameters = _rows()[s["layer"]]
        size = " × ".join(f"{n}" for n in shape)
        text = f"{term(s['layer'].capitalize(), 'layer')}: {size}"
        text += f", {parameters:,} parameters" if parameters else ", nothing to learn"
        answer = int(s["shares"].argmax())
        text += f". After epoch {s['epoch']} the network reads {answer} with {_percent(s['shares'][answer])}; it is a "
        text += f"{s['label']}.\n"
        if s["epoch"]:
            k = s["epoch"] - 1
            text += (f"Epoch {s['epoch']}: training loss {s['loss'][k]:.4f}, accuracy {s['accuracy'][k]:.4f}; "
                     f"validation {s['val_loss'][k]:.4f}, {s['val_accuracy'][k]:.4f}. ")
        else:
            text += "Epoch 0: weights as they were drawn. "
        return text + term(f"Lowest validation loss: epoch {s['best']} of {len(s['loss'])}.", "best")

    def code(self):
        v = self.values
        n, shift = readers.LEARNED, readers.TRAINED[v["training"]]
        return "\n".join([
            "import numpy as np", "from course_lib import convnet, datasets", "",
            "digits, runs = datasets.digits28(), []",
            "X, y = digits.X_train, digits.y_train",
            f"rate = lambda epoch: {readers.RATE} * (1 - epoch / {readers.EPOCHS})",
            f"start = convnet.train(X[:{n}], y[:{n}], epochs=0)  # LeNet-5",
            f"last = convnet.train(X[:{n}], y[:{n}], epochs={readers.EPOCHS}, schedule=rate, shift={shift},",
            f"                     X_val=X[{n}:], y_val=y[{n}:], on_epoch=runs.append)",
            f"run = [start, *runs][{v['epoch']}]",
            f"x = digits.X_test[{v['image']}] / np.float32(255)",
            f"out = run.maps(x[None])[{_LAYERS[v['layer']]}][0]",
            "shares = run.predict(x[None])[0]",
            "loss, val_loss = last.loss, last.val_loss",
            "print(out.shape, shares.argmax(), loss[-1], val_loss[-1])",
        ])


@lru_cache(maxsize=4)
def _read(network: str, training: str) -> np.ndarray:
    """Probabilities of the held-out digits, (2000, 10)."""
    return readers.trained(network, readers.TRAINED[training]).last.predict(_digits().X_test)


class SampleGallery(Demo):
    """Held-out digits with the answers of a network, all or the wrong ones."""

    title = "Which digits are read wrongly"
    alt = ("First: twenty held-out digits with the network's answers, wrong ones in orange with the true digit. "
           "Second: the probabilities for the one that is framed. Third: errors among the digits of each class.")
    ROWS, COLUMNS = 4, 5
    controls = (
        Slider("index", "Number among those shown", 0, 1999, 1, 0, ticks=(0, 500, 1000, 1500, 1999)),
        Menu("label", "Which digit", ("all", *"0123456789"), "all"),
        Menu("which", "Show", ("all answers", "wrong answers"), "all answers"),
        Menu("network", "Network", tuple(readers.LAYERS), "LeNet-5", more=True),
        Menu("training", "Trained on", tuple(readers.TRAINED), "digits moved by up to 2 pixels", more=True),
    )
    presets = {
        "All": {},
        "Wrong answers": {"which": "wrong answers"},
        "Wrong answers of the dense network": {"which": "wrong answers", "network": "dense"},
        "Nines": {"label": "9"},
    }
    panels = (
        ("Answers, in brackets the true digit", "", "", (0, COLUMNS), (0, ROWS)),
        ("The framed one", "probability", "digit", (0, 1.02), (-0.6, 9.6)),
        ("Errors by digit", "wrong answers", "digit", (0, 40), (-0.6, 9.6)),
    )
    widths = (330, 158, 158)
    pictures = (0,)
    size = (860, 308)
    handles = (
        Handle(0, "the digit framed", click=True, at=lambda s: s["place"],
               move=lambda s, x, y: {"index": min(s["first"] + SampleGallery.tile_at(x, y), len(s["numbers"]) - 1)}),
    )
    background_depends = ("network", "training")

    def background(self, axes, values):
        axes[0].axis("off")
        for ax in axes[1:]:
            _digit_axis(ax)
        axes[2].set_xlim(0, 1.05 * max(1, self._errors(values["network"], values["training"]).max()))

    @classmethod
    def tile_at(cls, x, y) -> int:
        """Which of the digits shown lies there."""
        return min(int(x), cls.COLUMNS - 1) + cls.COLUMNS * max(cls.ROWS - 1 - int(y), 0)

    @staticmethod
    def _errors(network, training):
        y = _digits().y_test
        return np.bincount(y[_read(network, training).argmax(axis=1) != y], minlength=10)

    def state(self, index, label, which, network, training):
        shares, y = _read(network, training), _digits().y_test
        answers = shares.argmax(axis=1)
        chosen = (y == int(label)) if label != "all" else np.ones(len(y), bool)
        wrong = chosen & (answers != y)
        numbers = np.flatnonzero(wrong if which == "wrong answers" else chosen)
        if numbers.size == 0:
            raise ValueError(f"This network reads every held-out digit {label} rightly; there is nothing to show.")
        index = min(index, len(numbers) - 1)
        page = self.ROWS * self.COLUMNS
        first = index // page * page
        row, column = divmod(index - first, self.COLUMNS)
        number = numbers[index]
        return {"numbers": numbers, "at": index, "first": first, "number": int(number),
                "errors": self._errors(network, training), "place": (column + 0.33, self.ROWS - row - 0.5),
                "shares": shares[number], "label": int(y[number]),
                "answers": answers[numbers[first:first + page]], "labels": y[numbers[first:first + page]],
                "seen": int(chosen.sum()), "wrong": int(wrong.sum()), "of": label, "network": network}

    def layers(self, s):
        shown = s["numbers"][s["first"]:s["first"] + self.ROWS * self.COLUMNS]
        row, column = np.divmod(np.arange(len(shown)), self.COLUMNS)
        tiles = [(c + 0.02, c + 0.64, self.ROWS - r - 0.86, self.ROWS - r - 0.14)
                 for r, c in zip(row, column, strict=True)]
        answers, labels = s["answers"], s["labels"]
        layers = [Image(0, _digits().X_test[n][::-1] / 255, extent=tile, label="ink", **_GRAY)
                  for n, tile in zip(shown, tiles, strict=True)]
        for right, color in ((True, style.BLUE), (False, style.ORANGE)):
            some = (answers == labels) == right
            if some.any():
                words = [f"{a}" if right else f"{a}\n({y})" for a, y in zip(answers[some], labels[some], strict=True)]
                layers.append(Text(0, column[some] + 0.82, self.ROWS - row[some] - 0.5, words,
                                   color=style.for_text(color), size=12, bold=True))
        at, framed = 9 - np.arange(10), tiles[s["at"] - s["first"]]
        return [
            *layers,
            _frame(0, framed, color=style.GREEN, width=3, key="framed"),
            *_answer(1, s["shares"], "framed"),
            Bars(2, at, s["errors"], horizontal=True, width=0.76, color=style.ORANGE, key="errors",
                 label=[f"{k}: {n} wrong" for k, n in enumerate(s["errors"])]),
        ]

    def caption(self, s):
        order = np.argsort(-s["shares"], kind="stable")[:2]
        first, second = (f"{k} ({_percent(s['shares'][k])})" for k in order)
        total = int(s["errors"].sum())
        which = "held-out digits" if s["of"] == "all" else f"held-out digits {s['of']}"
        wrong, framed = term(f"{s['wrong']} of {s['seen']:,}", "errors"), term(f"number {s['number']}", "framed")
        framed += f" ({s['at'] + 1} of {len(s['numbers']):,} shown)"
        text = f"{s['network']}: {wrong} {which} are read wrongly"
        text += "" if s["of"] == "all" else f", of all 2,000 {total}"
        kind = "right" if order[0] == s["label"] else f"but it is a {s['label']}"
        return f"{text}. Framed is {framed}, read as {first}, {kind}; second comes {second}."

    def code(self):
        v, shift = self.values, readers.TRAINED[self.values["training"]]
        some = "answers != digits.y_test" if v["which"] == "wrong answers" else "answers >= 0"
        some = some if v["label"] == "all" else f"({some}) & (digits.y_test == {v['label']})"
        return "\n".join([
            "import numpy as np", "from course_lib import datasets",
            "from course_lib.chapters.ch08_convolution import readers  # networks trained once a session", "",
            f'digits, run = datasets.digits28(), readers.trained("{v["network"]}", {shift}).last',
            "probabilities = run.predict(digits.X_test)",
            "answers = probabilities.argmax(axis=1)",
            "errors = np.bincount(digits.y_test[answers != digits.y_test], minlength=10)",
            f"numbers = np.flatnonzero({some})",
            f"number = int(numbers[{self.current['at']}])",
            "shares, answers = probabilities[number], answers[numbers]",
            f"answers = answers[{self.current['first']}:{self.current['first'] + self.ROWS * self.COLUMNS}]",
            "print(errors, number, shares.argmax())",
        ])
