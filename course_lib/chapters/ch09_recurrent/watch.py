"""A look at a network while it learns to write."""

import html
import time

from course_lib import ops
from course_lib.nn.bar import Bar


class Watch:
    """For `on_step` of `recurrent.train_text`: in a notebook a bar with the loss, and a sample every second; elsewhere
    nothing. It has no button to stop: what is clicked reaches Python only when the cell has ended.

    steps : of the run. letters : length of a sample.
    """

    def __init__(self, steps: int, letters: int = 200):
        self.steps, self.letters, self.sampled = steps, letters, time.monotonic()
        self.bar, self.text = Bar(steps), None
        if self.bar.shown:
            from IPython.display import display
            from ipywidgets import HTML

            self.text = HTML(layout={"margin": "0 0 12px 6px"})  # apart from what is printed below, flush with it
            display(self.text)

    def __call__(self, run) -> None:
        step, recent = len(run.loss), float(run.loss[-100:].mean())
        self.bar.show(step, f"{recent:.3f} nats, {ops.bits_per_character(recent):.2f} bits a character")
        last = step == self.steps
        if self.text and (last or time.monotonic() - self.sampled > 1):
            self.sampled = time.monotonic()
            self.text.value = f"<pre>{html.escape(run.sample(self.letters, rng=step))}</pre>"
        if last:
            self.bar.draw()
