"""Exercises on averages and momentum: a test for averages, momentum in two forms, Nesterov, a ravine."""

import numpy as np

from course_lib.chapters.ch06_optimizers import calls
from course_lib.chapters.ch06_optimizers.exercises.common import numbers, steps
from course_lib.exercises.define import exchangeable
from course_lib.exercises.model import Contract, Exercise, Mistake, Refused, Version, case

# 6.2 ------------------------------------------------------------------------------------------------------------------


def passes(average):
    """The average of 1, 0, 0 with beta 3/4 by hand."""
    return bool(np.allclose(average(np.array([1.0, 0.0, 0.0]), 0.75), [1, 3 / 7, 9 / 37]))


def _in_numbers(average):
    x, s = [2.0, -1.0, 5.0], 0.0
    got = average(np.array(x), 0.9)
    for t in range(3):
        s = 0.9 * s + 0.1 * x[t]
        if abs(got[t] - s / (1 - 0.9 ** (t + 1))) > 1e-9:
            return False
    return True


def _by_properties(average):
    constant, impulse = average(np.full(4, 3.0), 0.8), average(np.array([0.0, 1.0]), 0.8)
    return bool(np.allclose(constant, 3) and abs(impulse[1] - 0.2 / (1 - 0.64)) < 1e-9)


def _to_the_last_digit(average):
    x, s, want = [0.7, 0.2, 0.9], 0.0, []
    for t, value in enumerate(x, 1):
        s = 0.9 * s + (1 - 0.9) * value
        want.append(s / (1 - 0.9**t))
    return average(x, 0.9).tolist() == want


def _series(share, start=0.0, correct=None):
    """A moving average over a series: `share(beta, t)` is the weight of the past at step t = 1, 2, ..."""

    def average(x, beta):
        s, out = start, []
        for t, value in enumerate(np.asarray(x, dtype=float), 1):
            past, new = share(beta, t)
            s = past * s + new * value
            out.append(s if correct is None else correct(s, beta, t))
        return np.array(out)

    return average


def _as_one_product(x, beta):
    x = np.asarray(x, dtype=float)
    lag = np.arange(len(x))[:, None] - np.arange(len(x))
    weights = np.where(lag >= 0, beta ** np.maximum(lag, 0), 0.0)
    return weights @ x / weights.sum(axis=1)


def _usual(beta, t):
    return beta, 1 - beta


#: What a test is tried on; the first two do the same in two ways.
AVERAGES = {
    "in a loop": _series(_usual, correct=lambda s, beta, t: s / (1 - beta**t)),
    "as one product": _as_one_product,
    "not corrected": _series(_usual),
    "always divided by 1 - beta": _series(_usual, correct=lambda s, beta, t: s / (1 - beta)),
    "multiplied by 1 - beta^t": _series(_usual, correct=lambda s, beta, t: s * (1 - beta**t)),
    "beta and 1 - beta exchanged": _series(lambda beta, t: (1 - beta, beta), correct=lambda s, beta, t: s / (
        1 - (1 - beta) ** t)),
    "plain mean": _series(lambda beta, t: ((t - 1) / t, 1 / t)),
    "no memory": _series(lambda beta, t: (0.0, 1.0)),
}


def _said(said, versions):
    """The verdict on each version, in the order of AVERAGES.

    Each is asked about twice, so that a test which counts how often it is called, instead of looking, is refused.
    """
    verdicts = {}
    for version, verdict in zip(versions, said, strict=True):
        if not isinstance(verdict, bool) and not (
                isinstance(verdict, np.ndarray) and (verdict.ndim, verdict.dtype.kind) == (0, "b")):
            raise Refused(f"of the version {version!r} your test said {verdict!r:.40}, expected True or False")
        if verdicts.setdefault(version.name, bool(verdict)) != verdict:
            raise Refused(f"of the version {version!r} your test said True once and False once; what it says must "
                          "follow from the version alone")
    return tuple(verdicts[name] for name in AVERAGES)


def _versions(rng):
    order = rng.permutation([*AVERAGES] * 2).tolist()
    return [(tuple(Version(name, AVERAGES[name], ("x", "beta")) for name in order),)]


