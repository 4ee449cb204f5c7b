"""exp, tanh, log, sigmoid and erfc for use inside kernels, so that loops over them vectorize.

A compiled loop that calls the C library's `exp` waits for one scalar call a number; a short polynomial runs on four
to sixteen numbers at once. Every function here takes the same three steps, in float64 and in float32:

1. *Reduce the range.* x = n ln 2 + r with |r| <= ln(2)/2 gives exp(x) = 2^n exp(r).
2. *Polynomial* for the small rest: the Taylor series, long enough for the last bit.
3. *Put the power of two back* by writing n into the exponent bits of a floating-point number.

NaN, infinity, 0 and denormal numbers come out as in NumPy, without a jump: a selection (`a if test else b`) keeps a
loop vectorized. Only compiled kernels call these functions; plain Python uses `np.exp`, `np.tanh`, `np.log`.
"""

import math
from typing import NamedTuple

import numpy as np

from course_lib.kernels.jit import JIT

LN2 = math.log(2.0)


class Precision(NamedTuple):
    """What differs between float64 and float32, whose bits are sign, exponent, mantissa."""

    real: type
    bits: type  #: unsigned integer of the same size
    mantissa: int  #: number of mantissa bits
    bias: int  #: stored exponent of 1.0
    ln2_high: float  #: ln 2 with so few bits that n * ln2_high is exact
    ln2_low: float  #: ln 2 - ln2_high
    largest: float  #: exp of more than this overflows
    smallest: float  #: exp of less than this is 0
    flat: float  #: tanh of more than this is 1
    exp_degree: int
    log_degree: int


DOUBLE = Precision(np.float64, np.uint64, 52, 1023, 6.93147180369123816490e-01, 1.90821492927058770002e-10,
                   710.0, -746.0, 20.0, 13, 11)
SINGLE = Precision(np.float32, np.uint32, 23, 127, 0.693359375, -2.12194440054690581e-4, 89.0, -104.0, 10.0, 7, 5)


def exp(x):
    """e^x."""
    raise NotImplementedError("only compiled kernels call this; use np.exp")


def tanh(x):
    """(e^x - e^-x) / (e^x + e^-x)."""
    raise NotImplementedError("only compiled kernels call this; use np.tanh")


def log(x):
    """Natural logarithm; -inf at 0, NaN below."""
    raise NotImplementedError("only compiled kernels call this; use np.log")


def sigmoid(x):
    """1 / (1 + e^-x), without overflow."""
    raise NotImplementedError("only compiled kernels call this; use ops.sigmoid")


def build(precision, compiled):
    """Compiled functions of one precision by name; the constants below are fixed when Numba compiles."""
    real, bits = precision.real, precision.bits
    zero, half, one, two = real(0.0), real(0.5), real(1.0), real(2.0)
    infinity, not_a_number = real(np.inf), real(np.nan)
    log2_e, sqrt2 = real(1.0 / LN2), real(math.sqrt(2.0))
    ln2_high, ln2_low = real(precision.ln2_high), real(precision.ln2_low)
    largest, smallest, flat = real(precision.largest), real(precision.smallest), real(precision.flat)
    shift, one_bits = bits(precision.mantissa), bits(precision.bias << precision.mantissa)
    mantissa_mask = bits((1 << precision.mantissa) - 1)
    # Adding this number rounds to an integer, which then stands in the lowest mantissa bits.
    rounder = real(1.5 * 2.0**precision.mantissa)
    # An integer written into the mantissa of this number is added to it.
    whole = real(2.0**precision.mantissa)
    whole_bits, whole_and_bias = bits(whole.view(bits)), real(2.0**precision.mantissa + precision.bias)
    smallest_normal = real(np.finfo(real).smallest_normal)
    # (e^r - 1) / r = 1 + r/2! + r^2/3! + ..., highest power first.
    exp_series = tuple(real(1.0 / math.factorial(k)) for k in range(precision.exp_degree, 0, -1))
    # atanh(s) / s = 1 + s^2/3 + s^4/5 + ..., highest power first.
    log_series = tuple(real(1.0 / (2 * k - 1)) for k in range(precision.log_degree, 0, -1))

    @compiled
    def power_of_two(rounded):
        """2^n from n + rounder."""
        return bits((real(rounded).view(bits) << shift) + one_bits).view(real)

    @compiled
    def exp_minus_1(r):
        """e^r - 1 for |r| <= ln(2)/2."""
        series = zero
        for coefficient in exp_series:
            series = series * r + coefficient
        return series * r

    @compiled
    def exp(x):
        x = largest if x > largest else x
        x = smallest if x < smallest else x
        n = (x * log2_e + rounder) - rounder
        r = (x - n * ln2_high) - n * ln2_low
        # 2^n in two halves: for denormal results n lies outside of the exponent's range.
        first_half = n * half + rounder
        second_half = (n - (first_half - rounder)) + rounder
        return (one + exp_minus_1(r)) * power_of_two(first_half) * power_of_two(second_half)

    @compiled
    def tanh(x):
        # With u = e^2x - 1: tanh x = u / (u + 2), exact near 0 because no 1 is subtracted from e^2x.
        x = flat if x > flat else x
        x = -flat if x < -flat else x
        doubled = two * x
        rounded = doubled * log2_e + rounder
        n = rounded - rounder
        r = (doubled - n * ln2_high) - n * ln2_low
        scale = power_of_two(rounded)
        u = scale * exp_minus_1(r) + (scale - one)
        return u / (u + two)

    @compiled
    def log(x):
        # x = 2^n m with m in (sqrt(1/2), sqrt 2); ln m = 2 atanh(s) with s = (m - 1)/(m + 1).
        denormal = x < smallest_normal
        scaled = x * whole if denormal else x
        pattern = real(scaled).view(bits)
        n = bits((pattern >> shift) | whole_bits).view(real) - whole_and_bias
        n = n - real(precision.mantissa) if denormal else n
        m = bits((pattern & mantissa_mask) | one_bits).view(real)
        n = n + one if m > sqrt2 else n
        m = m * half if m > sqrt2 else m
        s = (m - one) / (m + one)
        series = zero
        for coefficient in log_series:
            series = series * (s * s) + coefficient
        result = n * ln2_high + (two * s * series + n * ln2_low)
        result = x if x == infinity else result
        result = -infinity if x == zero else result
        return result if x >= zero else not_a_number

    @compiled
    def sigmoid(x):
        return one / (one + exp(-x))

    return {"exp": exp, "tanh": tanh, "log": log, "sigmoid": sigmoid}


if JIT:
    import numba
    from numba.extending import overload

    # No "reassoc" here: it would cancel `(x + rounder) - rounder`. The flags belong to single instructions, so a
    # kernel compiled with it leaves these alone. `forceinline`, because a loop with a call in it is not vectorized.
    _compiled = numba.njit(error_model="numpy", fastmath={"contract"}, forceinline=True)
    _double, _single = build(DOUBLE, _compiled), build(SINGLE, _compiled)

    def _choose_precision(function):
        double, single = _double[function.__name__], _single[function.__name__]

        @overload(function, jit_options={"error_model": "numpy", "forceinline": True})
        def choose(x):
            chosen = single if x == numba.types.float32 else double
            return lambda x: chosen(x)

    for _function in (exp, tanh, log, sigmoid):
        _choose_precision(_function)
