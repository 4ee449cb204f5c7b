"""Numbers behind chapter 02: each function reproduces one published or announced result and returns it.

The chapter prints them and the tests compare them with the targets.
"""

import time
from functools import cache

import numpy as np

from course_lib import datasets, dense, models, ops

# --- a line through noisy points ---


def line_data(n=100, noise=1.0, rng=0):
    """Points about y = 5 + 7 x, and the table with its column of ones: (X1, y)."""
    X, y = datasets.noisy_line(n, noise, rng)
    return ops.add_bias_column(X), y


def line_by_formula(rng=0):
    """The line of least squares in three ways: normal equation, pseudo-inverse, singular values."""
    X1, y = line_data(rng=rng)
    U, s, V = ops.svd(X1)
    return {
        "normal equation": np.linalg.solve(X1.T @ X1, X1.T @ y),
        "pseudo-inverse": ops.pinv(X1) @ y,
        "singular values": V @ ((U.T @ y) / s),
    }


def line_limits(rng=0):
    """What the curvature of the line data says about the learning rate."""
    return ops.step_limits(ops.mse_hessian(line_data(rng=rng)[0]))


def line_by_descent(lr=0.1, steps=1000, rng=0):
    """The same line by batch descent from a start of two standard normal numbers; the path."""
    X1, y = line_data(rng=rng)
    start = np.random.default_rng(rng).standard_normal(2)
    return ops.gradient_descent(lambda theta: ops.mse_gradient(X1, y, theta), start, lr, steps)


def worst_case_steps(lr, eigenvalues, factor=1e-4):
    """Steps after which descent has shrunk the distance to the minimum by `factor`, from any start."""
    shrink = np.max(np.abs(1 - lr * np.asarray(eigenvalues)))
    return np.inf if shrink >= 1 else int(np.ceil(np.log(factor) / np.log(shrink)))


@cache  # the chapter prints and draws the same runs
def stochastic_line(replacement=True, starts=200, epochs=50, t0=5, t1=50, rng=0):
    """50 epochs of 100 single samples with the rate t0/(t + t1), from many starts.

    Returns the end points (starts, 2). With `replacement` an epoch is 100 draws, else a permutation.
    """
    X1, y = line_data(rng=rng)
    ends = []
    for seed in range(starts):
        rng = np.random.default_rng(seed)
        start, n = rng.standard_normal(2), len(X1)
        order = rng.integers(0, n, (epochs, n)) if replacement else [rng.permutation(n) for _ in range(epochs)]
        path = ops.stochastic_descent(X1, y, start, ops.inverse_time(t0, t1), np.array(order), 1, record="epoch")
        ends.append(path[-1])
    return np.array(ends)


@cache  # the chapter prints and plots the same timings
def solve_times(features=(25, 50, 100, 200, 400), repeats=5):
    """Seconds of a least-squares fit for growing numbers of features, 2 D samples: name -> (len(features),).

    The best of a few repeats. 100 steps of descent come nowhere near the minimum here; they show what steps cost.
    """
    rng = np.random.default_rng(0)
    taken = {"normal equation": [], "singular values": [], "pseudo-inverse": [], "100 steps of descent": []}
    for D in features:
        X, y = rng.standard_normal((2 * D, D)), rng.standard_normal(2 * D)
        for name, seconds in taken.items():
            seconds.append(min(_seconds(name, X, y) for _ in range(repeats)))
    return {name: np.array(seconds) for name, seconds in taken.items()}


def _seconds(name, X, y):
    start = time.perf_counter()
    if name == "normal equation":
        np.linalg.solve(X.T @ X, X.T @ y)
    elif name == "singular values":
        np.linalg.lstsq(X, y, rcond=None)
    elif name == "pseudo-inverse":
        ops.pinv(X) @ y
    else:
        theta, lr = np.zeros(X.shape[1]), 0.1 / len(X)
        for _ in range(100):
            theta = theta - lr * (X.T @ (X @ theta - y))
    return time.perf_counter() - start


# --- diabetes ---


def diabetes_conditions():
    """Condition number and largest rate of the diabetes table, raw and standardized: name -> StepLimits."""
    X = datasets.diabetes().X_train
    tables = {"raw": X, "standardized": datasets.standardize(X)}
    return {name: ops.step_limits(ops.mse_hessian(ops.add_bias_column(table))) for name, table in tables.items()}


# --- curves from a linear model ---


def parabola_fit(n=100, rng=0):
    """The polynomial of degree 2 through the points about y = 2 + x + x^2 / 2, and its standard errors."""
    X, y = datasets.noisy_parabola(n, rng=rng)
    P = ops.polynomial(X, 2)
    P1 = ops.add_bias_column(P)
    theta = ops.normal_equation(P, y)
    variance = np.sum((y - P1 @ theta) ** 2) / (n - 3)
    return theta, np.sqrt(variance * np.diag(np.linalg.inv(P1.T @ P1)))


