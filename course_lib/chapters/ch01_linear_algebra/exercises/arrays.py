"""Exercises on data as arrays: axes, layouts, one-hot rows, standardization."""

import numpy as np

from course_lib import datasets, ops
from course_lib.exercises.define import DDOF, quiet
from course_lib.exercises.model import Contract, Exercise, Mistake, Slot, Slots, case

# 1.1 ------------------------------------------------------------------------------------------------------------------

_AXES = {"temperature": 0, "patient": 1, "table": 2, "series": 3, "gray": 2, "color": 3, "batch": 4, "videos": 5}

AXES = Exercise(
    id="1.1",
    title="how many axes",
    debrief="A batch has one axis more than its samples, even a batch of one: a single picture becomes (1, C, H, W) "
            "before a network of this course sees it.",
    kind="value",
    reference=_AXES,
    instances=lambda rng: [()],
    mistakes=(
        Mistake("AXE-a", {name: axes + 1 for name, axes in _AXES.items()},
                "All of them are one too large. How many indices pick one entry out of a single number?"),
        Mistake("AXE-b", _AXES | {"color": 5},
                "Count the indices that lead to one gray value of one color picture: row, column, channel. Is there "
                "another one?"),
        Mistake("AXE-c", _AXES | {"batch": 3, "videos": 4},
                "The batches have no axis yet that says which picture or which video is meant."),
        Mistake("AXE-h", _AXES | {"color": 4, "batch": 5, "videos": 6},
                "Count the indices that lead to one gray value of one color picture: row, column, channel. The three "
                "others with color follow from it."),
        Mistake("AXE-i", _AXES | {"batch": 5, "videos": 6},
                "One color picture needs three indices. How many more tell which picture of the batch is meant?"),
        Mistake("AXE-d", _AXES | {"series": 2},
                "The series have many samples, each with many days, each with several measurements."),
        Mistake("AXE-e", _AXES | {"patient": 10},
                "Ten entries lie along one axis. The number asked for is that of the axes."),
        Mistake("AXE-f", _AXES | {"gray": 3},
                "A gray picture has no channels: one value a place."),
        Mistake("AXE-g", _AXES | {"temperature": 1},
                "A single number needs no index at all."),
    ),
    hints=(
        "Ask how many indices are needed to point at one number.",
        "A table (samples, features) needs two, a batch of color pictures (N, C, H, W) four.",
        'axis_counts = {"temperature": 0, "patient": 1, "table": 2, ...}',
    ),
    reminders={"type": f"a dict with the keys {', '.join(_AXES)} is expected, each with a whole number"},
    skeleton=(
        'axis_counts = {"temperature": ..., "patient": ..., "table": ..., "series": ..., "gray": ...,\n'
        '               "color": ..., "batch": ..., "videos": ...}'
    ),
    minutes=4, level=1, core=True,
)

# 1.2 ------------------------------------------------------------------------------------------------------------------


def _pictures(rng):
    whole = [(rng.integers(0, 256, size=shape).astype(float),)
             for shape in ((1, 2, 4, 3), (2, 3, 4, 3), (3, 5, 2, 4), (3, 3, 3, 3))]
    return [*whole, case("numbers from 0 to 1", rng.uniform(size=(2, 2, 3, 3)))]


