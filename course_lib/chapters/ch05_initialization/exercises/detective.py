"""Exercises for detectives: a start by its symptoms, the first number that is not finite, a test of starts."""

import numpy as np

from course_lib.chapters.ch05_initialization import calls, cases
from course_lib.exercises.define import all_filled, exchangeable, quiet
from course_lib.exercises.model import Contract, Exercise, Mistake, Version, case

# --- six networks, six starts ---

#: What to think of when a network is blamed on the wrong start, by the right one.
_THINK = {
    "A": "network {}: the first hidden layer has a spread of exactly zero. Which start sends nothing at all forward?",
    "B": "network {}: signals arrive, and all units of a layer are the same one. Which start makes copies?",
    "C": "network {}: nearly all units are different and alive, but of the signal next to nothing is left after five "
    "layers. Which start has weights that are too small for 48 inputs?",
    "D": "network {}: the signal grows by a factor of about five a layer, that is sqrt(48/2), and then everything "
    "bursts. Which spread of the weights gives this factor?",
    "E": "network {}: the signal grows, no unit is dead for any image, and all scores rise together. What is the sign "
    "of the weights?",
    "F": "network {}: the first layer answers and already more than half of its units have nothing to say; behind it "
    "nothing is alive. What but the weights can silence a unit?",
}


def _blamed(answer):
    # in a sandbox's report all keys are text
    said = {str(number): letter for number, letter in answer.items()} if isinstance(answer, dict) else {}
    all_filled(said, [str(number) for number in cases.CULPRITS], ", each with a letter", "network ")
    for number, letter in said.items():
        if not isinstance(letter, str) or letter.strip().upper() not in _THINK:
            raise TypeError(f"network {number} is {letter!r:.40}, expected one of the letters A to F, in quotes")
    return tuple(said[str(number)].strip().upper() for number in cases.CULPRITS)


SUSPECTS = Exercise(
    id="5.11",
    title="six networks, six starts",
    debrief="Four of the six begin at ln 10: a good first loss rules out scores that are too large, and nothing else.",
    kind="value",
    reference=cases.CULPRITS,
    instances=lambda rng: [()],
    call=_blamed,
    outputs=tuple(f"network {number}" for number in cases.CULPRITS),
    mistakes=(
        *(Mistake(f"SUS-{(letter + other).lower()}", cases.CULPRITS | {number: other}, _THINK[letter].format(number))
          for number, letter in cases.CULPRITS.items() for other in sorted(_THINK) if other != letter),
        Mistake("SUS-g", cases.CULPRITS | {2: "A", 4: "F"}, "Networks 2 and 4: in both the fifth layer is silent. In "
                "one of them the first layer still says something, and zero weights cannot do that."),
        Mistake("SUS-h", cases.CULPRITS | {3: "D", 5: "E"}, "Networks 3 and 5: both grow. With weights of both signs "
                "some units are off for every image, with positive weights and inputs none can be."),
    ),
    hints=(
        "First sort by the spread: none, less with each layer, more with each layer. Then look at dead and different "
        "units.",
        "One different unit means copies or silence; a first loss in the thousands means scores in the thousands.",
        "Networks 1, 2, 4 and 6 begin at ln 10, since their scores are all alike: in 2 and 4 nothing arrives at the "
        "fifth layer, in 6 only copies do.",
    ),
    reminders={"type": "a dict: number of the network -> letter of the start"},
    points=3,
    minutes=12, level=2, core=True,
    skeleton="culprits = {1: ..., 2: ..., 3: ..., 4: ..., 5: ..., 6: ...}",
)

# --- the first number that is not finite ---


def first_bad(arrays):
    for place, values in enumerate(arrays):
        if np.isnan(values).any():
            return place, "nan"
        if np.isinf(values).any():
            return place, "inf"
    return -1, ""


def _first_bad_by_sums(arrays):
    """Another way: every array has a kind, then the first one that is not fine."""
    kinds = ["nan" if (v != v).any() else "inf" if (np.abs(v) == np.inf).any() else "" for v in arrays]
    bad = [place for place, kind in enumerate(kinds) if kind]
    return (bad[0], kinds[bad[0]]) if bad else (-1, "")


def _first_bad_masks(arrays):
    place = next((i for i, values in enumerate(arrays) if not np.isfinite(values).all()), -1)
    if place < 0:
        return -1, ""
    return place, "nan" if np.isnan(arrays[place]).any() else "inf"


