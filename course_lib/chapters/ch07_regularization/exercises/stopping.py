"""Exercises on early stopping, on a curve that tells wrong versions of it apart, and on loading what was saved."""

import io
import operator
from itertools import pairwise

import numpy as np

from course_lib.chapters.ch07_regularization import calls
from course_lib.exercises.define import all_filled, exchangeable
from course_lib.exercises.model import Contract, Exercise, Mistake, case

# --- early stopping ---


@exchangeable
def _stopping(*, wait=lambda patience: patience, better=lambda loss, lowest: loss < lowest, reset=True, ends=True,
              last=False, forgets=False):
    """(best, stop), with one thing changed."""

    def answer(val_loss, patience):
        best, bad, epoch, lowest = 0, 0, 0, val_loss[0]
        for epoch, loss in enumerate(val_loss):
            if epoch and better(loss, lowest):
                best, lowest, bad = epoch, loss, 0 if reset else bad
            elif epoch:
                bad += 1
                lowest = loss if forgets else lowest
                if ends and bad >= wait(patience):
                    break
        return (epoch if last else best), epoch

    return answer


def _after(change):
    """What `change` makes of the right best and stop: it also gets the losses and the patience."""
    return lambda val_loss, patience: change(*_stopping()(val_loss, patience), val_loss, patience)


def _against_the_last(val_loss, patience):
    best = waited = epoch = 0
    for epoch in range(1, len(val_loss)):
        best = epoch if val_loss[epoch] < val_loss[best] else best
        waited = waited + 1 if val_loss[epoch] >= val_loss[epoch - 1] else 0
        if waited >= patience:
            break
    return best, epoch


def _from_number(lowest):
    """The lowest loss begins with a number instead of the first loss."""

    def answer(val_loss, patience):
        best = bad = epoch = 0
        low = lowest
        for epoch, loss in enumerate(val_loss):
            if loss < low:
                best, low, bad = epoch, loss, 0
            else:
                bad += 1
                if bad >= patience:
                    break
        return best, epoch

    return answer


def _shifted(val_loss, patience):
    best = 0
    for epoch, loss in enumerate(val_loss[1:]):
        if loss < val_loss[1:][best]:
            best = epoch
        elif epoch - best >= patience:
            return best, epoch
    return best, len(val_loss) - 1


def _curves(rng):
    falling = np.linspace(2.0, 1.0, 7)
    noisy = np.exp(-np.arange(20) / 4) + 0.02 * np.arange(20) + 0.1 * rng.uniform(size=20)
    return [
        (np.array([1.0, 0.8, 0.9, 0.7, 0.75, 0.72, 0.6]), 2),
        (np.array([0.9, 0.7, 0.8, 0.6, 0.65, 0.5, 0.55, 0.54, 0.53, 0.2]), 3),
        case("a later, lower minimum", np.array([1.0, 0.5, 0.6, 0.7, 0.4]), 2),
        case("a tie", np.array([1.0, 0.5, 0.5, 0.5, 0.4]), 2),
        case("always falling", falling, 2),
        case("patience longer than the run", falling[::-1].copy(), 50),
        (noisy, 4),
        (np.round(noisy, 2), 3),
    ]


def _by_the_running_minimum(val_loss, patience):
    best = 0
    for epoch in range(len(val_loss)):
        if val_loss[epoch] < val_loss[best]:
            best = epoch
        if epoch - best == patience:
            return best, epoch
    return best, len(val_loss) - 1


def _with_argmin(val_loss, patience):
    for stop in range(len(val_loss)):
        best = int(np.argmin(val_loss[: stop + 1]))
        if stop - best >= patience:
            break
    return [best, stop]


