"""The page's side of a live figure under mouse, finger and keyboard, without Jupyter."""

import numpy as np
import pytest
from fakepage import FakePage
from needs import needs

from course_lib.viz.live import Bars, Demo, Handle, Image, Line, Menu, OwnPoints, Points, Slider, Text, legs, term

pytestmark = needs("Chromium")


class Everything(Demo):
    """A small figure with one of each kind."""

    title = "Everything"
    alt = "A point on a parabola, two bars and the knob of a run."
    controls = (
        Slider("x", "Place x", -2.0, 2.0, 0.1, 1.0),
        Slider("y", "Height y", 0.0, 4.0, 0.1, 1.0),
        Slider("lr", "Rate", -3.0, 0.0, 0.1, 0.1, log=True, unit="1/s", more=True),
        Menu("kind", "Kind", ("one", "two"), "one", more=True),
        OwnPoints("own", "Own points", 0, needs={"kind": "two"}),
        Slider("side", "Side", 0.25, 2.0, 0.25, 1.0, more=True),
        Slider("t", "Time", 0, 20, 1, 5, play=True),
    )
    presets = {"vertex": {"x": 0.0, "y": 0.0}}  # noqa: RUF012
    panels = (("Parabola", "x", "y", (-2, 2), (0, 4)), ("Run", "step", "sum", (0, 20), (0, 1)))
    handles = (
        Handle(0, "the point", x="x", y="y", click=True),
        Handle(1, "the time", x="t"),
        Handle(1, "the rate", at=lambda s: (4, 0.9), turn="lr"),
        Handle(1, "the middle", at=lambda s: (10, 0.5), press={"x": 0.5}),
    )
    knobs = ("lr",)

    def state(self, turns, **values):
        return {**values, "legs": legs(values["t"], {"lr": values["lr"]}, turns)}

    def layers(self, s):
        t = np.linspace(-2, 2, 51)
        return [Image(0, np.outer(t, t), -4, 4, label="product"),
                Line(0, t, t * t, label="parabola", key="p", ghost=True),
                Points(0, s["x"], s["y"], label="point", key="q", ghost=True),
                Bars(1, [2, 5], [0.5, 0.7], label=["first", "second"], key=["p", "q"]),
                *[Points(0, x, y, marker="os"[label]) for x, y, label in s["own"]]]

    def caption(self, s):
        return f"{term('The point', 'q')} stands at {s['x']:.1f}, {s['y']:.1f}. {len(s['legs'])} legs, t {s['t']}."

    def code(self):
        return f"x = {self.values['x']}"


@pytest.fixture
def shown(chromium):
    pages = []

    def show(**options):
        page = FakePage(chromium, **options)
        pages.append(page)
        return page, page.show(Everything())

    yield show
    for page in pages:
        assert page.errors == []
        page.close()


def middle(locator):
    box = locator.bounding_box()
    return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2


def drag(page, locator, dx, dy):
    x, y = middle(locator)
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x + dx, y + dy, steps=6)
    page.mouse.up()


def handle(figure, label):
    return figure.get_by_role("button", name=label)


def test_a_handle_is_dragged_by_mouse_and_moved_by_arrow_keys_and_the_typed_twin_follows(shown):
    fake, figure = shown()
    point = handle(figure, "the point")
    drag(fake.page, point, -60, 20)
    fake.until(lambda: fake.figure.x < 0.5 and fake.figure.y < 1.0)
    fake.until(lambda: figure.locator('[data-name="x"] input[type=text]').input_value() == f"{fake.figure.x:g}")
    x, y = fake.figure.x, fake.figure.y
    point.focus()
    fake.page.keyboard.press("ArrowRight")
    fake.page.keyboard.press("Shift+ArrowUp")
    fake.until(lambda: (fake.figure.x, fake.figure.y) == (pytest.approx(x + 0.1), pytest.approx(y + 0.5)))
    fake.until(lambda: f"at {fake.figure.x:g}".replace("-", "−") in point.get_attribute("aria-label"))


