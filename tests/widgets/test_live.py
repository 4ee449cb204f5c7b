"""The drawing path: messages, frames, backgrounds, robustness."""

import base64
import gc
import io
import json
import threading
import time
import tracemalloc
from typing import ClassVar

import matplotlib.pyplot as plt
import numpy as np
import pytest
from PIL import Image as Picture

from course_lib.viz import live, style
from course_lib.viz.live import Bars, Demo, Image, Line, Menu, Points, Slider, Text


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


def message(demo, seq, client="page", **values):
    """What the page sends. The widget is made first; afterwards `demo.widget` would wait for a running computation."""
    if demo._widget is None:
        demo.widget  # noqa: B018
    demo._receive(demo._widget, {"client": client, "seq": seq, "values": values}, [])


def header_and_arrays(frame):
    """The frame as `live.js` reads it."""
    length = int.from_bytes(frame[:4], "little")
    header = json.loads(frame[4 : 4 + length])
    return header, frame[4 + length :]


def floats(data, place):
    return np.frombuffer(data, np.float32, place[1], place[0])


def test_pixels_of_the_frame_agree_with_matplotlib():
    demo = Parabola(x=-1.0)
    header, data = header_and_arrays(demo.frame)
    _fig, axes, _ = demo._figure()
    point = next(layer for layer in header["layers"] if layer["type"] == "points")
    x, y = axes[0].transData.transform((-1.0, 1.0))
    assert floats(data, point["x"])[0] == pytest.approx(x, abs=1e-3)
    assert floats(data, point["y"])[0] == pytest.approx(demo.size[1] - y, abs=1e-3)
    words = next(layer for layer in header["layers"] if layer["type"] == "text")  # on the logarithmic axis
    expected = [axes[1].transData.transform((value, 0.7))[0] for value in (1, 10)]
    np.testing.assert_allclose(floats(data, words["x"]), expected, atol=1e-3)
    assert (len(header["panels"]), len(data) % 4) == (2, 0)


def test_image_rows_run_upwards_and_values_map_to_the_color_table():
    panel = Parabola()._background()[1][0]
    buffers = live._Buffers()
    image = Image(0, np.array([[0.0, 0.5], [1.0, np.nan]]), low=0, high=1)
    packed = image.pack(panel, buffers)
    top_first = np.frombuffer(b"".join(buffers.parts), np.uint8, 4)
    assert list(top_first) == [254, style.NOT_FINITE, 0, 127]
    left, top, width, height = packed["box"]  # samples on the border: half a cell sticks out on every side
    assert (width, height) == pytest.approx((2 * panel.rect[2], 2 * panel.rect[3]), rel=1e-5)
    assert left < panel.rect[0] and top < panel.rect[1]


def test_frame_of_infinite_and_huge_values_is_finite_or_nan_and_valid_json():
    panel = Parabola()._background()[1][0]
    pixels = panel.x([np.inf, -np.inf, np.nan, 1e300])
    assert np.isnan(pixels[2]) and np.all(np.abs(pixels[[0, 1, 3]]) <= 1e5)


def test_layer_with_unequal_lengths_is_refused():
    panel = Parabola()._background()[1][0]
    with pytest.raises(ValueError, match="3 values of x and 2 of y"):
        Line(0, [1, 2, 3], [1, 2]).pack(panel, live._Buffers())


def test_set_and_values():
    demo = Parabola()
    assert demo.set(x=0.5).current["y"] == 0.25
    assert demo.set(n=7.4).values["n"] == 7 and isinstance(demo.values["n"], int)
    assert demo.set(x=99).values["x"] == 2.0
    assert demo.set(scale=1e9).values["scale"] == 100
    assert demo.preset("vertex").values["x"] == 0.0 and demo.values["scale"] == 1.0
    assert demo.reset().values == Parabola().values
    for wrong in ({"y": 1}, {"x": "much"}, {"x": np.nan}, {"kind": "round"}):
        with pytest.raises(ValueError):
            demo.set(**wrong)
    assert demo.values == Parabola().values
    with pytest.raises(ValueError, match="vertex"):
        demo.preset("top")


def test_message_changes_picture_caption_and_is_answered():
    demo = Parabola()
    before = demo.widget.frame
    message(demo, 1, x=-1.5)
    assert demo.widget.frame != before and demo.widget.frame == demo.frame
    assert demo.widget.reply == {"values": demo.values, "caption": "x = -1.50, y = 2.25", "failed": False,
                                 "client": "page", "seq": 1}


