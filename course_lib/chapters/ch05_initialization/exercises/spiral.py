"""Exercises on a published table: a rule without a network, the slip in the data, seconds and minutes."""

import numpy as np

from course_lib.exercises.define import DDOF, exchangeable
from course_lib.exercises.model import Contract, Exercise, Mistake, Slot, Slots, case

# --- what a circle can do ---


def best_radius(X, y):
    r = np.sqrt((X**2).sum(axis=1))
    radii = np.sort(r)
    accuracy = np.array([np.mean((r <= radius) == y) for radius in radii])
    best = accuracy.argmax()
    return float(radii[best]), float(accuracy[best])


@exchangeable
def _rule(size=lambda X: np.sqrt((X**2).sum(axis=1)), inside=lambda r, radius: r <= radius, order=np.sort,
          ):
    def answer(X, y):
        r = size(X)
        radii = order(r)
        shares = np.array([np.mean(inside(r, radius) == y) for radius in radii])
        best = shares.argmax()
        return float(radii[best]), float(shares[best])

    return answer


def _among(radii, X, y, share=lambda inside, y: np.mean(inside == y)):
    """The first of the radii that has the largest share."""
    r = np.hypot(X[:, 0], X[:, 1])
    shares = [share(r <= radius, y) for radius in radii]
    best = int(np.argmax(shares))
    return float(radii[best]), float(shares[best])


def _compared_in_another_order(X, y):
    r = np.sort(np.hypot(X[:, 0], X[:, 1]))
    shares = [np.mean((r <= radius) == y) for radius in r]
    best = int(np.argmax(shares))
    return float(r[best]), float(shares[best])


def _place(X, y):
    r = np.hypot(X[:, 0], X[:, 1])
    return int(np.argmax([np.mean((r <= radius) == y) for radius in r]))


def _class_one_whole(X, y):
    return _among([np.hypot(*X[y == 1].T).max()], X, y)


def _between_means(X, y):
    r = np.hypot(X[:, 0], X[:, 1])
    return _among([(r[y == 1].mean() + r[y == 0].mean()) / 2], X, y)


def _between_neighbors(X, y):
    r = np.sort(np.hypot(X[:, 0], X[:, 1]))
    return _among((r[1:] + r[:-1]) / 2, X, y)


def _share_inside(X, y):
    return _among(np.hypot(X[:, 0], X[:, 1]), X, y, share=lambda inside, y: np.mean(y[inside]))


def _share_of_class_1_inside(X, y):
    return _among(np.sort(np.hypot(*X.T)), X, y, share=lambda inside, y: np.mean(inside * y))


def _stopped(X, y):
    """Goes outwards as long as it gets better."""
    r = np.hypot(X[:, 0], X[:, 1])
    best = (0.0, 0.0)
    for radius in np.sort(r):
        share = float(np.mean((r <= radius) == y))
        if share <= best[1]:
            break
        best = float(radius), share
    return best


def _by_sorting(X, y):
    """Another way: sort once, count from the inside outwards."""
    r = np.hypot(X[:, 0], X[:, 1])
    order = np.argsort(r, kind="stable")
    inside = np.cumsum(y[order] == 1)
    outside = np.sum(y == 0) - np.cumsum(y[order] == 0)
    right = np.round((inside + outside) / len(y), 12)
    best = int(np.argmax(right))
    return float(r[order][best]), float(right[best])


def _by_loops(X, y):
    best = (0.0, -1.0)
    for radius in sorted(float(np.linalg.norm(row)) for row in X):
        accuracy = sum((np.linalg.norm(row) <= radius) == bool(label) for row, label in zip(X, y, strict=True)) / len(y)
        if accuracy > best[1]:
            best = (radius, accuracy)
    return best