def _only(finds, kind):
    def answer(arrays):
        return next(((i, kind) for i, values in enumerate(arrays) if finds(values).any()), (-1, ""))

    return answer


def _shifted(arrays):
    place, kind = first_bad(arrays)
    return (place + 1 if kind else place), kind


def _last(arrays):
    place, kind = first_bad(arrays[::-1])
    return (len(arrays) - 1 - place if kind else -1), kind


_CAPITALS = {"nan": "NaN", "inf": "Inf", "": ""}


def _place_inside(arrays):
    entries = next((np.ravel(values) for values in arrays if not np.isfinite(values).all()), None)
    return (-1, "") if entries is None else first_bad(list(entries))


@exchangeable
def _ask(holds=np.any, infinite=None, infinite_first=False):
    """Of each array in turn, in one order or the other."""
    infinite = infinite or (lambda v: holds(np.isinf(v)))
    kinds = [("nan", lambda v: holds(np.isnan(v))), ("inf", infinite)]

    def answer(arrays):
        for place, values in enumerate(arrays):
            for kind, is_bad in kinds[::-1] if infinite_first else kinds:
                if is_bad(values):
                    return place, kind
        return -1, ""

    return answer


def _first_bad_by_totals(arrays):
    return first_bad([values.sum() for values in arrays])


def _nan_before_all(arrays):
    found = _only(np.isnan, "nan")(arrays)
    return found if found[1] else first_bad(arrays)


def _passes(rng):
    bad = lambda *values: np.array(values)
    inf, nan = np.inf, np.nan

    def drawn(length):
        """Somewhere something is bad, and behind it anything may be."""
        first = int(rng.integers(length))
        ends = [0.0] * first + [rng.choice([nan, inf, -inf])] + list(rng.choice([0.0, nan, inf], size=length - first))
        return ([np.append(rng.normal(size=2), end) for end in ends[:length]],)

    return [
        ([bad(1.0, 2.0), bad(1.0, inf), bad(nan, 3.0)],),
        ([rng.normal(size=(2, 3)), rng.normal(size=4), bad(nan, 1.0), bad(inf, nan)],),
        case("all finite", [rng.normal(size=3), rng.normal(size=(2, 2)), bad(1.0, 1.7e308)]),
        case("both in one array", [bad(1.0), bad(inf, 2.0, nan), bad(nan)]),
        case("infinity alone", [bad(0.0, 1.0), bad(4.0, inf), bad(2.0)]),
        case("both infinities in one array", [bad(0.0), bad(inf, 1.0, -inf), bad(nan)]),
        case("minus infinity", [bad(0.0, 1.0), rng.normal(size=2), bad(2.0, -inf), bad(nan)]),
        case("bad from the first array on", [bad(nan, 0.0), bad(inf, 1.0)]),
        *(drawn(length) for length in (5, 6, 7, 8)),
    ]


