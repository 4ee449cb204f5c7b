"""COURSE_BLOCK_NUMBA=1 runs the tests as on a machine where Numba does not exist (a browser, an odd processor)."""

import os
import sys

if os.environ.get("COURSE_BLOCK_NUMBA") == "1":
    sys.modules["numba"] = None
