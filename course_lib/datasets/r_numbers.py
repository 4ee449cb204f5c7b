"""The random numbers of R before version 3.6, and a published spiral with its starting weights made from them.

With them the tables of a book on deep learning in R can be computed again, digit by digit. Chapters 05, 06 and 07.
"""

from functools import cache
from itertools import pairwise
from statistics import NormalDist

import numpy as np

from course_lib.datasets.shipped import Split
from course_lib.ops import count_parameters
from course_lib.validate import choice, rate, whole_number, yes_or_no

#: The seeds of the book: of the points and of the weights.
DATA_SEED, START_SEED = 308, 2
#: The book's spread of the weights with n inputs.
_SPREADS = {"lecun_normal": lambda n: (1 / n) ** 0.5, "he_normal": lambda n: (2 / n) ** 0.5}


@cache
def _seeding():
    """R's state from a seed is factors * seed + terms modulo 2^32: steps 51 to 675 of x <- 69069 x + 1."""
    pairs = [(1, 0)]
    for _ in range(675):
        factor, term = pairs[-1]
        pairs.append((69069 * factor % 2**32, (69069 * term + 1) % 2**32))
    return np.array(pairs[51:], np.uint32).T  # the first 50 only stir the seed


class RStream:
    """The numbers that R before version 3.6 draws after `set.seed(seed)`: Mersenne Twister, normals by inversion.

    Parameters
    ----------
    seed : int from 0 to 2^32 - 1
    """

    def __init__(self, seed):
        factors, terms = _seeding()
        key = factors * np.uint32(whole_number(seed, "seed", 0, 2**32 - 1)) + terms
        self._bits = np.random.MT19937(0)
        self._bits.state = {"bit_generator": "MT19937", "state": {"key": key[1:], "pos": 624}}

    def uniform(self, n):
        """(n,) numbers between 0 and 1, neither included: `runif(n)`."""
        drawn = self._bits.random_raw(whole_number(n, "n")) * 2.3283064365386963e-10  # 2^-32
        half = 0.5 * 2.328306437080797e-10  # of 1 / (2^32 - 1)
        return np.clip(drawn, half, 1 - half)

    def normal(self, n):
        """(n,) normal numbers: `rnorm(n)`. Each uses up two uniform numbers, for 27 more bits."""
        n = whole_number(n, "n")
        first, second = self.uniform(2 * n).reshape(n, 2).T
        quantile = NormalDist().inv_cdf
        return np.array([quantile(u) for u in (np.floor(2**27 * first) + second) / 2**27])

    def sample(self, n, k):
        """(k,) different numbers from 0 to n - 1 in random order: `sample(n, k) - 1`."""
        n = whole_number(n, "n")
        k = whole_number(k, "k", 1, n)
        pool, drawn = list(range(n)), []
        for u in self.uniform(k).tolist():
            j = int(len(pool) * u)
            drawn.append(pool[j])
            pool[j] = pool[-1]  # the last one left fills the gap
            pool.pop()
        return np.array(drawn, np.int64)


def published_spiral(repaired=False):
    """The two-class spiral of a book on deep learning in R, point by point: seed 308, 600 rows to train, 200 to test.

    Class c has 400 radii evenly from 0.05 to 1 and 400 angles evenly from 4.7 c to 4.7 (c + 1), each plus 0.3 times a
    normal number; the point is (r sin t, r cos t). As printed, only class 0 was then scaled to mean 0 and standard
    deviation 1 a column, before class 1 was added: a circle about the origin almost separates the classes.

    Parameters
    ----------
    repaired : bool. True leaves both classes as they were drawn.

    Returns
    -------
    Split
        X (N, 2) float64, y (N,) int64; the training rows in the order of the book's `sample`, 305 of class 0 and 295 of
        class 1, the test rows in the order of the points, 95 and 105.
    """
    repaired, stream = yes_or_no(repaired, "repaired"), RStream(DATA_SEED)
    r, arms = np.linspace(0.05, 1, 400), []
    for c in range(2):
        t = np.linspace(4.7 * c, 4.7 * (c + 1), 400) + 0.3 * stream.normal(400)
        arms.append(np.column_stack([r * np.sin(t), r * np.cos(t)]))
    if not repaired:
        arms[0] = (arms[0] - arms[0].mean(axis=0)) / arms[0].std(axis=0, ddof=1)
    X, y = np.vstack(arms), np.repeat([0, 1], 400)
    train = stream.sample(800, 600)
    test = np.setdiff1d(np.arange(800), train)
    return Split(X[train], X[test], y[train], y[test])


def published_start(scale="he_normal", sizes=(2, 100, 1)):
    """The starting weights of the same book's spiral networks: seed 2, biases 0.

    Parameters
    ----------
    scale : "he_normal" sqrt(2 / inputs), "lecun_normal" sqrt(1 / inputs), which the book calls Xavier, or a number: the
        standard deviation of the weights, such as 0.01 or 0.
    sizes : layer sizes, input first.

    Returns
    -------
    [(W, b), ...]
        W (inputs, outputs), b (outputs,), as `dense.train(params=...)` takes them.
    """
    if isinstance(scale, str):
        spread = _SPREADS[choice(scale, "scale", _SPREADS)]
    else:
        number = rate(scale, "scale")
        spread = lambda inputs: number
    drawn, layers = RStream(START_SEED).normal(count_parameters(sizes, bias=False)), []
    for inputs, outputs in pairwise(sizes):
        # R fills its matrix (outputs, inputs) column by column, which is ours (inputs, outputs) row by row.
        W, drawn = drawn[: inputs * outputs].reshape(inputs, outputs), drawn[inputs * outputs :]
        layers.append((spread(inputs) * W, np.zeros(outputs)))
    return layers
