"""What people really pass: NaN, nothing, one sample, integers, text, lists, arrays in another order of memory, layers
in another form, a class for an object, a function that returns nothing.

One table: a row a public function, with a valid call. Each argument in turn is then given in every other form. Either
the result is the one of plain arrays, or a ValueError or TypeError of the course says what is wrong, in words of its
own: never a message of NumPy or Numba, never a NaN that nobody put in, and never a change of what was given.
"""

import inspect
import linecache
import warnings
from dataclasses import fields, is_dataclass
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pytest

from course_lib import autodiff, convnet, datasets, dense, gradcheck, models, nn, ops, optim
from course_lib.nn import architectures as arch

LIBRARY = str(Path(ops.__file__).parents[1])
rng = np.random.default_rng(5)


class Row(NamedTuple):
    """One valid call."""

    call: object  #: function of the arguments by name
    given: dict  #: the arguments
    marks: dict  #: argument to what is special about it
    optional: set  #: these may be None


ROWS = {}


def row(name, call, marks="", optional="", /, **given):
    """`marks` names arguments: "x" lets NaN and infinity into the result, where they show, as after a divergence; "~x"
    takes them and gives them a meaning; "+x" takes infinity only; "!x" may be refused in another order of memory, since
    it is changed in place and restored; "*x" may hold anything.
    """
    optional = set(optional.split()) | {
        parameter.name for parameter in inspect.signature(call).parameters.values() if parameter.default is None
    }
    ROWS[name] = Row(call, given, {mark.lstrip("~+!*"): mark[0] for mark in marks.split()}, optional)


# ---- the table ---------------------------------------------------------------------------------------------

N, D, C = 6, 3, 4
X = rng.normal(size=(N, D))
y = X @ [1.0, -2.0, 0.5] + 3 + 0.1 * rng.normal(size=N)
labels = np.array([0, 2, 1, 3, 1, 0])
yes_no = np.array([0, 1, 1, 0, 1, 0])
scores = rng.normal(size=(N, C))
shares = ops.softmax(scores)
others = ops.softmax(rng.normal(size=(N, C)))
w, b = rng.normal(size=D), 0.3
A = rng.normal(size=(4, 3))
S = A.T @ A
u, v = rng.normal(size=5), rng.normal(size=5)
Z = rng.normal(size=(4, 5))
W1, b1, W2, b2 = (rng.normal(size=shape) for shape in ((D, 5), 5, (5, C), C))
side = np.sign(X[:, 0])
two_sides = (X[:, 0] > 0).astype(int)
order = np.array([[0, 1, 2, 3, 4, 5], [5, 4, 3, 2, 1, 0]])

#: A slope of 0 or 1 everywhere: what is far away, or NaN already, need not come out of the backward function.
LINES = ("identity", "step", "relu")
for name in ("identity", "step", "relu", "sigmoid", "tanh", "selu", "gelu", "softmax", "log_softmax"):
    row(name, getattr(ops, name), "z", z=Z)
    out = getattr(ops, name)(Z)
    marks = "~dout ~cache" if name in LINES else "dout cache"
    row(f"{name}_backward", getattr(ops, f"{name}_backward"), marks, dout=Z, cache=out)
for name in ("leaky_relu", "elu"):
    row(name, getattr(ops, name), "z", z=Z, a=0.1)
    row(f"{name}_backward", getattr(ops, f"{name}_backward"), "dout ~cache", dout=Z, cache=Z + 0.1, a=0.1)
row("softmax_jacobian", ops.softmax_jacobian, "s", s=shares[0])
row("linear_share", ops.linear_share, "x", x=np.abs(Z))

row("inverse_time", lambda t0, t1: ops.inverse_time(t0, t1)(3), t0=5.0, t1=50.0)
row("descend", lambda w0, lr, n, tol: ops.descend(lambda w: 2 * w, w0, lr, n, tol), "w0", w0=w, lr=0.01, n=4, tol=1e-9)
row("gradient_descent", lambda w0, lr, n: ops.gradient_descent(lambda w: 2 * w, w0, lr, n), "w0", w0=w, lr=0.01, n=4)
row("updates_per_epoch", ops.updates_per_epoch, samples=10, batch_size=3)
row("mini_batches", ops.mini_batches, order=order[0], size=4)
row("stochastic_descent", ops.stochastic_descent, "theta0", X=X, y=y, theta0=w, lr=0.01, order=order, batch_size=2,
    record="epoch")
SCHEDULES = {"step_decay": dict(lr=0.1, factor=0.5, every=2), "exponential_decay": dict(lr=0.1, k=0.5),
             "inverse_decay": dict(lr=0.1, k=0.5), "cosine_decay": dict(lr=0.1, epochs=10, lr_min=0.01),
             "warm_up": dict(schedule=lambda epoch: 0.1, epochs=5)}
for name, given in SCHEDULES.items():
    row(name, lambda name=name, **given: getattr(ops, name)(**given)(3), **given)
row("warm_up, a rate", lambda schedule: ops.warm_up(schedule, 5)(3), schedule=0.1)
row("reduce_on_plateau", ops.reduce_on_plateau, "~val_loss", val_loss=np.array([3.0, 1.0, 2.0, 2.5, 1.5]), lr=0.1,
    factor=0.5, patience=2, lr_min=0.01)
for name in ("clip_by_value", "clip_by_norm"):
    row(name, lambda g, c, name=name: getattr(ops, name)([g, w], c), "g", g=A, c=0.5)
row("moving_average", ops.moving_average, "x", x=y, beta=0.9, correct=True)
row("ellipse_axes", ops.ellipse_axes, H=S)
row("newton", lambda x0, tol, n: ops.newton(
    lambda x: 2 * x, lambda x: 2 * np.eye(np.size(x)).reshape(2 * np.shape(x)), x0, tol, n), "x0", x0=w, tol=1e-9, n=3)
row("lbfgs", lambda w0, n, memory, tol: ops.lbfgs(lambda w: np.sum(w**2), lambda w: 2 * w, w0, n, memory, tol), "w0",
    w0=w, n=4, memory=2, tol=1e-9)
row("early_stopping", ops.early_stopping, "~val_loss", val_loss=np.array([3.0, 1.0, 2.0, 2.5, 1.5]), patience=2)

row("gaussian_density", ops.gaussian_density, "x", x=X, mu=0.1, sigma=2.0)
row("gaussian_log_likelihood", ops.gaussian_log_likelihood, x=y, mu=0.1, sigma=2.0)
row("gaussian_mle", ops.gaussian_mle, x=y)
row("binary_entropy", ops.binary_entropy, "p", p=shares)
for name in ("distribution_cross_entropy", "bhattacharyya_coefficient", "bhattacharyya_distance", "hellinger_distance",
             "kl_divergence"):
    row(name, getattr(ops, name), p=shares, q=others)
row("entropy", ops.entropy, p=shares)
row("clipped_log_loss", ops.clipped_log_loss, "p", p=shares[:, 0], y=yes_no.astype(float), eps=1e-9)

row("channels_first", ops.channels_first, "images", images=rng.normal(size=(2, 3, 4, 3)))
row("compose_affine", lambda A, a, B, b: ops.compose_affine((A, a), (B, b)), "A a B b", A=W1, a=b1, B=W2, b=b2)
row("norm", ops.norm, "x +p", x=X, p=3.0)
row("frobenius_norm", ops.frobenius_norm, A=A)
for name, (first, second) in {"cosine_similarity": "uv", "project": "xg", "remove_component": "xg"}.items():
    row(name, getattr(ops, name), f"{first} {second}", **{first: u, second: v})
row("gram_matrix", ops.gram_matrix, A=A)
row("svd", ops.svd, A=A)
row("fix_signs", ops.fix_signs, "V", V=A)
row("eigen_symmetric", ops.eigen_symmetric, A=S)
row("power_iteration", ops.power_iteration, A=S, v0=w, steps=20, tol=1e-9)
for name in ("rank", "null_space", "pinv"):
    row(name, getattr(ops, name), A=A, tol=1e-9)
row("low_rank", ops.low_rank, A=A, k=2)
row("pinv_limit", ops.pinv_limit, A=A, alpha=0.1)
row("principal_directions", ops.principal_directions, X=X, k=2)
row("pca", ops.pca, "", "k", X=X, k=2)

