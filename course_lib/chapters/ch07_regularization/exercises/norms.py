"""Exercises on normalization: a batch forward and backward, four kinds, and numbers of a notebook that was cut."""

import numpy as np

from course_lib.chapters.ch07_regularization import calls
from course_lib.exercises.define import exchangeable, quiet
from course_lib.exercises.model import Contract, Exercise, Mistake, Slot, Slots, case

EPS, MOMENTUM = 1e-5, 0.1
_OTHER_EPS = (1e-3, 1e-4, 1e-6, 1e-7, 1e-8, 1e-9, 1e-10, 1e-12)

# --- forward ---


@exchangeable
def _forward(*, axis=0, eps=EPS, scaled=True, batch_in_test=False, keep=MOMENTUM, ddof=1, minmax=False, twice=False,
             update=True, inside=True):
    """Batch normalization with one thing changed."""

    @quiet
    def answer(x, gamma, beta, running_mean, running_var, train):
        def hat(mean, var):
            return (x - mean) / (np.sqrt(var + eps) if inside else np.sqrt(var) + eps)

        if train or batch_in_test:
            mean, var = x.mean(axis=axis, keepdims=axis == 1), x.var(axis=axis, keepdims=axis == 1)
            xhat = (x - x.min(axis=0)) / (x.max(axis=0) - x.min(axis=0) + eps) if minmax else hat(mean, var)
            if twice:
                xhat = (xhat - mean) / np.sqrt(var + eps)
        else:
            xhat = hat(running_mean, running_var)
        if train and update:
            mean, var = x.mean(axis=0), x.var(axis=0, ddof=ddof)
            running_mean = (1 - keep) * running_mean + keep * mean
            running_var = (1 - keep) * running_var + keep * var
        return (gamma * xhat + beta if scaled else xhat), running_mean, running_var

    return answer


def _after(change):
    """The right results with `change(answer, x, gamma, beta, running_mean, running_var, train)` in their place."""
    right = _forward()

    @quiet
    def answer(x, gamma, beta, running_mean, running_var, train):
        given = x, gamma, beta, running_mean, running_var, train
        return change(right(*given), *given)

    return answer


def _scaled_by(run, x, gamma, beta, mean, var):
    """The right running values, and an output from another mean and variance."""
    return gamma * (x - mean) / np.sqrt(var + EPS) + beta, *run[1:]


def _of_train(change):
    """A slip in training alone."""
    return _after(lambda run, x, *rest: change(run, x, *rest[:-1]) if rest[-1] else run)


def _other_divisor(run, x, gamma, beta, running_mean, running_var):
    return _scaled_by(run, x, gamma, beta, x.mean(axis=0), x.var(axis=0, ddof=1))


def _exchanged_divisors(run, x, gamma, beta, running_mean, running_var):
    out, mean, _ = _other_divisor(run, x, gamma, beta, running_mean, running_var)
    return out, mean, 0.9 * running_var + 0.1 * x.var(axis=0)


def _by_the_variance(run, x, gamma, beta, running_mean, running_var, train):
    mean, var = (x.mean(axis=0), x.var(axis=0)) if train else (running_mean, running_var)
    return gamma * (x - mean) / (var + EPS) + beta, *run[1:]


def _updated_in_a_test(run, x, gamma, beta, running_mean, running_var, train):
    return run[0], 0.9 * running_mean + 0.1 * x.mean(axis=0), 0.9 * running_var + 0.1 * x.var(axis=0, ddof=1)


def _exchanged_modes(run, x, gamma, beta, running_mean, running_var, train):
    return _forward()(x, gamma, beta, running_mean, running_var, not train)


def _around_the_running_mean(run, x, gamma, beta, running_mean, running_var):
    return *run[:2], 0.9 * running_var + 0.1 * ((x - run[1]) ** 2).mean(axis=0)


def _batches(rng):
    first = (np.array([[1.0, 10.0], [3.0, 30.0], [5.0, 20.0]]), np.array([1.0, 2.0]), np.array([0.0, -1.0]),
             np.zeros(2), np.ones(2), True)
    cases = [first]
    for (N, D), train in (((6, 3), True), ((4, 5), False), ((2, 3), True), ((1, 4), False)):
        cases.append((3 * rng.normal(size=(N, D)) + 2, rng.uniform(0.5, 2, size=D), rng.normal(size=D),
                      rng.normal(size=D), rng.uniform(0.5, 4, size=D), train))
    constant = rng.normal(size=(5, 2))
    constant[:, 1] = 7.0
    tiny = 0.004 * rng.normal(size=(6, 2))
    return [*cases,
            case("a column that does not vary", constant, np.array([2.0, 3.0]), np.array([0.5, -0.5]), np.ones(2),
                 np.ones(2), True),
            case("variance near eps", tiny, np.array([1.5, 0.5]), np.zeros(2), np.zeros(2), np.array([1e-5, 1.0]),
                 True),
            case("running variance near eps", tiny, np.array([1.5, 0.5]), np.ones(2), np.zeros(2),
                 np.array([1e-5, 2e-5]), False)]


