"""The drawing path: frames, controls and traits, messages, handles, turned knobs, backgrounds, notebooks."""

import base64
import gc
import io
import json
import re
import threading
import time
import tracemalloc
from typing import ClassVar

import ipywidgets
import matplotlib.pyplot as plt
import numpy as np
import pytest
import traitlets
from matplotlib.text import Text as Words
from PIL import Image as Picture

from course_lib.viz import style
from course_lib.viz.live import (
    Bars,
    Demo,
    Handle,
    Image,
    Line,
    Menu,
    OwnPoints,
    Pad,
    Points,
    Slider,
    Text,
    cells,
    figure,
    legs,
    plain,
    term,
)
from course_lib.viz.live.layers import Buffers


class Parabola(Demo):
    """A cheap demo with one layer of every kind."""

    title = "Parabola"
    alt = "A point on a parabola."
    controls = (
        Slider("x", "x", -2.0, 2.0, 0.1, 1.0),
        Slider("n", "points", 2, 20, 1, 5),
        Slider("scale", "scale", -2, 2, 0.5, 1.0, log=True),
        Menu("kind", "kind", ("square", "broken"), "square"),
    )
    presets: ClassVar = {"vertex": {"x": 0.0}}
    panels = (("left", "x", "y", (-2, 2), (0, 4)), ("right", "k", "v", (0.1, 100), (0, 1)))
    background_depends = ("scale",)

    def background(self, axes, values):
        axes[1].set_xscale("log")
        axes[1].set_xlim(0.1, 100 * values["scale"])

    def state(self, x, n, scale, kind):
        if kind == "broken":
            raise ZeroDivisionError("no picture of this")
        return {"x": x, "y": x * x, "t": np.linspace(-2, 2, n), "scale": scale}

    def layers(self, state):
        t = state["t"]
        return [Image(0, np.outer(t, t), -4, 4), Line(0, t, t * t, dash="dashed"), Points(0, state["x"], state["y"]),
                Bars(1, [1, 10], [0.5, np.nan]), Text(1, [1, 10], 0.7, ["one", "ten"])]

    def caption(self, state):
        return f"x = {state['x']:.2f}, y = {state['y']:.2f}"


def message(demo, seq=None, client="page", **content):
    """What the page sends, its own counting included."""
    seq = demo._arrived.get(client, 0) + 1 if seq is None else seq
    demo._receive(demo, {"client": client, "seq": seq, **content}, [])
    return demo.reply


def header_and_arrays(frame):
    """The frame as the page reads it."""
    length = int.from_bytes(frame[:4], "little")
    header = json.loads(frame[4 : 4 + length])
    return header, frame[4 + length :]


def floats(data, place):
    return np.frombuffer(data, np.float32, place[1], place[0])


def colors_of(png):
    return len(Picture.open(io.BytesIO(png)).convert("RGB").getcolors(1 << 20))


# Frames


def test_places_of_the_frame_are_shares_of_the_panel_that_matplotlib_draws():
    demo = Parabola(x=-1.0)
    header, data = header_and_arrays(demo.frame)
    _, axes, _ = demo._figure(demo.size[0])
    point = next(layer for layer in header["layers"] if layer["type"] == "points")
    words = next(layer for layer in header["layers"] if layer["type"] == "text")  # on the logarithmic axis

    def share(ax, x, y):
        return ax.transAxes.inverted().transform(ax.transData.transform((x, y)))

    assert (floats(data, point["x"])[0], floats(data, point["y"])[0]) == pytest.approx(share(axes[0], -1, 1), abs=1e-6)
    expected = [share(axes[1], value, 0.7)[0] for value in (1, 10)]
    np.testing.assert_allclose(floats(data, words["x"]), expected, atol=1e-6)
    assert (len(data) % 4, words["panel"]) == (0, 1)


def test_image_rows_run_upwards_and_values_map_to_the_color_table():
    panel = Parabola()._static()["panels"][0]
    buffers = Buffers()
    packed = Image(0, np.array([[0.0, 0.5], [1.0, np.nan]]), low=0, high=1).pack(panel, buffers)
    top_first = np.frombuffer(b"".join(buffers.parts), np.uint8, 4)
    assert list(top_first) == [254, style.NOT_FINITE, 0, 127]
    assert packed["box"] == pytest.approx([-0.5, -0.5, 1.5, 1.5])  # samples on the border: half a cell sticks out


def test_shares_of_infinite_and_huge_values_are_bounded_or_nan():
    shares = Parabola()._static()["panels"][0].x([np.inf, -np.inf, np.nan, 1e300])
    assert np.isnan(shares[2]) and np.all(np.abs(shares[[0, 1, 3]]) <= 1e5)


def test_scale_leads_back_to_the_value_on_both_kinds_of_axes():
    linear, log = (panel.x for panel in Parabola(scale=1.0)._static()["panels"])
    assert linear.back(0.25) == -1.0 and log.back(1 / 3) == pytest.approx(1.0)
    assert log.back(float(log(7.0))) == pytest.approx(7.0, rel=1e-6)


def test_layer_with_unequal_lengths_is_refused():
    panel = Parabola()._static()["panels"][0]
    with pytest.raises(ValueError, match="3 values of x and 2 of y"):
        Line(0, [1, 2, 3], [1, 2]).pack(panel, Buffers())


def test_every_color_of_a_frame_has_its_color_on_a_dark_page():
    header, _ = header_and_arrays(Parabola().frame)
    used = {layer["color"] for layer in header["layers"] if "color" in layer}
    assert used and used <= set(header["dark"])


