"""Exercises on measuring honestly: three sets, and what a log of three sets says."""

import numpy as np

from course_lib.exercises.define import exchangeable, quiet
from course_lib.exercises.model import Contract, Exercise, Mistake

# --- three sets ---


def _cuts(order, n_train, n_val):
    """Rows of the three sets out of an order of rows."""
    return order[:n_train], order[n_train:n_train + n_val], order[n_train + n_val:]


def _three(X, y, sets, y_sets=None):
    train, val, test = sets
    return tuple(pair for rows, y_rows in zip((train, val, test), y_sets or sets, strict=True)
                 for pair in (X[rows], y[y_rows]))


@exchangeable
def _split(cut=_cuts, rows=lambda order: order):
    """An answer from how it cuts, and from the order of rows that it cuts."""

    @quiet
    def answer(X, y, order, n_train, n_val):
        return _three(X, y, cut(rows(order), n_train, n_val))

    return answer


def _from_validation(order, n_train, n_val):
    train, val, _ = _cuts(order, n_train, n_val)
    return train, val, order[n_train:]


def _from_training(order, n_train, n_val):
    train, _, test = _cuts(order, n_train, n_val)
    return train, order[:n_val], test


def _grouped(X, y, order, n_train, n_val):
    made = _three(X, y, _cuts(order, n_train, n_val))
    return made[::2] + made[1::2]


def _samples(rng):
    cases = [(np.array([[10.0, 1.0], [20.0, 2.0], [30.0, 3.0], [40.0, 4.0], [50.0, 5.0]]), np.array([0, 0, 1, 1, 2]),
              np.array([3, 0, 4, 2, 1]), 2, 2)]
    for n, n_train, n_val, shape in ((9, 5, 3, (2,)), (12, 4, 5, (2, 2)), (7, 3, 1, (1,))):
        cases.append((rng.normal(size=(n, *shape)), np.sort(rng.integers(0, 3, size=n)), rng.permutation(n), n_train,
                      n_val))
    return cases


def _by_take(X, y, order, n_train, n_val):
    ends = np.cumsum([n_train, n_val])
    parts = [(np.take(X, rows, axis=0), y.take(rows)) for rows in np.split(order, ends)]
    return [array for pair in parts for array in pair]


def _by_lists(X, y, order, n_train, n_val):
    X, y = np.array([X[i] for i in order]), np.array([y[i] for i in order])
    a, b = n_train, n_train + n_val
    return X[:a], y[:a], X[a:b], y[a:b], X[b:], y[b:]


THREE_SETS = Exercise(
    id="7.1",
    title="three_sets",
    debrief="This cut is fair for rows in random order; rows that belong together, of one person or of one day, must "
            "stay in one part.",
    reference=_split(),
    instances=_samples,
    arguments=("X", "y", "order", "n_train", "n_val"),
    contract=Contract(shapes={"X": ".D"}, values={"n_train": (1,), "n_val": (1,)}),
    outputs=("X_train", "y_train", "X_val", "y_val", "X_test", "y_test"),
    mistakes=(
        Mistake("SET-a", _split(rows=lambda order: np.arange(len(order))), "The rows come in the order "
                "in which they were stored. If that order is by class, what does the last part hold?"),
        Mistake("SET-b", _split(_from_validation), "The test set holds rows that the validation set holds too. "
                "Whoever chooses by them has seen part of the test."),
        Mistake("SET-c", _split(_from_training), "The validation rows are training rows. What the network has learned "
                "by heart says nothing about new samples."),
        Mistake("SET-d", lambda X, y, order, a, b: _three(X, y, _cuts(order, a, b), _cuts(np.arange(len(X)), a, b)),
                "X was put into a new order, y was not: the labels belong to other samples now."),
        Mistake("SET-e", _split(lambda order, a, b: _cuts(order, b, a)), "The sizes of the training and the "
                "validation set are exchanged."),
        Mistake("SET-f", _split(lambda order, a, b: (order[:a], order[a + b:], order[a:a + b])), "The sets come in "
                "the order training, validation, test."),
        Mistake("SET-m", _split(lambda order, a, b: (order[len(order) - a - b:len(order) - b], order[len(order) - b:],
                                                     order[:len(order) - a - b])), "Your test set comes first. Which "
                "rows of order are the training set?"),
        Mistake("SET-g", _split(lambda order, a, b: (order[:a], order[a:b], order[b:])), "Where does the validation "
                "set end? n_val is how many rows it has; a slice wants the place of its end."),
        Mistake("SET-h", _split(lambda order, a, b: (order[:a], order[a:a + b], order[a + b:a + 2 * b])), "The test "
                "set is cut short: it gets all rows that are left."),
        Mistake("SET-i", _split(lambda order, a, b: (order[:a], order[-b:], order[a:-b])), "The validation set comes "
                "from the end of the order. Which rows come right after the first n_train?"),
        Mistake("SET-j", _split(rows=np.argsort), "order says which row comes first, second and so on; argsort turns "
                "that round."),
        Mistake("SET-k", _split(lambda order, a, b: (order[:a], order[a + 1:a + b], order[a + b + 1:])), "At each cut "
                "a row is lost. A slice leaves out its end, so the next one may begin there."),
        Mistake("SET-l", _grouped, "Right sets in another order: X and y of the training set come first, then those "
                "of the next."),
    ),
    hints=(
        "Cut the list of row numbers into three pieces first; then take those rows of X and of y.",
        "training: the first n_train entries of order; validation: the next n_val; test: all that are left.",
        "train, val, test = np.split(order, [n_train, n_train + n_val])",
    ),
    reminders={"type": "six arrays: X_train, y_train, X_val, y_val, X_test, y_test",
               "value": "the given order alone decides: its first n_train entries are the rows of the training set"},
    minutes=8,
    level=1,
    core=True,
    variants=(_by_take, _by_lists),
)

