"""The shared library of the neural-networks course.

The chapters import from the rooms below, ground floor first: `kernels` (compiled loops), `ops` (one function an
equation), `nn`, `optim`, `models`, `training`, `autodiff`, `gradcheck`, `datasets`, `viz`, `exercises`. A room imports
only from rooms before it.
"""

from course_lib import _runtime

__version__ = "0.1.0"

_runtime.prepare()
