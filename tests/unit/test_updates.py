"""Update rules: in numbers, and what each of them keeps to."""

import inspect

import numpy as np
import pytest

from course_lib import ops
from course_lib.kernels import updates as kernels

#: name -> (settings, w after each of six steps on w^2/2 from 5)
STEPS = {
    "sgd": (dict(lr=0.1), [4.5, 4.05, 3.645, 3.2805, 2.95245, 2.657205]),
    "momentum": (dict(lr=0.1, momentum=0.5), [4.5, 3.8, 3.07, 2.398, 1.8222, 1.35208]),
}


def test_every_rule_has_a_kernel_a_row_and_a_function():
    assert tuple(ops.RULES) == kernels.RULES
    for code, (name, rule) in enumerate(ops.RULES.items()):
        assert rule.name == name and rule.code == code
        function = inspect.signature(getattr(ops, name)).parameters
        assert [n for n in function if n != "t"] == ["w", "dw", *rule.slots, "lr", *rule.settings, "weight_decay"]
        for setting, (default, below) in rule.settings.items():
            assert function[setting].default == default < below


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


def test_weight_decay_is_added_to_the_gradient():
    assert ops.sgd(2.0, 3.0, lr=0.1, weight_decay=0.5) == pytest.approx(2.0 - 0.1 * (3.0 + 0.5 * 2.0))


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