CHANNELS_FIRST = Exercise(
    id="1.2",
    title="channels_first",
    debrief="The same step a second time does not lead back, a third time does: the order that undoes it is (0, 2, 3, "
            "1).",
    library="course_lib.ops.channels_first",
    reference=lambda images: ops.channels_first(images).copy(),
    instances=_pictures,
    arguments=("images",),
    contract=Contract(shapes={"images": "NRQC"}),
    mistakes=(
        Mistake("CHF-a", lambda x: x.reshape(x.shape[0], x.shape[3], x.shape[1], x.shape[2]).copy(),
                "The shape is right, the pictures are not: a reshape keeps the order of the numbers in memory and "
                "only cuts it elsewhere. Which operation moves an axis?"),
        Mistake("CHF-b", lambda x: x.transpose(0, 3, 2, 1).copy(),
                "The channels are where they belong, but each picture lies on its side. In which order do H and W "
                "come?"),
        Mistake("CHF-c", lambda x: x.transpose(3, 0, 1, 2).copy(),
                "The channels went past the samples. Which axis stays in front?"),
        Mistake("CHF-d", lambda x: x.transpose(0, 1, 3, 2).copy(),
                "The channels stand between rows and columns. How many places do they have to move?"),
        Mistake("CHF-e", lambda x: x.T.copy(),
                "T turns the order of all axes round. Three of the four should keep their order."),
        Mistake("CHF-f", lambda x: x.mean(axis=3), "The colors are gone. They should move, not melt."),
        Mistake("CHF-g", lambda x: x.transpose(0, 3, 1, 2).astype(int), "Your result holds whole numbers only: of 0.7 "
                "nothing is left. Which dtype did you give it?"),
    ),
    hints=(
        "Give the new order of the four old axes.",
        "(N, H, W, C) are the axes 0, 1, 2, 3; the result wants N, C, H, W.",
        "return images.transpose(0, ...)",
    ),
    reminders={"shape": "images (N, H, W, C) become (N, C, H, W)"},
    minutes=6, level=1, core=True,
)

# 1.3 ------------------------------------------------------------------------------------------------------------------


def _labels(rng):
    return [
        (np.array([1, 0]), 3),
        (np.array([0, 2, 1, 2]), 4),
        (rng.permutation(np.array([0, 1, 2, 2, 4])), 5),
        (rng.integers(0, 9, size=7), 10),
        (np.array([9, 4]), 10),
        (np.array([2]), 3),
        (np.array([1, 0, 0, 1, 0]), 2),
    ]


def _without_last_class(y, C):
    return np.eye(C)[y][:, :-1]


def _too_narrow(y, C):
    table = np.zeros((len(y), C - 1))
    table[np.arange(len(y)), y] = 1
    return table


def _every_label_in_every_row(y, C):
    table = np.zeros((len(y), C))
    table[:, y] = 1
    return table


def _exchanged_indices(y, C):
    table = np.zeros((len(y), C))
    table[y, np.arange(len(y))] = 1
    return table


_COUNT_AGAIN = "Count the classes again, starting from zero."


ONE_HOT = Exercise(
    id="1.3",
    title="one_hot",
    debrief="A one-hot row times a matrix picks one row of that matrix: so will a network look up a word.",
    library="course_lib.ops.one_hot",
    reference=lambda y, C: ops.one_hot(y, C),
    instances=_labels,
    arguments=("y", "C"),
    contract=Contract(shapes={"y": "N"}, zero="y",
                      values={"C": {"the last class is there": lambda given: int(given["y"].max()) + 1}}),
    mistakes=(
        Mistake("OHE-1", lambda y, C: np.eye(int(y.max()) + 1)[y],
                "The width of your result depends on this batch. Which argument tells how many classes exist?"),
        Mistake("OHE-2", _without_last_class, _COUNT_AGAIN),
        Mistake("OHE-2a", _too_narrow, _COUNT_AGAIN),
        Mistake("OHE-2b", quiet(lambda y, C: np.eye(C + 1)[y + 1]),
                "Count the classes again, starting from zero."),
        Mistake("OHE-a", _every_label_in_every_row,
                "A row of a one-hot table holds one 1. Which row belongs to which label?"),
        Mistake("OHE-b", _exchanged_indices, "The first index is the row. Which number tells the row, and which the "
                "column?"),
        Mistake("OHE-3", lambda y, C: np.eye(C)[y].T, "Rows are samples in this course."),
        Mistake("OHE-4", lambda y, C: np.eye(C)[y - 1],
                "Every 1 sits one column too far left. Is the first class number 0 or 1?"),
        Mistake("OHE-5", lambda y, C: 2 * np.eye(C)[y] - 1, "What should the entries of the wrong classes be?"),
        Mistake("OHE-6", lambda y, C: (np.arange(C) <= y[:, None]).astype(float),
                "A row of a one-hot table must sum to one."),
    ),
    hints=(
        "Begin with a table of zeros and put one 1 into each row.",
        "Row i has its 1 in column y[i].",
        "table = np.zeros((len(y), C))",
    ),
    reminders={"shape": "one row a sample and one column a class, (N, C)"},
    variants=(lambda y, C: np.eye(C)[y], lambda y, C: (y[:, None] == np.arange(C)).astype(int)),
    minutes=8, level=1, core=True,
)

