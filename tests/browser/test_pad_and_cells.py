"""The drawing pad, and cells of images that light up together, under mouse, finger and keyboard, without Jupyter."""

import numpy as np
import pytest
from fakepage import FakePage
from needs import needs

from course_lib.viz.live import Demo, Image, Menu, Pad, Slider

pytestmark = needs("Chromium")
WHOLE = {"colors": "gray", "extent": (0, 1, 0, 1), "smooth": False}


class Halved(Demo):
    """A drawing, and what is left of it at half the size."""

    title = "Halved"
    alt = "A drawing pad and the same picture with half as many rows and columns."
    controls = (Pad("drawing", "Draw here", needs={"shown": "drawing"}),
                Menu("shown", "Shown", ("nothing", "drawing"), "nothing"),
                Slider("share", "Brightness", 0.0, 1.0, 0.1, 1.0))
    presets = {"dim": {"share": 0.5}}  # noqa: RUF012
    panels = (("Drawing", "", "", (0, 1), (0, 1)), ("Half", "", "", (0, 1), (0, 1)))

    def state(self, drawing, shown, share):
        x = np.array(drawing) if shown == "drawing" else np.zeros((28, 28))
        sees = np.arange(14)[:, None] == np.arange(28) // 2
        return {"x": x, "half": share * x.reshape(14, 2, 14, 2).mean((1, 3)), "sees": sees}

    def layers(self, s):
        return [Image(0, s["x"][::-1], pad="drawing", cells="drawing", label="ink", **WHOLE),
                Image(1, s["half"][::-1], cells="half", start=-1, label="mean", sees={"drawing": (s["sees"],) * 2},
                      **WHOLE)]

    def caption(self, s):
        return f"Ink {s['x'].sum():.2f}."

    def code(self):
        return "x = 1"


@pytest.fixture
def shown(chromium):
    pages = []

    def show(**options):
        page = FakePage(chromium, **options)
        pages.append(page)
        return page, page.show(Halved())

    yield show
    for page in pages:
        assert page.errors == []
        page.close()


def paper(figure):
    return figure.locator("button.pad")


def on_paper(figure, column, row):
    """A place of the page, given in cells of the paper."""
    box = paper(figure).bounding_box()
    return box["x"] + column / 28 * box["width"], box["y"] + row / 28 * box["height"]


def on_half(figure, column, row):
    box = figure.locator("button.cells").nth(1).bounding_box()
    return box["x"] + column / 14 * box["width"], box["y"] + row / 14 * box["height"]


def stroke(fake, figure, start, end):
    fake.page.mouse.move(*on_paper(figure, *start))
    fake.page.mouse.down()
    fake.page.mouse.move(*on_paper(figure, *end), steps=8)
    fake.page.mouse.up()


def ink(fake):
    return np.array(fake.figure.drawing)


def gray_at(figure, place):
    """Brightness of the canvas at a place of the page."""
    return figure.locator("canvas").evaluate("""(canvas, [x, y]) => {
        const area = canvas.getBoundingClientRect(), scale = canvas.width / area.width;
        return canvas.getContext("2d").getImageData((x - area.left) * scale, (y - area.top) * scale, 1, 1).data[0];
    }""", list(place))


@pytest.mark.parametrize("dark", [False, True])
def test_a_stroke_by_mouse_is_seen_at_once_and_python_gets_it(shown, dark):
    fake, figure = shown(dark=dark)
    fake.page.evaluate("window.held = []")  # Python is busy
    stroke(fake, figure, (6, 14), (22, 14))
    fake.page.wait_for_timeout(100)
    assert gray_at(figure, on_paper(figure, 14, 14)) > 200 and gray_at(figure, on_paper(figure, 14, 6)) < 20
    assert not ink(fake).any()
    fake.page.evaluate("window.release()")
    fake.until(lambda: ink(fake)[14, 21] == 1.0)
    assert fake.figure.shown == "drawing" and f"Ink {ink(fake).sum():.2f}" in fake.figure.message
    drawn = ink(fake)
    assert (drawn[:, 14] > 0).sum() in (3, 4) and ((drawn > 0) & (drawn < 1)).any()  # a pen with a soft edge
    assert not drawn[:10].any() and not drawn[18:].any() and not drawn[:, :3].any() and not drawn[:, 25:].any()
    fake.until(lambda: gray_at(figure, on_half(figure, 7.5, 7.2)) > 150)


