"""What every live figure must do, driven without a page over the range of each control."""

import html
import inspect
import itertools

import numpy as np
import pytest

from course_lib.viz import demos
from course_lib.viz.live import Demo, Menu, Slider, figure
from course_lib.viz.live.figure import KEPT_BACKGROUNDS

_WORDS_OF_DIVERGENCE = ("diverge", "infinite", "overflow", "left the range", "explod", "not finite", "nan")


def numbers(thing):
    """All float arrays and numbers inside a state."""
    if isinstance(thing, dict):
        thing = thing.values()
    elif isinstance(thing, np.ndarray | float):
        if np.asarray(thing).dtype.kind == "f":
            yield np.asarray(thing)
        return
    elif not isinstance(thing, list | tuple | type({}.values())):
        return
    for part in thing:
        yield from numbers(part)


def assert_good(demo, where):
    caption = demo.message
    assert caption.strip(), f"{where}: empty caption"
    assert "nan" not in caption.lower().split() and "inf" not in caption.lower().split(), f"{where}: {caption}"
    if not all(np.isfinite(values).all() for values in numbers(demo.current)):
        assert any(word in caption.lower() for word in _WORDS_OF_DIVERGENCE), f"{where} is silent: {caption}"
        assert any(letter.isdigit() for letter in caption), f"{where}: divergence without numbers: {caption}"


def situations(demo):
    """The starting values, every preset, every option of every menu: a control may act only in some of them."""
    yield {}
    yield from demo.presets.values()
    for control in demo.controls:
        if isinstance(control, Menu):
            yield from ({control.name: option} for option in control.options)


def send(demo, **content) -> None:
    """A message from the page that moves something, through the widget's own handler."""
    demo._handle_custom_msg({"client": "test", "seq": demo._arrived.get("test", 0) + 1, **content}, [])
    assert not demo.reply["failed"], f"{type(demo).__name__}, {content}: {demo.reply['caption']}"


def shown(demo) -> tuple:
    """Picture, words, and which background."""
    return demo.frame, demo.message, tuple(demo.values[name] for name in demo.background_depends)


def moves(demo, control, values) -> bool:
    """Whether picture, background or caption differ between values of one control, and from how it stands; all of them
    are drawn, as the page asks for it.
    """
    assert_good(demo, f"{type(demo).__name__} with {demo.values}")
    seen = {shown(demo)}
    for value in values:
        send(demo, values={control.name: value})
        assert_good(demo, f"{type(demo).__name__} with {demo.values}")
        seen.add(shown(demo))
    return len(seen) > 1


@pytest.mark.parametrize("name", demos.ALL)
def test_every_control_moves_the_picture_and_is_explained(made, name):
    demo = made[name].reset()
    assert_good(demo, name)
    for control in demo.controls:
        demo.reset()
        # the ends of its range; where nothing moves, in other situations
        assert moves(demo, control, control.sample(2)) or any(
            moves(demo.reset().set(**situation), control, control.sample(2)) for situation in situations(demo)
        ), f"{name}: {control.name} never changes picture or caption"


@pytest.mark.parametrize("name", demos.ALL)
def test_presets_are_reachable_and_drawn(made, name):
    demo = made[name].reset()
    for preset, values in demo.presets.items():
        demo.preset(preset)
        assert_good(demo, f"{name}, preset {preset}")
        for control, value in values.items():
            assert demo.values[control] == value, f"{name}, preset {preset}: {control} = {value} is out of reach"


@pytest.mark.parametrize("name", ["LogisticBoundary", "RankKImage", "SoftmaxRegions"])  # the largest of all
def test_saved_picture_is_small_enough_for_a_notebook_of_many(made, name):
    """All others are measured where they are saved, in tests/notebooks."""
    demo = made[name].reset()
    page = demo.still()["text/html"]
    assert "base64,iVBORw0KGgo" in page  # the signature of PNG in base64
    assert len(page) <= 100_000
    assert html.escape(demo.alt) in page


@pytest.mark.parametrize("name", [name for name in demos.ALL if demos.ALL[name].handles])
def test_every_handle_moves_what_it_says(made, name):
    demo = made[name]
    for index, handle in enumerate(demo.handles):
        moved = set()
        for situation in situations(demo):
            for content in ({"nudge": [index, 1, 1]}, {"nudge": [index, -1, -1]}, {"handle": [index, 0.4, 0.6]}):
                if handle.kind() != "drag" and "handle" in content:
                    continue  # the page presses and turns by nudges
                demo.reset().set(**situation)
                if handle.where({**demo.values, **demo.current}) is None:
                    continue
                before = dict(demo.values)
                send(demo, **content)
                moved |= {control for control, value in demo.values.items() if value != before[control]}
            if moved:
                break
        assert moved, f"{name}: the handle {handle.label!r} moves nothing"
    demo.reset()


@pytest.mark.parametrize("name", demos.ALL)
def test_legends_stay_inside_their_axes(made, name):
    demo = made[name]
    for width in (demo.size[0], 240, 272):  # and a telephone, with and without room for the prompts
        _, axes, _ = demo._figure(width)
        with_legend = [ax for ax in axes if ax.get_legend()]
        if not with_legend:  # what a background draws does not depend on the width
            return
        for ax in with_legend:
            box, room = ax.get_legend().get_window_extent(), ax.bbox
            assert room.x0 <= box.x0 and box.x1 <= room.x1 and room.y0 <= box.y0 and box.y1 <= room.y1, width


def inner_names(demo) -> set[str]:
    """Private names that objects and methods of Demo use themselves."""
    names = {*vars(demo), *(name for name, thing in vars(Demo).items() if inspect.isroutine(thing))}
    return {name for name in names if name.startswith("_")} - {"__module__", "__doc__"}


