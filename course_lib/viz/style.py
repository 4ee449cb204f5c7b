"""The one page of style: palette, two themes, sizes, fonts, and how a finished figure is shown.

Blue is positive, orange negative, everywhere in the course, and no picture relies on color alone: markers and dashes
differ too. Each color (they stand in `course_lib.page`) has a counterpart for the dark theme (`dark`), and one for
words (`for_text`).
"""

import base64
import io
from functools import cache
from html import escape

import matplotlib
import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.collections import Collection
from matplotlib.colors import LinearSegmentedColormap, ListedColormap, to_hex, to_rgba
from matplotlib.contour import ContourSet
from matplotlib.figure import Figure
from matplotlib.image import AxesImage
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from matplotlib.text import Text
from PIL import Image
from PIL.PngImagePlugin import PngInfo

from course_lib import page
from course_lib.page import BLUE, BROWN, DARK, DARK_GROUND, GREEN, GREY, ORANGE, PURPLE, RED, SKY, WHITE

PALETTE = (BLUE, ORANGE, GREEN, RED, PURPLE, BROWN, SKY, GREY)
DASHES = ("solid", "dashed", "dotted", "dashdot")
MARKERS = ("o", "s", "^", "D", "v", "x", "+")

#: class label -> (color, marker), for pictures of labelled points
CLASS_COLORS = (ORANGE, BLUE, GREEN, PURPLE, BROWN)
CLASS_MARKERS = ("s", "o", "^", "D", "v")

STYLE = {
    "figure.dpi": 100,
    "figure.facecolor": "white",
    "font.family": "DejaVu Sans",
    "font.size": 9,
    "axes.titlesize": 10,
    "axes.titleweight": "normal",
    "axes.titlelocation": "left",
    "axes.titlepad": 7,
    "axes.titley": 1.0,  # where it would be put anyway, without looking for ticks in its way: a tenth of the time
    "axes.labelsize": 9,
    "text.color": DARK,
    "axes.titlecolor": DARK,
    "axes.labelcolor": DARK,
    "axes.edgecolor": "#777777",
    "axes.linewidth": 0.8,
    "axes.grid": True,
    "axes.axisbelow": True,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.prop_cycle": matplotlib.cycler(color=PALETTE),
    "grid.color": "#dddddd",
    "grid.linewidth": 0.7,
    "xtick.labelsize": 8,
    "ytick.labelsize": 8,
    "xtick.color": "#555555",
    "ytick.color": "#555555",
    "lines.linewidth": 1.8,
    "lines.markersize": 5.5,
    "legend.fontsize": 8,
    "legend.frameon": True,
    "legend.framealpha": 0.9,
    "legend.edgecolor": "#dddddd",
    "image.origin": "lower",
}
matplotlib.rcParams.update(STYLE)

# ---------------------------------------------------------------------------------------- colors for two grounds

# Oklab (B. Ottosson 2020): lightness that agrees with the eye, at which hue stays when lightness changes.
_LMS = np.array([[0.4122214708, 0.5363325363, 0.0514459929],
                 [0.2119034982, 0.6806995451, 0.1073969566],
                 [0.0883024619, 0.2817188376, 0.6299787005]])
_OKLAB = np.array([[0.2104542553, 0.7936177850, -0.0040720468],
                   [1.9779984951, -2.4285922050, 0.4505937099],
                   [0.0259040371, 0.7827717662, -0.8086757660]])


def _linear(rgb) -> np.ndarray:
    """Light, where sRGB values are codes."""
    rgb = np.asarray(rgb)
    return np.where(rgb <= 0.04045, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4)


def _to_oklab(rgb) -> np.ndarray:
    return _OKLAB @ np.cbrt(_LMS @ _linear(rgb))


def _from_oklab(lab) -> np.ndarray:
    """sRGB, outside [0, 1] for a color that no screen shows."""
    light = np.linalg.solve(_LMS, np.linalg.solve(_OKLAB, lab) ** 3)
    return np.where(light <= 0.0031308, 12.92 * light, 1.055 * np.maximum(light, 0) ** (1 / 2.4) - 0.055)


