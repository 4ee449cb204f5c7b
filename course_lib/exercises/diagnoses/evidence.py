"""What a diagnosis looks at, and what it gives."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, NamedTuple

from course_lib.exercises.collect import Outcome
from course_lib.exercises.compare import same_outcome
from course_lib.exercises.diagnoses.altered import QUICK
from course_lib.exercises.diagnoses.words import described_instance
from course_lib.exercises.expect import Expected
from course_lib.exercises.model import Exercise


@dataclass(frozen=True)
class Evidence:
    """The outcomes of a wrong answer beside those that are known."""

    exercise: Exercise
    outcomes: list[Outcome]
    known: Expected
    first: int  #: the smallest instance on which the answer is wrong
    #: (further instances, seconds) -> outcomes of the same answer
    again: Callable[[tuple, float], list[Outcome]] | None = None

    @property
    def got(self) -> Outcome:
        """What came, on the first instance that differs."""
        return self.outcomes[self.first]

    @property
    def want(self) -> Outcome:
        """What is right there."""
        return self.known.right[self.first]

    @property
    def instance(self) -> tuple:
        """The arguments there."""
        return self.known.instances[self.first]

    @property
    def where(self) -> str:
        """The arguments there, in words; without its label where inputs that have none are wrong as well."""
        labelled = getattr(self.instance, "label", "") and sum(
            not same_outcome(self.outcomes[k], self.known.right[k], self.exercise) for k in self.plain) > 1
        return described_instance(self.exercise, tuple(self.instance) if labelled else self.instance)

    @property
    def plain(self) -> list[int]:
        """The numbers of the instances without a label."""
        return [k for k, instance in enumerate(self.known.instances) if not getattr(instance, "label", "")]

    @property
    def can_be_tried(self) -> bool:
        """Whether the answer can be run on further inputs, and the exercise is one where that takes no time."""
        return self.again is not None and self.exercise.seconds <= QUICK and callable(self.exercise.reference)

    @property
    def has_values(self) -> bool:
        """Whether every instance gave a value, and left its arguments alone."""
        return not any(outcome.error or outcome.timed_out or outcome.changed for outcome in self.outcomes)

    def parts(self) -> list[tuple[str, Any, Any]]:
        """(name, got, want) of each output on the first instance that differs, in order of computation.

        Only where the structure fits.
        """
        got, want = parts_of(self.exercise, self.got.value), parts_of(self.exercise, self.want.value)
        return [(*got[k], want[k][1]) for k in self.exercise.order_of(len(want))]


class Finding(NamedTuple):
    """What a diagnosis has to say."""

    status: str  #: one of `verdict.STATUS`
    message: str
    mistake: str = ""  #: id of the named mistake
    picture: str = ""  #: HTML of a counter-example
    pointer: str = ""  #: what is stored for the first wrong one of several entries


def leaves(value: Any) -> Iterator:
    """What lists, tuples and dicts hold, however deep, in their order."""
    if isinstance(value, list | tuple | dict):
        for part in value.values() if isinstance(value, dict) else value:
            yield from leaves(part)
    else:
        yield value


def parts_of(exercise: Exercise, value: Any) -> list[tuple[str, Any]]:
    """The outputs with their names; one nameless output for a single value."""
    if isinstance(value, dict):
        return list(value.items())
    if isinstance(value, tuple | list):
        names = exercise.outputs
        return [(names[k] if k < len(names) else f"output {k + 1}", part) for k, part in enumerate(value)]
    return [("", value)]