def test_stale_and_repeated_messages_are_dropped():
    demo = Parabola()
    message(demo, 5, x=0.5)
    message(demo, 4, x=-2.0)
    message(demo, 5, x=-2.0)
    assert demo.values["x"] == 0.5
    message(demo, 1, client="other page", x=1.5)
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
    demo.widget  # noqa: B018
    computed.clear()
    threads = [threading.Thread(target=message, args=(demo, seq), kwargs={"x": seq / 10}) for seq in range(1, 6)]
    threads[0].start()
    assert entered.wait(100)
    for thread in threads[1:]:
        thread.start()
    while demo._arrived["page"] < 5:
        time.sleep(0.01)
    release.set()
    for thread in threads:
        thread.join(100)
    assert demo.values["x"] == 0.5 and demo.widget.reply["seq"] == 5
    assert computed == [0.1, 0.5]


def test_threads_leave_one_consistent_picture():
    demo = Parabola()
    demo.widget  # noqa: B018

    def work(client):
        for seq in range(1, 60):
            message(demo, seq, client=client, x=(seq % 40) / 20, scale=10.0 ** (seq % 3))

    threads = [threading.Thread(target=work, args=(name,)) for name in "abcd"]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert demo.widget.frame == Parabola(**demo.values).frame
    assert demo.widget.reply["caption"] == demo.message == demo.caption(demo.current)


def test_exception_is_shown_and_the_figure_goes_on():
    demo = Parabola()
    frame = demo.frame
    message(demo, 1, kind="broken")
    assert demo.widget.reply["failed"] and "ZeroDivisionError: no picture of this" in demo.widget.reply["caption"]
    assert demo.frame == frame and demo.values["kind"] == "square"
    message(demo, 2, nonsense=1)
    assert "no control 'nonsense'" in demo.widget.reply["caption"]
    message(demo, 3, x=0.0)
    assert not demo.widget.reply["failed"] and demo.current["x"] == 0.0
    with pytest.raises(ZeroDivisionError):
        demo.set(kind="broken")


def test_background_is_drawn_anew_only_when_what_it_depends_on_moves():
    demo = Parabola()
    first = demo.widget.background
    message(demo, 1, x=0.0)
    assert demo.widget.background is first
    message(demo, 2, scale=10.0)
    assert demo.widget.background != first
    assert Picture.open(io.BytesIO(first)).size == (2 * demo.size[0], 2 * demo.size[1])


def test_kept_backgrounds_are_few_and_the_unused_ones_go_first(monkeypatch):
    monkeypatch.setattr(live, "KEPT_BACKGROUNDS", 2)
    demo = Parabola(scale=1.0)
    first = demo._background()
    demo.set(scale=10.0).set(scale=1.0).set(scale=100.0)
    assert list(demo._backgrounds) == [(1.0,), (100.0,)]
    assert demo.set(scale=1.0)._background() is first


def test_mimebundle_has_widget_picture_and_words_but_no_state():
    data, metadata = Parabola()._repr_mimebundle_()
    assert set(data) == {"application/vnd.jupyter.widget-view+json", "image/png", "text/plain"}
    assert set(data["application/vnd.jupyter.widget-view+json"]) == {"version_major", "version_minor", "model_id"}
    picture = Picture.open(io.BytesIO(base64.b64decode(data["image/png"]))).convert("RGB")
    assert picture.size == (1140, 510) and len(picture.getcolors(1 << 20)) > 10
    assert data["text/plain"] == "Parabola. A point on a parabola."
    assert metadata["image/png"]["alt"] == "A point on a parabola."


def test_ten_thousand_events_leave_memory_and_figures_flat():
    class Cheap(Parabola):
        def layers(self, state):
            return [Points(0, state["x"], state["y"])]

    demo = Cheap()
    demo.widget  # noqa: B018

    def drive(start, count):
        for seq in range(start, start + count):
            message(demo, seq, x=(seq % 41) / 10 - 2, scale=10.0 ** (seq // 1000 % 5 - 2))

    figures = len(plt.get_fignums())
    drive(1, 2500)
    gc.collect()
    tracemalloc.start()
    drive(2501, 100)
    gc.collect()
    before = tracemalloc.get_traced_memory()[0]
    tracemalloc.stop()
    drive(2601, 7300)
    tracemalloc.start()
    drive(9901, 100)
    gc.collect()
    after = tracemalloc.get_traced_memory()[0]
    tracemalloc.stop()
    assert after - before < 100_000
    assert len(demo._backgrounds) <= live.KEPT_BACKGROUNDS and len(plt.get_fignums()) == figures