def _shown(lightness: float, hue) -> str:
    """The color of this lightness, as colorful as `hue` (a, b) or as much of it as a screen shows."""
    for share in np.linspace(1, 0, 21):
        rgb = _from_oklab([lightness, *(share * np.asarray(hue))])
        if np.all((rgb > -0.002) & (rgb < 1.002)):
            break
    return to_hex(np.clip(rgb, 0, 1))


def contrast(one, other) -> float:
    """Contrast of two colors by WCAG 2: 1 to 21; 3 is enough for marks, 4.5 for words."""
    dim, bright = sorted(_linear(to_rgba(color)[:3]) @ [0.2126, 0.7152, 0.0722] for color in (one, other))
    return (bright + 0.05) / (dim + 0.05)


@cache
def for_text(color, ground: str = WHITE) -> str:
    """The color for words on `ground`: itself, or as much darker (on a dark ground lighter) as contrast 4.5 needs."""
    color = to_hex(color)
    lightness, *hue = _to_oklab(to_rgba(color)[:3])
    step = -0.01 if ground == WHITE else 0.01
    while contrast(color, ground) < 4.5:
        lightness += step
        color = _shown(lightness, hue)
    return color


#: color -> counterpart; a color and what `for_text` makes of it have the same
_DARK = page.ON_DARK | {for_text(color): there for color, there in page.ON_DARK.items() if color != WHITE}


@cache
def dark(color) -> str:
    """The counterpart of a color (any of Matplotlib's) on the dark ground, as hex; its alpha is kept.

    The palette's colors, also those of words, have one each. Of others the lightness in Oklab is turned round, so that
    white becomes the dark ground and black white; the exponent lifts the middle, which the dark ground would swallow.
    What is legible as words on white stays legible.
    """
    *rgb, alpha = to_rgba(color)
    if alpha == 0:
        return "none"
    counterpart = _DARK.get(to_hex(rgb))
    if counterpart is None:
        lightness, *hue = _to_oklab(rgb)
        lowest = _to_oklab(to_rgba(DARK_GROUND)[:3])[0]
        counterpart = _shown(lowest + (1 - lowest) * max(1 - lightness, 0) ** 0.8, hue)
        if contrast(color, WHITE) >= 4.5:
            counterpart = for_text(counterpart, DARK_GROUND)
    return counterpart if alpha == 1 else to_hex(to_rgba(counterpart, alpha), keep_alpha=True)


# ------------------------------------------------------------------------------------------------ colors of images


def _ramp(name: str, *colors) -> LinearSegmentedColormap:
    return LinearSegmentedColormap.from_list(f"course_{name}", colors)


def _bands(ground: str, colors) -> ListedColormap:
    """A band of 51 entries for each of five classes, from nearly the ground to its color."""
    bands = [_ramp("band", ground, color)(np.linspace(0.06, 0.6, 51)) for color in colors]
    return ListedColormap(np.concatenate(bands), "course_classes")


#: Orange (low) over white to blue (high), light enough for points and lines on top.
BOUNDARY = _ramp("boundary", "#f2c47c", "#fdf3e0", WHITE, "#e0eff8", "#86bfe0")
#: White to dark blue, for magnitudes.
HEAT = _ramp("heat", WHITE, "#9ecae1", BLUE, "#08306b")
#: Full-strength orange over white to blue, for signed matrices.
SIGNED = _ramp("signed", ORANGE, WHITE, BLUE)
#: Photographs: the same in both themes.
GRAY = _ramp("gray", "#000000", WHITE)
#: Entry 51 class + 50 certainty.
CLASSES = _bands(WHITE, CLASS_COLORS)
COLORMAPS = {"boundary": BOUNDARY, "heat": HEAT, "signed": SIGNED, "gray": GRAY, "classes": CLASSES}
#: The same for the dark theme: where the others are white these are as dark as the ground.
DARK_COLORMAPS = {
    "boundary": _ramp("boundary", "#604010", "#291f0f", DARK_GROUND, "#0f2031", "#0f4672"),
    "heat": _ramp("heat", DARK_GROUND, "#14395a", "#4a92d8", "#dbeeff"),
    "signed": _ramp("signed", dark(ORANGE), DARK_GROUND, dark(BLUE)),
    "gray": GRAY,
    "classes": _bands(DARK_GROUND, map(dark, CLASS_COLORS)),
}

