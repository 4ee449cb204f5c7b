"""Chapter 08: each labelled equation of its text in numbers, its exercises, and what their numbers rest on."""

import re
from functools import partial
from pathlib import Path

import numpy as np
import pytest

from course_lib import datasets, gradcheck, nn, ops
from course_lib.chapters.ch08_convolution import experiments as ch08
from course_lib.chapters.ch08_convolution.exercises import EXERCISES, layers, runs
from course_lib.chapters.ch08_convolution.measured import PRINTED_BLUR, PUBLISHED_LOG
from course_lib.exercises.collect import collect
from course_lib.exercises.expect import expected
from course_lib.exercises.judge import judge
from course_lib.nn import architectures
from course_lib.nn.architectures import (
    AvgPool,
    BatchNorm,
    Conv,
    Dense,
    DenseStack,
    Dropout,
    Flatten,
    GlobalAvgPool,
    MaxPool,
    ReLU,
    count,
)

SOURCE = Path(__file__).resolve().parents[3] / "solutions" / "08_convolution.py"
BY_ID = {exercise.id: exercise for exercise in EXERCISES}
RIGHT = {exercise.id: exercise.reference for exercise in EXERCISES}
RNG = np.random.default_rng(8)
x, w, b = RNG.normal(size=(2, 3, 6, 5)), RNG.normal(size=(4, 3, 3, 2)), RNG.normal(size=4)
out, cache = ops.conv2d_forward(x, w, b, stride=2, pad=1)
dout = RNG.normal(size=out.shape)
image, kernel = RNG.normal(size=(5, 6)), RNG.normal(size=(3, 2))
f, g = RNG.normal(size=5), RNG.normal(size=3)


def verdict(id, answer):
    known = expected(BY_ID[id])
    return judge(BY_ID[id], collect(BY_ID[id], answer, known.instances, 60), known)


# --- the equations ---


