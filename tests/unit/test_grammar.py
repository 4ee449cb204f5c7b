"""The marks of a notebook mean the same to authoring, working copy, grading and everybody's own numbers."""

import doctest
import json
import time

import pytest

from course_lib import grammar
from course_lib.app import workcopy
from course_lib.authoring import notebook as authored
from course_lib.authoring import percent
from course_lib.grading import archives
from course_lib.grading import notebook as graded


def test_examples_in_the_docstrings():
    assert doctest.testmod(grammar).failed == 0


# what names an exercise -----------------------------------------------------------------------------------------------

EXERCISES = [
    ("as handed out", "# Exercise 4.2: f\ndef f(x): ...", ["4.2"]),
    ("two digits", "# Exercise 12.34: f", ["12.34"]),
    ("no name", "# Exercise 4.2\nx = 1", ["4.2"]),
    ("a full stop", "# Exercise 4.2.", ["4.2"]),
    ("no space", "#Exercise 4.2: f", ["4.2"]),
    ("more marks and spaces", "##  Exercise\t4.2: f", ["4.2"]),
    ("indented", "    # Exercise 4.2: f\nx = 1", ["4.2"]),
    ("not the first line", "import math\n\n# Exercise 4.2: f", ["4.2"]),
    ("after a magic", "%%time\n# Exercise 4.2: f", ["4.2"]),
    ("two joined cells", "# Exercise 4.1: f\nf = 1\n# Exercise 4.2: g\ng = 2", ["4.1", "4.2"]),
    ("Windows lines", "x = 1\r\n# Exercise 4.2: f\r\n", ["4.2"]),
    ("code behind which it stands", "x = 1  # Exercise 4.2", []),
    ("another word", "# Exercises 4.2", []),
    ("an open question", "# Exercise 4.Q1", []),
    ("more than a number", "# Exercise 4.2a", []),
    ("a very long number", "# Exercise 4.2" + 5000 * "0", []),
    ("digits of another script", "# Exercise ٤.٢", []),
    ("prose", "Exercise 4.2", []),
]


@pytest.mark.parametrize("source, expected", [row[1:] for row in EXERCISES], ids=[row[0] for row in EXERCISES])
def test_what_names_an_exercise(source, expected):
    assert grammar.exercises(source) == expected


# what checks it -------------------------------------------------------------------------------------------------------

CHECKS = [
    ("as handed out", 'check("4.2", f)', [("4.2", "f", None)]),
    ("own numbers", 'check("4.2", f, variant="01ab")', [("4.2", "f", "01ab")]),
    ("an empty token", "check('4.2', f, variant = '')", [("4.2", "f", "")]),
    ("token in third place", 'check("4.2", f, "01ab")', [("4.2", "f", "01ab")]),
    ("spaces", 'check ( "4.2" , f )', [("4.2", "f", None)]),
    ("over lines, as a formatter leaves it", 'check(\n    "4.2",  # mine\n    f,\n    variant="01ab",\n)',
     [("4.2", "f", "01ab")]),
    ("a comment behind", 'check("4.2", f)  # at last', [("4.2", "f", None)]),
    ("its value kept", 'verdict = check("4.2", f)', [("4.2", "f", None)]),
    ("indented", 'if True:\n    check("4.2", f)', [("4.2", "f", None)]),
    ("by another path", 'exercises.check("4.2", f)', [("4.2", "f", None)]),
    ("named arguments", 'check(answer=f, exercise="4.2")', [("4.2", "f", None)]),
    ("several", 'check("4.2", f); check("4.3", g)', [("4.2", "f", None), ("4.3", "g", None)]),
    ("one in the other", 'check("4.2", check("4.3", g))', [("4.3", "g", None), ("4.2", "", None)]),
    ("an answer that is no name", 'check("4.2", (W, b))', [("4.2", "", None)]),
    ("a call", 'check("4.2", f(2), variant="01ab")', [("4.2", "", "01ab")]),
    ("an attribute", 'check("4.2", model.f)', [("4.2", "", None)]),
    ("a comparison", 'check("4.2", f == g)', [("4.2", "", None)]),
    ("a function without a name", 'check("4.2", lambda x: (x, 1))', [("4.2", "", None)]),
    ("nothing yet", 'check("4.2", None)', [("4.2", "", None)]),
    ("no answer", 'check("4.2")', [("4.2", "", None)]),
    ("a bracket in a string", 'check("4.2", f(")"), variant="01ab")', [("4.2", "", "01ab")]),
    ("not closed", 'check("4.2", f', [("4.2", "f", None)]),
    ("in code that is no Python", 'def (broken\ncheck("4.2", f)', [("4.2", "f", None)]),
    ("below an apostrophe", "!echo don't\ncheck('4.2', f)", [("4.2", "f", None)]),
    ("below a magic", '%%time\ncheck("4.2", f)', [("4.2", "f", None)]),
    ("a token that is computed", 'check("4.2", f, variant=g)', [("4.2", "f", None)]),
    ("a comment", '# check("4.2", f)', []),
    ("a string", "print('check(\"4.2\", f)')", []),
    ("a long string", '"""\ncheck("4.2", f)\n"""', []),
    ("another function", 'gradient_check("4.2", f)', []),
    ("another string", 'check("4.Q1", f)', []),
    ("an id that is computed", "check(id, f)", []),
    ("a definition", 'def check(exercise="4.2"): ...', [("4.2", "", None)]),
]


