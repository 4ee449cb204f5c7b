"""Learning rates that change with the epoch: functions epoch -> rate for `nn.fit` and `dense.train`, and the plateau
rule, which looks at the validation loss.

The epoch counts from 0 and need not be whole: 1.5 is the middle of the second pass. An array of epochs gives an array.
"""

import math

import numpy as np

from course_lib.validate import as_float, function, rate, whole_number

__all__ = ["cosine_decay", "exponential_decay", "inverse_decay", "reduce_on_plateau", "step_decay", "warm_up"]


def step_decay(lr, factor=0.5, every=5):
    """A rate that falls in steps: times `factor` after every so many epochs.

    lr(e) = lr factor^floor(e / every)

    Parameters
    ----------
    lr : float >= 0, the first rate
    factor : float, 0 <= factor <= 1
    every : int, epochs between two steps

    Returns
    -------
    function of the epoch e
    """
    lr, factor, every = rate(lr, "lr"), rate(factor, "factor", high=1), whole_number(every, "every")
    return lambda epoch: lr * factor ** np.floor(np.divide(epoch, every))


def exponential_decay(lr, k):
    """A rate that loses the same share in every epoch.

    lr(e) = lr exp(-k e)

    Parameters
    ----------
    lr : float >= 0, the first rate
    k : float >= 0; after 1/k epochs the rate is lr / e = 0.37 lr

    Returns
    -------
    function of the epoch e
    """
    lr, k = rate(lr, "lr"), rate(k, "k")
    return lambda epoch: lr * np.exp(-k * np.asarray(epoch))


def inverse_decay(lr, k):
    """A rate that falls like 1/e, later more and more slowly. `inverse_time` is the same with other constants.

    lr(e) = lr / (1 + k e)

    Parameters
    ----------
    lr : float >= 0, the first rate
    k : float >= 0; after 1/k epochs the rate is lr / 2

    Returns
    -------
    function of the epoch e
    """
    lr, k = rate(lr, "lr"), rate(k, "k")
    return lambda epoch: lr / (1 + k * np.asarray(epoch))


def cosine_decay(lr, epochs, lr_min=0.0):
    """A rate that falls along half a wave of the cosine, slowly at both ends, and then stays.

    lr(e) = lr_min + (lr - lr_min) (1 + cos(pi e / epochs)) / 2 for e <= epochs, then lr_min

    Parameters
    ----------
    lr : float >= 0, the first rate
    epochs : int, how long it falls
    lr_min : float, 0 <= lr_min <= lr, the last rate

    Returns
    -------
    function of the epoch e
    """
    lr, epochs = rate(lr, "lr"), whole_number(epochs, "epochs")
    lr_min = rate(lr_min, "lr_min", high=lr)
    return lambda epoch: lr_min + (lr - lr_min) * (1 + np.cos(math.pi * np.minimum(epoch, epochs) / epochs)) / 2


def warm_up(schedule, epochs):
    """A rate that first grows from 0 in a straight line, and then follows another schedule from its beginning.

    lr(e) = schedule(0) e / epochs for e < epochs, then schedule(e - epochs)

    Parameters
    ----------
    schedule : function of the epoch, or a number: a rate that stays
    epochs : int, how long it grows

    Returns
    -------
    function of the epoch e
    """
    epochs = whole_number(epochs, "epochs")
    if callable(schedule):
        function(schedule, "schedule", "the epoch that returns a learning rate")
        first = rate(schedule(0), "schedule(0)")
    else:
        first = rate(schedule, "schedule")
    after = schedule if callable(schedule) else lambda epoch: first
    return lambda epoch: np.where(np.less(epoch, epochs), first * np.divide(epoch, epochs),
                                  after(np.maximum(np.subtract(epoch, epochs), 0)))[()]


# ---- the plateau rule ----------------------------------------------------------------------------------------


def wait(loss, best, waited, patience):
    """One epoch of the plateau rule: the best loss so far, the epochs without a better one since the last cut, and
    whether to cut the rate now. NaN is never a new best.
    """
    if loss < best:
        return loss, 0, False
    waited += 1
    return best, waited % patience, waited == patience


def reduce_on_plateau(val_loss, lr, factor=0.1, patience=10, lr_min=0.0):
    """The rate of each epoch when it is cut as often as `patience` epochs in a row bring no new best validation loss.

    lr <- max(factor lr, lr_min) after such a row; the next row begins then

    The whole curve is given, so that the rule can be looked at; in training `optim.ReduceLROnPlateau` applies it.

    Parameters
    ----------
    val_loss : (epochs,) validation loss after each epoch; NaN and infinity are never a new best
    lr : float >= 0, the first rate
    factor : float, 0 <= factor <= 1
    patience : int, at least 1
    lr_min : float, 0 <= lr_min <= lr

    Returns
    -------
    (epochs,) the rate that each epoch trained with: entry e depends on the losses before it
    """
    losses = as_float(val_loss, "val_loss")
    if losses.ndim != 1 or losses.size == 0:
        raise ValueError(f"val_loss must hold one number an epoch, got shape {losses.shape}.")
    lr, factor, patience = rate(lr, "lr"), rate(factor, "factor", high=1), whole_number(patience, "patience")
    lr_min = rate(lr_min, "lr_min", high=lr)
    rates, best, waited = np.empty(len(losses)), math.inf, 0
    for epoch, loss in enumerate(losses):
        rates[epoch] = lr
        best, waited, cut = wait(loss, best, waited, patience)
        if cut:
            lr = max(factor * lr, lr_min)
    return rates
