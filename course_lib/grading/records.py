"""What is known about one submission: frozen records that go to JSON and come back the same.

No times of day and no timings in here: one worker and four give the same bytes.
"""

import json
from dataclasses import asdict, dataclass, fields

#: What became of a submission, best first.
STATUSES = {
    "ok": "every exercise was attempted and judged",
    "partial": "an exercise was not attempted, or could not be judged",
    "time-out": "a cell or an answer did not end in its time and was stopped",
    "dead": "the kernel died while the notebook ran",
    "tampered": "a check, a given cell or the machinery round them was altered in a way that matters",
    "unreadable": "the file is no notebook of this course",
}

#: Statuses of an exercise beyond those of `course_lib.exercises.verdict.STATUS`, in words.
MORE_EXERCISE_STATUSES = {
    "library": "uses the library's own function",
    "missing": "no cell found",
    "dead": "the kernel died",
}


@dataclass(frozen=True)
class ExerciseResult:
    """One exercise of one submission."""

    id: str  #: "4.3"
    title: str
    points: float
    possible: int
    status: str  #: as in a verdict, or one of MORE_EXERCISE_STATUSES
    mistake: str = ""  #: id of the named mistake
    message: str = ""  #: may be shown to the student: it names no hidden instance and no answer
    public: bool = True  #: False where the public instances were right and only a hidden one was not
    picture: str = ""  #: HTML of a counter-example from the public instances
    inputs: str = ""  #: the public input on which it went wrong, as code
    look: str = ""  #: where in the answer to look, in the student's own words


@dataclass(frozen=True)
class OpenAnswer:
    """What a student wrote to one open question; the points come from a person."""

    id: str  #: "4.Q1"
    question: str
    answer: str
    possible: int
    points: float | None = None
    comment: str = ""


@dataclass(frozen=True)
class Submission:
    """Where a notebook came from."""

    student: str
    name: str
    file: str
    chapter: str = ""  #: "04"; empty until the notebook was read
    sha256: str = ""


@dataclass(frozen=True)
class Record:
    """Everything that grading one submission gave."""

    key: str  #: names notebook bytes, checks and environment; set by whoever keeps the record
    submission: Submission
    status: str  #: one of STATUSES
    notes: tuple[str, ...] = ()  #: for the instructor
    sandbox: str = ""  #: "bwrap", "rlimit" or "none"; empty where nothing ran
    exercises: tuple[ExerciseResult, ...] = ()
    open_answers: tuple[OpenAnswer, ...] = ()

    @property
    def points(self) -> float:
        """Points so far: exercises, and open answers that were graded."""
        return sum(e.points for e in self.exercises) + sum(a.points or 0 for a in self.open_answers)

    @property
    def possible(self) -> int:
        return sum(e.possible for e in self.exercises) + sum(a.possible for a in self.open_answers)


def to_json(record: Record) -> str:
    """The same text for the same record, whatever machine wrote it."""
    return json.dumps(asdict(record), ensure_ascii=False, indent=1, allow_nan=False) + "\n"


def from_json(text: str) -> Record:
    """The record that `to_json` wrote.

    Raises
    ------
    ValueError
        When the text is no record, such as a file that was cut off.
    """
    try:
        data = json.loads(text)
        return Record(**{
            **_known(Record, data),
            "submission": Submission(**_known(Submission, data["submission"])),
            "notes": tuple(data["notes"]),
            "exercises": tuple(ExerciseResult(**_known(ExerciseResult, e)) for e in data["exercises"]),
            "open_answers": tuple(OpenAnswer(**_known(OpenAnswer, a)) for a in data["open_answers"]),
        })
    except (KeyError, TypeError, AttributeError) as error:
        raise ValueError(f"not a grading record: {type(error).__name__}: {error}") from error


def _known(kind, data: dict) -> dict:
    """The fields of `kind` in `data`: a record of another version may hold more."""
    names = {field.name for field in fields(kind)}
    return {name: value for name, value in data.items() if name in names}
