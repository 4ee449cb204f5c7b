"""Live figures around one LeNet-5, and the readers behind them."""

import numpy as np
import pytest

from course_lib import datasets, nn, ops
from course_lib.chapters.ch08_convolution import experiments, readers
from course_lib.chapters.ch08_convolution.demos import lenet
from course_lib.nn.architectures import LENET5, count
from course_lib.viz import demos

DIGITS = datasets.digits28()


@pytest.fixture(scope="module")
def own():
    return demos.OwnLeNet()


def moved_net():
    return readers.trained("LeNet-5", 2).last


# --- drawings ---


def stroke(top, left, height, width):
    ink = np.zeros((28, 28))
    ink[top : top + height, left : left + width] = 1
    return ink


@pytest.mark.parametrize("ink", [stroke(0, 0, 9, 2), stroke(3, 20, 25, 4), stroke(10, 2, 3, 25), stroke(27, 27, 1, 1)])
def test_a_drawing_fits_twenty_pixels_with_its_center_of_mass_in_the_middle(ink):
    digit = readers.as_digit(ink)
    rows, columns = np.nonzero(digit > 0.1)
    assert max(np.ptp(rows), np.ptp(columns)) + 1 == 20 and digit.shape == (28, 28) and digit.dtype == np.float32
    for axis in (0, 1):
        assert np.average(np.arange(28), weights=digit.sum(axis=1 - axis)) == pytest.approx(14, abs=0.51)
    tall, wide = (np.ptp(each) + 1 for each in np.nonzero(ink))
    assert (np.ptp(rows) + 1) / (np.ptp(columns) + 1) == pytest.approx(tall / wide, rel=0.35)


def test_blank_paper_stays_blank_and_real_digits_stay_what_they_are():
    assert not readers.as_digit(np.zeros((28, 28))).any()
    X, y = DIGITS.X_test[:300] / np.float32(255), DIGITS.y_test[:300]
    again = np.stack([readers.as_digit(x) for x in X])
    assert np.abs(again - X).mean() < 0.02  # a digit of 20 pixels only moves, by less than one
    assert ops.accuracy(moved_net().scores(again), y) > 0.95


def test_networks_are_trained_once_and_keep_each_epoch():
    reader = readers.trained("LeNet-5", 0)
    assert readers.trained("LeNet-5", 0) is reader and len(reader.runs) == readers.EPOCHS + 1
    assert reader.last.accuracy[-1] > 0.99 and reader.last.evaluate(DIGITS.X_test, DIGITS.y_test)[1] > 0.965
    assert moved_net().evaluate(DIGITS.X_test, DIGITS.y_test)[1] > 0.97
    assert readers.trained("dense", 0).last.evaluate(DIGITS.X_test, DIGITS.y_test)[1] == pytest.approx(0.953, abs=0.012)
    start = nn.architectures.build(LENET5, (1, 28, 28), rng=np.random.default_rng(0))
    assert np.array_equal(reader.runs[0].params["0.weight"], start.named_parameters()["0.weight"].data)


# --- OwnLeNet ---


def test_maps_are_those_of_the_network_and_the_answer_follows_the_drawing(own):
    s = own.reset().current
    params = moved_net().params
    before, _ = ops.conv2d_forward(s["image"][None, None], params["0.weight"], params["0.bias"], pad=2)
    np.testing.assert_allclose(s["maps"], np.maximum(before[0], 0), atol=1e-5)
    assert s["shares"].argmax() == s["label"] == DIGITS.y_test[7] and s["accuracy"] == s["before"]
    drawing = stroke(4, 14, 18, 2)
    own.set(drawing=drawing, source="my drawing")
    s = own.current
    assert s["own"] and s["shares"].argmax() == 1 and np.array_equal(s["image"], readers.as_digit(drawing))
    own.set(form="as it stands")
    assert np.array_equal(own.current["image"], drawing) and not np.array_equal(drawing, s["image"])
    own.set(drawing=np.zeros((28, 28)))
    assert "The paper is blank" in own.message


