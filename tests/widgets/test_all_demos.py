"""What every live figure must do, driven without a page over the range of each control."""

import numpy as np
import pytest

from course_lib.viz import demos, live
from course_lib.viz.live import Menu, Slider

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


def pictures(demo, control, values):
    seen = set()
    for value in values:
        demo.set(**{control.name: value})
        assert_good(demo, f"{type(demo).__name__} with {demo.values}")
        seen.add((demo.frame, demo._background()[0], demo.message))
    return seen


@pytest.mark.parametrize("name", demos.ALL)
def test_every_control_moves_the_picture_and_is_explained(made, name):
    demo = made[name].reset()
    assert_good(demo, name)
    for control in demo.controls:
        moved = False
        for situation in situations(demo):
            demo.reset().set(**situation)
            moved = len(pictures(demo, control, control.sample(5))) > 1
            if moved:
                break
        assert moved, f"{name}: {control.name} never changes picture or caption"
        demo.reset()


@pytest.mark.parametrize("name", demos.ALL)
def test_presets_are_reachable_and_drawn(made, name):
    demo = made[name].reset()
    for preset, values in demo.presets.items():
        demo.preset(preset)
        assert_good(demo, f"{name}, preset {preset}")
        for control, value in values.items():
            assert demo.values[control] == value, f"{name}, preset {preset}: {control} = {value} is out of reach"
    assert demo.png().startswith(b"\x89PNG")


@pytest.mark.parametrize("name", demos.ALL)
def test_declaration_is_complete(name):
    demo = demos.ALL[name]
    assert demo.title and demo.alt.endswith(".") and len(demo.alt) > 30
    assert demo.size[0] <= 900 and demo.panels and demo.controls
    assert len({control.name for control in demo.controls}) == len(demo.controls)
    for control in demo.controls:
        assert control.label and control.clean(control.value) == control.value
        if isinstance(control, Slider):
            steps = (control.high - control.low) / control.step
            assert abs(steps - round(steps)) < 1e-6, f"{name}: {control.name} does not reach its end in whole steps"
        else:
            assert isinstance(control, Menu) and len(control.options) > 1
    assert set(demo.background_depends) <= {control.name for control in demo.controls}


@pytest.mark.parametrize("name", demos.ALL)
def test_same_values_give_the_same_picture(made, name):
    demo = made[name].reset()
    frame = demos.ALL[name]().frame
    control = demo.controls[-1]
    demo.set(**{control.name: control.sample(2)[-1]}).reset()
    assert demo.frame == frame


@pytest.mark.parametrize("name", demos.ALL)
def test_a_second_visit_to_a_menu_choice_draws_no_background(name):
    cls = demos.ALL[name]
    menus = [control for control in cls.controls if control.name in cls.background_depends]
    assert all(isinstance(menu, Menu) for menu in menus), "a slider would draw a background at every step"
    assert np.prod([len(menu.options) for menu in menus]) <= live.KEPT_BACKGROUNDS
