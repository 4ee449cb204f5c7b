"""The one page of style: palette, sizes, fonts, and how a finished figure is shown.

Blue is positive, orange negative, everywhere in the course. The colors are those of seaborn's colorblind palette, and
no picture relies on color alone: markers and dashes differ too.
"""

import io

import matplotlib
import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.colors import LinearSegmentedColormap, ListedColormap
from matplotlib.figure import Figure

BLUE = "#0173b2"  #: positive, class 1
ORANGE = "#de8f05"  #: negative, class 0
GREEN = "#029e73"
RED = "#d55e00"
PURPLE = "#cc78bc"
BROWN = "#ca9161"
SKY = "#56b4e9"
GREY = "#949494"
DARK = "#333333"
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
    "axes.labelsize": 9,
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

#: Orange (low) over white to blue (high), light enough for points and lines on top.
BOUNDARY = LinearSegmentedColormap.from_list("course_boundary", ["#f2c47c", "#fdf3e0", "#ffffff", "#e0eff8", "#86bfe0"])
#: White to dark blue, for magnitudes.
HEAT = LinearSegmentedColormap.from_list("course_heat", ["#ffffff", "#9ecae1", "#0173b2", "#08306b"])
#: Full-strength orange over white to blue, for signed matrices.
SIGNED = LinearSegmentedColormap.from_list("course_signed", [ORANGE, "#ffffff", BLUE])
GRAY = LinearSegmentedColormap.from_list("course_gray", ["#000000", "#ffffff"])
#: A band of 51 entries for each of five classes, from nearly white to its color: entry 51 class + 50 certainty.
CLASSES = ListedColormap(np.concatenate([
    LinearSegmentedColormap.from_list(color, ["#ffffff", color])(np.linspace(0.06, 0.6, 51))
    for color in CLASS_COLORS]))
COLORMAPS = {"boundary": BOUNDARY, "heat": HEAT, "signed": SIGNED, "gray": GRAY, "classes": CLASSES}

#: Entry of a color table that stands for a value that is not finite.
NOT_FINITE = 255
_NOT_FINITE_COLOR = "#bbbbbb"


def _table(colormap) -> np.ndarray:
    colors = colormap(np.linspace(0, 1, NOT_FINITE))[:, :3]
    missing = matplotlib.colors.to_rgb(_NOT_FINITE_COLOR)
    return np.round(255 * np.vstack([colors, missing])).astype(np.uint8)


#: name -> (256, 3) bytes; entries 0-254 run from low to high, entry 255 is 'not finite'
COLOR_TABLES = {name: _table(colormap) for name, colormap in COLORMAPS.items()}


def listed(name: str) -> ListedColormap:
    """The color table `name` as a Matplotlib colormap of 256 entries."""
    return ListedColormap(COLOR_TABLES[name] / 255)


def figure(nrows: int = 1, ncols: int = 1, width: float = 7.2, height: float | None = None):
    """A figure outside pyplot, so that nothing accumulates: (fig, axes) as from `plt.subplots`.

    Parameters
    ----------
    width, height : inches; the default height is 3.2 inches a row.
    """
    fig = Figure(figsize=(width, height or 3.2 * nrows), layout="constrained")
    FigureCanvasAgg(fig)
    return fig, fig.subplots(nrows, ncols)


def png(fig: Figure, dpi: int = 150) -> bytes:
    """The figure as PNG bytes."""
    buffer = io.BytesIO()
    fig.savefig(buffer, format="png", dpi=dpi)
    return buffer.getvalue()


def show(fig: Figure, alt: str) -> None:
    """Show a finished figure with its alternative text, one sentence that says what is to be seen."""
    from IPython.display import display

    if not alt.strip():
        raise ValueError("show(fig, alt=...) needs a sentence of alternative text: what is to be seen in the figure")
    width, height = (round(100 * inches) for inches in fig.get_size_inches())
    display(
        {"image/png": png(fig), "text/plain": alt},
        metadata={"image/png": {"width": width, "height": height, "alt": alt}},
        raw=True,
    )