@pytest.mark.parametrize("layer", ["conv 1", "pool 1", "conv 2", "pool 2"])
def test_a_kernel_is_changed_alone_and_the_accuracy_is_that_of_the_changed_network(own, layer):
    place = {"1": 0, "2": 3}[layer[-1]]
    plain = moved_net()
    weight, bias = plain.params[f"{place}.weight"], plain.params[f"{place}.bias"]
    for change in ("off", "turned by 180°", "noise", "all others off"):
        s = own.reset().set(layer=layer, kernel=1, change=change).current
        expected = {"off": np.zeros_like(weight[1]), "turned by 180°": np.rot90(weight[1], 2, axes=(1, 2)),
                    "all others off": weight[1]}.get(change)
        if change == "noise":
            assert not np.allclose(s["filter"], weight[1]) and 0.5 < s["filter"].std() / weight[1].std() < 1.5
        else:
            assert np.array_equal(s["filter"], expected)
        others = np.arange(len(weight)) != 1
        new, offset = weight.copy(), bias.copy()
        new[1] = s["filter"]
        if change == "off":
            offset[1] = 0
            assert not s["maps"][1].any() and s["maps"].any()
        if change == "all others off":
            new[others], offset[others] = 0, 0
            assert not s["maps"][others].any()
        run = plain.edited({f"{place}.weight": new, f"{place}.bias": offset})
        assert s["accuracy"] == run.evaluate(DIGITS.X_test, DIGITS.y_test)[1]
        lost = round(2000 * (s["before"] - s["accuracy"]))
        digits = "1 digit" if abs(lost) == 1 else f"{abs(lost):,} digits"
        assert (f"{digits} {'fewer' if lost > 0 else 'more'}" if lost else "as many") in own.message
    assert plain.evaluate(DIGITS.X_test, DIGITS.y_test)[1] == s["before"] > s["accuracy"] + 0.2  # of one kernel alone


def test_a_small_seven_in_a_corner_is_read_in_the_form_of_the_digits_only(own):
    s = own.preset("Small, in a corner").current
    assert s["own"] and s["shares"].argmax() != 7
    assert own.set(form="in the form of its digits").current["shares"].argmax() == 7


@pytest.mark.parametrize(("layer", "place", "channel"), [("conv 1", 0, 4), ("conv 2", 3, 4)])
def test_one_number_of_a_kernel_is_turned_and_the_accuracy_follows(own, layer, place, channel):
    plain = moved_net()
    own.reset().set(layer=layer, kernel=3, channel=channel, w13=-2.0)
    s, weight = own.current, plain.params[f"{place}.weight"]
    weight[3, channel if place else 0, 1, 3] -= 2.0  # conv 1 has one slice
    assert np.array_equal(s["filter"], weight[3])
    assert s["accuracy"] == plain.edited({f"{place}.weight": weight}).evaluate(DIGITS.X_test, DIGITS.y_test)[1]
    value = f"{s['filter'][s['channel'], 1, 3]:.2f}".replace("-", "−")
    assert f"its weight [1, 3] turned to {value}," in own.message
    lost = round(len(DIGITS.y_test) * (plain.evaluate(DIGITS.X_test, DIGITS.y_test)[1] - s["accuracy"]))
    assert lost and f" {abs(lost)} digit" in own.message and (" fewer" if lost > 0 else " more") in own.message
    own.set(w00=0.5, change="turned by 180°")
    turned = np.rot90(plain.params[f"{place}.weight"][3], 2, axes=(1, 2)).copy()
    turned[s["channel"], [1, 0], [3, 0]] += [-2.0, 0.5]  # numbers are added where they are seen
    np.testing.assert_allclose(own.current["filter"], turned, atol=1e-6)
    assert "turned by 180°, 2 of its weights turned, " in own.message


