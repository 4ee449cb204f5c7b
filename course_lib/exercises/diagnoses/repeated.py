"""An answer that gives something else for the same arguments: it draws by chance, or keeps something between calls."""

from course_lib.exercises.compare import same_outcome
from course_lib.exercises.diagnoses.altered import SECONDS
from course_lib.exercises.diagnoses.evidence import Evidence, Finding
from course_lib.exercises.expect import read

MOST = 4  #: instances that are tried a second time


def not_repeated(seen: Evidence) -> Finding | None:
    """Two calls with the same arguments gave two results."""
    if not seen.can_be_tried:
        return None
    rows = [i for i, got in enumerate(seen.outcomes) if not (got.error or got.timed_out)][:MOST]
    instances = tuple(seen.known.instances[i] for i in rows)
    second = read(seen.exercise, seen.again(instances, SECONDS), instances)
    for i, once_more in zip(rows, second, strict=True):
        got = seen.outcomes[i]
        if not (once_more.error or once_more.timed_out) and not same_outcome(got, once_more, seen.exercise):
            return Finding("wrong", "Two calls with the same arguments give two results. What in your code is drawn "
                                    "anew in every call, or kept from one call to the next?")
    return None
