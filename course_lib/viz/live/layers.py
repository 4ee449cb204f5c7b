"""What moves in a live figure: images, lines, points, bars, words.

A layer goes to the page as numbers and is drawn there by the page; the same layer drawn by Matplotlib is the picture of
a saved notebook. Places travel as shares of their panel, 0 to 1, so that one frame fits a panel of every size.
"""

from dataclasses import dataclass, field

import contourpy
import numpy as np
from matplotlib.patches import Rectangle

from course_lib.viz import style

DPI = 100  # one inch of the Matplotlib figure is 100 pixels of the page
_POINT = 72 / DPI  # points in a pixel
_PIXEL_DASHES = {"solid": (), "dashed": (7, 4), "dotted": (2, 3), "dashdot": (8, 3, 2, 3)}
_FAR = 200.0  # panels; beyond it canvas arithmetic becomes slow or wrong


class Scale:
    """Data to shares of a panel along one axis: (x - low) / (high - low), or the same of log10(x)."""

    def __init__(self, kind: str, limits):
        if kind not in ("linear", "log"):
            raise ValueError(f"a live panel has linear or log axes, not {kind!r}")
        self.log = kind == "log"
        self.low, self.high = map(float, np.log10(limits) if self.log else limits)

    def __call__(self, values) -> np.ndarray:
        values = np.asarray(values, dtype=np.float64)
        with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
            if self.log:
                values = np.log10(values)
            shares = np.clip((values - self.low) / (self.high - self.low), -_FAR, _FAR)
        return shares.astype(np.float32)

    def back(self, share: float) -> float:
        """The data value at a share of the panel."""
        value = self.low + share * (self.high - self.low)
        return 10.0**value if self.log else value


class Panel:
    """How the data of a panel become shares of it: from the left, and from below."""

    def __init__(self, axes):
        self.xlim, self.ylim = axes.get_xlim(), axes.get_ylim()
        self.x = Scale(axes.get_xscale(), self.xlim)
        self.y = Scale(axes.get_yscale(), self.ylim)


class Buffers:
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


def _vector(values) -> np.ndarray:
    return np.atleast_1d(np.asarray(values, dtype=np.float64))


def _places(layer) -> tuple[np.ndarray, np.ndarray]:
    """x and y of a layer as vectors of one length."""
    x, y = _vector(layer.x), _vector(layer.y)
    if len(x) != len(y) and 1 not in (len(x), len(y)):
        raise ValueError(f"{type(layer).__name__}: {len(x)} values of x and {len(y)} of y; expected as many of each")
    return np.broadcast_arrays(x, y)


def _check(layer, name: str, allowed) -> None:
    """Matplotlib knows more names than the page."""
    value = getattr(layer, name)
    if value not in allowed:
        raise ValueError(f"{type(layer).__name__}: {name}={value!r}; expected one of {', '.join(map(repr, allowed))}")


def _marks(layer) -> dict:
    """What the page needs for hovering: only what the layer says."""
    return {name: getattr(layer, name) for name in ("label", "key", "ghost") if getattr(layer, name, None)}


