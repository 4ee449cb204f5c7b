"""Predictions: the picture unlocks after a choice, and the page never holds the answer before it."""

import json
import os
import subprocess
import sys
from dataclasses import replace

import nbconvert
import pytest
from nbformat import v4

from course_lib.authoring import execute
from course_lib.exercises.model import Prediction
from course_lib.viz import demos, predict
from course_lib.viz.card import Card, page_script
from course_lib.viz.predict import Question

PREDICTION = Prediction("9.a", "Which $w_1$?", ("left", "right", "up"), 1, "Because of the slope.", demo="Gates",
                        replies=("Left is uphill.", "", "Up is out of the plane."), values={"w1": 2.5})
BARE = replace(PREDICTION, demo="", values={})
WIDGET = "application/vnd.jupyter.widget-view+json"


def on_the_page(question) -> str:
    """All that the page has of a question: its outputs and the state of its widget."""
    return json.dumps([question.outputs()[0], question.card.get_state()], default=str)


@pytest.mark.parametrize(("choice", "says"), [(1, "As you predicted. Because of the slope."),
                                              (0, "Not as you predicted. Left is uphill. Because of the slope.")])
def test_a_choice_unlocks_the_explanation_and_the_figure_in_the_situation_asked_about(choice, says):
    question = Question(PREDICTION)
    assert question.explanation == "" and question.demo is None and question.answer == {}
    demo = question.choose(choice)
    assert type(demo).__name__ == "Gates" and demo is question.demo
    assert demo.values["w1"] == demo.w1 == 2.5 and not demo.locked
    assert question.explanation == says
    question.choose(2)
    assert question.chosen == choice, "the first choice stays"


def test_the_page_has_the_answer_only_after_the_choice():
    question = Question(PREDICTION)
    assert all(words in on_the_page(question) for words in ("Which $w_1$?", "left", "right", "up"))
    assert not any(words in on_the_page(question) for words in ("slope", "uphill", "out of the plane"))
    question.choose(0)
    assert question.card.answer == {"chosen": 0, "right": 1, "verdict": "Not as you predicted.",
                                    "reply": "Left is uphill.", "why": "Because of the slope."}
    assert "out of the plane" not in on_the_page(question), "only the reply to one's own choice"


def test_the_figure_below_the_question_is_locked_until_the_page_sends_a_choice():
    question = Question(PREDICTION)
    question.outputs()
    figure = question._figure
    assert figure.locked and figure.values["w1"] == demos.Gates().values["w1"]
    question.card._handle_custom_msg({"choose": 2}, [])
    assert question.chosen == 2 and question.demo is figure and not figure.locked


def test_a_figure_that_cannot_take_the_situation_is_unlocked_all_the_same():
    question = Question(replace(PREDICTION, values={"w1": 1e9}))
    with pytest.raises(ValueError, match="w1"):
        question.choose(1)
    assert not question.demo.locked and question.card.answer["chosen"] == 1


def test_without_a_figure_there_is_one_output():
    question = Question(BARE)
    assert len(question.outputs()) == 1
    assert question.choose(0) is None and question.explanation.startswith("Not as you predicted.")


def test_displayed_as_two_outputs_without_a_view_of_a_widget(monkeypatch):
    shown = []
    monkeypatch.setattr("IPython.display.display", lambda data, **options: shown.append(data))
    Question(PREDICTION)._ipython_display_()
    assert [set(data) for data in shown] == [{"text/html", "text/plain"}, {"text/html", "text/plain"}]


def test_in_vs_code_the_widget_shows_the_question(monkeypatch):
    monkeypatch.setenv("VSCODE_PID", "1")
    card = Question(BARE).card
    data = card.bundle()
    assert data[WIDGET]["model_id"] == card.model_id and card.page == data["text/html"]


def test_the_page_finds_a_question_by_a_mark_of_its_own():
    first, second = Question(BARE).card, Question(BARE).card
    assert first.mark != second.mark and f'class="course-predict {first.mark}"' in first.page
    assert first.mark.endswith(first.model_id), "by which the page asks whether the widget still lives"


def test_shown_again_after_it_was_closed_it_lives():
    question = Question(PREDICTION)
    mark = question.card.mark
    question.card.close()
    question._figure.close()
    assert question.outputs()[1] is not None
    assert question.card.mark == mark and mark.endswith(question.card.comm.comm_id)
    assert question._figure.comm is not None


def test_signs_of_html_are_escaped():
    page = Question(Prediction("9.c", "Is a < b?", ("a <b> c", "no"), 1, "Since a > b.")).outputs()[0]["text/html"]
    assert "a &lt; b?" in page and "a &lt;b&gt; c" in page


def test_the_saved_notebook_shows_words_and_picture_and_is_the_same_every_time():
    def saved():
        shown = [v4.new_output("display_data", data=data) for data in Question(PREDICTION).outputs()]
        nb = v4.new_notebook(cells=[v4.new_code_cell('predict("9.a")', outputs=execute.clean(shown), id="a")])
        return nbconvert.HTMLExporter(template_name="basic").from_notebook_node(nb)[0]

    page = saved()
    assert "<b>Predict first.</b> Which $w_1$?" in page and "<li>left</li>" in page
    assert 'src="data:image/png;base64,' in page and demos.Gates.alt in page
    assert page == saved()


def test_a_widget_is_imported_only_for_a_question_that_is_shown():
    code = ("import sys; from course_lib.viz import predict; predict('3.a'); "
            "print({'anywidget', 'ipywidgets'} & {*sys.modules})")
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, env=os.environ, check=True)
    assert run.stdout.strip() == "set()"


def test_the_script_has_the_colors_of_both_themes():
    script = page_script()
    assert script.count("--right: #") == 2 and "${" not in script.split("`")[1]
    assert Card._esm.strip() == script.strip()


def test_predictions_of_chapter_3_are_found():
    assert predict("3.a").prediction.demo == "Gates"
    with pytest.raises(KeyError, match=r"3\.z"):
        predict("3.z")


@pytest.mark.parametrize("choice", [-1, 3, 0.5, "left", None])
def test_choice_out_of_range(choice):
    with pytest.raises(ValueError, match="0 to 2"):
        Question(PREDICTION).choose(choice)
