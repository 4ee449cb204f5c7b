"""Chapter sources become notebooks: reader, answers removed, ids, metadata, comparison, style."""

import base64
import copy
import io
from dataclasses import replace
from pathlib import Path

import nbformat
import numpy as np
import pytest
from nbformat import v4
from PIL import Image
from PIL.PngImagePlugin import PngInfo

from course_lib import authoring
from course_lib.authoring import answers, execute, notebook, percent, style
from course_lib.authoring.percent import SourceError
from course_lib.exercises.model import Exercise

ROOT = Path(__file__).resolve().parents[2]
CHAPTERS = notebook.chapters(ROOT)
each_chapter = pytest.mark.parametrize("chapter", CHAPTERS, ids=lambda chapter: chapter.name)

SOURCE = '''\
# ---
# jupyter:
#   jupytext:
#     formats: py:percent
# ---

# %% [markdown]
# # Seven
#
# **Aim.** To see the builder work.

# %%
import numpy as np

# %% [markdown]
# ## First part
#
# $$ y = x + 1 \\tag{7.1} $$

# %%
# Exercise 7.1: add_one
def add_one(x):
    """x + 1, equation (7.1)."""
    y = np.asarray(x)
    ### BEGIN SOLUTION
    the_answer = y + 1 - 0
    return the_answer
    ### END SOLUTION

# %%
check("7.1", add_one)

# %% [markdown]
# Now weights by hand.

# %%
# Exercise 7.2: weights
### BEGIN SOLUTION
W = np.array([[1.0, -1.0],
              [0.5, 2.5]])
b: float = -0.25
left, right = 17, 23
### END SOLUTION

# %%
check("7.2", (W, b, left, right))

# %%
# Exercise 7.3: repair
def step(w, g):
    ### BEGIN BUGGY
    #| if g:
    #|     w = w + g
    #|
    #| return w
    ### END BUGGY
    ### BEGIN SOLUTION
    w = w - 0.125 * g
    return w
    ### END SOLUTION

# %% tags=["keep"]
check("7.3", step)

# %% tags=["nbval-check-output"]
np.arange(3)

# %% [markdown]
# **Open question 7.Q1** (3 points)
#
# Why does it work?
#
# ### BEGIN SOLUTION
# Because addition is commutative in every case.
#
# A full answer names two reasons.
# ### END SOLUTION

# %% [markdown]
# ## Summary
#
# One was added.

# %% [markdown]
# ## Recall
#
# 1. a
# 2. b
# 3. c
# 4. d
# 5. e
'''


def exercise(id, points, **effort):
    return Exercise(id, "name", None, lambda rng: [], (), ("", "", ""), points=points, **effort)


@pytest.fixture
def course(tmp_path, monkeypatch):
    """A project with one small chapter."""
    (tmp_path / "solutions").mkdir()
    (tmp_path / "solutions" / "07_seven.py").write_text(SOURCE)
    (tmp_path / "pyproject.toml").write_bytes((ROOT / "pyproject.toml").read_bytes())
    known = {id: exercise(id, points) for id, points in (("7.1", 2), ("7.2", 1), ("7.3", 3))}
    monkeypatch.setattr(notebook, "exercises", lambda number: known)
    return tmp_path


@pytest.fixture
def chapter(course):
    return notebook.chapters(course)[0]


def cell(nb, start):
    return next(cell for cell in nb.cells if cell.source.startswith(start))


# reader ---------------------------------------------------------------------------------------------------------------


def compare_with_jupytext(text):
    import jupytext

    ours = percent.parse(text)
    theirs = jupytext.reads(text, "py:percent").cells
    assert [(c.kind, c.source, c.tags) for c in ours] == [
        (c.cell_type, c.source, c.metadata.get("tags", [])) for c in theirs
    ]


def test_reader_agrees_with_jupytext():
    compare_with_jupytext(SOURCE)


@each_chapter
def test_reader_agrees_with_jupytext_on_chapters(chapter):
    compare_with_jupytext(chapter.source.read_text(encoding="utf-8"))


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("x = 1\n# %%\n", "before the first"),
        ("# %% [markdown]\nplain\n", "begins with '# '"),
        ("# %% tags=[oops\n", "expected"),
        ("# ---\n# a: b\n", "not closed"),
    ],
)
def test_reader_names_what_is_wrong(text, message):
    with pytest.raises(SourceError, match=message):
        percent.parse(text)


# answers --------------------------------------------------------------------------------------------------------------


def test_a_function_body_becomes_a_stub(chapter):
    source = cell(notebook.student(chapter), "# Exercise 7.1").source
    assert source.endswith("y = np.asarray(x)\n    # YOUR CODE HERE\n    raise NotImplementedError")


