"""Each label of an equation stands in the table of `ops` and in exactly one docstring that defines it."""

import inspect
import re
from collections import Counter

from course_lib import autodiff, gradcheck, ops

LABEL = re.compile(r"\((\d+\.\d+)\)")
#: A label closes the line of its equation.
DEFINITION = re.compile(r" {2,}\((\d+\.\d+)\)$", re.MULTILINE)


def test_table_and_docstrings_agree():
    defined = Counter()
    for name in ops.__all__:
        function = getattr(ops, name)
        if inspect.isfunction(function):
            defined.update(DEFINITION.findall(inspect.getdoc(function) or ""))
    for module in (gradcheck, autodiff):
        defined.update(DEFINITION.findall(inspect.getsource(module)))
    # (3.5), (3.8) share a line or carry words before the label; nothing is defined twice.
    assert {label for label, times in defined.items() if times > 1} == set()
    assert set(defined) | {"4.6"} == set(LABEL.findall(ops.__doc__))


def test_labels_have_no_gap():
    numbers = sorted(tuple(map(int, label.split("."))) for label in set(LABEL.findall(ops.__doc__)))
    assert numbers == [(3, n) for n in range(1, 10)] + [(4, n) for n in range(1, 57)]


def test_every_public_function_is_documented():
    for name in ops.__all__:
        assert inspect.getdoc(getattr(ops, name)), name