def test_labels_keys_and_ghosts_go_to_the_page_only_where_they_are_declared():
    panel = Parabola()._static()["panels"][0]
    plain_line = Line(0, [0, 1], [0, 1]).pack(panel, Buffers())
    named = Points(0, [0, 1], [0, 1], label=["a", "b"], key="p", ghost=True).pack(panel, Buffers())
    assert not {"label", "key", "ghost"} & set(plain_line)
    assert (named["label"], named["key"], named["ghost"]) == (["a", "b"], "p", True)


def test_cells_with_an_extent_are_even_on_a_logarithmic_axis_and_samples_of_a_grid_are_refused_there():
    demo = Parabola()
    panel = demo._static()["panels"][1]  # 0.1 to 100
    packed = Image(1, np.zeros((1, 2)), extent=(0.1, 10, 0, 1)).pack(panel, Buffers())
    assert packed["box"] == pytest.approx([0, 0, 2 / 3, 1])
    with pytest.raises(ValueError, match="or give the extent"):
        Image(1, np.zeros((2, 2))).pack(panel, Buffers())
    _, axes, _ = demo._figure(700)
    Image(1, np.zeros((1, 2)), extent=(0.1, 10, 0, 1)).draw(axes[1], panel)
    assert axes[1].images[0].get_extent() == pytest.approx([0, 2 / 3, 0, 1])
    assert axes[1].get_xlim() == (0.1, 100)


@pytest.mark.parametrize(("layer", "says"), [
    (Line(2, [0], [0]), "there is no panel 2"), (Line(-1, [0], [0]), "there is no panel -1"),
    (Line(0, [0], [0], dash="--"), "expected one of 'solid'"), (Points(0, 0, 0, marker="*"), "expected one of 'o'"),
    (Text(0, 0, 0, "a", va="baseline"), "expected one of 'top'"), (Image(0, np.zeros((0, 0))), "shape (0, 0)"),
    (Image(0, np.zeros((1, 3))), "at least two of each"), (Image(0, np.zeros((2, 2)), 1, 1), "not less than"),
    (Image(0, np.zeros((2, 2)), colors="viridis"), "expected one of 'boundary'"),
])
def test_a_layer_that_the_page_cannot_draw_is_refused(layer, says):
    demo = Parabola()
    demo.layers = lambda state: [layer]
    assert says in message(demo, values={"x": 0.0})["caption"] and demo.reply["failed"]


def test_numbers_are_drawn_as_text():
    assert Text(0, [0, 1], 0, [1, 2.5]).pack(Parabola()._static()["panels"][0], Buffers())["text"] == ["1", "2.5"]


# Setting controls


def test_set_preset_and_reset():
    demo = Parabola()
    assert demo.set(x=0.5).current["y"] == 0.25
    assert demo.set(n=7.4).values["n"] == 7 and isinstance(demo.values["n"], int)
    assert demo.preset("vertex").values["x"] == 0.0 and demo.values["n"] == 5
    assert demo.reset().values == Parabola().values
    with pytest.raises(ValueError, match="vertex"):
        demo.preset("top")


@pytest.mark.parametrize(("values", "says"), [
    ({"y": 1}, "no control 'y'; it has x, n, scale, kind"), ({"x": 99}, "x = 99: expected a number from -2 to 2"),
    ({"x": "much"}, "x = 'much'"), ({"x": np.nan}, "expected a number"), ({"scale": 1e9}, "from 0.01 to 100"),
    ({"kind": "round"}, "expected one of square, broken"),
])
def test_what_does_not_fit_is_said_and_nothing_changes(values, says):
    demo = Parabola()
    before = demo.values, demo.frame
    with pytest.raises(ValueError, match=re.escape(says)):
        demo.set(**values)
    assert (demo.values, demo.frame) == before


def test_a_slider_takes_a_rounded_end_and_finds_the_nearest_step():
    slider = Slider("lr", "rate", -3.0, 0.0, 0.5, 0.1, log=True)
    assert slider.clean(1.0000001) == 1.0
    assert [slider.nearest(value) for value in (0.015, 0.02, 50, -1, 0.0)] == [0.01, 0.0316, 1, 0.001, 0.001]
    whole = Slider("n", "n", 2, 20, 3, 5)
    assert (whole.nearest(6.4), whole.nearest(6.6), whole.nearest(99)) == (5, 8, 20)
    assert isinstance(whole.nearest(6.4), int)
    with pytest.raises(ValueError, match="n = 22: expected a number from 2 to 20"):
        whole.clean(22)


@pytest.mark.parametrize(("slider", "rounded", "outside"), [
    (Slider("lr", "rate", -3, 0.3, 0.1, 0.1, log=True), 2.0, 2.1),  # its end is 1.995: three digits are enough
    (Slider("a", "penalty", -3, 1, 1, 0.1, log=True), 10.04, 12.0),  # though half a step beyond is 31.6
    (Slider("c", "side", 0.25, 4.0, 0.25, 1.0), 4.01, 4.1), (Slider("n", "n", 0, 20, 5, 5), 20.4, 21),
])
def test_beyond_the_end_lies_what_is_no_rounding_of_it(slider, rounded, outside):
    assert slider.clean(rounded) == slider.limits[1]
    with pytest.raises(ValueError, match="expected a number from"):
        slider.clean(outside)


@pytest.mark.parametrize("wrong", [[(0, 0, 2)], [(0, np.inf, 1)], [(0, 0)], 3, [(0, 0, 0)] * 61])
def test_own_points_are_checked(wrong):
    own = OwnPoints("own", "your points", 0)
    assert own.clean([[1, 2, 0]]) == ((1.0, 2.0, 0),)
    with pytest.raises(ValueError, match="own:"):
        own.clean(wrong)


