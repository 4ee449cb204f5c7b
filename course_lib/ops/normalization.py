"""Normalization: numbers are brought to mean 0 and variance 1, then a learned gamma scales and a beta shifts them.

The kinds differ in the entries that share a mean and a variance. Of images (N, C, H, W):

batch norm: one channel, over all samples and pixels
layer norm: one sample, over all channels and pixels
group norm: one sample and one group of channels, over their pixels
instance norm: one sample and one channel, over its pixels

Local response normalization, the older kind, has no mean and nothing to learn: a pixel is divided by what it and the
same pixel of neighboring channels are together.
"""

import numpy as np

from course_lib.kernels import normalization as kernels
from course_lib.validate import as_float, rate, same_kind, whole_number, yes_or_no

__all__ = [
    "batchnorm_backward",
    "batchnorm_forward",
    "groupnorm_backward",
    "groupnorm_forward",
    "instancenorm_backward",
    "instancenorm_forward",
    "layernorm_backward",
    "layernorm_forward",
    "lrn_backward",
    "lrn_forward",
]

# ---- what the kinds have in common -------------------------------------------------------------------------


def _positive_eps(eps) -> float:
    eps = rate(eps, "eps")
    if eps == 0:
        raise ValueError("eps=0, expected a positive number: without one, numbers that are all equal give 0/0.")
    return eps


def _channels(x, **vectors) -> list[np.ndarray]:
    """x (N, C, ...) and vectors (C,), one number a column or channel, in one kind of number."""
    x = as_float(x, "x")
    if x.ndim < 2 or x.size == 0:
        hint = " One sample alone is a row: x[None, :]." if x.ndim == 1 else ""
        raise ValueError(f"x must have shape (N, D) or (N, C, H, W) and not be empty, got {x.shape}.{hint}")
    arrays = [x]
    for name, value in vectors.items():
        array = as_float(value, name)
        if array.shape != x.shape[1:2]:
            raise ValueError(f"x of shape {x.shape} has {x.shape[1]} columns or channels, so {name} must have shape "
                             f"({x.shape[1]},), got {array.shape}.")
        arrays.append(array)
    return same_kind(*arrays)


def _gradient(dout, cache, parts: int, source: str) -> np.ndarray:
    """dout as an array of the shape that the forward pass returned."""
    if not (isinstance(cache, tuple) and len(cache) == parts):
        raise TypeError(f"cache is {type(cache).__name__}, expected what {source} returns second: out, cache, ... = "
                        f"{source}(...).")
    dout, shape = as_float(dout, "dout"), cache[-1]
    if dout.shape != shape:
        raise ValueError(f"dout must have the shape of the layer's output, {shape}, got {dout.shape}.")
    return dout


# ---- batch norm --------------------------------------------------------------------------------------------


