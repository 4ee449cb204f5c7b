"""Generators, shipped digits, and the explicit download, without leaving this machine."""

import gzip
import hashlib
import http.server
import json
import struct
import threading

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from course_lib import datasets
from course_lib.datasets import download, shipped

GENERATORS = {
    "moons": lambda rng: datasets.moons(31, 0.1, rng),
    "circles": lambda rng: datasets.circles(31, 0.1, rng),
    "blobs": lambda rng: datasets.blobs(31, 4, 0.3, rng),
    "xor_clouds": lambda rng: datasets.xor_clouds(31, 0.1, rng),
    "spiral": lambda rng: datasets.spiral(31, 3, 0.1, rng),
    "overlapping_dots": lambda rng: datasets.overlapping_dots(rng),
    "separable_clouds": lambda rng: datasets.separable_clouds(31, 0.3, rng),
}


# ---- generators -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", GENERATORS)
def test_same_seed_same_numbers(name):
    make = GENERATORS[name]
    X, y = make(5)
    again, labels = make(np.random.default_rng(5))
    other, _ = make(6)
    assert X.shape == (len(y), 2) and X.dtype == np.float64 and y.dtype == np.int64
    assert np.array_equal(X, again) and np.array_equal(y, labels)
    assert not np.allclose(X, other)


@pytest.mark.parametrize("name", GENERATORS)
def test_classes_are_nearly_equal_and_mixed(name):
    _, y = GENERATORS[name](0)
    counts = np.bincount(y)
    assert counts.max() - counts.min() <= 1
    assert len(set(y[:10].tolist())) > 1, "the first rows must be a sample of all classes"


@pytest.mark.parametrize("name", GENERATORS)
@pytest.mark.parametrize("rng", [None, -1, 1.5, True, "0", np.random.RandomState(0)])
def test_rng_must_be_a_seed_or_a_generator(name, rng):
    with pytest.raises(TypeError, match="seed"):
        GENERATORS[name](rng)


def test_gates():
    gates = datasets.gates()
    assert list(gates) == ["AND", "OR", "NAND", "NOR", "XOR", "XNOR"]
    rules = {"AND": lambda a, b: a and b, "OR": lambda a, b: a or b, "XOR": lambda a, b: a != b}
    rules |= {"NAND": lambda a, b: not (a and b), "NOR": lambda a, b: not (a or b), "XNOR": lambda a, b: a == b}
    for name, (X, y) in gates.items():
        assert X.tolist() == [[0, 0], [0, 1], [1, 0], [1, 1]]
        assert y.tolist() == [int(rules[name](a, b)) for a, b in X.tolist()], name
    gates["AND"][0][:] = 9
    assert datasets.gate("and")[0].max() == 1, "callers get their own copies"
    with pytest.raises(ValueError, match="XNOR"):
        datasets.gate("NOT")


def test_shapes_of_the_noise_free_sets():
    X, y = datasets.moons(100, 0.0, 1)
    assert np.allclose(np.hypot(*X[y == 0].T), 1) and (X[y == 0, 1] >= 0).all()
    assert np.allclose(np.hypot(*(X[y == 1] - [1, 0.5]).T), 1) and (X[y == 1, 1] <= 0.5 + 1e-12).all()
    X, y = datasets.circles(100, 0.0, 1, factor=0.25)
    assert np.allclose(np.hypot(*X.T), np.where(y == 0, 1, 0.25))
    X, y = datasets.xor_clouds(40, 0.0, 1)
    assert np.array_equal(y, (X[:, 0] != X[:, 1]).astype(int)) and set(X.ravel()) == {0.0, 1.0}
    X, y = datasets.blobs(9, [[0, 0], [5, 5]], 0.0, 1)
    assert np.array_equal(X, np.array([[0, 0], [5, 5]])[y])
    X, y = datasets.spiral(90, 3, 0.0, 1)
    r = np.hypot(*X.T)
    turned = np.arctan2(X[:, 0], X[:, 1]) - 4 * r - 2 * np.pi * y / 3
    assert np.allclose(np.cos(turned[r > 0]), 1) and r.max() == pytest.approx(1)


def test_noise_has_the_stated_spread():
    X, y = datasets.blobs(20_000, [[0, 0], [10, 0]], 0.5, 3)
    assert np.std(X - np.array([[0, 0], [10, 0]])[y]) == pytest.approx(0.5, rel=0.02)


