"""Convolution layers in one, two and three dimensions, forward and backward, and the arithmetic of their sizes.

Images are (N, C, H, W), filters (K, C/groups, FH, FW). A layer computes the cross-correlation: the filter lies on the
image as it is written down. Convolution, which turns it by half a turn first, is `convolve` and `convolve2d`.
"""

from math import prod
from typing import NamedTuple

import numpy as np

from course_lib.kernels import convolution as kernels
from course_lib.validate import as_float, choice, same_kind, whole_number

__all__ = [
    "KERNELS2D",
    "col2im",
    "conv1d_backward",
    "conv1d_forward",
    "conv2d_backward",
    "conv2d_forward",
    "conv3d_backward",
    "conv3d_forward",
    "conv_output_size",
    "convolve",
    "convolve2d",
    "correlate",
    "correlate2d",
    "im2col",
    "pad_images",
    "receptive_field",
    "transposed_conv2d_backward",
    "transposed_conv2d_forward",
    "transposed_output_size",
]

#: How pixels beyond the border are found.
MODES = ("zeros", "reflect", "replicate")
#: Names of the axes of samples, and of filters.
_AXES = {1: "L", 2: "H, W", 3: "D, H, W"}
_FILTER = {1: "F", 2: "FH, FW", 3: "FD, FH, FW"}
#: What a stride, a dilation or a padding may be.
_MOST_PIXELS = 2**31 - 1


def _named_kernels():
    vertical = [[1, 0, -1]] * 3
    sobel = [[1, 0, -1], [2, 0, -2], [1, 0, -1]]
    scharr = [[3, 0, -3], [10, 0, -10], [3, 0, -3]]
    named = {
        "identity": [[0, 0, 0], [0, 1, 0], [0, 0, 0]],
        "vertical": vertical,
        "horizontal": np.transpose(vertical),
        "sobel_x": sobel,
        "sobel_y": np.transpose(sobel),
        "scharr_x": scharr,
        "scharr_y": np.transpose(scharr),
        "laplacian": [[0, 1, 0], [1, -4, 1], [0, 1, 0]],
        "sharpen": [[0, -1, 0], [-1, 5, -1], [0, -1, 0]],
        "box_blur": np.full((3, 3), 1 / 9),
        "gaussian_blur": np.outer([1, 2, 1], [1, 2, 1]) / 16,
        "emboss": [[-2, -1, 0], [-1, 1, 1], [0, 1, 2]],
    }
    for name, values in named.items():
        named[name] = np.array(values, dtype=float)
        named[name].flags.writeable = False
    return named


#: 3x3 filters by name. "vertical", "sobel_x" and "scharr_x" answer to vertical edges, bright on the left; the blurs sum
#: to 1, so that they keep the mean brightness.
KERNELS2D = _named_kernels()


# ---- sizes -------------------------------------------------------------------------------------------------


def positions(n: int, f: int, padding: int, stride: int, dilation: int = 1) -> int:
    """The number of places for a window of f on n pixels, with so much padding on both sides together."""
    span = dilation * (f - 1) + 1
    if span > n + padding:
        gaps = f" with dilation {dilation} spans {span} pixels and" if dilation > 1 else ""
        edge = f" and {padding} of padding" if padding else ""
        raise ValueError(f"a window of {f}{gaps} does not fit: the image has {n} pixels{edge} along this axis. Usual "
                         "cause: too many poolings or strides before, or channels in the place of rows.")
    return (n + padding - span) // stride + 1


def conv_output_size(n, f, pad=0, stride=1, dilation=1):
    """The number of places of a window along one axis, which is the size of the output.

    size = floor((n + 2 pad - dilation (f - 1) - 1) / stride) + 1

    Parameters
    ----------
    n : int, pixels of the image
    f : int, entries of the filter
    pad : int, pixels added at each end
    stride : int, pixels from one place to the next
    dilation : int, pixels from one entry of the filter to the next

    Returns
    -------
    int

    Raises
    ------
    ValueError
        When the window is larger than the padded image.
    """
    pad = whole_number(pad, "pad", 0)
    return positions(whole_number(n, "n"), whole_number(f, "f"), 2 * pad, whole_number(stride, "stride"),
                      whole_number(dilation, "dilation"))


