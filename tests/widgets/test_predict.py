"""Predictions: the picture unlocks after a choice, and the page never holds the answer before it."""

import base64
import json

import nbconvert
import pytest
from nbformat import v4

from course_lib.authoring import execute
from course_lib.exercises.model import Prediction
from course_lib.viz import demos, predict
from course_lib.viz.predict import Question

PREDICTION = Prediction("9.a", "Which?", ("left", "right", "up"), 1, "Because of the slope.", demo="Gates")


WIDGET = "application/vnd.jupyter.widget-view+json"


def texts(widget):
    """Every string the page has."""
    found = [str(getattr(widget, name)) for name in ("value", "description", "options") if hasattr(widget, name)]
    for child in getattr(widget, "children", ()):
        found += texts(child)
    return found


@pytest.mark.parametrize(("choice", "says"), [(1, "As you predicted"), (0, "Not as you predicted")])
def test_choice_unlocks_explanation_and_figure(choice, says):
    question = Question(PREDICTION)
    assert question.explanation == "" and question.demo is None and question.answer.children == ()
    assert not any("slope" in text for text in texts(question.card))
    demo = question.choose(choice)
    assert type(demo).__name__ == "Gates"
    assert question.explanation.startswith(says)
    assert any("slope" in text for text in texts(question.answer))
    assert question.answer.children[-1] is demo.widget
    question.choose(2)
    assert question.chosen == choice


def test_button_needs_a_choice():
    question = Question(PREDICTION)
    question.card  # noqa: B018
    assert question._button.disabled
    question._radio.value = 0
    assert not question._button.disabled
    question._button.click()
    assert question.chosen == 0 and question._radio.disabled


def test_without_a_figure_only_the_explanation():
    question = Question(Prediction("9.b", "Which?", ("a", "b"), 0, "So.", demo=""))
    (_, _), (answer, metadata) = question.outputs()
    assert "image/png" not in answer and metadata == {}
    assert question.choose(0) is None and len(question.answer.children) == 1


def test_saved_page_shows_question_and_figure_and_hides_the_answer():
    (card, _), (answer, metadata) = Question(PREDICTION).outputs()
    for kind in ("text/html", "text/plain"):
        assert all(words in card[kind] for words in ("Which?", "left", "right", "up"))
    assert "slope" not in json.dumps([card, answer])
    demo = demos.Gates()
    assert base64.b64decode(answer["image/png"]) == demo.png(dpi=150), "the demo's own picture, byte for byte"
    assert metadata["image/png"]["alt"] == demo.alt and demo.alt in answer["text/plain"]


def test_question_with_signs_of_html_is_escaped():
    question = Question(Prediction("9.c", "Is a < b?", ("a <b> c", "no"), 1, "Since a > b.", demo=""))
    question.choose(0)
    page = question.outputs()[0][0]["text/html"]
    assert "a &lt; b?" in page and "a &lt;b&gt; c" in page
    assert "Not as you predicted. Since a &gt; b." in page, "after the choice the page says what was said"


def test_the_saved_notebook_shows_words_and_picture_where_no_widget_runs():
    shown = [v4.new_output("display_data", data=data, metadata=metadata)
             for data, metadata in Question(PREDICTION).outputs()]
    nb = v4.new_notebook(cells=[v4.new_code_cell('predict("9.a")', outputs=execute.clean(shown))])
    page, _ = nbconvert.HTMLExporter(template_name="basic").from_notebook_node(nb)
    assert "<b>Predict first.</b> Which?" in page and "<li>left</li>" in page
    assert 'src="data:image/png;base64,' in page and f'alt="{demos.Gates.alt}"' in page


def test_displayed_as_two_outputs_with_a_widget_each(monkeypatch):
    shown = []
    monkeypatch.setattr("IPython.display.display", lambda data, **options: shown.append(data))
    Question(PREDICTION)._ipython_display_()
    assert [set(data) for data in shown] == [{WIDGET, "text/html", "text/plain"}, {WIDGET, "image/png", "text/plain"}]


def test_predictions_of_chapter_3_are_found():
    assert predict("3.a").prediction.demo == "Gates"
    with pytest.raises(KeyError, match=r"3\.z"):
        predict("3.z")


def test_choice_out_of_range():
    with pytest.raises(ValueError, match="0 to 2"):
        Question(PREDICTION).choose(3)