@pytest.mark.parametrize(
    ("call", "error", "words"),
    [
        (lambda: datasets.moons(1), ValueError, "n=1, expected a whole number of at least 2"),
        (lambda: datasets.moons(20.5), TypeError, "whole number"),
        (lambda: datasets.moons(20, -0.1), ValueError, "noise"),
        (lambda: datasets.moons(20, np.nan), ValueError, "noise"),
        (lambda: datasets.circles(20, factor=1.0), ValueError, "factor"),
        (lambda: datasets.blobs(20, np.zeros((2, 3))), ValueError, r"\(2, 3\)"),
        (lambda: datasets.blobs(2, 3), ValueError, "n=2, expected a whole number of at least 3"),
        (lambda: datasets.spiral(20, 1), ValueError, "classes"),
        (lambda: datasets.separable_clouds(20, 0.0), ValueError, "gap"),
    ],
)
def test_messages_name_what_was_given(call, error, words):
    with pytest.raises(error, match=words):
        call()


def fewest_errors_of_a_line(X, y):
    """Exact: an optimal line can be moved until it touches two points, which may then fall on either side."""
    best = len(y)
    for i in range(len(X)):
        for j in range(i):
            across = (X - X[i]) @ np.array([X[j, 1] - X[i, 1], X[i, 0] - X[j, 0]])
            free = np.isclose(across, 0, atol=1e-12)
            for side in (across > 0, across < 0):
                best = min(best, int(np.sum(side[~free] != y[~free])))
    return best


@pytest.mark.result("R-060")
@pytest.mark.parametrize("seed", range(6))
def test_overlapping_dots_need_two_hidden_units(seed):
    X, y = datasets.overlapping_dots(seed)
    # Touching points are counted as right, so this is a lower bound; two stray dots on the wrong side reach it.
    assert fewest_errors_of_a_line(X, y) <= 2
    u = X.sum(axis=1) / np.sqrt(2)
    assert int(np.sum((u >= -0.6) != y)) == 2, "one unit: two errors"
    hidden = np.column_stack([u + 0.6 >= 0, 1 - u >= 0])
    assert np.array_equal(hidden.sum(axis=1) - 1.5 >= 0, y == 1), "two units: none"


@given(st.integers(0, 2**32))
@settings(max_examples=40, deadline=None)
def test_overlapping_dots_hold_two_disjoint_crossings(seed):
    """No line is right on four dots whose segments cross; two crossings without a common dot force two errors."""
    X, y = datasets.overlapping_dots(seed)
    u, t = X.sum(axis=1) / np.sqrt(2), (X[:, 1] - X[:, 0]) / np.sqrt(2)
    strays = np.flatnonzero((y == 0) & (u > 1))
    band = np.flatnonzero(y == 1)
    band = band[np.argsort(t[band])]
    assert len(strays) == 2
    used = set()
    for number, stray in enumerate(strays):
        main = [i for i in np.flatnonzero((y == 0) & (u < 0)) if i not in used]
        partner = min(main, key=lambda i: abs(t[i] - t[stray]))
        four = [stray, partner, band[number], band[-1 - number]]
        assert not used & set(four) and crosses(*X[four])
        used |= set(four)


def crosses(a, b, c, d):
    def side(p, q, r):
        return np.sign((q[0] - p[0]) * (r[1] - p[1]) - (q[1] - p[1]) * (r[0] - p[0]))

    return side(a, b, c) * side(a, b, d) < 0 and side(c, d, a) * side(c, d, b) < 0


@given(n=st.integers(2, 60), gap=st.floats(0.01, 5), seed=st.integers(0, 1000))
@settings(max_examples=60, deadline=None)
def test_separable_clouds_have_the_stated_gap(n, gap, seed):
    X, y = datasets.separable_clouds(n, gap, seed)
    distance = X.sum(axis=1) / np.sqrt(2) * (2 * y - 1)
    assert distance.min() >= gap / 2 - 1e-12
    nearest = np.linalg.norm(X[y == 0][:, None] - X[y == 1][None], axis=2).min()
    assert nearest == pytest.approx(gap), "no line can have a larger margin than half of this"


# ---- the numbers of R, and the published spiral ---------------------------------------------------------------------


