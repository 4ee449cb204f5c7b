"""Static figures: what is drawn is what was given, and seaborn is paid for only by who uses it."""

import subprocess
import sys

import numpy as np
import pytest

from course_lib.viz import figures, style

RNG = np.random.default_rng(0)


def colors_of(ax):
    return ax.collections[0].get_facecolors()


def test_pictures_come_without_seaborn():
    code = ("import sys; from course_lib.viz import demos, figures, style; "
            "print([name for name in ('seaborn', 'pandas') if name in sys.modules])")
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "[]\n"


def test_heatmap_counts_with_names():
    fig, ax = style.figure()
    figures.heatmap(ax, [[5, 1], [0, 3]], "answer", "truth", ("a", "b"), ("a", "b"))
    assert [text.get_text() for text in ax.texts] == ["5", "1", "0", "3"]
    assert [label.get_text() for label in ax.get_yticklabels()] == ["a", "b"] and ax.get_xlabel() == "answer"
    assert ax.yaxis_inverted(), "row 0 is on top, as in print"
    assert style.png(fig)
    np.testing.assert_allclose(colors_of(ax)[0], style.HEAT(figures.PALE))


def test_signed_heatmap_is_white_at_zero():
    fig, ax = style.figure()
    figures.heatmap(ax, [[-2.0, 0.0], [1.0, 0.5]], "x", "y", signed=True, label="weight")
    style.png(fig)
    negative, zero, positive = colors_of(ax)[:3]
    np.testing.assert_allclose(zero[:3], 1, atol=0.02)
    assert negative[0] > negative[2] and positive[2] > positive[0], "orange and blue"
    assert fig.axes[1].get_ylabel() == "weight"


def test_histogram_counts_each_group():
    _, ax = style.figure()
    figures.histogram(ax, {"a": [0.5, 1.5, 1.6], "b": [2.5]}, [0, 1, 2, 3], "x", "how many")
    heights = sorted(patch.get_height() for patch in ax.patches if patch.get_height())
    assert heights == [1, 1, 2]
    assert {text.get_text() for text in ax.get_legend().get_texts()} == {"a", "b"}


def test_violins_stand_where_the_values_are():
    _, ax = style.figure()
    groups = {"small": 10 ** RNG.normal(-3, 0.1, 50), "large": 10 ** RNG.normal(0, 0.1, 50)}
    figures.violins(ax, groups, "", "y", log=True)
    small, large = (body.get_paths()[0].get_extents() for body in ax.collections[:2])
    assert ax.get_yscale() == "log"
    assert small.y1 < large.y0


@pytest.mark.parametrize(("middle", "spread"), [("median", ("pi", 80)), ("mean", "sd")])
def test_bands_hold_the_middle_of_the_runs(middle, spread):
    x, y = np.array([1, 2, 4]), RNG.normal(size=(40, 3))
    _, ax = style.figure()
    figures.bands(ax, {"one": (x, y), "two": (x, y + 5)}, "steps", "loss", middle, spread)
    line = ax.lines[0]
    np.testing.assert_array_equal(line.get_xdata(), x)
    np.testing.assert_allclose(line.get_ydata(), getattr(np, middle)(y, axis=0))
    band = ax.collections[0].get_paths()[0].get_extents()
    assert y.min() < band.y0 < line.get_ydata().min() and line.get_ydata().max() < band.y1 < y.max()
    assert [text.get_text() for text in ax.get_legend().get_texts()] == ["one", "two"]


def test_bands_take_a_value_of_x_for_each_of_y():
    alive, solved = np.array([0, 0, 1, 1]), np.array([False, False, True, False])
    _, ax = style.figure()
    figures.bands(ax, {"runs": (alive, solved)}, "alive", "share", "mean", ("ci", 95))
    np.testing.assert_allclose(ax.lines[0].get_xydata(), [[0, 0], [1, 0.5]])


def test_pairs_shows_every_two_once_and_keeps_no_figure_open():
    import matplotlib.pyplot as plt

    fig = figures.pairs({"a": RNG.normal(size=20), "b": RNG.normal(size=20), "c": RNG.normal(size=20)}, "Three")
    assert sum(bool(ax.collections) for ax in fig.axes) == 3 and sum(bool(ax.patches) for ax in fig.axes) == 3
    assert {"b", "c"} <= {ax.get_ylabel() for ax in fig.axes}
    assert {"a", "b", "c"} <= {ax.get_xlabel() for ax in fig.axes}
    assert fig.get_suptitle() == "Three" and not plt.get_fignums()