@dataclass
class Image:
    """A matrix as colors; row 0 is lowest.

    Without `extent` the values are samples on an even grid over the panel that includes its borders (as `ops.grid`
    makes it). `extent` = (left, right, bottom, top) gives the outer edges instead, for a picture of a matrix;
    on a logarithmic axis its cells are even there.
    `low`, `high`: the values of the ends of the color table ("boundary", "heat", "signed", "gray"). Values that are
    not finite are grey. `label` names the value that is read under the pointer; `log=True` says that the values are
    common logarithms of it.

    `pad` names the control `Pad` of which this is the paper. `cells` names the cells, in a word that the reader sees;
    with it, `sees` says which cells of another image each cell belongs to: `sees={"input": (rows, columns)}`, two
    matrices of true and false. Cell (i, j) belongs to the cells (k, l) of "input" with rows[i, k] and columns[j, l],
    counted from the upper left corner. Pointing at a cell of either image lights its partners in the other. The reader
    is told its row and column, counted from `start`: -1 where a border of one pixel stands before pixel 0.
    """

    panel: int
    values: np.ndarray
    low: float = 0.0
    high: float = 1.0
    colors: str = "boundary"
    extent: tuple[float, float, float, float] | None = None
    smooth: bool = True
    log: bool = False
    label: str = ""
    key: str = ""
    pad: str = ""
    cells: str = ""
    sees: dict = field(default_factory=dict)
    start: int = 0

    def entries(self) -> np.ndarray:
        """(rows, columns) bytes: places in the color table."""
        values = np.asarray(self.values, dtype=np.float64)
        last = style.NOT_FINITE - 1
        with np.errstate(invalid="ignore", over="ignore"):
            places = np.clip((values - self.low) * (last / (self.high - self.low)), 0, last)
        return np.where(np.isfinite(values), places, style.NOT_FINITE).astype(np.uint8)

    def edges(self, panel: Panel) -> tuple[float, float, float, float]:
        if self.extent is not None:
            return self.extent
        rows, columns = np.shape(self.values)
        (x0, x1), (y0, y1) = panel.xlim, panel.ylim
        half_x, half_y = (x1 - x0) / (columns - 1) / 2, (y1 - y0) / (rows - 1) / 2
        return (x0 - half_x, x1 + half_x, y0 - half_y, y1 + half_y)

    def pack(self, panel: Panel, buffers: Buffers) -> dict:
        if np.ndim(self.values) != 2 or min(np.shape(self.values)) < (2 if self.extent is None else 1):
            raise ValueError(f"Image: values of shape {np.shape(self.values)}; expected rows and columns, without an "
                             "extent at least two of each")
        if not self.low < self.high:
            raise ValueError(f"Image: low={self.low} is not less than high={self.high}")
        _check(self, "colors", style.COLOR_TABLES)
        if self.extent is None and (panel.x.log or panel.y.log):
            raise ValueError("Image: its values lie on an even grid, the axes are logarithmic. Let the axis show "
                             "log10 of the quantity, or give the extent of cells that are even there.")
        left, right, bottom, top = self.edges(panel)
        x, y = panel.x([left, right]), panel.y([bottom, top])
        entries = self.entries()
        return {"type": "image", "shape": list(entries.shape), "data": buffers.add(entries[::-1]),
                "colors": self.colors, "smooth": self.smooth, "low": float(self.low), "high": float(self.high),
                "log": self.log, "box": [float(x[0]), float(y[0]), float(x[1]), float(y[1])], **_marks(self),
                **({"pad": self.pad} if self.pad else {}),
                **({"cells": self.cells, "start": self.start} if self.cells else {}),
                **({"sees": {other: [buffers.add(np.asarray(mask, dtype=bool)) for mask in masks]
                             for other, masks in self.sees.items()}} if self.sees else {})}

    def draw(self, axes, panel: Panel) -> None:
        left, right, bottom, top = self.edges(panel)
        shares = (*panel.x([left, right]), *panel.y([bottom, top]))  # even on a logarithmic axis too, as on the page
        axes.imshow(self.entries(), extent=shares, cmap=style.listed(self.colors), vmin=0, vmax=255,
                    interpolation="bilinear" if self.smooth else "nearest", interpolation_stage="rgba",
                    origin="lower", aspect="auto", zorder=0, clip_on=True, transform=axes.transAxes)
        axes.set_xlim(panel.xlim)
        axes.set_ylim(panel.ylim)


