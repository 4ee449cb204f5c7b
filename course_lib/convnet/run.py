"""What training a convolutional net leaves behind."""

from dataclasses import dataclass, replace

import numpy as np

from course_lib import ops
from course_lib.convnet.net import Block, Parameters, Weights, parameter_shapes, shapes_of
from course_lib.nn.architectures import Layer
from course_lib.validate import as_array, as_float, as_labels


def as_images(X, name: str = "X", shape: tuple[int, ...] | None = None, dtype=np.float32) -> tuple[np.ndarray, float]:
    """Images (N, C, H, W) as kernels take them, uint8 or of `dtype`, and the factor that belongs to them: 1/255 for
    uint8, else 1. Gray images (N, H, W) get their channel.
    """
    images = as_array(X, name)
    if images.dtype != np.uint8:
        with np.errstate(over="ignore"):  # what is too large for float32 is infinite there
            images = as_float(images, name).astype(dtype, copy=False)
    expected = "(N, H, W) or (N, C, H, W)" if shape is None else f"(N, {', '.join(map(str, shape))})"
    if images.ndim == 3:
        images = images[:, None]
    if images.ndim != 4 or images.size == 0 or (shape is not None and images.shape[1:] != shape):
        cause = f" One image alone is a batch of one: {name}[None]." if images.ndim == 2 else ""
        raise ValueError(f"{name} has shape {np.shape(X)}, expected images {expected}, at least one.{cause}")
    return np.ascontiguousarray(images), 1 / 255 if images.dtype == np.uint8 else 1.0


@dataclass(frozen=True, eq=False)
class Run:
    """A trained net; `train(..., after=run)` goes on from it.

    layers, input_shape : the net. flat : (P,) its parameters in one row. rule : name of the update rule. state : what
    it keeps of weights and of biases, two arrays (slots, ...).
    epochs, steps : passes and steps made, those of a run before included. seed : of the order, the shifts and the
    dropped units. loss, accuracy : (passes of this run,) means over each pass, of every batch before its step.
    val_loss, val_accuracy : (passes,) after each pass, or None. diverged_at : the first pass of this run whose loss is
    not finite, with which it ended, or None.
    """

    layers: tuple[Layer, ...]
    input_shape: tuple[int, ...]
    flat: np.ndarray
    rule: str
    state: tuple[np.ndarray, np.ndarray]
    epochs: int
    steps: int
    seed: int
    loss: np.ndarray
    accuracy: np.ndarray
    val_loss: np.ndarray | None
    val_accuracy: np.ndarray | None
    diverged_at: int | None

    @property
    def params(self) -> dict[str, np.ndarray]:
        """The parameters by name, such as "0.weight" (K, C, F, F) or "7.weight" (in, out), copied."""
        return Parameters(self.layers, self.input_shape, self.flat, self.flat.dtype).by_name

    def edited(self, params: dict[str, np.ndarray]) -> "Run":
        """The same run with other parameters: those given by name, of the same shapes; the others stay.

        Raises
        ------
        ValueError : a name that the net does not have, or another shape.
        """
        own, shapes = self.params, parameter_shapes(self.layers, self.input_shape)
        if not isinstance(params, dict):
            raise TypeError(f"params is {type(params).__name__}, expected a dict such as {{'0.weight': w}}.")
        for name, value in params.items():
            if name not in own:
                raise ValueError(f"params holds {name!r}; the net has {', '.join(own)}.")
            value = as_float(value, name)
            if value.shape != shapes[name]:
                raise ValueError(f"{name} has shape {value.shape}, expected {shapes[name]}.")
            own[name] = value.astype(self.flat.dtype, copy=False)
        edited = Parameters(self.layers, self.input_shape, dtype=self.flat.dtype)
        for name, view in edited.by_name.items():
            view[:] = own[name]
        return replace(self, flat=edited.flat)

    def scores(self, X: np.ndarray) -> np.ndarray:
        """Scores (N, classes) before softmax, for images as in `train`."""
        images, scale = as_images(X, "X", self.input_shape, self.flat.dtype)
        return scores_of(self._weights(), Block(self.layers, self.input_shape, self.flat.dtype), images, scale)

    def predict(self, X: np.ndarray) -> np.ndarray:
        """Probabilities (N, classes)."""
        return ops.softmax(self.scores(X))

    def evaluate(self, X: np.ndarray, y: np.ndarray) -> tuple[float, float]:
        """Mean loss and accuracy."""
        scores = self.scores(X)
        return judged(scores, as_labels(y, *scores.shape))

    def maps(self, X: np.ndarray) -> list[np.ndarray]:
        """What each layer gives: (N, C, H, W), or (N, features) after Flatten and for dense layers."""
        images, scale = as_images(X, "X", self.input_shape, self.flat.dtype)
        block = Block(self.layers, self.input_shape, self.flat.dtype, fused=False)
        found = [np.empty((len(images), *shape), self.flat.dtype) for shape in
                 shapes_of(self.layers, self.input_shape)[1:]]
        weights = self._weights()
        for samples, count in block.through(weights, images, scale):
            outputs = {stage.last: image for stage, image in zip(block.stages, block.images[1:], strict=True)}
            now = block.images[0]
            for number, values in enumerate(found):
                now = outputs.get(number, now)  # Flatten and, after training, Dropout change nothing
                values[samples] = np.moveaxis(now.inside[..., :count], -1, 0).reshape(count, *values.shape[1:])
        return found

    def _weights(self) -> Weights:
        return Weights(self.layers, self.input_shape, self.flat, self.flat.dtype, training=False)


def scores_of(weights: Weights, block: Block, images, scale: float) -> np.ndarray:
    """Scores (N, classes) of all images."""
    scores = np.empty((len(images), len(block.images[-1].column)), weights.flat.dtype)
    for samples, count in block.through(weights, images, scale):
        scores[samples] = block.images[-1].column[:, :count].T
    return scores


def judged(scores, labels) -> tuple[float, float]:
    """Mean cross-entropy and accuracy."""
    return float(ops.cross_entropy(scores, labels)), float((scores.argmax(axis=1) == labels).mean())
