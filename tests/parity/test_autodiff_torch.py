"""The scalar engine against PyTorch's autograd on random expressions."""

import numpy as np
import pytest
from needs import imported

from course_lib.autodiff import Value

torch = imported("PyTorch")


def expression(x, steps):
    nodes = list(x)
    for op, i, j in steps:
        a, b = nodes[i % len(nodes)], nodes[j % len(nodes)]
        nodes.append({
            0: lambda a, b: a + b,
            1: lambda a, b: a * b,
            2: lambda a, b: a - 2 * b,
            3: lambda a, b: a / (b * b + 1),
            4: lambda a, b: a.tanh(),
            5: lambda a, b: a.sigmoid(),
            6: lambda a, b: a.relu(),
            7: lambda a, b: (0.2 * a).exp(),
            8: lambda a, b: (a * a + 1).log(),
            9: lambda a, b: a**3,
        }[op](a, b))
    return nodes[-1] + 0.1 * nodes[-2]


@pytest.mark.parametrize("seed", range(30))
def test_random_expression(seed):
    rng = np.random.default_rng(seed)
    point = rng.uniform(-1, 1, 4)
    steps = [(int(rng.integers(10)), int(rng.integers(40)), int(rng.integers(40))) for _ in range(14)]
    ours = [Value(v) for v in point]
    theirs = [torch.tensor(v, dtype=torch.float64, requires_grad=True) for v in point]
    out, expected = expression(ours, steps), expression(theirs, steps)
    out.backward()
    expected.backward()
    assert out.data == pytest.approx(expected.item(), rel=1e-12, abs=1e-12)
    for a, b in zip(ours, theirs, strict=True):
        assert a.grad == pytest.approx(0.0 if b.grad is None else b.grad.item(), rel=1e-10, abs=1e-12)