def _by_hand(x, gamma, beta, running_mean, running_var, train):
    out = np.empty(x.shape)
    new_mean, new_var = running_mean.copy(), running_var.copy()
    for j, column in enumerate(x.T):
        m, v = running_mean[j], running_var[j]
        if train:
            m = sum(column) / len(column)
            v = sum((column - m) ** 2) / len(column)
            new_mean[j] += 0.1 * (m - new_mean[j])
            new_var[j] = 0.9 * new_var[j] + 0.1 * v * len(column) / (len(column) - 1)
        out[:, j] = gamma[j] * (column - m) * (v + 1e-5) ** -0.5 + beta[j]
    return out, new_mean, new_var


def _folded(x, gamma, beta, running_mean, running_var, train):
    """One factor and one shift a column."""
    N = len(x)
    mean, var = (np.mean(x, axis=0), np.mean(x * x, axis=0) - np.mean(x, axis=0) ** 2) if train else (
        running_mean, running_var)
    if train:
        var = np.maximum(np.mean((x - mean) ** 2, axis=0), 0)
    factor = gamma / np.sqrt(var + 1e-5)
    out = x * factor + (beta - mean * factor)
    if not train:
        return out, running_mean, running_var
    return out, running_mean * 0.9 + mean * 0.1, running_var * 0.9 + var * N / (N - 1) * 0.1


