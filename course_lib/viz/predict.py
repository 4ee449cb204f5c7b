"""A prediction: a question that must be answered before its live figure unlocks.

The page gets the question and the choices, and the explanation only after a choice is locked in. Where no widget runs,
as in a saved notebook, it shows the question as text and the figure as a picture.
"""

import html
from functools import cached_property
from typing import TYPE_CHECKING

from course_lib.exercises import registry
from course_lib.exercises.model import Prediction
from course_lib.viz import demos

if TYPE_CHECKING:  # widgets take longer to import than all of this room: only a question that is shown needs them
    import ipywidgets

_BOX = {"border": "1px solid #c4c4c4", "padding": "10px 14px", "margin": "4px 0", "max_width": "800px"}


class Question:
    """The question on the page; `choose(i)` answers it without a page."""

    def __init__(self, prediction: Prediction):
        self.prediction = prediction
        self.chosen: int | None = None  #: index of the locked choice
        self.demo = None  #: the live figure, after the choice

    @cached_property
    def _figure(self):
        """The live figure, locked or not; None when the question has none."""
        return demos.ALL[self.prediction.demo]() if self.prediction.demo else None

    def choose(self, index: int):
        """Lock in a choice by its number (from 0); the first choice stays. Returns the live figure, or None."""
        count = len(self.prediction.choices)
        if not 0 <= index < count:
            raise ValueError(f"choice {index}: expected 0 to {count - 1}")
        if self.chosen is None:
            self.chosen, self.demo = index, self._figure
            self._show_answer()
        return self.demo

    @property
    def explanation(self) -> str:
        """What is shown after the choice; empty before."""
        if self.chosen is None:
            return ""
        right = self.chosen == self.prediction.right
        return f"{'As you predicted' if right else 'Not as you predicted'}. {self.prediction.why}"

    @cached_property
    def card(self) -> "ipywidgets.VBox":
        """The question on the page, made when first shown."""
        import ipywidgets

        question = ipywidgets.HTMLMath(f"<b>Predict first.</b> {html.escape(self.prediction.question)}")
        options = [(choice, index) for index, choice in enumerate(self.prediction.choices)]
        self._radio = ipywidgets.RadioButtons(options=options, value=None, layout=ipywidgets.Layout(width="auto"))
        self._button = ipywidgets.Button(description="Lock in my prediction", disabled=True,
                                         layout=ipywidgets.Layout(width="auto"))
        self._radio.observe(self._picked, names="value")
        self._button.on_click(lambda _button: self.choose(self._radio.value))
        return ipywidgets.VBox([question, self._radio, self._button], layout=ipywidgets.Layout(**_BOX))

    @cached_property
    def answer(self) -> "ipywidgets.VBox":
        """Below the card: empty before the choice, then the explanation and the live figure."""
        import ipywidgets

        return ipywidgets.VBox()

    def _picked(self, change) -> None:
        self._button.disabled = change["new"] is None or self.chosen is not None

    def _show_answer(self) -> None:
        import ipywidgets

        self.card  # noqa: B018  (makes the buttons, also when there is no page)
        self._radio.value, self._radio.disabled, self._button.disabled = self.chosen, True, True
        shown = [ipywidgets.HTMLMath(html.escape(self.explanation))]
        if self.demo is not None:
            shown.append(self.demo.widget)
        self.answer.children = shown

    def outputs(self) -> list[tuple[dict, dict]]:
        """The two outputs of the cell, each as (data, metadata): the card, and below it the answer.

        A page that runs no widget shows one form of each output only: so question and picture are two outputs.
        """
        asked, choices, said = self.prediction.question, self.prediction.choices, self.explanation
        words = "\n  - ".join([f"Predict first. {asked}", *choices])
        items = "".join(f"<li>{html.escape(choice)}</li>" for choice in choices)
        page = f"<p><b>Predict first.</b> {html.escape(asked)}</p>\n<ul>{items}</ul>"
        if said:
            words, page = f"{words}\n{said}", f"{page}\n<p>{html.escape(said)}</p>"
        card = {**self.card._repr_mimebundle_(), "text/html": page, "text/plain": words}
        still, metadata = self._figure.still() if self._figure else ({}, {})
        return [(card, {}), ({**self.answer._repr_mimebundle_(), **still}, metadata)]

    def _ipython_display_(self) -> None:
        from IPython.display import display

        for data, metadata in self.outputs():
            display(data, metadata=metadata, raw=True)


def predict(id: str) -> Question:
    """Ask prediction `id`, such as "3.a"; its live figure appears after the choice."""
    return Question(registry.get_prediction(id))
