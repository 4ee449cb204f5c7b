"""Layers that normalize: thin objects over `course_lib.ops.normalization`."""

import numpy as np

from course_lib import ops
from course_lib.nn.module import Buffer, Module, Parameter
from course_lib.validate import as_dtype, as_float, rate, whole_number, yes_or_no


class Normalization(Module):
    """What the kinds have in common: `weight` (gamma) starts at 1, `bias` (beta) at 0; without `affine` both are None.

    A subclass names its ops and checks x.
    """

    forward_function = backward_function = None

    def __init__(self, shape: tuple[int, ...], eps: float, affine: bool, dtype):
        self.eps, affine, self._dtype = rate(eps, "eps"), yes_or_no(affine, "affine"), as_dtype(dtype)
        self._shape = shape
        self.weight = Parameter(np.ones(shape, self._dtype)) if affine else None
        self.bias = Parameter(np.zeros(shape, self._dtype)) if affine else None

    def _gamma_beta(self) -> tuple[np.ndarray, np.ndarray]:
        if self.weight is None:
            return np.ones(self._shape, self._dtype), np.zeros(self._shape, self._dtype)
        return self.weight.data, self.bias.data

    def _check(self, x, shapes: tuple[str, ...], channels: int) -> np.ndarray:
        """x with as many axes as one of the shapes, and so many channels on the second."""
        x = as_float(x, "x")
        if x.ndim not in [shape.count(",") + 1 for shape in shapes] or x.size == 0 or x.shape[1] != channels:
            hint = " One sample alone is a row: x[None, :]." if x.shape == (channels,) else ""
            raise ValueError(f"{self!r} got x of shape {x.shape}, expected {' or '.join(shapes)} with at "
                             f"least one sample.{hint}")
        return x

    def backward(self, dout):
        dx, dgamma, dbeta = type(self).backward_function(dout, self.take())
        if self.weight is not None:
            self.weight.grad += dgamma
            self.bias.grad += dbeta
        return dx


class BatchNorm(Normalization):
    """Batch normalization; `shapes` are those that x may have."""

    backward_function = staticmethod(ops.batchnorm_backward)
    shapes: tuple[str, ...]

    def __init__(self, num_features: int, eps: float = 1e-5, momentum: float = 0.1, affine: bool = True, *,
                 dtype=np.float64):
        self.num_features, self.momentum = whole_number(num_features, "num_features"), rate(momentum, "momentum", 0, 1)
        super().__init__((self.num_features,), eps, affine, dtype)
        self.running_mean = Buffer(np.zeros(self.num_features, self._dtype))
        self.running_var = Buffer(np.ones(self.num_features, self._dtype))

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.num_features})"

    def forward(self, x):
        x = self._check(x, self.shapes, self.num_features)
        out, cache, mean, var = ops.batchnorm_forward(
            x, *self._gamma_beta(), self.running_mean.data, self.running_var.data, self.training, self.momentum,
            self.eps)
        if self.training:
            self.running_mean, self.running_var = mean, var
        self.keep(cache)
        return out


class BatchNorm1d(BatchNorm):
    """Batch normalization of (N, num_features), or of sequences (N, num_features, L).

    In training each feature gets mean 0 and variance 1 over the batch, and the running statistics learn; in evaluation
    the running statistics take the place of the batch's. Both modes end with weight x_hat + bias.

    Parameters
    ----------
    num_features : features, or channels
    eps : added to the variance, above 0
    momentum : weight of the new batch in the running statistics, from 0 to 1
    affine : whether there is a weight (gamma) and a bias (beta)
    dtype : float64, or float32 for images
    """

    shapes = ("(N, num_features)", "(N, num_features, L)")


class BatchNorm2d(BatchNorm):
    """Batch normalization of images (N, num_features, H, W): one mean a channel, over samples and pixels.

    Parameters
    ----------
    as those of `BatchNorm1d`
    """

    shapes = ("(N, num_features, H, W)",)