FIRST_BAD = Exercise(
    id="5.12",
    title="first_bad",
    debrief="Such a look costs one pass over each array, little beside the products that made them: it can stay in "
            "every long training.",
    reference=first_bad,
    instances=_passes,
    arguments=("arrays",),
    contract=Contract(whole="", values={"arrays": {"one array": lambda given: given["arrays"][:1]}}),
    outputs=("place", "kind"),
    mistakes=(
        Mistake("BAD-a", _only(np.isnan, "nan"), "You look for NaN only. The infinity that caused it stands earlier, "
                "and that is where to look."),
        Mistake("BAD-b", _only(np.isinf, "inf"), "Infinities are found, NaN is not: it is not infinite, and "
                "equal to nothing, not even to itself. Which function asks for it?"),
        Mistake("BAD-c", _only(lambda v: ~np.isfinite(v), "inf"), "The place is right. Tell the two kinds apart."),
        Mistake("BAD-d", _shifted, "Places are counted from 0."),
        Mistake("BAD-e", _last, "This is the last array that is not finite. The cause stands at the first."),
        Mistake("BAD-f", _only(lambda v: v == np.inf, "inf"), "Minus infinity is infinite too, and NaN is not finite "
                "either."),
        Mistake("BAD-h", quiet(_first_bad_by_totals), "You look at the sum of an array. What is infinity minus "
                "infinity?"),
        Mistake("BAD-i", _ask(infinite_first=True), "An array that holds both kinds counts as NaN. Which of the two do "
                "you ask for first?"),
        Mistake("BAD-j", _ask(infinite=lambda v: (v == np.inf).any()), "Minus infinity passes. Infinite has two "
                "signs."),
        Mistake("BAD-k", _ask(holds=np.all), "You ask whether all entries of an array are bad. How many are enough?"),
        Mistake("BAD-l", lambda arrays: first_bad(arrays[:1]), "Only the first array is looked at. When may your loop "
                "say that all are finite?"),
        Mistake("BAD-m", _nan_before_all, "You look through all arrays for NaN, then for infinity. Which array comes "
                "first is what counts; ask both of each."),
        Mistake("BAD-n", lambda arrays: (max(first_bad(arrays)[0], 0), first_bad(arrays)[1]), "Right until all is "
                "finite. Place 0 is the first array; what is to be returned then?"),
        Mistake("BAD-o", lambda arrays: (first_bad(arrays)[0], _CAPITALS[first_bad(arrays)[1]]), "kind: right but for "
                "capital letters. How does the docstring write the two?"),
        Mistake("BAD-p", _place_inside, "place: you count the entries of an array. What is asked is the place of the "
                "array in the list."),
        Mistake("BAD-g", lambda arrays: (int(np.sum([not np.isfinite(v).all() for v in arrays])), ""), "A number of "
                "bad arrays is not the place of the first one."),
    ),
    hints=(
        "Go through the arrays in order and return at the first that holds NaN or infinity.",
        "np.isnan(values).any() and np.isinf(values).any(); after the loop (-1, \"\").",
        "for place, values in enumerate(arrays):",
    ),
    reminders={"type": 'a pair such as (3, "inf"), or (-1, "") when all is finite',
               "shape": "the place is that of the array in the list, one whole number",
               "value": "array by array: any NaN in it, else any infinity, else the next one"},
    points=2,
    minutes=8, level=1, core=False,
    variants=(_first_bad_by_sums, _first_bad_masks),
)

# --- the pass that breaks ---

_CASE = {"first": "e", "kind": "inf", "first_nan": "p", "cause": "C"}
_FINITE = ("X", "z1", "a1", "z2", "a2", "z3", "a3")


def _case_at_work(answer):
    all_filled(answer, _CASE)
    said = {key: value.strip() if isinstance(value, str) else value for key, value in answer.items()}
    said |= {"kind": str(said["kind"]).lower(), "cause": str(said["cause"]).upper()}
    names = cases.broken_pass()[0]
    for key, choices in {"first": names, "kind": ("nan", "inf"), "first_nan": names, "cause": tuple("ABCD")}.items():
        if not isinstance(said[key], str) or said[key] not in choices:
            raise ValueError(f"{key} is {answer[key]!r:.40}, expected in quotes one of {', '.join(choices)}")
    return tuple(said[key] for key in _CASE)


BROKEN = Exercise(
    id="5.13",
    title="the pass that breaks",
    debrief="Float64 would not have helped: its exponential ends at 709, and these scores are near 1,700.",
    kind="value",
    reference=_CASE,
    instances=lambda rng: [()],
    call=_case_at_work,
    outputs=tuple(_CASE),
    mistakes=(
        *(Mistake(f"BRK-first-{name}", _CASE | {"first": name}, f"first: every entry of {name} is finite. Go on, array "
                  "by array.") for name in _FINITE),
        *(Mistake(f"BRK-first-{name}", _CASE | {"first": name}, "first: the gradients come last. Go back, array by "
                  "array.") for name in ("dz", "dW")),
        *(Mistake(f"BRK-nan-{name}", _CASE | {"first_nan": name}, f"first_nan: every entry of {name} is finite. Go on, "
                  "array by array.") for name in (*_FINITE, "z4")),
        Mistake("BRK-nan-dW", _CASE | {"first_nan": "dW"}, "first_nan: the gradients come last. Look at what they are "
                "made of."),
        Mistake("BRK-a", _CASE | {"first": "p"}, "first: before p something else has left the range already, without "
                "being NaN."),
        Mistake("BRK-b", _CASE | {"first": "loss"}, "first: the loss is where one notices. Go back, array by array."),
        Mistake("BRK-h", _CASE | {"first": "total"}, "first: a sum is infinite where one of its terms is. Look one "
                "array further up."),
        Mistake("BRK-i", _CASE | {"first": "z4"}, "first: z4 is large, and all its entries are numbers still."),
        *(Mistake(f"BRK-{letter}", _CASE | {"first_nan": name}, f"first_nan: {name} is infinite somewhere. Is that "
                  "the same as NaN?") for letter, name in (("j", "e"), ("k", "total"))),
        Mistake("BRK-l", _CASE | {"first_nan": "dz"}, "first_nan: the gradients come last. Look at what they are made "
                "of."),
        Mistake("BRK-c", _CASE | {"kind": "nan"}, "kind: an exponential of a large number overflows. What does it "
                "return then?"),
        Mistake("BRK-d", _CASE | {"first_nan": "loss"}, "first_nan: infinity divided by infinity comes before the "
                "logarithm."),
        Mistake("BRK-e", _CASE | {"cause": "A"}, "cause: look at the first array: the inputs are finite, between 0 "
                "and 1."),
        Mistake("BRK-f", _CASE | {"cause": "B"}, "cause: this is the first pass, no step has been taken yet."),
        Mistake("BRK-g", _CASE | {"cause": "D"}, "cause: the logarithm only meets what is NaN already. Why do the "
                "scores leave the range of the exponential?"),
    ),
    hints=(
        "Use first_bad on the arrays, then look at the arrays just before: how large are their entries?",
        "A float32 exponential overflows above 88. From infinity over infinity comes NaN.",
        "The largest entries of a1, a2, a3, z4 grow by a factor of about seven each.",
    ),
    reminders={"type": "a dict with first, kind, first_nan and cause; names as they are printed, in quotes",
               "value": "go through the printed names in order, with first_bad and with np.abs(...).max()"},
    points=2,
    minutes=8, level=2, core=False,
    skeleton='broken = {"first": ..., "kind": ..., "first_nan": ..., "cause": ...}',
)

