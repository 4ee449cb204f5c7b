"""Losses: `loss(prediction, target)` returns the mean loss, `loss.backward()` its gradient."""

import numpy as np

from course_lib import ops


class Loss:
    """A function of `ops` that returns (loss, gradient)."""

    function = None

    def __call__(self, prediction, target) -> float:
        loss, self._gradient = type(self).function(prediction, target)
        return loss

    def backward(self) -> np.ndarray:
        """The gradient of the last loss with respect to the prediction."""
        return self._gradient

    def accuracy(self, prediction, target) -> float | None:
        """Share of right classes; None where the loss is not about classes."""
        return None


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
        return float(np.mean((prediction >= 0.5) == (target >= 0.5)))


class BCEWithLogitsLoss(Loss):
    """Binary cross-entropy from scores; the sigmoid is inside."""

    function = staticmethod(ops.bce_from_logits)

    def accuracy(self, prediction, target) -> float:
        return float(np.mean((prediction >= 0) == (target >= 0.5)))


class CrossEntropyLoss(Loss):
    """Cross-entropy from scores (N, C) and integer labels (N,); the softmax is inside."""

    function = staticmethod(ops.softmax_cross_entropy)

    def accuracy(self, prediction, target) -> float:
        return ops.accuracy(prediction, target)


class KLDivLoss(Loss):
    """sum target ln(target / prediction), mean over the rows; both are probabilities."""

    function = staticmethod(ops.kl_loss)


class HellingerLoss(Loss):
    """Distance of two distributions by the square roots of their probabilities."""

    function = staticmethod(ops.hellinger_loss)
