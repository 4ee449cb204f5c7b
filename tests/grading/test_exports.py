"""Tables as Canvas, Moodle and nbgrader take them, formulas kept out, and points by hand read back."""

import csv
import io
from dataclasses import replace
from itertools import product

import pytest
from fake import HOSTILE, answer, exercise, record
from hypothesis import given
from hypothesis import strategies as st
from needs import imported

from course_lib.grading import exports
from course_lib.grading.exports import Given, Gradebook
from course_lib.roster import IntakeError, Person, read_table

JANE = Person("101", "Doe, Jane", "jane@x.org", canvas_id="101", sis_login_id="jdoe", section="A")
ANA = Person("4711", "Ana Muñoz", "ana@x.org", moodle_id="4711")


def book(*records, people=(), given=(), missing=()) -> Gradebook:
    given = dict(given)
    made = tuple(exports.moderated(r, given) for r in records)
    return Gradebook(made, {p.student: p for p in people}, tuple(missing), given)


def rows(text: str) -> list[list[str]]:
    return list(csv.reader(io.StringIO(text.removeprefix("\ufeff"))))


# --- formulas ---


@pytest.mark.parametrize(
    "text", ["=1+1", "+cmd|' /C calc'!A0", "-2+3", "@SUM(A1)", " =1", "\t=1", "\n@x", "＝1+1", "-"]
)
def test_what_a_spreadsheet_would_run_gets_an_apostrophe(text):
    cell = exports.safe(text)
    assert cell.startswith("'") and exports.unsafe(cell).strip() == text.strip()


@pytest.mark.parametrize("text", ["-3", "+4.5", "1e-3", "-2,5", "Anna", "O'Neil", "a=b", "3.Q1", ""])
def test_numbers_and_plain_text_stay(text):
    assert exports.safe(text) == text == exports.unsafe(exports.safe(text))


@given(st.text(alphabet="=+-@;,|\"' ab3", max_size=12))
def test_what_is_written_is_read_again(text):
    assert exports.unsafe(exports.safe(text.strip())) == text.strip()


BREAKS = ["", "x;", "x,", '"', '";', 'x";"', "x|", "x\t", "\r", ";;' ", "\N{NO-BREAK SPACE}"]


@pytest.mark.parametrize("separator", [",", ";", "\t", "|"])
@pytest.mark.parametrize("quoted", [True, False], ids=["quotes are read", "quotes are text"])
def test_no_cell_of_any_table_begins_a_formula_whatever_separates(separator, quoted):
    hostile = [record(f"{n}{HOSTILE}", name=f"{before}{sign}evil", notes=[f"{before}{sign}note"])
               for n, (sign, before) in enumerate(product("=+-@", BREAKS))]
    made = exports.files(book(*hostile)) | exports.points_sheets(book(*hostile))
    assert len(made) == 5
    for text in made.values():
        lines = io.StringIO(text.removeprefix("\ufeff"))
        quoting = csv.QUOTE_MINIMAL if quoted else csv.QUOTE_NONE
        for row in csv.reader(lines, delimiter=separator, quoting=quoting):
            for cell in row:
                assert not cell.strip().strip('"').lstrip().startswith(("=", "+", "-", "@")), cell


def test_long_notes_are_cut_and_the_sheet_can_be_read(tmp_path):
    book_ = book(record("anna", exercise(status="dead"), status="dead", notes=["x" * 200_000], answers=()))
    sheets = exports.points_sheets(book_)
    (tmp_path / "decide.csv").write_text(sheets["decide.csv"], encoding="utf-8")
    _, read = read_table(tmp_path / "decide.csv")
    assert any("(200,000 characters)" in row["why"] for _, row in read)
    assert max(map(len, exports.grades(book_).splitlines())) < 3_000


# --- the tables ---


def test_canvas():
    records = record("101"), record("102", status="dead", answers=())
    made = rows(exports.canvas(book(*records, people=[JANE], missing=["9"])))
    assert made[0] == ["Student", "ID", "SIS User ID", "SIS Login ID", "Section", "04 Back-propagation"]
    assert made[1] == ["    Points Possible", "", "", "", "", "8"]
    assert made[2] == ["Doe, Jane", "101", "", "jdoe", "A", "2"]
    assert made[4] == ["9", "", "", "9", "", ""]


def test_what_nobody_could_judge_is_an_empty_cell_and_waits():
    lost = record("101", exercise(status="dead"), status="dead", answers=())
    gradebook = book(lost, record("s2"))
    assert rows(exports.canvas(gradebook))[2][-1] == ""
    assert gradebook.points(lost) is None and gradebook.waiting(lost) == ["4.total"]
    with_total = book(lost, given={("101", "4.total"): Given(1.5, "spoken exam")})
    assert rows(exports.canvas(with_total))[2][-1] == "1.5" and not with_total.waiting(lost)


def test_nothing_attempted_is_a_zero():
    blank = record("s", exercise(status="not attempted"), status="partial", answers=())
    assert book(blank).points(blank) == 0


def test_moodle():
    own = record("4711", exercise(), exercise("4.2", "mistake", mistake="AFF-2"))
    made = rows(exports.moodle(book(own, people=[ANA]), "04"))
    row = dict(zip(*made, strict=True))
    assert row["Identifier"] == "Participant 4711" and row["Email address"] == "ana@x.org"
    assert (row["Grade"], row["Maximum Grade"]) == ("2", "10")
    assert row["Feedback comments"] == "4.1 2/2 right; 4.2 0/2 a named mistake; 4.Q1 not graded yet"