# 1.4 ------------------------------------------------------------------------------------------------------------------


def _rows_of_classes(rng):
    return [
        (np.array([[0.0, 1.0, 0.0], [1.0, 0.0, 0.0]]),),
        (np.eye(4)[rng.permutation([0, 1, 3, 3, 2])],),
        (rng.dirichlet(np.ones(3), size=3),),
        (rng.dirichlet(np.ones(5), size=4),),
        (rng.normal(size=(6, 4)) - 3,),
    ]


LABELS_FROM_ROWS = Exercise(
    id="1.4",
    title="labels_from_rows",
    debrief="Softmax keeps the order of a row's scores, so the label can be read from the scores alone, before any "
            "exponential.",
    reference=lambda rows: rows.argmax(axis=1),
    instances=_rows_of_classes,
    arguments=("rows",),
    contract=Contract(shapes={"rows": "NK"}, zero="rows", negative="rows", ties="rows"),
    mistakes=(
        Mistake("LFR-a", lambda rows: rows.argmax(axis=0), "You asked each class for its best sample."),
        Mistake("LFR-b", lambda rows: rows.argmax(axis=1) + 1, "Is the first class number 0 or 1?"),
        Mistake("LFR-c", lambda rows: rows.max(axis=1), "The value of the largest entry is known; where is it?"),
        Mistake("LFR-d", lambda rows: rows.argmin(axis=1), "You chose the class that is least likely."),
        Mistake("LFR-e", lambda rows: np.where(rows == 1)[1],
                "This finds an exact 1. A row of probabilities may hold none."),
        Mistake("LFR-f", lambda rows: int(rows.argmax()), "One label for all? The largest entry of each row is asked."),
    ),
    hints=(
        "The label is the place of the largest entry in its row.",
        "label_i = argmax over c of rows[i, c].",
        "return rows.argmax(axis=...)",
    ),
    reminders={"shape": "one label a row, (N,)", "type": "return an array with one whole number a row",
               "value": "the column of the largest entry, of equal ones the first, as argmax gives it"},
    minutes=4, level=1, core=False,
)

# 1.5 ------------------------------------------------------------------------------------------------------------------


def _two_parts(rng):
    cases = [(np.array([[0.0, 10.0], [2.0, 30.0], [4.0, 20.0], [6.0, 80.0]]), np.array([[2.0, 50.0], [8.0, 20.0]]))]
    for n, m, d in ((6, 4, 3), (5, 2, 4), (4, 4, 4)):
        scale, offset = rng.uniform(0.5, 20, size=d), rng.uniform(-30, 30, size=d)
        cases.append((rng.normal(size=(n, d)) * scale + offset, rng.normal(1, 2, size=(m, d)) * scale + offset))
    return cases


def _with(mean, sd):
    """Both parts scaled by statistics of the training rows that are worked out in another way."""

    @quiet
    def answer(train, other):
        m, s = mean(train), sd(train)
        return (train - m) / s, (other - m) / s

    return answer


def _column_mean(a):
    return a.mean(axis=0)


def _column_sd(a):
    return a.std(axis=0)


@quiet
def _each_by_itself(train, other):
    return tuple((part - part.mean(axis=0)) / part.std(axis=0) for part in (train, other))


@quiet
def _by_row(train, other):
    return tuple((a - a.mean(axis=1, keepdims=True)) / a.std(axis=1, keepdims=True) for a in (train, other))