def transposed_output_size(n, f, pad=0, stride=1):
    """The size of what a transposed convolution makes of n pixels along one axis.

    size = (n - 1) stride - 2 pad + f

    Parameters
    ----------
    n : int, pixels of the input
    f : int, entries of the filter
    pad : int, pixels cut off at each end
    stride : int, pixels from one stamp to the next

    Returns
    -------
    int
    """
    n, f, stride = whole_number(n, "n"), whole_number(f, "f"), whole_number(stride, "stride")
    pad = whole_number(pad, "pad", 0)
    size = (n - 1) * stride - 2 * pad + f
    if size < 1:
        raise ValueError(f"pad={pad} cuts {2 * pad} of {size + 2 * pad} pixels, so nothing is left. In a transposed "
                         "convolution padding removes pixels.")
    return size


def receptive_field(layers):
    """How many pixels of the input one output pixel of a stack of layers sees along an axis.

    size = 1 + sum over l of (f_l - 1) d_l jump_l, with jump_l the product of all strides before layer l

    Parameters
    ----------
    layers : list of (f, stride, dilation), one a layer of convolution or pooling, the first layer first

    Returns
    -------
    size : int, pixels
    jump : int, pixels of the input from one output pixel to the next: the product of all strides
    """
    if not isinstance(layers, list | tuple):
        raise TypeError(f"layers is {type(layers).__name__}, expected a list of (f, stride, dilation), one a layer.")
    if not layers:
        raise ValueError("layers is empty, expected (f, stride, dilation) for each layer.")
    size = jump = 1
    for number, layer in enumerate(layers, 1):
        if not (isinstance(layer, list | tuple) and len(layer) == 3):
            raise TypeError(f"layer {number} is {layer!r}, expected (f, stride, dilation), such as (3, 1, 1).")
        f, stride, dilation = (whole_number(value, f"{name} of layer {number}")
                               for name, value in zip(("f", "stride", "dilation"), layer, strict=True))
        size, jump = size + (f - 1) * dilation * jump, jump * stride
    return size, jump


# ---- what layers are given ---------------------------------------------------------------------------------


def per_axis(value, name: str, axes: int, low: int = 1) -> tuple[int, ...]:
    """One whole number of pixels for all axes, or a tuple with one for each."""
    if isinstance(value, list) or (isinstance(value, tuple) and len(value) != axes):
        kind = TypeError if isinstance(value, list) else ValueError
        raise kind(f"{name}={value}, expected one whole number, or a tuple of {axes}, one an axis.")
    if not isinstance(value, tuple):
        return (_pixels(value, name, low),) * axes
    return tuple(_pixels(each, f"{name}[{axis}]", low) for axis, each in enumerate(value))


def _pixels(value, name: str, low: int) -> int:
    """A whole number that kernels can take."""
    number = whole_number(value, name, low)
    if number > _MOST_PIXELS:
        raise ValueError(f"{name}={number}, expected a number of pixels: no image has so many.")
    return number


def as_images(x, name: str = "x", axes: int = 2) -> np.ndarray:
    """Samples (N, C, ...) with so many axes of pixels."""
    x = as_float(x, name)
    if x.ndim != axes + 2 or x.size == 0:
        hint = f" One channel: {name}[:, None]; one sample: {name}[None]." if x.ndim == axes + 1 else ""
        hint = f" One sample of one channel: {name}[None, None]." if x.ndim == axes else hint
        raise ValueError(f"{name} must have shape (N, C, {_AXES[axes]}) and not be empty, got {x.shape}.{hint}")
    return x


def output_gradient(dout, shape: tuple) -> np.ndarray:
    """dout as an array of the shape that the forward pass returned."""
    dout = as_float(dout, "dout")
    if dout.shape != shape:
        raise ValueError(f"dout must have the shape of the layer's output, {shape}, got {dout.shape}.")
    return dout


# ---- padding -----------------------------------------------------------------------------------------------


