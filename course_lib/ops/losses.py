"""Losses: the mean over the batch, and the gradient with respect to the prediction. Natural logarithms."""

import numpy as np

from course_lib.kernels import losses as kernels
from course_lib.validate import (
    as_array,
    as_distribution,
    as_float,
    as_labels,
    as_rows,
    as_shares,
    finite,
    no_nan,
    same_kind,
    same_shape,
    whole_number,
)

__all__ = [
    "accuracy",
    "bce",
    "bce_from_logits",
    "cross_entropy",
    "entropy",
    "half_sse",
    "hellinger_loss",
    "kl_divergence",
    "kl_loss",
    "mae",
    "mse",
    "one_hot",
    "predict_class",
    "softmax_ce_backward",
    "softmax_cross_entropy",
]


def _matched(prediction, target, convert=as_float, hint=""):
    names = ("prediction", "target")
    prediction = convert(prediction, names[0], hint) if hint else convert(prediction, names[0])
    target = as_float(target, names[1])
    same_shape(prediction, target, names)
    if prediction.size == 0:
        raise ValueError(f"the prediction is empty (shape {prediction.shape}): a mean needs at least one sample.")
    finite(target, names[1])
    return same_kind(prediction, target)


def _rows(array):
    """Number of samples: the length of the first axis, or 1 for one distribution."""
    return array.shape[0] if array.ndim > 1 else 1


# ---- squared and absolute errors ---------------------------------------------------------------------------


def mse(prediction, target):
    """Mean squared error over all entries.

    L = (1/size) sum (y_hat - y)^2    (4.32)
    dL/dy_hat = 2 (y_hat - y) / size    (4.33)

    Parameters
    ----------
    prediction, target : arrays of the same shape

    Returns
    -------
    loss : float
    gradient : array of that shape

    Raises
    ------
    ValueError
        When the shapes differ: (N, 1) against (N,) would silently broadcast to (N, N).
    """
    prediction, target = _matched(prediction, target)
    error = prediction - target
    return float(np.mean(error * error)), error * error.dtype.type(2 / error.size)


def half_sse(prediction, target):
    """Half the squared length of the error, averaged over the samples.

    L = 1/(2N) sum_i |y_hat_i - y_i|^2    (4.34)
    dL/dy_hat = (y_hat - y) / N    (4.35)

    Parameters
    ----------
    prediction, target : (N,) or (N, K) arrays of the same shape

    Returns
    -------
    loss : float
    gradient : array of that shape
    """
    prediction, target = _matched(prediction, target)
    error = prediction - target
    samples = len(error) if error.ndim else 1
    return float(np.sum(error * error) / (2 * samples)), error * error.dtype.type(1 / samples)


def mae(prediction, target):
    """Mean absolute error over all entries.

    L = (1/size) sum |y_hat - y|    (4.36)
    dL/dy_hat = sign(y_hat - y) / size, 0 where the error is 0    (4.37)

    Parameters
    ----------
    prediction, target : arrays of the same shape

    Returns
    -------
    loss : float
    gradient : array of that shape
    """
    prediction, target = _matched(prediction, target)
    error = prediction - target
    return float(np.mean(np.abs(error))), np.sign(error) * error.dtype.type(1 / error.size)


# ---- binary cross-entropy ----------------------------------------------------------------------------------


def bce(prediction, target):
    """Binary cross-entropy of probabilities; several columns are independent yes/no questions.

    L = -(1/size) sum [y ln a + (1 - y) ln(1 - a)]    (4.28)
    dL/da = (-y/a + (1 - y)/(1 - a)) / size    (4.29)

    0 ln 0 counts as 0. A certain and wrong answer (a = 0 with y = 1) costs infinity: `bce_from_logits` is finite.

    Parameters
    ----------
    prediction : array of probabilities a in [0, 1]
    target : array of the same shape, 0 and 1 (or shares between)

    Returns
    -------
    loss : float
    gradient : array of that shape

    Raises
    ------
    ValueError
        When a lies outside of [0, 1]. Usual cause: scores instead of probabilities.
    """
    a, y = _matched(prediction, target, as_shares, " For scores use bce_from_logits.")
    y = as_shares(y, "target")
    positive, negative = y > 0, y < 1
    with np.errstate(divide="ignore"):
        cost = np.where(positive, -y * np.log(np.where(positive, a, 1)), 0)
        cost += np.where(negative, (y - 1) * np.log1p(-np.where(negative, a, 0)), 0)
        gradient = np.where(negative, (1 - y) / np.where(negative, 1 - a, 1), 0)
        gradient -= np.where(positive, y / np.where(positive, a, 1), 0)
    return float(np.mean(cost)), (gradient / a.dtype.type(a.size)).astype(a.dtype, copy=False)