def test_a_click_in_the_panel_takes_the_handle_there_and_a_drag_beyond_the_border_ends_at_the_end(shown):
    fake, figure = shown()
    x, y = middle(figure.locator("canvas"))
    fake.page.mouse.click(x - 300, y)
    fake.until(lambda: fake.figure.x < -1)
    drag(fake.page, handle(figure, "the point"), 0, -900)
    fake.until(lambda: fake.figure.y == 4.0)


def test_a_line_a_number_and_a_node(shown):
    fake, figure = shown()
    drag(fake.page, handle(figure, "the time"), 100, 0)
    fake.until(lambda: fake.figure.t > 8)
    drag(fake.page, handle(figure, "the rate"), 0, -40)  # upwards
    fake.until(lambda: fake.figure.lr > 0.2)
    handle(figure, "the middle").click()
    fake.until(lambda: fake.figure.x == 0.5)


def test_fingers_drag_and_find_targets_of_44_pixels(shown):
    fake, figure = shown(width=390, height=844, touch=True)
    for target in figure.locator("button:visible, input:visible, select:visible, summary:visible").all():
        assert target.bounding_box()["height"] >= 43.9 or "upright" in target.get_attribute("class")
    point = handle(figure, "the point")
    x, y = middle(point)
    client = fake.context.new_cdp_session(fake.page)
    client.send("Input.dispatchTouchEvent", {"type": "touchStart", "touchPoints": [{"x": x, "y": y}]})
    for k in range(1, 6):
        client.send("Input.dispatchTouchEvent", {"type": "touchMove", "touchPoints": [{"x": x - 12 * k, "y": y}]})
    client.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})
    fake.until(lambda: fake.figure.x < 0.6)


def test_what_lies_under_the_pointer_is_read_and_partners_light_up(shown):
    fake, figure = shown()
    tip, canvas = figure.locator(".tip"), figure.locator("canvas")
    box = canvas.bounding_box()
    fake.page.mouse.move(*middle(handle(figure, "the point")))
    fake.until(lambda: "point" in tip.inner_text() and "x = 1, y = 1" in tip.inner_text())
    lit = canvas.screenshot()
    fake.page.mouse.move(box["x"] + 200, box["y"] + 60)
    fake.until(lambda: "product" in tip.inner_text())
    assert "≤" in tip.inner_text() or "≈" in tip.inner_text()
    fake.page.mouse.down()
    fake.page.mouse.move(box["x"] + 205, box["y"] + 60)
    fake.until(lambda: tip.is_hidden())  # nothing lies over the picture, or is dimmed, while the hand moves it
    fake.page.mouse.up()
    fake.page.mouse.move(2, 2)
    fake.until(lambda: tip.is_hidden())
    plain = canvas.screenshot()
    assert plain != lit
    figure.locator(".term").hover()
    fake.until(lambda: canvas.screenshot() != plain)


def test_typed_numbers_presets_and_folded_controls(shown):
    fake, figure = shown()
    summary, preset = figure.locator("summary"), figure.get_by_role("button", name="vertex")
    assert preset.get_attribute("aria-pressed") == "false"
    preset.click()
    fake.until(lambda: preset.get_attribute("aria-pressed") == "true" and fake.figure.x == 0.0)
    summary.click()
    rate = figure.locator('[data-name="lr"]')
    rate.locator("input[type=text]").fill("0,5")
    fake.page.keyboard.press("Enter")
    fake.until(lambda: fake.figure.lr == 0.5)
    assert "changed: Rate" in summary.inner_text() and preset.get_attribute("aria-pressed") == "false"
    rate.locator("input[type=text]").fill("7")
    fake.page.keyboard.press("Enter")
    assert "7 is outside 0.001 to 1 1/s" in rate.locator(".note").inner_text() and fake.figure.lr == 0.5
    time = figure.locator('[data-name="t"]')
    for typed, said in (("1,000", "1000 is outside 0 to 20"), ("", "expected 0 to 20"), ("a", "“a” is not a number;")):
        time.locator("input[type=text]").fill(typed)
        time.locator("input[type=text]").press("Enter")
        assert time.locator(".note").inner_text().startswith(said)
    rate.locator("input[type=text]").fill("7")
    fake.page.keyboard.press("Escape")
    assert rate.locator("input[type=text]").input_value() == "0.5" and not rate.locator(".note").inner_text()


