"""What a student does in chapter 04: run it, move a slider, answer wrongly, then rightly, see the progress."""

import json

from jupyterlab import (
    IDLE,
    PATIENCE,
    activate_demo,
    go_to_cell,
    load,
    open_notebook,
    replace_and_run,
    run_active,
    run_all,
    save,
    screenshot,
    wait_for,
)
from needs import needs

from course_lib.exercises import registry

EXERCISE = "4.3"
WRONG = """def sigmoid(z):
    return 1 / (1 + np.exp(z))
"""
RIGHT = """def sigmoid(z):
    e = np.exp(-np.abs(z))
    return np.where(z >= 0, 1 / (1 + e), e / (1 + e))
"""


@needs("Chromium")
def test_a_student_works_in_chapter_04(session, lab):
    page = session.page
    load(page, lab, "04_backpropagation.ipynb")
    page.wait_for_function(IDLE, timeout=PATIENCE)
    run_all(page)
    screenshot(page, "04_ran")

    figure = activate_demo(page, "demos.")
    canvas, slider = figure.locator("canvas"), figure.locator("input[type=range]").first
    caption = figure.locator(".caption")

    # by keyboard: one step each press
    before = canvas.screenshot(), slider.input_value(), caption.inner_text()
    slider.focus()
    page.keyboard.press("ArrowRight")
    wait_for(lambda: caption.inner_text() != before[2])
    assert float(slider.input_value()) > float(before[1])
    wait_for(lambda: canvas.screenshot() != before[0])

    # by mouse: to the left end, through values on the way
    before = canvas.screenshot()
    box = slider.bounding_box()
    middle = box["y"] + box["height"] / 2
    start = box["x"] + box["width"] / 2
    page.mouse.move(start, middle)
    page.mouse.down()
    for part in range(1, 9):
        page.mouse.move(start - part * (start - box["x"] - 5) / 8, middle)
        page.wait_for_timeout(30)
    page.mouse.up()
    wait_for(lambda: canvas.screenshot() != before)
    screenshot(page, "04_slider")

    # the wrong answer is named on the page, then the right one is accepted
    check = f'check("{EXERCISE}"'
    replace_and_run(page, f"# Exercise {EXERCISE}:", WRONG)
    _, cell = go_to_cell(page, check)
    run_active(page)
    verdict = cell.locator(".jp-OutputArea-output")
    named = next(mistake.say for mistake in registry.get(EXERCISE).mistakes if mistake.id == "SIG-1")
    wait_for(lambda: named[:40] in " ".join(verdict.inner_text().split()))
    screenshot(page, "04_mistake")

    replace_and_run(page, "def sigmoid", RIGHT)
    _, cell = go_to_cell(page, check)
    run_active(page)
    verdict = cell.locator(".jp-OutputArea-output")
    wait_for(lambda: "right" in verdict.inner_text().lower())
    screenshot(page, "04_right")

    progress = json.loads((lab.work / "progress.json").read_text())
    assert progress["exercises"][EXERCISE]["status"] == "right"

    # the start page shows it
    save(page)
    open_notebook(page, lab, "00_start_here.ipynb")
    run_all(page)
    _, cell = go_to_cell(page, "progress_table()")
    shown = cell.locator(".jp-OutputArea-output")
    # other tests share the folder, and solve exercises too
    right = sum(entry["status"] == "right" for id, entry in progress["exercises"].items() if id.startswith("4."))
    wait_for(lambda: f"{right} of" in shown.inner_text())
    screenshot(page, "00_progress")

    assert page.get_by_text("Jupyter news").count() == 0, "JupyterLab's question lies over the page"
    assert session.errors == []
    assert session.outside == [], "the course asked for something outside this machine"