def bce_from_logits(prediction, target):
    """Binary cross-entropy from scores z, sigmoid included; finite for any score.

    L = (1/size) sum [max(z, 0) - z y + ln(1 + e^-|z|)]    (4.30)
    dL/dz = (sigmoid(z) - y) / size    (4.31)

    Parameters
    ----------
    prediction : array of scores z
    target : array of the same shape, 0 and 1 (or shares between)

    Returns
    -------
    loss : float
    gradient : array of that shape, with respect to z
    """
    z, y = _matched(prediction, target)
    y = as_shares(y, "target", " Usual cause: prediction and target exchanged; the prediction comes first.")
    losses, dz = np.empty(z.size, z.dtype), np.empty(z.size, z.dtype)
    kernels.bce_from_logits(z.reshape(-1), y.reshape(-1), losses, dz)
    return float(np.mean(losses)), dz.reshape(z.shape)[()]


# ---- cross-entropy of exclusive classes --------------------------------------------------------------------


def softmax_cross_entropy(logits, y):
    """Loss (4.24) and gradient (4.26) in one pass over the scores.

    Parameters
    ----------
    logits : (N, C) scores
    y : (N,) integer labels 0..C-1

    Returns
    -------
    loss : float
    dlogits : (N, C)
    """
    logits, y = as_float(logits, "logits"), as_array(y, "y")
    if logits.ndim == 1 and y.ndim == 2:
        raise ValueError(f"logits has shape {logits.shape} and y {y.shape}. Usual cause: the two are "
                         "exchanged; the scores (N, C) come first, then the labels (N,).")
    logits = np.ascontiguousarray(as_rows(logits, "logits", "classes"))
    labels = as_labels(y, *logits.shape)
    losses, dlogits = np.empty(len(logits), logits.dtype), np.empty_like(logits)
    kernels.softmax_cross_entropy(logits, labels, losses, dlogits)
    return float(np.mean(losses)), dlogits


def cross_entropy(logits, y):
    """Mean surprise at the true classes, from scores.

    L = -(1/N) sum_i ln softmax(z_i)[y_i] = (1/N) sum_i (ln sum_j e^(z_ij) - z_i,y_i)    (4.24)

    The second form (log-sum-exp) is finite for any scores; the maximum of the row is subtracted first.

    Parameters
    ----------
    logits : (N, C) scores, not probabilities
    y : (N,) integer labels 0..C-1

    Returns
    -------
    loss : float, in nats

    Raises
    ------
    ValueError
        Labels outside of 0..C-1 (usual cause: classes counted from 1) or one-hot rows instead of labels.
    """
    return softmax_cross_entropy(logits, y)[0]


def softmax_ce_backward(logits, y):
    """Gradient of `cross_entropy` with respect to the scores.

    dL/dz = (softmax(z) - onehot(y)) / N    (4.26)

    Parameters
    ----------
    logits : (N, C) scores
    y : (N,) integer labels 0..C-1

    Returns
    -------
    dlogits : (N, C); each row sums to 0
    """
    return softmax_cross_entropy(logits, y)[1]


# ---- distances between distributions -----------------------------------------------------------------------


def kl_loss(prediction, target):
    """Kullback-Leibler divergence from the target to the prediction, averaged over the rows.

    L = (1/N) sum_i sum_k y_ik ln(y_ik / a_ik)    (4.40)
    dL/da = -y / (a N)    (4.41)

    0 ln 0 counts as 0; the loss is infinite where a = 0 and y > 0.

    Parameters
    ----------
    prediction, target : (N, C) or (C,) probabilities, shares in [0, 1]

    Returns
    -------
    loss : float
    gradient : array of that shape
    """
    a, y = _matched(prediction, target, as_shares, " Apply softmax to scores first.")
    y = as_shares(y, "target")
    positive = y > 0
    with np.errstate(divide="ignore"):
        ratio = np.where(positive, y, 1) / np.where(positive, a, 1)
        loss = float(np.sum(y * np.log(ratio)) / _rows(y))
    return loss, np.where(positive, -ratio / a.dtype.type(_rows(y)), 0).astype(a.dtype, copy=False)


def hellinger_loss(prediction, target):
    """Squared Hellinger distance, averaged over the rows.

    L = (1/N) sum_i (1/2) sum_k (sqrt a_ik - sqrt y_ik)^2    (4.42)
    dL/da = (1/2) (1 - sqrt(y/a)) / N    (4.43)

    Parameters
    ----------
    prediction, target : (N, C) or (C,) probabilities, shares in [0, 1]

    Returns
    -------
    loss : float
    gradient : array of that shape; -inf where a = 0 and y > 0
    """
    a, y = _matched(prediction, target, as_shares, " Apply softmax to scores first.")
    y = as_shares(y, "target")
    rows = a.dtype.type(_rows(y))
    loss = float(np.sum((np.sqrt(a) - np.sqrt(y)) ** 2) / (2 * rows))
    with np.errstate(divide="ignore"):
        ratio = np.where(y > 0, y / np.where(y > 0, a, 1), 0)
    return loss, ((1 - np.sqrt(ratio)) / (2 * rows)).astype(a.dtype, copy=False)


