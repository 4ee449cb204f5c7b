"""A live figure in every state of the page and of Python: it is right, or it says that it is not, and why."""

import re
import subprocess
import sys

import nbformat
import pytest
from jupyterlab import (
    IDLE,
    activate_demo,
    go_to_cell,
    load,
    open_notebook,
    replace_and_run,
    run_active,
    save,
    screenshot,
    wait_for,
)
from needs import needs

CELLS = (
    "from course_lib.viz import demos\nimport time",
    "figure = demos.TrainANetwork()\nfigure",
    "figure  # a second view",
    "time.sleep(6)  # busy",
    "demos.Neuron()",
)
RESTART = "() => window.jupyterapp.shell.currentWidget.sessionContext.session.kernel.restart()"
SHUTDOWN = "() => window.jupyterapp.shell.currentWidget.sessionContext.shutdown()"
INTERRUPT = "() => window.jupyterapp.shell.currentWidget.sessionContext.session.kernel.interrupt()"
THEME = "(name) => window.jupyterapp.commands.execute('apputils:change-theme', {theme: name})"


@pytest.fixture
def page(session, lab):
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(source) for source in CELLS])
    notebook.metadata["kernelspec"] = {"name": "python3", "display_name": "Python 3", "language": "python"}
    nbformat.write(notebook, lab.work / "live.ipynb")
    page = session.page
    page.set_default_timeout(60_000)
    open_notebook(page, lab, "live.ipynb")
    for cell in (CELLS[0], CELLS[1]):
        go_to_cell(page, cell)
        run_active(page)
    yield page
    assert session.errors == []
    assert session.outside == []


def slider(figure, name):
    return figure.locator(f'[data-name="{name}"] input[type=range]')


def typed(figure, name):
    return figure.locator(f'[data-name="{name}"] input[type=text]')


def note(figure, name):
    return figure.locator(f'[data-name="{name}"] .note').inner_text()


def caption(figure):
    return figure.locator(".caption").inner_text()


def status(figure):
    return figure.locator(".status").inner_text()


def units(figure):
    """The number of hidden units by the slider, and by the caption: never two different ones."""
    return int(slider(figure, "hidden").input_value()), int(re.search(r"(\d+) hidden", caption(figure)).group(1))


def move_to(page, figure, name, value):
    typed(figure, name).fill(str(value))
    page.keyboard.press("Enter")


@needs("Chromium")
def test_typed_numbers(page):
    figure = activate_demo(page, CELLS[1])
    figure.locator("summary").click()
    field = typed(figure, "noise")
    field.fill("0,25")  # a decimal comma
    page.keyboard.press("Enter")
    wait_for(lambda: slider(figure, "noise").input_value() == "0.25")
    field.fill("3")
    page.keyboard.press("Enter")
    assert "3 is outside 0 to 0.5" in note(figure, "noise")
    assert slider(figure, "noise").input_value() == "0.25"
    page.keyboard.press("Escape")
    assert field.input_value() == "0.25" and note(figure, "noise") == ""
    field.fill("much")
    page.keyboard.press("Enter")
    assert "not a number" in note(figure, "noise")
    page.keyboard.press("Tab")  # leaving restores what holds
    assert field.input_value() == "0.25"


@needs("Chromium")
def test_restarted_dead_and_run_again(page):
    figure = activate_demo(page, CELLS[1])
    move_to(page, figure, "hidden", 3)
    wait_for(lambda: units(figure) == (3, 3))
    page.evaluate(RESTART)
    wait_for(lambda: "was restarted" in status(figure), seconds=10)
    screenshot(page, "live_restarted")
    assert slider(figure, "hidden").is_disabled() and units(figure) == (3, 3)
    for cell in (CELLS[0], CELLS[1]):
        go_to_cell(page, cell)
        run_active(page)
    figure = activate_demo(page, CELLS[1])
    move_to(page, figure, "hidden", 2)
    wait_for(lambda: units(figure) == (2, 2))
    page.evaluate(SHUTDOWN)
    wait_for(lambda: "Python" in status(figure), seconds=10)
    assert slider(figure, "hidden").is_disabled() and units(figure) == (2, 2)


@needs("Chromium")
def test_killed(page):
    figure = activate_demo(page, CELLS[1])
    go_to_cell(page, CELLS[3])
    page.evaluate("""() => { const kernel = window.jupyterapp.shell.currentWidget.sessionContext.session.kernel;
        kernel.requestExecute({code: 'import os; os._exit(1)'}); }""")
    wait_for(lambda: "Python" in status(figure), seconds=30)
    screenshot(page, "live_killed")
    assert slider(figure, "hidden").is_disabled()
    page.locator(".jp-Dialog").get_by_role("button", name="Ok").click()  # JupyterLab's own words on it
    page.wait_for_function(IDLE)


