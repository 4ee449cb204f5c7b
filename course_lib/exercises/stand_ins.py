"""An answer that tests functions gets stand-ins where it runs in a sandbox: the functions themselves hold answers.

A stand-in asks whoever has the function what it gives, and waits. So an answer can tell a right function from a wrong
one by its numbers only: no name, no source and no place says anything. Nothing here knows what is right.
"""

from collections.abc import Callable
from typing import Any

import numpy as np

from course_lib.exercises.collect import Foreign, plain
from course_lib.exercises.probe import raised, returned

_HANDLE = "version "


def handed_over(value: Any, versions: list) -> Any:
    """Arguments without the functions in them, which are put into `versions`: a number stands for each."""
    if isinstance(value, tuple):
        return tuple(handed_over(part, versions) for part in value)
    if not callable(value):
        return value
    versions.append(value)
    return Foreign(f"{_HANDLE}{len(versions) - 1}")


def handed_in(value: Any, ask: Callable[[dict], dict]) -> Any:
    """The same arguments with stand-ins in place of the numbers."""
    if isinstance(value, tuple):
        return tuple(handed_in(part, ask) for part in value)
    if isinstance(value, Foreign) and value.what.startswith(_HANDLE):
        return _stand_in(int(value.what.removeprefix(_HANDLE)), ask)
    return value


def _stand_in(number: int, ask: Callable[[dict], dict]) -> Callable:
    def version(*arguments, **named):
        generators: list = []
        given = tuple(_sent(argument, generators) for argument in arguments)
        reply = ask({"version": number, "arguments": plain(given),
                     "named": plain({name: _sent(argument, generators) for name, argument in named.items()})})
        for generator, state in zip(generators, reply["states"], strict=True):
            generator.bit_generator.state = state
        if "error" in reply:
            raise raised(reply)
        return returned(reply["value"])

    return version


def _sent(argument: Any, generators: list) -> Any:
    """An argument as plain data; a generator of random numbers is its state, and goes on where the function leaves it.
    """
    if not hasattr(argument, "standard_normal"):
        return argument
    if not isinstance(getattr(argument, "bit_generator", None), np.random.PCG64):  # NumPy's older ones
        argument = np.random.default_rng(int(argument.random() * 2**53))
    generators.append(argument)
    return {"generator": argument.bit_generator.state}


def received(asked: Any) -> tuple[int, tuple, dict, list]:
    """What a stand-in asked for: number of the function, arguments, named ones, and the generators among them.

    Raises
    ------
    ValueError, TypeError, KeyError
        When no stand-in asks so.
    """
    generators: list = []
    number, arguments, named = asked["version"], asked["arguments"], asked["named"]
    if type(number) is not int or not isinstance(arguments, tuple) or not isinstance(named, dict):
        raise TypeError("no question of a stand-in")
    return (number, tuple(_with_generator(argument, generators) for argument in arguments),
            {name: _with_generator(argument, generators) for name, argument in named.items()}, generators)


def _with_generator(argument: Any, generators: list) -> Any:
    if not isinstance(argument, dict) or argument.keys() != {"generator"}:
        return argument
    generators.append(np.random.default_rng(0))
    generators[-1].bit_generator.state = argument["generator"]
    return generators[-1]
