"""Predictions: the picture unlocks after a choice, and the page never holds the answer before it."""

import json

import pytest

from course_lib.exercises.model import Prediction
from course_lib.viz import predict
from course_lib.viz.predict import Question

PREDICTION = Prediction("9.a", "Which?", ("left", "right", "up"), 1, "Because of the slope.", demo="Gates")


def texts(widget):
    """Every string the page has."""
    found = [str(getattr(widget, name)) for name in ("value", "description", "options") if hasattr(widget, name)]
    for child in getattr(widget, "children", ()):
        found += texts(child)
    return found


@pytest.mark.parametrize(("choice", "says"), [(1, "As you predicted"), (0, "Not as you predicted")])
def test_choice_unlocks_explanation_and_figure(choice, says):
    question = Question(PREDICTION)
    assert question.explanation == "" and question.demo is None
    assert not any("slope" in text for text in texts(question.widget))
    demo = question.choose(choice)
    assert type(demo).__name__ == "Gates"
    assert question.explanation.startswith(says)
    assert any("slope" in text for text in texts(question.widget))
    assert question._answer.children[-1] is demo.widget
    question.choose(2)
    assert question.chosen == choice


def test_button_needs_a_choice():
    question = Question(PREDICTION)
    question.widget  # noqa: B018
    assert question._button.disabled
    question._radio.value = 0
    assert not question._button.disabled
    question._button.click()
    assert question.chosen == 0 and question._radio.disabled


def test_without_a_figure_only_the_explanation():
    question = Question(Prediction("9.b", "Which?", ("a", "b"), 0, "So.", demo=""))
    question.widget  # noqa: B018
    assert question.choose(0) is None and len(question._answer.children) == 1


def test_saved_page_shows_question_and_hides_the_answer():
    data = Question(PREDICTION)._repr_mimebundle_()
    assert "Which?" in data["text/plain"] and "left" in data["text/plain"]
    assert "slope" not in json.dumps(data)


def test_predictions_of_chapter_3_are_found():
    assert predict("3.a").prediction.demo == "Gates"
    with pytest.raises(KeyError, match=r"3\.z"):
        predict("3.z")


def test_choice_out_of_range():
    with pytest.raises(ValueError, match="0 to 2"):
        Question(PREDICTION).choose(3)