class Drawn(Parabola):
    """A pad of 4 x 3 cells, of which a second image holds the sums of the rows."""

    controls = (Pad("drawing", "Draw", 4, 3),)
    presets = background_depends = ()

    def background(self, axes, values):
        pass

    def state(self, drawing):
        return {"ink": np.array(drawing), "x": 0.0, "y": 0.0}

    def layers(self, s):
        sums = s["ink"].sum(axis=1, keepdims=True)
        return [Image(0, s["ink"][::-1], extent=(-2, 2, 0, 4), pad="drawing", cells="ink"),
                Image(1, sums[::-1], 0, 3, extent=(0.1, 100, 0, 1), cells="sums",
                      sees={"ink": (np.eye(4, dtype=bool), np.ones((1, 3)))})]


def test_a_pad_holds_an_array_in_hundredths_as_a_synced_trait_and_starts_blank():
    figure, ink = Drawn(), np.zeros((4, 3))
    assert np.array_equal(figure.drawing, ink) and figure.spec["defaults"]["drawing"] == figure.drawing
    ink[1] = [0.123, 1, 0]
    figure.drawing = ink
    assert figure.drawing[1] == (0.12, 1.0, 0.0) == figure.reply["values"]["drawing"][1]
    header, data = header_and_arrays(figure.frame)
    paper, _ = header["layers"]
    entries = np.frombuffer(data, np.uint8, 12, paper["data"][0]).reshape(4, 3)
    assert paper["pad"] == "drawing" and entries[1].tolist() == [30, 254, 0] and not entries[[0, 2, 3]].any()
    assert message(figure, values={"drawing": np.ones((4, 3)).tolist()})["values"]["drawing"] == ((1.0,) * 3,) * 4
    assert not np.any(figure.reset().drawing)
    assert np.array_equal(Drawn(drawing=ink.round(2)).reset().drawing, ink.round(2))


@pytest.mark.parametrize(("wrong", "says"), [
    (np.zeros((3, 4)), r"4 rows of 3 numbers from 0 to 1, not an array of shape \(3, 4\)"), ("no", "4 rows of 3"),
    ([[0, 1], [2]], "4 rows of 3"), (np.full((4, 3), 2), "values from 2 to 2; .* divided by 255"),
    (np.full((4, 3), np.nan), "values from nan"), (np.eye(4, 3) - 1, "values from -1 to 0"), (None, "4 rows of 3"),
])
def test_a_drawing_that_does_not_fit_is_refused(wrong, says):
    figure = Drawn()
    with pytest.raises((ValueError, traitlets.TraitError), match=f"drawing: .*{says}"):
        figure.drawing = wrong
    assert not np.any(figure.drawing)


def test_cells_that_see_others_go_to_the_page_as_two_masks():
    header, data = header_and_arrays(Drawn().frame)
    sums = header["layers"][1]
    rows, columns = (np.frombuffer(data, np.uint8, count, start) for start, count in sums["sees"]["ink"])
    assert np.array_equal(rows.reshape(4, 4), np.eye(4)) and columns.tolist() == [1, 1, 1]
    assert sums["cells"] == "sums" and header["layers"][0]["cells"] == "ink" and "sees" not in header["layers"][0]
    assert sums["start"] == header["layers"][0]["start"] == 0


@pytest.mark.parametrize(("change", "says"), [
    ({"pad": "brush"}, "expected a Pad of that name"), ({"values": np.zeros((3, 3))}, "expected 4 rows and 3 columns"),
    ({"cells": "paper"}, "expected cells=... of this image, and an image with cells='ink'; there are 'paper', 'sums'"),
    ({"sees": {"sums": (np.ones((4, 3)), np.ones((3, 1)))}}, "shapes (4, 3) and (3, 1); expected rows (4, 4) and"),
    ({"cells": "", "sees": {"sums": (np.eye(4), np.ones((3, 1)))}}, "expected cells=... of this image"),
])
def test_paper_and_partners_that_do_not_fit_are_named(change, says):
    figure = Drawn()
    paper, sums = figure.layers(figure.current)
    for name, value in change.items():
        setattr(paper, name, value)
    figure.layers = lambda s: [paper, sums]
    assert says in message(figure, values={"drawing": np.ones((4, 3)).tolist()})["caption"]
    assert figure.reply["failed"] and not np.any(figure.drawing)


@pytest.mark.parametrize("name", ["frame", "values", "message", "keys"])
def test_a_control_cannot_have_the_name_of_something_that_widgets_have(name):
    with pytest.raises(TypeError, match=f"cannot be called '{name}'"):
        type("Wrong", (Demo,), {"controls": (Slider(name, "frame", 0, 1, 0.1, 0.5),)})


def test_a_figure_may_have_no_controls():
    class Still(Parabola):
        controls = presets = background_depends = ()

        def background(self, axes, values):
            pass

        def state(self):
            return {"x": 1.0, "y": 1.0, "t": np.linspace(-2, 2, 5)}

    demo = Still()
    demo._receive(demo, {"look": [400, True]})
    demo.locked = True
    assert list(demo.backgrounds) == ["400-dark"] and not message(demo, values={})["values"]


# Controls as traits


def test_a_control_is_a_trait_in_both_directions():
    demo, seen = Parabola(), []
    demo.observe(lambda change: seen.append(change["new"]), "x")
    demo.x = 0.5
    assert demo.values["x"] == 0.5 and demo.message == "x = 0.50, y = 0.25" and demo.reply["values"]["x"] == 0.5
    demo.set(x=-1.0)
    message(demo, values={"x": 1.5})
    assert seen == [0.5, -1.0, 1.5] and demo.x == 1.5


