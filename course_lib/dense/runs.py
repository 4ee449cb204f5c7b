"""Whole training runs of small dense networks, each one compiled call."""

from collections.abc import Callable, Sequence

import numpy as np

from course_lib.dense.extras import RANDOM, SEEN_BY_STEPS_ONLY, as_extras, as_rates, has, rate_ratios
from course_lib.dense.flat import as_sizes, flatten, init_params, is_network, layout, parts, unpack
from course_lib.dense.problem import as_codes, as_inputs, as_targets
from course_lib.dense.record import Run, Sweep
from course_lib.kernels import by_point
from course_lib.kernels import runs as kernels
from course_lib.kernels.runs import EXTRAS
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


def _runs(starts: np.ndarray, settings: np.ndarray, extras: np.ndarray) -> list[np.ndarray]:
    """Starts (S, P), settings (S, K) and extras, copied: one of either serves all runs."""
    tables = starts, np.atleast_2d(settings), extras
    runs = max(map(len, tables))
    if any(len(table) not in (1, runs) for table in tables):
        raise ValueError(f"{len(starts)} starts and {max(map(len, tables[1:]))} learning rates (or other settings) do "
                         "not fit together; expected one, or one a run.")
    return [np.repeat(table, runs // len(table), axis=0) for table in tables]


def _as_order(order, done: int, epochs: int | None, points: int, batch_size: int | None, shuffle: bool, rng) -> tuple:
    """The points of every epoch after the first `done`, (epochs, n), drawn beforehand; the number of epochs and of
    points a step. Empty where every step takes all points.
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


def _seed_of(after: Run | Sweep | None, extras: np.ndarray, rng) -> int | None:
    """What the random numbers of the steps come from: as in the runs before, or drawn, if there are any."""
    if after is not None and after.seed is not None:
        return after.seed
    return int(rng.spawn(1)[0].integers(2**63)) if has(extras, RANDOM) else None


def sweep(sizes: Sequence[int], X: np.ndarray, y: np.ndarray, params=None, lrs=0.1, *, hidden: str = "tanh",
          output: str | None = None, loss: str = "mse", epochs: int | None = None, batch_size: int | None = None,
          rng=0, init: Init = "normal", bias: bool = True, shuffle: bool = True, order: np.ndarray | None = None,
          snapshots: int = 0, record_gradients: bool = False, record_batches: bool = False, rule: str | None = None,
          schedule: Callable | None = None, after: Run | Sweep | None = None, **settings) -> Sweep:
    """Train the same network from many starts, or with many learning rates, in one compiled call.

    Parameters
    ----------
    params : (S, P) starts or a list of S networks, or one start for all rates as in `train`; None draws one.
    lrs, and every other number among the settings : one for all runs, or one for each (S,).
    schedule : sets the rate of the first run; run s keeps its ratio lrs[s] / lrs[0] to it.
    Other arguments as in `train`. All runs see the points in the same order, and the same masks and noise.

    Returns
    -------
    Sweep
    """
    sizes, rng, bias = as_sizes(sizes), generator(rng), yes_or_no(bias, "bias")
    shuffle, record_gradients = yes_or_no(shuffle, "shuffle"), yes_or_no(record_gradients, "record_gradients")
    record_batches = yes_or_no(record_batches, "record_batches")
    X = as_inputs(X, sizes)
    codes, output = as_codes(hidden, output, loss)
    targets = as_targets(y, sizes, loss, len(X), X.dtype)
    epochs = None if epochs is None else whole_number(epochs, "epochs", low=0)
    batch_size = None if batch_size is None else whole_number(batch_size, "batch_size")
    if after is not None:
        params = _params_of(after, params)
    elif params is None:
        params = init_params(sizes, rng, init, bias=bias, dtype=X.dtype)
    done, t_before = (0, 0) if after is None else (after.epochs, after.steps)
    order, epochs, batch = _as_order(order, done, epochs, len(X), batch_size, shuffle, rng)
    extras = as_extras({name: settings.pop(name) for name in EXTRAS if name in settings}, loss)
    if not order.size and has(extras, SEEN_BY_STEPS_ONLY):
        order = np.arange(len(X))[None]
    rule = rule_named(rule, settings)
    starts, settings, extras = _runs(_as_starts(params, sizes, bias, X.dtype),
                                     rule.check(lrs, one_a_run=True, **settings), extras)
    state, seed = _state_of(after, rule, starts), _seed_of(after, extras, rng)
    points = order.shape[1] if order.size else len(X)
    batch_sizes = [min(batch, points - first) for first in range(0, points, batch)]
    rates = as_rates(schedule, done, epochs, len(batch_sizes))
    if schedule is not None:
        settings[:, 0] = rate_ratios(settings[:, 0])
    records = _Records(len(starts), epochs, whole_number(snapshots, "snapshots", low=0), starts.shape[1], X.dtype)
    norms = np.full((len(starts), epochs + 1 if record_gradients else 0, len(sizes) - 1), np.nan)
    batch_losses = np.full((len(starts), epochs if record_batches else 0), np.nan)
    network = (np.array(sizes, np.int64), layout(sizes, [bias] * (len(sizes) - 1)), codes, np.ascontiguousarray(X.T),
               targets, order)
    decay = bool(settings[:, 1].any())
    plain = not (decay or record_gradients or record_batches or schedule is not None or has(extras, EXTRAS))
    if batch == 1 and order.size and rule.name in ("sgd", "momentum") and plain:
        rates = np.ascontiguousarray(settings[:, [0, -1]], X.dtype)
        rates[:, 1] *= rule.name == "momentum"
        velocity = state[:, 0] if rule.name == "momentum" else np.zeros_like(starts)
        by_point.train(starts, velocity, rates, *network, *records.arrays)
    else:
        kernels.train(starts, state, t_before, rule.compiled(starts.dtype), for_parts(settings),
                      parts(sizes, bias, decay), *network, *records.arrays, norms, batch, batch_losses, extras, rates,
                      seed or 0)
    return Sweep(starts, state, done + epochs, t_before + epochs * len(batch_sizes), sizes, records.losses,
                 batch_losses if record_batches else None, records.frames, records.chosen,
                 norms if record_gradients else None, records.diverged, hidden, output, bias, extras[:, 0], seed,
                 batch_sizes)


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
          snapshots: int = 0, record_gradients: bool = False, record_batches: bool = False, rule: str | None = None,
          schedule: Callable | None = None, after: Run | None = None, **settings) -> Run:
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
    record_batches : also keep the loss of the last batch of every epoch before its step, as this step sees it.
    rule : name of an update rule; None takes "momentum" where a momentum is given, else "sgd".
    schedule : function epoch -> learning rate, in place of lr, asked for every step; epoch 1.5 is the middle of the
        second pass.
    after : an earlier run, from whose parameters and optimizer state this one goes on, with any settings; with the same
        seed its points come on in the order in which one long run would have taken them.
    **settings : other settings of the rule, such as momentum=0.9 or weight_decay=0.01 (of weights, not of biases);
        and what the steps do besides, each off by default. What the run records is the plain loss, without any of it.

        dropout : share of the hidden units that a step drops; the others are divided by 1 - dropout.
        noise : standard deviation of normal noise on the inputs, drawn anew for every step.
        label_smoothing : e, with targets (1 - e) y + e/K; for cross_entropy.
        l1 : lambda of the penalty lambda sum |w|, weights only: the gradient gets lambda sign(w), and 0 at w = 0.
        clip_norm : a gradient of all parameters, penalty l1 included, that is longer is shrunk to this length.
        gradient_noise : standard deviation of normal noise on the gradient, after clipping.
        max_norm : after a step, a unit's incoming weights that are longer together are shrunk to this length.

    Returns
    -------
    Run; a run whose loss is no longer finite stops, and `diverged_at` names the epoch.

    Raises
    ------
    ValueError, TypeError : shapes, labels, names or settings that do not fit.
    """
    many = sweep(sizes, X, y, params, lr, hidden=hidden, output=output, loss=loss, epochs=epochs, batch_size=batch_size,
                 rng=rng, init=init, bias=bias, shuffle=shuffle, order=order, snapshots=snapshots,
                 record_gradients=record_gradients, record_batches=record_batches, rule=rule, schedule=schedule,
                 after=after, **settings)
    if len(many) != 1:
        raise ValueError(f"train trains one network, but got {len(many)} starts or rates. Use sweep.")
    return many[0]
