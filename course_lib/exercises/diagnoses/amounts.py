"""The numbers of an input that a wrong factor or offset may come from: sizes, and arguments that are one number."""

import numpy as np

from course_lib.exercises.diagnoses.words import argument_name
from course_lib.exercises.model import Exercise


def amounts(exercise: Exercise, instances: list[tuple]) -> dict[str, np.ndarray]:
    """Words -> that number on each instance; of amounts that are always equal the first only.

    Those that are the same on all instances, or not positive, are left out: a constant says as much.
    """
    found: dict[str, np.ndarray] = {}
    for words, values in _all(exercise, instances):
        numbers = np.array(values, dtype=float)
        if (np.isfinite(numbers) & (numbers > 0)).all() and len(set(values)) > 1:
            if not any(np.array_equal(numbers, other) for other in found.values()):
                found[words] = numbers
    return found


def _all(exercise: Exercise, instances: list[tuple]):
    for k in range(min(map(len, instances), default=0)):
        name, arguments = argument_name(exercise, k), [instance[k] for instance in instances]
        if all(isinstance(a, int | float) and not isinstance(a, bool) for a in arguments):
            yield name, arguments
        elif all(isinstance(a, np.ndarray) for a in arguments):
            dims = {a.ndim for a in arguments}
            if dims == {1}:
                yield f"the number of entries of {name}", [len(a) for a in arguments]
            elif min(dims) >= 1 and all(a.size for a in arguments):
                yield f"the number of {'samples' if name in 'xX' else 'rows'} of {name}", [len(a) for a in arguments]
                if len(dims) > 1:
                    yield f"the number of entries in each sample of {name}", [a.size // len(a) for a in arguments]
                for axis in range(1, min(dims) if len(dims) == 1 else 1):
                    words = f"the number of columns of {name}" if dims == {2} else f"the size of axis {axis} of {name}"
                    yield words, [a.shape[axis] for a in arguments]
                yield f"the number of all entries of {name}", [a.size for a in arguments]