PASSES = Exercise(
    id="6.2",
    title="a test for averages",
    debrief="A first value has to come back as it is, whatever beta: this one line, without any reference, refuses a "
            "missing correction.",
    reference=passes,
    instances=_versions,
    call=calls.tried_on_averages,
    read=_said,
    arguments=("versions",),
    contract="a function is what it takes; its versions are all that can be asked about",
    outputs=tuple(f"Your verdict on the version {name!r}" for name in AVERAGES),
    mistakes=(
        Mistake("AVT-a", lambda average: True, "Your test lets every version pass, wrong ones too."),
        Mistake("AVT-b", lambda average: False, "Your test refuses every version, the right ones too. Work "
                "out on paper what (6.10) gives for your series: does your test expect that, and within a tolerance?"),
        Mistake("AVT-c", lambda average: bool(np.allclose(average(np.ones(5), 0.9), 1)), "You let every version pass "
                "that is right on equal numbers. What does a wrong one do on a series that changes?"),
        Mistake("AVT-d", lambda average: bool(np.allclose(average(np.array([2.0, 5.0]), 0.9)[0], 2)), "Your test looks "
                "at the first value only. Which slips show at the second?"),
        Mistake("AVT-e", lambda average: bool(np.allclose(average(np.array([1.0, 0.0]), 0.5), [1, 1 / 3])), "With beta "
                "= 0.5 an exchange of beta and 1 - beta changes nothing, so your test cannot see it."),
        Mistake("AVT-f", lambda average: bool(np.allclose(average(np.array([1.0, 0.0]), 0.75), [0.25, 0.1875])), "Your "
                "test asks for the average without correction, and refuses the right versions."),
        Mistake("AVT-g", _to_the_last_digit, "Your test refuses a right version whose last digit differs by rounding. "
                "How near is near enough?"),
        Mistake("AVT-h", lambda average: not passes(average), "Your test answers the wrong way round: True means that "
                "the version is right."),
    ),
    hints=(
        "Choose a short series for which you can work out the answer on paper, and compare.",
        "For x = (1, 0) and beta = 3/4: s is 1/4, then 3/16; divided by 1/4 and by 7/16 that is 1 and 3/7.",
        "return np.allclose(average(np.array([1.0, 0.0]), 0.75), [...])",
    ),
    reminders={"type": "True or False is expected for every version"},
    points=2,
    minutes=8,
    level=2,
    core=False,
    variants=(_in_numbers, _by_properties),
)


# 6.3 ------------------------------------------------------------------------------------------------------------------


def momentum(w, v, dw, lr, beta):
    v = beta * v - lr * dw
    return w + v, v


def _momentum(velocity, move):
    """A variant: the new velocity from (v, dw, lr, beta), then the new w from (w, old v, new v, dw, lr, beta)."""

    def step(w, v, dw, lr, beta):
        new = velocity(v, dw, lr, beta)
        return move(w, v, new, dw, lr, beta), new

    return step


def _velocity(v, dw, lr, beta):
    return beta * v - lr * dw


def _momenta(rng):
    cases = [(np.array([1.0, 2.0]), np.array([0.5, -0.5]), np.array([2.0, 4.0]), 0.1, 0.9)]
    for shape, lr, beta in (((3, 2), 0.05, 0.8), ((4,), 0.3, 0.5)):
        w, (v,), dw = steps(rng, 1, shape)
        cases.append((w, rng.normal(size=shape) + np.sign(v) / 2, dw, lr, beta))
    return cases


