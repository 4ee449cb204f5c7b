"""New training images from old ones: moved, turned, sheared, resized and mirrored."""

import numpy as np

from course_lib.validate import as_float, finite, generator, rate, yes_or_no

#: A bound on the memory that is needed beside the images.
IMAGES_AT_ONCE = 500


def augment(images, rng, shift=0.0, rotation=0.0, shear=0.0, zoom=0.0, flip=False):
    """A varied copy of every image; each draws its own numbers, uniform from -x to x.

    In this order: mirrored, sheared, turned and zoomed round the middle, shifted. Every new pixel looks up where it
    comes from, between four old pixels (bilinear); what comes from outside of the image is 0. Only what keeps the label
    is of use: a mirrored 2 is no 2.

    Parameters
    ----------
    images : (N, H, W) or (N, C, H, W)
    rng : seed or numpy Generator
    shift : share of the height and of the width
    rotation : degrees
    shear : pixels to the right for each pixel down
    zoom : below 1; the image becomes 1 - zoom to 1 + zoom times as large
    flip : whether half of the images, by chance, are mirrored left to right

    Returns
    -------
    array of the shape of images, float32 or float64
    """
    images, rng = as_float(images, "images"), generator(rng)
    if images.ndim not in (3, 4) or images.size == 0:
        hint = " One image alone: image[None]." if images.ndim == 2 else ""
        raise ValueError(f"images must have shape (N, H, W) or (N, C, H, W) and not be empty, got {images.shape}."
                         f"{hint}")
    finite(images, "images")
    shift, rotation, shear = rate(shift, "shift"), rate(rotation, "rotation"), rate(shear, "shear")
    zoom, flip = rate(zoom, "zoom", 0, 1), yes_or_no(flip, "flip")
    if zoom == 1:
        raise ValueError("zoom=1 would shrink an image to nothing, expected less than 1.")
    t = rng.uniform(-1, 1, (6, len(images)))
    mirror = np.where(flip & (t[0] < 0), -1.0, 1.0)
    numbers = np.stack([mirror, shear * t[1], np.deg2rad(rotation) * t[2], 1 + zoom * t[3], shift * t[4], shift * t[5]])
    out = np.empty_like(images)
    for start in range(0, len(images), IMAGES_AT_ONCE):
        some = slice(start, start + IMAGES_AT_ONCE)
        out[some] = _moved(images[some], numbers[:, some])
    return out


def _moved(images, numbers):
    """The images after mirror, shear, angle, zoom and shift along x and y (shares of the side): numbers (6, N)."""
    N, (H, W) = len(images), images.shape[-2:]
    mirror, shear, angle, zoom, shift_x, shift_y = numbers[:, :, None, None]
    middle_x, middle_y = (W - 1) / 2, (H - 1) / 2
    x, y = np.arange(W) - middle_x - W * shift_x, np.arange(H)[:, None] - middle_y - H * shift_y
    cos, sin = np.cos(angle), np.sin(angle)
    x, y = (cos * x + sin * y) / zoom, (cos * y - sin * x) / zoom  # back, one movement after another
    x, y = mirror * (x - shear * y) + middle_x, y + middle_y
    # Round the image lie zeros: one row and column before it, two behind, since each point has a next pixel.
    x, y = np.clip(x, -1, W) + 1, np.clip(y, -1, H) + 1
    pixels = np.pad(images.reshape(N, -1, H, W), ((0, 0), (0, 0), (1, 2), (1, 2))).reshape(N, -1, (H + 3) * (W + 3))
    column, row = x.astype(np.int64), y.astype(np.int64)
    right, down = ((at - whole).reshape(N, 1, -1).astype(images.dtype) for at, whole in ((x, column), (y, row)))
    place = (row * (W + 3) + column).reshape(N, 1, -1)
    corner = lambda step: np.take_along_axis(pixels, place + step, axis=2)
    above = (1 - right) * corner(0) + right * corner(1)
    below = (1 - right) * corner(W + 3) + right * corner(W + 4)
    return ((1 - down) * above + down * below).reshape(images.shape)
