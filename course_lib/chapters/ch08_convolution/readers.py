"""Readers of digits for the live figures: networks trained once a session, and what makes a drawing a digit."""

import threading
from functools import cache
from typing import NamedTuple

import numpy as np
from PIL import Image

from course_lib import convnet, datasets
from course_lib.nn.architectures import LENET5, Dense, Flatten, ReLU
from course_lib.nn.bar import Bar

#: Of the 8,000 training digits: so many are learned, the others only measured on. The 2,000 test digits stay apart.
LEARNED = 7000
LAYERS = {"LeNet-5": LENET5, "dense": (Flatten(), Dense(128), ReLU(), Dense(10))}
#: Passes, and the learning rate of Adam at the start, from which it falls to zero evenly.
EPOCHS, RATE = 12, 0.004
#: Pixels by which digits are moved at random in training, and the two ways to train, as the menus name them.
MOVED = 2
TRAINED = {"digits as they are": 0, f"digits moved by up to {MOVED} pixels": MOVED}
_SIDE, _BOX = 28, 20


class Reader(NamedTuple):
    """A trained network: `runs[e]` is it after e epochs, `last` at the end."""

    runs: tuple

    @property
    def last(self):
        return self.runs[-1]


@cache
def trained(name: str, shift: int) -> Reader:
    """The network of this name, each digit moved in training by up to `shift` pixels.

    Trained when it is asked for first; a notebook shows how far it is.
    """
    digits = datasets.digits28()
    X, X_val, y, y_val = (part[some] for part in (digits.X_train, digits.y_train)
                          for some in (slice(LEARNED), slice(LEARNED, None)))
    runs = [convnet.train(X, y, LAYERS[name], epochs=0)]
    # what is displayed from a page's message would stand below another cell
    bar = Bar(EPOCHS) if threading.current_thread() is threading.main_thread() else None

    def after_each(run):
        runs.append(run)
        if bar:
            bar.show(len(run.loss), f"{name}, epoch {len(run.loss)} of {EPOCHS}, loss {run.loss[-1]:.3f}")

    convnet.train(X, y, LAYERS[name], epochs=EPOCHS, schedule=lambda epoch: RATE * (1 - epoch / EPOCHS), shift=shift,
                  X_val=X_val, y_val=y_val, on_epoch=after_each)
    if bar:
        bar.draw()
    return Reader(tuple(runs))


def as_digit(ink) -> np.ndarray:
    """A drawing, brought to the form that MNIST's makers gave their digits.

    What is drawn is cut out and resized until it just fits into 20 x 20 pixels, its sides in proportion; then it is
    laid into 28 x 28 pixels so that the center of its ink lies in pixel 14 of 0 to 27, down and across.

    Parameters
    ----------
    ink : (H, W) shares of ink, 0 to 1

    Returns
    -------
    (28, 28) float32; all zero when nothing is drawn
    """
    ink = np.asarray(ink, dtype=np.float32)
    digit = np.zeros((_SIDE, _SIDE), np.float32)
    rows, columns = np.nonzero(ink > 0.1)
    if rows.size == 0:
        return digit
    drawn = ink[rows.min() : rows.max() + 1, columns.min() : columns.max() + 1]
    height, width = (max(1, round(_BOX * length / max(drawn.shape))) for length in drawn.shape)
    small = np.clip(Image.fromarray(drawn).resize((width, height), Image.Resampling.BILINEAR), 0, 1)
    middle = [np.average(np.arange(length), weights=small.sum(axis=1 - axis))
              for axis, length in enumerate(small.shape)]
    top, left = (int(np.clip(round(_SIDE / 2 - at), 0, _SIDE - length))
                 for at, length in zip(middle, small.shape, strict=True))
    digit[top : top + height, left : left + width] = small
    return digit
