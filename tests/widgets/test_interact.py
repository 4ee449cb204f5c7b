"""A live figure made of a function and widgets of ipywidgets."""

import json

import ipywidgets
import pytest

from course_lib.viz import live

PANELS = [("p", "x", "y", (-1, 1), (-1, 1))]


def line(a, b=0.0):
    if a > 0.5:
        raise ZeroDivisionError("too steep")
    return [live.Line(0, [-1, 1], [b - a, b + a])], f"a = {a:.1f}, b = {b:.1f}"


@pytest.fixture
def built():
    a, b = ipywidgets.FloatSlider(0.2, min=0, max=1), ipywidgets.FloatSlider(0.1, min=-1, max=1)
    return live.interact(line, panels=PANELS, a=a, b=b), a, b


def test_widgets_move_the_figure_and_follow_it(built):
    figure, a, b = built
    a.value = 0.4
    assert figure.message == "a = 0.4, b = 0.1" and figure.a == 0.4
    figure.b = 0.5
    assert b.value == 0.5 and figure.message == "a = 0.4, b = 0.5"
    figure.set(a=0.1, b=-0.3)
    assert (a.value, b.value, figure.message) == (0.1, -0.3, "a = 0.1, b = -0.3")
    figure.reset()
    assert (a.value, b.value) == (0.2, 0.1)


def test_there_is_a_grid_but_over_images():
    def both(a):
        return [live.Image(1, [[a, 0.5], [0.25, 1.0]], 0, 1, "gray"), live.Line(0, [-1, 1], [a, a])]

    figure = live.interact(both, panels=[*PANELS, ("q", "x", "y", (-1, 1), (-1, 1))], a=(0.0, 1.0))
    _, axes, _ = figure._figure(figure.size[0])
    lines = [[line.get_visible() for line in [*ax.get_xgridlines(), *ax.get_ygridlines()]] for ax in axes]
    assert all(lines[0]) and lines[1] and not any(lines[1])


def test_a_function_that_fails_says_so_until_every_slider_fits_again(built):
    figure, a, b = built
    frame = figure.frame
    a.value = 0.7
    assert figure.reply["failed"] and figure.reply["caption"] == "ZeroDivisionError: too steep"
    assert figure.frame == frame and a.value == 0.7, "the slider stays under the hand"
    b.value = 0.6  # alone it would fit, but the picture would not be of the slider above it
    assert figure.reply["failed"] and figure.b == 0.1
    a.value = 0.2  # back where the picture is
    assert not figure.reply["failed"] and figure.message == "a = 0.2, b = 0.6"


def test_a_widget_keeps_its_limits_and_the_figure_those_of_its_widget(built):
    figure, _, b = built
    figure.b = 7
    assert b.value == figure.b == figure.values["b"] == 1.0 and figure.message == "a = 0.2, b = 1.0"


def test_the_widgets_of_a_closed_figure_compute_nothing(built):
    figure, a, _ = built
    figure.close()
    a.value = 0.3
    assert figure.a == 0.2
    figure._repr_mimebundle_()  # shown again
    a.value = 0.4
    assert figure.message == "a = 0.4, b = 0.1"


@pytest.mark.parametrize("given", [
    ipywidgets.IntRangeSlider(value=(1, 3)), ipywidgets.Dropdown(options={"steep": max, "flat": min}),
    ipywidgets.ToggleButtons(options=["a", "b"]), ipywidgets.Checkbox(), ipywidgets.Text("x"), (0.0, 1.0), [1, 2], True,
])
def test_every_kind_of_widget_is_a_control(given):
    figure = live.interact(lambda it: ([], f"{it}"), panels=PANELS, it=given)
    assert figure.message == str(figure.it)
    json.dumps([figure.reply, figure.spec, {name: figure.get_state([name]) for name in figure.keys if name == "it"}])


@pytest.mark.parametrize("given", [None, ipywidgets.Button(), ipywidgets.fixed(3)])
def test_what_has_no_value_to_move_is_refused(given):
    with pytest.raises(TypeError, match="expected a widget with a value"):
        live.interact(line, panels=PANELS, a=given)


@pytest.mark.parametrize("returned", [None, 5, "x", [1], (1, 2, 3), ((), "caption")])
def test_a_function_that_returns_something_else_is_refused(returned):
    with pytest.raises(TypeError, match="expected a list of layers"):
        live.interact(lambda a: returned, panels=PANELS, a=(0, 1))
