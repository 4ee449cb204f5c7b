"""Everybody's own numbers: drawing, the notebooks of a roster, the check with a token, the grader's side."""

import re
import stat
import subprocess
import sys
from dataclasses import replace
from itertools import combinations
from pathlib import Path

import nbformat
import numpy as np
import pytest

from course_lib import authoring, grammar
from course_lib.authoring import answers, notebook, personal
from course_lib.authoring.percent import SourceError
from course_lib.exercises import collect as collecting
from course_lib.exercises import registry, session, variants
from course_lib.exercises.collect import collect
from course_lib.exercises.compare import matches
from course_lib.exercises.expect import Expected, expected, seeded_instances
from course_lib.exercises.judge import judge

ROOT = Path(__file__).resolve().parents[2]
KEY = b"0123456789abcdef0123456789abcdef"
CHAPTERS = notebook.chapters(ROOT)
COMMON = {chapter.number: notebook.student(chapter) for chapter in CHAPTERS}
VARIED = [exercise for exercise in registry.all_exercises() if exercise.vary]


def each(exercises):
    return pytest.mark.parametrize("exercise", exercises, ids=lambda exercise: exercise.id)


def verdict(exercise, answer):
    known = expected(exercise)
    return judge(exercise, collect(exercise, answer, known.instances), known)


def drawn(exercise, student="s"):
    return variants.drawn(exercise, variants.token(KEY, student, exercise.id))


def chapter_of(exercise):
    return exercise.id.partition(".")[0].zfill(2)


@pytest.fixture(autouse=True)
def no_progress(tmp_path, monkeypatch):
    monkeypatch.setenv("COURSE_PROGRESS", str(tmp_path / "progress.json"))
    monkeypatch.setattr(session, "_own", {})
    monkeypatch.setattr(session, "_passed", {})


# drawing --------------------------------------------------------------------------------------------------------------


def test_numbers_and_faults_vary():
    assert len(VARIED) >= 6
    assert sum(exercise.kind == "bug" for exercise in VARIED) >= 2


@each(VARIED)
def test_the_reference_passes_for_a_thousand_students(exercise, monkeypatch):
    """Their first drawing each; those with data of their own are many times as costly, and get a hundred."""
    monkeypatch.setattr(collecting, "run_limited", lambda work, seconds: work())  # a thread costs more than the call
    students = 1_000 if exercise.kind == "value" else 100
    different = set()
    for number in range(students):
        drawing = int(variants.token(KEY, f"student-{number}", exercise.id), 16)
        changes, replacements = exercise.vary(np.random.default_rng([drawing, 0]))
        own = replace(exercise, instances=variants._own_instances(exercise, drawing, 0), vary=None, **changes)
        instances = seeded_instances(own)
        right = collect(own, own.reference, instances)
        result = judge(own, right, Expected(instances, right, {}))
        assert not any(outcome.error or outcome.timed_out for outcome in right)
        assert (result.status, result.points) == ("right", exercise.points), (number, result.message)
        different.add(tuple(replacements.values()))
    assert len(different) >= (3 if exercise.kind == "bug" else 30)


@each(VARIED)
def test_most_drawings_keep_the_mistakes_apart(exercise, monkeypatch):
    """`drawn` gives up after MOST_DRAWS: where a drawing fails at most every third time, nobody ever gets that far."""
    monkeypatch.setattr(collecting, "run_limited", lambda work, seconds: work())
    variants.drawn.cache_clear()
    tried = []
    monkeypatch.setattr(variants, "_all_differ", lambda own, real=variants._all_differ: tried.append(own) or real(own))
    for number in range(40):
        drawn(exercise, f"student-{number}")
    assert len(tried) < 60


@each(registry.all_exercises())
def test_named_mistakes_stay_apart_and_are_named(exercise, monkeypatch):
    monkeypatch.setattr(collecting, "run_limited", lambda work, seconds: work())
    for number in range(3):
        own = drawn(exercise, f"student-{number}").exercise
        if own is exercise:
            return  # the same for everybody, as tests/chapters/test_exercises.py has it
        known = expected(own)
        for one, two in combinations([known.right, *known.mistakes.values()], 2):
            assert not matches(one, two, own)
        for mistake in own.mistakes:
            # what it gives is known already; a value that is read is judged as it was before
            result = verdict(own, mistake.answer) if own.read else judge(own, known.mistakes[mistake.id], known)
            if mistake.id == own.untouched:
                assert result.status == "not attempted"
            else:
                assert (result.status, result.mistake) == ("mistake", mistake.id)


