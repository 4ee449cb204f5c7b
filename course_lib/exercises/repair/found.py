"""What a search found, in sentences for the student."""

import re
from dataclasses import dataclass, field

from course_lib.exercises.model import Mistake
from course_lib.exercises.repair.sentences import sentence
from course_lib.exercises.repair.source import Source
from course_lib.exercises.repair.tree import Edit

SENTENCE_END = re.compile(r"(?<=[.?!]) (?=[A-Z])")
LEANS = re.compile(r"\b(their|them|they|it|its|yours|there)\b", re.IGNORECASE)  #: on a sentence before
#: what a sentence on a mistake says of amounts, or of what is right, holds for this mistake alone
AMOUNT = re.compile(r"\bright\b|\btoo (small|large)\b|\d", re.IGNORECASE)


@dataclass
class Found:
    """What a search found. What the edits put in place is the answer, and for the engine alone."""

    edits: list[Edit] = field(default_factory=list)
    passed: bool = False  #: whether the answer passes with all of them
    left: Mistake | None = None  #: the named mistake that it makes with all of them; without any, one that is near
    open: list[str] = field(default_factory=list)  #: or the labels of the inputs on which it is wrong all the same
    unread: list[str] = field(default_factory=list)  #: or the arguments that the answer never reads
    changes: str = ""  #: or the arguments that the call changes all the same, while every result is right
    tried: int = 0

    def say(self, source: Source) -> str:
        """One sentence for each place."""
        places = {(edit.node.lineno, *source.shown(edit.node, edit.places)): edit  # each once
                  for edit in reversed(self.edits)}
        said = [sentence(edit.kind, line, *shown, edit.places) for (line, *shown), edit in reversed(places.items())]
        if self.left:
            said.append(f"After that one more slip is left. {self.left.say}" if self.edits else near_to(self.left.say))
        if self.open:
            said.append(f"After that it is right but for: {', '.join(dict.fromkeys(self.open))}.")
        if self.changes:
            said.append(f"After that the results are right, but the call still changes {self.changes} of the caller's.")
        for word in self.unread:
            line = source.answer.lineno
            said.append(f"Line {line}, at `{word}`: your function never reads this. Where does it enter?")
        return " ".join(dict.fromkeys(said))


def near_to(said: str) -> str:
    """Of what is said of a named mistake that which holds for a near one, too, with the last sentence; nothing where
    this one cannot be understood alone.
    """
    *first, last = SENTENCE_END.split(said)
    kept = [sentence for sentence in first if not AMOUNT.search(sentence)]
    return "" if len(kept) < len(first) and LEANS.search(last) else " ".join([*kept, last])
