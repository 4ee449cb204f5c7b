"""From chapter sources to notebooks: build, comparison with the source, style.

`solutions/NN_topic.py` is the only chapter file edited by hand. `build` writes `notebooks/NN_topic.ipynb` (students)
and `solutions/NN_topic.ipynb` (executed, for instructors); `check` says what differs from its source without
running anything.
"""

import argparse
import sys
from pathlib import Path

import nbformat
from nbclient.exceptions import CellExecutionError

from course_lib.authoring import environment, execute, notebook, personal, style
from course_lib.authoring.percent import SourceError
from course_lib.files import replace_file

ROOT = Path(__file__).resolve().parents[2]


def build(chapters=None, execute=True, root: Path = ROOT) -> list[str]:
    """Write the notebooks of `chapters` (numbers; default all).

    Parameters
    ----------
    chapters : sequence of str or int, optional
        "03", 4, ...
    execute : bool
        Also run the solution notebook and write it with its outputs.
    root : Path
        The project.

    Returns
    -------
    list of str
        What was written, one line each.

    Raises
    ------
    SourceError
        A source cannot be read, a cell fails, or an output would differ next time.
    """
    lines = [f"wrote {path.relative_to(root)}" for path in environment.build(root)] if chapters is None else []
    for chapter in notebook.chapters(root, chapters):
        lines.append(_write(chapter.student, notebook.to_text(notebook.student(chapter)), root))
        if execute:
            solved = _executed(chapter, root)
            lines.append(_write(chapter.solution, notebook.to_text(solved), root))
            lines += _not_right(chapter, solved)
    return lines


def _executed(chapter: notebook.Chapter, root: Path):
    try:
        solved = execute.execute(notebook.solution(chapter), root)
    except CellExecutionError as error:
        raise execute.failure(error, chapter.name) from None
    changing = execute.volatile(solved)
    if changing:
        raise SourceError(f"{chapter.name}: " + "; ".join(changing))
    if chapter.solution.exists():
        execute.keep_measured(solved, nbformat.read(chapter.solution, as_version=nbformat.NO_CONVERT))
    return solved


def _not_right(chapter, solved) -> list[str]:
    found = execute.verdicts(solved)
    return [
        f"WARNING {chapter.name}: exercise {id} is {found.get(id, 'without a verdict')!r} in the solution notebook"
        for id in notebook.exercises(chapter.number)
        if found.get(id) != "right"
    ]


def _write(path: Path, text: str, root: Path) -> str:
    return f"{'wrote' if replace_file(path, text) else 'same '} {path.relative_to(root)}"


def check(chapters=None, execute=False, root: Path = ROOT) -> list[str]:
    """What differs between generated files and their sources, one line each; empty when all is well.

    Student notebooks are compared byte by byte. Of solution notebooks the cells and the hash of the source are
    compared, so nothing runs; with `execute=True` they are run again and compared byte by byte too.
    """
    lines = [f"{path.relative_to(root)} differs from pyproject.toml" for path in environment.outdated(root)]
    lines = lines if chapters is None else []
    expected = set()
    for chapter in notebook.chapters(root, chapters):
        expected |= {chapter.student, chapter.solution}
        lines += _stale_student(chapter, root)
        lines += _stale_solution(chapter, root, execute)
    if chapters is None:
        found = {path for folder in ("notebooks", "solutions") for path in (root / folder).glob("*.ipynb")}
        lines += [f"{path.relative_to(root)} has no source" for path in sorted(found - expected)]
    return lines


def _stale_student(chapter, root) -> list[str]:
    wanted = notebook.to_text(notebook.student(chapter)).encode()
    if chapter.student.exists() and chapter.student.read_bytes() == wanted:
        return []
    return [f"{chapter.student.relative_to(root)} differs from {chapter.source.name}: run `course build`"]


def _stale_solution(chapter, root, run) -> list[str]:
    name = chapter.solution.relative_to(root)
    if not chapter.solution.exists():
        return [f"{name} is missing: run `course build`"]
    have = nbformat.read(chapter.solution, as_version=nbformat.NO_CONVERT)
    wanted = notebook.solution(chapter)
    if _unexecuted(have) != _unexecuted(wanted):
        return [f"{name} differs from {chapter.source.name}: run `course build`"]
    if run and chapter.solution.read_bytes() != notebook.to_text(_executed(chapter, root)).encode():
        return [f"{name} has other outputs than a new run"]
    return []


def _unexecuted(nb) -> tuple:
    """What of a solution notebook follows from its source alone."""
    cells = [(cell.id, cell.cell_type, cell.source, cell.metadata) for cell in nb.cells]
    return nb.metadata.get("course"), cells


def check_style(chapters=None, root: Path = ROOT) -> list[str]:
    """Departures from the manner of the chapters, one line each; lines that begin with 'note' only inform."""
    return [line for chapter in notebook.chapters(root, chapters) for line in style.findings(chapter)]


def main(argv: list[str] | None = None) -> int:
    """`course build [CHAPTER ...]`: notebooks from sources. `--check` only compares, `--style` only reads.

    `--student ROSTER --out DIR` writes notebooks with other numbers for each student, to be handed out.
    """
    parser = argparse.ArgumentParser(prog="course build", description=main.__doc__)
    parser.add_argument("chapters", nargs="*", help="03 04 ... (default: all)")
    parser.add_argument("--check", action="store_true", help="write nothing; fail when a file is not up to date")
    parser.add_argument("--style", action="store_true", help="write nothing; report departures from the style")
    how = parser.add_mutually_exclusive_group()
    how.add_argument("--no-execute", action="store_true", help="write the student notebooks only")
    how.add_argument("--execute", action="store_true", help="with --check: run the solution notebooks and compare")
    own = parser.add_argument_group("everybody's own numbers")
    own.add_argument("--student", type=Path, metavar="ROSTER", help="CSV with student_id and name: a folder for each")
    own.add_argument("--out", type=Path, metavar="DIR", help="where these folders go")
    own.add_argument("--key", type=Path, metavar="FILE", help="the course key; made when missing (default: course.key "
                     "beside ROSTER). Never hand it out")
    options = parser.parse_args(argv)
    if bool(options.student) != bool(options.out) or (options.key and not options.student):
        parser.error("--student ROSTER and --out DIR belong together; --key FILE goes with them")
    chosen = options.chapters or None
    try:
        if options.student:
            lines, failed = personal.build(options.student, options.out, options.key, chosen, root=ROOT), []
        elif options.style:
            lines = check_style(chosen)
            failed = [line for line in lines if not line.startswith("note")]
        elif options.check:
            lines = failed = check(chosen, execute=options.execute)
        else:
            lines, failed = build(chosen, execute=not options.no_execute), []
    except SourceError as error:
        lines = failed = [str(error)]
    print(*(lines or ["all generated files match their sources" if options.check else "nothing to report"]), sep="\n")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