@each([exercise for exercise in VARIED if exercise.kind == "value"])
def test_the_answer_of_the_common_notebook_does_not_pass_for_everybody(exercise):
    passed = [verdict(drawn(exercise, f"student-{n}").exercise, exercise.reference).points > 0 for n in range(50)]
    assert sum(passed) <= 5


def test_the_same_token_gives_the_same_exercise():
    exercise = registry.get("3.7")
    token = variants.token(KEY, "anna", "3.7")
    first = expected(variants.drawn(exercise, token).exercise).instances
    variants.drawn.cache_clear()
    again = expected(variants.drawn(exercise, token).exercise).instances
    for one, two in zip(first, again, strict=True):
        assert all(np.array_equal(a, b) for a, b in zip(one, two, strict=True))
    other = expected(drawn(exercise, "bert").exercise).instances
    assert any(not np.array_equal(a, b) for one, two in zip(first, other, strict=True)
               for a, b in zip(one, two, strict=True))


def test_hidden_instances_differ_from_public_ones():
    own = drawn(registry.get("3.7")).exercise
    public, hidden = expected(own).instances, expected(own, 12345).instances
    k = max(k for k, instance in enumerate(public) if not getattr(instance, "edge", False))
    assert not np.array_equal(public[k][0], hidden[k][0])


def test_a_token_depends_on_key_student_and_exercise():
    base = variants.token(KEY, "Zoë", "3.6")
    assert base == variants.token(KEY, " zoe\N{COMBINING DIAERESIS} ", "3.6")
    others = {variants.token(KEY[::-1], "Zoë", "3.6"), variants.token(KEY, "Zoe", "3.6"),
              variants.token(KEY, "Zoë", "3.7")}
    assert len(others | {base}) == 4


def test_a_grader_needs_key_and_student_only():
    exercise = registry.get("3.6")
    own = variants.for_student(exercise, KEY, "anna")
    assert own is drawn(exercise, "anna").exercise
    assert own is not exercise


# the chapter's texts --------------------------------------------------------------------------------------------------


@each(VARIED)
def test_every_text_to_be_exchanged_occurs_once(exercise):
    text = "\n\0\n".join(cell.source for cell in COMMON[chapter_of(exercise)].cells)
    for number in range(60):
        for old in drawn(exercise, f"student-{number}").replacements:
            assert text.count(old) == 1, old


def test_a_text_that_is_not_there_is_reported():
    nb = nbformat.v4.new_notebook(cells=[nbformat.v4.new_markdown_cell("twice twice")])
    for old, count in (("never", 0), ("twice", 2)):
        with pytest.raises(SourceError, match=rf"3\.6: .*{old}.* occurs {count} times"):
            personal._put_in_place(nb, nb, "3.6", old, "x")


def cells_of(number, student):
    return personal.personal(COMMON[number], number, KEY, student).cells


@each([exercise for exercise in VARIED if exercise.kind == "bug"])
def test_the_planted_fault_is_the_mistake_it_is_said_to_be(exercise):
    seen = set()
    for number in range(40):
        student = f"student-{number}"
        own = drawn(exercise, student).exercise
        if own.untouched in seen:
            continue
        seen.add(own.untouched)
        cell = next(c for c in cells_of(chapter_of(exercise), student)
                    if c.source.startswith(f"# Exercise {exercise.id}:"))
        names = {}
        exec("import numpy as np\nfrom course_lib import ops\n" + cell.source, names)
        result = verdict(own, names[_name(cell.source)])
        assert result.status == "not attempted", (own.untouched, result.message)
        assert "the fault is still in it" in result.message
    assert len(seen) >= 3


def _name(source):
    return re.search(r"^def (\w+)\(", source, re.MULTILINE)[1]


def test_the_numbers_printed_for_3_6_are_right(capsys):
    """What the text after the exercise says must be what its own code prints."""
    for number in range(30):
        cells = cells_of("03", f"student-{number}")
        own = drawn(registry.get("3.6"), f"student-{number}").exercise.reference
        place = next(k for k, cell in enumerate(cells) if cell.source.startswith("x, lr ="))
        exec(f"import numpy as np\n{cells[place].source}", {})
        rise = float(capsys.readouterr().out)
        assert own["z_new"] - own["z"] == pytest.approx(rise)
        numbers = [float(n) for n in re.findall(r"\$(-?[\d.]+)\$", cells[place + 1].source.partition(":")[0])]
        assert numbers == pytest.approx([own["z"], own["z_new"], rise])
        assert own["z"] < 0 < own["z_new"]


