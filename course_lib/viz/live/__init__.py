"""The one drawing path of all live figures.

A live figure is a subclass of `Demo`::

    class Square(Demo):
        title = "The square"
        alt = "The parabola y = x^2 with a movable point."
        controls = (Slider("x", "x", -2, 2, 0.1, 1.0),)
        presets = {"vertex": {"x": 0.0}}
        panels = (("Parabola", "x", "y", (-2, 2), (0, 4)),)
        handles = (Handle(0, "the point", x="x", at=lambda s: (s["x"], s["y"])),)   # by mouse, finger, arrow keys

        def background(self, axes, values):            # Matplotlib, drawn once
            t = np.linspace(-2, 2, 100)
            axes[0].plot(t, t**2, color=style.GREY)

        def state(self, x):                            # the computation, at each movement
            return {"x": x, "y": x**2}

        def layers(self, state):                       # what moves; the first argument is the panel's index
            return [Points(0, state["x"], state["y"], color=style.BLUE, size=10, label="the point", key="p")]

        def caption(self, state):
            return f"x = {state['x']:.1f}, {term('x²', 'p')} = {state['y']:.2f}"

        def code(self):                                # what "Copy as code" gives
            return f"x = {self.values['x']}\\ny = x**2"

Order of drawing: images, then the background (so grid and static artists lie over an image), then the other layers in
the order given.

A drawing pad is a control and its paper an image; cells of two images that belong together light up together::

    controls = (Pad("drawing", "Draw here"),)

    def state(self, drawing):                          # rows of shares of ink, row 0 uppermost
        x = np.array(drawing)
        rows = columns = np.arange(14)[:, None] == np.arange(28) // 2      # (14, 28): what each cell of the half sees
        return {"x": x, "half": x.reshape(14, 2, 14, 2).mean((1, 3)), "rows": rows, "columns": columns}

    def layers(self, s):
        whole = dict(colors="gray", extent=(0, 1, 0, 1), smooth=False)
        return [Image(0, s["x"][::-1], pad="drawing", cells="drawing", **whole),
                Image(1, s["half"][::-1], cells="half", sees={"drawing": (s["rows"], s["columns"])}, **whole)]

`interact` makes a live figure of a function and plain ipywidgets sliders.
"""

from course_lib.viz.live.controls import Handle, Menu, OwnPoints, Pad, Slider
from course_lib.viz.live.figure import LOCK, Demo, legs, plain, term
from course_lib.viz.live.interact import interact
from course_lib.viz.live.layers import Bars, Image, Line, Points, Text, class_points, contour

__all__ = ["LOCK", "Bars", "Demo", "Handle", "Image", "Line", "Menu", "OwnPoints", "Pad", "Points", "Slider", "Text",
           "class_points", "contour", "interact", "legs", "plain", "term"]