@pytest.mark.parametrize("source, expected", [row[1:] for row in CHECKS], ids=[row[0] for row in CHECKS])
def test_what_checks_an_exercise(source, expected):
    assert [(check.id, check.name, check.variant) for check in grammar.checks(source)] == expected


@pytest.mark.parametrize("source, own", [
    ('check("4.2", f)', 'check("4.2", f, variant="01ab")'),
    ('check("4.2", f)  # mine\nx = 1', 'check("4.2", f, variant="01ab")  # mine\nx = 1'),
    ('check(\n    "4.2",\n    f,\n)', 'check(\n    "4.2",\n    f, variant="01ab",\n)'),
    ('check("4.2", f((1, 2)))', 'check("4.2", f((1, 2)), variant="01ab")'),
    ('check("4.2", check("4.3", g))', 'check("4.2", check("4.3", g, variant="23cd"), variant="01ab")'),
    ('check("4.4", f)', 'check("4.4", f)'),
    ('check("4.2", f', 'check("4.2", f'),
    ('# check("4.2", f)', '# check("4.2", f)'),
])
def test_own_numbers_are_put_in_and_taken_out_again(source, own):
    assert grammar.with_variants(source, {"4.2": "01ab", "4.3": "23cd"}) == own
    assert grammar.with_variants(own, {"4.2": "no", "4.3": "no"}) == own
    assert grammar.without_variants(own) == source


# open questions -------------------------------------------------------------------------------------------------------

QUESTIONS = [
    ("as handed out", "**Open question 4.Q1** (3 points)\n\nWhy?", ("4.Q1", 3)),
    ("one point", "**Open question 4.Q1** (1 point)", ("4.Q1", 1)),
    ("the points are gone", "**Open question 4.Q1** Why?", ("4.Q1", None)),
    ("below a heading", "## Think\n\n**Open question 4.Q1** (3 points)", ("4.Q1", 3)),
    ("in a heading or a quotation", "> # **Open question 4.Q1** (3 points)", ("4.Q1", 3)),
    ("spoken of", "My answer is that of **Open question 4.Q1** above.", None),
    ("a heading", "## Open questions", None),
    ("an exercise", "**Open question 4.1** (3 points)", None),
]


@pytest.mark.parametrize("source, expected", [row[1:] for row in QUESTIONS], ids=[row[0] for row in QUESTIONS])
def test_what_asks_an_open_question(source, expected):
    found = grammar.question(source)
    assert (found and (found.id, found.points)) == expected


@pytest.mark.parametrize("source, ids, answer", [
    ("*Your answer* (4.Q1)", ["4.Q1"], ""),
    ("\n*Your answer* (4.Q1) \n\nBecause.\n", ["4.Q1"], "Because."),
    ("*Your answer* (4.Q1) because", ["4.Q1"], "because"),
    ("*Your answer*\nBecause.", [], "Because."),
    ("Because.", [], "Because."),
    ("Because of *Your answer* (4.Q1)", ["4.Q1"], "Because of *Your answer* (4.Q1)"),
    ("", [], ""),
])
def test_answers_to_open_questions(source, ids, answer):
    assert grammar.answered(source) == ids
    assert grammar.without_answer_mark(source) == answer


@pytest.mark.parametrize("kind, id, name", [
    ("exercise", "4.12", "exercise-4-12"), ("check", "4.2", "check-4-2"), ("open", "10.Q3", "open-10-Q3"),
])
def test_names_for_nbgrader(kind, id, name):
    assert grammar.grade_id(kind, id) == name and grammar.graded(name) == (kind, id)


