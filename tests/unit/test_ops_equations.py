"""Each label of an equation stands in the table of `ops` or `models` and in exactly one docstring that defines it."""

import inspect
import re
from collections import Counter
from pathlib import Path

from course_lib import autodiff, gradcheck, models, ops

ROOT = Path(__file__).resolve().parents[2]
LABEL = re.compile(r"\((\d+\.\d+)\)")
#: A label closes the line of its equation.
DEFINITION = re.compile(r" {2,}\((\d+\.\d+)\)$", re.MULTILINE)


def test_table_and_docstrings_agree():
    defined = Counter()
    for room in (ops, models):
        for name in room.__all__:
            found = getattr(room, name)
            if inspect.isfunction(found) or inspect.isclass(found):
                defined.update(DEFINITION.findall(inspect.getdoc(found) or ""))
    for module in (gradcheck, autodiff):
        defined.update(DEFINITION.findall(inspect.getsource(module)))
    # (3.5), (3.8) share a line or carry words before the label; nothing is defined twice.
    assert {label for label, times in defined.items() if times > 1} == set()
    assert set(defined) | {"4.7"} == table()


def table():
    return set(LABEL.findall(ops.__doc__)) | set(LABEL.findall(models.__doc__))


def test_labels_count_up_in_the_text_and_hold_those_of_the_library():
    shown = []
    for source in sorted((ROOT / "solutions").glob("[0-9][0-9]_*.py")):
        labels = re.findall(r"\\tag\{([^}]+)\}", source.read_text(encoding="utf-8"))
        assert labels == [f"{int(source.name[:2])}.{n}" for n in range(1, len(labels) + 1)]
        shown += labels
    assert table() <= set(shown)


def test_every_public_function_is_documented():
    for room in (ops, models):
        for name in room.__all__:
            assert inspect.getdoc(getattr(room, name)), name
