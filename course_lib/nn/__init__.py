"""Layers, losses and the training loop, in PyTorch's names; all arithmetic is in `course_lib.ops`."""

from course_lib.nn import architectures
from course_lib.nn.blocks import Concat, DenseBlock, Residual
from course_lib.nn.convolution import Conv1d, Conv2d, Conv3d, ConvTranspose2d
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
from course_lib.nn.normalization import (
    BatchNorm1d,
    BatchNorm2d,
    GroupNorm,
    InstanceNorm2d,
    LayerNorm,
    LocalResponseNorm,
)
from course_lib.nn.pooling import (
    AdaptiveAvgPool2d,
    AdaptiveMaxPool2d,
    AvgPool2d,
    GlobalAvgPool,
    L2Pool2d,
    MaxPool2d,
    Upsample,
)
from course_lib.nn.recurrent import GRU, LSTM, RNN, Embedding, GRUCell, LSTMCell, RNNCell
from course_lib.nn.saving import load, save

__all__ = [
    "ELU", "GELU", "GRU", "LSTM", "RNN", "SELU", "AdaptiveAvgPool2d", "AdaptiveMaxPool2d", "AvgPool2d", "BCELoss",
    "BCEWithLogitsLoss", "BatchNorm1d", "BatchNorm2d", "Buffer", "Concat", "Conv1d", "Conv2d", "Conv3d",
    "ConvTranspose2d", "CrossEntropyLoss", "DenseBlock", "Dropout", "EarlyStopping", "Embedding", "Flatten", "GRUCell",
    "GlobalAvgPool", "GroupNorm", "HellingerLoss", "History", "Identity", "InstanceNorm2d", "KLDivLoss", "L1Loss",
    "L2Pool2d", "LSTMCell", "LayerNorm", "LeakyReLU", "Linear", "LocalResponseNorm", "MSELoss", "MaxPool2d", "Module",
    "Parameter", "RNNCell", "ReLU", "Residual", "Sequential", "Sigmoid", "Softmax", "Tanh", "Upsample", "architectures",
    "draw_weights", "fit", "load", "monte_carlo", "save",
]
