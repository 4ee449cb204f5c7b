"""A prediction in a real JupyterLab: asked, answered by keyboard, reloaded, restarted, reopened without a kernel."""

import json
import re

import nbformat
import pytest
from jupyterlab import IDLE, PATIENCE, RUN_ALL, load, open_notebook, replace_and_run, run_all, save, screenshot
from matplotlib.colors import to_rgb
from needs import needs

NAME = "prediction.ipynb"
#: in a file of its own, since a page shows the source of its cells
MODULE = r'''
from course_lib.exercises.model import Prediction
PREDICTION = Prediction(
    "9.a", "How long is $\sqrt{x^2}$ when $x < 0$?", ("$x$", "$-x$, the other way", "<i>nothing</i>"), 1,
    "Because $\sqrt{x^2} = |x|$.", demo="Gates",
    replies=("A root is never negative, but $x$ is.", "", "Only $x = 0$ has no length."), values={"w1": 2.5})
'''
ASK = """from course_lib.viz.predict import Question
from asked import PREDICTION
question = Question(PREDICTION)
question"""
TELL = 'print(question.chosen, question.demo and (question.demo.locked, question.demo.w1))'
SHUTDOWN = "() => window.jupyterapp.shell.currentWidget?.sessionContext.shutdown()"
LOCKED = "Answer the question above first"

COLORS = """(card) => {
    const edge = (name) => getComputedStyle(card.querySelector(`li.${name}`)).borderInlineStartColor;
    return [edge("right"), edge("wrong"), getComputedStyle(document.body).getPropertyValue("--jp-layout-color0")];
}"""


def contrast(one: str, other: str) -> float:
    """Of two colors of the page, by the rule of the WCAG."""
    def light(color):
        parts = re.findall(r"[0-9]+", color) if color.startswith("rgb") else ()
        shares = [int(part) / 255 for part in parts[:3]] or to_rgb(color.strip())
        return sum(weight * (share / 12.92 if share <= 0.04045 else ((share + 0.055) / 1.055) ** 2.4)
                   for weight, share in zip((0.2126, 0.7152, 0.0722), shares, strict=True))

    low, high = sorted([light(one), light(other)])
    return (high + 0.05) / (low + 0.05)


