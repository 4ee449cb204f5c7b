"""Exercises that choose settings by measurements over several draws or starts."""

from course_lib.chapters.ch07_regularization.measured import ABLATION, AUGMENTED, PAIRS
from course_lib.exercises.model import Exercise, Mistake

#: What a choice leads to: 0 is the goal, the others are ways to miss it.
REACHED = 0


def _looked_up(settings, keys, table, example):
    """The row of a table that a dict of settings names."""
    if not isinstance(settings, dict) or set(settings) != set(keys):
        raise TypeError(f"a dict such as {example} is expected; got {settings!r:.100}")
    for k, key in enumerate(keys):
        choices = sorted({row[k] for row in table})
        if settings[key] not in choices:
            found = "..." if settings[key] is ... else repr(settings[key])
            raise ValueError(f"{key} is {found:.40}; it may be {', '.join(map(str, choices))}")
    return table[tuple(settings[key] for key in keys)]


# --- a penalty and a rate ---

TOO_WEAK, TOO_STIFF, TOO_NOISY = 1, 2, 3


def gain(lam: float, dropout: float) -> float:
    """Gain of test accuracy over no regularizer, in percent: mean of ten paired draws."""
    pairs = zip(PAIRS[lam, dropout], PAIRS[0.0, 0.0], strict=True)
    return sum(one - none for one, none in pairs) / (2 * len(PAIRS[0.0, 0.0]))


def _pair_outcome(settings):
    _looked_up(settings, ("lam", "dropout"), PAIRS, '{"lam": 0.0, "dropout": 0.0}')
    lam, dropout = settings["lam"], settings["dropout"]
    if gain(lam, dropout) >= 6:
        return REACHED
    if lam >= 0.01:
        return TOO_STIFF
    return TOO_NOISY if dropout == 0.5 else TOO_WEAK


PENALTY_AND_RATE = Exercise(
    id="7.8",
    title="a penalty and a rate",
    debrief="A pair found on one draw of the points is a guess; the table below compares pairs on ten draws.",
    kind="choice",
    reference={"lam": 0.001, "dropout": 0.2},
    instances=lambda rng: [()],
    call=_pair_outcome,
    outputs=("outcome",),
    mistakes=(
        Mistake("PAR-a", {"lam": 0.0, "dropout": 0.0}, "The gain in the mean of ten draws is below 6 points: too "
                "little holds the network back. More of the penalty does more."),
        Mistake("PAR-b", {"lam": 0.03, "dropout": 0.0}, "The network is too stiff for a spiral: its training accuracy "
                "falls as well, and takes the gain in the test with it."),
        Mistake("PAR-c", {"lam": 0.0, "dropout": 0.5}, "With half of the units off in each step some draws gain and "
                "others hardly do: the mean stays below 6 points."),
    ),
    hints=(
        "Change one of the two at a time in the first figure, and watch the test accuracy, not the training accuracy.",
        "The best penalty lies between 0.001 and 0.003; half of the units off is too much.",
        'chosen = {"lam": 0.001, "dropout": ...}',
    ),
    reminders={"type": "a dict with lam and dropout"},
    points=2,
    minutes=15,
    level=2,
    core=True,
    skeleton='chosen = {"lam": ..., "dropout": ...}',
)

# --- augmentation ---

MIRRORED, TURNED, NOT_SHIFTED, TOO_FAR = 1, 2, 3, 4


def _change_outcome(settings):
    shares = _looked_up(settings, ("shift", "rotation", "flip"), AUGMENTED,
                        '{"shift": 0.5, "rotation": 90, "flip": True}')
    if sum(shares) - sum(AUGMENTED[0, 0, False]) >= 0.15 * len(shares):
        return REACHED
    if settings["flip"]:
        return MIRRORED
    if settings["rotation"] == 90:
        return TURNED
    return NOT_SHIFTED if settings["shift"] == 0 else TOO_FAR