BATCHNORM_FORWARD = Exercise(
    id="7.10",
    title="batchnorm_forward",
    debrief="The batch mean takes away whatever bias was added before, so the layer in front needs none.",
    library="course_lib.ops.batchnorm_forward",
    from_library=calls.without_cache,
    reference=_forward(),
    instances=_batches,
    arguments=("x", "gamma", "beta", "running_mean", "running_var", "train"),
    contract=Contract(shapes={"x": ".D", "gamma": "D", "beta": "D", "running_mean": "D", "running_var": "D"}, whole="x",
                      zero="gamma", each="train"),
    outputs=("out", "running_mean", "running_var"),
    slots=Slots(lambda x, gamma, beta, running_mean, running_var, train, **numbers: _forward(**numbers)(
        x, gamma, beta, running_mean, running_var, train), {
            "eps": Slot("eps", EPS, "How large is eps in (7.12)?", _OTHER_EPS),
            "keep": Slot("the share of the new batch", MOMENTUM, "Which two shares does (7.14) mix?"),
            "ddof": Slot("ddof of the running variance", 1, "Which divisor has the variance that is kept?", (0,))}),
    atol=1e-8,
    mistakes=(
        Mistake("BNF-1", _forward(axis=1), "out: mean over the samples or over the features? Yours belongs to a "
                "sample: that is layer normalization."),
        Mistake("BNF-2", _forward(eps=0.0), "out: what if a column does not vary in this batch?"),
        Mistake("BNF-3", _forward(scaled=False), "out: which learned parameters are unused?"),
        Mistake("BNF-4", _forward(batch_in_test=True), "out: in a test, what should a single sample be compared with?"),
        Mistake("BNF-5", _forward(keep=0.9), "running_mean: it follows the last batch. Is 0.1 the weight of the past "
                "or of the new batch?", convention=True),
        Mistake("BNF-6", _forward(minmax=True), "out: your columns run from 0 to 1. Which two statistics define the "
                "normalization?"),
        Mistake("BNF-7", _forward(twice=True), "out: which x enters the second line, raw or already normalized?"),
        Mistake("BNF-8", _forward(ddof=0), "running_var: the new part is too small by (N - 1)/N. The running value "
                "takes the variance with divisor N - 1.", convention=True),
        Mistake("BNF-9", _forward(update=False), "running_mean: what changes from batch to batch besides the output?"),
        Mistake("BNF-a", _forward(inside=False), "out: eps is added to the variance, inside the root.",
                convention=True),
        Mistake("BNF-b", _of_train(_other_divisor), "out: (7.12) takes the variance with divisor N; N - 1 belongs to "
                "the running value alone."),
        Mistake("BNF-c", _of_train(_exchanged_divisors), "The two divisors are exchanged: which one scales the batch, "
                "and which one goes into the running variance?"),
        Mistake("BNF-e", _after(_by_the_variance), "out: divided by the variance. In which unit is x, in which is a "
                "variance?"),
        Mistake("BNF-f", _after(lambda run, x, gamma, beta, *rest: ((run[0] - beta) / gamma + beta, *run[1:])), "out: "
                "gamma is not used."),
        Mistake("BNF-g", _after(lambda run, x, gamma, beta, *rest: (run[0] - beta, *run[1:])), "out: beta is not "
                "used."),
        Mistake("BNF-h", _after(lambda run, x, gamma, beta, *rest: (run[0] + (gamma - 1) * beta, *run[1:])), "out: "
                "beta is multiplied by gamma too. Which comes first in (7.13)?"),
        Mistake("BNF-i", _after(lambda run, x, gamma, beta, *rest: (beta * (run[0] - beta) / gamma + gamma, *run[1:])),
                "out: gamma and beta are exchanged. Which one scales, which one shifts?"),
        Mistake("BNF-j", _after(_updated_in_a_test), "running_mean: it moves in a test too. May a test change the "
                "network?"),
        Mistake("BNF-k", _of_train(lambda run, x, gamma, beta, mean, var: _scaled_by(run, x, gamma, beta, mean, var)),
                "out: in training the batch is scaled by its own mean and variance; the running ones wait for the "
                "test."),
        Mistake("BNF-l", _of_train(lambda run, x, gamma, beta, *old: _scaled_by(run, x, gamma, beta, *run[1:])),
                "out: scaled by the new running values. In training the batch is scaled by its own mean and "
                "variance."),
        Mistake("BNF-m", _of_train(lambda run, x, gamma, beta, *old: _scaled_by(run, x, gamma, beta, x.mean(),
                                                                                x.var())), "out: one mean for "
                "the whole table. Each unit, that is each column, has its own."),
        Mistake("BNF-n", _of_train(lambda run, x, *rest: (run[0], x.mean(axis=0), x.var(axis=0, ddof=1))),
                "running_mean: that is the mean of this batch. What is left of the past?"),
        Mistake("BNF-o", _of_train(lambda run, x, gamma, beta, mean, var: (run[0], run[1] + 0.1 * mean,
                                                                          run[2] + 0.1 * var)), "running_mean: the "
                "two shares must add up to 1. What happens to the old value in (7.14)?"),
        Mistake("BNF-p", _of_train(lambda run, x, gamma, beta, mean, var: (
            *run[:2], 0.9 * var + 0.1 * x.std(axis=0, ddof=1))), "running_var: a standard deviation goes in. Which "
                "quantity is kept?"),
        Mistake("BNF-q", _after(_exchanged_modes), "Training and test are exchanged: which of them takes the batch's "
                "own mean and variance?"),
        Mistake("BNF-r", _of_train(_around_the_running_mean), "running_var: the variance of the batch is taken "
                "around its own mean, not around the running one."),
        Mistake("BNF-s", _of_train(lambda run, x, *rest: (run[0], x.mean(axis=0), x.var(axis=0))), "running_mean: "
                "you hand back the statistics of this batch. What is left of the past?"),
    ),
    hints=(
        "Which mean and variance: those of the batch in training, the running ones in a test. The rest is one line.",
        "xhat = (x - mean) / sqrt(var + 1e-5), var with divisor N; out = gamma xhat + beta; running = 0.9 running + "
        "0.1 batch, with the variance of divisor N - 1.",
        "mean, var = (x.mean(axis=0), x.var(axis=0)) if train else (running_mean, running_var)",
    ),
    reminders={"shape": "out has the shape of x, the running values one number a column",
               "type": "three arrays: out, running_mean, running_var",
               "value": "out takes the batch's own statistics in training and the running ones in a test; the running "
                        "ones change in training only"},
    minutes=20,
    level=2,
    core=True,
    points=3,
    variants=(_by_hand, _folded),
)

# --- backward ---


@exchangeable
def _backward(dx=None, dgamma=None, dbeta=None):
    @quiet
    def answer(dout, xhat, gamma, sd):
        dh = dout * gamma
        right = ((dh - dh.mean(axis=0) - xhat * (dh * xhat).mean(axis=0)) / sd, (dout * xhat).sum(axis=0),
                 dout.sum(axis=0))
        return tuple(r if f is None else f(dout, dh, xhat, gamma, sd)
                     for r, f in zip(right, (dx, dgamma, dbeta), strict=True))

    return answer


