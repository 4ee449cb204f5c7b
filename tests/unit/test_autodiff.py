"""The scalar engine against finite differences and known derivatives."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from course_lib.autodiff import Value, topological_order
from course_lib.viz.graph import layout


def test_node_used_twice_adds_both_paths():
    x = Value(3.0, "x")
    y = x * x + 2 * x + x / x
    y.backward()
    assert (y.data, x.grad) == (16.0, 8.0)


def test_diamond_counts_each_path_once():
    x = Value(2.0)
    a = x * 3
    b, c = a + 1, a * a
    (b * c).backward()
    # y = (3x + 1) 9 x^2
    assert x.grad == pytest.approx(81 * 4 + 18 * 2)


def test_chain_of_three_sigmoids():
    """f = s(w3 s(w2 s(w1 x + b1) + b2) + b3): the six gradients against the product of slopes."""
    x, w, b = 0.7, [0.5, -1.2, 2.0], [0.1, 0.3, -0.4]
    W, B = [Value(v) for v in w], [Value(v) for v in b]
    out = Value(x)
    for weight, bias in zip(W, B, strict=True):
        out = (weight * out + bias).sigmoid()
    out.backward()
    a = [x]
    for weight, bias in zip(w, b, strict=True):
        a.append(1 / (1 + math.exp(-(weight * a[-1] + bias))))
    delta = 1.0
    for k in (2, 1, 0):
        delta *= a[k + 1] * (1 - a[k + 1])
        assert W[k].grad == pytest.approx(delta * a[k], abs=1e-14) and B[k].grad == pytest.approx(delta, abs=1e-14)
        delta *= w[k]


@pytest.mark.parametrize("x", [-800.0, -2.0, -1e-9, 0.3, 2.0, 800.0])
@pytest.mark.parametrize("name", ["sigmoid", "tanh", "relu", "exp"])
def test_functions_far_out_are_finite_or_infinite_never_an_error(name, x):
    node = Value(x)
    out = getattr(node, name)()
    out.backward()
    with np.errstate(over="ignore"):
        expected = {
            "sigmoid": 0.5 * (1 + np.tanh(x / 2)), "tanh": np.tanh(x), "relu": max(x, 0.0), "exp": np.exp(x),
        }[name]
    assert out.data == pytest.approx(expected, rel=1e-12, abs=1e-15) and not math.isnan(node.grad)


def test_relu_slope_at_zero_is_zero():
    x = Value(0.0)
    x.relu().backward()
    assert x.grad == 0.0


def test_backward_twice_gives_the_same_and_other_roots_start_anew():
    x = Value(1.5)
    y, z = x.exp(), x * 4
    y.backward()
    y.backward()
    assert x.grad == pytest.approx(math.exp(1.5))
    z.backward()
    assert x.grad == 4.0


def test_long_chain_needs_no_recursion():
    x = Value(1.0)
    y = x
    for _ in range(10_000):
        y = y + x
    y.backward()
    assert (y.data, x.grad) == (10_001.0, 10_001.0)
    assert len(topological_order(y)) == 10_001


def test_topological_order_puts_parents_first():
    x, w = Value(2.0), Value(3.0)
    a = x * w
    y = (a + x) * (a - w).tanh()
    order = topological_order(y)
    place = {id(node): k for k, node in enumerate(order)}
    assert len(place) == len(order) and order[-1] is y
    for node in order:
        assert all(place[id(parent)] < place[id(node)] for parent in node.parents)


def test_messages():
    with pytest.raises(ValueError, match="log of -1"):
        Value(-1).log()
    with pytest.raises(TypeError, match="exponent"):
        Value(2) ** Value(2)
    with pytest.raises(TypeError, match="ndarray"):
        Value(2) + np.ones(3)
    with pytest.raises(TypeError, match="str"):
        Value(2) * "3"
    assert repr(Value(2, "w")) == "Value(w: 2, grad 0)"


@pytest.mark.parametrize("kind", [int, float, np.int64, np.uint8, np.float32, np.float64])
def test_numbers_of_numpy_on_either_side(kind):
    two, results = kind(2), []
    for combine in (lambda x: x + two, lambda x: two + x, lambda x: x - two, lambda x: two - x, lambda x: x * two,
                    lambda x: two * x, lambda x: x / two, lambda x: two / x, lambda x: x**two):
        x = Value(4)
        y = combine(x)
        y.backward()
        results.append((y.data, x.grad))
    assert results == [(6, 1), (6, 1), (2, 1), (-2, -1), (8, 2), (8, 2), (2, 0.5), (0.5, -0.125), (16, 8)]


def test_where_a_power_or_a_quotient_does_not_exist():
    with pytest.raises(ZeroDivisionError, match="3 / 0"):
        Value(3) / 0
    with pytest.raises(ValueError, match=r"-2 \*\* 0.5: only numbers of at least 0 have roots"):
        Value(-2) ** 0.5
    assert (Value(0.0) ** -1).data == (Value(1e200) ** 2).data == math.inf and (Value(-1e200) ** 3).data == -math.inf
    root = Value(0.0)
    (root**0.5).backward()
    assert root.grad == math.inf
    for wrong in ("3", None, np.ones(2)):
        with pytest.raises(TypeError, match="a Value holds one number"):
            Value(wrong)


def test_power_at_zero():
    x = Value(0.0)
    (x**2 + x**1 + x**0).backward()
    assert x.grad == 1.0


UNARY = {
    "tanh": (Value.tanh, np.tanh),
    "sigmoid": (Value.sigmoid, lambda v: 1 / (1 + np.exp(-v))),
    "exp": (lambda v: (v * 0.3).exp(), lambda v: np.exp(v * 0.3)),
    "log": (lambda v: (v * v + 1).log(), lambda v: np.log(v * v + 1)),
    "root": (lambda v: (v * v + 0.5) ** 0.5, lambda v: (v * v + 0.5) ** 0.5),
    "neg": (lambda v: -v, lambda v: -v),
    "flip": (lambda v: 1 - v, lambda v: 1 - v),
    "inverse": (lambda v: 2 / (v * v + 1), lambda v: 2 / (v * v + 1)),
}
BINARY = {
    "+": lambda a, b: a + b,
    "-": lambda a, b: a - b,
    "*": lambda a, b: a * b,
    "/": lambda a, b: a / (b * b + 1),
}
STEPS = st.lists(
    st.one_of(
        st.tuples(st.sampled_from(sorted(UNARY)), st.integers(0, 50), st.just(0)),
        st.tuples(st.sampled_from(sorted(BINARY)), st.integers(0, 50), st.integers(0, 50)),
    ),
    min_size=1,
    max_size=12,
)


def run(steps, leaves, of_values):
    """Build a random expression; each step takes earlier nodes, so nodes are used again and again."""
    nodes = list(leaves)
    for op, i, j in steps:
        a, b = nodes[i % len(nodes)], nodes[j % len(nodes)]
        nodes.append(UNARY[op][0 if of_values else 1](a) if op in UNARY else BINARY[op](a, b))
    return nodes[-1] + 0.5 * nodes[len(nodes) // 2]


@given(steps=STEPS, point=st.lists(st.floats(-1.2, 1.2), min_size=3, max_size=3))
@settings(max_examples=150, deadline=None)
def test_random_expressions_against_finite_differences(steps, point):
    leaves = [Value(v) for v in point]
    out = run(steps, leaves, True)
    assert out.data == pytest.approx(float(run(steps, point, False)), rel=1e-12, abs=1e-12)
    if abs(out.data) > 1e4:
        return
    out.backward()
    h = 1e-5
    for k, leaf in enumerate(leaves):
        up, down = list(point), list(point)
        up[k], down[k] = up[k] + h, down[k] - h
        above, below = run(steps, up, False), run(steps, down, False)
        # The third derivative of a long product can be large; compare where the difference itself is reliable.
        up2, down2 = list(point), list(point)
        up2[k], down2[k] = up2[k] + 2 * h, down2[k] - 2 * h
        wide = (run(steps, up2, False) - run(steps, down2, False)) / (4 * h)
        numeric = (above - below) / (2 * h)
        slack = 1e-7 * (1 + abs(numeric) + abs(out.data)) + abs(wide - numeric)
        assert abs(leaf.grad - numeric) <= slack


def test_draw_shows_values_gradients_and_slopes():
    x, w = Value(2.0, "x"), Value(-0.5, "w")
    y = ((w * x).named("z").sigmoid() - x).named("y")
    y.backward()
    figure = y.draw("A title")
    texts = "\n".join(text.get_text() for text in figure.axes[0].texts)
    assert "z [*]\nvalue -1\n" in texts and "y [-]" in texts and f"gradient {x.grad:.4g}" in texts
    assert "\n0.197\n" in f"\n{texts}\n", "the slope of the sigmoid at -1 stands on its edge"
    assert figure.get_suptitle() == "A title"


def test_layout_gives_every_node_and_bend_its_own_place():
    x, w, b = Value(1.0), Value(2.0), Value(3.0)
    y = (w * x + b).tanh() * x - w
    places, routes = layout(y)
    spots = list(places.values())
    bends = [spot for _, _, _, points in routes for spot in points[1:-1]]
    assert len({*spots, *bends}) == len(spots) + len(bends), "no edge may run behind a node"
    for parent, node, _, points in routes:
        columns = [column for column, _ in points]
        assert columns == list(range(places[id(parent)][0], places[id(node)][0] + 1))
    assert {id(node) for node in topological_order(y)} == set(places)