# --- a test that catches wrong starts ---

def _normal(spread):
    return lambda rng, fan_in, fan_out: spread(fan_in, fan_out) * rng.standard_normal((fan_in, fan_out))


def _one_unit(rng, n):
    """One with the right mean and variance to the last digit: that all are this one shows where two are compared."""
    w = rng.standard_normal((n, 1))
    return (2 / n) ** 0.5 * ((w - w.mean()) / w.std() if n > 1 else w)


#: Starts that a test is tried on, by what is special about them.
TRIED = {
    "He normal": _normal(lambda n, m: (2 / n) ** 0.5),
    "He uniform": lambda rng, n, m: rng.uniform(-((6 / n) ** 0.5), (6 / n) ** 0.5, (n, m)),
    "plus and minus one number": lambda rng, n, m: (2 / n) ** 0.5 * rng.choice([-1.0, 1.0], (n, m)),
    "all zero": lambda rng, n, m: np.zeros((n, m)),
    "all equal": lambda rng, n, m: np.full((n, m), (2 / n) ** 0.5),
    "variance 1/fan_in": _normal(lambda n, m: (1 / n) ** 0.5),
    "variance 2/fan_out": _normal(lambda n, m: (2 / m) ** 0.5),
    "variance taken for the spread": _normal(lambda n, m: 2 / n),
    "n squared under the root": _normal(lambda n, m: (2 / n**2) ** 0.5),
    "right mean square but all positive": lambda rng, n, m: (2 / n) ** 0.5 * np.abs(rng.standard_normal((n, m))),
    "right mean square but leaning to the negative": lambda rng, n, m: (2 / n) ** 0.5 * (
        0.75**0.5 * rng.standard_normal((n, m)) - 0.5),
    "right numbers with every unit the same": lambda rng, n, m: np.tile(_one_unit(rng, n), (1, m)),
    "right numbers lying on the side": lambda rng, n, m: (2 / n) ** 0.5 * rng.standard_normal((m, n)),
    "right numbers with a row too many": lambda rng, n, m: (2 / n) ** 0.5 * rng.standard_normal((n + 1, m)),
    "right numbers with one unit missing": lambda rng, n, m: (2 / n) ** 0.5 * rng.standard_normal((n, m - 1)),
}

BOTH_WAYS = ((400, 100), (100, 400))


def _test(sizes=BOTH_WAYS, shape=True, mean=True, variance=2.0, different=True, normal=False, fan=0):
    def suits_relu(init):
        for fan_in, fan_out in sizes:
            W = init(np.random.default_rng(0), fan_in, fan_out)
            if shape and W.shape != (fan_in, fan_out):
                return False
            if mean and abs(W.mean()) > 0.1 * np.sqrt(np.mean(W**2)):
                return False
            if variance and not 0.9 < (fan_in, fan_out)[fan] * np.mean(W**2) / variance < 1.1:
                return False
            if different and np.allclose(W[:, 0], W[:, 1]):
                return False
            if normal and np.abs(W).max() < 2 * W.std():
                return False
        return True

    return quiet(suits_relu)


