"""The one drawing path of all live figures.

Matplotlib draws once what does not move (axes, ticks, titles, static artists) and gives a picture and the transform
from data to pixels. The moving layers (image, lines, points, bars, text) go to a canvas in the browser as raw bytes,
in one message, and are drawn by `live.js`. The same layers drawn by Matplotlib are the picture of a saved notebook.

A demo is a subclass of `Demo`::

    class Square(Demo):
        title = "The square"
        alt = "The parabola y = x^2 with a movable point."
        controls = (Slider("x", "x", -2, 2, 0.1, 1.0),)
        presets = {"vertex": {"x": 0.0}}
        panels = (("Parabola", "x", "y", (-2, 2), (0, 4)),)

        def background(self, axes, values):            # Matplotlib, drawn once
            t = np.linspace(-2, 2, 100)
            axes[0].plot(t, t**2, color=style.GREY)

        def state(self, x):                            # the computation, at each movement
            return {"x": x, "y": x**2}

        def layers(self, state):                       # what moves; the first argument is the panel's index
            return [Points(0, state["x"], state["y"], color=style.BLUE, size=10)]

        def caption(self, state):
            return f"x = {state['x']:.1f}, x² = {state['y']:.2f}"

Order of drawing: images, then the background (so grid and static artists lie over an image), then the other layers in
the order given.
"""

import base64
import io
import json
import math
import threading
from collections import OrderedDict
from dataclasses import dataclass
from pathlib import Path

import anywidget
import contourpy
import numpy as np
import traitlets
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from course_lib.viz import style

#: JupyterLab delivers widget messages on another thread than cells; Matplotlib's text and the demos' state are not
#: thread-safe. One lock for all demos.
LOCK = threading.RLock()

_DPI = 100  # one inch of the Matplotlib figure is 100 pixels of the page
_POINT = 72 / _DPI  # points in a pixel
_PIXEL_DASHES = {"solid": (), "dashed": (7, 4), "dotted": (2, 3), "dashdot": (8, 3, 2, 3)}
_FAR = 1e5  # pixels; beyond it canvas arithmetic becomes slow or wrong
#: A background costs 40-180 ms to draw and 20-50 kB to keep; enough for every choice of a menu.
KEPT_BACKGROUNDS = 16


# ---------------------------------------------------------------------------------------------------------- controls


@dataclass(frozen=True)
class Slider:
    """A number. With `log=True`, low, high and step are exponents and the value is 10**position.

    Integer low, high, step and value make an integer control. `play=True` adds a button that runs it to its end.
    """

    name: str
    label: str
    low: float
    high: float
    step: float
    value: float
    unit: str = ""
    log: bool = False
    play: bool = False

    @property
    def integer(self) -> bool:
        return not self.log and all(isinstance(v, int) for v in (self.low, self.high, self.step, self.value))

    @property
    def limits(self) -> tuple[float, float]:
        """Smallest and largest value (not exponent)."""
        return (10.0**self.low, 10.0**self.high) if self.log else (self.low, self.high)

    def clean(self, value):
        """The value as a number inside the limits; a number outside goes to the nearer end."""
        try:
            number = float(value)
        except (TypeError, ValueError):
            number = math.nan
        if not math.isfinite(number):
            raise ValueError(f"{self.name} = {value!r}: expected a number between {self.limits[0]:g} and "
                             f"{self.limits[1]:g}")
        number = min(max(number, self.limits[0]), self.limits[1])
        return round(number) if self.integer else number

    def sample(self, count: int) -> list:
        """`count` values from one end to the other, as the slider's steps allow."""
        steps = round((self.high - self.low) / self.step)
        positions = [self.low + self.step * round(steps * k / (count - 1)) for k in range(count)]
        return [self.clean(10.0**p if self.log else p) for p in positions]

    def spec(self) -> dict:
        return {"kind": "slider", "name": self.name, "label": self.label, "unit": self.unit, "low": self.low,
                "high": self.high, "step": self.step, "log": self.log, "integer": self.integer, "play": self.play}


