"""The training loop of a network built from layers."""

from dataclasses import dataclass
from functools import partial

import numpy as np

from course_lib.nn.bar import Bar
from course_lib.nn.module import Module
from course_lib.ops.clipping import clip_by_norm
from course_lib.validate import as_array, as_float, finite, generator, rate, whole_number

#: Numbers of X that are evaluated at once: 2^20 are 1,337 images of 28 x 28. A net keeps what `backward` would need.
EVALUATED_AT_ONCE = 2**20


@dataclass(frozen=True)
class History:
    """Losses on all points, entry e after e epochs (entry 0 before the first step); NaN once diverged.

    accuracy and val_accuracy are None for a loss that is not about classes, val_loss is None without validation data.
    reason is "finished", "diverged" (at epoch diverged_at the loss was not finite), or "stopped" by a callback: the
    arrays then end with the last whole epoch.
    """

    loss: np.ndarray
    accuracy: np.ndarray | None
    val_loss: np.ndarray | None
    val_accuracy: np.ndarray | None
    diverged_at: int | None
    reason: str

    @property
    def best_epoch(self) -> int:
        """The epoch with the lowest validation loss, or training loss without validation data."""
        losses = self.loss if self.val_loss is None else self.val_loss
        if np.isnan(losses).all():
            raise ValueError("no epoch has a finite loss, so none is the best. Usual cause: weights or data of a size "
                             "at which the first forward pass overflows.")
        return int(np.nanargmin(losses))


@dataclass(frozen=True)
class Status:
    """Where a run stands, as callbacks see it.

    epoch and step count what is done. loss is that of the last batch for `on_step` (before its step), on all points
    for `on_epoch`. history ends with the last whole epoch; its reason is "running".
    """

    epoch: int
    step: int
    loss: float
    net: Module
    optimizer: object
    history: History


