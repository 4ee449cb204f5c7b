"""Nobody gets points for the inputs of `check` learned by heart: hidden inputs refuse every table of them."""

import itertools

import numpy as np
import pytest

from course_lib.exercises import registry
from course_lib.exercises.collect import collect
from course_lib.exercises.compare import matches
from course_lib.exercises.expect import expected, read, seeded_instances

SEEDS = range(1, 9)
#: What a table answers for an input that is not in it.
ELSEWHERE = ("zeros", "ones", "the same shape", "in turn")
#: They train a net on what they are given, or take nothing: there is no table of inputs. See `test_unseen.py`.
TRAINED = {"4.33", "8.12"}
FUNCTIONS = [e for e in registry.all_exercises() if callable(e.reference) and e.id not in TRAINED]


def key(value):
    """What a table knows an input by; of a function nothing."""
    if isinstance(value, np.ndarray):
        return value.shape, value.dtype.str, value.tobytes()
    if isinstance(value, tuple | list):
        return tuple(map(key, value))
    return "a function" if callable(value) else repr(value)


def shapes(value):
    if isinstance(value, tuple | list):
        return tuple(map(shapes, value))
    return value.shape if isinstance(value, np.ndarray) else type(value)


def filled(value, number):
    """A value of the same form, all of whose numbers are this one."""
    if isinstance(value, dict):
        return {name: filled(item, number) for name, item in value.items()}
    if isinstance(value, tuple | list):
        parts = [filled(item, number) for item in value]
        return type(value)(*parts) if hasattr(value, "_fields") else type(value)(parts)
    if isinstance(value, np.ndarray) and value.dtype.kind in "biufc":
        return np.full_like(value, number)
    return type(value)(number) if isinstance(value, bool | int | float | np.number | np.bool_) else value


class Learned:
    """The reference's results on the public inputs, which all tables of an exercise hold."""

    def __init__(self, exercise):
        self.reference, self.known, self.like, self.all, self.otherwise = exercise.reference, {}, {}, [], {}
        collect(exercise, self.noted, expected(exercise).instances, 60)

    def noted(self, *arguments):
        result = self.reference(*arguments)
        self.known[key(arguments)] = self.like[shapes(arguments)] = result
        self.all.append(result)
        return result

    def form(self, *arguments):
        """The reference's result on other inputs, of which only the form will be told; each is worked out once."""
        if any(map(callable, arguments)):
            return self.reference(*arguments)
        inputs = key(arguments)
        if inputs not in self.otherwise:
            self.otherwise[inputs] = self.reference(*arguments)
        return self.otherwise[inputs]


class Table:
    """What was learned, and one of the ways to answer elsewhere."""

    def __init__(self, learned, elsewhere):
        self.learned, self.elsewhere, self.turn = learned, elsewhere, itertools.cycle(learned.all)

    def __call__(self, *arguments):
        learned = self.learned
        if self.elsewhere == "in turn":
            return next(self.turn)
        if key(arguments) in learned.known and not any(map(callable, arguments)):
            return learned.known[key(arguments)]
        if self.elsewhere == "the same shape" and shapes(arguments) in learned.like:
            return learned.like[shapes(arguments)]
        return filled(learned.form(*arguments), self.elsewhere == "ones")


@pytest.mark.parametrize("exercise", FUNCTIONS, ids=lambda e: e.id)
def test_a_table_of_the_public_inputs_is_refused_by_every_hidden_seed(exercise):
    learned = Learned(exercise)
    for seed in SEEDS if exercise.seconds <= 2 else SEEDS[:5]:
        instances = seeded_instances(exercise, seed)
        right = read(exercise, collect(exercise, exercise.reference, instances, 60), instances)
        for elsewhere in ELSEWHERE:
            found = read(exercise, collect(exercise, Table(learned, elsewhere), instances, 60), instances)
            assert not matches(found, right, exercise), (seed, elsewhere)


def test_a_table_is_right_where_it_was_learned():
    """Else the test above would refuse for another reason."""
    exercise = registry.get("4.3")
    known, learned = expected(exercise), Learned(exercise)
    for elsewhere in ELSEWHERE:
        assert matches(collect(exercise, Table(learned, elsewhere), known.instances), known.right, exercise)