@dataclass(frozen=True)
class Menu:
    """One of a few names."""

    name: str
    label: str
    options: tuple[str, ...]
    value: str

    def clean(self, value) -> str:
        if value not in self.options:
            raise ValueError(f"{self.name} = {value!r}: expected one of {', '.join(self.options)}")
        return value

    def sample(self, count: int) -> list:
        """All options (`count` is for sliders)."""
        return list(self.options)

    def spec(self) -> dict:
        return {"kind": "menu", "name": self.name, "label": self.label, "options": list(self.options)}


# ------------------------------------------------------------------------------------------------------------ panels


class _Scale:
    """Data to pixels along one axis: a * x + b, or a * log10(x) + b."""

    def __init__(self, kind: str, limits, pixels):
        if kind not in ("linear", "log"):
            raise ValueError(f"a live panel has linear or log axes, not {kind!r}")
        self.log = kind == "log"
        low, high = np.log10(limits) if self.log else limits
        self.a = (pixels[1] - pixels[0]) / (high - low)
        self.b = pixels[0] - self.a * low

    def __call__(self, values) -> np.ndarray:
        values = np.asarray(values, dtype=np.float64)
        with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
            if self.log:
                values = np.log10(values)
            pixels = np.clip(self.a * values + self.b, -_FAR, _FAR)
        return pixels.astype(np.float32)


class _Panel:
    """Where a panel lies on the page and how its data become pixels (origin at the top left)."""

    def __init__(self, axes, height: float):
        box = axes.bbox
        self.rect = [float(box.x0), float(height - box.y1), float(box.width), float(box.height)]
        self.xlim, self.ylim = axes.get_xlim(), axes.get_ylim()
        self.x = _Scale(axes.get_xscale(), self.xlim, (box.x0, box.x1))
        self.y = _Scale(axes.get_yscale(), self.ylim, (height - box.y0, height - box.y1))


class _Buffers:
    """Arrays of one frame, laid end to end on four-byte borders."""

    def __init__(self):
        self.parts: list[bytes] = []
        self.size = 0

    def add(self, array: np.ndarray) -> list[int]:
        """Store an array; returns [offset, number of entries]."""
        data = np.ascontiguousarray(array).tobytes()
        place = [self.size, array.size]
        padding = -len(data) % 4
        self.parts += [data, b"\0" * padding]
        self.size += len(data) + padding
        return place


# ------------------------------------------------------------------------------------------------------------ layers


def _vector(values) -> np.ndarray:
    return np.atleast_1d(np.asarray(values, dtype=np.float64))


def _places(layer) -> tuple[np.ndarray, np.ndarray]:
    """x and y of a layer as vectors of one length."""
    x, y = _vector(layer.x), _vector(layer.y)
    if len(x) != len(y) and 1 not in (len(x), len(y)):
        raise ValueError(f"{type(layer).__name__}: {len(x)} values of x and {len(y)} of y; expected as many of each")
    return np.broadcast_arrays(x, y)


@dataclass
class Image:
    """A matrix as colors; row 0 is lowest.

    Without `extent` the values are samples on an even grid over the panel that includes its borders (as `ops.grid`
    makes it). `extent` = (left, right, bottom, top) gives the outer edges instead, for a picture of a matrix.
    `low`, `high`: the values of the ends of the color table ("boundary", "heat", "signed", "gray"). Values that are
    not finite are grey.
    """

    panel: int
    values: np.ndarray
    low: float = 0.0
    high: float = 1.0
    colors: str = "boundary"
    extent: tuple[float, float, float, float] | None = None
    smooth: bool = True

    def entries(self) -> np.ndarray:
        """(rows, columns) bytes: places in the color table."""
        values = np.asarray(self.values, dtype=np.float64)
        last = style.NOT_FINITE - 1
        with np.errstate(invalid="ignore", over="ignore"):
            places = np.clip((values - self.low) * (last / (self.high - self.low)), 0, last)
        return np.where(np.isfinite(values), places, style.NOT_FINITE).astype(np.uint8)

    def edges(self, panel: _Panel) -> tuple[float, float, float, float]:
        if self.extent is not None:
            return self.extent
        rows, columns = np.shape(self.values)
        (x0, x1), (y0, y1) = panel.xlim, panel.ylim
        half_x, half_y = (x1 - x0) / (columns - 1) / 2, (y1 - y0) / (rows - 1) / 2
        return (x0 - half_x, x1 + half_x, y0 - half_y, y1 + half_y)

    def pack(self, panel: _Panel, buffers: _Buffers) -> dict:
        left, right, bottom, top = self.edges(panel)
        x, y = panel.x([left, right]), panel.y([top, bottom])
        entries = self.entries()
        return {"type": "image", "shape": list(entries.shape), "data": buffers.add(entries[::-1]),
                "colors": self.colors, "smooth": self.smooth,
                "box": [float(x[0]), float(y[0]), float(x[1] - x[0]), float(y[1] - y[0])]}

    def draw(self, axes, panel: _Panel) -> None:
        axes.imshow(self.entries(), extent=self.edges(panel), cmap=style.listed(self.colors), vmin=0, vmax=255,
                    interpolation="bilinear" if self.smooth else "nearest", interpolation_stage="rgba",
                    origin="lower", aspect="auto", zorder=0, clip_on=True)
        axes.set_xlim(panel.xlim)
        axes.set_ylim(panel.ylim)


