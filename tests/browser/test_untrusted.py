"""A notebook from elsewhere, which JupyterLab does not trust: it drops the style sheets of its outputs."""

import io

import nbformat
from jupyterlab import PATIENCE, open_notebook, screenshot, wait_for
from needs import needs
from PIL import Image

from course_lib import page as look
from course_lib.viz import style

pytestmark = needs("Chromium")
THEME = "(name) => window.jupyterapp.commands.execute('apputils:change-theme', {theme: name})"


def html_output(html):
    return nbformat.v4.new_output("display_data", {"text/html": html, "text/plain": ""})


def downloaded(path):
    """A notebook with a white picture and a card in its outputs, not signed by this machine."""
    png = io.BytesIO()
    Image.new("RGB", (40, 20), "white").save(png, "PNG")
    outputs = [html_output(style.picture(png.getvalue(), "All white.", (40, 20))),
               html_output(look.html('<div class="card is-right">Right.</div>'))]
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell("1", outputs=outputs, execution_count=1)])
    notebook.metadata["kernelspec"] = {"name": "python3", "display_name": "Python 3", "language": "python"}
    nbformat.write(notebook, path)


def calm(page):
    """JupyterLab covers the page at each change of theme; two covers at once trip over each other."""
    page.wait_for_selector("#jupyterlab-splash", state="detached", timeout=PATIENCE)


def test_its_pictures_and_cards_follow_the_theme(session, lab):
    downloaded(lab.work / "downloaded.ipynb")
    page = session.page
    open_notebook(page, lab, "downloaded.ipynb")
    output = page.locator(".jp-OutputArea")
    output.locator("img").wait_for()
    assert output.locator("style").count() == 0  # trusted, it would prove nothing
    values = {}
    for theme in ("JupyterLab Dark", "JupyterLab Light"):
        page.evaluate(THEME, theme)
        wait_for(lambda theme=theme: page.locator(f"body[data-jp-theme-name='{theme}']").count() == 1)
        calm(page)
        screenshot(page, f"untrusted {theme}")
        values[theme] = (output.locator("img").evaluate("(node) => getComputedStyle(node).filter"),
                         output.locator(".card").evaluate("(node) => getComputedStyle(node).borderLeftColor"))
    right = [f"rgb({', '.join(str(int(color[i:i + 2], 16)) for i in (1, 3, 5))})" for color in look.CARD["right"]]
    assert values["JupyterLab Light"] == ("none", right[0])
    assert values["JupyterLab Dark"][0].startswith("invert(") and values["JupyterLab Dark"][1] == right[1]
    assert session.errors == [] and session.outside == []