MOMENTUM = Exercise(
    id="6.3",
    title="momentum",
    debrief="The price of momentum is one more number for every weight; it needs no further gradient.",
    library="course_lib.ops.momentum",
    from_library=calls.classical,
    reference=momentum,
    instances=_momenta,
    arguments=("w", "v", "dw", "lr", "beta"),
    contract=Contract(shapes={"w": "P", "v": "P", "dw": "P"}, whole="", zero="v, dw", values={"beta": (0.0,)}),
    outputs=("w", "v"),
    mistakes=(
        Mistake("MOM-1", _momentum(_velocity, lambda w, old, v, dw, lr, beta: w + lr * v),
                "The step length scales with the square of lr. How often does the rate enter?"),
        Mistake("MOM-2", _momentum(lambda v, dw, lr, beta: beta * v + lr * dw,
                                   lambda w, old, v, dw, lr, beta: w + beta * v),
                "Your step climbs. Does the velocity point downhill?"),
        Mistake("MOM-a", _momentum(lambda v, dw, lr, beta: beta * v + lr * dw, lambda w, old, v, dw, lr, beta: w + v),
                "Your step climbs: the velocity follows the gradient. Which sign has a push downhill?"),
        Mistake("MOM-3", lambda w, v, dw, lr, beta: (w - lr * dw, -lr * dw),
                "Your second step does not remember the first."),
        Mistake("MOM-b", lambda w, v, dw, lr, beta: (w + beta * v - lr * dw, v),
                "The place is right, but the velocity you return is the one you were given."),
        Mistake("MOM-4", _momentum(lambda v, dw, lr, beta: beta * v + (1 - beta) * dw,
                                   lambda w, old, v, dw, lr, beta: w - lr * v),
                "This is the averaged form. For a constant gradient, how long is its step in the long run, and how "
                "long should it be here: lr/(1-beta)?", convention=True),
        Mistake("MOM-c", _momentum(lambda v, dw, lr, beta: beta * v + dw, lambda w, old, v, dw, lr, beta: w - lr * v),
                "The velocity carries the rate here, and its sign. In PyTorch's form the rate waits until the step.",
                convention=True),
        Mistake("MOM-5", _momentum(_velocity, lambda w, old, v, dw, lr, beta: w + beta * v - lr * dw),
                "The gradient is used once more than it should."),
        Mistake("MOM-6", _momentum(_velocity, lambda w, old, v, dw, lr, beta: w + old),
                "Your first step is zero. Which comes first, the velocity or the weights?"),
        Mistake("MOM-7", lambda w, v, dw, lr, beta: momentum(w, v, dw, beta, lr),
                "Which of the two numbers is close to one, and what does it multiply?"),
        Mistake("MOM-d", _momentum(lambda v, dw, lr, beta: beta * v - (1 - beta) * lr * dw,
                                   lambda w, old, v, dw, lr, beta: w + v),
                "Your velocity is an average. In the classical form the new push comes in whole."),
        Mistake("MOM-e", _momentum(lambda v, dw, lr, beta: beta * v + lr * dw, lambda w, old, v, dw, lr, beta: w - v),
                "Your velocity points uphill, and you step against it. From rest that is the same path; in this course "
                "the velocity is the step itself.", convention=True),
        Mistake("MOM-f", _momentum(lambda v, dw, lr, beta: beta * v - dw, lambda w, old, v, dw, lr, beta: w + lr * v),
                "Your velocity lacks the rate, which comes in at the step. From rest that is the same path; in this "
                "course the velocity is the step itself.", convention=True),
        Mistake("MOM-g", _momentum(lambda v, dw, lr, beta: (1 - beta) * v - lr * dw,
                                   lambda w, old, v, dw, lr, beta: w + v),
                "With beta = 0.9, which share of the velocity should stay, and which does friction take?"),
        Mistake("MOM-j", _momentum(lambda v, dw, lr, beta: lr * (beta * v - dw), lambda w, old, v, dw, lr, beta: w + v),
                "The rate shortens the old velocity too. How far does lr reach in the formula?"),
        Mistake("MOM-n", _momentum(lambda v, dw, lr, beta: lr * (beta * v + dw), lambda w, old, v, dw, lr, beta: w - v),
                "The rate shortens the old velocity too: how far does lr reach in the formula? And your velocity "
                "points uphill, where in this course it is the step itself."),
        Mistake("MOM-k", _momentum(_velocity, lambda w, old, v, dw, lr, beta: w + old - lr * dw),
                "The velocity is right, but w is carried by the whole of the old one. By which velocity does it move?"),
        Mistake("MOM-l", _momentum(lambda v, dw, lr, beta: beta * v + dw, lambda w, old, v, dw, lr, beta: w - v),
                "Your step is as long as the gradient. Where does the rate come in?"),
        Mistake("MOM-m", _momentum(_velocity, lambda w, old, v, dw, lr, beta: w - lr * v),
                "The velocity is right and points downhill. With which sign, and how often with the rate, is it used?"),
        Mistake("MOM-h", _momentum(_velocity, lambda w, old, v, dw, lr, beta: w + beta * v),
                "The velocity is right. When w moves by it, has friction not been counted already?"),
        Mistake("MOM-i", _momentum(lambda v, dw, lr, beta: beta * (v - lr * dw),
                                   lambda w, old, v, dw, lr, beta: w + v),
                "Your friction takes a share of the new push too. How far does beta reach in the formula?"),
    ),
    hints=(
        "First the velocity: keep a share of the old one and add a push downhill. Then move by it.",
        "v <- beta v - lr dw, then w <- w + v.",
        "v = beta * v - ...",
    ),
    reminders={"shape": "return the pair (w, v), both in the shape of w", "type": "return the pair (w, v)",
               "value": "from rest the first step is -lr dw; without a gradient w moves by what friction leaves of v"},
    minutes=6,
    level=1,
    core=True,
    variants=(
        lambda w, v, dw, lr, beta: (w - lr * dw + beta * v, -(lr * dw - beta * v)),
        lambda w, v, dw, lr, beta: (np.add(w, velocity := np.subtract(np.multiply(beta, v), np.multiply(lr, dw))),
                                    velocity),
    ),
)