@needs("Chromium")
def test_busy_and_interrupted(page):
    figure = activate_demo(page, CELLS[1])
    go_to_cell(page, CELLS[3])
    page.evaluate("() => { window.jupyterapp.commands.execute('notebook:run-cell'); }")
    page.wait_for_timeout(500)
    figure = activate_demo(page, CELLS[1])
    move_to(page, figure, "hidden", 4)
    # Either Python answers beside the running cell, or the figure says that it waits; the caption never lies meanwhile.
    wait_for(lambda: units(figure) == (4, 4) or figure.get_attribute("data-state") == "waiting", seconds=5)
    page.evaluate(INTERRUPT)
    wait_for(lambda: units(figure) == (4, 4) and figure.get_attribute("data-state") == "ready", seconds=20)
    move_to(page, figure, "hidden", 5)
    wait_for(lambda: units(figure) == (5, 5))


@needs("Chromium")
def test_two_views_follow_each_other_and_a_cell_runs_twice(page):
    go_to_cell(page, CELLS[2])
    run_active(page)
    one, two = activate_demo(page, CELLS[1]), activate_demo(page, CELLS[2])
    move_to(page, two, "hidden", 7)
    wait_for(lambda: units(two) == (7, 7) and units(one) == (7, 7))
    identities = page.evaluate("() => [...document.querySelectorAll('.course-live [id]')].map((node) => node.id)")
    assert len(identities) == len(set(identities))
    go_to_cell(page, CELLS[1])
    run_active(page)
    run_active(page)
    wait_for(lambda: page.locator(".course-live").count() == 2)
    one = activate_demo(page, CELLS[1])
    assert units(one) == (6, 6)  # a new figure at its defaults
    move_to(page, one, "hidden", 2)
    wait_for(lambda: units(one) == (2, 2))
    assert units(two) == (7, 7)


@needs("Chromium")
def test_reloaded_saved_and_opened_without_a_kernel(page, lab):
    figure = activate_demo(page, CELLS[1])
    move_to(page, figure, "hidden", 9)
    wait_for(lambda: units(figure) == (9, 9))
    save(page)
    page.reload()
    page.wait_for_selector("#jupyterlab-splash", state="detached")
    page.wait_for_function(IDLE)
    figure = activate_demo(page, CELLS[1])  # the kernel lives: so does the figure
    wait_for(lambda: units(figure) == (9, 9))
    move_to(page, figure, "hidden", 8)
    wait_for(lambda: units(figure) == (8, 8))
    save(page)

    saved = nbformat.read(lab.work / "live.ipynb", 4)
    bundle = saved.cells[1].outputs[0].data
    assert "application/vnd.jupyter.widget-view+json" not in bundle
    assert len(bundle["text/html"]) <= 100_000 and "base64,iVBORw0KGgo" in bundle["text/html"]
    # Another notebook of the same content in a new page: opened, nothing run.
    nbformat.write(saved, lab.work / "read_only.ipynb")
    load(page, lab, "read_only.ipynb")
    page.wait_for_function(IDLE)
    _, cell = go_to_cell(page, CELLS[1])
    picture = cell.locator("img").first
    picture.wait_for()
    assert picture.evaluate("(image) => image.naturalWidth > 300")
    assert page.get_by_text("Error displaying widget").count() == 0
    screenshot(page, "live_without_kernel")

    html = lab.work / "read_only.html"
    subprocess.run([sys.executable, "-m", "nbconvert", "--to", "html", str(lab.work / "read_only.ipynb")], check=True,
                   capture_output=True)
    text = html.read_text()
    assert 'alt="Train a network. ' in text and "data:image/png;base64," in text


LINKED = """import ipywidgets as widgets
rate = widgets.FloatLogSlider(0.3, min=-2, max=0.5)
widgets.jslink((rate, "value"), (figure, "lr"))
seen = []
figure.observe(lambda change: seen.append(change["new"]), names="lr")
rate"""
OWN = """import numpy as np
from course_lib.viz import live

def line(slope):
    x = np.linspace(-1, 1, 50)
    return [live.Line(0, x, slope * x)], f"slope {slope:.2f}"

live.interact(line, slope=widgets.FloatSlider(0.5, min=-1, max=1, step=0.01), title="Built here",
              panels=[("A line", "x", "y", (-1, 1), (-1, 1))])"""


