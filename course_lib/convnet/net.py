"""A net at work: its parameters as one flat vector, and the memory through which one block of samples goes."""

from collections.abc import Iterator

import numpy as np

from course_lib.convnet.stages import Image, stages_of
from course_lib.kernels import lanes, vectors
from course_lib.nn import architectures as nets


def as_net(layers, input_shape) -> list[nets.Row]:
    """The rows of `nets.summary`, for layers that this room can train.

    Raises
    ------
    TypeError, ValueError : other layers, or some that do not fit together.
    """
    rows = list(nets.summary(layers, input_shape))
    known = (nets.Conv, nets.Dense, nets.ReLU, nets.Sigmoid, nets.Tanh, nets.MaxPool, nets.AvgPool, nets.GlobalAvgPool,
             nets.Flatten, nets.Dropout)
    for number, layer in enumerate(layers):
        if not isinstance(layer, known):
            raise ValueError(f"layer {number}, {layer!r}: convnet trains rows of "
                             f"{', '.join(kind.__name__ for kind in known)}. For other layers: "
                             "nn.fit(nn.architectures.build(layers, ...), ...), which is slower.")
        if isinstance(layer, nets.Conv) and (layer.stride, layer.groups) != (1, 1):
            raise ValueError(f"layer {number}, {layer!r}: convnet trains convolutions of stride 1 and one group. A "
                             "MaxPool after it also makes the maps smaller.")
    if not isinstance(layers[-1], nets.Dense):
        raise ValueError(f"the last layer is {layers[-1]!r}, expected Dense(classes): its scores go into softmax "
                         "cross-entropy, which is part of the training.")
    return rows


def shapes_of(layers, input_shape) -> list[tuple[int, ...]]:
    """The shape of a sample before the first layer and after each."""
    shapes = [tuple(input_shape)]
    for layer in layers:
        shapes.append(tuple(layer.shape(shapes[-1])))
    return shapes


def parameter_shapes(layers, input_shape) -> dict[str, tuple[int, ...]]:
    """The name of each parameter, as in nn.architectures.build, and its shape."""
    shapes = {}
    for number, (layer, shape) in enumerate(zip(layers, shapes_of(layers, input_shape)[:-1], strict=True)):
        if isinstance(layer, nets.Conv):
            shapes[f"{number}.weight"] = (layer.out, shape[0], layer.size, layer.size)
        elif isinstance(layer, nets.Dense):
            shapes[f"{number}.weight"] = (*shape, layer.out)
        else:
            continue
        if layer.bias:
            shapes[f"{number}.bias"] = (layer.out,)
    return shapes


class Parameters:
    """One flat vector, weights first, then biases, and views into it by name.

    flat : (P,). parts : where in it weights and biases are, two slices. by_name : name -> view. weights, biases :
    number of the layer -> view; a layer without bias has one of zeros, which belongs to nothing.
    """

    def __init__(self, layers, input_shape, flat: np.ndarray | None = None, dtype=np.float32):
        shapes = parameter_shapes(layers, input_shape)
        sizes = {name: int(np.prod(shape)) for name, shape in shapes.items()}
        self.flat = vectors.aligned((sum(sizes.values()),), dtype)
        if flat is not None:
            self.flat[:] = flat
        split = sum(size for name, size in sizes.items() if name.endswith("weight"))
        self.parts = slice(split), slice(split, None)
        views, place = {}, 0
        for name in sorted(shapes, key=lambda name: name.endswith("bias")):  # stable: else in the order of the layers
            views[name] = self.flat[place : place + sizes[name]].reshape(shapes[name])
            place += sizes[name]
        self.by_name = {name: views[name] for name in shapes}
        self.weights = {number: views[f"{number}.weight"] for number, layer in enumerate(layers)
                        if f"{number}.weight" in views}
        self.biases = {number: views.get(f"{number}.bias", np.zeros(layers[number].out, dtype))
                       for number in self.weights}


class Weights(Parameters):
    """Parameters with the filters once more in the order in which the kernels read them; `pack` after each change."""

    def __init__(self, layers, input_shape, flat, dtype, training: bool):
        super().__init__(layers, input_shape, flat, dtype)
        self.input_shape = input_shape
        filters = {number: w for number, w in self.weights.items() if w.ndim == 4}
        self.packed = {number: self._room(w, False) for number, w in filters.items()}
        # The first layer needs no way back.
        self.flipped = {number: self._room(w, True) for number, w in filters.items() if training and number > 0}
        self.pack()

    @staticmethod
    def _room(w, flipped):
        rows = vectors.rows_for(w.shape[1] if flipped else w.shape[0])
        return vectors.aligned(lanes.packed_shape(w, rows, flipped), w.dtype)

    def pack(self) -> None:
        for flipped, rooms in ((False, self.packed), (True, self.flipped)):
            for number, room in rooms.items():
                lanes.pack(self.weights[number], flipped, room)


class Block:
    """Memory for one block of samples on their way through a net and back; one thread at a time uses it.

    size : samples in a block.
    """

    def __init__(self, layers, input_shape, dtype, training: bool = False, fused: bool = True):
        self.size = vectors.lanes_of(dtype)
        self.stages = stages_of(layers, fused, training)
        shapes = shapes_of(layers, input_shape)
        places = [-1, *(stage.last for stage in self.stages)]
        frames = [*(stage.pad for stage in self.stages), 0]
        self.images = [self._image(shapes[place + 1], frame, dtype, training and place >= 0)
                       for place, frame in zip(places, frames, strict=True)]
        for stage, before, after in zip(self.stages, self.images, self.images[1:], strict=False):
            stage.connect(before, after, training)
        self.costs = np.zeros(2)

    def _image(self, shape, frame: int, dtype, with_gradient: bool) -> Image:
        channels, height, width = shape if len(shape) == 3 else (*shape, 1, 1)
        values = vectors.aligned((channels, height + 2 * frame, width + 2 * frame, self.size), dtype)
        d = vectors.aligned((channels, height, width, self.size), dtype) if with_gradient else None
        return Image(values, frame, d)

    def forward(self, weights: Weights, first: int, images, scale: float, chosen, moves, key=()) -> np.ndarray:
        """The scores (classes, lanes) of the samples chosen[first], chosen[first + 1], ... of the images."""
        start = self.images[0]
        lanes.gather(images, chosen, first, moves, scale, start.values, start.frame)
        for stage in self.stages:
            stage.forward(weights, [*key, first])
        return self.images[-1].column

    def learn(self, weights: Weights, gradient: Parameters, labels, first: int, *samples) -> None:
        """Add what this block contributes to the gradient of the mean loss of a batch; `costs` add up its losses and
        the number of right answers. labels (n,) of the whole batch; samples as in `forward`.
        """
        scores = self.forward(weights, first, *samples)
        lanes.cross_entropy(scores, labels[first : first + self.size], 1 / len(labels), self.stages[-1].d, self.costs)
        for stage in reversed(self.stages):
            stage.backward(weights, gradient)

    def through(self, weights: Weights, images, scale: float) -> Iterator[tuple[slice, int]]:
        """Send all images through, block by block: yields which samples are in the block now, and how many."""
        chosen, moves = np.arange(len(images)), np.zeros((len(images), 2), np.int64)
        for first in range(0, len(images), self.size):
            self.forward(weights, first, images, scale, chosen, moves)
            count = min(self.size, len(images) - first)
            yield slice(first, first + count), count