def test_the_xor_run_is_what_the_library_finds():
    from course_lib import datasets, ops

    for number in range(30):
        own = drawn(registry.get("3.16"), f"student-{number}").exercise
        lr, epochs = re.search(r"lr=([\d.]+), epochs=(\d+)", own.hints[2]).groups()
        run = ops.perceptron_fit(*datasets.gate("XOR"), lr=float(lr), epochs=int(epochs))
        found = {"mistakes": run.mistakes_per_epoch, "from_epoch": 3, "weights": np.array([run.b, *run.w])}
        assert verdict(own, found).status == "right"


# the notebooks of a roster --------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def built(tmp_path_factory):
    """A roster with Windows line ends, a mark, other columns, and ids that are no folder names."""
    folder = tmp_path_factory.mktemp("class")
    roster = folder / "roster.csv"
    rows = ["student_id,name,group", "1001,Zoë Müller,A", "анна,Анна,B", "../../etc,Mallory,C", "con,Connie,A"]
    roster.write_bytes(("\ufeff" + "\r\n".join(rows) + "\r\n").encode())
    said = personal.build(roster, folder / "out", None, root=ROOT)
    return folder, said


def files(folder):
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_every_student_gets_a_folder(built):
    folder, said = built
    assert sorted(path.name for path in (folder / "out").iterdir()) == ["1001", "_con", "etc", "анна"]
    assert {path.name for path in (folder / "out" / "1001").iterdir()} == {c.student.name for c in CHAPTERS}
    assert "4 students" in said[-1]
    assert "note: student '../../etc' has the folder 'etc'" in said


def test_the_key_is_made_for_its_owner_only(built):
    folder, said = built
    key = folder / "course.key"
    assert "made" in said[0]
    assert len(variants.read_key(key)) >= 32
    if sys.platform != "win32":
        assert stat.S_IMODE(key.stat().st_mode) == 0o600


def test_building_again_changes_nothing(built):
    folder, _ = built
    before = files(folder)
    again = personal.build(folder / "roster.csv", folder / "out", None, root=ROOT)
    assert not any("made" in line for line in again)
    assert files(folder) == before


def test_no_notebook_holds_the_key_or_an_answer(built):
    folder, _ = built
    key = variants.read_key(folder / "course.key")
    for path, data in files(folder / "out").items():
        assert key not in data
        number, student = Path(path).name[:2], Path(path).parent.name
        chapter = next(chapter for chapter in CHAPTERS if chapter.number == number)
        nb = nbformat.reads(data.decode(), as_version=nbformat.NO_CONVERT)
        nbformat.validate(nb)
        # A line that a planted fault shows is no secret of this student's notebook.
        shown = {" ".join(line.split()) for e in notebook.exercises(number).values() if e.vary
                 for new in variants.drawn(e, variants.token(key, _id(student), e.id)).replacements.values()
                 for line in new.splitlines()}
        lines = {" ".join(line.split()) for cell in nb.cells for line in cell.source.splitlines()}
        for source in chapter.cells():
            assert not (set(answers.secrets(source.source)) - shown) & lines
        assert not any("SOLUTION" in cell.source or "#|" in cell.source for cell in nb.cells)


def _id(folder):
    return {"_con": "con", "etc": "../../etc"}.get(folder, folder)


def test_every_check_carries_its_token(built):
    folder, _ = built
    key = variants.read_key(folder / "course.key")
    nb = nbformat.read(folder / "out" / "1001" / "03_perceptron.ipynb", as_version=nbformat.NO_CONVERT)
    text = "\n".join(cell.source for cell in nb.cells)
    for exercise in registry.exercises("03"):
        token = variants.token(key, "1001", exercise.id)
        assert re.search(rf'^check\("{exercise.id}", \w+, variant="{token}"\)$', text, re.MULTILINE)