@dataclass
class Line:
    """A polyline; NaN breaks it. `dash`: "solid", "dashed", "dotted", "dashdot"; `width` in pixels."""

    panel: int
    x: np.ndarray
    y: np.ndarray
    color: str = style.BLUE
    width: float = 2.0
    dash: str = "solid"
    alpha: float = 1.0

    def pack(self, panel: _Panel, buffers: _Buffers) -> dict:
        x, y = _places(self)
        return {"type": "line", "x": buffers.add(panel.x(x)), "y": buffers.add(panel.y(y)),
                "color": self.color, "width": self.width, "dash": _PIXEL_DASHES[self.dash], "alpha": self.alpha}

    def draw(self, axes, panel: _Panel) -> None:
        dash = tuple(length / self.width for length in _PIXEL_DASHES[self.dash])
        axes.plot(*_places(self), color=self.color, linewidth=self.width * _POINT, zorder=5,
                  linestyle=(0, dash) if dash else "solid", alpha=self.alpha, scalex=False, scaley=False,
                  solid_capstyle="round", solid_joinstyle="round")


@dataclass
class Points:
    """Markers "o", "s", "^", "v", "D", "x" or "+"; `size` is their diameter in pixels."""

    panel: int
    x: np.ndarray
    y: np.ndarray
    color: str = style.BLUE
    marker: str = "o"
    size: float = 8.0
    edge: str = "white"
    filled: bool = True
    alpha: float = 1.0

    def pack(self, panel: _Panel, buffers: _Buffers) -> dict:
        x, y = _places(self)
        return {"type": "points", "x": buffers.add(panel.x(x)), "y": buffers.add(panel.y(y)),
                "color": self.color, "marker": self.marker,
                "size": self.size, "edge": self.edge, "filled": self.filled, "alpha": self.alpha}

    def draw(self, axes, panel: _Panel) -> None:
        solid = self.filled and self.marker not in "x+"
        axes.plot(*_places(self), linestyle="none", marker=self.marker, zorder=5,
                  markersize=self.size * _POINT, alpha=self.alpha, scalex=False, scaley=False,
                  markerfacecolor=self.color if solid else "none", markeredgecolor=self.edge if solid else self.color,
                  markeredgewidth=0.9 if solid else 1.4)


