"""The palette in both themes: contrast, color deficiencies, and figures recolored for the dark theme."""

import base64
import io
import itertools

import nbconvert
import numpy as np
import pytest
from matplotlib.colors import to_hex, to_rgb, to_rgba
from nbformat import v4
from PIL import Image

from course_lib import page
from course_lib.authoring import execute
from course_lib.viz import figures, style

# `hue-rotate(180deg)` of the Filter Effects specification, which CSS applies to sRGB codes.
HALF_TURN = np.array([[-0.574, 1.430, 0.144], [0.426, 0.430, 0.144], [0.426, 1.430, -0.856]])


def filtered(color) -> str:
    """What `page.PICTURE_SHEET` makes of a color of a static picture on a dark page."""
    rgb = np.array(to_rgb(color))
    rgb = HALF_TURN @ (rgb + page.INVERTED * (1 - 2 * rgb))
    return to_hex(np.clip(np.clip(rgb, 0, 1) * page.BRIGHTER, 0, 1))


#: theme -> (ground, what a color becomes there)
THEMES = {
    "light": (style.WHITE, lambda color: color),
    "dark": (style.DARK_GROUND, style.dark),
    "light picture on a dark page": (style.DARK_GROUND, filtered),
}

# Machado, Oliveira and Fernandes, "A physiologically-based model for simulation of color vision deficiency" (2009),
# severity 1.0, for linear RGB.
SIGHT = {
    "normal": np.eye(3),
    "protanopia": [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]],
    "deuteranopia": [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.011820, 0.042940, 0.968881]],
    "tritanopia": [[1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602], [0.004733, 0.691367, 0.303900]],
}

#: Distance in CIE Lab (1976). 2.3 is a just noticeable difference side by side; small marks apart from each other,
#: matched with a legend, need several times as much: 15, more than six such steps. seaborn's palette, from which ours
#: comes, falls to 11.7 between class colors and 12.6 between the first four.
DISTINCT = 15


def seen_as(color, sight) -> np.ndarray:
    """CIE Lab (white D65) of a color as an eye with this deficiency sees it."""
    rgb = np.array(to_rgb(color))
    light = np.where(rgb <= 0.04045, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4)
    light = np.clip(np.array(sight) @ light, 0, 1)
    to_xyz = np.array([[0.4124564, 0.3575761, 0.1804375], [0.2126729, 0.7151522, 0.0721750],
                       [0.0193339, 0.1191920, 0.9503041]])
    xyz = to_xyz @ light / [0.95047, 1.0, 1.08883]
    f = np.where(xyz > (6 / 29) ** 3, np.cbrt(xyz), xyz * (29 / 6) ** 2 / 3 + 4 / 29)
    return np.array([116 * f[1] - 16, 500 * (f[0] - f[1]), 200 * (f[1] - f[2])])


def test_contrast_of_known_pairs():
    assert style.contrast("black", "white") == pytest.approx(21)
    assert style.contrast("#767676", "white") == pytest.approx(4.54, abs=0.01)
    assert style.contrast("white", "#767676") == style.contrast("#767676", "white")


@pytest.mark.parametrize("theme", THEMES)
def test_marks_stand_out_from_the_ground(theme):
    ground, seen = THEMES[theme]
    for color in (*style.PALETTE, style.STYLE["axes.edgecolor"]):
        assert style.contrast(seen(color), ground) >= 3, color


@pytest.mark.parametrize("theme", THEMES)
def test_words_are_legible(theme):
    ground, seen = THEMES[theme]
    for color in (style.DARK, style.STYLE["xtick.color"], *map(style.for_text, style.PALETTE)):
        assert style.contrast(seen(color), ground) >= 4.5, color


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize("sight", SIGHT)
@pytest.mark.parametrize("colors", [style.PALETTE[:4], style.CLASS_COLORS], ids=["palette", "classes"])
def test_colors_differ_under_each_sight(theme, sight, colors):
    _, seen = THEMES[theme]
    for one, other in itertools.combinations(colors, 2):
        distance = np.linalg.norm(seen_as(seen(one), SIGHT[sight]) - seen_as(seen(other), SIGHT[sight]))
        assert distance >= DISTINCT, (one, other)


