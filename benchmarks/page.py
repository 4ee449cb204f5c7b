"""What a hand sees, measured inside JupyterLab's page: `python -m benchmarks.page [Demo ...]`.

A real `course lab` on a working copy of its own, and headless Chromium. First the start: from the command to the first
slider of chapter 04 that answers, and what it waited for. Then, for each demo, 80 input events in 2 seconds over 81
positions of one slider, with a kernel that has nothing else to do.
"""

import argparse
import os
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import pairwise
from pathlib import Path

import nbformat

ROOT = Path(__file__).resolve().parents[1]
#: one that draws an image and one that draws lines
DEMOS = ("Gates", "Projection")
BROWSERS = ("chromium", "chromium-browser", "google-chrome")
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--disable-quic", "--no-first-run"]
PATIENCE = 600_000  # ms; kernels may be compiled on the way

START_TARGET = 12.0  #: seconds to the first answer, kernels compiled, two processors
#: key of a row -> (heading, target, whether more is better)
TARGETS = {
    "drawn": ("drawn %", 95.0, True),
    "gap": ("longest gap ms", 150.0, False),
    "last": ("last input to final ms", 60.0, False),
    "rate": ("pictures a second", 30.0, True),
}

READY = """() => {
    const panel = window.jupyterapp?.shell.currentWidget;
    return panel?.context?.isReady && panel.sessionContext?.session?.kernel?.status === 'idle';
}"""
RUN_ALL = "() => { window.jupyterapp.commands.execute('notebook:run-all-cells'); }"
#: Moves the first slider of the page by one step each 50 ms until a new picture is drawn.
ANSWERS = """() => {
    const canvas = document.querySelector('.course-live canvas');
    const slider = document.querySelector('.course-live input[type=range]');
    if (!canvas?.dataset.pictures || !slider) return false;
    window.benchStart ??= canvas.dataset.pictures;
    if (canvas.dataset.pictures - window.benchStart > 2) return true;
    if (Number(slider.value) < Number(slider.max)) slider.stepUp(); else slider.value = slider.min;
    slider.dispatchEvent(new Event('input', { bubbles: true }));
    return false;
}"""
FIGURE = "() => Number(document.querySelector('.course-live canvas')?.dataset.pictures) > 0"
#: Sweeps over 81 positions of the first slider that has as many; returns the times of all inputs and pictures, in ms.
SWEEP = """async ([events, milliseconds]) => {
    const figure = document.querySelector('.course-live');
    const canvas = figure.querySelector('canvas');
    const count = (slider) => Math.round((slider.max - slider.min) / slider.step);
    const slider = [...figure.querySelectorAll('input[type=range]')].find((each) => count(each) >= events);
    if (!slider) return null;
    const sleep = (duration) => new Promise((resolve) => setTimeout(resolve, duration));
    const move = (k) => {
        slider.value = Number(slider.min) + slider.step * Math.round(count(slider) * k / events);
        slider.dispatchEvent(new Event('input', { bubbles: true }));
    };
    const pictures = [], inputs = [];
    const watcher = new MutationObserver(() => pictures.push(performance.now()));
    canvas.scrollIntoView({ block: 'center' });
    move(0);
    await sleep(1500);
    watcher.observe(canvas, { attributeFilter: ['data-pictures'] });
    const start = performance.now();
    for (let k = 1; k <= events; k++) {
        const wait = start + k * milliseconds / events - performance.now();
        if (wait > 0) await sleep(wait);
        inputs.push(performance.now());
        move(k);
    }
    await sleep(1500);
    watcher.disconnect();
    return { inputs, pictures };
}"""


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def answers(address: str) -> bool:
    try:
        urllib.request.urlopen(f"{address}/api/status", timeout=1).close()
        return True
    except OSError:
        return False


@contextmanager
def lab(work: Path) -> Iterator[str]:
    """The address of a `course lab` on the working copy `work`; ends with the block."""
    port = free_port()
    env = os.environ | {"COURSE_WORK": str(work)}
    for name in ("JUPYTER_CONFIG_DIR", "JUPYTER_RUNTIME_DIR", "JUPYTERLAB_SETTINGS_DIR", "JUPYTERLAB_WORKSPACES_DIR"):
        env[name] = str(work.parent / name.lower())
    options = ["--no-browser", "--allow-root", "--ip=127.0.0.1", f"--port={port}", "--IdentityProvider.token=",
               "--ServerApp.disable_check_xsrf=True", "--expose-app-in-browser"]
    address = f"http://127.0.0.1:{port}"
    with open(work.parent / "server.log", "w", encoding="utf-8") as log:
        server = subprocess.Popen([sys.executable, "-m", "course_lib.app.cli", "lab", *options], cwd=ROOT, env=env,
                                  stdout=log, stderr=subprocess.STDOUT)
    try:
        while not answers(address):
            if server.poll() is not None:
                raise SystemExit((work.parent / "server.log").read_text("utf-8")[-3000:])
            time.sleep(0.05)
        yield address
    finally:
        server.terminate()
        server.wait(timeout=30)


