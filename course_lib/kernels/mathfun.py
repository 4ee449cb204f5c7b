"""exp, tanh, log, sigmoid and their kin for use inside kernels, so that loops over them vectorize.

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

from course_lib.kernels.jit import EXACT, JIT, exact

LN2 = math.log(2.0)

#: erfc(x) = t exp(-x^2 + P(u)) for x >= 0, with t = 2/(2 + x) and u = ERFC_SCALE t - ERFC_SHIFT in [-1, 1]. P is
#: a degree-23 polynomial, highest power first, that meets ln(erfc(x) e^(x^2) / t) at the Chebyshev nodes.
ERFC_SCALE, ERFC_SHIFT = 15.0 / 7.0, 8.0 / 7.0
ERFC_SERIES = (
    1.4044354684986443e-09, 8.970095275597013e-09, -3.228279804474489e-08, -5.103212091686663e-08,
    2.6146995828084524e-07, -3.425244278282885e-08, -1.141947403335414e-06, 1.6136692081439831e-06,
    2.5993592074539457e-06, -9.984288933660708e-06, 1.994010517421038e-06, 3.8032637303776915e-05,
    -5.120843604778467e-05, -9.958085534210172e-05, 0.0003082787135259121, 0.00013326847460673388,
    -0.0014316031219186419, 0.0004377994265060832, 0.0065929036811934565, -0.005189062823158574,
    -0.039942324416938395, 0.03286485935737543, 0.6330982682940193, -0.6267548660108483,
)


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


def exp_pair(x):
    """e^x, 0 where it is no normal number, and e^x - 1 without losing the small values, for x <= 40."""
    raise NotImplementedError("only compiled kernels call this; use np.exp and np.expm1")


def tanh(x):
    """(e^x - e^-x) / (e^x + e^-x)."""
    raise NotImplementedError("only compiled kernels call this; use np.tanh")


def log(x):
    """Natural logarithm; -inf at 0, NaN below."""
    raise NotImplementedError("only compiled kernels call this; use np.log")


def log1p(x):
    """ln(1 + x) without losing the small values, for 0 <= x finite."""
    raise NotImplementedError("only compiled kernels call this; use np.log1p")


def sigmoid(x):
    """1 / (1 + e^-x), without overflow."""
    raise NotImplementedError("only compiled kernels call this; use ops.sigmoid")


def erfc(x):
    """1 - erf(x) for x >= 0, the same polynomial in both precisions."""
    raise NotImplementedError("only compiled kernels call this; use math.erfc")


def build(precision):
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
    flush = real(math.floor(math.log(np.finfo(real).smallest_normal)) + 1.0)
    # (e^r - 1) / r = 1 + r/2! + r^2/3! + ..., highest power first.
    exp_series = tuple(real(1.0 / math.factorial(k)) for k in range(precision.exp_degree, 0, -1))
    erfc_series = tuple(real(c) for c in ERFC_SERIES)
    # atanh(s) / s = 1 + s^2/3 + s^4/5 + ..., highest power first.
    log_series = tuple(real(1.0 / (2 * k - 1)) for k in range(precision.log_degree, 0, -1))

    @exact
    def power_of_two(rounded):
        """2^n from n + rounder."""
        return bits((real(rounded).view(bits) << shift) + one_bits).view(real)

    @exact
    def exp_minus_1(r):
        """e^r - 1 for |r| <= ln(2)/2."""
        series = zero
        for coefficient in exp_series:
            series = series * r + coefficient
        return series * r

    @exact
    def exp(x):
        x = largest if x > largest else x
        x = smallest if x < smallest else x
        n = (x * log2_e + rounder) - rounder
        r = (x - n * ln2_high) - n * ln2_low
        # 2^n in two halves: for denormal results n lies outside of the exponent's range.
        first_half = n * half + rounder
        second_half = (n - (first_half - rounder)) + rounder
        return (one + exp_minus_1(r)) * power_of_two(first_half) * power_of_two(second_half)

    @exact
    def exp_pair(x):
        tiny = x < flush
        x = flush if tiny else x
        rounded = x * log2_e + rounder
        n = rounded - rounder
        r = (x - n * ln2_high) - n * ln2_low
        scale, rest = power_of_two(rounded), exp_minus_1(r)
        return zero if tiny else scale * rest + scale, scale * rest + (scale - one)

    @exact
    def expm1(x):
        rounded = x * log2_e + rounder
        n = rounded - rounder
        r = (x - n * ln2_high) - n * ln2_low
        scale = power_of_two(rounded)
        return scale * exp_minus_1(r) + (scale - one)

    @exact
    def tanh(x):
        x = flat if x > flat else x
        x = -flat if x < -flat else x
        # With u = e^2x - 1: tanh x = u / (u + 2), exact near 0.
        u = expm1(two * x)
        return u / (u + two)

    @exact
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

    @exact
    def log1p(x):
        above = one + x
        return log(above) + (x - (above - one)) / above  # the second term is what rounding 1 + x has lost

    @exact
    def sigmoid(x):
        return one / (one + exp(-x))

    @exact
    def erfc(x):
        t = two / (two + x)
        u = t * real(ERFC_SCALE) - real(ERFC_SHIFT)
        series = zero
        for coefficient in erfc_series:
            series = series * u + coefficient
        return t * exp(series - x * x)

    functions = (exp, exp_pair, tanh, log, log1p, sigmoid, erfc)
    return {function.__name__: function for function in functions}


if JIT:
    import numba
    from numba.extending import overload

    # EXACT, because reassociation would cancel `(x + rounder) - rounder`. The flags belong to single instructions: a
    # kernel compiled with reassociation leaves these alone. And inlined, because a loop with a call stays scalar.
    _double, _single = build(DOUBLE), build(SINGLE)

    def _choose_precision(function):
        double, single = _double[function.__name__], _single[function.__name__]

        @overload(function, jit_options=EXACT)
        def choose(x):
            chosen = single if x == numba.types.float32 else double
            return lambda x: chosen(x)

    for _function in (exp, exp_pair, tanh, log, log1p, sigmoid, erfc):
        _choose_precision(_function)
