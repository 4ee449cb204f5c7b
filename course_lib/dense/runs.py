"""Whole training runs of small dense networks, each one compiled call."""

from collections.abc import Sequence

import numpy as np

from course_lib.dense.flat import as_sizes, flatten, init_params, is_network, layout, parts, unpack
from course_lib.dense.problem import as_codes, as_inputs, as_targets
from course_lib.dense.record import Run, Sweep
from course_lib.kernels import by_point
from course_lib.kernels import runs as kernels
from course_lib.kernels.updates import MOMENTUM, SGD
from course_lib.nn.init import Init
from course_lib.ops.updates import RULES, Rule
from course_lib.validate import as_float, as_order, choice, generator, whole_number, yes_or_no


def rule_named(rule: str | None, settings: dict) -> Rule:
    """The rule with this name; None takes momentum where one is given, else plain descent."""
    if rule is None:
        rule = "momentum" if "momentum" in settings else "sgd"
    return RULES[choice(rule, "rule", RULES)]


def for_parts(settings: np.ndarray) -> np.ndarray:
    """(..., 2, K): the settings (..., K) for weights, and the same without weight decay for biases."""
    both = np.repeat(settings[..., None, :], 2, axis=-2)
    both[..., 1, 1] = 0.0
    return both


def _as_starts(params, sizes, bias: bool, dtype) -> np.ndarray:
    """Starts (S, P) of `dtype` from a flat vector or a network [(W, b), ...], or from several of them."""
    if isinstance(params, list | tuple) and params and all(map(is_network, params)):
        return np.concatenate([_as_starts(one, sizes, bias, dtype) for one in params])
    if is_network(params):
        params, own, biases = flatten(params)
        if own != sizes or biases != [bias] * (len(sizes) - 1):
            raise ValueError(f"params is a network of sizes {own} with biases {biases}, expected sizes {sizes} with "
                             f"bias={bias}.")
    starts = np.atleast_2d(as_float(params, "params")).astype(dtype, copy=False)
    if starts.ndim != 2:
        raise ValueError(f"params has shape {starts.shape}, expected (P,), (S, P) or [(W, b), ...].")
    unpack(starts, sizes, bias)
    return starts


