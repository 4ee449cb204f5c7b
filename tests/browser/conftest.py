"""A real JupyterLab, started by `course lab` on a working copy of its own, and Debian's Chromium, offline.

JupyterLab's page is loaded once, which takes seconds, and handed from test to test: no document open, no kernel
running, in the light theme and at its usual size. A test that is about loading goes to an address by itself.
"""

import os
import socket
import subprocess
import sys
import time
import urllib.request
from dataclasses import dataclass
from pathlib import Path

import needs
import pytest

ROOT = Path(__file__).resolve().parents[2]
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--disable-quic", "--no-first-run",
         # nothing but the server is found; to forbid it request by request would keep the page from its cache
         "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1"]
SIZE = {"width": 1300, "height": 900}
#: As JupyterLab was when it had been loaded. What is not saved is lost without a question.
CLEAR = """() => {
    const app = window.jupyterapp;
    window.cleared = !app;
    const clear = async () => {
        await app.restored;
        for (const widget of app.shell.widgets('main')) if (widget.context) widget.context.model.dirty = false;
        await app.commands.execute('application:close-all');
        await app.serviceManager.sessions.shutdownAll();
        if (document.body.dataset.jpThemeLight === 'false') {
            await app.commands.execute('apputils:change-theme', {theme: 'JupyterLab Light'});
        }
        app.shell.expandLeft();
        window.cleared = true;
    };
    if (app) clear();
}"""
CLEARED = """() => {
    const app = window.jupyterapp;
    return window.cleared && (!app || (![...app.shell.widgets('main')].some((widget) => widget.context)
        && ![...app.serviceManager.sessions.running()].length && !document.getElementById('jupyterlab-splash')));
}"""


@dataclass
class Lab:
    """Where the server listens and where its student works."""

    address: str
    work: Path


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@pytest.fixture(scope="session")
def lab(tmp_path_factory):
    folder = tmp_path_factory.mktemp("lab")
    port = free_port()
    env = {**os.environ, "COURSE_WORK": str(folder / "work")}
    for name in ("JUPYTER_CONFIG_DIR", "JUPYTER_RUNTIME_DIR", "JUPYTERLAB_SETTINGS_DIR", "JUPYTERLAB_WORKSPACES_DIR"):
        env[name] = str(folder / name.lower())
    options = [
        "--no-browser",
        "--allow-root",
        "--ip=127.0.0.1",
        f"--port={port}",
        "--IdentityProvider.token=",
        "--ServerApp.disable_check_xsrf=True",
        "--expose-app-in-browser",
    ]
    command = [sys.executable, "-m", "course_lib.app.cli", "lab", "04", *options]
    with open(folder / "server.log", "w") as log:
        server = subprocess.Popen(command, cwd=ROOT, env=env, stdout=log, stderr=subprocess.STDOUT)
    address = f"http://127.0.0.1:{port}"
    try:
        for _ in range(3000):
            try:
                urllib.request.urlopen(f"{address}/api/status", timeout=1)
                break
            except OSError:
                assert server.poll() is None, (folder / "server.log").read_text()[-3000:]
                time.sleep(0.2)
        else:
            pytest.fail("JupyterLab did not start:\n" + (folder / "server.log").read_text()[-3000:])
        yield Lab(address, folder / "work")
    finally:
        server.terminate()
        try:
            server.wait(timeout=60)  # its extensions take their time
        except subprocess.TimeoutExpired:  # and once did not end at all
            server.kill()
            server.wait()


@pytest.fixture(scope="session")
def chromium():
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=needs.chromium(), args=FLAGS)
        yield browser
        browser.close()


@dataclass
class Session:
    """A page, with what went wrong on it and what it tried to fetch from outside."""

    page: object
    errors: list
    outside: list


@pytest.fixture(scope="session")
def one_page(chromium, lab):
    """The page of all tests, and what is heard of it."""
    page = chromium.new_page(viewport=SIZE)
    heard = Session(page, [], [])
    page.on("pageerror", lambda error: heard.errors.append(str(error)))
    elsewhere = ("http://", "https://", "ws://", "wss://")
    own = lab.address, lab.address.replace("http:", "ws:")

    def note(url):
        if url.startswith(elsewhere) and not url.startswith(own):
            heard.outside.append(url)

    page.on("request", lambda request: note(request.url))
    page.on("websocket", lambda socket: note(socket.url))
    yield heard
    page.close()


@pytest.fixture
def session(one_page):
    from playwright.sync_api import TimeoutError

    page = one_page.page
    page.set_default_timeout(600_000)
    yield one_page
    page.set_viewport_size(SIZE)
    for _ in range(6):  # a page that was just loaded may open its document once more
        page.evaluate(CLEAR)
        try:
            page.wait_for_function(CLEARED, timeout=5_000)
            break
        except TimeoutError:
            pass
    else:  # a dialog that a failed test left: the next test loads the page anew
        page.goto("about:blank")
    one_page.errors.clear()
    one_page.outside.clear()
