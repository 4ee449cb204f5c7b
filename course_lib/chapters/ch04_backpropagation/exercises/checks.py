"""Exercises on finding errors: the gradient check, two broken networks, statements to judge."""

import numpy as np

from course_lib.chapters.ch04_backpropagation import calls
from course_lib.exercises.define import statements
from course_lib.exercises.model import Contract, Exercise, Mistake

# --- gradient check ---


def _check(f, grad, x, h, *, numeric=None, relative=None, restore=True, entries=None):
    analytic = grad(x)
    n = np.zeros_like(x)
    flat_x, flat_n = x.ravel(), n.ravel()  # views: writing to them changes x and n
    for i in range(x.size if entries is None else entries(x.size)):
        centre = f(x)
        kept = flat_x[i]
        flat_x[i] = kept + h
        up = f(x)
        flat_x[i] = kept - h
        down = f(x)
        if restore:
            flat_x[i] = kept
        flat_n[i] = (up - down) / (2 * h) if numeric is None else numeric(up, centre, down, h)
    if relative is None:
        return n, _relative(analytic, n)
    return n, relative(analytic, n)


def _relative(a, n):
    return np.linalg.norm(a - n) / (np.linalg.norm(a) + np.linalg.norm(n))


def _without_last(a, n):
    return _relative(a.ravel()[:-1], n.ravel()[:-1])


def _variant(**changed):
    return lambda f, grad, x, h: _check(f, grad, x, h, **changed)


def _functions(rng):
    return [
        (np.array([1.0, 2.0]), np.array([0.5, -0.3]), 0.1, 0.5),
        (rng.uniform(0.5, 2, size=(3, 2)), rng.normal(size=(3, 2)), 0.1, 0.5),
        (rng.uniform(0.5, 2, size=4), rng.normal(size=4), 1e-5, 0.5),
        (rng.uniform(0.5, 2, size=5), rng.normal(size=5), 1e-5, 0.0),
    ]


GRADIENT_CHECK = Exercise(
    id="4.24",
    title="gradient_check",
    debrief="The error of central differences falls with h squared until rounding, which grows like 1/h, takes over.",
    reference=_check,
    instances=_functions,
    call=calls.gradient_check,
    arguments=("coefficients of f", "x", "h", "error planted in the gradient"),
    contract=Contract(whole="", zero="error planted in the gradient", negative="x"),
    outputs=("numeric", "relative", "x afterwards"),
    atol=1e-8,
    mistakes=(
        Mistake("GCK-1", _variant(numeric=lambda up, centre, down, h: (up - centre) / h), "Halve h: your error "
                "halves. It should fall to a quarter; look to both sides of x."),
        Mistake("GCK-2", _variant(numeric=lambda up, centre, down, h: (up - down) / h), "Twice too large. How "
                "far apart are the two points at which you evaluate f?"),
        Mistake("GCK-3", _variant(restore=False), "Print x before and after: it has moved, and every entry "
                "after the first was measured at another place."),
        Mistake("GCK-4", _variant(relative=lambda a, n: np.linalg.norm(a - n)), "Multiply f by 1000: your "
                "verdict changes, though nothing got worse."),
        Mistake("GCK-5", _variant(entries=lambda size: size - 1, relative=_without_last), "Count the entries "
                "you checked and the parameters there are. An error in the rest is never seen."),
        Mistake("GCK-6", _variant(relative=lambda a, n: np.sum((a - n) ** 2) / (
            np.sum(a**2) + np.sum(n**2))), "Your ratio is made of squares, so it looks much better than it "
            "is."),
        Mistake("GCK-a", _variant(entries=lambda size: size - 1), "The last entry of your numerical gradient "
                "was never computed."),
        Mistake("GCK-b", _variant(relative=lambda a, n: np.linalg.norm(a - n) / np.linalg.norm(a + n)), "Two gradients "
                "of opposite sign must get the worst possible verdict, not an infinite one."),
    ),
    hints=(
        "Move one entry up, then down, measure f at both, put the entry back, go to the next.",
        "n_i = (f(x + h e_i) - f(x - h e_i)) / (2h);  relative = ||a - n|| / (||a|| + ||n||).",
        "flat, numeric = x.ravel(), np.zeros(x.size): writing to flat[i] changes x",
    ),
    reminders={"shape": "the numerical gradient has the shape of x; the relative difference is one number",
            "type": "return the pair (numeric, relative)"},
    points=3,
    minutes=18, level=3, core=True,
)

