"""Whether what came holds enough different numbers that it is hardly the same as something else by chance."""

from typing import Any

import numpy as np

from course_lib.exercises.compare import floats, is_real

#: different numbers in what is wrong that no two mistakes give by chance; small whole ones tell less
TELLING, SMALL = 2, 6
LARGE = 10  #: whole numbers from here on tell as much as others


def is_constant(values: list[Any]) -> bool:
    """Whether all numbers of these parts of results are the same one: 0 everywhere may have any cause."""
    numbers = [1.0 * np.ravel(value) for value in values if is_real(value)]
    return len(numbers) == len(values) > 0 and len(np.unique(np.concatenate(numbers))) < 2


def tells(values: list[Any]) -> bool:
    """Whether so many different numbers are among these parts that two mistakes do not give them by chance."""
    parts = [floats(np.asarray(value)).ravel() for value in values if is_real(value)]
    numbers = np.unique(np.concatenate([np.empty(0), *parts]).round(9))
    telling = numbers[(numbers != np.rint(numbers)) | (np.abs(numbers) >= LARGE)]
    return len(telling) >= TELLING or len(numbers) >= SMALL
