"""Wrong answers as students write them, and what the checks say to each of them.

`answers/chNN.txt` holds the answers on which the checks were developed: `#@ ID CLASS | what is wrong`, then the source.
CLASS is `one` slip away from a right answer, `two` slips, or `concept`. None was taken from the named mistakes.
`answers/unseen_chNN.txt` holds a second set, written from the docstrings alone by somebody who knew what the first set
holds, and no named mistake. `answers/second.txt` holds a third, written in the same way when the checks fitted the
first two. `answers/mended.txt` holds answers of later sets to which something untrue was said once, or too little: what
is no longer said there must not come back. `answers/right.txt` holds right answers written otherwise, none of which may
be refused. `judgements.toml` keeps what a student hears to each: `says`, the message of the check, and, where that is
not a named mistake, `look`, what `repair.look` adds from the second failed try on. Beside both stands what a person
thinks of it, `judged` and `look_judged`, in one word:

true        names the mistake, or the place and what happens there
useful      true, and leads to it: the kind of difference, the inputs, the outputs or the lines that are wrong
numbers     true, but only a number beside another
misleading  sends the reader elsewhere
accepted    there is no message: the wrong answer passes

`python tests/chapters/answers.py` prints the totals of each set, with ids what is said in these exercises, with
`--open` what nobody has judged. `--update` hears all answers again first, with ids only those of these exercises; the
judgement of what has changed is taken out.
"""

import json
import linecache
import re
import sys
import tomllib
from dataclasses import dataclass
from pathlib import Path

import mutants

from course_lib.exercises import registry, repair
from course_lib.exercises.collect import collect
from course_lib.exercises.expect import expected
from course_lib.exercises.judge import judge

FOLDER = Path(__file__).with_name("answers")
LIST = FOLDER / "judgements.toml"
WORDS = ("true", "useful", "numbers", "misleading", "accepted")
SETS = {"development": "ch*.txt", "unseen": "unseen_ch*.txt", "second unseen": "second.txt", "mended": "mended.txt"}
PLENTY = 60.0  #: seconds of processor time: what is said must not depend on how busy the machine is
NAMED = ("named_mistake", "mistake_on_plain_inputs", "mistake_for_one_text", "mistake_where_wrong",
         "mistake_in_one_output")
NOT_SEARCHED = (*NAMED, "two_mistakes")  #: as in a session


@dataclass(frozen=True)
class Answer:
    """One wrong answer: `key` is what it is known by, "1.2 reshape in place of transpose"."""

    set: str
    exercise: str
    slips: str
    what: str
    source: str

    @property
    def key(self) -> str:
        return f"{self.exercise} {self.what}"

    def function(self):
        """What the cell of this answer defines; its source can be read as that of a cell."""
        name = f"<answer {self.key}>"
        linecache.cache[name] = (len(self.source), None, self.source.splitlines(keepends=True), name)
        return mutants.answer(registry.get(self.exercise), compile(self.source, name, "exec"))


def answers(sets: dict[str, str] = SETS) -> list[Answer]:
    """All wrong ones, in the order of the files, or those of other sets: {name: pattern of the files}."""
    found = []
    for which, files in sets.items():
        for file in sorted(FOLDER.glob(files)):
            for block in re.split(r"^#@ ", file.read_text(encoding="utf-8"), flags=re.MULTILINE)[1:]:
                head, _, source = block.partition("\n")
                about, _, what = head.partition(" | ")
                found.append(Answer(which, *about.split(), what, source))
    return found


def said(answer: Answer) -> tuple[str, str]:
    """(name of the diagnosis that speaks, message) of the check of one answer."""
    exercise = registry.get(answer.exercise)
    known, made = expected(exercise), answer.function()

    def again(instances, seconds):
        return collect(exercise, made, instances, PLENTY)

    verdict = judge(exercise, collect(exercise, made, known.instances), known, again)
    return verdict.by, verdict.message


def look(answer: Answer) -> str:
    """Where the search says to look."""
    exercise = registry.get(answer.exercise)
    if not exercise.is_worked_out:
        return ""
    return repair.look(exercise, answer.function(), expected(exercise), PLENTY)


def read() -> dict[str, dict]:
    """What is kept: key of an answer -> {by, says, judged} and, where something is found, {look, look_judged}."""
    return tomllib.loads(LIST.read_text(encoding="utf-8")) if LIST.exists() else {}


def update(ids: list[str] = ()) -> dict[str, dict]:
    """Hear every answer again, or those of some exercises; a judgement stays where what is said is the same."""
    old, new = read(), {}
    for answer in answers():
        before = old.get(answer.key, {})
        new[answer.key] = _heard(answer, before) if not ids or answer.exercise in ids or not before else before
    LIST.write_text("".join(map(_entry, new.items())), encoding="utf-8")
    return new


def _heard(answer: Answer, before: dict) -> dict:
    by, says = said(answer)
    if by == "right":
        return {"by": by, "says": says, "judged": "accepted"}
    entry = {"by": by, "says": says, "judged": before.get("judged", "") if before.get("says") == says else ""}
    if by not in NOT_SEARCHED and (found := look(answer)):
        entry["look"] = found
        entry["look_judged"] = before.get("look_judged", "") if before.get("look") == found else ""
    return entry


def _entry(item) -> str:
    key, fields = item
    lines = [f"{name} = {json.dumps(value, ensure_ascii=False)}" for name, value in fields.items()]
    return "\n".join([f"[{json.dumps(key, ensure_ascii=False)}]", *lines, "\n"])


def in_all(entry: dict) -> str:
    """The word for message and search together: the better of two that are true, misleading where one of them is."""
    words = {entry["judged"], entry.get("look_judged", entry["judged"])}
    return next((word for word in ("", "misleading", *WORDS) if word in words), "")


def totals(entries: dict[str, dict]) -> str:
    """Two lines a set, without and with the search; in front those that a named mistake speaks truly of."""
    columns = ("named", *WORDS, "to judge")
    lines = [f"{'':28}" + "".join(f"{word:>12}" for word in (*columns, "answers"))]
    for which in SETS:
        kept = [entries[answer.key] for answer in answers() if answer.set == which and answer.key in entries]
        for title, word in ((which, lambda entry: entry["judged"]), (f"{which}, with search", in_all)):
            words = ["named" if entry["by"] in NAMED and entry["judged"] in ("true", "useful")
                     else word(entry) or "to judge" for entry in kept]
            lines.append(f"{title:28}" + "".join(f"{words.count(column):12}" for column in columns) + f"{len(kept):12}")
    return "\n".join(lines)


def main(arguments: list[str]) -> None:
    """Print what is said, and totals."""
    ids = [word for word in arguments if not word.startswith("--")]
    entries = update(ids) if "--update" in arguments else read()
    for key, entry in entries.items():
        is_open = not entry["judged"] or not entry.get("look_judged", "none")
        if key.partition(" ")[0] in ids or ("--open" in arguments and is_open):
            print(f"{key}\n  {entry['by']} ({entry['judged'] or 'to judge'}): {entry['says']}")
            if "look" in entry:
                print(f"  look ({entry['look_judged'] or 'to judge'}): {entry['look']}")
    print(totals(entries))


if __name__ == "__main__":
    main(sys.argv[1:])