def test_r_numbers():
    """Checks that R before 3.6 prints after set.seed(1)."""
    np.testing.assert_allclose(datasets.RStream(1).uniform(2), [0.2655086631, 0.3721238996], atol=5e-11)
    normal = datasets.RStream(1).normal(5)
    np.testing.assert_allclose(normal, [-0.6264538, 0.1836433, -0.8356286, 1.5952808, 0.3295078], atol=5e-8)
    assert (datasets.RStream(1).sample(10, 10) + 1).tolist() == [3, 4, 5, 7, 2, 8, 9, 6, 10, 1]


def test_r_numbers_come_on_where_they_stopped():
    stream, once = datasets.RStream(7), datasets.RStream(7)
    parts = [stream.uniform(3), stream.normal(2), stream.uniform(1000)]
    whole = once.uniform(3 + 2 * 2 + 1000)
    assert np.array_equal(parts[0], whole[:3]) and np.array_equal(parts[2], whole[7:])
    assert whole.min() > 0 and whole.max() < 1


@given(n=st.integers(1, 50), share=st.floats(0, 1), seed=st.integers(0, 2**32 - 1))
@settings(max_examples=30, deadline=None)
def test_r_sample_draws_each_once(n, share, seed):
    k = max(1, round(share * n))
    drawn = datasets.RStream(seed).sample(n, k)
    assert len(set(drawn.tolist())) == k and 0 <= drawn.min() and drawn.max() < n
    with pytest.raises(ValueError, match=f"k={n + 1}, expected a whole number from 1 to {n}"):
        datasets.RStream(seed).sample(n, n + 1)


def test_published_spiral():
    data = datasets.published_spiral()
    assert np.bincount(data.y_train).tolist() == [305, 295] and np.bincount(data.y_test).tolist() == [95, 105]
    first = [[0.89134679, 0.77710182], [0.09760463, -1.0982208], [0.71001045, -0.21845341]]
    np.testing.assert_allclose(data.X_train[:3], first, atol=5e-9)
    assert data.y_train[:3].tolist() == [0, 0, 1] and (np.diff(data.y_test) >= 0).all()


def test_published_spiral_repaired():
    """The same points, but class 0 is not scaled: both arms reach from 0.05 to 1."""
    printed, repaired = datasets.published_spiral(), datasets.published_spiral(repaired=True)
    for X, Z, y in zip(printed[:2], repaired[:2], repaired[2:], strict=True):
        assert np.array_equal(X[y == 1], Z[y == 1]) and np.abs(X[y == 0] - Z[y == 0]).max() > 0.5
    X, y = np.vstack(repaired[:2]), np.concatenate(repaired[2:])
    assert np.array_equal(y, np.concatenate(printed[2:]))
    for arm in (0, 1):
        np.testing.assert_allclose(np.sort(np.hypot(*X[y == arm].T)), np.linspace(0.05, 1, 400))
    scaled = np.concatenate([part[labels == 0] for part, labels in zip(printed[:2], printed[2:], strict=True)])
    np.testing.assert_allclose([scaled.mean(axis=0), scaled.std(axis=0, ddof=1)], [[0, 0], [1, 1]], atol=1e-12)


def test_published_start():
    layers = datasets.published_start()
    assert [(W.shape, b.shape) for W, b in layers] == [((2, 100), (100,)), ((100, 1), (1,))]
    np.testing.assert_allclose(layers[0][0][:, 0], [-0.89691455, 1.07445941], atol=5e-9)
    assert sum((W**2).sum() for W, _ in layers) == pytest.approx(231.8072959, abs=5e-8)
    assert not any(b.any() for _, b in layers)
    for other, factors in {"lecun_normal": (0.5**0.5, 0.5**0.5), 0.01: (0.01, 0.01 * 50**0.5), 0: (0, 0)}.items():
        for (W, _), (he, _), factor in zip(datasets.published_start(other), layers, factors, strict=True):
            np.testing.assert_allclose(W, factor * he)
    assert [W.shape for W, _ in datasets.published_start(sizes=(2, 5, 4, 3))] == [(2, 5), (5, 4), (4, 3)]
    with pytest.raises(ValueError, match="scale='xavier', expected one of 'lecun_normal', 'he_normal'"):
        datasets.published_start("xavier")


# ---- shipped digits -------------------------------------------------------------------------------------------------


def test_digits8():
    X_train, X_test, y_train, y_test = datasets.digits8()
    assert X_train.shape == (1437, 64) and X_test.shape == (360, 64)
    X, y = np.vstack([X_train, X_test]), np.concatenate([y_train, y_test])
    assert X.min() == 0 and X.max() == 1 and np.array_equal(16 * X, np.round(16 * X))
    assert np.bincount(y).tolist() == [178, 182, 177, 183, 181, 182, 181, 179, 174, 180]
    assert set(y_test) == set(range(10)) and y.dtype == np.int64