def entropy(p):
    """Mean surprise of a distribution, in nats.

    H(p) = -sum_k p_k ln p_k, with 0 ln 0 = 0    (4.38)

    Parameters
    ----------
    p : (..., C) probabilities that sum to 1

    Returns
    -------
    array of shape (...,), or a number
    """
    p = as_distribution(p, "p")
    return -np.sum(p * np.log(np.where(p > 0, p, 1)), axis=-1)


def kl_divergence(p, q):
    """Extra surprise of one who believes q when p is true, in nats.

    KL(p, q) = sum_k p_k ln(p_k / q_k) = H(p, q) - H(p) >= 0    (4.39)

    Parameters
    ----------
    p, q : (..., C) probabilities that sum to 1

    Returns
    -------
    array of shape (...,), or a number; infinite where q_k = 0 and p_k > 0
    """
    p, q = as_distribution(p, "p"), as_distribution(q, "q")
    same_shape(p, q, ("p", "q"))
    positive = p > 0
    with np.errstate(divide="ignore"):
        return np.sum(p * np.log(np.where(positive, p, 1) / np.where(positive, q, 1)), axis=-1)


# ---- labels ------------------------------------------------------------------------------------------------


def one_hot(y, C=None):
    """Labels as rows with a single 1.

    onehot(y)_ik = 1 if y_i = k else 0    (4.27)

    Parameters
    ----------
    y : (N,) integer labels 0..C-1
    C : int, number of classes; default: largest label + 1

    Returns
    -------
    (N, C) float64 array
    """
    C = None if C is None else whole_number(C, "C")
    labels = as_labels(y, None, C)
    classes = int(labels.max(initial=-1)) + 1 if C is None else C
    out = np.zeros((labels.size, classes))
    out[np.arange(labels.size), labels] = 1
    return out


def predict_class(scores):
    """Index of the largest score of each row; the first one when several are equal.

    Parameters
    ----------
    scores : (N, C) or (C,) scores or probabilities, C >= 2; no NaN, which is larger and smaller than nothing

    Returns
    -------
    (N,) integer labels, or one integer
    """
    scores = as_float(scores, "scores")
    no_nan(scores, "scores")
    if scores.ndim not in (1, 2) or scores.shape[-1] < 2:
        raise ValueError(f"scores must have shape (N, C) with C >= 2 classes, got {scores.shape}. One output unit "
                         "answers by a threshold: (scores >= 0) or (probability >= 0.5).")
    return scores.argmax(axis=-1)


def _all_whole(labels) -> bool:
    return labels.dtype.kind in "iub" or bool((np.isfinite(labels) & (labels == np.rint(labels))).all())


def accuracy(scores_or_labels, y):
    """Share of right answers.

    accuracy = (1/N) sum_i [predicted class_i = y_i]    (4.64)

    Parameters
    ----------
    scores_or_labels : (N, C) scores, whose largest entry is the answer, or (N,) predicted labels
    y : (N,) integer labels

    Returns
    -------
    float from 0 to 1; NaN when the prediction holds NaN, as after a divergence
    """
    given, labels = as_float(scores_or_labels, "the prediction"), as_array(y, "y")
    if given.ndim not in (1, 2) or given.size == 0:
        raise ValueError(f"predictions must have shape (N, C) or (N,) and not be empty, got {given.shape}.")
    if labels.ndim == 2 and given.ndim == 1 and labels.shape[1] > 1:
        raise ValueError(f"the predicted labels have shape {given.shape} and y {labels.shape}. Usual cause: the two "
                         "are exchanged (the prediction comes first), or y is one-hot (y.argmax(axis=1)).")
    if np.isnan(given).any():
        return float("nan")
    predicted = predict_class(given) if given.ndim == 2 else given
    if not _all_whole(predicted):
        raise ValueError("predicted labels must be whole numbers, got decimals. Usual cause: scores of one output "
                         "unit; threshold them first: (scores >= 0).")
    same_shape(predicted, labels, ("the predicted labels", "y"))
    if not _all_whole(as_float(labels, "y") if labels.dtype.kind not in "iub" else labels):
        raise ValueError("y must be whole numbers, got decimals, NaN or infinity. Usual cause: the target of a "
                         "regression.")
    return float(np.mean(predicted == labels))