def test_moodle_has_one_file_an_assignment():
    assert "grades_moodle.csv" in exports.files(book(record("a")))
    both = exports.files(book(record("a"), record("a", chapter="03")))
    assert {"grades_moodle_03.csv", "grades_moodle_04.csv"} < set(both)


def test_nbgrader():
    made = rows(exports.nbgrader(book(record("a", name="Ana Maria Muñoz"), record("101", name="Doe, Jane"))))
    assert ",".join(made[0]) == (
        "assignment,duedate,timestamp,student_id,last_name,first_name,email,raw_score,late_submission_penalty,score,max_score"
    )
    assert made[1] == ["04_backpropagation", "", "", "a", "Muñoz", "Ana Maria", "", "2", "0", "2", "8"]
    assert made[2][4:6] == ["Doe", "Jane"]


def test_nbgrader_columns_are_those_of_the_installed_one():
    plugin = imported("nbgrader", "nbgrader.plugins.export")
    import inspect

    source = inspect.getsource(plugin.CsvExportPlugin.export)
    header = rows(exports.nbgrader(book(record("a"))))[0]
    positions = [source.index(f'"{name}"') for name in header]
    assert positions == sorted(positions)


def test_grades_has_a_column_an_exercise_in_the_order_of_the_text():
    made = rows(exports.grades(book(record("a", exercise("4.10"), exercise("4.9", "wrong")), missing=["late"])))
    assert made[0][-3:] == ["4.9", "4.10", "4.Q1"] and made[1][-3:] == ["0", "2", ""]
    assert made[2][0] == "late" and made[2][4] == "nothing handed in"


# --- points by hand ---


def sheet(tmp_path, text):
    path = tmp_path / "points.csv"
    path.write_text(text, encoding="utf-8")
    return path


def merged(tmp_path, text, *records):
    records = records or [record("s1"), record("=s2"), record("007")]
    return exports.read_points(sheet(tmp_path, text), records, lambda chapter: 8)


def test_points_come_back(tmp_path):
    text = "student,item,points,comment\ns1,4.Q1,4.5,good\n'=s2,4.Q1,0,\n7,4.Q1,6,zeros lost\ns1,4.total,,\n"
    assert merged(tmp_path, text) == {
        ("s1", "4.Q1"): Given(4.5, "good"), ("=s2", "4.Q1"): Given(0), ("007", "4.Q1"): Given(6, "zeros lost"),
    }  # fmt: skip
    assert merged(tmp_path, "student;item;points\ns1;4.Q1;4,5\n") == {("s1", "4.Q1"): Given(4.5)}


@pytest.mark.parametrize(
    "row, words",
    [
        ("nobody,4.Q1,3", "row 3: no submission by a student 'nobody'"),
        ("s1,4.Q9,3", "row 3: 's1' has no item '4.Q9'"),
        ("s1,4.Q1,7", "row 3: 7 points for 4.Q1, possible are 0 to 6"),
        ("s1,4.Q1,-1", "row 3: -1 points"),
        ("s1,4.Q1,many", "row 3: points are 'many', expected a number"),
        ("s1,4.Q1,nan", "row 3: points are 'nan'"),
        ("s1,4.Q1,1e999", "row 3: 1e999 points"),
        ("007,4.Q1,2", "row 3: '007' has points for 4.Q1 in row 2 too"),
    ],
)
def test_a_faulty_row_is_named_and_nothing_is_taken(tmp_path, row, words):
    with pytest.raises(IntakeError) as error:
        merged(tmp_path, f"student,item,points\n007,4.Q1,1\n{row}\n")
    assert words in str(error.value)


def test_all_faulty_rows_are_named_at_once(tmp_path):
    with pytest.raises(IntakeError) as error:
        merged(tmp_path, "student,item,points\nx,4.Q1,1\ns1,4.Q1,99\n")
    assert "row 2" in str(error.value) and "row 3" in str(error.value)


def test_a_sheet_without_its_columns_is_refused(tmp_path):
    with pytest.raises(IntakeError, match="no column 'item', 'points'"):
        merged(tmp_path, "student,grade\ns1,3\n")


def test_sheets_ask_for_what_waits_and_come_back_unchanged(tmp_path):
    blank = answer("*Your answer* (4.Q1)")
    library = record("s3", exercise("4.2", "library", message="uses ops.sigmoid"), answers=[blank])
    lost = record("s4", status="unreadable", answers=())
    lost = replace(lost, exercises=())
    gradebook = book(record("=s2", name="Ana"), library, lost)
    sheets = exports.points_sheets(gradebook)
    assert set(sheets) == {"4.Q1.csv", "decide.csv"}
    assert rows(sheets["4.Q1.csv"])[1:] == [
        ["'=s2", "Ana", "4.Q1", "", "6", "", ""], ["s3", "", "4.Q1", "0", "6", "no answer", ""],
    ]  # fmt: skip
    assert [row[:4] for row in rows(sheets["decide.csv"])[1:]] == [["s3", "", "4.2", ""], ["s4", "", "4.total", ""]]
    path = sheet(tmp_path, sheets["4.Q1.csv"])
    given = exports.read_points(path, gradebook.records, gradebook.possible)
    assert given == {("s3", "4.Q1"): Given(0, "no answer")}


def test_points_by_hand_count_and_are_said():
    taken = record("s", exercise("4.2", "library", message="uses ops.sigmoid"))
    gradebook = book(taken, given={("s", "4.2"): Given(1, "explained it"), ("s", "4.Q1"): Given(5, "fine")})
    moderated = gradebook.records[0]
    assert gradebook.points(moderated) == 6 and gradebook.waiting(moderated) == []
    assert moderated.exercises[0].message == "uses ops.sigmoid Points given by hand. explained it"
    assert book(taken).waiting(taken) == ["4.2", "4.Q1"]
