"""Wrong answers as students write them, and what the checks say to each of them.

`answers/chNN.txt` holds the answers: `#@ ID CLASS | what is wrong`, then the source. CLASS is `one` slip away from a
right answer, `two` slips, or `concept`. None was taken from the named mistakes. `judgements.toml` keeps what the check
says to each and what a person thinks of that message, in one word:

true        names the mistake, or the place and what happens there
useful      true, and leads to it: the kind of difference, the inputs or the outputs that are wrong
numbers     true, but only a number beside another
misleading  sends the reader elsewhere
accepted    there is no message: the wrong answer passes

`python tests/chapters/answers.py` prints the totals, with ids the messages of these exercises, with `--open` those that
nobody has judged. `--update` hears all answers again first; the judgement of a message that has changed is taken out.
"""

import json
import linecache
import re
import sys
import tomllib
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import mutants

from course_lib.exercises import registry
from course_lib.exercises.collect import collect
from course_lib.exercises.expect import expected
from course_lib.exercises.judge import judge

FOLDER = Path(__file__).with_name("answers")
LIST = FOLDER / "judgements.toml"
WORDS = ("true", "useful", "numbers", "misleading", "accepted")


@dataclass(frozen=True)
class Answer:
    """One wrong answer: `key` is what it is known by, "1.2 reshape in place of transpose"."""

    exercise: str
    slips: str
    what: str
    source: str

    @property
    def key(self) -> str:
        return f"{self.exercise} {self.what}"


def answers() -> list[Answer]:
    """All of them, in the order of the files."""
    found = []
    for file in sorted(FOLDER.glob("ch*.txt")):
        for block in re.split(r"^#@ ", file.read_text(encoding="utf-8"), flags=re.MULTILINE)[1:]:
            head, _, source = block.partition("\n")
            about, _, what = head.partition(" | ")
            found.append(Answer(*about.split(), what, source))
    return found


def said(answer: Answer) -> tuple[str, str]:
    """(name of the diagnosis that speaks, message) of the check of one answer."""
    exercise = registry.get(answer.exercise)
    known = expected(exercise)
    name = f"<answer {answer.key}>"
    linecache.cache[name] = (len(answer.source), None, answer.source.splitlines(keepends=True), name)
    made = mutants.answer(exercise, compile(answer.source, name, "exec"))

    def again(instances, seconds=None):
        return collect(exercise, made, instances, seconds)

    verdict = judge(exercise, again(known.instances), known, again)
    return verdict.by, verdict.message


def read() -> dict[str, dict]:
    """What is kept: key of an answer -> {by, says, judged}."""
    return tomllib.loads(LIST.read_text(encoding="utf-8")) if LIST.exists() else {}


def update() -> dict[str, dict]:
    """Hear every answer again; a judgement stays where the message is the same."""
    old, new = read(), {}
    for answer in answers():
        by, says = said(answer)
        before = old.get(answer.key, {})
        judged = before.get("judged", "") if before.get("says") == says else ""
        new[answer.key] = {"by": by, "says": says, "judged": "accepted" if by == "right" else judged}
    LIST.write_text("".join(map(_entry, new.items())), encoding="utf-8")
    return new


def _entry(item) -> str:
    key, fields = item
    lines = [f"{name} = {json.dumps(value, ensure_ascii=False)}" for name, value in fields.items()]
    return "\n".join([f"[{json.dumps(key, ensure_ascii=False)}]", *lines, "\n"])


def totals(entries: dict[str, dict]) -> str:
    """One line a diagnosis, with the judgements of what it says; the sums below."""
    lines = [f"{'':28}" + "".join(f"{word:>12}" for word in (*WORDS, "to judge"))]
    rows = Counter((entry["by"], entry["judged"]) for entry in entries.values())
    for by in [*sorted({by for by, _ in rows}), ""]:
        counts = [sum(n for (who, word), n in rows.items() if word == wanted and by in ("", who))
                  for wanted in (*WORDS, "")]
        lines.append(f"{by or 'all':28}" + "".join(f"{n:12}" for n in counts))
    return "\n".join(lines)


def main(arguments: list[str]) -> None:
    """Print messages and totals."""
    entries = update() if "--update" in arguments else read()
    for key, entry in entries.items():
        if key.partition(" ")[0] in arguments or ("--open" in arguments and not entry["judged"]):
            print(f"{key}\n  {entry['by']} ({entry['judged'] or 'to judge'}): {entry['says']}")
    print(totals(entries))


if __name__ == "__main__":
    main(sys.argv[1:])
