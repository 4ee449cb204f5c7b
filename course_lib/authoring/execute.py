"""Run a notebook in a kernel of its own and keep only the outputs that are the same every time."""

import base64
import contextlib
import io
import os
import re
import tempfile
from pathlib import Path

import nbclient
from jupyter_client import AsyncKernelManager
from nbformat import NotebookNode
from nbformat.v4 import new_output
from PIL import Image
from PIL.PngImagePlugin import PngInfo

from course_lib.authoring.percent import SourceError
from course_lib.viz import style

WIDGET = "application/vnd.jupyter.widget-view+json"
#: `VBox(children=(...))`: what a bare widget leaves where no kernel runs
MODEL = re.compile(r"(\w+\(.*\))?$", re.DOTALL)
#: what differs from machine to machine or from run to run: object ids, temporary and home folders
VOLATILE = re.compile(r"\b0x[0-9a-f]{6,}\b|/tmp/|/home/\w|/root/|\b[0-9a-f]{32}\b")
#: a picture inside HTML, whose letters mean nothing
PICTURE = re.compile(r"base64,([\w+/=]+)")
#: by what a live page finds the question of a prediction
QUESTION = re.compile(r"course-predict course-predict-[0-9a-f]{32}")
#: `4.3 affine_forward: right (2 points)`, the one line of a verdict
VERDICT = re.compile(r"^(\d+\.\d+) .*: ([a-z][a-z ]*)")


@contextlib.contextmanager
def running(notebook: NotebookNode, root: Path, timeout: int = 600):
    """An nbclient whose kernel runs: IPC transport, empty working folder, progress kept out of the real file."""
    with tempfile.TemporaryDirectory(prefix="nb", dir=_short_folder()) as folder:
        work = Path(folder) / "work"
        work.mkdir()
        client = nbclient.NotebookClient(
            notebook,
            km=AsyncKernelManager(kernel_name="python3", transport="ipc", connection_file=f"{folder}/k.json"),
            timeout=timeout,
            resources={"metadata": {"path": str(work)}},
            record_timing=False,
            shutdown_kernel="immediate",
        )
        with client.setup_kernel(env=_environment(root, work), cleanup_kc=True):
            yield client


def _short_folder() -> str | None:
    """A socket's path has room for about 100 characters, and temporary folders of macOS take half of that."""
    return "/tmp" if os.path.isdir("/tmp") and os.access("/tmp", os.W_OK) else None


def _environment(root: Path, work: Path) -> dict[str, str]:
    paths = [str(root), os.environ.get("PYTHONPATH", "")]
    return {
        **os.environ,
        "COURSE_PROGRESS": str(work / "progress.json"),
        "PYTHONPATH": os.pathsep.join(path for path in paths if path),
        "PYTHONHASHSEED": "0",
        # the debugger's warning about frozen modules would be an output
        "PYDEVD_DISABLE_FILE_VALIDATION": "1",
    }


def execute(notebook: NotebookNode, root: Path, timeout: int = 600) -> NotebookNode:
    """Run all cells of `notebook` in place and clean its outputs; raises when a cell fails."""
    with running(notebook, root, timeout) as client:
        client.execute()
    for cell in notebook.cells:
        cell.metadata.pop("execution", None)
        if cell.cell_type == "code":
            cell.outputs = [] if "volatile" in cell.metadata.get("tags", ()) else clean(cell.outputs)
    notebook.metadata.pop("widgets", None)
    notebook.metadata["language_info"] = {"name": "python"}
    return notebook


def _packed(png: bytes) -> str:
    """A picture as text, in the fewest bytes and without the comment by which a live page would find it.

    That comment is another in every run.
    """
    file = io.BytesIO()
    with Image.open(io.BytesIO(png)) as opened:
        opened.save(file, "PNG", pnginfo=PngInfo(), optimize=True)
    return base64.b64encode(file.getvalue()).decode()


def clean(outputs: list[NotebookNode]) -> list[NotebookNode]:
    """Outputs without widget models, pictures small; text printed in pieces is joined."""
    kept: list[NotebookNode] = []
    for output in outputs:
        if output.output_type == "stream":
            if kept and kept[-1].output_type == "stream" and kept[-1].name == output.name:
                kept[-1].text += output.text
            else:
                kept.append(new_output("stream", name=output.name, text=output.text))
            continue
        if "data" in output:
            data = dict(output.data)
            if WIDGET in data:
                del data[WIDGET]
                if set(data) <= {"text/plain"} and MODEL.match(data.get("text/plain", "")):
                    continue
            if "text/html" in data:
                html = QUESTION.sub("course-predict", data["text/html"])
                data["text/html"] = PICTURE.sub(lambda found: f"base64,{_packed(base64.b64decode(found[1]))}", html)
            if "image/png" in data:
                data["image/png"] = _packed(style.small(base64.b64decode(data["image/png"])))
            output.data = NotebookNode(data)
        kept.append(output)
    return kept


def keep_measured(notebook: NotebookNode, before: NotebookNode) -> None:
    """Give cells tagged "measured" the outputs they had before, unless one of them has changed.

    Times differ in every run, and a build is to change nothing where no source has changed. All or none, because one
    cell may print what the next one plots.
    """
    new, old = ([cell for cell in nb.cells if "measured" in cell.metadata.get("tags", ())] for nb in (notebook, before))
    if [cell.source for cell in new] == [cell.source for cell in old]:
        for cell, same in zip(new, old, strict=True):
            cell.outputs = same.outputs


def output_texts(cell: NotebookNode):
    """All texts in the outputs of a code cell."""
    for output in cell.get("outputs", ()):
        if output.output_type == "stream":
            yield output.text
        for kind, value in output.get("data", {}).items():
            if kind.startswith("text/"):
                yield "".join(value)


def volatile(notebook: NotebookNode) -> list[str]:
    """Outputs that would differ next time, one message each."""
    found = []
    for cell in notebook.cells:
        for text in output_texts(cell):
            match = VOLATILE.search(PICTURE.sub("", text))
            if match:
                first = cell.source.splitlines()[0] if cell.source else ""
                found.append(f"the output of cell {first!r} holds {match[0]!r}, which changes: tag the cell 'volatile'")
    return found


def verdicts(notebook: NotebookNode) -> dict[str, str]:
    """Status of every exercise checked in an executed notebook: {"4.3": "right"}."""
    found = {}
    for cell in notebook.cells:
        if cell.cell_type != "code" or "check(" not in cell.source:
            continue
        for output in cell.outputs:
            match = VERDICT.match("".join(output.get("data", {}).get("text/plain", "")))
            if match:
                found[match[1]] = match[2].strip()
    return found


def failure(error: nbclient.exceptions.CellExecutionError, chapter: str) -> SourceError:
    """A short message from nbclient's long one."""
    text = re.sub(r"\x1b\[[0-9;]*m", "", str(error))
    return SourceError(f"{chapter}: a cell failed\n{text[-3000:]}")