for name in ("mse", "half_sse", "mae"):
    row(name, getattr(ops, name), "prediction", prediction=y + 1, target=y)
row("bce", ops.bce, "prediction", prediction=shares, target=others)
row("bce_from_logits", ops.bce_from_logits, "prediction", prediction=scores, target=shares)
for name in ("kl_loss", "hellinger_loss"):
    row(name, getattr(ops, name), "prediction", prediction=shares, target=others)
for name in ("cross_entropy", "softmax_ce_backward", "softmax_cross_entropy"):
    row(name, getattr(ops, name), "logits", logits=scores, y=labels)
row("one_hot", ops.one_hot, y=labels, C=C)
row("predict_class", ops.predict_class, "+scores", scores=scores)
row("accuracy", ops.accuracy, "scores_or_labels", scores_or_labels=scores, y=labels)

for name, more in {"l2_penalty": {}, "l1_penalty": {}, "elastic_penalty": {"ratio": 0.3}}.items():
    row(name, lambda W, V, lam, name=name, **more: getattr(ops, name)([W, V], lam, **more), "W V", W=A, V=S, lam=0.1,
        **more)
row("max_norm", ops.max_norm, "W", W=A, c=0.5)
row("smooth_labels", ops.smooth_labels, y=labels, C=C, eps=0.1)
uniform = rng.random(Z.shape)
row("dropout_forward", lambda x, rate, train: ops.dropout_forward(x, rate, uniform, train)[0], "~x", x=Z, rate=0.4,
    train=True)
row("dropout_forward, u", lambda u: ops.dropout_forward(Z, 0.4, u)[0], u=uniform)
mask = ops.dropout_forward(Z, 0.4, rng.random(Z.shape))[1]
row("dropout_backward", lambda dout: ops.dropout_backward(dout, mask), "~dout", dout=Z)


def forward_only(function):
    """All that a forward function returns but the cache."""
    def call(x, gamma, beta, *rest, **named):
        out, _, *statistics = function(x, gamma, beta, *rest, **named)
        return out, *statistics

    return call


pixels = rng.normal(size=(2, 4, 3, 2))
for train in (True, False):
    mode = "" if train else ", test"
    row(f"batchnorm_forward{mode}", lambda x, gamma, beta, mean, var, train, momentum, eps: forward_only(
        ops.batchnorm_forward)(x, gamma, beta, mean, var, train, momentum, eps), "x gamma beta mean var",
        x=X, gamma=w, beta=w + 1, mean=w, var=w**2, train=train, momentum=0.2, eps=0.01)
    kept = ops.batchnorm_forward(X, w, w, w, w**2, train)[1]
    row(f"batchnorm_backward{mode}", lambda dout, kept=kept: ops.batchnorm_backward(dout, kept), "dout", dout=X)
row("layernorm_forward", lambda x, gamma, beta, eps: forward_only(ops.layernorm_forward)(x, gamma, beta, eps),
    "x gamma beta", x=X, gamma=w, beta=w + 1, eps=0.01)
row("groupnorm_forward", lambda x, gamma, beta, groups, eps: forward_only(ops.groupnorm_forward)(
    x, gamma, beta, groups, eps), "x gamma beta", x=pixels, gamma=np.arange(4.0), beta=np.ones(4), groups=2, eps=0.01)
row("instancenorm_forward", lambda x, gamma, beta, eps: forward_only(ops.instancenorm_forward)(x, gamma, beta, eps),
    "x gamma beta", x=pixels, gamma=np.arange(4.0), beta=np.ones(4), eps=0.01)
by_layer, by_group = ops.layernorm_forward(X, w, w)[1], ops.groupnorm_forward(pixels, np.ones(4), np.ones(4), 2)[1]
row("layernorm_backward", lambda dout: ops.layernorm_backward(dout, by_layer), "dout", dout=X)
row("groupnorm_backward", lambda dout: ops.groupnorm_backward(dout, by_group), "dout", dout=pixels)
row("instancenorm_backward", lambda dout: ops.instancenorm_backward(dout, by_group), "dout", dout=pixels)

row("lrn_forward", lambda x, size, alpha, beta, k: ops.lrn_forward(x, size, alpha, beta, k)[0], "x", x=pixels, size=3,
    alpha=0.1, beta=0.75, k=2.0)
by_neighbors = ops.lrn_forward(pixels)[1]
row("lrn_backward", lambda dout: ops.lrn_backward(dout, by_neighbors), "dout", dout=pixels)

for name, given in {"conv_output_size": dict(pad=1, dilation=2), "transposed_output_size": dict(pad=1)}.items():
    row(name, getattr(ops, name), n=9, f=3, stride=2, **given)
row("receptive_field", ops.receptive_field, layers=[(3, 1, 1), (2, 2, 1)])
row("pad_images", ops.pad_images, "x", x=pixels, pad=1, mode="reflect")
row("im2col", ops.im2col, "x", x=pixels, size=2, stride=1, pad=1, dilation=1)
columns = ops.im2col(pixels, 2)
row("col2im", ops.col2im, "cols", cols=columns, shape=pixels.shape, size=2, stride=1, pad=0, dilation=1)
for name in ("correlate", "convolve"):
    row(name, getattr(ops, name), "f g", f=u, g=v)
for name in ("correlate2d", "convolve2d"):
    row(name, getattr(ops, name), "image kernel", image=Z, kernel=Z[:2, :2])

#: How each kind of layer is called: its shapes of x and w, and what it takes beside them.
CONVOLUTIONS = {
    "conv1d": ((2, 4, 6), (2, 2, 3), dict(stride=1, pad=1, dilation=2, groups=2, mode="reflect")),
    "conv2d": ((2, 4, 5, 6), (2, 2, 2, 3), dict(stride=1, pad=1, dilation=2, groups=2, mode="replicate")),
    "conv3d": ((2, 2, 3, 4, 3), (2, 2, 2, 2, 2), dict(stride=1, pad=1, dilation=1)),
    "transposed_conv2d": ((2, 2, 3, 4), (2, 3, 2, 2), dict(stride=2, pad=1)),
}
for name, (shape, filters, given) in CONVOLUTIONS.items():
    forward, backward = (getattr(ops, f"{name}_{way}") for way in ("forward", "backward"))
    row(f"{name}_forward", lambda x, w, b, forward=forward, **given: forward(x, w, b, **given)[0], "x w b", "b",
        x=rng.normal(size=shape), w=rng.normal(size=filters),
        b=rng.normal(size=filters[1 if name == "transposed_conv2d" else 0]), **given)
    out, kept = forward(rng.normal(size=shape), rng.normal(size=filters), None, **given)
    row(f"{name}_backward", lambda dout, kept=kept, backward=backward: backward(dout, kept)[:2], "dout", dout=out)

square = rng.normal(size=(2, 3, 4, 4))
POOLINGS = {name: dict(size=2, stride=2, pad=1) for name in ("maxpool2d", "avgpool2d", "l2pool2d")}
POOLINGS |= {name: dict(size=2) for name in ("adaptive_avgpool2d", "adaptive_maxpool2d")}
POOLINGS |= {"global_avgpool": {}, "global_maxpool": {}, "upsample_nearest": dict(factor=2)}
for name, given in POOLINGS.items():
    forward, backward = (getattr(ops, f"{name}_{way}") for way in ("forward", "backward"))
    # To a maximum -inf is the smallest number of all.
    row(f"{name}_forward", lambda x, forward=forward, **given: forward(x, **given)[0], "~x" if "max" in name else "x",
        "stride", x=square, **given)
    out, kept = forward(square, **given)
    row(f"{name}_backward", lambda dout, kept=kept, backward=backward: backward(dout, kept), "dout", dout=out)

#: Sequences of two samples, three steps, four numbers; five units.
sequences, states = rng.normal(size=(2, 3, 4)), rng.normal(size=(2, 5))
ended = np.array([[True, True, False], [True, True, True]])
CELLS = {"rnn": (1, ("Wx", "Wh", "b"), dict(activation="tanh"), ("h0",)),
         "lstm": (4, ("W", "U", "b"), dict(peephole=rng.normal(size=(3, 5))), ("h0", "c0")),
         "gru": (3, ("W", "U", "b"), dict(convention="pytorch", b_hidden=rng.normal(size=5)), ("h0",))}