def _first_half_only(own_statistics, scale_other):
    """Only the first half of the training rows is scaled, by its own statistics or by those of all of them."""

    @quiet
    def answer(train, other):
        half = train[: len(train) // 2]
        rows = half if own_statistics else train
        mean, sd = rows.mean(axis=0), rows.std(axis=0)
        return np.vstack([(half - mean) / sd, train[len(half):]]), (other - mean) / sd if scale_other else other.copy()

    return answer


def _both_together(train, other):
    rows = np.vstack([train, other])
    return tuple((part - rows.mean(axis=0)) / rows.std(axis=0) for part in (train, other))


_OLD_UNITS = "Part of the rows is still in the old units."

def _by_columns(train, other):
    """Standardized column by column."""
    columns = [((a - a.mean()) / a.std(), (b - a.mean()) / a.std()) for a, b in zip(train.T, other.T, strict=True)]
    return np.array([a for a, _ in columns]).T, np.array([b for _, b in columns]).T


def _by_moments(train, other):
    """The deviation as mean of the squares minus square of the mean."""
    mean = train.sum(axis=0) / len(train)
    sd = np.sqrt((train**2).mean(axis=0) - mean**2)
    return np.asfortranarray((train - mean) / sd), other / sd - mean / sd


STANDARDIZE = Exercise(
    id="1.5",
    title="standardize",
    debrief="The other rows were scaled with numbers of the training rows only: whatever looks at them beforehand is a "
            "leak.",
    library="course_lib.datasets.standardize",
    reference=lambda train, other: datasets.standardize(train, other),
    instances=_two_parts,
    arguments=("train", "other"),
    contract=Contract(shapes={"train": ".D", "other": "ND"}, zero="other"),
    outputs=("scaled train", "scaled other"),
    slots=Slots(lambda train, other, ddof: _with(_column_mean, lambda a: a.std(axis=0, ddof=ddof))(train, other),
                {"ddof": Slot("ddof", 0, DDOF, (1,))}),
    mistakes=(
        Mistake("STD-1", _each_by_itself,
                "Which rows are allowed to influence the statistics applied to the second array?"),
        Mistake("STD-2", _by_row, "You scaled each sample; which axis holds the samples?"),
        Mistake("STD-3", _first_half_only(own_statistics=False, scale_other=False), _OLD_UNITS),
        Mistake("STD-3a", _first_half_only(own_statistics=False, scale_other=True), _OLD_UNITS),
        Mistake("STD-3b", _first_half_only(own_statistics=True, scale_other=False), _OLD_UNITS),
        Mistake("STD-3c", _first_half_only(own_statistics=True, scale_other=True), _OLD_UNITS),
        Mistake("STD-4", _with(_column_mean, lambda a: a.var(axis=0)), "Check the unit of the denominator."),
        Mistake("STD-5", _both_together, "Information from the second set leaks into the first."),
        Mistake("STD-6", _with(lambda a: a.min(axis=0), lambda a: np.ptp(a, axis=0)),
                "The range is right for pixels, but zero mean and unit spread were asked."),
        Mistake("STD-b", lambda train, other: (_with(_column_mean, _column_sd)(train, train)[0], other.copy()),
                "The second array is still in its old units."),
        Mistake("STD-d", _with(_column_mean, lambda a: 1.0),
                "Two steps make a feature standard. Which one is missing?"),
        Mistake("STD-e", _with(lambda a: 0.0, _column_sd),
                "Two steps make a feature standard. Where is the middle now?"),
        Mistake("STD-f", _with(lambda a: a.mean(axis=0) / a.std(axis=0), lambda a: 1.0),
                "Division comes before subtraction. What is to be divided, the mean or the difference?"),
        Mistake("STD-c", _with(np.mean, np.std), "One mean for all columns? Each feature has its own unit."),
    ),
    hints=(
        "Compute mean and standard deviation of each column once, and use them twice.",
        "x' = (x - mean) / sd for the rows of train and of other; mean and sd from train alone.",
        "mean, sd = train.mean(axis=0), train.std(axis=0)",
    ),
    reminders={"type": "return the pair (scaled train, scaled other)", "shape": "both arrays keep their shapes"},
    points=2,
    variants=(_by_columns, _by_moments),
    minutes=10, level=2, core=True,
)

EXERCISES = (AXES, CHANNELS_FIRST, ONE_HOT, LABELS_FROM_ROWS, STANDARDIZE)