def _rings(rng, inner, outer, wrong=0):
    """Points in and out of a circle; the last `wrong` ones of the outer carry the other label."""
    r = np.concatenate([rng.uniform(0.2, 1.0, inner), rng.uniform(1.2, 3.0, outer)])
    angle = rng.uniform(0, 2 * np.pi, len(r))
    y = np.repeat([1, 0], [inner, outer])
    y[len(y) - wrong:] = 1
    order = rng.permutation(len(r))
    return np.column_stack([r * np.sin(angle), r * np.cos(angle)])[order], y[order]


BEST_RADIUS = Exercise(
    id="5.15",
    title="best_radius",
    debrief="Such a rule takes a few lines, and of a network's accuracy only what goes beyond it is the network's "
            "merit.",
    reference=best_radius,
    instances=lambda rng: [
        (np.array([[0.3, 0.4], [0.0, 1.0], [3.0, 4.0], [0.0, -2.0], [-0.6, 0.0]]), np.array([1, 1, 0, 0, 1])),
        _rings(rng, 7, 5, wrong=1),
        _rings(rng, 4, 9, wrong=2),
        case("several radii are equally good", np.array([[3.0, 0.0], [0.0, 2.0], [5.0, 0.0], [0.0, 4.0], [1.0, 0.0]]),
             np.array([1, 0, 0, 0, 1])),
        case("class 0 nearest", np.array([[0.0, 1.0], [-2.0, 0.0], [3.0, 0.0]]), np.array([0, 0, 1])),
        case("a larger circle is better after a worse one", np.array([[0.0, 1.0], [2.0, 0.0], [0.0, -3.0], [4.0, 0.0],
                                                                      [0.0, 5.0], [-6.0, 0.0]]),
             np.array([1, 0, 1, 1, 1, 0])),
        case("few points inside", *_rings(rng, 1, 6)),
    ],
    arguments=("X", "y"),
    contract=Contract(shapes={"X": "N.", "y": "N"}, zero="y"),
    outputs=("radius", "accuracy"),
    mistakes=(
        Mistake("RAD-a", _rule(inside=lambda r, radius: r < radius), "The point on the circle counts as inside: the "
                "rule is r <= radius."),
        Mistake("RAD-b", _rule(size=lambda X: (X**2).sum(axis=1)), "This is the square of the distance."),
        Mistake("RAD-c", _rule(inside=lambda r, radius: r > radius), "Your best circle is the worst one. Does class 1 "
                "lie inside, and are hits counted or errors?"),
        Mistake("RAD-d", lambda X, y: (best_radius(X, y)[0], 1 - best_radius(X, y)[1]), "The radius is right. The "
                "other number is the share of errors."),
        Mistake("RAD-e", _rule(order=lambda r: np.sort(r)[::-1]), "Where several radii are equally good, the smallest "
                "is asked for."),
        Mistake("RAD-t", _rule(order=lambda r: r), "Of equally good radii you take the one of the first point. The "
                "smallest is asked for: in which order do you try them?"),
        Mistake("RAD-u", _stopped, "You stop at the first circle that is no better than the one before. May a larger "
                "one be better still?"),
        Mistake("RAD-v", _share_of_class_1_inside, "You counted the points of class 1 inside. A point of class 0 "
                "outside is right too."),
        Mistake("RAD-f", _rule(size=lambda X: np.abs(X).sum(axis=1)), "These distances go along the axes. A circle has "
                "the straight one."),
        Mistake("RAD-g", _rule(size=lambda X: X[:, 0]), "You cut along the first coordinate. A circle needs both."),
        Mistake("RAD-h", lambda X, y: (best_radius(X, y)[0], 100 * best_radius(X, y)[1]), "Right in percent. A share "
                "is asked for."),
        Mistake("RAD-i", _compared_in_another_order, "You sorted the distances, and the labels stayed where they were. "
                "Which label belongs to which distance?"),
        Mistake("RAD-j", _rule(size=lambda X: np.sqrt(((X - X.mean(axis=0))**2).sum(axis=1))), "You measure from the "
                "mean of the points. Where is the center of the circle?"),
        Mistake("RAD-k", _rule(size=lambda X: np.abs(X[:, 0])), "You measure along the first coordinate. A circle "
                "needs both."),
        Mistake("RAD-l", _rule(size=lambda X: np.abs(X).max(axis=1)), "Your rule is a square. How long is the straight "
                "way from the origin?"),
        Mistake("RAD-m", lambda X, y: (_place(X, y), best_radius(X, y)[1]), "radius: you return the number of the "
                "best trial. Which radius stands there?"),
        Mistake("RAD-n", _class_one_whole, "This circle holds every point of class 1. How many of class 0 does it "
                "let in?"),
        Mistake("RAD-o", _between_neighbors, "You tried the middles between two distances. Tried are the distances "
                "themselves."),
        Mistake("RAD-p", _share_inside, "You counted the points inside only. A point of class 0 outside is right "
                "too."),
        Mistake("RAD-q", _between_means, "You took one circle between the classes. It is to be the best of all that "
                "are tried."),
        Mistake("RAD-s", lambda X, y: _among(np.sort(np.hypot(*X[y == 1].T)), X, y), "You tried the distances of class "
                "1 alone. Tried are those of all points, and of equally good ones the smallest is returned."),
        Mistake("RAD-r", lambda X, y: (best_radius(X, y)[0], round(len(y) * best_radius(X, y)[1])), "accuracy: this "
                "is how many points are right. A share is asked for."),
    ),
    hints=(
        "Between two neighboring radii of the data nothing changes, so the radii of the points are enough to try.",
        "r = sqrt(x1^2 + x2^2); for each radius the share of points with (r <= radius) == y.",
        "r = np.sqrt((X**2).sum(axis=1))",
    ),
    reminders={"type": "a pair: radius and accuracy", "value": "every distance of a point is tried as the radius, each "
               "with all points"},
    points=2,
    minutes=10, level=2, core=True,
    variants=(_by_sorting, _by_loops),
)