for name, (gates, names, given, starts) in CELLS.items():
    weights = dict(zip(names, (rng.normal(size=shape) for shape in ((4, 5 * gates), (5, 5 * gates), 5 * gates)),
                       strict=True))
    seen = " ".join(["x", *names, *starts, "h", "c", "peephole", "b_hidden"])
    forward, backward, step, step_backward = (
        getattr(ops, f"{name}{way}") for way in ("_forward", "_backward", "_step_forward", "_step_backward"))
    row(f"{name}_forward", lambda forward=forward, **given: list(forward(**given)[:-1]), seen,
        " ".join(["mask", *starts, *given]), x=sequences, mask=ended, **weights, **given,
        **{start: states + 1 for start in starts})
    row(f"{name}_forward, tokens", lambda x, forward=forward, weights=weights: list(forward(x, **weights)[:-1]),
        x=np.array([[0, 3, 1], [2, 2, 0]]))
    before = {start[0]: states + 1 for start in starts}
    row(f"{name}_step_forward", lambda step=step, **given: list(step(**given)[:-1]), seen,
        " ".join([*before, *given]), x=sequences[:, 0], **weights, **given, **before)
    *_, kept = forward(sequences, **weights)
    last = {f"d{start[0]}_last": states for start in starts}
    row(f"{name}_backward", lambda kept=kept, backward=backward, **given: list(backward(cache=kept, **given)),
        " ".join(["dh", *last]), " ".join(last), dh=rng.normal(size=(2, 3, 5)), **last)
    *_, kept = step(sequences[:, 0], **before, **weights)
    after = {f"d{start[0]}": states for start in starts}
    row(f"{name}_step_backward", lambda kept=kept, backward=step_backward, **given: list(backward(cache=kept, **given)),
        " ".join(after), **after)
tokens = np.array([[0, 3, 1], [2, 2, 0]])
row("embedding_forward", lambda tokens, E: ops.embedding_forward(tokens, E)[0], "~E", tokens=tokens, E=Z)
row("embedding_backward", lambda dout: ops.embedding_backward(dout, ops.embedding_forward(tokens, Z)[1]), "dout",
    dout=rng.normal(size=(2, 3, 5)))
row("temperature_softmax", ops.temperature_softmax, scores=scores, T=0.7)
row("sample", ops.sample, scores=scores, rng=3, temperature=0.7, top_k=2)
row("greedy", ops.greedy, scores=scores)
row("beam_search", lambda start, length, width: ops.beam_search(
    lambda token, state: (np.log(shares[token % N]), state), None, start, length, width), start=2, length=3, width=2)
row("bits_per_character", ops.bits_per_character, "nats", nats=y)
row("perplexity", ops.perplexity, "nats", nats=y)
row("ngram_nats", ops.ngram_nats, train=labels, test=labels[:4].copy(), n=2)
row("encode", lambda index: ops.encode("abba", index), index={"a": 0, "b": 1})
row("decode", lambda tokens: [ord(character) for character in ops.decode(tokens, "abcd")], tokens=labels)
row("windows", ops.windows, "x tokens", tokens=y, length=2, stride=2)
row("chunks", ops.chunks, "tokens", tokens=y, batch=2, length=2)
row("sequence_cross_entropy", ops.sequence_cross_entropy, "scores", scores=sequences, y=tokens, mask=ended)

row("rmse", ops.rmse, "prediction", prediction=y + 1, target=y)
row("r2_score", ops.r2_score, "prediction", prediction=y + 1, target=y)
row("confusion_matrix", ops.confusion_matrix, y_hat=labels, y=labels[::-1].copy(), C=C)
row("classification_report", ops.classification_report, y_hat=labels, y=labels[::-1].copy(), C=C)
row("report_from_confusion", ops.report_from_confusion, confusion=np.array([[3.0, 1.0], [2.0, 4.0]]))
row("majority_share", ops.majority_share, y=labels)
row("accuracy_interval", ops.accuracy_interval, share=0.8, n=50)

row("perceptron_predict", ops.perceptron_predict, X=X, w=w, b=b)
row("perceptron_update", ops.perceptron_update, x=X[0], y=1, w=w, b=b, lr=0.5)
row("perceptron_fit", ops.perceptron_fit, X=X, y=yes_no, lr=0.5, epochs=2, w0=w, b0=b, order=order)
row("signed_distance", ops.signed_distance, X=X, w=w, b=b)
row("mistake_bound", ops.mistake_bound, X=X, y=two_sides, w=np.array([1.0, 0, 0]), b=0.0)

row("normal_equation", ops.normal_equation, X=X, y=y)
row("mse_gradient", ops.mse_gradient, "theta", X=X, y=y, theta=w)
row("mse_hessian", ops.mse_hessian, X=X)
row("step_limits", ops.step_limits, H=S)
row("polynomial", ops.polynomial, "x", x=y, degree=3)
row("ridge", ops.ridge, X=X, y=y, alpha=0.1)
row("soft_threshold", ops.soft_threshold, "z", z=X, t=0.3)
row("ridge_path", ops.ridge_path, X=X, y=y, alphas=np.array([1.0, 0.1]))
row("elastic_net_path", ops.elastic_net_path, X=X, y=y, alphas=np.array([1.0, 0.1]), r=0.5, tol=1e-9, max_sweeps=100)
row("largest_penalty", ops.largest_penalty, X=X, y=y, r=0.5)
row("logistic_gradient", ops.logistic_gradient, "w b", "b", X=X, y=yes_no, w=w, b=b)
row("logistic_curve", ops.logistic_curve, "x", x=X, L=2.0, k=-1.0, x0=0.2)

def fitted(make):
    """A call that fits a model to X and y, and gives what it found and what it predicts."""
    def call(X, y=None, **parameters):
        model = make(**parameters).fit(X, *([] if y is None else [y]))
        found = [value for name, value in sorted(vars(model).items()) if name.endswith("_")]
        return found, (model.predict if hasattr(model, "predict") else model.transform)(X)

    return call


row("LinearRegression", fitted(models.LinearRegression), X=X, y=y, method="svd")
row("Ridge", fitted(models.Ridge), X=X, y=y, alpha=0.1)
row("ElasticNet", fitted(models.ElasticNet), X=X, y=y, alpha=0.1, r=0.5, tol=1e-9, max_sweeps=100)
row("Lasso", fitted(models.Lasso), X=X, y=y, alpha=0.1, tol=1e-9, max_sweeps=100)
row("GradientDescentRegressor", fitted(models.GradientDescentRegressor), "", "lr batch_size theta0", X=X, y=y, lr=0.01,
    epochs=5, batch_size=2, theta0=np.zeros(D + 1))
row("LogisticRegression", fitted(models.LogisticRegression), "*y", X=X, y=yes_no, alpha=0.1, tol=1e-9, max_iter=20)
row("SoftmaxRegression", fitted(models.SoftmaxRegression), "*y", X=X, y=labels, alpha=0.1, tol=1e-9, max_iter=20)
row("PCA", fitted(models.PCA), "", "n_components", X=X, n_components=2)
row("k_fold", models.k_fold, n=10, k=3)
row("cross_validate", lambda X, y, k: models.cross_validate(models.Ridge(0.1), X, y, k), X=X, y=y, k=3)
row("grid_search", lambda X, y, k: models.grid_search(models.Ridge(0.1), {"alpha": [0.1, 1.0]}, X, y, k), X=X, y=y, k=3)
row("random_search", lambda tries, X, y, k: models.random_search(
    models.Ridge(0.1), lambda rng: {"alpha": rng.random()}, tries, X, y, k), tries=2, X=X, y=y, k=3)
row("learning_curve", lambda X, y, X_val, y_val, sizes: models.learning_curve(
    models.Ridge(0.1), X, y, X_val, y_val, sizes), X=X, y=y, X_val=X + 1, y_val=y + 1, sizes=np.array([2, 4]))
