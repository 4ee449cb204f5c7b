"""Update rules: in numbers, and what each of them keeps to."""

import inspect

import numpy as np
import pytest

from course_lib import ops
from course_lib.kernels.jit import PAIRS

#: name -> (settings, w after each of six steps on w^2/2 from 5)
STEPS = {
    "sgd": (dict(lr=0.1), [4.5, 4.05, 3.645, 3.2805, 2.95245, 2.657205]),
    "momentum": (dict(lr=0.1, momentum=0.5), [4.5, 3.8, 3.07, 2.398, 1.8222, 1.35208]),
    "averaged_momentum": (dict(lr=0.1, momentum=0.5), [
        4.75, 4.3875, 3.986875, 3.58721875, 3.2080296875, 2.858033671875]),
    "nesterov": (dict(lr=0.1, momentum=0.5), [
        4.25, 3.4875, 2.795625, 2.20471875, 1.7183390625, 1.327634296875]),
    "adagrad": (dict(lr=1.0, eps=0.01), [
        4.001996007984, 3.3780851356297, 2.9121859870653, 2.5395155889594, 2.2304651328457, 1.9685149297054]),
    "adadelta": (dict(lr=1.0, rho=0.5, eps=0.01), [
        4.8586351783867, 4.6969964139849, 4.5213601309525, 4.3349080637897, 4.1396909681091, 3.9372433490751]),
    "rprop": (dict(lr=1.0), [
        4, 2.8, 1.36, -0.368, 0.496, 0.064]),
    "rmsprop": (dict(lr=0.5, alpha=0.5, eps=0.01), [
        4.2948875779141, 3.7503454843928, 3.2636736210436, 2.8072352536848, 2.3711464644026, 1.9523861912223]),
    "adam": (dict(lr=1.0, beta1=0.5, beta2=0.9, eps=0.01), [
        4.001996007984, 3.0413833772238, 2.1503772410004, 1.3641502086477, 0.71637197379587, 0.23213183530698]),
    "adamw": (dict(lr=1.0, weight_decay=0.1, beta1=0.5, beta2=0.9, eps=0.01), [
        3.501996007984, 2.218536942659, 1.182952468164, 0.42326442630205, -0.054248227534411, -0.27885995520516]),
    "adamax": (dict(lr=1.0, beta1=0.5, beta2=0.9, eps=0.01), [
        4.001996007984, 3.0406600121263, 2.1547200027456, 1.3806961786711, 0.74775964410982, 0.27332264913118]),
    "nadam": (dict(lr=1.0, beta1=0.5, beta2=0.9, eps=0.01), [
        3.8688810124987, 2.9917170049129, 2.2238622912633, 1.5668410189312, 1.0329056097339, 0.62622934247204]),
    "amsgrad": (dict(lr=1.0, beta1=0.5, beta2=0.5, eps=0.01), [
        4.001996007984, 3.0101093272214, 2.1259846836075, 1.4089454710173, 0.86721117717972, 0.48307076058664]),
}


def test_every_rule_has_a_kernel_a_row_and_a_function():
    assert {f"course_lib.kernels.updates.{name}" for name in ops.RULES} == {
        name for name in PAIRS if name.startswith("course_lib.kernels.updates.")}
    for name, rule in ops.RULES.items():
        assert rule.name == name
        function = inspect.signature(getattr(ops, name)).parameters
        assert [n for n in function if n != "t"] == ["w", "dw", *rule.slots, "lr", *rule.settings, "weight_decay"]
        for setting, (default, below) in rule.settings.items():
            assert function[setting].default == default < below
        assert function["weight_decay"].default == rule.weight_decay


def stepped(name, w, dw, kept, t, **settings):
    """One step by the public function: w, and what the rule keeps."""
    function = getattr(ops, name)
    counted = [t] * ("t" in inspect.signature(function).parameters)  # after what the rule keeps
    out = function(w, dw, *kept, *counted, **settings)
    return out if isinstance(out, tuple) else (out,)


@pytest.mark.parametrize("name", ops.RULES)
def test_six_steps_down_a_parabola(name):
    """On w^2/2 the gradient is w."""
    settings, expected = STEPS[name]
    w, kept, path = 5.0, [0.0] * len(ops.RULES[name].slots), []
    for t in range(1, 7):
        w, *kept = stepped(name, w, w, kept, t, **settings)
        path.append(w)
    np.testing.assert_allclose(path, expected, rtol=1e-12)


@pytest.mark.parametrize("name", ops.RULES)
def test_weight_decay_is_added_to_the_gradient(name):
    kept = [0.2] * len(ops.RULES[name].slots)
    if name == "adamw":  # beside it: the weights shrink, then the gradient alone moves them
        decayed = stepped(name, 2.0, 3.0, kept, 2, lr=0.1, weight_decay=0.5)
        expected = stepped("adam", 2.0 * (1 - 0.1 * 0.5), 3.0, kept, 2, lr=0.1)
    else:
        decayed = stepped(name, 2.0, 3.0, kept, 2, lr=0.1, weight_decay=0.5)
        expected = stepped(name, 2.0, 3.0 + 0.5 * 2.0, kept, 2, lr=0.1)
    np.testing.assert_allclose(decayed, expected, rtol=1e-13)


def test_both_forms_of_momentum_walk_one_path():
    w = u = 5.0
    v = mean = 0.0
    for _ in range(50):
        w, v = ops.momentum(w, w, v, lr=0.02, momentum=0.9)
        u, mean = ops.averaged_momentum(u, u, mean, lr=0.2, momentum=0.9)
        assert u == pytest.approx(w, abs=1e-12)