def parabola_runs(degree, sizes, splits=20, rng=0):
    """Training and validation RMSE against the number of training points, each (splits, sizes), over 80/20 splits."""
    X, y = datasets.noisy_parabola(rng=rng)
    curves = []
    for split in range(splits):
        kept, held, y_kept, y_held = datasets.train_test_split(ops.polynomial(X, degree), y, 0.2, split)
        curve = models.learning_curve(models.LinearRegression(), kept, y_kept, held, y_held, np.asarray(sizes))
        curves.append((curve.train, curve.validation))
    return np.array(curves).swapaxes(0, 1)


def parabola_curves(degree, sizes, splits=20, rng=0):
    """Medians over the splits of `parabola_runs`, (2, sizes)."""
    return np.median(parabola_runs(degree, sizes, splits, rng), axis=1)


def parts_by_degree(degrees, n=50, noise=1.0, repeats=300, rng=0):
    """Squared bias and variance of polynomial fits to n points of the parabola, and their error on new noisy points.

    Three arrays (degrees,). Measured on [-2.5, 2.5]: at the very ends, where few points lie, high powers run away.
    """
    x = np.linspace(-2.5, 2.5, 61)
    truth = 2 + x + x * x / 2
    parts = []
    for degree in degrees:

        def draw(rng, degree=degree):
            X, y = datasets.noisy_parabola(n, noise, rng)
            return ops.polynomial(X, degree), y

        found = models.bias_variance(models.LinearRegression(), draw, ops.polynomial(x, degree), truth, repeats, rng)
        new = truth + noise * np.random.default_rng([rng, degree]).standard_normal(found.predictions.shape)
        parts.append((found.bias2, found.variance, np.mean((found.predictions - new) ** 2)))
    return tuple(np.array(parts).T)


# --- penalties ---


def ridge_two_forms(alpha: float = 10.0, n: int = 100, seed: int = 0) -> dict[str, float]:
    """The cost (2.16) on the noisy line at two closed forms: with N alpha / 2, and with alpha as often printed."""
    X, y = datasets.noisy_line(n, rng=seed)
    X1 = ops.add_bias_column(X)

    def cost(theta):
        return ops.mse(X1 @ theta, y)[0] + alpha / 2 * theta[1] ** 2

    return {"N alpha / 2": cost(ops.ridge(X, y, alpha)), "alpha": cost(ops.ridge(X, y, 2 * alpha / n))}


def early_stopping_draw(degree: int, seed: int, batch_size=None, lr: float = 0.0005, epochs: int = 1000):
    """One run of a published experiment: a polynomial through 50 noisy points, 50 more to decide when to stop.

    Columns are standardized. Returns the fitted model and the largest rate at which one sample's step shrinks its own
    error, 2 / (2 max |x|^2).
    """
    rng = np.random.default_rng(seed)
    x, y = datasets.noisy_parabola(100, 1.0, rng)
    X, X_val = datasets.standardize(*np.split(ops.polynomial(x, degree), 2))
    model = models.GradientDescentRegressor(lr, epochs, batch_size, rng=seed).fit(X, y[:50], X_val, y[50:])
    return model, float(1 / (1 + (X**2).sum(axis=1).max()))


def early_stopping_draws(degree: int, batch_size=None, lr: float = 0.0005, draws: int = 12) -> dict[str, np.ndarray]:
    """Best epoch, its validation RMSE, the RMSE of the last epoch, and what ended the numbers, over draws."""
    runs = [early_stopping_draw(degree, seed, batch_size, lr)[0] for seed in range(draws)]
    last = [run.validation_loss_[-1] for run in runs]
    with np.errstate(over="ignore"):
        return {
            "best epoch": np.array([run.best_epoch_ for run in runs]),
            "best": np.array([np.sqrt(run.validation_loss_[run.best_epoch_]) for run in runs]),
            "last": np.sqrt(last),
            "diverged": np.array([run.diverged_at_ is not None or not end < 1e6
                                  for run, end in zip(runs, last, strict=True)]),
        }