def check_partners(layers: list) -> None:
    """Whether each image that another one `sees` is there, and whether the matrices fit both.

    Raises
    ------
    ValueError
        Naming what does not fit.
    """
    named = {layer.cells: np.shape(layer.values) for layer in layers if getattr(layer, "cells", "")}
    for layer in layers:
        for other, masks in getattr(layer, "sees", {}).items():
            if not layer.cells or other not in named:
                raise ValueError(f"Image: sees={{{other!r}: ...}}; expected cells=... of this image, and an image with "
                                 f"cells={other!r}; there are {', '.join(map(repr, named)) or 'none'}")
            expected = tuple(zip(np.shape(layer.values), named[other], strict=True))
            if tuple(map(np.shape, masks)) != expected:
                raise ValueError(f"Image: {layer.cells!r} sees {other!r} by matrices of shapes "
                                 f"{' and '.join(map(str, map(np.shape, masks)))}; expected rows {expected[0]} and "
                                 f"columns {expected[1]}, (number here, number there)")


@dataclass
class Line:
    """A polyline; NaN breaks it. `dash`: "solid", "dashed", "dotted", "dashdot"; `width` in pixels.

    `label`, `key`, `ghost` of this and the other layers: the name read under the pointer; marks with one key light up
    together; a ghost stays where it was before the last movement, faintly.
    """

    panel: int
    x: np.ndarray
    y: np.ndarray
    color: str = style.BLUE
    width: float = 2.0
    dash: str = "solid"
    alpha: float = 1.0
    label: str = ""
    key: str = ""
    ghost: bool = False

    def pack(self, panel: Panel, buffers: Buffers) -> dict:
        _check(self, "dash", _PIXEL_DASHES)
        x, y = _places(self)
        return {"type": "line", "x": buffers.add(panel.x(x)), "y": buffers.add(panel.y(y)),
                "color": self.color, "width": self.width, "dash": _PIXEL_DASHES[self.dash], "alpha": self.alpha,
                **_marks(self)}

    def draw(self, axes, panel: Panel) -> None:
        dash = tuple(length / self.width for length in _PIXEL_DASHES[self.dash])
        axes.plot(*_places(self), color=self.color, linewidth=self.width * _POINT, zorder=5,
                  linestyle=(0, dash) if dash else "solid", alpha=self.alpha, scalex=False, scaley=False,
                  solid_capstyle="round", solid_joinstyle="round")


@dataclass
class Points:
    """Markers "o", "s", "^", "v", "D", "x" or "+"; `size` is their diameter in pixels.

    `label` and `key` are one for all points or a list with one for each.
    """

    panel: int
    x: np.ndarray
    y: np.ndarray
    color: str = style.BLUE
    marker: str = "o"
    size: float = 8.0
    edge: str = "white"
    filled: bool = True
    alpha: float = 1.0
    label: str | list = ""
    key: str | list = ""
    ghost: bool = False

    def pack(self, panel: Panel, buffers: Buffers) -> dict:
        _check(self, "marker", tuple("os^vDx+"))
        x, y = _places(self)
        return {"type": "points", "x": buffers.add(panel.x(x)), "y": buffers.add(panel.y(y)),
                "color": self.color, "marker": self.marker,
                "size": self.size, "edge": self.edge, "filled": self.filled, "alpha": self.alpha, **_marks(self)}

    def draw(self, axes, panel: Panel) -> None:
        solid = self.filled and self.marker not in "x+"
        axes.plot(*_places(self), linestyle="none", marker=self.marker, zorder=5,
                  markersize=self.size * _POINT, alpha=self.alpha, scalex=False, scaley=False,
                  markerfacecolor=self.color if solid else "none", markeredgecolor=self.edge if solid else self.color,
                  markeredgewidth=0.9 if solid else 1.4)


