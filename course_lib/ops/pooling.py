"""Pooling and upsampling of images (N, C, H, W), forward and backward: each map on its own, nothing is learned."""

from typing import NamedTuple

import numpy as np

from course_lib.kernels import pooling as kernels
from course_lib.ops.convolution import (
    as_images,
    output_gradient,
    padded,
    per_axis,
    positions,
    window_sums,
    window_sums_backward,
)
from course_lib.validate import same_kind

__all__ = [
    "adaptive_avgpool2d_backward",
    "adaptive_avgpool2d_forward",
    "adaptive_maxpool2d_backward",
    "adaptive_maxpool2d_forward",
    "avgpool2d_backward",
    "avgpool2d_forward",
    "global_avgpool_backward",
    "global_avgpool_forward",
    "global_maxpool_backward",
    "global_maxpool_forward",
    "l2pool2d_backward",
    "l2pool2d_forward",
    "maxpool2d_backward",
    "maxpool2d_forward",
    "upsample_nearest_backward",
    "upsample_nearest_forward",
]


class PoolCache(NamedTuple):
    """What the backward pass of a pooling needs."""

    source: str  #: the forward function that made it
    x_shape: tuple
    shape: tuple  #: of the output
    kept: object  #: what else this kind of pooling needs


def _checked(dout, cache, source: str) -> np.ndarray:
    if not (isinstance(cache, PoolCache) and cache.source == source):
        given = f"that of {cache.source}" if isinstance(cache, PoolCache) else type(cache).__name__
        raise TypeError(f"cache is {given}, expected what {source} returns second: out, cache = {source}(...).")
    return np.ascontiguousarray(output_gradient(dout, cache.shape))


# ---- windows that slide ------------------------------------------------------------------------------------


def _windows(x, size, stride, pad):
    """size, stride and pad as pairs, and the shape of the output."""
    size = per_axis(size, "size", 2)
    stride = size if stride is None else per_axis(stride, "stride", 2)
    pad = per_axis(pad, "pad", 2, 0)
    for f, p in zip(size, pad, strict=True):
        if 2 * p > f:
            raise ValueError(f"pad={p} with windows of {f}, expected at most half a window: otherwise a window would "
                             "lie in the padding alone.")
    counts = (positions(n, f, 2 * p, s) for n, f, p, s in zip(x.shape[2:], size, pad, stride, strict=True))
    return size, stride, pad, (*x.shape[:2], *counts)


def _maps(x) -> np.ndarray:
    """All maps of all images, (N C, 1, H, W)."""
    return x.reshape(-1, 1, *x.shape[2:])


def _sums(x, size, stride, pad, shape):
    """The sum over each window; padding counts as zeros."""
    maps = padded(_maps(x), [(p, p) for p in pad], "zeros")
    return window_sums(maps, np.ones((1, 1, *size), x.dtype), stride, (1, 1), shape[2:]).reshape(shape)


def _sums_backward(dsums, size, stride, pad, x_shape):
    H, W = x_shape[2:]
    ones = np.ones((1, 1, *size), dsums.dtype)
    shape = (x_shape[0] * x_shape[1], 1, H + 2 * pad[0], W + 2 * pad[1])
    dx = window_sums_backward(_maps(dsums), ones, stride, (1, 1), shape)
    return np.ascontiguousarray(dx[:, :, pad[0] : pad[0] + H, pad[1] : pad[1] + W]).reshape(x_shape)


def maxpool2d_forward(x, size, stride=None, pad=0):
    """The largest pixel of each window.

    out[n, c, i, j] = max over u, v of x[n, c, i s + u - pad, j s + v - pad]

    NaN counts as larger than any number, so that it stays visible. Padding never wins.

    Parameters
    ----------
    x : (N, C, H, W)
    size : int, or (rows, columns) of the window
    stride : int, or (rows, columns), default the size: windows side by side
    pad : int, or (rows, columns), at most half the size

    Returns
    -------
    out : (N, C, OH, OW)
    cache : what `maxpool2d_backward` needs
    """
    x = np.ascontiguousarray(as_images(x))
    size, stride, pad, shape = _windows(x, size, stride, pad)
    maps = x.reshape(-1, *x.shape[2:])
    out = np.empty((len(maps), *shape[2:]), x.dtype)
    winner = np.empty(out.shape, np.int32)
    kernels.max_pool(maps, size, stride, pad, out, winner)
    return out.reshape(shape), PoolCache("maxpool2d_forward", x.shape, shape, winner)


def _route(dout, cache):
    """dout to the pixels that won."""
    N, C, H, W = cache.x_shape
    dx = np.empty((N * C, H * W), dout.dtype)
    kernels.route(dout.reshape(N * C, -1), cache.kept.reshape(N * C, -1), dx)
    return dx.reshape(cache.x_shape)