def batchnorm_forward(x, gamma, beta, running_mean, running_var, train=True, momentum=0.1, eps=1e-5):
    """Normalize each feature over the batch; of images each channel over samples and pixels.

    training: x_hat = (x - mu) / sqrt(var + eps), with the mean mu and the variance var (divisor N) of the batch
    test: x_hat = (x - running_mean) / sqrt(running_var + eps)
    out = gamma x_hat + beta
    running <- (1 - momentum) running + momentum batch

    The running variance learns from the batch variance with the divisor N - 1, as in PyTorch. For images N counts
    samples times pixels.

    Parameters
    ----------
    x : (N, D) or (N, C, H, W), in training with at least two numbers a feature or channel
    gamma, beta : (D,) or (C,)
    running_mean, running_var : (D,) or (C,), the statistics that test mode uses
    train : bool
    momentum : float in [0, 1], the weight of the new batch in the running statistics
    eps : float > 0

    Returns
    -------
    out : shape of x
    cache : what `batchnorm_backward` needs: x_hat, gamma, sqrt(var + eps), train, the shape of x
    running_mean, running_var : new arrays; in test mode copies

    Raises
    ------
    ValueError
        In training with one number a feature, whose mean is itself: x_hat would be 0 whatever x is.
    """
    x, gamma, beta, running_mean, running_var = _channels(
        x, gamma=gamma, beta=beta, running_mean=running_mean, running_var=running_var)
    train, momentum, eps = yes_or_no(train, "train"), rate(momentum, "momentum", 0, 1), _positive_eps(eps)
    if (running_var < 0).any():
        raise ValueError(f"running_var holds {running_var.min():g}, expected variances of at least 0.")
    over_pixels = (-1, *[1] * (x.ndim - 2))
    if not train:
        spread = np.sqrt(running_var + x.dtype.type(eps))
        x_hat = (x - running_mean.reshape(over_pixels)) / spread.reshape(over_pixels)
        out = gamma.reshape(over_pixels) * x_hat + beta.reshape(over_pixels)
        return out, (x_hat, gamma, spread, train, x.shape), running_mean.copy(), running_var.copy()
    N = x.size // gamma.size
    if N == 1:
        raise ValueError(f"x of shape {x.shape} has one number a feature, expected at least two in training: the mean "
                         "of one number is the number itself, so x_hat would be 0 whatever x is. Usual cause: a last "
                         "batch of one sample, or a prediction in training mode (train=False, net.eval()).")
    mean, var, x_hat, out = np.empty_like(gamma), np.empty_like(gamma), np.empty_like(x), np.empty_like(x)
    flat = len(x), -1
    kernels.normalize_columns(x.reshape(flat), gamma, beta, eps, mean, var, x_hat.reshape(flat), out.reshape(flat))
    spread = np.sqrt(var + x.dtype.type(eps))
    running_mean = running_mean + (mean - running_mean) * x.dtype.type(momentum)
    running_var = running_var + (var * x.dtype.type(N / (N - 1)) - running_var) * x.dtype.type(momentum)
    return out, (x_hat, gamma, spread, train, x.shape), running_mean, running_var


def batchnorm_backward(dout, cache):
    """Gradients of batch normalization. In training every sample moves the mean and the variance of all.

    dgamma = sum dout x_hat
    dbeta = sum dout
    training, with dh = dout gamma: dx = (dh - mean(dh) - x_hat mean(dh x_hat)) / sqrt(var + eps)
    test: dx = dout gamma / sqrt(running_var + eps)

    Sums and means go over the samples, of images also over the pixels.

    Parameters
    ----------
    dout : (N, D) or (N, C, H, W)
    cache : from `batchnorm_forward`

    Returns
    -------
    dx : shape of dout
    dgamma, dbeta : (D,) or (C,)
    """
    dout = _gradient(dout, cache, 5, "batchnorm_forward")
    x_hat, gamma, spread, train, _ = cache
    dout, x_hat, scale = same_kind(dout, x_hat, gamma / spread)
    if not train:
        others = (0, *range(2, dout.ndim))
        dx = dout * scale.reshape(-1, *[1] * (dout.ndim - 2))
        return dx, np.sum(dout * x_hat, axis=others), dout.sum(axis=others)
    dgamma, dbeta, dx = np.empty_like(scale), np.empty_like(scale), np.empty_like(dout)
    flat = len(dout), -1
    kernels.normalize_columns_backward(dout.reshape(flat), x_hat.reshape(flat), scale, dgamma, dbeta, dx.reshape(flat))
    return dx, dgamma, dbeta


# ---- the kinds that look at one sample at a time -----------------------------------------------------------


def _normalize_parts(x, gamma, beta, parts: int, eps: float):
    """x in so many equal parts, each with mean 0 and variance 1; gamma and beta broadcast against x."""
    rows = x.reshape(parts, -1)
    if rows.shape[1] == 1:
        raise ValueError(f"x of shape {x.shape} has one number for each mean, expected at least two: the mean of one "
                         "number is the number itself, so x_hat would be 0 whatever x is.")
    centered = rows - rows.mean(axis=1, keepdims=True)
    spread = np.sqrt(np.mean(centered * centered, axis=1, keepdims=True) + x.dtype.type(eps))
    x_hat = (centered / spread).reshape(x.shape)
    return gamma * x_hat + beta, (x_hat, gamma, spread, x.shape)


def _parts_backward(dout, cache, source: str):
    """dx, and dgamma and dbeta in the shape in which gamma was broadcast."""
    dout = _gradient(dout, cache, 4, source)
    x_hat, gamma, spread, shape = cache
    dh, rows = (dout * gamma).reshape(len(spread), -1), x_hat.reshape(len(spread), -1)
    mean, along = dh.mean(axis=1, keepdims=True), np.mean(dh * rows, axis=1, keepdims=True)
    dx = ((dh - mean - rows * along) / spread).reshape(shape)
    return dx, _sum_like(dout * x_hat, gamma), _sum_like(dout, gamma)


