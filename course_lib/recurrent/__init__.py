"""Recurrent nets: whole training runs of one cell, on a text or on sequences, in compiled code.

`train_text` learns to say which character comes next, and its run samples, reads and is measured; `train` learns a
number, a class or a tag for every step. From a run, `after=run` goes on.
"""

from course_lib.recurrent.cells import CELLS
from course_lib.recurrent.sequences import Run, train
from course_lib.recurrent.text import TextRun, train_text

__all__ = ["CELLS", "Run", "TextRun", "train", "train_text"]