def test_strokes_add_up_the_eraser_takes_away_and_clear_and_reset_leave_nothing(shown):
    fake, figure = shown()
    for row in (8, 20):
        stroke(fake, figure, (6, row), (22, row))
    fake.until(lambda: ink(fake)[8, 21] == ink(fake)[20, 21] == 1.0)
    figure.get_by_role("button", name="Eraser").click()
    stroke(fake, figure, (14, 4), (14, 24))
    fake.until(lambda: ink(fake)[20, 14] == 0.0)
    assert ink(fake)[8, 14] == 0.0 and ink(fake)[8, 8] == 1.0
    figure.get_by_role("button", name="Clear").click()
    fake.until(lambda: not ink(fake).any())
    figure.get_by_role("button", name="Pen", exact=True).click()
    stroke(fake, figure, (6, 8), (22, 8))
    fake.until(lambda: ink(fake).any())
    figure.get_by_role("button", name="dim").click()  # a preset begins with a blank paper too
    fake.until(lambda: not ink(fake).any() and fake.figure.share == 0.5)
    stroke(fake, figure, (6, 8), (22, 8))
    fake.until(lambda: ink(fake).any())
    figure.get_by_role("button", name="Reset").click()
    fake.until(lambda: not ink(fake).any() and fake.figure.shown == "nothing")
    fake.until(lambda: gray_at(figure, on_paper(figure, 14, 8)) < 20)


def test_strokes_drawn_faster_than_python_answers_are_all_there_at_the_end(shown):
    fake, figure = shown()
    for row in (6, 14, 22):
        stroke(fake, figure, (4, row), (24, row))
    fake.until(lambda: figure.get_attribute("data-state") == "ready" and ink(fake)[22, 23] == 1.0)
    assert len([m for m in fake.heard if "drawing" in m.get("values", {})]) <= 30
    for row in (6, 14, 22):
        assert ink(fake)[row, 14] == 1.0
        fake.until(lambda row=row: gray_at(figure, on_paper(figure, 14, row)) > 200)


@pytest.mark.parametrize("dark", [False, True])
def test_a_finger_draws_and_the_page_stays_where_it_is(shown, dark):
    fake, figure = shown(width=390, height=844, touch=True, dark=dark)
    fake.page.evaluate("document.body.style.minHeight = '3000px'")
    client = fake.context.new_cdp_session(fake.page)

    def touch(start, end):
        points = [{"x": start[0] + (end[0] - start[0]) * k / 6, "y": start[1] + (end[1] - start[1]) * k / 6}
                  for k in range(7)]
        client.send("Input.dispatchTouchEvent", {"type": "touchStart", "touchPoints": points[:1]})
        for point in points[1:]:
            client.send("Input.dispatchTouchEvent", {"type": "touchMove", "touchPoints": [point]})
        client.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})

    figure.locator("canvas").scroll_into_view_if_needed()
    before = fake.page.evaluate("window.scrollY")
    touch(on_paper(figure, 14, 24), on_paper(figure, 14, 4))
    fake.until(lambda: ink(fake)[6, 14] == 1.0 and ink(fake)[22, 14] == 1.0)
    assert fake.page.evaluate("window.scrollY") == before
    box = figure.locator(".title").bounding_box()
    touch((box["x"] + 20, box["y"] + 10), (box["x"] + 20, box["y"] - 190))  # elsewhere it scrolls
    fake.until(lambda: fake.page.evaluate("window.scrollY") > before)


def test_arrow_keys_move_the_brush_and_the_space_bar_sets_it_down(shown):
    fake, figure = shown()
    pad = figure.get_by_role("button", name="Draw here")
    pad.focus()
    assert "row 14, column 14" in pad.get_attribute("aria-label")
    fake.page.keyboard.press("Shift+ArrowLeft")
    assert "row 14, column 9" in pad.get_attribute("aria-label") and pad.get_attribute("aria-pressed") == "false"
    assert not ink(fake).any()
    fake.page.keyboard.press("Space")
    assert pad.get_attribute("aria-pressed") == "true"
    for _ in range(6):
        fake.page.keyboard.press("ArrowDown")
    fake.until(lambda: ink(fake)[20, 9] == 1.0 and ink(fake)[15, 9] == 1.0)
    fake.page.keyboard.press("Space")
    fake.page.keyboard.press("Shift+ArrowRight")
    fake.page.wait_for_timeout(200)
    assert not ink(fake)[:, 13:].any()
    for _ in range(9):
        fake.page.keyboard.press("Shift+ArrowUp")
    assert "row 0, " in pad.get_attribute("aria-label")