@dataclass
class Bars:
    """Bars of width `width` (in data) from `base` to `height` at `x`; `horizontal=True` exchanges the axes.

    `color`, `label` and `key` are one for all bars or one for each.
    """

    panel: int
    x: np.ndarray
    height: np.ndarray
    color: str | tuple = style.BLUE
    width: float = 0.8
    base: float | np.ndarray = 0.0
    horizontal: bool = False
    alpha: float = 1.0
    label: str | list = ""
    key: str | list = ""

    def _corners(self):
        along, height = _vector(self.x), _vector(self.height)
        base = np.broadcast_to(_vector(self.base), height.shape)
        side, end = (along - self.width / 2, along + self.width / 2), (base, height)
        return (*end, *side) if self.horizontal else (*side, *end)  # x0, x1, y0, y1

    def _colors(self, count: int) -> list[str]:
        return [self.color] * count if isinstance(self.color, str) else list(self.color)

    def pack(self, panel: Panel, buffers: Buffers) -> dict:
        x0, x1, y0, y1 = self._corners()
        corners = np.stack([panel.x(x0), panel.x(x1), panel.y(y0), panel.y(y1)], axis=1)
        return {"type": "bars", "corners": buffers.add(corners), "colors": self._colors(len(x0)), "alpha": self.alpha,
                "horizontal": self.horizontal, **_marks(self)}

    def draw(self, axes, panel: Panel) -> None:
        corners = np.stack(self._corners(), axis=1)
        for (x0, x1, y0, y1), color in zip(corners, self._colors(len(corners)), strict=True):
            if np.isfinite([x0, x1, y0, y1]).all():
                axes.add_patch(Rectangle((x0, y0), x1 - x0, y1 - y0, color=color, alpha=self.alpha, zorder=5,
                                         linewidth=0))


@dataclass
class Text:
    """Words at a place of the panel: one string, or as many strings as places. `size` in pixels.

    `ha`: "left", "center", "right"; `va`: "top", "center", "bottom". `box=True` puts a white plate behind; `mono=True`
    takes letters of one width. `room` is the width that the words have, on a linear axis in its units: they go on in a
    next line there, and where a single word is wider, all letters become smaller, down to 8 pixels.
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
    mono: bool = False
    key: str | list = ""
    room: float = 0.0

    def _texts(self) -> list[str]:
        texts = [str(text) for text in np.atleast_1d(np.asarray(self.text, dtype=object))]
        if len(texts) != len(_places(self)[0]):
            raise ValueError(f"Text: {len(texts)} strings at {len(_places(self)[0])} places; expected as many of each")
        return texts

    def pack(self, panel: Panel, buffers: Buffers) -> dict:
        _check(self, "ha", ("left", "center", "right"))
        _check(self, "va", ("top", "center", "bottom"))
        x, y = _places(self)
        return {"type": "text", "x": buffers.add(panel.x(x)), "y": buffers.add(panel.y(y)),
                "text": self._texts(), "color": self.color, "size": self.size, "ha": self.ha, "va": self.va,
                "bold": self.bold, "box": self.box, "mono": self.mono, "room": self._share(panel), **_marks(self)}

    def _share(self, panel: Panel) -> float:
        """The room as a share of the panel's width."""
        return float(np.ptp(panel.x([0.0, self.room]))) if self.room else 0.0

    def draw(self, axes, panel: Panel) -> None:
        plate = {"facecolor": "white", "alpha": 0.85, "edgecolor": "none", "pad": 2} if self.box else None
        words = [axes.text(x, y, text, color=self.color, fontsize=self.size * _POINT, ha=self.ha, va=self.va, zorder=6,
                           weight="bold" if self.bold else "normal", bbox=plate, parse_math=False,
                           family="DejaVu Sans Mono" if self.mono else None)
                 for x, y, text in zip(*_places(self), self._texts(), strict=True)]
        if self.room and words:
            widest = max(word.get_window_extent().width for word in words)
            fits = (self._share(panel) * axes.bbox.width - 2) / widest
            for word in words:
                word.set_fontsize(_POINT * max(min(self.size, 8.0), self.size * min(1.0, fits)))


def class_points(panel: int, X, y, label: str = "", key: str = "", **look) -> list[Points]:
    """Points (N, 2) of labelled classes (N,), each class in its color and marker; `{}` in label, key is the class."""
    return [Points(panel, *X[y == c].T, color=style.CLASS_COLORS[c], marker=style.CLASS_MARKERS[c],
                   label=label.format(c), key=key.format(c), **look) for c in np.unique(y).astype(int)]


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
