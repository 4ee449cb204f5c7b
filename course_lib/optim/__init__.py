"""Optimizers, in PyTorch's names."""

from course_lib.optim.sgd import SGD

__all__ = ["SGD"]