row("bias_variance", lambda X, truth, repeats: models.bias_variance(
    models.Ridge(0.1), lambda rng: (rng.normal(size=(6, D)), rng.normal(size=6)), X, truth, repeats),
    X=X, truth=y, repeats=3)

row("numerical_gradient", lambda x, h: gradcheck.numerical_gradient(lambda x: np.sum(x**3), x, h), "!x", x=X, h=1e-5)
row("numerical_jacobian", lambda x, h: gradcheck.numerical_jacobian(lambda x: x**2, x, h), "!x", x=w, h=1e-5)
row("numerical_hessian", lambda x, h: gradcheck.numerical_hessian(lambda x: np.sum(x**3), x, h), "!x", x=w, h=1e-4)
row("check_gradient", lambda x, grad, h: gradcheck.check_gradient(lambda x: np.sum(x**3), grad, x, h).numeric,
    "!x !grad", x=X, grad=3 * X**2, h=1e-5)
row("step_errors", lambda grad, x, hs: gradcheck.step_errors(lambda x: np.sum(x**3), grad, x, hs), "~grad !x",
    grad=3 * X**2, x=X, hs=np.array([1e-4, 1e-6]))


def value(data):
    x = autodiff.Value(data)
    y = (2 * x + 1).tanh() * x**2
    y.backward()
    return y.data, x.grad


row("Value", value, "data", data=0.5)

for name in ("moons", "xor_clouds", "noisy_line", "noisy_parabola"):
    row(name, getattr(datasets, name), n=12, noise=0.2, rng=3)
row("circles", datasets.circles, n=12, noise=0.2, rng=3, factor=0.5)
row("blobs", datasets.blobs, n=12, centers=np.eye(2), spread=0.5, rng=3)
row("spiral", datasets.spiral, n=12, classes=3, noise=0.2, rng=3)
row("overlapping_dots", datasets.overlapping_dots, rng=3)
row("separable_clouds", datasets.separable_clouds, n=12, gap=0.5, rng=3)
row("shapes", datasets.shapes, n=4, rng=3, classes=2, size=8)
row("seasonal_series", datasets.seasonal_series, n=12, trend=0.1, amplitude=2.0, period=4, noise=0.2, rng=3)
row("delayed_copy", datasets.delayed_copy, n=3, length=6, delay=2, symbols=3, rng=3)
row("adding_problem", datasets.adding_problem, n=3, length=6, rng=3)
row("parity", datasets.parity, n=3, length=6, rng=3)
row("brackets", datasets.brackets, n=3, length=6, depth=2, rng=3)
row("gate", datasets.gate, name="XOR")
row("digits28", datasets.digits28, n_train=5)
row("fashion", datasets.fashion, n_train=5)
row("RStream", lambda seed, n, k: [datasets.RStream(seed).uniform(n), datasets.RStream(seed).normal(n),
                                   datasets.RStream(seed).sample(n, k)], seed=3, n=5, k=2)
row("published_spiral", datasets.published_spiral, repaired=True)
row("published_start", lambda scale, inputs: datasets.published_start(scale, (inputs, 3, 1)), scale=0.1, inputs=2)
row("augment", datasets.augment, images=pixels, rng=3, shift=0.1, rotation=20.0, shear=0.2, zoom=0.2, flip=True)
row("standardize", lambda train, other: datasets.standardize(train, other), "other", train=X, other=X + 1)
row("min_max_scale", lambda train, other: datasets.min_max_scale(train, other), "other", train=X, other=X + 1)
row("train_test_split", datasets.train_test_split, "*X *y", X=X, y=y, test=2, rng=3)

# layers and losses: forward, then backward
LAYERS = {"Identity": "~", "ReLU": "~", "Sigmoid": "", "Tanh": "", "SELU": "", "GELU": "", "Softmax": ""}


def through(make, **constants):
    """A call that goes forward through a layer and back."""
    def call(x, dout, **given):
        layer = make(**given, **constants)
        out, dx = layer(x), layer.backward(dout)
        return dx, [parameter.grad for parameter in layer.parameters()], out.tolist()

    return call


def linear(in_features, out_features):
    """A layer that starts alike each time."""
    return nn.Linear(in_features, out_features, rng=np.random.default_rng(0))


for name, mark in LAYERS.items():
    row(name, through(getattr(nn, name)), f"x {mark}dout", x=Z, dout=Z + 1)
row("Flatten", through(nn.Flatten), "x dout", x=Z.astype(np.float32), dout=Z)
for name in ("LeakyReLU", "ELU"):
    row(name, through(getattr(nn, name)), "x dout", x=Z, dout=Z + 1, a=0.2)
row("Linear", through(linear), "x dout", x=X, dout=X[:, :2], in_features=3, out_features=2)
row("Sequential", lambda x, dout: through(lambda: nn.Sequential(linear(3, 4), nn.Tanh(), linear(4, 2)))(x, dout),
    "x dout", x=X, dout=X[:, :2])

def through_time(make, **constants):
    """A call that goes forward through a recurrent layer or a cell and back."""
    def call(x, dout, state, **given):
        layer = make(**given, **constants, rng=np.random.default_rng(0))
        sizes = {"mask": given.pop("mask")} if "mask" in given else {}
        out = layer(x, state, **sizes)
        found = layer.backward(dout)
        return [*found] if isinstance(found, tuple) else found, [p.grad for p in layer.parameters()], [*out]

    return call


for name in ("RNN", "GRU"):
    row(name, through_time(getattr(nn, name)), "x dout state", "state", x=sequences, dout=sequences[:, :, :3],
        state=rng.normal(size=(4, 2, 3)), input_size=4, hidden_size=3, num_layers=4)
row("LSTM", through_time(nn.LSTM, bidirectional=True), "x dout", "state", x=sequences,
    dout=rng.normal(size=(2, 3, 6)), state=[rng.normal(size=(2, 2, 3)) for _ in range(2)], input_size=4, hidden_size=3)
for name in ("RNNCell", "GRUCell"):
    row(name, through_time(getattr(nn, name)), "x dout state", "state", x=sequences[:, 0], dout=states[:, :3],
        state=states[:, 2:], input_size=4, hidden_size=3)
row("LSTMCell", lambda x, h, c, dh, dc, input_size, hidden_size: through_time(nn.LSTMCell)(
    x, (dh, dc), (h, c), input_size=input_size, hidden_size=hidden_size), "x h c dh dc", x=sequences[:, 0],
    h=states[:, :3], c=states[:, 2:], dh=states[:, 1:4], dc=states[:, 2:], input_size=4, hidden_size=3)


def embedding(tokens, dout, num_embeddings, embedding_dim):
    layer = nn.Embedding(num_embeddings, embedding_dim, rng=np.random.default_rng(0))
    out = layer(tokens)
    layer.backward(dout)
    return out, layer.weight.grad


row("Embedding", embedding, "dout", tokens=tokens, dout=sequences, num_embeddings=5, embedding_dim=4)
row("BatchNorm1d", through(nn.BatchNorm1d), "x dout", x=X, dout=X + 1, num_features=3, eps=0.01, momentum=0.2,
    affine=True)
row("BatchNorm2d", through(nn.BatchNorm2d), "x dout", x=pixels, dout=pixels + 1, num_features=4, eps=0.01,
    momentum=0.2)
row("LayerNorm", through(nn.LayerNorm), "x dout", x=X, dout=X + 1, normalized_shape=3, eps=0.01,
    elementwise_affine=True)
row("GroupNorm", through(nn.GroupNorm), "x dout", x=pixels, dout=pixels + 1, num_groups=2, num_channels=4, eps=0.01,
    affine=True)
row("InstanceNorm2d", through(nn.InstanceNorm2d), "x dout", x=pixels, dout=pixels + 1, num_features=4, eps=0.01,
    affine=True)
row("Dropout", lambda x, dout, p: through(nn.Dropout, rng=np.random.default_rng(0))(x, dout, p=p), "~x ~dout", x=Z,
    dout=Z + 1, p=0.4)


def unsure(X, n, rng):
    net = nn.Sequential(linear(3, 4), nn.Dropout(0.4), linear(4, 2))
    return nn.monte_carlo(net, X, n, rng)