@pytest.mark.parametrize("scale", [1e-4, 1.0, 1e4])
@pytest.mark.parametrize("name", ["adam", "amsgrad", "adamax"])
def test_with_a_constant_gradient_every_step_is_as_long_as_the_rate(name, scale):
    w, kept = 0.0, [0.0] * len(ops.RULES[name].slots)
    for t in range(1, 30):
        before = w
        w, *kept = stepped(name, w, scale, kept, t, lr=0.1, eps=0.0)
        assert before - w == pytest.approx(0.1, rel=1e-12)


@pytest.mark.result("R-032")
def test_rprop_on_the_published_gradients():
    """Six increases, one decrease; descent with rate 1 moves by -0.21."""
    gradients = [-0.4, -0.3, -0.25, -0.2, -0.14, -0.1, 0.7, 0.9]
    w, g, delta, descent, sizes = 0.0, 0.0, 0.0, 0.0, []
    for gradient in gradients:
        w, g, delta = ops.rprop(w, gradient, g, delta, lr=1.0)
        descent = ops.sgd(descent, gradient, lr=1.0)
        sizes.append(delta)
    np.testing.assert_allclose(np.divide(sizes[1:], sizes[:-1]), [1.2] * 5 + [0.5, 1.2])
    assert w == pytest.approx(7.192768, abs=1e-12) and descent == pytest.approx(-0.21)


def test_rprop_keeps_its_step_sizes_within_limits_and_rests_without_a_gradient():
    w, g, delta = ops.rprop(0.0, 1.0, 1.0, 49.0, lr=1.0)
    assert (w, delta) == (-50.0, 50.0)
    assert ops.rprop(w, -1.0, g, 1e-6, lr=1.0)[2] == 1e-6
    assert ops.rprop(w, 0.0, g, delta, lr=1.0) == (w, 0.0, delta)


@pytest.mark.result("R-032")
def test_rates_of_adagrad_for_the_published_sums():
    """A gradient of 0.1 brings G to 3.46, and to 0.16."""
    for G, expected in ((3.46, 0.005376), (0.16, 0.0250)):
        w, _ = ops.adagrad(0.0, 0.1, G - 0.1**2, lr=0.01, eps=0.0)
        assert -w / 0.1 == pytest.approx(expected, abs=5e-7)


def test_a_square_that_is_negative_and_a_step_before_the_first():
    with pytest.raises(ValueError, match=r"G is negative in 1 places.*in place of its square"):
        ops.adagrad(np.ones(3), np.ones(3), [-1.0, 0, 1], 0.1)
    with pytest.raises(ValueError, match="t=0"):
        ops.adam(1.0, 1.0, 0.0, 0.0, 0, 0.1)


@pytest.mark.result("R-033")
def test_momentum_on_a_parabola_overshoots_where_descent_crawls():
    w, v, slow = 5.0, 0.0, 5.0
    for _ in range(100):
        w, v = ops.momentum(w, w, v, lr=0.01, momentum=0.9)
        slow = ops.sgd(slow, slow, lr=0.01)
    assert w == pytest.approx(-0.013, abs=5e-4) and slow == pytest.approx(1.83, abs=5e-3)


@pytest.mark.parametrize("name", ops.RULES)
@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_a_rule_keeps_shape_and_kind_and_changes_no_argument(name, dtype):
    rule, rng = ops.RULES[name], np.random.default_rng(0)
    arrays = [rng.uniform(0.1, 1, (3, 4)).astype(dtype) for _ in range(2 + len(rule.slots))]
    before = [array.copy() for array in arrays]
    for result in stepped(name, *arrays[:2], arrays[2:], 1, lr=0.1):
        assert result.shape == (3, 4) and result.dtype == dtype
        assert not any(np.shares_memory(result, array) for array in arrays)
    for array, old in zip(arrays, before, strict=True):
        np.testing.assert_array_equal(array, old)


@pytest.mark.parametrize(("settings", "message"), [
    (dict(lr=-0.1), "minus sign"), (dict(lr=np.nan), "lr=nan"), (dict(lr=np.inf), "schedule"),
    (dict(lr=0.1, momentum=1.0), "below 1"), (dict(lr=0.1, weight_decay=-1), "weight_decay=-1"),
    (dict(lr=[0.1, 0.2]), "sweep")])
def test_settings_out_of_range(settings, message):
    with pytest.raises(ValueError, match=message):
        ops.RULES["momentum"].check(**settings)


def test_a_setting_that_the_rule_does_not_have():
    with pytest.raises(TypeError, match="which has lr, weight_decay, momentum"):
        ops.RULES["momentum"].check(0.1, momentun=0.9)
    with pytest.raises(ValueError, match="dw"):
        ops.sgd(np.ones(3), np.ones(4), 0.1)


@pytest.mark.parametrize("v", [0.0, 1e-37, 1e-12, 1.0, 1e30, 3e38, np.inf, np.nan])
def test_adam_of_many_numbers_is_adam_of_few(v):
    """64 at a time the step is divided by an estimate that is made exact; single numbers are divided."""
    rule, settings = ops.RULES["adam"], ops.RULES["adam"].check(1e-2)
    dw = np.random.default_rng(0).standard_normal(256).astype(np.float32) * np.float32(1e-3)
    results = []
    for size in (256, 1):
        w = np.ones(256, np.float32)
        for part in range(0, 256, size):
            state = rule.start(size, np.float32)
            state[1] = v
            rule.step(w[part : part + size], dw[part : part + size], state, settings, 3)
        results.append(w)
    np.testing.assert_array_almost_equal_nulp(np.nan_to_num(results[0], nan=7), np.nan_to_num(results[1], nan=7), 4)
    assert np.isnan(results[0]).all() == np.isnan(v)