def test_digits28():
    full = datasets.digits28()
    assert full.X_train.shape == (8000, 28, 28) and full.X_test.shape == (2000, 28, 28)
    X, y = np.concatenate([full.X_train, full.X_test]), np.concatenate([full.y_train, full.y_test])
    assert X.dtype == np.uint8 and X.max() == 255
    assert np.bincount(y).tolist() == [1001, 1127, 991, 1032, 980, 863, 1014, 1070, 944, 978]
    assert len(np.unique(X.reshape(10_000, -1), axis=0)) == 10_000, "no digit is in both parts"
    assert np.bincount(full.y_test, minlength=10).min() > 150
    part = datasets.digits28(500)
    assert np.array_equal(part.X_train, full.X_train[:500]) and np.array_equal(part.X_test, full.X_test)
    with pytest.raises(ValueError, match="n_train=8001, expected a whole number from 1 to 8000"):
        datasets.digits28(8001)


def test_nearest_class_mean_reads_real_digits():
    """Labels belong to their images: a wrong order would give 10 %."""
    X_train, X_test, y_train, y_test = datasets.digits28()
    A, B = X_train.reshape(-1, 784) / 255, X_test.reshape(-1, 784) / 255
    means = np.stack([A[y_train == digit].mean(axis=0) for digit in range(10)])
    guess = np.argmin(((B[:, None] - means) ** 2).sum(axis=2), axis=1)
    assert 0.78 < np.mean(guess == y_test) < 0.86


def test_fashion():
    full = datasets.fashion()
    assert full.X_train.shape == (4000, 28, 28) and full.X_test.shape == (2000, 28, 28)
    assert full.X_train.dtype == np.uint8 and full.y_train.dtype == np.int64
    assert np.bincount(full.y_train).min() > 350 and len(np.bincount(full.y_train)) == len(datasets.FASHION_CLASSES)
    part = datasets.fashion(100)
    assert np.array_equal(part.X_train, full.X_train[:100]) and np.array_equal(part.y_test, full.y_test)
    with pytest.raises(ValueError, match="n_train=4001, expected a whole number from 1 to 4000"):
        datasets.fashion(4001)


def test_clothes_have_the_names_of_their_labels():
    """Trousers are narrow with a gap, a bag is wide, a sandal has little cloth: means of real pictures say so."""
    X, _, y, _ = datasets.fashion()
    means = {name: X[y == label].mean(axis=0) for label, name in enumerate(datasets.FASHION_CLASSES)}
    assert means["trousers"][20, 14] < means["trousers"][20, [10, 18]].min()
    assert means["sandal"].mean() == min(image.mean() for image in means.values())
    assert means["boot"][4, 20] > means["sneaker"][4, 20] + 50
    assert means["pullover"][14, [3, 24]].min() > means["T-shirt"][20, [3, 24]].max()


def test_digits_are_cached_and_read_only():
    assert datasets.digits8().X_train is datasets.digits8().X_train
    for array in (*datasets.digits8(), *datasets.digits28(100)):
        with pytest.raises(ValueError, match="read-only"):
            array[0] = 0


def test_diabetes():
    X_train, X_test, y_train, y_test = datasets.diabetes()
    assert X_train.shape == (353, 10) and X_test.shape == (89, 10)
    X, y = np.vstack([X_train, X_test]), np.concatenate([y_train, y_test])
    ages, bmi = X[:, datasets.DIABETES_FEATURES.index("age")], X[:, datasets.DIABETES_FEATURES.index("bmi")]
    assert ages.min() == 19 and ages.max() == 79 and set(X[:, 1]) == {1, 2}
    assert (y.min(), y.max()) == (25, 346) and y.mean() == pytest.approx(152.1335, abs=1e-4)
    # the published regression puts body mass index first: its correlation with the progression is 0.586
    assert np.corrcoef(bmi, y)[0, 1] == pytest.approx(0.5864501, abs=1e-6)
    assert len(np.unique(X, axis=0)) == 442, "no patient is in both parts"