row("monte_carlo", unsure, "~X", X=X, n=3, rng=2)
row("monte_carlo, net", lambda net: nn.monte_carlo(net, X, 2), net=nn.Sequential(nn.Dropout(0.4)))
row("EarlyStopping", lambda patience, restore: nn.EarlyStopping(patience, restore).patience, patience=3, restore=True)
row("Parameter", lambda data: nn.Parameter(data).data, "data", data=X)
row("Buffer", lambda data: nn.Buffer(data).data, "data", data=X)


def judged_by(make):
    """A call of a loss as an object, and its gradient."""
    def call(prediction, target):
        loss = make()
        return loss(prediction, target), loss.backward()

    return call


for name in ("MSELoss", "L1Loss"):
    row(name, judged_by(getattr(nn, name)), "prediction", prediction=X + 1, target=X)
for name in ("BCELoss", "KLDivLoss", "HellingerLoss"):
    row(name, judged_by(getattr(nn, name)), "prediction", prediction=shares, target=others)
row("BCEWithLogitsLoss", judged_by(nn.BCEWithLogitsLoss), "prediction", prediction=scores, target=shares)
row("CrossEntropyLoss", judged_by(nn.CrossEntropyLoss), "prediction", prediction=scores, target=labels)
row("CrossEntropyLoss, smoothed", lambda prediction, target, label_smoothing: judged_by(lambda: nn.CrossEntropyLoss(
    label_smoothing=label_smoothing))(prediction, target), "prediction", prediction=scores, target=labels,
    label_smoothing=0.1)


def net_fit(X, y, X_val, y_val, epochs, batch_size, clip_norm, l1, gradient_noise):
    net = nn.Sequential(linear(3, 4), nn.Tanh(), linear(4, 4))
    optimizer = optim.SGD(net.parameters(), 0.1)
    return nn.fit(net, nn.CrossEntropyLoss(), optimizer, X, y, epochs, batch_size, 0, X_val, y_val, clip_norm=clip_norm,
                  l1=l1, gradient_noise=gradient_noise)


row("fit", net_fit, "", "batch_size clip_norm", X=X, y=labels, X_val=X + 1, y_val=labels, epochs=2, batch_size=4,
    clip_norm=1.0, l1=0.01, gradient_noise=0.01)

row("neuron", ops.neuron, "x w b", "b", x=X, w=w, b=0.3, activation="tanh")
row("add_bias_column", ops.add_bias_column, "X", X=X)
row("affine_forward", lambda x, W, b: ops.affine_forward(x, W, b)[0], "x W b", "b", x=X, W=W1, b=b1)
row("affine_backward", lambda dout, x, W: ops.affine_backward(dout, (x, W)), "dout x W", dout=X @ W1, x=X, W=W1)
row("mlp_forward", lambda X, W1, b1, W2, b2, hidden, output: ops.mlp_forward(
    X, [(W1, b1), (W2, b2)], hidden, output)[0], "X W1 b1 W2 b2", "b1 b2", X=X, W1=W1, b1=b1, W2=W2, b2=b2,
    hidden="tanh", output="softmax")
cache = ops.mlp_forward(X, [(W1, b1), (W2, b2)])[1]
row("mlp_backward", lambda dout: ops.mlp_backward(dout, cache, with_dX=True), "dout", dout=scores)
row("count_parameters", ops.count_parameters, sizes=np.array([3, 5, 2]), bias=True)
row("error_split", ops.error_split, weights=np.abs(w), error=2.0)
row("grid", lambda low, high, n: ops.grid((low, high), (0, 1), n), low=-1.0, high=2.0, n=4)
for name, rule in ops.RULES.items():
    rule_step, kept = getattr(ops, name), {slot: W1**2 / (1 + W1**2) for slot in rule.slots}
    counted = {"t": 3} if "t" in inspect.signature(rule_step).parameters else {}
    shown = ["~" * (slot in ("g_old", "u", "v_max")) + slot for slot in kept]  # of these a sign or the greater counts
    row(name, rule_step, " ".join(("w", "dw", *shown)), w=W1, dw=W1 + 1, **kept, **counted, lr=0.1, **rule.defaults)


def one_step(make):
    """A step of an optimizer with the gradient 1."""
    def call(W, **settings):
        parameter = nn.Parameter(ops.identity(W))
        parameter.grad += 1.0
        make([parameter], **settings).step()
        return parameter.data

    return call


DECAY, BETAS = {"lr": 0.1, "weight_decay": 0.01}, {"betas": (0.8, 0.9), "eps": 1e-4}
for name, given in {
    "SGD": {**DECAY, "momentum": 0.5, "nesterov": True}, "Adagrad": {**DECAY, "eps": 1e-4},
    "Adadelta": {**DECAY, "rho": 0.8, "eps": 1e-4}, "RMSprop": {**DECAY, "alpha": 0.8, "eps": 1e-4},
    "Rprop": {"lr": 0.1, "etas": (0.4, 1.3), "step_sizes": (1e-3, 10.0)}, "Adam": {**DECAY, **BETAS, "amsgrad": True},
    "AdamW": {**DECAY, **BETAS}, "Adamax": {**DECAY, **BETAS}, "NAdam": {**DECAY, **BETAS, "momentum_decay": 0.01},
}.items():
    row(name, one_step(getattr(optim, name)), "*W", W=W1, **given)
for initializer in ops.INITIALIZERS.values():
    row(initializer.__name__, lambda fan_in, fan_out, call=initializer, **rest: call(
        np.random.default_rng(0), fan_in, fan_out, **rest), fan_in=3, fan_out=4,
        **{"constant": {"value": 0.5}, "small_normal": {"sd": 0.1}, "uniform": {"low": -0.5, "high": 0.5}}.get(
            initializer.__name__, {}))


def plateau(optimizer, losses, **settings):
    """The rate after some losses."""
    reduce = optim.ReduceLROnPlateau(optimizer, **settings)
    for loss in losses:
        reduce.step(loss)
    return optimizer.lr


row("ReduceLROnPlateau", lambda val_loss, **settings: plateau(optim.SGD([nn.Parameter(W1)], 0.1), (1.0, val_loss, 3.0),
                                                              **settings),
    "~val_loss", val_loss=2.0, factor=0.5, patience=2, min_lr=0.01)
row("ReduceLROnPlateau, optimizer", lambda optimizer: plateau(optimizer, (1.0, 2.0)),
    optimizer=optim.SGD([nn.Parameter(W1)], 0.1))
row("draw_weights", lambda fan_in, fan_out, init: nn.draw_weights(np.random.default_rng(0), fan_in, fan_out, init),
    fan_in=3, fan_out=4, init=0.5)
row("init_params", lambda inputs, n, rng, init: dense.init_params((inputs, 4, 2), rng, init, n), "", "n", inputs=3, n=2,
    rng=0, init=0.5)
row("pack", lambda W1, b1, W2, b2: dense.pack([(W1, b1), (W2, b2)]), "W1 b1 W2 b2", "b1 b2", W1=W1, b1=b1, W2=W2, b2=b2)
flat = dense.pack([(W1, b1), (W2, b2)])
row("unpack", lambda params, sizes: dense.unpack(params, sizes), "params", params=flat, sizes=np.array([3, 5, 4]))
LABELLED = {"loss": "cross_entropy", "hidden": "relu", "epochs": 2, "batch_size": 4}
row("train", lambda X, y, params, lr, momentum, weight_decay, **rest: dense.train(
    (3, 5, 4), X, y, params=params, lr=lr, momentum=momentum, weight_decay=weight_decay, **rest),
    "params", "params batch_size epochs", X=X, y=labels, params=flat, lr=0.1, momentum=0.5,
    weight_decay=0.01, **LABELLED)
row("train, half_sse", lambda X, y, order, output, snapshots: dense.train(
    (3, 5, 4), X, y, loss="half_sse", output=output, order=order, snapshots=snapshots),
    "", "order output", X=X, y=scores, order=order, output="tanh", snapshots=2)
