"""Freeze PyTorch's float64 answers for the ops in tests/unit/golden, so that testing needs no PyTorch.

Run `python tests/parity/make_golden.py` after adding a case; the files are committed.
"""

from pathlib import Path

import numpy as np

PATH = Path(__file__).resolve().parents[1] / "unit" / "golden" / "ops.npz"
CONVOLUTION_PATH = PATH.with_name("convolution.npz")
SEED = 20240


def activations():
    """Our name of each elementwise activation -> PyTorch's function."""
    from torch.nn import functional as F

    return {"sigmoid": F.sigmoid, "tanh": F.tanh, "relu": F.relu, "leaky_relu": F.leaky_relu, "elu": F.elu,
            "selu": F.selu, "gelu": F.gelu, "softmax": lambda z: F.softmax(z, -1),
            "log_softmax": lambda z: F.log_softmax(z, -1)}


def losses():
    """Our name of each loss of (prediction, target) -> (PyTorch's function, whether predictions are shares)."""
    from torch.nn import functional as F

    return {"mse": (F.mse_loss, False), "mae": (F.l1_loss, False), "bce": (F.binary_cross_entropy, True),
            "bce_from_logits": (F.binary_cross_entropy_with_logits, False),
            "kl_loss": (lambda a, y: F.kl_div(a.log(), y, reduction="batchmean"), True)}


def answer(function, *inputs, dout=None):
    """PyTorch's output for `inputs`, and the gradient of sum(dout * output) for each of them."""
    import torch

    tensors = [torch.tensor(value, requires_grad=True) for value in inputs]
    out = function(*tensors)
    out.backward(torch.ones_like(out) if dout is None else torch.tensor(dout))
    return [out.detach().numpy(), *(tensor.grad.numpy() for tensor in tensors)]


def inputs(rng):
    """Inputs of all cases by name."""
    share = lambda shape: (lambda e: e / e.sum(-1, keepdims=True))(rng.exponential(size=shape))
    return {"z": 3 * rng.standard_normal((5, 4)), "dout": rng.standard_normal((5, 4)), "p": share((5, 4)),
            "target": share((5, 4)), "labels": rng.integers(0, 4, 5), "x": rng.standard_normal((6, 3)),
            "W1": rng.standard_normal((3, 4)), "b1": rng.standard_normal(4), "W2": rng.standard_normal((4, 4)),
            "b2": rng.standard_normal(4), "y": rng.integers(0, 4, 6)}


def golden():
    """All inputs and PyTorch's answers, as they stand in the file."""
    import torch
    from torch.nn import functional as F

    given = inputs(np.random.default_rng(SEED))
    out = dict(given)
    for name, function in activations().items():
        out[f"{name}/out"], out[f"{name}/dz"] = answer(function, given["z"], dout=given["dout"])
    for name, (function, shares) in losses().items():
        target = torch.tensor(given["target"])
        prediction = given["p"] if shares else given["z"]
        out[f"{name}/loss"], out[f"{name}/gradient"] = answer(lambda a, f=function, t=target: f(a, t), prediction)
    labels, y = torch.tensor(given["labels"]), torch.tensor(given["y"])
    out["cross_entropy/loss"], out["cross_entropy/gradient"] = answer(lambda z: F.cross_entropy(z, labels), given["z"])

    def network(x, W1, b1, W2, b2):
        return F.cross_entropy(torch.tanh(x @ W1 + b1) @ W2 + b2, y)

    names = ("x", "W1", "b1", "W2", "b2")
    results = answer(network, *(given[name] for name in names))
    out["network/loss"] = results[0]
    out.update({f"network/d{name}": value for name, value in zip(names, results[1:], strict=True)})
    return out


def convolutions():
    """Name of each convolution layer -> (PyTorch's module, shape of its input)."""
    from torch import nn

    return {
        "conv1d": (nn.Conv1d(4, 6, 3, 2, 1, 2, groups=2, padding_mode="replicate"), (2, 4, 9)),
        "conv2d": (nn.Conv2d(4, 6, (3, 2), (2, 1), (1, 2), (1, 2), groups=2, padding_mode="reflect"), (2, 4, 6, 5)),
        "conv2d_same": (nn.Conv2d(3, 2, (4, 3), padding="same"), (2, 3, 5, 6)),
        "conv3d": (nn.Conv3d(2, 3, (2, 3, 2), (1, 2, 1), (1, 0, 1)), (2, 2, 3, 5, 4)),
        "transposed_conv2d": (nn.ConvTranspose2d(3, 2, (3, 2), (2, 3), (1, 0)), (2, 3, 3, 4)),
    }


def convolution_golden():
    """Inputs and PyTorch's answers for convolution layers."""
    import torch

    rng, out = np.random.default_rng(SEED), {}
    for name, (layer, shape) in convolutions().items():
        layer.double()
        x = torch.tensor(rng.standard_normal(shape), requires_grad=True)
        with torch.no_grad():
            for parameter in layer.parameters():
                parameter.copy_(torch.tensor(rng.standard_normal(parameter.shape)))
        answer = layer(x)
        dout = torch.tensor(rng.standard_normal(answer.shape))
        answer.backward(dout)
        arrays = {"x": x, "w": layer.weight, "b": layer.bias, "out": answer, "dout": dout, "dx": x.grad,
                  "dw": layer.weight.grad, "db": layer.bias.grad}
        out.update({f"{name}/{part}": array.detach().numpy() for part, array in arrays.items()})
    return out


if __name__ == "__main__":
    PATH.parent.mkdir(exist_ok=True)
    for path, arrays in ((PATH, golden()), (CONVOLUTION_PATH, convolution_golden())):
        np.savez(path, **arrays)
        print(f"{path}: {path.stat().st_size} bytes")
