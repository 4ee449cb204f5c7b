"""How the shipped diabetes data and the photograph were made; for maintainers, never run by the course.

`pip install scikit-learn pillow`, then `python -m course_lib.datasets.make.regression`.

1. Diabetes: `load_diabetes(scaled=False)`, 442 rows in the units of the study, in a fixed order (seed 2026).
2. Photograph: `china.jpg` of scikit-learn (427 x 640), in gray, scaled to 256 x 384.
"""

import numpy as np

from course_lib.datasets.make.digits import describe, record
from course_lib.datasets.shipped import FOLDER

LICENSES = {
    "diabetes": {
        "title": "Diabetes progression",
        "origin": "B. Efron, T. Hastie, I. Johnstone, R. Tibshirani, Least Angle Regression, Annals of Statistics 32 "
        "(2004) 407-499; 442 patients, ten baseline variables, as bundled with scikit-learn (load_diabetes)",
        "doi": "10.1214/009053604000000067",
        "license": "no license stated by the authors of the study; redistributed in scikit-learn under BSD-3-Clause",
        "license_source": "scikit-learn's description of the data set (diabetes.rst) states none; its COPYING file is "
        "BSD-3-Clause",
        "changes": "units of the study (not scaled), fixed shuffle (seed 2026), split 353/89",
    },
    "photograph": {
        "title": "A Chinese temple, photograph in gray",
        "origin": "photograph 6061409035 by danielbuechele on Flickr, as bundled with scikit-learn (china.jpg)",
        "license": "CC BY 2.0",
        "license_source": "scikit-learn's datasets/images/README.txt: 'Released under a creative commons license. "
        "Attribution: Some rights reserved by danielbuechele', with a link to CC BY 2.0",
        "changes": "colors to gray, scaled from 427 x 640 to 256 x 384 pixels, uint8",
    },
}


def diabetes():
    from sklearn.datasets import load_diabetes

    X, y = load_diabetes(return_X_y=True, scaled=False)
    assert X.shape == (442, 10)
    order = np.random.default_rng(2026).permutation(len(X))
    np.savez_compressed(FOLDER / "diabetes.npz", X=X[order], y=y[order])
    return describe("diabetes", X, LICENSES, n_train=353)


def photograph():
    from PIL import Image
    from sklearn.datasets import load_sample_image

    gray = Image.fromarray(load_sample_image("china.jpg")).convert("L")
    X = np.asarray(gray.resize((384, 256), Image.Resampling.LANCZOS))
    np.savez_compressed(FOLDER / "photograph.npz", X=X)
    return describe("photograph", X, LICENSES)


if __name__ == "__main__":
    record({"diabetes": diabetes(), "photograph": photograph()})