def maxpool2d_backward(dout, cache):
    """The gradient goes to the pixel that won, of equal ones to the first, row by row. Where windows overlap, a pixel
    that won in several collects from all.

    Parameters
    ----------
    dout : (N, C, OH, OW)
    cache : from `maxpool2d_forward`

    Returns
    -------
    dx : (N, C, H, W)
    """
    return _route(_checked(dout, cache, "maxpool2d_forward"), cache)


def avgpool2d_forward(x, size, stride=None, pad=0):
    """The mean of each window; padding counts as zeros.

    out[n, c, i, j] = mean over u, v of x[n, c, i s + u - pad, j s + v - pad]

    Parameters
    ----------
    x : (N, C, H, W)
    size, stride, pad : as of `maxpool2d_forward`

    Returns
    -------
    out : (N, C, OH, OW)
    cache : what `avgpool2d_backward` needs
    """
    x = np.ascontiguousarray(as_images(x))
    *window, shape = _windows(x, size, stride, pad)
    out = _sums(x, *window, shape)
    out /= x.dtype.type(window[0][0] * window[0][1])
    return out, PoolCache("avgpool2d_forward", x.shape, shape, window)


def avgpool2d_backward(dout, cache):
    """Each pixel of a window gets the same part of its gradient: dx += dout / (number of pixels of the window).

    Parameters
    ----------
    dout : (N, C, OH, OW)
    cache : from `avgpool2d_forward`

    Returns
    -------
    dx : (N, C, H, W)
    """
    dout = _checked(dout, cache, "avgpool2d_forward")
    rows, columns = cache.kept[0]
    return _sums_backward(dout / dout.dtype.type(rows * columns), *cache.kept, cache.x_shape)


def l2pool2d_forward(x, size, stride=None, pad=0):
    """The length of each window as a vector; padding counts as zeros.

    out[n, c, i, j] = sqrt(sum over u, v of x[n, c, i s + u - pad, j s + v - pad]^2)

    Parameters
    ----------
    x : (N, C, H, W)
    size, stride, pad : as of `maxpool2d_forward`

    Returns
    -------
    out : (N, C, OH, OW)
    cache : what `l2pool2d_backward` needs
    """
    x = np.ascontiguousarray(as_images(x))
    *window, shape = _windows(x, size, stride, pad)
    with np.errstate(over="ignore"):
        out = np.sqrt(_sums(x * x, *window, shape))
    return out, PoolCache("l2pool2d_forward", x.shape, shape, (x, out, window))


def l2pool2d_backward(dout, cache):
    """dx += dout x / out for each pixel of a window; 0 where a window is all zeros, which has no slope.

    Parameters
    ----------
    dout : (N, C, OH, OW)
    cache : from `l2pool2d_forward`

    Returns
    -------
    dx : (N, C, H, W)
    """
    dout = _checked(dout, cache, "l2pool2d_forward")
    x, out, window = cache.kept
    dout, x, out = same_kind(dout, x, out)
    with np.errstate(invalid="ignore"):
        share = np.divide(dout, out, out=np.zeros_like(dout), where=out != 0)
        return x * _sums_backward(share, *window, cache.x_shape)


# ---- as many windows as asked for --------------------------------------------------------------------------


