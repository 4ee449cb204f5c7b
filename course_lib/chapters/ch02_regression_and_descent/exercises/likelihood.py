"""Exercises on likelihood and on the distance of distributions."""

import numpy as np

from course_lib.exercises.define import exchangeable
from course_lib.exercises.model import Contract, Exercise, Mistake

# 2.22 -----------------------------------------------------------------------------------------------------------------


def _most_likely(points):
    """Mean and variance of four points, and wrong ones."""
    x = np.array(points)
    mu = round(float(x.mean()), 9)
    squares = float(((x - mu) ** 2).sum())

    def answer(variance, mean=mu):
        return {"mu": mean, "variance": round(variance, 9)}

    middle = round(float(np.median(x)), 9)
    return {
        "reference": answer(squares / 4),
        "mistakes": (
            Mistake("GML-a", answer(squares / 3), "You divided by 3. That makes the mean over many samples right; the "
                    "largest likelihood has another divisor.", convention=True),
            Mistake("GML-b", answer(np.sqrt(squares / 4)), "Your second number is in the unit of x. A variance is in "
                    "its square."),
            Mistake("GML-c", answer(float((x**2).mean())), "You averaged the squares of x. From where should the "
                    "distances be measured?"),
            Mistake("GML-d", answer(float(((x - middle) ** 2).mean()), middle), "This is the point in the middle of "
                    "the row. Which point makes the sum of squared distances smallest?"),
            Mistake("GML-e", answer(squares), "A sum of squares grows with the number of points, the width of the "
                    "density does not."),
        ),
    }


def _drawn_points(rng):
    while True:
        points = np.sort(rng.integers(-40, 41, size=4)) / 10
        if np.diff(points).min() >= 0.3 and abs(points.mean() - np.median(points)) > 0.1 and abs(points.mean()) > 0.1:
            break
    shown = ", ".join(f"{x:g}" for x in points)
    return _most_likely(points), {"the four points $-3, -0.7, 2, 3$": f"the four points ${shown}$"}


GAUSSIAN_BY_HAND = Exercise(
    id="2.22",
    title="four points",
    debrief="The divisor N - 1 would make the variance a third larger: with four points the choice matters, with 400 "
            "it is a quarter of a percent.",
    kind="value",
    instances=lambda rng: [()],
    **_most_likely((-3, -0.7, 2, 3)),
    rtol=1e-4,
    atol=6e-4,
    hints=(
        "First the mean; then the four distances from it, squared and averaged.",
        "mu = (x1 + x2 + x3 + x4)/4; variance = ((x1 - mu)^2 + ... + (x4 - mu)^2)/4.",
        "mu is the sum of the points divided by 4",
    ),
    reminders={"type": 'a dict with the keys "mu" and "variance" is expected'},
    vary=_drawn_points,
    skeleton='most_likely = {"mu": ..., "variance": ...}',
    minutes=6, level=1, core=False,
)


# 2.23 -----------------------------------------------------------------------------------------------------------------


@exchangeable
def _log_likelihood(squares=-1.0, width=lambda n: 1.0, constant=1.0, sign=1.0, mean=False, root=1,
                    scale=lambda s: 2 * s**2):
    def total(x, mu, sigma):
        s = sigma**root
        terms = (-constant * np.log(2 * np.pi) / 2 - width(len(x)) * np.log(s)
                 + squares * (x - mu) ** 2 / scale(s)) * sign
        return float(terms.mean() if mean else terms.sum())

    return total


def _density_first(combine):
    """The logarithm taken of a density that may be 0 by then."""
    def total(x, mu, sigma):
        with np.errstate(divide="ignore", under="ignore"):
            return float(combine(np.exp(-((x - mu) ** 2) / (2 * sigma**2)) / (sigma * np.sqrt(2 * np.pi))))

    return total