def test_a_class_point_stands_out_from_the_boundary_picture_of_its_class():
    for tables, seen in ((style.COLOR_TABLES, lambda color: color), (style.DARK_TABLES, style.dark)):
        low, high = tables["boundary"][[0, style.NOT_FINITE - 1]] / 255
        # the strongest tint: the point has an edge in the color of the ground besides
        assert style.contrast(seen(style.ORANGE), tuple(low)) >= 1.8
        assert style.contrast(seen(style.BLUE), tuple(high)) >= 2.2


# ------------------------------------------------------------------------------------------------------- for_text


def test_words_keep_a_color_that_is_legible():
    assert style.for_text(style.BLUE) == style.BLUE
    assert style.for_text(style.ORANGE) != style.ORANGE


def test_words_keep_their_hue():
    red, green, blue = to_rgb(style.for_text(style.ORANGE))
    assert red > green > blue


# ----------------------------------------------------------------------------------------------------------- dark


def test_white_becomes_the_ground_and_ink_light():
    assert style.dark("white") == style.dark("#fff") == style.dark((1, 1, 1)) == style.DARK_GROUND
    assert style.contrast(style.dark("black"), style.DARK_GROUND) > 15
    assert style.contrast(style.dark(style.DARK), style.DARK_GROUND) > 10


def test_mark_and_word_of_one_color_agree_in_the_dark():
    for color in style.PALETTE:
        assert style.dark(style.for_text(color)) == style.dark(color)


def test_a_white_picture_has_the_color_of_the_dark_page():
    assert filtered("white") == style.DARK_GROUND


@pytest.mark.parametrize(("theme", "ground"), [(0, style.WHITE), (1, style.DARK_GROUND)])
def test_the_words_and_frames_of_cards_stand_out(theme, ground):
    for name, pair in page.CARD.items():
        assert style.contrast(pair[theme], ground) >= (3 if name == "line" else 4.5), name


def test_what_is_legible_on_white_is_legible_in_the_dark():
    random = np.random.default_rng(0)
    colors = [tuple(color) for color in random.random((400, 3)) if style.contrast(color, style.WHITE) >= 4.5]
    assert len(colors) > 100
    assert min(style.contrast(style.dark(color), style.DARK_GROUND) for color in colors) >= 4.5


def test_light_grays_become_dark_grays_in_reverse_order():
    grays = [style.dark(str(level)) for level in (0.95, 0.8, 0.5, 0.2)]
    contrasts = [style.contrast(gray, style.DARK_GROUND) for gray in grays]
    assert contrasts == sorted(contrasts)
    assert contrasts[0] < 1.5


def test_alpha_is_kept():
    assert style.dark("#ffffff80") == style.DARK_GROUND + "80"
    assert style.dark("none") == "none"


def test_a_color_that_is_none_is_refused():
    with pytest.raises(ValueError, match="bluish"):
        style.dark("bluish")


# --------------------------------------------------------------------------------------------------------- tables


def test_tables_have_the_same_names_and_sizes():
    assert style.DARK_TABLES.keys() == style.COLOR_TABLES.keys()
    assert {table.shape for table in style.DARK_TABLES.values()} == {(256, 3)}


@pytest.mark.parametrize(("name", "entry"), [("boundary", 127), ("signed", 127), ("heat", 0)])
def test_where_a_table_is_white_its_dark_twin_is_the_ground(name, entry):
    assert tuple(style.COLOR_TABLES[name][entry] / 255) == pytest.approx(to_rgb(style.WHITE), abs=0.02)
    assert tuple(style.DARK_TABLES[name][entry] / 255) == pytest.approx(to_rgb(style.DARK_GROUND), abs=0.02)