def test_values_become_none_each(chapter):
    source = cell(notebook.student(chapter), "# Exercise 7.2").source
    names = ["W", "b", "left", "right"]
    assert source.splitlines()[1:] == [f"{name} = None  # YOUR CODE HERE" for name in names]


def test_a_skeleton_takes_the_place_of_the_answer(chapter, monkeypatch):
    known = {id: exercise(id, 1) for id in ("7.1", "7.2", "7.3")}
    known["7.2"] = replace(known["7.2"], skeleton='W = {"a": ...,\n     "b": ...}')
    monkeypatch.setattr(notebook, "exercises", lambda number: known)
    source = cell(notebook.student(chapter), "# Exercise 7.2").source
    assert source.splitlines()[1:] == ["# YOUR CODE HERE", 'W = {"a": ...,', '     "b": ...}']
    assert "b: float = -0.25" in cell(notebook.solution(chapter), "# Exercise 7.2").source


def test_a_buggy_block_takes_the_place_of_the_answer(chapter):
    source = cell(notebook.student(chapter), "# Exercise 7.3").source
    lines = source.splitlines()[2:]
    assert lines == ["    if g:", "        w = w + g", "", "    return w"]
    solved = cell(notebook.solution(chapter), "# Exercise 7.3").source
    assert "BUGGY" not in solved and "#|" not in solved and "w = w - 0.125 * g" in solved


@pytest.mark.parametrize(
    ("source", "message"),
    [
        ("### BEGIN SOLUTION\nx = 1", "without"),
        ("### END SOLUTION\nx = 1", "without its partner"),
        ("### BEGIN SOLUTION\n### BEGIN SOLUTION\n### END SOLUTION", "without its partner"),
        ("### BEGIN SOLUTION\n\n### END SOLUTION", "empty"),
        ("### BEGIN SOLUTION\nprint(3)\n### END SOLUTION", "assigns"),
        ("### BEGIN BUGGY\nx = 1\n### END BUGGY\n### BEGIN SOLUTION\nx = 2\n### END SOLUTION", "buggy"),
    ],
)
def test_wrong_markers_are_named(source, message):
    with pytest.raises(SourceError, match=message):
        answers.student_code(source)


def test_an_open_question_becomes_two_cells(chapter):
    student, solution = notebook.student(chapter), notebook.solution(chapter)
    question = cell(student, "**Open question 7.Q1**")
    answer = student.cells[student.cells.index(question) + 1]
    assert answer.source == "*Your answer* (7.Q1)"
    assert answer.metadata.nbgrader.points == 3
    assert "commutative" in cell(solution, "**Model answer to 7.Q1**").source
    assert [cell.id for cell in student.cells] == [cell.id for cell in solution.cells]


def test_a_solution_without_an_exercise_line_is_refused(chapter):
    chapter.source.write_text("# %%\n### BEGIN SOLUTION\nx = 1\n### END SOLUTION\n")
    with pytest.raises(SourceError, match=r"07_seven.py:1.*# Exercise"):
        notebook.student(chapter)


def test_a_check_of_an_unknown_exercise_is_refused(chapter):
    chapter.source.write_text('# %%\ncheck("7.9", f)\n')
    with pytest.raises(SourceError, match=r"exercise 7.9 is not defined"):
        notebook.student(chapter)


# ids and metadata -----------------------------------------------------------------------------------------------------


def test_ids_do_not_move_with_text_in_another_section(chapter):
    before = {cell.source: cell.id for cell in notebook.student(chapter).cells}
    chapter.source.write_text(SOURCE.replace("# %%\nimport", "# %% [markdown]\n# More.\n\n# %%\nimport"))
    after = {cell.source: cell.id for cell in notebook.student(chapter).cells}
    assert {text: id for text, id in after.items() if text in before} == before


def test_the_id_of_an_exercise_cell_does_not_depend_on_its_place(chapter):
    before = cell(notebook.student(chapter), "# Exercise 7.1").id
    chapter.source.write_text(SOURCE.replace("## First part", "## Another name"))
    assert cell(notebook.student(chapter), "# Exercise 7.1").id == before


def test_points_come_from_the_exercise(chapter):
    points = {
        cell.metadata.nbgrader.grade_id: cell.metadata.nbgrader.points
        for cell in notebook.student(chapter).cells
        if cell.metadata.get("nbgrader", {}).get("grade")
    }
    assert points == {"check-7-1": 2, "check-7-2": 1, "check-7-3": 3, "open-7-Q1": 3}