def test_photograph():
    image = datasets.photograph()
    assert image.shape == (256, 384) and image.dtype == np.uint8 and image is datasets.photograph()
    assert image.min() < 10 and image.max() > 245 and 60 < image.std() < 90
    # neighbors are alike in a photograph, and not in noise
    assert np.corrcoef(image[:, 1:].ravel(), image[:, :-1].ravel())[0, 1] > 0.9


def test_shakespeare():
    text = datasets.shakespeare()
    assert len(text) == 173_123 and len(set(text)) == 65 and text.startswith("ACT I.\n\nScene I. Elsinore.")
    assert "To be, or not to be,--that is the question:--" in text and text.endswith("ordnance is shot off.]\n")
    assert "\n\n\n" not in text and " \n" not in text and text is datasets.shakespeare()


# ---- sequences ----


def test_seasonal_series_is_trend_and_season():
    series = datasets.seasonal_series(120, trend=0.1, amplitude=3, period=12, noise=0)
    assert np.allclose(series[12:] - series[:-12], 1.2), "a season later only the trend has gone on"
    assert np.isclose(np.ptp(series - 0.1 * np.arange(120)), 6)
    noisy = datasets.seasonal_series(5000, trend=0.1, amplitude=3, period=12, noise=0.5, rng=1)
    assert np.isclose((noisy - datasets.seasonal_series(5000, 0.1, 3, 12, 0)).std(), 0.5, rtol=0.05)


@given(n=st.integers(1, 5), length=st.integers(2, 12), seed=st.integers(0, 10), data=st.data())
def test_tasks_give_the_answers_that_they_state(n, length, seed, data):
    delay, symbols = data.draw(st.integers(0, length - 1)), data.draw(st.integers(2, 5))
    X, y = datasets.delayed_copy(n, length, delay, symbols, seed)
    assert X.shape == (n, length, symbols) and np.array_equal(X.sum(axis=2), np.ones((n, length)))
    shown = X.argmax(axis=2)
    for t in range(length):
        assert np.array_equal(y[:, t], shown[:, t - delay] if t >= delay else np.zeros(n))

    X, y = datasets.adding_problem(n, length, seed)
    assert np.array_equal(X[:, :, 1].sum(axis=1), np.full(n, 2.0)) and X[:, : length // 2, 1].sum() == n
    assert np.allclose((X[:, :, 0] * X[:, :, 1]).sum(axis=1), y)

    X, y = datasets.parity(n, length, seed)
    odd = np.zeros(n)
    for t in range(length):
        odd = np.where(X[:, t, 0] == 1, 1 - odd, odd)
        assert np.array_equal(y[:, t], odd)

    depth = data.draw(st.integers(1, 4))
    X, y = datasets.brackets(n, length, depth, seed)
    for row, answer in zip(X, y, strict=True):
        text = "".join("(" if step[0] else ")" for step in row)
        assert [text[: t + 1].count("(") - text[: t + 1].count(")") for t in range(length)] == answer.tolist()
    assert y.min() >= 0 and y.max() <= depth


def test_answering_the_mean_of_the_adding_problem_costs_a_sixth():
    _, y = datasets.adding_problem(20_000, 10, rng=2)
    assert np.isclose(np.mean((y - 1) ** 2), 1 / 6, rtol=0.05)


def test_patients_and_photograph_are_read_only():
    for array in (*datasets.diabetes(), datasets.photograph()):
        with pytest.raises(ValueError, match="read-only"):
            array[0] = 0


def test_manifest_agrees_with_the_files():
    for name, entry in datasets.manifest().items():
        path = shipped.FOLDER / entry["file"]
        assert hashlib.sha256(path.read_bytes()).hexdigest() == entry["sha256"]
        X, *y = shipped._load(name).values()
        assert list(X.shape) == entry["shape"] and str(X.dtype) == entry["dtype"] and all(len(X) == len(a) for a in y)
        assert entry["license"] and entry["license_source"] and entry["origin"]
    assert sum(path.stat().st_size for path in shipped.FOLDER.glob("*.npz")) < 5 * 2**20


def test_damaged_or_missing_file_is_named(tmp_path, monkeypatch):
    content = bytearray((shipped.FOLDER / "digits8.npz").read_bytes())
    content[1000] ^= 1
    (tmp_path / "digits8.npz").write_bytes(content)
    monkeypatch.setattr(shipped, "FOLDER", tmp_path)
    with pytest.raises(OSError, match=r"digits8.npz is damaged: its sha256 is \w{12}\.\.\., expected 790a3248f714"):
        shipped._load("digits8")
    with pytest.raises(FileNotFoundError, match=r"digits28.npz is missing"):
        shipped._load("digits28")


# ---- regression -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name, curve, low, high", [
    ("noisy_line", lambda x: 5 + 7 * x, 0, 2),
    ("noisy_parabola", lambda x: 0.5 * x**2 + x + 2, -3, 3),
])
def test_regression_data(name, curve, low, high):
    draw = getattr(datasets, name)
    X, y = draw(4000, rng=1)
    assert X.shape == (4000, 1) and y.shape == (4000,) and low <= X.min() and X.max() <= high
    assert X.min() < low + 0.02 and X.max() > high - 0.02
    rest = y - curve(X[:, 0])
    assert abs(rest.mean()) < 0.06 and abs(rest.std() - 1) < 0.05
    exact, clean = draw(5, noise=0, rng=1)
    np.testing.assert_allclose(clean, curve(exact[:, 0]))
    np.testing.assert_array_equal(draw(5, rng=3)[1], draw(5, rng=np.random.default_rng(3))[1])
    with pytest.raises(ValueError, match="n=1, expected a whole number of at least 2"):
        draw(1)