class LayerNorm(Normalization):
    """Layer normalization: each sample over its last axes, in training and evaluation alike.

    Parameters
    ----------
    normalized_shape : the length of the last axis, or the shape of the last axes, such as (C, H, W)
    eps : added to the variance, above 0
    elementwise_affine : whether there is a weight (gamma) and a bias (beta) of that shape
    dtype : float64, or float32
    """

    backward_function = staticmethod(ops.layernorm_backward)

    def __init__(self, normalized_shape: int | tuple[int, ...], eps: float = 1e-5, elementwise_affine: bool = True, *,
                 dtype=np.float64):
        sizes = normalized_shape if isinstance(normalized_shape, tuple | list) else (normalized_shape,)
        self.normalized_shape = tuple(whole_number(size, "normalized_shape") for size in sizes)
        super().__init__(self.normalized_shape, eps, elementwise_affine, dtype)

    def __repr__(self) -> str:
        return f"LayerNorm({self.normalized_shape})"

    def forward(self, x):
        out, cache = ops.layernorm_forward(x, *self._gamma_beta(), self.eps)
        self.keep(cache)
        return out


class GroupNorm(Normalization):
    """Group normalization: each sample over groups of neighboring channels, in training and evaluation alike.

    Parameters
    ----------
    num_groups : groups, which divide the channels evenly
    num_channels : channels of x (N, num_channels, H, W) or (N, num_channels)
    eps : added to the variance, above 0
    affine : whether there is a weight (gamma) and a bias (beta), one number a channel
    dtype : float64, or float32
    """

    backward_function = staticmethod(ops.groupnorm_backward)

    def __init__(self, num_groups: int, num_channels: int, eps: float = 1e-5, affine: bool = True, *,
                 dtype=np.float64):
        self.num_groups = whole_number(num_groups, "num_groups")
        self.num_channels = whole_number(num_channels, "num_channels")
        if self.num_channels % self.num_groups:
            raise ValueError(f"num_groups={num_groups} does not divide num_channels={num_channels}. Usual cause: the "
                             "two are exchanged; the groups come first.")
        super().__init__((self.num_channels,), eps, affine, dtype)

    def __repr__(self) -> str:
        return f"GroupNorm({self.num_groups}, {self.num_channels})"

    def forward(self, x):
        x = self._check(x, ("(N, num_channels)", "(N, num_channels, L)", "(N, num_channels, H, W)"),
                        self.num_channels)
        out, cache = ops.groupnorm_forward(x, *self._gamma_beta(), self.num_groups, self.eps)
        self.keep(cache)
        return out


class InstanceNorm2d(Normalization):
    """Instance normalization: each channel of each image over its pixels, in training and evaluation alike.

    Parameters
    ----------
    num_features : channels of x (N, num_features, H, W)
    eps : added to the variance, above 0
    affine : whether there is a weight (gamma) and a bias (beta), one number a channel; as in PyTorch there is none
        unless it is asked for
    dtype : float64, or float32
    """

    backward_function = staticmethod(ops.instancenorm_backward)

    def __init__(self, num_features: int, eps: float = 1e-5, affine: bool = False, *, dtype=np.float64):
        self.num_features = whole_number(num_features, "num_features")
        super().__init__((self.num_features,), eps, affine, dtype)

    def __repr__(self) -> str:
        return f"InstanceNorm2d({self.num_features})"

    def forward(self, x):
        x = self._check(x, ("(N, num_features, H, W)",), self.num_features)
        out, cache = ops.instancenorm_forward(x, *self._gamma_beta(), self.eps)
        self.keep(cache)
        return out


class LocalResponseNorm(Module):
    """Each number divided by a power of the squares in neighboring channels, as AlexNet has it; no weights.

    The denominator is (k + alpha/size sum of x^2 over `size` channels)^beta. AlexNet's k is 2, PyTorch's 1.

    Parameters
    ----------
    size : channels in the sum, the own one in the middle
    alpha, beta, k : numbers of at least 0
    """

    def __init__(self, size: int = 5, alpha: float = 1e-4, beta: float = 0.75, k: float = 2.0):
        self.size = whole_number(size, "size")
        self.alpha, self.beta, self.k = rate(alpha, "alpha"), rate(beta, "beta"), rate(k, "k")

    def __repr__(self) -> str:
        return f"LocalResponseNorm({self.size})"

    def forward(self, x):
        out, cache = ops.lrn_forward(x, self.size, self.alpha, self.beta, self.k)
        self.keep(cache)
        return out

    def backward(self, dout):
        return ops.lrn_backward(dout, self.take())
