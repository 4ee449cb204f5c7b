"""Numbers behind chapter 05: each function reproduces one published or announced result and returns it.

The chapter prints them, and the tests compare them with the targets.
"""

import numpy as np

from course_lib import datasets, dense, nn, ops
from course_lib.chapters.spiral_runs import percent_right

#: The starts of the published runs -> the scale of `datasets.published_start`.
STARTS = {"zero": 0.0, "small": 0.01, "sqrt(1/n)": "lecun_normal", "He": "he_normal"}


def spiral_run(start: str, repaired: bool = False) -> dict:
    """2-100-1, ReLU, on the published spiral, from one of STARTS: descent on all points, lr 0.03, 5001 steps.

    The book's runs. The slip of its data: only class 0 is scaled, so that the radius alone tells the classes apart, and
    all starts but zero come out alike. On the repaired points they do not.

    Returns
    -------
    {"cost": (6,) before steps 0, 1000, ..., 5000, "train", "test": percent right after the last step}
    """
    data = datasets.published_spiral(repaired)
    run = dense.train((2, 100, 1), data.X_train, data.y_train, hidden="relu", loss="bce", lr=0.03, epochs=5001,
                      params=datasets.published_start(STARTS[start]))
    return {"cost": run.loss[:-1:1000], "train": percent_right(run, data.X_train, data.y_train),
            "test": percent_right(run, data.X_test, data.y_test)}


def radius_rule(radius: float | None = None) -> dict:
    """What a circle about the origin makes of the spiral as printed: percent right, class 0 outside.

    radius : None takes the one that is best on the training points.

    Returns
    -------
    {"radius", "train", "test"}
    """
    data = datasets.published_spiral()
    r_train, r_test = np.hypot(*data.X_train.T), np.hypot(*data.X_test.T)
    right = lambda radius, r, y: 100 * float(np.mean((r < radius) == y))
    if radius is None:
        radius = max(np.sort(r_train), key=lambda edge: right(edge, r_train, data.y_train))
    return {"radius": float(radius), "train": right(radius, r_train, data.y_train),
            "test": right(radius, r_test, data.y_test)}


#: Names and functions for the initialization of 10 layers of equal width.
DEEP_STARTS = {
    "He": "he_normal",
    "sqrt(1/n)": "lecun_normal",
    "sqrt(2/n^2)": lambda rng, fan_in, fan_out: np.sqrt(2) / fan_in * rng.standard_normal((fan_in, fan_out)),
    "U(0, 0.3)": lambda rng, fan_in, fan_out: rng.uniform(0, 0.3, (fan_in, fan_out)),
    "zeros": "zeros",
}


def activation_spread(start: str, layers: int = 10, width: int = 512, samples: int = 100, seed: int = 0) -> np.ndarray:
    """(layers,) standard deviation of the activations after each ReLU layer, from one of DEEP_STARTS.

    Inputs N(0, 1), biases 0. The formula sqrt(2/n^2) stands printed in a textbook for He's sqrt(2/n).
    """
    rng = np.random.default_rng(seed)
    h, spread = rng.standard_normal((samples, width)), []
    for _ in range(layers):
        h = ops.relu(h @ nn.draw_weights(rng, width, width, DEEP_STARTS[start]))
        spread.append(h.std())
    return np.array(spread)


def depth_accuracy(init, seed, depths, width=32) -> list:
    """Test accuracy of ReLU nets with so many weight layers, each trained on 600 digits for 20 epochs from one start.

    The study of accuracy against depth that a lesson announces, on data that everybody has.
    """
    split, rates = datasets.digits8(), []
    X, y = split.X_train[:600], split.y_train[:600]
    for depth in depths:
        run = dense.train((64, *[width] * (depth - 1), 10), X, y, hidden="relu", loss="cross_entropy", lr=0.05,
                          epochs=20, batch_size=20, rng=seed, init=init)
        rates.append(ops.accuracy(run.predict(split.X_test), split.y_test))
    return rates