# --- the slip of the published data ---


def _points(r, angle):
    return np.column_stack([r * np.sin(angle), r * np.cos(angle)])


def _standard(X, ddof=0):
    return (X - X.mean(axis=0)) / X.std(axis=0, ddof=ddof)


def _by_one_number(X):
    return (X - X.mean()) / X.std()


def two_arms(r, angle0, angle1):
    return _standard(np.vstack([_points(r, angle0), _points(r, angle1)]))


def _one_scaled(r, angle0, angle1):
    return np.vstack([_standard(_points(r, angle0)), _points(r, angle1)])


def _scaled(scale):
    """Both arms put together first, then scaled in some way."""
    return lambda r, angle0, angle1: scale(np.vstack([_points(r, angle0), _points(r, angle1)]))


def _by_class_0(r, angle0, angle1):
    first = _points(r, angle0)
    return (np.vstack([first, _points(r, angle1)]) - first.mean(axis=0)) / first.std(axis=0)


TWO_ARMS = Exercise(
    id="5.16",
    title="two_arms",
    debrief="One affine map for all points leaves the arms as entangled as they were; a map of its own for each class "
            "may pull them apart.",
    kind="bug",
    reference=two_arms,
    instances=lambda rng: [
        (np.array([0.5, 1.0, 1.5]), np.array([0.0, 1.0, 2.0]), np.array([3.0, 4.0, 5.5])),
        (np.linspace(0.1, 1, 6), rng.uniform(0, 4, 6), rng.uniform(4, 8, 6)),
        (np.linspace(0.05, 2, 4), rng.uniform(0, 3, 4), rng.uniform(3, 9, 4)),
    ],
    arguments=("r", "angle0", "angle1"),
    contract=Contract(shapes={"r": "L", "angle0": "L", "angle1": "L"}, zero="angle0, angle1", negative="angle1"),
    untouched="ARM-a",
    slots=Slots(lambda r, angle0, angle1, ddof: _scaled(lambda X: _standard(X, ddof))(r, angle0, angle1),
                {"ddof": Slot("ddof", 0, DDOF, (1,))}),
    mistakes=(
        Mistake("ARM-a", _one_scaled, "The starting code: only one class is scaled."),
        Mistake("ARM-b", lambda r, s, t: np.vstack([_standard(_points(r, s)), _standard(_points(r, t))]), "Now each "
                "class is scaled by itself, with numbers that are only known when the label is. One mean and one "
                "spread for all points."),
        Mistake("ARM-c", lambda r, s, t: np.vstack([_points(r, s), _points(r, t)]), "A good repair too, without any "
                "scaling. Here both classes are to be scaled together.", convention=True),
        Mistake("ARM-d", lambda r, s, t: np.vstack([_points(r, s), _standard(_points(r, t))]), "Now the other class is "
                "scaled alone."),
        Mistake("ARM-e", lambda r, s, t: _by_one_number(np.vstack([_points(r, s), _points(r, t)])), "Each column has "
                "its own mean and its own spread. Along which axis do you take them?"),
        Mistake("ARM-f", lambda r, s, t: _standard(_one_scaled(r, s, t)), "The first scaling is still there, and what "
                "it did, a second one does not undo."),
        Mistake("ARM-g", _scaled(lambda X: (X - X.mean(axis=0)) / X.var(axis=0)), "You divide by the variance. Which "
                "quantity has the unit of a coordinate?"),
        Mistake("ARM-h", _scaled(lambda X: X / X.std(axis=0)), "The spread is 1 now. What about the mean?"),
        Mistake("ARM-i", _scaled(lambda X: X - X.mean(axis=0)), "The mean is 0 now. What about the spread?"),
        Mistake("ARM-k", _by_class_0, "Mean and spread are still those of class 0, now for all points. Of which points "
                "should they be?"),
        Mistake("ARM-l", _scaled(lambda X: X - X.mean(axis=0) / X.std(axis=0)), "In which order does Python work out "
                "the line that scales? A pair of brackets is missing."),
        Mistake("ARM-m", _scaled(lambda X: (X - X.min(axis=0)) / np.ptp(X, axis=0)), "This brings each column between "
                "0 and 1. Mean 0 and standard deviation 1 are asked for."),
        Mistake("ARM-n", lambda r, s, t: two_arms(r, t, s), "Class 1 comes first in your array. Which comes first in "
                "the docstring?"),
        Mistake("ARM-o", lambda r, s, t: two_arms(r, s, s), "Both arms have the same angles. Where does angle1 come "
                "in?"),
        Mistake("ARM-p", lambda r, s, t: two_arms(r, s, t)[:, ::-1], "The columns are exchanged. Which of sine and "
                "cosine came first in the given code?"),
        Mistake("ARM-r", lambda r, s, t: np.vstack([_points(_standard(r), s), _points(_standard(r), t)]), "You scaled "
                "the distances. What is to have mean 0 and spread 1 are the two columns of the points."),
        Mistake("ARM-q", _scaled(lambda X: _standard(X.T).T), "You scaled each point by itself. Along which axis do "
                "the points lie?"),
    ),
    reminders={"shape": "one array of two columns, the points of class 0 above those of class 1",
               "type": "one array of two columns, the points of class 0 above those of class 1",
               "value": "print X.mean(axis=0) and X.std(axis=0) of what you return"},
    hints=(
        "Follow the two classes line by line. Which of them meets the mean and the spread?",
        "First all points below one another, then one mean and one spread for all of them.",
        "X = np.vstack([...]) comes before the line that scales.",
    ),
    minutes=6, level=1, core=False,
)