row("train, extras", lambda dropout, noise, l1, clip_norm, gradient_noise, max_norm, label_smoothing, rate:
    dense.train((3, 5, 4), X, labels, params=flat, **LABELLED, dropout=dropout, noise=noise, l1=l1,
                clip_norm=clip_norm, gradient_noise=gradient_noise, max_norm=max_norm,
                label_smoothing=label_smoothing, schedule=lambda epoch: rate),
    "+clip_norm +max_norm", "clip_norm max_norm", dropout=0.5, noise=0.1, l1=0.01, clip_norm=1.0, gradient_noise=0.1,
    max_norm=2.0, label_smoothing=0.1, rate=0.1)
row("sweep", lambda X, y, params, lrs, momentum: dense.sweep(
    (3, 5, 4), X, y, params, lrs, momentum=momentum, epochs=2),
    "params", "params", X=X, y=scores, params=np.stack([flat, flat + 1]),
    lrs=np.array([0.1, 0.2]), momentum=np.array([0.5, 0.9]))


def stepped(X, y, lr, momentum, batch_size, hidden, loss):
    stepper = dense.Stepper((3, 5, 4), batch_size, hidden, loss, lr, dtype=float, momentum=momentum)
    return stepper.step(X, y), stepper.params, stepper.predict(X)


row("Stepper", stepped, "X", X=X, y=labels, lr=0.1, momentum=0.5, batch_size=8, hidden="relu", loss="cross_entropy")
row("mlp_surface", lambda W1, b1, W2, b2, low, n, hidden, output: dense.mlp_surface(
    [(W1, b1), (W2, b2)], (low, 3), (0, 1), n, hidden, output), "W1 b1 W2 b2", "b1 b2", W1=W1[:2], b1=b1, W2=W2, b2=b2,
    low=-1.0, n=3, hidden="tanh", output="softmax")
row("loss_surface", lambda X, y, W1, b1, W2, b2, first, second, n, hidden, loss: dense.loss_surface(
    [(W1, b1), (W2, b2)], X, y, first, second, (-1, 1), (0, 2), n, hidden, loss=loss),
    "W1 b1 W2 b2 first second", "b1 b2", X=X, y=scores, W1=W1, b1=b1, W2=W2, b2=b2, first=flat, second=flat + 1, n=3,
    hidden="tanh", loss="mse")
for call in (dense.gradient, dense.sharpness):
    row(call.__name__, lambda W1, b1, W2, b2, X, y, hidden, loss, call=call: call(
        [(W1, b1), (W2, b2)], X, y, hidden, loss=loss), "W1 b1 W2 b2", W1=W1, b1=b1, W2=W2, b2=b2, X=X, y=scores,
        hidden="tanh", loss="mse")

# the layers of chapter 8, and the language of networks


def weighted(kind):
    """A layer with weights that start alike each time."""
    def made(**given):
        return getattr(nn, kind)(**given, rng=np.random.default_rng(0))

    return made


maps = np.random.default_rng(8).normal(size=(2, 4, 3, 5))
row("Conv1d", through(weighted("Conv1d")), "x dout", x=maps[:, :, 0], dout=np.ones((2, 2, 5)), in_channels=4,
    out_channels=2, kernel_size=3, stride=1, padding=1, dilation=1, groups=2, bias=True, padding_mode="zeros", init=0.5)
row("Conv2d", through(weighted("Conv2d")), "x dout", x=maps, dout=np.ones((2, 2, 3, 5)), in_channels=4,
    out_channels=2, kernel_size=3, stride=1, padding=1, dilation=1, groups=2, bias=True, padding_mode="reflect",
    init=0.5)
row("Conv3d", through(weighted("Conv3d")), "x dout", x=maps[:, :1, :, :, None], dout=np.ones((2, 2, 3, 5, 1)),
    in_channels=1, out_channels=2, kernel_size=3, stride=1, padding=1, dilation=1, bias=True, init=0.5)
row("ConvTranspose2d", through(weighted("ConvTranspose2d")), "x dout", x=maps, dout=np.ones((2, 2, 5, 9)),
    in_channels=4, out_channels=2, kernel_size=3, stride=2, padding=1, bias=True, init=0.5)
row("Conv2d, padding by name", through(weighted("Conv2d"), in_channels=4, out_channels=2, kernel_size=3), "x dout",
    x=maps, dout=np.ones((2, 2, 3, 5)), padding="same")
# whole numbers in float32: their means are exact in both kinds, and the gradient has the kind of dout
coarse = np.round(4 * np.random.default_rng(8).normal(size=(2, 4, 4, 4))).astype(np.float32)
for name in ("MaxPool2d", "AvgPool2d", "L2Pool2d"):
    row(name, through(getattr(nn, name)), "x dout", "stride", x=maps if name == "L2Pool2d" else coarse,
        dout=np.ones((2, 4, 2, 3) if name == "L2Pool2d" else (2, 4, 3, 3)), kernel_size=2, stride=2, padding=1)
for name in ("AdaptiveAvgPool2d", "AdaptiveMaxPool2d"):
    row(name, through(getattr(nn, name)), "x dout", x=coarse, dout=np.ones((2, 4, 2, 2)), output_size=2)
row("GlobalAvgPool", through(nn.GlobalAvgPool), "x dout", x=coarse, dout=np.ones((2, 4)))
row("Upsample", through(nn.Upsample), "x dout", x=coarse, dout=np.ones((2, 4, 8, 8)), scale_factor=2)
row("LocalResponseNorm", through(nn.LocalResponseNorm), "x dout", x=maps, dout=maps + 1, size=3, alpha=0.1,
    beta=0.75, k=2.0)
row("Residual", through(nn.Residual), "x dout", "skip", x=maps, dout=maps + 1, body=nn.Tanh(), skip=nn.Identity())
row("Concat", lambda x, dout, branch: through(lambda: nn.Concat(branch, nn.Identity()))(x, dout), "x dout", x=maps,
    dout=np.ones((2, 8, 3, 5)), branch=nn.Tanh())
row("DenseBlock", lambda x, dout, layer: through(lambda: nn.DenseBlock(layer, nn.Identity()))(x, dout), "x dout",
    x=maps, dout=np.ones((2, 16, 3, 5)), layer=nn.Tanh())

SMALL = (arch.Conv(4, 3, pad=1), arch.ReLU(), arch.MaxPool(2), arch.Flatten(), arch.Dense(3))
for name, given in {"Conv": {"out": 4, "size": 3, "stride": 1, "pad": 1, "groups": 1, "bias": True},
                    "MaxPool": {"size": 3, "stride": 2, "pad": 1}, "AvgPool": {"size": 3, "stride": 2, "pad": 1},
                    "LRN": {"size": 3, "alpha": 0.1, "beta": 0.75, "k": 2.0}, "Dropout": {"p": 0.4},
                    "DenseStack": {"layers": 2, "growth": 3}}.items():
    row(f"architectures.{name}", lambda name=name, **given: arch.count([getattr(arch, name)(**given)], (4, 8, 8)),
        "", "stride" * ("Pool" in name), **given)
row("architectures.Dense", lambda out, bias: arch.count([arch.Dense(out, bias)], 8), out=4, bias=True)
row("architectures.Residual", lambda body, skip: arch.count([arch.Residual(body, skip)], (4, 8, 8)),
    body=(arch.Conv(6, 1),), skip=(arch.Conv(6, 3, pad=1),))
row("architectures.Branches", lambda branch: arch.count([arch.Branches(branch, ())], (4, 8, 8)), branch=(arch.ReLU(),))
for name in ("summary", "count"):
    row(f"architectures.{name}", lambda layers, channels, side, name=name: getattr(arch, name)(
        layers, (channels, side, side)), layers=SMALL, channels=4, side=8)
row("architectures.scaled", lambda layers, width: arch.count(arch.scaled(layers, width), (4, 8, 8)),
    layers=SMALL, width=0.5)
row("architectures.build", lambda layers, channels: arch.build(layers, (channels, 8, 8), 0.5, np.random.default_rng(0))(
    np.ones((1, 4, 8, 8))), layers=SMALL, channels=4)

# structures, objects and functions

