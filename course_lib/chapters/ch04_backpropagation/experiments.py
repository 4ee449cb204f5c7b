"""Numbers behind chapter 04: each function reproduces one published or announced result and returns it.

The chapter prints them, the tests compare them with the targets, and the definitions of two exercises hold tables that
were made here.
"""

from itertools import pairwise

import numpy as np

from course_lib import datasets, dense, gradcheck, nn, ops, optim

# --- arithmetic ---


def cross_entropy_units() -> dict[str, float]:
    """Cross-entropy of the true class 1 and the prediction (0.128, 0.719, 0.153), in bits and in nats."""
    nats = ops.cross_entropy(np.log([[0.128, 0.719, 0.153]]), np.array([1]))
    return {"bits": nats / np.log(2), "nats": nats}


def shares_and_softmax() -> dict[str, np.ndarray]:
    """Shares by division against softmax, which accepts negative scores."""
    return {
        "shares of (0.71, 0.7, 0.44)": ops.linear_share(np.array([0.71, 0.7, 0.44])),
        "shares of (-0.71, 0.7, 0.44)": ops.linear_share(np.array([-0.71, 0.7, 0.44])),
        "softmax of (-0.71, 0.7, 0.44)": ops.softmax(np.array([-0.71, 0.7, 0.44])),
        "softmax of (5, 3, 9)": ops.softmax(np.array([5.0, 3.0, 9.0])),
    }


def sigmoid_columns() -> np.ndarray:
    """The sigmoid of two columns of scores, (3, 2)."""
    return ops.sigmoid(np.array([[0.7, 0.3], [0.4, 0.6], [0.1, 0.5]]))


def dense_counts() -> dict[str, int]:
    """Parameters of dense networks."""
    return {
        "4-5-5-2": ops.count_parameters((4, 5, 5, 2)),
        "4-5-5-2 without biases": ops.count_parameters((4, 5, 5, 2), bias=False),
        "12288-100-50-15-1": ops.count_parameters((12288, 100, 50, 15, 1)),
        "784-784": ops.count_parameters((784, 784)),
        "784-512": ops.count_parameters((784, 512)),
        "512-10": ops.count_parameters((512, 10)),
        "784-784-512-10": ops.count_parameters((784, 784, 512, 10)),
    }


def chain_product(slopes=(0.5, 0.4, 0.1), lr=0.01) -> tuple[float, float]:
    """The product of slopes along a path, and the step it leaves."""
    product = float(np.prod(slopes))
    return product, lr * product


def error_split(weights=(0.3, 0.6), error=1.0) -> dict[str, np.ndarray]:
    """An error shared out by weights, and the gradient with respect to the hidden outputs."""
    weights = np.asarray(weights)
    return {"split": ops.error_split(weights, error), "gradient": weights * error}


# --- gradients ---


def check_spiral_net(h=1e-5, seed=0) -> gradcheck.GradientReport:
    """All 502 gradients of a 2-100-2 net with sigmoid outputs, on one point of the spiral."""
    rng = np.random.default_rng(seed)
    X, y = datasets.spiral(100, 2, 0.1, rng)
    X, target = X[:1], ops.one_hot(y[:1], 2)
    params = [(rng.normal(size=(2, 100)), rng.normal(size=100)), (rng.normal(size=(100, 2)) / 10, rng.normal(size=2))]

    def loss(params):
        return ops.bce_from_logits(ops.mlp_forward(X, params)[0], target)[0]

    def gradient(params):
        logits, cache = ops.mlp_forward(X, params)
        return ops.mlp_backward(ops.bce_from_logits(logits, target)[1], cache)

    return gradcheck.check_gradient(loss, gradient, params, h)


def worked_examples(seed=0) -> dict[str, float]:
    """Relative error of the analytic gradients of the chapter's worked networks against differences."""
    rng = np.random.default_rng(seed)
    nets = {
        "2-2-1, ReLU, no biases": ((2, 2, 1), "relu", "identity", 1),
        "1-3-1, tanh": ((1, 3, 1), "tanh", "identity", 5),
        "4-3-3-1, sigmoid": ((4, 3, 3, 1), "sigmoid", "sigmoid", 2),
    }
    errors = {}
    for name, (sizes, hidden, output, samples) in nets.items():
        params = [(rng.normal(size=shape), rng.normal(size=shape[1])) for shape in pairwise(sizes)]
        if "no biases" in name:
            params = [(W, np.zeros_like(b)) for W, b in params]
        X, Y = rng.normal(size=(samples, sizes[0])), rng.uniform(size=(samples, sizes[-1]))
        errors[name] = _relative_error(params, X, Y, hidden, output)
    return errors