def test_shapes_are_pictures_with_channels_first():
    X, y = datasets.shapes(31, rng=1, classes=3, size=24)
    assert X.shape == (31, 3, 24, 24) and X.dtype == np.uint8 and y.dtype == np.int64
    assert sorted(np.bincount(y)) == [10, 10, 11]
    np.testing.assert_array_equal(X, datasets.shapes(31, rng=np.random.default_rng(1), classes=3, size=24)[0])
    assert (datasets.shapes(31, rng=2, classes=3, size=24)[0] != X).any()
    for wrong in ({"classes": 4}, {"size": 7}, {"n": 1}):
        with pytest.raises(ValueError):
            datasets.shapes(**wrong)


def test_shapes_of_all_classes_have_the_same_area():
    """Brightness tells no class: the mean picture of each class is equally bright."""
    X, y = datasets.shapes(3000, rng=0, classes=3)
    means = [X[y == k].mean() for k in range(3)]
    assert max(means) - min(means) < 4
    spread = np.abs(X[y == 0].mean(axis=0) - X[y == 1].mean(axis=0)).max()
    assert spread > 10  # but the places of the corners do


@pytest.mark.parametrize("seed", range(3))
def test_shapes_are_hard_for_a_linear_classifier(seed):
    X, y = datasets.shapes(1200, rng=seed)
    X = X.reshape(len(X), -1) / 255
    X = X - X[:200].mean(axis=0)
    # the least squares fit with a small penalty, in its dual form: 200 equations instead of 3,072
    w = X[:200].T @ np.linalg.solve(X[:200] @ X[:200].T + 20 * np.eye(200), 2.0 * y[:200] - 1)
    right = (X @ w > 0) == y
    assert right[:200].mean() > 0.9 and 0.6 < right[200:].mean() < 0.72


def test_min_max_scale():
    train, other = np.array([[1.0, 5, 3], [3, 5, 7]]), np.array([[2.0, 6, 11]])
    scaled, rest = datasets.min_max_scale(train, other)
    np.testing.assert_array_equal(scaled, [[0, 0, 0], [1, 0, 1]])
    np.testing.assert_array_equal(rest, [[0.5, 1, 2]])
    assert datasets.min_max_scale(train.astype(np.float32)).dtype == np.float32
    with pytest.raises(ValueError, match="train holds 1 NaN"):
        datasets.min_max_scale([[1.0, np.nan]])
    with pytest.raises(ValueError, match=r"argument 2 has shape \(1, 2\)"):
        datasets.min_max_scale(train, [[1, 2]])


# ---- standardize, split ---------------------------------------------------------------------------------------------


def test_standardize_uses_training_statistics_only():
    rng = np.random.default_rng(0)
    train, test = rng.normal(5, 3, (50, 4)), rng.normal(0, 1, (20, 4))
    a, b = datasets.standardize(train, test)
    assert np.allclose(a.mean(axis=0), 0) and np.allclose(a.std(axis=0), 1)
    assert np.allclose(b, (test - train.mean(axis=0)) / train.std(axis=0, ddof=0))
    assert np.array_equal(datasets.standardize(train), a)
    assert datasets.standardize(train.astype(np.float32)).dtype == np.float32
    assert datasets.standardize(np.array([[1], [3]])).tolist() == [[-1.0], [1.0]]