# --- seconds ---

_SECONDS = {"secs": 1.0, "mins": 60.0, "hours": 3600.0}


def in_seconds(printed):
    return np.array([float(text.split()[0]) * _SECONDS[text.split()[1]] for text in printed])


@exchangeable
def _with(units, read=lambda text: text.split()):
    return lambda printed: np.array([float(read(text)[0]) * units[read(text)[1]] for text in printed])


def _clock(text):
    """1.03 mins read as 1 minute 3 seconds."""
    number, unit = text.split()
    whole, _, rest = number.partition(".")
    return float(whole) * _SECONDS[unit] + (float(rest or 0) * _SECONDS[unit] / 60 if unit != "secs" else float(
        "0." + (rest or "0")))


def _repeated(printed):
    """Texts times their units, left as texts."""
    return np.array([text.split()[0] * int(_SECONDS[text.split()[1]]) for text in printed])


IN_SECONDS = Exercise(
    id="5.17",
    title="in_seconds",
    debrief="Without its unit a run that took 1.43 times as long looked 42 times as fast: a factor of 60, in a column "
            "of plausible numbers.",
    reference=in_seconds,
    instances=lambda rng: [
        (["43.3 secs", "1.03 mins"],),
        ([f"{value:.2f} {unit}" for value, unit in zip(rng.uniform(1, 50, 5), ["mins", "secs", "hours", "secs", "mins"],
                                                      strict=True)],),
        (["2 hours", "0.5 secs"],),
    ],
    arguments=("printed",),
    contract=Contract(values={"printed": {"one time": lambda given: given["printed"][:1]}}),
    mistakes=(
        Mistake("SEC-a", _with(dict.fromkeys(_SECONDS, 1.0)), "Each number comes back as if its unit were "
                "seconds. Is the unit looked at, and does what asks for seconds say no to mins and hours? They end in "
                "s, too."),
        Mistake("SEC-b", _with(_SECONDS | {"hours": 60.0}), "Minutes are right. How many seconds has an hour?"),
        Mistake("SEC-c", _with(_SECONDS | {"mins": 100.0, "hours": 10_000.0}), "A minute has 60 seconds."),
        Mistake("SEC-d", _with({unit: value / 60 for unit, value in _SECONDS.items()}), "These are minutes."),
        Mistake("SEC-e", lambda printed: np.array([_clock(text) for text in printed]), "1.03 minutes are not one "
                "minute and three seconds: the digits behind the point are hundredths of a minute."),
        Mistake("SEC-f", _with({unit: 1 / value for unit, value in _SECONDS.items()}), "A minute is longer than a "
                "second: multiply."),
        Mistake("SEC-g", _with(_SECONDS | {"hours": 1.0}), "Minutes are right. Which other units may come?"),
        Mistake("SEC-h", _with(_SECONDS | {"mins": 100.0}), "Hours are right. How many seconds has a minute?"),
        Mistake("SEC-i", lambda printed: np.array([int(float(text.split()[0])) * _SECONDS[text.split()[1]]
                                                   for text in printed]), "You cut off what stands behind the point. "
                "1.03 minutes are more than one."),
        Mistake("SEC-l", _repeated, "What came are texts: cut out of a text a number is one still, and times 60 it is "
                "written down sixty times. What makes a number of it?"),
        Mistake("SEC-j", lambda printed: np.round(in_seconds(printed)), "You rounded to whole seconds. Why throw the "
                "rest away?"),
        Mistake("SEC-k", lambda printed: np.array([_clock(text) if "mins" in text else in_seconds([text])[0]
                                                   for text in printed]), "1.03 minutes are not one minute and three "
                "seconds: the digits behind the point are hundredths of a minute."),
    ),
    hints=(
        "Split each text at the space: a number and a unit.",
        'seconds = number times 1, 60 or 3600 for "secs", "mins", "hours".',
        'number, unit = text.split()',
    ),
    reminders={"shape": "an array with one number for each text",
               "type": "an array of numbers, one for each text",
               "value": "work out by hand the text that this entry belongs to"},
    minutes=6, level=1, core=False,
    variants=(lambda printed: np.array([float(t[: t.index(" ")]) * {"s": 1, "m": 60, "h": 3600}[t[t.index(" ") + 1]]
                                        for t in printed]),
              lambda printed: np.multiply([float(t.split()[0]) for t in printed],
                                          [60.0 ** ["secs", "mins", "hours"].index(t.split()[1]) for t in printed])),
)

EXERCISES = (BEST_RADIUS, TWO_ARMS, IN_SECONDS)
