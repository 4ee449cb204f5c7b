"""Data: seeded generators, two shipped sets of real digits, and the full-size sets after `course data`.

Nothing here touches the network; only `course data` does, when a person types it.
"""

from course_lib.datasets.download import downloaded
from course_lib.datasets.generators import (
    blobs,
    circles,
    gate,
    gates,
    moons,
    overlapping_dots,
    separable_clouds,
    spiral,
    xor_clouds,
)
from course_lib.datasets.shipped import Split, digits8, digits28, manifest, standardize, train_test_split

__all__ = [
    "Split",
    "blobs",
    "circles",
    "digits8",
    "digits28",
    "downloaded",
    "gate",
    "gates",
    "manifest",
    "moons",
    "overlapping_dots",
    "separable_clouds",
    "spiral",
    "standardize",
    "train_test_split",
    "xor_clouds",
]