def _by_columns(init):
    """Another right test: on one wide layer, by the moments of whole rows and columns."""
    W = np.asarray(init(np.random.default_rng(1), 300, 900))
    if W.shape != (300, 900) or np.ptp(W, axis=1).min() == 0:
        return False
    moments = 300 * W.var(), W.mean() * 300**0.5
    return bool(abs(moments[0] - 2) < 0.1 and abs(moments[1]) < 0.1)


def _by_scores(init):
    """And one that measures what matters: mean squares behind one layer, and whether two units differ."""
    rng = np.random.default_rng(2)
    for n, m in ((200, 700), (700, 200)):
        X, W = np.abs(rng.normal(size=(50, n))), init(rng, n, m)
        if W.shape != (n, m):
            return False
        Z = X @ W
        ratio = np.mean(Z**2) / np.mean(X**2)
        if not 1.6 < ratio < 2.4 or (Z[:, :1] == Z).all() or np.allclose(Z[:, 0], Z[:, 1]):
            return False
    return True


SUITS_RELU = Exercise(
    id="5.14",
    title="suits_relu",
    debrief="The mean of n weights scatters by their spread over sqrt(n): on a large matrix a test may be strict, on a "
            "small one it would refuse right starts by chance.",
    reference=_test(),
    instances=lambda rng: [case(name, Version(name, TRIED[name], ("rng", "fan_in", "fan_out")))
                           for name in rng.permutation(list(TRIED)).tolist()],
    call=calls.tested,
    arguments=("init",),
    contract="a function is what it takes; its versions are all that can be asked about",
    mistakes=(
        Mistake("TST-a", lambda init: True, "Your test lets everything pass. A test is good for what it refuses."),
        Mistake("TST-b", _test(sizes=((300, 300),)), "Your test tries layers that are as wide as their input. One of "
                "the wrong starts has the fan-out in place of the fan-in; there they agree."),
        Mistake("TST-c", _test(mean=False), "A start with only positive weights passes: its mean square is right. What "
                "else should hold for the weights?"),
        Mistake("TST-d", _test(different=False), "A start passes whose units are all the same. Its numbers are right "
                "taken together; compare two columns."),
        Mistake("TST-e", _test(normal=True), "Two right starts are refused. Nothing in the derivation asks for normal "
                "numbers: mean zero, the right variance and independence are enough."),
        Mistake("TST-f", _test(variance=1.0), "A start with the variance 1/fan_in passes, and those with 2/fan_in "
                "do not: right without ReLU. What does ReLU do to the mean square?"),
        Mistake("TST-g", _test(variance=None), "Wrong scales pass. Compare the mean square with 2/fan_in."),
        Mistake("TST-i", _test(shape=False), "Right numbers in a wrong shape pass: lying on the side, a row too many, "
                "a unit missing. What do you know of the shape beforehand?"),
        Mistake("TST-j", _test(variance=2.0, fan=1), "A start passes whose variance follows from the fan-out, and the "
                "right ones do not. Which fan counts the terms of a score?"),
        Mistake("TST-n", lambda init: not _test()(init), "Your test answers the wrong way round: True means that the "
                "start suits."),
        Mistake("TST-k", _test(sizes=((300, 300),), different=False), "Your test tries layers that are as wide as "
                "their input; there fan-in and fan-out agree, and lying on the side makes no difference. And nothing "
                "in it compares two units."),
        Mistake("TST-l", _test(shape=False, different=False), "Your test takes all numbers as one heap. What of the "
                "shape of W, and of units that are all the same?"),
        Mistake("TST-h", lambda init: False, "Your test refuses everything, right starts too."),
    ),
    hints=(
        "Draw one wide and one narrow layer, and ask four questions: shape, mean, mean square, and whether two units "
        "differ.",
        "W.shape == (fan_in, fan_out); |mean| small against the spread; fan_in * mean(W^2) near 2; W[:, 0] unlike "
        "W[:, 1].",
        "W = init(np.random.default_rng(0), 400, 100)",
    ),
    reminders={"type": "True or False", "value": "draw a layer from the start that is named here and print what your "
               "test measures"},
    points=3,
    minutes=12, level=3, core=False,
    variants=(_by_columns, _by_scores),
)

EXERCISES = (SUSPECTS, FIRST_BAD, BROKEN, SUITS_RELU)