# 6.4 ------------------------------------------------------------------------------------------------------------------


def averaged_path(gradients, lr, beta):
    rate = lr / (1 - beta)
    w = v = np.zeros(gradients.shape[1])
    path = []
    for g in gradients:
        v = beta * v + (1 - beta) * g
        w = w - rate * v
        path.append(w)
    return rate, np.array(path)


@exchangeable
def _averaged(rate, share=lambda beta: 1 - beta, past=lambda beta: beta, old=False, start=False):
    def walk(gradients, lr, beta):
        r = rate(lr, beta)
        w, v, path = np.zeros(gradients.shape[1]), np.zeros(gradients.shape[1]), []
        if start:
            v = gradients[0]
        for g in gradients:
            new = past(beta) * v + share(beta) * g
            w = w - r * (v if old else new)
            v = new
            path.append(w)
        return r, np.array(path)

    return walk


def _one_array(gradients, lr, beta):
    """w and v are one array at the start, and v is changed in place."""
    rate, path = lr / (1 - beta), []
    w = v = np.zeros(gradients.shape[1])
    for g in gradients:
        v *= beta
        v += (1 - beta) * g
        w = w - rate * v
        path.append(w)
    return rate, np.array(path)


def _by_one_product(gradients, lr, beta):
    lag = np.arange(len(gradients))[:, None] - np.arange(len(gradients))
    velocity = np.where(lag >= 0, (1 - beta) * beta ** np.maximum(lag, 0), 0) @ gradients
    return lr / (1 - beta), -lr / (1 - beta) * np.cumsum(velocity, axis=0)


def _by_the_classical_form(gradients, lr, beta):
    w, v, path = np.zeros(gradients.shape[1]), np.zeros(gradients.shape[1]), []
    for g in gradients:
        w, v = momentum(w, v, g, lr, beta)
        path.append(w)
    return lr / (1 - beta), np.array(path)