@needs("Chromium")
def test_plain_ipywidgets_drive_the_figure_and_follow_it(page):
    replace_and_run(page, CELLS[3], LINKED)
    figure = activate_demo(page, CELLS[1])
    _, cell = go_to_cell(page, "jslink")
    plain = cell.locator(".noUi-handle")
    plain.focus()
    page.keyboard.press("ArrowRight")
    shown = cell.locator(".widget-readout")
    wait_for(lambda: shown.inner_text() != "0.300")
    wait_for(lambda: float(typed(figure, "lr").input_value()) == pytest.approx(float(shown.inner_text()), rel=0.01))
    move_to(page, figure, "lr", 0.1)
    wait_for(lambda: float(shown.inner_text()) == pytest.approx(0.1))
    replace_and_run(page, CELLS[4], OWN)
    own = activate_demo(page, "live.interact")
    handle = own.locator(".noUi-handle")
    handle.focus()
    page.keyboard.press("ArrowRight")
    wait_for(lambda: caption(own) == "slope 0.51")
    screenshot(page, "live_interact")
    go_to_cell(page, "jslink")
    replace_and_run(page, "jslink", "print(seen[-1], figure.lr)")
    _, cell = go_to_cell(page, "print(seen")
    assert cell.locator(".jp-OutputArea-output").inner_text().split() == ["0.1", "0.1"]
    page.evaluate(RESTART)
    own = activate_demo(page, "live.interact")
    wait_for(lambda: "was restarted" in status(own), seconds=10)
    assert own.locator(".foreign").evaluate("(node) => node.closest('[inert]') !== null"), "its slider cannot be moved"


@needs("Chromium")
def test_scrolled_away_and_back(page, lab):
    figure = activate_demo(page, CELLS[1])
    move_to(page, figure, "hidden", 4)
    wait_for(lambda: units(figure) == (4, 4))
    for _ in range(3):
        page.evaluate("() => window.jupyterapp.commands.execute('notebook:insert-cell-below')")
    go_to_cell(page, CELLS[4])
    run_active(page)
    figure = activate_demo(page, CELLS[1])
    assert units(figure) == (4, 4)
    move_to(page, figure, "hidden", 5)
    wait_for(lambda: units(figure) == (5, 5))


@needs("Chromium")
def test_both_themes_three_widths_and_a_narrow_page(page):
    figure = activate_demo(page, CELLS[1])
    corner = "(canvas) => [...canvas.getContext('2d').getImageData(3, 3, 1, 1).data]"
    canvas = figure.locator("canvas")
    assert canvas.evaluate(corner)[:3] == [255, 255, 255]
    page.evaluate(THEME, "JupyterLab Dark")
    wait_for(lambda: max(canvas.evaluate(corner)[:3]) < 60)
    screenshot(page, "live_dark")
    page.evaluate(THEME, "JupyterLab Light")
    wait_for(lambda: canvas.evaluate(corner)[:3] == [255, 255, 255])
    wide = canvas.bounding_box()
    page.evaluate("() => { window.jupyterapp.shell.collapseLeft(); window.jupyterapp.shell.collapseRight(); }")
    for width in (1300, 800, 390):
        page.set_viewport_size({"width": width, "height": 844})
        page.wait_for_timeout(800)
        screenshot(page, f"live_{width}")
        box = figure.bounding_box()
        assert figure.evaluate("(node) => node.scrollWidth <= node.clientWidth + 1")
        for field in figure.locator("input:visible, button:visible, select:visible").all():
            inner = field.bounding_box()
            assert inner["x"] >= box["x"] - 1 and inner["x"] + inner["width"] <= box["x"] + box["width"] + 1
            assert inner["height"] >= 24
    narrow = canvas.bounding_box()
    assert narrow["height"] > narrow["width"] and wide["height"] < wide["width"]  # the panels are stacked


@needs("Chromium")
def test_in_notebook_7_a_saved_picture_and_after_running_the_live_figure(page, session, lab):
    save(page)
    page.goto(f"{lab.address}/notebooks/live.ipynb")
    picture = page.get_by_role("img", name="Train a network").first
    picture.wait_for()  # an image before the kernel has told of its figures, the canvas after
    page.locator(".jp-NotebookKernelStatus, .jp-Toolbar-kernelStatus").first.wait_for(state="attached")
    page.get_by_role("menuitem", name="Run", exact=True).click()
    page.get_by_role("menuitem", name="Run All Cells", exact=True).click()
    figure = page.locator(".course-live").first
    figure.locator("canvas[data-pictures]").wait_for()
    move_to(page, figure, "hidden", 3)
    wait_for(lambda: units(figure) == (3, 3))
    screenshot(page, "live_notebook_7")
    session.errors.clear()  # its own: extensions made for JupyterLab do not all start there
    load(page, lab)
