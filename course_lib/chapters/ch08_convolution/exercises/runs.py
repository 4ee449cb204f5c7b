"""Exercises on training runs: a log, a network of one's own, shifted digits."""

from functools import lru_cache

import numpy as np

from course_lib.chapters.ch08_convolution import calls
from course_lib.exercises.define import all_filled, all_numbers, letter
from course_lib.exercises.model import Exercise, Mistake, Refused
from course_lib.nn.architectures import (
    LENET5,
    AvgPool,
    Conv,
    Dense,
    Dropout,
    Flatten,
    GlobalAvgPool,
    MaxPool,
    ReLU,
    Sigmoid,
    Tanh,
)

# --- a published log ---

_LOG = {"best": 11, "why": "b", "patience_2": 8, "stops": 10}


def _log_read(answer):
    all_filled(answer, _LOG)
    all_numbers(answer, ("best", "patience_2", "stops"))
    for key in ("best", "patience_2", "stops"):
        if answer[key] not in range(1, 21):
            raise ValueError(f"{key} is {answer[key]!r:.40}, expected an epoch of the log, 1 to 20")
    return {key: letter(answer, key, "abcd") if key == "why" else answer[key] for key in _LOG}


def _misread(id, key, value, say):
    return Mistake(id, _LOG | {key: value}, f"{key}: {say}")


LOG = Exercise(
    id="8.11",
    title="where to stop",
    debrief="With patience 2 the lowest loss, at epoch 11, is never seen: patience has to outlast the jumps of the "
            "curve.",
    kind="value",
    reference=_LOG,
    instances=lambda rng: [()],
    call=_log_read,
    mistakes=(
        _misread("LRD-d", "best", 10, "the log counts its epochs from 1, an array from 0."),
        _misread("LRD-e", "best", 18, "that is the lowest training loss. Which column may choose?"),
        _misread("LRD-f", "best", 20, "the last epoch is not the best one: its validation loss is higher by 0.0114."),
        _misread("LRD-g", "best", 8, "low, but three epochs later the validation loss is lower still."),
        _misread("LRD-h", "why", "a", "the lowest training loss is that of epoch 18. What does it say about pictures "
                 "that the network has not seen?"),
        _misread("LRD-i", "why", "c", "the log has no test column, and nothing may be chosen by the test set."),
        _misread("LRD-j", "why", "d", "compare training and validation loss at epochs 11 and 20."),
        _misread("LRD-k", "patience_2", 11, "that is the lowest of all twenty. Go down the log and count: does "
                 "training with this patience get there?"),
        _misread("LRD-l", "patience_2", 10, "that is where it stops. Whose weights does it hand back?"),
        _misread("LRD-m", "patience_2", 5, "epoch 6 is lower still, if only by 0.0022."),
        _misread("LRD-n", "patience_2", 6, "epoch 7 is one without a new lowest; then comes a lower one, and the "
                 "counting begins anew."),
        _misread("LRD-o", "patience_2", 7, "the log counts its epochs from 1, an array from 0."),
        _misread("LRD-p", "stops", 9, "two epochs without a new lowest have to be over: which are they?"),
        _misread("LRD-q", "stops", 8, "that is the epoch whose weights are kept. How much longer does training go "
                 "on?"),
        _misread("LRD-r", "stops", 11, "two epochs without a new lowest are enough: that would be a patience of 3."),
        _misread("LRD-s", "stops", 13, "that is two epochs after the best of all twenty. Does training get there?"),
    ),
    hints=(
        "Training loss goes on falling whatever happens to new pictures. Go through the validation loss only.",
        "The best epoch has the lowest validation loss. With patience 2 keep the lowest so far, and stop after two "
        "epochs in a row above it.",
        "validation loss: new lowest at 1, 2, 3, 4, 5, 6, ...",
    ),
    reminders={"type": "a dict with best, why, patience_2 and stops",
               "value": "epochs count from 1, and the validation loss decides"},
    points=2,
    minutes=8, level=1, core=True,
    skeleton='log_read = {"best": ..., "why": ..., "patience_2": ..., "stops": ...}',
)