@pytest.fixture
def asked(session, lab):
    """The page of a notebook with one prediction, run; and the card in it."""
    (lab.work / "asked.py").write_text(MODULE)
    cells = [nbformat.v4.new_code_cell(source) for source in (ASK, TELL)]
    metadata = {"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}}
    nbformat.write(nbformat.v4.new_notebook(cells=cells, metadata=metadata), lab.work / NAME)
    page = session.page
    open_notebook(page, lab, NAME)
    run_all(page)
    card = page.locator(".course-predict")
    card.locator("input").first.wait_for()
    yield page, card
    assert session.errors == [] and session.outside == []


def told(page) -> str:
    """What the kernel knows of the question."""
    index = page.evaluate("() => window.jupyterapp.shell.currentWidget.content.widgets.length") - 1
    page.evaluate("(index) => { window.jupyterapp.shell.currentWidget.content.activeCellIndex = index; }", index)
    page.evaluate("() => window.jupyterapp.commands.execute('notebook:run-cell')")
    page.wait_for_function(IDLE, timeout=PATIENCE)
    return page.locator(".jp-Notebook .jp-Cell").nth(index).locator(".jp-OutputArea-output").inner_text().strip()


def lock_in(card, index):
    card.locator("input").nth(index).check()
    card.get_by_role("button").click()
    card.locator(".answer p").first.wait_for()


@needs("Chromium")
def test_a_prediction_is_answered_by_keyboard(asked):
    page, card = asked
    card.locator("p mjx-container").first.wait_for()
    assert card.locator("li mjx-container").count() == 2, "the choices are typeset too"
    assert "<i>nothing</i>" in card.inner_text()
    assert "root is never negative" not in page.content() and "|x|" not in page.content()
    group = card.get_by_role("radiogroup")
    assert group.get_by_role("radio").count() == 3
    button = card.get_by_role("button", name="Lock in my prediction")
    assert button.is_disabled()
    figure = page.locator(".course-live")
    assert figure.get_by_text(LOCKED).is_visible() and not figure.locator("canvas").first.is_visible()
    screenshot(page, "prediction_asked")

    card.locator("input").first.focus()
    page.keyboard.press("Space")
    page.keyboard.press("ArrowDown")
    assert card.locator("input").nth(1).is_checked()
    page.keyboard.press("ArrowUp")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    answer = card.locator(".answer")
    answer.locator("p").first.wait_for()
    assert answer.inner_text().startswith("Not as you predicted. A root is never negative")
    answer.locator("mjx-container").nth(1).wait_for()
    assert "Only" not in answer.inner_text(), "the reply to another choice"
    assert [mark.strip() for mark in card.locator(".mark").all_inner_texts()] == ["✗ your prediction", "✓ right", ""]
    assert card.locator("li.right").count() == card.locator("li.wrong").count() == 1
    assert all(radio.is_disabled() for radio in card.locator("input").all()) and not button.is_visible()
    assert page.evaluate("() => document.activeElement.className") == "answer", "the focus is where reading goes on"
    figure.locator("canvas").first.wait_for()
    assert not figure.get_by_text(LOCKED).is_visible()
    assert figure.locator('[data-name="w1"] input[type=range]').input_value() == "2.5"
    assert told(page) == "0 (False, 2.5)"
    screenshot(page, "prediction_answered")


@needs("Chromium")
def test_on_a_phone_in_both_themes(asked):
    page, card = asked
    sizes = "(nodes) => nodes.map((node) => node.getBoundingClientRect().height)"
    targets = card.locator("label, button")
    assert min(targets.evaluate_all(sizes)) >= 24
    page.evaluate("() => window.jupyterapp.commands.execute('application:toggle-left-area')")
    page.set_viewport_size({"width": 390, "height": 844})
    client = page.context.new_cdp_session(page)
    client.send("Emulation.setTouchEmulationEnabled", {"enabled": True})
    page.wait_for_function("() => matchMedia('(pointer: coarse)').matches")
    assert min(targets.evaluate_all(sizes)) >= 44
    lock_in(card, 2)
    assert card.evaluate("(node) => node.scrollWidth <= node.clientWidth"), "nothing is wider than the card"
    for theme in ("Light", "Dark"):
        page.evaluate("(theme) => window.jupyterapp.commands.execute('apputils:change-theme', {theme})",
                      f"JupyterLab {theme}")
        page.wait_for_function(f"() => document.body.dataset.jpThemeLight === '{str(theme == 'Light').lower()}'")
        right, wrong, ground = card.evaluate(COLORS)
        assert contrast(right, ground) >= 3 and contrast(wrong, ground) >= 3
        for words in ("li span.choice", ".mark", ".answer p"):
            assert contrast(card.locator(words).first.evaluate("(node) => getComputedStyle(node).color"), ground) >= 4.5
        card.scroll_into_view_if_needed()
        screenshot(page, f"prediction_phone_{theme.lower()}")
    client.send("Emulation.setTouchEmulationEnabled", {"enabled": False})


@needs("Chromium")
def test_a_prediction_waits_and_once_answered_stays_so_when_the_page_is_loaded_again(asked):
    page, card = asked
    save(page)
    page.reload()
    page.wait_for_function(IDLE, timeout=PATIENCE)
    card.locator("input").first.wait_for()
    lock_in(card, 1)
    assert told(page) == "1 (False, 2.5)"
    save(page)
    page.reload()
    page.wait_for_function(IDLE, timeout=PATIENCE)
    card.locator(".answer p").first.wait_for()
    assert card.locator(".answer").inner_text().startswith("As you predicted.")
    assert card.locator("input").nth(1).is_checked() and card.locator("li.right").count() == 1


@needs("Chromium")
def test_after_a_restart_the_card_says_so_and_a_new_run_asks_again(asked):
    page, card = asked
    page.evaluate("() => window.jupyterapp.shell.currentWidget.sessionContext.session.kernel.restart()")
    card.get_by_text("this cell again to answer it").wait_for()
    assert card.get_by_role("button").is_disabled() and card.locator("input").first.is_disabled()
    page.wait_for_function(IDLE, timeout=PATIENCE)
    page.evaluate(RUN_ALL)
    page.wait_for_function(IDLE, timeout=PATIENCE)
    card.locator("input:enabled").first.wait_for()
    assert card.count() == 1 and "this cell again to answer it" not in card.inner_text()
    lock_in(card, 0)


@needs("Chromium")
def test_after_a_shutdown_the_card_says_so_when_a_choice_is_sent(asked):
    page, card = asked
    card.locator("input").first.check()
    page.evaluate(SHUTDOWN)
    if card.get_by_role("button").is_enabled():
        card.get_by_role("button").click()
    card.get_by_text("this cell again to answer it").wait_for()


@needs("Chromium")
def test_a_second_view_of_the_notebook_is_answered_with_the_first(asked):
    page, card = asked
    page.evaluate("() => window.jupyterapp.commands.execute('docmanager:clone')")
    page.wait_for_function("() => document.querySelectorAll('.course-predict input').length === 6")
    lock_in(card.first, 1)
    page.wait_for_function("() => document.querySelectorAll('.course-predict .answer p').length === 4")


@needs("Chromium")
def test_the_view_of_the_widget_asks_too(asked):
    """What VS Code and Colab show in place of the cell's HTML."""
    page, card = asked
    replace_and_run(page, "Question(PREDICTION)", 'import os\nos.environ["VSCODE_PID"] = "1"\n' + ASK)
    card = page.locator(".jp-OutputArea-output:not(.jp-RenderedHTMLCommon) .course-predict")
    card.locator("li mjx-container").nth(1).wait_for()
    assert page.locator(".course-predict").count() == 1
    lock_in(card, 1)
    assert told(page) == "1 (False, 2.5)"


@needs("Chromium")
def test_reopened_without_a_kernel_the_question_can_be_read(asked, session, lab):
    page, _ = asked
    save(page)
    saved = json.loads((lab.work / NAME).read_text())
    output = saved["cells"][0]["outputs"][0]["data"]
    assert set(output) == {"text/html", "text/plain"} and "root is never negative" not in json.dumps(saved)
    (lab.work / "trusted.ipynb").write_text(json.dumps(saved))
    # as from another machine: JupyterLab cleans its HTML
    output["text/html"] = "".join(output["text/html"]).replace("Predict first.", "Predict first!")
    (lab.work / "untrusted.ipynb").write_text(json.dumps(saved))
    assert session.errors == []
    load(page, lab)  # nothing of the run is left in the page
    for trust in ("trusted", "untrusted"):
        page.evaluate("""async (path) => {
            await window.jupyterapp.commands.execute('application:close-all');
            await window.jupyterapp.commands.execute('docmanager:open',
                {path, kernelPreference: {shouldStart: false, canStart: false}});
        }""", f"{trust}.ipynb")
        card = page.locator(".course-predict")
        card.locator("p mjx-container").first.wait_for()
        assert card.locator("li").count() == 3 and card.locator("li").last.inner_text() == "<i>nothing</i>"
        assert card.locator("input").count() == 0
        screenshot(page, f"prediction_reopened_{trust}")
    session.errors.clear()  # the widget manager itself asks a kernel that is not there