def test_the_page_is_answered_though_an_observer_fails_and_after_one_that_sets_a_control():
    demo = Parabola()
    demo.observe(lambda change: demo.set(n=9), "x")
    assert message(demo, values={"x": 0.5})["seq"] == 1
    assert (demo.reply["values"]["n"], demo.n, demo.reply["caption"]) == (9, 9, "x = 0.50, y = 0.25")
    demo.observe(lambda change: 1 / 0, "scale")
    with pytest.raises(ZeroDivisionError):
        message(demo, values={"scale": 10.0})
    assert demo.reply["seq"] == 2 and demo.reply["values"]["scale"] == 10.0 and demo.frame == demo._picture


def test_a_trait_refuses_what_the_control_refuses():
    demo = Parabola()
    with pytest.raises(traitlets.TraitError, match="x = 3: expected a number from -2 to 2"):
        demo.x = 3
    with pytest.raises(ZeroDivisionError):
        demo.kind = "broken"
    assert demo.kind == "square" == demo.values["kind"] and demo.x == 1.0


def test_a_slider_of_ipywidgets_can_be_linked():
    demo, slider = Parabola(), ipywidgets.FloatSlider(min=-2, max=2, value=-1)
    traitlets.link((slider, "value"), (demo, "x"))
    assert demo.current["y"] == 1.0
    demo.set(x=0.5)
    assert slider.value == 0.5


def test_state_from_the_page_that_does_not_fit_is_said_in_the_figure():
    demo = Parabola()
    demo.set_state({"x": 99.0})
    assert demo.reply["failed"] and "from -2 to 2" in demo.reply["caption"]
    assert demo.reply["values"]["x"] == demo.x == 1.0
    demo.set_state({"x": 0.5})
    assert demo.current["y"] == 0.25 and not demo.reply["failed"]


# Messages


def test_message_changes_picture_caption_and_is_answered():
    demo = Parabola()
    before = demo.frame
    reply = message(demo, 1, values={"x": -1.5})
    assert demo.frame != before
    assert reply == {"values": demo.values, "caption": "x = -1.50, y = 2.25", "failed": False, "client": "page",
                     "seq": 1, "turns": []}


def test_stale_and_repeated_messages_are_dropped():
    demo = Parabola()
    message(demo, 5, values={"x": 0.5})
    message(demo, 4, values={"x": -2.0})
    message(demo, 5, values={"x": -2.0})
    assert demo.values["x"] == 0.5
    message(demo, 1, client="other page", values={"x": 1.5})
    assert demo.values["x"] == 1.5


def test_while_one_message_is_computed_only_the_newest_waits():
    entered, release, computed = threading.Event(), threading.Event(), []

    class Slow(Parabola):
        def state(self, **values):
            computed.append(values["x"])
            if values["x"] == 0.1:
                entered.set()
                release.wait(100)
            return super().state(**values)

    demo = Slow()
    computed.clear()
    threads = [threading.Thread(target=message, args=(demo, seq), kwargs={"values": {"x": seq / 10}})
               for seq in range(1, 6)]
    threads[0].start()
    assert entered.wait(100)
    for thread in threads[1:]:
        thread.start()
    while demo._arrived["page"] < 5:
        time.sleep(0.01)
    release.set()
    for thread in threads:
        thread.join(100)
    assert demo.values["x"] == 0.5 and demo.reply["seq"] == 5
    assert computed == [0.1, 0.5]


def test_threads_leave_one_consistent_picture():
    demo = Parabola()

    def work(client):
        for seq in range(1, 25):
            message(demo, seq, client=client, values={"x": (seq % 40) / 20, "scale": 10.0 ** (seq % 3)})

    threads = [threading.Thread(target=work, args=(name,)) for name in "abcd"]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert demo.frame == Parabola(**demo.values).frame
    assert demo.reply["caption"] == demo.message == demo.caption(demo.current)


def test_exception_is_shown_and_the_figure_goes_on():
    demo = Parabola()
    frame = demo.frame
    reply = message(demo, values={"kind": "broken"})
    assert reply["failed"] and "ZeroDivisionError: no picture of this" in reply["caption"]
    assert demo.frame == frame and demo.values["kind"] == demo.kind == "square"
    assert "no control 'nonsense'" in message(demo, values={"nonsense": 1})["caption"]
    assert message(demo, values={"x": 7})["caption"].startswith("x = 7: expected a number from -2 to 2")
    assert not message(demo, values={"x": 0.0})["failed"] and demo.current["x"] == 0.0


@pytest.mark.parametrize("where", ["state", "layers", "caption"])
@pytest.mark.parametrize(("failure", "says"), [(KeyboardInterrupt(), "Interrupted."), (SystemExit(1), "SystemExit: 1"),
                                               (RecursionError("deep"), "RecursionError: deep")])
def test_whatever_ends_a_computation_leaves_the_figure_as_it_was_and_alive(where, failure, says):
    class Ends(Walk):
        pass

    def ends(self, *args, **values):
        if self.values["start"] == 3 or values.get("start") == 3:
            raise failure
        return getattr(super(Ends, self), where)(*args, **values)

    setattr(Ends, where, ends)
    demo = Ends().turn(length=5)
    before = demo.values, demo.turns, demo.frame, demo.message
    reply = message(demo, values={"start": 3}, rewind=True)
    assert reply["failed"] and reply["caption"].startswith(says) and reply["values"]["start"] == 0
    assert (demo.values, demo.turns, demo.frame, demo.message) == before and demo.start == 0
    assert not message(demo, values={"step": 12})["failed"] and demo.current["x"] == 20


def test_a_caption_that_is_no_text_changes_nothing():
    demo = type("Wordless", (Parabola,), {"caption": lambda self, s: "x" if s["x"] else None})()
    assert message(demo, values={"x": 0.0})["failed"] and demo.values["x"] == demo.x == 1.0