EARLY_STOPPING = Exercise(
    id="7.14",
    title="early_stopping",
    debrief="When patience ends a run, its weights are `patience` epochs past the best: a copy of those has to be "
            "kept.",
    reference=_stopping(),
    instances=_curves,
    arguments=("val_loss", "patience"),
    contract=Contract(shapes={"val_loss": "E"}, zero="val_loss", values={"patience": (1,)}),
    library="course_lib.ops.early_stopping",
    outputs=("best", "stop"),
    mistakes=(
        Mistake("EST-1", _stopping(wait=lambda patience: 1), "stop: the run ends at the first rise. How many bad "
                "epochs are allowed?"),
        Mistake("EST-2", _stopping(last=True), "best: which weights do you hand back, those of the stop or those of "
                "the minimum?"),
        Mistake("EST-4", _stopping(reset=False), "stop: when does the waiting start again? Follow the counter past an "
                "improvement."),
        Mistake("EST-5", _stopping(ends=False), "best: yours lies behind the epoch at which training ends. When does "
                "the loop end?"),
        Mistake("EST-6", _stopping(wait=lambda patience: patience + 1), "stop: with patience 1, when do you stop?"),
        Mistake("EST-a", _stopping(better=lambda loss, lowest: loss <= lowest), "best: a loss that is equal to the "
                "lowest is no new best, and the waiting goes on."),
        Mistake("EST-b", _stopping(forgets=True), "best: compare with the best epoch so far, not with the epoch "
                "before."),
        Mistake("EST-c", _against_the_last, "stop: you count rises from one epoch to the next. Waiting goes on until "
                "there is a new best."),
        Mistake("EST-d", _after(lambda best, stop, losses, patience: (best + 1, stop + 1)), "best: epochs are counted "
                "from 0 here."),
        Mistake("EST-e", _after(lambda best, stop, losses, patience: (
            best, stop if stop - best >= patience else len(losses))), "Right but where patience does not run out: the "
                "last epoch is the stop. Which number has it?"),
        Mistake("EST-f", _stopping(wait=lambda patience: patience - 1), "You stop an epoch too early. With patience 1, "
                "how many epochs without a new best must have passed?"),
        Mistake("EST-g", _from_number(0.0), "best: no loss is ever below your first lowest one. With what does the "
                "search begin?"),
        Mistake("EST-h", _after(lambda best, stop, losses, patience: (losses[best], stop)), "best: that is the lowest "
                "loss. Asked is its epoch."),
        Mistake("EST-i", lambda losses, patience: _stopping()(-np.asarray(losses), patience), "best: you look for the "
                "highest loss."),
        Mistake("EST-j", _after(lambda best, stop, losses, patience: (best, stop + 1)), "stop: it is the last epoch "
                "that was run, counted from 0, not the number of epochs."),
        Mistake("EST-k", _after(lambda best, stop, losses, patience: (stop - patience, stop)), "Right where patience "
                "runs out. When the run ends before, how far back is the best epoch?"),
        Mistake("EST-l", _shifted, "best: you left out epoch 0 and numbered the others anew."),
        Mistake("EST-m", _after(lambda best, stop, losses, patience: (
            best, stop if stop - best >= patience else -1)), "stop: if patience does not run out, the last epoch is "
                "the stop. Its number, please; -1 is only Python's way to pick it."),
    ),
    hints=(
        "Go through the epochs once and remember which was the best so far. When has it been the best for too long?",
        "best = the epoch of the lowest loss so far; stop at the first epoch with epoch - best = patience, else at the "
        "last.",
        "for epoch, loss in enumerate(val_loss):",
    ),
    reminders={"type": "a pair of epochs (best, stop), counted from 0",
               "value": "go through the first curve by hand: after each epoch write down the best so far and how long "
                        "ago it was"},
    minutes=12,
    level=2,
    core=True,
    points=2,
    variants=(_by_the_running_minimum, _with_argmin),
)

# --- one curve that catches six ---

_VERSIONS = {
    "stops at the first rise": _stopping(wait=lambda patience: 1),
    "hands back the last epoch": _stopping(last=True),
    "never starts to wait anew": _stopping(reset=False),
    "never stops": _stopping(ends=False),
    "stops one epoch late": _stopping(wait=lambda patience: patience + 1),
    "takes a tie for a new best": _stopping(better=lambda loss, lowest: loss <= lowest),
}
_CATCHES = {"val_loss": (1.0, 0.8, 0.9, 0.6, 0.7, 0.6, 0.5), "patience": 2}


def _caught(test):
    """Of each wrong version whether it answers otherwise than it should on this curve."""
    all_filled(test, ("val_loss", "patience"))
    try:
        losses = np.asarray(test["val_loss"], float)
    except (TypeError, ValueError):
        raise TypeError(f"val_loss is {test['val_loss']!r:.60}, expected a list of losses") from None
    try:
        patience = operator.index(test["patience"])
    except TypeError:
        raise TypeError(f"patience is {test['patience']!r:.40}, expected a whole number") from None
    if losses.ndim != 1 or not 1 <= len(losses) <= 30 or not np.isfinite(losses).all() or patience < 1:
        raise ValueError("1 to 30 finite losses and a patience of at least 1 are expected")
    right = _stopping()(losses, patience)
    return tuple(version(losses, patience) != right for version in _VERSIONS.values())


def _misses(*losses, patience=2):
    return {"val_loss": losses, "patience": patience}


