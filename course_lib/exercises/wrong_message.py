"""A message that is wrong, written into a file that a student can send; nothing leaves the machine by itself."""

import json
import platform
from importlib import metadata
from typing import Any

import numpy as np

from course_lib.exercises import progress
from course_lib.exercises.model_answer import own_lines
from course_lib.exercises.verdict import Verdict
from course_lib.files import create_file


class Written:
    """Says which file was written; shows itself."""

    def __init__(self, name: str, id: str):
        self.name, self.id = name, id

    def __repr__(self) -> str:
        return (f"{self.name} lies beside your progress file: your answer to {self.id}, what the check said, and the "
                "versions of the course, Python and NumPy. It names nobody, and nothing was sent. Read it, add what is "
                "wrong with the message, and send it to whoever teaches you the course.")


def write(verdict: Verdict, answer: Any) -> Written:
    """Write a verdict and the answer that it was on into a new file beside the progress.

    Raises
    ------
    OSError
        When it cannot be written.
    """
    content = {
        "exercise": verdict.exercise,
        "status": verdict.status,
        "message": [text for text in (verdict.message, verdict.differs, verdict.look) if text],
        "named": verdict.mistake,
        "by": verdict.by,
        "failed tries": verdict.failed,
        "input": verdict.inputs.splitlines(),
        "answer": own_lines(answer).splitlines(),
        "versions": {"course": metadata.version("course-lib"), "Python": platform.python_version(),
                     "NumPy": np.__version__, "system": platform.system()},
        "what is wrong with the message": "",
    }
    text, number = json.dumps(content, indent=1, ensure_ascii=False), 1
    while not create_file(file := progress.path().with_name(f"message-{verdict.exercise}-{number}.json"), text):
        number += 1
    return Written(file.name, verdict.exercise)
