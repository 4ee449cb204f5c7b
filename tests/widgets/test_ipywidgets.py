"""A live figure among plain ipywidgets: in both directions, as every widget."""

import ipywidgets
import pytest
import traitlets

from course_lib.viz import live
from course_lib.viz.live import Demo, Line, Slider


class Rate(Demo):
    title = "Rate"
    alt = "A line."
    controls = (Slider("lr", "rate", -3, 0, 0.1, 0.1, log=True),)
    panels = (("line", "x", "y", (0, 1), (0, 1)),)

    def state(self, lr):
        return {"lr": lr}

    def layers(self, state):
        return [Line(0, [0, 1], [0, state["lr"]])]

    def caption(self, state):
        return f"rate {state['lr']:.3f}"


def test_interactive_output_follows_a_slider_that_is_linked_with_the_figure():
    figure, seen = Rate(), []
    slider = ipywidgets.FloatLogSlider(0.1, min=-3, max=0)
    ipywidgets.link((slider, "value"), (figure, "lr"))
    ipywidgets.interactive_output(lambda lr: seen.append(lr), {"lr": slider})
    figure.set(lr=0.5)
    slider.value = 0.01
    assert (figure.lr, figure.message, seen) == (0.01, "rate 0.010", [0.1, 0.5, 0.01])


def test_jslink_names_the_figure_and_its_trait():
    figure, slider = Rate(), ipywidgets.FloatLogSlider(0.1, min=-3, max=0)
    joined = ipywidgets.jslink((slider, "value"), (figure, "lr"))
    assert joined.get_state()["target"] == [f"IPY_MODEL_{figure.model_id}", "lr"]


def test_a_slider_with_a_wider_range_is_told_and_nothing_moves():
    figure, slider = Rate(), ipywidgets.FloatLogSlider(0.1, min=-5, max=3)
    ipywidgets.link((slider, "value"), (figure, "lr"))
    with pytest.raises(traitlets.TraitError, match=r"lr = 100.*from 0.001 to 1"):
        slider.value = 100.0
    assert figure.values["lr"] == 0.1
    assert figure.reply["failed"] and "lr = 100" in figure.reply["caption"]
    slider.value = 0.5
    assert figure.lr == 0.5 and not figure.reply["failed"]


def made(function, **options):
    return live.interact(function, panels=[("line", "x", "y", (0, 1), (0, 1))], **options)


def test_interact_calls_the_function_for_each_movement_of_its_plain_sliders():
    slider = ipywidgets.FloatLogSlider(0.1, min=-3, max=0)
    figure = made(lambda lr, n: ([Line(0, [0, 1], [0, lr * n])], f"{lr:.2f} times {n}"), lr=slider, n=(1, 5))
    slider.value = 0.5
    assert figure.message == "0.50 times 3" and figure.lr == 0.5
    figure.n = 2
    assert figure.message == "0.50 times 2"
    assert figure.frame == made(lambda lr, n: [Line(0, [0, 1], [0, 1.0])], lr=(0.0, 1.0), n=(1, 5)).frame


def test_the_code_of_interact_takes_what_the_function_returns():
    assert made(lambda a: [], a=(0, 4)).code() == "layers = <lambda>(a=2)"
    assert made(lambda a: ([], "a caption"), a=(0, 4)).code() == "layers, caption = <lambda>(a=2)"


def test_interact_says_what_it_expects():
    with pytest.raises(TypeError, match="a widget with a value"):
        made(lambda lr: [], lr=ipywidgets.Layout())
    with pytest.raises(TypeError, match="a widget for each argument"):
        made(lambda: [])
    with pytest.raises(TypeError, match="returned float: expected a list of layers"):
        made(lambda lr: lr, lr=(0.0, 1.0))
