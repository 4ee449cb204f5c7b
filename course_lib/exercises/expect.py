"""What is known of an exercise before anybody answers it: its inputs, and what reference and mistakes give on them."""

import io
from collections.abc import Callable, Sequence
from contextlib import redirect_stdout
from dataclasses import dataclass, replace
from functools import cached_property, lru_cache, partial

import numpy as np

from course_lib.exercises.collect import Outcome, collect
from course_lib.exercises.compare import in_form
from course_lib.exercises.contract import boundary
from course_lib.exercises.model import Exercise, Refused

#: time for one of our own answers on all instances; only a broken definition reaches it
OWN_SECONDS = 60.0


def seeded_instances(exercise: Exercise, seed: int = 0) -> tuple:
    """The inputs of one exercise; the same for everybody who has the same seed, those of the contract for all seeds."""
    public = drawn(exercise, 0)
    return (*(drawn(exercise, seed) if seed else public), *boundary(exercise, public))


def drawn(exercise: Exercise, seed: int) -> Sequence[tuple]:
    """The inputs of one exercise that a seed decides about, without those of the contract."""
    digits = [int(part) if part.isdigit() else ord(part[0]) for part in exercise.id.split(".")]
    return exercise.instances(np.random.default_rng([seed, *digits]))


@dataclass(frozen=True, eq=False)  # itself only: what follows from it is kept under it
class Expected:
    """Instances with the outcomes of the reference and of each mistake."""

    instances: tuple
    right: list[Outcome]
    run: dict[str, Callable[[], list[Outcome]]]  #: id of a mistake -> what gives its outcomes

    @cached_property
    def mistakes(self) -> dict[str, list[Outcome]]:
        """Run when they are first asked for: an answer that is right, or not written yet, is compared with none."""
        with np.errstate(divide="warn", over="warn", invalid="warn"):  # who judges, and asks, ignores them
            return {id: run() for id, run in self.run.items()}


def expect(exercise: Exercise, instances: tuple) -> Expected:
    """Run the reference on the instances, and the named mistakes where they are asked for.

    Raises
    ------
    RuntimeError
        When the reference gives no value: nobody's answer can be judged by it.
    """
    def outcomes(answer):
        return read(exercise, collect(exercise, answer, instances, OWN_SECONDS), instances)

    right = outcomes(exercise.reference)
    for outcome in right:
        if outcome.error or outcome.timed_out:
            why = f"{outcome.error}: {outcome.message}" if outcome.error else f"no value within {OWN_SECONDS:g} s"
            raise RuntimeError(f"the reference of exercise {exercise.id} fails: {why}")
    return Expected(instances, right, {mistake.id: partial(outcomes, mistake.answer) for mistake in exercise.mistakes})


def read(exercise: Exercise, outcomes: list[Outcome], instances: tuple) -> list[Outcome]:
    """The outcomes with `Exercise.read` applied; a value that it cannot read stays as it is, and is then wrong."""
    if exercise.read is None:
        return outcomes
    return [_read(exercise, outcome, instance) for outcome, instance in zip(outcomes, instances, strict=True)]


def _read(exercise: Exercise, outcome: Outcome, instance: tuple) -> Outcome:
    if outcome.error or outcome.timed_out or not outcome.attempted:
        return outcome
    said = io.StringIO()
    try:
        with redirect_stdout(said):
            value = exercise.read(outcome.value, *instance, *getattr(instance, "unseen", ()))
    except Refused as error:
        return replace(outcome, value=None, error="ValueError", message=str(error))
    except Exception:  # whatever a stranger's value leads to
        return outcome
    return replace(outcome, value=value, printed=outcome.printed + said.getvalue())


def understood(exercise: Exercise, outcome: Outcome, instance: tuple, want: Outcome) -> Outcome:
    """One outcome as it is compared: read, and in the form of what is wanted."""
    got, = read(exercise, [outcome], (instance,))
    value = in_form(got.value, want.value)
    return got if value is got.value else replace(got, value=value)


@lru_cache(maxsize=1024)
def expected(exercise: Exercise, seed: int = 0) -> Expected:
    """`expect` on seeded instances, computed once a process."""
    return expect(exercise, seeded_instances(exercise, seed))
