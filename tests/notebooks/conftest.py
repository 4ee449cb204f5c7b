"""Chapters run in kernels of their own, as in JupyterLab but without a browser."""

from pathlib import Path

import nbformat
import pytest

from course_lib.authoring import notebook

ROOT = Path(__file__).resolve().parents[2]
CHAPTERS = notebook.chapters(ROOT)
#: seconds of processor time a chapter may take, kernel start included
BUDGET = 60


def pytest_generate_tests(metafunc):
    if "chapter" in metafunc.fixturenames:
        # the tests of one notebook share a kernel: they go to one worker
        def group(chapter):
            return pytest.mark.xdist_group(f"{metafunc.module.__name__} {chapter.name}")

        groups = [pytest.param(chapter, id=chapter.name, marks=group(chapter)) for chapter in CHAPTERS]
        metafunc.parametrize("chapter", groups, scope="module")


def read(path):
    return nbformat.read(path, as_version=4)


def ask(client, code):
    """Run one more cell in the kernel of an executed notebook; returns its outputs."""
    cell = nbformat.v4.new_code_cell(code)
    client.nb.cells.append(cell)
    client.execute_cell(cell, len(client.nb.cells) - 1)
    return cell.outputs
