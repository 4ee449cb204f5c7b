"""Optimizers and the plateau rule for their rate, in PyTorch's names."""

from course_lib.optim.adam import Adam, Adamax, AdamW, NAdam
from course_lib.optim.adaptive import Adadelta, Adagrad, RMSprop, Rprop
from course_lib.optim.plateau import ReduceLROnPlateau
from course_lib.optim.sgd import SGD

__all__ = ["SGD", "Adadelta", "Adagrad", "Adam", "AdamW", "Adamax", "NAdam", "RMSprop", "ReduceLROnPlateau",
           "Rprop"]