def test_each_step_of_a_slider_is_a_value_that_python_takes(shown):
    fake, figure = shown()
    figure.locator("summary").click()
    for name in ("side", "lr", "x"):
        control = fake.figure._controls[name]
        slider = figure.locator(f'[data-name="{name}"] input[type=range]')
        for key, end in (("Home", 0), ("End", 1)):
            slider.press(key)
            fake.until(lambda control=control, end=end: getattr(fake.figure, control.name) == control.limits[end])
        slider.press("ArrowLeft")
        below = control.high - control.step
        fake.until(lambda control=control, below=below: getattr(fake.figure, control.name)
                   == control.nearest(10**below if control.log else below))


def test_a_typed_number_a_little_outside_is_said_and_one_that_is_a_rounded_end_is_taken(shown):
    fake, figure = shown()
    figure.locator("summary").click()
    row = figure.locator('[data-name="side"]')
    for typed, words in (("2.1", "2.1 is outside 0.25 to 2"), ("2.005", "")):
        row.locator("input[type=text]").fill(typed)
        fake.page.keyboard.press("Enter")
        assert row.locator(".note").inner_text() == words
    fake.until(lambda: fake.figure.side == 2.0)


def shown_time(figure):
    return int(figure.locator('[data-name="t"] input[type=range]').input_value())


def test_without_python_nothing_of_the_figure_moves(shown):
    fake, figure = shown()
    figure.get_by_role("button", name="Add ■ class 0").click()
    figure.get_by_role("button", name="Play Time").click()
    fake.until(lambda: fake.figure.t > 8)
    fake.page.evaluate("window.say('restarting')")
    assert "restarted" in figure.locator(".status").inner_text()
    for each in figure.locator("button, input, select").all():
        assert each.is_disabled()
    fake.page.mouse.click(*middle(figure.locator("canvas")))
    fake.page.wait_for_timeout(300)
    assert shown_time(figure) == fake.figure.t and f"t {fake.figure.t}." in figure.locator(".caption").inner_text()
    assert "0 of at most" in figure.locator(".count").inner_text() and fake.figure.own == ()


def test_of_movements_that_wait_together_the_last_holds(shown):
    fake, figure = shown()
    point, rate = handle(figure, "the point"), figure.locator('[data-name="lr"] input[type=text]')
    figure.locator("summary").click()
    fake.page.evaluate("window.held = []")
    for _ in range(2):  # one flies, one waits
        figure.locator('[data-name="y"] input[type=range]').press("ArrowRight")
    drag(fake.page, point, -60, 20)
    figure.get_by_role("button", name="vertex").click()
    fake.page.evaluate("window.release()")
    fake.until(lambda: (fake.figure.x, fake.figure.y) == (0.0, 0.0))
    fake.until(lambda: figure.get_attribute("data-state") == "ready")
    assert (fake.figure.x, fake.figure.y) == (0.0, 0.0) and rate.input_value() == "0.1"
    fake.page.evaluate("window.held = []")
    for _ in range(2):  # one flies, one waits
        figure.locator('[data-name="y"] input[type=range]').press("ArrowRight")
    drag(fake.page, point, -60, -60)
    figure.locator('[data-name="x"] input[type=text]').fill("1.5")
    fake.page.keyboard.press("Enter")
    fake.page.evaluate("window.release()")
    fake.until(lambda: fake.figure.x == 1.5 and fake.figure.y > 0.1)


def test_a_movement_that_python_did_not_hear_or_answers_late_is_done_once(shown):
    fake, figure = shown()
    point = handle(figure, "the point")
    for lost in (True, False):
        before = fake.figure.x
        fake.page.evaluate("window.held = []")
        point.press("ArrowRight")
        fake.until(lambda: figure.get_attribute("data-state") == "waiting")
        if lost:
            fake.page.evaluate("window.held = []")
        fake.page.evaluate("window.say('idle')")
        fake.page.wait_for_function(f"window.held.length === {2 - lost}")
        fake.page.evaluate("window.release()")
        fake.until(lambda: figure.get_attribute("data-state") == "ready")
        assert fake.figure.x == pytest.approx(before + 0.1)
        fake.until(lambda: figure.locator('[data-name="x"] input[type=text]').input_value() == f"{fake.figure.x:g}")


