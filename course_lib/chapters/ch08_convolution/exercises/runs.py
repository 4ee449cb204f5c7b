"""Exercises on training runs: a log, a network of one's own, shifted digits."""

from course_lib.chapters.ch08_convolution.exercises.common import letter
from course_lib.exercises.define import all_filled
from course_lib.exercises.model import Exercise, Mistake

# --- a published log ---

_LOG = {"best": 11, "why": "b", "patience_2": 8, "stops": 10}


def _log_read(answer):
    all_filled(answer, _LOG)
    for key in ("best", "patience_2", "stops"):
        if answer[key] not in range(1, 21):
            raise ValueError(f"{key} is {answer[key]!r:.40}, expected an epoch of the log, 1 to 20")
    return {key: letter(answer, key, "abcd") if key == "why" else answer[key] for key in _LOG}


def _misread(id, key, value, say):
    return Mistake(id, _LOG | {key: value}, f"{key}: {say}")


LOG = Exercise(
    id="8.11",
    title="where to stop",
    kind="value",
    reference=_LOG,
    instances=lambda rng: [()],
    call=_log_read,
    mistakes=(
        _misread("LRD-d", "best", 10, "the log counts its epochs from 1, an array from 0."),
        _misread("LRD-e", "best", 18, "that is the lowest training loss. Which column may choose?"),
        _misread("LRD-f", "best", 20, "the last epoch is not the best one: its validation loss is higher by 0.0114."),
        _misread("LRD-g", "best", 8, "low, but three epochs later the validation loss is lower still."),
        _misread("LRD-h", "why", "a", "the training loss goes on falling to the end. What does it say about pictures "
                 "that the network has not seen?"),
        _misread("LRD-i", "why", "c", "the log has no test column, and nothing may be chosen by the test set."),
        _misread("LRD-j", "why", "d", "compare training and validation loss at epochs 11 and 20."),
        _misread("LRD-k", "patience_2", 11, "after epoch 8 there are two epochs without a new lowest. Does training "
                 "with this patience still get to 11?"),
        _misread("LRD-l", "patience_2", 10, "that is where it stops. Whose weights does it hand back?"),
        _misread("LRD-m", "patience_2", 5, "epoch 6 is lower still, if only by 0.0022."),
        _misread("LRD-n", "patience_2", 6, "epoch 7 is one without a new lowest; then comes a lower one, and the "
                 "counting begins anew."),
        _misread("LRD-o", "patience_2", 7, "the log counts its epochs from 1, an array from 0."),
        _misread("LRD-p", "stops", 9, "two epochs without a new lowest have to be over: which are they?"),
        _misread("LRD-q", "stops", 8, "that is the epoch whose weights are kept. How much longer does training go "
                 "on?"),
        _misread("LRD-r", "stops", 11, "two epochs without a new lowest are enough; they are 9 and 10."),
        _misread("LRD-s", "stops", 13, "that is two epochs after the best of all twenty. Does training get there?"),
    ),
    hints=(
        "Training loss falls to the end whatever happens to new pictures. Go through the validation loss only.",
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

EXERCISES = (LOG,)