layers = [(W1, b1), (W2, b2)]
row("mlp_forward, layers", lambda params: ops.mlp_forward(X, params)[0], params=layers)
row("mlp_backward, cache", lambda cache: ops.mlp_backward(scores, cache), cache=cache)
PICTURES, FILTERS = rng.uniform(size=(N, 4, 5)), (arch.Conv(5, 3), arch.ReLU(), arch.Flatten(), arch.Dense(5))
row("convnet.train", lambda X, y, X_val, y_val, batch, lr, weight_decay, momentum, **rest: convnet.train(
    X, y, FILTERS, epochs=2, batch=batch, rule="momentum", lr=lr, weight_decay=weight_decay, momentum=momentum,
    X_val=X_val, y_val=y_val, dtype=float, **rest).flat, X=PICTURES, y=labels, X_val=PICTURES[:2], y_val=labels[:2],
    batch=4, lr=0.1, weight_decay=0.1, momentum=0.5, seed=3, shift=1, threads=1)
row("convnet.train, words", lambda epochs, rule, schedule, after: convnet.train(
    PICTURES, labels, FILTERS, epochs=epochs, rule=rule, schedule=schedule, after=after, dtype=float).flat, "",
    "schedule after", epochs=1, rule="adam", schedule=lambda epoch: 0.1,
    after=convnet.train(PICTURES, labels, FILTERS, epochs=1, dtype=float))
convolved = convnet.train(PICTURES, labels, FILTERS, epochs=1, dtype=float)
for name in ("scores", "predict"):
    row(f"Run.{name}", getattr(convolved, name), "X", X=PICTURES)
row("Run.maps", lambda X: convolved.maps(X)[-1], "X", X=PICTURES)
row("Run.evaluate", lambda X, y: np.array(convolved.evaluate(X, y)), "X", X=PICTURES, y=labels)
row("Run.edited", lambda w: convolved.edited({"0.bias": w}).flat, "w", w=np.arange(5) / 10)
row("pack, layers", dense.pack, layers=layers)
row("train, after", lambda after: dense.train((3, 4), X, scores, epochs=2, after=after), "", "after",
    after=dense.train((3, 4), X, scores, epochs=2))
row("sweep, layers", lambda params: dense.sweep((3, 5, 4), X, scores, params, epochs=2), "", "params", params=layers)
row("mlp_surface, layers", lambda params: dense.mlp_surface(params, (0, 1), (0, 1), 3), params=[(W1[:2], b1), (W2, b2)])
row("loss_surface, layers", lambda params, first: dense.loss_surface(params, X, scores, first, 1, (0, 1), (0, 1), 3),
    params=layers, first=layers)
row("train, yes or no", lambda bias, shuffle, record_gradients: dense.train(
    (3, 2, 4), X, scores, epochs=2, bias=bias, shuffle=shuffle, record_gradients=record_gradients),
    bias=True, shuffle=False, record_gradients=True)
row("cross_validate, model", lambda model: models.cross_validate(model, X, y, 3), model=models.Ridge(0.1))
row("learning_curve, model", lambda model: models.learning_curve(model, X, y, X, y, [3, 6]), model=models.Ridge(0.1))
row("bias_variance, model and draw", lambda model, draw: models.bias_variance(model, draw, X, y, 2),
    model=models.Ridge(0.1), draw=lambda rng: (X, y))
row("grid_search, model and grid", lambda model, grid: models.grid_search(model, grid, X, y, 3),
    model=models.Ridge(0.1), grid={"alpha": [0.1, 1.0]})
row("random_search, model and draw", lambda model, draw: models.random_search(model, draw, 2, X, y, 3),
    model=models.Ridge(0.1), draw=lambda rng: {"alpha": rng.random()})
row("gradient_descent, grad", lambda grad: ops.gradient_descent(grad, w, 0.1, 2), grad=lambda w: 2 * w)
row("descend, grad", lambda grad: ops.descend(grad, w, 0.1, 2), grad=lambda w: 2 * w)
row("newton, grad and hess", lambda grad, hess: ops.newton(grad, hess, w), grad=lambda w: 2 * w,
    hess=lambda w: 2 * np.eye(D))
row("lbfgs, f and grad", lambda f, grad: ops.lbfgs(f, grad, w), f=lambda w: np.sum(w**2), grad=lambda w: 2 * w)
row("stochastic_descent, lr", lambda lr: ops.stochastic_descent(X, y, w, lr, order, 2), lr=lambda t: 0.1 / (t + 1))
for name, f in {"gradient": np.sum, "jacobian": np.cumsum, "hessian": np.sum}.items():
    row(f"numerical_{name}, f", lambda f, name=name: getattr(gradcheck, f"numerical_{name}")(f, w.copy()), f=f)
row("check_gradient, f", lambda f: gradcheck.check_gradient(f, w, w.copy()), f=lambda w: np.sum(w**2) / 2)
row("step_errors, f", lambda f: gradcheck.step_errors(f, np.ones(3), w.copy(), [1e-5]), f=np.sum)

# ---- every other form of an argument -----------------------------------------------------------------------


def same_forms(value):
    """name -> the same array in another form; the result must be the same."""
    wide = np.zeros((*value.shape[:-1], 2 * value.shape[-1]), value.dtype)
    wide[..., ::2] = value
    return {
        "Fortran order": np.asfortranarray(value),
        "every other entry": wide[..., ::2],
        "list": value.tolist(),
        "big-endian": value.astype(value.dtype.newbyteorder(">")),
    }


def locked(value):
    """An array as a read-only copy; anything else as it is."""
    if isinstance(value, np.ndarray):
        value = value.copy()
        value.flags.writeable = False
    return value


