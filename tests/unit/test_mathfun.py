"""exp, tanh, log and their kin inside compiled loops: accuracy, special values, speed against NumPy."""

import math
import time

import numpy as np
import pytest
from needs import needs

from course_lib.kernels import activations, mathfun
from course_lib.kernels.jit import FASTMATH

needs_jit = needs("Numba")  # the helpers exist only inside compiled kernels
erfc = np.vectorize(math.erfc, otypes=[np.longdouble])

# name: (function in extended precision, low, high, largest relative error in float64 and in float32)
FUNCTIONS = {
    "exp": (np.exp, -80, 80, 3e-16, 1.2e-7),
    "exp_pair[0]": (np.exp, -80, 39, 3e-16, 1.2e-7),
    "exp_pair[1]": (np.expm1, -80, 39, 6e-16, 3e-7),
    "tanh": (np.tanh, -11, 11, 6e-16, 3e-7),
    "log": (np.log, 1e-3, 5, 6e-16, 3e-7),
    "log1p": (np.log1p, 0, 1, 6e-16, 3e-7),
    "sigmoid": (lambda x: 1 / (1 + np.exp(-x)), -80, 80, 6e-16, 2.5e-7),
    "erfc": (erfc, 0, 5, 1e-14, 6e-6),
}
SPECIAL = [0.0, -0.0, np.nan, np.inf, -np.inf, 1e4, -1e4, 5e-324, 1e-310, 1e-40, -1e-310, -745, -740, 709.7, -100, -95,
           88.6, 1e-20, -1e-20, 1.0, 1e30, -1.0]


def loop(name):
    """A compiled loop over one of the helpers."""
    import numba

    helper = getattr(mathfun, name.split("[")[0])
    if "[" in name:  # one of a pair
        place, pair = int(name[-2]), helper
        helper = numba.njit(inline="always")(lambda x: pair(x)[place])

    @numba.njit(error_model="numpy", fastmath=FASTMATH)
    def run(x, out):
        for i in range(x.size):
            out[i] = helper(x[i])

    return run


def evaluate(name, x):
    out = np.empty_like(x)
    loop(name)(x, out)
    return out


@needs_jit
@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.parametrize("name", FUNCTIONS)
def test_relative_error(name, dtype):
    function, low, high, *limits = FUNCTIONS[name]
    random = np.random.default_rng(0).uniform(low, high, 20_000)
    small = np.logspace(-12, -1, 200)
    x = np.concatenate([random, small, -small]).astype(dtype)
    x = x[(x >= low) & (x <= high)]
    exact = function(x.astype(np.longdouble))
    given = evaluate(name, x)
    assert given.dtype == dtype
    nonzero = exact != 0
    error = np.abs((given[nonzero] - exact[nonzero]) / exact[nonzero]).max()
    assert error < limits[dtype == np.float32]
    assert (given[~nonzero] == 0).all()


@needs_jit
@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.parametrize("name", ["exp", "tanh", "log", "sigmoid"])
def test_special_values_as_in_numpy(name, dtype):
    with np.errstate(all="ignore"):
        x = np.array(SPECIAL).astype(dtype)
        expected = FUNCTIONS[name][0](x)
        given = evaluate(name, x)
    # One unit in the last place of the smallest denormal number is its whole size.
    np.testing.assert_allclose(given, expected, rtol=1e-14 if dtype == np.float64 else 4e-7,
                               atol=np.finfo(dtype).smallest_subnormal)


@needs_jit
def test_denormal_results_are_not_flushed_to_zero():
    x = np.array([-709.0, -720.0, -744.0])
    np.testing.assert_allclose(evaluate("exp", x), np.exp(x), rtol=1e-1)
    assert (evaluate("exp", x) > 0).all()


def test_normal_cdf_of_the_twin_against_the_standard_library():
    z = np.linspace(-8, 8, 2001)
    expected = [0.5 * math.erfc(-v / math.sqrt(2)) for v in z]
    np.testing.assert_allclose(activations.normal_cdf(z), expected, rtol=2e-14)


def seconds(call):
    """The best of many short runs: least disturbed by other work on the machine."""
    best = math.inf
    for _ in range(40):
        start = time.perf_counter()
        call()
        best = min(best, time.perf_counter() - start)
    return best


@needs_jit
@pytest.mark.parametrize("name", ["exp", "tanh", "log"])
def test_loops_are_vectorized(name):
    # A scalar call for each number is 10 to 30 times slower than NumPy; the limit leaves room for a busy machine.
    x = np.random.default_rng(1).uniform(0.1, 4, 100_000)
    out = np.empty_like(x)
    run = loop(name)
    run(x, out)
    assert seconds(lambda: run(x, out)) < 3 * seconds(lambda: getattr(np, name)(x, out=out))


def test_called_from_python_names_the_replacement():
    with pytest.raises(NotImplementedError, match=r"np\.exp"):
        mathfun.exp(1.0)