@pytest.mark.parametrize("layer", ["conv 1", "conv 2"])
def test_handles_under_a_finger_do_not_overlap(own, layer):
    """Each is 44 pixels wide there."""
    shown = [handle.where(own.reset().set(layer=layer, kernel=0).current) for handle in own.handles]
    places = np.array([place for place in shown if place is not None])
    assert len(places) == {"conv 1": 26, "conv 2": 32}[layer]
    xlim, ylim = own.panels[1][3:]
    for width in (372, 480, 700, 790, 800, 850, 900):
        _, _, wide, tall = own._arrange(width)[1][1]
        x, y = (places * (wide / np.ptp(xlim), tall / np.ptp(ylim))).T
        apart = np.hypot(x - x[:, None], y - y[:, None])
        assert apart[~np.eye(len(x), dtype=bool)].min() >= 44, width


def test_each_cell_of_the_kernel_is_a_handle_on_its_slider(own):
    own.reset()
    cells = [handle for handle in own.handles if handle.turn]
    assert [handle.turn for handle in cells] == [f"w{row}{column}" for row in range(5) for column in range(5)]
    for k in (0, 7, 24):
        before = own.current["filter"].copy()
        own._receive(own, {"client": "cell", "seq": k + 1, "nudge": [own.handles.index(cells[k]), 1, 1]})
        changed = np.argwhere(own.current["filter"][0] != before[0])
        assert changed.tolist() == [list(divmod(k, 5))] and own.values[cells[k].turn] == 0.2
        # it stands on its cell in the picture
        image = next(each for each in own.layers(own.current) if getattr(each, "key", "") == "kernel")
        left, right, bottom, top = image.extent
        x, y = cells[k].where(own.current)
        assert (int((top - y) / (top - bottom) * 5), int((x - left) / (right - left) * 5)) == divmod(k, 5)
    own.reset().set(layer="conv 2")
    slices = [handle for handle in own.handles if handle.press]
    assert [handle.press for handle in slices] == [{"channel": k} for k in range(6)]
    assert all(handle.where(own.current) for handle in slices)
    assert not any(handle.where(own.reset().current) for handle in slices)


