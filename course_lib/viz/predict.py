"""A prediction: a question that must be answered before its live figure unlocks.

The right answer never reaches the notebook file: the page gets the question and the choices, and the explanation only
after a choice is locked in.
"""

import html

import ipywidgets

from course_lib.exercises import registry
from course_lib.exercises.model import Prediction
from course_lib.viz import demos

_BOX = ipywidgets.Layout(border="1px solid #c4c4c4", padding="10px 14px", margin="4px 0", max_width="800px")


class Question:
    """The question on the page; `choose(i)` answers it without a page."""

    def __init__(self, prediction: Prediction):
        self.prediction = prediction
        self.chosen: int | None = None  #: index of the locked choice
        self.demo = None  #: the live figure, after the choice
        self._widget: ipywidgets.VBox | None = None

    def choose(self, index: int):
        """Lock in a choice by its number (from 0); the first choice stays. Returns the live figure, or None."""
        count = len(self.prediction.choices)
        if not 0 <= index < count:
            raise ValueError(f"choice {index}: expected 0 to {count - 1}")
        if self.chosen is None:
            self.chosen = index
            if self.prediction.demo:
                self.demo = demos.ALL[self.prediction.demo]()
            self._reveal()
        return self.demo

    @property
    def explanation(self) -> str:
        """What is shown after the choice; empty before."""
        if self.chosen is None:
            return ""
        right = self.chosen == self.prediction.right
        return f"{'As you predicted' if right else 'Not as you predicted'}. {self.prediction.why}"

    @property
    def widget(self) -> ipywidgets.VBox:
        """The page's side, made when first shown."""
        if self._widget is None:
            question = ipywidgets.HTMLMath(f"<b>Predict first.</b> {html.escape(self.prediction.question)}")
            options = [(choice, index) for index, choice in enumerate(self.prediction.choices)]
            self._radio = ipywidgets.RadioButtons(options=options, value=None,
                                                  layout=ipywidgets.Layout(width="auto"))
            self._button = ipywidgets.Button(description="Lock in my prediction", disabled=True,
                                             layout=ipywidgets.Layout(width="auto"))
            self._radio.observe(self._picked, names="value")
            self._button.on_click(lambda _button: self.choose(self._radio.value))
            self._answer = ipywidgets.VBox()
            card = ipywidgets.VBox([question, self._radio, self._button], layout=_BOX)
            self._widget = ipywidgets.VBox([card, self._answer])
            if self.chosen is not None:
                self._reveal()
        return self._widget

    def _picked(self, change) -> None:
        self._button.disabled = change["new"] is None or self.chosen is not None

    def _reveal(self) -> None:
        if self._widget is None:
            return
        self._radio.value, self._radio.disabled, self._button.disabled = self.chosen, True, True
        shown = [ipywidgets.HTMLMath(html.escape(self.explanation))]
        if self.demo is not None:
            shown.append(self.demo.widget)
        self._answer.children = shown

    def _repr_mimebundle_(self, **_kwargs) -> dict:
        data = dict(self.widget._repr_mimebundle_())
        choices = "\n".join(f"  - {choice}" for choice in self.prediction.choices)
        data["text/plain"] = f"Predict first. {self.prediction.question}\n{choices}"
        return data


def predict(id: str) -> Question:
    """Ask prediction `id`, such as "3.a"; its live figure appears after the choice."""
    return Question(registry.get_prediction(id))
