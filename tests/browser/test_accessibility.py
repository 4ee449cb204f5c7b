"""axe-core over what each chapter shows, in both themes: no serious or critical finding."""

import pytest
from jupyterlab import open_notebook, run_all, save
from needs import imported, needs

from course_lib import syllabus

axe = imported("axe-core")

# Cells outside the window are taken out of the page; here all are to be looked at.
SHOW_ALL = """() => {
    const content = window.jupyterapp.shell.currentWidget.content;
    content.notebookConfig = {...content.notebookConfig, windowingMode: 'none'};
}"""
ALL_SHOWN = """() => {
    const cells = window.jupyterapp.shell.currentWidget.content.widgets;
    return cells.every((cell) => cell.isAttached && cell.isVisible);
}"""
THEME = """async (name) => {
    await window.jupyterapp.commands.execute('apputils:change-theme', {theme: name});
}"""
THEMES = {"JupyterLab Light": "true", "JupyterLab Dark": "false"}
OUTPUTS = ".jp-Notebook .jp-OutputArea-output"


def findings(page) -> list[str]:
    """Serious and critical findings in the outputs on the page, one line for each element."""
    violations = axe.Axe().run(page, OUTPUTS, {"resultTypes": ["violations"]}).response["violations"]
    return [
        f"{found['impact']} {found['id']}: {node['html'][:200]} ({' '.join(map(str, node['target']))[-120:]})"
        for found in violations if found["impact"] in ("serious", "critical") for node in found["nodes"]
    ]


@needs("Chromium")
def test_a_picture_without_words_and_faint_words_are_found(session):
    faint = '<p style="color:#999">faint</p><img src="data:image/png;base64,">'
    session.page.set_content(f'<div class="jp-Notebook"><div class="jp-OutputArea-output">{faint}</div></div>')
    found = [line.partition(":")[0] for line in findings(session.page)]
    assert found == ["serious color-contrast", "critical image-alt"]


@needs("Chromium")
@pytest.mark.parametrize("name", [chapter.file for chapter in syllabus.chapters().values()])
def test_what_a_chapter_shows_is_accessible(session, lab, name):
    page = session.page
    open_notebook(page, lab, name)
    run_all(page)
    page.evaluate(SHOW_ALL)
    page.wait_for_function(ALL_SHOWN)
    for theme, light in THEMES.items():
        page.evaluate(THEME, theme)
        page.wait_for_selector(f'body[data-jp-theme-light="{light}"]', state="attached")
        assert page.locator(OUTPUTS).count() > 0
        found = findings(page)
        assert not found, f"{theme}:\n" + "\n".join(found)
    page.evaluate(THEME, "JupyterLab Light")
    save(page)
