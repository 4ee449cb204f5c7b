"""One function an equation: checks its arguments, allocates the result, and calls a kernel or the matrix product.

float32 and float64 are kept, float32 with float64 gives float64; whole numbers become float64. Arguments are never
changed. The rows of an array are samples, `d` + name is the gradient of the loss with respect to name, and losses are
means over the batch. Where a prediction meets its target, the prediction comes first: (y_hat, y).

The docstring of a function gives its equation with the label that the text of the chapter uses; `equations()` finds the
functions of a label, and `equations(models, gradcheck, autodiff)` does so for other parts of the library.
"""

import inspect
import re
import sys

from course_lib.ops import (
    activations,
    averages,
    clipping,
    convolution,
    dense,
    descent,
    initializers,
    likelihood,
    linalg,
    losses,
    metrics,
    normalization,
    perceptron,
    plane,
    pooling,
    recurrent,
    regression,
    regularization,
    sampling,
    schedules,
    second_order,
    sequences,
    updates,
)
from course_lib.ops.activations import *
from course_lib.ops.averages import *
from course_lib.ops.clipping import *
from course_lib.ops.convolution import *
from course_lib.ops.dense import *
from course_lib.ops.descent import *
from course_lib.ops.initializers import *
from course_lib.ops.likelihood import *
from course_lib.ops.linalg import *
from course_lib.ops.losses import *
from course_lib.ops.metrics import *
from course_lib.ops.normalization import *
from course_lib.ops.perceptron import *
from course_lib.ops.plane import *
from course_lib.ops.pooling import *
from course_lib.ops.recurrent import *
from course_lib.ops.regression import *
from course_lib.ops.regularization import *
from course_lib.ops.sampling import *
from course_lib.ops.schedules import *
from course_lib.ops.second_order import *
from course_lib.ops.sequences import *
from course_lib.ops.updates import *

__all__ = ["equations"]
__all__ += activations.__all__
__all__ += averages.__all__
__all__ += clipping.__all__
__all__ += convolution.__all__
__all__ += dense.__all__
__all__ += descent.__all__
__all__ += initializers.__all__
__all__ += likelihood.__all__
__all__ += linalg.__all__
__all__ += losses.__all__
__all__ += metrics.__all__
__all__ += normalization.__all__
__all__ += perceptron.__all__
__all__ += plane.__all__
__all__ += pooling.__all__
__all__ += recurrent.__all__
__all__ += regression.__all__
__all__ += regularization.__all__
__all__ += sampling.__all__
__all__ += schedules.__all__
__all__ += second_order.__all__
__all__ += sequences.__all__
__all__ += updates.__all__


def equations(*rooms) -> dict[str, list[str]]:
    """Where the numbered equations of the text are computed.

    Parameters
    ----------
    *rooms : modules, default `course_lib.ops`

    Returns
    -------
    dict of label to the names of the functions and classes whose docstring gives that equation: {"4.5": ["sigmoid"]}
    """
    found = {}
    for room in rooms or (sys.modules[__name__],):
        for name, thing in inspect.getmembers(room, lambda thing: inspect.isfunction(thing) or inspect.isclass(thing)):
            if not name.startswith("_"):
                # A label closes the line of its equation.
                for label in re.findall(r" {2,}\((\d+\.\d+)\)$", inspect.getdoc(thing) or "", re.MULTILINE):
                    found.setdefault(label, []).append(name)
    return dict(sorted(found.items(), key=lambda entry: [int(part) for part in entry[0].split(".")]))
