"""What `validate` takes, what it refuses, and what its messages say."""

import numpy as np
import pytest

from course_lib import validate


@pytest.mark.parametrize("value", [3, np.int32(3), np.uint8(3), np.array(3)])
def test_whole_numbers(value):
    assert validate.whole_number(value, "n") == 3 and type(validate.whole_number(value, "n")) is int


@pytest.mark.parametrize("value, error, words", [
    (2.0, TypeError, r"n=2.0, expected a whole number of at least 1. Usual cause: .* // or int\(...\) makes 2"),
    (2.5, TypeError, "n=2.5, expected a whole number"),
    (np.nan, TypeError, "n=nan"),
    (np.inf, TypeError, "n=inf"),
    (True, TypeError, "n=True"),
    (np.True_, TypeError, "expected a whole number"),
    ("3", TypeError, "n='3'"),
    (None, TypeError, "n=None"),
    ([3], TypeError, r"n=\[3\]"),
    (0, ValueError, "n=0, expected a whole number of at least 1."),
])
def test_what_is_no_count(value, error, words):
    with pytest.raises(error, match=words):
        validate.whole_number(value, "n")


def test_bounds_are_said():
    assert validate.whole_number(0, "k", 0, 3) == 0 and validate.whole_number(3, "k", 0, 3) == 3
    with pytest.raises(ValueError, match="k=4, expected a whole number from 0 to 3"):
        validate.whole_number(4, "k", 0, 3)


def test_rates():
    assert validate.rate(np.float32(0.5), "lr") == 0.5 and validate.rate(0, "lr") == 0.0
    assert validate.rate(-3, "b", -np.inf) == -3.0
    for wrong in (-0.1, np.nan, np.inf):
        with pytest.raises(ValueError, match=r"lr=.*, expected a finite number of at least 0"):
            validate.rate(wrong, "lr")
    with pytest.raises(ValueError, match="r=2, expected a finite number from 0 to 1"):
        validate.rate(2, "r", 0, 1)
    with pytest.raises(TypeError, match="lr must be a number, got None"):
        validate.rate(None, "lr")
    with pytest.raises(TypeError, match="lr=True, expected a number"):
        validate.rate(True, "lr")
    with pytest.raises(TypeError, match=r"lr must be a number, got '0\.1'. Usual cause: quotes around the number"):
        validate.rate("0.1", "lr")
    with pytest.raises(ValueError, match=r"lr has shape \(2,\), expected one number"):
        validate.rate([0.1, 0.2], "lr")


def test_names():
    assert validate.choice("relu", "hidden", ("tanh", "relu")) == "relu"
    with pytest.raises(ValueError, match="hidden='RELU', expected one of 'tanh', 'relu'"):
        validate.choice("RELU", "hidden", ("tanh", "relu"))
    with pytest.raises(ValueError, match="the function itself instead of its name"):
        validate.choice(np.tanh, "hidden", ("tanh", "relu"))


def test_seeds():
    one = np.random.default_rng(3)
    assert validate.generator(one) is one
    assert validate.generator(3).random() == validate.generator(np.int64(3)).random()
    for wrong in (None, True, -1, 0.5, "seed"):
        with pytest.raises(TypeError, match="expected a seed such as 0"):
            validate.generator(wrong)


def test_data():
    with pytest.raises(TypeError, match="X must be an array, got rows of different lengths"):
        validate.as_float([[1, 2], [3]], "X")
    with pytest.raises(ValueError, match="X holds 1 NaN and 2 infinity"):
        validate.finite(np.array([np.nan, np.inf, -np.inf, 0]), "X")
    with pytest.raises(ValueError, match=r"order holds sample numbers from 0 to 4, expected 0..3"):
        validate.as_order([[0, 4]], 4)
    with pytest.raises(ValueError, match=r"One epoch alone is a row: order\[None, :\]"):
        validate.as_order([0, 1], 4)
    with pytest.raises(ValueError, match="of float64"):
        validate.as_order([[0.0, 1.0]], 4)