CATCHING_CURVE = Exercise(
    id="7.15",
    title="one curve that catches six",
    debrief="A smooth U lets two of the six pass: a count that is never begun anew shows only after a bump, a tie only "
            "where there is one.",
    kind="value",
    reference=_CATCHES,
    instances=lambda rng: [()],
    call=_caught,
    outputs=tuple(_VERSIONS),
    mistakes=(
        Mistake("CCH-a", _misses(1.0, 0.8, 0.9), "stops at the first rise: this version passes. "
                "After the first rise your curve has to fall again before patience is over, to a new best; with "
                "patience 1 it cannot."),
        Mistake("CCH-b", _misses(1.0, 0.8, 0.9, 0.6, 0.7, 0.65, 0.5), "takes a tie for a new best: this version "
                "passes. Where in your curve does the lowest loss come a second time?"),
        Mistake("CCH-c", _misses(1.0, 0.8, 0.9, 0.6, 0.7, 0.6), "never stops: this version passes, and so does the "
                "one that is late: your curve ends where training would have stopped."),
        Mistake("CCH-d", _misses(1.0, 0.9, 0.8, 0.7), "A curve that only falls tells none of them apart."),
        Mistake("CCH-e", _misses(1.0, 0.8, 0.6, 0.6, 0.5, patience=1), "With patience 1 the version that stops at the "
                "first rise is right, and there is no waiting that could start anew."),
        Mistake("CCH-f", _misses(3.0, 3.0, 2.0, 2.0, 1.0), "hands back the last epoch: this version passes, since the "
                "last epoch of your run is the best one. At which epoch should it end?"),
        Mistake("CCH-g", _misses(1.0, 1.0, 1.0, 1.0), "never starts to wait anew: this version passes. Its counter "
                "goes on after a new best, and your curve does not show that: what has to come before the new best, "
                "and what after it?"),
    ),
    hints=(
        "Each version needs a place in the curve at which it goes wrong. One curve can have several such places.",
        "A rise, then a new best; a rise again and the same lowest value once more, at which patience is over; then "
        "something lower that must not be seen.",
        "Take patience 2 and begin with 1.0, 0.8, 0.9, 0.6",
    ),
    reminders={"type": "a dict with the keys val_loss and patience"},
    minutes=15,
    level=3,
    core=False,
    points=2,
    skeleton='trial = {"val_loss": ..., "patience": ...}',
)

# --- a network from a file ---


@exchangeable
def _loaded(names=lambda k: (f"W{k}", f"b{k}"), order=None, dtype=None, last=0, exchanged=False):
    def answer(file):
        saved = np.load(file)
        numbers = range(1, len(saved.files) // 2 + 1 - last) if order is None else order(saved.files)
        layers = [tuple(saved[name] for name in names(k)) for k in numbers]
        if dtype is not None:
            layers = [tuple(array.astype(dtype) for array in layer) for layer in layers]
        return [layer[::-1] for layer in layers] if exchanged else layers

    return answer


def _transposed(file):
    return [(W.T, b) for W, b in _loaded()(file)]


def _alphabetical(files):
    return [int(name[1:]) for name in sorted(files) if name[0] == "W"]


def _nets(rng):
    def net(*sizes):
        return tuple((rng.normal(size=(m, n)), rng.normal(size=n)) for m, n in pairwise(sizes))

    return [(((np.array([[0.1, 0.2]]), np.array([0.3, 1 / 3])), (np.array([[4.0], [5.0]]), np.array([6.0]))),),
            (net(3, 4, 2),), (net(2, 1),), case("twelve layers", net(*rng.integers(1, 4, size=13).tolist()))]


def _read_pairs(file):
    with np.load(file) as saved:
        layers = {name: saved[name] for name in saved.files}
    weights = sorted((name for name in layers if name.startswith("W")), key=lambda name: int(name[1:]))
    return [(layers[name], layers["b" + name[1:]]) for name in weights]


def _until_missing(file):
    saved, params = np.load(io.BytesIO(file.read())), []
    while f"W{len(params) + 1}" in saved:
        k = len(params) + 1
        params.append([saved[f"W{k}"], saved[f"b{k}"]])
    return tuple(params)


LOAD_WEIGHTS = Exercise(
    id="7.18",
    title="load_weights",
    debrief="Sorted as text, W10 comes before W2: an order taken from the names would hold until the first network of "
            "ten layers.",
    reference=_loaded(),
    instances=_nets,
    call=calls.load_weights,
    arguments=("params",),
    contract=Contract(zero="params", values={"params": {"one layer": lambda given: given["params"][:1]}}),
    outputs=("weights", "biases"),
    rtol=0,
    atol=0,
    mistakes=(
        Mistake("SAV-a", _loaded(order=_alphabetical), "Right up to nine layers. In which place does the alphabet put "
                "W10?"),
        Mistake("SAV-b", _loaded(dtype=np.float16), "The numbers were rounded on the way: the loaded network would "
                "predict something slightly different."),
        Mistake("SAV-c", _loaded(order=lambda files: range(len(files) // 2, 0, -1)), "The layers come back in reverse. "
                "The order in the file is not that of the layers; the numbers in the names are."),
        Mistake("SAV-d", _loaded(last=1), "The last layer is missing."),
        Mistake("SAV-e", _loaded(exchanged=True), "Weights and biases of a layer are exchanged: (W, b) is expected."),
        Mistake("SAV-f", _transposed, "weights: transposed. The file has them as they are wanted, one column a unit."),
    ),
    hints=(
        "np.load gives an object that is used like a dict, and its `files` is the list of names.",
        "layer k is (saved[f'W{k}'], saved[f'b{k}']), for k from 1 to half the number of names.",
        "saved = np.load(file)",
    ),
    reminders={"type": "a list of pairs (W, b), one for each layer",
               "value": "layer k has the arrays whose names end in k, wherever they stand in the file"},
    minutes=8,
    level=1,
    core=False,
    variants=(_read_pairs, _until_missing),
)

EXERCISES = (EARLY_STOPPING, CATCHING_CURVE, LOAD_WEIGHTS)
