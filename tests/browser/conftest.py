"""A real JupyterLab, started by `course lab` on a working copy of its own, and Debian's Chromium, offline."""

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
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--disable-quic", "--no-first-run"]


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


@pytest.fixture
def session(chromium, lab):
    page = chromium.new_page(viewport={"width": 1300, "height": 900})
    page.set_default_timeout(600_000)
    errors, outside = [], []
    page.on("pageerror", lambda error: errors.append(str(error)))

    def route(handler):
        if handler.request.url.startswith(lab.address):
            handler.continue_()
        else:
            outside.append(handler.request.url)
            handler.abort()

    page.route(lambda url: url.startswith(("http://", "https://")), route)
    yield Session(page, errors, outside)
    page.close()