def test_a_message_sent_once_more_is_answered_once_more_and_done_once():
    demo, sent = Hands(), []
    message(demo, 1, nudge=[POINT, 1, 0])
    demo.send_state = sent.append
    message(demo, 1, nudge=[POINT, 1, 0])
    assert demo.a == 0.1 and "reply" in sent[-1]
    message(demo, 1, client="another", nudge=[POINT, 1, 0])
    reply = message(demo, 1, nudge=[POINT, 1, 0])  # the answer was lost, and another one was given meanwhile
    assert demo.a == 0.2 and (reply["client"], reply["seq"], reply["values"]["a"]) == ("page", 1, 0.2)


def test_what_stands_last_in_a_message_holds():
    demo = Hands()
    assert message(demo, handle=[LINE, 0.25, 0.5], values={"a": 1.0})["values"]["a"] == 1.0
    assert message(demo, values={"a": 1.0}, handle=[LINE, 0.25, 0.5])["values"]["a"] == -1.0


def test_a_locked_figure_neither_moves_nor_tells_its_code(monkeypatch):
    demo, sent = Parabola(), []
    demo.locked = True
    frame = demo.frame
    for content in ({"values": {"x": 0.5}}, {"rewind": True}, {"handle": [0, 0.1, 0.1]}):
        assert message(demo, **content)["caption"] == "Answer the question above first."
    demo.set_state({"x": 0.5, "locked": False})
    monkeypatch.setattr(demo, "send", sent.append)
    demo._receive(demo, {"code": True})
    assert demo.locked and demo.frame == frame and demo.x == demo.values["x"] == 1.0
    assert sent[0]["code"] == "# Answer the question above first."


def test_a_page_sets_controls_and_nothing_else():
    demo = Parabola()
    before = demo.frame, demo.spec, demo.reply
    demo.set_state({"frame": b"", "spec": {}, "reply": {}, "locked": True})
    assert (demo.frame, demo.spec, demo.reply) == before and not demo.locked


def test_code_that_fails_is_answered(monkeypatch):
    demo, sent = Parabola(), []
    monkeypatch.setattr(demo, "send", sent.append)
    monkeypatch.setattr(demo, "code", lambda: 1 / 0)
    demo._receive(demo, {"code": True, "client": "page"})
    assert sent == [{"code": "# ZeroDivisionError: division by zero", "client": "page"}]


def test_code_is_sent_to_the_page_that_asked(monkeypatch):
    sent = []
    demo = type("Coded", (Parabola,), {"code": lambda self: f"x = {self.values['x']}"})()
    monkeypatch.setattr(demo, "send", sent.append)
    demo._receive(demo, {"code": True, "client": "page 7"})
    assert sent == [{"code": "x = 1.0", "client": "page 7"}]


def test_mathematics_in_the_names_of_axes_is_read_as_plain_text():
    demo = type("Named", (Parabola,), {"panels": (("", "$x_1$ of $10^{2}$", "$W_{12}$, x_i", (-2, 2), (0, 4)),
                                                  Parabola.panels[1])})()
    demo._receive(demo, {"look": [760, False]})
    assert demo.backgrounds["760-light"]["panels"][0]["names"] == ["x₁ of 10^2", "W₁₂, x_i"]


# Handles


class Hands(Demo):
    """A handle of every kind over the same two controls and a menu."""

    title = "Hands"
    alt = "A point that can be moved in every way that there is."
    controls = (Slider("a", "a", -2.0, 2.0, 0.1, 0.0), Slider("b", "b", 0, 2, 0.5, 10.0, log=True),
                Menu("side", "side", ("left", "right"), "left"))
    panels = (("plane", "a", "b", (-2, 2), (1, 100)),)
    handles = (
        Handle(0, "the point", x="a", y="b"),
        Handle(0, "a line that moves sideways", x="a"),
        Handle(0, "its mirror image", at=lambda s: (-s["a"], s["b"]), move=lambda s, x, y: {"a": -x}),
        Handle(0, "the number a", at=lambda s: (0.0, 3.0), turn="a"),
        Handle(0, "the node on the right", at=lambda s: (1.0, 3.0) if s["side"] == "left" else None,
               press={"side": "right"}),
    )

    def background(self, axes, values):
        axes[0].set_yscale("log")

    def state(self, a, b, side):
        return {"a": a, "b": b}

    def layers(self, state):
        return [Points(0, state["a"], state["b"])]

    def caption(self, state):
        return f"{term('a', 'point')} = {state['a']:.1f}, b = {state['b']:.1f}"


POINT, LINE, MIRROR, NUMBER, NODE = range(5)


def test_handles_tell_the_page_where_they_stand_and_what_they_are():
    demo = Hands(a=1.0)
    places = header_and_arrays(demo.frame)[0]["handles"]
    assert places == [pytest.approx([0.75, 0.5]), [pytest.approx(0.75), None], pytest.approx([0.25, 0.5]),
                      pytest.approx([0.5, 0.2386], abs=1e-4), pytest.approx([0.75, 0.2386], abs=1e-4)]
    assert [each["kind"] for each in demo.spec["handles"]] == ["drag", "drag", "drag", "turn", "press"]
    demo.set(side="right")
    assert header_and_arrays(demo.frame)[0]["handles"][NODE] is None