def _caches(rng):
    first = np.array([[1.0, -1.0], [-1.0, 1.0]]), np.array([2.0, 1.0]), np.array([0.5, 3.0])
    cases = [(np.array([[1.0, 0.0], [2.0, -1.0]]), *first)]
    for N, D in ((4, 3), (3, 5), (6, 2)):
        x = 2 * rng.normal(size=(N, D)) + 1
        sd = np.sqrt(x.var(axis=0) + EPS)
        cases.append((rng.normal(size=(N, D)) + 0.5, (x - x.mean(axis=0)) / sd, rng.uniform(1.5, 3, size=D), sd))
    return cases


def _through_the_jacobian(dout, xhat, gamma, sd):
    """Column by column, with the table of slopes of a normalized column."""
    N, D = dout.shape
    dx = np.empty((N, D))
    for j in range(D):
        J = (np.eye(N) - 1 / N - np.outer(xhat[:, j], xhat[:, j]) / N) / sd[j]
        dx[:, j] = gamma[j] * (J @ dout[:, j])
    return dx, np.einsum("nd,nd->d", dout, xhat), np.ones(N) @ dout


def _with_sums(dout, xhat, gamma, sd):
    N = len(dout)
    dgamma, dbeta = np.sum(dout * xhat, axis=0), np.sum(dout, axis=0)
    return gamma / (N * sd) * (N * dout - dbeta - xhat * dgamma), dgamma, dbeta