@pytest.mark.parametrize("name", demos.ALL)
def test_declaration_is_complete(made, name):
    demo = demos.ALL[name]
    assert demo.title and demo.alt.endswith(".") and len(demo.alt) > 30
    assert demo.size[0] <= 900 and demo.panels and demo.controls
    assert len({control.name for control in demo.controls}) == len(demo.controls)
    for control in demo.controls:
        assert control.label and control.clean(control.value) == control.value
        if isinstance(control, Slider):
            steps = (control.high - control.low) / control.step
            assert abs(steps - round(steps)) < 1e-6, f"{name}: {control.name} does not reach its end in whole steps"
        elif isinstance(control, Menu):
            assert len(control.options) > 1
    named = {control.name for control in demo.controls}
    assert set(demo.background_depends) <= named and set(demo.knobs) <= named
    hidden = inner_names(made[name]) & set(vars(demo))
    assert not hidden, f"{name} hides a part of Demo: {', '.join(hidden)}"
    for handle in demo.handles:
        driven = {handle.x, handle.y, handle.turn, *(handle.press or {})} - {""}
        assert driven <= named and 0 <= handle.panel < len(demo.panels), f"{name}, {handle.label}"


@pytest.mark.parametrize("name", demos.ALL)
def test_two_or_three_controls_at_first_sight(name):
    controls = demos.ALL[name].controls
    shown = [control.name for control in controls if not control.more]
    fewest = 1 if demos.ALL[name].handles else min(len(controls), 2)
    assert fewest <= len(shown) <= 3, f"{name} shows {', '.join(shown)}; fold some with more=True"


@pytest.mark.parametrize("name", demos.ALL)
def test_same_values_give_the_same_picture(made, name):
    demo = made[name].reset()
    frame = demo.frame
    control = demo.controls[-1]
    demo.set(**{control.name: control.sample(2)[-1]}).reset()
    assert demo.frame == frame


@pytest.mark.parametrize("name", demos.ALL)
def test_a_second_visit_to_a_menu_choice_draws_no_background(name):
    cls = demos.ALL[name]
    menus = [control for control in cls.controls if control.name in cls.background_depends]
    assert all(isinstance(menu, Menu) for menu in menus), "a slider would draw a background at every step"
    assert np.prod([len(menu.options) for menu in menus]) <= KEPT_BACKGROUNDS


def test_handles_are_in_the_figures_of_every_chapter():
    folders = [places.split(".")[2] for name, places in demos.places().items() if demos.ALL[name].handles]
    assert len(folders) >= 20
    assert {folder[:4] for folder in folders} >= {"ch01", "ch02", "ch03", "ch04"}


def terms_and_marks(demo) -> tuple[list[str], list[str]]:
    """Keys of the caption's terms, and of the layers: of each mark that has one."""
    terms = [piece.split(figure._TEXT, 1)[0] for piece in demo.reply["caption"].split(figure._KEY)[1:]]
    keys = [getattr(layer, "key", "") for layer in demo.layers(demo.current)]
    return terms, [key for each in keys for key in ({each} if isinstance(each, str) else set(each)) if key]


@pytest.mark.parametrize("name", demos.ALL)
def test_what_lights_up_together_has_a_partner(made, name):
    demo = made[name].reset()
    partners: dict[str, int] = {}
    for situation in ({}, *demo.presets.values()):
        demo.reset().set(**situation)
        terms, marks = terms_and_marks(demo)
        assert set(terms) <= set(marks), f"{name}, {situation}: {set(terms) - set(marks)} of the caption has no mark"
        for key in {*terms, *marks}:
            partners[key] = max(partners.get(key, 0), terms.count(key) + marks.count(key))
    demo.reset()
    alone = sorted(key for key, count in partners.items() if count < 2)
    assert not alone, f"{name}: the keys {alone} have no partner in any preset"


@pytest.mark.parametrize("name", [name for name in demos.ALL if demos.ALL[name].pictures])
def test_pictures_keep_their_proportions_on_every_page(name):
    kind = demos.ALL[name]
    shape = lambda width: np.array([box[2] / box[3] for box in kind._arrange(kind, width)[1]])
    full = shape(kind.size[0])
    for width in range(240, kind.size[0], 35):
        height, boxes = kind._arrange(kind, width)
        for k in kind.pictures:
            assert shape(width)[k] == pytest.approx(full[k], rel=0.06), (width, k)
        assert all(left >= 0 and left + wide <= width and top + tall <= height for left, top, wide, tall in boxes)
        beside = [box[1] for box in boxes]
        if len(set(beside)) > 1:
            assert all(one[1] + one[3] < two[1] for one, two in itertools.pairwise(boxes))


@pytest.mark.parametrize(("name", "panels"), [
    ("SlidingWindow", (0, 2)), ("PaddingModes", (0, 1)), ("KernelEditor", (0, 1)), ("Channels", (0, 1)),
    ("Dilation", (0,)), ("ReceptiveField", (0, 1)), ("Pooling", (0, 1)), ("Equivariance", (0, 1, 2)),
    ("PixelResolution", (0,)), ("TransposedStamps", (0, 1, 2)), ("OwnLeNet", (0, 1)), ("LeNetWalk", (0, 1)),
    ("ShiftTest", (0,))])
def test_pixels_are_squares(name, panels):
    kind = demos.ALL[name]
    assert set(panels) <= set(kind.pictures)
    for k in panels:
        _, _, wide, tall = kind._arrange(kind, kind.size[0])[1][k]
        xlim, ylim = kind.panels[k][3:]
        assert (wide / np.ptp(xlim)) / (tall / np.ptp(ylim)) == pytest.approx(1, abs=0.06), k