@each_chapter
def test_notebooks_of_the_course_are_valid(chapter):
    for make in (notebook.student, notebook.solution):
        nb = make(chapter)
        nbformat.validate(nb)
        ids = [cell.id for cell in nb.cells]
        assert len(set(ids)) == len(ids)


# leaks ----------------------------------------------------------------------------------------------------------------


def leaks(chapter, student):
    """Lines of the chapter's answers that a student notebook holds."""
    lines = [" ".join(line.split()) for cell in student.cells for line in cell.source.splitlines()]
    shown = "\n".join(lines)
    found = []
    for source in chapter.cells():
        is_text = source.kind == "markdown"
        for secret in answers.secrets(source.source):
            # short lines must be equal, long ones must not even be part of another
            if secret in lines or ((is_text or len(secret) > 30) and secret in shown):
                found.append(secret)
    return found


@each_chapter
def test_student_notebooks_hold_no_answer(chapter):
    student = nbformat.read(chapter.student, as_version=4)
    assert leaks(chapter, student) == []
    assert not any("SOLUTION" in cell.source or "#|" in cell.source for cell in student.cells)
    assert not any("Model answer" in cell.source for cell in student.cells)


@each_chapter
def test_student_notebooks_hold_no_output(chapter):
    student = nbformat.read(chapter.student, as_version=4)
    code = [cell for cell in student.cells if cell.cell_type == "code"]
    assert code and all(cell.outputs == [] and cell.execution_count is None for cell in code)
    assert "widgets" not in student.metadata


def test_the_leak_test_can_fail(chapter):
    assert leaks(chapter, notebook.student(chapter)) == []
    found = leaks(chapter, notebook.solution(chapter))
    assert {"the_answer = y + 1 - 0", "Because addition is commutative in every case."} <= set(found)


# build and check ------------------------------------------------------------------------------------------------------


def test_building_twice_gives_the_same_bytes(course):
    authoring.build(["07"], execute=False, root=course)
    first = (course / "notebooks" / "07_seven.ipynb").read_bytes()
    assert authoring.build([7], execute=False, root=course) == ["same  notebooks/07_seven.ipynb"]
    assert (course / "notebooks" / "07_seven.ipynb").read_bytes() == first


def test_check_sees_every_difference(course, chapter):
    authoring.build(["07"], execute=False, root=course)
    chapter.solution.write_text(notebook.to_text(notebook.solution(chapter)))
    assert authoring.check(["07"], root=course) == []
    student = chapter.student.read_text()
    chapter.student.write_text(student.replace("First part", "First Part"))
    assert "notebooks/07_seven.ipynb differs" in authoring.check(["07"], root=course)[0]
    chapter.student.write_text(student)
    # outputs do not count: no kernel runs here
    solved = notebook.solution(chapter)
    solved.cells[1].outputs = [v4.new_output("stream", text="hello")]
    chapter.solution.write_text(notebook.to_text(solved))
    assert authoring.check(["07"], root=course) == []
    # a change of an answer alone leaves the student notebook as it is
    chapter.source.write_text(SOURCE.replace("y + 1 - 0", "1 + y"))
    assert authoring.check(["07"], root=course) == [
        "solutions/07_seven.ipynb differs from 07_seven.py: run `course build`"
    ]
    chapter.solution.unlink()
    assert "missing" in authoring.check(["07"], root=course)[0]


def test_a_notebook_without_source_is_found(course, monkeypatch):
    monkeypatch.setattr(authoring.environment, "outdated", lambda root: [])
    (course / "notebooks").mkdir()
    (course / "notebooks" / "06_old.ipynb").write_text("{}")
    assert "notebooks/06_old.ipynb has no source" in authoring.check(root=course)


def test_an_unknown_chapter_is_named(course):
    with pytest.raises(SourceError, match=r"chapter 09.*there are: 07"):
        authoring.build(["9"], root=course)


def test_generated_notebooks_match_their_sources():
    assert authoring.check() == []


def test_executed_twice_the_outputs_are_the_same(course, chapter):
    chapter.source.write_text(
        "# %%\nimport ipywidgets, sys\nprint('a'); print('b', file=sys.stderr); print('c')\n"
        "ipywidgets.IntSlider()\n\n# %% tags=[\"volatile\"]\nobject()\n\n# %%\n1 + 1\n"
    )
    authoring.build(["07"], root=course)
    first = chapter.solution.read_bytes()
    assert authoring.check(["07"], execute=True, root=course) == []
    nb = nbformat.reads(first.decode(), as_version=4)
    assert b"widget-view" not in first and b"widgets" not in nb.metadata
    assert nb.cells[1].outputs == []
    assert nb.cells[2].outputs[0].data["text/plain"] == "2"
    assert all("execution" not in cell.metadata for cell in nb.cells)
    assert nb.metadata.language_info == {"name": "python"}