@pytest.mark.parametrize(("content", "expected"), [
    ({"handle": [POINT, 0.77, 0.26]}, {"a": 1.1, "b": 3.16}),  # to the nearest steps, b's are logarithmic
    ({"handle": [POINT, 3.0, -1.0]}, {"a": 2.0, "b": 1.0}),  # out of the panel: to the end
    ({"handle": [LINE, 0.25, 0.9]}, {"a": -1.0, "b": 10.0}),
    ({"handle": [MIRROR, 0.25, 0.9]}, {"a": 1.0, "b": 10.0}),
    ({"nudge": [POINT, 2, -1]}, {"a": 0.2, "b": 3.16}),
    ({"nudge": [POINT, 0, 1]}, {"a": 0.0, "b": 31.6}),
    ({"nudge": [LINE, -3, 1]}, {"a": -0.3, "b": 10.0}),
    ({"nudge": [MIRROR, 1, 0]}, {"a": -0.1, "b": 10.0}),  # a hundredth of the panel is less than a step
    ({"nudge": [NUMBER, 2, 0]}, {"a": 0.2, "b": 10.0}),
    ({"nudge": [NUMBER, 0, -1]}, {"a": -0.1, "b": 10.0}),
    ({"nudge": [NODE, 1, 0]}, {"side": "right"}),
])
def test_a_handle_is_moved_by_hand_and_by_arrow_keys(content, expected):
    demo = Hands()
    reply = message(demo, **content)
    assert not reply["failed"] and {name: reply["values"][name] for name in expected} == pytest.approx(expected)
    assert all(getattr(demo, name) == value for name, value in reply["values"].items()), "the traits follow"


def test_arrow_keys_at_the_end_of_a_slider_stay_there():
    demo = Hands(a=2.0)
    assert not message(demo, nudge=[POINT, 1, 0])["failed"] and demo.a == 2.0
    assert not message(demo, nudge=[MIRROR, -1, 0])["failed"] and demo.a == 2.0


@pytest.mark.parametrize("content", [{"handle": [0, 0.9, 0.9]}, {"nudge": [0, 1, 0]}])
def test_a_handle_that_is_not_there_moves_nothing(content):
    handles = (Handle(0, "now and then", at=lambda s: (s["a"], 10) if s["side"] == "left" else None,
                      move=lambda s, x, y: {"a": x}),)
    demo = type("Shy", (Hands,), {"handles": handles})(side="right")
    assert not message(demo, **content)["failed"] and demo.a == 0.0


@pytest.mark.parametrize("wrong", [{}, {"x": "a", "turn": "b"}, {"turn": "a"}, {"press": {"a": 1}}])
def test_a_handle_that_says_too_little_or_too_much_is_refused(wrong):
    with pytest.raises(ValueError, match="handle 'h'"):
        Handle(0, "h", **wrong)


# Runs whose knobs are turned


class Walk(Demo):
    """So many steps of a certain length: every turn of the knob can be computed by hand."""

    title = "Walk"
    alt = "A point that walks along a line."
    controls = (Slider("step", "step", 0, 20, 1, 10, play=True), Slider("length", "length", 0, 9, 1, 1),
                Slider("start", "start", 0, 9, 1, 0))
    knobs = ("length",)
    panels = (("way", "x", "", (0, 100), (0, 1)),)

    def state(self, step, length, start, turns):
        pieces = legs(step, {"length": length}, turns)
        return {"x": start + sum((last - first) * knobs["length"] for first, last, knobs in pieces)}

    def layers(self, state):
        return [Points(0, state["x"], 0.5)]

    def caption(self, state):
        return f"x = {state['x']}"


def test_a_turned_knob_acts_from_now_on_and_the_past_stays():
    demo = Walk()
    message(demo, values={"length": 5}, turn=True)
    assert demo.current["x"] == 10 and demo.reply["turns"] == [[10, {"length": 5}]]
    assert [demo.set(step=step).current["x"] for step in (12, 10, 4)] == [20, 10, 4]
    demo.set(step=14).turn(length=0)
    assert demo.set(step=20).current["x"] == 10 + 4 * 5
    assert demo.turn(length=3).turn(length=2).turns[-1] == (20, {"length": 2}), "one turn a moment, the last"


def test_a_turn_in_the_past_forgets_the_turns_after_it():
    demo = Walk().turn(length=5).set(step=4)
    demo.turn(length=2)
    assert demo.turns == ((4, {"length": 2}),) and demo.set(step=20).current["x"] == 4 + 16 * 2


def test_rewind_and_every_other_control_start_the_run_anew_with_the_knobs_as_they_stand():
    demo = Walk().turn(length=5)
    message(demo, values={"step": 0}, rewind=True)
    assert demo.turns == () and demo.set(step=10).current["x"] == 50
    demo.turn(length=1)
    message(demo, values={"start": 3})
    assert demo.turns == () and demo.current["x"] == 13


def test_a_reset_forgets_turns_though_the_knobs_stand_where_they_began():
    demo = Walk()
    demo.turn(length=5).turn(length=demo._defaults["length"])
    assert demo.turns
    assert demo.reset().turns == ()


def test_objects_of_a_figure_share_its_class_and_what_is_cached_for_it():
    assert type(Walk()) is Walk


def test_a_run_that_starts_anew_has_no_turns_whatever_else_the_message_says():
    demo = Walk()
    assert message(demo, values={"length": 5, "start": 3}, turn=True)["turns"] == []
    assert message(demo, values={"length": 2, "step": 0}, turn=True, rewind=True)["turns"] == []


def test_points_of_the_reader_that_did_not_change_leave_the_run():
    class Own(Walk):
        controls = (*Walk.controls, OwnPoints("own", "own", 0))

        def state(self, own, **values):
            return super().state(**values)

    demo = Own(own=[(0, 0, 1)]).turn(length=5)
    assert len(message(demo, values={"own": [[0, 0, 1]], "step": 12})["turns"]) == 1


