"""The words that several diagnoses share: for arguments, instances, outputs and kinds of things."""

import re
from typing import Any

import numpy as np

from course_lib.exercises.collect import Foreign
from course_lib.exercises.model import Exercise, Version

#: characters of an input that is shown as code
LONGEST_INPUT = 600


def argument_name(exercise: Exercise, k: int) -> str:
    return exercise.arguments[k] if k < len(exercise.arguments) else f"argument {k + 1}"


def described_instance(exercise: Exercise, instance: tuple) -> str:
    """", for tie: x (2, 3), W (3, 4), lr = 0.1", or nothing for an exercise without inputs."""
    label, parts = getattr(instance, "label", ""), []
    for k, argument in enumerate(instance):
        name = argument_name(exercise, k)
        if isinstance(argument, np.ndarray) and argument.ndim:
            parts.append(f"{name} {argument.shape}".replace(",)", ")"))
        elif isinstance(argument, bool | int | float | str):
            parts.append(f"{name} = {argument!r}")
        elif isinstance(argument, tuple | list) and not any(isinstance(part, Version) for part in argument):
            parts.append(f"{name} = {_inside(argument)}")
    words = ": ".join(filter(None, [label, ", ".join(parts[:5])]))
    return f", for {words}" if words else ""


def _inside(values: tuple | list) -> str:
    """A short tuple or list: numbers as they are, arrays by their shapes."""
    shown = [f"array {value.shape}".replace(",)", ")") if isinstance(value, np.ndarray) and value.ndim
             else _inside(value) if isinstance(value, tuple | list) else f"{value!r:.20}" for value in values[:4]]
    inner = ", ".join(shown) + (", ..." if len(values) > 4 else "")
    return f"[{inner}]" if isinstance(values, list) else f"({inner})"


def input_code(exercise: Exercise, instance: tuple) -> str:
    """A small input as lines of Python, one an argument; empty when it is too long to be of use."""
    lines = [f"{argument_name(exercise, k).replace(' ', '_')} = {value!r}" for k, value in enumerate(instance)]
    code = re.sub(r"\barray\(", "np.array(", "\n".join(lines))
    return code if len(code) <= LONGEST_INPUT else ""


def named(exercise: Exercise) -> str:
    return f" ({', '.join(exercise.outputs)})" if exercise.outputs else ""


def kind_of(value: Any) -> str:
    """A value in words: "an array of shape (3, 2)", "a number"."""
    if isinstance(value, Foreign):
        return value.what
    if isinstance(value, bool | np.bool_):
        return "True or False"
    if isinstance(value, np.ndarray) and value.ndim:
        return f"an array of shape {value.shape}"
    if isinstance(value, str):
        return "a string"
    if isinstance(value, tuple | list):
        return f"a {type(value).__name__} with {len(value)} {'entry' if len(value) == 1 else 'entries'}"
    if isinstance(value, dict):
        return "a dict"
    return "None" if value is None else "a number"


def reminder(exercise: Exercise, key: str) -> str:
    """What was asked for, where the exercise says it in a sentence."""
    text = exercise.reminders.get(key, "")
    return f" Remember: {text.rstrip('.')}." if text else ""
