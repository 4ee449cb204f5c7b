"""Numbers behind chapter 08: each function reproduces one published or announced result and returns it.

The chapter prints them, and the tests compare them with the targets. What takes longer than a cell may has been run
once, and its numbers stand in `measured`.
"""

from functools import lru_cache

import numpy as np

from course_lib import convnet, datasets, nn, ops
from course_lib.gradcheck import numerical_gradient
from course_lib.nn import architectures
from course_lib.nn.architectures import Conv, Dense, Dropout, Flatten, MaxPool, ReLU

# --- by hand ---

#: A picture of 6 x 6 numbers, one with a step, one with two blocks, as a book has them.
NUMBERS = np.array([[1, 3, 5, 2, 6, 1], [7, 0, 2, 4, 1, 3], [5, 1, 3, 6, 2, 7], [2, 4, 3, 0, 0, 1], [1, 7, 3, 9, 2, 1],
                    [3, 6, 2, 4, 1, 0]])
STEP = np.tile([20, 20, 20, 0, 0, 0], (6, 1))
BLOCK = np.kron([[20, 0], [0, 20]], np.ones((3, 3), int))


def edges_by_hand() -> dict:
    """The maps of the three pictures: vertical edges of two, horizontal ones of the blocks."""
    vertical, horizontal = ops.KERNELS2D["vertical"], ops.KERNELS2D["horizontal"]
    return {"numbers": ops.correlate2d(NUMBERS, vertical), "step": ops.correlate2d(STEP, vertical),
            "block": ops.correlate2d(BLOCK, horizontal)}


def gradient_error(forward=ops.conv2d_forward, backward=ops.conv2d_backward, seed: int = 0) -> float:
    """How far the gradients of a convolution lie from central differences: ||a - n|| / (||a|| + ||n||).

    Stride 2, padding 1, two samples, three channels; forward(x, w, b, stride, pad) -> (out, cache).
    """
    rng = np.random.default_rng(seed)
    inputs = [rng.normal(size=shape) for shape in ((2, 3, 6, 5), (4, 3, 3, 3), (4,))]
    out, cache = forward(*inputs, 2, 1)
    dout = rng.normal(size=out.shape)
    analytic = backward(dout, cache)
    numeric = []
    for k, given in enumerate(inputs):
        loss = lambda changed, k=k: float(np.sum(dout * forward(*inputs[:k], changed, *inputs[k + 1:], 2, 1)[0]))
        numeric.append(numerical_gradient(loss, given))
    a, n = (np.concatenate([np.ravel(part) for part in parts]) for parts in (analytic, numeric))
    return float(np.linalg.norm(a - n) / (np.linalg.norm(a) + np.linalg.norm(n)))


# --- pictures that move ---


def shifted(images, right: int = 0, down: int = 0):
    """Images (..., H, W) moved by whole pixels; what comes in is 0."""
    H, W = images.shape[-2:]
    out = np.zeros_like(images)
    if abs(right) < W and abs(down) < H:
        to = [slice(max(k, 0), n + min(k, 0)) for k, n in ((down, H), (right, W))]
        source = [slice(max(-k, 0), n + min(-k, 0)) for k, n in ((down, H), (right, W))]
        out[..., to[0], to[1]] = images[..., source[0], source[1]]
    return out


def turned(images, degrees: float = 0.0, scale: float = 1.0):
    """Images (..., H, W) turned clockwise and resized round the middle, between pixels linearly; float32."""
    H, W = images.shape[-2:]
    angle, middle = np.radians(degrees), ((H - 1) / 2, (W - 1) / 2)
    y, x = np.indices((H, W)) - np.reshape(middle, (2, 1, 1))
    row = (np.cos(angle) * y - np.sin(angle) * x) / scale + middle[0]
    column = (np.cos(angle) * x + np.sin(angle) * y) / scale + middle[1]
    # zeros round the image: one row and column before it, two behind, since each point has a next pixel
    row, column = np.clip(row, -1, H) + 1, np.clip(column, -1, W) + 1
    framed = np.pad(np.asarray(images, np.float32), [(0, 0)] * (images.ndim - 2) + [(1, 2), (1, 2)])
    i, j = row.astype(int), column.astype(int)
    down, right = (row - i).astype(np.float32), (column - j).astype(np.float32)
    return ((1 - down) * ((1 - right) * framed[..., i, j] + right * framed[..., i, j + 1])
            + down * ((1 - right) * framed[..., i + 1, j] + right * framed[..., i + 1, j + 1]))