LOG_LIKELIHOOD = Exercise(
    id="2.23",
    title="gaussian_log_likelihood",
    debrief="ln L may be positive, since a density may exceed 1, and another unit of x shifts it by a constant: only "
            "its differences say something.",
    library="course_lib.ops.gaussian_log_likelihood",
    reference=_log_likelihood(),
    instances=lambda rng: [
        (np.array([1.0, 3.0]), 1.5, 2.0),
        (rng.normal(size=5), 0.3, 0.6),
        (rng.normal(size=1) - 2, -1.0, 3.0),
        (10 * rng.normal(size=2000), 0.5, 11.0),
        (np.array([0.0, 60.0]), 0.0, 1.0),
    ],
    arguments=("x", "mu", "sigma"),
    contract=Contract(shapes={"x": "L"}, zero="mu", values={"sigma": (1,)}),
    outputs=("ln L",),
    points=2,
    mistakes=(
        Mistake("GLL-a", _log_likelihood(sign=-1.0),
                "This is the negative log-likelihood, the quantity that is made small. The function asks for its "
                "opposite."),
        Mistake("GLL-b", _log_likelihood(squares=1.0),
                "Move one point away from mu: your value rises. A far point must make the sample less likely."),
        Mistake("GLL-c", _log_likelihood(mean=True),
                "You averaged. The logarithm of a product of N densities is a sum of N terms.", convention=True),
        Mistake("GLL-d", _log_likelihood(constant=0.0),
                "Right up to a constant: the maximum is at the right place, the value is not. What stands before the "
                "exponential?"),
        Mistake("GLL-e", _log_likelihood(root=2),
                "The width enters squared where it should not. Is sigma the standard deviation or the variance?"),
        Mistake("GLL-f", _log_likelihood(width=lambda n: 0.0),
                "A very wide normal costs nothing in your formula. Which term punishes a large sigma?"),
        Mistake("GLL-g", _density_first(lambda density: np.log(np.prod(density))),
                "Right for few points, minus infinity for 2,000: the product of densities has left the range of the "
                "numbers. Take logarithms before you combine the points."),
        Mistake("GLL-h", _density_first(lambda density: np.sum(np.log(density))),
                "Minus infinity for a point far from mu: its density is 0 in floating point. Simplify the logarithm on "
                "paper before you compute."),
        Mistake("GLL-i", _log_likelihood(width=lambda n: 1 / n),
                "Every point has its own factor 1/sigma. How many logarithms of it are there?"),
        Mistake("GLL-j", _log_likelihood(scale=lambda s: 2 * s),
                "Measure x, mu and sigma in other units: your last term changes. Which power of sigma has the unit of "
                "the squares?"),
        Mistake("GLL-k", _log_likelihood(scale=lambda s: s**2),
                "The last term is twice too large. What stands in the exponent beside sigma squared?"),
        Mistake("GLL-l", _log_likelihood(scale=lambda s: 2 / s**2),
                "In the last term you multiply by sigma squared: mind the brackets."),
        Mistake("GLL-m", _log_likelihood(constant=1 / np.log(10), width=lambda n: 1 / np.log(10)),
                "Which logarithm undoes the exponential of the density? Yours has the base 10."),
    ),
    hints=(
        "Take the logarithm of the density of one point, on paper; it has three terms. Then sum over the points.",
        "ln p(x) = -ln(2 pi)/2 - ln sigma - (x - mu)^2 / (2 sigma^2).",
        "z = (x - mu) / sigma",
    ),
    reminders={"type": "one number is expected, float"},
    minutes=8, level=2, core=False,
)


# 2.24 -----------------------------------------------------------------------------------------------------------------


def _log(q):
    return np.log(np.where(q > 0, q, 1))


def _entropy(p):
    return -np.sum(p * _log(p))


def _crossed(p, q):
    return -np.sum(p * np.log(q))


def _divergence(p, q):
    return _crossed(p, q) - _entropy(p)


@exchangeable
def _measures(entropy=_entropy, crossed=_crossed, divergence=None):
    """The three numbers with any part exchanged; without a divergence of its own the third is made of the others."""
    def information(p, q):
        with np.errstate(all="ignore"):
            h, c = entropy(p), crossed(p, q)
            return float(h), float(c), float(c - h if divergence is None else divergence(p, q))

    return information


def _distributions(rng):
    def draw(n):
        return rng.dirichlet(np.ones(n)) * 0.8 + 0.2 / n

    return [
        (np.array([0.7, 0.2, 0.1]), np.array([0.5, 0.3, 0.2])),
        (draw(4), draw(4)),
        (np.array([0.0, 1.0, 0.0]), np.array([0.128, 0.719, 0.153])),
        (draw(2), draw(2)),
    ]


def _term_by_term(p, q):
    """Loops that leave out the zeros."""
    entropy = sum(-a * np.log2(a) * np.log(2) for a in p if a > 0)
    divergence = sum(a * np.log(a / b) for a, b in zip(p, q, strict=True) if a > 0)
    return [entropy, entropy + divergence, divergence]


def _of_the_positive(p, q):
    """Only where p > 0."""
    P, Q = p[p > 0], q[p > 0]
    return P @ np.log(1 / P), P @ np.log(1 / Q), P @ np.log(P) - P @ np.log(Q)