@dataclass
class Bars:
    """Bars of width `width` (in data) from `base` to `height` at `x`; `horizontal=True` exchanges the axes.

    `color` is one color or one for each bar.
    """

    panel: int
    x: np.ndarray
    height: np.ndarray
    color: str | tuple = style.BLUE
    width: float = 0.8
    base: float | np.ndarray = 0.0
    horizontal: bool = False
    alpha: float = 1.0

    def _corners(self):
        along, height = _vector(self.x), _vector(self.height)
        base = np.broadcast_to(_vector(self.base), height.shape)
        side, end = (along - self.width / 2, along + self.width / 2), (base, height)
        return (*end, *side) if self.horizontal else (*side, *end)  # x0, x1, y0, y1

    def _colors(self, count: int) -> list[str]:
        return [self.color] * count if isinstance(self.color, str) else list(self.color)

    def pack(self, panel: _Panel, buffers: _Buffers) -> dict:
        x0, x1, y0, y1 = self._corners()
        corners = np.stack([panel.x(x0), panel.x(x1), panel.y(y0), panel.y(y1)], axis=1)
        return {"type": "bars", "corners": buffers.add(corners), "colors": self._colors(len(x0)), "alpha": self.alpha}

    def draw(self, axes, panel: _Panel) -> None:
        corners = np.stack(self._corners(), axis=1)
        for (x0, x1, y0, y1), color in zip(corners, self._colors(len(corners)), strict=True):
            if np.isfinite([x0, x1, y0, y1]).all():
                axes.add_patch(Rectangle((x0, y0), x1 - x0, y1 - y0, color=color, alpha=self.alpha, zorder=5,
                                         linewidth=0))


@dataclass
class Text:
    """Words at a place of the panel: one string, or as many strings as places. `size` in pixels.

    `ha`: "left", "center", "right"; `va`: "top", "center", "bottom". `box=True` puts a white plate behind.
    """

    panel: int
    x: np.ndarray
    y: np.ndarray
    text: str | list
    color: str = style.DARK
    size: float = 12.0
    ha: str = "center"
    va: str = "center"
    bold: bool = False
    box: bool = False

    def _texts(self) -> list[str]:
        texts = [self.text] if isinstance(self.text, str) else list(self.text)
        if len(texts) != len(_places(self)[0]):
            raise ValueError(f"Text: {len(texts)} strings at {len(_places(self)[0])} places; expected as many of each")
        return texts

    def pack(self, panel: _Panel, buffers: _Buffers) -> dict:
        x, y = _places(self)
        return {"type": "text", "x": buffers.add(panel.x(x)), "y": buffers.add(panel.y(y)),
                "text": self._texts(), "color": self.color, "size": self.size, "ha": self.ha, "va": self.va,
                "bold": self.bold, "box": self.box}

    def draw(self, axes, panel: _Panel) -> None:
        plate = {"facecolor": "white", "alpha": 0.85, "edgecolor": "none", "pad": 2} if self.box else None
        for x, y, text in zip(*_places(self), self._texts(), strict=True):
            axes.text(x, y, text, color=self.color, fontsize=self.size * _POINT, ha=self.ha, va=self.va, zorder=6,
                      weight="bold" if self.bold else "normal", bbox=plate, parse_math=False)


def contour(values, xlim, ylim, level: float = 0.0) -> tuple[np.ndarray, np.ndarray]:
    """x and y of the curve where a surface over an even grid equals `level`, pieces divided by NaN."""
    values = np.asarray(values, dtype=np.float64)
    rows, columns = values.shape
    generator = contourpy.contour_generator(np.linspace(*xlim, columns), np.linspace(*ylim, rows),
                                            np.ma.masked_invalid(values))
    pieces = []
    for piece in generator.lines(level):
        pieces += [piece, [[np.nan, np.nan]]]
    points = np.concatenate(pieces) if pieces else np.empty((0, 2))
    return points[:, 0], points[:, 1]


# ------------------------------------------------------------------------------------------------------------ widget


class _Canvas(anywidget.AnyWidget):
    """The page's side: controls, canvas, caption. Values come as messages, pictures go as traits."""

    _esm = Path(__file__).parent / "live.js"
    spec = traitlets.Dict().tag(sync=True)
    background = traitlets.Bytes().tag(sync=True)
    frame = traitlets.Bytes().tag(sync=True)
    reply = traitlets.Dict().tag(sync=True)


# -------------------------------------------------------------------------------------------------------------- demo