BATCHNORM_BACKWARD = Exercise(
    id="7.11",
    title="batchnorm_backward",
    debrief="Multiply x by 10: xhat stays, sd is ten times as large and dx a tenth, up to eps. The size of the weights "
            "in front no longer counts, only their direction.",
    reference=_backward(),
    instances=_caches,
    arguments=("dout", "xhat", "gamma", "sd"),
    contract=Contract(shapes={"dout": ".D", "xhat": ".D", "gamma": "D", "sd": "D"}, whole="", zero="dout, gamma"),
    library="course_lib.ops.batchnorm_backward",
    from_library=calls.from_statistics,
    outputs=("dx", "dgamma", "dbeta"),
    mistakes=(
        Mistake("BNB-1", _backward(dx=lambda dout, dh, xhat, gamma, sd: dh / sd), "dx: mean and variance depend on "
                "every sample of the batch. Do the columns of your dx sum to 0?"),
        Mistake("BNB-2", _backward(dx=lambda dout, dh, xhat, gamma, sd: (dh - dh.mean(axis=0)) / sd), "dx: one of the "
                "two statistics is still a constant in your graph: your dx is not at right angles to xhat."),
        Mistake("BNB-3", _backward(dx=lambda dout, dh, xhat, gamma, sd: (dh - xhat * (dh * xhat).mean(axis=0)) / sd),
                "dx: one of the two statistics is still a constant in your graph: the columns of your dx do not sum "
                "to 0."),
        Mistake("BNB-4", _backward(dgamma=lambda dout, dh, xhat, gamma, sd: dout.sum(axis=0)), "dgamma: yours equals "
                "dbeta. By what was gamma multiplied?"),
        Mistake("BNB-5", _backward(dgamma=lambda dout, dh, xhat, gamma, sd: (dout * (xhat * sd + 1)).sum(axis=0)),
                "dgamma: raw or normalized input?"),
        Mistake("BNB-6", _backward(dx=lambda dout, dh, xhat, gamma, sd: (
            dout - dout.mean(axis=0) - xhat * (dout * xhat).mean(axis=0)) / sd), "dx: set gamma to 3, and dx must "
                "triple."),
        Mistake("BNB-7", _backward(dgamma=lambda dout, dh, xhat, gamma, sd: (dout * xhat).mean(axis=0),
                                   dbeta=lambda dout, dh, xhat, gamma, sd: dout.mean(axis=0)), "dgamma: sum or mean "
                "over the samples?"),
        Mistake("BNB-a", _backward(dx=lambda dout, dh, xhat, gamma, sd: (
            dh - dh.sum(axis=0) - xhat * (dh * xhat).sum(axis=0)) / sd), "dx: the two corrections are means over the "
                "batch, not sums."),
        Mistake("BNB-b", _backward(dx=lambda dout, dh, xhat, gamma, sd: (
            dh - dh.mean(axis=0) - xhat * (dh * xhat).mean(axis=0)) * sd), "dx: forward was divided by sd. So is the "
                "way back."),
        Mistake("BNB-c", _backward(dx=lambda dout, dh, xhat, gamma, sd: (
            dh - dh.mean(axis=0) - (dh * xhat).mean(axis=0)) / sd), "dx: the share of the variance is a different one "
                "in each sample. By what is its mean multiplied?"),
        Mistake("BNB-d", _backward(dgamma=lambda dout, dh, xhat, gamma, sd: (dh * xhat).sum(axis=0),
                                   dbeta=lambda dout, dh, xhat, gamma, sd: dh.sum(axis=0)), "dgamma: gamma times "
                "xhat plus beta: does the slope along gamma contain gamma?"),
        Mistake("BNB-e", _backward(dbeta=lambda dout, dh, xhat, gamma, sd: dh.sum(axis=0)), "dbeta: beta is added "
                "after gamma. Which gradient arrives there?"),
        Mistake("BNB-f", _backward(dx=lambda dout, dh, xhat, gamma, sd: (
            dh - dh.mean(axis=0) - xhat * (dh * xhat).mean(axis=0))), "dx: the forward pass divided by sd. Where is "
                "that on the way back?"),
        Mistake("BNB-g", _backward(dx=lambda dout, dh, xhat, gamma, sd: (
            dh - dh.mean(axis=0) - xhat * (dh * xhat).mean(axis=0)) / sd**2), "dx: divided by the variance. Which "
                "power of sd did the forward pass divide by?"),
        Mistake("BNB-h", _backward(dx=lambda dout, dh, xhat, gamma, sd: (
            dh - dh.mean(axis=0) - xhat * (dh * xhat).mean(axis=0) / sd)), "dx: only the last part is divided by sd. "
                "In which order does Python work this out?"),
        Mistake("BNB-i", _backward(dx=lambda dout, dh, xhat, gamma, sd: (
            dh - dh.mean(axis=0) + xhat * (dh * xhat).mean(axis=0)) / sd), "dx: both shares are taken out of dh. Look "
                "at your signs."),
        Mistake("BNB-j", _backward(dx=lambda dout, dh, xhat, gamma, sd: (
            dh - dh.mean() - xhat * (dh * xhat).mean()) / sd), "dx: your means run over the whole table. Each column "
                "was normalized by itself."),
        Mistake("BNB-k", _backward(dx=lambda dout, dh, xhat, gamma, sd: (
            dh - dh.mean(axis=1, keepdims=True) - xhat * (dh * xhat).mean(axis=1, keepdims=True)) / sd), "dx: your "
                "means run over the columns of a sample. Which axis holds the batch?"),
        Mistake("BNB-l", _backward(dx=lambda dout, dh, xhat, gamma, sd: (
            dh - dh.sum(axis=0) / (len(dh) - 1) - xhat * (dh * xhat).sum(axis=0) / (len(dh) - 1)) / sd), "dx: means "
                "over the batch have the divisor N, as the variance in the forward pass."),
        Mistake("BNB-m", _backward(dx=lambda dout, dh, xhat, gamma, sd: (
            dh - dout.mean(axis=0) - xhat * (dout * xhat).mean(axis=0)) / sd), "dx: the two means are those of dh, "
                "gamma included."),
        Mistake("BNB-n", _backward(dgamma=lambda dout, dh, xhat, gamma, sd: (dh * xhat).sum(axis=0)), "dgamma: gamma "
                "times xhat plus beta: does the slope along gamma contain gamma?"),
    ),
    hints=(
        "dgamma and dbeta are those of a line. For dx, two things that every sample moves must be taken out of dh: "
        "its mean and its share along xhat.",
        "dh = dout gamma;  dx = (dh - mean(dh) - xhat mean(dh xhat)) / sd, means over the samples.",
        "dh = dout * gamma",
    ),
    reminders={"shape": "dx has the shape of dout, dgamma and dbeta one number a column", "type": "dx, dgamma, dbeta",
               "value": "begin with dh; both means of (7.15) run over the samples, column by column"},
    minutes=20,
    level=3,
    core=False,
    points=3,
    variants=(_through_the_jacobian, _with_sums),
)

# --- four kinds ---

_AXES = {"batch": (0, 2, 3), "layer": (1, 2, 3), "instance": (2, 3), "group": (2, 3, 4)}


