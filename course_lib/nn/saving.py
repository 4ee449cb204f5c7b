"""The parameters and buffers of a network in a file."""

import zipfile
from pathlib import Path

import numpy as np

from course_lib.files import replacing
from course_lib.nn.module import Module


def save(net: Module, path: str | Path) -> None:
    """Write all parameters and buffers of `net`, such as weights and running means, into one file.

    Parameters
    ----------
    net : a network. Its layers are not saved, only their numbers: `load` needs the same network, built anew
    path : file name that ends in .npz; an old file is replaced in one step
    """
    state = _checked(net).state_dict()
    with replacing(_path(path)) as file:
        np.savez(file, **state)


def load(net: Module, path: str | Path) -> Module:
    """Read what `save` has written into a network of the same layers; its predictions are then the same.

    Parameters
    ----------
    net : changed in place
    path : file name that ends in .npz

    Returns
    -------
    net

    Raises
    ------
    FileNotFoundError
        When there is no such file.
    ValueError
        When the file was saved from a network with other layers or widths, or is none of `save`.
    """
    _checked(net)
    path = _path(path)
    if not path.is_file():
        raise FileNotFoundError(f"there is no file {path}; nn.save(net, path) writes one.")
    if not zipfile.is_zipfile(path):
        raise ValueError(f"{path} is no file of numbers by name, expected one that nn.save has written.")
    with np.load(path) as file:
        state = dict(file)
    net.load_state_dict(state)
    return net


def _checked(net) -> Module:
    if not isinstance(net, Module):
        cause = " Usual cause: net and path exchanged." if isinstance(net, str | Path) else ""
        raise TypeError(f"net is {type(net).__name__}, expected a network such as nn.Sequential(...).{cause}")
    return net


def _path(path) -> Path:
    if not isinstance(path, str | Path):
        raise TypeError(f"path is {type(path).__name__}, expected a file name such as 'net.npz'.")
    if Path(path).suffix != ".npz":
        raise ValueError(f"path={str(path)!r}, expected a file name that ends in .npz, such as 'net.npz'.")
    return Path(path)
