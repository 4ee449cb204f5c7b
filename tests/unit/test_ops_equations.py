"""Each label of an equation stands in the table of `ops` or `models` and in exactly one docstring that defines it."""

import inspect
import re
from collections import Counter

from course_lib import autodiff, gradcheck, models, ops

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
    assert set(defined) | {"4.6"} == table()


def table():
    return set(LABEL.findall(ops.__doc__)) | set(LABEL.findall(models.__doc__))


def test_labels_have_no_gap():
    numbers = sorted(tuple(map(int, label.split("."))) for label in table())
    last = {1: 21, 2: 44, 3: 9, 4: 56}
    assert numbers == [(chapter, n) for chapter in last for n in range(1, last[chapter] + 1)]


def test_every_public_function_is_documented():
    for room in (ops, models):
        for name in room.__all__:
            assert inspect.getdoc(getattr(room, name)), name