def _relative_error(params, X, Y, hidden, output) -> float:
    def loss(params):
        return ops.half_sse(ops.mlp_forward(X, params, hidden, output)[0], Y)[0]

    def gradient(params):
        prediction, cache = ops.mlp_forward(X, params, hidden, output)
        return ops.mlp_backward(ops.half_sse(prediction, Y)[1], cache)

    return gradcheck.check_gradient(loss, gradient, params).relative_error


# --- two networks with a wrong line, and what training makes of any gradient function ---


def broken_classifier(X, y, W1, b1, W2, b2):
    """Sigmoid hidden layer, softmax cross-entropy; one of the lines is wrong."""
    Z = X @ W1 + b1  # A
    H = ops.sigmoid(Z)  # B
    P = ops.softmax(H @ W2 + b2)  # C
    D2 = (P - ops.one_hot(y, len(b2))) * P * (1 - P) / len(X)  # D
    D1 = (D2 @ W2.T) * H * (1 - H)  # E
    dW1, db1 = X.T @ D1, D1.sum(axis=0)  # F
    dW2, db2 = H.T @ D2, D2.sum(axis=0)  # G
    return dW1, db1, dW2, db2  # H: each parameter moves by -lr times its gradient


def broken_regression(X, Y, W1, b1, W2, b2):
    """Tanh hidden layer, linear output, mean squared error; one of the lines is wrong."""
    Z = X @ W1 + b1  # A
    H = np.tanh(Z)  # B
    error = H @ W2 + b2 - Y  # C
    D2 = 2 * error / error.size  # D
    dW2, db2 = H.T @ D2, D2.sum(axis=0)  # E
    D1 = (D2 @ W2.T) * (1 - H**2)  # F
    dW1, db1 = X.T @ D1, D1.mean(axis=0)  # G
    return dW1, db1, dW2, db2  # H: each parameter moves by -lr times its gradient


def classifier_problem(seed=0):
    """Two moons, 200 points, and the start of a 2-8-2 net: X, y, [W1, b1, W2, b2]."""
    rng = np.random.default_rng(seed)
    X, y = datasets.moons(200, 0.2, rng)
    return X, y, [rng.normal(size=(2, 8)), np.zeros(8), rng.normal(size=(8, 2)), np.zeros(2)]


def regression_problem(seed=0):
    """40 points of sin 3x on 1 to 3, and the start of a 1-8-1 net: X, Y, [W1, b1, W2, b2]."""
    rng = np.random.default_rng(seed)
    X = np.linspace(1, 3, 40)[:, None]
    return X, np.sin(3 * X), [rng.normal(size=(1, 8)), np.zeros(8), rng.normal(size=(8, 1)) / np.sqrt(8), np.zeros(1)]


def classifier_loss(X, y, W1, b1, W2, b2):
    return ops.cross_entropy(ops.sigmoid(X @ W1 + b1) @ W2 + b2, y)


def regression_loss(X, Y, W1, b1, W2, b2):
    return ops.mse(np.tanh(X @ W1 + b1) @ W2 + b2, Y)[0]


def train_with(gradients, problem, loss, lr, steps) -> np.ndarray:
    """Loss before each step of descent with any gradient function, right or wrong."""
    X, y, params = problem()
    losses = []
    for _ in range(steps):
        losses.append(loss(X, y, *params))
        params = [p - lr * dp for p, dp in zip(params, gradients(X, y, *params), strict=True)]
    return np.array(losses)


def train_classifier(gradients, lr=1.0, steps=1000) -> np.ndarray:
    return train_with(gradients, classifier_problem, classifier_loss, lr, steps)


def train_regression(gradients, lr=0.05, steps=4000) -> np.ndarray:
    return train_with(gradients, regression_problem, regression_loss, lr, steps)


# --- training ---


def xor_starts(hidden=3, start="uniform", starts=200, seed=0) -> np.ndarray:
    """Starts of 2-hidden-1 nets, (starts, P): U(-0.5, 0.5), or N(0, 1)/sqrt(inputs) with zero biases."""
    rng = np.random.default_rng(seed)
    sizes = (2, hidden, 1)
    if start == "uniform":
        return rng.uniform(-0.5, 0.5, (starts, ops.count_parameters(sizes)))
    return dense.init_params(sizes, rng, "normal", starts)


def xor_success(hidden=3, start="uniform", lr=0.1, starts=200, epochs=1000, seed=0) -> float:
    """Share of starts from which a tanh net learns XOR, one sample at a time, to an error below 0.001."""
    X, y = datasets.gate("XOR")
    params = xor_starts(hidden, start, starts, seed)
    runs = dense.sweep((2, hidden, 1), X, y, params, lr, hidden="tanh", output="tanh", loss="mse", epochs=epochs,
                          batch_size=1, shuffle=False)
    return float(np.mean(runs.loss[:, -1] < 1e-3))