def test_photographs_are_the_same_in_both_themes():
    last = style.NOT_FINITE
    assert np.array_equal(style.DARK_TABLES["gray"][:last], style.COLOR_TABLES["gray"][:last])


# -------------------------------------------------------------------------------------------------------- to_dark


def drawn():
    """A figure with one of each kind of artist."""
    fig, (left, right) = style.figure(1, 2)
    left.plot([0, 1], [0, 1], color=style.BLUE, marker="o", label="line")
    left.plot([0, 1], [1, 0], "o", color=style.GREEN, markerfacecolor="white")
    left.scatter([0], [0.5], color=style.ORANGE, edgecolor="white")
    left.bar([0.5], [0.2], color=style.RED)
    left.text(0.5, 0.5, "plate", bbox={"facecolor": "white", "edgecolor": style.GREY})
    left.annotate("arrow", (0, 0), (1, 0.5), arrowprops={"arrowstyle": "->", "color": style.PURPLE})
    left.contour([[0, 1], [1, 2]], colors=[style.DARK])
    left.legend()
    figures.heatmap(right, [[1, 2], [3, 4]], "p", "t", ["a", "b"], ["a", "b"])
    fig.suptitle("All")
    return fig, left, right


def test_every_kind_of_artist_is_recolored():
    fig, left, right = drawn()
    style.to_dark(fig)
    ground = to_rgba(style.DARK_GROUND)
    assert fig.get_facecolor() == left.get_facecolor() == ground
    line, hollow = left.lines
    assert (line.get_color(), line.get_markerfacecolor()) == (style.dark(style.BLUE),) * 2
    assert (hollow.get_markerfacecolor(), hollow.get_markeredgecolor()) == (style.DARK_GROUND, style.dark(style.GREEN))
    dots, contours = left.collections
    assert tuple(dots.get_facecolor()[0]) == to_rgba(style.dark(style.ORANGE))
    assert tuple(dots.get_edgecolor()[0]) == ground
    assert tuple(contours.get_edgecolor()[0]) == to_rgba(style.dark(style.DARK))
    assert left.patches[0].get_facecolor() == to_rgba(style.dark(style.RED))
    plate, arrow = left.texts
    assert plate.get_bbox_patch().get_facecolor() == ground
    assert arrow.arrow_patch.get_edgecolor() == to_rgba(style.dark(style.PURPLE))
    assert left.get_legend().get_lines()[0].get_color() == style.dark(style.BLUE)
    assert left.spines["left"].get_edgecolor() == to_rgba(style.dark(style.STYLE["axes.edgecolor"]))
    assert right.collections[0].get_cmap()(0.0) == pytest.approx(to_rgba(style.DARK_GROUND), abs=0.01)


def test_words_of_a_dark_figure_are_legible():
    fig, left, right = drawn()
    style.to_dark(fig)
    fig.draw_without_rendering()
    words = [*left.get_xticklabels(), *right.get_yticklabels(), left.title, left.xaxis.label, fig._suptitle]
    assert all(style.contrast(text.get_color(), style.DARK_GROUND) >= 4.5 for text in words)


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize("signed", [False, True])
def test_the_numbers_of_a_table_are_legible_in_their_cells(theme, signed):
    fig, ax = style.figure()
    names = list("abcdefgh")
    figures.heatmap(ax, np.arange(64).reshape(8, 8) - 32 * signed, "p", "t", names, names, signed=signed)
    if theme == "dark":
        style.to_dark(fig)
    fig.draw_without_rendering()
    seen = filtered if "picture" in theme else lambda color: color
    cells = ax.collections[0].get_facecolor()
    assert min(style.contrast(seen(text.get_color()), seen(tuple(cell)))
               for text, cell in zip(ax.texts, cells, strict=True)) >= 4.5