def test_a_figure_that_lost_python_takes_no_stroke(shown):
    fake, figure = shown()
    stroke(fake, figure, (6, 8), (22, 8))
    fake.until(lambda: ink(fake).any())
    fake.page.evaluate("window.say('restarting')")
    stroke(fake, figure, (6, 20), (22, 20))
    fake.page.wait_for_timeout(200)
    assert gray_at(figure, on_paper(figure, 14, 20)) < 20
    assert not ink(fake)[20].any()


@pytest.mark.parametrize(("width", "dark"), [(900, False), (390, True)])
def test_the_paper_covers_its_image_and_is_no_smaller_than_a_fingertip(shown, width, dark):
    fake, figure = shown(width=width, dark=dark)
    stroke(fake, figure, (1, 1), (27, 1))
    fake.until(lambda: ink(fake)[1, 20] == 1.0)
    fake.until(lambda: gray_at(figure, on_paper(figure, 14, 1)) > 200)
    assert gray_at(figure, on_paper(figure, 14, 4)) < 20
    box = paper(figure).bounding_box()
    assert box["width"] > 150 and box["height"] > 150
    assert fake.page.evaluate("() => document.documentElement.scrollWidth <= window.innerWidth")


@pytest.mark.parametrize("dark", [False, True])
def test_a_cell_under_the_pointer_lights_its_partners_in_both_directions(shown, dark):
    fake, figure = shown(dark=dark)
    tip = figure.locator(".tip")
    fake.page.mouse.move(2, 2)
    fake.page.wait_for_timeout(100)
    fake.until(lambda: gray_at(figure, on_paper(figure, 6, 9)) < 20)
    there, elsewhere = on_paper(figure, 6, 9), on_paper(figure, 20, 9)  # on the left border of the four partners
    fake.page.mouse.move(*on_half(figure, 3.5, 4.5))
    fake.until(lambda: tip.is_visible() and "row 3, column 2" in tip.inner_text())
    assert "4 cells of drawing" in tip.inner_text() and "mean" in tip.inner_text()
    fake.until(lambda: gray_at(figure, there) > 30 or gray_at(figure, (there[0] - 2, there[1])) > 30)
    assert gray_at(figure, elsewhere) < 20
    heard = len(fake.heard)
    fake.page.mouse.move(*on_paper(figure, 20.5, 8.5))
    fake.until(lambda: "1 cell of half" in tip.inner_text() and "row 8, column 20" in tip.inner_text())
    border = on_half(figure, 10, 4.5)
    fake.until(lambda: gray_at(figure, border) > 30 or gray_at(figure, (border[0] - 2, border[1])) > 30)
    assert gray_at(figure, there) < 20
    fake.page.mouse.move(2, 2)
    fake.until(lambda: tip.is_hidden())
    fake.until(lambda: gray_at(figure, border) < 20)
    assert len(fake.heard) == heard  # Python is not asked


def test_cells_are_read_by_arrow_keys_and_leave_with_the_focus(shown):
    fake, figure = shown()
    reader = figure.get_by_role("button", name="half")
    reader.focus()
    fake.page.keyboard.press("ArrowRight")
    fake.page.keyboard.press("ArrowDown")
    assert "half, row 0, column 0" in reader.get_attribute("aria-label")
    assert "4 cells of drawing" in reader.get_attribute("aria-label")
    assert "4 cells of drawing" in figure.locator(".tip").inner_text()
    border = on_paper(figure, 2, 3)
    fake.until(lambda: gray_at(figure, border) > 30 or gray_at(figure, (border[0] - 2, border[1])) > 30)
    fake.page.keyboard.press("ArrowUp")
    fake.page.keyboard.press("ArrowUp")
    assert "row −1, column 0" in reader.get_attribute("aria-label")
    reader.blur()
    fake.until(lambda: figure.locator(".tip").is_hidden() and gray_at(figure, border) < 20)


@pytest.mark.parametrize("dark", [False, True])
def test_a_tap_lights_a_cell(shown, dark):
    fake, figure = shown(width=390, height=844, touch=True, dark=dark)
    figure.locator("canvas").scroll_into_view_if_needed()
    fake.page.touchscreen.tap(*on_half(figure, 3.5, 4.5))
    fake.until(lambda: "4 cells of drawing" in figure.locator(".tip").inner_text())
    there = on_paper(figure, 6, 9)
    fake.until(lambda: gray_at(figure, there) > 30 or gray_at(figure, (there[0] - 2, there[1])) > 30)
