"""NaN or an infinite value where a number is expected."""

import math
from typing import Any

import numpy as np

from course_lib.exercises.compare import floats, is_numeric
from course_lib.exercises.diagnoses.evidence import Evidence, Finding
from course_lib.exercises.diagnoses.words import reminder


def not_finite(seen: Evidence) -> Finding | None:
    """The first output that is not finite although it should be."""
    for name, got, want in seen.parts():
        wrong = not_finite_message(name, got, want)
        if wrong:
            return Finding("not finite", wrong + seen.where + "." + reminder(seen.exercise, "finite"))
    return None


def not_finite_message(name: str, got: Any, want: Any) -> str:
    """Where one output is NaN or infinite although it should not be; empty otherwise."""
    if not (is_numeric(got) and is_numeric(want)):
        return ""
    a, b = floats(np.asarray(got)), floats(np.asarray(want))
    bad = ~np.isfinite(a) & np.isfinite(b)
    if not bad.any():
        return ""
    entry = np.unravel_index(int(np.argmax(bad)), bad.shape)
    value = "NaN" if math.isnan(a[entry]) else "infinite"
    place = f" at entry {[int(i) for i in entry]}" if entry else ""
    return f"{name or 'The answer'} is {value}{place}, where a finite number is expected"