# --- layers of one's own ---

BAR = 0.95


def _held_back(kinds):
    """What keeps a network below the bar, as far as its list of layers shows it."""
    if "Conv" not in kinds:
        return "no convolution"
    if not {"ReLU", "Sigmoid", "Tanh", "MaxPool"} & set(kinds):
        return "nothing that bends"
    return "nothing"


def _rebuilt(rows):
    """The layers of these names and settings; what comes from where the student's code runs may be anything."""
    known = {kind.__name__: kind for kind in (Conv, Dense, ReLU, Sigmoid, Tanh, MaxPool, AvgPool, GlobalAvgPool,
                                              Flatten, Dropout)}
    try:
        layers = [known[kind](**{name: _number(value) for name, value in settings.items()}) for kind, settings in rows]
        return layers, *calls.within_limits(layers)[1:]
    except Exception as error:
        raise Refused(f"what came back is no network that can be trained: {error!s:.300}") from None


def _number(value):
    """A number of NumPy's as one of Python's."""
    return value.item() if isinstance(value, np.ndarray) and value.ndim == 0 else value


@lru_cache(maxsize=16)
def trained(layers: tuple):
    """Shares of the training digits and of the held-out ones that are right after eight epochs.

    The same layers are trained once a session: whoever checks them again does not wait again.
    """
    from course_lib import convnet, datasets  # loaded on first use: most checks need no data

    digits = datasets.digits28()
    run = convnet.train(digits.X_train, digits.y_train, layers, epochs=8, lr=0.002)
    return run.accuracy[-1], run.evaluate(digits.X_test, digits.y_test)[1]


def _quality(rows):
    """(what holds the network back, its share of right answers, counted up to the bar), once it is trained."""
    layers, parameters, multiply_adds = _rebuilt(rows)
    on_train, share = trained(tuple(layers))
    print(f"{parameters:,} parameters, {multiply_adds:,} multiply-adds a digit. After 8 epochs {on_train:.3f} of the "
          f"training digits and {share:.4f} of the 2,000 held-out digits are right.")
    if share >= BAR:
        return "nothing", BAR
    return _held_back([kind for kind, _ in rows]), int(1000 * share) / 1000


_OWN = (Conv(8, 5), ReLU(), MaxPool(2), Conv(16, 5), ReLU(), MaxPool(2), Flatten(), Dense(20), ReLU(), Dense(10))


def _layers(*layers):
    return lambda: list(layers)


MY_LAYERS = Exercise(
    id="8.12",
    title="my_layers",
    debrief="Each MaxPool(2) leaves about a quarter of what is flattened, and so of the weights of the dense layer "
            "behind it.",
    reference=_layers(*_OWN),
    instances=lambda rng: [()],
    contract="it takes nothing: its layers are judged by how well the net does that is trained with them",
    call=calls.my_layers,
    read=_quality,
    outputs=("what holds it back", "the share of held-out digits that are right"),
    mistakes=(
        Mistake("LAY-a", _layers(AvgPool(4), Flatten(), Dense(20), ReLU(), Dense(10)), "what holds it back: there is "
                "no convolution in it, so each unit has to learn every stroke at every place by itself. What it "
                "reached stands below."),
        Mistake("LAY-b", _layers(AvgPool(4), Conv(4, 3), Conv(4, 3), Flatten(), Dense(10)), "what holds it "
                "back: without ReLU or another bend between them all layers together are one linear map. What it "
                "reached stands below."),
        Mistake("LAY-c", _layers(*LENET5), "LeNet-5 has 61,706 parameters, and 10,000 are allowed. Most of them stand "
                "in Dense(120): how could the maps become smaller before it, or fewer?"),
        Mistake("LAY-d", _layers(*(layer for layer in _OWN if not isinstance(layer, Flatten))), "Dense(20) wants a row "
                "of numbers and gets maps. Which layer makes one of them?"),
        Mistake("LAY-e", _layers(*_OWN[:-2]), "The last layer has 20 units. How many digits are there?"),
        Mistake("LAY-f", _layers(*_OWN, ReLU()), "Behind the last Dense(10) nothing may follow: its scores may be "
                "negative, and the loss applies the softmax."),
        Mistake("LAY-g", _layers(Flatten(), *(layer for layer in _OWN if not isinstance(layer, Flatten))), "A "
                "convolution wants maps and gets a row of numbers: Flatten stands between the last maps and the first "
                "Dense."),
    ),
    hints=(
        "Most parameters stand where maps are flattened into a dense layer. Pool, or convolve once more, until little "
        "is left to flatten.",
        "Conv, ReLU and MaxPool twice, with a few filters first and more later; Flatten; Dense(10). "
        "architectures.summary(layers, (1, 28, 28)) counts.",
        "[Conv(8, 5), ReLU(), MaxPool(2), ...]",
    ),
    reminders={"type": "my_layers takes nothing and returns a list of layers",
               "value": f"at least {BAR} is asked for, after 8 epochs; what yours reached stands below"},
    points=3,
    seconds=40.0,  # trains a network
    minutes=15, level=2, core=True,
    variants=(_layers(Conv(8, 3), ReLU(), MaxPool(2), Conv(16, 3), ReLU(), MaxPool(2), Conv(32, 3), ReLU(), Flatten(),
                      Dense(10)),
              lambda: (Conv(8, 5), ReLU(), AvgPool(2), Conv(16, 5), ReLU(), AvgPool(2), Flatten(), Dense(10))),
)

