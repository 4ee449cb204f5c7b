"""SGD against its formula."""

import numpy as np
import pytest

from course_lib import nn, optim


def test_classical_momentum_by_hand():
    p = nn.Parameter(np.array([1.0, -2.0]))
    sgd = optim.SGD([p], lr=0.1, momentum=0.5)
    p.grad += [1.0, 2.0]
    sgd.step()
    np.testing.assert_allclose(p.data, [0.9, -2.2])
    sgd.step()  # the gradient stays until zero_grad: v = 0.5 g + g
    np.testing.assert_allclose(p.data, [0.75, -2.5])
    sgd.zero_grad()
    assert not p.grad.any()
    sgd.step()  # only the velocity moves it
    np.testing.assert_allclose(p.data, [0.675, -2.65])


def test_weight_decay_shrinks_without_a_gradient():
    p = nn.Parameter(np.array([2.0]))
    optim.SGD([p], lr=0.1, weight_decay=0.5).step()
    assert p.data[0] == pytest.approx(2.0 - 0.1 * 0.5 * 2.0)


def test_float32_is_kept():
    p = nn.Parameter(np.ones(3, np.float32))
    optim.SGD([p], lr=0.1, momentum=0.9, weight_decay=0.1).step()
    assert p.data.dtype == np.float32


@pytest.mark.parametrize(("change", "message"), [
    (dict(params=[]), "no parameters"), (dict(lr=-1), "minus sign"), (dict(momentum=1.5), "momentum")])
def test_errors(change, message):
    with pytest.raises(ValueError, match=message):
        optim.SGD(**(dict(params=[nn.Parameter(np.zeros(1))], lr=0.1) | change))