def test_a_measured_output_stays_until_its_cell_changes(course, chapter):
    measured = '# %% tags=["measured"]\nimport time\nprint(time.perf_counter_ns())\n'
    chapter.source.write_text(measured)
    authoring.build(["07"], root=course)
    first = nbformat.read(chapter.solution, as_version=4).cells[0].outputs
    chapter.source.write_text(measured + "\n# %%\n1 + 1\n")
    authoring.build(["07"], root=course)
    assert nbformat.read(chapter.solution, as_version=4).cells[0].outputs == first
    chapter.source.write_text(measured + "1 + 1\n")
    authoring.build(["07"], root=course)
    assert nbformat.read(chapter.solution, as_version=4).cells[0].outputs[0].text != first[0].text


def test_a_failing_cell_and_a_changing_output_stop_the_build(course, chapter):
    chapter.source.write_text("# %%\n1 / 0\n")
    with pytest.raises(SourceError, match=r"(?s)07_seven.*ZeroDivisionError"):
        authoring.build(["07"], root=course)
    chapter.source.write_text("# %%\nobject()\n")
    with pytest.raises(SourceError, match="volatile"):
        authoring.build(["07"], root=course)


def encoded_png(picture, **options):
    file = io.BytesIO()
    picture.save(file, "PNG", **options)
    return base64.b64encode(file.getvalue()).decode()


def smooth_picture():
    """A blue that fades to white: a thousand colors."""
    fade = np.linspace(0, 255, 1024).reshape(32, 32)
    return Image.fromarray(np.stack([fade, 0.6 * fade + 100, np.full((32, 32), 255)], axis=2).astype(np.uint8))


def test_a_picture_keeps_its_look_and_loses_its_comments():
    comment = PngInfo()
    comment.add_text("Software", "Matplotlib version 3")
    output = v4.new_output("display_data", data={"image/png": encoded_png(smooth_picture(), pnginfo=comment)})
    (cleaned,) = execute.clean([output])
    small = Image.open(io.BytesIO(base64.b64decode(cleaned.data["image/png"])))
    assert small.mode == "P" and small.size == (32, 32) and not small.info.get("Software")
    change = np.asarray(small.convert("RGB"), dtype=int) - np.asarray(smooth_picture(), dtype=int)
    assert np.abs(change).max() <= 4


def test_a_widget_leaves_its_picture_and_a_bare_widget_nothing():
    view = {execute.WIDGET: {"model_id": "0123"}}
    picture = {"image/png": encoded_png(smooth_picture()), "text/plain": "A demo"}
    outputs = [v4.new_output("display_data", data={**view, **picture}), v4.new_output("display_data", data=view)]
    (kept,) = execute.clean(outputs)
    assert set(kept.data) == {"image/png", "text/plain"} and kept.data["text/plain"] == "A demo"


# style ----------------------------------------------------------------------------------------------------------------


def complaints(chapter, text=SOURCE):
    chapter.source.write_text(text)
    return [line for line in style.findings(chapter) if not line.startswith("note")]


def test_the_sample_has_good_style(chapter):
    assert complaints(chapter) == []


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("**Aim.** To see", "To see", "one aim"),
        ("# # Seven", "# Seven", "title"),
        ("One was added.", "One was added!", "exclamation"),
        ("np.arange(3)", "plt.rcParams['a'] = 1", "rcParams"),
        ("np.arange(3)", "def helper():\n    pass", "helper is defined outside an exercise"),
        ("np.arange(3)", "\n".join(["1"] * 21), "21 lines"),
        ("np.arange(3)", 'check("7.1", add_one)', "stands 2 times"),
        ("# Exercise 7.2: weights", "# Exercise 7.8: weights", "7.8 is not defined"),
        ("Now weights by hand.", "$$ a \\tag{7.1} $$", "(7.1) stands 2 times"),
        ("\\tag{7.1}", "\\tag{6.1}", "not one of chapter 7"),
        ("np.arange(3)\n\n# %% [markdown]\n# **Open", "1\n\n# %%\ndemos.Show()\n\n# %%\n1\n\n# %% [markdown]\n# **Open",
         "figure with no text"),
        ("## Summary", "## End", "Summary"),
        ("# 5. e\n", "", "4 numbered questions"),
        ("**Open question 7.Q1** (3 points)", "**Question**", "0 open questions"),
    ],
)
def test_each_departure_is_found(chapter, old, new, expected):
    assert old in SOURCE
    text = SOURCE.replace(old, new)
    if "**Question**" in text:
        text = text.replace("# ### BEGIN SOLUTION\n", "").replace("# ### END SOLUTION\n", "")
    assert any(expected in line for line in complaints(chapter, text))