def test_a_figure_that_leaves_the_page_takes_everything_with_it(shown):
    fake, _ = shown()
    fake.page.evaluate("window.leave()")
    assert fake.page.locator("#place").inner_html() == ""
    heard = len(fake.heard)
    fake.page.set_viewport_size({"width": 500, "height": 700})
    fake.page.wait_for_timeout(300)
    assert len(fake.heard) == heard


def test_every_control_has_a_name_of_its_own_and_no_id_comes_twice(shown):
    _, figure = shown()
    figure.locator("summary").click()
    for field in figure.locator("input, select").all():
        assert field.evaluate("(node) => node.labels.length === 1 || Boolean(node.ariaLabel)")
    ids = figure.evaluate("(root) => [...root.querySelectorAll('[id]')].map((node) => node.id)")
    assert len(ids) == len(set(ids)) >= 4


def test_the_player_steps_plays_rewinds_and_a_knob_turned_in_between_acts_from_there(shown):
    fake, figure = shown()
    button = lambda name: figure.get_by_role("button", name=name)
    button("To the start").click()
    fake.until(lambda: fake.figure.t == 0)
    for _ in range(3):
        button("One step on").click()
    button("One step back").click()
    fake.until(lambda: fake.figure.t == 2)
    figure.locator("summary").click()
    figure.locator('[data-name="lr"] input[type=text]').fill("0.5")
    fake.page.keyboard.press("Enter")
    fake.until(lambda: fake.figure.turns == ((2, {"lr": 0.5}),))
    button("Play Time").click()
    fake.until(lambda: fake.figure.t == 20, seconds=20)
    fake.until(lambda: button("Play Time").is_visible())
    assert fake.figure.current["legs"] == [(0, 2, {"lr": 0.1}), (2, 20, {"lr": 0.5})]
    assert "Rate → 0.5 at 2" in figure.locator(".turns").inner_text()
    button("To the start").click()
    fake.until(lambda: fake.figure.turns == () and fake.figure.t == 0)


def test_playing_says_nothing_to_a_screen_reader_until_it_rests(shown):
    fake, figure = shown()
    fake.page.evaluate("""() => { window.spoken = 0;
        new MutationObserver(() => { window.spoken += 1; }).observe(document.querySelector('.course-live'),
          {subtree: true, childList: true, characterData: true, attributes: false});
        const regions = [...document.querySelectorAll('[role=status], [aria-live]')];
        window.regions = regions.map((node) => node.className); }""")
    assert "caption" not in fake.page.evaluate("window.regions")
    said = figure.locator(".spoken[role=status]")
    before = said.inner_text()
    figure.get_by_role("button", name="Play Time").click()
    fake.until(lambda: 8 < fake.figure.t < 19)
    assert said.inner_text() == before
    figure.get_by_role("button", name="Pause Time").click()
    fake.until(lambda: f"t {fake.figure.t}." in said.inner_text())


def test_reduced_motion_plays_in_large_steps(shown):
    fake, figure = shown(reduced_motion="reduce")
    figure.get_by_role("button", name="To the start").click()
    figure.get_by_role("button", name="Play Time").click()
    fake.page.wait_for_timeout(2500)
    figure.get_by_role("button", name="Pause Time").click()
    moved = [message["values"]["t"] for message in fake.heard if "t" in message.get("values", {})]
    assert 2 <= len(set(moved)) <= 4


def test_own_points_by_click_and_by_keyboard(shown):
    fake, figure = shown()
    figure.get_by_role("button", name="Add ■ class 0").click()
    x, y = middle(figure.locator("canvas"))
    fake.page.mouse.click(x - 200, y)
    fake.until(lambda: len(fake.figure.own) == 1 and fake.figure.own[0][2] == 0)
    assert fake.figure.kind == "two"  # where its points are shown
    figure.get_by_role("button", name="Add ● class 1").click()
    figure.get_by_role("button", name="Place of a new point").focus()
    fake.page.keyboard.press("ArrowUp")
    fake.page.keyboard.press("Enter")
    fake.until(lambda: len(fake.figure.own) == 2 and fake.figure.own[1][1:] == (pytest.approx(2.04, abs=0.01), 1))
    figure.get_by_role("button", name="Remove last").click()
    fake.until(lambda: len(fake.figure.own) == 1)


