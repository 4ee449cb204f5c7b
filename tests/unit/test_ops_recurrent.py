"""Recurrent cells against their equations, step by step, and against finite differences: masks, starts, both batch
sizes, both conventions of the GRU.
"""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from course_lib import gradcheck, ops

DRAWN = settings(max_examples=12, deadline=None, derandomize=True)
#: One sample, the largest batch of the compiled sequence, the smallest of the one with products.
SIZES = [(1, 1, 1, 1), (1, 6, 3, 5), (4, 3, 2, 5), (5, 4, 3, 2), (7, 1, 4, 3)]
GATES = {"rnn": 1, "lstm": 4, "gru": 3}


def sigmoid(z):
    return 1 / (1 + np.exp(-z))


class Case:
    """Random arguments of one kind of cell, by name, and the call that takes them."""

    def __init__(self, kind, sizes, seed=0, masked=True, **options):
        N, T, D, H = self.sizes = sizes
        rng, gates = np.random.default_rng(seed), GATES[kind]
        self.kind, self.options = kind, options
        weights = ("Wx", "Wh", "b") if kind == "rnn" else ("W", "U", "b")
        shapes = (D, gates * H), (H, gates * H), (gates * H,)
        self.given = {"x": rng.normal(size=(N, T, D))} | {
            name: rng.normal(size=shape) for name, shape in zip(weights, shapes, strict=True)}
        self.given["h0"] = rng.normal(size=(N, H))
        if kind == "lstm":
            self.given["c0"] = rng.normal(size=(N, H))
        if options.pop("peephole", False):
            self.given["peephole"] = rng.normal(size=(3, H))
        if options.get("convention") == "pytorch":
            self.given["b_hidden"] = rng.normal(size=H)
        lengths = rng.integers(1, T + 1, N)
        self.mask = np.arange(T) < lengths[:, None] if masked else None
        self.dh, *self.last = rng.normal(size=(N, T, H)), *rng.normal(size=(1 + (kind == "lstm"), N, H))

    def forward(self):
        """h, the last cell or nothing, and the cache."""
        out = getattr(ops, f"{self.kind}_forward")(**self.given, mask=self.mask, **self.options)
        return out if self.kind == "lstm" else (out[0], None, out[1])

    def value(self, _=None):
        """A number whose slopes are dh for every state and `last` for the last state and cell."""
        h, c, _ = self.forward()
        total = np.sum(h * self.dh) + np.sum(h[:, -1] * self.last[0])
        return float(total + (np.sum(c * self.last[1]) if self.kind == "lstm" else 0))

    def backward(self):
        """Gradients by the name of the argument."""
        names = ["x", "h0", *(["c0"] if self.kind == "lstm" else []),
                 *(("Wx", "Wh", "b") if self.kind == "rnn" else ("W", "U", "b"))]
        names += [name for name in ("peephole", "b_hidden") if name in self.given]
        found = getattr(ops, f"{self.kind}_backward")(self.dh, self.forward()[2], *self.last)
        return dict(zip(names, found, strict=True))


KINDS = [("rnn", {}), ("rnn", {"activation": "relu"}), ("lstm", {}), ("lstm", {"peephole": True}), ("gru", {}),
         ("gru", {"convention": "pytorch"})]