@pytest.fixture
def stated(chapter, monkeypatch):
    """The sample, its exercises with their effort: two on the core path, the third off it, in a section of its own."""
    known = {id: exercise(id, 1, minutes=10, level=2, core=id != "7.3") for id in ("7.1", "7.2", "7.3")}
    monkeypatch.setattr(notebook, "exercises", lambda number: known)
    section = "# %% [markdown]\n# ## Repair (further)\n#\n# More.\n\n# %%\n# Exercise 7.3: repair"
    chapter.source.write_text(SOURCE.replace("# %%\n# Exercise 7.3: repair", section))
    return chapter, known


def test_an_exercise_says_its_effort_in_its_first_line(stated):
    lines = [cell.source.partition("\n")[0] for cell in notebook.student(stated[0]).cells]
    assert "# Exercise 7.1: add_one (10 minutes, level 2, core)" in lines
    assert "# Exercise 7.3: repair (10 minutes, level 2, further)" in lines


def test_a_further_section_opens_collapsed_and_the_path_goes_round_it(stated):
    folded = [cell.source for cell in notebook.student(stated[0]).cells
              if cell.metadata.get("jp-MarkdownHeadingCollapsed")]
    assert folded == ["## Repair (further)\n\nMore."]
    way = notebook.on_core_path(stated[0].cells())
    assert not any("Exercise 7.3" in cell.source or "More." in cell.source for cell in way)
    assert any("One was added." in cell.source for cell in way)


@pytest.mark.parametrize(
    ("changed", "text", "expected"),
    [
        ({"7.1": 500}, "", "8.5 hours on the core path, at most 4.0"),
        ({}, "word " * 7500, "words, at most 7,500"),
        ({"7.3": 10}, "", "7.3 is core and stands in a section marked (further)"),
    ],
)
def test_a_chapter_keeps_to_its_budget(stated, changed, text, expected):
    chapter, known = stated
    for id, minutes in changed.items():
        known[id] = exercise(id, 1, minutes=minutes, level=2, core=True)
    source = chapter.source.read_text()
    assert complaints(chapter, source) == [] or changed
    found = complaints(chapter, source.replace("One was added.", "One was added. " + text))
    assert any(expected in line for line in found)


def test_a_chapter_that_is_declared_longer_keeps_its_core_path_to_the_budget(stated, monkeypatch):
    chapter, known = stated
    monkeypatch.setitem(style.LONGER, chapter.number, "it has to be")
    source = chapter.source.read_text().replace("One was added.", "One was added. " + "word " * 7500)
    assert complaints(chapter, source) == []
    known["7.1"] = exercise("7.1", 1, minutes=500, level=2, core=True)
    assert any("hours on the core path" in line for line in complaints(chapter, source))


def test_a_figure_that_is_built_in_its_cell_may_define_its_function(chapter):
    cell = "def curve(lr):\n    return []\n\nlive.interact(curve, lr=(0, 1, 0.1), panels=[])"
    assert complaints(chapter, SOURCE.replace("np.arange(3)", cell)) == []
    assert complaints(chapter, SOURCE.replace("np.arange(3)", cell.replace("interact(curve", "interact(other"))) != []


def test_exclamation_marks_of_code_and_mathematics_are_no_prose(chapter):
    text = SOURCE.replace("One was added.", "`a != b`, $n!$, ![a picture](x.png)")
    assert complaints(chapter, text) == []


def test_chapters_keep_to_the_style():
    assert [line for line in authoring.check_style() if not line.startswith("note")] == []


def test_verdicts_are_read_from_the_outputs():
    lines = {
        "4.1": "4.1 sigmoid: right (2 points)",
        "4.2": "4.2 a: b: not attempted",
        "4.3": "4.3 f: a named mistake (X-1)",
    }
    nb = v4.new_notebook(cells=[v4.new_code_cell(f'check("{id}", f)') for id in lines])
    for one, line in zip(nb.cells, lines.values(), strict=True):
        one.outputs = [v4.new_output("execute_result", data={"text/plain": line})]
    quiet = copy.deepcopy(nb.cells[0])
    quiet.outputs = []
    nb.cells.append(quiet)
    assert execute.verdicts(nb) == {"4.1": "right", "4.2": "not attempted", "4.3": "a named mistake"}
