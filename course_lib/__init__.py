"""The shared library of the neural-networks course.

Rooms, ground floor first: `validate`, `files`, `grammar`; `kernels` (compiled loops); `ops` (one function an equation);
`nn`, `optim`, `autodiff`, `gradcheck`, `datasets`; `dense`, `models`; `exercises` (the engine of the checks); `viz`;
`chapters` (a folder each); `authoring`; `grading`; `app` (the `course` command). A room imports only from rooms below.
"""

from course_lib import _earlier, _runtime

__version__ = "0.1.0"

_runtime.prepare()
_earlier.install()