AVERAGED_PATH = Exercise(
    id="6.4",
    title="averaged_path",
    debrief="So a rate says nothing before the form of momentum is known: for the same path the two rates differ by "
            "the factor 1 - beta.",
    reference=averaged_path,
    instances=lambda rng: [(np.array([[1.0], [1.0], [-2.0]]), 0.1, 0.5), (rng.normal(size=(7, 3)), 0.02, 0.9),
                           (rng.normal(size=(4, 2)), 0.3, 0.8)],
    arguments=("gradients", "lr", "beta"),
    contract=Contract(shapes={"gradients": "TP"}, zero="gradients", values={"beta": (0.0,)}),
    outputs=("rate", "path"),
    mistakes=(
        Mistake("TWO-a", _averaged(lambda lr, beta: lr), "rate: with the same rate the averaged form takes steps "
                "(1 - beta) times as long. This is what happened in the published comparison."),
        Mistake("TWO-b", _averaged(lambda lr, beta: lr * (1 - beta)), "rate: yours is smaller than lr, and the steps "
                "of an average are short already. In which direction must the rate go?"),
        Mistake("TWO-c", _averaged(lambda lr, beta: lr / beta), "rate: compare the long-run steps of both forms for a "
                "constant gradient. Which factor lies between them?"),
        Mistake("TWO-d", _averaged(lambda lr, beta: lr / (1 - beta), share=lambda beta: 1.0), "The rate is right, but "
                "your velocity is no average: what is the weight of the new gradient?"),
        Mistake("TWO-e", _averaged(lambda lr, beta: lr / (1 - beta), start=True), "Your velocity begins with the first "
                "gradient. Both forms begin at rest."),
        Mistake("TWO-p", lambda g, lr, beta: (lr / (1 - beta), g[0] + averaged_path(g, lr, beta)[1]), "path: yours "
                "begins at the first gradient. Where does w begin?"),
        Mistake("TWO-f", _averaged(lambda lr, beta: lr / (1 - beta), old=True), "The first row of your path is the "
                "start, every row comes a step late. Which comes first, velocity or weights, and when is w noted?"),
        Mistake("TWO-g", lambda g, lr, beta: (lr / (1 - beta), averaged_path(g, lr, beta)[1][-1]), "Your second result "
                "is the last place alone. The path has one row a gradient."),
        Mistake("TWO-h", lambda g, lr, beta: (lr / (1 - beta), -averaged_path(g, lr, beta)[1]), "Your path climbs. "
                "Which sign has the step?"),
        Mistake("TWO-i", lambda g, lr, beta: (lr / (1 - beta), np.vstack([np.zeros(g.shape[1]),
                                                                        averaged_path(g, lr, beta)[1]])),
                "Your path begins with the start itself. Its first row is the place after the first step."),
        Mistake("TWO-j", lambda g, lr, beta: (lr / (1 - beta), _averaged(lambda lr, beta: lr)(g, lr, beta)[1]),
                "The rate is right. With which rate did you walk the path?"),
        Mistake("TWO-k", lambda g, lr, beta: (lr / (1 - beta), np.tile(averaged_path(g, lr, beta)[1][-1],
                                                                      (len(g), 1))),
                "All rows of your path are the last place. Does every step make a new array w, or change the one that "
                "is in the path already?"),
        Mistake("TWO-l", _one_array, "Your w and v are one array at the start, and a change in place of one changes "
                "both."),
        Mistake("TWO-m", _averaged(lambda lr, beta: lr / (1 - beta), share=lambda beta: beta,
                                   past=lambda beta: 1 - beta),
                "Your average hardly remembers. Which of beta and 1 - beta belongs to the past?"),
        Mistake("TWO-n", lambda g, lr, beta: (lr / (1 - beta), (1 - beta) / lr * -np.diff(
            averaged_path(g, lr, beta)[1], axis=0, prepend=0)), "Your second result holds the averages v. Which "
                "places do they lead to?"),
        Mistake("TWO-o", lambda g, lr, beta: (lr / (1 - beta), averaged_path(g, lr, beta)[1].astype(g.dtype)),
                "path: where the gradients are whole numbers, what lies behind the point is lost. Which dtype has an "
                "array made from them?"),
    ),
    hints=(
        "For a constant gradient g the classical step tends to lr g/(1 - beta). What does an average of g tend to?",
        "rate = lr/(1 - beta); v <- beta v + (1 - beta) g; w <- w - rate v.",
        "rate = lr / ...",
    ),
    reminders={"type": "return the pair (rate, path)", "shape": "the rate is one number, the path has the shape of "
               "gradients", "value": "work the first two rows out by hand, for the gradients 1, 1 with beta = 0.5: "
               "first by (6.11), then by (6.13)"},
    points=2,
    minutes=8,
    level=2,
    core=True,
    variants=(_by_one_product, _by_the_classical_form),
)


# 6.5 ------------------------------------------------------------------------------------------------------------------


def nesterov(w, v, grad, lr, beta):
    v = beta * v - lr * grad(w + beta * v)
    return w + v, v


@exchangeable
def _nesterov(at, move=lambda w, old, v, lr, beta: w + v):
    """A variant: where the slope is taken, from (w, v, beta), and how w moves, from (w, old v, new v, lr, beta)."""

    def step(w, v, grad, lr, beta):
        new = beta * v - lr * grad(at(w, v, beta))
        return move(w, v, new, lr, beta), new

    return step


def _ahead(w, v, beta):
    return w + beta * v


def _carried(w, v, grad, lr, beta):
    """w itself is carried to the point ahead, in place."""
    w += beta * v
    v = beta * v - lr * grad(w)
    return w + v, v


def _slopes_added(w, v, grad, lr, beta):
    new = beta * v - lr * (grad(w) + beta * grad(v))
    return w + new, new


def _averaged_ahead(w, v, grad, lr, beta):
    new = beta * v + (1 - beta) * grad(w + beta * v)
    return w - lr * new, new


def _ahead_by_descent(w, v, grad, lr, beta):
    new = beta * v - lr * grad(w - lr * grad(w))
    return w + new, new


def _two_pushes(w, v, grad, lr, beta):
    first = beta * v - lr * grad(w)
    new = beta * first - lr * grad(w + first)
    return w + new, new


def _surfaces(rng):
    A = np.array([[2.0, 0.5], [0.5, 1.0]])
    diagonal = np.diag(rng.uniform(0.5, 2, size=3))
    return [
        (np.array([1.0, -1.0]), np.array([0.5, 0.25]), 0.1, 0.9, A, 1),
        case("six steps", np.array([1.0, -1.0]), np.zeros(2), 0.1, 0.9, A, 6),
        (rng.normal(size=3), rng.normal(size=3), 0.05, 0.8, diagonal, 1),
        case("six steps", rng.normal(size=3), rng.normal(size=3), 0.05, 0.6, diagonal, 6),
    ]


