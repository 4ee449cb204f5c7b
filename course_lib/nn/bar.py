"""How far a long run is."""

import time
from html import escape


class Bar:
    """A bar in a notebook, drawn at most ten times a second and at the end; nothing elsewhere.

    It is plain HTML and no widget, so that a saved notebook shows its end where no kernel runs.
    """

    def __init__(self, steps: int):
        from IPython import get_ipython

        self.steps, self.shown, self.drawn, self.state = steps, None, 0.0, (0, "")
        if getattr(get_ipython(), "kernel", None) is not None:
            from IPython.display import display

            self.shown = display(self._picture(), raw=True, display_id=True)

    def show(self, step: int, text: str) -> None:
        self.state, now = (step, text), time.monotonic()
        if now - self.drawn > 0.1:
            self.drawn = now
            self.draw()

    def draw(self) -> None:
        if self.shown:
            self.shown.update(self._picture(), raw=True)

    def _picture(self) -> dict:
        step, text = self.state
        bar = f'<progress max="{self.steps}" value="{step}" aria-label="Steps done"></progress>'
        return {"text/html": f"<div>{bar} {escape(text)}</div>", "text/plain": f"{step} of {self.steps}: {text}"}
