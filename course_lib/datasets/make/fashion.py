"""How the shipped pictures of clothes were made; for maintainers, never run by the course.

`python -m course_lib.datasets.make.fashion FOLDER`, where FOLDER holds the four idx files of Fashion-MNIST, as
`course data fashion-mnist` or the Debian package dataset-fashion-mnist gives them. The first 4,000 training and the
first 2,000 test pictures, in the original order: a run on the full set contains these.
"""

import sys
from pathlib import Path

import numpy as np

from course_lib.datasets.download import _read_idx
from course_lib.datasets.make.digits import describe, record
from course_lib.datasets.shipped import FOLDER

N_TRAIN, N_TEST = 4000, 2000

LICENSES = {
    "fashion": {
        "title": "6,000 pictures of clothes from Fashion-MNIST",
        "origin": "Fashion-MNIST, H. Xiao, K. Rasul, R. Vollgraf, Zalando Research, 2017 (arXiv:1708.07747)",
        "license": "MIT, Copyright (c) 2017 Zalando SE",
        "license_source": "the LICENSE file of the data set's repository",
        "changes": "the first 4,000 of the training and the first 2,000 of the test pictures",
    },
}


def main(folder):
    train_images, train_labels, test_images, test_labels = (
        _read_idx(folder / f"{part}-ubyte.gz")
        for part in ("train-images-idx3", "train-labels-idx1", "t10k-images-idx3", "t10k-labels-idx1")
    )
    X = np.concatenate([train_images[:N_TRAIN], test_images[:N_TEST]])
    y = np.concatenate([train_labels[:N_TRAIN], test_labels[:N_TEST]])
    np.savez_compressed(FOLDER / "fashion.npz", X=X, y=y)
    record({"fashion": describe("fashion", X, LICENSES, n_train=N_TRAIN)})


if __name__ == "__main__":
    main(Path(sys.argv[1]))
