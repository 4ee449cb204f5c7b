"""A named mistake that does no harm on some inputs, as the answer is written, and on all others gives what came."""

from course_lib.exercises.compare import same_outcome
from course_lib.exercises.diagnoses.evidence import Evidence, Finding, leaves
from course_lib.exercises.diagnoses.labelled import are_alike_by_chance, without_praise
from course_lib.exercises.diagnoses.telling import is_constant, tells
from course_lib.exercises.model import Mistake

FEWEST = 2  #: plain inputs on which the answer is wrong
MOST_RIGHT = 1  #: plain inputs on which it is right where the mistake is not: with more of them it is made in part only


def mistake_where_wrong(seen: Evidence) -> Finding | None:
    """The one mistake that gives what came on every input on which the answer is wrong."""
    exercise, known = seen.exercise, seen.known
    wrong = {k for k, got in enumerate(seen.outcomes) if not same_outcome(got, known.right[k], exercise)}
    came = [part for k in wrong for part in leaves(seen.outcomes[k].value)]
    if not seen.has_values or len(wrong & {*seen.plain}) < FEWEST or not tells(came) or is_constant(came):
        return None
    found = [mistake for mistake in exercise.mistakes
             if mistake.id != exercise.untouched and _is_made(seen, mistake, wrong)]
    if len(found) != 1 or are_alike_by_chance(seen, found[0], wrong):
        return None
    return Finding("mistake", without_praise(found[0].say), found[0].id)


def _is_made(seen: Evidence, mistake: Mistake, wrong: set[int]) -> bool:
    """Whether it gives the same wherever the answer is wrong, and is hardly ever wrong itself where that is right."""
    exercise, pattern = seen.exercise, seen.known.mistakes[mistake.id]
    if not all(same_outcome(seen.outcomes[k], pattern[k], exercise) for k in wrong):
        return False
    harmless = [k for k in {*seen.plain} - wrong if not same_outcome(pattern[k], seen.known.right[k], exercise)]
    modes = set().union(*(_modes(seen.known.instances[k]) for k in wrong))
    return len(harmless) <= MOST_RIGHT and all(_modes(seen.known.instances[k]) <= modes for k in harmless)


def _modes(instance: tuple) -> set[tuple[int, str | bool]]:
    """The texts and truth values among the arguments: in another mode nothing is known of a slip."""
    return {(k, value) for k, value in enumerate(instance) if isinstance(value, str | bool)}