def sums_over_windows(x, w, b, s, p):
    """(8.4) index by index."""
    xp = np.pad(x, ((0, 0), (0, 0), (p, p), (p, p)))
    size = [(n - f) // s + 1 for n, f in zip(xp.shape[2:], w.shape[2:], strict=True)]
    made = np.zeros((len(x), len(w), *size))
    for n, k, i, j in np.ndindex(made.shape):
        made[n, k, i, j] = b[k] + sum(w[k, c, u, v] * xp[n, c, i * s + u, j * s + v]
                                      for c, u, v in np.ndindex(w.shape[1:]))
    return made


def largest_of_windows(x, f, s):
    made = np.zeros((*x.shape[:2], (x.shape[2] - f) // s + 1, (x.shape[3] - f) // s + 1))
    for n, c, i, j in np.ndindex(made.shape):
        made[n, c, i, j] = max(x[n, c, i * s + u, j * s + v] for u in range(f) for v in range(f))
    return made


def numeric(forward, at):
    return gradcheck.numerical_gradient(forward, at.copy())


def conv_gradient(which):
    """One of dx, dw, db, and the differences of the loss sum(dout out)."""
    given = (x, w, b)
    loss = lambda v: float(np.sum(dout * ops.conv2d_forward(*given[:which], v, *given[which + 1:], 2, 1)[0]))
    return ops.conv2d_backward(dout, cache)[which], numeric(loss, given[which])


def pool_gradient():
    pooled, kept = ops.maxpool2d_forward(x, 3, 2)
    dout = RNG.normal(size=pooled.shape)
    return (ops.maxpool2d_backward(dout, kept),
            numeric(lambda v: float(np.sum(dout * ops.maxpool2d_forward(v, 3, 2)[0])), x))


def pixels_seen(layers, n=60):
    """How many input pixels an output in the middle hangs on, by sending a gradient back."""
    a, caches = np.ones((1, 1, n)), []
    for size, stride, dilation in layers:
        a, kept = ops.conv1d_forward(a, np.ones((1, 1, size)), None, stride, 0, dilation)
        caches.append(kept)
    d = np.zeros(a.shape)
    d[..., a.shape[2] // 2] = 1
    for kept in caches[::-1]:
        d = ops.conv1d_backward(d, kept)[0]
    seen = np.flatnonzero(d[0, 0])
    return seen[-1] - seen[0] + 1


def moved(images, right):
    return np.pad(images, ((0, 0), (0, 0), (0, 0), (right, 0)))[..., :images.shape[3]]


def residual():
    inner = nn.Sequential(nn.Linear(4, 4, rng=np.random.default_rng(0), dtype=np.float64), nn.Tanh())
    return nn.Residual(inner), inner


def through_residual():
    block, _ = residual()
    a, dy = RNG.normal(size=(3, 4)), RNG.normal(size=(3, 4))
    block(a)
    return block.backward(dy), numeric(lambda v: float(np.sum(dy * block(v))), a)


def skipped():
    block, inner = residual()
    a = RNG.normal(size=(3, 4))
    return block(a) - inner(a), a


FIELD = [(3, 1, 1), (2, 2, 1), (3, 1, 2), (3, 2, 1), (2, 1, 3)]
#: label -> two sides of the equation
EQUATIONS = {
    "8.1": lambda: (ops.correlate2d(image, kernel),
                    [[np.sum(kernel * image[i:i + 3, j:j + 2]) for j in range(5)] for i in range(3)]),
    "8.2": lambda: ([ops.conv_output_size(n, f, p, s, d) for n in (9, 12) for f in (1, 3) for p in (0, 2)
                     for s in (1, 2, 3) for d in (1, 2)],
                    [sum(a + d * (f - 1) < n + 2 * p for a in range(0, n + 2 * p, s)) for n in (9, 12) for f in (1, 3)
                     for p in (0, 2) for s in (1, 2, 3) for d in (1, 2)]),
    "8.3": lambda: ([ops.receptive_field(FIELD[:k])[0] for k in range(1, 6)],
                    [pixels_seen(FIELD[:k]) for k in range(1, 6)]),
    "8.4": lambda: (out, sums_over_windows(x, w, b, 2, 1)),
    "8.5": lambda: (Conv(4, 3).parameters((5, 9, 9)), (3 * 3 * 5 + 1) * 4),
    "8.6": lambda: conv_gradient(1),
    "8.7": lambda: conv_gradient(2),
    "8.8": lambda: conv_gradient(0),
    "8.9": lambda: (ops.maxpool2d_forward(x, 3, 2)[0], largest_of_windows(x, 3, 2)),
    "8.10": pool_gradient,
    "8.11": lambda: (Conv(4, 3, pad=1).multiply_adds((5, 9, 8)), 4 * 9 * 8 * 3 * 3 * 5),
    "8.12": lambda: (ops.conv2d_forward(moved(x, 1), w, b)[0][..., 1:],
                     moved(ops.conv2d_forward(x, w, b)[0], 1)[..., 1:]),
    "8.13": lambda: (ops.transposed_conv2d_forward(x, RNG.normal(size=(3, 2, 3, 3)), None, 2, 1)[0].shape[2:],
                     [(n - 1) * 2 - 2 * 1 + 3 for n in x.shape[2:]]),
    "8.14": lambda: (ops.convolve(f, g), [sum(f[m] * g[i - m] for m in range(5) if 0 <= i - m < 3) for i in range(7)]),
    "8.15": lambda: (ops.im2col(x, (3, 2)) @ w.reshape(4, -1).T + b,
                     ops.conv2d_forward(x, w, b)[0].reshape(2, 4, -1).transpose(0, 2, 1)),
    "8.16": skipped,
    "8.17": through_residual,
    "8.18": lambda: ([DenseStack(k, 12).shape((16, 8, 8))[0] for k in (1, 4)], [16 + 12, 16 + 4 * 12]),
}


@pytest.mark.parametrize("label", EQUATIONS)
def test_equation(label):
    left, right = EQUATIONS[label]()
    np.testing.assert_allclose(left, right, rtol=1e-6, atol=1e-7)


def test_every_label_of_the_text_is_tested():
    assert set(re.findall(r"\\tag\{(8\.[^}]+)\}", SOURCE.read_text(encoding="utf-8"))) == set(EQUATIONS)


# --- the numbers of the answers ---


def test_by_hand():
    for key, made in ch08.edges_by_hand().items():
        np.testing.assert_array_equal(RIGHT["8.1"][key], made)


@pytest.mark.parametrize("n, f, p, s, places", [(9, 3, 0, 1, 7), (9, 3, 0, 2, 4), (6, 3, 2, 1, 8), (64, 9, 0, 2, 28)])
def test_published_sizes(n, f, p, s, places):
    assert RIGHT["8.2"](n, f, p, s, 1) == places
    assert (n, f, p, s, 1) in expected(BY_ID["8.2"]).instances


@pytest.mark.parametrize("mode", ["zeros", "reflect", "replicate"])
def test_padding_is_that_of_numpy(mode):
    a = RNG.normal(size=(4, 6))
    named = {"zeros": "constant", "replicate": "edge"}.get(mode, mode)
    np.testing.assert_array_equal(RIGHT["8.7"](a, 3, mode), np.pad(a, 3, named))


def test_a_kernel_of_sum_one_keeps_the_mean_brightness():
    gray = np.full((6, 7), 0.4)
    assert PRINTED_BLUR.sum() == pytest.approx(0.85)
    np.testing.assert_allclose(ops.correlate2d(gray, RIGHT["8.8"](PRINTED_BLUR)), 0.4)


def test_parameters_are_those_of_the_library():
    alexnet, vgg = (count(*architectures.ARCHITECTURES[name])[0] for name in ("AlexNet", "VGG-16"))
    head = count((Flatten(), Dense(4096), Dense(4096), Dense(1000)), (512, 7, 7))[0]
    plain = sum(Conv(out, size).parameters((192, 28, 28)) for out, size in ((64, 1), (128, 3), (32, 5)))
    assert RIGHT["8.10"] == {
        "lenet": count(architectures.LENET5, (1, 28, 28))[0], "alexnet": alexnet,
        "alexnet_no_dense_bias": alexnet - 4096 - 4096 - 1000, "vgg16_base": vgg - head,
        "convnet": count(architectures.BASIC_CONVNET, (3, 150, 150))[0],
        "dense_block": DenseStack(6, 32).shape((64, 56, 56))[0], "inception": plain,
        "inception_reduced": architectures.inception(64, 96, 128, 16, 32, 32).parameters((192, 28, 28)),
    }
    assert list(RIGHT["8.10"].values())[:5] == [61_706, 62_378_344, 62_369_152, 14_714_688, 3_453_121]  # as published


def test_the_log_and_its_patience():
    losses = PUBLISHED_LOG[:, 2]
    kept, stopped = ops.early_stopping(losses, 2)[:2]
    assert RIGHT["8.11"] == {"best": losses.argmin() + 1, "why": "b", "patience_2": kept + 1, "stops": stopped + 1}


def test_three_small_or_one_large():
    right, small, large = RIGHT["8.16"], [Conv(64, 3, pad=1, bias=False)] * 3, [Conv(64, 7, pad=3, bias=False)]
    assert (right["weights"], right["weights_large"]) == (count(small, (64, 9, 9))[0], count(large, (64, 9, 9))[0])
    assert right["field"] == ops.receptive_field([(3, 1, 1)] * 3)[0] == right["field_large"]
    assert right["field_dilated"] == ops.receptive_field([(3, 1, d) for d in (1, 2, 4)])[0]


def test_at_which_shift_half_is_lost():
    digits = datasets.digits28()
    for name, net in (("dense", "dense"), ("conv", "LeNet")):
        run, first = ch08.digit_net(**ch08.NETS[net]), RIGHT["8.18"][name]  # asked for as elsewhere: trained once
        shares = [run.evaluate(ch08.shifted(digits.X_test, pixels), digits.y_test)[1] for pixels in (first - 1, first)]
        assert shares[0] > 0.53 and shares[1] < 0.47, name


# --- layers of one's own ---

WITHIN = (Conv(4, 3), ReLU(), MaxPool(2), Conv(8, 3), ReLU(), MaxPool(2), Flatten(), Dense(10))


@pytest.mark.parametrize("answer, said", [
    ((Conv(8, 3), ReLU(), Flatten(), Dense(10)), ("54,170 parameters, at most 10,000", "Dense(10) alone has 54,090")),
    ((Conv(32, 5, pad=2), ReLU(), Conv(8, 5, pad=2), MaxPool(7), Flatten(), Dense(10)), ("5,646,080 multiply-adds",)),
    ((Conv(8, 3), ReLU(), Dense(10)), ("(8, 26, 26)", "no Flatten()")),
    ((Conv(8, 3), ReLU, Flatten(), Dense(10)), ("without parentheses",)),
    ((MaxPool(4), Flatten(), Dense(12)), ("the last layer is Dense(12), expected Dense(10)",)),
    ((MaxPool(4), Conv(8, 9), Flatten(), Dense(10)), ("Conv(8, 9)", "does not fit")),
    ((Conv(4, 5), BatchNorm(), ReLU(), MaxPool(4), Flatten(), Dense(10)), ("BatchNorm()",)),
    (None, ("`return` line is missing",)),
    (Dense(10), ("one layer alone",)),
])
def test_what_keeps_a_network_from_being_trained_is_said(answer, said):
    result = verdict("8.12", lambda: answer)
    assert result.status == "kind" and all(words in result.message for words in said), result.message


def test_a_network_below_the_bar_hears_its_share():
    result = verdict("8.12", lambda: [AvgPool(4), Conv(3, 3), ReLU(), GlobalAvgPool(), Dense(10)])
    assert result.status == "wrong" and re.search(r"is 0\.\d+, expected 0\.95", result.message), result.message
    assert "70 parameters" in result.printed and "2,000 held-out digits" in result.printed


def test_the_bar_leaves_room():
    """Other starts or another processor round differently: what is right stays well above, what is wrong below."""
    wrong = [mistake.answer for mistake in runs.MY_LAYERS.mistakes if mistake.id in ("LAY-a", "LAY-b")]
    share = lambda answer: runs.trained(tuple(answer()))[1]
    assert share(runs.MY_LAYERS.reference) > runs.BAR + 0.005
    assert all(share(answer) < runs.BAR - 0.01 for answer in wrong)


def test_a_small_network_is_enough():
    assert verdict("8.12", lambda: WITHIN).status == "right"


# --- what a wrong answer hears ---


def test_the_listing_as_given_is_not_attempted_and_each_repair_is_counted():
    faulty = {m.id: m.answer for m in layers.REPAIR_CONV.mistakes}
    assert verdict("8.9", faulty["LST-bdegh"]).status == "not attempted"
    assert verdict("8.9", faulty["LST-degh"]).message.startswith("Four slips are left. For the first, from above, ask")
    assert verdict("8.9", faulty["LST-h"]).message.startswith("One slip is left. Ask: what does it leave in out")


def test_a_cache_of_another_form_is_said():
    result = verdict("8.3", lambda *given: RIGHT["8.3"](*given)[0])
    assert result.status == "kind" and "cache = (x, w, stride, pad)" in result.message
    result = verdict("8.5", lambda *given: (RIGHT["8.5"](*given)[0], given[0]))
    assert result.status == "kind" and "cache = (x, f, s)" in result.message


def test_of_a_map_by_hand_the_row_is_named():
    numbers = [list(row) for row in RIGHT["8.1"]["numbers"]]
    numbers[2][1] += 1
    result = verdict("8.1", RIGHT["8.1"] | {"numbers": numbers})
    assert "numbers, row 2 is not right" in result.message  # from 0, as in the figures and in code
    for mistake in BY_ID["8.1"].mistakes:
        result = verdict("8.1", mistake.answer)
        key, row = re.match(r"(\w+), row (\d):", result.message).groups()
        wrong = np.any(np.not_equal(mistake.answer[key], RIGHT["8.1"][key]), axis=1)
        assert result.mistake == mistake.id and int(row) == wrong.argmax(), mistake.id
    result = verdict("8.1", RIGHT["8.1"] | {"numbers": np.zeros((6, 6))})
    assert "numbers has shape (6, 6), expected (4, 4)" in result.message


def test_a_dict_is_judged_as_far_as_it_is_filled():
    todo = dict.fromkeys(RIGHT["8.10"], ...)
    assert verdict("8.10", todo).status == "not attempted"
    result = verdict("8.10", todo | {"lenet": RIGHT["8.10"]["lenet"]})
    assert result.status == "kind" and "what is filled in is right, but alexnet is still to be" in result.message
    assert verdict("8.10", todo | {"dense_block": 192}).mistake == "CNP-af"
    result = verdict("8.10", todo | {"dense_block": 190})
    assert (result.status, result.points) == ("wrong", 0) and "dense_block is not right" in result.message
    assert "lenet is '61,706', expected one number" in verdict("8.10", todo | {"lenet": "61,706"}).message
    turned = -np.array(RIGHT["8.1"]["numbers"])
    assert verdict("8.1", RIGHT["8.1"] | {"numbers": turned, "block": ...}).mistake == "BYH-g"
    assert "a dict with the keys" in verdict("8.16", {"field": 7, "weights": ...}).message


def test_what_is_returned_inside_of_a_loop_is_said():
    def answer(x, f, s):
        out, cache = RIGHT["8.5"](x, f, s)
        first = np.zeros(out.shape)
        first[0, 0] = out[0, 0]
        return first, cache

    assert "From entry [0, 1, 0, 0] on all is 0" in verdict("8.5", answer).message


def test_a_missing_return_is_said():
    for exercise in ("8.3", "8.5", "8.17"):
        assert "`return` line is missing" in verdict(exercise, lambda *given: None).message


def test_the_way_back_through_a_block_wants_a_gradient():
    def answer(dout, F_backward):
        return dout * (1 + F_backward(1))

    result = verdict("8.17", answer)
    assert result.status == "error" and "F_backward was given 1, expected a gradient" in result.message


def test_a_layer_that_cannot_be_made_is_said_with_the_line_that_makes_it():
    result = verdict("8.12", _too_much_dropout)
    assert "from 0 to 1. The line: `return [Flatten(), Dropout(1.5), Dense(10)]`" in result.message, result.message


def _too_much_dropout():
    return [Flatten(), Dropout(1.5), Dense(10)]


def test_of_several_gradients_the_wrong_one_is_named():
    def answer(dout, cache):
        dx, dw, db = RIGHT["8.4"](dout, cache)
        return dx, dw * 1.5 + 0.1, db

    assert verdict("8.4", answer).message.startswith("dw is")


def test_a_letter_that_is_none_is_said():
    assert "one of the letters a, b, c, d" in verdict("8.11", RIGHT["8.11"] | {"why": "e"}).message
    assert "an epoch of the log" in verdict("8.11", RIGHT["8.11"] | {"best": 0.0368}).message
    assert "a whole number of pixels" in verdict("8.18", RIGHT["8.18"] | {"dense": 0.5}).message


@pytest.mark.parametrize(("id", "key"), [("8.11", "best"), ("8.18", "conv")])
def test_an_array_in_place_of_a_number_is_said(id, key):
    result = verdict(id, RIGHT[id] | {key: np.array([3, 4])})
    assert result.status == "kind" and f"{key} is array([3, 4]), expected one number" in result.message


def test_the_lowest_training_loss_is_where_the_message_says():
    assert "that of epoch 18." in verdict("8.11", RIGHT["8.11"] | {"why": "a"}).message
    assert PUBLISHED_LOG[:, 0].argmin() == 18 - 1


def test_padding_by_hand_is_not_done_by_numpy():
    def whole(x, p, mode):
        return np.pad(x, p, {"zeros": "constant", "replicate": "edge"}.get(mode, mode))

    def inside(x, p, mode):
        rows = lambda: np.pad(np.arange(len(x)), p, "reflect")
        return x[rows()] if mode == "reflect" else RIGHT["8.7"](x, p, mode)

    under_another_name = partial(np.pad)

    def aliased(x, p, mode):
        return under_another_name(x, p, mode={"zeros": "constant", "replicate": "edge"}.get(mode, mode))

    for answer in (whole, inside, aliased):
        result = verdict("8.7", answer)
        assert result.status == "kind" and "it calls np.pad, which is to be written here" in result.message


def pad(row, p, mode):
    """A helper of a student's own, with an unlucky name."""
    k = np.arange(-p, len(row) + p)
    if mode == "zeros":
        return np.where((k >= 0) & (k < len(row)), row[np.clip(k, 0, len(row) - 1)], 0)
    last = len(row) - 1
    return row[np.clip(k, 0, last) if mode == "replicate" else last - np.abs(last - np.abs(k))]


def test_a_helper_called_pad_is_a_students_own():
    assert verdict("8.7", lambda x, p, mode: np.array(
        [pad(column, p, mode) for column in np.array([pad(row, p, mode) for row in x]).T]).T).status == "right"