def test_standardize_constant_column_and_messages():
    train = np.column_stack([np.full(7, 0.1), np.arange(7.0)])
    a, b = datasets.standardize(train, np.array([[0.6, 3.0]]))
    assert np.array_equal(a[:, 0], np.zeros(7)) and np.allclose(b, [[0.5, 0.0]])
    with pytest.raises(ValueError, match=r"argument 2 has shape \(3, 5\)"):
        datasets.standardize(train, np.zeros((3, 5)))
    with pytest.raises(ValueError, match="train holds 1 NaN"):
        datasets.standardize(np.array([[np.nan], [1.0]]))
    with pytest.raises(ValueError, match="rows of samples"):
        datasets.standardize(np.arange(3.0))


def test_train_test_split():
    X, y = np.arange(20.0).reshape(10, 2), np.arange(10)
    parts = datasets.train_test_split(X, y, 0.3, 1)
    X_train, X_test, y_train, y_test = parts  # scikit-learn's order
    assert [part.shape for part in parts] == [(7, 2), (3, 2), (7,), (3,)]
    assert X_train is parts.X_train and X_test is parts.X_test and y_train is parts.y_train and y_test is parts.y_test
    assert len(parts.y_test) == 3 and sorted([*parts.y_train, *parts.y_test]) == list(range(10))
    assert np.array_equal(parts.X_train[:, 0], 2 * parts.y_train)
    assert np.array_equal(parts.X_test[:, 1], 2 * parts.y_test + 1)
    assert len(datasets.train_test_split(X, y, 4, 1).y_test) == 4
    assert not np.array_equal(parts.y_test, datasets.train_test_split(X, y, 0.3, 2).y_test)
    for test in (0.0, 1.0, 10, 0, 0.01):
        with pytest.raises(ValueError, match="both sides need at least one"):
            datasets.train_test_split(X, y, test, 1)
    with pytest.raises(ValueError, match=r"\(10, 2\) and \(9,\)"):
        datasets.train_test_split(X, y[:9], 0.3, 1)
    with pytest.raises(TypeError, match="share"):
        datasets.train_test_split(X, y, "a third", 1)


# ---- download -------------------------------------------------------------------------------------------------------


def idx(array):
    header = struct.pack(f">HBB{array.ndim}I", 0, 8, array.ndim, *array.shape)
    return gzip.compress(header + array.tobytes(), mtime=0)


