"""What an exercise is: data and pure functions, with no notebook and no widget.

The same definition serves the student's `check` and a grader in another process: `instances` gives inputs, the
student's code turns them into outputs, `judge` (in `judge.py`) compares outputs with those of the reference and of
every named mistake.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from inspect import Parameter, Signature
from typing import Any

import numpy as np


class Case(tuple):
    """The arguments of one call, with a name for what is special about them; `case` makes it."""

    label: str = ""
    unseen: tuple = ()
    edge: bool = False  #: whether it follows from a contract


def case(label: str, *arguments: Any, unseen: tuple = ()) -> Case:
    """An instance that messages call by its label: `case("tie", x, y)`, `case("large scores", z)`.

    unseen : what an answer is judged by and never gets, such as rows to test a net on; `Exercise.read` has it after the
        arguments.
    """
    made = Case(arguments)
    made.label, made.unseen = label, unseen
    return made


class Refused(ValueError):
    """Raised by `Exercise.read` where what came back cannot be put to work; the student reads its message."""


@dataclass(frozen=True)
class Mistake:
    """A known wrong answer: `answer` has the same form as the exercise's reference."""

    id: str  #: "AFF-2" where several exercises know the slip, "AFF-a" where one does; never on a student's page
    answer: Any  #: a wrong function, or a wrong value
    say: str  #: which step to look at, without giving the line away
    convention: bool = False  #: legitimate elsewhere; the message says so


@dataclass(frozen=True)
class Slot:
    """A number of the right answer in whose place another may stand: a rate, ddof, eps, a constant factor."""

    what: str  #: "ddof", "the factor of the gradient": a message says "as if ddof were 1, not 0"
    right: float
    ask: str  #: which step to look at, a question
    tried: tuple[float, ...] = ()  #: what may stand there; without these it is solved for


@dataclass(frozen=True)
class Slots:
    """The right answer with numbers that may be set otherwise, one or two at a time; see `diagnoses/solved.py`."""

    answer: Callable  #: (*arguments, **numbers) -> what the reference gives, with these numbers in it
    numbers: dict[str, Slot]


@dataclass(frozen=True)
class Contract:
    """What the arguments of an exercise may be beside the plain ones: its boundary instances follow, see `contract.py`.

    Arguments are called as in `Exercise.arguments`.
    """

    #: argument -> a letter for each of its axes, "ND" for N samples of D features. Axes with one letter are equally
    #: long, and may have length 1; "." is any other axis. Of a tuple or a list of arrays one text for each, "" for what
    #: is no array. What the letters stand for is said in `contract.py`.
    shapes: dict[str, str | tuple[str, ...]] = field(default_factory=dict)
    #: names with commas between, "x, y": arguments that may be whole numbers, in type too, all at once. None: each that
    #: is an array of floats, or a tuple or a list of such arrays. "" where whole numbers are no input, as for shares,
    #: and where a right answer may change a copy in place, to which fractions cannot be added
    whole: str | None = None
    zero: str = ""  #: each of these may be nothing but 0
    negative: str = ""  #: each may be nothing but negative, or nothing but positive
    ties: str = ""  #: each may have its largest number twice along the last axis
    large: str = ""  #: each may be a thousand times as large
    #: argument -> values that are the first or last allowed, or a case of their own: numbers, or {label: value}. A
    #: value may be a function of {argument: value} of the plain instance
    values: dict[str, tuple | dict[str, Any]] = field(default_factory=dict)
    each: str = ""  #: argument with every value of which all of this holds, such as the name of a convention


@dataclass(frozen=True, repr=False)
class Version:
    """A function that an answer gets as an argument, to find out whether it is right. Messages call it by its name.

    It stays where nothing of a submission runs; see `stand_ins.py`.
    """

    name: str
    function: Callable
    parameters: tuple[str, ...]  #: what its arguments are called, however `function` calls them

    def __call__(self, *arguments, **named):
        kind = Parameter.POSITIONAL_OR_KEYWORD
        bound = Signature([Parameter(name, kind) for name in self.parameters]).bind(*arguments, **named)
        return self.function(*bound.args)

    def __repr__(self) -> str:
        return repr(self.name)


@dataclass(frozen=True)
class Versions:
    """What a test that a student writes is put to; see `written_tests.py`."""

    right: Callable  #: the test must hold for it
    wrong: tuple[Mistake, ...]  #: with what is wrong with each in a clause: "it takes the mean"
    least: int  #: so many of these the test must catch