def stopped_and_ridge(columns=(6, 7), lr: float = 0.05, epochs: int = 400):
    """Two ways from no weights to least squares for two standardized columns of the diabetes table (hdl, tch).

    Returns the weights after each step of descent from zero, those of ridge from a large penalty to a small one, and
    the mean squared error over a grid of weights as (w1, w2, cost).
    """
    patients = datasets.diabetes()
    X, y = datasets.standardize(patients.X_train)[:, columns], patients.y_train
    stopped = models.GradientDescentRegressor(lr, epochs).fit(X, y).path_[:, 1:]
    ridge = ops.ridge_path(X, y, np.geomspace(100, 1e-3, 200)).coefs
    w1, w2 = np.meshgrid(np.linspace(-25, 8, 67), np.linspace(-4, 34, 77))
    cost = np.mean((w1[..., None] * X[:, 0] + w2[..., None] * X[:, 1] - (y - y.mean())) ** 2, axis=-1)
    return stopped, ridge, (w1, w2, cost)


# --- likelihood and information ---


def gaussian_points() -> ops.GaussianFit:
    """Mean and variance of largest likelihood of four points."""
    return ops.gaussian_mle(np.array([-3, -0.7, 2, 3]))


def cross_entropy_units() -> dict[str, float]:
    """Cross-entropy of the truth (0, 1, 0) and the belief (0.128, 0.719, 0.153), in nats and in bits."""
    nats = float(ops.distribution_cross_entropy(np.array([0, 1, 0]), np.array([0.128, 0.719, 0.153])))
    return {"nats": nats, "bits": nats / np.log(2)}


def divergence_example() -> dict[str, float]:
    """Entropy, cross-entropy and divergence of (0.7, 0.2, 0.1) and (0.5, 0.3, 0.2), in nats."""
    p, q = np.array([0.7, 0.2, 0.1]), np.array([0.5, 0.3, 0.2])
    return {
        "entropy": float(ops.entropy(p)),
        "cross-entropy": float(ops.distribution_cross_entropy(p, q)),
        "divergence": float(ops.kl_divergence(p, q)),
        "divergence, exchanged": float(ops.kl_divergence(q, p)),
    }


# --- classifiers ---


def hand_sign_reports() -> dict[str, ops.Report]:
    """Precision, recall, F1 and accuracy of five published models of hand signs."""
    return {name: ops.report_from_confusion(table) for name, table in datasets.HAND_SIGN_TABLES.items()}


@cache
def pictures(seed: int = 0):
    """Disks and triangles, the pictures of the chapter: (X, y) for training (200), validation (200) and test (600).

    The 3,072 values of a picture stand in one row, divided by 255, less the mean training picture.
    """
    X, y = datasets.shapes(1000, rng=seed)
    X = X.reshape(len(X), -1) / 255
    X -= X[:200].mean(axis=0)
    return tuple((X[part], y[part]) for part in (slice(200), slice(200, 400), slice(400, None)))


@cache
def picture_run(lr: float, steps: int = 1500, every: int = 50, seed: int = 0) -> dict:
    """Logistic regression on pictures from zero, by whole-batch descent on the log loss.

    Returns what was measured each `every` steps, and the weights with the lowest validation loss.
    """
    (X, y), *held_out = pictures(seed)
    w, b, record, best = np.zeros(X.shape[1]), 0.0, [], (np.inf, None)
    for step in range(steps + 1):
        if step % every == 0:
            row = [step]
            for A, labels in ((X, y), *held_out):
                z = A @ w + b
                row += [ops.bce_from_logits(z, labels.astype(float))[0], np.mean((z >= 0) == labels)]
            record.append(row)
            if row[3] < best[0]:
                best = row[3], (step, w.copy(), b, row[6])
        dw, db = ops.logistic_gradient(X, y, w, b)
        w, b = w - lr * dw, b - lr * db
    names = ("step", "loss", "accuracy", "val_loss", "val_accuracy", "test_loss", "test_accuracy")
    run = dict(zip(names, np.array(record).T, strict=True))
    step, w, b, accuracy = best[1]
    return run | {"best_step": step, "w": w, "b": b, "best_test_accuracy": float(accuracy)}


def softmax_on_digits(seed: int = 0, steps: int = 1000, lr: float = 0.5, batch: int = 100) -> dict:
    """Softmax regression on 8,000 digits of 28 x 28 pixels from zero; accuracies, and the weights (784, 10)."""
    split = datasets.digits28()
    X, X_test = (images.reshape(len(images), -1).astype(np.float32) / 255 for images in (split.X_train, split.X_test))
    model = dense.Stepper((784, 10), batch, lr=lr, init=0.0)
    rng = np.random.default_rng(seed)
    for _ in range(steps):
        chosen = rng.choice(len(X), batch, replace=False)
        model.step(X[chosen], split.y_train[chosen])
    W, b = model.weights[0]
    return {"train": ops.accuracy(X @ W + b, split.y_train), "test": ops.accuracy(X_test @ W + b, split.y_test),
            "W": W.copy(), "b": b.copy()}