# --- a published log ---

_RIGHT = {"best": 11, "gap_best": 0.0179, "gap_last": 0.0395, "train_minus_test": 0.0078}

READ_THE_LOG = Exercise(
    id="7.2",
    title="four numbers from a log",
    debrief="Even at the best epoch the validation loss flatters, since it was chosen as the lowest of twenty; the "
            "test set has no part in that choice.",
    kind="value",
    reference=_RIGHT,
    instances=lambda rng: [()],
    rtol=0,
    atol=6e-5,  # the log has four decimals
    mistakes=(
        Mistake("TRL-a", _RIGHT | {"best": 10}, "best: arrays count from 0, the epochs of this log from 1."),
        Mistake("TRL-b", _RIGHT | {"best": 18}, "best: that is the lowest training loss. Which curve is allowed to "
                "choose?"),
        Mistake("TRL-c", _RIGHT | {"best": 20}, "best: the last epoch is not the best one; look for the lowest "
                "validation loss."),
        Mistake("TRL-d", _RIGHT | {"gap_best": -0.0179, "gap_last": -0.0395}, "gap_best: a gap is validation minus "
                "training; over-fitting makes it positive."),
        Mistake("TRL-e", _RIGHT | {"gap_best": 0.0041, "gap_last": 0.0082}, "gap_best: these are differences of "
                "accuracies; the gap is one of losses."),
        Mistake("TRL-f", _RIGHT | {"train_minus_test": 0.0082}, "train_minus_test: that is training minus "
                "validation. The test accuracy stands below the table."),
        Mistake("TRL-g", _RIGHT | {"train_minus_test": -0.0078}, "train_minus_test: the sign is exchanged. Which of "
                "the two is higher?"),
        Mistake("TRL-h", _RIGHT | {"train_minus_test": -0.0004}, "train_minus_test: that is validation minus test. "
                "Which accuracy is asked for first?"),
        Mistake("TRL-i", _RIGHT | {"train_minus_test": 0.78}, "train_minus_test: the log gives shares; yours is in "
                "percent."),
        Mistake("TRL-j", _RIGHT | {"train_minus_test": 0.0042}, "train_minus_test: at the end, that is in the last "
                "row; yours takes the training accuracy of another epoch."),
        Mistake("TRL-k", _RIGHT | {"gap_best": 0.02, "gap_last": 0.04}, "gap_best: rounded too far; the log has four "
                "decimals, so has the answer."),
        Mistake("TRL-r", _RIGHT | {"gap_best": 1.79, "gap_last": 3.95}, "gap_best: a hundred times too large. A loss "
                "is no share, and has no percent."),
        Mistake("TRL-l", _RIGHT | {"gap_best": 0.0368, "gap_last": 0.0482}, "gap_best: that is the validation loss "
                "itself. A gap lies between two curves."),
        Mistake("TRL-m", _RIGHT | {"gap_best": 0.0287}, "gap_best: that row belongs to the next epoch. Row k of the "
                "array is epoch k + 1."),
        Mistake("TRL-n", _RIGHT | {"gap_best": 0.0222}, "gap_best: that row belongs to the epoch before. Row k of the "
                "array is epoch k + 1."),
        Mistake("TRL-o", _RIGHT | {"gap_best": 0.0368 / 0.0189, "gap_last": 0.0482 / 0.0087}, "gap_best: a gap is a "
                "difference, not a ratio."),
        Mistake("TRL-p", _RIGHT | {"gap_last": -0.0395}, "gap_last: a gap is validation minus training; over-fitting "
                "makes it positive."),
        Mistake("TRL-q", _RIGHT | {"gap_last": 0.0179}, "gap_last: that is the gap at the best epoch once more. Take "
                "the last row."),
    ),
    hints=(
        "The epoch is chosen by the validation loss; a gap is validation loss minus training loss.",
        "Column 2 for the choice; column 2 minus column 0 at that row and at the last; 0.9972 minus 0.9894.",
        "best = log[:, 2].argmin() + 1",
    ),
    reminders={"type": "a dict with the keys best, gap_best, gap_last, train_minus_test",
               "value": "the columns are training loss, training accuracy, validation loss, validation accuracy"},
    minutes=8,
    level=1,
    core=True,
    skeleton='reading = {"best": ..., "gap_best": ..., "gap_last": ..., "train_minus_test": ...}',
)

EXERCISES = (THREE_SETS, READ_THE_LOG)
