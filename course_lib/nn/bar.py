"""How far a long run is."""

import time


class Bar:
    """A bar of ipywidgets in a notebook, drawn at most ten times a second and at the end; nothing elsewhere."""

    def __init__(self, steps: int):
        from IPython import get_ipython

        self.widget, self.drawn, self.state = None, 0.0, (0, "")
        if getattr(get_ipython(), "kernel", None) is not None:
            from IPython.display import display
            from ipywidgets import HTML, HBox, IntProgress

            self.widget = HBox([IntProgress(max=steps), HTML()])
            display(self.widget)

    def show(self, step: int, text: str) -> None:
        self.state, now = (step, text), time.monotonic()
        if now - self.drawn > 0.1:
            self.drawn = now
            self.draw()

    def draw(self) -> None:
        if self.widget:
            bar, label = self.widget.children
            bar.value, label.value = self.state