def _pads(pad, size, stride, dilation) -> list[tuple[int, int]]:
    """Pixels to add before and after, for each axis."""
    if not isinstance(pad, str):
        return [(each, each) for each in per_axis(pad, "pad", len(size), 0)]
    if choice(pad, "pad", ("same", "valid")) == "valid":
        return [(0, 0)] * len(size)
    if set(stride) != {1}:
        raise ValueError(f"pad='same' with stride {stride}: the output can only be as large as the input where the "
                         "stride is 1. Give pad as a number.")
    return [(d * (f - 1) // 2, d * (f - 1) - d * (f - 1) // 2) for f, d in zip(size, dilation, strict=True)]


def padded(x, pads, mode):
    """x with pixels around its last axes, contiguous; x itself where there are none to add."""
    if not any(map(sum, pads)):
        return x
    first = x.ndim - len(pads)
    if mode == "zeros":
        sizes = [n + sum(pair) for n, pair in zip(x.shape[first:], pads, strict=True)]
        out = np.zeros((*x.shape[:first], *sizes), x.dtype)
        out[_inside(x.shape[first:], pads)] = x
        return out
    for axis, (before, after) in enumerate(pads, first):
        n = x.shape[axis]
        if mode == "reflect" and max(before, after) >= n:
            raise ValueError(f"mode 'reflect' with {max(before, after)} pixels of padding on an axis of {n}: the "
                             f"mirror image without the edge has {n - 1}. Use less padding, or 'replicate'.")
        source = np.arange(-before, n + after)
        source = np.clip(source, 0, n - 1) if mode == "replicate" else n - 1 - np.abs(n - 1 - np.abs(source))
        x = np.take(x, source, axis)
    return x


def _inside(sizes, pads) -> tuple:
    """Where the pixels themselves lie in the padded array."""
    return (..., *(slice(before, before + n) for n, (before, _) in zip(sizes, pads, strict=True)))


def _padding_backward(d, pads, mode):
    """The gradient of x from that of `padded(x)`: each copy of a pixel adds to it."""
    first = d.ndim - len(pads)
    if mode != "zeros":
        edge = 1 if mode == "reflect" else 0  # the edge itself is no part of the mirror image
        for axis, (before, after) in enumerate(pads, first):
            d = np.moveaxis(d, axis, 0)
            start, inner, end = d[:before], d[before : len(d) - after].copy(), d[len(d) - after :]
            last = len(inner) - 1
            for distance in range(before):
                inner[(distance + 1) * edge] += start[before - 1 - distance]
            for distance in range(after):
                inner[last - (distance + 1) * edge] += end[distance]
            d = np.moveaxis(inner, 0, axis)
        return np.ascontiguousarray(d)
    sizes = [n - sum(pair) for n, pair in zip(d.shape[first:], pads, strict=True)]
    return np.ascontiguousarray(d[_inside(sizes, pads)])


def pad_images(x, pad, mode="zeros"):
    """Add pixels around each image.

    zeros: 0 0 | 1 2 3 | 0 0
    reflect, the mirror image without the edge: 3 2 | 1 2 3 | 2 1
    replicate, the edge again: 1 1 | 1 2 3 | 3 3

    Parameters
    ----------
    x : (..., H, W)
    pad : int, or (top, bottom, left, right)
    mode : "zeros", "reflect" or "replicate"

    Returns
    -------
    (..., H + top + bottom, W + left + right), a new array
    """
    x = as_float(x, "x")
    if x.ndim < 2 or x.size == 0:
        raise ValueError(f"x must have shape (..., H, W) and not be empty, got {x.shape}.")
    if isinstance(pad, tuple) and len(pad) != 4:
        raise ValueError(f"pad={pad}, expected one whole number, or four: (top, bottom, left, right).")
    top, bottom, left, right = per_axis(pad, "pad", 4, 0)
    out = padded(x, [(top, bottom), (left, right)], choice(mode, "mode", MODES))
    return x.copy() if out is x else out


# ---- the sums of a layer, in two dimensions ----------------------------------------------------------------

#: Products up to which the plain loops are faster than laying out windows for a matrix product.
_FEW = 8_000


def _chosen(loops, product, terms: int):
    return loops if terms <= _FEW else product


def window_sums(x, w, stride, dilation, counts) -> np.ndarray:
    """out (N, K, OH, OW) of padded x, without biases."""
    out = np.empty((len(x), len(w), *counts), x.dtype)
    call = _chosen(kernels.correlate, kernels.correlate_product, out.size * w[0].size)
    call(x, w, stride, dilation, out)
    return out


def window_sums_backward(dout, w, stride, dilation, shape) -> np.ndarray:
    """The gradient of padded x, which has this shape."""
    dx = np.empty(shape, dout.dtype)
    call = _chosen(kernels.scatter, kernels.scatter_product, dout.size * w[0].size)
    call(dout, w, stride, dilation, dx)
    return dx


def _weight_gradient(dout, x, stride, dilation, shape) -> np.ndarray:
    dw = np.empty(shape, dout.dtype)
    call = _chosen(kernels.weight_gradient, kernels.weight_gradient_product, dout.size * dw[0].size)
    call(dout, x, stride, dilation, dw)
    return dw


# ---- layers ------------------------------------------------------------------------------------------------


class ConvCache(NamedTuple):
    """What the backward pass of a convolution needs."""

    x: np.ndarray  #: padded
    w: np.ndarray
    stride: tuple
    dilation: tuple
    pads: list  #: pixels before and after, one pair an axis
    mode: str
    biased: bool
    shape: tuple  #: of the output


def _filters(w, b, axes: int, channels: int, groups: int):
    """w and b as float arrays that fit so many channels; b may be None."""
    w = as_float(w, "w")
    each = channels // groups
    if channels % groups:
        raise ValueError(f"groups={groups} does not divide the {channels} channels of x.")
    if w.ndim != axes + 2 or w.size == 0 or w.shape[1] != each:
        cause = ""
        if w.ndim == axes + 2 and w.shape[-2] == each != w.shape[1]:
            cause = " Usual cause: a filter that was stored with the channels last, (rows, columns, C, K)."
        elif w.ndim == axes + 1:
            cause = " One filter alone: w[None]."
        share = f"{channels} channels" + (f" in {groups} groups" if groups > 1 else "")
        raise ValueError(f"x has {share}, so w must have shape (K, {each}, {_FILTER[axes]}) and not be empty, got "
                         f"{w.shape}.{cause}")
    if len(w) % groups:
        raise ValueError(f"groups={groups} does not divide the {len(w)} filters of w of shape {w.shape}.")
    return w, _biases(b, len(w), w.shape)


def _biases(b, outputs: int, shape: tuple):
    if b is None:
        return None
    b = as_float(b, "b")
    if b.shape != (outputs,):
        raise ValueError(f"w of shape {shape} makes {outputs} maps, so b must have shape ({outputs},), got {b.shape}.")
    return b


def _prepared(axes, x, w, b, stride, pad, dilation, groups=1, mode="zeros") -> tuple[ConvCache, np.ndarray | None]:
    """All that a layer is given, checked, in one kind of number; and b."""
    x = as_images(x, axes=axes)
    w, b = _filters(w, b, axes, x.shape[1], whole_number(groups, "groups"))
    x, w, *rest = same_kind(x, w) if b is None else same_kind(x, w, b)
    stride, dilation = per_axis(stride, "stride", axes), per_axis(dilation, "dilation", axes)
    pads = _pads(pad, w.shape[2:], stride, dilation)
    counts = [positions(n, f, sum(pair), s, d)
              for n, f, pair, s, d in zip(x.shape[2:], w.shape[2:], pads, stride, dilation, strict=True)]
    seen = padded(x, pads, choice(mode, "mode", MODES))
    shape = (len(x), len(w), *counts)
    return ConvCache(seen, w, stride, dilation, pads, mode, b is not None, shape), rest[0] if rest else None


def _biased(out, b):
    """out + b, one number a map, written into out."""
    if b is not None:
        out += b.reshape(-1, *[1] * (out.ndim - 2))
    return out


def _checked(dout, cache, axes: int, source: str):
    """dout, x and w in one kind of number, and the cache."""
    if not (isinstance(cache, ConvCache) and len(cache.shape) == axes + 2):
        raise TypeError(f"cache is {type(cache).__name__}, expected what {source} returns second: out, cache = "
                        f"{source}(...).")
    return *same_kind(output_gradient(dout, cache.shape), cache.x, cache.w), cache


def _bias_gradient(dout, biased):
    return dout.sum(axis=(0, *range(2, dout.ndim))) if biased else None


def conv2d_forward(x, w, b, stride=1, pad=0, dilation=1, groups=1, mode="zeros"):
    """Convolution layer: each filter slides over all channels of the image and makes one map.

    out[n, k, i, j] = b_k + sum over c, u, v of w[k, c, u, v] x[n, c, i s + u d, j s + v d], of padded x

    Parameters
    ----------
    x : (N, C, H, W)
    w : (K, C/groups, FH, FW)
    b : (K,), or None for a layer without
    stride, dilation : int, or (rows, columns)
    pad : int, (rows, columns), "valid" (none), or "same" (stride 1: the output is as large as x; of an odd number the
        larger part stands at the end)
    groups : int that divides C and K: each part of the filters sees its part of the channels alone; C is depthwise
    mode : "zeros", "reflect" or "replicate", what the padding holds

    Returns
    -------
    out : (N, K, OH, OW)
    cache : what `conv2d_backward` needs

    Raises
    ------
    ValueError
        When shapes do not fit, or the window is larger than the padded image.
    """
    cache, b = _prepared(2, x, w, b, stride, pad, dilation, groups, mode)
    return _biased(window_sums(*cache[:4], cache.shape[2:]), b), cache


def conv2d_backward(dout, cache):
    """Gradients of `conv2d_forward`. Windows overlap, so a pixel collects from all that see it.

    dx[n, c, i s + u d, j s + v d] += w[k, c, u, v] dout[n, k, i, j], then the padding is cut off
    dw[k, c, u, v] = sum over n, i, j of dout[n, k, i, j] x[n, c, i s + u d, j s + v d]
    db_k = sum over n, i, j of dout[n, k, i, j]

    A copy of a pixel in reflected or replicated padding hands its part to the pixel.

    Parameters
    ----------
    dout : (N, K, OH, OW)
    cache : from `conv2d_forward`

    Returns
    -------
    dx : (N, C, H, W)
    dw : (K, C/groups, FH, FW)
    db : (K,), or None without biases
    """
    dout, x, w, cache = _checked(dout, cache, 2, "conv2d_forward")
    dx = window_sums_backward(dout, w, cache.stride, cache.dilation, x.shape)
    dw = _weight_gradient(dout, x, cache.stride, cache.dilation, w.shape)
    return _padding_backward(dx, cache.pads, cache.mode), dw, _bias_gradient(dout, cache.biased)


def conv1d_forward(x, w, b, stride=1, pad=0, dilation=1, groups=1, mode="zeros"):
    """Convolution layer for sequences.

    out[n, k, i] = b_k + sum over c, u of w[k, c, u] x[n, c, i s + u d], of padded x

    Parameters
    ----------
    x : (N, C, L)
    w : (K, C/groups, F)
    b : (K,), or None for a layer without
    stride, pad, dilation, groups, mode : as of `conv2d_forward`

    Returns
    -------
    out : (N, K, OL)
    cache : what `conv1d_backward` needs
    """
    cache, b = _prepared(1, x, w, b, stride, pad, dilation, groups, mode)
    # An image of one row.
    out = window_sums(cache.x[:, :, None], cache.w[:, :, None], (1, *cache.stride), (1, *cache.dilation),
                      (1, *cache.shape[2:]))
    return _biased(out[:, :, 0], b), cache


def conv1d_backward(dout, cache):
    """Gradients of `conv1d_forward`: those of `conv2d_backward` for an image of one row.

    Parameters
    ----------
    dout : (N, K, OL)
    cache : from `conv1d_forward`

    Returns
    -------
    dx : (N, C, L)
    dw : (K, C/groups, F)
    db : (K,), or None without biases
    """
    dout, x, w, cache = _checked(dout, cache, 1, "conv1d_forward")
    steps, row, rows = ((1, *cache.stride), (1, *cache.dilation)), dout[:, :, None], x[:, :, None]
    dx = window_sums_backward(row, w[:, :, None], *steps, rows.shape)[:, :, 0]
    dw = _weight_gradient(row, rows, *steps, w[:, :, None].shape)[:, :, 0]
    return _padding_backward(dx, cache.pads, cache.mode), dw, _bias_gradient(dout, cache.biased)


def _frames(x, start: int, step: int, count: int) -> np.ndarray:
    """Every step-th image of volumes (N, C, D, H, W) as a batch (N count, C, H, W)."""
    chosen = x[:, :, start : start + (count - 1) * step + 1 : step]
    return np.ascontiguousarray(chosen.swapaxes(1, 2)).reshape(-1, x.shape[1], *x.shape[3:])


def _volumes(frames, count: int) -> np.ndarray:
    """Images (N count, C, H, W) as volumes (N, C, count, H, W), a view."""
    return frames.reshape(-1, count, *frames.shape[1:]).swapaxes(1, 2)


def conv3d_forward(x, w, b, stride=1, pad=0, dilation=1):
    """Convolution layer for volumes or films: the filter moves along three axes.

    out[n, k, h, i, j] = b_k + sum over c, t, u, v of w[k, c, t, u, v] x[n, c, h s + t d, i s + u d, j s + v d]

    It is the sum of as many two-dimensional convolutions as the filter is deep.

    Parameters
    ----------
    x : (N, C, D, H, W)
    w : (K, C, FD, FH, FW)
    b : (K,), or None for a layer without
    stride, dilation : int, or one an axis
    pad : int, one an axis, "valid" or "same", as of `conv2d_forward`

    Returns
    -------
    out : (N, K, OD, OH, OW)
    cache : what `conv3d_backward` needs
    """
    cache, b = _prepared(3, x, w, b, stride, pad, dilation)
    depth, counts = cache.shape[2], cache.shape[3:]
    out = 0
    for t in range(cache.w.shape[2]):
        frames = _frames(cache.x, t * cache.dilation[0], cache.stride[0], depth)
        filters = np.ascontiguousarray(cache.w[:, :, t])
        out = out + window_sums(frames, filters, cache.stride[1:], cache.dilation[1:], counts)
    return _biased(np.ascontiguousarray(_volumes(out, depth)), b), cache


def conv3d_backward(dout, cache):
    """Gradients of `conv3d_forward`, summed over the depth of the filter.

    Parameters
    ----------
    dout : (N, K, OD, OH, OW)
    cache : from `conv3d_forward`

    Returns
    -------
    dx : (N, C, D, H, W)
    dw : (K, C, FD, FH, FW)
    db : (K,), or None without biases
    """
    dout, x, w, cache = _checked(dout, cache, 3, "conv3d_forward")
    depth, step, steps = cache.shape[2], cache.stride[0], (cache.stride[1:], cache.dilation[1:])
    slopes, dx, dw = _frames(dout, 0, 1, depth), np.zeros_like(x), np.empty_like(w)
    for t in range(w.shape[2]):
        start = t * cache.dilation[0]
        frames, filters = _frames(x, start, step, depth), np.ascontiguousarray(w[:, :, t])
        dw[:, :, t] = _weight_gradient(slopes, frames, *steps, filters.shape)
        back = window_sums_backward(slopes, filters, *steps, frames.shape)
        dx[:, :, start : start + (depth - 1) * step + 1 : step] += _volumes(back, depth)
    return _padding_backward(dx, cache.pads, cache.mode), dw, _bias_gradient(dout, cache.biased)


class TransposedCache(NamedTuple):
    """What the backward pass of a transposed convolution needs."""

    x: np.ndarray
    w: np.ndarray
    stride: tuple
    pad: tuple
    biased: bool
    shape: tuple  #: of the output


def transposed_conv2d_forward(x, w, b, stride=1, pad=0):
    """Transposed convolution: every pixel stamps the filter, times its value, into a larger image.

    out[n, k, i s + u - pad, j s + v - pad] += w[c, k, u, v] x[n, c, i, j], and b_k is added

    It is the gradient of a convolution with this w, not its inverse: the size comes back, the pixels do not. Padding
    removes pixels here.

    Parameters
    ----------
    x : (N, C, H, W)
    w : (C, K, FH, FW), as PyTorch stores it
    b : (K,), or None for a layer without
    stride : int, or (rows, columns), pixels from one stamp to the next
    pad : int, or (rows, columns), pixels cut off at each side

    Returns
    -------
    out : (N, K, (H - 1) s - 2 pad + FH, (W - 1) s - 2 pad + FW)
    cache : what `transposed_conv2d_backward` needs
    """
    x, w = as_images(x), as_float(w, "w")
    if w.ndim != 4 or w.size == 0 or len(w) != x.shape[1]:
        cause = " Usual cause: (K, C, FH, FW), the order of a convolution." if w.shape[1:2] == x.shape[1:2] else ""
        raise ValueError(f"x has {x.shape[1]} channels, so w must have shape ({x.shape[1]}, K, FH, FW) and not be "
                         f"empty, got {w.shape}.{cause}")
    b = _biases(b, w.shape[1], w.shape)
    x, w, *rest = same_kind(x, w) if b is None else same_kind(x, w, b)
    stride, pad = per_axis(stride, "stride", 2), per_axis(pad, "pad", 2, 0)
    counts = [transposed_output_size(n, f, p, s)
              for n, f, p, s in zip(x.shape[2:], w.shape[2:], pad, stride, strict=True)]
    canvas = (len(x), w.shape[1], *(n + 2 * p for n, p in zip(counts, pad, strict=True)))
    stamped = window_sums_backward(x, w, stride, (1, 1), canvas)
    out = np.ascontiguousarray(stamped[_inside(counts, [(p, p) for p in pad])])
    return _biased(out, rest[0] if rest else None), TransposedCache(x, w, stride, pad, b is not None, out.shape)


def transposed_conv2d_backward(dout, cache):
    """Gradients of `transposed_conv2d_forward`: with respect to x it is a convolution.

    dx[n, c, i, j] = sum over k, u, v of w[c, k, u, v] dout[n, k, i s + u - pad, j s + v - pad]
    dw[c, k, u, v] = sum over n, i, j of x[n, c, i, j] dout[n, k, i s + u - pad, j s + v - pad]
    db_k = sum over n, i, j of dout[n, k, i, j]

    Parameters
    ----------
    dout : shape of the output
    cache : from `transposed_conv2d_forward`

    Returns
    -------
    dx : (N, C, H, W)
    dw : (C, K, FH, FW)
    db : (K,), or None without biases
    """
    if not isinstance(cache, TransposedCache):
        raise TypeError(f"cache is {type(cache).__name__}, expected what transposed_conv2d_forward returns second: "
                        "out, cache = transposed_conv2d_forward(...).")
    dout, x, w = same_kind(output_gradient(dout, cache.shape), cache.x, cache.w)
    canvas = padded(dout, [(p, p) for p in cache.pad], "zeros")
    dx = window_sums(canvas, w, cache.stride, (1, 1), x.shape[2:])
    return dx, _weight_gradient(x, canvas, cache.stride, (1, 1), w.shape), _bias_gradient(dout, cache.biased)


# ---- windows as rows of a matrix ---------------------------------------------------------------------------


def _window_places(shape, size, stride, pad, dilation):
    """What im2col and its adjoint are given, one number an axis, and the number of places along each."""
    size, stride = per_axis(size, "size", 2), per_axis(stride, "stride", 2)
    pad, dilation = per_axis(pad, "pad", 2, 0), per_axis(dilation, "dilation", 2)
    counts = [positions(n, f, 2 * p, s, d)
              for n, f, p, s, d in zip(shape[2:], size, pad, stride, dilation, strict=True)]
    return size, stride, dilation, [(p, p) for p in pad], counts


def im2col(x, size, stride=1, pad=0, dilation=1):
    """Every window of every image as one row, so that a convolution becomes a matrix product.

    cols[n, i OW + j, (c FH + u) FW + v] = x[n, c, i s + u d, j s + v d], of padded x
    out = cols W.T with W = w.reshape(K, C FH FW)

    Parameters
    ----------
    x : (N, C, H, W)
    size : int, or (FH, FW)
    stride, pad, dilation : int, or (rows, columns)

    Returns
    -------
    (N, OH OW, C FH FW)
    """
    x = as_images(x)
    size, stride, dilation, pads, counts = _window_places(x.shape, size, stride, pad, dilation)
    seen = kernels.windows(padded(x, pads, "zeros"), size, stride, dilation, counts)
    return seen.transpose(0, 4, 5, 1, 2, 3).reshape(len(x), prod(counts), -1)


def col2im(cols, shape, size, stride=1, pad=0, dilation=1):
    """Windows back into an image, where they overlap added: the adjoint of `im2col`, and so its backward function.

    x[n, c, i s + u d, j s + v d] += cols[n, i OW + j, (c FH + u) FW + v], then the padding is cut off

    Parameters
    ----------
    cols : (N, OH OW, C FH FW)
    shape : (N, C, H, W), the shape of the image
    size, stride, pad, dilation : as of `im2col`

    Returns
    -------
    (N, C, H, W)
    """
    cols = as_float(cols, "cols")
    if not (isinstance(shape, tuple) and len(shape) == 4):
        raise TypeError(f"shape={shape!r}, expected the shape of the image, a tuple (N, C, H, W).")
    N, C, H, W = (whole_number(n, f"shape[{axis}]") for axis, n in enumerate(shape))
    size, stride, dilation, pads, counts = _window_places((N, C, H, W), size, stride, pad, dilation)
    if cols.shape != (N, prod(counts), C * prod(size)):
        raise ValueError(f"cols must have shape ({N}, {prod(counts)}, {C * prod(size)}) for an image of shape "
                         f"{(N, C, H, W)}: {prod(counts)} windows of {C * prod(size)} entries; got {cols.shape}.")
    values = np.ascontiguousarray(cols.reshape(N, *counts, C, *size).transpose(0, 3, 4, 5, 1, 2))
    dx = np.zeros((N, C, H + sum(pads[0]), W + sum(pads[1])), cols.dtype)
    kernels.add_windows(values, stride, dilation, dx)
    return _padding_backward(dx, pads, "zeros")


# ---- signals and single images -----------------------------------------------------------------------------


def _signals(f, g):
    signals = [as_float(f, "f"), as_float(g, "g")]
    for name, signal in zip("fg", signals, strict=True):
        if signal.ndim != 1 or signal.size == 0:
            raise ValueError(f"{name} must be a sequence of numbers, shape (n,), not empty, got {signal.shape}.")
    return same_kind(*signals)


def correlate(f, g):
    """Cross-correlation of two sequences: f lies on g as it is, moved by i, and what lies together is multiplied.

    (f o g)[i] = sum over m of f[m] g[i + m]

    Parameters
    ----------
    f : (M,)
    g : (n,)

    Returns
    -------
    (M + n - 1,), all places where they meet: i = -(M - 1), ..., n - 1; outside, g is zero
    """
    f, g = _signals(f, g)
    edge = f.size - 1
    g = padded(g, [(edge, edge)], "zeros")
    return conv1d_forward(g[None, None], f[None, None], None)[0][0, 0]


def convolve(f, g):
    """Convolution of two sequences: f is turned around first, f(-m). It is the same for (f, g) and (g, f).

    (f * g)[i] = sum over m of f[m] g[i - m]

    Parameters
    ----------
    f : (M,)
    g : (n,)

    Returns
    -------
    (M + n - 1,), all places where they meet: i = 0, ..., M + n - 2; outside, both are zero
    """
    f, g = _signals(f, g)
    return correlate(f[::-1], g)


def _image_and_kernel(image, kernel):
    arrays = [as_float(image, "image"), as_float(kernel, "kernel")]
    for name, array in zip(("image", "kernel"), arrays, strict=True):
        if array.ndim != 2 or array.size == 0:
            hint = " One channel alone: image[0]; all channels: conv2d_forward." if array.ndim > 2 else ""
            raise ValueError(f"{name} must have shape (rows, columns) and not be empty, got {array.shape}.{hint}")
    return arrays


def correlate2d(image, kernel):
    """One gray image and one filter, at all places where the filter lies inside the image.

    out[i, j] = sum over u, v of kernel[u, v] image[i + u, j + v]

    Parameters
    ----------
    image : (H, W)
    kernel : (FH, FW), such as KERNELS2D["sobel_x"]

    Returns
    -------
    (H - FH + 1, W - FW + 1)
    """
    image, kernel = _image_and_kernel(image, kernel)
    return conv2d_forward(image[None, None], kernel[None, None], None)[0][0, 0]


def convolve2d(image, kernel):
    """As `correlate2d`, with the filter turned by half a turn first.

    out[i, j] = sum over u, v of kernel[u, v] image[i + FH - 1 - u, j + FW - 1 - v]

    Parameters
    ----------
    image : (H, W)
    kernel : (FH, FW)

    Returns
    -------
    (H - FH + 1, W - FW + 1)
    """
    image, kernel = _image_and_kernel(image, kernel)
    return correlate2d(image, kernel[::-1, ::-1])