@exchangeable
def _normalized(*, wrong_group=False, scale=lambda var, n: np.sqrt(var + EPS), **axes):
    """Centered over the cells that share a mean, then divided by `scale(their variance, their number)`.

    axes : of a kind, where they are not the right ones.
    """

    @quiet
    def answer(x, kind, groups):
        N, C, H, W = x.shape
        over, cells = (_AXES | axes)[kind], x
        if kind == "group" and wrong_group:
            over, cells = (1, 3, 4), x.reshape(N, C // groups, groups, H, W)
        elif kind == "group":
            cells = x.reshape(N, groups, C // groups, H, W)
        mean, var = (f(axis=over, keepdims=True) for f in (cells.mean, cells.var))
        return ((cells - mean) / scale(var, cells.size / var.size)).reshape(x.shape)

    return answer


def _with_group(parts):
    """Right but for the groups: `parts(x, groups)` gives the mean and the variance that a group has instead."""
    right = _normalized()

    @quiet
    def answer(x, kind, groups):
        return parts(x, groups) if kind == "group" else right(x, kind, groups)

    return answer


def _sizes_for_counts(x, groups):
    return _normalized()(x, "group", x.shape[1] // groups)


def _images(rng):
    cases = []
    for kind, (N, C, H, W), groups in (
            ("batch", (2, 3, 1, 2), 1), ("layer", (3, 4, 2, 3), 2), ("instance", (2, 3, 2, 4), 3),
            ("group", (2, 6, 4, 5), 3), ("group", (3, 4, 5, 3), 2), ("batch", (4, 3, 2, 5), 3),
            ("group", (5, 6, 1, 3), 2)):
        levels = 3 * rng.normal(size=(N, C, 1, 1)) + np.arange(C)[:, None, None]
        cases.append((levels + rng.normal(size=(N, C, H, W)), kind, groups))
    return [*cases, case("variance near eps", 0.003 * rng.normal(size=(2, 2, 2, 3)), "layer", 1)]


def _loops(x, kind, groups):
    N, C = x.shape[:2]
    out = np.empty(x.shape)
    blocks = {"batch": [(slice(None), c) for c in range(C)], "layer": [(n,) for n in range(N)],
              "instance": [(n, c) for n in range(N) for c in range(C)],
              "group": [(n, slice(k, k + C // groups)) for n in range(N) for k in range(0, C, C // groups)]}
    for place in blocks[kind]:
        part = x[place]
        out[place] = (part - part.mean()) / (part.var() + 1e-5) ** 0.5
    return out


def _as_groups(x, kind, groups):
    """Layer and instance as group normalization with 1 and C groups; batch as the layer of the exchanged axes."""
    N, C, H, W = x.shape
    if kind == "batch":
        return _as_groups(x.transpose(1, 0, 2, 3), "layer", 1).transpose(1, 0, 2, 3)
    G = {"layer": 1, "instance": C, "group": groups}[kind]
    rows = x.reshape(N * G, -1)
    mean, var = rows.mean(axis=1, keepdims=True), rows.var(axis=1, keepdims=True)
    return ((rows - mean) / np.sqrt(var + 1e-5)).reshape(N, C, H, W)


NORMALIZED = Exercise(
    id="7.12",
    title="normalized",
    debrief="On a map of one pixel instance norm leaves only zeros: where a single cell is its own mean, the mean "
            "takes all of it away.",
    reference=_normalized(),
    instances=_images,
    arguments=("x", "kind", "groups"),
    contract=Contract(shapes={"x": "N..."}, each="kind"),
    slots=Slots(lambda x, kind, groups, eps: _normalized(scale=lambda var, n: np.sqrt(var + eps))(x, kind, groups),
                {"eps": Slot("eps", EPS, "How large is eps said to be?", _OTHER_EPS)}),
    mistakes=(
        Mistake("FOU-a", _normalized(batch=(0,)), "batch: a channel has one mean, over all samples and all its "
                "pixels; yours has one for each pixel."),
        Mistake("FOU-b", _normalized(layer=(1,)), "layer: one mean a sample, over channels and pixels; yours runs "
                "over the channels only."),
        Mistake("FOU-c", _normalized(batch=(1, 2, 3), layer=(0, 2, 3)), "batch and layer are "
                "exchanged. Which of them depends on the other samples?"),
        Mistake("FOU-d", _normalized(instance=(0, 2, 3)), "instance: that is a batch norm. The instance "
                "norm uses nothing but one sample."),
        Mistake("FOU-e", _normalized(wrong_group=True), "group: a group holds neighboring channels: six in "
                "two groups are 0, 1, 2 and 3, 4, 5. Yours takes 0, 2, 4 and 1, 3, 5."),
        Mistake("FOU-f", _normalized(group=(0, 2, 3, 4)), "group: the mean runs over all samples. Three "
                "of the four kinds use one sample alone."),
        Mistake("FOU-g", _normalized(group=(3, 4)), "group: with one mean a channel the groups play no part."),
        Mistake("FOU-h", _normalized(scale=lambda var, n: np.sqrt(var)), "eps is missing under the root."),
        Mistake("FOU-i", _normalized(layer=(2, 3), instance=(1, 2, 3)), "layer and instance are "
                "exchanged. Which of them has a mean for each channel?"),
        Mistake("FOU-j", _normalized(scale=lambda var, n: np.sqrt(var * n / (n - 1) + EPS)), "The variance of what is "
                "normalized has the divisor n, not n - 1."),
        Mistake("FOU-l", _normalized(batch=(0, 1, 2, 3)), "batch: one mean for everything. Each channel "
                "has its own."),
        Mistake("FOU-m", _normalized(layer=(0, 1, 2, 3)), "layer: one mean for everything. Each sample "
                "has its own."),
        Mistake("FOU-n", _normalized(layer=(3,)), "layer: the mean runs along the last axis only. Which "
                "axes of (N, C, H, W) belong to one sample?"),
        Mistake("FOU-o", _with_group(_sizes_for_counts), "group: groups is how many there are, not how many channels "
                "one of them has."),
        Mistake("FOU-p", _normalized(group=(2,)), "group: the mean runs over the channels of a group "
                "only. Their pixels share it too."),
        Mistake("FOU-q", _with_group(lambda x, groups: _normalized()(x, "layer", 1)), "group: "
                "yours takes all channels together, as a layer norm does."),
        Mistake("FOU-r", lambda x, kind, groups: _normalized()(x, "group", groups), "groups counts "
                "for one kind only. What do you do with kind?"),
        Mistake("FOU-s", _normalized(scale=lambda var, n: 1.0), "Mean 0, but not variance 1: the division is missing."),
        Mistake("FOU-t", _normalized(scale=lambda var, n: var + EPS), "Divided by the variance. Which power of it has "
                "the unit of x?"),
        Mistake("FOU-u", _normalized(scale=lambda var, n: np.sqrt(var) + EPS), "eps is added to the variance, inside "
                "the root.", convention=True),
        Mistake("FOU-v", lambda x, kind, groups: _normalized()(x, kind, groups).astype(x.dtype), "Where x holds "
                "whole numbers, what lies behind the point is lost. Which dtype has an array made from x?"),
    ),
    hints=(
        "Write for each kind over which of the axes N, C, H, W its mean runs; for groups, cut the axis C in two first.",
        "batch (0, 2, 3), layer (1, 2, 3), instance (2, 3); group: reshape to (N, G, C/G, H, W), then (2, 3, 4).",
        'axes = {"batch": (0, 2, 3), ...}[kind]',
    ),
    reminders={"shape": "the result has the shape of x",
               "value": "ask for this kind which cells share one mean and one variance"},
    minutes=15,
    level=2,
    core=False,
    points=2,
    variants=(_loops, _as_groups),
)

# --- the numbers of a notebook that was cut ---

_CUT = {"row_4": tuple(np.eye(10)[4].tolist()), "penalty_1": 78.4, "penalty_2": 61.9, "data_loss": 2.303,
        "numbers": 2048, "trained": 1024, "steps": 500}

CUT_NOTEBOOK = Exercise(
    id="7.13",
    title="seven numbers of a notebook",
    debrief="Half of the 2,048 numbers are running values that no gradient reaches: whoever saves only what is trained "
            "has lost them.",
    kind="value",
    reference=_CUT,
    instances=lambda rng: [()],
    rtol=0,
    atol=0.06,
    mistakes=(
        Mistake("CUT-a", _CUT | {"row_4": tuple(np.eye(10)[3].tolist())}, "row_4: the first entry belongs to digit 0."),
        Mistake("CUT-b", _CUT | {"penalty_1": 39.2, "penalty_2": 30.95}, "penalty_1: this notebook has no 1/2 in its "
                "penalty."),
        Mistake("CUT-c", _CUT | {"penalty_2": 40.1}, "penalty_2: the mean square is 2/(784 + 512), for each of 784 "
                "times 512 weights."),
        Mistake("CUT-d", _CUT | {"numbers": 1024}, "numbers: beside gamma and beta the layer stores two running "
                "values for each unit."),
        Mistake("CUT-e", _CUT | {"trained": 2048}, "trained: no gradient moves the running values."),
        Mistake("CUT-f", _CUT | {"steps": 0.998}, "steps: the time constant is 1/m, with m the weight of the new "
                "batch."),
        Mistake("CUT-1", _CUT | {"steps": 0.002}, "steps: that is m itself. After how many steps is a batch forgotten "
                "that enters with this weight?"),
        Mistake("CUT-g", _CUT | {"data_loss": 0.1}, "data_loss: before it has learned anything the net gives each of "
                "ten classes the same probability."),
        Mistake("CUT-h", _CUT | {"penalty_1": 784.0, "penalty_2": 619.4}, "penalty_1: the sum of squares still has to "
                "be multiplied by lambda."),
        Mistake("CUT-i", _CUT | {"row_4": tuple(np.eye(9)[4].tolist())}, "row_4: how many digits are there, the 0 "
                "included?"),
        Mistake("CUT-j", _CUT | {"row_4": 4}, "row_4: a label as a one-hot row is a list, an entry for each class."),
        Mistake("CUT-k", _CUT | {"row_4": tuple(np.eye(10)[5].tolist())}, "row_4: that is the row of another digit. "
                "The first entry belongs to digit 0."),
        Mistake("CUT-l", _CUT | {"penalty_1": 0.1 * 2 / 1568, "penalty_2": 0.1 * 2 / 1296}, "penalty_1: that is the "
                "charge for one weight. How many are there?"),
        Mistake("CUT-2", _CUT | {"data_loss": 0.6931}, "data_loss: that is ln 2, for two classes. How many are there?"),
        Mistake("CUT-m", _CUT | {"data_loss": 3.3219}, "data_loss: that is in bits. The course takes the natural "
                "logarithm.", convention=True),
        Mistake("CUT-n", _CUT | {"data_loss": -2.3026}, "data_loss: a loss of this kind is positive. Which sign has "
                "the logarithm of a probability?"),
        Mistake("CUT-o", _CUT | {"data_loss": 0.0}, "data_loss: 0 is the loss of a network that is right and sure. "
                "What does it say before it has learned?"),
        Mistake("CUT-p", _CUT | {"data_loss": 142.6}, "data_loss: that is the total. The penalties stand apart."),
        Mistake("CUT-q", _CUT | {"numbers": 3136, "trained": 1568}, "numbers: which of the layers got the batch norm?"),
        Mistake("CUT-r", _CUT | {"numbers": 512, "trained": 512}, "numbers: more than one number stands for each unit. "
                "Count the names in (7.13) and (7.14)."),
        Mistake("CUT-s", _CUT | {"numbers": 2560}, "numbers: those of the batch norm alone; the biases are the linear "
                "layer's."),
        Mistake("CUT-t", _CUT | {"steps": 10}, "steps: that holds for m = 0.1. What is m here?"),
        Mistake("CUT-u", _CUT | {"penalty_2": 0.1 * 512 * 10 * 2 / 522}, "penalty_2: that is the output layer. The "
                "penalty is on the two hidden layers."),
        Mistake("CUT-v", _CUT | {"penalty_2": 0.1 * 784 * 512 * 2 / 1568}, "penalty_2: how many outputs has the second "
                "hidden layer? They count in the mean square too."),
        Mistake("CUT-w", _CUT | {"penalty_1": 0.1 * 784**2 * (2 / 1568) ** 0.5}, "penalty_1: that is a sum of "
                "standard deviations. The penalty wants mean squares."),
        Mistake("CUT-x", _CUT | {"penalty_1": 156.8, "penalty_2": 102.4}, "penalty_1: the mean square has both sizes "
                "of a layer in its denominator."),
        Mistake("CUT-y", _CUT | {"numbers": 5184, "trained": 2592}, "numbers: which of the layers got the batch norm?"),
        Mistake("CUT-z", _CUT | {"penalty_1": 235.2}, "penalty_1: the 6 belongs to the border of the uniform numbers. "
                "Their mean square is a third of the border's square."),
    ),
    hints=(
        "A sum of squares is the number of weights times the mean square; ten equal probabilities cost ln 10.",
        "0.1 * 784 * 784 * 2/(784 + 784); 0.1 * 784 * 512 * 2/(784 + 512); ln 10; 4 * 512 and 2 * 512; 1/0.002.",
        "penalty_1 = 0.1 * 784**2 * 2 / (784 + 784)",
    ),
    reminders={"type": "a dict; row_4 has ten entries",
               "value": "ten classes, row_4 a flat list; 512 units with batch norm; m is the weight of the new batch"},
    minutes=12,
    level=2,
    core=False,
    points=2,
    skeleton='cut = {"row_4": ..., "penalty_1": ..., "penalty_2": ..., "data_loss": ..., "numbers": ..., '
             '"trained": ..., "steps": ...}',
)

EXERCISES = (BATCHNORM_FORWARD, BATCHNORM_BACKWARD, NORMALIZED, CUT_NOTEBOOK)
