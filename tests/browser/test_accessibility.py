"""axe-core over what each chapter shows, in both themes: no serious or critical finding."""

from pathlib import Path

import nbformat
import pytest
from fakepage import FakePage
from needs import imported, needs
from test_page import Everything

from course_lib import syllabus
from course_lib.viz import demos

axe = imported("axe-core")
ROOT = Path(__file__).resolve().parents[2]
FILES = [chapter.file for chapter in syllabus.chapters().values()]

pytestmark = needs("Chromium")


@pytest.fixture(params=[False, True], ids=["light", "dark"])
def fake(chromium, request):
    page = FakePage(chromium, dark=request.param)
    yield page
    page.close()


def findings(page, where: str = "main") -> list[str]:
    """Serious and critical findings in this part of the page, one line for each element."""
    violations = axe.Axe().run(page, where, {"resultTypes": ["violations"]}).response["violations"]
    return [
        f"{found['impact']} {found['id']}: {node['html'][:200]} ({' '.join(map(str, node['target']))[-120:]})"
        for found in violations if found["impact"] in ("serious", "critical") for node in found["nodes"]
    ]


def put(fake, page: str) -> None:
    fake.page.evaluate("(page) => { document.querySelector('main').innerHTML = page; }", page)


def test_a_picture_without_words_and_faint_words_are_found(chromium):
    fake = FakePage(chromium)
    put(fake, '<p style="color:#999">faint</p><img src="data:image/png;base64,">')
    assert [line.partition(":")[0] for line in findings(fake.page)] == ["serious color-contrast", "critical image-alt"]
    fake.close()


@pytest.mark.parametrize("name", FILES)
def test_what_a_chapter_shows_is_accessible(fake, name):
    """All cards, tables, questions and pictures of the solved chapter."""
    notebook = nbformat.read(ROOT / "solutions" / name, 4)
    shown = [output.data["text/html"] for cell in notebook.cells if cell.cell_type == "code"
             for output in cell.outputs if "text/html" in output.get("data", {})]
    assert len(shown) > 2
    put(fake, "\n".join(f"<div>{output}</div>" for output in shown))
    assert findings(fake.page) == []


@pytest.mark.parametrize("figure", [Everything, *(getattr(demos, name) for name in
                                                  ("TrainANetwork", "LinearMap", "LogisticBoundary", "FoldXOR",
                                                   "SmallNetwork", "OwnLeNet"))], ids=lambda figure: figure.__name__)
def test_a_live_figure_is_accessible(fake, figure):
    shown = fake.show(figure())
    if shown.locator("summary").is_visible():
        shown.locator("summary").click()
    assert findings(fake.page) == []