def test_code_is_shown_to_be_copied(shown):
    fake, figure = shown()
    figure.get_by_role("button", name="Copy as code").click()
    fake.until(lambda: "x = 1.0" in figure.locator(".code pre").inner_text())
    figure.locator('[data-name="x"] input[type=range]').press("ArrowRight")
    fake.until(lambda: "has moved since" in figure.locator(".code").inner_text())
    figure.get_by_role("button", name="Copy as code").click()
    fake.until(lambda: "x = 1.1" in figure.locator(".code pre").inner_text())
    assert "has moved since" not in figure.locator(".code").inner_text()


def test_keys_stay_in_the_figure_but_those_that_save(shown):
    fake, figure = shown()
    fake.page.evaluate("() => { window.heard = []; document.addEventListener('keydown', (e) => heard.push(e.key)); }")
    for key in ("ArrowRight", "Enter", "Control+z", "Control+s"):
        figure.locator('[data-name="x"] input[type=range]').press(key)
    assert fake.page.evaluate("() => heard").count("s") == 1
    assert not {"ArrowRight", "Enter", "z"} & set(fake.page.evaluate("() => heard"))


def test_a_handle_that_left_its_panel_is_taken_from_the_border(chromium):
    class Outside(Everything):
        handles = (Handle(0, "the point", at=lambda s: (s["x"] - 30, s["y"]), move=lambda s, x, y: {"x": x, "y": y}),)

    fake = FakePage(chromium)
    drag(fake.page, handle(fake.show(Outside()), "the point"), 60, 0)
    fake.until(lambda: -2 < fake.figure.x < -1)
    assert fake.errors == []
    fake.close()


def test_a_failure_is_said_and_the_controls_go_on(shown):
    fake, figure = shown()
    fine = Everything.state
    try:
        Everything.state = lambda self, **values: 1 / 0
        figure.locator('[data-name="x"] input[type=range]').press("ArrowRight")
        fake.until(lambda: "ZeroDivisionError" in figure.locator(".caption").inner_text())
        assert "old" in figure.locator("canvas").get_attribute("class")
    finally:
        Everything.state = fine
    figure.locator('[data-name="x"] input[type=range]').press("ArrowRight")
    fake.until(lambda: "The point stands at" in figure.locator(".caption").inner_text())


def test_a_locked_figure_shows_neither_picture_nor_controls(chromium):
    fake = FakePage(chromium)
    figure = Everything()
    figure.locked = True
    fake.figure = figure
    shown = fake.page
    from fakepage import SHOW, _state, page_script

    shown.evaluate(SHOW, {"script": page_script(), "state": {**_state(figure), "spec": figure.spec}})
    assert shown.get_by_text("Answer the question above first").is_visible()
    assert shown.locator("canvas").is_hidden() and shown.locator("input[type=range]").first.is_hidden()
    assert shown.locator(".title").is_hidden()
    fake.close()


@pytest.mark.parametrize("width", [1300, 800, 390, 360])
@pytest.mark.parametrize("dark", [False, True])
def test_letters_stay_readable_and_nothing_is_cut(shown, width, dark):
    fake, figure = shown(width=width, dark=dark)
    assert fake.page.evaluate("() => document.documentElement.scrollWidth <= window.innerWidth")
    look = fake.heard[0]["look"][0]
    shown_width = figure.locator("canvas").bounding_box()["width"]
    smallest = 8 * 100 / 72  # pixels of the tick labels where the picture is shown at its own size
    assert smallest * shown_width / look >= 11
    sizes = figure.evaluate("""(root) => [...root.querySelectorAll('*')].filter((node) => node.childNodes.length
        && [...node.childNodes].some((child) => child.nodeType === 3 && child.data.trim()) && node.offsetParent
        && node.tagName !== 'STYLE').map((node) => parseFloat(getComputedStyle(node).fontSize))""")
    assert min(sizes) >= 11
    track = figure.locator('[data-name="x"] input[type=range]').bounding_box()["width"]
    assert track - 16 >= 40  # at least a pixel for each of its 40 steps


