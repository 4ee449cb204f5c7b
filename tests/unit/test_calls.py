"""What may enter the sandbox: adapters without a known answer, and the library's functions under their names."""

import importlib
import inspect

import pytest

from course_lib.exercises import calls, registry
from course_lib.exercises.collect import collect
from course_lib.exercises.expect import expected
from course_lib.exercises.judge import judge

WITH_LIBRARY = [exercise for exercise in registry.all_exercises() if exercise.library]


@pytest.mark.parametrize("exercise", WITH_LIBRARY, ids=lambda exercise: exercise.id)
def test_the_named_library_function_passes_the_exercises_own_check(exercise):
    module, _, name = exercise.library.rpartition(".")
    answer = getattr(importlib.import_module(module), name)
    answer = calls.FROM_LIBRARY.get(exercise.id, lambda function: function)(answer)
    known = expected(exercise)
    assert judge(exercise, collect(exercise, answer, known.instances), known).status == "right"


def test_every_library_function_that_students_write_is_named():
    titles = {e.title for e in registry.all_exercises() if callable(e.reference) and not e.library}
    from course_lib import ops

    assert titles & set(ops.__all__) == {"error_split"}  # the exercise asks for more than the function gives


def test_adapters_of_functions_live_in_calls_and_nowhere_else():
    for exercise in registry.all_exercises():
        if callable(exercise.reference):
            assert exercise.call is calls.CALLS.get(exercise.id), exercise.id


def test_adapters_import_no_definition():
    text = inspect.getsource(calls)
    assert "exercises.ch" not in text and "Mistake" not in text and "reference" not in text.split('"""', 2)[2]


def test_a_tuple_for_a_number_is_said():
    exercise = registry.get("4.11")
    known = expected(exercise)
    verdict = judge(exercise, collect(exercise, lambda logits, y: (1.0, logits), known.instances), known)
    assert verdict.status == "kind" and "a tuple with 2 entries, expected a number" in verdict.message