class Demo:
    """A live figure; see the module's text for a complete example.

    Parameters
    ----------
    **values : starting values of controls, in place of their defaults.
    """

    title = ""
    alt = ""  #: one or two sentences for readers who cannot see the picture
    controls: tuple = ()
    presets: dict[str, dict] = {}  #: name -> values; what a preset does not name goes to its default
    panels: tuple = ()  #: (title, xlabel, ylabel, xlim, ylim) each
    widths: tuple | None = None  #: relative widths of the panels
    size = (760, 340)  #: pixels of the whole picture
    background_depends: tuple[str, ...] = ()  #: controls that change the background
    caption_lines = 2

    def __init__(self, **values):
        self._controls = {control.name: control for control in self.controls}
        self._check_names(values)
        self._defaults = {name: control.value for name, control in self._controls.items()}
        self._defaults |= {name: self._controls[name].clean(value) for name, value in values.items()}
        self._backgrounds: OrderedDict[tuple, tuple[bytes, list[_Panel]]] = OrderedDict()
        self._arrived: OrderedDict[str, int] = OrderedDict()  # client -> newest message
        self._arrival = threading.Lock()
        self._widget: _Canvas | None = None
        self.values = dict(self._defaults)  #: control name -> value
        self.current: dict = {}  #: last state
        self.frame = b""  #: bytes of the last picture
        self.message = ""  #: last caption
        with LOCK:
            self._compute(self.values)

    # What a demo defines

    def state(self, **values) -> dict:
        """The computation: control values to a dictionary of arrays and numbers. Pure."""
        raise NotImplementedError

    def background(self, axes: list, values: dict) -> None:
        """Draw on the panels' Matplotlib axes what does not move; may change limits and scales."""

    def layers(self, state: dict) -> list:
        """What moves: Image, Line, Points, Bars, Text."""
        raise NotImplementedError

    def caption(self, state: dict) -> str:
        """The result in words and numbers; says why when a run diverged."""
        raise NotImplementedError

    # Use without a page

    def set(self, **values) -> "Demo":
        """Move controls, as a hand would: `demo.set(lr=0.3)`. Returns the demo."""
        self._check_names(values)
        with LOCK:
            self._compute(self.values | values)
            self._publish()
        return self

    def preset(self, name: str) -> "Demo":
        """Choose a preset by name."""
        if name not in self.presets:
            raise ValueError(f"no preset {name!r}; there are {', '.join(self.presets) or 'none'}")
        return self.set(**self._defaults | self.presets[name])

    def reset(self) -> "Demo":
        """Back to the starting values."""
        return self.set(**self._defaults)

    def png(self, dpi: int = _DPI) -> bytes:
        """The current picture drawn by Matplotlib: what a saved notebook shows."""
        with LOCK:
            fig, axes, panels = self._figure()
            for layer in self.layers(self.current):
                layer.draw(axes[layer.panel], panels[layer.panel])
            return _png(fig, dpi, transparent=False)

    # Machinery

    def _check_names(self, values: dict) -> None:
        for name in values:
            if name not in self._controls:
                raise ValueError(f"{type(self).__name__} has no control {name!r}; it has "
                                 f"{', '.join(self._controls)}")

    def _compute(self, values: dict) -> None:
        """Clean values, run the computation, pack the picture; nothing changes when any of it fails."""
        values = {name: self._controls[name].clean(value) for name, value in values.items()}
        previous = self.values
        state = self.state(**values)
        self.values = values
        try:
            frame = self._pack(self.layers(state))
            message = self.caption(state)
        except Exception:
            self.values = previous
            raise
        self.current, self.frame, self.message = state, frame, message

    def _figure(self):
        width, height = self.size
        fig = Figure(figsize=(width / _DPI, height / _DPI), dpi=_DPI)
        FigureCanvasAgg(fig)
        left, right, gap, count = 58, 16, 70, len(self.panels)
        average = (width - left - right - gap * (count - 1)) / count
        axes = fig.subplots(1, count, squeeze=False, width_ratios=self.widths,
                            gridspec_kw={"left": left / width, "right": 1 - right / width, "bottom": 46 / height,
                                         "top": 1 - 32 / height, "wspace": gap / average})[0]
        for ax, (title, xlabel, ylabel, xlim, ylim) in zip(axes, self.panels, strict=True):
            ax.set(title=title, xlabel=xlabel, ylabel=ylabel, xlim=xlim, ylim=ylim)
            ax.set_autoscale_on(False)
            ax.patch.set_visible(False)
        self.background(list(axes), self.values)
        return fig, axes, [_Panel(ax, height) for ax in axes]

    def _background(self) -> tuple[bytes, list[_Panel]]:
        """PNG and panels for the current values; drawn anew only when a control it depends on moved."""
        key = tuple(self.values[name] for name in self.background_depends)
        if key not in self._backgrounds:
            fig, _, panels = self._figure()
            self._backgrounds[key] = (_png(fig, 2 * _DPI, transparent=True), panels)
            if len(self._backgrounds) > KEPT_BACKGROUNDS:
                self._backgrounds.popitem(last=False)
        self._backgrounds.move_to_end(key)  # the one not used for longest goes first
        return self._backgrounds[key]

    def _pack(self, layers: list) -> bytes:
        """One frame: length of the header, header as JSON, arrays."""
        panels = self._background()[1]
        buffers = _Buffers()
        packed = [{"panel": layer.panel, **layer.pack(panels[layer.panel], buffers)} for layer in layers]
        header = {"panels": [panel.rect for panel in panels], "layers": packed}
        text = json.dumps(header, allow_nan=False, separators=(",", ":")).encode()
        text += b" " * (-len(text) % 4)
        return b"".join([len(text).to_bytes(4, "little"), text, *buffers.parts])

    def _spec(self) -> dict:
        tables = {name: base64.b64encode(table.tobytes()).decode() for name, table in style.COLOR_TABLES.items()}
        return {"title": self.title, "alt": self.alt, "size": list(self.size), "presets": self.presets,
                "controls": [control.spec() for control in self.controls], "defaults": self._defaults,
                "tables": tables, "caption_lines": self.caption_lines}

    def _reply(self, **extra) -> dict:
        return {"values": self.values, "caption": self.message, "failed": False, "client": "", "seq": 0, **extra}

    @property
    def widget(self) -> _Canvas:
        """The page's side, made when first shown."""
        with LOCK:
            if self._widget is None:
                self._widget = _Canvas(spec=self._spec(), background=self._background()[0], frame=self.frame,
                                       reply=self._reply())
                self._widget.on_msg(self._receive)
            return self._widget

    def _publish(self, **reply) -> None:
        if self._widget is None:
            return
        with self._widget.hold_sync():  # one message for all that changed
            self._widget.background = self._background()[0]
            self._widget.frame = self.frame
            self._widget.reply = self._reply(**reply)

    def _receive(self, _widget, content: dict, _buffers=None) -> None:
        """A message from the page: {"client", "seq", "values"}. Only the newest of a client is answered."""
        client, seq = str(content.get("client", "")), int(content.get("seq", 0))
        with self._arrival:  # not LOCK: arriving must not wait for a computation
            if seq <= self._arrived.get(client, 0):
                return
            self._arrived[client] = seq
            while len(self._arrived) > 32:
                self._arrived.popitem(last=False)
        with LOCK:
            if seq < self._arrived.get(client, seq):  # a newer one arrived while this one waited
                return
            answer = {"client": client, "seq": seq}
            try:
                values = content.get("values", {})
                self._check_names(values)
                self._compute(self.values | values)
            except Exception as error:
                answer |= {"failed": True, "caption": f"{type(error).__name__}: {error}"}
            self._publish(**answer)

    def still(self) -> tuple[dict, dict]:
        """What a page shows where no widget runs, as (data, metadata): the current picture and a sentence."""
        width, height = self.size
        stop = "" if self.title.endswith("?") else "."
        data = {"image/png": base64.b64encode(self.png(dpi=150)).decode(),
                "text/plain": f"{self.title}{stop} {self.alt}"}
        return data, {"image/png": {"width": width, "height": height, "alt": self.alt}}

    def _repr_mimebundle_(self, **_kwargs) -> tuple[dict, dict]:
        """The live figure, and for pages that cannot run it the still one."""
        bundle = self.widget._repr_mimebundle_()
        data, metadata = self.still()
        return {**(bundle[0] if isinstance(bundle, tuple) else bundle or {}), **data}, metadata


def _png(fig: Figure, dpi: int, transparent: bool) -> bytes:
    buffer = io.BytesIO()
    fig.savefig(buffer, format="png", dpi=dpi, transparent=transparent)
    return buffer.getvalue()
