"""The trusted side of a check: compare what came back with what is right, and say what is wrong with it."""

from collections.abc import Callable

import numpy as np

from course_lib.exercises.collect import Outcome
from course_lib.exercises.compare import matches, same_outcome
from course_lib.exercises.diagnoses.arguments import other_arguments
from course_lib.exercises.diagnoses.changed import changed_arguments
from course_lib.exercises.diagnoses.difference import largest_difference
from course_lib.exercises.diagnoses.entries import which_entries
from course_lib.exercises.diagnoses.evidence import Evidence, Finding
from course_lib.exercises.diagnoses.exchanged import exchanged_results
from course_lib.exercises.diagnoses.factor import off_by_a_factor
from course_lib.exercises.diagnoses.failed import no_value
from course_lib.exercises.diagnoses.finite import not_finite
from course_lib.exercises.diagnoses.instances import where_wrong
from course_lib.exercises.diagnoses.kind import dtype_message, list_remark, wrong_part, wrong_structure
from course_lib.exercises.diagnoses.labelled import mistake_for_one_text, mistake_on_plain_inputs
from course_lib.exercises.diagnoses.mistakes import mistake_in_one_output, named_mistake
from course_lib.exercises.diagnoses.outputs import which_right
from course_lib.exercises.diagnoses.pairs import two_mistakes
from course_lib.exercises.diagnoses.partly import mistake_where_wrong
from course_lib.exercises.diagnoses.properties import lost_property
from course_lib.exercises.diagnoses.relations import relation
from course_lib.exercises.diagnoses.repeated import not_repeated
from course_lib.exercises.diagnoses.response import response
from course_lib.exercises.diagnoses.rows import other_rows
from course_lib.exercises.diagnoses.several import are_statements, count, several_entries, wrong_entries
from course_lib.exercises.diagnoses.solved import other_numbers
from course_lib.exercises.diagnoses.warned import warning_remark
from course_lib.exercises.diagnoses.words import input_code
from course_lib.exercises.expect import Expected, read, understood
from course_lib.exercises.model import Exercise
from course_lib.exercises.verdict import Verdict
from course_lib.exercises.written_tests import judge_test

#: The first that has something to say is heard. A name comes before "not finite" or "wrong shape" because it says more;
#: what stands below `no_value` may take for granted that there is a value, below `wrong_structure` that it has parts.
ORDER = (
    named_mistake,
    mistake_on_plain_inputs,
    mistake_for_one_text,
    exchanged_results,
    mistake_where_wrong,
    mistake_in_one_output,
    other_numbers,
    no_value,
    changed_arguments,
    wrong_structure,
    several_entries,
    not_repeated,
    two_mistakes,
    off_by_a_factor,
    relation,
    wrong_part,
    not_finite,
    other_arguments,
    response,
    other_rows,
    lost_property,
    largest_difference,
)

#: these do not say by themselves which entries are wrong
UNEXPLAINED = ("other_arguments", "response", "lost_property", "largest_difference")


@np.errstate(all="ignore")  # what came may be near to the largest number there is
def judge(exercise: Exercise, outcomes: list[Outcome], known: Expected,
          again: Callable[[tuple, float], list[Outcome]] | None = None) -> Verdict:
    """The verdict on the outcomes of one answer: not attempted, right, or what the diagnoses find.

    Parameters
    ----------
    again : callable
        (instances, seconds) -> outcomes of the same answer, for diagnoses that try further inputs; without it they
        are silent.
    """
    if not all(outcome.attempted for outcome in outcomes):
        return Verdict.on(exercise, "not attempted", "The answer is still to be written.", outcomes)
    if exercise.versions is not None:
        return judge_test(exercise, outcomes[0], *known.instances[0])
    came = outcomes
    outcomes = [understood(exercise, *each) for each in zip(came, known.instances, known.right, strict=True)]
    if matches(outcomes, known.right, exercise):
        for got, want in zip(outcomes, known.right, strict=True):
            wrong_dtype = dtype_message(exercise, got.value, want.value)
            if wrong_dtype:
                return Verdict.on(exercise, "kind", wrong_dtype, outcomes, by="dtype_message")
        came = read(exercise, came, known.instances)  # some exercises ask for a list
        text = f"Right on every test{warning_remark(outcomes) or '.'}{list_remark(exercise, came, known.right)}"
        return Verdict.on(exercise, "right", text, outcomes, points=exercise.points, by="right")
    pairs = zip(outcomes, known.right, strict=True)
    first = next(i for i, (got, want) in enumerate(pairs) if not same_outcome(got, want, exercise))
    seen = Evidence(exercise, outcomes, known, first, again)
    by, found = next((diagnosis.__name__, found) for diagnosis in ORDER if (found := diagnosis(seen)))
    message, pointer, wrong = found.message, found.pointer, wrong_entries(seen)
    if wrong and found.mistake and are_statements(seen):
        message, pointer = count(seen, wrong), found.message
    # which inputs are right says nothing where another call would have others right, nor where all results are
    if not found.mistake and found.status != "not attempted" and by != "not_repeated":
        message += which_right(seen) + (which_entries(seen) if by in UNEXPLAINED else "")
        message += "" if by == "changed_arguments" else where_wrong(seen)
    apart = in_numbers(seen) if exercise.is_worked_out and not found.picture else None
    differs = apart.message if apart and apart.message not in message else ""
    return Verdict.on(exercise, found.status, f"{message} {pointer}".rstrip(), outcomes, mistake=found.mistake, by=by,
                      wrong=len(wrong), pointer=pointer, differs=differs,
                      picture=apart.picture if apart else found.picture, inputs=input_code(exercise, seen.instance))


def in_numbers(seen: Evidence) -> Finding | None:
    """Where the answer differs, beside a finding that says what was done; None where it gives nothing to compare."""
    if no_value(seen) or seen.got.changed or wrong_structure(seen) or wrong_part(seen):
        return None
    return largest_difference(seen)
