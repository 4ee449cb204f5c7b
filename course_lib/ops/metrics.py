"""How good is a model: errors in the unit of y, tables of right and wrong classes, and how sure one can be of them."""

from typing import NamedTuple

import numpy as np

from course_lib.ops.losses import mse
from course_lib.validate import as_array, as_float, as_labels, finite, rate, whole_number

__all__ = [
    "Report",
    "accuracy_interval",
    "classification_report",
    "confusion_matrix",
    "majority_share",
    "r2_score",
    "report_from_confusion",
    "rmse",
]


def rmse(prediction, target):
    """Root of the mean squared error, in the unit of the target.

    RMSE = sqrt((1/size) sum (y_hat - y)^2)    (2.1)

    Parameters
    ----------
    prediction, target : arrays of the same shape

    Returns
    -------
    float
    """
    return float(np.sqrt(mse(prediction, target)[0]))


def r2_score(prediction, target):
    """Share of the target's variance that the model explains: 1 perfect, 0 as good as the mean, negative worse.

    R^2 = 1 - sum (y_hat - y)^2 / sum (y - mean y)^2    (2.4)

    A constant target has no variance to explain: then 1 for exact predictions and 0 for all others. NaN stays NaN.

    Parameters
    ----------
    prediction, target : (N,) arrays

    Returns
    -------
    float
    """
    error = mse(prediction, target)[0]
    variance = float(np.var(target))
    if variance == 0:
        return error if np.isnan(error) else float(error == 0)
    return 1 - error / variance


def confusion_matrix(y_hat, y, C=None):
    """How often each true class got each answer.

    M_ij = number of samples of class i that were called j: rows true, columns predicted    (2.40)

    The prediction comes first, as in the losses; scikit-learn takes the true labels first.

    Parameters
    ----------
    y_hat : (N,) predicted labels 0..C-1
    y : (N,) true labels
    C : int, number of classes; default: largest label of both + 1

    Returns
    -------
    (C, C) integers
    """
    C = None if C is None else whole_number(C, "C")
    y_hat = as_labels(y_hat, None, C, "y_hat")
    y = as_labels(y, len(y_hat), C)
    if len(y) == 0:
        raise ValueError("y_hat and y are empty: there is nothing to count.")
    classes = int(max(y.max(), y_hat.max())) + 1 if C is None else C
    return np.bincount(y * classes + y_hat, minlength=classes * classes).reshape(classes, classes)


class Report(NamedTuple):
    """Precision, recall and F1 of every class, and their summary."""

    confusion: np.ndarray  #: (C, C), rows true
    precision: np.ndarray  #: (C,)
    recall: np.ndarray  #: (C,)
    f1: np.ndarray  #: (C,)
    macro_f1: float  #: mean of f1: every class counts the same
    accuracy: float


def report_from_confusion(confusion):
    """`classification_report` of a finished table.

    precision_j = M_jj / sum_i M_ij, of those called j    (2.41)
    recall_i = M_ii / sum_j M_ij, of those that are i    (2.42)
    F1 = 2 P R / (P + R), macro F1 = its mean over the classes    (2.43)

    Where nothing is counted (a class that is never answered, or never occurs) the share is 0.

    Parameters
    ----------
    confusion : (C, C) counts, rows true; weighted counts need not be whole

    Returns
    -------
    Report
    """
    M, counts = as_array(confusion, "confusion"), as_float(confusion, "confusion")
    finite(counts, "confusion")
    if M.ndim != 2 or M.shape[0] != M.shape[1] or M.size == 0 or counts.min() < 0:
        raise ValueError(f"a confusion matrix holds counts of at least 0, shape (C, C), got shape {M.shape} and "
                         f"{np.count_nonzero(counts < 0)} negative counts.")
    if M.sum() == 0:
        raise ValueError("the confusion matrix is all 0: there is nothing to count.")
    right, called, true = np.diag(M), M.sum(axis=0), M.sum(axis=1)
    precision, recall = (right / np.where(count > 0, count, 1) for count in (called, true))
    both = precision + recall
    f1 = 2 * precision * recall / np.where(both > 0, both, 1)
    return Report(M, precision, recall, f1, float(f1.mean()), float(right.sum() / M.sum()))


def classification_report(y_hat, y, C=None):
    """Confusion matrix, precision, recall and F1 of every class, see `report_from_confusion`.

    For a threshold other than one half, give y_hat = (p >= threshold).astype(int) and read row 1.

    Parameters
    ----------
    y_hat : (N,) predicted labels 0..C-1
    y : (N,) true labels
    C : int, number of classes; default: largest label of both + 1

    Returns
    -------
    Report
    """
    return report_from_confusion(confusion_matrix(y_hat, y, C))


def majority_share(y):
    """Accuracy of always answering the most frequent class: what a classifier must beat.

    Parameters
    ----------
    y : (N,) integer labels

    Returns
    -------
    float
    """
    labels = as_labels(y, None, None)
    if len(labels) == 0:
        raise ValueError("y is empty: there is no most frequent class.")
    return float(np.bincount(labels).max() / len(labels))


def accuracy_interval(share, n):
    """Range in which the true accuracy lies in 95 of 100 such tests.

    share +- 1.96 sqrt(share (1 - share) / n), kept in [0, 1]    (2.39)

    A normal approximation: too narrow for few samples or a share near 0 or 1.

    Parameters
    ----------
    share : float in [0, 1], share of right answers among the n test samples
    n : int, at least 1

    Returns
    -------
    low, high : floats
    """
    share, n = rate(share, "share", 0, 1), whole_number(n, "n")
    half = 1.96 * np.sqrt(share * (1 - share) / n)
    return float(max(share - half, 0)), float(min(share + half, 1))