@pytest.fixture
def server(monkeypatch):
    """A web server on this machine; `server.files` are what it gives, `server.broken` are cut off half way."""
    rng = np.random.default_rng(0)
    arrays = {
        "train-images-idx3-ubyte.gz": rng.integers(0, 256, (6, 28, 28), dtype=np.uint8),
        "train-labels-idx1-ubyte.gz": np.arange(6, dtype=np.uint8),
        "t10k-images-idx3-ubyte.gz": rng.integers(0, 256, (2, 28, 28), dtype=np.uint8),
        "t10k-labels-idx1-ubyte.gz": np.array([9, 3], dtype=np.uint8),
    }

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            name = self.path.rsplit("/", 1)[1]
            running.asked.append(name)
            if name not in running.files:
                self.send_error(404)
                return
            body = running.files[name]
            self.send_response(200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body[: len(body) // 2] if name in running.broken else body)

        def log_message(self, *args):
            pass

    running = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    running.arrays, running.asked, running.broken = arrays, [], set()
    running.files = {name: idx(array) for name, array in arrays.items()}
    checksums = {name: hashlib.sha256(body).hexdigest() for name, body in running.files.items()}
    running.address = f"http://127.0.0.1:{running.server_port}/data/"
    monkeypatch.setattr(
        download, "SOURCES", {"mnist": download.Source("Tiny", "none", 1, (running.address,), checksums)}
    )
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    thread = threading.Thread(target=running.serve_forever, daemon=True)
    thread.start()
    yield running
    running.shutdown()
    running.server_close()


def leftovers(folder):
    return [path.name for path in folder.rglob("*") if path.suffix == ".part"]


def test_download_and_use(server, tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("COURSE_DATA", str(tmp_path / "deep" / "data"))
    with pytest.raises(FileNotFoundError, match="course data mnist"):
        datasets.downloaded("mnist")
    assert download.main(["mnist"]) == 0
    assert "4 files fetched" in capsys.readouterr().out
    split = datasets.downloaded("mnist")
    assert np.array_equal(split.X_train, server.arrays["train-images-idx3-ubyte.gz"])
    assert split.y_test.tolist() == [9, 3] and split.y_test.dtype == np.int64
    server.asked.clear()
    assert download.main(["mnist"]) == 0
    assert server.asked == [], "a second run fetches nothing"
    assert leftovers(tmp_path) == []


def test_wrong_checksum_is_not_kept(server, tmp_path, capsys):
    server.files["t10k-images-idx3-ubyte.gz"] = b"<html>Please log in</html>"
    assert download.main(["mnist", "--folder", str(tmp_path)]) == 1
    said = capsys.readouterr().err
    assert "t10k-images-idx3-ubyte.gz has the wrong checksum" in said and "digits28()" in said
    assert sorted(path.name for path in (tmp_path / "mnist").iterdir()) == [
        "train-images-idx3-ubyte.gz",
        "train-labels-idx1-ubyte.gz",
    ]


def test_broken_connection_then_again(server, tmp_path, capsys):
    server.broken.add("train-labels-idx1-ubyte.gz")
    assert download.main(["mnist", "--folder", str(tmp_path)]) == 1
    assert "connection broke after" in capsys.readouterr().err
    assert leftovers(tmp_path) == []
    server.broken.clear()
    server.asked.clear()
    assert download.main(["mnist", "--folder", str(tmp_path)]) == 0
    assert "train-images-idx3-ubyte.gz" not in server.asked, "the whole file of the first run was kept"
    assert len(server.asked) == 3


def test_interrupted_by_hand(server, tmp_path, monkeypatch, capsys):
    def stop(*args):
        raise KeyboardInterrupt

    monkeypatch.setattr(download, "_progress", stop)
    assert download.main(["mnist", "--folder", str(tmp_path)]) == 130
    assert "run the command again" in capsys.readouterr().err
    assert list((tmp_path / "mnist").iterdir()) == []


def test_no_network_and_missing_file(server, tmp_path, monkeypatch, capsys):
    del server.files["train-images-idx3-ubyte.gz"]
    assert download.main(["mnist", "--folder", str(tmp_path)]) == 1
    assert "404" in capsys.readouterr().err
    # Port 1 answers nobody: like a machine without network, and just as quick.
    nowhere = download.SOURCES["mnist"]._replace(addresses=("http://127.0.0.1:1/",))
    monkeypatch.setattr(download, "SOURCES", {"mnist": nowhere})
    assert download.main(["mnist", "--folder", str(tmp_path)]) == 1
    said = capsys.readouterr().err
    assert "is there a network?" in said and "datasets.digits28()" in said
    assert len(datasets.digits28(10).y_train) == 10


def test_second_address_is_tried(server, tmp_path, monkeypatch):
    both = download.SOURCES["mnist"]._replace(addresses=("http://127.0.0.1:1/", server.address))
    monkeypatch.setattr(download, "SOURCES", {"mnist": both})
    assert download.fetch("mnist", tmp_path) == 4


def test_damaged_download_is_found_and_replaced(server, tmp_path):
    download.fetch("mnist", tmp_path)
    path = tmp_path / "mnist" / "t10k-labels-idx1-ubyte.gz"
    path.write_bytes(path.read_bytes()[:-1])
    with pytest.raises(OSError, match="damaged"):
        datasets.downloaded("mnist", tmp_path)
    assert download.fetch("mnist", tmp_path) == 1
    assert datasets.downloaded("mnist", tmp_path).y_test.tolist() == [9, 3]


def test_folder_that_cannot_be_made(server, tmp_path, capsys):
    (tmp_path / "file").write_text("in the way")
    assert download.main(["mnist", "--folder", str(tmp_path / "file")]) == 1
    assert "--folder" in capsys.readouterr().err


def test_names_and_list(capsys):
    assert download.main([]) == 0
    assert "fashion-mnist" in capsys.readouterr().out
    assert download.main(["cifar"]) == 1
    assert "there are mnist, fashion-mnist" in capsys.readouterr().err


def test_registry_is_complete():
    for source in download.SOURCES.values():
        assert len(source.sha256) == 4 and all(len(bytes.fromhex(digest)) == 32 for digest in source.sha256.values())
        assert all(address.startswith("https://") and address.endswith("/") for address in source.addresses)
    assert "sha256" in json.dumps(datasets.manifest())
