"""One submission: its cells are run in a sandbox, its answers are judged out here."""

from dataclasses import dataclass

from course_lib.grading.records import Record, Submission


@dataclass(frozen=True)
class Options:
    """How one submission is graded; the same for a whole class."""

    sandbox: str = "bwrap"  #: "bwrap", "rlimit" or "none": settled before, see `sandbox.choose`
    seed: int = 1  #: secret; hidden instances come from it
    cell_seconds: float = 60.0  #: for one cell, wall clock
    submission_seconds: float = 900.0  #: for everything of one submission, wall clock
    start_seconds: float = 60.0  #: for a kernel to start
    memory: int = 4_000_000_000  #: bytes
    processes: int = 64
    file_bytes: int = 100_000_000
    output_bytes: int = 5_000_000  #: of one kernel; what is beyond ends it


def run(data: bytes, submission: Submission, options: Options = Options()) -> tuple[Record, dict]:  # noqa: B008
    """Grade one notebook file.

    Parameters
    ----------
    data : bytes
        The file as it was handed in.
    submission : Submission
        `chapter` and `sha256` are filled in when empty.

    Returns
    -------
    record : Record
        Its `key` is empty. Never raises because of what is in the file.
    timings : dict
        name -> seconds: "wall", "start", "cells", "answers", "processor" (of the sandbox), "starts" (a number).
    """
    raise NotImplementedError