def _ranges(n: int, parts: int) -> list[slice]:
    """Parts of an axis, as equal as whole pixels allow; neighbors share a pixel where n / parts is no whole number."""
    return [slice(part * n // parts, -(-(part + 1) * n // parts)) for part in range(parts)]


def _regions(x, size):
    """The shape of the output, and ((i, j), rows, columns) of each region."""
    size = per_axis(size, "size", 2)
    rows, columns = (_ranges(n, parts) for n, parts in zip(x.shape[2:], size, strict=True))
    return (*x.shape[:2], *size), [((i, j), r, c) for i, r in enumerate(rows) for j, c in enumerate(columns)]


def adaptive_avgpool2d_forward(x, size):
    """The mean of each of so many regions, whatever the size of the image.

    Region i of OH on an axis of H pixels goes from floor(i H / OH) to ceil((i + 1) H / OH).

    Parameters
    ----------
    x : (N, C, H, W)
    size : int, or (OH, OW)

    Returns
    -------
    out : (N, C, OH, OW)
    cache : what `adaptive_avgpool2d_backward` needs
    """
    x = as_images(x)
    shape, regions = _regions(x, size)
    out = np.empty(shape, x.dtype)
    for (i, j), rows, columns in regions:
        out[:, :, i, j] = x[:, :, rows, columns].mean(axis=(2, 3))
    return out, PoolCache("adaptive_avgpool2d_forward", x.shape, shape, regions)


def adaptive_avgpool2d_backward(dout, cache):
    """Each pixel of a region gets the same part of its gradient.

    Parameters
    ----------
    dout : (N, C, OH, OW)
    cache : from `adaptive_avgpool2d_forward`

    Returns
    -------
    dx : (N, C, H, W)
    """
    dout = _checked(dout, cache, "adaptive_avgpool2d_forward")
    dx = np.zeros(cache.x_shape, dout.dtype)
    for (i, j), rows, columns in cache.kept:
        region = dx[:, :, rows, columns]
        region += dout[:, :, i : i + 1, j : j + 1] / dout.dtype.type(region.shape[2] * region.shape[3])
    return dx


def adaptive_maxpool2d_forward(x, size):
    """The largest pixel of each of so many regions, those of `adaptive_avgpool2d_forward`.

    Parameters
    ----------
    x : (N, C, H, W)
    size : int, or (OH, OW)

    Returns
    -------
    out : (N, C, OH, OW)
    cache : what `adaptive_maxpool2d_backward` needs
    """
    x = as_images(x)
    shape, regions = _regions(x, size)
    out, winner = np.empty(shape, x.dtype), np.empty(shape, np.int32)
    for (i, j), rows, columns in regions:
        region = x[:, :, rows, columns].reshape(*shape[:2], -1)
        first, width = region.argmax(axis=2), columns.stop - columns.start
        out[:, :, i, j] = np.take_along_axis(region, first[..., None], 2)[..., 0]
        winner[:, :, i, j] = (rows.start + first // width) * x.shape[3] + columns.start + first % width
    return out, PoolCache("adaptive_maxpool2d_forward", x.shape, shape, winner)


def adaptive_maxpool2d_backward(dout, cache):
    """The gradient goes to the pixel that won, of equal ones to the first, row by row.

    Parameters
    ----------
    dout : (N, C, OH, OW)
    cache : from `adaptive_maxpool2d_forward`

    Returns
    -------
    dx : (N, C, H, W)
    """
    return _route(_checked(dout, cache, "adaptive_maxpool2d_forward"), cache)


def global_avgpool_forward(x):
    """The mean of each map: one number a channel, from an image of any size.

    Parameters
    ----------
    x : (N, C, H, W)

    Returns
    -------
    out : (N, C)
    cache : what `global_avgpool_backward` needs
    """
    x = as_images(x)
    return x.mean(axis=(2, 3)), PoolCache("global_avgpool_forward", x.shape, x.shape[:2], None)


def global_avgpool_backward(dout, cache):
    """Each pixel of a map gets the same part: dx = dout / (H W).

    Parameters
    ----------
    dout : (N, C)
    cache : from `global_avgpool_forward`

    Returns
    -------
    dx : (N, C, H, W)
    """
    dout = _checked(dout, cache, "global_avgpool_forward")
    H, W = cache.x_shape[2:]
    return np.broadcast_to((dout / dout.dtype.type(H * W))[:, :, None, None], cache.x_shape).copy()


def global_maxpool_forward(x):
    """The largest pixel of each map.

    Parameters
    ----------
    x : (N, C, H, W)

    Returns
    -------
    out : (N, C)
    cache : what `global_maxpool_backward` needs
    """
    out, cache = adaptive_maxpool2d_forward(x, 1)
    return out[:, :, 0, 0], cache._replace(source="global_maxpool_forward", shape=out.shape[:2])


def global_maxpool_backward(dout, cache):
    """The gradient goes to the pixel that won, of equal ones to the first, row by row.

    Parameters
    ----------
    dout : (N, C)
    cache : from `global_maxpool_forward`

    Returns
    -------
    dx : (N, C, H, W)
    """
    return _route(_checked(dout, cache, "global_maxpool_forward"), cache)


# ---- upsampling --------------------------------------------------------------------------------------------


def upsample_nearest_forward(x, factor):
    """Every pixel repeated along both axes.

    out[n, c, i, j] = x[n, c, floor(i / factor), floor(j / factor)]

    Parameters
    ----------
    x : (N, C, H, W)
    factor : int, or (rows, columns)

    Returns
    -------
    out : (N, C, H factor, W factor)
    cache : what `upsample_nearest_backward` needs
    """
    x = as_images(x)
    factor = per_axis(factor, "factor", 2)
    out = x.repeat(factor[0], axis=2).repeat(factor[1], axis=3)
    return out, PoolCache("upsample_nearest_forward", x.shape, out.shape, factor)


def upsample_nearest_backward(dout, cache):
    """A pixel collects from all its copies: dx is the sum over each block of dout.

    Parameters
    ----------
    dout : (N, C, H factor, W factor)
    cache : from `upsample_nearest_forward`

    Returns
    -------
    dx : (N, C, H, W)
    """
    dout = _checked(dout, cache, "upsample_nearest_forward")
    N, C, H, W = cache.x_shape
    return dout.reshape(N, C, H, cache.kept[0], W, cache.kept[1]).sum(axis=(3, 5))