def equivariance(right: int = 2, down: int = 2, seed: int = 0) -> dict:
    """Largest difference between the map of a changed picture and the changed map, of a 5 x 5 filter with padding 2.

    Returns
    -------
    {"shift": of a shift, away from the border, "border": of a shift, anywhere, "pooled": of a shift behind a 2 x 2
    pooling, where the map moves by half as many pixels, rounded down, away from the border, "turn": of a quarter turn}
    """
    image = datasets.photograph()[None, None, 64:128, 96:160] / 255
    w = np.random.default_rng(seed).normal(size=(1, 1, 5, 5))
    conv = lambda image: ops.conv2d_forward(image, w, None, pad=2)[0]
    pool = lambda maps: ops.maxpool2d_forward(maps, 2)[0]
    inside = lambda part, edge=8: float(part[..., edge:-edge, edge:-edge].max())
    moved = np.abs(conv(shifted(image, right, down)) - shifted(conv(image), right, down))
    pooled = np.abs(pool(conv(shifted(image, right, down))) - shifted(pool(conv(image)), right // 2, down // 2))
    turn = np.abs(conv(np.rot90(image, axes=(2, 3))) - np.rot90(conv(image), axes=(2, 3)))
    return {"shift": inside(moved), "border": float(moved.max()), "pooled": inside(pooled), "turn": float(turn.max())}


#: The dense network of the opening in the language of `architectures`.
FLAT = (Flatten(), Dense(128), ReLU(), Dense(10))


@lru_cache(maxsize=20)
def digit_net(kind: str = "LeNet", seed: int = 0, shift: int = 0, epochs: int = 15):
    """A run on the 8,000 digits, kind "LeNet" or "dense", each digit moved by up to `shift` pixels in training.

    Adam, the rate lowered from 0.002 along a cosine.
    """
    digits = datasets.digits28()
    layers = {"LeNet": architectures.LENET5, "dense": FLAT}[kind]
    return convnet.train(digits.X_train, digits.y_train, layers, epochs=epochs, seed=seed, shift=shift,
                         schedule=ops.cosine_decay(0.002, epochs))


#: name -> settings of `digit_net`
NETS = {"LeNet": {}, "LeNet, moved in training": {"shift": 2}, "dense": {"kind": "dense"},
        "dense, moved in training": {"kind": "dense", "shift": 2}}


def tolerance(change, amounts, starts: int = 5) -> dict:
    """{name of a net: accuracy on the held-out digits, (starts, amounts)}; change(images, amount) -> images."""
    digits = datasets.digits28()
    changed = [change(digits.X_test, amount) for amount in amounts]
    changed = [images / 255 if images.dtype == np.float32 else images for images in changed]
    return {name: [[digit_net(seed=seed, **settings).evaluate(images, digits.y_test)[1] for images in changed]
                   for seed in range(starts)] for name, settings in NETS.items()}


# --- few pictures ---


#: kind of pictures -> how many are trained on, and in how many epochs
FEW = {"shapes": (500, 40), "clothes": (1000, 80)}
#: kind of pictures -> how a picture is changed at most
CHANGES = {"shapes": {"shift": 0.1, "rotation": 10, "flip": True},
           "clothes": {"shift": 0.05, "rotation": 5, "zoom": 0.1}}
#: name -> settings of `few_pictures`
REMEDIES = {"nothing": {}, "augmentation": {"augmented": True}, "dropout": {"dropout": 0.5},
            "both": {"augmented": True, "dropout": 0.5}}


def pictures(kind: str, n: int, seed: int = 0):
    """X, y, X_test, y_test: n pictures to train on, shares of light, of "shapes" (color, two kinds) or "clothes"."""
    if kind == "shapes":
        X, y = datasets.shapes(n + 1000, rng=seed)
        X, X_test, y, y_test = X[:n], X[n:], y[:n], y[n:]
    else:
        X, X_test, y, y_test = datasets.fashion(n)
    return X / np.float32(255), y, X_test / np.float32(255), y_test


def small_net(classes: int, dropout: float = 0.0):
    """Two convolutions, two poolings, one dense layer; dropout before the last."""
    off = [Dropout(dropout)] if dropout else []
    return (Conv(16, 5), ReLU(), MaxPool(2), Conv(32, 5), ReLU(), MaxPool(2), Flatten(), *off, Dense(classes))


def few_pictures(kind: str, seed: int = 0, augmented: bool = False, dropout: float = 0.0,
                 mirrored: bool = False) -> dict:
    """A small ConvNet on few pictures: the published experiment with photographs of two kinds, in small.

    augmented : in each epoch every picture is changed anew, see CHANGES; mirrored : half of them mirrored besides.
    Adam, the rate lowered from 0.002 along a cosine.

    Returns
    -------
    {"train", "test": shares right, "loss": of the test pictures}
    """
    n, epochs = FEW[kind]
    rng, run, schedule = np.random.default_rng(seed), None, ops.cosine_decay(0.002, epochs)
    X, y, X_test, y_test = pictures(kind, n, seed)
    layers = small_net(y.max() + 1, dropout)
    for _ in range(epochs):
        seen = datasets.augment(X, rng, **CHANGES[kind] | ({"flip": True} if mirrored else {})) if augmented else X
        run = convnet.train(seen, y, layers, epochs=1, seed=seed, after=run, schedule=schedule)
    loss, share = run.evaluate(X_test, y_test)
    return {"train": run.evaluate(X, y)[1], "test": share, "loss": loss}


def regression_on_pixels(seed: int = 0) -> float:
    """Accuracy of logistic regression on all pixels of the shapes of `few_pictures`."""
    n, epochs = FEW["shapes"]
    X, y, X_test, y_test = pictures("shapes", n, seed)
    return convnet.train(X, y, (Flatten(), Dense(2)), epochs=epochs, seed=seed).evaluate(X_test, y_test)[1]


# --- depth ---


def residual_gradients(depth: int = 20, skip: bool = True, seed: int = 0, channels: int = 8) -> np.ndarray:
    """(depth + 1,) length of the gradient on its way back through so many blocks, input first, at the start.

    A block is a 3 x 3 convolution and tanh; its weights have 0.6 times the spread that would keep the scale. skip :
    whether each block adds its input.
    """
    rng, spread = np.random.default_rng(seed), 0.6 / np.sqrt(9 * channels)
    bodies = [nn.Sequential(nn.Conv2d(channels, channels, 3, padding=1, rng=rng, init=spread), nn.Tanh())
              for _ in range(depth)]
    blocks = [nn.Residual(body) if skip else body for body in bodies]
    x = rng.normal(size=(8, channels, 12, 12))
    for block in blocks:
        x = block(x)
    d = rng.normal(size=x.shape)
    lengths = [np.linalg.norm(d)]
    for block in reversed(blocks):
        d = block.backward(d)
        lengths.append(np.linalg.norm(d))
    return np.array(lengths[::-1])