def with_one(value, entry, dtype=None):
    changed = np.array(value, dtype)
    changed.flat[value.size // 2] = entry
    return changed


def broken_arrays(value):
    """name -> a wrong array, and whether an error is due."""
    whole = value.dtype.kind in "iu"
    yield "text", value.astype(str), True
    yield "complex", value + 1j, True
    yield "objects", np.full(value.shape, None), True
    yield "NaN", with_one(value, np.nan, float), None
    yield "inf", with_one(value, np.inf, float), None
    yield "-inf", with_one(value, -np.inf, float), None
    yield "empty", value[:0], False
    yield "nothing", [], False
    yield "one row", value[:1], False
    yield "a number", value.flat[0], False
    yield "one axis more", value[None], False
    yield "a column", value[..., None], False
    yield "no column", value[..., :0], False
    yield "zeros", np.zeros_like(value), False
    yield "huge", value * (10**6 if whole else 1e6), False
    yield "ragged", [[1.0, 2.0], [3.0]], True
    yield "float32", value.astype(np.float32), False
    if whole:
        yield "halves", value + 0.5, True
        yield "negative", value - 1, False
    else:
        yield "booleans", value > 0, False
        yield "whole numbers", np.rint(value).astype(int), False


def broken_numbers(value):
    yield "text", str(value), True
    yield "list", [value, value], True
    yield "complex", value + 1j, True
    yield "NaN", np.nan, None
    yield "inf", np.inf, None
    yield "-inf", -np.inf, None
    yield "negative", -abs(value) - 1, False
    yield "zero", 0, False
    yield "large", 1e6, False


def broken_counts(value):
    yield "text", str(value), True
    yield "decimal", float(value), True
    yield "half", value + 0.5, True
    yield "list", [value, value], True
    yield "True", True, True
    yield "NaN", np.nan, True
    yield "negative", -1, True
    yield "zero", 0, False


def broken_layers(value):
    """A list of pairs or of longer records, in the forms in which layers come from elsewhere."""
    yield "flat", [part for layer in value for part in layer], True
    yield "triples", [(*layer, None) for layer in value], True
    yield "None in the list", [None, *value[1:]], True
    yield "arrays only", [layer[0] for layer in value], True
    yield "numbers in the pairs", [(1.0, 2.0)], True
    yield "text in the pairs", [("W", "b")], True
    yield "a dict", dict(enumerate(value)), True
    yield "a network of nn", nn.Linear(3, 2), True
    yield "the pair (out, cache)", (scores, value), True
    yield "an array", X, True
    yield "no layer", [], True
    yield "text", "layers", True


def broken_objects(value):
    yield "its class", type(value), True
    yield "another object", object(), True
    yield "text", "Ridge", True
    yield "a number", 3.0, True


def broken_functions(value):
    yield "a class", dict, True
    yield "a number", np.array(3.0 + 1j), True
    yield "text", "f", True
    yield "the result of a call", value if isinstance(value, np.ndarray) else X, None
    for form, result in {"None": None, "text": "1", "objects": np.full(3, None), "one axis more": np.zeros((2, 2, 2)),
                         "a class": dict, "complex numbers": 1j}.items():
        yield f"returning {form}", lambda *_, result=result: result, True


def broken_grids(value):
    yield "a number for a list", dict.fromkeys(value, 1.0), True
    yield "text for a list", dict.fromkeys(value, "1"), True
    yield "another name", {"nothing like it": [1.0]}, True
    yield "a list", list(value.values()), True
    yield "an empty list", dict.fromkeys(value, ()), True


def broken(value):
    if isinstance(value, np.ndarray):
        yield from broken_arrays(value)
    elif isinstance(value, float):
        yield from broken_numbers(value)
    elif isinstance(value, str):
        yield from (("another name", "nothing like it", True), ("a function", np.tanh, True), ("a number", 3, True))
    elif isinstance(value, int) and not isinstance(value, bool):
        yield from broken_counts(value)
    elif isinstance(value, bool):
        yield from (("text", "no", True), ("a list", [True], True))
    elif isinstance(value, list):
        yield from broken_layers(value)
    elif isinstance(value, dict):
        yield from broken_grids(value)
    elif callable(value):
        yield from broken_functions(value)
    else:
        yield from broken_objects(value)
    yield "None", None, True


def numbers(result):
    """All numbers in a result as one flat array."""
    if isinstance(result, dict):
        result = list(result.values())
    if is_dataclass(result):
        result = [getattr(result, field.name) for field in fields(result)]
    if isinstance(result, list | tuple):
        return np.concatenate([np.zeros(0), *(numbers(part) for part in result)])
    if isinstance(result, np.ndarray | np.generic | float | int):
        return np.asarray(result).real.ravel().astype(float)
    return np.zeros(0)


def kinds(result):
    """The kinds of all decimal arrays in a result, in order."""
    if isinstance(result, list | tuple):
        return [kind for part in result for kind in kinds(part)]
    return [result.dtype] if isinstance(result, np.ndarray) and result.dtype.kind == "f" else []


class Outcome(NamedTuple):
    numbers: np.ndarray | None
    kinds: list
    error: Exception | None
    changed: bool


def run(call, given, quiet=False):
    before = {name: value.copy() if isinstance(value, np.ndarray) else value for name, value in given.items()}
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore" if quiet else "error")  # of infinity NumPy itself may warn
            result = call(**given)
        found, kind, error = numbers(result), kinds(result), None
    except Exception as raised:
        found, kind, error = None, [], raised
    changed = any(not np.array_equal(value, given[name], equal_nan=value.dtype.kind in "fc")
                  for name, value in before.items() if isinstance(value, np.ndarray))
    return Outcome(found, kind, error, changed)


def raw(error):
    """Why this is no message of the course, or nothing."""
    last = error.__traceback__
    while last.tb_next:
        last = last.tb_next
    place = last.tb_frame.f_code.co_filename
    if not isinstance(error, ValueError | TypeError):
        return type(error).__name__
    if not place.startswith(LIBRARY) or not linecache.getline(place, last.tb_lineno).strip().startswith("raise"):
        return f"raised at {Path(place).name}:{last.tb_lineno}"
    return ""


def problems(name):
    call, given, marks, optional = ROWS[name]
    plain = run(call, given)
    if plain.error is not None:
        yield f"the valid call fails: {plain.error!r}"
        return
    # all arrays at once, since a kernel is compiled anew for each choice of read-only ones
    got = run(call, {argument: locked(value) for argument, value in given.items()})
    if got.error is not None and ("!" not in marks.values() or raw(got.error)):
        yield f"read-only: {got.error}"
    elif got.error is None and not np.allclose(got.numbers, plain.numbers, 1e-8, 1e-8):
        yield "read-only: another result"
    for argument, value in given.items():
        mark = marks.get(argument, "")
        passes = {"": set(), "~": {"NaN", "inf", "-inf"}, "+": {"inf", "-inf"}, "!": {"NaN", "inf", "-inf"},
                  "*": {"text", "complex", "objects", "NaN", "inf", "-inf"}}.get(mark, {"inf", "-inf"})

        def judged(form, other, due, argument=argument, mark=mark, passes=passes):
            got = run(call, given | {argument: other}, quiet=due is None and mark != "")
            said = f"{argument} as {form}: "
            if got.changed:
                yield said + "an argument is changed"
            if got.error is not None:
                if raw(got.error):
                    yield said + f"{raw(got.error)}: {got.error}"
                return
            wrong = np.isnan(got.numbers)
            if due is False:
                if wrong.any() and not np.isnan(plain.numbers).any():
                    yield said + "NaN out of nothing"
            elif form not in passes:
                if due is True or mark in ("", "+"):
                    yield said + f"accepted: {got.numbers[:4]}"
                elif not wrong.any():
                    yield said + "NaN disappears"

        if isinstance(value, np.ndarray):
            for form, other in same_forms(value).items():
                got = run(call, given | {argument: other})
                if got.error is not None and mark == "!" and not raw(got.error):
                    continue
                if got.error is not None or not np.allclose(got.numbers, plain.numbers, 1e-8, 1e-8):
                    yield f"{argument} as {form}: {got.error or 'another result'}"
                if got.changed:
                    yield f"{argument} as {form}: changed"
        if isinstance(value, np.ndarray) and value.dtype == np.float64:
            got = run(call, given | {argument: value.astype(np.float32)})
            others = [other for name, other in given.items() if name != argument and isinstance(other, np.ndarray)]
            if got.error is None and any(other.dtype == np.float64 for other in others) and (
                    got.kinds != plain.kinds and mark != "*"):
                yield f"{argument} as float32 among float64: the result is {got.kinds}, expected {plain.kinds}"
        for form, other, due in broken(value):
            if not (other is None and argument in optional):
                yield from judged(form, other, due)


def alone(given):
    """The arguments with the first sample only."""
    samples = next((len(value) for value in given.values() if isinstance(value, np.ndarray)), 0)
    return {name: value[:1].copy() if isinstance(value, np.ndarray) and len(value) == samples else value
            for name, value in given.items()}


@pytest.mark.parametrize("name", ROWS)
def test_every_form_of_every_argument(name):
    found = list(problems(name))
    assert not found, "\n".join(found)


@pytest.mark.parametrize("name", ROWS)
def test_one_sample(name):
    got = run(ROWS[name].call, alone(ROWS[name].given))
    assert got.error is None or not raw(got.error), got.error
    assert got.error is not None or not np.isnan(got.numbers).any()


def test_every_public_name_has_a_row():
    """Missing are only constants, what holds a result, pictures, and what takes no argument."""
    missing = set()
    for room in (ops, models, datasets, nn, optim, dense, convnet):
        for name in room.__all__:
            thing = getattr(room, name)
            result = inspect.isclass(thing) and (issubclass(thing, tuple | Exception) or is_dataclass(thing))
            if callable(thing) and not result and inspect.signature(thing).parameters and name not in ROWS:
                missing.add(name)
    for name, thing in vars(gradcheck).items():
        if inspect.isfunction(thing) and thing.__module__ == gradcheck.__name__ and not name.startswith("_"):
            missing |= {name} - set(ROWS)
    assert missing == {
        "equations",  # takes modules
        "downloaded", "save", "load",  # read and write files
        "vocabulary",  # takes any text
    }


def test_the_table_finds_what_it_looks_for():
    """Four functions as they should not be, each with what the table says about it."""
    def careless(x):
        x[0] = 0
        return x.sum()

    wrong = {
        "changes its argument": (careless, "is changed"),
        "lets NumPy speak": (lambda x: np.linalg.inv(x[:3]), "raised at"),
        "swallows NaN": (lambda x: np.nan_to_num(ops.relu(x)), "accepted"),
        "makes NaN": (lambda x: x.sum() if np.any(x) else np.nan, "NaN out of nothing"),
    }
    for name, (call, words) in wrong.items():
        row(name, call, x=np.abs(X))
        try:
            assert any(words in problem for problem in problems(name)), name
        finally:
            del ROWS[name]