def test_only_a_knob_can_be_turned_and_a_turn_that_fails_leaves_the_run():
    demo = Walk().turn(length=5)
    with pytest.raises(ValueError, match="start cannot be turned in the middle of a run; here length can"):
        demo.turn(start=3)
    with pytest.raises(ValueError, match="from 0 to 9"):
        demo.turn(length=99)
    assert demo.turns == ((10, {"length": 5}),)


def test_legs():
    assert legs(5, {"k": 1}, ()) == [(0, 5, {"k": 1})]
    turns = ((0, {"k": 2}), (3, {"m": 7}), (5, {"k": 4}))
    assert legs(8, {"k": 1}, turns) == [(0, 3, {"k": 2}), (3, 5, {"k": 2, "m": 7}), (5, 8, {"k": 4, "m": 7})]
    assert legs(3, {"k": 1}, turns) == [(0, 3, {"k": 2})], "a turn at the end of the run has not acted yet"


# Captions


def test_terms_are_for_the_page_and_the_caption_in_words_is_plain():
    caption = f"w: {term('w₁ = 1.5', 'w1')}, {term('w₂', 'w2')}."
    assert plain(caption) == "w: w₁ = 1.5, w₂." and plain("no term") == "no term"
    demo = Hands()
    assert demo.message == "a = 0.0, b = 10.0" and demo.reply["caption"] != demo.message


# Backgrounds


def test_background_is_drawn_anew_only_when_what_it_depends_on_moves():
    demo = Parabola()
    demo._receive(demo, {"look": [760, False]})
    first = demo.backgrounds["760-light"]["png"]
    message(demo, values={"x": 0.0})
    assert demo.backgrounds["760-light"]["png"] is first
    message(demo, values={"scale": 100.0})
    assert demo.backgrounds["760-light"]["png"] != first
    assert Picture.open(io.BytesIO(first)).size == (2 * demo.size[0], 2 * demo.size[1])


def test_looks_follow_width_and_theme_and_only_the_newest_are_kept():
    demo = Parabola()
    for look in ([10, False], [9999, False], [9999, True], [400, False], [240, True]):
        demo._receive(demo, {"look": look})
    assert list(demo.backgrounds) == ["760-light", "760-dark", "400-light", "240-dark"]
    assert len(demo.backgrounds) == figure.KEPT_LOOKS
    assert demo.backgrounds["760-light"]["png"] != demo.backgrounds["760-dark"]["png"]
    wide, narrow = demo.backgrounds["760-light"], demo.backgrounds["400-light"]
    assert wide["panels"][0]["rect"][1] == wide["panels"][1]["rect"][1], "side by side"
    first, second = (panel["rect"] for panel in narrow["panels"])
    assert second[1] > first[1] + first[3] and first[0] == second[0], "one below the other"
    assert narrow["size"][0] == 400 and second[1] + second[3] < narrow["size"][1]
    assert wide["panels"][1]["x"] == [-1.0, 2.0, True] and wide["panels"][1]["names"] == ["k", "v"]


def test_kept_backgrounds_are_few_and_the_unused_ones_go_first(monkeypatch):
    monkeypatch.setattr(figure, "KEPT_BACKGROUNDS", 2)
    demo = Parabola(scale=1.0)
    first = demo._static()
    demo.set(scale=10.0).set(scale=1.0).set(scale=100.0)
    assert list(demo._backgrounds) == [(1.0,), (100.0,)]
    assert demo.set(scale=1.0)._static() is first


# In a notebook


def test_saved_are_the_picture_with_title_and_caption_and_words():
    demo = Parabola()
    data = demo._repr_mimebundle_()
    assert set(data) == {"text/html", "text/plain"}, "no view: it would be preferred to the picture"
    png = base64.b64decode(re.search(r"base64,([^\"]+)", data["text/html"]).group(1))
    saved = Picture.open(io.BytesIO(png))
    wide, tall = (int(number) for number in re.search(r'width="(\d+)" height="(\d+)"', data["text/html"]).groups())
    assert (wide, tall) == (760, round(760 * saved.size[1] / saved.size[0])) and tall > demo.size[1] + 26
    assert saved.text["Comment"] == f"course-live:{demo.spec['id']}", "by this the page finds its figure"
    assert colors_of(png) > 10
    assert data["text/plain"] == "Parabola. A point on a parabola.\nx = 1.00, y = 1.00"
    assert 'alt="Parabola. A point on a parabola."' in data["text/html"]


def test_title_and_caption_stand_on_the_picture_without_a_page():
    demo = Parabola()
    picture = np.array(Picture.open(io.BytesIO(demo.png())).convert("L"))
    foot = picture.shape[0] - demo.size[1] - 26
    assert foot > 15 and picture[:20].min() < 100 and picture[-foot + 4 :].min() < 100, "dark letters above and below"
    assert colors_of(demo.png()) > 10


@pytest.mark.parametrize("variable", ["VSCODE_PID", "VSCODE_CWD"])
def test_front_ends_that_run_a_widget_only_for_a_view_get_one(monkeypatch, variable):
    monkeypatch.setenv(variable, "1")
    demo = Parabola()
    assert demo._repr_mimebundle_()["application/vnd.jupyter.widget-view+json"]["model_id"] == demo.model_id


@pytest.fixture
def run_cell(monkeypatch):
    """run_cell(id, *figures): a cell runs and shows figures; every call is a new run."""
    runs = iter(range(1, 100))
    monkeypatch.setattr(cells, "_shown", {})

    def run(id, *figures):
        cell = (id, next(runs))
        monkeypatch.setattr(cells, "_cell", lambda: cell)
        for each in figures:
            cells.shown(each)

    return run


def test_a_cell_that_runs_anew_closes_what_it_showed_before(run_cell):
    first, second = Walk(), Walk()
    run_cell("a", first, second)
    assert first.comm is not None, "two figures of one run both live"
    third = Walk()
    run_cell("a", third)
    assert first.comm is None and second.comm is None and third.comm is not None


