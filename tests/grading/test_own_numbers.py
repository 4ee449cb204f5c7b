"""Notebooks with everybody's own numbers, from the handing out to the record."""

import copy

import nbformat
import pytest
from needs import needs

from course_lib import grammar
from course_lib.authoring import notebook as authored
from course_lib.authoring import personal
from course_lib.exercises import registry, variants
from course_lib.grading import grade, notebook, records, runner

KEY = b"0123456789abcdef0123456789abcdef"
CHAPTERS = {chapter.number: chapter for chapter in authored.chapters(notebook.PACKAGE.parent)}


def handed_in(student, number="03", answers=None):
    """The student's own notebook with the answers of the given exercises written in, as bytes."""
    book = personal.personal(authored.student(CHAPTERS[number]), number, KEY, student)
    for cell in book.cells:
        for id, text in (answers or {}).items():
            if cell.source.startswith(f"# Exercise {id}:"):
                cell.source = f"{cell.source.splitlines()[0]}\n{text}"
    return authored.to_text(book).encode()


def own(id, student):
    return variants.for_student(registry.get(id), KEY, student)


def by_hand(student):
    return "by_hand = " + repr(own("3.6", student).reference).replace("array", "np.array")


def graded(data, student, key=KEY):
    options = runner.Options(sandbox="bwrap", seed=3, course_key=key.hex())
    record, _ = runner.run(data, records.Submission(student, "", "f.ipynb"), options)
    return record, {result.id: result for result in record.exercises}


def test_tokens_are_read_and_taken_off():
    book = notebook.read(handed_in("anna"))
    assert book.tokens["3.6"] == variants.token(KEY, "anna", "3.6")
    assert len(book.tokens) == len(registry.exercises("03"))
    assert not any("variant" in cell.source for cell in book.cells)
    assert notebook.plan(book).tampering == ()


def test_an_own_notebook_without_answers_costs_no_points_and_is_not_tampered():
    common = notebook.plan(notebook.read(authored.to_text(authored.student(CHAPTERS["03"])).encode()))
    mine = notebook.plan(notebook.read(handed_in("anna")))
    assert mine.missing == common.missing
    assert common.untouched - mine.untouched <= {"3.10", "3.15"}  # a planted fault is judged, see below


@needs("bubblewrap")
def test_everybody_is_judged_by_the_own_numbers():
    answers = {"3.6": by_hand("anna"), "3.1": "def neuron(X, w, b):\n    return X @ w + b"}
    data = handed_in("anna", answers=answers)
    record, results = graded(data, "anna")
    assert (record.status, results["3.6"].status, results["3.6"].points) == ("partial", "right", 1)
    assert results["3.1"].status == "right"
    assert {results[id].status for id in ("3.10", "3.15")} == {"not attempted"}
    assert not [note for note in record.notes if "numbers" in note]

    record, results = graded(data, "bert")  # handed on to another student
    assert results["3.6"].points == 0
    assert results["3.1"].status == "right"
    assert any("not those of student 'bert'" in note for note in record.notes)


@needs("bubblewrap")
def test_the_token_in_the_notebook_decides_nothing():
    """Anna hands in the tokens and the numbers of Bert."""
    data = handed_in("bert", answers={"3.6": by_hand("bert")})
    assert graded(data, "anna")[1]["3.6"].points == 0
    data = handed_in("bert", answers={"3.6": by_hand("anna")})
    assert graded(data, "anna")[1]["3.6"].points == 1


@needs("bubblewrap")
def test_the_common_notebook_is_noticed():
    book = nbformat.from_dict(copy.deepcopy(authored.student(CHAPTERS["03"])))
    cell = next(cell for cell in book.cells if cell.source.startswith("# Exercise 3.6:"))
    cell.source = f"{cell.source.splitlines()[0]}\n{by_hand('anna')}"
    record, results = graded(authored.to_text(book).encode(), "anna")
    assert results["3.6"].points == 1
    assert any("names no numbers of its own" in note for note in record.notes)


@pytest.mark.parametrize("key, tokens, word", [
    ("", {}, ""),
    ("", {"3.6": "x"}, "grade with --own-numbers"),
    (KEY.hex(), {}, "names no numbers of its own"),
    (KEY.hex(), {"3.6": variants.token(KEY, "anna", "3.6")}, ""),
    (KEY.hex(), {"3.6": variants.token(KEY, "anna", "3.6"), "3.7": "x"}, "in 3.7 are not those"),
    (KEY.hex(), {"3.6": "y", "3.7": "x"}, "in all exercises are not those"),
])
def test_a_note_where_the_numbers_do_not_fit(key, tokens, word):
    notes = runner._about_numbers(tokens, key, "anna")
    assert len(notes) == bool(word)
    assert word in "".join(notes)


def test_the_key_is_not_printed():
    assert KEY.hex() not in repr(runner.Options(course_key=KEY.hex()))


def test_the_command_takes_key_and_roster(tmp_path, capsys):
    """From `course build --student` to the grades, by the ids of the same roster."""
    seen = {}

    def run(data, submission, options):
        seen[submission.student] = options.course_key
        return records.Record("", submission, "ok"), {}

    (tmp_path / "roster.csv").write_text("student_id,name\nZoë,Zoë\n1001,Bert\n")
    (tmp_path / "course.key").write_bytes(KEY + b"\n")
    key = tmp_path / "course.key"
    personal.build(tmp_path / "roster.csv", tmp_path / "handed", key, ["03"], root=notebook.PACKAGE.parent)
    words = [str(tmp_path / "handed"), "--out", str(tmp_path / "out"), "--roster", str(tmp_path / "roster.csv"),
             "--sandbox", "none", "--trust-submissions", "-j", "1"]
    assert grade.main([*words, "--own-numbers"], run) == 2
    assert "--course-key" in capsys.readouterr().err
    assert grade.main([*words, "--own-numbers", "--course-key", str(key)], run) == 0
    assert seen == {"Zoë": KEY.hex(), "1001": KEY.hex()}
    assert not any(KEY in path.read_bytes() or KEY.hex().encode() in path.read_bytes()
                   for path in (tmp_path / "out").rglob("*") if path.is_file())
    seen.clear()
    assert grade.main([*words, "--course-key", str(key)], run) == 0
    assert set(seen.values()) == {""}


@needs("bubblewrap")
@pytest.mark.parametrize("number", ["03", "04"])
def test_all_answers_right_give_all_points(number):
    student = "Łukasz"
    names = notebook.given(number).names
    answers = {}
    for cell in authored.solution(CHAPTERS[number]).cells:
        if cell.cell_type == "code" and (found := grammar.exercises(cell.source)):
            answers[found[0]] = "\n".join(cell.source.splitlines()[1:])
    for exercise in registry.exercises(number):
        if exercise.vary and exercise.kind == "value":
            value = repr(own(exercise.id, student).reference).replace("array", "np.array")
            answers[exercise.id] = f"{names[exercise.id]} = {value}"
    record, results = graded(handed_in(student, number, answers), student)
    assert {id: result.status for id, result in results.items()} == dict.fromkeys(names, "right")
    assert sum(result.points for result in results.values()) == sum(e.points for e in registry.exercises(number))
    assert record.notes == ()