@pytest.mark.parametrize("name", [None, 3, [], "", "exercise-4", "exercise-4-2-1", "cell-4-2", "exercise-4-helper"])
def test_other_names_for_nbgrader(name):
    assert grammar.graded(name) == ("", "")


# cells ----------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("source, expected", [
    ("x = 1", "x = 1"), (["x = 1\n", "y = 2"], "x = 1\ny = 2"), (["x", 3], "x"), ([], ""), (None, None), (3, None),
])
def test_the_text_of_a_cell(source, expected):
    assert grammar.joined(source) == expected


@pytest.mark.parametrize("code, names", [
    ("x = 1", ["x"]),
    ("(a, *b), c[0], d.e = f\ng: int = 1\ng += h", ["a", "b", "g"]),
    ("def f(x):\n    y = x\nclass K:\n    z = 1\nasync def h(): pass", ["f", "K", "h"]),
    ("%matplotlib inline\nx = 1", ["x"]),
    ("x == 1\nprint(y)", []),
    ("def f(x:\n    y = 1\nz = 2\nclass K", ["f", "z", "K"]),
    ("def f(x)\n    y = 1", ["f"]),
])
def test_names_that_a_cell_defines(code, names):
    assert grammar.defined(code) == names


def test_ids_follow_from_the_text_and_differ():
    first = grammar.cell_id("a", ())
    second = grammar.cell_id("a", {first})
    assert grammar.cell_id("a", {"other"}) == first != second != grammar.cell_id("a", {first, second})
    assert len(first) == len(second) == 8


# everywhere the same --------------------------------------------------------------------------------------------------

LENIENT = [row[1] for row in EXERCISES if row[2] == ["4.2"]]


@pytest.mark.parametrize("source", LENIENT)
def test_working_copy_and_grader_see_the_same_exercises(source):
    book = {"cells": [{"cell_type": "code", "source": source, "metadata": {}, "outputs": []}], "metadata": {},
            "nbformat": 4, "nbformat_minor": 5}
    data = json.dumps(book).encode()
    (mine,) = workcopy.read_cells(workcopy._load(data))
    assert mine.keys == {"4.2"}
    read = graded.read(data)
    assert graded.chapter_of(read) == "04"
    assert "4.2" not in graded.plan(read).missing
    assert archives.chapter_in(data) == "04"


@pytest.mark.parametrize("source", ["x = 1\n# Exercise 4.2: f", "# Exercise 4.1: f\n# Exercise 4.2: g",
                                    'check("4.1", f)\ncheck("4.2", g)'])
def test_an_author_puts_one_exercise_in_a_cell_and_its_name_first(source):
    cell = percent.SourceCell("code", source, 1)
    with pytest.raises(percent.SourceError, match="one"):
        authored._cells(cell, False, {"4.1": 1, "4.2": 1}, authored.CellIds("04"))


# what a stranger may write --------------------------------------------------------------------------------------------

LONG = 100_000
HOSTILE = {
    "spaces in a check": 'check("4.3",' + " " * LONG,
    "spaces before a check": " " * LONG + 'check("4.3", f',
    "blank lines": "\n" * LONG + "check",
    "checks in checks": 'check("4.3",' * (LONG // 12),
    "brackets": "check" + "(" * LONG,
    "closing brackets": "check" + ")" * LONG,
    "quotes": "check" + "'" * LONG,
    "quotes in threes": "check" + "'''\\" * (LONG // 4),
    "backslashes": 'check("' + "\\" * LONG,
    "commas": "check(" + "," * LONG + ")",
    "words": "check(" + "check " * (LONG // 6),
    "hashes": "#" * LONG,
    "hashes and spaces": "# " * LONG,
    "an exercise of spaces": "# Exercise " + " " * LONG,
    "an exercise of digits": "# Exercise " + "4" * LONG,
    "exercises": "# Exercise " * (LONG // 10),
    "quotations": "> " * LONG,
    "a question of spaces": "**Open " + " " * LONG,
    "answers": "*Your answer* " * (LONG // 14),
    "an answer of spaces": "*Your answer*" + " " * LONG,
    "assignments": "x " * LONG + "=",
}


@pytest.mark.parametrize("source", HOSTILE.values(), ids=HOSTILE)
def test_hostile_text_takes_time_in_proportion(source):
    start = time.process_time()
    for read in (grammar.exercises, grammar.checks, grammar.without_variants, grammar.question, grammar.answered,
                 grammar.without_answer_mark, grammar.defined):
        read(source)
    grammar.with_variants(source, {"4.3": "01ab"})
    grammar.exercises_in_file(source.encode())
    assert time.process_time() - start < 3  # a quadratic pattern takes minutes
