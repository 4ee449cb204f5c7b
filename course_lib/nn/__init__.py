"""Layers, losses and the training loop, in PyTorch's names; all arithmetic is in `course_lib.ops`."""

from course_lib.nn.dropout import Dropout, monte_carlo
from course_lib.nn.early_stopping import EarlyStopping
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
from course_lib.nn.normalization import BatchNorm1d, BatchNorm2d, GroupNorm, InstanceNorm2d, LayerNorm
from course_lib.nn.saving import load, save

__all__ = [
    "ELU", "GELU", "SELU", "BCELoss", "BCEWithLogitsLoss", "BatchNorm1d", "BatchNorm2d", "Buffer", "CrossEntropyLoss",
    "Dropout", "EarlyStopping", "Flatten", "GroupNorm", "HellingerLoss", "History", "Identity", "InstanceNorm2d",
    "KLDivLoss", "L1Loss", "LayerNorm", "LeakyReLU", "Linear", "MSELoss", "Module", "Parameter", "ReLU", "Sequential",
    "Sigmoid", "Softmax", "Tanh", "draw_weights", "fit", "load", "monte_carlo", "save",
]
