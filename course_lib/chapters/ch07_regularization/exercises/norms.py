"""Exercises on normalization: a batch forward and backward, four kinds, and numbers of a notebook that was cut."""

import numpy as np

from course_lib.chapters.ch07_regularization import calls
from course_lib.exercises.define import quiet
from course_lib.exercises.model import Exercise, Mistake, case

EPS, MOMENTUM = 1e-5, 0.1

# --- forward ---


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
    library="course_lib.ops.batchnorm_forward",
    from_library=calls.without_cache,
    reference=_forward(),
    instances=_batches,
    arguments=("x", "gamma", "beta", "running_mean", "running_var", "train"),
    outputs=("out", "running_mean", "running_var"),
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
    ),
    hints=(
        "Which mean and variance: those of the batch in training, the running ones in a test. The rest is one line.",
        "xhat = (x - mean) / sqrt(var + 1e-5), var with divisor N; out = gamma xhat + beta; running = 0.9 running + "
        "0.1 batch, with the variance of divisor N - 1.",
        "mean, var = (x.mean(axis=0), x.var(axis=0)) if train else (running_mean, running_var)",
    ),
    reminders={"shape": "out has the shape of x, the running values one number a column",
               "type": "three arrays: out, running_mean, running_var"},
    minutes=20,
    level=2,
    core=True,
    points=3,
    variants=(_by_hand, _folded),
)

# --- backward ---


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
    reference=_backward(),
    instances=_caches,
    arguments=("dout", "xhat", "gamma", "sd"),
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
    ),
    hints=(
        "dgamma and dbeta are those of a line. For dx, two things that every sample moves must be taken out of dh: "
        "its mean and its share along xhat.",
        "dh = dout gamma;  dx = (dh - mean(dh) - xhat mean(dh xhat)) / sd, means over the samples.",
        "dh = dout * gamma",
    ),
    reminders={"shape": "dx has the shape of dout, dgamma and dbeta one number a column", "type": "dx, dgamma, dbeta"},
    minutes=20,
    level=3,
    core=False,
    points=3,
    variants=(_through_the_jacobian, _with_sums),
)

# --- four kinds ---

KINDS = ("batch", "layer", "instance", "group")


def _normalized(axes, *, wrong_group=False, eps=EPS):
    @quiet
    def answer(x, kind, groups):
        N, C, H, W = x.shape
        if kind == "group":
            cut = (N, C // groups, groups, H, W) if wrong_group else (N, groups, C // groups, H, W)
            over = (1, 3, 4) if wrong_group else axes["group"]
            parts = x.reshape(cut)
            return ((parts - parts.mean(axis=over, keepdims=True))
                    / np.sqrt(parts.var(axis=over, keepdims=True) + eps)).reshape(x.shape)
        over = axes[kind]
        return (x - x.mean(axis=over, keepdims=True)) / np.sqrt(x.var(axis=over, keepdims=True) + eps)

    return answer


_AXES = {"batch": (0, 2, 3), "layer": (1, 2, 3), "instance": (2, 3), "group": (2, 3, 4)}


def _images(rng):
    cases = []
    for kind, (N, C, H, W), groups in (
            ("batch", (2, 2, 1, 2), 1), ("layer", (3, 4, 2, 3), 2), ("instance", (2, 3, 2, 4), 3),
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
    reference=_normalized(_AXES),
    instances=_images,
    arguments=("x", "kind", "groups"),
    mistakes=(
        Mistake("FOU-a", _normalized(_AXES | {"batch": (0,)}), "batch: a channel has one mean, over all samples and "
                "all its pixels; yours has one for each pixel."),
        Mistake("FOU-b", _normalized(_AXES | {"layer": (1,)}), "layer: one mean a sample, over channels and pixels; "
                "yours runs over the channels only."),
        Mistake("FOU-c", _normalized(_AXES | {"batch": (1, 2, 3), "layer": (0, 2, 3)}), "batch and layer are "
                "exchanged. Which of them depends on the other samples?"),
        Mistake("FOU-d", _normalized(_AXES | {"instance": (0, 2, 3)}), "instance: that is a batch norm. The instance "
                "norm uses nothing but one sample."),
        Mistake("FOU-e", _normalized(_AXES, wrong_group=True), "group: a group holds neighboring channels, such as 0, "
                "1, 2 and 3, 4, 5; yours takes every second one."),
        Mistake("FOU-f", _normalized(_AXES | {"group": (0, 2, 3, 4)}), "group: the mean runs over all samples. Three "
                "of the four kinds use one sample alone."),
        Mistake("FOU-g", _normalized(_AXES | {"group": (3, 4)}), "group: with one mean a channel the groups play no "
                "part."),
        Mistake("FOU-h", _normalized(_AXES, eps=0.0), "eps is missing under the root."),
    ),
    hints=(
        "Write for each kind over which of the axes N, C, H, W its mean runs; for groups, cut the axis C in two first.",
        "batch (0, 2, 3), layer (1, 2, 3), instance (2, 3); group: reshape to (N, G, C/G, H, W), then (2, 3, 4).",
        'axes = {"batch": (0, 2, 3), ...}[kind]',
    ),
    reminders={"shape": "the result has the shape of x"},
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
        Mistake("CUT-g", _CUT | {"data_loss": 0.1}, "data_loss: before it has learned anything the net gives each of "
                "ten classes the same probability."),
        Mistake("CUT-h", _CUT | {"penalty_1": 784.0, "penalty_2": 619.4}, "penalty_1: the sum of squares still has to "
                "be multiplied by lambda."),
    ),
    hints=(
        "A sum of squares is the number of weights times the mean square; ten equal probabilities cost ln 10.",
        "0.1 * 784 * 784 * 2/(784 + 784); 0.1 * 784 * 512 * 2/(784 + 512); ln 10; 4 * 512 and 2 * 512; 1/0.002.",
        "penalty_1 = 0.1 * 784**2 * 2 / (784 + 784)",
    ),
    reminders={"type": "a dict; row_4 has ten entries"},
    minutes=12,
    level=2,
    core=False,
    points=2,
    skeleton='cut = {"row_4": ..., "penalty_1": ..., "penalty_2": ..., "data_loss": ..., "numbers": ..., '
             '"trained": ..., "steps": ...}',
)

EXERCISES = (BATCHNORM_FORWARD, BATCHNORM_BACKWARD, NORMALIZED, CUT_NOTEBOOK)
