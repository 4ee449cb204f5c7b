"""What every layer has: parameters, buffers, a mode, and a state that can be saved."""

import copy
from collections.abc import Iterator

import numpy as np

from course_lib.kernels import vectors
from course_lib.validate import as_float, whole_number

# ---- numbers that a module owns ----------------------------------------------------------------------------


class Stored:
    """An array that a module owns: `data`, float32 or float64, saved and loaded by name. It begins with a line of the
    cache.
    """

    def __init__(self, data):
        data = as_float(data, "data")
        self.data = vectors.aligned(data.shape, data.dtype, np.empty)
        self.data[...] = data

    def __repr__(self) -> str:
        return f"{type(self).__name__}{self.data.shape}"

    def write(self, array: np.ndarray) -> None:
        """Copy `array` into `data`, which keeps its dtype."""
        self.data[...] = array

    def accept(self, value, name: str) -> np.ndarray:
        """`value` as an array for `write`: numbers of the same shape."""
        array = as_float(value, name)
        if array.shape != self.data.shape:
            cause = " It is transposed: the course stores (inputs, outputs)." if array.ndim == 2 and (
                array.shape[::-1] == self.data.shape) else ""
            raise ValueError(f"{name} has shape {self.data.shape}, got {array.shape}.{cause}")
        return array


class Buffer(Stored):
    """Numbers that are saved but not trained, such as a running mean."""


class Parameter(Stored):
    """Numbers that training changes: `data`, and `grad` of the same shape, to which each backward pass adds."""

    def __init__(self, data):
        super().__init__(data)
        self.grad = vectors.aligned(self.data.shape, self.data.dtype)


def _find(name: str, value) -> Iterator[tuple]:
    """Modules, parameters and buffers in `value` and in its lists, tuples and dicts, with dotted names."""
    if isinstance(value, Module | Stored):
        yield name, value
    elif isinstance(value, dict | list | tuple):
        for key, item in value.items() if isinstance(value, dict) else enumerate(value):
            yield from _find(f"{name}.{key}" if name else str(key), item)


# ---- modules -----------------------------------------------------------------------------------------------