NESTEROV = Exercise(
    id="6.5",
    title="nesterov",
    debrief="Where the slope is the same everywhere this is classical momentum: the look ahead matters only where the "
            "slope changes.",
    library="course_lib.ops.nesterov",
    from_library=calls.from_behind,
    reference=nesterov,
    instances=_surfaces,
    call=calls.nesterov,
    arguments=("w", "v", "lr", "beta", "A", "steps"),
    contract=Contract(shapes={"w": "P", "v": "P", "A": "PP"}, whole="", zero="v", values={"beta": (0.0,)}),
    outputs=("w", "v"),
    mistakes=(
        Mistake("NAG-1", _nesterov(lambda w, v, beta: w), "This is classical momentum. Where is the slope measured?"),
        Mistake("NAG-2", _nesterov(_ahead, lambda w, old, v, lr, beta: w + beta * v),
                "Your steps are too short: the velocity is already damped."),
        Mistake("NAG-3", _nesterov(lambda w, v, beta: w - beta * v), "In which direction do you look ahead?"),
        Mistake("NAG-4", _nesterov(lambda w, v, beta: w + v), "How far will the velocity alone carry you, once it is "
                "damped?"),
        Mistake("NAG-5", _nesterov(_ahead, lambda w, old, v, lr, beta: w - beta * old + (1 + beta) * v),
                "Two equivalent forms are mixed: the second takes its gradient at w."),
        Mistake("NAG-6", _nesterov(_ahead, lambda w, old, v, lr, beta: w + beta * old + v),
                "You step from the look-ahead point. From which point is the step taken?"),
        Mistake("NAG-7", _nesterov(_ahead, lambda w, old, v, lr, beta: w + lr * v),
                "The step length scales with the square of lr. How often does the rate enter?"),
        Mistake("NAG-a", lambda w, v, grad, lr, beta: (w + v - lr * grad(w + beta * v), v - lr * grad(w + beta * v)),
                "Your velocity is never damped."),
        Mistake("NAG-c", lambda w, v, grad, lr, beta: nesterov(w, v, grad, lr, beta)[::-1],
                "You return v and w. In which order are they asked for?"),
        Mistake("NAG-d", _nesterov(lambda w, v, beta: w + beta * beta * v), "Your look ahead is damped twice. Is the v "
                "in grad(...) still the one that came in?"),
        Mistake("NAG-e", _nesterov(_ahead, lambda w, old, v, lr, beta: w - v), "The velocity is right: it points "
                "downhill already. Which way do you go?"),
        Mistake("NAG-f", lambda w, v, grad, lr, beta: (w - lr * (grad(w) + beta * (beta * v + grad(w))),
                                                      beta * v + grad(w)),
                "This is PyTorch's form, with the gradient at w. Here the gradient can be had wherever you ask for it.",
                convention=True),
        Mistake("NAG-h", lambda w, v, grad, lr, beta: nesterov(w, v, grad, 1.0, beta), "Your push is as long as the "
                "gradient. Where does the rate come in?"),
        Mistake("NAG-i", lambda w, v, grad, lr, beta: _nesterov(lambda w, v, beta: w + lr * v)(w, v, grad, lr, beta),
                "Which number damps the velocity on the way to the point ahead?"),
        Mistake("NAG-j", _nesterov(lambda w, v, beta: beta * v), "You take the slope at the velocity. From where is it "
                "laid off?"),
        Mistake("NAG-k", lambda w, v, grad, lr, beta: (w + beta * v, nesterov(w, v, grad, lr, beta)[1]),
                "You return the point ahead. It serves to measure the slope; where do the weights go?"),
        Mistake("NAG-l", lambda w, v, grad, lr, beta: (w, nesterov(w, v, grad, lr, beta)[1]), "Your weights never "
                "move. By what should they?"),
        Mistake("NAG-n", _slopes_added, "The slope of a sum is not the sum of two slopes. First put the point "
                "ahead together, then ask for the slope there."),
        Mistake("NAG-o", _averaged_ahead, "Your velocity is an average of gradients. In this form it keeps its share "
                "and gets a whole push downhill, and w moves by it."),
        Mistake("NAG-p", _ahead_by_descent, "You look ahead by a step of descent. What carries the weights on, "
                "whatever the slope is?"),
        Mistake("NAG-q", _two_pushes, "Two pushes go into your velocity. The look ahead takes the old velocity alone, "
                "and one gradient."),
        Mistake("NAG-m", lambda w, v, grad, lr, beta: nesterov(w, v, grad, (1 - beta) * lr, beta), "Your velocity is "
                "an average. In this form the new push comes in whole."),
        Mistake("NAG-g", _carried, "You move w itself to the point ahead, the caller's array too, and step on from "
                "there. From which point is the step taken?"),
        Mistake("NAG-b", lambda w, v, grad, lr, beta: (w + beta * v + lr * grad(w + beta * v),
                                                      beta * v + lr * grad(w + beta * v)),
                "Your velocity climbs. Which sign has a push downhill?"),
    ),
    hints=(
        "It is momentum with one change: the slope is taken where the old velocity alone would carry you.",
        "v <- beta v - lr grad(w + beta v), then w <- w + v.",
        "v = beta * v - lr * grad(...)",
    ),
    reminders={"type": "return the pair (w, v)", "shape": "return the pair (w, v), both in the shape of w",
               "value": "for v = 0 it is a step of descent, and w always moves by the very velocity that is returned"},
    minutes=6,
    level=2,
    core=True,
    variants=(
        lambda w, v, grad, lr, beta: ((ahead := w + beta * v) - lr * (slope := grad(ahead)), beta * v - lr * slope),
        lambda w, v, grad, lr, beta: ((new := np.array([beta * a - lr * g for a, g in zip(
            v, grad(np.array([x + beta * a for x, a in zip(w, v, strict=True)])), strict=True)])) + w, new),
    ),
)


