"""Layers, losses and the training loop, in PyTorch's names; all arithmetic is in `course_lib.ops`."""

from course_lib.nn.fit import History, fit
from course_lib.nn.init import draw_weights
from course_lib.nn.layers import (
    ELU,
    GELU,
    SELU,
    Flatten,
    Identity,
    LeakyReLU,
    Linear,
    ReLU,
    Sequential,
    Sigmoid,
    Softmax,
    Tanh,
)
from course_lib.nn.losses import (
    BCELoss,
    BCEWithLogitsLoss,
    CrossEntropyLoss,
    HellingerLoss,
    KLDivLoss,
    L1Loss,
    MSELoss,
)
from course_lib.nn.module import Buffer, Module, Parameter

__all__ = [
    "ELU", "GELU", "SELU", "BCELoss", "BCEWithLogitsLoss", "Buffer", "CrossEntropyLoss", "Flatten", "HellingerLoss",
    "History", "Identity", "KLDivLoss", "L1Loss", "LeakyReLU", "Linear", "MSELoss", "Module", "Parameter", "ReLU",
    "Sequential", "Sigmoid", "Softmax", "Tanh", "draw_weights", "fit",
]
