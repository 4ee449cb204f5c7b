"""A look at a network while it learns to write."""

import html
import time

from course_lib import ops
from course_lib.nn.bar import Bar


class Watch:
    """For `on_step` of `recurrent.train_text`: in a notebook a bar with the loss, a sample every second, and a button
    that ends the run; elsewhere nothing.

    steps : of the run. letters : length of a sample.
    """

    def __init__(self, steps: int, letters: int = 200):
        self.steps, self.letters, self.stopped, self.sampled = steps, letters, False, time.monotonic()
        self.bar, self.text = Bar(steps), None
        if self.bar.shown:
            from IPython.display import display
            from ipywidgets import HTML, Button, VBox

            self.button, self.text = Button(description="Stop", tooltip="End here and keep what is trained"), HTML()
            self.button.on_click(self.stop)
            display(VBox([self.button, self.text]))

    def stop(self, _button=None) -> None:
        self.stopped = True

    def __call__(self, run) -> bool:
        """Whether the run is to end."""
        step, recent = len(run.loss), float(run.loss[-100:].mean())
        self.bar.show(step, f"{recent:.3f} nats, {ops.bits_per_character(recent):.2f} bits a character")
        last = self.stopped or step == self.steps
        if self.text and (last or time.monotonic() - self.sampled > 1):
            self.sampled = time.monotonic()
            self.text.value = f"<pre>{html.escape(run.sample(self.letters, rng=step))}</pre>"
        if last:
            self.bar.draw()
        if last and self.text:
            self.button.disabled = True
        return self.stopped
