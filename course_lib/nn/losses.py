"""Losses, all in one form: `loss(prediction, target)` is the mean loss, `loss.backward()` its gradient."""

import numpy as np

from course_lib import ops
from course_lib.validate import as_array, as_float, rate, same_shape


class Loss:
    """A loss as an object: `function`, which returns (loss, gradient), and a memory of the gradient.

    loss(prediction, target) returns a float, the mean over the batch. loss.backward() returns the gradient of the last
    one with respect to the prediction, an array of its shape.
    """

    function = None
    _but = ""  #: the settings that a loss has
    _gradient = None

    def __init__(self, *given, **named):
        if given or named:
            name, count = type(self).__name__, len(given) + len(named)
            raise TypeError(f"{name} is made without arguments{self._but}, got {count}. Make the loss first, then call "
                            f"it: loss = nn.{name}(), and loss(prediction, target).")

    def __call__(self, prediction, target) -> float:
        loss, self._gradient = self.function(prediction, target)
        return loss

    def backward(self) -> np.ndarray:
        """The gradient of the last loss with respect to the prediction."""
        if self._gradient is None:
            raise RuntimeError(f"{type(self).__name__}.backward has no loss to go back from. Usual cause: "
                               "loss.backward() before loss(prediction, target).")
        return self._gradient

    def accuracy(self, prediction, target) -> float | None:
        """Share of right classes; None where the loss is not about classes."""
        return None


def _yes_no_accuracy(prediction, target, threshold: float) -> float:
    prediction, target = as_float(prediction, "prediction"), as_float(target, "target")
    same_shape(prediction, target, ("prediction", "target"))
    return float(np.mean((prediction >= threshold) == (target >= 0.5)))


class MSELoss(Loss):
    """Mean of (prediction - target)^2 over all entries."""

    function = staticmethod(ops.mse)


class L1Loss(Loss):
    """Mean of |prediction - target| over all entries."""

    function = staticmethod(ops.mae)


class BCELoss(Loss):
    """Binary cross-entropy from probabilities."""

    function = staticmethod(ops.bce)

    def accuracy(self, prediction, target) -> float:
        return _yes_no_accuracy(prediction, target, 0.5)


class BCEWithLogitsLoss(Loss):
    """Binary cross-entropy from scores; the sigmoid is inside."""

    function = staticmethod(ops.bce_from_logits)

    def accuracy(self, prediction, target) -> float:
        return _yes_no_accuracy(prediction, target, 0.0)


def _class_rows(scores, labels):
    """Scores (N, C, d1, ...) and labels (N, d1, ...) as rows (N d1 ..., C) and (N d1 ...,)."""
    scores, labels = as_float(scores, "prediction"), as_array(labels, "target")
    if scores.ndim >= 2 and scores.shape[1] == 1:
        raise ValueError(f"the prediction of shape {scores.shape} has one class, and the softmax of one score is "
                         "always 1: nothing can be learned. Usual cause: a net with one output; "
                         "nn.BCEWithLogitsLoss() takes it, with targets 0 and 1 of the same shape.")
    if scores.ndim <= 2:
        return scores, labels
    expected = (scores.shape[0], *scores.shape[2:])
    if labels.shape != expected:
        cause = " Labels are integers, not one-hot: target.argmax(axis=1)." if labels.shape == scores.shape else ""
        cause = cause or " Usual cause: classes along another axis than the second."
        raise ValueError(f"the prediction of shape {scores.shape} has its {scores.shape[1]} classes along the second "
                         f"axis, so the target must have shape {expected}, got {labels.shape}.{cause}")
    return np.moveaxis(scores, 1, -1).reshape(-1, scores.shape[1]), labels.reshape(-1)


class CrossEntropyLoss(Loss):
    """Cross-entropy from scores (N, C) and integer labels (N,); the softmax is inside.

    Scores (N, C, d1, ...) with labels (N, d1, ...) are one choice a place, such as a pixel: the mean over all places.

    Parameters
    ----------
    label_smoothing : share of certainty that the true class gives away to all classes, see `ops.smooth_labels`
    """

    _but = " but label_smoothing"

    def __init__(self, *given, label_smoothing: float = 0.0, **named):
        super().__init__(*given, **named)
        self.label_smoothing = rate(label_smoothing, "label_smoothing", 0, 1)

    def function(self, prediction, target):
        rows, labels = _class_rows(prediction, target)
        loss, gradient = ops.softmax_cross_entropy(rows, labels)
        if self.label_smoothing:
            N, C = rows.shape
            taken = ops.one_hot(labels, C) - ops.smooth_labels(labels, C, self.label_smoothing)
            taken = (taken / N).astype(rows.dtype)
            loss, gradient = loss + float(np.sum(taken * rows)), gradient + taken
        if rows.shape == np.shape(prediction):
            return loss, gradient
        N, C, *places = np.shape(prediction)
        return loss, np.ascontiguousarray(np.moveaxis(gradient.reshape(N, *places, C), -1, 1))

    def accuracy(self, prediction, target) -> float:
        return ops.accuracy(*_class_rows(prediction, target))


class KLDivLoss(Loss):
    """sum target ln(target / prediction), mean over the rows; both are probabilities."""

    function = staticmethod(ops.kl_loss)


class HellingerLoss(Loss):
    """Distance of two distributions by the square roots of their probabilities."""

    function = staticmethod(ops.hellinger_loss)