@dataclass(frozen=True, eq=False)  # an exercise is itself only: what is known about it is kept under it
class Exercise:
    """One thing a student does and `check(id, answer)` judges."""

    id: str  #: "4.3"
    title: str  #: "affine_forward"
    reference: Any  #: the right answer: a function, or a value
    instances: Callable[[np.random.Generator], Sequence[tuple]]  #: rng -> argument tuples or `case`s, smallest first
    mistakes: tuple[Mistake, ...]
    hints: tuple[str, str, str]  #: idea, formula, first line
    slots: Slots | None = None  #: wrong answers that differ from the right one in a number alone, without writing each
    points: int = 1
    kind: str = "function"  #: "function", "value" (number, array, tuple, dict), "bug", "choice" or "test"
    #: (answer, *instance) -> outputs. Default: call the function; a value exercise returns the value itself. It is
    #: where callables are built from data (for a gradient checker) or hand-set weights are put to work. Of a function
    #: exercise it is an adapter: it stands in the chapter's `calls`, see `adapters.py`.
    call: Callable | None = None
    #: (what `call` gave, *instance, *unseen) -> outputs, worked out where the student's code has no say; what it prints
    #: is shown as if the answer had. Default: no change.
    read: Callable | None = None
    #: what the outputs are called in messages, ("dx", "dW", "db"); empty for one output
    outputs: tuple[str, ...] = ()
    #: outputs (or the entries of a single one) that are computed from the last to the first, as gradients are
    backward: bool = False
    #: what the arguments are called in messages, ("x", "W", "b")
    arguments: tuple[str, ...] = ()
    #: what these may be: beside `instances`, which are drawn, an answer is tried where the contract ends, on the same
    #: inputs in `check` and in grading. Of a function exercise that has none, the reason why
    contract: Contract | str = ""
    rtol: float = 1e-7
    atol: float = 1e-10
    seconds: float = 2.0  #: time limit of all instances together
    #: id of the mistake that the untouched starting code of a repair task makes: then it is 'not attempted'
    untouched: str | None = None
    #: what was asked for, shown when the shape, the type ... is wrong: {"shape": "...", "type": "..."}
    reminders: dict[str, str] = field(default_factory=dict)
    #: dotted name of the library's own function for the very same thing, "course_lib.ops.sigmoid", written out: grading
    #: reads it from the text, and keeps that function out of the sandbox
    library: str = ""
    #: library's function -> the same in the form of an answer, an adapter; None where it has that form already
    from_library: Callable | None = None
    #: rng -> (fields of this exercise with the numbers or the bug of one student, {text of the student's notebook:
    #: text in its place}). Without it only the instances are a student's own, see `variants.py`.
    vary: Callable[[np.random.Generator], tuple[dict[str, Any], dict[str, str]]] | None = None
    minutes: float | None = None  #: that a student needs for it
    level: int | None = None  #: 1 (one line), 2, or 3 (a riddle)
    core: bool | None = None  #: on the core path of its chapter, or further
    #: right answers written otherwise: loops, another identity, float32 ...; each must be accepted
    variants: tuple[Any, ...] = ()
    #: with what the cell begins where the answer is no function: 'nand = {"w1": ..., "w2": ..., "b": ...}'
    skeleton: str = ""
    #: one sentence after success: what follows, where it comes back, what a limit case says; every exercise has one
    debrief: str = ""
    versions: Versions | None = None  #: of the kind "test": what the answer, itself a test, is put to

    def __post_init__(self):
        def refuse(field, expected):
            raise ValueError(f"exercise {self.id}: {field} is {getattr(self, field)!r}, expected {expected}")

        if self.minutes is not None and not 0 < self.minutes < 600:
            refuse("minutes", "a number of minutes above 0, or None")
        if self.level not in (None, 1, 2, 3):
            refuse("level", "1, 2, 3 or None")
        if not isinstance(self.core, bool | None):
            refuse("core", "True, False or None")
        if self.skeleton and callable(self.reference):
            refuse("skeleton", "none where the answer is a function")

    def order_of(self, n: int) -> range:
        """The indices of n outputs in the order in which they are computed."""
        return range(n - 1, -1, -1) if self.backward else range(n)

    @property
    def is_worked_out(self) -> bool:
        """Whether the answer is a function that works something out, written or mended by the student."""
        return self.kind in ("function", "bug")

    @property
    def effort(self) -> str:
        """What the exercise asks of a student, "10 minutes, level 2, core"; of it what is stated."""
        stated = (self.minutes and f"{self.minutes:g} minutes", self.level and f"level {self.level}",
                  {True: "core", False: "further", None: ""}[self.core])
        return ", ".join(filter(None, stated))


@dataclass(frozen=True)
class Prediction:
    """A question that must be answered before a picture unlocks; never graded."""

    id: str  #: "3.a"
    question: str
    choices: tuple[str, ...]
    right: int  #: index into choices
    why: str  #: shown after the choice, right or wrong
    demo: str = ""  #: name of the demo that unlocks, e.g. "Gates"
    #: one for each choice: what is said to who chose it; for a wrong one, why one could think so and what goes wrong
    replies: tuple[str, ...] = ()
    values: dict = field(default_factory=dict)  #: the situation asked about: the demo unlocks with these controls set