def fit(net, loss, optimizer, X, y, epochs, batch_size=None, rng=0, X_val=None, y_val=None, *, schedule=None,
        clip_norm=None, l1=0.0, gradient_noise=0.0, on_step=None, on_epoch=None, progress=False) -> History:
    """Train `net` by steps of `optimizer` over shuffled mini-batches.

    Parameters
    ----------
    net : a layer, usually Sequential; changed in place. After the run it is in the mode it had before
    loss : an object such as CrossEntropyLoss()
    optimizer : such as optim.SGD(net.parameters(), lr=0.1)
    X : (N, ...) samples. y : (N,) labels or (N, K) targets, as the loss needs
    epochs : passes over X. batch_size : None takes all samples at once
    rng : seed or numpy Generator for the order of the samples
    X_val, y_val : samples only to measure on
    schedule : function epoch -> learning rate, asked before every step; epoch 1.5 is the middle of the second pass.
        The rate is that of the first group; those of other groups keep their ratio to it
    clip_norm : a gradient g, of all parameters together, that is longer becomes g clip_norm / |g|
    l1 : l1 sign(w) is added to the gradient of every weight, a parameter of at least two axes; the losses that are
        recorded are without this penalty. (Half the squared weights: weight_decay of the optimizer)
    gradient_noise : standard deviation of normal noise that is added to every gradient, after clipping
    on_step, on_epoch : functions of a `Status`, called after every step and epoch; the answer "stop" ends the run.
        Where an `on_epoch` has them, begin(status) is called before the first step and finish(net) at the end, as
        `EarlyStopping` needs
    progress : whether a notebook shows a bar

    Returns
    -------
    History

    Raises
    ------
    TypeError
        For a class in place of an object, or a number of epochs or samples that is not whole.
    ValueError
        When X and y differ in length or hold NaN, or an optimizer holds the parameters of another network.
    """
    X, y = _data(X, y, "X", "y")
    if (X_val is None) != (y_val is None):
        raise ValueError(f"{'y_val' if y_val is None else 'X_val'} is missing: validation needs samples and targets.")
    if X_val is not None:
        X_val, y_val = _data(X_val, y_val, "X_val", "y_val")
    _check_parts(net, loss, optimizer, schedule=schedule, on_step=on_step, on_epoch=on_epoch)
    epochs = whole_number(epochs, "epochs", 0)
    batch = len(X) if batch_size is None else whole_number(batch_size, "batch_size")
    clip_norm = None if clip_norm is None else rate(clip_norm, "clip_norm")
    l1, gradient_noise = rate(l1, "l1"), rate(gradient_noise, "gradient_noise")
    rng = np.random.default_rng() if rng is None else generator(rng)
    # Noise has numbers of its own: the order of the samples is the one without noise.
    noise = rng.spawn(1)[0] if gradient_noise else None
    change = partial(_change_gradients, l1=l1, clip_norm=clip_norm, spread=gradient_noise, rng=noise)
    begin, finish = (getattr(on_epoch, name, None) for name in ("begin", "finish"))
    steps = -(-len(X) // batch)  # an epoch, the last one with fewer samples
    bar = Bar(epochs * steps) if progress else None
    set_rate = _rate_setter(optimizer) if schedule else None
    modes = [(module, module.training) for module in net.named_modules().values()]
    records = np.full((4, epochs + 1), np.nan)
    step, diverged, reason = 0, None, "finished"

    def history(reason, entries=None):
        seen = records[:, :entries].copy()
        accuracy, val_accuracy = (None if np.isnan(row[0]) else row for row in seen[1::2])
        return History(seen[0], accuracy, None if X_val is None else seen[2], val_accuracy, diverged, reason)

    def tell(callback, loss):
        if callback and callback(Status(epoch, step, loss, net, optimizer, history("running", epoch + 1))) == "stop":
            raise _Stop

    try:
        with np.errstate(over="ignore", invalid="ignore"):  # a diverging run is reported, not warned about
            for epoch in range(epochs + 1):
                records[:2, epoch] = _evaluate(net, loss, X, y)
                if X_val is not None:
                    records[2:, epoch] = _evaluate(net, loss, X_val, y_val)
                if not np.isfinite(records[0, epoch]):
                    records[:, epoch], diverged, reason = np.nan, epoch, "diverged"
                    break
                tell(on_epoch if epoch else begin, float(records[0, epoch]))
                if epoch == epochs:
                    break
                order = rng.permutation(len(X))
                for start in range(0, len(X), batch):
                    if schedule:
                        set_rate(rate(schedule(step / steps), "schedule(epoch)"))
                    batch_loss = _step(net, loss, optimizer, X, y, order[start : start + batch], change)
                    step += 1
                    if bar:
                        bar.show(step, f"epoch {epoch + 1} of {epochs}, loss {batch_loss:.4g}")
                    tell(on_step, batch_loss)
    except _Stop:
        return history("stopped", epoch + 1)
    finally:
        if finish:
            finish(net)
        for module, mode in modes:
            module.training = mode
        if bar:
            bar.draw()
    return history(reason)


class _Stop(Exception):
    """A callback has answered "stop"."""


# ---- the parts of a run ------------------------------------------------------------------------------------


def _evaluate(net, loss, X, y) -> tuple[float, float]:
    """Mean loss and accuracy (NaN where there is none), a part of X at a time."""
    net.eval()
    rows = max(1, EVALUATED_AT_ONCE // max(1, X[0].size))
    mean_loss = accuracy = 0.0
    for start in range(0, len(X), rows):
        some = slice(start, start + rows)
        prediction, share = net(X[some]), len(y[some]) / len(y)
        value = loss(prediction, y[some])
        right = loss.accuracy(prediction, y[some]) if np.isfinite(value) else None
        mean_loss += share * value
        accuracy += share * (np.nan if right is None else right)
    net.train()
    return mean_loss, accuracy


def _rate_setter(optimizer):
    """A function that sets the learning rate of the first group, and those of the others in today's ratio to it."""
    groups = getattr(optimizer, "param_groups", None)
    if groups is None:
        return lambda lr: setattr(optimizer, "lr", lr)
    rates = [group["lr"] for group in groups]
    if rates[0] == 0 and any(rates):
        raise ValueError(f"the groups have the learning rates {rates}, and a schedule sets that of the first and keeps "
                         "their ratio, but the first is 0. Put a group first that moves.")
    ratios = [1.0 if own == rates[0] else own / rates[0] for own in rates]

    def set_rate(lr):
        for group, ratio in zip(groups, ratios, strict=True):
            group["lr"] = lr * ratio

    return set_rate


def _step(net, loss, optimizer, X, y, chosen, change) -> float:
    """One step on the chosen samples; returns their loss before it."""
    optimizer.zero_grad()
    value = loss(net(X[chosen]), y[chosen])
    net.backward(loss.backward())
    change(_trained(net, optimizer))
    optimizer.step()
    return value


def _trained(net, optimizer) -> list:
    """The parameters that the optimizer moves; all of the net's where an optimizer of one's own does not tell."""
    groups = getattr(optimizer, "param_groups", [{"params": net.parameters()}])
    return [parameter for group in groups for parameter in group["params"]]


def _change_gradients(parameters, l1: float, clip_norm: float | None, spread: float, rng) -> None:
    """The slope of the penalty belongs to the gradient that is clipped, the noise does not."""
    for parameter in parameters:
        if l1 and parameter.data.ndim > 1:
            parameter.grad += l1 * np.sign(parameter.data)
    if clip_norm is not None:
        clipped = clip_by_norm([parameter.grad for parameter in parameters], clip_norm)
        for parameter, grad in zip(parameters, clipped, strict=True):
            parameter.grad[...] = grad
    if spread:
        for parameter in parameters:
            parameter.grad += spread * rng.standard_normal(parameter.grad.shape)


# ---- what a person can get wrong ---------------------------------------------------------------------------


def _data(X, y, *names) -> tuple[np.ndarray, np.ndarray]:
    arrays = tuple(as_array(value, name) for value, name in zip((X, y), names, strict=True))
    for array, name in zip(arrays, names, strict=True):
        if array.dtype.kind not in "iub":  # integers stay: they may be labels, or words of a vocabulary
            finite(as_float(array, name), name)
        if array.ndim == 0 or array.size == 0:
            raise ValueError(f"{name} has shape {array.shape}, expected at least one sample along the first axis.")
    if len(arrays[0]) != len(arrays[1]):
        raise ValueError(f"{names[0]} has {len(arrays[0])} rows and {names[1]} has {len(arrays[1])}; expected one "
                         "target a row.")
    return arrays


def _check_parts(net, loss, optimizer, **functions) -> None:
    for part, name, methods, example in (
        (net, "net", ("forward", "backward", "parameters", "named_modules"), "nn.Sequential(...)"),
        (loss, "loss", ("backward", "accuracy"), "nn.CrossEntropyLoss()"),
        (optimizer, "optimizer", ("step", "zero_grad"), "optim.SGD(net.parameters(), lr=0.1)"),
    ):
        if isinstance(part, type):
            raise TypeError(f"{name} is the class {part.__name__}, expected an object. Usual cause: missing "
                            f"parentheses; expected is something like {example}.")
        if not all(hasattr(part, method) for method in methods):
            raise TypeError(f"{name}={part!r} has no {' and '.join(methods)}, expected an object such as {example}. "
                            "Usual cause: another order of the arguments (net, loss, optimizer, X, y), or a function "
                            "of ops in place of a loss.")
    for name, function in functions.items():
        if isinstance(function, type) or (function is not None and not callable(function)):
            given = f"the class {function.__name__}" if isinstance(function, type) else repr(function)
            raise TypeError(f"{name}={given}, expected a function, or an object such as nn.EarlyStopping(10).")
    own = {id(parameter) for parameter in net.parameters()}
    if own.isdisjoint(map(id, _trained(net, optimizer))):
        raise ValueError("the optimizer holds no parameter of this network, so its steps would change nothing. Usual "
                         "cause: the network was built anew after the optimizer.")