# 6.6 ------------------------------------------------------------------------------------------------------------------


def nesterov_ahead(u, v, dw, lr, beta):
    new = beta * v - lr * dw
    return u - beta * v + (1 + beta) * new, new


AHEAD = Exercise(
    id="6.6",
    title="nesterov_ahead",
    debrief="What is kept is the point ahead, u, and w = u - beta v can be had at any time; as v dies out at the "
            "minimum, the two become one.",
    reference=nesterov_ahead,
    instances=_momenta,
    arguments=("u", "v", "dw", "lr", "beta"),
    contract=Contract(shapes={"u": "P", "v": "P", "dw": "P"}, whole="", zero="v, dw", values={"beta": (0.0,)}),
    outputs=("u", "v"),
    mistakes=(
        Mistake("NAH-a", momentum, "In sum your u moves by the new velocity alone, as w does in classical momentum. "
                "Which velocity leads back from u to w, the old one or the new, and which one ahead again?"),
        Mistake("NAH-b", _momentum(_velocity, lambda u, old, v, dw, lr, beta: u + (1 + beta) * v),
                "You begin at u, but the step is taken from w. How do you come back from u to w?"),
        Mistake("NAH-d", _momentum(_velocity, lambda u, old, v, dw, lr, beta: u - beta * old + v),
                "You return w. One more beta v leads to the next point ahead."),
        Mistake("NAH-e", _momentum(_velocity, lambda u, old, v, dw, lr, beta: u - beta * old + (1 + beta) * lr * v),
                "The step length scales with the square of lr. How often does the rate enter?"),
        Mistake("NAH-f", _momentum(_velocity, lambda u, old, v, dw, lr, beta: u - old + (1 + beta) * v),
                "Only beta times the old velocity lay between w and u."),
        Mistake("NAH-g", _momentum(_velocity, lambda u, old, v, dw, lr, beta: u + beta * old + (1 + beta) * v),
                "The point ahead is w + beta v. Which sign leads back from it to w?"),
        Mistake("NAH-h", _momentum(_velocity, lambda u, old, v, dw, lr, beta: u - beta * old + (1 - beta) * v),
                "From w, one whole new velocity and then another look ahead: do they add up or cancel?"),
        Mistake("NAH-i", _momentum(_velocity, lambda u, old, v, dw, lr, beta: u - beta * old + 1 + beta * v),
                "You add the number 1 itself to every weight. What does the velocity multiply?"),
        Mistake("NAH-j", lambda u, v, dw, lr, beta: (nesterov_ahead(u, v, dw, lr, beta)[0], v),
                "The place is right, but the velocity you return is the one you were given."),
        Mistake("NAH-l", _momentum(_velocity, lambda u, old, v, dw, lr, beta: u - beta * old + beta * v),
                "You go back to w, and ahead again. Where is the step itself?"),
        Mistake("NAH-k", _momentum(lambda v, dw, lr, beta: beta * v + lr * dw,
                                   lambda u, old, v, dw, lr, beta: u - beta * old + (1 + beta) * v),
                "Your velocity climbs. Which sign has a push downhill?"),
    ),
    hints=(
        "Three moves: back from u to w, the step of exercise 6.5, and ahead again with the new velocity.",
        "w = u - beta v_old, then w + v_new, then + beta v_new.",
        "new = beta * v - lr * dw",
    ),
    reminders={"type": "return the pair (u, v)", "value": "for v = 0 the point ahead moves by -(1 + beta) lr dw; then "
               "try dw = 0"},
    minutes=8,
    level=2,
    core=False,
    variants=(
        lambda u, v, dw, lr, beta: (u + beta * (beta * v - lr * dw) - lr * dw, beta * v - lr * dw),
        lambda u, v, dw, lr, beta: (u + beta**2 * v - lr * (1 + beta) * dw, beta * v - lr * dw),
    ),
)


