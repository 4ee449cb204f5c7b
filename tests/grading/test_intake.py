"""Folders and zips as they come from students, from Canvas, from Moodle, and from people who mean harm."""

import io
import json
import os
import stat
import zipfile

import pytest
from needs import this_system

from course_lib.grading.intake import Intake, intake
from course_lib.roster import IntakeError, read_roster


def notebook(text="x", chapter="04") -> bytes:
    cell = {"cell_type": "code", "source": f"# Exercise {int(chapter)}.1: a\n{text}", "metadata": {}, "outputs": []}
    return json.dumps({"cells": [cell], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}).encode()


def folder(root, files: dict) -> str:
    for name, data in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
    return str(root)


def zipped(path, files: dict, dates=()) -> str:
    """A zip; `files` maps a name, or a ZipInfo, to bytes."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in files.items():
            date = dict(dates).get(name, (2026, 1, 2, 3, 4, 6))
            info = name if isinstance(name, zipfile.ZipInfo) else zipfile.ZipInfo(name, date)
            info.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(info, data)
    return str(path)


def zip_bytes(files: dict) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return buffer.getvalue()


def students(result: Intake) -> list[str]:
    return [found.submission.student for found in result.found]


# --- whose it is ---


@pytest.mark.parametrize(
    "names, expected",
    [
        (["alice/04_backpropagation.ipynb", "bob/04_backpropagation.ipynb"], ["alice", "bob"]),
        (["alice/attempt.ipynb", "bob/attempt.ipynb"], ["alice", "bob"]),
        (["alice.ipynb", "bob.ipynb"], ["alice", "bob"]),
        (["alice_04_backpropagation.ipynb", "04_backpropagation_bob.ipynb"], ["alice", "bob"]),
        (["alice_04_backpropagation-1.ipynb", "bob-1.ipynb"], ["alice", "bob-1"]),
        (["submitted/alice/04_backpropagation/04_backpropagation.ipynb",
          "submitted/bob/04_backpropagation/04_backpropagation.ipynb"], ["alice", "bob"]),
        (["04_backpropagation/alice/work.ipynb", "04_backpropagation/bob/work.ipynb"], ["alice", "bob"]),
        (["hw_2026_11_alice.ipynb", "hw_2026_11_bob.ipynb"], ["hw_2026_11_alice", "hw_2026_11_bob"]),
        (["alice/hw_2026_11.ipynb", "bob/hw_2026_11.ipynb"], ["alice", "bob"]),
        (["Зоя Ёлкина/04_backpropagation.ipynb", "José/04_backpropagation.ipynb"], ["José", "Зоя Ёлкина"]),
    ],
)
def test_students_by_folder_or_file_name(tmp_path, names, expected):
    assert students(intake([folder(tmp_path / "class", dict.fromkeys(names, notebook()))])) == expected
    assert students(intake([zipped(tmp_path / "class.zip", dict.fromkeys(names, notebook()))])) == expected


def test_one_student_with_two_chapters(tmp_path):
    names = {"alice/03_perceptron.ipynb": notebook(chapter="03"), "alice/04_backpropagation.ipynb": notebook()}
    found = intake([folder(tmp_path / "class", names)]).found
    assert [(f.submission.student, f.submission.chapter) for f in found] == [("alice", "03"), ("alice", "04")]


def test_single_files_and_single_folders(tmp_path):
    folder(tmp_path, {"alice/04_backpropagation.ipynb": notebook(), "bob.ipynb": notebook()})
    files = [tmp_path / "alice" / "04_backpropagation.ipynb", tmp_path / "bob.ipynb"]
    assert students(intake(files)) == ["alice", "bob"]
    assert students(intake([tmp_path / "alice"])) == ["alice"]


def test_zips_of_students_in_a_folder(tmp_path):
    files = {f"{name}.zip": zip_bytes({"work/04_backpropagation.ipynb": notebook(name)}) for name in ("alice", "bob")}
    result = intake([folder(tmp_path / "class", files)])
    assert students(result) == ["alice", "bob"]
    assert b"alice" in result.found[0].read()


CANVAS_FILES = {
    "doejane_101_9001_04_backpropagation.ipynb": notebook("first"),
    "doejane_LATE_101_9100_04_backpropagation-1.ipynb": notebook("second"),
    "muñozana_102_9002_04_backpropagation.ipynb": notebook(),
    "leezip_103_9003_homework.zip": zip_bytes({"hw/04_backpropagation.ipynb": notebook("zipped")}),
    "paperpeter_104_9004_scan.pdf": b"%PDF",
    "__MACOSX/._doejane_101_9001_04_backpropagation.ipynb": b"\0",
}


def test_canvas(tmp_path):
    result = intake([zipped(tmp_path / "submissions.zip", CANVAS_FILES)])
    assert students(result) == ["101", "102", "103", "104"]
    jane, ana, lee, peter = result.found
    assert b"second" in jane.read() and any("late" in note for note in jane.notes)
    assert any("newest of 2" in note and "9001" in note for note in jane.notes)
    assert ana.submission.name == "muñozana" and result.people["102"].canvas_id == "102"
    assert b"zipped" in lee.read()
    assert "no notebook" in peter.problem and "scan.pdf" in peter.problem


def test_canvas_unpacked_gives_the_same(tmp_path):
    with zipfile.ZipFile(zipped(tmp_path / "s.zip", CANVAS_FILES)) as archive:
        archive.extractall(tmp_path / "unpacked")
    assert students(intake([tmp_path / "unpacked"])) == ["101", "102", "103", "104"]


def test_canvas_anonymous(tmp_path):
    files = {"anon_aB3x9_9001_04_backpropagation.ipynb": notebook(), "anon_LATE_Zz81q_9002_a.ipynb": notebook()}
    result = intake([zipped(tmp_path / "s.zip", files)])
    assert students(result) == ["Zz81q", "aB3x9"]
    assert result.found[0].notes == ("handed in late",)


def test_canvas_copy_number_breaks_a_tie(tmp_path):
    names = {
        "doe_1_50_04_backpropagation-2.ipynb": notebook("two"),
        "doe_1_50_04_backpropagation-10.ipynb": notebook("ten"),
        "roe_2_51_x.ipynb": notebook(),
    }
    assert b"ten" in intake([folder(tmp_path / "c", names)]).found[0].read()


@pytest.mark.parametrize("ending", ["file_/", "file/", "file_"])
def test_moodle(tmp_path, ending):
    people = [("Anna Maria O'Neil", 4711), ("Łukasz_Żak", 4712)]
    files = {f"{name}_{id}_assignsubmission_{ending}04_backpropagation.ipynb": notebook(name) for name, id in people}
    result = intake([zipped(tmp_path / "m.zip", files)])
    assert students(result) == ["4711", "4712"]
    assert result.found[1].submission.name == "Łukasz_Żak" and result.people["4712"].moodle_id == "4712"


def test_zip_names_in_utf8_without_the_flag(tmp_path):
    path = tmp_path / "m.zip"
    zipped(path, {"Ana Munoz_7_assignsubmission_file_/a.ipynb": notebook()})
    path.write_bytes(path.read_bytes().replace(b"Ana Munoz", "Ana Muñz".encode()))
    assert intake([path]).found[0].submission.name == "Ana Muñz"


def test_the_newest_counts(tmp_path):
    dates = {"alice/a.ipynb": (2026, 3, 1, 0, 0, 0), "alice/b.ipynb": (2026, 2, 1, 0, 0, 0)}
    files = {"alice/a.ipynb": notebook("new"), "alice/b.ipynb": notebook("old"), "bob/a.ipynb": notebook()}
    result = intake([zipped(tmp_path / "s.zip", files, dates)])
    assert students(result) == ["alice", "bob"]
    assert b"new" in result.found[0].read()
    assert "alice/b.ipynb" in result.found[0].notes[0]


def test_a_damaged_notebook_belongs_to_the_chapter_of_the_class(tmp_path):
    files = {"alice.ipynb": notebook(), "bob.ipynb": b"\xff not json", "cut.ipynb": notebook()[:90]}
    result = intake([folder(tmp_path / "c", files)])
    assert [f.submission.chapter for f in result.found] == ["04", "04", "04"]


# --- the roster ---


def test_roster(tmp_path):
    folder(tmp_path / "c", {"alice.ipynb": notebook(), "strange name.ipynb": notebook(), "eve.ipynb": notebook()})
    roster = tmp_path / "roster.csv"
    lines = ["student;name;email;file", "s1;Alice A;alice@x.org;alice.ipynb", "s2;Bob;;Strange Name.ipynb", "s3;Carl;;"]
    roster.write_text("\n".join(lines))
    result = intake([tmp_path / "c"], roster)
    assert students(result) == ["eve", "s1", "s2"]
    assert result.found[0].notes == ("not in the roster",)
    assert result.found[1].submission.name == "Alice A" and result.missing == ("s3",)


def test_canvas_gradebook_as_roster(tmp_path):
    roster = tmp_path / "gradebook.csv"
    roster.write_text(
        "\ufeffStudent,ID,SIS User ID,SIS Login ID,Section,Old (1)\n"
        "    Points Possible,,,,,10\n"
        '"Doe, Jane",101,u101,jdoe,A,3\n"Muñoz, Ana",102,u102,amunoz,A,\n"Student, Test",,,,A,\n',
        encoding="utf-8",
    )
    result = intake([zipped(tmp_path / "s.zip", CANVAS_FILES)], roster)
    assert result.found[0].submission.name == "Doe, Jane"
    assert result.people["102"].sis_login_id == "amunoz"
    assert "not in the roster" in result.found[2].notes


def test_moodle_worksheet_as_roster(tmp_path):
    roster = tmp_path / "worksheet.csv"
    roster.write_text("Identifier,Full name,Email address,Grade\nParticipant 4711,Anna O,anna@x.org,\n")
    files = {"Anna_4711_assignsubmission_file_/a.ipynb": notebook()}
    person = intake([zipped(tmp_path / "m.zip", files)], roster).people["4711"]
    assert (person.name, person.email, person.moodle_id) == ("Anna O", "anna@x.org", "4711")


@pytest.mark.parametrize(
    "text, words",
    [
        ("", "empty"),
        ("name,email\nA,b\n", "no column 'student'"),
        ("student,name\n,Anna\n", "row 2"),
        ("student,name\ns1,A\n\ns1,B\n", "row 4"),
        ("student,file\ns1,a.ipynb\ns2,A.ipynb\n", "row 3"),
    ],
)
def test_a_faulty_roster_is_refused_with_its_row(tmp_path, text, words):
    path = tmp_path / "roster.csv"
    path.write_text(text)
    with pytest.raises(IntakeError, match=words):
        read_roster(path)


# --- hostile and broken ---


def member(name, mode=0o644):
    info = zipfile.ZipInfo(name)
    info.external_attr = mode << 16
    return info


def test_names_that_lead_out_and_links_are_left_out(tmp_path):
    files = {
        member("../evil.ipynb"): notebook(),
        member("/etc/evil.ipynb"): notebook(),
        member("C:\\evil.ipynb"): notebook(),
        member("a/../../evil.ipynb"): notebook(),
        member("link.ipynb", stat.S_IFLNK | 0o777): b"/etc/passwd",
        member("good.ipynb"): notebook(),
    }
    result = intake([zipped(tmp_path / "s.zip", files)])
    assert students(result) == ["good"]
    assert len(result.remarks) == 5
    assert sorted(p.name for p in tmp_path.iterdir()) == ["s.zip"]


@this_system(os.name == "nt", "links need rights there")
def test_links_in_folders_are_left_out(tmp_path):
    folder(tmp_path / "c", {"good.ipynb": notebook()})
    (tmp_path / "secret.ipynb").write_bytes(notebook())
    (tmp_path / "c" / "bad.ipynb").symlink_to(tmp_path / "secret.ipynb")
    (tmp_path / "c" / "loop").symlink_to(tmp_path / "c")
    result = intake([tmp_path / "c"])
    assert students(result) == ["good"] and len(result.remarks) == 2


def test_broken_inner_zips_are_rows(tmp_path):
    files = {"doe_1_50_hw.zip": b"PK\3\4 no zip", "roe_2_51_x.ipynb": notebook()}
    result = intake([zipped(tmp_path / "s.zip", files)])
    assert students(result) == ["1", "2"]
    assert "usable zip" in result.found[0].problem


def test_what_cannot_be_used_is_refused_with_a_sentence(tmp_path):
    (tmp_path / "bad.zip").write_bytes(b"nothing")
    (tmp_path / "a.txt").write_text("")
    for name, words in (("none", "no such"), ("bad.zip", "usable zip"), ("a.txt", "expected a folder")):
        with pytest.raises(IntakeError, match=words):
            intake([tmp_path / name])


def test_unprintable_names_are_made_visible(tmp_path):
    result = intake([zipped(tmp_path / "s.zip", {"a\u202egnp\x07.ipynb": notebook(), "b.ipynb": notebook()})])
    assert "\u202e" not in result.found[0].submission.student and "\x07" not in result.found[0].submission.file


# --- whose it is: names that claim another's work ---


def owners(tmp_path, names, roster="") -> dict[str, str]:
    """File -> student, of a class in which each name is a file."""
    path = None
    if roster:
        path = tmp_path / "roster.csv"
        path.write_text(roster)
    found = intake([folder(tmp_path / "class", {name: notebook(name) for name in names})], path).found
    return {item.submission.file: item.submission.student for item in found}


M = "_assignsubmission_file"


@pytest.mark.parametrize("names, claimed, by", [
    ([f"Ann_111{M}/04.ipynb", f"Eve_222{M}/x_111{M}_04-9.ipynb"], "111", "Eve"),
    ([f"Ann_111{M}/04.ipynb", f"Eve_222{M}/x_111{M}/04.ipynb"], "111", "Eve"),
    ([f"Ann_111{M}_04.ipynb", f"Bob_333{M}_04.ipynb", f"Eve_222{M}_x_111{M}_04-9.ipynb"], "111", "Eve"),
    (["ann/04.ipynb", "bob/04.ipynb", f"eve/x_111{M}_04.ipynb"], "111", "eve"),
    (["111.ipynb", "bob.ipynb", f"x_111{M}_04.ipynb"], "111", "x"),
    (["ann_111_9001_04.ipynb", "bob_333_9002_04.ipynb", "eve_222_9003_x_111_9009_04.ipynb"], "111", "eve"),
    (["111.ipynb", "ann_111_9001_04.ipynb"], "111", "ann_111"),
], ids=lambda value: str(value)[:60])
def test_a_name_that_a_student_chose_claims_no_other_id(tmp_path, names, claimed, by):
    found = owners(tmp_path, names)
    theirs = [file for file, student in found.items() if student == claimed]
    assert not any(file.startswith(by) for file in theirs), found
    assert len(found) == len(names), "somebody's work was replaced"


def test_a_name_that_can_be_read_in_two_ways_is_shown_to_the_instructor(tmp_path):
    names = [f"Ann_111{M}_04.ipynb", f"Bob_333{M}_04.ipynb", f"Eve_222{M}_x_111{M}_04.ipynb"]
    found = intake([folder(tmp_path / "class", {name: notebook(name) for name in names})]).found
    unclear = next(item for item in found if "Eve" in item.submission.file)
    assert unclear.submission.student == names[2] and any("cannot be told" in note for note in unclear.notes)


@pytest.mark.parametrize("names, roster, expected", [
    # Canvas's user 7 is not the student whose own id, login or number is 7
    (["ann_7_90_a.ipynb", "bob_8_91_a.ipynb"], "student,canvas_id\n7,8\nx,9\n",
     {"ann_7_90_a.ipynb": "7 (not in the roster)", "bob_8_91_a.ipynb": "7"}),
    # a file called like another's, in a folder of one's own
    (["eve/ann.ipynb", "bob/b.ipynb"], "student,file\na,ann.ipynb\neve,\n", {"eve/ann.ipynb": "eve",
                                                                         "bob/b.ipynb": "bob"}),
    # one login for two students is nobody's
    (["k.ipynb", "b.ipynb"], "student,email,sis_login_id\na,k,\nb,,k\n", {"k.ipynb": "k", "b.ipynb": "b"}),
    # an own id goes before another's login
    (["k.ipynb", "b.ipynb"], "student,sis_login_id\na,k\nk,\n", {"k.ipynb": "k", "b.ipynb": "b"}),
])
def test_columns_of_the_roster_are_trusted_in_the_stated_order(tmp_path, names, roster, expected):
    assert owners(tmp_path, names, roster) == expected


def test_two_notebooks_of_one_student_and_chapter_are_one_row(tmp_path):
    plain = json.dumps({"cells": [], "metadata": {}, "nbformat": 4}).encode()
    files = {"ann/a.ipynb": notebook(), "ann/b.ipynb": plain, "ann/c.ipynb": b"\xff", "bob/a.ipynb": notebook()}
    found = intake([folder(tmp_path / "class", files)]).found
    assert [item.submission.student for item in found] == ["ann", "bob"]
    assert "the newest of 3" in " ".join(found[0].notes)


def test_folders_and_files_that_begin_with_a_dot_are_read(tmp_path):
    names = [".ann/04.ipynb", "bob/.work/04.ipynb", "cyn/.04.ipynb", "dan/.ipynb_checkpoints/04-checkpoint.ipynb",
             "dan/._04.ipynb", "dan/04.ipynb"]
    found = owners(tmp_path, names)
    assert sorted(found.values()) == [".ann", "bob", "cyn", "dan"] and "dan/04.ipynb" in found
    assert students(intake([zipped(tmp_path / "z.zip", dict.fromkeys(names, notebook()))])) == [
        ".ann", "bob", "cyn", "dan"]