#: Entry of a color table that stands for a value that is not finite.
NOT_FINITE = 255
_NOT_FINITE_COLOR = "#bbbbbb"


def _table(colormap, not_finite: str) -> np.ndarray:
    colors = colormap(np.linspace(0, 1, NOT_FINITE))[:, :3]
    return np.round(255 * np.vstack([colors, to_rgba(not_finite)[:3]])).astype(np.uint8)


#: name -> (256, 3) bytes; entries 0-254 run from low to high, entry 255 is 'not finite'
COLOR_TABLES = {name: _table(colormap, _NOT_FINITE_COLOR) for name, colormap in COLORMAPS.items()}
DARK_TABLES = {name: _table(colormap, dark(_NOT_FINITE_COLOR)) for name, colormap in DARK_COLORMAPS.items()}


def sign_colors(values) -> list[str]:
    """Blue for each value that is not negative, orange for the others."""
    return [BLUE if value >= 0 else ORANGE for value in np.ravel(values)]


def listed(name: str) -> ListedColormap:
    """The color table `name` as a Matplotlib colormap of 256 entries."""
    return ListedColormap(COLOR_TABLES[name] / 255, f"course_{name}_table")


#: name of a colormap of the course -> its counterpart
_DARK_MAPS = {f"course_{name}": colormap for name, colormap in DARK_COLORMAPS.items()} | {
    f"course_{name}_table": ListedColormap(table / 255) for name, table in DARK_TABLES.items()}


# ---------------------------------------------------------------------------------------------------------- figures


def _dark_colors(colors) -> list[str]:
    return [dark(tuple(color)) for color in np.reshape(colors, (-1, 4))]


def _darken(artist) -> None:
    """Give one artist the counterparts of its colors."""
    if isinstance(artist, Text):
        artist.set_color(dark(artist.get_color()))
    elif isinstance(artist, Line2D):  # all read before the first is set, since markers may follow their line
        line, face, edge = artist.get_color(), artist.get_markerfacecolor(), artist.get_markeredgecolor()
        artist.set(color=dark(line), markerfacecolor=dark(face), markeredgecolor=dark(edge))
    elif isinstance(artist, Patch):
        artist.set(facecolor=dark(artist.get_facecolor()), edgecolor=dark(artist.get_edgecolor()))
    elif isinstance(artist, ContourSet) and artist.colors is not None:
        face, edge = artist.get_facecolor(), artist.get_edgecolor()
        artist.set_array(None)  # levels no longer choose the colors
        artist.set(facecolor=_dark_colors(face), edgecolor=_dark_colors(edge))
    elif isinstance(artist, Collection | AxesImage) and artist.get_array() is not None:
        artist.set_cmap(_DARK_MAPS.get(artist.cmap.name, artist.cmap))
        if isinstance(artist, Collection) and len(artist.get_edgecolor()) == 1:  # more: they show values too
            artist.set_edgecolor(_dark_colors(artist.get_edgecolor()))
    elif isinstance(artist, Collection):
        face, edge = artist.get_facecolor(), artist.get_edgecolor()
        artist.set(facecolor=_dark_colors(face), edgecolor=_dark_colors(edge))


def to_dark(fig: Figure) -> None:
    """Recolor a finished figure for the dark theme, in place.

    Texts, lines, patches and collections get the counterparts of their colors. What shows values by a colormap changes
    only where the colormap is one of the course's, so photographs stay.
    """
    fig.draw_without_rendering()  # makes the ticks
    artists = fig.findobj()
    for text in fig.findobj(Text):  # its plate and its arrow are not among its children
        artists += [part for part in (text.get_bbox_patch(), getattr(text, "arrow_patch", None)) if part is not None]
    for artist in {id(artist): artist for artist in artists}.values():
        _darken(artist)