INFORMATION = Exercise(
    id="2.24",
    title="information",
    debrief="For a fixed p cross-entropy and divergence have the same slopes in q and the same best q; the one ends at "
            "H(p), the other at 0.",
    reference=_measures(),
    instances=_distributions,
    arguments=("p", "q"),
    contract=Contract(whole="", values={"q": {"q equal to p": lambda given: given["p"]}}),
    outputs=("H(p)", "H(p, q)", "KL(p, q)"),
    points=2,
    mistakes=(
        Mistake("KLD-1", _measures(divergence=lambda p, q: _entropy(p) - _crossed(p, q)),
                "KL: this quantity can never be negative."),
        Mistake("KLD-2", _measures(divergence=lambda p, q: _entropy(p) + _crossed(p, q)),
                "KL: identical distributions must give zero."),
        Mistake("KLD-3", _measures(divergence=lambda p, q: np.sum(q * (_log(q) - np.log(np.maximum(p, 1e-300))))),
                "KL: the divergence is not symmetric. Which distribution does the averaging?"),
        Mistake("KLD-4", _measures(divergence=_crossed),
                "KL: you counted the whole surprise, not the part that the wrong belief adds."),
        Mistake("KLD-5", _measures(lambda p: _entropy(p) / np.log(2), lambda p, q: _crossed(p, q) / np.log(2)),
                "All three are too large by the factor 1.4427. Which unit: nats or bits?", convention=True),
        Mistake("KLD-6", _measures(divergence=lambda p, q: -_entropy(p)),
                "KL: this is an entropy whose minus sign is lost."),
        Mistake("INF-a", _measures(entropy=lambda p: -np.sum(p * np.log(p)),
                                   divergence=lambda p, q: np.sum(p * np.log(p / q))),
                "Not a number as soon as a class has probability 0. What should 0 ln 0 count, by its limit?"),
        Mistake("INF-b", _measures(entropy=lambda p: -_entropy(p), divergence=_divergence),
                "H(p): the logarithm of a probability is negative. An entropy is not."),
        Mistake("INF-c", _measures(crossed=lambda p, q: -np.sum(q * _log(p)), divergence=_divergence),
                "H(p, q): p is the truth and does the averaging, q is the belief whose surprise is averaged."),
        Mistake("INF-h", _measures(divergence=lambda p, q: np.sum(q * np.log(q / p))),
                "KL: infinite as soon as a class has p = 0, and not symmetric. Which distribution does the averaging?"),
        Mistake("INF-i", _measures(divergence=lambda p, q: np.sum(q * np.log(q / np.where(p > 0, p, q)))),
                "KL: classes with p = 0 are taken care of, but q does the averaging."),
        Mistake("INF-j", _measures(crossed=lambda p, q: -np.sum(np.where(p > 0, p, 1) * np.log(q))),
                "H(p, q), and KL with it: the replaced p belongs inside the logarithm of p only. What should a class "
                "with p = 0 add?"),
        Mistake("INF-d", _measures(entropy=lambda p: -_entropy(p)),
                "H(p), and KL with it: the logarithm of a probability is negative. An entropy is not."),
        Mistake("INF-e", _measures(crossed=lambda p, q: -np.sum(q * _log(p))),
                "H(p, q), and KL with it: p is the truth and does the averaging, q is the belief whose surprise is "
                "averaged."),
        Mistake("INF-f", _measures(lambda p: -_entropy(p), lambda p, q: -_crossed(p, q)),
                "All three have the other sign: logarithms of probabilities are negative, surprises are not."),
        Mistake("INF-g", _measures(lambda p: -_entropy(p), lambda p, q: -_crossed(p, q), _divergence),
                "KL is right. H(p) and H(p, q) are negative: so are logarithms of probabilities, but not surprises."),
    ),
    hints=(
        "Entropy is the mean surprise of p about p, cross-entropy the mean surprise of q when p is true.",
        "H(p) = -sum p ln p, H(p, q) = -sum p ln q, KL = H(p, q) - H(p); a class with p = 0 adds nothing.",
        "safe = np.where(p > 0, p, 1)",
    ),
    reminders={"type": "three numbers are expected: H(p), H(p, q), KL(p, q)"},
    variants=(_term_by_term, _of_the_positive),
    minutes=10, level=2, core=False,
)

EXERCISES = (GAUSSIAN_BY_HAND, LOG_LIKELIHOOD, INFORMATION)
