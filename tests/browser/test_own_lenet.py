"""A digit drawn by mouse into the live figure of chapter 08, and what the network says of it."""

import nbformat
import numpy as np
import pytest
from fakepage import FakePage
from jupyterlab import activate_demo, go_to_cell, open_notebook, run_active, screenshot, wait_for
from needs import needs

from course_lib.chapters.ch08_convolution import readers
from course_lib.viz import demos

pytestmark = needs("Chromium")


@pytest.mark.parametrize(("width", "dark"), [(900, False), (390, True)])
def test_a_stroke_drawn_by_mouse_changes_the_scores(chromium, width, dark):
    fake = FakePage(chromium, width=width, dark=dark)
    figure = fake.show(demos.OwnLeNet())
    before, caption = fake.figure.current["shares"].copy(), figure.locator(".caption").inner_text()
    assert "it is a 3" in caption
    paper = figure.locator("button.pad")
    paper.scroll_into_view_if_needed()
    box = paper.bounding_box()
    place = lambda column, row: (box["x"] + column / 28 * box["width"], box["y"] + row / 28 * box["height"])
    fake.page.mouse.move(*place(14, 4))
    fake.page.mouse.down()
    fake.page.mouse.move(*place(14, 24), steps=10)
    fake.page.mouse.up()
    fake.until(lambda: fake.figure.current["own"] and fake.figure.current["ink"][23, 14] > 0.9)
    after = fake.figure.current["shares"]
    assert after.argmax() == 1 and np.abs(after - before).max() > 0.5
    fake.until(lambda: "The network reads 1 with" in figure.locator(".caption").inner_text())
    fake.page.mouse.move(*place(8, 24))  # a foot: the answer follows each stroke
    fake.page.mouse.down()
    fake.page.mouse.move(*place(20, 24), steps=10)
    fake.page.mouse.up()
    fake.until(lambda: not np.array_equal(fake.figure.current["shares"], after))
    figure.get_by_label("The chosen kernel", exact=True).select_option("all others off")
    fake.until(lambda: "alone left" in figure.locator(".caption").inner_text())
    assert fake.figure.current["accuracy"] < fake.figure.current["before"]
    figure.get_by_role("button", name="Clear").click()
    fake.until(lambda: "The paper is blank" in figure.locator(".caption").inner_text())
    assert fake.errors == []
    fake.close()


@pytest.mark.parametrize("width", [900, 390])
def test_a_number_of_the_kernel_is_dragged_and_the_accuracy_follows(chromium, width):
    fake = FakePage(chromium, width=width)
    figure = fake.show(demos.OwnLeNet())
    cell = figure.get_by_role("button", name="row 2, column 1 of the kernel")
    cell.scroll_into_view_if_needed()
    box = cell.bounding_box()
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    before = fake.figure.current["filter"].copy()
    fake.page.mouse.move(x, y)
    fake.page.mouse.down()
    fake.page.mouse.move(x, y + 140, steps=10)  # down: twenty steps of a tenth
    fake.page.mouse.up()
    fake.until(lambda: fake.figure.w21 == -2.0)
    changed = fake.figure.current["filter"] - before
    assert np.argwhere(changed).tolist() == [[0, 2, 1]] and changed.sum() == pytest.approx(-2)
    value = f"{fake.figure.current['filter'][0, 2, 1]:.2f}".replace("-", "−")
    fake.until(lambda: f"its weight [2, 1] turned to {value}" in figure.locator(".caption").inner_text())
    assert fake.figure.current["accuracy"] < fake.figure.current["before"]
    figure.locator("summary").click()
    twin = figure.locator('[data-name="w21"] input[type=text]')
    assert twin.input_value() == "-2" or twin.input_value() == "−2"
    twin.fill("0")
    fake.page.keyboard.press("Enter")
    fake.until(lambda: fake.figure.current["accuracy"] == fake.figure.current["before"])
    figure.get_by_label("Maps of", exact=True).select_option("conv 2")
    figure.get_by_role("button", name="the slice for map 4").click()
    fake.until(lambda: fake.figure.current["channel"] == 4)
    assert fake.errors == []
    fake.close()


def test_in_jupyterlab_a_network_is_trained_and_reads_what_is_drawn(session, lab):
    source = "from course_lib.viz import demos\ndemos.OwnLeNet()"
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(source)])
    notebook.metadata["kernelspec"] = {"name": "python3", "display_name": "Python 3", "language": "python"}
    nbformat.write(notebook, lab.work / "own.ipynb")
    page = session.page
    open_notebook(page, lab, "own.ipynb")
    _, cell = go_to_cell(page, source)
    run_active(page)
    shown = cell.locator(".jp-OutputArea").inner_text()
    assert f"LeNet-5, epoch {readers.EPOCHS} of {readers.EPOCHS}, loss" in shown  # how far it is
    figure = activate_demo(page, source)
    caption = figure.locator(".caption")
    assert "it is a 3" in caption.inner_text()
    box = figure.locator("button.pad").bounding_box()
    place = lambda column, row: (box["x"] + column / 28 * box["width"], box["y"] + row / 28 * box["height"])
    page.mouse.move(*place(14, 4))
    page.mouse.down()
    page.mouse.move(*place(14, 24), steps=20)
    page.mouse.up()
    wait_for(lambda: "The network reads 1 with" in caption.inner_text())
    screenshot(page, "own_lenet")
    assert session.errors == [] and session.outside == []