def open_notebook(page, address: str, name: str) -> None:
    """Open one notebook and wait for its kernel."""
    page.goto(f"{address}/lab/workspaces/bench/tree/{name}?reset")
    page.wait_for_function(READY, timeout=PATIENCE)


def start(browser, work: Path, chapter: str = "04_backpropagation.ipynb") -> dict[str, float]:
    """Seconds from the command until each step was done, and the server still running."""
    begin, done = time.perf_counter(), {}

    def note(step: str) -> None:
        done[step] = time.perf_counter() - begin

    with lab(work) as address:
        note("server answers")
        page = browser.new_page(viewport={"width": 1300, "height": 900})
        open_notebook(page, address, chapter)
        note("page and kernel ready")
        page.evaluate(RUN_ALL)
        page.wait_for_function(FIGURE, timeout=PATIENCE, polling=50)
        note("first figure drawn")
        page.wait_for_function(ANSWERS, timeout=PATIENCE, polling=50)
        note("its slider answers")
        page.close()
    return done


def figures_of_sweep(times: dict, milliseconds: float) -> dict[str, float]:
    """The four numbers of `TARGETS` from the times of inputs and pictures."""
    inputs, pictures = times["inputs"], times["pictures"]
    steps = [inputs[0], *pictures]
    return {
        "drawn": 100 * min(1.0, len(pictures) / len(inputs)),
        "gap": max((b - a for a, b in pairwise(steps)), default=float("inf")),
        "last": pictures[-1] - inputs[-1] if pictures else float("inf"),
        "rate": 1e3 * len(pictures) / max(milliseconds, steps[-1] - steps[0]),
    }


def sweep(page, address: str, work: Path, demo: str, repeats: int, events=80, milliseconds=2000) -> list[dict]:
    """The numbers of `repeats` sweeps over a slider of `demo`, alone in a notebook."""
    cell = nbformat.v4.new_code_cell(f"from course_lib.viz import demos\ndemos.{demo}()")
    name = f"bench_{demo}.ipynb"
    kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
    nbformat.write(nbformat.v4.new_notebook(cells=[cell], metadata={"kernelspec": kernel}), work / name)
    open_notebook(page, address, name)
    page.evaluate(RUN_ALL)
    page.wait_for_function(FIGURE, timeout=PATIENCE)
    page.wait_for_function(READY, timeout=PATIENCE)
    rows = []
    for _ in range(repeats + 1):
        times = page.evaluate(SWEEP, [events, milliseconds])
        if times is None:
            raise SystemExit(f"{demo}: no slider has {events + 1} positions; choose another demo.")
        rows.append(figures_of_sweep(times, milliseconds))
    return rows[1:]  # the first compiles what is not compiled yet


@contextmanager
def chromium() -> Iterator:
    from playwright.sync_api import sync_playwright

    program = next(filter(None, map(shutil.which, BROWSERS)), None)
    if program is None:
        raise SystemExit("No Chromium on the search path -> sudo apt install chromium")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=FLAGS)
        yield browser
        browser.close()


def main(arguments=None) -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("demos", nargs="*", help=f"names of demos with a slider of 81 positions; {', '.join(DEMOS)}")
    parser.add_argument("--repeats", type=int, default=7, help="sweeps a demo")
    options = parser.parse_args(arguments)
    good = True
    with chromium() as browser, tempfile.TemporaryDirectory(prefix="bench") as folder:
        work = Path(folder) / "work"
        steps = start(browser, work)
        print("Seconds from `course lab` on (target: its slider answers after "
              f"{START_TARGET:g} s with compiled kernels)")
        for step, seconds in steps.items():
            print(f"{seconds:8.1f}  {step}")
        good &= seconds <= START_TARGET
        print("\n80 input events in 2 s over 81 positions, inside the page: medians of the sweeps")
        print(f"{'demo':22}" + "".join(f"{heading:>24}" for heading, _, _ in TARGETS.values()))
        print(f"{'target':22}" + "".join(f"{('>= ' if more else '<= ') + format(target, 'g'):>24}"
                                         for _, target, more in TARGETS.values()))
        with lab(work) as address:
            page = browser.new_page(viewport={"width": 1300, "height": 900})
            for demo in options.demos or DEMOS:
                rows = sweep(page, address, work, demo, options.repeats)
                line = f"{demo:22}"
                for key, (_, target, more) in TARGETS.items():
                    value = statistics.median(row[key] for row in rows)
                    reached = value >= target if more else value <= target
                    good &= reached
                    line += f"{value:12.0f} {'' if reached else 'missed':>11}"
                print(line, flush=True)
    return 0 if good else 1


if __name__ == "__main__":
    raise SystemExit(main())