# --- which line is wrong ---


def _letters(prefix, right, says):
    return tuple(Mistake(f"{prefix}-{letter.lower()}", letter, say) for letter, say in says.items() if letter != right)


def _letter(answer):
    return answer.strip().upper() if isinstance(answer, str) else answer


BUG_CLASSIFIER = Exercise(
    id="4.25",
    title="which line of the classifier",
    debrief="All later lines build on D2: one wrong line makes the gradients of all four parameters wrong, so a check "
            "of any of them would have raised the alarm.",
    kind="value",
    reference="D",
    instances=lambda rng: [()],
    call=_letter,
    mistakes=_letters("CLA", "D", {
        "A": "Line A is the affine map of the first layer, bias included.",
        "B": "Line B squashes the hidden scores once, as it should.",
        "C": "Line C makes one distribution a row.",
        "E": "Line E has both factors it needs: what came back through W2, and the slope of the hidden "
        "sigmoid.",
        "F": "Line F has the shapes of the parameters, and the inputs are there.",
        "G": "Line G uses the hidden output, which is what entered the second layer.",
        "H": "Line H steps against the gradient, all parameters together.",
    }),
    hints=(
        "Compare with the pair softmax and cross-entropy: which line treats it as another pair?",
        "For a point that is confidently wrong, which array is nearly zero although it should be nearly one?",
        "It is one of the three lines C, D, E.",
    ),
    skeleton="classifier_line = ...",
    minutes=8, level=2, core=False,
)

BUG_REGRESSION = Exercise(
    id="4.27",
    title="which line of the regression net",
    debrief="What agrees tells as much as what differs: dW1 is made of the same D1, so D1 is right, and only the last "
            "step to db1 is left.",
    kind="value",
    reference="G",
    instances=lambda rng: [()],
    call=_letter,
    mistakes=_letters("REG", "G", {
        "A": "Line A is the affine map of the first layer, bias included.",
        "B": "Line B is the hidden output.",
        "C": "Line C is prediction minus target, as the course defines the error.",
        "D": "Line D is the gradient of a mean over all entries.",
        "E": "Line E: both gradients of the second layer agree with the finite differences.",
        "F": "Line F uses the slope of tanh, written with its output.",
        "H": "Line H steps against the gradient.",
    }),
    hints=(
        "The report names the parameter with the largest error. Which line computes its gradient?",
        "The factor between numeric and analytic value is the number of samples.",
        "Compare line G with its sister, line E.",
    ),
    skeleton="regression_line = ...",
    minutes=8, level=2, core=False,
)

# --- statements ---

#: letter -> (right answer, what to think about)
_STATEMENTS = {
    "a": (False, "The slope of the sigmoid is s(1 - s). Can a product of two positive numbers be negative?"),
    "b": (False, "A picture may hold a cat and a dog. Can both get a probability of 0.9 from a softmax?"),
    "c": (True, "Which unit has slope exactly zero, and what does the leak put in its place?"),
    "d": (False, "The randomized ReLU draws its leak anew in training. Is a leak of 0.2 that stays random?"),
    "e": (False, "Existence of weights is one thing. Does the theorem speak of data at all?"),
    "f": (True, "What must the activation not be, and on what kind of set does the theorem hold?"),
    "g": (False, "Multiply 0.5, 0.4 and 0.1 once more."),
    "h": (True, "Count (D_in + 1) D_out for each of the three layers."),
    "i": (False, "For which pair of output and loss does the slope of the output cancel?"),
    "j": (False, "How much of a standard normal distribution lies between -1 and 1?"),
    "k": (False, "Does the number of weights of a layer depend on how many rows the batch has?"),
    "l": (False, "Many features and few samples: which of variance and vanishing does that cause?"),
}

STATEMENTS = statements(
    "4.35", "twelve statements", "STM", _STATEMENTS,
    debrief="Only three of the twelve are true, and the other nine stand in print: a claim that can be recomputed in "
            "one line deserves that line.",
    hints=(
        "Each of them can be settled with one line of algebra or one small calculation of this chapter.",
        "Four are questions of counting or multiplying (g, h, j, k); do them.",
        "Three of the twelve are true.",
    ),
    points=3,
    minutes=12, level=2, core=False,
)

EXERCISES = (GRADIENT_CHECK, BUG_CLASSIFIER, BUG_REGRESSION, STATEMENTS)