class Module:
    """A layer, or a net of layers.

    A subclass fills in `forward(x)` and `backward(dout)`. `forward` hands `keep` what `backward` needs and gets back
    by `take`; `backward` adds to the gradients of its parameters and returns dx. A second forward pass before
    `backward` replaces what the first kept. Parameters, Buffers and other modules
    are plain attributes, or stand in lists, tuples and dicts that are attributes. An array that is assigned to a
    Parameter or Buffer is copied into it, so that an optimizer keeps its hold.
    """

    training = True
    #: The methods by which others put it to work; `summary` watches them.
    _ways = ("forward",)
    #: None before the first forward pass; then a list of one, empty once `backward` has taken it.
    _kept = None

    def forward(self, x):
        raise NotImplementedError(f"{type(self).__name__} has no forward(x) of its own.")

    def backward(self, dout):
        raise NotImplementedError(f"{type(self).__name__} has no backward(dout) of its own.")

    def __call__(self, x):
        return self.forward(x)

    def __repr__(self) -> str:
        return f"{type(self).__name__}()"

    def __setattr__(self, name: str, value) -> None:
        held = vars(self).get(name)
        if isinstance(held, Stored):
            if value is None:
                raise TypeError(f"{type(self).__name__}.{name} is {held!r} and cannot become None: an optimizer would "
                                "still hold it. Usual cause: a layer without a bias; nn.Linear(..., bias=False) makes "
                                "one.")
            given = value.data if isinstance(value, Stored) else value
            array = held.accept(given, f"{type(self).__name__}.{name}")
            if not isinstance(value, Stored):
                held.write(array)
                return
        super().__setattr__(name, value)

    # ---- from forward to backward ----

    def keep(self, cache) -> None:
        """Keep what `backward` needs; the last forward pass counts."""
        vars(self)["_kept"] = [cache]

    def take(self):
        """What the last forward pass kept, once.

        Raises
        ------
        RuntimeError
            When there was no forward pass, or when a backward pass has used it up: the gradient of a layer that was
            called twice would be wrong.
        """
        if self._kept is None:
            raise RuntimeError(f"{self!r}.backward has no forward pass to go back through. Usual cause: net.backward "
                               "before net(X), or a forward of one's own that keeps nothing.")
        if not self._kept:
            raise RuntimeError(f"{self!r}.backward was called twice after one forward pass. Usual cause: a layer "
                               "object that is called in two places (each place needs its own; to share weights: "
                               "second.weight = first.weight), or net.backward a second time without net(X).")
        return self._kept.pop()

    # ---- what is inside ----

    def _members(self) -> list[tuple]:
        """Own modules, parameters and buffers by name."""
        return list(_find("", {name: value for name, value in vars(self).items() if name != "_kept"}))

    def named_modules(self) -> dict[str, "Module"]:
        """This module under the name "" and all modules inside, each once, such as "0.block.first"."""
        found, seen = {}, set()

        def walk(name, module):
            if id(module) not in seen:
                seen.add(id(module))
                found[name] = module
                for inner, value in module._members():
                    if isinstance(value, Module):
                        walk(f"{name}.{inner}" if name else inner, value)

        walk("", self)
        return found

    def _named(self, kind: type) -> dict:
        found, seen = {}, set()
        for prefix, module in self.named_modules().items():
            for name, value in module._members():
                if isinstance(value, kind) and id(value) not in seen:  # shared weights count once
                    seen.add(id(value))
                    found[f"{prefix}.{name}" if prefix else name] = value
        return found

    def named_parameters(self) -> dict[str, Parameter]:
        """All parameters by name, such as "0.weight", also of modules inside; a shared one once."""
        return self._named(Parameter)

    def parameters(self) -> list[Parameter]:
        """All parameters, in the order of the layers."""
        return list(self.named_parameters().values())

    def named_buffers(self) -> dict[str, Buffer]:
        """All buffers by name."""
        return self._named(Buffer)

    # ---- state and mode ----

    def state_dict(self) -> dict[str, np.ndarray]:
        """A copy of every parameter and buffer by name, such as "0.weight"."""
        return {name: stored.data.copy() for name, stored in self._named(Stored).items()}

    def load_state_dict(self, state: dict[str, np.ndarray]) -> None:
        """Copy saved values into the parameters and buffers; names and shapes must be the same.

        Raises
        ------
        ValueError
            Names what is missing or unexpected, or a wrong shape; nothing has been copied then.
        """
        own = self._named(Stored)
        missing, unexpected = [name for name in own if name not in state], [name for name in state if name not in own]
        if missing or unexpected:
            raise ValueError(f"the state does not fit this network: missing {missing}, unexpected {unexpected}. Usual "
                             "cause: it was saved from a network with other layers.")
        arrays = {}
        for name, stored in own.items():
            try:
                arrays[name] = stored.accept(state[name], name)
            except ValueError as error:
                raise ValueError(f"{error} Usual cause: the state was saved with another layer width.") from None
        for name, stored in own.items():
            stored.write(arrays[name])

    def train(self, mode: bool = True) -> "Module":
        """Switch to training, here and in all modules inside; only layers such as dropout look at it."""
        for module in self.named_modules().values():
            module.training = mode
        return self

    def eval(self) -> "Module":
        """Switch to evaluation."""
        return self.train(False)

    def summary(self, input_shape: int | tuple[int, ...]) -> None:
        """Print each layer with its output shape and its own parameters, modules inside indented, and the total.

        Parameters
        ----------
        input_shape : shape of one sample, such as 64 or (28, 28); of whole numbers, as an embedding takes them, too
        """
        shape = input_shape if isinstance(input_shape, tuple | list) else (input_shape,)
        x = np.zeros((1, *(whole_number(size, "input_shape") for size in shape)))
        shapes = _shapes_by_any_kind(self, x)
        modules, counts = self.named_modules(), dict.fromkeys(shapes, 0)
        for name, parameter in self.named_parameters().items():
            owner = max((module for module in modules if _inside(name, module)), key=len)
            counts[owner] += parameter.data.size
        rows = [("input", _batch_shape(x.shape), 0)]
        for name, module in modules.items():
            parents = [other for other in modules if other and _inside(name, other)]
            leaf = not any(_inside(other, name) for other in modules)
            if name or leaf or counts[name]:
                label = "  " * len(parents) + (repr(module) if leaf else type(module).__name__)
                rows.append((label, _batch_shape(shapes[name]), counts[name]))
        width = max(24, 2 + max(len(label) for label, _, _ in rows))
        print(f"{'layer':<{width}}{'output':<20}{'parameters':>12}")
        for label, shape, parameters in rows:
            print(f"{label:<{width}}{shape:<20}{parameters:>12,}")
        print(f"{'total':<{width + 20}}{sum(counts.values()):>12,}")


def _inside(name: str, module: str) -> bool:
    """Whether the dotted `name` lies inside of the one of `module`."""
    return name.startswith(f"{module}.") if module else bool(name)


def _shapes_by_any_kind(net: Module, x: np.ndarray) -> dict[str, tuple | None]:
    """`_output_shapes` from numbers, or from whole ones where the net refuses numbers: symbols of a vocabulary."""
    try:
        return _output_shapes(net, x)
    except (TypeError, ValueError) as refused:
        try:
            return _output_shapes(net, x.astype(np.int64))
        except (TypeError, ValueError) as again:
            # What asks for whole numbers has got them the second time; what is wrong then lies behind it.
            raise (again if isinstance(refused, TypeError) else refused) from None


def _output_shapes(net: Module, x: np.ndarray) -> dict[str, tuple | None]:
    """Shape of what each module answers on its way from x, None for one that is not called; net stays as it is."""
    net = copy.deepcopy(net).eval()
    modules = net.named_modules()
    shapes = dict.fromkeys(modules)

    def watch(name, work):
        def watched(*given, **named):
            out = work(*given, **named)
            shapes[name] = np.shape(out[0] if isinstance(out, tuple) else out)  # a recurrent layer adds its state
            return out

        return watched

    for name, module in modules.items():
        for way in module._ways:
            setattr(module, way, watch(name, getattr(module, way)))
    net(x)
    return shapes


def _batch_shape(shape: tuple | None) -> str:
    return "not called" if shape is None else f"(N, {', '.join(map(str, shape[1:]))})"