def start_loss(images=256, seed=0) -> float:
    """Cross-entropy of 784-784-512-10 before the first step, small weights: ln 10."""
    split = datasets.digits28()
    X = split.X_train[:images].reshape(images, -1) / 255
    params = dense.unpack(dense.init_params((784, 784, 512, 10), seed, 0.01), (784, 784, 512, 10))
    return ops.cross_entropy(ops.mlp_forward(X, params, "relu")[0], split.y_train[:images])


def quadratic_digits(lr, steps=4680, width=512, report_every=468, seed=0) -> np.ndarray:
    """Test accuracy of a 64-width-10 sigmoid net with squared error on 8x8 digits, batches of 128.

    Weights N(0, 1)/sqrt(inputs), zero biases, loss half_sse, float32. Published: lr = 1e-4 gave 0.32.
    """
    rng = np.random.default_rng(seed)
    split = datasets.digits8()
    X, Y = split.X_train.astype(np.float32), ops.one_hot(split.y_train, 10)
    net = dense.Stepper((64, width, 10), 128, "sigmoid", "half_sse", lr, rng=rng, output="sigmoid")
    accuracies = []
    for step in range(1, steps + 1):
        batch = rng.integers(0, len(X), 128)
        net.step(X[batch], Y[batch])
        if step % report_every == 0:
            accuracies.append(ops.accuracy(net.predict(split.X_test), split.y_test))
    return np.array(accuracies)


def tanh_digits(epochs=35, images=1000, loss="mse", lr=0.1, seed=0) -> dict[str, float]:
    """64-100-50-10 tanh net, one sample at a time, on the first images; final error and test accuracy.

    With loss="mse" the output is tanh and weights and biases start in U(-0.5, 0.5), as published; with "cross_entropy"
    the output is softmax and the start N(0, 1)/sqrt(inputs).
    """
    split = datasets.digits8()
    X, y = split.X_train[:images], split.y_train[:images]
    sizes = (64, 100, 50, 10)
    if loss == "mse":
        init = lambda rng, fan_in, fan_out: rng.uniform(-0.5, 0.5, (fan_in + 1, fan_out))
        target, output = ops.one_hot(y, 10), "tanh"
    else:
        init, target, output = "normal", y, None
    run = dense.train(sizes, X, target, hidden="tanh", output=output, loss=loss, lr=lr, epochs=epochs, batch_size=1,
                       rng=seed, init=init)
    prediction = run.predict(split.X_test)
    return {"error": float(run.loss[-1]), "accuracy": float(ops.accuracy(prediction, split.y_test))}


def digit_net(sizes=(64, 48, 32, 10), epochs=20, lr=0.1, momentum=0.9, seed=0):
    """The chapter's digit classifier: ReLU layers, cross-entropy. Returns (net, history)."""
    rng = np.random.default_rng(seed)
    split = datasets.digits8()
    layers = []
    for fan_in, fan_out in pairwise(sizes):
        layers += [nn.Linear(fan_in, fan_out, rng=rng), nn.ReLU()]
    net = nn.Sequential(*layers[:-1])
    optimizer = optim.SGD(net.parameters(), lr=lr, momentum=momentum)
    history = nn.fit(net, nn.CrossEntropyLoss(), optimizer, split.X_train, split.y_train, epochs=epochs, batch_size=32,
                     rng=rng, X_val=split.X_test, y_val=split.y_test)
    return net, history


def depth_table(depths=(1, 2, 4, 8), widths=(8, 32), starts=5, epochs=20, images=600) -> list[dict]:
    """Test accuracy on 8x8 digits against depth, width and parameters, mean and spread over starts.

    Plain ReLU layers with weights N(0, 2/inputs), cross-entropy, batches of 32, lr 0.05, momentum 0.5.
    """
    split = datasets.digits8()
    X, y = split.X_train[:images], split.y_train[:images]
    rows = []
    for width in widths:
        for depth in depths:
            sizes = (64, *[width] * depth, 10)
            params = dense.init_params(sizes, 0, "he", starts)
            runs = dense.sweep(sizes, X, y, params, 0.05, hidden="relu", loss="cross_entropy", epochs=epochs,
                                  batch_size=32, momentum=0.5)
            accuracy = [ops.accuracy(runs[s].predict(split.X_test), split.y_test) for s in range(starts)]
            rows.append({"width": width, "hidden layers": depth, "parameters": ops.count_parameters(sizes),
                         "accuracy": float(np.mean(accuracy)), "spread": float(np.std(accuracy, ddof=1)),
                         "by start": accuracy})
    return rows
