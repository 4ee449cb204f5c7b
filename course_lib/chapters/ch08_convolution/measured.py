"""Numbers that took minutes to measure or were printed elsewhere; plain data. What measures them stands beside each."""

import numpy as np

from course_lib.chapters.shared import PUBLISHED_LOG  # noqa: F401 -- belongs to the numbers of this chapter

#: A blur whose entries add up to 0.85, as one that is in print does.
PRINTED_BLUR = np.array([[0.05, 0.1, 0.05], [0.1, 0.25, 0.1], [0.05, 0.1, 0.05]])