# --- shifted digits ---

_SHIFTED = {"dense": 3, "conv": 5, "why": "c"}


def _shifts(answer):
    all_filled(answer, _SHIFTED)
    all_numbers(answer, ("dense", "conv"))
    for key in ("dense", "conv"):
        if answer[key] not in range(28):
            raise ValueError(f"{key} is {answer[key]!r:.40}, expected a whole number of pixels")
    return {key: letter(answer, key, "abcd") if key == "why" else answer[key] for key in _SHIFTED}


def _misjudged(id, key, value, say):
    return Mistake(id, _SHIFTED | {key: value}, f"{key}: {say}")


SHIFTED = Exercise(
    id="8.18",
    title="shifted digits",
    debrief="Behind LeNet's two poolings one place stands for four pixels: a shift by four moves the last maps by one "
            "place, the border apart, and the dense layers read places.",
    kind="value",
    reference=_SHIFTED,
    instances=lambda rng: [()],
    call=_shifts,
    mistakes=(
        _misjudged("SHF-a", "dense", 2, "at 2 pixels it is still right on more than half. The first shift at which it "
                   "is not, please."),
        _misjudged("SHF-b", "dense", 4, "go up from 0: is there a smaller shift at which less than half is right?"),
        _misjudged("SHF-c", "conv", 4, "at 4 pixels it is still right on more than half. The first shift at which it "
                   "is not, please."),
        _misjudged("SHF-d", "conv", 6, "go up from 0: is there a smaller shift at which less than half is right?"),
        _misjudged("SHF-e", "why", "a", "neither of the two has seen a shifted digit in training."),
        _misjudged("SHF-f", "why", "b", "then its curve would be flat. By how many pixels may a maximum move inside of "
                   "its window?"),
        _misjudged("SHF-g", "why", "d", "count: which of the two networks has more of them?"),
        Mistake("SHF-h", _SHIFTED | {"dense": 5, "conv": 3}, "The two networks are exchanged."),
        Mistake("SHF-i", _SHIFTED | {"dense": 2, "conv": 4}, "These are the last shifts at which more than half is "
                "right. The first at which it is not, please."),
    ),
    hints=(
        "Read the two columns from the top: where does each fall below 0.5?",
        "The dense network loses half of its answers within a tenth of the picture, the other one lasts about two "
        "pixels longer.",
        'shifted = {"dense": 3, ...}',
    ),
    reminders={"type": "a dict with dense, conv and why", "value": "the first shift at which less than half is right"},
    points=1,
    minutes=6, level=1, core=False,
    skeleton='shifted = {"dense": ..., "conv": ..., "why": ...}',
)

EXERCISES = (LOG, MY_LAYERS, SHIFTED)