class LongWords(Demo):
    """Words that a narrow picture has no room for."""

    title = "Long words"
    alt = "A sentence at the left of a panel and one at its right."
    controls = (Slider("x", "Place", 0.0, 1.0, 0.1, 0.5),)
    panels = (("Words", "x", "y", (0, 1), (0, 1)),)

    def state(self, x):
        return {"x": x}

    def layers(self, s):
        words = "a sentence that is far too long for the width of a telephone"
        return [Text(0, 0, 0.8, words, ha="left"), Text(0, 1, 0.2, words, ha="right"),
                Text(0, 1, 0.5, "at the border")]

    def caption(self, s):
        return f"Place {s['x']}."


def test_words_are_not_cut_in_a_narrow_picture(chromium):
    fake = FakePage(chromium, width=360)
    figure = fake.show(LongWords())
    borders = figure.locator("canvas").evaluate("""(canvas) => [0, canvas.width - 3].map((left) => {
        const ground = canvas.getContext("2d").getImageData(left, 2, 3, canvas.height - 4).data;
        return ground.every((value) => value === 255);
    })""")
    assert borders == [True, True]
    assert fake.errors == []
    fake.close()


class Numbers(Demo):
    """Numbers in cells that become narrow, and a word that stays alone."""

    title = "Numbers"
    alt = "A row of numbers in cells, and a sentence."
    controls = (Slider("x", "Number", 0, 9, 1, 5),)
    panels = (("Cells", "x", "y", (0, 10), (0, 1)),)

    def state(self, x):
        return {"x": x}

    def layers(self, s):
        return [Text(0, np.arange(10) + 0.5, [0.5] * 10, [f"−{10 * s['x']}.25"] * 10, size=14, room=1.0),
                Text(0, 5.0, 0.8, "two words", size=14, room=1.5), Text(0, 5.0, 0.2, "as large as ever", size=14)]

    def caption(self, s):
        return f"Number {s['x']}."


WRITTEN = """() => { const write = CanvasRenderingContext2D.prototype.fillText; window.written = [];
    CanvasRenderingContext2D.prototype.fillText = function (text, ...place) {
      window.written.push([text, parseFloat(this.font), this.measureText(text).width]);
      write.call(this, text, ...place); }; }"""


@pytest.mark.parametrize("width", [760, 500])
def test_words_fit_into_the_room_they_have(chromium, width):
    fake = FakePage(chromium, width=width)
    fake.page.evaluate(WRITTEN)
    figure = fake.show(Numbers())
    fake.page.wait_for_timeout(200)
    written, shown = fake.page.evaluate("window.written"), figure.locator("canvas").bounding_box()["width"]
    cell = (shown - 74) / 10
    numbers = [(size, wide) for text, size, wide in written if text == "−50.25"]
    assert len(numbers) >= 10 and all(wide <= cell for _, wide in numbers)
    sizes = {size for size, _ in numbers}
    assert sizes == {14} if width == 760 else len(sizes) == 1 and 8 <= min(sizes) < 11
    assert {text for text, _, _ in written} >= ({"two words"} if width == 760 else {"two", "words"})  # a line each
    assert {size for text, size, _ in written if text.startswith("as large")} == {14}
    assert fake.errors == []
    fake.close()


class Typed(Demo):
    """Narrow and wide letters, in the letters of the course and in those of one width."""

    title = "Typed"
    alt = "Four lines of eight letters."
    controls = (Slider("x", "Place", 0, 1, 1, 0),)
    panels = (("Lines", "", "", (0, 10), (0, 4)),)

    def state(self, x):
        return {"x": x}

    def layers(self, s):
        return [Text(0, 0.5 + s["x"], [3.5, 2.5], ["ilil.,il", "WMWM@%WM"], size=13, ha="left", mono=True),
                Text(0, 0.5 + s["x"], [1.5, 0.5], ["iiiiiiii", "MMMMMMMM"], size=13, ha="left")]

    def caption(self, s):
        return f"At {s['x']}."


