"""What may enter the sandbox: adapters without a known answer, and the library's functions under their names."""

import ast
import importlib

import pytest

from course_lib.exercises import adapters, registry
from course_lib.exercises.collect import collect
from course_lib.exercises.expect import expected
from course_lib.exercises.judge import judge

WITH_LIBRARY = [exercise for exercise in registry.all_exercises() if exercise.library]


@pytest.mark.parametrize("exercise", WITH_LIBRARY, ids=lambda exercise: exercise.id)
def test_the_named_library_function_passes_the_exercises_own_check(exercise):
    module, _, name = exercise.library.rpartition(".")
    answer = getattr(importlib.import_module(module), name)
    answer = exercise.from_library(answer) if exercise.from_library else answer
    known = expected(exercise)
    collect(exercise, answer, known.instances, 60)  # its kernels are compiled by now
    assert judge(exercise, collect(exercise, answer, known.instances), known).status == "right"


def test_every_library_function_that_students_write_is_named():
    titles = {e.title for e in registry.all_exercises() if callable(e.reference) and not e.library}
    from course_lib import ops

    assert titles & set(ops.__all__) == {"error_split"}  # the exercise asks for more than the function gives


@pytest.mark.parametrize("exercise", registry.all_exercises(), ids=lambda exercise: exercise.id)
def test_adapters_are_found_by_their_dotted_names(exercise):
    works = callable(exercise.reference) and not exercise.versions  # versions, and what asks them, stay outside
    functions = [exercise.from_library, exercise.call if works else None]
    assert all(adapters.named(adapters.name_of(function)) is function for function in functions)
    assert exercise.library or exercise.from_library is None


@pytest.mark.parametrize("name", [
    "course_lib.ops.sigmoid",
    "course_lib.chapters.ch04_backpropagation.exercises.calls.affine_forward",
    "course_lib.chapters.ch04_backpropagation.experiments.calls",
    "course_lib.chapters.ch04_backpropagation.calls._hidden",
    "course_lib.chapters.ch04_backpropagation.calls.np.load",
    "course_lib.chapters.ch04_backpropagation.calls.affine_forward\n",
    "os.system",
])
def test_a_name_outside_of_calls_is_refused(name):
    with pytest.raises(ValueError, match="is no adapter: expected a function in"):
        adapters.named(name)


@pytest.mark.parametrize("function", [lambda answer, x: answer(x), adapters.name_of, len])
def test_a_function_outside_of_calls_is_refused(function):
    with pytest.raises(ValueError, match="is no adapter"):
        adapters.name_of(function)


@pytest.mark.parametrize("name", [
    "course_lib.chapters.ch04_backpropagation.calls.no_such",
    "course_lib.chapters.ch99_nowhere.calls.affine_forward",
    "course_lib.chapters.ch04_backpropagation.calls.np",  # a module, no function
])
def test_a_missing_adapter_is_said(name):
    with pytest.raises(LookupError, match="there is no adapter"):
        adapters.named(name)


@pytest.mark.parametrize("path", sorted(registry.FOLDER.glob("*/calls.py")), ids=lambda path: path.parent.name)
def test_adapters_know_nothing_that_is_right(path):
    text = path.read_text(encoding="utf-8")
    imported = {alias.name for node in ast.walk(ast.parse(text)) if isinstance(node, ast.Import)
                for alias in node.names}
    imported |= {f"{node.module}.{alias.name}" for node in ast.walk(ast.parse(text)) if isinstance(node, ast.ImportFrom)
                 for alias in node.names}
    # rooms that enter the sandbox themselves
    assert imported <= {"dataclasses.fields", "inspect", "io", "math", "numpy", "sys", "course_lib.convnet.net.as_net",
                        "course_lib.datasets", "course_lib.nn", "course_lib.ops", "course_lib.nn.architectures"}
    assert "Mistake" not in text and "reference" not in text


def test_a_tuple_for_a_number_is_said():
    exercise = registry.get("4.11")
    known = expected(exercise)
    verdict = judge(exercise, collect(exercise, lambda logits, y: (1.0, logits), known.instances), known)
    assert verdict.status == "kind" and "a tuple with 2 entries, expected a number" in verdict.message