def _sum_like(array: np.ndarray, gamma: np.ndarray) -> np.ndarray:
    """The sum over all axes along which gamma was repeated."""
    ahead = array.ndim - gamma.ndim
    repeated = [*range(ahead), *(ahead + axis for axis, size in enumerate(gamma.shape) if size == 1)]
    return array.sum(axis=tuple(repeated)).reshape(gamma.shape)


def layernorm_forward(x, gamma, beta, eps=1e-5):
    """Normalize each sample over its features: no sample depends on another, and no test mode is needed.

    x_hat = (x - mu) / sqrt(var + eps), with mu and var of the last axes of x, those that gamma has
    out = gamma x_hat + beta

    Parameters
    ----------
    x : (N, D), a sequence (N, T, D), or images (N, C, H, W)
    gamma, beta : (D,), or (C, H, W) for images
    eps : float > 0

    Returns
    -------
    out : shape of x
    cache : what `layernorm_backward` needs: x_hat, gamma, sqrt(var + eps), the shape of x
    """
    x, gamma, beta = as_float(x, "x"), as_float(gamma, "gamma"), as_float(beta, "beta")
    if gamma.ndim == 0 or gamma.size == 0 or gamma.shape != beta.shape:
        raise ValueError(f"gamma has shape {gamma.shape} and beta {beta.shape}; expected the same, the shape of one "
                         "sample or of its last axes, such as (D,).")
    if x.ndim <= gamma.ndim or x.size == 0 or x.shape[-gamma.ndim :] != gamma.shape:
        raise ValueError(f"x must have shape (N, ..., {', '.join(map(str, gamma.shape))}) for gamma of shape "
                         f"{gamma.shape} and not be empty, got {x.shape}.")
    x, gamma, beta = same_kind(x, gamma, beta)
    return _normalize_parts(x, gamma, beta, x.size // gamma.size, _positive_eps(eps))


def layernorm_backward(dout, cache):
    """Gradients of layer normalization.

    dgamma = sum dout x_hat
    dbeta = sum dout
    with dh = dout gamma: dx = (dh - mean(dh) - x_hat mean(dh x_hat)) / sqrt(var + eps)

    The sums go over the samples, the means over the features of one.

    Parameters
    ----------
    dout : shape of the output
    cache : from `layernorm_forward`

    Returns
    -------
    dx : shape of dout
    dgamma, dbeta : shape of gamma
    """
    return _parts_backward(dout, cache, "layernorm_forward")


def groupnorm_forward(x, gamma, beta, groups, eps=1e-5):
    """Normalize each sample over groups of neighboring channels and all their pixels.

    x_hat = (x - mu) / sqrt(var + eps), with mu and var of one sample and one group
    out = gamma x_hat + beta, with one gamma and one beta a channel

    Parameters
    ----------
    x : (N, C, H, W), or (N, C)
    gamma, beta : (C,)
    groups : int that divides C: 1 takes all channels together, C is `instancenorm_forward`
    eps : float > 0

    Returns
    -------
    out : shape of x
    cache : what `groupnorm_backward` needs: x_hat, gamma, sqrt(var + eps), the shape of x
    """
    x, gamma, beta = _channels(x, gamma=gamma, beta=beta)
    groups, eps = whole_number(groups, "groups"), _positive_eps(eps)
    N, C = x.shape[:2]
    if C % groups:
        raise ValueError(f"groups={groups} does not divide the {C} channels of x of shape {x.shape}.")
    over_pixels = (C, *[1] * (x.ndim - 2))
    return _normalize_parts(x, gamma.reshape(over_pixels), beta.reshape(over_pixels), N * groups, eps)


def groupnorm_backward(dout, cache):
    """Gradients of group normalization.

    dgamma = sum dout x_hat
    dbeta = sum dout
    with dh = dout gamma: dx = (dh - mean(dh) - x_hat mean(dh x_hat)) / sqrt(var + eps)

    The sums go over samples and pixels, the means over one sample and one group.

    Parameters
    ----------
    dout : shape of the output
    cache : from `groupnorm_forward`

    Returns
    -------
    dx : shape of dout
    dgamma, dbeta : (C,)
    """
    dx, dgamma, dbeta = _parts_backward(dout, cache, "groupnorm_forward")
    return dx, dgamma.reshape(-1), dbeta.reshape(-1)


def instancenorm_forward(x, gamma, beta, eps=1e-5):
    """Normalize each channel of each image over its pixels: brightness and contrast go, shapes stay.

    x_hat = (x - mu) / sqrt(var + eps), with mu and var of one sample and one channel
    out = gamma x_hat + beta, with one gamma and one beta a channel

    Parameters
    ----------
    x : (N, C, H, W), with at least two pixels
    gamma, beta : (C,)
    eps : float > 0

    Returns
    -------
    out : shape of x
    cache : what `instancenorm_backward` needs
    """
    x = as_float(x, "x")
    if x.ndim != 4:
        raise ValueError(f"x must have shape (N, C, H, W), got {x.shape}. Gray images have one channel: x[:, None].")
    return groupnorm_forward(x, gamma, beta, x.shape[1] or 1, eps)


def instancenorm_backward(dout, cache):
    """Gradients of instance normalization: those of `groupnorm_backward` with one channel a group.

    Parameters
    ----------
    dout : (N, C, H, W)
    cache : from `instancenorm_forward`

    Returns
    -------
    dx : (N, C, H, W)
    dgamma, dbeta : (C,)
    """
    return groupnorm_backward(dout, cache)


# ---- local response ----------------------------------------------------------------------------------------


def _sum_of_neighbors(values: np.ndarray, before: int, after: int) -> np.ndarray:
    """For each channel c the sum over channels c - before .. c + after, as far as there are any."""
    total, C = values.copy(), values.shape[1]
    for distance in range(1, min(before, C - 1) + 1):
        total[:, distance:] += values[:, : C - distance]
    for distance in range(1, min(after, C - 1) + 1):
        total[:, : C - distance] += values[:, distance:]
    return total


def lrn_forward(x, size=5, alpha=1e-4, beta=0.75, k=2.0):
    """Local response normalization: strong neighbors in other channels damp a pixel.

    s_c = k + (alpha / size) sum over c' of x_c'^2, for the channels c' from c - floor(size / 2) to
    c + floor((size - 1) / 2)
    out_c = x_c / s_c^beta

    The sum is divided by the size, as in PyTorch; AlexNet's k = 2 is the default.

    Parameters
    ----------
    x : (N, C, H, W), or (N, C, ...)
    size : int, neighboring channels in a sum, the channel itself among them
    alpha, beta : float >= 0
    k : float > 0

    Returns
    -------
    out : shape of x
    cache : what `lrn_backward` needs: x, s, size, alpha, beta, the shape of x
    """
    (x,) = _channels(x)
    size, alpha, beta = whole_number(size, "size"), rate(alpha, "alpha"), rate(beta, "beta")
    k = rate(k, "k")
    if k == 0:
        raise ValueError("k=0, expected a positive number: without it pixels that are zero in all channels give 0/0.")
    real = x.dtype.type
    with np.errstate(over="ignore", invalid="ignore"):
        s = real(k) + real(alpha / size) * _sum_of_neighbors(x * x, size // 2, (size - 1) // 2)
        return x * s ** real(-beta), (x, s, size, alpha, beta, x.shape)


def lrn_backward(dout, cache):
    """Gradient of `lrn_forward`: a pixel also moves the sums of its neighbors.

    dx_c = dout_c / s_c^beta - (2 alpha beta / size) x_c sum over c' of dout_c' x_c' / s_c'^(beta + 1)

    The sum goes over the channels c' in whose sum channel c stands.

    Parameters
    ----------
    dout : shape of x
    cache : from `lrn_forward`

    Returns
    -------
    dx : shape of x
    """
    dout = _gradient(dout, cache, 6, "lrn_forward")
    x, s, size, alpha, beta, _ = cache
    dout, x, s = same_kind(dout, x, s)
    real = x.dtype.type
    with np.errstate(over="ignore", invalid="ignore"):
        power = s ** real(-beta)
        reached = _sum_of_neighbors(dout * x * power / s, (size - 1) // 2, size // 2)
        return dout * power - real(2 * alpha * beta / size) * x * reached
