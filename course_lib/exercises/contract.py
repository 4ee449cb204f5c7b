"""Inputs at the edge of what the arguments of an exercise may be: they follow from its contract and a plain input."""

from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import Any

import numpy as np

from course_lib.exercises.model import Case, Contract, Exercise, case

#: what one along an axis with this letter is called
SIZES = {"N": "sample", "D": "feature", "M": "output", "H": "unit", "K": "class", "T": "step", "E": "epoch",
         "L": "entry", "P": "weight", "R": "row", "Q": "column", "S": "draw",
         "C": "channel", "I": "input channel", "O": "output channel"}
LARGE = 1000.0
WHOLE = "whole numbers in"  #: how the label of those of another type begins


def boundary(exercise: Exercise, drawn: Sequence[tuple]) -> list[Case]:
    """The boundary instances of an exercise, each with a label; none where it states no contract.

    Parameters
    ----------
    drawn : instances of the exercise. Each boundary instance is the first plain one (no label, and more than one along
        every axis that the contract names) with one thing changed; for whole numbers the first that has fractions in
        other arguments, where a result of the type of the whole ones would show.

    Raises
    ------
    ValueError
        When the contract names no argument of the exercise, or no instance is plain.
    """
    contract = exercise.contract
    if not isinstance(contract, Contract):
        return []
    groups = _plain(exercise, drawn)
    if not groups:
        raise ValueError(f"exercise {exercise.id}: no instance without a label has more than one along every axis of "
                         f"the contract, {contract.shapes}")
    return [edge for group in groups.values() for edge in _edges(contract, group)]


def of_others(exercise: Exercise, drawn: Sequence[tuple]) -> list[Case]:
    """The same, made of each plain instance but the first, which is small and round: what is right on its edges only is
    right by chance.
    """
    contract = exercise.contract
    if not isinstance(contract, Contract):
        return []
    return [edge for group in _plain(exercise, drawn).values() for arguments in group[1:]
            for edge in _edges(contract, [arguments])]


def _plain(exercise: Exercise, drawn: Sequence[tuple]) -> dict[Any, list[dict[str, Any]]]:
    """The plain instances as name -> argument, by what the contract asks for each of."""
    groups: dict[Any, list[dict[str, Any]]] = {}
    for instance in drawn:
        arguments = dict(zip(exercise.arguments, instance, strict=False))
        if not getattr(instance, "label", "") and _all_long(exercise, arguments):
            groups.setdefault(arguments.get(exercise.contract.each), []).append(arguments)
    return groups


def _edges(contract: Contract, group: list[dict[str, Any]]) -> Iterator[Case]:
    each = f", {contract.each} = {group[0][contract.each]!r}" if contract.each else ""
    for label, arguments in _made(contract, group):
        edge = case(label + each, *arguments.values())
        edge.edge = True
        yield edge


def _all_long(exercise: Exercise, arguments: dict[str, Any]) -> bool:
    contract = exercise.contract
    named = {*contract.shapes, *contract.values}.union(*map(_names, (
        contract.whole or "", contract.zero, contract.negative, contract.ties, contract.large, contract.each)))
    if not named <= arguments.keys():
        raise ValueError(f"exercise {exercise.id}: the contract speaks of {', '.join(sorted(named - {*arguments}))}, "
                         f"the arguments are {', '.join(exercise.arguments)}")
    return all(_is_long(arguments[name], letters) for name, letters in contract.shapes.items())


def _is_long(value, letters: str | tuple[str, ...]) -> bool:
    """Whether it has these axes, and more than one along each that has a letter."""
    if isinstance(letters, tuple):
        return all(map(_is_long, value, letters))
    return not letters or (np.ndim(value) == len(letters) and all(
        n > 1 for n, letter in zip(np.shape(value), letters, strict=True) if letter != "."))


def _made(contract: Contract, plain: list[dict[str, Any]]) -> Iterator[tuple[str, dict[str, Any]]]:
    """(label, arguments) of each boundary instance that follows from the plain ones."""
    start = plain[0]
    letters = "".join("".join(text) for text in contract.shapes.values())  # a tuple of texts is joined as well
    for letter in dict.fromkeys(letters.replace(".", "")):
        yield f"one {SIZES[letter]}", start | {name: _first(start[name], its, letter)
                                               for name, its in contract.shapes.items()}
    if whole := _floats(start) if contract.whole is None else _names(contract.whole):
        other = next((arguments for arguments in plain if any(
            _has_fractions(value) for name, value in arguments.items() if name not in whole)), start)
        yield f"{WHOLE} {' and '.join(whole)}", other | {name: _each(_whole, other[name]) for name in whole}
    for name in _names(contract.ties):
        yield f"two equal largest entries in {name}", start | {name: _each(_tied, start[name])}
    for name in _names(contract.zero):
        label = f"{name} = 0" if isinstance(start[name], int | float) else f"nothing but 0 in {name}"
        yield label, start | {name: _each(lambda a: 0 * a, start[name])}
    for name in _names(contract.negative):
        for side, sign in (("below", -1), ("above", 1)):
            yield f"all of {name} {side} 0", start | {name: _each(partial(_on_one_side, sign), start[name])}
    for name in _names(contract.large):
        yield f"very large numbers in {name}", start | {name: _each(lambda a: LARGE * a, start[name])}
    for name, values in contract.values.items():
        for label, value in values.items() if isinstance(values, dict) else [("", value) for value in values]:
            value = value(start) if callable(value) else value
            yield label or f"{name} = {value!r}", start | {name: value}


def _names(text: str) -> list[str]:
    return text.split(", ") if text else []


def _floats(arguments: dict[str, Any]) -> list[str]:
    """The names of those that are arrays of floats, or tuples or lists of nothing else."""
    return [name for name, value in arguments.items() if _is_float(value)]


def _is_float(value) -> bool:
    if isinstance(value, tuple | list):
        return bool(value) and all(map(_is_float, value))
    return isinstance(value, np.ndarray) and value.dtype.kind == "f"


def _first(value, letters: str | tuple[str, ...], letter: str):
    """With length 1 along every axis with this letter."""
    if isinstance(letters, tuple):
        return type(value)(_first(part, its, letter) for part, its in zip(value, letters, strict=True))
    return value[tuple(slice(1) if its == letter else slice(None) for its in letters)] if letters else value


def _each(change: Callable, value):
    """`change` of a number or an array, or of each in a tuple or a list."""
    if isinstance(value, tuple | list):
        return type(value)(_each(change, part) for part in value)
    return change(value)


def _on_one_side(sign: int, a):
    return sign * (np.abs(a) + 0.5)


def _has_fractions(value) -> bool:
    """Whether a number in it is not whole; of what is no number there is none."""
    if isinstance(value, tuple | list):
        return any(map(_has_fractions, value))
    return isinstance(value, float | np.ndarray) and not np.array_equal(np.rint(value), value)


def _whole(value: np.ndarray | float) -> np.ndarray | int:
    """Rounded; fractions are tripled before, or most would become 0."""
    rounded = np.rint(value)
    whole = (rounded if np.array_equal(rounded, value) else np.rint(3 * value)).astype(int)
    return whole if whole.ndim else int(whole)


def _tied(a: np.ndarray) -> np.ndarray:
    tied = a.copy()
    tied[..., 0] = tied[..., -1] = a.max(axis=-1)
    return tied
