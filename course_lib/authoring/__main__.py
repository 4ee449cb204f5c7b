"""`python -m course_lib.authoring build 03`, `... check`, `... style 03`."""

import sys

from course_lib.authoring import main

words = sys.argv[1:]
verb = words.pop(0) if words and words[0] in ("build", "check", "style") else "build"
sys.exit(main(words if verb == "build" else [f"--{verb}", *words]))
