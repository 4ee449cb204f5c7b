"""A prediction: a question that must be answered before its live figure unlocks.

The cell's output is the question and its choices as plain HTML, so a page without a kernel shows them too; where one
runs, `card.js` makes them answerable in place. The explanation comes to the page only after a choice is locked in. The
figure is the cell's second output, locked until then.
"""

import html
from functools import cached_property
from typing import TYPE_CHECKING

from course_lib.exercises import registry
from course_lib.exercises.model import Prediction
from course_lib.viz import demos

if TYPE_CHECKING:  # widgets take longer to import than all of this room: only a question that is shown needs them
    from course_lib.viz.card import Card


class Question:
    """The question on the page; `choose(i)` answers it without a page."""

    def __init__(self, prediction: Prediction):
        self.prediction = prediction
        self.chosen: int | None = None  #: index of the locked choice
        self.demo = None  #: the live figure, after the choice

    @cached_property
    def _figure(self):
        """The live figure, locked or not; None when the question has none."""
        if not self.prediction.demo:
            return None
        figure = getattr(demos, self.prediction.demo)()
        figure.locked = True
        return figure

    @cached_property
    def card(self) -> "Card":
        """The question on the page, made when first shown."""
        from course_lib.viz.card import Card

        choices = "\n".join(f"<li>{html.escape(choice)}</li>" for choice in self.prediction.choices)
        question = f"<p><b>Predict first.</b> {html.escape(self.prediction.question)}</p>\n<ul>\n{choices}\n</ul>"
        return Card(question, self.choose)

    @property
    def answer(self) -> dict:
        """What the page is told after the choice; empty before."""
        if self.chosen is None:
            return {}
        asked = self.prediction
        return {"chosen": self.chosen, "right": asked.right, "why": asked.why,
                "verdict": "As you predicted." if self.chosen == asked.right else "Not as you predicted.",
                "reply": asked.replies[self.chosen] if asked.replies else ""}

    @property
    def explanation(self) -> str:
        """What is said after the choice, as one text; empty before."""
        said = self.answer
        return " ".join(said[part] for part in ("verdict", "reply", "why") if said.get(part))

    def choose(self, index: int):
        """Lock in a choice by its number (from 0); the first choice stays.

        Returns the live figure, set to the situation that was asked about, or None.
        """
        count = len(self.prediction.choices)
        if index not in range(count):
            raise ValueError(f"choice {index}: expected 0 to {count - 1}")
        if self.chosen is None:
            self.chosen, self.demo = index, self._figure
            self.card.answer = self.answer
            if self.demo is not None:
                try:
                    self.demo.set(**self.prediction.values)
                finally:  # an interrupted figure is no reason to keep it from the reader
                    self.demo.locked = False
        return self.demo

    def outputs(self) -> list[dict]:
        """The outputs of the cell: the question, and below it the figure if there is one.

        A page that runs no widget shows one form of each output only: so question and picture are two outputs.
        """
        words = "\n  - ".join([f"Predict first. {self.prediction.question}", *self.prediction.choices])
        shown = [{**self.card.bundle(), "text/plain": words}]
        if self._figure is not None:
            shown.append(self._figure._repr_mimebundle_())
        return shown

    def _ipython_display_(self) -> None:
        from IPython.display import display

        for data in self.outputs():
            display(data, raw=True)


def predict(id: str) -> Question:
    """Ask prediction `id`, such as "3.a"; its live figure unlocks after the choice."""
    return Question(registry.get_prediction(id))