def test_a_figure_that_is_shown_again_or_by_another_cell_stays(run_cell):
    same, shared = Walk(), Walk()
    run_cell("a", same, shared)
    run_cell("b", shared)
    run_cell("a", same)
    assert same.comm is not None and shared.comm is not None
    run_cell("b")
    run_cell("b", Walk())
    assert shared.comm is not None or "b" in cells._shown


def test_a_closed_figure_lives_again_when_it_is_shown(run_cell):
    old = Walk()
    run_cell("a", old)
    run_cell("a", Walk())
    assert old.comm is None
    old._repr_mimebundle_()
    assert old.comm is not None and not message(old, values={"step": 3})["failed"] and old.current["x"] == 3


def test_a_closed_figure_leaves_nothing_behind():
    def alive():
        gc.collect()
        return len(ipywidgets.widgets.widget._instances)

    before = alive()
    figure = Walk()
    figure.close()
    figure.open()
    assert figure.get_state()["layout"] == f"IPY_MODEL_{figure.layout.model_id}" != "IPY_MODEL_None"
    figure.close()
    assert alive() == before


def test_without_a_front_end_no_cell_is_known_and_nothing_closed():
    demo = Walk()
    assert cells._cell() is None
    cells.shown(demo)
    assert demo.comm is not None


def test_thousands_of_events_leave_memory_and_figures_flat():
    class Cheap(Parabola):
        def layers(self, state):
            return [Points(0, state["x"], state["y"])]

    demo = Cheap()

    def drive(count):
        for k in range(count):
            message(demo, values={"x": (k % 41) / 10 - 2, "scale": 10.0 ** (k // 200 % 5 - 2)})

    def traced():
        gc.collect()
        tracemalloc.start()
        drive(50)
        gc.collect()
        memory = tracemalloc.get_traced_memory()[0]
        tracemalloc.stop()
        return memory

    figures = len(plt.get_fignums())
    drive(800)
    before = traced()
    drive(1200)
    assert traced() - before < 100_000
    assert len(demo._backgrounds) <= figure.KEPT_BACKGROUNDS and len(plt.get_fignums()) == figures


def test_a_count_on_a_logarithmic_slider_is_a_whole_number():
    count = Slider("m", "points", 0.3, 3.3, 0.05, 20, log=True)
    assert count.integer and not Slider("lr", "rate", -1, 0, 0.1, 0.5, log=True).integer
    assert count.clean(15.85) == 16 and isinstance(count.clean(15.85), int)
    assert count.nearest(1580) == 1585, "all digits of a count are kept"
    assert [count.sample(3)[k] for k in (0, -1)] == [2, 1995]


def test_a_step_of_a_count_is_felt():
    count = Slider("m", "points", 0.3, 3.3, 0.05, 20, log=True)
    assert [count.stepped(value, 1) for value in (2, 3, 100)] == [3, 4, 112]
    assert [count.stepped(value, -1) for value in (3, 2, 112)] == [2, 2, 100]
    assert Slider("x", "x", -2.0, 2.0, 0.1, 1.0).stepped(1.0, -3) == pytest.approx(0.7)


class ThreePanels(Parabola):
    """Three panels, the last one narrow from the start."""

    panels = (*Parabola.panels, ("third", "k", "v", (0, 1), (0, 1)))
    widths, size = (225, 287, 134), (860, 303)


def test_a_panel_that_is_narrow_in_the_whole_picture_does_not_stack_them_all_at_once():
    demo = ThreePanels()
    for width, stacked in ((860, False), (800, False), (700, True), (390, True)):
        _, boxes = demo._arrange(width)
        assert (len({left for left, *_ in boxes}) == 1) == stacked, width


@pytest.mark.parametrize("width", [700, 390, 240])
def test_a_picture_keeps_its_proportions_when_panels_are_stacked_and_no_other_panel_does(width):
    class Photograph(ThreePanels):
        pictures = (0,)

    _, [whole, *_] = Photograph()._arrange(860)
    _, [first, second, third] = Photograph()._arrange(width)
    assert first[2] / first[3] == pytest.approx(whole[2] / whole[3], rel=0.01)
    assert first[2] <= second[2] == third[2] == width - 74
    plain = ThreePanels()._arrange(width)[1]
    assert [box[2:] for box in plain[1:]] == [second[2:], third[2:]] and plain[0][2] == width - 74


def test_a_picture_without_names_of_axes_begins_at_the_border_where_panels_are_stacked():
    class Bare(ThreePanels):
        panels = (("first", "", "", (0, 1), (0, 1)), *ThreePanels.panels[1:])
        pictures = (0, 1)

    lefts = lambda width: [box[0] for box in Bare()._arrange(width)[1]]
    assert lefts(390)[0] < lefts(390)[1] == lefts(390)[2] == lefts(860)[0]


@pytest.mark.parametrize("width", [240, 320, 480, Parabola.size[0]])
def test_long_titles_of_panels_stay_inside_the_picture_and_beside_each_other(width):
    class Titled(Parabola):
        panels = tuple((f"A title of nearly forty letters, {side}", *panel[1:])
                       for side, panel in zip("ab", Parabola.panels, strict=True))

    fig, axes, _ = Titled()._figure(width)
    fig.draw_without_rendering()
    boxes = []
    for ax in axes:
        title = next(text for text in ax.findobj(Words) if text.get_text() == ax.get_title(loc="left"))
        boxes.append(title.get_window_extent())
        assert boxes[-1].x0 >= 0 and boxes[-1].x1 <= width + 2 and title.get_fontsize() >= 8
    assert not boxes[0].overlaps(boxes[1])