def _runs(starts: np.ndarray, settings: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Starts (S, P), copied, and settings (S, K): one of either serves all runs."""
    settings = np.atleast_2d(settings)
    runs = max(len(starts), len(settings))
    if len(starts) not in (1, runs) or len(settings) not in (1, runs):
        raise ValueError(f"{len(starts)} starts and {len(settings)} learning rates (or other settings) do not fit "
                         "together; expected one, or one a run.")
    return np.repeat(starts, runs // len(starts), axis=0), np.repeat(settings, runs // len(settings), axis=0)


def _as_order(order, done: int, epochs: int | None, points: int, batch_size: int | None, shuffle: bool, rng) -> tuple:
    """The points of every epoch after the first `done`, (epochs, n), drawn beforehand so that the run itself has no
    randomness; the number of epochs and of points a step. Empty where every step takes all points.
    """
    if order is not None:
        order = as_order(order, points, epochs)
        return order, len(order), min(batch_size or order.shape[1], order.shape[1])
    epochs = 1000 if epochs is None else epochs
    batch = min(batch_size or points, points)
    if batch == points:
        return np.empty((0, 0), np.int64), epochs, batch
    order = np.tile(np.arange(points), (done + epochs, 1))
    # A spawned generator: the starting weights drawn from rng stay the same for every batch size.
    return (rng.spawn(1)[0].permuted(order, axis=1) if shuffle else order)[done:], epochs, batch


def _params_of(after, params) -> np.ndarray:
    """The parameters at the end of the runs before, in place of other starts."""
    if not isinstance(after, Run | Sweep):
        raise TypeError(f"after is a {type(after).__name__}, expected what `train` or `sweep` gave back.")
    if params is not None:
        raise ValueError("params and after are both a start; expected one of them.")
    return after.params


def _state_of(after: Run | Sweep | None, rule: Rule, starts: np.ndarray) -> np.ndarray:
    """What the rule keeps for each start, (S, slots, P): zeros, or what it kept in the runs before, copied."""
    if after is None:
        return np.stack([rule.start(start.size, start.dtype) for start in starts])
    state = after.state if isinstance(after, Sweep) else after.state[None]
    if state.shape[1] != len(rule.slots):
        raise ValueError(f"after: the run before kept {state.shape[1]} arrays from step to step, the rule "
                         f"{rule.name!r} keeps {len(rule.slots)}. Usual cause: another rule. Begin with "
                         "momentum=0.0, plain descent that can go on with momentum.")
    return np.repeat(state, len(starts) // len(state), axis=0).astype(starts.dtype, copy=False)


def sweep(sizes: Sequence[int], X: np.ndarray, y: np.ndarray, params=None, lrs=0.1, *, hidden: str = "tanh",
          output: str | None = None, loss: str = "mse", epochs: int | None = None, batch_size: int | None = None,
          rng=0, init: Init = "normal", bias: bool = True, shuffle: bool = True, order: np.ndarray | None = None,
          snapshots: int = 0, record_gradients: bool = False, rule: str | None = None,
          after: Run | Sweep | None = None, **settings) -> Sweep:
    """Train the same network from many starts, or with many learning rates, in one compiled call.

    Parameters
    ----------
    params : (S, P) starts or a list of S networks, or one start for all rates as in `train`; None draws one.
    lrs, and every other setting of the rule : a number, or one for each run (S,).
    Other arguments as in `train`. All runs see the points in the same order.

    Returns
    -------
    Sweep
    """
    sizes, rng, bias = as_sizes(sizes), generator(rng), yes_or_no(bias, "bias")
    shuffle, record_gradients = yes_or_no(shuffle, "shuffle"), yes_or_no(record_gradients, "record_gradients")
    X = as_inputs(X, sizes)
    codes, output = as_codes(hidden, output, loss)
    targets = as_targets(y, sizes, loss, len(X), X.dtype)
    epochs = None if epochs is None else whole_number(epochs, "epochs", low=0)
    batch_size = None if batch_size is None else whole_number(batch_size, "batch_size")
    if after is not None:
        params = _params_of(after, params)
    elif params is None:
        params = init_params(sizes, rng, init, bias=bias, dtype=X.dtype)
    done = 0 if after is None else after.epochs
    order, epochs, batch = _as_order(order, done, epochs, len(X), batch_size, shuffle, rng)
    rule = rule_named(rule, settings)
    starts, settings = _runs(_as_starts(params, sizes, bias, X.dtype), rule.check(lrs, one_a_run=True, **settings))
    state = _state_of(after, rule, starts)
    records = _Records(len(starts), epochs, whole_number(snapshots, "snapshots", low=0), starts.shape[1], X.dtype)
    norms = np.full((len(starts), epochs + 1 if record_gradients else 0, len(sizes) - 1), np.nan)
    network = (np.array(sizes, np.int64), layout(sizes, [bias] * (len(sizes) - 1)), codes, np.ascontiguousarray(X.T),
               targets, order)
    decay = bool(settings[:, 1].any())
    if batch == 1 and order.size and rule.code in (SGD, MOMENTUM) and not decay and not record_gradients:
        rates = np.ascontiguousarray(settings[:, [0, -1]], X.dtype)
        rates[:, 1] *= rule.code == MOMENTUM
        velocity = state[:, 0] if rule.code == MOMENTUM else np.zeros_like(starts)
        by_point.train(starts, velocity, rates, *network, *records.arrays)
    else:
        kernels.train(starts, state, done, rule.code, for_parts(settings), parts(sizes, bias, decay), *network,
                      *records.arrays, norms, batch)
    return Sweep(starts, state, done + epochs, sizes, records.losses, records.frames, records.chosen,
                 norms if record_gradients else None, records.diverged, hidden, output, bias)


class _Records:
    """Where the kernels write: losses (S, epochs + 1), snapshots (S, K, P) of the chosen epochs, diverged (S,)."""

    def __init__(self, runs: int, epochs: int, snapshots: int, size: int, dtype):
        self.chosen = np.unique(np.linspace(0, epochs, snapshots).round().astype(np.int64))
        rows = np.full(epochs + 1, -1, np.int64)
        rows[self.chosen] = np.arange(len(self.chosen))
        self.losses = np.full((runs, epochs + 1), np.nan)
        self.frames = np.full((runs, len(self.chosen), size), np.nan, dtype)
        self.diverged = np.full(runs, -1, np.int64)
        self.arrays = self.losses, rows, self.frames, self.diverged


def train(sizes: Sequence[int], X: np.ndarray, y: np.ndarray, *, hidden: str = "tanh", output: str | None = None,
          loss: str = "mse", lr: float = 0.1, epochs: int | None = None, batch_size: int | None = None, rng=0,
          params=None, init: Init = "normal", bias: bool = True, shuffle: bool = True, order: np.ndarray | None = None,
          snapshots: int = 0, record_gradients: bool = False, rule: str | None = None, after: Run | None = None,
          **settings) -> Run:
    """Train a small dense network by (mini-batch) gradient descent; the whole run is one compiled call.

    Every step moves the parameters by an update rule of `ops.RULES`, such as `ops.sgd` or `ops.momentum`.

    Parameters
    ----------
    sizes : layer sizes, input first, such as (2, 3, 1).
    X : (N, D) float32 or float64; the run uses the same precision.
    y : (N, K) or (N,) targets; integer labels (N,) for cross_entropy.
    hidden : identity, relu, tanh, sigmoid, leaky_relu, elu, selu or gelu.
    output : the same names; None takes what belongs to the loss (identity, sigmoid for bce, softmax for cross_entropy).
    loss : mse, half_sse, mae, bce or cross_entropy; always a mean over the batch.
    lr : learning rate.
    epochs : passes over the points, 1000 when not given. batch_size : None for all points, 1 for one point at a time.
    rng : seed or numpy Generator, for the start and the order of the points.
    params : start, (P,) or [(W, b), ...]; None draws one, see `init_params` for `init`.
    shuffle : False keeps the order of the rows in every epoch.
    order : (epochs, n) sample numbers, the points of each epoch as they shall come; may leave out or repeat some.
    snapshots : how many parameter vectors to keep, evenly over the run, first and last included.
    record_gradients : also keep the length of each layer's gradient after every epoch.
    rule : name of an update rule; None takes "momentum" where a momentum is given, else "sgd".
    after : an earlier run, from whose parameters and optimizer state this one goes on, with any settings; with the same
        seed its points come on in the order in which one long run would have taken them.
    **settings : other settings of the rule, such as momentum=0.9 or weight_decay=0.01 (of weights, not of biases).

    Returns
    -------
    Run; a run whose loss is no longer finite stops, and `diverged_at` names the epoch.

    Raises
    ------
    ValueError, TypeError : shapes, labels, names or settings that do not fit.
    """
    many = sweep(sizes, X, y, params, lr, hidden=hidden, output=output, loss=loss, epochs=epochs, batch_size=batch_size,
                 rng=rng, init=init, bias=bias, shuffle=shuffle, order=order, snapshots=snapshots,
                 record_gradients=record_gradients, rule=rule, after=after, **settings)
    if len(many) != 1:
        raise ValueError(f"train trains one network, but got {len(many)} starts or rates. Use sweep.")
    return many[0]
