"""Plain convolutional nets: whole training runs on images, in kernels that keep samples side by side.

`train` trains a net and returns its run, from which `train(..., after=run)` goes on; a run gives scores, probabilities
and the maps of every layer, also with filters edited by hand. Outside everything is NCHW and in PyTorch's shapes.
"""

from course_lib.convnet.run import Run
from course_lib.convnet.training import train

__all__ = ["Run", "train"]