def by_definition(case):
    """The states (N, T, H) by the equations, sample by sample and step by step."""
    N, T, _, H = case.sizes
    given, out = case.given, np.empty((N, T, H))
    W, U = (given["Wx"], given["Wh"]) if case.kind == "rnn" else (given["W"], given["U"])
    for n in range(N):
        h, c = given["h0"][n], given.get("c0", given["h0"])[n]
        for t in range(T):
            if case.mask is None or case.mask[n, t]:
                z = given["x"][n, t] @ W + given["b"]
                if case.kind == "rnn":
                    z = z + h @ U
                    h = np.tanh(z) if case.options.get("activation", "tanh") == "tanh" else np.maximum(z, 0)
                elif case.kind == "lstm":
                    i, f, g, o = np.split(z + h @ U, 4)
                    p = given.get("peephole", np.zeros((3, H)))
                    c_new = sigmoid(f + p[1] * c) * c + sigmoid(i + p[0] * c) * np.tanh(g)
                    h, c = sigmoid(o + p[2] * c_new) * np.tanh(c_new), c_new
                else:
                    (z, r, k), (Uz, Ur, Uk) = np.split(z, 3), np.split(U, 3, axis=1)
                    z, r = sigmoid(z + h @ Uz), sigmoid(r + h @ Ur)
                    if case.options.get("convention") == "pytorch":
                        h = z * h + (1 - z) * np.tanh(k + r * (h @ Uk + given["b_hidden"]))
                    else:
                        h = (1 - z) * h + z * np.tanh(k + (r * h) @ Uk)
            out[n, t] = h
    return out


@pytest.mark.parametrize("masked", [True, False])
@pytest.mark.parametrize("sizes", SIZES)
@pytest.mark.parametrize(("kind", "options"), KINDS)
def test_states_by_definition(kind, options, sizes, masked):
    case = Case(kind, sizes, 1, masked, **options)
    np.testing.assert_allclose(case.forward()[0], by_definition(case), rtol=1e-11, atol=1e-12)


@pytest.mark.parametrize(("kind", "options"), KINDS)
@DRAWN
@given(N=st.sampled_from([1, 2, 4, 5, 6]), T=st.integers(1, 5), D=st.integers(1, 3), H=st.integers(1, 4),
       seed=st.integers(0, 99), masked=st.booleans())
def test_gradients(kind, options, N, T, D, H, seed, masked):
    """Of everything that is differentiable, through states and the last cell, below 1e-7."""
    case = Case(kind, (N, T, D, H), seed, masked, **options)
    if options.get("activation") == "relu":  # away from the kink
        case.given["b"] += np.where(np.arange(H) % 2, 9.0, -9.0)
    report = gradcheck.check_gradient(case.value, case.backward(), case.given)
    assert report.relative_error < 1e-7, report.per_parameter


@pytest.mark.parametrize(("kind", "options"), KINDS)
def test_small_and_large_batches_agree(kind, options):
    """Samples do not depend on each other: six together, or two and four."""
    whole = Case(kind, (6, 5, 3, 4), **options)
    whole_h, gradients = whole.forward()[0], whole.backward()
    per_sample = ("x", "h0", "c0")
    sums = dict.fromkeys(set(gradients) - set(per_sample), 0)
    for part in (slice(0, 2), slice(2, 6)):
        case = Case(kind, (6, 5, 3, 4), **options)
        case.given |= {name: case.given[name][part] for name in per_sample if name in case.given}
        case.mask, case.dh, case.last = case.mask[part], case.dh[part], [last[part] for last in case.last]
        np.testing.assert_allclose(case.forward()[0], whole_h[part], rtol=1e-11)
        for name, gradient in case.backward().items():
            if name in per_sample:
                np.testing.assert_allclose(gradient, gradients[name][part], rtol=1e-9, atol=1e-12)
            else:
                sums[name] = sums[name] + gradient
    for name, total in sums.items():
        np.testing.assert_allclose(total, gradients[name], rtol=1e-9, atol=1e-11)