def test_an_image_changes_only_with_a_colormap_of_the_course():
    fig, (left, right) = style.figure(1, 2)
    course = left.imshow([[0.0, 1.0]], cmap=style.BOUNDARY)
    table = left.imshow([[0.0, 1.0]], cmap=style.listed("boundary"))
    photograph = right.imshow([[0.0, 1.0]], cmap="gray")
    style.to_dark(fig)
    assert course.cmap(0.5) == pytest.approx(to_rgba(style.DARK_GROUND), abs=0.02)
    assert np.array_equal(table.cmap(0.5), (*style.DARK_TABLES["boundary"][128] / 255, 1))
    assert photograph.cmap.name == "gray"


# ----------------------------------------------------------------------------------------------------------- show


@pytest.fixture
def shown(monkeypatch):
    outputs = []
    monkeypatch.setattr("IPython.display.display", lambda data, **_: outputs.append(data))
    return outputs


def test_a_picture_is_shown_with_its_words(shown):
    fig, ax = style.figure(width=5, height=3)
    ax.plot([0, 1])
    style.show(fig, alt='A line that rises, <y> = "x".')
    (data,) = shown
    assert set(data) == {"text/html", "text/plain"}, "no second copy of the picture"
    assert data["text/plain"] == 'A line that rises, <y> = "x".'
    assert 'alt="A line that rises, &lt;y&gt; = &quot;x&quot;."' in data["text/html"]
    assert 'width="500" height="300"' in data["text/html"]
    encoded = data["text/html"].partition("base64,")[2].partition('"')[0]
    with Image.open(io.BytesIO(base64.b64decode(encoded))) as picture:
        assert picture.size == (750, 450) and picture.convert("RGB").getpixel((0, 0)) == (255, 255, 255)


def test_an_export_keeps_the_words(shown):
    style.show(style.figure()[0], alt="Empty axes.")
    output = v4.new_output("display_data", data=shown[0])
    notebook = v4.new_notebook(cells=[v4.new_code_cell("", outputs=execute.clean([output]))])
    for template in ("lab", "classic", "basic"):
        exported, _ = nbconvert.HTMLExporter(template_name=template).from_notebook_node(notebook)
        assert 'alt="Empty axes."' in exported and 'src="data:image/png;base64,' in exported


def test_words_are_asked_for(shown):
    with pytest.raises(ValueError, match="alternative text"):
        style.show(style.figure()[0], alt=" ")


def test_a_figure_at_the_end_of_a_cell_shows_itself_with_words(shown):
    fig, _ = style.figure()
    fig.alt = "Empty axes."
    fig._ipython_display_()
    assert shown[0]["text/plain"] == "Empty axes."


def test_a_photograph_is_not_turned_into_a_negative(shown):
    for photograph in (False, True):
        fig, ax = style.figure(width=2, height=2)
        ax.imshow(np.eye(3), cmap="gray_r" if photograph else style.HEAT)
        style.show(fig, alt="A diagonal.")
        assert ('class="course-picture photograph"' in shown[-1]["text/html"]) == photograph


def test_a_saved_picture_keeps_its_look():
    fig, ax = style.figure()
    ax.imshow(np.add.outer(np.arange(100), np.arange(100)), cmap=style.BOUNDARY)
    full = style.png(fig)
    small = style.small(full)
    before, after = (np.asarray(Image.open(io.BytesIO(data)).convert("RGB"), dtype=int) for data in (full, small))
    assert len(small) < 0.6 * len(full)
    assert np.percentile(np.abs(after - before), 99.9) <= 20 and np.abs(after - before).mean() < 0.5
    assert not Image.open(io.BytesIO(small)).info.get("Software")


def test_a_picture_of_noise_is_small_enough_to_be_saved():
    fig, ax = style.figure(width=3, height=3)
    ax.imshow(np.random.default_rng(0).random((300, 300, 3)))
    assert len(style.small(style.png(fig))) < 1.5 * style.LARGEST_PICTURE < len(style.png(fig))