CHANGES = Exercise(
    id="7.16",
    title="which changes help",
    debrief="In whole pixels a shift by up to one makes nine versions of a digit: 300 digits stand for 2,700, and "
            "nobody had to label them again.",
    kind="choice",
    reference={"shift": 0.125, "rotation": 10, "flip": False},
    instances=lambda rng: [()],
    call=_change_outcome,
    outputs=("outcome",),
    mistakes=(
        Mistake("AUG-a", {"shift": 0.125, "rotation": 0, "flip": True}, "Half of your training digits are mirrored "
                "and keep their label. What does the network learn from a mirrored 3?"),
        Mistake("AUG-b", {"shift": 0.125, "rotation": 90, "flip": False}, "Some of your digits lie on their side, and "
                "a 6 comes near a 9. How far does handwriting turn?"),
        Mistake("AUG-c", {"shift": 0, "rotation": 10, "flip": False}, "The test digits are shifted, yours never are. "
                "Which changes will the pictures show that come later?"),
        Mistake("AUG-d", {"shift": 0.5, "rotation": 0, "flip": False}, "Shifted by half of the picture, many digits "
                "leave it: what is left is no digit any more."),
    ),
    hints=(
        "Ask of each change whether the pictures to come will show it, and whether the label survives.",
        "A shift of one or two pixels of eight, a small rotation or none, no mirror.",
        'changes = {"shift": 0.125, "rotation": ..., "flip": False}',
    ),
    reminders={"type": "a dict with shift, rotation and flip"},
    points=2,
    minutes=10,
    level=2,
    core=False,
    skeleton='changes = {"shift": ..., "rotation": ..., "flip": ...}',
)

# --- ablation ---

BATCH_NORM, LAST_EPOCH, TOO_DEAR = 1, 2, 3
BAR = 0.139


def _remedy_outcome(settings):
    losses = _looked_up(settings, ("patience", "batch_norm", "dropout", "l2"), ABLATION,
                        '{"patience": 0, "batch_norm": True, "dropout": 0.2, "l2": 0.001}')
    if sum(losses) < BAR * len(losses):
        return REACHED
    if settings["batch_norm"]:
        return BATCH_NORM
    return LAST_EPOCH if settings["patience"] == 0 else TOO_DEAR


REMEDIES = Exercise(
    id="7.17",
    title="beat 0.1449",
    debrief="One of 120 points with a loss of 5, its class held to be 0.7 percent likely, adds 0.042 to the mean: more "
            "than any two of the printed losses differ.",
    kind="choice",
    reference={"patience": 100, "batch_norm": False, "dropout": 0.0, "l2": 0.0},
    instances=lambda rng: [()],
    call=_remedy_outcome,
    outputs=("outcome",),
    mistakes=(
        Mistake("ABL-a", {"patience": 100, "batch_norm": True, "dropout": 0.0, "l2": 0.0}, "The mean stays above "
                "0.139. With batch norm this small network only trains faster into over-fitting: leave one box out "
                "and look again."),
        Mistake("ABL-b", {"patience": 0, "batch_norm": False, "dropout": 0.0, "l2": 0.0}, "The mean stays above "
                "0.139. Which remedy costs nothing and undoes the last epochs?"),
        Mistake("ABL-c", {"patience": 100, "batch_norm": False, "dropout": 0.0, "l2": 0.001}, "The mean stays above "
                "0.139. The best epoch is restored; what else is on, and does it help here?"),
    ),
    hints=(
        "Take one remedy in at a time and look at the mean over starts.",
        "Hand back the best epoch instead of the last one, and leave batch norm and the penalty out.",
        'remedies = {"patience": 100, "batch_norm": False, ...}',
    ),
    reminders={"type": "a dict with patience, batch_norm, dropout and l2"},
    points=2,
    minutes=12,
    level=2,
    core=False,
    skeleton='remedies = {"patience": ..., "batch_norm": ..., "dropout": ..., "l2": ...}',
)

EXERCISES = (PENALTY_AND_RATE, CHANGES, REMEDIES)
