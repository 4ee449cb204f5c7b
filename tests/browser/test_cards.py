"""The card of a check in a real JupyterLab: three failed tries and a right one, in both themes, wide and narrow."""

import nbformat
from jupyterlab import go_to_cell, open_notebook, replace_and_run, run_active, screenshot, wait_for
from needs import needs

THEME = "(name) => window.jupyterapp.commands.execute('apputils:change-theme', {theme: name})"
HEAD = "# Exercise 4.18: affine_backward\ndef affine_backward(dout, cache):\n    x, W = cache\n"
LINES = "    dx = (dout @ W.T).reshape(x.shape)\n    dW = x.reshape(len(x), -1).T @ dout\n    return dx, dW, "
WRONG = [LINES + "dout.sum(axis=0) / len(x) ** 2", LINES + "dout.sum(axis=0) + len(x)", LINES + "dout.max(axis=0)"]
RIGHT = LINES + "np.ones(len(dout)) @ dout"


def only_this_exercise(lab):
    """The chapter's cells of imports, of the answer and of its check: a page that follows quickly."""
    chapter = nbformat.read(lab.work / "04_backpropagation.ipynb", as_version=4)
    wanted = "import numpy as np", "# Exercise 4.18", 'check("4.18"'
    chapter.cells = [next(cell for cell in chapter.cells if cell.cell_type == "code" and text in cell.source)
                     for text in wanted]
    nbformat.write(chapter, lab.work / "card.ipynb")


def card_after(page, answer):
    replace_and_run(page, "Exercise 4.18", HEAD + answer + "\n")
    _, cell = go_to_cell(page, 'check("4.18"')
    run_active(page)
    card = cell.locator(".jp-OutputArea-output .course .card")
    card.wait_for()
    return card


def in_both_themes_and_widths(page, card, name, themes=("JupyterLab Dark", "JupyterLab Light")):
    for theme in themes:
        page.evaluate(THEME, theme)
        for width in (390, 1300):
            page.set_viewport_size({"width": width, "height": 900})
            page.wait_for_timeout(300)
            card.scroll_into_view_if_needed()
            box = card.evaluate("card => [card.scrollWidth, card.clientWidth]")
            assert box[0] <= box[1], f"{name} is wider than its place at {width} pixels"
            screenshot(page, f"card_{name}_{theme[-5:].strip().lower()}_{width}")


@needs("Chromium")
def test_each_failed_try_says_more_on_the_page(session, lab):
    page = session.page
    only_this_exercise(lab)
    open_notebook(page, lab, "card.ipynb")
    run_active_first(page)
    page.evaluate("() => { window.jupyterapp.shell.collapseLeft(); window.jupyterapp.shell.collapseRight(); }")
    for number, answer in enumerate(WRONG, 1):
        card = card_after(page, answer)
        wait_for(lambda card=card: card.locator("details").count() >= 1)
        text = card.inner_text()
        assert ("A small example" in text) == (number == 3)
        assert ("Is this message wrong?" in text) == (number >= 2)
        assert 'hint("4.18")' in text
        in_both_themes_and_widths(page, card, f"try_{number}", ["JupyterLab Light"])
    for summary in card.locator("summary").all():
        summary.click()
    in_both_themes_and_widths(page, card, "unfolded")

    card = card_after(page, RIGHT)
    wait_for(lambda: "right" in card.inner_text())
    in_both_themes_and_widths(page, card, "right")
    replace_and_run(page, 'check("4.18"', 'from course_lib.exercises import solution\nsolution("4.18")')
    _, cell = go_to_cell(page, 'solution("4.18")')
    sides = cell.locator(".course .sides > div")
    wait_for(lambda: sides.count() == 2)
    in_both_themes_and_widths(page, cell.locator(".course .card"), "solution")
    assert session.errors == []


def run_active_first(page):
    """The cell of imports."""
    go_to_cell(page, "import numpy as np")
    run_active(page)
