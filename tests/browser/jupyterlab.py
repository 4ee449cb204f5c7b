"""The few things the tests do in JupyterLab's page."""

import os
import time
from pathlib import Path

PATIENCE = 600_000  # ms; kernels may be compiled on the way, on a machine that is busy

RUN_ALL = "() => window.jupyterapp.commands.execute('notebook:run-all-cells')"
IDLE = """() => {
    const panel = window.jupyterapp?.shell.currentWidget;
    const kernel = panel?.sessionContext?.session?.kernel;
    return panel?.context?.isReady && kernel?.status === 'idle';
}"""
ALL_DONE = """() => {
    const panel = window.jupyterapp.shell.currentWidget;
    const kernel = panel.sessionContext.session.kernel;
    const code = panel.content.widgets.filter((cell) => cell.model.type === 'code');
    const ran = (cell) => cell.model.executionCount || !cell.model.sharedModel.source;
    return kernel.status === 'idle' && code.every(ran);
}"""
FIND_CELL = """(text) => window.jupyterapp.shell.currentWidget.content.widgets
    .findIndex((cell) => cell.model.type === 'code' && cell.model.sharedModel.source.includes(text))"""
ACTIVATE = """async (index) => {
    const notebook = window.jupyterapp.shell.currentWidget.content;
    notebook.activeCellIndex = index;
    await notebook.scrollToItem(index, 'center');
}"""
SET_SOURCE = """([index, source]) => {
    window.jupyterapp.shell.currentWidget.content.widgets[index].model.sharedModel.setSource(source);
}"""
RUN_CELL = "() => window.jupyterapp.commands.execute('notebook:run-cell')"


def load(page, lab, name=""):
    """JupyterLab's page anew, with nothing open but the file that the address names."""
    page.goto(f"{lab.address}/lab/workspaces/ci{name and f'/tree/{name}'}?reset")
    page.wait_for_selector("#jupyterlab-splash", state="detached", timeout=PATIENCE)
    page.wait_for_function("() => window.jupyterapp", timeout=PATIENCE)
    page.evaluate("async () => { await window.jupyterapp.restored; }")


def open_notebook(page, lab, name):
    """Open one notebook and wait for its kernel."""
    if page.evaluate("() => Boolean(window.jupyterapp)"):
        page.evaluate("async (path) => { await window.jupyterapp.commands.execute('docmanager:open', {path}); }", name)
    else:
        load(page, lab, name)
    page.wait_for_function(IDLE, timeout=PATIENCE)


def run_all(page):
    """Run every cell and wait for the last one."""
    page.evaluate(RUN_ALL)
    page.wait_for_function(ALL_DONE, timeout=PATIENCE, polling=500)


def go_to_cell(page, text):
    """Activate and show the code cell that holds `text`; returns its element."""
    index = page.evaluate(FIND_CELL, text)
    assert index >= 0, f"no code cell holds {text!r}"
    page.evaluate(ACTIVATE, index)
    cell = page.locator(f'.jp-NotebookPanel:not(.lm-mod-hidden) .jp-Cell[data-windowed-list-index="{index}"]').first
    cell.scroll_into_view_if_needed()
    return index, cell


def activate_demo(page, text):
    """The first live figure whose cell holds `text`, scrolled into view."""
    _, cell = go_to_cell(page, text)
    figure = cell.locator(".course-live")
    figure.wait_for(timeout=PATIENCE)
    figure.locator("canvas").scroll_into_view_if_needed()
    return figure


def replace_and_run(page, text, source):
    """Write `source` into the cell that holds `text`, and run it."""
    index, _ = go_to_cell(page, text)
    page.evaluate(SET_SOURCE, [index, source])
    run_active(page)


def run_active(page):
    page.evaluate(RUN_CELL)
    page.wait_for_function(IDLE, timeout=PATIENCE)


def save(page):
    """Without it the browser asks whether to leave the page."""
    page.evaluate("() => window.jupyterapp.commands.execute('docmanager:save')")
    page.wait_for_function("() => !window.jupyterapp.shell.currentWidget.context.model.dirty", timeout=PATIENCE)


def screenshot(page, name):
    """Keep a picture for the person who reads a failure; COURSE_SCREENSHOTS names the folder."""
    folder = os.environ.get("COURSE_SCREENSHOTS")
    if folder:
        Path(folder).mkdir(parents=True, exist_ok=True)
        page.screenshot(path=f"{folder}/{name}.png")


def wait_for(condition, seconds=100):
    """Poll until the page shows what it should."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if condition():
            return
        time.sleep(0.1)
    assert condition()
