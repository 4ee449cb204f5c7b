"""Each label of an equation stands in one docstring, closes the line of its equation, and is a label of the text."""

import importlib
import inspect
import re
from pathlib import Path

from course_lib import autodiff, gradcheck, models, ops

ROOT = Path(__file__).resolve().parents[2]
ROOMS = ops, models, gradcheck, autodiff
LABEL = re.compile(r"\((\d+\.\d+)\)")


def test_a_label_is_found_and_defined_once():
    found = ops.equations(*ROOMS)
    assert {label: names for label, names in found.items() if len(names) > 1} == {}
    assert found["1.12"] == ["numerical_jacobian"] and found["2.44"] == ["SoftmaxRegression"]
    assert ops.equations()["4.7"] == ["mlp_backward"] and "2.44" not in ops.equations()
    assert list(found)[:2] == ["1.1", "1.2"] and list(found).index("4.9") < list(found).index("4.10")


def test_every_label_that_the_library_mentions_is_defined():
    mentioned = {label for source in (ROOT / "course_lib").glob("*/*.py") if source.parent.name in ("ops", "models")
                 for label in LABEL.findall(source.read_text(encoding="utf-8"))}
    assert mentioned and mentioned <= set(ops.equations(*ROOMS))


def test_labels_count_up_in_the_text_and_hold_those_of_the_library():
    shown = []
    for source in sorted((ROOT / "solutions").glob("[0-9][0-9]_*.py")):
        labels = re.findall(r"\\tag\{([^}]+)\}", source.read_text(encoding="utf-8"))
        assert labels == [f"{int(source.name[:2])}.{n}" for n in range(1, len(labels) + 1)]
        shown += labels
    assert set(ops.equations(*ROOMS)) <= set(shown)


def test_every_public_function_is_documented():
    for room in (ops, models):
        for name in room.__all__:
            assert inspect.getdoc(getattr(room, name)), name


def test_every_module_is_offered():
    for file in Path(ops.__file__).parent.glob("[a-z]*.py"):
        module = importlib.import_module(f"course_lib.ops.{file.stem}")
        assert set(module.__all__) <= set(ops.__all__), f"ops/__init__.py does not offer {file.name}"


def test_no_name_is_offered_by_two_modules():
    assert len(ops.__all__) == len(set(ops.__all__))