class Picture(Figure):
    """A figure that shows itself at the end of a cell, with its alternative text."""

    alt = "A figure."

    def _ipython_display_(self) -> None:
        show(self, self.alt)


def figure(nrows: int = 1, ncols: int = 1, width: float = 7.2, height: float | None = None):
    """A figure outside pyplot, so that nothing accumulates: (fig, axes) as from `plt.subplots`.

    Parameters
    ----------
    width, height : inches; the default height is 3.2 inches a row.
    """
    fig = Picture(figsize=(width, height or 3.2 * nrows), layout="constrained")
    FigureCanvasAgg(fig)
    return fig, fig.subplots(nrows, ncols)


def png(fig: Figure, dpi: int = 150) -> bytes:
    """The figure as PNG bytes, hardly compressed: what is shown is read again and made `small`, and the usual way takes
    a sixth of the drawing.
    """
    buffer = io.BytesIO()
    fig.savefig(buffer, format="png", dpi=dpi, pil_kwargs={"compress_level": 1})
    return buffer.getvalue()


#: Bytes of a saved picture: 96 kB as text in a notebook.
LARGEST_PICTURE = 72_000


#: (share of the dots, way to choose 256 colors), tried in turn. The octree shows steps in smooth greys and keeps the
#: colors of thin lines, which few colors by median cut lose.
_SAVINGS = ((1.0, Image.Quantize.MEDIANCUT), (0.72, Image.Quantize.MEDIANCUT), (0.72, Image.Quantize.FASTOCTREE),
            (0.5, Image.Quantize.FASTOCTREE))


def small(png: bytes, comment: str = "") -> bytes:
    """The same picture in as many colors and dots as `LARGEST_PICTURE` allows, with `comment` in its head.

    Other comments, which name the version of the software, go.
    """
    info = PngInfo()
    if comment:
        info.add_text("Comment", comment)
    with Image.open(io.BytesIO(png)) as picture:
        full = picture.convert("RGB")
    for share, method in _SAVINGS:
        size = (round(share * full.width), round(share * full.height))
        dots = full if share == 1.0 else full.resize(size, Image.Resampling.LANCZOS)
        few = dots.quantize(256, method, dither=Image.Dither.NONE)
        for level in (6, 9):  # the best compression takes seven times as long, for a quarter fewer bytes
            buffer = io.BytesIO()
            few.save(buffer, "PNG", pnginfo=info, compress_level=level)
            if buffer.tell() <= LARGEST_PICTURE:
                return buffer.getvalue()
    return buffer.getvalue()


def has_photograph(fig: Figure) -> bool:
    """Whether an image of the figure has colors of its own, which must not be turned round in the dark theme."""
    return any(image.get_array().ndim == 3 or image.cmap.name not in _DARK_MAPS for image in fig.findobj(AxesImage))


def picture(png: bytes, alt: str, size: tuple[int, int], photograph: bool = False) -> str:
    """A picture with its alternative text as HTML that follows the page's theme; `size` in pixels of the page."""
    width, height = size
    kind = "course-picture photograph" if photograph else "course-picture"
    encoded = base64.b64encode(png).decode()
    return (f'{page.PICTURE_SHEET}<img class="{kind}" alt="{escape(alt)}" width="{width}" height="{height}" '
            f'src="data:image/png;base64,{encoded}">')


def show(fig: Figure, alt: str) -> None:
    """Show a finished figure with its alternative text, one sentence that says what is to be seen.

    The picture goes out as HTML, because JupyterLab and Notebook 7 leave out the alternative text of `image/png`.
    """
    from IPython.display import display

    if not alt.strip():
        raise ValueError("show(fig, alt=...) needs a sentence of alternative text: what is to be seen in the figure")
    width, height = (round(100 * inches) for inches in fig.get_size_inches())
    shown = picture(small(png(fig)), alt, (width, height), has_photograph(fig))
    display({"text/html": shown, "text/plain": alt}, raw=True)