@pytest.mark.parametrize(("kind", "options"), KINDS)
@pytest.mark.parametrize("N", [2, 7])
def test_whole_numbers_stand_for_one_hot_rows(kind, options, N):
    case = Case(kind, (N, 6, 5, 3), **options)
    tokens = np.random.default_rng(3).integers(0, 5, (N, 6))
    case.given["x"] = np.eye(5)[tokens]
    expected, gradients = case.forward()[0], case.backward()
    case.given["x"] = np.where(case.mask, tokens, -1)
    np.testing.assert_allclose(case.forward()[0], expected, rtol=1e-12)
    found = case.backward()
    assert found.pop("x") is None
    for name, gradient in found.items():
        np.testing.assert_allclose(gradient, gradients[name], rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize(("kind", "options"), KINDS)
@pytest.mark.parametrize("N", [3, 6])
def test_what_follows_the_end_changes_nothing(kind, options, N):
    case = Case(kind, (N, 6, 3, 4), **options)
    case.mask = np.arange(6) < np.array([2, 6, 4] * (N // 3))[:, None]
    h, c, _ = case.forward()
    before = case.backward()
    case.given["x"][~case.mask] = np.nan
    again, _, _ = case.forward()
    np.testing.assert_array_equal(again, h)
    np.testing.assert_array_equal(h[0, 2:], np.tile(h[0, 1], (4, 1)))
    for name, gradient in case.backward().items():
        np.testing.assert_array_equal(gradient, before[name])
    assert not before["x"][~case.mask].any()
    if c is not None:  # the last cell is that of the sample's own end
        short = Case(kind, (N, 6, 3, 4), **options)
        short.given["x"], short.mask = short.given["x"][:, :2], None
        np.testing.assert_allclose(c[0], short.forward()[1][0], rtol=1e-12)


@pytest.mark.parametrize(("kind", "options"), KINDS)
def test_a_sequence_in_two_pieces(kind, options):
    """The state handed on carries the whole memory; with the gradient handed back nothing is truncated."""
    case = Case(kind, (3, 7, 2, 4), masked=False, **options)
    h, c, _ = case.forward()
    whole = case.backward()
    first, second = (Case(kind, (3, 7, 2, 4), masked=False, **options) for _ in range(2))
    first.given["x"], second.given["x"] = first.given["x"][:, :3], second.given["x"][:, 3:]
    h1, c1, _ = first.forward()
    second.given["h0"] = h1[:, -1]
    if kind == "lstm":
        second.given["c0"] = c1
    h2, c2, _ = second.forward()
    np.testing.assert_allclose(np.concatenate([h1, h2], axis=1), h, rtol=1e-11)
    assert c is None or np.allclose(c2, c, rtol=1e-11)
    first.dh, second.dh = case.dh[:, :3], case.dh[:, 3:]
    later = second.backward()
    first.last = [later["h0"], *([later["c0"]] if kind == "lstm" else [])]
    earlier = first.backward()
    np.testing.assert_allclose(earlier["h0"], whole["h0"], rtol=1e-9, atol=1e-12)
    for name in set(whole) - {"x", "h0", "c0"}:
        np.testing.assert_allclose(earlier[name] + later[name], whole[name], rtol=1e-9, atol=1e-11)


@pytest.mark.parametrize(("kind", "options"), KINDS)
def test_steps_one_after_another(kind, options):
    case = Case(kind, (3, 4, 2, 5), masked=False, **options)
    given = dict(case.given)
    x, h, c = given.pop("x"), given.pop("h0"), given.pop("c0", None)
    forward, backward = (getattr(ops, f"{kind}_step_{way}") for way in ("forward", "backward"))
    caches, states = [], []
    for t in range(4):
        if kind == "lstm":
            h, c, cache = forward(x[:, t], h, c, **given)
        else:
            h, cache = forward(x[:, t], h, **given, **case.options)
        caches.append(cache)
        states.append(h)
    np.testing.assert_allclose(np.stack(states, axis=1), case.forward()[0], rtol=1e-11)
    expected, (dh, *dc), dx, sums = case.backward(), case.last, [], None
    for t in reversed(range(4)):
        if kind == "lstm":
            d, dh, dc[0], *weights = backward(dh + case.dh[:, t], dc[0], caches[t])
        else:
            d, dh, *weights = backward(dh + case.dh[:, t], caches[t])
        dx.insert(0, d)
        sums = weights if sums is None else [a + b for a, b in zip(sums, weights, strict=True)]
    found = {"x": np.stack(dx, axis=1), "h0": dh} | ({"c0": dc[0]} if kind == "lstm" else {})
    found |= dict(zip([name for name in expected if name not in found], sums, strict=True))
    for name, gradient in found.items():
        np.testing.assert_allclose(gradient, expected[name], rtol=1e-9, atol=1e-11)


def test_the_conventions_of_the_gru_meet():
    """With the gate z reversed and no reset both say the same; with z near 1 the course replaces and PyTorch keeps."""
    case = Case("gru", (3, 5, 2, 4), masked=False)
    W, U, b = (case.given[name] for name in ("W", "U", "b"))
    b[4:8] = 50  # r = 1
    sign = np.repeat([-1, 1, 1], 4)
    other, _ = ops.gru_forward(case.given["x"], W * sign, U * sign, b * sign, case.given["h0"], None, "pytorch")
    np.testing.assert_allclose(other, case.forward()[0], rtol=1e-11)
    b[:4] = 50  # z = 1
    kept, _ = ops.gru_forward(case.given["x"], W, U, b, case.given["h0"], None, "pytorch")
    np.testing.assert_allclose(kept[:, -1], case.given["h0"], rtol=1e-9)
    replaced, _ = ops.gru_forward(case.given["x"], W, U * 0, b, case.given["h0"])
    np.testing.assert_allclose(replaced, np.tanh(case.given["x"] @ W[:, 8:] + b[8:]), rtol=1e-9)


def test_a_forget_gate_of_one_keeps_the_cell_and_its_gradient():
    N, T, H = 2, 30, 3
    b = np.repeat([-50.0, 50.0, 0.0, 0.0], H)
    c0 = np.arange(6.0).reshape(N, H)
    _, c, cache = ops.lstm_forward(np.ones((N, T, 1)), np.zeros((1, 4 * H)), np.zeros((H, 4 * H)), b, None, c0)
    np.testing.assert_allclose(c, c0, rtol=1e-12)
    dc0 = ops.lstm_backward(np.zeros((N, T, H)), cache, None, np.ones((N, H)))[2]
    np.testing.assert_allclose(dc0, 1, rtol=1e-12)


@pytest.mark.parametrize(("kind", "options"), KINDS)
@pytest.mark.parametrize("N", [2, 6])
def test_nan_shows_from_its_step_on_and_in_its_sample_only(kind, options, N):
    case = Case(kind, (N, 5, 3, 4), masked=False, **options)
    case.given["x"][1, 2, 0] = np.nan
    h, _, _ = case.forward()
    assert np.isnan(h[1, 2:]).all()
    h[1, 2:] = 0
    assert np.isfinite(h).all()


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize(("kind", "options"), KINDS)
@pytest.mark.parametrize("N", [2, 6])
def test_kinds_of_numbers_stay(kind, options, N, dtype):
    case = Case(kind, (N, 4, 3, 2), **options)
    case.given = {name: array.astype(dtype) for name, array in case.given.items()}
    case.dh, case.last = case.dh.astype(dtype), [last.astype(dtype) for last in case.last]
    before = {name: array.copy() for name, array in case.given.items()}
    h, c, _ = case.forward()
    for array in (h, *([] if c is None else [c]), *case.backward().values()):
        assert array.dtype == dtype
    for name, array in case.given.items():
        np.testing.assert_array_equal(array, before[name])


def test_a_result_shares_no_memory_with_the_cache():
    for N, T in ((1, 1), (1, 4), (6, 1), (6, 4)):
        case = Case("lstm", (N, T, 2, 3))
        h, c, cache = case.forward()
        assert not any(np.shares_memory(out, part) for out in (h, c) for part in (cache.h, cache.c))


# ---- embedding and loss ------------------------------------------------------------------------------------


@pytest.mark.parametrize("shape", [(3, 4), (5,), (2, 1, 3)])
def test_embedding(shape):
    rng = np.random.default_rng(0)
    E, tokens = rng.normal(size=(4, 3)), rng.integers(0, 4, shape)
    out, cache = ops.embedding_forward(tokens, E)
    np.testing.assert_allclose(out, np.eye(4)[tokens] @ E, rtol=1e-15)
    dout = rng.normal(size=out.shape)
    value = lambda E: float(np.sum(dout * ops.embedding_forward(tokens, E)[0]))
    np.testing.assert_allclose(ops.embedding_backward(dout, cache), gradcheck.numerical_gradient(value, E), atol=1e-9)


def test_loss_of_a_sequence_is_the_mean_over_real_steps():
    rng = np.random.default_rng(0)
    scores, y = rng.normal(size=(3, 5, 4)), rng.integers(0, 4, (3, 5))
    mask = np.arange(5) < np.array([5, 2, 3])[:, None]
    losses = [ops.cross_entropy(scores[n, t : t + 1], y[n, t : t + 1]) for n, t in np.argwhere(mask)]
    y[~mask] = -1
    loss, dscores = ops.sequence_cross_entropy(scores, y, mask)
    assert loss == pytest.approx(np.mean(losses)) and not dscores[~mask].any()
    numeric = gradcheck.numerical_gradient(lambda s: ops.sequence_cross_entropy(s, y, mask)[0], scores)
    np.testing.assert_allclose(dscores, numeric, atol=1e-9)
    assert ops.sequence_cross_entropy(np.zeros((2, 3, 7)), np.zeros((2, 3), int))[0] == pytest.approx(np.log(7))


# ---- messages ----------------------------------------------------------------------------------------------

x, W, U, b = np.ones((2, 3, 4)), np.ones((4, 20)), np.ones((5, 20)), np.ones(20)


@pytest.mark.parametrize(("call", "error", "words"), [
    (lambda: ops.lstm_forward(x[0], W, U, b), ValueError, r"\(N, T, 4\).*One sequence alone: x\[None\]"),
    (lambda: ops.lstm_forward(x, W.T, U, b), ValueError, r"W must have shape \(D, 20\).*transposed, as PyTorch"),
    (lambda: ops.lstm_forward(x, W, U.T, b), ValueError, r"U must have shape \(H, 4H\).*transposed, as PyTorch"),
    (lambda: ops.lstm_forward(x, W, U, b[:5]), ValueError, r"b must have shape \(20,\)"),
    (lambda: ops.lstm_forward(x, W, U, b, np.ones(5)), ValueError, r"h0 must have shape \(N, H\) = \(2, 5\).*tile"),
    (lambda: ops.lstm_forward(x, W, U, b, mask=np.ones((2, 3))), TypeError, r"mask holds float64.*lengths\[:, None\]"),
    (lambda: ops.lstm_forward(x, W, U, b, mask=np.ones((3, 2), bool)), ValueError, r"\(N, T\) = \(2, 3\)"),
    (lambda: ops.lstm_forward(x, W, U, b, peephole=np.ones(5)), ValueError, r"\(3, 5\), rows for i, f and o"),
    (lambda: ops.lstm_forward(np.full((2, 3), 4), W, U, b), ValueError, r"0\.\.3, got from 4 to 4.*another text"),
    (lambda: ops.lstm_backward(np.ones((2, 5)), ops.lstm_forward(x, W, U, b)[2]), ValueError, r"dh .*\(2, 3, 5\)"),
    (lambda: ops.lstm_backward(x, ops.lstm_forward(x, W, U, b)), TypeError, r"cache is tuple.*returns last"),
    (lambda: ops.rnn_step_forward(x[:, 0], None, W, U, b), ValueError, r"Wh must have shape \(H, H\)"),
    (lambda: ops.rnn_step_forward(x, None, W[:, :5], U[:, :5], b[:5]), ValueError, r"\(N, D\).*without 'step'"),
    (lambda: ops.gru_forward(x, W[:, :15], U[:, :15], b[:15], b_hidden=b[:5]), ValueError, "convention='pytorch'"),
    (lambda: ops.embedding_forward(np.array(["a"]), W), TypeError, "not encoded"),
    (lambda: ops.sequence_cross_entropy(x, np.eye(4)[np.zeros((2, 3), int)]), ValueError, r"argmax\(axis=2\)"),
    (lambda: ops.sequence_cross_entropy(x, np.zeros((2, 3), int), np.zeros((2, 3), bool)), ValueError,
     "False everywhere"),
])
def test_messages(call, error, words):
    with pytest.raises(error, match=words):
        call()