def test_ids_metadata_and_the_common_text_stay(built):
    folder, _ = built
    nb = nbformat.read(folder / "out" / "1001" / "03_perceptron.ipynb", as_version=nbformat.NO_CONVERT)
    common = COMMON["03"]
    assert [(c.id, c.metadata) for c in nb.cells] == [(c.id, c.metadata) for c in common.cells]
    same = sum(grammar.without_variants(a.source) == b.source for a, b in zip(nb.cells, common.cells, strict=True))
    assert same >= len(common.cells) - 12


def test_without_tokens_leaves_other_code_alone():
    assert grammar.without_variants('check("3.6", by_hand, variant="12ab")') == 'check("3.6", by_hand)'
    assert grammar.without_variants("check('3.6', f,\tvariant = '')\nx = 1") == "check('3.6', f)\nx = 1"
    for source in ('f(x, variant="12ab")', 'check("3.6", f)', 'check("3.6", f(x), variant=g)'):
        assert grammar.without_variants(source) == source


def test_a_bad_roster_or_key_is_refused(tmp_path):
    roster = tmp_path / "roster.csv"
    roster.write_text("name\nAnna\n")
    with pytest.raises(SourceError, match="no column 'student'"):
        personal.build(roster, tmp_path / "out", None, root=ROOT)
    roster.write_text("student_id,name\na/b,Anna\na:b,Bert\n")
    with pytest.raises(SourceError, match="would share the folder 'a_b'"):
        personal.build(roster, tmp_path / "out", None, root=ROOT)
    roster.write_text("student_id,name\nanna,Anna\n")
    with pytest.raises(SourceError, match="must not lie in"):
        personal.build(roster, tmp_path / "out", tmp_path / "out" / "k", root=ROOT)
    (tmp_path / "short").write_text("abc\n")
    with pytest.raises(SourceError, match="holds 3 characters"):
        personal.build(roster, tmp_path / "out", tmp_path / "short", root=ROOT)
    assert not (tmp_path / "out" / "anna").exists()


def test_the_command(tmp_path, capsys):
    (tmp_path / "roster.csv").write_text("student_id,name\nanna,Anna\n")
    code = authoring.main(["--student", str(tmp_path / "roster.csv"), "--out", str(tmp_path / "out"), "03"])
    assert code == 0
    assert [path.name for path in (tmp_path / "out" / "anna").iterdir()] == ["03_perceptron.ipynb"]
    with pytest.raises(SystemExit):
        authoring.main(["--student", str(tmp_path / "roster.csv")])


# the student's check --------------------------------------------------------------------------------------------------


def test_check_judges_the_students_own_numbers():
    token = variants.token(KEY, "anna", "3.6")
    own = variants.drawn(registry.get("3.6"), token).exercise
    assert session.check("3.6", own.reference, variant=token).status == "right"
    assert session.check("3.6", registry.get("3.6").reference, variant=token).status != "right"
    named = session.check("3.6", own.mistakes[0].answer, variant=token)
    assert (named.status, named.mistake) == ("mistake", own.mistakes[0].id)
    assert session.hint("3.6", 3).text == own.hints[2]


def test_use_gives_the_reference_with_the_students_own_numbers():
    token = variants.token(KEY, "anna", "4.32")
    assert session.check("4.32", None, variant=token).status == "not attempted"
    assert session.use("4.32") == variants.drawn(registry.get("4.32"), token).exercise.reference


@pytest.mark.parametrize("wrong", ["12", "xyz", "A" * 16, 17, ["x"], object(), b"0" * 16, "0" * 16,
                                   variants.token(KEY, "anna", "3.7")], ids=lambda wrong: type(wrong).__name__)
def test_a_wrong_token_is_explained_and_nothing_raised(wrong):
    result = session.check("3.6", registry.get("3.6").reference, variant=wrong)
    assert result.status == "error"
    assert 'the line check("3.6", ...)' in result.message
    assert session._own == {}


def test_one_changed_digit_is_noticed():
    token = variants.token(KEY, "anna", "3.6")
    for place, digit in enumerate(token):
        changed = token[:place] + ("0" if digit != "0" else "1") + token[place + 1 :]
        assert "a digit of it was changed" in variants.fault(changed, "3.6")


def test_a_notebook_draws_nothing_until_a_check_asks():
    """The common notebook does not pay for this."""
    code = "import course_lib.exercises as e; e.check('3.6', None); from course_lib.exercises import variants; " \
           "print(variants.drawn.cache_info().currsize)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT, check=True)
    assert done.stdout.split()[-1] == "0"
