"""`course lab` and `course update`: JupyterLab on the student's own working copy."""

import argparse
import os
import subprocess
import sys
from pathlib import Path

from course_lib import _runtime, page
from course_lib.app import workcopy
from course_lib.files import replace_file

ROOT = Path(__file__).resolve().parents[2]
START = "00_start_here.ipynb"
#: Turns off JupyterLab's question about news, which would lie over the first screen, and names our websocket.
JUPYTER_CONFIG = Path(__file__).resolve().parent / "jupyter"


def work_folder() -> Path:
    """`$COURSE_WORK`, else `work/` in the clone, else (clone not writable) `course-work/` in the home folder."""
    named = os.environ.get("COURSE_WORK")
    if named:
        return Path(named).expanduser().resolve()
    return ROOT / "work" if os.access(ROOT, os.W_OK) else Path.home() / "course-work"


def chapter_file(chapter: str, work: Path) -> str:
    """The notebook of a chapter given as "4", "04" or a file name."""
    names = sorted(path.name for path in work.glob("[0-9][0-9]_*.ipynb"))
    found = [n for n in names if n == chapter or n.startswith(f"{chapter.zfill(2)}_") or n == f"{chapter}.ipynb"]
    if not found:
        raise SystemExit(f"No chapter is called {chapter!r}. There are: {', '.join(n[:-6] for n in names)}.")
    return found[0]


def compile_in_background() -> None:
    """Before the first start with these kernels: compile them beside the server, and say so."""
    if _runtime.jit_off_reason is not None or _runtime.warm_marker().exists():
        return
    if (how_far := _runtime.compiling()) is None:
        # A session of its own: the end of the server does not stop it half-way.
        command = [sys.executable, "-m", "course_lib.app.warm", "--background"]
        subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                         start_new_session=True, creationflags=getattr(subprocess, "BELOW_NORMAL_PRIORITY_CLASS", 0))
    print("The course's compiled parts are being made in the background"
          f"{f' ({how_far} done)' if how_far else ', once'}. Until then a first calculation of a kind takes some "
          "seconds longer.", flush=True)


def sheet_folder(work: Path) -> Path:
    """A hidden folder in the working copy with the course's style sheet, which JupyterLab loads with its own page.

    A notebook that JupyterLab does not trust, such as a downloaded one, loses the sheets in its outputs; its pictures
    would stay white in the dark theme.
    """
    folder = work / ".page"
    replace_file(folder / "custom.css", f"{page.CARD_RULES}{page.PICTURE_RULES}\n")
    return folder


def lab_main(argv: list[str]) -> int:
    """`course lab [CHAPTER] [JupyterLab options]`"""
    parser = argparse.ArgumentParser(prog="course lab", description=lab_main.__doc__)
    parser.add_argument("chapter", nargs="?", default=START, help="the chapter to open: 04 (default: the start page)")
    chosen, jupyter_options = parser.parse_known_args(argv)
    work = work_folder()
    print(*workcopy.prepare(ROOT, work), sep="\n", flush=True)
    notebook = chapter_file(chosen.chapter, work)
    compile_in_background()
    command = [
        sys.executable,
        "-m",
        "course_lib.app.server",
        str(work / notebook),
        f"--ServerApp.root_dir={work}",
        "--LabApp.custom_css=True",
        # The folder of JupyterLab's own sheet can be chosen in no other way.
        f"--ServerApp.tornado_settings={ {'static_custom_path': [str(sheet_folder(work))]} }",
        # Without it ipykernel warns at every start about its local connection.
        "--KernelManager.transport_encryption=auto",
        *jupyter_options,
    ]
    paths = [str(JUPYTER_CONFIG), os.environ.get("JUPYTER_CONFIG_PATH")]
    os.environ["JUPYTER_CONFIG_PATH"] = os.pathsep.join(filter(None, paths))
    if os.name == "nt":  # exec on Windows returns to the prompt while the server goes on
        return subprocess.run(command, cwd=work).returncode
    os.chdir(work)
    os.execv(sys.executable, command)


def update_main(argv: list[str]) -> int:
    """`course update [CHAPTER ...]`: newer chapters into the working copy; your answers are kept, with a backup."""
    parser = argparse.ArgumentParser(prog="course update", description=update_main.__doc__)
    parser.add_argument("chapters", nargs="*", help="04 05 ... (default: all in your working copy)")
    chapters = parser.parse_args(argv).chapters
    work = work_folder()
    names = [chapter_file(chapter, work) for chapter in chapters] or None
    print(*workcopy.update(ROOT, work, names), sep="\n")
    return 0