# 6.7 ------------------------------------------------------------------------------------------------------------------

#: What the choice leads to: 0 is the goal, the others are ways to miss it.
REACHED, LEAVES, TOO_LIGHT, TOO_HEAVY, TOO_SMALL = range(5)
#: Curvatures of the ravine, start, and the steps in which the loss must have come, for good, below 0.1.
CURVATURE, START, MOST_STEPS = np.array([1.0, 50.0]), np.array([10.0, 1.0]), 25
NEARLY = 0.9  #: of the edge: from there on the run swings across the walls, if not along the floor


def ravine_losses(lr, beta, steps=400):
    """Loss of classical momentum after 0, 1, ..., `steps` steps down the ravine."""
    w, v, losses = START, np.zeros(2), []
    for _ in range(steps + 1):
        losses.append(np.sum(CURVATURE * w**2) / 2)
        w, v = momentum(w, v, CURVATURE * w, lr, beta)
    return np.array(losses)


def _ravine_outcome(choice):
    lr, beta = numbers(choice, ("lr", "beta")).values()
    if not (lr > 0 and 0 <= beta < 1):
        raise ValueError(f"expected lr above 0 and beta from 0 to below 1, got lr={lr:g}, beta={beta:g}")
    edge = 2 * (1 + beta) / CURVATURE.max()
    if lr >= edge:
        return LEAVES
    if np.all(ravine_losses(lr, beta)[MOST_STEPS:] < 0.1):
        return REACHED
    if beta < 0.45:  # whatever the rate, the flat direction takes longer
        return TOO_LIGHT
    swings = (1 + beta - lr * CURVATURE.min()) ** 2 < 4 * beta  # along the floor: two complex roots
    return TOO_HEAVY if swings or lr > NEARLY * edge else TOO_SMALL


RAVINE = Exercise(
    id="6.7",
    title="a rate and a momentum for the ravine",
    debrief="In the long run the best pair leaves about 0.75 of the distance at each step, descent at its best rate "
            "0.96.",
    kind="choice",
    reference={"lr": 0.05, "beta": 0.65},
    instances=lambda rng: [()],
    call=_ravine_outcome,
    outputs=("outcome",),
    mistakes=(
        Mistake("RAV-a", {"lr": 0.1, "beta": 0.5}, "The run leaves the ravine: the rate lies beyond 2(1 + beta)/50."),
        Mistake("RAV-b", {"lr": 0.0392, "beta": 0.0}, "With so little momentum no rate is fast enough: the steep "
                "direction limits it, and the flat one has to wait."),
        Mistake("RAV-c", {"lr": 0.04, "beta": 0.95}, "The run swings past the lowest point again and again. Which of "
                "the two numbers takes the swing out?"),
        Mistake("RAV-d", {"lr": 0.005, "beta": 0.6}, "The run creeps along the floor. How far is the rate from the "
                "edge, 2(1 + beta)/50?"),
    ),
    hints=(
        "First find a momentum at which the run hardly swings any more, then raise the rate towards the edge.",
        "The best momentum here is about ((sqrt 50 - 1)/(sqrt 50 + 1))^2, and the edge is 2(1 + beta)/50.",
        'ravine_choice = {"lr": ..., "beta": 0.6}',
    ),
    points=2,
    minutes=10,
    level=2,
    core=True,
    skeleton='ravine_choice = {"lr": ..., "beta": ...}',
)

EXERCISES = (PASSES, MOMENTUM, AVERAGED_PATH, NESTEROV, AHEAD, RAVINE)
