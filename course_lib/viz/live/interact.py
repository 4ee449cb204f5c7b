"""A live figure made of a function and plain ipywidgets."""

import json
from collections.abc import Callable
from dataclasses import dataclass

import ipywidgets

from course_lib.viz import quiet
from course_lib.viz.live.figure import FAILURES, LOCK, Demo
from course_lib.viz.live.layers import Image


@dataclass(frozen=True)
class _Widget:
    """A widget of ipywidgets as a control: it validates, shows and sends its value itself."""

    name: str
    widget: ipywidgets.Widget
    more = False

    @property
    def synced(self) -> bool:
        """Not where a menu chooses among functions or the like, of which the page knows the names alone."""
        try:
            json.dumps([self.value, getattr(self.widget, "options", None)])
        except TypeError:
            return False
        return True

    @property
    def label(self) -> str:
        return self.widget.description

    @property
    def value(self):
        return self.widget.value

    def clean(self, value):
        """As the widget itself would take it, which knows its limits."""
        return self.widget.traits()["value"]._validate(self.widget, value)

    def spec(self) -> dict:
        return {"kind": "widget", "name": self.name, "label": self.label, "model": self.widget.model_id}


class _Interact(Demo):
    """While it is open its widgets move it, and follow it."""

    _leads = False  # a widget follows the figure just now

    def layers(self, state) -> list:
        self._pictured = {layer.panel for layer in state["layers"] if isinstance(layer, Image)}
        return state["layers"]

    def background(self, axes, values) -> None:
        """No grid over a picture."""
        for panel in self._pictured & set(range(len(axes))):
            axes[panel].grid(False)

    def open(self) -> None:
        super().open()
        for control in self.controls:
            control.widget.observe(self._follow, "value")
            self.observe(self._lead, control.name)
            if control.widget.comm is not None:
                quiet.add(control.widget.comm.comm_id)

    def close(self) -> None:
        if self.comm is not None:
            for control in self.controls:
                control.widget.unobserve(self._follow, "value")
                self.unobserve(self._lead, control.name)
        super().close()

    def _follow(self, _change) -> None:
        """Also what an earlier failure left behind: the values of all widgets count."""
        with LOCK:
            if self._leads:
                return
            try:
                self.set(**{control.name: control.widget.value for control in self.controls})
            except FAILURES as error:
                self.refuse(error)

    def _lead(self, change) -> None:
        with LOCK:
            self._leads = True
            try:
                self._controls[change["name"]].widget.value = change["new"]
            finally:
                self._leads = False


def interact(function: Callable, *, panels, title: str = "", alt: str = "", size: tuple[int, int] = (760, 340),
             **controls) -> Demo:
    """A live figure of `function`, called anew whenever one of its sliders moves.

    ::

        def loss_curve(lr):
            run = dense.train((2, 4, 1), X, y, lr=lr, epochs=300)
            return [Line(0, np.arange(301), run.loss)], f"loss {run.loss[-1]:.3f}"

        live.interact(loss_curve, lr=FloatLogSlider(0.1, min=-3, max=0),
                      panels=[("Loss", "epoch", "loss", (0, 300), (0, 1))])

    Parameters
    ----------
    function : of the controls' values; returns a list of layers (Line, Points, Image, Bars, Text), or that list and a
        caption. It is called while the slider moves, so it should take less than about 30 ms.
    panels : (title, x label, y label, x limits, y limits) of each panel; one with an Image has no grid.
    title, alt : of the whole figure; `alt` for readers who cannot see it.
    size : of the whole picture, in pixels.
    **controls : for each argument of the function a widget of ipywidgets with a value, or what `ipywidgets.interact`
        takes: (low, high, step), a list, True or False.

    Returns
    -------
    Demo, with a trait for each control: `figure.lr = 0.2` moves the slider too.

    Raises
    ------
    TypeError, ValueError : for a control without a value, or when the function returns something else.
    """
    widgets = {}
    for name, given in controls.items():
        widget = given if isinstance(given, ipywidgets.Widget) else ipywidgets.interactive.widget_from_abbrev(given)
        if not isinstance(widget, ipywidgets.Widget) or not widget.has_trait("value"):
            raise TypeError(f"{name}={given!r}: expected a widget with a value, such as FloatSlider(0.1, min=0, "
                            "max=1), or (low, high, step)")
        widget.description = widget.description or name
        widgets[name] = widget
    if not widgets:
        raise TypeError("interact(function, lr=FloatSlider(...)): give a widget for each argument of the function")
    name = getattr(function, "__name__", "function")

    def state(self, **values) -> dict:
        returned = function(**values)
        captioned = isinstance(returned, tuple) and len(returned) == 2
        layers, caption = returned if captioned else (returned, "")
        if not isinstance(layers, list) or not all(hasattr(layer, "pack") for layer in layers):
            raise TypeError(f"{name} returned {type(returned).__name__}: expected a list of layers such as "
                            "[Line(0, x, y)], or (layers, caption)")
        return {"layers": layers, "caption": str(caption), "captioned": captioned}

    def code(self) -> str:
        given = ", ".join(f"{control}={value!r}" for control, value in self.values.items())
        return f"{'layers, caption' if self.current['captioned'] else 'layers'} = {name}({given})"

    return type("Interact", (_Interact,), {
        "title": title or name.replace("_", " "), "alt": alt, "panels": tuple(panels), "size": size, "caption_lines": 1,
        "controls": tuple(_Widget(control, widget) for control, widget in widgets.items()),
        "state": state, "caption": lambda self, state: state["caption"], "code": code})()
