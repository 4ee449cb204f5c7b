"""Data: seeded generators, small real data (digits, clothes, patients, a play, a photo), large sets by `course data`.

Nothing here touches the network; only `course data` does, when a person types it.
"""

from course_lib.datasets.augmentation import augment
from course_lib.datasets.download import downloaded
from course_lib.datasets.generators import (
    blobs,
    circles,
    gate,
    gates,
    moons,
    noisy_line,
    noisy_parabola,
    overlapping_dots,
    separable_clouds,
    shapes,
    spiral,
    xor_clouds,
)
from course_lib.datasets.published import HAND_SIGN_TABLES, HAND_SIGNS
from course_lib.datasets.r_numbers import RStream, published_spiral, published_start
from course_lib.datasets.sequences import adding_problem, brackets, delayed_copy, parity, seasonal_series
from course_lib.datasets.shipped import (
    DIABETES_FEATURES,
    FASHION_CLASSES,
    Split,
    diabetes,
    digits8,
    digits28,
    fashion,
    manifest,
    min_max_scale,
    photograph,
    shakespeare,
    standardize,
    train_test_split,
)

__all__ = [
    "DIABETES_FEATURES",
    "FASHION_CLASSES",
    "HAND_SIGNS",
    "HAND_SIGN_TABLES",
    "RStream",
    "Split",
    "adding_problem",
    "augment",
    "blobs",
    "brackets",
    "circles",
    "delayed_copy",
    "diabetes",
    "digits8",
    "digits28",
    "downloaded",
    "fashion",
    "gate",
    "gates",
    "manifest",
    "min_max_scale",
    "moons",
    "noisy_line",
    "noisy_parabola",
    "overlapping_dots",
    "parity",
    "photograph",
    "published_spiral",
    "published_start",
    "seasonal_series",
    "separable_clouds",
    "shakespeare",
    "shapes",
    "spiral",
    "standardize",
    "train_test_split",
    "xor_clouds",
]
