"""Dense networks: a whole training run in one compiled call, many runs in one call, or one step at a time.

`train` trains a small network and returns its record, from which `train(..., after=run)` goes on; `sweep` does so for
many starts or settings; `gradient` and `sharpness` measure the loss around one place; `Stepper` takes one step of a
wide network, where matrix products take nearly all of the time. A network's weights lie in one flat vector: for each
layer W (fan_in, fan_out) row by row, then b; `pack` and `unpack` go between it and [(W, b), ...].
"""

from course_lib.dense.curvature import gradient, sharpness
from course_lib.dense.flat import init_params, pack, unpack
from course_lib.dense.record import Run, Sweep
from course_lib.dense.runs import sweep, train
from course_lib.dense.stepper import Stepper
from course_lib.dense.surfaces import loss_surface, mlp_surface

__all__ = [
    "Run", "Stepper", "Sweep", "gradient", "init_params", "loss_surface", "mlp_surface", "pack", "sharpness", "sweep",
    "train", "unpack",
]