def test_a_cell_sees_the_pixels_from_which_gradients_come():
    """By the gradient of the sum of one row of the layer, all weights one."""
    rng = np.random.default_rng(0)
    seen = lenet._sees()
    for layer, rows in seen.items():
        for row in (0, len(rows) // 2, len(rows) - 1):
            maps, caches = rng.random((1, 1, 28, 28)) + 1, []
            for step in seen:
                kernel, pad = np.ones((1, 1, 5, 5)), {"1": 2, "2": 0}[step[-1]]
                forward, backward, given = (
                    (ops.avgpool2d_forward, ops.avgpool2d_backward, (2,)) if step.startswith("pool") else
                    (ops.conv2d_forward, ops.conv2d_backward, (kernel, None, 1, pad)))
                maps, cache = forward(maps, *given)
                caches.append((backward, cache))
                if step == layer:
                    break
            dout = np.zeros_like(maps)
            dout[:, :, row] = 1
            for backward, cache in reversed(caches):
                dout = backward(dout, cache)
                dout = dout[0] if isinstance(dout, tuple) else dout
            assert np.array_equal(dout[0, 0].any(axis=1), rows[row])


# --- LeNetWalk ---


def test_the_walk_shows_each_layer_after_each_epoch():
    walk = demos.LeNetWalk()
    reader, x = readers.trained("LeNet-5", 0), DIGITS.X_test[7:8]
    total = 0
    for layer, place in lenet._LAYERS.items():
        shape, parameters = lenet._rows()[layer]
        for epoch in (0, 3, readers.EPOCHS):
            s = walk.set(layer=layer, epoch=epoch).current
            np.testing.assert_allclose(s["out"], reader.runs[epoch].maps(x)[place][0], atol=1e-5)
            assert s["out"].shape == shape
        total += parameters
        assert f"{parameters:,} parameters" in walk.message or (parameters == 0 and "nothing to learn" in walk.message)
    assert total == count(LENET5, (1, 28, 28))[0] == 61_706
    assert s["best"] == np.argmin(reader.last.val_loss) + 1 and f"epoch {s['best']} of" in walk.message
    moved = walk.set(training="digits moved by up to 2 pixels").current
    assert np.array_equal(moved["val_loss"], moved_net().val_loss)


# --- SampleGallery ---


def test_the_gallery_counts_and_shows_what_is_wrong():
    gallery = demos.SampleGallery(which="wrong answers")
    answers = moved_net().scores(DIGITS.X_test).argmax(axis=1)
    wrong = np.flatnonzero(answers != DIGITS.y_test)
    s = gallery.current
    assert np.array_equal(s["numbers"], wrong) and s["errors"].sum() == len(wrong) == s["wrong"] < 60
    assert np.array_equal(s["answers"], answers[wrong[:20]]) and s["number"] == wrong[0]
    s = gallery.set(index=1999).current
    assert s["number"] == wrong[-1]
    s = gallery.set(label="8", which="all answers", index=21).current
    assert (DIGITS.y_test[s["numbers"]] == 8).all() and s["seen"] == len(s["numbers"]) and s["first"] == 20
    gallery.set(network="dense", training="digits as they are", label="all", which="wrong answers", index=0)
    assert gallery.current["wrong"] > 60
    gallery._receive(gallery, {"client": "test", "seq": 1, "handle": [0, 0.5, 0.6]})  # third column, second row
    assert gallery.index == 7


# --- ShiftTest ---


def test_accuracy_after_a_shift_a_turn_and_a_change_of_scale_is_measured():
    figure, X, y = demos.ShiftTest(), DIGITS.X_test[:1000] / np.float32(255), DIGITS.y_test[:1000]
    for values, moved in (({"dx": 3, "curve": "shift"}, experiments.shifted(X, 3)),
                          ({"rotation": -40, "curve": "rotation"}, experiments.turned(X, -40)),
                          ({"scale": 0.6, "curve": "scale"}, experiments.turned(X, 0, 0.6))):
        s = figure.reset().set(**values).current
        for name in ("LeNet-5", "dense"):
            right = readers.trained(name, 0).last.evaluate(moved, y)[1]
            assert s["accuracy"][name][s["at"]] == right and f"{100 * right:.1f} %" in figure.message
        assert "Of 1,000 held-out digits, all " in figure.message
        assert s["accuracy"]["LeNet-5"][s["at"]] > s["accuracy"]["dense"][s["at"]]


def test_lenet_stays_ahead_when_both_learn_moved_digits_and_both_gain():
    figure = demos.ShiftTest(dx=3)
    plain = {name: curve[11] for name, curve in figure.current["accuracy"].items()}
    figure.set(training="digits moved by up to 2 pixels")
    moved = {name: curve[11] for name, curve in figure.current["accuracy"].items()}
    assert figure.current["amounts"][11] == 3
    assert moved["LeNet-5"] > moved["dense"] > plain["LeNet-5"] > plain["dense"]


def test_the_digit_at_the_start_is_lost_by_the_dense_network_first():
    figure = demos.ShiftTest()
    answers = [{name: shares.argmax() for name, shares in figure.set(dx=dx).current["answers"].items()}
               for dx in (0, 3)]
    label = DIGITS.y_test[2]
    assert answers[0] == {"LeNet-5": label, "dense": label}
    assert answers[1]["LeNet-5"] == label != answers[1]["dense"]


def test_the_digit_is_dragged_and_the_line_of_the_curve_turns_it():
    figure = demos.ShiftTest()
    figure._receive(figure, {"client": "test", "seq": 1, "handle": [0, 16 / 28, 11 / 28]})
    assert (figure.dx, figure.dy) == (2, 3)
    np.testing.assert_allclose(figure.current["x"], experiments.shifted(DIGITS.X_test[2] / np.float32(255), 2, 3))
    figure.set(curve="rotation")
    figure._receive(figure, {"client": "test", "seq": 2, "handle": [1, 0.75, 0.5]})
    assert figure.rotation == 50