@pytest.mark.parametrize(("width", "dark"), [(760, False), (360, True)])
def test_letters_of_one_width_stand_below_each_other(chromium, width, dark):
    """Each line of a page of text has its letters in the columns of the line above."""
    fake = FakePage(chromium, width=width, dark=dark)
    fake.page.evaluate(WRITTEN)
    figure = fake.show(Typed())
    widths = {text: wide for text, _, wide in fake.page.evaluate("window.written")}
    assert widths["ilil.,il"] == pytest.approx(widths["WMWM@%WM"], abs=0.01) and widths["ilil.,il"] > 8 * 5
    assert widths["MMMMMMMM"] > 2 * widths["iiiiiiii"]
    fake.page.evaluate("window.written = []")
    figure.locator("input[type=range]").press("End")  # drawn again: the letters stay what they are
    fake.until(lambda: fake.page.evaluate("window.written.length") > 3)
    again = {text: wide for text, _, wide in fake.page.evaluate("window.written")}
    assert again == widths
    assert fake.errors == []
    fake.close()


class Zoomed(Demo):
    """A level line on an axis that a menu changes."""

    title = "Zoomed"
    alt = "A level line."
    controls = (Slider("level", "Level", 0.0, 1.0, 0.1, 0.5), Menu("end", "Axis to", ("1", "10"), "1"))
    panels = (("Level", "x", "y", (0, 1), (0, 1)),)
    background_depends = ("end",)

    def background(self, axes, values):
        axes[0].set_ylim(0, float(values["end"]))
        axes[0].grid(visible=False)

    def state(self, **values):
        return values

    def layers(self, s):
        return [Line(0, [0, 1], [s["level"]] * 2, color="#ff0000", width=4, ghost=True)]

    def caption(self, s):
        return f"Level {s['level']:.1f}, axis to {s['end']}."


def test_a_ghost_stays_on_its_axes_and_goes_with_them(chromium):
    fake = FakePage(chromium, width=700)
    figure = fake.show(Zoomed())
    rows = """(canvas) => {  // how high on the canvas there is red, in its fifths from above
        const {width, height} = canvas, data = canvas.getContext("2d").getImageData(0, 0, width, height).data;
        const seen = new Set();
        for (let at = 0; at < data.length; at += 4) {
            if (data[at] > 200 && data[at + 1] < 180 && data[at + 2] < 180) seen.add(Math.floor(5 * at / data.length));
        }
        return [...seen].sort();
    }"""
    assert figure.locator("canvas").evaluate(rows) == [2]
    drag(fake.page, figure.locator('input[type=range]'), 0, 0)  # a hold is a movement: the line is its own ghost
    figure.locator('input[type=range]').press("End")
    fake.until(lambda: figure.locator("canvas").evaluate(rows) == [0, 2])
    figure.locator("select").select_option("10")
    fake.until(lambda: figure.locator("canvas").evaluate(rows) == [3])
    assert fake.errors == []
    fake.close()


class Counts(Demo):
    """A count on a logarithmic slider, where several positions mean the same small number."""

    title = "Counts"
    alt = "A point at the height of a count."
    controls = (Slider("n", "Samples", 0.0, 3.0, 0.05, 1, log=True, play=True),)
    panels = (("Count", "x", "n", (0, 1), (0, 1000)),)

    def state(self, n):
        return {"n": n}

    def layers(self, s):
        return [Points(0, 0.5, s["n"])]

    def caption(self, s):
        return f"{s['n']} samples."


def test_a_count_on_a_logarithmic_slider_moves_by_whole_numbers(chromium):
    fake = FakePage(chromium)
    figure = fake.show(Counts())
    typed, track = (figure.locator(f'[data-name="n"] input[type={kind}]') for kind in ("text", "range"))
    track.focus()
    for _ in range(2):
        fake.page.keyboard.press("ArrowRight")
    fake.until(lambda: (fake.figure.n, typed.input_value()) == (3, "3"))
    typed.focus()
    fake.page.keyboard.press("ArrowUp")
    figure.get_by_role("button", name="One step on").click()
    fake.until(lambda: (fake.figure.n, typed.input_value()) == (5, "5"))
    track.focus()
    fake.page.keyboard.press("ArrowLeft")
    fake.until(lambda: (fake.figure.n, typed.input_value()) == (4, "4"))
    assert fake.errors == []
    fake.close()
